/* proviso show: any record, in words. */
#include "commands.h"

static bool tell(struct cli *cli, struct words *w)
{
	const char *path = cli_option(cli, "disclosures");
	w->is_public = true;
	return (path == NULL ||
	        file_read(&cli->arena, path, RECORD_MAX * 2, &w->disclosures, &cli->err)) &&
	       words_show(w, cli->arguments[0]);
}

static int run(struct cli *cli)
{
	return cli_tell(
	    cli, tell,
	    arena_printf(&cli->arena, "/v1/records/%s", cli_escaped(cli, cli->arguments[0])));
}

const struct command command_show = {
    .name = "show",
    .usage = "ID [--disclosures FILE]",
    .summary = "any record on the log, in words",
    .help = "ID is the record's id or any unambiguous beginning of it, of four digits or more.\n"
            "Confidential values are withheld, and it says which: the log itself has digests of them.\n"
            "Who may read them gets them by proviso disclose, or by --url with a key.",
    .options = (const struct option[]){
		{"disclosures", "FILE", "values that were disclosed: they are shown where they fit"},
		{"key", "FILE", "with --url: signs the request, to be shown what this key may read"},
		{"passphrase-file", "FILE", "the passphrase of the key"},
		{0}},
    .least = 1,
    .most = 1,
    .run = run,
};

/* proviso show: any record, in words. */
#include "commands.h"

static bool tell(struct cli *cli, struct words *w)
{
	w->is_public = cli_flag(cli, "public");
	return words_show(w, cli->arguments[0]);
}

static int run(struct cli *cli)
{
	return cli_tell(
	    cli, tell,
	    arena_printf(&cli->arena, "/v1/records/%s", cli_escaped(cli, cli->arguments[0])));
}

const struct command command_show = {
    .name = "show",
    .usage = "ID",
    .summary = "any record on the log, in words",
    .help = "ID is the record's id or any unambiguous beginning of it, of four digits or more.\n"
            "Confidential values are shown where this home keeps them; the log itself has digests "
            "of them.",
    .options = (const struct option[]){
		{"public", NULL, "only what the public log says"},
		{"key", "FILE", "with --url: signs the request, to be shown what this key may read"},
		{"passphrase-file", "FILE", "the passphrase of the key"},
		{0}},
    .least = 1,
    .most = 1,
    .run = run,
};

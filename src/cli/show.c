/* proviso show: any record, in words. */
#include "commands.h"

#include "documents/carrier.h"
#include "log/proof.h"

static bool tell(struct cli *cli, struct words *w)
{
	const char *path = cli_option(cli, "disclosures");
	w->is_public = true;
	return (path == NULL ||
	        file_read(&cli->arena, path, RECORD_MAX * 2, &w->disclosures, &cli->err)) &&
	       words_show(w, cli->arguments[0]);
}

/* What a PDF carries, wherever it comes from; whether it is on the log is for log verify. */
static int show_file(struct cli *cli, const char *path)
{
	struct bytes file;
	struct carried carried;
	struct record record;
	struct log_proof proof;
	struct buffer text = {.arena = &cli->arena};
	if (!file_read(&cli->arena, path, CARRIER_MAX, &file, &cli->err) ||
	    !document_record(&cli->arena, file, &carried, &cli->err) ||
	    !record_decode(&cli->arena, carried.record, &record, &cli->err) ||
	    !proof_parse(&cli->arena, carried.proof, &proof, &cli->err)) {
		err_context(&cli->err, "%s", path);
		return cli_fail(cli);
	}
	if (cli->json)
		return cli_print_json(words_record(&cli->arena, &record, proof.index));
	words_record_text(&text, &record, proof.index);
	fwrite(text.at, 1, text.len, stdout);
	printf("\n(as the file says; proviso log verify %s --authority PUB checks it)\n", path);
	return 0;
}

static int run(struct cli *cli)
{
	const char *what = cli->arguments[0];
	if (strspn(what, "0123456789abcdefABCDEF") != strlen(what) && file_exists(what))
		return show_file(cli, what);
	return cli_tell(
	    cli, tell,
	    arena_printf(&cli->arena, "/v1/records/%s", cli_escaped(cli, cli->arguments[0])));
}

const struct command command_show = {
    .name = "show",
    .usage = "ID|FILE.pdf [--disclosures FILE]",
    .summary = "any record on the log, in words",
    .help =
        "ID is the record's id or any unambiguous beginning of it, of four digits or more.\n"
        "Of a PDF of proviso document it is the record that the file carries, not its pages.\n"
        "Confidential values are withheld, and it says which: the log itself has digests of them.\n"
        "Who may read them gets them by proviso disclose, or by --url with a key.",
    .options =
        (const struct option[]){
            {"disclosures", "FILE", "values that were disclosed: they are shown where they fit"},
            {"key", "FILE", "with --url: signs the request, to be shown what this key may read"},
            {"passphrase-file", "FILE", "the passphrase of the key"},
            {0}},
    .least = 1,
    .most = 1,
    .run = run,
};

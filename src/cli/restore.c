/* proviso restore: a lost home from its published log. */
#include "commands.h"

static int run(struct cli *cli)
{
	const char *home = cli_home(cli), *path = cli_option(cli, "key");
	struct secret_key key;
	struct authority none;
	struct log_view view;
	struct log_check check = {0};
	if (home == NULL || cli_required(cli, "log") == NULL ||
	    (path != NULL && !cli_key(cli, path, &key)) || !cli_log_view(cli, &none, &view))
		return cli_fail(cli);
	struct progress progress = cli_progress(cli, "restoring");
	const char *origin =
	    arena_copy(&cli->arena, view.authority.name, strlen(view.authority.name));
	bool ok = authority_restore(home, path != NULL ? &key : NULL, &view, &progress, &check,
	                            &cli->err);
	cli_progress_end(cli);
	cli_log_close(cli, &none, &view);
	if (!ok)
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:s,s:I,s:s}", "home", home, "origin", origin,
		                                "entries", (json_int_t)check.entries, "root",
		                                cli_hex(cli, &check.root)));
	printf("restored   %s from the %llu entries of %s\n"
	       "           confidential values, evidence and lists are not on the log: put them "
	       "back from a backup\n",
	       home, (unsigned long long)check.entries, origin);
	if (path == NULL)
		printf("           without its key nothing can be added: proviso log begin\n");
	return 0;
}

const struct command command_restore = {
    .name = "restore",
    .place = AT_HOME,
    .why_home = "it makes the directory anew",
    .usage = "--home DIR --log DIR|URL --authority PUB [--key FILE]",
    .summary = "make an authority's lost directory anew from its published log",
    .help = "The log must be the longest that anybody has seen: ask its mirrors and witnesses. DIR "
            "must not be there. Without the key nothing can be added to it, until the log goes on "
            "under another origin (log begin).",
    .options = (const struct option[]){{"log", "DIR|URL", "the published log"},
                                       {"authority", "PUB", "whose log it is"},
                                       {"key", "FILE",
                                        "the authority's secret key, where there is still one"},
                                       {"passphrase-file", "FILE", "the passphrase of the key"},
                                       {0}},
    .least = 0,
    .most = 0,
    .run = run,
};

/* proviso init: a new authority. */
#include "commands.h"

static int run(struct cli *cli)
{
	const char *home = cli_home(cli), *path = cli_required(cli, "key");
	const char *name = cli_option(cli, "name"), **officers;
	size_t count = cli_values(cli, "officer", &officers);
	struct secret_key key;
	uint64_t threshold;
	if (home == NULL || path == NULL || !cli_number(cli, "threshold", 0, &threshold) ||
	    !cli_key(cli, path, &key))
		return cli_fail(cli);
	if (name != NULL && strcmp(name, key.public.name) != 0)
		return cli_usage_error(cli,
		                       "the key in %s is called %s, not %s "
		                       "(an authority's key bears its origin: proviso keygen %s)",
		                       path, key.public.name, name, name);
	struct public_key *keys = arena_array(&cli->arena, count, sizeof *keys);
	for (size_t i = 0; i < count; i++)
		if (!cli_public_key(cli, officers[i], &keys[i]))
			return cli_fail(cli);
	struct authority_options options = {&key, keys, count, threshold};
	if (!authority_init(home, &options, rim_now(), &cli->err))
		return cli_fail(cli);
	uint64_t needed = threshold != 0 ? threshold : count == 1 ? 1 : 2;
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:s,s:i,s:I}", "home", home, "origin",
		                                key.public.name, "officers", (int)count,
		                                "threshold", (json_int_t)needed));
	printf(
	    "authority  %s\nhome       %s\nofficers   %zu, of whom %llu must agree to a measure\n",
	    key.public.name, home, count, (unsigned long long)needed);
	return 0;
}

const struct command command_init = {
    .name = "init",
    .place = AT_HOME,
    .why_home = "it makes the directory",
    .usage = "--home DIR --name ORIGIN --key FILE [--officer PUB]... [--threshold K]",
    .summary = "set up an authority: its directory, its log, its officers",
    .help =
        "ORIGIN names the log for ever, as in licensing.example.org; it is the name of the key.\n"
        "A copy of the key, readable by you alone, stays in DIR to sign checkpoints.",
    .options =
        (const struct option[]){
            {"name", "ORIGIN", "the authority's name, which is its key's"},
            {"key", "FILE", "the authority's secret key (Ed25519)"},
            {"officer", "PUB", "an officer's public key; may be given more than once"},
            {"threshold", "K", "officers who must agree to a measure (2, or 1 where there is one)"},
            {"passphrase-file", "FILE", "the passphrase of the key"},
            {0}},
    .least = 0,
    .most = 0,
    .run = run,
};

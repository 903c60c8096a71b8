/* proviso log cosign: the witnesses of an authority's log. */
#include "commands.h"

#include "gather/gather.h"

static int tell(struct cli *cli, struct authority *authority)
{
	const struct gathered *told;
	size_t count = gatherer_told(cli->gatherer, &told);
	const char *path = arena_printf(&cli->arena, "%s/log/checkpoint", authority->home);
	struct bytes note;
	struct policed policed;
	json_t *witnesses = json_array();
	if (!file_read(&cli->arena, path, NOTE_MAX, &note, &cli->err) ||
	    !policy_open(&cli->arena, authority->policy, note, &policed, &cli->err)) {
		json_decref(witnesses);
		return cli_fail(cli);
	}
	if (!cli->json)
		printf("cosigned   %llu entries, by a quorum at %s\n",
		       (unsigned long long)policed.checkpoint.size, cli_time(cli, policed.time));
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(witnesses,
		                      json_pack("{s:s,s:b,s:s}", "name", told[i].name, "cosigned",
		                                told[i].is_good, "why", told[i].why));
		if (!cli->json)
			printf("%-10s %s%s\n", told[i].name,
			       told[i].is_good ? "cosigned" : "did not: ", told[i].why);
	}
	if (cli->json)
		return cli_print_json(
		    json_pack("{s:I,s:s,s:o}", "size", (json_int_t)policed.checkpoint.size, "time",
		              cli_time(cli, policed.time), "witnesses", witnesses));
	json_decref(witnesses);
	return 0;
}

/* Which of them did not answer, and why: the error has room for one sentence. */
static void tell_missing(struct cli *cli)
{
	const struct gathered *told;
	size_t count = cli->gatherer != NULL ? gatherer_told(cli->gatherer, &told) : 0;
	for (size_t i = 0; i < count; i++)
		if (!told[i].is_good)
			fprintf(stderr, "%s: %s\n", told[i].name, told[i].why);
}

static int run(struct cli *cli)
{
	const char *home = cli_home(cli), *path = cli_option(cli, "policy");
	struct authority authority;
	struct bytes text = {0};
	if (home == NULL ||
	    (path != NULL && !file_read(&cli->arena, path, POLICY_MAX, &text, &cli->err)))
		return cli_fail(cli);
	if (!authority_open(&authority, home, true, &cli->err))
		return cli_fail(cli);
	if (path == NULL && authority.policy == NULL) {
		authority_close(&authority);
		return cli_usage_error(cli, "%s has no policy yet: give --policy FILE", home);
	}
	bool ok = cli_cosigned(cli, &authority) &&
	          (path == NULL ? authority_cosign(&authority, &cli->arena, &cli->err)
	                        : authority_set_policy(&authority, text, &cli->err) ||
	                              err_context(&cli->err, "%s", path));
	if (!ok) {
		tell_missing(cli);
		authority_close(&authority);
		return cli_fail(cli);
	}
	int status = tell(cli, &authority);
	authority_close(&authority);
	return status;
}

const struct command command_log_cosign = {
    .name = "log cosign",
    .place = AT_HOME,
    .why_home = "it signs with the key that is there; a service asks its witnesses by itself",
    .usage = "[--policy FILE]",
    .summary = "have the log cosigned by its witnesses, now; with --policy from now on",
    .help =
        "FILE is a C2SP tlog-policy: the log itself, its witnesses with their URLs, the quorum.\n"
        "Once a quorum has cosigned it is kept as HOME/policy, and from then on whatever is\n"
        "published, by a command or by provisod (start it again), is cosigned first. Without "
        "enough\n"
        "witnesses no lease is given. A quiet log is to be cosigned every few minutes:\n"
        "provisod does it by itself (cosign-seconds), else a timer runs this command.",
    .options = (const struct option[]){{"policy", "FILE", "the policy to keep from now on"}, {0}},
    .least = 0,
    .most = 0,
    .run = run,
};

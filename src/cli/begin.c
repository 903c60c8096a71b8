/* proviso log begin, log officers: a log goes on under another origin, and who is followed there.
 */
#include "commands.h"

#include "authority/query.h"
#include "record/form.h"

static bool read_records(struct cli *cli, struct next_origin *how)
{
	size_t count = (size_t)cli->argument_count;
	struct bytes *records = arena_array(&cli->arena, count, sizeof *records);
	for (size_t i = 0; i < count; i++)
		if (!file_read(&cli->arena, cli->arguments[i], RECORD_MAX, &records[i], &cli->err))
			return false;
	how->records = records;
	how->count = count;
	return true;
}

/* What the officers are to sign: the log as it was published last, and the key that ends. */
static bool fill_form(struct cli *cli, struct authority *a, struct key_body *body)
{
	struct state state = authority_state(a);
	struct hash kid = key_id(&a->public);
	struct key_info info;
	const char *path = arena_printf(&cli->arena, "%s/log/checkpoint", a->home);
	if (!file_read(&cli->arena, path, NOTE_MAX, &body->checkpoint, &cli->err) ||
	    !store_begin(a->store, false, &cli->err))
		return false;
	bool ok = query_key(&state, &cli->arena, &kid, &info, &cli->err);
	store_rollback(a->store);
	body->replaces = info.record;
	return ok;
}

static int print_form(struct cli *cli, const char *path)
{
	struct authority authority;
	union record_body body = {.key = {.role = ROLE_AUTHORITY,
	                                  .has_public_key = true,
	                                  .has_replaces = true,
	                                  .has_checkpoint = true}};
	if (!cli_public_key(cli, path, &body.key.public_key) || !cli_open(cli, &authority, false))
		return cli_fail(cli);
	body.key.holder = body.key.public_key.name;
	bool ok = fill_form(cli, &authority, &body.key);
	authority_close(&authority);
	if (!ok)
		return cli_fail(cli);
	fputs(form_text(&cli->arena, KIND_KEY, &body), stdout);
	return 0;
}

static int begin(struct cli *cli)
{
	const char *next = cli_option(cli, "form");
	if (next != NULL)
		return print_form(cli, next);
	const char *home = cli_home(cli), *path = cli_required(cli, "key"),
	           *policy = cli_option(cli, "policy");
	struct secret_key key;
	struct authority asks = {0};
	struct next_origin how = {.key = &key};
	if (home == NULL || path == NULL || !cli_key(cli, path, &key) || !read_records(cli, &how) ||
	    (policy != NULL &&
	     !file_read(&cli->arena, policy, POLICY_MAX, &how.policy, &cli->err)) ||
	    !cli_cosigned(cli, &asks) ||
	    !authority_begin(home, &how, asks.cosigners, rim_now(), &cli->err))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(json_pack("{s:s}", "origin", key.public.name));
	printf("the log goes on as %s: hand out its public key, and have witnesses know it\n",
	       key.public.name);
	return 0;
}

static int officers(struct cli *cli)
{
	struct authority authority;
	struct bytes text;
	const char *to = cli_option(cli, "output");
	if (!cli_open(cli, &authority, false))
		return cli_fail(cli);
	bool ok = authority_officers(&authority, &cli->arena, rim_now(), &text, &cli->err);
	authority_close(&authority);
	if (!ok || (to != NULL && !file_write(to, text, 0644, &cli->err)))
		return cli_fail(cli);
	if (to == NULL)
		fwrite(text.at, 1, text.len, stdout);
	return 0;
}

const struct command command_log_begin = {
    .name = "log begin",
    .place = AT_HOME,
    .why_home = "it puts another key there",
    .usage = "--form PUB, or --key FILE [--policy FILE] PROPOSAL APPROVAL...",
    .summary = "let the log go on under another origin, as its officers agreed",
    .help =
        "Where the authority's key is lost, stolen or to be another. PROPOSAL is a key record of "
        "the role\n"
        "authority that names the new key, the record of the old one, and the last checkpoint "
        "under it; each\n"
        "APPROVAL names it. They become the next entries; nothing may be added before. FILE is "
        "the new key,\n"
        "whose name is the new origin. The old key is not needed, and signs nothing more. Killed "
        "at any\n"
        "point it is to be called again. With --form it prints what the officers are to sign, and "
        "does nothing.",
    .options =
        (const struct option[]){{"form", "PUB", "print the proposal's form for this new key"},
                                {"key", "FILE", "the new origin's secret key"},
                                {"policy", "FILE", "the tlog-policy with the new origin's key"},
                                {"passphrase-file", "FILE", "the passphrase of the key"},
                                {0}},
    .least = 0,
    .most = 64,
    .run = begin,
};

const struct command command_log_officers = {
    .name = "log officers",
    .place = AT_HOME,
    .why_home = "whom a gate is to follow is not for a service to say",
    .usage = "[-o FILE]",
    .summary = "the officers whom a gate is to follow, for proviso system init --officers",
    .options = (const struct option[]){{"output", "FILE", "(or -o) where to write them"}, {0}},
    .least = 0,
    .most = 0,
    .run = officers,
};

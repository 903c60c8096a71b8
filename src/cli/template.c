/* proviso template: a commented form to fill in. */
#include "commands.h"

#include "remote.h"

/* --home must be an authority's; PROVISO_HOME may name one that is yet to be made. */
static bool at_hand(struct cli *cli)
{
	const char *home = getenv("PROVISO_HOME");
	return cli_option(cli, "home") != NULL ||
	       (home != NULL && file_exists(arena_printf(&cli->arena, "%s/authority.pub", home)));
}

/* With an authority at hand, what its purposes mean, below a form in which one is chosen. */
static bool purposes_of(struct cli *cli, enum record_kind kind, const char **out)
{
	struct authority authority;
	struct remote r = {.path = "/v1/purposes", .limit = REMOTE_MAX};
	*out = "";
	if (kind != KIND_DECLARATION && kind != KIND_APPLICATION && kind != KIND_LICENCE)
		return true;
	if (cli_url(cli) != NULL) {
		bool answered = cli_remote(cli, &r);
		*out = answered ? arena_copy(&cli->arena, r.answer.at, r.answer.len) : "";
		return answered;
	}
	if (!at_hand(cli))
		return true;
	if (!cli_open(cli, &authority, false))
		return false;
	struct state state = authority_state(&authority);
	bool ok = words_purposes(&cli->arena, &state, NULL, NULL, "# ", out, &cli->err);
	authority_close(&authority);
	return ok;
}

static int run(struct cli *cli)
{
	enum record_kind kind;
	const char *name = cli->arguments[0];
	if (!record_kind_by_name(name, &kind) || !record_kind(kind)->is_signed ||
	    kind == KIND_RENEWAL) {
		struct buffer names = {.arena = &cli->arena};
		for (kind = 0; kind < KIND_COUNT; kind++)
			if (record_kind(kind)->is_signed && kind != KIND_RENEWAL)
				buffer_printf(&names, " %s", record_kind(kind)->name);
		return cli_usage_error(cli, "no form for \"%s\" (there are:%s)", name,
		                       buffer_cstr(&names));
	}
	const char *text = form_template(&cli->arena, kind), *purposes;
	if (!purposes_of(cli, kind, &purposes))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:s,s:s}", "kind", name, "template", text,
		                                "purposes", purposes));
	printf("%s%s", text, purposes);
	return 0;
}

const struct command command_template = {
    .name = "template",
    .usage = "KIND",
    .summary = "a commented form (YAML) for a record of a kind",
    .help = "With --home the form of a declaration, application or licence ends with what the "
            "purposes mean.\n"
            "Fill it in, then sign and submit it with the command for its kind.",
    .least = 1,
    .most = 1,
    .run = run,
};

/* proviso template: a commented form to fill in. */
#include "commands.h"

static int run(struct cli *cli)
{
	enum record_kind kind;
	const char      *name = cli->arguments[0];
	if (!record_kind_by_name(name, &kind) || !record_kind(kind)->is_signed || kind == KIND_RENEWAL) {
		struct buffer names = {.arena = &cli->arena};
		for (kind = 0; kind < KIND_COUNT; kind++)
			if (record_kind(kind)->is_signed && kind != KIND_RENEWAL)
				buffer_printf(&names, " %s", record_kind(kind)->name);
		return cli_usage_error(cli, "no form for \"%s\" (there are:%s)", name, buffer_cstr(&names));
	}
	const char *text = form_template(&cli->arena, kind);
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:s}", "kind", name, "template", text));
	fputs(text, stdout);
	return 0;
}

const struct command command_template = {
	.name = "template", .usage = "KIND",
	.summary = "a commented form (YAML) for a record of a kind",
	.help = "Fill it in, then sign and submit it with the command for its kind.",
	.least = 1, .most = 1, .run = run,
};

/* proviso explain: which statement narrowed what, and which refuse a use. */
#include "commands.h"

static bool tell(struct cli *cli, struct words *w)
{
	return words_explain(w, cli->arguments[0],
	                     cli->argument_count == 2 ? cli->arguments[1] : NULL);
}

static int run(struct cli *cli)
{
	const char *path = arena_printf(&cli->arena, "/v1/systems/%s/explain",
	                                cli_escaped(cli, cli->arguments[0]));
	if (cli->argument_count == 2)
		path = arena_printf(&cli->arena, "%s?use=%s", path,
		                    cli_escaped(cli, cli->arguments[1]));
	return cli_tell(cli, tell, path);
}

const struct command command_explain = {
    .name = "explain",
    .usage = "SYSTEM [USE]",
    .summary = "which statement narrowed what; which refuse the use: exit 0 or 1",
    .help =
        "USE is one argument, as in\n"
        "  \"capability=capture.content purpose=terrorism territory=XR subject=tel:+999123 "
        "with=warrant\"\n"
        "and may have at=TIME. Each statement is judged alone: allowed is what all of them allow.",
    .least = 1,
    .most = 2,
    .run = run,
};

/* proviso status: what is in force, by country, end user, system. */
#include "commands.h"

static bool tell(struct cli *cli, struct words *w)
{
	return words_status(w, cli->argument_count > 0 ? cli->arguments[0] : NULL);
}

static int run(struct cli *cli)
{
	return cli_tell(
	    cli, tell,
	    cli->argument_count == 0
	        ? "/v1/status"
	        : arena_printf(&cli->arena, "/v1/status/%s", cli_escaped(cli, cli->arguments[0])));
}

const struct command command_status = {
    .name = "status",
    .usage = "[SYSTEM | LICENCE | MEASURE | APPLICATION]",
    .summary = "what is in force, by country, end user, system",
    .least = 0,
    .most = 1,
    .run = run,
};

/* proviso screen --serve: the HTTP forms that existing screening clients speak. */
#include "screen.h"

#include "server/forms.h"

static void tell_listening(void *ctx, const char *address)
{
	(void)ctx;
	printf("screening at %s\n", address);
	fflush(stdout);
}

int screen_serve(struct cli *cli, const char *listen)
{
	const char *home =
	    cli_option(cli, "home") != NULL ? cli_option(cli, "home") : getenv("PROVISO_HOME");
	struct http_options options = {.listen = listen, .listening = tell_listening};
	if (home == NULL || *home == 0)
		return cli_usage_error(cli, "--serve needs the lists of a home: --home DIR");
	struct forms *forms = forms_open(home, "proviso " PROVISO_VERSION, false, &cli->err);
	if (forms == NULL)
		return cli_fail(cli);
	bool ok = http_serve(forms_routes(forms), &options, &cli->err);
	forms_close(forms);
	return ok ? 0 : cli_fail(cli);
}

/* Telling what is on the log, from a home or from a service. */
#include "remote.h"

#include <ctype.h>

const char *cli_escaped(struct cli *cli, const char *text)
{
	struct buffer out = {.arena = &cli->arena};
	for (; *text != 0; text++) {
		unsigned char c = (unsigned char)*text;
		buffer_printf(&out, isalnum(c) || strchr("-._~", c) != NULL ? "%c" : "%%%02X", c);
	}
	return buffer_cstr(&out);
}

static int tell_remote(struct cli *cli, const char *path)
{
	struct remote r = {.path = path,
	                   .accept = cli->json ? "application/json" : "text/plain",
	                   .limit = REMOTE_MAX,
	                   .is_signed = true};
	if (!cli_remote(cli, &r))
		return cli_fail(cli);
	fwrite(r.answer.at, 1, r.answer.len, stdout);
	return r.is_no ? 1 : 0;
}

int cli_tell(struct cli *cli, bool (*tell)(struct cli *, struct words *), const char *path)
{
	struct authority authority;
	if (cli_url(cli) != NULL)
		return tell_remote(cli, path);
	if (!cli_open(cli, &authority, false))
		return cli_fail(cli);
	struct words w = {
	    .arena = &cli->arena,
	    .authority = &authority,
	    .now = rim_now(),
	    .json = cli->json,
	    .colour = cli_colour(),
	    .err = &cli->err,
	};
	bool ok = store_begin(authority.store, false, &cli->err) && tell(cli, &w);
	store_rollback(authority.store);
	authority_close(&authority);
	if (!ok)
		return cli_fail(cli);
	if (cli->json)
		cli_print_json(w.value);
	else
		fwrite(w.text.at, 1, w.text.len, stdout);
	return w.is_no ? 1 : 0;
}

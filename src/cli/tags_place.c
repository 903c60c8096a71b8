/* Where the messages of a ceremony lie: a folder that is carried round, or an address. */
#include "remote.h"
#include "tags_cli.h"

bool cli_ceremony_is_address(const char *place)
{
	return strncmp(place, "http://", 7) == 0 || strncmp(place, "https://", 8) == 0;
}

static const char *slot_path(struct arena *arena, const char *folder, unsigned round, size_t party)
{
	return arena_printf(arena, "%s/%u-%02zu", folder, round, party + 1);
}

bool cli_ceremony_pack(struct arena *arena, const char *folder, struct bytes *out, struct err *e)
{
	const char *path = arena_printf(arena, "%s/plan", folder);
	struct ceremony_plan *plan = arena_alloc(arena, sizeof *plan);
	struct bytes file, messages[CEREMONY_MESSAGES];
	size_t count = 0;
	if (!file_read(arena, path, CEREMONY_PLAN, &file, e) ||
	    !ceremony_plan_parse(arena, file, plan, e))
		return false;
	for (unsigned round = 1; round <= CEREMONY_ROUNDS; round++)
		for (size_t i = 0; i < plan->party_count; i++) {
			path = slot_path(arena, folder, round, i);
			if (file_exists(path) &&
			    !file_read(arena, path, CEREMONY_MESSAGE, &messages[count++], e))
				return false;
		}
	*out = ceremony_pack(arena, file, messages, count);
	return true;
}

bool cli_ceremony_keep(struct ceremony *c, const char *folder, struct bytes message, struct err *e)
{
	unsigned round;
	size_t party;
	if (!ceremony_is_said(c, message, &round, &party, e))
		return false;
	const char *path = slot_path(c->arena, folder, round, party);
	return file_exists(path) || file_create(path, message, 0644, e);
}

bool cli_ceremony_read(struct cli *cli, const char *place, struct ceremony *out)
{
	struct remote r = {.base = place, .path = "/v1/ceremony", .limit = CEREMONY_MAX};
	struct bytes file;
	bool ok;
	if (cli_ceremony_is_address(place)) {
		ok = cli_remote(cli, &r);
		file = r.answer;
	} else if (file_exists(arena_printf(&cli->arena, "%s/plan", place))) {
		ok = cli_ceremony_pack(&cli->arena, place, &file, &cli->err);
	} else {
		ok = file_read(&cli->arena, place, CEREMONY_MAX, &file, &cli->err);
	}
	return ok && ceremony_parse(&cli->arena, file, out, &cli->err);
}

bool cli_ceremony_say(struct cli *cli, const char *place, struct ceremony *c, struct bytes message)
{
	struct remote r = {.base = place,
	                   .path = "/v1/ceremony",
	                   .content_type = "application/cose",
	                   .body = message,
	                   .limit = 4096};
	if (!cli_ceremony_is_address(place))
		return cli_ceremony_keep(c, place, message, &cli->err);
	return cli_remote(cli, &r);
}

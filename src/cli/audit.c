/* proviso audit, proviso replay: the log checked by the rules, from nothing. */
#include "commands.h"

struct faults {
	struct cli *cli;
	json_t     *array;
};

static void fault(void *ctx, uint64_t index, const struct record *record, const struct err *why)
{
	struct faults *faults = ctx;
	struct cli    *cli = faults->cli;
	const char    *kind = record == NULL ? "entry" : record_kind(record->kind)->name;
	const char    *id = record == NULL ? "" : cli_short(cli, &record->id);
	if (cli->json)
		json_array_append_new(faults->array, json_pack("{s:I,s:s,s:s,s:s?,s:s}", "seq", (json_int_t)index,
		    "kind", kind, "id", id, "rule", why->rule, "why", why->text));
	else
		printf("FAULT  entry %llu, %s %s: %s: %s\n", (unsigned long long)index, kind, id,
		    why->rule != NULL ? why->rule : "unreadable", why->text);
}

static int audit(struct cli *cli)
{
	struct authority authority;
	struct log_view  view;
	struct log_check check = {0};
	if (!cli_log_view(cli, &authority, &view))
		return cli_fail(cli);
	struct faults   faults = {cli, json_array()};
	struct progress progress = cli_progress(cli, "auditing");
	struct audit    how = {.progress = &progress, .fault = fault, .ctx = &faults};
	bool            ok = log_audit(&view, &how, &check, &cli->err);
	cli_progress_end(cli);
	const char *origin = arena_printf(&cli->arena, "%s", view.authority.name);
	cli_log_close(cli, &authority, &view);
	if (cli->json)
		cli_print_json(json_pack("{s:b,s:s,s:I,s:I,s:I,s:I,s:s,s:o}", "ok", ok, "origin", origin,
		    "entries", (json_int_t)check.entries, "leases", (json_int_t)check.leases, "refusals",
		    (json_int_t)check.refusals, "records", (json_int_t)check.records, "state",
		    cli_hex(cli, &check.state_digest), "faults", faults.array));
	else
		json_decref(faults.array);
	if (!ok)
		return cli_fail(cli);
	if (!cli->json)
		printf("audited: %llu entries of %s, %llu leases, %llu refusals, %llu signed records\n"
		       "each lease was within what was in force, each measure in force approved or within its 72 hours, each rule kept\n",
		    (unsigned long long)check.entries, origin, (unsigned long long)check.leases,
		    (unsigned long long)check.refusals, (unsigned long long)check.records);
	return 0;
}

static int replay(struct cli *cli)
{
	struct authority authority;
	struct log_check check = {0};
	bool             same = false;
	if (!cli_open(cli, &authority, false))
		return cli_fail(cli);
	struct progress progress = cli_progress(cli, "replaying");
	bool            ok = authority_replay(&authority, &progress, &check, &same, &cli->err);
	cli_progress_end(cli);
	authority_close(&authority);
	if (!ok)
		return cli_fail(cli);
	if (cli->json)
		cli_print_json(json_pack("{s:b,s:I,s:s}", "same", same, "entries", (json_int_t)check.entries,
		    "state", cli_hex(cli, &check.state_digest)));
	else
		printf("%s\nreplaying %llu entries from nothing gives %s state\n", cli_hex(cli, &check.state_digest),
		    (unsigned long long)check.entries, same ? "the same" : "ANOTHER");
	return same ? 0 : 1;
}

const struct command command_audit = {
	.name = "audit", .usage = "[--log DIR|URL --authority PUB] [--jobs N]",
	.summary = "re-derive from the log that each lease was within what was in force: exit 0 or 1",
	.help = "Applies every entry by the rules in memory. Names each entry that breaks one, and goes on.",
	.options = (const struct option[]){
		{"log", "DIR|URL", "a published log, instead of --home"},
		{"authority", "PUB", "whose log it must be, with --log"},
		{"jobs", "N", "threads that work on it (as many as there are cores)"},
		{0}},
	.run = audit,
};
const struct command command_replay = {
	.name = "replay", .place = AT_HOME, .usage = "", .summary = "rebuild the state from the log; prints its digest: exit 0 when it is the same",
	.run = replay,
};

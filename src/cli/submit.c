/* proviso submit: records signed elsewhere, all or none. */
#include "commands.h"

#include "remote.h"

/* Fits FILE.disclosures, where there is one, to the record. */
static bool read_disclosures(struct cli *cli, const char *path, struct record *record)
{
	const char *beside = arena_printf(&cli->arena, "%s.disclosures", path);
	struct bytes all;
	if (!file_exists(beside))
		return true;
	if (!file_read(&cli->arena, beside, RECORD_MAX * 2, &all, &cli->err))
		return false;
	return record_disclose_all(&cli->arena, record, all, &cli->err) ||
	       err_context(&cli->err, "%s", beside);
}

static void tell(struct cli *cli, const struct accepted *a, json_t *answers)
{
	const char *id = cli_hex(cli, &a->id);
	if (cli->json)
		json_array_append_new(answers,
		                      json_pack("{s:s,s:I,s:b}", "id", id, "seq",
		                                (json_int_t)a->index, "was-there", a->was_there));
	else
		printf("%s %llu\n", id, (unsigned long long)a->index);
}

static bool take(struct cli *cli, struct authority *authority, json_t *answers)
{
	size_t count = (size_t)cli->argument_count, failed = 0;
	struct bytes *records = arena_array(&cli->arena, count, sizeof *records);
	struct accepted *accepted = arena_array(&cli->arena, count, sizeof *accepted);
	for (size_t i = 0; i < count; i++) {
		struct record record;
		if (!file_read(&cli->arena, cli->arguments[i], RECORD_MAX, &records[i],
		               &cli->err) ||
		    !record_decode(&cli->arena, records[i], &record, &cli->err))
			return err_context(&cli->err, "%s", cli->arguments[i]);
		if (!read_disclosures(cli, cli->arguments[i], &record) ||
		    !authority_keep_disclosures(authority, &record, &cli->err))
			return false;
	}
	if (!authority_submit(authority, records, count, rim_now(), accepted, &failed, &cli->err))
		return failed < count ? err_context(&cli->err, "%s", cli->arguments[failed])
		                      : false;
	for (size_t i = 0; i < count; i++)
		tell(cli, &accepted[i], answers);
	return true;
}

/* One after another: what was taken before a refusal stays, and says so. */
static bool send_all(struct cli *cli, json_t *answers)
{
	for (int i = 0; i < cli->argument_count; i++) {
		const char *path = cli->arguments[i],
		           *beside = arena_printf(&cli->arena, "%s.disclosures", path);
		struct bytes record, disclosures = {0};
		struct accepted accepted;
		if (!file_read(&cli->arena, path, RECORD_MAX, &record, &cli->err) ||
		    (file_exists(beside) &&
		     !file_read(&cli->arena, beside, RECORD_MAX * 2, &disclosures, &cli->err)))
			return false;
		if (!cli_remote_submit(cli, record, disclosures, &accepted))
			return err_context(&cli->err, "%s%s", path,
			                   i > 0 ? " (those before it were taken)" : "");
		tell(cli, &accepted, answers);
	}
	return true;
}

static int run(struct cli *cli)
{
	struct authority authority;
	if (cli_url(cli) != NULL) {
		json_t *sent = json_array();
		bool all = send_all(cli, sent);
		if (all && cli->json)
			return cli_print_json(sent);
		json_decref(sent);
		return all ? 0 : cli_fail(cli);
	}
	if (!cli_open(cli, &authority, true))
		return cli_fail(cli);
	json_t *answers = json_array();
	bool ok = take(cli, &authority, answers);
	authority_close(&authority);
	if (ok && cli->json)
		return cli_print_json(answers);
	json_decref(answers);
	return ok ? 0 : cli_fail(cli);
}

const struct command command_submit = {
    .name = "submit",
    .usage = "FILE...",
    .summary = "submit records signed elsewhere; prints `ID SEQ` for each",
    .help = "All are taken or none (with --url: one after another, up to the first refused). A "
            "record that is on the log already gets the same answer again.\n"
            "FILE.disclosures, where it is there, holds the confidential values of FILE.",
    .least = 1,
    .most = -1,
    .run = run,
};

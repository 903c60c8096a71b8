/* proviso audit, proviso replay: the log checked by the rules, from nothing or from where the last
 * audit ended. */
#include "commands.h"
#include "kept_file.h"
#include "record/cbor.h"
#include "remote.h"
#include "report.h"

enum { FAULTS_KEPT = 1000 }; /* in a state; there are never so many but where all is wrong */

struct faults {
	struct cli *cli;
	json_t *array;
	struct report *report; /* NULL: none was asked for */
};

static const char *text_of(const json_t *fault, const char *name)
{
	const char *text = json_string_value(json_object_get(fault, name));
	return text != NULL ? text : "";
}

static void print_fault(const json_t *fault)
{
	const char *rule = text_of(fault, "rule");
	printf("FAULT  entry %lld, %s %s: %s: %s\n",
	       (long long)json_integer_value(json_object_get(fault, "seq")), text_of(fault, "kind"),
	       text_of(fault, "id"), *rule != 0 ? rule : "unreadable", text_of(fault, "why"));
}

static void fault(void *ctx, uint64_t index, const struct record *record, const struct err *why)
{
	struct faults *faults = ctx;
	struct cli *cli = faults->cli;
	const char *kind = record == NULL ? "entry" : record_kind(record->kind)->name;
	const char *id = record == NULL ? "" : cli_short(cli, &record->id);
	json_t *told = json_pack("{s:I,s:s,s:s,s:s?,s:s}", "seq", (json_int_t)index, "kind", kind,
	                         "id", id, "rule", why->rule, "why", why->text);
	if (!cli->json)
		print_fault(told);
	if (cli->json || json_array_size(faults->array) < FAULTS_KEPT)
		json_array_append_new(faults->array, told);
	else
		json_decref(told);
}

static void entry(void *ctx, uint64_t index, const struct record *record, int64_t at,
                  const struct state *state)
{
	struct faults *faults = ctx;
	report_entry(faults->report, index, record, at, state);
}

/*
 * What was found before is found still: entries do not mend. And what was counted for a
 * report is counted on, whether or not a page is asked for this time.
 */
static bool before(struct faults *faults, const struct audit_kept *kept, bool has_report)
{
	struct cli *cli = faults->cli;
	struct err why = {0};
	struct cbor_reader r = cbor_reader(kept->words, &why);
	json_t *found, *each;
	size_t i;
	if (kept->edge.size == 0 || (kept->words.len == 0 && !has_report))
		return true;
	cbor_read_array(&r);
	struct bytes words = cbor_read_text(&r), counts = cbor_read_bytes(&r);
	if (!cbor_done(&r))
		return err_refused(&cli->err, "audit.state-program",
		                   "it was left by another version of this program");
	if (has_report && counts.len == 0)
		return err_refused(&cli->err, "audit.state-uncounted",
		                   "nothing was counted for a report when it was made: begin a new "
		                   "one with --report");
	found = json_loadb((const char *)words.at, words.len, 0, NULL);
	json_array_foreach(found, i, each)
	{
		if (!cli->json)
			print_fault(each);
		json_array_append(faults->array, each);
	}
	json_decref(found);
	if (counts.len == 0)
		return true;
	if (faults->report == NULL)
		faults->report = report_begin();
	return report_parse(faults->report, counts, &cli->err);
}

/* Before the page is written: what it adds up is not to be counted again. */
static void keep_words(struct faults *faults, struct audit_kept *kept)
{
	struct buffer b = {.arena = &kept->arena};
	json_t *some = json_array();
	for (size_t i = 0; i < json_array_size(faults->array) && i < FAULTS_KEPT; i++)
		json_array_append(some, json_array_get(faults->array, i));
	char *text = json_dumps(some, JSON_COMPACT);
	cbor_array(&b, 2);
	cbor_text(&b, text);
	cbor_bytes(&b, faults->report != NULL ? report_format(&kept->arena, faults->report)
	                                      : (struct bytes){0});
	kept->words = buffer_view(&b);
	free(text);
	json_decref(some);
}

/* Whatever the audit found, it is in the page: also that this is not the log that was signed. */
static bool report(struct faults *faults, const struct log_view *view,
                   const struct log_check *check, const struct err *found,
                   const struct kept_file *file)
{
	struct cli *cli = faults->cli;
	const char *log = cli_option(cli, "log"), *path = cli_option(cli, "report");
	struct policy *policy;
	struct policed policed;
	struct err unwitnessed = {0};
	bool is_broken = found->kind != ERR_NONE &&
	                 (found->rule == NULL || strcmp(found->rule, "audit.faults") != 0);
	struct report_about about = {
	    .log = log != NULL            ? log
	           : cli_url(cli) != NULL ? cli_url(cli)
	                                  : "DIR|URL",
	    .policy = cli_option(cli, "policy"),
	    .origin = view->authority.name,
	    .key = key_line(&cli->arena, &view->authority),
	    .checkpoint = view->checkpoint,
	    .check = check,
	    .broken = is_broken ? found : NULL,
	    .faults = faults->array,
	    .made = rim_now(),
	};
	if (!cli_policy(cli, &policy))
		return false;
	if (policy != NULL &&
	    policy_open(&cli->arena, policy, view->checkpoint, &policed, &unwitnessed))
		about.policed = &policed;
	else if (policy != NULL)
		about.unwitnessed = unwitnessed.text;
	return report_write(cli, faults->report, &about, &file->kept, path);
}

/* The log of the options, audited from where FILE (may be NULL) says. *from: entries audited
 * before. */
static bool audit_log(struct cli *cli, struct kept_file *file, struct faults *faults,
                      const char **origin, uint64_t *from, struct log_check *check)
{
	struct authority authority;
	struct log_view view;
	struct audit how = {.fault = fault, .ctx = faults};
	if (faults->report != NULL)
		how.entry = entry;
	if (file != NULL) {
		how.kept = &file->kept;
		cli->mirror_from = *from = file->kept.edge.size;
	}
	if (!cli_log_view(cli, &authority, &view))
		return false;
	struct progress progress = cli_progress(cli, "auditing");
	how.progress = &progress;
	bool ok = log_audit(&view, &how, check, &cli->err);
	cli_progress_end(cli);
	*origin = arena_printf(&cli->arena, "%s", view.authority.name);
	/* Of a log that is not what was signed nothing is kept. */
	struct err why = cli->err;
	bool is_kept = file != NULL && file->path != NULL &&
	               (ok || (why.rule != NULL && strcmp(why.rule, "audit.faults") == 0));
	if (is_kept)
		keep_words(faults, &file->kept);
	/* What is no answer (a disk, a network that failed) is no report either. */
	bool is_told = cli_option(cli, "report") == NULL || (!ok && why.kind != ERR_REFUSED) ||
	               report(faults, &view, check, ok ? &(struct err){0} : &why, file);
	cli_log_close(cli, &authority, &view);
	if (!is_told)
		return false;
	if (is_kept && !kept_file_save(cli, file))
		return false;
	cli->err = why;
	return ok;
}

static void print_audit(struct cli *cli, const char *origin, uint64_t from,
                        const struct log_check *check)
{
	printf("audited: %llu entries of %s, %llu leases, %llu refusals, %llu signed records\n"
	       "each lease was within what was in force, each measure in force approved or within "
	       "its 72 hours, each rule kept\n",
	       (unsigned long long)check->entries, origin, (unsigned long long)check->leases,
	       (unsigned long long)check->refusals, (unsigned long long)check->records);
	if (cli_option(cli, "state") != NULL)
		printf("of them %llu were audited before\n", (unsigned long long)from);
}

static int audit(struct cli *cli)
{
	const char *state = cli_option(cli, "state"), *origin = "";
	bool has_report = cli_option(cli, "report") != NULL, has_file = state != NULL || has_report;
	struct kept_file file = {0};
	struct log_check check = {0};
	uint64_t from = 0;
	if (cli_option(cli, "policy") != NULL && !has_report)
		return cli_usage_error(cli,
		                       "--policy is for the report; log verify checks witnesses");
	if (state != NULL ? !kept_file_open(cli, state, &file)
	                  : has_report && !audit_kept_begin(&file.kept, &cli->err))
		return cli_fail(cli);
	struct faults faults = {cli, json_array(), has_report ? report_begin() : NULL};
	bool ok = before(&faults, &file.kept, has_report) &&
	          audit_log(cli, has_file ? &file : NULL, &faults, &origin, &from, &check);
	if (has_file)
		kept_file_close(&file);
	report_end(faults.report);
	if (cli->json && *origin != 0)
		cli_print_json(
		    json_pack("{s:b,s:s,s:I,s:I,s:I,s:I,s:I,s:s,s:O}", "ok", ok, "origin", origin,
		              "entries", (json_int_t)check.entries, "from", (json_int_t)from,
		              "leases", (json_int_t)check.leases, "refusals",
		              (json_int_t)check.refusals, "records", (json_int_t)check.records,
		              "state", cli_hex(cli, &check.state_digest), "faults", faults.array));
	json_decref(faults.array);
	if (!ok)
		return cli_fail(cli);
	if (!cli->json)
		print_audit(cli, origin, from, &check);
	return 0;
}

static int replay(struct cli *cli)
{
	struct authority authority;
	struct log_check check = {0};
	bool same = false;
	if (!cli_open(cli, &authority, false))
		return cli_fail(cli);
	struct progress progress = cli_progress(cli, "replaying");
	bool ok = authority_replay(&authority, &progress, &check, &same, &cli->err);
	cli_progress_end(cli);
	authority_close(&authority);
	if (!ok)
		return cli_fail(cli);
	if (cli->json)
		cli_print_json(json_pack("{s:b,s:I,s:s}", "same", same, "entries",
		                         (json_int_t)check.entries, "state",
		                         cli_hex(cli, &check.state_digest)));
	else
		printf("%s\nreplaying %llu entries from nothing gives %s state\n",
		       cli_hex(cli, &check.state_digest), (unsigned long long)check.entries,
		       same ? "the same" : "ANOTHER");
	return same ? 0 : 1;
}

const struct command command_audit = {
    .name = "audit",
    .usage = "[--log DIR|URL --authority PUB] [--state FILE] [--report FILE.html [--policy FILE]] "
             "[--jobs N]",
    .summary = "re-derive from the log that each lease was within what was in force: exit 0 or 1",
    .help = "Applies every entry by the rules in memory. Names each entry that breaks one, and "
            "goes on.\n"
            "With --state only what is new is judged, and that the log goes on from what was "
            "audited is shown by its\n"
            "tree. FILE carries a tag under FILE.key; whoever can write both can make an audit "
            "believe anything.",
    .options =
        (const struct option[]){
            {"log", "DIR|URL", "a published log, instead of --home"},
            {"authority", "PUB", "whose log it must be, with --log"},
            {"state", "FILE",
             "go on from where the last audit with FILE ended; made when it is not there"},
            {"report", "FILE",
             "write what was checked and found as one HTML page, for people; with --state from its "
             "beginning"},
            {"policy", "FILE", "with --report: a tlog-policy, whose witnesses' time is told"},
            {"jobs", "N", "threads that work on it (as many as there are cores)"},
            {0}},
    .run = audit,
};
const struct command command_replay = {
    .name = "replay",
    .place = AT_HOME,
    .why_home =
        "it compares the state that is kept there; proviso audit replays the log of a service",
    .usage = "",
    .summary = "rebuild the state from the log; prints its digest: exit 0 when it is the same",
    .run = replay,
};

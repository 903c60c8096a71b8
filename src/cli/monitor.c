/*
 * proviso monitor: follows a log as an outsider, and says when it stands still, forks, lets
 * through what breaks a rule, or has something new about whom one watches.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "authority/memory.h"
#include "authority/query.h"
#include "commands.h"
#include "kept_file.h"
#include "remote.h"

extern char **environ;

/* What was seen last: kept in the file of --state. */
struct seen {
	struct bytes note; /* empty: nothing yet */
	struct checkpoint head;
	int64_t since; /* when it was seen first */
};

struct monitor {
	struct cli *cli;
	struct seen seen;
	int64_t since;         /* the log has been as it is now, as far as was seen */
	json_t *alerts;        /* {"alert": WORD, "entry": N or null, "what": TEXT} */
	struct kept_file kept; /* of FILE.audit: only what is new is judged */
};

static void alert(struct monitor *m, const char *what, const uint64_t *entry, const char *text)
{
	json_t *place = entry != NULL ? json_integer((json_int_t)*entry) : json_null();
	json_array_append_new(
	    m->alerts, json_pack("{s:s,s:o,s:s}", "alert", what, "entry", place, "what", text));
}

/* --- What was seen before --------------------------------------------------------------------- */

static bool read_seen(struct monitor *m, const char *path, const struct log_view *view)
{
	/* It may be of the origin before today's: the tree is the same. */
	const struct public_key *keys[] = {&view->authority, &view->signer};
	bool is_ours = false;
	struct cli *cli = m->cli;
	struct bytes file;
	const char *note;
	json_int_t since;
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return true;
	if (!file_read(&cli->arena, path, 2 * NOTE_MAX, &file, &cli->err))
		return false;
	json_t *root = json_loadb((const char *)file.at, file.len, 0, NULL);
	bool ok = root != NULL &&
	          json_unpack(root, "{s:s,s:I}", "checkpoint", &note, "since", &since) == 0;
	if (ok) {
		m->seen.note = bytes_text(arena_printf(&cli->arena, "%s", note));
		m->seen.since = since;
	}
	json_decref(root);
	for (size_t i = 0; ok && !is_ours && i < 2; i++)
		is_ours =
		    checkpoint_open(&cli->arena, m->seen.note, keys[i], &m->seen.head, &cli->err);
	return ok ? is_ours || err_context(&cli->err, "%s", path)
	          : err_input(&cli->err, "monitor.state", "%s is not a state of proviso monitor",
	                      path);
}

static bool write_seen(struct monitor *m, const char *path, struct bytes note, int64_t since)
{
	json_t *state =
	    json_pack("{s:s%,s:I}", "checkpoint", note.at, note.len, "since", (json_int_t)since);
	char *text = json_dumps(state, JSON_INDENT(1));
	bool ok = file_write(path, bytes_text(text), 0644, &m->cli->err);
	free(text);
	json_decref(state);
	return ok;
}

/* How many entries FILE says were seen, before it is held to the authority's key. */
static uint64_t size_seen(struct cli *cli, const char *path)
{
	struct err ignored;
	struct bytes file;
	struct note note;
	struct checkpoint head = {0};
	if (!file_read(&cli->arena, path, 2 * NOTE_MAX, &file, &ignored))
		return 0;
	json_t *root = json_loadb((const char *)file.at, file.len, 0, NULL);
	const char *text = json_string_value(json_object_get(root, "checkpoint"));
	if (text == NULL || !note_parse(&cli->arena, bytes_text(text), &note, &ignored) ||
	    !checkpoint_parse(&cli->arena, note.text, &head, &ignored))
		head.size = 0;
	json_decref(root);
	return head.size;
}

/*
 * What was judged and not told, as the look ended between, is judged again; and all of it where
 * the program that judged it is another.
 */
static bool open_kept(struct monitor *m)
{
	struct cli *cli = m->cli;
	const char *seen = cli_option(cli, "state");
	const char *path = arena_printf(&cli->arena, "%s.audit", seen);
	bool ok = kept_file_open(cli, path, &m->kept);
	bool is_other =
	    !ok && cli->err.rule != NULL && strcmp(cli->err.rule, "audit.state-program") == 0;
	if (is_other && unlink(path) == 0)
		ok = kept_file_open(cli, path, &m->kept);
	if (ok && m->kept.kept.edge.size > size_seen(cli, seen)) {
		audit_kept_free(&m->kept.kept);
		ok = audit_kept_begin(&m->kept.kept, &cli->err);
	}
	cli->mirror_from = ok ? m->kept.kept.edge.size : 0;
	return ok;
}

static bool save_kept(struct monitor *m, uint64_t size)
{
	return m->kept.kept.edge.size != size || kept_file_save(m->cli, &m->kept);
}

/* --- What is looked for ----------------------------------------------------------------------- */

/* True when it is the log seen before, grown or not. */
static bool look_at_growth(struct monitor *m, const struct log_view *view,
                           const struct checkpoint *now)
{
	struct arena *arena = &m->cli->arena;
	const struct checkpoint *old = &m->seen.head;
	struct merkle_proof proof;
	struct err why = {0};
	if (m->seen.note.len == 0)
		return true;
	if (cli_log_extends(view, old, now, &proof, &why))
		return true;
	if (now->size < old->size)
		alert(m, "rewound", NULL,
		      arena_printf(arena, "the log had %llu entries and has %llu",
		                   (unsigned long long)old->size, (unsigned long long)now->size));
	else
		alert(m, "fork", NULL,
		      arena_printf(arena,
		                   "the log of %llu entries does not begin with the %llu seen "
		                   "before: both are signed (%s)",
		                   (unsigned long long)now->size, (unsigned long long)old->size,
		                   why.text));
	return false;
}

/* With a policy the witnesses' time tells how old it is, else how long it has been the same. */
static bool look_at_clock(struct monitor *m, struct bytes note, int64_t now)
{
	struct cli *cli = m->cli;
	struct policy *policy;
	uint64_t limit;
	int64_t since = m->since;
	if (!cli_number(cli, "stalled", 86400, &limit) || !cli_policy(cli, &policy))
		return false;
	if (policy != NULL) {
		struct policed policed = {0};
		struct err why = {0};
		if (!policy_open(&cli->arena, policy, note, &policed, &why))
			alert(m, "unwitnessed", NULL, arena_printf(&cli->arena, "%s", why.text));
		else if (policed.time > 0)
			since = policed.time;
	}
	if (now > since && (uint64_t)(now - since) > limit)
		alert(m, "stalled", NULL,
		      arena_printf(&cli->arena, "nothing new since %s", cli_time(cli, since)));
	return true;
}

static void on_fault(void *ctx, uint64_t index, const struct record *record, const struct err *why)
{
	struct monitor *m = ctx;
	if (index >= m->seen.head.size)
		alert(m, "fault", &index,
		      arena_printf(&m->cli->arena, "%s: %s: %s",
		                   record == NULL ? "entry" : record_kind(record->kind)->name,
		                   why->rule != NULL ? why->rule : "unreadable", why->text));
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c & 0x80) != 0;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = text; (at = strcasestr(at, word)) != NULL; at++)
		if ((at == text || !is_word(at[-1])) && !is_word(at[len]))
			return true;
	return false;
}

/* In any text of a record, at any depth. */
static bool mentions(json_t *value, const char *word)
{
	const char *key;
	json_t *each;
	size_t i;
	if (json_is_string(value))
		return has_word(json_string_value(value), word);
	json_object_foreach(value, key, each) if (mentions(each, word)) return true;
	json_array_foreach(value, i, each) if (mentions(each, word)) return true;
	return false;
}

/* Of those who sign for the authority, or are signed for: told without being asked for. */
static const char *what_changes(const struct record *record)
{
	const struct key_body *key = &record->body.key;
	if (record->kind != KIND_KEY)
		return NULL;
	switch (key->role) {
	case ROLE_AUTHORITY:
		return key->has_checkpoint ? "that the log goes on under another origin" : NULL;
	case ROLE_OFFICER:
		return "of an officer's key";
	case ROLE_WITNESSES:
		return "of the witnesses that gates demand";
	case ROLE_INBOX:
		return "of the key for which reports are encrypted";
	default:
		return NULL;
	}
}

static bool watch(void *ctx, uint64_t index, struct bytes entry)
{
	struct monitor *m = ctx;
	struct record record;
	struct err why = {0};
	const char **words;
	size_t count = cli_values(m->cli, "watch", &words);
	owned_arena arena = {0};
	if (!record_decode(&arena, entry, &record, &why) || record.kind == KIND_LEASE)
		return true; /* what cannot be read is a fault */
	const char *short_id = words_short(&m->cli->arena, &record.id);
	const char *changes = what_changes(&record);
	/* The first look makes the acquaintance of those who are there. */
	if (changes != NULL && m->seen.note.len > 0)
		alert(m, "keys", &index,
		      arena_printf(&m->cli->arena, "record %s %s: %s", short_id, changes,
		                   record.body.key.holder));
	if (count == 0)
		return true;
	json_t *told = words_record(&arena, &record, index);
	for (size_t i = 0; i < count; i++)
		if (mentions(told, words[i]))
			alert(m, "watched", &index,
			      arena_printf(&m->cli->arena, "%s %s names %s",
			                   record_kind(record.kind)->name, short_id, words[i]));
	json_decref(told);
	return true;
}

/* What the log goes on as was agreed by the rules, or it is not the log: the audit said so. */
static void look_at_origin(struct monitor *m, const struct log_view *view,
                           const struct checkpoint *now)
{
	if (m->seen.note.len > 0 && strcmp(m->seen.head.origin, now->origin) != 0)
		alert(m, "origin", NULL,
		      arena_printf(&m->cli->arena,
		                   "the log of %s goes on as %s, as its officers agreed: %s",
		                   m->seen.head.origin, now->origin,
		                   key_line(&m->cli->arena, &view->signer)));
}

/* The key that a service gives to whoever reports must be the one on the log. */
static bool look_at_inbox(struct monitor *m, const char *origin)
{
	struct cli *cli = m->cli;
	const char *url = cli_option(cli, "service");
	struct state state = memory_state(m->kept.kept.memory);
	struct key_info *keys;
	size_t count;
	json_error_t why;
	struct remote r = {.base = url, .path = "/v1/inbox/key", .limit = 1 << 16};
	if (url == NULL)
		return true;
	if (!cli_remote(cli, &r) || !query_keys(&state, &cli->arena, &keys, &count, &cli->err))
		return false;
	json_t *answer = json_loadb((const char *)r.answer.at, r.answer.len, 0, &why);
	const char *line = json_string_value(json_object_get(answer, "key"));
	bool is_on_log = false;
	for (size_t i = 0; line != NULL && i < count; i++)
		is_on_log |= strcmp(keys[i].role, "inbox") == 0 && keys[i].ended == NULL &&
		             strcmp(keys[i].holder, origin) == 0 && strcmp(keys[i].line, line) == 0;
	if (!is_on_log)
		alert(m, "inbox-key", NULL,
		      arena_printf(&cli->arena,
		                   "%s gives out a key for reports that is not on the log: %s", url,
		                   line != NULL ? line : "none"));
	json_decref(answer);
	return true;
}

/* --- Telling ---------------------------------------------------------------------------------- */

static bool mail(struct cli *cli, const char *to, const char *text)
{
	char program[] = "sendmail", whole[] = "-i", end[] = "--";
	char *arguments[] = {program, whole, end, arena_printf(&cli->arena, "%s", to), NULL};
	int ends[2], status = 0;
	pid_t pid;
	posix_spawn_file_actions_t actions;
	if (pipe(ends) != 0)
		return err_environment(&cli->err, "cannot make a pipe: %s", strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	int failed = posix_spawnp(&pid, "sendmail", &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	FILE *out = fdopen(ends[1], "w");
	if (failed == 0) {
		signal(SIGPIPE, SIG_IGN);
		fprintf(out,
		        "To: %s\nSubject: proviso monitor\nContent-Type: text/plain; "
		        "charset=utf-8\n\n%s",
		        to, text);
	}
	fclose(out);
	if (failed != 0)
		return err_environment(&cli->err, "cannot run sendmail: %s", strerror(failed));
	return (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
	       err_environment(&cli->err, "sendmail failed: the mail to %s was not sent", to);
}

static bool tell(struct monitor *m, json_t *round)
{
	struct cli *cli = m->cli;
	const char *hook = cli_option(cli, "webhook"), *to = cli_option(cli, "mail");
	struct buffer text = {.arena = &cli->arena};
	json_t *each;
	size_t i;
	json_array_foreach(m->alerts, i, each)
	{
		const json_t *entry = json_object_get(each, "entry");
		buffer_printf(&text,
		              "ALERT  %s: ", json_string_value(json_object_get(each, "alert")));
		if (json_is_integer(entry))
			buffer_printf(&text, "entry %lld, ", (long long)json_integer_value(entry));
		buffer_printf(&text, "%s\n", json_string_value(json_object_get(each, "what")));
	}
	if (!cli->json)
		fputs(buffer_cstr(&text), stdout);
	fflush(stdout);
	if (json_array_size(m->alerts) == 0)
		return true;
	char *body = json_dumps(round, JSON_COMPACT);
	struct remote post = {.base = hook,
	                      .path = "",
	                      .content_type = "application/json",
	                      .accept = "*/*",
	                      .body = bytes_text(body),
	                      .limit = 1 << 16};
	bool ok = (hook == NULL || cli_remote(cli, &post)) &&
	          (to == NULL || mail(cli, to, buffer_cstr(&text)));
	free(body);
	return ok;
}

/* --- One look --------------------------------------------------------------------------------- */

static bool look(struct monitor *m, struct log_view *view, struct checkpoint *now, bool *is_ours,
                 int64_t at)
{
	struct cli *cli = m->cli;
	struct log_check check;
	struct err why = {0};
	const char *state = cli_option(cli, "state");
	if (!checkpoint_open(&cli->arena, view->checkpoint, &view->signer, now, &cli->err) ||
	    !read_seen(m, state, view))
		return false;
	bool is_same = m->seen.note.len > 0 && m->seen.head.size == now->size &&
	               hash_equal(&m->seen.head.root, &now->root);
	m->since = is_same ? m->seen.since : at;
	*is_ours = look_at_growth(m, view, now);
	if (!look_at_clock(m, view->checkpoint, at))
		return false;
	if (!*is_ours)
		return true;
	struct progress progress = cli_progress(cli, "auditing");
	struct audit how = {
	    .progress = &progress, .fault = on_fault, .ctx = m, .kept = &m->kept.kept};
	bool kept = log_audit(view, &how, &check, &why);
	cli_progress_end(cli);
	if (!kept && (why.rule == NULL || strcmp(why.rule, "audit.faults") != 0)) {
		if (why.kind != ERR_REFUSED) {
			cli->err = why;
			return false;
		}
		alert(m, "not-the-log", NULL,
		      arena_printf(&cli->arena, "%s: %s", why.rule, why.text));
		/* A stranger's checkpoint is not what was seen of this log. */
		*is_ours = why.rule == NULL || strcmp(why.rule, "log.other-key") != 0;
	} else
		look_at_origin(m, view, now);
	return look_at_inbox(m, now->origin) &&
	       (is_same ||
	        view->entries(view->ctx, m->seen.head.size, now->size, watch, m, &cli->err));
}

static int once(struct cli *cli)
{
	struct monitor m = {.cli = cli, .alerts = json_array()};
	struct authority authority;
	struct log_view view;
	struct checkpoint now;
	bool is_ours = false;
	int64_t at = (int64_t)time(NULL);
	if (!open_kept(&m) || !cli_log_view(cli, &authority, &view)) {
		kept_file_close(&m.kept);
		json_decref(m.alerts);
		return cli_fail(cli);
	}
	bool ok = look(&m, &view, &now, &is_ours, at);
	json_t *round = ok ? json_pack("{s:s,s:I,s:O}", "origin", view.authority.name, "entries",
	                               (json_int_t)now.size, "alerts", m.alerts)
	                   : NULL;
	/* What could not be told is told at the next look: the state is written last. */
	ok = ok && tell(&m, round) &&
	     (!is_ours || (save_kept(&m, now.size) &&
	                   write_seen(&m, cli_option(cli, "state"), view.checkpoint, m.since)));
	int status = !ok ? cli_fail(cli) : json_array_size(m.alerts) > 0 ? 1 : 0;
	if (ok && cli->json)
		cli_print_json(json_incref(round));
	else if (ok && status == 0)
		printf("%s: %llu entries, nothing to tell\n", view.authority.name,
		       (unsigned long long)now.size);
	fflush(stdout);
	json_decref(round);
	json_decref(m.alerts);
	kept_file_close(&m.kept);
	cli_log_close(cli, &authority, &view);
	return status;
}

static int monitor(struct cli *cli)
{
	uint64_t pause;
	if (cli_required(cli, "state") == NULL || !cli_number(cli, "follow", 0, &pause))
		return cli_fail(cli);
	int status = once(cli);
	while (pause > 0) {
		sleep((unsigned)pause);
		arena_free(&cli->arena);
		cli->err = (struct err){0};
		status = once(cli);
	}
	return status;
}

const struct command command_monitor = {
    .name = "monitor",
    .place = AT_NEITHER,
    .usage = "--log DIR|URL --authority PUB --state FILE [--watch WORD]... [--follow SECONDS]",
    .summary = "follow a log as an outsider: exit 1 when there is something to tell",
    .help = "Alerts: fork, rewound, stalled, unwitnessed, not-the-log, fault (an entry that breaks "
            "a rule, as a\n"
            "lease wider than in force does), keys (a new record of an officer's key, of the "
            "witnesses, the inbox\n"
            "or another origin), origin (the log goes on under that), inbox-key (of --service), "
            "watched (a new\n"
            "record that names a WORD: a country, a firm).\n"
            "FILE keeps the last checkpoint seen; each thing is told once, and a fork until it is "
            "looked into:\n"
            "then move FILE away. A look fetches and judges only what is new, going on from "
            "FILE.audit as audit\n"
            "--state does.",
    .options =
        (const struct option[]){
            {"log", "DIR|URL", "the published log"},
            {"authority", "PUB", "whose log it must be"},
            {"state", "FILE", "what was seen last; made when it is not there"},
            {"policy", "FILE", "a tlog-policy: its witnesses must have cosigned the log"},
            {"stalled", "SECONDS", "how long nothing new is no alert (86400)"},
            {"watch", "WORD", "told when a new record has it, as a whole word; repeated"},
            {"service", "URL", "a provisod: it must give out the inbox's key that is on the log"},
            {"webhook", "URL", "alerts are posted there, as JSON"},
            {"mail", "ADDRESS", "alerts are mailed there, by sendmail"},
            {"follow", "SECONDS", "look again so often, until it is ended"},
            {0}},
    .run = monitor,
};

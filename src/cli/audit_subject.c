/*
 * proviso audit subject: was this person targeted? Her tag, which a quorum gave in answer to a
 * request that is itself on the log, beside the tags in all use logs whose heads the log
 * acknowledges. What is shown is over every leaf up to those heads; where a use log is missing,
 * that is said.
 */
#include "commands.h"

#include <proviso/gate.h>

#include "tags/tags.h"

/* --- What the public log says
 * --------------------------------------------------------------------- */

struct seen_system {
	struct hash id; /* of the enrolment */
	const char *serial;
	struct hash device;
	struct tree_head head; /* the last acknowledged */
	const char *use_log;   /* what was found to be it; NULL: missing */
};

/* Requests and keys, by id. */
struct seen_record {
	struct hash id;
	enum record_kind kind;
	struct hash device;
	const struct record *record;
};

struct seen {
	struct cli *cli;
	struct arena scratch;
	struct seen_system *systems;
	size_t system_count, system_room;
	struct seen_record *records;
	size_t record_count, record_room;
	bool ok;
};

static void *grow(struct cli *cli, void *at, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return at;
	*room = *room * 2 + 64;
	void *more = arena_array(&cli->arena, *room, size);
	if (count > 0)
		memcpy(more, at, count * size);
	return more;
}

/* The log's ids are hashes in order of arrival: sorted once, when all are there. */
static int compare_systems(const void *a, const void *b)
{
	return memcmp(((const struct seen_system *)a)->id.at,
	              ((const struct seen_system *)b)->id.at, HASH_SIZE);
}

static struct seen_system *find_system(struct seen *s, const struct hash *id)
{
	struct seen_system key = {.id = *id};
	return s->system_count == 0
	           ? NULL
	           : bsearch(&key, s->systems, s->system_count, sizeof key, compare_systems);
}

static const struct seen_record *find_record(const struct seen *s, const uint8_t id[HASH_SIZE])
{
	for (size_t i = 0; i < s->record_count; i++)
		if (memcmp(s->records[i].id.at, id, HASH_SIZE) == 0)
			return &s->records[i];
	return NULL;
}

static bool read_entry(struct seen *s, struct bytes entry, struct record *out)
{
	arena_reset(&s->scratch);
	s->ok = record_decode(&s->scratch, entry, out, &s->cli->err);
	return s->ok;
}

static bool collect_records(void *ctx, uint64_t index, struct bytes entry)
{
	struct seen *s = ctx;
	struct record r;
	(void)index;
	if (!read_entry(s, entry, &r))
		return false;
	if (r.kind == KIND_ENROLMENT) {
		s->systems =
		    grow(s->cli, s->systems, s->system_count, &s->system_room, sizeof *s->systems);
		s->systems[s->system_count++] = (struct seen_system){
		    .id = r.id,
		    .serial = arena_printf(&s->cli->arena, "%s", r.body.enrolment.serial),
		    .device = key_id(&r.body.enrolment.device_key),
		    .head = {0, merkle_empty},
		};
	}
	if (r.kind != KIND_ADMISSION && r.kind != KIND_INQUIRY && r.kind != KIND_TAGS)
		return true;
	struct record *kept = arena_alloc(&s->cli->arena, sizeof *kept);
	s->ok =
	    record_decode(&s->cli->arena, bytes_copy(&s->cli->arena, entry), kept, &s->cli->err);
	s->records = grow(s->cli, s->records, s->record_count, &s->record_room, sizeof *s->records);
	s->records[s->record_count++] = (struct seen_record){
	    .id = kept->id, .kind = kept->kind, .device = kept->cose.kid, .record = kept};
	return s->ok;
}

static bool collect_heads(void *ctx, uint64_t index, struct bytes entry)
{
	struct seen *s = ctx;
	struct record r;
	(void)index;
	if (!read_entry(s, entry, &r))
		return false;
	struct seen_system *system =
	    r.kind == KIND_LEASE ? find_system(s, &r.body.lease.system) : NULL;
	if (system != NULL)
		system->head = r.body.lease.use_log;
	return true;
}

/* The log is verified first: from then on its entries are those of its signed checkpoint. */
static bool read_log(struct seen *s, const struct log_view *view)
{
	struct log_check check;
	struct progress progress = cli_progress(s->cli, "verifying");
	bool ok = log_verify(view, &progress, &check, &s->cli->err);
	cli_progress_end(s->cli);
	s->ok = true;
	ok = ok && view->entries(view->ctx, 0, view->size, collect_records, s, &s->cli->err) &&
	     s->ok;
	if (ok && s->system_count > 0)
		qsort(s->systems, s->system_count, sizeof *s->systems, compare_systems);
	ok = ok && view->entries(view->ctx, 0, view->size, collect_heads, s, &s->cli->err) && s->ok;
	arena_free(&s->scratch);
	return ok;
}

/* --- One use log
 * ------------------------------------------------------------------------------------ */

struct found_use {
	uint64_t position;
	int64_t time;
	const char *code, *capability, *purpose, *territory;
	bool allowed;
};

struct reading {
	struct seen *seen;
	const uint8_t *tag;
	struct merkle_tree tree;
	uint64_t *ends; /* where each leaf ends */
	size_t end_room;
	struct found_use *uses;
	size_t use_count, use_room;
	uint8_t (*admitted)[TAG_SIZE];
	size_t admitted_count, admitted_room;
	uint64_t other;      /* allowed uses that this tag cannot tell */
	uint64_t unadmitted; /* of a tag that no admission on the log covers */
	bool ok;
};

/* The proof beside the tag: of a request on the log, at its place, by the key that it names. */
static bool admission_holds(struct reading *r, const struct proviso_entry *entry)
{
	const struct seen_record *request = find_record(r->seen, entry->id);
	struct hash blinded;
	struct err why;
	if (request == NULL || request->kind != KIND_ADMISSION)
		return false;
	const struct admission_body *body = &request->record->body.admission;
	const struct seen_record *key = find_record(r->seen, body->tags.at);
	const struct hash *asked = body->blinded.at;
	memcpy(blinded.at, entry->blinded, HASH_SIZE);
	return key != NULL && key->kind == KIND_TAGS && entry->place < body->blinded.count &&
	       hash_equal(&asked[entry->place], &blinded) &&
	       tag_proofs_verify(&key->record->body.tags, &blinded,
	                         bytes_of(entry->proofs, entry->proofs_size), &why);
}

static bool is_admitted(const struct reading *r, const uint8_t tag[TAG_SIZE])
{
	for (size_t i = r->admitted_count; i > 0; i--)
		if (memcmp(r->admitted[i - 1], tag, TAG_SIZE) == 0)
			return true;
	return false;
}

static void read_use(struct reading *r, const struct proviso_entry *entry)
{
	struct arena *arena = &r->seen->cli->arena;
	bool allowed = entry->code == PROVISO_ALLOWED;
	if (entry->tag_type != PROVISO_TAG_VOPRF) {
		r->other += allowed;
		return;
	}
	r->unadmitted += !is_admitted(r, entry->tag);
	if (memcmp(entry->tag, r->tag, TAG_SIZE) != 0)
		return;
	r->uses = grow(r->seen->cli, r->uses, r->use_count, &r->use_room, sizeof *r->uses);
	r->uses[r->use_count++] = (struct found_use){
	    .position = entry->position,
	    .time = entry->time,
	    .code = proviso_code_name(entry->code),
	    .capability = arena_printf(arena, "%s", entry->capability),
	    .purpose = arena_printf(arena, "%s", entry->purpose),
	    .territory = arena_printf(arena, "%s", entry->territory),
	    .allowed = allowed,
	};
}

static bool each_entry(void *ctx, const struct proviso_entry *entry)
{
	struct reading *r = ctx;
	struct hash leaf;
	if (entry->kind == PROVISO_ENTRY_USE)
		read_use(r, entry);
	if (entry->kind == PROVISO_ENTRY_ADMISSION && admission_holds(r, entry)) {
		r->admitted =
		    grow(r->seen->cli, r->admitted, r->admitted_count, &r->admitted_room, TAG_SIZE);
		memcpy(r->admitted[r->admitted_count++], entry->tag, TAG_SIZE);
	}
	if (entry->kind != PROVISO_ENTRY_GROUP)
		return true;
	memcpy(leaf.at, entry->hash, HASH_SIZE);
	r->ends = grow(r->seen->cli, r->ends, (size_t)entry->leaf, &r->end_room, sizeof *r->ends);
	r->ends[entry->leaf] = entry->end;
	r->ok = merkle_tree_append(&r->tree, &leaf) ||
	        err_environment(&r->seen->cli->err, "out of memory");
	return r->ok;
}

/* Whose it is: the system whose acknowledged head lies in it. */
static struct seen_system *whose(struct reading *r)
{
	struct merkle_source source = merkle_tree_source(&r->tree);
	for (size_t i = 0; i < r->seen->system_count; i++) {
		struct seen_system *s = &r->seen->systems[i];
		struct hash root;
		struct err why;
		if (s->head.size > 0 && s->head.size <= r->tree.edge.size &&
		    merkle_root(&source, s->head.size, &root, &why) &&
		    hash_equal(&root, &s->head.root))
			return s;
	}
	return NULL;
}

/* --- What is told
 * ------------------------------------------------------------------------------------- */

struct report {
	struct seen *seen;
	json_t *uses, *logs, *missing;
	uint64_t allowed, refused, leaves, other, unadmitted;
	bool failed;
};

static void tell_use(struct report *t, const struct seen_system *s, const struct found_use *u,
                     bool acknowledged)
{
	struct cli *cli = t->seen->cli;
	*(u->allowed ? &t->allowed : &t->refused) += 1;
	if (!cli->json)
		printf("%s  %-18s %s for %s in %s, by %s%s\n", cli_time(cli, u->time), u->code,
		       u->capability, u->purpose, u->territory, s->serial,
		       acknowledged ? "" : " (not yet on the public log)");
	json_array_append_new(
	    t->uses, json_pack("{s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:b}", "system",
	                       cli_hex(cli, &s->id), "serial", s->serial, "position",
	                       (json_int_t)u->position, "time", cli_time(cli, u->time), "code",
	                       u->code, "capability", u->capability, "purpose", u->purpose,
	                       "territory", u->territory, "acknowledged", acknowledged));
}

static bool tell_log(struct report *t, struct reading *r, const char *path)
{
	struct cli *cli = t->seen->cli;
	struct seen_system *s = whose(r);
	if (s == NULL)
		return err_refused(&cli->err, "audit.use-log-unknown",
		                   "%s: no system on the log has acknowledged a head of it", path);
	if (s->use_log != NULL)
		return err_usage(&cli->err, "%s and %s are of one system", s->use_log, path);
	s->use_log = path;
	for (size_t i = 0; i < r->use_count; i++)
		tell_use(t, s, &r->uses[i], r->uses[i].position < r->ends[s->head.size - 1]);
	t->leaves += s->head.size;
	t->other += r->other;
	t->unadmitted += r->unadmitted;
	json_array_append_new(
	    t->logs,
	    json_pack("{s:s,s:s,s:s,s:I,s:s,s:I,s:I,s:I}", "system", cli_hex(cli, &s->id), "serial",
	              s->serial, "use-log", path, "leaves", (json_int_t)s->head.size, "root",
	              cli_hex(cli, &s->head.root), "subjects-admitted",
	              (json_int_t)r->admitted_count, "uses-by-other-tags", (json_int_t)r->other,
	              "uses-without-admission", (json_int_t)r->unadmitted));
	return true;
}

static bool read_use_log(struct report *t, const uint8_t *tag, const char *given)
{
	struct cli *cli = t->seen->cli;
	const char *within = arena_printf(&cli->arena, "%s/use-log", given);
	const char *path = file_exists(within) ? within : given;
	struct reading r = {.seen = t->seen, .tag = tag, .ok = true};
	struct proviso_error error = {0};
	bool ok = proviso_use_log_read(path, each_entry, &r, NULL, &error);
	if (!ok) {
		cli->err.kind = (enum err_kind)error.kind;
		cli->err.rule = arena_printf(&cli->arena, "%s", error.code);
		snprintf(cli->err.text, sizeof cli->err.text, "%s", error.text);
	}
	ok = ok && r.ok && tell_log(t, &r, path);
	merkle_tree_free(&r.tree);
	return ok;
}

/* Systems whose uses were acknowledged and are not here: of them nothing is said. */
static void tell_missing(struct report *t)
{
	struct cli *cli = t->seen->cli;
	for (size_t i = 0; i < t->seen->system_count; i++) {
		const struct seen_system *s = &t->seen->systems[i];
		if (s->use_log != NULL || s->head.size == 0)
			continue;
		json_array_append_new(
		    t->missing, json_pack("{s:s,s:s,s:I}", "system", cli_hex(cli, &s->id), "serial",
		                          s->serial, "leaves", (json_int_t)s->head.size));
		if (!cli->json)
			printf("MISSING  the use log of %s (%llu leaves): nothing is shown of it\n",
			       s->serial, (unsigned long long)s->head.size);
	}
}

static int tell_end(struct report *t, const struct transcript *asked, size_t which)
{
	struct cli *cli = t->seen->cli;
	size_t missing = json_array_size(t->missing), logs = json_array_size(t->logs);
	bool complete = missing == 0 && t->other == 0 && t->unadmitted == 0;
	bool targeted = t->allowed > 0;
	const struct record *request = &asked->request.record;
	if (cli->json) {
		cli_print_json(
		    json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:I,s:I,s:O,s:O,s:O}", "subject",
		              asked->blinds[which].selector, "tag",
		              hex_encode(&cli->arena, bytes_of(asked->tags[which].at, TAG_SIZE)),
		              "request", cli_hex(cli, &request->id), "asked-by",
		              request->claims.issuer, "targeted", targeted, "complete", complete,
		              "allowed", (json_int_t)t->allowed, "refused", (json_int_t)t->refused,
		              "uses", t->uses, "use-logs", t->logs, "missing", t->missing));
		return targeted || !complete ? 1 : 0;
	}
	printf("%s: %llu uses allowed and %llu refused, over all %llu leaves of %zu use log%s on "
	       "the public log\n",
	       asked->blinds[which].selector, (unsigned long long)t->allowed,
	       (unsigned long long)t->refused, (unsigned long long)t->leaves, logs,
	       logs == 1 ? "" : "s");
	printf("asked by %s in %s %s, which is on the log\n", request->claims.issuer,
	       record_kind(request->kind)->name, cli_short(cli, &request->id));
	if (t->other > 0)
		printf("NOT COMPLETE  %llu uses are recorded by tags of the systems' own keys: "
		       "proviso audit uses\n",
		       (unsigned long long)t->other);
	if (t->unadmitted > 0)
		printf("NOT COMPLETE  %llu uses have tags that no admission on the log covers\n",
		       (unsigned long long)t->unadmitted);
	if (missing > 0)
		printf("NOT COMPLETE  %zu use log%s missing\n", missing,
		       missing == 1 ? " is" : "s are");
	return targeted || !complete ? 1 : 0;
}

/* --- The command
 * ---------------------------------------------------------------------------------------- */

/* The request for the tag must be among the entries: asking leaves its own trace. */
static bool open_tags(struct seen *s, const struct log_view *view, struct transcript *out,
                      size_t *which)
{
	struct cli *cli = s->cli;
	const char *path = cli_required(cli, "tags");
	struct bytes file;
	struct selector subject;
	if (path == NULL || !selector_parse(bytes_text(cli->arguments[0]), &subject, &cli->err) ||
	    !file_read(&cli->arena, path, TRANSCRIPT_MAX, &file, &cli->err))
		return false;
	if (!transcript_open(&cli->arena, file, &view->authority, out, &cli->err))
		return err_context(&cli->err, "%s", path);
	if (find_record(s, out->request.record.id.at) == NULL)
		return err_refused(&cli->err, "tags.not-on-the-log",
		                   "%s: its request is not on this log", path);
	for (*which = 0; *which < out->request.count; (*which)++)
		if (strcmp(out->blinds[*which].selector, subject.text) == 0)
			return true;
	return err_refused(&cli->err, "tags.other-subject", "%s has no tag of %s", path,
	                   subject.text);
}

static int run(struct cli *cli)
{
	struct authority authority;
	struct log_view view;
	struct transcript asked;
	const char **use_logs;
	size_t which = 0, count = cli_values(cli, "use-log", &use_logs);
	struct seen seen = {.cli = cli};
	if (!cli_log_view(cli, &authority, &view))
		return cli_fail(cli);
	bool ok = read_log(&seen, &view) && open_tags(&seen, &view, &asked, &which);
	struct report report = {&seen, .uses = json_array(), .logs = json_array(),
	                        .missing = json_array()};
	for (size_t i = 0; ok && i < count; i++)
		ok = read_use_log(&report, asked.tags[which].at, use_logs[i]);
	if (ok)
		tell_missing(&report);
	int status = ok ? tell_end(&report, &asked, which) : cli_fail(cli);
	json_decref(report.uses);
	json_decref(report.logs);
	json_decref(report.missing);
	cli_log_close(cli, &authority, &view);
	return status;
}

const struct command command_audit_subject = {
    .name = "audit subject",
    .usage = "SELECTOR --tags FILE --use-log DIR... [--log DIR|URL --authority PUB]",
    .summary = "was this person targeted by any system? exit 0: no, shown over every leaf; 1: yes, "
               "or not all shown",
    .help =
        "The tag comes of proviso tags request, grant, evaluate and combine. Each use log is held "
        "against\n"
        "the head that the log acknowledges, and each tag in it against its admission on the log.",
    .options =
        (const struct option[]){
            {"tags", "FILE", "the tags that a quorum gave (proviso tags combine)"},
            {"use-log", "DIR", "a system's use log, or a copy of it; repeated"},
            {"log", "DIR|URL", "a published log, instead of --home"},
            {"authority", "PUB", "whose log it must be, with --log"},
            {0}},
    .least = 1,
    .most = 1,
    .run = run,
};

#include "witness.h"

#include <assert.h>

/* --- Requests ----------------------------------------------------------------------------- */

static bool begins(struct bytes line, const char *word)
{
	size_t len = strlen(word);
	return line.len > len && memcmp(line.at, word, len) == 0;
}

static struct bytes after(struct bytes line, const char *word)
{
	size_t len = strlen(word);
	return bytes_of(line.at + len, line.len - len);
}

bool witness_request_parse(struct arena *arena, struct bytes all, struct witness_request *out,
                           struct err *e)
{
	if (all.len > WITNESS_REQUEST_MAX)
		return err_input(e, "witness.too-large", "a request has at most %d bytes, not %zu",
		                 WITNESS_REQUEST_MAX, all.len);
	struct reader r = reader_of(all);
	struct bytes line = read_line(&r), hash;
	if (!begins(line, "old ") || !decimal_parse(after(line, "old "), &out->old_size))
		return err_input(e, "witness.request", "line 1 is not \"old SIZE\"");
	out->proof.count = 0;
	size_t number = 2;
	for (line = read_line(&r); line.len > 0; line = read_line(&r), number++) {
		if (out->proof.count == WITNESS_PROOF_MAX)
			return err_input(e, "witness.request", "more than %d hashes",
			                 WITNESS_PROOF_MAX);
		if (!base64_decode(arena, line, &hash) || hash.len != HASH_SIZE)
			return err_input(e, "witness.request",
			                 "line %zu is not a hash of 32 bytes in base64", number);
		memcpy(out->proof.at[out->proof.count++].at, hash.at, HASH_SIZE);
	}
	if (r.bad)
		return err_input(e, "witness.request",
		                 "line %zu: the blank line before the checkpoint is missing",
		                 number);
	out->checkpoint = read_bytes(&r, reader_left(&r));
	return true;
}

struct bytes witness_request_format(struct arena *arena, const struct witness_request *q)
{
	struct buffer text = {.arena = arena};
	assert(q->proof.count <= WITNESS_PROOF_MAX);
	buffer_printf(&text, "old %llu\n", (unsigned long long)q->old_size);
	for (size_t i = 0; i < q->proof.count; i++)
		buffer_printf(&text, "%s\n", base64_encode(arena, hash_bytes(&q->proof.at[i])));
	buffer_u8(&text, '\n');
	buffer_bytes(&text, q->checkpoint);
	return buffer_view(&text);
}

/* --- Logs --------------------------------------------------------------------------------- */

struct listing {
	struct arena *arena;
	struct witness_logs *logs;
	struct public_key key; /* of the block being read */
	const char *origin;
	uint64_t growths_a_day;
	bool has_key;
	size_t line;
	struct err *e;
};

static bool fail(const struct listing *l, const char *why)
{
	return err_input(l->e, "witness.logs", "line %zu: %s", l->line, why);
}

static struct witness_log *log_of(struct listing *l)
{
	for (size_t i = 0; i < l->logs->count; i++)
		if (strcmp(l->logs->at[i].origin, l->origin) == 0)
			return &l->logs->at[i];
	if (l->logs->count == WITNESS_LOGS)
		return NULL;
	struct witness_log *log = &l->logs->at[l->logs->count++];
	*log = (struct witness_log){
	    .origin = l->origin,
	    .keys = arena_array(l->arena, WITNESS_KEYS, sizeof *log->keys),
	    .growths_a_day = l->growths_a_day,
	};
	return log;
}

static bool end_block(struct listing *l)
{
	if (!l->has_key)
		return true;
	if (l->origin == NULL)
		l->origin = arena_copy(l->arena, l->key.name, strlen(l->key.name));
	struct witness_log *log = log_of(l);
	if (log == NULL)
		return fail(l, "too many logs");
	if (log->key_count == WITNESS_KEYS)
		return fail(l, "too many keys of one origin");
	log->keys[log->key_count++] = l->key;
	l->has_key = false;
	return true;
}

static bool read_listed(struct listing *l, struct bytes line)
{
	if (begins(line, "vkey ")) {
		if (!end_block(l))
			return false;
		l->has_key = true;
		l->origin = NULL;
		l->growths_a_day = 0;
		if (!key_line_parse(after(line, "vkey "), &l->key, l->e))
			return err_context(l->e, "line %zu", l->line);
		return l->key.algorithm == KEY_ED25519 || fail(l, "a log's key is Ed25519");
	}
	if (!l->has_key)
		return fail(l, "a block begins with \"vkey KEY\"");
	if (begins(line, "origin ")) {
		struct bytes origin = after(line, "origin ");
		l->origin = arena_copy(l->arena, origin.at, origin.len);
		return strlen(l->origin) == origin.len || fail(l, "an origin has no NUL");
	}
	if (begins(line, "qpd "))
		return decimal_parse(after(line, "qpd "), &l->growths_a_day) ||
		       fail(l, "\"qpd\" is followed by a number");
	return begins(line, "contact ") || fail(l, "neither vkey, origin, qpd nor contact");
}

bool witness_logs_parse(struct arena *arena, struct bytes all, struct witness_logs *out,
                        struct err *e)
{
	struct listing l = {.arena = arena, .logs = out, .line = 1, .e = e};
	struct reader r = reader_of(all);
	*out = (struct witness_logs){arena_array(arena, WITNESS_LOGS, sizeof *out->at), 0};
	if (all.len > WITNESS_LISTS_MAX)
		return fail(&l, "the list is too large");
	for (bool is_begun = false; reader_left(&r) > 0; l.line++) {
		struct bytes line = read_line(&r);
		if (r.bad)
			return fail(&l, "it does not end in LF");
		if (line.len == 0 || line.at[0] == '#')
			continue;
		if (!is_begun) {
			is_begun = bytes_equal(line, bytes_text("logs/v0"));
			if (!is_begun)
				return fail(&l, "a list of logs begins with \"logs/v0\"");
		} else if (!read_listed(&l, line)) {
			return false;
		}
	}
	return end_block(&l) && (out->count > 0 || fail(&l, "no log is in it"));
}

const struct witness_log *witness_logs_find(const struct witness_logs *logs, const char *origin)
{
	for (size_t i = 0; i < logs->count; i++)
		if (strcmp(logs->at[i].origin, origin) == 0)
			return &logs->at[i];
	return NULL;
}

/* --- Judging ------------------------------------------------------------------------------ */

static bool is_signed(const struct witness_case *c, struct err *e)
{
	bool is_good = false;
	for (size_t i = 0; i < c->log->key_count; i++) {
		if (note_verify(&c->note, &c->log->keys[i], e))
			is_good = true;
		else if (strcmp(e->rule, "note.unsigned") != 0)
			return false;
	}
	return is_good;
}

bool witness_case_open(struct arena *arena, const struct witness_logs *logs, struct bytes request,
                       struct witness_case *out, struct err *e)
{
	if (!witness_request_parse(arena, request, &out->request, e) ||
	    !note_parse(arena, out->request.checkpoint, &out->note, e) ||
	    !checkpoint_parse(arena, out->note.text, &out->checkpoint, e))
		return false;
	if (out->request.old_size > out->checkpoint.size)
		return err_input(e, "witness.sizes",
		                 "the checkpoint has %llu entries, fewer than %llu",
		                 (unsigned long long)out->checkpoint.size,
		                 (unsigned long long)out->request.old_size);
	out->log = witness_logs_find(logs, out->checkpoint.origin);
	if (out->log == NULL)
		return err_refused(e, "witness.unknown-log",
		                   "%.255s is no log that is witnessed here",
		                   out->checkpoint.origin);
	return is_signed(out, e);
}

bool witness_judge(const struct witness_case *c, const struct witness_seen *seen, struct err *e)
{
	const struct witness_request *q = &c->request;
	struct err why;
	if (q->old_size != seen->size)
		return err_refused(e, "witness.conflict",
		                   "%llu entries were cosigned last, not %llu",
		                   (unsigned long long)seen->size, (unsigned long long)q->old_size);
	if (checkpoint_check(&c->checkpoint, &why) &&
	    merkle_verify_consistency(seen->size, &seen->root, c->checkpoint.size,
	                              &c->checkpoint.root, q->proof.at, q->proof.count, &why))
		return true;
	return err_refused(e, "witness.inconsistent",
	                   "the tree of %llu entries is not shown to extend that of %llu: %.200s",
	                   (unsigned long long)c->checkpoint.size, (unsigned long long)seen->size,
	                   why.text);
}

unsigned witness_status(const struct err *e)
{
	static const struct {
		const char *rule;
		unsigned status;
	} rows[] = {
	    {"witness.unknown-log", 404},  {"note.unsigned", 403},
	    {"note.bad-signature", 403},   {"witness.conflict", 409},
	    {"witness.inconsistent", 422}, {"witness.too-often", 429},
	};
	for (size_t i = 0; e->rule != NULL && i < sizeof rows / sizeof *rows; i++)
		if (strcmp(e->rule, rows[i].rule) == 0)
			return rows[i].status;
	return e->kind == ERR_INPUT ? 400 : 503;
}

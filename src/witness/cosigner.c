/*
 * The store's map has, under "key", the id of the key that signs, and under "log" || origin what
 * was cosigned last: u64be size, root, u64be time, u64be day and growths in it, the note.
 */
#include "cosigner.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/instant.h"
#include "store/store.h"

struct cosigner {
	pthread_mutex_t lock; /* over the store */
	struct store *store;
	struct secret_key key;
	const struct witness_logs *logs;
	struct hash *origins; /* of the logs, in their order */
};

struct last {
	struct witness_seen seen;
	int64_t time, day;
	uint64_t growths;
	struct bytes note;
};

static const char text_plain[] = "text/plain; charset=utf-8", text_size[] = "text/x.tlog.size";

/* --- The store ---------------------------------------------------------------------------- */

static struct bytes key_of(struct arena *arena, const char *origin)
{
	return bytes_text(arena_printf(arena, "log%s", origin));
}

static bool get_last(struct cosigner *c, struct arena *arena, const char *origin, struct last *out,
                     struct err *e)
{
	struct bytes value, root;
	*out = (struct last){0};
	if (!store_get(c->store, key_of(arena, origin), arena, &value, e))
		return false;
	if (value.at == NULL)
		return true;
	struct reader r = reader_of(value);
	out->seen.size = read_u64be(&r);
	root = read_bytes(&r, HASH_SIZE);
	out->time = (int64_t)read_u64be(&r);
	out->day = (int64_t)read_u64be(&r);
	out->growths = read_u64be(&r);
	out->note = read_bytes(&r, reader_left(&r));
	if (r.bad)
		return err_input(e, "store.format", "what was cosigned last of %s is damaged",
		                 origin);
	memcpy(out->seen.root.at, root.at, HASH_SIZE);
	return true;
}

static bool put_last(struct cosigner *c, struct arena *arena, const char *origin,
                     const struct last *last, struct err *e)
{
	struct buffer value = {.arena = arena};
	buffer_u64be(&value, last->seen.size);
	buffer_bytes(&value, hash_bytes(&last->seen.root));
	buffer_u64be(&value, (uint64_t)last->time);
	buffer_u64be(&value, (uint64_t)last->day);
	buffer_u64be(&value, last->growths);
	buffer_bytes(&value, last->note);
	return store_put(c->store, key_of(arena, origin), buffer_view(&value), e);
}

/* A store signs with one key for ever. */
static bool check_key(struct cosigner *c, bool is_new, struct err *e)
{
	owned_arena arena = {0};
	struct hash id = key_id(&c->key.public);
	struct bytes kept, name = bytes_text("key");
	if (!store_begin(c->store, is_new, e))
		return false;
	bool done = is_new
	                ? store_put(c->store, name, hash_bytes(&id), e) && store_commit(c->store, e)
	                : store_get(c->store, name, &arena, &kept, e);
	store_rollback(c->store);
	if (done && !is_new && !bytes_equal(kept, hash_bytes(&id)))
		return err_refused(e, "cosigner.other-key",
		                   "what was cosigned was signed with another key than %s's",
		                   c->key.public.name);
	return done;
}

struct cosigner *cosigner_open(const char *path, bool is_new, const struct secret_key *key,
                               const struct witness_logs *logs, struct err *e)
{
	if (key->public.algorithm != KEY_ED25519) {
		err_refused(e, "note.algorithm", "a witness's key is Ed25519, and %s is not",
		            key->public.name);
		return NULL;
	}
	struct cosigner *c = calloc(1, sizeof *c);
	if (c == NULL || (c->origins = calloc(logs->count + 1, sizeof *c->origins)) == NULL) {
		free(c);
		err_environment(e, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&c->lock, NULL);
	c->key = *key;
	c->logs = logs;
	for (size_t i = 0; i < logs->count; i++)
		c->origins[i] = sha256(bytes_text(logs->at[i].origin));
	c->store = store_open(path, is_new ? STORE_CREATE : STORE_WRITE, e);
	if (c->store != NULL && check_key(c, is_new, e))
		return c;
	cosigner_close(c);
	return NULL;
}

void cosigner_close(struct cosigner *c)
{
	if (c == NULL)
		return;
	store_close(c->store);
	pthread_mutex_destroy(&c->lock);
	key_wipe(&c->key);
	free(c->origins);
	free(c);
}

/* --- add-checkpoint ----------------------------------------------------------------------- */

/* The signature line that was answered last: the last of the note. */
static struct bytes last_line(struct bytes note)
{
	size_t from = note.len - 1;
	while (from > 0 && note.at[from - 1] != '\n')
		from--;
	return bytes_of(note.at + from, note.len - from);
}

/* The line that was given for the same text within this second. */
static bool is_answered(const struct witness_case *c, const struct last *last, int64_t now,
                        struct bytes *line)
{
	struct bytes text = c->note.text;
	if (last->seen.size == 0 || last->time != now || last->note.len <= text.len ||
	    memcmp(last->note.at, text.at, text.len) != 0 || last->note.at[text.len] != '\n')
		return false;
	*line = last_line(last->note);
	return true;
}

static bool count_growth(const struct witness_case *c, struct last *last, int64_t now,
                         struct err *e)
{
	if (c->checkpoint.size == last->seen.size)
		return true;
	if (last->day != now / DAY_SECONDS) {
		last->day = now / DAY_SECONDS;
		last->growths = 0;
	}
	if (c->log->growths_a_day > 0 && last->growths >= c->log->growths_a_day)
		return err_refused(e, "witness.too-often", "%s may grow %llu times a day",
		                   c->log->origin, (unsigned long long)c->log->growths_a_day);
	last->growths++;
	return true;
}

/* The note as it is kept: its text, the log's own lines, and ours. */
static struct bytes kept_note(struct arena *arena, const struct witness_case *c, struct bytes line)
{
	struct buffer all = {.arena = arena};
	buffer_bytes(&all, c->note.text);
	buffer_u8(&all, '\n');
	struct bytes note = c->request.checkpoint;
	struct reader r = reader_of(bytes_of(note.at + all.len, note.len - all.len));
	for (size_t i = 0; i < c->note.signature_count; i++) {
		struct bytes theirs = read_line(&r);
		const struct note_signature *s = &c->note.signatures[i];
		for (size_t k = 0; k < c->log->key_count; k++) {
			const struct public_key *key = &c->log->keys[k];
			if (s->key_id != key_note_id(key, NOTE_ED25519) ||
			    !bytes_equal(s->name, bytes_text(key->name)))
				continue;
			buffer_bytes(&all, theirs);
			buffer_u8(&all, '\n');
			break;
		}
	}
	buffer_bytes(&all, line);
	return buffer_view(&all);
}

/* Within a write transaction: nobody else changes what was cosigned last. */
static bool cosign(struct cosigner *cosigner, struct arena *arena, const struct witness_case *c,
                   int64_t now, struct bytes *line, struct last *last, struct err *e)
{
	if (!get_last(cosigner, arena, c->log->origin, last, e) ||
	    !witness_judge(c, &last->seen, e))
		return false;
	if (is_answered(c, last, now, line))
		return true;
	if (!count_growth(c, last, now, e) ||
	    !cosignature_sign(arena, &c->note, &cosigner->key, now, line, e))
		return false;
	last->seen = (struct witness_seen){c->checkpoint.size, c->checkpoint.root};
	last->time = now;
	last->note = kept_note(arena, c, *line);
	return put_last(cosigner, arena, c->log->origin, last, e) &&
	       store_commit(cosigner->store, e);
}

static void answer(struct arena *arena, struct cosigner_answer *out, const struct last *last,
                   const struct err *e)
{
	out->status = witness_status(e);
	out->content_type = text_plain;
	/* What of the machine is broken is for its keeper. */
	const char *why = out->status == 503 ? "the witness cannot answer now" : e->text;
	out->body = bytes_text(arena_printf(arena, "%s\n", why));
	if (out->status != 409)
		return;
	out->content_type = text_size;
	out->body = bytes_text(arena_printf(arena, "%llu\n", (unsigned long long)last->seen.size));
}

bool cosigner_add(struct cosigner *cosigner, struct arena *arena, struct bytes request, int64_t now,
                  struct cosigner_answer *out, struct err *e)
{
	struct witness_case *c = arena_alloc(arena, sizeof *c);
	struct last last = {0};
	struct bytes line = {0};
	assert(now >= 0);
	bool done = witness_case_open(arena, cosigner->logs, request, c, e);
	if (done) {
		pthread_mutex_lock(&cosigner->lock);
		done = store_begin(cosigner->store, true, e) &&
		       cosign(cosigner, arena, c, now, &line, &last, e);
		store_rollback(cosigner->store);
		pthread_mutex_unlock(&cosigner->lock);
	}
	if (done)
		*out = (struct cosigner_answer){200, text_plain, line};
	else
		answer(arena, out, &last, e);
	return done;
}

bool cosigner_latest(struct cosigner *c, struct arena *arena, const char *origin_hash,
                     struct bytes *note, struct err *e)
{
	*note = (struct bytes){0};
	for (size_t i = 0; i < c->logs->count; i++) {
		struct last last;
		if (strcmp(hex_encode(arena, hash_bytes(&c->origins[i])), origin_hash) != 0)
			continue;
		pthread_mutex_lock(&c->lock);
		bool done = store_begin(c->store, false, e) &&
		            get_last(c, arena, c->logs->at[i].origin, &last, e);
		store_rollback(c->store);
		pthread_mutex_unlock(&c->lock);
		if (done)
			*note = last.note;
		return done;
	}
	return true;
}

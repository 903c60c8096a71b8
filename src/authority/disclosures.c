/*
 * Confidential values: each in a file named by its digest, which is what the log holds:
 *
 *     proviso-disclosure-1 LF, nonce[24], XChaCha20-Poly1305 of the disclosure
 *
 * with the digest as additional data, so that a file answers to its own name alone. The key is in
 * HOME/disclosures.key: "proviso-disclosures-key-v1 LF, base64(key[32]) LF".
 */
#include "authority.h"

#include <errno.h>
#include <sodium.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rim.h"
#include "batch.h"
#include "query.h"

#define MAGIC     "proviso-disclosure-1\n"
#define KEY_MAGIC "proviso-disclosures-key-v1\n"

enum {
	MAGIC_SIZE = sizeof MAGIC - 1,
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	MORE = MAGIC_SIZE + NONCE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

struct work {
	struct arena arena;
	struct authority *authority;
	struct arena *into; /* where disclosed values go */
	struct record *record;
	bool has_key;
	uint8_t key[KEY];
	bool ok;
	struct err *e;
};

static void work_end(struct work *w)
{
	sodium_memzero(w->key, sizeof w->key);
	arena_free(&w->arena);
}

/* --- The key ---------------------------------------------------------------------------- */

static bool read_key(struct work *w, const char *path)
{
	struct bytes file, key;
	if (!file_read(&w->arena, path, 256, &file, w->e))
		return false;
	struct reader r = reader_of(file);
	struct bytes magic = read_bytes(&r, sizeof KEY_MAGIC - 1), line = read_line(&r);
	bool ok = !r.bad && reader_left(&r) == 0 && bytes_equal(magic, bytes_text(KEY_MAGIC)) &&
	          base64_decode(&w->arena, line, &key) && key.len == KEY;
	if (ok) {
		memcpy(w->key, key.at, KEY);
		sodium_memzero((void *)(uintptr_t)key.at, key.len);
	}
	sodium_memzero((void *)(uintptr_t)file.at, file.len);
	w->has_key = ok;
	return ok || err_input(w->e, "disclosures.key", "%s is not a key of disclosures", path);
}

/* Two at once: one draws it, and both read what is then there. */
static bool draw_key(struct work *w, const char *path)
{
	struct err why = {0};
	rim_random(w->key, KEY);
	const char *text = base64_encode(&w->arena, bytes_of(w->key, KEY));
	char *file = arena_printf(&w->arena, KEY_MAGIC "%s\n", text);
	bool drawn = file_create(path, bytes_text(file), 0600, &why);
	sodium_memzero(file, strlen(file));
	if (drawn || file_exists(path))
		return true;
	*w->e = why;
	return false;
}

static bool take_key(struct work *w, bool may_draw)
{
	const char *path = home_path(&w->arena, w->authority, "disclosures.key");
	if (w->has_key)
		return true;
	return (!may_draw || file_exists(path) || draw_key(w, path)) && read_key(w, path);
}

/* --- Files -------------------------------------------------------------------------------- */

static const char *path_of(struct arena *arena, const struct authority *a,
                           const struct redactable *value)
{
	return arena_printf(arena, "%s/disclosures/%s", a->home,
	                    hex_encode(arena, hash_bytes(&value->digest)));
}

static bool seal(struct work *w, const struct redactable *value, struct bytes *out)
{
	struct bytes plain = value->disclosure;
	uint8_t *at = arena_alloc(&w->arena, plain.len + MORE), *nonce = at + MAGIC_SIZE;
	if (!take_key(w, true))
		return false;
	memcpy(at, MAGIC, MAGIC_SIZE);
	rim_random(nonce, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE, NULL, plain.at, plain.len,
	                                           value->digest.at, HASH_SIZE, NULL, nonce,
	                                           w->key);
	*out = bytes_of(at, plain.len + MORE);
	return true;
}

static bool unseal(struct work *w, const char *path, const struct redactable *value,
                   struct bytes *out)
{
	struct bytes file;
	if (!file_read(&w->arena, path, RECORD_MAX + MORE, &file, w->e) || !take_key(w, false))
		return false;
	if (file.len < MORE || memcmp(file.at, MAGIC, MAGIC_SIZE) != 0)
		return err_input(w->e, "disclosures.damaged", "%s is not a disclosure", path);
	const uint8_t *nonce = file.at + MAGIC_SIZE;
	uint8_t *at = arena_alloc(w->into, file.len - MORE);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
	        at, NULL, NULL, nonce + NONCE, file.len - MAGIC_SIZE - NONCE, value->digest.at,
	        HASH_SIZE, nonce, w->key) != 0)
		return err_input(w->e, "disclosures.damaged",
		                 "%s was changed, or is under another key", path);
	*out = bytes_of(at, file.len - MORE);
	return true;
}

static void keep(void *ctx, const char *path, struct redactable *value)
{
	struct work *w = ctx;
	struct state state = authority_state(w->authority);
	struct bytes sealed;
	bool is_erased;
	const char *file = path_of(&w->arena, w->authority, value);
	if (!w->ok || value->disclosure.len == 0 || file_exists(file))
		return;
	w->ok = query_erased(&state, &w->arena, &w->record->id, path, &is_erased, w->e) &&
	        (is_erased || (seal(w, value, &sealed) && file_write(file, sealed, 0600, w->e)));
}

bool authority_keep_disclosures(struct authority *a, struct record *record, struct err *e)
{
	struct work w = {.authority = a, .record = record, .e = e};
	w.ok = directory_make(home_path(&w.arena, a, "disclosures"), 0700, e);
	record_redactables(record, keep, &w);
	work_end(&w);
	return w.ok;
}

static void fit(void *ctx, const char *path, struct redactable *value)
{
	struct work *w = ctx;
	struct bytes disclosure;
	(void)path;
	const char *file = path_of(&w->arena, w->authority, value);
	if (!w->ok || !file_exists(file))
		return;
	w->ok = unseal(w, file, value, &disclosure) &&
	        (record_disclose(w->into, w->record, disclosure, w->e) ||
	         err_context(w->e, "%s", file));
}

bool authority_disclose(struct authority *a, struct arena *arena, struct record *record,
                        struct err *e)
{
	struct work w = {.authority = a, .into = arena, .record = record, .ok = true, .e = e};
	record_redactables(record, fit, &w);
	work_end(&w);
	return w.ok;
}

/* --- Releasing and erasing ------------------------------------------------------------------ */

bool authority_say_disclosure(struct authority *a, const struct disclosure_body *body, int64_t now,
                              uint64_t *index, struct err *e)
{
	owned_arena arena = {0};
	struct batch batch;
	struct checkpoint head;
	struct bytes entry, note;
	union record_body said = {.disclosure = *body};
	if (!batch_begin(&batch, a, &arena, now, e) ||
	    !batch_say(&batch, KIND_DISCLOSURE, &said, &entry, index, e) ||
	    !batch_commit(&batch, &head, e)) {
		batch_abandon(&batch);
		return false;
	}
	return authority_publish(a, &arena, &head, &note, e);
}

bool authority_keeps(struct authority *a, const struct redactable *value)
{
	owned_arena arena = {0};
	return file_exists(path_of(&arena, a, value));
}

bool authority_erase(struct authority *a, const struct redactable *value, bool *was_there,
                     struct err *e)
{
	owned_arena arena = {0};
	const char *path = path_of(&arena, a, value);
	*was_there = unlink(path) == 0;
	if (!*was_there && errno != ENOENT)
		return err_errno(e, "cannot remove %s", path);
	return !*was_there || directory_sync(home_path(&arena, a, "disclosures"), e);
}

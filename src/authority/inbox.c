#include "inbox.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/rim.h"

#define SUFFIX_READ   ".read"
#define SUFFIX_ANSWER ".answer"

static const char *path_of(struct arena *arena, const char *home, const struct hash *id,
                           const char *suffix)
{
	return arena_printf(arena, "%s/inbox/%s%s", home, hex_encode(arena, hash_bytes(id)),
	                    suffix);
}

/* --- The key ---------------------------------------------------------------------------- */

static const char *secret_path(struct arena *arena, const char *home)
{
	return arena_printf(arena, "%s/inbox.key", home);
}

static bool own_key(struct arena *arena, const char *home, struct secret_key *out, struct err *e)
{
	struct bytes file;
	const char *path = secret_path(arena, home);
	return file_read(arena, path, KEY_FILE_MAX, &file, e) &&
	       (key_file_parse(file, NULL, out, e) || err_context(e, "%s", path));
}

static bool draw_key(struct arena *arena, const char *home, const char *origin, struct err *e)
{
	uint8_t seed[KEY_SEED], salt[KEY_SALT];
	owned_secret_key key = {0};
	rim_random(seed, sizeof seed);
	rim_random(salt, sizeof salt);
	bool ok = key_make(KEY_ES256, arena_printf(arena, "%s/inbox", origin), seed, &key, e);
	char *text = ok ? key_file(arena, &key, NULL, salt, e) : NULL;
	sodium_memzero(seed, sizeof seed);
	if (text == NULL)
		return false;
	ok = file_create(secret_path(arena, home), bytes_text(text), 0600, e);
	sodium_memzero(text, strlen(text));
	return ok;
}

/*
 * Two at once, or one that died between the two files: whoever finds the secret there makes the
 * public one of it, and it is the same.
 */
static bool make_key(struct arena *arena, const char *home, const char *origin, struct err *e)
{
	owned_secret_key key = {0};
	const char *secret = secret_path(arena, home);
	if (!file_exists(secret) && !draw_key(arena, home, origin, e) && !file_exists(secret))
		return false;
	return own_key(arena, home, &key, e) &&
	       file_write(arena_printf(arena, "%s/inbox.pub", home),
	                  bytes_text(key_line(arena, &key.public)), 0644, e);
}

bool inbox_key(const char *home, const char *origin, struct public_key *out, struct err *e)
{
	owned_arena arena = {0};
	const char *path = arena_printf(&arena, "%s/inbox.pub", home);
	struct bytes line;
	if (!file_exists(path) && !make_key(&arena, home, origin, e))
		return false;
	return file_read(&arena, path, KEY_LINE_MAX, &line, e) &&
	       (key_line_parse(line, out, e) || err_context(e, "%s", path));
}

/* --- Messages ----------------------------------------------------------------------------- */

/* A name of 64 hexadecimal digits, and nothing behind them. */
static bool id_of(const char *name, struct hash *out)
{
	owned_arena arena = {0};
	struct bytes digits;
	if (strlen(name) != (size_t)2 * HASH_SIZE || !hex_decode(&arena, name, &digits))
		return false;
	memcpy(out->at, digits.at, HASH_SIZE);
	return true;
}

static void closedirp(DIR **d)
{
	if (*d != NULL)
		closedir(*d);
}

#define owned_dir __attribute__((cleanup(closedirp))) DIR *

/* Calls `each` for every message; a folder that is not there has none. */
static bool each_message(const char *home, void (*each)(void *ctx, const struct hash *), void *ctx,
                         struct err *e)
{
	owned_arena arena = {0};
	owned_dir folder = opendir(arena_printf(&arena, "%s/inbox", home));
	struct hash id;
	if (folder == NULL)
		return errno == ENOENT || err_errno(e, "cannot read %s/inbox", home);
	for (const struct dirent *f = readdir(folder); f != NULL; f = readdir(folder))
		if (id_of(f->d_name, &id))
			each(ctx, &id);
	return true;
}

static void count_one(void *ctx, const struct hash *id)
{
	(void)id;
	(*(size_t *)ctx)++;
}

bool inbox_keep(const char *home, const struct public_key *key, const struct hash *id,
                struct bytes message, struct err *e)
{
	owned_arena arena = {0};
	const char *path = path_of(&arena, home, id, "");
	size_t count = 0;
	if (message.len > INBOX_MESSAGE_MAX || !key_is_wrapped_for(key, message))
		return err_input(e, "inbox.message", "it is not encrypted for %s", key->name);
	if (!each_message(home, count_one, &count, e))
		return false;
	if (count >= INBOX_MOST)
		return err_refused(e, "inbox.full", "%d messages wait to be read", INBOX_MOST);
	if (file_exists(path))
		return err_refused(e, "inbox.duplicate", "a message of this code is here already");
	return directory_make(arena_printf(&arena, "%s/inbox", home), 0700, e) &&
	       file_create(path, message, 0600, e);
}

bool inbox_find(const char *home, const struct hash *id, struct inbox_message *out, struct err *e)
{
	owned_arena arena = {0};
	struct stat file;
	if (stat(path_of(&arena, home, id, ""), &file) != 0)
		return err_refused(e, "inbox.no-such-message", "there is no message of this code");
	*out = (struct inbox_message){
	    .id = *id,
	    .received = file.st_mtime,
	    .size = (size_t)file.st_size,
	    .is_read = file_exists(path_of(&arena, home, id, SUFFIX_READ)),
	    .is_answered = file_exists(path_of(&arena, home, id, SUFFIX_ANSWER)),
	};
	return true;
}

struct listing {
	struct arena *arena;
	const char *home;
	struct inbox_message *at;
	size_t count, room;
};

static void list_one(void *ctx, const struct hash *id)
{
	struct listing *l = ctx;
	struct err gone = {0};
	if (l->count == l->room) {
		l->room = l->room * 2 + 16;
		struct inbox_message *more = arena_array(l->arena, l->room, sizeof *more);
		if (l->count > 0)
			memcpy(more, l->at, l->count * sizeof *more);
		l->at = more;
	}
	l->count += inbox_find(l->home, id, &l->at[l->count], &gone);
}

static int older_first(const void *left, const void *right)
{
	const struct inbox_message *a = left, *b = right;
	if (a->received != b->received)
		return a->received < b->received ? -1 : 1;
	return memcmp(a->id.at, b->id.at, HASH_SIZE);
}

bool inbox_list(struct arena *arena, const char *home, struct inbox_message **out, size_t *count,
                struct err *e)
{
	struct listing l = {.arena = arena, .home = home};
	if (!each_message(home, list_one, &l, e))
		return false;
	if (l.count > 0)
		qsort(l.at, l.count, sizeof *l.at, older_first);
	*out = l.at;
	*count = l.count;
	return true;
}

bool inbox_open(struct arena *arena, const char *home, const struct secret_key *given,
                const struct hash *id, struct bytes *out, struct err *e)
{
	owned_secret_key own = {0};
	struct inbox_message found;
	struct bytes message;
	if (!inbox_find(home, id, &found, e) ||
	    !file_read(arena, path_of(arena, home, id, ""), INBOX_MESSAGE_MAX, &message, e) ||
	    (given == NULL && !own_key(arena, home, &own, e)) ||
	    !key_unwrap(arena, given != NULL ? given : &own, message, out, e))
		return false;
	return found.is_read ||
	       file_write(path_of(arena, home, id, SUFFIX_READ), (struct bytes){0}, 0600, e);
}

/* --- Answers ------------------------------------------------------------------------------ */

/* Crockford's base32 of 16 bytes: 26 digits, of which the last has three bits. */
static bool secret_of(const char *code, uint8_t secret[INBOX_SECRET])
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	uint32_t held = 0;
	unsigned bits = 0;
	size_t count = 0;
	for (; *code != 0; code++) {
		if (*code == '-' || *code == ' ')
			continue;
		const char *digit =
		    strchr(digits, *code >= 'A' && *code <= 'Z' ? *code | 32 : *code);
		if (digit == NULL)
			return false;
		held = held << 5 | (uint32_t)(digit - digits);
		bits += 5;
		if (bits < 8)
			continue;
		bits -= 8;
		if (count == INBOX_SECRET)
			return false;
		secret[count++] = (uint8_t)(held >> bits);
		held &= (1u << bits) - 1;
	}
	return count == INBOX_SECRET && bits < 5 && held == 0;
}

static struct hash id_of_secret(const uint8_t secret[INBOX_SECRET])
{
	static const char what[] = "proviso-inbox-1";
	return sha256_parts(
	    (struct bytes[]){bytes_of(what, sizeof what), bytes_of(secret, INBOX_SECRET)}, 2);
}

bool inbox_answer(struct arena *arena, const char *home, const struct hash *id, const char *code,
                  struct bytes text, struct err *e)
{
	uint8_t secret[INBOX_SECRET], key[KEY_SEAL], nonce[KEY_SEAL_NONCE];
	struct inbox_message found;
	struct bytes sealed;
	if (!inbox_find(home, id, &found, e))
		return false;
	if (text.len == 0 || text.len > INBOX_ANSWER_MAX)
		return err_input(e, "inbox.answer", "an answer has 1 to %d bytes",
		                 INBOX_ANSWER_MAX);
	bool is_code = secret_of(code, secret);
	struct hash is = is_code ? id_of_secret(secret) : (struct hash){0};
	if (!is_code || !hash_equal(&is, id))
		return err_input(e, "inbox.code", "the code is not that of this message");
	key_derive((struct bytes){0}, bytes_of(secret, sizeof secret),
	           bytes_text("proviso inbox answer"), key);
	rim_random(nonce, sizeof nonce);
	bool ok = key_seal(arena, key, nonce, text, &sealed, e) &&
	          file_write(path_of(arena, home, id, SUFFIX_ANSWER), sealed, 0600, e);
	sodium_memzero(key, sizeof key);
	sodium_memzero(secret, sizeof secret);
	return ok;
}

bool inbox_answered(struct arena *arena, const char *home, const struct hash *id, struct bytes *out,
                    struct err *e)
{
	const char *path = path_of(arena, home, id, SUFFIX_ANSWER);
	*out = (struct bytes){0};
	return !file_exists(path) ||
	       file_read(arena, path, INBOX_ANSWER_MAX + KEY_SEAL_MORE, out, e);
}

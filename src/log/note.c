#include "note.h"

#include <assert.h>
#include "merkle.h"

#define DASH "\xE2\x80\x94 " /* em dash, space */

enum { DASH_SIZE = 4, KEY_ID_SIZE = 4 };

/* Valid UTF-8 without control characters but LF. */
static bool check_characters(struct bytes all, struct err *e)
{
	size_t line = 1;
	if (all.len > NOTE_MAX)
		return err_input(e, "note.too-large", "a note has at most %d bytes, not %zu",
		                 NOTE_MAX, all.len);
	for (size_t i = 0; i < all.len; i++) {
		if (all.at[i] == '\r')
			return err_input(e, "note.control",
			                 "line %zu ends in CR LF (a tool changed its line ends; "
			                 "signatures cover bytes)",
			                 line);
		if (all.at[i] < 0x20 && all.at[i] != '\n')
			return err_input(e, "note.control",
			                 "line %zu has the control character %02x", line,
			                 all.at[i]);
		line += all.at[i] == '\n';
	}
	if (!bytes_are_utf8(all))
		return err_input(e, "note.utf8", "the note is not UTF-8");
	return true;
}

static bool parse_signature(struct arena *arena, struct bytes line, size_t number,
                            struct note_signature *out, struct err *e)
{
	struct bytes blob;
	if (line.len > DASH_SIZE && memcmp(line.at, DASH, DASH_SIZE) == 0) {
		struct bytes rest = bytes_of(line.at + DASH_SIZE, line.len - DASH_SIZE);
		const uint8_t *space = memchr(rest.at, ' ', rest.len);
		out->name = bytes_of(rest.at, space == NULL ? 0 : (size_t)(space - rest.at));
		if (key_name_is_foreign(out->name)) {
			rest = bytes_of(space + 1, rest.len - out->name.len - 1);
			if (base64_decode(arena, rest, &blob) && blob.len > KEY_ID_SIZE) {
				struct reader r = reader_of(blob);
				out->key_id = read_u32be(&r);
				out->blob = bytes_of(blob.at + KEY_ID_SIZE, blob.len - KEY_ID_SIZE);
				return true;
			}
		}
	}
	return err_input(e, "note.signature", "line %zu is not a signature (— NAME BASE64)",
	                 number);
}

static size_t count_lines(struct bytes text)
{
	size_t lines = 0;
	for (size_t i = 0; i < text.len; i++)
		lines += text.at[i] == '\n';
	return lines;
}

bool note_parse(struct arena *arena, struct bytes all, struct note *out, struct err *e)
{
	if (!check_characters(all, e))
		return false;
	/* The text may hold blank lines itself: the last one separates. */
	size_t separator = 0;
	for (size_t i = 1; i < all.len; i++)
		if (all.at[i] == '\n' && all.at[i - 1] == '\n')
			separator = i;
	if (separator == 0)
		return err_input(e, "note.separator", "no blank line between text and signatures");
	*out = (struct note){.text = bytes_of(all.at, separator)};
	struct reader r = reader_of(bytes_of(all.at + separator + 1, all.len - separator - 1));
	size_t number = count_lines(out->text) + 2;
	for (; reader_left(&r) > 0; number++) {
		struct bytes line = read_line(&r);
		if (r.bad)
			return err_input(e, "note.signature", "line %zu does not end in LF",
			                 number);
		if (out->signature_count == NOTE_SIGNATURES)
			return err_input(e, "note.too-many-signatures", "more than %d signatures",
			                 NOTE_SIGNATURES);
		if (!parse_signature(arena, line, number, &out->signatures[out->signature_count],
		                     e))
			return false;
		out->signature_count++;
	}
	if (out->signature_count == 0)
		return err_input(e, "note.signature", "the note has no signature");
	return true;
}

/*
 * Calls `good` for each line of the key's name and id for `type`; the first that fails
 * refuses the whole note. True when there was one.
 */
static bool find_signature(const struct note *note, const struct public_key *key, uint8_t type,
                           bool (*good)(void *ctx, struct bytes blob), void *ctx, struct err *e)
{
	uint32_t id = key_note_id(key, type);
	struct bytes name = bytes_text(key->name);
	bool found = false;
	for (size_t i = 0; i < note->signature_count; i++) {
		const struct note_signature *s = &note->signatures[i];
		if (s->key_id != id || !bytes_equal(s->name, name))
			continue;
		if (!good(ctx, s->blob))
			return err_refused(e, "note.bad-signature",
			                   "the signature of %s is not good", key->name);
		found = true;
	}
	return found || err_refused(e, "note.unsigned", "there is no signature of %s", key->name);
}

struct checking {
	const struct note *note;
	const struct public_key *key;
	int64_t time;
};

static bool good_signature(void *ctx, struct bytes blob)
{
	const struct checking *c = ctx;
	return blob.len == KEY_SIGNATURE && key_verify(c->key, c->note->text, blob.at);
}

bool note_verify(const struct note *note, const struct public_key *key, struct err *e)
{
	struct checking c = {note, key, 0};
	if (key->algorithm != KEY_ED25519)
		return err_refused(e, "note.unsigned",
		                   "%s has no Ed25519 key, and so signs no notes", key->name);
	return find_signature(note, key, NOTE_ED25519, good_signature, &c, e);
}

static void put_line(struct arena *arena, struct buffer *out, const struct public_key *key,
                     uint8_t type, struct bytes signature)
{
	struct buffer blob = {.arena = arena};
	buffer_u32be(&blob, key_note_id(key, type));
	buffer_bytes(&blob, signature);
	buffer_printf(out, DASH "%s %s\n", key->name, base64_encode(arena, buffer_view(&blob)));
}

static bool check_signer(const struct secret_key *key, struct err *e)
{
	if (key->public.algorithm != KEY_ED25519)
		return err_refused(e, "note.algorithm",
		                   "notes are signed with Ed25519 keys, and %s is ES256",
		                   key->public.name);
	return key_name_check(key->public.name, e);
}

bool note_sign(struct arena *arena, struct bytes text, const struct secret_key *key,
               struct bytes *out, struct err *e)
{
	uint8_t signature[KEY_SIGNATURE];
	assert(text.len > 0 && text.at[text.len - 1] == '\n');
	if (!check_characters(text, e) || !check_signer(key, e) ||
	    !key_sign(key, text, signature, e))
		return false;
	struct buffer all = {.arena = arena};
	buffer_bytes(&all, text);
	buffer_u8(&all, '\n');
	put_line(arena, &all, &key->public, NOTE_ED25519, bytes_of(signature, sizeof signature));
	*out = buffer_view(&all);
	return true;
}

struct bytes checkpoint_text(struct arena *arena, const struct checkpoint *c)
{
	struct buffer text = {.arena = arena};
	buffer_printf(&text, "%s\n%llu\n%s\n", c->origin, (unsigned long long)c->size,
	              base64_encode(arena, hash_bytes(&c->root)));
	return buffer_view(&text);
}

bool checkpoint_parse(struct arena *arena, struct bytes text, struct checkpoint *out, struct err *e)
{
	struct reader r = reader_of(text);
	struct bytes origin = read_line(&r), size = read_line(&r), root = read_line(&r), hash;
	if (origin.len == 0)
		return err_input(e, "checkpoint.origin", "line 1 is not an origin");
	if (!decimal_parse(size, &out->size))
		return err_input(e, "checkpoint.size", "line 2 is not a size");
	if (!base64_decode(arena, root, &hash) || hash.len != HASH_SIZE)
		return err_input(e, "checkpoint.root",
		                 "line 3 is not a root of 32 bytes in base64");
	while (reader_left(&r) > 0)
		if (read_line(&r).len == 0)
			return err_input(e, "checkpoint.extension", "an extension line is empty");
	out->origin = arena_copy(arena, origin.at, origin.len);
	memcpy(out->root.at, hash.at, HASH_SIZE);
	return true;
}

bool checkpoint_check(const struct checkpoint *c, struct err *e)
{
	return c->size > 0 || hash_equal(&c->root, &merkle_empty) ||
	       err_input(e, "checkpoint.root", "line 3 is not the root of an empty tree");
}

bool checkpoint_open(struct arena *arena, struct bytes bytes, const struct public_key *log,
                     struct checkpoint *out, struct err *e)
{
	struct note note;
	if (!note_parse(arena, bytes, &note, e) || !checkpoint_parse(arena, note.text, out, e) ||
	    !checkpoint_check(out, e))
		return false;
	if (strcmp(out->origin, log->name) != 0)
		return err_refused(e, "checkpoint.other-origin",
		                   "the checkpoint is of %s, not of %s", out->origin, log->name);
	return note_verify(&note, log, e);
}

bool checkpoint_sign(struct arena *arena, const struct checkpoint *c, const struct secret_key *log,
                     struct bytes *out, struct err *e)
{
	assert(strcmp(c->origin, log->public.name) == 0);
	return note_sign(arena, checkpoint_text(arena, c), log, out, e);
}

/* C2SP tlog-cosignature: what a witness signs. */
static struct bytes cosigned(struct arena *arena, struct bytes text, uint64_t time)
{
	struct buffer all = {.arena = arena};
	buffer_printf(&all, "cosignature/v1\ntime %llu\n", (unsigned long long)time);
	buffer_bytes(&all, text);
	return buffer_view(&all);
}

static bool good_cosignature(void *ctx, struct bytes blob)
{
	struct checking *c = ctx;
	owned_arena arena = {0};
	struct reader r = reader_of(blob);
	uint64_t time = read_u64be(&r);
	struct bytes signature = read_bytes(&r, KEY_SIGNATURE);
	if (r.bad || reader_left(&r) != 0 || time > INT64_MAX ||
	    !key_verify(c->key, cosigned(&arena, c->note->text, time), signature.at))
		return false;
	if ((int64_t)time > c->time)
		c->time = (int64_t)time;
	return true;
}

bool cosignature_verify(const struct note *note, const struct public_key *witness, int64_t *time,
                        struct err *e)
{
	struct checking c = {note, witness, 0};
	if (witness->algorithm != KEY_ED25519)
		return err_refused(e, "note.unsigned",
		                   "%s has no Ed25519 key, and so cosigns nothing", witness->name);
	if (!find_signature(note, witness, NOTE_COSIGNATURE, good_cosignature, &c, e))
		return false;
	*time = c.time;
	return true;
}

bool cosignature_sign(struct arena *arena, const struct note *note,
                      const struct secret_key *witness, int64_t time, struct bytes *line,
                      struct err *e)
{
	uint8_t signature[KEY_SIGNATURE];
	assert(time >= 0);
	if (!check_signer(witness, e) ||
	    !key_sign(witness, cosigned(arena, note->text, (uint64_t)time), signature, e))
		return false;
	struct buffer blob = {.arena = arena}, out = {.arena = arena};
	buffer_u64be(&blob, (uint64_t)time);
	buffer_bytes(&blob, bytes_of(signature, sizeof signature));
	put_line(arena, &out, &witness->public, NOTE_COSIGNATURE, buffer_view(&blob));
	*line = buffer_view(&out);
	return true;
}

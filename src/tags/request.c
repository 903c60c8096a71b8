/* Blinds, and the request that the log has. */
#include "parts.h"
#include "scope/scope.h"

#define BLINDS "proviso-blinds-1"

struct oprf_element element_of(const struct hash *at)
{
	struct oprf_element out;
	memcpy(out.at, at->at, OPRF_SIZE);
	return out;
}

struct hash element_hash(const struct oprf_element *at)
{
	struct hash out;
	memcpy(out.at, at->at, OPRF_SIZE);
	return out;
}

/* --- Files ------------------------------------------------------------------------------ */

void read_fixed(struct cbor_reader *r, uint8_t to[OPRF_SIZE])
{
	struct bytes at = cbor_read_bytes(r);
	if (r->bad || at.len != OPRF_SIZE) {
		cbor_fail(r, "tags.file", "not of %d bytes", OPRF_SIZE);
		return;
	}
	memcpy(to, at.at, OPRF_SIZE);
}

void read_magic(struct cbor_reader *r, const char *magic, size_t parts)
{
	if (cbor_read_array(r) != parts || !bytes_equal(cbor_read_text(r), bytes_text(magic)))
		cbor_fail(r, "tags.file", "it does not begin with %s", magic);
}

bool file_done(struct cbor_reader *r, const char *what, struct err *why, struct err *e)
{
	return cbor_done(r) || err_input(e, "tags.file", "not %s: %s", what, why->text);
}

/* --- Blinds ----------------------------------------------------------------------------- */

bool tag_blind(struct arena *arena, const char *text, const uint8_t random[OPRF_RANDOM],
               struct tag_blind *out, struct hash *blinded, struct err *e)
{
	struct selector selector;
	struct oprf_element element;
	if (!selector_parse(bytes_text(text), &selector, e))
		return false;
	out->selector = arena_copy(arena, selector.text, selector.len);
	out->blind = oprf_random_scalar(random);
	if (!oprf_blind(bytes_text(out->selector), &out->blind, &element, e))
		return false;
	*blinded = element_hash(&element);
	return true;
}

void blinds_put(struct buffer *b, const struct tag_blind blinds[], size_t count)
{
	cbor_array(b, count);
	for (size_t i = 0; i < count; i++) {
		cbor_array(b, 2);
		cbor_text(b, blinds[i].selector);
		cbor_bytes(b, bytes_of(blinds[i].blind.at, OPRF_SIZE));
	}
}

void blinds_get(struct cbor_reader *r, struct arena *arena, struct tag_blind **out, size_t *count)
{
	size_t many = cbor_read_array(r);
	*count = 0;
	if (r->bad || many > TAG_BATCH) {
		cbor_fail(r, "tags.file", "more than %d selectors", TAG_BATCH);
		return;
	}
	*out = arena_array(arena, many, sizeof **out);
	for (; *count < many && !r->bad; (*count)++) {
		struct tag_blind *one = &(*out)[*count];
		if (cbor_read_array(r) != 2)
			cbor_fail(r, "tags.file", "not a selector and its blind");
		struct bytes text = cbor_read_text(r);
		read_fixed(r, one->blind.at);
		if (r->bad)
			return;
		struct selector selector;
		struct err why;
		/* Only in its one form: what was blinded is compared, and shown to people. */
		if (!selector_parse(text, &selector, &why) ||
		    !bytes_equal(text, bytes_of(selector.text, selector.len)))
			cbor_fail(r, "tags.file", "a selector that is not in its normal form");
		one->selector = arena_copy(arena, text.at, text.len);
	}
}

struct bytes blinds_format(struct arena *arena, const struct hash *request,
                           const struct tag_blind blinds[], size_t count)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, 3);
	cbor_text(&b, BLINDS);
	cbor_bytes(&b, hash_bytes(request));
	blinds_put(&b, blinds, count);
	return buffer_view(&b);
}

bool blinds_parse(struct arena *arena, struct bytes file, struct hash *request,
                  struct tag_blind **out, size_t *count, struct err *e)
{
	struct err why = {0};
	struct cbor_reader r = cbor_reader(file, &why);
	read_magic(&r, BLINDS, 3);
	read_fixed(&r, request->at);
	blinds_get(&r, arena, out, count);
	return file_done(&r, "a file of blinds", &why, e);
}

/* --- What the log has -------------------------------------------------------------------- */

struct bytes granted_format(struct arena *arena, struct bytes reply, struct bytes key)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, 2);
	cbor_bytes(&b, reply);
	cbor_bytes(&b, key);
	return buffer_view(&b);
}

struct granted {
	struct bytes entry, proof, key;
};

static bool granted_parse(struct arena *arena, struct bytes file, struct granted *out,
                          struct record *record, struct err *e)
{
	struct err why = {0};
	struct cbor_reader r = cbor_reader(file, &why);
	if (file.len > GRANTED_MAX || cbor_read_array(&r) != 2)
		cbor_fail(&r, "tags.file", "not an array of a reply and a record");
	struct bytes reply = cbor_read_bytes(&r);
	out->key = cbor_read_bytes(&r);
	if (!file_done(&r, "a granted request", &why, e) ||
	    !reply_parse(reply, &out->entry, &out->proof, e) ||
	    !record_decode(arena, out->entry, record, e))
		return false;
	return record->kind == KIND_ADMISSION || record->kind == KIND_INQUIRY ||
	       err_refused(e, "tags.not-a-request", "a %s asks for no tags",
	                   record_kind(record->kind)->name);
}

bool granted_origin(struct arena *arena, struct bytes file, const char **origin, struct err *e)
{
	struct granted g;
	struct record record;
	if (!granted_parse(arena, file, &g, &record, e))
		return false;
	*origin = record.claims.subject;
	return true;
}

bool granted_open(struct arena *arena, struct bytes file, const struct public_key *authority,
                  struct tags_request *out, struct err *e)
{
	struct granted g;
	struct log_proof proof;
	struct checkpoint checkpoint;
	struct err why = {0};
	*out = (struct tags_request){0};
	if (!granted_parse(arena, bytes_copy(arena, file), &g, &out->record, e))
		return false;
	if (!proof_parse(arena, g.proof, &proof, &why) ||
	    !proof_verify(arena, &proof, g.entry, authority, &checkpoint, &why))
		return err_refused(e, "tags.not-on-the-log",
		                   "not proven to be on the log of %s: %s", authority->name,
		                   why.text);
	bool admits = out->record.kind == KIND_ADMISSION;
	const struct list *blinded =
	    admits ? &out->record.body.admission.blinded : &out->record.body.inquiry.blinded;
	const struct hash *named =
	    admits ? &out->record.body.admission.tags : &out->record.body.inquiry.tags;
	out->blinded = blinded->at;
	out->count = blinded->count;
	out->key_bytes = g.key;
	if (!record_decode(arena, g.key, &out->key, e))
		return err_context(e, "the record of the key of tags");
	if (out->key.kind != KIND_TAGS || !hash_equal(&out->key.id, named))
		return err_refused(e, "tags.other-key",
		                   "the record of the key is not the one it names");
	/* Whoever runs the log was to refuse it; here nobody is taken at his word. */
	const struct tags_body *key = &out->key.body.tags;
	return (key->threshold >= 2 && key->threshold <= key->holders.count) ||
	       err_refused(e, "tags.other-key", "the record of the key shares it with nobody");
}

bool granted_witnessed(struct arena *arena, struct bytes file, const struct policy *policy,
                       struct err *e)
{
	struct granted g;
	struct record record;
	struct log_proof proof;
	struct policed policed;
	struct err why = {0};
	if (!granted_parse(arena, file, &g, &record, e))
		return false;
	if (!proof_parse(arena, g.proof, &proof, &why) ||
	    !policy_open(arena, policy, proof.checkpoint, &policed, &why))
		return err_refused(e, "tags.not-witnessed", "%s", why.text);
	return strcmp(policed.checkpoint.origin, record.claims.subject) == 0 ||
	       err_refused(e, "tags.not-witnessed", "the checkpoint is of %s",
	                   policed.checkpoint.origin);
}

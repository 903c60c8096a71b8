#include "record.h"

#include <assert.h>

#include "fields.h"

/* --- Claims ---------------------------------------------------------------------------- */

/* Of an unsigned entry; those of a signed record are in its protected header (cose.h). */
static const struct field claims_fields[] = {
    {.key = 2,
     .name = "sub",
     .type = FIELD_TEXT,
     .offset = offsetof(struct cose_claims, subject),
     .most = KEY_NAME_MAX},
    {.key = 6,
     .name = "iat",
     .type = FIELD_TIME,
     .offset = offsetof(struct cose_claims, issued_at)},
    {.type = FIELD_END},
};

/* Issuer and subject are names of keys, and must be fit to be shown, as fields_read() sees to. */
static bool name_check(const char *claim, const char *name, bool is_shown, struct err *e)
{
	struct field line = {.type = FIELD_TEXT, .most = KEY_NAME_MAX};
	if (key_name_check(name, e) && (is_shown || field_text_check(&line, bytes_text(name), e)))
		return true;
	e->rule = "record.claims";
	return err_context(e, "%s", claim);
}

static bool time_check(int64_t issued_at, struct err *e)
{
	return field_time_check(issued_at, e) || err_context(e, "iat");
}

/* --- Decoding -------------------------------------------------------------------------- */

/* Tag 17, COSE_Mac0: what is authenticated between two, and signed to nobody. */
static bool is_mac(struct bytes bytes)
{
	return bytes.len > 0 && bytes.at[0] == 0xD1;
}

static bool decode_statement(struct arena *arena, struct record *out, struct err *e)
{
	out->claims = out->cose.claims;
	if (!kind_by_content_type(bytes_text(out->cose.content_type), &out->kind))
		return err_input(e, "record.kind", "there is no such kind of record");
	const struct kind *kind = record_kind(out->kind);
	if (is_mac(out->bytes) && out->kind != KIND_RENEWAL)
		return err_input(e, "record.not-signed", "a %s must be signed", kind->name);
	if (!kind->is_signed)
		return err_input(e, "record.entry-as-signed",
		                 "a %s is the log's own entry and is not signed", kind->name);
	if (!name_check("iss", out->claims.issuer, false, e) ||
	    !name_check("sub", out->claims.subject, false, e) ||
	    !time_check(out->claims.issued_at, e) ||
	    !fields_decode(arena, kind->fields, out->cose.payload, &out->body, e))
		return err_context(e, "%s", kind->name);
	return true;
}

static bool decode_signed(struct arena *arena, struct record *out, struct err *e)
{
	return (is_mac(out->bytes) ? cose_mac_decode(arena, out->bytes, &out->cose, e)
	                           : cose_decode(arena, out->bytes, &out->cose, e)) &&
	       decode_statement(arena, out, e);
}

static bool decode_entry_parts(struct cbor_reader *r, struct arena *arena, struct record *out)
{
	const struct kind *kind = record_kind(out->kind);
	if (cbor_peek(r) != CBOR_MAP)
		return cbor_fail(r, "record.entry", "the claims of an entry are a map");
	if (!fields_read(r, arena, claims_fields, &out->claims) ||
	    !name_check("sub", out->claims.subject, true, r->err))
		return false;
	if (cbor_peek(r) != CBOR_MAP)
		return cbor_fail(r, "record.entry", "the payload of an entry is a map");
	return fields_read(r, arena, kind->fields, &out->body) && cbor_done(r);
}

static bool decode_entry(struct arena *arena, struct scope_known *known, struct record *out,
                         struct err *e)
{
	struct cbor_reader r = cbor_reader(out->bytes, e);
	if (cbor_read_array(&r) != 3 || cbor_peek(&r) != CBOR_TEXT)
		return cbor_fail(&r, "record.entry", "an entry is [content type, claims, payload]");
	struct bytes type = cbor_read_text(&r);
	if (r.bad)
		return false;
	if (!kind_by_content_type(type, &out->kind))
		return cbor_fail(&r, "record.kind", "there is no such kind of record");
	const struct kind *kind = record_kind(out->kind);
	if (kind->is_signed)
		return cbor_fail(&r, "record.signed-as-entry", "a %s must be signed", kind->name);
	r.context = known;
	return decode_entry_parts(&r, arena, out) || err_context(e, "%s", kind->name);
}

/* Major type 4: what is neither this nor tag 18 is judged, and refused, as a COSE_Sign1. */
static bool is_array(struct bytes bytes)
{
	return bytes.len > 0 && bytes.at[0] >> 5 == 4;
}

bool record_decode(struct arena *arena, struct bytes bytes, struct record *out, struct err *e)
{
	return record_decode_known(arena, NULL, bytes, out, e);
}

bool record_decode_known(struct arena *arena, struct scope_known *known, struct bytes bytes,
                         struct record *out, struct err *e)
{
	if (bytes.len > RECORD_MAX)
		return err_input(e, "record.too-large", "a record of %zu bytes; at most %d fit",
		                 bytes.len, RECORD_MAX);
	*out = (struct record){.bytes = bytes};
	if (!(is_array(bytes) ? decode_entry(arena, known, out, e) : decode_signed(arena, out, e)))
		return false;
	if (known == NULL || (out->kind != KIND_LEASE && out->kind != KIND_RENEWAL))
		out->id = sha256(bytes);
	return true;
}

bool record_body_decode(struct arena *arena, enum record_kind kind, struct bytes payload,
                        union record_body *out, struct err *e)
{
	memset(out, 0, sizeof *out);
	return fields_decode(arena, record_kind(kind)->fields, payload, out, e) ||
	       err_context(e, "%s", record_kind(kind)->name);
}

/* --- Signatures ----------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_key(const struct passkey *a, const struct passkey *b)
{
	return key_equal(&a->key, &b->key) && same_text(a->rp_id, b->rp_id) &&
	       same_text(a->origin, b->origin);
}

bool record_verify(const struct record *r, const struct passkey *key, struct err *e)
{
	if (r->verified != NULL && same_key(r->verified, key))
		return true;
	return key->rp_id == NULL ? cose_verify(&r->cose, &key->key, e)
	                          : cose_verify_passkey(&r->cose, key, e);
}

/* --- Encoding -------------------------------------------------------------------------- */

static bool size_check(size_t len, struct err *e)
{
	return len <= RECORD_MAX ||
	       err_input(e, "record.too-large", "a record of %zu bytes; at most %d fit", len,
	                 RECORD_MAX);
}

bool record_payload(struct arena *arena, enum record_kind kind, const union record_body *body,
                    struct bytes *out, struct err *e)
{
	return (fields_encode(arena, record_kind(kind)->fields, body, out, e) &&
	        size_check(out->len, e)) ||
	       err_context(e, "%s", record_kind(kind)->name);
}

/* What is given out has been read again as its reader will read it. */
static bool is_decodable(struct arena *arena, struct bytes bytes, struct err *e)
{
	struct record again;
	return record_decode(arena, bytes, &again, e);
}

static bool is_for_signing(enum record_kind kind, struct err *e)
{
	return record_kind(kind)->is_signed ||
	       err_input(e, "record.entry-as-signed",
	                 "a %s is the log's own entry and is not signed", record_kind(kind)->name);
}

bool record_unsigned(struct arena *arena, enum record_kind kind, const union record_body *body,
                     const char *origin, int64_t issued_at, const struct public_key *key,
                     bool is_passkey, struct record *out, struct err *e)
{
	struct cose_claims claims = {key->name, origin, issued_at};
	struct bytes payload;
	*out = (struct record){0};
	if (!is_for_signing(kind, e) || !record_payload(arena, kind, body, &payload, e))
		return false;
	out->bytes = cose_unsigned(arena, key, is_passkey, record_kind(kind)->content_type, &claims,
	                           payload);
	return size_check(out->bytes.len, e) &&
	       cose_decode_unsigned(arena, out->bytes, &out->cose, e) &&
	       decode_statement(arena, out, e);
}

bool record_sign(struct arena *arena, enum record_kind kind, const union record_body *body,
                 const char *origin, int64_t issued_at, const struct secret_key *key,
                 struct bytes *out, struct err *e)
{
	struct cose_claims claims = {key->public.name, origin, issued_at};
	struct bytes payload;
	return is_for_signing(kind, e) && record_payload(arena, kind, body, &payload, e) &&
	       cose_sign(arena, key, record_kind(kind)->content_type, &claims, payload, out, e) &&
	       is_decodable(arena, *out, e);
}

bool record_entry(struct arena *arena, enum record_kind kind, const union record_body *body,
                  const char *origin, int64_t issued_at, struct bytes *out, struct err *e)
{
	struct record record = {0};
	bool made = record_say(arena, NULL, kind, body, origin, issued_at, &record, e);
	*out = record.bytes;
	return made;
}

bool record_say(struct arena *arena, struct scope_known *known, enum record_kind kind,
                const union record_body *body, const char *origin, int64_t issued_at,
                struct record *out, struct err *e)
{
	enum { ROOM = 512 }; /* for most leases */
	const struct kind *said = record_kind(kind);
	struct cose_claims claims = {.subject = origin, .issued_at = issued_at};
	struct buffer b = {.arena = arena};
	if (said->is_signed)
		return err_input(e, "record.signed-as-entry", "a %s must be signed", said->name);
	buffer_reserve(&b, ROOM);
	cbor_array(&b, 3);
	cbor_text(&b, said->content_type);
	if (!fields_put(&b, claims_fields, &claims, e))
		return false;
	if (!fields_put(&b, said->fields, body, e))
		return err_context(e, "%s", said->name);
	/* Decoding checks all of it, also that it is deterministic. */
	return record_decode_known(arena, known, buffer_view(&b), out, e);
}

#include "cose.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>

#include "cbor.h"

enum { COSE_MAC0 = 17, COSE_SIGN1 = 18, TAG_HEAD = 0xC0 }; /* tags, and what they are or-ed with */

/* RFC 9052 section 3.1, RFC 9597. */
enum {
	LABEL_ALGORITHM = 1,
	LABEL_CRITICAL = 2,
	LABEL_CONTENT_TYPE = 3,
	LABEL_KID = 4,
	LABEL_CLAIMS = 15,
};

/* RFC 8392 section 4. */
enum { CLAIM_ISSUER = 1, CLAIM_SUBJECT = 2, CLAIM_ISSUED_AT = 6 };

/* Of one header of a foreign message. */
enum { LABELS_MAX = 32 };

static enum key_algorithm key_algorithm_of(int64_t algorithm)
{
	bool is_eddsa =
	    algorithm == COSE_EDDSA || algorithm == COSE_ED25519 || algorithm == COSE_PASSKEY_EDDSA;
	return is_eddsa ? KEY_ED25519 : KEY_ES256;
}

static bool is_passkey(int64_t algorithm)
{
	return algorithm == COSE_PASSKEY_EDDSA || algorithm == COSE_PASSKEY_ES256;
}

static bool is_algorithm(int64_t algorithm)
{
	return is_passkey(algorithm) || algorithm == COSE_EDDSA || algorithm == COSE_ED25519 ||
	       algorithm == COSE_ES256 || algorithm == COSE_ESP256;
}

/* The next item is of `type`; when it is not, that breaks `rule`. */
static bool expect(struct cbor_reader *r, enum cbor_type type, const char *rule, const char *what)
{
	return cbor_peek(r) == type || cbor_fail(r, rule, "%s is due", what);
}

static void read_algorithm(struct cbor_reader *r, int64_t *out)
{
	enum cbor_type type = cbor_peek(r);
	if (type != CBOR_UINT && type != CBOR_NEGATIVE) {
		cbor_fail(r, "cose.algorithm", "an algorithm that is no number");
		return;
	}
	*out = cbor_read_int(r);
	if (!r->bad && !is_algorithm(*out))
		cbor_fail(r, "cose.algorithm",
		          "algorithm %" PRId64 " is neither EdDSA (-8, -19) nor ES256 (-7, -9)",
		          *out);
}

/* A text that will be a C string. */
static void read_name(struct cbor_reader *r, struct arena *arena, const char *what,
                      const char **out)
{
	struct bytes text = {0};
	if (expect(r, CBOR_TEXT, "cose.header", what))
		text = cbor_read_text(r);
	if (r->bad)
		return;
	if (text.len == 0 || text.len > COSE_TEXT_MAX || memchr(text.at, 0, text.len) != NULL)
		cbor_fail(r, "cose.header", "%s is 1 to %d bytes without NUL", what, COSE_TEXT_MAX);
	else
		*out = arena_copy(arena, text.at, text.len);
}

static void read_kid(struct cbor_reader *r, struct hash *out)
{
	struct bytes kid = {0};
	if (expect(r, CBOR_BYTES, "cose.header", "the key id"))
		kid = cbor_read_bytes(r);
	if (r->bad)
		return;
	if (kid.len != HASH_SIZE)
		cbor_fail(r, "cose.header", "a key id of %zu bytes, not %d", kid.len, HASH_SIZE);
	else
		memcpy(out->at, kid.at, HASH_SIZE);
}

/* The label that must come next: labels rise, so that a missing one shows as another. */
static bool read_label(struct cbor_reader *r, int64_t label, const char *what)
{
	enum cbor_type type = cbor_peek(r);
	if (type != CBOR_UINT && type != CBOR_NEGATIVE)
		return cbor_fail(r, "cose.header", "label %" PRId64 ", %s, is due", label, what);
	int64_t found = cbor_read_int(r);
	if (!r->bad && found == LABEL_CRITICAL && label == LABEL_CONTENT_TYPE)
		return cbor_fail(r, "cose.critical", "a record has no critical parameters");
	if (!r->bad && found != label)
		return cbor_fail(r, "cose.header", "label %" PRId64 ", %s, is due, not %" PRId64,
		                 label, what, found);
	return !r->bad;
}

static bool read_claims(struct cbor_reader *r, struct arena *arena, struct cose_claims *out)
{
	if (!expect(r, CBOR_MAP, "cose.header", "a map of claims") || cbor_read_map(r) != 3)
		return cbor_fail(r, "cose.header", "the claims are iss, sub and iat");
	if (read_label(r, CLAIM_ISSUER, "iss"))
		read_name(r, arena, "iss", &out->issuer);
	if (read_label(r, CLAIM_SUBJECT, "sub"))
		read_name(r, arena, "sub", &out->subject);
	enum cbor_type type = CBOR_NOTHING;
	if (read_label(r, CLAIM_ISSUED_AT, "iat"))
		type = cbor_peek(r);
	if (type != CBOR_UINT && type != CBOR_NEGATIVE)
		return cbor_fail(r, "cose.header", "iat is not an integer");
	out->issued_at = cbor_read_int(r);
	return !r->bad;
}

/* One of a signature, or the one of a tag. */
static void read_own_algorithm(struct cbor_reader *r, uint64_t tag, int64_t *out)
{
	if (tag == COSE_SIGN1) {
		read_algorithm(r, out);
		return;
	}
	if (expect(r, CBOR_UINT, "cose.algorithm", "HMAC 256/256 (5)"))
		*out = cbor_read_int(r);
	if (!r->bad && *out != COSE_HMAC_256)
		cbor_fail(r, "cose.algorithm", "algorithm %" PRId64 " is not HMAC 256/256 (5)",
		          *out);
}

static bool read_protected(struct arena *arena, uint64_t tag, struct cose_sign1 *out, struct err *e)
{
	struct cbor_reader r = cbor_reader(out->protected, e);
	if (!expect(&r, CBOR_MAP, "cose.header", "a map"))
		return false;
	size_t count = cbor_read_map(&r);
	if (read_label(&r, LABEL_ALGORITHM, "algorithm"))
		read_own_algorithm(&r, tag, &out->algorithm);
	if (read_label(&r, LABEL_CONTENT_TYPE, "content type"))
		read_name(&r, arena, "the content type", &out->content_type);
	if (read_label(&r, LABEL_KID, "kid"))
		read_kid(&r, &out->kid);
	if (read_label(&r, LABEL_CLAIMS, "CWT claims"))
		read_claims(&r, arena, &out->claims);
	if (!r.bad && count != 4)
		return cbor_fail(&r, "cose.header", "a parameter that no record has follows");
	return cbor_done(&r);
}

static struct bytes read_part(struct cbor_reader *r, const char *rule, const char *what)
{
	return expect(r, CBOR_BYTES, rule, what) ? cbor_read_bytes(r) : (struct bytes){0};
}

static struct bytes read_signature(struct cbor_reader *r, size_t len)
{
	struct bytes signature = read_part(r, "cose.signature", "a signature");
	if (!r->bad && signature.len != len)
		cbor_fail(r, "cose.signature", "a signature of %zu bytes, not %zu", signature.len,
		          len);
	return signature;
}

static void read_four(struct cbor_reader *r)
{
	if (expect(r, CBOR_ARRAY, "cose.shape", "an array of four") && cbor_read_array(r) != 4)
		cbor_fail(r, "cose.shape", "a COSE_Sign1 is an array of four");
}

static void read_tag(struct cbor_reader *r, uint64_t tag)
{
	if (r->all.len == 0 || r->all.at[0] != (TAG_HEAD | tag))
		cbor_fail(r, "cose.tag", "tag %" PRIu64 " is due", tag);
	cbor_read_tag(r, tag);
}

/* An assertion is read whole, so that what is accepted has one encoding. */
static bool check_length(const struct cose_sign1 *s, struct err *e)
{
	struct passkey_assertion unused;
	size_t due = s->algorithm == COSE_HMAC_256 ? (size_t)COSE_MAC_TAG : (size_t)KEY_SIGNATURE;
	if (is_passkey(s->algorithm))
		return passkey_assertion_decode(s->signature, &unused, e);
	return s->signature.len == due ||
	       err_input(e, "cose.signature", "a signature of %zu bytes, not %zu", s->signature.len,
	                 due);
}

static bool decode(struct arena *arena, uint64_t tag, bool is_signed, struct bytes message,
                   struct cose_sign1 *out, struct err *e)
{
	*out = (struct cose_sign1){0};
	struct cbor_reader r = cbor_reader(message, e);
	read_tag(&r, tag);
	read_four(&r);
	out->protected = read_part(&r, "cose.shape", "the protected header");
	if (expect(&r, CBOR_MAP, "cose.shape", "the unprotected header") && cbor_read_map(&r) != 0)
		cbor_fail(&r, "cose.unprotected", "the unprotected header of a record is empty");
	out->payload = read_part(&r, "cose.payload", "a payload");
	out->signature = read_part(&r, "cose.signature", "a signature");
	size_t least = !is_signed ? 0 : tag == COSE_SIGN1 ? KEY_SIGNATURE : COSE_MAC_TAG;
	if (!r.bad && !is_signed && out->signature.len > 0)
		cbor_fail(&r, "cose.signature", "it is signed already");
	if (!r.bad && out->signature.len < least)
		cbor_fail(&r, "cose.signature", "a signature of %zu bytes, not %zu",
		          out->signature.len, least);
	if (!cbor_done(&r))
		return false;
	if (!read_protected(arena, tag, out, e))
		return err_context(e, "protected header");
	return !is_signed || check_length(out, e);
}

bool cose_decode(struct arena *arena, struct bytes message, struct cose_sign1 *out, struct err *e)
{
	return decode(arena, COSE_SIGN1, true, message, out, e);
}

bool cose_decode_unsigned(struct arena *arena, struct bytes message, struct cose_sign1 *out,
                          struct err *e)
{
	return decode(arena, COSE_SIGN1, false, message, out, e);
}

bool cose_mac_decode(struct arena *arena, struct bytes message, struct cose_sign1 *out,
                     struct err *e)
{
	return decode(arena, COSE_MAC0, true, message, out, e);
}

/* Sig_structure (RFC 9052 section 4.4), or with "MAC0" MAC_structure (section 6.3). */
static struct bytes to_be_authentic(struct arena *arena, const char *context,
                                    struct bytes protected, struct bytes external,
                                    struct bytes payload)
{
	enum { HEADS = 64 };
	size_t room = HEADS + protected.len + external.len + payload.len;
	struct buffer b = {.arena = arena, .at = arena_alloc(arena, room), .room = room};
	cbor_array(&b, 4);
	cbor_text(&b, context);
	cbor_bytes(&b, protected);
	cbor_bytes(&b, external);
	cbor_bytes(&b, payload);
	return buffer_view(&b);
}

static struct bytes to_be_signed(struct arena *arena, struct bytes protected, struct bytes external,
                                 struct bytes payload)
{
	return to_be_authentic(arena, "Signature1", protected, external, payload);
}

static bool check_signature(const struct public_key *key, int64_t algorithm, struct bytes message,
                            struct bytes signature, struct err *e)
{
	if (is_passkey(algorithm) || signature.len != KEY_SIGNATURE ||
	    key->algorithm != key_algorithm_of(algorithm))
		return err_refused(e, "cose.wrong-key",
		                   "the header says algorithm %" PRId64 ", the key is of another",
		                   algorithm);
	if (!key_verify(key, message, signature.at))
		return err_refused(e, "cose.bad-signature", "the signature is not good");
	return true;
}

bool cose_verify(const struct cose_sign1 *statement, const struct public_key *key, struct err *e)
{
	struct hash id = key_id(key);
	if (!hash_equal(&id, &statement->kid))
		return err_refused(e, "cose.wrong-key", "signed by another key than %s",
		                   key->name[0] != 0 ? key->name : "the one given");
	owned_arena arena = {0};
	return check_signature(key, statement->algorithm,
	                       cose_to_sign(&arena, statement->protected, statement->payload),
	                       statement->signature, e);
}

struct bytes cose_to_sign(struct arena *arena, struct bytes protected, struct bytes payload)
{
	return to_be_signed(arena, protected, (struct bytes){0}, payload);
}

struct hash cose_challenge(struct bytes protected, struct bytes payload)
{
	owned_arena arena = {0};
	return sha256(cose_to_sign(&arena, protected, payload));
}

bool cose_verify_passkey(const struct cose_sign1 *statement, const struct passkey *passkey,
                         struct err *e)
{
	struct hash id = key_id(&passkey->key);
	if (!hash_equal(&id, &statement->kid) || !is_passkey(statement->algorithm) ||
	    passkey->key.algorithm != key_algorithm_of(statement->algorithm))
		return err_refused(e, "cose.wrong-key", "not signed by this passkey");
	struct passkey_assertion assertion;
	struct hash challenge = cose_challenge(statement->protected, statement->payload);
	uint32_t count;
	return passkey_assertion_decode(statement->signature, &assertion, e) &&
	       passkey_verify(passkey, &challenge, &assertion, &count, e);
}

bool cose_sign_any(const struct secret_key *key, struct bytes protected, struct bytes payload,
                   uint8_t signature[KEY_SIGNATURE], struct err *e)
{
	owned_arena arena = {0};
	return key_sign(key, cose_to_sign(&arena, protected, payload), signature, e);
}

static struct bytes protected_header(struct arena *arena, int64_t algorithm, const struct hash *kid,
                                     const char *content_type, const struct cose_claims *claims)
{
	struct buffer b = {.arena = arena};
	cbor_map(&b, 4);
	cbor_uint(&b, LABEL_ALGORITHM);
	cbor_int(&b, algorithm);
	cbor_uint(&b, LABEL_CONTENT_TYPE);
	cbor_text(&b, content_type);
	cbor_uint(&b, LABEL_KID);
	cbor_bytes(&b, hash_bytes(kid));
	cbor_uint(&b, LABEL_CLAIMS);
	cbor_map(&b, 3);
	cbor_uint(&b, CLAIM_ISSUER);
	cbor_text(&b, claims->issuer);
	cbor_uint(&b, CLAIM_SUBJECT);
	cbor_text(&b, claims->subject);
	cbor_uint(&b, CLAIM_ISSUED_AT);
	cbor_int(&b, claims->issued_at);
	return buffer_view(&b);
}

static struct bytes put_together(struct arena *arena, uint64_t tag, struct bytes protected,
                                 struct bytes payload, struct bytes signature)
{
	struct buffer b = {.arena = arena};
	cbor_tag(&b, tag);
	cbor_array(&b, 4);
	cbor_bytes(&b, protected);
	cbor_map(&b, 0);
	cbor_bytes(&b, payload);
	cbor_bytes(&b, signature);
	return buffer_view(&b);
}

static int64_t algorithm_of(const struct public_key *key, bool is_passkey)
{
	if (key->algorithm == KEY_ED25519)
		return is_passkey ? COSE_PASSKEY_EDDSA : COSE_EDDSA;
	return is_passkey ? COSE_PASSKEY_ES256 : COSE_ES256;
}

struct bytes cose_unsigned(struct arena *arena, const struct public_key *key, bool is_passkey,
                           const char *content_type, const struct cose_claims *claims,
                           struct bytes payload)
{
	struct hash kid = key_id(key);
	struct bytes protected =
	    protected_header(arena, algorithm_of(key, is_passkey), &kid, content_type, claims);
	return put_together(arena, COSE_SIGN1, protected, payload, (struct bytes){0});
}

bool cose_sign(struct arena *arena, const struct secret_key *key, const char *content_type,
               const struct cose_claims *claims, struct bytes payload, struct bytes *out,
               struct err *e)
{
	struct hash kid = key_id(&key->public);
	struct bytes protected =
	    protected_header(arena, algorithm_of(&key->public, false), &kid, content_type, claims);
	uint8_t signature[KEY_SIGNATURE];
	if (!cose_sign_any(key, protected, payload, signature, e))
		return false;
	*out = put_together(arena, COSE_SIGN1, protected, payload,
	                    bytes_of(signature, sizeof signature));
	struct cose_sign1 check;
	return cose_decode(arena, *out, &check, e);
}

/* --- Authenticated, not signed --------------------------------------------------------------- */

static struct hash mac_tag(const uint8_t key[COSE_MAC_KEY], struct bytes protected,
                           struct bytes payload)
{
	owned_arena arena = {0};
	struct bytes message =
	    to_be_authentic(&arena, "MAC0", protected, (struct bytes){0}, payload);
	return hmac_sha256(bytes_of(key, COSE_MAC_KEY), &message, 1);
}

bool cose_mac(struct arena *arena, const uint8_t key[COSE_MAC_KEY], const struct hash *kid,
              const char *content_type, const struct cose_claims *claims, struct bytes payload,
              struct bytes *out, struct err *e)
{
	struct bytes protected = protected_header(arena, COSE_HMAC_256, kid, content_type, claims);
	struct hash tag = mac_tag(key, protected, payload);
	*out = put_together(arena, COSE_MAC0, protected, payload, hash_bytes(&tag));
	struct cose_sign1 check;
	return cose_mac_decode(arena, *out, &check, e);
}

bool cose_mac_verify(const struct cose_sign1 *statement, const uint8_t key[COSE_MAC_KEY],
                     struct err *e)
{
	if (statement->algorithm != COSE_HMAC_256)
		return err_refused(e, "cose.wrong-key", "it is signed, and has no tag");
	struct hash tag = mac_tag(key, statement->protected, statement->payload);
	return sodium_memcmp(tag.at, statement->signature.at, COSE_MAC_TAG) == 0 ||
	       err_refused(e, "cose.bad-tag", "the tag is not good");
}

/* What is needed of one header of a foreign message. */
struct header {
	struct bytes labels[LABELS_MAX], critical;
	size_t count;
	int64_t algorithm; /* 0 for none, which COSE reserves */
};

static bool is_label(struct bytes label, uint8_t number)
{
	return label.len == 1 && label.at[0] == number;
}

static bool has_label(const struct header *h, struct bytes label)
{
	for (size_t i = 0; i < h->count; i++)
		if (bytes_equal(h->labels[i], label))
			return true;
	return false;
}

static void read_header(struct cbor_reader *r, struct header *out)
{
	if (expect(r, CBOR_MAP, "cose.shape", "a header"))
		out->count = cbor_read_map(r);
	if (out->count > LABELS_MAX)
		cbor_fail(r, "cose.header", "more than %d parameters", LABELS_MAX);
	for (size_t i = 0; i < out->count && !r->bad; i++) {
		struct bytes label = out->labels[i] = cbor_read_item(r);
		if (is_label(label, LABEL_ALGORITHM))
			read_algorithm(r, &out->algorithm);
		else if (is_label(label, LABEL_CRITICAL))
			out->critical = cbor_read_item(r);
		else
			cbor_read_item(r);
	}
}

/* No bytes at all is an empty header. */
static bool read_foreign_protected(struct bytes protected, struct header *out, struct err *e)
{
	if (protected.len == 0)
		return true;
	struct cbor_reader r = cbor_reader(protected, e);
	read_header(&r, out);
	return cbor_done(&r) || err_context(e, "protected header");
}

/* Understood are the labels up to kid. */
static bool is_understood(struct bytes label)
{
	return label.len == 1 && label.at[0] >= LABEL_ALGORITHM && label.at[0] <= LABEL_KID;
}

static bool check_critical(const struct header *protected, struct err *e)
{
	struct err unused;
	struct cbor_reader r = cbor_reader(protected->critical, &unused);
	size_t count = cbor_peek(&r) == CBOR_ARRAY ? cbor_read_array(&r) : 0;
	if (count == 0)
		return err_input(e, "cose.critical", "crit is an array of labels, not empty");
	for (size_t i = 0; i < count; i++) {
		struct bytes label = cbor_read_item(&r);
		if (!is_understood(label) || !has_label(protected, label))
			return err_input(e, "cose.critical",
			                 "label %zu of crit is not understood or not there", i + 1);
	}
	return true;
}

/* RFC 9052 sections 3 and 3.1. */
static bool check_headers(const struct header *protected, const struct header *unprotected,
                          struct err *e)
{
	for (size_t i = 0; i < unprotected->count; i++) {
		if (has_label(protected, unprotected->labels[i]))
			return err_input(e, "cose.header",
			                 "a label both protected and unprotected");
		if (is_label(unprotected->labels[i], LABEL_CRITICAL))
			return err_input(e, "cose.critical", "crit is not protected");
	}
	if (protected->critical.len > 0 && !check_critical(protected, e))
		return false;
	return protected->algorithm != 0 || unprotected->algorithm != 0 ||
	       err_input(e, "cose.algorithm", "no algorithm");
}

/* The payload, or what replaces it. */
static struct bytes read_payload(struct cbor_reader *r, struct bytes detached)
{
	if (cbor_peek(r) != CBOR_NULL) {
		if (detached.at != NULL)
			cbor_fail(r, "cose.payload", "a payload both within and detached");
		return read_part(r, "cose.payload", "a payload");
	}
	cbor_read_null(r);
	if (detached.at == NULL)
		cbor_fail(r, "cose.payload", "the payload is detached");
	return detached;
}

bool cose_verify_any(struct bytes message, const struct public_key *key, struct bytes external,
                     struct bytes detached, struct err *e)
{
	struct header protected = {0}, unprotected = {0};
	struct cbor_reader r = cbor_reader(message, e);
	if (cbor_peek(&r) == CBOR_TAG)
		read_tag(&r, COSE_SIGN1);
	read_four(&r);
	struct bytes wrapped = read_part(&r, "cose.shape", "the protected header");
	read_header(&r, &unprotected);
	struct bytes payload = read_payload(&r, detached);
	struct bytes signature = read_signature(&r, KEY_SIGNATURE);
	if (!cbor_done(&r) || !read_foreign_protected(wrapped, &protected, e) ||
	    !check_headers(&protected, &unprotected, e))
		return false;
	/* An empty header is signed as no bytes, however it was written. */
	if (protected.count == 0)
		wrapped.len = 0;
	owned_arena arena = {0};
	return check_signature(
	    key, protected.algorithm != 0 ? protected.algorithm : unprotected.algorithm,
	    to_be_signed(&arena, wrapped, external, payload), signature, e);
}

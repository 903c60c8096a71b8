#include "receipt.h"

#include <assert.h>

#include "record/cbor.h"
#include "record/cose.h"

/* COSE header parameters, and what they hold here. */
enum {
	COSE_SIGN1 = 18,
	LABEL_ALGORITHM = 1,
	LABEL_KID = 4,
	LABEL_CLAIMS = 15,
	LABEL_RECEIPTS = 394,
	LABEL_STRUCTURE = 395, /* of the verifiable data: */
	RFC9162_SHA256 = 1,
	LABEL_PROOFS = 396,
	PROOF_INCLUSION = -1,
	CLAIM_ISSUER = 1,
};

/* --- Writing ------------------------------------------------------------------------------ */

static struct bytes protected_header(struct arena *arena, const struct public_key *key,
                                     const char *origin)
{
	struct buffer b = {.arena = arena};
	struct hash kid = key_id(key);
	cbor_map(&b, 4);
	cbor_uint(&b, LABEL_ALGORITHM);
	cbor_int(&b, key->algorithm == KEY_ED25519 ? COSE_EDDSA : COSE_ES256);
	cbor_uint(&b, LABEL_KID);
	cbor_bytes(&b, hash_bytes(&kid));
	cbor_uint(&b, LABEL_CLAIMS);
	cbor_map(&b, 1);
	cbor_uint(&b, CLAIM_ISSUER);
	cbor_text(&b, origin);
	cbor_uint(&b, LABEL_STRUCTURE);
	cbor_uint(&b, RFC9162_SHA256);
	return buffer_view(&b);
}

static struct bytes inclusion(struct arena *arena, const struct receipt *r)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, 3);
	cbor_uint(&b, r->size);
	cbor_uint(&b, r->index);
	cbor_array(&b, r->inclusion.count);
	for (size_t i = 0; i < r->inclusion.count; i++)
		cbor_bytes(&b, hash_bytes(&r->inclusion.at[i]));
	return buffer_view(&b);
}

/* All but the signature: what a reader compares the rest with. */
static struct bytes body(struct arena *arena, const struct receipt *r, struct bytes protected)
{
	struct buffer b = {.arena = arena};
	cbor_tag(&b, COSE_SIGN1);
	cbor_array(&b, 4);
	cbor_bytes(&b, protected);
	cbor_map(&b, 1);
	cbor_uint(&b, LABEL_PROOFS);
	cbor_map(&b, 1);
	cbor_int(&b, PROOF_INCLUSION);
	cbor_array(&b, 1);
	cbor_bytes(&b, inclusion(arena, r));
	cbor_null(&b);
	return buffer_view(&b);
}

bool receipt_sign(struct arena *arena, const struct receipt *r, const struct hash *root,
                  const struct secret_key *key, struct bytes *out, struct err *e)
{
	struct bytes protected = protected_header(arena, &key->public, r->origin);
	struct buffer b = {.arena = arena};
	uint8_t signature[KEY_SIGNATURE];
	assert(r->size > 1 && r->index < r->size);
	if (!cose_sign_any(key, protected, hash_bytes(root), signature, e))
		return false;
	buffer_bytes(&b, body(arena, r, protected));
	cbor_bytes(&b, bytes_of(signature, sizeof signature));
	*out = buffer_view(&b);
	return true;
}

/* --- Reading ------------------------------------------------------------------------------ */

static void read_path(struct cbor_reader *r, struct merkle_proof *out)
{
	size_t count = cbor_read_array(r);
	if (!r->bad && count > MERKLE_PROOF_MAX - 1)
		cbor_fail(r, "receipt.malformed", "a path of %zu hashes", count);
	for (out->count = 0; out->count < count && !r->bad; out->count++) {
		struct bytes hash = cbor_read_bytes(r);
		if (!r->bad && hash.len != HASH_SIZE)
			cbor_fail(r, "receipt.malformed", "a hash of %zu bytes", hash.len);
		else if (!r->bad)
			memcpy(out->at[out->count].at, hash.at, HASH_SIZE);
	}
}

static bool read_inclusion(struct bytes bytes, struct receipt *out, struct err *e)
{
	struct cbor_reader r = cbor_reader(bytes, e);
	if (cbor_read_array(&r) != 3)
		cbor_fail(&r, "receipt.malformed", "an inclusion proof is an array of three");
	out->size = cbor_read_uint(&r);
	out->index = cbor_read_uint(&r);
	read_path(&r, &out->inclusion);
	return cbor_done(&r);
}

/* The proof, from where it stands; that the rest is as it must be is seen by writing it again. */
static bool read_receipt(struct bytes bytes, struct receipt *out, struct bytes *signature,
                         struct err *e)
{
	struct bytes proof = {0};
	struct cbor_reader r = cbor_reader(bytes, e);
	cbor_read_tag(&r, COSE_SIGN1);
	if (cbor_read_array(&r) != 4)
		cbor_fail(&r, "receipt.malformed", "a receipt is a COSE_Sign1");
	cbor_read_bytes(&r);
	if (cbor_read_map(&r) != 1 || cbor_read_int(&r) != LABEL_PROOFS || cbor_read_map(&r) != 1 ||
	    cbor_read_int(&r) != PROOF_INCLUSION || cbor_read_array(&r) != 1)
		cbor_fail(&r, "receipt.malformed",
		          "its unprotected header is not one inclusion proof");
	else
		proof = cbor_read_bytes(&r);
	cbor_read_null(&r);
	*signature = cbor_read_bytes(&r);
	return cbor_done(&r) && read_inclusion(proof, out, e);
}

bool receipt_verify(struct arena *arena, struct bytes receipt, struct bytes entry,
                    const struct public_key *authority, struct receipt *out, struct err *e)
{
	struct bytes signature;
	struct hash root;
	if (receipt.len > RECEIPT_MAX)
		return err_input(e, "receipt.too-long", "%zu bytes are more than %d", receipt.len,
		                 RECEIPT_MAX);
	if (!read_receipt(receipt, out, &signature, e))
		return err_context(e, "receipt");
	out->origin = authority->name;
	struct bytes protected = protected_header(arena, authority, authority->name);
	struct bytes want = body(arena, out, protected);
	if (receipt.len < want.len || memcmp(receipt.at, want.at, want.len) != 0)
		return err_refused(e, "receipt.origin", "it is not a receipt under the key of %s",
		                   authority->name);
	struct hash leaf = merkle_leaf(entry);
	return merkle_inclusion_root(&leaf, out->index, out->size, out->inclusion.at,
	                             out->inclusion.count, &root, e) &&
	       cose_verify_any(receipt, authority, (struct bytes){0}, hash_bytes(&root), e);
}

/* --- Transparent statements ----------------------------------------------------------------- */

/* The four parts of a COSE_Sign1, as they are encoded, without judging them. */
struct parts {
	struct bytes protected, payload, signature, receipt;
};

static struct bytes write_parts(struct arena *arena, const struct parts *p)
{
	struct buffer b = {.arena = arena};
	cbor_tag(&b, COSE_SIGN1);
	cbor_array(&b, 4);
	cbor_bytes(&b, p->protected);
	cbor_map(&b, p->receipt.len > 0);
	if (p->receipt.len > 0) {
		cbor_uint(&b, LABEL_RECEIPTS);
		cbor_array(&b, 1);
		cbor_bytes(&b, p->receipt);
	}
	cbor_bytes(&b, p->payload);
	cbor_bytes(&b, p->signature);
	return buffer_view(&b);
}

static bool read_parts(struct bytes bytes, struct parts *out, struct err *e)
{
	struct cbor_reader r = cbor_reader(bytes, e);
	cbor_read_tag(&r, COSE_SIGN1);
	if (cbor_read_array(&r) != 4)
		cbor_fail(&r, "receipt.statement", "not a COSE_Sign1");
	out->protected = cbor_read_bytes(&r);
	size_t labels = cbor_read_map(&r);
	if (labels > 0 &&
	    (labels != 1 || cbor_read_int(&r) != LABEL_RECEIPTS || cbor_read_array(&r) != 1))
		cbor_fail(&r, "receipt.statement", "its unprotected header is not one receipt");
	else if (labels > 0)
		out->receipt = cbor_read_bytes(&r);
	out->payload = cbor_read_bytes(&r);
	out->signature = cbor_read_bytes(&r);
	return cbor_done(&r);
}

bool statement_join(struct arena *arena, struct bytes record, struct bytes receipt,
                    struct bytes *out, struct err *e)
{
	struct parts p = {0};
	assert(receipt.len > 0);
	if (!read_parts(record, &p, e))
		return err_input(e, "receipt.statement",
		                 "only a signed record becomes a statement");
	if (p.receipt.len > 0)
		return err_input(e, "receipt.statement", "it has a receipt already");
	p.receipt = receipt;
	*out = write_parts(arena, &p);
	return true;
}

bool statement_split(struct arena *arena, struct bytes statement, struct bytes *record,
                     struct bytes *receipt, struct err *e)
{
	struct parts p = {0};
	if (!read_parts(statement, &p, e))
		return err_context(e, "transparent statement");
	if (p.receipt.len == 0)
		return err_input(e, "receipt.statement", "there is no receipt in it");
	*receipt = p.receipt;
	p.receipt = (struct bytes){0};
	*record = write_parts(arena, &p);
	return true;
}

bool statement_is(struct bytes bytes)
{
	struct parts p = {0};
	struct err unused = {0};
	return read_parts(bytes, &p, &unused) && p.receipt.len > 0;
}

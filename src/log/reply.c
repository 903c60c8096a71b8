#include "proof.h"

#include <assert.h>

#include "record/cbor.h"

struct bytes reply_format(struct arena *arena, struct bytes entry, struct bytes proof)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, 2);
	cbor_bytes(&b, entry);
	cbor_text_bytes(&b, proof);
	assert(b.len <= REPLY_MAX);
	return buffer_view(&b);
}

struct bytes reply_with_proof(struct arena *arena, struct bytes entry,
                              const struct log_proof *proof)
{
	enum { HEADS = 1 + 5 + 5 };
	struct buffer b = {.arena = arena};
	size_t length = proof_length(proof);
	buffer_reserve(&b, HEADS + entry.len + length);
	cbor_array(&b, 2);
	cbor_bytes(&b, entry);
	cbor_text_head(&b, length);
	proof_put(&b, proof);
	assert(b.len <= REPLY_MAX);
	return buffer_view(&b);
}

bool reply_parse(struct bytes reply, struct bytes *entry, struct bytes *proof, struct err *e)
{
	if (reply.len > REPLY_MAX)
		return err_input(e, "reply.too-large", "%zu bytes are more than %d", reply.len,
		                 REPLY_MAX);
	struct err why = {0};
	struct cbor_reader r = cbor_reader(reply, &why);
	if (cbor_read_array(&r) != 2)
		cbor_fail(&r, "reply.malformed", "not an array of an entry and its proof");
	*entry = cbor_read_bytes(&r);
	*proof = cbor_read_text(&r);
	if (cbor_done(&r))
		return true;
	return err_input(e, "reply.malformed", "not a reply to a renewal: %s", why.text);
}

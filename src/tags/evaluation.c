/* What a holder of a share answers. */
#include "parts.h"

#define EVALUATION "proviso-evaluation-1"

bool tags_share_index(const struct tags_body *key, const struct oprf_scalar *share, uint8_t *out,
                      struct err *e)
{
	const struct tag_holder *holders = key->holders.at;
	struct oprf_element public = oprf_public(share);
	for (size_t i = 0; i < key->holders.count; i++)
		if (memcmp(holders[i].public.at, public.at, OPRF_SIZE) == 0) {
			*out = (uint8_t)(i + 1);
			return true;
		}
	return err_refused(e, "tags.no-such-share", "the share is none of the key's %zu",
	                   key->holders.count);
}

bool tags_evaluate(struct arena *arena, const struct tags_request *request,
                   const struct oprf_scalar *share, const uint8_t random[], struct bytes *out,
                   struct err *e)
{
	struct buffer b = {.arena = arena};
	uint8_t index = 0;
	if (!tags_share_index(&request->key.body.tags, share, &index, e))
		return false;
	cbor_array(&b, 4);
	cbor_text(&b, EVALUATION);
	cbor_bytes(&b, hash_bytes(&request->record.id));
	cbor_uint(&b, index);
	cbor_array(&b, request->count);
	/* Each is proven by itself, so that each tag can have its proof beside it. */
	for (size_t i = 0; i < request->count; i++) {
		struct oprf_element blinded = element_of(&request->blinded[i]), evaluated;
		struct oprf_proof proof;
		if (!oprf_evaluate(share, &blinded, 1, random + i * OPRF_RANDOM, &evaluated, &proof,
		                   e))
			return err_context(e, "no. %zu", i + 1);
		cbor_array(&b, 3);
		cbor_bytes(&b, bytes_of(evaluated.at, OPRF_SIZE));
		cbor_bytes(&b, bytes_of(proof.challenge.at, OPRF_SIZE));
		cbor_bytes(&b, bytes_of(proof.response.at, OPRF_SIZE));
	}
	*out = buffer_view(&b);
	return true;
}

bool evaluation_parse(struct arena *arena, struct bytes file, struct evaluation *out, struct err *e)
{
	struct err why = {0};
	struct cbor_reader r = cbor_reader(file, &why);
	*out = (struct evaluation){0};
	read_magic(&r, EVALUATION, 4);
	read_fixed(&r, out->request.at);
	uint64_t index = cbor_read_uint(&r);
	size_t count = cbor_read_array(&r);
	if (r.bad || index == 0 || index > TAG_HOLDERS || count > TAG_BATCH)
		cbor_fail(&r, "tags.file", "a share's number and %d answers at most", TAG_BATCH);
	else
		out->at = arena_array(arena, count, sizeof *out->at);
	out->index = (uint8_t)index;
	for (; out->count < count && !r.bad; out->count++) {
		if (cbor_read_array(&r) != 3)
			cbor_fail(&r, "tags.file", "not an element and its proof");
		read_fixed(&r, out->at[out->count].element.at);
		read_fixed(&r, out->at[out->count].proof.challenge.at);
		read_fixed(&r, out->at[out->count].proof.response.at);
	}
	return file_done(&r, "an evaluation", &why, e);
}

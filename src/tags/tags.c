/* From a quorum of answers to tags. */
#include <sodium.h>

#include "parts.h"

#define TRANSCRIPT "proviso-tags-1"

struct quorum {
	const struct tags_body *key;
	struct evaluation at[TAG_HOLDERS];
	size_t count; /* the threshold */
};

static const char *holder_name(const struct tags_body *key, uint8_t index)
{
	return ((const struct tag_holder *)key->holders.at)[index - 1].name;
}

/* Whose share it is, and that it answers what was asked. */
static bool quorum_add(struct quorum *q, const struct tags_request *request,
                       const struct evaluation *new, struct err *e)
{
	if (!hash_equal(&new->request, &request->record.id))
		return err_refused(e, "tags.other-request", "it answers another request");
	if (new->index > q->key->holders.count)
		return err_refused(e, "tags.no-such-share", "there is no share %d", new->index);
	for (size_t i = 0; i < q->count; i++)
		if (q->at[i].index == new->index)
			return err_refused(e, "tags.share-twice", "%.200s answers twice",
			                   holder_name(q->key, new->index));
	if (new->count != request->count)
		return err_refused(e, "tags.count", "%zu answers to %zu questions", new->count,
		                   request->count);
	q->at[q->count++] = *new;
	return true;
}

static bool quorum_take(struct arena *arena, const struct tags_request *request,
                        const struct bytes files[], size_t count, struct quorum *q, struct err *e)
{
	*q = (struct quorum){.key = &request->key.body.tags};
	for (size_t i = 0; i < count; i++) {
		struct evaluation one;
		if (!evaluation_parse(arena, files[i], &one, e) || !quorum_add(q, request, &one, e))
			return err_context(e, "evaluation %zu", i + 1);
	}
	if (q->count < q->key->threshold)
		return err_refused(e, "tags.too-few", "%zu holders answer; it takes %llu", q->count,
		                   (unsigned long long)q->key->threshold);
	return true;
}

static bool check_share(const struct tags_body *key, uint8_t index,
                        const struct oprf_element *blinded, const struct oprf_element *evaluated,
                        const struct oprf_proof *proof, struct err *e)
{
	const struct tag_holder *holders = key->holders.at;
	struct oprf_element public = element_of(&holders[index - 1].public);
	return oprf_verify(&public, blinded, evaluated, 1, proof, e) ||
	       err_context(e, "%.100s", holders[index - 1].name);
}

static struct bytes keep_proofs(struct arena *arena, const struct quorum *q, size_t which)
{
	struct buffer b = {.arena = arena};
	buffer_u8(&b, (uint8_t)q->key->threshold);
	for (size_t i = 0; i < q->key->threshold; i++) {
		buffer_u8(&b, q->at[i].index);
		buffer_bytes(&b, bytes_of(q->at[i].at[which].element.at, OPRF_SIZE));
		buffer_bytes(&b, bytes_of(q->at[i].at[which].proof.challenge.at, OPRF_SIZE));
		buffer_bytes(&b, bytes_of(q->at[i].at[which].proof.response.at, OPRF_SIZE));
	}
	return buffer_view(&b);
}

static bool make_tag(struct arena *arena, const struct quorum *q, size_t which,
                     const struct hash *asked, const struct tag_blind *blind, struct tag *out,
                     struct err *e)
{
	struct oprf_element blinded, whole, evaluated[TAG_HOLDERS];
	uint8_t index[TAG_HOLDERS], output[OPRF_OUTPUT];
	if (!oprf_blind(bytes_text(blind->selector), &blind->blind, &blinded, e))
		return false;
	if (memcmp(blinded.at, asked->at, OPRF_SIZE) != 0)
		return err_refused(e, "tags.other-subject",
		                   "the selector and its blind are not what was asked");
	/* All are checked, also those that are not needed: a holder that lies is named. */
	for (size_t i = 0; i < q->count; i++) {
		index[i] = q->at[i].index;
		evaluated[i] = q->at[i].at[which].element;
		if (!check_share(q->key, index[i], &blinded, &evaluated[i],
		                 &q->at[i].at[which].proof, e))
			return false;
	}
	if (!oprf_combine(index, evaluated, (size_t)q->key->threshold, &whole, e) ||
	    !oprf_finalize(bytes_text(blind->selector), &blind->blind, &whole, output, e))
		return false;
	memcpy(out->at, output, TAG_SIZE);
	sodium_memzero(output, sizeof output);
	out->blinded = *asked;
	out->proofs = keep_proofs(arena, q, which);
	return true;
}

bool tags_combine(struct arena *arena, const struct tags_request *request,
                  const struct bytes evaluations[], size_t evaluation_count,
                  const struct tag_blind blinds[], size_t blind_count, struct tag out[],
                  struct err *e)
{
	struct quorum q;
	if (!quorum_take(arena, request, evaluations, evaluation_count, &q, e))
		return false;
	if (blind_count != request->count)
		return err_refused(e, "tags.count", "%zu blinds for %zu questions", blind_count,
		                   request->count);
	for (size_t i = 0; i < blind_count; i++)
		if (!make_tag(arena, &q, i, &request->blinded[i], &blinds[i], &out[i], e))
			return err_context(e, "no. %zu", i + 1);
	return true;
}

bool tag_proofs_verify(const struct tags_body *key, const struct hash *asked, struct bytes proofs,
                       struct err *e)
{
	struct reader r = reader_of(proofs);
	struct oprf_element blinded = element_of(asked);
	bool seen[TAG_HOLDERS + 1] = {false};
	size_t count = read_u8(&r);
	if (count < key->threshold)
		return err_refused(e, "tags.too-few", "%zu proofs; it takes %llu", count,
		                   (unsigned long long)key->threshold);
	for (size_t i = 0; i < count; i++) {
		uint8_t index = read_u8(&r);
		struct bytes at = read_bytes(&r, 3 * OPRF_SIZE);
		struct oprf_element evaluated;
		struct oprf_proof proof;
		if (r.bad || index == 0 || index > key->holders.count || seen[index])
			return err_refused(e, "tags.no-such-share",
			                   "the proofs are not of different shares of the key");
		seen[index] = true;
		memcpy(evaluated.at, at.at, OPRF_SIZE);
		memcpy(proof.challenge.at, at.at + OPRF_SIZE, OPRF_SIZE);
		memcpy(proof.response.at, at.at + 2 * OPRF_SIZE, OPRF_SIZE);
		if (!check_share(key, index, &blinded, &evaluated, &proof, e))
			return false;
	}
	return reader_left(&r) == 0 ||
	       err_input(e, "tags.file", "%zu bytes behind the proofs", reader_left(&r));
}

/* --- The transcript ------------------------------------------------------------------------ */

struct bytes transcript_format(struct arena *arena, struct bytes granted,
                               const struct bytes evaluations[], size_t evaluation_count,
                               const struct tag_blind blinds[], size_t blind_count)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, 4);
	cbor_text(&b, TRANSCRIPT);
	cbor_bytes(&b, granted);
	cbor_array(&b, evaluation_count);
	for (size_t i = 0; i < evaluation_count; i++)
		cbor_bytes(&b, evaluations[i]);
	blinds_put(&b, blinds, blind_count);
	return buffer_view(&b);
}

struct parts {
	struct bytes granted, evaluations[TAG_HOLDERS];
	size_t evaluation_count, blind_count;
	struct tag_blind *blinds;
};

static bool transcript_parse(struct arena *arena, struct bytes file, struct parts *out,
                             struct err *e)
{
	struct err why = {0};
	struct cbor_reader r = cbor_reader(file, &why);
	*out = (struct parts){0};
	read_magic(&r, TRANSCRIPT, 4);
	out->granted = cbor_read_bytes(&r);
	size_t count = cbor_read_array(&r);
	if (count > TAG_HOLDERS)
		cbor_fail(&r, "tags.file", "more than %d evaluations", TAG_HOLDERS);
	for (; out->evaluation_count < count && !r.bad; out->evaluation_count++)
		out->evaluations[out->evaluation_count] = cbor_read_bytes(&r);
	if (!r.bad)
		blinds_get(&r, arena, &out->blinds, &out->blind_count);
	return file_done(&r, "a file of tags", &why, e);
}

bool transcript_origin(struct arena *arena, struct bytes file, const char **origin, struct err *e)
{
	struct parts parts;
	return transcript_parse(arena, file, &parts, e) &&
	       granted_origin(arena, parts.granted, origin, e);
}

bool transcript_open(struct arena *arena, struct bytes file, const struct public_key *authority,
                     struct transcript *out, struct err *e)
{
	struct parts parts;
	if (!transcript_parse(arena, file, &parts, e) ||
	    !granted_open(arena, parts.granted, authority, &out->request, e))
		return false;
	out->blinds = parts.blinds;
	out->tags = arena_array(arena, out->request.count, sizeof *out->tags);
	return tags_combine(arena, &out->request, parts.evaluations, parts.evaluation_count,
	                    parts.blinds, parts.blind_count, out->tags, e);
}

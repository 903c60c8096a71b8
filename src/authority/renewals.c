#include "renewals.h"

#include "entries.h"

/*
 * The requests are taken some at a time: what is known of those that ask is on its way from memory
 * while others are read.
 */
enum { TOGETHER = RECENT_EXPECTED };

static void expect_leases(struct batch *b, const struct hash *const systems[], size_t count)
{
	struct bytes keys[TOGETHER];
	for (size_t i = 0; i < count; i++)
		keys[i] = key_hash(b->arena, "lease/", systems[i]);
	recent_expect(&b->authority->recent, keys, count);
}

static void expect_askers(struct batch *b, const struct record requests[], size_t count)
{
	struct bytes keys[TOGETHER], value;
	struct hash found[TOGETHER];
	const struct hash *systems[TOGETHER];
	size_t known = 0;
	for (size_t i = 0; i < count; i++)
		keys[i] = key_hash(b->arena, "device/", &requests[i].cose.kid);
	recent_expect(&b->authority->recent, keys, count);
	for (size_t i = 0; i < count; i++) {
		if (!recent_get(&b->authority->recent, keys[i], &value) || value.len < HASH_SIZE)
			continue;
		memcpy(found[known].at, value.at, HASH_SIZE); /* its system: see device_put() */
		systems[known] = &found[known];
		known++;
	}
	expect_leases(b, systems, known);
}

static bool authenticate(struct batch *b, const struct record *request, struct asked *out,
                         struct err *e)
{
	struct session_keys keys = session_keys_of(&b->authority->sessions, &b->authority->secret);
	int64_t now;
	if (!batch_time(b, &now, e))
		return false;
	bool is_asker = lease_asker(&b->state, request, now, &keys, b->arena, &out->asker, e);
	out->is_ended =
	    !is_asker && e->rule != NULL && strcmp(e->rule, "renewal.origin-ended") == 0;
	if (out->is_ended)
		out->body = request->body.renewal;
	if (!is_asker)
		return false;
	out->body = request->body.renewal;
	out->is_authentic = true;
	return true;
}

static void authenticate_some(struct batch *b, const struct bytes requests[], size_t count,
                              struct asked out[], struct err errs[])
{
	struct record records[TOGETHER];
	size_t which[TOGETHER], good = 0;
	for (size_t i = 0; i < count; i++) {
		out[i] = (struct asked){0};
		errs[i] = (struct err){0};
		if (record_decode_known(b->arena, b->state.known, requests[i], &records[good],
		                        &errs[i]))
			which[good++] = i;
	}
	expect_askers(b, records, good);
	for (size_t i = 0; i < good; i++)
		authenticate(b, &records[i], &out[which[i]], &errs[which[i]]);
}

bool authenticate_all(struct batch *b, const struct bytes requests[], size_t count,
                      struct asked out[], struct err errs[], struct err *e)
{
	for (size_t done = 0; done < count; done += TOGETHER) {
		size_t some = count - done < TOGETHER ? count - done : TOGETHER;
		authenticate_some(b, requests + done, some, out + done, errs + done);
		for (size_t i = done; i < done + some; i++)
			if (errs[i].kind == ERR_ENVIRONMENT) {
				*e = errs[i];
				return false;
			}
	}
	return true;
}

static bool answer(struct batch *b, struct asked *asked, struct err *e)
{
	enum record_kind kind;
	union record_body body;
	int64_t now;
	return batch_time(b, &now, e) &&
	       lease_judge(&b->state, &asked->asker, &asked->body, now, b->arena, &kind, &body,
	                   e) &&
	       batch_say(b, kind, &body, &asked->entry, &asked->index, e);
}

/* One that was said before the batch, and not again. */
static bool prove_earlier(struct batch *b, const struct merkle_source *source, uint64_t size,
                          struct asked *asked, struct err *e)
{
	struct merkle_proof *proof = arena_alloc(b->arena, sizeof *proof);
	if (!merkle_inclusion(source, asked->index, size, proof, e))
		return false;
	asked->inclusion = (struct merkle_path){proof->count, proof->at};
	return true;
}

static bool prove_all(struct batch *b, struct asked asked[], size_t count, struct err *e)
{
	struct merkle_source source = store_merkle(b->authority->store);
	uint64_t size = store_size(b->authority->store), first = b->first;
	struct merkle_path *paths = arena_array(b->arena, (size_t)(size - first), sizeof *paths);
	if (first < size && !merkle_paths(&source, b->arena, first, size, paths, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (asked[i].entry.len == 0)
			continue;
		if (asked[i].index >= first)
			asked[i].inclusion = paths[asked[i].index - first];
		else if (!prove_earlier(b, &source, size, &asked[i], e))
			return false;
	}
	return true;
}

static void expect_next(struct batch *b, const struct asked asked[], size_t count)
{
	const struct hash *systems[TOGETHER];
	size_t some = 0;
	for (size_t i = 0; i < count && i < TOGETHER; i++)
		if (asked[i].is_authentic)
			systems[some++] = &asked[i].asker.system;
	expect_leases(b, systems, some);
}

/* Those who ask at once have mostly followed as far as each other. */
static bool find_changes(struct batch *b, struct asked asked[], size_t count, struct err *e)
{
	const struct log_changes *changes = NULL;
	uint64_t followed = UINT64_MAX;
	for (size_t i = 0; i < count; i++) {
		if (!asked[i].body.has_followed || (asked[i].entry.len == 0 && !asked[i].is_ended))
			continue;
		if (asked[i].body.followed != followed &&
		    !changes_since(b, asked[i].body.followed, &changes, e))
			return false;
		followed = asked[i].body.followed;
		asked[i].changes = changes;
	}
	return true;
}

bool answer_all(struct batch *b, struct asked asked[], size_t count, struct err errs[],
                struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		if (i % TOGETHER == 0)
			expect_next(b, asked + i, count - i);
		if (!asked[i].is_authentic || answer(b, &asked[i], &errs[i]))
			continue;
		asked[i].entry = (struct bytes){0};
		if (errs[i].kind == ERR_ENVIRONMENT) {
			*e = errs[i];
			return false;
		}
	}
	return prove_all(b, asked, count, e) && find_changes(b, asked, count, e);
}

bool has_answer(const struct asked *asked)
{
	return asked->entry.len > 0 || asked->changes != NULL;
}

/* Changes that have no room are left out: the system is enrolled anew when it needs them. */
static struct bytes with_changes(struct arena *arena, struct bytes reply,
                                 const struct log_changes *found, struct bytes checkpoint)
{
	struct log_changes changes = *found;
	changes.checkpoint = checkpoint;
	struct bytes bytes = changes_format(arena, &changes);
	return bytes.len <= CHANGES_MAX && bytes.len + reply.len + 16 <= REPLY_MAX
	           ? changes_beside(arena, reply, bytes)
	           : reply;
}

static struct bytes lease_reply(struct arena *arena, const struct asked *asked,
                                struct bytes signed_checkpoint)
{
	struct log_proof proof;
	proof.index = asked->index;
	proof.checkpoint = signed_checkpoint;
	proof.inclusion.count = asked->inclusion.count;
	memcpy(proof.inclusion.at, asked->inclusion.at,
	       asked->inclusion.count * sizeof *asked->inclusion.at);
	return reply_with_proof(arena, asked->entry, &proof);
}

struct bytes answer_reply(struct arena *arena, const struct asked *asked,
                          struct bytes signed_checkpoint)
{
	struct bytes reply = {0};
	if (asked->entry.len > 0)
		reply = lease_reply(arena, asked, signed_checkpoint);
	return asked->changes == NULL
	           ? reply
	           : with_changes(arena, reply, asked->changes, signed_checkpoint);
}

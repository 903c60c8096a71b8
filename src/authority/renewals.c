#include "renewals.h"

static bool authenticate(struct batch *b, struct bytes request, struct asked *out, struct err *e)
{
	struct session_keys keys = session_keys_of(&b->authority->sessions, &b->authority->secret);
	struct record record;
	int64_t now;
	if (!record_decode(b->arena, request, &record, e) || !batch_time(b, &now, e) ||
	    !lease_asker(&b->state, &record, now, &keys, b->arena, &out->asker, e))
		return false;
	out->body = record.body.renewal;
	out->is_authentic = true;
	return true;
}

bool authenticate_all(struct batch *b, const struct bytes requests[], size_t count,
                      struct asked out[], struct err errs[], struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		out[i] = (struct asked){0};
		errs[i] = (struct err){0};
		if (!authenticate(b, requests[i], &out[i], &errs[i]) &&
		    errs[i].kind == ERR_ENVIRONMENT) {
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

bool answer_all(struct batch *b, struct asked asked[], size_t count, struct err errs[],
                struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		if (!asked[i].is_authentic || answer(b, &asked[i], &errs[i]))
			continue;
		asked[i].entry = (struct bytes){0};
		if (errs[i].kind == ERR_ENVIRONMENT) {
			*e = errs[i];
			return false;
		}
	}
	struct merkle_source source = store_merkle(b->authority->store);
	uint64_t size = store_size(b->authority->store);
	for (size_t i = 0; i < count; i++)
		if (asked[i].entry.len > 0 &&
		    !merkle_inclusion(&source, asked[i].index, size, &asked[i].inclusion, e))
			return false;
	return true;
}

struct bytes answer_reply(struct arena *arena, const struct asked *asked,
                          struct bytes signed_checkpoint)
{
	struct log_proof proof = {
	    .index = asked->index, .inclusion = asked->inclusion, .checkpoint = signed_checkpoint};
	return reply_format(arena, asked->entry, proof_format(arena, &proof));
}

#include "renewals.h"

static bool answer(struct batch *b, struct bytes request, struct answer *out, struct err *e)
{
	struct record     record;
	enum record_kind  kind;
	union record_body body;
	int64_t           now;
	return record_decode(b->arena, request, &record, e) && batch_time(b, &now, e) &&
	       lease_judge(&b->state, &record, now, b->arena, &kind, &body, e) &&
	       batch_say(b, kind, &body, &out->entry, &out->index, e);
}

bool answer_all(struct batch *b, const struct bytes requests[], size_t count, struct answer out[],
    struct err errs[], struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		out[i] = (struct answer){0};
		if (answer(b, requests[i], &out[i], &errs[i]))
			continue;
		out[i] = (struct answer){0};
		if (errs[i].kind == ERR_ENVIRONMENT) {
			*e = errs[i];
			return false;
		}
	}
	struct merkle_source source = store_merkle(b->authority->store);
	uint64_t             size = store_size(b->authority->store);
	for (size_t i = 0; i < count; i++)
		if (out[i].entry.len > 0 &&
		    !merkle_inclusion(&source, out[i].index, size, &out[i].inclusion, e))
			return false;
	return true;
}

struct bytes answer_reply(struct arena *arena, const struct answer *answer,
    struct bytes signed_checkpoint)
{
	struct log_proof proof = {
	    .index = answer->index, .inclusion = answer->inclusion, .checkpoint = signed_checkpoint};
	return reply_format(arena, answer->entry, proof_format(arena, &proof));
}

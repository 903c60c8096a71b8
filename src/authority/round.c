#include "renewals.h"

/* Refused records leave the batch as it was; anything else ends the round. */
static bool take_each(struct batch *b, const struct round *r, struct err *e)
{
	for (size_t i = 0; i < r->record_count; i++) {
		r->record_errs[i] = (struct err){0};
		if (!batch_take(b, r->records[i], &r->accepted[i], &r->record_errs[i]) &&
		    r->record_errs[i].kind == ERR_ENVIRONMENT) {
			*e = r->record_errs[i];
			return false;
		}
	}
	return true;
}

/* Answers to none of the requests, for want of witnesses. */
static void refuse_requests(const struct round *r, const struct err *why)
{
	for (size_t i = 0; i < r->request_count; i++) {
		r->replies[i] = (struct bytes){0};
		r->request_errs[i] = *why;
	}
}

static bool take_and_answer(struct batch *b, const struct round *r, size_t request_count,
                            struct asked asked[], struct checkpoint *head, struct err *e)
{
	return take_each(b, r, e) &&
	       authenticate_all(b, r->requests, request_count, asked, r->request_errs, e) &&
	       answer_all(b, asked, request_count, r->request_errs, e) && batch_commit(b, head, e);
}

/*
 * A lease that nobody could get would use up its number: so where witnesses were missing they are
 * asked first. Without them records are taken in all the same, for a disconnection waits for no
 * witness; only what was never compared with what they have seen takes nothing in.
 */
static bool has_witnesses(struct authority *a, struct arena *arena, const struct round *r,
                          bool *has, struct err *e)
{
	struct err why = {0};
	*has = true;
	if (a->policy == NULL || a->is_witnessed || (a->is_confirmed && r->request_count == 0) ||
	    authority_cosign(a, arena, &why))
		return true;
	if (!a->is_confirmed || !is_unwitnessed(&why)) {
		*e = why;
		return false;
	}
	*has = false;
	refuse_requests(r, &why);
	return true;
}

bool authority_round(struct authority *a, struct arena *arena, const struct round *r, int64_t now,
                     struct err *e)
{
	owned_arena scratch = {0};
	struct batch batch;
	struct checkpoint head;
	struct bytes note;
	bool has;
	struct asked *asked = arena_array(&scratch, r->request_count, sizeof *asked);
	for (size_t i = 0; i < r->request_count; i++)
		r->replies[i] = (struct bytes){0};
	if (!has_witnesses(a, &scratch, r, &has, e))
		return false;
	size_t request_count = has ? r->request_count : 0;
	if (!batch_begin(&batch, a, &scratch, now, e) ||
	    !take_and_answer(&batch, r, request_count, asked, &head, e)) {
		batch_abandon(&batch);
		return false;
	}
	/* Also where nothing is new: what was there may be from before a crash, unpublished. */
	if (has && !authority_publish(a, &scratch, &head, &note, e)) {
		if (!is_unwitnessed(e))
			return err_context(e, "the log has it, but it is not published yet");
		refuse_requests(r, e);
		*e = (struct err){0};
		return true;
	}
	for (size_t i = 0; i < request_count; i++)
		if (has_answer(&asked[i]))
			r->replies[i] = answer_reply(arena, &asked[i], note);
	return true;
}

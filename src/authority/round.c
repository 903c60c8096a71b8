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

bool authority_round(struct authority *a, struct arena *arena, const struct round *r, int64_t now,
    struct err *e)
{
	owned_arena       scratch = {0};
	struct batch      batch;
	struct checkpoint head;
	struct bytes      note;
	struct asked     *asked = arena_array(&scratch, r->request_count, sizeof *asked);
	for (size_t i = 0; i < r->request_count; i++)
		r->replies[i] = (struct bytes){0};
	if (!batch_begin(&batch, a, &scratch, now, e) || !take_each(&batch, r, e) ||
	    !authenticate_all(&batch, r->requests, r->request_count, asked, r->request_errs, e) ||
	    !answer_all(&batch, asked, r->request_count, r->request_errs, e) ||
	    !batch_commit(&batch, &head, e)) {
		batch_abandon(&batch);
		return false;
	}
	/* Also where nothing is new: what was there may be from before a crash, unpublished. */
	if (!authority_publish(a, &scratch, &head, &note, e))
		return err_context(e, "the log has it, but it is not published yet");
	for (size_t i = 0; i < r->request_count; i++)
		if (asked[i].entry.len > 0)
			r->replies[i] = answer_reply(arena, &asked[i], note);
	return true;
}

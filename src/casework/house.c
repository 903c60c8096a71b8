#include "house.h"

#include <stdlib.h>
#include <string.h>

struct hash house_subject(const struct house *h)
{
	static const char begin[] = "proviso house";
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	buffer_bytes(&b, bytes_of(begin, sizeof begin)); /* with its NUL: no name begins so */
	buffer_text(&b, h->party);
	return sha256(buffer_view(&b));
}

struct hash form_digest(const json_t *form)
{
	char *text = json_dumps(form, JSON_COMPACT | JSON_SORT_KEYS);
	struct hash digest = sha256(text != NULL ? bytes_text(text) : (struct bytes){0});
	free(text);
	return digest;
}

json_t *draft_form(const struct paper *draft, struct hash *digest)
{
	json_t *form = json_loads(draft->value.draft.form, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(form)) {
		json_decref(form);
		return NULL;
	}
	*digest = form_digest(form);
	return form;
}

bool house_review(const struct paper *review, const struct paper *draft, struct err *e)
{
	struct hash now;
	if (draft == NULL)
		return err_refused(e, "paper.no-such-draft", "there is no such draft of %s to read",
		                   review->value.review.by);
	if (strcmp(draft->by.holder, review->by.holder) == 0)
		return err_refused(e, "review.own-draft", "%s wrote it: somebody else must read it",
		                   review->by.holder);
	json_t *form = draft_form(draft, &now);
	bool is_same = form != NULL && hash_equal(&now, &review->value.review.digest);
	json_decref(form);
	return is_same || err_refused(e, "review.draft-changed",
	                              "the draft is not what it was: read it again");
}

const struct paper *house_said(const struct paper papers[], size_t count, const struct hash *form)
{
	const struct paper *last = NULL;
	for (size_t i = 0; i < count; i++)
		if (papers[i].kind == PAPER_REVIEW &&
		    hash_equal(&papers[i].value.review.digest, form) &&
		    (last == NULL || papers[i].id > last->id))
			last = &papers[i];
	return last;
}

bool house_reads(enum record_kind kind)
{
	return kind == KIND_APPLICATION || kind == KIND_DECLARATION;
}

bool house_must_agree(const struct house *h, const struct paper papers[], size_t count,
                      const struct hash *form, struct err *e)
{
	const struct paper *said = house_said(papers, count, form);
	if (said != NULL && said->value.review.verdict == REVIEW_AGREED)
		return true;
	if (said != NULL)
		return err_refused(e, "review.needed",
		                   "whoever read this for %s wants it changed first", h->party);
	return err_refused(
	    e, "review.needed",
	    "%s asks for two people: somebody else there must read exactly this and agree "
	    "first",
	    h->party);
}

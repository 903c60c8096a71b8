/*
 * house: four eyes in an exporter's or end user's own house. A draft is put up; a second person of
 * the house reads it and says "agreed" or "change this" of the form as it stands; and where the
 * house has four eyes switched on, the console makes that form into bytes to sign once somebody
 * else than who wrote it has agreed to exactly it.
 *
 * This binds the console and nobody else: who has the party's key can sign elsewhere what nobody
 * has read, and the log takes it. Pure.
 */
#ifndef PROVISO_CASEWORK_HOUSE_H
#define PROVISO_CASEWORK_HOUSE_H

#include <jansson.h>

#include "paper.h"

/* Where the reviews of a house lie. */
struct hash house_subject(const struct house *);

/* Of a form, whatever the order of its members. */
struct hash form_digest(const json_t *form);

/* The form of a draft, released by the caller; NULL where it is none (drafts may be any text). */
json_t *draft_form(const struct paper *draft, struct hash *digest);

/*
 * Whether a review may be written: `draft` is what it is of, or NULL. Refused: paper.no-such-draft,
 * review.own-draft, review.draft-changed (it was of another form than there is now).
 */
bool house_review(const struct paper *review, const struct paper *draft, struct err *);

/* What was said last of a form, among the papers of a house; NULL: nothing yet. */
const struct paper *house_said(const struct paper papers[], size_t count, const struct hash *form);

/* Kinds that four eyes are asked for. */
bool house_reads(enum record_kind);

/* Whether this form is agreed to. Refused: review.needed. */
bool house_must_agree(const struct house *, const struct paper papers[], size_t count,
                      const struct hash *form, struct err *);

#endif

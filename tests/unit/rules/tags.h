/* Cases of rules_test.c: the key of subject tags, and who asks for tags. */
#ifndef PROVISO_TEST_RULES_TAGS_H
#define PROVISO_TEST_RULES_TAGS_H

#include "../split.h"
#include "base/oprf.h"
#include "case.h"

enum { HOLDERS = 3, QUORUM = 2 };

static struct hash element_hash(const struct oprf_element *element)
{
	struct hash out;
	memcpy(out.at, element->at, sizeof out.at);
	return out;
}

static struct oprf_scalar tags_key(uint8_t which)
{
	uint8_t seed[OPRF_SIZE] = {which};
	struct oprf_scalar key;
	struct err e;
	bool derived = oprf_derive_key(seed, bytes_text("rules"), &key, &e);
	assert(derived);
	return key;
}

/* The record of key `which`, shared 2 of 3. */
static struct tags_body tags_of(struct world *w, uint8_t which, uint64_t number)
{
	static const char *const names[] = {"Court", "Ombudsman", "Authority"};
	struct oprf_scalar key = tags_key(which);
	struct oprf_element whole = oprf_public(&key);
	struct key_share shares[HOLDERS];
	uint8_t random[OPRF_RANDOM * (QUORUM - 1)] = {which, 1, 2, 3};
	struct tag_holder *holders = arena_array(&w->arena, HOLDERS, sizeof *holders);
	split_key(&key, QUORUM, HOLDERS, random, shares);
	for (size_t i = 0; i < HOLDERS; i++) {
		struct oprf_element public = oprf_public(&shares[i].key);
		holders[i] = (struct tag_holder){names[i], element_hash(&public)};
	}
	return (struct tags_body){.number = number,
	                          .threshold = QUORUM,
	                          .public = element_hash(&whole),
	                          .holders = {holders, HOLDERS}};
}

/* Proposed by one officer, and in force by the second. */
static struct hash tags_put(struct world *w, const struct tags_body *body)
{
	struct hash id;
	struct err e;
	world_must(w, KIND_TAGS, body, &w->officers[0], &id);
	bool approved = world_approve(w, &id, 1, &e);
	assert(approved);
	return id;
}

static struct hash tags_begin(struct world *w)
{
	struct tags_body body = tags_of(w, 1, 1);
	return tags_put(w, &body);
}

static bool tags_do(struct world *w, const struct tags_body *body, struct err *e)
{
	return DO(KIND_TAGS, body, &w->officers[0]);
}

static bool tags_first_number(struct world *w, bool broken, struct err *e)
{
	struct tags_body body = tags_of(w, 1, broken ? 2 : 1);
	return tags_do(w, &body, e);
}

static bool tags_next_number(struct world *w, bool broken, struct err *e)
{
	tags_begin(w);
	struct tags_body body = tags_of(w, 1, broken ? 1 : 2);
	body.has_protected = true;
	body.protected = (struct protected_persons){sha256(bytes_text("list")), 3};
	return tags_do(w, &body, e);
}

static bool tags_threshold_of_one(struct world *w, bool broken, struct err *e)
{
	struct tags_body body = tags_of(w, 1, 1);
	body.threshold = broken ? 1 : 2;
	return tags_do(w, &body, e);
}

static bool tags_threshold_of_more_than_all(struct world *w, bool broken, struct err *e)
{
	struct tags_body body = tags_of(w, 1, 1);
	body.threshold = broken ? HOLDERS + 1 : QUORUM;
	return tags_do(w, &body, e);
}

static bool tags_holder_twice(struct world *w, bool broken, struct err *e)
{
	struct tags_body body = tags_of(w, 1, 1);
	struct tag_holder *holders = body.holders.at;
	if (broken)
		holders[2].name = holders[0].name;
	return tags_do(w, &body, e);
}

static bool tags_share_twice(struct world *w, bool broken, struct err *e)
{
	struct tags_body body = tags_of(w, 1, 1);
	struct tag_holder *holders = body.holders.at;
	if (broken)
		holders[2].public = holders[0].public;
	return tags_do(w, &body, e);
}

static bool tags_another_key(struct world *w, bool broken, struct err *e)
{
	tags_begin(w);
	struct tags_body body = tags_of(w, broken ? 2 : 1, 2);
	return tags_do(w, &body, e);
}

/* A holder that was slipped in: its share is of another key. */
static bool tags_foreign_share(struct world *w, bool broken, struct err *e)
{
	struct tags_body body = tags_of(w, 1, 1), other = tags_of(w, 2, 1);
	struct tag_holder *holders = body.holders.at, *others = other.holders.at;
	if (broken)
		holders[2].public = others[2].public;
	return tags_do(w, &body, e);
}

/* Shares of a polynomial of higher degree than the threshold says. */
static bool tags_threshold_too_low(struct world *w, bool broken, struct err *e)
{
	struct tags_body body = tags_of(w, 1, 1);
	struct tag_holder *holders = body.holders.at;
	struct oprf_scalar key = tags_key(1);
	struct key_share shares[HOLDERS];
	uint8_t random[OPRF_RANDOM * 2] = {5, 6, 7};
	random[OPRF_RANDOM] = 9;
	split_key(&key, 3, HOLDERS, random, shares);
	for (size_t i = 0; i < HOLDERS; i++) {
		struct oprf_element public = oprf_public(&shares[i].key);
		holders[i].public = element_hash(&public);
	}
	body.threshold = broken ? 2 : 3;
	return tags_do(w, &body, e);
}

static bool tags_whole_no_element(struct world *w, bool broken, struct err *e)
{
	struct tags_body body = tags_of(w, 1, 1);
	if (broken)
		memset(body.public.at, 0xFF, sizeof body.public.at);
	return tags_do(w, &body, e);
}

/* --- Admissions and inquiries -------------------------------------------------------------- */

static struct list blinded_of(struct world *w, size_t count)
{
	struct hash *at = arena_array(&w->arena, count + 1, sizeof *at);
	for (size_t i = 0; i < count; i++) {
		struct oprf_scalar scalar = tags_key((uint8_t)(100 + i));
		struct oprf_element element = oprf_public(&scalar);
		at[i] = element_hash(&element);
	}
	return (struct list){at, count};
}

static void limit_subjects(struct world *w, const char *scope)
{
	struct measure_body body = world_measure(w, MEASURE_RESTRICT);
	body.scope = world_scope(w, scope);
	world_enforce(w, &body);
}

static bool admit(struct world *w, const struct hash *tags, struct list blinded, struct err *e)
{
	struct admission_body body = {.tags = *tags, .blinded = blinded};
	return DO(KIND_ADMISSION, &body, &w->device);
}

static bool admission_unknown_device(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, "limit.subjects=3");
	struct admission_body body = {.tags = tags_begin(w), .blinded = blinded_of(w, 1)};
	return DO(KIND_ADMISSION, &body, broken ? &w->officers[0] : &w->device);
}

static bool admission_other_issuer(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, "limit.subjects=3");
	struct secret_key device = w->device;
	if (broken)
		strcpy(device.public.name, "another-name");
	struct admission_body body = {.tags = tags_begin(w), .blinded = blinded_of(w, 1)};
	return DO(KIND_ADMISSION, &body, &device);
}

static bool admission_bad_signature(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, "limit.subjects=3");
	struct admission_body body = {.tags = tags_begin(w), .blinded = blinded_of(w, 1)};
	struct bytes record = world_record(w, KIND_ADMISSION, &body, &w->device);
	uint8_t *at = arena_alloc(&w->arena, record.len);
	memcpy(at, record.at, record.len);
	at[record.len - 1] ^= broken;
	return world_submit(w, bytes_of(at, record.len), NULL, e);
}

static bool admission_older_tags(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, "limit.subjects=3");
	struct tags_body body = tags_of(w, 1, 2);
	struct hash first = tags_begin(w), second = tags_put(w, &body);
	return admit(w, broken ? &first : &second, blinded_of(w, 1), e);
}

/* One officer alone puts no key in force. */
static bool admission_by_proposed_tags(struct world *w, bool broken, struct err *e)
{
	struct tags_body body = tags_of(w, 1, 1);
	struct hash id;
	limit_subjects(w, "limit.subjects=3");
	world_must(w, KIND_TAGS, &body, &w->officers[0], &id);
	if (!broken && !world_approve(w, &id, 1, e))
		return false;
	return admit(w, &id, blinded_of(w, 1), e);
}

/* Of two proposals of one number the first that is agreed to stands. */
static bool approval_of_tags_too_late(struct world *w, bool broken, struct err *e)
{
	struct tags_body one = tags_of(w, 1, 1), other = one;
	struct hash first, second;
	other.has_protected = true;
	other.protected = (struct protected_persons){sha256(bytes_text("list")), 3};
	world_must(w, KIND_TAGS, &one, &w->officers[0], &first);
	world_must(w, KIND_TAGS, &other, &w->officers[0], &second);
	return (!broken || world_approve(w, &first, 1, e)) && world_approve(w, &second, 1, e);
}

static bool approval_of_tags_twice(struct world *w, bool broken, struct err *e)
{
	struct tags_body body = tags_of(w, 1, 1);
	struct hash id;
	world_must(w, KIND_TAGS, &body, &w->officers[0], &id);
	return world_approve(w, &id, broken ? 0 : 1, e);
}

static bool admission_without_tags(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, "limit.subjects=3");
	struct hash none = {0};
	if (!broken)
		none = tags_begin(w);
	return admit(w, &none, blinded_of(w, 1), e);
}

static bool admission_of_nobody(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, "limit.subjects=3");
	struct hash tags = tags_begin(w);
	return admit(w, &tags, blinded_of(w, broken ? 0 : 1), e);
}

static bool admission_not_an_element(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, "limit.subjects=3");
	struct hash tags = tags_begin(w);
	struct list blinded = blinded_of(w, 2);
	struct hash *at = blinded.at;
	if (broken)
		memset(&at[1], 0, sizeof at[1]); /* the identity */
	return admit(w, &tags, blinded, e);
}

static bool admission_when_disconnected(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, "limit.subjects=3");
	struct measure_body measure = world_measure(w, MEASURE_DISCONNECT);
	if (broken)
		world_enforce(w, &measure);
	struct hash tags = tags_begin(w);
	return admit(w, &tags, blinded_of(w, 1), e);
}

static bool admission_without_limit(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, broken ? "limit.uses-per-day=3" : "limit.subjects=3");
	struct hash tags = tags_begin(w);
	return admit(w, &tags, blinded_of(w, 1), e);
}

static bool admission_over_limit(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, "limit.subjects=3");
	struct hash tags = tags_begin(w);
	return admit(w, &tags, blinded_of(w, 2), e) &&
	       admit(w, &tags, blinded_of(w, broken ? 2 : 1), e);
}

/* Limits lowered by a measure count what was admitted before. */
static bool admission_over_lowered_limit(struct world *w, bool broken, struct err *e)
{
	limit_subjects(w, "limit.subjects=3");
	struct hash tags = tags_begin(w);
	if (!admit(w, &tags, blinded_of(w, 2), e))
		return false;
	limit_subjects(w, broken ? "limit.subjects=1" : "limit.subjects=3");
	return admit(w, &tags, blinded_of(w, 1), e);
}

static bool inquiry_by(struct world *w, const struct hash *tags, const struct secret_key *key,
                       struct err *e)
{
	struct inquiry_body body = {
	    .tags = *tags, .blinded = blinded_of(w, 1), .reason = "A complaint"};
	return DO(KIND_INQUIRY, &body, key);
}

static bool inquiry_without_tags(struct world *w, bool broken, struct err *e)
{
	struct hash none = {0};
	if (!broken)
		none = tags_begin(w);
	return inquiry_by(w, &none, &w->auditor, e);
}

static bool inquiry_by_an_end_user(struct world *w, bool broken, struct err *e)
{
	struct hash tags = tags_begin(w);
	return inquiry_by(w, &tags, broken ? &w->end_user : &w->officers[1], e);
}

/* --- Leases ---------------------------------------------------------------------------------- */

static bool lease_names_tags(struct world *w, bool broken, struct err *e)
{
	struct hash tags = tags_begin(w);
	struct lease_body body = world_lease(w);
	body.has_tags = !broken;
	body.tags = tags;
	return DO(KIND_LEASE, &body, NULL);
}

static bool lease_names_no_tags(struct world *w, bool broken, struct err *e)
{
	struct lease_body body = world_lease(w);
	body.has_tags = broken;
	body.tags = sha256(bytes_text("tags"));
	return DO(KIND_LEASE, &body, NULL);
}

static bool lease_names_older_tags(struct world *w, bool broken, struct err *e)
{
	struct tags_body next = tags_of(w, 1, 2);
	struct hash first = tags_begin(w), second = tags_put(w, &next);
	struct lease_body body = world_lease(w);
	body.has_tags = true;
	body.tags = broken ? first : second;
	return DO(KIND_LEASE, &body, NULL);
}

#endif

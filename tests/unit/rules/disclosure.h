/* Cases of rules_test.c: confidential values released and erased. The record is the world's report.
 */
#ifndef PROVISO_TEST_RULES_DISCLOSURE_H
#define PROVISO_TEST_RULES_DISCLOSURE_H

#include "case.h"

static struct disclosure_body disclosure_of(struct world *w, const char *path)
{
	const char **paths = arena_array(&w->arena, 1, sizeof *paths);
	paths[0] = path;
	return (struct disclosure_body){.record = w->report, .fields = {paths, 1}};
}

static bool release_to(struct world *w, const struct secret_key *reader, struct err *e)
{
	struct disclosure_body body = disclosure_of(w, "subject");
	body.has_to = true;
	body.to = key_id(&reader->public);
	return DO(KIND_DISCLOSURE, &body, NULL);
}

static bool erase_field(struct world *w, const char *path, struct err *e)
{
	struct disclosure_body body = disclosure_of(w, path);
	body.action = DISCLOSURE_ERASED;
	body.has_reason = true;
	body.reason = "The person asked for it.";
	return DO(KIND_DISCLOSURE, &body, NULL);
}

static bool disclosure_record_unknown(struct world *w, bool broken, struct err *e)
{
	w->report.at[0] ^= broken;
	return release_to(w, &w->officers[0], e);
}

static bool disclosure_no_such_field(struct world *w, bool broken, struct err *e)
{
	return erase_field(w, broken ? "allegation" : "reporter", e);
}

static bool disclosure_of_no_field(struct world *w, bool broken, struct err *e)
{
	struct disclosure_body body = disclosure_of(w, "subject");
	body.has_to = true;
	body.to = key_id(&w->officers[0].public);
	body.fields.count = !broken;
	return DO(KIND_DISCLOSURE, &body, NULL);
}

/* Fields of another record: a finding has none. */
static bool disclosure_of_a_finding(struct world *w, bool broken, struct err *e)
{
	if (broken)
		w->report = w->finding;
	return release_to(w, &w->officers[0], e);
}

static bool released_after_erasure(struct world *w, bool broken, struct err *e)
{
	return erase_field(w, broken ? "subject" : "reporter", e) &&
	       release_to(w, &w->officers[0], e);
}

static bool erased_twice(struct world *w, bool broken, struct err *e)
{
	return erase_field(w, "subject", e) && erase_field(w, broken ? "subject" : "reporter", e);
}

static bool release_says_to_whom(struct world *w, bool broken, struct err *e)
{
	struct disclosure_body body = disclosure_of(w, "subject");
	body.has_to = !broken;
	body.to = key_id(&w->officers[0].public);
	return DO(KIND_DISCLOSURE, &body, NULL);
}

static bool erasure_says_why(struct world *w, bool broken, struct err *e)
{
	struct disclosure_body body = disclosure_of(w, "subject");
	body.action = DISCLOSURE_ERASED;
	body.has_reason = !broken;
	body.reason = "The person asked for it.";
	return DO(KIND_DISCLOSURE, &body, NULL);
}

static bool erasure_says_no_reader(struct world *w, bool broken, struct err *e)
{
	struct disclosure_body body = disclosure_of(w, "subject");
	body.action = DISCLOSURE_ERASED;
	body.has_reason = true;
	body.reason = "The person asked for it.";
	body.has_to = broken;
	return DO(KIND_DISCLOSURE, &body, NULL);
}

static bool disclosure_key_unknown(struct world *w, bool broken, struct err *e)
{
	return release_to(w, broken ? &w->device : &w->officers[1], e);
}

static bool disclosure_key_ended(struct world *w, bool broken, struct err *e)
{
	struct key_body body = world_key_body(ROLE_OFFICER, &w->officers[2]);
	body.has_public_key = false;
	body.has_replaces = true;
	body.replaces = w->officer_keys[2];
	body.has_reason = true;
	body.reason = "lost";
	if (broken)
		world_must(w, KIND_KEY, &body, &w->authority, NULL);
	return release_to(w, &w->officers[2], e);
}

static bool disclosure_key_expired(struct world *w, bool broken, struct err *e)
{
	struct hash id;
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_key_body(ROLE_OFFICER, &key);
	body.has_valid_until = true;
	body.valid_until = w->now + 3600;
	world_must(w, KIND_KEY, &body, &w->authority, &id);
	w->now += broken ? 3600 : 60;
	return release_to(w, &key, e);
}

/* The auditor reports in this world: he reads what is his, and the accused does not. */
static bool disclosure_to_the_accused(struct world *w, bool broken, struct err *e)
{
	return release_to(w, broken ? &w->end_user : &w->auditor, e);
}

static bool disclosure_to_the_exporter(struct world *w, bool broken, struct err *e)
{
	return release_to(w, broken ? &w->exporter : &w->officers[0], e);
}

#endif

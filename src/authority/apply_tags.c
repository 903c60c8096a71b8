/*
 * Subject tags: the key that is shared, and who asks for evaluations by it. Each request is on
 * the log before a holder of a share answers it, and counts here; doc/subject-tags.md.
 */
#include "base/oprf.h"
#include "judge.h"

_Static_assert((int)TAG_HOLDERS == (int)OPRF_SHARES, "a share for each holder");
_Static_assert((int)HASH_SIZE == (int)OPRF_SIZE, "elements stand in fields of 32 bytes");

static struct oprf_element element_of(const struct hash *at)
{
	struct oprf_element out;
	memcpy(out.at, at->at, OPRF_SIZE);
	return out;
}

/* --- The key ---------------------------------------------------------------------------- */

static bool judge_holders(struct judge *j, const struct tags_body *body)
{
	const struct tag_holder *holders = body->holders.at;
	if (body->threshold < 2 || body->threshold > body->holders.count)
		return err_refused(j->e, "tags.threshold",
		                   "%llu of %zu holders are to answer for a tag",
		                   (unsigned long long)body->threshold, body->holders.count);
	for (size_t i = 0; i < body->holders.count; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(holders[i].name, holders[k].name) == 0 ||
			    hash_equal(&holders[i].public, &holders[k].public))
				return err_refused(
				    j->e, "tags.holder-twice",
				    "holders %zu and %zu have the same name or share", k + 1,
				    i + 1);
	return true;
}

/*
 * The first t - 1 shares and any other one give the same whole key: then all lie on the
 * polynomial of the first t, and every quorum evaluates alike.
 */
static bool judge_shares(struct judge *j, const struct tags_body *body)
{
	const struct tag_holder *holders = body->holders.at;
	struct oprf_element whole = element_of(&body->public), given[OPRF_SHARES], combined;
	uint8_t index[OPRF_SHARES];
	size_t before = (size_t)body->threshold - 1;
	struct err why = {0};
	if (!oprf_element_check(&whole, "the whole key", &why))
		return err_refused(j->e, "tags.shares-differ", "%s", why.text);
	for (size_t i = 0; i < before; i++) {
		given[i] = element_of(&holders[i].public);
		index[i] = (uint8_t)(i + 1);
	}
	for (size_t last = before; last < body->holders.count; last++) {
		given[before] = element_of(&holders[last].public);
		index[before] = (uint8_t)(last + 1);
		if (!oprf_combine(index, given, before + 1, &combined, &why) ||
		    memcmp(combined.at, whole.at, OPRF_SIZE) != 0)
			return err_refused(j->e, "tags.shares-differ",
			                   "the share of %.200s is not of the key",
			                   holders[last].name);
	}
	return true;
}

/* What is in force; number 0 where nothing is yet. */
static bool tags_now(struct judge *j, union record_body *out)
{
	bool found;
	*out = (union record_body){0};
	return !log_has_tags(&j->log) || judge_body(j, &j->log.tags, KIND_TAGS, out, &found);
}

/* Two officers at least, where there are two, stand behind key and list. */
static bool begin_tags(struct judge *j)
{
	const struct tags_body *body = &j->record->body.tags;
	struct tags_entry entry = {.proposer = j->signer.holder, .number = body->number};
	entry.done = officers_needed_for_two(&j->authority) <= 1;
	if (entry.done)
		j->tags = j->record->id;
	return judge_put(j, ENTRY_TAGS, "tags/", &j->record->id, &entry);
}

bool approve_tags(struct judge *j, const struct hash *id, struct tags_entry *entry)
{
	union record_body last;
	uint64_t in_favour;
	if (!tags_now(j, &last))
		return false;
	if (entry->done || entry->number != last.tags.number + 1)
		return err_refused(j->e, "approval.closed",
		                   "no. %llu of the key of tags is in force already",
		                   (unsigned long long)last.tags.number);
	if (!judge_not_twice(j, id, entry->proposer) ||
	    !judge_in_favour(j, id, entry->proposer, &in_favour))
		return false;
	if (in_favour < officers_needed_for_two(&j->authority))
		return true;
	entry->done = 1;
	j->tags = *id;
	return judge_put(j, ENTRY_TAGS, "tags/", id, entry);
}

bool judge_tags(struct judge *j)
{
	const struct tags_body *body = &j->record->body.tags;
	union record_body last;
	bool has = log_has_tags(&j->log);
	if (!tags_now(j, &last))
		return false;
	if (body->number != last.tags.number + 1)
		return err_refused(j->e, "tags.number", "no. %llu follows no. %llu",
		                   (unsigned long long)body->number,
		                   (unsigned long long)last.tags.number);
	if (!judge_holders(j, body))
		return false;
	if (has && !hash_equal(&body->public, &last.tags.public))
		return err_refused(
		    j->e, "tags.another-key",
		    "tags by another key could not be compared with those in the use logs");
	return judge_shares(j, body) && begin_tags(j);
}

/* --- Who asks ---------------------------------------------------------------------------- */

bool judge_device_signer(struct judge *j)
{
	const struct record *r = j->record;
	struct device_entry device;
	struct system_entry system;
	bool found;
	if (!device_get(j->state, j->arena, &r->cose.kid, &device, &found, j->e))
		return false;
	if (!found)
		return err_refused(j->e, "admission.unknown-device",
		                   "no device %s is enrolled here",
		                   short_id(j->arena, &r->cose.kid));
	if (!judge_get(j, ENTRY_SYSTEM, "system/", &device.system, &system, &found))
		return false;
	if (strcmp(r->claims.issuer, system.device.name) != 0)
		return err_refused(j->e, "record.other-issuer",
		                   "it claims to be of %s; the key is %s's", r->claims.issuer,
		                   system.device.name);
	if (!cose_verify(&r->cose, &device.key, j->e))
		return err_refused(j->e, "record.bad-signature",
		                   "the signature is not by the device of system %s",
		                   short_id(j->arena, &device.system));
	j->asking = device.system;
	return true;
}

static bool judge_blinded(struct judge *j, const struct hash *tags, const struct list *blinded)
{
	const struct hash *at = blinded->at;
	struct err why = {0};
	if (!log_has_tags(&j->log) || !hash_equal(tags, &j->log.tags))
		return err_refused(j->e, "tags.not-in-force", "record %s of tags is not in force",
		                   short_id(j->arena, tags));
	if (blinded->count == 0)
		return err_refused(j->e, "tags.nothing-asked", "it asks for no tag");
	for (size_t i = 0; i < blinded->count; i++) {
		struct oprf_element element = element_of(&at[i]);
		if (!oprf_element_check(&element, "what is blinded", &why))
			return err_refused(j->e, "tags.not-an-element", "no. %zu: %s", i + 1,
			                   why.text);
	}
	return true;
}

static uint64_t limit_of_subjects(const struct scope *scope)
{
	for (size_t i = 0; i < scope->limit_count; i++)
		if (strcmp(scope->limits[i].name, "subjects") == 0)
			return scope->limits[i].maximum;
	return 0;
}

/* Subjects admitted so far by all systems of a licence. */
static bool admitted_get(struct judge *j, struct bytes key, uint64_t *out)
{
	struct bytes value = {0};
	if (!j->state->get(j->state->ctx, key, j->arena, &value, j->e))
		return false;
	struct reader r = reader_of(value);
	*out = value.at == NULL ? 0 : read_u64be(&r);
	return !r.bad || err_environment(j->e, "the state holds a damaged entry: admitted");
}

bool judge_admission(struct judge *j)
{
	const struct admission_body *body = &j->record->body.admission;
	struct bound bound;
	uint64_t admitted;
	if (!judge_blinded(j, &body->tags, &body->blinded) ||
	    !bound_now(j->state, &j->asking, j->now, j->arena, NULL, &bound, j->e))
		return false;
	if (bound.scope->none || j->now >= bound.scope->until)
		return err_refused(j->e, "admission.nothing-in-force",
		                   "nothing is in force for the system");
	uint64_t limit = limit_of_subjects(bound.scope);
	struct bytes key = key_hash(j->arena, "admitted/", &bound.licence);
	if (limit == 0)
		return err_refused(
		    j->e, "admission.no-limit",
		    "the scope in force has no limit.subjects: tags could be tried without end");
	if (!admitted_get(j, key, &admitted))
		return false;
	if (admitted > limit || body->blinded.count > limit - admitted)
		return err_refused(j->e, "admission.over-limit",
		                   "%llu subjects are admitted under the licence and %zu more "
		                   "asked for; %llu are the limit",
		                   (unsigned long long)admitted, body->blinded.count,
		                   (unsigned long long)limit);
	struct buffer count = {.arena = j->arena};
	buffer_u64be(&count, admitted + body->blinded.count);
	change_put(j->out, key, buffer_view(&count));
	return true;
}

bool judge_inquiry(struct judge *j)
{
	const struct inquiry_body *body = &j->record->body.inquiry;
	return judge_blinded(j, &body->tags, &body->blinded);
}

/*
 * apply: what every record must keep, whatever its kind; then its kind's own rules.
 */
#include <assert.h>

#include "base/instant.h"
#include "judge.h"

#define ONE(role) (1u << (role))

/* Who may sign a kind, and what it touches. */
static const struct {
	bool (*judge)(struct judge *);
	unsigned roles;
	/*
	 * It can change the scope in force for a system that is already enrolled. No other kind
	 * writes an entry that bound_now() reads of such a system, but where it says so itself
	 * (judge.moves_scopes).
	 */
	bool moves_scopes;
	bool is_kept; /* under record/ID, to be referred to */
} kinds[KIND_COUNT] = {
    [KIND_KEY] = {judge_key,
                  ONE(ROLE_AUTHORITY) | ONE(ROLE_OFFICER) | ONE(ROLE_EXPORTER) |
                      ONE(ROLE_END_USER) | ONE(ROLE_AUDITOR) | ONE(ROLE_ADVISER),
                  false, true},
    [KIND_DEFINITIONS] = {judge_definitions, ONE(ROLE_OFFICER), true, true},
    [KIND_DECLARATION] = {judge_declaration, ONE(ROLE_END_USER), true, true},
    [KIND_APPLICATION] = {judge_application, ONE(ROLE_EXPORTER), false, true},
    [KIND_DECISION] = {judge_decision, ONE(ROLE_OFFICER), false, true},
    [KIND_LICENCE] = {judge_licence, ONE(ROLE_OFFICER), false, true},
    [KIND_SURRENDER] = {judge_surrender, ONE(ROLE_EXPORTER) | ONE(ROLE_END_USER), true, true},
    [KIND_ENROLMENT] = {judge_enrolment, ONE(ROLE_EXPORTER) | ONE(ROLE_OFFICER), false, true},
    [KIND_LEASE] = {judge_lease, 0, false, false},
    [KIND_REFUSAL] = {judge_refusal, 0, false, false},
    [KIND_REPORT] = {judge_report,
                     ONE(ROLE_OFFICER) | ONE(ROLE_EXPORTER) | ONE(ROLE_END_USER) |
                         ONE(ROLE_AUDITOR),
                     false, true},
    [KIND_FINDING] = {judge_finding, ONE(ROLE_OFFICER), false, true},
    [KIND_MEASURE] = {judge_measure, ONE(ROLE_OFFICER), true, true},
    [KIND_APPROVAL] = {judge_approval, ONE(ROLE_OFFICER), true, true},
    [KIND_LIFT] = {judge_lift, ONE(ROLE_OFFICER), true, true},
    [KIND_LISTING] = {judge_listing, 0, false, true},
    [KIND_SCREENING] = {judge_screening, 0, false, true},
    [KIND_CLEARANCE] = {judge_clearance, ONE(ROLE_OFFICER), false, true},
    [KIND_TAGS] = {judge_tags, ONE(ROLE_OFFICER), false, true},
    [KIND_ADMISSION] = {judge_admission, 0, false, true}, /* signed by a device */
    [KIND_DISCLOSURE] = {judge_disclosure, 0, false, true},
    [KIND_ADVICE] = {judge_advice, ONE(ROLE_ADVISER), false, true},
    [KIND_INQUIRY] = {judge_inquiry, ONE(ROLE_OFFICER) | ONE(ROLE_AUDITOR), false, true},
};

static const char *const role_names[] = {"authority", "officer", "exporter", "end user",
                                         "auditor",   "adviser", "inbox",    "witnesses"};

const char *short_id(struct arena *arena, const struct hash *id)
{
	return hex_encode(arena, bytes_of(id->at, 4));
}

bool judge_get(struct judge *j, enum entry_kind kind, const char *prefix, const struct hash *id,
               void *out, bool *found)
{
	return entry_get(j->state, j->arena, kind, key_hash(j->arena, prefix, id), out, found,
	                 j->e);
}

bool judge_put(struct judge *j, enum entry_kind kind, const char *prefix, const struct hash *id,
               const void *entry)
{
	return entry_put(j->out, kind, key_hash(j->arena, prefix, id), entry, j->e);
}

bool judge_body(struct judge *j, const struct hash *id, enum record_kind kind,
                union record_body *out, bool *found)
{
	return entry_body(j->state, j->arena, kind, id, out, found, j->e);
}

bool judge_within(struct judge *j, const char *rule, const char *what, const struct scope *wide,
                  const struct scope *narrow)
{
	enum scope_dimension which;
	const char *why;
	if (scope_includes_why(j->arena, wide, narrow, &which, &why))
		return true;
	return err_refused(j->e, rule, "its scope goes beyond %s: %s", what, why);
}

bool judge_party(struct judge *j, const struct party *party, const char *rule_signatory,
                 const char *rule_country)
{
	if (strcmp(party->name, j->signer.holder) != 0)
		return err_refused(j->e, rule_signatory, "it speaks for %s and is signed by %s",
		                   party->name, j->signer.holder);
	if (j->signer.has_country && strcmp(party->country, j->signer.country) != 0)
		return err_refused(j->e, rule_country,
		                   "it says %s is of %s; its key is registered for %s", party->name,
		                   party->country, j->signer.country);
	return true;
}

bool state_time(const struct state *state, const struct record *record, int64_t *now, struct err *e)
{
	owned_arena arena = {0};
	struct log_entry log;
	if (!log_get(state, &arena, &log, e))
		return false;
	bool is_later = log.size == 0 || record->claims.issued_at > log.time;
	*now = is_later ? record->claims.issued_at : log.time;
	return true;
}

/* --- What every record must keep ------------------------------------------------------- */

static bool is_signed_by(const struct record *r, const struct key_entry *key, struct err *e)
{
	struct passkey by = {.key = key->public};
	if (key->has_rp_id) {
		assert(key->has_origin);
		by.rp_id = key->rp_id;
		by.origin = key->origin;
	}
	return record_verify(r, &by, e);
}

bool key_expired(const char *holder, int64_t until, struct err *e)
{
	char text[INSTANT_TEXT + 1];
	instant_format(until, text);
	return err_refused(e, "record.key-expired", "the key of %s was good until %s", holder,
	                   text);
}

static bool judge_signer(struct judge *j)
{
	const struct record *r = j->record;
	bool found;
	if (!authority_at(j->state, j->arena, j->now, &j->authority, &found, j->e))
		return false;
	assert(found);
	if (!judge_get(j, ENTRY_KEY, "key/", &r->cose.kid, &j->signer, &found))
		return false;
	if (!found)
		return err_refused(j->e, "record.unknown-signer", "no key %s is registered here",
		                   short_id(j->arena, &r->cose.kid));
	if (j->signer.has_ended)
		return err_refused(j->e, "record.key-ended", "the key of %s was ended by record %s",
		                   j->signer.holder, short_id(j->arena, &j->signer.ended));
	if (j->signer.has_until && j->signer.until <= j->now)
		return key_expired(j->signer.holder, j->signer.until, j->e);
	if (strcmp(r->claims.issuer, j->signer.public.name) != 0)
		return err_refused(j->e, "record.other-issuer",
		                   "it claims to be of %s; the key is %s's", r->claims.issuer,
		                   j->signer.public.name);
	if ((kinds[r->kind].roles & ONE(j->signer.role)) == 0)
		return err_refused(
		    j->e, "record.wrong-role", "the %s %s may not sign a record of kind %s",
		    role_names[j->signer.role], j->signer.holder, record_kind(r->kind)->name);
	if (!is_signed_by(r, &j->signer, j->e))
		return err_refused(j->e, "record.bad-signature",
		                   "the signature is not by the key of %s", j->signer.holder);
	return true;
}

/* From now on the authority's key alone makes nobody an officer whom gates follow. */
static bool found(struct judge *j)
{
	bool is;
	if (j->signer.role != ROLE_OFFICER)
		return true;
	if (!judge_founded(j, &is))
		return false;
	if (!is)
		change_mark(j->out, bytes_text("founded"));
	return true;
}

static bool judge_keeper(struct judge *j)
{
	if (j->record->claims.issued_at < j->log.time)
		return err_refused(j->e, "entry.time-goes-back",
		                   "the keeper's entry is %lld s older than the log",
		                   (long long)(j->log.time - j->record->claims.issued_at));
	return true;
}

bool is_made_here(const struct log_entry *log, const struct record *r, struct err *e)
{
	if (bytes_equal(bytes_text(r->claims.subject), log->origin))
		return true;
	return err_refused(e, "record.other-authority", "it is made to %s; this log is %.*s",
	                   r->claims.subject, (int)log->origin.len, (const char *)log->origin.at);
}

static bool judge_any(struct judge *j)
{
	const struct record *r = j->record;
	bool found;
	if (!is_made_here(&j->log, r, j->e))
		return false;
	if (kinds[r->kind].is_kept) {
		if (!state_has(j->state, j->arena, key_hash(j->arena, "record/", &r->id), &found,
		               j->e))
			return false;
		if (found)
			return err_refused(j->e, "record.duplicate",
			                   "record %s is on the log already",
			                   short_id(j->arena, &r->id));
	}
	if (r->kind == KIND_ADMISSION)
		return judge_device_signer(j);
	return record_kind(r->kind)->is_signed ? judge_signer(j) : judge_keeper(j);
}

static bool keep_record(struct judge *j)
{
	const struct record *r = j->record;
	struct record_entry entry = {.kind = r->kind, .index = j->index, .at = j->now};
	if (record_kind(r->kind)->is_signed) {
		entry.has_kid = true;
		entry.kid = r->cose.kid;
		entry.payload = r->cose.payload;
	} else if (!record_payload(j->arena, r->kind, &r->body, &entry.payload, j->e)) {
		return false;
	}
	return judge_put(j, ENTRY_RECORD, "record/", &r->id, &entry);
}

static bool judge_all(struct judge *j)
{
	if (j->record->kind == KIND_RENEWAL)
		return err_refused(j->e, "record.not-for-the-log",
		                   "a request for a lease is answered, "
		                   "not kept");
	if (j->log.size > 0 ? !judge_any(j) || !kinds[j->record->kind].judge(j) : !judge_first(j))
		return false;
	return found(j) && (!kinds[j->record->kind].is_kept || keep_record(j));
}

bool apply(const struct state *state, const struct record *record, uint64_t index, int64_t now,
           struct changes *out, struct err *e)
{
	assert(out->arena != NULL);
	struct changes mine = {.arena = out->arena};
	struct judge j = {
	    .state = state,
	    .arena = out->arena,
	    .out = &mine,
	    .record = record,
	    .index = index,
	    .now = now,
	    .e = e,
	};
	if (!log_get(state, j.arena, &j.log, e))
		return false;
	j.tags = j.log.tags;
	if (!judge_all(&j)) {
		assert(e->kind != ERR_REFUSED || rule_is_listed(e->rule));
		return false;
	}
	log_put(&mine,
	        &(struct log_entry){
	            .time = now,
	            .generation =
	                j.log.generation +
	                (j.log.size == 0 || kinds[record->kind].moves_scopes || j.moves_scopes),
	            .size = index + 1,
	            .tags = j.tags,
	            .origin = j.log.size == 0 ? bytes_text(record->claims.subject) : j.log.origin,
	        });
	changes_append(out, &mine);
	return true;
}

/* From an application to a licence and the systems under it. */
#include "base/instant.h"
#include "judge.h"

enum { LEASE_SECONDS_MAX = 30 * DAY_SECONDS };

/* --- Applications ------------------------------------------------------------------------- */

static const struct scope *item_scope(struct arena *arena, const struct item *item)
{
	return scope_of_set(arena, SCOPE_CAPABILITY, item->capabilities.at,
	                    item->capabilities.count);
}

/* A hit is known by its party's role, so nobody else is called what those of the licence are. */
static bool judge_others(struct judge *j, const struct list *parties)
{
	static const char *const taken[] = {"exporter", "end-user", "signatory"};
	const struct other_party *others = parties->at;
	if (parties->count > OTHER_PARTIES)
		return err_refused(j->e, "application.parties",
		                   "it names %zu other parties; at most %d are screened",
		                   parties->count, OTHER_PARTIES);
	for (size_t i = 0; i < parties->count; i++)
		for (size_t k = 0; k < sizeof taken / sizeof *taken; k++)
			if (strcmp(others[i].role, taken[k]) == 0)
				return err_refused(j->e, "application.parties",
				                   "%s is not the role of another party", taken[k]);
	return true;
}

bool judge_application(struct judge *j)
{
	const struct application_body *body = &j->record->body.application;
	if (!judge_party(j, &body->exporter, "application.not-signatory", "application.country"))
		return false;
	if (body->item.capabilities.count == 0)
		return err_refused(j->e, "application.no-capability", "the item has no capability");
	if (body->quantity == 0)
		return err_refused(j->e, "application.quantity", "it asks for no system");
	if (body->scope->none)
		return err_refused(j->e, "application.empty", "it asks for nothing");
	if (!judge_others(j, &body->parties))
		return false;
	if (!judge_within(j, "application.widens", "what the item can do",
	                  item_scope(j->arena, &body->item), body->scope))
		return false;
	struct application_entry entry = {
	    .exporter = body->exporter.name,
	    .end_user = body->end_user.name,
	    .stage = APPLICATION_OPEN,
	};
	return judge_put(j, ENTRY_APPLICATION, "application/", &j->record->id, &entry);
}

bool judge_has_application(struct judge *j, const struct hash *id, const char *rule,
                           struct application_entry *out)
{
	bool found;
	if (!judge_get(j, ENTRY_APPLICATION, "application/", id, out, &found))
		return false;
	return found ||
	       err_refused(j->e, rule, "there is no application %s", short_id(j->arena, id));
}

bool judge_decision(struct judge *j)
{
	const struct decision_body *body = &j->record->body.decision;
	struct application_entry application;
	if (!judge_has_application(j, &body->application, "decision.application-unknown",
	                           &application))
		return false;
	if (application.stage != APPLICATION_OPEN)
		return err_refused(j->e, "decision.already-decided", "it was decided by %s",
		                   short_id(j->arena, &application.decision));
	if ((body->outcome == DECISION_APPROVE_WITH_PROVISOS) != (body->provisos.count > 0))
		return err_refused(
		    j->e, "decision.provisos",
		    "provisos stand in an approval with provisos, one at least, and nowhere else");
	if (body->outcome != DECISION_REFUSE && !application.has_screening)
		return err_refused(j->e, "decision.not-screened",
		                   "its parties were not screened yet");
	if (body->outcome != DECISION_REFUSE &&
	    !judge_not_held(j, &application, "decision.application-held"))
		return false;
	if (!judge_heard(j, &body->application, &body->advice))
		return false;
	application.stage =
	    body->outcome == DECISION_REFUSE ? APPLICATION_REFUSED : APPLICATION_APPROVED;
	application.has_decision = true;
	application.decision = j->record->id;
	return judge_put(j, ENTRY_APPLICATION, "application/", &body->application, &application);
}

/* --- Licences ----------------------------------------------------------------------------- */

struct licensing {
	const struct licence_body *body;
	struct application_entry application;
	union record_body applied;
	struct declaration_entry declaration;
	const struct scope *scope; /* with its valid-until */
};

static bool same_party(const struct party *a, const struct party *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->country, b->country) == 0;
}

static bool judge_against_application(struct judge *j, struct licensing *l)
{
	const struct licence_body *body = l->body;
	bool found;
	if (!judge_has_application(j, &body->application, "licence.application-unknown",
	                           &l->application))
		return false;
	if (l->application.stage != APPLICATION_APPROVED)
		return err_refused(j->e, "licence.not-approved", "application %s is not approved",
		                   short_id(j->arena, &body->application));
	if (!judge_not_held(j, &l->application, "licence.application-held"))
		return false;
	if (!judge_body(j, &body->application, KIND_APPLICATION, &l->applied, &found))
		return false;
	const struct application_body *applied = &l->applied.application;
	if (!same_party(&body->exporter, &applied->exporter) ||
	    !same_party(&body->end_user, &applied->end_user))
		return err_refused(j->e, "licence.parties-differ", "the application is %s's for %s",
		                   applied->exporter.name, applied->end_user.name);
	if (strcmp(body->item.name, applied->item.name) != 0 ||
	    strcmp(body->item.version, applied->item.version) != 0 ||
	    !scope_includes(item_scope(j->arena, &applied->item),
	                    item_scope(j->arena, &body->item)))
		return err_refused(j->e, "licence.item-differs", "the application is for %s %s",
		                   applied->item.name, applied->item.version);
	uint64_t left = applied->quantity - l->application.licensed;
	if (body->quantity == 0 || body->quantity > left)
		return err_refused(j->e, "licence.quantity",
		                   "of %llu systems applied for %llu are left; it is for %llu",
		                   (unsigned long long)applied->quantity, (unsigned long long)left,
		                   (unsigned long long)body->quantity);
	return true;
}

static bool judge_against_declaration(struct judge *j, struct licensing *l)
{
	const struct licence_body *body = l->body;
	struct holder_entry holder;
	bool found;
	if (!judge_get(j, ENTRY_DECLARATION, "declaration/", &body->declaration, &l->declaration,
	               &found))
		return false;
	if (!found)
		return err_refused(j->e, "licence.declaration-unknown",
		                   "there is no declaration %s",
		                   short_id(j->arena, &body->declaration));
	if (strcmp(l->declaration.end_user, body->end_user.name) != 0 ||
	    strcmp(l->declaration.country, body->end_user.country) != 0)
		return err_refused(j->e, "licence.declaration-of-another",
		                   "it is a declaration of %s (%s)", l->declaration.end_user,
		                   l->declaration.country);
	if (!entry_get(j->state, j->arena, ENTRY_HOLDER,
	               key_holder(j->arena, ROLE_END_USER, body->end_user.name), &holder, &found,
	               j->e))
		return false;
	if (!hash_equal(&holder.declaration, &body->declaration))
		return err_refused(j->e, "licence.declaration-replaced", "%s has declared anew: %s",
		                   body->end_user.name, short_id(j->arena, &holder.declaration));
	return true;
}

static bool judge_terms(struct judge *j, struct licensing *l)
{
	const struct licence_body *body = l->body;
	if (body->valid_until <= j->now)
		return err_refused(j->e, "licence.valid-until", "it has ended before it begins");
	if (body->valid_until > l->declaration.valid_until)
		return err_refused(j->e, "licence.outlives-declaration",
		                   "the declaration ends before the licence");
	if (body->lease_seconds == 0 || body->lease_seconds > LEASE_SECONDS_MAX)
		return err_refused(j->e, "licence.lease-seconds", "a lease lasts 1 to %d s",
		                   LEASE_SECONDS_MAX);
	l->scope = scope_meet(j->arena, body->scope, scope_until(j->arena, body->valid_until));
	if (l->scope->none)
		return err_refused(j->e, "licence.empty", "it allows nothing");
	return judge_within(j, "licence.widens", "the item licensed",
	                    item_scope(j->arena, &body->item), l->scope) &&
	       judge_within(j, "licence.widens", "the application", l->applied.application.scope,
	                    l->scope) &&
	       judge_within(j, "licence.widens", "the declaration", l->declaration.bound, l->scope);
}

bool judge_licence(struct judge *j)
{
	struct licensing l = {.body = &j->record->body.licence};
	const struct licence_body *body = l.body;
	const struct hash *id = &j->record->id;
	if (!judge_against_application(j, &l) || !judge_against_declaration(j, &l) ||
	    !judge_terms(j, &l))
		return false;
	struct licence_entry entry = {
	    .application = body->application,
	    .exporter = body->exporter.name,
	    .end_user = body->end_user.name,
	    .country = body->end_user.country,
	    .item = body->item.name,
	    .version = body->item.version,
	    .quantity = body->quantity,
	    .scope = l.scope,
	    .lease_seconds = body->lease_seconds,
	    .valid_until = body->valid_until,
	};
	l.application.licensed += body->quantity;
	change_mark(j->out, key_text(j->arena, "item/", body->item.name));
	change_mark(j->out, key_place(j->arena, "licence-at/", entry.country, entry.end_user, id));
	return judge_put(j, ENTRY_LICENCE, "licence/", id, &entry) &&
	       judge_put(j, ENTRY_APPLICATION, "application/", &body->application, &l.application);
}

bool judge_surrender(struct judge *j)
{
	const struct surrender_body *body = &j->record->body.surrender;
	struct licence_entry licence;
	bool found;
	if (!judge_get(j, ENTRY_LICENCE, "licence/", &body->licence, &licence, &found))
		return false;
	if (!found)
		return err_refused(j->e, "surrender.licence-unknown", "there is no licence %s",
		                   short_id(j->arena, &body->licence));
	const char *party = j->signer.role == ROLE_EXPORTER ? licence.exporter : licence.end_user;
	if (strcmp(party, j->signer.holder) != 0)
		return err_refused(j->e, "surrender.not-entitled", "the licence is %s's, not %s's",
		                   party, j->signer.holder);
	if (licence.has_surrendered || licence.has_revoked)
		return err_refused(j->e, "surrender.already-ended", "the licence was ended by %s",
		                   short_id(j->arena, licence.has_revoked ? &licence.revoked
		                                                          : &licence.surrendered));
	licence.has_surrendered = true;
	licence.surrendered = j->record->id;
	return judge_put(j, ENTRY_LICENCE, "licence/", &body->licence, &licence);
}

/* --- Enrolments ---------------------------------------------------------------------------- */

/* Of the licences named exactly one is on this log; the others are other authorities'. */
static bool find_licence_here(struct judge *j, struct hash *id, struct licence_entry *out)
{
	const struct list *licences = &j->record->body.enrolment.licences;
	size_t here = 0;
	for (size_t i = 0; i < licences->count; i++) {
		const struct hash *candidate = (const struct hash *)licences->at + i;
		struct licence_entry entry;
		bool found;
		if (!judge_get(j, ENTRY_LICENCE, "licence/", candidate, &entry, &found))
			return false;
		if (!found)
			continue;
		here++;
		*id = *candidate;
		*out = entry;
	}
	if (here == 0)
		return err_refused(j->e, "enrolment.licence-unknown",
		                   "it names no licence of this authority");
	if (here > 1)
		return err_refused(j->e, "enrolment.licences-several",
		                   "it names several licences of this authority; a system has one");
	return true;
}

static bool judge_licence_for(struct judge *j, const struct licence_entry *licence)
{
	if (j->signer.role == ROLE_EXPORTER && strcmp(licence->exporter, j->signer.holder) != 0)
		return err_refused(j->e, "enrolment.not-entitled", "the licence is %s's, not %s's",
		                   licence->exporter, j->signer.holder);
	if (licence->has_surrendered || licence->has_revoked || licence->valid_until <= j->now)
		return err_refused(j->e, "enrolment.licence-ended", "the licence is not in force");
	if (licence->enrolled >= licence->quantity)
		return err_refused(j->e, "enrolment.quantity",
		                   "all %llu systems of the licence are enrolled",
		                   (unsigned long long)licence->quantity);
	if (strcmp(licence->version, j->record->body.enrolment.item_version) != 0)
		return err_refused(j->e, "enrolment.item-version", "%s is licensed in version %s",
		                   licence->item, licence->version);
	return true;
}

static bool judge_device(struct judge *j, struct bytes serial_key, const struct hash *device)
{
	bool taken, is_key, is_device;
	if (!state_has(j->state, j->arena, serial_key, &taken, j->e) ||
	    !state_has(j->state, j->arena, key_hash(j->arena, "key/", device), &is_key, j->e) ||
	    !state_has(j->state, j->arena, key_hash(j->arena, "device/", device), &is_device, j->e))
		return false;
	if (taken)
		return err_refused(j->e, "enrolment.serial-taken", "serial %s is enrolled already",
		                   j->record->body.enrolment.serial);
	if (is_key || is_device)
		return err_refused(j->e, "enrolment.device-key-taken",
		                   "the device key is another system's, or a person's");
	return true;
}

bool judge_enrolment(struct judge *j)
{
	const struct enrolment_body *body = &j->record->body.enrolment;
	const struct hash *id = &j->record->id;
	struct hash licence_id, device = key_id(&body->device_key);
	struct licence_entry licence;
	if (!find_licence_here(j, &licence_id, &licence) || !judge_licence_for(j, &licence) ||
	    !judge_demands(j, body))
		return false;
	struct buffer serial = {.arena = j->arena};
	buffer_bytes(&serial, key_pair(j->arena, "serial/", licence.item, NULL));
	buffer_text(&serial, body->serial);
	struct bytes serial_key = buffer_view(&serial);
	if (!judge_device(j, serial_key, &device))
		return false;

	struct system_entry system = {
	    .licence = licence_id,
	    .exporter = licence.exporter,
	    .end_user = licence.end_user,
	    .country = licence.country,
	    .item = licence.item,
	    .serial = body->serial,
	    .device = body->device_key,
	};
	struct lease_entry none_yet = {.device = device};
	licence.enrolled++;
	struct bytes id_copy = bytes_copy(j->arena, hash_bytes(id));
	struct buffer licensed = {.arena = j->arena};
	buffer_bytes(&licensed, key_hash(j->arena, "licensed/", &licence_id));
	buffer_bytes(&licensed, hash_bytes(id));
	change_put(j->out, serial_key, id_copy);
	device_put(j->out, &(struct device_entry){*id, body->device_key});
	change_mark(j->out, buffer_view(&licensed));
	change_mark(j->out,
	            key_place(j->arena, "system-at/", licence.country, licence.end_user, id));
	lease_put(j->out, id, &none_yet);
	return judge_put(j, ENTRY_SYSTEM, "system/", id, &system) &&
	       judge_put(j, ENTRY_LICENCE, "licence/", &licence_id, &licence);
}

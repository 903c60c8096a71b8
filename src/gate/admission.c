/* Asking for subjects' tags, and taking the answers: doc/subject-tags.md. */
#include <sodium.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rim.h"
#include "parts.h"
#include "tag.h"

#define PENDING_KIND "proviso-admission-1"

enum { PENDING_MAX = TAG_BATCH * 4096 };

static bool is_here(const struct proviso_gate *g, struct err *e)
{
	if (gate_usable(g) != PROVISO_ALLOWED)
		return err_refused(e, "gate.forked", "%s", proviso_code_text(PROVISO_FORKED));
	if (g->remote != NULL)
		return err_refused(e, "gate.not-here",
		                   "admission is asked for where the system's directory is open");
	return !g->read_only || err_usage(e, "the gate was opened for looking only");
}

/* The tag by the system's own key, under which an admitted subject is found. */
static void local_tag(const struct proviso_gate *g, const char *selector,
                      uint8_t out[PROVISO_TAG_SIZE])
{
	tag_subject(g->system.audit_key, bytes_text(selector), out);
}

/* --- Asking -------------------------------------------------------------------------------- */

struct asking {
	struct tag_blind *blinds;
	struct hash *blinded;
	size_t count;
};

static bool blind_all(struct proviso_gate *g, struct arena *arena, const char *const selectors[],
                      size_t count, struct asking *out, struct err *e)
{
	out->blinds = arena_array(arena, count, sizeof *out->blinds);
	out->blinded = arena_array(arena, count, sizeof *out->blinded);
	for (size_t i = 0; i < count; i++) {
		uint8_t random[OPRF_RANDOM], local[PROVISO_TAG_SIZE];
		struct tag_blind *blind = &out->blinds[out->count];
		rim_random(random, sizeof random);
		bool good =
		    tag_blind(arena, selectors[i], random, blind, &out->blinded[out->count], e);
		sodium_memzero(random, sizeof random);
		if (!good)
			return err_context(e, "subject %zu", i + 1);
		local_tag(g, blind->selector, local);
		if (admitted_find(&g->admitted, local) == NULL)
			out->count++;
	}
	return out->count > 0 ||
	       err_refused(e, "gate.already-admitted", "all %zu subjects have their tags", count);
}

/* What opens the answers comes first: an answer without it would be lost. */
static bool keep_pending(const struct proviso_gate *g, struct arena *arena, struct bytes request,
                         const struct asking *asked, struct err *e)
{
	struct hash id = sha256(request);
	struct bytes file = blinds_format(arena, &id, asked->blinds, asked->count);
	bool good = sealed_write(g->dir, "admission", PENDING_KIND, file, e);
	sodium_memzero((void *)(uintptr_t)file.at, file.len);
	return good;
}

static bool ask(struct proviso_gate *g, size_t authority, struct arena *arena,
                const char *const selectors[], size_t count, struct bytes *out, struct err *e)
{
	const struct lease *lease = &g->leases[authority];
	union record_body body = {0};
	struct asking asked = {0};
	struct instants now;
	if (lease->body.scope == NULL || !lease->body.has_tags)
		return err_refused(e, "gate.no-tags", "no lease of %s names a key of tags",
		                   g->system.authorities[authority].name);
	if (!blind_all(g, arena, selectors, count, &asked, e))
		return false;
	clock_read(&g->clock, &now);
	body.admission.tags = lease->body.tags;
	body.admission.blinded = (struct list){asked.blinded, asked.count};
	return record_sign(arena, KIND_ADMISSION, &body, g->system.authorities[authority].name,
	                   now.wall / NANOSECONDS, &g->system.device, out, e) &&
	       keep_pending(g, arena, *out, &asked, e);
}

bool proviso_gate_admission_request(struct proviso_gate *g, size_t authority,
                                    const char *const selectors[], size_t count, void *to,
                                    size_t *size, struct proviso_error *error)
{
	struct err e = {0};
	owned_arena arena = {0};
	struct bytes request;
	if (!is_here(g, &e))
		return error_give(error, &e);
	if (authority >= g->system.authority_count || count == 0 || count > PROVISO_ADMISSION_MAX) {
		err_usage(&e, "an authority of the system, and 1 to %d subjects at once",
		          PROVISO_ADMISSION_MAX);
		return error_give(error, &e);
	}
	pthread_mutex_lock(&g->renewing);
	bool good = ask(g, authority, &arena, selectors, count, &request, &e);
	pthread_mutex_unlock(&g->renewing);
	return (good && request_give(request, to, size, &e)) || error_give(error, &e);
}

/* --- Taking the answers ---------------------------------------------------------------------- */

static bool find_pending(const struct proviso_gate *g, struct arena *arena,
                         const struct tags_request *request, struct tag_blind **blinds,
                         size_t *count, struct err *e)
{
	struct bytes file;
	struct hash asked, own = key_id(&g->system.device.public);
	if (!file_exists(arena_printf(arena, "%s/admission", g->dir)))
		return err_refused(e, "gate.reply-not-pending", "no tags were asked for");
	if (!sealed_read(arena, g->dir, "admission", PENDING_KIND, PENDING_MAX, "gate.tags-damaged",
	                 &file, e) ||
	    !blinds_parse(arena, file, &asked, blinds, count, e))
		return false;
	return (hash_equal(&asked, &request->record.id) &&
	        hash_equal(&own, &request->record.cose.kid)) ||
	       err_refused(e, "gate.reply-not-pending",
	                   "it answers a request that is not open: ask again");
}

static bool open_granted(const struct proviso_gate *g, struct arena *arena, struct bytes file,
                         struct tags_request *out, struct err *e)
{
	const char *origin;
	if (!granted_origin(arena, file, &origin, e))
		return false;
	for (size_t i = 0; i < g->system.authority_count; i++)
		if (strcmp(g->system.authorities[i].name, origin) == 0)
			return granted_open(arena, file, &g->system.authorities[i], out, e) &&
			       (g->system.trusts[i].policy == NULL ||
			        granted_witnessed(arena, file, g->system.trusts[i].policy, e));
	return err_refused(e, "gate.lease-other-authority", "%s is no authority of this system",
	                   origin);
}

/* The use log says first that a subject has its tag, and how that is proven. */
static bool record_tags(struct proviso_gate *g, const struct hash *request, const struct tag tags[],
                        size_t count, struct err *e)
{
	pthread_mutex_lock(&g->lock);
	bool good = true;
	for (size_t i = 0; i < count && good; i++) {
		uint8_t *to = uselog_room(&g->log, USELOG_BODY_MAX);
		good = to != NULL;
		if (good)
			uselog_commit(&g->log,
			              uselog_body_admission(to, request, (uint16_t)i, tags[i].at,
			                                    &tags[i].blinded, tags[i].proofs));
	}
	enum uselog_health health = g->log.health;
	pthread_mutex_unlock(&g->lock);
	if (good)
		return true;
	err_environment(e, "the tags cannot be recorded in the use log");
	e->rule = health == USELOG_FULL ? "gate.use-log-full" : "gate.use-log-damaged";
	return false;
}

/* Kept before it takes effect. What was there is freed, or what came where it fails. */
static bool put_in_place(struct proviso_gate *g, struct admitted *next, struct err *e)
{
	if (!admitted_save(g->dir, next, e)) {
		admitted_free(next);
		return false;
	}
	struct admitted before = g->admitted;
	pthread_mutex_lock(&g->lock);
	g->admitted = *next;
	pthread_mutex_unlock(&g->lock);
	admitted_free(&before);
	return true;
}

static bool take(struct proviso_gate *g, struct arena *arena, struct bytes granted,
                 const struct bytes evaluations[], size_t count, struct err *e)
{
	struct tags_request request;
	struct tag_blind *blinds;
	size_t blind_count;
	struct admitted next;
	if (!open_granted(g, arena, granted, &request, e) ||
	    !find_pending(g, arena, &request, &blinds, &blind_count, e))
		return false;
	struct tag *tags = arena_array(arena, request.count, sizeof *tags);
	if (!tags_combine(arena, &request, evaluations, count, blinds, blind_count, tags, e))
		return false;
	/* A record that came later, with its list, stays: the key is the same. */
	bool is_newer =
	    g->admitted.record.len == 0 || request.key.body.tags.number > g->admitted.key.number;
	if (!admitted_renew(&g->admitted, is_newer ? request.key_bytes : (struct bytes){0},
	                    g->admitted.list_file, request.count, &next, e))
		return false;
	for (size_t i = 0; i < request.count; i++) {
		uint8_t local[PROVISO_TAG_SIZE];
		local_tag(g, blinds[i].selector, local);
		admitted_add(&next, local, tags[i].at);
	}
	if (!record_tags(g, &request.record.id, tags, request.count, e)) {
		admitted_free(&next);
		return false;
	}
	if (!put_in_place(g, &next, e))
		return false;
	unlink(arena_printf(arena, "%s/admission", g->dir));
	return true;
}

bool proviso_gate_admission_accept(struct proviso_gate *g, struct proviso_bytes granted,
                                   const struct proviso_bytes evaluations[], size_t count,
                                   struct proviso_error *error)
{
	struct err e = {0};
	owned_arena arena = {0};
	if (!is_here(g, &e))
		return error_give(error, &e);
	struct bytes *files = arena_array(&arena, count, sizeof *files);
	for (size_t i = 0; i < count; i++)
		files[i] = bytes_of(evaluations[i].at, evaluations[i].size);
	pthread_mutex_lock(&g->renewing);
	bool good = take(g, &arena, bytes_of(granted.at, granted.size), files, count, &e);
	pthread_mutex_unlock(&g->renewing);
	return good || error_give(error, &e);
}

/* --- Key and list ------------------------------------------------------------------------------
 */

/* Named by a lease that is held, and so by the log. */
static bool is_named(const struct proviso_gate *g, const struct hash *id, struct err *e)
{
	for (size_t i = 0; i < g->system.authority_count; i++) {
		const struct lease_body *lease = &g->leases[i].body;
		if (lease->scope != NULL && lease->has_tags && hash_equal(&lease->tags, id))
			return true;
	}
	return err_refused(e, "gate.tags-other-record",
	                   "no lease held names this record of the key of tags");
}

static bool install(struct proviso_gate *g, struct bytes record, struct bytes list, struct err *e)
{
	struct hash id = sha256(record);
	struct admitted next;
	if (!is_named(g, &id, e) || !admitted_renew(&g->admitted, record, list, 0, &next, e))
		return false;
	if (!next.is_whole || (list.len > 0) != next.key.has_protected) {
		admitted_free(&next);
		return err_refused(e, "gate.tags-other-list",
		                   "the list is not the one that the record of the key names");
	}
	return put_in_place(g, &next, e);
}

bool proviso_gate_tags_install(struct proviso_gate *g, struct proviso_bytes record,
                               struct proviso_bytes list, struct proviso_error *error)
{
	struct err e = {0};
	if (!is_here(g, &e))
		return error_give(error, &e);
	if (record.at == NULL || record.size == 0 || list.size > PROTECTED_MAX) {
		err_usage(&e, "a record, and a list of %d bytes at most", PROTECTED_MAX);
		return error_give(error, &e);
	}
	pthread_mutex_lock(&g->renewing);
	bool good = install(g, bytes_of(record.at, record.size),
	                    bytes_of(list.at, list.at == NULL ? 0 : list.size), &e);
	pthread_mutex_unlock(&g->renewing);
	return good || error_give(error, &e);
}

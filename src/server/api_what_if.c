/*
 * What a measure would do. Uses come from use logs that were handed in, HOME/uselogs/ID (a copy of
 * a system's use-log folder under the id of its enrolment), each held against the head that the log
 * acknowledges. Of systems whose use log is not here nothing is told but that.
 */
#include "parts.h"

#include <proviso/gate.h>

#include "base/file.h"
#include "base/instant.h"
#include "base/rim.h"
#include "casework/asked.h"
#include "casework/what_if.h"
#include "words/words.h"

enum { DAYS = 90 };

/* --- One use log ---------------------------------------------------------------------------- */

struct reading {
	const struct what_if *what;
	int64_t since;
	struct uses_judged uses;
	struct merkle_tree tree;
	bool ok;
};

static void judge(struct reading *r, const struct proviso_entry *entry)
{
	if (entry->code != PROVISO_ALLOWED || entry->time < r->since)
		return;
	struct scope_use use = {.capability = entry->capability,
	                        .purpose = entry->purpose,
	                        .territory = entry->territory,
	                        .at = entry->time,
	                        .with = entry->with,
	                        .with_count = entry->with_count};
	what_if_use(r->what, &use, &r->uses);
}

static bool each_entry(void *ctx, const struct proviso_entry *entry)
{
	struct reading *r = ctx;
	struct hash leaf;
	if (entry->kind == PROVISO_ENTRY_USE)
		judge(r, entry);
	if (entry->kind != PROVISO_ENTRY_GROUP)
		return true;
	memcpy(leaf.at, entry->hash, HASH_SIZE);
	return r->ok = merkle_tree_append(&r->tree, &leaf);
}

/* Whether it is the system's: the head acknowledged lies in it. */
static bool is_of(struct reading *r, const struct system_info *s)
{
	struct merkle_source source = merkle_tree_source(&r->tree);
	struct hash root;
	struct err why;
	return s->use_log_size > 0 && s->use_log_size <= r->tree.edge.size &&
	       merkle_root(&source, s->use_log_size, &root, &why) &&
	       hash_equal(&root, &s->use_log_root);
}

/* "read", or why nothing is told of it. */
static const char *read_uses(struct reading *r, const char *path, const struct system_info *s)
{
	struct proviso_error error = {0};
	if (!file_exists(path))
		return s->use_log_size == 0 ? "no use was acknowledged yet" : "not handed in";
	bool ok = proviso_use_log_read(path, each_entry, r, NULL, &error) && r->ok;
	return !ok ? "damaged" : is_of(r, s) ? "read" : "not the one that the log acknowledges";
}

/* --- All of them ------------------------------------------------------------------------------ */

struct total {
	struct uses_judged uses;
	uint64_t read, silent; /* systems */
};

static json_t *by_json(const struct uses_judged *u)
{
	json_t *out = json_object();
	for (unsigned d = 0; d < SCOPE_DIMENSIONS; d++)
		if (u->by[d] > 0)
			json_object_set_new(out, scope_dimension_name((enum scope_dimension)d),
			                    json_integer((json_int_t)u->by[d]));
	return out;
}

static void add(struct total *t, const struct uses_judged *u)
{
	t->read++;
	t->uses.allowed += u->allowed;
	t->uses.refused += u->refused;
	for (unsigned d = 0; d < SCOPE_DIMENSIONS; d++)
		t->uses.by[d] += u->by[d];
}

static json_t *system_json(struct arena *arena, const struct touched_system *s, const char *use_log,
                           const struct uses_judged *uses)
{
	json_t *out = json_pack(
	    "{s:s,s:s,s:s,s:s,s:b,s:b,s:b,s:s,s:s}", "system", words_hex(arena, &s->system.id),
	    "serial", s->system.serial, "end-user", s->system.end_user, "country",
	    s->system.country, "in-force", s->is_in_force, "narrowed", s->is_narrowed, "stopped",
	    s->is_stopped, "leaves", scope_text(arena, s->then), "use-log", use_log);
	if (uses != NULL)
		json_object_set_new(out, "uses",
		                    json_pack("{s:I,s:I,s:o}", "allowed", (json_int_t)uses->allowed,
		                              "would-be-refused", (json_int_t)uses->refused, "by",
		                              by_json(uses)));
	return out;
}

static json_t *judge_all(struct authority *a, struct arena *arena, const struct what_if *w,
                         int64_t since, struct total *total)
{
	json_t *out = json_array();
	for (size_t i = 0; i < w->count; i++) {
		struct reading r = {.what = w, .since = since, .ok = true};
		const struct system_info *s = &w->systems[i].system;
		const char *folder =
		    arena_printf(arena, "%s/uselogs/%s", a->home, words_hex(arena, &s->id));
		const char *said = read_uses(&r, folder, s);
		bool is_read = strcmp(said, "read") == 0;
		if (is_read)
			add(total, &r.uses);
		else
			total->silent += s->use_log_size > 0;
		json_array_append_new(
		    out, system_json(arena, &w->systems[i], said, is_read ? &r.uses : NULL));
		merkle_tree_free(&r.tree);
	}
	return out;
}

/* Plainly what the numbers do not say. */
static const char *caveat(struct arena *arena, const struct what_if *w, const struct total *t)
{
	struct buffer b = {.arena = arena};
	if (t->silent > 0)
		buffer_printf(&b,
		              "Of %llu systems with uses the use log was not handed in or cannot "
		              "be read: what they did "
		              "is not counted. ",
		              (unsigned long long)t->silent);
	if (w->has_unjudged)
		buffer_text(&b, "Subjects are in use logs as tags: what the scope says of "
		                "subjects, and its limits and its "
		                "window, would refuse more than is counted. ");
	if (b.len == 0)
		return "All uses acknowledged are counted.";
	return arena_copy(arena, b.at, b.len - 1);
}

static json_t *answer_of(struct authority *a, struct arena *arena, const struct what_if *w,
                         int64_t now)
{
	struct total total = {0};
	int64_t since = now - (int64_t)DAYS * DAY_SECONDS;
	json_t *systems = judge_all(a, arena, w, since, &total);
	json_t *uses =
	    json_pack("{s:s,s:I,s:I,s:o,s:I,s:I,s:b,s:s}", "since", words_time(arena, since),
	              "allowed", (json_int_t)total.uses.allowed, "would-be-refused",
	              (json_int_t)total.uses.refused, "by", by_json(&total.uses), "systems-counted",
	              (json_int_t)total.read, "systems-not-counted", (json_int_t)total.silent,
	              "subjects-not-judged", w->has_unjudged, "caveat", caveat(arena, w, &total));
	return json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:o,s:o}", "target", w->target, "scope",
	                 scope_text(arena, w->scope), "systems", (json_int_t)w->count, "in-force",
	                 (json_int_t)w->in_force, "narrowed", (json_int_t)w->narrowed, "stopped",
	                 (json_int_t)w->stopped, "uses", uses, "each", systems);
}

/* --- The route -----------------------------------------------------------------------------------
 */

static bool read_asked(struct authority *a, struct http_request *q, const char **target,
                       const struct scope **scope, struct err *e)
{
	const char *aim = http_query(q, "target"), *text = http_query(q, "scope");
	struct form_world world = words_world(a);
	if (aim == NULL || text == NULL)
		return err_input(e, "measure.what-if",
		                 "?target=TARGET&scope=SCOPE: what the measure would leave");
	return world.target(world.ctx, q->arena, aim, target, e) &&
	       scope_parse(q->arena, bytes_text(text), scope, e);
}

static bool try_measure(struct service *s, struct authority *a, struct http_request *q,
                        struct http_response *r, struct err *e)
{
	struct state state = authority_state(a);
	struct key_info key;
	struct what_if w;
	const char *target;
	const struct scope *scope;
	int64_t now = rim_now();
	if (!service_person(s, a, q, &key, e))
		return false;
	struct person who = person_of(&key);
	if (!person_is_office(&who))
		return err_refused(e, "case.not-entitled",
		                   "what the office considers is the office's");
	if (!read_asked(a, q, &target, &scope, e) ||
	    !what_if_read(&state, q->arena, target, scope, now, &w, e))
		return false;
	http_json(q, r, 200, answer_of(a, q->arena, &w, now));
	http_add_header(r, "Cache-Control", "private, no-store");
	return true;
}

static void get_what_if(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct authority *a = reader_take(s->readers, &e);
	bool ok = a != NULL && try_measure(s, a, q, r, &e);
	if (a != NULL)
		reader_give(s->readers, a);
	if (!ok)
		http_problem(q, r, &e);
}

void what_if_routes(struct service *s)
{
	service_route(
	    s, (struct http_route){HTTP_GET, "/v1/measures/what-if", get_what_if, NULL, 0, NULL});
}

#include "targets.h"

#include <assert.h>

static const char *const prefixes[TARGET_KINDS] = {
    "system/", "licence/", "end-user/", "exporter/", "item/", "country/",
};

static bool parse_hex_id(struct arena *arena, const char *text, struct hash *out)
{
	struct bytes at;
	if (strlen(text) != 2 * HASH_SIZE || !hex_decode(arena, text, &at) ||
	    strcmp(hex_encode(arena, at), text) != 0) /* one target has one text: lower case */
		return false;
	memcpy(out->at, at.at, HASH_SIZE);
	return true;
}

static bool parse_name(struct arena *arena, struct target *t)
{
	if (t->kind == TARGET_SYSTEM || t->kind == TARGET_LICENCE)
		return parse_hex_id(arena, t->name, &t->id);
	if (t->kind == TARGET_COUNTRY)
		return strlen(t->name) == 2 && t->name[0] >= 'A' && t->name[0] <= 'Z' &&
		       t->name[1] >= 'A' && t->name[1] <= 'Z';
	return t->name[0] != 0;
}

bool target_parse(struct arena *arena, const char *text, struct target *out)
{
	for (unsigned kind = 0; kind < TARGET_KINDS; kind++) {
		size_t len = strlen(prefixes[kind]);
		if (strncmp(text, prefixes[kind], len) != 0)
			continue;
		*out = (struct target){.kind = kind, .text = text, .name = text + len};
		return parse_name(arena, out);
	}
	return false;
}

bool target_known(const struct state *state, struct arena *arena, const struct target *t,
                  bool *known, struct err *e)
{
	struct bytes key = {0};
	switch (t->kind) {
	case TARGET_SYSTEM:
	case TARGET_LICENCE:
		key = key_hash(arena, prefixes[t->kind], &t->id);
		break;
	case TARGET_END_USER:
		key = key_holder(arena, ROLE_END_USER, t->name);
		break;
	case TARGET_EXPORTER:
		key = key_holder(arena, ROLE_EXPORTER, t->name);
		break;
	case TARGET_ITEM:
		key = key_text(arena, "item/", t->name);
		break;
	case TARGET_COUNTRY:
	case TARGET_KINDS:
		*known = true;
		return true;
	}
	return state_has(state, arena, key, known, e);
}

void targets_of(struct arena *arena, const struct hash *id, const struct system_entry *system,
                const char *targets[TARGET_KINDS])
{
	targets[TARGET_SYSTEM] =
	    arena_printf(arena, "system/%s", hex_encode(arena, hash_bytes(id)));
	targets[TARGET_LICENCE] =
	    arena_printf(arena, "licence/%s", hex_encode(arena, hash_bytes(&system->licence)));
	targets[TARGET_END_USER] = arena_printf(arena, "end-user/%s", system->end_user);
	targets[TARGET_EXPORTER] = arena_printf(arena, "exporter/%s", system->exporter);
	targets[TARGET_ITEM] = arena_printf(arena, "item/%s", system->item);
	targets[TARGET_COUNTRY] = arena_printf(arena, "country/%s", system->country);
}

/* --- Whether two have something in common ---------------------------------------------------- */

struct meeting {
	const struct state *state;
	struct arena *arena;
	struct err *e;
	struct hash *ids; /* of licences that may stand under both */
	size_t count, room;
};

static bool collect_licence(void *ctx, struct bytes key, struct bytes value)
{
	struct meeting *m = ctx;
	(void)value;
	if (m->count == m->room) {
		size_t room = m->room * 2 + 16;
		struct hash *more = arena_array(m->arena, room, sizeof *more);
		if (m->count > 0)
			memcpy(more, m->ids, m->count * sizeof *more);
		m->ids = more;
		m->room = room;
	}
	memcpy(m->ids[m->count++].at, key.at + key.len - HASH_SIZE, HASH_SIZE);
	return true;
}

/* Those of the narrower one: of a system or a licence it is one. */
static bool candidates(struct meeting *m, const struct target *narrow, const struct target *wide)
{
	struct system_entry system;
	bool found;
	if (narrow->kind == TARGET_SYSTEM) {
		if (!entry_get(m->state, m->arena, ENTRY_SYSTEM,
		               key_hash(m->arena, "system/", &narrow->id), &system, &found, m->e))
			return false;
		assert(found);
		return collect_licence(m, hash_bytes(&system.licence), (struct bytes){0});
	}
	if (narrow->kind == TARGET_LICENCE)
		return collect_licence(m, hash_bytes(&narrow->id), (struct bytes){0});
	const char *country = wide->kind == TARGET_COUNTRY ? wide->name : NULL;
	return m->state->scan(m->state->ctx,
	                      key_place(m->arena, "licence-at/", country, NULL, NULL),
	                      (struct bytes){0}, collect_licence, m, m->e);
}

/* `t` is no system, or the one that the licence was found by. */
static bool is_under(const struct target *t, const struct hash *id, const struct licence_entry *l)
{
	switch (t->kind) {
	case TARGET_LICENCE:
		return hash_equal(&t->id, id);
	case TARGET_END_USER:
		return strcmp(t->name, l->end_user) == 0;
	case TARGET_EXPORTER:
		return strcmp(t->name, l->exporter) == 0;
	case TARGET_ITEM:
		return strcmp(t->name, l->item) == 0;
	case TARGET_COUNTRY:
		return strcmp(t->name, l->country) == 0;
	case TARGET_SYSTEM:
	case TARGET_KINDS:
		break;
	}
	return true;
}

bool targets_meet(const struct state *state, struct arena *arena, const struct target *a,
                  const struct target *b, bool *meet, struct err *e)
{
	const struct target *narrow = a->kind <= b->kind ? a : b, *wide = narrow == a ? b : a;
	struct meeting m = {.state = state, .arena = arena, .e = e};
	*meet = strcmp(a->text, b->text) == 0;
	if (a->kind == b->kind)
		return true;
	if (!candidates(&m, narrow, wide))
		return false;
	for (size_t i = 0; i < m.count && !*meet; i++) {
		struct licence_entry licence;
		bool found;
		if (!entry_get(state, arena, ENTRY_LICENCE, key_hash(arena, "licence/", &m.ids[i]),
		               &licence, &found, e))
			return false;
		assert(found);
		*meet =
		    is_under(narrow, &m.ids[i], &licence) && is_under(wide, &m.ids[i], &licence);
	}
	return true;
}

/*
 * generate: valid bodies of every kind, drawn from the tables of fields, for tests of what
 * must hold for all of them.
 */
#ifndef PROVISO_GENERATE_H
#define PROVISO_GENERATE_H

#include "base/instant.h"
#include "record/record.h"
#include "test.h"

struct generator {
	struct arena *arena;
	uint64_t state; /* of test_random */
	enum record_kind kind;
	uint8_t salt[16]; /* of redactable fields */
};

static inline uint64_t generate_below(struct generator *g, uint64_t bound)
{
	return test_random(&g->state) % bound;
}

/* Pieces that are awkward for whoever writes or reads text; the last ones are of free text only. */
static inline const char *generate_text(struct generator *g, bool one_line)
{
	static const char *const pieces[] = {
	    "a",
	    "Z",
	    "7",
	    " ",
	    "-",
	    "#",
	    ": ",
	    "'",
	    "\"",
	    "\\",
	    "{",
	    "[",
	    "&x",
	    "*y",
	    "!t",
	    "%",
	    "@",
	    "é",
	    "漢",
	    "𝄞",
	    "no",
	    "null",
	    "---",
	    "? ",
	    "<<",
	    "|",
	    ">",
	    "`",
	    "\xEF\xBB\xBF",
	    "\xEF\xBF\xBE",
	    "1",
	    "1e3",
	    "true",
	    "~",
	    ",",
	    "]",
	    "}",
	    "=",
	    "/",
	    "\xEF\xBF\xBF",
	    "\n",
	    "\n\n",
	    "\n ",
	    " \n",
	    "\n- ",
	    "\n#",
	};
	size_t count = sizeof pieces / sizeof *pieces - (one_line ? 6 : 0);
	struct buffer b = {.arena = g->arena};
	for (uint64_t left = 1 + generate_below(g, 12); left > 0; left--)
		buffer_text(&b, pieces[generate_below(g, count)]);
	return buffer_cstr(&b);
}

static inline const char *generate_label(struct generator *g)
{
	static const char *const segments[] = {"capture", "a", "B2", "x-y", "headers", "7"};
	struct buffer b = {.arena = g->arena};
	for (uint64_t left = 1 + generate_below(g, 3); left > 0; left--)
		buffer_printf(&b, "%s%s", b.len > 0 ? "." : "", segments[generate_below(g, 6)]);
	return buffer_cstr(&b);
}

static inline const struct scope *generate_scope(struct generator *g)
{
	static const char *const parts[] = {
	    "capability=capture.content,capture.headers",
	    "purpose=terrorism",
	    "territory=XR,UG.C",
	    "subject-not=mailto:@state.gov,tel:+1,ip:10.0.0.0/8",
	    "require=warrant",
	    "from=2026-01-01T00:00:00Z",
	    "until=2027-01-01T00:00:00Z",
	    "limit.subjects=25",
	};
	struct buffer b = {.arena = g->arena};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (generate_below(g, 2) == 0)
			buffer_printf(&b, "%s\n", parts[i]);
	if (b.len == 0)
		buffer_text(&b, generate_below(g, 2) == 0 ? "any" : "none");
	const struct scope *scope;
	struct err e;
	if (!scope_parse(g->arena, buffer_view(&b), &scope, &e))
		abort();
	return scope;
}

static inline struct bytes generate_bytes(struct generator *g, size_t len)
{
	uint8_t *at = arena_alloc(g->arena, len);
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)test_random(&g->state);
	return bytes_of(at, len);
}

static inline struct public_key generate_public_key(struct generator *g)
{
	struct secret_key key;
	struct err e;
	char *name = arena_printf(g->arena, "clé-%u", (unsigned)generate_below(g, 1000));
	enum key_algorithm algorithm = generate_below(g, 2) == 0 ? KEY_ED25519 : KEY_ES256;
	if (!key_library_start(&e))
		abort();
	do {
		struct bytes seed = generate_bytes(g, KEY_SEED);
		if (key_make(algorithm, name, seed.at, &key, &e))
			return key.public;
	} while (true);
}

/* Any size up to `most`, small ones and the largest more often. */
static inline uint64_t generate_number(struct generator *g, uint64_t most)
{
	uint64_t n =
	    generate_below(g, 4) == 0 ? most : test_random(&g->state) >> generate_below(g, 64);
	return n <= most ? n : most;
}

static inline void generate_fields(struct generator *, const struct field *, void *out);

static inline void generate_value(struct generator *g, const struct field *f, void *at)
{
	struct hash *hash = at;
	unsigned choices = 0;
	switch (f->type) {
	case FIELD_TEXT:
		*(const char **)at = generate_text(g, f->most > 0 && f->most <= 600);
		return;
	case FIELD_LABEL:
		*(const char **)at = generate_label(g);
		return;
	case FIELD_COUNTRY:
		*(const char **)at = generate_below(g, 2) == 0 ? "XR" : "NO";
		return;
	case FIELD_UINT:
		*(uint64_t *)at = generate_number(g, f->most > 0 ? f->most : (1ull << 53) - 1);
		return;
	case FIELD_TIME:
		*(int64_t *)at =
		    INSTANT_FIRST + (int64_t)generate_below(g, INSTANT_LAST - INSTANT_FIRST + 1);
		return;
	case FIELD_BYTES:
		*(struct bytes *)at =
		    generate_bytes(g, f->size > 0 ? f->size : generate_below(g, 100));
		return;
	case FIELD_HASH:
	case FIELD_REFERENCE:
		memcpy(hash->at, generate_bytes(g, HASH_SIZE).at, HASH_SIZE);
		return;
	case FIELD_SCOPE:
		*(const struct scope **)at = generate_scope(g);
		return;
	case FIELD_PUBLIC_KEY:
		*(struct public_key *)at = generate_public_key(g);
		return;
	case FIELD_CHOICE:
		while (f->words[choices] != NULL)
			choices++;
		*(unsigned *)at = (unsigned)generate_below(g, choices);
		return;
	case FIELD_REDACTABLE:
		if (!redactable_make(g->arena, g->kind, f->name, generate_text(g, false), g->salt,
		                     at))
			abort();
		return;
	case FIELD_STRUCT:
		generate_fields(g, f->fields, at);
		return;
	case FIELD_LIST: {
		struct list *list = at;
		struct field element = {.name = f->name, .type = f->element, .fields = f->fields};
		uint8_t *room;
		list->count = generate_below(g, 4);
		list->at = room = arena_array(g->arena, list->count, f->size);
		for (size_t i = 0; i < list->count; i++)
			generate_value(g, &element, room + i * f->size);
		return;
	}
	case FIELD_END:
		abort();
	}
}

static inline void generate_fields(struct generator *g, const struct field *f, void *out)
{
	for (; f->type != FIELD_END; f++) {
		bool is_flagged = f->optional && f->type != FIELD_LIST;
		bool is_there = !f->optional || generate_below(g, 2) == 0;
		if (is_flagged)
			*(bool *)((uint8_t *)out + f->present) = is_there;
		if (is_there)
			generate_value(g, f, (uint8_t *)out + f->offset);
	}
}

static inline void generate_body(struct generator *g, enum record_kind kind, union record_body *out)
{
	memset(out, 0, sizeof *out);
	g->kind = kind;
	generate_fields(g, record_kind(kind)->fields, out);
}

#endif

#include "draft.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void draft_begin(struct draft *d, const char *id, enum entity_type type)
{
	*d = (struct draft){.type = type};
	d->id = text_clean(&d->arena, id);
}

void draft_end(struct draft *d)
{
	arena_free(&d->arena);
	*d = (struct draft){0};
}

/* --- Text ----------------------------------------------------------------------------------- */

/* The length of the white space at `at`: ASCII, or U+00A0. */
static size_t space_at(const char *at)
{
	if (isspace((unsigned char)*at))
		return 1;
	return (unsigned char)at[0] == 0xC2 && (unsigned char)at[1] == 0xA0 ? 2 : 0;
}

/* The length of the control character at `at`: no list means one, and no terminal should see it. */
static size_t control_at(const char *at)
{
	unsigned char c = (unsigned char)*at;
	if (c < ' ' || c == 0x7F)
		return 1;
	return c == 0xC2 && (unsigned char)at[1] >= 0x80 && (unsigned char)at[1] < 0xA0 ? 2 : 0;
}

const char *text_clean(struct arena *arena, const char *text)
{
	if (text == NULL)
		return "";
	char *out = arena_alloc(arena, strlen(text) + 1);
	size_t len = 0;
	bool space = false;
	while (*text != 0) {
		size_t skip = space_at(text);
		if (skip > 0)
			space = len > 0;
		else
			skip = control_at(text);
		if (skip > 0) {
			text += skip;
			continue;
		}
		if (space)
			out[len++] = ' ';
		space = false;
		out[len++] = *text++;
	}
	out[len] = 0;
	return out;
}

const char *text_join(struct arena *arena, const char *separator, const char *const parts[],
                      size_t count)
{
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < count; i++) {
		const char *part = text_clean(arena, parts[i]);
		if (*part == 0)
			continue;
		if (b.len > 0)
			buffer_text(&b, separator);
		buffer_text(&b, part);
	}
	return buffer_cstr(&b);
}

/* --- Lists without anything twice ------------------------------------------------------------ */

static uint64_t hash_text(uint64_t h, const char *text)
{
	for (; *text != 0; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001B3u;
	return (h ^ 0xFF) * 0x100000001B3u;
}

/* Room for one more element unless its like is there; NULL then, or when there are too many. */
static void *list_add(struct draft *d, struct draft_list *l, size_t size, uint64_t hash)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->hashes[i] == hash)
			return NULL;
	if (l->count == DRAFT_MOST) {
		d->has_too_many = true;
		return NULL;
	}
	if (l->count == l->room) {
		size_t room = l->room == 0 ? 8 : l->room * 2;
		void *at = arena_array(&d->arena, room, size);
		uint64_t *hashes = arena_array(&d->arena, room, sizeof *hashes);
		if (l->count > 0) {
			memcpy(at, l->at, l->count * size);
			memcpy(hashes, l->hashes, l->count * sizeof *hashes);
		}
		l->at = at;
		l->hashes = hashes;
		l->room = room;
	}
	l->hashes[l->count] = hash;
	return (char *)l->at + l->count++ * size;
}

static void add_text(struct draft *d, struct draft_list *l, const char *text)
{
	const char *clean = text_clean(&d->arena, text);
	if (*clean == 0)
		return;
	const char **slot = list_add(d, l, sizeof *slot, hash_text(0, clean));
	if (slot != NULL)
		*slot = clean;
}

/* --- Parts ---------------------------------------------------------------------------------- */

static void add_name(struct draft *d, enum name_kind kind, const char *text, const char *given,
                     const char *family)
{
	if (*text == 0)
		return;
	struct entity_name *name = list_add(d, &d->names, sizeof *name, hash_text(0, text));
	if (name == NULL)
		return;
	*name = (struct entity_name){
	    .text = text,
	    .given = given != NULL && *given != 0 ? given : NULL,
	    .family = family != NULL && *family != 0 ? family : NULL,
	    .kind = kind,
	};
}

void draft_name(struct draft *d, enum name_kind kind, const char *text)
{
	add_name(d, kind, text_clean(&d->arena, text), NULL, NULL);
}

void draft_alias(struct draft *d, const char *text)
{
	draft_name(d, NAME_ALIAS, text);
}

void draft_weak(struct draft *d, const char *text)
{
	draft_name(d, NAME_WEAK, text);
}

void draft_name_parts(struct draft *d, enum name_kind kind, const char *given, const char *family)
{
	given = text_clean(&d->arena, given);
	family = text_clean(&d->arena, family);
	const char *text = text_join(&d->arena, " ", (const char *[]){given, family}, 2);
	if (*given == 0 || *family == 0)
		given = family = NULL;
	add_name(d, kind, text, given, family);
}

void draft_name_inverted(struct draft *d, enum name_kind kind, const char *text)
{
	const char *clean = text_clean(&d->arena, text), *comma = strstr(clean, ", ");
	if (comma == NULL)
		draft_name(d, kind, clean);
	else
		draft_name_parts(d, kind, comma + 2,
		                 arena_copy(&d->arena, clean, (size_t)(comma - clean)));
}

void draft_country(struct draft *d, const char *text)
{
	const char *code = country_code(text_clean(&d->arena, text));
	if (code != NULL)
		add_text(d, &d->countries, code);
}

void draft_address(struct draft *d, const char *const parts[], size_t count)
{
	add_text(d, &d->addresses, text_join(&d->arena, ", ", parts, count));
}

void draft_note(struct draft *d, const char *label, const char *text)
{
	text = text_clean(&d->arena, text);
	if (*text == 0)
		return;
	struct entity_note *note =
	    list_add(d, &d->notes, sizeof *note, hash_text(hash_text(0, label), text));
	if (note != NULL)
		*note = (struct entity_note){arena_copy(&d->arena, label, strlen(label)), text};
}

void draft_each(struct draft *d, const char *text, const char *separator,
                void (*put)(struct draft *, const char *part))
{
	if (text == NULL)
		return;
	for (;;) {
		const char *end = strstr(text, separator);
		put(d,
		    arena_copy(&d->arena, text, end != NULL ? (size_t)(end - text) : strlen(text)));
		if (end == NULL)
			return;
		text = end + strlen(separator);
	}
}

/* --- Identifiers ---------------------------------------------------------------------------- */

/* Words in a list's own name of a kind, the more telling first. */
static const struct {
	const char *word, *kind;
} kinds[] = {
    {"passport", "passport"},
    {"digital currency", "wallet"},
    {"wallet", "wallet"},
    {"crypto", "wallet"},
    {"publickey", "wallet"},
    {"imo", "imo"},
    {"mmsi", "mmsi"},
    {"call sign", "call-sign"},
    {"callsign", "call-sign"},
    {"legal entity number", "lei"},
    {"legal entity identifier", "lei"},
    {"leicode", "lei"},
    {"lei", "lei"},
    {"tail number", "tail-number"},
    {"aircraft tail", "tail-number"},
    {"tax", "tax"},
    {"v.a.t", "tax"},
    {"vat", "tax"},
    {"inn", "tax"},
    {"r.u.c", "tax"},
    {"ruc", "tax"},
    {"nit #", "tax"},
    {"nit", "tax"},
    {"rfc", "tax"},
    {"c.u.i.t", "tax"},
    {"cuit", "tax"},
    {"rif", "tax"},
    {"rtn", "tax"},
    {"fiscal", "tax"},
    {"ssn", "national-id"},
    {"social security", "national-id"},
    {"national id", "national-id"},
    {"national identif", "national-id"},
    {"identity card", "national-id"},
    {"identification card", "national-id"},
    {"id card", "national-id"},
    {"cedula", "national-id"},
    {"curp", "national-id"},
    {"c.u.r.p", "national-id"},
    {"d.n.i", "national-id"},
    {"dni", "national-id"},
    {"nationalid", "national-id"},
    {"idnumber", "national-id"},
    {"electoral", "national-id"},
    {"personal id", "national-id"},
    {"birth certificate", "national-id"},
    {"registration", "registration"},
    {"registry", "registration"},
    {"ogrn", "registration"},
    {"okpo", "registration"},
    {"kpp", "registration"},
    {"company number", "registration"},
    {"regnumber", "registration"},
    {"matricula", "registration"},
    {"license", "registration"},
    {"licence", "registration"},
    {"unified social credit", "registration"},
    {"uscc", "registration"},
    {"cr no", "registration"},
    {"enterprise number", "registration"},
    {"dunscode", "registration"},
    {"d-u-n-s", "registration"},
};

/* True when `word` stands in `text` at the beginning of a word, whatever the case. */
static bool has_word(const char *text, const char *word)
{
	for (const char *at = text; (at = strcasestr(at, word)) != NULL; at++) {
		bool begins = at == text || !isalpha((unsigned char)at[-1]);
		/* Short ones must be whole words: "nit" is not "unity", "imo" not "imoto". */
		bool ends = strlen(word) > 4 || !isalpha((unsigned char)at[strlen(word)]);
		if (begins && (ends || isupper((unsigned char)at[strlen(word)])))
			return true;
	}
	return false;
}

const char *identifier_kind(const char *what)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (has_word(what, kinds[i].word))
			return kinds[i].kind;
	return "other";
}

void draft_identifier(struct draft *d, const char *what, const char *value, const char *country)
{
	const char *kind = identifier_kind(what), *clean = text_clean(&d->arena, value);
	if (strncasecmp(clean, "IMO", 3) == 0 && strpbrk(clean, "0123456789") != NULL &&
	    !isalpha((unsigned char)clean[3])) {
		kind = "imo"; /* whatever the list calls it */
		clean = text_clean(&d->arena, clean + 3);
	}
	if (*clean == 0)
		return;
	struct entity_identifier *id =
	    list_add(d, &d->identifiers, sizeof *id, hash_text(hash_text(0, kind), clean));
	if (id != NULL)
		*id = (struct entity_identifier){
		    kind, clean,
		    country != NULL ? country_code(text_clean(&d->arena, country)) : NULL};
}

/* --- Births --------------------------------------------------------------------------------- */

static bool skip_word(const char **at, const char *word)
{
	if (strncasecmp(*at, word, strlen(word)) != 0)
		return false;
	*at += strlen(word);
	return true;
}

static void add_years(struct draft *d, const char *from, const char *to)
{
	enum { WIDEST_SPAN = 20 };
	int first = 0, last = 0;
	for (int i = 0; i < 4; i++) {
		first = first * 10 + (from[i] - '0');
		last = last * 10 + (to[i] - '0');
	}
	if (last < first || last - first > WIDEST_SPAN)
		return;
	for (int year = first; year <= last; year++)
		add_text(d, &d->births, arena_printf(&d->arena, "%04d", year));
}

void draft_birth(struct draft *d, const char *text)
{
	const char *at = text_clean(&d->arena, text);
	char date[11], before[11] = "";
	while (*at != 0) {
		bool is_span = *before != 0 && (skip_word(&at, " to ") || skip_word(&at, " and ") ||
		                                skip_word(&at, "-") || skip_word(&at, " - "));
		if (date_parse(at, false, date, &at)) {
			if (is_span)
				add_years(d, before, date);
			add_text(d, &d->births, date);
			memcpy(before, date, sizeof before);
			continue;
		}
		if (!is_span)
			*before = 0;
		/* On to the next word; digits of something else must not look like the head of a
		 * date. */
		while (isalnum((unsigned char)*at) || (unsigned char)*at >= 0x80)
			at++;
		if (*at != 0 && !isalnum((unsigned char)*at))
			at++;
	}
}

/* --- The whole ------------------------------------------------------------------------------ */

static void primary_first(struct draft *d)
{
	struct entity_name *names = d->names.at;
	for (size_t i = 0; i < d->names.count; i++) {
		if (names[i].kind != NAME_PRIMARY)
			continue;
		struct entity_name primary = names[i];
		memmove(names + 1, names, i * sizeof *names);
		names[0] = primary;
		break;
	}
	for (size_t i = 0; i < d->names.count; i++) {
		if (i == 0)
			names[0].kind = NAME_PRIMARY;
		else if (names[i].kind == NAME_PRIMARY)
			names[i].kind = NAME_ALIAS;
	}
}

struct entity draft_entity(struct draft *d)
{
	primary_first(d);
	return (struct entity){
	    .id = d->id,
	    .type = d->type,
	    .names = d->names.at,
	    .name_count = d->names.count,
	    .births = d->births.at,
	    .birth_count = d->births.count,
	    .countries = d->countries.at,
	    .country_count = d->countries.count,
	    .addresses = d->addresses.at,
	    .address_count = d->addresses.count,
	    .identifiers = d->identifiers.at,
	    .identifier_count = d->identifiers.count,
	    .notes = d->notes.at,
	    .note_count = d->notes.count,
	};
}

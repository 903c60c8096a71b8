#include "lists_words.h"

#include <assert.h>
#include <string.h>

json_t *entity_json(struct cli *cli, const struct entity *x)
{
	return json_loads(entity_line(&cli->arena, x), 0, NULL);
}

/* --- Words of names ------------------------------------------------------------------------- */

enum { WORDS = 64 };

static size_t split(struct arena *arena, const char *name, const char *words[WORDS])
{
	size_t count = 0;
	while (*name != 0 && count < WORDS) {
		size_t len = strcspn(name, " ");
		if (len > 0)
			words[count++] = arena_copy(arena, name, len);
		name += len + (name[len] == ' ');
	}
	return count;
}

/* common[i][k]: the longest run of words, in order, that a from i and b from k share. */
static void common_words(const char *const a[], size_t n, const char *const b[], size_t m,
                         unsigned char common[WORDS + 1][WORDS + 1])
{
	for (size_t i = n + 1; i-- > 0;) {
		for (size_t k = m + 1; k-- > 0;) {
			if (i == n || k == m)
				common[i][k] = 0;
			else if (strcmp(a[i], b[k]) == 0)
				common[i][k] = (unsigned char)(common[i + 1][k + 1] + 1);
			else
				common[i][k] = common[i + 1][k] > common[i][k + 1]
				                   ? common[i + 1][k]
				                   : common[i][k + 1];
		}
	}
}

const char *name_difference(struct arena *arena, const char *before, const char *after)
{
	const char *a[WORDS] = {NULL}, *b[WORDS] = {NULL};
	unsigned char common[WORDS + 1][WORDS + 1];
	size_t n = split(arena, before, a), m = split(arena, after, b), i = 0, k = 0;
	struct buffer out = {.arena = arena};
	common_words(a, n, b, m, common);
	while (i < n || k < m) {
		const char *space = out.len > 0 ? " " : "";
		if (i < n && k < m && strcmp(a[i], b[k]) == 0) {
			buffer_printf(&out, "%s%s", space, a[i]);
			i++, k++;
		} else if (i < n && (k == m || common[i + 1][k] >= common[i][k + 1])) {
			buffer_printf(&out, "%s[-%s-]", space, a[i++]);
		} else {
			buffer_printf(&out, "%s{+%s+}", space, b[k++]);
		}
	}
	return buffer_cstr(&out);
}

static size_t shared(struct arena *arena, const char *before, const char *after)
{
	const char *a[WORDS] = {NULL}, *b[WORDS] = {NULL};
	unsigned char common[WORDS + 1][WORDS + 1];
	common_words(a, split(arena, before, a), b, split(arena, after, b), common);
	return common[0][0];
}

/* --- What changed of an entity -------------------------------------------------------------- */

/* The texts of one kind of fact, so that all kinds are compared in one way. */
struct facts {
	const char **at;
	size_t count;
};

static const char *const fact_names[] = {"name",    "birth",      "country",
                                         "address", "identifier", "note"};
enum { FACTS = sizeof fact_names / sizeof *fact_names };

static struct facts facts_of(struct arena *arena, const struct entity *x, size_t which)
{
	size_t counts[FACTS] = {x->name_count,    x->birth_count,      x->country_count,
	                        x->address_count, x->identifier_count, x->note_count};
	struct facts f = {arena_array(arena, counts[which], sizeof(char *)), counts[which]};
	for (size_t i = 0; i < f.count; i++)
		f.at[i] =
		    which == 0   ? x->names[i].kind == NAME_WEAK
		                       ? arena_printf(arena, "%s (weak)", x->names[i].text)
		                       : x->names[i].text
		    : which == 1 ? x->births[i]
		    : which == 2 ? x->countries[i]
		    : which == 3 ? x->addresses[i]
		    : which == 4
		        ? arena_printf(
		              arena, "%s %s%s%s", x->identifiers[i].kind, x->identifiers[i].value,
		              x->identifiers[i].country != NULL ? " " : "",
		              x->identifiers[i].country != NULL ? x->identifiers[i].country : "")
		        : arena_printf(arena, "%s: %s", x->notes[i].label, x->notes[i].text);
	return f;
}

void entity_print(struct cli *cli, const struct entity *x)
{
	printf("  %-11s %s\n", "type", entity_type_name(x->type));
	for (size_t which = 0; which < FACTS; which++) {
		struct facts f = facts_of(&cli->arena, x, which);
		for (size_t i = 0; i < f.count; i++)
			printf("  %-11s %s\n", fact_names[which], f.at[i]);
	}
}

/* Takes what both have out of both: many facts, so by sorting would be better past thousands. */
static void take_out_common(struct facts *a, struct facts *b)
{
	size_t kept = 0;
	for (size_t i = 0; i < a->count; i++) {
		size_t k = 0;
		while (k < b->count && strcmp(a->at[i], b->at[k]) != 0)
			k++;
		if (k == b->count)
			a->at[kept++] = a->at[i];
		else
			b->at[k] = b->at[--b->count];
	}
	a->count = kept;
}

/* The name that became `after`: the one that shares the most words, one at least. */
static size_t likest(struct arena *arena, const struct facts *gone, const char *after)
{
	size_t best = gone->count, most = 0;
	for (size_t i = 0; i < gone->count; i++) {
		size_t n = shared(arena, gone->at[i], after);
		if (n > most) {
			most = n;
			best = i;
		}
	}
	return best;
}

struct lines {
	struct cli *cli;
	json_t *json; /* NULL: printed */
};

static void tell(struct lines *l, const char *what, const char *how, const char *text)
{
	if (l->json != NULL)
		json_array_append_new(
		    l->json, json_pack("{s:s,s:s,s:s}", "what", what, "how", how, "text", text));
	else
		printf("    %s %s: %s\n", what, how, text);
}

static void compare(struct lines *l, const struct entity *before, const struct entity *after)
{
	struct arena *arena = &l->cli->arena;
	assert(before != NULL && after != NULL); /* it was changed: neither added nor removed */
	if (before->type != after->type)
		tell(l, "type", "changed",
		     arena_printf(arena, "%s to %s", entity_type_name(before->type),
		                  entity_type_name(after->type)));
	for (size_t which = 0; which < FACTS; which++) {
		struct facts gone = facts_of(arena, before, which),
		             new = facts_of(arena, after, which);
		take_out_common(&gone, &new);
		for (size_t i = 0; i < new.count; i++) {
			size_t was = which == 0 ? likest(arena, &gone, new.at[i]) : gone.count;
			if (was == gone.count) {
				tell(l, fact_names[which], "added", new.at[i]);
			} else {
				tell(l, fact_names[which], "changed",
				     name_difference(arena, gone.at[was], new.at[i]));
				gone.at[was] = gone.at[--gone.count];
			}
		}
		for (size_t i = 0; i < gone.count; i++)
			tell(l, fact_names[which], "removed", gone.at[i]);
	}
}

static const char *const kinds[] = {"added", "changed", "removed"};

void change_print(struct cli *cli, const struct list_change *c)
{
	static const char marks[] = "+~-";
	const struct entity *x = c->after != NULL ? c->after : c->before;
	printf("  %c %s  %s (%s)\n", marks[c->kind], x->id, x->names[0].text,
	       entity_type_name(x->type));
	if (c->kind == LIST_CHANGED)
		compare(&(struct lines){cli, NULL}, c->before, c->after);
}

json_t *change_json(struct cli *cli, const struct list_change *c)
{
	const struct entity *x = c->after != NULL ? c->after : c->before;
	json_t *o = json_pack("{s:s,s:s,s:s,s:s}", "change", kinds[c->kind], "id", x->id, "name",
	                      x->names[0].text, "type", entity_type_name(x->type));
	if (c->kind == LIST_CHANGED) {
		struct lines l = {cli, json_array()};
		compare(&l, c->before, c->after);
		json_object_set_new(o, "details", l.json);
	}
	return o;
}

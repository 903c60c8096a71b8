/*
 * Tables in which several rows make up one entity, wherever in the file they stand: first the
 * place of every row is noted, then each entity is put together in the order of first rows.
 */
#include <stdlib.h>
#include <string.h>

#include "reading.h"

static bool note_rows(struct reading *r, struct csv_table *t, const struct csv_group *g,
                      struct csv_index *index)
{
	for (bool more;;) {
		if (!csv_table_next(t, &more))
			return false;
		if (!more)
			return true;
		const char *id = csv_cell(t, g->id);
		r->line = t->csv.line;
		if (id[strspn(id, " ")] == 0)
			return reading_fail(r, g->id, "it is empty");
		if (!csv_index_add(index, &t->csv, id, r->e))
			return false;
	}
}

/* The entity whose first row is at `first` of the sorted rows. */
static bool entity(struct reading *r, struct csv_table *t, const struct csv_group *g,
                   const struct csv_index *index, size_t first)
{
	bool more = true;
	for (size_t i = first; i < index->count && index->at[i].key == index->at[first].key; i++) {
		if (!csv_seek(&t->csv, &index->at[i]) || !csv_table_next(t, &more))
			return false;
		const char *id = more ? csv_cell(t, g->id) : "";
		r->line = t->csv.line;
		if (i == first)
			g->begin(r, t, id);
		else if (strcmp(text_clean(&r->draft.arena, id), r->draft.id) != 0)
			return reading_fail(r, g->id, "two ids with one hash: %s", id);
		g->row(&r->draft, t);
	}
	r->line = index->at[first].line;
	return reading_give(r);
}

static int in_file_order(const void *a, const void *b)
{
	const struct csv_place *x = *(const struct csv_place *const *)a,
	                       *y = *(const struct csv_place *const *)b;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool entities(struct reading *r, struct csv_table *t, const struct csv_group *g,
                     struct csv_index *index)
{
	csv_index_sort(index);
	const struct csv_place **firsts = calloc(index->count + 1, sizeof *firsts);
	if (firsts == NULL)
		return err_environment(r->e, "no memory for the rows of %s", r->file);
	size_t count = 0;
	for (size_t i = 0; i < index->count; i++)
		if (i == 0 || index->at[i].key != index->at[i - 1].key)
			firsts[count++] = &index->at[i];
	qsort(firsts, count, sizeof *firsts, in_file_order);
	bool ok = true;
	for (size_t i = 0; ok && i < count; i++)
		ok = entity(r, t, g, index, (size_t)(firsts[i] - index->at));
	free(firsts);
	return ok;
}

bool csv_read_groups(struct reading *r, const struct csv_group *g)
{
	struct csv_table t;
	struct csv_index index = {0};
	bool ok = csv_table_begin(&t, &r->files[0], g->separator, g->preamble, r->e);
	if (ok && !csv_has(&t, g->id))
		ok = err_input(r->e, "list.field", "%s: its header has no %s", r->file, g->id);
	ok = ok && note_rows(r, &t, g, &index) && entities(r, &t, g, &index);
	csv_table_end(&t);
	csv_index_free(&index);
	return ok;
}

/*
 * The picture of a bundle, in columns: what points at others stands before them (Sugiyama's way:
 * cycles are broken, columns by the longest path, order in a column by the middle of the
 * neighbours). Many leaves alike are one node, so that a thousand indicators of one malware are two
 * boxes.
 */
#include <stdlib.h>
#include <string.h>

#include "stix_graph.h"

#define NOWHERE SIZE_MAX
enum { SWEEPS = 6 };

/* --- Which nodes -------------------------------------------------------------------------------
 */

/* An object that hangs on one link or none. */
struct leaf {
	const struct stix_object *object;
	size_t at, other; /* the object at the other end, or NOWHERE */
	const char *words;
	bool is_from;
};

static int compare_kinds(const struct leaf *a, const struct leaf *b)
{
	int order = strcmp(a->object->type, b->object->type);
	if (order == 0)
		order = strcmp(a->words, b->words);
	if (order == 0 && a->other != b->other)
		order = a->other < b->other ? -1 : 1;
	if (order == 0)
		order = a->is_from - b->is_from;
	return order != 0 ? order : a->object->is_there - b->object->is_there;
}

static int compare_leaves(const void *a, const void *b)
{
	const struct leaf *x = a, *y = b;
	int order = compare_kinds(x, y);
	return order != 0 ? order : x->at < y->at ? -1 : x->at > y->at;
}

/* A relationship is a line, and a box only where something is said about it. */
static bool is_shown(const struct stix_object *o)
{
	return !o->is_link || o->links > 0;
}

static struct leaf *leaves_of(struct arena *arena, const struct stix_graph *g, size_t *count)
{
	struct leaf *leaves = arena_array(arena, g->object_count, sizeof *leaves);
	size_t *place = arena_array(arena, g->object_count, sizeof *place);
	*count = 0;
	for (size_t i = 0; i < g->object_count; i++) {
		place[i] = NOWHERE;
		if (g->objects[i].links > 1 || !is_shown(&g->objects[i]))
			continue;
		place[i] = *count;
		leaves[(*count)++] = (struct leaf){&g->objects[i], i, NOWHERE, "", false};
	}
	for (size_t i = 0; i < g->link_count; i++) {
		const struct stix_link *l = &g->links[i];
		if (place[l->from] != NOWHERE)
			leaves[place[l->from]] =
			    (struct leaf){&g->objects[l->from], l->from, l->to, l->words, true};
		if (place[l->to] != NOWHERE && l->from != l->to)
			leaves[place[l->to]] =
			    (struct leaf){&g->objects[l->to], l->to, l->from, l->words, false};
	}
	if (*count > 0)
		qsort(leaves, *count, sizeof *leaves, compare_leaves);
	return leaves;
}

static void add_node(struct stix_graph *g, size_t object, size_t count)
{
	g->nodes[g->node_count++] = (struct stix_node){.object = object, .count = count};
}

static void make_nodes(struct arena *arena, struct stix_graph *g)
{
	size_t count;
	struct leaf *leaves = leaves_of(arena, g, &count);
	g->nodes = arena_array(arena, g->object_count, sizeof *g->nodes);
	for (size_t i = 0; i < g->object_count; i++)
		if (g->objects[i].links > 1 && is_shown(&g->objects[i]))
			add_node(g, i, 1);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && compare_kinds(&leaves[i], &leaves[end]) == 0;
		     end++)
			;
		if (end - i >= STIX_ALIKE_MIN)
			add_node(g, leaves[i].at, end - i);
		else
			for (size_t n = i; n < end; n++)
				add_node(g, leaves[n].at, 1);
	}
}

/* What has most links says most; then what stands for most. What is not there says least. */
static int compare_weights(const void *a, const void *b, void *ctx)
{
	const struct stix_graph *g = ctx;
	const struct stix_node *x = a, *y = b;
	const struct stix_object *one = &g->objects[x->object], *other = &g->objects[y->object];
	if (one->is_there != other->is_there)
		return one->is_there ? -1 : 1;
	if (one->links != other->links)
		return one->links > other->links ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->object < y->object ? -1 : x->object > y->object;
}

static int compare_objects(const void *a, const void *b)
{
	const struct stix_node *x = a, *y = b;
	return x->object < y->object ? -1 : x->object > y->object;
}

/* The nodes of objects; NOWHERE where an object has none. */
static size_t *nodes_of(struct arena *arena, const struct stix_graph *g)
{
	size_t *node_of = arena_array(arena, g->object_count, sizeof *node_of);
	for (size_t i = 0; i < g->object_count; i++)
		node_of[i] = NOWHERE;
	for (size_t i = 0; i < g->node_count; i++)
		node_of[g->nodes[i].object] = i;
	return node_of;
}

/* Those that say most, and then what these are linked to: a picture without lines shows nothing. */
static void keep_weightiest(struct arena *arena, struct stix_graph *g)
{
	enum { CORES = STIX_DRAWN_MAX / 3 };
	qsort_r(g->nodes, g->node_count, sizeof *g->nodes, compare_weights, g);
	const size_t *node_of = nodes_of(arena, g);
	bool *kept = arena_array(arena, g->node_count, sizeof *kept);
	size_t count = CORES, all = g->node_count;
	memset(kept, true, CORES * sizeof *kept);
	for (size_t i = 0; i < g->link_count && count < STIX_DRAWN_MAX; i++) {
		size_t from = node_of[g->links[i].from], to = node_of[g->links[i].to];
		size_t new = from < CORES ? to : to < CORES ? from : NOWHERE;
		count += new != NOWHERE && !kept[new];
		if (new != NOWHERE)
			kept[new] = true;
	}
	for (size_t i = CORES; i < all && count < STIX_DRAWN_MAX; i++) {
		count += !kept[i];
		kept[i] = true;
	}
	g->node_count = 0;
	for (size_t i = 0; i < all; i++)
		if (kept[i])
			g->nodes[g->node_count++] = g->nodes[i];
	g->left_out = all - g->node_count;
}

static void choose_nodes(struct arena *arena, struct stix_graph *g)
{
	if (g->node_count > STIX_DRAWN_MAX)
		keep_weightiest(arena, g);
	if (g->node_count > 0)
		qsort(g->nodes, g->node_count, sizeof *g->nodes, compare_objects);
}

/* --- Edges ---------------------------------------------------------------------------------------
 */

static void make_edges(struct arena *arena, struct stix_graph *g)
{
	enum { MOST = STIX_DRAWN_MAX * 4 };
	const size_t *node_of = nodes_of(arena, g);
	g->edges = arena_array(arena, MOST, sizeof *g->edges);
	for (size_t i = 0; i < g->link_count && g->edge_count < MOST; i++) {
		const struct stix_link *l = &g->links[i];
		struct stix_edge new = {node_of[l->from], node_of[l->to], l->words};
		bool is_known = new.from == NOWHERE || new.to == NOWHERE || new.from == new.to;
		for (size_t n = 0; n < g->edge_count && !is_known; n++)
			is_known =
			    g->edges[n].from == new.from &&
			    g->edges[n].to == new.to &&strcmp(g->edges[n].words, new.words) == 0;
		if (!is_known)
			g->edges[g->edge_count++] = new;
	}
}

/* --- Columns -------------------------------------------------------------------------------------
 */

struct columns {
	struct stix_graph *g;
	enum { UNSEEN, OPEN, DONE } seen[STIX_DRAWN_MAX];
};

/* How far the longest way goes from a node; an edge back to where one came from is none. */
static unsigned longest(struct columns *c, size_t node)
{
	unsigned most = 0;
	if (c->seen[node] == DONE)
		return c->g->nodes[node].column;
	c->seen[node] = OPEN;
	for (size_t i = 0; i < c->g->edge_count; i++) {
		const struct stix_edge *edge = &c->g->edges[i];
		if (edge->from != node || c->seen[edge->to] == OPEN)
			continue;
		unsigned way = longest(c, edge->to) + 1;
		most = way > most ? way : most;
	}
	c->seen[node] = DONE;
	return c->g->nodes[node].column = most < STIX_COLUMNS_MAX ? most : STIX_COLUMNS_MAX - 1;
}

static void make_columns(struct stix_graph *g)
{
	struct columns c = {.g = g};
	unsigned last = 0;
	for (size_t i = 0; i < g->node_count; i++) {
		unsigned way = longest(&c, i);
		last = way > last ? way : last;
	}
	for (size_t i = 0; i < g->node_count; i++)
		g->nodes[i].column = last - g->nodes[i].column;
}

/* --- Places
 * --------------------------------------------------------------------------------------- */

struct place {
	size_t node;
	double middle; /* of its neighbours' rows */
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	if (x->middle != y->middle)
		return x->middle < y->middle ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

static double middle_of(const struct stix_graph *g, size_t node)
{
	double sum = 0, count = 0;
	for (size_t i = 0; i < g->edge_count; i++) {
		const struct stix_edge *e = &g->edges[i];
		if (e->from != node && e->to != node)
			continue;
		sum += g->nodes[e->from == node ? e->to : e->from].y;
		count++;
	}
	return count > 0 ? sum / count : g->nodes[node].y;
}

/* Rows of a column, in the order of their neighbours' middles, about the same axis. */
static int place_column(struct stix_graph *g, unsigned column)
{
	struct place places[STIX_DRAWN_MAX];
	int count = 0;
	for (size_t i = 0; i < g->node_count; i++)
		if (g->nodes[i].column == column)
			places[count++] = (struct place){i, middle_of(g, i)};
	if (count > 0)
		qsort(places, (size_t)count, sizeof *places, compare_places);
	for (int i = 0; i < count; i++)
		g->nodes[places[i].node].y = (2 * i - count + 1) * STIX_ROW / 2;
	return count;
}

static void place_nodes(struct stix_graph *g)
{
	int most = 0, columns = 0;
	for (size_t i = 0; i < g->node_count; i++)
		g->nodes[i].y = (int)i;
	for (int sweep = 0; sweep < SWEEPS; sweep++)
		for (int i = 0; i < STIX_COLUMNS_MAX; i++) {
			int column = sweep % 2 == 0 ? i : STIX_COLUMNS_MAX - 1 - i;
			int count = place_column(g, (unsigned)column);
			most = count > most ? count : most;
			columns = count > 0 && column >= columns ? column + 1 : columns;
		}
	if (columns == 0)
		return;
	g->width = (columns - 1) * STIX_COLUMN + STIX_BOX_WIDTH + 2 * STIX_MARGIN;
	g->height = (most - 1) * STIX_ROW + STIX_BOX_HEIGHT + 2 * STIX_MARGIN;
	for (size_t i = 0; i < g->node_count; i++) {
		g->nodes[i].x = (int)g->nodes[i].column * STIX_COLUMN + STIX_MARGIN;
		g->nodes[i].y += (g->height - STIX_BOX_HEIGHT) / 2;
	}
}

void stix_graph_lay_out(struct arena *arena, struct stix_graph *g)
{
	make_nodes(arena, g);
	choose_nodes(arena, g);
	make_edges(arena, g);
	make_columns(g);
	place_nodes(g);
}

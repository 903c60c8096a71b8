/*
 * What is in a report's evidence: STIX bundles as a picture and as tables of objects and links.
 * Whatever a reporter sent is text here: bounded by casework/stix_graph.h, cut, and escaped.
 */
#include "pages.h"

#include <string.h>

#include "authority/access.h"
#include "base/file.h"
#include "casework/stix_graph.h"

enum {
	ROWS_FIRST = 50,  /* of each table, on the report's page */
	ROWS_PAGE = 200,  /* on the file's own */
	BOX_COLUMNS = 22, /* letters that fit a box */
	LINE_COLUMNS = 16,
	TYPE_COLUMNS = 13, /* of a type that there are no words for */
	CELL_COLUMNS = 70,
};

/* --- Words -------------------------------------------------------------------------------------
 */

/* How wide a character is: those of East Asia take two letters' room, marks take one too, so that
 * a heap of them ends. */
static size_t width_of(const char *at)
{
	unsigned char c = (unsigned char)*at;
	return c >= 0xE1 ? 2 : 1;
}

/* So much of a text as fits; what was left out is marked. */
static const char *fitting(struct arena *arena, const char *text, size_t columns)
{
	size_t used = 0, at = 0;
	while (text[at] != 0 && used + width_of(text + at) <= columns) {
		used += width_of(text + at);
		for (at++; (text[at] & 0xC0) == 0x80; at++)
			;
	}
	return text[at] == 0 ? text : arena_printf(arena, "%.*s…", (int)at, text);
}

/* The types of STIX 2.1 that pages have words for, and what sort of thing each is. */
static const char *sort_of(const char *type)
{
	static const struct {
		const char *type, *sort;
	} known[] = {
	    {"artifact", "seen"},
	    {"attack-pattern", "threat"},
	    {"autonomous-system", "seen"},
	    {"campaign", "actor"},
	    {"course-of-action", "said"},
	    {"directory", "seen"},
	    {"domain-name", "seen"},
	    {"email-addr", "seen"},
	    {"email-message", "seen"},
	    {"extension-definition", "said"},
	    {"file", "seen"},
	    {"grouping", "said"},
	    {"identity", "actor"},
	    {"incident", "threat"},
	    {"indicator", "seen"},
	    {"infrastructure", "threat"},
	    {"intrusion-set", "actor"},
	    {"ipv4-addr", "seen"},
	    {"ipv6-addr", "seen"},
	    {"language-content", "said"},
	    {"location", "actor"},
	    {"mac-addr", "seen"},
	    {"malware", "threat"},
	    {"malware-analysis", "said"},
	    {"marking-definition", "said"},
	    {"mutex", "seen"},
	    {"network-traffic", "seen"},
	    {"note", "said"},
	    {"observed-data", "seen"},
	    {"opinion", "said"},
	    {"process", "seen"},
	    {"relationship", "said"},
	    {"report", "said"},
	    {"sighting", "seen"},
	    {"software", "seen"},
	    {"threat-actor", "actor"},
	    {"tool", "threat"},
	    {"url", "seen"},
	    {"user-account", "seen"},
	    {"vulnerability", "threat"},
	    {"windows-registry-key", "seen"},
	    {"x509-certificate", "seen"},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].type, type) == 0)
			return known[i].sort;
	return NULL;
}

static void set_type(struct arena *arena, json_t *row, const char *type)
{
	const char *sort = sort_of(type);
	json_object_set_new(
	    row, "type-key",
	    json_string(sort != NULL ? arena_printf(arena, "stix.%s", type) : "stix.other"));
	json_object_set_new(row, "type",
	                    json_string(sort != NULL ? "" : fitting(arena, type, TYPE_COLUMNS)));
	json_object_set_new(row, "sort", json_string(sort != NULL ? sort : "other"));
}

/* --- The picture
 * ---------------------------------------------------------------------------------- */

struct drawing {
	struct arena *arena;
	const struct stix_graph *g;
	const char *prefix; /* of ids on the page */
	bool is_mirrored;   /* a page that reads from the right */
	int width;
};

static int across(const struct drawing *d, int x)
{
	return d->is_mirrored ? d->width - x : x;
}

static json_t *box(const struct drawing *d, const struct stix_node *n)
{
	const struct stix_object *o = &d->g->objects[n->object];
	int x = d->is_mirrored ? d->width - n->x - STIX_BOX_WIDTH : n->x;
	json_t *row = json_pack("{s:i,s:i,s:s,s:s,s:s,s:o,s:b,s:I,s:b}", "x", x, "y", n->y, "row",
	                        arena_printf(d->arena, "%s-%zu", d->prefix, n->object), "words",
	                        fitting(d->arena, o->words, BOX_COLUMNS), "whole", o->words, "at",
	                        page_time(d->arena, o->at), "is-there", o->is_there, "count",
	                        (json_int_t)n->count, "are-many", n->count > 1);
	set_type(d->arena, row, o->type);
	return row;
}

static bool is_onward(const struct drawing *d, const struct stix_edge *e)
{
	return d->g->nodes[e->to].x > d->g->nodes[e->from].x;
}

/* Lines lead on from a box's far side; what leads back, or stays in its column, comes in there too.
 */
static bool is_at(const struct drawing *d, const struct stix_edge *e, size_t node, bool far)
{
	return far ? e->from == node || (e->to == node && !is_onward(d, e))
	           : e->to == node && is_onward(d, e);
}

/* Where on a box's side a line begins or ends: in the order of where they come from. */
static int port(const struct drawing *d, size_t edge, size_t node, bool far)
{
	const struct stix_graph *g = d->g;
	const struct stix_edge *own = &g->edges[edge];
	int before = 0, all = 0, y = g->nodes[own->from == node ? own->to : own->from].y;
	for (size_t i = 0; i < g->edge_count; i++) {
		const struct stix_edge *e = &g->edges[i];
		if (!is_at(d, e, node, far))
			continue;
		int other = g->nodes[e->from == node ? e->to : e->from].y;
		before += other < y || (other == y && i < edge);
		all++;
	}
	return g->nodes[node].y + STIX_BOX_HEIGHT * (before + 1) / (all + 1);
}

struct point {
	double x, y;
};

/* Of a cubic curve (De Casteljau). */
static struct point along(const struct point at[4], double t)
{
	struct point p[4];
	memcpy(p, at, sizeof p);
	for (int left = 3; left > 0; left--)
		for (int i = 0; i < left; i++)
			p[i] = (struct point){p[i].x + t * (p[i + 1].x - p[i].x),
			                      p[i].y + t * (p[i + 1].y - p[i].y)};
	return p[0];
}

/* Its words stand in the first gap that it crosses, where no box covers them. */
static json_t *line(const struct drawing *d, size_t edge)
{
	enum { HEAD = 7, BEND = 45 };
	const struct stix_edge *e = &d->g->edges[edge];
	const struct stix_node *from = &d->g->nodes[e->from], *to = &d->g->nodes[e->to];
	bool on = is_onward(d, e);
	int x1 = from->x + STIX_BOX_WIDTH, y1 = port(d, edge, e->from, true),
	    x2 = on ? to->x : to->x + STIX_BOX_WIDTH, y2 = port(d, edge, e->to, !on),
	    back = on ? -HEAD : HEAD, c1 = x1 + BEND, c2 = on ? x2 - BEND : x2 + BEND;
	double columns = on ? to->column - from->column : 1;
	struct point words = along((struct point[]){{x1, y1}, {c1, y1}, {c2, y2}, {x2, y2}},
	                           columns > 1 ? 0.7 / (2 * columns) : 0.5);
	return json_pack("{s:s,s:s,s:s,s:i,s:i}", "path",
	                 arena_printf(d->arena, "M%d %dC%d %d %d %d %d %d", across(d, x1), y1,
	                              across(d, c1), y1, across(d, c2), y2, across(d, x2), y2),
	                 "head",
	                 arena_printf(d->arena, "M%d %dL%d %dL%d %dZ", across(d, x2), y2,
	                              across(d, x2 + back), y2 - HEAD / 2, across(d, x2 + back),
	                              y2 + HEAD / 2),
	                 "words", fitting(d->arena, e->words, LINE_COLUMNS), "x",
	                 across(d, (int)words.x), "y", (int)words.y + 4);
}

static json_t *picture(const struct drawing *d)
{
	json_t *boxes = json_array(), *lines = json_array();
	for (size_t i = 0; i < d->g->edge_count; i++)
		json_array_append_new(lines, line(d, i));
	for (size_t i = 0; i < d->g->node_count; i++)
		json_array_append_new(boxes, box(d, &d->g->nodes[i]));
	return json_pack("{s:i,s:i,s:i,s:i,s:o,s:o,s:o}", "width", d->width, "height", d->g->height,
	                 "box-width", STIX_BOX_WIDTH, "box-height", STIX_BOX_HEIGHT, "left-out",
	                 d->g->left_out > 0 ? json_integer((json_int_t)d->g->left_out)
	                                    : json_null(),
	                 "boxes", boxes, "lines", lines);
}

/* --- The tables
 * ------------------------------------------------------------------------------------ */

/* Objects in the order of the table: what is drawn, then the rest as it stands there. */
static size_t *order_of(struct arena *arena, const struct stix_graph *g)
{
	size_t *order = arena_array(arena, g->object_count, sizeof *order), count = 0;
	bool *is_drawn = arena_array(arena, g->object_count, sizeof *is_drawn);
	for (size_t i = 0; i < g->node_count; i++) {
		is_drawn[g->nodes[i].object] = true;
		order[count++] = g->nodes[i].object;
	}
	for (size_t i = 0; i < g->object_count; i++)
		if (!is_drawn[i])
			order[count++] = i;
	return order;
}

static json_t *object_row(struct page *p, const struct drawing *d, size_t at)
{
	const struct stix_object *o = &d->g->objects[at],
	                         *by = o->by != NULL ? stix_graph_find(d->g, o->by) : NULL;
	json_t *row = json_pack(
	    "{s:s,s:s,s:s,s:o,s:b,s:s}", "row", arena_printf(p->arena, "%s-%zu", d->prefix, at),
	    "words", o->words, "id", o->id, "at", page_time(p->arena, o->at), "is-there",
	    o->is_there, "by", by != NULL ? fitting(p->arena, by->words, CELL_COLUMNS) : "");
	set_type(p->arena, row, o->type);
	return row;
}

static json_t *end_of(struct page *p, const struct stix_object *o)
{
	json_t *row = json_pack("{s:s,s:b}", "words",
	                        fitting(p->arena, *o->words != 0 ? o->words : o->id, CELL_COLUMNS),
	                        "is-there", o->is_there);
	set_type(p->arena, row, o->type);
	return row;
}

static json_t *object_rows(struct page *p, const struct drawing *d, size_t from, size_t most)
{
	json_t *rows = json_array();
	const size_t *order = order_of(p->arena, d->g);
	for (size_t i = from; i < d->g->object_count && i - from < most; i++)
		json_array_append_new(rows, object_row(p, d, order[i]));
	return rows;
}

static json_t *link_rows(struct page *p, const struct stix_graph *g, size_t from, size_t most)
{
	json_t *rows = json_array();
	for (size_t i = from; i < g->link_count && i - from < most; i++) {
		const struct stix_link *l = &g->links[i];
		json_array_append_new(rows, json_pack("{s:o,s:s,s:o}", "from",
		                                      end_of(p, &g->objects[l->from]), "link",
		                                      fitting(p->arena, l->words, CELL_COLUMNS),
		                                      "to", end_of(p, &g->objects[l->to])));
	}
	return rows;
}

/* --- A file -------------------------------------------------------------------------------------
 */

static bool is_mirrored(struct page *p)
{
	const struct catalog *c = console_catalog(p->service->console);
	return strcmp(messages_direction(catalog_language(c, p->language)), "rtl") == 0;
}

struct rows {
	size_t from, most;
};

static json_t *graph_json(struct page *p, const struct stix_graph *g, const char *prefix,
                          struct rows rows)
{
	enum { ROOM = 40 }; /* for lines that go round by the last column's far side */
	struct drawing d = {p->arena, g, prefix, is_mirrored(p), g->width + ROOM};
	size_t end = rows.from + rows.most,
	       all = g->object_count > g->link_count ? g->object_count : g->link_count;
	return json_pack(
	    "{s:s,s:I,s:I,s:b,s:o,s:o,s:o,s:I,s:I,s:I,s:b,s:b,s:b}", "prefix", prefix,
	    "object-count", (json_int_t)g->object_count, "link-count", (json_int_t)g->link_count,
	    "is-cut", g->is_cut, "picture", rows.from == 0 ? picture(&d) : json_null(), "objects",
	    object_rows(p, &d, rows.from, rows.most), "links",
	    link_rows(p, g, rows.from, rows.most), "first", (json_int_t)rows.from + 1, "next",
	    (json_int_t)end, "most", (json_int_t)rows.most, "is-more",
	    end<all, "objects-cut", g->object_count> end, "links-cut", g->link_count > end);
}

/* What is to be seen of a bundle, as {"graph"} or {"why"}; who looks at it is noted. */
static void look_into(struct page *p, json_t *row, const struct evidence *evidence,
                      const char *prefix, struct rows rows)
{
	struct err why = {0};
	struct bytes file;
	struct stix_graph g;
	const char *digest = words_hex(p->arena, &evidence->digest),
	           *path =
	               arena_printf(p->arena, "%s/evidence/%s", p->service->options.home, digest);
	if (!file_exists(path)) {
		json_object_set_new(row, "is-missing", json_true());
		return;
	}
	service_log("disclosed",
	            json_pack("{s:s,s:s,s:s}", "evidence", digest, "to", p->person.holder, "key",
	                      words_hex(p->arena, &p->person.kid)));
	if (evidence->size > STIX_SHOWN_BYTES)
		err_input(&why, "evidence.too-large", "%llu bytes are more than %d",
		          (unsigned long long)evidence->size, STIX_SHOWN_BYTES);
	else if (file_read(p->arena, path, STIX_SHOWN_BYTES, &file, &why) &&
	         stix_graph_read(p->arena, file, &g, &why)) {
		json_object_set_new(row, "graph", graph_json(p, &g, prefix, rows));
		return;
	}
	json_object_set_new(row, "why", json_string(why.text));
}

static bool may_look(const struct page *p)
{
	return p->has_person && access_of(access_role(p->person.role), KIND_REPORT) == ACCESS_ALL;
}

static json_t *file_row(struct page *p, const struct evidence *evidence, const char *prefix,
                        struct rows rows)
{
	json_t *row =
	    json_pack("{s:s,s:s,s:I,s:b,s:n,s:n,s:b}", "type", evidence->type, "digest",
	              words_hex(p->arena, &evidence->digest), "size", (json_int_t)evidence->size,
	              "may-look", may_look(p), "graph", "why", "is-missing", false);
	if (may_look(p) && strcmp(evidence->type, "stix-2.1") == 0)
		look_into(p, row, evidence, prefix, rows);
	return row;
}

json_t *page_evidence_files(struct page *p, const struct list *list)
{
	const struct evidence *evidence = list->at;
	json_t *files = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(files, file_row(p, &evidence[i],
		                                      arena_printf(p->arena, "stix-%zu", i),
		                                      (struct rows){0, ROWS_FIRST}));
	return files;
}

bool page_evidence(struct page *p)
{
	struct hash id;
	uint64_t index, from = 0;
	struct bytes entry;
	struct record record;
	const char *asked = http_query(p->q, "from"), *digest = http_parameter(p->q, "digest");
	if (asked != NULL && (!decimal_parse(bytes_text(asked), &from) || from > STIX_LINKS_MAX))
		return err_input(p->err, "http.page", "from is a row of the tables");
	if (!page_find(p, http_parameter(p->q, "id"), KIND_REPORT, &id, &index) ||
	    !store_entry(p->authority->store, index, p->arena, &entry, p->err) ||
	    !record_decode(p->arena, entry, &record, p->err))
		return false;
	const struct list *list = &record.body.report.evidence;
	const struct evidence *evidence = list->at;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(words_hex(p->arena, &evidence[i].digest), digest) == 0) {
			page_set(p, "report-id", json_string(words_hex(p->arena, &id)));
			page_set(p, "file",
			         file_row(p, &evidence[i], "stix",
			                  (struct rows){(size_t)from, ROWS_PAGE}));
			return true;
		}
	return err_refused(p->err, "state.no-such-thing", "the report names no such evidence");
}

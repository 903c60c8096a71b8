/* What is read of a bundle and drawn: links of each kind, bounds, and bundles that are hostile. */
#include "casework/stix_graph.h"

#include "base/file.h"
#include "test.h"

#define ID(type, n)           type "--0f14d0ab-1ec8-4c9a-9a56-0000000000" n
#define BUNDLE                "{\"type\":\"bundle\",\"id\":\"" ID("bundle", "00") "\",\"objects\":["
#define OBJECT(type, n, more) "{\"type\":\"" type "\",\"id\":\"" ID(type, n) "\"" more "}"
#define LINK(n, from, words, to)                                                                   \
	OBJECT("relationship", n,                                                                  \
	       ",\"source_ref\":\"" from "\",\"relationship_type\":\"" words                       \
	       "\",\"target_ref\":\"" to "\"")

static bool read_text(struct arena *arena, const char *text, struct stix_graph *g)
{
	struct err e = {0};
	bool ok = stix_graph_read(arena, bytes_text(text), g, &e);
	CHECK(ok, "%s", e.text);
	return ok;
}

static bool has_link(const struct stix_graph *g, const char *from, const char *words,
                     const char *to)
{
	for (size_t i = 0; i < g->link_count; i++)
		if (strcmp(g->objects[g->links[i].from].id, from) == 0 &&
		    strcmp(g->objects[g->links[i].to].id, to) == 0 &&
		    strcmp(g->links[i].words, words) == 0)
			return true;
	return false;
}

static const char story[] = BUNDLE OBJECT(
    "indicator", "01",
    ",\"pattern\":\"[domain-name:value = 'collector.example']\",\"valid_from\":"
    "\"2026-01-10T00:00:00.123Z\",\"created_by_ref\":\"" ID(
        "identity",
        "03") "\"") "," OBJECT("malware", "02",
                               ",\"name\":\"Lens\"") "," OBJECT("identity", "03",
                                                                ",\"name\":\"The "
                                                                "ombudsman\"") "," LINK("04",
                                                                                        ID("indicat"
                                                                                           "or",
                                                                                           "01"),
                                                                                        "ind"
                                                                                        "ica"
                                                                                        "te"
                                                                                        "s",
                                                                                        ID("malwar"
                                                                                           "e",
                                                                                           "02")) "," OBJECT("sighting",
                                                                                                             "05",
                                                                                                             ",\"sighting_of_ref\":\"" ID("indicator", "01") "\",\"where_sighted_refs\":[\"" ID("identity", "03") "\"],\"observed_data_refs\":[\"" ID(
                                                                                                                 "observed-data",
                                                                                                                 "99") "\"]") "," OBJECT("note",
                                                                                                                                         "06",
                                                                                                                                         ",\"content\":\"Seen twice.\",\"object_refs\":[\"" ID(
                                                                                                                                             "relationship",
                                                                                                                                             "04") "\"],\"object_marking_refs\":[\"" ID("marking-definition",
                                                                                                                                                                                        "07") "\"]") "]}";

static void links_of_each_kind_are_read(void)
{
	owned_arena arena = {0};
	struct stix_graph g;
	if (!read_text(&arena, story, &g))
		return;
	CHECK(g.link_count == 5, "%zu links", g.link_count);
	CHECK(has_link(&g, ID("indicator", "01"), "indicates", ID("malware", "02")),
	      "relationship");
	CHECK(has_link(&g, ID("sighting", "05"), "sighting-of", ID("indicator", "01")), "sighting");
	CHECK(has_link(&g, ID("sighting", "05"), "where-sighted", ID("identity", "03")), "where");
	CHECK(has_link(&g, ID("note", "06"), "object", ID("relationship", "04")), "note");
	CHECK(g.there_count == 6 && g.object_count == 7, "%zu of %zu", g.there_count,
	      g.object_count);
	const struct stix_object *ghost = &g.objects[6], *first = &g.objects[0];
	CHECK(!ghost->is_there && strcmp(ghost->type, "observed-data") == 0, "%s", ghost->type);
	CHECK(first->at == 1768003200, "%lld", (long long)first->at);
	CHECK(strstr(first->words, "collector.example") != NULL, "%s", first->words);
	CHECK(first->by != NULL &&
	          strcmp(stix_graph_find(&g, first->by)->words, "The ombudsman") == 0,
	      "by");
	/* The relationship is a box too, as the note is about it. */
	CHECK(g.node_count == 7 && g.edge_count == 5 && g.left_out == 0 && !g.is_cut, "%zu, %zu",
	      g.node_count, g.edge_count);
}

static void what_points_stands_before_what_it_points_at(void)
{
	owned_arena arena = {0};
	struct stix_graph g;
	if (!read_text(&arena, story, &g))
		return;
	for (size_t i = 0; i < g.edge_count; i++)
		CHECK(g.nodes[g.edges[i].from].x < g.nodes[g.edges[i].to].x, "edge %zu", i);
	for (size_t i = 0; i < g.node_count; i++)
		for (size_t n = 0; n < i; n++)
			CHECK(g.nodes[i].x != g.nodes[n].x ||
			          abs(g.nodes[i].y - g.nodes[n].y) >= STIX_ROW,
			      "%zu lies on %zu", i, n);
}

static void cycles_and_links_to_oneself_have_an_end(void)
{
	owned_arena arena = {0};
	struct stix_graph g;
	if (!read_text(
	        &arena,
	        BUNDLE OBJECT("tool", "01", ",\"a_ref\":\"" ID("tool", "02") "\"") "," OBJECT(
	            "tool", "02",
	            ",\"a_ref\":\"" ID(
	                "tool",
	                "03") "\"") "," OBJECT("tool", "03",
	                                       ",\"a_ref\":\"" ID(
	                                           "tool",
	                                           "01") "\"") "," OBJECT("tool", "04",
	                                                                  ",\"a_ref\":\"" ID(
	                                                                      "tool",
	                                                                      "04") "\"") "]}",
	        &g))
		return;
	CHECK(g.link_count == 4 && g.edge_count == 3 && g.node_count == 4, "%zu, %zu, %zu",
	      g.link_count, g.edge_count, g.node_count);
}

static void an_id_given_twice_is_two_objects_and_links_lead_to_the_first(void)
{
	owned_arena arena = {0};
	struct stix_graph g;
	if (!read_text(
	        &arena,
	        BUNDLE OBJECT("tool", "01", ",\"name\":\"old\"") "," OBJECT(
	            "tool", "01", ",\"name\":\"new\"") "," OBJECT("note", "02",
	                                                          ",\"object_refs\":[\"" ID(
	                                                              "tool", "01") "\"]") "]}",
	        &g))
		return;
	CHECK(g.object_count == 3 && g.link_count == 1 && g.links[0].to == 0, "%zu, %zu",
	      g.object_count, g.links[0].to);
}

/* N indicators of one malware, as published bundles have them. */
static const char *many(struct arena *arena, size_t count, const char *more)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, BUNDLE OBJECT("malware", "00", ",\"name\":\"Lens\""));
	for (size_t i = 1; i <= count; i++)
		buffer_printf(
		    &b,
		    ",{\"type\":\"indicator\",\"id\":\"indicator--0f14d0ab-1ec8-4c9a-9a56-"
		    "%012zx\"%s},{\"type\":\"relationship\",\"id\":\"relationship--0f14d0ab-"
		    "1ec8-4c9a-9a56-%012zx\",\"relationship_type\":\"indicates\",\"source_ref\":"
		    "\"indicator--0f14d0ab-1ec8-4c9a-9a56-%012zx\",\"target_ref\":\"" ID(
		        "malware", "00") "\"}",
		    i, more, i, i);
	buffer_text(&b, "]}");
	return buffer_cstr(&b);
}

static void leaves_alike_are_one_box(void)
{
	owned_arena arena = {0};
	struct stix_graph g;
	if (!read_text(&arena, many(&arena, 900, ""), &g))
		return;
	CHECK(g.node_count == 2 && g.edge_count == 1, "%zu, %zu", g.node_count, g.edge_count);
	CHECK(g.nodes[1].count == 900 && g.left_out == 0, "%zu", g.nodes[1].count);
	CHECK(g.link_count == 900 && g.there_count == 1801, "%zu", g.there_count);
}

static void bounds_are_kept_and_told(void)
{
	owned_arena arena = {0};
	struct stix_graph g;
	struct err e = {0};
	/* Each indicator says something of another that is nowhere: none is like the others. */
	if (!read_text(&arena, many(&arena, 10000, ",\"x_refs\":[\"a\",\"b\",\"c\",\"d\"]"), &g))
		return;
	CHECK(g.is_cut && g.there_count == STIX_OBJECTS_MAX, "%zu", g.there_count);
	CHECK(g.node_count == STIX_DRAWN_MAX && g.left_out > 0, "%zu, %zu", g.node_count,
	      g.left_out);
	CHECK(g.edge_count >= STIX_DRAWN_MAX / 2, "a picture has lines: %zu", g.edge_count);
	struct bytes much = bytes_of("x", (size_t)STIX_SHOWN_BYTES + 1);
	CHECK(!stix_graph_read(&arena, much, &g, &e) && strcmp(e.rule, "evidence.too-large") == 0,
	      "%s", e.text);
}

static void long_texts_are_cut_between_characters(void)
{
	enum { LONG = 4000 };
	owned_arena arena = {0};
	struct stix_graph g;
	char name[LONG + 2] = "x";
	for (size_t i = 1; i < LONG; i += 2)
		memcpy(name + i, "\xC3\xA9", 2);
	name[LONG - 1] = 0;
	if (!read_text(
	        &arena,
	        arena_printf(&arena, BUNDLE OBJECT("tool", "01", ",\"name\":\"%s\"") "]}", name),
	        &g))
		return;
	const char *words = g.objects[0].words;
	CHECK(strlen(words) <= STIX_WORDS_MAX + 3 && bytes_are_utf8(bytes_text(words)), "%s",
	      words);
}

static void the_same_bundle_gives_the_same_picture(void)
{
	owned_arena arena = {0};
	struct stix_graph a, b;
	if (!read_text(&arena, story, &a) || !read_text(&arena, story, &b))
		return;
	CHECK(a.node_count == b.node_count &&
	          memcmp(a.nodes, b.nodes, a.node_count * sizeof *a.nodes) == 0,
	      "nodes differ");
}

static void published_bundles_are_drawn(void)
{
	static const char *const published[] = {"2021-07-18_nso/pegasus.stix2",
	                                        "2021-12-16_cytrox/cytrox.stix2",
	                                        "2024-12-16_serbia_novispy/novispy.stix2"};
	if (test_data() == NULL)
		SKIP("PROVISO_TEST_DATA is not set");
	for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
		owned_arena arena = {0};
		struct bytes file;
		struct stix_graph g;
		struct err e = {0};
		const char *path =
		    arena_printf(&arena, "%s/vectors/stix/%s", test_data(), published[i]);
		bool ok = file_read(&arena, path, STIX_SHOWN_BYTES, &file, &e) &&
		          stix_graph_read(&arena, file, &g, &e);
		CHECK(ok, "%s", e.text);
		CHECK(!ok || (g.node_count >= 2 && g.edge_count >= 1 && g.left_out == 0),
		      "%s: %zu, %zu", path, g.node_count, g.edge_count);
	}
}

TEST_MAIN(TEST(links_of_each_kind_are_read), TEST(what_points_stands_before_what_it_points_at),
          TEST(cycles_and_links_to_oneself_have_an_end),
          TEST(an_id_given_twice_is_two_objects_and_links_lead_to_the_first),
          TEST(leaves_alike_are_one_box), TEST(bounds_are_kept_and_told),
          TEST(long_texts_are_cut_between_characters), TEST(the_same_bundle_gives_the_same_picture),
          TEST(published_bundles_are_drawn))

/* What is drawn of a bundle: every number is within its bound, every link leads to an object. */
#include "casework/stix_graph.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void check_picture(const struct stix_graph *g)
{
	assert(g->node_count <= STIX_DRAWN_MAX && g->edge_count <= STIX_DRAWN_MAX * 4);
	for (size_t i = 0; i < g->node_count; i++) {
		const struct stix_node *n = &g->nodes[i];
		assert(n->object < g->object_count && n->count > 0);
		assert(n->x >= 0 && n->x + STIX_BOX_WIDTH <= g->width);
		assert(n->y >= 0 && n->y + STIX_BOX_HEIGHT <= g->height);
	}
	for (size_t i = 0; i < g->edge_count; i++)
		assert(g->edges[i].from < g->node_count && g->edges[i].to < g->node_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	struct stix_graph g;
	struct err e = {0};
	if (!stix_graph_read(&arena, bytes_of(at, len), &g, &e)) {
		assert(e.kind == ERR_INPUT && e.rule != NULL);
		return 0;
	}
	assert(g.there_count > 0 && g.there_count <= STIX_OBJECTS_MAX &&
	       g.link_count <= STIX_LINKS_MAX);
	for (size_t i = 0; i < g.object_count; i++)
		assert(strlen(g.objects[i].words) <= STIX_WORDS_MAX + 3);
	for (size_t i = 0; i < g.link_count; i++)
		assert(g.links[i].from < g.object_count && g.links[i].to < g.object_count);
	check_picture(&g);
	return 0;
}

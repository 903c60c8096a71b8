/*
 * stix_graph: a STIX 2.x bundle as officers look at it: its objects, what links them
 * (relationships, and every reference of one object to others), and a picture of the part that
 * matters most, laid out in columns. The same bundle gives the same picture. Pure.
 *
 * A bundle is whatever a reporter sent: texts are cut, numbers are bounded, and each bound that cut
 * something off is told in a count. Cycles, references to nothing and ids given twice are no
 * errors.
 */
#ifndef PROVISO_CASEWORK_STIX_GRAPH_H
#define PROVISO_CASEWORK_STIX_GRAPH_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
	STIX_SHOWN_BYTES =
	    8 << 20, /* of a file that is looked into; beyond, it is a download alone */
	STIX_OBJECTS_MAX = 20000,
	STIX_LINKS_MAX = 50000,
	STIX_WORDS_MAX = 400, /* bytes of a text that is shown */
	STIX_DRAWN_MAX = 36,  /* nodes of the picture */
	STIX_COLUMNS_MAX = 8,
	STIX_ALIKE_MIN = 4, /* so many leaves of one kind are one node */
	/* Of the picture, in its own units. */
	STIX_BOX_WIDTH = 168,
	STIX_BOX_HEIGHT = 48,
	STIX_COLUMN = 258,
	STIX_ROW = 66,
	STIX_MARGIN = 16,
};

struct stix_object {
	const char *type, *id;
	const char *words; /* its name, value, pattern, ...; "" where it has none */
	int64_t at;        /* when it was seen first, or else made; 0: it says no time */
	const char *by;    /* the id of who made it, or NULL */
	bool is_there;     /* false: others refer to it, and the bundle has it not */
	bool is_link;      /* a relationship: among the objects where others refer to it */
	size_t links;
};

struct stix_link {
	size_t from, to;   /* of the objects */
	const char *words; /* "indicates", "object", "sighting-of" */
};

/* A box of the picture: an object, or `count` objects of one type that hang on the same one. */
struct stix_node {
	size_t object, count;
	unsigned column;
	int x, y;
};

struct stix_edge {
	size_t from, to; /* of the nodes */
	const char *words;
};

struct stix_graph {
	struct stix_object *objects; /* as they stand there, then those that are not there */
	size_t object_count, there_count;
	struct stix_link *links;
	size_t link_count;
	bool is_cut; /* there are more objects or links than were read */
	struct stix_node *nodes;
	size_t node_count, left_out; /* nodes that are not drawn */
	struct stix_edge *edges;
	size_t edge_count;
	int width, height;
};

/* Errors: bad input evidence.stix, evidence.too-large (more than STIX_SHOWN_BYTES). */
bool stix_graph_read(struct arena *, struct bytes file, struct stix_graph *out, struct err *);

/* The object of an id, if it is there; else NULL. */
const struct stix_object *stix_graph_find(const struct stix_graph *, const char *id);

/* The picture: nodes, edges and where they are. stix_graph_read() calls it. */
void stix_graph_lay_out(struct arena *, struct stix_graph *);

#endif

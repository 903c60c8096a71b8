/*
 * xml: streaming reading of XML (expat): the elements of some names are handed on as small trees,
 * one at a time; the rest is passed over. Names are without their prefix. A document type and
 * its entities, too deep nesting, and an element larger than 16 MiB are refused. Internal to the
 * readers.
 */
#ifndef PROVISO_SCREENING_XML_H
#define PROVISO_SCREENING_XML_H

#include "base/arena.h"
#include "base/err.h"
#include "reader.h"

enum { XML_DEPTH = 64, XML_ELEMENT = 16 << 20 };

struct xml_node {
	const char *name;
	const char *text;              /* all of its own, without its children's; never NULL */
	const char *const *attributes; /* name, value, ..., NULL */
	const struct xml_node *parent, *child, *next;
	size_t line;
};

typedef bool xml_visit(void *context, const struct xml_node *);

/*
 * Reads bytes from `take` (0 at the end, -1 on failure after filling the error). The root is
 * visited first, with its attributes alone; then each outermost element named in `elements`
 * (NULL at the end). `visit` returns false after filling the error.
 */
typedef long xml_take(void *from, void *at, size_t room);
bool xml_read(const char *name, xml_take *, void *from, const char *const elements[], xml_visit *,
              void *context, struct err *);
bool xml_read_file(const struct list_file *, const char *const elements[], xml_visit *,
                   void *context, struct err *);

/* The first child of a name, or NULL (also of NULL). */
const struct xml_node *xml_child(const struct xml_node *, const char *name);
/* The next sibling of the same name. */
const struct xml_node *xml_again(const struct xml_node *);
/* The text at a path of children "a/b", "" where there is none. */
const char *xml_text(const struct xml_node *, const char *path);
const char *xml_attribute(const struct xml_node *, const char *name); /* "" where there is none */

/* The whole number that a text begins with, as days, months and places in an order are; 0: none. */
int xml_number(const char *text);
/* The next element of a name anywhere below `root`, in document order; `after` NULL: the first. */
const struct xml_node *xml_below(const struct xml_node *root, const struct xml_node *after,
                                 const char *name);

#define xml_each(node, root, name)                                                                 \
	const struct xml_node *node = xml_child(root, name);                                       \
	node != NULL;                                                                              \
	node = xml_again(node)
#define xml_all(node, root, name)                                                                  \
	const struct xml_node *node = xml_below(root, NULL, name);                                 \
	node != NULL;                                                                              \
	node = xml_below(root, node, name)

#endif

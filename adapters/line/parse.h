/*
 * parse: a line of the line protocol (README.md) as a question. No I/O, no allocation.
 */
#ifndef PROVISO_LINE_PARSE_H
#define PROVISO_LINE_PARSE_H

#include <proviso/gate.h>

enum { LINE_MAX_BYTES = 8192 };

enum line_word { LINE_DECIDE, LINE_ASK, LINE_STATUS };

struct line {
	enum line_word word;
	struct proviso_use_text use;
	const char *with[PROVISO_WITH_MAX];
};

/* Takes `text` apart where it stands. False: *why says what is wrong with it. */
bool line_parse(char *text, struct line *, const char **why);

#endif

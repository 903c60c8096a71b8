#include "parse.h"

#include <string.h>

static bool take_word(const char *text, enum line_word *out)
{
	static const char *const words[] = {"decide", "ask", "status"};
	for (int i = LINE_DECIDE; i <= LINE_STATUS; i++)
		if (strcmp(text, words[i]) == 0) {
			*out = (enum line_word)i;
			return true;
		}
	return false;
}

static bool take_field(struct line *l, const char *name, const char *value, const char **why)
{
	const struct {
		const char *name, **to;
	} fields[] = {
	    {"capability", &l->use.capability}, {"purpose", &l->use.purpose},
	    {"territory", &l->use.territory},   {"subject", &l->use.subject},
	    {"warrant", &l->use.warrant},
	};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (strcmp(name, fields[i].name) != 0)
			continue;
		*why = "a field is there twice";
		if (*fields[i].to != NULL)
			return false;
		*fields[i].to = value;
		return true;
	}
	*why = "a field is none of capability, purpose, territory, subject, warrant, with";
	if (strcmp(name, "with") != 0)
		return false;
	*why = "too many obligations";
	if (l->use.with_count == PROVISO_WITH_MAX)
		return false;
	l->with[l->use.with_count++] = value;
	return true;
}

bool line_parse(char *text, struct line *l, const char **why)
{
	char *rest = text, *word = strsep(&rest, "\t");
	*l = (struct line){0};
	l->use.with = l->with;
	*why = "a line begins with decide, ask or status";
	if (!take_word(word, &l->word))
		return false;
	*why = "status stands alone";
	if (l->word == LINE_STATUS)
		return rest == NULL;
	for (char *name; (name = strsep(&rest, "\t")) != NULL;) {
		char *value = strchr(name, '=');
		*why = "a field is NAME=VALUE";
		if (value == NULL)
			return false;
		*value++ = 0;
		if (!take_field(l, name, value, why))
			return false;
	}
	return true;
}

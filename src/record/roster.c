#include "roster.h"

#include <stdio.h>

static bool bad(struct err *e, size_t line, const char *what)
{
	return err_input(e, "roster.line", "line %zu of the officers: %s", line, what);
}

/* The next word of the line, which ends at a blank; empty at the end. */
static struct bytes word(struct bytes *line)
{
	size_t len = 0;
	while (len < line->len && line->at[len] != ' ')
		len++;
	struct bytes out = bytes_of(line->at, len);
	size_t taken = len + (len < line->len);
	*line = bytes_of(line->at + taken, line->len - taken);
	return out;
}

static bool take_word(struct bytes *line, const char *is)
{
	return bytes_equal(word(line), bytes_text(is));
}

static const char *text_or_null(struct arena *arena, struct bytes text)
{
	return bytes_equal(text, bytes_text("-")) ? NULL : arena_copy(arena, text.at, text.len);
}

static bool take_officer(struct arena *arena, struct bytes line, size_t number, struct roster *out,
                         struct err *e)
{
	if (out->count == ROSTER_OFFICERS)
		return bad(e, number, "there are too many");
	struct roster_officer *o = &out->at[out->count];
	*o = (struct roster_officer){0};
	if (!take_word(&line, "officer"))
		return bad(e, number, "not \"officer KEY SITE ORIGIN HOLDER\"");
	if (!key_line_parse(word(&line), &o->key.key, e))
		return err_context(e, "line %zu of the officers", number);
	o->key.rp_id = text_or_null(arena, word(&line));
	o->key.origin = text_or_null(arena, word(&line));
	o->holder = arena_copy(arena, line.at, line.len);
	if (line.len == 0 || (o->key.rp_id == NULL) != (o->key.origin == NULL))
		return bad(e, number, "not \"officer KEY SITE ORIGIN HOLDER\"");
	for (size_t i = 0; i < out->count; i++)
		if (strcmp(out->at[i].holder, o->holder) == 0)
			return bad(e, number, "the holder is there already");
	out->count++;
	return true;
}

bool roster_parse(struct arena *arena, struct bytes all, const char **origin, struct roster *out,
                  uint64_t *followed, struct err *e)
{
	struct reader r = reader_of(bytes_copy(arena, all));
	struct bytes line = read_line(&r);
	*out = (struct roster){0};
	if (all.len > ROSTER_MAX || r.bad || !take_word(&line, "officers") ||
	    !take_word(&line, "of") || line.len == 0)
		return bad(e, 1, "not \"officers of ORIGIN\"");
	*origin = arena_copy(arena, line.at, line.len);
	line = read_line(&r);
	if (r.bad || !take_word(&line, "threshold") || !decimal_parse(line, &out->threshold) ||
	    out->threshold == 0)
		return bad(e, 2, "not \"threshold NUMBER\"");
	line = read_line(&r);
	if (r.bad || !take_word(&line, "followed") || !decimal_parse(line, followed))
		return bad(e, 3, "not \"followed NUMBER\"");
	for (size_t number = 4; reader_left(&r) > 0; number++) {
		line = read_line(&r);
		if (r.bad)
			return bad(e, number, "it does not end in LF");
		if (!take_officer(arena, line, number, out, e))
			return false;
	}
	return out->count >= out->threshold ||
	       err_input(e, "roster.line", "%llu officers must agree and there are %zu",
	                 (unsigned long long)out->threshold, out->count);
}

struct bytes roster_format(struct arena *arena, const char *origin, const struct roster *roster,
                           uint64_t followed)
{
	struct buffer b = {.arena = arena};
	buffer_printf(&b, "officers of %s\nthreshold %llu\nfollowed %llu\n", origin,
	              (unsigned long long)roster->threshold, (unsigned long long)followed);
	for (size_t i = 0; i < roster->count; i++) {
		const struct roster_officer *o = &roster->at[i];
		const char *line = key_line(arena, &o->key.key);
		buffer_printf(&b, "officer %.*s %s %s %s\n", (int)strcspn(line, "\n"), line,
		              o->key.rp_id != NULL ? o->key.rp_id : "-",
		              o->key.rp_id != NULL ? o->key.origin : "-", o->holder);
	}
	return buffer_view(&b);
}

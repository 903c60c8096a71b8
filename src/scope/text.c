#include "parts.h"

#include <assert.h>
#include <stdio.h>

#include "base/instant.h"

/* --- Words for messages --------------------------------------------------------------- */

struct shown shown(struct bytes text)
{
	struct shown s;
	size_t len = 0, i = 0;
	for (; i < text.len && len < sizeof s.text - 8; i++) {
		uint8_t c = text.at[i];
		if (c >= ' ' && c <= '~')
			s.text[len++] = (char)c;
		else
			len += (size_t)snprintf(s.text + len, 5, "\\x%02x", c);
	}
	memcpy(s.text + len, i < text.len ? "..." : "", i < text.len ? 4 : 1);
	return s;
}

struct shown instant_shown(int64_t at)
{
	struct shown s;
	if (at >= INSTANT_FIRST && at <= INSTANT_LAST)
		instant_format(at, s.text);
	else
		snprintf(s.text, sizeof s.text, "%lld s", (long long)at);
	return s;
}

/* --- Parsing -------------------------------------------------------------------------- */

struct parser {
	struct arena *arena;
	struct bytes text;
	struct scope draft;
	struct scope_limit *limits; /* of draft, sorted by name */
	unsigned seen;              /* bits of enum scope_dimension */
	struct bytes word;          /* `any` or `none`, once read */
	struct err *e;
};

/* Puts the place of `at`, which lies in the text, in front of the error. */
static bool placed(struct parser *p, struct bytes at)
{
	size_t line = 1, column = 1;
	for (const uint8_t *c = p->text.at; c < at.at; c++) {
		column = *c == '\n' ? 1 : column + 1;
		line += *c == '\n';
	}
	return err_context(p->e, "line %zu, column %zu", line, column);
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct bytes trimmed(struct bytes b)
{
	while (b.len > 0 && is_space(b.at[b.len - 1]))
		b.len--;
	while (b.len > 0 && is_space(*b.at)) {
		b.at++;
		b.len--;
	}
	return b;
}

/* Cuts `rest` at the first of the two bytes; what stands before it is returned trimmed. */
static struct bytes cut(struct bytes *rest, char one, char other)
{
	size_t i = 0;
	while (i < rest->len && rest->at[i] != (uint8_t)one && rest->at[i] != (uint8_t)other)
		i++;
	struct bytes before = trimmed(bytes_of(rest->at, i));
	if (i < rest->len)
		*rest = bytes_of(rest->at + i + 1, rest->len - i - 1);
	else
		*rest = bytes_of(rest->at + i, 0);
	return before;
}

bool scope_label_check(struct bytes label, struct err *e)
{
	const char *why = NULL;
	bool inside = false; /* a segment */
	if (label.len > SCOPE_LABEL_MAX)
		why = "it is longer than 127 bytes";
	for (size_t i = 0; i < label.len && why == NULL; i++) {
		uint8_t c = label.at[i];
		bool dot = c == '.';
		if (dot ? !inside
		        : !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		            (c >= '0' && c <= '9') || c == '-'))
			why = dot ? "a segment is empty" : "letters, digits, '-' and '.' only";
		inside = !dot;
	}
	if (why == NULL && !inside)
		why = "a segment is empty";
	if (why == NULL)
		return true;
	return err_input(e, "scope.label", "'%s' is not a label: %s", shown(label).text, why);
}

static const char *parse_item(struct parser *p, enum scope_dimension dimension, struct bytes item)
{
	struct selector pattern;
	if (dimension != SCOPE_SUBJECT_NOT)
		return scope_label_check(item, p->e) ? arena_copy(p->arena, item.at, item.len)
		                                     : NULL;
	if (!pattern_parse(item, &pattern, p->e))
		return NULL;
	return arena_copy(p->arena, pattern.text, pattern.len);
}

static bool parse_set(struct parser *p, enum scope_dimension dimension, struct bytes value)
{
	size_t count = 1;
	for (size_t i = 0; i < value.len; i++)
		count += value.at[i] == ',';
	if (count > SCOPE_SET_MAX) {
		err_input(p->e, "scope.too-large", "%s has %zu values, at most %d fit",
		          scope_dimension_name(dimension), count, SCOPE_SET_MAX);
		return placed(p, value);
	}
	const char **items = arena_array(p->arena, count, sizeof *items);
	for (size_t i = 0; i < count; i++) {
		struct bytes item = cut(&value, ',', ',');
		if (item.len == 0) {
			err_input(p->e, "scope.value-empty", "%s has an empty value",
			          scope_dimension_name(dimension));
			return placed(p, item);
		}
		items[i] = parse_item(p, dimension, item);
		if (items[i] == NULL)
			return placed(p, item);
	}
	struct scope_set *set = dimension == SCOPE_SUBJECT_NOT ? &p->draft.subject_not
	                        : dimension == SCOPE_REQUIRE   ? &p->draft.require
	                                                       : &p->draft.allow[dimension];
	set_find *find = dimension == SCOPE_SUBJECT_NOT ? set_find_pattern
	                 : dimension == SCOPE_REQUIRE   ? set_find_same
	                                                : set_find_label;
	const char **spare = arena_array(p->arena, count, sizeof *spare);
	*set = (struct scope_set){items, set_canonical(items, count, spare, find)};
	return true;
}

static bool parse_instant(struct parser *p, struct bytes value, int64_t *out)
{
	if (instant_parse(value, out))
		return true;
	err_input(p->e, "scope.instant", "'%s' is not an instant such as 2026-01-01T00:00:00Z",
	          shown(value).text);
	return placed(p, value);
}

/* Keeps p->limits sorted, so that a name given twice is found where it stands. */
static bool parse_limit(struct parser *p, struct bytes name, struct bytes value)
{
	struct bytes label = bytes_of(name.at + 6, name.len - 6);
	struct scope_limit limit;
	if (!scope_label_check(label, p->e))
		return placed(p, label);
	if (!decimal_parse(value, &limit.maximum)) {
		err_input(p->e, "scope.limit", "'%s' is not a number of 0 to 9223372036854775807",
		          shown(value).text);
		return placed(p, value);
	}
	if (p->limits ==
	    NULL) /* one for each '=' in the text is enough, and small texts are usual */
		p->limits =
		    arena_array(p->arena, p->text.len / sizeof "limit.a=" + 1, sizeof limit);
	limit.name = arena_copy(p->arena, label.at, label.len);
	size_t i = p->draft.limit_count;
	while (i > 0 && strcmp(p->limits[i - 1].name, limit.name) > 0)
		i--;
	if (i > 0 && strcmp(p->limits[i - 1].name, limit.name) == 0) {
		err_input(p->e, "scope.dimension-twice", "limit.%s stands here a second time",
		          limit.name);
		return placed(p, name);
	}
	memmove(&p->limits[i + 1], &p->limits[i], (p->draft.limit_count - i) * sizeof limit);
	p->limits[i] = limit;
	p->draft.limits = p->limits;
	p->draft.limit_count++;
	p->draft.none = p->draft.none || limit.maximum == 0;
	return true;
}

static bool parse_value(struct parser *p, struct bytes name, struct bytes value)
{
	int dimension = 0;
	if (name.len > 6 && memcmp(name.at, "limit.", 6) == 0)
		return parse_limit(p, name, value);
	while (dimension < SCOPE_LIMIT && !bytes_equal(name, bytes_text(scope_dimension_name(
	                                                         (enum scope_dimension)dimension))))
		dimension++;
	if (dimension == SCOPE_LIMIT) {
		err_input(p->e, "scope.dimension-unknown",
		          "'%s' is not capability, purpose, territory, subject-not, require, from, "
		          "until or limit.NAME",
		          shown(name).text);
		return placed(p, name);
	}
	if ((p->seen & 1u << dimension) != 0) {
		err_input(p->e, "scope.dimension-twice", "%s stands here a second time",
		          shown(name).text);
		return placed(p, name);
	}
	p->seen |= 1u << dimension;
	if (dimension == SCOPE_FROM)
		return parse_instant(p, value, &p->draft.from);
	if (dimension == SCOPE_UNTIL)
		return parse_instant(p, value, &p->draft.until);
	return parse_set(p, (enum scope_dimension)dimension, value);
}

/* One dimension=value, or the word that stands alone. */
static bool parse_part(struct parser *p, struct bytes part, bool first)
{
	bool any = bytes_equal(part, bytes_text("any")),
	     none = bytes_equal(part, bytes_text("none"));
	if (p->word.len > 0 || (!first && (any || none))) {
		err_input(p->e, "scope.syntax", "nothing may stand beside 'any' or 'none'");
		return placed(p, part);
	}
	if (any || none) {
		p->word = part;
		p->draft.none = none;
		return true;
	}
	const uint8_t *equals = memchr(part.at, '=', part.len);
	if (equals == NULL || equals == part.at) {
		err_input(p->e, "scope.syntax", "'%s' is not DIMENSION=VALUE, 'any' or 'none'",
		          shown(part).text);
		return placed(p, part);
	}
	struct bytes value = part;
	struct bytes name = cut(&value, '=', '=');
	value = trimmed(value);
	if (value.len == 0) {
		err_input(p->e, "scope.value-empty", "%s has no value", shown(name).text);
		return placed(p, value);
	}
	return parse_value(p, name, value);
}

bool scope_parse(struct arena *arena, struct bytes text, const struct scope **out, struct err *e)
{
	struct parser p = {.arena = arena, .text = text, .draft = scope_any, .e = e};
	if (text.len > SCOPE_TEXT_MAX)
		return err_input(e, "scope.too-large", "a scope of %zu bytes; at most %d fit",
		                 text.len, SCOPE_TEXT_MAX);
	bool first = true;
	struct bytes rest = text;
	while (rest.len > 0) {
		struct bytes part = cut(&rest, ';', '\n');
		if (part.len == 0)
			continue;
		if (!parse_part(&p, part, first))
			return false;
		first = false;
	}
	if (first)
		return err_input(e, "scope.empty", "a scope is 'any', 'none' or DIMENSION=VALUE");
	const struct scope *scope = scope_settle(arena, &p.draft);
	/* Canonical text has more blanks, and some addresses are longer in RFC 5952 form. */
	if (text.len > SCOPE_TEXT_MAX / 2 && strlen(scope_text(arena, scope)) > SCOPE_TEXT_MAX)
		return err_input(e, "scope.too-large", "the canonical text has more than %d bytes",
		                 SCOPE_TEXT_MAX);
	*out = scope;
	return true;
}

/* --- Canonical text ------------------------------------------------------------------- */

static void write_set(struct buffer *b, const char *dimension, const struct scope_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (i == 0 && b->len > 0)
			buffer_text(b, "; ");
		buffer_text(b, i == 0 ? dimension : ",");
		if (i == 0)
			buffer_text(b, "=");
		buffer_text(b, set->at[i]);
	}
}

static void write_instant(struct buffer *b, const char *dimension, int64_t at)
{
	char text[INSTANT_TEXT + 1];
	instant_format(at, text);
	buffer_text(b, b->len > 0 ? "; " : "");
	buffer_text(b, dimension);
	buffer_u8(b, '=');
	buffer_bytes(b, bytes_of(text, INSTANT_TEXT));
}

const char *scope_text(struct arena *arena, const struct scope *scope)
{
	if (scope->text != NULL)
		return scope->text;
	if (scope->none)
		return "none";
	struct buffer b = {.arena = arena};
	for (int d = 0; d < 3; d++)
		write_set(&b, scope_dimension_name((enum scope_dimension)d), &scope->allow[d]);
	write_set(&b, scope_dimension_name(SCOPE_SUBJECT_NOT), &scope->subject_not);
	write_set(&b, scope_dimension_name(SCOPE_REQUIRE), &scope->require);
	if (scope->from != SCOPE_NO_FROM)
		write_instant(&b, scope_dimension_name(SCOPE_FROM), scope->from);
	if (scope->until != SCOPE_NO_UNTIL)
		write_instant(&b, scope_dimension_name(SCOPE_UNTIL), scope->until);
	for (size_t i = 0; i < scope->limit_count; i++)
		buffer_printf(&b, "%slimit.%s=%llu", b.len > 0 ? "; " : "", scope->limits[i].name,
		              (unsigned long long)scope->limits[i].maximum);
	return b.len == 0 ? "any" : buffer_cstr(&b);
}

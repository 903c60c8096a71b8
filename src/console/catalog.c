#include "catalog.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/ucal.h>
#include <unicode/uchar.h>
#include <unicode/uloc.h>
#include <unicode/umsg.h>
#include <unicode/ustring.h>

#include "base/file.h"
#include "base/instant.h"

enum { CATALOG_MAX_BYTES = 1 << 20, LANGUAGE_MAX = 16, NESTED_MAX = 4, MILLISECONDS = 1000 };

enum taken { TEXT, NUMBER, INSTANT };

struct message {
	const char *key;
	const char *plain; /* the whole message, where nothing is filled in; else NULL */
	const UChar *pattern;
	enum taken taken[CATALOG_ARGUMENTS];
};

struct messages {
	char tag[LANGUAGE_MAX];
	const char *name;
	struct message *all; /* by key */
	size_t count;
	const struct messages *english; /* NULL: this is it */
	struct messages *next;
};

struct catalog {
	struct arena arena;
	struct messages *first;
};

/* --- Opening -------------------------------------------------------------------------------- */

static UChar *wide(struct arena *arena, const char *text)
{
	size_t room = strlen(text) + 1;
	UChar *out = arena_array(arena, room, sizeof *out);
	UErrorCode code = U_ZERO_ERROR;
	u_strFromUTF8WithSub(out, (int32_t)room, NULL, text, -1, 0xFFFD, NULL, &code);
	return out;
}

/*
 * What each argument is, as the pattern uses it: ICU takes a double for one, a pointer for the
 * other, has no way to be asked which, and reads what is not there where it is told wrong. So a
 * pattern is held to the part of MessageFormat that is known here: {n}, {n, number}, date, time,
 * plural, selectordinal and select, without the apostrophe that quotes (write U+2019).
 */
static const struct argument {
	const char *name;
	enum taken taken;
	bool has_texts;
} types[] = {{"", TEXT, false},        {"number", NUMBER, false}, {"date", INSTANT, false},
             {"time", INSTANT, false}, {"plural", NUMBER, true},  {"selectordinal", NUMBER, true},
             {"select", TEXT, true}};

struct scan {
	const char *at; /* NULL: not a message */
	struct message *message;
	bool seen[CATALOG_ARGUMENTS];
};

static void scan_texts(struct scan *s, unsigned depth);

/* Goes over what must be next. */
static void scan_take(struct scan *s, char c)
{
	if (s->at != NULL)
		s->at = *s->at == c ? s->at + 1 : NULL;
}

/* The type of an argument after its number, NULL where it has none that is known. */
static const struct argument *scan_type(struct scan *s)
{
	bool has_comma = *s->at == ',';
	s->at += has_comma;
	s->at += strspn(s->at, " ");
	size_t len = strcspn(s->at, " ,{}'");
	s->at += len;
	/* Without a comma ICU takes what follows the number into the argument's name. */
	if (has_comma != (len > 0) || (!has_comma && *s->at != '}'))
		return NULL;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strlen(types[i].name) == len && memcmp(types[i].name, s->at - len, len) == 0)
			return &types[i];
	return NULL;
}

static void scan_argument(struct scan *s, unsigned depth)
{
	size_t n = (size_t)(*s->at - '0');
	if (n >= CATALOG_ARGUMENTS) {
		s->at = NULL;
		return;
	}
	s->at++;
	const struct argument *type = scan_type(s);
	if (type == NULL || (s->seen[n] && s->message->taken[n] != type->taken)) {
		s->at = NULL;
		return;
	}
	s->seen[n] = true;
	s->message->taken[n] = type->taken;
	if (type->has_texts) {
		scan_texts(s, depth);
	} else {
		/* ICU takes another kind of number from the stack for an integer; {n, number} says
		 * the same. */
		size_t style = strcspn(s->at, "{}'");
		s->at = memmem(s->at, style, "integer", 7) == NULL ? s->at + style : NULL;
	}
	scan_take(s, '}');
}

/* A text up to its end: the brace of the choice that it is in, or of the whole. */
static void scan_text(struct scan *s, unsigned depth)
{
	while (s->at != NULL && *(s->at += strcspn(s->at, "{}'")) == '{') {
		s->at = depth < NESTED_MAX ? s->at + 1 : NULL;
		if (s->at != NULL)
			scan_argument(s, depth + 1);
	}
}

/* The texts to choose from, each with its word. */
static void scan_texts(struct scan *s, unsigned depth)
{
	while (s->at != NULL && *(s->at += strcspn(s->at, "{}'")) == '{') {
		s->at++;
		scan_text(s, depth);
		scan_take(s, '}');
	}
}

static bool kinds_of_arguments(const char *pattern, struct message *m)
{
	struct scan s = {.at = pattern, .message = m};
	scan_text(&s, 0);
	return s.at != NULL && *s.at == 0;
}

static bool open_message(struct catalog *c, const char *file, const char *tag, const char *key,
                         const json_t *value, struct message *out, struct err *e)
{
	UErrorCode code = U_ZERO_ERROR;
	const char *pattern = json_string_value(value);
	*out = (struct message){.key = arena_copy(&c->arena, key, strlen(key))};
	if (pattern == NULL || !kinds_of_arguments(pattern, out))
		return err_input(e, "catalog.syntax",
		                 "%s: %s is not a message of this kind, with up to %d arguments "
		                 "that are each used as one thing",
		                 file, key, CATALOG_ARGUMENTS);
	out->pattern = wide(&c->arena, pattern);
	if (strpbrk(pattern, "{}") == NULL)
		out->plain = arena_copy(&c->arena, pattern, strlen(pattern));
	UMessageFormat *format = umsg_open(out->pattern, -1, tag, NULL, &code);
	umsg_close(format);
	return U_SUCCESS(code) ||
	       err_input(e, "catalog.syntax", "%s: %s: %s", file, key, u_errorName(code));
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct message *)a)->key, ((const struct message *)b)->key);
}

static bool add_language(struct catalog *c, const char *tag, const char *path, struct bytes text,
                         struct err *e)
{
	json_error_t where;
	json_t *value,
	    *all = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &where);
	const char *key;
	size_t i = 0;
	if (!json_is_object(all)) {
		json_decref(all);
		return err_input(e, "catalog.syntax", "%s:%d: %s", path, where.line,
		                 all == NULL ? where.text : "no object");
	}
	struct messages *m = arena_alloc(&c->arena, sizeof *m);
	memcpy(m->tag, tag, strlen(tag));
	m->count = json_object_size(all);
	m->all = arena_array(&c->arena, m->count, sizeof *m->all);
	bool ok = true;
	json_object_foreach(all, key, value) ok =
	    ok && open_message(c, path, m->tag, key, value, &m->all[i++], e);
	const char *name = json_string_value(json_object_get(all, "language"));
	m->name = arena_printf(&c->arena, "%s", name != NULL ? name : m->tag);
	json_decref(all);
	m->count = i; /* the others were not read, where one was wrong */
	qsort(m->all, m->count, sizeof *m->all, by_key);
	m->next = c->first;
	c->first = m;
	return ok;
}

static bool open_language(struct catalog *c, const char *folder, const char *file, struct err *e)
{
	size_t len = strlen(file);
	const char *path = arena_printf(&c->arena, "%s/%s", folder, file);
	struct bytes text;
	if (len < 6 || len - 5 >= LANGUAGE_MAX || strcmp(file + len - 5, ".json") != 0)
		return true;
	return file_read(&c->arena, path, CATALOG_MAX_BYTES, &text, e) &&
	       add_language(c, arena_copy(&c->arena, file, len - 5), path, text, e);
}

static const struct message *find(const struct messages *m, const char *key)
{
	return bsearch(&(struct message){.key = key}, m->all, m->count, sizeof *m->all, by_key);
}

static struct messages *of_tag(const struct catalog *c, const char *tag, size_t len)
{
	for (struct messages *m = c->first; m != NULL; m = m->next)
		if (strlen(m->tag) == len && strncasecmp(m->tag, tag, len) == 0)
			return m;
	return NULL;
}

static bool english_has_all(struct catalog *c, struct err *e)
{
	const struct messages *english = of_tag(c, "en", 2);
	if (english == NULL)
		return err_input(e, "catalog.english", "there is no en.json");
	for (struct messages *m = c->first; m != NULL; m = m->next) {
		m->english = m != english ? english : NULL;
		for (size_t i = 0; i < m->count; i++)
			if (find(english, m->all[i].key) == NULL)
				return err_input(e, "catalog.english",
				                 "en.json lacks %s, which %s.json has",
				                 m->all[i].key, m->tag);
	}
	return true;
}

static bool open_all(struct catalog *c, const char *folder, struct err *e)
{
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return err_errno(e, "cannot read the folder %s", folder);
	bool ok = true;
	for (struct dirent *entry; ok && (entry = readdir(dir)) != NULL;)
		ok = open_language(c, folder, entry->d_name, e);
	closedir(dir);
	return ok && english_has_all(c, e);
}

static struct catalog *begin(struct err *e)
{
	struct catalog *c = calloc(1, sizeof *c);
	UErrorCode code = U_ZERO_ERROR;
	/* Instants are told in UTC, whatever the machine's zone: ICU's messages know one zone only.
	 */
	ucal_setDefaultTimeZone(u"Etc/UTC", &code);
	if (c == NULL)
		err_environment(e, "out of memory");
	return c;
}

static struct catalog *closed_unless(struct catalog *c, bool ok)
{
	if (ok)
		return c;
	catalog_close(c);
	return NULL;
}

struct catalog *catalog_open(const char *folder, struct err *e)
{
	struct catalog *c = begin(e);
	return closed_unless(c, c != NULL && open_all(c, folder, e));
}

struct catalog *catalog_of(struct bytes english, struct err *e)
{
	struct catalog *c = begin(e);
	return closed_unless(c, c != NULL && add_language(c, "en", "en.json", english, e) &&
	                            english_has_all(c, e));
}

void catalog_close(struct catalog *c)
{
	if (c == NULL)
		return;
	arena_free(&c->arena);
	free(c);
}

/* --- Choosing ------------------------------------------------------------------------------- */

const struct messages *catalog_language(const struct catalog *c, const char *tag)
{
	struct messages *m = of_tag(c, tag, strlen(tag));
	if (m == NULL)
		m = of_tag(c, tag, strcspn(tag, "-_"));
	return m != NULL ? m : of_tag(c, "en", 2);
}

/* "q=0.8", in thousandths; 1000 where there is none. */
static unsigned weight(const char *parameters, size_t len)
{
	const char *q = memmem(parameters, len, "q=", 2);
	return q == NULL ? 1000 : (unsigned)(strtod(q + 2, NULL) * 1000);
}

const struct messages *catalog_accept(const struct catalog *c, const char *header)
{
	const struct messages *best = NULL;
	unsigned most = 0;
	for (const char *at = header != NULL ? header : ""; *at != 0;) {
		at += strspn(at, " ,\t");
		size_t all = strcspn(at, ","), tag = strcspn(at, ",;- ");
		unsigned q = weight(at + tag, all - tag);
		const struct messages *m = of_tag(c, at, tag);
		if (m != NULL && q > most) {
			best = m;
			most = q;
		}
		at += all;
	}
	return best != NULL ? best : catalog_language(c, "en");
}

const char *messages_tag(const struct messages *m)
{
	return m->tag;
}

const char *messages_direction(const struct messages *m)
{
	return uloc_isRightToLeft(m->tag) ? "rtl" : "ltr";
}

json_t *catalog_languages(const struct catalog *c)
{
	json_t *out = json_array();
	for (const struct messages *m = c->first; m != NULL; m = m->next)
		json_array_append_new(out, json_pack("{s:s,s:s}", "tag", m->tag, "name", m->name));
	return out;
}

/* --- Saying --------------------------------------------------------------------------------- */

static double number(const json_t *value)
{
	int64_t at;
	bool is_instant =
	    json_is_string(value) && instant_parse(bytes_text(json_string_value(value)), &at);
	return is_instant ? (double)at : json_number_value(value);
}

static const char *text(struct arena *arena, const json_t *value)
{
	if (json_is_integer(value))
		return arena_printf(arena, "%lld", (long long)json_integer_value(value));
	return json_is_string(value) ? json_string_value(value) : "";
}

/* Whether a text has letters that run the other way than the language's. */
static bool turns(const UChar *text, bool is_rtl)
{
	for (; *text != 0; text++) {
		UCharDirection d = u_charDirection(*text);
		if (is_rtl ? d == U_LEFT_TO_RIGHT
		           : d == U_RIGHT_TO_LEFT || d == U_RIGHT_TO_LEFT_ARABIC)
			return true;
	}
	return false;
}

/* What is put into a sentence keeps its own direction, and the sentence its: first strong isolate.
 */
static const UChar *isolated(const struct messages *m, struct arena *arena, const UChar *text)
{
	if (!turns(text, uloc_isRightToLeft(m->tag)))
		return text;
	int32_t len = u_strlen(text);
	UChar *out = arena_array(arena, (size_t)len + 3, sizeof *out);
	out[0] = 0x2068;
	u_memcpy(out + 1, text, len);
	out[len + 1] = 0x2069;
	return out;
}

struct filled {
	double n[CATALOG_ARGUMENTS];
	const UChar *t[CATALOG_ARGUMENTS];
	unsigned numbers; /* a bit each */
};

/* ICU takes its arguments from the stack alone: one call for each way they can be mixed. */
static int32_t format(const char *tag, const UChar *pattern, const struct filled *f, UChar *out,
                      int32_t room)
{
	const double *n = f->n;
	const UChar *const *t = f->t;
	UErrorCode code = U_ZERO_ERROR;
#define FORMAT(...) u_formatMessage(tag, pattern, -1, out, room, &code, __VA_ARGS__)
	int32_t len = f->numbers == 0   ? FORMAT(t[0], t[1], t[2])
	              : f->numbers == 1 ? FORMAT(n[0], t[1], t[2])
	              : f->numbers == 2 ? FORMAT(t[0], n[1], t[2])
	              : f->numbers == 3 ? FORMAT(n[0], n[1], t[2])
	              : f->numbers == 4 ? FORMAT(t[0], t[1], n[2])
	              : f->numbers == 5 ? FORMAT(n[0], t[1], n[2])
	              : f->numbers == 6 ? FORMAT(t[0], n[1], n[2])
	                                : FORMAT(n[0], n[1], n[2]);
#undef FORMAT
	return U_SUCCESS(code) || code == U_BUFFER_OVERFLOW_ERROR ? len : -1;
}

const char *messages_format(const struct messages *m, struct arena *arena, const char *key,
                            json_t *const arguments[CATALOG_ARGUMENTS])
{
	const struct message *message = find(m, key);
	if (message == NULL)
		return m->english != NULL ? messages_format(m->english, arena, key, arguments)
		                          : key;
	if (message->plain != NULL)
		return message->plain;
	struct filled f = {0};
	for (size_t i = 0; i < CATALOG_ARGUMENTS; i++) {
		enum taken taken = message->taken[i];
		f.t[i] = taken == TEXT ? isolated(m, arena, wide(arena, text(arena, arguments[i])))
		                       : NULL;
		f.n[i] = taken == TEXT
		             ? 0
		             : number(arguments[i]) * (taken == INSTANT ? MILLISECONDS : 1);
		f.numbers |= (unsigned)(taken != TEXT) << i;
	}
	int32_t len = format(m->tag, message->pattern, &f, NULL, 0);
	if (len < 0)
		return key;
	UChar *out = arena_array(arena, (size_t)len + 1, sizeof *out);
	format(m->tag, message->pattern, &f, out, len + 1);
	char *utf8 = arena_alloc(arena, 3 * (size_t)len + 1);
	UErrorCode code = U_ZERO_ERROR;
	u_strToUTF8WithSub(utf8, 3 * len + 1, NULL, out, len, 0xFFFD, NULL, &code);
	return utf8;
}

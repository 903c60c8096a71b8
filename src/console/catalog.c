#include "catalog.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/ucal.h>
#include <unicode/uloc.h>
#include <unicode/umsg.h>
#include <unicode/ustring.h>

#include "base/file.h"
#include "base/instant.h"

enum { CATALOG_MAX_BYTES = 1 << 20, LANGUAGE_MAX = 16 };

struct message {
	const char  *key;
	const char  *plain; /* the whole message, where nothing is filled in; else NULL */
	const UChar *pattern;
	bool         is_number[CATALOG_ARGUMENTS]; /* else text: what ICU takes from the stack */
};

struct messages {
	char             tag[LANGUAGE_MAX];
	const char      *name;
	struct message  *all; /* by key */
	size_t           count;
	const struct messages *english; /* NULL: this is it */
	struct messages *next;
};

struct catalog {
	struct arena     arena;
	struct messages *first;
};

/* --- Opening -------------------------------------------------------------------------------- */

static UChar *wide(struct arena *arena, const char *text)
{
	size_t     room = strlen(text) + 1;
	UChar     *out = arena_array(arena, room, sizeof *out);
	UErrorCode code = U_ZERO_ERROR;
	u_strFromUTF8WithSub(out, (int32_t)room, NULL, text, -1, 0xFFFD, NULL, &code);
	return out;
}

/*
 * What each argument is, as the pattern uses it: ICU takes a double for one, a pointer for the
 * other, and has no way to be asked which.
 */
static bool kinds_of_arguments(const char *pattern, struct message *m)
{
	bool seen[CATALOG_ARGUMENTS] = {0};
	for (const char *c = pattern; (c = strchr(c, '{')) != NULL; c++) {
		size_t n = (size_t)(c[1] - '0');
		if (c[1] < '0' || c[1] > '9' || (c[2] != '}' && c[2] != ','))
			continue; /* the text of a choice */
		if (n >= CATALOG_ARGUMENTS)
			return false;
		const char *type = c + 3 + strspn(c + 3, " ");
		bool number = c[2] == ',' && strncmp(type, "select,", 7) != 0 && strncmp(type, "select ,", 8) != 0;
		/* ICU takes another kind of number from the stack for this one, and {n, number} says the same. */
		bool integer = number && strncmp(type, "number", 6) == 0 && memmem(type, strcspn(type, "}"), "integer", 7) != NULL;
		if (integer || (seen[n] && m->is_number[n] != number))
			return false;
		seen[n] = true;
		m->is_number[n] = number;
	}
	return true;
}

static bool open_message(struct catalog *c, const char *file, const char *tag, const char *key, const json_t *value,
    struct message *out, struct err *e)
{
	UErrorCode  code = U_ZERO_ERROR;
	const char *pattern = json_string_value(value);
	*out = (struct message){.key = arena_copy(&c->arena, key, strlen(key))};
	if (pattern == NULL || !kinds_of_arguments(pattern, out))
		return err_input(e, "catalog.syntax", "%s: %s is not a message with up to %d arguments, each of one kind",
		    file, key, CATALOG_ARGUMENTS);
	out->pattern = wide(&c->arena, pattern);
	if (strpbrk(pattern, "{}'") == NULL)
		out->plain = arena_copy(&c->arena, pattern, strlen(pattern));
	UMessageFormat *format = umsg_open(out->pattern, -1, tag, NULL, &code);
	umsg_close(format);
	return U_SUCCESS(code) || err_input(e, "catalog.syntax", "%s: %s: %s", file, key, u_errorName(code));
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct message *)a)->key, ((const struct message *)b)->key);
}

static bool open_language(struct catalog *c, const char *folder, const char *file, struct err *e)
{
	size_t       len = strlen(file), i = 0;
	json_error_t where;
	const char  *path = arena_printf(&c->arena, "%s/%s", folder, file), *key;
	json_t      *value;
	if (len < 6 || len - 5 >= LANGUAGE_MAX || strcmp(file + len - 5, ".json") != 0)
		return true;
	struct bytes text;
	if (!file_read(&c->arena, path, CATALOG_MAX_BYTES, &text, e))
		return false;
	json_t *all = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(all)) {
		json_decref(all);
		return err_input(e, "catalog.syntax", "%s:%d: %s", path, where.line, where.text);
	}
	struct messages *m = arena_alloc(&c->arena, sizeof *m);
	memcpy(m->tag, file, len - 5);
	m->count = json_object_size(all);
	m->all = arena_array(&c->arena, m->count, sizeof *m->all);
	bool ok = true;
	json_object_foreach(all, key, value)
		ok = ok && open_message(c, path, m->tag, key, value, &m->all[i++], e);
	const char *name = json_string_value(json_object_get(all, "language"));
	m->name = arena_printf(&c->arena, "%s", name != NULL ? name : m->tag);
	json_decref(all);
	qsort(m->all, m->count, sizeof *m->all, by_key);
	m->next = c->first;
	c->first = m;
	return ok;
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
				return err_input(e, "catalog.english", "en.json lacks %s, which %s.json has",
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

struct catalog *catalog_open(const char *folder, struct err *e)
{
	struct catalog *c = calloc(1, sizeof *c);
	UErrorCode      code = U_ZERO_ERROR;
	if (c == NULL) {
		err_environment(e, "out of memory");
		return NULL;
	}
	/* Instants are told in UTC, whatever the machine's zone: ICU's messages know one zone only. */
	ucal_setDefaultTimeZone(u"Etc/UTC", &code);
	if (!open_all(c, folder, e)) {
		catalog_close(c);
		return NULL;
	}
	return c;
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
	unsigned               most = 0;
	for (const char *at = header != NULL ? header : ""; *at != 0;) {
		at += strspn(at, " ,\t");
		size_t                 all = strcspn(at, ","), tag = strcspn(at, ",;- ");
		unsigned               q = weight(at + tag, all - tag);
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
	bool    is_instant = json_is_string(value) && instant_parse(bytes_text(json_string_value(value)), &at);
	return is_instant ? (double)at : json_number_value(value);
}

static const char *text(struct arena *arena, const json_t *value)
{
	if (json_is_integer(value))
		return arena_printf(arena, "%lld", (long long)json_integer_value(value));
	return json_is_string(value) ? json_string_value(value) : "";
}

/* What ICU takes for {n, date} is milliseconds; a count is never that of a time. */
static bool is_date(const UChar *pattern, size_t n)
{
	static const UChar *const dates[] = {u"date", u"time"};
	const UChar head[] = {'{', (UChar)('0' + n), ',', 0};
	for (const UChar *at = pattern; (at = u_strstr(at, head)) != NULL; at++)
		for (size_t i = 0; i < 2; i++) {
			const UChar *type = at + 3;
			type += *type == ' ';
			if (u_strncmp(type, dates[i], 4) == 0)
				return true;
		}
	return false;
}

struct filled {
	double       n[CATALOG_ARGUMENTS];
	const UChar *t[CATALOG_ARGUMENTS];
	unsigned     numbers; /* a bit each */
};

/* ICU takes its arguments from the stack alone: one call for each way they can be mixed. */
static int32_t format(const char *tag, const UChar *pattern, const struct filled *f, UChar *out, int32_t room)
{
	const double       *n = f->n;
	const UChar *const *t = f->t;
	UErrorCode          code = U_ZERO_ERROR;
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
		return m->english != NULL ? messages_format(m->english, arena, key, arguments) : key;
	if (message->plain != NULL)
		return message->plain;
	struct filled f = {0};
	for (size_t i = 0; i < CATALOG_ARGUMENTS; i++) {
		bool is_number = message->is_number[i];
		f.t[i] = is_number ? NULL : wide(arena, text(arena, arguments[i]));
		f.n[i] = is_number ? number(arguments[i]) * (is_date(message->pattern, i) ? 1000 : 1) : 0;
		f.numbers |= (unsigned)is_number << i;
	}
	int32_t len = format(m->tag, message->pattern, &f, NULL, 0);
	if (len < 0)
		return key;
	UChar *out = arena_array(arena, (size_t)len + 1, sizeof *out);
	format(m->tag, message->pattern, &f, out, len + 1);
	char      *utf8 = arena_alloc(arena, 3 * (size_t)len + 1);
	UErrorCode code = U_ZERO_ERROR;
	u_strToUTF8WithSub(utf8, 3 * len + 1, NULL, out, len, 0xFFFD, NULL, &code);
	return utf8;
}

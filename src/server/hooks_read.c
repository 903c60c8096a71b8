/* Who follows what, as the operator wrote it. */
#include "hooks_parts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"

enum { FILE_MOST = 1 << 20, URL_MAX = 1000 };

static bool is_name(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return len > 0 && text[len] == 0 && len <= FOLLOWER_NAME_MAX && text[0] != '-';
}

/*
 * https; http only to a literal address of this machine. Without a name and password, which
 * would be shown in logs, and which hide where an address leads.
 */
static bool is_url(const char *text)
{
	static const char *const here[] = {"http://127.0.0.1", "http://[::1]"};
	size_t skip = 0;
	for (size_t i = 0; i < 2; i++)
		if (strncmp(text, here[i], strlen(here[i])) == 0 &&
		    strchr(":/", text[strlen(here[i])]) != NULL)
			skip = 7;
	if (strncmp(text, "https://", 8) == 0)
		skip = 8;
	size_t host = skip > 0 ? strcspn(text + skip, "/?#") : 0;
	if (host == 0 || memchr(text + skip, '@', host) != NULL || strlen(text) > URL_MAX)
		return false;
	for (const char *c = text; *c != 0; c++)
		if (!isgraph((unsigned char)*c) || *c == '#' || *c == '\\')
			return false;
	return true;
}

static bool add_target(struct follower *f, const char *target, struct err *e)
{
	for (size_t i = 0; i < f->target_count; i++)
		if (strcmp(f->targets[i], target) == 0)
			return true;
	if (f->target_count == TARGETS_MAX)
		return err_input(e, "webhooks.target", "%s follows more than %d: give it two names",
		                 f->name, TARGETS_MAX);
	f->targets[f->target_count++] = target;
	return true;
}

/* The beginning of an id becomes the id, of a record of that kind. */
static bool whole(struct hooks *h, struct authority *a, const char *word, const char *digits,
                  const char **out, struct err *e)
{
	uint64_t index;
	struct record record;
	enum record_kind kind = strcmp(word, "system") == 0 ? KIND_ENROLMENT : KIND_LICENCE;
	if (!authority_find(a, &h->arena, digits, &record, &index, e))
		return false;
	if (record.kind != kind)
		return err_input(e, "webhooks.target", "%s is no %s", digits, word);
	*out =
	    arena_printf(&h->arena, "%s/%s", word, hex_encode(&h->arena, hash_bytes(&record.id)));
	return true;
}

static bool read_target(struct hooks *h, struct authority *a, struct follower *f, const char *text,
                        struct err *e)
{
	static const char *const words[] = {"system",   "licence", "list",   "end-user",
	                                    "exporter", "item",    "country"};
	const char *slash = strchr(text, '/'), *target = text;
	struct state state = authority_state(a);
	struct concerns under;
	bool is_known = false;
	if (strcmp(text, "all") == 0) {
		f->is_all = true;
		return true;
	}
	for (size_t i = 0; slash != NULL && slash[1] != 0 && i < sizeof words / sizeof *words; i++)
		is_known |= strncmp(text, words[i], (size_t)(slash - text)) == 0 &&
		            words[i][slash - text] == 0;
	if (!is_known)
		return err_input(e, "webhooks.target",
		                 "\"%.80s\" is not all, or system/ID, licence/ID, list/NAME, "
		                 "end-user/NAME, exporter/NAME, item/NAME or country/XX",
		                 text);
	const char *word = arena_copy(&h->arena, text, (size_t)(slash - text));
	if ((strcmp(word, "system") == 0 || strcmp(word, "licence") == 0) &&
	    !whole(h, a, word, slash + 1, &target, e))
		return false;
	if (!query_stands_under(&state, &h->arena, target, &under, e))
		return false;
	for (size_t i = 0; i < under.count; i++)
		if (!add_target(f, under.at[i], e))
			return false;
	return true;
}

/* %20 stands for a space, which names of end users may have. */
static const char *unescaped(struct arena *arena, const char *text)
{
	struct buffer out = {.arena = arena};
	for (const char *at; (at = strstr(text, "%20")) != NULL; text = at + 3) {
		buffer_bytes(&out, bytes_of(text, (size_t)(at - text)));
		buffer_printf(&out, " ");
	}
	buffer_printf(&out, "%s", text);
	return buffer_cstr(&out);
}

/* Up to where he was told; who is new begins at the end of the log. */
static bool read_cursor(struct follower *f, uint64_t size, struct err *e)
{
	struct bytes text;
	struct arena *arena = &f->hooks->arena;
	f->cursor = arena_printf(arena, "%s/webhooks/%s", f->hooks->options.home, f->name);
	f->next = size;
	f->kept = UINT64_MAX; /* to be written */
	if (!file_exists(f->cursor))
		return true;
	if (!file_read(arena, f->cursor, 64, &text, e))
		return false;
	if (text.len > 0 && text.at[text.len - 1] == '\n')
		text.len--;
	if (!decimal_parse(text, &f->kept))
		return err_input(e, "webhooks.cursor", "%s is no place on the log", f->cursor);
	f->next = f->kept < size ? f->kept : size;
	return true;
}

static bool read_follower(struct hooks *h, struct authority *a, char *line, struct err *e)
{
	char *rest = NULL, *name = strtok_r(line, " \t\r", &rest),
	     *url = strtok_r(NULL, " \t\r", &rest), *target;
	struct follower *f = &h->followers[h->count];
	if (name == NULL || *name == '#')
		return true;
	if (h->count == FOLLOWERS_MAX)
		return err_input(e, "webhooks.syntax", "there are more than %d", FOLLOWERS_MAX);
	*f = (struct follower){.hooks = h, .name = name, .url = url};
	if (!is_name(name))
		return err_input(e, "webhooks.syntax",
		                 "\"%.80s\" is no name: small letters, digits and -", name);
	for (size_t i = 0; i < h->count; i++)
		if (strcmp(h->followers[i].name, name) == 0)
			return err_input(e, "webhooks.syntax", "%s is there twice", name);
	if (url == NULL || !is_url(url))
		return err_input(
		    e, "webhooks.url",
		    "%s needs an address: https://..., or http://127.0.0.1... of this machine",
		    name);
	while ((target = strtok_r(NULL, " \t\r", &rest)) != NULL)
		if (!read_target(h, a, f, unescaped(&h->arena, target), e))
			return false;
	if (!f->is_all && f->target_count == 0)
		return err_input(e, "webhooks.target", "%s follows nothing", name);
	h->count++;
	return read_cursor(f, store_size(a->store), e);
}

static bool read_all(struct hooks *h, struct authority *a, struct err *e)
{
	struct bytes text;
	unsigned number = 0;
	if (!file_read(&h->arena, h->options.file, FILE_MOST, &text, e))
		return false;
	if (memchr(text.at, 0, text.len) != NULL)
		return err_input(e, "webhooks.syntax", "%s: this is no text", h->options.file);
	for (char *line = arena_copy(&h->arena, text.at, text.len), *next; line != NULL;
	     line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = 0;
		number++;
		if (!read_follower(h, a, line, e))
			return err_context(e, "%s: line %u", h->options.file, number);
	}
	h->size = store_size(a->store);
	h->origin = arena_printf(&h->arena, "%s", a->public.name);
	return true;
}

static bool read_key(struct hooks *h, struct err *e)
{
	struct bytes text;
	if (h->options.key == NULL)
		return err_usage(e, "webhooks need a key that signs them: webhook-key");
	if (!file_read(&h->arena, h->options.key, KEY_FILE_MAX, &text, e) ||
	    !key_file_parse(text, NULL, &h->key, e))
		return err_context(e, "%s", h->options.key);
	if (h->key.public.algorithm != KEY_ED25519)
		return err_input(e, "webhooks.key", "%s is no Ed25519 key", h->options.key);
	h->public_key = arena_printf(&h->arena, "whpk_%s",
	                             base64_encode(&h->arena, key_public_bytes(&h->key.public)));
	return true;
}

bool hooks_read(struct hooks *h, struct err *e)
{
	struct authority *a = reader_take(h->readers, e);
	bool ok = a != NULL && read_key(h, e);
	if (ok && key_equal(&h->key.public, &a->public))
		ok = err_input(e, "webhooks.key",
		               "the authority's own key signs nothing but its log: make another");
	ok = ok && read_all(h, a, e);
	if (a != NULL)
		reader_give(h->readers, a);
	return ok;
}

/*
 * The console's files, read and compressed once: a path from outside is looked for among names and
 * opens nothing. And what a reader prefers, kept in cookies.
 */
#include "pages.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "documents/messages.h"

enum { FILE_MAX = 8 << 20, FOLDERS_DEEP = 4, COMPRESSED_FROM = 512 };

struct static_file {
	const char *path, *type, *etag; /* the path as it is asked for, below /console/ */
	struct bytes body, compressed;
	struct static_file *next;
};

struct statics {
	struct arena arena;
	struct static_file *first;
};

static const struct {
	const char *end, *type;
	bool is_text;
} types[] = {
    {".js", "text/javascript; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".json", "application/json", true},
    {".svg", "image/svg+xml", true},
    {".png", "image/png", false},
    {".wasm", "application/wasm", true},
    {".woff2", "font/woff2", false},
    {"", "application/octet-stream", false},
};

static size_t type_of(const char *path)
{
	size_t len = strlen(path), i = 0;
	while (len < strlen(types[i].end) ||
	       strcmp(path + len - strlen(types[i].end), types[i].end) != 0)
		i++;
	return i;
}

static void add(struct statics *s, const char *path, struct bytes body)
{
	struct static_file *f = arena_alloc(&s->arena, sizeof *f);
	size_t type = type_of(path);
	struct hash digest = sha256(body);
	f->body = body;
	f->path = path;
	f->type = types[type].type;
	f->etag = arena_printf(&s->arena, "\"%.32s\"", hex_encode(&s->arena, hash_bytes(&digest)));
	if (types[type].is_text && f->body.len >= COMPRESSED_FROM)
		f->compressed = http_compress(&s->arena, f->body);
	f->next = s->first;
	s->first = f;
}

static bool add_file(struct statics *s, const char *folder, const char *path, struct err *e)
{
	struct bytes body;
	if (!file_read(&s->arena, arena_printf(&s->arena, "%s/%s", folder, path), FILE_MAX, &body,
	               e))
		return false;
	add(s, path, body);
	return true;
}

/*
 * names/LANGUAGE.json: what the names of the formats ("field.valid-until", "choice.disconnect") are
 * called, as on documents: for what a page reads from a record's bytes by itself.
 */
static void add_names(struct statics *s, enum message_language language)
{
	json_t *names = json_object();
	const char *key;
	for (size_t i = 0; (key = message_key(i)) != NULL; i++)
		if (strncmp(key, "field.", 6) == 0 || strncmp(key, "choice.", 7) == 0)
			json_object_set_new(names, key, json_string(message(language, key)));
	char *text = json_dumps(names, JSON_COMPACT);
	json_decref(names);
	if (text == NULL)
		abort();
	add(s, arena_printf(&s->arena, "names/%s.json", message_languages[language]),
	    bytes_text(arena_copy(&s->arena, text, strlen(text))));
	free(text);
}

/* `below` is "" or ends in a slash. */
static bool add_folder(struct statics *s, const char *folder, const char *below, unsigned depth,
                       struct err *e)
{
	DIR *dir = opendir(arena_printf(&s->arena, "%s/%s", folder, below));
	bool ok = true;
	if (dir == NULL)
		return err_errno(e, "cannot read the folder %s/%s", folder, below);
	for (struct dirent *entry; ok && (entry = readdir(dir)) != NULL;) {
		const char *path = arena_printf(&s->arena, "%s%s", below, entry->d_name);
		if (entry->d_name[0] == '.')
			continue;
		ok = entry->d_type == DT_DIR
		         ? depth < FOLDERS_DEEP &&
		               add_folder(s, folder, arena_printf(&s->arena, "%s/", path),
		                          depth + 1, e)
		         : add_file(s, folder, path, e);
	}
	closedir(dir);
	return ok;
}

static void get_static(void *ctx, struct http_request *q, struct http_response *r)
{
	const struct service *s = ctx;
	const char *path = http_parameter(q, "file");
	const struct static_file *f = s->statics->first;
	while (f != NULL && strcmp(f->path, path) != 0)
		f = f->next;
	page_guard(r);
	if (f == NULL) {
		http_problem_status(q, r, 404, "http.no-such-file", "there is no such file");
		return;
	}
	http_bytes(r, 200, f->type, f->body);
	r->compressed = f->compressed;
	r->etag = f->etag;
	/* A chunk of the bundle has the digest of what is in it in its name. */
	bool lasts = strncmp(path, "part-", 5) == 0;
	http_add_header(r, "Cache-Control",
	                lasts ? "public, max-age=31536000, immutable" : "no-cache");
}

/* --- Preferences ---------------------------------------------------------------------------- */

/* A path of this site and nothing else: "//host" and "/\host" are other sites to a browser. */
static bool is_path(const char *text)
{
	if (text == NULL || text[0] != '/' || text[1] == '/' || text[1] == '\\')
		return false;
	for (const char *c = text; *c != 0; c++)
		if ((unsigned char)*c <= ' ' || *c == '\\' || (unsigned char)*c >= 0x7F)
			return false;
	return true;
}

static void keep(struct http_request *q, struct http_response *r, const char *name)
{
	const char *value = http_query(q, name);
	if (value == NULL || *value == 0 || strlen(value) > 16 ||
	    value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-")] != 0)
		return;
	http_add_header(r, "Set-Cookie",
	                arena_printf(q->arena, "%s=%s; Path=/; Max-Age=31536000; SameSite=Lax%s",
	                             name, value, q->is_tls ? "; Secure" : ""));
}

static void get_preferences(void *ctx, struct http_request *q, struct http_response *r)
{
	(void)ctx;
	const char *back = http_query(q, "back");
	http_text(r, 303, "text/plain; charset=utf-8", "");
	page_guard(r);
	keep(q, r, "lang");
	keep(q, r, "theme");
	http_add_header(r, "Cache-Control", "no-store");
	http_add_header(r, "Location", is_path(back) ? back : "/");
}

bool static_routes(struct service *s, const char *folder, struct err *e)
{
	s->statics = calloc(1, sizeof *s->statics);
	if (s->statics == NULL)
		return err_environment(e, "out of memory");
	if (!add_folder(s->statics, folder, "", 0, e))
		return false;
	for (enum message_language language = 0; language < MESSAGE_LANGUAGES; language++)
		add_names(s->statics, language);
	service_route(
	    s, (struct http_route){HTTP_GET, "/console/{file...}", get_static, NULL, 0, NULL});
	service_route(
	    s, (struct http_route){HTTP_GET, "/preferences", get_preferences, NULL, 0, NULL});
	return true;
}

void static_close(struct statics *s)
{
	if (s == NULL)
		return;
	arena_free(&s->arena);
	free(s);
}

#include "pages.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/rim.h"
#include "documents/messages.h"

#define PAGES "/"

/* --- What pages share ----------------------------------------------------------------------- */

void page_set(struct page *p, const char *name, json_t *value)
{
	json_object_set_new(p->data, name, value);
}

bool page_find(struct page *p, const char *prefix, enum record_kind kind, struct hash *id,
               uint64_t *index)
{
	struct record record;
	if (!authority_find_kind(p->authority, p->arena, kind, prefix, &record, index, p->err))
		return false;
	*id = record.id;
	return true;
}

bool page_read(struct page *p, const struct hash *id, struct record *out)
{
	uint64_t index;
	return authority_find(p->authority, p->arena, words_hex(p->arena, id), out, &index, p->err);
}

/* The part of canonical text that is one dimension's, "" where it has none. */
static struct bytes dimension_of(const char *text, const char *name, size_t len)
{
	for (const char *at = text; *at != 0;) {
		size_t all = strcspn(at, ";");
		if (all > len && strncmp(at, name, len) == 0 && at[len] == '=')
			return bytes_of(at, all);
		at += all;
		at += strspn(at, "; ");
	}
	return bytes_of("", 0);
}

static json_t *values_of(const char *at, size_t len)
{
	json_t *values = json_array();
	for (const char *end = at + len; at < end;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		size_t one = comma != NULL ? (size_t)(comma - at) : (size_t)(end - at);
		json_array_append_new(values, json_stringn(at, one));
		at += one + 1;
	}
	return values;
}

json_t *page_scope(struct arena *arena, const struct scope *scope, const struct scope *before)
{
	json_t *rows = json_array();
	const char *text = scope_text(arena, scope),
	           *then = before != NULL ? scope_text(arena, before) : NULL;
	if (strchr(text, '=') == NULL) { /* any, none */
		json_array_append_new(rows, json_pack("{s:s,s:s,s:[],s:b}", "dimension", "", "key",
		                                      arena_printf(arena, "scope.%s", text),
		                                      "values", "narrows",
		                                      then != NULL && strcmp(text, then) != 0));
		return rows;
	}
	for (const char *at = text; *at != 0;) {
		size_t all = strcspn(at, ";"), name = strcspn(at, "=");
		struct bytes was = then != NULL ? dimension_of(then, at, name) : bytes_of(at, all);
		bool is_time = strncmp(at, "from=", 5) == 0 || strncmp(at, "until=", 6) == 0;
		json_array_append_new(
		    rows,
		    json_pack(
		        "{s:s%,s:s,s:o*,s:o,s:b}", "dimension", at, name, "key",
		        arena_printf(arena, "scope.%s",
		                     strncmp(at, "limit.", 6) == 0 ? "limit"
		                                                   : arena_copy(arena, at, name)),
		        "instant", is_time ? json_stringn(at + name + 1, all - name - 1) : NULL,
		        "values", is_time ? json_array() : values_of(at + name + 1, all - name - 1),
		        "narrows", !bytes_equal(was, bytes_of(at, all))));
		at += all;
		at += strspn(at, "; ");
	}
	return rows;
}

json_t *page_time(struct arena *arena, int64_t at)
{
	return at == 0 ? json_null() : json_string(words_time(arena, at));
}

const char *page_slug(struct arena *arena, const char *words)
{
	char *slug = arena_copy(arena, words, strlen(words));
	for (char *c = slug; *c != 0; c++)
		*c = isalnum((unsigned char)*c) ? (char)tolower((unsigned char)*c) : '-';
	return slug;
}

json_t *page_target(struct page *p, const char *target)
{
	const char *slash = strchr(target, '/'), *name = slash != NULL ? slash + 1 : target;
	bool is_id = strlen(name) == (size_t)2 * HASH_SIZE;
	const char *kind = arena_copy(p->arena, target, (size_t)(name - target));
	struct system_info system;
	struct hash id;
	uint64_t index;
	struct err ignored = {0}, *kept = p->err;
	const char *words = is_id ? arena_printf(p->arena, "%.8s", name) : name;
	p->err = &ignored;
	if (is_id && strcmp(kind, "system/") == 0 &&
	    page_find(p, name, KIND_ENROLMENT, &id, &index) &&
	    query_system(&p->state, p->arena, &id, &system, &ignored))
		words = arena_printf(p->arena, "%s (%s, %s)", system.serial, system.end_user,
		                     system.country);
	p->err = kept;
	const char *href =
	    strcmp(kind, "system/") == 0    ? arena_printf(p->arena, "/systems/%s", name)
	    : strcmp(kind, "licence/") == 0 ? arena_printf(p->arena, "/licences/%s", name)
	                                    : NULL;
	return json_pack("{s:s,s:s?,s:s,s:s}", "words", words, "href", href, "target", target,
	                 "target-key",
	                 arena_printf(p->arena, "target.%.*s", (int)strcspn(kind, "/"), kind));
}

json_t *page_measure_row(struct page *p, const struct measure_info *m)
{
	json_t *row = words_measure(p->arena, m);
	bool waits = strcmp(m->stage, "proposed") == 0;
	json_object_set_new(row, "short", json_string(words_short(p->arena, &m->id)));
	json_object_set_new(row, "at", page_target(p, m->target));
	json_object_set_new(row, "action-key",
	                    json_string(arena_printf(p->arena, "action.%s", m->action)));
	json_object_set_new(
	    row, "stage-key",
	    json_string(arena_printf(p->arena, "stage.%s", page_slug(p->arena, m->stage))));
	json_object_set_new(row, "stage-class", json_string(page_slug(p->arena, m->stage)));
	json_object_set_new(row, "agreed", json_integer((json_int_t)m->approval_count + 1));
	json_object_set_new(row, "proposed", page_time(p->arena, m->proposed));
	json_object_set_new(row, "began", page_time(p->arena, m->began));
	json_object_set_new(row, "until", page_time(p->arena, m->has_until ? m->until : 0));
	json_object_set_new(row, "waits", json_boolean(waits));
	if (m->scope != NULL)
		json_object_set_new(row, "rows", page_scope(p->arena, m->scope, NULL));
	if (m->finding != NULL)
		json_object_set_new(row, "finding", json_string(words_hex(p->arena, m->finding)));
	if (m->lifted != NULL)
		json_object_set_new(row, "lift", json_string(words_hex(p->arena, m->lifted)));
	return row;
}

const char *page_message(struct page *p, const char *key, json_t *first, json_t *second,
                         json_t *third)
{
	json_t *const about[CATALOG_ARGUMENTS] = {first, second, third};
	const char *words = messages_format(p->messages, p->arena, key, about);
	for (size_t i = 0; i < CATALOG_ARGUMENTS; i++)
		json_decref(about[i]);
	return words;
}

/* Names and instants are texts to a message, numbers are numbers. */
static json_t *about(const char *text)
{
	uint64_t number;
	if (text == NULL)
		return NULL;
	return decimal_parse(bytes_text(text), &number) ? json_integer((json_int_t)number)
	                                                : json_string(text);
}

const char *page_said(struct page *p, const struct said *s)
{
	return s->key == NULL
	           ? s->about[0]
	           : page_message(p, arena_printf(p->arena, "said.%s", s->key), about(s->about[0]),
	                          about(s->about[1]), about(s->about[2]));
}

const char *page_field(struct page *p, const char *name)
{
	enum message_language language;
	return message_name(p->arena, message_language(p->language, &language) ? language : ENGLISH,
	                    "field", name);
}

const char *page_query(struct page *p)
{
	const char *given = http_query(p->q, "q");
	char *lower =
	    arena_copy(p->arena, given != NULL ? given : "", given != NULL ? strlen(given) : 0);
	for (char *c = lower; *c != 0; c++)
		*c = (char)tolower((unsigned char)*c);
	return lower;
}

bool page_has(const char *text, const char *query)
{
	return *query == 0 || (text != NULL && strcasestr(text, query) != NULL);
}

/* --- The frame ------------------------------------------------------------------------------ */

static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src "
    "'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

void page_guard(struct http_response *r)
{
	http_add_header(r, "Content-Security-Policy", policy);
	http_add_header(r, "X-Content-Type-Options", "nosniff");
	http_add_header(r, "Referrer-Policy", "same-origin");
	http_add_header(r, "Cross-Origin-Opener-Policy", "same-origin");
}

static const char *cookie(struct http_request *q, const char *name)
{
	struct bytes value;
	return http_cookie(q, name, &value)
	           ? arena_copy(q->arena, (const char *)value.at, value.len)
	           : NULL;
}

static const struct messages *messages_of(const struct console *c, struct http_request *q)
{
	const char *chosen = http_query(q, "lang");
	if (chosen == NULL)
		chosen = cookie(q, "lang");
	return chosen != NULL
	           ? catalog_language(console_catalog(c), chosen)
	           : catalog_accept(console_catalog(c), http_header(q, "Accept-Language"));
}

static const char *theme_of(struct http_request *q)
{
	const char *theme = http_query(q, "theme");
	theme = theme != NULL ? theme : cookie(q, "theme");
	return theme != NULL && (strcmp(theme, "dark") == 0 || strcmp(theme, "light") == 0)
	           ? theme
	           : "auto";
}

static bool page_lost(struct page *p)
{
	return err_refused(p->err, "http.no-such-path", "there is nothing at %.200s", p->q->path);
}

static const struct shown {
	const char *pattern, *template, *section;
	page_fill *fill;
} pages[] = {
    {PAGES, "overview", "overview", page_overview},
    {PAGES "work", "work", "work", page_work},
    {PAGES "routing", "routing", "work", page_routing},
    {PAGES "systems", "systems", "systems", page_systems},
    {PAGES "systems/{id}", "system", "systems", page_system},
    {PAGES "systems/{id}/measure", "new-measure", "systems", page_new_measure},
    {PAGES "measures", "measures", "measures", page_measures},
    {PAGES "measures/{id}", "measure", "measures", page_measure},
    {PAGES "licences", "licences", "licences", page_licences},
    {PAGES "licences/{id}", "licence", "licences", page_licence},
    {PAGES "applications", "applications", "applications", page_applications},
    {PAGES "applications/{id}", "application", "applications", page_application},
    {PAGES "reports", "reports", "reports", page_reports},
    {PAGES "reports/{id}", "report", "reports", page_report},
    {PAGES "reports/{id}/evidence/{digest}", "evidence", "reports", page_evidence},
    {PAGES "definitions", "definitions", "definitions", page_definitions},
    {PAGES "lists", "lists", "lists", page_lists},
    {PAGES "keys", "keys", "keys", page_keys},
    {PAGES "log", "log", "log", page_log},
    {PAGES "records/{id}", "record", "log", page_record},
    {PAGES "drafts", "drafts", "drafts", page_drafts},
    {PAGES "drafts/{name}", "draft", "drafts", page_draft},
    {PAGES "new", "new-kinds", "new", page_new_kinds},
    {PAGES "new/{kind}", "new", "new", page_new},
    {PAGES "search", "search", "search", page_search},
    {PAGES "invitation/{id}", "join", "join", NULL},
    {PAGES "misuse", "misuse", "misuse", NULL},
    {PAGES "verify", "verify", "verify", NULL},
    {PAGES "sign-in", "sign-in", "sign-in", page_sign_in},
};
enum { SHOWN = sizeof pages / sizeof *pages };

/* What is looked at, to come back to: without what would go before a preference. */
static const char *here(struct page *p)
{
	const struct http_request *q = p->q;
	struct buffer path = {.arena = p->arena};
	buffer_bytes(&path, bytes_of(q->target, strcspn(q->target, "?")));
	char between = '?';
	for (size_t i = 0; i < q->query_count; i++) {
		if (strcmp(q->query[i].name, "lang") == 0 || strcmp(q->query[i].name, "theme") == 0)
			continue;
		buffer_printf(&path, "%c", between);
		http_escape(&path, q->query[i].name);
		buffer_text(&path, "=");
		http_escape(&path, q->query[i].value);
		between = '&';
	}
	return buffer_cstr(&path);
}

static void frame(struct page *p)
{
	struct authority_info info;
	struct err ignored = {0};
	if (query_authority(&p->state, p->arena, p->now, &info, &ignored))
		page_set(p, "origin", json_string(info.origin));
	char *line = key_line(p->arena, &p->authority->public);
	line[strcspn(line, "\n")] = 0;
	page_set(p, "authority-key", json_string(line));
	struct buffer back = {.arena = p->arena};
	http_escape(&back, here(p));
	page_set(p, "path", json_string(here(p)));
	page_set(p, "back", json_string(buffer_cstr(&back)));
	page_set(p, "demo", json_boolean(p->service->demo != NULL));
	page_set(p, "q", json_string(http_query(p->q, "q") != NULL ? http_query(p->q, "q") : ""));
	page_set(p, "theme", json_string(theme_of(p->q)));
	page_set(p, arena_printf(p->arena, "theme-%s", theme_of(p->q)), json_true());
	page_set(p, "now", page_time(p->arena, p->now));
	if (p->has_person)
		page_set(p, "person",
		         json_pack("{s:s,s:s,s:s,s:s,s:b}", "kid",
		                   words_hex(p->arena, &p->person.kid), "name", p->person.holder,
		                   "role", p->person.role, "role-key",
		                   arena_printf(p->arena, "role.%s", p->person.role), "is-officer",
		                   strcmp(p->person.role, "officer") == 0));
}

/* The rule in the page's language, before what English says of this case of it; null in English. */
static json_t *said_of_rule(struct page *p, const struct messages *m, const struct err *e)
{
	static json_t *const nothing[CATALOG_ARGUMENTS];
	if (strcmp(messages_tag(m), "en") == 0)
		return json_null();
	const char *key = arena_printf(p->arena, "rule.%s", e->rule != NULL ? e->rule : ""),
	           *words = messages_format(m, p->arena, key, nothing);
	if (strcmp(words, key) == 0)
		words = messages_format(
		    m, p->arena, e->kind == ERR_INPUT ? "rule.input" : "rule.other", nothing);
	return json_string(words);
}

/* What went wrong, as a page with the status of the problem. */
static void show_problem(struct page *p, struct http_response *r, const struct messages *m)
{
	struct err e = *p->err, again = {0};
	struct bytes html;
	unsigned status = http_status(&e);
	json_object_clear(p->data);
	if (p->authority != NULL)
		frame(p);
	page_set(p, "title-key", json_string("problem.title"));
	page_set(p, "status", json_integer(status));
	page_set(p, "rule", json_string(e.rule != NULL ? e.rule : ""));
	page_set(p, "detail", json_string(e.kind == ERR_ENVIRONMENT ? "" : e.text));
	page_set(p, "said", e.kind == ERR_ENVIRONMENT ? json_null() : said_of_rule(p, m, &e));
	if (console_page(p->service->console, "problem", m, p->data, p->arena, &html, &again))
		http_bytes(r, status, "text/html; charset=utf-8", html);
	else
		http_problem(p->q, r, &e);
	r->rule = e.rule;
}

static void show(struct service *s, const struct shown *shown, struct http_request *q,
                 struct http_response *r)
{
	struct err e = {0}, ignored = {0};
	const struct messages *m = messages_of(s->console, q);
	struct hub_version version = hub_version(s->hub);
	struct page p = {s,
	                 reader_take(s->readers, &e),
	                 q,
	                 q->arena,
	                 .now = rim_now(),
	                 .version = version,
	                 .messages = m,
	                 .language = messages_tag(m),
	                 .data = json_object(),
	                 .err = &e};
	struct bytes html;
	bool ok = p.authority != NULL;
	if (ok) {
		p.state = authority_state(p.authority);
		p.has_person = service_person(s, p.authority, q, &p.person, &ignored);
		frame(&p);
		const char *section = shown->section != NULL ? shown->section : "overview";
		page_set(&p, arena_printf(p.arena, "in-%s", section), json_true());
		page_set(&p, "title-key", json_string(arena_printf(p.arena, "nav.%s", section)));
		ok = (shown->fill == NULL || shown->fill(&p)) &&
		     console_page(s->console, shown->template, m, p.data, p.arena, &html, &e);
	}
	page_guard(r);
	if (ok)
		http_bytes(r, 200, "text/html; charset=utf-8", html);
	else
		show_problem(&p, r, m);
	http_add_header(r, "Cache-Control", "no-cache, private");
	http_add_header(r, "Vary", "Accept-Language, Cookie");
	if (p.authority != NULL)
		reader_give(s->readers, p.authority);
	json_decref(p.data);
}

struct page_route {
	struct service *service;
	const struct shown *shown;
};

static void get_page(void *ctx, struct http_request *q, struct http_response *r)
{
	const struct page_route *route = ctx;
	show(route->service, route->shown, q, r);
}

/* What nobody knows is a page to a browser, a problem to a program. */
static void get_lost(void *ctx, struct http_request *q, struct http_response *r)
{
	static const struct shown lost = {"", "problem", NULL, page_lost};
	const char *accept = http_header(q, "Accept");
	if (accept != NULL && strstr(accept, "text/html") != NULL)
		show(ctx, &lost, q, r);
	else
		http_problem_status(q, r, 404, "http.no-such-path",
		                    arena_printf(q->arena, "there is nothing at %.200s", q->path));
}

bool pages_routes(struct service *s, const char *dir, struct err *e)
{
	s->console = console_open(dir, e);
	if (s->console == NULL)
		return false;
	s->page_routes = calloc(SHOWN, sizeof *s->page_routes);
	s->overview = overview_new(s);
	if (s->page_routes == NULL || s->overview == NULL)
		return err_environment(e, "out of memory");
	for (size_t i = 0; i < SHOWN; i++) {
		s->page_routes[i] = (struct page_route){s, &pages[i]};
		service_route(
		    s, (struct http_route){HTTP_GET, pages[i].pattern, get_page, NULL, 0, NULL});
		s->routes[s->route_count - 1].ctx = &s->page_routes[i];
	}
	service_route(s, (struct http_route){HTTP_GET, "", get_lost, NULL, 0, NULL});
	return static_routes(s, console_static(s->console), e);
}

void pages_close(struct service *s)
{
	console_close(s->console);
	static_close(s->statics);
	free(s->page_routes);
}

/*
 * Cases, their papers, the work queue and routing. Everything here is the office's own and
 * confidential: each request says who asks, by a session or a signature.
 */
#include "parts.h"

#include "authority/advice.h"
#include "base/rim.h"
#include "casework/asked.h"
#include "record/form_json.h"
#include "words/words.h"

/* --- Who asks ------------------------------------------------------------------------------- */

typedef bool case_handler(struct asked_case *, struct http_response *, struct err *);

static bool serve(struct service *s, struct http_request *q, struct http_response *r,
                  person_handler *do_it, struct err *e, bool *too_often)
{
	struct key_info key;
	struct authority *a = reader_take(s->readers, e);
	bool ok = a != NULL && service_person(s, a, q, &key, e);
	*too_often = ok && q->method != HTTP_GET &&
	             !rates_take(s->by_key, hash_bytes(&key.kid), service_microseconds());
	ok = ok && !*too_often && do_it(s, a, q, &key, r, e);
	if (a != NULL)
		reader_give(s->readers, a);
	return ok;
}

void cases_answer(struct service *s, struct http_request *q, struct http_response *r,
                  person_handler *do_it)
{
	struct err e = {0};
	bool too_often = false;
	if (!serve(s, q, r, do_it, &e, &too_often)) {
		if (too_often)
			service_too_often(q, r, "this key");
		else
			http_problem(q, r, &e);
		return;
	}
	http_add_header(r, "Cache-Control", "private, no-store");
}

static bool ask(struct service *s, struct authority *a, struct http_request *q,
                const struct key_info *key, struct asked_case *c, struct err *e)
{
	struct person who = person_of(key);
	return asked_open(c, a, s->papers, q->arena, &who, http_parameter(q, "subject"), rim_now(),
	                  e);
}

/* What there is before a case is drafts alone. */
static bool is_case(const struct asked_case *c, struct err *e)
{
	return !c->is_new || err_refused(e, "case.no-such-case", "there is no case yet");
}

/* --- Cases ---------------------------------------------------------------------------------- */

static bool one_case(struct service *s, struct authority *a, struct http_request *q,
                     const struct key_info *key, struct http_response *r, struct err *e)
{
	struct asked_case c;
	if (!ask(s, a, q, key, &c, e) || !is_case(&c, e))
		return false;
	http_json(q, r, 200, asked_json(&c));
	return true;
}

static bool list_papers(struct service *s, struct authority *a, struct http_request *q,
                        const struct key_info *key, struct http_response *r, struct err *e)
{
	struct asked_case c;
	struct http_page page;
	uint64_t after = 0;
	enum paper_kind kind = PAPER_COMMENT;
	const char *name = http_query(q, "kind");
	if (!http_page(q, &page, e) || !ask(s, a, q, key, &c, e))
		return false;
	if (page.after != NULL && !decimal_parse(bytes_text(page.after), &after))
		return err_input(e, "http.page", "after is the id of a paper");
	if (name != NULL && !paper_kind_by_name(name, &kind))
		return err_input(e, "paper.kind", "there is no paper of this kind");
	json_t *items = asked_papers(&c, name != NULL ? 1u << kind : PAPERS_ANY, after);
	const char *next = NULL;
	if (json_array_size(items) > page.limit) {
		while (json_array_size(items) > page.limit)
			json_array_remove(items, json_array_size(items) - 1);
		json_t *last = json_array_get(items, page.limit - 1);
		next = arena_printf(q->arena, "%lld",
		                    (long long)json_integer_value(json_object_get(last, "id")));
	}
	http_json_page(q, r, items, next);
	return true;
}

/* --- Writing ---------------------------------------------------------------------------------- */

static void written(struct http_request *q, const struct paper *p, struct http_response *r)
{
	http_json(q, r, 201, paper_json(q->arena, p));
	service_log("paper", json_pack("{s:I,s:s,s:s,s:s}", "paper", (json_int_t)p->id, "kind",
	                               paper_kind_name(p->kind), "by", p->by.holder, "subject",
	                               words_short(q->arena, &p->subject)));
}

static bool read_paper(struct http_request *q, struct paper *p, struct err *e)
{
	json_error_t why;
	struct form_node *root;
	json_t *json =
	    json_loadb((const char *)q->body.at, q->body.len, JSON_REJECT_DUPLICATES, &why);
	if (json == NULL)
		return err_input(e, "paper.form", "line %d, column %d: %s", why.line, why.column,
		                 why.text);
	bool ok = form_of_json(q->arena, json, &root, e) &&
	          paper_fill(q->arena, p->kind, root, &p->value, e);
	json_decref(json);
	return ok;
}

static bool add_paper(struct service *s, struct authority *a, struct http_request *q,
                      const struct key_info *key, struct http_response *r, struct err *e)
{
	struct asked_case c;
	struct paper p = {0};
	/* A file comes as itself: its digest and size are told, not said. */
	if (!paper_kind_by_name(http_parameter(q, "kind"), &p.kind) || p.kind == PAPER_ATTACHMENT)
		return err_input(e, "paper.kind", "there is no paper of this kind");
	if (!ask(s, a, q, key, &c, e) || !read_paper(q, &p, e) ||
	    !asked_write(&c, &p, (struct bytes){0}, e))
		return false;
	written(q, &p, r);
	return true;
}

static bool drop_draft(struct service *s, struct authority *a, struct http_request *q,
                       const struct key_info *key, struct http_response *r, struct err *e)
{
	struct asked_case c;
	if (!ask(s, a, q, key, &c, e) || !asked_drop_draft(&c, http_parameter(q, "name"), e))
		return false;
	http_bytes(r, 204, NULL, (struct bytes){0});
	return true;
}

/* --- Files ------------------------------------------------------------------------------------ */

/* ?name=N and perhaps &question=ID; the media type is what the client says it is, and no more. */
static bool read_attachment(struct http_request *q, struct attachment_paper *out, struct err *e)
{
	const char *type = http_header(q, "Content-Type"), *question = http_query(q, "question");
	json_t *json = json_pack("{s:s*,s:s*}", "name", http_query(q, "name"), "media-type",
	                         type != NULL && *type != 0 ? type : "application/octet-stream");
	struct hash digest = sha256(q->body);
	json_object_set_new(json, "digest", json_string(words_hex(q->arena, &digest)));
	json_object_set_new(json, "size", json_integer((json_int_t)q->body.len));
	if (question != NULL)
		json_object_set_new(json, "question", json_string(question));
	struct form_node *root;
	union paper_value value;
	bool ok = form_of_json(q->arena, json, &root, e) &&
	          paper_fill(q->arena, PAPER_ATTACHMENT, root, &value, e);
	json_decref(json);
	*out = value.attachment;
	return ok;
}

static bool attach(struct service *s, struct authority *a, struct http_request *q,
                   const struct key_info *key, struct http_response *r, struct err *e)
{
	struct asked_case c;
	struct paper p = {.kind = PAPER_ATTACHMENT};
	if (q->body.len == 0)
		return err_input(e, "paper.attachment", "a file has bytes");
	if (!ask(s, a, q, key, &c, e) || !read_attachment(q, &p.value.attachment, e) ||
	    !asked_write(&c, &p, q->body, e))
		return false;
	written(q, &p, r);
	return true;
}

/* RFC 6266: the name as UTF-8, everything that is not a letter or digit escaped. */
static const char *disposition(struct arena *arena, const char *name)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, "attachment; filename*=UTF-8''");
	for (; *name != 0; name++) {
		unsigned char c = (unsigned char)*name;
		bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
		             strchr("._-", c) != NULL;
		buffer_printf(&b, plain ? "%c" : "%%%02X", c);
	}
	return buffer_cstr(&b);
}

/* Never shown in place: whatever it is, it is bytes to a browser. */
static bool give_attachment(struct service *s, struct authority *a, struct http_request *q,
                            const struct key_info *key, struct http_response *r, struct err *e)
{
	struct asked_case c;
	const struct paper *p;
	struct bytes file;
	uint64_t id;
	if (!decimal_parse(bytes_text(http_parameter(q, "paper")), &id))
		return err_input(e, "paper.id", "a paper goes by its number");
	if (!ask(s, a, q, key, &c, e) || !asked_attachment(&c, id, &p, &file, e))
		return false;
	http_bytes(r, 200, "application/octet-stream", file);
	http_add_header(r, "Content-Disposition", disposition(q->arena, p->value.attachment.name));
	http_add_header(r, "Content-Security-Policy", "default-src 'none'; sandbox");
	return true;
}

/* --- Work ---------------------------------------------------------------------------------------
 */

static bool work(struct service *s, struct authority *a, struct http_request *q,
                 const struct key_info *key, struct http_response *r, struct err *e)
{
	struct work_filter filter = {http_query(q, "team"), http_query(q, "person"),
	                             http_query(q, "body")};
	struct person who = person_of(key);
	struct work_item *items;
	struct http_page page;
	uint64_t from = 0;
	size_t count;
	if (!http_page(q, &page, e))
		return false;
	if (page.after != NULL && !decimal_parse(bytes_text(page.after), &from))
		return err_input(e, "http.page", "after is a place in the queue");
	if (!asked_work(a, s->papers, q->arena, &who, &filter, rim_now(), &items, &count, e))
		return false;
	json_t *out = json_array();
	size_t i = from < count ? (size_t)from : count,
	       end = count - i < page.limit ? count : i + page.limit;
	for (; i < end; i++)
		json_array_append_new(out, work_json(q->arena, &items[i]));
	http_json_page(q, r, out, end < count ? arena_printf(q->arena, "%zu", end) : NULL);
	return true;
}

/* --- Checklists
 * -------------------------------------------------------------------------------------- */

static bool checklists(struct service *s, struct authority *a, struct http_request *q,
                       const struct key_info *key, struct http_response *r, struct err *e)
{
	struct casework_settings settings;
	(void)s;
	if (!cases_office(key, e) || !settings_load(q->arena, a->home, &settings, e))
		return false;
	http_json(q, r, 200, json_pack("{s:o}", "checklists", checklists_json(&settings)));
	return true;
}

/* --- Advice: on the log, and anybody's to read
 * ------------------------------------------------------ */

static bool advice(struct authority *a, struct http_request *q, struct http_response *r,
                   struct err *e)
{
	struct state state = authority_state(a);
	struct advice_summary summary;
	struct hash id;
	uint64_t index;
	if (!store_find(a->store, http_parameter(q, "id"), &id, &index, e) ||
	    !query_advice(&state, q->arena, &id, &summary, e))
		return false;
	http_json(q, r, 200, words_advice(q->arena, &id, &summary));
	http_add_header(r, "Cache-Control", "no-cache");
	return true;
}

/* --- Routes
 * ------------------------------------------------------------------------------------------ */

static void get_advice(void *ctx, struct http_request *q, struct http_response *r)
{
	service_read(ctx, q, r, advice);
}

CASES_SERVE(get_case, one_case)
CASES_SERVE(get_papers, list_papers)
CASES_SERVE(post_paper, add_paper)
CASES_SERVE(delete_draft, drop_draft)
CASES_SERVE(post_attachment, attach)
CASES_SERVE(get_attachment, give_attachment)
CASES_SERVE(get_work, work)
CASES_SERVE(get_checklists, checklists)

void cases_routes(struct service *s)
{
	static const struct http_route rows[] = {
	    {HTTP_GET, "/v1/applications/{id}/advice", get_advice, NULL, 0, NULL},
	    {HTTP_GET, "/v1/work", get_work, NULL, 0, NULL},
	    {HTTP_GET, "/v1/checklists", get_checklists, NULL, 0, NULL},
	    {HTTP_GET, "/v1/cases/{subject}", get_case, NULL, 0, NULL},
	    {HTTP_GET, "/v1/cases/{subject}/papers", get_papers, NULL, 0, NULL},
	    {HTTP_POST, "/v1/cases/{subject}/papers/{kind}", post_paper, NULL, PAPER_FORM_MAX,
	     "application/json"},
	    {HTTP_DELETE, "/v1/cases/{subject}/drafts/{name}", delete_draft, NULL, 0, NULL},
	    {HTTP_POST, "/v1/cases/{subject}/attachments", post_attachment, NULL, ATTACHMENT_MAX,
	     NULL},
	    {HTTP_GET, "/v1/cases/{subject}/attachments/{paper}", get_attachment, NULL, 0, NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		service_route(s, rows[i]);
}

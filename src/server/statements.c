/*
 * Statements: a form becomes the very bytes that a key elsewhere is to sign, with the words of
 * those bytes. Nothing is written, and nothing but the public log is read: who signs needs no
 * session, and whoever asks for what he cannot sign has nothing.
 */
#include "parts.h"

#include "base/rim.h"
#include "casework/asked.h"
#include "casework/house.h"
#include "record/form_json.h"
#include "words/words.h"

struct asked_statement {
	json_t *root, *form;
	enum record_kind kind;
	struct key_info key;
	const char *field; /* at fault, or NULL */
};

/* False, of a member of the body. */
static bool bad(struct asked_statement *asked, const char *field, struct err *e, const char *why)
{
	asked->field = field;
	return err_input(e, "statement.form", "%s: %s", field, why);
}

static bool find_key(struct asked_statement *asked, const struct state *state, struct arena *arena,
                     const char *kid, struct err *e)
{
	struct bytes digits;
	struct hash id;
	if (strlen(kid) != (size_t)2 * HASH_SIZE || !hex_decode(arena, kid, &digits))
		return bad(asked, "kid", e, "the id of a key is 64 hexadecimal digits");
	memcpy(id.at, digits.at, HASH_SIZE);
	asked->field = "kid";
	if (!query_key(state, arena, &id, &asked->key, e))
		return false;
	if (!service_key_lives(&asked->key, "record.key-ended", e))
		return false;
	asked->field = NULL;
	return true;
}

static bool read_asked(struct http_request *q, const struct state *state,
                       struct asked_statement *asked, struct err *e)
{
	const char *kind, *kid;
	json_error_t why;
	asked->root =
	    json_loadb((const char *)q->body.at, q->body.len, JSON_REJECT_DUPLICATES, &why);
	if (asked->root == NULL)
		return err_input(e, "statement.form", "line %d, column %d: %s", why.line,
		                 why.column, why.text);
	if (json_unpack_ex(asked->root, &why, JSON_STRICT, "{s:s,s:s,s:o}", "kind", &kind, "kid",
	                   &kid, "form", &asked->form) != 0)
		return err_input(e, "statement.form", "the body is {kind, kid, form}: %s",
		                 why.text);
	if (!record_kind_by_name(kind, &asked->kind) || !record_kind(asked->kind)->is_signed ||
	    asked->kind == KIND_RENEWAL)
		return bad(asked, "kind", e, "there is no record of this kind that people sign");
	if (!json_is_object(asked->form))
		return bad(asked, "form", e, "a form is an object of the kind's fields");
	return find_key(asked, state, q->arena, kid, e);
}

static void fill(void *ctx, void *at, size_t len)
{
	(void)ctx;
	rim_random(at, len);
}

/* The unsigned record, read again from its bytes, and its disclosures fitted to it. */
static bool make(struct authority *a, struct arena *arena, struct asked_statement *asked,
                 struct record *record, struct bytes *disclosures, struct err *e)
{
	struct form_world world = words_world(a);
	struct form_node *root;
	struct record said = {.kind = asked->kind};
	struct public_key key;
	world.random = fill;
	if (!form_of_json(arena, asked->form, &root, e) ||
	    !form_fill(arena, asked->kind, root, &world, &said.body, &asked->field, e))
		return false;
	*disclosures = record_disclosures(arena, &said);
	return key_line_parse(bytes_text(asked->key.line), &key, e) &&
	       record_unsigned(arena, asked->kind, &said.body, a->public.name, rim_now(), &key,
	                       asked->key.rp_id != NULL, record, e) &&
	       (disclosures->len == 0 || record_disclose_all(arena, record, *disclosures, e));
}

static bool give(struct authority *a, struct http_request *q, struct http_response *r,
                 struct asked_statement *asked, struct err *e)
{
	struct record record;
	struct bytes disclosures;
	struct words w = {.arena = q->arena, .authority = a, .now = rim_now(), .err = e};
	if (!make(a, q->arena, asked, &record, &disclosures, e) || !words_statement(&w, &record))
		return false;
	struct bytes to_sign = cose_to_sign(q->arena, record.cose.protected, record.cose.payload);
	const char *secret = disclosures.len > 0 ? base64url_encode(q->arena, disclosures) : NULL;
	http_json(q, r, 200,
	          json_pack("{s:s,s:s,s:o,s:s,s:s?}", "unsigned",
	                    base64url_encode(q->arena, record.bytes), "to_sign",
	                    base64url_encode(q->arena, to_sign), "words", w.value, "text",
	                    buffer_cstr(&w.text), "disclosures", secret));
	http_add_header(r, "Cache-Control", "no-store");
	return true;
}

/* In a house that has four eyes switched on, nothing unread becomes bytes to sign. */
static bool is_read(struct service *s, struct authority *a, struct http_request *q,
                    const struct asked_statement *asked, struct err *e)
{
	struct asked_case c;
	struct person who = person_of(&asked->key);
	if (!house_reads(asked->kind))
		return true;
	if (!asked_reviews(a, s->papers, q->arena, &who, &c, e))
		return false;
	const struct house *house = c.standing.house;
	struct hash form = form_digest(asked->form);
	return house == NULL || house->four_eyes != FOUR_EYES_ON ||
	       house_must_agree(house, c.papers, c.paper_count, &form, e);
}

static void make_statement(void *ctx, struct http_request *q, struct http_response *r)
{
	struct service *s = ctx;
	struct err e = {0};
	struct asked_statement asked = {0};
	struct authority *a = reader_take(s->readers, &e);
	bool ok = false;
	if (a != NULL) {
		struct state state = authority_state(a);
		ok = read_asked(q, &state, &asked, &e) && is_read(s, a, q, &asked, &e) &&
		     give(a, q, r, &asked, &e);
		reader_give(s->readers, a);
	}
	json_decref(asked.root);
	if (ok)
		return;
	/* Whatever the form names is at fault, also where there is no such record. */
	if (e.kind == ERR_ENVIRONMENT)
		http_problem(q, r, &e);
	else
		http_problem_field(q, r, 400, &e, asked.field);
}

void statements_routes(struct service *s)
{
	service_route(s, (struct http_route){HTTP_POST, "/v1/statements", make_statement, NULL,
	                                     FORM_MAX, "application/json"});
}

/* access, signature, rates: who may ask what, how it is shown, and how often. */
#include "authority/access.h"
#include "server/rates.h"
#include "server/signature.h"

#include "base/file.h"
#include "test.h"

/* --- Access: a row a cell ---------------------------------------------------------------- */

static void every_cell_says_who_may_read(void)
{
	static const struct {
		enum role role;
		const char *holder;
		bool report, advice; /* reads those that "Ann" signed */
	} rows[] = {
	    {ROLE_AUTHORITY, "the authority", true, true},
	    {ROLE_OFFICER, "Bob", true, true},
	    {ROLE_OFFICER, "Ann", true, true},
	    {ROLE_AUDITOR, "the court", true, true},
	    {ROLE_EXPORTER, "Ltd", false, false},
	    {ROLE_EXPORTER, "Ann", true, false},
	    {ROLE_END_USER, "Police", false, false},
	    {ROLE_END_USER, "Ann", true, false},
	    {ROLE_ADVISER, "justice", false, false},
	    {ROLE_ADVISER, "Ann", false, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(access_allows(rows[i].role, rows[i].holder, KIND_REPORT, "Ann") ==
		          rows[i].report,
		      "report, row %zu", i);
		CHECK(access_allows(rows[i].role, rows[i].holder, KIND_ADVICE, "Ann") ==
		          rows[i].advice,
		      "advice, row %zu", i);
	}
}

/* A kind that gets confidential values must get its row as well. */
static void kinds_without_values_have_no_cell(void)
{
	for (enum record_kind kind = 0; kind < KIND_COUNT; kind++) {
		unsigned count = 0;
		bool has_row = false;
		for (const struct field *f = record_kind(kind)->fields; f->type != FIELD_END; f++)
			count += f->type == FIELD_REDACTABLE;
		for (enum role role = ROLE_AUTHORITY; role < ROLE_PEOPLE; role++)
			has_row |= access_of(role, kind) != ACCESS_NONE;
		CHECK(has_row == (count > 0), "%s", record_kind(kind)->name);
	}
}

struct row {
	struct buffer *table;
	const char *kind;
	enum record_kind record;
};

static void add_row(void *ctx, const char *path, struct redactable *field)
{
	static const char *const words[] = {"none", "own", "all"};
	struct row *row = ctx;
	(void)field;
	buffer_printf(row->table, "; | %s | %-8s |", row->kind, path);
	for (enum role role = ROLE_AUTHORITY; role < ROLE_PEOPLE; role++) {
		static const int widths[] = {9, 7, 8, 8, 7, 7};
		buffer_printf(row->table, " %-*s |", widths[role],
		              words[access_of(role, row->record)]);
	}
	buffer_text(row->table, "\n");
}

/* doc/records.cddl has a row for each confidential field there is, and no other. */
static void the_document_has_every_confidential_field(void)
{
	owned_arena arena = {0};
	struct bytes file;
	struct err e = {0};
	struct buffer table = {.arena = &arena};
	buffer_text(&table, "; | record | field    | authority | officer | exporter | end-user | "
	                    "auditor | adviser |\n");
	/* There are no other kinds: the test above fails when there is one. */
	static const enum record_kind confidential[] = {KIND_REPORT, KIND_ADVICE};
	for (size_t i = 0; i < sizeof confidential / sizeof *confidential; i++) {
		struct record record = {.kind = confidential[i]};
		struct row row = {&table, record_kind(record.kind)->name, record.kind};
		record_redactables(&record, add_row, &row);
	}
	buffer_text(&table, ";\n");
	CHECK(file_read(&arena, SOURCE_ROOT "/doc/records.cddl", 1 << 20, &file, &e), "%s", e.text);
	CHECK(strstr(arena_copy(&arena, file.at, file.len), buffer_cstr(&table)) != NULL,
	      "the document's table is another: %s", buffer_cstr(&table));
}

/* --- Signatures ----------------------------------------------------------------------------- */

enum { NOW = 1767225600 };

struct asked {
	struct http_request request;
	struct http_field headers[6];
};

static struct asked ask(struct arena *arena, const char *target, const char *input,
                        const char *signature)
{
	struct asked a = {.headers = {{"Host", "Example.ORG"},
	                              {"Signature-Input", input},
	                              {"Signature", signature},
	                              {"Accept", "text/plain"}}};
	a.request = (struct http_request){
	    .arena = arena, .method = HTTP_GET, .target = target, .header_count = 4};
	return a;
}

static bool verify(struct asked a, int64_t now, const struct public_key *key, struct err *e)
{
	struct request_signature s;
	a.request.headers = a.headers;
	struct hash kid = key_id(key);
	return signature_read(&a.request, now, &s, e) && hash_equal(&s.kid, &kid) &&
	       signature_verify(&s, key, e);
}

static struct secret_key key_of(enum key_algorithm algorithm, uint8_t number)
{
	struct secret_key key;
	struct err e = {0};
	uint8_t seed[KEY_SEED] = {number, 1, 2, 3};
	bool made = key_make(algorithm, "ann", seed, &key, &e);
	CHECK(made, "%s", e.text);
	return key;
}

static void what_is_signed_is_what_counts(void)
{
	static const char *const targets[] = {"/v1/records/abcd", "/v1/records/abcd?x=1",
	                                      "/v1/records/a%20b?"};
	for (enum key_algorithm algorithm = KEY_ED25519; algorithm <= KEY_ES256; algorithm++)
		for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
			owned_arena arena = {0};
			struct secret_key key = key_of(algorithm, 1), other = key_of(algorithm, 2);
			struct err e = {0};
			const char *input, *signature;
			CHECK(signature_make(&arena, "GET", targets[i], NOW, "n", &key, &input,
			                     &signature, &e),
			      "%s", e.text);
			struct asked a = ask(&arena, targets[i], input, signature);
			CHECK(verify(a, NOW, &key.public, &e), "%s: %s", targets[i], e.text);
			CHECK(verify(a, NOW + SIGNATURE_SECONDS, &key.public, &e), "%s", e.text);
			CHECK(!verify(a, NOW + SIGNATURE_SECONDS + 1, &key.public, &e) &&
			          strcmp(e.rule, "signature.time") == 0,
			      "old");
			CHECK(!verify(a, NOW - SIGNATURE_SECONDS - 1, &key.public, &e) &&
			          strcmp(e.rule, "signature.time") == 0,
			      "early");
			CHECK(!verify(a, NOW, &other.public, &e), "another's key");
			a.request.method = HTTP_POST;
			CHECK(!verify(a, NOW, &key.public, &e) &&
			          strcmp(e.rule, "signature.bad") == 0,
			      "another method");
			a = ask(&arena, "/v1/records/abce", input, signature);
			CHECK(!verify(a, NOW, &key.public, &e) &&
			          strcmp(e.rule, "signature.bad") == 0,
			      "another path");
			a = ask(&arena, arena_printf(&arena, "%s&y", targets[i]), input, signature);
			CHECK(!verify(a, NOW, &key.public, &e), "another query");
		}
}

static void malformed_signatures_are_bad_input(void)
{
#define KID  "\"0000000000000000000000000000000000000000000000000000000000000000\""
#define MUST "(\"@method\" \"@path\" \"@query\")"
#define SIG                                                                                        \
	"a=:"                                                                                      \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==" \
	":"
	static const struct {
		const char *input, *signature, *rule;
	} rows[] = {
	    {"", SIG, "signature.form"},
	    {"a", SIG, "signature.form"},
	    {"a=", SIG, "signature.form"},
	    {"a=(", SIG, "signature.form"},
	    {"a=(\"@method)", SIG, "signature.form"},
	    {"a=(\"@method\" \"@method\");created=1", SIG, "signature.form"},
	    {"a=" MUST, SIG, "signature.form"},
	    {"a=" MUST ";created=1767225600", SIG, "signature.form"},
	    {"a=" MUST ";created=x;keyid=" KID, SIG, "signature.form"},
	    {"a=" MUST ";created=1767225600;keyid=\"ann\"", SIG, "signature.form"},
	    {"a=" MUST ";keyid=" KID, SIG, "signature.form"},
	    {"a=" MUST ";created=1767225600;keyid=" KID ", b=()", SIG, "signature.form"},
	    {"a=" MUST ";created=1767225600;other=\"x\";keyid=" KID, SIG, "signature.form"},
	    {"a=" MUST ";created=1767225600;keyid=" KID, "b=:AAAA:", "signature.form"},
	    {"a=" MUST ";created=1767225600;keyid=" KID, "a=:AAAA:", "signature.form"},
	    {"a=" MUST ";created=1767225600;keyid=" KID, "a=::", "signature.form"},
	    {"a=" MUST ";created=1767225600;keyid=" KID, "a", "signature.form"},
	    {"a=" MUST ";created=1767225600;keyid=" KID, SIG, "signature.form"},
	    {"a=(\"@method\" \"@path\");created=1767225600;nonce=\"n\";keyid=" KID, SIG,
	     "signature.components"},
	    {"a=(\"@method\" \"@path\" \"@query\" "
	     "\"@other\");created=1767225600;nonce=\"n\";keyid=" KID,
	     SIG, "signature.components"},
	    {"a=(\"@method\" \"@path\" \"@query\" "
	     "\"x-none\");created=1767225600;nonce=\"n\";keyid=" KID,
	     SIG, "signature.components"},
	    {"a=" MUST ";created=1767225600;nonce=\"n\";expires=1767225599;keyid=" KID, SIG,
	     "signature.time"},
	    {"a=" MUST ";created=1767225600;nonce=\"n\";keyid=" KID, SIG, NULL},
	    {"a=(\"@method\" \"@path\" \"@query\" \"@authority\" "
	     "\"accept\");created=1767225600;nonce=\"n\";keyid=" KID,
	     SIG, NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct request_signature s;
		struct err e = {0};
		struct asked a = ask(&arena, "/x", rows[i].input, rows[i].signature);
		a.request.headers = a.headers;
		bool read = signature_read(&a.request, NOW, &s, &e);
		CHECK(read == (rows[i].rule == NULL), "row %zu: %s", i, e.text);
		CHECK(read || strcmp(e.rule, rows[i].rule) == 0, "row %zu: %s", i, e.rule);
	}
}

/* RFC 9421 section 2.5, with the components known here. */
static void the_base_is_that_of_the_rfc(void)
{
	owned_arena arena = {0};
	struct request_signature s;
	struct err e = {0};
	const char *parameters = "(\"@method\" \"@authority\" \"@path\" \"@query\" "
	                         "\"accept\");created=1767225600;nonce=\"n\";keyid=" KID;
	struct asked a =
	    ask(&arena, "/foo?param=Value&Pet=dog", arena_printf(&arena, "a=%s", parameters), SIG);
	a.request.headers = a.headers;
	CHECK(signature_read(&a.request, NOW, &s, &e), "%s", e.text);
	const char *wanted =
	    arena_printf(&arena,
	                 "\"@method\": GET\n\"@authority\": example.org\n\"@path\": "
	                 "/foo\n\"@query\": ?param=Value&Pet=dog\n"
	                 "\"accept\": text/plain\n\"@signature-params\": %s",
	                 parameters);
	CHECK(bytes_equal(s.base, bytes_text(wanted)), "%.*s", (int)s.base.len, s.base.at);
}

/* --- Rates ------------------------------------------------------------------------------------ */

static void a_bucket_fills_at_its_rate(void)
{
	struct rates *r = rates_new(10);
	uint64_t now = 1000000;
	unsigned taken = 0;
	for (int i = 0; i < 100; i++)
		taken += rates_take(r, bytes_text("ann"), now);
	CHECK(taken == 20, "%u at once", taken);
	CHECK(!rates_has(r, bytes_text("ann"), now) && rates_has(r, bytes_text("ben"), now),
	      "each has its own");
	CHECK(rates_take(r, bytes_text("ann"), now + 100000) &&
	          !rates_take(r, bytes_text("ann"), now + 100000),
	      "one in 100 ms");
	CHECK(rates_has(r, bytes_text("ben"), now + 5) && rates_take(r, bytes_text("ben"), now + 5),
	      "looking takes nothing");
	taken = 0;
	for (int i = 0; i < 100; i++)
		taken += rates_take(r, bytes_text("ann"), now + 3600000000u);
	CHECK(taken == 20, "%u after an hour", taken);
	CHECK(rates_take(NULL, bytes_text("ann"), now) && rates_take(r, (struct bytes){0}, now),
	      "no limit");
	rates_free(r);
}

static void many_who_ask_take_no_more_room(void)
{
	struct rates *r = rates_new(1);
	uint64_t now = 1000000;
	for (uint32_t i = 0; i < 300000; i++)
		CHECK(rates_take(r, bytes_of(&i, sizeof i), now + i), "no. %u", i);
	rates_free(r);
}

static void addresses_count_by_their_prefix(void)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {{"192.0.2.1", "192.0.2.200", true},
	            {"192.0.2.1", "192.0.3.1", false},
	            {"2001:db8:1::1", "2001:db8:1:ffff::2", true},
	            {"2001:db8:1::1", "2001:db8:2::1", false},
	            {"::ffff:192.0.2.1", "::ffff:192.0.2.9", true},
	            {"::ffff:192.0.2.1", "::ffff:192.0.3.1", false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		CHECK(bytes_equal(rates_prefix(&arena, rows[i].a),
		                  rates_prefix(&arena, rows[i].b)) == rows[i].same,
		      "row %zu", i);
	}
	owned_arena arena = {0};
	CHECK(rates_prefix(&arena, "unix").len == 0, "a socket of the machine");
}

int main(void)
{
	static const struct test tests[] = {TEST(every_cell_says_who_may_read),
	                                    TEST(kinds_without_values_have_no_cell),
	                                    TEST(the_document_has_every_confidential_field),
	                                    TEST(what_is_signed_is_what_counts),
	                                    TEST(malformed_signatures_are_bad_input),
	                                    TEST(the_base_is_that_of_the_rfc),
	                                    TEST(a_bucket_fills_at_its_rate),
	                                    TEST(many_who_ask_take_no_more_room),
	                                    TEST(addresses_count_by_their_prefix)};
	struct err e = {0};
	return key_library_start(&e) ? test_main(tests, sizeof tests / sizeof *tests) : 1;
}

#include "record/record.h"

#include "generate.h"
#include "record/cbor.h"

static const char origin[] = "exports.example/log";

static struct secret_key signer(const char *name)
{
	struct secret_key key;
	struct err e = {0};
	uint8_t seed[KEY_SEED] = {42};
	if (!key_library_start(&e) || !key_make(KEY_ED25519, name, seed, &key, &e))
		abort();
	return key;
}

/* Any record of a kind, signed or not as the kind demands. */
static bool make(struct arena *arena, enum record_kind kind, const union record_body *body,
                 struct bytes *out, struct err *e)
{
	struct secret_key key = signer("someone.example");
	return record_kind(kind)->is_signed
	           ? record_sign(arena, kind, body, origin, 1700000000, &key, out, e)
	           : record_entry(arena, kind, body, origin, 1700000000, out, e);
}

static struct bytes hex(struct arena *arena, const char *digits)
{
	struct buffer packed = {.arena = arena};
	struct bytes out = {0};
	for (; *digits != 0; digits++)
		if (*digits != ' ')
			buffer_u8(&packed, (uint8_t)*digits);
	CHECK(hex_decode(arena, buffer_cstr(&packed), &out), "%s", buffer_cstr(&packed));
	return out;
}

static bool is_rule(const struct err *e, const char *rule)
{
	return e->rule != NULL && strcmp(e->rule, rule) == 0 && e->kind == ERR_INPUT;
}

static const char *rule_of(const struct err *e)
{
	return e->rule != NULL ? e->rule : "(none)";
}

/* --- Kinds and their tables ------------------------------------------------------------- */

static void table_is_sound(const struct field *f, const char *kind)
{
	uint64_t last = 0;
	for (; f->type != FIELD_END; f++) {
		bool is_group = f->type == FIELD_STRUCT ||
		                (f->type == FIELD_LIST && f->element == FIELD_STRUCT);
		CHECK(f->key == last + 1, "%s.%s has key %d", kind, f->name, (int)f->key);
		last = f->key;
		CHECK(f->help != NULL && *f->help != 0, "%s.%s has no help", kind, f->name);
		CHECK(is_group == (f->example == NULL), "%s.%s and its example", kind, f->name);
		CHECK(is_group == (f->fields != NULL), "%s.%s and its fields", kind, f->name);
		CHECK((f->type == FIELD_CHOICE) == (f->words != NULL), "%s.%s", kind, f->name);
		if (f->fields != NULL)
			table_is_sound(f->fields, f->name);
	}
}

static void every_table_is_sound(void)
{
	for (unsigned k = 0; k < KIND_COUNT; k++) {
		const struct kind *kind = record_kind(k);
		table_is_sound(kind->fields, kind->name);
		CHECK(kind->help != NULL, "%s", kind->name);
		CHECK(kind->size <= sizeof(union record_body), "%s", kind->name);
	}
}

static void kinds_are_found_by_name(void)
{
	enum record_kind found;
	for (unsigned k = 0; k < KIND_COUNT; k++) {
		CHECK(record_kind_by_name(record_kind(k)->name, &found) && found == k, "%s",
		      record_kind(k)->name);
	}
	CHECK(!record_kind_by_name("license", &found), "found");
	CHECK(!record_kind_by_name("", &found), "found");
	CHECK(!record_kind_by_name("leases", &found), "found");
}

/* --- What is written is read ------------------------------------------------------------ */

static void check_round_trip(struct generator *g, enum record_kind kind)
{
	union record_body body, again;
	struct record record;
	struct bytes payload, bytes, payload_again, bytes_again;
	struct err e = {0};
	generate_body(g, kind, &body);
	bool ok = record_payload(g->arena, kind, &body, &payload, &e) &&
	          make(g->arena, kind, &body, &bytes, &e) &&
	          record_decode(g->arena, bytes, &record, &e);
	CHECK(ok, "%s: %s", record_kind(kind)->name, e.text);
	if (!ok)
		return;
	struct hash id = sha256(bytes);
	CHECK(record.kind == kind && hash_equal(&record.id, &id), "%s", record_kind(kind)->name);
	CHECK(bytes_equal(record.bytes, bytes), "%s", record_kind(kind)->name);
	CHECK(strcmp(record.claims.subject, origin) == 0 && record.claims.issued_at == 1700000000,
	      "%s", record.claims.subject);
	bool is_signed = record_kind(kind)->is_signed;
	CHECK((record.claims.issuer != NULL) == is_signed, "%s", record_kind(kind)->name);
	if (is_signed)
		CHECK(strcmp(record.claims.issuer, "someone.example") == 0, "%s",
		      record.claims.issuer);
	CHECK(record_payload(g->arena, kind, &record.body, &payload_again, &e) &&
	          bytes_equal(payload, payload_again),
	      "%s: %s", record_kind(kind)->name, e.text);
	CHECK(make(g->arena, kind, &record.body, &bytes_again, &e) &&
	          bytes_equal(bytes, bytes_again),
	      "%s: %s", record_kind(kind)->name, e.text);
	CHECK(record_body_decode(g->arena, kind, payload, &again, &e) &&
	          record_payload(g->arena, kind, &again, &payload_again, &e) &&
	          bytes_equal(payload, payload_again),
	      "%s: %s", record_kind(kind)->name, e.text);
}

static void every_kind_comes_back_byte_for_byte(void)
{
	uint64_t seed = test_seed();
	for (unsigned i = 0; i < 100; i++)
		for (unsigned k = 0; k < KIND_COUNT; k++) {
			owned_arena arena = {0};
			struct generator g = {.arena = &arena, .state = seed + i * KIND_COUNT + k};
			check_round_trip(&g, k);
		}
}

/* --- What is not a record --------------------------------------------------------------- */

#define ID    "5820 0102030405060708090a0b0c0d0e0f10 1112131415161718191a1b1c1d1e1f20 "
#define NONCE "50 000102030405060708090a0b0c0d0e0f "
#define HEAD  "a2 01 00 02 " ID
#define LEASE(system, scope, ttl, nonce)                                                           \
	"a8 01 " system "02 " ID "03 01 04 " scope "05 " ttl "06 " nonce "07 01 08 " HEAD
#define REASON(text) "a2 01 " ID "02 " text

static const struct {
	const char *name;
	enum record_kind kind;
	const char *payload;
	const char *rule;  /* NULL: good */
	const char *words; /* in the message */
} payloads[] = {
    {"a surrender", KIND_SURRENDER, REASON("6178"), NULL, ""},
    {"no map", KIND_SURRENDER, "80", "record.field-type", "map"},
    {"nothing", KIND_SURRENDER, "", "cbor.truncated", "surrender"},
    {"no field", KIND_SURRENDER, "a0", "record.field-missing", "licence"},
    {"the first missing", KIND_SURRENDER, "a1 02 6178", "record.field-missing", "licence"},
    {"the last missing", KIND_SURRENDER, "a1 01 " ID, "record.field-missing", "reason"},
    {"one too many", KIND_SURRENDER, "a3 01 " ID "02 6178 03 00", "record.field-unknown", "3"},
    {"a key of 0", KIND_SURRENDER, "a3 00 00 01 " ID "02 6178", "record.field-unknown", "0"},
    {"a key that is text", KIND_SURRENDER, "a3 01 " ID "02 6178 6161 00", "record.field-unknown",
     "number"},
    {"a key that is negative", KIND_SURRENDER, "a1 20 00", "record.field-unknown", "number"},
    {"a key that is cut off", KIND_SURRENDER, "a1 18", "cbor.truncated", ""},
    {"a key that is a float", KIND_SURRENDER, "a1 f90000 00", "cbor.float", ""},
    {"a key twice", KIND_SURRENDER, "a3 01 " ID "01 " ID "02 6178", "cbor.key-twice", ""},
    {"a byte behind", KIND_SURRENDER, REASON("6178") "00", "cbor.trailing", ""},
    {"a reference that is a number", KIND_SURRENDER, "a2 01 00 02 6178", "record.field-type",
     "licence: "},
    {"a reference of 31 bytes", KIND_SURRENDER,
     "a2 01 581f 0102030405060708090a0b0c0d0e0f10111213141516171819 1a1b1c1d1e1f 02 6178",
     "record.field-type", "31"},
    {"a reference cut off", KIND_SURRENDER, "a2 01 5820 00", "cbor.truncated", "licence"},
    {"a text that is bytes", KIND_SURRENDER, REASON("4178"), "record.field-type", "reason: "},
    {"a text that is null", KIND_SURRENDER, REASON("f6"), "record.field-type", "reason: "},
    {"a text that is a float", KIND_SURRENDER, REASON("f97c00"), "cbor.float", "reason"},
    {"an empty text", KIND_SURRENDER, REASON("60"), "record.field-value", "empty"},
    {"a text that is not UTF-8", KIND_SURRENDER, REASON("61ff"), "cbor.utf8", ""},
    {"a text of two lines", KIND_SURRENDER, REASON("63780a78"), NULL, ""},
    {"a text with NUL", KIND_SURRENDER, REASON("63780078"), "record.field-value", "byte 1"},
    {"a text with TAB", KIND_SURRENDER, REASON("6109"), "record.field-value", "byte 0"},
    {"a text with DEL", KIND_SURRENDER, REASON("617f"), "record.field-value", ""},
    {"a text with NEL", KIND_SURRENDER, REASON("62c285"), "record.field-value", ""},
    {"a text with a no-break space", KIND_SURRENDER, REASON("62c2a0"), NULL, ""},
    {"a text with a line separator", KIND_SURRENDER, REASON("63e280a8"), "record.field-value", ""},
    {"a text that turns right to left", KIND_SURRENDER, REASON("63e280ae"), "record.field-value",
     "direction"},
    {"a text with an isolate", KIND_SURRENDER, REASON("63e281a6"), "record.field-value", ""},
    {"a text with an isolate's end", KIND_SURRENDER, REASON("63e281a9"), "record.field-value", ""},
    {"a text with a dash", KIND_SURRENDER, REASON("63e28094"), NULL, ""},
    {"a text with an ellipsis", KIND_SURRENDER, REASON("63e280af"), NULL, ""},
    {"a text with an euro sign", KIND_SURRENDER, REASON("63e282ac"), NULL, ""},
    {"a text with an invisible plus", KIND_SURRENDER, REASON("63e281aa"), NULL, ""},
    {"a decision", KIND_DECISION, "a3 01 " ID "02 66726566757365 03 6178", NULL, ""},
    {"a choice that is none", KIND_DECISION, "a3 01 " ID "02 6178 03 6178", "record.field-value",
     "approve, approve-with-provisos, refuse"},
    {"a choice that is a number", KIND_DECISION, "a3 01 " ID "02 00 03 6178", "record.field-type",
     "outcome: "},
    {"a choice cut off", KIND_DECISION, "a3 01 " ID "02 66", "cbor.truncated", "outcome"},
    {"an optional list that is empty", KIND_DECISION, "a4 01 " ID "02 66726566757365 03 6178 04 80",
     "record.field-value", "empty"},
    {"a list that is a text", KIND_DECISION, "a4 01 " ID "02 66726566757365 03 6178 04 6178",
     "record.field-type", "array"},
    {"a list with a number in it", KIND_DECISION,
     "a4 01 " ID "02 66726566757365 03 6178 04 82617800", "record.field-type", "provisos: 2: "},
    {"a list cut off", KIND_DECISION, "a4 01 " ID "02 66726566757365 03 6178 04 98",
     "cbor.truncated", "provisos"},
    {"a lease", KIND_LEASE, LEASE(ID, "63616e79", "00", NONCE), NULL, ""},
    {"a lease of the longest ttl", KIND_LEASE, LEASE(ID, "63616e79", "1b001fffffffffffff", NONCE),
     NULL, ""},
    {"a number beyond 2^53 - 1", KIND_LEASE, LEASE(ID, "63616e79", "1b0020000000000000", NONCE),
     "record.field-value", "9007199254740991"},
    {"a number below 0", KIND_LEASE, LEASE(ID, "63616e79", "20", NONCE), "record.field-type",
     "ttl-seconds: "},
    {"a number cut off", KIND_LEASE, "a8 01 " ID "02 " ID "03 18", "cbor.truncated", "sequence"},
    {"a nonce of 15 bytes", KIND_LEASE,
     LEASE(ID, "63616e79", "00", "4f 000102030405060708090a0b0c0d0e "), "record.field-value",
     "nonce: "},
    {"a nonce cut off", KIND_LEASE, "a8 01 " ID "02 " ID "03 01 04 63616e79 05 00 06 50",
     "cbor.truncated", "nonce"},
    {"a scope that is none of the language", KIND_LEASE, LEASE(ID, "6161", "00", NONCE),
     "scope.syntax", "scope: "},
    {"a scope not in canonical form", KIND_LEASE, LEASE(ID, "64616e793b", "00", NONCE),
     "record.field-value", "canonical"},
    {"a scope cut off", KIND_LEASE, "a8 01 " ID "02 " ID "03 01 04 66", "cbor.truncated", "scope"},
    {"a head without a root", KIND_LEASE,
     "a8 01 " ID "02 " ID "03 01 04 63616e79 05 00 06 " NONCE "07 01 08 a1 01 00",
     "record.field-missing", "use-log: "},
    {"a head that is a number", KIND_LEASE,
     "a8 01 " ID "02 " ID "03 01 04 63616e79 05 00 06 " NONCE "07 01 08 00", "record.field-type",
     "use-log: "},
    {"a listing before the year 0", KIND_LISTING,
     "a6 01 6161 02 6161 03 3b0000000e79844e00 04 00 05 " ID "06 00", "record.field-value",
     "date: "},
    {"a listing of the first second", KIND_LISTING,
     "a6 01 6161 02 6161 03 3b0000000e79747bff 04 00 05 " ID "06 00", NULL, ""},
    {"a listing after the year 9999", KIND_LISTING,
     "a6 01 6161 02 6161 03 1b0000003afff44180 04 00 05 " ID "06 00", "record.field-value",
     "date: "},
    {"a time cut off", KIND_LISTING, "a6 01 6161 02 6161 03 1b 00000000", "cbor.truncated", "date"},
    {"a time that is a text", KIND_LISTING, "a6 01 6161 02 6161 03 6161 04 00 05 " ID "06 00",
     "record.field-type", "date: "},
    {"a name of two lines", KIND_LISTING, "a6 01 63610a61 02 6161 03 00 04 00 05 " ID "06 00",
     "record.field-value", "name: the text must be one line"},
    {"a report", KIND_REPORT, "a3 01 " ID "03 6161 05 " ID, NULL, ""},
    {"a subject in clear", KIND_REPORT, "a3 01 6161 03 6161 05 " ID, "record.field-type",
     "subject: "},
    {"a digest of one byte", KIND_REPORT, "a3 01 4100 03 6161 05 " ID, "record.field-type",
     "subject: "},
    {"a key record", KIND_KEY, "a3 01 676f666669636572 02 6161 03 625852", NULL, ""},
    {"a country in small letters", KIND_KEY, "a3 01 676f666669636572 02 6161 03 627872",
     "record.field-value", "country: "},
    {"a country that begins well", KIND_KEY, "a3 01 676f666669636572 02 6161 03 625878",
     "record.field-value", "country: "},
    {"a country beyond the letters", KIND_KEY, "a3 01 676f666669636572 02 6161 03 625b58",
     "record.field-value", "country: "},
    {"a country beyond the letters at its end", KIND_KEY,
     "a3 01 676f666669636572 02 6161 03 62585b", "record.field-value", "country: "},
    {"a country that begins with a digit", KIND_KEY, "a3 01 676f666669636572 02 6161 03 623158",
     "record.field-value", "country: "},
    {"a country with a digit", KIND_KEY, "a3 01 676f666669636572 02 6161 03 625831",
     "record.field-value", "country: "},
    {"a country of three letters", KIND_KEY, "a3 01 676f666669636572 02 6161 03 63585858",
     "record.field-value", "country: "},
    {"a public key that is none", KIND_KEY, "a3 01 676f666669636572 02 6161 04 6161", "key.line",
     "public-key: "},
    {"an empty public key", KIND_KEY, "a3 01 676f666669636572 02 6161 04 60", "record.field-value",
     "public-key: "},
    {"a public key cut off", KIND_KEY, "a3 01 676f666669636572 02 6161 04 61", "cbor.truncated",
     "public-key"},
    {"a threshold over its own limit", KIND_KEY, "a3 01 676f666669636572 02 6161 06 1903e9",
     "record.field-value", "1000"},
};

static void each_fault_of_a_payload_is_named(void)
{
	for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
		owned_arena arena = {0};
		union record_body body;
		struct bytes payload = hex(&arena, payloads[i].payload);
		struct err e = {0};
		bool ok = record_body_decode(&arena, payloads[i].kind, payload, &body, &e);
		const char *rule = payloads[i].rule;
		CHECK(ok == (rule == NULL), "%s: %s", payloads[i].name, e.text);
		if (rule != NULL)
			CHECK(is_rule(&e, rule) && strstr(e.text, payloads[i].words) != NULL,
			      "%s: %s %s", payloads[i].name, rule_of(&e), e.text);
	}
}

#define TYPE(name) "application/vnd.proviso." name "+cbor"
#define LISTING    "a6 01 6161 02 6161 03 00 04 00 05 " ID "06 00"
#define CLAIMS     "a2 02 626f6e 06 00"

static const struct {
	const char *name, *type, *rest, *rule;
} entries[] = {
    {"a listing", TYPE("listing"), CLAIMS LISTING, NULL},
    {"an approval unsigned", TYPE("approval"), CLAIMS "a1 01 " ID, "record.signed-as-entry"},
    {"a renewal unsigned", TYPE("renewal"), CLAIMS "a0", "record.signed-as-entry"},
    {"no such kind", TYPE("licence2"), CLAIMS LISTING, "record.kind"},
    {"no kind at all", TYPE(""), CLAIMS LISTING, "record.kind"},
    {"another prefix", "application/vnd.proviso-listing+cbor", CLAIMS LISTING, "record.kind"},
    {"another suffix", "application/vnd.proviso.listing+json", CLAIMS LISTING, "record.kind"},
    {"a short type", "text/plain", CLAIMS LISTING, "record.kind"},
    {"claims that are no map", TYPE("listing"), "80" LISTING, "record.entry"},
    {"claims without iat", TYPE("listing"), "a1 02 626f6e" LISTING, "record.field-missing"},
    {"claims with an issuer", TYPE("listing"), "a3 01 626f6e 02 626f6e 06 00" LISTING,
     "record.field-unknown"},
    {"an iat after the year 9999", TYPE("listing"), "a2 02 626f6e 06 1b0000003afff44180" LISTING,
     "record.field-value"},
    {"an origin with a blank", TYPE("listing"), "a2 02 6361 20 6e 06 00" LISTING, "record.claims"},
    {"an origin that turns right to left", TYPE("listing"), "a2 02 64 e280ae 61 06 00" LISTING,
     "record.field-value"},
    {"a payload that is bytes", TYPE("listing"), CLAIMS "41a0", "record.entry"},
    {"a payload with a fault", TYPE("listing"), CLAIMS "a0", "record.field-missing"},
    {"a part too many", TYPE("listing"), CLAIMS LISTING "00", "cbor.trailing"},
};

static void each_fault_of_an_entry_is_named(void)
{
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		owned_arena arena = {0};
		struct buffer b = {.arena = &arena};
		struct record record;
		struct err e = {0};
		cbor_array(&b, 3);
		cbor_text(&b, entries[i].type);
		buffer_bytes(&b, hex(&arena, entries[i].rest));
		bool ok = record_decode(&arena, buffer_view(&b), &record, &e);
		CHECK(ok == (entries[i].rule == NULL), "%s: %s", entries[i].name, e.text);
		if (entries[i].rule != NULL)
			CHECK(is_rule(&e, entries[i].rule), "%s: %s %s", entries[i].name,
			      rule_of(&e), e.text);
	}
}

static void what_is_neither_entry_nor_statement_is_refused(void)
{
	static const struct {
		const char *bytes, *rule;
	} rows[] = {
	    {"", "cose.tag"},
	    {"00", "cose.tag"},
	    {"a0", "cose.tag"},
	    {"80", "record.entry"},
	    {"83", "cbor.truncated"},
	    {"83 00 00 00", "record.entry"},
	    {"83 78", "cbor.truncated"},
	    {"82 6161 a0", "record.entry"},
	    {"d2 84 40a04040", "cose.signature"},
	    {"d1 84 40a04040", "cose.signature"},
	    {"d0 84 40a04040", "cose.tag"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct record record;
		struct err e = {0};
		CHECK(!record_decode(&arena, hex(&arena, rows[i].bytes), &record, &e), "%s",
		      rows[i].bytes);
		CHECK(e.kind == ERR_INPUT && e.rule != NULL, "%s: %s %s", rows[i].bytes,
		      rule_of(&e), e.text);
		CHECK(is_rule(&e, rows[i].rule), "%s: %s %s", rows[i].bytes, rule_of(&e), e.text);
	}
}

static void signed_statements_are_judged_by_their_kind_and_claims(void)
{
	static const struct {
		const char *type, *issuer, *subject;
		int64_t issued_at;
		const char *rule;
	} rows[] = {
	    {TYPE("approval"), "officer.example", "log.example", 0, NULL},
	    {TYPE("lease"), "officer.example", "log.example", 0, "record.entry-as-signed"},
	    {TYPE("approvals"), "officer.example", "log.example", 0, "record.kind"},
	    {"text/plain", "officer.example", "log.example", 0, "record.kind"},
	    {TYPE("approval"), "officer example", "log.example", 0, "record.claims"},
	    {TYPE("approval"), "officer.example", "log+example", 0, "record.claims"},
	    {TYPE("approval"), "officer\xE2\x80\xAE.example", "log.example", 0, "record.claims"},
	    {TYPE("approval"), "officer.example", "log.example", INSTANT_LAST + 1,
	     "record.field-value"},
	    {TYPE("surrender"), "officer.example", "log.example", 0, "record.field-missing"},
	};
	struct secret_key key = signer("someone.example");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct cose_claims claims = {rows[i].issuer, rows[i].subject, rows[i].issued_at};
		struct record record;
		struct bytes bytes = {0};
		struct err e = {0};
		CHECK(cose_sign(&arena, &key, rows[i].type, &claims, hex(&arena, "a1 01 " ID),
		                &bytes, &e),
		      "row %zu: %s", i, e.text);
		bool ok = record_decode(&arena, bytes, &record, &e);
		CHECK(ok == (rows[i].rule == NULL), "row %zu: %s", i, e.text);
		if (rows[i].rule != NULL)
			CHECK(is_rule(&e, rows[i].rule), "row %zu: %s %s", i, rule_of(&e), e.text);
	}
}

/* --- Bodies that cannot be written ------------------------------------------------------ */

static void a_kind_is_signed_or_an_entry_and_never_the_other(void)
{
	owned_arena arena = {0};
	struct secret_key key = signer("someone.example");
	for (unsigned k = 0; k < KIND_COUNT; k++) {
		struct generator g = {.arena = &arena, .state = k};
		union record_body body;
		struct bytes bytes;
		struct err e = {0};
		generate_body(&g, k, &body);
		bool is_signed = record_kind(k)->is_signed;
		bool wrong = is_signed ? record_entry(&arena, k, &body, origin, 0, &bytes, &e)
		                       : record_sign(&arena, k, &body, origin, 0, &key, &bytes, &e);
		CHECK(!wrong && is_rule(&e, is_signed ? "record.signed-as-entry"
		                                      : "record.entry-as-signed"),
		      "%s: %s", record_kind(k)->name, rule_of(&e));
	}
}

/* A struct with a field of every type, to break one after the other. */
struct probe {
	const char *text, *line, *label, *country;
	uint64_t number;
	int64_t time;
	struct bytes bytes, four;
	struct hash hash;
	const struct scope *scope;
	struct public_key key;
	unsigned choice;
	struct redactable redactable;
	struct tree_head head;
	struct list labels;
	bool has_more;
	uint64_t more;
};

static const char *const words[] = {"yes", "no", NULL};

static const struct field head_fields[] = {
    {1, "size", FIELD_UINT, offsetof(struct tree_head, size), .most = 9},
    {2, "root", FIELD_HASH, offsetof(struct tree_head, root)},
    {.type = FIELD_END},
};

static const struct field probe_fields[] = {
    {1, "text", FIELD_TEXT, offsetof(struct probe, text)},
    {2, "line", FIELD_TEXT, offsetof(struct probe, line), .most = 8},
    {3, "label", FIELD_LABEL, offsetof(struct probe, label)},
    {4, "country", FIELD_COUNTRY, offsetof(struct probe, country)},
    {5, "number", FIELD_UINT, offsetof(struct probe, number), .most = 7},
    {6, "time", FIELD_TIME, offsetof(struct probe, time)},
    {7, "bytes", FIELD_BYTES, offsetof(struct probe, bytes), .most = 5},
    {8, "four", FIELD_BYTES, offsetof(struct probe, four), .size = 4},
    {9, "hash", FIELD_HASH, offsetof(struct probe, hash)},
    {10, "scope", FIELD_SCOPE, offsetof(struct probe, scope)},
    {11, "key", FIELD_PUBLIC_KEY, offsetof(struct probe, key)},
    {12, "choice", FIELD_CHOICE, offsetof(struct probe, choice), .words = words},
    {13, "redactable", FIELD_REDACTABLE, offsetof(struct probe, redactable)},
    {14, "head", FIELD_STRUCT, offsetof(struct probe, head), .fields = head_fields,
     .size = sizeof(struct tree_head)},
    {15, "labels", FIELD_LIST, offsetof(struct probe, labels), .element = FIELD_LABEL,
     .size = sizeof(const char *), .most = 2},
    {16, "more", FIELD_UINT, offsetof(struct probe, more), .optional = true,
     .present = offsetof(struct probe, has_more)},
    {.type = FIELD_END},
};

static const char *three_labels[] = {"a", "b", "c"};

static struct probe good_probe(void)
{
	return (struct probe){.text = "x\ny",
	                      .line = "12345678",
	                      .label = "a.b",
	                      .country = "XR",
	                      .number = 7,
	                      .time = -1,
	                      .bytes = bytes_text("12345"),
	                      .four = bytes_text("1234"),
	                      .scope = &scope_none,
	                      .key = signer("k").public,
	                      .choice = 1,
	                      .head = {.size = 9},
	                      .labels = {three_labels, 2},
	                      .has_more = true,
	                      .more = 1};
}

static void a_good_probe_comes_back(void)
{
	owned_arena arena = {0};
	struct probe in = good_probe(), out = {0};
	struct bytes bytes;
	struct err e = {0};
	bool ok = fields_encode(&arena, probe_fields, &in, &bytes, &e) &&
	          fields_decode(&arena, probe_fields, bytes, &out, &e);
	CHECK(ok, "%s", e.text);
	if (!ok)
		return;
	CHECK(strcmp(out.text, in.text) == 0 && out.time == -1 && out.choice == 1, "%s", out.text);
	CHECK(out.scope->none && key_equal(&out.key, &in.key), "scope and key");
	CHECK(out.labels.count == 2 && strcmp(((const char **)out.labels.at)[1], "b") == 0,
	      "labels");
	CHECK(out.has_more && out.more == 1 && out.head.size == 9, "more");
}

static void a_list_beyond_its_limit_is_not_read(void)
{
	owned_arena arena = {0};
	struct list list = {three_labels, 3};
	struct field fields[] = {probe_fields[14], {.type = FIELD_END}};
	struct bytes bytes = {0};
	struct err e = {0};
	fields[0].offset = 0;
	fields[0].most = 3;
	CHECK(fields_encode(&arena, fields, &list, &bytes, &e), "%s", e.text);
	CHECK(fields_decode(&arena, fields, bytes, &list, &e), "%s", e.text);
	fields[0].most = 2;
	CHECK(!fields_decode(&arena, fields, bytes, &list, &e), "read");
	CHECK(is_rule(&e, "record.field-value") && strstr(e.text, "labels: a list of 3") != NULL,
	      "%s", e.text);
}

static void absent_fields_are_cleared(void)
{
	owned_arena arena = {0};
	struct decision_body out = {.provisos = {three_labels, 3}};
	struct key_body key = {.has_country = true, .has_replaces = true};
	struct err e = {0};
	CHECK(fields_decode(&arena, record_kind(KIND_DECISION)->fields,
	                    hex(&arena, "a3 01 " ID "02 66726566757365 03 6178"), &out, &e),
	      "%s", e.text);
	CHECK(out.provisos.count == 0, "%zu", out.provisos.count);
	CHECK(fields_decode(&arena, record_kind(KIND_KEY)->fields,
	                    hex(&arena, "a2 01 676f666669636572 02 6161"), &key, &e),
	      "%s", e.text);
	CHECK(!key.has_country && !key.has_replaces && !key.has_reason, "still there");
}

static void check_unwritable(const struct probe *probe, const char *field, const char *rule)
{
	owned_arena arena = {0};
	struct bytes bytes;
	struct err e = {0};
	CHECK(!fields_encode(&arena, probe_fields, probe, &bytes, &e), "%s", field);
	CHECK(is_rule(&e, rule) && strncmp(e.text, field, strcspn(field, ".[")) == 0, "%s: %s %s",
	      field, rule_of(&e), e.text);
}

#define UNWRITABLE(member, value, rule)                                                            \
	do {                                                                                       \
		struct probe probe = good_probe();                                                 \
		probe.member = (value);                                                            \
		check_unwritable(&probe, #member, rule);                                           \
	} while (0)

static void each_limit_holds_in_writing(void)
{
	static char long_text[4098];
	memset(long_text, 'x', sizeof long_text - 1);
	UNWRITABLE(text, NULL, "record.field-missing");
	UNWRITABLE(text, "", "record.field-value");
	UNWRITABLE(text, long_text, "record.field-value");
	UNWRITABLE(text, "\xff", "record.field-value");
	UNWRITABLE(line, "123456789", "record.field-value");
	UNWRITABLE(line, "1\n2", "record.field-value");
	UNWRITABLE(label, "a..b", "scope.label");
	UNWRITABLE(country, "xr", "record.field-value");
	UNWRITABLE(number, 8, "record.field-value");
	UNWRITABLE(time, INSTANT_FIRST - 1, "record.field-value");
	UNWRITABLE(bytes, bytes_text("123456"), "record.field-value");
	UNWRITABLE(four, bytes_text("123"), "record.field-value");
	UNWRITABLE(scope, NULL, "record.field-missing");
	UNWRITABLE(key.name[0], 0, "record.field-value");
	UNWRITABLE(key.name[0], '\n', "record.field-value");
	UNWRITABLE(choice, 2, "record.field-value");
	UNWRITABLE(head.size, 10, "record.field-value");
	UNWRITABLE(labels.count, 3, "record.field-value");
	const char *bad_labels[] = {"a", "."};
	UNWRITABLE(labels.at, bad_labels, "scope.label");
	UNWRITABLE(more, 1ull << 53, "record.field-value");
	long_text[4096] = 0;
	struct probe longest = good_probe();
	owned_arena arena = {0};
	struct bytes bytes;
	struct err e = {0};
	longest.text = long_text;
	CHECK(fields_encode(&arena, probe_fields, &longest, &bytes, &e), "%s", e.text);
}

static void a_scope_beyond_its_text_is_not_written(void)
{
	owned_arena arena = {0};
	const char **labels = arena_array(&arena, 400, sizeof *labels);
	struct scope scope = scope_any;
	struct lease_body lease = {.scope = &scope, .nonce = bytes_text("0123456789abcdef")};
	struct bytes bytes;
	struct err e = {0};
	for (unsigned i = 0; i < 400; i++)
		labels[i] = arena_printf(&arena, "%0127u", i);
	scope.require = (struct scope_set){labels, 400};
	CHECK(!record_entry(&arena, KIND_LEASE, (union record_body *)&lease, origin, 0, &bytes, &e),
	      "written");
	CHECK(is_rule(&e, "scope.too-large"), "%s", rule_of(&e));
}

/* A decision whose record would have `size` bytes, by the length of its last proviso. */
static bool make_of_size(struct arena *arena, size_t size, struct bytes *bytes, struct err *e)
{
	char *texts[17];
	size_t last = 1000;
	union record_body body = {.decision = {.reasons = "x", .provisos = {texts, 17}}};
	for (size_t i = 0; i < 16; i++) {
		texts[i] = arena_alloc(arena, 4001);
		memset(texts[i], 'x', 4000);
	}
	for (unsigned tries = 0; tries < 2; tries++, last += size - bytes->len) {
		texts[16] = arena_alloc(arena, last + 1);
		memset(texts[16], 'x', last);
		if (!make(arena, KIND_DECISION, &body, bytes, e))
			return false;
	}
	return true;
}

static void a_record_has_65535_bytes_at_most(void)
{
	owned_arena arena = {0};
	struct bytes bytes = {0};
	struct err e = {0};
	struct record record;
	bool ok = make_of_size(&arena, RECORD_MAX, &bytes, &e);
	CHECK(ok && bytes.len == RECORD_MAX, "%zu bytes: %s", bytes.len, e.text);
	CHECK(record_decode(&arena, bytes, &record, &e), "%s", e.text);
	CHECK(!make_of_size(&arena, RECORD_MAX + 1, &bytes, &e) && is_rule(&e, "record.too-large"),
	      "%s", rule_of(&e));

	uint8_t *more = arena_alloc(&arena, RECORD_MAX + 1);
	CHECK(!record_decode(&arena, bytes_of(more, RECORD_MAX + 1), &record, &e) &&
	          is_rule(&e, "record.too-large"),
	      "%s", rule_of(&e));
}

static void a_body_has_65535_bytes_at_most(void)
{
	owned_arena arena = {0};
	char *text = arena_alloc(&arena, 4097);
	char *texts[20];
	memset(text, 'x', 4096);
	for (size_t i = 0; i < 20; i++)
		texts[i] = text;
	union record_body body = {.decision = {.reasons = "x", .provisos = {texts, 20}}};
	struct bytes bytes;
	struct err e = {0};
	CHECK(!record_payload(&arena, KIND_DECISION, &body, &bytes, &e), "written");
	CHECK(is_rule(&e, "record.too-large"), "%s", rule_of(&e));
}

static void claims_that_cannot_be_read_are_not_written(void)
{
	owned_arena arena = {0};
	struct secret_key key = signer("someone.example"), nameless = key;
	struct generator g = {.arena = &arena, .state = 1};
	union record_body lease, approval;
	struct bytes bytes;
	struct err e = {0};
	generate_body(&g, KIND_LEASE, &lease);
	generate_body(&g, KIND_APPROVAL, &approval);
	nameless.public.name[0] = 0;
	CHECK(!record_entry(&arena, KIND_LEASE, &lease, "", 0, &bytes, &e), "no origin");
	CHECK(!record_entry(&arena, KIND_LEASE, &lease, "a b", 0, &bytes, &e), "an origin");
	CHECK(is_rule(&e, "record.claims"), "%s", rule_of(&e));
	CHECK(!record_entry(&arena, KIND_LEASE, &lease, origin, INSTANT_LAST + 1, &bytes, &e),
	      "iat");
	CHECK(!record_sign(&arena, KIND_APPROVAL, &approval, "a b", 0, &key, &bytes, &e), "origin");
	CHECK(is_rule(&e, "record.claims"), "%s", rule_of(&e));
	CHECK(!record_sign(&arena, KIND_APPROVAL, &approval, origin, 0, &nameless, &bytes, &e),
	      "no issuer");
	approval = (union record_body){.surrender = {.reason = NULL}};
	CHECK(!record_sign(&arena, KIND_SURRENDER, &approval, origin, 0, &key, &bytes, &e), "body");
	CHECK(is_rule(&e, "record.field-missing"), "%s", rule_of(&e));
}

/* --- Changed bytes ---------------------------------------------------------------------- */

/* Of a signed record the signature notices; of an entry its id, by which the log knows it. */
static bool is_noticed(struct arena *arena, struct bytes changed, const struct record *good,
                       const struct public_key *key)
{
	struct record record;
	struct err e = {0};
	if (!record_decode(arena, changed, &record, &e))
		return e.kind == ERR_INPUT && e.rule != NULL;
	if (good->claims.issuer != NULL)
		return record.claims.issuer != NULL && !cose_verify(&record.cose, key, &e);
	return record.claims.issuer == NULL && !hash_equal(&record.id, &good->id);
}

static void every_changed_byte_is_noticed(void)
{
	uint64_t seed = test_seed();
	struct secret_key key = signer("someone.example");
	for (unsigned k = 0; k < KIND_COUNT; k++) {
		owned_arena arena = {0};
		struct generator g = {.arena = &arena, .state = seed + k};
		union record_body body;
		struct record good;
		struct bytes bytes;
		struct err e = {0};
		generate_body(&g, k, &body);
		bool ok =
		    make(&arena, k, &body, &bytes, &e) && record_decode(&arena, bytes, &good, &e);
		CHECK(ok, "%s: %s", record_kind(k)->name, e.text);
		uint8_t *changed = ok ? arena_alloc(&arena, bytes.len) : NULL;
		for (size_t i = 0; ok && i < bytes.len; i++) {
			owned_arena inner = {0};
			memcpy(changed, bytes.at, bytes.len);
			changed[i] ^= (uint8_t)(1u << generate_below(&g, 8));
			CHECK(is_noticed(&inner, bytes_of(changed, bytes.len), &good, &key.public),
			      "%s: byte %zu", record_kind(k)->name, i);
		}
	}
}

static void every_record_cut_short_is_refused(void)
{
	for (unsigned k = 0; k < KIND_COUNT; k++) {
		owned_arena arena = {0};
		struct generator g = {.arena = &arena, .state = k};
		union record_body body;
		struct record record;
		struct bytes bytes = {0};
		struct err e = {0};
		generate_body(&g, k, &body);
		CHECK(make(&arena, k, &body, &bytes, &e), "%s: %s", record_kind(k)->name, e.text);
		for (size_t len = 0; len < bytes.len; len++) {
			/* An exact copy, so that the sanitizer sees a read past the end. */
			uint8_t *exact = malloc(len > 0 ? len : 1);
			if (exact == NULL)
				abort();
			memcpy(exact, bytes.at, len);
			CHECK(!record_decode(&arena, bytes_of(exact, len), &record, &e) &&
			          e.kind == ERR_INPUT && e.rule != NULL,
			      "%s of %zu bytes", record_kind(k)->name, len);
			free(exact);
		}
	}
}

TEST_MAIN(TEST(every_table_is_sound), TEST(kinds_are_found_by_name),
          TEST(every_kind_comes_back_byte_for_byte), TEST(each_fault_of_a_payload_is_named),
          TEST(each_fault_of_an_entry_is_named),
          TEST(what_is_neither_entry_nor_statement_is_refused),
          TEST(signed_statements_are_judged_by_their_kind_and_claims),
          TEST(a_kind_is_signed_or_an_entry_and_never_the_other), TEST(a_good_probe_comes_back),
          TEST(a_list_beyond_its_limit_is_not_read), TEST(absent_fields_are_cleared),
          TEST(each_limit_holds_in_writing), TEST(a_scope_beyond_its_text_is_not_written),
          TEST(a_record_has_65535_bytes_at_most), TEST(a_body_has_65535_bytes_at_most),
          TEST(claims_that_cannot_be_read_are_not_written), TEST(every_changed_byte_is_noticed),
          TEST(every_record_cut_short_is_refused))

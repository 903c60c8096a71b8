#include "record/form_json.h"

#include "generate.h"

/* --- A world in which every reference is there ------------------------------------------ */

static bool find_reference(void *ctx, const char *field, const char *text, struct hash *out,
                           struct err *e)
{
	(void)ctx;
	if (strcmp(text, "ambiguous") == 0)
		return err_refused(e, "reference.ambiguous", "%s names two records", text);
	*out = sha256(bytes_text(arena_printf(ctx, "%s %s", field, text)));
	return true;
}

static bool find_target(void *ctx, struct arena *arena, const char *text, const char **out,
                        struct err *e)
{
	(void)ctx;
	if (strcmp(text, "nobody") == 0)
		return err_refused(e, "reference.unknown", "there is no %s", text);
	*out = strcmp(text, "long") == 0 ? arena_printf(arena, "%0600d", 0)
	                                 : arena_printf(arena, "licence/%s", text);
	return true;
}

static const char key_line_text[] =
    "capture-0001+0f4ee7e5+AWt5xX5qCVI5KCwEgY6WES8/A6QAG6l6VkwjhSo/HqX8";

static bool read_key(void *ctx, struct arena *arena, const char *path, struct bytes *out,
                     struct err *e)
{
	(void)ctx;
	if (strcmp(path, "missing.pub") == 0)
		return err_environment(e, "%s: No such file", path);
	const char *end = strcmp(path, "no-lf.pub") == 0 ? "" : "\n";
	*out = bytes_text(
	    strcmp(path, "empty.pub") == 0 ? "" : arena_printf(arena, "%s%s", key_line_text, end));
	return true;
}

static bool read_evidence(void *ctx, const char *path, const char *type, struct evidence *out,
                          struct err *e)
{
	(void)ctx;
	if (strcmp(path, "missing.json") == 0)
		return err_environment(e, "%s: No such file", path);
	*out = (struct evidence){.type = type,
	                         .digest = sha256(bytes_text(path)),
	                         .size = 7,
	                         .has_indicators = true,
	                         .indicators = 3};
	return true;
}

/* Always the same salt, so that what is read twice is the same twice. */
static void fill_salt(void *ctx, void *at, size_t len)
{
	(void)ctx;
	memset(at, 9, len);
}

static struct form_world world_of(struct arena *arena)
{
	return (struct form_world){arena,    find_reference, find_target,
	                           read_key, read_evidence,  fill_salt};
}

static const struct form_world lone = {.random = fill_salt};

static void start(void)
{
	struct err e;
	if (!key_library_start(&e))
		abort();
}

/* Not inlined: gcc, with its sanitizers, would then warn of a text that is NULL. */
__attribute__((noinline)) static bool contains(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* --- Templates -------------------------------------------------------------------------- */

/* The template with every unused field taken into use. */
static const char *with_all_fields(struct arena *arena, const char *template)
{
	struct buffer b = {.arena = arena};
	for (const char *c = template; *c != 0; c++) {
		size_t blanks = strspn(c, " ");
		size_t line = strcspn(c, "\n");
		bool unused = c[blanks] == '#' && c[blanks + 1] != ' ';
		buffer_bytes(&b, bytes_of(c, blanks));
		c += blanks + unused;
		buffer_bytes(&b, bytes_of(c, line - blanks - unused));
		buffer_u8(&b, '\n');
		c += line - blanks - unused;
	}
	return buffer_cstr(&b);
}

static void check_template(struct arena *arena, enum record_kind kind, const char *text,
                           union record_body *body)
{
	struct form_world world = world_of(arena);
	struct bytes payload;
	struct err e = {0};
	bool ok = form_parse(arena, kind, bytes_text(text), &world, body, &e) &&
	          record_payload(arena, kind, body, &payload, &e);
	CHECK(ok, "%s: %s\n%s", record_kind(kind)->name, e.text, text);
}

/* Each field has its comment and its example, used or not. */
static void check_fields_are_shown(const char *text, const struct field *f)
{
	for (; f->type != FIELD_END; f++) {
		bool is_evidence = f->type == FIELD_LIST && strcmp(f->name, "evidence") == 0;
		CHECK(contains(text, f->help), "no comment on %s", f->name);
		CHECK(contains(text, f->name), "no %s", f->name);
		if (f->fields != NULL && !is_evidence)
			check_fields_are_shown(text, f->fields);
	}
}

static void every_template_is_valid_as_it_stands(void)
{
	start();
	for (unsigned k = 0; k < KIND_COUNT; k++) {
		owned_arena arena = {0};
		union record_body body;
		const char *text = form_template(&arena, k);
		check_template(&arena, k, text, &body);
		check_template(&arena, k, with_all_fields(&arena, text), &body);
		check_fields_are_shown(text, record_kind(k)->fields);
		CHECK(strncmp(text, "# ", 2) == 0 && contains(text, record_kind(k)->help), "%s",
		      text);
	}
}

static void a_template_shows_usual_fields_and_keeps_the_others_ready(void)
{
	owned_arena arena = {0};
	union record_body body;
	const char *text = form_template(&arena, KIND_MEASURE);
	check_template(&arena, KIND_MEASURE, text, &body);
	CHECK(body.measure.has_scope && body.measure.has_finding, "scope and finding");
	CHECK(!body.measure.has_basis && !body.measure.has_until, "basis or until");
	check_template(&arena, KIND_MEASURE, with_all_fields(&arena, text), &body);
	CHECK(body.measure.has_basis && body.measure.has_until, "basis and until");
	text = form_template(&arena, KIND_REPORT);
	check_template(&arena, KIND_REPORT, text, &body);
	CHECK(body.report.evidence.count == 0 && !body.report.has_system, "evidence or system");
	check_template(&arena, KIND_REPORT, with_all_fields(&arena, text), &body);
	CHECK(body.report.evidence.count == 1, "evidence");
}

/* --- There and back --------------------------------------------------------------------- */

static void every_body_comes_back_from_its_text(void)
{
	uint64_t seed = test_seed();
	start();
	for (unsigned i = 0; i < 100 * KIND_COUNT; i++) {
		owned_arena arena = {0};
		enum record_kind kind = i % KIND_COUNT;
		struct generator g = {.arena = &arena, .state = seed + i};
		union record_body body, again;
		struct bytes payload = {0}, payload_again = {0};
		struct err e = {0};
		memset(g.salt, 9, sizeof g.salt);
		generate_body(&g, kind, &body);
		const char *text = form_text(&arena, kind, &body);
		bool ok = record_payload(&arena, kind, &body, &payload, &e) &&
		          form_parse(&arena, kind, bytes_text(text), &lone, &again, &e) &&
		          record_payload(&arena, kind, &again, &payload_again, &e);
		CHECK(ok && bytes_equal(payload, payload_again), "%s: %s\n%s",
		      record_kind(kind)->name, e.text, text);
	}
}

static void withheld_fields_are_comments(void)
{
	owned_arena arena = {0};
	union record_body body = {.report = {.allegation = "x"}};
	const char *text = form_text(&arena, KIND_REPORT, &body);
	CHECK(contains(text, "# subject: withheld, digest 00000000"), "%s", text);
	CHECK(contains(text, "# reporter: withheld"), "%s", text);
}

static void text_is_written_as_people_would(void)
{
	static const struct {
		const char *text, *yaml;
	} rows[] = {
	    {"A word, and another.", "reason: A word, and another.\n"},
	    {"No", "reason: \"No\"\n"},
	    {"1.0", "reason: \"1.0\"\n"},
	    {"ends in a blank ", "reason: \"ends in a blank \"\n"},
	    {"a: b", "reason: \"a: b\"\n"},
	    {"\"\\", "reason: \"\\\"\\\\\"\n"},
	    {"a\nb", "reason: |-\n  a\n  b\n"},
	    {"a\n\n b\n", "reason: |\n  a\n  \n   b\n"},
	    {"a\n\n", "reason: \"a\\n\\n\"\n"},
	    {"\n", "reason: \"\\n\"\n"},
	    {" a\nb", "reason: \" a\\nb\"\n"},
	    {"\xEF\xBB\xBF\nb", "reason: \"\\uFEFF\\nb\"\n"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		union record_body body = {.lift = {.reason = rows[i].text}};
		const char *text = form_text(&arena, KIND_LIFT, &body);
		CHECK(contains(text, rows[i].yaml), "%s", text);
	}
	owned_arena arena = {0};
	union record_body body = {.decision = {.reasons = "x"}},
	                  definitions = {.definitions = {.scope = &scope_any}};
	CHECK(contains(form_text(&arena, KIND_DEFINITIONS, &definitions), "purposes: []\n"), "[]");
	CHECK(!contains(form_text(&arena, KIND_DECISION, &body), "provisos"), "provisos");
}

/* --- Forms that are taken ---------------------------------------------------------------- */

static bool parse(struct arena *arena, enum record_kind kind, const char *yaml,
                  union record_body *body)
{
	struct form_world world = world_of(arena);
	struct err e = {0};
	bool ok = form_parse(arena, kind, bytes_text(yaml), &world, body, &e);
	CHECK(ok, "%s\n%s", e.text, yaml);
	return ok;
}

static void times_are_rfc_3339_or_a_date(void)
{
	static const struct {
		const char *time;
		int64_t at;
	} rows[] = {
	    {"1970-01-02T00:00:01Z", 86401},
	    {"1970-01-02", 86400},
	    {"'1970-01-02'", 86400},
	    {"1970-01-02T02:30:00+02:30", 86400},
	    {"1970-01-01T13:00:00-11:00", 86400},
	    {"1970-01-01T12:50:00-11:10", 86400},
	    {"1970-01-01T00:00:00+00:00", 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		union record_body body;
		const char *yaml = arena_printf(
		    &arena, "target: x\naction: suspend\nreason: y\nuntil: %s\n", rows[i].time);
		if (parse(&arena, KIND_MEASURE, yaml, &body))
			CHECK(body.measure.has_until && body.measure.until == rows[i].at,
			      "%s: %lld", rows[i].time, (long long)body.measure.until);
	}
}

static void scopes_are_a_line_a_block_or_a_map(void)
{
	static const char *const rows[] = {
	    "capability=capture; subject-not=mailto:@state.gov,tel:+1; limit.subjects=25",
	    "'capability=capture; subject-not=mailto:@state.gov,tel:+1; limit.subjects=25'",
	    "|\n  limit.subjects=25\n  subject-not=tel:+1,mailto:@state.gov\n  "
	    "capability=capture\n",
	    "capability=capture;\n  subject-not=mailto:@state.gov,tel:+1;\n  limit.subjects=25",
	    "\n  capability: capture\n  subject-not: [tel:+1, 'mailto:@state.gov']\n  "
	    "limit.subjects: 25",
	    "{subject-not: ['tel:+1,mailto:@state.gov'], limit.subjects: 25, capability: "
	    "[capture]}",
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		union record_body body;
		const char *yaml = arena_printf(
		    &arena, "target: x\naction: restrict\nreason: y\nscope: %s\n", rows[i]);
		if (parse(&arena, KIND_MEASURE, yaml, &body))
			CHECK(strcmp(scope_text(&arena, body.measure.scope),
			             "capability=capture; subject-not=mailto:@state.gov,tel:+1; "
			             "limit.subjects=25") == 0,
			      "%s: %s", rows[i], scope_text(&arena, body.measure.scope));
	}
}

static void references_are_the_worlds_unless_they_are_full(void)
{
	owned_arena arena = {0};
	union record_body body;
	struct hash found = sha256(bytes_text("proposal 3fa2")),
	            number = sha256(bytes_text("definitions 2"));
	if (parse(&arena, KIND_APPROVAL, "proposal: 3fa2", &body))
		CHECK(hash_equal(&body.approval.proposal, &found), "not the world's");
	const char *full = hex_encode(&arena, hash_bytes(&number));
	if (parse(&arena, KIND_APPROVAL, arena_printf(&arena, "proposal: %s", full), &body))
		CHECK(hash_equal(&body.approval.proposal, &number), "not what was written");
	if (parse(&arena, KIND_DECLARATION,
	          "end-user: {name: a, country: NO}\ndefinitions: 2\nscope: any\n"
	          "undertakings: [x]\nsignatory: {name: a, office: b}\nvalid-until: 2030-01-01",
	          &body)) {
		CHECK(hash_equal(&body.declaration.definitions, &number), "not definitions 2");
		CHECK(strcmp(body.declaration.end_user.country, "NO") == 0, "Norway");
	}
	if (parse(&arena, KIND_MEASURE, "{target: 3fa2, action: revoke, reason: x}", &body))
		CHECK(strcmp(body.measure.target, "licence/3fa2") == 0, "%s", body.measure.target);
}

static void optional_fields_may_be_left_empty_or_unknown(void)
{
	static const char *const systems[] = {"", "system:\n", "system: unknown\n"};
	for (size_t i = 0; i < 3; i++) {
		owned_arena arena = {0};
		union record_body body;
		const char *yaml = arena_printf(
		    &arena, "subject: a\nallegation: b\n%sreporter: c\nevidence:\n", systems[i]);
		if (parse(&arena, KIND_REPORT, yaml, &body)) {
			CHECK(!body.report.has_system && body.report.evidence.count == 0, "%s",
			      yaml);
			CHECK(strcmp(body.report.subject.value, "a") == 0, "%s",
			      body.report.subject.value);
		}
	}
}

static void public_keys_are_a_line_or_a_file(void)
{
	static const char *const keys[] = {key_line_text, "\"@some.pub\"", "'@no-lf.pub'"};
	struct public_key key;
	struct err e = {0};
	start();
	CHECK(key_line_parse(bytes_text(key_line_text), &key, &e), "%s", e.text);
	for (size_t i = 0; i < 3; i++) {
		owned_arena arena = {0};
		union record_body body;
		const char *yaml =
		    arena_printf(&arena, "role: officer\nholder: x\npublic-key: %s\n", keys[i]);
		if (parse(&arena, KIND_KEY, yaml, &body))
			CHECK(body.key.has_public_key && key_equal(&key, &body.key.public_key),
			      "%s", keys[i]);
	}
}

static void evidence_is_a_file_or_its_digest(void)
{
	owned_arena arena = {0};
	union record_body body;
	struct hash digest = sha256(bytes_text("a.json"));
	const char *yaml = arena_printf(
	    &arena,
	    "subject: a\nallegation: b\nreporter: c\nevidence:\n"
	    "- file: a.json\n  type: stix-2.1\n- {type: text/plain, digest: %s, size: 8}\n",
	    hex_encode(&arena, hash_bytes(&digest)));
	if (!parse(&arena, KIND_REPORT, yaml, &body))
		return;
	const struct evidence *evidence = body.report.evidence.at;
	CHECK(body.report.evidence.count == 2, "%zu", body.report.evidence.count);
	CHECK(hash_equal(&evidence[0].digest, &digest) && evidence[0].indicators == 3, "the file");
	CHECK(hash_equal(&evidence[1].digest, &digest) && evidence[1].size == 8, "the digest");
	CHECK(!evidence[1].has_indicators, "indicators of no STIX");
}

/* --- Forms that are refused --------------------------------------------------------------- */

#define REPORT "subject: a\nallegation: b\nreporter: c\n"

static const struct {
	enum record_kind kind;
	const char *yaml, *rule, *place, *words;
} faults[] = {
    {KIND_LIFT, "", "form.syntax", "line 1, column 1: ", "empty"},
    {KIND_LIFT, "# nothing\n", "form.syntax", "line 2, column 1: ", "empty"},
    {KIND_LIFT, "measure: x\n", "form.field-missing", "line 1, column 1: ", "reason is missing"},
    {KIND_LIFT, "measure: x\nreason: y\nreasons: z\n", "form.field-unknown",
     "line 3, column 1: ", "'reasons'; there are: measure, reason"},
    {KIND_LIFT, "measure: x\nreason: y\n\"a\\eb\": z\n", "form.field-unknown",
     "line 3, column 1: ", "(unreadable)"},
    {KIND_LIFT, "measure: x\nreason: y\nreason: z\n", "form.field-twice",
     "line 3, column 1: ", "'reason'"},
    {KIND_LIFT, "measure: x\nreason:\n", "form.value", "line 2, column 8: ", "reason: "},
    {KIND_LIFT, "measure: x\nreason: [y]\n", "form.value", "line 2, column 9: ", "single value"},
    {KIND_LIFT, "measure: x\nreason: \"a\\0b\"\n", "form.value", "line 2, column 9: ", "byte 1"},
    {KIND_LIFT, "measure: x\nreason: \"\\u202E\"\n", "form.value",
     "line 2, column 9: ", "direction"},
    {KIND_LIFT, "measure: ambiguous\nreason: y\n", "reference.ambiguous",
     "line 1, column 10: ", "measure: ambiguous names two"},
    {KIND_LIFT, "measure: \"a\\nb\"\nreason: y\n", "form.value", "line 1, column 10: ", "one line"},
    {KIND_LIFT, "- measure: x\n", "form.value", "line 1, column 1: ", "fields and their values"},
    {KIND_LIFT, "just words", "form.value", "line 1, column 1: ", "fields and their values"},
    {KIND_LIFT, "measure: x\n reason: y\n", "form.syntax", "line 2, column 8: ", "mapping values"},
    {KIND_LIFT, "measure: \"x\n", "form.syntax", "line 2, column 1: ", ""},
    {KIND_LIFT, "measure: x\nreason: \x01\n", "form.syntax", "line 2, column 9: ", "control"},
    {KIND_LIFT, "measure: x\nreason: \xFF\n", "form.syntax", "line 2, column 9: ", "UTF-8"},
    {KIND_LIFT, "measure: &a x\nreason: y\n", "form.alias", "line 1, column 10: ", "anchors"},
    {KIND_LIFT, "measure: x\nreason: *a\n", "form.alias", "line 2, column 9: ", "aliases"},
    {KIND_LIFT, "measure: x\nreason: !!str y\n", "form.alias", "line 2, column 9: ", "tags"},
    {KIND_LIFT, "!lift {measure: x, reason: y}\n", "form.alias", "line 1, column 1: ", "tags"},
    {KIND_LIFT, "measure: x\nreason: &a [y]\n", "form.alias", "line 2, column 9: ", "anchors"},
    {KIND_LIFT, "measure: x\nreason: !t [y]\n", "form.alias", "line 2, column 9: ", "tags"},
    {KIND_LIFT, "*a : x\n", "form.alias", "line 1, column 1: ", "aliases"},
    {KIND_LIFT, "? [a]\n: x\n", "form.syntax", "line 1, column 3: ", "a word"},
    {KIND_LIFT, "measure: x\nreason: y\n---\nmeasure: x\n", "form.syntax",
     "line 3, column 1: ", "one document"},
    {KIND_LIFT, "measure: x\nreason: y\n--- @\n", "form.syntax", "line 3, column", ""},
    {KIND_LIFT, "%YAML 3.0\n---\nmeasure: x\n", "form.syntax", "line 1, column 1: ", "YAML"},
    {KIND_LIFT, "measure: [[[[[[[[x]]]]]]]]\nreason: y\n", "form.too-large",
     "line 1, column 17: ", "deeply"},
    {KIND_LIFT, "measure: {a: {b: {c: {d: {e: {f: {g: {h: x}}}}}}}}\n", "form.too-large",
     "line 1, column", "deeply"},
    {KIND_KEY, "role: king\nholder: x\n", "form.value",
     "line 1, column 7: ", "role: expected one of: authority, officer"},
    {KIND_KEY, "role: officer\nholder: x\ncountry: xr\n", "form.value",
     "line 3, column 10: ", "two capital letters"},
    {KIND_KEY, "role: officer\nholder: x\npublic-key: @a.pub\n", "form.syntax",
     "line 3, column 13: ", "in quotes"},
    {KIND_KEY, "role: officer\nholder: x\npublic-key: '@missing.pub'\n", NULL,
     "line 3, column 13: ", "public-key: missing.pub: No such file"},
    {KIND_KEY, "role: officer\nholder: x\npublic-key: '@empty.pub'\n", "form.value",
     "line 3, column 13: ", "empty"},
    {KIND_KEY, "role: officer\nholder: x\npublic-key: \"@a\\nb\"\n", "form.value",
     "line 3, column 13: ", "one line"},
    {KIND_KEY, "role: officer\nholder: x\npublic-key: nothing\n", "form.value",
     "line 3, column 13: ", "NAME+ID+BASE64"},
    {KIND_KEY, "role: officer\nholder: x\npublic-key: ''\n", "form.value",
     "line 3, column 13: ", "empty"},
    {KIND_KEY, "role: officer\nholder: x\nthreshold: two\n", "form.value",
     "line 3, column 12: ", "a number"},
    {KIND_KEY, "role: officer\nholder: x\nthreshold: 02\n", "form.value",
     "line 3, column 12: ", "a number"},
    {KIND_KEY, "role: officer\nholder: x\nthreshold: 1001\n", "form.value",
     "line 3, column 12: ", "1000"},
    {KIND_MEASURE, "target: nobody\naction: suspend\nreason: x\n", "reference.unknown",
     "line 1, column 9: ", "target: there is no nobody"},
    {KIND_MEASURE, "target: long\naction: suspend\nreason: x\n", "form.value",
     "line 1, column 9: ", "600 bytes"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nscope: [any]\n", "form.value",
     "line 4, column 8: ", "a scope"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nscope: |\n  capability=a\n  colour=b\n",
     "form.value", "line 4, column 8: ", "scope: in the scope: line 2, column 1: 'colour'"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nscope: {}\n", "form.value",
     "line 4, column 8: ", "a scope is"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nscope: {require: {a: b}}\n",
     "form.value", "line 4, column 18: ", "a value"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nscope: {require: [[b]]}\n", "form.value",
     "line 4, column 19: ", "a value"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nscope: {require: 'a;purpose=b'}\n",
     "form.value", "line 4, column 18: ", "a value"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nscope: {require: []}\n", "form.value",
     "line 4, column 8: ", "require"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nuntil: tomorrow\n", "form.value",
     "line 4, column 8: ", "a time such as"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nuntil: 2026-02-30\n", "form.value",
     "line 4, column 8: ", "a time such as"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nuntil: 2026-01-01T00:00:00\n",
     "form.value", "line 4, column 8: ", "a time such as"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nuntil: 2026-01-01T00:00:00*02:00\n",
     "form.value", "line 4, column 8: ", "a time such as"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nuntil: 2026-01-01T00:00:00+02.00\n",
     "form.value", "line 4, column 8: ", "a time such as"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nuntil: 2026-01-01T00:00:00+0x:00\n",
     "form.value", "line 4, column 8: ", "a time such as"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nuntil: 2026-01-01T00:00:00+00:0x\n",
     "form.value", "line 4, column 8: ", "a time such as"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nuntil: 2026-01-01T00:00:00+24:00\n",
     "form.value", "line 4, column 8: ", "a time such as"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nuntil: 2026-01-01T00:00:00+00:60\n",
     "form.value", "line 4, column 8: ", "a time such as"},
    {KIND_MEASURE, "target: x\naction: suspend\nreason: x\nuntil: 0000-01-01T00:00:00+01:00\n",
     "form.value", "line 4, column 8: ", "0000 to 9999"},
    {KIND_APPLICATION,
     "exporter: {name: a, country: IL}\nend-user: {name: b, country: XR}\n"
     "item:\n  name: c\n  version: 1\n  capabilities:\n  - a\n  - b..c\n",
     "form.value", "line 8, column 5: ", "item.capabilities.1: "},
    {KIND_APPLICATION, "exporter: {name: a, country: IL, city: x}\n", "form.field-unknown",
     "line 1, column 34: ", "exporter: there is no field 'city'"},
    {KIND_APPLICATION, "exporter: {name: a}\n", "form.field-missing",
     "line 1, column 11: ", "exporter: country is missing"},
    {KIND_APPLICATION, "exporter: a\n", "form.value",
     "line 1, column 11: ", "exporter: expected fields"},
    {KIND_DECISION, "application: a\noutcome: refuse\nreasons: b\nprovisos: c\n", "form.value",
     "line 4, column 11: ", "a list"},
    {KIND_DECISION, "application: a\noutcome: refuse\nreasons: b\nprovisos: ''\n", "form.value",
     "line 4, column 11: ", "a list"},
    {KIND_ENROLMENT,
     "licences: [a]\nserial: b\ndevice-key: '@a'\nitem-version: 1\naudit-key: '?'\n", "form.value",
     "line 5, column 12: ", "base64"},
    {KIND_LEASE,
     "system: a\ndevice: 00\nsequence: 1\nscope: any\nttl-seconds: 1\nnonce: AA==\ncounter: 1\n"
     "use-log: {size: 0, root: 00}\n",
     "form.value", "line 2, column 9: ", "64 hexadecimal digits"},
    {KIND_REFUSAL,
     "device: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\ncode: a\n"
     "reason: b\nnonce: AA==\ncounter: 1\n",
     "form.value", "line 4, column 8: ", "1 bytes, not 16"},
    {KIND_REFUSAL,
     "device: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1ezz\ncode: a\n",
     "form.value", "line 1, column 9: ", "64 hexadecimal digits"},
    {KIND_REPORT, "subject: ''\nallegation: b\nreporter: c\n", "form.value",
     "line 1, column 10: ", "subject: "},
    {KIND_REPORT, "subject: {}\nallegation: b\nreporter: c\n", "form.value",
     "line 1, column 10: ", "single value"},
    {KIND_REPORT, REPORT "evidence: [{file: a.json}]\n", "form.value",
     "line 4, column 12: ", "evidence.0: expected the fields file and type"},
    {KIND_REPORT, REPORT "evidence: [{file: a.json, type: b, size: 1}]\n", "form.value",
     "line 4, column 12: ", "no others"},
    {KIND_REPORT, REPORT "evidence: [{file: [a], type: b}]\n", "form.value",
     "line 4, column 12: ", "the name of a file"},
    {KIND_REPORT, REPORT "evidence: [{file: a, type: [b]}]\n", "form.value",
     "line 4, column 12: ", "the name of a file"},
    {KIND_REPORT, REPORT "evidence: [{file: '', type: b}]\n", "form.value",
     "line 4, column 19: ", "empty"},
    {KIND_REPORT, REPORT "evidence: [{file: a, type: ''}]\n", "form.value",
     "line 4, column 28: ", "empty"},
    {KIND_REPORT, REPORT "evidence: [{file: missing.json, type: b}]\n", NULL,
     "line 4, column 19: ", "No such file"},
    {KIND_REPORT, REPORT "evidence: [[file]]\n", "form.value",
     "line 4, column 12: ", "fields and their values"},
    {KIND_REPORT, REPORT "system: 'unknown'\nevidence: [x]\n", "form.value",
     "line 5, column 12: ", "evidence.0"},
};

static void each_fault_is_named_with_its_place(void)
{
	start();
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		owned_arena arena = {0};
		union record_body body;
		struct form_world world = world_of(&arena);
		struct err e = {0};
		bool ok = form_parse(&arena, faults[i].kind, bytes_text(faults[i].yaml), &world,
		                     &body, &e);
		CHECK(!ok, "taken:\n%s", faults[i].yaml);
		const char *rule = e.rule != NULL ? e.rule : "(none)";
		CHECK(faults[i].rule == NULL ? e.rule == NULL && e.kind == ERR_ENVIRONMENT
		                             : strcmp(rule, faults[i].rule) == 0,
		      "%s %s\n%s", rule, e.text, faults[i].yaml);
		CHECK(strncmp(e.text, faults[i].place, strlen(faults[i].place)) == 0 &&
		          contains(e.text, faults[i].words),
		      "%s\n%s", e.text, faults[i].yaml);
	}
}

/* --- JSON --------------------------------------------------------------------------------- */

static bool fill_json(struct arena *arena, enum record_kind kind, const char *text,
                      union record_body *body, const char **field, struct err *e)
{
	struct form_world world = world_of(arena);
	struct form_node *root;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	CHECK(json != NULL, "no JSON: %s", text);
	*field = NULL;
	bool ok = form_of_json(arena, json, &root, e);
	json_decref(json);
	return ok && form_fill(arena, kind, root, &world, body, field, e);
}

/* Each is YAML too, and says the same in both. */
static void a_form_in_json_says_what_it_says_in_yaml(void)
{
	static const struct {
		enum record_kind kind;
		const char *text;
	} rows[] = {
	    {KIND_LIFT, "{\"measure\": \"3fa2\", \"reason\": \"no \\u201cdoubt\\u201d\\nleft\"}"},
	    {KIND_APPLICATION,
	     "{\"exporter\": {\"name\": \"a\", \"country\": \"IL\"}, \"end-user\": {\"name\": "
	     "\"b\", "
	     "\"country\": \"XR\"}, \"item\": {\"name\": \"c\", \"version\": \"1\", "
	     "\"capabilities\": "
	     "[\"x\", \"y\"]}, \"quantity\": 2, \"scope\": {\"capability\": [\"x\", \"y\"], "
	     "\"limit.subjects\": 25}, \"purpose-of-use\": \"d\"}"},
	    {KIND_REPORT,
	     "{\"subject\": \"a\", \"allegation\": \"b\", \"reporter\": \"c\", \"evidence\": "
	     "[{\"file\": \"a.json\", \"type\": \"stix-2.1\"}]}"},
	};
	start();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct form_world world = world_of(&arena);
		union record_body yaml, json;
		struct bytes one, other;
		const char *field;
		struct err e = {0};
		CHECK(
		    form_parse(&arena, rows[i].kind, bytes_text(rows[i].text), &world, &yaml, &e) &&
		        fill_json(&arena, rows[i].kind, rows[i].text, &json, &field, &e) &&
		        record_payload(&arena, rows[i].kind, &yaml, &one, &e) &&
		        record_payload(&arena, rows[i].kind, &json, &other, &e),
		    "row %zu: %s", i, e.text);
		CHECK(e.kind == ERR_NONE && bytes_equal(one, other), "row %zu differs", i);
	}
}

static void a_form_in_json_names_the_field_at_fault(void)
{
	static const struct {
		enum record_kind kind;
		const char *text, *field, *rule;
	} rows[] = {
	    {KIND_LIFT, "{\"measure\": \"x\"}", "reason", "form.field-missing"},
	    {KIND_LIFT, "{\"measure\": \"x\", \"reason\": null}", "reason", "form.value"},
	    {KIND_LIFT, "{\"measure\": \"x\", \"reason\": true}", "reason", "form.value"},
	    {KIND_LIFT, "{\"measure\": \"x\", \"reason\": 1.5}", "reason", "form.value"},
	    {KIND_LIFT, "{\"measure\": \"x\", \"reason\": \"y\", \"why\": 1}", "why",
	     "form.field-unknown"},
	    {KIND_LIFT, "[]", "", "form.value"},
	    {KIND_LIFT, "{\"measure\": \"ambiguous\", \"reason\": \"y\"}", "measure",
	     "reference.ambiguous"},
	    {KIND_APPLICATION, "{\"exporter\": {\"name\": \"a\"}}", "exporter.country",
	     "form.field-missing"},
	    {KIND_DECISION,
	     "{\"application\": \"a\", \"outcome\": \"refuse\", \"reasons\": \"b\", \"provisos\": "
	     "[\"c\", \"\"]}",
	     "provisos.1", "form.value"},
	    {KIND_LIFT, "[[[[[[[[[1]]]]]]]]]", NULL, "form.too-large"},
	};
	start();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		union record_body body;
		const char *field;
		struct err e = {0};
		CHECK(!fill_json(&arena, rows[i].kind, rows[i].text, &body, &field, &e),
		      "taken: %s", rows[i].text);
		CHECK((field == NULL) == (rows[i].field == NULL) &&
		          (field == NULL || strcmp(field, rows[i].field) == 0) &&
		          strcmp(e.rule, rows[i].rule) == 0 && strstr(e.text, "line") == NULL,
		      "%s: %s %s: %s", rows[i].text, field, e.rule, e.text);
	}
	/* What is left out by null is absent. */
	owned_arena arena = {0};
	union record_body body;
	const char *field;
	struct err e = {0};
	CHECK(
	    fill_json(
	        &arena, KIND_MEASURE,
	        "{\"target\": \"x\", \"action\": \"suspend\", \"reason\": \"y\", \"until\": null}",
	        &body, &field, &e) &&
	        !body.measure.has_until,
	    "%s", e.text);
}

/* Without a world a form says all by itself. */
static void a_form_alone_names_records_in_full(void)
{
	static const struct {
		enum record_kind kind;
		const char *yaml, *words;
	} rows[] = {
	    {KIND_APPROVAL, "proposal: 3fa2", "64 hexadecimal digits"},
	    {KIND_KEY, "{role: officer, holder: x, public-key: '@a.pub'}", "not a file"},
	    {KIND_REPORT, REPORT "evidence: [{file: a, type: b}]\n", "digest and size"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		union record_body body;
		struct err e = {0};
		CHECK(!form_parse(&arena, rows[i].kind, bytes_text(rows[i].yaml), &lone, &body, &e),
		      "taken: %s", rows[i].yaml);
		CHECK(contains(e.text, rows[i].words) && strcmp(e.rule, "form.value") == 0, "%s",
		      e.text);
	}
	owned_arena arena = {0};
	union record_body body;
	struct err e = {0};
	CHECK(form_parse(&arena, KIND_MEASURE, bytes_text("{target: x, action: revoke, reason: y}"),
	                 &lone, &body, &e) &&
	          strcmp(body.measure.target, "x") == 0,
	      "%s", e.text);
}

static const char *repeated(struct arena *arena, const char *head, const char *format, size_t count)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, head);
	for (size_t i = 0; i < count; i++)
		buffer_printf(&b, "%s%zu\n", format, i);
	return buffer_cstr(&b);
}

static void a_form_has_limits(void)
{
	owned_arena arena = {0};
	union record_body body;
	struct err e = {0};
	struct {
		const char *yaml, *rule;
	} rows[] = {
	    {repeated(&arena, "application: a\noutcome: refuse\nreasons: b\nprovisos:\n", "- ",
	              1000),
	     NULL},
	    {repeated(&arena, "application: a\noutcome: refuse\nreasons: b\nprovisos:\n", "- ",
	              1001),
	     "form.value"},
	    {repeated(&arena, "", "x: # ", 1), "form.field-unknown"},
	    {repeated(&arena, "a:\n", " ? ", 257), "form.too-large"},
	    {repeated(&arena, "a:\n", " ? ", 256), "form.field-unknown"},
	    {repeated(&arena, "", "# a line of a comment ", 20000), "form.too-large"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct form_world world = world_of(&arena);
		bool ok =
		    form_parse(&arena, KIND_DECISION, bytes_text(rows[i].yaml), &world, &body, &e);
		CHECK(ok == (rows[i].rule == NULL), "row %zu: %s", i, e.text);
		CHECK(ok || strcmp(e.rule, rows[i].rule) == 0, "row %zu: %s %s", i, e.rule, e.text);
	}
}

TEST_MAIN(TEST(every_template_is_valid_as_it_stands),
          TEST(a_template_shows_usual_fields_and_keeps_the_others_ready),
          TEST(every_body_comes_back_from_its_text), TEST(withheld_fields_are_comments),
          TEST(text_is_written_as_people_would), TEST(times_are_rfc_3339_or_a_date),
          TEST(scopes_are_a_line_a_block_or_a_map),
          TEST(references_are_the_worlds_unless_they_are_full),
          TEST(optional_fields_may_be_left_empty_or_unknown),
          TEST(public_keys_are_a_line_or_a_file), TEST(evidence_is_a_file_or_its_digest),
          TEST(each_fault_is_named_with_its_place), TEST(a_form_in_json_says_what_it_says_in_yaml),
          TEST(a_form_in_json_names_the_field_at_fault), TEST(a_form_alone_names_records_in_full),
          TEST(a_form_has_limits))

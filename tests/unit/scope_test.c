#include "test.h"

#include "base/instant.h"
#include "scope/scope.h"

static const struct scope *parsed(struct arena *arena, const char *text)
{
	const struct scope *scope = &scope_none;
	struct err e = {0};
	bool ok = scope_parse(arena, bytes_text(text), &scope, &e);
	CHECK(ok, "%s: %s", text, e.text);
	return scope;
}

static bool selected(const char *text, struct selector *s)
{
	struct err e = {0};
	bool ok = selector_parse(bytes_text(text), s, &e);
	CHECK(ok, "%s: %s", text, e.text);
	return ok;
}

/* --- Text --------------------------------------------------------------------------------- */

static const struct {
	const char *text, *rule, *place; /* place NULL: the whole text is meant */
} malformed[] = {
    {"", "scope.empty", NULL},
    {" \t\r\n;; \n", "scope.empty", NULL},
    {"capability", "scope.syntax", "line 1, column 1: 'capability'"},
    {"purpose=a; =b", "scope.syntax", "line 1, column 12: '=b'"},
    {"ANY", "scope.syntax", "line 1, column 1: 'ANY'"},
    {"any; capability=a", "scope.syntax", "line 1, column 6: "},
    {"capability=a\n none", "scope.syntax", "line 2, column 2: "},
    {"capability=a; any", "scope.syntax", "line 1, column 15: "},
    {"any\nany", "scope.syntax", "line 2, column 1: "},
    {"\x1b[2J\xff", "scope.syntax", "line 1, column 1: '\\x1b[2J\\xff'"},
    {"capability=a;\n\t colour=red", "scope.dimension-unknown", "line 2, column 3: 'colour'"},
    {"limit=3", "scope.dimension-unknown", "line 1, column 1: 'limit'"},
    {"limit.=3", "scope.dimension-unknown", "line 1, column 1: 'limit.'"},
    {"Capability=a", "scope.dimension-unknown", "line 1, column 1: 'Capability'"},
    {"purpose=a\r\npurpose=b", "scope.dimension-twice", "line 2, column 1: purpose"},
    {"until=2026-01-01T00:00:00Z;until=2026-01-01T00:00:00Z", "scope.dimension-twice",
     "line 1, column 28: until"},
    {"limit.b=1; limit.a=2; limit.b=1", "scope.dimension-twice", "line 1, column 23: limit.b"},
    {"capability=", "scope.value-empty", "line 1, column 12: capability"},
    {"require= \nfrom=x", "scope.value-empty", "line 1, column 9: require"},
    {"limit.a=;", "scope.value-empty", "line 1, column 9: limit.a"},
    {"capability=a, ,b", "scope.value-empty", "line 1, column 14: capability"},
    {"subject-not=tel:+1,", "scope.value-empty", "line 1, column 20: subject-not"},
    {"capability=a,b c", "scope.label", "line 1, column 14: 'b c' is not a label"},
    {"territory=XR,.UG", "scope.label", "line 1, column 14: "},
    {"territory=UG.", "scope.label", "line 1, column 11: "},
    {"territory=UG..C", "scope.label", "line 1, column 11: "},
    {"require=w\xc3\xa4", "scope.label", "line 1, column 9: 'w\\xc3\\xa4'"},
    {"purpose=a=b", "scope.label", "line 1, column 9: 'a=b'"},
    {"limit.a_b=1", "scope.label", "line 1, column 7: 'a_b'"},
    {"capability=a\n\nsubject-not=tel:+1, tel:12", "scope.selector", "line 3, column 21: 'tel:12'"},
    {"from=2026-02-30T00:00:00Z", "scope.instant", "line 1, column 6: '2026-02-30T00:00:00Z'"},
    {"until = 2026-01-01", "scope.instant", "line 1, column 9: "},
    {"from=2026-01-01T00:00:00+00:00", "scope.instant", "line 1, column 6: "},
    {"limit.a=01", "scope.limit", "line 1, column 9: '01'"},
    {"limit.a=-1", "scope.limit", "line 1, column 9: "},
    {"limit.a=9223372036854775808", "scope.limit", "line 1, column 9: "},
};

static void malformed_text_is_refused_with_its_place(void)
{
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
		owned_arena arena = {0};
		const struct scope *scope;
		struct err e = {0};
		const char *place = malformed[i].place;
		CHECK(!scope_parse(&arena, bytes_text(malformed[i].text), &scope, &e),
		      "'%s' parsed", malformed[i].text);
		CHECK(e.kind == ERR_INPUT && e.rule != NULL &&
		          strcmp(e.rule, malformed[i].rule) == 0,
		      "'%s': %s", malformed[i].text, e.rule);
		CHECK(place == NULL ? strncmp(e.text, "line", 4) != 0
		                    : strncmp(e.text, place, strlen(place)) == 0,
		      "'%s': %s", malformed[i].text, e.text);
	}
}

static void a_nul_is_no_end_of_text(void)
{
	owned_arena arena = {0};
	const struct scope *scope;
	struct err e = {0};
	CHECK(!scope_parse(&arena, bytes_of("capability=a\0b", 14), &scope, &e), "parsed");
	CHECK(strstr(e.text, "a\\x00b") != NULL, "%s", e.text);
	struct selector s;
	CHECK(!selector_parse(bytes_of("mailto:a@b\0", 11), &s, &e), "parsed");
	CHECK(!selector_parse(bytes_of("x:a\0", 4), &s, &e), "parsed");
}

/* `head`, then `count` times `item` with its number, between commas or as they are. */
static struct bytes repeated(struct arena *arena, const char *head, const char *item, size_t count)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, head);
	for (size_t i = 0; i < count; i++) {
		const char *number = strchr(item, '#');
		if (number == NULL) {
			buffer_text(&b, item);
			continue;
		}
		buffer_bytes(&b, bytes_of(item, (size_t)(number - item)));
		buffer_printf(&b, "%zu%s", i, number + 1);
	}
	return buffer_view(&b);
}

static void sizes_are_limited(void)
{
	static const struct {
		const char *head, *item;
		size_t count;
		const char *rule; /* NULL: it fits */
	} rows[] = {
	    {"capability=a", " ", SCOPE_TEXT_MAX - 12, NULL},
	    {"capability=a", " ", SCOPE_TEXT_MAX - 11, "scope.too-large"},
	    {"capability=a", ",a", SCOPE_SET_MAX - 1, NULL},
	    {"capability=a", ",a", SCOPE_SET_MAX, "scope.too-large"},
	    {"capability=", "a", SCOPE_LABEL_MAX, NULL},
	    {"capability=", "a", SCOPE_LABEL_MAX + 1, "scope.label"},
	    /* The second is too long with the blanks of canonical text only. */
	    {"limit.x=1", ";limit.a#=1", 2257, NULL},
	    {"limit.x=1", ";limit.a#=1", 2258, "scope.too-large"},
	    {"subject-not=x:", "a", SCOPE_SELECTOR_MAX - 2, NULL},
	    {"subject-not=x:", "a", SCOPE_SELECTOR_MAX - 1, "scope.selector"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		const struct scope *scope;
		struct err e = {0};
		struct bytes text = repeated(&arena, rows[i].head, rows[i].item, rows[i].count);
		bool ok = scope_parse(&arena, text, &scope, &e);
		CHECK(ok == (rows[i].rule == NULL), "row %zu, %zu bytes: %s", i, text.len, e.text);
		CHECK(ok || rows[i].rule == NULL || strcmp(e.rule, rows[i].rule) == 0,
		      "row %zu: %s", i, e.text);
		CHECK(!ok || strlen(scope_text(&arena, scope)) <= SCOPE_TEXT_MAX, "row %zu", i);
	}
}

static const struct {
	const char *text, *canonical;
} canonical[] = {
    {"any", "any"},
    {" \n any ;\n", "any"},
    {"none", "none"},
    {"limit.subjects=25;until=2027-01-01T00:00:00Z\nfrom=2026-01-01T00:00:00Z;require=warrant\r\n"
     "subject-not = tel:+1 ,mailto:@state.gov;territory=XR;purpose=terrorism;"
     "\tcapability=capture.headers,capture.content ;",
     "capability=capture.content,capture.headers; purpose=terrorism; territory=XR; "
     "subject-not=mailto:@state.gov,tel:+1; require=warrant; from=2026-01-01T00:00:00Z; "
     "until=2027-01-01T00:00:00Z; limit.subjects=25"},
    {"capability=a.b,a-b,a,a.b.c,a0,a", "capability=a,a-b,a0"},
    {"capability=a-b.c,a.b,a.b-c,a.bc,a.b.c.d", "capability=a-b.c,a.b,a.b-c,a.bc"},
    {"territory=ug,UG,UG.C", "territory=UG,ug"},
    /* An obligation is met by its own name only. */
    {"require=warrant.court,warrant,warrant", "require=warrant,warrant.court"},
    {"limit.b=2;limit.a=1;limit.c=3", "limit.a=1; limit.b=2; limit.c=3"},
    {"limit.a=9223372036854775807", "limit.a=9223372036854775807"},
    {"capability=a; limit.a=0; limit.b=1", "none"},
    {"limit.b=1; limit.a=0", "none"},
    {"from=2026-01-01T00:00:00Z; until=2026-01-01T00:00:00Z", "none"},
    {"from=2026-01-01T00:00:00Z; until=2026-01-01T00:00:01Z",
     "from=2026-01-01T00:00:00Z; until=2026-01-01T00:00:01Z"},
    {"from=0000-01-01T00:00:00Z; until=9999-12-31T23:59:59Z",
     "from=0000-01-01T00:00:00Z; until=9999-12-31T23:59:59Z"},
    {"subject-not=TEL:+1 (202) 555,tel:+1202,tel:+44", "subject-not=tel:+1202,tel:+44"},
    {"subject-not=imsi:00101,imsi:001,imsi:002", "subject-not=imsi:001,imsi:002"},
    {"subject-not=mailto:@Us.State.Gov,mailto:a@state.gov,mailto:@STATE.gov.,mailto:b@gov",
     "subject-not=mailto:@state.gov,mailto:b@gov"},
    {"subject-not=mailto:@late.gov,mailto:@translate.gov,mailto:late.gov@x",
     "subject-not=mailto:@late.gov,mailto:@translate.gov,mailto:late.gov@x"},
    {"subject-not=ip:10.1.0.0/16,ip:10.0.0.0/8,ip:10.1.2.3,ip:11.0.0.0/32",
     "subject-not=ip:10.0.0.0/8,ip:11.0.0.0"},
    {"subject-not=ip:2001:DB8:0:0:0:0:0:0/32,ip:2001:db8:1::/48", "subject-not=ip:2001:db8::/32"},
    {"subject-not=ip:::ffff:10.0.0.0/104", "subject-not=ip:10.0.0.0/8"},
    {"subject-not=ip:::ffff:0:0/96,ip:10.0.0.0/8", "subject-not=ip:0.0.0.0/0"},
    /* A network that holds every spelling of an IPv4 address covers it. */
    {"subject-not=ip:::/0,ip:0.0.0.0/0,ip:2001:db8::/32", "subject-not=ip:::/0"},
    {"subject-not=ip:::/80,ip:10.0.0.0/8,ip:8000::/1", "subject-not=ip:8000::/1,ip:::/80"},
    {"subject-not=ip:::/96,ip:10.0.0.0/8", "subject-not=ip:10.0.0.0/8,ip:::/96"},
    {"subject-not=X-y:B,x-Y:Ba,x-y:b", "subject-not=x-y:B,x-y:b"},
};

static void canonical_text_is_sorted_and_holds_nothing_twice(void)
{
	for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++) {
		owned_arena arena = {0};
		const char *got = scope_text(&arena, parsed(&arena, canonical[i].text));
		CHECK(strcmp(got, canonical[i].canonical) == 0, "%s\n# is %s\n# not %s",
		      canonical[i].text, canonical[i].canonical, got);
	}
}

/* --- The algebra ------------------------------------------------------------------------------ */

static const struct {
	const char *a, *b, *meet;
} meets[] = {
    {"any", "any", "any"},
    {"any", "none", "none"},
    {"capability=capture", "capability=capture.headers", "capability=capture.headers"},
    {"capability=capture.headers", "capability=capture.content", "none"},
    {"capability=a,b.c", "capability=a.x,a.y,b", "capability=a.x,a.y,b.c"},
    {"capability=a-b", "capability=a", "none"},
    {"capability=a", "purpose=b", "capability=a; purpose=b"},
    {"subject-not=tel:+1202,tel:+1203", "subject-not=tel:+1,tel:+2", "subject-not=tel:+1,tel:+2"},
    {"subject-not=ip:10.1.0.0/16", "subject-not=ip:::/0", "subject-not=ip:::/0"},
    {"require=a,c", "require=b,c", "require=a,b,c"},
    {"from=2026-01-01T00:00:00Z", "until=2026-01-01T00:00:00Z", "none"},
    {"from=2026-01-01T00:00:00Z; until=2028-01-01T00:00:00Z",
     "from=2027-01-01T00:00:00Z; until=2029-01-01T00:00:00Z",
     "from=2027-01-01T00:00:00Z; until=2028-01-01T00:00:00Z"},
    {"limit.a=5; limit.b=1; limit.d=1", "limit.b=2; limit.c=3; limit.d=1",
     "limit.a=5; limit.b=1; limit.c=3; limit.d=1"},
    {"limit.a=5", "limit.a=3", "limit.a=3"},
    {"any", "limit.subjects=0", "none"},
};

static void meets_are_as_worked_out_by_hand(void)
{
	for (size_t i = 0; i < sizeof meets / sizeof *meets; i++) {
		owned_arena arena = {0};
		const struct scope *a = parsed(&arena, meets[i].a), *b = parsed(&arena, meets[i].b);
		const char *ab = scope_text(&arena, scope_meet(&arena, a, b));
		const char *ba = scope_text(&arena, scope_meet(&arena, b, a));
		CHECK(strcmp(ab, meets[i].meet) == 0 && strcmp(ba, meets[i].meet) == 0,
		      "%s, %s\n# is %s\n# not %s, %s", meets[i].a, meets[i].b, meets[i].meet, ab,
		      ba);
	}
}

/* Scopes share their parts: the same members, but not as many, are another set. */
static void a_part_of_a_shared_set_is_not_the_set(void)
{
	owned_arena arena = {0};
	const struct scope *both = parsed(&arena, "require=a,b");
	struct scope one = *both;
	one.require.count = 1;
	CHECK(scope_equal(scope_meet(&arena, &one, both), both), "met with a part");
	CHECK(!scope_equal(&one, both), "equal to a part");
}

static void equal_scopes_are_those_with_equal_texts(void)
{
	static const char *const texts[] = {"any",
	                                    "none",
	                                    "capability=a",
	                                    "capability=b",
	                                    "capability=a,b",
	                                    "purpose=a",
	                                    "subject-not=x:a",
	                                    "require=a",
	                                    "limit.a=1",
	                                    "limit.a=2",
	                                    "limit.b=1",
	                                    "limit.a=1;limit.b=1",
	                                    "from=2026-01-01T00:00:00Z",
	                                    "until=2026-01-01T00:00:00Z"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
			owned_arena arena = {0};
			CHECK(scope_equal(parsed(&arena, texts[i]), parsed(&arena, texts[k])) ==
			          (i == k),
			      "%s, %s", texts[i], texts[k]);
		}
}

static const struct {
	const char *a, *b;
	enum scope_dimension which;
	const char *why; /* NULL: included */
} inclusions[] = {
    {"any", "none", 0, NULL},
    {"none", "none", 0, NULL},
    {"none", "capability=a", SCOPE_CAPABILITY, "capability: something is not within nothing"},
    {"territory=XR", "territory=XR.A,UG", SCOPE_TERRITORY, "territory: UG is not within XR"},
    {"territory=XR", "any", SCOPE_TERRITORY, "territory: no limit is not within XR"},
    {"purpose=a,b,c,d,e,f,g,h,i,j", "purpose=k", SCOPE_PURPOSE,
     "purpose: k is not within a, b, c, d, e, f, g, h and 2 more"},
    {"purpose=a,b,c,d,e,f,g,h", "purpose=k", SCOPE_PURPOSE,
     "purpose: k is not within a, b, c, d, e, f, g, h"},
    {"capability=a; territory=XR", "capability=b; territory=UG", SCOPE_CAPABILITY,
     "capability: b is not within a"},
    {"subject-not=tel:+1", "subject-not=tel:+1202", SCOPE_SUBJECT_NOT,
     "subject-not: tel:+1 is not excluded"},
    {"subject-not=tel:+1202", "subject-not=tel:+1", 0, NULL},
    {"require=warrant", "require=admission", SCOPE_REQUIRE, "require: warrant is not required"},
    {"from=2026-01-01T00:00:00Z", "from=2025-01-01T00:00:00Z", SCOPE_FROM,
     "from: 2025-01-01T00:00:00Z is before 2026-01-01T00:00:00Z"},
    {"from=2026-01-01T00:00:00Z", "any", SCOPE_FROM,
     "from: no beginning is before 2026-01-01T00:00:00Z"},
    {"until=2026-01-01T00:00:00Z", "until=2027-01-01T00:00:00Z", SCOPE_UNTIL,
     "until: 2027-01-01T00:00:00Z is after 2026-01-01T00:00:00Z"},
    {"until=2026-01-01T00:00:00Z", "any", SCOPE_UNTIL,
     "until: no end is after 2026-01-01T00:00:00Z"},
    {"limit.a=9; limit.subjects=25", "limit.a=9; limit.subjects=50", SCOPE_LIMIT,
     "limit: subjects of 50 is more than 25"},
    {"limit.subjects=25", "limit.uses=1", SCOPE_LIMIT,
     "limit: subjects without a maximum is more than 25"},
    {"limit.subjects=25", "limit.subjects=25; limit.uses=1", 0, NULL},
};

static void inclusion_is_explained_where_it_fails(void)
{
	for (size_t i = 0; i < sizeof inclusions / sizeof *inclusions; i++) {
		owned_arena arena = {0};
		enum scope_dimension which = SCOPE_DIMENSIONS;
		const char *why = NULL, *want = inclusions[i].why;
		const struct scope *a = parsed(&arena, inclusions[i].a);
		const struct scope *b = parsed(&arena, inclusions[i].b);
		CHECK(scope_includes(a, b) == (want == NULL), "row %zu", i);
		CHECK(scope_includes_why(&arena, a, b, &which, &why) == (want == NULL), "row %zu",
		      i);
		CHECK(want == NULL ||
		          (why != NULL && strcmp(why, want) == 0 && which == inclusions[i].which),
		      "%s\n# not %s", want, why);
	}
}

/* --- Uses --------------------------------------------------------------------------------------
 */

static const struct {
	const char *scope;
	enum scope_dimension which;
	const char *refusal; /* NULL: allowed */
} judgements[] = {
    {"any", 0, NULL},
    {"none", SCOPE_CAPABILITY, "nothing is allowed"},
    {"capability=capture; purpose=terrorism; territory=XR; subject-not=tel:+44; require=warrant; "
     "from=2026-01-01T00:00:00Z; until=2026-01-01T00:00:01Z; limit.subjects=1",
     0, NULL},
    {"capability=capture.headers.x,mail", SCOPE_CAPABILITY,
     "capability capture.headers is not within capture.headers.x, mail"},
    {"purpose=terror", SCOPE_PURPOSE, "purpose terrorism is not within terror"},
    {"territory=XR.A", SCOPE_TERRITORY, "territory XR is not within XR.A"},
    {"subject-not=imsi:1,tel:+1", SCOPE_SUBJECT_NOT, "the subject is excluded by tel:+1"},
    {"require=admission,second-officer,warrant", SCOPE_REQUIRE,
     "admission is required and not met"},
    {"require=second-officer,warrant,warrant.court", SCOPE_REQUIRE,
     "warrant.court is required and not met"},
    {"from=2026-01-01T00:00:01Z", SCOPE_FROM,
     "2026-01-01T00:00:00Z is before 2026-01-01T00:00:01Z"},
    {"until=2026-01-01T00:00:00Z", SCOPE_UNTIL,
     "2026-01-01T00:00:00Z is not before 2026-01-01T00:00:00Z, the end"},
    /* The first dimension in order is named. */
    {"territory=UG; until=2020-01-01T00:00:00Z", SCOPE_TERRITORY, "territory XR is not within UG"},
};

static void a_use_is_refused_by_the_first_dimension_that_does_not_allow_it(void)
{
	static const char *const with[] = {"warrant", "second-officer"};
	struct selector subject;
	selected("tel:+1 202 555 0100", &subject);
	struct scope_use use = {"capture.headers", "terrorism", "XR", &subject,
	                        1767225600,        with,        2};
	for (size_t i = 0; i < sizeof judgements / sizeof *judgements; i++) {
		owned_arena arena = {0};
		enum scope_dimension which = SCOPE_DIMENSIONS;
		const struct scope *scope = parsed(&arena, judgements[i].scope);
		const char *want = judgements[i].refusal;
		bool allowed = scope_allows(scope, &use, &which);
		CHECK(allowed == (want == NULL), "%s", judgements[i].scope);
		CHECK(scope_allows(scope, &use, NULL) == allowed, "%s", judgements[i].scope);
		if (allowed || want == NULL)
			continue;
		const char *got = scope_refusal(&arena, scope, &use, which);
		CHECK(which == judgements[i].which && strcmp(got, want) == 0, "%s\n# not %s", want,
		      got);
		CHECK(strstr(got, "2025550100") == NULL, "the refusal names the subject: %s", got);
	}
}

static void a_use_that_names_nobody_is_refused_where_some_are_excluded(void)
{
	owned_arena arena = {0};
	enum scope_dimension which;
	struct scope_use use = {"a", "b", "c", NULL, 0, NULL, 0};
	CHECK(scope_allows(parsed(&arena, "capability=a"), &use, NULL), "nobody is excluded");
	const struct scope *some = parsed(&arena, "subject-not=tel:+1");
	CHECK(!scope_allows(some, &use, &which) && which == SCOPE_SUBJECT_NOT, "allowed");
	CHECK(strcmp(scope_refusal(&arena, some, &use, which),
	             "no subject is named, and some are excluded") == 0,
	      "words");
}

static void a_counted_limit_has_words_too(void)
{
	owned_arena arena = {0};
	struct scope_use use = {"a", "b", "c", NULL, INT64_MAX, NULL, 0};
	const char *got = scope_refusal(
	    &arena, parsed(&arena, "limit.subjects=2; limit.uses-per-day=9"), &use, SCOPE_LIMIT);
	CHECK(strcmp(got, "a limit is reached: subjects at most 2, uses-per-day at most 9") == 0,
	      "%s", got);
	got =
	    scope_refusal(&arena, parsed(&arena, "until=2026-01-01T00:00:00Z"), &use, SCOPE_UNTIL);
	CHECK(strncmp(got, "9223372036854775807 s is not", 28) == 0, "%s", got);
	use.at = INT64_MIN;
	got = scope_refusal(&arena, parsed(&arena, "from=2026-01-01T00:00:00Z"), &use, SCOPE_FROM);
	CHECK(strncmp(got, "-9223372036854775808 s is before", 32) == 0, "%s", got);
}

/* --- Explaining ---------------------------------------------------------------------------------
 */

static const struct {
	const char *scopes[3], *explained;
} explanations[] = {
    {{"any", "any", "any"}, "nothing is narrowed\n"},
    {{"capability=capture,mail; territory=XR", "capability=capture; limit.subjects=9",
      "capability=capture.headers; limit.subjects=25"},
     "capability is capture.headers\n  one: capture, mail\n  two: capture\n  three: "
     "capture.headers\n"
     "territory is XR\n  one: XR\nlimit is subjects at most 9\n  two: subjects at most 9\n"},
    {{"subject-not=tel:+1; require=warrant", "subject-not=tel:+1202; require=warrant",
      "subject-not=imsi:1"},
     "subject-not is imsi:1, tel:+1\n  one: tel:+1\n  three: imsi:1\n"
     "require is warrant\n  one: warrant\n"},
    {{"capability=a", "capability=b", "purpose=c"},
     "capability is nothing\n  one: a\n  two: b\npurpose is c\n  three: c\n"},
    {{"purpose=c", "none", "any"}, "nothing is allowed\n  two: none\npurpose is c\n  one: c\n"},
    {{"from=2027-01-01T00:00:00Z", "until=2026-01-01T00:00:00Z", "from=2026-01-01T00:00:00Z"},
     "from is 2027-01-01T00:00:00Z\n  one: 2027-01-01T00:00:00Z\n"
     "until is 2026-01-01T00:00:00Z\n  two: 2026-01-01T00:00:00Z\n"
     "no time lies between from and until: nothing is allowed\n"},
};

static void each_dimension_is_explained_by_the_operands_that_narrowed_it(void)
{
	for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
		owned_arena arena = {0};
		struct scope_operand operands[] = {
		    {"one", parsed(&arena, explanations[i].scopes[0])},
		    {"two", parsed(&arena, explanations[i].scopes[1])},
		    {"three", parsed(&arena, explanations[i].scopes[2])}};
		const char *got = scope_explain(&arena, operands, 3);
		CHECK(strcmp(got, explanations[i].explained) == 0, "\n%s# not\n%s",
		      explanations[i].explained, got);
	}
	CHECK(scope_meet_all(NULL, NULL, 0) == &scope_any, "the meet of nothing");
}

static void who_refuses_are_those_that_refuse_alone(void)
{
	owned_arena arena = {0};
	struct scope_operand operands[] = {{"one", parsed(&arena, "capability=a")},
	                                   {"two", parsed(&arena, "purpose=x")},
	                                   {"three", &scope_none}};
	struct scope_use use = {"a.b", "y", "c", NULL, 0, NULL, 0};
	bool refuses[3];
	CHECK(scope_who_refuses(operands, 3, &use, refuses) == 2, "count");
	CHECK(!refuses[0] && refuses[1] && refuses[2], "%d %d %d", refuses[0], refuses[1],
	      refuses[2]);
}

/* --- Selectors -----------------------------------------------------------------------------------
 */

static const struct {
	const char *text, *normal; /* NULL: refused */
} selectors[] = {
    {"tel:+12025550100", "tel:+12025550100"},
    {"TEL:+1 (202) 555-01.00", "tel:+12025550100"},
    {"tel: (+44) 20", "tel:+4420"},
    {"tel:+39(06)1", "tel:+39061"},
    {"tel:+1()2", "tel:+12"},
    {"tel:+123456789012345", "tel:+123456789012345"},
    {"tel:+1234567890123456", NULL},
    {"tel:12025550100", NULL},
    {"tel:0012025550100", NULL},
    {"tel:+0012025550100", NULL}, /* the international prefix, dialled twice */
    {"tel:+44(0)2079460000", NULL},
    {"tel:+44(00)2079460000", NULL},
    {"tel:++1", NULL},
    {"tel:1+1", NULL},
    {"tel:+1;ext=5", NULL},
    {"tel:%2B1202", NULL},
    {"tel:+1\xc2\xa0"
     "202",
     NULL},                      /* a no-break space */
    {"tel:+\xef\xbc\x91", NULL}, /* a full-width digit */
    {"tel:+", NULL},
    {"tel:", NULL},
    {"tel:+1*", NULL},
    {"MailTo:A.User+Tag@State.GOV", "mailto:a.user+tag@state.gov"},
    {"mailto:a@state.gov.", "mailto:a@state.gov"},
    {"mailto:a@state.gov..", NULL},
    {"mailto:\"a\"@state.gov", "mailto:a@state.gov"},
    {"mailto:\"\\A\\.b\"@state.gov", "mailto:a.b@state.gov"},
    {"mailto:\"a b\"@state.gov", NULL},
    {"mailto:\"a@x\"@state.gov", NULL},
    {"mailto:\"\"@state.gov", NULL},
    {"mailto:\"a\"b@state.gov", NULL},
    {"mailto:\"a", NULL},
    {"mailto:a\"b@c", NULL},
    {"mailto:a\\b@c", NULL},
    {"mailto:\"a\\", NULL},
    {"mailto:a", NULL},
    {"mailto:", NULL},
    {"mailto:a@", NULL},
    {"mailto:a@.", NULL},
    {"mailto:@state.gov", NULL}, /* a pattern, not somebody */
    {"mailto:a@state.gov@example.org", NULL},
    {"mailto:a%40state.gov@example.org", NULL},
    {"mailto:%61@state.gov", NULL},
    {"mailto:a@state%2egov", NULL},
    {"mailto:a(x)@state.gov", NULL},
    {"mailto:a@state.gov(x)", NULL},
    {"mailto:a@state.gov?cc=b", NULL},
    {"mailto:A <a@state.gov>", NULL},
    {"mailto:a@b,c@d", NULL},
    {"mailto:.a@b", NULL},
    {"mailto:a..b@c", NULL},
    {"mailto:a.@b", NULL},
    {"mailto:a@-b", NULL},
    {"mailto:a@b-", NULL},
    {"mailto:a@b-.c", NULL},
    {"mailto:a@.b", NULL},
    {"mailto:a@b..c", NULL},
    {"mailto:a@[10.0.0.1]", NULL},
    {"mailto:a@10.0.0.1", NULL},
    {"mailto:a@1x.2", NULL},
    {"mailto:a@2.x1", "mailto:a@2.x1"},
    {"mailto:a@b\xc3\xbc"
     "cher.example",
     NULL},
    {"mailto:\xc3\xa4@example.org", NULL},
    {"mailto:a@XN--bcher-kva.example", "mailto:a@xn--bcher-kva.example"},
    {"mailto:a@xn--state-.gov", NULL},
    {"mailto:!$&'*+-/=^_`{|}~9@b", "mailto:!$&'*+-/=^_`{|}~9@b"},
    {"mailto:1234567890123456789012345678901234567890123456789012345678901234@b",
     "mailto:1234567890123456789012345678901234567890123456789012345678901234@b"},
    {"mailto:12345678901234567890123456789012345678901234567890123456789012345@b", NULL},
    {"mailto:a@b23456789012345678901234567890123456789012345678901234567890123",
     "mailto:a@b23456789012345678901234567890123456789012345678901234567890123"},
    {"mailto:a@b234567890123456789012345678901234567890123456789012345678901234", NULL},
    {"imsi:001010123456789", "imsi:001010123456789"},
    {"IMSI:1", "imsi:1"},
    {"imsi:0010101234567890", NULL},
    {"imsi:", NULL},
    {"imsi:001-01", NULL},
    {"ip:10.1.2.3", "ip:10.1.2.3"},
    {"ip:255.255.255.255", "ip:255.255.255.255"},
    {"ip:256.1.1.1", NULL},
    {"ip:010.1.2.3", NULL}, /* octal to some */
    {"ip:10.1.2", NULL},
    {"ip:10.1.2.3.4", NULL},
    {"ip:10.1.2.", NULL},
    {"ip:10.1.2.0003", NULL},
    {"ip:0xa.1.2.3", NULL},
    {"ip:167838211", NULL},
    {"ip:10.1.2.3/32", NULL}, /* a network, not somebody */
    {"ip: 10.1.2.3", NULL},
    {"ip:", NULL},
    {"IP:2001:DB8:0:0:0:0:0:1", "ip:2001:db8::1"},
    {"ip:2001:db8::0001", "ip:2001:db8::1"},
    {"ip:1:2:3::5:6:7:8", "ip:1:2:3:0:5:6:7:8"},
    {"ip:1:0:0:2:0:0:0:3", "ip:1:0:0:2::3"},
    {"ip:1:0:0:2:3:0:0:4", "ip:1::2:3:0:0:4"},
    {"ip:1:0:0:2::", "ip:1:0:0:2::"},
    {"ip:::", "ip:::"},
    {"ip:::1", "ip:::1"},
    {"ip:1::", "ip:1::"},
    {"ip:abcd:ef01:2345:6789:ABCD:EF01:2345:6789", "ip:abcd:ef01:2345:6789:abcd:ef01:2345:6789"},
    {"ip:1:2:3:4:5:6:7::", "ip:1:2:3:4:5:6:7:0"},
    {"ip:::2:3:4:5:6:7:8", "ip:0:2:3:4:5:6:7:8"},
    {"ip:::1:2:3:4:5:6:7:8", NULL},
    {"ip:1:2:3:4:5:6:7:8::", NULL},
    {"ip:1:2:3:4:5:6:7:8:9", NULL},
    {"ip:1:2:3:4:5:6:7", NULL},
    {"ip:1:2:3:4:5:6:7:", NULL},
    {"ip:1::2::3", NULL},
    {"ip:1:::2", NULL},
    {"ip::", NULL},
    {"ip::1", NULL},
    {"ip:12345::", NULL},
    {"ip:g::", NULL},
    {"ip:fe80::1%eth0", NULL},
    {"ip:[::1]", NULL},
    {"ip:::ffff:10.1.2.3", "ip:10.1.2.3"},
    {"ip:::FFFF:a01:203", "ip:10.1.2.3"},
    {"ip:0:0:0:0:0:ffff:10.1.2.3", "ip:10.1.2.3"},
    {"ip:1:2:3:4:5:6:1.2.3.4", "ip:1:2:3:4:5:6:102:304"},
    {"ip:64:ff9b::10.1.2.3", "ip:64:ff9b::a01:203"},
    {"ip:1:2:3:4:5:6:7:1.2.3.4", NULL},
    {"ip:::1.2.3", NULL},
    {"ip:::1.2.3.4:5", NULL},
    {"X-y+1.z:Any Thing", NULL},
    {"X-y+1.z:Any,Th;ng", "x-y+1.z:Any,Th;ng"},
    {"x:", NULL},
    {"x: a", NULL},
    {"x:\xc3\xa4", NULL},
    {"1x:a", NULL},
    {":a", NULL},
    {"a b:c", NULL},
    {"tel", NULL},
    {"", NULL},
};

static void selectors_have_one_form_or_none(void)
{
	for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++) {
		struct selector s;
		struct err e = {0};
		const char *want = selectors[i].normal;
		bool ok = selector_parse(bytes_text(selectors[i].text), &s, &e);
		CHECK(ok == (want != NULL), "%s: %s", selectors[i].text, ok ? s.text : e.text);
		CHECK(!ok || want == NULL || (strcmp(s.text, want) == 0 && s.len == strlen(want)),
		      "%s is %s, not %s", selectors[i].text, want, s.text);
		CHECK(ok || (e.kind == ERR_INPUT && strcmp(e.rule, "scope.selector") == 0),
		      "%s: %s", selectors[i].text, e.text);
	}
}

static void a_selector_says_what_it_is(void)
{
	static const struct {
		const char *text;
		enum selector_scheme scheme;
		uint16_t scheme_len;
		uint8_t ip_len, first, last;
	} rows[] = {
	    {"tel:+1", SELECTOR_TEL, 4, 0, 0, 0},
	    {"mailto:a@b", SELECTOR_MAILTO, 7, 0, 0, 0},
	    {"imsi:1", SELECTOR_IMSI, 5, 0, 0, 0},
	    {"ip:10.1.2.3", SELECTOR_IP, 3, 4, 10, 3},
	    {"ip:2001:db8::5", SELECTOR_IP, 3, 16, 0x20, 5},
	    {"ip:::ffff:10.1.2.3", SELECTOR_IP, 3, 4, 10, 3},
	    {"abcd:1", SELECTOR_OTHER, 5, 0, 0, 0},
	    {"ipx:1", SELECTOR_OTHER, 4, 0, 0, 0},
	    {"mailtx:1", SELECTOR_OTHER, 7, 0, 0, 0},
	    {"te:1", SELECTOR_OTHER, 3, 0, 0, 0},
	    {"tex:1", SELECTOR_OTHER, 4, 0, 0, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct selector s;
		if (!selected(rows[i].text, &s))
			continue;
		CHECK(s.scheme == rows[i].scheme && s.scheme_len == rows[i].scheme_len, "%s",
		      rows[i].text);
		CHECK(s.ip_len == rows[i].ip_len, "%s", rows[i].text);
		CHECK(s.ip_len == 0 ||
		          (s.ip[0] == rows[i].first && s.ip[s.ip_len - 1] == rows[i].last),
		      "%s", rows[i].text);
	}
}

static void selectors_have_a_largest_size(void)
{
	owned_arena arena = {0};
	struct selector s;
	struct err e = {0};
	struct bytes fits = repeated(&arena, "x:", "a", SCOPE_SELECTOR_MAX - 2);
	CHECK(selector_parse(fits, &s, &e) && s.len == SCOPE_SELECTOR_MAX, "%s", e.text);
	CHECK(!selector_parse(repeated(&arena, "x:", "a", SCOPE_SELECTOR_MAX - 1), &s, &e), "fits");
	CHECK(strstr(e.text, "aaa...' is not a selector: it is longer") != NULL, "%s", e.text);
	/* The longest address and domain fit; a byte more does not. */
	CHECK(selector_parse(repeated(&arena, "mailto:a@b", ".a", 126), &s, &e), "%s", e.text);
	CHECK(!selector_parse(repeated(&arena, "mailto:a@bc", ".a", 126), &s, &e), "fits");
}

static const struct {
	const char *text, *word; /* a word of the reason */
} bad_patterns[] = {
    {"ip:10.1.2.3/8", "10.0.0.0/8"},
    {"ip:::ffff:10.1.2.3/104", "bits beyond"},
    {"ip:::ffff:0:0/95", "bits beyond"},
    {"ip:", "ADDRESS"},
    {"ip:10.0.0.0/33", "ADDRESS"},
    {"ip:10.0.0.0/08", "ADDRESS"},
    {"ip:10.0.0.0/", "ADDRESS"},
    {"ip:10.0.0.0/+8", "ADDRESS"},
    {"ip:::/129", "ADDRESS"},
    {"ip:/8", "ADDRESS"},
    {"ip:10/8", "ADDRESS"},
    {"ip:::1/0", "bits beyond"},
    {"mailto:@", "domain"},
    {"mailto:state.gov", "NAME@DOMAIN"},
    {"mailto:@.state.gov", "label"},
    {"mailto:@state.gov/x", "letters"},
    {"tel:+", "no telephone"},
    {"tel:1", "'+'"},
    {"imsi:", "digits"},
    {"x:", "behind"},
    {"*", "SCHEME"},
};

static void bad_patterns_are_refused_with_a_hint(void)
{
	for (size_t i = 0; i < sizeof bad_patterns / sizeof *bad_patterns; i++) {
		owned_arena arena = {0};
		const struct scope *scope;
		struct err e = {0};
		const char *text = arena_printf(&arena, "subject-not=%s", bad_patterns[i].text);
		CHECK(!scope_parse(&arena, bytes_text(text), &scope, &e), "%s", text);
		CHECK(strcmp(e.rule, "scope.selector") == 0 &&
		          strstr(e.text, bad_patterns[i].word) != NULL,
		      "%s: %s", text, e.text);
	}
}

static const struct {
	const char *patterns, *subject;
	bool matches;
} matches[] = {
    {"tel:+1", "TEL:+1-202-555-0100", true},
    {"tel:+1202,tel:+1204", "tel:+12035550100", false},
    {"tel:+12025550100", "tel:+1 (202) 555 0100", true},
    {"tel:+12025550100", "tel:+1202555010", false},
    {"imsi:1", "tel:+1", false},
    {"imsi:00101", "imsi:001010123456789", true},
    {"imsi:00102", "imsi:001010123456789", false},
    {"mailto:@state.gov", "mailto:a@state.gov", true},
    {"mailto:@state.gov", "mailto:a@US.STATE.GOV.", true},
    {"mailto:@state.gov", "mailto:a@estate.gov", false},
    {"mailto:@state.gov", "mailto:a@state.gov.example", false},
    {"mailto:@us.state.gov", "mailto:a@state.gov", false},
    {"mailto:@gov", "mailto:a@us.state.gov", true},
    {"mailto:a@state.gov", "mailto:\"A\"@State.gov", true},
    {"mailto:a@state.gov", "mailto:a@us.state.gov", false},
    {"mailto:a@state.gov", "mailto:a+b@state.gov", false},
    {"mailto:a@state.gov,mailto:@x", "mailto:b@state.gov", false},
    {"ip:10.0.0.0/8", "ip:::ffff:10.1.2.3", true},
    {"ip:10.0.0.0/8", "ip:::ffff:b01:203", false},
    {"ip:10.1.2.3", "ip:10.1.2.3", true},
    {"ip:10.1.2.3", "ip:10.1.2.30", false},
    {"ip:0.0.0.0/0", "ip:255.255.255.255", true},
    {"ip:0.0.0.0/0", "ip:::1", false},
    {"ip:0.0.0.0/0", "ip:::fffe:0:0", false},
    {"ip:::/0", "ip:10.1.2.3", true},
    {"ip:::/0", "ip:ffff::", true},
    {"ip:::/64", "ip:10.1.2.3", true},
    {"ip:::/96", "ip:10.1.2.3", false},
    {"ip:::ffff:0:0/96", "ip:10.1.2.3", true},
    {"ip:8000::/1", "ip:10.1.2.3", false},
    {"ip:2001:db8::/32", "ip:2001:db8:ffff::1", true},
    {"ip:2001:db8::/33", "ip:2001:db8:ffff::1", false},
    {"ip:172.16.200.10", "ip:172.16.200.1", false},
    {"ip:172.17.0.10", "ip:172.17.0.1", false},
    {"ip:172.17.0.10", "ip:172.17.0.10", true},
    {"ip:172.0.0.0/10", "ip:172.63.255.255", true},
    {"ip:172.0.0.0/10", "ip:172.64.0.0", false},
    {"ip:::/1", "ip:::", true},
    {"ip:::1", "ip:::", false},
    {"ip:fd00::/8", "ip:fdff::1", true},
    {"ip:0.0.0.0/1", "ip:0.0.0.1", true},
    {"X:Ab", "x:Abc", true},
    {"X:Ab", "x:abc", false},
    {"x:a", "xy:a", false},
};

/* So many that networks are searched; none of them covers a subject of the table. */
static const char *crowd(struct arena *arena)
{
	struct buffer b = {.arena = arena};
	for (int i = 0; i < 20; i++)
		buffer_printf(&b, "ip:172.16.%d.0/24,ip:fd00:%x::/32,ip:%d.5.0.0/20,", i, i + 1,
		              40 + i);
	return buffer_cstr(&b);
}

static void patterns_match_what_they_name_and_nothing_else(void)
{
	for (size_t i = 0; i < 2 * sizeof matches / sizeof *matches; i++) {
		owned_arena arena = {0};
		bool crowded = i % 2 == 1;
		const char *patterns = matches[i / 2].patterns;
		struct selector s;
		if (!selected(matches[i / 2].subject, &s))
			continue;
		const struct scope *scope =
		    parsed(&arena, arena_printf(&arena, "subject-not=%s%s",
		                                crowded ? crowd(&arena) : "", patterns));
		size_t which = SIZE_MAX;
		bool got = selector_matches(&scope->subject_not, &s, &which);
		CHECK(got == matches[i / 2].matches, "%s, %s, %s", patterns, matches[i / 2].subject,
		      crowded ? "among others" : "alone");
		struct scope_set named = {scope->subject_not.at + which, 1};
		CHECK(!got || selector_matches(&named, &s, NULL), "%s: not by %zu", patterns,
		      which);
	}
}

static void labels_cover_themselves_and_what_is_below_them(void)
{
	static const struct {
		const char *wide, *narrow;
		bool covers;
	} rows[] = {
	    {"capture", "capture", true},
	    {"capture", "capture.content", true},
	    {"capture", "captured", false},
	    {"capture", "capture-all", false},
	    {"capture.content", "capture", false},
	    {"a.b", "a.b.c.d", true},
	    {"a", "", false},
	    {"a.b", "a", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(scope_label_covers(rows[i].wide, rows[i].narrow) == rows[i].covers, "%s, %s",
		      rows[i].wide, rows[i].narrow);
}

static void dimensions_have_names(void)
{
	CHECK(strcmp(scope_dimension_name(SCOPE_CAPABILITY), "capability") == 0, "first");
	CHECK(strcmp(scope_dimension_name(SCOPE_SUBJECT_NOT), "subject-not") == 0, "middle");
	CHECK(strcmp(scope_dimension_name(SCOPE_LIMIT), "limit") == 0, "last");
}

/* Far more than there are places for: none of them goes before its time. */
static void displaced_scopes_stay_while_they_are_kept(void)
{
	enum { MANY = 20 * SCOPE_KNOWN };
	const struct scope *found[MANY];
	owned_arena arena = {0}, displaced = {0};
	struct scope_known known = {.displaced = &displaced};
	struct err e = {0};
	for (unsigned i = 0; i < MANY; i++) {
		const char *words = arena_printf(&arena, "purpose=p%u", i % (MANY / 2));
		CHECK(scope_parse_known(&known, bytes_text(words), &found[i], &e), "%s", e.text);
		CHECK(scope_known_find(&known, bytes_text(words)) == found[i], "%s: found again",
		      words);
	}
	for (unsigned i = 0; i < MANY; i++) {
		const char *words = arena_printf(&arena, "purpose=p%u", i % (MANY / 2));
		CHECK(strcmp(scope_text(&arena, found[i]), words) == 0, "%u", i);
	}
	scope_known_free(&known);
}

TEST_MAIN(TEST(malformed_text_is_refused_with_its_place), TEST(a_nul_is_no_end_of_text),
          TEST(sizes_are_limited), TEST(canonical_text_is_sorted_and_holds_nothing_twice),
          TEST(meets_are_as_worked_out_by_hand), TEST(equal_scopes_are_those_with_equal_texts),
          TEST(a_part_of_a_shared_set_is_not_the_set), TEST(inclusion_is_explained_where_it_fails),
          TEST(a_use_is_refused_by_the_first_dimension_that_does_not_allow_it),
          TEST(a_use_that_names_nobody_is_refused_where_some_are_excluded),
          TEST(a_counted_limit_has_words_too),
          TEST(each_dimension_is_explained_by_the_operands_that_narrowed_it),
          TEST(who_refuses_are_those_that_refuse_alone), TEST(selectors_have_one_form_or_none),
          TEST(a_selector_says_what_it_is), TEST(selectors_have_a_largest_size),
          TEST(bad_patterns_are_refused_with_a_hint),
          TEST(patterns_match_what_they_name_and_nothing_else),
          TEST(labels_cover_themselves_and_what_is_below_them), TEST(dimensions_have_names),
          TEST(displaced_scopes_stay_while_they_are_kept))

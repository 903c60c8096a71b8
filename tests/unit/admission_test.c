/*
 * Admission at the gate: no use on a subject without its tag, the tag with its proof in the use
 * log, and protected persons refused.
 */
#include "gate_world.h"
#include "split.h"

enum { HOLDERS = 3, QUORUM = 2 };

#define SCOPE "territory=XR; require=admission,warrant; limit.subjects=25"

/* The key of tags, and its holders. */
struct holders {
	struct key_share shares[HOLDERS];
	struct tag_holder names[HOLDERS];
	struct oprf_scalar whole;
	struct bytes record;
	struct hash id;
};

static struct bytes holders_record(struct world *w, struct holders *h, uint64_t number,
                                   struct bytes list)
{
	struct err e = {0};
	struct oprf_element public = oprf_public(&h->whole);
	union record_body body = {
	    .tags = {.number = number, .threshold = QUORUM, .holders = {h->names, HOLDERS}}};
	struct bytes out;
	memcpy(body.tags.public.at, public.at, OPRF_SIZE);
	body.tags.has_protected = list.len > 0;
	body.tags.protected = (struct protected_persons){sha256(list), 1};
	must(record_sign(&w->office.arena, KIND_TAGS, &body, w->office.key.public.name,
	                 w->office.now, &w->office.key, &out, &e),
	     &e, "tags");
	return out;
}

static void holders_begin(struct world *w, struct holders *h)
{
	static const char *const names[HOLDERS] = {"court", "ombudsman", "authority"};
	struct err e = {0};
	uint8_t seed[OPRF_SIZE] = {5}, random[OPRF_RANDOM] = {6};
	must(oprf_derive_key(seed, bytes_text("gate"), &h->whole, &e), &e, "key");
	split_key(&h->whole, QUORUM, HOLDERS, random, h->shares);
	for (size_t i = 0; i < HOLDERS; i++) {
		struct oprf_element public = oprf_public(&h->shares[i].key);
		h->names[i].name = names[i];
		memcpy(h->names[i].public.at, public.at, OPRF_SIZE);
	}
	h->record = holders_record(w, h, 1, (struct bytes){0});
	h->id = sha256(h->record);
}

static void renew(struct world *w, const char *scope, const struct hash *tags)
{
	struct proviso_error e;
	struct twist t = {.scope = scope, .tags = tags};
	struct bytes reply = office_reply(&w->office, world_request(w, 0), &t);
	bool good = world_accept(w, reply, &e);
	CHECK(good, "%s %s", e.code, e.text);
}

static bool request(struct world *w, const char *const subjects[], size_t count, struct bytes *out,
                    struct proviso_error *e)
{
	size_t size = PROVISO_REQUEST_MAX;
	void *to = arena_alloc(&w->arena, size);
	*e = (struct proviso_error){0};
	bool good = proviso_gate_admission_request(w->gate, 0, subjects, count, to, &size, e);
	*out = bytes_of(to, size);
	return good;
}

/* The office takes the request to its log. */
static struct bytes grant(struct world *w, struct bytes record, struct bytes key)
{
	struct hash leaf = merkle_leaf(record);
	merkle_tree_append(&w->office.tree, &leaf);
	struct bytes reply =
	    office_prove(&w->office, record, w->office.tree.edge.size - 1, &w->office.key);
	return granted_format(&w->arena, reply, key);
}

static struct bytes evaluate(struct world *w, struct bytes granted, const struct oprf_scalar *share)
{
	struct err e = {0};
	struct tags_request r;
	struct bytes out;
	uint8_t random[8 * OPRF_RANDOM];
	for (size_t i = 0; i < sizeof random; i++)
		random[i] = (uint8_t)(share->at[i % OPRF_SIZE] + i);
	must(granted_open(&w->arena, granted, &w->office.key.public, &r, &e), &e, "granted");
	must(tags_evaluate(&w->arena, &r, share, random, &out, &e), &e, "evaluate");
	return out;
}

static bool accept(struct world *w, struct bytes granted, const struct bytes evaluations[],
                   size_t count, struct proviso_error *e)
{
	struct proviso_bytes given[HOLDERS];
	*e = (struct proviso_error){0};
	for (size_t i = 0; i < count; i++)
		given[i] = (struct proviso_bytes){evaluations[i].at, evaluations[i].len};
	return proviso_gate_admission_accept(
	    w->gate, (struct proviso_bytes){granted.at, granted.len}, given, count, e);
}

static bool admit(struct world *w, struct holders *h, const char *const subjects[], size_t count,
                  struct proviso_error *e)
{
	struct bytes asked;
	if (!request(w, subjects, count, &asked, e))
		return false;
	struct bytes granted = grant(w, asked, h->record);
	struct bytes two[] = {evaluate(w, granted, &h->shares[0].key),
	                      evaluate(w, granted, &h->shares[1].key)};
	return accept(w, granted, two, 2, e);
}

/* The tag that the subject has, worked out by the whole key. */
static void tag_of(struct holders *h, const char *selector, uint8_t out[OPRF_OUTPUT])
{
	struct err e = {0};
	uint8_t random[OPRF_RANDOM] = {3};
	struct selector s;
	struct oprf_scalar blind = oprf_random_scalar(random);
	struct oprf_element blinded, evaluated;
	struct oprf_proof proof;
	must(selector_parse(bytes_text(selector), &s, &e) &&
	         oprf_blind(bytes_of(s.text, s.len), &blind, &blinded, &e) &&
	         oprf_evaluate(&h->whole, &blinded, 1, random, &evaluated, &proof, &e) &&
	         oprf_finalize(bytes_of(s.text, s.len), &blind, &evaluated, out, &e),
	     &e, "tag");
}

static const char *const subjects[] = {"tel:+999 555 01234", "mailto:a@example.org"};

static void begin(struct world *w, struct holders *h)
{
	world_make(w, 1);
	holders_begin(w, h);
	renew(w, SCOPE, &h->id);
}

/* --- Admission ------------------------------------------------------------------------------- */

static void no_use_without_a_tag(void)
{
	struct world w;
	struct holders h;
	struct proviso_error e;
	begin(&w, &h);
	CHECK(code_of(&w) == PROVISO_NOT_ADMITTED, "code %d", code_of(&w));
	/* Saying that it is admitted does not make it so. */
	struct proviso_use_text use = good_use();
	const char *const with[] = {"admission"};
	use.with = with;
	use.with_count = 1;
	CHECK(decide(&w, &use).code == PROVISO_NOT_ADMITTED, "an obligation met by its name");
	CHECK(admit(&w, &h, subjects, 2, &e), "%s %s", e.code, e.text);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "code %d", code_of(&w));
	use = good_use();
	use.subject = "MAILTO:A@EXAMPLE.ORG";
	CHECK(decide(&w, &use).code == PROVISO_ALLOWED, "the other subject");
	use.subject = "mailto:b@example.org";
	CHECK(decide(&w, &use).code == PROVISO_NOT_ADMITTED, "a subject that was not asked for");
	/* What else the scope demands is demanded still, and said. */
	use = good_use();
	use.warrant = NULL;
	struct proviso_answer a = decide(&w, &use);
	CHECK(a.code == PROVISO_OBLIGATION && strstr(a.words, "warrant") != NULL &&
	          strstr(a.words, "admission") == NULL,
	      "%s", a.words);
	world_free(&w);
}

static void admissions_outlive_the_process_and_the_lease(void)
{
	struct world w;
	struct holders h;
	struct proviso_error e;
	begin(&w, &h);
	CHECK(admit(&w, &h, subjects, 1, &e), "%s %s", e.code, e.text);
	world_reopen(&w);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "after a restart: %d", code_of(&w));
	renew(&w, SCOPE, &h.id);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "after a renewal: %d", code_of(&w));
	renew(&w, SCOPE, NULL);
	CHECK(code_of(&w) == PROVISO_NOT_ADMITTED, "a lease without a key of tags: %d",
	      code_of(&w));
	renew(&w, "territory=XR", NULL);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "where nothing is demanded: %d", code_of(&w));
	renew(&w, SCOPE, &h.id);
	struct bytes asked;
	CHECK(!request(&w, subjects, 1, &asked, &e) && strcmp(e.code, "gate.already-admitted") == 0,
	      "%s", e.code);
	CHECK(admit(&w, &h, subjects, 2, &e), "%s %s", e.code,
	      e.text); /* only the new one is asked for */
	world_free(&w);
}

struct found {
	uint64_t admissions, uses, siphash;
	uint8_t tag[PROVISO_TAG_SIZE], id[32], blinded[32];
	uint16_t place;
	bool proven;
	struct world *w;
	const struct tags_body *key;
};

static bool collect(void *ctx, const struct proviso_entry *entry)
{
	struct found *f = ctx;
	if (entry->kind == PROVISO_ENTRY_ADMISSION) {
		struct err e = {0};
		struct hash blinded;
		f->admissions++;
		memcpy(f->id, entry->id, sizeof f->id);
		memcpy(blinded.at, entry->blinded, HASH_SIZE);
		f->place = entry->place;
		f->proven = tag_proofs_verify(f->key, &blinded,
		                              bytes_of(entry->proofs, entry->proofs_size), &e);
	}
	if (entry->kind == PROVISO_ENTRY_USE) {
		f->uses += entry->tag_type == PROVISO_TAG_VOPRF;
		f->siphash += entry->tag_type == PROVISO_TAG_SIPHASH;
		memcpy(f->tag, entry->tag, sizeof f->tag);
	}
	return true;
}

static void the_use_log_has_tag_and_proof_and_no_subject(void)
{
	struct world w;
	struct holders h;
	struct proviso_error e;
	struct record key;
	struct err why = {0};
	uint8_t output[OPRF_OUTPUT];
	begin(&w, &h);
	must(record_decode(&w.arena, h.record, &key, &why), &why, "key");
	struct found f = {.w = &w, .key = &key.body.tags};
	CHECK(code_of(&w) == PROVISO_NOT_ADMITTED, "before"); /* by the system's own tag */
	CHECK(admit(&w, &h, subjects, 1, &e), "%s %s", e.code, e.text);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "after");
	CHECK(proviso_use_log_read(w.use_log, collect, &f, NULL, &e), "%s", e.text);
	CHECK(f.admissions == 1 && f.uses == 1 && f.siphash == 1,
	      "%d admissions, %d uses, %d other", (int)f.admissions, (int)f.uses, (int)f.siphash);
	CHECK(f.proven, "the proof beside the tag does not verify");
	tag_of(&h, subjects[0], output);
	CHECK(memcmp(f.tag, output, PROVISO_TAG_SIZE) == 0, "not the tag by the shared key");
	world_free(&w);
}

/* A use log with admissions is counted and hashed again like any other. */
static void limits_count_tags_again_after_a_restart(void)
{
	struct world w;
	struct holders h;
	struct proviso_error e;
	world_make(&w, 1);
	holders_begin(&w, &h);
	renew(&w, "territory=XR; require=admission; limit.subjects=1", &h.id);
	CHECK(admit(&w, &h, subjects, 2, &e), "%s %s", e.code, e.text);
	struct proviso_use_text use = good_use();
	CHECK(decide(&w, &use).code == PROVISO_ALLOWED, "the first");
	use.subject = subjects[1];
	CHECK(decide(&w, &use).code == PROVISO_LIMIT_SUBJECTS, "the second");
	world_reopen(&w);
	CHECK(decide(&w, &use).code == PROVISO_LIMIT_SUBJECTS, "the second after a restart");
	use.subject = subjects[0];
	CHECK(decide(&w, &use).code == PROVISO_ALLOWED, "the first after a restart");
	world_free(&w);
}

/* --- What is refused ---------------------------------------------------------------------------
 */

#define CHECK_CODE(done, e, code_)                                                                 \
	CHECK(!(done) && strcmp((e).code, code_) == 0, "%s: %s", (e).code, (e).text)

static void answers_to_another_request_are_refused(void)
{
	struct world w;
	struct holders h;
	struct proviso_error e;
	struct bytes first, second;
	begin(&w, &h);
	CHECK(request(&w, subjects, 1, &first, &e), "%s", e.text);
	struct bytes granted = grant(&w, first, h.record);
	struct bytes two[] = {evaluate(&w, granted, &h.shares[0].key),
	                      evaluate(&w, granted, &h.shares[1].key)};
	CHECK(request(&w, subjects, 1, &second, &e), "%s", e.text);
	CHECK_CODE(accept(&w, granted, two, 2, &e), e, "gate.reply-not-pending");
	struct bytes now = grant(&w, second, h.record);
	CHECK_CODE(accept(&w, now, two, 2, &e), e, "tags.other-request");
	struct bytes good[] = {evaluate(&w, now, &h.shares[2].key),
	                       evaluate(&w, now, &h.shares[1].key)};
	CHECK_CODE(accept(&w, now, good, 1, &e), e, "tags.too-few");
	CHECK(accept(&w, now, good, 2, &e), "%s %s", e.code, e.text);
	CHECK_CODE(accept(&w, now, good, 2, &e), e, "gate.reply-not-pending"); /* once */
	world_free(&w);
}

static void a_request_that_the_log_does_not_have_is_refused(void)
{
	struct world w;
	struct holders h;
	struct proviso_error e;
	struct bytes asked;
	begin(&w, &h);
	CHECK(request(&w, subjects, 1, &asked, &e), "%s", e.text);
	struct bytes granted = grant(&w, asked, h.record);
	struct bytes two[] = {evaluate(&w, granted, &h.shares[0].key),
	                      evaluate(&w, granted, &h.shares[1].key)};
	/* The office's name, and a key that is not its own. */
	struct secret_key forger;
	struct err why = {0};
	uint8_t seed[KEY_SEED] = {42};
	must(key_make(KEY_ED25519, w.office.key.public.name, seed, &forger, &why), &why, "key");
	struct bytes forged = granted_format(
	    &w.arena, office_prove(&w.office, asked, w.office.tree.edge.size - 1, &forger),
	    h.record);
	CHECK_CODE(accept(&w, forged, two, 2, &e), e, "tags.not-on-the-log");
	CHECK(code_of(&w) == PROVISO_NOT_ADMITTED, "admitted by a forged proof");
	world_free(&w);
}

static void another_systems_answer_is_refused(void)
{
	struct world w, other;
	struct holders h;
	struct proviso_error e;
	struct bytes asked = {0}, theirs = {0};
	begin(&w, &h);
	world_make(&other, 1);
	renew(&other, SCOPE, &h.id);
	CHECK(request(&w, subjects, 1, &asked, &e) && request(&other, subjects, 1, &theirs, &e),
	      "%s", e.text);
	struct bytes granted = grant(&w, theirs, h.record);
	struct bytes two[] = {evaluate(&w, granted, &h.shares[0].key),
	                      evaluate(&w, granted, &h.shares[1].key)};
	CHECK_CODE(accept(&w, granted, two, 2, &e), e, "gate.reply-not-pending");
	world_free(&other);
	world_free(&w);
}

static void asking_needs_a_lease_with_a_key_of_tags(void)
{
	struct world w;
	struct proviso_error e;
	struct bytes asked;
	world_make(&w, 1);
	CHECK_CODE(request(&w, subjects, 1, &asked, &e), e, "gate.no-tags");
	renew(&w, SCOPE, NULL);
	CHECK_CODE(request(&w, subjects, 1, &asked, &e), e, "gate.no-tags");
	const char *const bad[] = {"tel:none"};
	struct holders h;
	holders_begin(&w, &h);
	renew(&w, SCOPE, &h.id);
	CHECK_CODE(request(&w, bad, 1, &asked, &e), e, "scope.selector");
	CHECK(!request(&w, subjects, 0, &asked, &e) && e.kind == PROVISO_USAGE, "nobody");
	world_free(&w);
}

/* --- Protected persons
 * ----------------------------------------------------------------------------- */

static struct bytes list_of(struct world *w, struct holders *h, const char *selector)
{
	uint8_t output[OPRF_OUTPUT], salt[PROTECTED_SALT] = {4};
	struct tag tag;
	tag_of(h, selector, output);
	memcpy(tag.at, output, TAG_SIZE);
	return protected_make(&w->arena, &tag, 1, salt);
}

static bool install(struct world *w, struct bytes record, struct bytes list,
                    struct proviso_error *e)
{
	*e = (struct proviso_error){0};
	return proviso_gate_tags_install(
	    w->gate, (struct proviso_bytes){record.at, record.len},
	    (struct proviso_bytes){list.len > 0 ? list.at : NULL, list.len}, e);
}

static void protected_persons_are_refused(void)
{
	struct world w;
	struct holders h;
	struct proviso_error e;
	begin(&w, &h);
	CHECK(admit(&w, &h, subjects, 2, &e), "%s %s", e.code, e.text);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "before the list");
	/* The authority protects the first: the next lease names another record. */
	struct bytes list = list_of(&w, &h, subjects[0]);
	struct bytes record = holders_record(&w, &h, 2, list);
	struct hash id = sha256(record);
	CHECK_CODE(install(&w, record, list, &e), e, "gate.tags-other-record"); /* not named yet */
	renew(&w, SCOPE, &id);
	CHECK(code_of(&w) == PROVISO_NOT_ADMITTED, "without the list nobody is admitted: %d",
	      code_of(&w));
	struct bytes other = list_of(&w, &h, subjects[1]);
	CHECK_CODE(install(&w, record, other, &e), e, "gate.tags-other-list");
	CHECK_CODE(install(&w, record, (struct bytes){0}, &e), e, "gate.tags-other-list");
	CHECK_CODE(install(&w, h.record, (struct bytes){0}, &e), e, "gate.tags-other-record");
	CHECK(install(&w, record, list, &e), "%s %s", e.code, e.text);
	CHECK(code_of(&w) == PROVISO_PROTECTED, "code %d", code_of(&w));
	struct proviso_use_text use = good_use();
	use.subject = subjects[1];
	CHECK(decide(&w, &use).code == PROVISO_ALLOWED, "who is not protected");
	world_reopen(&w);
	CHECK(code_of(&w) == PROVISO_PROTECTED, "after a restart: %d", code_of(&w));
	/* And who is asked for later is looked up as well. */
	h.record = record;
	h.id = id;
	const char *const third[] = {"tel:+99955509999"};
	CHECK(admit(&w, &h, third, 1, &e), "%s %s", e.code, e.text);
	CHECK(code_of(&w) == PROVISO_PROTECTED, "the list is still here: %d", code_of(&w));
	world_free(&w);
}

static void calls_that_make_no_sense_are_usage(void)
{
	struct world w;
	struct holders h;
	struct proviso_error e = {0};
	size_t small = 10;
	uint8_t room[10];
	begin(&w, &h);
	CHECK(!proviso_gate_admission_request(w.gate, 7, subjects, 1, room, &small, &e) &&
	          e.kind == PROVISO_USAGE,
	      "an authority that is not there");
	CHECK(!proviso_gate_admission_request(w.gate, 0, subjects, 257, room, &small, &e) &&
	          e.kind == PROVISO_USAGE,
	      "too many subjects");
	CHECK(!proviso_gate_admission_request(w.gate, 0, subjects, 1, room, &small, &e) &&
	          e.kind == PROVISO_USAGE,
	      "no room");
	CHECK(!proviso_gate_tags_install(w.gate, (struct proviso_bytes){0},
	                                 (struct proviso_bytes){0}, &e) &&
	          e.kind == PROVISO_USAGE,
	      "no record");
	CHECK(!install(&w, bytes_text("no record"), (struct bytes){0}, &e) &&
	          strcmp(e.code, "gate.tags-other-record") == 0,
	      "%s", e.code);
	CHECK(!accept(&w, bytes_text("nothing"), NULL, 0, &e) && strcmp(e.code, "tags.file") == 0,
	      "%s", e.code);
	struct proviso_gate_options look = {.read_only = true};
	struct proviso_gate *other = gate_open(w.dir, &look, &w.clock, &e);
	CHECK(other != NULL &&
	          !proviso_gate_admission_request(other, 0, subjects, 1, room, &small, &e) &&
	          e.kind == PROVISO_USAGE,
	      "a gate for looking");
	proviso_gate_close(other, NULL);
	world_free(&w);
}

/* A gate that is armed with witnesses takes no answer to a request that they have not seen. */
static void an_armed_gate_demands_its_witnesses(void)
{
	struct world w;
	struct holders h;
	struct proviso_error e = {0};
	struct err why = {0};
	struct secret_key witness;
	struct bytes asked = {0};
	uint8_t seed[KEY_SEED] = {55};
	begin(&w, &h);
	CHECK(request(&w, subjects, 1, &asked, &e), "%s", e.text);
	struct bytes granted = grant(&w, asked, h.record);
	struct bytes two[] = {evaluate(&w, granted, &h.shares[0].key),
	                      evaluate(&w, granted, &h.shares[1].key)};
	must(key_make(KEY_ED25519, "witness.example", seed, &witness, &why), &why, "key");
	char *log = key_line(&w.arena, &w.office.key.public);
	char *cosigner = key_cosigner_line(&w.arena, &witness.public);
	log[strcspn(log, "\n")] = cosigner[strcspn(cosigner, "\n")] = 0;
	const char *policy =
	    arena_printf(&w.arena, "log %s\nwitness W %s\nquorum W\n", log, cosigner);
	world_close(&w);
	CHECK(proviso_system_arm(w.dir, policy, strlen(policy), &e), "%s %s", e.code, e.text);
	CHECK(world_open(&w, &e), "%s %s", e.code, e.text);
	CHECK_CODE(accept(&w, granted, two, 2, &e), e, "tags.not-witnessed");
	world_free(&w);
}

/* Two authorities that each demand a tag, by different keys: a subject has one. */
static void two_keys_of_tags_leave_nothing(void)
{
	struct world w;
	struct holders h;
	struct proviso_error e;
	struct hash other = sha256(bytes_text("another key"));
	world_make(&w, 2);
	holders_begin(&w, &h);
	renew(&w, SCOPE, &h.id);
	struct twist second = {.scope = "territory=XR", .tags = &other};
	CHECK(world_accept(&w, office_reply(&w.second, world_request(&w, 1), &second), &e), "%s",
	      e.text);
	CHECK(admit(&w, &h, subjects, 1, &e), "%s %s", e.code, e.text);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "one of them demands it: %d", code_of(&w));
	second.scope = SCOPE;
	CHECK(world_accept(&w, office_reply(&w.second, world_request(&w, 1), &second), &e), "%s",
	      e.text);
	CHECK(code_of(&w) == PROVISO_OBLIGATION, "both, by two keys: %d", code_of(&w));
	second.tags = &h.id;
	CHECK(world_accept(&w, office_reply(&w.second, world_request(&w, 1), &second), &e), "%s",
	      e.text);
	CHECK(code_of(&w) == PROVISO_ALLOWED, "both, by one: %d", code_of(&w));
	world_free(&w);
}

static void damaged_files_close_the_gate(void)
{
	static const char *const names[] = {"admitted", "protected"};
	for (size_t i = 0; i < 2; i++) {
		struct world w;
		struct holders h;
		struct proviso_error e;
		begin(&w, &h);
		struct bytes list = list_of(&w, &h, subjects[1]);
		h.record = holders_record(&w, &h, 2, list);
		h.id = sha256(h.record);
		renew(&w, SCOPE, &h.id);
		CHECK(install(&w, h.record, list, &e) && admit(&w, &h, subjects, 1, &e), "%s %s",
		      e.code, e.text);
		world_close(&w);
		char path[128];
		snprintf(path, sizeof path, "%s/%s", w.dir, names[i]);
		FILE *f = fopen(path, "r+");
		CHECK(f != NULL && fseek(f, -3, SEEK_END) == 0, "%s", path);
		int was = fgetc(f);
		fseek(f, -3, SEEK_END);
		fputc(was ^ 1, f);
		fclose(f);
		CHECK(!world_open(&w, &e) && strcmp(e.code, "gate.tags-damaged") == 0, "%s: %s",
		      names[i], e.code);
		f = fopen(path, "r+");
		fseek(f, -3, SEEK_END);
		fputc(was, f);
		fclose(f);
		CHECK(world_open(&w, &e), "%s", e.text);
		world_free(&w);
	}
}

TEST_MAIN(TEST(no_use_without_a_tag), TEST(admissions_outlive_the_process_and_the_lease),
          TEST(the_use_log_has_tag_and_proof_and_no_subject),
          TEST(limits_count_tags_again_after_a_restart),
          TEST(answers_to_another_request_are_refused),
          TEST(a_request_that_the_log_does_not_have_is_refused),
          TEST(another_systems_answer_is_refused), TEST(asking_needs_a_lease_with_a_key_of_tags),
          TEST(protected_persons_are_refused), TEST(calls_that_make_no_sense_are_usage),
          TEST(two_keys_of_tags_leave_nothing), TEST(an_armed_gate_demands_its_witnesses),
          TEST(damaged_files_close_the_gate))

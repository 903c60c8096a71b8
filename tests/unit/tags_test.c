/*
 * Subject tags between their parties: what a quorum gives, and what it does not.
 */
#include "test.h"

#include "split.h"
#include "tags/tags.h"

enum { HOLDERS = 3, QUORUM = 2 };

#define ORIGIN "authority.example/log"

/* An authority with a log, a key of tags shared 2 of 3, and a system that asks. */
struct world {
	struct arena arena;
	struct secret_key authority, device;
	struct merkle_tree tree;
	struct oprf_scalar whole;
	struct key_share shares[HOLDERS];
	struct bytes key_record;
	struct hash key_id;
	uint8_t drawn; /* randomness that is drawn from here */
};

static void draw(struct world *w, uint8_t *to, size_t len)
{
	for (size_t at = 0; at < len; at += HASH_SIZE) {
		uint8_t seed[2] = {w->drawn, (uint8_t)(at / HASH_SIZE)};
		struct hash block = sha256(bytes_of(seed, sizeof seed));
		memcpy(to + at, block.at, len - at < HASH_SIZE ? len - at : HASH_SIZE);
	}
	w->drawn++;
}

static void must(bool good, const struct err *e, const char *what)
{
	if (!good) {
		printf("# %s: %s\nBail out!\n", what, e->text);
		exit(1);
	}
}

static struct bytes sign(struct world *w, enum record_kind kind, const union record_body *body,
                         const struct secret_key *key)
{
	struct bytes out;
	struct err e = {0};
	must(record_sign(&w->arena, kind, body, ORIGIN, 1800000000, key, &out, &e), &e, "sign");
	return out;
}

static void make_key(struct world *w)
{
	static const char *const names[HOLDERS] = {"court", "ombudsman", "authority"};
	uint8_t seed[OPRF_SIZE] = {7}, random[OPRF_RANDOM * (QUORUM - 1)];
	struct tag_holder *holders = arena_array(&w->arena, HOLDERS, sizeof *holders);
	struct err e = {0};
	must(oprf_derive_key(seed, bytes_text("tags"), &w->whole, &e), &e, "key");
	draw(w, random, sizeof random);
	split_key(&w->whole, QUORUM, HOLDERS, random, w->shares);
	for (size_t i = 0; i < HOLDERS; i++) {
		struct oprf_element public = oprf_public(&w->shares[i].key);
		holders[i].name = names[i];
		memcpy(holders[i].public.at, public.at, OPRF_SIZE);
	}
	struct oprf_element public = oprf_public(&w->whole);
	union record_body body = {
	    .tags = {.number = 1, .threshold = QUORUM, .holders = {holders, HOLDERS}}};
	memcpy(body.tags.public.at, public.at, OPRF_SIZE);
	w->key_record = sign(w, KIND_TAGS, &body, &w->authority);
	w->key_id = sha256(w->key_record);
}

static void world_begin(struct world *w)
{
	uint8_t seed[KEY_SEED] = {1};
	struct err e = {0};
	*w = (struct world){0};
	must(key_library_start(&e) && key_make(KEY_ED25519, ORIGIN, seed, &w->authority, &e), &e,
	     "key");
	seed[0] = 2;
	must(key_make(KEY_ED25519, "XR-0001", seed, &w->device, &e), &e, "key");
	struct hash leaf = merkle_leaf(bytes_text(ORIGIN));
	merkle_tree_append(&w->tree, &leaf);
	make_key(w);
}

static void world_end(struct world *w)
{
	merkle_tree_free(&w->tree);
	arena_free(&w->arena);
}

/* The entry on the log, with its proof and the key's record. */
static struct bytes grant_with(struct world *w, struct bytes record, struct bytes key)
{
	struct err e = {0};
	struct hash leaf = merkle_leaf(record);
	struct log_proof proof = {.index = w->tree.edge.size};
	merkle_tree_append(&w->tree, &leaf);
	struct merkle_source source = merkle_tree_source(&w->tree);
	struct checkpoint head = {
	    .origin = ORIGIN, .size = w->tree.edge.size, .root = merkle_edge_root(&w->tree.edge)};
	must(merkle_inclusion(&source, proof.index, head.size, &proof.inclusion, &e) &&
	         checkpoint_sign(&w->arena, &head, &w->authority, &proof.checkpoint, &e),
	     &e, "proof");
	return granted_format(
	    &w->arena, reply_format(&w->arena, record, proof_format(&w->arena, &proof)), key);
}

struct asked {
	struct tag_blind blinds[8];
	size_t count;
	struct bytes granted;
	struct tags_request request;
};

static void ask(struct world *w, const char *const selectors[], size_t count, struct asked *out)
{
	struct err e = {0};
	struct hash *blinded = arena_array(&w->arena, count, sizeof *blinded);
	uint8_t random[OPRF_RANDOM];
	out->count = count;
	for (size_t i = 0; i < count; i++) {
		draw(w, random, sizeof random);
		must(tag_blind(&w->arena, selectors[i], random, &out->blinds[i], &blinded[i], &e),
		     &e, "blind");
	}
	union record_body body = {.admission = {w->key_id, {blinded, count}}};
	out->granted = grant_with(w, sign(w, KIND_ADMISSION, &body, &w->device), w->key_record);
	must(granted_open(&w->arena, out->granted, &w->authority.public, &out->request, &e), &e,
	     "granted");
}

static struct bytes evaluate(struct world *w, const struct asked *asked,
                             const struct oprf_scalar *share)
{
	struct bytes out;
	struct err e = {0};
	uint8_t *random = arena_array(&w->arena, asked->count, OPRF_RANDOM);
	draw(w, random, asked->count * OPRF_RANDOM);
	must(tags_evaluate(&w->arena, &asked->request, share, random, &out, &e), &e, "evaluate");
	return out;
}

static bool combine(struct world *w, const struct asked *asked, const struct bytes evaluations[],
                    size_t count, struct tag out[], struct err *e)
{
	*e = (struct err){0};
	return tags_combine(&w->arena, &asked->request, evaluations, count, asked->blinds,
	                    asked->count, out, e);
}

#define CHECK_REFUSED(done, e, code)                                                               \
	CHECK(!(done) && (e).kind == ERR_REFUSED && (e).rule != NULL &&                            \
	          strcmp((e).rule, code) == 0,                                                     \
	      "%s: %s, not %s", (e).rule == NULL ? "-" : (e).rule, (e).text, code)

static const char *const people[] = {"tel:+999 555 01234", "mailto:Someone@Example.ORG",
                                     "ip:192.0.2.7"};

/* --- What holds ------------------------------------------------------------------------------ */

/* RFC 9497 says the value; nobody but this test has the whole key. */
static void a_tag_is_the_function_of_the_whole_key(void)
{
	struct world w;
	struct asked asked = {0};
	struct tag tags[3];
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct bytes two[] = {evaluate(&w, &asked, &w.shares[0].key),
	                      evaluate(&w, &asked, &w.shares[2].key)};
	CHECK(combine(&w, &asked, two, 2, tags, &e), "%s", e.text);
	for (size_t i = 0; i < 3; i++) {
		uint8_t output[OPRF_OUTPUT], random[OPRF_RANDOM] = {9};
		struct bytes input = bytes_text(asked.blinds[i].selector);
		struct oprf_scalar blind = oprf_random_scalar(random);
		struct oprf_element blinded, evaluated;
		struct oprf_proof proof;
		CHECK(oprf_blind(input, &blind, &blinded, &e) &&
		          oprf_evaluate(&w.whole, &blinded, 1, random, &evaluated, &proof, &e) &&
		          oprf_finalize(input, &blind, &evaluated, output, &e),
		      "%s", e.text);
		CHECK(memcmp(output, tags[i].at, TAG_SIZE) == 0, "tag %zu is another", i);
		CHECK(tag_proofs_verify(&asked.request.key.body.tags, &tags[i].blinded,
		                        tags[i].proofs, &e),
		      "%s", e.text);
	}
	world_end(&w);
}

static void every_quorum_gives_the_same_tags(void)
{
	struct world w;
	struct asked asked = {0};
	struct tag first[3], tags[3];
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct bytes all[HOLDERS];
	for (size_t i = 0; i < HOLDERS; i++)
		all[i] = evaluate(&w, &asked, &w.shares[i].key);
	CHECK(combine(&w, &asked, all, HOLDERS, first, &e), "%s", e.text);
	for (size_t i = 0; i < HOLDERS; i++)
		for (size_t k = 0; k < HOLDERS; k++) {
			if (i == k)
				continue;
			CHECK(combine(&w, &asked, (struct bytes[]){all[i], all[k]}, 2, tags, &e),
			      "%s", e.text);
			for (size_t t = 0; t < 3; t++)
				CHECK(memcmp(tags[t].at, first[t].at, TAG_SIZE) == 0,
				      "quorum %zu %zu", i, k);
		}
	world_end(&w);
}

/* Asked again, by another blind and in another way of writing: what was blinded tells nothing. */
static void the_same_subject_has_one_tag_and_many_blindings(void)
{
	static const char *const again[] = {"TEL:+999-555-01234"};
	struct world w;
	struct asked one = {0}, two = {0};
	struct tag a[3], b[1];
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &one);
	ask(&w, again, 1, &two);
	struct bytes first[] = {evaluate(&w, &one, &w.shares[0].key),
	                        evaluate(&w, &one, &w.shares[1].key)};
	struct bytes second[] = {evaluate(&w, &two, &w.shares[1].key),
	                         evaluate(&w, &two, &w.shares[2].key)};
	CHECK(combine(&w, &one, first, 2, a, &e) && combine(&w, &two, second, 2, b, &e), "%s",
	      e.text);
	CHECK(memcmp(a[0].at, b[0].at, TAG_SIZE) == 0, "two tags of one subject");
	CHECK(!hash_equal(&a[0].blinded, &b[0].blinded), "one blinding twice");
	CHECK(memcmp(a[0].at, a[1].at, TAG_SIZE) != 0, "one tag of two subjects");
	world_end(&w);
}

/* --- What does not ---------------------------------------------------------------------------- */

static void one_holder_is_no_quorum(void)
{
	struct world w;
	struct asked asked = {0};
	struct tag tags[3];
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct bytes one = evaluate(&w, &asked, &w.shares[1].key);
	CHECK_REFUSED(combine(&w, &asked, &one, 1, tags, &e), e, "tags.too-few");
	CHECK_REFUSED(combine(&w, &asked, (struct bytes[]){one, one}, 2, tags, &e), e,
	              "tags.share-twice");
	world_end(&w);
}

/* A share of another key, said to be a holder's. */
static void a_wrong_share_is_named(void)
{
	struct world w;
	struct asked asked = {0};
	struct tag tags[3];
	struct err e = {0};
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct oprf_scalar stranger;
	uint8_t seed[OPRF_SIZE] = {99};
	struct bytes out;
	uint8_t random[3 * OPRF_RANDOM] = {1};
	must(oprf_derive_key(seed, bytes_text("other"), &stranger, &e), &e, "key");
	CHECK_REFUSED(tags_evaluate(&w.arena, &asked.request, &stranger, random, &out, &e), e,
	              "tags.no-such-share");
	/* So it lies about the key it is asked by: the holder's element is replaced by its own. */
	struct asked lying = asked;
	struct tag_holder *holders = arena_array(&w.arena, HOLDERS, sizeof *holders);
	memcpy(holders, asked.request.key.body.tags.holders.at, HOLDERS * sizeof *holders);
	struct oprf_element public = oprf_public(&stranger);
	memcpy(holders[1].public.at, public.at, OPRF_SIZE);
	lying.request.key.body.tags.holders.at = holders;
	struct bytes two[] = {evaluate(&w, &asked, &w.shares[0].key),
	                      evaluate(&w, &lying, &stranger)};
	CHECK_REFUSED(combine(&w, &asked, two, 2, tags, &e), e, "oprf.proof");
	CHECK(strstr(e.text, "ombudsman") != NULL, "the holder is not named: %s", e.text);
	/* Also where its answer is not needed. */
	struct bytes three[] = {two[0], evaluate(&w, &asked, &w.shares[2].key), two[1]};
	CHECK_REFUSED(combine(&w, &asked, three, 3, tags, &e), e, "oprf.proof");
	world_end(&w);
}

static void an_evaluation_of_another_request_is_refused(void)
{
	struct world w;
	struct asked one = {0}, two = {0};
	struct tag tags[3];
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &one);
	ask(&w, people, 3, &two);
	struct bytes old[] = {evaluate(&w, &one, &w.shares[0].key),
	                      evaluate(&w, &one, &w.shares[1].key)};
	CHECK_REFUSED(combine(&w, &two, old, 2, tags, &e), e, "tags.other-request");
	/* Relabelled, its proofs do not fit what was blinded this time. */
	struct bytes relabelled[2];
	for (size_t i = 0; i < 2; i++) {
		uint8_t *at = arena_alloc(&w.arena, old[i].len);
		memcpy(at, old[i].at, old[i].len);
		uint8_t *id = memmem(at, old[i].len, one.request.record.id.at, HASH_SIZE);
		CHECK(id != NULL, "no id in an evaluation");
		if (id != NULL)
			memcpy(id, two.request.record.id.at, HASH_SIZE);
		relabelled[i] = bytes_of(at, old[i].len);
	}
	CHECK_REFUSED(combine(&w, &two, relabelled, 2, tags, &e), e, "oprf.proof");
	world_end(&w);
}

static void a_tag_for_another_selector_is_refused(void)
{
	struct world w;
	struct asked asked = {0};
	struct tag tags[3];
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct bytes two[] = {evaluate(&w, &asked, &w.shares[0].key),
	                      evaluate(&w, &asked, &w.shares[1].key)};
	struct asked other = asked;
	other.blinds[1].selector = "mailto:someone.else@example.org";
	CHECK_REFUSED(combine(&w, &other, two, 2, tags, &e), e, "tags.other-subject");
	other = asked;
	struct tag_blind swap = other.blinds[0];
	other.blinds[0] = other.blinds[2];
	other.blinds[2] = swap;
	CHECK_REFUSED(combine(&w, &other, two, 2, tags, &e), e, "tags.other-subject");
	other = asked;
	other.count = 2;
	CHECK_REFUSED(combine(&w, &other, two, 2, tags, &e), e, "tags.count");
	world_end(&w);
}

static void fewer_or_changed_answers_are_refused(void)
{
	struct world w;
	struct asked asked = {0}, one = {0};
	struct tag tags[3];
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	ask(&w, people, 1, &one);
	struct bytes good = evaluate(&w, &asked, &w.shares[0].key);
	struct asked fewer = asked;
	fewer.request.count = fewer.count = 2;
	struct bytes short_one = evaluate(&w, &fewer, &w.shares[1].key);
	CHECK_REFUSED(combine(&w, &asked, (struct bytes[]){good, short_one}, 2, tags, &e), e,
	              "tags.count");
	/* Every byte of an evaluation counts. */
	struct bytes whole = evaluate(&w, &one, &w.shares[1].key);
	struct bytes beside = evaluate(&w, &one, &w.shares[0].key);
	uint8_t *at = arena_alloc(&w.arena, whole.len);
	for (size_t i = 0; i < whole.len; i++) {
		memcpy(at, whole.at, whole.len);
		at[i] ^= 1;
		CHECK(!combine(&w, &one, (struct bytes[]){beside, bytes_of(at, whole.len)}, 2, tags,
		               &e),
		      "byte %zu may be changed", i);
	}
	world_end(&w);
}

/* --- Only what is on the log is answered ---------------------------------------------------------
 */

static bool open_with(struct world *w, struct bytes granted, const struct public_key *key,
                      struct err *e)
{
	struct tags_request out;
	*e = (struct err){0};
	return granted_open(&w->arena, granted, key, &out, e);
}

static void a_request_that_is_not_on_the_log_is_refused(void)
{
	struct world w;
	struct asked asked = {0}, other = {0};
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	ask(&w, people, 1, &other);
	CHECK(open_with(&w, asked.granted, &w.authority.public, &e), "%s", e.text);
	CHECK_REFUSED(open_with(&w, asked.granted, &w.device.public, &e), e, "tags.not-on-the-log");

	/* The proof of one with the record of another. */
	struct merkle_source source = merkle_tree_source(&w.tree);
	struct log_proof proof = {.index = w.tree.edge.size - 1};
	struct checkpoint head = {
	    .origin = ORIGIN, .size = w.tree.edge.size, .root = merkle_edge_root(&w.tree.edge)};
	must(merkle_inclusion(&source, proof.index, head.size, &proof.inclusion, &e) &&
	         checkpoint_sign(&w.arena, &head, &w.authority, &proof.checkpoint, &e),
	     &e, "proof");
	struct bytes mixed = granted_format(
	    &w.arena,
	    reply_format(&w.arena, asked.request.record.bytes, proof_format(&w.arena, &proof)),
	    w.key_record);
	CHECK_REFUSED(open_with(&w, mixed, &w.authority.public, &e), e, "tags.not-on-the-log");

	/* A checkpoint by somebody else of the same name. */
	struct secret_key forger;
	uint8_t seed[KEY_SEED] = {77};
	must(key_make(KEY_ED25519, ORIGIN, seed, &forger, &e), &e, "key");
	must(checkpoint_sign(&w.arena, &head, &forger, &proof.checkpoint, &e), &e, "sign");
	struct bytes forged = granted_format(
	    &w.arena,
	    reply_format(&w.arena, other.request.record.bytes, proof_format(&w.arena, &proof)),
	    w.key_record);
	CHECK_REFUSED(open_with(&w, forged, &w.authority.public, &e), e, "tags.not-on-the-log");
	world_end(&w);
}

static void the_key_is_the_one_that_the_request_names(void)
{
	struct world w;
	struct asked asked = {0};
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct record key;
	must(record_decode(&w.arena, w.key_record, &key, &e), &e, "key");
	key.body.tags.threshold = 3;
	struct bytes other = sign(&w, KIND_TAGS, &key.body, &w.authority);
	CHECK_REFUSED(open_with(&w, grant_with(&w, asked.request.record.bytes, other),
	                        &w.authority.public, &e),
	              e, "tags.other-key");
	CHECK_REFUSED(
	    open_with(&w, grant_with(&w, asked.request.record.bytes, asked.request.record.bytes),
	              &w.authority.public, &e),
	    e, "tags.other-key");
	CHECK_REFUSED(
	    open_with(&w, grant_with(&w, w.key_record, w.key_record), &w.authority.public, &e), e,
	    "tags.not-a-request");
	/* A log that took a key shared with nobody is not believed. */
	union record_body body = {.admission = {asked.request.key.id, {NULL, 0}}};
	key.body.tags.threshold = 0;
	struct bytes alone = sign(&w, KIND_TAGS, &key.body, &w.authority);
	body.admission.tags = sha256(alone);
	CHECK_REFUSED(open_with(&w,
	                        grant_with(&w, sign(&w, KIND_ADMISSION, &body, &w.device), alone),
	                        &w.authority.public, &e),
	              e, "tags.other-key");
	world_end(&w);
}

/* --- Files
 * ---------------------------------------------------------------------------------------- */

/* What stands beside a tag in a use log: whose key it is, for what, and how many answered. */
static void proofs_beside_a_tag_hold_for_it_alone(void)
{
	struct world w;
	struct asked asked = {0};
	struct tag tags[3];
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct bytes two[] = {evaluate(&w, &asked, &w.shares[0].key),
	                      evaluate(&w, &asked, &w.shares[2].key)};
	CHECK(combine(&w, &asked, two, 2, tags, &e), "%s", e.text);
	const struct tags_body *key = &asked.request.key.body.tags;
	struct bytes good = tags[0].proofs;
	CHECK(tag_proofs_verify(key, &tags[0].blinded, good, &e), "%s", e.text);
	CHECK_REFUSED(tag_proofs_verify(key, &tags[1].blinded, good, &e), e, "oprf.proof");
	uint8_t *at = arena_alloc(&w.arena, good.len + 1);
	for (size_t i = 0; i < good.len; i++) {
		memcpy(at, good.at, good.len);
		at[i] ^= 1;
		CHECK(!tag_proofs_verify(key, &tags[0].blinded, bytes_of(at, good.len), &e),
		      "byte %zu may be changed", i);
	}
	for (size_t len = 0; len < good.len; len++)
		CHECK(!tag_proofs_verify(key, &tags[0].blinded, bytes_of(good.at, len), &e),
		      "cut to %zu bytes", len);
	memcpy(at, good.at, good.len);
	CHECK(!tag_proofs_verify(key, &tags[0].blinded, bytes_of(at, good.len + 1), &e) &&
	          strcmp(e.rule, "tags.file") == 0,
	      "%s", e.text);
	/* One holder twice, and a holder that there is not. */
	memcpy(at + 1 + TAG_PROOF, at + 1, TAG_PROOF);
	CHECK_REFUSED(tag_proofs_verify(key, &tags[0].blinded, bytes_of(at, good.len), &e), e,
	              "tags.no-such-share");
	at[1 + TAG_PROOF] = HOLDERS + 1;
	CHECK_REFUSED(tag_proofs_verify(key, &tags[0].blinded, bytes_of(at, good.len), &e), e,
	              "tags.no-such-share");
	at[0] = 1;
	CHECK_REFUSED(tag_proofs_verify(key, &tags[0].blinded, bytes_of(at, good.len), &e), e,
	              "tags.too-few");
	world_end(&w);
}

/* A share's number that the key does not have; blinds of another number. */
static void answers_out_of_number_are_refused(void)
{
	struct world w;
	struct asked asked = {0};
	struct tag tags[3];
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct bytes good = evaluate(&w, &asked, &w.shares[0].key);
	struct bytes last = evaluate(&w, &asked, &w.shares[2].key);
	uint8_t *at = arena_alloc(&w.arena, last.len);
	memcpy(at, last.at, last.len);
	uint8_t *id = memmem(at, last.len, asked.request.record.id.at, HASH_SIZE);
	CHECK(id != NULL && id[HASH_SIZE] == 3, "the share's number is behind the id");
	id[HASH_SIZE] = 4;
	CHECK_REFUSED(
	    combine(&w, &asked, (struct bytes[]){good, bytes_of(at, last.len)}, 2, tags, &e), e,
	    "tags.no-such-share");
	struct bytes two[] = {good, last};
	CHECK_REFUSED(tags_combine(&w.arena, &asked.request, two, 2, asked.blinds, 2, tags, &e), e,
	              "tags.count");
	world_end(&w);
}

/* The granted request again, its checkpoint cosigned by a witness. */
static struct bytes cosigned(struct world *w, const struct asked *asked,
                             const struct secret_key *witness)
{
	struct err e = {0};
	struct merkle_source source = merkle_tree_source(&w->tree);
	struct log_proof proof = {.index = w->tree.edge.size - 1};
	struct checkpoint head = {
	    .origin = ORIGIN, .size = w->tree.edge.size, .root = merkle_edge_root(&w->tree.edge)};
	struct note *note = arena_alloc(&w->arena, sizeof *note);
	struct bytes line = {0};
	must(merkle_inclusion(&source, proof.index, head.size, &proof.inclusion, &e) &&
	         checkpoint_sign(&w->arena, &head, &w->authority, &proof.checkpoint, &e) &&
	         note_parse(&w->arena, proof.checkpoint, note, &e) &&
	         cosignature_sign(&w->arena, note, witness, 1800000001, &line, &e),
	     &e, "cosign");
	struct buffer b = {.arena = &w->arena};
	buffer_bytes(&b, proof.checkpoint);
	buffer_bytes(&b, line);
	proof.checkpoint = buffer_view(&b);
	return granted_format(
	    &w->arena,
	    reply_format(&w->arena, asked->request.record.bytes, proof_format(&w->arena, &proof)),
	    w->key_record);
}

static void a_holder_may_demand_witnesses(void)
{
	struct world w;
	struct asked asked = {0};
	struct err e = {0};
	struct secret_key witness, stranger;
	uint8_t seed[KEY_SEED] = {31};
	world_begin(&w);
	must(key_make(KEY_ED25519, "witness.example", seed, &witness, &e), &e, "key");
	seed[0] = 32;
	must(key_make(KEY_ED25519, "witness.example", seed, &stranger, &e), &e, "key");
	ask(&w, people, 1, &asked);
	char *log = key_line(&w.arena, &w.authority.public);
	char *cosigner = key_cosigner_line(&w.arena, &witness.public);
	log[strcspn(log, "\n")] = cosigner[strcspn(cosigner, "\n")] = 0;
	struct policy *policy = arena_alloc(&w.arena, sizeof *policy);
	struct bytes text =
	    bytes_text(arena_printf(&w.arena, "log %s\nwitness W %s\nquorum W\n", log, cosigner));
	must(policy_parse(&w.arena, text, policy, &e), &e, "policy");
	CHECK_REFUSED(granted_witnessed(&w.arena, asked.granted, policy, &e), e,
	              "tags.not-witnessed");
	CHECK_REFUSED(granted_witnessed(&w.arena, cosigned(&w, &asked, &stranger), policy, &e), e,
	              "tags.not-witnessed");
	struct bytes good = cosigned(&w, &asked, &witness);
	CHECK(granted_witnessed(&w.arena, good, policy, &e), "%s", e.text);
	CHECK(open_with(&w, good, &w.authority.public, &e), "%s", e.text);
	world_end(&w);
}

static void a_transcript_shows_the_tags_to_anybody(void)
{
	struct world w;
	struct asked asked = {0};
	struct tag tags[3];
	struct transcript t;
	struct err e;
	const char *origin;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct bytes two[] = {evaluate(&w, &asked, &w.shares[0].key),
	                      evaluate(&w, &asked, &w.shares[1].key)};
	CHECK(combine(&w, &asked, two, 2, tags, &e), "%s", e.text);
	struct bytes file = transcript_format(&w.arena, asked.granted, two, 2, asked.blinds, 3);
	CHECK(transcript_origin(&w.arena, file, &origin, &e) && strcmp(origin, ORIGIN) == 0, "%s",
	      e.text);
	CHECK(transcript_open(&w.arena, file, &w.authority.public, &t, &e), "%s", e.text);
	for (size_t i = 0; i < 3; i++) {
		CHECK(memcmp(t.tags[i].at, tags[i].at, TAG_SIZE) == 0, "tag %zu", i);
		CHECK(strcmp(t.blinds[i].selector, asked.blinds[i].selector) == 0, "selector %zu",
		      i);
	}
	uint8_t *at = arena_alloc(&w.arena, file.len);
	for (size_t i = 0; i < file.len; i += 7) {
		memcpy(at, file.at, file.len);
		at[i] ^= 0x20;
		/* What is signed twice, as a cosignature's name, may differ: nothing that is said
		 * may. */
		if (transcript_open(&w.arena, bytes_of(at, file.len), &w.authority.public, &t, &e))
			for (size_t k = 0; k < 3; k++)
				CHECK(memcmp(t.tags[k].at, tags[k].at, TAG_SIZE) == 0,
				      "byte %zu changes a tag", i);
	}
	for (size_t len = 0; len < file.len; len += 5)
		CHECK(
		    !transcript_open(&w.arena, bytes_of(file.at, len), &w.authority.public, &t, &e),
		    "cut to %zu bytes", len);
	world_end(&w);
}

static void blinds_come_back_as_they_were(void)
{
	struct world w;
	struct asked asked = {0};
	struct tag_blind *blinds;
	struct hash request;
	size_t count;
	struct err e;
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct bytes file = blinds_format(&w.arena, &asked.request.record.id, asked.blinds, 3);
	CHECK(blinds_parse(&w.arena, file, &request, &blinds, &count, &e) && count == 3, "%s",
	      e.text);
	CHECK(hash_equal(&request, &asked.request.record.id), "another request");
	for (size_t i = 0; i < 3; i++)
		CHECK(memcmp(blinds[i].blind.at, asked.blinds[i].blind.at, OPRF_SIZE) == 0 &&
		          strcmp(blinds[i].selector, asked.blinds[i].selector) == 0,
		      "blind %zu", i);
	asked.blinds[0].selector = "TEL:+99955501234"; /* not the normal form */
	file = blinds_format(&w.arena, &request, asked.blinds, 3);
	CHECK(!blinds_parse(&w.arena, file, &request, &blinds, &count, &e) && e.kind == ERR_INPUT &&
	          strcmp(e.rule, "tags.file") == 0,
	      "%s", e.text);
	world_end(&w);
}

/* --- Protected persons
 * ------------------------------------------------------------------------------ */

static void a_list_has_its_members_and_says_nothing_of_them(void)
{
	struct world w;
	struct asked asked = {0};
	struct tag tags[3];
	struct protected_list list;
	struct err e;
	uint8_t salt[PROTECTED_SALT] = {1}, other_salt[PROTECTED_SALT] = {2};
	world_begin(&w);
	ask(&w, people, 3, &asked);
	struct bytes two[] = {evaluate(&w, &asked, &w.shares[0].key),
	                      evaluate(&w, &asked, &w.shares[1].key)};
	CHECK(combine(&w, &asked, two, 2, tags, &e), "%s", e.text);
	struct tag members[] = {tags[1], tags[0], tags[1]};
	struct bytes file = protected_make(&w.arena, members, 3, salt);
	CHECK(protected_parse(file, &list, &e) && list.count == 2, "%s", e.text);
	CHECK(protected_has(&list, tags[0].at) && protected_has(&list, tags[1].at),
	      "a member is missing");
	CHECK(!protected_has(&list, tags[2].at), "a stranger is a member");
	/* Neither selector nor tag is in it, and another salt gives another list. */
	for (size_t i = 0; i < 2; i++)
		CHECK(memmem(file.at, file.len, tags[i].at, TAG_SIZE) == NULL,
		      "tag %zu can be read", i);
	struct bytes again = protected_make(&w.arena, members, 3, other_salt);
	CHECK(memmem(again.at, again.len, list.members.at, 16) == NULL, "lists can be compared");
	/* Trying a selector without the quorum: what can be worked out from it alone is no member.
	 */
	for (size_t i = 0; i < 3; i++) {
		struct hash guess = sha256(bytes_text(asked.blinds[i].selector));
		CHECK(!protected_has(&list, guess.at), "a selector can be tried");
	}
	CHECK(protected_parse(protected_make(&w.arena, NULL, 0, salt), &list, &e) &&
	          list.count == 0 && !protected_has(&list, tags[0].at),
	      "an empty list");
	uint8_t *at = arena_alloc(&w.arena, file.len);
	memcpy(at, file.at, file.len);
	memcpy(at + file.len - 16, at + file.len - 32, 16);
	CHECK(!protected_parse(bytes_of(at, file.len), &list, &e), "a member twice");
	CHECK(!protected_parse(bytes_of(file.at, file.len - 1), &list, &e), "cut short");
	CHECK(!protected_parse(bytes_of(file.at + 1, file.len - 1), &list, &e),
	      "another kind of file");
	world_end(&w);
}

TEST_MAIN(TEST(a_tag_is_the_function_of_the_whole_key), TEST(every_quorum_gives_the_same_tags),
          TEST(the_same_subject_has_one_tag_and_many_blindings), TEST(one_holder_is_no_quorum),
          TEST(a_wrong_share_is_named), TEST(an_evaluation_of_another_request_is_refused),
          TEST(a_tag_for_another_selector_is_refused), TEST(fewer_or_changed_answers_are_refused),
          TEST(a_request_that_is_not_on_the_log_is_refused),
          TEST(the_key_is_the_one_that_the_request_names),
          TEST(proofs_beside_a_tag_hold_for_it_alone), TEST(answers_out_of_number_are_refused),
          TEST(a_holder_may_demand_witnesses), TEST(a_transcript_shows_the_tags_to_anybody),
          TEST(blinds_come_back_as_they_were),
          TEST(a_list_has_its_members_and_says_nothing_of_them))

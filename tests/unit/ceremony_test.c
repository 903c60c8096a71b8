/* A key of tags made by its holders: what they get, what stays the same, and who cheated. */
#include "tags/ceremony.h"
#include "test.h"

#include <sodium.h>

#include "record/cbor.h"

enum { MOST = 9 };

#define ORIGIN "authority.example/log"

static uint64_t seed;

static void fill(uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)test_random(&seed);
}

static void must(bool good, const struct err *e, const char *what)
{
	if (!good) {
		printf("# %s: %s\nBail out!\n", what, e->text);
		exit(1);
	}
}

/* Some parties by name, and what each has. */
struct people {
	struct arena arena;
	size_t count;
	struct secret_key key[MOST];
	struct ceremony_self self[MOST];
	struct oprf_scalar share[MOST]; /* after the last ceremony */
	struct tags_body tags;          /* of it */
	struct bytes record;
};

static void people_begin(struct people *p, size_t count)
{
	*p = (struct people){.count = count};
	for (size_t i = 0; i < count; i++) {
		uint8_t from[KEY_SEED];
		struct err e = {0};
		fill(from, sizeof from);
		must(key_make(i % 3 == 2 ? KEY_ES256 : KEY_ED25519,
		              arena_printf(&p->arena, "holder-%zu", i), from, &p->key[i], &e),
		     &e, "key");
	}
}

static void people_end(struct people *p)
{
	arena_free(&p->arena);
}

/* By numbers of people: a plan, and everybody ready with a new seed and the share he has. */
struct casting {
	size_t holders[MOST], holder_count, dealers[MOST], dealer_count;
	unsigned threshold;
};

static bool plan(struct people *p, const struct casting *cast, struct ceremony *out, struct err *e)
{
	struct public_key holders[MOST], dealers[MOST];
	uint8_t nonce[CEREMONY_NONCE];
	struct bytes file;
	*e = (struct err){0};
	fill(nonce, sizeof nonce);
	for (size_t i = 0; i < cast->holder_count; i++)
		holders[i] = p->key[cast->holders[i]].public;
	for (size_t i = 0; i < cast->dealer_count; i++)
		dealers[i] = p->key[cast->dealers[i]].public;
	for (size_t i = 0; i < p->count; i++) {
		p->self[i] = (struct ceremony_self){.key = &p->key[i], .share = p->share[i]};
		fill(p->self[i].seed, CEREMONY_SEED);
	}
	return ceremony_plan_make(&p->arena, ORIGIN, 1800000000, cast->threshold, holders,
	                          cast->holder_count, dealers, cast->dealer_count,
	                          cast->dealer_count > 0 ? p->record : (struct bytes){0}, nonce,
	                          &file, e) &&
	       ceremony_begin(&p->arena, file, out, e);
}

static size_t number_of(const struct people *p, const struct ceremony *c, size_t party)
{
	size_t i = 0;
	while (!key_equal(&p->key[i].public, &c->plan.parties[party].key))
		i++;
	return i;
}

static bool next(struct people *p, const struct ceremony *c, size_t party,
                 struct ceremony_step *step, struct err *e)
{
	uint8_t random[OPRF_RANDOM];
	fill(random, sizeof random);
	return ceremony_next(c, &p->self[number_of(p, c, party)], random, step, e);
}

/* What a cheat does with a message before anybody sees it. */
typedef void cheat(struct people *, const struct ceremony *, unsigned round, size_t party,
                   struct bytes *message);

static bool run(struct people *p, struct ceremony *c, cheat *cheats, struct err *e)
{
	size_t waits[CEREMONY_PARTIES], count;
	unsigned round;
	while ((round = ceremony_waits(c, waits, &count)) > 0) {
		size_t party = waits[test_random(&seed) % count];
		struct ceremony_step step;
		bool is_new;
		if (!next(p, c, party, &step, e))
			return false;
		CHECK(step.has_message, "party %zu has nothing to say in round %u", party, round);
		if (step.has_share)
			p->share[number_of(p, c, party)] = step.share;
		if (cheats != NULL)
			cheats(p, c, round, party, &step.message);
		if (!ceremony_add(c, step.message, &is_new, e))
			return false;
		CHECK(is_new, "said before");
	}
	return true;
}

static void conclude(struct people *p, const struct ceremony *c)
{
	union record_body body;
	struct err e = {0};
	must(ceremony_conclude(c, &p->tags, &e), &e, "conclude");
	body.tags = p->tags;
	must(record_sign(&p->arena, KIND_TAGS, &body, ORIGIN, 1800000000, &p->key[0], &p->record,
	                 &e),
	     &e, "sign");
}

static struct casting everybody(size_t count, unsigned threshold)
{
	struct casting out = {.holder_count = count, .threshold = threshold};
	for (size_t i = 0; i < count; i++)
		out.holders[i] = i;
	return out;
}

static void make_key(struct people *p, unsigned threshold)
{
	struct casting cast = everybody(p->count, threshold);
	struct ceremony c;
	struct err e;
	must(plan(p, &cast, &c, &e) && run(p, &c, NULL, &e), &e, "ceremony");
	conclude(p, &c);
}

/* --- What shares are worth ---------------------------------------------------------------------
 */

/* The evaluation of one input by these people's shares; each is proven to be of the record. */
static bool evaluate(struct people *p, const size_t who[], size_t count, struct oprf_element *out)
{
	static const struct oprf_scalar blind = {.at = {7}};
	const struct tag_holder *holders = p->tags.holders.at;
	struct oprf_element blinded, parts[MOST];
	uint8_t index[MOST], random[OPRF_RANDOM];
	struct err e = {0};
	must(oprf_blind(bytes_text("tel:+99955501"), &blind, &blinded, &e), &e, "blind");
	for (size_t i = 0; i < count; i++) {
		struct oprf_proof proof;
		struct oprf_element public;
		size_t at = 0;
		while (strcmp(holders[at].name, p->key[who[i]].public.name) != 0)
			at++;
		index[i] = (uint8_t)(at + 1);
		memcpy(public.at, holders[at].public.at, OPRF_SIZE);
		fill(random, sizeof random);
		must(oprf_evaluate(&p->share[who[i]], &blinded, 1, random, &parts[i], &proof, &e),
		     &e, "evaluate");
		if (!oprf_verify(&public, &blinded, &parts[i], 1, &proof, &e))
			return false;
	}
	return oprf_combine(index, parts, count, out, &e);
}

/* Every subset of the holders: those of the threshold or more give one value, no others do. */
static void check_quorums(struct people *p, const struct casting *cast, struct oprf_element *value)
{
	static const struct oprf_element none = {0};
	for (unsigned set = 1; set < 1U << cast->holder_count; set++) {
		struct oprf_element is;
		size_t who[MOST], count = 0;
		for (size_t i = 0; i < cast->holder_count; i++)
			if (set >> i & 1)
				who[count++] = cast->holders[i];
		CHECK(evaluate(p, who, count, &is), "set %x is not proven", set);
		if (count >= cast->threshold && memcmp(value, &none, sizeof none) == 0)
			*value = is;
	}
	for (unsigned set = 1; set < 1U << cast->holder_count; set++) {
		struct oprf_element is;
		size_t who[MOST], count = 0;
		for (size_t i = 0; i < cast->holder_count; i++)
			if (set >> i & 1)
				who[count++] = cast->holders[i];
		evaluate(p, who, count, &is);
		CHECK((memcmp(is.at, value->at, OPRF_SIZE) == 0) == (count >= cast->threshold),
		      "%zu of %zu, threshold %u", count, cast->holder_count, cast->threshold);
	}
}

static void any_quorum_evaluates_alike_and_fewer_do_not(void)
{
	for (unsigned count = 2; count <= 5; count++)
		for (unsigned threshold = 2; threshold <= count; threshold++) {
			struct people p;
			struct oprf_element value = {0};
			struct casting cast = everybody(count, threshold);
			people_begin(&p, count);
			make_key(&p, threshold);
			check_quorums(&p, &cast, &value);
			CHECK(p.tags.number == 1 && p.tags.has_ceremony, "the record");
			people_end(&p);
		}
}

static void shares_made_anew_evaluate_as_before_and_do_not_mix_with_old_ones(void)
{
	struct people p;
	struct oprf_element value = {0}, mixed;
	struct casting cast = everybody(4, 3), anew = cast;
	struct oprf_scalar old[MOST];
	struct ceremony c;
	struct err e;
	people_begin(&p, 4);
	make_key(&p, 3);
	check_quorums(&p, &cast, &value);
	struct tags_body before = p.tags;
	memcpy(old, p.share, sizeof old);
	for (anew.dealer_count = 0; anew.dealer_count < 3; anew.dealer_count++)
		anew.dealers[anew.dealer_count] = anew.dealer_count + 1; /* a quorum is enough */
	CHECK(plan(&p, &anew, &c, &e) && run(&p, &c, NULL, &e), "%s", e.text);
	conclude(&p, &c);
	check_quorums(&p, &cast, &value);
	CHECK(p.tags.number == 2 && hash_equal(&p.tags.public, &before.public), "another key");
	for (size_t i = 0; i < 4; i++)
		CHECK(memcmp(old[i].at, p.share[i].at, OPRF_SIZE) != 0, "share %zu is as it was",
		      i);
	/* One old share among new ones is shown to be none, and would give another value. */
	p.share[2] = old[2];
	CHECK(!evaluate(&p, (size_t[]){0, 1, 2}, 3, &mixed), "an old share is proven");
	struct oprf_scalar sum = {0}, want = {0};
	for (size_t i = 0; i < 3; i++) {
		struct oprf_scalar weight = oprf_weight((uint8_t[]){1, 2, 3}, 3, i);
		vss_add_scalar(&sum, &weight, &p.share[i]);
		vss_add_scalar(&want, &weight, &old[i]);
	}
	CHECK(memcmp(sum.at, want.at, OPRF_SIZE) != 0, "old and new shares mix");
	people_end(&p);
}

static void lost_holders_are_replaced_by_a_quorum_of_the_others(void)
{
	struct people p;
	struct oprf_element value = {0};
	struct casting cast = everybody(4, 2);
	/* Holder 0 is lost, 1 leaves, 4 and 5 come; it takes three from now on. */
	struct casting anew = {.holders = {2, 4, 3, 5},
	                       .holder_count = 4,
	                       .dealers = {1, 3},
	                       .dealer_count = 2,
	                       .threshold = 3};
	struct ceremony c;
	struct err e;
	people_begin(&p, 6);
	struct casting first = cast;
	must(plan(&p, &first, &c, &e) && run(&p, &c, NULL, &e), &e, "ceremony");
	conclude(&p, &c);
	check_quorums(&p, &cast, &value);
	struct hash key = p.tags.public;
	CHECK(plan(&p, &anew, &c, &e) && run(&p, &c, NULL, &e), "%s", e.text);
	conclude(&p, &c);
	CHECK(hash_equal(&p.tags.public, &key) && p.tags.threshold == 3, "another key");
	check_quorums(&p, &anew, &value);
	people_end(&p);
}

/* --- Cheats --------------------------------------------------------------------------------------
 */

/* The message of another payload, signed again. */
static void resign(struct people *p, const struct ceremony *c, size_t party, struct bytes payload,
                   struct bytes *message)
{
	const struct secret_key *key = &p->key[number_of(p, c, party)];
	struct cose_claims claims = {key->public.name, ORIGIN, 1800000000};
	struct err e = {0};
	must(cose_sign(&p->arena, key, "application/vnd.proviso.ceremony+cbor", &claims, payload,
	               message, &e),
	     &e, "sign");
}

/* One bit of the payload, `back` bytes from its end, turned. */
static void turn(struct people *p, const struct ceremony *c, size_t party, size_t back,
                 struct bytes *message)
{
	struct cose_sign1 cose;
	struct err e = {0};
	must(cose_decode(&p->arena, *message, &cose, &e), &e, "message");
	char *copy = arena_copy(&p->arena, cose.payload.at, cose.payload.len);
	copy[cose.payload.len - back] ^= 1;
	resign(p, c, party, bytes_of(copy, cose.payload.len), message);
}

enum { ELEMENT = 2 + OPRF_SIZE }; /* as a byte string */

/* Party 1 gives the last holder a share with one bit turned. */
static void bad_share(struct people *p, const struct ceremony *c, unsigned round, size_t party,
                      struct bytes *message)
{
	if (round == 2 && party == 1)
		turn(p, c, party, OPRF_SIZE, message);
}

/* Its proof; before it stand the shares of four holders. */
static void bad_proof(struct people *p, const struct ceremony *c, unsigned round, size_t party,
                      struct bytes *message)
{
	if (round == 2 && party == 1)
		turn(p, c, party, 4 * ELEMENT + 1 + OPRF_SIZE, message);
}

static void bad_commitment(struct people *p, const struct ceremony *c, unsigned round, size_t party,
                           struct bytes *message)
{
	if (round == 2 && party == 1)
		turn(p, c, party, 4 * ELEMENT + 1 + 2 * ELEMENT + OPRF_SIZE, message);
}

static void bad_element(struct people *p, const struct ceremony *c, unsigned round, size_t party,
                        struct bytes *message)
{
	if (round == 1 && party == 1)
		turn(p, c, party, ELEMENT + OPRF_SIZE, message);
}

static void bad_digest(struct people *p, const struct ceremony *c, unsigned round, size_t party,
                       struct bytes *message)
{
	if (round == 3 && party == 1)
		turn(p, c, party, 1, message);
}

/* Says it saw another first message of the first party. */
static void bad_view(struct people *p, const struct ceremony *c, unsigned round, size_t party,
                     struct bytes *message)
{
	if (round == 2 && party == 1)
		turn(p, c, party, 4 * ELEMENT + 1 + 2 * ELEMENT + 3 * ELEMENT + 1 + 4 * ELEMENT - 2,
		     message);
}

/* Complains of dealer 2, with the honest opening of a share that fits. */
static void complain_falsely(struct people *p, const struct ceremony *c, unsigned round,
                             size_t party, struct bytes *message)
{
	/* As ceremony_self.c draws it. */
	uint8_t saying[HASH_SIZE + 1], random[OPRF_RANDOM * 35];
	struct buffer b = {.arena = &p->arena};
	struct oprf_element common;
	struct oprf_proof proof;
	struct cose_sign1 cose;
	struct err e = {0};
	if (round != 3 || party != 1)
		return;
	memcpy(saying, c->plan.id.at, HASH_SIZE);
	saying[HASH_SIZE] = (uint8_t)party;
	struct hash from = sha256_parts(
	    (struct bytes[]){bytes_text("proviso-ceremony-1 drawn"),
	                     bytes_of(p->self[number_of(p, c, party)].seed, CEREMONY_SEED),
	                     bytes_of(saying, sizeof saying)},
	    3);
	randombytes_buf_deterministic(random, sizeof random, from.at);
	struct oprf_scalar decrypts = oprf_random_scalar(random);
	must(oprf_evaluate(&decrypts, &c->from[2], 1, random, &common, &proof, &e), &e,
	     "complaint");
	must(cose_decode(&p->arena, *message, &cose, &e), &e, "message");
	buffer_u8(&b, 0x88);
	buffer_bytes(&b, bytes_of(cose.payload.at + 1, cose.payload.len - 1));
	cbor_uint(&b, 2);
	cbor_bytes(&b, bytes_of(common.at, OPRF_SIZE));
	cbor_bytes(&b, bytes_of(proof.challenge.at, OPRF_SIZE));
	cbor_bytes(&b, bytes_of(proof.response.at, OPRF_SIZE));
	resign(p, c, party, buffer_view(&b), message);
}

static void complain_of_nothing(struct people *p, const struct ceremony *c, unsigned round,
                                size_t party, struct bytes *message)
{
	complain_falsely(p, c, round, party, message);
	if (round == 3 && party == 1)
		turn(p, c, party, 1, message);
}

static const struct {
	const char *what;
	cheat *cheats;
	const char *rule;
} cheats[] = {
    {"a share that does not fit", bad_share, "ceremony.bad-share"},
    {"a proof that is none", bad_proof, "ceremony.proof"},
    {"another polynomial", bad_commitment, "ceremony.commitment"},
    {"no element", bad_element, "ceremony.commitment"},
    {"another view in the end", bad_digest, "ceremony.views-differ"},
    {"another view of the beginning", bad_view, "ceremony.views-differ"},
    {"a complaint of a share that fits", complain_falsely, "ceremony.complaint"},
    {"a complaint without proof", complain_of_nothing, "ceremony.complaint"},
};

static void whoever_cheats_is_named(void)
{
	for (size_t i = 0; i < sizeof cheats / sizeof *cheats; i++) {
		struct people p;
		struct casting cast = everybody(4, 3);
		struct ceremony c;
		struct err e;
		people_begin(&p, 4);
		must(plan(&p, &cast, &c, &e), &e, "plan");
		bool done = run(&p, &c, cheats[i].cheats, &e);
		CHECK(!done && e.kind == ERR_REFUSED && strcmp(e.rule, cheats[i].rule) == 0,
		      "%s: %s %s", cheats[i].what, e.rule == NULL ? "-" : e.rule, e.text);
		CHECK(strncmp(e.text, "holder-1", 8) == 0, "%s: %s", cheats[i].what, e.text);
		struct tags_body none;
		CHECK(!ceremony_conclude(&c, &none, &e) && strcmp(e.rule, "ceremony.not-done") == 0,
		      "concluded");
		people_end(&p);
	}
}

static void a_dealer_cannot_deal_another_share_than_his_own(void)
{
	struct people p;
	struct casting cast = everybody(3, 2);
	struct ceremony c;
	struct err e;
	people_begin(&p, 3);
	make_key(&p, 2);
	cast.dealers[0] = 0, cast.dealers[1] = 1, cast.dealer_count = 2;
	struct oprf_scalar mine = p.share[1];
	p.share[1] = p.share[2];
	CHECK(plan(&p, &cast, &c, &e) && !run(&p, &c, NULL, &e) &&
	          strcmp(e.rule, "ceremony.no-such-share") == 0,
	      "%s", e.text);
	/* Who does not check himself is found by the others: his record claims no share. */
	p.share[1] = mine;
	CHECK(plan(&p, &cast, &c, &e), "%s", e.text);
	struct ceremony lax = c;
	lax.plan.parties[1].share = 0;
	struct ceremony_step step[3];
	bool is_new;
	for (size_t i = 0; i < 3; i++)
		CHECK(next(&p, i == 1 ? &lax : &c, i, &step[i], &e), "%s", e.text);
	for (size_t i = 0; i < 3; i++)
		CHECK(ceremony_add(&c, step[i].message, &is_new, &e) &&
		          ceremony_add(&lax, step[i].message, &is_new, &e),
		      "%s", e.text);
	CHECK(next(&p, &lax, 1, &step[1], &e) && !ceremony_add(&c, step[1].message, &is_new, &e) &&
	          strcmp(e.rule, "ceremony.another-share") == 0 && strstr(e.text, "holder-1"),
	      "%s", e.text);
	people_end(&p);
}

static void a_party_says_one_thing_in_its_turn_and_signs_it(void)
{
	struct people p;
	struct casting cast = everybody(3, 2);
	struct ceremony c, other;
	struct ceremony_step step, second;
	struct err e;
	bool is_new = true;
	people_begin(&p, 4);
	must(plan(&p, &cast, &other, &e) && next(&p, &other, 0, &second, &e), &e, "plan");
	must(plan(&p, &cast, &c, &e) && next(&p, &c, 0, &step, &e), &e, "plan");
	CHECK(!ceremony_add(&c, second.message, &is_new, &e) &&
	          strcmp(e.rule, "ceremony.other-plan") == 0,
	      "%s", e.text);
	CHECK(ceremony_add(&c, step.message, &is_new, &e) && is_new, "%s", e.text);
	CHECK(ceremony_add(&c, step.message, &is_new, &e) && !is_new, "%s", e.text);
	struct bytes changed = step.message;
	turn(&p, &c, 0, 1, &changed);
	CHECK(!ceremony_add(&c, changed, &is_new, &e) && strcmp(e.rule, "ceremony.two-words") == 0,
	      "%s", e.text);
	uint8_t *bent = (uint8_t *)arena_copy(&p.arena, step.message.at, step.message.len);
	bent[step.message.len - 1] ^= 1;
	CHECK(!ceremony_add(&c, bytes_of(bent, step.message.len), &is_new, &e) &&
	          strcmp(e.rule, "ceremony.signature") == 0,
	      "%s", e.text);
	/* A draft that was lost: another seed would say another thing. */
	fill(p.self[0].seed, CEREMONY_SEED);
	CHECK(!next(&p, &c, 0, &step, &e) && strcmp(e.rule, "ceremony.not-mine") == 0, "%s",
	      e.text);
	size_t party;
	CHECK(!ceremony_party(&c.plan, &p.key[3].public, &party, &e) &&
	          strcmp(e.rule, "ceremony.not-a-party") == 0,
	      "%s", e.text);
	/* And a round begins when the one before is whole. */
	struct ceremony whole;
	must(plan(&p, &cast, &whole, &e), &e, "plan");
	struct ceremony empty = whole;
	for (size_t i = 0; i < 3; i++)
		must(next(&p, &whole, i, &step, &e) &&
		         ceremony_add(&whole, step.message, &is_new, &e),
		     &e, "first");
	must(next(&p, &whole, 1, &step, &e), &e, "second");
	CHECK(!ceremony_add(&empty, step.message, &is_new, &e) &&
	          strcmp(e.rule, "ceremony.early") == 0,
	      "%s", e.text);
	people_end(&p);
}

static void a_plan_that_cannot_be_is_refused(void)
{
	struct people p;
	struct casting cast = everybody(3, 2), bad;
	struct ceremony c;
	struct err e;
	people_begin(&p, 4);
	make_key(&p, 2);
	p.tags.holders.count = 3;
	static const struct {
		unsigned threshold;
		size_t holder, dealers[2], dealer_count;
		const char *rule;
	} rows[] = {
	    {1, 2, {0}, 0, "ceremony.threshold"},      {4, 2, {0}, 0, "ceremony.threshold"},
	    {2, 1, {0}, 0, "ceremony.party-twice"},    {2, 2, {0}, 1, "ceremony.too-few"},
	    {2, 2, {0, 0}, 2, "ceremony.party-twice"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bad = cast;
		bad.threshold = rows[i].threshold;
		bad.holders[2] = rows[i].holder;
		memcpy(bad.dealers, rows[i].dealers, sizeof rows[i].dealers);
		bad.dealer_count = rows[i].dealer_count;
		CHECK(!plan(&p, &bad, &c, &e) && strcmp(e.rule, rows[i].rule) == 0, "row %zu: %s",
		      i, e.text);
	}
	/* A dealer the record does not name. */
	bad = cast;
	make_key(&p, 2); /* of four holders */
	people_end(&p);
	people_begin(&p, 4);
	struct casting three = everybody(3, 2);
	must(plan(&p, &three, &c, &e) && run(&p, &c, NULL, &e), &e, "three");
	conclude(&p, &c);
	bad.dealers[0] = 0, bad.dealers[1] = 3, bad.dealer_count = 2;
	CHECK(!plan(&p, &bad, &c, &e) && strcmp(e.rule, "ceremony.not-a-holder") == 0, "%s",
	      e.text);
	people_end(&p);
}

static void what_all_said_can_be_checked_from_nothing(void)
{
	struct people p;
	struct casting cast = everybody(3, 2);
	struct ceremony c, again;
	struct tags_body tags;
	struct err e;
	people_begin(&p, 3);
	must(plan(&p, &cast, &c, &e) && run(&p, &c, NULL, &e), &e, "ceremony");
	conclude(&p, &c);
	struct bytes file = ceremony_format(&c);
	CHECK(ceremony_parse(&p.arena, file, &again, &e) && ceremony_conclude(&again, &tags, &e) &&
	          hash_equal(&tags.ceremony, &p.tags.ceremony) &&
	          hash_equal(&tags.public, &p.tags.public),
	      "%s", e.text);
	uint8_t *bent = (uint8_t *)arena_copy(&p.arena, file.at, file.len);
	for (size_t at = 0; at < file.len; at += 97) {
		bent[at] ^= 1;
		bool good = ceremony_parse(&p.arena, bytes_of(bent, file.len), &again, &e) &&
		            ceremony_conclude(&again, &tags, &e);
		CHECK(!good, "byte %zu", at);
		bent[at] ^= 1;
	}
	people_end(&p);
}

int main(void)
{
	static const struct test tests[] = {
	    TEST(any_quorum_evaluates_alike_and_fewer_do_not),
	    TEST(shares_made_anew_evaluate_as_before_and_do_not_mix_with_old_ones),
	    TEST(lost_holders_are_replaced_by_a_quorum_of_the_others),
	    TEST(whoever_cheats_is_named),
	    TEST(a_dealer_cannot_deal_another_share_than_his_own),
	    TEST(a_party_says_one_thing_in_its_turn_and_signs_it),
	    TEST(a_plan_that_cannot_be_is_refused),
	    TEST(what_all_said_can_be_checked_from_nothing),
	};
	struct err e = {0};
	if (!key_library_start(&e))
		return 1;
	seed = test_seed();
	return test_main(tests, sizeof tests / sizeof *tests);
}

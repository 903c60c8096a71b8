/* RFC 9497's vectors, and what blinding, proving and sharing promise. */
#include "base/oprf.h"

#include "base/file.h"
#include "base/key.h"
#include "split.h"
#include "test.h"

#include <jansson.h>

static uint64_t seed;

static void fill(uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)test_random(&seed);
}

static struct oprf_scalar random_scalar(void)
{
	uint8_t random[OPRF_RANDOM];
	fill(random, sizeof random);
	return oprf_random_scalar(random);
}

static bool same(const void *a, const void *b)
{
	return memcmp(a, b, OPRF_SIZE) == 0;
}

/* --- Vectors ----------------------------------------------------------------------------- */

static struct bytes member(struct arena *arena, const json_t *object, const char *name)
{
	struct bytes out = {0};
	const char *text = json_string_value(json_object_get(object, name));
	CHECK(text != NULL && hex_decode(arena, text, &out), "no %s", name);
	return out;
}

/* A batch's values are one text, with commas between. */
static size_t split_values(struct arena *arena, const json_t *object, const char *name,
                           struct bytes out[])
{
	const char *text = json_string_value(json_object_get(object, name));
	size_t count = 0;
	CHECK(text != NULL, "no %s", name);
	while (text != NULL && *text != 0 && count < 4) {
		size_t len = strcspn(text, ",");
		CHECK(hex_decode(arena, arena_copy(arena, text, len), &out[count++]),
		      "%s is not hex", name);
		text += len + (text[len] == ',');
	}
	return count;
}

struct vector_key {
	struct oprf_scalar key;
	struct oprf_element public;
};

static void check_vector(struct arena *arena, const struct vector_key *k, const json_t *vector)
{
	struct bytes input[4], blind[4], blinded[4], evaluated[4], output[4];
	struct oprf_element b[4], z[4], proven[4];
	struct oprf_scalar r[4];
	struct oprf_proof proof;
	struct err e = {0};
	uint8_t random[OPRF_RANDOM] = {0};
	size_t count = split_values(arena, vector, "Input", input);
	if (split_values(arena, vector, "Blind", blind) != count ||
	    split_values(arena, vector, "BlindedElement", blinded) != count ||
	    split_values(arena, vector, "EvaluationElement", evaluated) != count ||
	    split_values(arena, vector, "Output", output) != count) {
		CHECK(false, "a batch with lists of different lengths");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		memcpy(r[i].at, blind[i].at, OPRF_SIZE);
		CHECK(oprf_blind(input[i], &r[i], &b[i], &e), "%s", e.text);
		CHECK(same(b[i].at, blinded[i].at), "another blinded element");
	}
	/* The vector's own random scalar stands for the bytes that it was reduced from. */
	struct bytes nonce = member(arena, json_object_get(vector, "Proof"), "r");
	struct bytes wanted = member(arena, json_object_get(vector, "Proof"), "proof");
	memcpy(random, nonce.at, nonce.len);
	CHECK(oprf_evaluate(&k->key, b, count, random, z, &proof, &e), "%s", e.text);
	CHECK(same(proof.challenge.at, wanted.at) && same(proof.response.at, wanted.at + OPRF_SIZE),
	      "another proof");
	for (size_t i = 0; i < count; i++) {
		uint8_t got[OPRF_OUTPUT];
		memcpy(proven[i].at, evaluated[i].at, OPRF_SIZE);
		CHECK(same(z[i].at, proven[i].at), "another evaluation");
		CHECK(oprf_finalize(input[i], &r[i], &z[i], got, &e), "%s", e.text);
		CHECK(memcmp(got, output[i].at, OPRF_OUTPUT) == 0, "another output");
	}
	CHECK(oprf_verify(&k->public, b, proven, count, &proof, &e), "%s", e.text);
}

static void vectors_of_rfc_9497(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes file;
	json_t *suite, *vector;
	size_t i, n, checked = 0;
	if (test_data() == NULL)
		SKIP("PROVISO_TEST_DATA is not set");
	const char *path =
	    arena_printf(&arena, "%s/vectors/voprf/poc/vectors/allVectors.json", test_data());
	CHECK(file_read(&arena, path, 1 << 24, &file, &e), "%s", e.text);
	json_t *all = json_loadb((const char *)file.at, file.len, 0, NULL);
	json_array_foreach(all, i, suite)
	{
		struct vector_key k;
		const char *name = json_string_value(json_object_get(suite, "identifier"));
		if (name == NULL || strcmp(name, "ristretto255-SHA512") != 0 ||
		    json_integer_value(json_object_get(suite, "mode")) != 1)
			continue;
		struct bytes from = member(&arena, suite, "seed"),
		             info = member(&arena, suite, "keyInfo");
		CHECK(oprf_derive_key(from.at, info, &k.key, &e), "%s", e.text);
		CHECK(same(k.key.at, member(&arena, suite, "skSm").at), "another key");
		k.public = oprf_public(&k.key);
		CHECK(same(k.public.at, member(&arena, suite, "pkSm").at),
		      "another public element");
		json_array_foreach(json_object_get(suite, "vectors"), n, vector)
		{
			check_vector(&arena, &k, vector);
			checked++;
		}
	}
	json_decref(all);
	CHECK(checked == 3, "%zu vectors", checked);
}

/* The first vector of the RFC (appendix A.1.2), for a clone by itself. */
static void the_first_vector(void)
{
	static const char input[] = {0},
	                  *blind =
	                      "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
	                  *key_text =
	                      "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909",
	                  *want =
	                      "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
	                      "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c";
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes at, output;
	struct oprf_scalar r, key;
	struct oprf_element blinded, evaluated;
	struct oprf_proof proof;
	uint8_t random[OPRF_RANDOM] = {7}, got[OPRF_OUTPUT];
	hex_decode(&arena, blind, &at);
	memcpy(r.at, at.at, OPRF_SIZE);
	hex_decode(&arena, key_text, &at);
	memcpy(key.at, at.at, OPRF_SIZE);
	hex_decode(&arena, want, &output);
	CHECK(oprf_blind(bytes_of(input, 1), &r, &blinded, &e) &&
	          oprf_evaluate(&key, &blinded, 1, random, &evaluated, &proof, &e) &&
	          oprf_finalize(bytes_of(input, 1), &r, &evaluated, got, &e),
	      "%s", e.text);
	CHECK(memcmp(got, output.at, OPRF_OUTPUT) == 0, "another output");
}

/* --- Promises ------------------------------------------------------------------------------ */

struct evaluation {
	struct oprf_scalar key, blind;
	struct oprf_element public, blinded, evaluated;
	struct oprf_proof proof;
};

static struct evaluation evaluate(const char *input)
{
	struct evaluation v = {.key = random_scalar(), .blind = random_scalar()};
	struct err e = {0};
	uint8_t random[OPRF_RANDOM];
	fill(random, sizeof random);
	v.public = oprf_public(&v.key);
	CHECK(oprf_blind(bytes_text(input), &v.blind, &v.blinded, &e) &&
	          oprf_evaluate(&v.key, &v.blinded, 1, random, &v.evaluated, &v.proof, &e),
	      "%s", e.text);
	return v;
}

static void the_blind_changes_nothing(void)
{
	struct evaluation v = evaluate("tel:+99955501");
	uint8_t first[OPRF_OUTPUT], second[OPRF_OUTPUT], random[OPRF_RANDOM] = {1};
	struct err e = {0};
	CHECK(oprf_finalize(bytes_text("tel:+99955501"), &v.blind, &v.evaluated, first, &e), "%s",
	      e.text);
	struct oprf_scalar other = random_scalar();
	struct oprf_element blinded;
	CHECK(oprf_blind(bytes_text("tel:+99955501"), &other, &blinded, &e), "%s", e.text);
	CHECK(!same(blinded.at, v.blinded.at), "two blinds, one element");
	CHECK(oprf_evaluate(&v.key, &blinded, 1, random, &v.evaluated, &v.proof, &e) &&
	          oprf_finalize(bytes_text("tel:+99955501"), &other, &v.evaluated, second, &e),
	      "%s", e.text);
	CHECK(memcmp(first, second, OPRF_OUTPUT) == 0, "two blinds, two outputs");
}

static void a_proof_of_another_key_element_or_value_is_refused(void)
{
	struct evaluation v = evaluate("tel:+99955501"), other = evaluate("tel:+99955502");
	struct err e = {0};
	CHECK(oprf_verify(&v.public, &v.blinded, &v.evaluated, 1, &v.proof, &e), "%s", e.text);
	CHECK(!oprf_verify(&other.public, &v.blinded, &v.evaluated, 1, &v.proof, &e),
	      "another key");
	CHECK(!oprf_verify(&v.public, &other.blinded, &v.evaluated, 1, &v.proof, &e),
	      "another input");
	CHECK(!oprf_verify(&v.public, &v.blinded, &other.evaluated, 1, &v.proof, &e),
	      "another value");
	CHECK(!oprf_verify(&v.public, &v.blinded, &v.evaluated, 1, &other.proof, &e),
	      "another proof");
	CHECK(e.kind == ERR_REFUSED && strcmp(e.rule, "oprf.proof") == 0, "%s", e.text);
	for (size_t i = 0; i < sizeof v.proof; i++) {
		struct oprf_proof flipped = v.proof;
		((uint8_t *)&flipped)[i] ^= 1;
		CHECK(!oprf_verify(&v.public, &v.blinded, &v.evaluated, 1, &flipped, &e),
		      "byte %zu", i);
	}
}

static void a_batch_stands_under_one_proof(void)
{
	enum { COUNT = 7 };
	struct oprf_scalar key = random_scalar(), blind = random_scalar();
	struct oprf_element public = oprf_public(&key), blinded[COUNT], evaluated[COUNT];
	struct oprf_proof proof;
	struct err e = {0};
	uint8_t random[OPRF_RANDOM] = {9};
	for (size_t i = 0; i < COUNT; i++)
		CHECK(oprf_blind(bytes_of(&i, sizeof i), &blind, &blinded[i], &e), "%s", e.text);
	CHECK(oprf_evaluate(&key, blinded, COUNT, random, evaluated, &proof, &e), "%s", e.text);
	CHECK(oprf_verify(&public, blinded, evaluated, COUNT, &proof, &e), "%s", e.text);
	CHECK(!oprf_verify(&public, blinded, evaluated, COUNT - 1, &proof, &e), "one less");
	struct oprf_element first = evaluated[0];
	evaluated[0] = evaluated[1];
	evaluated[1] = first;
	CHECK(!oprf_verify(&public, blinded, evaluated, COUNT, &proof, &e), "two exchanged");
}

static void any_threshold_of_shares_evaluates_and_fewer_do_not(void)
{
	for (unsigned count = 1; count <= 6; count++) {
		for (unsigned threshold = 1; threshold <= count; threshold++) {
			struct evaluation v = evaluate("mailto:editor@gazette.example");
			struct key_share shares[6];
			struct oprf_element partial[6], combined;
			uint8_t random[6 * OPRF_RANDOM], index[6], one[OPRF_RANDOM] = {3};
			struct err e = {0};
			fill(random, sizeof random);
			split_key(&v.key, threshold, count, random, shares);
			for (unsigned i = 0; i < count; i++) {
				struct oprf_element public = oprf_public(&shares[i].key);
				struct oprf_proof proof;
				CHECK(oprf_evaluate(&shares[i].key, &v.blinded, 1, one, &partial[i],
				                    &proof, &e) &&
				          oprf_verify(&public, &v.blinded, &partial[i], 1, &proof,
				                      &e),
				      "%s", e.text);
				index[i] = shares[i].index;
			}
			/* Every window of `size` shares. */
			for (unsigned size = 1; size <= count; size++) {
				for (unsigned from = 0; from + size <= count; from++) {
					bool is = oprf_combine(index + from, partial + from, size,
					                       &combined, &e) &&
					          same(combined.at, v.evaluated.at);
					CHECK(is == (size >= threshold), "%u of %u, by %u",
					      threshold, count, size);
				}
			}
		}
	}
}

static void shares_that_cannot_be_combined_are_named(void)
{
	struct evaluation v = evaluate("x");
	struct oprf_element two[2] = {v.evaluated, v.evaluated}, out;
	struct err e = {0};
	CHECK(!oprf_combine((uint8_t[]){1, 1}, two, 2, &out, &e) &&
	          strcmp(e.rule, "oprf.shares") == 0,
	      "twice");
	CHECK(!oprf_combine((uint8_t[]){0, 1}, two, 2, &out, &e) &&
	          strcmp(e.rule, "oprf.shares") == 0,
	      "zero");
	CHECK(!oprf_combine((uint8_t[]){1}, two, 0, &out, &e) && strcmp(e.rule, "oprf.shares") == 0,
	      "none");
}

static void what_is_no_element_or_scalar_is_refused(void)
{
	struct evaluation v = evaluate("x");
	struct oprf_element zero = {0}, ones, out;
	struct oprf_scalar none = {0}, large;
	struct oprf_proof proof;
	struct err e = {0};
	uint8_t random[OPRF_RANDOM] = {1}, output[OPRF_OUTPUT];
	memset(&ones, 0xFF, sizeof ones);
	memset(&large, 0xFF, sizeof large);
	const struct oprf_element bad[] = {zero, ones};
	for (size_t i = 0; i < 2; i++) {
		CHECK(!oprf_evaluate(&v.key, &bad[i], 1, random, &out, &proof, &e) &&
		          strcmp(e.rule, "oprf.element") == 0,
		      "evaluated");
		CHECK(!oprf_verify(&bad[i], &v.blinded, &v.evaluated, 1, &v.proof, &e), "as a key");
		CHECK(!oprf_verify(&v.public, &bad[i], &v.evaluated, 1, &v.proof, &e),
		      "as an input");
		CHECK(!oprf_verify(&v.public, &v.blinded, &bad[i], 1, &v.proof, &e), "as a value");
		CHECK(!oprf_finalize(bytes_text("x"), &v.blind, &bad[i], output, &e), "finished");
		CHECK(!oprf_combine((uint8_t[]){1}, &bad[i], 1, &out, &e), "combined");
	}
	const struct oprf_scalar scalars[] = {none, large};
	for (size_t i = 0; i < 2; i++) {
		CHECK(!oprf_blind(bytes_text("x"), &scalars[i], &out, &e) &&
		          strcmp(e.rule, "oprf.scalar") == 0,
		      "as a blind");
		CHECK(!oprf_evaluate(&scalars[i], &v.blinded, 1, random, &out, &proof, &e),
		      "as a key");
		struct oprf_proof bent = v.proof;
		bent.response = scalars[i];
		CHECK(!oprf_verify(&v.public, &v.blinded, &v.evaluated, 1, &bent, &e),
		      "in a proof");
	}
	uint8_t *long_input = calloc(1, UINT16_MAX + 1);
	CHECK(!oprf_blind(bytes_of(long_input, UINT16_MAX + 1), &v.blind, &out, &e) &&
	          strcmp(e.rule, "oprf.input") == 0,
	      "64 KiB");
	free(long_input);
}

int main(void)
{
	static const struct test tests[] = {
	    TEST(vectors_of_rfc_9497),
	    TEST(the_first_vector),
	    TEST(the_blind_changes_nothing),
	    TEST(a_proof_of_another_key_element_or_value_is_refused),
	    TEST(a_batch_stands_under_one_proof),
	    TEST(any_threshold_of_shares_evaluates_and_fewer_do_not),
	    TEST(shares_that_cannot_be_combined_are_named),
	    TEST(what_is_no_element_or_scalar_is_refused),
	};
	struct err e = {0};
	if (!key_library_start(&e))
		return 1;
	seed = test_seed();
	return test_main(tests, sizeof tests / sizeof *tests);
}

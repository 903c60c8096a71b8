/*
 * What a record costs: to sign, to verify, to decode. One line of JSON a figure: the median
 * of several rounds.
 */
#include "record/record.h"

#include <assert.h>

#include "bench.h"
#include "record/cbor.h"
#include "scope/scope.h"

enum { ROUNDS = 9, ROUND_NANOSECONDS = 20000000 };

static const char origin[] = "authority.example/log";

static void stop(const char *what, const struct err *e)
{
	fprintf(stderr, "bench record: %s: %s\n", what, e->text);
	exit(1);
}

static const struct scope *licence_scope(struct arena *arena)
{
	const struct scope *scope;
	struct err e = {0};
	if (!scope_parse(arena,
	                 bytes_text("capability=capture.content,capture.headers; "
	                            "purpose=serious-crime.kidnapping,terrorism; territory=XR; "
	                            "subject-not=mailto:@state.gov,tel:+1; require=warrant; "
	                            "from=2026-01-01T00:00:00Z; until=2027-01-01T00:00:00Z; "
	                            "limit.subjects=25"),
	                 &scope, &e))
		stop("scope", &e);
	return scope;
}

static union record_body a_licence(struct arena *arena)
{
	static const char *capabilities[] = {"capture.content", "capture.headers"};
	union record_body body = {0};
	body.licence = (struct licence_body){
	    .application = {{1}},
	    .exporter = {"Exporter Ltd", "IL"},
	    .end_user = {"Ministry of the Interior", "XR"},
	    .declaration = {{2}},
	    .item = {"capture", "1.0", {capabilities, 2}},
	    .quantity = 2,
	    .scope = licence_scope(arena),
	    .lease_seconds = 3600,
	    .valid_until = 1798761600,
	};
	return body;
}

static union record_body a_lease(struct arena *arena)
{
	static uint8_t nonce[RENEWAL_NONCE] = {3};
	union record_body body = {0};
	body.lease = (struct lease_body){
	    .system = {{4}},
	    .device = {{5}},
	    .sequence = 1234,
	    .scope = licence_scope(arena),
	    .ttl_seconds = 3600,
	    .nonce = bytes_of(nonce, sizeof nonce),
	    .counter = 77,
	    .use_log = {987654, {{6}}},
	};
	return body;
}

struct sample {
	struct secret_key key;
	union record_body body;
	struct bytes signed_bytes;
	struct record record;
	struct bytes entry;
};

static struct sample new_sample(struct arena *arena, enum key_algorithm algorithm)
{
	static const uint8_t seed[KEY_SEED] = {1, 2, 3};
	struct sample s = {.body = a_licence(arena)};
	union record_body lease = a_lease(arena);
	struct err e = {0};
	if (!key_make(algorithm, "officer.example", seed, &s.key, &e) ||
	    !record_sign(arena, KIND_LICENCE, &s.body, origin, 1767225600, &s.key, &s.signed_bytes,
	                 &e) ||
	    !record_decode(arena, s.signed_bytes, &s.record, &e) ||
	    !record_entry(arena, KIND_LEASE, &lease, origin, 1767225600, &s.entry, &e))
		stop("sample", &e);
	return s;
}

/* What is measured; false when it did not do what it says. */
typedef bool work(const struct sample *);

static bool work_sign(const struct sample *s)
{
	owned_arena arena = {0};
	struct bytes out;
	struct err e;
	return record_sign(&arena, KIND_LICENCE, &s->body, origin, 1767225600, &s->key, &out, &e);
}

static bool work_verify(const struct sample *s)
{
	struct err e;
	return cose_verify(&s->record.cose, &s->key.public, &e);
}

static bool work_decode(const struct sample *s)
{
	owned_arena arena = {0};
	struct record out;
	struct err e;
	return record_decode(&arena, s->signed_bytes, &out, &e);
}

static bool work_decode_lease(const struct sample *s)
{
	owned_arena arena = {0};
	struct record out;
	struct err e;
	return record_decode(&arena, s->entry, &out, &e);
}

static bool work_check(const struct sample *s)
{
	struct err e;
	return cbor_check(s->entry, &e);
}

static double timed(work *w, const struct sample *s, uint64_t times)
{
	uint64_t done = 0;
	double from = bench_nanoseconds();
	for (uint64_t i = 0; i < times; i++)
		done += w(s);
	double each = (bench_nanoseconds() - from) / (double)times;
	assert(done == times);
	return each;
}

static void measure(const char *name, const char *kind, size_t bytes, work *w,
                    const struct sample *s)
{
	double rounds[ROUNDS];
	uint64_t times = 1;
	while (timed(w, s, times) * (double)times < ROUND_NANOSECONDS)
		times *= 2;
	for (size_t r = 0; r < ROUNDS; r++)
		rounds[r] = timed(w, s, times);
	double median = bench_median(rounds, ROUNDS);
	printf("{\"name\":\"%s\",\"value\":%.1f,\"unit\":\"ns\",\"kind\":\"%s\",\"bytes\":%zu,"
	       "\"best\":%.1f,\"worst\":%.1f}\n",
	       name, median, kind, bytes, rounds[0], rounds[ROUNDS - 1]);
	fflush(stdout);
}

int main(void)
{
	static const struct {
		const char *kind;
		enum key_algorithm algorithm;
	} rows[] = {{"ed25519", KEY_ED25519}, {"es256", KEY_ES256}};
	struct err e = {0};
	owned_arena arena = {0};
	if (!key_library_start(&e))
		stop("start", &e);
	for (size_t i = 0; i < 2; i++) {
		struct sample s = new_sample(&arena, rows[i].algorithm);
		measure("record.sign", rows[i].kind, s.signed_bytes.len, work_sign, &s);
		measure("record.verify", rows[i].kind, s.signed_bytes.len, work_verify, &s);
	}
	struct sample s = new_sample(&arena, KEY_ED25519);
	measure("record.decode", "licence", s.signed_bytes.len, work_decode, &s);
	measure("record.decode", "lease", s.entry.len, work_decode_lease, &s);
	measure("record.check", "lease", s.entry.len, work_check, &s);
	return 0;
}

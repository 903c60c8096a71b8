/*
 * What a recorded decision costs beyond the call itself (bench/decision.c has that): with the
 * files it fills, hashed and made durable, with limits to count, and with many excluded
 * patterns. One line of JSON a figure. The use log lies in TMPDIR, or /tmp.
 */
#include <x86intrin.h>

#include "../tests/unit/gate_world.h"

#include "bench.h"

enum { CALLS = 300000, BATCH = 50, RATE_CALLS = 2000000, SYNC_EVERY = 10000 };

static double cycles_per_nanosecond;

static void calibrate(void)
{
	double from = bench_nanoseconds();
	uint64_t cycles = __rdtsc();
	while (bench_nanoseconds() - from < 5e7)
		;
	cycles_per_nanosecond = (double)(__rdtsc() - cycles) / (bench_nanoseconds() - from);
}

/* --- A gate with a real clock and a lease ------------------------------------------------------
 */

struct ready {
	struct world world;
	struct proviso_use use;
	struct proviso_subject subject;
	struct proviso_warrant warrant;
};

static void make_ready(struct ready *r, const char *scope)
{
	struct err e = {0};
	struct proviso_error pe = {0};
	world_make(&r->world, 1);
	world_close(&r->world);
	must(clock_of_machine(&r->world.clock, &e), &e, "clock");
	r->world.office.now = time(NULL);
	if (!world_open(&r->world, &pe)) {
		fprintf(stderr, "bench gate: %s\n", pe.text);
		exit(1);
	}
	world_renew(&r->world, scope, 36000);
	struct proviso_gate *g = r->world.gate;
	r->use = (struct proviso_use){.subject = &r->subject, .warrant = &r->warrant};
	bool good = proviso_gate_label(g, "capture.headers", &r->use.capability, &pe) &&
	            proviso_gate_label(g, "serious-crime.kidnapping", &r->use.purpose, &pe) &&
	            proviso_gate_label(g, "XR", &r->use.territory, &pe) &&
	            proviso_gate_warrant(g, "XR-2026/17", &r->warrant, &pe) &&
	            proviso_gate_subject(g, "tel:+99955501234", &r->subject, &pe);
	struct proviso_answer a;
	if (!good || !proviso_gate_decide(g, &r->use, &a)) {
		fprintf(stderr, "bench gate: not allowed: %s\n", proviso_code_name(a.code));
		exit(1);
	}
}

static bool call(struct ready *r)
{
	struct proviso_answer a;
	return proviso_gate_decide(r->world.gate, &r->use, &a);
}

static void demand(bool allowed)
{
	if (!allowed) {
		fprintf(stderr, "bench gate: refused\n");
		exit(1);
	}
}

/* The median is of batches, so that reading the time counter is not in it; the rest is not. */
static void measure(struct ready *r, const char *name)
{
	static double single[CALLS], batch[CALLS / BATCH];
	char full[96];
	for (int i = 0; i < CALLS / 10; i++)
		demand(call(r));
	for (int i = 0; i < CALLS / BATCH; i++) {
		uint64_t from = __rdtsc();
		for (int k = 0; k < BATCH; k++)
			demand(call(r));
		batch[i] = (double)(__rdtsc() - from) / cycles_per_nanosecond / BATCH;
	}
	for (int i = 0; i < CALLS; i++) {
		uint64_t from = __rdtsc();
		demand(call(r));
		single[i] = (double)(__rdtsc() - from) / cycles_per_nanosecond;
	}
	bench_median(single, CALLS); /* sorts */
	bench_give(name, bench_median(batch, CALLS / BATCH), "ns");
	snprintf(full, sizeof full, "%s.p99", name);
	bench_give(full, single[CALLS - CALLS / 100], "ns");
	snprintf(full, sizeof full, "%s.p99.99", name);
	bench_give(full, single[CALLS - CALLS / 10000], "ns");
}

/* On one core, all costs in: new files, and when `hashed` the tree and the disk as well. */
static void measure_rate(struct ready *r, const char *name, bool hashed)
{
	double from = bench_nanoseconds();
	for (int i = 0; i < RATE_CALLS; i++) {
		demand(call(r));
		if (hashed && i % SYNC_EVERY == SYNC_EVERY - 1)
			demand(proviso_gate_sync(r->world.gate, NULL));
	}
	bench_give(name, RATE_CALLS / ((bench_nanoseconds() - from) / 1e9), "uses/s");
}

static void measure_opening(struct ready *r)
{
	struct proviso_error e;
	struct proviso_status s;
	proviso_gate_status(r->world.gate, &s);
	world_close(&r->world);
	double from = bench_nanoseconds();
	demand(world_open(&r->world, &e));
	bench_give("gate.open",
	           (double)(s.allowed + s.refused) / ((bench_nanoseconds() - from) / 1e9),
	           "uses/s");
}

#define BASE                                                                                       \
	"capability=capture.content,capture.headers; purpose=terrorism,serious-crime.kidnapping; " \
	"territory=XR; require=warrant"

static void with_patterns(size_t count)
{
	static struct ready r;
	struct arena arena = {0};
	struct buffer b = {.arena = &arena};
	char name[64];
	buffer_text(&b, BASE "; subject-not=tel:+1,mailto:@state.gov");
	for (size_t i = 2; i < count; i++)
		buffer_printf(&b, ",tel:+4%04zu", i);
	make_ready(&r, buffer_cstr(&b));
	snprintf(name, sizeof name, "gate.decision.subject-not-%zu", count);
	measure(&r, name);
	world_free(&r.world);
	arena_free(&arena);
}

int main(void)
{
	static struct ready r;
	calibrate();
	make_ready(&r, BASE "; subject-not=tel:+1,mailto:@state.gov");
	measure_rate(&r, "gate.rate", false);
	measure_opening(&r);
	world_free(&r.world);
	make_ready(&r, BASE "; subject-not=tel:+1,mailto:@state.gov");
	measure_rate(&r, "gate.rate.synced", true);
	world_free(&r.world);
	make_ready(&r, BASE "; limit.subjects=1000000; limit.uses-per-day=1000000000");
	measure(&r, "gate.decision.limits");
	world_free(&r.world);
	/* A lease's scope of 32 KiB holds some 2,900 patterns at most. */
	static const size_t patterns[] = {10, 100, 1000, 2900};
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		with_patterns(patterns[i]);
	return 0;
}

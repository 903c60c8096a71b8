/*
 * The gate's side of the comparison with another policy engine: the uses of bench/uses.tsv,
 * each held to the answer expected there, then timed. bench/peers/cedar is the other side and
 * times in the same way. One line of JSON a figure. The use log lies in TMPDIR, or /tmp.
 *
 *     bench_decision bench/uses.tsv DECISIONS
 */
#include <errno.h>

#include "../tests/unit/gate_world.h"

#include "base/instant.h"
#include "bench.h"

enum { LINE_MAX_BYTES = 1024, USES_MAX = 256, COLUMNS = 7 };

struct asked {
	char selector[128], expected[32];
	bool now, has_warrant;
	int64_t at;
	struct proviso_use use;
	struct proviso_subject subject;
	struct proviso_warrant warrant;
};

static struct world world;
static struct asked asked[USES_MAX];
static size_t asked_count, timed_count; /* those timed come first */

static void stop(const char *what, const char *why)
{
	fprintf(stderr, "bench decision: %s: %s\n", what, why);
	exit(1);
}

/* --- The list of uses ---------------------------------------------------------------------- */

static void open_gate(const char *scope)
{
	struct err e = {0};
	struct proviso_error pe = {0};
	world_make(&world, 1);
	world_close(&world);
	must(clock_of_machine(&world.clock, &e), &e, "clock");
	world.office.now = time(NULL);
	if (!world_open(&world, &pe))
		stop(world.dir, pe.text);
	world_renew(&world, scope, 36000);
}

static void read_use(char *line)
{
	struct asked *a = &asked[asked_count];
	struct proviso_error e = {0};
	const char *column[COLUMNS];
	for (size_t i = 0; i < COLUMNS; i++)
		if ((column[i] = strsep(&line, "\t")) == NULL)
			stop("a use has too few columns", column[0]);
	if (asked_count++ == USES_MAX)
		stop("uses", "too many");
	a->now = strcmp(column[5], "now") == 0;
	a->has_warrant = strcmp(column[4], "-") != 0;
	snprintf(a->selector, sizeof a->selector, "%s", column[3]);
	snprintf(a->expected, sizeof a->expected, "%s", column[6]);
	if (!(a->now || instant_parse(bytes_text(column[5]), &a->at)) ||
	    !proviso_gate_label(world.gate, column[0], &a->use.capability, &e) ||
	    !proviso_gate_label(world.gate, column[1], &a->use.purpose, &e) ||
	    !proviso_gate_label(world.gate, column[2], &a->use.territory, &e) ||
	    !proviso_gate_subject(world.gate, column[3], &a->subject, &e) ||
	    (a->has_warrant && !proviso_gate_warrant(world.gate, column[4], &a->warrant, &e)))
		stop(column[3], e.text);
	a->use.subject = &a->subject;
	a->use.warrant = a->has_warrant ? &a->warrant : NULL;
	if (a->now && timed_count++ != asked_count - 1)
		stop("uses", "those at another time come last");
}

static void read_uses(const char *path)
{
	static const char scope[] = "# scope: ";
	char line[LINE_MAX_BYTES];
	FILE *f = fopen(path, "r");
	if (f == NULL)
		stop(path, strerror(errno));
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, scope, sizeof scope - 1) == 0)
			open_gate(line + sizeof scope - 1);
		else if (line[0] != '#')
			read_use(line);
	}
	fclose(f);
	if (timed_count == 0)
		stop(path, "no uses");
}

/* --- The answers --------------------------------------------------------------------------- */

static void answer_all(void)
{
	printf("{\"answers\": [");
	for (size_t i = 0; i < asked_count; i++) {
		struct asked *a = &asked[i];
		struct proviso_answer answer;
		bool allowed = a->now ? proviso_gate_decide(world.gate, &a->use, &answer)
		                      : proviso_gate_ask(world.gate, &a->use, &a->at, &answer);
		if (strcmp(proviso_code_name(answer.code), a->expected) != 0)
			stop(a->selector, proviso_code_name(answer.code));
		printf("%s\"%s\"", i == 0 ? "" : ", ", allowed ? "allow" : "deny");
	}
	printf("]}\n");
}

/* --- Timing -------------------------------------------------------------------------------- */

enum way { RECORDED, ALONE, FROM_TEXT };

static bool decide_one(struct asked *a, enum way way)
{
	struct proviso_answer answer;
	if (way == ALONE)
		return proviso_gate_ask(world.gate, &a->use, NULL, &answer);
	if (way == FROM_TEXT)
		proviso_gate_subject(world.gate, a->selector, &a->subject, NULL);
	return proviso_gate_decide(world.gate, &a->use, &answer);
}

static double *doubles(size_t count)
{
	double *all = calloc(count, sizeof *all);
	if (all == NULL)
		stop("memory", strerror(errno));
	return all;
}

/*
 * The median is of whole passes over the list, so that reading the clock is not in it; the
 * 99th percentile is of single decisions, and it is.
 */
static void measure(const char *name, enum way way, size_t passes)
{
	size_t allowed = 0, count = passes * timed_count;
	double *pass = doubles(passes), *single = doubles(count);
	for (size_t p = 0; p < passes / 10 + 1; p++)
		for (size_t i = 0; i < timed_count; i++)
			decide_one(&asked[i], way);
	double began = bench_nanoseconds();
	for (size_t p = 0; p < passes; p++) {
		double from = bench_nanoseconds();
		for (size_t i = 0; i < timed_count; i++)
			allowed += decide_one(&asked[i], way);
		pass[p] = (bench_nanoseconds() - from) / (double)timed_count;
	}
	double took = bench_nanoseconds() - began;
	for (size_t p = 0; p < passes; p++)
		for (size_t i = 0; i < timed_count; i++) {
			double from = bench_nanoseconds();
			allowed += decide_one(&asked[i], way);
			single[p * timed_count + i] = bench_nanoseconds() - from;
		}
	double median = bench_median(pass, passes);
	bench_median(single, count); /* sorts */
	printf("{\"name\": \"%s\", \"median\": %.1f, \"p99\": %.1f, \"rate\": %.0f, \"allowed\": "
	       "%zu, \"decisions\": %zu}\n",
	       name, median, single[count - count / 100], (double)count / took * 1e9, allowed,
	       2 * count);
	free(pass);
	free(single);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		stop("usage", "bench_decision USES DECISIONS");
	read_uses(argv[1]);
	size_t passes = (size_t)strtoul(argv[2], NULL, 10) / timed_count + 1;
	answer_all();
	measure("recorded", RECORDED, passes);
	measure("alone", ALONE, passes);
	measure("from-text", FROM_TEXT, passes);
	world_free(&world);
	return 0;
}

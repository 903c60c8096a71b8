/*
 * test: a table of named behaviours, TAP out.
 *
 *     static void meet_never_widens(void) { CHECK(a == b, "a %d, b %d", a, b); }
 *     int main(void) { return TEST_RUN({meet_never_widens}, ...); }
 *
 * A failed CHECK prints itself and the test goes on, so that one run shows every bad row.
 * tests/tally adds up the "ok" and "not ok" lines of all programs.
 */
#ifndef PROVISO_TEST_H
#define PROVISO_TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned long test_checks_failed;
static const char *test_skipped;

#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			test_checks_failed++;                                                      \
			printf("# %s:%d: not true: %s: ", __FILE__, __LINE__, #condition);         \
			printf(__VA_ARGS__);                                                       \
			putchar('\n');                                                             \
		}                                                                                  \
	} while (0)

/* Leaves the running test as skipped, with the reason. */
#define SKIP(reason)                                                                               \
	do {                                                                                       \
		test_skipped = (reason);                                                           \
		return;                                                                            \
	} while (0)

struct test {
	const char *name;
	void (*run)(void);
};

__attribute__((unused)) static int test_main(const struct test *tests, size_t count)
{
	int failed = 0;
	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		unsigned long before = test_checks_failed;
		test_skipped = NULL;
		tests[i].run();
		bool ok = test_checks_failed == before;
		failed += !ok;
		printf("%s %zu - %s", ok ? "ok" : "not ok", i + 1, tests[i].name);
		if (test_skipped != NULL)
			printf(" # SKIP %s", test_skipped);
		putchar('\n');
		fflush(stdout);
	}
	return failed == 0 ? 0 : 1;
}

#define TEST(function)                                                                             \
	{                                                                                          \
#function, function                                                                \
	}
#define TEST_MAIN(...)                                                                             \
	int main(void)                                                                             \
	{                                                                                          \
		static const struct test tests[] = {__VA_ARGS__};                                  \
		return test_main(tests, sizeof tests / sizeof *tests);                             \
	}

/* The folder of larger real files; NULL when there is none and it is not demanded. */
__attribute__((unused)) static const char *test_data(void)
{
	const char *dir = getenv("PROVISO_TEST_DATA");
	return dir != NULL && *dir != 0 ? dir : NULL;
}

__attribute__((unused)) static bool test_soaks(void)
{
	const char *soak = getenv("SOAK");
	return soak != NULL && strcmp(soak, "1") == 0;
}

/*
 * Whether a test of faults goes round once more, having done so many rounds: usually so often,
 * under SOAK=1 until SOAK_MINUTES (5) are over since the first.
 */
__attribute__((unused)) static bool test_goes_on(unsigned done, unsigned usual)
{
	static time_t began;
	const char *minutes = getenv("SOAK_MINUTES");
	if (done == 0)
		began = time(NULL);
	return done < usual ||
	       (test_soaks() && time(NULL) - began < 60 * (minutes != NULL ? atoi(minutes) : 5));
}

/* splitmix64: generated cases. The seed is printed and can be given in PROVISO_TEST_SEED. */
__attribute__((unused)) static uint64_t test_seed(void)
{
	const char *given = getenv("PROVISO_TEST_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	printf("# PROVISO_TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

__attribute__((unused)) static uint64_t test_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9E3779B97F4A7C15u);
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

#endif

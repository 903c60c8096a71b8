#include "server/session_table.h"

#include "test.h"

static struct bytes token_of(uint32_t *number)
{
	return bytes_of(number, sizeof *number);
}

static bool is_there(struct session_table *t, uint32_t number, bool is_use, int64_t now)
{
	struct hash kid;
	int64_t ends;
	return session_table_find(t, token_of(&number), is_use, now, &kid, &ends);
}

static void begin(struct session_table *t, uint32_t number, int64_t now)
{
	struct hash kid = sha256(token_of(&number));
	session_table_begin(t, token_of(&number), &kid, now);
}

static void a_session_is_its_keys_until_it_ends(void)
{
	struct session_table *t = session_table_new(10, 25);
	struct hash kid, due;
	int64_t ends = 0;
	uint32_t seven = 7;
	begin(t, 7, 100);
	due = sha256(token_of(&seven));
	CHECK(session_table_find(t, token_of(&seven), true, 109, &kid, &ends) &&
	          hash_equal(&kid, &due) && ends == 125,
	      "ends %d", (int)ends);
	CHECK(is_there(t, 7, true, 118), "used at 109, it lasts to 119");
	CHECK(!is_there(t, 7, true, 128), "idle");
	CHECK(is_there(t, 7, true, 124), "not idle before that");
	CHECK(!is_there(t, 7, true, 125), "as long as any may last");
	begin(t, 8, 200);
	CHECK(is_there(t, 8, false, 209) && !is_there(t, 8, false, 210), "looking at it is no use");
	CHECK(!is_there(t, 9, true, 200), "another token");
	session_table_end(t, token_of(&seven));
	begin(t, 9, 200);
	session_table_end(t, token_of(&(uint32_t){9}));
	CHECK(!is_there(t, 9, true, 200), "ended");
	session_table_end(t, token_of(&(uint32_t){9}));
	session_table_free(t);
	session_table_free(NULL);
}

static void who_is_idle_longest_makes_room(void)
{
	enum { MANY = 20000 };
	struct session_table *t = session_table_new(1000000, 1000000);
	unsigned left = 0;
	begin(t, 0, 0);
	for (uint32_t i = 1; i < MANY; i++) {
		begin(t, i, i);
		CHECK(is_there(t, i, true, i), "%u has no room", i);
		CHECK(is_there(t, 0, true, i), "the one in use went at %u", i);
	}
	for (uint32_t i = 0; i < MANY; i++)
		left += is_there(t, i, false, MANY);
	CHECK(left > 1000 && left <= 2048, "%u", left);
	session_table_free(t);
}

TEST_MAIN(TEST(a_session_is_its_keys_until_it_ends), TEST(who_is_idle_longest_makes_room))

/* What the authority's rim keeps in memory: keys of sessions, and the state of a replay. */
#include "test.h"

#include "authority/memory.h"
#include "authority/sessions.h"

static struct secret_key key_of(uint64_t number)
{
	struct secret_key out;
	struct err e = {0};
	uint8_t seed[KEY_SEED] = {7};
	memcpy(seed + 1, &number, sizeof number);
	bool made = key_make(KEY_ED25519, "name", seed, &out, &e);
	CHECK(made, "%s", e.text);
	return out;
}

/* --- Sessions ----------------------------------------------------------------------------------
 */

/* Worked out by the device's side. */
static void expected(const struct secret_key *device, const struct public_key *authority,
                     const uint8_t nonce[RENEWAL_NONCE], uint8_t out[SESSION_KEY])
{
	uint8_t secret[KEY_SHARED_SECRET];
	struct err e = {0};
	struct hash own = key_id(&device->public), other = key_id(authority);
	bool agreed = key_agree(device, authority, secret, &e);
	CHECK(agreed, "%s", e.text);
	session_key(secret, &own, &other, nonce, out);
}

static bool is_right(const struct session_keys *keys, const struct secret_key *device,
                     const struct public_key *authority, uint8_t nonce_byte)
{
	uint8_t nonce[RENEWAL_NONCE] = {nonce_byte}, got[SESSION_KEY], want[SESSION_KEY];
	struct hash kid = key_id(&device->public);
	struct err e = {0};
	expected(device, authority, nonce, want);
	return keys->key(keys->ctx, &device->public, &kid, nonce, got, &e) &&
	       memcmp(got, want, sizeof got) == 0;
}

static void both_sides_have_the_same_key_for_each_session(void)
{
	enum { DEVICES = 700 }; /* more than half of the first room */
	struct secret_key authority = key_of(1000000);
	struct sessions sessions = {0};
	struct session_keys keys = session_keys_of(&sessions, &authority);
	for (int again = 0; again < 2; again++)
		for (uint64_t i = 0; i < DEVICES; i++) {
			struct secret_key device = key_of(i);
			CHECK(is_right(&keys, &device, &authority.public, 1), "device %llu",
			      (unsigned long long)i);
		}
	CHECK(sessions.count == DEVICES && sessions.room >= 2 * DEVICES, "%zu in %zu",
	      sessions.count, sessions.room);
	struct secret_key device = key_of(0);
	CHECK(is_right(&keys, &device, &authority.public, 2), "a new session of the same device");
	CHECK(sessions.count == DEVICES, "it took another place");
	sessions_free(&sessions);
	CHECK(sessions.count == 0 && is_right(&keys, &device, &authority.public, 2),
	      "what is forgotten is worked out again");
	sessions_free(&sessions);
}

static void a_key_that_cannot_agree_is_an_error(void)
{
	struct secret_key authority = key_of(1), device;
	struct sessions sessions = {0};
	struct session_keys keys = session_keys_of(&sessions, &authority);
	struct err e = {0};
	uint8_t nonce[RENEWAL_NONCE] = {0}, key[SESSION_KEY];
	bool made = key_make(KEY_ES256, "name", (uint8_t[KEY_SEED]){1}, &device, &e);
	CHECK(made, "%s", e.text);
	struct hash kid = key_id(&device.public);
	CHECK(!keys.key(keys.ctx, &device.public, &kid, nonce, key, &e) && sessions.count == 0,
	      "an ES256 key has no session");
	sessions_free(&sessions);
}

/* --- The state of a replay
 * ------------------------------------------------------------------------
 */

enum { KEYS = 64, ROUNDS = 2000 };

/* The same in the plainest form: a value for each key, or none. */
static struct {
	bool there;
	unsigned value;
} model[KEYS];

static struct bytes key_bytes(struct arena *arena, unsigned i)
{
	return bytes_text(arena_printf(arena, "%c/%02u", "abc"[i % 3], i));
}

static const char *value_text(struct arena *arena, unsigned value)
{
	return value % 5 == 0 ? "" : arena_printf(arena, "%u", value);
}

static void change(struct memory *m, unsigned i, bool there, unsigned value)
{
	owned_arena arena = {0};
	struct change one = {.key = key_bytes(&arena, i)};
	struct changes all = {.arena = &arena, .first = &one};
	if (there) /* an empty value is one as well */
		one.value = bytes_text(value_text(&arena, value));
	memory_change(m, &all);
	model[i].there = there;
	model[i].value = value;
}

struct seen {
	struct buffer text;
	size_t left;
};

static bool see(void *ctx, struct bytes key, struct bytes value)
{
	struct seen *seen = ctx;
	buffer_bytes(&seen->text, key);
	buffer_printf(&seen->text, "=%.*s ", (int)value.len, (const char *)value.at);
	return --seen->left > 0;
}

static const char *wanted(struct arena *arena, const char *prefix, struct bytes after, size_t most)
{
	struct seen out = {{.arena = arena}, most};
	bool more = true;
	for (const char *c = "abc"; *c != 0; c++)
		for (unsigned i = 0; i < KEYS && more; i++) {
			struct bytes key = key_bytes(arena, i);
			if (key.at[0] != *c || !model[i].there ||
			    (*prefix != 0 && key.at[0] != *prefix) ||
			    (after.len > 0 && bytes_compare(key, after) <= 0))
				continue;
			more = see(&out, key, bytes_text(value_text(arena, model[i].value)));
		}
	return buffer_cstr(&out.text);
}

static void a_replayed_state_reads_as_what_was_put(void)
{
	uint64_t random = test_seed();
	struct memory *m = memory_new();
	struct state state = memory_state(m);
	memset(model, 0, sizeof model);
	for (int round = 0; round < ROUNDS; round++) {
		owned_arena arena = {0};
		struct err e = {0};
		unsigned i = (unsigned)(test_random(&random) % KEYS);
		struct bytes key = key_bytes(&arena, i), value;
		change(m, i, test_random(&random) % 3 != 0, (unsigned)round);
		bool got = state.get(state.ctx, key, &arena, &value, &e);
		CHECK(got && (value.at != NULL) == model[i].there, "round %d: get", round);
		static const char *const prefixes[] = {"", "a", "b/", "c", "d"};
		const char *prefix = prefixes[test_random(&random) % 5];
		struct bytes after = test_random(&random) % 2 ? key : (struct bytes){0};
		size_t most = test_random(&random) % 4 == 0 ? 2 : SIZE_MAX;
		struct seen seen = {{.arena = &arena}, most};
		got = state.scan(state.ctx, bytes_text(prefix), after, see, &seen, &e);
		const char *want = wanted(&arena, prefix, after, most);
		CHECK(got && strcmp(buffer_cstr(&seen.text), want) == 0, "round %d: %s\nnot %s",
		      round, buffer_cstr(&seen.text), want);
	}
	memory_free(m);
	memory_free(NULL);
}

int main(void)
{
	static const struct test tests[] = {TEST(both_sides_have_the_same_key_for_each_session),
	                                    TEST(a_key_that_cannot_agree_is_an_error),
	                                    TEST(a_replayed_state_reads_as_what_was_put)};
	struct err e = {0};
	if (!key_library_start(&e))
		return 1;
	return test_main(tests, sizeof tests / sizeof *tests);
}

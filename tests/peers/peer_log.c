/*
 * A log for other people's programs to read: `peer_log DIR SIZE...` publishes one into DIR at
 * each size, keeps each checkpoint as checkpoint.SIZE beside it, and prints the log's key.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "store/store.h"

static bool append_to(struct store *store, uint64_t size, struct err *e)
{
	bool done = store_begin(store, true, e);
	while (done && store_size(store) < size) {
		owned_arena arena = {0};
		struct buffer entry = {.arena = &arena};
		uint64_t index = store_size(store);
		for (uint64_t i = 0; i < index % 7; i++)
			buffer_printf(&entry, "entry %llu ", (unsigned long long)index);
		/* An id is of one entry: of the empty ones there can be one alone. */
		if (index > 0 && entry.len == 0)
			buffer_printf(&entry, "%llu", (unsigned long long)index);
		done = store_append(store, buffer_view(&entry), &index, e);
	}
	return done && store_commit(store, e);
}

static bool publish(struct store *store, const char *directory, const struct secret_key *key,
                    struct err *e)
{
	owned_arena arena = {0};
	struct bytes note;
	if (!store_begin(store, false, e))
		return false;
	struct checkpoint c = {.origin = key->public.name, .size = store_size(store)};
	bool done = store_root(store, &c.root, e) && checkpoint_sign(&arena, &c, key, &note, e) &&
	            store_publish(store, directory, note, &c, e) &&
	            file_write(arena_printf(&arena, "%s/checkpoint.%llu", directory,
	                                    (unsigned long long)c.size),
	                       note, 0644, e);
	store_rollback(store);
	return done;
}

static bool run(int count, char **arguments, struct err *e)
{
	static const uint8_t seed[KEY_SEED] = {7};
	struct secret_key key;
	if (!key_library_start(e) || !key_make(KEY_ED25519, "peer.example/log", seed, &key, e))
		return false;
	owned_store store = store_open(NULL, STORE_CREATE, e);
	if (store == NULL)
		return false;
	for (int i = 2; i < count; i++)
		if (!append_to(store, strtoull(arguments[i], NULL, 10), e) ||
		    !publish(store, arguments[1], &key, e))
			return false;
	owned_arena arena = {0};
	puts(key_line(&arena, &key.public));
	return true;
}

int main(int count, char **arguments)
{
	struct err e = {0};
	if (count < 3 || !run(count, arguments, &e)) {
		fprintf(stderr, "peer_log: %s\n", count < 3 ? "peer_log DIR SIZE..." : e.text);
		return 1;
	}
	return 0;
}

/*
 * Appending to the log, durable: entries a second with a batch waiting each time. `log.append`
 * is the store's own promise (entries, tiles and root in one synchronised transaction), for entries
 * that are in no index of ids, as leases are and as all are in Tessera without its deduplication;
 * `log.record` is that of entries that are found by their ids, as signed records are;
 * `log.publish` is `log.append`, a signed checkpoint, and the static files that others read.
 * bench/peers/tessera does the same with the same entries.
 *
 *     bench_log FOLDER append|record|publish ENTRY-BYTES SECONDS BATCH...
 */
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/key.h"
#include "bench.h"
#include "store/store.h"

enum { WARM_UP = 3, BATCHES_MAX = 1000000 };

struct log {
	struct store *store;
	const char *folder;
	struct secret_key key;
	struct bytes entry; /* its first bytes are made new for each append */
	uint8_t *room;
	uint64_t next;
	bool publishes, is_named;
};

static void append_batch(struct log *log, size_t batch)
{
	struct err e = {0};
	struct checkpoint head = {.origin = log->key.public.name};
	bool ok = store_begin(log->store, true, &e);
	for (size_t i = 0; i < batch && ok; i++) {
		uint64_t index;
		memcpy(log->room, &log->next, sizeof log->next);
		log->next++;
		ok = (log->is_named ? store_append : store_append_unnamed)(log->store, log->entry,
		                                                           &index, &e);
	}
	head.size = ok ? store_size(log->store) : 0;
	bench_must(ok && store_root(log->store, &head.root, &e) && store_commit(log->store, &e),
	           "append", &e);
	if (!log->publishes)
		return;
	owned_arena arena = {0};
	struct bytes note;
	bench_must(checkpoint_sign(&arena, &head, &log->key, &note, &e) &&
	               store_begin(log->store, false, &e) &&
	               store_publish(log->store, log->folder, note, &head, &e),
	           "publish", &e);
	store_rollback(log->store);
}

static const char *mode_of(const struct log *log)
{
	return log->publishes ? "publish" : log->is_named ? "record" : "append";
}

static void measure(struct log *log, size_t batch, size_t seconds)
{
	double *took = calloc(BATCHES_MAX, sizeof *took);
	size_t batches = 0;
	for (size_t i = 0; i < WARM_UP; i++)
		append_batch(log, batch);
	double began = bench_nanoseconds(), now = began;
	while (now - began < (double)seconds * 1e9 && batches < BATCHES_MAX) {
		append_batch(log, batch);
		double then = now;
		now = bench_nanoseconds();
		took[batches++] = now - then;
	}
	double rate = (double)(batches * batch) / (now - began) * 1e9;
	printf("{\"name\": \"log.%s\", \"batch\": %zu, \"value\": %.1f, \"unit\": \"entries/s\", "
	       "\"median_batch_ms\": %.3f, \"batches\": %zu}\n",
	       mode_of(log), batch, rate, bench_median(took, batches) / 1e6, batches + WARM_UP);
	fflush(stdout);
	free(took);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

static void measure_fresh(const char *folder, size_t bytes, size_t batch, size_t seconds,
                          const char *mode)
{
	owned_arena arena = {0};
	struct err e = {0};
	uint8_t seed[KEY_SEED] = {1};
	struct log log = {.publishes = strcmp(mode, "publish") == 0,
	                  .is_named = strcmp(mode, "record") == 0};
	const char *own = arena_printf(&arena, "%s/log-%zu-%s", folder, batch, mode_of(&log));
	log.folder = arena_printf(&arena, "%s/public", own);
	log.room = arena_alloc(&arena, bytes);
	log.entry = bytes_of(log.room, bytes);
	if (mkdir(own, 0700) != 0)
		bench_must(err_errno(&e, "cannot make %s", own), "folder", &e);
	log.store = store_open(arena_printf(&arena, "%s/store.db", own), STORE_CREATE, &e);
	bench_must(log.store != NULL &&
	               key_make(KEY_ED25519, "bench.example/log", seed, &log.key, &e),
	           "open", &e);
	measure(&log, batch, seconds);
	store_close(log.store);
	nftw(own, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(int argc, char **argv)
{
	struct err e = {0};
	if (argc < 6) {
		fprintf(
		    stderr,
		    "usage: bench_log FOLDER append|record|publish ENTRY-BYTES SECONDS BATCH...\n");
		return 2;
	}
	bench_must(key_library_start(&e), "start", &e);
	for (int i = 5; i < argc; i++)
		measure_fresh(argv[1], bench_number(argv[3]), bench_number(argv[i]),
		              bench_number(argv[4]), argv[2]);
	return 0;
}

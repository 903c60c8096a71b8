/*
 * A log put into a folder and read back: whatever call to the system fails or is the last of
 * its process, what the folder has verifies, and the next to publish makes it whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "authority/authority.h"
#include "base/file.h"
#include "log/tile.h"
#include "stored.h"

/* --- Calls that fail, or after which there is nothing ----------------------------------- */

static struct {
	long calls, stop_at; /* stop_at 0: never */
	int error;           /* 0: the process ends */
	bool stopped;
} disk;

static bool fails(void)
{
	if (disk.stop_at == 0 || ++disk.calls != disk.stop_at)
		return false;
	if (disk.error == 0)
		_exit(9);
	disk.stopped = true;
	errno = disk.error;
	return true;
}

#define WRAP(type, name, params, args)                                                             \
	type __real_##name params;                                                                 \
	type __wrap_##name params;                                                                 \
	type __wrap_##name params                                                                  \
	{                                                                                          \
		return fails() ? -1 : __real_##name args;                                          \
	}

WRAP(int, open64, (const char *name, int flags, mode_t mode), (name, flags, mode))
WRAP(int, mkostemp64, (char *name, int flags), (name, flags))
WRAP(ssize_t, write, (int fd, const void *at, size_t n), (fd, at, n))
WRAP(ssize_t, read, (int fd, void *at, size_t n), (fd, at, n))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, mkdir, (const char *name, mode_t mode), (name, mode))
WRAP(int, flock, (int fd, int how), (fd, how))
WRAP(int, rmdir, (const char *name), (name))

WRAP(int, unlink, (const char *name), (name))
WRAP(int, unlinkat, (int at, const char *name, int flags), (at, name, flags))

/* --- A log, and a folder for it ---------------------------------------------------------- */

static struct secret_key key;
static struct store *store; /* in memory, all the entries there will be */
static uint64_t state;

enum { ENTRIES = 700 };

static void set_up(void)
{
	const uint8_t seed[KEY_SEED] = {1};
	struct err e = {0};
	state = test_seed();
	store = store_open(NULL, STORE_CREATE, &e);
	if (store == NULL || !key_library_start(&e) ||
	    !key_make(KEY_ED25519, "log.example/a", seed, &key, &e) || !stored_begin()) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	begin(store, true);
	grow(store, ENTRIES);
	commit(store);
}

static const char *at(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/%s", folder, name);
}

static bool publish(const char *name, uint64_t size, struct err *e)
{
	owned_arena arena = {0};
	struct checkpoint c = {.origin = "log.example/a", .size = size};
	struct bytes note;
	struct merkle_source source;
	begin(store, false);
	source = store_merkle(store);
	bool done = merkle_root(&source, size, &c.root, e) &&
	            checkpoint_sign(&arena, &c, &key, &note, e) &&
	            store_publish(store, at(&arena, name), note, &c, e);
	store_rollback(store);
	return done;
}

static void must_publish(const char *name, uint64_t size)
{
	struct err e = {0};
	CHECK(publish(name, size, &e), "%s", e.text);
}

/* As `proviso log verify --log` does: every entry, every tile, the root and the signature. */
static bool verifies(const char *name, uint64_t *size, struct err *e)
{
	owned_arena arena = {0};
	struct log_view view;
	struct log_check check;
	if (!log_view_directory(at(&arena, name), &key.public, &view, e))
		return false;
	*size = view.size;
	bool good = log_verify(&view, NULL, &check, e);
	log_view_close(&view);
	return good;
}

static void is_whole(const char *name, uint64_t want)
{
	uint64_t size = 0;
	struct err e = {0};
	CHECK(verifies(name, &size, &e) && size == want, "%llu, not %llu: %s",
	      (unsigned long long)size, (unsigned long long)want, e.text);
}

static void clear(const char *name)
{
	owned_arena arena = {0};
	nftw(at(&arena, name), remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool there(const char *name, const char *file)
{
	owned_arena arena = {0};
	return file_exists(arena_printf(&arena, "%s/%s/%s", folder, name, file));
}

static struct bytes content(struct arena *arena, const char *name, const char *file)
{
	struct bytes out = {0};
	struct err e = {0};
	CHECK(file_read(arena, arena_printf(arena, "%s/%s/%s", folder, name, file), 1 << 25, &out,
	                &e),
	      "%s", e.text);
	return out;
}

static void replace(const char *name, const char *file, struct bytes with)
{
	owned_arena arena = {0};
	struct err e = {0};
	CHECK(file_write(arena_printf(&arena, "%s/%s/%s", folder, name, file), with, 0644, &e),
	      "%s", e.text);
}

/* --- What is published --------------------------------------------------------------------- */

static void every_size_is_served_until_its_tile_is_full(void)
{
	static const uint64_t sizes[] = {0, 1, 3, 255};
	for (size_t i = 0; i < 4; i++) {
		must_publish("log", sizes[i]);
		is_whole("log", sizes[i]);
	}
	CHECK(there("log", "tile/0/000.p/1") && there("log", "tile/0/000.p/3") &&
	          there("log", "tile/0/000.p/255") && there("log", "tile/entries/000.p/3"),
	      "partial tiles of each size");
	CHECK(!there("log", "tile/0/000.p/2") && !there("log", "tile/0/000.p/0") &&
	          !there("log", "tile/0/000"),
	      "of no other");
	must_publish("log", 256);
	is_whole("log", 256);
	CHECK(there("log", "tile/0/000") && there("log", "tile/entries/000") &&
	          there("log", "tile/1/000.p/1") && !there("log", "tile/0/001.p"),
	      "256 entries: a full tile, and one hash above");
	CHECK(!there("log", "tile/0/000.p") && !there("log", "tile/entries/000.p"),
	      "partial ones are gone");
	must_publish("log", 513);
	must_publish("log", 700);
	is_whole("log", 700);
	CHECK(there("log", "tile/1/000.p/1") && there("log", "tile/1/000.p/2") &&
	          there("log", "tile/0/002.p/1") && there("log", "tile/0/002.p/188") &&
	          !there("log", "tile/0/001.p"),
	      "700 entries");
	/* All at once makes the same files but for the partial ones of sizes between. */
	must_publish("once", 700);
	static const char *const files[] = {"checkpoint",
	                                    "tile/0/000",
	                                    "tile/0/001",
	                                    "tile/0/002.p/188",
	                                    "tile/1/000.p/2",
	                                    "tile/entries/001",
	                                    "tile/entries/002.p/188"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		owned_arena arena = {0};
		CHECK(bytes_equal(content(&arena, "log", files[i]),
		                  content(&arena, "once", files[i])),
		      "%s", files[i]);
	}
	CHECK(!there("once", "tile/1/000.p/1") && !there("once", "tile/0/002.p/1"),
	      "sizes never published");
	clear("log");
	clear("once");
}

static void an_older_checkpoint_is_left_out(void)
{
	struct err e = {0};
	must_publish("log", 300);
	owned_arena arena = {0};
	struct bytes before = content(&arena, "log", "checkpoint");
	CHECK(publish("log", 299, &e), "no error: %s", e.text);
	CHECK(bytes_equal(before, content(&arena, "log", "checkpoint")), "what is there stays");
	CHECK(!there("log", "tile/0/001.p/43"), "nor are its tiles written");
	CHECK(publish("log", 300, &e), "again: %s", e.text);
	clear("log");
}

static void one_tree_signed_again_replaces_and_another_tree_never(void)
{
	struct err e = {0};
	must_publish("log", 300);
	owned_arena arena = {0};
	struct note *note = arena_alloc(&arena, sizeof *note);
	struct buffer more = {.arena = &arena};
	struct checkpoint c = {0};
	struct bytes line = {0}, before = content(&arena, "log", "checkpoint");
	CHECK(note_parse(&arena, before, note, &e) &&
	          checkpoint_parse(&arena, note->text, &c, &e) &&
	          cosignature_sign(&arena, note, &key, 7, &line, &e),
	      "%s", e.text);
	buffer_bytes(&more, before);
	buffer_bytes(&more, line);
	begin(store, false);
	CHECK(store_publish(store, at(&arena, "log"), buffer_view(&more), &c, &e), "%s", e.text);
	CHECK(bytes_equal(buffer_view(&more), content(&arena, "log", "checkpoint")),
	      "with its cosignature");
	is_whole("log", 300);
	c.root.at[0] ^= 1;
	CHECK(!store_publish(store, at(&arena, "log"), before, &c, &e) && e.kind == ERR_REFUSED &&
	          strcmp(e.rule, "store.published-other") == 0,
	      "%s", e.text);
	c.root.at[0] ^= 1;
	c.origin = "log.example/b";
	CHECK(!store_publish(store, at(&arena, "log"), before, &c, &e) && e.kind == ERR_REFUSED,
	      "%s", e.text);
	CHECK(bytes_equal(buffer_view(&more), content(&arena, "log", "checkpoint")),
	      "what is there stays");
	store_rollback(store);
	clear("log");
}

static void a_checkpoint_that_cannot_be_read_is_made_again(void)
{
	must_publish("log", 300);
	replace("log", "checkpoint", bytes_text("spoiled"));
	must_publish("log", 310);
	is_whole("log", 310);
	owned_arena arena = {0};
	struct bytes other;
	struct err e = {0};
	CHECK(note_sign(&arena, bytes_text("a note, and no checkpoint\n"), &key, &other, &e), "%s",
	      e.text);
	replace("log", "checkpoint", other);
	must_publish("log", 320);
	is_whole("log", 320);
	clear("log");
}

static void more_than_the_store_has_is_not_published(void)
{
	owned_arena arena = {0};
	struct checkpoint c = {.origin = "log.example/a", .size = ENTRIES + 1};
	struct bytes note;
	struct err e = {0};
	CHECK(checkpoint_sign(&arena, &c, &key, &note, &e), "%s", e.text);
	begin(store, false);
	CHECK(!store_publish(store, at(&arena, "log"), note, &c, &e) && e.kind == ERR_INPUT, "%s",
	      e.text);
	store_rollback(store);
	CHECK(!there("log", "checkpoint"), "a checkpoint of what is not there");
	clear("log");
}

/* --- Faults ------------------------------------------------------------------------------ */

/* What is there after a fault is the old log or the new one, whole; then it goes on. */
static void goes_on(long call, uint64_t from, uint64_t to)
{
	uint64_t size = 0;
	struct err e = {0};
	bool good = verifies("log", &size, &e);
	/* Before the first checkpoint there is nothing to verify. */
	CHECK(good ? size == from || size == to : from == 0 && !there("log", "checkpoint"),
	      "call %ld: %llu: %s", call, (unsigned long long)size, e.text);
	must_publish("log", to);
	is_whole("log", to);
	clear("log");
}

static const struct {
	uint64_t from, to;
} steps[] = {{0, 3}, {200, 300}, {300, 301}};

static void a_process_may_end_at_any_call(void)
{
	unsigned ended = 0;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		int status = 1;
		for (long call = 1; status != 0; call++) {
			struct err e = {0};
			if (steps[i].from > 0)
				must_publish("log", steps[i].from);
			fflush(stdout);
			pid_t child = fork();
			if (child == 0) {
				disk.stop_at = call;
				_exit(publish("log", steps[i].to, &e) ? 0 : 1);
			}
			CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) &&
			          (WEXITSTATUS(status) == 9 || status == 0),
			      "call %ld: status %d", call, status);
			ended += status != 0;
			goes_on(call, steps[i].from, steps[i].to);
		}
	}
	CHECK(ended > 60, "ended %u times only", ended);
}

static void a_call_may_fail(void)
{
	unsigned failures = 0;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		bool stopped = true;
		for (long call = 1; stopped; call++) {
			struct err e = {0};
			if (steps[i].from > 0)
				must_publish("log", steps[i].from);
			memset(&disk, 0, sizeof disk);
			disk.stop_at = call;
			disk.error = call % 2 == 0 ? EIO : ENOSPC;
			bool done = publish("log", steps[i].to, &e);
			stopped = disk.stopped;
			memset(&disk, 0, sizeof disk);
			CHECK(done || (e.kind == ERR_ENVIRONMENT && e.text[0] != 0), "call %ld: %s",
			      call, e.text);
			failures += !done;
			goes_on(call, steps[i].from, steps[i].to);
		}
	}
	CHECK(failures > 60, "%u failures only", failures);
}

static void an_interrupted_wait_goes_on(void)
{
	/* The lock: EINTR is no failure. Found as the call after which there is a lock file. */
	for (long call = 1; call < 12; call++) {
		struct err e = {0};
		memset(&disk, 0, sizeof disk);
		disk.stop_at = call;
		disk.error = EINTR;
		bool done = publish("log", 3, &e);
		memset(&disk, 0, sizeof disk);
		CHECK(done || e.kind == ERR_ENVIRONMENT, "%s", e.text);
		goes_on(call, 0, 3);
	}
}

static void what_is_read_back_may_fail(void)
{
	must_publish("log", 300);
	bool stopped = true;
	for (long call = 1; stopped; call++) {
		uint64_t size;
		struct err e = {0};
		memset(&disk, 0, sizeof disk);
		disk.stop_at = call;
		disk.error = EIO;
		bool good = verifies("log", &size, &e);
		stopped = disk.stopped;
		memset(&disk, 0, sizeof disk);
		CHECK(good ? !stopped : stopped && e.kind == ERR_ENVIRONMENT, "call %ld: %s", call,
		      e.text);
	}
	clear("log");
}

static void in_the_way(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	CHECK(file_write(at(&arena, "log"), bytes_text("a file"), 0600, &e), "%s", e.text);
	CHECK(!publish("log", 3, &e) && e.kind == ERR_ENVIRONMENT, "%s", e.text);
	unlink(at(&arena, "log"));
	CHECK(directory_make(at(&arena, "log/.lock"), 0700, &e), "%s", e.text);
	CHECK(!publish("log", 3, &e) && e.kind == ERR_ENVIRONMENT, "%s", e.text);
	clear("log");
}

/* --- A full disk ------------------------------------------------------------------------- */

/* Fills the disk but for so many bytes. */
static void fill(const char *name, off_t leave)
{
	static const char zeros[4096];
	owned_fd fd = open(name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	off_t len = 0;
	for (ssize_t done; (done = write(fd, zeros, sizeof zeros)) > 0;)
		len += done;
	CHECK(ftruncate(fd, len > leave ? len - leave : 0) == 0, "%s", name);
}

static void is_full(const struct err *e, off_t leave)
{
	CHECK(e->kind == ERR_ENVIRONMENT && (strstr(e->text, "disk is full") != NULL ||
	                                     strstr(e->text, "No space left") != NULL),
	      "%lld left: %s", (long long)leave, e->text);
}

static void a_full_disk_is_told_and_nothing_is_half_done(void)
{
	owned_arena arena = {0};
	struct err e = {0};
	unsigned failures = 0;
	const char *small = at(&arena, "small"), *filler = at(&arena, "small/filler");
	CHECK(mkdir(small, 0700) == 0, "%s", small);
	if (mount("tmpfs", small, "tmpfs", 0, "size=3m") != 0)
		SKIP("mounting a small tmpfs is not permitted");
	const char *file = at(&arena, "small/store.db");
	for (off_t leave = 0; leave <= 256 << 10; leave += 16 << 10) {
		fill(filler, leave);
		struct store *s = store_open(file, STORE_CREATE, &e);
		if (s == NULL) {
			is_full(&e, leave);
			CHECK(!file_exists(file) && !there("small", "store.db-wal"),
			      "a half-made store");
		} else {
			struct err why = {0};
			bool done = store_begin(s, true, &why);
			uint64_t index;
			for (uint64_t i = 0; done && i < 600; i++)
				done = store_append(s, entry_of(&arena, i), &index, &why) &&
				       store_put(s, entry_of(&arena, i), bytes_text("value"), &why);
			done = done && store_commit(s, &why);
			if (!done) {
				is_full(&why, leave);
				store_rollback(s);
				failures++;
			}
			unlink(filler);
			begin(s, true);
			CHECK(store_size(s) == (done ? 600 : 0), "%llu",
			      (unsigned long long)store_size(s));
			grow(s, 601);
			commit(s);
			store_close(s);
			unlink(file);
		}
		fill(filler, leave);
		bool done = publish("small/log", 300, &e);
		if (!done) {
			is_full(&e, leave);
			CHECK(!there("small", "log/checkpoint"), "a checkpoint of half a log");
			failures++;
		}
		unlink(filler);
		must_publish("small/log", 300);
		is_whole("small/log", 300);
		clear("small/log");
	}
	CHECK(failures > 4, "the disk was full %u times only", failures);
	umount(small);
	rmdir(small);
}

/* --- Changed files ------------------------------------------------------------------------ */

static void every_changed_byte_is_noticed(void)
{
	static const char *const files[] = {"checkpoint",       "tile/0/000",
	                                    "tile/0/001.p/44",  "tile/1/000.p/1",
	                                    "tile/entries/000", "tile/entries/001.p/44"};
	must_publish("log", 300);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		owned_arena arena = {0};
		struct bytes good = content(&arena, "log", files[i]);
		const char *name = arena_printf(&arena, "%s/log/%s", folder, files[i]);
		owned_fd fd = open(name, O_RDWR | O_CLOEXEC);
		for (size_t n = 0; n < good.len;
		     n += good.len < 1500 ? 1 : 1 + test_random(&state) % 23) {
			uint64_t size;
			struct err e = {0};
			uint8_t bad = good.at[n] ^ (uint8_t)(1u << test_random(&state) % 8);
			CHECK(pwrite(fd, &bad, 1, (off_t)n) == 1, "%s", name);
			CHECK(!verifies("log", &size, &e) && e.rule != NULL, "%s: byte %zu",
			      files[i], n);
			CHECK(pwrite(fd, &good.at[n], 1, (off_t)n) == 1, "%s", name);
		}
		/* Cut, made longer, gone. */
		uint64_t size;
		struct err e = {0};
		CHECK(ftruncate(fd, (off_t)good.len - 1) == 0 && !verifies("log", &size, &e), "%s",
		      files[i]);
		struct buffer more = {.arena = &arena};
		buffer_bytes(&more, good);
		buffer_u8(&more, 0);
		replace("log", files[i], buffer_view(&more));
		CHECK(!verifies("log", &size, &e) && e.kind != ERR_NONE, "%s", files[i]);
		unlink(name);
		/* Without a checkpoint nothing was promised; what one signs must be there. */
		e = (struct err){0};
		CHECK(!verifies("log", &size, &e) &&
		          e.kind == (i == 0 ? ERR_ENVIRONMENT : ERR_REFUSED),
		      "%s: %s", files[i], e.text);
		replace("log", files[i], good);
		is_whole("log", 300);
	}
	clear("log");
}

/* --- After a fall of the machine ---------------------------------------------------------- */

static void mend(const char *name, uint64_t size)
{
	owned_arena arena = {0};
	struct checkpoint published = {.size = size};
	struct err e = {0};
	begin(store, false);
	CHECK(store_mend(store, at(&arena, name), &published, &e), "%s", e.text);
	store_rollback(store);
}

/* Of what is not waited for: each partial tile and bundle, of the last checkpoint and before. */
static void what_a_fall_took_is_made_anew(void)
{
	static const char *const partial[] = {"tile/0/001.p/44", "tile/0/001.p/20",
	                                      "tile/1/000.p/1", "tile/entries/001.p/44",
	                                      "tile/entries/001.p/20"};
	owned_arena arena = {0};
	must_publish("log", 276);
	must_publish("log", 300);
	mend("log", 300);
	is_whole("log", 300);
	for (size_t i = 0; i < sizeof partial / sizeof *partial; i++) {
		const char *file = arena_printf(&arena, "%s/log/%s", folder, partial[i]);
		struct bytes was, is;
		struct err e = {0};
		CHECK(file_read(&arena, file, BUNDLE_MAX, &was, &e), "%s", e.text);
		CHECK(truncate(file, 7) == 0, "%s", file);
		mend("log", 300);
		CHECK(file_read(&arena, file, BUNDLE_MAX, &is, &e) && bytes_equal(was, is),
		      "%s torn: %s", file, e.text);
	}
	for (size_t i = 0; i < sizeof partial / sizeof *partial; i++)
		unlink(arena_printf(&arena, "%s/log/%s", folder, partial[i]));
	rmdir(arena_printf(&arena, "%s/log/tile/1/000.p", folder));
	mend("log", 300);
	is_whole("log", 300);
	must_publish("log", 600);
	is_whole("log", 600);
	mend("log", 512);
	mend("log", 0);
	is_whole("log", 600);
	clear("log");
}

int main(void)
{
	set_up();
	static const struct test tests[] = {
	    TEST(every_size_is_served_until_its_tile_is_full),
	    TEST(an_older_checkpoint_is_left_out),
	    TEST(one_tree_signed_again_replaces_and_another_tree_never),
	    TEST(a_checkpoint_that_cannot_be_read_is_made_again),
	    TEST(more_than_the_store_has_is_not_published),
	    TEST(a_process_may_end_at_any_call),
	    TEST(a_call_may_fail),
	    TEST(an_interrupted_wait_goes_on),
	    TEST(what_is_read_back_may_fail),
	    TEST(in_the_way),
	    TEST(a_full_disk_is_told_and_nothing_is_half_done),
	    TEST(every_changed_byte_is_noticed),
	    TEST(what_a_fall_took_is_made_anew),
	};
	int status = test_main(tests, sizeof tests / sizeof *tests);
	store_close(store);
	stored_end();
	return status;
}

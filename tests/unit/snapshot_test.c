#include "test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "screening/lists.h"

enum { NOW = 1767225600, HOUR = 3600 };

static struct arena arena;
static char home[4096];

static void begin(void)
{
	const char *temporary = getenv("TMPDIR");
	arena = (struct arena){0};
	snprintf(home, sizeof home, "%s/lists-XXXXXX", temporary != NULL ? temporary : "/tmp");
	if (mkdtemp(home) == NULL)
		abort();
}

static void end(void)
{
	owned_arena command = {0};
	CHECK(system(arena_printf(&command, "rm -rf '%s'", home)) == 0, "%s stays", home);
	arena_free(&arena);
}

/* A list of `count` entries, of which those from `changed` on say something else. */
static const char *write_list(unsigned count, unsigned changed)
{
	struct buffer b = {.arena = &arena};
	struct err e = {0};
	buffer_text(&b, "id,name,reason\n");
	for (unsigned i = 1; i <= count; i++)
		buffer_printf(&b, "%u,Party No %u,%s\n", i, i, i >= changed ? "other" : "same");
	const char *path = arena_printf(&arena, "%s/list.csv", home);
	CHECK(file_write(path, buffer_view(&b), 0644, &e), "%s", e.text);
	return path;
}

static struct watched_list a_list(void)
{
	struct watched_list l = {.name = "own",
	                         .source_count = 1,
	                         .max_age = 2 * HOUR,
	                         .shrink_percent = 10,
	                         .policy = POLICY_SUSPEND};
	l.sources = arena_array(&arena, 1, sizeof *l.sources);
	l.sources[0].at = "/nowhere";
	return l;
}

static bool take(struct watched_list *l, const char *path, int64_t now, bool *is_new, struct err *e)
{
	struct list_taking taking = {.paths = &path, .count = 1, .now = now};
	*e = (struct err){0};
	return list_take(home, l, &taking, &arena, is_new, e);
}

static void a_list_is_loaded_as_it_was_saved(void)
{
	begin();
	struct watched_list l = a_list(), again;
	struct err e;
	bool is_new;
	CHECK(take(&l, write_list(20, 99), NOW, &is_new, &e) && is_new, "%s", e.text);
	l.sources[0].etag = "\"tag\"";
	CHECK(list_save(home, &l, &e), "%s", e.text);
	CHECK(list_load(home, "own", &arena, &again, &e), "%s", e.text);
	CHECK(again.max_age == l.max_age && again.policy == POLICY_SUSPEND &&
	          again.shrink_percent == 10 && again.checked == NOW && again.snapshot_count == 1 &&
	          again.source_count == 1,
	      "settings differ");
	CHECK(strcmp(again.sources[0].etag, "\"tag\"") == 0 &&
	          again.sources[0].last_modified == NULL,
	      "tags");
	const struct list_snapshot *a = list_current(&l), *b = list_current(&again);
	CHECK(hash_equal(&a->digest, &b->digest) && strcmp(a->folder, b->folder) == 0 &&
	          a->facts.entries == 20 && b->facts.entries == 20 &&
	          strcmp(b->facts.format, "csv") == 0,
	      "snapshots differ");
	CHECK(take(&again, write_list(20, 99), NOW + HOUR, &is_new, &e) && !is_new, "%s", e.text);
	CHECK(again.snapshot_count == 1 && again.checked == NOW + HOUR, "taken twice");
	end();
}

static bool count_change(void *context, const struct list_change *c, struct err *e)
{
	struct list_counts *counts = context;
	(void)e;
	counts->added += c->kind == LIST_ADDED && c->before == NULL && c->after != NULL;
	counts->changed += c->kind == LIST_CHANGED && strcmp(c->before->id, c->after->id) == 0;
	counts->removed += c->kind == LIST_REMOVED && c->after == NULL;
	return true;
}

static void what_changed_is_found(void)
{
	begin();
	struct watched_list l = a_list();
	struct list_counts told, seen = {0};
	struct err e;
	bool is_new;
	CHECK(take(&l, write_list(100, 999), NOW, &is_new, &e), "%s", e.text);
	CHECK(take(&l, write_list(95, 91), NOW + 1, &is_new, &e) && is_new, "%s", e.text);
	CHECK(
	    list_diff(l.snapshots[0].folder, l.snapshots[1].folder, count_change, &seen, &told, &e),
	    "%s", e.text);
	CHECK(told.added == 0 && told.changed == 5 && told.removed == 5, "%d %d %d",
	      (int)told.added, (int)told.changed, (int)told.removed);
	CHECK(memcmp(&told, &seen, sizeof told) == 0, "other changes were visited");
	seen = (struct list_counts){0};
	CHECK(list_diff(NULL, l.snapshots[0].folder, count_change, &seen, &told, &e), "%s", e.text);
	CHECK(told.added == 100 && seen.added == 100, "%d", (int)told.added);
	struct entity x;
	bool found;
	CHECK(snapshot_entity(l.snapshots[1].folder, "95", &arena, &x, &found, &e) && found &&
	          strcmp(x.names[0].text, "Party No 95") == 0 &&
	          strcmp(x.notes[0].text, "other") == 0,
	      "%s", e.text);
	CHECK(snapshot_entity(l.snapshots[1].folder, "96", &arena, &x, &found, &e) && !found,
	      "it is there");
	CHECK(snapshot_entity(l.snapshots[0].folder, "9", &arena, &x, &found, &e) && found &&
	          strcmp(x.id, "9") == 0,
	      "%s", e.text);
	end();
}

static void the_list_of_a_day_is_the_one_published_by_then(void)
{
	struct list_snapshot all[] = {
	    {.retrieved = 100},
	    {.retrieved = 300, .facts = {.has_published = true, .published = 200}},
	    {.retrieved = 400, .facts = {.has_published = true, .published = 390}},
	};
	struct watched_list l = {.snapshots = all, .snapshot_count = 3};
	static const struct {
		int64_t at;
		int which;
	} rows[] = {{99, -1}, {100, 0}, {199, 0}, {200, 1}, {389, 1}, {390, 2}, {1000, 2}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct list_snapshot *s = list_as_of(&l, rows[i].at);
		CHECK(s == (rows[i].which < 0 ? NULL : &all[rows[i].which]), "%d", (int)rows[i].at);
	}
	l.max_age = 50;
	l.checked = 400;
	CHECK(!list_is_stale(&l, 450) && list_is_stale(&l, 451), "of a limit");
	l.max_age = 0;
	CHECK(!list_is_stale(&l, 1 << 30), "of no limit");
	l.snapshot_count = 0;
	CHECK(list_is_stale(&l, 400), "of nothing");
}

static void names_that_are_no_folders_are_refused(void)
{
	static const char *const bad[] = {
	    "",
	    ".",
	    "..",
	    "a/b",
	    "a b",
	    "a.json",
	    "\xC3\xA9",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!list_name_is_good(bad[i]), "%s", bad[i]);
	CHECK(list_name_is_good("us_SDN-2"), "refused");
}

static void entities_survive_their_line(void)
{
	begin();
	struct entity_name names[] = {{.text = "A \"B\"\n\\", .given = "A", .family = "B"},
	                              {.text = "שלום", .kind = NAME_WEAK}};
	struct entity_identifier ids[] = {{"passport", "X 1", "IL"}, {"other", "2", NULL}};
	struct entity_note notes[] = {{"reason", "because"}};
	const char *births[] = {"1961-03-07", "1962"}, *countries[] = {"IL"},
	           *addresses[] = {"1, Way"};
	struct entity x = {.id = "a\"1",
	                   .type = ENTITY_VESSEL,
	                   .names = names,
	                   .name_count = 2,
	                   .births = births,
	                   .birth_count = 2,
	                   .countries = countries,
	                   .country_count = 1,
	                   .addresses = addresses,
	                   .address_count = 1,
	                   .identifiers = ids,
	                   .identifier_count = 2,
	                   .notes = notes,
	                   .note_count = 1};
	struct entity again;
	struct err e;
	const char *line = entity_line(&arena, &x);
	CHECK(strchr(line, '\n') == NULL, "two lines");
	CHECK(entity_from_line(&arena, line, strlen(line), &again, &e), "%s", e.text);
	CHECK(strcmp(entity_line(&arena, &again), line) == 0, "%s", line);
	CHECK(again.names[1].kind == NAME_WEAK && again.identifiers[1].country == NULL, "%s", line);
	CHECK(!entity_from_line(&arena, "{}", 2, &again, &e) &&
	          !entity_from_line(&arena, "x", 1, &again, &e),
	      "taken");
	end();
}

/* --- Faults --------------------------------------------------------------------------------- */

/* Killed at any moment, an update leaves the old snapshot or the new one, whole. */
static void a_killed_update_leaves_a_whole_snapshot(void)
{
	begin();
	struct watched_list l = a_list();
	struct err e;
	bool is_new;
	uint64_t seed = test_seed();
	unsigned old = 0, new = 0;
	CHECK(take(&l, write_list(2000, 9999), NOW, &is_new, &e), "%s", e.text);
	for (int round = 0; round < 40; round++) {
		const char *path = write_list(2000, 1900 - (unsigned)round);
		pid_t child = fork();
		if (child == 0) {
			take(&l, path, NOW + 1 + round, &is_new, &e);
			_exit(0);
		}
		usleep((useconds_t)(test_random(&seed) % 30000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		struct watched_list now;
		struct list_counts counts = {0}, told;
		CHECK(list_load(home, "own", &arena, &now, &e), "%s", e.text);
		const struct list_snapshot *s = list_current(&now);
		CHECK(list_diff(NULL, s->folder, count_change, &counts, &told, &e) &&
		          told.added == 2000,
		      "%s", e.text);
		bool is_taken = now.snapshot_count > l.snapshot_count;
		old += !is_taken;
		new += is_taken;
		l = now;
	}
	CHECK(take(&l, write_list(2000, 1), NOW + 100, &is_new, &e), "%s", e.text);
	CHECK(system(arena_printf(&arena, "ls -d %s/lists/own/.taking-* 2>/dev/null", home)) != 0,
	      "left over");
	printf("# %u updates were killed before the end, %u were not\n", old, new);
	end();
}

static void a_full_disk_leaves_the_old_snapshot(void)
{
	begin();
	struct watched_list l = a_list(), again;
	struct err e;
	bool is_new;
	CHECK(take(&l, write_list(1000, 9999), NOW, &is_new, &e), "%s", e.text);
	const char *path = write_list(1000, 500);
	pid_t child = fork();
	if (child == 0) { /* no file may grow past this: as on a full disk, for the entities */
		struct rlimit limit = {40000, 40000};
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(take(&l, path, NOW + 1, &is_new, &e) ? 1 : e.kind == ERR_ENVIRONMENT ? 0 : 2);
	}
	int status;
	waitpid(child, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
	CHECK(list_load(home, "own", &arena, &again, &e) && again.snapshot_count == 1, "%s",
	      e.text);
	CHECK(take(&again, path, NOW + 2, &is_new, &e) && is_new, "%s", e.text);
	end();
}

TEST_MAIN(TEST(a_list_is_loaded_as_it_was_saved), TEST(what_changed_is_found),
          TEST(the_list_of_a_day_is_the_one_published_by_then),
          TEST(names_that_are_no_folders_are_refused), TEST(entities_survive_their_line),
          TEST(a_killed_update_leaves_a_whole_snapshot), TEST(a_full_disk_leaves_the_old_snapshot))

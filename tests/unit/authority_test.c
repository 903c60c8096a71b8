/* The keeper of a log, in real directories: what is taken in, answered, published, proven. */
#include "home.h"
#include "record/roster.h"

#include <sys/stat.h>

#include "base/file.h"

/* --- What tests look at ---------------------------------------------------------------------- */

/* All that a refused record must leave as it was. */
struct picture {
	uint64_t size;
	struct hash state, checkpoint;
};

static struct picture picture_of(struct home *h)
{
	owned_arena arena = {0};
	struct picture out = {0};
	struct bytes note = {0};
	struct err e = {0};
	home_must(store_begin(h->a.store, false, &e), "begin", &e);
	out.size = store_size(h->a.store);
	home_must(store_digest(h->a.store, &out.state, &e), "digest", &e);
	store_rollback(h->a.store);
	const char *path = arena_printf(&arena, "%s/log/checkpoint", h->path);
	home_must(file_read(&arena, path, NOTE_MAX, &note, &e), "read", &e);
	out.checkpoint = sha256(note);
	return out;
}

static bool same_picture(const struct picture *a, const struct picture *b)
{
	return a->size == b->size && hash_equal(&a->state, &b->state) &&
	       hash_equal(&a->checkpoint, &b->checkpoint);
}

static bool is_error(const struct err *e, enum err_kind kind, const char *rule)
{
	return e->kind == kind &&
	       (rule == NULL ? e->rule == NULL : e->rule != NULL && strcmp(e->rule, rule) == 0);
}

static bool is_refused(const struct err *e, const char *rule)
{
	return is_error(e, ERR_REFUSED, rule);
}

#define TOLD(e) (e).rule == NULL ? "-" : (e).rule, (e).text

static const char *in_home(struct home *h, const char *name)
{
	return arena_printf(&h->w.arena, "%s/%s", h->path, name);
}

static mode_t mode_of(const char *path)
{
	struct stat st = {0};
	return stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

static void put_file(const char *path, const char *text)
{
	struct err e = {0};
	home_must(file_write(path, bytes_text(text), 0600, &e), path, &e);
}

static unsigned count_files(const char *folder)
{
	owned_arena arena = {0};
	char line[32] = "";
	FILE *f = popen(arena_printf(&arena, "ls -A '%s' | wc -l", folder), "r");
	if (f == NULL || fgets(line, sizeof line, f) == NULL)
		line[0] = 0;
	if (f != NULL)
		pclose(f);
	return (unsigned)strtoul(line, NULL, 10);
}

/* --- Init ------------------------------------------------------------------------------------ */

static void init_makes_a_home_that_opens_and_verifies(void)
{
	struct home h;
	struct err e = {0};
	struct log_view view;
	struct log_check check;
	home_begin(&h, WORLD_EMPTY);
	CHECK(mode_of(in_home(&h, "authority.key")) == 0600, "%o",
	      mode_of(in_home(&h, "authority.key")));
	CHECK(mode_of(in_home(&h, "authority.pub")) == 0644, "%o",
	      mode_of(in_home(&h, "authority.pub")));
	CHECK(mode_of(h.path) == 0700, "%o", mode_of(h.path));
	CHECK(count_files(h.folder) == 1, "%u files beside it", count_files(h.folder) - 1);
	home_close(&h);
	home_open(&h, false);
	CHECK(strcmp(h.a.public.name, WORLD_ORIGIN) == 0, "%s", h.a.public.name);
	CHECK(log_view_home(&h.a, &view, &e), "%s", e.text);
	CHECK(log_verify(&view, NULL, &check, &e), "%s", e.text);
	CHECK(check.entries == 5, "%llu entries, not the authority's key, 3 officers', a listing",
	      (unsigned long long)check.entries);
	log_view_close(&view);
	home_end(&h);
}

static void init_counts_the_officers_that_must_agree(void)
{
	static const struct {
		size_t officers;
		uint64_t threshold, expected; /* 0: refused */
	} rows[] = {{0, 0, 2}, {0, 1, 1}, {1, 0, 1}, {2, 0, 2},
	            {3, 0, 2}, {3, 3, 3}, {1, 2, 0}, {3, 4, 0}};
	struct world w;
	struct public_key officers[3];
	char folder[] = "/tmp/proviso-XXXXXX";
	world_begin(&w, WORLD_EMPTY);
	CHECK(mkdtemp(folder) != NULL, "no folder");
	for (int i = 0; i < 3; i++)
		officers[i] = w.officers[i].public;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct authority a;
		struct record first;
		struct bytes entry;
		struct err e = {0};
		struct authority_options options = {&w.authority, officers, rows[i].officers,
		                                    rows[i].threshold};
		const char *home = arena_printf(&w.arena, "%s/%zu", folder, i);
		bool made = authority_init(home, &options, w.now, &e);
		CHECK(made == (rows[i].expected != 0), "row %zu: %s", i, e.text);
		if (!made) {
			CHECK(is_refused(&e, "key.threshold"), "row %zu: %s: %s", i, TOLD(e));
			CHECK(!file_exists(home), "row %zu left something", i);
			continue;
		}
		home_must(authority_open(&a, home, false, &e), "open", &e);
		home_must(store_begin(a.store, false, &e) &&
		              store_entry(a.store, 0, &w.arena, &entry, &e) &&
		              record_decode(&w.arena, entry, &first, &e),
		          "first", &e);
		CHECK(first.body.key.threshold == rows[i].expected, "row %zu: %llu", i,
		      (unsigned long long)first.body.key.threshold);
		authority_close(&a);
	}
	home_remove(folder);
	world_end(&w);
}

static void init_refuses_and_leaves_nothing(void)
{
	struct world w;
	struct public_key officers[2];
	char folder[] = "/tmp/proviso-XXXXXX";
	struct err e = {0};
	world_begin(&w, WORLD_EMPTY);
	struct secret_key es256 = world_key_of(KEY_ES256, WORLD_ORIGIN);
	CHECK(mkdtemp(folder) != NULL, "no folder");
	officers[0] = officers[1] = w.officers[0].public;
	snprintf(officers[1].name, sizeof officers[1].name, "officer-zeta");
	struct authority_options options = {&w.authority, officers, 1, 0};
	const char *home = arena_printf(&w.arena, "%s/home", folder);
	const char *inside = arena_printf(&w.arena, "%s/home/mine", folder);

	home_must(directory_make(home, 0755, &e), "folder", &e);
	put_file(inside, "mine");
	CHECK(!authority_init(home, &options, w.now, &e) && is_refused(&e, "authority.home-exists"),
	      "a folder in use: %s: %s", TOLD(e));
	CHECK(file_exists(inside) && count_files(folder) == 1, "it was touched");
	unlink(inside);
	rmdir(home);

	put_file(home, "mine");
	CHECK(!authority_init(home, &options, w.now, &e) && is_refused(&e, "authority.home-exists"),
	      "a file: %s: %s", TOLD(e));
	unlink(home);

	CHECK(!authority_init(arena_printf(&w.arena, "%s/no/home", folder), &options, w.now, &e) &&
	          e.kind == ERR_ENVIRONMENT,
	      "no such parent: %s", e.text);

	options.officer_count = 2;
	CHECK(!authority_init(home, &options, w.now, &e) && is_refused(&e, "key.in-use"),
	      "two officers of one key: %s: %s", TOLD(e));
	CHECK(strstr(e.text, "officer-zeta") != NULL, "%s", e.text);
	options.officer_count = 1;
	options.key = &es256;
	CHECK(!authority_init(home, &options, w.now, &e) && is_refused(&e, "key.origin"),
	      "an ES256 key: %s: %s", TOLD(e));
	CHECK(count_files(folder) == 0, "%u files are left", count_files(folder));

	options.key = &w.authority;
	home_must(directory_make(home, 0755, &e), "folder", &e);
	CHECK(authority_init(arena_printf(&w.arena, "%s/", home), &options, w.now, &e),
	      "an empty folder: %s", e.text);
	CHECK(!authority_init(home, &options, w.now, &e) && is_refused(&e, "authority.home-exists"),
	      "twice: %s: %s", TOLD(e));
	home_remove(folder);
	world_end(&w);
}

/* --- Opening --------------------------------------------------------------------------------- */

static void damage_key(struct home *h)
{
	put_file(in_home(h, "authority.key"), "not a key\n");
}

static void other_key(struct home *h)
{
	uint8_t salt[KEY_SALT] = {0};
	struct err e = {0};
	put_file(in_home(h, "authority.key"),
	         key_file(&h->w.arena, &h->w.officers[0], NULL, salt, &e));
}

static void renamed_key(struct home *h)
{
	uint8_t salt[KEY_SALT] = {0};
	struct err e = {0};
	struct secret_key key = h->w.authority;
	snprintf(key.public.name, sizeof key.public.name, "other.example/log");
	put_file(in_home(h, "authority.key"), key_file(&h->w.arena, &key, NULL, salt, &e));
}

static void no_key(struct home *h)
{
	unlink(in_home(h, "authority.key"));
}

static void no_public(struct home *h)
{
	unlink(in_home(h, "authority.pub"));
}

static void damage_public(struct home *h)
{
	put_file(in_home(h, "authority.pub"), "proviso.example/log+00000000+AAAA\n");
}

static void other_public(struct home *h)
{
	put_file(in_home(h, "authority.pub"), key_line(&h->w.arena, &h->w.officers[0].public));
}

static void renamed_public(struct home *h)
{
	struct public_key key = h->w.authority.public;
	snprintf(key.name, sizeof key.name, "other.example/log");
	put_file(in_home(h, "authority.pub"), key_line(&h->w.arena, &key));
}

static void no_store(struct home *h)
{
	unlink(in_home(h, "store.db"));
}

static void damage_store(struct home *h)
{
	put_file(in_home(h, "store.db"), "SQLite format 3, or is it?");
}

static void empty_store(struct home *h)
{
	struct err e = {0};
	no_store(h);
	struct store *s = store_open(in_home(h, "store.db"), STORE_CREATE, &e);
	home_must(s != NULL, "store", &e);
	store_close(s);
}

static void damage_checkpoint(struct home *h)
{
	put_file(in_home(h, "log/checkpoint"), "proviso.example/log\n5\n");
}

static const struct {
	const char *name;
	void (*damage)(struct home *);
	enum err_kind kind;
	const char *rule, *says;
	bool opens_for_reading;
} damages[] = {
    {"no authority.pub", no_public, ERR_INPUT, "authority.no-home", "not an authority's directory",
     false},
    {"damaged authority.pub", damage_public, ERR_INPUT, "key.line", "authority.pub", false},
    {"another's authority.pub", other_public, ERR_INPUT, "authority.damaged", "store.db", false},
    {"another name", renamed_public, ERR_INPUT, "authority.damaged", "store.db", false},
    {"no key", no_key, ERR_ENVIRONMENT, NULL, "authority.key", true},
    {"damaged key", damage_key, ERR_INPUT, "key.file", "authority.key", true},
    {"another's key", other_key, ERR_INPUT, "authority.damaged", "authority.key", true},
    {"a key of another name", renamed_key, ERR_INPUT, "authority.damaged", "authority.key", true},
    {"no store", no_store, ERR_ENVIRONMENT, NULL, "store.db", false},
    {"damaged store", damage_store, ERR_INPUT, "store.format", "store.db", false},
    {"empty store", empty_store, ERR_INPUT, "authority.damaged", "store.db", false},
    {"damaged checkpoint", damage_checkpoint, ERR_INPUT, NULL, "log/checkpoint", true},
};

static void a_damaged_home_is_told_by_what_is_damaged(void)
{
	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		struct home h;
		struct authority a;
		struct err e = {0}, reading = {0};
		home_begin(&h, WORLD_EMPTY);
		home_close(&h);
		damages[i].damage(&h);
		bool opened = authority_open(&a, h.path, true, &e);
		CHECK(!opened, "%s: opened", damages[i].name);
		if (opened)
			authority_close(&a);
		CHECK(e.kind == damages[i].kind, "%s: %d: %s", damages[i].name, (int)e.kind,
		      e.text);
		CHECK(damages[i].rule == NULL ||
		          (e.rule != NULL && strcmp(e.rule, damages[i].rule) == 0),
		      "%s: %s: %s", damages[i].name, TOLD(e));
		CHECK(strstr(e.text, damages[i].says) != NULL, "%s: %s", damages[i].name, e.text);
		CHECK(a.home == NULL && a.store == NULL, "%s: something is left open",
		      damages[i].name);
		opened = authority_open(&a, h.path, false, &reading);
		CHECK(opened == damages[i].opens_for_reading, "%s: for reading: %s",
		      damages[i].name, reading.text);
		if (opened)
			authority_close(&a);
		home_end(&h);
	}
	struct authority a;
	struct err e = {0};
	CHECK(!authority_open(&a, "/nonexistent/home", true, &e) &&
	          is_error(&e, ERR_INPUT, "authority.no-home"),
	      "%s", e.text);
}

static void copy_file(const char *from, const char *to)
{
	owned_arena arena = {0};
	struct bytes all;
	struct err e = {0};
	home_must(file_read(&arena, from, 1 << 30, &all, &e) && file_write(to, all, 0600, &e), from,
	          &e);
}

static void an_old_copy_of_the_store_never_signs_again(void)
{
	struct home h;
	struct authority a;
	struct err e = {0};
	home_begin(&h, WORLD_EMPTY);
	home_close(&h);
	copy_file(in_home(&h, "store.db"), in_home(&h, "old.db"));
	home_open(&h, true);
	home_step(&h, WORLD_FOUNDED);
	home_close(&h);
	copy_file(in_home(&h, "store.db"), in_home(&h, "new.db"));
	copy_file(in_home(&h, "old.db"), in_home(&h, "store.db"));
	CHECK(!authority_open(&a, h.path, true, &e) && is_error(&e, ERR_INPUT, "authority.damaged"),
	      "%s: %s", TOLD(e));
	CHECK(strstr(e.text, "old copy") != NULL, "%s", e.text);

	/* The same number of entries, but others than were published. */
	copy_file(in_home(&h, "log/checkpoint"), in_home(&h, "checkpoint"));
	unlink(in_home(&h, "log/checkpoint"));
	home_open(&h, true);
	h.w.now += 100;
	home_step(&h, WORLD_FOUNDED);
	home_close(&h);
	copy_file(in_home(&h, "checkpoint"), in_home(&h, "log/checkpoint"));
	CHECK(!authority_open(&a, h.path, true, &e) && is_error(&e, ERR_INPUT, "authority.damaged"),
	      "%s: %s", TOLD(e));
	CHECK(strstr(e.text, "not those that were published") != NULL, "%s", e.text);
	home_end(&h);
}

static void what_was_not_published_is_at_the_next_opening(void)
{
	struct home h;
	struct err e = {0};
	struct log_view view;
	struct log_check check;
	home_begin(&h, WORLD_EMPTY);
	copy_file(in_home(&h, "log/checkpoint"), in_home(&h, "checkpoint"));
	home_step(&h, WORLD_FOUNDED);
	struct picture before = picture_of(&h);
	home_close(&h);
	for (int i = 0; i < 2; i++) {
		/* As after a crash: the checkpoint is the old one, or there is no folder at all. */
		if (i == 0)
			copy_file(in_home(&h, "checkpoint"), in_home(&h, "log/checkpoint"));
		else
			home_remove(in_home(&h, "log"));
		home_open(&h, true);
		struct picture after = picture_of(&h);
		CHECK(same_picture(&before, &after), "round %d: not the same checkpoint", i);
		home_close(&h);
		CHECK(log_view_directory(in_home(&h, "log"), &h.w.authority.public, &view, &e),
		      "%s", e.text);
		CHECK(log_verify(&view, NULL, &check, &e), "round %d: %s", i, e.text);
		CHECK(check.entries == before.size, "%llu", (unsigned long long)check.entries);
		log_view_close(&view);
	}
	home_end(&h);
}

/* --- Submitting ------------------------------------------------------------------------------- */

static void a_refused_record_leaves_nothing(void)
{
	struct home h;
	struct hash id;
	struct err e = {0};
	home_begin(&h, WORLD_DEFINED);
	struct picture before = picture_of(&h), after;
	struct definitions_body body = world_definitions(&h.w);
	body.number = 2;
	CHECK(!home_do(&h, KIND_DEFINITIONS, &body, &h.w.exporter, &id, &e) &&
	          is_refused(&e, "record.wrong-role"),
	      "%s: %s", TOLD(e));
	CHECK(!home_submit(&h, bytes_text("\x83junk"), &id, &e) && e.kind == ERR_INPUT, "%s",
	      e.text);
	after = picture_of(&h);
	CHECK(same_picture(&before, &after), "something changed");
	CHECK(home_do(&h, KIND_DEFINITIONS, &body, &h.w.officers[0], &id, &e), "then: %s", e.text);
	home_end(&h);
}

static void a_batch_is_taken_whole_or_not_at_all(void)
{
	struct home h;
	struct accepted out[3];
	struct bytes records[3];
	struct err e = {0};
	size_t failed = 99;
	home_begin(&h, WORLD_FOUNDED);
	struct picture before = picture_of(&h), after;
	struct definitions_body body = world_definitions(&h.w);
	struct secret_key stranger = world_key("stranger");
	records[0] = world_record(&h.w, KIND_DEFINITIONS, &body, &h.w.officers[0]);
	body.number = 2;
	records[1] = world_record(&h.w, KIND_DEFINITIONS, &body, &h.w.officers[1]);
	body.number = 3;
	records[2] = world_record(&h.w, KIND_DEFINITIONS, &body, &stranger);
	CHECK(!authority_submit(&h.a, records, 3, h.w.now, out, &failed, &e) &&
	          is_refused(&e, "record.unknown-signer"),
	      "%s: %s", TOLD(e));
	CHECK(failed == 2, "record %zu is at fault", failed);
	after = picture_of(&h);
	CHECK(same_picture(&before, &after), "something changed");

	/* Each is judged on what those before it leave. */
	records[2] = world_record(&h.w, KIND_DEFINITIONS, &body, &h.w.officers[2]);
	CHECK(authority_submit(&h.a, records, 3, h.w.now, out, &failed, &e), "%s", e.text);
	CHECK(failed == 3, "record %zu is at fault", failed);
	for (size_t i = 0; i < 3; i++)
		CHECK(out[i].index == before.size + i && !out[i].was_there, "%zu: %llu", i,
		      (unsigned long long)out[i].index);
	CHECK(authority_submit(&h.a, NULL, 0, h.w.now, NULL, NULL, &e), "none at all: %s", e.text);
	home_end(&h);
}

static size_t officers_for_gates(struct home *h, int64_t now)
{
	struct bytes text;
	struct roster roster;
	const char *origin;
	uint64_t followed;
	struct err e = {0};
	bool read = authority_officers(&h->a, &h->w.arena, now, &text, &e) &&
	            roster_parse(&h->w.arena, text, &origin, &roster, &followed, &e);
	CHECK(read, "%s", e.text);
	return read ? roster.count : 0;
}

static void gates_are_given_no_officer_whose_time_is_over(void)
{
	struct home h;
	struct err e = {0};
	struct hash id;
	home_begin(&h, WORLD_FOUNDED);
	struct secret_key key = world_key("officer-dunn");
	struct key_body body = world_key_body(ROLE_OFFICER, &key);
	body.has_valid_until = true;
	body.valid_until = h.w.now + 3600;
	CHECK(home_do(&h, KIND_KEY, &body, &h.w.officers[0], &id, &e), "%s", e.text);
	struct approval_body approval = {.proposal = id};
	CHECK(home_do(&h, KIND_APPROVAL, &approval, &h.w.officers[1], &id, &e), "%s", e.text);
	size_t before = officers_for_gates(&h, body.valid_until - 1);
	CHECK(before > 1 && officers_for_gates(&h, body.valid_until) == before - 1, "%zu", before);
	home_end(&h);
}

static void a_record_submitted_again_gets_the_same_answer(void)
{
	struct home h;
	struct accepted first, again, both[2];
	struct err e = {0};
	home_begin(&h, WORLD_FOUNDED);
	struct definitions_body body = world_definitions(&h.w);
	struct bytes record = world_record(&h.w, KIND_DEFINITIONS, &body, &h.w.officers[0]);
	CHECK(authority_submit(&h.a, &record, 1, h.w.now, &first, NULL, &e), "%s", e.text);
	struct picture before = picture_of(&h), after;
	/* Even when it would not be accepted any more: it was signed long after `now`. */
	CHECK(authority_submit(&h.a, &record, 1, h.w.now - 100000, &again, NULL, &e), "%s", e.text);
	CHECK(again.was_there && again.index == first.index && hash_equal(&again.id, &first.id),
	      "%llu, not %llu", (unsigned long long)again.index, (unsigned long long)first.index);
	after = picture_of(&h);
	CHECK(same_picture(&before, &after), "something changed");

	body.number = 2;
	struct bytes twice[2];
	twice[0] = twice[1] = world_record(&h.w, KIND_DEFINITIONS, &body, &h.w.officers[0]);
	CHECK(authority_submit(&h.a, twice, 2, h.w.now, both, NULL, &e), "%s", e.text);
	CHECK(!both[0].was_there && both[1].was_there && both[0].index == both[1].index,
	      "%llu, %llu", (unsigned long long)both[0].index, (unsigned long long)both[1].index);
	after = picture_of(&h);
	CHECK(after.size == before.size + 1, "%llu", (unsigned long long)after.size);
	home_end(&h);
}

static void the_door_refuses_what_comes_from_the_future(void)
{
	struct home h;
	struct err e = {0};
	home_begin(&h, WORLD_FOUNDED);
	int64_t now = h.w.now;
	struct definitions_body body = world_definitions(&h.w);
	struct bytes record;
	struct accepted out;
	h.w.now = now + 301;
	record = world_record(&h.w, KIND_DEFINITIONS, &body, &h.w.officers[0]);
	CHECK(!authority_submit(&h.a, &record, 1, now, &out, NULL, &e) &&
	          is_refused(&e, "record.from-the-future"),
	      "%s: %s", TOLD(e));
	h.w.now = now + 300;
	record = world_record(&h.w, KIND_DEFINITIONS, &body, &h.w.officers[0]);
	CHECK(authority_submit(&h.a, &record, 1, now, &out, NULL, &e), "%s", e.text);
	home_end(&h);
}

static void only_the_authority_speaks_for_itself(void)
{
	struct home h;
	struct err e = {0};
	home_begin(&h, WORLD_ENROLLED);
	struct picture before = picture_of(&h), after;
	union record_body body = {.lease = {
	                              .system = h.w.system,
	                              .device = key_id(&h.w.device.public),
	                              .sequence = 1,
	                              .scope = world_scope(&h.w, "capability=capture.headers"),
	                              .ttl_seconds = 3600,
	                              .nonce = world_nonce(&h.w, 1),
	                              .counter = 1,
	                              .use_log = {0, merkle_empty},
	                          }};
	CHECK(!home_do(&h, KIND_LEASE, &body, NULL, NULL, &e) &&
	          is_refused(&e, "record.keeper-only"),
	      "a lease: %s: %s", TOLD(e));
	body.listing = world_listing(&h.w);
	CHECK(!home_do(&h, KIND_LISTING, &body, NULL, NULL, &e) &&
	          is_refused(&e, "record.keeper-only"),
	      "a listing: %s: %s", TOLD(e));
	struct bytes request = home_request(&h, &h.system);
	CHECK(!home_submit(&h, request, NULL, &e) && is_refused(&e, "record.not-for-the-log"),
	      "a request: %s: %s", TOLD(e));
	after = picture_of(&h);
	CHECK(same_picture(&before, &after), "something changed");
	home_end(&h);
}

static bool entry_at(struct home *h, uint64_t index, struct record *out)
{
	struct bytes entry;
	struct err e = {0};
	bool ok = store_begin(h->a.store, false, &e) &&
	          store_entry(h->a.store, index, &h->w.arena, &entry, &e);
	store_rollback(h->a.store);
	return ok && record_decode(&h->w.arena, entry, out, &e);
}

static void an_application_is_screened_with_it(void)
{
	static const struct {
		const char *exporter, *country;
		uint64_t hits;
	} rows[] = {{"Meridian-Systems", "XA", 0}, {"Candiru", "IL", 1}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct home h;
		struct hash id;
		struct record screening = {0};
		struct err e = {0};
		union record_body body;
		home_begin(&h, WORLD_EMPTY);
		h.w.exporter = world_key(rows[i].exporter);
		home_step(&h, WORLD_FOUNDED);
		home_step(&h, WORLD_DEFINED);
		home_step(&h, WORLD_DECLARED);
		struct picture before = picture_of(&h), after;
		body.application = world_application(&h.w);
		CHECK(home_do(&h, KIND_APPLICATION, &body, &h.w.exporter, &id, &e), "%s: %s: %s",
		      rows[i].exporter, TOLD(e));
		after = picture_of(&h);
		CHECK(after.size == before.size + 2, "%llu entries",
		      (unsigned long long)after.size);
		CHECK(entry_at(&h, before.size + 1, &screening) && screening.kind == KIND_SCREENING,
		      "%d follows", (int)screening.kind);
		const struct screening_body *said = &screening.body.screening;
		CHECK(hash_equal(&said->application, &id), "of another application");
		CHECK(said->hits.count == rows[i].hits, "%s: %zu hits", rows[i].exporter,
		      said->hits.count);
		if (said->hits.count == 1) {
			const struct party_hit *hit = said->hits.at;
			CHECK(strcmp(hit->party, "exporter") == 0 &&
			          strcmp(hit->name, "Candiru") == 0 && hit->score >= 900,
			      "%s %s", hit->party, hit->name);
		}
		h.w.application = id;
		body.decision = world_decision(&h.w);
		bool decided = home_do(&h, KIND_DECISION, &body, &h.w.officers[0], NULL, &e);
		CHECK(decided == (rows[i].hits == 0), "%s", e.text);
		CHECK(decided || is_refused(&e, "decision.application-held"), "%s: %s", TOLD(e));
		home_end(&h);
	}
}

/* --- Renewing --------------------------------------------------------------------------------- */

enum { SYSTEMS = 20 };

/* A licence for more systems than the world's two, and all of them enrolled. */
static void enrol_many(struct home *h, struct home_system systems[], size_t count)
{
	union record_body body;
	home_begin(h, WORLD_DECLARED);
	body.application = world_application(&h->w);
	body.application.quantity = count;
	home_done(h, KIND_APPLICATION, &body, &h->w.exporter, &h->w.application);
	home_step(h, WORLD_APPROVED);
	body.licence = world_licence(&h->w);
	body.licence.quantity = count;
	home_done(h, KIND_LICENCE, &body, &h->w.officers[0], &h->w.licence);
	for (size_t i = 0; i < count; i++) {
		char serial[24];
		snprintf(serial, sizeof serial, "S-%zu", i);
		systems[i] = (struct home_system){
		    .key = world_key_of(i % 2 ? KEY_ED25519 : KEY_ES256, serial)};
		body.enrolment = world_enrolment(&h->w);
		body.enrolment.serial = serial;
		body.enrolment.device_key = systems[i].key.public;
		home_done(h, KIND_ENROLMENT, &body, &h->w.exporter, &h->w.system);
	}
}

static void renewals_of_a_batch_stand_under_one_checkpoint(void)
{
	struct home h;
	struct home_system systems[SYSTEMS];
	struct bytes requests[SYSTEMS + 3], replies[SYSTEMS + 3];
	struct err errs[SYSTEMS + 3], e = {0};
	enrol_many(&h, systems, SYSTEMS);
	struct home_system stranger = {.key = world_key("stranger")};
	for (int round = 0; round < 3; round++) {
		struct picture before = picture_of(&h);
		for (size_t i = 0; i < SYSTEMS; i++)
			requests[i] = home_request(&h, &systems[i]);
		requests[SYSTEMS] = home_request(&h, &stranger);
		requests[SYSTEMS + 1] = bytes_text("\xD2 not a request");
		requests[SYSTEMS + 2] = requests[0]; /* its counter was used just now */
		CHECK(authority_renew(&h.a, &h.w.arena, requests, SYSTEMS + 3, h.w.now, replies,
		                      errs, &e),
		      "%s", e.text);
		uint64_t size = 0;
		for (size_t i = 0; i < SYSTEMS; i++) {
			struct record lease;
			struct checkpoint head;
			CHECK(home_reply(&h, replies[i], &lease, &head, &e), "%zu: %s", i, e.text);
			CHECK(lease.kind == KIND_LEASE && errs[i].kind == ERR_NONE, "%zu", i);
			CHECK(lease.body.lease.sequence == (uint64_t)round + 1, "%zu: no. %llu", i,
			      (unsigned long long)lease.body.lease.sequence);
			CHECK(lease.claims.issued_at == h.w.now, "%zu: at another time", i);
			CHECK(bytes_equal(lease.body.lease.nonce,
			                  world_nonce(&h.w, systems[i].counter)),
			      "%zu: another nonce", i);
			CHECK(size == 0 || size == head.size, "another checkpoint");
			size = head.size;
			home_accept(&systems[i], &lease);
			home_use(&systems[i]);
		}
		CHECK(size == before.size + SYSTEMS + 1, "%llu entries", (unsigned long long)size);
		CHECK(replies[SYSTEMS].len == 0 &&
		          is_refused(&errs[SYSTEMS], "renewal.unknown-device"),
		      "%s: %s", TOLD(errs[SYSTEMS]));
		CHECK(replies[SYSTEMS + 1].len == 0 && errs[SYSTEMS + 1].kind == ERR_INPUT, "%s",
		      errs[SYSTEMS + 1].text);
		struct record refusal;
		struct checkpoint head;
		CHECK(home_reply(&h, replies[SYSTEMS + 2], &refusal, &head, &e), "%s", e.text);
		CHECK(refusal.kind == KIND_REFUSAL &&
		          strcmp(refusal.body.refusal.code, "renewal.counter-reused") == 0,
		      "%d", (int)refusal.kind);
		h.w.now += 60;
	}
	for (size_t i = 0; i < SYSTEMS; i++)
		merkle_tree_free(&systems[i].uses);
	home_end(&h);
}

static void a_batch_without_an_answer_leaves_nothing(void)
{
	struct home h;
	struct bytes reply;
	struct err refused, e = {0};
	struct home_system stranger = {.key = world_key("stranger")};
	home_begin(&h, WORLD_ENROLLED);
	struct picture before = picture_of(&h), after;
	struct bytes request = home_request(&h, &stranger);
	CHECK(authority_renew(&h.a, &h.w.arena, &request, 1, h.w.now, &reply, &refused, &e), "%s",
	      e.text);
	CHECK(authority_renew(&h.a, &h.w.arena, NULL, 0, h.w.now, NULL, NULL, &e), "%s", e.text);
	after = picture_of(&h);
	CHECK(same_picture(&before, &after), "something changed");
	home_end(&h);
}

static void a_lost_reply_is_asked_for_again(void)
{
	struct home h;
	struct record lease, again;
	struct err e = {0};
	home_begin(&h, WORLD_LEASED);
	home_use(&h.system);
	struct home_system before = h.system;
	CHECK(home_renew(&h, &h.system, &lease, &e), "%s", e.text);
	/* The reply never came: the system knows of the first lease and its head only. */
	before.counter = h.system.counter;
	before.uses = h.system.uses;
	CHECK(home_renew(&h, &before, &again, &e) && again.kind == KIND_LEASE, "%s", e.text);
	CHECK(again.body.lease.sequence == lease.body.lease.sequence + 1, "no. %llu",
	      (unsigned long long)again.body.lease.sequence);
	CHECK(again.body.lease.use_log.size == 1, "another head");
	home_end(&h);
}

static void the_same_refusal_is_said_once(void)
{
	struct home h;
	struct bytes requests[2], replies[2], later;
	struct err errs[2], e = {0};
	struct record refusals[3];
	struct checkpoint head;
	home_begin(&h, WORLD_LEASED);
	h.system.counter--; /* it was used */
	requests[0] = requests[1] = home_request(&h, &h.system);
	struct picture before = picture_of(&h), after;
	CHECK(authority_renew(&h.a, &h.w.arena, requests, 2, h.w.now, replies, errs, &e), "%s",
	      e.text);
	CHECK(authority_renew(&h.a, &h.w.arena, requests, 1, h.w.now, &later, errs, &e), "%s",
	      e.text);
	CHECK(home_reply(&h, replies[0], &refusals[0], &head, &e) &&
	          home_reply(&h, replies[1], &refusals[1], &head, &e) &&
	          home_reply(&h, later, &refusals[2], &head, &e),
	      "%s", e.text);
	CHECK(refusals[0].kind == KIND_REFUSAL, "%d", (int)refusals[0].kind);
	CHECK(hash_equal(&refusals[0].id, &refusals[1].id) &&
	          hash_equal(&refusals[0].id, &refusals[2].id),
	      "they differ");
	after = picture_of(&h);
	CHECK(after.size == before.size + 1, "%llu entries more",
	      (unsigned long long)(after.size - before.size));
	home_end(&h);
}

static void leases_are_never_older_than_the_log(void)
{
	struct home h;
	struct record lease;
	struct err e = {0};
	home_begin(&h, WORLD_ENROLLED);
	int64_t now = h.w.now;
	union record_body body;
	h.w.now = now + 200;
	body.definitions = world_definitions(&h.w);
	body.definitions.number = 2;
	struct bytes record = world_record(&h.w, KIND_DEFINITIONS, &body, &h.w.officers[0]);
	struct accepted out;
	CHECK(authority_submit(&h.a, &record, 1, now, &out, NULL, &e), "%s", e.text);
	h.w.now = now;
	CHECK(home_renew(&h, &h.system, &lease, &e) && lease.kind == KIND_LEASE, "%s", e.text);
	CHECK(lease.claims.issued_at == now + 200, "%lld",
	      (long long)(lease.claims.issued_at - now));
	home_end(&h);
}

static void a_disconnected_system_is_refused_on_the_log(void)
{
	struct home h;
	struct record answer;
	struct err e = {0};
	home_begin(&h, WORLD_FOUND);
	home_enforce(&h, world_measure(&h.w, MEASURE_DISCONNECT));
	CHECK(home_renew(&h, &h.system, &answer, &e), "%s", e.text);
	CHECK(answer.kind == KIND_REFUSAL &&
	          strcmp(answer.body.refusal.code, "renewal.measure") == 0,
	      "%d", (int)answer.kind);
	home_end(&h);
}

/* --- Proving ---------------------------------------------------------------------------------- */

static void every_entry_is_proven_by_a_file(void)
{
	struct home h;
	struct err e = {0};
	home_begin(&h, WORLD_LEASED);
	struct picture all = picture_of(&h);
	home_close(&h);
	home_open(&h, false);
	for (uint64_t i = 0; i < all.size; i++) {
		struct record record = {0};
		struct bytes text = {0};
		struct log_proof proof;
		struct checkpoint head;
		CHECK(entry_at(&h, i, &record), "no entry %llu", (unsigned long long)i);
		CHECK(authority_prove(&h.a, &h.w.arena, i, &text, &e), "%s", e.text);
		CHECK(proof_parse(&h.w.arena, text, &proof, &e) &&
		          proof_verify(&h.w.arena, &proof, record.bytes, &h.w.authority.public,
		                       &head, &e),
		      "%llu: %s", (unsigned long long)i, e.text);
		CHECK(head.size == all.size, "under another checkpoint");
	}
	struct bytes text;
	CHECK(!authority_prove(&h.a, &h.w.arena, all.size, &text, &e) &&
	          is_refused(&e, "log.proof-index"),
	      "%s: %s", TOLD(e));
	damage_checkpoint(&h);
	CHECK(!authority_prove(&h.a, &h.w.arena, 0, &text, &e) && e.kind == ERR_INPUT, "%s",
	      e.text);
	unlink(in_home(&h, "log/checkpoint"));
	CHECK(!authority_prove(&h.a, &h.w.arena, 0, &text, &e) && e.kind == ERR_ENVIRONMENT, "%s",
	      e.text);
	home_end(&h);
}

/* --- Confidential values ---------------------------------------------------------------------- */

static void confidential_values_lie_beside_the_log(void)
{
	struct home h;
	struct hash id;
	struct record record, read;
	struct err e = {0};
	home_begin(&h, WORLD_LEASED);
	union record_body body = {.report = world_report(&h.w)};
	uint8_t salt[16] = {1};
	CHECK(redactable_make(&h.w.arena, KIND_REPORT, "subject", "tel:+15550100", salt,
	                      &body.report.subject),
	      "subject");
	struct bytes bytes = world_record(&h.w, KIND_REPORT, &body, &h.w.auditor);
	CHECK(record_decode(&h.w.arena, bytes, &record, &e), "%s", e.text);
	record.body = body;
	for (int i = 0; i < 2; i++)
		CHECK(authority_keep_disclosures(&h.a, &record, &e), "%s", e.text);
	CHECK(home_submit(&h, bytes, &id, &e), "%s", e.text);

	CHECK(record_decode(&h.w.arena, bytes, &read, &e), "%s", e.text);
	CHECK(read.body.report.subject.value == NULL, "it is on the log");
	CHECK(authority_disclose(&h.a, &h.w.arena, &read, &e), "%s", e.text);
	CHECK(read.body.report.subject.value != NULL &&
	          strcmp(read.body.report.subject.value, "tel:+15550100") == 0,
	      "not disclosed");
	CHECK(read.body.report.reporter.value == NULL, "withheld, and yet there");

	const char *folder = in_home(&h, "disclosures");
	const char *file =
	    arena_printf(&h.w.arena, "%s/%s", folder,
	                 hex_encode(&h.w.arena, hash_bytes(&body.report.subject.digest)));
	CHECK(mode_of(folder) == 0700 && mode_of(file) == 0600, "%o %o", mode_of(folder),
	      mode_of(file));
	CHECK(count_files(folder) == 1, "%u files", count_files(folder));

	/* It is sealed: by a key of its own, and to its own name. */
	struct bytes sealed = {0}, key = {0};
	const char *key_file = in_home(&h, "disclosures.key");
	CHECK(mode_of(key_file) == 0600, "%o", mode_of(key_file));
	CHECK(file_read(&h.w.arena, file, 4096, &sealed, &e) &&
	          file_read(&h.w.arena, key_file, 256, &key, &e),
	      "%s", e.text);
	CHECK(memmem(sealed.at, sealed.len, "15550100", 8) == NULL, "it lies there in clear");
	const char *other =
	    arena_printf(&h.w.arena, "%s/%s", folder,
	                 hex_encode(&h.w.arena, hash_bytes(&body.report.reporter.digest)));
	CHECK(file_write(other, sealed, 0600, &e) &&
	          !authority_disclose(&h.a, &h.w.arena, &read, &e) &&
	          strcmp(e.rule, "disclosures.damaged") == 0,
	      "under another name: %s", e.text);
	unlink(other);
	uint8_t *changed = arena_alloc(&h.w.arena, sealed.len);
	memcpy(changed, sealed.at, sealed.len);
	changed[sealed.len - 1] ^= 1;
	CHECK(file_write(file, bytes_of(changed, sealed.len), 0600, &e) &&
	          !authority_disclose(&h.a, &h.w.arena, &read, &e) &&
	          strcmp(e.rule, "disclosures.damaged") == 0,
	      "changed: %s", e.text);
	put_file(file, "another");
	CHECK(!authority_disclose(&h.a, &h.w.arena, &read, &e) && e.kind == ERR_INPUT, "%s",
	      e.text);
	CHECK(strstr(e.text, "disclosures/") != NULL, "%s", e.text);
	CHECK(file_write(file, sealed, 0600, &e), "%s", e.text);
	put_file(key_file,
	         "proviso-disclosures-key-v1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
	CHECK(!authority_disclose(&h.a, &h.w.arena, &read, &e) &&
	          strcmp(e.rule, "disclosures.damaged") == 0,
	      "by another key: %s", e.text);
	put_file(key_file, "no key");
	CHECK(!authority_disclose(&h.a, &h.w.arena, &read, &e) &&
	          strcmp(e.rule, "disclosures.key") == 0,
	      "without a key: %s", e.text);
	unlink(key_file);
	CHECK(!authority_disclose(&h.a, &h.w.arena, &read, &e) && e.kind == ERR_ENVIRONMENT, "%s",
	      e.text);
	CHECK(!file_exists(key_file), "a key is drawn for values that it does not open");
	CHECK(file_write(key_file, key, 0600, &e) &&
	          authority_disclose(&h.a, &h.w.arena, &read, &e),
	      "%s", e.text);

	bool was_there;
	CHECK(authority_erase(&h.a, &body.report.subject, &was_there, &e) && was_there, "%s",
	      e.text);
	CHECK(authority_erase(&h.a, &body.report.subject, &was_there, &e) && !was_there, "%s",
	      e.text);
	CHECK(record_decode(&h.w.arena, bytes, &read, &e) &&
	          authority_disclose(&h.a, &h.w.arena, &read, &e) &&
	          read.body.report.subject.value == NULL,
	      "erased, and yet there");

	unlink(file);
	rmdir(folder);
	put_file(folder, "in the way");
	CHECK(!authority_keep_disclosures(&h.a, &record, &e) && e.kind == ERR_ENVIRONMENT, "%s",
	      e.text);
	home_end(&h);
}

/* --- Restoring ------------------------------------------------------------------------------- */

enum { RESTORE_BATCH = 4096, REPORTS_TOGETHER = 512 };

/* Reports until the log has so many entries. */
static void fill_log(struct home *h, uint64_t wanted)
{
	static struct bytes records[REPORTS_TOGETHER];
	static struct accepted out[REPORTS_TOGETHER];
	struct err e = {0};
	for (uint64_t size = picture_of(h).size; size < wanted;) {
		size_t count = 0;
		for (; count < REPORTS_TOGETHER && size < wanted; count++, size++) {
			struct report_body body = world_report(&h->w);
			body.allegation =
			    arena_printf(&h->w.arena, "No. %llu", (unsigned long long)size);
			records[count] = world_record(&h->w, KIND_REPORT, &body, &h->w.auditor);
		}
		home_must(authority_submit(&h->a, records, count, h->w.now, out, NULL, &e),
		          "submit", &e);
	}
}

/* Told twice over: of verifying, and of taking in. */
static void count_step(void *ctx, uint64_t done, uint64_t total)
{
	CHECK(done <= total, "%llu of %llu", (unsigned long long)done, (unsigned long long)total);
	++*(uint64_t *)ctx;
}

static bool restore_to(struct home *h, const char *path, uint64_t *steps, struct err *e)
{
	struct log_view view;
	struct log_check check;
	const struct progress progress = {count_step, steps};
	home_must(log_view_directory(in_home(h, "log"), &h->w.authority.public, &view, e), "view",
	          e);
	bool done = authority_restore(path, &h->w.authority, &view, &progress, &check, e);
	log_view_close(&view);
	return done;
}

/* As many entries as fill two batches, one less and one more. */
static void a_long_log_is_restored_in_batches(void)
{
	struct home h;
	home_begin(&h, WORLD_FOUND);
	for (int more = -1; more <= 1; more++) {
		struct err e = {0};
		uint64_t steps = 0;
		bool same = false;
		struct log_check check;
		const char *path = arena_printf(&h.w.arena, "%s/again%d", h.folder, more);
		fill_log(&h, (uint64_t)(2 * RESTORE_BATCH + more));
		struct picture before = picture_of(&h);
		CHECK(restore_to(&h, path, &steps, &e), "%d: %s", more, e.text);
		CHECK(steps > 0, "it told of nothing");
		struct authority was = h.a;
		home_must(authority_open(&h.a, path, true, &e), "open", &e);
		const char *kept = arena_copy(&h.w.arena, h.path, strlen(h.path));
		snprintf(h.path, sizeof h.path, "%s", path);
		struct picture after = picture_of(&h);
		CHECK(before.size == after.size && hash_equal(&before.state, &after.state),
		      "%d: differs", more);
		CHECK(authority_replay(&h.a, NULL, &check, &same, &e) && same, "%s", e.text);
		authority_close(&h.a);
		snprintf(h.path, sizeof h.path, "%s", kept);
		h.a = was;
	}
	home_end(&h);
}

static void a_log_is_restored_by_its_own_key_alone(void)
{
	struct home h;
	struct err e = {0};
	struct log_view view;
	struct log_check check;
	struct secret_key other, renamed;
	home_begin(&h, WORLD_FOUNDED);
	other = world_key("another");
	renamed = h.w.authority;
	snprintf(renamed.public.name, sizeof renamed.public.name, "another.example");
	const struct secret_key *keys[] = {&other, &renamed};
	const char *path = arena_printf(&h.w.arena, "%s/again", h.folder);
	for (size_t i = 0; i < 2; i++) {
		home_must(log_view_directory(in_home(&h, "log"), &h.w.authority.public, &view, &e),
		          "view", &e);
		CHECK(!authority_restore(path, keys[i], &view, NULL, &check, &e) &&
		          is_refused(&e, "restore.other-key"),
		      "%s: %s", TOLD(e));
		log_view_close(&view);
		CHECK(!file_exists(path), "it left something");
	}
	home_end(&h);
}

TEST_MAIN(TEST(a_long_log_is_restored_in_batches), TEST(a_log_is_restored_by_its_own_key_alone),
          TEST(init_makes_a_home_that_opens_and_verifies),
          TEST(init_counts_the_officers_that_must_agree), TEST(init_refuses_and_leaves_nothing),
          TEST(a_damaged_home_is_told_by_what_is_damaged),
          TEST(an_old_copy_of_the_store_never_signs_again),
          TEST(what_was_not_published_is_at_the_next_opening),
          TEST(a_refused_record_leaves_nothing), TEST(a_batch_is_taken_whole_or_not_at_all),
          TEST(gates_are_given_no_officer_whose_time_is_over),
          TEST(a_record_submitted_again_gets_the_same_answer),
          TEST(the_door_refuses_what_comes_from_the_future),
          TEST(only_the_authority_speaks_for_itself), TEST(an_application_is_screened_with_it),
          TEST(renewals_of_a_batch_stand_under_one_checkpoint),
          TEST(a_batch_without_an_answer_leaves_nothing), TEST(a_lost_reply_is_asked_for_again),
          TEST(the_same_refusal_is_said_once), TEST(leases_are_never_older_than_the_log),
          TEST(a_disconnected_system_is_refused_on_the_log), TEST(every_entry_is_proven_by_a_file),
          TEST(confidential_values_lie_beside_the_log))

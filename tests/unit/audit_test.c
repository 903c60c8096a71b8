/*
 * Checking a log from its entries: an honest one has no fault; one that its own authority
 * tampered with, and signed, is told by entry and rule; a published folder that was changed
 * is told by what is not what was signed.
 */
#include "home.h"

#include <fcntl.h>

#include "base/file.h"
#include "log/tile.h"

/* --- What tests look at ---------------------------------------------------------------------- */

struct found {
	uint64_t count, steps, last_done, index[8];
	bool readable[8];
	char rule[8][64];
};

static void note_fault(void *ctx, uint64_t index, const struct record *record, const struct err *e)
{
	struct found *f = ctx;
	if (f->count < 8) {
		f->index[f->count] = index;
		f->readable[f->count] = record != NULL;
		snprintf(f->rule[f->count], sizeof f->rule[0], "%s",
		         e->rule == NULL ? "-" : e->rule);
	}
	f->count++;
}

static void note_step(void *ctx, uint64_t done, uint64_t total)
{
	struct found *f = ctx;
	CHECK(done > f->last_done && done <= total, "%llu of %llu", (unsigned long long)done,
	      (unsigned long long)total);
	f->last_done = done;
	f->steps++;
}

static const char *in_home(struct home *h, const char *name)
{
	return arena_printf(&h->w.arena, "%s/%s", h->path, name);
}

static bool audit_home(struct home *h, struct found *found, struct log_check *check, struct err *e)
{
	struct log_view view;
	*found = (struct found){0};
	if (!log_view_home(&h->a, &view, e))
		return false;
	bool ok = log_audit(&view, &(struct audit){.fault = note_fault, .ctx = found}, check, e);
	log_view_close(&view);
	return ok;
}

static bool audit_folder(struct home *h, struct found *found, struct log_check *check,
                         struct err *e)
{
	struct log_view view;
	*found = (struct found){0};
	if (!log_view_directory(in_home(h, "log"), &h->w.authority.public, &view, e))
		return false;
	bool ok = log_audit(&view, &(struct audit){.fault = note_fault, .ctx = found}, check, e);
	log_view_close(&view);
	return ok;
}

static bool verify_folder(struct home *h, struct err *e)
{
	struct log_view view;
	struct log_check check;
	if (!log_view_directory(in_home(h, "log"), &h->w.authority.public, &view, e))
		return false;
	bool ok = log_verify(&view, NULL, &check, e);
	log_view_close(&view);
	return ok;
}

/* A log with something of every kind on it. */
static void long_story(struct home *h)
{
	struct record answer;
	struct err e = {0};
	struct hash measure;
	home_begin(h, WORLD_FOUND);
	measure = home_enforce(h, world_measure(&h->w, MEASURE_RESTRICT));
	home_use(&h->system);
	home_must(home_renew(h, &h->system, &answer, &e), "renew", &e);
	struct lift_body lift = {.measure = measure, .reason = "The cause is gone."};
	struct hash id;
	home_done(h, KIND_LIFT, &lift, &h->w.officers[1], &id);
	struct approval_body approval = {.proposal = id};
	home_done(h, KIND_APPROVAL, &approval, &h->w.officers[2], NULL);
	home_must(home_renew(h, &h->system, &answer, &e), "renew", &e);
	measure = home_enforce(h, world_measure(&h->w, MEASURE_DISCONNECT));
	home_must(home_renew(h, &h->system, &answer, &e), "renew", &e);
	assert(answer.kind == KIND_REFUSAL);
}

/* --- Honest logs -------------------------------------------------------------------------------
 */

static void an_honest_log_has_no_fault(void)
{
	struct home h;
	struct found found;
	struct log_check home, folder, replayed;
	struct hash digest;
	struct err e = {0};
	bool same = false;
	long_story(&h);
	CHECK(audit_home(&h, &found, &home, &e), "%s", e.text);
	CHECK(found.count == 0 && home.faults == 0, "%llu faults", (unsigned long long)found.count);
	CHECK(audit_folder(&h, &found, &folder, &e), "%s", e.text);
	CHECK(authority_replay(&h.a, NULL, &replayed, &same, &e) && same, "%s", e.text);
	home_must(store_begin(h.a.store, false, &e) && store_digest(h.a.store, &digest, &e),
	          "digest", &e);
	CHECK(home.entries == store_size(h.a.store), "%llu entries",
	      (unsigned long long)home.entries);
	store_rollback(h.a.store);
	CHECK(home.leases == 3 && home.refusals == 1, "%llu leases, %llu refusals",
	      (unsigned long long)home.leases, (unsigned long long)home.refusals);
	CHECK(home.records == home.entries - 4, "%llu records", (unsigned long long)home.records);
	CHECK(hash_equal(&home.state_digest, &digest) &&
	          hash_equal(&folder.state_digest, &digest) &&
	          hash_equal(&replayed.state_digest, &digest),
	      "the states differ");
	CHECK(hash_equal(&home.root, &folder.root) && hash_equal(&home.root, &replayed.root),
	      "the roots differ");
	CHECK(folder.entries == home.entries && replayed.entries == home.entries,
	      "the sizes differ");
	home_end(&h);
}

static void progress_is_told_and_ends_with_all(void)
{
	struct home h;
	struct found found = {0};
	struct progress progress = {note_step, &found}, none = {0};
	struct log_view view;
	struct log_check check;
	struct err e = {0};
	bool same;
	home_begin(&h, WORLD_FOUNDED);
	home_must(log_view_home(&h.a, &view, &e), "view", &e);
	CHECK(log_verify(&view, &progress, &check, &e), "%s", e.text);
	CHECK(found.last_done == check.entries, "%llu", (unsigned long long)found.last_done);
	found = (struct found){0};
	CHECK(log_audit(&view, &(struct audit){.progress = &progress}, &check, &e), "%s", e.text);
	CHECK(found.last_done == check.entries, "%llu", (unsigned long long)found.last_done);
	CHECK(log_verify(&view, &none, &check, &e), "%s", e.text);
	log_view_close(&view);
	found = (struct found){0};
	CHECK(authority_replay(&h.a, &progress, &check, &same, &e), "%s", e.text);
	CHECK(found.last_done == check.entries, "%llu", (unsigned long long)found.last_done);
	home_end(&h);
}

/* --- Logs tampered with by their authority -------------------------------------------------------
 */

/* Puts an entry on the log that no rule was asked about, and signs and publishes that. */
static uint64_t forge(struct home *h, struct bytes entry)
{
	struct checkpoint head = {.origin = WORLD_ORIGIN};
	struct bytes note;
	struct err e = {0};
	uint64_t index = 0;
	home_must(store_begin(h->a.store, true, &e) &&
	              store_append(h->a.store, entry, &index, &e) &&
	              store_root(h->a.store, &head.root, &e) && store_commit(h->a.store, &e),
	          "append", &e);
	head.size = index + 1;
	home_must(checkpoint_sign(&h->w.arena, &head, &h->w.authority, &note, &e) &&
	              store_begin(h->a.store, false, &e) &&
	              store_publish(h->a.store, in_home(h, "log"), note, &head, &e),
	          "publish", &e);
	store_rollback(h->a.store);
	return index;
}

static struct lease_body forged_lease(struct home *h, const char *scope)
{
	return (struct lease_body){
	    .system = h->w.system,
	    .device = key_id(&h->w.device.public),
	    .sequence = h->system.last_sequence + 1,
	    .scope = world_scope(&h->w, scope),
	    .ttl_seconds = 3600,
	    .nonce = world_nonce(&h->w, 100),
	    .counter = 100,
	    .use_log = {0, merkle_empty},
	};
}

static struct bytes wide_lease(struct home *h)
{
	struct lease_body body =
	    forged_lease(h, "purpose=terrorism; territory=XR,XS; require=warrant; "
	                    "subject-not=mailto:@state.gov,tel:+1");
	return world_record(&h->w, KIND_LEASE, &body, NULL);
}

static struct bytes long_lease(struct home *h)
{
	struct lease_body body =
	    forged_lease(h, "capability=capture.content; purpose=terrorism; "
	                    "territory=XR; subject-not=mailto:@state.gov,tel:+1; "
	                    "require=warrant; until=2026-01-01T12:00:00Z");
	body.ttl_seconds = 3601;
	return world_record(&h->w, KIND_LEASE, &body, NULL);
}

static struct bytes lease_of_nobody(struct home *h)
{
	struct lease_body body = forged_lease(h, "any");
	body.system = sha256(bytes_text("nobody"));
	return world_record(&h->w, KIND_LEASE, &body, NULL);
}

/* Disconnected by two officers; one alone lifts it, and the authority acts as if two had. */
static struct bytes lease_after_half_a_lift(struct home *h)
{
	struct hash measure = home_enforce(h, world_measure(&h->w, MEASURE_DISCONNECT));
	struct lift_body lift = {.measure = measure, .reason = "As a favour."};
	home_done(h, KIND_LIFT, &lift, &h->w.officers[1], NULL);
	struct lease_body body =
	    forged_lease(h, "capability=capture.headers; purpose=terrorism; "
	                    "territory=XR; subject-not=mailto:@state.gov,tel:+1; "
	                    "require=warrant");
	return world_record(&h->w, KIND_LEASE, &body, NULL);
}

static struct bytes approval_by_the_proposer(struct home *h)
{
	struct measure_body body = world_measure(&h->w, MEASURE_DISCONNECT);
	struct hash id;
	home_done(h, KIND_MEASURE, &body, &h->w.officers[0], &id);
	struct approval_body approval = {.proposal = id};
	return world_record(&h->w, KIND_APPROVAL, &approval, &h->w.officers[0]);
}

static struct bytes measure_by_the_exporter(struct home *h)
{
	struct measure_body body = world_measure(&h->w, MEASURE_DISCONNECT);
	return world_record(&h->w, KIND_MEASURE, &body, &h->w.exporter);
}

static struct bytes measure_by_a_stranger(struct home *h)
{
	struct measure_body body = world_measure(&h->w, MEASURE_DISCONNECT);
	struct secret_key key = world_key("officer-adam");
	return world_record(&h->w, KIND_MEASURE, &body, &key);
}

static struct bytes measure_with_a_byte_changed(struct home *h)
{
	struct measure_body body = world_measure(&h->w, MEASURE_DISCONNECT);
	struct bytes good = world_record(&h->w, KIND_MEASURE, &body, &h->w.officers[0]);
	uint8_t *bad = (uint8_t *)arena_copy(&h->w.arena, good.at, good.len);
	bad[good.len - 1] ^= 1; /* the signature's last */
	return bytes_of(bad, good.len);
}

static struct bytes second_licence(struct home *h)
{
	struct licence_body body = world_licence(&h->w);
	return world_record(&h->w, KIND_LICENCE, &body, &h->w.officers[1]);
}

static struct bytes request_kept(struct home *h)
{
	return home_request(h, &h->system);
}

static struct bytes old_refusal(struct home *h)
{
	int64_t now = h->w.now;
	struct refusal_body body = world_refusal(&h->w);
	h->w.now = now - 10000;
	struct bytes out = world_record(&h->w, KIND_REFUSAL, &body, NULL);
	h->w.now = now;
	return out;
}

static struct bytes junk(struct home *h)
{
	(void)h;
	return bytes_text("not a record");
}

static const struct {
	const char *name;
	struct bytes (*entry)(struct home *);
	const char *rule;
	bool readable;
} forgeries[] = {
    {"a lease wider than in force", wide_lease, "lease.widens", true},
    {"a lease longer than licensed", long_lease, "lease.ttl", true},
    {"a lease of no system", lease_of_nobody, "lease.system-unknown", true},
    {"a lease where an approval is missing", lease_after_half_a_lift, "lease.nothing-in-force",
     true},
    {"an approval of one's own", approval_by_the_proposer, "approval.same-officer", true},
    {"a measure by the exporter", measure_by_the_exporter, "record.wrong-role", true},
    {"a measure by a stranger", measure_by_a_stranger, "record.unknown-signer", true},
    {"a measure signed badly", measure_with_a_byte_changed, "record.bad-signature", true},
    {"more than the application", second_licence, NULL, true},
    {"a request", request_kept, "record.not-for-the-log", true},
    {"a refusal dated back", old_refusal, "entry.time-goes-back", true},
    {"no record at all", junk, NULL, false},
};

static void what_an_authority_forges_is_found(void)
{
	for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
		struct home h;
		struct found found;
		struct log_check check;
		struct err e = {0};
		bool same = true;
		home_begin(&h, WORLD_FOUND);
		uint64_t at = forge(&h, forgeries[i].entry(&h));
		for (int folder = 0; folder < 2; folder++) {
			CHECK(!(folder ? audit_folder : audit_home)(&h, &found, &check, &e),
			      "%s: not found", forgeries[i].name);
			CHECK(e.kind == ERR_REFUSED && e.rule != NULL &&
			          strcmp(e.rule, "audit.faults") == 0,
			      "%s: %s", forgeries[i].name, e.text);
			CHECK(found.count == 1 && found.index[0] == at && check.faults == 1,
			      "%s: %llu faults, the first at %llu, not %llu", forgeries[i].name,
			      (unsigned long long)found.count, (unsigned long long)found.index[0],
			      (unsigned long long)at);
			CHECK(forgeries[i].rule == NULL ||
			          strcmp(found.rule[0], forgeries[i].rule) == 0,
			      "%s: %s", forgeries[i].name, found.rule[0]);
			CHECK(found.readable[0] == forgeries[i].readable, "%s", forgeries[i].name);
			CHECK(check.entries == at + 1, "%s: the audit stopped", forgeries[i].name);
		}
		CHECK(!authority_replay(&h.a, NULL, &check, &same, &e), "%s: replayed",
		      forgeries[i].name);
		char place[48];
		snprintf(place, sizeof place, "entry %llu", (unsigned long long)at);
		CHECK(strstr(e.text, place) != NULL, "%s: %s", forgeries[i].name, e.text);
		home_end(&h);
	}
}

static void an_audit_goes_on_after_a_fault(void)
{
	struct home h;
	struct found found;
	struct log_check check;
	struct record answer;
	struct err e = {0};
	home_begin(&h, WORLD_FOUND);
	uint64_t first = forge(&h, junk(&h));
	struct log_check before = {0};
	CHECK(!audit_home(&h, &found, &before, &e), "not found");
	uint64_t second = forge(&h, wide_lease(&h));
	CHECK(home_renew(&h, &h.system, &answer, &e) && answer.kind == KIND_LEASE, "%s", e.text);
	uint64_t third = forge(&h, measure_by_the_exporter(&h));
	CHECK(!audit_home(&h, &found, &check, &e), "not found");
	CHECK(found.count == 3 && found.index[0] == first && found.index[1] == second &&
	          found.index[2] == third,
	      "%llu faults at %llu, %llu, %llu", (unsigned long long)found.count,
	      (unsigned long long)found.index[0], (unsigned long long)found.index[1],
	      (unsigned long long)found.index[2]);
	CHECK(check.leases == before.leases + 2, "%llu leases", (unsigned long long)check.leases);
	CHECK(strstr(e.text, "3 of") != NULL, "%s", e.text);
	home_end(&h);
}

static void report_many(struct home *h, unsigned count)
{
	struct bytes *records = arena_array(&h->w.arena, count, sizeof *records);
	struct accepted *out = arena_array(&h->w.arena, count, sizeof *out);
	struct err e = {0};
	for (unsigned i = 0; i < count; i++) {
		struct report_body body = world_report(&h->w);
		body.allegation = arena_printf(&h->w.arena, "No. %u of %u", i, count);
		records[i] = world_record(&h->w, KIND_REPORT, &body,
		                          i % 2 == 0 ? &h->w.auditor : &h->w.officers[0]);
	}
	home_must(authority_submit(&h->a, records, count, h->w.now, out, NULL, &e), "submit", &e);
}

/* Signatures are looked at ahead, blocks done out of order: what is told is the same. */
static void many_threads_find_what_one_finds(void)
{
	struct home h;
	struct found one, many;
	struct log_check check, again;
	struct log_view view;
	struct err e = {0};
	home_begin(&h, WORLD_FOUND);
	report_many(&h, 700);
	forge(&h, measure_with_a_byte_changed(&h));
	forge(&h, junk(&h));
	report_many(&h, 600);
	forge(&h, measure_by_a_stranger(&h));
	for (unsigned jobs = 1; jobs <= 9; jobs += 2) {
		struct found *found = jobs == 1 ? &one : &many;
		struct log_check *to = jobs == 1 ? &check : &again;
		*found = (struct found){0};
		home_must(log_view_home(&h.a, &view, &e), "view", &e);
		view.jobs = jobs;
		CHECK(
		    !log_audit(&view, &(struct audit){.fault = note_fault, .ctx = found}, to, &e) &&
		        found->count == 3 && strcmp(e.rule, "audit.faults") == 0,
		    "%u threads: %s", jobs, e.text);
		log_view_close(&view);
		CHECK(jobs == 1 ||
		          (memcmp(one.index, many.index, sizeof one.index) == 0 &&
		           memcmp(one.rule, many.rule, sizeof one.rule) == 0 &&
		           hash_equal(&check.state_digest, &again.state_digest) &&
		           hash_equal(&check.root, &again.root) && check.entries == again.entries),
		      "%u threads find something else", jobs);
	}
	CHECK(strcmp(one.rule[0], "record.bad-signature") == 0 && !one.readable[1] &&
	          strcmp(one.rule[2], "record.unknown-signer") == 0,
	      "%s, %s, %s", one.rule[0], one.rule[1], one.rule[2]);
	home_end(&h);
}

static void a_state_that_is_not_the_logs_is_told(void)
{
	struct home h;
	struct log_check check;
	struct err e = {0};
	bool same = true;
	home_begin(&h, WORLD_LEASED);
	home_must(store_begin(h.a.store, true, &e) &&
	              store_put(h.a.store, bytes_text("item/Listener "), bytes_text("\1"), &e) &&
	              store_commit(h.a.store, &e),
	          "put", &e);
	CHECK(authority_replay(&h.a, NULL, &check, &same, &e), "%s", e.text);
	CHECK(!same, "told as the same");
	home_end(&h);
}

/* --- Published folders that were changed
 * ------------------------------------------------------------ */

static const char *bundle_of(struct home *h, struct bytes *all)
{
	char name[TILE_PATH_MAX];
	struct err e = {0};
	uint64_t size;
	home_must(store_begin(h->a.store, false, &e), "begin", &e);
	size = store_size(h->a.store);
	store_rollback(h->a.store);
	bundle_path(0, (unsigned)size, name);
	const char *path = arena_printf(&h->w.arena, "%s/log/%s", h->path, name);
	home_must(file_read(&h->w.arena, path, BUNDLE_MAX, all, &e), "bundle", &e);
	return path;
}

static void put_bytes(const char *path, struct bytes bytes)
{
	struct err e = {0};
	home_must(file_write(path, bytes, 0644, &e), path, &e);
}

static void a_rewritten_entry_is_named(void)
{
	struct home h;
	struct bytes all, entry;
	struct err e = {0};
	home_begin(&h, WORLD_LEASED);
	const char *path = bundle_of(&h, &all);
	struct reader r = reader_of(all);
	for (uint64_t i = 0; bundle_next(&r, &entry); i++) {
		uint8_t *changed = (uint8_t *)arena_copy(&h.w.arena, all.at, all.len);
		changed[(size_t)(entry.at - all.at) + entry.len / 2] ^= 0x40;
		put_bytes(path, bytes_of(changed, all.len));
		char place[64];
		snprintf(place, sizeof place, "entry %llu is not the one", (unsigned long long)i);
		CHECK(!verify_folder(&h, &e) && e.kind == ERR_REFUSED, "entry %llu: not noticed",
		      (unsigned long long)i);
		CHECK(e.rule != NULL && strcmp(e.rule, "log.root") == 0 &&
		          strstr(e.text, place) != NULL,
		      "entry %llu: %s", (unsigned long long)i, e.text);
	}
	put_bytes(path, all);
	CHECK(verify_folder(&h, &e), "put back: %s", e.text);
	home_end(&h);
}

/* Changes every `step`th byte of a file of the published log, one at a time. */
static void change_bytes(struct home *h, const char *name, size_t step)
{
	const char *path = arena_printf(&h->w.arena, "%s/log/%s", h->path, name);
	struct bytes all;
	struct err e = {0};
	size_t tried = 0, noticed = 0;
	home_must(file_read(&h->w.arena, path, BUNDLE_MAX, &all, &e), name, &e);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	for (size_t i = 0; i < all.len; i += step, tried++) {
		uint8_t changed = all.at[i] ^ (uint8_t)(1u << i % 8);
		e = (struct err){0};
		if (pwrite(fd, &changed, 1, (off_t)i) != 1)
			abort();
		noticed += !verify_folder(h, &e) &&
		           (e.kind == ERR_INPUT || e.kind == ERR_REFUSED) && e.rule != NULL;
		if (pwrite(fd, &all.at[i], 1, (off_t)i) != 1)
			abort();
	}
	close(fd);
	CHECK(noticed == tried && tried > 0, "%s: %zu of %zu bytes", name, noticed, tried);
	CHECK(verify_folder(h, &e), "%s as it was: %s", name, e.text);
}

static unsigned size_of(struct home *h)
{
	struct err e = {0};
	home_must(store_begin(h->a.store, false, &e), "begin", &e);
	unsigned size = (unsigned)store_size(h->a.store);
	store_rollback(h->a.store);
	return size;
}

static void any_changed_byte_of_a_published_log_is_noticed(void)
{
	struct home h;
	char name[TILE_PATH_MAX];
	home_begin(&h, WORLD_LEASED);
	change_bytes(&h, "checkpoint", 1);
	bundle_path(0, size_of(&h), name);
	change_bytes(&h, name, 1);
	tile_path(0, 0, size_of(&h), name);
	change_bytes(&h, name, 1);
	home_end(&h);
}

static void a_changed_byte_of_a_full_tile_is_noticed(void)
{
	enum { MANY = 300 };
	struct home h;
	struct bytes records[MANY];
	struct accepted out[MANY];
	struct err e = {0};
	char name[TILE_PATH_MAX];
	home_begin(&h, WORLD_ENROLLED);
	for (int i = 0; i < MANY; i++) {
		struct report_body body = world_report(&h.w);
		body.allegation = arena_printf(&h.w.arena, "No. %d", i);
		records[i] = world_record(&h.w, KIND_REPORT, &body, &h.w.auditor);
	}
	home_must(authority_submit(&h.a, records, MANY, h.w.now, out, NULL, &e), "submit", &e);
	tile_path(0, 0, TILE_WIDTH, name);
	change_bytes(&h, name, 131);
	tile_path(0, 1, size_of(&h) - TILE_WIDTH, name);
	change_bytes(&h, name, 31);
	tile_path(1, 0, 1, name);
	change_bytes(&h, name, 1);
	bundle_path(0, TILE_WIDTH, name);
	change_bytes(&h, name, 997);
	home_end(&h);
}

static void a_truncated_bundle_is_named(void)
{
	struct home h;
	struct bytes all;
	struct found found;
	struct log_check check;
	struct err e = {0};
	home_begin(&h, WORLD_FOUNDED);
	const char *path = bundle_of(&h, &all);
	const size_t lengths[] = {0, 1, all.len / 2, all.len - 1};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		put_bytes(path, bytes_of(all.at, lengths[i]));
		CHECK(!verify_folder(&h, &e), "%zu bytes: not noticed", lengths[i]);
		CHECK(strstr(e.text, "tile/entries/") != NULL, "%zu bytes: %s", lengths[i], e.text);
		CHECK(!audit_folder(&h, &found, &check, &e), "%zu bytes: audited", lengths[i]);
	}
	unlink(path);
	CHECK(!verify_folder(&h, &e) && strstr(e.text, "tile/entries/") != NULL, "%s", e.text);
	home_end(&h);
}

static void a_checkpoint_of_another_log_is_told(void)
{
	struct home h;
	struct bytes note, good;
	struct err e = {0};
	home_begin(&h, WORLD_FOUNDED);
	const char *path = in_home(&h, "log/checkpoint");
	home_must(file_read(&h.w.arena, path, NOTE_MAX, &good, &e), "read", &e);
	uint64_t size = 0;
	home_must(store_begin(h.a.store, false, &e), "begin", &e);
	size = store_size(h.a.store);
	store_rollback(h.a.store);
	struct checkpoint head = {WORLD_ORIGIN, size, sha256(bytes_text("another tree"))};

	home_must(checkpoint_sign(&h.w.arena, &head, &h.w.authority, &note, &e), "sign", &e);
	put_bytes(path, note);
	CHECK(!verify_folder(&h, &e) && e.rule != NULL && strcmp(e.rule, "log.root") == 0, "%s",
	      e.text);
	CHECK(strstr(e.text, "neither") != NULL, "%s", e.text);

	struct secret_key stranger = world_key(WORLD_ORIGIN "x");
	snprintf(stranger.public.name, sizeof stranger.public.name, WORLD_ORIGIN);
	home_must(checkpoint_sign(&h.w.arena, &head, &stranger, &note, &e), "sign", &e);
	put_bytes(path, note);
	CHECK(!verify_folder(&h, &e) && e.rule != NULL && strcmp(e.rule, "note.unsigned") == 0,
	      "%s", e.text);

	uint8_t *changed = (uint8_t *)arena_copy(&h.w.arena, good.at, good.len);
	changed[good.len - 10] = changed[good.len - 10] == 'A' ? 'B' : 'A'; /* in the signature */
	put_bytes(path, bytes_of(changed, good.len));
	CHECK(!verify_folder(&h, &e) && e.rule != NULL && strcmp(e.rule, "note.bad-signature") == 0,
	      "%s", e.text);

	put_bytes(path, bytes_text("nothing of the kind"));
	CHECK(!verify_folder(&h, &e) && e.kind == ERR_INPUT, "%s", e.text);
	put_bytes(path, bytes_text(WORLD_ORIGIN "\nmany\n\n\u2014 x AAAAAAA=\n"));
	CHECK(!verify_folder(&h, &e) && e.kind == ERR_INPUT, "%s", e.text);
	unlink(path);
	CHECK(!verify_folder(&h, &e), "no checkpoint at all");
	put_bytes(path, good);
	CHECK(verify_folder(&h, &e), "put back: %s", e.text);
	home_end(&h);
}

static void rewritten_entries_and_tiles_are_told(void)
{
	struct home h;
	struct bytes all, tile, entry;
	char name[TILE_PATH_MAX];
	struct err e = {0};
	home_begin(&h, WORLD_FOUNDED);
	const char *path = bundle_of(&h, &all);
	struct reader r = reader_of(all);
	bool any = bundle_next(&r, &entry);
	assert(any);
	uint8_t *changed = (uint8_t *)arena_copy(&h.w.arena, all.at, all.len);
	size_t offset = (size_t)(entry.at - all.at);
	changed[offset + 5] ^= 1;
	put_bytes(path, bytes_of(changed, all.len));
	home_must(store_begin(h.a.store, false, &e), "begin", &e);
	tile_path(0, 0, (unsigned)store_size(h.a.store), name);
	store_rollback(h.a.store);
	const char *at = arena_printf(&h.w.arena, "%s/log/%s", h.path, name);
	home_must(file_read(&h.w.arena, at, TILE_BYTES, &tile, &e), "tile", &e);
	struct hash leaf = merkle_leaf(bytes_of(changed + offset, entry.len));
	uint8_t *other = (uint8_t *)arena_copy(&h.w.arena, tile.at, tile.len);
	memcpy(other, leaf.at, HASH_SIZE);
	put_bytes(at, bytes_of(other, tile.len));
	CHECK(!verify_folder(&h, &e) && e.rule != NULL && strcmp(e.rule, "log.root") == 0, "%s",
	      e.text);
	CHECK(strstr(e.text, "neither its entries nor its tiles") != NULL, "%s", e.text);
	home_end(&h);
}

static void a_home_whose_store_is_short_is_told(void)
{
	struct home h;
	struct log_view view;
	struct bytes note;
	struct err e = {0};
	struct checkpoint head = {WORLD_ORIGIN, 1000, merkle_empty};
	home_begin(&h, WORLD_EMPTY);
	home_must(checkpoint_sign(&h.w.arena, &head, &h.w.authority, &note, &e), "sign", &e);
	put_bytes(in_home(&h, "log/checkpoint"), note);
	CHECK(!log_view_home(&h.a, &view, &e) && e.rule != NULL && strcmp(e.rule, "log.short") == 0,
	      "%s", e.text);
	put_bytes(in_home(&h, "log/checkpoint"), bytes_text("x"));
	CHECK(!log_view_home(&h.a, &view, &e) && e.kind == ERR_INPUT, "%s", e.text);
	unlink(in_home(&h, "log/checkpoint"));
	CHECK(!log_view_home(&h.a, &view, &e) && e.kind == ERR_ENVIRONMENT, "%s", e.text);
	/* The authority is none the worse for it. */
	home_step(&h, WORLD_FOUNDED);
	CHECK(verify_folder(&h, &e), "%s", e.text);
	home_end(&h);
}

/* A view can end early without saying so; its checkpoint says how much is missing. */
static bool no_entries(void *ctx, uint64_t from, uint64_t to,
                       bool (*each)(void *ctx, uint64_t index, struct bytes entry), void *each_ctx,
                       struct err *e)
{
	(void)ctx, (void)from, (void)to, (void)each, (void)each_ctx, (void)e;
	return true;
}

static void a_view_that_ends_early_is_told(void)
{
	struct home h;
	struct log_view view, cut;
	struct log_check check;
	struct err e = {0};
	home_begin(&h, WORLD_EMPTY);
	home_must(log_view_home(&h.a, &view, &e), "view", &e);
	cut = view;
	cut.entries = no_entries;
	CHECK(!log_verify(&cut, NULL, &check, &e) && strcmp(e.rule, "log.short") == 0, "%s",
	      e.text);
	CHECK(!log_audit(&cut, NULL, &check, &e) && strcmp(e.rule, "log.short") == 0, "%s", e.text);
	log_view_close(&view);
	home_end(&h);
}

TEST_MAIN(TEST(an_honest_log_has_no_fault), TEST(progress_is_told_and_ends_with_all),
          TEST(what_an_authority_forges_is_found), TEST(an_audit_goes_on_after_a_fault),
          TEST(many_threads_find_what_one_finds), TEST(a_state_that_is_not_the_logs_is_told),
          TEST(a_rewritten_entry_is_named), TEST(any_changed_byte_of_a_published_log_is_noticed),
          TEST(a_changed_byte_of_a_full_tile_is_noticed), TEST(a_truncated_bundle_is_named),
          TEST(a_checkpoint_of_another_log_is_told), TEST(rewritten_entries_and_tiles_are_told),
          TEST(a_home_whose_store_is_short_is_told), TEST(a_view_that_ends_early_is_told))

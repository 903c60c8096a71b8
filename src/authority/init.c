/* A new authority: built in a folder beside its place, then renamed. */
#include "authority.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rim.h"
#include "batch.h"
#include "screening/screening.h"

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool write_keys(struct authority *a, struct arena *arena, struct err *e)
{
	uint8_t salt[KEY_SALT];
	rim_random(salt, sizeof salt);
	const char *secret = key_file(arena, &a->secret, NULL, salt, e);
	return secret != NULL &&
	       file_create(home_path(arena, a, "authority.key"), bytes_text(secret), 0600, e) &&
	       file_create(home_path(arena, a, "authority.pub"), bytes_text(key_line(arena, &a->public)),
	           0644, e);
}

/* --- The first records ------------------------------------------------------------------- */

static bool sign_in(struct batch *b, const struct key_body *key, struct err *e)
{
	union record_body body = {.key = *key};
	struct record     record;
	struct bytes      bytes;
	uint64_t          index;
	return record_sign(b->arena, KIND_KEY, &body, b->authority->public.name, b->now,
	           &b->authority->secret, &bytes, e) &&
	       record_decode(b->arena, bytes, &record, e) && batch_append(b, &record, &index, e);
}

static bool sign_in_all(struct batch *b, const struct authority_options *options, struct err *e)
{
	uint64_t        usual = options->officer_count == 1 ? 1 : 2;
	struct key_body first = {
	    .role = ROLE_AUTHORITY,
	    .holder = b->authority->public.name,
	    .has_public_key = true,
	    .public_key = b->authority->public,
	    .has_threshold = true,
	    .threshold = options->threshold != 0 ? options->threshold : usual,
	};
	if (options->officer_count > 0 && first.threshold > options->officer_count)
		return err_refused(e, "key.threshold", "%llu officers must agree and there are %zu",
		    (unsigned long long)first.threshold, options->officer_count);
	if (!sign_in(b, &first, e))
		return false;
	for (size_t i = 0; i < options->officer_count; i++) {
		struct key_body officer = {
		    .role = ROLE_OFFICER,
		    .holder = options->officers[i].name,
		    .has_public_key = true,
		    .public_key = options->officers[i],
		};
		if (!sign_in(b, &officer, e))
			return err_context(e, "officer %s", officer.holder);
	}
	return true;
}

static bool say_listing(struct batch *b, struct err *e)
{
	struct bytes      all = screening_embedded_bytes(b->arena), entry;
	size_t            entries;
	uint64_t          index;
	union record_body body = {
	    .listing = {
	        .name = screening_embedded_name(),
	        .source = screening_embedded_source(),
	        .date = screening_embedded_date(),
	        .size = all.len,
	        .digest = sha256(all),
	    }};
	screening_embedded(&entries);
	body.listing.entries = entries;
	return batch_say(b, KIND_LISTING, &body, &entry, &index, e);
}

static bool begin_log(struct authority *a, struct arena *arena,
    const struct authority_options *options, int64_t now, struct err *e)
{
	struct batch      batch;
	struct checkpoint head;
	struct bytes      note;
	bool              ok = batch_begin(&batch, a, arena, now, e) && sign_in_all(&batch, options, e) &&
	          say_listing(&batch, e) && batch_commit(&batch, &head, e);
	if (!ok)
		batch_abandon(&batch);
	return ok && authority_publish(a, arena, &head, &note, e);
}

/* --- The folder -------------------------------------------------------------------------- */

static bool build(const char *folder, const struct authority_options *options, int64_t now,
    struct err *e)
{
	owned_arena      arena = {0};
	struct authority a = {
	    .home = strdup(folder),
	    .public = options->key->public,
	    .secret = *options->key,
	    .writes = true,
	};
	bool ok = a.home != NULL || err_environment(e, "out of memory");
	if (ok) {
		a.store = store_open(home_path(&arena, &a, "store.db"), STORE_CREATE, e);
		ok = a.store != NULL && write_keys(&a, &arena, e) &&
		     begin_log(&a, &arena, options, now, e);
	}
	authority_close(&a);
	return ok;
}

/* rename() replaces an empty folder and no other. */
static bool put_in_place(struct arena *arena, const char *folder, const char *home, struct err *e)
{
	if (rename(folder, home) == 0) {
		struct err unsynced; /* it is there: that it may be gone after a power loss is no failure */
		char      *slash = strrchr(home, '/');
		directory_sync(slash == NULL ? "." : arena_copy(arena, home, (size_t)(slash - home) + 1),
		    &unsynced);
		return true;
	}
	if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
		return err_refused(e, "authority.home-exists", "%s is there already, and in use", home);
	return err_errno(e, "cannot make %s", home);
}

bool authority_init(const char *home, const struct authority_options *options, int64_t now,
    struct err *e)
{
	owned_arena arena = {0};
	size_t      len = strlen(home);
	while (len > 1 && home[len - 1] == '/')
		len--;
	home = arena_copy(&arena, home, len);
	char *folder = arena_printf(&arena, "%s.new-XXXXXX", home);
	if (mkdtemp(folder) == NULL)
		return err_errno(e, "cannot make a folder beside %s", home);
	bool ok = build(folder, options, now, e) && put_in_place(&arena, folder, home, e);
	if (!ok)
		remove_tree(folder);
	return ok;
}

/* A home is built in a folder beside its place, then renamed: it is there whole or not at all. */
#include "batch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rim.h"

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

static bool write_public(struct authority *a, struct arena *arena, struct err *e)
{
	return file_create(home_path(arena, a, "authority.pub"),
	                   bytes_text(key_line(arena, &a->public)), 0644, e);
}

static bool write_keys(struct authority *a, struct arena *arena, struct err *e)
{
	uint8_t salt[KEY_SALT];
	rim_random(salt, sizeof salt);
	const char *secret = key_file(arena, &a->secret, NULL, salt, e);
	return secret != NULL &&
	       file_create(home_path(arena, a, "authority.key"), bytes_text(secret), 0600, e) &&
	       write_public(a, arena, e);
}

static bool build(const char *folder, const struct secret_key *key,
                  const struct home_filling *filling, struct err *e)
{
	owned_arena arena = {0};
	struct authority a = {
	    .home = strdup(folder),
	    .public = key->public,
	    .secret = *key,
	    .writes = true,
	};
	bool ok = a.home != NULL || err_environment(e, "out of memory");
	if (ok) {
		a.store = store_open(home_path(&arena, &a, "store.db"), STORE_CREATE, e);
		ok = a.store != NULL &&
		     (filling->without_key ? write_public(&a, &arena, e)
		                           : write_keys(&a, &arena, e)) &&
		     filling->fill(filling->ctx, &a, e);
	}
	authority_close(&a);
	return ok;
}

/* rename() replaces an empty folder and no other. */
static bool put_in_place(struct arena *arena, const char *folder, const char *home, struct err *e)
{
	if (rename(folder, home) == 0) {
		struct err unsynced; /* it is there: that it may be gone after a power loss is no
		                        failure */
		char *slash = strrchr(home, '/');
		directory_sync(slash == NULL ? "."
		                             : arena_copy(arena, home, (size_t)(slash - home) + 1),
		               &unsynced);
		return true;
	}
	if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
		return err_refused(e, "authority.home-exists", "%s is there already, and in use",
		                   home);
	return err_errno(e, "cannot make %s", home);
}

bool home_make(const char *home, const struct secret_key *key, const struct home_filling *filling,
               struct err *e)
{
	owned_arena arena = {0};
	size_t len = strlen(home);
	while (len > 1 && home[len - 1] == '/')
		len--;
	home = arena_copy(&arena, home, len);
	char *folder = arena_printf(&arena, "%s.new-XXXXXX", home);
	if (mkdtemp(folder) == NULL)
		return err_errno(e, "cannot make a folder beside %s", home);
	bool ok = build(folder, key, filling, e) && put_in_place(&arena, folder, home, e);
	if (!ok)
		remove_tree(folder);
	return ok;
}

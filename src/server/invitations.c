#include "invitations.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { FILE_SIZE_MAX = 65536 };

static bool is_id(const char *text)
{
	return strlen(text) == (size_t)2 * INVITATION_ID &&
	       strspn(text, "0123456789abcdef") == (size_t)2 * INVITATION_ID;
}

static const char *folder_of(struct arena *arena, const char *home)
{
	return arena_printf(arena, "%s/invitations", home);
}

static const char *path_of(struct arena *arena, const char *home, const char *id)
{
	return arena_printf(arena, "%s/%s", folder_of(arena, home), id);
}

const char *invitation_text(const json_t *invitation, const char *member)
{
	return json_string_value(json_object_get(invitation, member));
}

int64_t invitation_number(const json_t *invitation, const char *member)
{
	return json_integer_value(json_object_get(invitation, member));
}

static bool is_invitation(const json_t *i, const char *id)
{
	static const char *const texts[] = {"id", "name", "by", "secret"};
	for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
		if (invitation_text(i, texts[t]) == NULL)
			return false;
	return strcmp(invitation_text(i, "id"), id) == 0 &&
	       json_is_object(json_object_get(i, "form")) &&
	       json_is_integer(json_object_get(i, "expires"));
}

json_t *invitation_read(struct arena *arena, const char *home, const char *id, struct err *e)
{
	struct bytes file;
	const char *path = path_of(arena, home, id);
	if (!is_id(id) || !file_exists(path)) {
		err_refused(e, "invitation.no-such-invitation", "there is no such invitation");
		return NULL;
	}
	if (!file_read(arena, path, FILE_SIZE_MAX, &file, e))
		return NULL;
	json_t *out = json_loadb((const char *)file.at, file.len, 0, NULL);
	if (out != NULL && is_invitation(out, id))
		return out;
	json_decref(out);
	err_environment(e, "%s is damaged", path);
	return NULL;
}

bool invitation_write(struct arena *arena, const char *home, json_t *invitation, struct err *e)
{
	const char *id = invitation_text(invitation, "id");
	char *text = json_dumps(invitation, JSON_INDENT(1));
	bool ok = text != NULL && directory_make(folder_of(arena, home), 0700, e) &&
	          file_write(path_of(arena, home, id), bytes_text(text), 0600, e);
	free(text);
	return ok;
}

bool invitation_remove(struct arena *arena, const char *home, const char *id, struct err *e)
{
	const char *path = path_of(arena, home, id);
	if (is_id(id) && (unlink(path) == 0 || errno == ENOENT))
		return directory_sync(folder_of(arena, home), e);
	return err_errno(e, "cannot remove %s", path);
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The names in the folder; none where it was never made. */
static bool ids(struct arena *arena, const char *home, const char *out[INVITATIONS_MAX],
                size_t *count, struct err *e)
{
	const char *folder = folder_of(arena, home);
	DIR *d = opendir(folder);
	*count = 0;
	if (d == NULL)
		return errno == ENOENT || err_errno(e, "cannot read %s", folder);
	for (struct dirent *one = readdir(d); one != NULL && *count < INVITATIONS_MAX;
	     one = readdir(d))
		if (is_id(one->d_name))
			out[(*count)++] = arena_copy(arena, one->d_name, strlen(one->d_name));
	closedir(d);
	qsort(out, *count, sizeof *out, by_text);
	return true;
}

json_t *invitations_all(struct arena *arena, const char *home, struct err *e)
{
	const char *at[INVITATIONS_MAX];
	size_t count;
	if (!ids(arena, home, at, &count, e))
		return NULL;
	json_t *all = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *one = invitation_read(arena, home, at[i], e);
		if (one == NULL) {
			json_decref(all);
			return NULL;
		}
		json_array_append_new(all, one);
	}
	return all;
}

bool invitations_sweep(struct arena *arena, const char *home, int64_t now, struct err *e)
{
	size_t at, left = 0;
	json_t *one, *all = invitations_all(arena, home, e);
	bool ok = all != NULL;
	json_array_foreach(all, at, one)
	{
		int64_t kept =
		    invitation_text(one, "public-key") != NULL ? INVITATION_KEPT_SECONDS : 0;
		if (invitation_number(one, "expires") + kept > now)
			left++;
		else
			ok = ok && invitation_remove(arena, home, invitation_text(one, "id"), e);
	}
	json_decref(all);
	return ok && (left < INVITATIONS_MAX ||
	              err_refused(e, "invitation.too-many",
	                          "%d invitations are open: withdraw some that are not needed",
	                          INVITATIONS_MAX));
}

bool invitation_is_secret(struct arena *arena, const json_t *invitation, struct bytes secret)
{
	struct bytes due;
	struct hash is = sha256(secret);
	return hex_decode(arena, invitation_text(invitation, "secret"), &due) &&
	       due.len == HASH_SIZE && sodium_memcmp(due.at, is.at, HASH_SIZE) == 0;
}

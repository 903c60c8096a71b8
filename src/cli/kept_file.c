#include "kept_file.h"

#include <errno.h>
#include <sodium.h>
#include <unistd.h>

#define KEY_MAGIC "proviso-audit-key-v1\n"
#define MADE_BY   "proviso " PROVISO_VERSION

static bool is_missing(const char *path)
{
	return access(path, F_OK) != 0 && errno == ENOENT;
}

/* Two at once: one draws it, and both read what is then there. */
static bool draw_key(struct cli *cli, const char *path)
{
	uint8_t key[KEPT_KEY];
	struct err why = {0};
	rim_random(key, sizeof key);
	const char *line = base64_encode(&cli->arena, bytes_of(key, sizeof key));
	const char *file = arena_printf(&cli->arena, KEY_MAGIC "%s\n", line);
	if (file_create(path, bytes_text(file), 0600, &why) || file_exists(path))
		return true;
	cli->err = why;
	return false;
}

static bool read_key(struct cli *cli, const char *path, uint8_t out[KEPT_KEY])
{
	struct bytes file, key;
	if (!file_read(&cli->arena, path, 256, &file, &cli->err))
		return false;
	struct reader r = reader_of(file);
	struct bytes magic = read_bytes(&r, sizeof KEY_MAGIC - 1), line = read_line(&r);
	if (r.bad || reader_left(&r) > 0 || !bytes_equal(magic, bytes_text(KEY_MAGIC)) ||
	    !base64_decode(&cli->arena, line, &key) || key.len != KEPT_KEY)
		return err_input(&cli->err, "audit.state-key", "%s is no key of an audit's state",
		                 path);
	memcpy(out, key.at, KEPT_KEY);
	return true;
}

/* A state whose key is gone can be anybody's: only for a new one a key is drawn. */
static bool take_key(struct cli *cli, struct kept_file *f)
{
	const char *path = arena_printf(&cli->arena, "%s.key", f->path);
	if (!is_missing(path))
		return read_key(cli, path, f->key);
	if (!is_missing(f->path))
		return err_refused(&cli->err, "audit.state-forged",
		                   "%s: %s, which shows that nobody else wrote it, is not there",
		                   f->path, path);
	return draw_key(cli, path) && read_key(cli, path, f->key);
}

bool kept_file_open(struct cli *cli, const char *path, struct kept_file *f)
{
	owned_arena arena = {0};
	struct bytes file;
	*f = (struct kept_file){.path = path};
	if (!take_key(cli, f))
		return false;
	if (is_missing(path))
		return audit_kept_begin(&f->kept, &cli->err);
	if (file_read(&arena, path, KEPT_MAX, &file, &cli->err) &&
	    (audit_kept_read(&f->kept, file, f->key, MADE_BY, &cli->err) ||
	     err_context(&cli->err, "%s", path)))
		return true;
	kept_file_close(f);
	return false;
}

bool kept_file_save(struct cli *cli, const struct kept_file *f)
{
	owned_arena arena = {0};
	struct bytes file;
	audit_kept_write(&f->kept, &arena, f->key, MADE_BY, &file);
	return file_write(f->path, file, 0600, &cli->err);
}

void kept_file_close(struct kept_file *f)
{
	audit_kept_free(&f->kept);
	sodium_memzero(f->key, sizeof f->key);
}

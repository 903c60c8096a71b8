/* Snapshots: taken, kept, read again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "lists.h"

enum { LINE_MAX_BYTES = 64 << 20 };

/* --- Files copied, hashed on the way -------------------------------------------------------- */

struct copied {
	struct hash digest;
	uint64_t size;
};

static bool copy_hashed(FILE *from, FILE *to, EVP_MD_CTX *hash, struct copied *out)
{
	char part[65536];
	size_t got;
	while ((got = fread(part, 1, sizeof part, from)) > 0) {
		if (EVP_DigestUpdate(hash, part, got) != 1 || fwrite(part, 1, got, to) != got)
			return false;
		out->size += got;
	}
	return !ferror(from) && EVP_DigestFinal_ex(hash, out->digest.at, NULL) == 1;
}

static bool copy_file(const char *from, const char *to, struct copied *out, struct err *e)
{
	owned_file in = fopen(from, "rbe");
	owned_file copy = in != NULL ? fopen(to, "wbxe") : NULL;
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	*out = (struct copied){0};
	bool ok = copy != NULL && hash != NULL &&
	          EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
	          copy_hashed(in, copy, hash, out) && fflush(copy) == 0 && fsync(fileno(copy)) == 0;
	EVP_MD_CTX_free(hash);
	return ok || err_errno(e, "cannot copy %s to %s", from, to);
}

/* --- A snapshot being made ------------------------------------------------------------------ */

struct making {
	const char *folder; /* where it is made */
	const struct list_taking *taking;
	struct list_snapshot snapshot;
	FILE *entities;
};

static bool keep_entity(void *context, const struct entity *x, struct err *e)
{
	struct making *m = context;
	owned_arena arena = {0};
	if (fputs(entity_line(&arena, x), m->entities) < 0 || fputc('\n', m->entities) == EOF)
		return err_errno(e, "cannot write the entities of %s", m->folder);
	return true;
}

static bool keep_sources(struct making *m, struct arena *arena, struct err *e)
{
	struct buffer digests = {.arena = arena};
	for (size_t i = 0; i < m->taking->count; i++) {
		struct copied copied;
		if (!copy_file(m->taking->paths[i],
		               arena_printf(arena, "%s/source-%zu", m->folder, i), &copied, e))
			return false;
		m->snapshot.size += copied.size;
		m->snapshot.digest = copied.digest;
		buffer_bytes(&digests, hash_bytes(&copied.digest));
	}
	if (m->taking->count > 1)
		m->snapshot.digest = sha256(buffer_view(&digests));
	return true;
}

static bool read_sources(struct making *m, const char *format, struct arena *arena, struct err *e)
{
	struct list_file files[LIST_FILES] = {0};
	bool ok = true;
	for (size_t i = 0; ok && i < m->taking->count; i++) {
		const char *slash = strrchr(m->taking->paths[i], '/');
		files[i].name = slash != NULL ? slash + 1 : m->taking->paths[i];
		files[i].at = fopen(arena_printf(arena, "%s/source-%zu", m->folder, i), "rbe");
		ok = files[i].at != NULL || err_errno(e, "cannot read %s again", files[i].name);
	}
	ok =
	    ok && list_read(files, m->taking->count, format, keep_entity, m, &m->snapshot.facts, e);
	for (size_t i = 0; i < m->taking->count; i++)
		if (files[i].at != NULL)
			fclose(files[i].at);
	return ok;
}

static bool keep_entities(struct making *m, const char *format, struct arena *arena, struct err *e)
{
	owned_file file = fopen(arena_printf(arena, "%s/entities.jsonl", m->folder), "wbxe");
	if (file == NULL)
		return err_errno(e, "cannot write in %s", m->folder);
	m->entities = file;
	return read_sources(m, format, arena, e) &&
	       ((fflush(file) == 0 && fsync(fileno(file)) == 0) ||
	        err_errno(e, "cannot write the entities in %s", m->folder));
}

static bool check_against_last(const struct watched_list *l, const struct making *m, struct err *e)
{
	const struct list_snapshot *last = list_current(l), *new = &m->snapshot;
	if (last == NULL)
		return true;
	uint64_t kept = 100 - (l->shrink_percent < 100 ? l->shrink_percent : 100);
	if (!m->taking->may_shrink && new->facts.entries * 100 < last->facts.entries * kept)
		return err_refused(
		    e, "lists.shrank",
		    "%s fell from %llu entries to %llu, more than %llu %%: the last snapshot stays "
		    "(--may-shrink takes the new one all the same)",
		    l->name, (unsigned long long)last->facts.entries,
		    (unsigned long long)new->facts.entries, (unsigned long long)l->shrink_percent);
	if (new->facts.has_published &&
	    last->facts.has_published &&new->facts.published < last->facts.published)
		return err_refused(
		    e, "lists.goes-back",
		    "%s was published before the snapshot that is there: an old copy", l->name);
	return true;
}

static bool make(struct making *m, const struct watched_list *l, struct arena *arena, bool *is_new,
                 struct err *e)
{
	const struct list_snapshot *last = list_current(l);
	if (!keep_sources(m, arena, e))
		return false;
	*is_new = last == NULL || !hash_equal(&last->digest, &m->snapshot.digest);
	if (!*is_new)
		return true;
	if (!keep_entities(m, l->format, arena, e))
		return false;
	if (m->taking->has_date && !m->snapshot.facts.has_published) {
		m->snapshot.facts.has_published = true;
		m->snapshot.facts.published = m->taking->date;
	}
	m->snapshot.retrieved = m->taking->now;
	return check_against_last(l, m, e) && directory_sync(m->folder, e);
}

static void remove_folder(struct arena *arena, const char *folder)
{
	static const char *const names[] = {"entities.jsonl", "index"};
	for (size_t i = 0; i < LIST_FILES; i++)
		unlink(arena_printf(arena, "%s/source-%zu", folder, i));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(arena_printf(arena, "%s/%s", folder, names[i]));
	rmdir(folder);
}

/* What a process that was killed left half made. The caller holds the lock: nobody makes one now.
 */
static void remove_leftovers(struct arena *arena, const char *list)
{
	DIR *dir = opendir(list);
	if (dir == NULL)
		return;
	for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
		if (strncmp(entry->d_name, ".taking-", 8) == 0)
			remove_folder(arena, arena_printf(arena, "%s/%s", list, entry->d_name));
	closedir(dir);
}

/* Into its place by digest. A list that went back to an earlier text finds its folder there. */
static bool put_in_place(struct making *m, const char *list, struct arena *arena, struct err *e)
{
	const char *place =
	    arena_printf(arena, "%s/%s", list, hex_encode(arena, hash_bytes(&m->snapshot.digest)));
	if (file_exists(place))
		remove_folder(arena, m->folder);
	else if (rename(m->folder, place) != 0)
		return err_errno(e, "cannot rename %s to %s", m->folder, place);
	m->snapshot.folder = place;
	return directory_sync(list, e);
}

static void add_snapshot(struct watched_list *l, const struct list_snapshot *s, struct arena *arena)
{
	struct list_snapshot *all = arena_array(arena, l->snapshot_count + 1, sizeof *all);
	if (l->snapshot_count > 0)
		memcpy(all, l->snapshots, l->snapshot_count * sizeof *all);
	all[l->snapshot_count++] = *s;
	l->snapshots = all;
}

bool list_take(const char *home, struct watched_list *l, const struct list_taking *taking,
               struct arena *arena, bool *is_new, struct err *e)
{
	const char *list = arena_printf(arena, "%s/lists/%s", home, l->name);
	char *folder = arena_printf(arena, "%s/.taking-XXXXXX", list);
	struct making m = {.folder = folder, .taking = taking};
	if (!directory_make(list, 0755, e))
		return false;
	remove_leftovers(arena, list);
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
		return err_errno(e, "cannot make a folder in %s", list);
	bool ok = make(&m, l, arena, is_new, e);
	if (!ok || !*is_new || taking->is_dry) {
		remove_folder(arena, folder);
	} else {
		ok = put_in_place(&m, list, arena, e);
	}
	if (!ok)
		return false;
	if (*is_new)
		add_snapshot(l, &m.snapshot, arena);
	l->checked = taking->now;
	return taking->is_dry || list_save(home, l, e);
}

/* --- Read again ----------------------------------------------------------------------------- */

/* Lines of a file, with their places; `each` gives false to stop. */
static bool each_line(const char *folder,
                      bool (*each)(void *, const char *, size_t, off_t, struct err *),
                      void *context, struct err *e)
{
	owned_arena arena = {0};
	const char *path = arena_printf(&arena, "%s/entities.jsonl", folder);
	owned_file file = fopen(path, "rbe");
	if (file == NULL)
		return err_errno(e, "cannot open %s", path);
	char *line = NULL;
	size_t room = 0;
	off_t offset = 0;
	bool ok = true;
	ssize_t len;
	while (ok && (len = getline(&line, &room, file)) > 0) {
		ok = (size_t)len <= LINE_MAX_BYTES ||
		     err_input(e, "lists.damaged", "%s: a line of %zd bytes", path, len);
		ok = ok && each(context, line, (size_t)len, offset, e);
		offset += len;
	}
	free(line);
	return ok;
}

struct visiting {
	entity_visit *visit;
	void *context;
};

static bool visit_line(void *context, const char *line, size_t len, off_t offset, struct err *e)
{
	const struct visiting *v = context;
	owned_arena arena = {0};
	struct entity x;
	(void)offset;
	return entity_from_line(&arena, line, len, &x, e) && v->visit(v->context, &x, e);
}

bool snapshot_read(const char *folder, entity_visit *visit, void *context, struct err *e)
{
	struct visiting v = {visit, context};
	return each_line(folder, visit_line, &v, e);
}

struct looking {
	const char *id;
	struct arena *arena;
	struct entity *out;
	bool found;
};

/* The id is the first member of a line, so most lines need no parsing. */
static bool look(void *context, const char *line, size_t len, off_t offset, struct err *e)
{
	struct looking *l = context;
	(void)offset;
	if (l->found)
		return true;
	owned_arena arena = {0};
	struct entity none = {.id = l->id};
	const char *head = entity_line(&arena, &none); /* {"id":"...","type":"any"} */
	size_t head_len = (size_t)(strstr(head, "\",\"type\":") - head) + 1;
	if (len < head_len || memcmp(line, head, head_len) != 0)
		return true;
	l->found = true;
	return entity_from_line(l->arena, line, len, l->out, e);
}

bool snapshot_entity(const char *folder, const char *id, struct arena *arena, struct entity *out,
                     bool *found, struct err *e)
{
	struct looking l = {.id = id, .arena = arena, .out = out};
	bool ok = each_line(folder, look, &l, e);
	*found = l.found;
	return ok;
}

/* --- Differences ---------------------------------------------------------------------------- */

struct known {
	uint64_t id; /* hash of the id */
	uint64_t line;
	off_t offset;
	size_t len;
	bool is_seen;
};

struct difference {
	struct known *at;
	size_t count, room;
	FILE *before;
	bool (*visit)(void *, const struct list_change *, struct err *);
	void *context;
	struct list_counts *counts;
};

static uint64_t short_hash(const char *at, size_t len)
{
	struct hash h = sha256(bytes_of(at, len));
	uint64_t out;
	memcpy(&out, h.at, sizeof out);
	return out;
}

/* Up to the member after the id. */
static uint64_t id_hash(const char *line, size_t len)
{
	const char *end = memmem(line, len, "\",\"type\":", 9);
	return short_hash(line, end != NULL ? (size_t)(end - line) : len);
}

static bool know(void *context, const char *line, size_t len, off_t offset, struct err *e)
{
	struct difference *d = context;
	if (d->count == d->room) {
		size_t room = d->room == 0 ? 1024 : d->room * 2;
		struct known *at = reallocarray(d->at, room, sizeof *at);
		if (at == NULL)
			return err_environment(e, "no memory for the entries of a list");
		d->at = at;
		d->room = room;
	}
	d->at[d->count++] =
	    (struct known){id_hash(line, len), short_hash(line, len), offset, len, false};
	return true;
}

static int compare_known(const void *a, const void *b)
{
	const struct known *x = a, *y = b;
	return (x->id > y->id) - (x->id < y->id);
}

static int compare_offset(const void *a, const void *b)
{
	const struct known *x = a, *y = b;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool read_before(struct difference *d, const struct known *k, struct arena *arena,
                        struct entity *out, struct err *e)
{
	char *line = arena_alloc(arena, k->len + 1);
	if (fseeko(d->before, k->offset, SEEK_SET) != 0 ||
	    fread(line, 1, k->len, d->before) != k->len)
		return err_errno(e, "cannot read an earlier snapshot again");
	return entity_from_line(arena, line, k->len, out, e);
}

static bool compare_line(void *context, const char *line, size_t len, off_t offset, struct err *e)
{
	struct difference *d = context;
	struct known asked = {.id = id_hash(line, len)};
	struct known *k =
	    d->count > 0 ? bsearch(&asked, d->at, d->count, sizeof *d->at, compare_known) : NULL;
	(void)offset;
	if (k != NULL)
		k->is_seen = true;
	if (k != NULL && k->line == short_hash(line, len))
		return true;
	owned_arena arena = {0};
	struct entity before, after;
	struct list_change change = {.kind = k != NULL ? LIST_CHANGED : LIST_ADDED,
	                             .after = &after};
	if (!entity_from_line(&arena, line, len, &after, e))
		return false;
	if (k != NULL && !read_before(d, k, &arena, &before, e))
		return false;
	change.before = k != NULL ? &before : NULL;
	d->counts->changed += k != NULL;
	d->counts->added += k == NULL;
	return d->visit(d->context, &change, e);
}

static bool tell_removed(struct difference *d, struct err *e)
{
	if (d->count > 0)
		qsort(d->at, d->count, sizeof *d->at, compare_offset);
	for (size_t i = 0; i < d->count; i++) {
		if (d->at[i].is_seen)
			continue;
		owned_arena arena = {0};
		struct entity before;
		struct list_change change = {.kind = LIST_REMOVED, .before = &before};
		d->counts->removed++;
		if (!read_before(d, &d->at[i], &arena, &before, e) ||
		    !d->visit(d->context, &change, e))
			return false;
	}
	return true;
}

bool list_diff(const char *before, const char *after,
               bool (*visit)(void *context, const struct list_change *, struct err *),
               void *context, struct list_counts *out, struct err *e)
{
	owned_arena arena = {0};
	struct difference d = {.visit = visit, .context = context, .counts = out};
	*out = (struct list_counts){0};
	owned_file file = NULL;
	if (before != NULL) {
		const char *path = arena_printf(&arena, "%s/entities.jsonl", before);
		file = fopen(path, "rbe");
		if (file == NULL)
			return err_errno(e, "cannot open %s", path);
		d.before = file;
	}
	bool ok = before == NULL || each_line(before, know, &d, e);
	if (d.count > 0)
		qsort(d.at, d.count, sizeof *d.at, compare_known);
	ok = ok && each_line(after, compare_line, &d, e) && tell_removed(&d, e);
	free(d.at);
	return ok;
}

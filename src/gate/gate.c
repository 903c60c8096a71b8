#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/instant.h"
#include "base/rim.h"
#include "parts.h"

_Static_assert((int)PROVISO_REPLY_MAX >= (int)REPLY_MAX, "room for any reply");
_Static_assert((int)PROVISO_REQUEST_MAX >= (int)RECORD_MAX, "room for any request");
_Static_assert((int)PROVISO_LABEL_MAX > (int)SCOPE_LABEL_MAX, "room for any label");

enum {
	GROUP_KIB = 64,
	SEGMENT_KIB = 1024,
	SYNC_EVERY_MILLISECONDS = 5, /* a use waits for the next turn and for the disk: 10 in all */
	PAGE = 4096,
};

/* --- Opening ---------------------------------------------------------------------------------- */

static bool lock_directory(struct proviso_gate *g, struct err *e)
{
	owned_arena arena = {0};
	char *path = arena_printf(&arena, "%s/lock", g->dir);
	g->lock_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (g->lock_file < 0)
		return err_errno(e, "cannot open %s", path);
	if (flock(g->lock_file, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK)
		return err_refused(e, "gate.in-use", "%s is in use by a gate that decides", g->dir);
	return err_errno(e, "cannot lock %s", path);
}

static bool mark_alive(struct proviso_gate *g, struct err *e)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return err_errno(e, "cannot take a page");
	g->alive = page;
	if (madvise(page, PAGE, MADV_WIPEONFORK) != 0)
		return err_errno(e, "the kernel cannot tell a child of fork()");
	*g->alive = 1;
	return true;
}

enum proviso_code gate_usable(const struct proviso_gate *g)
{
	return *g->alive == 1 ? PROVISO_ALLOWED : PROVISO_FORKED;
}

/* Limits are counted again from the use log, from the entry that says the lease was accepted. */
static bool count_again(void *ctx, const struct proviso_entry *entry)
{
	struct proviso_gate *g = ctx;
	if (entry->kind == PROVISO_ENTRY_LEASE && entry->authority < g->system.authority_count) {
		struct lease *lease = &g->leases[entry->authority];
		if (memcmp(lease->id.at, entry->id, HASH_SIZE) == 0)
			lease->counting = true;
	}
	if (entry->kind != PROVISO_ENTRY_USE || entry->code != PROVISO_ALLOWED)
		return true;
	uint64_t limits[PROVISO_AUTHORITIES_MAX] = {0};
	for (size_t i = 0; i < g->system.authority_count; i++) {
		limits[i] = g->leases[i].subjects.limit;
		if (!g->leases[i].counting)
			g->leases[i].subjects.limit = 0;
	}
	gate_count(g, entry->tag, entry->time);
	for (size_t i = 0; i < g->system.authority_count; i++)
		g->leases[i].subjects.limit = limits[i];
	return true;
}

/* The tree must still have every head that was told to an authority. */
static bool check_head(const struct proviso_gate *g, const struct merkle_tree *tree,
                       const struct tree_head *head, struct err *e)
{
	struct merkle_source source = merkle_tree_source(tree);
	struct hash root;
	if (head->size > tree->edge.size)
		return err_refused(e, "gate.use-log-damaged",
		                   "%s has %llu leaves of %llu told to an authority", g->use_log,
		                   (unsigned long long)tree->edge.size,
		                   (unsigned long long)head->size);
	if (!merkle_root(&source, head->size, &root, e))
		return false;
	return hash_equal(&root, &head->root) ||
	       err_refused(e, "gate.use-log-damaged",
	                   "%s is another log than was told to an authority", g->use_log);
}

static bool check_scan(const struct proviso_gate *g, const struct uselog_scan *scan, struct err *e)
{
	static const uint8_t never[BOOT_ID];
	if (scan->segment == 0 && memcmp(g->state.boot_id, never, BOOT_ID) != 0)
		return err_refused(e, "gate.use-log-damaged", "%s has lost all its files",
		                   g->use_log);
	if (scan->segment > 0 && memcmp(scan->id, g->system.log_id, USELOG_ID) != 0)
		return err_refused(e, "gate.use-log-damaged", "%s belongs to another system",
		                   g->use_log);
	for (size_t i = 0; i < g->system.authority_count; i++) {
		const struct standing *s = &g->state.standings[i];
		if (!check_head(g, &scan->tree, &s->acknowledged, e) ||
		    (s->claims && !check_head(g, &scan->tree, &s->claim, e)))
			return false;
	}
	return true;
}

static bool make_label_room(struct proviso_gate *g, struct err *e)
{
	g->labels.at = calloc(PROVISO_LABELS_MAX, sizeof *g->labels.at);
	g->marks = calloc(PROVISO_LABELS_MAX, sizeof *g->marks);
	return (g->labels.at != NULL && g->marks != NULL) ||
	       err_environment(e, "no memory for labels");
}

static bool take_labels(struct proviso_gate *g, const struct uselog_labels *from, struct err *e)
{
	if (!make_label_room(g, e))
		return false;
	for (; g->labels.count < from->count; g->labels.count++) {
		strcpy(g->labels.at[g->labels.count], from->at[g->labels.count]);
		g->marks[g->labels.count] = force_mark(&g->force, from->at[g->labels.count]);
	}
	return true;
}

static bool take_scan(struct proviso_gate *g, const struct proviso_gate_options *o, uint32_t last,
                      struct uselog_scan *scan, struct err *e)
{
	size_t segment = (size_t)(o->segment_kib > 0 ? o->segment_kib : SEGMENT_KIB) << 10;
	size_t group = (size_t)(o->group_kib > 0 ? o->group_kib : GROUP_KIB) << 10;
	if (!check_scan(g, scan, e) || !take_labels(g, &scan->labels, e))
		return false;
	g->allowed = scan->allowed;
	g->refused = scan->refused;
	g->last_time = scan->last_time;
	if (!g->read_only)
		return uselog_open(&g->log, g->use_log, g->system.log_id, scan, last, segment,
		                   group, &g->lock, e);
	uselog_look(&g->log, scan);
	return true;
}

static bool open_use_log(struct proviso_gate *g, const struct proviso_gate_options *o,
                         struct err *e)
{
	struct uselog_folder folder;
	struct uselog_source source;
	struct uselog_scan scan;
	struct uselog_visitor visitor = {count_again, g};
	bool other_boot = memcmp(g->state.boot_id, g->clock.boot_id, BOOT_ID) != 0;
	if (!uselog_folder_open(&folder, g->use_log, &source, e))
		return false;
	bool good = uselog_scan(&source, other_boot, &visitor, &scan, e);
	uselog_folder_close(&folder);
	if (!good)
		return err_context(e, "%s", g->use_log);
	good = take_scan(g, o, source.last, &scan, e);
	uselog_scan_free(&scan);
	if (!good || g->read_only || !other_boot)
		return good;
	/* From now on nothing but a dead process explains a torn tail; so the cut comes first. */
	memcpy(g->state.boot_id, g->clock.boot_id, BOOT_ID);
	return uselog_sync(&g->log, true, e) && state_write(g->dir, &g->system, &g->state, e);
}

static bool restore(struct proviso_gate *g, struct err *e)
{
	owned_arena arena = {0};
	if (!state_read(g->dir, &g->system, &arena, &g->state, e))
		return false;
	for (size_t i = 0; i < g->system.authority_count; i++) {
		struct standing *s = &g->state.standings[i];
		if (!lease_restore(&g->system, i, s, g->clock.boot_id, &g->leases[i], e))
			return false;
		s->reply = bytes_copy(&g->leases[i].arena, s->reply);
		/* The boot clock was there: before it, memory was restored and the disk not. */
		if (s->held != HELD_NOTHING && s->accepted_at.boot > g->last_boot &&
		    memcmp(s->boot_id, g->clock.boot_id, BOOT_ID) == 0)
			g->last_boot = s->accepted_at.boot;
	}
	force_make(&g->force, g->leases, g->state.standings, g->system.authority_count,
	           g->clock.boot_id);
	return true;
}

static void *sync_now_and_then(void *arg)
{
	struct proviso_gate *g = arg;
	struct timespec next;
	struct err e = {0};
	clock_gettime(CLOCK_MONOTONIC, &next);
	pthread_mutex_lock(&g->stopping);
	while (!g->stopped) {
		next.tv_nsec += SYNC_EVERY_MILLISECONDS * 1000000;
		if (next.tv_nsec >= NANOSECONDS) {
			next.tv_nsec -= NANOSECONDS;
			next.tv_sec++;
		}
		pthread_cond_timedwait(&g->stop, &g->stopping, &next);
		pthread_mutex_unlock(&g->stopping);
		/* What fails here is in the log's health, and so in the next answers. */
		uselog_sync(&g->log, false, &e);
		clock_gettime(CLOCK_MONOTONIC, &next);
		pthread_mutex_lock(&g->stopping);
	}
	pthread_mutex_unlock(&g->stopping);
	return NULL;
}

static bool start_syncing(struct proviso_gate *g, struct err *e)
{
	int failed = pthread_create(&g->syncer, NULL, sync_now_and_then, g);
	if (failed != 0)
		return err_environment(e, "cannot start the sync thread: %s", strerror(failed));
	g->syncs = true;
	return true;
}

static void start_locks(struct proviso_gate *g)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&g->stop, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&g->stopping, NULL);
	pthread_mutex_init(&g->renewing, NULL);
	pthread_mutex_init(&g->lock, NULL);
}

static bool check_options(const struct proviso_gate_options *o, struct err *e)
{
	if (o->segment_kib != 0 && (o->segment_kib < USELOG_SEGMENT_MIN >> 10 ||
	                            o->segment_kib > USELOG_SEGMENT_MAX >> 10))
		return err_usage(e, "segment_kib is %u: 16 to 65536 are possible", o->segment_kib);
	if (o->group_kib > USELOG_SEGMENT_MAX >> 10)
		return err_usage(e, "group_kib is %u: 1 to 65536 are possible", o->group_kib);
	return true;
}

static bool open_all(struct proviso_gate *g, const char *dir, const struct proviso_gate_options *o,
                     const struct gate_clock *clock, struct err *e)
{
	if (dir == NULL)
		return err_usage(e, "a gate needs a directory");
	if (!check_options(o, e) || !mark_alive(g, e))
		return false;
	rim_random(&g->id, sizeof g->id);
	if (clock == NULL && path_is_socket(dir))
		return remote_open(dir, o, &g->remote, e) && make_label_room(g, e);
	g->dir = strdup(dir);
	if (g->dir == NULL || asprintf(&g->use_log, "%s/use-log", dir) < 0)
		return err_environment(e, "no memory");
	if (!g->read_only && !lock_directory(g, e))
		return false;
	if (clock != NULL)
		g->clock = *clock;
	else if (!clock_of_machine(&g->clock, e))
		return false;
	return system_load(dir, &g->system, e) && restore(g, e) &&
	       admitted_load(dir, &g->admitted, e) && open_use_log(g, o, e) &&
	       (!o->sync_thread || g->read_only || start_syncing(g, e));
}

static void free_gate(struct proviso_gate *g)
{
	if (g->remote != NULL)
		remote_close(g->remote);
	uselog_close(&g->log);
	for (size_t i = 0; i < PROVISO_AUTHORITIES_MAX; i++)
		lease_free(&g->leases[i]);
	force_free(&g->force);
	admitted_free(&g->admitted);
	system_wipe(&g->system);
	free(g->labels.at);
	free(g->marks);
	free(g->dir);
	free(g->use_log);
	if (g->lock_file >= 0)
		close(g->lock_file);
	if (g->alive != NULL)
		munmap(g->alive, PAGE);
	free(g);
}

struct proviso_gate *gate_open(const char *dir, const struct proviso_gate_options *options,
                               const struct gate_clock *clock, struct proviso_error *error)
{
	static const struct proviso_gate_options defaults;
	struct err e = {0};
	struct proviso_gate *g = calloc(1, sizeof *g);
	if (g == NULL) {
		err_environment(&e, "no memory");
		error_give(error, &e);
		return NULL;
	}
	if (options == NULL)
		options = &defaults;
	g->lock_file = -1;
	g->read_only = options->read_only;
	start_locks(g);
	if (open_all(g, dir, options, clock, &e))
		return g;
	free_gate(g);
	error_give(error, &e);
	return NULL;
}

struct proviso_gate *proviso_gate_open(const char *dir, const struct proviso_gate_options *options,
                                       struct proviso_error *error)
{
	return gate_open(dir, options, NULL, error);
}

bool proviso_gate_close(struct proviso_gate *g, struct proviso_error *error)
{
	struct err e = {0};
	bool good = true;
	if (g == NULL)
		return true;
	if (gate_usable(g) == PROVISO_ALLOWED && g->remote == NULL) {
		if (g->syncs) {
			pthread_mutex_lock(&g->stopping);
			g->stopped = true;
			pthread_cond_signal(&g->stop);
			pthread_mutex_unlock(&g->stopping);
			pthread_join(g->syncer, NULL);
		}
		good = g->read_only || uselog_sync(&g->log, true, &e);
	}
	free_gate(g);
	return good || error_give(error, &e);
}

/* --- Making ready ------------------------------------------------------------------------------
 */

static bool usable_or_error(const struct proviso_gate *g, struct err *e)
{
	return gate_usable(g) == PROVISO_ALLOWED ||
	       err_refused(e, "gate.forked", "%s", proviso_code_text(PROVISO_FORKED));
}

/* With the lock held. */
static bool add_label(struct proviso_gate *g, const char *label, uint32_t *out, struct err *e)
{
	for (uint32_t i = 0; i < g->labels.count; i++)
		if (strcmp(g->labels.at[i], label) == 0) {
			*out = i + 1;
			return true;
		}
	if (g->labels.count == PROVISO_LABELS_MAX)
		return err_refused(e, "gate.too-many-labels", "%d labels have numbers already",
		                   PROVISO_LABELS_MAX);
	if (!g->read_only) {
		uint8_t *to = uselog_room(&g->log, PROVISO_LABEL_MAX + 8);
		if (to == NULL) {
			err_environment(e, "the label cannot be recorded");
			e->rule = g->log.health == USELOG_FULL ? "gate.use-log-full"
			                                       : "gate.use-log-damaged";
			return false;
		}
		uselog_commit(&g->log,
		              uselog_body_label(to, (uint16_t)(g->labels.count + 1), label));
	}
	strcpy(g->labels.at[g->labels.count], label);
	g->marks[g->labels.count] = force_mark(&g->force, label);
	*out = ++g->labels.count;
	return true;
}

bool proviso_gate_label(struct proviso_gate *g, const char *label, uint32_t *out,
                        struct proviso_error *error)
{
	struct err e = {0};
	if (label == NULL) {
		err_usage(&e, "no label");
		return error_give(error, &e);
	}
	if (!usable_or_error(g, &e) || !scope_label_check(bytes_text(label), &e))
		return error_give(error, &e);
	if (g->remote != NULL)
		return remote_label(g, label, out, &e) || error_give(error, &e);
	pthread_mutex_lock(&g->lock);
	bool good = add_label(g, label, out, &e);
	pthread_mutex_unlock(&g->lock);
	return good || error_give(error, &e);
}

bool proviso_gate_subject(struct proviso_gate *g, const char *selector, struct proviso_subject *out,
                          struct proviso_error *error)
{
	struct err e = {0};
	struct ready_subject *ready = (void *)out;
	if (selector == NULL) {
		err_usage(&e, "no subject");
		return error_give(error, &e);
	}
	ready->gate = 0;
	if (!selector_parse(bytes_text(selector), &ready->selector, &e))
		return error_give(error, &e);
	if (g->remote == NULL)
		tag_subject(g->system.audit_key,
		            bytes_of(ready->selector.text, ready->selector.len), ready->tag);
	ready->gate = g->id;
	return true;
}

bool warrant_check(const char *text, struct err *e)
{
	if (text == NULL || *text == 0)
		return err_input(e, "gate.warrant-empty", "a warrant has a number or a text");
	if (strlen(text) >= PROVISO_WARRANT_MAX)
		return err_input(e, "gate.warrant-too-long", "a warrant has fewer than %d bytes",
		                 PROVISO_WARRANT_MAX);
	return true;
}

bool proviso_gate_warrant(struct proviso_gate *g, const char *text, struct proviso_warrant *out,
                          struct proviso_error *error)
{
	struct err e = {0};
	struct ready_warrant *ready = (void *)out;
	ready->gate = 0;
	if (!warrant_check(text, &e))
		return error_give(error, &e);
	if (g->remote == NULL)
		tag_warrant(g->system.audit_key, bytes_text(text), ready->tag);
	else
		strcpy(ready->text, text);
	ready->gate = g->id;
	return true;
}

bool proviso_gate_sync(struct proviso_gate *g, struct proviso_error *error)
{
	struct err e = {0};
	if (!usable_or_error(g, &e))
		return error_give(error, &e);
	if (g->read_only) {
		err_usage(&e, "the gate was opened for looking only");
		return error_give(error, &e);
	}
	if (g->remote != NULL)
		return remote_sync(g, error);
	return uselog_sync(&g->log, true, &e) || error_give(error, &e);
}

/*
 * Checking a log from its entries alone: the tree they hash to, and the rules they keep.
 * Entries are streamed, in blocks: of the tree only its right edge is kept.
 */
#include "authority.h"

#include <assert.h>

#include "batch.h"
#include "blocks.h"
#include "entries.h"
#include "kept.h"
#include "memory.h"

enum { PROGRESS_EVERY = 4096 };

struct check {
	const struct log_view *view;
	const struct progress *progress;
	struct log_check *out;
	struct merkle_edge edge;
	uint64_t total, from; /* entries; the first that is looked at */
	struct hash root;     /* the one that is signed */

	bool ok; /* so far: of the tiles, or where it stops at the first fault */
	struct err e;

	/* Replay only */
	struct memory *memory;
	struct arena arena; /* of one entry */
	bool stops;         /* at the first fault, as it was refused */
	const struct audit *audit;
};

static void count_entry(struct log_check *out, enum record_kind kind)
{
	out->leases += kind == KIND_LEASE;
	out->refusals += kind == KIND_REFUSAL;
	out->records += kind != KIND_LEASE && kind != KIND_REFUSAL;
}

static void step(struct check *c, unsigned count)
{
	uint64_t before = c->out->entries;
	c->out->entries += count;
	if (c->progress != NULL && c->progress->step != NULL &&
	    (c->out->entries / PROGRESS_EVERY > before / PROGRESS_EVERY ||
	     c->out->entries == c->total))
		c->progress->step(c->progress->ctx, c->out->entries, c->total);
}

/* --- Rules ------------------------------------------------------------------------------ */

static bool tell_fault(struct check *c, uint64_t index, struct block_entry *entry,
                       const struct err *why)
{
	bool is_read = entry->fault == NULL;
	c->out->faults++;
	if (is_read)
		entry->record.id = sha256(entry->bytes);
	if (c->audit != NULL && c->audit->fault != NULL)
		c->audit->fault(c->audit->ctx, index, is_read ? &entry->record : NULL, why);
	if (!c->stops)
		return true;
	c->e = *why;
	c->ok = err_context(&c->e, "entry %llu (%s)", (unsigned long long)index,
	                    is_read ? record_kind(entry->record.kind)->name : "no record");
	return false;
}

/* An entry that breaks a rule changes nothing, as it should never have been there. */
static bool replay(struct check *c, uint64_t index, struct block_entry *entry)
{
	struct state state = memory_state(c->memory);
	struct changes changes = {.arena = &c->arena};
	struct err e;
	int64_t now;
	if (entry->fault != NULL)
		return tell_fault(c, index, entry, entry->fault);
	arena_reset(&c->arena);
	count_entry(c->out, entry->record.kind);
	if (!state_time(&state, &entry->record, &now, &e) ||
	    !apply(&state, &entry->record, index, now, &changes, &e))
		return tell_fault(c, index, entry, &e);
	memory_change(c->memory, &changes);
	if (c->audit != NULL && c->audit->entry != NULL)
		c->audit->entry(c->audit->ctx, index, &entry->record, now, &state);
	return true;
}

static void expect(struct check *c, const struct block_entry run[], unsigned count)
{
	const struct hash *systems[MEMORY_EXPECTED];
	size_t leases = 0;
	for (unsigned i = 0; i < count; i++)
		if (run[i].fault == NULL && run[i].record.kind == KIND_LEASE)
			systems[leases++] = &run[i].record.body.lease.system;
	memory_expect(c->memory, systems, leases);
}

static bool replay_block(void *ctx, struct block *b)
{
	static_assert((int)BLOCK_RUN <= (int)MEMORY_EXPECTED,
	              "a run's leases are expected together");
	struct check *c = ctx;
	unsigned count;
	for (unsigned first = 0; first < b->count; first += count) {
		struct block_entry *run = block_run(b, first, &count);
		expect(c, run, count);
		for (unsigned i = 0; i < count; i++)
			if (!replay(c, b->first + first + i, &run[i]))
				return false;
	}
	step(c, b->count);
	return true;
}

/* --- Tree -------------------------------------------------------------------------------- */

/* What the entries make of a tile's hash is what the tile says. The first that differs is told. */
static void compare_tile(void *ctx, unsigned level, uint64_t index, const struct hash *hash)
{
	struct check *c = ctx;
	const struct merkle_source *tiles = &c->view->merkle;
	struct hash promised;
	if (level % 8 != 0 || !c->ok)
		return;
	c->ok = tiles->hash(tiles->ctx, level, index, &promised, &c->e) &&
	        (hash_equal(hash, &promised) ||
	         err_refused(&c->e, "log.tile",
	                     "hash %llu of the tiles of level %u is not that of the entries",
	                     (unsigned long long)index, level / 8));
}

static bool check_block(void *ctx, struct block *b)
{
	struct check *c = ctx;
	assert(b->first == c->edge.size);
	for (unsigned i = 0; block_is_whole(b) && i < b->count; i++)
		compare_tile(c, 0, b->first + i, &b->leaves[i]);
	if (block_is_whole(b))
		merkle_append_subtree(&c->edge, 8, &b->subtree, compare_tile, c);
	for (unsigned i = 0; !block_is_whole(b) && i < b->count; i++)
		merkle_append(&c->edge, &b->leaves[i], compare_tile, c);
	if (c->memory != NULL)
		return replay_block(c, b);
	step(c, b->count);
	return true;
}

struct search {
	const struct merkle_source *tree;
	uint64_t index;
	bool found;
	bool ok;
	struct err *e;
};

static bool compare_leaf(void *ctx, uint64_t index, struct bytes entry)
{
	struct search *s = ctx;
	struct hash promised, leaf = merkle_leaf(entry);
	s->ok = s->tree->hash(s->tree->ctx, 0, index, &promised, s->e);
	s->found = s->ok && !hash_equal(&leaf, &promised);
	s->index = index;
	return s->ok && !s->found;
}

/* The root is not the one signed: is it an entry that is another, or is it the tree? */
static bool blame(struct check *c, struct err *e)
{
	const struct log_view *view = c->view;
	struct search s = {.tree = &view->merkle, .ok = true, .e = e};
	struct hash root;
	if (!view->entries(view->ctx, c->from, view->size, compare_leaf, &s, e) || !s.ok)
		return false;
	if (c->from > 0 && !s.found)
		return err_refused(e, "log.forked",
		                   "the log of %llu entries does not begin with the %llu audited "
		                   "before: both are signed",
		                   (unsigned long long)view->size, (unsigned long long)c->from);
	/* Of a log that is looked at from further on, what was before need not be here. */
	if (c->from == 0 && !merkle_root(&view->merkle, view->size, &root, e))
		return false;
	if (c->from == 0 && !hash_equal(&root, &c->root))
		return err_refused(
		    e, "log.root",
		    "neither its entries nor its tiles are the %llu that the checkpoint signs%s",
		    (unsigned long long)view->size, s.found ? ", nor do they agree" : "");
	assert(s.found);
	return err_refused(e, "log.root", "entry %llu is not the one that the checkpoint signs",
	                   (unsigned long long)s.index);
}

/* Before an entry is read: how many there are to be is taken from nobody else. */
static bool check_head(struct check *c, struct err *e)
{
	const struct log_view *view = c->view;
	owned_arena arena = {0};
	struct checkpoint head;
	*c->out = (struct log_check){0};
	/* Another origin's is taken by an audit alone, which sees whether the entries say so. */
	if (!checkpoint_open(&arena, view->checkpoint,
	                     c->memory != NULL ? &view->signer : &view->authority, &head, e))
		return err_context(e, "checkpoint");
	assert(head.size == view->size);
	c->root = head.root;
	return true;
}

static bool check_entries(struct check *c, struct err *e)
{
	const struct blocks how = {
	    .jobs = c->view->jobs,
	    .hashes = true,
	    .decodes = c->memory != NULL,
	    .take = check_block,
	    .ctx = c,
	};
	return blocks_read(&how, c->view->entries, c->view->ctx, c->edge.size, c->view->size, e);
}

static bool check_tree(struct check *c, struct err *e)
{
	if (c->edge.size < c->view->size)
		return err_refused(
		    e, "log.short", "the checkpoint signs %llu entries; %llu are there",
		    (unsigned long long)c->view->size, (unsigned long long)c->edge.size);
	c->out->root = merkle_edge_root(&c->edge);
	if (!hash_equal(&c->out->root, &c->root))
		return blame(c, e);
	if (!c->ok)
		*e = c->e;
	return c->ok;
}

bool log_verify(const struct log_view *view, const struct progress *progress, struct log_check *out,
                struct err *e)
{
	struct check c = {
	    .view = view, .progress = progress, .out = out, .total = view->size, .ok = true};
	return check_head(&c, e) && check_entries(&c, e) && check_tree(&c, e);
}

/* --- Audit, replay ------------------------------------------------------------------------- */

/* It was signed by the key asked for, or under one of its later origins. */
static bool is_of_log(const struct audit_kept *kept, const struct public_key *asked, bool *is,
                      struct err *e)
{
	owned_arena arena = {0};
	struct state state = memory_state(kept->memory);
	struct key_entry key = {0};
	struct hash kid = key_id(asked);
	if (!entry_get(&state, &arena, ENTRY_KEY, key_hash(&arena, "key/", &kid), &key, is, e))
		return false;
	*is = *is ? key.role == ROLE_AUTHORITY && strcmp(key.public.name, asked->name) == 0
	          : key_equal(&kept->authority, asked) &&
	                strcmp(kept->authority.name, asked->name) == 0;
	return true;
}

/* Where the log cannot be the one that was audited, no entry need be read. */
static bool take_up(struct check *c, const struct audit_kept *kept, struct err *e)
{
	uint64_t audited = kept->edge.size;
	bool is = true;
	if (audited > 0 && !is_of_log(kept, &c->view->authority, &is, e))
		return false;
	if (!is)
		return err_refused(e, "audit.state-foreign",
		                   "it is of the log of %s, and this is %s's", kept->authority.name,
		                   c->view->authority.name);
	if (audited > c->view->size)
		return err_refused(e, "log.shrunk",
		                   "%llu entries were audited, and the log has %llu now",
		                   (unsigned long long)audited, (unsigned long long)c->view->size);
	*c->out = kept->check;
	c->edge = kept->edge;
	c->from = audited;
	return true;
}

/* --- Origins --------------------------------------------------------------------------------- */

struct ends {
	struct check *c;
	const struct state *state;
	struct arena arena;
	bool ok;
	struct err *e;
};

/* Where an origin ended, the tree was the one that its successor's record names. */
static bool check_end(struct ends *x, const struct key_body *key)
{
	struct note *note = arena_alloc(&x->arena, sizeof *note);
	struct checkpoint end;
	struct hash root;
	if (!note_parse(&x->arena, key->checkpoint, note, x->e) ||
	    !checkpoint_parse(&x->arena, note->text, &end, x->e))
		return false;
	/* What was audited before was so then. */
	if (end.size < x->c->from)
		return true;
	return merkle_root(&x->c->view->merkle, end.size, &root, x->e) &&
	       (hash_equal(&root, &end.root) ||
	        err_refused(x->e, "log.origin-root",
	                    "the %llu entries before %s are not those whose checkpoint it names",
	                    (unsigned long long)end.size, key->holder));
}

static bool each_followed(void *ctx, struct bytes key, struct bytes value)
{
	struct ends *x = ctx;
	union record_body body;
	struct hash id;
	bool found;
	(void)key;
	memcpy(id.at, value.at, HASH_SIZE);
	x->ok = entry_body(x->state, &x->arena, KIND_KEY, &id, &body, &found, x->e) &&
	        (!found || !body.key.has_checkpoint || check_end(x, &body.key));
	return x->ok;
}

/* Whoever signed is the authority that the entries name, and the one asked for was it once. */
static bool check_signer(struct ends *x)
{
	const struct log_view *view = x->c->view;
	struct authority_entry authority = {0};
	struct key_entry key = {0};
	struct hash signer = key_id(&view->signer), asked = key_id(&view->authority);
	bool has_authority, has_key;
	if (!entry_get(x->state, &x->arena, ENTRY_AUTHORITY, bytes_text("authority"), &authority,
	               &has_authority, x->e) ||
	    !entry_get(x->state, &x->arena, ENTRY_KEY, key_hash(&x->arena, "key/", &asked), &key,
	               &has_key, x->e))
		return false;
	/* A log that does not even begin by the rules has its fault told already. */
	if (!has_authority ||
	    (hash_equal(&authority.kid, &signer) && has_key && key.role == ROLE_AUTHORITY))
		return true;
	return err_refused(x->e, "log.other-key",
	                   "by its entries the log is of %s: no officers have agreed that %s takes "
	                   "it over from %s",
	                   authority.origin, view->signer.name, view->authority.name);
}

static bool check_origins(struct check *c, struct err *e)
{
	struct state state = memory_state(c->memory);
	struct ends x = {.c = c, .state = &state, .ok = true, .e = e};
	bool ok = check_signer(&x) &&
	          state.scan(state.ctx, bytes_text("followed/"), (struct bytes){0}, each_followed,
	                     &x, e) &&
	          x.ok;
	arena_free(&x.arena);
	return ok;
}

static void leave(const struct check *c, struct audit_kept *kept)
{
	kept->edge = c->edge;
	kept->check = *c->out;
	kept->authority = c->view->signer;
	kept->note = bytes_copy(&kept->arena, c->view->checkpoint);
}

static bool audit_all(struct check *c, struct err *e)
{
	struct audit_kept *kept = c->audit->kept;
	bool ok = check_head(c, e) && (kept == NULL || take_up(c, kept, e)) &&
	          check_entries(c, e) && check_tree(c, e) && check_origins(c, e);
	c->out->state_digest = memory_digest(c->memory);
	if (ok && kept != NULL)
		leave(c, kept);
	return ok;
}

bool log_audit(const struct log_view *view, const struct audit *audit, struct log_check *out,
               struct err *e)
{
	static const struct audit plain;
	struct check c = {
	    .view = view,
	    .out = out,
	    .total = view->size,
	    .audit = audit != NULL ? audit : &plain,
	    .ok = true,
	};
	c.progress = c.audit->progress;
	c.memory = c.audit->kept != NULL ? c.audit->kept->memory : memory_new();
	if (c.memory == NULL)
		return err_environment(e, "out of memory");
	bool ok = audit_all(&c, e);
	if (c.audit->kept == NULL)
		memory_free(c.memory);
	arena_free(&c.arena);
	if (!ok)
		return false;
	return out->faults == 0 ||
	       err_refused(e, "audit.faults", "%llu of %llu entries break a rule",
	                   (unsigned long long)out->faults, (unsigned long long)out->entries);
}

static bool store_source(void *ctx, uint64_t from, uint64_t to,
                         bool (*each)(void *ctx, uint64_t index, struct bytes entry),
                         void *each_ctx, struct err *e)
{
	return store_entries(ctx, from, to, each, each_ctx, e);
}

bool authority_replay(struct authority *a, const struct progress *progress, struct log_check *out,
                      bool *same, struct err *e)
{
	struct check c = {
	    .progress = progress, .out = out, .memory = memory_new(), .stops = true, .ok = true};
	struct blocks how = {.decodes = true, .take = replay_block, .ctx = &c};
	struct hash kept;
	*out = (struct log_check){0};
	if (c.memory == NULL)
		return err_environment(e, "out of memory");
	bool ok = store_begin(a->store, false, e);
	if (ok) {
		c.total = store_size(a->store);
		ok = blocks_read(&how, store_source, a->store, 0, c.total, e) &&
		     store_digest(a->store, &kept, e) && store_root(a->store, &out->root, e);
		store_rollback(a->store);
	}
	out->state_digest = memory_digest(c.memory);
	memory_free(c.memory);
	arena_free(&c.arena);
	if (ok && !c.ok)
		*e = c.e;
	if (!ok || !c.ok)
		return false;
	*same = hash_equal(&kept, &out->state_digest);
	return true;
}

/* What a gate follows: changes that enough of its officers signed, and whatever else it is shown.
 */
#include "gate/follow.h"

#include "base/file.h"
#include "base/rim.h"
#include "log/changes.h"
#include "record/record.h"
#include "test.h"

#define OLD "old.example/log"
#define NEW "new.example/log"

enum { OFFICERS = 4, WITNESSES = 4, NOW = 1800000000 };

static struct secret_key old_key, new_key, officers[OFFICERS], witnesses[WITNESSES];

static struct secret_key make_key(const char *name)
{
	struct secret_key out;
	struct err e = {0};
	struct hash seed = sha256(bytes_text(name));
	if (!key_make(KEY_ED25519, name, seed.at, &out, &e))
		abort();
	return out;
}

static void set_up(void)
{
	static const char *const names[] = {"ada", "ben", "chen", "mallory"};
	struct err e = {0};
	if (!key_library_start(&e))
		abort();
	old_key = make_key(OLD);
	new_key = make_key(NEW);
	for (int i = 0; i < OFFICERS; i++)
		officers[i] = make_key(names[i]);
	for (int i = 0; i < WITNESSES; i++)
		witnesses[i] = make_key((const char *[]){"w0", "w1", "w2", "w3"}[i]);
}

/* --- A log ---------------------------------------------------------------------------------- */

struct log {
	struct arena arena;
	struct merkle_tree tree;
	struct log_change changes[8];
	size_t count;
};

static uint64_t add(struct log *l, struct bytes entry)
{
	struct hash leaf = merkle_leaf(entry);
	merkle_tree_append(&l->tree, &leaf);
	return l->tree.edge.size - 1;
}

static void begin(struct log *l)
{
	*l = (struct log){0};
	for (int i = 0; i < 5; i++)
		add(l, bytes_text(arena_printf(&l->arena, "entry %d", i)));
}

static void end(struct log *l)
{
	merkle_tree_free(&l->tree);
	arena_free(&l->arena);
}

static const char *policy_of(struct arena *arena, int first, int k)
{
	struct buffer b = {.arena = arena};
	const char *line = key_line(arena, &old_key.public);
	buffer_printf(&b, "log %.*s\n", (int)strcspn(line, "\n"), line);
	for (int i = first; i < first + 3; i++) {
		line = key_cosigner_line(arena, &witnesses[i].public);
		buffer_printf(&b, "witness w%d %.*s\n", i, (int)strcspn(line, "\n"), line);
	}
	buffer_printf(&b, "group g %d w%d w%d w%d\nquorum g\n", k, first, first + 1, first + 2);
	return buffer_cstr(&b);
}

/* Signed by the log, and by the witnesses whose bit is set. */
static struct bytes head(struct log *l, const struct secret_key *by, uint64_t size,
                         unsigned cosigned)
{
	struct merkle_source source = merkle_tree_source(&l->tree);
	struct checkpoint c = {.origin = by->public.name, .size = size};
	struct note *note = arena_alloc(&l->arena, sizeof *note);
	struct buffer all = {.arena = &l->arena};
	struct bytes bytes, line;
	struct err e = {0};
	bool ok = merkle_root(&source, size, &c.root, &e) &&
	          checkpoint_sign(&l->arena, &c, by, &bytes, &e) &&
	          note_parse(&l->arena, bytes, note, &e);
	buffer_bytes(&all, bytes);
	for (int i = 0; ok && i < WITNESSES; i++) {
		if ((cosigned >> i & 1) == 0)
			continue;
		ok = cosignature_sign(&l->arena, note, &witnesses[i], NOW, &line, &e);
		buffer_bytes(&all, line);
	}
	if (!ok)
		abort();
	return buffer_view(&all);
}

static struct bytes sign(struct log *l, enum record_kind kind, const union record_body *body,
                         const char *to, int by, struct hash *id)
{
	struct bytes out;
	struct err e = {0};
	if (!record_sign(&l->arena, kind, body, to, NOW, &officers[by], &out, &e)) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	*id = sha256(out);
	return out;
}

/* `by` is the officers who sign, in their order: "01" is ada's proposal, which ben approves. */
static struct log_change *change(struct log *l, const struct key_body *key, const char *to,
                                 const char *by)
{
	struct log_change *c = &l->changes[l->count++];
	struct hash proposal, ignored;
	union record_body body = {.key = *key};
	*c = (struct log_change){.count = strlen(by)};
	c->records[0] = sign(l, KIND_KEY, &body, to, by[0] - '0', &proposal);
	c->index = add(l, c->records[0]);
	for (size_t i = 1; i < c->count; i++) {
		union record_body approval = {.approval = {.proposal = proposal}};
		c->records[i] = sign(l, KIND_APPROVAL, &approval, to, by[i] - '0', &ignored);
		c->index = add(l, c->records[i]);
	}
	return c;
}

static struct key_body witness_body(struct log *l, int first, int k)
{
	return (struct key_body){.role = ROLE_WITNESSES,
	                         .holder = OLD,
	                         .has_policy = true,
	                         .policy = policy_of(&l->arena, first, k)};
}

static struct key_body origin_body(struct log *l, unsigned cosigned)
{
	return (struct key_body){
	    .role = ROLE_AUTHORITY,
	    .holder = NEW,
	    .has_public_key = true,
	    .public_key = new_key.public,
	    .has_replaces = true,
	    .has_checkpoint = true,
	    .checkpoint = head(l, &old_key, l->tree.edge.size, cosigned),
	};
}

static struct key_body officer_body(const char *holder, const struct secret_key *key)
{
	struct key_body body = {.role = ROLE_OFFICER, .holder = holder};
	body.has_public_key = key != NULL;
	if (key != NULL)
		body.public_key = key->public;
	else
		body.reason = "gone";
	return body;
}

static struct bytes file_of(struct log *l, size_t from, const struct secret_key *by,
                            unsigned cosigned)
{
	struct merkle_source source = merkle_tree_source(&l->tree);
	struct log_changes all = {.at = l->changes + from, .count = l->count - from};
	struct err e = {0};
	all.checkpoint = head(l, by, l->tree.edge.size, cosigned);
	for (size_t i = 0; i < all.count; i++)
		if (!merkle_inclusion(&source, all.at[i].index, l->tree.edge.size,
		                      &all.at[i].inclusion, &e))
			abort();
	return changes_format(&l->arena, &all);
}

/* --- A gate --------------------------------------------------------------------------------- */

/* ada, ben and chen, of whom two must agree; two of w0, w1 and w2. */
static void trust_begin(struct trust *t)
{
	struct trust from = {.key = old_key.public};
	owned_arena arena = {0};
	struct roster roster = {.threshold = 2, .count = 3};
	struct policy *policy = arena_alloc(&arena, sizeof *policy);
	struct err e = {0};
	for (size_t i = 0; i < 3; i++)
		roster.at[i] = (struct roster_officer){{officers[i].public, NULL, NULL},
		                                       officers[i].public.name};
	from.roster = &roster;
	from.policy_text = bytes_text(policy_of(&arena, 0, 2));
	if (!policy_parse(&arena, from.policy_text, policy, &e))
		abort();
	from.policy = policy;
	if (!trust_copy(&from, t, &e))
		abort();
}

static bool follow(struct trust *t, const struct tree_head *seen, struct bytes file, struct err *e)
{
	struct trust next;
	*e = (struct err){0};
	if (!trust_follow(t, seen, file, &next, e))
		return false;
	arena_free(&t->arena);
	*t = next;
	return true;
}

static bool is_refused(struct trust *t, const struct tree_head *seen, struct bytes file,
                       const char *rule, const char *what)
{
	struct err e;
	uint64_t followed = t->followed;
	bool taken = follow(t, seen, file, &e);
	bool is = !taken && e.rule != NULL && strcmp(e.rule, rule) == 0 && t->followed == followed;
	CHECK(is, "%s: %s %s", what, e.rule != NULL ? e.rule : "-", e.text);
	return is;
}

static const struct tree_head seen_nothing;
enum { TWO = 3, ALL = 7, OTHERS = 14 };

static void officers_who_agree_change_witnesses_officers_and_origin(void)
{
	struct log l;
	struct trust t;
	struct err e;
	begin(&l);
	trust_begin(&t);
	struct secret_key dunn = make_key("dunn");
	struct key_body officer = officer_body("dunn", &dunn), witness = witness_body(&l, 1, 2);
	change(&l, &officer, OLD, "01");
	change(&l, &witness, OLD, "12");
	/* Whoever ends their own key needs nobody. */
	struct key_body own = officer_body("chen", NULL);
	own.has_replaces = true;
	change(&l, &own, OLD, "2");
	CHECK(follow(&t, &seen_nothing, file_of(&l, 0, &old_key, ALL), &e), "%s", e.text);
	CHECK(t.roster->count == 3 && t.followed == l.tree.edge.size, "%zu", t.roster->count);
	CHECK(strstr((const char *)t.policy_text.at, "w3 ") != NULL, "the policy is the new one");
	struct key_body next = origin_body(&l, OTHERS);
	change(&l, &next, OLD, "01");
	CHECK(follow(&t, &seen_nothing, file_of(&l, 3, &new_key, OTHERS), &e), "%s", e.text);
	CHECK(strcmp(t.key.name, NEW) == 0 && t.has_former && strcmp(t.former.name, OLD) == 0, "%s",
	      t.key.name);
	CHECK(policy_find_log(t.policy, &new_key.public) != NULL, "its policy knows the new key");
	arena_free(&t.arena);
	end(&l);
}

/* All at once, for a gate that was long out of reach. */
static void a_chain_of_changes_is_followed_in_one(void)
{
	struct log l;
	struct trust t;
	struct err e;
	begin(&l);
	trust_begin(&t);
	struct secret_key dunn = make_key("dunn");
	struct key_body officer = officer_body("dunn", &dunn);
	change(&l, &officer, OLD, "01");
	struct key_body next = origin_body(&l, ALL);
	change(&l, &next, OLD, "12");
	struct key_body witness = witness_body(&l, 1, 2);
	change(&l, &witness, NEW, "20");
	CHECK(follow(&t, &seen_nothing, file_of(&l, 0, &new_key, ALL), &e), "%s", e.text);
	CHECK(strcmp(t.key.name, NEW) == 0 && t.roster->count == 4, "%s", t.key.name);
	arena_free(&t.arena);
	end(&l);
}

static void what_too_few_signed_is_not_followed(void)
{
	static const struct {
		const char *by, *what;
	} rows[] = {
	    {"0", "one officer"},
	    {"3", "a stranger"},
	    {"03", "one and a stranger"},
	    {"30", "a stranger and one"},
	    {"00", "one twice"},
	    {"33", "strangers"},
	    {"013", "two, and a stranger besides"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int k = 0; k < 3; k++) {
			struct log l;
			struct trust t;
			begin(&l);
			trust_begin(&t);
			struct key_body bodies[] = {witness_body(&l, 1, 2), origin_body(&l, ALL),
			                            officer_body("mallory", &officers[3])};
			change(&l, &bodies[k], OLD, rows[i].by);
			const struct secret_key *by = k == 1 ? &new_key : &old_key;
			is_refused(&t, &seen_nothing, file_of(&l, 0, by, ALL),
			           "gate.change-not-agreed", rows[i].what);
			arena_free(&t.arena);
			end(&l);
		}
}

static void nobody_but_its_holder_replaces_an_officers_key_alone(void)
{
	struct log l;
	struct trust t;
	struct err e;
	begin(&l);
	trust_begin(&t);
	struct secret_key mine = make_key("ada-2");
	struct key_body other = officer_body("ben", &mine), own = officer_body("ada", &mine);
	other.has_replaces = own.has_replaces = true;
	change(&l, &other, OLD, "0");
	is_refused(&t, &seen_nothing, file_of(&l, 0, &old_key, ALL), "gate.change-not-agreed",
	           "another's");
	change(&l, &own, OLD, "0");
	CHECK(follow(&t, &seen_nothing, file_of(&l, 1, &old_key, ALL), &e), "%s", e.text);
	arena_free(&t.arena);
	end(&l);
}

static void what_its_witnesses_have_not_seen_is_not_followed(void)
{
	struct log l;
	struct trust t;
	begin(&l);
	trust_begin(&t);
	struct key_body witness = witness_body(&l, 1, 1);
	change(&l, &witness, OLD, "01");
	/* The new policy's witnesses are many; of the one in force only w2 is there. */
	is_refused(&t, &seen_nothing, file_of(&l, 0, &old_key, 12), "gate.change-not-witnessed",
	           "by others");
	is_refused(&t, &seen_nothing, file_of(&l, 0, &old_key, 0), "gate.change-not-witnessed",
	           "by nobody");
	is_refused(&t, &seen_nothing, file_of(&l, 0, &new_key, ALL), "gate.change-not-proven",
	           "another key");
	arena_free(&t.arena);
	trust_begin(&t);
	l.count = 0;
	struct key_body next = origin_body(&l, 1);
	change(&l, &next, OLD, "01");
	is_refused(&t, &seen_nothing, file_of(&l, 0, &new_key, ALL), "gate.change-not-witnessed",
	           "the end of the old origin");
	arena_free(&t.arena);
	end(&l);
}

static void an_older_change_and_one_of_another_log_are_not_followed(void)
{
	struct log l;
	struct trust t;
	struct err e;
	begin(&l);
	trust_begin(&t);
	struct key_body first = witness_body(&l, 0, 1), second = witness_body(&l, 0, 3);
	change(&l, &first, OLD, "01");
	struct bytes older = file_of(&l, 0, &old_key, ALL);
	change(&l, &second, OLD, "01");
	CHECK(follow(&t, &seen_nothing, file_of(&l, 0, &old_key, ALL), &e), "%s", e.text);
	is_refused(&t, &seen_nothing, older, "gate.change-older", "the policy before");
	is_refused(&t, &seen_nothing, file_of(&l, 1, &old_key, ALL), "gate.change-older", "again");
	struct key_body foreign = witness_body(&l, 0, 2);
	change(&l, &foreign, NEW, "01");
	is_refused(&t, &seen_nothing, file_of(&l, 2, &old_key, ALL), "gate.change-other-origin",
	           "another log's");
	arena_free(&t.arena);
	end(&l);
}

static void an_origin_that_ended_otherwise_than_was_seen_is_not_followed(void)
{
	struct log l;
	struct trust t;
	struct err e;
	begin(&l);
	trust_begin(&t);
	struct tree_head more = {.size = l.tree.edge.size + 1}, other = {.size = l.tree.edge.size};
	struct tree_head same = {.size = l.tree.edge.size, .root = merkle_edge_root(&l.tree.edge)};
	memset(other.root.at, 7, HASH_SIZE);
	struct key_body next = origin_body(&l, ALL);
	change(&l, &next, OLD, "01");
	struct bytes file = file_of(&l, 0, &new_key, ALL);
	is_refused(&t, &more, file, "gate.origin-behind", "it was longer");
	is_refused(&t, &other, file, "gate.origin-behind", "it was another");
	CHECK(follow(&t, &same, file, &e), "%s", e.text);
	/* A second one after the same log is made to an origin that is no longer followed. */
	l.count = 0;
	struct key_body second = next;
	second.public_key = make_key("third.example/log").public;
	second.holder = "third.example/log";
	change(&l, &second, OLD, "12");
	is_refused(&t, &same, file_of(&l, 0, &new_key, ALL), "gate.change-other-origin",
	           "a second");
	arena_free(&t.arena);
	end(&l);
}

static void what_is_not_on_the_log_is_not_followed(void)
{
	struct log l;
	struct trust t;
	begin(&l);
	trust_begin(&t);
	struct key_body witness = witness_body(&l, 1, 2), other = witness_body(&l, 0, 1);
	change(&l, &witness, OLD, "01");
	struct log_change on_log = l.changes[0];
	/* Signed by the same officers, and kept from the log. */
	change(&l, &other, OLD, "01");
	l.changes[1].index = on_log.index;
	is_refused(&t, &seen_nothing, file_of(&l, 1, &old_key, ALL), "gate.change-not-proven",
	           "another entry");
	arena_free(&t.arena);
	end(&l);
}

static void a_system_without_officers_follows_nobody(void)
{
	struct log l;
	struct trust t;
	begin(&l);
	trust_begin(&t);
	struct key_body witness = witness_body(&l, 1, 2);
	change(&l, &witness, OLD, "01");
	t.roster = NULL;
	is_refused(&t, &seen_nothing, file_of(&l, 0, &old_key, ALL), "gate.change-not-agreed", "");
	arena_free(&t.arena);
	end(&l);
}

/* Whatever byte is another: it is refused, and by a rule. */
static void every_altered_byte_is_noticed(void)
{
	struct log l;
	struct trust t;
	begin(&l);
	trust_begin(&t);
	struct key_body next = origin_body(&l, TWO); /* just a quorum */
	change(&l, &next, OLD, "01");
	struct bytes file = file_of(&l, 0, &new_key, TWO);
	for (size_t i = 0; i < file.len; i += 3) {
		struct bytes altered = bytes_copy(&l.arena, file);
		struct trust into;
		struct err e = {0};
		((uint8_t *)(uintptr_t)altered.at)[i] ^= 0x04;
		bool taken = trust_follow(&t, &seen_nothing, altered, &into, &e);
		CHECK(!taken && e.rule != NULL, "byte %zu of %zu", i, file.len);
		if (taken)
			arena_free(&into.arena);
	}
	for (size_t len = 0; len < file.len; len += 7) {
		struct trust into;
		struct err e = {0};
		CHECK(!trust_follow(&t, &seen_nothing, bytes_of(file.at, len), &into, &e), "%zu",
		      len);
	}
	arena_free(&t.arena);
	end(&l);
}

static void a_roster_is_read_as_it_was_written(void)
{
	owned_arena arena = {0};
	struct trust t;
	struct roster *again = arena_alloc(&arena, sizeof *again);
	const char *origin;
	uint64_t followed;
	struct err e = {0};
	trust_begin(&t);
	t.roster->at[1].holder = "Ben of the second floor";
	t.roster->at[1].key.rp_id = "authority.example";
	t.roster->at[1].key.origin = "https://authority.example";
	struct bytes text = roster_format(&arena, OLD, t.roster, 17);
	CHECK(roster_parse(&arena, text, &origin, again, &followed, &e), "%s", e.text);
	CHECK(followed == 17 && strcmp(origin, OLD) == 0 && again->count == 3, "%s", origin);
	CHECK(bytes_equal(roster_format(&arena, origin, again, followed), text), "%.*s",
	      (int)text.len, (const char *)text.at);
	for (size_t len = 0; len + 1 < text.len; len++) {
		bool is_line = len > 0 && text.at[len - 1] == '\n';
		bool read =
		    roster_parse(&arena, bytes_of(text.at, len), &origin, again, &followed, &e);
		CHECK(!read || (is_line && again->count >= 2), "%zu bytes", len);
	}
	arena_free(&t.arena);
}

int main(void)
{
	set_up();
	static const struct test tests[] = {
	    TEST(officers_who_agree_change_witnesses_officers_and_origin),
	    TEST(a_chain_of_changes_is_followed_in_one),
	    TEST(what_too_few_signed_is_not_followed),
	    TEST(nobody_but_its_holder_replaces_an_officers_key_alone),
	    TEST(what_its_witnesses_have_not_seen_is_not_followed),
	    TEST(an_older_change_and_one_of_another_log_are_not_followed),
	    TEST(an_origin_that_ended_otherwise_than_was_seen_is_not_followed),
	    TEST(what_is_not_on_the_log_is_not_followed),
	    TEST(a_system_without_officers_follows_nobody),
	    TEST(every_altered_byte_is_noticed),
	    TEST(a_roster_is_read_as_it_was_written),
	};
	return test_main(tests, sizeof tests / sizeof *tests);
}

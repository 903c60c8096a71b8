#include "policy.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* --- Reading ------------------------------------------------------------------------------ */

enum { LINE_ITEMS = POLICY_MEMBERS + 3 };

struct parsing {
	struct arena *arena;
	struct policy *policy;
	struct bytes items[LINE_ITEMS]; /* of the line */
	size_t count;
	size_t line;
	bool has_quorum;
	struct err *e;
};

static bool is(struct bytes item, const char *text)
{
	return bytes_equal(item, bytes_text(text));
}

static const char *text_of(struct parsing *p, size_t item)
{
	return item < p->count ? arena_copy(p->arena, p->items[item].at, p->items[item].len) : NULL;
}

static bool check_characters(struct bytes all, struct err *e)
{
	size_t line = 1;
	for (size_t i = 0; i < all.len; i++) {
		uint8_t c = all.at[i];
		if (c == '\r')
			return err_input(e, "policy.character",
			                 "line %zu ends in CR LF (a tool changed its line ends)",
			                 line);
		if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7F)
			return err_input(e, "policy.character",
			                 "line %zu has the control character %02x", line, c);
		line += c == '\n';
	}
	return true;
}

/* Items are what spaces and tabs are between. */
static bool split(struct parsing *p, struct bytes line)
{
	p->count = 0;
	for (size_t i = 0; i < line.len;) {
		size_t from = i;
		while (i < line.len && line.at[i] != ' ' && line.at[i] != '\t')
			i++;
		if (i > from && p->count == LINE_ITEMS)
			return err_input(p->e, "policy.line", "line %zu has more than %d items",
			                 p->line, LINE_ITEMS);
		if (i > from)
			p->items[p->count++] = bytes_of(line.at + from, i - from);
		else
			i++;
	}
	return true;
}

static bool read_key(struct parsing *p, size_t item,
                     bool (*parse)(struct bytes, struct public_key *, struct err *),
                     struct public_key *out)
{
	return parse(p->items[item], out, p->e) || err_context(p->e, "line %zu", p->line);
}

static int find_member(const struct policy *policy, struct bytes name)
{
	for (size_t i = 0; i < policy->member_count; i++)
		if (bytes_equal(policy->members[i].name, name))
			return (int)i;
	return POLICY_NONE;
}

static struct policy_member *new_member(struct parsing *p)
{
	struct bytes name = p->items[1];
	if (is(name, "none") || find_member(p->policy, name) != POLICY_NONE) {
		err_input(p->e, "policy.name", "line %zu: the name \"%.*s\" is taken", p->line,
		          (int)name.len, (const char *)name.at);
		return NULL;
	}
	if (p->policy->member_count == POLICY_MEMBERS) {
		err_input(p->e, "policy.too-large", "line %zu: more than %d witnesses and groups",
		          p->line, POLICY_MEMBERS);
		return NULL;
	}
	struct policy_member *m = &p->policy->members[p->policy->member_count];
	*m = (struct policy_member){.name = name};
	return m;
}

static bool read_log(struct parsing *p)
{
	struct policy *policy = p->policy;
	if (p->count < 2 || p->count > 3)
		return err_input(p->e, "policy.line", "line %zu is not \"log VKEY [URL]\"",
		                 p->line);
	if (policy->log_count == POLICY_LOGS)
		return err_input(p->e, "policy.too-large", "line %zu: more than %d logs", p->line,
		                 POLICY_LOGS);
	struct policy_log *log = &policy->logs[policy->log_count];
	*log = (struct policy_log){.url = text_of(p, 2)};
	if (!read_key(p, 1, key_line_parse, &log->key))
		return false;
	if (log->key.algorithm != KEY_ED25519)
		return err_input(p->e, "key.line", "line %zu: a log's key is Ed25519", p->line);
	/* One key is one log, whatever it is called. */
	for (size_t i = 0; i < policy->log_count; i++)
		if (key_equal(&policy->logs[i].key, &log->key))
			return err_input(p->e, "policy.duplicate",
			                 "line %zu: the key is that of log %s", p->line,
			                 policy->logs[i].key.name);
	policy->log_count++;
	return true;
}

static bool read_witness(struct parsing *p)
{
	struct policy *policy = p->policy;
	if (p->count < 3 || p->count > 4)
		return err_input(p->e, "policy.line", "line %zu is not \"witness NAME VKEY [URL]\"",
		                 p->line);
	struct policy_member *m = new_member(p);
	if (m == NULL)
		return false;
	m->witness.url = text_of(p, 3);
	if (!read_key(p, 2, key_cosigner_parse, &m->witness.key))
		return false;
	for (size_t i = 0; i < policy->member_count; i++)
		if (!policy->members[i].is_group &&
		    key_equal(&policy->members[i].witness.key, &m->witness.key))
			return err_input(p->e, "policy.duplicate",
			                 "line %zu: the key is that of witness %.*s", p->line,
			                 (int)policy->members[i].name.len,
			                 (const char *)policy->members[i].name.at);
	policy->member_count++;
	return true;
}

static bool read_threshold(struct parsing *p, size_t count, size_t *out)
{
	uint64_t threshold;
	if (is(p->items[2], "any")) {
		*out = 1;
	} else if (is(p->items[2], "all")) {
		*out = count;
	} else {
		if (!decimal_parse(p->items[2], &threshold) || threshold < 1 || threshold > count)
			return err_input(p->e, "policy.threshold",
			                 "line %zu: \"%.*s\" is not all, any, or 1 to %zu", p->line,
			                 (int)p->items[2].len, (const char *)p->items[2].at, count);
		*out = (size_t)threshold;
	}
	return true;
}

static bool read_group(struct parsing *p)
{
	if (p->count < 4)
		return err_input(p->e, "policy.line",
		                 "line %zu is not \"group NAME all|any|K MEMBER...\"", p->line);
	struct policy_member *m = new_member(p);
	size_t count = p->count - 3, threshold = 0;
	if (m == NULL || !read_threshold(p, count, &threshold))
		return false;
	uint8_t *members = arena_alloc(p->arena, count);
	for (size_t i = 0; i < count; i++) {
		struct bytes name = p->items[3 + i];
		int at = find_member(p->policy, name);
		if (at == POLICY_NONE)
			return err_input(p->e, "policy.reference",
			                 "line %zu: no line before it defines \"%.*s\"", p->line,
			                 (int)name.len, (const char *)name.at);
		/* So each witness counts in one way only. */
		if (p->policy->members[at].is_taken)
			return err_input(p->e, "policy.reference",
			                 "line %zu: \"%.*s\" is a member already", p->line,
			                 (int)name.len, (const char *)name.at);
		p->policy->members[at].is_taken = true;
		members[i] = (uint8_t)at;
	}
	m->is_group = true;
	m->group.threshold = threshold;
	m->group.count = count;
	m->group.members = members;
	p->policy->member_count++;
	return true;
}

static bool read_quorum(struct parsing *p)
{
	if (p->count != 2)
		return err_input(p->e, "policy.line", "line %zu is not \"quorum NAME\"", p->line);
	if (p->has_quorum)
		return err_input(p->e, "policy.quorum", "line %zu: there is a quorum already",
		                 p->line);
	p->has_quorum = true;
	p->policy->quorum = find_member(p->policy, p->items[1]);
	if (p->policy->quorum == POLICY_NONE && !is(p->items[1], "none"))
		return err_input(p->e, "policy.reference",
		                 "line %zu: no line before it defines \"%.*s\"", p->line,
		                 (int)p->items[1].len, (const char *)p->items[1].at);
	return true;
}

static bool read_items(struct parsing *p)
{
	static const struct {
		const char *word;
		bool (*read)(struct parsing *);
	} words[] = {
	    {"log", read_log},
	    {"witness", read_witness},
	    {"group", read_group},
	    {"quorum", read_quorum},
	};
	if (p->count == 0 || p->items[0].at[0] == '#')
		return true;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (is(p->items[0], words[i].word))
			return words[i].read(p);
	return err_input(p->e, "policy.line",
	                 "line %zu begins with neither log, witness, group nor quorum", p->line);
}

bool policy_parse(struct arena *arena, struct bytes all, struct policy *out, struct err *e)
{
	struct parsing p = {.arena = arena, .policy = out, .line = 1, .e = e};
	out->log_count = out->member_count = 0;
	out->quorum = POLICY_NONE;
	if (all.len > POLICY_MAX)
		return err_input(e, "policy.too-large", "a policy has at most %d bytes, not %zu",
		                 POLICY_MAX, all.len);
	if (!check_characters(all, e))
		return false;
	struct reader r = reader_of(bytes_copy(arena, all));
	for (; reader_left(&r) > 0; p.line++) {
		struct bytes line = read_line(&r);
		if (r.bad)
			return err_input(e, "policy.line", "line %zu does not end in LF", p.line);
		/* A comment may have any number of words. */
		size_t from = 0;
		while (from < line.len && (line.at[from] == ' ' || line.at[from] == '\t'))
			from++;
		if (from < line.len && line.at[from] == '#')
			continue;
		if (!split(&p, line) || !read_items(&p))
			return false;
	}
	return p.has_quorum || err_input(e, "policy.quorum", "the policy has no quorum line");
}

/* --- Judging ------------------------------------------------------------------------------ */

static int later_first(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;
	return (*a < *b) - (*a > *b);
}

/* Of a member; both -1 where it is a witness that did not sign, or a group without its k. */
struct times {
	int64_t time, late;
};

static struct times group_times(const struct policy_member *m, const struct times of[])
{
	int64_t time[POLICY_MEMBERS], late[POLICY_MEMBERS];
	size_t count = 0, k = m->group.threshold;
	for (size_t i = 0; i < m->group.count; i++) {
		const struct times *t = &of[m->group.members[i]];
		if (t->time < 0)
			continue;
		time[count] = t->time;
		late[count++] = t->late;
	}
	if (count < k)
		return (struct times){-1, -1};
	qsort(time, count, sizeof *time, later_first);
	qsort(late, count, sizeof *late, later_first);
	return (struct times){time[k - 1], late[count - k]};
}

static bool is_unsigned(const struct err *e)
{
	return strcmp(e->rule, "note.unsigned") == 0;
}

bool policy_quorum(const struct policy *policy, const struct note *note, struct policed *out,
                   struct err *e)
{
	struct times times[POLICY_MEMBERS];
	out->cosignatures = 0;
	out->time = out->late = 0;
	/* Members refer to those before them alone. */
	for (size_t i = 0; i < policy->member_count; i++) {
		const struct policy_member *m = &policy->members[i];
		struct err why = {0};
		int64_t time;
		times[i] = (struct times){-1, -1};
		if (m->is_group) {
			times[i] = group_times(m, times);
		} else if (cosignature_verify(note, &m->witness.key, &time, &why)) {
			times[i] = (struct times){time, time};
			out->cosignatures++;
		} else if (!is_unsigned(&why)) {
			*e = why;
			return false;
		}
	}
	if (policy->quorum == POLICY_NONE)
		return true;
	const struct times *quorum = &times[policy->quorum];
	if (quorum->time >= 0) {
		out->time = quorum->time;
		out->late = quorum->late;
		return true;
	}
	const struct bytes name = policy->members[policy->quorum].name;
	return err_refused(e, "policy.quorum-missing",
	                   "the checkpoint has %zu good cosignatures, which are no quorum \"%.*s\"",
	                   out->cosignatures, (int)name.len, (const char *)name.at);
}

/* --- Comparing ---------------------------------------------------------------------------- */

/* Whether a quorum has signed where those have for whom `has_signed` says so. */
static bool is_quorum(const struct policy *policy, const bool has_signed[])
{
	bool is[POLICY_MEMBERS];
	for (size_t i = 0; i < policy->member_count; i++) {
		const struct policy_member *m = &policy->members[i];
		size_t count = 0;
		for (size_t k = 0; m->is_group && k < m->group.count; k++)
			count += is[m->group.members[k]];
		is[i] = m->is_group ? count >= m->group.threshold : has_signed[i];
	}
	return policy->quorum == POLICY_NONE || is[policy->quorum];
}

/* The witness of `policy` with the key of a member of another. */
static int same_witness(const struct policy *policy, const struct policy_member *of)
{
	for (size_t i = 0; !of->is_group && i < policy->member_count; i++)
		if (!policy->members[i].is_group &&
		    key_equal(&policy->members[i].witness.key, &of->witness.key))
			return (int)i;
	return POLICY_NONE;
}

static bool is_weaker(const struct policy *policy, const bool has_signed[], struct err *e)
{
	char names[160] = "nobody";
	size_t len = 0;
	for (size_t i = 0; i < policy->member_count; i++)
		if (has_signed[i] && len < sizeof names)
			len +=
			    (size_t)snprintf(names + len, sizeof names - len, "%s%.*s",
			                     len > 0 ? ", " : "", (int)policy->members[i].name.len,
			                     (const char *)policy->members[i].name.at);
	return err_refused(e, "policy.weaker", "cosigned by %s it is satisfied, and the other not",
	                   names);
}

bool policy_is_as_strict(const struct policy *policy, const struct policy *least, struct err *e)
{
	size_t witness[POLICY_COMPARED], count = 0;
	int other[POLICY_MEMBERS];
	for (size_t i = 0; i < least->member_count; i++)
		other[i] = same_witness(policy, &least->members[i]);
	for (size_t i = 0; i < policy->member_count; i++) {
		if (policy->members[i].is_group)
			continue;
		if (count == POLICY_COMPARED)
			return err_input(e, "policy.too-large",
			                 "it has more than the %d witnesses that can be compared",
			                 POLICY_COMPARED);
		witness[count++] = i;
	}
	for (uint32_t set = 0; set < UINT32_C(1) << count; set++) {
		bool has_signed[POLICY_MEMBERS] = {0}, there[POLICY_MEMBERS];
		for (size_t i = 0; i < count; i++)
			has_signed[witness[i]] = (set >> i & 1) != 0;
		if (!is_quorum(policy, has_signed))
			continue;
		for (size_t i = 0; i < least->member_count; i++)
			there[i] = other[i] != POLICY_NONE && has_signed[other[i]];
		if (!is_quorum(least, there))
			return is_weaker(policy, has_signed, e);
	}
	return true;
}

const struct policy_log *policy_find_log(const struct policy *policy, const struct public_key *key)
{
	for (size_t i = 0; i < policy->log_count; i++)
		if (key_equal(&policy->logs[i].key, key) &&
		    strcmp(policy->logs[i].key.name, key->name) == 0)
			return &policy->logs[i];
	return NULL;
}

bool policy_open(struct arena *arena, const struct policy *policy, struct bytes bytes,
                 struct policed *out, struct err *e)
{
	struct note *note = arena_alloc(arena, sizeof *note);
	*out = (struct policed){0};
	if (!note_parse(arena, bytes, note, e) ||
	    !checkpoint_parse(arena, note->text, &out->checkpoint, e) ||
	    !checkpoint_check(&out->checkpoint, e))
		return false;
	struct err unsigned_by = {0};
	bool is_known = false;
	/* An origin may have several keys, as while one takes the place of another. */
	for (size_t i = 0; i < policy->log_count; i++) {
		const struct policy_log *log = &policy->logs[i];
		if (strcmp(log->key.name, out->checkpoint.origin) != 0)
			continue;
		is_known = true;
		if (note_verify(note, &log->key, &unsigned_by))
			out->log = log;
		else if (!is_unsigned(&unsigned_by))
			break;
	}
	if (!is_known)
		return err_refused(e, "policy.unknown-log", "%s is no log of the policy",
		                   out->checkpoint.origin);
	if (out->log == NULL || (unsigned_by.rule != NULL && !is_unsigned(&unsigned_by))) {
		*e = unsigned_by;
		return false;
	}
	return policy_quorum(policy, note, out, e);
}

/* Keys: whose they are, which wait for officers, and which are about to end. */
#include "pages.h"

#include <string.h>

enum { SOON_SECONDS = 30 * 86400 };

static bool has_ended(const struct page *p, const struct key_info *k)
{
	return k->ended != NULL || (k->has_until && k->until <= p->now);
}

static bool ends_soon(const struct page *p, const struct key_info *k)
{
	return !has_ended(p, k) && k->has_until && k->until - p->now < SOON_SECONDS;
}

static json_t *key_row(struct page *p, const struct key_info *k)
{
	bool ended = has_ended(p, k), soon = ends_soon(p, k);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s?,s:s,s:b,s:b,s:o}", "kid",
	                 words_hex(p->arena, &k->kid), "short", words_short(p->arena, &k->kid),
	                 "role", k->role, "role-key", arena_printf(p->arena, "role.%s", k->role),
	                 "holder", k->holder, "country", k->country, "record",
	                 words_hex(p->arena, &k->record), "has-ended", ended, "ends-soon", soon,
	                 "until", page_time(p->arena, k->has_until && !ended ? k->until : 0));
}

static bool has_agreed(const struct page *p, const struct key_proposal *k)
{
	bool agreed = strcmp(k->proposer, p->person.holder) == 0;
	for (size_t i = 0; i < k->approval_count; i++)
		agreed |= strcmp(k->approvals[i].officer, p->person.holder) == 0;
	return agreed;
}

static const char *role_of(struct page *p, const struct key_proposal *k)
{
	static const char *const roles[ROLE_COUNT] = {"authority", "officer", "exporter",
	                                              "end-user",  "auditor", "adviser"};
	return arena_printf(p->arena, "role.%s", roles[k->body->role]);
}

static json_t *proposal_row(struct page *p, const struct key_proposal *k)
{
	bool may = p->has_person && strcmp(p->person.role, "officer") == 0 && !has_agreed(p, k);
	return json_pack(
	    "{s:s,s:s,s:s,s:s,s:b,s:s,s:I,s:I,s:o,s:b}", "id", words_hex(p->arena, &k->id), "short",
	    words_short(p->arena, &k->id), "holder", k->body->holder, "role-key", role_of(p, k),
	    "is-new", k->body->has_public_key, "proposer", k->proposer, "agreed",
	    (json_int_t)k->approval_count + 1, "needed", (json_int_t)k->needed, "valid-until",
	    page_time(p->arena, k->body->has_valid_until ? k->body->valid_until : 0), "may-agree",
	    may);
}

bool page_keys(struct page *p)
{
	struct key_info *all;
	struct key_proposal *waiting;
	size_t count;
	json_t *rows = json_array(), *proposals = json_array();
	page_set(p, "rows", rows);
	page_set(p, "proposals", proposals);
	if (!query_keys(&p->state, p->arena, &all, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(rows, key_row(p, &all[i]));
	if (!query_key_proposals(&p->state, p->arena, p->now, &waiting, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(proposals, proposal_row(p, &waiting[i]));
	return true;
}

bool page_count_keys(struct page *p)
{
	struct key_info *all;
	struct key_proposal *waiting;
	size_t count, officers = 0;
	if (!query_keys(&p->state, p->arena, &all, &count, p->err))
		return false;
	for (size_t i = 0; i < count; i++)
		officers += ends_soon(p, &all[i]) && strcmp(all[i].role, "officer") == 0;
	if (!query_key_proposals(&p->state, p->arena, p->now, &waiting, &count, p->err))
		return false;
	page_set(p, "keys-ending", officers > 0 ? json_integer((json_int_t)officers) : json_null());
	page_set(p, "keys-waiting", count > 0 ? json_integer((json_int_t)count) : json_null());
	return true;
}

/* Who makes a key together, who shares it anew, and for whom. */
#include <sodium.h>

#include "ceremony_parts.h"

#define PLAN "proviso-plan-1"

/* --- Writing -------------------------------------------------------------------------------- */

static void put_keys(struct arena *arena, struct buffer *b, const struct public_key keys[],
                     size_t count)
{
	cbor_array(b, count);
	for (size_t i = 0; i < count; i++)
		cbor_text(b, key_line(arena, &keys[i]));
}

bool ceremony_plan_make(struct arena *arena, const char *origin, int64_t now, uint64_t threshold,
                        const struct public_key holders[], size_t holder_count,
                        const struct public_key dealers[], size_t dealer_count, struct bytes before,
                        const uint8_t nonce[CEREMONY_NONCE], struct bytes *out, struct err *e)
{
	struct ceremony_plan plan;
	struct buffer b = {.arena = arena};
	cbor_array(&b, 8);
	cbor_text(&b, PLAN);
	cbor_text(&b, origin);
	cbor_int(&b, now);
	cbor_bytes(&b, bytes_of(nonce, CEREMONY_NONCE));
	cbor_uint(&b, threshold);
	put_keys(arena, &b, holders, holder_count);
	put_keys(arena, &b, dealers, dealer_count);
	cbor_bytes(&b, before);
	*out = buffer_view(&b);
	return ceremony_plan_parse(arena, *out, &plan, e);
}

/* --- Reading -------------------------------------------------------------------------------- */

static bool party_put(struct ceremony_plan *plan, const struct ceremony_party *new, struct err *e)
{
	for (size_t i = 0; i < plan->party_count; i++)
		if (strcmp(plan->parties[i].key.name, new->key.name) == 0 ||
		    key_equal(&plan->parties[i].key, &new->key))
			return err_refused(e, "ceremony.party-twice",
			                   "%.100s and %.100s have the same name or key",
			                   plan->parties[i].key.name, new->key.name);
	plan->parties[plan->party_count++] = *new;
	return true;
}

/* The share that a dealer has by the record, which names holders as their keys are named. */
static bool find_share(const struct ceremony_plan *plan, struct ceremony_party *dealer,
                       struct err *e)
{
	const struct tag_holder *holders = plan->before.holders.at;
	for (size_t i = 0; i < plan->before.holders.count; i++)
		if (strcmp(holders[i].name, dealer->key.name) == 0) {
			dealer->share = (uint8_t)(i + 1);
			dealer->public = element_of(&holders[i].public);
			return true;
		}
	return err_refused(e, "ceremony.not-a-holder", "%.200s has no share of the key",
	                   dealer->key.name);
}

/* Somebody new, or a holder who deals as well. */
static bool dealer_put(struct ceremony_plan *plan, const struct public_key *key, struct err *e)
{
	struct ceremony_party new = {.key = *key, .deals = true};
	if (!find_share(plan, &new, e))
		return false;
	for (size_t i = 0; i < plan->holder_count; i++) {
		struct ceremony_party *at = &plan->parties[i];
		if (!key_equal(&at->key, key) || strcmp(at->key.name, key->name) != 0 || at->deals)
			continue;
		new.holds = true;
		*at = new;
		return true;
	}
	return party_put(plan, &new, e);
}

static size_t read_keys(struct cbor_reader *r, struct public_key out[TAG_HOLDERS])
{
	size_t count = cbor_read_array(r);
	struct err why;
	if (count > TAG_HOLDERS)
		cbor_fail(r, "ceremony.file", "more than %d parties", TAG_HOLDERS);
	for (size_t i = 0; i < count && !r->bad; i++) {
		struct bytes line = cbor_read_text(r);
		if (!r->bad && (line.len > KEY_LINE_MAX || !key_line_parse(line, &out[i], &why)))
			cbor_fail(r, "ceremony.file", "party %zu has no key", i + 1);
	}
	return r->bad ? 0 : count;
}

static bool plan_judge(struct ceremony_plan *plan, const struct public_key holders[],
                       size_t holder_count, const struct public_key dealers[], size_t dealer_count,
                       struct err *e)
{
	if (holder_count < 2 || plan->threshold < 2 || plan->threshold > holder_count)
		return err_refused(e, "ceremony.threshold",
		                   "%llu of %zu holders are to answer for a tag: two at least, and "
		                   "no more than there are",
		                   (unsigned long long)plan->threshold, holder_count);
	for (size_t i = 0; i < holder_count; i++)
		if (!party_put(plan,
		               &(struct ceremony_party){
		                   .key = holders[i], .holds = true, .deals = !plan->has_before},
		               e))
			return false;
	plan->holder_count = holder_count;
	for (size_t i = 0; i < dealer_count; i++)
		if (!dealer_put(plan, &dealers[i], e))
			return false;
	return !plan->has_before || dealer_count >= plan->before.threshold ||
	       err_refused(e, "ceremony.too-few", "%zu have shares to deal; the key takes %llu",
	                   dealer_count, (unsigned long long)plan->before.threshold);
}

/* Its signature is the log's to check, where the new record must have the same key. */
static bool read_before(struct arena *arena, struct bytes file, struct ceremony_plan *plan,
                        struct err *e)
{
	struct record record;
	if (file.len == 0)
		return true;
	if (!record_decode(arena, file, &record, e))
		return err_context(e, "the record of the key");
	plan->has_before = record.kind == KIND_TAGS;
	plan->before = record.body.tags;
	return (plan->has_before && strcmp(record.claims.subject, plan->origin) == 0) ||
	       err_input(e, "ceremony.file", "the plan holds no record of a key of %.200s",
	                 plan->origin);
}

bool ceremony_plan_parse(struct arena *arena, struct bytes given, struct ceremony_plan *out,
                         struct err *e)
{
	struct public_key *holders = arena_array(arena, TAG_HOLDERS, sizeof *holders),
	                  *dealers = arena_array(arena, TAG_HOLDERS, sizeof *dealers);
	struct bytes file = bytes_copy(arena, given);
	struct err why = {0};
	struct cbor_reader r = cbor_reader(file, &why);
	*out = (struct ceremony_plan){.id = sha256(file)};
	read_magic(&r, PLAN, 8);
	struct bytes origin = cbor_read_text(&r);
	out->made_at = cbor_read_int(&r);
	if (cbor_read_bytes(&r).len != CEREMONY_NONCE)
		cbor_fail(&r, "ceremony.file", "its nonce is not of %d bytes", CEREMONY_NONCE);
	out->threshold = cbor_read_uint(&r);
	size_t holder_count = read_keys(&r, holders), dealer_count = read_keys(&r, dealers);
	struct bytes before = cbor_read_bytes(&r);
	if (!cbor_done(&r) || file.len > CEREMONY_PLAN || memchr(origin.at, 0, origin.len) != NULL)
		return err_input(e, "ceremony.file", "no plan: %s", why.text);
	out->origin = arena_copy(arena, origin.at, origin.len);
	return read_before(arena, before, out, e) &&
	       plan_judge(out, holders, holder_count, dealers, dealer_count, e);
}

bool ceremony_party(const struct ceremony_plan *plan, const struct public_key *key, size_t *out,
                    struct err *e)
{
	for (*out = 0; *out < plan->party_count; ++*out)
		if (key_equal(&plan->parties[*out].key, key))
			return true;
	return err_refused(e, "ceremony.not-a-party", "the plan does not name this key of %.200s",
	                   key->name);
}

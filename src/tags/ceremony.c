/* What parties of a ceremony say, and what of it all can check. */
#include <sodium.h>

#include "ceremony_parts.h"

/* --- What is computed of what was said ------------------------------------------------------- */

struct hash commitment_digest(const struct ceremony_plan *plan, size_t party,
                              const struct vss_commitment *c)
{
	struct saying saying = saying_of(plan, party);
	return sha256_parts((struct bytes[]){bytes_text("proviso-ceremony-1 commitment"),
	                                     bytes_of(saying.at, sizeof saying.at),
	                                     bytes_of(c->at, c->threshold * sizeof c->at[0])},
	                    3);
}

struct hash ceremony_digest(const struct ceremony *c)
{
	struct bytes parts[2 + 2 * CEREMONY_PARTIES] = {bytes_text("proviso-ceremony-1"),
	                                                hash_bytes(&c->plan.id)};
	size_t count = 2;
	for (unsigned round = 1; round <= 2; round++)
		for (size_t i = 0; i < c->plan.party_count; i++)
			if (has_part(&c->plan, round, i))
				parts[count++] = hash_bytes(&said(c, round, i)->digest);
	return sha256_parts(parts, count);
}

/* One share a key: the common secret is of this dealer and this holder, in this direction. */
void share_crypt(const struct ceremony_plan *plan, size_t dealer, size_t holder,
                 const struct oprf_element *common, const uint8_t in[OPRF_SIZE],
                 uint8_t out[OPRF_SIZE])
{
	uint8_t numbers[2] = {(uint8_t)dealer, (uint8_t)holder};
	struct hash pad = sha256_parts((struct bytes[]){bytes_text("proviso-ceremony-1 share"),
	                                                hash_bytes(&plan->id), bytes_of(numbers, 2),
	                                                bytes_of(common->at, OPRF_SIZE)},
	                               4);
	for (size_t i = 0; i < OPRF_SIZE; i++)
		out[i] = in[i] ^ pad.at[i];
	sodium_memzero(&pad, sizeof pad);
}

struct oprf_scalar dealer_weight(const struct ceremony_plan *plan, size_t dealer)
{
	uint8_t index[CEREMONY_PARTIES];
	size_t count = 0, which = 0;
	if (!plan->has_before)
		return (struct oprf_scalar){.at = {1}};
	for (size_t i = 0; i < plan->party_count; i++) {
		if (!plan->parties[i].deals)
			continue;
		if (i == dealer)
			which = count;
		index[count++] = plan->parties[i].share;
	}
	return oprf_weight(index, count, which);
}

void message_begin(struct buffer *b, const struct ceremony_plan *plan, unsigned round, size_t party,
                   size_t parts)
{
	cbor_array(b, parts);
	cbor_uint(b, round);
	cbor_bytes(b, hash_bytes(&plan->id));
	cbor_uint(b, party);
}

/* --- Reading a message ----------------------------------------------------------------------- */

struct envelope {
	struct cose_sign1 cose;
	struct cbor_reader r; /* behind the three parts that all have */
	struct err why;
	size_t parts;
	unsigned round;
	size_t party;
	struct hash plan;
};

static bool open_envelope(struct arena *arena, struct bytes file, struct envelope *out,
                          struct err *e)
{
	if (file.len > CEREMONY_MESSAGE || !cose_decode(arena, file, &out->cose, e) ||
	    strcmp(out->cose.content_type, CEREMONY_TYPE) != 0)
		return err_input(e, "ceremony.file", "no message of a ceremony");
	out->why = (struct err){0};
	out->r = cbor_reader(out->cose.payload, &out->why);
	out->parts = cbor_read_array(&out->r);
	uint64_t round = cbor_read_uint(&out->r);
	read_fixed(&out->r, out->plan.at);
	uint64_t party = cbor_read_uint(&out->r);
	if (out->r.bad || round < 1 || round > CEREMONY_ROUNDS || party >= CEREMONY_PARTIES)
		return err_input(e, "ceremony.file", "no message of a ceremony: %s", out->why.text);
	out->round = (unsigned)round;
	out->party = (size_t)party;
	return true;
}

/* That it is of a party of this plan, who has something to say in this round, signed. */
static bool check_envelope(const struct ceremony *c, const struct envelope *m, struct err *e)
{
	const struct ceremony_plan *plan = &c->plan;
	struct err why;
	if (!hash_equal(&m->plan, &plan->id))
		return err_refused(e, "ceremony.other-plan", "a message of another ceremony");
	if (m->party >= plan->party_count || !has_part(plan, m->round, m->party))
		return err_refused(e, "ceremony.not-a-party",
		                   "nobody of that number has anything to say in round %u",
		                   m->round);
	const struct public_key *key = &plan->parties[m->party].key;
	if (!cose_verify(&m->cose, key, &why) || strcmp(m->cose.claims.subject, plan->origin) != 0)
		return err_refused(e, "ceremony.signature", "not signed by %.200s", key->name);
	return true;
}

/* What stands in the form of a message, wrong or not: bad input, which names its party. */
static bool read_done(const struct ceremony *c, struct envelope *m, struct err *e)
{
	return cbor_done(&m->r) || err_input(e, "ceremony.file", "%.100s, round %u: %s",
	                                     party_name(&c->plan, m->party), m->round, m->why.text);
}

static bool add_first(struct ceremony *c, struct envelope *m, struct err *e)
{
	const char *name = party_name(&c->plan, m->party);
	struct err why;
	if (m->parts != 6)
		return err_input(e, "ceremony.file", "%.200s, round 1: another form", name);
	read_fixed(&m->r, c->to[m->party].at);
	read_fixed(&m->r, c->from[m->party].at);
	struct bytes committed = cbor_read_bytes(&m->r);
	if (!read_done(c, m, e))
		return false;
	if (!oprf_element_check(&c->to[m->party], "what is encrypted to", &why) ||
	    !oprf_element_check(&c->from[m->party], "what is encrypted from", &why))
		return err_refused(e, "ceremony.commitment", "%.100s: %s", name, why.text);
	if (committed.len != (c->plan.parties[m->party].deals ? HASH_SIZE : 0))
		return err_refused(e, "ceremony.commitment", "%.200s does not commit to a dealing",
		                   name);
	memcpy(c->committed[m->party].at, committed.at, committed.len);
	return true;
}

/* --- Round 2: a dealing ---------------------------------------------------------------------- */

static bool same_view(const struct ceremony *c, struct envelope *m, struct err *e)
{
	const struct ceremony_plan *plan = &c->plan;
	size_t count = cbor_read_array(&m->r);
	for (size_t i = 0; i < count && !m->r.bad; i++) {
		struct hash seen;
		read_fixed(&m->r, seen.at);
		if (!m->r.bad && i < plan->party_count &&
		    !hash_equal(&seen, &said(c, 1, i)->digest))
			return err_refused(e, "ceremony.views-differ",
			                   "%.80s saw another first message of %.80s than stands "
			                   "here: whoever has two of them signed by him has shown "
			                   "who cheats",
			                   party_name(plan, m->party), party_name(plan, i));
	}
	if (count != plan->party_count)
		cbor_fail(&m->r, "ceremony.file", "it names %zu messages", count);
	return true;
}

static void read_dealing(struct ceremony *c, struct envelope *m, struct oprf_proof *proof)
{
	struct vss_commitment *commitment = &c->commitments[m->party];
	size_t count = cbor_read_array(&m->r);
	if (count != c->plan.threshold)
		cbor_fail(&m->r, "ceremony.file", "%zu coefficients", count);
	commitment->threshold = (unsigned)c->plan.threshold;
	for (size_t i = 0; i < count && !m->r.bad; i++)
		read_fixed(&m->r, commitment->at[i].at);
	read_fixed(&m->r, proof->challenge.at);
	read_fixed(&m->r, proof->response.at);
	count = cbor_read_array(&m->r);
	if (count != c->plan.holder_count)
		cbor_fail(&m->r, "ceremony.file", "%zu shares", count);
	for (size_t i = 0; i < count && !m->r.bad; i++) {
		c->encrypted[m->party][i] = cbor_read_bytes(&m->r);
		if (!m->r.bad && c->encrypted[m->party][i].len != OPRF_SIZE)
			cbor_fail(&m->r, "ceremony.file", "share %zu is not of %d bytes", i + 1,
			          OPRF_SIZE);
	}
}

static bool check_dealing(const struct ceremony *c, size_t party, const struct oprf_proof *proof,
                          struct err *e)
{
	const struct vss_commitment *dealt = &c->commitments[party];
	const struct ceremony_party *dealer = &c->plan.parties[party];
	struct hash digest = commitment_digest(&c->plan, party, dealt);
	struct saying saying = saying_of(&c->plan, party);
	struct err why;
	if (!hash_equal(&digest, &c->committed[party]))
		return err_refused(e, "ceremony.commitment",
		                   "%.200s deals another polynomial than the one committed to",
		                   dealer->key.name);
	for (unsigned i = 0; i < dealt->threshold; i++)
		if (!oprf_element_check(&dealt->at[i], "a coefficient", &why))
			return err_refused(e, "ceremony.commitment", "%.100s: %s", dealer->key.name,
			                   why.text);
	if (!vss_proven(&dealt->at[0], bytes_of(saying.at, sizeof saying.at), proof))
		return err_refused(e, "ceremony.proof",
		                   "%.200s does not prove to know what is dealt", dealer->key.name);
	return dealer->share == 0 || memcmp(dealt->at[0].at, dealer->public.at, OPRF_SIZE) == 0 ||
	       err_refused(e, "ceremony.another-share", "%.200s deals another share than its own",
	                   dealer->key.name);
}

static bool add_second(struct ceremony *c, struct envelope *m, struct err *e)
{
	struct oprf_proof proof;
	if (m->parts != 8)
		return err_input(e, "ceremony.file", "%.200s, round 2: another form",
		                 party_name(&c->plan, m->party));
	if (!same_view(c, m, e))
		return false;
	read_dealing(c, m, &proof);
	return read_done(c, m, e) && check_dealing(c, m->party, &proof, e);
}

/* --- Round 3: whether all fitted ------------------------------------------------------------- */

struct complaint {
	uint64_t dealer;
	struct oprf_element common;
	struct oprf_proof proof;
};

/* The holder opens what the dealer encrypted to him: then it fits or it does not. */
static bool judge_complaint(const struct ceremony *c, size_t holder, const struct complaint *said,
                            struct err *e)
{
	const struct ceremony_plan *plan = &c->plan;
	size_t dealer = (size_t)said->dealer;
	struct oprf_scalar share;
	struct err why;
	if (said->dealer >= plan->party_count || !plan->parties[dealer].deals ||
	    !oprf_verify(&c->to[holder], &c->from[dealer], &said->common, 1, &said->proof, &why))
		return err_refused(e, "ceremony.complaint",
		                   "%.200s complains, and does not show of what",
		                   party_name(plan, holder));
	share_crypt(plan, dealer, holder, &said->common, c->encrypted[dealer][holder].at, share.at);
	if (vss_fits(&c->commitments[dealer], (uint8_t)(holder + 1), &share))
		return err_refused(e, "ceremony.complaint",
		                   "%.80s complains of %.80s, whose share fits",
		                   party_name(plan, holder), party_name(plan, dealer));
	return err_refused(e, "ceremony.bad-share",
	                   "%.80s gave %.80s a share that does not fit, as all can see",
	                   party_name(plan, dealer), party_name(plan, holder));
}

static bool add_third(struct ceremony *c, struct envelope *m, struct err *e)
{
	struct complaint complaint;
	struct hash digest, want = ceremony_digest(c);
	const char *name = party_name(&c->plan, m->party);
	bool complains = m->parts == 8;
	if (!complains && m->parts != 4)
		return err_input(e, "ceremony.file", "%.200s, round 3: another form", name);
	read_fixed(&m->r, digest.at);
	if (complains) {
		complaint.dealer = cbor_read_uint(&m->r);
		read_fixed(&m->r, complaint.common.at);
		read_fixed(&m->r, complaint.proof.challenge.at);
		read_fixed(&m->r, complaint.proof.response.at);
	}
	if (!read_done(c, m, e))
		return false;
	if (!hash_equal(&digest, &want))
		return err_refused(e, "ceremony.views-differ",
		                   "%.200s was shown other messages than stand here", name);
	return !complains || judge_complaint(c, m->party, &complaint, e);
}

/* --- All of it ---------------------------------------------------------------------------------
 */

bool ceremony_begin(struct arena *arena, struct bytes plan, struct ceremony *out, struct err *e)
{
	memset(out, 0, sizeof *out);
	out->arena = arena;
	out->plan_file = bytes_copy(arena, plan);
	return ceremony_plan_parse(arena, plan, &out->plan, e);
}

/* The first party that is missing in a round before. */
static bool check_turn(const struct ceremony *c, const struct envelope *m, struct err *e)
{
	for (unsigned round = 1; round < m->round; round++)
		for (size_t i = 0; i < c->plan.party_count; i++)
			if (has_part(&c->plan, round, i) && said(c, round, i)->file.at == NULL)
				return err_refused(
				    e, "ceremony.early",
				    "round %u of %.80s is here, and round %u of %.80s is not",
				    m->round, party_name(&c->plan, m->party), round,
				    party_name(&c->plan, i));
	return true;
}

/* Signed by its party for this plan, in its turn; *is_new false: said before. */
static bool take(const struct ceremony *c, struct bytes file, struct envelope *m, bool *is_new,
                 struct err *e)
{
	if (!open_envelope(c->arena, file, m, e) || !check_envelope(c, m, e) ||
	    !check_turn(c, m, e))
		return false;
	const struct ceremony_message *slot = said(c, m->round, m->party);
	*is_new = slot->file.at == NULL;
	return *is_new || bytes_equal(slot->payload, m->cose.payload) ||
	       err_refused(e, "ceremony.two-words",
	                   "%.200s signed two different messages of round %u",
	                   party_name(&c->plan, m->party), m->round);
}

bool ceremony_is_said(const struct ceremony *c, struct bytes message, unsigned *round,
                      size_t *party, struct err *e)
{
	struct envelope m;
	bool is_new;
	if (!take(c, message, &m, &is_new, e))
		return false;
	*round = m.round;
	*party = m.party;
	return true;
}

bool ceremony_add(struct ceremony *c, struct bytes given, bool *is_new, struct err *e)
{
	static bool (*const add[CEREMONY_ROUNDS])(struct ceremony *, struct envelope *,
	                                          struct err *) = {add_first, add_second,
	                                                           add_third};
	struct bytes file = bytes_copy(c->arena, given);
	struct envelope m;
	if (!take(c, file, &m, is_new, e))
		return false;
	if (!*is_new)
		return true;
	if (!add[m.round - 1](c, &m, e))
		return false;
	c->said[m.round - 1][m.party] =
	    (struct ceremony_message){file, m.cose.payload, sha256(m.cose.payload)};
	return true;
}

unsigned ceremony_waits(const struct ceremony *c, size_t parties[CEREMONY_PARTIES], size_t *count)
{
	*count = 0;
	for (unsigned round = 1; round <= CEREMONY_ROUNDS; round++) {
		for (size_t i = 0; i < c->plan.party_count; i++)
			if (has_part(&c->plan, round, i) && said(c, round, i)->file.at == NULL)
				parties[(*count)++] = i;
		if (*count > 0)
			return round;
	}
	return 0;
}

/* --- The end -----------------------------------------------------------------------------------
 */

/* The sum of what every dealer's commitment says of share `index`; of the key itself: 0. */
static bool sum_public(const struct ceremony *c, uint8_t index, struct hash *out)
{
	struct oprf_element sum = {0};
	for (size_t i = 0; i < c->plan.party_count; i++) {
		struct oprf_element part = c->commitments[i].at[0];
		struct oprf_scalar weight;
		if (!c->plan.parties[i].deals)
			continue;
		weight = dealer_weight(&c->plan, i);
		if ((index > 0 && !vss_public(&c->commitments[i], index, &part)) ||
		    !vss_add_element(&sum, &weight, &part))
			return false;
	}
	*out = element_hash(&sum);
	return !sodium_is_zero(sum.at, OPRF_SIZE);
}

bool ceremony_conclude(const struct ceremony *c, struct tags_body *out, struct err *e)
{
	const struct ceremony_plan *plan = &c->plan;
	struct tag_holder *holders = arena_array(c->arena, plan->holder_count, sizeof *holders);
	size_t parties[CEREMONY_PARTIES], waits;
	unsigned round = ceremony_waits(c, parties, &waits);
	if (round > 0)
		return err_refused(e, "ceremony.not-done", "round %u waits for %zu, %.200s first",
		                   round, waits, party_name(plan, parties[0]));
	*out = (struct tags_body){
	    .number = plan->before.number + 1,
	    .threshold = plan->threshold,
	    .holders = {holders, plan->holder_count},
	    .has_protected = plan->before.has_protected,
	    .protected = plan->before.protected,
	    .has_ceremony = true,
	    .ceremony = ceremony_digest(c),
	};
	bool ok = sum_public(c, 0, &out->public);
	for (size_t i = 0; i < plan->holder_count; i++) {
		holders[i].name = party_name(plan, i);
		ok = ok && sum_public(c, (uint8_t)(i + 1), &holders[i].public);
	}
	return (ok && (!plan->has_before || hash_equal(&out->public, &plan->before.public))) ||
	       err_refused(e, "ceremony.another-key",
	                   "what was dealt makes no key, or another than there was");
}

#define CEREMONY "proviso-ceremony-1"

struct bytes ceremony_pack(struct arena *arena, struct bytes plan, const struct bytes messages[],
                           size_t count)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, 3);
	cbor_text(&b, CEREMONY);
	cbor_bytes(&b, plan);
	cbor_array(&b, count);
	for (size_t i = 0; i < count; i++)
		cbor_bytes(&b, messages[i]);
	return buffer_view(&b);
}

struct bytes ceremony_format(const struct ceremony *c)
{
	struct bytes messages[CEREMONY_MESSAGES];
	size_t count = 0;
	for (unsigned round = 1; round <= CEREMONY_ROUNDS; round++)
		for (size_t i = 0; i < c->plan.party_count; i++)
			if (said(c, round, i)->file.at != NULL)
				messages[count++] = said(c, round, i)->file;
	return ceremony_pack(c->arena, c->plan_file, messages, count);
}

bool ceremony_parse(struct arena *arena, struct bytes file, struct ceremony *out, struct err *e)
{
	struct err why = {0};
	struct cbor_reader r = cbor_reader(file, &why);
	bool is_new;
	read_magic(&r, CEREMONY, 3);
	struct bytes plan = cbor_read_bytes(&r);
	size_t count = cbor_read_array(&r);
	if (r.bad)
		return err_input(e, "ceremony.file", "no ceremony: %s", why.text);
	if (!ceremony_begin(arena, plan, out, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct bytes message = cbor_read_bytes(&r);
		if (!r.bad && !ceremony_add(out, message, &is_new, e))
			return false;
	}
	return cbor_done(&r) || err_input(e, "ceremony.file", "no ceremony: %s", why.text);
}

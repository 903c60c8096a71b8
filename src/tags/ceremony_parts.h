/* What the files of a ceremony share. */
#ifndef PROVISO_TAGS_CEREMONY_PARTS_H
#define PROVISO_TAGS_CEREMONY_PARTS_H

#include "ceremony.h"
#include "parts.h"

#define CEREMONY_TYPE "application/vnd.proviso.ceremony+cbor"

static inline const char *party_name(const struct ceremony_plan *plan, size_t party)
{
	return plan->parties[party].key.name;
}

/* A round is whole when everybody who has something to say in it has said it. */
static inline bool has_part(const struct ceremony_plan *plan, unsigned round, size_t party)
{
	return round == 1 || (round == 2 ? plan->parties[party].deals : plan->parties[party].holds);
}

static inline const struct ceremony_message *said(const struct ceremony *c, unsigned round,
                                                  size_t party)
{
	return &c->said[round - 1][party];
}

static inline bool round_is_whole(const struct ceremony *c, unsigned round)
{
	for (size_t i = 0; i < c->plan.party_count; i++)
		if (has_part(&c->plan, round, i) && said(c, round, i)->file.at == NULL)
			return false;
	return true;
}

/* The plan's id and a party's number: what a proof or a digest of his is said in. */
struct saying {
	uint8_t at[HASH_SIZE + 1];
};
static inline struct saying saying_of(const struct ceremony_plan *plan, size_t party)
{
	struct saying out;
	memcpy(out.at, plan->id.at, HASH_SIZE);
	out.at[HASH_SIZE] = (uint8_t)party;
	return out;
}

struct hash commitment_digest(const struct ceremony_plan *, size_t party,
                              const struct vss_commitment *);

/* What every holder confirms: all that was said in the first two rounds. */
struct hash ceremony_digest(const struct ceremony *);

/* Encrypts and decrypts what dealer gives holder, under the secret that their elements share. */
void share_crypt(const struct ceremony_plan *, size_t dealer, size_t holder,
                 const struct oprf_element *common, const uint8_t in[OPRF_SIZE],
                 uint8_t out[OPRF_SIZE]);

/* What a dealer's polynomial counts for. */
struct oprf_scalar dealer_weight(const struct ceremony_plan *, size_t dealer);

/* Begins the payload of a message: an array of `parts` items, of which this writes three. */
void message_begin(struct buffer *, const struct ceremony_plan *, unsigned round, size_t party,
                   size_t parts);

#endif

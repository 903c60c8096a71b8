/*
 * ceremony: the holders of the key of tags make it together, share it anew, or replace one another.
 *
 * Nobody ever has the whole key. Every dealer shares a secret of his own among all holders
 * (base/vss.h), and a holder's share is the weighted sum of what he got. For a new key all holders
 * deal random secrets, each with weight 1: Pedersen's generation ("A threshold cryptosystem
 * without a trusted party", 1991), with the proofs of knowledge of FROST (Komlo and Goldberg,
 * 2020), and begun by commitments, since a dealer who sees what others dealt before he deals can
 * bend the key (Gennaro, Jarecki, Krawczyk, Rabin, "Secure distributed key generation for
 * discrete-log based cryptosystems", 2007). For shares anew, dealers are a quorum of those who
 * hold shares now; each deals his own share with the weight it has in that quorum, so the key stays
 * as it is and every share becomes another one (Herzberg et al., "Proactive secret sharing", 1995;
 * for other holders or another threshold: Desmedt and Jajodia, 1997, Wong, Wang and Wing, 2002).
 *
 * A plan says who. Then come three rounds, each a message signed by its party (COSE_Sign1, payload
 * deterministic CBOR [round, plan's id, party's number, ...]):
 *
 *     1  [..., element to encrypt to, element to encrypt from, digest of the commitment (of a
 *         dealer; else empty)]
 *     2  [..., [digest of each message of round 1 ...], [commitment ...], challenge, response,
 *         [encrypted share for each holder ...]]                                      dealers
 *     3  [..., digest of all before]                                                  holders
 *        [..., digest of all before, dealer's number, element, challenge, response]   a complaint
 *
 * A share goes from dealer i to holder j xor SHA-256 of the common secret of the element of i to
 * encrypt from and that of j to encrypt to: it serves this share and no other. Who got one
 * that does not fit opens that secret with a proof (oprf_evaluate()), so that everybody sees who
 * lied, as in EthDKG (Schindler et al., 2019). Whatever is wrong ends the ceremony and names its
 * party; it is begun again without him. The digest that all holders confirm is in the record of
 * the key (`ceremony`). doc/subject-tags.md. Pure: randomness comes in.
 */
#ifndef PROVISO_TAGS_CEREMONY_H
#define PROVISO_TAGS_CEREMONY_H

#include "base/vss.h"
#include "record/record.h"

enum {
	CEREMONY_ROUNDS = 3,
	CEREMONY_PARTIES = 2 * TAG_HOLDERS, /* who holds then, and who dealt and left */
	CEREMONY_SEED = 32,
	CEREMONY_MESSAGES = CEREMONY_ROUNDS * CEREMONY_PARTIES,
	CEREMONY_MESSAGE = 8192,
	CEREMONY_PLAN = RECORD_MAX + CEREMONY_PARTIES * (KEY_LINE_MAX + 8) + 1024,
	CEREMONY_MAX = CEREMONY_PLAN + CEREMONY_MESSAGES * CEREMONY_MESSAGE,
};

struct ceremony_party {
	struct public_key key;
	bool deals;
	bool holds;                 /* the first of a plan do: number i gets share i + 1 */
	uint8_t share;              /* of a dealer who has one: its number before */
	struct oprf_element public; /* and its public element */
};

struct ceremony_plan {
	struct hash id;
	const char *origin; /* of the authority whose key it is */
	int64_t made_at;
	uint64_t threshold;
	size_t party_count, holder_count;
	struct ceremony_party parties[CEREMONY_PARTIES];
	bool has_before;
	struct tags_body before; /* the key whose shares are made anew */
};

/*
 * A plan, as the file that all parties are given: for a new key `before` is empty and there are
 * no other dealers than the holders; else it is the record in force, and `dealers` have shares of
 * it, by the names there. `nonce` is random. Errors: those of ceremony_plan_parse().
 */
enum { CEREMONY_NONCE = 16 };
bool ceremony_plan_make(struct arena *, const char *origin, int64_t now, uint64_t threshold,
                        const struct public_key holders[], size_t holder_count,
                        const struct public_key dealers[], size_t dealer_count, struct bytes before,
                        const uint8_t nonce[CEREMONY_NONCE], struct bytes *out, struct err *);

/*
 * Errors: bad input, ceremony.file; refused: ceremony.threshold, ceremony.party-twice (a name or
 * key), ceremony.not-a-holder (a dealer without a share), ceremony.too-few (dealers).
 */
bool ceremony_plan_parse(struct arena *, struct bytes, struct ceremony_plan *out, struct err *);

/* --- What is said ---------------------------------------------------------------------------- */

/* What one party said in one round; `at` NULL: nothing yet. */
struct ceremony_message {
	struct bytes file, payload;
	struct hash digest; /* of the payload */
};

struct ceremony {
	struct arena *arena;
	struct ceremony_plan plan;
	struct bytes plan_file;
	struct ceremony_message said[CEREMONY_ROUNDS][CEREMONY_PARTIES];
	/* Of round 1 and 2. */
	struct oprf_element to[CEREMONY_PARTIES], from[CEREMONY_PARTIES]; /* to encrypt */
	struct hash committed[CEREMONY_PARTIES];
	struct vss_commitment commitments[CEREMONY_PARTIES];
	struct bytes encrypted[CEREMONY_PARTIES][TAG_HOLDERS];
};

bool ceremony_begin(struct arena *, struct bytes plan, struct ceremony *out, struct err *);

/*
 * Whether a message is its party's, for this ceremony, in its turn and the first: then it is
 * kept for all to see, whatever stands in it. Errors: the first five below.
 */
bool ceremony_is_said(const struct ceremony *, struct bytes message, unsigned *round, size_t *party,
                      struct err *);

/*
 * Takes a message, or shows why not; *is_new false: it was said before. Errors: bad input,
 * ceremony.file; refused, each naming its party: ceremony.not-a-party, ceremony.signature,
 * ceremony.other-plan, ceremony.early (a round before is not whole), ceremony.two-words (a
 * party said two things), ceremony.views-differ (somebody saw another message than stands here),
 * ceremony.commitment (not what was committed to), ceremony.proof, ceremony.another-share (not
 * the share that the dealer has), ceremony.bad-share (a complaint that holds: the dealer lied),
 * ceremony.complaint (one that does not: who complains lied).
 */
bool ceremony_add(struct ceremony *, struct bytes message, bool *is_new, struct err *);

/* Who has yet to say something in the first round that is not whole; 0: all is said. */
unsigned ceremony_waits(const struct ceremony *, size_t parties[CEREMONY_PARTIES], size_t *count);

/* --- A party ---------------------------------------------------------------------------------- */

/*
 * All that a party draws comes of one seed, kept from its first message to its last: so that
 * whoever goes on after a crash says the same again. `share` is the one held now, of a dealer who
 * has one. Secret: wipe it.
 */
struct ceremony_self {
	const struct secret_key *key;
	uint8_t seed[CEREMONY_SEED];
	struct oprf_scalar share;
};

/* Which party a key is. Refused: ceremony.not-a-party. */
bool ceremony_party(const struct ceremony_plan *, const struct public_key *, size_t *out,
                    struct err *);

struct ceremony_step {
	bool has_message; /* to be given to all, and to ceremony_add() */
	struct bytes message;
	bool has_share; /* keep it before the message is given to anybody */
	struct oprf_scalar share;
};

/*
 * What the party does next: nothing while it waits for others. `random` is OPRF_RANDOM bytes.
 * Refused: ceremony.not-mine (what stands there was not said with this seed: the draft was lost),
 * ceremony.no-such-share (a dealer's share is not the one he has by the record).
 */
bool ceremony_next(const struct ceremony *, const struct ceremony_self *, const uint8_t random[],
                   struct ceremony_step *out, struct err *);

/* --- The end ---------------------------------------------------------------------------------- */

/*
 * The key's record, once all have confirmed. Errors: refused, ceremony.not-done,
 * ceremony.another-key (cannot be, where all were honest or caught).
 */
bool ceremony_conclude(const struct ceremony *, struct tags_body *out, struct err *);

/* ["proviso-ceremony-1", plan, [message ...]] in order: what all can check from nothing. */
struct bytes ceremony_pack(struct arena *, struct bytes plan, const struct bytes messages[],
                           size_t count);
struct bytes ceremony_format(const struct ceremony *);
bool ceremony_parse(struct arena *, struct bytes, struct ceremony *out, struct err *);

#endif

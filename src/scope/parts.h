/*
 * parts: what the files of this layer share with each other. No other layer includes it.
 */
#ifndef PROVISO_SCOPE_PARTS_H
#define PROVISO_SCOPE_PARTS_H

#include "scope.h"

/* --- address.c ------------------------------------------------------------------------ */

/*
 * An IP address as a number. There is one space for both versions: IPv4 lies in
 * ::ffff:0:0/96, where IPv6 maps it, so that an address has one value however it is
 * spelled, and a network covers an address exactly when it covers all its spellings.
 */
__extension__ typedef unsigned __int128 address;

struct network {
	address base;
	unsigned bits; /* 0 to 128, in the one space: an IPv4 /8 has 104 */
};

enum {
	ADDRESS_BITS = 128,
	ADDRESS_IPV4_BITS = 96, /* of the prefix that holds IPv4 */
	ADDRESS_TEXT = sizeof "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
};

/* The first `bits` bits set. */
static inline address address_mask(unsigned bits)
{
	return bits == 0 ? 0 : ~(address)0 << (ADDRESS_BITS - bits);
}

static inline bool address_is_ipv4(address a)
{
	return a >> 32 == 0xFFFF;
}

/* Dotted decimal without leading zeros, or RFC 4291 section 2.2 without a zone. */
bool address_parse(struct bytes text, address *out);

/* ADDRESS or ADDRESS/LENGTH. Bits beyond the length are kept for the caller to judge. */
bool network_parse(struct bytes text, struct network *out);

/* RFC 5952, without NUL; returns the length. `to` has room for ADDRESS_TEXT. */
size_t address_format(address, char *to);
size_t network_format(const struct network *, char *to);

/* --- set.c ---------------------------------------------------------------------------- */

/* True when a member of a canonical set covers `narrow`. */
typedef bool set_find(const struct scope_set *, const char *narrow);

set_find set_find_same, set_find_label, set_find_pattern;

/* Index of the first member that is not below `key`. */
size_t set_lower_bound(const struct scope_set *, struct bytes key);

/* Of two members where one covers the other: which of them a merge keeps. */
enum set_keep {
	SET_KEEP_WIDE,   /* the union: what either covers */
	SET_KEEP_NARROW, /* the intersection: what both cover */
};

/*
 * Merges two canonical sets into one; returns its count. `out` has room for both, and
 * may not overlap them.
 */
size_t set_merge(const struct scope_set *a, const struct scope_set *b, set_find *, enum set_keep,
                 const char **out);

/* Makes `items` canonical in place; returns how many are left. `spare` has room for as many. */
size_t set_canonical(const char **items, size_t count, const char **spare, set_find *);

/* --- selector.c ----------------------------------------------------------------------- */

/*
 * Normalises a pattern of `subject-not`; only text, len, scheme and scheme_len of `out`
 * are meant. Errors: bad input, scope.selector.
 */
bool pattern_parse(struct bytes text, struct selector *out, struct err *);

/* --- text.c --------------------------------------------------------------------------- */

/* Bytes from outside for a message: printable, and no longer than a line. */
struct shown {
	char text[72];
};
struct shown shown(struct bytes);

/* The instant's text, or its seconds when it lies beyond the calendar. */
struct shown instant_shown(int64_t at);

/* --- scope.c -------------------------------------------------------------------------- */

/* A copy of `draft` in the arena, or scope_none when the draft allows nothing. */
const struct scope *scope_settle(struct arena *, const struct scope *draft);

const struct scope_limit *scope_find_limit(const struct scope *, const char *name);

/* The first obligation the use does not meet, or NULL. */
const char *scope_missing(const struct scope *, const struct scope_use *);

#endif

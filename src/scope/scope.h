/*
 * scope: what may be done with a system, as a lattice.
 *
 * A scope is a value: immutable once built, always held in canonical form, so that
 * two scopes are equal exactly when their canonical texts are. meet() never fails
 * and never widens. `any` is the unit of meet, `none` its zero. No I/O, no clock.
 * Source: doc/protocol.md, "Scope".
 *
 * Laws (tests/unit/scope_law_test.c): meet is associative, commutative, idempotent;
 * scope_includes(a, b) is scope_equal(scope_meet(a, b), b); and scope_allows(meet(a, b), u)
 * is scope_allows(a, u) && scope_allows(b, u) for every use u.
 *
 * Thread safe: scopes may be shared freely while their arena lives.
 */
#ifndef PROVISO_SCOPE_H
#define PROVISO_SCOPE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* In the order of the canonical text, which is also the order in which refusals are named. */
enum scope_dimension {
	SCOPE_CAPABILITY,
	SCOPE_PURPOSE,
	SCOPE_TERRITORY,
	SCOPE_SUBJECT_NOT,
	SCOPE_REQUIRE,
	SCOPE_FROM,
	SCOPE_UNTIL,
	SCOPE_LIMIT,
	SCOPE_DIMENSIONS,
};

/* "capability", ..., "limit". */
const char *scope_dimension_name(enum scope_dimension);

enum {
	SCOPE_TEXT_MAX = 32768,   /* bytes of a scope's text */
	SCOPE_SET_MAX = 4096,     /* members of one set */
	SCOPE_LABEL_MAX = 127,    /* bytes of a label, obligation or limit name */
	SCOPE_SELECTOR_MAX = 320, /* bytes of a selector or pattern, before and after normalising */
};

/* Sorted bytewise, each NUL-terminated, none covered by another. */
struct scope_set {
	const char *const *at;
	size_t count;
};

struct scope_limit {
	const char *name;
	uint64_t maximum; /* never 0: that would be none */
};

#define SCOPE_NO_FROM  INT64_MIN
#define SCOPE_NO_UNTIL INT64_MAX

struct scope {
	bool none; /* allows nothing; the rest is then empty */
	/* SCOPE_CAPABILITY, SCOPE_PURPOSE, SCOPE_TERRITORY: empty = no limit. */
	struct scope_set allow[3];
	struct scope_set subject_not;
	struct scope_set require;
	int64_t from, until; /* [from, until), seconds; SCOPE_NO_FROM, SCOPE_NO_UNTIL */
	const struct scope_limit *limits; /* sorted by name */
	size_t limit_count;
	const char *text; /* canonical, of one that is known (below); or NULL */
};

extern const struct scope scope_any, scope_none;

/*
 * Parses the text form (`dimension=value` separated by ';' or line ends, or `any`, or
 * `none`) into canonical form. Errors are bad input, naming line and column:
 * scope.empty (an empty text), scope.syntax, scope.dimension-unknown,
 * scope.dimension-twice, scope.value-empty, scope.label, scope.selector, scope.instant,
 * scope.limit, scope.too-large.
 */
bool scope_parse(struct arena *, struct bytes text, const struct scope **out, struct err *);

/*
 * Canonical text, one line, in `arena`. It parses back to an equal scope, unless a meet
 * grew beyond SCOPE_TEXT_MAX: callers that write it into a record check its length.
 */
const char *scope_text(struct arena *, const struct scope *);

bool scope_equal(const struct scope *, const struct scope *);

/*
 * Scopes read lately, by their canonical text, so that the same text need not be read again:
 * leases say almost always what the leases before them said. {0} is empty.
 */
enum { SCOPE_KNOWN = 64 };

struct scope_known {
	struct scope_slot {
		struct arena arena;
		const struct scope *scope;
		size_t length;       /* of its text */
	} slots[SCOPE_KNOWN], *last; /* the one that was found last: often the next one too */
	/* NULL: a scope that gives way to another goes at once; else it moves there. */
	struct arena *displaced;
};

/*
 * NULL when it is not known; otherwise good until the next scope_parse_known(), or where there is
 * an arena for what is displaced, as long as that.
 */
const struct scope *scope_known_find(struct scope_known *, struct bytes text);

/* As scope_parse; the scope lives as long as one that is found. */
bool scope_parse_known(struct scope_known *, struct bytes text, const struct scope **out,
                       struct err *);

void scope_known_free(struct scope_known *);

/*
 * The narrowest scope both allow. The result lives in `arena` and may share parts with
 * `a` and `b`, so all three arenas must live as long as it does.
 */
const struct scope *scope_meet(struct arena *, const struct scope *a, const struct scope *b);

/* True when everything `b` allows `a` allows: meet(a, b) = b. No allocation. */
bool scope_includes(const struct scope *a, const struct scope *b);

/*
 * As scope_includes; when it is false says in words which dimension of `b` goes beyond `a`
 * and by what, e.g. "territory: UG is not within XR".
 */
bool scope_includes_why(struct arena *, const struct scope *a, const struct scope *b,
                        enum scope_dimension *which, const char **why);

/* --- Labels and selectors ----------------------------------------------------------- */

/* Dot-separated segments of letters, digits and '-', up to SCOPE_LABEL_MAX bytes. */
bool scope_label_check(struct bytes label, struct err *);

/* `capture` covers itself and `capture.content`. */
bool scope_label_covers(const char *wide, const char *narrow);

enum selector_scheme { SELECTOR_TEL, SELECTOR_MAILTO, SELECTOR_IMSI, SELECTOR_IP, SELECTOR_OTHER };

/*
 * A normalised selector: E.164 for tel: (separators "-.() " dropped, '+' required, at most
 * 15 digits), lower case for mailto:, 15 or fewer digits for imsi:, RFC 5952 canonical text
 * for ip: (an IPv4-mapped IPv6 address becomes IPv4). Other schemes keep their text; the
 * scheme itself is lower-cased. What has no one form is refused: "(0)" in a telephone
 * number, percent-encoding or an address in place of a domain in mailto:, leading zeros in
 * ip:, anything but printable ASCII. No allocation: the caller brings the room.
 */
struct selector {
	enum selector_scheme scheme;
	uint16_t len;
	uint16_t scheme_len; /* up to and with the ':' */
	uint8_t ip_len;      /* 4 or 16 for SELECTOR_IP, else 0 */
	uint8_t ip[16];
	char text[SCOPE_SELECTOR_MAX + 1];
};

/* Errors: bad input, scope.selector. */
bool selector_parse(struct bytes text, struct selector *out, struct err *);

/*
 * True when a pattern of `patterns` (canonical, as in struct scope) covers the selector:
 * tel:, imsi: and unknown schemes by prefix, mailto:@domain by domain and subdomains
 * (mailto:user@domain exactly), ip: by CIDR. IPv4 addresses lie where IPv6 maps them,
 * ::ffff:0:0/96: ip:::/0 covers them too, ip:::ffff:0:0/96 is ip:0.0.0.0/0. Sublinear in
 * the number of patterns; no allocation. *which (may be NULL) gets the index of a pattern
 * that covers it; where none does it has no meaning.
 */
bool selector_matches(const struct scope_set *patterns, const struct selector *, size_t *which);

/* --- Judging a use ------------------------------------------------------------------- */

struct scope_use {
	const char *capability, *purpose, *territory; /* labels, never NULL */
	const struct selector *subject;
	int64_t at;
	const char *const *with; /* obligations met, e.g. "warrant" */
	size_t with_count;
};

/*
 * Judges one use; limits are counted by the gate and not judged here (a scope with a
 * limit allows what its other dimensions allow). A use whose subject is NULL is refused where
 * any are excluded. When false, *which (may be NULL) is the
 * first dimension, in the order of enum scope_dimension, that refuses; for `none` it is
 * SCOPE_CAPABILITY. No allocation.
 */
bool scope_allows(const struct scope *, const struct scope_use *, enum scope_dimension *which);

/*
 * In words, why `which`, which must refuse, does: "territory UG is not within XR". The
 * subject is never named, so that the words can be kept. For SCOPE_LIMIT: the limits.
 */
const char *scope_refusal(struct arena *, const struct scope *, const struct scope_use *,
                          enum scope_dimension which);

/*
 * --- Explaining --------------------------------------------------------------------
 * Because allows() distributes over meet(), the statements that do not allow a use are
 * exactly those that refuse it on their own.
 */
struct scope_operand {
	const char *name; /* "licence 3fa2...", for people */
	const struct scope *scope;
};

const struct scope *scope_meet_all(struct arena *, const struct scope_operand *, size_t count);

/*
 * For each dimension of the meet of all what it is, and below it, one a line, the operands
 * that narrowed it: those that changed it, taken in their order.
 */
const char *scope_explain(struct arena *, const struct scope_operand *, size_t count);

/* Fills refuses[i] with true where operand i alone refuses the use; returns how many. */
size_t scope_who_refuses(const struct scope_operand *, size_t count, const struct scope_use *,
                         bool refuses[]);

#endif

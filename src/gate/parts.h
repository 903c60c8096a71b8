/*
 * parts: what the files of this layer share with each other, and with their own tests.
 */
#ifndef PROVISO_GATE_PARTS_H
#define PROVISO_GATE_PARTS_H

#include <pthread.h>

#include "log/proof.h"
#include "record/record.h"
#include "remote.h"
#include "record/session.h"
#include "state.h"
#include "tags/tags.h"

/* --- lease.c: leases as they are judged by ------------------------------------------------ */

/*
 * Different subjects seen in a lease's life, up to a limit: open addressing over tags, made
 * large enough at the start that no decision ever grows it. A tag of zeros is a free place.
 */
struct subjects {
	uint64_t limit; /* 0: not limited, and nothing is kept */
	uint64_t count;
	size_t mask;
	uint8_t (*tags)[PROVISO_TAG_SIZE];
};

enum { SUBJECTS_MAX = 1 << 22 }; /* a larger limit is held to this */

bool subjects_have_room(const struct subjects *, const uint8_t tag[PROVISO_TAG_SIZE]);
void subjects_add(struct subjects *, const uint8_t tag[PROVISO_TAG_SIZE]);

/* What one authority has said last. Its arena holds all of it, the reply too. */
struct lease {
	struct arena arena;
	enum proviso_code
	    code; /* of the order 20 to 25, PROVISO_ALLOWED when it can be judged by */
	struct hash id;
	/*
	 * The authority's time, or, where the gate is armed, the two of the quorum that cosigned
	 * it: `granted` is not after the moment the reply came, `late` not before the nonce was
	 * drawn.
	 */
	int64_t granted, late;
	struct lease_body body;      /* scope is NULL where there is no lease */
	struct refusal_body refusal; /* with PROVISO_LEASE_REFUSED */
	struct subjects subjects;
	bool counting; /* while the use log is read again: its beginning was seen */
};

/* A reply taken apart and proven, not yet held against what the gate has seen. */
struct proven {
	struct arena arena;
	struct bytes reply; /* a copy */
	size_t authority;
	struct record record;
	struct checkpoint checkpoint;
	int64_t granted, late; /* as a lease's */
};

/* Errors as those of proviso_gate_accept() up to gate.lease-other-device, in that order. */
bool reply_prove(const struct system *, struct bytes reply, bool is_held, struct proven *out,
                 struct err *);

/* Moves a proven reply's arena into a lease. False, environment, without memory. */
bool lease_make(struct proven *, struct lease *out, struct err *);

/* The lease that the state keeps, proven again; its code says what is wrong with it. */
bool lease_restore(const struct system *, size_t authority, const struct standing *,
                   const uint8_t boot_id[BOOT_ID], struct lease *out, struct err *);
void lease_free(struct lease *);

/*
 * All leases as one, in the form decisions need: times on the boot clock, obligations as
 * bits, labels as marks.
 */
struct force {
	struct arena arena;
	const struct scope *scope;     /* the meet; none without a lease */
	enum proviso_code code;        /* the first of the leases' codes */
	int64_t expires, begins, ends; /* boot time: [begins, ends) */
	int64_t wall_ahead;            /* wall - boot must not fall below this */
	bool has_clock;
	int64_t granted, accepted;  /* clock: granted + boot - accepted */
	uint64_t required, warrant; /* obligations as bits, and the one of a warrant */
	uint64_t admission;         /* and the one that the gate meets itself, by a tag */
	bool admits, has_tags;
	struct hash tags;      /* the record of the key, which the lease names */
	bool unmeetable;       /* more obligations than a use can name */
	uint64_t uses_per_day; /* 0: no limit */
	bool unknown_limit;
};

/* What a label means in the scope in force. */
struct mark {
	uint8_t allowed; /* bit i: within dimension i */
	uint64_t meets;  /* obligations */
};

void force_make(struct force *, const struct lease[], const struct standing[], size_t count,
                const uint8_t boot_id[BOOT_ID]);
void force_free(struct force *);
struct mark force_mark(const struct force *, const char *label);

/* --- renewal.c ----------------------------------------------------------------------------- */

/* Into the caller's room of *size bytes, which becomes the length; nothing where it is too small.
 */
bool request_give(struct bytes request, void *to, size_t *size, struct err *);

/* --- admitted.c: subjects that have their tag ------------------------------------------------ */

struct admitted_subject {
	uint8_t local[PROVISO_TAG_SIZE]; /* by the system's own key; zeros: a free place */
	uint8_t tag[PROVISO_TAG_SIZE];   /* by the key that a quorum holds */
	bool is_protected;
};

/*
 * DIR/admitted and DIR/protected, and what is made of them: open addressing over local tags. Made
 * whole and then put in the place of the one before, so that no decision ever grows it.
 */
struct admitted {
	struct arena arena;  /* of the two below */
	struct bytes record; /* of the key; empty: none yet */
	struct bytes list_file;
	struct hash id; /* of the record */
	struct tags_body key;
	struct protected_list list;
	bool is_whole; /* the list that the record names is here */
	size_t count, mask;
	struct admitted_subject *at;
};

/* Errors: refused, gate.tags-damaged; environment. */
bool admitted_load(const char *dir, struct admitted *out, struct err *);
bool admitted_save(const char *dir, const struct admitted *, struct err *);
/* The same with another record (empty: as it is) and list, and room for `more` subjects. */
bool admitted_renew(const struct admitted *, struct bytes record, struct bytes list, size_t more,
                    struct admitted *out, struct err *);
void admitted_add(struct admitted *, const uint8_t local[PROVISO_TAG_SIZE],
                  const uint8_t tag[PROVISO_TAG_SIZE]);
const struct admitted_subject *admitted_find(const struct admitted *,
                                             const uint8_t local[PROVISO_TAG_SIZE]);
void admitted_free(struct admitted *);

/* --- gate.c ------------------------------------------------------------------------------- */

/*
 * Lock order: renewing, log.syncing, lock. `lock` guards everything a decision reads or
 * changes; `renewing` guards the state and its file.
 */
struct proviso_gate {
	uint64_t *alive; /* a page of its own that a child of fork() finds zeroed */
	uint64_t id;     /* of subjects and warrants made ready by this gate */
	bool read_only;
	struct remote *remote; /* a proviso-gated decides: of what follows only labels and locks */
	char *dir, *use_log;
	int lock_file;
	struct gate_clock clock;
	struct system system;

	pthread_mutex_t renewing;
	struct state_file state; /* replies live in the leases' arenas */

	pthread_mutex_t lock;
	struct uselog log;
	struct uselog_labels labels; /* room for PROVISO_LABELS_MAX */
	struct mark *marks;          /* marks[i] of label number i + 1 */
	struct lease leases[PROVISO_AUTHORITIES_MAX];
	struct force force;
	struct admitted admitted;
	int64_t last_boot, last_time, day;
	uint64_t uses_today, allowed, refused;

	bool syncs;
	pthread_t syncer;
	pthread_mutex_t stopping;
	pthread_cond_t stop;
	bool stopped;
};

/* proviso_gate_open() with a clock of the caller's, for tests; NULL is the machine's. */
struct proviso_gate *gate_open(const char *dir, const struct proviso_gate_options *,
                               const struct gate_clock *, struct proviso_error *);

/* PROVISO_ALLOWED, or why this process cannot use the gate. */
enum proviso_code gate_usable(const struct proviso_gate *);

/* --- decide.c ----------------------------------------------------------------------------- */

struct __attribute__((may_alias)) ready_subject {
	uint64_t gate;
	uint8_t tag[PROVISO_TAG_SIZE];
	struct selector selector;
};

/* The tag, or for a proviso-gated to tag, the text. */
struct __attribute__((may_alias)) ready_warrant {
	uint64_t gate;
	uint8_t tag[PROVISO_TAG_SIZE];
	char text[PROVISO_WARRANT_MAX];
};

/* Errors: bad input, gate.warrant-empty, gate.warrant-too-long. */
bool warrant_check(const char *text, struct err *);

_Static_assert(sizeof(struct ready_subject) <= sizeof(struct proviso_subject), "room");
_Static_assert(sizeof(struct ready_warrant) <= sizeof(struct proviso_warrant), "room");

/* The lease's clock; 0 without one. With the lock held. */
int64_t gate_time(const struct proviso_gate *, const struct instants *);

/* What every use would get now, whatever it is: the codes before the scope's. Lock held. */
enum proviso_code gate_standing(const struct proviso_gate *, const struct instants *);

/* Counts an allowed use, when it is made and when it is read again. Lock held. */
void gate_count(struct proviso_gate *, const uint8_t tag[PROVISO_TAG_SIZE], int64_t time);

#endif

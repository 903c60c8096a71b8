/*
 * state: what a gate must not forget: of each authority the last reply, the largest sequence
 * and checkpoint seen, and the open request; DIR/state, written whole by rename before any
 * of it takes effect.
 */
#ifndef PROVISO_GATE_STATE_H
#define PROVISO_GATE_STATE_H

#include "clock.h"
#include "record/body.h"
#include "system.h"

enum held { HELD_NOTHING, HELD_LEASE, HELD_REFUSAL };

/* One authority's. The file has these in the order of the table in state.c. */
struct standing {
	uint64_t held; /* enum held: what `reply` is */
	uint64_t sequence;
	struct tree_head checkpoint;   /* the largest seen */
	struct tree_head acknowledged; /* use log head of the last lease accepted */
	int64_t drawn_at;              /* boot time of the request's nonce that `reply` answers */
	struct instants accepted_at;
	uint8_t boot_id[BOOT_ID]; /* of those times */

	uint64_t counter; /* of the last request */
	uint64_t pending; /* whether its reply is awaited */
	uint8_t nonce[RENEWAL_NONCE];
	int64_t pending_drawn_at;
	uint8_t pending_boot_id[BOOT_ID];
	uint64_t claims;        /* whether `claim` is neither acknowledged nor withdrawn */
	struct tree_head claim; /* use log head of the open requests */

	uint64_t session; /* sequence of the last lease whose request was signed; 0: none */
	uint8_t session_nonce[RENEWAL_NONCE]; /* of that request */
	uint8_t session_boot_id[BOOT_ID];
	uint64_t pending_session; /* in which the open request is; 0: it is signed */

	struct bytes reply; /* empty with HELD_NOTHING */
};

struct state_file {
	uint8_t boot_id[BOOT_ID]; /* in which the use log was last opened */
	struct standing standings[PROVISO_AUTHORITIES_MAX];
};

/* The state of a system that has seen nothing. */
bool state_write_first(const char *dir, const struct system *, struct err *);

/* The replies it points to live in `arena`. Errors: refused, gate.state-damaged. */
bool state_read(const char *dir, const struct system *, struct arena *, struct state_file *out,
                struct err *);
bool state_write(const char *dir, const struct system *, const struct state_file *, struct err *);

#endif

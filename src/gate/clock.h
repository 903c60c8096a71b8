/*
 * clock: the two clocks a gate judges by, and which run of the machine they belong to.
 *
 * `boot` counts nanoseconds since the machine started, through suspends, and nobody can set
 * it; `wall` is the calendar's, which anybody can. Both are read without a system call.
 */
#ifndef PROVISO_GATE_CLOCK_H
#define PROVISO_GATE_CLOCK_H

#include "base/err.h"

#include <stdint.h>

enum { BOOT_ID = 16 };
#define NANOSECONDS INT64_C(1000000000)

struct instants {
	int64_t boot, wall; /* nanoseconds */
};

/* `read` NULL is the machine's clocks; tests bring their own. */
struct gate_clock {
	void (*read)(void *ctx, struct instants *);
	void *ctx;
	uint8_t boot_id[BOOT_ID];
};

void clock_read(const struct gate_clock *, struct instants *);

/* The machine's clocks. Errors: environment, when the kernel does not tell its boot id. */
bool clock_of_machine(struct gate_clock *, struct err *);

#endif

/*
 * rim: what only the outer layers may ask of the machine: clocks and randomness.
 * Pure layers take both as arguments.
 */
#ifndef PROVISO_BASE_RIM_H
#define PROVISO_BASE_RIM_H

#include <stddef.h>
#include <stdint.h>

/* Seconds since 1970 by the wall clock. */
int64_t rim_now(void);

/* Fills `at` from the kernel's generator; ends the process when there is none. */
void rim_random(void *at, size_t len);

/*
 * For processes that answer round after round: memory given back stays with the process, up to 64
 * MiB, as the next round asks for as much. Else the kernel takes it, and fills it with zeros anew,
 * each time.
 */
void rim_keep_memory(void);

#endif

/*
 * align_layers: the most that a run can score against one that is laid out, told much faster than
 * the score, and hardly ever far above it. Of align_asked.c alone.
 *
 * Each letter of either is charged what leaving it out costs, and no more than CHARGE. A step gets
 * the charges of its letters back: it is worth its score and those. What is worth nothing is as
 * if its letters were left out; the others are a common subsequence of the two. So the score is at
 * most what the subsequence is worth less all charges. How long the longest is of steps worth more
 * than a level is counted for some levels at once, a bit a column and a lane a level (H. Hyyro,
 * Bit-parallel LCS-length computation revisited, 2004). A step worth something between two levels
 * counts as the upper: each level gives its length times the way to the next.
 */
#ifndef PROVISO_SCREENING_ALIGN_LAYERS_H
#define PROVISO_SCREENING_ALIGN_LAYERS_H

#include "align_profile.h"

void align_layers_lay(struct align_profile *, const struct side *run);

/* No less than align() gives of the two. */
int align_layers_most(struct align_profile *, const struct side *run, const struct side *other);

#endif

/*
 * A case of rules_test.c: gives a record to apply() (or a request to lease_judge()) as it should
 * be or, when `broken`, with the one thing wrong that the rule forbids. True: accepted.
 */
#ifndef PROVISO_TEST_RULES_CASE_H
#define PROVISO_TEST_RULES_CASE_H

#include "../world.h"

#define DO(kind, body, key) world_do(w, (kind), (body), (key), NULL, e)

#endif

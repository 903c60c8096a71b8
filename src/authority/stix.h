/*
 * stix: the frame of a STIX 2.x bundle (OASIS STIX 2.1, sections 3.1 and 8): that it is one, with
 * types and ids. What its objects mean is left to whoever shows them. Pure.
 */
#ifndef PROVISO_AUTHORITY_STIX_H
#define PROVISO_AUTHORITY_STIX_H

#include <jansson.h>

#include "base/bytes.h"
#include "base/err.h"

/*
 * The bundle, whose objects each have "type" and "id"; released by the caller. NULL after filling
 * the error: bad input evidence.stix, naming line and column or the object.
 */
json_t *stix_open(struct bytes file, struct err *);

#endif

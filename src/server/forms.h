/*
 * forms: the HTTP forms that existing screening clients speak, on the lists of a home.
 *
 * OpenSanctions' matching API, as its server yente describes it: POST /match/{dataset},
 * GET /search/{dataset}, /entities/{id}, /catalog, /algorithms, /healthz, /readyz. Moov
 * Watchman's: GET /v2/search, /v2/listinfo. doc/screening-http.md says where they differ.
 * Screening fails closed: without a list, or with a stale one among those asked for, the
 * answer is 503 and never "no hit".
 */
#ifndef PROVISO_SERVER_FORMS_H
#define PROVISO_SERVER_FORMS_H

#include "http.h"
#include "screener.h"

struct forms;

/* `version` is told to clients; `waits` as in screener_open(). Errors: those of opening the lists.
 */
struct forms *forms_open(const char *home, const char *version, bool waits, struct err *);
void forms_close(struct forms *);

/* All of them, and what a service that has /healthz and /readyz of its own still lacks. */
const struct http_route *forms_routes(const struct forms *);
const struct http_route *forms_routes_without_health(const struct forms *);

#endif

/*
 * remote: a gate whose decisions a proviso-gated makes: the calls of the public header as
 * messages (wire/wire.h). Each is called for a gate with `remote` set, by the public call of
 * the same name. Thread safe: one message and its answer at a time.
 */
#ifndef PROVISO_GATE_REMOTE_H
#define PROVISO_GATE_REMOTE_H

#include "proviso/gate.h"
#include "wire/wire.h"

struct remote;

bool path_is_socket(const char *path);

/* Errors: environment, gate.unreachable. */
bool remote_open(const char *path, const struct proviso_gate_options *, struct remote **out,
                 struct err *);
void remote_close(struct remote *);

/*
 * Asks, and takes the answer; `take`, which may be NULL, is called with it while what it points
 * to is there. False, with gate.unreachable, when no answer came; an error in the answer is no
 * failure of this.
 */
bool remote_call(struct remote *, struct wire_request *,
                 void (*take)(void *ctx, const struct wire_reply *), void *ctx, struct err *);

/* --- The public calls ------------------------------------------------------------------------ */

bool remote_label(struct proviso_gate *, const char *label, uint32_t *out, struct err *);
void remote_decide(struct proviso_gate *, const struct proviso_use *, bool real, const int64_t *at,
                   struct proviso_answer *);
void remote_explain(struct proviso_gate *, const struct proviso_use *, struct proviso_answer *);
bool remote_answer_text(struct proviso_gate *, const struct proviso_use_text *, const int64_t *at,
                        bool real, struct proviso_answer *, struct proviso_error *);
bool remote_request(struct proviso_gate *, size_t authority, void *to, size_t *size,
                    struct proviso_error *);
bool remote_accept(struct proviso_gate *, struct bytes reply, struct proviso_error *);
bool remote_sync(struct proviso_gate *, struct proviso_error *);
void remote_status(struct proviso_gate *, struct proviso_status *);
bool remote_lease(struct proviso_gate *, size_t authority, struct proviso_lease_status *);
bool remote_renewal(struct proviso_gate *, size_t authority, struct proviso_renewal_status *);
bool remote_scope(struct proviso_gate *, char *to, size_t room, struct proviso_error *);

#endif

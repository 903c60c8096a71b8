/*
 * system: what a system is, in its directory: DIR/system (serial, authorities, audit key and
 * its wrapped form, the policy it is armed with), DIR/device.key, DIR/state (state.h),
 * DIR/followed (follow.h), DIR/use-log/, DIR/lock.
 */
#ifndef PROVISO_GATE_SYSTEM_H
#define PROVISO_GATE_SYSTEM_H

#include "base/key.h"
#include "follow.h"
#include "log/policy.h"
#include "tag.h"
#include "uselog.h"

struct system {
	char serial[PROVISO_NAME_MAX];
	struct public_key authorities[PROVISO_AUTHORITIES_MAX]; /* as they are today */
	size_t authority_count;
	struct secret_key device;
	uint8_t audit_key[AUDIT_KEY];
	uint8_t wrapped[PROVISO_WRAPPED_MAX]; /* the audit key, for the auditor */
	size_t wrapped_size;
	uint8_t log_id[USELOG_ID];
	struct arena policy_arena;
	struct bytes policy_text;    /* empty: it is not armed */
	const struct policy *policy; /* NULL then */
	/* What each authority's log is today, and whom it is demanded to be witnessed by. */
	struct trust trusts[PROVISO_AUTHORITIES_MAX];
};

bool system_load(const char *dir, struct system *out, struct err *);
void system_wipe(struct system *);
#define owned_system __attribute__((cleanup(system_wipe))) struct system

/* What a file holds, under a checksum: "KIND\n", SHA-256 of the rest, the rest. */
bool sealed_write(const char *dir, const char *name, const char *kind, struct bytes, struct err *);
bool sealed_read(struct arena *, const char *dir, const char *name, const char *kind, size_t limit,
                 const char *damaged, struct bytes *out, struct err *);

/* A public error from an internal one; `out` may be NULL. False. */
bool error_give(struct proviso_error *out, const struct err *);

#endif

/*
 * settings: what provisod is told: by a file of `name = value` lines, by the environment
 * (PROVISOD_NAME), by flags (--name VALUE). The later of these wins. One table has them all.
 */
#ifndef PROVISO_SERVER_SETTINGS_H
#define PROVISO_SERVER_SETTINGS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct settings {
	const char *home, *listen, *certificate, *key, *user, *log, *policy, *console, *url;
	uint64_t threads, readers, connections, connections_each, queue;
	uint64_t head_seconds, idle_seconds, total_seconds, beat_seconds, grace_seconds;
	uint64_t rate_address, rate_key, cosign_seconds;
	uint64_t session_idle_seconds, session_seconds;
	const char *demo_passkeys;
	const char *webhooks, *webhook_key, *webhook_authorities;
	uint64_t webhook_retry_seconds;
	bool screening, confined;
	bool check; /* --check-config: say what holds, and end */
	bool help, version;
};

/*
 * Fills settings from arguments and environment, and from the file that --config (or
 * PROVISOD_CONFIG) names. Errors: usage; bad input settings.syntax, settings.unknown,
 * settings.value, with the file and line.
 */
bool settings_read(struct arena *, int argc, char **argv, struct settings *, struct err *);

/* As a file that would say the same, each with what it means. */
void settings_print(const struct settings *, FILE *);

#endif

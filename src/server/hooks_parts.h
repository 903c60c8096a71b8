/* What the files of the webhooks share; nobody else includes it. */
#ifndef PROVISO_SERVER_HOOKS_PARTS_H
#define PROVISO_SERVER_HOOKS_PARTS_H

#include <curl/curl.h>

#include "hooks.h"
#include "parts.h"

enum {
	FOLLOWERS_MAX = 64,
	TARGETS_MAX = 64,
	FOLLOWER_NAME_MAX = 63,
	RETRY_MAX_SECONDS = 3600,
	CONNECT_SECONDS = 10,
	TOTAL_SECONDS = 30,
	END_MILLISECONDS = 1000,
};

struct follower {
	struct hooks *hooks;
	const char *name, *url, *cursor; /* cursor: the file */
	bool is_all;
	const char *targets[TARGETS_MAX]; /* and those that they stand under */
	size_t target_count;
	uint64_t next; /* place of the first record that he may not have been told of */
	uint64_t kept; /* as the file says */
	pthread_t thread;
	bool is_running;
	_Atomic uint64_t delivered, failed, looked;
	atomic_bool is_gone; /* said so himself: 410 */
};

struct hooks {
	struct arena arena; /* of all that is read once */
	struct hooks_options options;
	struct readers *readers;
	struct secret_key key;
	const char *public_key, *origin;
	struct follower followers[FOLLOWERS_MAX];
	size_t count;
	pthread_mutex_t lock;
	pthread_cond_t news; /* the log has grown, or it ends */
	pthread_t looker;
	bool is_looking, ends;
	uint64_t last; /* once it ends: milliseconds, when tries that are under way are given up */
	uint64_t size;
};

uint64_t hooks_milliseconds(void); /* of the monotonic clock */

/* Who follows what: hooks_read.c. */
bool hooks_read(struct hooks *, struct err *);

/* One try: hooks_post.c. 0: no answer came, `why` says so; *again: seconds he asks to wait. */
struct message {
	const char *id;
	struct bytes body;
};
long hooks_post(const struct follower *, CURL *, struct arena *, const struct message *,
                const char **why, unsigned *again);

#endif

/*
 * gate_world: what gate tests stand on: an authority with a log of its own in memory, a
 * system in a directory that is thrown away, and clocks that the test moves. Built with
 * BESIDE the gate that tests use is a client's, and a thread serves it as proviso-gated does:
 * the same tests, the same answers.
 */
#ifndef PROVISO_TEST_GATE_WORLD_H
#define PROVISO_TEST_GATE_WORLD_H

#include <ftw.h>
#include <unistd.h>

#include "gate/parts.h"
#include "test.h"

#ifdef BESIDE
#include <sys/eventfd.h>

#include "gated/server.h"
#endif

#define UNUSED __attribute__((unused))

/* --- An authority -------------------------------------------------------------------------- */

struct office {
	struct arena arena;
	struct secret_key key;
	struct public_key device; /* the system's */
	struct merkle_tree tree;
	uint64_t sequence, session; /* of the last request that was signed */
	uint8_t session_nonce[RENEWAL_NONCE];
	int64_t now;
};

UNUSED static void must(bool good, const struct err *e, const char *what)
{
	if (!good) {
		printf("# %s: %s\nBail out!\n", what, e->text);
		exit(1);
	}
}

UNUSED static void office_open(struct office *o, const char *origin, uint8_t seed_byte)
{
	struct err e = {0};
	uint8_t seed[KEY_SEED];
	memset(seed, seed_byte, sizeof seed);
	*o = (struct office){.now = 1800000000};
	must(key_library_start(&e) && key_make(KEY_ED25519, origin, seed, &o->key, &e), &e, "key");
	/* As every log here: its first entry is a key, so that no tree has one leaf. */
	struct hash leaf = merkle_leaf(bytes_text(origin));
	merkle_tree_append(&o->tree, &leaf);
}

UNUSED static void office_close(struct office *o)
{
	merkle_tree_free(&o->tree);
	arena_free(&o->arena);
}

/* How a reply is to differ from a good one. */
struct twist {
	const char *scope;   /* NULL: any */
	uint64_t ttl;        /* 0: 3600 */
	const char *refusal; /* its code: a refusal instead of a lease */
	uint64_t sequence;   /* 0: the next */
	const struct hash *device;
	struct tree_head *use_log;
	const char *nonce; /* 16 bytes */
	uint64_t counter;
	const char *origin; /* claimed in the entry */
	int64_t granted;    /* 0: the office's time */
	bool not_logged;
	const struct hash *tags; /* the record of the key of tags */
	const struct secret_key *signer;
	enum record_kind kind; /* 0: lease or refusal; KIND_LISTING for something else */
	bool says_signed;      /* whatever the request was */
	uint64_t session;      /* to name; 0: the right one */
};

/* How its request was authenticated: by a tag that must be good, or signed anew. */
UNUSED static void office_session(struct office *o, const struct twist *t,
                                  const struct record *asked, const struct public_key *device,
                                  struct lease_body *lease)
{
	struct err e = {0};
	uint8_t secret[KEY_SHARED_SECRET], key[SESSION_KEY];
	struct hash kid = key_id(device), own = key_id(&o->key.public);
	if (asked->cose.algorithm != COSE_HMAC_256) {
		o->session = lease->sequence;
		memcpy(o->session_nonce, asked->body.renewal.nonce.at, RENEWAL_NONCE);
		lease->has_session = t->session != 0;
		lease->session = t->session;
		return;
	}
	must(key_agree(&o->key, device, secret, &e), &e, "secret");
	session_key(secret, &kid, &own, o->session_nonce, key);
	must(cose_mac_verify(&asked->cose, key, &e), &e, "tag");
	lease->has_session = !t->says_signed;
	lease->session = t->session != 0 ? t->session : o->session;
}

/* Another log of the same authority knows the system and its session as the first does. */
UNUSED static void office_know(struct office *o, const struct office *first)
{
	o->device = first->device;
	o->session = first->session;
	memcpy(o->session_nonce, first->session_nonce, RENEWAL_NONCE);
}

UNUSED static struct bytes office_entry(struct office *o, struct bytes request,
                                        const struct twist *t, struct record *asked)
{
	struct err e = {0};
	union record_body body = {0};
	struct bytes entry;
	enum record_kind kind = t->refusal != NULL ? KIND_REFUSAL : KIND_LEASE;
	must(record_decode(&o->arena, request, asked, &e), &e, "request");
	const struct renewal_body *r = &asked->body.renewal;
	struct bytes nonce = t->nonce != NULL ? bytes_of(t->nonce, RENEWAL_NONCE) : r->nonce;
	uint64_t counter = t->counter != 0 ? t->counter : r->counter;
	if (kind == KIND_REFUSAL) {
		body.refusal = (struct refusal_body){.device = t->device != NULL ? *t->device
		                                                                 : asked->cose.kid,
		                                     .code = t->refusal,
		                                     .reason = "because the test says so",
		                                     .nonce = nonce,
		                                     .counter = counter};
	} else {
		body.lease =
		    (struct lease_body){.device = t->device != NULL ? *t->device : asked->cose.kid,
		                        .sequence = t->sequence != 0 ? t->sequence : ++o->sequence,
		                        .ttl_seconds = t->ttl != 0 ? t->ttl : 3600,
		                        .nonce = nonce,
		                        .counter = counter,
		                        .use_log = t->use_log != NULL ? *t->use_log : r->use_log,
		                        .has_tags = t->tags != NULL};
		if (t->tags != NULL)
			body.lease.tags = *t->tags;
		memset(body.lease.system.at, 0x51, HASH_SIZE);
		office_session(o, t, asked, &o->device, &body.lease);
		must(scope_parse(&o->arena, bytes_text(t->scope != NULL ? t->scope : "any"),
		                 &body.lease.scope, &e),
		     &e, "scope");
	}
	if (t->kind == KIND_LISTING) {
		kind = KIND_LISTING;
		body.listing = (struct listing_body){
		    .name = "a", .source = "b", .date = o->now, .size = 1, .entries = 1};
	}
	must(record_entry(&o->arena, kind, &body,
	                  t->origin != NULL ? t->origin : o->key.public.name,
	                  t->granted != 0 ? t->granted : o->now, &entry, &e),
	     &e, "entry");
	return entry;
}

UNUSED static struct bytes office_prove(struct office *o, struct bytes entry, uint64_t index,
                                        const struct secret_key *signer)
{
	struct err e = {0};
	struct merkle_source source = merkle_tree_source(&o->tree);
	struct log_proof proof = {.index = index};
	struct checkpoint checkpoint = {.origin = o->key.public.name,
	                                .size = o->tree.edge.size,
	                                .root = merkle_edge_root(&o->tree.edge)};
	must(merkle_inclusion(&source, index, checkpoint.size, &proof.inclusion, &e), &e,
	     "inclusion");
	must(checkpoint_sign(&o->arena, &checkpoint, signer, &proof.checkpoint, &e), &e,
	     "checkpoint");
	return reply_format(&o->arena, entry, proof_format(&o->arena, &proof));
}

UNUSED static struct bytes office_reply(struct office *o, struct bytes request,
                                        const struct twist *t)
{
	struct record asked;
	struct bytes entry = office_entry(o, request, t, &asked);
	struct hash leaf = merkle_leaf(t->not_logged ? bytes_text("another entry") : entry);
	merkle_tree_append(&o->tree, &leaf);
	return office_prove(o, entry, o->tree.edge.size - 1,
	                    t->signer != NULL ? t->signer : &o->key);
}

/* --- A system ------------------------------------------------------------------------------ */

struct world {
	char dir[64], use_log[80];
	struct office office, second;
	struct instants now;
	struct gate_clock clock;
	struct proviso_gate *gate; /* the one to use */
	struct proviso_gate
	    *inside; /* the one that has the directory open: the same, or a server's */
	struct proviso_enrolment enrolment;
	struct proviso_gate_options options;
	struct arena arena;
#ifdef BESIDE
	struct server server;
	pthread_t serving;
	char socket[80];
#endif
};

UNUSED static void world_clock(void *ctx, struct instants *out)
{
	*out = *(struct instants *)ctx;
}

UNUSED static void world_pass(struct world *w, int64_t seconds)
{
	w->now.boot += seconds * NANOSECONDS;
	w->now.wall += seconds * NANOSECONDS;
	w->office.now += seconds;
	w->second.now += seconds;
}

#ifdef BESIDE
UNUSED static void *world_serve(void *arg)
{
	struct err e;
	if (!server_run(arg, &e))
		printf("# server: %s\nBail out!\n", e.text);
	return NULL;
}

UNUSED static bool world_beside(struct world *w, struct proviso_error *e)
{
	struct err why = {0};
	w->server = (struct server){.gate = w->inside, .stop = eventfd(0, EFD_CLOEXEC)};
	snprintf(w->socket, sizeof w->socket, "%s/socket", w->dir);
	must(server_listen(w->socket, 0600, (gid_t)-1, &w->server.listener, &why), &why, "listen");
	pthread_create(&w->serving, NULL, world_serve, &w->server);
	w->gate = proviso_gate_open(w->socket, &w->options, e);
	return w->gate != NULL;
}

UNUSED static void world_alone(struct world *w)
{
	uint64_t one = 1;
	proviso_gate_close(w->gate, NULL);
	if (write(w->server.stop, &one, sizeof one) != sizeof one)
		exit(1);
	pthread_join(w->serving, NULL);
	close(w->server.listener);
	close(w->server.stop);
	unlink(w->socket);
}
#endif

UNUSED static bool world_open(struct world *w, struct proviso_error *e)
{
	w->inside = w->gate = gate_open(w->dir, &w->options, &w->clock, e);
#ifdef BESIDE
	if (w->inside != NULL)
		return world_beside(w, e);
#endif
	return w->gate != NULL;
}

UNUSED static void world_close(struct world *w)
{
	struct proviso_error e = {0};
#ifdef BESIDE
	if (w->gate != NULL)
		world_alone(w);
#endif
	if (!proviso_gate_close(w->inside, &e))
		printf("# close: %s\n", e.text);
	w->inside = w->gate = NULL;
}

UNUSED static void world_reopen(struct world *w)
{
	struct proviso_error e = {0};
	world_close(w);
	if (!world_open(w, &e)) {
		printf("# reopen: %s %s\nBail out!\n", e.code, e.text);
		exit(1);
	}
}

UNUSED static void world_reboot(struct world *w)
{
	world_close(w);
	w->now.boot = 20 * NANOSECONDS;
	w->now.wall += 60 * NANOSECONDS;
	w->office.now += 60;
	w->clock.boot_id[0]++;
	struct proviso_error e = {0};
	if (!world_open(w, &e)) {
		printf("# reboot: %s %s\nBail out!\n", e.code, e.text);
		exit(1);
	}
}

/* Made and open; `authorities` is 1 or 2. */
UNUSED static void world_make_with(struct world *w, size_t authorities,
                                   struct proviso_gate_options options)
{
	struct proviso_error e = {0};
	*w = (struct world){.options = options,
	                    .now = {1000 * NANOSECONDS, 1800000000 * NANOSECONDS}};
	const char *tmp = getenv("TMPDIR");
	snprintf(w->dir, sizeof w->dir, "%s/gate.XXXXXX",
	         tmp != NULL && strlen(tmp) < 40 ? tmp : "/tmp");
	office_open(&w->office, "authority.example/log", 1);
	office_open(&w->second, "second.example/log", 2);
	w->clock = (struct gate_clock){world_clock, &w->now, {7}};
	const char *lines[2] = {key_line(&w->arena, &w->office.key.public),
	                        key_line(&w->arena, &w->second.key.public)};
	struct proviso_system_options o = {
	    .serial = "XR-0001", .authorities = lines, .authority_count = authorities};
	if (mkdtemp(w->dir) == NULL || !proviso_system_init(w->dir, &o, &w->enrolment, &e) ||
	    !world_open(w, &e)) {
		printf("# %s: %s %s\nBail out!\n", w->dir, e.code, e.text);
		exit(1);
	}
	snprintf(w->use_log, sizeof w->use_log, "%s/use-log", w->dir);
	w->office.device = w->second.device = w->inside->system.device.public;
}

UNUSED static void world_make(struct world *w, size_t authorities)
{
	world_make_with(w, authorities, (struct proviso_gate_options){0});
}

UNUSED static int world_remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

UNUSED static void world_free(struct world *w)
{
	if (w->gate != NULL)
		world_close(w);
	nftw(w->dir, world_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	office_close(&w->office);
	office_close(&w->second);
	arena_free(&w->arena);
}

UNUSED static struct bytes world_request(struct world *w, size_t authority)
{
	struct proviso_error e = {0};
	size_t size = PROVISO_REQUEST_MAX;
	uint8_t *to = arena_alloc(&w->arena, size);
	if (!proviso_gate_request(w->gate, authority, to, &size, &e)) {
		printf("# request: %s %s\nBail out!\n", e.code, e.text);
		exit(1);
	}
	return bytes_of(to, size);
}

UNUSED static bool world_accept(struct world *w, struct bytes reply, struct proviso_error *e)
{
	*e = (struct proviso_error){0};
	return proviso_gate_accept(w->gate, reply.at, reply.len, e);
}

/* A renewal that must work. */
UNUSED static void world_renew(struct world *w, const char *scope, uint64_t ttl)
{
	struct proviso_error e;
	struct twist t = {.scope = scope, .ttl = ttl};
	struct bytes reply = office_reply(&w->office, world_request(w, 0), &t);
	bool good = world_accept(w, reply, &e);
	CHECK(good, "%s %s", e.code, e.text);
}

/* --- Uses ---------------------------------------------------------------------------------- */

#define GOOD_SCOPE                                                                                 \
	"capability=capture.content,capture.headers; purpose=terrorism,serious-crime.kidnapping; " \
	"territory=XR; subject-not=tel:+1,mailto:@state.gov; require=warrant"

UNUSED static struct proviso_use_text good_use(void)
{
	return (struct proviso_use_text){.capability = "capture.headers",
	                                 .purpose = "terrorism",
	                                 .territory = "XR",
	                                 .subject = "tel:+999 555 01234",
	                                 .warrant = "XR-2026/17"};
}

UNUSED static struct proviso_answer decide(struct world *w, const struct proviso_use_text *use)
{
	struct proviso_answer a;
	struct proviso_error e;
	bool allowed = proviso_gate_decide_text(w->gate, use, &a, &e);
	CHECK(allowed == a.allowed, "%s", a.words);
	CHECK(!allowed || a.position > 0, "allowed and not recorded");
	return a;
}

UNUSED static enum proviso_code code_of(struct world *w)
{
	struct proviso_use_text use = good_use();
	return decide(w, &use).code;
}

#endif

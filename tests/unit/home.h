/*
 * home: the regime of world.h in a real directory, through the authority's own doors.
 *
 *     struct home h;
 *     home_begin(&h, WORLD_ENROLLED);
 *     CHECK(home_do(&h, KIND_MEASURE, &body, &h.w.officers[0], &id, &e), "%s", e.text);
 *     home_end(&h);
 */
#ifndef PROVISO_TEST_HOME_H
#define PROVISO_TEST_HOME_H

#include <ftw.h>
#include <unistd.h>

#include "authority/authority.h"
#include "test.h"
#include "world.h"

/* A system's own side, as little of it as an authority can see. */
struct home_system {
	struct secret_key key;
	uint64_t counter, last_sequence, acknowledged;
	struct merkle_tree uses;
	bool in_session; /* asks by a tag, in the session of its last signed request */
	uint8_t session_nonce[RENEWAL_NONCE]; /* of that */
};

struct home {
	struct world w;            /* bodies and keys; its own state stays empty */
	char folder[64], path[80]; /* a temporary folder, and HOME in it */
	struct authority a;
	struct home_system system;
	bool is_open;
};

__attribute__((unused)) static int home_remove_one(const char *path, const struct stat *st,
                                                   int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

__attribute__((unused)) static void home_remove(const char *folder)
{
	nftw(folder, home_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

__attribute__((unused)) static void home_must(bool done, const char *what, const struct err *e)
{
	if (!done)
		fprintf(stderr, "home: %s: %s: %s\n", what, e->rule == NULL ? "-" : e->rule,
		        e->text);
	assert(done);
}

__attribute__((unused)) static void home_open(struct home *h, bool write)
{
	struct err e = {0};
	home_must(authority_open(&h->a, h->path, write, &e), "open", &e);
	h->is_open = true;
}

__attribute__((unused)) static void home_close(struct home *h)
{
	if (h->is_open)
		authority_close(&h->a);
	h->is_open = false;
}

/* --- Records ------------------------------------------------------------------------------- */

__attribute__((unused)) static bool home_submit(struct home *h, struct bytes record,
                                                struct hash *id, struct err *e)
{
	struct accepted accepted;
	if (!authority_submit(&h->a, &record, 1, h->w.now, &accepted, NULL, e))
		return false;
	if (id != NULL)
		*id = accepted.id;
	return true;
}

__attribute__((unused)) static bool home_do(struct home *h, enum record_kind kind, const void *body,
                                            const struct secret_key *key, struct hash *id,
                                            struct err *e)
{
	return home_submit(h, world_record(&h->w, kind, body, key), id, e);
}

__attribute__((unused)) static void home_done(struct home *h, enum record_kind kind,
                                              const void *body, const struct secret_key *key,
                                              struct hash *id)
{
	struct err e = {0};
	home_must(home_do(h, kind, body, key, id, &e), record_kind(kind)->name, &e);
}

/* Officer 0 proposes, officer 1 approves. */
__attribute__((unused)) static struct hash home_enforce(struct home *h, struct measure_body body)
{
	struct hash id;
	home_done(h, KIND_MEASURE, &body, &h->w.officers[0], &id);
	struct approval_body approval = {.proposal = id};
	home_done(h, KIND_APPROVAL, &approval, &h->w.officers[1], NULL);
	return id;
}

/* --- Leases -------------------------------------------------------------------------------- */

__attribute__((unused)) static void home_use(struct home_system *s)
{
	struct hash leaf = merkle_leaf(bytes_of(&s->uses.edge.size, sizeof s->uses.edge.size));
	bool ok = merkle_tree_append(&s->uses, &leaf);
	assert(ok);
}

/* The next request: a new nonce, the next counter, the use log as it is. */
__attribute__((unused)) static struct bytes home_request(struct home *h, struct home_system *s)
{
	struct merkle_source source = merkle_tree_source(&s->uses);
	struct merkle_proof proof;
	struct bytes out;
	struct err e = {0};
	home_must(merkle_consistency(&source, s->acknowledged, s->uses.edge.size, &proof, &e),
	          "proof", &e);
	union record_body body = {
	    .renewal = {
	        .nonce = world_nonce(&h->w, s->counter + 1),
	        .counter = s->counter + 1,
	        .use_log = {s->uses.edge.size, merkle_edge_root(&s->uses.edge)},
	        .acknowledged = s->acknowledged,
	        .consistency = world_list(&h->w, proof.at, proof.count, sizeof *proof.at),
	        .last_sequence = s->last_sequence,
	    }};
	s->counter++;
	if (s->in_session) {
		int64_t now = h->w.now; /* many ask at once */
		out = world_session_request(&h->w, &body.renewal, &s->key, s->session_nonce);
		h->w.now = now;
		return out;
	}
	memcpy(s->session_nonce, body.renewal.nonce.at, RENEWAL_NONCE);
	home_must(record_sign(&h->w.arena, KIND_RENEWAL, &body, WORLD_ORIGIN, h->w.now, &s->key,
	                      &out, &e),
	          "request", &e);
	return out;
}

/* A reply's entry, proven to be on the log; `out` is the lease or refusal. */
__attribute__((unused)) static bool home_reply(struct home *h, struct bytes reply,
                                               struct record *out, struct checkpoint *head,
                                               struct err *e)
{
	struct bytes entry, text;
	struct log_proof proof;
	return reply_parse(reply, &entry, &text, e) && proof_parse(&h->w.arena, text, &proof, e) &&
	       proof_verify(&h->w.arena, &proof, entry, &h->w.authority.public, head, e) &&
	       record_decode(&h->w.arena, entry, out, e);
}

/* The system takes the lease in. */
__attribute__((unused)) static void home_accept(struct home_system *s, const struct record *lease)
{
	assert(lease->kind == KIND_LEASE);
	s->last_sequence = lease->body.lease.sequence;
	s->acknowledged = lease->body.lease.use_log.size;
}

/* Asks, and gives what was answered. */
__attribute__((unused)) static bool home_renew(struct home *h, struct home_system *s,
                                               struct record *out, struct err *e)
{
	struct bytes request = home_request(h, s), reply;
	struct checkpoint head;
	struct err refused = {0};
	if (!authority_renew(&h->a, &h->w.arena, &request, 1, h->w.now, &reply, &refused, e))
		return false;
	if (reply.len == 0) {
		*e = refused;
		return false;
	}
	h->w.now++;
	if (!home_reply(h, reply, out, &head, e))
		return false;
	if (out->kind == KIND_LEASE)
		home_accept(s, out);
	return true;
}

/* --- Stages -------------------------------------------------------------------------------- */

__attribute__((unused)) static void home_parties(struct home *h)
{
	struct key_body body = world_key_body(ROLE_EXPORTER, &h->w.exporter);
	home_done(h, KIND_KEY, &body, &h->w.officers[0], &h->w.exporter_key);
	body = world_key_body(ROLE_END_USER, &h->w.end_user);
	home_done(h, KIND_KEY, &body, &h->w.officers[0], &h->w.end_user_key);
	body = world_key_body(ROLE_AUDITOR, &h->w.auditor);
	home_done(h, KIND_KEY, &body, &h->w.officers[0], NULL);
}

__attribute__((unused)) static void home_step(struct home *h, enum world_stage stage)
{
	struct world *w = &h->w;
	union record_body b = {0};
	struct record lease;
	struct err e = {0};
	switch (stage) {
	case WORLD_EMPTY:
	case WORLD_SCREENED: /* comes with the application */
		break;
	case WORLD_FOUNDED:
		home_parties(h);
		break;
	case WORLD_DEFINED:
		b.definitions = world_definitions(w);
		home_done(h, KIND_DEFINITIONS, &b, &w->officers[0], &w->definitions);
		break;
	case WORLD_DECLARED:
		b.declaration = world_declaration(w);
		home_done(h, KIND_DECLARATION, &b, &w->end_user, &w->declaration);
		break;
	case WORLD_APPLIED:
		b.application = world_application(w);
		home_done(h, KIND_APPLICATION, &b, &w->exporter, &w->application);
		break;
	case WORLD_APPROVED:
		b.decision = world_decision(w);
		home_done(h, KIND_DECISION, &b, &w->officers[0], &w->decision);
		break;
	case WORLD_LICENSED:
		b.licence = world_licence(w);
		home_done(h, KIND_LICENCE, &b, &w->officers[0], &w->licence);
		break;
	case WORLD_ENROLLED:
		b.enrolment = world_enrolment(w);
		home_done(h, KIND_ENROLMENT, &b, &w->exporter, &w->system);
		break;
	case WORLD_LEASED:
		home_must(home_renew(h, &h->system, &lease, &e), "lease", &e);
		w->lease = lease.id;
		break;
	case WORLD_REPORTED:
		b.report = world_report(w);
		home_done(h, KIND_REPORT, &b, &w->auditor, &w->report);
		break;
	case WORLD_FOUND:
		b.finding = world_finding(w);
		home_done(h, KIND_FINDING, &b, &w->officers[0], &w->finding);
		break;
	}
}

/* `where` is the folder to make the temporary folder in; NULL: the usual one. */
__attribute__((unused)) static void home_begin_in(struct home *h, const char *where,
                                                  enum world_stage stage)
{
	struct err e = {0};
	*h = (struct home){0};
	world_begin(&h->w, WORLD_EMPTY);
	h->system.key = h->w.device;
	snprintf(h->folder, sizeof h->folder, "%s/proviso-XXXXXX", where != NULL ? where : "/tmp");
	char *made = mkdtemp(h->folder);
	assert(made != NULL);
	snprintf(h->path, sizeof h->path, "%s/home", h->folder);
	struct public_key officers[3];
	for (int i = 0; i < 3; i++)
		officers[i] = h->w.officers[i].public;
	struct authority_options options = {&h->w.authority, officers, 3, 0};
	home_must(authority_init(h->path, &options, h->w.now, &e), "init", &e);
	home_open(h, true);
	for (enum world_stage s = WORLD_EMPTY; s <= stage; s++)
		home_step(h, s);
}

__attribute__((unused)) static void home_begin(struct home *h, enum world_stage stage)
{
	home_begin_in(h, NULL, stage);
}

__attribute__((unused)) static void home_end(struct home *h)
{
	home_close(h);
	home_remove(h->folder);
	merkle_tree_free(&h->system.uses);
	world_end(&h->w);
}

#endif

#include "answer.h"

#include <stdio.h>

static void refuse(struct wire_reply *reply, const char *code, const char *text)
{
	reply->error.kind = PROVISO_REFUSED;
	snprintf(reply->error.code, sizeof reply->error.code, "%s", code);
	snprintf(reply->error.text, sizeof reply->error.text, "%s", text);
}

static void decide(const struct server *s, const struct wire_request *q, struct wire_reply *reply)
{
	const int64_t *at = q->has_at ? &q->at : NULL;
	if (q->operation == WIRE_DECIDE)
		proviso_gate_decide_text(s->gate, &q->use, &reply->answer, &reply->error);
	else
		proviso_gate_ask_text(s->gate, &q->use, at, &reply->answer, &reply->error);
	reply->has_result = true;
}

static void lease(const struct server *s, uint64_t authority, struct wire_reply *reply)
{
	reply->has_result = authority < PROVISO_AUTHORITIES_MAX &&
	                    proviso_gate_lease(s->gate, (size_t)authority, &reply->lease);
}

static void renewal(const struct server *s, uint64_t authority, struct wire_reply *reply)
{
	reply->has_result = s->renewal != NULL && authority < PROVISO_AUTHORITIES_MAX &&
	                    s->renewal(s->ctx, (size_t)authority, &reply->renewal);
}

static void scope(const struct server *s, struct answer_room *room)
{
	struct wire_reply *reply = &room->reply;
	reply->has_result =
	    proviso_gate_scope(s->gate, room->scope, sizeof room->scope, &reply->error);
	if (reply->has_result)
		reply->bytes = bytes_text(room->scope);
}

static void request(const struct server *s, struct answer_room *room)
{
	struct wire_reply *reply = &room->reply;
	size_t size = sizeof room->renewal;
	uint64_t authority = room->request.authority;
	reply->has_result = proviso_gate_request(
	    s->gate, authority < PROVISO_AUTHORITIES_MAX ? (size_t)authority : SIZE_MAX,
	    room->renewal, &size, &reply->error);
	if (reply->has_result)
		reply->bytes = bytes_of(room->renewal, size);
}

static void manage(const struct server *s, bool manager, struct answer_room *room)
{
	const struct wire_request *q = &room->request;
	struct wire_reply *reply = &room->reply;
	if (!manager)
		refuse(reply, "gate.not-manager",
		       "only the daemon's own user and root may do this through its socket");
	else if (q->operation == WIRE_REQUEST)
		request(s, room);
	else if (q->operation == WIRE_ACCEPT)
		proviso_gate_accept(s->gate, q->reply.at, q->reply.len, &reply->error);
	else
		proviso_gate_sync(s->gate, &reply->error);
}

static void act(const struct server *s, bool manager, struct answer_room *room)
{
	const struct wire_request *q = &room->request;
	struct wire_reply *reply = &room->reply;
	switch (q->operation) {
	case WIRE_DECIDE:
	case WIRE_ASK:
		decide(s, q, reply);
		return;
	case WIRE_LABEL:
		reply->has_result =
		    proviso_gate_label(s->gate, q->label, &reply->label, &reply->error);
		return;
	case WIRE_STATUS:
		proviso_gate_status(s->gate, &reply->status);
		reply->has_result = true;
		return;
	case WIRE_LEASE:
		lease(s, q->authority, reply);
		return;
	case WIRE_SCOPE:
		scope(s, room);
		return;
	case WIRE_RENEWAL:
		renewal(s, q->authority, reply);
		return;
	case WIRE_REQUEST:
	case WIRE_ACCEPT:
	case WIRE_SYNC:
		manage(s, manager, room);
		return;
	}
}

bool answer(const struct server *s, bool manager, struct bytes message, struct answer_room *room,
            struct buffer *out)
{
	struct err e = {0};
	struct wire_reply *reply = &room->reply;
	reply->error = (struct proviso_error){0};
	reply->has_result = false;
	bool good = wire_request_read(message, &room->request, &e);
	if (good) {
		act(s, manager, room);
	} else {
		reply->error.kind = PROVISO_BAD_INPUT;
		snprintf(reply->error.code, sizeof reply->error.code, "%s",
		         e.rule != NULL ? e.rule : "wire.malformed");
		snprintf(reply->error.text, sizeof reply->error.text, "%.*s",
		         (int)sizeof reply->error.text - 1, e.text);
	}
	reply->id = room->request.id;
	wire_reply_write(out, room->request.operation, reply);
	return good;
}

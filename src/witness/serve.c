#include "serve.h"

static void add_checkpoint(void *ctx, struct http_request *q, struct http_response *r)
{
	struct witness_service *s = ctx;
	struct cosigner_answer answer;
	struct err e = {0};
	if (!cosigner_add(s->cosigner, q->arena, q->body, s->now(), &answer, &e)) {
		r->rule = e.rule;
		if (s->refused != NULL)
			s->refused(s->ctx, q->peer, &e);
		if (answer.status == 429 || answer.status == 503)
			http_add_header(r, "Retry-After", "60");
	}
	http_bytes(r, answer.status, answer.content_type, answer.body);
}

static void latest(void *ctx, struct http_request *q, struct http_response *r)
{
	struct witness_service *s = ctx;
	struct bytes note;
	struct err e = {0};
	if (!cosigner_latest(s->cosigner, q->arena, http_parameter(q, "origin"), &note, &e)) {
		if (s->refused != NULL)
			s->refused(s->ctx, q->peer, &e);
		http_problem(q, r, &e);
		return;
	}
	if (note.len == 0) {
		http_problem_status(q, r, 404, "witness.no-checkpoint",
		                    "nothing of a log of this origin was cosigned here");
		return;
	}
	http_add_header(r, "Cache-Control", "max-age=5");
	http_bytes(r, 200, "text/plain; charset=utf-8", note);
}

const struct http_route *witness_routes(struct witness_service *s)
{
	s->routes[0] = (struct http_route){.method = HTTP_POST,
	                                   .pattern = "/add-checkpoint",
	                                   .handle = add_checkpoint,
	                                   .ctx = s,
	                                   .body_max = WITNESS_REQUEST_MAX};
	s->routes[1] = (struct http_route){
	    .method = HTTP_GET, .pattern = "/{origin}/checkpoint", .handle = latest, .ctx = s};
	s->routes[2] = (struct http_route){0};
	return s->routes;
}

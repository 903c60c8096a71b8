/*
 * proviso tags serve, admit, board: a holder who answers at once, a system that asks in one step,
 * and where holders who make a key together leave what they say.
 */
#include "commands.h"

#include <sodium.h>

#include "remote.h"
#include "server/http.h"
#include "tags_cli.h"

enum { ADDRESS_CONNECTIONS = 64 };

/* --- A holder at a socket -----------------------------------------------------------------------
 */

struct holder {
	struct public_key authority;
	struct oprf_scalar share;
	struct policy *policy;
	bool answers_inquiries;
};

/*
 * What a machine may answer without its owner: admissions, which the licence limits. An
 * inquiry asks about somebody, and wants a person who can say no.
 */
static bool answer(const struct holder *h, struct arena *arena, struct bytes file,
                   struct tags_request *r, struct bytes *out, struct err *e)
{
	if (!granted_open(arena, file, &h->authority, r, e) ||
	    (h->policy != NULL && !granted_witnessed(arena, file, h->policy, e)))
		return false;
	if (r->record.kind != KIND_ADMISSION && !h->answers_inquiries)
		return err_refused(e, "tags.by-hand", "this holder answers inquiries by hand");
	uint8_t *random = arena_array(arena, r->count, OPRF_RANDOM);
	rim_random(random, r->count * OPRF_RANDOM);
	bool ok = tags_evaluate(arena, r, &h->share, random, out, e);
	sodium_memzero(random, r->count * OPRF_RANDOM);
	return ok;
}

static void post_tags(void *ctx, struct http_request *q, struct http_response *r)
{
	struct tags_request asked;
	struct bytes evaluation;
	struct err e = {0};
	if (!answer(ctx, q->arena, q->body, &asked, &evaluation, &e)) {
		fprintf(stderr, "%s: %s: %s\n", q->peer, e.rule == NULL ? "failed" : e.rule,
		        e.text);
		http_problem(q, r, &e);
		return;
	}
	printf("%s: answered %s %s of %s, %zu subjects\n", q->peer,
	       record_kind(asked.record.kind)->name, words_short(q->arena, &asked.record.id),
	       asked.record.claims.issuer, asked.count);
	fflush(stdout);
	http_bytes(r, 200, "application/octet-stream", evaluation);
}

static void tell_listening(void *ctx, const char *address)
{
	(void)ctx;
	printf("listening on %s\n", address);
	fflush(stdout);
}

static int serve(struct cli *cli)
{
	struct holder holder = {.answers_inquiries = cli_flag(cli, "inquiries")};
	const char *listen = cli_option(cli, "listen");
	if (!cli_tags_authority(cli, &holder.authority) || !cli_policy(cli, &holder.policy) ||
	    !cli_tags_share(cli, &holder.share))
		return cli_fail(cli);
	const struct http_route routes[] = {
	    {.method = HTTP_POST,
	     .pattern = "/v1/tags",
	     .handle = post_tags,
	     .ctx = &holder,
	     .body_max = GRANTED_MAX},
	    {0},
	};
	struct http_options options = {
	    .listen = listen != NULL ? listen : "127.0.0.1:8091",
	    .certificate = cli_option(cli, "certificate"),
	    .key = cli_option(cli, "tls-key"),
	    .connections_each = ADDRESS_CONNECTIONS,
	    .listening = tell_listening,
	};
	bool ok = http_serve(routes, &options, &cli->err);
	sodium_memzero(&holder.share, sizeof holder.share);
	return ok ? 0 : cli_fail(cli);
}

/* --- A board for a ceremony ---------------------------------------------------------------------
 */

/* Read anew each time, and given as it is: whoever asks checks it himself. */
static void get_ceremony(void *ctx, struct http_request *q, struct http_response *r)
{
	struct bytes all;
	struct err e = {0};
	if (cli_ceremony_pack(q->arena, ctx, &all, &e))
		http_bytes(r, 200, "application/octet-stream", all);
	else
		http_problem(q, r, &e);
}

/* What a party signed is kept though it be wrong: it shows who cheats. */
static void post_ceremony(void *ctx, struct http_request *q, struct http_response *r)
{
	struct ceremony *c = arena_alloc(q->arena, sizeof *c);
	struct bytes all;
	struct err e = {0};
	bool is_new;
	if (cli_ceremony_pack(q->arena, ctx, &all, &e) && ceremony_parse(q->arena, all, c, &e) &&
	    cli_ceremony_keep(c, ctx, q->body, &e) && ceremony_add(c, q->body, &is_new, &e)) {
		http_text(r, 200, "text/plain", "said\n");
		return;
	}
	fprintf(stderr, "%s: %s: %s\n", q->peer, e.rule == NULL ? "failed" : e.rule, e.text);
	http_problem(q, r, &e);
}

static int board(struct cli *cli)
{
	const char *listen = cli_option(cli, "listen");
	struct bytes all;
	if (!cli_ceremony_pack(&cli->arena, cli->arguments[0], &all, &cli->err))
		return cli_fail(cli);
	const struct http_route routes[] = {
	    {.method = HTTP_GET,
	     .pattern = "/v1/ceremony",
	     .handle = get_ceremony,
	     .ctx = cli->arguments[0]},
	    {.method = HTTP_POST,
	     .pattern = "/v1/ceremony",
	     .handle = post_ceremony,
	     .ctx = cli->arguments[0],
	     .body_max = CEREMONY_MESSAGE},
	    {0},
	};
	struct http_options options = {
	    .listen = listen != NULL ? listen : "127.0.0.1:8092",
	    .certificate = cli_option(cli, "certificate"),
	    .key = cli_option(cli, "tls-key"),
	    .connections_each = ADDRESS_CONNECTIONS,
	    .listening = tell_listening,
	};
	return http_serve(routes, &options, &cli->err) ? 0 : cli_fail(cli);
}

/* --- In one step ---------------------------------------------------------------------------------
 */

/* From each holder that answers; one that does not is told of, and missed only when it is needed.
 */
static size_t ask_holders(struct cli *cli, struct bytes granted, const char *const holders[],
                          size_t count, struct bytes out[])
{
	size_t answered = 0;
	for (size_t i = 0; i < count; i++) {
		struct remote r = {
		    .base = holders[i],
		    .path = "/v1/tags",
		    .content_type = "application/octet-stream",
		    .body = granted,
		    .limit = EVALUATION_MAX,
		};
		if (cli_remote(cli, &r)) {
			out[answered++] = r.answer;
			continue;
		}
		fprintf(stderr, "proviso: %s does not answer: %s\n", holders[i], cli->err.text);
		cli->err = (struct err){0};
	}
	return answered;
}

static int admit(struct cli *cli)
{
	const char *const *subjects = NULL;
	const char **holders;
	struct bytes request, files[1 + TAG_HOLDERS];
	size_t count, holder_count = cli_values(cli, "holder", &holders);
	if (cli_required(cli, "system") == NULL || !cli_tags_subjects(cli, &subjects, &count))
		return cli_fail(cli);
	if (holder_count == 0 || holder_count > TAG_HOLDERS)
		return cli_usage_error(cli, "give --holder URL 1 to %d times", TAG_HOLDERS);
	if (!cli_tags_ask(cli, subjects, count, &request) ||
	    !cli_tags_grant(cli, request, &files[0]))
		return cli_fail(cli);
	size_t answered = ask_holders(cli, files[0], holders, holder_count, files + 1);
	if (!cli_tags_admit(cli, files, 1 + answered))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(
		    json_pack("{s:b,s:I}", "admitted", true, "holders", (json_int_t)answered));
	return printf("admitted, by %zu holders: each tag is in the use log, with its proof\n",
	              answered) < 0;
}

const struct command command_tags_serve = {
    .name = "tags serve",
    .place = AT_HOME,
    .why_home = "of it only the key is wanted, which is not for a service to say (--authority PUB)",
    .usage = "--share FILE --key FILE --authority PUB [--policy FILE] [--listen ADDRESS]",
    .summary = "answer requests for tags over HTTP with one's share of the key (holder)",
    .help = "POST /v1/tags takes what proviso tags grant writes, and gives an evaluation. It "
            "answers admissions\n"
            "that are on the log; inquiries only with --inquiries: they are better answered by a "
            "person.",
    .options =
        (const struct option[]){
            {"share", "FILE", "the share, of proviso tags deal"},
            {"key", "FILE", "the holder's secret key, which opens it"},
            {"authority", "PUB", "whose log it must be on"},
            {"policy", "FILE", "witnesses who must have seen that log too (a tlog-policy file)"},
            {"inquiries", NULL, "answer inquiries as well"},
            {"listen", "ADDRESS", "HOST:PORT, PORT or unix:PATH (127.0.0.1:8091)"},
            {"certificate", "FILE", "serve over TLS with this certificate (PEM)"},
            {"tls-key", "FILE", "and its key (PEM)"},
            {"passphrase-file", "FILE", "the passphrase of the key"},
            {0}},
    .run = serve,
};
const struct command command_tags_board = {
    .name = "tags board",
    .place = AT_NEITHER,
    .usage = "DIR [--listen ADDRESS]",
    .summary = "let the parties of proviso tags deal leave what they say over HTTP",
    .help = "Nobody need trust it: all is signed, secret to others, and compared in the end.",
    .options =
        (const struct option[]){
            {"listen", "ADDRESS", "HOST:PORT, PORT or unix:PATH (127.0.0.1:8092)"},
            {"certificate", "FILE", "serve over TLS with this certificate (PEM)"},
            {"tls-key", "FILE", "and its key (PEM)"},
            {0}},
    .least = 1,
    .most = 1,
    .run = board,
};
const struct command command_tags_admit = {
    .name = "tags admit",
    .usage = "--system DIR --subject SELECTOR... --holder URL...",
    .summary = "have subjects admitted in one step: request, grant, evaluate and combine, over the "
               "network",
    .options =
        (const struct option[]){
            {"system", "DIR", "the system's directory"},
            {"origin", "NAME", "which authority, when the system has several"},
            {"subject", "SELECTOR", "who: tel:+..., mailto:..., imsi:..., ip:...; repeated"},
            {"subjects", "FILE", "a file of them, one a line"},
            {"holder", "URL", "a holder's proviso tags serve; repeated"},
            {0}},
    .run = admit,
};

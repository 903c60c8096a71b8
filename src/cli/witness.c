/* proviso witness: cosigns the checkpoints of logs, anybody's, that only ever grow. */
#include "commands.h"

#include "witness/serve.h"

enum { ADDRESS_CONNECTIONS = 64 };

static void tell_refused(void *ctx, const char *peer, const struct err *e)
{
	(void)ctx;
	fprintf(stderr, "%s: %s: %s\n", peer, e->rule == NULL ? "failed" : e->rule, e->text);
}

static void tell_listening(void *ctx, const char *address)
{
	(void)ctx;
	printf("listening on %s\n", address);
	fflush(stdout);
}

static int serve(struct cli *cli, struct cosigner *cosigner)
{
	struct witness_service service = {
	    .cosigner = cosigner, .now = rim_now, .refused = tell_refused};
	const char *listen = cli_option(cli, "listen");
	struct http_options options = {
	    .listen = listen != NULL ? listen : "127.0.0.1:8090",
	    .certificate = cli_option(cli, "certificate"),
	    .key = cli_option(cli, "tls-key"),
	    .connections_each = ADDRESS_CONNECTIONS,
	    .listening = tell_listening,
	};
	return http_serve(witness_routes(&service), &options, &cli->err) ? 0 : cli_fail(cli);
}

static int run(struct cli *cli)
{
	const char *state = cli_required(cli, "state"), *key_path = cli_required(cli, "key");
	const char *list = cli_required(cli, "logs");
	struct witness_logs logs;
	struct bytes text;
	owned_secret_key key = {0};
	if (state == NULL || key_path == NULL || list == NULL)
		return cli_fail(cli);
	if (!file_read(&cli->arena, list, WITNESS_LISTS_MAX, &text, &cli->err))
		return cli_fail(cli);
	if (!witness_logs_parse(&cli->arena, text, &logs, &cli->err)) {
		err_context(&cli->err, "%s", list);
		return cli_fail(cli);
	}
	if (!cli_key(cli, key_path, &key))
		return cli_fail(cli);
	struct cosigner *cosigner =
	    cosigner_open(state, cli_flag(cli, "new"), &key, &logs, &cli->err);
	if (cosigner == NULL)
		return cli_fail(cli);
	printf("witness %s\n", key_cosigner_line(&cli->arena, &key.public));
	int status = serve(cli, cosigner);
	cosigner_close(cosigner);
	return status;
}

const struct command command_witness = {
    .name = "witness",
    .place = AT_NEITHER,
    .usage = "--state FILE --key FILE --logs FILE [--new] [--listen ADDRESS]",
    .summary = "be a witness: cosign the checkpoints of logs that only ever grow",
    .help = "Speaks C2SP tlog-witness, for any log: POST /add-checkpoint, GET /HASH/checkpoint.\n"
            "FILE of --logs is a list in the form of the witness network (logs/v0, vkey, origin, "
            "qpd).\n"
            "The state says what was cosigned last. Do not put an old copy of it back, and do not\n"
            "begin a new one for a key that has cosigned: it would have forgotten what it signed.\n"
            "The key must sign nothing else.",
    .options =
        (const struct option[]){
            {"state", "FILE", "what was cosigned last of each log"},
            {"new", NULL, "the state is not there yet: begin one"},
            {"key", "FILE", "the witness's own key, Ed25519"},
            {"passphrase-file", "FILE", "take the key's passphrase from the first line of FILE"},
            {"logs", "FILE", "the logs to cosign"},
            {"listen", "ADDRESS", "HOST:PORT, PORT or unix:PATH (127.0.0.1:8090)"},
            {"certificate", "FILE", "serve over TLS with this certificate (PEM)"},
            {"tls-key", "FILE", "and its key (PEM)"},
            {0}},
    .least = 0,
    .most = 0,
    .run = run,
};

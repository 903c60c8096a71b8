/* proviso lease grant: the authority's side of an air-gapped renewal. */
#include "commands.h"

#include "log/changes.h"
#include "remote.h"

static int run(struct cli *cli)
{
	const char *from = cli_required(cli, "request"),
	           *to = from == NULL ? NULL : cli_required(cli, "output");
	struct bytes request, reply, answer, changes, entry, proof;
	struct record record;
	struct err refused = {0};
	struct authority authority;
	if (to == NULL || !file_read(&cli->arena, from, RECORD_MAX, &request, &cli->err))
		return cli_fail(cli);
	bool ok;
	if (cli_url(cli) != NULL) {
		ok = cli_remote_renew(cli, request, &reply);
	} else {
		if (!cli_open(cli, &authority, true))
			return cli_fail(cli);
		ok = authority_renew(&authority, &cli->arena, &request, 1, rim_now(), &reply,
		                     &refused, &cli->err);
		authority_close(&authority);
	}
	if (ok && reply.len == 0) {
		cli->err = refused;
		return cli_fail(cli);
	}
	bool piped = ok && strcmp(to, "-") == 0;
	if (!ok || (!piped && !file_write(to, reply, 0644, &cli->err)))
		return cli_fail(cli);
	changes_apart(reply, &answer, &changes);
	if (answer.len == 0) {
		if (piped)
			fwrite(reply.at, 1, reply.len, stdout);
		else
			printf("changes %s\nthe log goes on under another origin: take it back and "
			       "ask again\n",
			       to);
		return 0;
	}
	if (!reply_parse(answer, &entry, &proof, &cli->err) ||
	    !record_decode(&cli->arena, entry, &record, &cli->err))
		return cli_fail(cli);
	bool lease = record.kind == KIND_LEASE;
	const char *words = lease ? scope_text(&cli->arena, record.body.lease.scope)
	                          : arena_printf(&cli->arena, "%s: %s", record.body.refusal.code,
	                                         record.body.refusal.reason);
	if (piped)
		fwrite(reply.at, 1, reply.len, stdout);
	else if (cli->json)
		cli_print_json(json_pack("{s:b,s:s,s:s,s:s}", "granted", lease, "id",
		                         cli_hex(cli, &record.id), "file", to,
		                         lease ? "scope" : "refusal", words));
	else
		printf("%s %s\n%s\n", lease ? "lease" : "refused", to, words);
	return lease ? 0 : 1;
}

const struct command command_lease_grant = {
    .name = "lease grant",
    .usage = "--request FILE -o FILE",
    .summary = "answer a system's request that came as a file",
    .help = "The reply is a lease or a refusal; both are on the log, and both are taken back to "
            "the system.",
    .options =
        (const struct option[]){
            {"request", "FILE",
             "the request, from proviso system renew --request; - is standard input"},
            {"output", "FILE", "(or -o) where the reply goes; - is standard output"},
            {0}},
    .run = run,
};

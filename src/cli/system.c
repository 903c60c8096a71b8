/* proviso system: a system's own side, through the public header alone. */
#include "commands.h"

#include "record/roster.h"
#include "remote.h"
#include "system.h"

void cli_gate_error(struct cli *cli, const struct proviso_error *error)
{
	cli->err.kind = (enum err_kind)error->kind;
	cli->err.rule =
	    error->code[0] == 0 ? NULL : arena_copy(&cli->arena, error->code, strlen(error->code));
	snprintf(cli->err.text, sizeof cli->err.text, "%s", error->text);
}

int cli_gate_failed(struct cli *cli, const struct proviso_error *error)
{
	cli_gate_error(cli, error);
	return cli_fail(cli);
}

struct proviso_gate *cli_gate_open(struct cli *cli, bool read_only, int *status)
{
	struct proviso_gate_options options = {.read_only = read_only};
	struct proviso_error error = {0};
	const char *dir = cli_required(cli, "system");
	if (dir == NULL) {
		*status = cli_fail(cli);
		return NULL;
	}
	struct proviso_gate *gate = proviso_gate_open(dir, &options, &error);
	if (gate == NULL)
		*status = cli_gate_failed(cli, &error);
	return gate;
}

int cli_gate_close(struct cli *cli, struct proviso_gate *gate, int status)
{
	struct proviso_error error = {0};
	if (!proviso_gate_close(gate, &error))
		return cli_gate_failed(cli, &error);
	return status;
}

/* --- init ---------------------------------------------------------------------------- */

/* The authority may want to see it: where it is not the very one that it has published. */
static void print_policy(struct bytes text)
{
	if (text.len == 0)
		return;
	printf("policy-file: |\n");
	struct reader r = reader_of(text);
	while (reader_left(&r) > 0 && !r.bad) {
		struct bytes line = read_line(&r);
		printf("  %.*s\n", (int)line.len, (const char *)line.at);
	}
}

static int print_enrolment(struct cli *cli, const struct proviso_enrolment *enrolment,
                           struct bytes policy)
{
	struct bytes audit_key = bytes_of(enrolment->audit_key, enrolment->audit_key_size);
	if (cli->json)
		return cli_print_json(json_pack(
		    "{s:s,s:s,s:s,s:s*}", "serial", enrolment->serial, "device-key",
		    enrolment->device_key, "audit-key", hex_encode(&cli->arena, audit_key),
		    "policy", enrolment->policy[0] != 0 ? enrolment->policy : NULL));
	printf("# Enrolment of %s. Fill in the licence and the item's version, then:\n"
	       "#   proviso enrol FILE --key EXPORTER.key\n"
	       "licences: []\n"
	       "serial: \"%s\"\n"
	       "device-key: \"%s\"\n"
	       "item-version: \"\"\n"
	       "audit-key: \"%s\"\n",
	       enrolment->serial, enrolment->serial, enrolment->device_key,
	       base64_encode(&cli->arena, audit_key));
	if (enrolment->policy[0] != 0)
		printf("policy: \"%s\"\n", enrolment->policy);
	print_policy(policy);
	return 0;
}

/* Of --policy; empty without it. */
static bool read_policy(struct cli *cli, struct bytes *out)
{
	const char *path = cli_option(cli, "policy");
	return path == NULL || file_read(&cli->arena, path, POLICY_MAX, out, &cli->err);
}

/* Of --officers, one for each authority that is to be followed. */
static bool read_officers(struct cli *cli, const char ***out, size_t *count)
{
	const char **paths;
	*count = cli_values(cli, "officers", &paths);
	*out = arena_array(&cli->arena, *count, sizeof **out);
	for (size_t i = 0; i < *count; i++) {
		struct bytes text;
		if (!file_read(&cli->arena, paths[i], ROSTER_MAX, &text, &cli->err))
			return false;
		(*out)[i] = arena_copy(&cli->arena, text.at, text.len);
	}
	return true;
}

/* A system made before there were witnesses. */
static int arm(struct cli *cli)
{
	const char *dir = cli_required(cli, "system");
	struct bytes policy = {0};
	struct proviso_enrolment enrolment;
	struct proviso_error error = {0};
	if (dir == NULL || cli_required(cli, "policy") == NULL || !read_policy(cli, &policy))
		return cli_fail(cli);
	if (!proviso_system_arm(dir, policy.at, policy.len, &error) ||
	    !proviso_system_enrolment(dir, &enrolment, &error))
		return cli_gate_failed(cli, &error);
	if (cli->json)
		return cli_print_json(json_pack("{s:s}", "policy", enrolment.policy));
	printf("%s  (policy of %s: its next lease must be cosigned)\n", enrolment.policy,
	       enrolment.serial);
	return 0;
}

static int init(struct cli *cli)
{
	const char **authorities, **lines;
	size_t count = cli_values(cli, "authority", &authorities);
	const char *dir = cli_required(cli, "system"),
	           *name = dir == NULL ? NULL : cli_required(cli, "name");
	const char *auditor = cli_option(cli, "auditor"), *algorithm = cli_option(cli, "alg");
	if (name == NULL)
		return cli_fail(cli);
	if (count == 0)
		return cli_usage_error(cli,
		                       "--authority is needed: the key this system is to trust");
	if (algorithm != NULL && strcmp(algorithm, "es256") != 0 &&
	    strcmp(algorithm, "ed25519") != 0)
		return cli_usage_error(cli, "--alg is ed25519 or es256, not \"%s\"", algorithm);
	struct public_key key;
	lines = arena_array(&cli->arena, count, sizeof *lines);
	for (size_t i = 0; i < count; i++) {
		if (!cli_public_key(cli, authorities[i], &key))
			return cli_fail(cli);
		lines[i] = key_line(&cli->arena, &key);
	}
	if (auditor != NULL) {
		if (!cli_public_key(cli, auditor, &key))
			return cli_fail(cli);
		auditor = key_line(&cli->arena, &key);
	}
	struct bytes policy = {0};
	if (!read_policy(cli, &policy))
		return cli_fail(cli);
	const char **officers;
	size_t officers_count;
	if (!read_officers(cli, &officers, &officers_count))
		return cli_fail(cli);
	struct proviso_system_options options = {
	    .officers = officers,
	    .officers_count = officers_count,
	    .policy = policy.at,
	    .policy_size = policy.len,
	    .serial = name,
	    .authorities = lines,
	    .authority_count = count,
	    .auditor = auditor,
	    .es256 = algorithm != NULL && strcmp(algorithm, "es256") == 0,
	};
	struct proviso_enrolment enrolment;
	struct proviso_error error = {0};
	if (!proviso_system_init(dir, &options, &enrolment, &error))
		return cli_gate_failed(cli, &error);
	return print_enrolment(cli, &enrolment, policy);
}

/* --- renew ---------------------------------------------------------------------------- */

static int print_lease(struct cli *cli, struct proviso_gate *gate, size_t authority)
{
	struct proviso_lease_status lease;
	struct proviso_error error = {0};
	char *scope = arena_alloc(&cli->arena, PROVISO_SCOPE_MAX);
	if (!proviso_gate_lease(gate, authority, &lease) ||
	    !proviso_gate_scope(gate, scope, PROVISO_SCOPE_MAX, &error))
		return cli_gate_failed(cli, &error);
	if (cli->json)
		return cli_print_json(
		    json_pack("{s:s,s:I,s:I,s:I,s:s}", "lease", lease.lease, "sequence",
		              (json_int_t)lease.sequence, "remaining-seconds",
		              (json_int_t)lease.remaining_seconds, "use-log-acknowledged",
		              (json_int_t)lease.acknowledged, "scope", scope));
	printf("lease %llu of %s: good for %s\n%s\n", (unsigned long long)lease.sequence,
	       lease.authority, cli_duration(cli, lease.remaining_seconds), scope);
	return 0;
}

/* Which of the system's authorities has this origin; the first when it is NULL. */
static bool find_authority(struct proviso_gate *gate, const char *origin, size_t *out)
{
	struct proviso_lease_status lease;
	for (*out = 0; proviso_gate_lease(gate, *out, &lease); (*out)++)
		if (origin == NULL || strcmp(lease.authority, origin) == 0)
			return true;
	return false;
}

/* What answers there, or that of --origin. The only one there is may have had another name. */
static bool find_answering(struct cli *cli, struct proviso_gate *gate, const char *answers,
                           size_t *out)
{
	const char *origin = cli_option(cli, "origin");
	struct proviso_lease_status second;
	if (find_authority(gate, origin != NULL ? origin : answers, out))
		return true;
	if (origin == NULL && !proviso_gate_lease(gate, 1, &second))
		return find_authority(gate, NULL, out);
	return err_refused(&cli->err, "gate.lease-other-authority", "this system does not trust %s",
	                   origin != NULL ? origin : answers);
}

/* *again (NULL: not possible): only changes of the log came, and another request is due. */
static int accept(struct cli *cli, struct proviso_gate *gate, struct bytes reply, size_t authority,
                  bool *again)
{
	struct proviso_error error = {0};
	if (proviso_gate_accept(gate, reply.at, reply.len, &error))
		return print_lease(cli, gate, authority);
	if (again == NULL || strcmp(error.code, "gate.renew-again") != 0)
		return cli_gate_failed(cli, &error);
	*again = true;
	return 0;
}

static bool request(struct cli *cli, struct proviso_gate *gate, size_t authority, struct bytes *out)
{
	struct proviso_error error = {0};
	size_t size = PROVISO_REQUEST_MAX;
	void *at = arena_alloc(&cli->arena, size);
	if (!proviso_gate_request(gate, authority, at, &size, &error)) {
		cli_gate_error(cli, &error);
		return false;
	}
	*out = bytes_of(at, size);
	return true;
}

/* One of another name than the system knows is no later origin of its authority's after all. */
static int not_answered(struct cli *cli, struct proviso_gate *gate, const char *answers)
{
	size_t known;
	if (cli->err.kind == ERR_REFUSED && !find_authority(gate, answers, &known))
		err_refused(&cli->err, "gate.lease-other-authority",
		            "this system does not trust %s, which does not know it", answers);
	return cli_fail(cli);
}

static int renew_at_home(struct cli *cli, struct proviso_gate *gate, bool *again)
{
	struct authority keeper;
	struct bytes message, reply;
	struct err refused = {0};
	size_t number;
	if (!cli_open(cli, &keeper, true))
		return cli_fail(cli);
	bool ok = find_answering(cli, gate, keeper.public.name, &number) &&
	          request(cli, gate, number, &message) &&
	          authority_renew(&keeper, &cli->arena, &message, 1, rim_now(), &reply, &refused,
	                          &cli->err);
	if (ok && reply.len == 0) {
		cli->err = refused;
		ok = false;
	}
	int status = ok ? accept(cli, gate, reply, number, again)
	                : not_answered(cli, gate, keeper.public.name);
	authority_close(&keeper);
	return status;
}

static int renew_at_url(struct cli *cli, struct proviso_gate *gate, bool *again)
{
	struct bytes message, reply;
	size_t number;
	const char *answers = cli_option(cli, "origin");
	if ((answers == NULL && !cli_remote_origin(cli, &answers)) ||
	    !find_answering(cli, gate, answers, &number) || !request(cli, gate, number, &message) ||
	    !cli_remote_renew(cli, message, &reply))
		return not_answered(cli, gate, answers);
	return accept(cli, gate, reply, number, again);
}

static int renew_there(struct cli *cli, struct proviso_gate *gate)
{
	bool again = true;
	int status = 0;
	/* One exchange to hear of another origin, one with that; no more than a few of them. */
	for (int tries = 0; again && tries < 4; tries++) {
		again = false;
		status = cli_url(cli) != NULL ? renew_at_url(cli, gate, &again)
		                              : renew_at_home(cli, gate, &again);
	}
	return status;
}

static int renew(struct cli *cli)
{
	const char *request_path = cli_option(cli, "request"),
	           *reply_path = cli_option(cli, "reply");
	int status;
	struct proviso_gate *gate = cli_gate_open(cli, false, &status);
	if (gate == NULL)
		return status;
	const char *origin = cli_option(cli, "origin");
	size_t number;
	struct bytes message;
	if (!find_authority(gate, origin, &number)) {
		status = cli_usage_error(cli, "this system does not trust %s", origin);
	} else if (request_path != NULL) {
		if (!request(cli, gate, number, &message) ||
		    !file_write(request_path, message, 0644, &cli->err))
			status = cli_fail(cli);
		else if (cli->json)
			status = cli_print_json(json_pack("{s:s}", "request", request_path));
		else
			status = printf("%s  (take it to the authority: proviso lease grant)\n",
			                request_path) < 0;
	} else if (reply_path != NULL) {
		status = file_read(&cli->arena, reply_path, PROVISO_REPLY_MAX, &message, &cli->err)
		             ? accept(cli, gate, message, number, NULL)
		             : cli_fail(cli);
	} else {
		status = renew_there(cli, gate);
	}
	return cli_gate_close(cli, gate, status);
}

/* --- status ---------------------------------------------------------------------------- */

struct uses {
	struct cli *cli;
	struct table table;
	json_t *array;
};

static bool each_use(void *ctx, const struct proviso_entry *entry)
{
	struct uses *uses = ctx;
	struct cli *cli = uses->cli;
	if (entry->kind != PROVISO_ENTRY_USE)
		return true;
	const char *tag = hex_encode(&cli->arena, bytes_of(entry->tag, sizeof entry->tag));
	const char *code = proviso_code_name(entry->code);
	/* Without a lease there is no time but the machine's own. */
	const char *time = cli_time(cli, entry->time != 0 ? entry->time : entry->wall);
	const char *warrant =
	    entry->has_warrant ? hex_encode(&cli->arena, bytes_of(entry->warrant_tag, 4)) : "-";
	if (uses->array != NULL) {
		json_array_append_new(
		    uses->array, json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:b}", "position",
		                           (json_int_t)entry->position, "time", time, "capability",
		                           entry->capability, "purpose", entry->purpose,
		                           "territory", entry->territory, "subject-tag", tag,
		                           "code", code, "warrant", entry->has_warrant));
		return true;
	}
	/* The entry's strings are good during the call only. */
	table_row(&uses->table, (const char *[]){time, arena_printf(&cli->arena, "%s", code),
	                                         arena_printf(&cli->arena, "%s", entry->capability),
	                                         arena_printf(&cli->arena, "%s", entry->purpose),
	                                         arena_printf(&cli->arena, "%s", entry->territory),
	                                         arena_printf(&cli->arena, "%.8s", tag), warrant});
	return true;
}

const char *cli_use_log(struct cli *cli)
{
	return arena_printf(&cli->arena, "%s/use-log", cli_option(cli, "system"));
}

static int print_uses(struct cli *cli)
{
	struct uses uses = {.cli = cli, .table = {.arena = &cli->arena, .columns = 7}};
	struct proviso_use_log_summary summary;
	struct proviso_error error = {0};
	table_row(&uses.table, (const char *[]){"time", "answer", "capability", "purpose",
	                                        "territory", "subject", "warrant"});
	if (!proviso_use_log_read(cli_use_log(cli), each_use, &uses, &summary, &error))
		return cli_gate_failed(cli, &error);
	table_print(cli, &uses.table, true);
	return 0;
}

/* How a proviso-gated fares with renewing; NULL where nobody renews by himself. */
static json_t *renewal_json(struct proviso_gate *gate, size_t authority)
{
	struct proviso_renewal_status r;
	if (!proviso_gate_renewal(gate, authority, &r))
		return NULL;
	return json_pack("{s:b,s:b,s:I,s:I,s:I,s:s}", "reachable", r.reachable, "watching",
	                 r.watching, "failures", (json_int_t)r.failures, "failing-since",
	                 (json_int_t)r.failing_since, "next-seconds", (json_int_t)r.next_seconds,
	                 "why", r.why);
}

static void print_renewal(struct cli *cli, struct proviso_gate *gate, size_t authority)
{
	struct proviso_renewal_status r;
	if (!proviso_gate_renewal(gate, authority, &r))
		return;
	if (r.failures > 0)
		printf("renewing   failing since %s (%s); again in %s\n",
		       cli_time(cli, r.failing_since), r.why, cli_duration(cli, r.next_seconds));
	else
		printf("renewing   by itself, next in %s%s\n", cli_duration(cli, r.next_seconds),
		       r.watching ? "; told of changes at once" : "");
}

static json_t *status_json(struct cli *cli, struct proviso_gate *gate,
                           const struct proviso_status *s, const char *scope)
{
	json_t *leases = json_array();
	struct proviso_lease_status l;
	for (size_t i = 0; proviso_gate_lease(gate, i, &l); i++)
		json_array_append_new(
		    leases, json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:s,s:s,s:o*}", "authority",
		                      l.authority, "state", proviso_code_name(l.code), "system",
		                      l.system, "sequence", (json_int_t)l.sequence,
		                      "remaining-seconds", (json_int_t)l.remaining_seconds,
		                      "use-log-acknowledged", (json_int_t)l.acknowledged, "refusal",
		                      l.refusal_code, "refusal-reason", l.refusal_reason, "renewal",
		                      renewal_json(gate, i)));
	return json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:s,s:o}", "serial", s->serial, "state",
	                 proviso_code_name(s->code), "scope", scope, "remaining-seconds",
	                 (json_int_t)s->remaining_seconds, "allowed", (json_int_t)s->allowed,
	                 "refused", (json_int_t)s->refused, "use-log-size", (json_int_t)s->leaves,
	                 "use-log-root", hex_encode(&cli->arena, bytes_of(s->root, sizeof s->root)),
	                 "leases", leases);
}

static void print_status(struct cli *cli, struct proviso_gate *gate, const struct proviso_status *s,
                         const char *scope)
{
	struct proviso_lease_status l;
	printf("system     %s\nstate      %s\n", s->serial,
	       s->code == PROVISO_ALLOWED ? "working" : proviso_code_text(s->code));
	for (size_t i = 0; proviso_gate_lease(gate, i, &l); i++) {
		bool none = !l.known && l.code != PROVISO_LEASE_REFUSED;
		if (none)
			printf("lease      none yet of %s\n", l.authority);
		else
			printf("lease      no. %llu of %s, granted %s, %s left\n",
			       (unsigned long long)l.sequence, l.authority,
			       cli_time(cli, l.granted), cli_duration(cli, l.remaining_seconds));
		if (l.code == PROVISO_LEASE_REFUSED)
			printf("refused    %s: %s\n", l.refusal_code, l.refusal_reason);
		print_renewal(cli, gate, i);
	}
	printf("scope      %s\nuses       %llu allowed, %llu refused\nuse log    %llu leaves, root "
	       "%s\n",
	       scope, (unsigned long long)s->allowed, (unsigned long long)s->refused,
	       (unsigned long long)s->leaves, hex_encode(&cli->arena, bytes_of(s->root, 8)));
}

static int status(struct cli *cli)
{
	int exit_status;
	struct proviso_gate *gate = cli_gate_open(cli, true, &exit_status);
	struct proviso_status s;
	struct proviso_error error = {0};
	char *scope = arena_alloc(&cli->arena, PROVISO_SCOPE_MAX);
	if (gate == NULL)
		return exit_status;
	proviso_gate_status(gate, &s);
	if (!proviso_gate_scope(gate, scope, PROVISO_SCOPE_MAX, &error))
		return cli_gate_close(cli, gate, cli_gate_failed(cli, &error));
	bool uses = cli_flag(cli, "uses");
	if (!cli->json) {
		print_status(cli, gate, &s, scope);
		exit_status = uses ? (puts(""), print_uses(cli)) : 0;
		return cli_gate_close(cli, gate, exit_status);
	}
	json_t *all = status_json(cli, gate, &s, scope);
	if (uses) {
		struct uses list = {.cli = cli, .array = json_array()};
		if (!proviso_use_log_read(cli_use_log(cli), each_use, &list, NULL, &error)) {
			json_decref(list.array);
			json_decref(all);
			return cli_gate_close(cli, gate, cli_gate_failed(cli, &error));
		}
		json_object_set_new(all, "uses", list.array);
	}
	return cli_gate_close(cli, gate, cli_print_json(all));
}

const struct command command_system_init = {
    .name = "system init",
    .place = AT_NEITHER,
    .usage = "--system DIR --authority PUB --name SERIAL [--auditor PUB] [--policy FILE]",
    .summary = "make a system's keys; prints the enrolment form (YAML)",
    .options =
        (const struct option[]){
            {"system", "DIR", "the system's directory, to be made"},
            {"authority", "PUB", "whose leases it obeys; once for each licensing country"},
            {"name", "SERIAL", "the system's serial"},
            {"auditor", "PUB", "who can open the use log's tags (default: the authority)"},
            {"alg", "NAME", "of the device key: ed25519 (the default) or es256"},
            {"policy", "FILE", "a tlog-policy: the witnesses without whom no lease counts"},
            {"officers", "FILE",
             "of proviso log officers: who may change the witnesses and the origin; repeated"},
            {0}},
    .run = init,
};
const struct command command_system_arm = {
    .name = "system arm",
    .place = AT_NEITHER,
    .usage = "--system DIR --policy FILE",
    .summary = "demand witnesses of the leases of a system that has none yet",
    .help = "A policy that is there is not replaced. Write its digest, which is printed, into the "
            "enrolment.",
    .options = (const struct option[]){{"system", "DIR", "the system's directory"},
                                       {"policy", "FILE",
                                        "a C2SP tlog-policy with the authority's log in it"},
                                       {0}},
    .run = arm,
};
const struct command command_system_renew = {
    .name = "system renew",
    .usage = "--system DIR [--home DIR | --request FILE | --reply FILE]",
    .summary = "get a new lease: from a directory, or by two files behind an air gap",
    .options =
        (const struct option[]){
            {"system", "DIR", "the system's directory"},
            {"request", "FILE", "write the request to FILE, and wait for its reply"},
            {"reply", "FILE", "take the reply from FILE"},
            {"origin", "NAME", "which authority, when the system has several"},
            {0}},
    .run = renew,
};
const struct command command_system_status = {
    .name = "system status",
    .place = AT_NEITHER,
    .usage = "--system DIR [--uses]",
    .summary = "lease, scope, counts; with --uses every use recorded",
    .options = (const struct option[]){{"system", "DIR",
                                        "the system's directory, or a proviso-gated's socket"},
                                       {"uses", NULL, "list the use log"},
                                       {0}},
    .run = status,
};

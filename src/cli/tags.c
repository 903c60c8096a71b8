/* proviso tags request, grant, evaluate, combine, install: each message is a file. */
#include "commands.h"

#include <proviso/gate.h>
#include <sodium.h>

#include "authority/query.h"
#include "remote.h"
#include "tags_cli.h"

static bool gate_error(struct cli *cli, const struct proviso_error *error)
{
	cli->err.kind = (enum err_kind)error->kind;
	cli->err.rule =
	    error->code[0] == 0 ? NULL : arena_copy(&cli->arena, error->code, strlen(error->code));
	snprintf(cli->err.text, sizeof cli->err.text, "%s", error->text);
	return false;
}

static bool open_gate(struct cli *cli, struct proviso_gate **gate)
{
	struct proviso_error error = {0};
	*gate = proviso_gate_open(cli_option(cli, "system"), NULL, &error);
	return *gate != NULL || gate_error(cli, &error);
}

/* Closing makes the use log durable: when that fails, the command has failed. */
static bool close_gate(struct cli *cli, struct proviso_gate *gate, bool ok)
{
	struct proviso_error error = {0};
	return proviso_gate_close(gate, &error) ? ok : gate_error(cli, &error);
}

/* Whose log it is: --authority, or that of --home. */
bool cli_tags_authority(struct cli *cli, struct public_key *out)
{
	const char *pub = cli_option(cli, "authority");
	if (pub == NULL && cli_home(cli) != NULL)
		pub = arena_printf(&cli->arena, "%s/authority.pub", cli_home(cli));
	if (pub == NULL)
		return err_usage(&cli->err,
		                 "whose log is it? (give --authority PUB or --home DIR)");
	return cli_public_key(cli, pub, out);
}

static int wrote(struct cli *cli, const char *path, const char *next)
{
	if (cli->json)
		return cli_print_json(json_pack("{s:s}", "file", path));
	printf("%s  (%s)\n", path, next);
	return 0;
}

/* --- request ---------------------------------------------------------------------------------- */

/* --subject, and the lines of --subjects. */
bool cli_tags_subjects(struct cli *cli, const char *const **out, size_t *count)
{
	const char **given, *path = cli_option(cli, "subjects");
	struct bytes file = {0};
	size_t named = cli_values(cli, "subject", &given), lines = 0;
	if (path != NULL && !file_read(&cli->arena, path, TAG_BATCH * 4096, &file, &cli->err))
		return false;
	for (size_t i = 0; i < file.len; i++)
		lines += file.at[i] == '\n';
	const char **all = arena_array(&cli->arena, named + lines + 1, sizeof *all);
	for (*count = 0; *count < named; (*count)++)
		all[*count] = given[*count];
	struct reader r = reader_of(file);
	while (reader_left(&r) > 0) {
		struct bytes line = read_line(&r);
		if (r.bad)
			return err_input(&cli->err, "tags.subjects", "%s: the last line has no end",
			                 path);
		if (line.len > 0)
			all[(*count)++] = arena_copy(&cli->arena, line.at, line.len);
	}
	*out = all;
	return (*count > 0 && *count <= TAG_BATCH) ||
	       err_usage(&cli->err,
	                 "give 1 to %d subjects, by --subject or --subjects FILE; here are %zu",
	                 TAG_BATCH, *count);
}

bool cli_tags_ask(struct cli *cli, const char *const subjects[], size_t count, struct bytes *out)
{
	struct proviso_gate *gate;
	struct proviso_lease_status lease;
	struct proviso_error error = {0};
	size_t size = PROVISO_REQUEST_MAX, number = 0;
	const char *origin = cli_option(cli, "origin");
	void *at = arena_alloc(&cli->arena, size);
	if (!open_gate(cli, &gate))
		return false;
	while (proviso_gate_lease(gate, number, &lease) && origin != NULL &&
	       strcmp(lease.authority, origin) != 0)
		number++;
	bool ok =
	    proviso_gate_admission_request(gate, number, subjects, count, at, &size, &error) ||
	    gate_error(cli, &error);
	*out = bytes_of(at, size);
	return close_gate(cli, gate, ok);
}

static bool key_in_force_there(struct cli *cli, struct hash *id, const char **origin)
{
	json_t *json = cli_remote_json(cli, "/v1/authority");
	const char *name = json_string_value(json_object_get(json, "origin")),
	           *tags = json_string_value(json_object_get(json, "tags"));
	struct bytes bytes;
	bool ok = json != NULL;
	if (ok && (name == NULL || (tags != NULL && (!hex_decode(&cli->arena, tags, &bytes) ||
	                                             bytes.len != HASH_SIZE))))
		ok = err_input(&cli->err, "url.answer",
		               "%s: whose log it is, and its key of tags, cannot be read",
		               cli_url(cli));
	if (ok && tags == NULL)
		ok = err_refused(&cli->err, "state.no-tags",
		                 "no key of tags is in force: proviso tags publish");
	if (ok) {
		memcpy(id->at, bytes.at, HASH_SIZE);
		*origin = arena_copy(&cli->arena, name, strlen(name));
	}
	json_decref(json);
	return ok;
}

/* Which key of tags is in force, and at whose log. */
static bool key_in_force(struct cli *cli, struct hash *id, const char **origin)
{
	const char *path = cli_option(cli, "tags");
	struct authority authority;
	struct bytes file;
	struct record record;
	if (path != NULL) {
		if (!file_read(&cli->arena, path, RECORD_MAX, &file, &cli->err) ||
		    !record_decode(&cli->arena, file, &record, &cli->err))
			return err_context(&cli->err, "%s", path);
		*id = record.id;
		*origin = record.claims.subject;
		return record.kind == KIND_TAGS || err_input(&cli->err, "record.kind", "%s is a %s",
		                                             path, record_kind(record.kind)->name);
	}
	if (cli_url(cli) != NULL)
		return key_in_force_there(cli, id, origin);
	if (!cli_open(cli, &authority, false))
		return false;
	struct state state = authority_state(&authority);
	bool ok = query_tags(&state, &cli->arena, id, &cli->err);
	*origin = arena_copy(&cli->arena, authority.public.name, strlen(authority.public.name));
	authority_close(&authority);
	return ok;
}

static bool request_by_person(struct cli *cli, const char *const subjects[], size_t count,
                              const char *to, struct bytes *out)
{
	union record_body body = {.inquiry = {.reason = cli_required(cli, "reason")}};
	struct tag_blind *blinds = arena_array(&cli->arena, count, sizeof *blinds);
	struct hash *blinded = arena_array(&cli->arena, count, sizeof *blinded);
	struct secret_key key;
	const char *origin = NULL;
	if (body.inquiry.reason == NULL || !key_in_force(cli, &body.inquiry.tags, &origin) ||
	    !cli_key(cli, cli_option(cli, "key"), &key))
		return false;
	for (size_t i = 0; i < count; i++) {
		uint8_t random[OPRF_RANDOM];
		rim_random(random, sizeof random);
		if (!tag_blind(&cli->arena, subjects[i], random, &blinds[i], &blinded[i],
		               &cli->err))
			return err_context(&cli->err, "subject %zu", i + 1);
	}
	body.inquiry.blinded = (struct list){blinded, count};
	bool ok =
	    record_sign(&cli->arena, KIND_INQUIRY, &body, origin, rim_now(), &key, out, &cli->err);
	key_wipe(&key);
	if (!ok)
		return false;
	struct hash id = sha256(*out);
	return file_write(arena_printf(&cli->arena, "%s.blinds", to),
	                  blinds_format(&cli->arena, &id, blinds, count), 0600, &cli->err);
}

static int request(struct cli *cli)
{
	const char *to = cli_required(cli, "output");
	const char *const *subjects = NULL;
	struct bytes record;
	size_t count;
	bool by_system = cli_option(cli, "system") != NULL;
	if (to == NULL || !cli_tags_subjects(cli, &subjects, &count))
		return cli_fail(cli);
	if (by_system == (cli_option(cli, "key") != NULL))
		return cli_usage_error(
		    cli,
		    "either a system asks (--system DIR), or an officer or auditor (--key FILE)");
	if (!(by_system ? cli_tags_ask(cli, subjects, count, &record)
	                : request_by_person(cli, subjects, count, to, &record)) ||
	    !file_write(to, record, 0644, &cli->err))
		return cli_fail(cli);
	if (!by_system && !cli->json)
		printf("%s.blinds  (keep it: it tells whom the request is about)\n", to);
	return wrote(cli, to, "take it to the authority: proviso tags grant");
}

/* --- grant -------------------------------------------------------------------------------------
 */

/* A service needs no route of its own for it: record, proof and key are each to be had. */
static bool grant_at_url(struct cli *cli, struct bytes file, struct bytes *granted)
{
	struct accepted accepted;
	struct record record;
	struct remote proof = {.limit = REPLY_MAX},
	              key = {.accept = "application/cose", .limit = RECORD_MAX};
	if (!record_decode(&cli->arena, file, &record, &cli->err))
		return false;
	if (record.kind != KIND_ADMISSION && record.kind != KIND_INQUIRY)
		return err_refused(&cli->err, "tags.not-a-request", "a %s asks for no tags",
		                   record_kind(record.kind)->name);
	const struct hash *tags =
	    record.kind == KIND_ADMISSION ? &record.body.admission.tags : &record.body.inquiry.tags;
	if (!cli_remote_submit(cli, file, (struct bytes){0}, &accepted))
		return false;
	proof.path =
	    arena_printf(&cli->arena, "/v1/records/%s/receipt", cli_hex(cli, &accepted.id));
	key.path = arena_printf(&cli->arena, "/v1/records/%s", cli_hex(cli, tags));
	if (!cli_remote(cli, &proof) || !cli_remote(cli, &key))
		return false;
	*granted = granted_format(&cli->arena, proof.answer, key.answer);
	return true;
}

static bool grant_at_home(struct cli *cli, struct bytes file, struct bytes *granted)
{
	struct authority authority;
	if (!cli_open(cli, &authority, true))
		return false;
	bool ok = authority_tags(&authority, &cli->arena, file, rim_now(), granted, &cli->err);
	authority_close(&authority);
	return ok;
}

bool cli_tags_grant(struct cli *cli, struct bytes request, struct bytes *granted)
{
	return (cli_url(cli) != NULL ? grant_at_url : grant_at_home)(cli, request, granted);
}

static int grant(struct cli *cli)
{
	const char *from = cli_required(cli, "request"),
	           *to = from == NULL ? NULL : cli_required(cli, "output");
	struct bytes file, granted;
	if (to == NULL || !file_read(&cli->arena, from, RECORD_MAX, &file, &cli->err) ||
	    !cli_tags_grant(cli, file, &granted) || !file_write(to, granted, 0644, &cli->err))
		return cli_fail(cli);
	return wrote(cli, to, "it is on the log; take it to the holders: proviso tags evaluate");
}

/* --- evaluate ------------------------------------------------------------------------------------
 */

bool cli_tags_unseal(struct cli *cli, const struct secret_key *key, const char *path,
                     uint8_t out[OPRF_SIZE])
{
	struct bytes sealed, plain;
	if (!file_read(&cli->arena, path, 4096, &sealed, &cli->err))
		return false;
	if (!key_unwrap(&cli->arena, key, sealed, &plain, &cli->err))
		return err_context(&cli->err, "%s", path);
	bool ok =
	    plain.len == OPRF_SIZE || err_input(&cli->err, "key.unwrap", "%s holds no share", path);
	if (ok)
		memcpy(out, plain.at, OPRF_SIZE);
	sodium_memzero((void *)(uintptr_t)plain.at, plain.len);
	return ok;
}

bool cli_tags_share(struct cli *cli, struct oprf_scalar *out)
{
	const char *share = cli_required(cli, "share"),
	           *key = share == NULL ? NULL : cli_required(cli, "key");
	owned_secret_key holder = {0};
	return key != NULL && cli_key(cli, key, &holder) &&
	       cli_tags_unseal(cli, &holder, share, out->at);
}

/* What a holder is asked to answer for: he is the one who can say no. */
static json_t *told(struct cli *cli, const struct tags_request *r)
{
	bool admits = r->record.kind == KIND_ADMISSION;
	const char *reason = admits ? "a system is to use on them" : r->record.body.inquiry.reason;
	if (!cli->json)
		printf("%s %s of %s, %s\n%zu subject%s: %s\n", record_kind(r->record.kind)->name,
		       cli_short(cli, &r->record.id), r->record.claims.issuer,
		       cli_time(cli, r->record.claims.issued_at), r->count,
		       r->count == 1 ? "" : "s", reason);
	return json_pack("{s:s,s:s,s:s,s:I,s:s}", "kind", record_kind(r->record.kind)->name, "id",
	                 cli_hex(cli, &r->record.id), "asked-by", r->record.claims.issuer,
	                 "subjects", (json_int_t)r->count, "reason", reason);
}

/* With --policy a holder answers only what independent witnesses have seen too. */
static int evaluate(struct cli *cli)
{
	const char *to = cli_required(cli, "output");
	struct public_key authority;
	struct tags_request r;
	struct oprf_scalar share;
	struct policy *policy;
	struct bytes file, evaluation;
	if (to == NULL || !cli_tags_authority(cli, &authority) ||
	    !file_read(&cli->arena, cli->arguments[0], GRANTED_MAX, &file, &cli->err) ||
	    !cli_policy(cli, &policy) ||
	    !granted_open(&cli->arena, file, &authority, &r, &cli->err) ||
	    (policy != NULL && !granted_witnessed(&cli->arena, file, policy, &cli->err)) ||
	    !cli_tags_share(cli, &share))
		return cli_fail(cli);
	uint8_t *random = arena_array(&cli->arena, r.count, OPRF_RANDOM);
	rim_random(random, r.count * OPRF_RANDOM);
	bool ok = tags_evaluate(&cli->arena, &r, &share, random, &evaluation, &cli->err);
	sodium_memzero(&share, sizeof share);
	sodium_memzero(random, r.count * OPRF_RANDOM);
	if (!ok || !file_write(to, evaluation, 0644, &cli->err))
		return cli_fail(cli);
	json_t *about = told(cli, &r);
	if (cli->json) {
		json_object_set_new(about, "file", json_string(to));
		return cli_print_json(about);
	}
	json_decref(about);
	return wrote(cli, to, "take it back to who asked: proviso tags combine");
}

/* --- combine
 * -------------------------------------------------------------------------------------- */

/* The granted request, and the evaluations after it. */
static bool read_files(struct cli *cli, struct bytes files[])
{
	for (int i = 0; i < cli->argument_count; i++)
		if (!file_read(&cli->arena, cli->arguments[i],
		               i == 0 ? GRANTED_MAX : EVALUATION_MAX, &files[i], &cli->err))
			return false;
	return true;
}

bool cli_tags_admit(struct cli *cli, const struct bytes files[], size_t count)
{
	struct proviso_gate *gate;
	struct proviso_bytes *given = arena_array(&cli->arena, count, sizeof *given);
	struct proviso_error error = {0};
	for (size_t i = 0; i < count; i++)
		given[i] = (struct proviso_bytes){files[i].at, files[i].len};
	if (!open_gate(cli, &gate))
		return false;
	bool ok = proviso_gate_admission_accept(gate, given[0], given + 1, count - 1, &error) ||
	          gate_error(cli, &error);
	return close_gate(cli, gate, ok);
}

static bool combine_by_person(struct cli *cli, const struct bytes files[], const char *to)
{
	struct public_key authority;
	struct tags_request r;
	struct tag_blind *blinds;
	struct hash asked;
	struct bytes file;
	size_t count;
	if (!cli_tags_authority(cli, &authority) ||
	    !granted_open(&cli->arena, files[0], &authority, &r, &cli->err) ||
	    !file_read(&cli->arena, cli_option(cli, "blinds"), TAG_BATCH * 4096, &file,
	               &cli->err) ||
	    !blinds_parse(&cli->arena, file, &asked, &blinds, &count, &cli->err))
		return false;
	if (!hash_equal(&asked, &r.record.id))
		return err_refused(&cli->err, "tags.other-request",
		                   "the blinds are of another request");
	struct tag *tags = arena_array(&cli->arena, r.count, sizeof *tags);
	size_t evaluations = (size_t)cli->argument_count - 1;
	return tags_combine(&cli->arena, &r, files + 1, evaluations, blinds, count, tags,
	                    &cli->err) &&
	       file_write(
	           to,
	           transcript_format(&cli->arena, files[0], files + 1, evaluations, blinds, count),
	           0600, &cli->err);
}

static int combine(struct cli *cli)
{
	const char *system = cli_option(cli, "system"), *blinds = cli_option(cli, "blinds");
	struct bytes *files = arena_array(&cli->arena, (size_t)cli->argument_count, sizeof *files);
	if ((system == NULL) == (blinds == NULL))
		return cli_usage_error(
		    cli, "either for a system (--system DIR), or for a person (--blinds FILE)");
	if (cli->argument_count > 1 + TAG_HOLDERS)
		return cli_usage_error(cli, "a key has %d holders at most", TAG_HOLDERS);
	const char *to = system != NULL ? "" : cli_required(cli, "output");
	if (to == NULL || !read_files(cli, files) ||
	    !(system != NULL ? cli_tags_admit(cli, files, (size_t)cli->argument_count)
	                     : combine_by_person(cli, files, to)))
		return cli_fail(cli);
	if (system == NULL)
		return wrote(
		    cli, to,
		    "it tells whom it is about: proviso audit subject, proviso tags protect");
	if (cli->json)
		return cli_print_json(json_pack("{s:b}", "admitted", true));
	return printf("admitted: each tag is in the use log, with its proof\n") < 0;
}

/* --- install
 * -------------------------------------------------------------------------------------- */

bool cli_tags_record(struct cli *cli, const char *path, struct bytes *out)
{
	struct bytes proof;
	struct err why;
	if (!file_read(&cli->arena, path, REPLY_MAX, out, &cli->err))
		return false;
	struct bytes entry;
	if (reply_parse(*out, &entry, &proof, &why))
		*out = entry;
	return true;
}

static int install(struct cli *cli)
{
	const char *tags = cli_required(cli, "tags"), *list_path = cli_option(cli, "list");
	struct bytes record, list = {0};
	struct proviso_gate *gate;
	struct proviso_error error = {0};
	if (tags == NULL || cli_required(cli, "system") == NULL ||
	    !cli_tags_record(cli, tags, &record) ||
	    (list_path != NULL &&
	     !file_read(&cli->arena, list_path, PROTECTED_MAX, &list, &cli->err)) ||
	    !open_gate(cli, &gate))
		return cli_fail(cli);
	bool ok = proviso_gate_tags_install(gate, (struct proviso_bytes){record.at, record.len},
	                                    (struct proviso_bytes){list.at, list.len}, &error) ||
	          gate_error(cli, &error);
	if (!close_gate(cli, gate, ok))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(json_pack("{s:b}", "installed", true));
	return printf("installed: the key of tags%s\n",
	              list_path != NULL ? " and the list of protected persons" : "") < 0;
}

const struct command command_tags_request = {
    .name = "tags request",
    .usage = "(--system DIR | --key FILE --reason TEXT) --subject SELECTOR... -o FILE",
    .summary =
        "ask for subjects' tags, without showing the subjects: a system, an officer or an auditor",
    .help = "A system asks for subjects that it is to use on (admission). A person asks with a "
            "reason, which\n"
            "is public; what tells whom it is about stays in FILE.blinds.",
    .options =
        (const struct option[]){
            {"system", "DIR", "the system's directory"},
            {"origin", "NAME", "which authority, when the system has several"},
            {"key", "FILE", "the secret key of the officer or auditor who asks"},
            {"reason", "TEXT", "why it is asked; it is on the log"},
            {"tags", "FILE", "the record of the key of tags, when there is no --home or --url"},
            {"subject", "SELECTOR", "who: tel:+..., mailto:..., imsi:..., ip:...; repeated"},
            {"subjects", "FILE", "a file of them, one a line"},
            {"output", "FILE", "(or -o) the request, a record"},
            {"passphrase-file", "FILE", "the passphrase of the key"},
            {0}},
    .run = request,
};
const struct command command_tags_grant = {
    .name = "tags grant",
    .usage = "--request FILE -o FILE",
    .summary = "take a request for tags to the log, and give what its holders are shown",
    .options = (const struct option[]){{"request", "FILE", "the request, of proviso tags request"},
                                       {"output", "FILE",
                                        "(or -o) the request with its proof that it is on the log"},
                                       {0}},
    .run = grant,
};
const struct command command_tags_evaluate = {
    .name = "tags evaluate",
    .place = AT_HOME,
    .why_home = "of it only the key is wanted, which is not for a service to say (--authority PUB)",
    .usage = "GRANTED --share FILE --key FILE --authority PUB -o FILE",
    .summary = "answer a request with one's share of the key (holder); needs no network and no log",
    .help =
        "Says who asks, for how many and why, and answers only what is proven to be on the log.",
    .options =
        (const struct option[]){
            {"share", "FILE", "the share, of proviso tags deal"},
            {"key", "FILE", "the holder's secret key, which opens it"},
            {"authority", "PUB", "whose log it must be on"},
            {"policy", "FILE", "witnesses who must have seen that log too (a tlog-policy file)"},
            {"output", "FILE", "(or -o) the answer"},
            {"passphrase-file", "FILE", "the passphrase of the key"},
            {0}},
    .least = 1,
    .most = 1,
    .run = evaluate,
};
const struct command command_tags_combine = {
    .name = "tags combine",
    .place = AT_HOME,
    .why_home = "of it only the key is wanted, which is not for a service to say (--authority PUB)",
    .usage = "GRANTED EVALUATION... (--system DIR | --blinds FILE --authority PUB -o TAGS)",
    .summary =
        "make tags of the answers of a quorum; a wrong answer is refused, and names its holder",
    .options =
        (const struct option[]){
            {"system", "DIR", "the system that asked: its subjects are admitted"},
            {"blinds", "FILE", "of the person who asked"},
            {"authority", "PUB", "whose log has the request, when there is no --home"},
            {"output", "FILE", "(or -o) the tags, with all that shows them to be right"},
            {0}},
    .least = 2,
    .most = -1,
    .run = combine,
};
const struct command command_tags_install = {
    .name = "tags install",
    .place = AT_NEITHER,
    .usage = "--system DIR --tags FILE [--list FILE]",
    .summary =
        "give a system the key of tags that its lease names, and the list of protected persons",
    .options =
        (const struct option[]){{"system", "DIR", "the system's directory"},
                                {"tags", "FILE", "the record of the key, alone or with its proof"},
                                {"list", "FILE", "the list that the record names"},
                                {0}},
    .run = install,
};

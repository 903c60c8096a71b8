/* proviso define, declare, apply, ...: a form becomes a signed record, and is submitted. */
#include "commands.h"

#include "remote.h"

/* The origin a record is made to: the home's, or --authority. */
static bool origin(struct cli *cli, struct authority *authority, const char **out)
{
	const char *given = cli_option(cli, "authority");
	struct public_key key;
	if (given == NULL) {
		if (authority == NULL && cli_url(cli) != NULL)
			return cli_remote_origin(cli, out);
		if (authority == NULL)
			return err_usage(&cli->err, "which authority is it made to? (give --home "
			                            "DIR, --url URL or --authority PUB)");
		*out = authority->public.name;
		return true;
	}
	if (!cli_public_key(cli, given, &key))
		return false;
	*out = arena_copy(&cli->arena, key.name, strlen(key.name));
	return true;
}

/* Form and key to a signed record, decoded again, with its disclosures. */
static bool make(struct cli *cli, enum record_kind kind, struct authority *authority,
                 struct record *record)
{
	const char *path = cli->arguments[0], *key_path = cli_option(cli, "key"), *to = NULL;
	struct bytes form, bytes;
	struct secret_key key;
	struct record said = {.kind = kind};
	struct form_world world = cli_form_world(cli, authority);
	if (!origin(cli, authority, &to) ||
	    !file_read(&cli->arena, path, FORM_MAX, &form, &cli->err))
		return false;
	if (!form_parse(&cli->arena, kind, form, &world, &said.body, &cli->err))
		return err_context(&cli->err, "%s", path);
	if (!cli_key(cli, key_path, &key) ||
	    !record_sign(&cli->arena, kind, &said.body, to, rim_now(), &key, &bytes, &cli->err) ||
	    !record_decode(&cli->arena, bytes, record, &cli->err))
		return false;
	/* The bytes hold digests; what they stand for is in the body just parsed. */
	record->body = said.body;
	return true;
}

/* Disclosures travel beside a record in FILE.disclosures. */
static int write_file(struct cli *cli, struct record *record, const char *path)
{
	struct bytes disclosures = record_disclosures(&cli->arena, record);
	const char *beside = arena_printf(&cli->arena, "%s.disclosures", path);
	if ((disclosures.len > 0 && !file_write(beside, disclosures, 0600, &cli->err)) ||
	    !file_write(path, record->bytes, 0644, &cli->err))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:s,s:s*}", "id", cli_hex(cli, &record->id),
		                                "file", path, "disclosures",
		                                disclosures.len > 0 ? beside : NULL));
	printf("%s %s\n", cli_hex(cli, &record->id), path);
	if (disclosures.len > 0)
		printf("confidential values are in %s: send it along to those entitled to them\n",
		       beside);
	return 0;
}

static int submit(struct cli *cli, struct authority *authority, struct record *record)
{
	struct accepted accepted;
	/* First the values, then the record: a crash between leaves an unused file, not a hole. */
	bool ok = authority == NULL
	              ? cli_remote_submit(cli, record->bytes,
	                                  record_disclosures(&cli->arena, record), &accepted)
	              : authority_keep_disclosures(authority, record, &cli->err) &&
	                    authority_submit(authority, &record->bytes, 1, rim_now(), &accepted,
	                                     NULL, &cli->err);
	if (!ok)
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:I,s:b}", "id", cli_hex(cli, &accepted.id),
		                                "seq", (json_int_t)accepted.index, "was-there",
		                                accepted.was_there));
	printf("%s %llu\n", cli_hex(cli, &accepted.id), (unsigned long long)accepted.index);
	return 0;
}

static int sign(struct cli *cli, enum record_kind kind)
{
	struct authority authority, *open = NULL;
	struct record record;
	const char *output = cli_option(cli, "output");
	bool has_home = cli_home(cli) != NULL;
	if (cli_required(cli, "key") == NULL)
		return cli_fail(cli);
	if (cli_url(cli) == NULL && (output == NULL || has_home)) {
		if (!cli_open(cli, &authority, output == NULL))
			return cli_fail(cli);
		open = &authority;
	}
	int status;
	if (!make(cli, kind, open, &record))
		status = cli_fail(cli);
	else
		status =
		    output != NULL ? write_file(cli, &record, output) : submit(cli, open, &record);
	if (open != NULL)
		authority_close(open);
	return status;
}

static const struct option options[] = {
    {"key", "FILE", "the secret key that signs"},
    {"output", "FILE", "(or -o) write the record to FILE and submit nothing"},
    {"authority", "PUB", "whom it is made to, when there is no --home"},
    {"passphrase-file", "FILE", "the passphrase of the key"},
    {0},
};

#define SIGN_COMMAND(word, kind_name, KIND, what)                                                  \
	static int run_##word(struct cli *cli)                                                     \
	{                                                                                          \
		return sign(cli, KIND);                                                            \
	}                                                                                          \
	const struct command command_##word = {                                                    \
	    .name = #word,                                                                         \
	    .usage = "FILE.yaml --key FILE [-o FILE]",                                             \
	    .summary = what,                                                                       \
	    .help =                                                                                \
	        "Signs the form and submits the record; prints its id and its place on the log.\n" \
	        "proviso template " kind_name " gives the form to fill in.",                       \
	    .options = options,                                                                    \
	    .least = 1,                                                                            \
	    .most = 1,                                                                             \
	    .run = run_##word,                                                                     \
	}

SIGN_COMMAND(define, "definitions", KIND_DEFINITIONS, "publish definitions (officer)");
SIGN_COMMAND(declare, "declaration", KIND_DECLARATION, "sign the end-use declaration (end user)");
SIGN_COMMAND(apply, "application", KIND_APPLICATION, "apply for a licence (exporter)");
SIGN_COMMAND(decide, "decision", KIND_DECISION, "decide an application (officer)");
SIGN_COMMAND(advise, "advice", KIND_ADVICE, "advise on an application (a body that must be heard)");
SIGN_COMMAND(licence, "licence", KIND_LICENCE, "issue a licence (officer)");
SIGN_COMMAND(surrender, "surrender", KIND_SURRENDER, "give a licence back (exporter, end user)");
SIGN_COMMAND(enrol, "enrolment", KIND_ENROLMENT,
             "enrol a system under a licence (exporter, officer)");
SIGN_COMMAND(report, "report", KIND_REPORT, "report misuse, with evidence");
SIGN_COMMAND(find, "finding", KIND_FINDING, "conclude on a report (officer)");
SIGN_COMMAND(measure, "measure", KIND_MEASURE,
             "propose to restrict, suspend, disconnect or revoke (officer)");
SIGN_COMMAND(approve, "approval", KIND_APPROVAL, "agree to a proposal (another officer)");
SIGN_COMMAND(lift, "lift", KIND_LIFT, "propose to end a measure (officer)");
SIGN_COMMAND(clear, "clearance", KIND_CLEARANCE, "decide a hit of a screening (officer)");
SIGN_COMMAND(key, "key", KIND_KEY, "register, replace or revoke a key");

static int run_tags(struct cli *cli)
{
	return sign(cli, KIND_TAGS);
}

const struct command command_tags_publish = {
    .name = "tags publish",
    .usage = "FILE.yaml --key FILE [-o FILE]",
    .summary = "make the shared key of tags known, or another list of protected persons (officer)",
    .help = "proviso tags conclude and proviso tags protect give the form. In force when as many "
            "officers agree\n"
            "as must agree to a lift: proviso approve.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run_tags,
};

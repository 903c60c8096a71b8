/* proviso disclose, erase: confidential values are released to who may read them, or are no more.
 */
#include "commands.h"

#include "authority/query.h"
#include "log/release.h"
#include "record/cbor.h"

/* The confidential fields of a record, and which of them are meant. */
struct values {
	struct cli *cli;
	struct authority *authority;
	struct record record;
	uint64_t index;
	const char **wanted; /* paths; count 0: all */
	size_t wanted_count;
	const char **paths; /* chosen */
	struct redactable **fields;
	size_t count, room;
	bool ok;
};

static bool is_wanted(const struct values *v, const char *path)
{
	for (size_t i = 0; i < v->wanted_count; i++)
		if (strcmp(v->wanted[i], path) == 0)
			return true;
	return v->wanted_count == 0;
}

/* Of those that were not named, what was erased is passed over in silence. */
static void choose(void *ctx, const char *path, struct redactable *field)
{
	struct values *v = ctx;
	struct state state = authority_state(v->authority);
	bool erased = false;
	if (!v->ok || !is_wanted(v, path))
		return;
	v->ok = query_erased(&state, &v->cli->arena, &v->record.id, path, &erased, &v->cli->err);
	if (!v->ok || (erased && v->wanted_count == 0))
		return;
	if (v->count == v->room) {
		v->room = v->room * 2 + 8;
		const char **paths = arena_array(&v->cli->arena, v->room, sizeof *paths);
		struct redactable **fields = arena_array(&v->cli->arena, v->room, sizeof *fields);
		for (size_t i = 0; i < v->count; i++) {
			paths[i] = v->paths[i];
			fields[i] = v->fields[i];
		}
		v->paths = paths;
		v->fields = fields;
	}
	v->paths[v->count] = arena_copy(&v->cli->arena, path, strlen(path));
	v->fields[v->count++] = field;
}

static bool find_values(struct values *v)
{
	struct cli *cli = v->cli;
	struct bytes entry;
	v->wanted_count = cli_values(cli, "field", &v->wanted);
	if (!cli_find(cli, v->authority, cli->arguments[0], &v->index, &entry) ||
	    !record_decode(&cli->arena, entry, &v->record, &cli->err))
		return false;
	v->ok = store_begin(v->authority->store, false, &cli->err);
	if (v->ok)
		record_redactables(&v->record, choose, v);
	store_rollback(v->authority->store);
	if (!v->ok)
		return false;
	if (v->count == 0 || v->count < v->wanted_count)
		return err_refused(
		    &cli->err, "disclosure.no-field", "the %s has no confidential field%s%s",
		    record_kind(v->record.kind)->name, v->wanted_count > 0 ? " " : "",
		    v->wanted_count > 0 ? v->wanted[0] : " that is not erased");
	return true;
}

static struct disclosure_body body_of(const struct values *v, enum disclosure_action action)
{
	return (struct disclosure_body){
	    .record = v->record.id, .action = action, .fields = {v->paths, v->count}};
}

/* --- disclose -----------------------------------------------------------------------------------
 */

/* Who asks shows it by the secret key; to whom it is sent, by the public one. */
static bool reader_key(struct cli *cli, struct public_key *out)
{
	const char *key = cli_option(cli, "key"), *to = cli_option(cli, "to");
	struct secret_key secret;
	if ((key == NULL) == (to == NULL))
		return err_usage(&cli->err,
		                 "either --key FILE, of who reads, or --to PUB and -o FILE");
	if (to != NULL)
		return (cli_option(cli, "output") != NULL ||
		        err_usage(&cli->err,
		                  "--to goes with -o FILE: what is sent to the key's holder")) &&
		       cli_public_key(cli, to, out);
	if (!cli_key(cli, key, &secret))
		return false;
	*out = secret.public;
	key_wipe(&secret);
	return true;
}

/* With the proof that the log says so, which the reader can ask for. */
static bool write_values(struct values *v, uint64_t said, const char *path)
{
	struct arena *arena = &v->cli->arena;
	struct authority *a = v->authority;
	struct buffer all = {.arena = arena};
	struct bytes entry, proof;
	cbor_array(&all, v->count);
	for (size_t i = 0; i < v->count; i++)
		cbor_bytes(&all, v->fields[i]->disclosure);
	return store_entry(a->store, said, arena, &entry, &v->cli->err) &&
	       authority_prove(a, arena, said, &proof, &v->cli->err) &&
	       file_write(path,
	                  release_format(arena, entry, proof, v->record.bytes, buffer_view(&all)),
	                  0600, &v->cli->err);
}

/* On the log first: there is no release that it does not have. */
static bool release(struct values *v, uint64_t *said)
{
	struct cli *cli = v->cli;
	struct public_key reader;
	struct disclosure_body body;
	if (!reader_key(cli, &reader) || !find_values(v))
		return false;
	for (size_t i = 0; i < v->count; i++)
		if (!authority_keeps(v->authority, v->fields[i]))
			return err_refused(&cli->err, "disclosure.not-kept",
			                   "%s is not kept in this home", v->paths[i]);
	body = body_of(v, DISCLOSURE_RELEASED);
	body.has_to = true;
	body.to = key_id(&reader);
	return authority_say_disclosure(v->authority, &body, rim_now(), said, &cli->err) &&
	       authority_disclose(v->authority, &cli->arena, &v->record, &cli->err);
}

static int disclose(struct cli *cli)
{
	struct authority authority;
	struct values v = {.cli = cli, .authority = &authority};
	uint64_t said = 0;
	const char *to = cli_option(cli, "output");
	if (!cli_open(cli, &authority, true))
		return cli_fail(cli);
	bool ok = release(&v, &said) && (to == NULL || write_values(&v, said, to));
	authority_close(&authority);
	if (!ok)
		return cli_fail(cli);
	json_t *values = json_object();
	for (size_t i = 0; i < v.count; i++) {
		json_object_set_new(values, v.paths[i], json_string(v.fields[i]->value));
		if (!cli->json && to == NULL)
			printf("%s: %s\n", v.paths[i], v.fields[i]->value);
	}
	json_t *answer =
	    json_pack("{s:s,s:I,s:s*,s:O*}", "record", cli_hex(cli, &v.record.id), "release",
	              (json_int_t)said, "file", to, "values", to == NULL ? values : NULL);
	json_decref(values);
	if (cli->json)
		return cli_print_json(answer);
	json_decref(answer);
	return to == NULL ? 0
	                  : printf("%s  (%zu values, with the proof that entry %llu of the log "
	                           "says so; proviso show %s)\n",
	                           to, v.count, (unsigned long long)said, to) < 0;
}

/* --- erase ---------------------------------------------------------------------------------------
 */

static bool remove_all(struct values *v, size_t *removed)
{
	for (size_t i = 0; i < v->count; i++) {
		bool was_there;
		if (!authority_erase(v->authority, v->fields[i], &was_there, &v->cli->err))
			return false;
		*removed += was_there;
	}
	return true;
}

static bool erase_all(struct values *v, const char *reason, size_t *removed)
{
	struct disclosure_body body = body_of(v, DISCLOSURE_ERASED);
	size_t meanwhile = 0;
	*removed = 0;
	body.has_reason = true;
	body.reason = reason;
	uint64_t said;
	/* First the values: what is on the log as erased is gone. And once more, for whoever handed
	 * them in again before the log said so. */
	return remove_all(v, removed) &&
	       authority_say_disclosure(v->authority, &body, rim_now(), &said, &v->cli->err) &&
	       remove_all(v, &meanwhile);
}

static int erase(struct cli *cli)
{
	struct authority authority;
	struct values v = {.cli = cli, .authority = &authority};
	const char *reason = cli_option(cli, "reason");
	bool real = cli_flag(cli, "confirm");
	size_t removed = 0;
	if (real && reason == NULL)
		return cli_usage_error(cli, "--reason TEXT is needed: it is on the log");
	if (!cli_open(cli, &authority, true))
		return cli_fail(cli);
	bool ok = find_values(&v) && (!real || erase_all(&v, reason, &removed));
	json_t *fields = json_array();
	for (size_t i = 0; ok && i < v.count; i++) {
		bool kept = authority_keeps(&authority, v.fields[i]);
		json_array_append_new(fields,
		                      json_pack("{s:s,s:b}", "field", v.paths[i], "kept", kept));
		if (!cli->json && !real)
			printf("would erase  %s of %s %s%s\n", v.paths[i],
			       record_kind(v.record.kind)->name, cli_short(cli, &v.record.id),
			       kept ? "" : " (not kept here)");
	}
	authority_close(&authority);
	if (!ok) {
		json_decref(fields);
		return cli_fail(cli);
	}
	if (cli->json)
		return cli_print_json(json_pack("{s:b,s:s,s:I,s:o}", "erased", real, "record",
		                                cli_hex(cli, &v.record.id), "removed",
		                                (json_int_t)removed, "fields", fields));
	json_decref(fields);
	if (!real)
		puts("nothing is erased yet: again with --confirm and --reason TEXT; it cannot be "
		     "undone");
	else
		printf("erased: %zu values; the log says that they were, and verifies as before\n",
		       v.count);
	return 0;
}

const struct command command_disclose = {
    .name = "disclose",
    .place = AT_HOME,
    .why_home = "who releases holds the directory; proviso show ID --url URL --key FILE shows a "
                "reader what the service has for him",
    .usage = "ID (--key FILE | --to PUB -o FILE) [--field PATH]...",
    .summary = "release a record's confidential values to who may read them; the log says so",
    .help = "Who may read what is by the role of the key (doc/records.cddl). With -o the values go "
            "to a file\n"
            "that proviso show takes, with the proof that the log says so. From a service they are "
            "read by proviso show ID --url URL "
            "--key FILE.",
    .options =
        (const struct option[]){
            {"key", "FILE", "the secret key of who reads"},
            {"to", "PUB", "the registered key of whom the file is for"},
            {"field", "PATH", "which value; otherwise all; repeated"},
            {"output", "FILE", "(or -o) write them to FILE (0600) instead of showing them"},
            {"passphrase-file", "FILE", "the passphrase of the key"},
            {0}},
    .least = 1,
    .most = 1,
    .run = disclose,
};
const struct command command_erase = {
    .name = "erase",
    .place = AT_HOME,
    .why_home = "it removes files there, for good",
    .usage = "ID [--field PATH]... [--confirm --reason TEXT]",
    .summary = "erase a record's confidential values for good; the log still verifies",
    .help =
        "Without --confirm it only says what would be erased. Copies elsewhere, and backups of\n"
        "HOME/disclosures with its key, are not reached.",
    .options = (const struct option[]){{"field", "PATH", "which value; otherwise all; repeated"},
                                       {"confirm", NULL, "do it"},
                                       {"reason", "TEXT", "why; it is on the log"},
                                       {0}},
    .least = 1,
    .most = 1,
    .run = erase,
};

/* proviso log: the log itself. */
#include <sched.h>

#include "commands.h"

#include "documents/carrier.h"
#include "log/note.h"
#include "log/receipt.h"
#include "remote.h"

enum { JOBS_MOST = 256 };

static int with_authority(struct cli *cli, bool write, int (*run)(struct cli *, struct authority *))
{
	struct authority authority;
	if (!cli_open(cli, &authority, write))
		return cli_fail(cli);
	int status = run(cli, &authority);
	authority_close(&authority);
	return status;
}

static bool read_checkpoint(struct cli *cli, struct authority *authority, struct bytes *note,
                            struct checkpoint *out)
{
	const char *path = arena_printf(&cli->arena, "%s/log/checkpoint", authority->home);
	return file_read(&cli->arena, path, NOTE_MAX, note, &cli->err) &&
	       checkpoint_open(&cli->arena, *note, &authority->public, out, &cli->err);
}

static int print_checkpoint(struct cli *cli, struct bytes note, const struct checkpoint *c)
{
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:I,s:s,s:s%}", "origin", c->origin, "size",
		                                (json_int_t)c->size, "root", cli_hex(cli, &c->root),
		                                "note", note.at, note.len));
	fwrite(note.at, 1, note.len, stdout);
	return 0;
}

static int checkpoint(struct cli *cli, struct authority *authority)
{
	struct bytes note;
	struct checkpoint c;
	return read_checkpoint(cli, authority, &note, &c) ? print_checkpoint(cli, note, &c)
	                                                  : cli_fail(cli);
}

/* By the key of --authority; without one, by that which the service says is its own. */
static bool key_at_url(struct cli *cli, struct public_key *key)
{
	const char *pub = cli_option(cli, "authority"), *line;
	if (pub != NULL)
		return cli_public_key(cli, pub, key);
	json_t *about = cli_remote_json(cli, "/v1/authority");
	line = json_string_value(json_object_get(about, "key"));
	bool ok =
	    about != NULL && key_line_parse(bytes_text(line != NULL ? line : ""), key, &cli->err);
	json_decref(about);
	return ok;
}

static int checkpoint_at_url(struct cli *cli)
{
	struct remote r = {.path = "/log/checkpoint", .limit = NOTE_MAX};
	struct public_key key;
	struct checkpoint c;
	if (!key_at_url(cli, &key) || !cli_remote(cli, &r) ||
	    !checkpoint_open(&cli->arena, r.answer, &key, &c, &cli->err))
		return cli_fail(cli);
	return print_checkpoint(cli, r.answer, &c);
}

/* What `log prove` writes: exactly one form. */
static bool prove_as(struct cli *cli, struct authority *authority, uint64_t index,
                     struct bytes entry, struct bytes *out, const char **what)
{
	bool receipt = cli_flag(cli, "receipt"), statement = cli_flag(cli, "statement");
	bool bare = cli_flag(cli, "proof-only");
	struct bytes proof;
	if (receipt + statement + bare > 1)
		return err_usage(&cli->err, "give one of --proof-only, --receipt and --statement");
	if (receipt || statement) {
		*what = receipt ? "a COSE receipt: the record goes beside it"
		                : "a transparent statement";
		return authority_receipt(authority, &cli->arena, index, out, &cli->err) &&
		       (receipt || statement_join(&cli->arena, entry, *out, out, &cli->err));
	}
	if (!authority_prove(authority, &cli->arena, index, &proof, &cli->err))
		return false;
	*what = bare ? "a tlog-proof: the record goes beside it" : "the record and its proof";
	*out = bare ? proof : reply_format(&cli->arena, entry, proof);
	return true;
}

/* A receipt or a transparent statement, as the service signs it. */
static int scitt_at_url(struct cli *cli, struct remote *r, const char *type)
{
	const char *output = cli_required(cli, "output");
	r->accept = type;
	if (output == NULL || !cli_remote(cli, r) ||
	    !file_write(output, r->answer, 0644, &cli->err))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(json_pack("{s:s}", "file", output));
	printf("%s  (proviso log verify %s --authority PUB checks it anywhere)\n", output, output);
	return 0;
}

static int prove_at_url(struct cli *cli)
{
	const char *output = cli_required(cli, "output");
	struct bytes entry, proof;
	struct log_proof parsed;
	struct remote r = {
	    .path = arena_printf(&cli->arena, "/v1/records/%s/receipt",
	                         cli_escaped(cli, cli->arguments[0])),
	    .limit = PROOF_MAX + RECORD_MAX + 64,
	};
	bool bare = cli_flag(cli, "proof-only"), receipt = cli_flag(cli, "receipt"),
	     statement = cli_flag(cli, "statement");
	if (receipt + statement + bare > 1)
		return cli_usage_error(cli, "give one of --proof-only, --receipt and --statement");
	if (receipt || statement)
		return scitt_at_url(cli, &r,
		                    receipt ? "application/scitt-receipt+cose"
		                            : "application/scitt-statement+cose");
	if (output == NULL || !cli_remote(cli, &r) ||
	    !reply_parse(r.answer, &entry, &proof, &cli->err) ||
	    !proof_parse(&cli->arena, proof, &parsed, &cli->err) ||
	    !file_write(output, cli_flag(cli, "proof-only") ? proof : r.answer, 0644, &cli->err))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(
		    json_pack("{s:s,s:I}", "file", output, "seq", (json_int_t)parsed.index));
	printf("%s  (proviso log verify %s --authority PUB checks it anywhere)\n", output, output);
	return 0;
}

static int prove(struct cli *cli, struct authority *authority)
{
	const char *output = cli_required(cli, "output"), *what = NULL;
	uint64_t index;
	struct bytes entry, file;
	if (output == NULL || !cli_find(cli, authority, cli->arguments[0], &index, &entry) ||
	    !prove_as(cli, authority, index, entry, &file, &what) ||
	    !file_write(output, file, 0644, &cli->err))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(
		    json_pack("{s:s,s:I}", "file", output, "seq", (json_int_t)index));
	printf("%s  (%s; proviso log verify %s --authority PUB checks it anywhere)\n", output, what,
	       output);
	return 0;
}

/* What a file of `log prove` shows: which entry, and where it is in which tree. */
struct shown {
	struct bytes entry;
	uint64_t index, size;   /* size 0: not known, a receipt does not bind it */
	struct policed policed; /* with --policy */
	struct carried carried; /* of a PDF */
};

bool cli_policy(struct cli *cli, struct policy **out)
{
	const char *path = cli_option(cli, "policy");
	struct bytes text;
	*out = path == NULL ? NULL : arena_alloc(&cli->arena, sizeof **out);
	return path == NULL || (file_read(&cli->arena, path, POLICY_MAX, &text, &cli->err) &&
	                        (policy_parse(&cli->arena, text, *out, &cli->err) ||
	                         err_context(&cli->err, "%s", path)));
}

/* What travels alone can bring its witnesses along: those of --policy must have cosigned it. */
static bool verify_witnessed(struct cli *cli, struct bytes checkpoint, struct policed *out)
{
	struct policy *policy;
	return cli_policy(cli, &policy) &&
	       (policy == NULL || policy_open(&cli->arena, policy, checkpoint, out, &cli->err));
}

static void print_witnessed(struct cli *cli, const struct policed *policed)
{
	if (policed->log != NULL)
		printf("witnessed: by %zu, a quorum of the policy, at %s\n", policed->cosignatures,
		       cli_time(cli, policed->time));
}

static bool verify_proof(struct cli *cli, struct bytes proof, const struct public_key *key,
                         struct shown *out)
{
	struct log_proof parsed;
	struct checkpoint head;
	if (!proof_parse(&cli->arena, proof, &parsed, &cli->err) ||
	    !proof_verify(&cli->arena, &parsed, out->entry, key, &head, &cli->err) ||
	    !verify_witnessed(cli, parsed.checkpoint, &out->policed))
		return false;
	out->index = parsed.index;
	out->size = head.size;
	return true;
}

static bool verify_receipt(struct cli *cli, struct bytes bytes, const struct public_key *key,
                           struct shown *out)
{
	struct receipt receipt;
	if (cli_option(cli, "policy") != NULL)
		return err_refused(
		    &cli->err, "log.receipt-unwitnessed",
		    "a receipt has no witnesses: --policy is for the proofs that have");
	if (!receipt_verify(&cli->arena, bytes, out->entry, key, &receipt, &cli->err))
		return false;
	out->index = receipt.index;
	return true;
}

/* The form is seen from the bytes; with --record the file is a bare proof or receipt. */
static bool verify_form(struct cli *cli, struct bytes file, const struct public_key *key,
                        struct shown *out)
{
	const char *record = cli_option(cli, "record");
	struct bytes proof;
	if (record != NULL) {
		bool text = file.len > 0 && file.at[0] == 'c';
		return file_read(&cli->arena, record, RECORD_MAX, &out->entry, &cli->err) &&
		       (text ? verify_proof : verify_receipt)(cli, file, key, out);
	}
	if (carrier_is_pdf(file)) {
		bool has = document_record(&cli->arena, file, &out->carried, &cli->err);
		out->entry = out->carried.record;
		return has && verify_proof(cli, out->carried.proof, key, out);
	}
	if (statement_is(file))
		return statement_split(&cli->arena, file, &out->entry, &proof, &cli->err) &&
		       verify_receipt(cli, proof, key, out);
	return reply_parse(file, &out->entry, &proof, &cli->err) &&
	       verify_proof(cli, proof, key, out);
}

/* Of a PDF: what is drawn is worth something only where it is what the record says. */
static bool verify_pages(struct cli *cli, const struct shown *shown, const char *origin,
                         const char **pages)
{
	*pages = shown->carried.attachment.len == 0
	             ? NULL
	             : cli_document_pages(cli, &shown->carried, shown->index);
	if (*pages == NULL || strcmp(*pages, "changed") != 0)
		return true;
	return err_refused(&cli->err, "document.changed",
	                   "the record in it is entry %llu of the log of %s, but the file was "
	                   "changed since it was written: its pages "
	                   "may show something else (proviso show reads the record)",
	                   (unsigned long long)shown->index, origin);
}

static void print_pages(const char *pages)
{
	if (pages != NULL)
		puts(strcmp(pages, "as-set") == 0
		         ? "pages: they show this record: set anew from it, they are the same"
		         : "pages: not compared, other fonts or another version set them: what "
		           "holds is the record (proviso show reads it)");
}

/* One proof, alone: any file of `log prove`. */
static int verify_file(struct cli *cli, const char *path)
{
	const char *pub = cli_required(cli, "authority");
	struct public_key key;
	struct bytes file;
	struct shown shown = {0};
	struct record record;
	const char *pages;
	if (pub == NULL || !cli_public_key(cli, pub, &key) ||
	    !file_read(&cli->arena, path, CARRIER_MAX, &file, &cli->err))
		return cli_fail(cli);
	if (!verify_form(cli, file, &key, &shown) || !verify_pages(cli, &shown, key.name, &pages)) {
		err_context(&cli->err, "%s", path);
		return cli_fail(cli);
	}
	struct hash id = sha256(shown.entry);
	/* A log of another kind of entries proves as well: what the entry says is another question.
	 */
	const char *kind = record_decode(&cli->arena, shown.entry, &record, &cli->err)
	                       ? record_kind(record.kind)->name
	                       : "entry";
	if (cli->json)
		return cli_print_json(json_pack(
		    "{s:b,s:s,s:s,s:I,s:o*,s:s,s:o*,s:s*}", "verified", true, "id",
		    cli_hex(cli, &id), "kind", kind, "seq", (json_int_t)shown.index, "size",
		    shown.size > 0 ? json_integer((json_int_t)shown.size) : NULL, "origin",
		    key.name, "quorum-time",
		    shown.policed.log != NULL ? json_string(cli_time(cli, shown.policed.time))
		                              : NULL,
		    "pages", pages));
	printf("verified: %s %s is entry %llu of the log of %s%s\n", kind, cli_short(cli, &id),
	       (unsigned long long)shown.index, key.name,
	       shown.size == 0 ? ""
	                       : arena_printf(&cli->arena, ", which had %llu entries",
	                                      (unsigned long long)shown.size));
	print_witnessed(cli, &shown.policed);
	print_pages(pages);
	return 0;
}

static bool open_view(struct cli *cli, struct authority *authority, struct log_view *view)
{
	const char *directory = cli_option(cli, "log"), *pub = cli_option(cli, "authority");
	struct public_key key;
	authority->home = NULL;
	if (directory == NULL && cli_url(cli) != NULL)
		directory = arena_printf(&cli->arena, "%s/log", cli_url(cli));
	if (directory == NULL) {
		if (!cli_open(cli, authority, false))
			return false;
		if (log_view_home(authority, view, &cli->err))
			return true;
		authority_close(authority);
		return false;
	}
	if (pub == NULL)
		return err_usage(&cli->err,
		                 "a log from elsewhere needs --authority PUB: whose it is to be");
	if (!cli_public_key(cli, pub, &key))
		return false;
	if (strncmp(directory, "http://", 7) == 0 || strncmp(directory, "https://", 8) == 0) {
		if (!cli_mirror(cli, directory, &key, &cli->mirror))
			return false;
		directory = cli->mirror;
	}
	if (log_view_directory(directory, &key, view, &cli->err))
		return true;
	cli_mirror_remove(cli->mirror);
	return false;
}

/* The cores that this process may use, where --jobs says nothing else. */
static bool jobs(struct cli *cli, unsigned *out)
{
	cpu_set_t cores;
	uint64_t count = 1;
	bool is_told = sched_getaffinity(0, sizeof cores, &cores) == 0;
	if (!cli_number(cli, "jobs", is_told ? (uint64_t)CPU_COUNT(&cores) : 1, &count))
		return false;
	if (count < 1 || count > JOBS_MOST)
		return err_usage(&cli->err, "--jobs takes 1 to %d", JOBS_MOST);
	*out = (unsigned)count;
	return true;
}

bool cli_log_view(struct cli *cli, struct authority *authority, struct log_view *view)
{
	unsigned count = 1;
	if (!jobs(cli, &count) || !open_view(cli, authority, view))
		return false;
	view->jobs = count;
	return true;
}

void cli_log_close(struct cli *cli, struct authority *authority, struct log_view *view)
{
	log_view_close(view);
	cli_mirror_remove(cli->mirror);
	if (authority->home != NULL)
		authority_close(authority);
}

static int verify(struct cli *cli)
{
	if (cli->argument_count == 1)
		return verify_file(cli, cli->arguments[0]);
	struct authority authority;
	struct log_view view;
	struct log_check check = {0};
	struct policed policed = {0};
	if (!cli_log_view(cli, &authority, &view))
		return cli_fail(cli);
	struct progress progress = cli_progress(cli, "verifying");
	bool ok = verify_witnessed(cli, view.checkpoint, &policed) &&
	          log_verify(&view, &progress, &check, &cli->err);
	cli_progress_end(cli);
	const char *origin = arena_printf(&cli->arena, "%s", view.authority.name);
	cli_log_close(cli, &authority, &view);
	if (!ok)
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(json_pack("{s:b,s:s,s:I,s:s}", "verified", true, "origin",
		                                origin, "entries", (json_int_t)check.entries,
		                                "root", cli_hex(cli, &check.root)));
	printf("verified: the %llu entries of %s are those of its signed checkpoint\nroot %s\n",
	       (unsigned long long)check.entries, origin, cli_hex(cli, &check.root));
	print_witnessed(cli, &policed);
	return 0;
}

bool cli_log_extends(const struct log_view *view, const struct checkpoint *old,
                     const struct checkpoint *now, struct merkle_proof *proof, struct err *e)
{
	if (old->size > now->size)
		return err_refused(
		    e, "log.shrunk",
		    "the log had %llu entries and has %llu now: it is not the log seen before",
		    (unsigned long long)old->size, (unsigned long long)now->size);
	return merkle_consistency(&view->merkle, old->size, now->size, proof, e) &&
	       merkle_verify_consistency(old->size, &old->root, now->size, &now->root, proof->at,
	                                 proof->count, e);
}

/* That the log of today extends one seen before. */
static bool extends(struct cli *cli, const struct log_view *view, struct checkpoint *old,
                    struct checkpoint *now, struct merkle_proof *proof)
{
	struct bytes note;
	if (!file_read(&cli->arena, cli->arguments[0], NOTE_MAX, &note, &cli->err) ||
	    !checkpoint_open(&cli->arena, note, &view->authority, old, &cli->err))
		return err_context(&cli->err, "%s", cli->arguments[0]);
	/* Whether another origin may go on with it is for an audit; that it does is shown here. */
	if (!checkpoint_open(&cli->arena, view->checkpoint, &view->signer, now, &cli->err))
		return false;
	return cli_log_extends(view, old, now, proof, &cli->err);
}

static int consistency(struct cli *cli)
{
	struct authority authority;
	struct log_view view;
	struct checkpoint old, now;
	struct merkle_proof proof;
	if (!cli_log_view(cli, &authority, &view))
		return cli_fail(cli);
	bool ok = extends(cli, &view, &old, &now, &proof);
	cli_log_close(cli, &authority, &view);
	if (!ok)
		return cli_fail(cli);
	json_t *hashes = json_array();
	for (size_t i = 0; i < proof.count; i++)
		json_array_append_new(hashes, json_string(cli_hex(cli, &proof.at[i])));
	if (cli->json)
		return cli_print_json(json_pack("{s:b,s:I,s:I,s:o}", "consistent", true, "old-size",
		                                (json_int_t)old.size, "size", (json_int_t)now.size,
		                                "proof", hashes));
	json_decref(hashes);
	printf("consistent: the log of %llu entries begins with the %llu seen before\n",
	       (unsigned long long)now.size, (unsigned long long)old.size);
	return 0;
}

static int run_checkpoint(struct cli *cli)
{
	return cli_url(cli) != NULL ? checkpoint_at_url(cli)
	                            : with_authority(cli, false, checkpoint);
}

static int run_prove(struct cli *cli)
{
	if (cli_url(cli) != NULL)
		return prove_at_url(cli);
	bool signs = cli_flag(cli, "receipt") || cli_flag(cli, "statement");
	return with_authority(cli, signs, prove);
}

const struct command command_log_checkpoint = {
    .name = "log checkpoint",
    .usage = "",
    .summary = "the signed checkpoint: what the log is at this moment",
    .options =
        (const struct option[]){{"authority", "PUB", "with --url: whose log it must be"}, {0}},
    .run = run_checkpoint,
};
const struct command command_log_prove = {
    .name = "log prove",
    .usage = "ID -o FILE [--proof-only | --receipt | --statement]",
    .summary = "write a record and the proof that it is on the log",
    .help = "The usual form is the one that carries leases to systems. The others are for other "
            "tools; a\n"
            "receipt is signed by the authority's key, in its own directory or by its service.",
    .options =
        (const struct option[]){
            {"output", "FILE", "(or -o) where it goes"},
            {"proof-only", NULL, "the bare C2SP tlog-proof"},
            {"receipt", NULL, "a COSE receipt (RFC 9942)"},
            {"statement", NULL,
             "the signed record with its receipt: a transparent statement (SCITT, RFC 9943)"},
            {0}},
    .least = 1,
    .most = 1,
    .run = run_prove,
};
const struct command command_log_verify = {
    .name = "log verify",
    .usage = "[FILE --authority PUB [--policy FILE] [--record FILE] | --log DIR|URL --authority "
             "PUB [--policy FILE]]",
    .summary = "check the whole log against its checkpoint, or one proof: exit 0 or 1",
    .options =
        (const struct option[]){
            {"authority", "PUB", "whose log it must be"},
            {"log", "DIR|URL", "a published log, instead of --home"},
            {"jobs", "N", "threads that work on the whole log (as many as there are cores)"},
            {"record", "FILE", "the record, when FILE is a bare tlog-proof or receipt"},
            {"policy", "FILE", "a tlog-policy: its witnesses must have cosigned the log"},
            {0}},
    .least = 0,
    .most = 1,
    .run = verify,
};
const struct command command_log_consistency = {
    .name = "log consistency",
    .usage = "OLD-CHECKPOINT [--log DIR|URL --authority PUB]",
    .summary = "does the log extend the one of a checkpoint kept from before? exit 0 or 1",
    .options = (const struct option[]){{"authority", "PUB", "whose log it must be"},
                                       {"log", "DIR|URL", "a published log, instead of --home"},
                                       {0}},
    .least = 1,
    .most = 1,
    .run = consistency,
};

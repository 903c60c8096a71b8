/* proviso show: any record, in words. */
#include "commands.h"

#include "documents/carrier.h"
#include "log/proof.h"
#include "log/release.h"
#include "tags_cli.h"

/* A release under the authority's key, seen by the witnesses of --policy where it is given. */
static bool open_release(struct cli *cli, struct bytes file, const struct public_key *authority,
                         struct release *out)
{
	struct policy *policy;
	struct policed policed;
	return cli_policy(cli, &policy) &&
	       release_open(&cli->arena, file, authority, out, &cli->err) &&
	       (policy == NULL || policy_open(&cli->arena, policy, out->note, &policed, &cli->err));
}

static json_t *release_json(struct cli *cli, const struct release *r)
{
	return json_pack("{s:I,s:s,s:s}", "entry", (json_int_t)r->index, "to",
	                 cli_hex(cli, &r->entry.body.disclosure.to), "at",
	                 cli_time(cli, r->entry.claims.issued_at));
}

static void release_text(struct cli *cli, const struct release *r, struct buffer *out)
{
	buffer_printf(out, "\nreleased     to key %s, %s: entry %llu of the log\n",
	              cli_short(cli, &r->entry.body.disclosure.to),
	              cli_time(cli, r->entry.claims.issued_at), (unsigned long long)r->index);
}

/* Values that the reader brings: released, or by themselves, which is said. */
static bool bring(struct cli *cli, struct words *w, const char *path, struct release *out)
{
	struct bytes file;
	if (!file_read(&cli->arena, path, RELEASE_MAX, &file, &cli->err))
		return false;
	if (!release_is_one(file)) {
		w->disclosures = file;
		return true;
	}
	if (!open_release(cli, file, &w->authority->public, out))
		return err_context(&cli->err, "%s", path);
	w->disclosures = record_disclosures(&cli->arena, &out->record);
	return true;
}

static bool tell(struct cli *cli, struct words *w)
{
	const char *path = cli_option(cli, "disclosures");
	struct release release = {0};
	w->is_public = true;
	if ((path != NULL && !bring(cli, w, path, &release)) || !words_show(w, cli->arguments[0]))
		return false;
	bool is_released = release.record.bytes.len > 0;
	if (path != NULL && cli->json)
		json_object_set_new(w->value, "release",
		                    is_released ? release_json(cli, &release) : json_null());
	else if (is_released)
		release_text(cli, &release, &w->text);
	else if (path != NULL)
		buffer_text(&w->text, "\nUNRECORDED   nothing shows that the log knows who was "
		                      "given these values\n");
	return true;
}

/* Values as they were handed to a reader, who needs nothing else but the authority's key. */
static int show_release(struct cli *cli, const char *path, struct bytes file)
{
	struct public_key authority;
	struct release r;
	struct buffer text = {.arena = &cli->arena};
	if (!cli_tags_authority(cli, &authority))
		return cli_fail(cli);
	if (!open_release(cli, file, &authority, &r)) {
		err_context(&cli->err, "%s", path);
		return cli_fail(cli);
	}
	if (cli->json) {
		json_t *said = words_said(&cli->arena, &r.record);
		json_object_set_new(said, "id", json_string(cli_hex(cli, &r.record.id)));
		json_object_set_new(said, "release", release_json(cli, &r));
		return cli_print_json(said);
	}
	buffer_printf(&text, "%s %s\nsigned by    %s (key %s), %s\n\n%s",
	              record_kind(r.record.kind)->name, cli_hex(cli, &r.record.id),
	              r.record.claims.issuer, cli_short(cli, &r.record.cose.kid),
	              cli_time(cli, r.record.claims.issued_at),
	              form_text(&cli->arena, r.record.kind, &r.record.body));
	release_text(cli, &r, &text);
	fwrite(text.at, 1, text.len, stdout);
	return 0;
}

/* What a PDF carries, wherever it comes from; whether it is on the log is for log verify. */
static int show_file(struct cli *cli, const char *path)
{
	struct bytes file;
	struct carried carried;
	struct record record;
	struct log_proof proof;
	struct buffer text = {.arena = &cli->arena};
	if (!file_read(&cli->arena, path, CARRIER_MAX, &file, &cli->err))
		return cli_fail(cli);
	if (release_is_one(file))
		return show_release(cli, path, file);
	if (!document_record(&cli->arena, file, &carried, &cli->err) ||
	    !record_decode(&cli->arena, carried.record, &record, &cli->err) ||
	    !proof_parse(&cli->arena, carried.proof, &proof, &cli->err)) {
		err_context(&cli->err, "%s", path);
		return cli_fail(cli);
	}
	if (cli->json)
		return cli_print_json(words_record(&cli->arena, &record, proof.index));
	words_record_text(&text, &record, proof.index);
	fwrite(text.at, 1, text.len, stdout);
	printf("\n(as the file says; proviso log verify %s --authority PUB checks it)\n", path);
	return 0;
}

static int run(struct cli *cli)
{
	const char *what = cli->arguments[0];
	if (strspn(what, "0123456789abcdefABCDEF") != strlen(what) && file_exists(what))
		return show_file(cli, what);
	return cli_tell(
	    cli, tell,
	    arena_printf(&cli->arena, "/v1/records/%s", cli_escaped(cli, cli->arguments[0])));
}

const struct command command_show = {
    .name = "show",
    .usage = "ID|FILE.pdf|FILE [--disclosures FILE] [--authority PUB [--policy FILE]]",
    .summary = "any record on the log, in words",
    .help =
        "ID is the record's id or any unambiguous beginning of it, of four digits or more.\n"
        "Of a PDF of proviso document it is the record that the file carries, not its pages.\n"
        "A FILE of proviso disclose is shown only if the log is proven to have its release; "
        "values\n"
        "by themselves are shown as UNRECORDED.\n"
        "Confidential values are withheld, and it says which: the log itself has digests of them.\n"
        "Who may read them gets them by proviso disclose, or by --url with a key.",
    .options =
        (const struct option[]){
            {"disclosures", "FILE", "values that were disclosed: they are shown where they fit"},
            {"authority", "PUB", "whose log must have the release, when there is no --home"},
            {"policy", "FILE", "and the witnesses who must have seen that (a tlog-policy file)"},
            {"key", "FILE", "with --url: signs the request, to be shown what this key may read"},
            {"passphrase-file", "FILE", "the passphrase of the key"},
            {0}},
    .least = 1,
    .most = 1,
    .run = run,
};

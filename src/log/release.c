#include "release.h"

#include "record/cbor.h"

#define RELEASE "proviso-release-1"

bool release_is_one(struct bytes file)
{
	struct err why;
	struct cbor_reader r = cbor_reader(file, &why);
	return cbor_read_array(&r) == 4 && bytes_equal(cbor_read_text(&r), bytes_text(RELEASE));
}

struct bytes release_format(struct arena *arena, struct bytes entry, struct bytes proof,
                            struct bytes record, struct bytes disclosures)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, 4);
	cbor_text(&b, RELEASE);
	cbor_bytes(&b, reply_format(arena, entry, proof));
	cbor_bytes(&b, record);
	buffer_bytes(&b, disclosures); /* an array already */
	return buffer_view(&b);
}

/* --- Reading ---------------------------------------------------------------------------- */

struct parts {
	struct bytes entry, proof, record, disclosures;
};

static bool parse(struct bytes file, struct parts *out, struct err *e)
{
	struct err why = {0};
	struct cbor_reader r = cbor_reader(file, &why);
	if (file.len > RELEASE_MAX || cbor_read_array(&r) != 4 ||
	    !bytes_equal(cbor_read_text(&r), bytes_text(RELEASE)))
		cbor_fail(&r, "release.file", "it does not begin with " RELEASE);
	struct bytes reply = cbor_read_bytes(&r);
	out->record = cbor_read_bytes(&r);
	out->disclosures = cbor_read_item(&r);
	if (!cbor_done(&r) || !reply_parse(reply, &out->entry, &out->proof, &why))
		return err_input(e, "release.file", "no release of values: %s", why.text);
	return true;
}

struct naming {
	const struct disclosure_body *said;
	struct err *e;
	bool ok;
};

static void is_named(void *ctx, const char *path, struct redactable *field)
{
	struct naming *n = ctx;
	const char *const *paths = n->said->fields.at;
	if (field->value == NULL || !n->ok)
		return;
	for (size_t i = 0; i < n->said->fields.count; i++)
		if (strcmp(paths[i], path) == 0)
			return;
	n->ok = err_refused(n->e, "release.field", "the log has no release of %.200s", path);
}

static bool judge(struct arena *arena, const struct parts *p, struct release *out, struct err *e)
{
	const struct disclosure_body *said = &out->entry.body.disclosure;
	struct naming naming = {said, e, true};
	if (out->entry.kind != KIND_DISCLOSURE || said->action != DISCLOSURE_RELEASED ||
	    !said->has_to)
		return err_refused(e, "release.not-a-release",
		                   "what is on the log is no release of values");
	if (!record_decode(arena, p->record, &out->record, e))
		return false;
	if (!hash_equal(&out->record.id, &said->record))
		return err_refused(e, "release.other-record",
		                   "what is on the log is the release of another record");
	if (!record_disclose_all(arena, &out->record, p->disclosures, e))
		return false;
	record_redactables(&out->record, is_named, &naming);
	return naming.ok;
}

bool release_open(struct arena *arena, struct bytes given, const struct public_key *authority,
                  struct release *out, struct err *e)
{
	struct bytes file = bytes_copy(arena, given);
	struct log_proof proof;
	struct checkpoint head;
	struct parts p;
	struct err why = {0};
	*out = (struct release){0};
	if (!parse(file, &p, e))
		return false;
	if (!proof_parse(arena, p.proof, &proof, &why) ||
	    !proof_verify(arena, &proof, p.entry, authority, &head, &why))
		return err_refused(e, "release.not-on-the-log",
		                   "not shown to be on the log of %.100s: %s", authority->name,
		                   why.text);
	out->index = proof.index;
	out->note = proof.checkpoint;
	return record_decode(arena, p.entry, &out->entry, e) && judge(arena, &p, out, e);
}

/*
 * The fields of every kind, in the order of body.h. `help` and `example` are what
 * `proviso template` prints; the examples tell one story, of a licence for Ruritania (XR).
 * A list's example has an element a line.
 */
#include "fields.h"

#include <assert.h>

/* A field `name` of struct `s`; what else it needs follows by name. */
#define AT(k, n, t, s, member)                                                                     \
	.key = (k), .name = (n), .type = (t), .offset = offsetof(struct s, member)
#define OPTIONAL(s, member) .optional = true, .present = offsetof(struct s, has_##member)
#define MAP(table, s)       .fields = (table), .size = sizeof(struct s)
#define LIST(type, of)      .element = (type), .size = sizeof(of)
#define END                                                                                        \
	{                                                                                          \
		.type = FIELD_END                                                                  \
	}

/* Of a name, a title; a measure's target is a name with what it is of before it. */
enum { NAME_BYTES = 512, TARGET_BYTES = NAME_BYTES + 16, POLICY_BYTES = 16384 };

#define NAME .most = NAME_BYTES

#define SCOPE_EXAMPLE                                                                              \
	"capability=capture.content,capture.headers; "                                             \
	"purpose=serious-crime.kidnapping,terrorism; territory=XR; "                               \
	"subject-not=mailto:@state.gov,tel:+1; require=warrant"

static const char *const roles[] = {"authority", "officer", "exporter",  "end-user", "auditor",
                                    "adviser",   "inbox",   "witnesses", NULL};
static const char *const decisions[] = {"approve", "approve-with-provisos", "refuse", NULL};
static const char *const findings[] = {"upheld", "dismissed", NULL};
static const char *const policies[] = {"note", "hold", "suspend", NULL};
static const char *const clearances[] = {"true-match", "not-the-same", NULL};
static const char *const handlings[] = {"released", "erased", NULL};
static const char *const actions[] = {"restrict", "suspend", "disconnect", "revoke", NULL};

/* --- Parts ----------------------------------------------------------------------------- */

static const struct field exporter_fields[] = {
    {AT(1, "name", FIELD_TEXT, party, name), NAME, .help = "As registered with its key",
     .example = "Example Systems Ltd"},
    {AT(2, "country", FIELD_COUNTRY, party, country), .help = "ISO 3166-1, two letters",
     .example = "IL"},
    END,
};

static const struct field end_user_fields[] = {
    {AT(1, "name", FIELD_TEXT, party, name), NAME, .help = "As registered with its key",
     .example = "Ruritanian National Police"},
    {AT(2, "country", FIELD_COUNTRY, party, country), .help = "ISO 3166-1, two letters",
     .example = "XR"},
    END,
};

static const struct field item_fields[] = {
    {AT(1, "name", FIELD_TEXT, item, name), NAME, .help = "The controlled product",
     .example = "Capture"},
    {AT(2, "version", FIELD_TEXT, item, version), NAME, .help = "The version that is assessed",
     .example = "1.0"},
    {AT(3, "capabilities", FIELD_LIST, item, capabilities), LIST(FIELD_LABEL, const char *),
     .help = "All that the product is able to do, as labels",
     .example = "capture.headers\ncapture.content"},
    END,
};

static const struct field tree_head_fields[] = {
    {AT(1, "size", FIELD_UINT, tree_head, size), .help = "Leaves of the tree", .example = "0"},
    {AT(2, "root", FIELD_HASH, tree_head, root), .help = "Its Merkle root (RFC 9162)",
     .example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    END,
};

static const struct field purpose_fields[] = {
    {AT(1, "label", FIELD_LABEL, purpose, label), .help = "The label scopes use",
     .example = "serious-crime"},
    {AT(2, "title", FIELD_TEXT, purpose, title), NAME, .help = "A short name for people",
     .example = "Serious crime"},
    {AT(3, "text", FIELD_TEXT, purpose, text), .help = "What the purpose means",
     .example = "Preventing or investigating an offence that the end user's law punishes "
                "with six years' imprisonment or more."},
    {AT(4, "excludes", FIELD_LIST, purpose, excludes), LIST(FIELD_TEXT, const char *),
     .optional = true, .usual = true, .help = "What it never means",
     .example = "Expressing an opinion or criticism, by itself.\n"
                "Belonging to a religion, an ethnic group or a party."},
    {AT(5, "minimum-penalty-years", FIELD_UINT, purpose, minimum_penalty_years),
     OPTIONAL(purpose, minimum_penalty_years), .usual = true, .most = 1000,
     .help = "Only declared offences that can be punished with so many years are covered",
     .example = "6"},
    END,
};

static const struct field offence_fields[] = {
    {AT(1, "label", FIELD_LABEL, offence, label), .help = "A label below the purpose",
     .example = "serious-crime.kidnapping"},
    {AT(2, "title", FIELD_TEXT, offence, title), NAME, .help = "What people call it",
     .example = "Kidnapping"},
    {AT(3, "statute", FIELD_TEXT, offence, statute), NAME, .help = "Where the law has it",
     .example = "Criminal Code of Ruritania, section 271"},
    {AT(4, "maximum-years", FIELD_UINT, offence, maximum_years), .most = 1000,
     .help = "The highest penalty as it stands today; 1000 for life", .example = "15"},
    END,
};

static const struct field signatory_fields[] = {
    {AT(1, "name", FIELD_TEXT, signatory, name), NAME, .help = "Who signs for the end user",
     .example = "Rudolf Rassendyll"},
    {AT(2, "office", FIELD_TEXT, signatory, office), NAME, .help = "In which office",
     .example = "Chief of the National Police"},
    END,
};

static const struct field other_party_fields[] = {
    {AT(1, "role", FIELD_TEXT, other_party, role), .most = 64,
     .help = "consignee, broker, owner or another", .example = "broker"},
    {AT(2, "name", FIELD_TEXT, other_party, name), NAME, .help = "Of the person or firm",
     .example = "Black Michael Trading Ltd"},
    {AT(3, "country", FIELD_COUNTRY, other_party, country), OPTIONAL(other_party, country),
     .help = "ISO 3166-1, two letters", .example = "XR"},
    END,
};

const struct field evidence_fields[] = {
    {AT(1, "type", FIELD_TEXT, evidence, type), NAME, .help = "stix-2.1, or a media type",
     .example = "stix-2.1"},
    {AT(2, "digest", FIELD_HASH, evidence, digest), .help = "SHA-256 of the file",
     .example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {AT(3, "size", FIELD_UINT, evidence, size), .help = "Bytes of the file", .example = "4096"},
    {AT(4, "indicators", FIELD_UINT, evidence, indicators), OPTIONAL(evidence, indicators),
     .help = "Indicators in a STIX bundle", .example = "12"},
    END,
};

static const struct field hit_fields[] = {
    {AT(1, "party", FIELD_TEXT, party_hit, party), NAME,
     .help = "exporter, end-user, signatory, or the role of another", .example = "exporter"},
    {AT(2, "name", FIELD_TEXT, party_hit, name), NAME, .help = "The name as screened",
     .example = "Example Systems Ltd"},
    {AT(3, "list", FIELD_TEXT, party_hit, list), NAME, .help = "The list it is on",
     .example = "example-list"},
    {AT(4, "entry", FIELD_TEXT, party_hit, entry), NAME, .help = "The name on the list",
     .example = "EXAMPLE SYSTEMS"},
    {AT(5, "score", FIELD_UINT, party_hit, score), .most = 1000,
     .help = "How well they match, in thousandths", .example = "1000"},
    {AT(6, "reason", FIELD_TEXT, party_hit, reason), .help = "Why it matched, and why it is listed",
     .example = "Same name but for the legal form; listed as an example."},
    {AT(7, "country", FIELD_COUNTRY, party_hit, country), OPTIONAL(party_hit, country),
     .help = "The party's country as screened", .example = "XA"},
    {AT(8, "id", FIELD_TEXT, party_hit, id), OPTIONAL(party_hit, id), NAME,
     .help = "The entry's id on its list", .example = "12345"},
    {AT(9, "digest", FIELD_HASH, party_hit, digest), OPTIONAL(party_hit, digest),
     .help = "SHA-256 of the entry as the snapshot keeps it",
     .example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    END,
};

static const struct field screened_party_fields[] = {
    {AT(1, "party", FIELD_TEXT, screened_party, party), NAME,
     .help = "exporter, end-user, signatory, or the role of another", .example = "exporter"},
    {AT(2, "name", FIELD_TEXT, screened_party, name), NAME, .help = "The name as screened",
     .example = "Example Systems Ltd"},
    {AT(3, "country", FIELD_COUNTRY, screened_party, country), OPTIONAL(screened_party, country),
     .help = "Its country", .example = "XA"},
    END,
};

/* --- Kinds ----------------------------------------------------------------------------- */

static const struct field key_fields[] = {
    {AT(1, "role", FIELD_CHOICE, key_body, role), .words = roles,
     .help = "authority, officer, exporter, end-user, auditor, adviser, inbox or witnesses",
     .example = "end-user"},
    {AT(2, "holder", FIELD_TEXT, key_body, holder), NAME,
     .help = "Whom the key speaks for: a person or a body, named as in its records",
     .example = "Ruritanian National Police"},
    {AT(3, "country", FIELD_COUNTRY, key_body, country), OPTIONAL(key_body, country), .usual = true,
     .help = "ISO 3166-1, two letters", .example = "XR"},
    {AT(4, "public-key", FIELD_PUBLIC_KEY, key_body, public_key), OPTIONAL(key_body, public_key),
     .usual = true,
     .help = "The line of the .pub file, or \"@FILE\" in quotes; without it `replaces` is revoked",
     .example = "police.example.xr+cfe86b83+Ac7MFQfcHd1ylZUcKQiI8JWtuQRNG3PWlubfBl1oO9T8"},
    {AT(5, "replaces", FIELD_REFERENCE, key_body, replaces), OPTIONAL(key_body, replaces),
     .help = "The key record that ends with this one", .example = "3fa2b1c0"},
    {AT(6, "threshold", FIELD_UINT, key_body, threshold), OPTIONAL(key_body, threshold),
     .most = 1000, .help = "Of an authority: how many officers must agree", .example = "2"},
    {AT(7, "reason", FIELD_TEXT, key_body, reason), OPTIONAL(key_body, reason),
     .help = "Why a key is revoked", .example = "The device that held the key was lost."},
    {AT(8, "rp-id", FIELD_TEXT, key_body, rp_id), OPTIONAL(key_body, rp_id), NAME,
     .help = "Of a passkey: the site it signs for (WebAuthn's RP id)",
     .example = "authority.example"},
    {AT(9, "origin", FIELD_TEXT, key_body, origin), OPTIONAL(key_body, origin), NAME,
     .help = "Of a passkey: the one origin it signs at", .example = "https://authority.example"},
    {AT(10, "valid-until", FIELD_TIME, key_body, valid_until), OPTIONAL(key_body, valid_until),
     .help = "When a role held for a time ends, as a deputy's", .example = "2027-01-01T00:00:00Z"},
    {AT(11, "policy", FIELD_TEXT, key_body, policy), OPTIONAL(key_body, policy),
     .most = POLICY_BYTES, .by_file = true,
     .help =
         "Of the witnesses: the tlog-policy file that gates are to demand, or \"@FILE\" in quotes",
     .example = "log licensing.example.org+ae1e0fe4+AcHi... https://licensing.example.org/log\n"
                "witness W1 witness.example+b8a2cf20+BFL... https://witness.example\n"
                "quorum W1\n"},
    {AT(12, "checkpoint", FIELD_BYTES, key_body, checkpoint), OPTIONAL(key_body, checkpoint),
     .most = POLICY_BYTES, .by_file = true,
     .help = "Of a new origin: the last checkpoint of the old one, with its cosignatures: "
             "\"@FILE\" in quotes, or base64",
     .example = "bGljZW5zaW5nLmV4YW1wbGUub3JnCg=="},
    END,
};

static const struct field definitions_fields[] = {
    {AT(1, "number", FIELD_UINT, definitions_body, number),
     .help = "The number of these definitions", .example = "1"},
    {AT(2, "effective", FIELD_TIME, definitions_body, effective),
     .help = "From when they hold (RFC 3339, or a date: its midnight, UTC)",
     .example = "2026-01-01T00:00:00Z"},
    {AT(3, "supersedes", FIELD_UINT, definitions_body, supersedes),
     OPTIONAL(definitions_body, supersedes), .help = "The number of the definitions that end",
     .example = "1"},
    {AT(4, "grace-days", FIELD_UINT, definitions_body, grace_days),
     OPTIONAL(definitions_body, grace_days), .most = 36500,
     .help = "Days that declarations under the old ones still hold", .example = "30"},
    {AT(5, "purposes", FIELD_LIST, definitions_body, purposes), LIST(FIELD_STRUCT, struct purpose),
     .fields = purpose_fields, .help = "What a system may be used for"},
    {AT(6, "scope", FIELD_SCOPE, definitions_body, scope),
     .help = "What no declaration may go beyond; `any` where only the purposes bind",
     .example = "require=warrant"},
    END,
};

static const struct field declaration_fields[] = {
    {AT(1, "end-user", FIELD_STRUCT, declaration_body, end_user), MAP(end_user_fields, party),
     .help = "Who signs"},
    {AT(2, "definitions", FIELD_REFERENCE, declaration_body, definitions),
     .help = "The definitions accepted: their number or id", .example = "1"},
    {AT(3, "offences", FIELD_LIST, declaration_body, offences), LIST(FIELD_STRUCT, struct offence),
     .fields = offence_fields, .optional = true, .usual = true,
     .help = "The end user's own law, for purposes with a minimum penalty"},
    {AT(4, "scope", FIELD_SCOPE, declaration_body, scope), .help = "All that is declared",
     .example = SCOPE_EXAMPLE},
    {AT(5, "undertakings", FIELD_LIST, declaration_body, undertakings),
     LIST(FIELD_TEXT, const char *), .help = "What the end user promises",
     .example = "The system will be used for the purposes above and for no other.\n"
                "The authority may restrict or disconnect the system when this is broken."},
    {AT(6, "signatory", FIELD_STRUCT, declaration_body, signatory),
     MAP(signatory_fields, signatory), .help = "The person who signs"},
    {AT(7, "valid-until", FIELD_TIME, declaration_body, valid_until), .help = "When it ends",
     .example = "2029-01-01T00:00:00Z"},
    END,
};

static const struct field application_fields[] = {
    {AT(1, "exporter", FIELD_STRUCT, application_body, exporter), MAP(exporter_fields, party),
     .help = "Who wants to export"},
    {AT(2, "end-user", FIELD_STRUCT, application_body, end_user), MAP(end_user_fields, party),
     .help = "Who is to use it"},
    {AT(3, "item", FIELD_STRUCT, application_body, item), MAP(item_fields, item),
     .help = "What is exported"},
    {AT(4, "quantity", FIELD_UINT, application_body, quantity), .help = "How many systems",
     .example = "2"},
    {AT(5, "scope", FIELD_SCOPE, application_body, scope), .help = "What is asked for",
     .example = SCOPE_EXAMPLE},
    {AT(6, "purpose-of-use", FIELD_TEXT, application_body, purpose_of_use),
     .help = "In words, what the end user wants it for",
     .example = "Investigations of terrorism and of kidnapping, each under a warrant."},
    {AT(7, "parties", FIELD_LIST, application_body, parties),
     LIST(FIELD_STRUCT, struct other_party), .fields = other_party_fields, .optional = true,
     .help = "Consignees, brokers, owners: screened like the exporter and the end user"},
    END,
};

static const struct field decision_fields[] = {
    {AT(1, "application", FIELD_REFERENCE, decision_body, application),
     .help = "The application decided", .example = "3fa2b1c0"},
    {AT(2, "outcome", FIELD_CHOICE, decision_body, outcome), .words = decisions,
     .help = "approve, approve-with-provisos or refuse", .example = "approve-with-provisos"},
    {AT(3, "reasons", FIELD_TEXT, decision_body, reasons), .help = "Why",
     .example = "The declared purposes are within the definitions."},
    {AT(4, "provisos", FIELD_LIST, decision_body, provisos), LIST(FIELD_TEXT, const char *),
     .optional = true, .usual = true, .help = "Under which conditions",
     .example = "No more than two systems.\nEach use cites a warrant."},
    {AT(5, "advice", FIELD_LIST, decision_body, advice), LIST(FIELD_REFERENCE, struct hash),
     .optional = true, .help = "The advice heard, of each body its latest", .example = "77aa01d2"},
    END,
};

static const struct field advice_part_fields[] = {
    {AT(1, "about", FIELD_TEXT, advice_part, about), .most = 64,
     .help = "exporter, end-user, item, or the role of another party", .example = "broker"},
    {AT(2, "verdict", FIELD_CHOICE, advice_part, verdict), .words = decisions,
     .help = "approve, approve-with-provisos or refuse", .example = "refuse"},
    {AT(3, "scope", FIELD_SCOPE, advice_part, scope), OPTIONAL(advice_part, scope),
     .help = "A proviso as a scope: the most that may be licensed",
     .example = "capability=capture.headers"},
    {AT(4, "provisos", FIELD_LIST, advice_part, provisos), LIST(FIELD_TEXT, const char *),
     .optional = true, .help = "Further ones, in words", .example = "Another broker is found."},
    END,
};

static const struct field advice_fields[] = {
    {AT(1, "application", FIELD_REFERENCE, advice_body, application),
     .help = "The application advised on", .example = "3fa2b1c0"},
    {AT(2, "body", FIELD_TEXT, advice_body, body), NAME,
     .help = "Who advises: the holder of the key that signs", .example = "foreign-affairs"},
    {AT(3, "verdict", FIELD_CHOICE, advice_body, verdict), .words = decisions,
     .help = "approve, approve-with-provisos or refuse", .example = "approve-with-provisos"},
    {AT(4, "reasons", FIELD_REDACTABLE, advice_body, reasons),
     .help = "Why; confidential: on the log stands a salted digest",
     .example = "Courts in Ruritania are independent; content is another matter."},
    {AT(5, "scope", FIELD_SCOPE, advice_body, scope), OPTIONAL(advice_body, scope), .usual = true,
     .help = "A proviso as a scope: the most that may be licensed",
     .example = "capability=capture.headers"},
    {AT(6, "provisos", FIELD_LIST, advice_body, provisos), LIST(FIELD_TEXT, const char *),
     .optional = true, .help = "Further ones, in words",
     .example = "A yearly account of all uses."},
    {AT(7, "parts", FIELD_LIST, advice_body, parts), LIST(FIELD_STRUCT, struct advice_part),
     .fields = advice_part_fields, .optional = true, .most = OTHER_PARTIES + 3,
     .help = "Where a party or the item is judged otherwise than the whole"},
    {AT(8, "replaces", FIELD_REFERENCE, advice_body, replaces), OPTIONAL(advice_body, replaces),
     .help = "The body's own advice before this", .example = "77aa01d2"},
    END,
};

static const struct field licence_fields[] = {
    {AT(1, "application", FIELD_REFERENCE, licence_body, application),
     .help = "The approved application", .example = "3fa2b1c0"},
    {AT(2, "exporter", FIELD_STRUCT, licence_body, exporter), MAP(exporter_fields, party),
     .help = "As in the application"},
    {AT(3, "end-user", FIELD_STRUCT, licence_body, end_user), MAP(end_user_fields, party),
     .help = "As in the application"},
    {AT(4, "declaration", FIELD_REFERENCE, licence_body, declaration),
     .help = "The end user's declaration", .example = "77aa01d2"},
    {AT(5, "item", FIELD_STRUCT, licence_body, item), MAP(item_fields, item),
     .help = "As in the application"},
    {AT(6, "quantity", FIELD_UINT, licence_body, quantity), .help = "How many systems at most",
     .example = "2"},
    {AT(7, "scope", FIELD_SCOPE, licence_body, scope),
     .help = "What is permitted: within the application and the declaration",
     .example = SCOPE_EXAMPLE},
    {AT(8, "lease-seconds", FIELD_UINT, licence_body, lease_seconds),
     .help = "How long a system goes on without a renewal", .example = "86400"},
    {AT(9, "valid-until", FIELD_TIME, licence_body, valid_until), .help = "When it ends",
     .example = "2028-01-01T00:00:00Z"},
    END,
};

static const struct field surrender_fields[] = {
    {AT(1, "licence", FIELD_REFERENCE, surrender_body, licence), .help = "The licence given back",
     .example = "3fa2b1c0"},
    {AT(2, "reason", FIELD_TEXT, surrender_body, reason), .help = "Why",
     .example = "The contract has ended."},
    END,
};

static const struct field enrolment_fields[] = {
    {AT(1, "licences", FIELD_LIST, enrolment_body, licences), LIST(FIELD_REFERENCE, struct hash),
     .help = "The licence it is delivered under; of a second authority its full id besides",
     .example = "3fa2b1c0"},
    {AT(2, "serial", FIELD_TEXT, enrolment_body, serial), NAME, .help = "The system's name",
     .example = "capture-0001"},
    {AT(3, "device-key", FIELD_PUBLIC_KEY, enrolment_body, device_key),
     .help = "The line `proviso system init` printed, or \"@FILE\" in quotes",
     .example = "capture-0001+0f4ee7e5+AWt5xX5qCVI5KCwEgY6WES8/A6QAG6l6VkwjhSo/HqX8"},
    {AT(4, "item-version", FIELD_TEXT, enrolment_body, item_version), NAME,
     .help = "The version installed", .example = "1.0"},
    {AT(5, "audit-key", FIELD_BYTES, enrolment_body, audit_key),
     OPTIONAL(enrolment_body, audit_key),
     .help = "The key of the use log's tags, wrapped to the auditors (base64)",
     .example = "2IRDoQEBoQE="},
    {AT(6, "policy", FIELD_HASH, enrolment_body, policy), OPTIONAL(enrolment_body, policy),
     .help = "SHA-256 of the tlog-policy file whose witnesses its gate demands",
     .example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {AT(7, "policy-file", FIELD_TEXT, enrolment_body, policy_file),
     OPTIONAL(enrolment_body, policy_file), .most = POLICY_BYTES, .by_file = true,
     .help = "That file, where it is not the very one that the authority has published",
     .example = "log licensing.example.org+ae1e0fe4+AcHi... https://licensing.example.org/log\n"
                "witness W1 witness.example+b8a2cf20+BFL... https://witness.example\n"
                "quorum W1\n"},
    END,
};

static const struct field lease_fields[] = {
    {AT(1, "system", FIELD_REFERENCE, lease_body, system), .help = "Its enrolment",
     .example = "3fa2b1c0"},
    {AT(2, "device", FIELD_HASH, lease_body, device), .help = "The id of its device key",
     .example = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"},
    {AT(3, "sequence", FIELD_UINT, lease_body, sequence), .help = "Rises with each lease",
     .example = "1"},
    {AT(4, "scope", FIELD_SCOPE, lease_body, scope), .help = "What is in force",
     .example = SCOPE_EXAMPLE},
    {AT(5, "ttl-seconds", FIELD_UINT, lease_body, ttl_seconds),
     .help = "How long it lives from the drawing of the nonce", .example = "86400"},
    {AT(6, "nonce", FIELD_BYTES, lease_body, nonce), .size = RENEWAL_NONCE,
     .help = "Of the request (base64)", .example = "AAECAwQFBgcICQoLDA0ODw=="},
    {AT(7, "counter", FIELD_UINT, lease_body, counter), .help = "Of the request", .example = "1"},
    {AT(8, "use-log", FIELD_STRUCT, lease_body, use_log), MAP(tree_head_fields, tree_head),
     .help = "The head of the use log acknowledged"},
    {AT(9, "heard", FIELD_UINT, lease_body, heard), OPTIONAL(lease_body, heard),
     .help = "Of the request", .example = "1"},
    {AT(10, "session", FIELD_UINT, lease_body, session), OPTIONAL(lease_body, session),
     .help = "Where its request was not signed: the last lease whose request was", .example = "1"},
    {AT(11, "tags", FIELD_REFERENCE, lease_body, tags), OPTIONAL(lease_body, tags),
     .help = "The record of the key of tags and the protected persons", .example = "3fa2b1c0"},
    END,
};

static const struct field refusal_fields[] = {
    {AT(1, "system", FIELD_REFERENCE, refusal_body, system), OPTIONAL(refusal_body, system),
     .help = "Its enrolment, when it has one", .example = "3fa2b1c0"},
    {AT(2, "device", FIELD_HASH, refusal_body, device), .help = "The id of its device key",
     .example = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"},
    {AT(3, "code", FIELD_TEXT, refusal_body, code), NAME, .help = "The rule that refuses",
     .example = "renewal.counter-reused"},
    {AT(4, "reason", FIELD_TEXT, refusal_body, reason), .help = "In words",
     .example = "The counter 7 was used before."},
    {AT(5, "nonce", FIELD_BYTES, refusal_body, nonce), .size = RENEWAL_NONCE,
     .help = "Of the request (base64)", .example = "AAECAwQFBgcICQoLDA0ODw=="},
    {AT(6, "counter", FIELD_UINT, refusal_body, counter), .help = "Of the request", .example = "7"},
    {AT(7, "heard", FIELD_UINT, refusal_body, heard), OPTIONAL(refusal_body, heard),
     .help = "Of the request", .example = "6"},
    END,
};

const struct field report_fields[] = {
    {AT(1, "subject", FIELD_REDACTABLE, report_body, subject),
     .help = "Who was targeted; confidential: on the log stands a salted digest",
     .example = "A journalist, tel:+15550100"},
    {AT(2, "system", FIELD_REFERENCE, report_body, system), OPTIONAL(report_body, system),
     .usual = true, .help = "The system it was done with, or unknown", .example = "unknown"},
    {AT(3, "allegation", FIELD_TEXT, report_body, allegation), .help = "What is alleged",
     .example = "The system was used against a journalist for what she wrote."},
    {AT(4, "evidence", FIELD_LIST, report_body, evidence), LIST(FIELD_STRUCT, struct evidence),
     .fields = evidence_fields, .optional = true,
     .help = "Files: their digests are on the log, the files are not"},
    {AT(5, "reporter", FIELD_REDACTABLE, report_body, reporter),
     .help = "Who reports it; confidential as well", .example = "Example Lab"},
    END,
};

static const char *const replies[] = {"came", "none-came", "not-asked", NULL};

static const struct field finding_fields[] = {
    {AT(1, "report", FIELD_REFERENCE, finding_body, report), .help = "The report concluded on",
     .example = "3fa2b1c0"},
    {AT(2, "system", FIELD_REFERENCE, finding_body, system), OPTIONAL(finding_body, system),
     .usual = true, .help = "The system it was done with, or unknown", .example = "77aa01d2"},
    {AT(3, "outcome", FIELD_CHOICE, finding_body, outcome), .words = findings,
     .help = "upheld or dismissed", .example = "upheld"},
    {AT(4, "reasons", FIELD_TEXT, finding_body, reasons), .help = "Why",
     .example = "The use log has the subject's tag, and no warrant covers it."},
    {AT(5, "reply", FIELD_CHOICE, finding_body, reply), OPTIONAL(finding_body, reply),
     .words = replies,
     .help = "Whether the end user or exporter replied: came, none came, or not asked",
     .example = "came"},
    END,
};

const struct field measure_fields[] = {
    {AT(1, "target", FIELD_TEXT, measure_body, target), .most = TARGET_BYTES,
     .help = "A system or licence (id), or end-user/NAME, exporter/NAME, item/NAME, country/XX",
     .example = "3fa2b1c0"},
    {AT(2, "action", FIELD_CHOICE, measure_body, action), .words = actions,
     .help = "restrict, suspend, disconnect, or revoke (a licence, for good)",
     .example = "restrict"},
    {AT(3, "scope", FIELD_SCOPE, measure_body, scope), OPTIONAL(measure_body, scope), .usual = true,
     .help = "Of restrict: what remains", .example = "capability=capture.headers"},
    {AT(4, "finding", FIELD_REFERENCE, measure_body, finding), OPTIONAL(measure_body, finding),
     .usual = true, .help = "The finding it answers", .example = "77aa01d2"},
    {AT(5, "reason", FIELD_TEXT, measure_body, reason), .help = "Why this measure",
     .example = "Content was captured without a warrant; headers do not need one."},
    {AT(6, "basis", FIELD_TEXT, measure_body, basis), OPTIONAL(measure_body, basis),
     .help = "In law, where there is no finding",
     .example = "Defence Export Control Law, section 9"},
    {AT(7, "until", FIELD_TIME, measure_body, until), OPTIONAL(measure_body, until),
     .help = "When it ends by itself", .example = "2026-12-31T00:00:00Z"},
    END,
};

static const struct field approval_fields[] = {
    {AT(1, "proposal", FIELD_REFERENCE, approval_body, proposal),
     .help = "The measure or lift agreed to", .example = "3fa2b1c0"},
    END,
};

static const struct field lift_fields[] = {
    {AT(1, "measure", FIELD_REFERENCE, lift_body, measure), .help = "The measure to end",
     .example = "3fa2b1c0"},
    {AT(2, "reason", FIELD_TEXT, lift_body, reason), .help = "Why",
     .example = "The end user has shown that it has mended its procedure."},
    END,
};

static const struct field listing_fields[] = {
    {AT(1, "name", FIELD_TEXT, listing_body, name), NAME, .help = "The list",
     .example = "example-list"},
    {AT(2, "source", FIELD_TEXT, listing_body, source), .help = "Where it is published",
     .example = "https://lists.example/list.csv"},
    {AT(3, "date", FIELD_TIME, listing_body, date), .help = "Of this snapshot",
     .example = "2026-01-01T00:00:00Z"},
    {AT(4, "size", FIELD_UINT, listing_body, size), .help = "Bytes of the snapshot",
     .example = "4096"},
    {AT(5, "digest", FIELD_HASH, listing_body, digest), .help = "SHA-256 of the snapshot",
     .example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {AT(6, "entries", FIELD_UINT, listing_body, entries), .help = "How many are designated",
     .example = "4"},
    {AT(7, "policy", FIELD_CHOICE, listing_body, policy), OPTIONAL(listing_body, policy),
     .words = policies, .help = "What a hit does until it is decided: note, hold or suspend",
     .example = "hold"},
    {AT(8, "published", FIELD_TIME, listing_body, published), OPTIONAL(listing_body, published),
     .help = "When, as the list itself says", .example = "2026-01-01T00:00:00Z"},
    {AT(9, "added", FIELD_UINT, listing_body, added), OPTIONAL(listing_body, added),
     .help = "Entries that are new", .example = "2"},
    {AT(10, "changed", FIELD_UINT, listing_body, changed), OPTIONAL(listing_body, changed),
     .help = "Entries that say something else than before", .example = "1"},
    {AT(11, "removed", FIELD_UINT, listing_body, removed), OPTIONAL(listing_body, removed),
     .help = "Entries that are gone", .example = "1"},
    END,
};

static const struct field screening_fields[] = {
    {AT(1, "application", FIELD_REFERENCE, screening_body, application),
     .help = "The application screened", .example = "3fa2b1c0"},
    {AT(2, "listings", FIELD_LIST, screening_body, listings), LIST(FIELD_REFERENCE, struct hash),
     .optional = true, .help = "The listings screened against", .example = "77aa01d2"},
    {AT(3, "engine", FIELD_TEXT, screening_body, engine), NAME, .help = "What compared the names",
     .example = "exact-after-normalisation"},
    {AT(4, "hits", FIELD_LIST, screening_body, hits), LIST(FIELD_STRUCT, struct party_hit),
     .fields = hit_fields, .optional = true, .help = "What was found"},
    {AT(5, "parties", FIELD_LIST, screening_body, parties),
     LIST(FIELD_STRUCT, struct screened_party), .fields = screened_party_fields, .optional = true,
     .help = "Who was looked up"},
    {AT(6, "threshold", FIELD_UINT, screening_body, threshold), OPTIONAL(screening_body, threshold),
     .most = 1000, .help = "What scores less is no hit, in thousandths", .example = "700"},
    {AT(7, "more", FIELD_UINT, screening_body, more), OPTIONAL(screening_body, more),
     .help = "Hits that did not fit; they hold the application too", .example = "3"},
    {AT(8, "cleared", FIELD_UINT, screening_body, cleared), OPTIONAL(screening_body, cleared),
     .help = "Hits left out because an officer cleared them for good", .example = "64"},
    END,
};

static const struct field clearance_fields[] = {
    {AT(1, "screening", FIELD_REFERENCE, clearance_body, screening),
     .help = "The latest screening of the application", .example = "3fa2b1c0"},
    {AT(2, "hit", FIELD_UINT, clearance_body, hit), .help = "Which of its hits, from 1",
     .example = "1"},
    {AT(3, "outcome", FIELD_CHOICE, clearance_body, outcome), .words = clearances,
     .help = "true-match, or not-the-same party", .example = "not-the-same"},
    {AT(4, "reasons", FIELD_TEXT, clearance_body, reasons), .help = "Why",
     .example = "Another date of birth; the register of companies shows no link."},
    {AT(5, "until", FIELD_TIME, clearance_body, until), OPTIONAL(clearance_body, until),
     .help = "When it must be looked at again", .example = "2027-01-01T00:00:00Z"},
    END,
};

static const struct field tag_holder_fields[] = {
    {AT(1, "name", FIELD_TEXT, tag_holder, name), NAME, .help = "Of the key the share is sealed to",
     .example = "Court-of-Example"},
    {AT(2, "public", FIELD_HASH, tag_holder, public),
     .help = "What proves evaluations by the share",
     .example = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"},
    END,
};

static const struct field protected_fields[] = {
    {AT(1, "digest", FIELD_HASH, protected_persons, digest), .help = "SHA-256 of the list",
     .example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {AT(2, "count", FIELD_UINT, protected_persons, count), .help = "How many are on it",
     .example = "120"},
    END,
};

static const struct field tags_fields[] = {
    {AT(1, "number", FIELD_UINT, tags_body, number), .help = "1, 2, 3, without gaps",
     .example = "1"},
    {AT(2, "threshold", FIELD_UINT, tags_body, threshold), .most = TAG_HOLDERS,
     .help = "Holders who must answer for a tag", .example = "2"},
    {AT(3, "public", FIELD_HASH, tags_body, public),
     .help = "Of the whole key, which nobody holds (proviso tags conclude)",
     .example = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"},
    {AT(4, "holders", FIELD_LIST, tags_body, holders), LIST(FIELD_STRUCT, struct tag_holder),
     .fields = tag_holder_fields, .most = TAG_HOLDERS, .help = "Of the shares, in their order"},
    {AT(5, "protected", FIELD_STRUCT, tags_body, protected),
     MAP(protected_fields, protected_persons), OPTIONAL(tags_body, protected),
     .help = "The list of protected persons (proviso tags protect)"},
    {AT(6, "ceremony", FIELD_HASH, tags_body, ceremony), OPTIONAL(tags_body, ceremony),
     .help = "What the holders said when they made their shares (proviso tags conclude)",
     .example = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"},
    END,
};

static const struct field admission_fields[] = {
    {AT(1, "tags", FIELD_REFERENCE, admission_body, tags), .help = "The record of the key of tags",
     .example = "3fa2b1c0"},
    {AT(2, "blinded", FIELD_LIST, admission_body, blinded), LIST(FIELD_HASH, struct hash),
     .most = TAG_BATCH, .help = "Subjects, blinded",
     .example = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"},
    END,
};

static const struct field inquiry_fields[] = {
    {AT(1, "tags", FIELD_REFERENCE, inquiry_body, tags), .help = "The record of the key of tags",
     .example = "3fa2b1c0"},
    {AT(2, "blinded", FIELD_LIST, inquiry_body, blinded), LIST(FIELD_HASH, struct hash),
     .most = TAG_BATCH, .help = "Selectors, blinded",
     .example = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"},
    {AT(3, "reason", FIELD_TEXT, inquiry_body, reason), .help = "Why it is asked",
     .example = "Complaint 12 of 2026: the complainant asks whether she was targeted."},
    END,
};

static const struct field disclosure_fields[] = {
    {AT(1, "record", FIELD_REFERENCE, disclosure_body, record), .help = "Whose values they are",
     .example = "3fa2b1c0"},
    {AT(2, "action", FIELD_CHOICE, disclosure_body, action), .words = handlings,
     .help = "released or erased", .example = "released"},
    {AT(3, "fields", FIELD_LIST, disclosure_body, fields), LIST(FIELD_TEXT, const char *),
     .help = "Which", .example = "subject"},
    {AT(4, "to", FIELD_HASH, disclosure_body, to), OPTIONAL(disclosure_body, to), .usual = true,
     .help = "Of a release: the id of the key of whom",
     .example = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"},
    {AT(5, "reason", FIELD_TEXT, disclosure_body, reason), OPTIONAL(disclosure_body, reason),
     .help = "Of an erasure: why", .example = "The person asked for it."},
    END,
};

static const struct field renewal_fields[] = {
    {AT(1, "nonce", FIELD_BYTES, renewal_body, nonce), .size = RENEWAL_NONCE,
     .help = "16 random bytes (base64)", .example = "AAECAwQFBgcICQoLDA0ODw=="},
    {AT(2, "counter", FIELD_UINT, renewal_body, counter), .help = "Rises with each request",
     .example = "1"},
    {AT(3, "use-log", FIELD_STRUCT, renewal_body, use_log), MAP(tree_head_fields, tree_head),
     .help = "The head of the use log"},
    {AT(4, "acknowledged", FIELD_UINT, renewal_body, acknowledged),
     .help = "Size of the head in the last lease accepted", .example = "0"},
    {AT(5, "consistency", FIELD_LIST, renewal_body, consistency), LIST(FIELD_HASH, struct hash),
     .optional = true, .most = 64, .help = "That the head acknowledged is in this one (RFC 9162)",
     .example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {AT(6, "last-sequence", FIELD_UINT, renewal_body, last_sequence),
     .help = "Of the last lease accepted, 0 for none", .example = "0"},
    {AT(7, "measurement", FIELD_BYTES, renewal_body, measurement),
     OPTIONAL(renewal_body, measurement), .help = "Of the software that asks (base64)",
     .example = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="},
    {AT(8, "heard", FIELD_UINT, renewal_body, heard), OPTIONAL(renewal_body, heard),
     .help = "Counter of the last request whose answer came", .example = "1"},
    {AT(9, "followed", FIELD_UINT, renewal_body, followed), OPTIONAL(renewal_body, followed),
     .help = "Entries of the log up to the last change of its keys and witnesses that was taken",
     .example = "1"},
    END,
};

/* --- The table of kinds ----------------------------------------------------------------- */

#define PREFIX "application/vnd.proviso."
#define SUFFIX "+cbor"

#define KIND(n, is_signed_, t, help_)                                                              \
	{                                                                                          \
		n, PREFIX n SUFFIX, help_, is_signed_, sizeof(struct t##_body), t##_fields         \
	}

static const struct kind kinds[KIND_COUNT] = {
    [KIND_KEY] = KIND("key", true, key, "A key and whom it speaks for, or that it is revoked"),
    [KIND_DEFINITIONS] = KIND("definitions", true, definitions,
                              "What the purposes mean and do not mean; by an officer"),
    [KIND_DECLARATION] = KIND("declaration", true, declaration,
                              "The end user's undertaking, signed by the end user"),
    [KIND_APPLICATION] = KIND("application", true, application, "The exporter asks for a licence"),
    [KIND_DECISION] = KIND("decision", true, decision, "An officer decides an application"),
    [KIND_ADVICE] =
        KIND("advice", true, advice, "A body that must be heard advises on an application"),
    [KIND_LICENCE] = KIND("licence", true, licence, "The authority's permission; by an officer"),
    [KIND_SURRENDER] = KIND("surrender", true, surrender, "The exporter gives a licence back"),
    [KIND_ENROLMENT] = KIND("enrolment", true, enrolment,
                            "A system is installed under a licence; by the exporter"),
    [KIND_LEASE] = KIND("lease", false, lease, "A short permission for one system"),
    [KIND_REFUSAL] = KIND("refusal", false, refusal, "A renewal that was refused"),
    [KIND_REPORT] = KIND("report", true, report, "An allegation with its evidence"),
    [KIND_FINDING] = KIND("finding", true, finding, "An officer's conclusion on a report"),
    [KIND_MEASURE] =
        KIND("measure", true, measure, "A penalty; an officer proposes it, others approve"),
    [KIND_APPROVAL] = KIND("approval", true, approval, "An officer agrees to a proposal"),
    [KIND_LIFT] = KIND("lift", true, lift, "The end of a measure; others must approve"),
    [KIND_LISTING] = KIND("listing", false, listing, "One dated snapshot of a list"),
    [KIND_SCREENING] =
        KIND("screening", false, screening, "What screening an application's parties found"),
    [KIND_CLEARANCE] =
        KIND("clearance", true, clearance, "An officer decides a hit of a screening"),
    [KIND_TAGS] = KIND("tags", true, tags, "The shared key of subject tags; by an officer"),
    [KIND_ADMISSION] = KIND("admission", true, admission, "A system asks for subjects' tags"),
    [KIND_INQUIRY] =
        KIND("inquiry", true, inquiry, "An auditor or officer asks for subjects' tags"),
    [KIND_DISCLOSURE] =
        KIND("disclosure", false, disclosure, "Confidential values were released, or erased"),
    [KIND_RENEWAL] = KIND("renewal", true, renewal, "A system asks for its next lease"),
};

const struct kind *record_kind(enum record_kind kind)
{
	assert(kind < KIND_COUNT);
	return &kinds[kind];
}

static bool find_kind(struct bytes name, enum record_kind *out)
{
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		/* On the way of every record of an audit: most names differ in the first letter. */
		if (name.len > 0 && (uint8_t)kinds[i].name[0] == name.at[0] &&
		    bytes_equal(name, bytes_text(kinds[i].name))) {
			*out = (enum record_kind)i;
			return true;
		}
	}
	return false;
}

bool record_kind_by_name(const char *name, enum record_kind *out)
{
	return find_kind(bytes_text(name), out);
}

bool kind_by_content_type(struct bytes type, enum record_kind *out)
{
	static const size_t prefix = sizeof PREFIX - 1, suffix = sizeof SUFFIX - 1;
	if (type.len < prefix + suffix || memcmp(type.at, PREFIX, prefix) != 0 ||
	    memcmp(type.at + type.len - suffix, SUFFIX, suffix) != 0)
		return false;
	return find_kind(bytes_of(type.at + prefix, type.len - prefix - suffix), out);
}

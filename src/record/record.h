/*
 * record: every statement of the system, as bytes and as a struct of its kind.
 *
 * A kind is a table of fields (kinds.c); the same table drives decoding, encoding, the
 * YAML form (form.h), the words of `proviso show`, and the test against doc/records.cddl.
 * A record that a person or a device answers for is a COSE_Sign1 (cose.h). What the log's
 * keeper says (lease, refusal, listing, screening) is an unsigned entry, deterministic CBOR
 * `[content type, claims, payload]` with claims {2: sub, 6: iat}. The payload is a map with
 * small integer keys. A record's id is the SHA-256 of its bytes. No I/O, no clock.
 */
#ifndef PROVISO_RECORD_H
#define PROVISO_RECORD_H

#include "base/hash.h"
#include "body.h"
#include "cose.h"

enum { RECORD_MAX = 65535 }; /* bytes of an entry: tlog-tiles */

enum record_kind {
	KIND_KEY,
	KIND_DEFINITIONS,
	KIND_DECLARATION,
	KIND_APPLICATION,
	KIND_DECISION,
	KIND_LICENCE,
	KIND_SURRENDER,
	KIND_ENROLMENT,
	KIND_LEASE,
	KIND_REFUSAL,
	KIND_REPORT,
	KIND_FINDING,
	KIND_MEASURE,
	KIND_APPROVAL,
	KIND_LIFT,
	KIND_LISTING,
	KIND_SCREENING,
	KIND_CLEARANCE,
	KIND_TAGS,
	KIND_ADMISSION,
	KIND_INQUIRY,
	KIND_DISCLOSURE,
	KIND_ADVICE,
	KIND_RENEWAL, /* a system's request for a lease: signed, never on the log */
	KIND_COUNT,
};

enum field_type {
	FIELD_TEXT,       /* const char * */
	FIELD_LABEL,      /* const char *, a scope label */
	FIELD_COUNTRY,    /* const char *, ISO 3166-1 alpha-2 or XA..XZ */
	FIELD_UINT,       /* uint64_t */
	FIELD_TIME,       /* int64_t; on the wire an integer */
	FIELD_BYTES,      /* struct bytes */
	FIELD_HASH,       /* struct hash: 32 bytes */
	FIELD_REFERENCE,  /* struct hash: the id of another record */
	FIELD_SCOPE,      /* const struct scope *; on the wire canonical text */
	FIELD_PUBLIC_KEY, /* struct public_key; on the wire its line */
	FIELD_CHOICE,     /* unsigned; on the wire and in forms the word of field.words */
	FIELD_REDACTABLE, /* struct redactable; on the wire a salted digest */
	FIELD_STRUCT,     /* a struct described by field.fields */
	FIELD_LIST,       /* struct list of elements described by field.element */
	FIELD_END,
};

/*
 * One field. `offset` is into the struct; an optional field has a bool at `present`
 * saying whether it was there (required fields have 0). An optional list needs none: it
 * is absent exactly when it is empty; a required one stands there even when it is. A text
 * of at most 600 bytes is one line. Keys rise down a table.
 */
struct field {
	uint64_t key;     /* on the wire, 1.. */
	const char *name; /* in forms, e.g. "valid-until" */
	enum field_type type;
	size_t offset;
	bool optional;
	size_t present;             /* offset of a bool, when optional */
	const struct field *fields; /* FIELD_STRUCT and lists of structs: ends with FIELD_END */
	enum field_type element;    /* FIELD_LIST */
	size_t size;                /* FIELD_STRUCT, FIELD_LIST: bytes of the (element) struct;
	                               FIELD_BYTES: exactly so many, when not 0 */
	const char *const *words;   /* FIELD_CHOICE: NULL-terminated */
	size_t most;                /* 0: the default. FIELD_LIST: elements (1000); FIELD_TEXT,
	                               FIELD_BYTES: bytes (4096); FIELD_UINT: 2^53 - 1 */
	bool ours;                  /* FIELD_PUBLIC_KEY: was checked when it came, and kept by us */
	bool usual;                 /* optional, and yet there in the template */
	bool by_file;               /* FIELD_TEXT, FIELD_BYTES: a form may say "@FILE" instead */
	const char *help;           /* a line for the commented template */
	const char *example;        /* a valid value for the template; of a list: one a line */
};

struct kind {
	const char *name;         /* "licence" */
	const char *content_type; /* "application/vnd.proviso.licence+cbor" */
	const char *help;
	bool is_signed;
	size_t size; /* of the struct in body.h */
	const struct field *fields;
};

const struct kind *record_kind(enum record_kind);
bool record_kind_by_name(const char *name, enum record_kind *out);

struct record {
	enum record_kind kind;
	struct hash id;
	struct bytes bytes;        /* the entry, as on the log */
	struct cose_claims claims; /* issuer is NULL for an unsigned entry */
	struct cose_sign1 cose;    /* signed kinds only */
	union record_body body;
	/* Whose signature it has been found to bear, by record_verify(); NULL: nobody looked. */
	const struct passkey *verified;
};

/*
 * The signature is by this key: a plain one (rp_id NULL: cose_verify) or a passkey. Of a record
 * already verified under the very same key that is known. Errors: those of cose.h.
 */
bool record_verify(const struct record *, const struct passkey *, struct err *);

/*
 * Decodes an entry of any kind, checking its shape and every field, not its signature.
 * What it points to lies in `bytes` and `arena`. Errors are bad input and name the field:
 * record.too-large, record.kind, record.entry (not the three parts of an entry),
 * record.claims, record.field-missing, record.field-unknown, record.field-type,
 * record.field-value, record.signed-as-entry (a kind that must be signed is not),
 * record.not-signed (so is a kind other than a renewal that carries a tag),
 * record.entry-as-signed, and those of cbor.h, cose.h, scope.h, key.h.
 */
bool record_decode(struct arena *, struct bytes, struct record *out, struct err *);

/*
 * The same for many of the log's own entries: a scope is looked for among those known
 * (may be NULL) and lives until the next is read. A lease has no id then, for it is found by its
 * index, nor has a request for one: their bytes need not be hashed for nothing.
 */
bool record_decode_known(struct arena *, struct scope_known *, struct bytes, struct record *out,
                         struct err *);

/* Encodes a body into a payload. Errors: the limits, as in decoding. */
bool record_payload(struct arena *, enum record_kind, const union record_body *, struct bytes *out,
                    struct err *);

/* Makes a signed record, or (unsigned kinds) an entry; decodes it again before giving it. */
bool record_sign(struct arena *, enum record_kind, const union record_body *, const char *origin,
                 int64_t issued_at, const struct secret_key *, struct bytes *out, struct err *);
bool record_entry(struct arena *, enum record_kind, const union record_body *, const char *origin,
                  int64_t issued_at, struct bytes *out, struct err *);

/*
 * All of a signed record but its signature, as whoever holds the key is to sign it; decoded again
 * from the bytes made, without an id. `is_passkey`: the key signs by assertions (passkey.h).
 */
bool record_unsigned(struct arena *, enum record_kind, const union record_body *,
                     const char *origin, int64_t issued_at, const struct public_key *,
                     bool is_passkey, struct record *out, struct err *);

/* As record_entry; gives what was made decoded, as record_decode_known() does. */
bool record_say(struct arena *, struct scope_known *, enum record_kind, const union record_body *,
                const char *origin, int64_t issued_at, struct record *out, struct err *);

/* A body alone, as the state keeps it: the payload of record_payload. */
bool record_body_decode(struct arena *, enum record_kind, struct bytes payload,
                        union record_body *out, struct err *);

/* The general mechanism, for other structs described by field tables (the state's entries). */
bool fields_decode(struct arena *, const struct field *, struct bytes, void *out, struct err *);
bool fields_encode(struct arena *, const struct field *, const void *in, struct bytes *out,
                   struct err *);

/*
 * A disclosure is deterministic CBOR [salt (16 bytes), kind name, field path, value]; the
 * redactable field on the log is its SHA-256. Whoever holds the disclosure can show the
 * value; from the digest nothing can be guessed (SD-CWT's way). record_disclose() fits a
 * disclosure to the field it is for; one for another field, record kind or value is refused
 * (record.disclosure).
 */
bool redactable_make(struct arena *, enum record_kind, const char *path, const char *value,
                     const uint8_t salt[16], struct redactable *out);
bool record_disclose(struct arena *, struct record *, struct bytes disclosure, struct err *);

/* The same for many: deterministic CBOR, an array of them, as it lies beside a record. */
bool record_disclose_all(struct arena *, struct record *, struct bytes disclosures, struct err *);

/* That array, of the redactable fields whose disclosure is there; empty: there is none. */
struct bytes record_disclosures(struct arena *, struct record *);

/* Calls `each` for every redactable field of a record, with its path ("evidence.0.note"). */
void record_redactables(struct record *,
                        void (*each)(void *ctx, const char *path, struct redactable *), void *ctx);

#endif

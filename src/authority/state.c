/*
 * Keys of the state. TEXT, NAME: as written; 0: a zero byte, which no text holds; ID, KID:
 * 32 bytes; NUMBER: u64be; ROLE: its digit in enum role. Values are deterministic CBOR maps
 * by the tables below, but for `log`, `device/` and `lease/`, which every lease touches and
 * which are fixed fields, big endian (log_put and so on), and marks, which are one byte 01.
 *
 *   log                              time, generation, entries applied, tags in force, origin
 *   authority                        origin, its key, threshold, last definitions
 *   record/ID                        kind, index, time, signer, payload; not leases, refusals
 *   key/KID                          role, holder, public key, whether and when it ends
 *   key-record/ID                    KID: the key that a key record made known
 *   holder/ROLE NAME                 its current key; of an end user: its latest declaration
 *   definitions/NUMBER               ID, in the order of their numbers
 *   definition/ID                    what they bound, and until when
 *   declaration/ID                   its end user, definitions, and all it can allow
 *   application/ID                   its stage, screening, decision, systems licensed
 *   licence/ID                       parties, item, scope, enrolled, how it ended
 *   system/ID                        licence, parties, item, serial, device key
 *   device/KID                       ID of the system, and the key itself
 *   serial/ITEM 0 SERIAL             ID of the system
 *   item/NAME                        mark: it has been licensed
 *   licence-at/COUNTRY 0 NAME 0 ID   mark: licences by country and end user
 *   system-at/COUNTRY 0 NAME 0 ID    mark: systems by country and end user
 *   licensed/ID ID                   mark: systems of a licence
 *   lease/ID                         of a system: last lease, and the scope in force as text
 *   refused/ID                       of a system: the last refusal, and how many
 *   report/ID, finding/ID            system, finding, outcome
 *   measure/ID                       target, action, stage
 *   lift/ID                          measure, whether done
 *   tags/ID                          a record of the key of tags, whether it came into force
 *   advice/ID 0 NAME                 ID of the latest advice of a body on an application
 *   key-proposal/ID                  a key record that officers must agree to, whether they did
 *   founded                          mark: an officer has signed a record
 *   followed/NUMBER                  ID of the key record that gates follow, by the number of the
 *                                    entry that put it in force
 *   witnesses                        ID of the key record with the policy that gates must demand
 *   origin/NAME                      mark: an origin that the log had before
 *   approval/ID 0 NAME               ID of the approval of a proposal by an officer
 *   in-force/TARGET 0 ID             scope of one measure in force
 *   target/TARGET                    meet of all measures in force on it
 *   aimed/TARGET 0 ID                mark: measures ever proposed against it
 *   emergency/TARGET                 when an officer last suspended it alone: u64be
 *   alone/NAME 0 TARGET              when this officer last did: u64be
 *   listing/NAME                     ID of the latest listing of a list
 *   hit/ID                           a party and an entry of a list, and what was decided
 *   hit-of/TARGET 0 ID               mark: the hits on an exporter or end user
 *   erased/PATH 0 ID                 mark: a confidential value that was erased
 *   admitted/ID                      of a licence: subjects that had tags evaluated: u64be
 */
#include <assert.h>
#include <stddef.h>

#include "entries.h"

#define REQUIRED(number, type_, of, member)                                                        \
	{                                                                                          \
		.key = number, .name = #member, .type = type_,                                     \
		.offset = offsetof(struct of, member)                                              \
	}
#define OPTIONAL(number, type_, of, member, has)                                                   \
	{                                                                                          \
		.key = number, .name = #member, .type = type_,                                     \
		.offset = offsetof(struct of, member), .optional = true,                           \
		.present = offsetof(struct of, has)                                                \
	}
#define END                                                                                        \
	{                                                                                          \
		.type = FIELD_END                                                                  \
	}

static const struct field authority_fields[] = {
    REQUIRED(1, FIELD_TEXT, authority_entry, origin),
    REQUIRED(2, FIELD_HASH, authority_entry, kid),
    REQUIRED(3, FIELD_UINT, authority_entry, threshold),
    REQUIRED(4, FIELD_UINT, authority_entry, definitions),
    OPTIONAL(5, FIELD_UINT, authority_entry, began, has_began),
    OPTIONAL(6, FIELD_UINT, authority_entry, followed, has_followed),
    END,
};

static const struct field record_fields[] = {
    REQUIRED(1, FIELD_UINT, record_entry, kind),
    REQUIRED(2, FIELD_UINT, record_entry, index),
    REQUIRED(3, FIELD_TIME, record_entry, at),
    OPTIONAL(4, FIELD_HASH, record_entry, kid, has_kid),
    {.key = 5,
     .name = "payload",
     .type = FIELD_BYTES,
     .offset = offsetof(struct record_entry, payload),
     .most = RECORD_MAX},
    END,
};

static const struct field key_fields[] = {
    REQUIRED(1, FIELD_UINT, key_entry, role),
    REQUIRED(2, FIELD_TEXT, key_entry, holder),
    OPTIONAL(3, FIELD_TEXT, key_entry, country, has_country),
    {.key = 4,
     .name = "public",
     .type = FIELD_PUBLIC_KEY,
     .offset = offsetof(struct key_entry, public),
     .ours = true},
    REQUIRED(5, FIELD_REFERENCE, key_entry, record),
    OPTIONAL(6, FIELD_REFERENCE, key_entry, ended, has_ended),
    OPTIONAL(7, FIELD_TEXT, key_entry, rp_id, has_rp_id),
    OPTIONAL(8, FIELD_TEXT, key_entry, origin, has_origin),
    OPTIONAL(9, FIELD_TIME, key_entry, until, has_until),
    OPTIONAL(10, FIELD_UINT, key_entry, imposed, has_imposed),
    END,
};

static const struct field holder_fields[] = {
    OPTIONAL(1, FIELD_HASH, holder_entry, kid, has_kid),
    OPTIONAL(2, FIELD_TEXT, holder_entry, country, has_country),
    OPTIONAL(3, FIELD_REFERENCE, holder_entry, declaration, has_declaration),
    END,
};

static const struct field definitions_fields[] = {
    REQUIRED(1, FIELD_UINT, definitions_entry, number),
    REQUIRED(2, FIELD_TIME, definitions_entry, effective),
    REQUIRED(3, FIELD_SCOPE, definitions_entry, bound),
    OPTIONAL(4, FIELD_REFERENCE, definitions_entry, superseded, has_superseded),
    REQUIRED(5, FIELD_TIME, definitions_entry, superseded_from),
    REQUIRED(6, FIELD_TIME, definitions_entry, until),
    END,
};

static const struct field declaration_fields[] = {
    REQUIRED(1, FIELD_TEXT, declaration_entry, end_user),
    REQUIRED(2, FIELD_TEXT, declaration_entry, country),
    REQUIRED(3, FIELD_REFERENCE, declaration_entry, definitions),
    REQUIRED(4, FIELD_SCOPE, declaration_entry, bound),
    REQUIRED(5, FIELD_TIME, declaration_entry, valid_until),
    END,
};

static const struct field application_fields[] = {
    REQUIRED(1, FIELD_TEXT, application_entry, exporter),
    REQUIRED(2, FIELD_TEXT, application_entry, end_user),
    REQUIRED(3, FIELD_UINT, application_entry, stage),
    OPTIONAL(4, FIELD_REFERENCE, application_entry, screening, has_screening),
    REQUIRED(5, FIELD_UINT, application_entry, hits),
    OPTIONAL(6, FIELD_REFERENCE, application_entry, decision, has_decision),
    REQUIRED(7, FIELD_UINT, application_entry, licensed),
    END,
};

static const struct field licence_fields[] = {
    REQUIRED(1, FIELD_REFERENCE, licence_entry, application),
    REQUIRED(2, FIELD_TEXT, licence_entry, exporter),
    REQUIRED(3, FIELD_TEXT, licence_entry, end_user),
    REQUIRED(4, FIELD_TEXT, licence_entry, country),
    REQUIRED(5, FIELD_TEXT, licence_entry, item),
    REQUIRED(6, FIELD_TEXT, licence_entry, version),
    REQUIRED(7, FIELD_UINT, licence_entry, quantity),
    REQUIRED(8, FIELD_UINT, licence_entry, enrolled),
    REQUIRED(9, FIELD_SCOPE, licence_entry, scope),
    REQUIRED(10, FIELD_UINT, licence_entry, lease_seconds),
    REQUIRED(11, FIELD_TIME, licence_entry, valid_until),
    OPTIONAL(12, FIELD_REFERENCE, licence_entry, surrendered, has_surrendered),
    OPTIONAL(13, FIELD_REFERENCE, licence_entry, revoked, has_revoked),
    END,
};

static const struct field system_fields[] = {
    REQUIRED(1, FIELD_REFERENCE, system_entry, licence),
    REQUIRED(2, FIELD_TEXT, system_entry, exporter),
    REQUIRED(3, FIELD_TEXT, system_entry, end_user),
    REQUIRED(4, FIELD_TEXT, system_entry, country),
    REQUIRED(5, FIELD_TEXT, system_entry, item),
    REQUIRED(6, FIELD_TEXT, system_entry, serial),
    {.key = 7,
     .name = "device",
     .type = FIELD_PUBLIC_KEY,
     .offset = offsetof(struct system_entry, device),
     .ours = true},
    END,
};

static const struct field report_fields[] = {
    OPTIONAL(1, FIELD_REFERENCE, report_entry, system, has_system),
    OPTIONAL(2, FIELD_REFERENCE, report_entry, finding, has_finding),
    REQUIRED(3, FIELD_UINT, report_entry, outcome),
    END,
};

static const struct field measure_fields[] = {
    REQUIRED(1, FIELD_TEXT, measure_entry, target),
    REQUIRED(2, FIELD_UINT, measure_entry, action),
    REQUIRED(3, FIELD_UINT, measure_entry, stage),
    REQUIRED(4, FIELD_TEXT, measure_entry, proposer),
    REQUIRED(5, FIELD_TIME, measure_entry, proposed),
    OPTIONAL(6, FIELD_TIME, measure_entry, until, has_until),
    OPTIONAL(7, FIELD_TIME, measure_entry, began, has_began),
    OPTIONAL(8, FIELD_REFERENCE, measure_entry, lifted, has_lifted),
    END,
};

static const struct field lift_fields[] = {
    REQUIRED(1, FIELD_REFERENCE, lift_entry, measure),
    REQUIRED(2, FIELD_TEXT, lift_entry, proposer),
    REQUIRED(3, FIELD_UINT, lift_entry, done),
    END,
};

static const struct field tags_fields[] = {
    REQUIRED(1, FIELD_TEXT, tags_entry, proposer),
    REQUIRED(2, FIELD_UINT, tags_entry, number),
    REQUIRED(3, FIELD_UINT, tags_entry, done),
    END,
};

static const struct field proposal_fields[] = {
    REQUIRED(1, FIELD_TEXT, proposal_entry, proposer),
    REQUIRED(2, FIELD_UINT, proposal_entry, done),
    OPTIONAL(3, FIELD_UINT, proposal_entry, imposed, has_imposed),
    END,
};

static const struct field force_fields[] = {
    REQUIRED(1, FIELD_SCOPE, force_entry, scope),
    OPTIONAL(2, FIELD_TIME, force_entry, until, has_until),
    END,
};

static const struct field target_fields[] = {
    REQUIRED(1, FIELD_SCOPE, target_entry, scope),
    OPTIONAL(2, FIELD_TIME, target_entry, next, has_next),
    END,
};

static const struct field refused_fields[] = {
    REQUIRED(1, FIELD_REFERENCE, refused_entry, id), REQUIRED(2, FIELD_TEXT, refused_entry, code),
    REQUIRED(3, FIELD_TEXT, refused_entry, reason),  REQUIRED(4, FIELD_TIME, refused_entry, at),
    REQUIRED(5, FIELD_UINT, refused_entry, count),   END,
};

static const struct field hit_fields[] = {
    REQUIRED(1, FIELD_TEXT, hit_entry, target),
    REQUIRED(2, FIELD_TEXT, hit_entry, party),
    REQUIRED(3, FIELD_TEXT, hit_entry, name),
    OPTIONAL(4, FIELD_TEXT, hit_entry, country, has_country),
    REQUIRED(5, FIELD_TEXT, hit_entry, list),
    REQUIRED(6, FIELD_TEXT, hit_entry, entry),
    OPTIONAL(7, FIELD_HASH, hit_entry, digest, has_digest),
    REQUIRED(8, FIELD_UINT, hit_entry, policy),
    REQUIRED(9, FIELD_UINT, hit_entry, score),
    REQUIRED(10, FIELD_REFERENCE, hit_entry, screening),
    REQUIRED(11, FIELD_TIME, hit_entry, found),
    REQUIRED(12, FIELD_UINT, hit_entry, stage),
    REQUIRED(13, FIELD_UINT, hit_entry, is_gone),
    OPTIONAL(14, FIELD_REFERENCE, hit_entry, clearance, has_clearance),
    OPTIONAL(15, FIELD_TIME, hit_entry, until, has_until),
    END,
};

static const struct {
	const struct field *fields;
	size_t size;
} tables[ENTRY_KIND_COUNT] = {
    [ENTRY_AUTHORITY] = {authority_fields, sizeof(struct authority_entry)},
    [ENTRY_RECORD] = {record_fields, sizeof(struct record_entry)},
    [ENTRY_KEY] = {key_fields, sizeof(struct key_entry)},
    [ENTRY_HOLDER] = {holder_fields, sizeof(struct holder_entry)},
    [ENTRY_DEFINITIONS] = {definitions_fields, sizeof(struct definitions_entry)},
    [ENTRY_DECLARATION] = {declaration_fields, sizeof(struct declaration_entry)},
    [ENTRY_APPLICATION] = {application_fields, sizeof(struct application_entry)},
    [ENTRY_LICENCE] = {licence_fields, sizeof(struct licence_entry)},
    [ENTRY_SYSTEM] = {system_fields, sizeof(struct system_entry)},
    [ENTRY_REPORT] = {report_fields, sizeof(struct report_entry)},
    [ENTRY_MEASURE] = {measure_fields, sizeof(struct measure_entry)},
    [ENTRY_LIFT] = {lift_fields, sizeof(struct lift_entry)},
    [ENTRY_FORCE] = {force_fields, sizeof(struct force_entry)},
    [ENTRY_TARGET] = {target_fields, sizeof(struct target_entry)},
    [ENTRY_REFUSED] = {refused_fields, sizeof(struct refused_entry)},
    [ENTRY_HIT] = {hit_fields, sizeof(struct hit_entry)},
    [ENTRY_TAGS] = {tags_fields, sizeof(struct tags_entry)},
    [ENTRY_PROPOSAL] = {proposal_fields, sizeof(struct proposal_entry)},
};

bool entry_decode(struct arena *arena, enum entry_kind kind, struct bytes value, void *out,
                  struct err *e)
{
	struct err why;
	memset(out, 0, tables[kind].size);
	return fields_decode(arena, tables[kind].fields, value, out, &why) ||
	       err_environment(e,
	                       "the state holds an entry that is damaged, or of another version "
	                       "of this program: %s (proviso restore makes it anew from the log)",
	                       why.text);
}

bool entry_get(const struct state *state, struct arena *arena, enum entry_kind kind,
               struct bytes key, void *out, bool *found, struct err *e)
{
	struct bytes value = {0};
	if (!state->get(state->ctx, key, arena, &value, e))
		return false;
	*found = value.at != NULL;
	return !*found || entry_decode(arena, kind, value, out, e);
}

bool entry_put(struct changes *changes, enum entry_kind kind, struct bytes key, const void *entry,
               struct err *e)
{
	struct bytes value;
	if (!fields_encode(changes->arena, tables[kind].fields, entry, &value, e))
		return false;
	change_put(changes, key, value);
	return true;
}

bool entry_body(const struct state *state, struct arena *arena, enum record_kind kind,
                const struct hash *id, union record_body *out, bool *found, struct err *e)
{
	struct record_entry entry;
	struct err why;
	if (!entry_get(state, arena, ENTRY_RECORD, key_hash(arena, "record/", id), &entry, found,
	               e))
		return false;
	*found = *found && entry.kind == kind;
	return !*found || record_body_decode(arena, kind, entry.payload, out, &why) ||
	       err_environment(e, "the state holds a damaged record: %s", why.text);
}

bool state_has(const struct state *state, struct arena *arena, struct bytes key, bool *found,
               struct err *e)
{
	struct bytes value = {0};
	if (!state->get(state->ctx, key, arena, &value, e))
		return false;
	*found = value.at != NULL;
	return true;
}

/* --- Changes -------------------------------------------------------------------------- */

static void change_add(struct changes *changes, struct bytes key, struct bytes value)
{
	struct change *change = arena_alloc(changes->arena, sizeof *change);
	*change = (struct change){.key = key, .value = value};
	if (changes->first == NULL)
		changes->first = change;
	else
		*changes->last = change;
	changes->last = &change->next;
}

void change_put(struct changes *changes, struct bytes key, struct bytes value)
{
	assert(value.at != NULL && value.len > 0);
	change_add(changes, key, value);
}

void change_mark(struct changes *changes, struct bytes key)
{
	static const uint8_t mark = 1;
	change_add(changes, key, bytes_of(&mark, 1));
}

void change_delete(struct changes *changes, struct bytes key)
{
	change_add(changes, key, (struct bytes){0});
}

void changes_append(struct changes *to, const struct changes *from)
{
	if (from->first == NULL)
		return;
	if (to->first == NULL)
		to->first = from->first;
	else
		*to->last = from->first;
	to->last = from->last;
}

/* --- Keys ----------------------------------------------------------------------------- */

static struct bytes key_of(struct buffer *b)
{
	return buffer_view(b);
}

struct bytes key_text(struct arena *arena, const char *prefix, const char *text)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, prefix);
	buffer_text(&b, text);
	return key_of(&b);
}

struct bytes key_hash(struct arena *arena, const char *prefix, const struct hash *id)
{
	size_t len = strlen(prefix);
	uint8_t *at = arena_alloc(arena, len + HASH_SIZE);
	memcpy(at, prefix, len);
	memcpy(at + len, id->at, HASH_SIZE);
	return bytes_of(at, len + HASH_SIZE);
}

struct bytes key_pair(struct arena *arena, const char *prefix, const char *text,
                      const struct hash *id)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, prefix);
	buffer_text(&b, text);
	buffer_u8(&b, 0);
	if (id != NULL)
		buffer_bytes(&b, hash_bytes(id));
	return key_of(&b);
}

struct bytes key_holder(struct arena *arena, uint64_t role, const char *name)
{
	struct buffer b = {.arena = arena};
	buffer_printf(&b, "holder/%u", (unsigned)role);
	buffer_text(&b, name);
	return key_of(&b);
}

struct bytes key_number(struct arena *arena, const char *prefix, uint64_t number)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, prefix);
	buffer_u64be(&b, number);
	return key_of(&b);
}

struct bytes key_place(struct arena *arena, const char *prefix, const char *country,
                       const char *end_user, const struct hash *id)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, prefix);
	if (country != NULL) {
		buffer_text(&b, country);
		buffer_u8(&b, 0);
	}
	if (end_user != NULL) {
		buffer_text(&b, end_user);
		buffer_u8(&b, 0);
	}
	if (id != NULL)
		buffer_bytes(&b, hash_bytes(id));
	return key_of(&b);
}

static struct bytes key_by(struct arena *arena, const char *prefix, const struct hash *id,
                           const char *holder)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, prefix);
	buffer_bytes(&b, hash_bytes(id));
	buffer_u8(&b, 0);
	buffer_text(&b, holder);
	return key_of(&b);
}

struct bytes key_approval(struct arena *arena, const struct hash *proposal, const char *holder)
{
	return key_by(arena, "approval/", proposal, holder);
}

struct bytes key_advice(struct arena *arena, const struct hash *application, const char *body)
{
	return key_by(arena, "advice/", application, body);
}

/* --- Entries in fixed form ------------------------------------------------------------- */

static bool damaged(struct err *e, const char *key)
{
	return err_environment(e, "the state holds a damaged entry: %s", key);
}

static struct hash read_hash(struct reader *r)
{
	struct hash out = {0};
	struct bytes at = read_bytes(r, HASH_SIZE);
	if (!r->bad)
		memcpy(out.at, at.at, HASH_SIZE);
	return out;
}

bool log_has_tags(const struct log_entry *log)
{
	static const struct hash none;
	return !hash_equal(&log->tags, &none);
}

bool log_get(const struct state *state, struct arena *arena, struct log_entry *out, struct err *e)
{
	struct bytes value = {0};
	*out = (struct log_entry){0};
	if (!state->get(state->ctx, bytes_text("log"), arena, &value, e))
		return false;
	if (value.at == NULL)
		return true;
	struct reader r = reader_of(value);
	out->time = (int64_t)read_u64be(&r);
	out->generation = read_u64be(&r);
	out->size = read_u64be(&r);
	out->tags = read_hash(&r);
	out->origin = read_bytes(&r, reader_left(&r));
	return !r.bad || damaged(e, "log");
}

void log_put(struct changes *changes, const struct log_entry *log)
{
	struct buffer b = {.arena = changes->arena};
	buffer_u64be(&b, (uint64_t)log->time);
	buffer_u64be(&b, log->generation);
	buffer_u64be(&b, log->size);
	buffer_bytes(&b, hash_bytes(&log->tags));
	buffer_bytes(&b, log->origin);
	change_put(changes, bytes_text("log"), buffer_view(&b));
}

bool device_get(const struct state *state, struct arena *arena, const struct hash *kid,
                struct device_entry *out, bool *found, struct err *e)
{
	struct bytes value = {0};
	if (!state->get(state->ctx, key_hash(arena, "device/", kid), arena, &value, e))
		return false;
	*found = value.at != NULL;
	if (!*found)
		return true;
	struct reader r = reader_of(value);
	*out = (struct device_entry){.system = read_hash(&r)};
	out->key.algorithm = (enum key_algorithm)read_u8(&r);
	bool is_known = out->key.algorithm == KEY_ED25519 || out->key.algorithm == KEY_ES256;
	if (r.bad || !is_known || reader_left(&r) != key_public_size(out->key.algorithm))
		return damaged(e, "device");
	struct bytes at = read_bytes(&r, reader_left(&r));
	memcpy(out->key.at, at.at, at.len);
	return true;
}

void device_put(struct changes *changes, const struct device_entry *in)
{
	struct buffer b = {.arena = changes->arena};
	struct hash kid = key_id(&in->key);
	buffer_bytes(&b, hash_bytes(&in->system));
	buffer_u8(&b, (uint8_t)in->key.algorithm);
	buffer_bytes(&b, key_public_bytes(&in->key));
	change_put(changes, key_hash(changes->arena, "device/", &kid), buffer_view(&b));
}

bool lease_read(struct bytes value, struct lease_entry *out, struct err *e)
{
	struct reader r = reader_of(value);
	*out = (struct lease_entry){.device = read_hash(&r)};
	out->sequence = read_u64be(&r);
	out->counter = read_u64be(&r);
	out->use_log.size = read_u64be(&r);
	out->use_log.root = read_hash(&r);
	out->granted = (int64_t)read_u64be(&r);
	out->ttl_seconds = read_u64be(&r);
	out->index = read_u64be(&r);
	out->answer = read_u64be(&r);
	out->heard = read_u64be(&r);
	out->session = read_u64be(&r);
	out->session_began = (int64_t)read_u64be(&r);
	struct bytes nonce = read_bytes(&r, RENEWAL_NONCE);
	if (!r.bad)
		memcpy(out->session_nonce, nonce.at, nonce.len);
	out->generation = read_u64be(&r);
	out->good_before = (int64_t)read_u64be(&r);
	out->lease_seconds = read_u64be(&r);
	out->scope = read_bytes(&r, reader_left(&r));
	return !r.bad || damaged(e, "lease");
}

bool lease_get(const struct state *state, struct arena *arena, const struct hash *system,
               struct lease_entry *out, bool *found, struct err *e)
{
	struct bytes value = {0};
	if (!state->get(state->ctx, key_hash(arena, "lease/", system), arena, &value, e))
		return false;
	*found = value.at != NULL;
	return !*found || lease_read(value, out, e);
}

void lease_put(struct changes *changes, const struct hash *system, const struct lease_entry *in)
{
	enum { FIXED = 2 * HASH_SIZE + 13 * 8 + RENEWAL_NONCE };
	struct buffer b = {.arena = changes->arena};
	b.room = FIXED + in->scope.len;
	b.at = arena_alloc(changes->arena, b.room);
	buffer_bytes(&b, hash_bytes(&in->device));
	buffer_u64be(&b, in->sequence);
	buffer_u64be(&b, in->counter);
	buffer_u64be(&b, in->use_log.size);
	buffer_bytes(&b, hash_bytes(&in->use_log.root));
	buffer_u64be(&b, (uint64_t)in->granted);
	buffer_u64be(&b, in->ttl_seconds);
	buffer_u64be(&b, in->index);
	buffer_u64be(&b, in->answer);
	buffer_u64be(&b, in->heard);
	buffer_u64be(&b, in->session);
	buffer_u64be(&b, (uint64_t)in->session_began);
	buffer_bytes(&b, bytes_of(in->session_nonce, RENEWAL_NONCE));
	buffer_u64be(&b, in->generation);
	buffer_u64be(&b, (uint64_t)in->good_before);
	buffer_u64be(&b, in->lease_seconds);
	buffer_bytes(&b, in->scope);
	change_put(changes, key_hash(changes->arena, "lease/", system), buffer_view(&b));
}

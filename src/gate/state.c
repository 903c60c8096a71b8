#include "state.h"

#include <stddef.h>

#include "log/proof.h"
#include "record/cbor.h"

#define STATE_KIND "proviso-state-2"

enum { STATE_MAX = PROVISO_AUTHORITIES_MAX * (REPLY_MAX + 4096) };

enum type { NUMBER, TIME, FIXED };

#define AT(member) offsetof(struct standing, member)

static const struct {
	enum type type;
	size_t offset, size;
} members[] = {
    {NUMBER, AT(held), 0},
    {NUMBER, AT(sequence), 0},
    {NUMBER, AT(checkpoint.size), 0},
    {FIXED, AT(checkpoint.root), HASH_SIZE},
    {NUMBER, AT(acknowledged.size), 0},
    {FIXED, AT(acknowledged.root), HASH_SIZE},
    {TIME, AT(drawn_at), 0},
    {TIME, AT(accepted_at.boot), 0},
    {TIME, AT(accepted_at.wall), 0},
    {FIXED, AT(boot_id), BOOT_ID},
    {NUMBER, AT(counter), 0},
    {NUMBER, AT(pending), 0},
    {FIXED, AT(nonce), RENEWAL_NONCE},
    {TIME, AT(pending_drawn_at), 0},
    {FIXED, AT(pending_boot_id), BOOT_ID},
    {NUMBER, AT(claims), 0},
    {NUMBER, AT(claim.size), 0},
    {FIXED, AT(claim.root), HASH_SIZE},
    {NUMBER, AT(session), 0},
    {FIXED, AT(session_nonce), RENEWAL_NONCE},
    {FIXED, AT(session_boot_id), BOOT_ID},
    {NUMBER, AT(pending_session), 0},
};

enum { MEMBERS = sizeof members / sizeof *members };

static void encode_standing(struct buffer *b, const struct standing *s)
{
	cbor_array(b, MEMBERS + 1);
	for (size_t i = 0; i < MEMBERS; i++) {
		const uint8_t *at = (const uint8_t *)s + members[i].offset;
		uint64_t number;
		int64_t time;
		switch (members[i].type) {
		case NUMBER:
			memcpy(&number, at, sizeof number);
			cbor_uint(b, number);
			break;
		case TIME:
			memcpy(&time, at, sizeof time);
			cbor_int(b, time);
			break;
		case FIXED:
			cbor_bytes(b, bytes_of(at, members[i].size));
			break;
		}
	}
	cbor_bytes(b, s->reply);
}

static void decode_standing(struct cbor_reader *r, struct standing *s)
{
	if (cbor_read_array(r) != MEMBERS + 1)
		cbor_fail(r, "gate.state-damaged", "not a standing");
	for (size_t i = 0; i < MEMBERS; i++) {
		uint8_t *at = (uint8_t *)s + members[i].offset;
		uint64_t number;
		int64_t time;
		struct bytes fixed;
		switch (members[i].type) {
		case NUMBER:
			number = cbor_read_uint(r);
			memcpy(at, &number, sizeof number);
			break;
		case TIME:
			time = cbor_read_int(r);
			memcpy(at, &time, sizeof time);
			break;
		case FIXED:
			fixed = cbor_read_bytes(r);
			if (r->bad || fixed.len != members[i].size)
				cbor_fail(r, "gate.state-damaged", "not of %zu bytes",
				          members[i].size);
			else
				memcpy(at, fixed.at, fixed.len);
			break;
		}
	}
	s->reply = cbor_read_bytes(r);
	if (s->held > HELD_REFUSAL || s->pending > 1 || s->claims > 1)
		cbor_fail(r, "gate.state-damaged", "not a standing");
}

bool state_write(const char *dir, const struct system *system, const struct state_file *state,
                 struct err *e)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	cbor_array(&b, 2);
	cbor_bytes(&b, bytes_of(state->boot_id, BOOT_ID));
	cbor_array(&b, system->authority_count);
	for (size_t i = 0; i < system->authority_count; i++)
		encode_standing(&b, &state->standings[i]);
	return sealed_write(dir, "state", STATE_KIND, buffer_view(&b), e);
}

bool state_write_first(const char *dir, const struct system *system, struct err *e)
{
	struct state_file state = {0};
	for (size_t i = 0; i < system->authority_count; i++) {
		state.standings[i].checkpoint.root = merkle_empty;
		state.standings[i].acknowledged.root = merkle_empty;
		state.standings[i].claim.root = merkle_empty;
	}
	return state_write(dir, system, &state, e);
}

bool state_read(const char *dir, const struct system *system, struct arena *arena,
                struct state_file *out, struct err *e)
{
	struct bytes content;
	if (!sealed_read(arena, dir, "state", STATE_KIND, STATE_MAX, "gate.state-damaged", &content,
	                 e))
		return false;
	*out = (struct state_file){0};
	struct err why = {0};
	struct cbor_reader r = cbor_reader(content, &why);
	if (cbor_read_array(&r) != 2)
		cbor_fail(&r, "gate.state-damaged", "not a state");
	struct bytes boot = cbor_read_bytes(&r);
	if (!r.bad && boot.len == BOOT_ID)
		memcpy(out->boot_id, boot.at, BOOT_ID);
	else
		cbor_fail(&r, "gate.state-damaged", "not a state");
	if (cbor_read_array(&r) != system->authority_count)
		cbor_fail(&r, "gate.state-damaged", "of another number of authorities");
	for (size_t i = 0; !r.bad && i < system->authority_count; i++)
		decode_standing(&r, &out->standings[i]);
	return cbor_done(&r) || err_refused(e, "gate.state-damaged", "%s/state: %s", dir, why.text);
}

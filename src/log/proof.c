#include "proof.h"

#include <assert.h>

#define HEADER "c2sp.org/tlog-proof@v1"

enum { HASH_LINE = 45, NUMBER_MAX = 20 }; /* the hash in base64, and LF */

/* Decimal digits, the last at to[NUMBER_MAX - 1]; gives how many. */
static size_t digits_of(uint64_t number, char to[NUMBER_MAX])
{
	size_t count = 0;
	do {
		to[NUMBER_MAX - ++count] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return count;
}

size_t proof_length(const struct log_proof *p)
{
	char digits[NUMBER_MAX];
	return sizeof HEADER "\nindex \n" - 1 + digits_of(p->index, digits) +
	       p->inclusion.count * HASH_LINE + 1 + p->checkpoint.len;
}

void proof_put(struct buffer *b, const struct log_proof *p)
{
	char digits[NUMBER_MAX];
	size_t count = digits_of(p->index, digits);
	buffer_text(b, HEADER "\nindex ");
	buffer_bytes(b, bytes_of(digits + NUMBER_MAX - count, count));
	buffer_u8(b, '\n');
	for (size_t i = 0; i < p->inclusion.count; i++) {
		buffer_base64(b, hash_bytes(&p->inclusion.at[i]));
		buffer_u8(b, '\n');
	}
	buffer_u8(b, '\n');
	buffer_bytes(b, p->checkpoint);
}

struct bytes proof_format(struct arena *arena, const struct log_proof *p)
{
	struct buffer text = {.arena = arena};
	size_t length = proof_length(p);
	buffer_reserve(&text, length);
	proof_put(&text, p);
	assert(text.len == length);
	return buffer_view(&text);
}

static bool begins(struct bytes line, const char *word)
{
	size_t len = strlen(word);
	return line.len > len && memcmp(line.at, word, len) == 0;
}

bool proof_parse(struct arena *arena, struct bytes bytes, struct log_proof *out, struct err *e)
{
	if (bytes.len > PROOF_MAX)
		return err_input(e, "proof.too-long", "a proof has at most %d bytes, not %zu",
		                 PROOF_MAX, bytes.len);
	struct reader r = reader_of(bytes);
	size_t number = 2;
	struct bytes line = read_line(&r), hash;
	if (!bytes_equal(line, bytes_text(HEADER)))
		return err_input(e, "proof.header", "line 1 is not " HEADER "%s",
		                 line.len > 0 && line.at[line.len - 1] == '\r'
		                     ? ", it ends in CR LF (a tool changed its line ends)"
		                     : "");
	line = read_line(&r);
	if (begins(line, "extra ")) { /* not authenticated, and so not looked at */
		if (!base64_decode(arena, bytes_of(line.at + 6, line.len - 6), &hash))
			return err_input(e, "proof.header", "line 2 is not base64 after \"extra\"");
		line = read_line(&r);
		number++;
	}
	if (!begins(line, "index ") ||
	    !decimal_parse(bytes_of(line.at + 6, line.len - 6), &out->index))
		return err_input(e, "proof.index", "line %zu is not \"index NUMBER\"", number);
	out->inclusion.count = 0;
	for (number++, line = read_line(&r); line.len > 0; number++, line = read_line(&r)) {
		if (out->inclusion.count == MERKLE_PROOF_MAX - 1)
			return err_input(e, "proof.too-long", "more than %d hashes",
			                 MERKLE_PROOF_MAX - 1);
		if (!base64_decode(arena, line, &hash) || hash.len != HASH_SIZE)
			return err_input(e, "proof.hash",
			                 "line %zu is not a hash of 32 bytes in base64", number);
		memcpy(out->inclusion.at[out->inclusion.count++].at, hash.at, HASH_SIZE);
	}
	if (r.bad)
		return err_input(e, "proof.hash",
		                 "line %zu: the blank line before the checkpoint is missing",
		                 number);
	out->checkpoint = read_bytes(&r, reader_left(&r));
	return true;
}

bool proof_verify(struct arena *arena, const struct log_proof *p, struct bytes entry,
                  const struct public_key *authority, struct checkpoint *out, struct err *e)
{
	if (!checkpoint_open(arena, p->checkpoint, authority, out, e))
		return false;
	struct hash leaf = merkle_leaf(entry);
	return merkle_verify_inclusion(&leaf, p->index, out->size, p->inclusion.at,
	                               p->inclusion.count, &out->root, e);
}

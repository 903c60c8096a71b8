/* What a format can hold, and one more: refused by name, wherever the bytes come from. */
#include "test.h"

#include "base/key.h"
#include "log/policy.h"
#include "log/receipt.h"
#include "log/witness.h"
#include "record/cbor.h"
#include "tags/tags.h"
#include "wire/wire.h"

static bool is_input(const struct err *e, const char *rule)
{
	return e->kind == ERR_INPUT && e->rule != NULL && strcmp(e->rule, rule) == 0;
}

static struct secret_key key_of(enum key_algorithm algorithm, const char *name, uint64_t number)
{
	struct secret_key out;
	struct err e = {0};
	uint8_t seed[KEY_SEED] = {1};
	memcpy(seed + 1, &number, sizeof number);
	bool made = key_make(algorithm, name, seed, &out, &e);
	CHECK(made, "%s", e.text);
	return out;
}

static const char *line_of(struct arena *arena, uint64_t number)
{
	struct secret_key key = key_of(KEY_ED25519, "log.example", number);
	return key_line(arena, &key.public);
}

/* --- Keys ---------------------------------------------------------------------------------------
 */

static void keys_have_a_longest_line_and_file(void)
{
	owned_arena arena = {0};
	struct buffer line = {.arena = &arena}, file = {.arena = &arena};
	struct public_key key;
	struct secret_key secret;
	struct err e = {0};
	buffer_text(&line, line_of(&arena, 1));
	while (line.len <= KEY_LINE_MAX)
		buffer_u8(&line, 'A');
	CHECK(!key_line_parse(buffer_view(&line), &key, &e) && is_input(&e, "key.line"), "%s: %s",
	      e.rule, e.text);
	while (file.len <= KEY_FILE_MAX)
		buffer_text(&file, "proviso secret key\n");
	CHECK(!key_file_parse(buffer_view(&file), "x", &secret, &e) && is_input(&e, "key.file"),
	      "%s: %s", e.rule, e.text);
}

static void hashes_take_keys_longer_than_their_block(void)
{
	/* RFC 4231, test case 6 */
	owned_arena arena = {0};
	uint8_t key[131];
	memset(key, 0xAA, sizeof key);
	const struct bytes parts[] = {
	    bytes_text("Test Using Larger Than Block-Size Key - Hash Key First")};
	struct hash mac = hmac_sha256(bytes_of(key, sizeof key), parts, 1);
	const char *hex = hex_encode(&arena, hash_bytes(&mac));
	CHECK(strcmp(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54") == 0,
	      "%s", hex);
}

/* --- Policies and lists of logs
 * -------------------------------------------------------------------
 */

static struct err policy_error(struct arena *arena, struct buffer *text)
{
	struct policy *policy = arena_alloc(arena, sizeof *policy);
	struct err e = {0};
	buffer_text(text, "quorum none\n");
	CHECK(!policy_parse(arena, buffer_view(text), policy, &e), "it was taken");
	return e;
}

static void policies_have_limits(void)
{
	owned_arena arena = {0};
	struct buffer logs = {.arena = &arena}, items = {.arena = &arena},
	              es256 = {.arena = &arena};
	for (uint64_t i = 0; i <= POLICY_LOGS; i++)
		buffer_printf(&logs, "log %s\n", line_of(&arena, i));
	struct err e = policy_error(&arena, &logs);
	CHECK(is_input(&e, "policy.too-large") && strstr(e.text, "logs") != NULL, "%s", e.text);
	buffer_text(&items, "group g any");
	for (int i = 0; i <= POLICY_MEMBERS; i++)
		buffer_text(&items, " m");
	buffer_text(&items, "\n");
	e = policy_error(&arena, &items);
	CHECK(is_input(&e, "policy.line") && strstr(e.text, "items") != NULL, "%s", e.text);
	struct secret_key other = key_of(KEY_ES256, "log.example", 1);
	buffer_printf(&es256, "log %s\n", key_line(&arena, &other.public));
	e = policy_error(&arena, &es256);
	CHECK(is_input(&e, "key.line") && strstr(e.text, "Ed25519") != NULL, "%s", e.text);
}

static struct err list_error(struct arena *arena, struct bytes text)
{
	struct witness_logs logs;
	struct err e = {0};
	CHECK(!witness_logs_parse(arena, text, &logs, &e), "it was taken");
	return e;
}

static struct buffer list_begin(struct arena *arena)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, "logs/v0\n\n");
	return b;
}

static void lists_of_logs_have_limits(void)
{
	owned_arena arena = {0};
	struct buffer logs = list_begin(&arena), keys = list_begin(&arena),
	              es256 = list_begin(&arena), zero = list_begin(&arena),
	              large = list_begin(&arena);
	for (uint64_t i = 0; i <= WITNESS_LOGS; i++)
		buffer_printf(&logs, "vkey %s\norigin log-%llu.example\n", line_of(&arena, 1),
		              (unsigned long long)i);
	struct err e = list_error(&arena, buffer_view(&logs));
	CHECK(is_input(&e, "witness.logs") && strstr(e.text, "too many logs") != NULL, "%s",
	      e.text);
	for (uint64_t i = 0; i <= WITNESS_KEYS; i++)
		buffer_printf(&keys, "vkey %s\n", line_of(&arena, i));
	buffer_printf(&keys, "vkey %s\n", line_of(&arena, 99));
	e = list_error(&arena, buffer_view(&keys));
	CHECK(is_input(&e, "witness.logs") && strstr(e.text, "too many keys") != NULL, "%s",
	      e.text);
	struct secret_key other = key_of(KEY_ES256, "log.example", 1);
	buffer_printf(&es256, "vkey %s\n", key_line(&arena, &other.public));
	e = list_error(&arena, buffer_view(&es256));
	CHECK(is_input(&e, "witness.logs") && strstr(e.text, "Ed25519") != NULL, "%s", e.text);
	buffer_printf(&zero, "vkey %s\norigin a", line_of(&arena, 1));
	buffer_u8(&zero, 0);
	buffer_text(&zero, "b\n");
	e = list_error(&arena, buffer_view(&zero));
	CHECK(is_input(&e, "witness.logs") && strstr(e.text, "NUL") != NULL, "%s", e.text);
	while (large.len <= WITNESS_LISTS_MAX)
		buffer_text(&large, "# nothing but words, and more of them than anybody reads\n");
	e = list_error(&arena, buffer_view(&large));
	CHECK(is_input(&e, "witness.logs") && strstr(e.text, "too large") != NULL, "%s", e.text);
	e = list_error(&arena, bytes_text("logs/v0\n"));
	CHECK(is_input(&e, "witness.logs") && strstr(e.text, "no log") != NULL, "%s", e.text);
}

/* --- Receipts
 * --------------------------------------------------------------------------------------
 */

static struct err receipt_error(struct arena *arena, struct bytes receipt)
{
	struct secret_key key = key_of(KEY_ED25519, "log.example", 1);
	struct receipt out;
	struct err e = {0};
	CHECK(!receipt_verify(arena, receipt, bytes_text("entry"), &key.public, &out, &e),
	      "it was taken");
	return e;
}

/* Its proof, in a receipt whose other parts do not matter. */
static struct bytes receipt_with(struct arena *arena, size_t hashes, size_t hash_len)
{
	struct buffer proof = {.arena = arena}, out = {.arena = arena},
	              protected = {.arena = arena};
	const uint8_t hash[HASH_SIZE + 1] = {0};
	cbor_array(&proof, 3);
	cbor_uint(&proof, 9);
	cbor_uint(&proof, 3);
	cbor_array(&proof, hashes);
	for (size_t i = 0; i < hashes; i++)
		cbor_bytes(&proof, bytes_of(hash, hash_len));
	cbor_map(&protected, 0);
	cbor_tag(&out, 18);
	cbor_array(&out, 4);
	cbor_bytes(&out, buffer_view(&protected));
	cbor_map(&out, 1);
	cbor_int(&out, 396);
	cbor_map(&out, 1);
	cbor_int(&out, -1);
	cbor_array(&out, 1);
	cbor_bytes(&out, buffer_view(&proof));
	cbor_null(&out);
	cbor_bytes(&out, bytes_of(hash, HASH_SIZE));
	return buffer_view(&out);
}

static void receipts_have_limits(void)
{
	owned_arena arena = {0};
	struct bytes large = bytes_of(arena_alloc(&arena, RECEIPT_MAX + 1), RECEIPT_MAX + 1);
	struct err e = receipt_error(&arena, large);
	CHECK(is_input(&e, "receipt.too-long"), "%s", e.text);
	e = receipt_error(&arena, receipt_with(&arena, MERKLE_PROOF_MAX, HASH_SIZE));
	CHECK(is_input(&e, "receipt.malformed"), "%s: %s", e.rule, e.text);
	e = receipt_error(&arena, receipt_with(&arena, 3, HASH_SIZE - 1));
	CHECK(is_input(&e, "receipt.malformed"), "%s: %s", e.rule, e.text);
	e = receipt_error(&arena, receipt_with(&arena, 3, HASH_SIZE));
	CHECK(e.rule != NULL && strcmp(e.rule, "receipt.origin") == 0, "%s", e.text);
}

/* A COSE_Sign1 with this unprotected header. */
static struct bytes statement_with(struct arena *arena, int labels, int label, size_t receipts)
{
	struct buffer out = {.arena = arena};
	cbor_tag(&out, 18);
	cbor_array(&out, 4);
	cbor_bytes(&out, bytes_text("p"));
	cbor_map(&out, (size_t)labels);
	for (int i = 0; i < labels; i++) {
		cbor_int(&out, label + i);
		cbor_array(&out, receipts);
		for (size_t k = 0; k < receipts; k++)
			cbor_bytes(&out, bytes_text("r"));
	}
	cbor_bytes(&out, bytes_text("payload"));
	cbor_bytes(&out, bytes_text("signature"));
	return buffer_view(&out);
}

static void a_statement_has_one_receipt_and_no_other_label(void)
{
	static const struct {
		int labels, label;
		size_t receipts;
		bool good;
	} rows[] = {{1, 394, 1, true},  {0, 0, 0, false},   {1, 394, 0, false},
	            {1, 394, 2, false}, {1, 393, 1, false}, {2, 394, 1, false}};
	owned_arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes record, receipt;
		struct err e = {0};
		struct bytes statement =
		    statement_with(&arena, rows[i].labels, rows[i].label, rows[i].receipts);
		CHECK(statement_is(statement) == rows[i].good, "row %zu", i);
		CHECK(statement_split(&arena, statement, &record, &receipt, &e) == rows[i].good,
		      "row %zu: %s", i, e.text);
		CHECK(rows[i].good || is_input(&e, "receipt.statement"), "row %zu: %s: %s", i,
		      e.rule, e.text);
	}
}

/* --- Tags
 * ------------------------------------------------------------------------------------------
 */

static void files_of_tags_have_limits(void)
{
	owned_arena arena = {0};
	struct buffer blinds = {.arena = &arena}, transcript = {.arena = &arena};
	struct hash request;
	struct tag_blind *out;
	const char *origin;
	size_t count;
	struct err e = {0};
	const uint8_t zeros[OPRF_SIZE] = {0};
	cbor_array(&blinds, 3);
	cbor_text(&blinds, "proviso-blinds-1");
	cbor_bytes(&blinds, bytes_of(zeros, sizeof zeros));
	cbor_array(&blinds, TAG_BATCH + 1);
	for (int i = 0; i <= TAG_BATCH; i++) {
		cbor_array(&blinds, 2);
		cbor_text(&blinds, "tel:+99955501");
		cbor_bytes(&blinds, bytes_of(zeros, sizeof zeros));
	}
	CHECK(!blinds_parse(&arena, buffer_view(&blinds), &request, &out, &count, &e) &&
	          is_input(&e, "tags.file"),
	      "%s", e.text);
	cbor_array(&transcript, 4);
	cbor_text(&transcript, "proviso-tags-1");
	cbor_bytes(&transcript, bytes_text("granted"));
	cbor_array(&transcript, TAG_HOLDERS + 1);
	for (int i = 0; i <= TAG_HOLDERS; i++)
		cbor_bytes(&transcript, bytes_text("evaluation"));
	cbor_array(&transcript, 0);
	CHECK(!transcript_origin(&arena, buffer_view(&transcript), &origin, &e) &&
	          is_input(&e, "tags.file"),
	      "%s", e.text);
	struct bytes large = bytes_of(arena_alloc(&arena, GRANTED_MAX + 1), GRANTED_MAX + 1);
	CHECK(!granted_origin(&arena, large, &origin, &e) && is_input(&e, "tags.file"), "%s",
	      e.text);
}

/* --- What gates and their clients say
 * ---------------------------------------------------------------
 */

struct message {
	const char *hex, *told; /* NULL: it is one */
};

static struct bytes message_of(struct arena *arena, const char *hex)
{
	struct bytes out = {0};
	bool decoded = hex_decode(arena, hex, &out);
	CHECK(decoded, "%s", hex);
	return out;
}

static void requests_are_refused_by_what_is_wrong_with_them(void)
{
	static const struct message rows[] = {
	    {"84010104f6", NULL},
	    {"83010104", "4 items"},
	    {"84020104f6", "version 2"},
	    {"8401010bf6", "operation"},
	    {"84010100f6", "operation"},
	    {"840101040a", ""},
	    {"8401010385f6f6f6f6f6", "text"},
	    {"84010103620061", "zeros"},
	    {"8401010185f6f6f6f6f6", "6 fields"},
	    {"8401010286f6f6f6f6f680", "7 fields"},
	    {"8401010186f6f6f6f6f680", NULL},
	    {"8401010287f6f6f6f6f680f6", NULL},
	    {"8401010287f6f6f6f6f68020", NULL},
	};
	static struct wire_request request;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		owned_arena arena = {0};
		struct err e = {0};
		bool is = wire_request_read(message_of(&arena, rows[i].hex), &request, &e);
		CHECK(is == (rows[i].told == NULL), "%s: %s", rows[i].hex, e.text);
		CHECK(is || rows[i].told == NULL || strstr(e.text, rows[i].told) != NULL, "%s: %s",
		      rows[i].hex, e.text);
	}
}

static void texts_and_obligations_of_a_use_have_limits(void)
{
	owned_arena arena = {0};
	static struct wire_request request;
	struct buffer text = {.arena = &arena}, with = {.arena = &arena}, head = {.arena = &arena};
	struct err e = {0};
	cbor_array(&head, 4);
	cbor_uint(&head, WIRE_VERSION);
	cbor_uint(&head, 1);
	buffer_bytes(&text, buffer_view(&head));
	cbor_uint(&text, WIRE_LABEL);
	char *label = arena_alloc(&arena, WIRE_TEXT_MAX + 2);
	memset(label, 'a', WIRE_TEXT_MAX + 1);
	cbor_text(&text, label);
	CHECK(!wire_request_read(buffer_view(&text), &request, &e) &&
	          is_input(&e, "wire.malformed"),
	      "%s", e.text);
	buffer_bytes(&with, buffer_view(&head));
	cbor_uint(&with, WIRE_DECIDE);
	cbor_array(&with, 6);
	for (int i = 0; i < 5; i++)
		cbor_null(&with);
	cbor_array(&with, PROVISO_WITH_MAX + 1);
	for (int i = 0; i <= PROVISO_WITH_MAX; i++)
		cbor_text(&with, "w");
	CHECK(!wire_request_read(buffer_view(&with), &request, &e) &&
	          is_input(&e, "wire.malformed"),
	      "%s", e.text);
}

/* An answer, written as a daemon would that is mistaken or lies. */
static bool is_believed(enum wire_operation operation, const struct proviso_answer *answer,
                        enum proviso_error_kind kind, struct err *e)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	static struct wire_reply reply, got;
	reply = (struct wire_reply){.id = 1, .has_result = true, .answer = *answer};
	reply.error.kind = kind;
	wire_reply_write(&b, operation, &reply);
	return wire_reply_read(buffer_view(&b), operation, &got, e);
}

static void an_answer_that_contradicts_itself_is_not_believed(void)
{
	const struct proviso_answer yes = {
	    .allowed = true, .would_be_allowed = true, .code = PROVISO_ALLOWED, .position = 7};
	const struct proviso_answer no = {.code = PROVISO_NO_LEASE, .position = 7};
	struct proviso_answer a;
	struct err e = {0};
	CHECK(is_believed(WIRE_DECIDE, &yes, PROVISO_OK, &e), "%s", e.text);
	CHECK(is_believed(WIRE_DECIDE, &no, PROVISO_OK, &e), "%s", e.text);
	CHECK(!is_believed(WIRE_DECIDE, &yes, PROVISO_REFUSED, &e), "allowed with an error");
	a = yes, a.position = 0;
	CHECK(!is_believed(WIRE_DECIDE, &a, PROVISO_OK, &e), "allowed unrecorded");
	a = yes, a.allowed = false;
	CHECK(!is_believed(WIRE_DECIDE, &a, PROVISO_OK, &e), "allowed and not");
	a = yes, a.would_be_allowed = false;
	CHECK(!is_believed(WIRE_DECIDE, &a, PROVISO_OK, &e), "would not be allowed");
	a = no, a.allowed = true;
	CHECK(!is_believed(WIRE_DECIDE, &a, PROVISO_OK, &e), "refused and allowed");
	a = yes, a.allowed = false, a.position = 0;
	CHECK(is_believed(WIRE_ASK, &a, PROVISO_OK, &e), "%s", e.text);
	CHECK(!is_believed(WIRE_ASK, &yes, PROVISO_OK, &e), "asking allows nothing");
	a.position = 7;
	CHECK(!is_believed(WIRE_ASK, &a, PROVISO_OK, &e), "asking records nothing");
}

static void labels_of_a_reply_have_numbers_within_the_table(void)
{
	static const uint32_t numbers[] = {0, 1, PROVISO_LABELS_MAX, PROVISO_LABELS_MAX + 1};
	for (size_t i = 0; i < 4; i++) {
		owned_arena arena = {0};
		struct buffer b = {.arena = &arena};
		static struct wire_reply reply, got;
		struct err e = {0};
		reply = (struct wire_reply){.id = 1, .has_result = true, .label = numbers[i]};
		wire_reply_write(&b, WIRE_LABEL, &reply);
		CHECK(wire_reply_read(buffer_view(&b), WIRE_LABEL, &got, &e) == (i == 1 || i == 2),
		      "%u: %s", numbers[i], e.text);
		CHECK(!wire_reply_read(buffer_view(&b), WIRE_SYNC, &got, &e), "of a sync");
	}
}

int main(void)
{
	static const struct test tests[] = {TEST(keys_have_a_longest_line_and_file),
	                                    TEST(hashes_take_keys_longer_than_their_block),
	                                    TEST(policies_have_limits),
	                                    TEST(lists_of_logs_have_limits),
	                                    TEST(receipts_have_limits),
	                                    TEST(a_statement_has_one_receipt_and_no_other_label),
	                                    TEST(files_of_tags_have_limits),
	                                    TEST(requests_are_refused_by_what_is_wrong_with_them),
	                                    TEST(texts_and_obligations_of_a_use_have_limits),
	                                    TEST(an_answer_that_contradicts_itself_is_not_believed),
	                                    TEST(labels_of_a_reply_have_numbers_within_the_table)};
	struct err e = {0};
	if (!key_library_start(&e))
		return 1;
	return test_main(tests, sizeof tests / sizeof *tests);
}

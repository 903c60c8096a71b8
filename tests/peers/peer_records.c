/*
 * peer_records: valid records by the thousand, and the judgement on others, for checks by
 * tools of other hands.
 *
 *     peer_records generate SEED COUNT DIR   COUNT records of each kind with their forms,
 *                                            DIR/KIND-N.cbor and .yaml, and disclosures
 *     peer_records check FILE...             a line a file: "ok", or the rule and why
 *     peer_records templates DIR             every kind's form, DIR/KIND.yaml
 */
#include "base/file.h"
#include "generate.h"
#include "record/form.h"

static bool write_file(struct arena *arena, const char *dir, const char *name, struct bytes bytes)
{
	struct err e = {0};
	if (file_write(arena_printf(arena, "%s/%s", dir, name), bytes, 0644, &e))
		return true;
	fprintf(stderr, "peer_records: %s\n", e.text);
	return false;
}

static bool make(struct generator *g, enum record_kind kind, const union record_body *body,
                 struct bytes *out, struct err *e)
{
	struct secret_key key;
	struct bytes seed = generate_bytes(g, KEY_SEED);
	int64_t at = (int64_t)generate_below(g, 4000000000);
	enum key_algorithm algorithm = generate_below(g, 2) == 0 ? KEY_ED25519 : KEY_ES256;
	if (!record_kind(kind)->is_signed)
		return record_entry(g->arena, kind, body, "exports.example/log", at, out, e);
	return key_make(algorithm, "peer.example", seed.at, &key, e) &&
	       record_sign(g->arena, kind, body, "exports.example/log", at, &key, out, e);
}

static bool write_record(struct generator *g, enum record_kind kind, uint64_t number,
                         const char *dir)
{
	const char *name =
	    arena_printf(g->arena, "%s-%llu", record_kind(kind)->name, (unsigned long long)number);
	union record_body body;
	struct bytes bytes;
	struct err e = {0};
	generate_body(g, kind, &body);
	if (!make(g, kind, &body, &bytes, &e)) {
		fprintf(stderr, "peer_records: %s: %s\n", name, e.text);
		return false;
	}
	const char *form = form_text(g->arena, kind, &body);
	return write_file(g->arena, dir, arena_printf(g->arena, "%s.cbor", name), bytes) &&
	       write_file(g->arena, dir, arena_printf(g->arena, "%s.yaml", name),
	                  bytes_text(form)) &&
	       (kind != KIND_REPORT ||
	        write_file(g->arena, dir, arena_printf(g->arena, "%s.disclosure", name),
	                   body.report.subject.disclosure));
}

static int generate(uint64_t seed, uint64_t count, const char *dir)
{
	for (uint64_t i = 0; i < count; i++)
		for (unsigned k = 0; k < KIND_COUNT; k++) {
			owned_arena arena = {0};
			struct generator g = {.arena = &arena, .state = seed + i * KIND_COUNT + k};
			memcpy(g.salt, generate_bytes(&g, sizeof g.salt).at, sizeof g.salt);
			if (!write_record(&g, k, i, dir))
				return 4;
		}
	return 0;
}

static int check(char **paths)
{
	for (; *paths != NULL; paths++) {
		owned_arena arena = {0};
		struct record record;
		struct bytes bytes;
		struct err e = {0};
		if (!file_read(&arena, *paths, 1 << 20, &bytes, &e)) {
			fprintf(stderr, "peer_records: %s\n", e.text);
			return 4;
		}
		if (record_decode(&arena, bytes, &record, &e))
			puts("ok");
		else
			printf("%s %s\n", e.rule, e.text);
	}
	return 0;
}

static int templates(const char *dir)
{
	for (unsigned k = 0; k < KIND_COUNT; k++) {
		owned_arena arena = {0};
		if (!write_file(&arena, dir, arena_printf(&arena, "%s.yaml", record_kind(k)->name),
		                bytes_text(form_template(&arena, k))))
			return 4;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct err e = {0};
	if (!key_library_start(&e))
		return 4;
	if (argc == 5 && strcmp(argv[1], "generate") == 0)
		return generate(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10), argv[4]);
	if (argc >= 2 && strcmp(argv[1], "check") == 0)
		return check(argv + 2);
	if (argc == 3 && strcmp(argv[1], "templates") == 0)
		return templates(argv[2]);
	fputs("usage: peer_records generate SEED COUNT DIR | check FILE... | templates DIR\n",
	      stderr);
	return 2;
}

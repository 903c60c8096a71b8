/*
 * peer_records: valid records by the thousand, and the judgement on others, for checks by
 * tools of other hands.
 *
 *     peer_records generate SEED COUNT DIR   COUNT records of each kind with their forms,
 *                                            DIR/KIND-N.cbor and .yaml, and disclosures
 *     peer_records check FILE...             a line a file: "ok", or the rule and why
 *     peer_records templates DIR             every kind's form, DIR/KIND.yaml
 *     peer_records typescript                the tables of kinds, console/src/verify/fields.ts
 */
#include "base/file.h"
#include "generate.h"
#include "record/fields.h"
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

/* --- The tables of kinds, for the console ------------------------------------------------- */

static const char *const type_words[FIELD_END] = {
    [FIELD_TEXT] = "text",       [FIELD_LABEL] = "label",
    [FIELD_COUNTRY] = "country", [FIELD_UINT] = "uint",
    [FIELD_TIME] = "time",       [FIELD_BYTES] = "bytes",
    [FIELD_HASH] = "hash",       [FIELD_REFERENCE] = "reference",
    [FIELD_SCOPE] = "scope",     [FIELD_PUBLIC_KEY] = "public-key",
    [FIELD_CHOICE] = "choice",   [FIELD_REDACTABLE] = "redactable",
    [FIELD_STRUCT] = "struct",   [FIELD_LIST] = "list",
};

static bool has_most(enum field_type type)
{
	return type == FIELD_TEXT || type == FIELD_UINT || type == FIELD_BYTES ||
	       type == FIELD_LIST || type == FIELD_REDACTABLE;
}

static void put_fields(const struct field *f, int depth)
{
	for (; f->type != FIELD_END; f++) {
		printf("%*s{ key: %llu, name: \"%s\", type: \"%s\"", depth * 2, "",
		       (unsigned long long)f->key, f->name, type_words[f->type]);
		if (f->optional)
			printf(", optional: true");
		if (has_most(f->type))
			printf(", most: %llu", (unsigned long long)field_most(f));
		if (f->type == FIELD_BYTES && f->size != 0)
			printf(", size: %zu", f->size);
		if (f->type == FIELD_LIST)
			printf(", element: \"%s\"", type_words[f->element]);
		for (const char *const *word = f->words; word != NULL && *word != NULL; word++)
			printf("%s\"%s\"%s", word == f->words ? ", words: [" : ", ", *word,
			       word[1] == NULL ? "]" : "");
		if (f->fields != NULL) {
			printf(", fields: [\n");
			put_fields(f->fields, depth + 1);
			printf("%*s]", depth * 2, "");
		}
		printf(" },\n");
	}
}

static int typescript(void)
{
	printf("/*\n * The fields of every kind of record. Made of src/record/kinds.c by\n"
	       " * `peer_records typescript`; a test compares the two. Not to be edited.\n */\n"
	       "import type { Kind } from \"./record.js\";\n\n"
	       "export const kinds: readonly Kind[] = [\n");
	for (unsigned k = 0; k < KIND_COUNT; k++) {
		const struct kind *kind = record_kind(k);
		printf("  { name: \"%s\", contentType: \"%s\", isSigned: %s, fields: [\n",
		       kind->name, kind->content_type, kind->is_signed ? "true" : "false");
		put_fields(kind->fields, 2);
		printf("  ] },\n");
	}
	printf("];\n");
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
	if (argc == 2 && strcmp(argv[1], "typescript") == 0)
		return typescript();
	fputs("usage: peer_records generate SEED COUNT DIR | check FILE... | templates DIR | "
	      "typescript\n",
	      stderr);
	return 2;
}

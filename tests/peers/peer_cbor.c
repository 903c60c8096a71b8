/*
 * peer_cbor: lets others' libraries be compared with ours. A command a line, an answer a line.
 *
 *     check HEX                  yes HEX (written again), or no RULE
 *     sign SEEDHEX ALG HEX       HEX of a record with that payload
 *     verify PUBHEX ALG HEX      record, foreign (a COSE_Sign1, but no record), or no RULE
 *
 * ALG is ed25519 or es256.
 */
#include <stdio.h>

#include "../unit/cbor_copy.h"
#include "base/key.h"
#include "record/cose.h"

enum { LINE_MAX_BYTES = 1 << 20, WORDS = 4 };

static void check(struct arena *arena, struct bytes item)
{
	struct buffer copy = {.arena = arena};
	struct err e = {0};
	if (!cbor_check(item, &e) || !cbor_copied(item, &copy, &e))
		printf("no %s\n", e.rule);
	else
		printf("yes %s\n", hex_encode(arena, buffer_view(&copy)));
}

static void sign(struct arena *arena, struct bytes seed, enum key_algorithm algorithm,
                 struct bytes payload)
{
	static const struct cose_claims claims = {"signer.example", "origin.example/log",
	                                          1767225600};
	struct secret_key key;
	struct bytes out;
	struct err e = {0};
	if (seed.len == KEY_SEED && key_make(algorithm, "signer.example", seed.at, &key, &e) &&
	    cose_sign(arena, &key, "application/vnd.proviso.licence+cbor", &claims, payload, &out,
	              &e))
		printf("%s\n", hex_encode(arena, out));
	else
		printf("no %s\n", e.rule != NULL ? e.rule : "seed");
}

static void verify(struct arena *arena, struct bytes public, enum key_algorithm algorithm,
                   struct bytes message)
{
	struct public_key key;
	struct cose_sign1 record;
	struct err e = {0}, unused;
	if (!key_from_public(algorithm, public, "", &key, &e) ||
	    !cose_verify_any(message, &key, (struct bytes){0}, (struct bytes){0}, &e))
		printf("no %s\n", e.rule);
	else if (cose_decode(arena, message, &record, &unused) &&
	         cose_verify(&record, &key, &unused))
		printf("record\n");
	else
		printf("foreign\n");
}

static bool answer(char *line)
{
	owned_arena arena = {0};
	struct bytes first = {0}, last = {0};
	const char *word[WORDS] = {0};
	size_t count = 0;
	char *rest = NULL;
	for (char *w = strtok_r(line, " \n", &rest); w != NULL && count < WORDS;
	     w = strtok_r(NULL, " \n", &rest))
		word[count++] = w;
	if (count < 1 || (count > 1 && !hex_decode(&arena, word[1], &first)) ||
	    (count == 4 && !hex_decode(&arena, word[3], &last)))
		return false;
	enum key_algorithm algorithm =
	    count == 4 && strcmp(word[2], "es256") == 0 ? KEY_ES256 : KEY_ED25519;
	if (strcmp(word[0], "check") == 0)
		check(&arena, first);
	else if (count == 4 && strcmp(word[0], "sign") == 0)
		sign(&arena, first, algorithm, last);
	else if (count == 4 && strcmp(word[0], "verify") == 0)
		verify(&arena, first, algorithm, last);
	else
		return false;
	return true;
}

int main(void)
{
	struct err e = {0};
	static char line[LINE_MAX_BYTES];
	if (!key_library_start(&e)) {
		fprintf(stderr, "%s\n", e.text);
		return 4;
	}
	while (fgets(line, sizeof line, stdin) != NULL) {
		if (!answer(line)) {
			fprintf(stderr, "peer_cbor: unknown command\n");
			return 2;
		}
	}
	return 0;
}

/*
 * screening-dump: what tools/fit-screening fits on. `letters` prints the alphabets with their
 * renderings; `words` prints each pair's words as letters, `features` the features of each
 * pair, from a table of pairs (name1, name2, type, label by heading) on standard input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

static int print_letters(void)
{
	for (enum script s = SCRIPT_CYRILLIC; s < SCRIPTS; s++) {
		size_t count;
		const struct letter *letters = letters_of(s, &count);
		for (size_t i = 0; i < count; i++)
			printf("%d\t%zu\t%s\n", (int)s, i, letters[i].renderings);
	}
	return 0;
}

static void print_words(const struct name *n)
{
	for (size_t i = 0; i < n->count; i++) {
		const struct name_word *w = n->words[i];
		printf("%s%d:", i > 0 ? " " : "", w->script);
		for (size_t k = 0; k < w->length; k++)
			printf("%s%d", k > 0 ? "," : "", w->letters[k]);
		printf(":%d:%d:", w->flags, n->roles[i]);
		for (size_t k = 0; k < w->latin_length; k++)
			putchar(name_latin(w, k));
	}
	putchar('\t');
}

static void print_pair(bool features, const char *fields[4], const struct prepared *a,
                       const struct prepared *b)
{
	if (!features) {
		print_words(&a->name);
		print_words(&b->name);
		printf("%s\t%s\n", fields[2], fields[3]);
		return;
	}
	struct comparison c;
	compare_names(&a->name, &b->name, &c);
	printf("%s\t%d\t%.6f", fields[3], (int)c.model, c.score);
	for (size_t i = 0; i < FEATURES; i++)
		printf("\t%.6f", c.features[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;
	if (argc == 2 && strcmp(argv[1], "letters") == 0)
		return print_letters();
	if (argc == 2 && strcmp(argv[1], "names") == 0) {
		for (size_t i = 0; i < FEATURES; i++)
			puts(feature_names[i]);
		return 0;
	}
	if (argc != 2)
		return 2;
	while (getline(&line, &room, stdin) > 0) {
		const char *fields[4] = {NULL};
		char *at = line;
		struct prepared a, b;
		struct err e = {0};
		enum entity_type type;
		for (size_t i = 0; i < 4; i++)
			fields[i] = strsep(&at, "\t\n");
		if (fields[3] == NULL || strcmp(fields[0], "name1") == 0)
			continue;
		if (!entity_type_by_name(fields[2], &type))
			type = ENTITY_ANY;
		if (!name_prepare(fields[0], strlen(fields[0]), type, &a, &e) ||
		    !name_prepare(fields[1], strlen(fields[1]), type, &b, &e)) {
			fprintf(stderr, "screening-dump: %s\n", e.text);
			continue;
		}
		print_pair(strcmp(argv[1], "features") == 0, fields, &a, &b);
	}
	free(line);
	return 0;
}

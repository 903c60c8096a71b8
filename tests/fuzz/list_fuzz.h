/* One list from the fuzzer, read in its format; files of one list are parted by "\n---\n". */
#ifndef PROVISO_LIST_FUZZ_H
#define PROVISO_LIST_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "screening/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void check_text(const char *text)
{
	must(text != NULL && *text != 0 && bytes_are_utf8(bytes_text(text)));
}

/* What every reader promises of an entity. */
static bool check_entity(void *context, const struct entity *entity, struct err *e)
{
	(void)context, (void)e;
	check_text(entity->id);
	must(entity->name_count > 0 && entity->type < ENTITY_TYPES);
	for (size_t i = 0; i < entity->name_count; i++) {
		check_text(entity->names[i].text);
		must((entity->names[i].kind == NAME_PRIMARY) == (i == 0));
	}
	for (size_t i = 0; i < entity->birth_count; i++)
		must(strspn(entity->births[i], "0123456789-") == strlen(entity->births[i]));
	for (size_t i = 0; i < entity->country_count; i++)
		must(strlen(entity->countries[i]) == 2);
	for (size_t i = 0; i < entity->identifier_count; i++)
		check_text(entity->identifiers[i].value);
	for (size_t i = 0; i < entity->note_count; i++)
		check_text(entity->notes[i].text);
	return true;
}

static int fuzz_list(const uint8_t *at, size_t len)
{
	struct list_file files[LIST_FILES];
	struct list_facts facts;
	struct err e = {0};
	size_t count = 0;
	while (len > 0 && count < LIST_FILES) {
		const uint8_t *mark = memmem(at, len, "\n---\n", 5);
		size_t part = mark != NULL ? (size_t)(mark - at) + 1 : len;
		files[count].name = "input";
		files[count++].at = fmemopen((void *)(uintptr_t)at, part, "rb");
		size_t skip = mark != NULL ? part + 4 : part;
		at += skip;
		len -= skip;
	}
	if (count > 0 && !list_read(files, count, NULL, check_entity, NULL, &facts, &e))
		must(e.kind == ERR_INPUT && e.rule != NULL && e.text[0] != 0);
	for (size_t i = 0; i < count; i++)
		fclose(files[i].at);
	return 0;
}

#endif

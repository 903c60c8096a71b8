/*
 * What the office's casework reads of others: the first byte says whether it is a paper of some
 * kind, as JSON, or the settings. What is taken as a paper comes back from its own bytes.
 */
#include <assert.h>

#include "casework/routing.h"
#include "casework/paper.h"
#include "record/form_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void read_settings(struct arena *arena, struct bytes yaml)
{
	static const char *const capabilities[] = {"capture.content"};
	struct case_facts facts = {
	    RULE_APPLICATION, "XR", "lens", {(void *)(uintptr_t)capabilities, 1}, 1};
	struct casework_settings s;
	struct err e = {0};
	if (!settings_parse(arena, yaml, &s, &e)) {
		assert(e.rule != NULL);
		return;
	}
	struct calendar c = settings_calendar(&s, "XR");
	struct deadline d = deadline_of(&c, 1767225600, s.days.application, NULL, 0, 1767225600);
	assert(d.days == 0 || d.due > 1767225600);
	struct route r = route_of(arena, &s.rules, &facts);
	assert(route_difference(arena, &r, &r) == NULL);
}

static void read_paper(struct arena *arena, enum paper_kind kind, struct bytes text)
{
	union paper_value value, again;
	struct form_node *root;
	struct bytes bytes, twice;
	struct err e = {0};
	json_t *json = json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, NULL);
	if (json == NULL)
		return;
	bool ok = form_of_json(arena, json, &root, &e) && paper_fill(arena, kind, root, &value, &e);
	json_decref(json);
	if (!ok) {
		assert(e.rule != NULL);
		return;
	}
	bool made = paper_encode(arena, kind, &value, &bytes, &e) &&
	            paper_decode(arena, kind, bytes, &again, &e) &&
	            paper_encode(arena, kind, &again, &twice, &e);
	assert(made && bytes_equal(bytes, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	owned_arena arena = {0};
	if (len == 0)
		return 0;
	struct bytes rest = len > 1 ? bytes_of(at + 1, len - 1) : (struct bytes){0};
	if (at[0] % (PAPER_KINDS + 1) == PAPER_KINDS)
		read_settings(&arena, rest);
	else
		read_paper(&arena, (enum paper_kind)(at[0] % (PAPER_KINDS + 1)), rest);
	return 0;
}

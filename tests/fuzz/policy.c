#include <stdlib.h>

#include "log/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* A policy is read, or refused by name; one that is read judges, whatever it says. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static struct policy policy;
	static const char text[] = "fuzz.example/log\n0\n"
	                           "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
	                           "\xE2\x80\x94 a AAAAAQI=\n";
	owned_arena arena = {0};
	struct err e = {0};
	struct policed out;
	if (!key_library_start(&e))
		abort();
	if (!policy_parse(&arena, bytes_of(at, len), &policy, &e)) {
		if (e.kind != ERR_INPUT || e.rule == NULL)
			abort();
		return 0;
	}
	if (policy.quorum >= (int)policy.member_count)
		abort();
	for (size_t i = 0; i < policy.member_count; i++) {
		const struct policy_member *m = &policy.members[i];
		for (size_t k = 0; m->is_group && k < m->group.count; k++)
			if (m->group.members[k] >= i || m->group.threshold > m->group.count)
				abort();
	}
	if (policy_open(&arena, &policy, bytes_text(text), &out, &e) || e.rule == NULL)
		abort();
	return 0;
}

#include "access.h"

/*
 * A report names who was targeted and who tells. Officers judge it; an auditor (a court, an
 * ombudsman) must be able to look behind their judgement. Those whom it accuses, and those who
 * sold to them, learn neither name from us; who reported has his own words. A body's reasons are
 * for those who decide and for those who look behind the decision; what it advises is everybody's.
 */
static const struct {
	enum record_kind kind;
	enum access by[ROLE_COUNT];
} table[] = {
    {KIND_REPORT,
     {
         [ROLE_AUTHORITY] = ACCESS_ALL,
         [ROLE_OFFICER] = ACCESS_ALL,
         [ROLE_EXPORTER] = ACCESS_OWN,
         [ROLE_END_USER] = ACCESS_OWN,
         [ROLE_AUDITOR] = ACCESS_ALL,
     }},
    {KIND_ADVICE,
     {
         [ROLE_AUTHORITY] = ACCESS_ALL,
         [ROLE_OFFICER] = ACCESS_ALL,
         [ROLE_AUDITOR] = ACCESS_ALL,
         [ROLE_ADVISER] = ACCESS_OWN,
     }},
};

static const char *const role_names[] = {"authority", "officer", "exporter", "end-user",
                                         "auditor",   "adviser", "inbox",    "witnesses"};

const char *access_role_name(enum role role)
{
	return role_names[role];
}

enum role access_role(const char *name)
{
	size_t role = 0;
	while (strcmp(role_names[role], name) != 0)
		role++;
	return (enum role)role;
}

enum access access_of(enum role role, enum record_kind kind)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].kind == kind)
			return table[i].by[role];
	return ACCESS_NONE;
}

bool access_allows(enum role role, const char *holder, enum record_kind kind, const char *signer)
{
	enum access access = access_of(role, kind);
	return access == ACCESS_ALL || (access == ACCESS_OWN && strcmp(holder, signer) == 0);
}

#include <stddef.h>

#include "proviso/gate.h"

/* In the order they are judged, which is the order of the numbers. */
static const struct {
	enum proviso_code code;
	const char *name, *text;
} codes[] = {
    {PROVISO_ALLOWED, "allowed", "the use is allowed"},
    {PROVISO_FORKED, "gate.forked", "a child process cannot use the gate its parent opened"},
    {PROVISO_READ_ONLY, "gate.read-only", "the gate was opened for looking only"},
    {PROVISO_MALFORMED, "gate.malformed", "the question is not well formed"},
    {PROVISO_UNREACHABLE, "gate.unreachable", "the gate beside the product does not answer"},
    {PROVISO_NO_LEASE, "gate.no-lease", "no lease has been accepted yet: renew"},
    {PROVISO_LEASE_REFUSED, "gate.lease-refused", "the authority refused the last renewal"},
    {PROVISO_NOT_PROVEN, "gate.lease-not-proven", "the lease is not proven to be on the log"},
    {PROVISO_OTHER_DEVICE, "gate.lease-other-device", "the lease is for another device"},
    {PROVISO_OLDER_LEASE, "gate.lease-older", "a later lease has been seen"},
    {PROVISO_OTHER_BOOT, "gate.lease-other-boot", "the machine has restarted since: renew"},
    {PROVISO_EXPIRED, "gate.lease-expired", "the lease has expired: renew"},
    {PROVISO_CLOCK_BACK, "gate.clock-moved-back", "the clock was moved back: set it right"},
    {PROVISO_CAPABILITY, "use.capability", "the capability is not within the scope in force"},
    {PROVISO_PURPOSE, "use.purpose", "the purpose is not within the scope in force"},
    {PROVISO_TERRITORY, "use.territory", "the territory is not within the scope in force"},
    {PROVISO_SUBJECT, "use.subject", "the subject is excluded by the scope in force"},
    {PROVISO_OBLIGATION, "use.obligation", "an obligation of the scope in force is not met"},
    {PROVISO_NOT_YET, "use.not-yet", "the scope in force has not begun"},
    {PROVISO_TOO_LATE, "use.too-late", "the scope in force has ended"},
    {PROVISO_NOT_ADMITTED, "use.not-admitted",
     "the subject has not been admitted: it has no tag by the key that the lease names"},
    {PROVISO_PROTECTED, "use.protected", "the subject is a protected person"},
    {PROVISO_LIMIT_SUBJECTS, "use.limit-subjects", "no further subject in this lease's life"},
    {PROVISO_LIMIT_USES, "use.limit-uses-per-day", "no further use on this day"},
    {PROVISO_LIMIT_UNKNOWN, "use.limit-unknown", "the scope has a limit the gate cannot count"},
    {PROVISO_LOG_DAMAGED, "gate.use-log-damaged", "the use log cannot be written any more"},
    {PROVISO_LOG_FULL, "gate.use-log-full", "the disk has no room for the use log"},
};

enum { CODES = sizeof codes / sizeof *codes };

const char *proviso_code_name(enum proviso_code code)
{
	for (size_t i = 0; i < CODES; i++)
		if (codes[i].code == code)
			return codes[i].name;
	return NULL;
}

const char *proviso_code_text(enum proviso_code code)
{
	for (size_t i = 0; i < CODES; i++)
		if (codes[i].code == code)
			return codes[i].text;
	return NULL;
}

int proviso_code_at(size_t index)
{
	return index < CODES ? (int)codes[index].code : -1;
}

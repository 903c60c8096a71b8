/*
 * The embedded list: the four companies that the US Bureau of Industry and Security added to
 * the Entity List (supplement no. 4 to 15 CFR part 744) on 4 November 2021, 86 FR 60759.
 * Names, countries and grounds are facts of that notice; the words are ours. Further names:
 * Candiru's are those the company has borne since 2014 (Citizen Lab, "Hooking Candiru", 15
 * July 2021), and both Israeli companies' as Hebrew and Arabic newspapers write them; COSEINC is
 * the State Department's (statement of 3 November 2021).
 */
#include "screening.h"

#define LIST  "us-entity-list-2021-11"
#define CITED " (86 FR 60759, 4 November 2021)"

static const char spyware[] =
    "developed and supplied spyware to foreign governments, which used it to maliciously target "
    "officials, journalists, business people, activists, academics and embassy staff" CITED;
static const char intrusion[] =
    "traffics in cyber tools that are used to gain unauthorised access to information systems, a "
    "threat to the privacy and security of persons and organisations worldwide" CITED;

static const char *const candiru[] = {
    "DF Associates Ltd.",
    "Grindavik Solutions Ltd.",
    "Taveta Ltd.",
    "Saito Tech Ltd.",
    "קנדירו",
    "كانديرو",
    "قاندیرو",
    NULL,
};
static const char *const nso[] = {
    "NSO Group Technologies Ltd.",
    "NSO",
    "אן.אס.או",
    "אן.אס.או. טכנולוגיות",
    "קבוצת אן.אס.או",
    "إن إس أو",
    "مجموعة إن إس أو",
    "ان اس او",
    NULL,
};
static const char *const coseinc[] = {"COSEINC", NULL};
static const char *const nothing_else[] = {NULL};

static const struct listed entries[] = {
    {LIST, "Candiru", candiru, "IL", spyware},
    {LIST, "NSO Group", nso, "IL", spyware},
    {LIST, "Positive Technologies", nothing_else, "RU", intrusion},
    {LIST, "Computer Security Initiative Consultancy PTE. LTD.", coseinc, "SG", intrusion},
};

const struct listed *screening_embedded(size_t *count)
{
	*count = sizeof entries / sizeof *entries;
	return entries;
}

const char *screening_embedded_name(void)
{
	return LIST;
}

const char *screening_embedded_source(void)
{
	return "https://www.federalregister.gov/citation/86-FR-60759";
}

int64_t screening_embedded_date(void)
{
	return 1635984000; /* 2021-11-04T00:00:00Z */
}

/* A line an entry, fields between tabs: name, aliases, country, reason. */
struct bytes screening_embedded_bytes(struct arena *arena)
{
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		buffer_text(&b, entries[i].name);
		for (size_t k = 0; entries[i].aliases[k] != NULL; k++)
			buffer_printf(&b, "%s%s", k == 0 ? "\t" : "; ", entries[i].aliases[k]);
		if (entries[i].aliases[0] == NULL)
			buffer_u8(&b, '\t');
		buffer_printf(&b, "\t%s\t%s\n", entries[i].country, entries[i].reason);
	}
	return buffer_view(&b);
}

#include "evidence.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Set by judgement, not fitted: the labelled pairs have names alone. */
static const double SAME_DAY = 2.5, SAME_YEAR = 1.0, OTHER_YEAR = -2.5, NEAR_YEAR = -0.3,
                    OTHER_DAY = -0.8;
static const double SAME_COUNTRY = 0.4, OTHER_COUNTRY = -0.6;
static const double SAME_IDENTIFIER = 7, OTHER_UNIQUE = -3, OTHER_TYPE = -3;

static const char *say(struct arena *arena, struct why *why, const char *fmt, const char *a,
                       const char *b)
{
	if (why != NULL && why->count < WHY_MOST) {
		struct buffer text = {.arena = arena};
		for (; *fmt != 0; fmt++) {
			if (*fmt == '1' || *fmt == '2')
				buffer_text(&text, *fmt == '1' ? a : b);
			else
				buffer_u8(&text, (uint8_t)*fmt);
		}
		why->texts[why->count++] = buffer_cstr(&text);
	}
	return NULL;
}

/* --- Births --------------------------------------------------------------------------------- */

/* Day and month may have been swapped where both can be months. */
static bool same_day(const char *a, const char *b)
{
	if (strlen(a) < 10 || strlen(b) < 10 || strncmp(a, b, 4) != 0)
		return false;
	bool swapped = strncmp(a + 5, b + 8, 2) == 0 && strncmp(a + 8, b + 5, 2) == 0;
	return strncmp(a, b, 10) == 0 || swapped;
}

static double weigh_births(const char *a, const char *b)
{
	long x = strtol(a, NULL, 10), y = strtol(b, NULL, 10), apart = x > y ? x - y : y - x;
	if (x < 1000 || y < 1000)
		return 0;
	if (same_day(a, b))
		return SAME_DAY;
	if (apart == 0)
		return strlen(a) >= 10 && strlen(b) >= 10 ? OTHER_DAY : SAME_YEAR;
	return apart == 1 ? NEAR_YEAR : OTHER_YEAR;
}

static void add_births(struct arena *arena, const struct entity *asked, const struct entity *listed,
                       struct evidence *out, struct why *why)
{
	double best = -10;
	const char *x = NULL, *y = NULL;
	for (size_t i = 0; i < asked->birth_count; i++) {
		for (size_t k = 0; k < listed->birth_count; k++) {
			double w = weigh_births(asked->births[i], listed->births[k]);
			if (w > best) {
				best = w;
				x = asked->births[i];
				y = listed->births[k];
			}
		}
	}
	if (x == NULL || best == 0)
		return;
	out->log_odds += best;
	say(arena, why,
	    best > 0 ? "the birth fits (1, listed as 2)"
	             : "against: the births differ (1, listed as 2)",
	    x, y);
}

/* --- Countries ------------------------------------------------------------------------------ */

static void add_countries(struct arena *arena, const struct entity *asked,
                          const struct entity *listed, struct evidence *out, struct why *why)
{
	if (asked->country_count == 0 || listed->country_count == 0)
		return;
	for (size_t i = 0; i < asked->country_count; i++) {
		for (size_t k = 0; k < listed->country_count; k++) {
			if (strcasecmp(asked->countries[i], listed->countries[k]) != 0)
				continue;
			out->log_odds += SAME_COUNTRY;
			say(arena, why, "the country (1) is the same", asked->countries[i], NULL);
			return;
		}
	}
	out->log_odds += OTHER_COUNTRY;
	say(arena, why, "against: the country differs (1, listed for 2)", asked->countries[0],
	    listed->countries[0]);
}

/* --- Identifiers ---------------------------------------------------------------------------- */

static char next_sign(const char **at)
{
	for (; **at != 0; (*at)++) {
		char c = **at;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
			(*at)++;
			return c;
		}
	}
	return 0;
}

bool evidence_same_identifier(const char *a, const char *b)
{
	for (size_t i = 0;; i++) {
		char x = next_sign(&a), y = next_sign(&b);
		if (x != y)
			return false;
		if (x == 0)
			return i >= 4;
	}
}

/* A ship has one IMO number, a company one LEI; of the others a party may have several. */
static bool is_unique(const char *kind)
{
	return kind != NULL && (strcmp(kind, "imo") == 0 || strcmp(kind, "lei") == 0);
}

static void add_identifiers(struct arena *arena, const struct entity *asked,
                            const struct entity *listed, struct evidence *out, struct why *why)
{
	const struct entity_identifier *differ[2] = {NULL, NULL};
	for (size_t i = 0; i < asked->identifier_count; i++) {
		const struct entity_identifier *x = &asked->identifiers[i];
		for (size_t k = 0; k < listed->identifier_count; k++) {
			const struct entity_identifier *y = &listed->identifiers[k];
			if (x->value == NULL || y->value == NULL)
				continue;
			if (evidence_same_identifier(x->value, y->value)) {
				out->log_odds += SAME_IDENTIFIER;
				out->same_identifier = true;
				say(arena, why, "the 1 2 is the same",
				    y->kind != NULL ? y->kind : "identifier", y->value);
				return;
			}
			if (is_unique(x->kind) && y->kind != NULL && strcmp(x->kind, y->kind) == 0)
				differ[0] = x, differ[1] = y;
		}
	}
	if (differ[0] == NULL)
		return;
	out->log_odds += OTHER_UNIQUE;
	say(arena, why, "against: the identifier differs (1, listed as 2)", differ[0]->value,
	    differ[1]->value);
}

double evidence_most(const struct entity *asked)
{
	return (asked->birth_count > 0 ? SAME_DAY : 0) +
	       (asked->country_count > 0 ? SAME_COUNTRY : 0) +
	       (asked->identifier_count > 0 ? SAME_IDENTIFIER : 0);
}

/* --- The whole ------------------------------------------------------------------------------ */

struct evidence evidence_weigh(struct arena *arena, const struct entity *asked,
                               const struct entity *listed, struct why *why)
{
	struct evidence out = {0};
	if (asked->type != ENTITY_ANY && listed->type != ENTITY_ANY &&
	    asked->type != listed->type) {
		out.log_odds += OTHER_TYPE;
		say(arena, why, "against: it is listed as 1, not 2", entity_type_name(listed->type),
		    entity_type_name(asked->type));
	}
	add_births(arena, asked, listed, &out, why);
	add_countries(arena, asked, listed, &out, why);
	add_identifiers(arena, asked, listed, &out, why);
	return out;
}

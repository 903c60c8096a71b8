#include "parts.h"

#include <assert.h>

/*
 * What can't be brought to one form is refused, not kept as it is: a subject that has a
 * second spelling would slip past the pattern that excludes it.
 */

enum {
	TEL_DIGITS_MAX = 15, /* E.164 section 6 */
	IMSI_DIGITS_MAX = 15,
	LOCAL_MAX = 64,   /* RFC 5321 section 4.5.3.1.1 */
	DOMAIN_MAX = 253, /* RFC 1035 section 2.3.4, without the root's dot */
	DOMAIN_LABEL_MAX = 63,
	FEW_NETWORKS = 4, /* so many are sooner looked at than searched */
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Each of these appends to out->text and gives the reason why it can't, or NULL. */
typedef const char *normalise(struct bytes rest, struct selector *out);

static const char *normalise_tel(struct bytes rest, struct selector *out)
{
	char *to = out->text + out->len;
	size_t digits = 0, zeros = 0, opened = 0; /* zeros: those at the end */
	bool plus = false;
	for (size_t i = 0; i < rest.len; i++) {
		uint8_t c = rest.at[i];
		if (is_digit(c)) {
			if (!plus)
				return "a telephone number begins with '+' and its country code";
			if (digits == TEL_DIGITS_MAX)
				return "a telephone number has at most 15 digits";
			to[++digits] = (char)c;
			zeros = c == '0' ? zeros + 1 : 0;
		} else if (c == '+') {
			if (plus)
				return "a telephone number has one '+'";
			plus = true;
		} else if (c == '(') {
			opened = digits;
		} else if (c == ')') {
			if (digits > opened && zeros >= digits - opened)
				return "leave out '(0)', which is not dialled from abroad";
		} else if (c != '-' && c != '.' && c != ' ') {
			return "a telephone number is '+' and digits; \"-.() \" may separate them";
		}
	}
	if (digits == 0)
		return "there is no telephone number";
	if (to[1] == '0')
		return "no country code begins with 0";
	to[0] = '+';
	out->len = (uint16_t)(out->len + 1 + digits);
	return NULL;
}

static const char *normalise_imsi(struct bytes rest, struct selector *out)
{
	if (rest.len == 0 || rest.len > IMSI_DIGITS_MAX)
		return "an IMSI has 1 to 15 digits";
	for (size_t i = 0; i < rest.len; i++) {
		if (!is_digit(rest.at[i]))
			return "an IMSI has digits only";
		out->text[out->len++] = (char)rest.at[i];
	}
	return NULL;
}

/*
 * RFC 5322 atext, less what a mailto: URI reads differently: '%' (an encoded byte), '?' and
 * '#' (the end of the address).
 */
static bool is_atext(uint8_t c)
{
	if (is_lower(c) || is_digit(c))
		return true;
	static const char marks[] = "!$&'*+-/=^_`{|}~";
	return memchr(marks, c, sizeof marks - 1) != NULL;
}

/* Takes the local part up to '@', without quotes that say nothing ("user"@, "us\er"@). */
static const char *normalise_local(struct bytes rest, size_t *at, struct selector *out)
{
	bool quoted = rest.len > 0 && rest.at[0] == '"';
	size_t from = out->len;
	for (*at = quoted; *at < rest.len; ++*at) {
		uint8_t c = lower(rest.at[*at]);
		if (c == '@' && !quoted)
			break;
		if (c == '"' && quoted) {
			++*at;
			break;
		}
		if (c == '\\' && quoted && *at + 1 < rest.len)
			c = lower(rest.at[++*at]);
		if (c == '.') {
			if (out->len == from || out->text[out->len - 1] == '.')
				return "a '.' stands between two characters of the name";
		} else if (!is_atext(c)) {
			return quoted ? "a name that needs quotes has no one form"
			              : "a name has letters, digits and !$&'*+-/=^_`{|}~. only";
		}
		if (out->len - from == LOCAL_MAX)
			return "a name has at most 64 bytes";
		out->text[out->len++] = (char)c;
	}
	if (*at == rest.len || rest.at[*at] != '@')
		return "an address is NAME@DOMAIN";
	if (quoted && out->len == from)
		return "the name is empty";
	if (out->len > from && out->text[out->len - 1] == '.')
		return "a '.' stands between two characters of the name";
	return NULL;
}

/* One name for each domain: ASCII lower case, no dot at the end, no address in its place. */
static const char *normalise_domain(struct bytes domain, struct selector *out)
{
	if (domain.len > 1 && domain.at[domain.len - 1] == '.')
		domain.len--;
	if (domain.len == 0 || domain.len > DOMAIN_MAX)
		return "a domain has 1 to 253 bytes";
	size_t label = 0;
	bool number = true; /* the label so far is digits only */
	for (size_t i = 0; i < domain.len; i++) {
		uint8_t c = lower(domain.at[i]);
		if (c == '.') {
			if (label == 0 || domain.at[i - 1] == '-')
				return "a label of a domain is empty or ends with '-'";
			label = 0;
			number = true;
		} else if (is_lower(c) || is_digit(c) || (c == '-' && label > 0)) {
			if (++label > DOMAIN_LABEL_MAX)
				return "a label of a domain has at most 63 bytes";
			number = number && is_digit(c);
		} else {
			return c >= 0x80  ? "write an internationalised domain in its xn-- form"
			       : c == '[' ? "an address in place of a domain has no one form"
			                  : "a domain has letters, digits, '-' and '.' only";
		}
		out->text[out->len++] = (char)c;
	}
	if (label == 0 || domain.at[domain.len - 1] == '-')
		return "a label of a domain is empty or ends with '-'";
	if (number)
		return "an address in place of a domain has no one form";
	return NULL;
}

static const char *normalise_mailto_pattern(struct bytes rest, struct selector *out)
{
	size_t at;
	const char *why = normalise_local(rest, &at, out);
	if (why != NULL)
		return why;
	out->text[out->len++] = '@';
	return normalise_domain(bytes_of(rest.at + at + 1, rest.len - at - 1), out);
}

static const char *normalise_mailto(struct bytes rest, struct selector *out)
{
	if (rest.len > 0 && rest.at[0] == '@')
		return "the name is empty";
	return normalise_mailto_pattern(rest, out);
}

static const char *normalise_ip(struct bytes rest, struct selector *out)
{
	address a;
	if (!address_parse(rest, &a))
		return "this is not an IPv4 or IPv6 address";
	out->ip_len = address_is_ipv4(a) ? 4 : 16;
	for (unsigned i = 0; i < out->ip_len; i++)
		out->ip[i] = (uint8_t)(a >> (8 * (out->ip_len - 1u - i)));
	out->len = (uint16_t)(out->len + address_format(a, out->text + out->len));
	return NULL;
}

static const char *normalise_ip_pattern(struct bytes rest, struct selector *out)
{
	struct network n;
	if (!network_parse(rest, &n))
		return "this is not ADDRESS or ADDRESS/LENGTH";
	if ((n.base & ~address_mask(n.bits)) != 0)
		return "the address has bits beyond the network's length (10.1.2.3/8 is "
		       "10.0.0.0/8)";
	out->len = (uint16_t)(out->len + network_format(&n, out->text + out->len));
	return NULL;
}

static const char *normalise_other(struct bytes rest, struct selector *out)
{
	if (rest.len == 0)
		return "there is nothing behind the scheme";
	for (size_t i = 0; i < rest.len; i++) {
		if (rest.at[i] <= ' ' || rest.at[i] > '~')
			return "it has a byte that is not printable ASCII";
		out->text[out->len++] = (char)rest.at[i];
	}
	return NULL;
}

static normalise *const selector_normalise[] = {normalise_tel, normalise_mailto, normalise_imsi,
                                                normalise_ip, normalise_other};
static normalise *const pattern_normalise[] = {
    normalise_tel, normalise_mailto_pattern, normalise_imsi, normalise_ip_pattern, normalise_other};

static enum selector_scheme scheme_of(const char *text, size_t len)
{
	if (len == 4 && memcmp(text, "tel:", 4) == 0)
		return SELECTOR_TEL;
	if (len == 7 && memcmp(text, "mailto:", 7) == 0)
		return SELECTOR_MAILTO;
	if (len == 5 && memcmp(text, "imsi:", 5) == 0)
		return SELECTOR_IMSI;
	if (len == 3 && memcmp(text, "ip:", 3) == 0)
		return SELECTOR_IP;
	return SELECTOR_OTHER;
}

/* RFC 3986 section 3.1. */
static const char *take_scheme(struct bytes text, struct selector *out)
{
	size_t i = 0;
	for (; i < text.len && text.at[i] != ':'; i++) {
		uint8_t c = lower(text.at[i]);
		if (!is_lower(c) && (i == 0 || (!is_digit(c) && c != '+' && c != '-' && c != '.')))
			break;
		out->text[i] = (char)c;
	}
	if (i == 0 || i == text.len || text.at[i] != ':')
		return "expected SCHEME:NAME, such as tel:+12025550100";
	out->text[i++] = ':';
	out->len = out->scheme_len = (uint16_t)i;
	out->scheme = scheme_of(out->text, i);
	return NULL;
}

static const char *parse(struct bytes text, normalise *const by_scheme[], struct selector *out)
{
	out->ip_len = 0;
	if (text.len > SCOPE_SELECTOR_MAX)
		return "it is longer than 320 bytes";
	const char *why = take_scheme(text, out);
	if (why == NULL)
		why =
		    by_scheme[out->scheme](bytes_of(text.at + out->len, text.len - out->len), out);
	if (why != NULL)
		return why;
	assert(out->len <= SCOPE_SELECTOR_MAX);
	out->text[out->len] = 0;
	return NULL;
}

bool selector_parse(struct bytes text, struct selector *out, struct err *e)
{
	const char *why = parse(text, selector_normalise, out);
	if (why == NULL)
		return true;
	return err_input(e, "scope.selector", "'%s' is not a selector: %s", shown(text).text, why);
}

bool pattern_parse(struct bytes text, struct selector *out, struct err *e)
{
	const char *why = parse(text, pattern_normalise, out);
	if (why == NULL)
		return true;
	return err_input(e, "scope.selector", "'%s' is not a selector pattern: %s",
	                 shown(text).text, why);
}

/* --- Matching ------------------------------------------------------------------------- */

/* What is looked for: a selector, or a pattern that another may cover. */
struct target {
	enum selector_scheme scheme;
	struct bytes text;
	struct network network; /* of SELECTOR_IP */
};

static bool begins_with(const char *text, struct bytes prefix)
{
	return strncmp(text, (const char *)prefix.at, prefix.len) == 0;
}

static bool find_exact(const struct scope_set *set, struct bytes text, size_t *which)
{
	*which = set_lower_bound(set, text);
	return *which < set->count && begins_with(set->at[*which], text) &&
	       set->at[*which][text.len] == 0;
}

/*
 * A pattern that is a prefix of the text stands next below it: what stands between begins
 * with that prefix too, and would have been dropped as covered.
 */
static bool find_prefix(const struct scope_set *set, struct bytes text, size_t *which)
{
	if (find_exact(set, text, which))
		return true;
	if (*which == 0)
		return false;
	const char *below = set->at[--*which];
	size_t len = strlen(below);
	return len < text.len && memcmp(below, text.at, len) == 0;
}

/* The members that begin with `prefix`, whose last byte is not 0xFF: a part of the set. */
static struct scope_set members_with(const struct scope_set *set, struct bytes prefix)
{
	uint8_t past[16];
	assert(prefix.len > 0 && prefix.len <= sizeof past);
	memcpy(past, prefix.at, prefix.len);
	past[prefix.len - 1]++;
	size_t from = set_lower_bound(set, prefix);
	struct scope_set rest = {set->at + from, set->count - from};
	return (struct scope_set){rest.at, set_lower_bound(&rest, bytes_of(past, prefix.len))};
}

/* The address itself, then its domain and each domain above it. */
static bool find_mailto(const struct scope_set *set, struct bytes text, size_t *which)
{
	static const char any_domain[] = "mailto:@";
	if (find_exact(set, text, which))
		return true;
	struct scope_set domains = members_with(set, bytes_text(any_domain));
	if (domains.count == 0)
		return false;
	char key[SCOPE_SELECTOR_MAX + 1];
	size_t before = sizeof any_domain - 1;
	const uint8_t *end = text.at + text.len;
	const uint8_t *domain = memchr(text.at, '@', text.len);
	memcpy(key, any_domain, before);
	while (domain != NULL) {
		size_t len = (size_t)(end - ++domain);
		memcpy(key + before, domain, len);
		if (find_exact(&domains, bytes_of(key, before + len), which)) {
			*which += (size_t)(domains.at - set->at);
			return true;
		}
		domain = memchr(domain, '.', len);
	}
	return false;
}

static struct network network_of(const char *pattern)
{
	struct network n;
	bool parsed = network_parse(bytes_text(pattern + 3), &n);
	assert(parsed);
	return n;
}

static bool network_covers(struct network wide, struct network narrow)
{
	return wide.bits <= narrow.bits &&
	       ((wide.base ^ narrow.base) & address_mask(wide.bits)) == 0;
}

/* The one network with this base there may be in a canonical set, if it covers. */
static const char *const *find_base(const struct scope_set *set, address base,
                                    struct network target)
{
	char key[3 + ADDRESS_TEXT] = "ip:";
	size_t len = 3 + address_format(base, key + 3);
	size_t i = set_lower_bound(set, bytes_of(key, len));
	if (i == set->count || !begins_with(set->at[i], bytes_of(key, len)))
		return NULL;
	char next = set->at[i][len];
	bool covers = (next == 0 || next == '/') && network_covers(network_of(set->at[i]), target);
	return covers ? &set->at[i] : NULL;
}

/*
 * Every network that covers the target has for its base the target's address with some of
 * its last set bits cleared. Tries the bases from *base down to `last`, which is one of
 * them, and leaves the next in *base. Few networks are looked at one by one instead.
 */
static const char *const *find_bases(const struct scope_set *set, address *base, address last,
                                     struct network target)
{
	const char *const *found = NULL;
	if (set->count <= FEW_NETWORKS) {
		for (size_t i = 0; i < set->count && found == NULL; i++)
			if (network_covers(network_of(set->at[i]), target))
				found = &set->at[i];
		*base = last & (last - 1);
		return found;
	}
	do {
		found = find_base(set, *base, target);
		*base &= *base - 1;
	} while (found == NULL && *base >= last && *base != 0);
	/* 0 comes last: nothing is left to clear. */
	return found == NULL && last == 0 ? find_base(set, 0, target) : found;
}

/*
 * Mostly few networks share the address's first number ("ip:10.", "ip:2001:"), so that the
 * bits of that are the only ones to search for. Where the number is 0, '::' may hide it.
 */
static const char *const *find_near(const struct scope_set *set, address *base,
                                    struct network target)
{
	char text[3 + ADDRESS_TEXT] = "ip:";
	unsigned low = address_is_ipv4(*base) ? 24 : 112;
	if (*base >> low == 0)
		return NULL;
	size_t len = 3 + address_format(*base, text + 3), i = 3;
	while (text[i] != '.' && text[i] != ':')
		i++;
	assert(i < len);
	struct scope_set near = members_with(set, bytes_of(text, i + 1));
	return find_bases(&near, base, *base >> low << low, target);
}

static bool find_ip(const struct scope_set *all, struct network target, size_t *which)
{
	struct scope_set set = members_with(all, bytes_text("ip:"));
	address base = target.base;
	const char *const *found = NULL;
	if (set.count > FEW_NETWORKS) {
		found = find_near(&set, &base, target);
		if (found == NULL && address_is_ipv4(base)) {
			found = find_bases(&set, &base, (address)0xFFFF << 32, target);
			set = members_with(&set, bytes_text("ip:::"));
		}
	}
	if (found == NULL)
		found = find_bases(&set, &base, 0, target);
	if (found != NULL)
		*which = (size_t)(found - all->at);
	return found != NULL;
}

static bool find_target(const struct scope_set *set, const struct target *t, size_t *which)
{
	if (set->count == 0)
		return false;
	switch (t->scheme) {
	case SELECTOR_MAILTO:
		return find_mailto(set, t->text, which);
	case SELECTOR_IP:
		return find_ip(set, t->network, which);
	default:
		return find_prefix(set, t->text, which);
	}
}

bool selector_matches(const struct scope_set *patterns, const struct selector *s, size_t *which)
{
	struct target t = {s->scheme, bytes_of(s->text, s->len), {0, ADDRESS_BITS}};
	size_t ignored;
	if (s->scheme == SELECTOR_IP) {
		t.network.base = s->ip_len == 4 ? 0xFFFF : 0;
		for (unsigned i = 0; i < s->ip_len; i++)
			t.network.base = t.network.base << 8 | s->ip[i];
	}
	return find_target(patterns, &t, which == NULL ? &ignored : which);
}

bool set_find_pattern(const struct scope_set *set, const char *pattern)
{
	const char *colon = strchr(pattern, ':');
	struct target t = {
	    scheme_of(pattern, (size_t)(colon - pattern) + 1), bytes_text(pattern), {0, 0}};
	size_t ignored;
	if (t.scheme == SELECTOR_IP)
		t.network = network_of(pattern);
	return find_target(set, &t, &ignored);
}

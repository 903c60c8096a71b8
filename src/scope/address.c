#include "parts.h"

#include <assert.h>

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Four decimal numbers and nothing else. Leading zeros, fewer parts and hexadecimal mean
 * different addresses to different programs (inet_aton reads 010 as 8), so they are refused.
 */
static bool ipv4_parse(struct bytes text, uint32_t *out)
{
	uint32_t value = 0;
	size_t i = 0;
	for (int part = 0; part < 4; part++) {
		if (part > 0 && (i == text.len || text.at[i++] != '.'))
			return false;
		uint32_t number = 0;
		size_t from = i;
		for (; i < text.len && i - from < 3 && text.at[i] >= '0' && text.at[i] <= '9'; i++)
			number = number * 10 + (uint32_t)(text.at[i] - '0');
		if (i == from || number > 255 || (text.at[from] == '0' && i - from > 1))
			return false;
		value = value << 8 | number;
	}
	*out = value;
	return i == text.len;
}

/* One to four hexadecimal digits at *i; false when there are none. */
static bool group_parse(struct bytes text, size_t *i, uint16_t *out)
{
	unsigned value = 0;
	size_t from = *i;
	for (; *i < text.len && *i - from < 4 && hex_value(text.at[*i]) >= 0; ++*i)
		value = value << 4 | (unsigned)hex_value(text.at[*i]);
	*out = (uint16_t)value;
	return *i > from;
}

static bool ipv6_parse(struct bytes text, address *out)
{
	uint16_t group[8];
	size_t count = 0, gap = SIZE_MAX, i = 0;
	if (text.len >= 2 && text.at[0] == ':' && text.at[1] == ':') {
		gap = 0;
		i = 2;
	}
	while (i < text.len && count < 8) {
		size_t from = i;
		uint32_t ipv4;
		if (!group_parse(text, &i, &group[count]))
			return false;
		if (i < text.len && text.at[i] == '.') { /* the last 32 bits in decimal */
			if (count > 6 ||
			    !ipv4_parse(bytes_of(text.at + from, text.len - from), &ipv4))
				return false;
			group[count++] = (uint16_t)(ipv4 >> 16);
			group[count++] = (uint16_t)ipv4;
			i = text.len;
			break;
		}
		count++;
		if (i == text.len)
			break;
		if (text.at[i++] != ':' || i == text.len)
			return false;
		if (text.at[i] == ':') {
			if (gap != SIZE_MAX)
				return false;
			gap = count;
			i++;
		}
	}
	if (i != text.len || (gap == SIZE_MAX ? count != 8 : count > 7))
		return false;
	address value = 0;
	for (size_t g = 0; g < count; g++) {
		if (g == gap)
			value <<= 16 * (8 - count);
		value = value << 16 | group[g];
	}
	if (gap == count && count > 0)
		value <<= 16 * (8 - count);
	*out = value;
	return true;
}

bool address_parse(struct bytes text, address *out)
{
	uint32_t ipv4;
	if (text.len == 0 || memchr(text.at, ':', text.len) != NULL)
		return ipv6_parse(text, out);
	if (!ipv4_parse(text, &ipv4))
		return false;
	*out = (address)0xFFFF << 32 | ipv4;
	return true;
}

bool network_parse(struct bytes text, struct network *out)
{
	const uint8_t *slash = text.len == 0 ? NULL : memchr(text.at, '/', text.len);
	size_t len = slash == NULL ? text.len : (size_t)(slash - text.at);
	struct bytes spelled = bytes_of(text.at, len);
	if (!address_parse(spelled, &out->base))
		return false;
	out->bits = ADDRESS_BITS;
	if (slash == NULL)
		return true;
	uint64_t bits;
	bool ipv4 = memchr(spelled.at, ':', spelled.len) == NULL;
	if (!decimal_parse(bytes_of(slash + 1, text.len - len - 1), &bits))
		return false;
	if (bits > (ipv4 ? 32 : ADDRESS_BITS))
		return false;
	out->bits = (unsigned)bits + (ipv4 ? ADDRESS_IPV4_BITS : 0);
	return true;
}

static size_t number_format(unsigned value, char *to)
{
	size_t len = 0;
	if (value >= 100)
		to[len++] = (char)('0' + value / 100);
	if (value >= 10)
		to[len++] = (char)('0' + value / 10 % 10);
	to[len++] = (char)('0' + value % 10);
	return len;
}

static size_t group_format(unsigned value, char *to)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 0;
	for (int shift = 12; shift > 0; shift -= 4)
		if (value >> shift != 0)
			to[len++] = digits[value >> shift & 15];
	to[len++] = digits[value & 15];
	return len;
}

/* RFC 5952 section 4.2.3: the longest run of two or more zero groups, the first of equals. */
static unsigned longest_zeros(const unsigned group[8], unsigned *from)
{
	unsigned longest = 1;
	*from = 8;
	for (unsigned i = 0; i < 8; i++) {
		unsigned run = 0;
		while (i + run < 8 && group[i + run] == 0)
			run++;
		if (run > longest) {
			longest = run;
			*from = i;
		}
		i += run;
	}
	return longest;
}

static size_t ipv6_format(address a, char *to)
{
	unsigned group[8], from;
	for (unsigned i = 0; i < 8; i++)
		group[i] = (unsigned)(a >> (112 - 16 * i)) & 0xFFFF;
	unsigned zeros = longest_zeros(group, &from);
	size_t len = 0;
	for (unsigned i = 0; i < 8;) {
		if (i == from) {
			to[len++] = ':';
			to[len++] = ':';
			i += zeros;
			continue;
		}
		if (i > 0 && i != from + zeros)
			to[len++] = ':';
		len += group_format(group[i++], to + len);
	}
	return len;
}

size_t address_format(address a, char *to)
{
	if (!address_is_ipv4(a))
		return ipv6_format(a, to);
	size_t len = 0;
	for (int shift = 24; shift >= 0; shift -= 8) {
		len += number_format((unsigned)(a >> shift) & 255, to + len);
		if (shift > 0)
			to[len++] = '.';
	}
	return len;
}

size_t network_format(const struct network *n, char *to)
{
	assert((n->base & ~address_mask(n->bits)) == 0);
	size_t len = address_format(n->base, to);
	if (n->bits == ADDRESS_BITS)
		return len;
	to[len++] = '/';
	/* An IPv4 base has its lowest prefix bit at 96, so its network is no wider than that. */
	return len + number_format(n->bits - (address_is_ipv4(n->base) ? ADDRESS_IPV4_BITS : 0),
	                           to + len);
}

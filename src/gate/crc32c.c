#include "crc32c.h"

enum { POLYNOMIAL_REFLECTED = (int)0x82F63B78 };

void crc32c_start(struct crc32c *c, bool portable)
{
	*c = (struct crc32c){0};
#if defined(__x86_64__)
	c->by_processor = !portable && __builtin_cpu_supports("sse4.2");
#else
	(void)portable;
#endif
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i;
		for (int bit = 0; bit < 8; bit++)
			v = v >> 1 ^ ((v & 1) != 0 ? (uint32_t)POLYNOMIAL_REFLECTED : 0);
		c->table[i] = v;
	}
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_processor(uint32_t crc, struct bytes b)
{
	uint64_t wide = crc;
	for (; b.len >= 8; b = bytes_of(b.at + 8, b.len - 8)) {
		uint64_t word;
		memcpy(&word, b.at, sizeof word);
		wide = __builtin_ia32_crc32di(wide, word);
	}
	crc = (uint32_t)wide;
	for (size_t i = 0; i < b.len; i++)
		crc = __builtin_ia32_crc32qi(crc, b.at[i]);
	return crc;
}
#endif

uint32_t crc32c(const struct crc32c *c, uint32_t before, struct bytes b)
{
	uint32_t crc = ~before;
#if defined(__x86_64__)
	if (c->by_processor)
		return ~by_processor(crc, b);
#endif
	for (size_t i = 0; i < b.len; i++)
		crc = crc >> 8 ^ c->table[(crc ^ b.at[i]) & 0xFF];
	return ~crc;
}

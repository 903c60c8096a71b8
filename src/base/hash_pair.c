/*
 * Two messages hashed at once. The processor's SHA instructions wait for each other within a
 * message (four cycles a pair of rounds); those of a second message fit in between. FIPS 180-4.
 */
#include "hash.h"

#if defined(__x86_64__)

#include <assert.h>
#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

enum { BLOCK = 64, BLOCKS_MOST = 16, TAIL = 9 /* 0x80, and the length in bits */ };

#define WITH_SHA __attribute__((target("sha,sse4.1")))

static const uint32_t rounds[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The state as the instructions take it: words A B E F and C D G H, the first highest. */
struct lane {
	__m128i abef, cdgh;
	__m128i words[4]; /* of the message, four each */
};

WITH_SHA static inline void lane_begin(struct lane *l)
{
	l->abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
	l->cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
}

WITH_SHA static inline void lane_load(struct lane *l, const uint8_t block[BLOCK])
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	for (unsigned i = 0; i < 4; i++) {
		__m128i four;
		memcpy(&four, block + 16 * (size_t)i, sizeof four);
		l->words[i] = _mm_shuffle_epi8(four, swap);
	}
}

/* Four rounds: number `step` of sixteen; the words are scheduled as they come to be needed. */
WITH_SHA static inline void lane_step(struct lane *l, unsigned step)
{
	__m128i *w = l->words;
	if (step >= 4) {
		__m128i *to = &w[step % 4];
		const __m128i last = w[(step + 3) % 4];
		const __m128i seventh = _mm_alignr_epi8(last, w[(step + 2) % 4], 4);
		*to = _mm_add_epi32(_mm_sha256msg1_epu32(*to, w[(step + 1) % 4]), seventh);
		*to = _mm_sha256msg2_epu32(*to, last);
	}
	__m128i key;
	memcpy(&key, rounds + 4 * (size_t)step, sizeof key);
	__m128i sum = _mm_add_epi32(w[step % 4], key);
	l->cdgh = _mm_sha256rnds2_epu32(l->cdgh, l->abef, sum);
	l->abef = _mm_sha256rnds2_epu32(l->abef, l->cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

WITH_SHA static void compress_two(struct lane *a, struct lane *b, const uint8_t *at_a,
                                  const uint8_t *at_b)
{
	const struct lane was_a = *a, was_b = *b;
	lane_load(a, at_a);
	lane_load(b, at_b);
#pragma GCC unroll 16
	for (unsigned step = 0; step < 16; step++) {
		lane_step(a, step);
		lane_step(b, step);
	}
	a->abef = _mm_add_epi32(a->abef, was_a.abef);
	a->cdgh = _mm_add_epi32(a->cdgh, was_a.cdgh);
	b->abef = _mm_add_epi32(b->abef, was_b.abef);
	b->cdgh = _mm_add_epi32(b->cdgh, was_b.cdgh);
}

WITH_SHA static void compress_one(struct lane *l, const uint8_t *at)
{
	const struct lane was = *l;
	lane_load(l, at);
#pragma GCC unroll 16
	for (unsigned step = 0; step < 16; step++)
		lane_step(l, step);
	l->abef = _mm_add_epi32(l->abef, was.abef);
	l->cdgh = _mm_add_epi32(l->cdgh, was.cdgh);
}

static void put_word(uint8_t *to, int word)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)((uint32_t)word >> (24 - 8 * i));
}

WITH_SHA static void lane_end(const struct lane *l, struct hash *out)
{
	put_word(out->at, _mm_extract_epi32(l->abef, 3));
	put_word(out->at + 4, _mm_extract_epi32(l->abef, 2));
	put_word(out->at + 8, _mm_extract_epi32(l->cdgh, 3));
	put_word(out->at + 12, _mm_extract_epi32(l->cdgh, 2));
	put_word(out->at + 16, _mm_extract_epi32(l->abef, 1));
	put_word(out->at + 20, _mm_extract_epi32(l->abef, 0));
	put_word(out->at + 24, _mm_extract_epi32(l->cdgh, 1));
	put_word(out->at + 28, _mm_extract_epi32(l->cdgh, 0));
}

/* The message padded to whole blocks; gives how many. */
static size_t pad(uint8_t prefix, struct bytes message, uint8_t to[BLOCKS_MOST * BLOCK])
{
	size_t len = 1 + message.len, count = (len + TAIL + BLOCK - 1) / BLOCK;
	assert(count <= BLOCKS_MOST);
	to[0] = prefix;
	if (message.len > 0)
		memcpy(to + 1, message.at, message.len);
	memset(to + len, 0, count * BLOCK - len);
	to[len] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		to[count * BLOCK - 1 - i] = (uint8_t)((uint64_t)len * 8 >> (8 * i));
	return count;
}

WITH_SHA static void hash_two(uint8_t prefix, const struct bytes message[2], struct hash out[2])
{
	uint8_t padded[2][BLOCKS_MOST * BLOCK];
	struct lane lanes[2];
	size_t counts[2], done = 0;
	for (unsigned i = 0; i < 2; i++) {
		counts[i] = pad(prefix, message[i], padded[i]);
		lane_begin(&lanes[i]);
	}
	for (; done < counts[0] && done < counts[1]; done++)
		compress_two(&lanes[0], &lanes[1], padded[0] + done * BLOCK,
		             padded[1] + done * BLOCK);
	for (unsigned i = 0; i < 2; i++) {
		for (size_t at = done; at < counts[i]; at++)
			compress_one(&lanes[i], padded[i] + at * BLOCK);
		lane_end(&lanes[i], &out[i]);
	}
}

/* CPUID leaf 7: EBX bit 29 SHA; leaf 1: ECX bit 19 SSE4.1. */
static bool has_sha(void)
{
	enum { UNKNOWN, NO, YES };
	static atomic_int known; /* whoever asks first finds out; two finding the same is no harm */
	int answer = atomic_load_explicit(&known, memory_order_relaxed);
	if (answer == UNKNOWN) {
		unsigned a, b = 0, c = 0, d;
		bool sse = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c >> 19 & 1) != 0;
		bool sha = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b >> 29 & 1) != 0;
		answer = sse && sha ? YES : NO;
		atomic_store_explicit(&known, answer, memory_order_relaxed);
	}
	return answer == YES;
}

static bool fits(struct bytes message)
{
	return message.len + 1 + TAIL <= BLOCKS_MOST * BLOCK;
}

static bool can_pair(const struct bytes message[2])
{
	return fits(message[0]) && fits(message[1]) && has_sha();
}

#else

static bool can_pair(const struct bytes message[2])
{
	(void)message;
	return false;
}

static void hash_two(uint8_t prefix, const struct bytes message[2], struct hash out[2])
{
	(void)prefix, (void)message, (void)out;
}

#endif

void sha256_pair(uint8_t prefix, const struct bytes message[2], struct hash out[2])
{
	if (can_pair(message)) {
		hash_two(prefix, message, out);
		return;
	}
	for (unsigned i = 0; i < 2; i++)
		out[i] = sha256_parts((struct bytes[]){{&prefix, 1}, message[i]}, 2);
}

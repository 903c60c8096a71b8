#include "rim.h"

#include <malloc.h>
#include <sodium.h>
#include <time.h>

int64_t rim_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

void rim_random(void *at, size_t len)
{
	randombytes_buf(at, len);
}

void rim_keep_memory(void)
{
	enum { KEPT = 64 << 20, LARGE = 4 << 20 };
	mallopt(M_TRIM_THRESHOLD, KEPT);
	mallopt(M_MMAP_THRESHOLD, LARGE);
}

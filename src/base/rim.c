#include "rim.h"

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

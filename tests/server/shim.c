/*
 * Loaded before a service that is tested: a disk that is slow and a clock that is wrong, as the
 * file in FAULTS says: "MILLISECONDS SECONDS", of each sync and ahead of the true time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void faults(long *milliseconds, long *seconds)
{
	char text[64];
	const char *path = getenv("FAULTS");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t len = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
	*milliseconds = *seconds = 0;
	if (fd >= 0)
		close(fd);
	text[len > 0 ? len : 0] = 0;
	if (sscanf(text, "%ld %ld", milliseconds, seconds) != 2)
		*milliseconds = *seconds = 0;
}

static void wait_for_the_disk(void)
{
	long milliseconds, seconds;
	faults(&milliseconds, &seconds);
	nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
	wait_for_the_disk();
	return (int)syscall(SYS_fsync, fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	wait_for_the_disk();
	return (int)syscall(SYS_fdatasync, fd);
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *out)
{
	long milliseconds, seconds;
	int result = (int)syscall(SYS_clock_gettime, clock, out);
	if (clock == CLOCK_REALTIME) {
		faults(&milliseconds, &seconds);
		out->tv_sec += seconds;
	}
	return result;
}

__attribute__((visibility("default"))) time_t time(time_t *out)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

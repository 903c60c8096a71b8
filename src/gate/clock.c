#include "clock.h"

#include <string.h>
#include <time.h>

#include "base/file.h"

void clock_read(const struct gate_clock *clock, struct instants *out)
{
	if (clock->read != NULL) {
		clock->read(clock->ctx, out);
		return;
	}
	struct timespec boot, wall;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	/* A few milliseconds coarse, which is enough to see that it was set, and much cheaper. */
	clock_gettime(CLOCK_REALTIME_COARSE, &wall);
	out->boot = boot.tv_sec * NANOSECONDS + boot.tv_nsec;
	out->wall = wall.tv_sec * NANOSECONDS + wall.tv_nsec;
}

bool clock_of_machine(struct gate_clock *out, struct err *e)
{
	owned_arena arena = {0};
	struct bytes text, id;
	char digits[2 * BOOT_ID + 1] = "";
	size_t count = 0;
	if (!file_read(&arena, "/proc/sys/kernel/random/boot_id", 64, &text, e))
		return false;
	for (size_t i = 0; i < text.len && count < 2 * BOOT_ID; i++)
		if (text.at[i] != '-')
			digits[count++] = (char)text.at[i];
	if (count != 2 * BOOT_ID || !hex_decode(&arena, digits, &id))
		return err_environment(e, "the kernel's boot id is not one");
	*out = (struct gate_clock){0};
	memcpy(out->boot_id, id.at, BOOT_ID);
	return true;
}

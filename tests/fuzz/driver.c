/* Runs a fuzz target once over each file of a folder: found crashes stay found. TAP out. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static int run_file(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return -1;
	size_t room = 1 << 20;
	uint8_t *all = malloc(room);
	size_t len = all == NULL ? 0 : fread(all, 1, room, f);
	fclose(f);
	/* An exact copy, so that the sanitizer sees a read past the end. */
	uint8_t *exact = malloc(len > 0 ? len : 1);
	for (size_t i = 0; exact != NULL && i < len; i++)
		exact[i] = all[i];
	if (exact != NULL)
		LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	free(all);
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent **names;
	int count = argc == 2 ? scandir(argv[1], &names, NULL, alphasort) : -1, tests = 0;
	for (int i = 0; i < count; i++) {
		if (names[i]->d_name[0] != '.') {
			int failed = run_file(argv[1], names[i]->d_name);
			printf("%s %d - %s\n", failed ? "not ok" : "ok", ++tests, names[i]->d_name);
		}
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	if (tests == 0)
		printf("not ok 1 - no corpus\n");
	printf("1..%d\n", tests > 0 ? tests : 1);
	return tests > 0 ? 0 : 1;
}

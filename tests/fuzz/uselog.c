#include <stdlib.h>

#include "gate/uselog.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/*
 * A use log's file from a stranger. The first byte says how it is read: 1 that the power may
 * have failed; 2 that what follows are bodies (length, body), put into a file whose checksums
 * are good, because no fuzzer guesses those. Otherwise what follows is the file.
 */
struct file {
	uint8_t at[USELOG_SEGMENT_MIN];
};

static bool one_file(void *ctx, uint32_t number, struct bytes *out, struct err *e)
{
	(void)e;
	const struct file *f = ctx;
	*out = number == 1 ? bytes_of(f->at, sizeof f->at) : (struct bytes){0};
	return true;
}

static void put_bodies(struct file *f, const uint8_t *at, size_t len)
{
	struct crc32c crc;
	uint8_t id[USELOG_ID] = {5};
	crc32c_start(&crc, false);
	uselog_header(&crc, f->at, id, 1, sizeof f->at);
	uint32_t seed = uselog_seed(&crc, id, 1);
	size_t offset = USELOG_HEADER;
	while (len > 1) {
		size_t size = at[0] > len - 1 ? len - 1 : at[0];
		size_t whole = uselog_entry_size(size);
		if (size == 0 || whole > sizeof f->at - offset)
			break;
		uint8_t *to = f->at + offset;
		memcpy(to + USELOG_ENTRY_HEAD, at + 1, size);
		uint32_t sum = uselog_checksum(&crc, seed, offset, bytes_of(at + 1, size));
		uint16_t words[2] = {(uint16_t)size, (uint16_t)~size};
		memcpy(to, words, sizeof words);
		memcpy(to + sizeof words, &sum, sizeof sum);
		offset += whole;
		at += 1 + size;
		len -= 1 + size;
	}
}

static bool see(void *ctx, const struct proviso_entry *entry)
{
	size_t *letters = ctx;
	*letters += strlen(entry->capability) + strlen(entry->purpose) + strlen(entry->territory) +
	            strlen(entry->label);
	for (size_t i = 0; i < entry->with_count; i++)
		*letters += strlen(entry->with[i]);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	if (len == 0)
		return 0;
	struct file *f = calloc(1, sizeof *f);
	size_t letters = 0;
	if (f == NULL)
		abort();
	if ((at[0] & 2) != 0)
		put_bodies(f, at + 1, len - 1);
	else
		memcpy(f->at, at + 1, len - 1 < sizeof f->at ? len - 1 : sizeof f->at);
	struct uselog_source source = {.ctx = f, .segment = one_file, .last = 1};
	struct uselog_visitor visitor = {see, &letters};
	struct uselog_scan scan;
	struct err e = {0};
	if (uselog_scan(&source, (at[0] & 1) != 0, &visitor, &scan, &e)) {
		if (scan.offset + scan.tail_bytes > sizeof f->at ||
		    scan.allowed + scan.refused > scan.entries)
			abort();
		uselog_scan_free(&scan);
	} else if (e.rule == NULL) {
		abort();
	}
	free(f);
	return 0;
}

/* The small parts of every answer: ids, instants, durations, tables. */
#include "words.h"

#include "base/instant.h"

const char *words_hex(struct arena *arena, const struct hash *h)
{
	return hex_encode(arena, hash_bytes(h));
}

const char *words_short(struct arena *arena, const struct hash *h)
{
	return hex_encode(arena, bytes_of(h->at, 4));
}

const char *words_time(struct arena *arena, int64_t at)
{
	if (at < INSTANT_FIRST || at > INSTANT_LAST)
		return "-";
	char text[INSTANT_TEXT + 1];
	instant_format(at, text);
	return arena_copy(arena, text, INSTANT_TEXT);
}

const char *words_duration(struct arena *arena, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = {{DAY_SECONDS, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	const char *sign = seconds < 0 ? "-" : "";
	if (seconds < 0)
		seconds = -seconds;
	for (size_t i = 0; i + 1 < sizeof units / sizeof *units; i++)
		if (seconds >= units[i].seconds)
			return arena_printf(
			    arena, "%s%lld %s %lld %s", sign,
			    (long long)(seconds / units[i].seconds), units[i].unit,
			    (long long)(seconds % units[i].seconds / units[i + 1].seconds),
			    units[i + 1].unit);
	return arena_printf(arena, "%s%lld s", sign, (long long)seconds);
}

void table_row(struct table *t, const char *const cells[])
{
	if (t->count + t->columns > t->room) {
		size_t room = t->room == 0 ? 64 * t->columns : t->room * 2;
		const char **more = arena_array(t->arena, room, sizeof *more);
		if (t->count > 0)
			memcpy(more, t->cells, t->count * sizeof *more);
		t->cells = more;
		t->room = room;
	}
	for (size_t i = 0; i < t->columns; i++)
		t->cells[t->count++] = cells[i];
}

/* Columns as a reader counts them: the code points of UTF-8 text. */
static size_t width(const char *text)
{
	size_t n = 0;
	for (; *text != 0; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

void table_text(const struct table *t, bool bold, struct buffer *out)
{
	size_t *widths = arena_array(t->arena, t->columns, sizeof *widths);
	for (size_t i = 0; i < t->count; i++)
		if (width(t->cells[i]) > widths[i % t->columns])
			widths[i % t->columns] = width(t->cells[i]);
	for (size_t row = 0; row < t->count; row += t->columns) {
		if (bold && row == 0)
			buffer_text(out, "\033[1m");
		for (size_t c = 0; c < t->columns; c++) {
			const char *cell = t->cells[row + c];
			buffer_text(out, cell);
			if (c + 1 < t->columns)
				buffer_printf(out, "%*s", (int)(widths[c] - width(cell) + 2), "");
		}
		buffer_text(out, bold && row == 0 ? "\033[0m\n" : "\n");
	}
}

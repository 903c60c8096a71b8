/* Options, errors and printing, as every command does them. */
#include "cli.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/instant.h"

const char *cli_option(struct cli *cli, const char *name)
{
	for (size_t i = cli->given_count; i > 0; i--)
		if (strcmp(cli->given[i - 1].option->name, name) == 0)
			return cli->given[i - 1].value;
	return NULL;
}

bool cli_flag(struct cli *cli, const char *name)
{
	return cli_option(cli, name) != NULL;
}

size_t cli_values(struct cli *cli, const char *name, const char ***values)
{
	size_t count = 0;
	*values = arena_array(&cli->arena, cli->given_count + 1, sizeof **values);
	for (size_t i = 0; i < cli->given_count; i++)
		if (strcmp(cli->given[i].option->name, name) == 0)
			(*values)[count++] = cli->given[i].value;
	return count;
}

const char *cli_required(struct cli *cli, const char *name)
{
	const char *value = cli_option(cli, name);
	if (value == NULL)
		err_usage(&cli->err, "--%s is needed (see proviso help %s)", name, cli->command->name);
	return value;
}

bool cli_number(struct cli *cli, const char *name, uint64_t otherwise, uint64_t *out)
{
	const char *value = cli_option(cli, name);
	*out = otherwise;
	if (value != NULL && !decimal_parse(bytes_text(value), out))
		return err_usage(&cli->err, "--%s takes a whole number, not \"%s\"", name, value);
	return true;
}

int cli_fail(struct cli *cli)
{
	static const char *const kinds[] = {"", "refused", "usage", "input", "environment"};
	const struct err        *e = &cli->err;
	enum err_kind            kind = e->kind == ERR_NONE ? ERR_ENVIRONMENT : e->kind;
	const char              *what = e->rule != NULL ? e->rule : cli->command->name;
	if (cli->json) {
		json_t *value = json_pack("{s:{s:s,s:s?,s:s}}", "error", "kind", kinds[kind], "rule",
		    e->rule, "text", e->text);
		char   *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);
		fprintf(stderr, "%s\n", text != NULL ? text : "{\"error\":{}}");
		free(text);
		json_decref(value);
	} else {
		fprintf(stderr, "proviso: %s: %s\n", what, e->text);
	}
	return (int)kind;
}

int cli_usage_error(struct cli *cli, const char *fmt, ...)
{
	char    text[sizeof cli->err.text];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_usage(&cli->err, "%s", text);
	return cli_fail(cli);
}

int cli_print_json(json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (text == NULL) {
		fputs("proviso: json: the answer is no JSON (text that is not UTF-8?)\n", stderr);
		json_decref(value);
		return ERR_ENVIRONMENT;
	}
	puts(text);
	free(text);
	json_decref(value);
	return 0;
}

const char *cli_hex(struct cli *cli, const struct hash *h)
{
	return hex_encode(&cli->arena, hash_bytes(h));
}

const char *cli_short(struct cli *cli, const struct hash *h)
{
	return hex_encode(&cli->arena, bytes_of(h->at, 4));
}

const char *cli_time(struct cli *cli, int64_t at)
{
	if (at < INSTANT_FIRST || at > INSTANT_LAST)
		return "-";
	char text[INSTANT_TEXT + 1];
	instant_format(at, text);
	return arena_copy(&cli->arena, text, INSTANT_TEXT);
}

const char *cli_duration(struct cli *cli, int64_t seconds)
{
	static const struct {
		int64_t     seconds;
		const char *unit;
	} units[] = {{DAY_SECONDS, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	const char *sign = seconds < 0 ? "-" : "";
	if (seconds < 0)
		seconds = -seconds;
	for (size_t i = 0; i + 1 < sizeof units / sizeof *units; i++)
		if (seconds >= units[i].seconds)
			return arena_printf(&cli->arena, "%s%lld %s %lld %s", sign,
			    (long long)(seconds / units[i].seconds), units[i].unit,
			    (long long)(seconds % units[i].seconds / units[i + 1].seconds), units[i + 1].unit);
	return arena_printf(&cli->arena, "%s%lld s", sign, (long long)seconds);
}

void table_row(struct table *t, const char *const cells[])
{
	if (t->count + t->columns > t->room) {
		size_t       room = t->room == 0 ? 64 * t->columns : t->room * 2;
		const char **more = arena_array(&t->cli->arena, room, sizeof *more);
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

void table_print(const struct table *t, bool heading)
{
	size_t *widths = arena_array(&t->cli->arena, t->columns, sizeof *widths);
	for (size_t i = 0; i < t->count; i++)
		if (width(t->cells[i]) > widths[i % t->columns])
			widths[i % t->columns] = width(t->cells[i]);
	bool bold = heading && cli_colour();
	for (size_t row = 0; row < t->count; row += t->columns) {
		if (bold && row == 0)
			fputs("\033[1m", stdout);
		for (size_t c = 0; c < t->columns; c++) {
			const char *cell = t->cells[row + c];
			fputs(cell, stdout);
			if (c + 1 < t->columns)
				printf("%*s", (int)(widths[c] - width(cell) + 2), "");
		}
		puts(bold && row == 0 ? "\033[0m" : "");
	}
}

static void step(void *ctx, uint64_t done, uint64_t total)
{
	const char *what = ctx;
	int         parts = total == 0 ? 30 : (int)(done * 30 / total);
	fprintf(stderr, "\r%s [%.*s%*s] %llu of %llu", what, parts, "##############################",
	    30 - parts, "", (unsigned long long)done, (unsigned long long)total);
}

struct progress cli_progress(struct cli *cli, const char *what)
{
	if (cli->json || !isatty(STDERR_FILENO))
		return (struct progress){0};
	return (struct progress){step, arena_copy(&cli->arena, what, strlen(what))};
}

void cli_progress_end(struct cli *cli)
{
	if (!cli->json && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

bool cli_colour(void)
{
	const char *term = getenv("TERM");
	return isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

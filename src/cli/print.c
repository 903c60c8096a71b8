/* Options, errors and printing, as every command does them. */
#include "cli.h"

#include <stdarg.h>
#include <unistd.h>

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
		err_usage(&cli->err, "--%s is needed (see proviso help %s)", name,
		          cli->command->name);
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
	const struct err *e = &cli->err;
	enum err_kind kind = e->kind == ERR_NONE ? ERR_ENVIRONMENT : e->kind;
	const char *what = e->rule != NULL ? e->rule : cli->command->name;
	if (cli->json) {
		json_t *value = json_pack("{s:{s:s,s:s?,s:s}}", "error", "kind", kinds[kind],
		                          "rule", e->rule, "text", e->text);
		char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);
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
	char text[sizeof cli->err.text];
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
	return words_hex(&cli->arena, h);
}

const char *cli_short(struct cli *cli, const struct hash *h)
{
	return words_short(&cli->arena, h);
}

const char *cli_time(struct cli *cli, int64_t at)
{
	return words_time(&cli->arena, at);
}

const char *cli_duration(struct cli *cli, int64_t seconds)
{
	return words_duration(&cli->arena, seconds);
}

void table_print(struct cli *cli, const struct table *t, bool heading)
{
	struct buffer text = {.arena = &cli->arena};
	table_text(t, heading && cli_colour(), &text);
	fwrite(text.at, 1, text.len, stdout);
}

static void step(void *ctx, uint64_t done, uint64_t total)
{
	const char *what = ctx;
	int parts = total == 0 ? 30 : (int)(done * 30 / total);
	fprintf(stderr, "\r%s [%.*s%*s] %llu of %llu", what, parts,
	        "##############################", 30 - parts, "", (unsigned long long)done,
	        (unsigned long long)total);
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

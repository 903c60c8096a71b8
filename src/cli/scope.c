/* proviso scope: the algebra, from the command line. */
#include "commands.h"

#include "base/instant.h"
#include "scope/scope.h"

/* Parses argument `i`; "-" reads the text from standard input. */
static const struct scope *argument(struct cli *cli, int i)
{
	struct bytes text = bytes_text(cli->arguments[i]);
	const struct scope *scope;
	if (strcmp(cli->arguments[i], "-") == 0 &&
	    !file_read(&cli->arena, "-", SCOPE_TEXT_MAX, &text, &cli->err))
		return NULL;
	if (!scope_parse(&cli->arena, text, &scope, &cli->err)) {
		err_context(&cli->err, "scope %d", i + 1);
		return NULL;
	}
	return scope;
}

static int print(struct cli *cli, const struct scope *scope)
{
	const char *text = scope_text(&cli->arena, scope);
	if (cli->json)
		return cli_print_json(json_pack("{s:s}", "scope", text));
	puts(text);
	return 0;
}

static int show(struct cli *cli)
{
	const struct scope *scope = argument(cli, 0);
	return scope == NULL ? cli_fail(cli) : print(cli, scope);
}

static int meet(struct cli *cli)
{
	const struct scope *all = &scope_any;
	for (int i = 0; i < cli->argument_count; i++) {
		const struct scope *scope = argument(cli, i);
		if (scope == NULL)
			return cli_fail(cli);
		all = scope_meet(&cli->arena, all, scope);
	}
	return print(cli, all);
}

static int includes(struct cli *cli)
{
	const struct scope *a = argument(cli, 0), *b = a == NULL ? NULL : argument(cli, 1);
	enum scope_dimension which;
	const char *why = NULL;
	if (b == NULL)
		return cli_fail(cli);
	bool yes = scope_includes_why(&cli->arena, a, b, &which, &why);
	if (cli->json)
		cli_print_json(json_pack("{s:b,s:s?}", "includes", yes, "why", yes ? NULL : why));
	else
		printf("%s%s%s\n", yes ? "yes" : "no", yes ? "" : ": ", yes ? "" : why);
	return yes ? 0 : 1;
}

static int allows(struct cli *cli)
{
	struct scope_use use = {.at = 0};
	struct selector subject;
	const char *text, *at;
	const struct scope *scope = argument(cli, 0);
	if (scope == NULL || (use.capability = cli_required(cli, "capability")) == NULL ||
	    (use.purpose = cli_required(cli, "purpose")) == NULL ||
	    (use.territory = cli_required(cli, "territory")) == NULL ||
	    (text = cli_required(cli, "subject")) == NULL || (at = cli_required(cli, "at")) == NULL)
		return cli_fail(cli);
	if (!scope_label_check(bytes_text(use.capability), &cli->err) ||
	    !scope_label_check(bytes_text(use.purpose), &cli->err) ||
	    !scope_label_check(bytes_text(use.territory), &cli->err) ||
	    !selector_parse(bytes_text(text), &subject, &cli->err))
		return cli_fail(cli);
	if (!instant_parse(bytes_text(at), &use.at)) {
		err_input(&cli->err, "scope.instant",
		          "--at: \"%s\" is not like 2026-01-01T00:00:00Z", at);
		return cli_fail(cli);
	}
	const char **with;
	use.with_count = cli_values(cli, "with", &with);
	use.with = with;
	use.subject = &subject;
	enum scope_dimension which;
	bool yes = scope_allows(scope, &use, &which);
	const char *why = yes ? NULL : scope_refusal(&cli->arena, scope, &use, which);
	const char *name = yes ? NULL : scope_dimension_name(which);
	if (cli->json)
		cli_print_json(
		    json_pack("{s:b,s:s?,s:s?}", "allows", yes, "dimension", name, "why", why));
	else if (yes)
		puts("allowed");
	else
		printf("refused: %s\n", why);
	return yes ? 0 : 1;
}

const struct command command_scope_show = {
    .name = "scope show",
    .place = AT_NEITHER,
    .usage = "TEXT",
    .summary = "a scope in canonical text",
    .least = 1,
    .most = 1,
    .run = show,
};
const struct command command_scope_meet = {
    .name = "scope meet",
    .place = AT_NEITHER,
    .usage = "TEXT...",
    .summary = "what all the scopes allow, in canonical text",
    .least = 1,
    .most = -1,
    .run = meet,
};
const struct command command_scope_includes = {
    .name = "scope includes",
    .place = AT_NEITHER,
    .usage = "A B",
    .summary = "whether all that B allows A allows: exit 0 or 1",
    .least = 2,
    .most = 2,
    .run = includes,
};
const struct command command_scope_allows = {
    .name = "scope allows",
    .place = AT_NEITHER,
    .usage = "TEXT --capability C --purpose P --territory T --subject S --at TIME [--with "
             "OBLIGATION]...",
    .summary = "whether a scope allows a use: exit 0 or 1, and which dimension refused",
    .options =
        (const struct option[]){
            {"capability", "LABEL", "what the system would do, as capture.content"},
            {"purpose", "LABEL", "what for, as terrorism"},
            {"territory", "CODE", "where, as XR"},
            {"subject", "SELECTOR", "on whom: tel:+..., mailto:..., imsi:..., ip:..."},
            {"at", "TIME", "when, as 2026-01-01T00:00:00Z"},
            {"with", "OBLIGATION", "an obligation that is met, as warrant; may be repeated"},
            {0}},
    .least = 1,
    .most = 1,
    .run = allows,
};

/* proviso explain: which statement narrowed what, and which refuse a use. */
#include "commands.h"

#include <ctype.h>

#include "authority/query.h"
#include "base/instant.h"
#include "scope/scope.h"

/*
 * "capability=C purpose=P territory=T subject=S [with=A,B] [at=TIME]": words in any order, as
 * in one argument. `now` is the time when none is given.
 */
static bool parse_use(struct cli *cli, const char *text, int64_t now, struct scope_use *use,
    struct selector *subject)
{
	char *words = arena_copy(&cli->arena, text, strlen(text)), *save = NULL;
	bool  has_subject = false;
	*use = (struct scope_use){.at = now, .subject = subject};
	for (char *word = strtok_r(words, " \t\n", &save); word != NULL; word = strtok_r(NULL, " \t\n", &save)) {
		char *value = strchr(word, '=');
		if (value == NULL)
			return err_input(&cli->err, "use.syntax", "\"%s\" is not like purpose=terrorism", word);
		*value++ = 0;
		if (strcmp(word, "capability") == 0)
			use->capability = value;
		else if (strcmp(word, "purpose") == 0)
			use->purpose = value;
		else if (strcmp(word, "territory") == 0)
			use->territory = value;
		else if (strcmp(word, "subject") == 0) {
			if (!selector_parse(bytes_text(value), subject, &cli->err))
				return false;
			has_subject = true;
		} else if (strcmp(word, "at") == 0) {
			if (!instant_parse(bytes_text(value), &use->at))
				return err_input(&cli->err, "scope.instant", "at: \"%s\" is not like 2026-01-01T00:00:00Z", value);
		} else if (strcmp(word, "with") == 0) {
			const char **with = arena_array(&cli->arena, strlen(value) + 1, sizeof *with);
			char        *again = NULL;
			for (char *w = strtok_r(value, ",", &again); w != NULL; w = strtok_r(NULL, ",", &again))
				with[use->with_count++] = w;
			use->with = with;
		} else {
			return err_input(&cli->err, "use.syntax", "a use has no \"%s\"", word);
		}
	}
	if (use->capability == NULL || use->purpose == NULL || use->territory == NULL || !has_subject)
		return err_input(&cli->err, "use.syntax", "a use has capability=, purpose=, territory= and subject=");
	return scope_label_check(bytes_text(use->capability), &cli->err) &&
	       scope_label_check(bytes_text(use->purpose), &cli->err) &&
	       scope_label_check(bytes_text(use->territory), &cli->err);
}

static json_t *operands_json(struct cli *cli, const struct effective *eff, const bool refuses[])
{
	json_t *array = json_array();
	for (size_t i = 0; i < eff->operand_count; i++) {
		const struct operand *o = &eff->operands[i];
		json_t *one = json_pack("{s:s,s:s,s:s,s:s}", "id", cli_hex(cli, &o->id), "title", o->title, "why",
		    o->words, "scope", scope_text(&cli->arena, o->scope));
		if (refuses != NULL)
			json_object_set_new(one, "refuses", json_boolean(refuses[i]));
		json_array_append_new(array, one);
	}
	return array;
}

static const struct scope_operand *as_scopes(struct cli *cli, const struct effective *eff)
{
	struct scope_operand *operands = arena_array(&cli->arena, eff->operand_count, sizeof *operands);
	for (size_t i = 0; i < eff->operand_count; i++)
		operands[i] = (struct scope_operand){eff->operands[i].title, eff->operands[i].scope};
	return operands;
}

static void print_condition(struct cli *cli, const struct condition *c, const char *purposes)
{
	const struct effective *eff = &c->effective;
	printf("system %s  %s, of %s (%s), by %s\n\n", cli_short(cli, &c->system.id), c->system.serial,
	    c->system.end_user, c->system.country, c->system.exporter);
	for (size_t i = 0; i < eff->operand_count; i++) {
		const struct operand *o = &eff->operands[i];
		printf("%s%s\n    %s\n    %s\n", i == 0 ? "  " : "⊓ ", o->title, o->words,
		    scope_text(&cli->arena, o->scope));
	}
	printf("\n= in force\n    %s\n", scope_text(&cli->arena, eff->scope));
	const char *narrowed = scope_explain(&cli->arena, as_scopes(cli, eff), eff->operand_count);
	if (*narrowed != 0)
		printf("\nwhat narrowed what:\n%s%s", narrowed, narrowed[strlen(narrowed) - 1] == '\n' ? "" : "\n");
	printf("%s%s", *purposes != 0 ? "\n" : "", purposes);
}

/* The statements that do not allow the use; exit 0 when there is none. */
static int explain_use(struct cli *cli, const struct condition *c, int64_t now)
{
	const struct effective *eff = &c->effective;
	struct scope_use        use;
	struct selector         subject;
	if (!parse_use(cli, cli->arguments[1], now, &use, &subject))
		return cli_fail(cli);
	bool  *refuses = arena_array(&cli->arena, eff->operand_count, sizeof *refuses);
	size_t count = scope_who_refuses(as_scopes(cli, eff), eff->operand_count, &use, refuses);
	if (cli->json) {
		cli_print_json(json_pack("{s:s,s:b,s:o}", "system", cli_hex(cli, &c->system.id), "allowed",
		    count == 0, "operands", operands_json(cli, eff, refuses)));
		return count == 0 ? 0 : 1;
	}
	if (count == 0) {
		puts("allowed: every statement allows it");
		return 0;
	}
	printf("refused by %zu of %zu statements:\n", count, eff->operand_count);
	for (size_t i = 0; i < eff->operand_count; i++) {
		enum scope_dimension which;
		if (!refuses[i])
			continue;
		scope_allows(eff->operands[i].scope, &use, &which);
		printf("  %s\n      %s\n      %s\n", eff->operands[i].title,
		    scope_refusal(&cli->arena, eff->operands[i].scope, &use, which), eff->operands[i].words);
	}
	return 1;
}

static int explain(struct cli *cli, struct authority *authority)
{
	struct condition c;
	struct hash      id;
	uint64_t         index;
	struct state     state = authority_state(authority);
	int64_t          now = rim_now();
	if (!store_find(authority->store, cli->arguments[0], &id, &index, &cli->err) ||
	    !query_condition(&state, &cli->arena, &id, now, &c, &cli->err))
		return cli_fail(cli);
	if (cli->argument_count == 2)
		return explain_use(cli, &c, now);
	const char *purposes = "";
	for (size_t i = 0; i < c.effective.operand_count; i++)
		if (c.effective.operands[i].kind == OPERAND_DEFINITIONS &&
		    !cli_purposes(cli, &state, &c.effective.operands[i].id, c.effective.scope, "", &purposes))
			return cli_fail(cli);
	if (!cli->json) {
		print_condition(cli, &c, purposes);
		return 0;
	}
	return cli_print_json(json_pack("{s:s,s:s,s:b,s:o}", "system", cli_hex(cli, &c.system.id), "scope",
	    scope_text(&cli->arena, c.effective.scope), "in-force", c.is_in_force, "operands",
	    operands_json(cli, &c.effective, NULL)));
}

static int run(struct cli *cli)
{
	struct authority authority;
	if (!cli_open(cli, &authority, false))
		return cli_fail(cli);
	int status = store_begin(authority.store, false, &cli->err) ? explain(cli, &authority) : cli_fail(cli);
	store_rollback(authority.store);
	authority_close(&authority);
	return status;
}

const struct command command_explain = {
	.name = "explain", .usage = "SYSTEM [USE]",
	.summary = "which statement narrowed what; which refuse the use: exit 0 or 1",
	.help = "USE is one argument, as in\n"
	        "  \"capability=capture.content purpose=terrorism territory=XR subject=tel:+999123 with=warrant\"\n"
	        "and may have at=TIME. Each statement is judged alone: allowed is what all of them allow.",
	.least = 1, .most = 2, .run = run,
};

/* proviso show: any record, in words. */
#include "commands.h"

/* The definitions and the scope that a record's purposes are to be read by; NULL: none. */
static bool read_by(struct cli *cli, struct authority *authority, const struct record *record,
    struct hash *definitions, const struct scope **scope)
{
	const struct hash *declaration = NULL;
	uint64_t           index;
	bool               found;
	struct bytes       entry;
	struct record      declared;
	*scope = NULL;
	if (record->kind == KIND_DECLARATION) {
		*definitions = record->body.declaration.definitions;
		*scope = record->body.declaration.scope;
	} else if (record->kind == KIND_LICENCE) {
		declaration = &record->body.licence.declaration;
		*scope = record->body.licence.scope;
	}
	if (declaration == NULL)
		return true;
	if (!store_find_id(authority->store, declaration, &index, &found, &cli->err) ||
	    !store_entry(authority->store, index, &cli->arena, &entry, &cli->err) ||
	    !record_decode(&cli->arena, entry, &declared, &cli->err))
		return false;
	*definitions = declared.body.declaration.definitions;
	return true;
}

static int show(struct cli *cli, struct authority *authority)
{
	uint64_t      index;
	struct bytes  entry;
	struct record record;
	if (!cli_find(cli, authority, cli->arguments[0], &index, &entry) ||
	    !record_decode(&cli->arena, entry, &record, &cli->err) ||
	    (!cli_flag(cli, "public") && !authority_disclose(authority, &cli->arena, &record, &cli->err)))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(cli_record_json(cli, &record, index));
	const struct kind *kind = record_kind(record.kind);
	printf("%s %s\n", kind->name, cli_hex(cli, &record.id));
	printf("on the log   entry %llu of %s\n", (unsigned long long)index, record.claims.subject);
	if (kind->is_signed)
		printf("signed by    %s (key %s), %s\n", record.claims.issuer, cli_short(cli, &record.cose.kid),
		    cli_time(cli, record.claims.issued_at));
	else
		printf("entered by   the keeper of the log, %s\n", cli_time(cli, record.claims.issued_at));
	printf("\n%s", form_text(&cli->arena, record.kind, &record.body));
	struct hash         definitions;
	const struct scope *scope;
	const char         *purposes = "";
	struct state        state = authority_state(authority);
	if (!read_by(cli, authority, &record, &definitions, &scope) ||
	    (scope != NULL && !cli_purposes(cli, &state, &definitions, scope, "", &purposes)))
		return cli_fail(cli);
	printf("%s%s", *purposes != 0 ? "\n" : "", purposes);
	return 0;
}

static int run(struct cli *cli)
{
	struct authority authority;
	if (!cli_open(cli, &authority, false))
		return cli_fail(cli);
	int status = show(cli, &authority);
	authority_close(&authority);
	return status;
}

const struct command command_show = {
	.name = "show", .usage = "ID", .summary = "any record on the log, in words",
	.help = "ID is the record's id or any unambiguous beginning of it, of four digits or more.\n"
	        "Confidential values are shown where this home keeps them; the log itself has digests of them.",
	.options = (const struct option[]){{"public", NULL, "only what the public log says"}, {0}},
	.least = 1, .most = 1, .run = run,
};

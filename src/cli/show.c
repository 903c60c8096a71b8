/* proviso show: any record, in words. */
#include "commands.h"

static int show(struct cli *cli, struct authority *authority)
{
	uint64_t      index;
	struct bytes  entry;
	struct record record;
	if (!cli_find(cli, authority, cli->arguments[0], &index, &entry) ||
	    !record_decode(&cli->arena, entry, &record, &cli->err) ||
	    !authority_disclose(authority, &cli->arena, &record, &cli->err))
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
	.help = "ID is the record's id or any unambiguous beginning of it, of four digits or more.",
	.least = 1, .most = 1, .run = run,
};

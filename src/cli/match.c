/* proviso match: how like two names are, or each pair of a table. */
#include "commands.h"
#include "pairs.h"
#include "screening/screening.h"

static int print_json(struct cli *cli, const struct screening_verdict *v)
{
	json_t *why = json_array();
	for (size_t i = 0; i < v->why_count; i++)
		json_array_append_new(why, json_string(v->why[i]));
	cli_print_json(json_pack("{s:s,s:s,s:f,s:b,s:o}", "name1", cli->arguments[0], "name2",
	                         cli->arguments[1], "score", v->score, "match",
	                         v->score >= SCREENING_SAME, "why", why));
	return v->score >= SCREENING_SAME ? 0 : 1;
}

static int match_two(struct cli *cli, enum entity_type type)
{
	struct screening_verdict v;
	if (!screening_compare(&cli->arena, cli->arguments[0], cli->arguments[1], type, &v,
	                       &cli->err))
		return cli_fail(cli);
	if (cli->json)
		return print_json(cli, &v);
	printf("%.3f  \"%s\" and \"%s\" are %s\n", v.score, cli->arguments[0], cli->arguments[1],
	       v.score >= SCREENING_SAME ? "taken for one" : "not taken for one");
	if (cli_flag(cli, "explain"))
		for (size_t i = 0; i < v.why_count; i++)
			printf("       %s\n", v.why[i]);
	return v.score >= SCREENING_SAME ? 0 : 1;
}

static int match(struct cli *cli)
{
	const char *pairs = cli_option(cli, "pairs"), *output = cli_option(cli, "output");
	const char *given = cli_option(cli, "type");
	enum entity_type type = ENTITY_ANY;
	if (given != NULL && !entity_type_by_name(given, &type))
		return cli_usage_error(
		    cli, "--type is person, org, vessel, aircraft or any, not \"%s\"", given);
	if (pairs == NULL) {
		if (cli->argument_count != 2 || output != NULL)
			return cli_usage_error(cli, "usage: proviso match %s", command_match.usage);
		return match_two(cli, type);
	}
	if (cli->argument_count != 0 || output == NULL)
		return cli_usage_error(cli, "--pairs FILE.tsv takes -o OUT.tsv and no names");
	return pairs_score(cli, pairs, output, type) ? 0 : cli_fail(cli);
}

const struct command command_match = {
    .name = "match",
    .place = AT_NEITHER,
    .usage = "NAME1 NAME2 | --pairs FILE.tsv -o OUT.tsv",
    .summary = "score two names from 0 to 1: exit 0 when they are taken for one, else 1",
    .help =
        "--pairs copies a tab-separated table that has columns name1, name2 and perhaps type, and\n"
        "adds a last column, score.",
    .options =
        (const struct option[]){
            {"type", "TYPE", "person, org, vessel, aircraft; otherwise any"},
            {"explain", NULL, "say which part goes with which, and what speaks against"},
            {"pairs", "FILE.tsv", "score each pair of a table"},
            {"output", "OUT.tsv", "where the table goes (-o)"},
            {0}},
    .least = 0,
    .most = 2,
    .run = match,
};

/* proviso screen: names against all lists of a home and the list that is built in. */
#include "commands.h"
#include "remote.h"
#include "screen.h"
#include "screen_remote.h"

#include "base/instant.h"

bool screen_open(struct cli *cli, struct list_screener *out)
{
	const char *as_of = cli_option(cli, "as-of");
	struct list_choice choice = {.only = cli_option(cli, "list"), .has_as_of = as_of != NULL};
	const char *home =
	    cli_option(cli, "home") != NULL ? cli_option(cli, "home") : getenv("PROVISO_HOME");
	if (as_of != NULL) {
		const char *instant =
		    strlen(as_of) == 10 ? arena_printf(&cli->arena, "%sT23:59:59Z", as_of) : as_of;
		if (!instant_parse(bytes_text(instant), &choice.as_of))
			return err_usage(&cli->err,
			                 "--as-of is a day, YYYY-MM-DD, or an instant, not \"%s\"",
			                 as_of);
	}
	return list_screener_open_chosen(out, home != NULL && *home != 0 ? home : NULL, rim_now(),
	                                 &choice, &cli->err);
}

bool screen_settings(struct cli *cli, struct screening_query *q, enum entity_type *type)
{
	const char *given = cli_option(cli, "type"), *threshold = cli_option(cli, "threshold");
	*type = ENTITY_ANY;
	if (given != NULL && !entity_type_by_name(given, type))
		return err_usage(
		    &cli->err, "--type is person, org, vessel, aircraft or any, not \"%s\"", given);
	char *end = NULL;
	q->threshold = threshold != NULL ? strtod(threshold, &end) : SCREENING_THRESHOLD;
	if (threshold != NULL &&
	    (end == threshold || *end != 0 || !(q->threshold > 0 && q->threshold <= 1)))
		return err_usage(&cli->err, "--threshold is above 0 and at most 1, not \"%s\"",
		                 threshold);
	q->near = cli_flag(cli, "near");
	q->explain = cli_flag(cli, "explain") || cli->json;
	return true;
}

static json_t *hit_json(struct arena *arena, const struct screening_found *f,
                        const struct screening_query *q)
{
	const struct entity *x = screening_index_entity(arena, f->index, f->entity);
	json_t *why = json_array(), *notes = json_array();
	for (size_t i = 0; i < f->why_count; i++)
		json_array_append_new(why, json_string(f->why[i]));
	for (size_t i = 0; i < x->note_count; i++)
		json_array_append_new(notes, json_pack("{s:s?,s:s?}", "label", x->notes[i].label,
		                                       "text", x->notes[i].text));
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:f,s:b,s:o,s:o}", "id", f->id, "list", f->list,
	                 "name", f->name, "primary", x->names[0].text, "type",
	                 entity_type_name(f->type), "score", f->score, "match",
	                 f->score >= q->threshold, "why", why, "notes", notes);
}

json_t *screen_json(struct arena *arena, const char *id, const struct screening_query *q,
                    const struct screening_answer *answer)
{
	const struct entity *party = q->party;
	json_t *hits = json_array(),
	       *asked = json_pack("{s:s*,s:s}", "id", id, "name", party->names[0].text);
	if (party->type != ENTITY_ANY)
		json_object_set_new(asked, "type", json_string(entity_type_name(party->type)));
	if (party->country_count > 0)
		json_object_set_new(asked, "country", json_string(party->countries[0]));
	if (party->birth_count > 0)
		json_object_set_new(asked, "birth", json_string(party->births[0]));
	for (size_t i = 0; i < answer->count; i++)
		json_array_append_new(hits, hit_json(arena, &answer->at[i], q));
	json_t *out = json_pack("{s:o,s:o}", "query", asked, "hits", hits);
	if (answer->is_cut)
		json_object_set_new(out, "cut", json_true());
	return out;
}

static void print_hit(struct cli *cli, const char *name, const struct screening_found *f,
                      const struct screening_query *q)
{
	const struct entity *x = screening_index_entity(&cli->arena, f->index, f->entity);
	printf("%s %.3f  %s\n     is \"%s\" of %s (%s%s%s) on %s, id %s\n",
	       f->score >= q->threshold ? "HIT " : "near", f->score, name, f->name,
	       x->names[0].text, entity_type_name(f->type), x->country_count > 0 ? ", " : "",
	       x->country_count > 0 ? x->countries[0] : "", f->list, f->id);
	for (size_t i = 0; i < f->why_count; i++)
		printf("     %s\n", f->why[i]);
	for (size_t i = 0; i < x->note_count; i++)
		if (x->notes[i].label != NULL && strcmp(x->notes[i].label, "reason") == 0)
			printf("     listed because: %s\n", x->notes[i].text);
}

static int screen_names(struct cli *cli, struct list_screener *s,
                        const struct screening_query *settings, enum entity_type type)
{
	const char *country = cli_option(cli, "country"), *birth = cli_option(cli, "birth");
	size_t hits = 0;
	for (int i = 0; i < cli->argument_count; i++) {
		struct entity_name name = {.text = cli->arguments[i]};
		struct entity party = {.type = type,
		                       .names = &name,
		                       .name_count = 1,
		                       .countries = &country,
		                       .country_count = country != NULL,
		                       .births = &birth,
		                       .birth_count = birth != NULL};
		struct screening_query q = *settings;
		struct screening_answer answer;
		q.party = &party;
		if (!screening_search(s->searcher, &cli->arena, &q, &answer, &cli->err))
			return cli_fail(cli);
		hits += answer.at_or_over;
		if (cli->json) {
			cli_print_json(screen_json(&cli->arena, NULL, &q, &answer));
			continue;
		}
		for (size_t k = 0; k < answer.count; k++)
			print_hit(cli, name.text, &answer.at[k], &q);
		if (answer.is_cut)
			printf("CUT   there is or may be more for %s: these are not all\n",
			       name.text);
		if (answer.at_or_over == 0)
			printf("no hit  %s  (screened against %zu list%s, engine %s)\n", name.text,
			       s->index_count, s->index_count == 1 ? "" : "s", SCREENING_ENGINE);
	}
	return hits == 0 ? 0 : 1;
}

/* What only who has the lists can do is refused, and never answered from elsewhere. */
static int screen_at_url(struct cli *cli, const struct screening_query *q, enum entity_type type)
{
	static const char *const of_a_home[] = {"batch", "as-of", "near"};
	for (size_t i = 0; i < sizeof of_a_home / sizeof *of_a_home; i++)
		if (cli_option(cli, of_a_home[i]) != NULL)
			return cli_usage_error(
			    cli,
			    "--%s looks into the lists themselves (give --home DIR, not --url)",
			    of_a_home[i]);
	return screen_remote(cli, q, type);
}

static int screen(struct cli *cli)
{
	struct list_screener s;
	struct screening_query q = {0};
	enum entity_type type;
	const char *batch = cli_option(cli, "batch"), *listen = cli_option(cli, "serve");
	if (listen != NULL && cli_option(cli, "url") != NULL)
		return cli_usage_error(
		    cli, "--serve answers from the lists themselves (give --home DIR, not --url)");
	if (listen != NULL && batch == NULL && cli->argument_count == 0)
		return screen_serve(cli, listen);
	if (listen != NULL || (batch == NULL) == (cli->argument_count == 0))
		return cli_usage_error(cli, "usage: proviso screen %s", command_screen.usage);
	if (!screen_settings(cli, &q, &type))
		return cli_fail(cli);
	if (cli_url(cli) != NULL)
		return screen_at_url(cli, &q, type);
	if (!screen_open(cli, &s))
		return cli_fail(cli);
	int status = batch != NULL ? screen_batch(cli, &s, &q, type, batch)
	                           : screen_names(cli, &s, &q, type);
	list_screener_close(&s);
	return status;
}

const struct command command_screen = {
    .name = "screen",
    .usage = "NAME... | --batch FILE.csv [-o OUT] | --serve ADDR",
    .summary =
        "look parties up in all lists of --home or --url and the one built in: exit 1 on a hit",
    .help = "A score of 0.7 or more is a hit unless --threshold says otherwise. A list that is "
            "stale or\n"
            "cannot be read is an error: nothing is \"no hit\" that was not screened against all.\n"
            "--batch reads columns name, type, country, birth, id and writes CSV, or with --json a "
            "line of\n"
            "JSON a query; with -o, a run that was interrupted goes on where it stopped.\n"
            "--url has a service look the names up in its lists; tables, days gone by and near "
            "misses are\n"
            "for who has the lists.",
    .options =
        (const struct option[]){
            {"type", "TYPE", "person, org, vessel or aircraft; otherwise any"},
            {"country", "XX", "the party's country, to weigh the match"},
            {"birth", "DATE", "YYYY, YYYY-MM or YYYY-MM-DD, to weigh the match"},
            {"list", "LIST", "this list alone"},
            {"as-of", "DATE", "what the lists said that day"},
            {"threshold", "X", "the score of a hit, above 0 and at most 1 (0.7)"},
            {"near", NULL, "show near misses too, with what kept them below"},
            {"explain", NULL, "say what speaks for each hit and what against"},
            {"batch", "FILE.csv", "screen each row of a table"},
            {"output", "FILE", "where the answers of --batch go (-o)"},
            {"serve", "ADDR",
             "answer OpenSanctions' matching API and Watchman's v2 at PORT, HOST:PORT or "
             "unix:PATH"},
            {0}},
    .least = 0,
    .most = -1,
    .run = screen,
};

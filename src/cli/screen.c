/* proviso screen: names against the list that is built in. */
#include "commands.h"

#include "screening/screening.h"

static json_t *hit_json(const char *name, const struct screening_match *m)
{
	return json_pack("{s:s,s:s,s:s,s:f,s:[s,s]}", "id", m->entry->name, "list", m->entry->list, "name",
	    m->matched, "score", (double)m->score / 1000, "why", m->how, m->entry->reason, "query", name);
}

static int screen(struct cli *cli)
{
	const char *country = cli_option(cli, "country");
	size_t      all = 0;
	for (int i = 0; i < cli->argument_count; i++) {
		const char             *name = cli->arguments[i];
		struct screening_match *matches;
		size_t                  count = screening_match(&cli->arena, name, country, &matches);
		json_t                 *hits = json_array();
		all += count;
		for (size_t k = 0; k < count; k++) {
			const struct screening_match *m = &matches[k];
			json_array_append_new(hits, hit_json(name, m));
			if (cli->json)
				continue;
			printf("HIT  %s\n     is %s (%s) on %s\n     %s\n     listed because: %s\n", name,
			    m->entry->name, m->entry->country, m->entry->list, m->how, m->entry->reason);
		}
		if (cli->json) {
			cli_print_json(json_pack("{s:{s:s,s:s*},s:o}", "query", "name", name, "country", country,
			    "hits", hits));
			continue;
		}
		json_decref(hits);
		if (count == 0)
			printf("no hit  %s  (screened against %s, engine %s)\n", name,
			    screening_embedded_name(), SCREENING_ENGINE);
	}
	return all == 0 ? 0 : 1;
}

const struct command command_screen = {
	.name = "screen", .usage = "NAME...", .summary = "look names up in the list that is built in: exit 1 on a hit",
	.help = "The engine of this version compares names exactly, after case, accents, punctuation and\n"
	        "legal forms are folded away. A name spelled otherwise is not found: no hit is no proof.",
	.options = (const struct option[]){{"country", "XX", "the party's country, to weigh the match"}, {0}},
	.least = 1, .most = -1, .run = screen,
};

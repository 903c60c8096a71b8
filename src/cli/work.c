/* proviso work: what waits for whom, since when, until when, and why. */
#include "commands.h"

#include "casework/asked.h"
#include "remote.h"

static const char *word(json_t *item, const char *name)
{
	const char *text = json_string_value(json_object_get(item, name));
	return text != NULL ? text : "";
}

static const char *due_words(struct cli *cli, json_t *item)
{
	if (json_is_true(json_object_get(item, "stopped")))
		return "stopped";
	const char *due = word(item, "due");
	if (*due == 0)
		return "-";
	bool late = json_is_true(json_object_get(item, "overdue"));
	return late ? arena_printf(&cli->arena, "LATE since %.10s", due)
	            : arena_printf(&cli->arena, "%.10s", due);
}

static const char *whose(struct cli *cli, json_t *item)
{
	const char *who = word(item, "who"), *person = word(item, "person"),
	           *team = word(item, "team");
	if (*who != 0 || strcmp(word(item, "waits-for"), "office") != 0)
		return *who != 0 ? who : word(item, "waits-for");
	if (*person != 0)
		return person;
	return *team != 0 ? arena_printf(&cli->arena, "team %s", team) : "any officer";
}

static int print(struct cli *cli, json_t *items)
{
	struct table table = {.arena = &cli->arena, .columns = 6};
	json_t *item;
	size_t i;
	if (cli->json)
		return cli_print_json(items);
	table_row(&table, (const char *[]){"due", "waits for", "case", "reason", "about", "why"});
	json_array_foreach(items, i, item) table_row(
	    &table,
	    (const char *[]){due_words(cli, item), whose(cli, item),
	                     arena_printf(&cli->arena, "%.8s", word(item, "subject")),
	                     word(item, "reason"), word(item, "title"), word(item, "words")});
	if (json_array_size(items) > 0)
		table_print(cli, &table, true);
	else
		puts("nothing waits");
	json_decref(items); /* the table has borrowed its words */
	return 0;
}

/* Whoever has the home sees what the office sees. */
static bool from_home(struct cli *cli, const struct work_filter *filter, json_t **out)
{
	static const struct person office = {ROLE_AUTHORITY, "the keeper"};
	struct authority a;
	struct work_item *items;
	size_t count;
	if (!cli_open(cli, &a, false))
		return false;
	struct papers *papers = papers_open(a.home, false, &cli->err);
	bool ok = papers != NULL && store_begin(a.store, false, &cli->err) &&
	          asked_work(&a, papers, &cli->arena, &office, filter, rim_now(), &items, &count,
	                     &cli->err);
	*out = json_array();
	for (size_t i = 0; ok && i < count; i++)
		json_array_append_new(*out, work_json(&cli->arena, &items[i]));
	store_rollback(a.store);
	papers_close(papers);
	authority_close(&a);
	return ok;
}

static void add_query(struct cli *cli, const char **path, const char *name, const char *value)
{
	if (value != NULL)
		*path = arena_printf(&cli->arena, "%s%c%s=%s", *path,
		                     strchr(*path, '?') != NULL ? '&' : '?', name,
		                     cli_escaped(cli, value));
}

static bool from_service(struct cli *cli, const struct work_filter *filter, json_t **out)
{
	const char *after = NULL;
	*out = json_array();
	do {
		const char *path = "/v1/work?limit=1000";
		add_query(cli, &path, "team", filter->team);
		add_query(cli, &path, "person", filter->person);
		add_query(cli, &path, "body", filter->body);
		add_query(cli, &path, "after", after);
		struct remote r = {.path = path,
		                   .accept = "application/json",
		                   .limit = REMOTE_MAX,
		                   .is_signed = true};
		if (!cli_remote(cli, &r))
			return false;
		json_t *page = json_loadb((const char *)r.answer.at, r.answer.len, 0, NULL);
		json_array_extend(*out, json_object_get(page, "items"));
		after = json_string_value(json_object_get(page, "next"));
		after = after != NULL ? arena_copy(&cli->arena, after, strlen(after)) : NULL;
		json_decref(page);
	} while (after != NULL);
	return true;
}

static int run(struct cli *cli)
{
	struct work_filter filter = {cli_option(cli, "team"), cli_option(cli, "person"),
	                             cli_option(cli, "body")};
	json_t *items = NULL;
	bool ok = cli_url(cli) != NULL ? from_service(cli, &filter, &items)
	                               : from_home(cli, &filter, &items);
	if (ok)
		return print(cli, items);
	json_decref(items);
	return cli_fail(cli);
}

const struct command command_work = {
    .name = "work",
    .usage = "[--team TEAM | --person OFFICER | --body BODY]",
    .summary = "what waits for whom, since when, until when and why",
    .help = "Worked out anew each time from the log's state and the working papers; casework.yaml "
            "in the home\n"
            "has the calendars, the days of each stage, the teams and the rules of routing.",
    .options = (const struct option[]){{"team", "TEAM", "cases of this team"},
                                       {"person", "OFFICER",
                                        "what is this officer's to do: his own, and his teams'"},
                                       {"body", "BODY", "what waits for this body's advice"},
                                       {"key", "FILE", "with --url: signs the request"},
                                       {"passphrase-file", "FILE", "the passphrase of the key"},
                                       {0}},
    .least = 0,
    .most = 0,
    .run = run,
};

/* proviso lists show, diff: lists as they stand, and what changed in them. */
#include "lists_words.h"

#include <string.h>

#include "base/instant.h"
#include "commands.h"
#include "remote.h"
#include "screen_remote.h"

bool lists_date(struct cli *cli, const char *name, bool *has, int64_t *out)
{
	const char *text = cli_option(cli, name);
	*has = text != NULL;
	if (text == NULL)
		return true;
	const char *instant =
	    strlen(text) == 10 ? arena_printf(&cli->arena, "%sT00:00:00Z", text) : text;
	return instant_parse(bytes_text(instant), out) ||
	       err_usage(&cli->err, "--%s takes a date such as 2026-01-31, not \"%s\"", name, text);
}

/* --- show ----------------------------------------------------------------------------------- */

static const char *age_words(struct cli *cli, const struct watched_list *l, int64_t now)
{
	const char *ago = cli_duration(cli, now > l->checked ? now - l->checked : 0);
	if (l->snapshot_count == 0)
		return "never fetched: not screened";
	if (list_is_stale(l, now))
		return arena_printf(&cli->arena, "STALE: not looked at for %s, limit %s", ago,
		                    cli_duration(cli, (int64_t)l->max_age));
	return arena_printf(&cli->arena, "%s ago", ago);
}

static json_t *list_json(struct cli *cli, const struct watched_list *l, int64_t now)
{
	json_t *snapshots = json_array(), *sources = json_array();
	for (size_t i = 0; i < l->source_count; i++)
		json_array_append_new(sources, json_string(l->sources[i].at));
	for (size_t i = 0; i < l->snapshot_count; i++) {
		const struct list_snapshot *s = &l->snapshots[i];
		json_array_append_new(
		    snapshots,
		    json_pack(
		        "{s:s,s:s,s:s,s:s*,s:I,s:I}", "digest", cli_hex(cli, &s->digest), "format",
		        s->facts.format, "retrieved", cli_time(cli, s->retrieved), "published",
		        s->facts.has_published ? cli_time(cli, s->facts.published) : NULL, "size",
		        (json_int_t)s->size, "entries", (json_int_t)s->facts.entries));
	}
	return json_pack("{s:s,s:o,s:s,s:I,s:I,s:s,s:b,s:o}", "name", l->name, "sources", sources,
	                 "policy", list_policy_name(l->policy), "max-age", (json_int_t)l->max_age,
	                 "shrink-percent", (json_int_t)l->shrink_percent, "checked",
	                 cli_time(cli, l->checked), "stale", list_is_stale(l, now), "snapshots",
	                 snapshots);
}

static void print_list(struct cli *cli, const struct watched_list *l, int64_t now)
{
	printf("%s\n", l->name);
	for (size_t i = 0; i < l->source_count; i++)
		printf("  source      %s\n", l->sources[i].at);
	printf("  looked at   %s\n", age_words(cli, l, now));
	printf("  limit       %s\n",
	       l->max_age == 0 ? "none" : cli_duration(cli, (int64_t)l->max_age));
	printf("  shrinks by  %llu %% at most\n", (unsigned long long)l->shrink_percent);
	printf("  on a hit    %s\n", list_policy_name(l->policy));
	for (size_t i = 0; i < l->snapshot_count; i++) {
		const struct list_snapshot *s = &l->snapshots[i];
		printf("  snapshot    %s  taken %s  published %s  %s  %llu entries\n",
		       cli_short(cli, &s->digest), cli_time(cli, s->retrieved),
		       s->facts.has_published ? cli_time(cli, s->facts.published) : "-",
		       s->facts.format, (unsigned long long)s->facts.entries);
	}
}

/* An entity of a list as it stands, or stood on a day. */
static int show_entity(struct cli *cli, const struct watched_list *l, const char *id)
{
	bool has_date, found;
	int64_t at = rim_now();
	if (!lists_date(cli, "as-of", &has_date, &at))
		return cli_fail(cli);
	const struct list_snapshot *s = has_date ? list_as_of(l, at) : list_current(l);
	struct entity x;
	if (s == NULL) {
		err_input(&cli->err, "lists.no-snapshot",
		          "there is no snapshot of %s from before %s", l->name, cli_time(cli, at));
		return cli_fail(cli);
	}
	if (!snapshot_entity(s->folder, id, &cli->arena, &x, &found, &cli->err))
		return cli_fail(cli);
	if (!found) {
		if (cli->json)
			cli_print_json(json_null());
		else
			printf("%s has no entry %s in snapshot %s\n", l->name, id,
			       cli_short(cli, &s->digest));
		return 1;
	}
	if (cli->json)
		return cli_print_json(entity_json(cli, &x));
	printf("%s in snapshot %s of %s\n", x.id, cli_short(cli, &s->digest), l->name);
	entity_print(cli, &x);
	return 0;
}

static int show(struct cli *cli)
{
	if (cli_url(cli) != NULL && cli->argument_count < 2)
		return lists_remote(cli);
	const char *home = cli_home(cli);
	int64_t now = rim_now();
	struct watched_list one, *lists = &one;
	size_t count = 1;
	if (home == NULL)
		return cli_fail(cli);
	bool ok = cli->argument_count > 0
	              ? list_load(home, cli->arguments[0], &cli->arena, &one, &cli->err)
	              : lists_load(home, &cli->arena, &lists, &count, &cli->err);
	if (!ok)
		return cli_fail(cli);
	if (cli->argument_count == 2)
		return show_entity(cli, &one, cli->arguments[1]);
	json_t *all = json_array();
	for (size_t i = 0; i < count; i++) {
		if (cli->json)
			json_array_append_new(all, list_json(cli, &lists[i], now));
		else
			print_list(cli, &lists[i], now);
	}
	if (cli->json)
		return cli_print_json(all);
	json_decref(all);
	if (count == 0)
		puts("no lists (proviso lists add NAME SOURCE)");
	return 0;
}

/* --- diff ----------------------------------------------------------------------------------- */

/* A snapshot by the first digits of its digest, or by a date. */
static const struct list_snapshot *find_snapshot(struct cli *cli, const struct watched_list *l,
                                                 const char *which)
{
	const struct list_snapshot *found = NULL;
	int64_t at;
	const char *instant = arena_printf(&cli->arena, "%sT23:59:59Z", which);
	if (instant_parse(bytes_text(instant), &at))
		found = list_as_of(l, at);
	for (size_t i = 0; found == NULL && strlen(which) >= 4 && i < l->snapshot_count; i++)
		if (strncmp(cli_hex(cli, &l->snapshots[i].digest), which, strlen(which)) == 0)
			found = &l->snapshots[i];
	if (found == NULL)
		err_input(&cli->err, "lists.no-snapshot",
		          "%s has no snapshot %s (a digest, or a date)", l->name, which);
	return found;
}

static bool print_change(void *context, const struct list_change *c, struct err *e)
{
	struct cli *cli = context;
	(void)e;
	if (cli->json)
		cli_print_json(change_json(cli, c));
	else
		change_print(cli, c);
	return true;
}

/* Exit 0: the same; 1: they differ. */
static int diff(struct cli *cli)
{
	const char *home = cli_home(cli);
	struct watched_list l;
	struct list_counts counts;
	const struct list_snapshot *before = NULL, *after = NULL;
	if (home == NULL || !list_load(home, cli->arguments[0], &cli->arena, &l, &cli->err))
		return cli_fail(cli);
	after =
	    cli->argument_count > 2 ? find_snapshot(cli, &l, cli->arguments[2]) : list_current(&l);
	if (cli->argument_count > 1)
		before = find_snapshot(cli, &l, cli->arguments[1]);
	else if (l.snapshot_count > 1)
		before = &l.snapshots[l.snapshot_count - 2];
	else
		err_input(&cli->err, "lists.no-snapshot", "there are no two snapshots of %s",
		          l.name);
	if (before == NULL || after == NULL ||
	    !list_diff(before->folder, after->folder, print_change, cli, &counts, &cli->err))
		return cli_fail(cli);
	if (!cli->json)
		printf("%s: %s to %s: %llu added, %llu changed, %llu removed\n", l.name,
		       cli_short(cli, &before->digest), cli_short(cli, &after->digest),
		       (unsigned long long)counts.added, (unsigned long long)counts.changed,
		       (unsigned long long)counts.removed);
	return counts.added + counts.changed + counts.removed == 0 ? 0 : 1;
}

const struct command command_lists_show = {
    .name = "lists show",
    .usage = "[NAME [ID]]",
    .summary = "lists and their snapshots; with ID one entry, with all the list says of it",
    .help = "Of a service (--url) it names the lists, their dates and sizes; entries and snapshots "
            "are\n"
            "in the directory.",
    .options = (const struct option[]){{"as-of", "DATE", "as the list stood then"}, {0}},
    .least = 0,
    .most = 2,
    .run = show,
};
const struct command command_lists_diff = {
    .name = "lists diff",
    .place = AT_HOME,
    .why_home = "snapshots are files there; proviso lists show --url URL names those in use",
    .usage = "NAME [A [B]]",
    .summary = "what changed between two snapshots (the last two): exit 1 when something did",
    .help = "A and B are digests, by their first digits, or dates. Words of names that changed are "
            "shown\n"
            "as [-gone-] and {+new+}.",
    .least = 1,
    .most = 3,
    .run = diff,
};

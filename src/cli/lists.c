/* proviso lists add, update: the lists that are screened against. */
#include "lists_words.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "commands.h"
#include "fetch.h"

enum { RETRIES = 5, CHANGES_SHOWN = 20 };

/* --- Arguments ------------------------------------------------------------------------------ */

/* "36h", "2d", "0": seconds. */
static bool duration(struct cli *cli, const char *name, uint64_t otherwise, uint64_t *out)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY_SECONDS}};
	const char *text = cli_option(cli, name);
	*out = otherwise;
	if (text == NULL)
		return true;
	size_t len = strlen(text);
	uint64_t number = 0;
	if (strcmp(text, "0") == 0) {
		*out = 0;
		return true;
	}
	for (size_t i = 0; len > 1 && i < sizeof units / sizeof *units; i++) {
		if (text[len - 1] == units[i].unit &&
		    decimal_parse(bytes_of(text, len - 1), &number) && number <= UINT32_MAX) {
			*out = number * units[i].seconds;
			return true;
		}
	}
	return err_usage(&cli->err, "--%s takes a time such as 48h or 2d, not \"%s\"", name, text);
}

static bool percent(struct cli *cli, uint64_t otherwise, uint64_t *out)
{
	if (!cli_number(cli, "shrink", otherwise, out))
		return false;
	return *out <= 100 || err_usage(&cli->err, "--shrink takes per cent, 0 to 100");
}

/* --- Fetching ------------------------------------------------------------------------------- */

struct update {
	struct cli *cli;
	const char *home;
	struct watched_list list;
	const char *paths[LIST_FILES];
	struct list_source fetched[LIST_FILES];
	bool is_dry, may_shrink;
	/* What came of it. */
	bool is_new;
	struct list_counts counts;
	json_t *changes;
	size_t shown;
};

static void show_step(void *context, uint64_t done, uint64_t total)
{
	const struct progress *p = context;
	if (p->step != NULL)
		p->step(p->ctx, done >> 10, (total > done ? total : done) >> 10);
}

static const char *download_path(struct update *u, size_t i)
{
	return arena_printf(&u->cli->arena, "%s/lists/%s/.download-%zu", u->home, u->list.name, i);
}

static const char *source_path(struct update *u, size_t i)
{
	const struct list_snapshot *last = list_current(&u->list);
	return arena_printf(&u->cli->arena, "%s/source-%zu", last->folder, i);
}

/* One source into a file; where the server has nothing new, the file of the last snapshot. */
static bool fetch_one(struct update *u, size_t i, unsigned retries)
{
	struct cli *cli = u->cli;
	const struct list_source *s = &u->list.sources[i];
	bool has_last = list_current(&u->list) != NULL;
	struct fetched got;
	u->fetched[i] = *s;
	if (!fetch_is_url(s->at)) {
		u->paths[i] = s->at;
		return true;
	}
	struct progress progress =
	    cli_progress(cli, arena_printf(&cli->arena, "%s (KiB)", u->list.name));
	struct fetch f = {
	    .url = s->at,
	    .path = download_path(u, i),
	    .etag = has_last ? s->etag : NULL,
	    .last_modified = has_last ? s->last_modified : NULL,
	    .proxy = cli_option(cli, "proxy"),
	    .retries = retries,
	    .step = show_step,
	    .context = &progress,
	};
	bool ok = fetch(&f, &cli->arena, &got, &cli->err);
	cli_progress_end(cli);
	if (!ok)
		return false;
	u->paths[i] = got.is_changed ? f.path : source_path(u, i);
	if (got.is_changed) {
		u->fetched[i].etag = got.etag;
		u->fetched[i].last_modified = got.last_modified;
	}
	return true;
}

static void remove_downloads(struct update *u)
{
	for (size_t i = 0; i < u->list.source_count; i++)
		unlink(download_path(u, i));
}

/* --- Taking --------------------------------------------------------------------------------- */

static bool keep_change(void *context, const struct list_change *c, struct err *e)
{
	struct update *u = context;
	(void)e;
	if (u->changes != NULL)
		json_array_append_new(u->changes, change_json(u->cli, c));
	else if (u->shown++ < CHANGES_SHOWN)
		change_print(u->cli, c);
	return true;
}

static bool tell_changes(struct update *u, const char *before)
{
	struct cli *cli = u->cli;
	if (u->is_dry || before == NULL) /* all is new: counted, not told */
		return true;
	if (!list_diff(before, list_current(&u->list)->folder, keep_change, u, &u->counts,
	               &cli->err))
		return false;
	if (!cli->json && u->shown > CHANGES_SHOWN)
		printf("  and %zu more (proviso lists diff %s)\n", u->shown - CHANGES_SHOWN,
		       u->list.name);
	return true;
}

static void tell(struct update *u)
{
	struct cli *cli = u->cli;
	const struct list_snapshot *s = list_current(&u->list);
	if (cli->json) {
		cli_print_json(json_pack(
		    "{s:s,s:b,s:b,s:s,s:s,s:I,s:{s:I,s:I,s:I},s:o}", "list", u->list.name, "new",
		    u->is_new, "dry-run", u->is_dry, "digest", cli_hex(cli, &s->digest), "format",
		    s->facts.format, "entries", (json_int_t)s->facts.entries, "counts", "added",
		    (json_int_t)u->counts.added, "changed", (json_int_t)u->counts.changed,
		    "removed", (json_int_t)u->counts.removed, "changes", u->changes));
		u->changes = NULL;
		return;
	}
	if (!u->is_new)
		printf("%s: unchanged, %llu entries\n", u->list.name,
		       (unsigned long long)s->facts.entries);
	else
		printf(
		    "%s: %s, %llu entries, snapshot %s%s; %llu added, %llu changed, %llu removed\n",
		    u->list.name, s->facts.format, (unsigned long long)s->facts.entries,
		    cli_short(cli, &s->digest), u->is_dry ? " (dry run: not kept)" : "",
		    (unsigned long long)u->counts.added, (unsigned long long)u->counts.changed,
		    (unsigned long long)u->counts.removed);
}

static bool take(struct update *u)
{
	struct cli *cli = u->cli;
	const struct list_snapshot *last = list_current(&u->list);
	struct list_taking taking = {.paths = u->paths,
	                             .count = u->list.source_count,
	                             .now = rim_now(),
	                             .may_shrink = u->may_shrink,
	                             .is_dry = u->is_dry};
	const char *before = last != NULL ? last->folder : NULL;
	if (!lists_date(cli, "date", &taking.has_date, &taking.date))
		return false;
	/* What the servers said stands in list.json with the snapshot it belongs to, or not at all.
	 */
	u->list.sources = arena_array(&cli->arena, u->list.source_count, sizeof *u->list.sources);
	memcpy(u->list.sources, u->fetched, u->list.source_count * sizeof *u->list.sources);
	if (!list_take(u->home, &u->list, &taking, &cli->arena, &u->is_new, &cli->err))
		return false;
	if (before == NULL)
		u->counts.added = list_current(&u->list)->facts.entries;
	if (cli->json)
		u->changes = json_array();
	return !u->is_new || tell_changes(u, before);
}

static bool update_list(struct update *u)
{
	struct cli *cli = u->cli;
	uint64_t retries;
	u->is_dry = cli_flag(cli, "dry-run");
	u->may_shrink = cli_flag(cli, "may-shrink");
	bool ok = cli_number(cli, "retries", RETRIES, &retries);
	for (size_t i = 0; ok && i < u->list.source_count; i++)
		ok = fetch_one(u, i, (unsigned)(retries < 20 ? retries : 20));
	ok = ok && take(u);
	if (ok)
		tell(u);
	remove_downloads(u);
	json_decref(u->changes);
	u->changes = NULL;
	return ok || err_context(&cli->err, "%s", u->list.name);
}

/* --- On the log ----------------------------------------------------------------------------- */

/* Where the home is an authority's, its log says what lists it has, and who is on them now. */
static bool tell_log(struct cli *cli, const char *home, const struct list_told told[], size_t count)
{
	struct authority authority;
	struct lists_outcome out;
	if (!file_exists(arena_printf(&cli->arena, "%s/authority.pub", home)))
		return true;
	if (!authority_open(&authority, home, true, &cli->err))
		return false;
	bool ok = cli_cosigned(cli, &authority) &&
	          authority_lists(&authority, &cli->arena, told, count, rim_now(), &out, &cli->err);
	authority_close(&authority);
	if (!ok)
		return false;
	if (cli->json) {
		cli_print_json(json_pack(
		    "{s:{s:I,s:I,s:I,s:I,s:I,s:s?}}", "log", "listings", (json_int_t)out.listings,
		    "applications", (json_int_t)out.applications, "screenings",
		    (json_int_t)out.screenings, "new-hits", (json_int_t)out.new_hits, "open-hits",
		    (json_int_t)out.open_hits, "not-screened", out.not_screened));
		return true;
	}
	printf("on the log: %llu listings, %llu of %llu applications screened anew\n",
	       (unsigned long long)out.listings, (unsigned long long)out.screenings,
	       (unsigned long long)out.applications);
	if (out.not_screened != NULL)
		printf("NOT SCREENED: %s\n", out.not_screened);
	if (out.open_hits > 0)
		printf("%llu hits wait for an officer, %llu of them new (proviso status, proviso "
		       "clear)\n",
		       (unsigned long long)out.open_hits, (unsigned long long)out.new_hits);
	return true;
}

/* --- add ------------------------------------------------------------------------------------ */

/* A URL as it is; a file by its whole path, since the next update may be started elsewhere. */
static bool add_sources(struct cli *cli, struct watched_list *l)
{
	l->source_count = (size_t)cli->argument_count - 1;
	if (l->source_count > LIST_FILES)
		return err_usage(&cli->err, "a list has at most %d files", LIST_FILES);
	l->sources = arena_array(&cli->arena, l->source_count, sizeof *l->sources);
	for (size_t i = 0; i < l->source_count; i++) {
		const char *given = cli->arguments[i + 1];
		char whole[PATH_MAX];
		if (!fetch_is_url(given) && realpath(given, whole) == NULL)
			return err_errno(&cli->err, "cannot read %s", given);
		l->sources[i].at =
		    fetch_is_url(given) ? given : arena_copy(&cli->arena, whole, strlen(whole));
	}
	return true;
}

static bool add_settings(struct cli *cli, struct watched_list *l)
{
	const char *format = cli_option(cli, "format"), *policy = cli_option(cli, "policy");
	l->name = cli->arguments[0];
	l->policy = POLICY_HOLD;
	l->format = format;
	if (!list_name_is_good(l->name))
		return err_usage(&cli->err, "\"%.80s\" is no list's name: letters, digits, - and _",
		                 l->name);
	if (format != NULL && list_format(format) == NULL)
		return err_usage(&cli->err,
		                 "no such format: %s (proviso help lists add names them)", format);
	if (policy != NULL && !list_policy_by_name(policy, &l->policy))
		return err_usage(&cli->err, "--policy is note, hold or suspend, not \"%s\"",
		                 policy);
	return percent(cli, LIST_SHRINK_PERCENT, &l->shrink_percent) && add_sources(cli, l);
}

/* The limit of a format is known when the format is: after the first reading. */
static bool settle_age(struct update *u)
{
	struct cli *cli = u->cli;
	uint64_t otherwise = list_format(list_current(&u->list)->facts.format)->max_age;
	if (!duration(cli, "max-age", otherwise, &u->list.max_age))
		return false;
	return u->is_dry || list_save(u->home, &u->list, &cli->err);
}

static int add(struct cli *cli)
{
	struct update u = {.cli = cli, .home = cli_home(cli)};
	uint64_t age;
	if (u.home == NULL || !add_settings(cli, &u.list) || !duration(cli, "max-age", 0, &age))
		return cli_fail(cli);
	const char *folder = arena_printf(&cli->arena, "%s/lists/%s", u.home, u.list.name);
	if (file_exists(arena_printf(&cli->arena, "%s/list.json", folder)))
		return cli_usage_error(
		    cli, "there is a list %s already (proviso lists update takes it anew)",
		    u.list.name);
	int lock = list_lock(u.home, u.list.name, &cli->err);
	if (lock < 0)
		return cli_fail(cli);
	bool ok = update_list(&u) && settle_age(&u);
	if (!ok || u.is_dry) { /* nothing is left of a list that could not be read */
		for (size_t i = 0; i < u.list.source_count; i++) {
			unlink(arena_printf(&cli->arena, "%s.part", download_path(&u, i)));
			unlink(arena_printf(&cli->arena, "%s.part.etag", download_path(&u, i)));
		}
		unlink(arena_printf(&cli->arena, "%s/.lock", folder));
		rmdir(folder);
	}
	close(lock);
	struct list_told told = {u.list.name, u.counts};
	ok = ok && (u.is_dry || tell_log(cli, u.home, &told, 1));
	return ok ? 0 : cli_fail(cli);
}

/* --- update --------------------------------------------------------------------------------- */

/* What was said at `lists add` can be said anew. */
static bool change_settings(struct cli *cli, struct watched_list *l)
{
	const char *policy = cli_option(cli, "policy");
	if (policy != NULL && !list_policy_by_name(policy, &l->policy))
		return err_usage(&cli->err, "--policy is note, hold or suspend, not \"%s\"",
		                 policy);
	return percent(cli, l->shrink_percent, &l->shrink_percent) &&
	       duration(cli, "max-age", l->max_age, &l->max_age);
}

static bool update_by_name(struct cli *cli, const char *home, const char *name,
                           struct list_told told[], size_t *told_count)
{
	struct update u = {.cli = cli, .home = home};
	/* Read before it is locked too: locking makes the folder, and must not for a slip of the
	 * pen. */
	if (!list_load(home, name, &cli->arena, &u.list, &cli->err))
		return false;
	int lock = list_lock(home, name, &cli->err);
	if (lock < 0)
		return false;
	bool ok = list_load(home, name, &cli->arena, &u.list, &cli->err) &&
	          change_settings(cli, &u.list) && update_list(&u);
	close(lock);
	if (ok && u.is_new)
		told[(*told_count)++] = (struct list_told){u.list.name, u.counts};
	return ok;
}

/* Each list by itself: one that fails holds up no other. The last failure is the exit status. */
static int update(struct cli *cli)
{
	const char *home = cli_home(cli);
	struct watched_list *lists;
	size_t count;
	int status = 0;
	if (home == NULL)
		return cli_fail(cli);
	if (cli->argument_count == 0) {
		if (!lists_load(home, &cli->arena, &lists, &count, &cli->err))
			return cli_fail(cli);
		if (count == 0)
			return cli_usage_error(
			    cli, "there is no list in %s (proviso lists add NAME SOURCE)", home);
		cli->arguments = arena_array(&cli->arena, count, sizeof *cli->arguments);
		for (; (size_t)cli->argument_count < count; cli->argument_count++)
			cli->arguments[cli->argument_count] =
			    arena_printf(&cli->arena, "%s", lists[cli->argument_count].name);
	}
	struct list_told *told =
	    arena_array(&cli->arena, (size_t)cli->argument_count, sizeof *told);
	size_t told_count = 0;
	for (int i = 0; i < cli->argument_count; i++) {
		cli->err = (struct err){0};
		if (!update_by_name(cli, home, cli->arguments[i], told, &told_count))
			status = cli_fail(cli);
	}
	cli->err = (struct err){0};
	if (!cli_flag(cli, "dry-run") && !tell_log(cli, home, told, told_count))
		status = cli_fail(cli);
	return status;
}

/* --- The commands --------------------------------------------------------------------------- */

#define UPDATING                                                                                   \
	{"policy", "P", "what a hit does: note, hold (an application), suspend (licences too)"},   \
	    {"max-age", "TIME", "stale when not looked at for so long: 48h, 2d, 0: no limit"},     \
	    {"shrink", "P", "per cent of its entries that it may lose at once (10)"},              \
	    {"may-shrink", NULL, "take it though it lost more entries than it may"},               \
	    {"date", "DATE", "when it was published, where the file does not say"},                \
	    {"retries", "N", "tries after a failure of the network (5)"},                          \
	    {"proxy", "URL", "through a proxy (else as the environment says)"},                    \
	{                                                                                          \
		"dry-run", NULL, "fetch, read and check; keep nothing"                             \
	}

const struct command command_lists_add = {
    .name = "lists add",
    .place = AT_HOME,
    .why_home = "lists are files there",
    .usage = "NAME SOURCE...",
    .summary = "keep a list: URLs or files (OFAC's CSV is three or four)",
    .help =
        "The format is found from the file, or said with --format: ofac-csv, ofac-xml, "
        "ofac-advanced,\n"
        "csl-csv, csl-json, dpl, eu-xml, eu-csv, un-xml, uk-csv, uk-xml, uk-ods, conlist, seco, "
        "sema,\n"
        "ftm, simple, senzing, or csv: a list of one's own with a column `name` and, as one "
        "likes,\n"
        "id, type, aliases, weak-aliases, country, birth, address, identifiers; others are notes.\n"
        "--home may be an empty folder: lists need no authority.",
    .options = (const struct option[]){{"format", "F", "the format of the files"}, UPDATING, {0}},
    .least = 2,
    .most = 1 + LIST_FILES,
    .run = add,
};
const struct command command_lists_update = {
    .name = "lists update",
    .place = AT_HOME,
    .why_home = "lists are files there",
    .usage = "[NAME]...",
    .summary = "fetch lists anew: what was added, changed and removed",
    .help = "A file that is damaged, or lost more of its entries than it may, or is older than the "
            "one\n"
            "there, replaces nothing. Each list by itself: one that fails holds up no other.",
    .options = (const struct option[]){UPDATING, {0}},
    .least = 0,
    .most = -1,
    .run = update,
};

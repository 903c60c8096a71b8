/* proviso status: what is in force, by country, end user, system. */
#include "commands.h"

#include "authority/query.h"
#include "scope/scope.h"

static const char *lease_words(struct cli *cli, const struct system_info *s, int64_t now)
{
	if (s->sequence == 0)
		return s->refusals > 0 ? arena_printf(&cli->arena, "none (%s)", s->refusal_code) : "none yet";
	int64_t left = s->granted + (int64_t)s->ttl_seconds - now;
	if (s->refusals > 0 && s->refused > s->granted)
		return arena_printf(&cli->arena, "no. %llu, refused since: %s", (unsigned long long)s->sequence, s->refusal_code);
	return left > 0 ? arena_printf(&cli->arena, "no. %llu, %s left", (unsigned long long)s->sequence, cli_duration(cli, left))
	                : arena_printf(&cli->arena, "no. %llu, ran out", (unsigned long long)s->sequence);
}

static const char *condition_words(const struct condition *c)
{
	bool narrowed = false;
	for (size_t i = 0; i < c->measure_count; i++)
		narrowed |= c->measures[i].is_in_force;
	if (!c->is_in_force)
		return narrowed ? "stopped by a measure" : "not in force";
	return narrowed ? "restricted" : "in force";
}

static const char *scope_words(struct cli *cli, const struct scope *scope)
{
	return scope == NULL ? "-" : scope_text(&cli->arena, scope);
}

/* --- Everything ---------------------------------------------------------------------- */

static bool list_systems(struct cli *cli, const struct state *state, int64_t now, json_t *json)
{
	struct query_filter any = {0};
	struct system_info *systems;
	size_t              count;
	struct table        table = {.cli = cli, .columns = 6};
	if (!query_systems(state, &cli->arena, &any, &systems, &count, &cli->err))
		return false;
	table_row(&table, (const char *[]){"country", "end user", "system", "serial", "condition", "lease"});
	for (size_t i = 0; i < count; i++) {
		const struct system_info *s = &systems[i];
		struct condition          c;
		if (!query_condition(state, &cli->arena, &s->id, now, &c, &cli->err))
			return false;
		const char *lease = lease_words(cli, s, now), *words = condition_words(&c);
		table_row(&table, (const char *[]){s->country, s->end_user, cli_short(cli, &s->id), s->serial, words, lease});
		json_array_append_new(json, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:s}", "country", s->country,
		    "end-user", s->end_user, "system", cli_hex(cli, &s->id), "serial", s->serial, "licence",
		    cli_hex(cli, &s->licence), "condition", words, "sequence", (json_int_t)s->sequence, "scope",
		    scope_text(&cli->arena, c.effective.scope)));
	}
	if (!cli->json && count > 0)
		table_print(&table, true);
	else if (!cli->json)
		puts("no systems");
	return true;
}

static void measure_row(struct cli *cli, struct table *table, const struct measure_info *m)
{
	const char *officers = m->proposer;
	for (size_t i = 0; i < m->approval_count; i++)
		officers = arena_printf(&cli->arena, "%s, %s", officers, m->approvals[i].officer);
	/* An id in a target is told by its first digits, as everywhere. */
	const char *slash = strchr(m->target, '/'), *target = m->target;
	if (slash != NULL && strlen(slash + 1) == (size_t)2 * HASH_SIZE)
		target = arena_printf(&cli->arena, "%.*s", (int)(slash - m->target) + 9, m->target);
	table_row(table, (const char *[]){cli_short(cli, &m->id), m->action, target, m->stage,
	    arena_printf(&cli->arena, "%zu of %llu: %s", m->approval_count + 1, (unsigned long long)m->needed, officers),
	    m->reason});
}

static json_t *measure_json(struct cli *cli, const struct measure_info *m)
{
	json_t *approvals = json_array();
	for (size_t i = 0; i < m->approval_count; i++)
		json_array_append_new(approvals, json_string(m->approvals[i].officer));
	return json_pack("{s:s,s:s,s:s,s:s,s:b,s:s,s:o,s:I,s:s,s:s}", "id", cli_hex(cli, &m->id), "action", m->action,
	    "target", m->target, "stage", m->stage, "in-force", m->is_in_force, "proposer", m->proposer,
	    "approvals", approvals, "needed", (json_int_t)m->needed, "reason", m->reason, "scope",
	    scope_words(cli, m->scope));
}

static bool list_measures(struct cli *cli, const struct state *state, int64_t now, json_t *json)
{
	struct measure_info *measures;
	size_t               count;
	struct table         table = {.cli = cli, .columns = 6};
	if (!query_measures(state, &cli->arena, NULL, now, &measures, &count, &cli->err))
		return false;
	table_row(&table, (const char *[]){"measure", "action", "target", "stage", "officers", "reason"});
	for (size_t i = 0; i < count; i++) {
		measure_row(cli, &table, &measures[i]);
		json_array_append_new(json, measure_json(cli, &measures[i]));
	}
	if (!cli->json && count > 0) {
		puts("");
		table_print(&table, true);
	}
	return true;
}

static bool list_applications(struct cli *cli, const struct state *state, json_t *json)
{
	struct application_info *applications;
	size_t                   count;
	struct table             table = {.cli = cli, .columns = 5};
	if (!query_applications(state, &cli->arena, &applications, &count, &cli->err))
		return false;
	table_row(&table, (const char *[]){"application", "exporter", "end user", "item", "stage"});
	for (size_t i = 0; i < count; i++) {
		const struct application_info *a = &applications[i];
		table_row(&table, (const char *[]){cli_short(cli, &a->id), a->exporter, a->end_user, a->item, a->stage});
		json_array_append_new(json, json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", cli_hex(cli, &a->id),
		    "exporter", a->exporter, "end-user", a->end_user, "item", a->item, "stage", a->stage));
	}
	if (!cli->json && count > 0) {
		puts("");
		table_print(&table, true);
	}
	return true;
}

static int all(struct cli *cli, const struct state *state, int64_t now)
{
	struct authority_info info;
	json_t *systems = json_array(), *measures = json_array(), *applications = json_array();
	bool    ok = query_authority(state, &cli->arena, &info, &cli->err);
	if (ok && !cli->json)
		printf("%s  %llu officers, %llu must agree; definitions no. %llu; %llu entries\n\n", info.origin,
		    (unsigned long long)info.officers, (unsigned long long)info.threshold,
		    (unsigned long long)info.definitions, (unsigned long long)info.entries);
	ok = ok && list_systems(cli, state, now, systems) && list_measures(cli, state, now, measures) &&
	     list_applications(cli, state, applications);
	json_t *answer = json_pack("{s:s,s:I,s:I,s:o,s:o,s:o}", "origin", ok ? info.origin : "", "threshold",
	    (json_int_t)(ok ? info.threshold : 0), "entries", (json_int_t)(ok ? info.entries : 0), "systems", systems,
	    "measures", measures, "applications", applications);
	if (ok && cli->json)
		return cli_print_json(answer);
	json_decref(answer);
	return ok ? 0 : cli_fail(cli);
}

/* --- One thing ------------------------------------------------------------------------- */

static int one_system(struct cli *cli, const struct state *state, const struct hash *id, int64_t now)
{
	struct condition c;
	if (!query_condition(state, &cli->arena, id, now, &c, &cli->err))
		return cli_fail(cli);
	const char *lease = lease_words(cli, &c.system, now);
	json_t     *measures = json_array();
	struct table table = {.cli = cli, .columns = 6};
	table_row(&table, (const char *[]){"measure", "action", "target", "stage", "officers", "reason"});
	for (size_t i = 0; i < c.measure_count; i++) {
		measure_row(cli, &table, &c.measures[i]);
		json_array_append_new(measures, measure_json(cli, &c.measures[i]));
	}
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:s,s:I,s:s,s:o}", "system", cli_hex(cli, id),
		    "serial", c.system.serial, "end-user", c.system.end_user, "country", c.system.country, "licence",
		    cli_hex(cli, &c.system.licence), "sequence", (json_int_t)c.system.sequence, "condition",
		    condition_words(&c), "use-log-size", (json_int_t)c.system.use_log_size, "scope",
		    scope_text(&cli->arena, c.effective.scope), "measures", measures));
	json_decref(measures);
	printf("system     %s  %s (%s %s)\nend user   %s (%s)\nexporter   %s\nlicence    %s, %s, until %s\n"
	       "condition  %s\nlease      %s\nuse log    %llu leaves acknowledged\nin force   %s\n",
	    cli_short(cli, id), c.system.serial, c.system.item, c.system.version, c.system.end_user, c.system.country,
	    c.system.exporter, cli_short(cli, &c.system.licence), c.licence.stage, cli_time(cli, c.licence.valid_until),
	    condition_words(&c), lease, (unsigned long long)c.system.use_log_size,
	    scope_text(&cli->arena, c.effective.scope));
	if (c.measure_count > 0) {
		puts("");
		table_print(&table, true);
	}
	return 0;
}

static int one_licence(struct cli *cli, const struct state *state, const struct hash *id, int64_t now)
{
	struct licence_info l;
	if (!query_licence(state, &cli->arena, id, now, &l, &cli->err))
		return cli_fail(cli);
	const char *scope = scope_text(&cli->arena, l.scope);
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:s,s:s}", "licence", cli_hex(cli, id),
		    "stage", l.stage, "exporter", l.exporter, "end-user", l.end_user, "item", l.item, "quantity",
		    (json_int_t)l.quantity, "enrolled", (json_int_t)l.enrolled, "lease-seconds",
		    (json_int_t)l.lease_seconds, "valid-until", cli_time(cli, l.valid_until), "scope", scope));
	printf("licence    %s, %s\nexporter   %s\nend user   %s (%s)\nitem       %s %s, %llu of %llu systems enrolled\n"
	       "leases     of %s\nuntil      %s\nscope      %s\n",
	    cli_short(cli, id), l.stage, l.exporter, l.end_user, l.country, l.item, l.version,
	    (unsigned long long)l.enrolled, (unsigned long long)l.quantity, cli_duration(cli, (int64_t)l.lease_seconds),
	    cli_time(cli, l.valid_until), scope);
	return 0;
}

/* Why an application is where it is, with what its screening found. */
static int one_application(struct cli *cli, struct authority *authority, const struct state *state,
    const struct hash *id)
{
	struct application_info *applications, *a = NULL;
	size_t                   count;
	if (!query_applications(state, &cli->arena, &applications, &count, &cli->err))
		return cli_fail(cli);
	for (size_t i = 0; i < count; i++)
		if (hash_equal(&applications[i].id, id))
			a = &applications[i];
	if (a == NULL) {
		err_refused(&cli->err, "state.no-such-application", "the state has no such application");
		return cli_fail(cli);
	}
	json_t *hits = json_array();
	if (!cli->json)
		printf("application  %s, %s\nexporter     %s (%s)\nend user     %s (%s)\nitem         %s %s, %llu\n",
		    cli_short(cli, id), a->stage, a->exporter, a->exporter_country, a->end_user, a->end_user_country,
		    a->item, a->version, (unsigned long long)a->quantity);
	if (a->screening != NULL) {
		uint64_t      index;
		bool          found;
		struct bytes  entry;
		struct record record;
		if (!store_find_id(authority->store, a->screening, &index, &found, &cli->err) ||
		    !store_entry(authority->store, index, &cli->arena, &entry, &cli->err) ||
		    !record_decode(&cli->arena, entry, &record, &cli->err)) {
			json_decref(hits);
			return cli_fail(cli);
		}
		const struct screening_hit *hit = record.body.screening.hits.at;
		for (size_t i = 0; i < record.body.screening.hits.count; i++) {
			if (!cli->json)
				printf("HIT          %s \"%s\" is \"%s\" on %s: %s\n", hit[i].party, hit[i].name,
				    hit[i].entry, hit[i].list, hit[i].reason);
			json_array_append_new(hits, json_pack("{s:s,s:s,s:s,s:s,s:s}", "party", hit[i].party, "name",
			    hit[i].name, "entry", hit[i].entry, "list", hit[i].list, "why", hit[i].reason));
		}
	}
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:s,s:s,s:s,s:o}", "id", cli_hex(cli, id), "stage", a->stage,
		    "exporter", a->exporter, "end-user", a->end_user, "hits", hits));
	json_decref(hits);
	return 0;
}

static int status(struct cli *cli, struct authority *authority)
{
	struct state  state = authority_state(authority);
	int64_t       now = rim_now();
	struct hash   id;
	uint64_t      index;
	struct bytes  entry;
	struct record record;
	if (cli->argument_count == 0)
		return all(cli, &state, now);
	if (!store_find(authority->store, cli->arguments[0], &id, &index, &cli->err) ||
	    !store_entry(authority->store, index, &cli->arena, &entry, &cli->err) ||
	    !record_decode(&cli->arena, entry, &record, &cli->err))
		return cli_fail(cli);
	switch (record.kind) {
	case KIND_ENROLMENT:
		return one_system(cli, &state, &id, now);
	case KIND_LICENCE:
		return one_licence(cli, &state, &id, now);
	case KIND_APPLICATION:
		return one_application(cli, authority, &state, &id);
	default:
		return cli_usage_error(cli, "%s is a record of kind %s; status is of a system, a licence or an application "
		    "(proviso show %s says what it is)", cli->arguments[0], record_kind(record.kind)->name, cli->arguments[0]);
	}
}

static int run(struct cli *cli)
{
	struct authority authority;
	if (!cli_open(cli, &authority, false))
		return cli_fail(cli);
	int exit_status = store_begin(authority.store, false, &cli->err) ? status(cli, &authority) : cli_fail(cli);
	store_rollback(authority.store);
	authority_close(&authority);
	return exit_status;
}

const struct command command_status = {
	.name = "status", .usage = "[SYSTEM | LICENCE | APPLICATION]",
	.summary = "what is in force, by country, end user, system",
	.least = 0, .most = 1, .run = run,
};

/* proviso doctor: checks an installation and says what to mend. */
#include "commands.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "authority/inbox.h"
#include "authority/query.h"
#include "casework/settings.h"
#include "log/note.h"
#include "remote.h"
#include "screening/lists.h"

enum { CLOCKS_SECONDS = 60, METRICS_MAX = 4 << 20 };

struct checkup {
	struct cli *cli;
	json_t *array;
	unsigned wrong;
};

static void note(struct checkup *c, bool ok, const char *what, const char *mend)
{
	c->wrong += !ok;
	if (c->cli->json)
		json_array_append_new(c->array, json_pack("{s:b,s:s,s:s*}", "ok", ok, "what", what,
		                                          "mend", ok ? NULL : mend));
	else
		printf("%s  %s%s%s\n", ok ? "ok   " : "WRONG", what, ok ? "" : "\n       ",
		       ok ? "" : mend);
}

static void check_mode(struct checkup *c, const char *home, const char *name, mode_t most)
{
	struct stat st;
	const char *path = arena_printf(&c->cli->arena, "%s/%s", home, name);
	if (stat(path, &st) != 0)
		return; /* nothing confidential has come yet */
	note(c, (st.st_mode & 07777 & ~most) == 0,
	     arena_printf(&c->cli->arena, "%s is mode %04o", path, st.st_mode & 07777),
	     arena_printf(&c->cli->arena, "chmod %04o %s", most, path));
}

static void check_room(struct checkup *c, const char *home)
{
	struct statvfs room;
	if (statvfs(home, &room) != 0)
		return;
	uint64_t mebibytes = (uint64_t)room.f_bavail * room.f_frsize >> 20;
	note(c, mebibytes >= 1024,
	     arena_printf(&c->cli->arena, "%llu MiB are free", (unsigned long long)mebibytes),
	     "make room: a full disk refuses records and leases");
}

static void check_log(struct checkup *c, struct authority *authority)
{
	struct cli *cli = c->cli;
	struct log_view view;
	struct log_check check = {0};
	struct progress quiet = {0};
	bool same = false, ok = log_view_home(authority, &view, &cli->err);
	if (ok) {
		ok = log_verify(&view, &quiet, &check, &cli->err);
		log_view_close(&view);
	}
	note(c, ok,
	     ok ? arena_printf(&cli->arena, "the %llu entries are those of the signed checkpoint",
	                       (unsigned long long)check.entries)
	        : arena_printf(&cli->arena, "the log does not verify: %s", cli->err.text),
	     "stop; keep a copy; compare with mirrors and witnesses before anything is signed "
	     "again");
	const char *folder = arena_printf(&cli->arena, "%s/log", authority->home);
	ok = log_view_directory(folder, &authority->public, &view, &cli->err);
	if (ok) {
		ok = log_verify(&view, &quiet, &check, &cli->err);
		log_view_close(&view);
	}
	note(c, ok,
	     ok ? arena_printf(&cli->arena, "%s is published whole", folder)
	        : arena_printf(&cli->arena, "%s is not whole: %s", folder, cli->err.text),
	     "restore the folder from a mirror: proofs that are made from it do not hold");
	ok = authority_replay(authority, &quiet, &check, &same, &cli->err) && same;
	note(c, ok,
	     ok ? "replaying the log gives the state that is kept"
	        : "replaying the log gives another state",
	     "stop; the state can be rebuilt from the log, but find out first who changed it");
}

/* A key that runs out is replaced in time, while others can still agree to it. */
static void check_officers(struct checkup *c, struct authority *authority)
{
	struct cli *cli = c->cli;
	struct state state = authority_state(authority);
	struct authority_info info;
	int64_t now = rim_now();
	if (!store_begin(authority->store, false, &cli->err))
		return;
	bool ok = query_authority(&state, &cli->arena, now, &info, &cli->err);
	store_rollback(authority->store);
	const char *few = ok ? officers_few(&cli->arena, &info, now) : cli->err.text;
	note(c, few == NULL,
	     few != NULL ? few
	                 : arena_printf(&cli->arena, "the keys of %llu officers are good",
	                                (unsigned long long)info.officers),
	     "register others, or new keys of theirs, by the authority's key (proviso key)");
}

/* A list that is stale screens nobody: what is new then stands as not screened. */
static void check_lists(struct checkup *c, const char *home)
{
	struct cli *cli = c->cli;
	struct watched_list *lists;
	size_t count;
	int64_t now = rim_now();
	if (!lists_load(home, &cli->arena, &lists, &count, &cli->err)) {
		note(c, false, cli->err.text, "restore the folder of the list from its backup");
		return;
	}
	for (size_t i = 0; i < count; i++) {
		bool is_stale = list_is_stale(&lists[i], now);
		note(c, !is_stale,
		     arena_printf(
		         &cli->arena, "list %s was looked at %s ago%s", lists[i].name,
		         cli_duration(cli, now > lists[i].checked ? now - lists[i].checked : 0),
		         is_stale ? ", longer than its limit: nothing new is screened" : ""),
		     arena_printf(&cli->arena, "proviso lists update %s", lists[i].name));
	}
}

/* A file that is bad stops the office's work, and nothing else. */
static void check_casework(struct checkup *c, const char *home)
{
	struct cli *cli = c->cli;
	struct casework_settings settings;
	const char *path = arena_printf(&cli->arena, "%s/casework.yaml", home);
	if (!file_exists(path))
		return;
	bool ok = settings_load(&cli->arena, home, &settings, &cli->err);
	note(c, ok, ok ? arena_printf(&cli->arena, "%s is read", path) : cli->err.text,
	     "mend the file: until then nobody sees the office's work");
}

/* Without its key a home can be read and no more. */
static void check_key(struct checkup *c, const char *home)
{
	const char *path = arena_printf(&c->cli->arena, "%s/authority.key", home);
	if (file_exists(path))
		return;
	note(c, false, arena_printf(&c->cli->arena, "%s is not there: nothing can be signed", path),
	     "put the key back from the safe; where there is none, let the officers begin another "
	     "origin (proviso log begin)");
}

/* What people report is encrypted for it: they must be able to see that it is the authority's. */
static void check_inbox(struct checkup *c, struct authority *authority)
{
	struct cli *cli = c->cli;
	struct state state = authority_state(authority);
	struct public_key key;
	struct key_info info;
	const char *path = arena_printf(&cli->arena, "%s/inbox.pub", authority->home);
	if (!file_exists(path))
		return; /* nobody has asked for it yet */
	bool ok = inbox_key(authority->home, authority->public.name, &key, &cli->err) &&
	          store_begin(authority->store, false, &cli->err);
	if (ok) {
		struct hash kid = key_id(&key);
		ok = query_key(&state, &cli->arena, &kid, &info, &cli->err) && info.ended == NULL &&
		     strcmp(info.role, "inbox") == 0;
		store_rollback(authority->store);
	}
	note(c, ok, ok ? "the inbox's key is on the log" : "the inbox's key is not on the log",
	     "proviso inbox publish; until then nobody's page encrypts for it");
}

/* What stopped it says what to do. */
static const char *mend_open(const struct err *e)
{
	if (e->rule != NULL && strcmp(e->rule, "authority.origin-ended") == 0)
		return "proviso log begin --key FILE, with the new origin's key";
	if (e->rule != NULL && strcmp(e->rule, "authority.damaged") == 0)
		return "an old copy: fetch what is missing from a mirror (proviso restore); where "
		       "nobody has it, let the officers begin another origin (proviso log begin)";
	return "see proviso help init, or restore the folder from its backup";
}

static bool check_home(struct checkup *c)
{
	struct cli *cli = c->cli;
	struct authority authority;
	const char *home = cli_home(cli);
	if (home == NULL)
		return false;
	bool open = authority_open(&authority, home, false, &cli->err);
	note(c, open,
	     open ? arena_printf(&cli->arena, "%s is the home of %s", home, authority.public.name)
	          : cli->err.text,
	     mend_open(&cli->err));
	if (open) {
		check_key(c, home);
		check_mode(c, home, "authority.key", 0600);
		check_mode(c, home, "disclosures", 0700);
		check_mode(c, home, "disclosures.key", 0600);
		check_mode(c, home, "evidence", 0700);
		check_mode(c, home, "casework.db", 0600);
		check_room(c, home);
		check_log(c, &authority);
		check_officers(c, &authority);
		check_inbox(c, &authority);
		check_lists(c, home);
		check_casework(c, home);
		authority_close(&authority);
	}
	note(c, rim_now() > 1767225600, "the clock is later than 2026-01-01",
	     "set the clock (timedatectl)");
	return true;
}

/* --- A service, as others see it --------------------------------------------------------------
 */

/* The rest is not worth asking where nobody answers, or somebody else. */
static bool check_service(struct checkup *c, struct public_key *key)
{
	struct cli *cli = c->cli;
	json_t *json = cli_remote_json(cli, "/v1/authority");
	const char *line = json_string_value(json_object_get(json, "key"));
	bool is_one = line != NULL && cli_public_key(cli, line, key);
	json_decref(json);
	note(c, is_one,
	     is_one ? arena_printf(&cli->arena, "%s is the service of %s", cli_url(cli), key->name)
	            : arena_printf(&cli->arena, "%s is no service: %s", cli_url(cli),
	                           line == NULL && cli->err.text[0] == 0 ? "it has no key"
	                                                                 : cli->err.text),
	     "see its address, that provisod runs, and what is between");
	return is_one;
}

static bool check_whose(struct checkup *c, const struct public_key *key, bool *is_whose)
{
	const char *pub = cli_option(c->cli, "authority");
	struct public_key wanted;
	*is_whose = true;
	if (pub == NULL)
		return true;
	if (!cli_public_key(c->cli, pub, &wanted))
		return false;
	*is_whose = strcmp(wanted.name, key->name) == 0 &&
	            bytes_equal(key_public_bytes(&wanted), key_public_bytes(key));
	note(c, *is_whose, *is_whose ? "its key is the one given" : "its key is not the one given",
	     "believe nothing that it says until you know why");
	return true;
}

static void check_ready(struct checkup *c)
{
	struct cli *cli = c->cli;
	struct remote r = {.path = "/readyz", .limit = REMOTE_MAX};
	bool ok = cli_remote(cli, &r);
	json_t *json = ok ? json_loadb((const char *)r.answer.at, r.answer.len, 0, NULL) : NULL;
	const char *warning = json_string_value(json_object_get(json, "warning"));
	note(c, ok, ok ? "it takes records in and grants leases" : cli->err.text,
	     "see its log and its disk, or the witnesses of its policy");
	if (warning != NULL)
		note(c, false, arena_printf(&cli->arena, "%s", warning),
		     "see the witnesses of its policy: all is well until too few answer");
	json_decref(json);
	if (r.date == 0)
		return;
	int64_t apart = llabs(r.date - rim_now());
	note(c, apart <= CLOCKS_SECONDS,
	     arena_printf(&cli->arena, "its clock and the one here are %lld s apart",
	                  (long long)apart),
	     "set the one that is wrong (timedatectl): records from the future are refused");
}

/* The sum over all that have this metric. */
static double metric(const char *text, const char *name)
{
	size_t len = strlen(name);
	double sum = 0;
	for (const char *at = text; (at = strstr(at, name)) != NULL; at += len)
		if ((at == text || at[-1] == '\n') && (at[len] == ' ' || at[len] == '{')) {
			const char *end = strchr(at, '\n'), *value = strchr(at, ' ');
			if (value != NULL && (end == NULL || value < end))
				sum += strtod(value, NULL);
		}
	return sum;
}

static void check_metrics(struct checkup *c)
{
	struct cli *cli = c->cli;
	struct remote r = {.path = "/metrics", .limit = METRICS_MAX};
	if (!cli_remote(cli, &r)) {
		note(c, false, cli->err.text, "its metrics are for whoever watches over it");
		return;
	}
	const char *text =
	    arena_printf(&cli->arena, "%.*s", (int)r.answer.len, (const char *)r.answer.at);
	double failed = metric(text, "proviso_rounds_failed_total"),
	       gone = metric(text, "proviso_webhook_gone");
	note(c, failed == 0,
	     arena_printf(&cli->arena, "%.0f commits failed since it was started", failed),
	     "see its log: a disk that is full or fails");
	if (gone > 0)
		note(c, false,
		     arena_printf(&cli->arena, "%.0f followers want to hear no more", gone),
		     "take them out of its webhooks, or restart it to try again");
}

static void check_screening(struct checkup *c)
{
	struct cli *cli = c->cli;
	json_t *catalog = cli_remote_json(cli, "/catalog"), *name,
	       *outdated = json_object_get(catalog, "outdated");
	size_t i;
	if (catalog == NULL) {
		note(c, false, cli->err.text, "see its log: nothing is screened without its lists");
		return;
	}
	json_array_foreach(outdated, i, name)
	    note(c, false,
	         arena_printf(&cli->arena, "list %s is out of date: nothing new is screened",
	                      json_string_value(name)),
	         "proviso lists update, in its home");
	if (json_array_size(outdated) == 0)
		note(c, true,
		     arena_printf(&cli->arena, "%zu lists are in use",
		                  json_array_size(json_object_get(catalog, "current"))),
		     "");
	json_decref(catalog);
}

/* With --authority every entry is fetched and hashed; without it, that the checkpoint is signed. */
static void check_published(struct checkup *c, const struct public_key *key)
{
	struct cli *cli = c->cli;
	struct remote r = {.path = "/log/checkpoint", .limit = NOTE_MAX};
	struct checkpoint head;
	struct authority none;
	struct log_view view;
	struct log_check check;
	bool ok =
	    cli_remote(cli, &r) && checkpoint_open(&cli->arena, r.answer, key, &head, &cli->err);
	const char *what =
	    !ok ? ""
	        : arena_printf(&cli->arena, "it publishes a log of %llu entries, signed by its key",
	                       (unsigned long long)head.size);
	if (ok && cli_option(cli, "authority") != NULL) {
		ok = cli_log_view(cli, &none, &view);
		if (ok) {
			ok = log_verify(&view, &(struct progress){0}, &check, &cli->err);
			cli_log_close(cli, &none, &view);
		}
		what =
		    arena_printf(&cli->arena, "the %llu entries are those of the signed checkpoint",
		                 (unsigned long long)(ok ? check.entries : 0));
	}
	note(c, ok,
	     ok ? what : arena_printf(&cli->arena, "the log does not verify: %s", cli->err.text),
	     "stop; keep a copy; compare with mirrors and witnesses before it is believed again");
}

static bool check_url(struct checkup *c)
{
	struct public_key key;
	bool is_whose;
	if (!check_service(c, &key))
		return true;
	if (!check_whose(c, &key, &is_whose))
		return false;
	check_ready(c);
	check_metrics(c);
	check_screening(c);
	if (is_whose)
		check_published(c, &key);
	return true;
}

static int run(struct cli *cli)
{
	struct checkup c = {.cli = cli, .array = json_array()};
	if (!(cli_url(cli) != NULL ? check_url : check_home)(&c)) {
		json_decref(c.array);
		return cli_fail(cli);
	}
	if (cli->json)
		cli_print_json(json_pack("{s:b,s:o}", "ok", c.wrong == 0, "checks", c.array));
	else
		json_decref(c.array);
	return c.wrong == 0 ? 0 : 1;
}

const struct command command_doctor = {
    .name = "doctor",
    .usage = "[--url URL [--authority PUB]]",
    .summary = "check an installation and say what to mend: exit 0 when all is well",
    .help = "Of a service it is what others can see: that it answers, takes records in and grants "
            "leases,\n"
            "its clock, its lists, its log. Modes of files, the room on the disk and the state are "
            "for\n"
            "proviso doctor --home DIR, on its own machine.",
    .options =
        (const struct option[]){
            {"authority", "PUB",
             "with --url: whose it must be; the whole log is fetched and verified"},
            {0}},
    .run = run,
};

/* proviso doctor: checks an installation and says what to mend. */
#include "commands.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "authority/inbox.h"
#include "authority/query.h"
#include "casework/settings.h"
#include "screening/lists.h"

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

static int run(struct cli *cli)
{
	struct authority authority;
	struct checkup c = {.cli = cli, .array = json_array()};
	const char *home = cli_home(cli);
	if (home == NULL) {
		json_decref(c.array);
		return cli_fail(cli);
	}
	bool open = authority_open(&authority, home, false, &cli->err);
	note(&c, open,
	     open ? arena_printf(&cli->arena, "%s is the home of %s", home, authority.public.name)
	          : cli->err.text,
	     mend_open(&cli->err));
	if (open) {
		check_key(&c, home);
		check_mode(&c, home, "authority.key", 0600);
		check_mode(&c, home, "disclosures", 0700);
		check_mode(&c, home, "disclosures.key", 0600);
		check_mode(&c, home, "evidence", 0700);
		check_mode(&c, home, "casework.db", 0600);
		check_room(&c, home);
		check_log(&c, &authority);
		check_officers(&c, &authority);
		check_inbox(&c, &authority);
		check_lists(&c, home);
		check_casework(&c, home);
		authority_close(&authority);
	}
	note(&c, rim_now() > 1767225600, "the clock is later than 2026-01-01",
	     "set the clock (timedatectl)");
	if (cli->json)
		cli_print_json(json_pack("{s:b,s:o}", "ok", c.wrong == 0, "checks", c.array));
	else
		json_decref(c.array);
	return c.wrong == 0 ? 0 : 1;
}

const struct command command_doctor = {
    .name = "doctor",
    .place = AT_HOME,
    .usage = "",
    .summary = "check an installation and say what to mend: exit 0 when all is well",
    .run = run,
};

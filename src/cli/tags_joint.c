/* proviso tags plan, deal, conclude: holders make their shares of the key of tags together. */
#include "commands.h"

#include <sodium.h>
#include <unistd.h>

#include "tags_cli.h"

enum { ASK_AGAIN_MILLISECONDS = 200 };

/* --- What a plan says, for people --------------------------------------------------------------
 */

static const char *what_party_does(const struct ceremony_party *p)
{
	if (p->share > 0)
		return p->holds ? "deals the share held, and gets a new one"
		                : "deals the share held, and leaves";
	return p->deals ? "deals, and gets a share" : "gets a share";
}

static json_t *tell_plan(struct cli *cli, const struct ceremony_plan *plan)
{
	json_t *parties = json_array();
	if (!cli->json)
		printf("%s\n%s of subject tags of %s: %llu of %zu holders make a tag\n",
		       cli_hex(cli, &plan->id),
		       plan->has_before ? "new shares of the key" : "a key", plan->origin,
		       (unsigned long long)plan->threshold, plan->holder_count);
	for (size_t i = 0; i < plan->party_count; i++) {
		const struct ceremony_party *p = &plan->parties[i];
		struct hash id = key_id(&p->key);
		json_array_append_new(parties, json_pack("{s:s,s:s,s:b,s:b}", "name", p->key.name,
		                                         "key", cli_hex(cli, &id), "deals",
		                                         p->deals, "holds", p->holds));
		if (!cli->json)
			printf("    %s  key %s  %s\n", p->key.name, cli_short(cli, &id),
			       what_party_does(p));
	}
	return json_pack("{s:s,s:s,s:I,s:o}", "plan", cli_hex(cli, &plan->id), "origin",
	                 plan->origin, "threshold", (json_int_t)plan->threshold, "parties",
	                 parties);
}

/* --- plan --------------------------------------------------------------------------------------
 */

static bool read_parties(struct cli *cli, const char *option, struct public_key out[TAG_HOLDERS],
                         size_t *count)
{
	const char **given;
	*count = cli_values(cli, option, &given);
	if (*count > TAG_HOLDERS)
		return err_usage(&cli->err, "a key has %d holders at most", TAG_HOLDERS);
	for (size_t i = 0; i < *count; i++)
		if (!cli_public_key(cli, given[i], &out[i]))
			return false;
	return true;
}

static bool whose_key(struct cli *cli, const char **origin, struct bytes *before)
{
	const char *path = cli_option(cli, "tags");
	struct public_key authority;
	struct record record;
	*before = (struct bytes){0};
	if (path == NULL) {
		if (!cli_tags_authority(cli, &authority))
			return false;
		*origin = arena_copy(&cli->arena, authority.name, strlen(authority.name));
		return true;
	}
	if (!cli_tags_record(cli, path, before) ||
	    !record_decode(&cli->arena, *before, &record, &cli->err))
		return false;
	*origin = record.claims.subject;
	return true;
}

static int make_plan(struct cli *cli)
{
	const char *folder = cli_required(cli, "output"), *origin;
	struct public_key *holders = arena_array(&cli->arena, TAG_HOLDERS, sizeof *holders),
	                  *dealers = arena_array(&cli->arena, TAG_HOLDERS, sizeof *dealers);
	size_t holder_count, dealer_count;
	uint64_t threshold;
	uint8_t nonce[CEREMONY_NONCE];
	struct ceremony_plan plan;
	struct bytes before, file;
	if (folder == NULL || !cli_number(cli, "threshold", 0, &threshold) ||
	    !read_parties(cli, "holder", holders, &holder_count) ||
	    !read_parties(cli, "dealer", dealers, &dealer_count) ||
	    !whose_key(cli, &origin, &before))
		return cli_fail(cli);
	rim_random(nonce, sizeof nonce);
	const char *path = arena_printf(&cli->arena, "%s/plan", folder);
	if (!ceremony_plan_make(&cli->arena, origin, rim_now(), threshold, holders, holder_count,
	                        dealers, dealer_count, before, nonce, &file, &cli->err) ||
	    !ceremony_plan_parse(&cli->arena, file, &plan, &cli->err) ||
	    !directory_make(folder, 0755, &cli->err) || !file_create(path, file, 0644, &cli->err))
		return cli_fail(cli);
	json_t *about = tell_plan(cli, &plan);
	if (cli->json)
		return cli_print_json(about);
	json_decref(about);
	printf("%s  (each of them: proviso tags deal %s --agree %s --key KEY -o SHARE)\n", path,
	       folder, cli_hex(cli, &plan.id));
	return 0;
}

/* --- deal --------------------------------------------------------------------------------------
 */

struct dealer {
	const char *place, *share_path, *draft_path;
	struct secret_key key;
	struct ceremony_self self;
	size_t party;
	bool was_done; /* all was said before, and the draft is gone */
};

static bool seal(struct cli *cli, const struct dealer *d, struct bytes secret, const char *path,
                 bool (*write)(const char *, struct bytes, mode_t, struct err *))
{
	uint8_t random[KEY_WRAP_RANDOM];
	struct bytes sealed;
	rim_random(random, sizeof random);
	bool ok = key_wrap(&cli->arena, &d->key.public, secret, random, &sealed, &cli->err) &&
	          write(path, sealed, 0600, &cli->err);
	sodium_memzero(random, sizeof random);
	return ok;
}

/* Whoever begins says which plan he has agreed to: everything else follows from it. */
static bool agreed(struct cli *cli, const struct ceremony *c)
{
	const char *agree = cli_option(cli, "agree");
	if (agree != NULL && strcmp(agree, cli_hex(cli, &c->plan.id)) == 0)
		return true;
	json_decref(tell_plan(cli, &c->plan));
	return err_refused(&cli->err, "ceremony.not-agreed",
	                   "%s (compare plan and keys with the others, then give --agree and the "
	                   "plan's id)",
	                   agree == NULL ? "nothing was said yet" : "this is another plan");
}

static bool draft_make(struct cli *cli, struct dealer *d)
{
	if (file_exists(d->share_path))
		return err_usage(&cli->err, "%s is there: a new share goes beside the old one",
		                 d->share_path);
	rim_random(d->self.seed, CEREMONY_SEED);
	return seal(cli, d, bytes_of(d->self.seed, CEREMONY_SEED), d->draft_path, file_create);
}

/* The draft is kept until all is said, so that whoever was interrupted says the same again. */
static bool draft_open(struct cli *cli, struct dealer *d, const struct ceremony *c)
{
	if (!file_exists(d->draft_path) && (!agreed(cli, c) || !draft_make(cli, d)))
		return false;
	return cli_tags_unseal(cli, &d->key, d->draft_path, d->self.seed);
}

static bool prepare(struct cli *cli, struct dealer *d, struct ceremony *c)
{
	size_t parties[CEREMONY_PARTIES], waits;
	const char *key = cli_required(cli, "key"),
	           *out = key == NULL ? NULL : cli_required(cli, "output"),
	           *old = cli_option(cli, "share");
	if (out == NULL || !cli_ceremony_read(cli, d->place, c) || !cli_key(cli, key, &d->key))
		return false;
	d->self.key = &d->key;
	d->share_path = out;
	d->draft_path = arena_printf(&cli->arena, "%s.draft", out);
	if (!ceremony_party(&c->plan, &d->key.public, &d->party, &cli->err))
		return false;
	if ((c->plan.parties[d->party].share > 0) != (old != NULL))
		return err_usage(&cli->err, old == NULL
		                                ? "you deal the share you hold: give --share FILE"
		                                : "no share is needed: you do not deal one");
	d->was_done = !file_exists(d->draft_path) && ceremony_waits(c, parties, &waits) == 0 &&
	              (file_exists(out) || !c->plan.parties[d->party].holds);
	return d->was_done ||
	       ((old == NULL || cli_tags_unseal(cli, &d->key, old, d->self.share.at)) &&
	        draft_open(cli, d, c));
}

/* Says what there is to say now; *spoke false: it is for others to speak. */
static bool speak(struct cli *cli, struct dealer *d, struct ceremony *c, bool *spoke)
{
	uint8_t random[OPRF_RANDOM];
	struct ceremony_step step;
	rim_random(random, sizeof random);
	if (!ceremony_next(c, &d->self, random, &step, &cli->err))
		return false;
	bool ok = !step.has_share ||
	          seal(cli, d, bytes_of(step.share.at, OPRF_SIZE), d->share_path, file_write);
	sodium_memzero(&step.share, sizeof step.share);
	*spoke = step.has_message;
	return ok && (!step.has_message || cli_ceremony_say(cli, d->place, c, step.message));
}

/* Until all is said, or it is for others to speak and the time is over. */
static bool take_part(struct cli *cli, struct dealer *d, struct ceremony *c)
{
	uint64_t wait;
	size_t parties[CEREMONY_PARTIES], count;
	if (!cli_number(cli, "wait", 0, &wait))
		return false;
	int64_t until = rim_now() + (int64_t)wait;
	for (;;) {
		bool spoke;
		if (!speak(cli, d, c, &spoke))
			return false;
		if (!spoke && (ceremony_waits(c, parties, &count) == 0 || rim_now() >= until))
			return true;
		if (!spoke)
			usleep(ASK_AGAIN_MILLISECONDS * 1000);
		if (!cli_ceremony_read(cli, d->place, c))
			return false;
	}
}

static int tell_waiting(struct cli *cli, const struct ceremony *c, unsigned round,
                        const size_t parties[], size_t count)
{
	json_t *names = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(names, json_string(c->plan.parties[parties[i]].key.name));
	if (cli->json)
		return cli_print_json(
		    json_pack("{s:b,s:i,s:o}", "done", false, "round", (int)round, "waits", names));
	printf("round %u waits for", round);
	for (size_t i = 0; i < count; i++)
		printf(" %s", json_string_value(json_array_get(names, i)));
	printf("  (run it again then)\n");
	json_decref(names);
	return 0;
}

static int tell_done(struct cli *cli, const struct dealer *d, const struct ceremony *c)
{
	bool holds = c->plan.parties[d->party].holds;
	if (!d->was_done && unlink(d->draft_path) != 0) {
		err_environment(&cli->err, "%s cannot be removed", d->draft_path);
		return cli_fail(cli);
	}
	if (cli->json)
		return cli_print_json(
		    json_pack("{s:b,s:s?}", "done", true, "share", holds ? d->share_path : NULL));
	if (holds)
		printf("%s  (your share, which your key alone opens)\n", d->share_path);
	if (c->plan.parties[d->party].share > 0)
		printf("destroy the old share when no system's lease names the old record\n");
	return 0;
}

static int deal(struct cli *cli)
{
	struct dealer d = {.place = cli->arguments[0]};
	struct ceremony *c = arena_alloc(&cli->arena, sizeof *c);
	size_t parties[CEREMONY_PARTIES], count;
	bool ok = prepare(cli, &d, c) && (d.was_done || take_part(cli, &d, c));
	key_wipe(&d.key);
	sodium_memzero(&d.self, sizeof d.self);
	if (!ok)
		return cli_fail(cli);
	unsigned round = ceremony_waits(c, parties, &count);
	return round > 0 ? tell_waiting(cli, c, round, parties, count) : tell_done(cli, &d, c);
}

/* --- conclude -----------------------------------------------------------------------------------
 */

/* Whether a record on the log has the shares that were made here. */
static bool same_key(struct cli *cli, const char *path, const struct tags_body *made)
{
	struct record record;
	struct bytes file;
	if (!cli_tags_record(cli, path, &file) ||
	    !record_decode(&cli->arena, file, &record, &cli->err))
		return false;
	const struct tags_body *is = &record.body.tags;
	const struct tag_holder *a = is->holders.at, *b = made->holders.at;
	bool same = record.kind == KIND_TAGS && is->has_ceremony &&
	            hash_equal(&is->ceremony, &made->ceremony) &&
	            hash_equal(&is->public, &made->public) && is->threshold == made->threshold &&
	            is->holders.count == made->holders.count;
	for (size_t i = 0; same && i < made->holders.count; i++)
		same = strcmp(a[i].name, b[i].name) == 0 && hash_equal(&a[i].public, &b[i].public);
	return same || err_refused(&cli->err, "ceremony.other-record",
	                           "%s is not of the key that was made here", path);
}

static int conclude(struct cli *cli)
{
	const char *form = cli_option(cli, "output"), *tags = cli_option(cli, "tags"),
	           *all = cli_option(cli, "transcript");
	struct ceremony *c = arena_alloc(&cli->arena, sizeof *c);
	union record_body body;
	if (!cli_ceremony_read(cli, cli->arguments[0], c) ||
	    !ceremony_conclude(c, &body.tags, &cli->err) ||
	    (tags != NULL && !same_key(cli, tags, &body.tags)) ||
	    (all != NULL && !file_write(all, ceremony_format(c), 0644, &cli->err)) ||
	    (form != NULL && !file_write(form, bytes_text(form_text(&cli->arena, KIND_TAGS, &body)),
	                                 0644, &cli->err)))
		return cli_fail(cli);
	json_t *about = tell_plan(cli, &c->plan);
	if (cli->json) {
		json_object_set_new(about, "ceremony",
		                    json_string(cli_hex(cli, &body.tags.ceremony)));
		return cli_print_json(about);
	}
	json_decref(about);
	printf("all said what they had to say, and all holders confirm their shares: %s\n",
	       cli_hex(cli, &body.tags.ceremony));
	if (form != NULL)
		printf("%s  (proviso tags publish %s --key OFFICER.key)\n", form, form);
	return 0;
}

const struct command command_tags_plan = {
    .name = "tags plan",
    .place = AT_HOME,
    .why_home = "of it only the key is wanted, which is not for a service to say (--authority PUB)",
    .usage = "--holder PUB... --threshold K [--tags RECORD --dealer PUB...] -o DIR",
    .summary = "say who is to make the key of subject tags together, or its shares anew",
    .help =
        "K of the holders make a tag. With --tags the key stays as it is: those named by "
        "--dealer,\n"
        "as many as it takes now, make new shares of it for the holders named. So shares are made\n"
        "anew from time to time, and a holder who was lost is replaced.",
    .options =
        (const struct option[]){
            {"holder", "PUB", "who gets a share: the authority, a court, an ombudsman; repeated"},
            {"threshold", "K", "how many of them it takes"},
            {"tags", "RECORD",
             "the record in force of the key that is there, alone or with its proof"},
            {"dealer", "PUB", "who has a share of it and deals it; repeated"},
            {"authority", "PUB", "whose key of tags it will be, when there is no --home"},
            {"output", "DIR", "(or -o) a folder for the plan and what parties say"},
            {0}},
    .run = make_plan,
};
const struct command command_tags_deal = {
    .name = "tags deal",
    .place = AT_NEITHER,
    .usage = "DIR|URL --agree PLAN --key FILE -o SHARE [--share OLD] [--wait SECONDS]",
    .summary = "take part in making the key of subject tags (holder): nobody ever has it whole",
    .help =
        "Says what there is to say now; run it again when the others have spoken: three rounds.\n"
        "DIR is carried from one to the other, or copied; or URL is proviso tags board. A party\n"
        "that cheats is named. SHARE.draft is kept until all is said.",
    .options =
        (const struct option[]){
            {"agree", "PLAN", "the id of the plan that you compared with the others"},
            {"key", "FILE", "your secret key: it signs what you say and opens your share"},
            {"share", "OLD", "the share you hold, where shares are made anew"},
            {"output", "SHARE", "(or -o) where your share goes, sealed to your key"},
            {"wait", "SECONDS", "how long to wait for the others (0)"},
            {"passphrase-file", "FILE", "the passphrase of the key"},
            {0}},
    .least = 1,
    .most = 1,
    .run = deal,
};
const struct command command_tags_conclude = {
    .name = "tags conclude",
    .place = AT_NEITHER,
    .usage = "DIR|URL|FILE [-o FORM] [--transcript FILE] [--tags RECORD]",
    .summary =
        "check all that was said when a key of tags was made, and make the form of its record",
    .help = "Needs no secret: anybody can check with it that nobody had the key whole.",
    .options =
        (const struct option[]){
            {"output", "FORM", "(or -o) the form, for proviso tags publish"},
            {"transcript", "FILE", "all that was said, in one file"},
            {"tags", "RECORD", "a record that must be of this key and these shares"},
            {0}},
    .least = 1,
    .most = 1,
    .run = conclude,
};

/* proviso tags deal, protect: the shared key of subject tags, and the list of protected persons. */
#include "commands.h"

#include <ctype.h>
#include <sodium.h>

#include "tags/tags.h"

/* --- deal ------------------------------------------------------------------------------------ */

struct dealing {
	struct public_key holders[TAG_HOLDERS];
	size_t count;
	uint64_t threshold;
	struct oprf_share shares[TAG_HOLDERS];
	struct tags_body body;
};

static bool read_holders(struct cli *cli, struct dealing *d)
{
	const char **given;
	size_t count = cli_values(cli, "holder", &given);
	if (!cli_number(cli, "threshold", 0, &d->threshold))
		return false;
	if (count < 2 || count > TAG_HOLDERS || d->threshold < 2 || d->threshold > count)
		return err_usage(&cli->err,
		                 "give 2 to %d times --holder PUB, and --threshold K of 2 at least "
		                 "and no more than there are",
		                 TAG_HOLDERS);
	for (; d->count < count; d->count++) {
		if (!cli_public_key(cli, given[d->count], &d->holders[d->count]))
			return false;
		for (size_t i = 0; i < d->count; i++)
			if (strcmp(d->holders[i].name, d->holders[d->count].name) == 0)
				return err_usage(&cli->err, "holder %s is named twice",
				                 d->holders[i].name);
	}
	return true;
}

static struct hash element_of(const struct oprf_scalar *key)
{
	struct oprf_element public = oprf_public(key);
	struct hash out;
	memcpy(out.at, public.at, sizeof out.at);
	return out;
}

/* The whole key is drawn, shared and forgotten here: nobody else ever has it. */
static void draw(struct cli *cli, struct dealing *d)
{
	uint8_t random[OPRF_RANDOM * TAG_HOLDERS];
	struct tag_holder *holders = arena_array(&cli->arena, d->count, sizeof *holders);
	rim_random(random, sizeof random);
	struct oprf_scalar whole = oprf_random_scalar(random);
	oprf_split(&whole, (unsigned)d->threshold, (unsigned)d->count, random + OPRF_RANDOM,
	           d->shares);
	d->body = (struct tags_body){
	    .number = 1,
	    .threshold = d->threshold,
	    .public = element_of(&whole),
	    .holders = {holders, d->count},
	};
	for (size_t i = 0; i < d->count; i++)
		holders[i] = (struct tag_holder){d->holders[i].name, element_of(&d->shares[i].key)};
	sodium_memzero(random, sizeof random);
	sodium_memzero(&whole, sizeof whole);
}

/* A holder's name as that of a file. */
static const char *share_path(struct cli *cli, const char *folder, const char *name)
{
	char *path = arena_printf(&cli->arena, "%s/%s.share", folder, name);
	for (char *at = path + strlen(folder) + 1; *at != 0; at++)
		if (!isalnum((unsigned char)*at) && strchr("-._", *at) == NULL)
			*at = '_';
	return path;
}

/* Each is sealed to its holder's key, so that it can go by any way. */
static bool write_share(struct cli *cli, const struct dealing *d, size_t i, const char *folder)
{
	uint8_t random[KEY_WRAP_RANDOM];
	struct bytes sealed;
	rim_random(random, sizeof random);
	bool ok = key_wrap(&cli->arena, &d->holders[i], bytes_of(d->shares[i].key.at, OPRF_SIZE),
	                   random, &sealed, &cli->err) &&
	          file_create(share_path(cli, folder, d->holders[i].name), sealed, 0600, &cli->err);
	sodium_memzero(random, sizeof random);
	return ok;
}

static bool write_all(struct cli *cli, const struct dealing *d, const char *folder,
                      const char *form)
{
	if (!directory_make(folder, 0700, &cli->err))
		return false;
	for (size_t i = 0; i < d->count; i++)
		if (!write_share(cli, d, i, folder))
			return false;
	return file_create(
	    form,
	    bytes_text(form_text(&cli->arena, KIND_TAGS, &(union record_body){.tags = d->body})),
	    0644, &cli->err);
}

static int deal(struct cli *cli)
{
	struct dealing d = {0};
	const char *folder = cli_required(cli, "output");
	if (folder == NULL || !read_holders(cli, &d))
		return cli_fail(cli);
	const char *form = arena_printf(&cli->arena, "%s/tags.yaml", folder);
	draw(cli, &d);
	bool ok = write_all(cli, &d, folder, form);
	sodium_memzero(d.shares, sizeof d.shares);
	if (!ok)
		return cli_fail(cli);
	json_t *shares = json_array();
	for (size_t i = 0; i < d.count; i++) {
		const char *path = share_path(cli, folder, d.holders[i].name);
		json_array_append_new(shares, json_string(path));
		if (!cli->json)
			printf("%s  (for %s, whose key alone opens it)\n", path, d.holders[i].name);
	}
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:o}", "form", form, "shares", shares));
	json_decref(shares);
	printf("%s  (proviso tags publish %s --key OFFICER.key)\n", form, form);
	return 0;
}

/* --- protect ---------------------------------------------------------------------------------- */

struct members {
	struct tag *at;
	size_t count;
	struct tags_body key; /* the latest of those seen */
};

static bool read_transcript(struct cli *cli, const char *path, const struct public_key *authority,
                            struct members *m)
{
	struct transcript t;
	struct bytes file;
	if (!file_read(&cli->arena, path, TRANSCRIPT_MAX, &file, &cli->err))
		return false;
	if (!transcript_open(&cli->arena, file, authority, &t, &cli->err))
		return err_context(&cli->err, "%s", path);
	const struct tags_body *key = &t.request.key.body.tags;
	if (m->key.number > 0 && !hash_equal(&key->public, &m->key.public))
		return err_refused(&cli->err, "tags.another-key", "%s: its tags are by another key",
		                   path);
	memcpy(m->at + m->count, t.tags, t.request.count * sizeof *t.tags);
	m->count += t.request.count;
	if (key->number > m->key.number)
		m->key = *key;
	return true;
}

static int protect(struct cli *cli)
{
	const char *to = cli_required(cli, "output"), *pub = cli_option(cli, "authority");
	const char *form = cli_option(cli, "form");
	struct public_key authority;
	struct protected_list list;
	uint8_t salt[PROTECTED_SALT];
	struct members m = {0};
	if (to == NULL)
		return cli_fail(cli);
	if (pub == NULL && cli_home(cli) != NULL)
		pub = arena_printf(&cli->arena, "%s/authority.pub", cli_home(cli));
	if (pub == NULL)
		return cli_usage_error(
		    cli, "whose log has the inquiries? (give --authority PUB or --home DIR)");
	m.at = arena_array(&cli->arena, (size_t)cli->argument_count * TAG_BATCH, sizeof *m.at);
	if (!cli_public_key(cli, pub, &authority))
		return cli_fail(cli);
	for (int i = 0; i < cli->argument_count; i++)
		if (!read_transcript(cli, cli->arguments[i], &authority, &m))
			return cli_fail(cli);
	rim_random(salt, sizeof salt);
	struct bytes file = protected_make(&cli->arena, m.at, m.count, salt);
	if (!protected_parse(file, &list, &cli->err) || !file_write(to, file, 0644, &cli->err))
		return cli_fail(cli);
	m.key.number++;
	m.key.has_protected = true;
	m.key.protected = (struct protected_persons){sha256(file), list.count};
	const char *text = form_text(&cli->arena, KIND_TAGS, &(union record_body){.tags = m.key});
	if (form != NULL && !file_write(form, bytes_text(text), 0644, &cli->err))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:I,s:s}", "list", to, "persons",
		                                (json_int_t)list.count, "digest",
		                                cli_hex(cli, &m.key.protected.digest)));
	if (form == NULL)
		printf("%s", text);
	else
		printf("%s  (%zu persons)\n%s  (proviso tags publish %s --key OFFICER.key)\n", to,
		       list.count, form, form);
	return 0;
}

const struct command command_tags_deal = {
    .name = "tags deal",
    .place = AT_NEITHER,
    .usage = "--holder PUB... --threshold K -o DIR",
    .summary = "draw the key of subject tags, and share it among holders, K of whom make a tag",
    .help =
        "Writes a share for each holder, sealed to the holder's key, and the form of the record\n"
        "that makes the key known. The key itself is forgotten. Do it once, on a machine that\n"
        "is offline, before the holders' eyes: whoever keeps a copy of the key can try any number.",
    .options =
        (const struct option[]){
            {"holder", "PUB", "who gets a share: the authority, a court, an ombudsman; repeated"},
            {"threshold", "K", "how many of them it takes"},
            {"output", "DIR", "(or -o) where shares and form go"},
            {0}},
    .run = deal,
};
const struct command command_tags_protect = {
    .name = "tags protect",
    .place = AT_HOME,
    .why_home = "of it only the key is wanted, which is not for a service to say (--authority PUB)",
    .usage = "TAGS... -o LIST [--form FILE] [--authority PUB]",
    .summary = "make the list of protected persons from their tags, and the record that names it",
    .help =
        "TAGS are files of proviso tags combine, of inquiries for protected persons. The list is\n"
        "made whole each time. It goes to gates as it is: nobody can read it or try it.",
    .options =
        (const struct option[]){
            {"output", "FILE", "(or -o) the list"},
            {"form", "FILE", "where the record's form goes; otherwise it is printed"},
            {"authority", "PUB", "whose log has the inquiries, when there is no --home"},
            {0}},
    .least = 1,
    .most = -1,
    .run = protect,
};

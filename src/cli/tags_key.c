/* proviso tags protect: the list of protected persons. */
#include "commands.h"

#include "tags/tags.h"

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

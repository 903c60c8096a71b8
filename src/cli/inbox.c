/* proviso inbox: reports of misuse that people left at the service, encrypted for the authority. */
#include "commands.h"

#include "authority/inbox.h"
#include "authority/query.h"

/* What a stranger wrote, as a terminal may show it: no control characters but LF. */
static const char *shown(struct cli *cli, const char *text)
{
	char *out = arena_copy(&cli->arena, text, strlen(text));
	for (char *c = out; *c != 0; c++) {
		bool is_c1 = (uint8_t)*c == 0xC2 && (uint8_t)c[1] >= 0x80 && (uint8_t)c[1] < 0xA0;
		if (is_c1)
			c[0] = c[1] = '?';
		else if (((uint8_t)*c < ' ' && *c != '\n') || *c == 0x7F)
			*c = '?';
	}
	return out;
}

static const char *state_of(const struct inbox_message *m)
{
	return m->is_answered ? "answered" : m->is_read ? "read" : "new";
}

/* --- list ----------------------------------------------------------------------------------- */

static json_t *list_json(struct cli *cli, const struct inbox_message *at, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array,
		                      json_pack("{s:s,s:s,s:s,s:I}", "id", cli_hex(cli, &at[i].id),
		                                "received", cli_time(cli, at[i].received), "state",
		                                state_of(&at[i]), "size", (json_int_t)at[i].size));
	return array;
}

static int list(struct cli *cli)
{
	struct inbox_message *at;
	size_t count;
	const char *home = cli_home(cli);
	if (home == NULL || !inbox_list(&cli->arena, home, &at, &count, &cli->err))
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(list_json(cli, at, count));
	for (size_t i = 0; i < count; i++)
		printf("%s  %s  %-8s  %zu bytes\n", cli_short(cli, &at[i].id),
		       cli_time(cli, at[i].received), state_of(&at[i]), at[i].size);
	if (count == 0)
		puts("nobody has written");
	return 0;
}

/* --- Finding one ------------------------------------------------------------------------------ */

static bool find(struct cli *cli, const char *home, struct hash *id)
{
	struct inbox_message *at;
	size_t count, found = 0;
	const char *prefix = cli->arguments[0];
	if (!inbox_list(&cli->arena, home, &at, &count, &cli->err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (*prefix == 0 || strncmp(cli_hex(cli, &at[i].id), prefix, strlen(prefix)) != 0)
			continue;
		*id = at[i].id;
		found++;
	}
	return found == 1 ||
	       err_refused(&cli->err, found == 0 ? "inbox.no-such-message" : "inbox.ambiguous-id",
	                   "%zu messages have an id that begins with %.80s", found, prefix);
}

/* The message as JSON, an object of texts; without what fills it up. */
static bool open_message(struct cli *cli, const char *home, struct hash *id, json_t **out)
{
	const char *path = cli_option(cli, "key");
	owned_secret_key key = {0};
	struct bytes plain;
	json_error_t why;
	if (!find(cli, home, id) || (path != NULL && !cli_key(cli, path, &key)) ||
	    !inbox_open(&cli->arena, home, path != NULL ? &key : NULL, id, &plain, &cli->err))
		return false;
	*out = json_loadb((const char *)plain.at, plain.len, JSON_REJECT_DUPLICATES, &why);
	if (json_is_object(*out))
		return true;
	json_decref(*out);
	return err_input(&cli->err, "inbox.message", "what was sent is no message: %s", why.text);
}

/* --- open ------------------------------------------------------------------------------------- */

static void print_message(struct cli *cli, json_t *message)
{
	const char *name;
	json_t *value;
	json_object_foreach(message, name, value)
	{
		const char *text = json_string_value(value);
		if (text == NULL || strcmp(name, "padding") == 0)
			continue;
		printf("%s\n", shown(cli, name));
		for (const char *line = shown(cli, text); line != NULL; line = strchr(line, '\n')) {
			line += *line == '\n';
			printf("    %.*s\n", (int)strcspn(line, "\n"), line);
		}
	}
}

static int open_one(struct cli *cli)
{
	struct hash id;
	json_t *message;
	const char *home = cli_home(cli);
	if (home == NULL || !open_message(cli, home, &id, &message))
		return cli_fail(cli);
	json_object_del(message, "padding");
	if (cli->json) {
		json_object_set_new(message, "id", json_string(cli_hex(cli, &id)));
		return cli_print_json(message);
	}
	print_message(cli, message);
	json_decref(message);
	return 0;
}

/* --- answer ----------------------------------------------------------------------------------- */

static int answer(struct cli *cli)
{
	struct hash id;
	struct bytes text = bytes_text(cli->arguments[1]);
	json_t *message;
	const char *home = cli_home(cli);
	if (home == NULL || !open_message(cli, home, &id, &message))
		return cli_fail(cli);
	const char *code = json_string_value(json_object_get(message, "code"));
	bool ok = inbox_answer(&cli->arena, home, &id, code != NULL ? code : "", text, &cli->err);
	json_decref(message);
	if (!ok)
		return cli_fail(cli);
	if (cli->json)
		return cli_print_json(
		    json_pack("{s:s,s:b}", "id", cli_hex(cli, &id), "answered", true));
	printf("%s answered: whoever has its code can read it\n", cli_short(cli, &id));
	return 0;
}

/* --- publish -------------------------------------------------------------------------------- */

/* The key record of the inbox's key; where there was one before, that ends. *is_there: it is so. */
static bool make_record(struct cli *cli, struct authority *a, struct bytes *out, bool *is_there)
{
	struct state state = authority_state(a);
	union record_body body = {
	    .key = {.role = ROLE_INBOX, .holder = a->public.name, .has_public_key = true}};
	struct key_info *keys;
	size_t count;
	if (!inbox_key(a->home, a->public.name, &body.key.public_key, &cli->err) ||
	    !store_begin(a->store, false, &cli->err))
		return false;
	bool ok = query_keys(&state, &cli->arena, &keys, &count, &cli->err);
	store_rollback(a->store);
	struct hash kid = key_id(&body.key.public_key);
	*is_there = false;
	for (size_t i = 0; ok && i < count; i++) {
		if (strcmp(keys[i].role, "inbox") != 0 || keys[i].ended != NULL ||
		    strcmp(keys[i].holder, a->public.name) != 0)
			continue;
		*is_there = hash_equal(&keys[i].kid, &kid);
		body.key.has_replaces = true;
		body.key.replaces = keys[i].record;
	}
	return ok && record_sign(&cli->arena, KIND_KEY, &body, a->public.name, rim_now(),
	                         &a->secret, out, &cli->err);
}

static int publish(struct cli *cli)
{
	struct authority authority;
	struct accepted accepted;
	struct bytes record;
	bool is_there;
	if (!cli_open(cli, &authority, true))
		return cli_fail(cli);
	bool ok = make_record(cli, &authority, &record, &is_there) &&
	          (is_there ||
	           authority_submit(&authority, &record, 1, rim_now(), &accepted, NULL, &cli->err));
	authority_close(&authority);
	if (!ok)
		return cli_fail(cli);
	if (is_there)
		puts("the inbox's key is on the log already");
	else
		printf("%s %llu\n", cli_hex(cli, &accepted.id), (unsigned long long)accepted.index);
	return 0;
}

static const struct option key_options[] = {
    {"key", "FILE", "the inbox's secret key, where it is not HOME/inbox.key"},
    {"passphrase-file", "FILE", "the passphrase of the key"},
    {0}};

const struct command command_inbox_list = {
    .name = "inbox list",
    .place = AT_HOME,
    .why_home = "the inbox opens with the key that is there",
    .usage = "",
    .summary = "reports of misuse that people left at the service",
    .least = 0,
    .most = 0,
    .run = list,
};

const struct command command_inbox_open = {
    .name = "inbox open",
    .place = AT_HOME,
    .why_home = "the inbox opens with the key that is there",
    .usage = "ID [--key FILE]",
    .summary = "read a report that somebody left; who follows it by its code sees that it was read",
    .options = key_options,
    .least = 1,
    .most = 1,
    .run = open_one,
};

const struct command command_inbox_answer = {
    .name = "inbox answer",
    .place = AT_HOME,
    .why_home = "the inbox opens with the key that is there",
    .usage = "ID TEXT [--key FILE]",
    .summary = "answer a report that somebody left; only who has its code can read the answer",
    .options = key_options,
    .least = 2,
    .most = 2,
    .run = answer,
};

const struct command command_inbox_publish = {
    .name = "inbox publish",
    .place = AT_HOME,
    .why_home = "the inbox's key and the authority's, which signs it, are there",
    .usage = "",
    .summary = "put the inbox's key on the log, where browsers and monitors look for it",
    .least = 0,
    .most = 0,
    .run = publish,
};

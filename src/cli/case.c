/* proviso case: a case with the working papers on it, and writing one. */
#include "commands.h"

#include "casework/asked.h"
#include "record/form_json.h"
#include "remote.h"

enum { FILE_MAX = ATTACHMENT_MAX };

/* What is to be written: a paper's kind and value as JSON, or a file. */
struct writing {
	const char *kind; /* NULL: nothing, the case is shown */
	json_t *value;
	struct bytes file;
	const char *file_name;
};

/* --- From the command line -------------------------------------------------------------------- */

static json_t *comment(struct cli *cli)
{
	return json_pack("{s:s}", "text", cli->arguments[2]);
}

static json_t *question(struct cli *cli)
{
	return json_pack("{s:s,s:s*}", "text", cli->arguments[2], "to", cli_option(cli, "to"));
}

static json_t *reply(struct cli *cli)
{
	return json_pack("{s:s,s:s}", "question", cli->arguments[2], "text", cli->arguments[3]);
}

static json_t *assignment(struct cli *cli)
{
	return json_pack("{s:s*,s:s*}", "team", cli_option(cli, "team"), "person",
	                 cli_option(cli, "person"));
}

static json_t *flag(struct cli *cli)
{
	return json_pack("{s:s,s:s}", "flag", cli->arguments[2], "state",
	                 cli_flag(cli, "clear") ? "cleared" : "set");
}

/* How a verb becomes a paper; `attach` and `fetch` are about files. */
static const struct {
	const char *verb, *usage, *kind;
	int arguments; /* after the verb */
	json_t *(*value)(struct cli *);
} verbs[] = {
    {"comment", "TEXT", "comment", 1, comment},
    {"ask", "TEXT [--to end-user]", "question", 1, question},
    {"reply", "QUESTION TEXT", "reply", 2, reply},
    {"assign", "[--team TEAM] [--person OFFICER]", "assignment", 0, assignment},
    {"flag", "FLAG [--clear]", "flag", 1, flag},
    {"attach", "FILE [--question ID]", "attachment", 1, NULL},
    {"fetch", "PAPER -o FILE", NULL, 1, NULL},
};

static bool read_file(struct cli *cli, struct writing *w)
{
	const char *path = cli->arguments[2], *slash = strrchr(path, '/');
	w->file_name = slash != NULL ? slash + 1 : path;
	return file_read(&cli->arena, path, FILE_MAX, &w->file, &cli->err);
}

static bool read_verb(struct cli *cli, struct writing *w)
{
	*w = (struct writing){0};
	if (cli->argument_count < 2)
		return true;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(cli->arguments[1], verbs[i].verb) != 0)
			continue;
		if (cli->argument_count != 2 + verbs[i].arguments)
			return err_usage(&cli->err, "usage: proviso case SUBJECT %s %s",
			                 verbs[i].verb, verbs[i].usage);
		w->kind = verbs[i].kind;
		if (verbs[i].value != NULL)
			w->value = verbs[i].value(cli);
		return w->value != NULL || w->kind == NULL || read_file(cli, w);
	}
	return err_usage(&cli->err, "\"%s\" is nothing that is done on a case (proviso help case)",
	                 cli->arguments[1]);
}

/* --- Printing -----------------------------------------------------------------------------------
 */

static const char *word(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text != NULL ? text : "";
}

static void print_paper(json_t *paper)
{
	json_t *by = json_object_get(paper, "by"), *says = json_object_get(paper, "says"), *value;
	const char *name;
	printf("\n%lld  %s by %s, %s%s%s\n",
	       (long long)json_integer_value(json_object_get(paper, "id")), word(paper, "kind"),
	       word(by, "holder"), word(paper, "at"),
	       json_object_get(paper, "shared-with") != NULL ? ", shared with the " : "",
	       word(paper, "shared-with"));
	json_object_foreach(says, name, value)
	{
		char *text = json_is_string(value)
		                 ? NULL
		                 : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		printf("  %s: %s\n", name, text != NULL ? text : json_string_value(value));
		free(text);
	}
}

static void print_texts(const char *what, json_t *texts)
{
	json_t *text;
	size_t i;
	json_array_foreach(texts, i, text) printf("%-12s %s\n", what, json_string_value(text));
}

static void print_case(json_t *answer)
{
	json_t *c = json_object_get(answer, "case"), *clock = json_object_get(c, "clock"),
	       *route = json_object_get(c, "route"), *paper;
	size_t i;
	if (!json_is_null(c)) {
		printf("%s %.8s, %s\n%s\nopened       %s\nheld by      %s\n", word(c, "kind"),
		       word(c, "subject"), word(c, "stage"), word(c, "title"), word(c, "opened"),
		       word(c, "held-by"));
		if (json_is_object(clock))
			printf("clock        %lld of %lld working days gone%s%s\n",
			       (long long)json_integer_value(json_object_get(clock, "used")),
			       (long long)json_integer_value(json_object_get(clock, "days")),
			       json_is_true(json_object_get(clock, "stopped")) ? "; it stands still"
			                                                       : ", due ",
			       word(clock, "due"));
		if (*word(c, "person") != 0)
			printf("given to     %s\n", word(c, "person"));
		print_texts("flag", json_object_get(route, "flags"));
		print_texts("routed by", json_object_get(route, "because"));
		print_texts("not heard", json_object_get(c, "advice-missing"));
		print_texts("not answered", json_object_get(c, "checklists-missing"));
	}
	json_array_foreach(json_object_get(answer, "papers"), i, paper) print_paper(paper);
}

static int give(struct cli *cli, json_t *answer, const struct writing *w)
{
	if (cli->json)
		return cli_print_json(answer);
	if (w->kind == NULL)
		print_case(answer);
	else
		printf("%lld %s\n", (long long)json_integer_value(json_object_get(answer, "id")),
		       word(answer, "kind"));
	json_decref(answer);
	return 0;
}

static bool write_fetched(struct cli *cli, struct bytes file)
{
	const char *output = cli_required(cli, "output");
	return output != NULL && file_write(output, file, 0600, &cli->err);
}

static bool is_fetch(struct cli *cli, const struct writing *w)
{
	return cli->argument_count > 1 && w->kind == NULL;
}

/* --- In a home
 * ------------------------------------------------------------------------------------ */

/* By --key; without one, who has the home looks at what the office sees, and writes nothing. */
static bool who_asks(struct cli *cli, struct authority *a, bool writes, struct person *out)
{
	const char *path = cli_option(cli, "key");
	struct secret_key key;
	struct key_info info;
	struct state state = authority_state(a);
	*out = (struct person){ROLE_AUTHORITY, "the keeper"};
	if (path == NULL)
		return !writes || err_usage(&cli->err, "who writes it? (give --key FILE)");
	if (!cli_key(cli, path, &key))
		return false;
	struct hash kid = key_id(&key.public);
	key_wipe(&key);
	if (!query_key(&state, &cli->arena, &kid, &info, &cli->err))
		return false;
	if (info.ended != NULL)
		return err_refused(&cli->err, "signature.key-ended", "the key of %s has ended",
		                   info.holder);
	*out = person_of(&info);
	return true;
}

/* A file's digest and size are told, not said. */
static json_t *value_of(struct cli *cli, const struct writing *w)
{
	struct hash digest = sha256(w->file);
	if (w->value != NULL)
		return json_incref(w->value);
	return json_pack("{s:s,s:s,s:s,s:I,s:s*}", "name", w->file_name, "media-type",
	                 "application/octet-stream", "digest", cli_hex(cli, &digest), "size",
	                 (json_int_t)w->file.len, "question", cli_option(cli, "question"));
}

static bool write_paper(struct cli *cli, struct asked_case *c, const struct writing *w,
                        json_t **out)
{
	struct paper paper = {0};
	struct form_node *root;
	json_t *value = value_of(cli, w);
	bool ok = paper_kind_by_name(w->kind, &paper.kind) &&
	          form_of_json(&cli->arena, value, &root, &cli->err) &&
	          paper_fill(&cli->arena, paper.kind, root, &paper.value, &cli->err) &&
	          asked_write(c, &paper, w->file, &cli->err);
	json_decref(value);
	if (ok)
		*out = paper_json(&cli->arena, &paper);
	return ok;
}

static bool fetch_here(struct cli *cli, struct asked_case *c)
{
	const struct paper *paper;
	struct bytes file;
	uint64_t id;
	if (!decimal_parse(bytes_text(cli->arguments[2]), &id))
		return err_usage(&cli->err, "a paper goes by its number");
	return asked_attachment(c, id, &paper, &file, &cli->err) && write_fetched(cli, file);
}

static bool in_home(struct cli *cli, const struct writing *w, json_t **out)
{
	struct authority a;
	struct asked_case c;
	struct person who;
	if (!cli_open(cli, &a, false))
		return false;
	struct papers *papers = papers_open(a.home, w->kind != NULL, &cli->err);
	bool ok =
	    papers != NULL && store_begin(a.store, false, &cli->err) &&
	    who_asks(cli, &a, w->kind != NULL, &who) &&
	    asked_open(&c, &a, papers, &cli->arena, &who, cli->arguments[0], rim_now(), &cli->err);
	if (ok && is_fetch(cli, w))
		ok = fetch_here(cli, &c);
	else if (ok && w->kind != NULL)
		ok = write_paper(cli, &c, w, out);
	else if (ok)
		*out = json_pack("{s:o,s:o}", "case", c.is_new ? json_null() : asked_json(&c),
		                 "papers", asked_papers(&c, PAPERS_ANY, 0));
	store_rollback(a.store);
	papers_close(papers);
	authority_close(&a);
	return ok;
}

/* --- By a service
 * ----------------------------------------------------------------------------------- */

static bool get(struct cli *cli, const char *path, json_t **out)
{
	struct remote r = {
	    .path = path, .accept = "application/json", .limit = REMOTE_MAX, .is_signed = true};
	if (!cli_remote(cli, &r))
		return false;
	*out = json_loadb((const char *)r.answer.at, r.answer.len, 0, NULL);
	return *out != NULL ||
	       err_input(&cli->err, "url.answer", "%s: the answer is no JSON", path);
}

static bool post(struct cli *cli, const char *path, const char *type, struct bytes body,
                 json_t **out)
{
	struct hash digest = sha256(body);
	struct remote r = {.path = arena_printf(&cli->arena, "%s%cdigest=%s", path,
	                                        strchr(path, '?') != NULL ? '&' : '?',
	                                        cli_hex(cli, &digest)),
	                   .method = "POST",
	                   .content_type = type,
	                   .body = body,
	                   .limit = REMOTE_MAX,
	                   .is_signed = true};
	if (!cli_remote(cli, &r))
		return false;
	*out = json_loadb((const char *)r.answer.at, r.answer.len, 0, NULL);
	return *out != NULL ||
	       err_input(&cli->err, "url.answer", "%s: the answer is no JSON", path);
}

/* All papers, page by page. */
static bool get_papers(struct cli *cli, const char *base, json_t **out)
{
	const char *next = "0";
	*out = json_array();
	while (next != NULL) {
		json_t *page;
		if (!get(cli,
		         arena_printf(&cli->arena, "%s/papers?limit=1000&after=%s", base, next),
		         &page))
			return false;
		json_array_extend(*out, json_object_get(page, "items"));
		next = json_string_value(json_object_get(page, "next"));
		next = next != NULL ? arena_copy(&cli->arena, next, strlen(next)) : NULL;
		json_decref(page);
	}
	return true;
}

static bool show_there(struct cli *cli, const char *base, json_t **out)
{
	json_t *c = NULL, *papers = NULL;
	bool is_new = strcmp(cli->arguments[0], "new") == 0;
	bool ok = (is_new || get(cli, base, &c)) && get_papers(cli, base, &papers);
	*out = json_pack("{s:o,s:o}", "case", c != NULL ? c : json_null(), "papers",
	                 papers != NULL ? papers : json_array());
	return ok;
}

static bool post_there(struct cli *cli, const char *base, const struct writing *w, json_t **out)
{
	const char *question = cli_option(cli, "question");
	if (w->value == NULL)
		return post(cli,
		            arena_printf(&cli->arena, "%s/attachments?name=%s%s%s", base,
		                         cli_escaped(cli, w->file_name),
		                         question != NULL ? "&question=" : "",
		                         question != NULL ? cli_escaped(cli, question) : ""),
		            "application/octet-stream", w->file, out);
	char *text = json_dumps(w->value, JSON_COMPACT);
	bool ok = post(cli, arena_printf(&cli->arena, "%s/papers/%s", base, w->kind),
	               "application/json", bytes_text(text), out);
	free(text);
	return ok;
}

static bool fetch_there(struct cli *cli, const char *base)
{
	struct remote r = {.path = arena_printf(&cli->arena, "%s/attachments/%s", base,
	                                        cli_escaped(cli, cli->arguments[2])),
	                   .limit = REMOTE_MAX,
	                   .is_signed = true};
	return cli_remote(cli, &r) && write_fetched(cli, r.answer);
}

static bool there(struct cli *cli, const struct writing *w, json_t **out)
{
	const char *base =
	    arena_printf(&cli->arena, "/v1/cases/%s", cli_escaped(cli, cli->arguments[0]));
	if (is_fetch(cli, w))
		return fetch_there(cli, base);
	return w->kind != NULL ? post_there(cli, base, w, out) : show_there(cli, base, out);
}

/* --- The command
 * -------------------------------------------------------------------------------------- */

static int run(struct cli *cli)
{
	struct writing w;
	json_t *answer = NULL;
	if (!read_verb(cli, &w))
		return cli_fail(cli);
	bool ok = cli_url(cli) != NULL ? there(cli, &w, &answer) : in_home(cli, &w, &answer);
	json_decref(w.value);
	if (ok && answer != NULL)
		return give(cli, answer, &w);
	json_decref(answer);
	return ok ? 0 : cli_fail(cli);
}

const struct command command_case = {
    .name = "case",
    .usage = "SUBJECT [comment|ask|reply|assign|flag|attach|fetch ...]",
    .summary = "a case with the working papers on it; or write one",
    .help =
        "SUBJECT is the beginning of the id of an application, a report, a measure or another "
        "record.\n\n"
        "  comment TEXT                      for the office alone\n"
        "  ask TEXT [--to end-user]          a question to the exporter; the clock stands still\n"
        "  reply QUESTION TEXT               QUESTION is the paper's number\n"
        "  assign [--team T] [--person P]    who has it from now on\n"
        "  flag FLAG [--clear]\n"
        "  attach FILE [--question ID]       a file of at most 16 MiB\n"
        "  fetch PAPER -o FILE               an attachment\n\n"
        "--key says who writes. Papers are confidential and never changed; what must be answered "
        "for is a\n"
        "record instead: proviso advise, decide, clear, find.",
    .options =
        (const struct option[]){
            {"key", "FILE", "who asks or writes"},
            {"passphrase-file", "FILE", "the passphrase of the key"},
            {"to", "WHOM", "of a question: exporter (if not given) or end-user"},
            {"team", "TEAM", "of an assignment"},
            {"person", "OFFICER", "of an assignment"},
            {"question", "ID", "the question that a file goes with"},
            {"clear", NULL, "the flag is taken away"},
            {"output", "FILE", "(or -o) where a fetched file is written"},
            {0}},
    .least = 1,
    .most = 4,
    .run = run,
};

/* The command `proviso`: the table of commands, options, help. */
#include "cli.h"

#include <stdarg.h>
#include <unistd.h>

#include "commands.h"
#include "gather/gather.h"

const struct command *const commands[] = {
    &command_keygen,
    &command_init,
    &command_template,
    &command_define,
    &command_declare,
    &command_apply,
    &command_advise,
    &command_decide,
    &command_licence,
    &command_surrender,
    &command_enrol,
    &command_report,
    &command_find,
    &command_measure,
    &command_approve,
    &command_lift,
    &command_clear,
    &command_key,
    &command_submit,
    &command_show,
    &command_document,
    &command_disclose,
    &command_erase,
    &command_status,
    &command_explain,
    &command_work,
    &command_case,
    &command_scope_show,
    &command_scope_meet,
    &command_scope_includes,
    &command_scope_allows,
    &command_system_init,
    &command_system_arm,
    &command_system_renew,
    &command_system_status,
    &command_lease_grant,
    &command_use,
    &command_screen,
    &command_match,
    &command_lists_add,
    &command_lists_update,
    &command_lists_show,
    &command_lists_diff,
    &command_log_checkpoint,
    &command_log_prove,
    &command_log_verify,
    &command_log_consistency,
    &command_log_cosign,
    &command_log_begin,
    &command_log_officers,
    &command_tags_plan,
    &command_tags_deal,
    &command_tags_board,
    &command_tags_conclude,
    &command_tags_publish,
    &command_tags_request,
    &command_tags_grant,
    &command_tags_evaluate,
    &command_tags_combine,
    &command_tags_protect,
    &command_tags_install,
    &command_tags_serve,
    &command_tags_admit,
    &command_audit,
    &command_audit_uses,
    &command_audit_subject,
    &command_monitor,
    &command_replay,
    &command_restore,
    &command_doctor,
    &command_witness,
    &command_inbox_list,
    &command_inbox_open,
    &command_inbox_answer,
    &command_inbox_publish,
    NULL,
};

static const struct option common[] = {
    {"home", "DIR", "the authority's directory (or PROVISO_HOME)"},
    {"url", "URL", "a provisod, instead of a directory (or PROVISO_URL)"},
    {"json", NULL, "output for machines"},
    {"help", NULL, "this help"},
    {0},
};

static void print_options(const struct option *o)
{
	for (; o->name != NULL; o++) {
		char left[64];
		snprintf(left, sizeof left, "--%s %s", o->name, o->value != NULL ? o->value : "");
		printf("  %-26s %s\n", left, o->help);
	}
}

/* Those of `common` that the command has an ear for. */
static void print_common(const struct command *c)
{
	const struct option *home = &common[0], *url = &common[1];
	for (const struct option *o = common; o->name != NULL; o++)
		if ((o != home || c->place != AT_NEITHER) &&
		    (o != url || c->place == AT_HOME_OR_URL))
			print_options((const struct option[]){*o, {0}});
	if (c->place == AT_HOME)
		printf("\nIt works on the authority's directory itself: there is no --url for it, "
		       "as\n%s.\n",
		       c->why_home);
}

static int help_command(const struct command *c)
{
	printf("usage: proviso %s %s\n\n%s\n", c->name, c->usage, c->summary);
	if (c->help != NULL)
		printf("\n%s\n", c->help);
	puts("\noptions:");
	if (c->options != NULL)
		print_options(c->options);
	print_common(c);
	return 0;
}

static int help_all(FILE *out)
{
	fputs("usage: proviso COMMAND [ARGUMENT]... [--OPTION [VALUE]]...\n\n", out);
	for (const struct command *const *c = commands; *c != NULL; c++)
		fprintf(out, "  %-17s %s\n", (*c)->name, (*c)->summary);
	fputs("\nproviso help COMMAND says more. Exit status: 0 done or yes, 1 the answer is no,\n"
	      "2 wrong usage, 3 bad input, 4 the environment failed.\n",
	      out);
	return 0;
}

/* The command whose words begin argv; *words gets how many they are. */
static const struct command *find_command(int argc, char **argv, int *words)
{
	for (int want = 2; want >= 1; want--) {
		if (argc < want)
			continue;
		char name[128];
		snprintf(name, sizeof name, want == 2 ? "%s %s" : "%s", argv[0],
		         want == 2 ? argv[1] : "");
		for (const struct command *const *c = commands; *c != NULL; c++) {
			if (strcmp((*c)->name, name) == 0) {
				*words = want;
				return *c;
			}
		}
	}
	return NULL;
}

/* Two-word commands that begin with `word`, for `proviso log --help` and its errors. */
static bool list_group(const char *word, FILE *out)
{
	bool any = false;
	size_t len = strlen(word);
	for (const struct command *const *c = commands; *c != NULL; c++) {
		if (strncmp((*c)->name, word, len) != 0 || (*c)->name[len] != ' ')
			continue;
		fprintf(out, "  proviso %s %s\n      %s\n", (*c)->name, (*c)->usage, (*c)->summary);
		any = true;
	}
	return any;
}

static const struct option *find_option(const struct command *c, const char *name, size_t len)
{
	const struct option *tables[] = {c->options, common};
	for (size_t t = 0; t < 2; t++)
		for (const struct option *o = tables[t]; o != NULL && o->name != NULL; o++)
			if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
				return o;
	return NULL;
}

/* Sorts argv into options given and positional arguments. False: usage error in cli->err. */
static bool parse(struct cli *cli, int argc, char **argv)
{
	cli->arguments = arena_array(&cli->arena, (size_t)argc + 1, sizeof *cli->arguments);
	for (int i = 0; i < argc; i++) {
		const char *word = argv[i];
		if (strcmp(word, "--") == 0) {
			while (++i < argc)
				cli->arguments[cli->argument_count++] = argv[i];
			break;
		}
		if (strcmp(word, "-o") == 0)
			word = "--output";
		if (strncmp(word, "--", 2) != 0) {
			cli->arguments[cli->argument_count++] = argv[i];
			continue;
		}
		const char *name = word + 2, *equals = strchr(name, '=');
		size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
		const struct option *option = find_option(cli->command, name, len);
		if (option == NULL)
			return err_usage(&cli->err, "unknown option --%.*s (see proviso help %s)",
			                 (int)len, name, cli->command->name);
		if (option->value == NULL && equals != NULL)
			return err_usage(&cli->err, "--%s takes no value", option->name);
		const char *value = "";
		if (option->value != NULL) {
			if (equals == NULL && i + 1 == argc)
				return err_usage(&cli->err, "--%s needs %s", option->name,
				                 option->value);
			value = equals != NULL ? equals + 1 : argv[++i];
		}
		if (cli->given_count == CLI_GIVEN)
			return err_usage(&cli->err, "more than %d options", CLI_GIVEN);
		cli->given[cli->given_count].option = option;
		cli->given[cli->given_count++].value = value;
	}
	return true;
}

/* A service that is named and not asked would be taken for the one that answered. */
static bool check_place(struct cli *cli)
{
	const struct command *c = cli->command;
	if (c->place == AT_HOME_OR_URL || cli_option(cli, "url") == NULL)
		return true;
	return c->place == AT_HOME
	           ? err_usage(&cli->err,
	                       "it works on the authority's directory itself, as %s (give "
	                       "--home DIR, not --url)",
	                       c->why_home)
	           : err_usage(&cli->err,
	                       "it asks no service: there is no --url for it (see proviso help %s)",
	                       c->name);
}

static int run(struct cli *cli, int argc, char **argv)
{
	if (!parse(cli, argc, argv))
		return cli_fail(cli);
	const struct command *c = cli->command;
	if (cli_flag(cli, "help"))
		return help_command(c);
	cli->json = cli_flag(cli, "json");
	if (!check_place(cli))
		return cli_fail(cli);
	if (cli->argument_count < c->least || (c->most >= 0 && cli->argument_count > c->most))
		return cli_usage_error(cli, "usage: proviso %s %s", c->name, c->usage);
	if (!key_library_start(&cli->err))
		return cli_fail(cli);
	int status = c->run(cli);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		err_errno(&cli->err, "cannot write to standard output");
		return cli_fail(cli);
	}
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		help_all(stderr);
		return ERR_USAGE;
	}
	argc--, argv++;
	bool asked_help = strcmp(argv[0], "help") == 0;
	if (asked_help || strcmp(argv[0], "--help") == 0) {
		argc--, argv++;
		if (argc == 0)
			return help_all(stdout);
	}
	if (strcmp(argv[0], "--version") == 0) {
		puts("proviso " PROVISO_VERSION);
		return 0;
	}
	int words = 0;
	const struct command *command = find_command(argc, argv, &words);
	if (command == NULL) {
		bool help = asked_help || (argc > 1 && strcmp(argv[1], "--help") == 0);
		if (list_group(argv[0], help ? stdout : stderr))
			return help ? 0 : ERR_USAGE;
		fprintf(stderr, "proviso: no such command: %s (proviso help lists them)\n",
		        argv[0]);
		return ERR_USAGE;
	}
	if (asked_help)
		return help_command(command);
	struct cli cli = {.command = command};
	int status = run(&cli, argc - words, argv + words);
	gatherer_free(cli.gatherer);
	arena_free(&cli.arena);
	return status;
}

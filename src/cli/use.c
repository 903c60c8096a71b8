/* proviso use: the gate is asked for one use. */
#include "commands.h"

#include "base/instant.h"
#include "system.h"

static bool read_use(struct cli *cli, struct proviso_use_text *use, const int64_t **at,
                     int64_t *room)
{
	const char *time = cli_option(cli, "at");
	if ((use->capability = cli_required(cli, "capability")) == NULL ||
	    (use->purpose = cli_required(cli, "purpose")) == NULL ||
	    (use->territory = cli_required(cli, "territory")) == NULL ||
	    (use->subject = cli_required(cli, "subject")) == NULL)
		return false;
	const char **with;
	use->warrant = cli_option(cli, "warrant");
	use->with_count = cli_values(cli, "with", &with);
	use->with = with;
	*at = NULL;
	if (time == NULL)
		return true;
	if (!cli_flag(cli, "dry-run"))
		return err_usage(&cli->err, "--at goes with --dry-run: a real use happens now");
	if (!instant_parse(bytes_text(time), room))
		return err_input(&cli->err, "scope.instant",
		                 "--at: \"%s\" is not like 2026-01-01T00:00:00Z", time);
	*at = room;
	return true;
}

static int use(struct cli *cli)
{
	struct proviso_use_text text = {0};
	struct proviso_answer answer = {0};
	struct proviso_error error = {0};
	const int64_t *at;
	int64_t room;
	int exit_status;
	if (!read_use(cli, &text, &at, &room))
		return cli_fail(cli);
	bool dry = cli_flag(cli, "dry-run");
	struct proviso_gate *gate = cli_gate_open(cli, dry, &exit_status);
	if (gate == NULL)
		return exit_status;
	bool yes = dry ? proviso_gate_ask_text(gate, &text, at, &answer, &error)
	               : proviso_gate_decide_text(gate, &text, &answer, &error);
	if (error.kind != PROVISO_OK)
		return cli_gate_close(cli, gate, cli_gate_failed(cli, &error));
	const char *code = proviso_code_name(answer.code);
	if (cli->json)
		cli_print_json(json_pack("{s:b,s:s,s:s,s:s,s:b}", "allowed", yes, "code", code,
		                         "why", answer.words, "time", cli_time(cli, answer.time),
		                         "recorded", answer.position != 0));
	else if (yes)
		printf("allowed%s\n",
		       dry ? " (dry run: not recorded, and nothing may be done)" : "");
	else
		printf("refused: %s: %s\n", code, answer.words);
	return cli_gate_close(cli, gate, yes ? 0 : 1);
}

const struct command command_use = {
    .name = "use",
    .place = AT_NEITHER,
    .usage = "--system DIR --capability C --purpose P --territory T --subject S [--warrant W] "
             "[--with OBLIGATION]...",
    .summary = "ask the gate for one use; it is recorded; exit 0 or 1",
    .help = "With --dry-run nothing is recorded and nothing is allowed; only there can --at set "
            "the time.",
    .options =
        (const struct option[]){
            {"system", "DIR", "the system's directory, or a proviso-gated's socket"},
            {"capability", "LABEL", "what it would do, as capture.content"},
            {"purpose", "LABEL", "what for: terrorism, or the declared offence"},
            {"territory", "CODE", "where, as XR"},
            {"subject", "SELECTOR", "on whom: tel:+..., mailto:..., imsi:..., ip:..."},
            {"warrant", "TEXT", "the legal basis; kept as a digest"},
            {"with", "OBLIGATION", "an obligation that is met; may be repeated"},
            {"dry-run", NULL, "ask only"},
            {"at", "TIME", "with --dry-run: as if it were then"},
            {0}},
    .run = use,
};

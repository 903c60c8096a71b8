/* proviso audit uses: whether a system was used against a subject, by its own use log. */
#include "commands.h"

#include "system.h"

struct targeted {
	struct cli *cli;
	uint8_t tag[PROVISO_TAG_SIZE];
	uint64_t allowed, refused;
	json_t *array;
};

static bool each_targeted(void *ctx, const struct proviso_entry *entry)
{
	struct targeted *t = ctx;
	struct cli *cli = t->cli;
	if (entry->kind != PROVISO_ENTRY_USE || memcmp(entry->tag, t->tag, sizeof t->tag) != 0)
		return true;
	bool allowed = entry->code == PROVISO_ALLOWED;
	const char *time = cli_time(cli, entry->time != 0 ? entry->time : entry->wall);
	*(allowed ? &t->allowed : &t->refused) += 1;
	if (t->array != NULL)
		json_array_append_new(t->array,
		                      json_pack("{s:I,s:s,s:s,s:s,s:s,s:s}", "position",
		                                (json_int_t)entry->position, "time", time, "code",
		                                proviso_code_name(entry->code), "capability",
		                                entry->capability, "purpose", entry->purpose,
		                                "territory", entry->territory));
	else
		printf("%s  %-18s %s for %s in %s\n", time, proviso_code_name(entry->code),
		       entry->capability, entry->purpose, entry->territory);
	return true;
}

static int audit_uses(struct cli *cli)
{
	const char *dir = cli_required(cli, "system"),
	           *key = dir == NULL ? NULL : cli_required(cli, "key");
	const char *subject = key == NULL ? NULL : cli_required(cli, "subject"), *passphrase = NULL;
	struct bytes text;
	if (subject == NULL || !file_read(&cli->arena, key, KEY_FILE_MAX, &text, &cli->err) ||
	    (key_file_is_sealed(text) && !cli_passphrase(cli, key, false, &passphrase)))
		return cli_fail(cli);
	struct proviso_enrolment enrolment;
	struct proviso_audit_key audit_key;
	struct proviso_error error = {0};
	struct targeted t = {.cli = cli, .array = cli->json ? json_array() : NULL};
	struct proviso_use_log_summary summary;
	bool ok = proviso_system_enrolment(dir, &enrolment, &error) &&
	          proviso_audit_key_open(enrolment.audit_key, enrolment.audit_key_size, key,
	                                 passphrase, &audit_key, &error);
	if (ok) {
		ok = proviso_audit_subject_tag(&audit_key, subject, t.tag, &error) &&
		     proviso_use_log_read(cli_use_log(cli), each_targeted, &t, &summary, &error);
		proviso_audit_key_wipe(&audit_key);
	}
	if (!ok) {
		json_decref(t.array);
		return cli_gate_failed(cli, &error);
	}
	if (cli->json)
		cli_print_json(json_pack("{s:s,s:I,s:I,s:I,s:o}", "subject", subject, "allowed",
		                         (json_int_t)t.allowed, "refused", (json_int_t)t.refused,
		                         "entries", (json_int_t)summary.entries, "uses", t.array));
	else
		printf("%s: %llu uses allowed and %llu refused, of %llu in this system's use log\n",
		       subject, (unsigned long long)t.allowed, (unsigned long long)t.refused,
		       (unsigned long long)(summary.allowed + summary.refused));
	return t.allowed + t.refused > 0 ? 0 : 1;
}

const struct command command_audit_uses = {
    .name = "audit uses",
    .place = AT_NEITHER,
    .usage = "--system DIR --key FILE --subject SELECTOR",
    .summary = "was this subject targeted by that system? exit 0 yes, 1 no (auditor)",
    .options = (const struct option[]){{"system", "DIR", "the system's directory, or a copy of it"},
                                       {"key", "FILE", "the auditor's secret key"},
                                       {"subject", "SELECTOR",
                                        "who: tel:+..., mailto:..., imsi:..., ip:..."},
                                       {"passphrase-file", "FILE", "the passphrase of the key"},
                                       {0}},
    .run = audit_uses,
};

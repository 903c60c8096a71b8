/* commands: the commands that main.c lists, each in the file named after it. */
#ifndef PROVISO_CLI_COMMANDS_H
#define PROVISO_CLI_COMMANDS_H

#include "cli.h"

extern const struct command command_keygen, command_init, command_template;

/* One mechanism for every kind a person signs: sign.c. */
extern const struct command command_define, command_declare, command_apply, command_advise,
    command_decide, command_licence, command_surrender, command_enrol, command_report, command_find,
    command_measure, command_approve, command_lift, command_clear, command_key;

extern const struct command command_disclose, command_erase;
extern const struct command command_document;
extern const struct command command_submit, command_show, command_status, command_explain;
extern const struct command command_scope_show, command_scope_meet, command_scope_includes,
    command_scope_allows;
extern const struct command command_system_init, command_system_arm, command_system_renew,
    command_system_status, command_lease_grant, command_use;
extern const struct command command_screen, command_match;
extern const struct command command_lists_add, command_lists_update, command_lists_show,
    command_lists_diff;
extern const struct command command_log_checkpoint, command_log_prove, command_log_verify,
    command_log_consistency, command_log_cosign, command_log_begin, command_log_officers;
extern const struct command command_audit, command_audit_uses, command_replay, command_monitor,
    command_restore, command_doctor;
extern const struct command command_tags_plan, command_tags_deal, command_tags_board,
    command_tags_conclude, command_tags_publish, command_tags_request, command_tags_grant,
    command_tags_evaluate, command_tags_combine, command_tags_protect, command_tags_install,
    command_tags_serve, command_tags_admit, command_audit_subject;
extern const struct command command_witness;
extern const struct command command_inbox_list, command_inbox_open, command_inbox_answer,
    command_inbox_publish;
extern const struct command command_work, command_case;

#endif

/* system: what the commands on a system's own side share, through the public header alone. */
#ifndef PROVISO_CLI_SYSTEM_H
#define PROVISO_CLI_SYSTEM_H

#include <proviso/gate.h>

#include "cli.h"

/* A gate's error becomes the command's; its exit status. */
int cli_gate_failed(struct cli *, const struct proviso_error *);
void cli_gate_error(struct cli *, const struct proviso_error *);

/* Opens the gate of --system; NULL after printing why not, with *status. */
struct proviso_gate *cli_gate_open(struct cli *, bool read_only, int *status);
/* Closing makes the use log durable, which can fail, and then the command has failed. */
int cli_gate_close(struct cli *, struct proviso_gate *, int status);

/* The folder of its use log. */
const char *cli_use_log(struct cli *);

#endif

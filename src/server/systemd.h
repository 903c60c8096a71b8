/* systemd: its two small protocols, which are a datagram and a number in the environment. */
#ifndef PROVISO_SERVER_SYSTEMD_H
#define PROVISO_SERVER_SYSTEMD_H

#include <stdbool.h>

/* Tells NOTIFY_SOCKET, where there is one: "READY=1", "STOPPING=1" (sd_notify(3)). */
void systemd_notify(const char *state);

/* Opens the socket to tell by before rights are given up; no effect without NOTIFY_SOCKET. */
void systemd_begin(void);

/* The socket that was passed (sd_listen_fds(3)); 0: none. */
int systemd_socket(void);

#endif

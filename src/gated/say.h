/*
 * say: what the daemon tells whoever runs it: lines on standard error, and systemd.
 */
#ifndef PROVISO_GATED_SAY_H
#define PROVISO_GATED_SAY_H

/* Numbers of syslog(3), which systemd takes from the beginning of a line. */
enum say_level { SAY_ERROR = 3, SAY_WARNING = 4, SAY_NOTICE = 5, SAY_INFO = 6 };

/* Under systemd a line begins with its level; else with the program's name. */
void say(enum say_level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Connects to NOTIFY_SOCKET where there is one (sd_notify(3)); before connections are given up. */
void say_start(void);
void say_ready(const char *status);
void say_status(const char *status);
void say_stopping(void);

#endif

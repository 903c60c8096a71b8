/*
 * proviso-gated: a gate beside a product. It holds the device's key, the leases and the use
 * log in a process and user of its own, answers the product over a socket, and renews.
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/file.h"
#include "base/key.h"
#include "confine/confine.h"
#include "renewer.h"
#include "say.h"
#include "server.h"

enum { MODE = 0660, POLICY_BYTES_MAX = 65536 };

struct settings {
	const char *system, *socket, *user, *ca_file, *policy;
	mode_t mode;
	gid_t group;
	struct server server;
	struct transport_options authorities[PROVISO_AUTHORITIES_MAX];
	size_t authority_count;
};

struct daemon {
	struct settings settings;
	struct renewer renewers[PROVISO_AUTHORITIES_MAX];
	size_t renewer_count;
	pthread_t signals;
};

/* --- Settings --------------------------------------------------------------------------------- */

static void usage(FILE *out)
{
	fputs(
	    "usage: proviso-gated --system DIR --socket PATH [--url URL | --command CMD]...\n\n"
	    "  --system DIR      the system's directory, made by proviso system init\n"
	    "  --socket PATH     where it answers gates\n"
	    "  --policy FILE     a tlog-policy: the witnesses without whom no lease counts\n"
	    "  --mode MODE       of the socket, octal (0660)\n"
	    "  --group NAME      of the socket: whose members may connect\n"
	    "  --allow USER      only this user may ask, root and the daemon's own beside; "
	    "repeatable\n"
	    "  --user NAME       started as root: become this user\n"
	    "  --url URL         renew at this provisod; once for each authority of the system\n"
	    "  --ca FILE         its certificate authority, for https\n"
	    "  --command CMD     or renew by a command: request on its input, reply on its output\n"
	    "  --seconds N       an exchange with an authority may take (20)\n"
	    "  --clients N       at once (256)\n"
	    "  --idle SECONDS    a silent client is cut after (300)\n\n"
	    "SIGHUP renews now. SIGTERM and SIGINT stop it.\n"
	    "exit: 0 stopped, 1 refused (another has the system open), 2 usage, 3 bad input,\n"
	    "4 the environment failed\n",
	    out);
}

static bool parse_number(const char *text, const char *what, int base, unsigned long most,
                         unsigned long *out, struct err *e)
{
	char *end;
	errno = 0;
	*out = strtoul(text, &end, base);
	return (errno == 0 && *text >= '0' && *text <= '9' && *end == 0 && *out > 0 &&
	        *out <= most) ||
	       err_usage(e, "%s is a number of 1 to %lu, not \"%s\"", what, most, text);
}

static bool parse_user(const char *text, struct server *s, struct err *e)
{
	struct passwd *user = getpwnam(text);
	char *end;
	uid_t id = user != NULL ? user->pw_uid : (uid_t)strtoul(text, &end, 10);
	if (user == NULL && (*text < '0' || *text > '9' || *end != 0))
		return err_usage(e, "there is no user \"%s\"", text);
	if (s->user_count == SERVER_USERS)
		return err_usage(e, "at most %d users", SERVER_USERS);
	s->users[s->user_count++] = id;
	return true;
}

static bool parse_group(const char *text, gid_t *out, struct err *e)
{
	struct group *group = getgrnam(text);
	if (group == NULL)
		return err_usage(e, "there is no group \"%s\"", text);
	*out = group->gr_gid;
	return true;
}

static bool add_authority(struct settings *s, const char *url, const char *command, struct err *e)
{
	if (s->authority_count == PROVISO_AUTHORITIES_MAX)
		return err_usage(e, "at most %d authorities", PROVISO_AUTHORITIES_MAX);
	if (url != NULL && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return err_usage(e, "--url begins with http:// or https://, not \"%s\"", url);
	if (url != NULL && strlen(url) > 1000)
		return err_usage(e, "--url is too long");
	s->authorities[s->authority_count++] =
	    (struct transport_options){.url = url, .command = command};
	return true;
}

static bool parse_one(struct settings *s, int option, char *value, unsigned *seconds, struct err *e)
{
	unsigned long number = 0;
	switch (option) {
	case 's':
		s->system = value;
		return true;
	case 'p':
		s->socket = value;
		return true;
	case 'u':
		s->user = value;
		return true;
	case 'w':
		s->policy = value;
		return true;
	case 'f':
		s->ca_file = value;
		return true;
	case 'g':
		return parse_group(value, &s->group, e);
	case 'a':
		return parse_user(value, &s->server, e);
	case 'l':
		return add_authority(s, value, NULL, e);
	case 'c':
		return add_authority(s, NULL, value, e);
	case 'm':
		if (!parse_number(value, "--mode", 8, 0777, &number, e))
			return false;
		s->mode = (mode_t)number;
		return true;
	case 't':
		if (!parse_number(value, "--seconds", 10, 50, &number, e))
			return false;
		*seconds = (unsigned)number;
		return true;
	case 'n':
		if (!parse_number(value, "--clients", 10, SERVER_CLIENTS_MAX, &number, e))
			return false;
		s->server.clients = (unsigned)number;
		return true;
	case 'i':
		if (!parse_number(value, "--idle", 10, 86400, &number, e))
			return false;
		s->server.idle_seconds = (unsigned)number;
		return true;
	default:
		return err_usage(e, "proviso-gated --help lists the options");
	}
}

static bool parse(int argc, char **argv, struct settings *s, struct err *e)
{
	static const struct option names[] = {
	    {"system", 1, NULL, 's'},  {"socket", 1, NULL, 'p'},  {"mode", 1, NULL, 'm'},
	    {"group", 1, NULL, 'g'},   {"allow", 1, NULL, 'a'},   {"user", 1, NULL, 'u'},
	    {"url", 1, NULL, 'l'},     {"ca", 1, NULL, 'f'},      {"command", 1, NULL, 'c'},
	    {"seconds", 1, NULL, 't'}, {"clients", 1, NULL, 'n'}, {"idle", 1, NULL, 'i'},
	    {"help", 0, NULL, 'h'},    {"policy", 1, NULL, 'w'},  {0}};
	unsigned seconds = 0;
	s->mode = MODE;
	s->group = (gid_t)-1;
	for (int c; (c = getopt_long(argc, argv, "h", names, NULL)) != -1;) {
		if (c == 'h') {
			usage(stdout);
			exit(0);
		}
		if (!parse_one(s, c, optarg, &seconds, e))
			return false;
	}
	for (size_t i = 0; i < s->authority_count; i++) {
		s->authorities[i].ca_file = s->ca_file;
		s->authorities[i].seconds = seconds;
	}
	if (optind != argc || s->system == NULL || s->socket == NULL)
		return err_usage(e, "--system DIR and --socket PATH are needed");
	return true;
}

/* --- Running ---------------------------------------------------------------------------------- */

static bool renewal_of(void *ctx, size_t authority, struct proviso_renewal_status *out)
{
	struct daemon *d = ctx;
	if (authority >= d->renewer_count)
		return false;
	renewer_status(&d->renewers[authority], out);
	return true;
}

/* Signals come to one thread, as calls that may wait: nothing happens in a handler. */
static void *take_signals(void *arg)
{
	struct daemon *d = arg;
	sigset_t set;
	int signal;
	uint64_t one = 1;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	while (sigwait(&set, &signal) == 0 && signal == SIGHUP)
		for (size_t i = 0; i < d->renewer_count; i++)
			renewer_now(&d->renewers[i]);
	say_stopping();
	if (write(d->settings.server.stop, &one, sizeof one) < 0)
		abort();
	return NULL;
}

static void block_signals(void)
{
	sigset_t set;
	sigfillset(&set);
	sigdelset(&set, SIGABRT);
	sigdelset(&set, SIGSEGV);
	sigdelset(&set, SIGBUS);
	sigdelset(&set, SIGILL);
	sigdelset(&set, SIGFPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool arm(const struct settings *s, struct err *e)
{
	owned_arena arena = {0};
	struct bytes policy;
	struct proviso_error error = {0};
	if (s->policy == NULL)
		return true;
	if (!file_read(&arena, s->policy, POLICY_BYTES_MAX, &policy, e))
		return false;
	if (proviso_system_arm(s->system, policy.at, policy.len, &error))
		return true;
	*e = (struct err){.kind = (enum err_kind)error.kind};
	snprintf(e->text, sizeof e->text, "%s: %s: %.160s", s->policy, error.code, error.text);
	return false;
}

/* All that needs the world outside, before it is given up. */
static bool prepare(struct daemon *d, struct err *e)
{
	struct settings *s = &d->settings;
	say_start();
	if (!confine_user(s->user, e) || !key_library_start(e))
		return false;
	if (access(s->system, R_OK | X_OK) != 0)
		return err_errno(e, "cannot look into %s", s->system);
	if (!arm(s, e))
		return false;
	if (!server_listen(s->socket, s->mode, s->group, &s->server.listener, e))
		return false;
	s->server.stop = eventfd(0, EFD_CLOEXEC);
	if (s->server.stop < 0)
		return err_errno(e, "cannot make an eventfd");
	for (size_t i = 0; i < s->authority_count; i++)
		if (!transport_start(&s->authorities[i], &d->renewers[i].transport, e))
			return false;
	return true;
}

static bool open_gate(struct daemon *d, struct err *e)
{
	struct proviso_gate_options options = {.sync_thread = true};
	struct proviso_error error = {0};
	struct proviso_status status;
	struct settings *s = &d->settings;
	s->server.gate = proviso_gate_open(s->system, &options, &error);
	if (s->server.gate == NULL) {
		*e = (struct err){.kind = (enum err_kind)error.kind};
		snprintf(e->text, sizeof e->text, "%s%s%s", error.code,
		         error.code[0] != 0 ? ": " : "", error.text);
		return false;
	}
	proviso_gate_status(s->server.gate, &status);
	if (s->authority_count > status.authority_count)
		return err_usage(e, "the system has %zu authorities; %zu are given",
		                 status.authority_count, s->authority_count);
	return true;
}

static bool start_threads(struct daemon *d, struct err *e)
{
	for (; d->renewer_count < d->settings.authority_count; d->renewer_count++) {
		struct renewer *r = &d->renewers[d->renewer_count];
		r->gate = d->settings.server.gate;
		r->authority = d->renewer_count;
		r->gone = d->settings.server.stop;
		if (!renewer_start(r, e))
			return false;
	}
	int failed = pthread_create(&d->signals, NULL, take_signals, d);
	return failed == 0 || err_environment(e, "cannot start a thread: %s", strerror(failed));
}

static bool serve(struct daemon *d, struct err *e)
{
	struct server *s = &d->settings.server;
	bool landlock;
	block_signals();
	if (!prepare(d, e) || !confine(CONFINE_GATE, d->settings.system, &landlock, e) ||
	    !open_gate(d, e) || !start_threads(d, e))
		return false;
	s->renewal = renewal_of;
	s->ctx = d;
	if (!landlock)
		say(SAY_WARNING, "this kernel has no Landlock: files are not confined");
	say(SAY_INFO, "answering at %s", d->settings.socket);
	say_ready("answering");
	bool good = server_run(s, e);
	bool lost = false;
	for (size_t i = 0; i < d->renewer_count; i++) {
		renewer_stop(&d->renewers[i]);
		lost |= d->renewers[i].lost;
	}
	struct proviso_error error = {0};
	if (!proviso_gate_close(s->gate, &error) && good)
		good = err_environment(e, "%s", error.text);
	say(SAY_INFO, "stopped");
	return good && (!lost || err_environment(e, "no authority can be reached any more"));
}

int main(int argc, char **argv)
{
	static struct daemon d;
	struct err e = {0};
	if (parse(argc, argv, &d.settings, &e) && serve(&d, &e))
		return 0;
	say(SAY_ERROR, "%s", e.text);
	return (int)e.kind;
}

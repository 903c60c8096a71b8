/*
 * provisod: the authority as a service. Listens, gives up what it does not need, opens the
 * home, serves until SIGTERM or SIGINT, finishes what was taken in.
 */
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authority/authority.h"
#include "base/rim.h"
#include "base/file.h"
#include "base/key.h"
#include "confine/confine.h"
#include "gather/gather.h"
#include "service.h"
#include "settings.h"
#include "systemd.h"

static void say(const char *event, const char *name, const char *value)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	json_t *line =
	    json_pack("{s:f,s:s,s:s*}", "time", (double)now.tv_sec + (double)now.tv_nsec / 1e9,
	              "event", event, name != NULL ? name : "text", value);
	char *text = json_dumps(line, JSON_COMPACT);
	fprintf(stderr, "%s\n", text);
	free(text);
	json_decref(line);
}

static int fail(const struct err *e)
{
	fprintf(stderr, "provisod: %s: %s\n", e->rule != NULL ? e->rule : "cannot serve", e->text);
	return (int)e->kind;
}

static int help(const struct settings *s)
{
	puts("usage: provisod --home DIR --listen ADDR [--tls CERT KEY] [--config FILE] [--SETTING "
	     "VALUE]... [--check-config]\n\n"
	     "Serves the authority in DIR over HTTP. Each of these is a line of the file, a "
	     "variable\n"
	     "PROVISOD_NAME, or a flag --name VALUE; a flag wins over a variable, and that over "
	     "the file.\n");
	settings_print(s, stdout);
	return 0;
}

static unsigned log_from(const char *word)
{
	return strcmp(word, "all") == 0       ? 100
	       : strcmp(word, "refused") == 0 ? 400
	       : strcmp(word, "errors") == 0  ? 500
	                                      : 0;
}

static struct http_options http_options_of(const struct settings *s, struct service *service,
                                           int socket)
{
	return (struct http_options){
	    .socket = socket,
	    .certificate = s->certificate,
	    .key = s->key,
	    .threads = (unsigned)s->threads,
	    .connections = (unsigned)s->connections,
	    .connections_each = (unsigned)s->connections_each,
	    .head_seconds = (unsigned)s->head_seconds,
	    .idle_seconds = (unsigned)s->idle_seconds,
	    .total_seconds = (unsigned)s->total_seconds,
	    .admit = service_admit,
	    .done = service_done,
	    .ctx = service,
	};
}

static struct service *open_service(const struct settings *s, struct err *e)
{
	return service_open(
	    &(struct service_options){
	        .home = s->home,
	        .readers = (unsigned)s->readers,
	        .queue = (unsigned)s->queue,
	        .beat_seconds = (unsigned)s->beat_seconds,
	        .rate_address = (unsigned)s->rate_address,
	        .rate_key = (unsigned)s->rate_key,
	        .cosign_seconds = (unsigned)s->cosign_seconds,
	        .session_idle_seconds = (unsigned)s->session_idle_seconds,
	        .session_seconds = (unsigned)s->session_seconds,
	        .log_from = log_from(s->log),
	        .demo_passkeys = s->demo_passkeys,
	        .webhooks = s->webhooks,
	        .webhook_key = s->webhook_key,
	        .webhook_authorities = s->webhook_authorities,
	        .webhook_retry_seconds = (unsigned)s->webhook_retry_seconds,
	        .screens = s->screening,
	        .url = s->url,
	        .console = s->console,
	        .version = "proviso " PROVISO_VERSION,
	    },
	    e);
}

static bool serve(const struct settings *s, int socket, const char *address, const sigset_t *ends,
                  struct err *e)
{
	struct service *service = open_service(s, e);
	if (service == NULL)
		return false;
	struct http_options options = http_options_of(s, service, socket);
	struct http_server *http = http_start(service_routes(service), &options, e);
	int which;
	bool serves = http != NULL && service_serves(service, http, e);
	if (serves) {
		say("listening", "address", address);
		printf("provisod listens at %s\n", address);
		fflush(stdout);
		systemd_notify("READY=1");
		sigwait(ends, &which);
		systemd_notify("STOPPING=1");
		say("stopping", NULL, NULL);
	}
	if (http != NULL) {
		service_serves(service, NULL, e);
		http_stop(http, (unsigned)s->grace_seconds);
	}
	service_close(service);
	if (serves)
		say("stopped", NULL, NULL);
	return serves;
}

static bool has_policy(const struct settings *s)
{
	owned_arena arena = {0};
	return file_exists(arena_printf(&arena, "%s/policy", s->home));
}

/* The policy given becomes the home's, unless it is already: one place that all are held to. */
static bool take_policy(const struct settings *s, struct err *e)
{
	owned_arena arena = {0};
	struct bytes given, kept;
	struct authority authority;
	const char *path = arena_printf(&arena, "%s/policy", s->home);
	if (s->policy == NULL)
		return true;
	if (!file_read(&arena, s->policy, POLICY_MAX, &given, e))
		return false;
	if (has_policy(s) &&
	    (!file_read(&arena, path, POLICY_MAX, &kept, e) || bytes_equal(given, kept)))
		return e->kind == ERR_NONE;
	struct gatherer *gatherer = gatherer_new(0, e);
	if (gatherer == NULL)
		return false;
	bool ok = authority_open(&authority, s->home, true, e);
	if (ok) {
		authority_cosigned_by(&authority, gatherer_cosigners(gatherer));
		ok = authority_set_policy(&authority, given, e) || err_context(e, "%s", s->policy);
		authority_close(&authority);
	}
	gatherer_free(gatherer);
	return ok;
}

static bool give_up_rights(const struct settings *s, struct err *e)
{
	bool landlock = false;
	if (!confine_user(s->user, e) || !take_policy(s, e))
		return false;
	if (!s->confined)
		return true;
	bool connects = has_policy(s) || s->webhooks != NULL;
	if (!confine(connects ? CONFINE_SERVICE_THAT_CONNECTS : CONFINE_SERVICE, s->home, &landlock,
	             e))
		return false;
	say("confined", "writes",
	    landlock ? "below the home only" : "not confined: the kernel has no Landlock");
	return true;
}

/* Whoever can reach the service could sign as anybody of the file. */
static bool may_demonstrate(const struct settings *s, int socket, struct err *e)
{
	return s->demo_passkeys == NULL || http_is_loopback(socket) ||
	       err_usage(e, "--demo-passkeys gives away keys: listen on loopback alone "
	                    "(--listen 127.0.0.1:PORT)");
}

static bool run(const struct settings *s, struct err *e)
{
	char address[128];
	sigset_t ends;
	int socket = systemd_socket();
	snprintf(address, sizeof address, "passed socket");
	/* Before any thread is made, so that all have them blocked. */
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	systemd_begin();
	if (socket == 0)
		socket =
		    http_listen(s->listen != NULL ? s->listen : "8470", address, sizeof address, e);
	return socket >= 0 && may_demonstrate(s, socket, e) && give_up_rights(s, e) &&
	       serve(s, socket, address, &ends, e);
}

/* Everything that can be wrong before the first request, without serving one. */
static bool check(const struct settings *s, struct err *e)
{
	struct service *service = open_service(s, e);
	if (service == NULL)
		return false;
	service_close(service);
	settings_print(s, stdout);
	return true;
}

int main(int argc, char **argv)
{
	owned_arena arena = {0};
	struct settings s;
	struct err e = {0};
	rim_keep_memory();
	if (!settings_read(&arena, argc, argv, &s, &e) || !key_library_start(&e))
		return fail(&e);
	if (s.help)
		return help(&s);
	if (s.version) {
		puts("provisod " PROVISO_VERSION);
		return 0;
	}
	return (s.check ? check(&s, &e) : run(&s, &e)) ? 0 : fail(&e);
}

#include "settings.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"

enum { FILE_MAX_BYTES = 1 << 20 };

enum type { TEXT, NUMBER, TRUTH };

struct setting {
	const char *name;
	enum type type;
	size_t offset;
	uint64_t least, most;
	const char *help;
};

#define AT(member) offsetof(struct settings, member)

static const struct setting table[] = {
    {"home", TEXT, AT(home), 0, 0, "the authority's directory (proviso init makes one)"},
    {"listen", TEXT, AT(listen), 0, 0, "PORT (loopback), HOST:PORT, [V6]:PORT or unix:PATH"},
    {"tls-certificate", TEXT, AT(certificate), 0, 0, "PEM: the certificate, then those above it"},
    {"tls-key", TEXT, AT(key), 0, 0, "PEM: its key"},
    {"user", TEXT, AT(user), 0, 0, "whom to become after listening, when started by root"},
    {"log", TEXT, AT(log), 0, 0, "requests to log: all, refused, errors or none"},
    {"threads", NUMBER, AT(threads), 1, 64, "threads that serve"},
    {"readers", NUMBER, AT(readers), 1, 64, "reads of the store at once"},
    {"connections", NUMBER, AT(connections), 1, 1000000, "connections at once"},
    {"connections-each", NUMBER, AT(connections_each), 0, 1000000, "of one address; 0: no limit"},
    {"queue", NUMBER, AT(queue), 1, 100000, "records and requests that may wait for the log"},
    {"head-seconds", NUMBER, AT(head_seconds), 1, 3600, "from connecting to a whole head"},
    {"idle-seconds", NUMBER, AT(idle_seconds), 1, 3600, "between an answer and the next head"},
    {"total-seconds", NUMBER, AT(total_seconds), 1, 86400, "from a head to the end of its answer"},
    {"beat-seconds", NUMBER, AT(beat_seconds), 1, 3600,
     "a watch hears something at least so often"},
    {"grace-seconds", NUMBER, AT(grace_seconds), 0, 3600, "for answers under way when it stops"},
    {"rate-address", NUMBER, AT(rate_address), 0, 1000000,
     "requests a second of one address prefix; 0: no limit"},
    {"rate-key", NUMBER, AT(rate_key), 0, 1000000,
     "signed messages a second of one key; 0: no limit"},
    {"screening", TRUTH, AT(screening), 0, 0,
     "yes: answers screening clients by the lists of the home"},
    {"url", TEXT, AT(url), 0, 0,
     "https://... where clients find this service: the codes on documents lead there"},
    {"console", TEXT, AT(console), 0, 0, "the folder of the web console (tools/console makes it)"},
    {"policy", TEXT, AT(policy), 0, 0,
     "a tlog-policy file: its witnesses cosign from now on (kept in the home)"},
    {"cosign-seconds", NUMBER, AT(cosign_seconds), 1, 86400,
     "a quiet log is cosigned anew so often"},
    {"session-idle-seconds", NUMBER, AT(session_idle_seconds), 1, 86400,
     "a session that is not used ends after so long"},
    {"session-seconds", NUMBER, AT(session_seconds), 1, 604800, "every session ends after so long"},
    {"webhooks", TEXT, AT(webhooks), 0, 0, "file of who follows what: lines of NAME URL TARGET..."},
    {"webhook-key", TEXT, AT(webhook_key), 0, 0, "key file that signs webhooks; no passphrase"},
    {"webhook-ca", TEXT, AT(webhook_authorities), 0, 0, "PEM: who certifies their receivers"},
    {"webhook-retry-seconds", NUMBER, AT(webhook_retry_seconds), 1, 3600,
     "after a webhook that was not heard; doubled by each, to an hour"},
    {"demo-passkeys", TEXT, AT(demo_passkeys), 0, 0,
     "file of software passkeys that anybody is given: loopback only, for a demonstration"},
    {"confined", TRUTH, AT(confined), 0, 0, "yes: no writing outside the home, few system calls"},
};

enum { SETTINGS = sizeof table / sizeof *table };

static const struct setting *find(const char *name)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static bool set(struct settings *s, const struct setting *which, const char *value, struct err *e)
{
	void *at = (char *)s + which->offset;
	uint64_t number;
	switch (which->type) {
	case TEXT:
		*(const char **)at = value;
		return true;
	case NUMBER:
		if (!decimal_parse(bytes_text(value), &number) || number < which->least ||
		    number > which->most)
			return err_input(e, "settings.value",
			                 "%s is a number from %llu to %llu, not \"%s\"",
			                 which->name, (unsigned long long)which->least,
			                 (unsigned long long)which->most, value);
		*(uint64_t *)at = number;
		return true;
	case TRUTH:
		if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
			return err_input(e, "settings.value", "%s is yes or no, not \"%s\"",
			                 which->name, value);
		*(bool *)at = strcmp(value, "yes") == 0;
		return true;
	}
	return false;
}

/* --- The file ------------------------------------------------------------------------------ */

static char *trim(char *text)
{
	text += strspn(text, " \t\r");
	size_t len = strlen(text);
	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
		text[--len] = 0;
	return text;
}

static bool read_line_of(struct settings *s, char *line, struct err *e)
{
	line = trim(line);
	char *is = strchr(line, '=');
	if (*line == 0 || *line == '#')
		return true;
	if (is == NULL)
		return err_input(e, "settings.syntax", "\"%.80s\" is not like name = value", line);
	*is = 0;
	const char *name = trim(line), *value = trim(is + 1);
	const struct setting *which = find(name);
	if (which == NULL)
		return err_input(e, "settings.unknown", "there is no setting \"%.80s\"", name);
	return set(s, which, value, e);
}

static bool read_file_of(struct arena *arena, const char *path, struct settings *s, struct err *e)
{
	struct bytes text;
	unsigned number = 0;
	if (!file_read(arena, path, FILE_MAX_BYTES, &text, e))
		return false;
	if (memchr(text.at, 0, text.len) != NULL)
		return err_input(e, "settings.syntax", "%s: this is no text", path);
	for (char *line = arena_copy(arena, text.at, text.len), *next; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = 0;
		number++;
		if (!read_line_of(s, line, e))
			return err_context(e, "%s: line %u", path, number);
	}
	return true;
}

/* --- Environment and flags ------------------------------------------------------------------ */

static bool read_environment(struct arena *arena, struct settings *s, struct err *e)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		char *name = arena_printf(arena, "PROVISOD_%s", table[i].name);
		for (char *c = name; *c != 0; c++)
			*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
		const char *value = getenv(name);
		if (value != NULL && *value != 0 && !set(s, &table[i], value, e))
			return err_context(e, "%s", name);
	}
	return true;
}

/* --tls CERT KEY is two settings at once. */
static bool read_flags(struct settings *s, int argc, char **argv, struct err *e)
{
	for (int i = 1; i < argc; i++) {
		const struct setting *which =
		    strncmp(argv[i], "--", 2) == 0 ? find(argv[i] + 2) : NULL;
		int left = argc - i - 1;
		if (strcmp(argv[i], "--check-config") == 0) {
			s->check = true;
		} else if (strcmp(argv[i], "--help") == 0) {
			s->help = true;
		} else if (strcmp(argv[i], "--version") == 0) {
			s->version = true;
		} else if (strcmp(argv[i], "--config") == 0 && left >= 1) {
			i++;
		} else if (strcmp(argv[i], "--tls") == 0 && left >= 2) {
			s->certificate = argv[++i];
			s->key = argv[++i];
		} else if (which != NULL && left >= 1) {
			if (!set(s, which, argv[++i], e))
				return false;
		} else if (which != NULL || strcmp(argv[i], "--config") == 0 ||
		           strcmp(argv[i], "--tls") == 0) {
			return err_usage(e, "%s takes a value (provisod --help)", argv[i]);
		} else {
			return err_usage(e, "what is \"%s\"? (provisod --help)", argv[i]);
		}
	}
	return true;
}

static const char *config_path(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--config") == 0)
			return argv[i + 1];
	return getenv("PROVISOD_CONFIG");
}

bool settings_read(struct arena *arena, int argc, char **argv, struct settings *s, struct err *e)
{
	const char *path = config_path(argc, argv);
	*s = (struct settings){
	    .log = "errors",
	    .threads = 2,
	    .readers = 4,
	    .connections = 10000,
	    .queue = 4096,
	    .head_seconds = 10,
	    .idle_seconds = 30,
	    .total_seconds = 120,
	    .beat_seconds = 15,
	    .grace_seconds = 10,
	    .rate_address = 2000,
	    .rate_key = 100,
	    .webhook_retry_seconds = 5,
	    .screening = true,
	    .cosign_seconds = 60,
	    .session_idle_seconds = 900,
	    .session_seconds = 28800,
	    .confined = true,
	};
	if ((path != NULL && !read_file_of(arena, path, s, e)) || !read_environment(arena, s, e) ||
	    !read_flags(s, argc, argv, e))
		return false;
	if (s->help || s->version)
		return true;
	if (s->home == NULL)
		s->home = getenv("PROVISO_HOME");
	if (s->home == NULL || *s->home == 0)
		return err_usage(e,
		                 "--home is needed: the authority's directory (provisod --help)");
	if ((s->certificate == NULL) != (s->key == NULL))
		return err_usage(e, "TLS takes both a certificate and its key");
	if (strcmp(s->log, "all") != 0 && strcmp(s->log, "refused") != 0 &&
	    strcmp(s->log, "errors") != 0 && strcmp(s->log, "none") != 0)
		return err_input(e, "settings.value",
		                 "log is all, refused, errors or none, not \"%s\"", s->log);
	return true;
}

void settings_print(const struct settings *s, FILE *out)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const void *at = (const char *)s + table[i].offset;
		const char *text = table[i].type == TEXT ? *(const char *const *)at : NULL;
		fprintf(out, "# %s\n", table[i].help);
		if (table[i].type == NUMBER)
			fprintf(out, "%s = %llu\n", table[i].name,
			        (unsigned long long)*(const uint64_t *)at);
		else if (table[i].type == TRUTH)
			fprintf(out, "%s = %s\n", table[i].name, *(const bool *)at ? "yes" : "no");
		else
			fprintf(out, "%s%s = %s\n", text == NULL ? "# " : "", table[i].name,
			        text == NULL ? "" : text);
	}
}

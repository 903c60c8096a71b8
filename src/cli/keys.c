/* Where commands get keys, passphrases and the authority's directory from. */
#include "cli.h"

#include "gather/gather.h"

#include <termios.h>
#include <unistd.h>

const char *cli_home(struct cli *cli)
{
	const char *home = cli_option(cli, "home");
	if (cli_option(cli, "url") != NULL) {
		err_usage(&cli->err,
		          "this is done in the authority's directory (give --home DIR, not --url)");
		return NULL;
	}
	if (home == NULL)
		home = getenv("PROVISO_HOME");
	if (home == NULL || *home == 0) {
		err_usage(&cli->err, cli->command->place == AT_HOME
		                         ? "it works on the authority's directory itself (give "
		                           "--home DIR, or set PROVISO_HOME)"
		                         : "which authority? (give --home DIR or --url URL, or set "
		                           "PROVISO_HOME or PROVISO_URL)");
		return NULL;
	}
	return home;
}

bool cli_open(struct cli *cli, struct authority *authority, bool write)
{
	const char *home = cli_home(cli);
	if (home == NULL || !authority_open(authority, home, write, &cli->err))
		return false;
	if (!write || cli_cosigned(cli, authority))
		return true;
	authority_close(authority);
	return false;
}

bool cli_cosigned(struct cli *cli, struct authority *authority)
{
	if (cli->gatherer == NULL)
		cli->gatherer = gatherer_new(0, &cli->err);
	if (cli->gatherer == NULL)
		return false;
	authority_cosigned_by(authority, gatherer_cosigners(cli->gatherer));
	return true;
}

/* Reads a line from the terminal without showing it. */
static bool ask(struct cli *cli, const char *prompt, const char **out)
{
	owned_file tty = fopen("/dev/tty", "r+");
	struct termios shown, hidden;
	if (tty == NULL || tcgetattr(fileno(tty), &shown) != 0)
		return err_usage(&cli->err,
		                 "a passphrase is needed and there is no terminal to ask at "
		                 "(set PROVISO_PASSPHRASE, or give --passphrase-file FILE)");
	fprintf(tty, "%s: ", prompt);
	fflush(tty);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fileno(tty), TCSAFLUSH, &hidden);
	char line[1024];
	char *got = fgets(line, sizeof line, tty);
	tcsetattr(fileno(tty), TCSAFLUSH, &shown);
	fputc('\n', tty);
	if (got == NULL)
		return err_usage(&cli->err, "no passphrase was typed");
	*out = arena_copy(&cli->arena, line, strcspn(line, "\r\n"));
	return true;
}

bool cli_passphrase(struct cli *cli, const char *what, bool confirm, const char **out)
{
	const char *file = cli_option(cli, "passphrase-file");
	const char *given = getenv("PROVISO_PASSPHRASE");
	if (file != NULL) {
		struct bytes all;
		if (!file_read(&cli->arena, file, 4096, &all, &cli->err))
			return false;
		const uint8_t *end = all.len == 0 ? NULL : memchr(all.at, '\n', all.len);
		*out =
		    arena_copy(&cli->arena, all.at, end == NULL ? all.len : (size_t)(end - all.at));
		return true;
	}
	if (given != NULL) {
		*out = given;
		return true;
	}
	const char *again;
	if (!ask(cli, arena_printf(&cli->arena, "Passphrase for %s", what), out))
		return false;
	if (confirm && (!ask(cli, "The same once more", &again) || strcmp(*out, again) != 0))
		return err_usage(&cli->err, "the two passphrases differ");
	return true;
}

bool cli_key(struct cli *cli, const char *path, struct secret_key *out)
{
	struct bytes text;
	const char *passphrase = NULL;
	if (!file_read(&cli->arena, path, KEY_FILE_MAX, &text, &cli->err))
		return false;
	if (key_file_is_sealed(text) && !cli_passphrase(cli, path, false, &passphrase))
		return false;
	if (!key_file_parse(text, passphrase, out, &cli->err))
		return err_context(&cli->err, "%s", path);
	return true;
}

bool cli_public_key(struct cli *cli, const char *path_or_line, struct public_key *out)
{
	struct bytes text = bytes_text(path_or_line);
	/* A line has two '+'; a path that has them too is given as ./PATH. */
	const char *plus =
	    path_or_line[0] == '.' || path_or_line[0] == '/' ? NULL : strchr(path_or_line, '+');
	if (plus == NULL || strchr(plus + 1, '+') == NULL) {
		if (!file_read(&cli->arena, path_or_line, KEY_LINE_MAX, &text, &cli->err))
			return false;
	}
	if (!key_line_parse(text, out, &cli->err))
		return err_context(&cli->err, "%s", path_or_line);
	return true;
}

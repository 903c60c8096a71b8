/* proviso keygen: a key pair for a person, an authority or an auditor. */
#include "commands.h"

#include <sodium.h>
#include <unistd.h>

static int run(struct cli *cli)
{
	const char        *name = cli->arguments[0], *directory = cli_option(cli, "out");
	const char        *algorithm = cli_option(cli, "alg"), *passphrase = NULL;
	enum key_algorithm alg = KEY_ED25519;
	struct secret_key  key;
	uint8_t            seed[KEY_SEED], salt[KEY_SALT];
	if (algorithm != NULL && strcmp(algorithm, "es256") == 0)
		alg = KEY_ES256;
	else if (algorithm != NULL && strcmp(algorithm, "ed25519") != 0)
		return cli_usage_error(cli, "--alg is ed25519 or es256, not \"%s\"", algorithm);
	if (!key_name_check(name, &cli->err))
		return cli_fail(cli);
	if (!cli_flag(cli, "no-passphrase") && !cli_passphrase(cli, "the new key", true, &passphrase))
		return cli_fail(cli);
	if (passphrase != NULL && *passphrase == 0)
		return cli_usage_error(cli, "an empty passphrase protects nothing (--no-passphrase says so openly)");

	rim_random(seed, sizeof seed);
	rim_random(salt, sizeof salt);
	bool  made = key_make(alg, name, seed, &key, &cli->err);
	char *text = made ? key_file(&cli->arena, &key, passphrase, salt, &cli->err) : NULL;
	char *line = made ? key_line(&cli->arena, &key.public) : NULL;
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(&key.seed, sizeof key.seed);
	if (text == NULL)
		return cli_fail(cli);

	/* A name may be an origin with slashes; a file's name may not. */
	char *file = arena_copy(&cli->arena, name, strlen(name));
	for (char *slash = strchr(file, '/'); slash != NULL; slash = strchr(slash, '/'))
		*slash = '_';
	if (directory != NULL && !directory_make(directory, 0700, &cli->err))
		return cli_fail(cli);
	const char *base = directory != NULL ? arena_printf(&cli->arena, "%s/%s", directory, file) : file;
	const char *secret_path = arena_printf(&cli->arena, "%s.key", base);
	const char *public_path = arena_printf(&cli->arena, "%s.pub", base);
	if (!file_create(secret_path, bytes_text(text), 0600, &cli->err))
		return cli_fail(cli);
	if (!file_create(public_path, bytes_text(line), 0644, &cli->err)) {
		unlink(secret_path);
		return cli_fail(cli);
	}
	struct hash id = key_id(&key.public);
	if (cli->json)
		return cli_print_json(json_pack("{s:s,s:s,s:s,s:s}", "name", name, "key", secret_path, "pub",
		    public_path, "id", cli_hex(cli, &id)));
	printf("%s  (keep it secret)\n%s  (give it away)\n", secret_path, public_path);
	return 0;
}

const struct command command_keygen = {
	.name = "keygen",
	.usage = "NAME [--out DIR] [--no-passphrase] [--alg ed25519|es256]",
	.summary = "make a key pair: NAME.key (0600, sealed by a passphrase) and NAME.pub",
	.help = "NAME is what the key is called on records: a person, a company, an authority's origin.\n"
	        "It has no spaces and no '+'. Files that are there are never overwritten.",
	.options = (const struct option[]){
		{"out", "DIR", "the folder the two files go to (made when missing)"},
		{"no-passphrase", NULL, "leave the secret key open"},
		{"passphrase-file", "FILE", "take the passphrase from the first line of FILE"},
		{"alg", "NAME", "ed25519 (the default) or es256"},
		{0}},
	.least = 1, .most = 1, .run = run,
};

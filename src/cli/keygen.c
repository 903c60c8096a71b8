/* proviso keygen: a key pair for a person, an authority or an auditor. */
#include "commands.h"

#include <sodium.h>
#include <unistd.h>

enum { SITE_MAX = 255 };

/* What becomes of the two files: their names, and for a passkey where it may sign. */
struct making {
	const char *secret, *public; /* paths */
	const char *origin;          /* NULL: no passkey */
	const char *rp_id;
};

static bool algorithm(struct cli *cli, const struct making *m, enum key_algorithm *out)
{
	const char *name = cli_option(cli, "alg");
	*out = m->origin != NULL ? KEY_ES256 : KEY_ED25519;
	if (name == NULL)
		return true;
	*out = strcmp(name, "es256") == 0 ? KEY_ES256 : KEY_ED25519;
	return *out == KEY_ES256 || strcmp(name, "ed25519") == 0 ||
	       err_usage(&cli->err, "--alg is ed25519 or es256, not \"%s\"", name);
}

/* The site is the origin's host, unless it is said. */
static bool passkey(struct cli *cli, struct making *m)
{
	const char *host;
	m->origin = cli_option(cli, "passkey");
	m->rp_id = cli_option(cli, "rp-id");
	if (m->origin == NULL)
		return m->rp_id == NULL || err_usage(&cli->err, "--rp-id is of a --passkey");
	host = strstr(m->origin, "://");
	if (host == NULL || strlen(m->origin) > SITE_MAX)
		return err_usage(&cli->err, "\"%.80s\" is no origin like https://authority.example",
		                 m->origin);
	host += 3;
	if (m->rp_id == NULL)
		m->rp_id = arena_copy(&cli->arena, host, strcspn(host, ":/"));
	return true;
}

/* A name may be an origin with slashes; a file's name may not. */
static bool paths(struct cli *cli, struct making *m)
{
	const char *name = cli->arguments[0], *directory = cli_option(cli, "out");
	char *file = arena_copy(&cli->arena, name, strlen(name));
	for (char *slash = strchr(file, '/'); slash != NULL; slash = strchr(slash, '/'))
		*slash = '_';
	if (directory != NULL && !directory_make(directory, 0700, &cli->err))
		return false;
	const char *base =
	    directory != NULL ? arena_printf(&cli->arena, "%s/%s", directory, file) : file;
	m->secret = arena_printf(&cli->arena, "%s.%s", base, m->origin != NULL ? "passkey" : "key");
	m->public = arena_printf(&cli->arena, "%s.pub", base);
	return true;
}

/*
 * One line of JSON, so that many in one file are a file of lines (provisod --demo-passkeys). The
 * key is a JWK (RFC 7517, RFC 8037), which browsers take.
 */
static const char *passkey_file(struct cli *cli, const struct making *m,
                                const struct secret_key *key)
{
	struct arena *arena = &cli->arena;
	const uint8_t *at = key->public.at;
	struct hash id = key_id(&key->public);
	bool is_es256 = key->public.algorithm == KEY_ES256;
	char *line = key_line(arena, &key->public);
	line[strcspn(line, "\n")] = 0;
	json_t *value = json_pack(
	    "{s:s,s:s,s:s,s:s,s:s,s:{s:s,s:s,s:s,s:s*,s:s}}", "name", key->public.name, "kid",
	    hex_encode(arena, hash_bytes(&id)), "rp-id", m->rp_id, "origin", m->origin,
	    "public-key", line, "jwk", "kty", is_es256 ? "EC" : "OKP", "crv",
	    is_es256 ? "P-256" : "Ed25519", "x", base64url_encode(arena, bytes_of(at, 32)), "y",
	    is_es256 ? base64url_encode(arena, bytes_of(at + 32, 32)) : NULL, "d",
	    base64url_encode(arena, bytes_of(key->seed, KEY_SEED)));
	char *text = json_dumps(value, JSON_COMPACT), *out = arena_printf(arena, "%s\n", text);
	sodium_memzero(text, strlen(text));
	free(text);
	json_decref(value);
	return out;
}

static int tell(struct cli *cli, const struct making *m, const struct public_key *key)
{
	struct hash id = key_id(key);
	if (cli->json)
		return cli_print_json(json_pack(
		    "{s:s,s:s,s:s,s:s,s:s*,s:s*}", "name", key->name, "key", m->secret, "pub",
		    m->public, "id", cli_hex(cli, &id), "rp-id", m->rp_id, "origin", m->origin));
	printf("%s  (keep it secret)\n%s  (give it away)\n", m->secret, m->public);
	if (m->origin != NULL)
		printf("registered with rp-id %s and origin %s\n", m->rp_id, m->origin);
	return 0;
}

/* Both files or none. */
static bool write_both(struct cli *cli, const struct making *m, const struct secret_key *key,
                       const char *secret)
{
	if (!file_create(m->secret, bytes_text(secret), 0600, &cli->err))
		return false;
	if (file_create(m->public, bytes_text(key_line(&cli->arena, &key->public)), 0644,
	                &cli->err))
		return true;
	unlink(m->secret);
	return false;
}

static int run(struct cli *cli)
{
	const char *name = cli->arguments[0], *passphrase = NULL;
	enum key_algorithm alg;
	struct making m = {0};
	owned_secret_key key = {0};
	uint8_t seed[KEY_SEED], salt[KEY_SALT];
	if (!passkey(cli, &m) || !algorithm(cli, &m, &alg) || !key_name_check(name, &cli->err))
		return cli_fail(cli);
	if (m.origin == NULL && !cli_flag(cli, "no-passphrase") &&
	    !cli_passphrase(cli, "the new key", true, &passphrase))
		return cli_fail(cli);
	if (passphrase != NULL && *passphrase == 0)
		return cli_usage_error(
		    cli, "an empty passphrase protects nothing (--no-passphrase says so openly)");

	rim_random(seed, sizeof seed);
	rim_random(salt, sizeof salt);
	bool made = key_make(alg, name, seed, &key, &cli->err);
	const char *text = !made ? NULL
	                   : m.origin != NULL
	                       ? passkey_file(cli, &m, &key)
	                       : key_file(&cli->arena, &key, passphrase, salt, &cli->err);
	sodium_memzero(seed, sizeof seed);
	if (text == NULL || !paths(cli, &m) || !write_both(cli, &m, &key, text))
		return cli_fail(cli);
	return tell(cli, &m, &key.public);
}

const struct command command_keygen = {
    .name = "keygen",
    .place = AT_NEITHER,
    .usage = "NAME [--out DIR] [--no-passphrase] [--alg ed25519|es256] [--passkey ORIGIN]",
    .summary = "make a key pair: NAME.key (0600, sealed by a passphrase) and NAME.pub",
    .help =
        "NAME is what the key is called on records: a person, a company, an authority's origin.\n"
        "It has no spaces and no '+'. Files that are there are never overwritten.\n\n"
        "--passkey ORIGIN makes a passkey in software, for a demonstration at that origin: "
        "NAME.passkey\n"
        "instead of NAME.key, in the open (provisod --demo-passkeys). Real people's never leave "
        "their\n"
        "authenticators.",
    .options =
        (const struct option[]){
            {"out", "DIR", "the folder the two files go to (made when missing)"},
            {"no-passphrase", NULL, "leave the secret key open"},
            {"passphrase-file", "FILE", "take the passphrase from the first line of FILE"},
            {"alg", "NAME", "ed25519 (the default) or es256 (the default of a passkey)"},
            {"passkey", "ORIGIN", "a passkey in software that signs at this origin"},
            {"rp-id", "SITE", "the site of a passkey (the origin's host)"},
            {0}},
    .least = 1,
    .most = 1,
    .run = run,
};

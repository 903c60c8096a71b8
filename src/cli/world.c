/* The world that forms refer to: records by prefix, files, evidence, randomness. */
#include "remote.h"

#include "words/words.h"

struct world {
	struct cli *cli;
	struct authority *authority; /* NULL: signing away from an authority */
	struct form_world here;      /* of it */
};

/* What went wrong at the other end. */
static bool pass(struct world *w, struct err *e)
{
	*e = w->cli->err;
	return false;
}

static bool reference(void *ctx, const char *field, const char *text, struct hash *out,
                      struct err *e)
{
	struct world *w = ctx;
	uint64_t number;
	const char *kind;
	bool is_number = strcmp(field, "definitions") == 0 && strlen(text) < 4 &&
	                 decimal_parse(bytes_text(text), &number);
	if (w->authority != NULL)
		return w->here.reference(w->here.ctx, field, text, out, e);
	if (cli_url(w->cli) == NULL)
		return err_input(e, "form.value",
		                 "\"%s\" is not a full id, and without an authority's directory "
		                 "there is nothing to look "
		                 "it up in (give --home or --url)",
		                 text);
	return cli_remote_find(w->cli, text, is_number, out, &kind) || pass(w, e);
}

/* `ID` alone means the system or licence of that id. */
static bool target(void *ctx, struct arena *arena, const char *text, const char **out,
                   struct err *e)
{
	struct world *w = ctx;
	if (w->authority != NULL)
		return w->here.target(w->here.ctx, arena, text, out, e);
	const char *slash = strchr(text, '/'), *digits = text, *word = NULL, *kind;
	struct hash id;
	if (slash != NULL) {
		word = arena_copy(arena, text, (size_t)(slash - text));
		digits = slash + 1;
		if (strcmp(word, "system") != 0 && strcmp(word, "licence") != 0) {
			*out = text;
			return true;
		}
	}
	if (!cli_remote_find(w->cli, digits, false, &id, &kind))
		return pass(w, e);
	const char *is = strcmp(kind, "enrolment") == 0 ? "system"
	                 : strcmp(kind, "licence") == 0 ? "licence"
	                                                : NULL;
	if (is == NULL || (word != NULL && strcmp(word, is) != 0))
		return err_input(e, "form.value", "target: %s is a record of kind %s, not a %s",
		                 digits, kind, word != NULL ? word : "system or a licence");
	*out = arena_printf(arena, "%s/%s", is, hex_encode(arena, hash_bytes(&id)));
	return true;
}

static bool read_file(void *ctx, struct arena *arena, const char *path, struct bytes *out,
                      struct err *e)
{
	(void)ctx;
	return file_read(arena, path, POLICY_MAX, out, e);
}

static bool evidence(void *ctx, const char *path, const char *type, struct evidence *out,
                     struct err *e)
{
	struct world *w = ctx;
	struct bytes file;
	if (!file_read(&w->cli->arena, path, EVIDENCE_MAX, &file, e))
		return false;
	if (!evidence_read(file, type, out, e))
		return err_context(e, "%s", path);
	if (w->authority == NULL &&
	    (cli_url(w->cli) == NULL || cli_option(w->cli, "output") != NULL))
		return true; /* it is signed here, and goes to the authority some other way */
	if (w->authority == NULL)
		return cli_remote_evidence(w->cli, &out->digest, file) || pass(w, e);
	/* Kept beside the log, by digest: the log itself names it only. */
	const char *folder = arena_printf(&w->cli->arena, "%s/evidence", w->authority->home);
	const char *name =
	    arena_printf(&w->cli->arena, "%s/%s", folder, cli_hex(w->cli, &out->digest));
	return directory_make(folder, 0700, e) &&
	       (file_exists(name) || file_write(name, file, 0600, e));
}

static void fill(void *ctx, void *at, size_t len)
{
	(void)ctx;
	rim_random(at, len);
}

struct form_world cli_form_world(struct cli *cli, struct authority *authority)
{
	struct world *w = arena_alloc(&cli->arena, sizeof *w);
	*w = (struct world){cli, authority, words_world(authority)};
	return (struct form_world){
	    .ctx = w,
	    .reference = reference,
	    .target = authority != NULL || cli_url(cli) != NULL ? target : NULL,
	    .file = read_file,
	    .evidence = evidence,
	    .random = fill,
	};
}

bool cli_find(struct cli *cli, struct authority *authority, const char *prefix, uint64_t *index,
              struct bytes *entry)
{
	struct hash id;
	return store_find(authority->store, prefix, &id, index, &cli->err) &&
	       store_entry(authority->store, *index, &cli->arena, entry, &cli->err);
}

/* proviso document: a record as a PDF that people read and programs verify. */
#include "commands.h"

#include "documents/documents.h"
#include "remote.h"

static int done(struct cli *cli, const char *output)
{
	if (cli->json)
		return cli_print_json(json_pack("{s:s}", "file", output));
	printf("%s  (it carries the record: proviso log verify %s --authority PUB)\n", output,
	       output);
	return 0;
}

static int document_at_url(struct cli *cli, const char *output, const char *language)
{
	struct remote r = {
	    .path = arena_printf(&cli->arena, "/v1/records/%s/document?language=%s",
	                         cli_escaped(cli, cli->arguments[0]), cli_escaped(cli, language)),
	    .accept = "application/pdf",
	    .limit = CARRIER_MAX,
	};
	if (!cli_remote(cli, &r) || !file_write(output, r.answer, 0644, &cli->err))
		return cli_fail(cli);
	return done(cli, output);
}

static bool set(struct cli *cli, struct authority *authority, struct document *d, struct bytes *pdf)
{
	struct bytes entry, proof;
	struct record record;
	struct typesetter *typesetter;
	if (!cli_find(cli, authority, cli->arguments[0], &d->index, &entry) ||
	    !record_decode(&cli->arena, entry, &record, &cli->err) ||
	    !authority_prove(authority, &cli->arena, d->index, &proof, &cli->err) ||
	    (typesetter = typesetter_new(&cli->err)) == NULL)
		return false;
	d->record = &record;
	bool ok = document_make(typesetter, &cli->arena, d, proof, pdf, &cli->err);
	typesetter_free(typesetter);
	return ok;
}

const char *cli_document_pages(struct cli *cli, const struct carried *carried, uint64_t index)
{
	struct record record;
	struct bytes pages;
	struct err ignored = {0};
	struct document d = {.record = &record,
	                     .index = index,
	                     .language = carried->language,
	                     .url = *carried->url != 0 ? carried->url : NULL};
	if (!carried->is_as_written)
		return "changed";
	struct typesetter *typesetter = typesetter_new(&ignored);
	bool same = typesetter != NULL &&
	            record_decode(&cli->arena, carried->record, &record, &ignored) &&
	            document_pages(typesetter, &cli->arena, &d, &pages, &ignored) &&
	            bytes_equal(pages, carried->pages);
	typesetter_free(typesetter);
	return same ? "as-set" : "as-written";
}

static int run(struct cli *cli)
{
	const char *output = cli_required(cli, "output"), *language = cli_option(cli, "language");
	struct document d = {.language = language != NULL ? language : "en",
	                     .url = cli_option(cli, "leads-to")};
	struct authority authority;
	struct bytes pdf;
	if (output == NULL || !document_check(&d, &cli->err))
		return cli_fail(cli);
	if (cli_url(cli) != NULL)
		return document_at_url(cli, output, d.language);
	if (!cli_open(cli, &authority, false))
		return cli_fail(cli);
	bool ok = set(cli, &authority, &d, &pdf);
	authority_close(&authority);
	if (!ok || !file_write(output, pdf, 0644, &cli->err))
		return cli_fail(cli);
	return done(cli, output);
}

const struct command command_document = {
    .name = "document",
    .usage = "ID -o FILE.pdf [--language L]",
    .summary = "a record as an A4 document that carries its own proof",
    .help =
        "ID is the record's id or any unambiguous beginning of it, of four digits or more.\n"
        "The PDF has the record's own bytes and their proof in it: proviso show FILE.pdf and\n"
        "proviso log verify FILE.pdf --authority PUB read those, never the pages. Confidential\n"
        "values are withheld. With --url the service sets it, and the code leads there.",
    .options =
        (const struct option[]){
            {"output", "FILE", "the PDF to write (or -o)"},
            {"language", "L", "of the fixed words: en (the default), he, ar, fr, es"},
            {"leads-to", "URL", "a provisod's address: the code on the page leads to its receipt"},
            {0}},
    .least = 1,
    .most = 1,
    .run = run,
};

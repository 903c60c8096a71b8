/* proviso screen --batch: each row of a table, on all cores, taken up again after an interruption.
 */
#include "screen.h"

#include <sys/stat.h>
#include <unistd.h>

#include "parallel.h"

enum { FIELDS = 64, CHECKPOINT_LINES = 4096 };
enum column { NAME, TYPE, COUNTRY, BIRTH, ID, COLUMNS };

struct batch {
	struct cli *cli;
	const struct list_screener *screener;
	const struct screening_query *settings;
	enum entity_type type;
	int columns[COLUMNS]; /* -1: there is none */
	struct screening_searcher *searchers[PARALLEL_WORKERS];
	FILE *out;
	const char *out_path, *part, *progress; /* NULL: standard output */
	const char *input;                      /* what tells this input from another */
	uint64_t hits, not_screened, lines;     /* lines: done, with the heading */
};

/* --- Rows ----------------------------------------------------------------------------------- */

/* Splits a line of CSV in place; 0 when a quote is not closed. */
static size_t split(char *line, char *fields[FIELDS])
{
	size_t count = 0;
	for (char *at = line; count < FIELDS;) {
		char *to = at;
		fields[count++] = at;
		if (*at == '"') {
			for (at++; *at != 0 && !(*at == '"' && at[1] != '"'); at++) {
				at += *at == '"';
				*to++ = *at;
			}
			if (*at == 0)
				return 0;
			at++;
		}
		while (*at != 0 && *at != ',')
			*to++ = *at++;
		bool more = *at == ',';
		*to = 0;
		if (!more)
			break;
		at++;
	}
	return count;
}

static const char *cell(const struct batch *b, char *const fields[], size_t count, enum column c)
{
	int at = b->columns[c];
	return at >= 0 && (size_t)at < count && *fields[at] != 0 ? fields[at] : NULL;
}

static void put_csv(struct buffer *out, const char *text, bool is_last)
{
	bool is_plain = text == NULL || strpbrk(text, ",\"\r\n") == NULL;
	if (!is_plain)
		buffer_u8(out, '"');
	for (; text != NULL && *text != 0; text++) {
		if (*text == '"')
			buffer_u8(out, '"');
		buffer_u8(out, (uint8_t)*text);
	}
	if (!is_plain)
		buffer_u8(out, '"');
	buffer_u8(out, is_last ? '\n' : ',');
}

static void put_row(struct buffer *out, const char *id, const char *name,
                    const struct screening_found *f, const char *result)
{
	char score[16] = "";
	if (f != NULL)
		snprintf(score, sizeof score, "%.4f", f->score);
	const char *cells[] = {id,
	                       name,
	                       result,
	                       score,
	                       f != NULL ? f->list : NULL,
	                       f != NULL ? f->id : NULL,
	                       f != NULL ? f->name : NULL};
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
		put_csv(out, cells[i], false);
	struct buffer why = {.arena = out->arena};
	for (size_t i = 0; f != NULL && i < f->why_count; i++)
		buffer_printf(&why, "%s%s", i > 0 ? "; " : "", f->why[i]);
	put_csv(out, why.len > 0 ? buffer_cstr(&why) : NULL, true);
}

static void put_json(struct buffer *out, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	buffer_text(out, text != NULL ? text : "{\"error\":\"the row is not UTF-8\"}");
	buffer_u8(out, '\n');
	free(text);
	json_decref(value);
}

static void put_error(struct batch *b, struct buffer *out, const char *id, const char *name,
                      const struct err *e)
{
	__atomic_fetch_add(&b->not_screened, 1, __ATOMIC_RELAXED);
	if (b->cli->json)
		put_json(out, json_pack("{s:{s:s*,s:s*},s:{s:s?,s:s}}", "query", "id", id, "name",
		                        name, "error", "rule", e->rule, "text", e->text));
	else
		put_row(out, id, name, NULL, arena_printf(out->arena, "not screened: %s", e->text));
}

static void put_answer(struct batch *b, struct buffer *out, const char *id,
                       const struct screening_query *q, const struct screening_answer *answer)
{
	const char *name = q->party->names[0].text;
	__atomic_fetch_add(&b->hits, answer->at_or_over, __ATOMIC_RELAXED);
	if (b->cli->json) {
		put_json(out, screen_json(out->arena, id, q, answer));
		return;
	}
	for (size_t i = 0; i < answer->count; i++)
		put_row(out, id, name, &answer->at[i], i < answer->at_or_over ? "hit" : "near");
	if (answer->count == 0)
		put_row(out, id, name, NULL, "no hit");
}

static bool work(void *ctx, struct parallel_line *line)
{
	struct batch *b = ctx;
	char *fields[FIELDS];
	struct arena *arena = line->answer.arena;
	if (line->length == 0)
		return true;
	if (strlen(line->text) != line->length)
		return err_input(&line->err, "table.nul", "a NUL byte");
	size_t count = split(line->text, fields);
	if (count == 0)
		return err_input(&line->err, "table.quote", "a quote is not closed in its line");
	const char *id = cell(b, fields, count, ID), *country = cell(b, fields, count, COUNTRY),
	           *birth = cell(b, fields, count, BIRTH), *type = cell(b, fields, count, TYPE);
	struct entity_name name = {.text = cell(b, fields, count, NAME)};
	struct entity party = {.type = b->type,
	                       .names = &name,
	                       .name_count = 1,
	                       .countries = &country,
	                       .country_count = country != NULL,
	                       .births = &birth,
	                       .birth_count = birth != NULL};
	if (name.text == NULL)
		name.text = "";
	if (type != NULL && !entity_type_by_name(type, &party.type))
		party.type = b->type;
	struct screening_query q = *b->settings;
	struct screening_answer answer;
	struct err e = {0};
	q.party = &party;
	if (b->searchers[line->worker] == NULL)
		b->searchers[line->worker] = screening_searcher_new(
		    (const struct screening_index *const *)b->screener->indexes,
		    b->screener->index_count);
	if (screening_search(b->searchers[line->worker], arena, &q, &answer, &e))
		put_answer(b, &line->answer, id, &q, &answer);
	else
		put_error(b, &line->answer, id, name.text, &e);
	return true;
}

/* --- Taking up again ------------------------------------------------------------------------ */

/* What is written so far is durable before it is said to be done. */
static bool checkpoint(struct batch *b, struct err *e)
{
	if (b->part == NULL)
		return true;
	if (fflush(b->out) != 0 || fdatasync(fileno(b->out)) != 0)
		return err_errno(e, "cannot write %s", b->part);
	owned_arena arena = {0};
	const char *text =
	    arena_printf(&arena, "%llu %lld %llu %llu %s\n", (unsigned long long)b->lines,
	                 (long long)ftello(b->out), (unsigned long long)b->hits,
	                 (unsigned long long)b->not_screened, b->input);
	return file_write(b->progress, bytes_text(text), 0644, e);
}

static bool take(void *ctx, const struct parallel_line *line, struct err *e)
{
	struct batch *b = ctx;
	if (line->answer.len > 0 &&
	    fwrite(line->answer.at, 1, line->answer.len, b->out) != line->answer.len)
		return err_errno(e, "cannot write %s",
		                 b->part != NULL ? b->part : "standard output");
	b->lines = line->number;
	return line->number % CHECKPOINT_LINES != 0 || checkpoint(b, e);
}

/* Where an interrupted run of the same input stopped; false: begin anew. */
static bool read_progress(struct batch *b, off_t *length)
{
	struct err e = {0};
	struct bytes text;
	enum { LINES, BYTES, HITS, NOT_SCREENED, NUMBERS };
	unsigned long long n[NUMBERS];
	if (!file_exists(b->progress) || !file_read(&b->cli->arena, b->progress, 4096, &text, &e))
		return false;
	const char *at = arena_copy(&b->cli->arena, text.at, text.len);
	for (size_t i = 0; i < NUMBERS; i++) {
		char *end;
		n[i] = strtoull(at, &end, 10);
		if (end == at || *end != ' ')
			return false;
		at = end + 1;
	}
	if (strncmp(at, b->input, strlen(b->input)) != 0)
		return false;
	*b = (struct batch){.cli = b->cli,
	                    .screener = b->screener,
	                    .settings = b->settings,
	                    .type = b->type,
	                    .out_path = b->out_path,
	                    .part = b->part,
	                    .progress = b->progress,
	                    .input = b->input,
	                    .hits = n[HITS],
	                    .not_screened = n[NOT_SCREENED],
	                    .lines = n[LINES]};
	*length = (off_t)n[BYTES];
	return true;
}

static bool open_output(struct batch *b, struct err *e)
{
	off_t length = 0;
	if (b->part == NULL) {
		b->out = stdout;
		return true;
	}
	bool again = read_progress(b, &length);
	b->out = fopen(b->part, again ? "r+e" : "we");
	if (b->out == NULL || (again && (ftruncate(fileno(b->out), length) != 0 ||
	                                 fseeko(b->out, length, SEEK_SET) != 0)))
		return err_errno(e, "cannot open %s", b->part);
	if (again)
		fprintf(stderr, "proviso: screen: going on after line %llu\n",
		        (unsigned long long)b->lines);
	return true;
}

/* --- The whole ------------------------------------------------------------------------------ */

static bool read_heading(struct batch *b, FILE *in, const char *path, struct err *e)
{
	static const char *const names[COLUMNS] = {"name", "type", "country", "birth", "id"};
	char *line = NULL, *fields[FIELDS];
	size_t room = 0;
	ssize_t got = getline(&line, &room, in);
	while (got > 0 && (line[got - 1] == '\n' || line[got - 1] == '\r'))
		line[--got] = 0;
	char *head = got > 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0 ? line + 3 : line;
	size_t count = got > 0 ? split(head, fields) : 0;
	for (size_t c = 0; c < COLUMNS; c++) {
		b->columns[c] = -1;
		for (size_t i = 0; i < count; i++)
			if (strcasecmp(fields[i], names[c]) == 0)
				b->columns[c] = (int)i;
	}
	free(line);
	return b->columns[NAME] >= 0 ||
	       err_input(e, "table.heading", "%s line 1 has no column \"name\"", path);
}

static bool skip_done(struct batch *b, FILE *in, const char *path, struct err *e)
{
	char *line = NULL;
	size_t room = 0;
	for (uint64_t i = 1; i < b->lines; i++) {
		if (getline(&line, &room, in) < 0) {
			free(line);
			return err_input(e, "table.short", "%s ends before line %llu", path,
			                 (unsigned long long)b->lines);
		}
	}
	free(line);
	return true;
}

static bool screen_rows(struct batch *b, const char *path, struct err *e)
{
	owned_file in = fopen(path, "re");
	struct stat about;
	if (in == NULL || fstat(fileno(in), &about) != 0)
		return err_errno(e, "cannot open %s", path);
	b->input =
	    arena_printf(&b->cli->arena, "%lld %lld %s %.6f", (long long)about.st_size,
	                 (long long)about.st_mtime, SCREENING_ENGINE, b->settings->threshold);
	struct progress progress = cli_progress(b->cli, "screening");
	struct parallel parallel = {.ctx = b,
	                            .work = work,
	                            .take = take,
	                            .progress = &progress,
	                            .size = (uint64_t)about.st_size};
	if (!open_output(b, e) || !read_heading(b, in, path, e))
		return false;
	if (b->lines == 0) {
		b->lines = 1;
		if (!b->cli->json)
			fputs("id,name,result,score,list,entity,matched,why\n", b->out);
	}
	bool ok = skip_done(b, in, path, e) && parallel_lines(&parallel, in, path, b->lines + 1, e);
	cli_progress_end(b->cli);
	return ok;
}

static bool put_in_place(struct batch *b, struct err *e)
{
	if (b->part == NULL)
		return true;
	if (fflush(b->out) != 0 || fsync(fileno(b->out)) != 0)
		return err_errno(e, "cannot write %s", b->part);
	if (rename(b->part, b->out_path) != 0)
		return err_errno(e, "cannot rename %s to %s", b->part, b->out_path);
	unlink(b->progress);
	return true;
}

int screen_batch(struct cli *cli, struct list_screener *s, const struct screening_query *q,
                 enum entity_type type, const char *path)
{
	struct batch b = {.cli = cli,
	                  .screener = s,
	                  .settings = q,
	                  .type = type,
	                  .out_path = cli_option(cli, "output")};
	if (b.out_path != NULL) {
		b.part = arena_printf(&cli->arena, "%s.part", b.out_path);
		b.progress = arena_printf(&cli->arena, "%s.progress", b.out_path);
	}
	bool ok = screen_rows(&b, path, &cli->err) && put_in_place(&b, &cli->err);
	for (size_t i = 0; i < PARALLEL_WORKERS; i++)
		screening_searcher_free(b.searchers[i]);
	if (b.part != NULL && b.out != NULL)
		fclose(b.out);
	if (!ok)
		return cli_fail(cli);
	if (b.not_screened > 0) {
		err_input(&cli->err, "screening.rows",
		          "%llu rows were not screened; their answers say why",
		          (unsigned long long)b.not_screened);
		return cli_fail(cli);
	}
	return b.hits > 0 ? 1 : 0;
}

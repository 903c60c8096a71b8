#include "pairs.h"

#include <sys/stat.h>
#include <unistd.h>

#include "parallel.h"
#include "screening/screening.h"

struct pairs {
	int name1, name2, type; /* columns; type -1 when there is none */
	enum entity_type otherwise;
	FILE *out;
	const char *out_path;
};

static struct bytes column(const struct parallel_line *line, int wanted)
{
	const char *at = line->text, *end = line->text + line->length;
	for (int i = 0; i < wanted && at < end; i++) {
		const char *tab = memchr(at, '\t', (size_t)(end - at));
		at = tab == NULL ? end : tab + 1;
	}
	const char *tab = at < end ? memchr(at, '\t', (size_t)(end - at)) : NULL;
	return bytes_of(at, (size_t)((tab == NULL ? end : tab) - at));
}

static bool work(void *ctx, struct parallel_line *line)
{
	const struct pairs *p = ctx;
	enum entity_type type = p->otherwise;
	double score;
	if (p->type >= 0) {
		char name[32] = {0};
		struct bytes given = column(line, p->type);
		memcpy(name, given.at, given.len < sizeof name ? given.len : sizeof name - 1);
		if (!entity_type_by_name(name, &type))
			type = p->otherwise;
	}
	if (!screening_score(column(line, p->name1), column(line, p->name2), type, &score,
	                     &line->err))
		return false;
	buffer_printf(&line->answer, "\t%.6f\n", score);
	return true;
}

static bool take(void *ctx, const struct parallel_line *line, struct err *e)
{
	const struct pairs *p = ctx;
	if (fwrite(line->text, 1, line->length, p->out) != line->length ||
	    fwrite(line->answer.at, 1, line->answer.len, p->out) != line->answer.len)
		return err_errno(e, "cannot write %s", p->out_path);
	return true;
}

static int find_column(const struct parallel_line *heading, const char *name)
{
	int columns = 1;
	for (size_t i = 0; i < heading->length; i++)
		columns += heading->text[i] == '\t';
	for (int i = 0; i < columns; i++)
		if (bytes_equal(column(heading, i), bytes_text(name)))
			return i;
	return -1;
}

static bool read_heading(struct pairs *p, FILE *in, const char *path, struct err *e)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t got = getline(&text, &room, in);
	while (got > 0 && (text[got - 1] == '\n' || text[got - 1] == '\r'))
		text[--got] = 0;
	struct parallel_line heading = {.text = text, .length = got > 0 ? (size_t)got : 0};
	p->name1 = find_column(&heading, "name1");
	p->name2 = find_column(&heading, "name2");
	p->type = find_column(&heading, "type");
	bool ok = p->name1 >= 0 && p->name2 >= 0;
	if (!ok)
		err_input(e, "pairs.heading",
		          "%s line 1 has no columns name1 and name2 (tab-separated)", path);
	else if (fprintf(p->out, "%s\tscore\n", text) < 0)
		ok = err_errno(e, "cannot write %s", p->out_path);
	free(text);
	return ok;
}

static bool score_all(struct cli *cli, struct pairs *p, const char *path, struct err *e)
{
	owned_file in = fopen(path, "re");
	if (in == NULL)
		return err_errno(e, "cannot open %s", path);
	struct stat about;
	struct progress progress = cli_progress(cli, "matching");
	struct parallel parallel = {.ctx = p, .work = work, .take = take, .progress = &progress};
	if (fstat(fileno(in), &about) == 0)
		parallel.size = (uint64_t)about.st_size;
	bool ok = read_heading(p, in, path, e) && parallel_lines(&parallel, in, path, 2, e);
	cli_progress_end(cli);
	return ok;
}

/* The whole table or nothing: it is put in place when it is complete. */
bool pairs_score(struct cli *cli, const char *in, const char *out, enum entity_type type)
{
	struct err *e = &cli->err;
	const char *part = arena_printf(&cli->arena, "%s.part", out);
	struct pairs p = {.otherwise = type, .out = fopen(part, "we"), .out_path = part};
	if (p.out == NULL)
		return err_errno(e, "cannot create %s", part);
	bool ok = score_all(cli, &p, in, e);
	bool is_written = fflush(p.out) == 0 && fsync(fileno(p.out)) == 0;
	is_written = fclose(p.out) == 0 && is_written;
	if (ok && !is_written)
		ok = err_errno(e, "cannot write %s", part);
	if (ok && rename(part, out) != 0)
		ok = err_errno(e, "cannot rename %s to %s", part, out);
	if (!ok)
		unlink(part);
	return ok;
}

/*
 * proviso-line: a gate for shell scripts: a line in, a line out (README.md).
 */
#include <stdio.h>
#include <string.h>

#include "parse.h"

/* What the gate says may hold anything but what ends a field or a line. */
static void put(const char *text)
{
	for (; *text != 0; text++)
		putchar((unsigned char)*text < ' ' ? ' ' : *text);
}

static void say(const char *word, const char *code, const char *text)
{
	printf("%s\t%s\t", word, code);
	put(text);
	putchar('\n');
}

/* Up to the end of the line, which is left out. -1: the end; -2: no line of the protocol. */
static int read_line(char line[LINE_MAX_BYTES])
{
	size_t len = 0;
	bool good = true;
	int c;
	while ((c = getchar()) != EOF && c != '\n') {
		if (c == 0 || len == LINE_MAX_BYTES - 1)
			good = false;
		else
			line[len++] = (char)c;
	}
	line[good ? len : 0] = 0;
	if (c == EOF)
		return -1; /* a line that was not ended asks nothing */
	return good ? (int)len : -2;
}

static void status(struct proviso_gate *gate)
{
	struct proviso_status s;
	proviso_gate_status(gate, &s);
	printf("status\t%s\t%lld\n", proviso_code_name(s.code), (long long)s.remaining_seconds);
}

static void question(struct proviso_gate *gate, const struct line *l)
{
	struct proviso_answer answer;
	struct proviso_error error = {0};
	bool yes = l->word == LINE_DECIDE
	               ? proviso_gate_decide_text(gate, &l->use, &answer, &error)
	               : proviso_gate_ask_text(gate, &l->use, NULL, &answer, &error);
	if (error.kind != PROVISO_OK)
		say("error", error.code[0] != 0 ? error.code : "line.usage", error.text);
	else if (!yes)
		say("refused", proviso_code_name(answer.code), answer.words);
	else if (l->word == LINE_ASK)
		say("would-be-allowed", proviso_code_name(answer.code), "ask records nothing");
	else
		printf("allowed\t%llu\n", (unsigned long long)answer.position);
}

static int answer_lines(struct proviso_gate *gate)
{
	static char text[LINE_MAX_BYTES];
	struct line l;
	const char *why = "a line has at most 8191 bytes, and no zeros";
	for (int len; (len = read_line(text)) != -1;) {
		if (len < 0 || !line_parse(text, &l, &why))
			say("error", "line.malformed", why);
		else if (l.word == LINE_STATUS)
			status(gate);
		else
			question(gate, &l);
		if (fflush(stdout) != 0)
			return PROVISO_ENVIRONMENT;
		why = "a line has at most 8191 bytes, and no zeros";
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct proviso_error error = {0};
	if (argc != 3 || strcmp(argv[1], "--system") != 0) {
		fputs("usage: proviso-line --system DIR\n\nDIR is a system's directory or a "
		      "proviso-gated's socket. A line in, a line out.\n",
		      stderr);
		return PROVISO_USAGE;
	}
	struct proviso_gate *gate = proviso_gate_open(argv[2], NULL, &error);
	int exit_status = gate == NULL ? (int)error.kind : answer_lines(gate);
	if (gate != NULL && !proviso_gate_close(gate, &error))
		exit_status = (int)error.kind;
	if (error.kind != PROVISO_OK)
		fprintf(stderr, "proviso-line: %s: %s\n", error.code, error.text);
	return exit_status;
}

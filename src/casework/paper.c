#include "paper.h"

#include <assert.h>
#include <string.h>

/* --- Tables -------------------------------------------------------------------------------- */

#define AT(k, n, t, s, member)                                                                     \
	.key = (k), .name = (n), .type = (t), .offset = offsetof(struct s##_paper, member)
#define OPTIONAL(s, member) .optional = true, .present = offsetof(struct s##_paper, has_##member)
#define END                                                                                        \
	{                                                                                          \
		.type = FIELD_END                                                                  \
	}

static const char *const asked_words[] = {"exporter", "end-user", NULL};
static const char *const flag_words[] = {"set", "cleared", NULL};
static const char *const asked_for[] = {"asked", NULL};
static const char *const verdicts[] = {"agreed", "change", NULL};

static const struct field comment_fields[] = {
    {AT(1, "text", FIELD_TEXT, comment, text), .most = PAPER_TEXT_MAX},
    END,
};

static const struct field question_fields[] = {
    {AT(1, "text", FIELD_TEXT, question, text), .most = PAPER_TEXT_MAX},
    {AT(2, "to", FIELD_CHOICE, question, to), OPTIONAL(question, to), .words = asked_words},
    {AT(3, "days", FIELD_UINT, question, days), OPTIONAL(question, days),
     .most = QUESTION_DAYS_MAX},
    END,
};

static const struct field reply_fields[] = {
    {AT(1, "question", FIELD_UINT, reply, question)},
    {AT(2, "text", FIELD_TEXT, reply, text), .most = PAPER_TEXT_MAX},
    END,
};

static const struct field attachment_fields[] = {
    {AT(1, "name", FIELD_TEXT, attachment, name), .most = 255},
    {AT(2, "media-type", FIELD_TEXT, attachment, media_type), .most = 127},
    {AT(3, "digest", FIELD_HASH, attachment, digest)},
    {AT(4, "size", FIELD_UINT, attachment, size), .most = ATTACHMENT_MAX},
    {AT(5, "question", FIELD_UINT, attachment, question), OPTIONAL(attachment, question)},
    END,
};

static const struct field answer_fields[] = {
    {.key = 1,
     .name = "question",
     .type = FIELD_TEXT,
     .offset = offsetof(struct checklist_answer, question)},
    {.key = 2,
     .name = "answer",
     .type = FIELD_TEXT,
     .offset = offsetof(struct checklist_answer, answer)},
    {.key = 3,
     .name = "sources",
     .type = FIELD_LIST,
     .offset = offsetof(struct checklist_answer, sources),
     .element = FIELD_TEXT,
     .size = sizeof(const char *),
     .optional = true,
     .most = 50},
    END,
};

static const struct field checklist_fields[] = {
    {AT(1, "name", FIELD_LABEL, checklist, name)},
    {AT(2, "answers", FIELD_LIST, checklist, answers), .element = FIELD_STRUCT,
     .size = sizeof(struct checklist_answer), .fields = answer_fields, .most = 100},
    END,
};

static const struct field assignment_fields[] = {
    {AT(1, "team", FIELD_LABEL, assignment, team), OPTIONAL(assignment, team)},
    {AT(2, "person", FIELD_TEXT, assignment, person), OPTIONAL(assignment, person), .most = 512},
    END,
};

static const struct field flag_fields[] = {
    {AT(1, "flag", FIELD_LABEL, flag, flag)},
    {AT(2, "state", FIELD_CHOICE, flag, state), .words = flag_words},
    END,
};

static const struct field draft_fields[] = {
    {AT(1, "name", FIELD_LABEL, draft, name)},
    {AT(2, "form", FIELD_TEXT, draft, form), .most = PAPER_DRAFT_MAX},
    {AT(3, "review", FIELD_CHOICE, draft, review), OPTIONAL(draft, review), .words = asked_for},
    END,
};

static const struct field review_fields[] = {
    {AT(1, "draft", FIELD_LABEL, review, draft)},
    {AT(2, "by", FIELD_TEXT, review, by), .most = 512},
    {AT(3, "digest", FIELD_HASH, review, digest)},
    {AT(4, "verdict", FIELD_CHOICE, review, verdict), .words = verdicts},
    {AT(5, "text", FIELD_TEXT, review, text), OPTIONAL(review, text), .most = REVIEW_TEXT_MAX},
    END,
};

#define KIND(n)                                                                                    \
	{                                                                                          \
#n, n##_fields, sizeof(struct n##_paper)                                           \
	}

static const struct {
	const char *name;
	const struct field *fields;
	size_t size;
} kinds[PAPER_KINDS] = {
    [PAPER_COMMENT] = KIND(comment),     [PAPER_QUESTION] = KIND(question),
    [PAPER_REPLY] = KIND(reply),         [PAPER_ATTACHMENT] = KIND(attachment),
    [PAPER_CHECKLIST] = KIND(checklist), [PAPER_ASSIGNMENT] = KIND(assignment),
    [PAPER_FLAG] = KIND(flag),           [PAPER_DRAFT] = KIND(draft),
    [PAPER_REVIEW] = KIND(review),
};

const char *paper_kind_name(enum paper_kind kind)
{
	assert(kind < PAPER_KINDS);
	return kinds[kind].name;
}

bool paper_kind_by_name(const char *name, enum paper_kind *out)
{
	for (unsigned i = 0; i < PAPER_KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0) {
			*out = (enum paper_kind)i;
			return true;
		}
	return false;
}

const struct field *paper_fields(enum paper_kind kind)
{
	assert(kind < PAPER_KINDS);
	return kinds[kind].fields;
}

bool paper_fill(struct arena *arena, enum paper_kind kind, const struct form_node *root,
                union paper_value *out, struct err *e)
{
	static const struct form_world nothing = {0};
	memset(out, 0, sizeof *out);
	return form_fields(arena, kinds[kind].fields, root, &nothing, out, e);
}

bool paper_encode(struct arena *arena, enum paper_kind kind, const union paper_value *value,
                  struct bytes *out, struct err *e)
{
	return fields_encode(arena, kinds[kind].fields, value, out, e);
}

bool paper_decode(struct arena *arena, enum paper_kind kind, struct bytes bytes,
                  union paper_value *out, struct err *e)
{
	struct err why;
	memset(out, 0, sizeof *out);
	return fields_decode(arena, kinds[kind].fields, bytes, out, &why) ||
	       err_environment(e, "a paper of kind %s is damaged: %s", kinds[kind].name, why.text);
}

/* --- Who may what -------------------------------------------------------------------------- */

#define NONE   REACH_NONE
#define OWN    REACH_OWN
#define HOUSE  REACH_HOUSE
#define SHARED REACH_SHARED
#define HEARD  REACH_HEARD
#define ALL    REACH_ALL

/*
 * Officers do the work, auditors look over their shoulders. An exporter or end user sees what he
 * was asked and answers it, and may hand papers in. A body that must be heard sees what the office
 * has learned of the case, and not what its people say to one another. Drafts are their author's
 * alone, but that an exporter or end user may put one up for its own house, which says what it
 * thinks of it; the office sees neither.
 */
static const enum reach reads[PAPER_KINDS][ROLE_COUNT] = {
    /*                   authority officer exporter end-user auditor adviser */
    [PAPER_COMMENT] = {ALL, ALL, NONE, NONE, ALL, NONE},
    [PAPER_QUESTION] = {ALL, ALL, SHARED, SHARED, ALL, HEARD},
    [PAPER_REPLY] = {ALL, ALL, SHARED, SHARED, ALL, HEARD},
    [PAPER_ATTACHMENT] = {ALL, ALL, SHARED, SHARED, ALL, HEARD},
    [PAPER_CHECKLIST] = {ALL, ALL, NONE, NONE, ALL, HEARD},
    [PAPER_ASSIGNMENT] = {ALL, ALL, NONE, NONE, ALL, NONE},
    [PAPER_FLAG] = {ALL, ALL, NONE, NONE, ALL, NONE},
    [PAPER_DRAFT] = {OWN, OWN, HOUSE, HOUSE, OWN, OWN},
    [PAPER_REVIEW] = {NONE, NONE, HOUSE, HOUSE, NONE, NONE},
};

/* A reply that came by post is an officer's to enter, and says that it is his. */
static const enum reach writes[PAPER_KINDS][ROLE_COUNT] = {
    [PAPER_COMMENT] = {ALL, ALL, NONE, NONE, NONE, NONE},
    [PAPER_QUESTION] = {ALL, ALL, NONE, NONE, NONE, NONE},
    [PAPER_REPLY] = {ALL, ALL, SHARED, SHARED, NONE, NONE},
    [PAPER_ATTACHMENT] = {ALL, ALL, SHARED, SHARED, NONE, NONE},
    [PAPER_CHECKLIST] = {ALL, ALL, NONE, NONE, NONE, NONE},
    [PAPER_ASSIGNMENT] = {ALL, ALL, NONE, NONE, NONE, NONE},
    [PAPER_FLAG] = {ALL, ALL, NONE, NONE, NONE, NONE},
    [PAPER_DRAFT] = {OWN, OWN, OWN, OWN, OWN, OWN},
    [PAPER_REVIEW] = {NONE, NONE, HOUSE, HOUSE, NONE, NONE},
};

enum reach paper_reads(enum role role, enum paper_kind kind)
{
	return reads[kind][role];
}

enum reach paper_writes(enum role role, enum paper_kind kind)
{
	return writes[kind][role];
}

static bool is_by(const struct paper *paper, const struct person *who)
{
	return paper->by.role == who->role && strcmp(paper->by.holder, who->holder) == 0;
}

static bool is_for_house(const struct paper *paper, const struct person *who,
                         const struct house *house)
{
	return house != NULL && paper->by.role == who->role && house_has(house, paper->by.holder) &&
	       (paper->kind != PAPER_DRAFT || paper->value.draft.has_review);
}

bool paper_may_read(const struct person *who, const struct standing *standing,
                    const struct paper *paper)
{
	switch (reads[paper->kind][who->role]) {
	case REACH_NONE:
		return false;
	case REACH_OWN:
		return is_by(paper, who);
	case REACH_HOUSE:
		return is_by(paper, who) || is_for_house(paper, who, standing->house);
	case REACH_SHARED:
		return standing->is_party && paper->has_shared && paper->shared == who->role;
	case REACH_HEARD:
		return standing->is_heard;
	case REACH_ALL:
		return true;
	}
	return false;
}

bool paper_may_write(const struct person *who, const struct standing *standing,
                     enum paper_kind kind, struct err *e)
{
	static const char *const names[] = {"authority", "officer", "exporter", "end user",
	                                    "auditor",   "adviser", "inbox",    "witnesses"};
	enum reach reach = writes[kind][who->role];
	if (reach == REACH_ALL || reach == REACH_OWN ||
	    (reach == REACH_HOUSE && standing->house != NULL) ||
	    (reach == REACH_SHARED && standing->is_party))
		return true;
	return err_refused(e, "paper.not-entitled", "the %s %s may not write a %s on this case",
	                   names[who->role], who->holder, kinds[kind].name);
}

static bool is_partys(enum role role)
{
	return role == ROLE_EXPORTER || role == ROLE_END_USER;
}

bool paper_share(struct paper *paper, const struct paper *question, struct err *e)
{
	bool answers = paper->kind == PAPER_REPLY ||
	               (paper->kind == PAPER_ATTACHMENT && paper->value.attachment.has_question);
	paper->has_shared = false;
	if (paper->kind == PAPER_QUESTION) {
		paper->has_shared = true;
		paper->shared =
		    paper->value.question.has_to && paper->value.question.to == ASKED_END_USER
		        ? ROLE_END_USER
		        : ROLE_EXPORTER;
		return true;
	}
	if (answers) {
		bool is_one = question != NULL && question->kind == PAPER_QUESTION &&
		              hash_equal(&question->subject, &paper->subject);
		/* Who was not asked is not told that others were. */
		if (!is_one || (is_partys(paper->by.role) && question->shared != paper->by.role))
			return err_refused(e, "paper.no-such-question",
			                   "there is no such question on this case");
		paper->has_shared = true;
		paper->shared = question->shared;
	} else if (paper->kind == PAPER_ATTACHMENT && is_partys(paper->by.role)) {
		paper->has_shared = true;
		paper->shared = paper->by.role;
	}
	return true;
}

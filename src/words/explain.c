/* Which statement narrowed what, and which refuse a use. */
#include "words.h"

#include <ctype.h>

#include "authority/query.h"
#include "base/instant.h"
#include "scope/scope.h"

/*
 * "capability=C purpose=P territory=T subject=S [with=A,B] [at=TIME]": words in any order, as
 * in one argument. `now` is the time when none is given.
 */
static bool parse_use(struct words *w, const char *text, int64_t now, struct scope_use *use,
                      struct selector *subject)
{
	char *words = arena_copy(w->arena, text, strlen(text)), *save = NULL;
	bool has_subject = false;
	*use = (struct scope_use){.at = now, .subject = subject};
	for (char *word = strtok_r(words, " \t\n", &save); word != NULL;
	     word = strtok_r(NULL, " \t\n", &save)) {
		char *value = strchr(word, '=');
		if (value == NULL)
			return err_input(w->err, "use.syntax",
			                 "\"%s\" is not like purpose=terrorism", word);
		*value++ = 0;
		if (strcmp(word, "capability") == 0)
			use->capability = value;
		else if (strcmp(word, "purpose") == 0)
			use->purpose = value;
		else if (strcmp(word, "territory") == 0)
			use->territory = value;
		else if (strcmp(word, "subject") == 0) {
			if (!selector_parse(bytes_text(value), subject, w->err))
				return false;
			has_subject = true;
		} else if (strcmp(word, "at") == 0) {
			if (!instant_parse(bytes_text(value), &use->at))
				return err_input(w->err, "scope.instant",
				                 "at: \"%s\" is not like 2026-01-01T00:00:00Z",
				                 value);
		} else if (strcmp(word, "with") == 0) {
			const char **with = arena_array(w->arena, strlen(value) + 1, sizeof *with);
			char *again = NULL;
			for (char *word_with = strtok_r(value, ",", &again); word_with != NULL;
			     word_with = strtok_r(NULL, ",", &again))
				with[use->with_count++] = word_with;
			use->with = with;
		} else {
			return err_input(w->err, "use.syntax", "a use has no \"%s\"", word);
		}
	}
	if (use->capability == NULL || use->purpose == NULL || use->territory == NULL ||
	    !has_subject)
		return err_input(w->err, "use.syntax",
		                 "a use has capability=, purpose=, territory= and subject=");
	return scope_label_check(bytes_text(use->capability), w->err) &&
	       scope_label_check(bytes_text(use->purpose), w->err) &&
	       scope_label_check(bytes_text(use->territory), w->err);
}

static json_t *operands_json(struct words *w, const struct effective *eff, const bool refuses[])
{
	json_t *array = json_array();
	for (size_t i = 0; i < eff->operand_count; i++) {
		const struct operand *o = &eff->operands[i];
		json_t *one =
		    json_pack("{s:s,s:s,s:s,s:s}", "id", words_hex(w->arena, &o->id), "title",
		              o->title, "why", o->words, "scope", scope_text(w->arena, o->scope));
		if (refuses != NULL)
			json_object_set_new(one, "refuses", json_boolean(refuses[i]));
		json_array_append_new(array, one);
	}
	return array;
}

static const struct scope_operand *as_scopes(struct words *w, const struct effective *eff)
{
	struct scope_operand *operands =
	    arena_array(w->arena, eff->operand_count, sizeof *operands);
	for (size_t i = 0; i < eff->operand_count; i++)
		operands[i] =
		    (struct scope_operand){eff->operands[i].title, eff->operands[i].scope};
	return operands;
}

static void print_condition(struct words *w, const struct condition *c, const char *purposes)
{
	const struct effective *eff = &c->effective;
	buffer_printf(&w->text, "system %s  %s, of %s (%s), by %s\n\n",
	              words_short(w->arena, &c->system.id), c->system.serial, c->system.end_user,
	              c->system.country, c->system.exporter);
	for (size_t i = 0; i < eff->operand_count; i++) {
		const struct operand *o = &eff->operands[i];
		buffer_printf(&w->text, "%s%s\n    %s\n    %s\n", i == 0 ? "  " : "⊓ ", o->title,
		              o->words, scope_text(w->arena, o->scope));
	}
	buffer_printf(&w->text, "\n= in force\n    %s\n", scope_text(w->arena, eff->scope));
	const char *narrowed = scope_explain(w->arena, as_scopes(w, eff), eff->operand_count);
	if (*narrowed != 0)
		buffer_printf(&w->text, "\nwhat narrowed what:\n%s%s", narrowed,
		              narrowed[strlen(narrowed) - 1] == '\n' ? "" : "\n");
	buffer_printf(&w->text, "%s%s", *purposes != 0 ? "\n" : "", purposes);
}

/* The statements that do not allow the use. */
static bool explain_use(struct words *w, const struct condition *c, const char *text)
{
	const struct effective *eff = &c->effective;
	struct scope_use use;
	struct selector subject;
	if (!parse_use(w, text, w->now, &use, &subject))
		return false;
	bool *refuses = arena_array(w->arena, eff->operand_count, sizeof *refuses);
	size_t count = scope_who_refuses(as_scopes(w, eff), eff->operand_count, &use, refuses);
	w->is_no = count > 0;
	if (w->json) {
		w->value =
		    json_pack("{s:s,s:b,s:o}", "system", words_hex(w->arena, &c->system.id),
		              "allowed", count == 0, "operands", operands_json(w, eff, refuses));
		return true;
	}
	if (count == 0) {
		buffer_text(&w->text, "allowed: every statement allows it\n");
		return true;
	}
	buffer_printf(&w->text, "refused by %zu of %zu statements:\n", count, eff->operand_count);
	for (size_t i = 0; i < eff->operand_count; i++) {
		enum scope_dimension which;
		if (!refuses[i])
			continue;
		scope_allows(eff->operands[i].scope, &use, &which);
		buffer_printf(&w->text, "  %s\n      %s\n      %s\n", eff->operands[i].title,
		              scope_refusal(w->arena, eff->operands[i].scope, &use, which),
		              eff->operands[i].words);
	}
	return true;
}

bool words_explain(struct words *w, const char *system, const char *use)
{
	struct condition c;
	struct hash id;
	uint64_t index;
	struct state state = authority_state(w->authority);
	const char *purposes = "";
	w->text.arena = w->arena;
	if (!store_find(w->authority->store, system, &id, &index, w->err) ||
	    !query_condition(&state, w->arena, &id, w->now, &c, w->err))
		return false;
	if (use != NULL)
		return explain_use(w, &c, use);
	for (size_t i = 0; i < c.effective.operand_count; i++)
		if (c.effective.operands[i].kind == OPERAND_DEFINITIONS &&
		    !words_purposes(w->arena, &state, &c.effective.operands[i].id,
		                    c.effective.scope, "", &purposes, w->err))
			return false;
	if (!w->json) {
		print_condition(w, &c, purposes);
		return true;
	}
	w->value = json_pack("{s:s,s:s,s:b,s:o}", "system", words_hex(w->arena, &c.system.id),
	                     "scope", scope_text(w->arena, c.effective.scope), "in-force",
	                     c.is_in_force, "operands", operands_json(w, &c.effective, NULL));
	return true;
}

/* The rules of routing in words, and the form that tries others and puts them in their place. */
#include "pages.h"

#include "casework/asked.h"
#include "casework/keep.h"

/* {"key", "values", "words"}: words are keys of messages. */
static void add_part(json_t *to, const char *key, json_t *values, json_t *words)
{
	if (json_array_size(values) + json_array_size(words) > 0)
		json_array_append_new(
		    to, json_pack("{s:s,s:O,s:O}", "key", key, "values", values, "words", words));
	json_decref(values);
	json_decref(words);
}

static json_t *texts(const struct list *list)
{
	json_t *all = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(all, json_string(((const char *const *)list->at)[i]));
	return all;
}

static json_t *kinds(struct arena *arena, const struct list *list)
{
	json_t *all = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(
		    all, json_pack("{s:s}", "word",
		                   arena_printf(arena, "kind.%s",
		                                rule_kinds[((const unsigned *)list->at)[i]])));
	return all;
}

static json_t *one(struct arena *arena, bool is_there, const char *text)
{
	return is_there ? json_pack("[s]", arena_printf(arena, "%s", text)) : json_array();
}

static json_t *rule_row(struct arena *arena, const struct routing_rule *r)
{
	json_t *when = json_array(), *then = json_array();
	add_part(when, "routing.kinds", json_array(), kinds(arena, &r->kinds));
	add_part(when, "routing.countries", texts(&r->countries), json_array());
	add_part(when, "routing.capabilities", texts(&r->capabilities), json_array());
	add_part(when, "routing.items", texts(&r->items), json_array());
	add_part(when, "routing.hits",
	         one(arena, r->has_hits, arena_printf(arena, "%llu", (unsigned long long)r->hits)),
	         json_array());
	add_part(then, "work.team", one(arena, r->has_team, r->team), json_array());
	add_part(then, "routing.flags", texts(&r->flags), json_array());
	add_part(then, "routing.bodies", texts(&r->bodies), json_array());
	add_part(then, "routing.checklists", texts(&r->checklists), json_array());
	return json_pack("{s:s,s:o,s:o}", "name", r->name, "when", when, "then", then);
}

bool page_routing(struct page *p)
{
	struct casework_settings settings;
	struct kept_settings kept;
	struct err bad = {0};
	json_t *rows = json_array();
	page_set(p, "rows", rows);
	page_set(p, "is-office", json_false());
	struct person who = p->has_person ? person_of(&p->person) : (struct person){0};
	if (!p->has_person || !person_is_office(&who))
		return true;
	if (!keep_read(p->arena, p->service->options.home, &kept, p->err))
		return false;
	page_set(p, "is-office", json_true());
	page_set(p, "may-change",
	         json_boolean(who.role == ROLE_OFFICER || who.role == ROLE_AUTHORITY));
	page_set(p, "yaml", json_string(kept.yaml));
	page_set(p, "digest", json_string(words_hex(p->arena, &kept.digest)));
	page_set(p, "applied", kept.applied != NULL ? json_string(kept.applied) : json_null());
	page_set(p, "has-previous", json_boolean(kept.has_previous));
	/* A file that is bad is shown, so that it can be mended. */
	if (*kept.yaml != 0 && !settings_parse(p->arena, bytes_text(kept.yaml), &settings, &bad))
		page_set(p, "bad", json_string(bad.text));
	else if (*kept.yaml != 0)
		for (size_t i = 0; i < settings.rules.count; i++)
			json_array_append_new(
			    rows,
			    rule_row(p->arena, (const struct routing_rule *)settings.rules.at + i));
	return true;
}

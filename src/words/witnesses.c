/* Who cosigned what is published, and how long ago: told before leases end for want of it. */
#include "words.h"

enum { STALE_SECONDS = 300 }; /* a quiet log is cosigned every minute */

static json_t *one_witness(const struct witnessing *all, size_t i)
{
	return json_pack("{s:s,s:b}", "name", all->names[i], "cosigned", all->cosigned[i]);
}

static void tell_missing(struct words *w, const struct witnessing *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (!all->cosigned[i])
			buffer_printf(&w->text, "warning    %s has not cosigned\n", all->names[i]);
	if (all->size < all->entries)
		buffer_printf(&w->text,
		              "warning    %llu entries wait for witnesses: no lease is given\n",
		              (unsigned long long)(all->entries - all->size));
	if (w->now - all->time > STALE_SECONDS)
		buffer_printf(
		    &w->text,
		    "warning    it is %s since a quorum cosigned: leases end (proviso log "
		    "cosign)\n",
		    words_duration(w->arena, w->now - all->time));
}

bool words_witnesses(struct words *w, json_t **out)
{
	struct witnessing all;
	*out = NULL;
	if (!authority_witnesses(w->authority, w->arena, &all, w->err))
		return false;
	if (!all.has_policy)
		return true;
	json_t *list = json_array();
	size_t good = 0;
	for (size_t i = 0; i < all.count; i++) {
		json_array_append_new(list, one_witness(&all, i));
		good += all.cosigned[i];
	}
	*out =
	    json_pack("{s:s,s:I,s:I,s:b,s:o}", "time", words_time(w->arena, all.time), "published",
	              (json_int_t)all.size, "waiting", (json_int_t)(all.entries - all.size),
	              "stale", w->now - all.time > STALE_SECONDS, "list", list);
	buffer_printf(&w->text, "witnesses  %zu of %zu cosigned %llu entries, at %s\n", good,
	              all.count, (unsigned long long)all.size, words_time(w->arena, all.time));
	tell_missing(w, &all);
	buffer_text(&w->text, "\n");
	return true;
}

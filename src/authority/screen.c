#include "screen.h"

#include <assert.h>

#include "entries.h"
#include "query.h"
#include "screening/matching.h"
#include "screening/screening.h"

enum {
	HITS = 64,         /* named in a screening at most, and no more bytes of them than this: */
	HIT_BYTES = 40000, /* an entry of the log holds 65,535, and parties and listings 20,000 */
	HIT_OVERHEAD = 128,
	LISTINGS = 256,
	REASON_BYTES = 1500, /* of which the match and each note have: */
	WHY_BYTES = 600,
	NOTE_BYTES = 300,
	NAME_BYTES = 500,
	SOURCE_BYTES = 4000,
};

struct screen {
	struct batch *batch;
	struct list_screener screener;
	struct hash listings[LISTINGS];
	size_t listing_count;
};

/* --- Listings ------------------------------------------------------------------------------- */

/* The latest listing of a list on the log. */
static bool listing_of(struct batch *b, const char *list, struct hash *id, union record_body *body,
                       bool *found, struct err *e)
{
	struct bytes value = {0};
	*found = false;
	if (!b->state.get(b->state.ctx, key_text(b->arena, "listing/", list), b->arena, &value, e))
		return false;
	if (value.at == NULL)
		return true;
	assert(value.len == HASH_SIZE);
	memcpy(id->at, value.at, HASH_SIZE);
	return entry_body(&b->state, b->arena, KIND_LISTING, id, body, found, e);
}

/* Whether what the home screens against is what the log says it has. */
static bool gather_listings(struct screen *s, struct err *e)
{
	union record_body body;
	bool found;
	if (!listing_of(s->batch, screening_embedded_name(), &s->listings[0], &body, &found, e))
		return false;
	assert(found);
	s->listing_count = 1;
	for (size_t i = 0; i < s->screener.list_count; i++) {
		const struct watched_list *list = &s->screener.lists[i];
		if (s->listing_count == LISTINGS)
			return err_refused(e, "lists.too-many", "more than %d lists", LISTINGS - 1);
		if (!listing_of(s->batch, list->name, &s->listings[s->listing_count], &body, &found,
		                e))
			return false;
		if (!found || !hash_equal(&body.listing.digest, &list_current(list)->digest))
			return err_refused(
			    e, "lists.not-on-the-log",
			    "the snapshot of list %s is not on the log yet (proviso lists update)",
			    list->name);
		s->listing_count++;
	}
	return true;
}

static bool screen_open(struct screen *s, struct batch *b, struct err *e)
{
	s->batch = b;
	s->listing_count = 0;
	if (!list_screener_open(&s->screener, b->authority->home, b->now, e))
		return false;
	if (gather_listings(s, e))
		return true;
	list_screener_close(&s->screener);
	return false;
}

/* --- Parties -------------------------------------------------------------------------------- */

enum { PARTIES = 3 + OTHER_PARTIES }; /* exporter, end user, signatory, and others */

struct parties {
	struct screened_party at[PARTIES];
	enum entity_type types[PARTIES];
	size_t count;
};

static void add_party(struct parties *p, const char *party, const char *name, const char *country,
                      enum entity_type type)
{
	p->types[p->count] = type;
	p->at[p->count++] = (struct screened_party){
	    .party = party, .name = name, .has_country = country != NULL, .country = country};
}

/* The signatory of the end user's latest declaration, where there is one. */
static bool add_signatory(struct batch *b, const struct party *end_user, struct parties *p,
                          struct err *e)
{
	struct holder_entry holder;
	union record_body body;
	bool found;
	if (!entry_get(&b->state, b->arena, ENTRY_HOLDER,
	               key_holder(b->arena, ROLE_END_USER, end_user->name), &holder, &found, e))
		return false;
	if (!found || !holder.has_declaration)
		return true;
	if (!entry_body(&b->state, b->arena, KIND_DECLARATION, &holder.declaration, &body, &found,
	                e))
		return false;
	assert(found);
	add_party(p, "signatory", body.declaration.signatory.name, NULL, ENTITY_PERSON);
	return true;
}

static bool parties_of(struct batch *b, const struct application_body *a, struct parties *p,
                       struct err *e)
{
	p->count = 0;
	add_party(p, "exporter", a->exporter.name, a->exporter.country, ENTITY_ORGANISATION);
	add_party(p, "end-user", a->end_user.name, a->end_user.country, ENTITY_ORGANISATION);
	const struct other_party *others = a->parties.at;
	for (size_t i = 0; i < a->parties.count; i++)
		add_party(p, others[i].role, others[i].name,
		          others[i].has_country ? others[i].country : NULL, ENTITY_ANY);
	return add_signatory(b, &a->end_user, p, e);
}

/* --- Hits ----------------------------------------------------------------------------------- */

/* The length of a character that may not stand in a record: control, or of writing direction. */
static size_t misleading(const unsigned char *at)
{
	if (at[0] < ' ' || at[0] == 0x7F)
		return 1;
	if (at[0] == 0xC2 && at[1] < 0xA0)
		return 2;
	bool is_direction = at[0] == 0xE2 && ((at[1] == 0x80 && at[2] >= 0xA8 && at[2] <= 0xAE) ||
	                                      (at[1] == 0x81 && at[2] >= 0xA6 && at[2] <= 0xA9));
	return is_direction ? 3 : 0;
}

/* What a list says, as a record may: readable, and of at most `most` bytes. */
static const char *readable(struct arena *arena, const char *text, size_t most)
{
	char *out = arena_alloc(arena, most + 4);
	size_t len = 0;
	for (const unsigned char *at = (const unsigned char *)text; *at != 0;) {
		size_t skip = misleading(at), size = *at < 0x80   ? 1
		                                     : *at < 0xE0 ? 2
		                                     : *at < 0xF0 ? 3
		                                                  : 4;
		if (skip > 0) {
			at += skip;
			continue;
		}
		if (len + size > most) {
			memcpy(out + len, "…", 3);
			len += 3;
			break;
		}
		memcpy(out + len, at, size);
		len += size;
		at += size;
	}
	out[len] = 0;
	return len > 0 ? out : "?";
}

/* Ids tell entries apart: one that can't be told as it is, is told by its digest. */
static const char *readable_id(struct arena *arena, const char *id)
{
	if (strcmp(readable(arena, id, NAME_BYTES), id) == 0)
		return id;
	struct hash digest = sha256(bytes_text(id));
	return hex_encode(arena, hash_bytes(&digest));
}

/* Why it matched, and what the list says: programme, reason, licence requirement, ... */
static const char *reason_of(struct arena *arena, const struct list_hit *hit)
{
	struct buffer b = {.arena = arena};
	buffer_text(&b, readable(arena, hit->why, WHY_BYTES));
	for (size_t i = 0; i < hit->entity->note_count && b.len < REASON_BYTES; i++)
		buffer_printf(&b, "; %s: %s",
		              readable(arena, hit->entity->notes[i].label, NOTE_BYTES),
		              readable(arena, hit->entity->notes[i].text, NOTE_BYTES));
	return buffer_cstr(&b);
}

/* Which hits a screening names first: it has room for few, and the others come when those are
 * decided. */
enum rank { RANK_OPEN, RANK_TRUE, RANK_FOR_A_TIME, RANK_FOR_GOOD, RANKS };

struct candidate {
	struct party_hit hit; /* but for its reason */
	const struct list_hit *listed;
	enum rank rank;
};

struct found {
	const char *end_user;
	struct candidate *candidates;
	size_t candidate_count, room;
	struct party_hit at[HITS];
	size_t count, bytes;
	bool is_full;
	uint64_t more, cleared; /* that did not fit */
};

static bool rank_of(struct batch *b, const struct party_hit *hit, const char *end_user,
                    enum rank *out, struct err *e)
{
	struct hit_entry known;
	struct hash match = hit_match(hit, end_user);
	bool found;
	if (!entry_get(&b->state, b->arena, ENTRY_HIT, key_hash(b->arena, "hit/", &match), &known,
	               &found, e))
		return false;
	bool is_open = !found || !hit_is_same_entry(&known, hit) || known.stage == HIT_OPEN ||
	               (known.has_until && known.until <= b->now);
	*out = is_open                   ? RANK_OPEN
	       : known.stage == HIT_TRUE ? RANK_TRUE
	       : known.has_until         ? RANK_FOR_A_TIME
	                                 : RANK_FOR_GOOD;
	return true;
}

static struct candidate *add_candidate(struct arena *arena, struct found *f)
{
	if (f->candidate_count == f->room) {
		struct candidate *more = arena_array(arena, f->room * 2 + HITS, sizeof *more);
		if (f->candidate_count > 0)
			memcpy(more, f->candidates, f->candidate_count * sizeof *more);
		f->candidates = more;
		f->room = f->room * 2 + HITS;
	}
	return &f->candidates[f->candidate_count++];
}

static void name_hit(struct arena *arena, struct found *f, const struct candidate *c)
{
	struct party_hit hit = c->hit;
	f->is_full |= f->count == HITS;
	if (!f->is_full) {
		hit.reason = reason_of(arena, c->listed);
		f->bytes += strlen(hit.name) + strlen(hit.list) + strlen(hit.entry) +
		            strlen(hit.reason) + strlen(hit.id) + HIT_OVERHEAD;
		f->is_full = f->bytes > HIT_BYTES;
	}
	if (!f->is_full)
		f->at[f->count++] = hit;
	else
		*(c->rank == RANK_FOR_GOOD ? &f->cleared : &f->more) += 1;
}

static void name_hits(struct arena *arena, struct found *f)
{
	for (enum rank rank = RANK_OPEN; rank < RANKS; rank++)
		for (size_t i = 0; i < f->candidate_count; i++)
			if (f->candidates[i].rank == rank)
				name_hit(arena, f, &f->candidates[i]);
}

static bool look_up(struct screen *s, const struct screened_party *party, enum entity_type type,
                    struct found *f, struct err *e)
{
	struct arena *arena = s->batch->arena;
	struct entity_name name = {.text = party->name, .kind = NAME_PRIMARY};
	struct entity asked = {.id = party->party,
	                       .type = type,
	                       .names = &name,
	                       .name_count = 1,
	                       .countries = &party->country,
	                       .country_count = party->has_country};
	struct list_hits hits;
	if (!list_screener_look(&s->screener, &asked, arena, &hits, e)) {
		if (e->kind == ERR_ENVIRONMENT)
			return false;
		/* A name that can't be looked up is not one that was not found: it holds. */
		*e = (struct err){0};
		f->more++;
		return true;
	}
	for (size_t i = 0; i < hits.count; i++) {
		struct candidate *c = add_candidate(arena, f);
		*c =
		    (struct candidate){.listed = &hits.at[i],
		                       .hit = {
		                           .party = party->party,
		                           .name = party->name,
		                           .list = hits.at[i].list,
		                           .entry = readable(arena, hits.at[i].matched, NAME_BYTES),
		                           .score = hits.at[i].score,
		                           .has_country = party->has_country,
		                           .country = party->country,
		                           .has_id = true,
		                           .id = readable_id(arena, hits.at[i].entity->id),
		                           .has_digest = true,
		                           .digest = hits.at[i].digest,
		                       }};
		if (!rank_of(s->batch, &c->hit, f->end_user, &c->rank, e))
			return false;
	}
	f->more += hits.is_cut; /* how many is not known; that it is more than none is */
	return true;
}

/* --- Screenings ----------------------------------------------------------------------------- */

static bool is_same_party(const struct screened_party *a, const struct screened_party *b)
{
	return strcmp(a->party, b->party) == 0 && strcmp(a->name, b->name) == 0;
}

static bool is_same_hit(const struct party_hit *a, const struct party_hit *b)
{
	struct hash x = hit_match(a, ""), y = hit_match(b, ""); /* of one application */
	return hash_equal(&x, &y) && a->has_digest == b->has_digest &&
	       (!a->has_digest || hash_equal(&a->digest, &b->digest));
}

/* Nothing new: the screening that is there says all of it. */
static bool says_the_same(const struct screening_body *a, const struct screening_body *b)
{
	const struct screened_party *pa = a->parties.at, *pb = b->parties.at;
	const struct party_hit *ha = a->hits.at, *hb = b->hits.at;
	if (a->parties.count != b->parties.count || a->hits.count != b->hits.count ||
	    a->has_more != b->has_more || (a->has_more && a->more != b->more) ||
	    a->has_cleared != b->has_cleared || (a->has_cleared && a->cleared != b->cleared))
		return false;
	for (size_t i = 0; i < a->parties.count; i++)
		if (!is_same_party(&pa[i], &pb[i]))
			return false;
	for (size_t i = 0; i < a->hits.count; i++)
		if (!is_same_hit(&ha[i], &hb[i]))
			return false;
	return true;
}

static bool screen_one(struct screen *s, const struct hash *id, const struct application_body *a,
                       const struct hash *last, bool *said, struct err *e)
{
	struct batch *b = s->batch;
	struct parties parties;
	struct found *f = arena_alloc(b->arena, sizeof *f);
	union record_body before;
	bool found = false;
	*said = false;
	f->end_user = a->end_user.name;
	if (!parties_of(b, a, &parties, e))
		return false;
	for (size_t i = 0; i < parties.count; i++)
		if (!look_up(s, &parties.at[i], parties.types[i], f, e))
			return false;
	name_hits(b->arena, f);
	union record_body body = {.screening = {
	                              .application = *id,
	                              .listings = {s->listings, s->listing_count},
	                              .engine = list_engine(),
	                              .hits = {f->at, f->count},
	                              .parties = {parties.at, parties.count},
	                              .has_threshold = true,
	                              .threshold = list_threshold(),
	                              .has_more = f->more > 0,
	                              .more = f->more,
	                              .has_cleared = f->cleared > 0,
	                              .cleared = f->cleared,
	                          }};
	if (last != NULL &&
	    !entry_body(&b->state, b->arena, KIND_SCREENING, last, &before, &found, e))
		return false;
	if (found && says_the_same(&before.screening, &body.screening))
		return true;
	struct bytes entry;
	uint64_t index;
	*said = true;
	return batch_say(b, KIND_SCREENING, &body, &entry, &index, e);
}

bool screen_new(struct batch *b, const struct record *application, struct err *e)
{
	struct screen s;
	struct err why = {0};
	bool said;
	if (!screen_open(&s, b, &why))
		return true; /* not screened: nothing is said, and nothing can be approved */
	bool ok = screen_one(&s, &application->id, &application->body.application, NULL, &said, e);
	list_screener_close(&s.screener);
	return ok;
}

/* Whether the hits that a screening names are all decided, and there are others. */
static bool wants_next(struct batch *b, const struct screening_body *screening,
                       const char *end_user, bool *out, struct err *e)
{
	const struct party_hit *hits = screening->hits.at;
	*out = screening->has_more;
	for (size_t i = 0; *out && i < screening->hits.count; i++) {
		enum rank rank;
		if (!rank_of(b, &hits[i], end_user, &rank, e))
			return false;
		*out = rank != RANK_OPEN;
	}
	return true;
}

bool screen_next(struct batch *b, const struct hash *screening, struct err *e)
{
	union record_body body, application;
	struct screen s;
	struct err why = {0};
	bool found, wanted, said;
	if (!entry_body(&b->state, b->arena, KIND_SCREENING, screening, &body, &found, e))
		return false;
	assert(found); /* the clearance was judged */
	if (!entry_body(&b->state, b->arena, KIND_APPLICATION, &body.screening.application,
	                &application, &found, e))
		return false;
	assert(found);
	if (!wants_next(b, &body.screening, application.application.end_user.name, &wanted, e))
		return false;
	if (!wanted)
		return true;
	if (!screen_open(&s, b, &why))
		return true; /* as it stands, it holds; the next update of the lists screens it */
	bool ok = screen_one(&s, &body.screening.application, &application.application, screening,
	                     &said, e);
	list_screener_close(&s.screener);
	return ok;
}

/* --- All that is live ----------------------------------------------------------------------- */

/* Applications that can still be decided or licensed, and those with a licence in force. */
static bool is_live(const struct application_info *a, const struct licence_info *licences,
                    size_t count)
{
	if (strcmp(a->stage, "refused") == 0)
		return false;
	if (strcmp(a->stage, "approved") != 0 || a->licensed < a->quantity)
		return true;
	for (size_t i = 0; i < count; i++)
		if (hash_equal(&licences[i].application, &a->id) &&
		    strcmp(licences[i].stage, "in force") == 0)
			return true;
	return false;
}

static bool screen_live(struct screen *s, const char *end_user, struct lists_outcome *out,
                        struct err *e)
{
	struct batch *b = s->batch;
	struct query_filter any = {.end_user = end_user};
	struct application_info *applications;
	struct licence_info *licences;
	size_t count, licence_count;
	if (!query_applications(&b->state, b->arena, b->now, &applications, &count, e) ||
	    !query_licences(&b->state, b->arena, &any, b->now, &licences, &licence_count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		union record_body body;
		bool found, said;
		if ((end_user != NULL && strcmp(applications[i].end_user, end_user) != 0) ||
		    !is_live(&applications[i], licences, licence_count))
			continue;
		if (!entry_body(&b->state, b->arena, KIND_APPLICATION, &applications[i].id, &body,
		                &found, e) ||
		    !screen_one(s, &applications[i].id, &body.application,
		                applications[i].screening, &said, e))
			return false;
		out->applications++;
		out->screenings += said;
	}
	return true;
}

bool screen_end_user(struct batch *b, const char *end_user, struct err *e)
{
	struct screen s;
	struct err why = {0};
	struct lists_outcome out = {0};
	if (!screen_open(&s, b, &why))
		return true;
	bool ok = screen_live(&s, end_user, &out, e);
	list_screener_close(&s.screener);
	return ok;
}

/* --- Lists on the log ----------------------------------------------------------------------- */

static const char *source_of(struct arena *arena, const struct watched_list *l)
{
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < l->source_count; i++)
		buffer_printf(&b, "%s%s", i > 0 ? " " : "", l->sources[i].at);
	return buffer_cstr(&b);
}

static const struct list_told *told_of(const struct list_told told[], size_t count,
                                       const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(told[i].name, name) == 0)
			return &told[i];
	return NULL;
}

static bool say_listing(struct batch *b, const struct watched_list *l, const struct list_told *told,
                        bool *said, struct err *e)
{
	const struct list_snapshot *s = list_current(l);
	union record_body last, body;
	struct hash id;
	struct bytes entry;
	uint64_t index;
	bool found;
	*said = false;
	if (s == NULL)
		return true;
	if (!listing_of(b, l->name, &id, &last, &found, e))
		return false;
	if (found && hash_equal(&last.listing.digest, &s->digest) && last.listing.has_policy &&
	    last.listing.policy == (unsigned)l->policy)
		return true;
	body.listing = (struct listing_body){
	    .name = l->name,
	    .source = readable(b->arena, source_of(b->arena, l), SOURCE_BYTES),
	    .date = l->checked,
	    .size = s->size,
	    .digest = s->digest,
	    .entries = s->facts.entries,
	    .has_policy = true,
	    .policy = l->policy,
	    .has_published = s->facts.has_published,
	    .published = s->facts.published,
	    .has_added = told != NULL,
	    .has_changed = told != NULL,
	    .has_removed = told != NULL,
	};
	if (told != NULL) {
		body.listing.added = told->counts.added;
		body.listing.changed = told->counts.changed;
		body.listing.removed = told->counts.removed;
	}
	*said = true;
	return batch_say(b, KIND_LISTING, &body, &entry, &index, e);
}

static bool say_all(struct batch *b, const struct list_told told[], size_t count,
                    struct lists_outcome *out, struct err *e)
{
	struct watched_list *lists;
	size_t list_count;
	struct screen s;
	bool said;
	if (!lists_load(b->authority->home, b->arena, &lists, &list_count, e))
		return false;
	for (size_t i = 0; i < list_count; i++) {
		if (!say_listing(b, &lists[i], told_of(told, count, lists[i].name), &said, e))
			return false;
		out->listings += said;
	}
	if (!screen_open(&s, b, e)) {
		/* The listings stand; what can't be screened now is said by name. */
		out->not_screened =
		    e->kind == ERR_REFUSED ? arena_copy(b->arena, e->text, strlen(e->text)) : NULL;
		return out->not_screened != NULL;
	}
	bool ok = screen_live(&s, NULL, out, e);
	list_screener_close(&s.screener);
	return ok;
}

static bool count_open(struct batch *b, uint64_t *out, struct err *e)
{
	struct hit_info *hits;
	size_t count;
	*out = 0;
	if (!query_hits(&b->state, b->arena, b->now, &hits, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		*out += hits[i].is_open;
	return true;
}

bool authority_lists(struct authority *a, struct arena *arena, const struct list_told told[],
                     size_t count, int64_t now, struct lists_outcome *out, struct err *e)
{
	struct batch b;
	struct checkpoint head;
	struct bytes note;
	uint64_t before;
	*out = (struct lists_outcome){0};
	bool ok = batch_begin(&b, a, arena, now, e) && count_open(&b, &before, e) &&
	          say_all(&b, told, count, out, e) && count_open(&b, &out->open_hits, e);
	out->new_hits = ok && out->open_hits > before ? out->open_hits - before : 0;
	if (!ok || !batch_commit(&b, &head, e)) {
		batch_abandon(&b);
		return false;
	}
	return authority_publish(a, arena, &head, &note, e) ||
	       err_context(e, "the log has the listings, but they are not published yet");
}

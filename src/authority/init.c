/* A new authority: its first entries. */
#include "authority.h"

#include "batch.h"
#include "screening/screening.h"

/* --- The first records ------------------------------------------------------------------- */

static bool sign_in(struct batch *b, const struct key_body *key, struct err *e)
{
	union record_body body = {.key = *key};
	struct record record;
	struct bytes bytes;
	uint64_t index;
	return record_sign(b->arena, KIND_KEY, &body, b->authority->public.name, b->now,
	                   &b->authority->secret, &bytes, e) &&
	       record_decode(b->arena, bytes, &record, e) && batch_append(b, &record, &index, e);
}

static bool sign_in_all(struct batch *b, const struct authority_options *options, struct err *e)
{
	uint64_t usual = options->officer_count == 1 ? 1 : 2;
	struct key_body first = {
	    .role = ROLE_AUTHORITY,
	    .holder = b->authority->public.name,
	    .has_public_key = true,
	    .public_key = b->authority->public,
	    .has_threshold = true,
	    .threshold = options->threshold != 0 ? options->threshold : usual,
	};
	if (options->officer_count > 0 && first.threshold > options->officer_count)
		return err_refused(e, "key.threshold", "%llu officers must agree and there are %zu",
		                   (unsigned long long)first.threshold, options->officer_count);
	if (!sign_in(b, &first, e))
		return false;
	for (size_t i = 0; i < options->officer_count; i++) {
		struct key_body officer = {
		    .role = ROLE_OFFICER,
		    .holder = options->officers[i].name,
		    .has_public_key = true,
		    .public_key = options->officers[i],
		};
		if (!sign_in(b, &officer, e))
			return err_context(e, "officer %s", officer.holder);
	}
	return true;
}

static bool say_listing(struct batch *b, struct err *e)
{
	struct bytes all = screening_embedded_bytes(b->arena), entry;
	size_t entries;
	uint64_t index;
	union record_body body = {.listing = {
	                              .name = screening_embedded_name(),
	                              .source = screening_embedded_source(),
	                              .date = screening_embedded_date(),
	                              .size = all.len,
	                              .digest = sha256(all),
	                          }};
	screening_embedded(&entries);
	body.listing.entries = entries;
	return batch_say(b, KIND_LISTING, &body, &entry, &index, e);
}

struct beginning {
	const struct authority_options *options;
	int64_t now;
};

static bool begin_log(void *ctx, struct authority *a, struct err *e)
{
	const struct beginning *beginning = ctx;
	owned_arena arena = {0};
	struct batch batch;
	struct checkpoint head;
	struct bytes note;
	bool ok = batch_begin(&batch, a, &arena, beginning->now, e) &&
	          sign_in_all(&batch, beginning->options, e) && say_listing(&batch, e) &&
	          batch_commit(&batch, &head, e);
	if (!ok)
		batch_abandon(&batch);
	return ok && authority_publish(a, &arena, &head, &note, e);
}

bool authority_init(const char *home, const struct authority_options *options, int64_t now,
                    struct err *e)
{
	struct beginning beginning = {options, now};
	return home_make(home, options->key, &(struct home_filling){begin_log, &beginning, false},
	                 e);
}

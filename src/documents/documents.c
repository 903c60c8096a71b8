#include "documents.h"

#include "base/instant.h"
#include "place.h"
#include "rows.h"

enum { LOG_HEIGHT = 158 }; /* points that the section about the log takes: it is on one page */

struct typesetter *typesetter_new(struct err *e)
{
	PangoFontMap *fonts = pango_cairo_font_map_new();
	PangoContext *context = pango_font_map_create_context(fonts);
	PangoFontDescription *any = pango_font_description_from_string("Sans 10");
	PangoFont *font = pango_font_map_load_font(fonts, context, any);
	bool has = font != NULL;
	pango_font_description_free(any);
	g_object_unref(context);
	if (has)
		g_object_unref(font);
	if (!has) {
		g_object_unref(fonts);
		err_environment(e,
		                "there is no font to set documents in (install fonts-noto-core)");
		return NULL;
	}
	pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(fonts),
	                                    72); /* a unit is a point */
	struct typesetter *t = g_new0(struct typesetter, 1);
	t->fonts = fonts;
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void typesetter_free(struct typesetter *t)
{
	if (t == NULL)
		return;
	g_object_unref(t->fonts);
	pthread_mutex_destroy(&t->lock);
	g_free(t);
}

/* Characters of an address (RFC 3986), but for those that PDF's and cairo's own texts end with. */
static bool url_is_plain(const char *url)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&*+,;=%";
	size_t scheme = strncmp(url, "https://", 8) == 0  ? 8
	                : strncmp(url, "http://", 7) == 0 ? 7
	                                                  : 0;
	size_t len = strlen(url);
	return scheme > 0 && len > scheme && len <= CARRIER_URL_MAX - 128 &&
	       strspn(url, letters) == len;
}

bool document_check(const struct document *d, struct err *e)
{
	enum message_language language;
	if (!message_language(d->language, &language))
		return err_input(e, "document.language",
		                 "no document is set in \"%.20s\": en, he, ar, fr or es",
		                 d->language);
	if (d->url != NULL && !url_is_plain(d->url))
		return err_usage(
		    e,
		    "the address that the code leads to is no plain http:// or https:// address");
	return true;
}

const char *document_name(struct arena *arena, const struct record *record)
{
	return arena_printf(arena, "%s-%s", record_kind(record->kind)->name,
	                    hex_encode(arena, bytes_of(record->id.at, 4)));
}

/* --- What stands around the fields ------------------------------------------------------------ */

static const char *say(struct sheet *s, const char *key)
{
	return message(s->language, key);
}

static void row(struct sheet *s, const char *key, const char *text, enum style style)
{
	sheet_label(s, 0, say(s, key));
	sheet_row(s, 0, text, style);
}

static const char *algorithm(struct sheet *s, int64_t which)
{
	bool is_passkey = which == COSE_PASSKEY_EDDSA || which == COSE_PASSKEY_ES256;
	bool is_p256 = which == COSE_ES256 || which == COSE_ESP256 || which == COSE_PASSKEY_ES256;
	const char *name = is_p256                  ? "ES256 (P-256)"
	                   : which == COSE_HMAC_256 ? "HMAC 256"
	                                            : "EdDSA (Ed25519)";
	return is_passkey ? arena_printf(s->arena, "%s, %s", name, say(s, "frame.passkey")) : name;
}

static void signature(struct sheet *s, const struct record *r)
{
	sheet_section(s, say(s, "frame.signature"));
	row(s, "frame.signer", r->claims.issuer, STYLE_TEXT);
	row(s, "frame.signed-at", place_time(s->arena, s->language, r->claims.issued_at),
	    STYLE_TEXT);
	row(s, "frame.algorithm", algorithm(s, r->cose.algorithm), STYLE_TEXT);
	row(s, "frame.key", hex_encode(s->arena, hash_bytes(&r->cose.kid)), STYLE_CODE);
	row(s, "frame.signature-bytes", hex_encode(s->arena, r->cose.signature), STYLE_CODE);
}

static void on_the_log(struct sheet *s, const struct document *d)
{
	const struct record *r = d->record;
	sheet_keep(s, LOG_HEIGHT);
	sheet_section(s, say(s, "frame.log"));
	row(s, "frame.origin", r->claims.subject, STYLE_TEXT);
	row(s, "frame.entry", arena_printf(s->arena, "%llu", (unsigned long long)d->index),
	    STYLE_TEXT);
	if (!record_kind(r->kind)->is_signed)
		row(s, "frame.entered-at", place_time(s->arena, s->language, r->claims.issued_at),
		    STYLE_TEXT);
	row(s, "frame.id", hex_encode(s->arena, hash_bytes(&r->id)), STYLE_CODE);
	if (s->code_link != NULL)
		row(s, "frame.receipt", s->code_link, STYLE_CODE);
	sheet_note(s, say(s, "frame.carries"), STYLE_SMALL);
	sheet_note(s,
	           arena_printf(s->arena, "proviso log verify %s.pdf --authority %s.pub",
	                        document_name(s->arena, r), r->claims.subject),
	           STYLE_CODE);
}

static void compose(struct sheet *s, const struct document *d)
{
	const struct record *r = d->record;
	const struct kind *kind = record_kind(r->kind);
	const char *id = hex_encode(s->arena, hash_bytes(&r->id)),
	           *name = message_name(s->arena, s->language, "kind", kind->name);
	const char *by = kind->is_signed
	                     ? message_with(s->arena, s->language, "frame.by", r->claims.issuer, "")
	                     : say(s, "frame.entered");
	const char *lines[] = {r->claims.subject,
	                       message_with(s->arena, s->language, "frame.record-of",
	                                    place_day(s->arena, s->language, r->claims.issued_at),
	                                    ""),
	                       by};
	s->code = id;
	s->code_words = say(s, "frame.scan-id");
	if (d->url != NULL) {
		size_t len = strlen(d->url);
		while (d->url[len - 1] == '/')
			len--;
		s->code = s->code_link =
		    arena_printf(s->arena, "%.*s/v1/records/%s/receipt", (int)len, d->url, id);
		s->code_words = say(s, "frame.scan-receipt");
	}
	s->foot = arena_printf(s->arena, "%s", id);
	sheet_title(s, name, lines, sizeof lines / sizeof *lines);
	sheet_section(s, say(s, "frame.content"));
	rows_fields(s, kind->fields, &r->body, 0);
	if (kind->is_signed)
		signature(s, r);
	on_the_log(s, d);
}

static struct sheet_about about(struct sheet *s, const struct record *r)
{
	char date[INSTANT_TEXT + 1];
	int64_t at = r->claims.issued_at;
	instant_format(at < INSTANT_FIRST || at > INSTANT_LAST ? 0 : at, date);
	return (struct sheet_about){
	    .title = arena_printf(
	        s->arena, "%s %s · %s",
	        message_name(s->arena, s->language, "kind", record_kind(r->kind)->name),
	        hex_encode(s->arena, bytes_of(r->id.at, 4)), r->claims.subject),
	    .author = r->claims.issuer != NULL ? r->claims.issuer : r->claims.subject,
	    .subject = hex_encode(s->arena, hash_bytes(&r->id)),
	    .date = arena_copy(s->arena, date, INSTANT_TEXT),
	};
}

bool document_pages(struct typesetter *t, struct arena *arena, const struct document *d,
                    struct bytes *pages, struct err *e)
{
	struct sheet sheet;
	enum message_language language;
	if (!document_check(d, e))
		return false;
	message_language(d->language, &language);
	pthread_mutex_lock(&t->lock);
	sheet_begin(&sheet, arena, t, language);
	compose(&sheet, d);
	struct sheet_about what = about(&sheet, d->record);
	bool ok = sheet_draw(&sheet, &what, pages, e);
	sheet_end(&sheet);
	pthread_mutex_unlock(&t->lock);
	return ok;
}

bool document_make(struct typesetter *t, struct arena *arena, const struct document *d,
                   struct bytes proof, struct bytes *pdf, struct err *e)
{
	struct bytes pages;
	struct carried carried = {.record = d->record->bytes,
	                          .proof = proof,
	                          .language = d->language,
	                          .url = d->url != NULL ? d->url : ""};
	return document_pages(t, arena, d, &pages, e) &&
	       carrier_add(arena, pages,
	                   arena_printf(arena, "%s.proof", document_name(arena, d->record)),
	                   &carried, pdf, e);
}

#include "signature.h"

#include <ctype.h>
#include <strings.h>

enum { COMPONENTS_MAX = 16, HEADER_MAX = 4096 };

bool signature_is_there(const struct http_request *q)
{
	return http_header(q, "Signature") != NULL || http_header(q, "Signature-Input") != NULL;
}

/* --- Reading: the part of RFC 8941 that signatures are written in ----------------------------- */

struct input {
	const char *label;
	size_t label_len;
	const char *all; /* from "(": what @signature-params holds */
	const char *components[COMPONENTS_MAX];
	size_t count;
	const char *keyid, *algorithm, *nonce;
	int64_t created, expires;
	bool has_created, has_expires;
};

static bool bad(struct err *e, const char *why)
{
	return err_input(e, "signature.form", "the signature is not well formed: %s", why);
}

/* A quoted string without escapes, which no name here needs; NULL when it is none. */
static const char *quoted(struct arena *arena, const char **at)
{
	if (**at != '"')
		return NULL;
	size_t len = strcspn(*at + 1, "\"\\");
	if ((*at)[1 + len] != '"')
		return NULL;
	const char *out = arena_copy(arena, *at + 1, len);
	*at += len + 2;
	return out;
}

static bool read_components(struct arena *arena, const char **at, struct input *in, struct err *e)
{
	if (**at != '(')
		return bad(e, "no list of what it covers");
	++*at;
	while (**at != ')') {
		*at += **at == ' ';
		const char *component = quoted(arena, at);
		if (component == NULL || in->count == COMPONENTS_MAX)
			return bad(e, "what it covers is not a list of names");
		for (size_t i = 0; i < in->count; i++)
			if (strcmp(in->components[i], component) == 0)
				return bad(e, "it covers something twice");
		in->components[in->count++] = component;
		if (**at != ' ' && **at != ')')
			return bad(e, "a name has parameters, which are not known here");
	}
	++*at;
	return true;
}

static bool read_time(const char **at, int64_t *out)
{
	size_t len = strspn(*at, "0123456789");
	uint64_t number;
	if (len > 15 || !decimal_parse(bytes_of(*at, len), &number))
		return false;
	*out = (int64_t)number;
	*at += len;
	return true;
}

static bool read_parameter(struct arena *arena, const char **at, struct input *in, struct err *e)
{
	size_t len = strcspn(*at, "=;, ");
	const char *name = arena_copy(arena, *at, len);
	*at += len;
	if (**at != '=')
		return bad(e, "a parameter has no value");
	++*at;
	if (strcmp(name, "created") == 0) {
		in->has_created = true;
		return read_time(at, &in->created) || bad(e, "created is no time");
	}
	if (strcmp(name, "expires") == 0) {
		in->has_expires = true;
		return read_time(at, &in->expires) || bad(e, "expires is no time");
	}
	const char *value = quoted(arena, at);
	if (value == NULL)
		return bad(e, "a parameter is not quoted");
	if (strcmp(name, "keyid") == 0)
		in->keyid = value;
	else if (strcmp(name, "alg") == 0)
		in->algorithm = value;
	else if (strcmp(name, "nonce") == 0)
		in->nonce = value;
	else if (strcmp(name, "tag") != 0)
		return bad(e, "it has a parameter that is not known here");
	return true;
}

/* One signature: `label=("@method" ...);created=1;keyid="..."`. */
static bool read_input(struct arena *arena, const char *text, struct input *in, struct err *e)
{
	const char *at = text;
	in->label = text;
	in->label_len = strcspn(text, "=,; (");
	if (in->label_len == 0 || text[in->label_len] != '=')
		return bad(e, "no label");
	at += in->label_len + 1;
	in->all = at;
	if (!read_components(arena, &at, in, e))
		return false;
	while (*at == ';') {
		at++;
		if (!read_parameter(arena, &at, in, e))
			return false;
	}
	return *at == 0 || bad(e, "one signature is expected, and nothing after it");
}

/* `label=:BASE64:`, of the same label. */
static bool read_signature(struct arena *arena, const char *text, const struct input *in,
                           struct request_signature *out, struct err *e)
{
	struct bytes raw;
	size_t len = strlen(text);
	if (len < in->label_len + 4 || strncmp(text, in->label, in->label_len + 1) != 0 ||
	    text[in->label_len + 1] != ':' || text[len - 1] != ':' ||
	    !base64_decode(arena, bytes_of(text + in->label_len + 2, len - in->label_len - 3),
	                   &raw) ||
	    raw.len != sizeof out->at)
		return bad(e, "the header Signature holds no such signature");
	memcpy(out->at, raw.at, raw.len);
	return true;
}

/* --- The base: RFC 9421 section 2.5 -------------------------------------------------------------
 */

static const char *method_name(const struct http_request *q)
{
	static const char *const names[] = {"", "GET", "POST", "PUT", "DELETE"};
	return q->is_head ? "HEAD" : names[q->method];
}

static void add(struct buffer *base, const char *name, const char *value)
{
	buffer_printf(base, "\"%s\": %s\n", name, value);
}

static bool add_component(const struct http_request *q, const char *name, struct buffer *base,
                          struct err *e)
{
	size_t path = strcspn(q->target, "?");
	const char *query = q->target[path] == '?' ? q->target + path : "?";
	if (strcmp(name, "@method") == 0) {
		add(base, name, method_name(q));
	} else if (strcmp(name, "@path") == 0) {
		add(base, name, arena_copy(q->arena, q->target, path));
	} else if (strcmp(name, "@query") == 0) {
		add(base, name, query);
	} else if (strcmp(name, "@authority") == 0) {
		const char *host = http_header(q, "Host");
		char *lower = arena_printf(q->arena, "%s", host != NULL ? host : "");
		for (char *c = lower; *c != 0; c++)
			*c = (char)tolower((unsigned char)*c);
		add(base, name, lower);
	} else {
		const char *value = name[0] == '@' ? NULL : http_header(q, name);
		if (value == NULL)
			return err_input(e, "signature.components",
			                 "the signature covers \"%.80s\", which is not there",
			                 name);
		add(base, name, value);
	}
	return true;
}

static bool make_base(const struct http_request *q, const struct input *in, struct bytes *out,
                      struct err *e)
{
	static const char *const must[] = {"@method", "@path", "@query"};
	struct buffer base = {.arena = q->arena};
	for (size_t m = 0; m < sizeof must / sizeof *must; m++) {
		bool covered = false;
		for (size_t i = 0; i < in->count; i++)
			covered |= strcmp(in->components[i], must[m]) == 0;
		if (!covered)
			return err_input(e, "signature.components",
			                 "the signature does not cover \"%s\"", must[m]);
	}
	for (size_t i = 0; i < in->count; i++)
		if (!add_component(q, in->components[i], &base, e))
			return false;
	buffer_printf(&base, "\"@signature-params\": %s", in->all);
	*out = buffer_view(&base);
	return true;
}

static bool judge_time(const struct input *in, int64_t now, struct err *e)
{
	if (!in->has_created)
		return bad(e, "it does not say when it was made (created)");
	if (in->created > now + SIGNATURE_SECONDS || in->created < now - SIGNATURE_SECONDS ||
	    (in->has_expires && in->expires < now))
		return err_refused(
		    e, "signature.time",
		    "it was made %lld s ago; %d s are allowed (which clock is wrong?)",
		    (long long)(now - in->created), SIGNATURE_SECONDS);
	return true;
}

bool signature_read(const struct http_request *q, int64_t now, struct request_signature *out,
                    struct err *e)
{
	const char *text = http_header(q, "Signature-Input"),
	           *signature = http_header(q, "Signature");
	struct input in = {0};
	struct bytes kid;
	if (text == NULL || signature == NULL || strlen(text) > HEADER_MAX ||
	    strlen(signature) > HEADER_MAX)
		return bad(e, "it takes the headers Signature-Input and Signature");
	if (!read_input(q->arena, text, &in, e) ||
	    !read_signature(q->arena, signature, &in, out, e))
		return false;
	if (in.keyid == NULL || !hex_decode(q->arena, in.keyid, &kid) || kid.len != HASH_SIZE)
		return bad(e, "keyid is the id of a key, 64 hexadecimal digits");
	memcpy(out->kid.at, kid.at, HASH_SIZE);
	if (in.nonce == NULL || *in.nonce == 0)
		return bad(e, "it takes a nonce, so that nobody can send it again");
	out->algorithm = in.algorithm;
	out->nonce = in.nonce;
	out->created = in.created;
	return judge_time(&in, now, e) && make_base(q, &in, &out->base, e);
}

static const char *algorithm_name(const struct public_key *key)
{
	return key->algorithm == KEY_ED25519 ? "ed25519" : "ecdsa-p256-sha256";
}

bool signature_verify(const struct request_signature *s, const struct public_key *key,
                      struct err *e)
{
	if (s->algorithm != NULL && strcmp(s->algorithm, algorithm_name(key)) != 0)
		return err_refused(e, "signature.algorithm", "the key signs by %s, not by %.40s",
		                   algorithm_name(key), s->algorithm);
	return key_verify(key, s->base, s->at) ||
	       err_refused(e, "signature.bad",
	                   "the request is not signed by the key it names, or was changed since");
}

bool signature_make(struct arena *arena, const char *method, const char *target, int64_t now,
                    const char *nonce, const struct secret_key *key, const char **input,
                    const char **signature, struct err *e)
{
	struct buffer base = {.arena = arena};
	struct hash kid = key_id(&key->public);
	uint8_t at[KEY_SIGNATURE];
	size_t path = strcspn(target, "?");
	const char *parameters = arena_printf(
	    arena,
	    "(\"@method\" \"@path\" \"@query\");created=%lld;nonce=\"%s\";keyid=\"%s\";alg=\"%s\"",
	    (long long)now, nonce, hex_encode(arena, hash_bytes(&kid)),
	    algorithm_name(&key->public));
	add(&base, "@method", method);
	add(&base, "@path", arena_copy(arena, target, path));
	add(&base, "@query", target[path] == '?' ? target + path : "?");
	buffer_printf(&base, "\"@signature-params\": %s", parameters);
	if (!key_sign(key, buffer_view(&base), at, e))
		return false;
	*input = arena_printf(arena, "proviso=%s", parameters);
	*signature =
	    arena_printf(arena, "proviso=:%s:", base64_encode(arena, bytes_of(at, sizeof at)));
	return true;
}

/*
 * Evidence files. What is read of a STIX 2.x bundle (OASIS STIX 2.1, sections 3.1 and 8) is
 * its frame: the types and ids, not the meaning of any object.
 */
#include "authority.h"
#include "stix.h"

#define STIX "stix-2.1"

static bool has_error(struct err *e, const char *where, const char *why)
{
	return err_input(e, "evidence.stix", "not a STIX 2.x bundle: %s %s", where, why);
}

static bool is_word(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(text[i] >= 'a' && text[i] <= 'z') && !(text[i] >= '0' && text[i] <= '9') &&
		    text[i] != '-')
			return false;
	return len > 0;
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool is_uuid(const char *text)
{
	size_t i;
	for (i = 0; text[i] != 0 && i < 36; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (is_dash ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL)
			return false;
	}
	return i == 36 && text[i] == 0;
}

/* `type`, and `id` that is the type, two hyphens and a UUID; `where` names the object. */
static bool check_object(const json_t *object, const char *where, const char **type, struct err *e)
{
	const char *id = json_string_value(json_object_get(object, "id"));
	const char *version = json_string_value(json_object_get(object, "spec_version"));
	*type = json_string_value(json_object_get(object, "type"));
	if (!json_is_object(object))
		return has_error(e, where, "is not an object");
	if (*type == NULL || !is_word(*type, strlen(*type)))
		return has_error(e, where, "has no type (a text of a-z, 0-9 and -)");
	if (id == NULL)
		return has_error(e, where, "has no id (a text)");
	size_t len = strlen(*type);
	if (strncmp(id, *type, len) != 0 || strncmp(id + len, "--", 2) != 0 ||
	    !is_uuid(id + len + 2))
		return err_input(
		    e, "evidence.stix",
		    "not a STIX 2.x bundle: %s has the id \"%.100s\", which is not %.100s--UUID",
		    where, id, *type);
	if (version != NULL && strncmp(version, "2.", 2) != 0)
		return err_input(
		    e, "evidence.stix",
		    "not a STIX 2.x bundle: %s is of spec_version %.20s, which is not 2.x", where,
		    version);
	return true;
}

static bool check_bundle(const json_t *bundle, struct err *e)
{
	const json_t *objects = json_object_get(bundle, "objects"), *object;
	const char *type;
	size_t i;
	if (!check_object(bundle, "the whole", &type, e))
		return false;
	if (strcmp(type, "bundle") != 0)
		return err_input(e, "evidence.stix", "not a STIX 2.x bundle: its type is %.100s",
		                 type);
	if (!json_is_array(objects) || json_array_size(objects) == 0)
		return has_error(e, "the bundle", "has no objects (a list of one at least)");
	json_array_foreach(objects, i, object)
	{
		char where[32];
		snprintf(where, sizeof where, "objects[%zu]", i);
		if (!check_object(object, where, &type, e))
			return false;
	}
	return true;
}

json_t *stix_open(struct bytes file, struct err *e)
{
	json_error_t why;
	json_t *bundle = json_loadb((const char *)file.at, file.len, JSON_REJECT_DUPLICATES, &why);
	if (bundle == NULL) {
		err_input(e, "evidence.stix", "not a STIX 2.x bundle: line %d, column %d: %s",
		          why.line, why.column, why.text);
		return NULL;
	}
	if (check_bundle(bundle, e))
		return bundle;
	json_decref(bundle);
	return NULL;
}

static bool count_indicators(struct bytes file, uint64_t *indicators, struct err *e)
{
	json_t *bundle = stix_open(file, e), *object;
	size_t i;
	*indicators = 0;
	json_array_foreach(json_object_get(bundle, "objects"), i, object) *indicators +=
	    strcmp(json_string_value(json_object_get(object, "type")), "indicator") == 0;
	json_decref(bundle);
	return bundle != NULL;
}

/* TYPE/SUBTYPE of RFC 6838's characters. */
static bool is_media_type(const char *type)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+";
	size_t main = strspn(type, allowed);
	size_t sub = type[main] == '/' ? strspn(type + main + 1, allowed) : 0;
	return main > 0 && sub > 0 && type[main + 1 + sub] == 0 && strlen(type) <= 127;
}

bool evidence_read(struct bytes file, const char *type, struct evidence *out, struct err *e)
{
	if (file.len > EVIDENCE_MAX)
		return err_input(e, "evidence.too-large", "%zu bytes are more than %d", file.len,
		                 EVIDENCE_MAX);
	bool is_stix = strcmp(type, STIX) == 0;
	if (!is_stix && !is_media_type(type))
		return err_input(e, "evidence.type",
		                 "\"%.100s\" is neither " STIX
		                 " nor a media type such as application/pdf",
		                 type);
	*out = (struct evidence){.type = type, .digest = sha256(file), .size = file.len};
	out->has_indicators = is_stix;
	return !is_stix || count_indicators(file, &out->indicators, e);
}

#include "reader.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/instant.h"
#include "reading.h"

bool reading_fail(struct reading *r, const char *field, const char *fmt, ...)
{
	char text[384];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return err_input(r->e, "list.field", "%s: line %zu%s%s: %s", r->file, r->line,
	                 field != NULL ? ": " : "", field != NULL ? field : "", text);
}

/* --- Ids seen ------------------------------------------------------------------------------- */

static uint64_t hash_id(const char *id)
{
	uint64_t h = 0xCBF29CE484222325u;
	for (; *id != 0; id++)
		h = (h ^ (unsigned char)*id) * 0x100000001B3u;
	h ^= h >> 32;
	return h != 0 ? h : 1; /* 0 is an empty place */
}

static bool place(uint64_t *at, size_t room, uint64_t hash)
{
	size_t i = (size_t)(hash * 0x9E3779B97F4A7C15u) & (room - 1);
	while (at[i] != 0 && at[i] != hash)
		i = (i + 1) & (room - 1);
	bool is_new = at[i] == 0;
	at[i] = hash;
	return is_new;
}

/* False: it is there already (or, once in 2^64 pairs, its hash is). */
static bool id_is_new(struct id_set *set, const char *id, bool *memory)
{
	*memory = true;
	if (set->count * 2 >= set->room) {
		size_t room = set->room == 0 ? 1024 : set->room * 2;
		uint64_t *at = calloc(room, sizeof *at);
		if (at == NULL) {
			*memory = false;
			return false;
		}
		for (size_t i = 0; i < set->room; i++)
			if (set->at[i] != 0)
				place(at, room, set->at[i]);
		free(set->at);
		set->at = at;
		set->room = room;
	}
	bool is_new = place(set->at, set->room, hash_id(id));
	set->count += is_new;
	return is_new;
}

/* --- Entities out --------------------------------------------------------------------------- */

static bool give(struct reading *r)
{
	bool memory;
	if (r->draft.has_too_many)
		return reading_fail(r, NULL, "entry %s has more than %d of one thing", r->draft.id,
		                    DRAFT_MOST);
	struct entity entity = draft_entity(&r->draft);
	if (*entity.id == 0)
		return reading_fail(r, "id", "it is empty");
	if (entity.name_count == 0)
		return reading_fail(r, "name", "entry %s has none", entity.id);
	bool is_new = id_is_new(&r->ids, entity.id, &memory);
	for (unsigned n = 2; !is_new && memory && r->derives_ids && n <= DRAFT_MOST; n++) {
		entity.id = arena_printf(&r->draft.arena, "%s-%u", r->draft.id, n);
		is_new = id_is_new(&r->ids, entity.id, &memory);
	}
	if (!is_new)
		return memory
		           ? err_input(r->e, "list.duplicate", "%s: line %zu: id %s is there twice",
		                       r->file, r->line, entity.id)
		           : err_environment(r->e, "no memory for the ids of %s", r->file);
	r->facts->entries++;
	r->facts->by_type[entity.type]++;
	r->facts->names += entity.name_count;
	r->facts->identifiers += entity.identifier_count;
	return r->visit(r->context, &entity, r->e);
}

bool reading_give(struct reading *r)
{
	bool ok = give(r);
	draft_end(&r->draft);
	return ok;
}

const char *reading_derive_id(struct reading *r, const char *const parts[], size_t count)
{
	struct arena *arena = &r->draft.arena;
	struct buffer b = {.arena = arena};
	for (size_t i = 0; i < count; i++) {
		buffer_text(&b, parts[i]);
		buffer_u8(&b, 0);
	}
	struct hash digest = sha256(buffer_view(&b));
	r->derives_ids = true;
	return hex_encode(arena, bytes_of(digest.at, 10));
}

void reading_published(struct reading *r, const char *text, bool month_first)
{
	char date[11], instant[INSTANT_TEXT + 1];
	const char *end;
	while (isspace((unsigned char)*text))
		text++;
	if (!date_parse(text, month_first, date, &end) || strlen(date) != 10)
		return;
	snprintf(instant, sizeof instant, "%sT00:00:00Z", date);
	if (strlen(text) >= 19 && text[10] == 'T') /* the time too; its zone is of no weight here */
		snprintf(instant, sizeof instant, "%.19sZ", text);
	r->facts->has_published = instant_parse(bytes_text(instant), &r->facts->published);
}

void reading_declared(struct reading *r, const char *number)
{
	char *end;
	unsigned long long n = strtoull(number, &end, 10);
	if (end == number || *end != 0)
		return;
	r->has_declared = true;
	r->declared = n;
}

/* --- Formats -------------------------------------------------------------------------------- */

enum { HOURS = 3600, DAYS = 86400, HEAD = 8192 };

/* Official lists change on any working day: two days without a look at one is too long. */
static const struct list_format formats[] = {
    {"ofac-csv", "OFAC SDN or consolidated, CSV: the list, its aliases, addresses and comments",
     48 * HOURS},
    {"ofac-xml", "OFAC SDN or consolidated, XML", 48 * HOURS},
    {"ofac-advanced", "OFAC SDN or consolidated, advanced XML", 48 * HOURS},
    {"csl-csv", "US Consolidated Screening List, CSV", 48 * HOURS},
    {"csl-json", "US Consolidated Screening List, JSON", 48 * HOURS},
    {"dpl", "US Denied Persons List, tab-separated", 48 * HOURS},
    {"eu-xml", "EU financial sanctions, XML", 48 * HOURS},
    {"eu-csv", "EU financial sanctions, CSV", 48 * HOURS},
    {"un-xml", "UN Security Council consolidated, XML", 48 * HOURS},
    {"uk-csv", "UK sanctions list, CSV", 48 * HOURS},
    {"uk-xml", "UK sanctions list, XML", 48 * HOURS},
    {"uk-ods", "UK sanctions list, ODS", 48 * HOURS},
    {"conlist", "UK consolidated list of asset freeze targets, CSV", 48 * HOURS},
    {"seco", "Swiss SECO sanctions, XML", 48 * HOURS},
    {"sema", "Canadian autonomous sanctions, XML", 48 * HOURS},
    {"ftm", "FollowTheMoney entities, JSON lines (OpenSanctions)", 48 * HOURS},
    {"simple", "OpenSanctions targets.simple.csv", 48 * HOURS},
    {"senzing", "Senzing entities, JSON lines", 48 * HOURS},
    {"csv", "a list of one's own: name, and id, type, aliases, country, birth, ... as one likes",
     0},
    {NULL, NULL, 0},
};

static bool (*const readers[])(struct reading *) = {
    read_ofac_csv, read_ofac_xml, read_ofac_advanced, read_csl_csv, read_csl_json,
    read_dpl,      read_eu_xml,   read_eu_csv,        read_un_xml,  read_uk_csv,
    read_uk_xml,   read_uk_ods,   read_conlist,       read_seco,    read_sema,
    read_ftm,      read_simple,   read_senzing,       read_own,
};

/*
 * What tells a format from the head of its first file: each text must be there, in this order.
 * The more telling come first.
 */
static const struct {
	const char *format, *texts[4];
} signs[] = {
    {"uk-ods", {"PK\003\004", "opendocument.spreadsheet"}},
    {"ofac-advanced", {"<Sanctions", "<ReferenceValueSets"}},
    {"ofac-advanced", {"<Sanctions", "ADVANCED_XML"}},
    {"ofac-xml", {"<sdnList"}},
    {"un-xml", {"<CONSOLIDATED_LIST"}},
    {"eu-xml", {"<export", "<sanctionEntity"}},
    {"eu-xml", {"eu.europa.ec/fpi/fsd/export"}},
    {"uk-xml", {"<Designations"}},
    {"seco", {"<swiss-sanctions-list"}},
    {"sema", {"<data-set", "<record"}},
    {"uk-csv", {"Unique ID", "OFSI Group ID"}},
    {"conlist", {"Last Updated,", "Name 6,"}},
    {"eu-csv", {"Entity_LogicalId", ";"}},
    {"dpl", {"Name", "\t", "Street_Address"}},
    {"csl-csv", {"source,", "entity_number,", "programs,"}},
    {"csl-json", {"\"results\"", "["}},
    {"senzing", {"\"DATA_SOURCE\"", "\"RECORD_ID\""}},
    {"ftm", {"\"schema\"", "\"properties\""}},
    {"ftm", {"\"properties\"", "\"schema\""}},
    {"simple", {"id", "schema", "name", "identifiers"}},
};

static bool has_signs(const char *head, const char *const texts[4])
{
	for (size_t i = 0; i < 4 && texts[i] != NULL; i++) {
		head = strstr(head, texts[i]);
		if (head == NULL)
			return false;
		head += strlen(texts[i]);
	}
	return true;
}

/* OFAC's CSV has no header: a number, a comma and a quoted name in twelve fields. */
static bool is_ofac_row(const char *head)
{
	size_t digits = strspn(head, "0123456789");
	return digits > 0 && head[digits] == ',' && memchr(head, '\n', strlen(head)) != NULL &&
	       strstr(head, "-0- ") != NULL;
}

/* The same under a header of somebody's own, which says as little of the fields as none. */
static bool is_headed_ofac(const char *head)
{
	size_t line = strcspn(head, "\r\n"), commas = 0;
	for (size_t i = 0; i < line; i++)
		commas += head[i] == ',';
	return commas == 11 && strpbrk(head, "0123456789") >= head + line &&
	       is_ofac_row(head + line + strspn(head + line, "\r\n"));
}

static const char *detect(const struct list_file *file)
{
	char head[HEAD];
	size_t len = fread(head, 1, sizeof head - 1, file->at);
	rewind(file->at);
	for (size_t i = 0; i < len; i++)
		if (head[i] == 0) /* inside a zip; what is looked for is before and after */
			head[i] = 1;
	head[len] = 0;
	const char *text = strncmp(head, "\xEF\xBB\xBF", 3) == 0 ? head + 3 : head;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (has_signs(text, signs[i].texts))
			return signs[i].format;
	if (is_ofac_row(text) || is_headed_ofac(text))
		return "ofac-csv";
	size_t line = strcspn(text, "\r\n");
	char *header = strndup(text, line);
	bool is_own = header != NULL && strcasestr(header, "name") != NULL &&
	              strchr(header, '<') == NULL && strchr(header, '{') == NULL;
	free(header);
	return is_own ? "csv" : NULL;
}

const struct list_format *list_formats(void)
{
	return formats;
}

const struct list_format *list_format(const char *name)
{
	for (const struct list_format *f = formats; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* --- The whole ------------------------------------------------------------------------------ */

static bool read_all(struct reading *r, const struct list_format *format)
{
	for (size_t i = 0; i < r->count; i++)
		rewind(r->files[i].at);
	if (strcmp(format->name, "ofac-csv") != 0 && r->count > 1)
		return err_input(r->e, "list.format", "format %s is one file, not %zu",
		                 format->name, r->count);
	if (!readers[format - formats](r))
		return false;
	if (r->facts->entries == 0)
		return err_input(r->e, "list.empty", "%s holds no entry", r->files[0].name);
	if (r->has_declared && r->declared != r->facts->entries)
		return err_input(r->e, "list.count", "%s says it holds %llu entries and holds %llu",
		                 r->files[0].name, (unsigned long long)r->declared,
		                 (unsigned long long)r->facts->entries);
	return true;
}

bool list_read(const struct list_file files[], size_t count, const char *format,
               entity_visit *visit, void *context, struct list_facts *out, struct err *e)
{
	*out = (struct list_facts){0};
	if (count == 0 || count > LIST_FILES)
		return err_usage(e, "a list is one file to %d", LIST_FILES);
	if (format == NULL)
		format = detect(&files[0]);
	const struct list_format *known = format != NULL ? list_format(format) : NULL;
	if (known == NULL && format == NULL)
		return err_input(e, "list.format",
		                 "%s: its head is of no known format (say which with --format)",
		                 files[0].name);
	if (known == NULL)
		return err_usage(e, "no such format: %s", format);
	out->format = known->name;
	struct reading r = {
	    .files = files,
	    .count = count,
	    .visit = visit,
	    .context = context,
	    .facts = out,
	    .file = files[0].name,
	    .e = e,
	};
	bool ok = read_all(&r, known);
	draft_end(&r.draft);
	free(r.ids.at);
	return ok;
}

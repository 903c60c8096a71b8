/*
 * OFAC's CSV files: the list (ent_num, name, type, programme, title, call sign, vessel type,
 * tonnage, gross tonnage, flag, owner, remarks), the aliases (ent_num, alt_num, type, name,
 * remarks), the addresses (ent_num, add_num, address, city, country, remarks) and the comments
 * (ent_num, what did not fit into the remarks). No header; "-0- " is nothing; a Ctrl-Z ends each.
 * A copy kept in a spreadsheet has a header of somebody's own: it is passed over, for the fields
 * are in OFAC's order whatever it calls them.
 * Which file is which is told by how many fields its rows have.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "csv.h"
#include "reading.h"

enum { LIST = 12, ALIASES = 5, ADDRESSES = 6, COMMENTS = 2 };

enum part { PART_ALIASES, PART_ADDRESSES, PART_COMMENTS, PARTS };

static const size_t part_fields[PARTS] = {ALIASES, ADDRESSES, COMMENTS};

struct trio {
	const struct list_file *list, *files[PARTS];
	struct csv parts[PARTS];
	struct csv_index index[PARTS];
};

/* A field, or NULL for "-0- ". */
static const char *value(const struct csv *c, size_t i)
{
	const char *text = csv_field(c, i);
	text += strspn(text, " ");
	return strncmp(text, "-0-", 3) == 0 && text[3 + strspn(text + 3, " ")] == 0 ? NULL : text;
}

/* A first row of words alone; a row of the list that is damaged still has its "-0- ". */
static bool is_header(const struct csv *c)
{
	if (c->line != 1)
		return false;
	for (size_t i = 0; i < c->count; i++) {
		const char *text = csv_field(c, i);
		if (value(c, i) == NULL || *text == 0 || strpbrk(text, "0123456789") != NULL)
			return false;
	}
	return true;
}

static bool check_row(struct reading *r, const struct csv *c, size_t fields)
{
	r->file = c->file->name;
	r->line = c->line;
	if (c->count != fields)
		return reading_fail(r, NULL, "%zu fields, not %zu", c->count, fields);
	const char *number = csv_field(c, 0);
	if (*number == 0 || number[strspn(number, "0123456789")] != 0)
		return reading_fail(r, "ent_num", "\"%.40s\" is not a number", number);
	return true;
}

/* --- Remarks -------------------------------------------------------------------------------- */

/* "Passport A1234567 (Iran) expires 2019", "Tax ID No. 7743 (Russia)", "Digital Currency Address -
 * XBT 1abc" */
static void identifier(struct draft *d, const char *text)
{
	static const char *const heads[] = {
	    "Digital Currency Address - ",
	    "Passport",
	    "Stateless Person Passport",
	    "Diplomatic Passport",
	    "National ID No.",
	    "Tax ID No.",
	    "Registration ID",
	    "Registration Number",
	    "Business Registration Number",
	    "Business Registration Document #",
	    "Public Registration Number",
	    "Company Number",
	    "Commercial Registry Number",
	    "Enterprise Number",
	    "C.R. No.",
	    "Identification Number",
	    "Government Gazette Number",
	    "Legal Entity Number",
	    "Cedula No.",
	    "R.F.C.",
	    "NIT #",
	    "C.U.R.P.",
	    "C.U.I.T.",
	    "RUC #",
	    "RTN",
	    "SSN",
	    "D.N.I.",
	    "D-U-N-S Number",
	    "V.A.T. Number",
	    "Italian Fiscal Code",
	    "MMSI",
	    "Unified Social Credit Code (USCC)",
	    "Unified Social Credit Code",
	    "UAE Identification",
	    "Matricula Mercantil No",
	    "Personal ID Card",
	    "Turkish Identification Number",
	    "Residency Number",
	    "Electoral Registry No.",
	    "Driver's License No.",
	    "Birth Certificate Number",
	    "Kenyan ID No.",
	    "Afghan Money Service Provider License Number",
	    "Vessel Registration Identification IMO",
	    "Aircraft Manufacturer's Serial Number (MSN)",
	    "Aircraft Tail Number",
	    "Chinese Commercial Code",
	    "Central Registration System Number",
	    "License",
	    "Trade License No.",
	    "Chamber of Commerce Number",
	    "Company ID",
	    "File Number",
	    "Tourism License No.",
	    "SWIFT/BIC",
	    "VisaNumberID",
	    "Bosnian Personal ID No.",
	    "Moroccan Personal ID No.",
	    "Folio Mercantil No.",
	};
	const char *head = NULL;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (strncasecmp(text, heads[i], strlen(heads[i])) == 0 &&
		    (head == NULL || strlen(heads[i]) > strlen(head)))
			head = heads[i];
	if (head == NULL)
		return;
	const char *at = text + strlen(head);
	if (strncmp(head, "Digital", 7) == 0 && strchr(at, ' ') != NULL)
		at = strchr(at, ' '); /* the currency */
	at += strspn(at, " :");
	size_t len = strcspn(at, "( ");
	const char *open = strchr(at, '('), *close = open != NULL ? strchr(open, ')') : NULL;
	/* A number may have spaces in it: what follows the country or these words is no number. */
	static const char *const after[] = {" expires", " issued", " ("};
	size_t end = strlen(at);
	for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
		const char *found = strstr(at, after[i]);
		if (found != NULL && (size_t)(found - at) < end)
			end = (size_t)(found - at);
	}
	while (end > 0 && (at[end - 1] == '.' || at[end - 1] == ' '))
		end--;
	if (len == 0 || end == 0)
		return;
	draft_identifier(d, head, arena_copy(&d->arena, at, end),
	                 close != NULL ? arena_copy(&d->arena, open + 1, (size_t)(close - open - 1))
	                               : NULL);
}

static const char *after_head(const char *text, const char *const heads[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncasecmp(text, heads[i], strlen(heads[i])) == 0)
			return text + strlen(heads[i]);
	return NULL;
}

#define AFTER(text, ...)                                                                           \
	after_head(text, (const char *const[]){__VA_ARGS__},                                       \
	           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* "a.k.a. 'BNC'": an alias in quotes is what OFAC calls weak. */
static void weak_alias(struct draft *d, const char *text)
{
	const char *open = strchr(text, '\''),
	           *close = open != NULL ? strrchr(open + 1, '\'') : NULL;
	if (close != NULL)
		draft_name_inverted(d, NAME_WEAK,
		                    arena_copy(&d->arena, open + 1, (size_t)(close - open - 1)));
}

static void remark(struct draft *d, const char *part)
{
	const char *text = part + strspn(part, " "), *at;
	if (strncasecmp(text, "alt. ", 5) == 0)
		text += 5;
	if ((at = AFTER(text, "DOB ")) != NULL)
		draft_birth(d, at);
	else if ((at = AFTER(text, "nationality ", "citizen ", "Flag ",
	                     "Nationality of Registration ")) != NULL)
		draft_country(d, arena_copy(&d->arena, at, strcspn(at, ".(;")));
	else if ((at = AFTER(text, "a.k.a. ", "f.k.a. ", "n.k.a. ")) != NULL)
		weak_alias(d, at);
	else
		identifier(d, text);
}

static void remarks(struct draft *d, const char *text)
{
	draft_note(d, "remarks", text);
	draft_each(d, text, ";", remark);
}

/* --- Rows ----------------------------------------------------------------------------------- */

static enum entity_type type_of(const char *text)
{
	if (text == NULL)
		return ENTITY_ORGANISATION;
	return strncasecmp(text, "individual", 10) == 0 ? ENTITY_PERSON
	       : strncasecmp(text, "vessel", 6) == 0    ? ENTITY_VESSEL
	       : strncasecmp(text, "aircraft", 8) == 0  ? ENTITY_AIRCRAFT
	                                                : ENTITY_ORGANISATION;
}

static void name(struct draft *d, enum name_kind kind, const char *text)
{
	if (d->type == ENTITY_PERSON)
		draft_name_inverted(d, kind, text);
	else
		draft_name(d, kind, text);
}

static void alias_row(struct draft *d, const struct csv *c)
{
	const char *text = value(c, 3), *kind = value(c, 2), *note = value(c, 4);
	bool is_weak = (kind != NULL && strcasestr(kind, "weak") != NULL) ||
	               (note != NULL && strcasestr(note, "weak") != NULL);
	if (text != NULL)
		name(d, is_weak ? NAME_WEAK : NAME_ALIAS, text);
}

static void address_row(struct draft *d, const struct csv *c)
{
	draft_address(d, (const char *[]){value(c, 2), value(c, 3), value(c, 4)}, 3);
	draft_country(d, value(c, 4));
}

/* All rows of one part that belong to the entry; `comment` gets the text of the comments. */
static bool part_rows(struct reading *r, struct trio *t, enum part part, const char *id,
                      struct buffer *comment)
{
	struct csv *c = &t->parts[part];
	size_t first = 0, count = csv_index_find(&t->index[part], csv_key(id), &first);
	for (size_t i = 0; i < count; i++) {
		bool more;
		if (!csv_seek(c, &t->index[part].at[first + i]) || !csv_next(c, &more))
			return false;
		if (!more || strcmp(csv_field(c, 0), id) != 0)
			continue;
		if (part == PART_ALIASES)
			alias_row(&r->draft, c);
		else if (part == PART_ADDRESSES)
			address_row(&r->draft, c);
		else if (value(c, 1) != NULL)
			buffer_text(comment, value(c, 1));
	}
	return true;
}

static bool entry(struct reading *r, struct trio *t, const struct csv *c)
{
	struct draft *d = &r->draft;
	const char *type = value(c, 2);
	draft_begin(d, csv_field(c, 0), type_of(type));
	if (value(c, 1) != NULL)
		name(d, NAME_PRIMARY, value(c, 1));
	if (d->type == ENTITY_ORGANISATION && type != NULL)
		draft_note(d, "type", type);
	draft_note(d, "programme", value(c, 3));
	draft_note(d, "title", value(c, 4));
	draft_identifier(d, "call sign", value(c, 5), NULL);
	draft_note(d, "vessel-type", value(c, 6));
	draft_note(d, "owner", value(c, 10));
	draft_country(d, value(c, 9));
	struct buffer text = {.arena = &d->arena};
	if (value(c, 11) != NULL)
		buffer_text(&text, value(c, 11));
	for (enum part p = 0; p < PARTS; p++)
		if (t->files[p] != NULL && !part_rows(r, t, p, d->id, &text))
			return false;
	remarks(d, buffer_cstr(&text));
	r->file = c->file->name;
	r->line = c->line;
	return reading_give(r);
}

/* --- Files ---------------------------------------------------------------------------------- */

static bool place_file(struct reading *r, struct trio *t, const struct list_file *file)
{
	struct csv c;
	bool more;
	csv_begin(&c, file, ',', r->e);
	bool ok = csv_next(&c, &more);
	csv_end(&c);
	if (!ok)
		return false;
	const struct list_file **slot = !more                  ? NULL
	                                : c.count == LIST      ? &t->list
	                                : c.count == ALIASES   ? &t->files[PART_ALIASES]
	                                : c.count == ADDRESSES ? &t->files[PART_ADDRESSES]
	                                : c.count == COMMENTS  ? &t->files[PART_COMMENTS]
	                                                       : NULL;
	r->file = file->name;
	r->line = 1;
	if (slot == NULL || *slot != NULL)
		return reading_fail(
		    r, NULL,
		    slot == NULL ? "it is not one of OFAC's files: 12, 5, 6 or 2 fields a row"
		                 : "a second file of the same kind");
	*slot = file;
	return true;
}

static bool index_part(struct reading *r, struct trio *t, enum part part)
{
	struct csv *c = &t->parts[part];
	csv_begin(c, t->files[part], ',', r->e);
	c->ends_at_ctrl_z = true;
	for (bool more;;) {
		if (!csv_next(c, &more))
			return false;
		if (!more)
			break;
		if (is_header(c))
			continue;
		if (!check_row(r, c, part_fields[part]) ||
		    !csv_index_add(&t->index[part], c, csv_field(c, 0), r->e))
			return false;
	}
	csv_index_sort(&t->index[part]);
	return true;
}

static bool read_list(struct reading *r, struct trio *t)
{
	struct csv c;
	csv_begin(&c, t->list, ',', r->e);
	c.ends_at_ctrl_z = true;
	bool more = true, ok = true;
	while (ok && (ok = csv_next(&c, &more)) && more)
		ok = is_header(&c) || (check_row(r, &c, LIST) && entry(r, t, &c));
	csv_end(&c);
	return ok;
}

static bool read_trio(struct reading *r, struct trio *t)
{
	for (size_t i = 0; i < r->count; i++)
		if (!place_file(r, t, &r->files[i]))
			return false;
	if (t->list == NULL)
		return reading_fail(r, NULL,
		                    "the list itself (12 fields a row) is not among the files");
	for (enum part p = 0; p < PARTS; p++)
		if (t->files[p] != NULL && !index_part(r, t, p))
			return false;
	return read_list(r, t);
}

bool read_ofac_csv(struct reading *r)
{
	struct trio t = {0};
	bool ok = read_trio(r, &t);
	for (enum part p = 0; p < PARTS; p++) {
		csv_end(&t.parts[p]);
		csv_index_free(&t.index[p]);
	}
	return ok;
}

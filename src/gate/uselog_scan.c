#include "uselog.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>

static const char magic[16] = "proviso-uses-1\n";

enum { HEADER_NUMBER = 16, HEADER_SIZE = 20, HEADER_ID = 24, HEADER_CHECKSUM = 60 };

static void put32(uint8_t *to, uint32_t v)
{
	v = htole32(v);
	memcpy(to, &v, sizeof v);
}

static uint32_t get32(const uint8_t *from)
{
	uint32_t v;
	memcpy(&v, from, sizeof v);
	return le32toh(v);
}

void uselog_header(const struct crc32c *c, uint8_t to[USELOG_HEADER], const uint8_t id[USELOG_ID],
                   uint32_t segment, size_t size)
{
	memset(to, 0, USELOG_HEADER);
	memcpy(to, magic, sizeof magic);
	put32(to + HEADER_NUMBER, segment);
	put32(to + HEADER_SIZE, (uint32_t)size);
	memcpy(to + HEADER_ID, id, USELOG_ID);
	put32(to + HEADER_CHECKSUM, crc32c(c, 0, bytes_of(to, HEADER_CHECKSUM)));
}

uint32_t uselog_seed(const struct crc32c *c, const uint8_t id[USELOG_ID], uint32_t segment)
{
	uint8_t number[4];
	put32(number, segment);
	return crc32c(c, crc32c(c, 0, bytes_of(id, USELOG_ID)), bytes_of(number, sizeof number));
}

uint32_t uselog_checksum(const struct crc32c *c, uint32_t seed, size_t offset, struct bytes body)
{
	uint8_t place[8] = {0};
	put32(place, (uint32_t)offset);
	return crc32c(c, crc32c(c, seed, bytes_of(place, sizeof place)), body);
}

/* --- One entry ------------------------------------------------------------------------- */

enum found { FOUND_ENTRY, FOUND_NOTHING, FOUND_DAMAGE };

struct place {
	uint32_t segment, seed;
	struct bytes bytes; /* of the segment */
	size_t offset;
};

/* The word that is stored last: a writer may be at work in another process. */
static uint32_t word_at(const struct place *p)
{
	uint32_t word = 0;
	if (p->bytes.len - p->offset >= USELOG_ENTRY_HEAD)
		word = __atomic_load_n((const uint32_t *)(const void *)(p->bytes.at + p->offset),
		                       __ATOMIC_ACQUIRE);
	return le32toh(word);
}

static bool is_zero(struct bytes b)
{
	return b.len == 0 || (b.at[0] == 0 && memcmp(b.at, b.at + 1, b.len - 1) == 0);
}

static enum found entry_at(const struct crc32c *c, const struct place *p, struct bytes *body)
{
	uint32_t word = word_at(p);
	if (word == 0)
		return FOUND_NOTHING;
	size_t len = word & 0xFFFF, size = uselog_entry_size(len);
	if ((word >> 16 ^ len) != 0xFFFF || len == 0 || len > USELOG_BODY_MAX ||
	    size > p->bytes.len - p->offset)
		return FOUND_DAMAGE;
	const uint8_t *at = p->bytes.at + p->offset;
	*body = bytes_of(at + USELOG_ENTRY_HEAD, len);
	if (get32(at + 4) != uselog_checksum(c, p->seed, p->offset, *body) ||
	    !is_zero(bytes_of(body->at + len, size - USELOG_ENTRY_HEAD - len)))
		return FOUND_DAMAGE;
	return FOUND_ENTRY;
}

/* --- The walk -------------------------------------------------------------------------- */

struct walk {
	const struct uselog_source *source;
	const struct uselog_visitor *visitor;
	bool may_cut;
	struct crc32c crc;
	struct uselog_scan *out;
	struct uselog_text text;
	bool stopped; /* the visitor has seen enough */
	uint32_t label_room;
	struct err *e;
};

static bool damaged(struct walk *w, const struct place *p, const char *what)
{
	return err_refused(w->e, "gate.use-log-damaged", "%08u.uses, byte %zu: %s", p->segment,
	                   p->offset, what);
}

static bool add_label(struct walk *w, const struct place *p, const struct proviso_entry *entry)
{
	struct uselog_labels *labels = &w->out->labels;
	if (entry->number != labels->count + 1 || entry->number > PROVISO_LABELS_MAX)
		return damaged(w, p, "a label out of order");
	if (labels->count == w->label_room) {
		uint32_t room = w->label_room == 0 ? 64 : w->label_room * 2;
		void *more = realloc(labels->at, (size_t)room * sizeof *labels->at);
		if (more == NULL)
			return err_environment(w->e, "no memory for the use log's labels");
		labels->at = more;
		w->label_room = room;
	}
	strcpy(labels->at[labels->count++], entry->label);
	return true;
}

/* A group's leaf must be the hash of what it says it covers, and groups follow one another. */
static bool add_group(struct walk *w, const struct place *p, const struct proviso_entry *entry)
{
	struct uselog_scan *out = w->out;
	uint32_t segment = (uint32_t)(entry->start >> 32);
	size_t from = (uint32_t)entry->start, to = (uint32_t)entry->end;
	if (entry->leaf != out->tree.edge.size || entry->start != out->grouped ||
	    entry->end <= entry->start || entry->end > uselog_position(p->segment, p->offset))
		return damaged(w, p, "a group out of order");
	struct bytes covered;
	if (!w->source->segment(w->source->ctx, segment, &covered, w->e))
		return false;
	if (entry->end == uselog_position(segment + 1, 0))
		to = covered.len;
	else if (entry->end >> 32 != segment)
		return damaged(w, p, "a group over more than one file");
	if (covered.at == NULL || to > covered.len || from >= to)
		return damaged(w, p, "a group of entries that are not there");
	struct hash leaf = merkle_leaf(bytes_of(covered.at + from, to - from));
	if (memcmp(leaf.at, entry->hash, HASH_SIZE) != 0)
		return damaged(w, p, "entries before were changed: their hash is another");
	if (!merkle_tree_append(&out->tree, &leaf))
		return err_environment(w->e, "no memory for the use log's tree");
	out->grouped = entry->end;
	return true;
}

static bool add_entry(struct walk *w, const struct place *p, struct bytes body)
{
	struct uselog_scan *out = w->out;
	struct proviso_entry entry;
	if (!uselog_decode(body, &out->labels, &w->text, &entry))
		return damaged(w, p, "an entry that means nothing");
	entry.position = uselog_position(p->segment, p->offset);
	if (entry.kind == PROVISO_ENTRY_LABEL && !add_label(w, p, &entry))
		return false;
	if (entry.kind == PROVISO_ENTRY_GROUP && !add_group(w, p, &entry))
		return false;
	if (entry.kind == PROVISO_ENTRY_USE) {
		out->allowed += entry.code == PROVISO_ALLOWED;
		out->refused += entry.code != PROVISO_ALLOWED;
		if (entry.time > out->last_time)
			out->last_time = entry.time;
	}
	if (entry.kind == PROVISO_ENTRY_CUT)
		out->cut_bytes += entry.cut_bytes;
	out->ended = entry.kind == PROVISO_ENTRY_END;
	out->entries++;
	out->offset = p->offset + uselog_entry_size(body.len);
	if (entry.kind != PROVISO_ENTRY_GROUP && !out->ended)
		out->content_end = uselog_position(p->segment, out->offset);
	if (w->visitor != NULL && w->visitor->entry != NULL)
		w->stopped = !w->visitor->entry(w->visitor->ctx, &entry);
	return true;
}

/* --- What is behind the last entry ------------------------------------------------------ */

/* True in *found when a group that covers something at or behind `position` begins later. */
static bool find_later_group(struct walk *w, struct place p, bool *found)
{
	uint64_t position = uselog_position(p.segment, p.offset);
	*found = false;
	for (; p.segment <= w->source->last && !*found; p.segment++, p.offset = USELOG_HEADER) {
		if (!w->source->segment(w->source->ctx, p.segment, &p.bytes, w->e))
			return false;
		p.seed = uselog_seed(&w->crc, w->out->id, p.segment);
		for (; p.offset + USELOG_ENTRY_HEAD <= p.bytes.len; p.offset += 8) {
			struct bytes body;
			struct proviso_entry entry;
			if (entry_at(&w->crc, &p, &body) == FOUND_ENTRY &&
			    body.at[0] == PROVISO_ENTRY_GROUP &&
			    uselog_decode(body, &w->out->labels, &w->text, &entry) &&
			    entry.end > position)
				*found = true;
		}
	}
	return true;
}

/* Only one further segment may be there, made ready and not begun. */
static bool later_segments_are_ready(struct walk *w, uint32_t segment, bool *ready)
{
	*ready = w->source->last <= segment + 1;
	if (!*ready || w->source->last <= segment)
		return true;
	struct bytes next;
	uint8_t header[USELOG_HEADER];
	if (!w->source->segment(w->source->ctx, segment + 1, &next, w->e))
		return false;
	uselog_header(&w->crc, header, w->out->id, segment + 1, next.len);
	*ready = next.len >= USELOG_HEADER && memcmp(next.at, header, sizeof header) == 0 &&
	         is_zero(bytes_of(next.at + USELOG_HEADER, next.len - USELOG_HEADER));
	return true;
}

/* After the last entry that could be read. `whole`: nothing but zeros or one begun entry. */
static bool judge_tail(struct walk *w, struct place p, bool damage)
{
	struct uselog_scan *out = w->out;
	size_t used = p.bytes.len;
	bool ready, group;
	while (used > p.offset && p.bytes.at[used - 1] == 0)
		used--;
	if (!later_segments_are_ready(w, p.segment, &ready))
		return false;
	out->tail_bytes = used - p.offset;
	if (!damage && ready && out->tail_bytes <= USELOG_ENTRY_MAX) {
		out->tail = out->tail_bytes == 0 ? USELOG_TAIL_CLEAN : USELOG_TAIL_UNFINISHED;
		return true;
	}
	if (!w->may_cut)
		return damaged(w, &p, damage ? "not an entry" : "an entry is missing");
	if (!find_later_group(w, p, &group))
		return false;
	if (group)
		return damaged(w, &p, "not an entry, and it was on the disk");
	out->tail = USELOG_TAIL_TORN;
	return true;
}

/* *more: a next segment is to be read. */
static bool walk_segment(struct walk *w, struct place p, bool *more)
{
	struct uselog_scan *out = w->out;
	*more = false;
	for (;;) {
		struct bytes body;
		enum found found = entry_at(&w->crc, &p, &body);
		if (found == FOUND_ENTRY) {
			/* A group may have looked at other segments meanwhile; entries do not keep
			 * bodies. */
			if (!add_entry(w, &p, body) ||
			    !w->source->segment(w->source->ctx, p.segment, &p.bytes, w->e))
				return false;
			p.offset = out->offset;
			if (w->stopped)
				return true;
			if (!out->ended)
				continue;
			*more = true; /* END is written when the next segment is there */
			if (!is_zero(bytes_of(p.bytes.at + p.offset, p.bytes.len - p.offset)))
				return damaged(w, &p, "something behind the end");
			return true;
		}
		struct err *e = w->e;
		struct err first = {0};
		w->e = &first;
		bool good = judge_tail(w, p, found == FOUND_DAMAGE);
		w->e = e;
		if (good)
			return true;
		/* A writer in another process may have gone on while we looked. */
		if (found == FOUND_NOTHING && word_at(&p) != 0)
			continue;
		*e = first;
		return false;
	}
}

static bool open_segment(struct walk *w, struct place *p)
{
	uint8_t header[USELOG_HEADER];
	if (!w->source->segment(w->source->ctx, p->segment, &p->bytes, w->e))
		return false;
	p->offset = 0;
	if (p->bytes.at == NULL || p->bytes.len < USELOG_SEGMENT_MIN ||
	    p->bytes.len > USELOG_SEGMENT_MAX || p->bytes.len % 8 != 0)
		return damaged(w, p, p->bytes.at == NULL ? "the file is missing" : "cut short");
	if (p->segment == 1)
		memcpy(w->out->id, p->bytes.at + HEADER_ID, USELOG_ID);
	uselog_header(&w->crc, header, w->out->id, p->segment, p->bytes.len);
	if (memcmp(p->bytes.at, header, sizeof header) != 0)
		return damaged(w, p, "the file's header is wrong");
	p->offset = USELOG_HEADER;
	p->seed = uselog_seed(&w->crc, w->out->id, p->segment);
	w->out->segment = p->segment;
	w->out->offset = p->offset;
	w->out->ended = false;
	return true;
}

bool uselog_scan(const struct uselog_source *source, bool power_may_have_failed,
                 const struct uselog_visitor *visitor, struct uselog_scan *out, struct err *e)
{
	struct walk w = {.source = source,
	                 .visitor = visitor,
	                 .may_cut = power_may_have_failed,
	                 .out = out,
	                 .e = e};
	*out = (struct uselog_scan){.grouped = uselog_position(1, 0)};
	crc32c_start(&w.crc, false);
	bool more = source->last > 0;
	for (uint32_t number = 1; more && !w.stopped; number++) {
		struct place p = {.segment = number};
		if (!open_segment(&w, &p) || !walk_segment(&w, p, &more)) {
			uselog_scan_free(out);
			return false;
		}
	}
	return true;
}

void uselog_scan_free(struct uselog_scan *scan)
{
	merkle_tree_free(&scan->tree);
	free(scan->labels.at);
	scan->labels = (struct uselog_labels){0};
}

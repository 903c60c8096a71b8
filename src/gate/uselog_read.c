#include <sodium.h>

#include "base/file.h"
#include "parts.h"

bool proviso_use_log_read(const char *use_log_dir,
                          bool (*each)(void *ctx, const struct proviso_entry *entry), void *ctx,
                          struct proviso_use_log_summary *out, struct proviso_error *error)
{
	struct err e = {0};
	struct uselog_folder folder;
	struct uselog_source source;
	struct uselog_scan scan;
	struct uselog_visitor visitor = {each, ctx};
	struct uselog log = {0};
	if (!uselog_folder_open(&folder, use_log_dir, &source, &e))
		return error_give(error, &e);
	bool good = uselog_scan(&source, false, &visitor, &scan, &e);
	uselog_folder_close(&folder);
	if (!good) {
		err_context(&e, "%s", use_log_dir);
		return error_give(error, &e);
	}
	if (out != NULL) {
		*out = (struct proviso_use_log_summary){.entries = scan.entries,
		                                        .allowed = scan.allowed,
		                                        .refused = scan.refused,
		                                        .cut_bytes = scan.cut_bytes,
		                                        .leaves = scan.tree.edge.size};
		struct hash root = merkle_edge_root(&scan.tree.edge);
		memcpy(out->root, root.at, sizeof out->root);
		uselog_look(&log, &scan);
		out->waiting_bytes = uselog_waiting(&log);
		merkle_tree_free(&log.tree);
	}
	uselog_scan_free(&scan);
	return true;
}

static bool open_key(const void *wrapped, size_t size, const char *key_file, const char *passphrase,
                     struct proviso_audit_key *out, struct err *e)
{
	owned_arena arena = {0};
	owned_secret_key auditor = {0};
	struct bytes text, plain;
	if (!key_library_start(e) || !file_read(&arena, key_file, KEY_FILE_MAX, &text, e))
		return false;
	bool good = key_file_parse(text, passphrase, &auditor, e) || err_context(e, "%s", key_file);
	sodium_memzero((void *)(uintptr_t)text.at, text.len);
	if (!good || !key_unwrap(&arena, &auditor, bytes_of(wrapped, size), &plain, e))
		return false;
	if (plain.len != sizeof out->room)
		return err_input(e, "key.unwrap", "an audit key has %d bytes, this %zu", AUDIT_KEY,
		                 plain.len);
	memcpy(out->room, plain.at, sizeof out->room);
	sodium_memzero((void *)(uintptr_t)plain.at, plain.len);
	return true;
}

bool proviso_audit_key_open(const void *wrapped, size_t size, const char *key_file,
                            const char *passphrase, struct proviso_audit_key *out,
                            struct proviso_error *error)
{
	struct err e = {0};
	return open_key(wrapped, size, key_file, passphrase, out, &e) || error_give(error, &e);
}

bool proviso_audit_subject_tag(const struct proviso_audit_key *key, const char *selector,
                               uint8_t tag[PROVISO_TAG_SIZE], struct proviso_error *error)
{
	struct err e = {0};
	struct selector s;
	if (!selector_parse(bytes_text(selector), &s, &e))
		return error_give(error, &e);
	tag_subject(key->room, bytes_of(s.text, s.len), tag);
	return true;
}

bool proviso_audit_warrant_tag(const struct proviso_audit_key *key, const char *warrant,
                               uint8_t tag[PROVISO_TAG_SIZE], struct proviso_error *error)
{
	struct err e = {0};
	if (!warrant_check(warrant, &e))
		return error_give(error, &e);
	tag_warrant(key->room, bytes_text(warrant), tag);
	return true;
}

void proviso_audit_key_wipe(struct proviso_audit_key *key)
{
	sodium_memzero(key, sizeof *key);
}

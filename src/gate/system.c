#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rim.h"
#include "record/cbor.h"
#include "state.h"

#define SYSTEM_KIND "proviso-system-1"

enum { SYSTEM_FILE_MAX = 65536 + POLICY_MAX };

void system_wipe(struct system *s)
{
	arena_free(&s->policy_arena);
	for (size_t i = 0; i < s->authority_count; i++)
		arena_free(&s->trusts[i].arena);
	sodium_memzero(s, sizeof *s);
}

bool error_give(struct proviso_error *out, const struct err *e)
{
	if (out == NULL)
		return false;
	out->kind = (enum proviso_error_kind)e->kind;
	snprintf(out->code, sizeof out->code, "%s", e->rule != NULL ? e->rule : "");
	snprintf(out->text, sizeof out->text, "%s", e->text);
	return false;
}

/* --- Files under a checksum --------------------------------------------------------------- */

bool sealed_write(const char *dir, const char *name, const char *kind, struct bytes content,
                  struct err *e)
{
	owned_arena arena = {0};
	struct buffer b = {.arena = &arena};
	struct bytes line = bytes_text(arena_printf(&arena, "%s\n", kind));
	struct hash sum = sha256_parts((struct bytes[]){line, content}, 2);
	buffer_bytes(&b, line);
	buffer_bytes(&b, hash_bytes(&sum));
	buffer_bytes(&b, content);
	bool good = file_write(arena_printf(&arena, "%s/%s", dir, name), buffer_view(&b), 0600, e);
	sodium_memzero(b.at, b.len);
	return good;
}

bool sealed_read(struct arena *arena, const char *dir, const char *name, const char *kind,
                 size_t limit, const char *damaged, struct bytes *out, struct err *e)
{
	const char *path = arena_printf(arena, "%s/%s", dir, name);
	struct bytes all, line = bytes_text(arena_printf(arena, "%s\n", kind));
	if (!file_read(arena, path, limit, &all, e))
		return false;
	struct reader r = reader_of(all);
	struct bytes begin = read_bytes(&r, line.len), sum = read_bytes(&r, HASH_SIZE);
	*out = read_bytes(&r, reader_left(&r));
	if (r.bad || !bytes_equal(begin, line))
		return err_refused(e, damaged, "%s does not begin as a file of this version does",
		                   path);
	struct hash want = sha256_parts((struct bytes[]){line, *out}, 2);
	if (!bytes_equal(sum, hash_bytes(&want)))
		return err_refused(e, damaged, "%s was changed: its checksum is another", path);
	return true;
}

/* --- The system file ----------------------------------------------------------------------- */

static struct bytes encode(struct arena *arena, const struct system *s)
{
	struct buffer b = {.arena = arena};
	cbor_array(&b, s->policy != NULL ? 6 : 5);
	cbor_text(&b, s->serial);
	cbor_array(&b, s->authority_count);
	for (size_t i = 0; i < s->authority_count; i++)
		cbor_text(&b, key_line(arena, &s->authorities[i]));
	cbor_bytes(&b, bytes_of(s->audit_key, sizeof s->audit_key));
	cbor_bytes(&b, bytes_of(s->wrapped, s->wrapped_size));
	cbor_bytes(&b, bytes_of(s->log_id, sizeof s->log_id));
	if (s->policy != NULL)
		cbor_bytes(&b, s->policy_text);
	return buffer_view(&b);
}

/* Every authority of the system must be a log of it: else none of its leases could ever count. */
static bool take_policy(struct system *s, struct bytes text, struct err *e)
{
	struct policy *policy = arena_alloc(&s->policy_arena, sizeof *policy);
	s->policy_text = bytes_copy(&s->policy_arena, text);
	if (!policy_parse(&s->policy_arena, text, policy, e))
		return err_context(e, "the policy");
	for (size_t i = 0; i < s->authority_count; i++)
		if (policy_find_log(policy, &s->authorities[i]) == NULL)
			return err_input(e, "gate.policy-other-log",
			                 "%s, with its key, is no log of the policy",
			                 s->authorities[i].name);
	s->policy = policy;
	return true;
}

/* As the system was set up: what was followed since comes on top of it. */
static void begin_trusts(struct system *s)
{
	for (size_t i = 0; i < s->authority_count; i++) {
		s->trusts[i].key = s->authorities[i];
		s->trusts[i].policy_text = s->policy_text;
		s->trusts[i].policy = s->policy;
	}
}

static bool load_trusts(const char *dir, struct system *s, struct err *e)
{
	begin_trusts(s);
	if (!trusts_load(dir, s->trusts, s->authority_count, e))
		return err_context(e, "%s/followed", dir);
	for (size_t i = 0; i < s->authority_count; i++)
		s->authorities[i] = s->trusts[i].key;
	return true;
}

static void take(struct cbor_reader *r, uint8_t *to, size_t room, size_t *size)
{
	struct bytes b = cbor_read_bytes(r);
	if (b.len > room || (size == NULL && b.len != room)) {
		cbor_fail(r, "gate.system-damaged", "%zu bytes where %zu are meant", b.len, room);
		return;
	}
	if (b.len > 0)
		memcpy(to, b.at, b.len);
	if (size != NULL)
		*size = b.len;
}

static bool decode(struct bytes content, struct system *out, struct err *e)
{
	struct cbor_reader r = cbor_reader(content, e);
	size_t members = cbor_read_array(&r);
	if (members != 5 && members != 6)
		return cbor_fail(&r, "gate.system-damaged", "not a system");
	struct bytes serial = cbor_read_text(&r);
	size_t count = cbor_read_array(&r);
	if (r.bad || serial.len >= sizeof out->serial || count == 0 ||
	    count > PROVISO_AUTHORITIES_MAX)
		return cbor_fail(&r, "gate.system-damaged", "not a system");
	memcpy(out->serial, serial.at, serial.len);
	for (; out->authority_count < count; out->authority_count++) {
		struct bytes line = cbor_read_text(&r);
		if (r.bad || !key_line_parse(line, &out->authorities[out->authority_count], e))
			return false;
	}
	take(&r, out->audit_key, sizeof out->audit_key, NULL);
	take(&r, out->wrapped, sizeof out->wrapped, &out->wrapped_size);
	take(&r, out->log_id, sizeof out->log_id, NULL);
	struct bytes policy = members == 6 ? cbor_read_bytes(&r) : (struct bytes){0};
	return cbor_done(&r) && (members == 5 || take_policy(out, policy, e));
}

static bool load(const char *dir, struct system *out, struct err *e)
{
	owned_arena arena = {0};
	struct bytes content, key;
	const char *path = arena_printf(&arena, "%s/device.key", dir);
	if (!key_library_start(e) ||
	    !sealed_read(&arena, dir, "system", SYSTEM_KIND, SYSTEM_FILE_MAX, "gate.system-damaged",
	                 &content, e))
		return false;
	bool good = decode(content, out, e) || err_context(e, "%s/system", dir);
	good = good && load_trusts(dir, out, e);
	good = good && file_read(&arena, path, KEY_FILE_MAX, &key, e);
	if (good && !key_file_parse(key, NULL, &out->device, e))
		good = err_context(e, "%s", path);
	if (good)
		sodium_memzero((void *)(uintptr_t)key.at, key.len);
	return good;
}

bool system_load(const char *dir, struct system *out, struct err *e)
{
	*out = (struct system){0};
	if (load(dir, out, e))
		return true;
	system_wipe(out);
	if (e->kind != ERR_ENVIRONMENT)
		e->rule = "gate.system-damaged";
	return false;
}

/* --- Setting up ---------------------------------------------------------------------------- */

static bool draw_device_key(struct system *s, bool es256, struct err *e)
{
	uint8_t seed[KEY_SEED];
	bool good = false;
	/* A seed that is no scalar has odds of 2^-32: twice is enough. */
	for (int tries = 0; tries < 2 && !good; tries++) {
		rim_random(seed, sizeof seed);
		good = key_make(es256 ? KEY_ES256 : KEY_ED25519, s->serial, seed, &s->device, e);
	}
	sodium_memzero(seed, sizeof seed);
	return good;
}

static bool wrap_audit_key(struct system *s, const char *auditor, struct err *e)
{
	owned_arena arena = {0};
	struct public_key to = s->authorities[0];
	uint8_t random[KEY_WRAP_RANDOM];
	struct bytes wrapped;
	if (auditor != NULL && !key_line_parse(bytes_text(auditor), &to, e))
		return err_context(e, "the auditor's key");
	rim_random(s->audit_key, sizeof s->audit_key);
	rim_random(random, sizeof random);
	bool good =
	    key_wrap(&arena, &to, bytes_of(s->audit_key, sizeof s->audit_key), random, &wrapped, e);
	sodium_memzero(random, sizeof random);
	if (!good)
		return false;
	if (wrapped.len > sizeof s->wrapped)
		return err_environment(e, "a wrapped key of %zu bytes is too long", wrapped.len);
	memcpy(s->wrapped, wrapped.at, wrapped.len);
	s->wrapped_size = wrapped.len;
	return true;
}

/* The officers of one of the authorities. */
static bool take_roster(struct system *s, const char *text, struct err *e)
{
	owned_arena arena = {0};
	struct roster *roster = arena_alloc(&arena, sizeof *roster);
	const char *origin;
	uint64_t followed;
	if (!roster_parse(&arena, bytes_text(text), &origin, roster, &followed, e))
		return false;
	for (size_t i = 0; i < s->authority_count; i++) {
		struct trust with = s->trusts[i];
		if (strcmp(s->authorities[i].name, origin) != 0)
			continue;
		if (with.roster != NULL)
			return err_usage(e, "the officers of %s are given twice", origin);
		with.roster = roster;
		with.followed = followed;
		return trust_copy(&with, &s->trusts[i], e);
	}
	return err_input(e, "roster.origin", "%s, whose officers they are, is no authority here",
	                 origin);
}

static bool take_rosters(const struct proviso_system_options *o, struct system *s, struct err *e)
{
	begin_trusts(s);
	for (size_t i = 0; i < o->officers_count; i++)
		if (!take_roster(s, o->officers[i], e))
			return false;
	return true;
}

static bool make(const struct proviso_system_options *o, struct system *s, struct err *e)
{
	if (o == NULL || o->serial == NULL || o->authorities == NULL)
		return err_usage(e, "a system needs a serial and an authority");
	if (o->authority_count == 0 || o->authority_count > PROVISO_AUTHORITIES_MAX)
		return err_usage(e, "a system has 1 to %d authorities", PROVISO_AUTHORITIES_MAX);
	if (!key_library_start(e) || !key_name_check(o->serial, e))
		return false;
	snprintf(s->serial, sizeof s->serial, "%s", o->serial);
	for (; s->authority_count < o->authority_count; s->authority_count++) {
		struct public_key *key = &s->authorities[s->authority_count];
		if (!key_line_parse(bytes_text(o->authorities[s->authority_count]), key, e))
			return err_context(e, "authority %zu", s->authority_count + 1);
		for (size_t i = 0; i < s->authority_count; i++)
			if (strcmp(s->authorities[i].name, key->name) == 0)
				return err_usage(e, "authority %s is named twice", key->name);
	}
	rim_random(s->log_id, sizeof s->log_id);
	if (o->policy != NULL &&
	    !take_policy(s, bytes_of((const uint8_t *)o->policy, o->policy_size), e))
		return false;
	return take_rosters(o, s, e) && draw_device_key(s, o->es256, e) &&
	       wrap_audit_key(s, o->auditor, e);
}

/* The system file comes last: without it there is no system, and what is there is in nobody's way.
 */
static bool put(const char *dir, const struct system *s, struct err *e)
{
	owned_arena arena = {0};
	uint8_t salt[KEY_SALT];
	rim_random(salt, sizeof salt);
	if (!directory_make(dir, 0700, e) ||
	    !directory_make(arena_printf(&arena, "%s/use-log", dir), 0700, e))
		return false;
	if (file_exists(arena_printf(&arena, "%s/system", dir)))
		return err_refused(e, "gate.system-exists", "%s holds a system already", dir);
	char *key = key_file(&arena, &s->device, NULL, salt, e);
	if (key == NULL)
		return false;
	bool good =
	    file_write(arena_printf(&arena, "%s/device.key", dir), bytes_text(key), 0600, e);
	sodium_memzero(key, strlen(key));
	struct bytes content = encode(&arena, s);
	good = good && state_write_first(dir, s, e) &&
	       trusts_write(dir, s->trusts, s->authority_count, e) &&
	       sealed_write(dir, "system", SYSTEM_KIND, content, e);
	sodium_memzero((void *)(uintptr_t)content.at, content.len);
	return good;
}

static void describe(const struct system *s, struct proviso_enrolment *out)
{
	owned_arena arena = {0};
	*out = (struct proviso_enrolment){.audit_key_size = s->wrapped_size};
	snprintf(out->serial, sizeof out->serial, "%s", s->serial);
	char *line = key_line(&arena, &s->device.public);
	snprintf(out->device_key, sizeof out->device_key, "%.*s", (int)strcspn(line, "\n"), line);
	memcpy(out->audit_key, s->wrapped, s->wrapped_size);
	if (s->policy == NULL)
		return;
	struct hash digest = sha256(s->policy_text);
	snprintf(out->policy, sizeof out->policy, "%s", hex_encode(&arena, hash_bytes(&digest)));
}

bool proviso_system_init(const char *dir, const struct proviso_system_options *options,
                         struct proviso_enrolment *out, struct proviso_error *error)
{
	struct err e = {0};
	owned_system s = {0};
	if (dir == NULL) {
		err_usage(&e, "a system needs a directory");
		return error_give(error, &e);
	}
	if (!make(options, &s, &e) || !put(dir, &s, &e))
		return error_give(error, &e);
	if (out != NULL)
		describe(&s, out);
	return true;
}

static bool arm(const char *dir, struct bytes policy, struct err *e)
{
	owned_arena arena = {0};
	owned_system s = {0};
	const char *lock_path = arena_printf(&arena, "%s/lock", dir);
	if (!system_load(dir, &s, e))
		return false;
	/* The one that officers agreed on since is as good as the one it began with. */
	if (s.policy != NULL || s.trusts[0].policy != NULL)
		return bytes_equal(s.policy_text, policy) ||
		       bytes_equal(s.trusts[0].policy_text, policy) ||
		       err_refused(e, "gate.policy-armed", "%s is armed with another policy", dir);
	owned_fd lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0)
		return err_errno(e, "cannot open %s", lock_path);
	if (flock(lock, LOCK_EX | LOCK_NB) != 0)
		return err_refused(e, "gate.in-use", "%s is in use by a gate that decides", dir);
	if (!take_policy(&s, policy, e))
		return false;
	struct bytes content = encode(&arena, &s);
	bool good = sealed_write(dir, "system", SYSTEM_KIND, content, e);
	sodium_memzero((void *)(uintptr_t)content.at, content.len);
	return good;
}

bool proviso_system_arm(const char *dir, const void *policy, size_t size,
                        struct proviso_error *error)
{
	struct err e = {0};
	if (dir == NULL || policy == NULL) {
		err_usage(&e, "arming takes a directory and a policy");
		return error_give(error, &e);
	}
	return arm(dir, bytes_of((const uint8_t *)policy, size), &e) || error_give(error, &e);
}

bool proviso_system_enrolment(const char *dir, struct proviso_enrolment *out,
                              struct proviso_error *error)
{
	struct err e = {0};
	owned_system s = {0};
	if (!system_load(dir, &s, &e))
		return error_give(error, &e);
	describe(&s, out);
	return true;
}

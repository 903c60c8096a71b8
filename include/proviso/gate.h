/*
 * NAME
 *     proviso/gate.h - asks, before each controlled act, whether it may be done
 *
 * SYNOPSIS
 *     #include <proviso/gate.h>          link with -lproviso -lcrypto -lsodium -lpthread
 *
 *     struct proviso_gate *gate = proviso_gate_open(where, NULL, &error);
 *     proviso_gate_label(gate, "capture.content", &use.capability, &error); ...
 *     proviso_gate_subject(gate, "tel:+99955501234", &subject, &error);
 *     if (proviso_gate_decide(gate, &use, &answer))
 *             ... do it ...
 *
 * DESCRIPTION
 *     A gate sits inside a licensed product. It holds a lease: a short permission from an
 *     authority, proven to be on that authority's public log. It judges each use against the
 *     lease's scope and writes it down in the system's use log before it gives the answer, so
 *     that no use is ever allowed unrecorded, whatever happens to the process. Refused uses are
 *     written down too. Subjects and warrants are never written in clear: the use log holds
 *     keyed tags of them, and only the auditors can open the key.
 *
 *     Everything lives in one directory, made by proviso_system_init(): the device's key, the
 *     state of the leases, and the use log. One process at a time opens it to decide. That
 *     process is the product itself, or a proviso-gated beside it, which then answers over a
 *     socket, so that the product never holds the key. The calls are the same; only the path
 *     that is opened tells which of the two it is.
 *
 * THREADS, FORKS, SIGNALS
 *     A gate may be used by any number of threads at once; calls for different gates never meet.
 *     There is no global state. After fork() the child's gate refuses everything
 *     (gate.forked) and records nothing; the child may only close it. The library starts no
 *     thread unless proviso_gate_options.sync_thread asks for one, sets no signal handler, and
 *     calls no callback with a lock held.
 *
 * COST OF A DECISION
 *     proviso_gate_decide() allocates nothing and makes no system call (its clocks are read
 *     without one) except when a file of the use log is full and the next has not been made
 *     ready by proviso_gate_sync() or the sync thread. Through a proviso-gated it is one
 *     message and its answer.
 *
 * ERRORS
 *     Functions that can fail return false (or NULL) and fill a struct proviso_error. Its kinds
 *     are the exit statuses of the proviso commands, its codes are stable and listed in
 *     doc/rules.md, section "Gate".
 *
 * SEE ALSO
 *     doc/embedding.md (from nothing to a gated program), doc/protocol.md (leases, renewal, use
 *     log, the socket), doc/threat-model.md, examples/capture.
 */
#ifndef PROVISO_GATE_H
#define PROVISO_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The only symbols that a shared library shows. */
#define PROVISO_API __attribute__((visibility("default")))

enum proviso_error_kind {
	PROVISO_OK = 0,
	PROVISO_REFUSED = 1,     /* the answer is no */
	PROVISO_USAGE = 2,       /* the call was wrong: a missing argument, a gate opened to read */
	PROVISO_BAD_INPUT = 3,   /* malformed: the text names what and where */
	PROVISO_ENVIRONMENT = 4, /* files, memory, the disk */
};

struct proviso_error {
	enum proviso_error_kind kind;
	char code[64];  /* "gate.lease-expired"; may be empty */
	char text[256]; /* what and why, in words */
};

enum {
	PROVISO_NAME_MAX = 256,      /* room for a serial, a key's name, an origin */
	PROVISO_LABEL_MAX = 128,     /* room for a label */
	PROVISO_LINE_MAX = 512,      /* room for a public key line */
	PROVISO_WRAPPED_MAX = 512,   /* room for a wrapped audit key */
	PROVISO_REQUEST_MAX = 65535, /* bytes of a renewal request */
	PROVISO_REPLY_MAX = 139280,  /* bytes of a reply */
	PROVISO_SCOPE_MAX = 131072,  /* room for the text of a scope in force */
	PROVISO_AUTHORITIES_MAX = 8,
	PROVISO_LABELS_MAX = 4096, /* different labels a gate can intern */
	PROVISO_WITH_MAX = 16,     /* obligations named with one use */
	PROVISO_WARRANT_MAX = 480, /* room for a warrant's number or text */
	PROVISO_TAG_SIZE = 16,
	PROVISO_ADMISSION_MAX = 256, /* subjects that one request for tags can have */
};

/* --- Setting up a system ------------------------------------------------------------------ */

struct proviso_system_options {
	const char *serial; /* names the system and its device key: no space, no '+' */
	const char *const
	    *authorities;       /* public key lines, NAME+ID+BASE64; the name is the origin */
	size_t authority_count; /* 1 to PROVISO_AUTHORITIES_MAX */
	const char *auditor;    /* public key line; NULL: the first authority is the auditor */
	bool es256;             /* a P-256 device key instead of Ed25519 */
	const void *policy;     /* a tlog-policy file to arm the system with; NULL: none */
	size_t policy_size;
	/*
	 * Of each authority that is to be followed when its officers agree on other witnesses or
	 * another origin: who they are (`proviso log officers`). None: it is never followed.
	 */
	const char *const *officers;
	size_t officers_count;
};

/* What the enrolment form asks of a system. */
struct proviso_enrolment {
	char serial[PROVISO_NAME_MAX];
	char device_key[PROVISO_LINE_MAX];      /* the device's public key line, without LF */
	uint8_t audit_key[PROVISO_WRAPPED_MAX]; /* the audit key, wrapped to the auditor */
	size_t audit_key_size;
	char policy[65]; /* SHA-256 of the policy in hexadecimal, or empty */
};

/*
 * Makes a system's directory: draws the device key and the audit key from the kernel, and
 * writes what proviso_gate_open() needs, readable by the owner alone. The directory may be
 * there but must hold no system (refused, gate.system-exists); on failure no system is left.
 * `out` may be NULL. Errors: bad input, key.line, key.name, policy.* and gate.policy-other-log (an
 * authority of the system is no log of the policy); environment.
 */
PROVISO_API bool proviso_system_init(const char *dir, const struct proviso_system_options *options,
                                     struct proviso_enrolment *out, struct proviso_error *error);

/*
 * Arms a system that is there with a C2SP tlog-policy: from now on a reply counts only under a
 * checkpoint that its quorum of witnesses has cosigned, and the quorum's time is the gate's clock.
 * The policy it has already changes nothing; another one is refused (gate.policy-armed): it is
 * replaced by what the officers agree, at a renewal, and by nobody else. No gate may have the
 * directory open (refused, gate.in-use). Errors also: those of a policy in proviso_system_init().
 */
PROVISO_API bool proviso_system_arm(const char *dir, const void *policy, size_t size,
                                    struct proviso_error *error);

/* The same answers again, from a system that is there. Errors: bad input, gate.system-damaged. */
PROVISO_API bool proviso_system_enrolment(const char *dir, struct proviso_enrolment *out,
                                          struct proviso_error *error);

/* --- Opening ------------------------------------------------------------------------------- */

struct proviso_gate;

struct proviso_gate_options {
	/*
	 * For looking only: takes no lock and changes nothing, so it works beside a process that
	 * decides. proviso_gate_decide() then refuses (gate.read-only).
	 */
	bool read_only;
	/*
	 * A thread of the gate's own that makes the use log durable within 10 milliseconds of each
	 * use. Without it the caller calls proviso_gate_sync() at times of its choosing; until then
	 * the kernel alone decides when uses reach the disk. A use survives the death of the
	 * process either way; this is about power failure.
	 */
	bool sync_thread;
	/* Most bytes hashed into one leaf of the use log's tree, in KiB; 0: 64. */
	uint32_t group_kib;
	/* Size of a file of the use log, in KiB, 16 to 65536; 0: 1024. Full disks show at its end.
	 */
	uint32_t segment_kib;
	/*
	 * Of a gate beside the product alone: how long a call waits for the answer before it is
	 * PROVISO_UNREACHABLE; 0: 5000. The options of the use log are then the proviso-gated's.
	 */
	uint32_t wait_milliseconds;
};

/*
 * Opens a system's directory, or, when the path is a socket, connects to the proviso-gated
 * that has it open. `options` may be NULL.
 *
 * A directory: reads the whole use log, checks it, and
 * counts again what limits need; an entry that a crash left unfinished is cut and the cut is
 * itself recorded. The leases kept are proven again.
 *
 * A socket: every call is one message to the proviso-gated and its answer. When it is stopped
 * and started again the next call connects again by itself. proviso_gate_request(), _accept()
 * and _sync() are for its own user and root alone (refused, gate.not-manager).
 *
 * Errors: refused, gate.in-use (another process, or this one, has it open to decide);
 * gate.system-damaged, gate.state-damaged, gate.use-log-damaged (never mended by guessing);
 * environment, gate.unreachable (nobody answers at the socket).
 */
PROVISO_API struct proviso_gate *proviso_gate_open(const char *dir,
                                                   const struct proviso_gate_options *options,
                                                   struct proviso_error *error);

/*
 * Makes the use log durable, ends the sync thread and frees the gate, which is gone even when
 * this returns false (the log could not be made durable). No other thread may use the gate
 * any more. NULL is nothing to close; `error` may be NULL. Does not renew, does not end a lease.
 */
PROVISO_API bool proviso_gate_close(struct proviso_gate *gate, struct proviso_error *error);

/* --- Saying what the use is: once, before it matters --------------------------------------- */

/*
 * Gives a label (capability, purpose, territory or obligation) a small number that is good
 * while the gate is open. Numbers begin at 1; 0 is no label. Errors: bad input, scope.label;
 * refused, gate.too-many-labels; environment (the label cannot be recorded).
 */
PROVISO_API bool proviso_gate_label(struct proviso_gate *gate, const char *label, uint32_t *out,
                                    struct proviso_error *error);

/* A subject made ready: normalised and tagged. Room of the caller's, to be kept or copied. */
struct proviso_subject {
	uint64_t room[64];
};

/*
 * Makes a selector ready ("tel:+999 555 01234", "mailto:a@example.org", "ip:192.0.2.1",
 * "imsi:..."). Errors: bad input, scope.selector.
 */
PROVISO_API bool proviso_gate_subject(struct proviso_gate *gate, const char *selector,
                                      struct proviso_subject *out, struct proviso_error *error);

/* The legal basis of a use: a warrant's number or text, tagged. */
struct proviso_warrant {
	uint64_t room[64];
};

/* Errors: bad input, gate.warrant-empty, gate.warrant-too-long (PROVISO_WARRANT_MAX). */
PROVISO_API bool proviso_gate_warrant(struct proviso_gate *gate, const char *text,
                                      struct proviso_warrant *out, struct proviso_error *error);

/* --- Deciding ------------------------------------------------------------------------------ */

struct proviso_use {
	uint32_t capability;
	uint32_t purpose; /* the offence: "serious-crime.kidnapping" */
	uint32_t territory;
	const struct proviso_subject *subject;
	/* NULL for none. Meets the obligation `warrant`, which `with` cannot. */
	const struct proviso_warrant *warrant;
	const uint32_t *with; /* obligations met, as labels */
	size_t with_count;    /* up to PROVISO_WITH_MAX */
};

/*
 * Why a use is refused. When several reasons apply the first in this order is given. The
 * numbers are in the use log and never change; new ones are added inside the gaps.
 */
enum proviso_code {
	PROVISO_ALLOWED = 0,
	/* The question was wrong, or cannot be answered here. Not recorded. */
	PROVISO_FORKED = 1,      /* gate.forked: a child cannot use its parent's gate */
	PROVISO_READ_ONLY = 2,   /* gate.read-only */
	PROVISO_MALFORMED = 3,   /* gate.malformed: a label, subject or warrant of no meaning */
	PROVISO_UNREACHABLE = 4, /* gate.unreachable: no answer of the gate beside the product */
	/* The lease. With several authorities, the first that has something to say. */
	PROVISO_NO_LEASE = 20,      /* gate.no-lease: none was ever accepted */
	PROVISO_LEASE_REFUSED = 21, /* gate.lease-refused: the authority refused the last renewal */
	PROVISO_NOT_PROVEN = 22,    /* gate.lease-not-proven: not on the authority's log */
	PROVISO_OTHER_DEVICE = 23,  /* gate.lease-other-device */
	PROVISO_OLDER_LEASE = 24,   /* gate.lease-older: a later one has been seen */
	PROVISO_OTHER_BOOT = 25,    /* gate.lease-other-boot: restarted since; renew */
	PROVISO_EXPIRED = 26,       /* gate.lease-expired */
	PROVISO_CLOCK_BACK = 27,    /* gate.clock-moved-back */
	/* The scope. */
	PROVISO_CAPABILITY = 40, /* use.capability */
	PROVISO_PURPOSE = 41,    /* use.purpose */
	PROVISO_TERRITORY = 42,  /* use.territory */
	PROVISO_SUBJECT = 43,    /* use.subject: an excluded selector */
	PROVISO_OBLIGATION = 44, /* use.obligation: a warrant, a second officer, ... is missing */
	PROVISO_NOT_YET = 45,    /* use.not-yet: before `from` */
	PROVISO_TOO_LATE = 46,   /* use.too-late: `until` or after */
	PROVISO_NOT_ADMITTED =
	    47, /* use.not-admitted: `require=admission`, and the subject has no tag */
	PROVISO_PROTECTED = 48, /* use.protected: the subject is on the list of protected persons */
	/* Its limits. */
	PROVISO_LIMIT_SUBJECTS = 60, /* use.limit-subjects: in the lease's life */
	PROVISO_LIMIT_USES = 61, /* use.limit-uses-per-day: by the UTC day of the lease's clock */
	PROVISO_LIMIT_UNKNOWN = 62, /* use.limit-unknown: a limit that this gate cannot count */
	/* It would be allowed, but cannot be recorded. Nor are other refusals from then on. */
	PROVISO_LOG_DAMAGED = 80, /* gate.use-log-damaged: a write to disk has failed */
	PROVISO_LOG_FULL = 81,    /* gate.use-log-full: no room on the disk for the next file */
};

/* "use.territory"; "allowed" for 0; NULL for a number that is no code. Never freed. */
PROVISO_API const char *proviso_code_name(enum proviso_code code);

/* One sentence, for people; NULL for a number that is no code. */
PROVISO_API const char *proviso_code_text(enum proviso_code code);

/* Codes one after another in the order they are judged: at(0) is PROVISO_ALLOWED; -1 at the end. */
PROVISO_API int proviso_code_at(size_t index);

struct proviso_answer {
	bool allowed;          /* act only when this is true */
	bool would_be_allowed; /* of a question asked dry; otherwise equal to allowed */
	enum proviso_code code;
	int64_t time;      /* the lease's clock, seconds since 1970; 0 without a lease */
	uint64_t position; /* of the entry in the use log; 0: not recorded */
	char words[256];   /* by the calls with text and proviso_gate_explain(); else empty */
};

/*
 * Judges a use and records it. Returns answer->allowed. The entry is in the use log before
 * this returns, and stays there if the process dies on the next instruction. There is no
 * error but a refusal with a code. (A use that gets PROVISO_UNREACHABLE may be in the use log:
 * the answer was lost, and the use is not allowed.)
 */
PROVISO_API bool proviso_gate_decide(struct proviso_gate *gate, const struct proviso_use *use,
                                     struct proviso_answer *answer);

/*
 * Asks without using: records nothing, and answer->allowed is always false. Returns
 * answer->would_be_allowed. With `at` the scope's window is judged at that time (seconds
 * since 1970) and the lease is taken to be renewed until then; with NULL, now.
 */
PROVISO_API bool proviso_gate_ask(struct proviso_gate *gate, const struct proviso_use *use,
                                  const int64_t *at, struct proviso_answer *answer);

/* Fills answer->words with why, e.g. "territory UG is not within XR". Slow: for people. */
PROVISO_API void proviso_gate_explain(struct proviso_gate *gate, const struct proviso_use *use,
                                      struct proviso_answer *answer);

/* A use in words, for commands and scripts. */
struct proviso_use_text {
	const char *capability, *purpose, *territory;
	const char *subject;
	const char *warrant; /* NULL for none */
	const char *const *with;
	size_t with_count;
};

/*
 * As proviso_gate_decide() and proviso_gate_ask(), from text, with answer->words filled. Labels
 * the gate has no number for are recorded as text. When the question itself is malformed the
 * code is PROVISO_MALFORMED, nothing is recorded, and `error` (which may be NULL) has the
 * place: bad input, scope.label, scope.selector, gate.warrant-empty, gate.warrant-too-long;
 * otherwise error->kind is PROVISO_OK, refused or not.
 */
PROVISO_API bool proviso_gate_decide_text(struct proviso_gate *gate,
                                          const struct proviso_use_text *use,
                                          struct proviso_answer *answer,
                                          struct proviso_error *error);
PROVISO_API bool proviso_gate_ask_text(struct proviso_gate *gate,
                                       const struct proviso_use_text *use, const int64_t *at,
                                       struct proviso_answer *answer, struct proviso_error *error);

/* --- Renewing ------------------------------------------------------------------------------ */

/*
 * Makes a request for a lease of authority number `authority` (in the order of
 * proviso_system_init()). Everything used so far is made durable first, and the claim that the
 * request makes is kept before the request is given. A new request ends the one before: only
 * its own reply will be accepted. *size is the room at `to` before, the bytes written after;
 * PROVISO_REQUEST_MAX is always enough. Errors: usage; environment.
 */
PROVISO_API bool proviso_gate_request(struct proviso_gate *gate, size_t authority, void *to,
                                      size_t *size, struct proviso_error *error);

/*
 * Takes the reply to the pending request, for whichever authority it comes from. True: a new
 * lease is in force. A refusal that is proven ends the lease at once: false, refused,
 * gate.lease-refused, with the authority's rule and reason in the text. Any other reply
 * changes nothing. Beside it may come changes of the log (other officers, witnesses, another
 * origin); they are judged first, by the officers given at proviso_system_init(), and stay even
 * where the answer is refused. Errors, in the order they are judged:
 *   refused, gate.renew-again              only changes came, and were taken
 *   bad input, changes.*; refused, gate.change-older, gate.change-other-origin,
 *     gate.change-not-agreed, gate.change-not-proven, gate.change-not-witnessed,
 *     gate.origin-behind                   changes that do not hold, where there is no answer or
 *                                          it does not hold either
 *   bad input, reply.malformed, proof.*, record.*, ...: not a reply
 *   refused, reply.not-an-answer           neither a lease nor a refusal
 *   refused, gate.lease-other-authority    of an origin this gate does not know
 *   refused, gate.lease-not-proven         not on that authority's log
 *   refused, gate.lease-not-witnessed      too few witnesses of the policy have cosigned it
 *   refused, gate.lease-other-device       for another device
 *   refused, gate.reply-not-pending        to a request that is not, or no longer, open
 *   refused, gate.lease-older              sequence not above the last seen
 *   refused, gate.checkpoint-older         the log has shrunk since it was last seen
 *   refused, gate.checkpoint-forked        another log of the same size has been seen
 *   refused, gate.quorum-time-older        the witnesses' time has gone back
 *   refused, gate.lease-other-use-log      acknowledges another use log than was claimed
 *   refused, gate.lease-other-session      says another of how the request was authenticated
 *   refused, gate.lease-expired            came after its time to live
 *   environment                            cannot be kept
 */
PROVISO_API bool proviso_gate_accept(struct proviso_gate *gate, const void *reply, size_t size,
                                     struct proviso_error *error);

/* --- Admission ---------------------------------------------------------------------------- */

/*
 * Where a scope has require=admission, a subject must have got its tag before its first use: of
 * a quorum of those who hold the key of tags, none of whom learns who it is (doc/subject-tags.md).
 *
 * Makes a request for the tags of subjects that have none yet, signed by the device. What is
 * needed to read the answers is kept in the system's directory until they come; a new request
 * ends the one before. Errors: usage; bad input, scope.selector; refused, gate.no-tags (no lease
 * of this authority names a key of tags), gate.already-admitted (all of them); environment. This
 * and the two below are for the process that has the directory open (refused, gate.not-here).
 */
PROVISO_API bool proviso_gate_admission_request(struct proviso_gate *gate, size_t authority,
                                                const char *const selectors[], size_t count,
                                                void *to, size_t *size,
                                                struct proviso_error *error);

struct proviso_bytes {
	const void *at;
	size_t size;
};

/*
 * Takes the answers to the pending request: the request as the authority granted it, and the
 * evaluations of the holders. Each tag is written to the use log with its proof, and is good from
 * then on. Errors: bad input, tags.file, oprf.*; refused, tags.* (doc/subject-tags.md),
 * gate.reply-not-pending; environment.
 */
PROVISO_API bool proviso_gate_admission_accept(struct proviso_gate *gate,
                                               struct proviso_bytes granted,
                                               const struct proviso_bytes evaluations[],
                                               size_t count, struct proviso_error *error);

/*
 * Takes the record of the key of tags that the lease names, and the list of protected persons that
 * the record names (at NULL where it names none). Until both are here nothing is admitted.
 * Errors: bad input, tags.protected-list, record.*; refused, gate.tags-other-record,
 * gate.tags-other-list; environment.
 */
PROVISO_API bool proviso_gate_tags_install(struct proviso_gate *gate, struct proviso_bytes record,
                                           struct proviso_bytes list, struct proviso_error *error);

/* --- Looking ------------------------------------------------------------------------------- */

struct proviso_lease_status {
	char authority[PROVISO_NAME_MAX]; /* the origin */
	enum proviso_code code;           /* PROVISO_ALLOWED: in force */
	bool known;        /* a lease has been accepted at some time; else all below is 0 */
	char system[65];   /* id of the enrolment, hexadecimal */
	char lease[65];    /* id of the lease, or of the refusal */
	uint64_t sequence; /* of the last lease */
	int64_t granted;   /* authority's time, of an armed gate the quorum's; seconds since 1970 */
	uint64_t ttl_seconds;
	int64_t remaining_seconds; /* 0 when not in force */
	uint64_t log_size;         /* of the largest checkpoint seen */
	uint64_t counter;          /* of the last request made */
	bool pending;              /* a request waits for its reply */
	uint64_t acknowledged;     /* use log size the authority has acknowledged */
	char refusal_code[64], refusal_reason[256]; /* with PROVISO_LEASE_REFUSED */
};

struct proviso_status {
	char serial[PROVISO_NAME_MAX];
	size_t authority_count;
	enum proviso_code code;    /* what a use within the scope would get */
	int64_t remaining_seconds; /* the least of all leases */
	int64_t time;              /* the lease's clock; 0 without one */
	uint64_t allowed, refused; /* uses in the use log */
	uint64_t uses_today;       /* allowed, on the UTC day of the last use */
	uint64_t subjects;         /* different ones in the lease's life, when it limits them */
	uint64_t leaves;           /* of the use log's tree */
	uint8_t root[32];
	uint64_t waiting_bytes; /* not yet in the tree */
	uint64_t cut_bytes;     /* unfinished entries cut after crashes, in all */
	bool durable;           /* nothing waits to be written to disk */
};

PROVISO_API void proviso_gate_status(struct proviso_gate *gate, struct proviso_status *out);

/* False when there is no authority of that number. */
PROVISO_API bool proviso_gate_lease(struct proviso_gate *gate, size_t authority,
                                    struct proviso_lease_status *out);

/* How a proviso-gated fares with renewing of itself. */
struct proviso_renewal_status {
	bool reachable;        /* the last attempt was answered, by a lease or by a refusal */
	bool watching;         /* the authority would tell of a change at once */
	uint64_t failures;     /* attempts without an answer since the last answer */
	int64_t failing_since; /* seconds since 1970; 0: not failing */
	int64_t next_seconds;  /* until the next attempt; less than that when it is told to */
	char why[256];         /* of the last failure or refusal; else empty */
};

/*
 * False when there is no authority of that number, or nobody renews by himself: in the product's
 * own process that is the product's to do.
 */
PROVISO_API bool proviso_gate_renewal(struct proviso_gate *gate, size_t authority,
                                      struct proviso_renewal_status *out);

/*
 * The canonical text of the scope in force (the meet of all leases kept, whether or not they
 * have expired; "none" without any), NUL-terminated. False, environment, when it does not fit.
 */
PROVISO_API bool proviso_gate_scope(struct proviso_gate *gate, char *to, size_t room,
                                    struct proviso_error *error);

/*
 * Makes all uses so far durable, hashes them into the use log's tree, and makes the next file
 * of the use log ready when this one is half full. Call it now and then when there is no sync
 * thread. After an error of the disk the gate refuses everything: such an error is final.
 */
PROVISO_API bool proviso_gate_sync(struct proviso_gate *gate, struct proviso_error *error);

/* --- Use logs, for auditors and for `status` ----------------------------------------------- */

enum proviso_entry_kind {
	PROVISO_ENTRY_USE = 1,     /* a use, allowed or refused */
	PROVISO_ENTRY_LEASE = 2,   /* a lease was accepted */
	PROVISO_ENTRY_REFUSAL = 3, /* an authority's refusal was accepted */
	PROVISO_ENTRY_LABEL = 4,   /* a label got its number */
	PROVISO_ENTRY_GROUP =
	    5,                 /* a leaf of the tree: entries before this one, hashed and durable */
	PROVISO_ENTRY_CUT = 6, /* an entry that a crash left unfinished was cut here */
	PROVISO_ENTRY_END = 7, /* the file is full */
	PROVISO_ENTRY_ADMISSION = 8, /* a subject has got its tag, with the proof of it */
};

/*
 * SIPHASH: by the system's own key, which the auditor can open. VOPRF: of an admitted subject, by
 * the key that a quorum holds: the same in every system.
 */
enum { PROVISO_TAG_NONE = 0, PROVISO_TAG_SIPHASH = 1, PROVISO_TAG_VOPRF = 2 };

struct proviso_entry {
	enum proviso_entry_kind kind;
	uint64_t position;
	/* Of a use. */
	enum proviso_code code;
	int64_t time; /* the lease's clock; 0 without a lease */
	int64_t wall; /* the machine's clock, for what it is worth */
	const char *capability, *purpose, *territory;
	const char *with[PROVISO_WITH_MAX];
	size_t with_count;
	unsigned tag_type; /* of a use: PROVISO_TAG_SIPHASH, PROVISO_TAG_VOPRF */
	uint8_t tag[PROVISO_TAG_SIZE];
	bool has_warrant;
	uint8_t warrant_tag[PROVISO_TAG_SIZE];
	/* Of a use (first authority), a lease. */
	uint64_t sequence;
	/* Of a lease, a refusal. */
	size_t authority;
	uint8_t id[32]; /* of an admission: its request */
	/* Of an admission, beside its tag: what was asked, and what was answered. */
	uint16_t place; /* in the request, from 0 */
	uint8_t blinded[32];
	const uint8_t *proofs; /* doc/protocol.md, "Use log" */
	size_t proofs_size;
	/* Of a group. */
	uint64_t leaf, start, end;
	uint8_t hash[32];
	/* Of a cut. */
	uint64_t cut_bytes;
	/* Of a label. */
	const char *label;
	uint32_t number;
};

struct proviso_use_log_summary {
	uint64_t entries, allowed, refused, cut_bytes;
	uint64_t leaves; /* of the tree; every leaf has been hashed again */
	uint8_t root[32];
	uint64_t waiting_bytes; /* after the last leaf */
};

/*
 * Reads a use log (the folder `use-log` of a system, or a copy of it) from its beginning,
 * checks every byte of it, and calls `each` (may be NULL) for every entry until it returns
 * false. What the entry points to is good during the call. `out` may be NULL. Needs no lock and
 * no key; beside a process that writes, it ends at the last entry it saw whole.
 * Errors: refused, gate.use-log-damaged, naming file and place; environment.
 */
PROVISO_API bool proviso_use_log_read(const char *use_log_dir,
                                      bool (*each)(void *ctx, const struct proviso_entry *entry),
                                      void *ctx, struct proviso_use_log_summary *out,
                                      struct proviso_error *error);

/* Opens tags: holds secrets, wipe it. */
struct proviso_audit_key {
	uint8_t room[32];
};

/*
 * Opens a system's wrapped audit key (struct proviso_enrolment, or the enrolment record) with
 * the auditor's key file. `passphrase` may be NULL. Errors: bad input, key.file, key.wrapped,
 * key.passphrase-needed, key.passphrase-wrong, key.unwrap; environment.
 */
PROVISO_API bool proviso_audit_key_open(const void *wrapped, size_t size, const char *key_file,
                                        const char *passphrase, struct proviso_audit_key *out,
                                        struct proviso_error *error);

/* The tag that a subject has in the use log. Errors: bad input, scope.selector. */
PROVISO_API bool proviso_audit_subject_tag(const struct proviso_audit_key *key,
                                           const char *selector, uint8_t tag[PROVISO_TAG_SIZE],
                                           struct proviso_error *error);

/* The tag that a warrant has. Errors: bad input, gate.warrant-empty, gate.warrant-too-long. */
PROVISO_API bool proviso_audit_warrant_tag(const struct proviso_audit_key *key, const char *warrant,
                                           uint8_t tag[PROVISO_TAG_SIZE],
                                           struct proviso_error *error);

PROVISO_API void proviso_audit_key_wipe(struct proviso_audit_key *key);

#ifdef __cplusplus
}
#endif

#endif

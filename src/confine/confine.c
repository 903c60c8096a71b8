#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool confine_user(const char *name, struct err *e)
{
	if (name == NULL || geteuid() != 0)
		return true;
	struct passwd *user = getpwnam(name);
	if (user == NULL)
		return err_usage(e, "there is no user \"%s\"", name);
	if (initgroups(name, user->pw_gid) != 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
		return err_errno(e, "cannot become %s", name);
	return true;
}

/* --- What each keeps --------------------------------------------------------------------------
 */

/* Not a call a line, which is long and says no more. */
/* clang-format off */
static const int both[] = {
    /* memory, threads, time, who we are */
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(munlock), SCMP_SYS(futex),
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait), SCMP_SYS(restart_syscall), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
    /* files */
    SCMP_SYS(openat), SCMP_SYS(close), SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv),
    SCMP_SYS(write), SCMP_SYS(pwrite64), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(fstat),
    SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(fcntl), SCMP_SYS(flock), SCMP_SYS(fsync),
    SCMP_SYS(fdatasync), SCMP_SYS(fallocate), SCMP_SYS(ftruncate), SCMP_SYS(fchmod),
    SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(getdents64),
    /* those who ask */
    SCMP_SYS(accept4), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(eventfd2),
};

/* The use log is mapped into memory, and told to the disk from there. */
static const int gate[] = {SCMP_SYS(msync)};

static const int service[] = {
    SCMP_SYS(sched_getaffinity), SCMP_SYS(membarrier), SCMP_SYS(sigaltstack), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(prlimit64),
    SCMP_SYS(getrusage), SCMP_SYS(open), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(rmdir),
    SCMP_SYS(chmod), SCMP_SYS(fchmodat), SCMP_SYS(fchown), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(umask), SCMP_SYS(utimensat),
    SCMP_SYS(sendfile), SCMP_SYS(accept), SCMP_SYS(shutdown), SCMP_SYS(listen),
    SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(select), SCMP_SYS(pselect6),
    SCMP_SYS(pipe2), SCMP_SYS(ioctl),
};

static const int connecting[] = {
    SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(sendmmsg), SCMP_SYS(socketpair),
};
/* clang-format on */

enum {
	WRITING = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
	          LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
	          LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
	          LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
	          LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
	READING = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	KEEPING_A_SYSTEM = READING | LANDLOCK_ACCESS_FS_WRITE_FILE |
	                   LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
	                   LANDLOCK_ACCESS_FS_MAKE_DIR,
	LISTS = 3
};

struct calls {
	const int *at;
	size_t count;
};

#define CALLS(list)                                                                                \
	{                                                                                          \
		list, sizeof list / sizeof *list                                                   \
	}

static const struct row {
	uint64_t refused; /* of files anywhere ... */
	uint64_t below;   /* ... but of those below the directory */
	bool may_move;    /* files from folder to folder below it */
	const char *file; /* one more, that is read; or NULL */
	struct calls calls[LISTS];
} rows[] = {
    [CONFINE_GATE] = {.refused = WRITING | READING | LANDLOCK_ACCESS_FS_EXECUTE,
                      .below = KEEPING_A_SYSTEM,
                      .file = "/proc/sys/kernel/random/boot_id",
                      .calls = {CALLS(both), CALLS(gate)}},
    [CONFINE_SERVICE] = {.refused = WRITING | LANDLOCK_ACCESS_FS_EXECUTE,
                         .below = WRITING,
                         .may_move = true,
                         .calls = {CALLS(both), CALLS(service)}},
    [CONFINE_SERVICE_THAT_CONNECTS] = {.refused = WRITING | LANDLOCK_ACCESS_FS_EXECUTE,
                                       .below = WRITING,
                                       .may_move = true,
                                       .calls = {CALLS(both), CALLS(service), CALLS(connecting)}},
};

/* --- Builds with AddressSanitizer, for tests ---------------------------------------------------
 */

static bool is_confined __attribute__((unused)); /* but there */

#ifdef __SANITIZE_ADDRESS__
/* It has a stack of its own for the signals of each thread. */
static const int more[] = {SCMP_SYS(sched_getaffinity), SCMP_SYS(sigaltstack)};
static const struct calls sanitizer = CALLS(more);

/*
 * LeakSanitizer asks this as the process ends: it would make a process that traces this one, and
 * calls it a fatal error that it cannot.
 */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return is_confined;
}
#else
static const struct calls sanitizer;
#endif

/* --- Files ------------------------------------------------------------------------------------ */

static bool allow_below(int set, const char *path, uint64_t what, struct err *e)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = what,
	                                          .parent_fd = open(path, O_PATH | O_CLOEXEC)};
	bool ok = rule.parent_fd >= 0 &&
	          syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	if (!ok)
		err_errno(e, "cannot keep %s open to the daemon", path);
	if (rule.parent_fd >= 0)
		close(rule.parent_fd);
	return ok;
}

static bool confine_files(const struct row *row, const char *directory, bool *has, struct err *e)
{
	struct landlock_ruleset_attr rules = {.handled_access_fs = row->refused};
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	*has = version > 0;
	if (!*has)
		return true;
	/* The first version never lets a file move to another folder, nor do later ones unasked. */
	uint64_t moving = row->may_move && version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
	rules.handled_access_fs |= moving;
	int set = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
	if (set < 0)
		return err_errno(e, "cannot make a set of rules");
	bool ok =
	    allow_below(set, directory, row->below | moving, e) &&
	    (row->file == NULL || allow_below(set, row->file, LANDLOCK_ACCESS_FS_READ_FILE, e));
	if (ok && syscall(SYS_landlock_restrict_self, set, 0) != 0)
		ok = err_errno(e, "cannot confine the daemon to %s", directory);
	close(set);
	return ok;
}

/* --- System calls ------------------------------------------------------------------------------
 */

static bool allow(scmp_filter_ctx filter, const struct calls *calls)
{
	for (size_t i = 0; i < calls->count; i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls->at[i], 0) != 0)
			return false;
	return true;
}

static bool allow_in_part(scmp_filter_ctx filter)
{
	/*
	 * Threads may be made, processes not. What clone3() is asked for lies in memory, where a
	 * filter cannot look: without it the C library takes clone().
	 */
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	                        SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0 &&
	       /* Naming a thread; anything else of prctl() fails. */
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
	                        SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)) == 0 &&
	       /* abort() signals this process, and only that may be signalled. */
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	                        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())) == 0;
}

static bool confine_calls(const struct row *row, struct err *e)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool ok = filter != NULL && allow_in_part(filter) && allow(filter, &sanitizer);
	for (size_t i = 0; i < LISTS && ok; i++)
		ok = allow(filter, &row->calls[i]);
	ok = ok && seccomp_load(filter) == 0;
	if (filter != NULL)
		seccomp_release(filter);
	return ok || err_environment(e, "cannot confine system calls");
}

bool confine(enum confinement what, const char *directory, bool *landlock, struct err *e)
{
	const struct row *row = &rows[what];
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_errno(e, "cannot give up privileges");
	is_confined = true;
	return confine_files(row, directory, landlock, e) && confine_calls(row, e);
}

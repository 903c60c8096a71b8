/*
 * src/confine as the service has it, in children of their own: what is given up stays so, and
 * what serving takes still works. The gate's row is tried in gated_test, with a gate at work.
 */
#include "confine/confine.h"

#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static char home[64], beside[64];

enum { NOT_CONFINED = 99 };

/* The exit status of a confined child that runs `what`: 0 when it could do it. */
static int confined(enum confinement row, int (*what)(void))
{
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		struct err e = {0};
		bool landlock;
		if (!confine(row, home, &landlock, &e)) {
			fprintf(stderr, "# %s\n", e.text);
			_exit(NOT_CONFINED);
		}
		_exit(what());
	}
	int status;
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static bool has_landlock(void)
{
	struct err e = {0};
	bool landlock = false;
	int ends[2];
	if (pipe(ends) != 0)
		return false;
	pid_t child = fork();
	if (child == 0) {
		bool ok = confine(CONFINE_SERVICE, home, &landlock, &e) && landlock;
		_exit(write(ends[1], &ok, sizeof ok) == sizeof ok ? 0 : 1);
	}
	waitpid(child, NULL, 0);
	bool read_it = read(ends[0], &landlock, sizeof landlock) == sizeof landlock;
	close(ends[0]);
	close(ends[1]);
	return read_it && landlock;
}

static int make_in(const char *folder)
{
	char path[128];
	snprintf(path, sizeof path, "%s/file", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1)
		return 1;
	close(fd);
	return unlink(path) == 0 ? 0 : 2;
}

static int write_home(void)
{
	return make_in(home);
}

static int write_beside(void)
{
	return make_in(beside);
}

static int remove_beside(void)
{
	char path[128];
	snprintf(path, sizeof path, "%s/there", beside);
	return unlink(path) == 0 ? 0 : 1;
}

static int overwrite_beside(void)
{
	char path[128];
	snprintf(path, sizeof path, "%s/there", beside);
	return open(path, O_WRONLY) >= 0 || open(path, O_RDWR | O_TRUNC) >= 0 ? 0 : 1;
}

static int read_beside(void)
{
	char path[128];
	snprintf(path, sizeof path, "%s/there", beside);
	return open(path, O_RDONLY) >= 0 ? 0 : 1;
}

static int run_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return 1;
}

static int make_process(void)
{
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	return child > 0 ? 0 : 1;
}

static int make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

static int trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0 ? 0 : 1;
}

static int kill_parent(void)
{
	return kill(getppid(), 0) == 0 ? 0 : 1;
}

static int become_root(void)
{
	return setuid(0) == 0 ? 0 : 1;
}

static int make_mount(void)
{
	return unshare(CLONE_NEWNS) == 0 || chroot(home) == 0 ? 0 : 1;
}

static void *nothing(void *ctx)
{
	return ctx;
}

static int start_thread(void)
{
	pthread_t thread;
	return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0
	           ? 0
	           : 1;
}

static void *write_in_thread(void *ctx)
{
	*(int *)ctx = write_beside();
	return NULL;
}

static int thread_writes_beside(void)
{
	pthread_t thread;
	int out = 0;
	if (pthread_create(&thread, NULL, write_in_thread, &out) != 0)
		return 3;
	pthread_join(thread, NULL);
	return out;
}

static void what_serving_takes_works(void)
{
	CHECK(confined(CONFINE_SERVICE, write_home) == 0, "write at home");
	CHECK(confined(CONFINE_SERVICE, read_beside) == 0, "read elsewhere");
	CHECK(confined(CONFINE_SERVICE, start_thread) == 0, "threads");
	CHECK(confined(CONFINE_SERVICE_THAT_CONNECTS, make_socket) == 0,
	      "connections, where they are made");
}

static void calls_that_serving_never_makes_fail(void)
{
	static const struct {
		const char *name;
		int (*what)(void);
	} rows[] = {{"run a program", run_program},   {"make a socket", make_socket},
	            {"make a process", make_process}, {"trace", trace_parent},
	            {"change user", become_root},     {"signal another process", kill_parent},
	            {"change the root", make_mount}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK(confined(CONFINE_SERVICE, rows[i].what) == 1, "%s", rows[i].name);
}

static void nothing_outside_the_home_is_written(void)
{
	if (!has_landlock())
		SKIP("this kernel has no Landlock");
	CHECK(confined(CONFINE_SERVICE, write_beside) == 1, "make a file");
	CHECK(confined(CONFINE_SERVICE, overwrite_beside) == 1, "write a file");
	CHECK(confined(CONFINE_SERVICE, remove_beside) == 1, "remove a file");
	CHECK(confined(CONFINE_SERVICE, thread_writes_beside) == 1, "a thread makes a file");
}

static void an_unknown_user_is_said(void)
{
	struct err e = {0};
	CHECK(confine_user(NULL, &e), "%s", e.text);
	if (geteuid() == 0)
		CHECK(!confine_user("no-such-user-here", &e) && e.kind == ERR_USAGE, "%s", e.text);
}

enum { GROUPS = 64 };

static bool is_in(gid_t group)
{
	gid_t has[GROUPS];
	int count = getgroups(GROUPS, has);
	for (int i = 0; i < count; i++)
		if (has[i] == group)
			return true;
	return false;
}

static int become(const char *name)
{
	struct err e = {0};
	return confine_user(name, &e) && getuid() != 0 && getgid() != 0 && setuid(0) != 0 &&
	               setgid(0) != 0 && !is_in(0)
	           ? 0
	           : 1;
}

static int in_child(int (*what)(const char *), const char *name)
{
	int status;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		_exit(what(name));
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void root_becomes_another_and_never_root_again(void)
{
	if (geteuid() != 0)
		SKIP("not root");
	CHECK(in_child(become, "nobody") == 0, "nobody");
}

/* Somebody who is in a group by name, not by the passwd entry alone. */
static bool find_member(char name[64], gid_t *group)
{
	bool found = false;
	setgrent();
	for (struct group *g; !found && (g = getgrent()) != NULL;)
		for (char **m = g->gr_mem; !found && *m != NULL; m++) {
			struct passwd *user = getpwnam(*m);
			found = user != NULL && user->pw_uid != 0 && user->pw_gid != g->gr_gid &&
			        strlen(*m) < 64;
			if (found) {
				strcpy(name, *m);
				*group = g->gr_gid;
			}
		}
	endgrent();
	return found;
}

static gid_t wanted;

static int become_with_group(const char *name)
{
	return become(name) == 0 && is_in(wanted) ? 0 : 1;
}

static void a_user_keeps_the_groups_it_has(void)
{
	char name[64];
	if (geteuid() != 0)
		SKIP("not root");
	if (!find_member(name, &wanted))
		SKIP("nobody here is in a second group");
	CHECK(in_child(become_with_group, name) == 0, "%s, group %u", name, (unsigned)wanted);
}

static int run_all(void)
{
	static const struct test tests[] = {TEST(what_serving_takes_works),
	                                    TEST(calls_that_serving_never_makes_fail),
	                                    TEST(nothing_outside_the_home_is_written),
	                                    TEST(an_unknown_user_is_said),
	                                    TEST(root_becomes_another_and_never_root_again),
	                                    TEST(a_user_keeps_the_groups_it_has)};
	return test_main(tests, sizeof tests / sizeof *tests);
}

int main(void)
{
	char folder[] = "/tmp/proviso-XXXXXX", there[160];
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(home, sizeof home, "%s/home", folder);
	snprintf(beside, sizeof beside, "%s/beside", folder);
	snprintf(there, sizeof there, "%s/there", beside);
	if (mkdir(home, 0700) != 0 || mkdir(beside, 0700) != 0)
		return 1;
	int fd = open(there, O_WRONLY | O_CREAT, 0600);
	close(fd);
	int status = run_all();
	unlink(there);
	rmdir(beside);
	rmdir(home);
	rmdir(folder);
	return status;
}

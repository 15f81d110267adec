/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * What the tests of the BeOS contract on a kernel with Nexus share: they go
 * through OS.h and print TAP.
 */
#ifndef BE_TEST_H
#define BE_TEST_H

#include <OS.h>
#include <nexus/syscall.h>

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS		1000
/* No object of any kind has this id. */
#define NO_SUCH_ID	2147483000
/* Where the kernel is, on every architecture with 64 bits */
#define KERNEL_ADDRESS	((void *)(intptr_t)-65536)

/* Not all tests need all of it. */
#define MAYBE		__attribute__((unused))

static int tests, failures;

static void __attribute__((format(printf, 2, 3)))
ok(bool good, const char *format, ...)
{
	va_list args;

	printf("%sok %d - ", good ? "" : "not ", ++tests);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	failures += !good;
}

static void check(const char *what, int64 got, int64 want)
{
	ok(got == want, "%s", what);
	if (got != want)
		printf("# got %lld (0x%08x), want %lld (0x%08x)\n", got,
		       (unsigned int)got, want, (unsigned int)want);
}

/* The statement is the test's name. */
#define is(call, want) check(#call " is " #want, (call), (want))
#define has(condition) ok((condition), "%s", #condition)

static void __attribute__((noreturn)) give_up(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(1);
}

static MAYBE void *bad_page(void)
{
	static void *page;

	if (!page) {
		page = mmap(NULL, 65536, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (page == MAP_FAILED)
			give_up("mmap");
	}
	return page;
}

/* Polls: nothing here sleeps for a while in the hope that it is enough. */
#define until(condition) do { \
	int tries_; \
	for (tries_ = 0; !(condition); tries_++) { \
		if (tries_ == 10000) \
			give_up("for ever waiting for: " #condition); \
		snooze(1 * MS); \
	} \
} while (0)

/* Processes and threads that wait */

/* Until @tid of process @pid sleeps in a call from @first to @last. */
static MAYBE void until_in_call(pid_t pid, pid_t tid, int first, int last)
{
	char path[64], line[32];
	int fd, tries;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	for (tries = 0; tries < 10000; tries++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			/* Nothing to see: so long that it must be enough. */
			snooze(300 * MS);
			return;
		}
		n = read(fd, line, sizeof(line) - 1);
		close(fd);
		if (n > 0) {
			line[n] = '\0';
			if (atoi(line) >= first && atoi(line) <= last)
				return;
		}
		snooze(1 * MS);
	}
	give_up("a thread does not wait as it should");
}

/* Until it sleeps in a Nexus call. */
static MAYBE void until_it_waits(pid_t pid, pid_t tid)
{
	until_in_call(pid, tid, NEXUS_NR_BASE, NEXUS_NR_BASE + 99);
}

/* Until it sleeps in wait_for_objects(). */
static MAYBE void until_it_polls(pid_t pid, pid_t tid)
{
#ifdef SYS_poll
	until_in_call(pid, tid, SYS_poll, SYS_poll);
#else
	until_in_call(pid, tid, SYS_ppoll, SYS_ppoll);
#endif
}

static MAYBE int exit_status(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static MAYBE int handled;

static MAYBE void handler(int signo)
{
	(void)signo;
	__atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
}

/* SIGUSR1 runs handler() from now on. */
static MAYBE void handle(int flags)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = flags;
	sigaction(SIGUSR1, &action, NULL);
	handled = 0;
}

/* A pid that no process has. */
static MAYBE team_id dead_team(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	exit_status(child);
	return child;
}

/* A child that owns nothing and ends when told to */
static MAYBE pid_t new_team(int *pipe_end)
{
	int fds[2];
	pid_t child;
	char byte;

	if (pipe(fds))
		give_up("pipe");
	child = fork();
	if (child == 0) {
		close(fds[1]);
		if (read(fds[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(fds[0]);
	*pipe_end = fds[1];
	return child;
}

/* The threads of 32-bit C libraries need futexes with 32-bit times. */
static bool has_threads(void)
{
#ifdef SYS_futex_time64
	int word = 0;

	return syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0) >= 0;
#else
	return true;
#endif
}

/* What main() begins and ends with */
static MAYBE bool can_run(void)
{
	if (!has_threads()) {
		printf("1..0 # SKIP needs CONFIG_COMPAT_32BIT_TIME\n");
		return false;
	}
	/* A wait that never ends is a failure too. */
	alarm(300);
	if (find_port("be test") == B_NOT_SUPPORTED) {
		printf("1..0 # SKIP this kernel has no Nexus\n");
		return false;
	}
	return true;
}

static MAYBE int end_of_tests(void)
{
	printf("1..%d\n", tests);
	return failures != 0;
}

#endif /* BE_TEST_H */

// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Do ports keep the BeOS contract?  Every statement about ports of the
 * conformance checklist and every row of the tables of calls and states,
 * through OS.h, on a kernel with Nexus.  Prints TAP.
 */
#include <OS.h>
#include <private/port_private.h>
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

#define MSG_MAX		262144
#define MS		1000
#define NO_SUCH_PORT	2147483000
#define FILL		0x66696c6c
/* Where the kernel is, on every architecture with 64 bits */
#define KERNEL_ADDRESS	((void *)(intptr_t)-65536)

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

static port_id new_port(int32 capacity, const char *name)
{
	port_id port = create_port(capacity, name);

	if (port < 0)
		give_up("create_port");
	return port;
}

static void fill(port_id port, int count)
{
	while (count-- > 0)
		if (write_port(port, FILL, "fill", 4) != B_OK)
			give_up("write_port");
}

static void *bad_page(void)
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

/* Processes and threads that wait */

/* Until @tid of process @pid sleeps in a Nexus call. */
static void until_it_waits(pid_t pid, pid_t tid)
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
			if (atoi(line) >= NEXUS_NR_BASE &&
			    atoi(line) < NEXUS_NR_BASE + 100)
				return;
		}
		snooze(1 * MS);
	}
	give_up("a thread does not wait as it should");
}

struct waiter {
	enum { READ, WRITE, PEEK, INFO } what;
	port_id port;
	uint32 flags;
	bigtime_t timeout;
	int32 code;

	ssize_t result;
	bigtime_t took;
	pthread_t thread;
	pid_t tid;
};

static void *wait_in_thread(void *data)
{
	struct waiter *w = data;
	port_message_info info;
	char buffer[16];
	bigtime_t start = system_time();

	__atomic_store_n(&w->tid, (pid_t)syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	switch (w->what) {
	case READ:
		w->result = read_port_etc(w->port, &w->code, buffer,
					  sizeof(buffer), w->flags,
					  w->timeout);
		break;
	case WRITE:
		w->result = write_port_etc(w->port, w->code, NULL, 0,
					   w->flags, w->timeout);
		break;
	case PEEK:
		w->result = port_buffer_size_etc(w->port, w->flags,
						 w->timeout);
		break;
	case INFO:
		w->result = get_port_message_info_etc(w->port, &info, w->flags,
						      w->timeout);
		break;
	}
	w->took = system_time() - start;
	return NULL;
}

/* Returns when it waits. */
static void start(struct waiter *w)
{
	pid_t tid;

	w->tid = 0;
	w->result = 12345;
	if (pthread_create(&w->thread, NULL, wait_in_thread, w))
		give_up("pthread_create");
	while (!(tid = __atomic_load_n(&w->tid, __ATOMIC_ACQUIRE)))
		snooze(1 * MS);
	until_it_waits(getpid(), tid);
}

static ssize_t finish(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->result;
}

static int exit_status(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* A pid that no process has. */
static team_id dead_team(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	exit_status(child);
	return child;
}

/* The subjects */

static void test_create(void)
{
	char longest[41] = "0123456789012345678901234567890123456789";
	port_info info;
	port_id port, other;

	is(create_port(0, "x"), B_BAD_VALUE);
	is(create_port(-1, "x"), B_BAD_VALUE);
	is(create_port(4097, "x"), B_BAD_VALUE);
	is(create_port(1, bad_page()), B_BAD_ADDRESS);
	is(create_port(0, bad_page()), B_BAD_ADDRESS);

	port = create_port(1, NULL);
	has(port > 0);
	is(get_port_info(port, &info), B_OK);
	has(strcmp(info.name, "unnamed port") == 0);
	is(info.port, port);
	is(info.team, getpid());
	is(info.capacity, 1);
	is(info.queue_count, 0);
	is(info.total_count, 0);
	is(delete_port(port), B_OK);

	other = create_port(4096, longest);
	has(other > 0);
	has(other != port);
	is(get_port_info(other, &info), B_OK);
	is(info.capacity, 4096);
	has(strlen(info.name) == 31);
	has(strncmp(info.name, longest, 31) == 0);
	is(find_port(longest), other);
	longest[31] = '\0';
	is(find_port(longest), other);
	longest[30] = '\0';
	is(find_port(longest), B_NAME_NOT_FOUND);
	delete_port(other);
}

static void test_find(void)
{
	port_id first = new_port(1, "be test twin");
	port_id second = new_port(1, "be test twin");
	port_id empty = new_port(1, "");
	port_id found = find_port("be test twin");

	has(found == first || found == second);
	is(delete_port(found), B_OK);
	is(find_port("be test twin"), found == first ? second : first);
	has(find_port("") > 0);
	is(find_port(NULL), B_BAD_VALUE);
	is(find_port(bad_page()), B_BAD_ADDRESS);
	is(find_port("be test no such port"), B_NAME_NOT_FOUND);
	is(find_port("be test twi"), B_NAME_NOT_FOUND);
	delete_port(first);
	delete_port(second);
	delete_port(empty);
	is(find_port("be test twin"), B_NAME_NOT_FOUND);
}

static void test_write_errors(void)
{
	static char big[MSG_MAX + 1];
	port_id port = new_port(2, "write");
	const void *bad = bad_page();

	is(write_port(port, 1, NULL, 1), B_BAD_VALUE);
	is(write_port(port, 1, bad, 1), B_BAD_ADDRESS);
	is(write_port(-1, 1, "x", 1), B_BAD_PORT_ID);
	is(write_port(0, 1, "x", 1), B_BAD_PORT_ID);
	is(write_port(NO_SUCH_PORT, 1, "x", 1), B_BAD_PORT_ID);
	is(write_port(port, 1, big, MSG_MAX + 1), B_BAD_VALUE);
	is(write_port(port, 1, big, (size_t)-1), B_BAD_VALUE);

	/* Which of two errors */
	is(write_port(-1, 1, NULL, 1), B_BAD_VALUE);
	is(write_port(-1, 1, big, MSG_MAX + 1), B_BAD_PORT_ID);
	is(write_port(NO_SUCH_PORT, 1, big, MSG_MAX + 1), B_BAD_VALUE);
#if defined(__x86_64__)
	is(write_port(-1, 1, KERNEL_ADDRESS, 1), B_BAD_ADDRESS);
	is(write_port(NO_SUCH_PORT, 1, KERNEL_ADDRESS, 1), B_BAD_ADDRESS);
#endif
	is(port_count(port), 0);

	is(write_port(port, 1, NULL, 0), B_OK);
	is(write_port(port, 1, big, MSG_MAX), B_OK);
	is(port_count(port), 2);
	is(write_port_etc(port, 1, bad, 1, B_RELATIVE_TIMEOUT, 0),
	   B_BAD_ADDRESS);
	is(port_count(port), 2);
	delete_port(port);
	is(write_port(port, 1, "x", 1), B_BAD_PORT_ID);
}

static void test_read_errors(void)
{
	port_id port = new_port(2, "read");
	void *bad = bad_page();
	char buffer[8];
	int32 code;

	is(read_port(port, &code, NULL, 1), B_BAD_VALUE);
	is(read_port(-1, &code, NULL, 1), B_BAD_VALUE);
	is(read_port(-1, &code, buffer, 8), B_BAD_PORT_ID);
	is(read_port(0, &code, buffer, 8), B_BAD_PORT_ID);
	is(read_port(NO_SUCH_PORT, &code, buffer, 8), B_BAD_PORT_ID);
	is(read_port_etc(-1, &code, buffer, 8, 0, -1), B_BAD_PORT_ID);
	is(read_port_etc(NO_SUCH_PORT, &code, buffer, 8, 0, -1), B_BAD_VALUE);
	is(read_port_etc(port, &code, buffer, 8, 0, -1), B_BAD_VALUE);
	fill(port, 2);
	is(read_port_etc(port, &code, buffer, 8, 0, -1), B_BAD_VALUE);
	is(read_port_etc(port, &code, buffer, 8, B_RELATIVE_TIMEOUT, -1),
	   B_BAD_VALUE);
	is(read_port_etc(port, &code, buffer, 8, B_ABSOLUTE_TIMEOUT, -1),
	   B_BAD_VALUE);
#if defined(__x86_64__)
	is(read_port(-1, &code, KERNEL_ADDRESS, 8), B_BAD_ADDRESS);
	is(read_port(port, KERNEL_ADDRESS, buffer, 8), B_BAD_ADDRESS);
#endif
	is(port_count(port), 2);
	is(read_port(port, &code, bad, 8), B_BAD_ADDRESS);
	/* The message may be gone or not; the port goes on. */
	has(port_count(port) == 1 || port_count(port) == 2);
	is(read_port(port, NULL, buffer, 8), 4);
	delete_port(port);
}

/* What any call that has to wait makes of its timeout */
static void test_timeout(const char *what, struct waiter *w)
{
	bigtime_t start_time;

#define try_it(the_flags, the_timeout, want) do { \
	w->flags = (the_flags); \
	w->timeout = (the_timeout); \
	wait_in_thread(w); \
	ok(w->result == (want), "%s: " #the_flags ", " #the_timeout " is " \
	   #want, what); \
} while (0)

	try_it(B_RELATIVE_TIMEOUT, 0, B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT | 0xffff0000, 0, B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT | B_ABSOLUTE_TIMEOUT, 0, B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT | B_TIMEOUT_REAL_TIME_BASE, 0,
	       B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT, 1000, B_TIMED_OUT);
	ok(w->took >= 1000, "%s: it took the whole time", what);
	try_it(B_RELATIVE_TIMEOUT | B_ABSOLUTE_TIMEOUT, 1000, B_TIMED_OUT);
	ok(w->took >= 1000, "%s: both kinds: it was relative", what);
	try_it(B_ABSOLUTE_TIMEOUT, 0, B_TIMED_OUT);
	try_it(B_ABSOLUTE_TIMEOUT, 1, B_TIMED_OUT);
	try_it(B_ABSOLUTE_REAL_TIME_TIMEOUT, 1, B_TIMED_OUT);
	try_it(B_ABSOLUTE_TIMEOUT, system_time() + 20 * MS, B_TIMED_OUT);
	ok(w->took >= 19 * MS, "%s: absolute: it waited until then", what);
	start_time = real_time_clock_usecs();
	try_it(B_ABSOLUTE_REAL_TIME_TIMEOUT, start_time + 20 * MS,
	       B_TIMED_OUT);
	ok(w->took >= 15 * MS && w->took < 10000 * MS,
	   "%s: real time: it waited until then", what);
	if (w->what == READ)
		return;
	try_it(B_RELATIVE_TIMEOUT, -1, B_WOULD_BLOCK);
	try_it(B_ABSOLUTE_TIMEOUT, -1, B_TIMED_OUT);
	try_it(B_ABSOLUTE_REAL_TIME_TIMEOUT, -1, B_TIMED_OUT);
#undef try_it
}

/* Timeouts that are none, or come too late */
static void test_wait_for_ever(const char *what, struct waiter *w,
			       ssize_t want)
{
	static const struct {
		uint32 flags;
		bigtime_t timeout;
	} cases[] = {
		{ 0, 0 },
		{ 0, 1 },
		{ B_TIMEOUT_REAL_TIME_BASE, 1 },
		{ B_RELATIVE_TIMEOUT, B_INFINITE_TIMEOUT },
		{ B_RELATIVE_TIMEOUT, B_INFINITE_TIMEOUT - 1 },
		{ B_ABSOLUTE_TIMEOUT, B_INFINITE_TIMEOUT },
		{ B_ABSOLUTE_TIMEOUT, B_INFINITE_TIMEOUT - 1 },
		{ B_ABSOLUTE_REAL_TIME_TIMEOUT, B_INFINITE_TIMEOUT },
		{ B_RELATIVE_TIMEOUT, 60000000 },
		{ 0, -1 },		/* the last: not for reading */
	};
	size_t i, n = sizeof(cases) / sizeof(*cases) - (w->what == READ);
	int32 code;

	for (i = 0; i < n; i++) {
		w->flags = cases[i].flags;
		w->timeout = cases[i].timeout;
		start(w);
		if (w->what == WRITE)
			read_port(w->port, &code, NULL, 0);
		else
			fill(w->port, 1);
		ok(finish(w) == want, "%s: flags 0x%x, timeout %lld wait",
		   what, cases[i].flags, cases[i].timeout);
		if (w->what == PEEK || w->what == INFO)
			read_port(w->port, &code, NULL, 0);
	}
}

static void test_timeouts(void)
{
	port_id full = new_port(1, "full"), empty = new_port(1, "empty");
	struct waiter w = { .what = WRITE, .port = full };
	char buffer[8];
	int32 code;

	fill(full, 1);
	test_timeout("write", &w);
	is(port_count(full), 1);
	test_wait_for_ever("write", &w, B_OK);
	is(port_count(full), 1);
	w.port = empty;
	w.what = READ;
	test_timeout("read", &w);
	test_wait_for_ever("read", &w, 4);
	w.what = PEEK;
	test_timeout("size", &w);
	test_wait_for_ever("size", &w, 4);
	w.what = INFO;
	test_timeout("info", &w);
	test_wait_for_ever("info", &w, B_OK);

	/* What need not wait succeeds, whatever the timeout. */
	is(write_port_etc(empty, 1, "x", 1, B_ABSOLUTE_TIMEOUT, -1), B_OK);
	is(port_buffer_size_etc(empty, B_ABSOLUTE_TIMEOUT, -1), 1);
	is(port_buffer_size_etc(empty, B_RELATIVE_TIMEOUT, -1), 1);
	is(read_port_etc(empty, &code, buffer, 8, B_ABSOLUTE_TIMEOUT, 0), 1);
	is(write_port_etc(empty, 1, "x", 1, B_RELATIVE_TIMEOUT, -1), B_OK);
	is(read_port_etc(empty, &code, buffer, 8, B_RELATIVE_TIMEOUT, 0), 1);
	delete_port(full);
	delete_port(empty);
}

static void test_messages(void)
{
	static char out[MSG_MAX], in[MSG_MAX + 16];
	port_id port = new_port(8, "messages");
	int32 code = 0;
	size_t i;

	for (i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7 + i / 251);
	is(write_port(port, -5, out, 100), B_OK);
	is(write_port(port, INT32_MIN, out + 1, 3), B_OK);
	is(write_port(port, 7, NULL, 0), B_OK);
	is(write_port(port, 8, out, MSG_MAX), B_OK);

	is(port_buffer_size(port), 100);
	memset(in, 'z', sizeof(in));
	is(read_port(port, &code, in, 10), 10);
	is(code, -5);
	has(memcmp(in, out, 10) == 0 && in[10] == 'z');
	memset(in, 'z', sizeof(in));
	is(read_port(port, &code, in, sizeof(in)), 3);
	is(code, INT32_MIN);
	has(memcmp(in, out + 1, 3) == 0 && in[3] == 'z');
	is(port_buffer_size(port), 0);
	is(read_port(port, &code, in, sizeof(in)), 0);
	is(code, 7);
	is(port_buffer_size(port), MSG_MAX);
	is(read_port(port, &code, in, sizeof(in)), MSG_MAX);
	is(code, 8);
	has(memcmp(in, out, MSG_MAX) == 0 && in[MSG_MAX] == 'z');

	fill(port, 1);
	is(read_port(port, &code, NULL, 0), 0);
	is(port_count(port), 0);
	delete_port(port);
}

static void test_closed(void)
{
	port_id port = new_port(4, "be test closed"), next;
	port_message_info msg;
	port_info info;
	char buffer[8];
	int32 code, cookie = 0;
	bool listed = false;

	is(write_port(port, 1, "one", 3), B_OK);
	is(write_port(port, 2, "three", 5), B_OK);
	is(close_port(port), B_OK);

	/* Closed, messages left */
	is(write_port(port, 3, "x", 1), B_BAD_PORT_ID);
	is(write_port_etc(port, 3, "x", 1, B_RELATIVE_TIMEOUT, 0),
	   B_BAD_PORT_ID);
	is(port_buffer_size(port), 3);
	is(get_port_message_info_etc(port, &msg, 0, 0), B_OK);
	is(msg.size, 3);
	is(port_count(port), 2);
	is(get_port_info(port, &info), B_OK);
	is(info.capacity, 0);
	is(info.queue_count, 2);
	is(find_port("be test closed"), port);
	while (get_next_port_info(0, &cookie, &info) == B_OK)
		listed |= info.port == port;
	has(!listed);
	is(set_port_owner(port, 0), B_OK);
	is(close_port(port), B_OK);
	is(read_port(port, &code, buffer, 8), 3);
	is(port_buffer_size(port), 5);
	is(read_port(port, &code, buffer, 8), 5);
	is(code, 2);

	/* Closed, empty */
	is(write_port(port, 3, "x", 1), B_BAD_PORT_ID);
	is(read_port(port, &code, buffer, 8), B_BAD_PORT_ID);
	is(read_port_etc(port, &code, buffer, 8, B_RELATIVE_TIMEOUT, 0),
	   B_BAD_PORT_ID);
	is(port_buffer_size(port), B_BAD_PORT_ID);
	is(get_port_message_info_etc(port, &msg, 0, 0), B_BAD_PORT_ID);
	is(port_count(port), 0);
	is(get_port_info(port, &info), B_OK);
	is(info.capacity, 0);
	is(info.total_count, 2);
	is(find_port("be test closed"), port);
	is(set_port_owner(port, 0), B_OK);
	is(close_port(port), B_OK);
	is(delete_port(port), B_OK);

	/* Deleted */
	is(write_port(port, 3, "x", 1), B_BAD_PORT_ID);
	is(read_port(port, &code, buffer, 8), B_BAD_PORT_ID);
	is(port_buffer_size(port), B_BAD_PORT_ID);
	is(get_port_message_info_etc(port, &msg, 0, 0), B_BAD_PORT_ID);
	is(port_count(port), B_BAD_PORT_ID);
	is(get_port_info(port, &info), B_BAD_PORT_ID);
	is(find_port("be test closed"), B_NAME_NOT_FOUND);
	is(set_port_owner(port, 0), B_BAD_PORT_ID);
	is(close_port(port), B_BAD_PORT_ID);
	is(delete_port(port), B_BAD_PORT_ID);

	/* Never there */
	is(port_count(-1), B_BAD_PORT_ID);
	is(port_count(0), B_BAD_PORT_ID);
	is(close_port(-1), B_BAD_PORT_ID);
	is(delete_port(-1), B_BAD_PORT_ID);
	is(delete_port(0), B_BAD_PORT_ID);
	is(get_port_info(-1, &info), B_BAD_PORT_ID);
	is(port_buffer_size(-1), B_BAD_PORT_ID);

	/* A stale id does not reach a new port. */
	next = new_port(1, "next");
	has(next != port);
	is(port_count(port), B_BAD_PORT_ID);
	delete_port(next);
}

/* Close or delete under all kinds of waiters */
static void test_gone_while_waiting(const char *what, status_t (*end)(port_id))
{
	port_id full = new_port(1, "full"), empty = new_port(1, "empty");
	struct waiter w[4] = {
		{ .what = WRITE, .port = full },
		{ .what = READ, .port = empty },
		{ .what = PEEK, .port = empty },
		{ .what = INFO, .port = empty },
	};
	size_t i;

	fill(full, 1);
	for (i = 0; i < 4; i++)
		start(&w[i]);
	ok(end(full) == B_OK && end(empty) == B_OK, "%s under waiters", what);
	for (i = 0; i < 4; i++)
		ok(finish(&w[i]) == B_BAD_PORT_ID,
		   "%s: waiter %zu gets B_BAD_PORT_ID", what, i);
	if (end == close_port) {
		is(port_count(full), 1);
		is(read_port(full, NULL, NULL, 0), 0);
		is(read_port(full, NULL, NULL, 0), B_BAD_PORT_ID);
		delete_port(full);
		delete_port(empty);
	}
}

static void test_order(void)
{
	port_id port = new_port(1, "order");
	struct waiter w[3] = {
		{ .what = WRITE, .port = port, .code = 'A' },
		{ .what = WRITE, .port = port, .code = 'B' },
		{ .what = WRITE, .port = port, .code = 'C' },
	};
	int32 code;
	int i;

	fill(port, 1);
	for (i = 0; i < 3; i++)
		start(&w[i]);
	is(read_port(port, &code, NULL, 0), 0);
	for (i = 0; i < 3; i++) {
		is(read_port(port, &code, NULL, 0), 0);
		is(code, 'A' + i);
	}
	for (i = 0; i < 3; i++)
		is(finish(&w[i]), B_OK);

	/* The first in line gives up. */
	fill(port, 1);
	w[0].flags = B_RELATIVE_TIMEOUT;
	w[0].timeout = 500 * MS;
	for (i = 0; i < 3; i++)
		start(&w[i]);
	is(finish(&w[0]), B_TIMED_OUT);
	is(port_count(port), 1);
	is(write_port_etc(port, 'D', NULL, 0, B_RELATIVE_TIMEOUT, 0),
	   B_WOULD_BLOCK);
	is(read_port(port, &code, NULL, 0), 0);
	is(finish(&w[1]), B_OK);
	is(port_count(port), 1);
	is(read_port(port, &code, NULL, 0), 0);
	is(code, 'B');
	is(finish(&w[2]), B_OK);
	is(read_port(port, &code, NULL, 0), 0);
	is(code, 'C');
	is(port_count(port), 0);
	delete_port(port);
}

static void test_peeker_first(void)
{
	port_id port = new_port(1, "peek");
	struct waiter w[4] = {
		{ .what = PEEK, .port = port },
		{ .what = INFO, .port = port },
		{ .what = READ, .port = port },
		{ .what = READ, .port = port },
	};
	int i;

	for (i = 0; i < 4; i++)
		start(&w[i]);
	fill(port, 1);
	is(finish(&w[0]), 4);
	is(finish(&w[1]), B_OK);
	fill(port, 1);
	is(finish(&w[2]), 4);
	is(finish(&w[3]), 4);
	is(w[2].code, FILL);
	is(port_count(port), 0);
	delete_port(port);
}

static void test_total(void)
{
	port_id port = new_port(4, "total");
	port_message_info msg;
	port_info info;

	fill(port, 3);
	is(get_port_info(port, &info), B_OK);
	is(info.total_count, 0);
	is(info.queue_count, 3);
	is(port_buffer_size(port), 4);
	is(get_port_message_info_etc(port, &msg, 0, 0), B_OK);
	is(read_port(port, NULL, NULL, 0), 0);
	is(read_port(port, NULL, NULL, 0), 0);
	is(get_port_info(port, &info), B_OK);
	is(info.total_count, 2);
	is(info.queue_count, 1);
	is(port_count(port), 1);
	is(info.capacity, 4);
	delete_port(port);
}

static void test_info_errors(void)
{
	port_id port = new_port(1, "info");
	port_info info;

	is(get_port_info(port, (port_info *)NULL), B_BAD_VALUE);
	is(get_port_info(-1, (port_info *)NULL), B_BAD_VALUE);
	is(get_port_info(port, (port_info *)bad_page()), B_BAD_ADDRESS);
	is(get_port_info(NO_SUCH_PORT, &info), B_BAD_PORT_ID);
	is(_get_port_info(port, &info, 1), B_OK);
	delete_port(port);
}

static void test_message_info(void)
{
	port_id port = new_port(2, "sender");
	port_message_info info;
	pid_t child;

	is(get_port_message_info_etc(port, (port_message_info *)NULL, 0, 0),
	   B_BAD_VALUE);
	is(get_port_message_info_etc(-1, (port_message_info *)NULL, 0, 0),
	   B_BAD_VALUE);
	is(_get_port_message_info_etc(port, &info, sizeof(info) - 1, 0, 0),
	   B_BAD_VALUE);
	is(_get_port_message_info_etc(-1, &info, sizeof(info) + 1, 0, 0),
	   B_BAD_VALUE);
	is(get_port_message_info_etc(-1, &info, 0, 0), B_BAD_PORT_ID);
	is(get_port_message_info_etc(NO_SUCH_PORT, &info, 0, 0),
	   B_BAD_PORT_ID);

	child = fork();
	if (child == 0)
		_exit(write_port(port, 1, "from the child", 14) != B_OK);
	is(exit_status(child), 0);
	fill(port, 1);
	memset(&info, 0x55, sizeof(info));
	is(get_port_message_info_etc(port, &info, 0, 0), B_OK);
	is(info.size, 14);
	is(info.sender, geteuid());
	is(info.sender_group, getegid());
	is(info.sender_team, child);
	is(get_port_message_info_etc(port, (port_message_info *)bad_page(), 0,
				     0), B_BAD_ADDRESS);
	is(port_count(port), 2);
	read_port(port, NULL, NULL, 0);
	is(get_port_message_info_etc(port, &info, 0, 0), B_OK);
	is(info.size, 4);
	is(info.sender_team, getpid());
	delete_port(port);
}

static void test_next(void)
{
	port_id ports[3];
	team_id dead = dead_team();
	port_info info;
	int32 cookie = 0;
	int seen[3] = { 0, 0, 0 }, others = 0, i;
	status_t status;
	pid_t child;

	for (i = 0; i < 3; i++)
		ports[i] = new_port(1, "list");
	while ((status = get_next_port_info(0, &cookie, &info)) == B_OK) {
		for (i = 0; i < 3; i++)
			if (info.port == ports[i])
				break;
		if (i < 3)
			seen[i]++;
		else
			others++;
	}
	is(status, B_BAD_PORT_ID);
	has(seen[0] == 1 && seen[1] == 1 && seen[2] == 1 && others == 0);
	is(get_next_port_info(0, &cookie, &info), B_BAD_PORT_ID);

	cookie = 0;
	is(get_next_port_info(getpid(), &cookie, &info), B_OK);
	is(info.team, getpid());
	cookie = 0;
	is(get_next_port_info(-1, &cookie, &info), B_BAD_VALUE);
	is(get_next_port_info(dead, &cookie, &info), B_BAD_TEAM_ID);
	is(get_next_port_info(0, (int32 *)NULL, &info), B_BAD_VALUE);
	is(get_next_port_info(0, &cookie, (port_info *)NULL), B_BAD_VALUE);
	is(get_next_port_info(0, &cookie, (port_info *)bad_page()),
	   B_BAD_ADDRESS);
	is(cookie, 0);

	/* Another team owns none of them, and can ask about this one. */
	child = fork();
	if (child == 0) {
		if (get_next_port_info(0, &cookie, &info) != B_BAD_PORT_ID)
			_exit(1);
		_exit(get_next_port_info(getppid(), &cookie, &info) != B_OK);
	}
	is(exit_status(child), 0);
	for (i = 0; i < 3; i++)
		delete_port(ports[i]);
}

/* A child that owns nothing and ends when told to */
static pid_t new_team(int *pipe_end)
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

static void test_owner(void)
{
	port_id port = new_port(2, "owner"), theirs = -1;
	struct waiter w = { .what = READ, .port = port };
	team_id dead = dead_team();
	port_info info;
	pid_t child, middle;
	int end, fds[2];
	int32 code;

	is(set_port_owner(-1, dead), B_BAD_PORT_ID);
	is(set_port_owner(-1, -1), B_BAD_PORT_ID);
	is(set_port_owner(port, dead), B_BAD_TEAM_ID);
	is(set_port_owner(port, -1), B_BAD_TEAM_ID);
	is(set_port_owner(NO_SUCH_PORT, dead), B_BAD_TEAM_ID);
	is(set_port_owner(NO_SUCH_PORT, 0), B_BAD_PORT_ID);
	is(set_port_owner(port, 0), B_OK);
	is(set_port_owner(port, getpid()), B_OK);

	/* Given away with a message, it dies with its new owner. */
	child = new_team(&end);
	fill(port, 1);
	is(set_port_owner(port, child), B_OK);
	is(get_port_info(port, &info), B_OK);
	is(info.team, child);
	is(info.queue_count, 1);
	is(read_port(port, &code, NULL, 0), 0);
	start(&w);
	close(end);
	is(exit_status(child), 0);
	is(finish(&w), B_BAD_PORT_ID);
	is(get_port_info(port, &info), B_BAD_PORT_ID);

	/* It survives its creator. */
	child = new_team(&end);
	if (pipe(fds))
		give_up("pipe");
	middle = fork();
	if (middle == 0) {
		theirs = new_port(1, "be test heirloom");
		if (set_port_owner(theirs, child) != B_OK)
			_exit(1);
		_exit(write(fds[1], &theirs, sizeof(theirs)) !=
		      sizeof(theirs));
	}
	is(exit_status(middle), 0);
	is(read(fds[0], &theirs, sizeof(theirs)), sizeof(theirs));
	is(get_port_info(theirs, &info), B_OK);
	is(find_port("be test heirloom"), theirs);
	close(end);
	is(exit_status(child), 0);
	is(get_port_info(theirs, &info), B_BAD_PORT_ID);
	is(find_port("be test heirloom"), B_NAME_NOT_FOUND);
	close(fds[0]);
	close(fds[1]);
}

static void test_fork_and_exec(void)
{
	port_id port = new_port(1, "fork"), theirs = -1;
	struct waiter w = { .what = READ };
	int to[2], from[2];
	char text[16], byte = 0;
	int32 code;
	pid_t child;

	/* Any team may use an id, and end the port. */
	child = fork();
	if (child == 0)
		_exit(write_port(port, 5, "child", 5) != B_OK);
	is(exit_status(child), 0);
	is(read_port(port, &code, text, sizeof(text)), 5);
	is(code, 5);
	child = fork();
	if (child == 0)
		_exit(close_port(port) != B_OK || delete_port(port) != B_OK);
	is(exit_status(child), 0);
	is(port_count(port), B_BAD_PORT_ID);

	/* Exec ends the ports of a team that goes on. */
	if (pipe(to) || pipe(from))
		give_up("pipe");
	child = fork();
	if (child == 0) {
		theirs = new_port(1, "be test exec");
		dup2(to[0], 0);
		dup2(from[1], 1);
		if (write(1, &theirs, sizeof(theirs)) != sizeof(theirs) ||
		    read(0, &byte, 1) != 1)
			_exit(1);
		execl("/proc/self/exe", "port_be_test", "after-exec",
		      (char *)NULL);
		_exit(1);
	}
	is(read(from[0], &theirs, sizeof(theirs)), sizeof(theirs));
	is(port_count(theirs), 0);
	w.port = theirs;
	start(&w);
	is(write(to[1], &byte, 1), 1);
	is(finish(&w), B_BAD_PORT_ID);
	is(read(from[0], &byte, 1), 1);
	is(port_count(theirs), B_BAD_PORT_ID);
	is(find_port("be test exec"), B_NAME_NOT_FOUND);
	is(waitpid(child, NULL, WNOHANG), 0);
	is(write(to[1], &byte, 1), 1);
	is(exit_status(child), 0);
	close(to[0]);
	close(to[1]);
	close(from[0]);
	close(from[1]);
}

/* What the program is after the exec above */
static int after_exec(void)
{
	port_info info;
	int32 cookie = 0;
	char byte = 0;

	if (get_next_port_info(0, &cookie, &info) != B_BAD_PORT_ID ||
	    write(1, &byte, 1) != 1 || read(0, &byte, 1) != 1)
		return 1;
	return 0;
}

static int handled;

static void handler(int signo)
{
	(void)signo;
	__atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
}

static void test_signals(void)
{
	port_id full = new_port(1, "full"), empty = new_port(1, "empty");
	struct waiter w[4] = {
		{ .what = WRITE, .port = full },
		{ .what = READ, .port = empty },
		{ .what = PEEK, .port = empty },
		{ .what = INFO, .port = empty },
	};
	struct sigaction action;
	int i;

	fill(full, 1);
	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	sigaction(SIGUSR1, &action, NULL);
	for (i = 0; i < 4; i++) {
		start(&w[i]);
		pthread_kill(w[i].thread, SIGUSR1);
		ok(finish(&w[i]) == B_INTERRUPTED,
		   "waiter %d: a signal gives B_INTERRUPTED", i);
	}
	is(handled, 4);
	is(port_count(full), 1);
	is(port_count(empty), 0);

	/* Restarted, with the deadline that it had */
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	for (i = 0; i < 4; i++) {
		handled = 0;
		w[i].flags = B_RELATIVE_TIMEOUT;
		w[i].timeout = 1000 * MS;
		start(&w[i]);
		snooze(500 * MS);
		pthread_kill(w[i].thread, SIGUSR1);
		ok(finish(&w[i]) == B_TIMED_OUT && handled == 1,
		   "waiter %d: restarted after SA_RESTART", i);
		ok(w[i].took >= 1000 * MS && w[i].took < 1490 * MS,
		   "waiter %d: the deadline stayed the same", i);
		if (w[i].took >= 1490 * MS)
			printf("# took %lld us\n", w[i].took);
	}
	delete_port(full);
	delete_port(empty);
	signal(SIGUSR1, SIG_DFL);
}

static void test_gather(void)
{
	static char big[MSG_MAX];
	struct iovec vecs[1025], two[2] = { { "ab", 2 }, { "cde", 3 } };
	port_id port = new_port(4, "gather");
	char text[16];
	int32 code;
	int i;

	for (i = 0; i < 1025; i++) {
		vecs[i].iov_base = "x";
		vecs[i].iov_len = 1;
	}
	is(writev_port_etc(port, 9, two, 2, 5, 0, 0), B_OK);
	is(read_port(port, &code, text, sizeof(text)), 5);
	has(code == 9 && memcmp(text, "abcde", 5) == 0);
	is(writev_port_etc(port, 9, vecs, 1024, 1024, 0, 0), B_OK);
	is(port_buffer_size(port), 1024);
	is(writev_port_etc(port, 9, vecs, 1025, 1025, 0, 0), B_BAD_VALUE);
	is(writev_port_etc(port, 9, NULL, 1, 0, 0, 0), B_BAD_VALUE);
	is(writev_port_etc(port, 9, NULL, 0, 0, 0, 0), B_OK);
	is(writev_port_etc(port, 9, bad_page(), 1, 1, 0, 0), B_BAD_ADDRESS);
	is(writev_port_etc(port, 9, two, 2, 4, 0, 0), B_BAD_VALUE);
	two[0].iov_base = bad_page();
	is(writev_port_etc(port, 9, two, 2, 5, 0, 0), B_BAD_ADDRESS);
	two[0].iov_base = big;
	two[0].iov_len = MSG_MAX - 3;
	is(writev_port_etc(port, 9, two, 2, MSG_MAX, 0, 0), B_OK);
	two[0].iov_len = MSG_MAX - 2;
	is(writev_port_etc(port, 9, two, 2, MSG_MAX + 1, 0, 0), B_BAD_VALUE);
	is(writev_port_etc(-1, 9, two, 2, MSG_MAX + 1, 0, 0), B_BAD_PORT_ID);
	is(port_count(port), 3);
	fill(port, 1);
	is(writev_port_etc(port, 9, vecs, 1, 1, B_RELATIVE_TIMEOUT, 0),
	   B_WOULD_BLOCK);
	is(writev_port_etc(port, 9, vecs, 1, 1, B_ABSOLUTE_TIMEOUT, -1),
	   B_TIMED_OUT);
	delete_port(port);
}

/* A thread's end changes nothing. */
static void *create_in_thread(void *data)
{
	*(port_id *)data = create_port(1, "thread");
	return NULL;
}

static void test_thread(void)
{
	pthread_t thread;
	port_id port = -1;

	if (pthread_create(&thread, NULL, create_in_thread, &port))
		give_up("pthread_create");
	pthread_join(thread, NULL);
	is(write_port(port, 1, NULL, 0), B_OK);
	is(delete_port(port), B_OK);
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

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "after-exec") == 0)
		return after_exec();

	if (!has_threads()) {
		printf("1..0 # SKIP needs CONFIG_COMPAT_32BIT_TIME\n");
		return 4;
	}
	/* A wait that never ends is a failure too. */
	alarm(300);
	if (find_port("be test") == B_NOT_SUPPORTED) {
		printf("1..0 # SKIP this kernel has no Nexus\n");
		return 4;
	}
	test_create();
	test_find();
	test_write_errors();
	test_read_errors();
	test_timeouts();
	test_messages();
	test_closed();
	test_gone_while_waiting("close", close_port);
	test_gone_while_waiting("delete", delete_port);
	test_order();
	test_peeker_first();
	test_total();
	test_info_errors();
	test_message_info();
	test_next();
	test_owner();
	test_fork_and_exec();
	test_signals();
	test_gather();
	test_thread();
	printf("1..%d\n", tests);
	return failures != 0;
}

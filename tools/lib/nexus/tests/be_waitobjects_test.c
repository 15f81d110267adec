// SPDX-License-Identifier: MIT OR LGPL-2.1
/* Does wait_for_objects() keep the BeOS contract?  All of its rules. */
#include "be_thread_test.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define BOTH		(B_RELATIVE_TIMEOUT | B_ABSOLUTE_TIMEOUT)
#define FD		B_OBJECT_TYPE_FD
#define SEM		B_OBJECT_TYPE_SEMAPHORE
#define PORT		B_OBJECT_TYPE_PORT
#define THREAD		B_OBJECT_TYPE_THREAD
#define READ		B_EVENT_READ
#define WRITE		B_EVENT_WRITE
#define ACQUIRE		B_EVENT_ACQUIRE_SEMAPHORE
#define INVALID		B_EVENT_INVALID
#define NOW(infos, n)	wait_for_objects_etc((infos), (n), \
					     B_RELATIVE_TIMEOUT, 0)

static object_wait_info *set(object_wait_info *info, int32 object, uint16 type,
			     uint16 events)
{
	info->object = object;
	info->type = type;
	info->events = events;
	return info;
}

/* One object by itself, without waiting: its events, or the error */
static int64 ask(int32 object, uint16 type, uint16 events)
{
	object_wait_info info;
	ssize_t ret = NOW(set(&info, object, type, events), 1);

	if (ret == 1)
		return info.events;
	return ret < 0 ? ret : 4711;
}

struct waiter {
	object_wait_info infos[4];
	int count;
	uint32 flags;
	bigtime_t timeout;
	ssize_t result;
	bigtime_t took;
	pthread_t thread;
	pid_t tid;
};

static void *wait_in_thread(void *data)
{
	struct waiter *w = data;
	bigtime_t began = system_time();

	__atomic_store_n(&w->tid, (pid_t)syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	w->result = wait_for_objects_etc(w->infos, w->count, w->flags,
					 w->timeout);
	w->took = system_time() - began;
	return NULL;
}

static void start(struct waiter *w)
{
	pid_t tid;

	w->tid = 0;
	w->result = 12345;
	if (pthread_create(&w->thread, NULL, wait_in_thread, w))
		give_up("pthread_create");
	while (!(tid = __atomic_load_n(&w->tid, __ATOMIC_ACQUIRE)))
		snooze(1 * MS);
	until_it_polls(getpid(), tid);
}

static ssize_t finish(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->result;
}

static void test_errors(void)
{
	static object_wait_info many[2000];
	port_id port = create_port(1, "be test");
	object_wait_info info, *read_only;
	struct rlimit old, few;

	set(&info, port, PORT, READ);
	is(wait_for_objects(&info, -1), B_BAD_VALUE);
	is(wait_for_objects(NULL, -1), B_BAD_VALUE);
	is(wait_for_objects(&info, INT32_MAX), B_BAD_VALUE);
	is(wait_for_objects(NULL, INT32_MIN), B_BAD_VALUE);
	is(wait_for_objects(NULL, 1), B_BAD_ADDRESS);
	is(wait_for_objects(bad_page(), 1), B_BAD_ADDRESS);
	is(wait_for_objects_etc(NULL, 1, BOTH, 0), B_BAD_ADDRESS);
	is(wait_for_objects_etc(&info, 1, BOTH, 0), B_BAD_VALUE);
	is(wait_for_objects_etc(&info, 1, BOTH, 1000), B_BAD_VALUE);
	is(wait_for_objects_etc(NULL, 0, BOTH, 0), B_BAD_VALUE);
	is(wait_for_objects_etc(set(&info, port, PORT, READ | WRITE), 1, BOTH,
				B_INFINITE_TIMEOUT), B_BAD_VALUE);
	is(info.events, READ | WRITE);

	/* An array that cannot be written */
	read_only = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	set(read_only, port, PORT, WRITE);
	mprotect(read_only, 4096, PROT_READ);
	is(NOW(read_only, 1), B_BAD_ADDRESS);
	munmap(read_only, 4096);

	/* More than there are descriptors */
	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = 16;
	for (info.object = 0; info.object < 2000; info.object++)
		set(&many[info.object], port, PORT, READ);
	setrlimit(RLIMIT_NOFILE, &few);
	is(NOW(many, 100), B_NO_MEMORY);
	is(many[0].events, READ);
	is(many[99].events, READ);
	setrlimit(RLIMIT_NOFILE, &old);
	delete_port(port);
}

/* Line 34, and the table of timeouts */
static void test_timeouts(void)
{
	port_id port = create_port(1, "be test");
	struct waiter w = { .count = 2 };
	bigtime_t now;

#define try_it(the_flags, the_timeout, want) do { \
	set(&w.infos[0], port, PORT, READ); \
	set(&w.infos[1], find_thread(NULL), THREAD, 0x7f); \
	w.flags = (the_flags); \
	w.timeout = (the_timeout); \
	wait_in_thread(&w); \
	ok(w.result == (want), #the_flags ", " #the_timeout " is " #want); \
	ok(w.infos[0].events == READ && w.infos[1].events == 0x7f, \
	   "and the array is unchanged"); \
} while (0)

	try_it(B_RELATIVE_TIMEOUT, 0, B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT, -1, B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT | 0xffffff80u, 0, B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT | B_TIMEOUT_REAL_TIME_BASE, 0,
	       B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT, 1000, B_TIMED_OUT);
	has(w.took >= 1000);
	try_it(B_RELATIVE_TIMEOUT, 20 * MS, B_TIMED_OUT);
	has(w.took >= 20 * MS);
	try_it(B_ABSOLUTE_TIMEOUT, 0, B_TIMED_OUT);
	try_it(B_ABSOLUTE_TIMEOUT, -1, B_TIMED_OUT);
	try_it(B_ABSOLUTE_TIMEOUT, 1, B_TIMED_OUT);
	try_it(B_ABSOLUTE_REAL_TIME_TIMEOUT, 0, B_TIMED_OUT);
	try_it(B_ABSOLUTE_REAL_TIME_TIMEOUT, 1, B_TIMED_OUT);
	try_it(B_ABSOLUTE_TIMEOUT, system_time() + 20 * MS, B_TIMED_OUT);
	has(w.took >= 19 * MS);
	now = real_time_clock_usecs();
	try_it(B_ABSOLUTE_REAL_TIME_TIMEOUT, now + 20 * MS, B_TIMED_OUT);
	has(w.took >= 15 * MS && w.took < 10000 * MS);
#undef try_it

	/* Rule 12 */
	is(NOW(NULL, 0), B_WOULD_BLOCK);
	now = system_time();
	is(wait_for_objects_etc(NULL, 0, B_RELATIVE_TIMEOUT, 10 * MS),
	   B_TIMED_OUT);
	has(system_time() - now >= 10 * MS);
	is(wait_for_objects_etc(bad_page(), 0, B_ABSOLUTE_TIMEOUT, 1),
	   B_TIMED_OUT);
	delete_port(port);
}

/* Timeouts that are none, or come too late */
static void test_wait_for_ever(void)
{
	static const struct {
		uint32 flags;
		bigtime_t timeout;
	} cases[] = {
		{ 0, 0 },
		{ 0, -1 },
		{ B_TIMEOUT_REAL_TIME_BASE, 1 },
		{ B_RELATIVE_TIMEOUT, B_INFINITE_TIMEOUT },
		{ B_RELATIVE_TIMEOUT, B_INFINITE_TIMEOUT - 1 },
		{ B_RELATIVE_TIMEOUT, 60000000 },
		{ B_ABSOLUTE_TIMEOUT, B_INFINITE_TIMEOUT },
		{ B_ABSOLUTE_TIMEOUT, B_INFINITE_TIMEOUT - 1 },
		{ B_ABSOLUTE_REAL_TIME_TIMEOUT, B_INFINITE_TIMEOUT },
	};
	port_id port = create_port(1, "be test");
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct waiter w = {
			.count = 1, .flags = cases[i].flags,
			.timeout = cases[i].timeout,
		};

		set(&w.infos[0], port, PORT, READ);
		start(&w);
		write_port(port, 1, NULL, 0);
		ok(finish(&w) == 1 && w.infos[0].events == READ,
		   "flags 0x%x, timeout %lld wait", cases[i].flags,
		   cases[i].timeout);
		read_port(port, NULL, NULL, 0);
	}

	/* What is ready is told, whatever the timeout. */
	write_port(port, 1, NULL, 0);
	for (i = 0; i < 2; i++) {
		object_wait_info info;

		is(wait_for_objects_etc(set(&info, port, PORT, READ), 1,
					i ? B_ABSOLUTE_TIMEOUT :
					B_RELATIVE_TIMEOUT, -1), 1);
		is(info.events, READ);
	}
	delete_port(port);
}

static void test_ports(void)
{
	port_id port = create_port(2, "be test"), gone;

	gone = create_port(1, "be test");
	delete_port(gone);
	is(ask(port, PORT, READ), B_WOULD_BLOCK);
	is(ask(port, PORT, 0), B_WOULD_BLOCK);
	is(ask(port, PORT, WRITE), WRITE);
	is(ask(port, PORT, 0x0fff), WRITE);
	write_port(port, 1, NULL, 0);
	is(ask(port, PORT, READ | WRITE), READ | WRITE);
	write_port(port, 1, NULL, 0);
	is(ask(port, PORT, READ | WRITE), READ);
	is(ask(port, PORT, WRITE), B_WOULD_BLOCK);
	/* Nothing was consumed. */
	is(port_count(port), 2);

	/* Rule 9, line 36 */
	close_port(port);
	is(ask(port, PORT, READ | WRITE), INVALID);
	is(ask(port, PORT, 0), INVALID);
	is(port_count(port), 2);
	delete_port(port);
	is(ask(port, PORT, READ), INVALID);
	is(ask(gone, PORT, 0), INVALID);
	is(ask(-1, PORT, READ), INVALID);
	is(ask(0, PORT, READ), INVALID);
	is(ask(NO_SUCH_ID, PORT, READ), INVALID);
}

static void test_sems(void)
{
	sem_id sem = create_sem(0, "be test");
	struct waiter w = { .count = 1 };

	is(ask(sem, SEM, ACQUIRE), B_WOULD_BLOCK);
	is(ask(sem, SEM, 0x0fff), B_WOULD_BLOCK);
	release_sem(sem);
	is(ask(sem, SEM, ACQUIRE), ACQUIRE);
	is(ask(sem, SEM, 0x0fff), ACQUIRE);
	is(ask(sem, SEM, WRITE), B_WOULD_BLOCK);
	is(ask(sem, SEM, 0), B_WOULD_BLOCK);
	is(acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT, 0), B_OK);

	/* Line 37: the unit is still there. */
	set(&w.infos[0], sem, SEM, ACQUIRE);
	start(&w);
	release_sem(sem);
	is(finish(&w), 1);
	is(w.infos[0].events, 0x0001);
	is(acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT, 0), B_OK);

	set(&w.infos[0], sem, SEM, ACQUIRE);
	start(&w);
	delete_sem(sem);
	is(finish(&w), 1);
	is(w.infos[0].events, INVALID);
	is(ask(sem, SEM, ACQUIRE), INVALID);
	is(ask(-1, SEM, ACQUIRE), INVALID);
	is(ask(NO_SUCH_ID, SEM, 0), INVALID);
}

static void test_threads(void)
{
	thread_id thread = new_thread(sleep_long, NULL);
	struct waiter w = { .count = 1 };

	is(ask(thread, THREAD, 0x0fff), B_WOULD_BLOCK);
	is(ask(find_thread(NULL), THREAD, 0x1fff), B_WOULD_BLOCK);
	/* It does not start a thread to wait for it like this. */
	is(state_of(thread), B_THREAD_SUSPENDED);
	set(&w.infos[0], thread, THREAD, 0);
	start(&w);
	is(kill_thread(thread), B_OK);
	is(finish(&w), 1);
	is(w.infos[0].events, INVALID);
	/* It has ended, if it is remembered or not. */
	is(ask(thread, THREAD, 0), INVALID);
	is(status_of(thread), 0);
	is(ask(thread, THREAD, READ), INVALID);
	is(ask(-1, THREAD, 0), INVALID);
	is(ask(0, THREAD, 0), INVALID);
	is(ask(NO_SUCH_ID, THREAD, 0), INVALID);
}

static void test_fds(void)
{
	int fds[2], sockets[2], file, directory, null;
	char byte = 0;

	if (pipe(fds) || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		give_up("pipe");
	is(ask(fds[0], FD, READ), B_WOULD_BLOCK);
	is(ask(fds[0], FD, 0), B_WOULD_BLOCK);
	is(ask(fds[1], FD, READ | WRITE), WRITE);
	is(ask(sockets[0], FD, READ | WRITE), WRITE);
	is(write(fds[1], &byte, 1), 1);
	is(ask(fds[0], FD, READ), READ);
	is(ask(fds[0], FD, 0x7f), READ);
	is(read(fds[0], &byte, 1), 1);
	/* Always watched, asked for or not */
	close(fds[1]);
	is(ask(fds[0], FD, 0), B_EVENT_DISCONNECTED);
	is(ask(fds[0], FD, READ), B_EVENT_DISCONNECTED);
	is(write(sockets[1], &byte, 1), 1);
	close(sockets[1]);
	is(ask(sockets[0], FD, READ), READ | B_EVENT_DISCONNECTED);
	close(fds[0]);
	close(sockets[0]);
	if (pipe(fds))
		give_up("pipe");
	close(fds[0]);
	is(ask(fds[1], FD, 0), B_EVENT_ERROR);
	close(fds[1]);
	is(ask(fds[1], FD, READ), INVALID);
	is(ask(fds[1], FD, 0), INVALID);
	is(ask(-1, FD, READ), INVALID);
	is(ask(NO_SUCH_ID, FD, READ), INVALID);

	/* Rule 10 */
	file = open("/proc/self/exe", O_RDONLY);
	directory = open("/", O_RDONLY | O_DIRECTORY);
	null = open("/dev/null", O_RDWR);
	is(ask(file, FD, READ), READ);
	is(ask(file, FD, WRITE), WRITE);
	is(ask(file, FD, 0x7b), 0x7b);
	is(ask(file, FD, B_EVENT_PRIORITY_READ), B_EVENT_PRIORITY_READ);
	is(ask(file, FD, 0), B_WOULD_BLOCK);
	is(ask(file, FD, B_EVENT_ERROR | B_EVENT_DISCONNECTED),
	   B_WOULD_BLOCK);
	is(ask(null, FD, READ | WRITE), READ | WRITE);
	is(ask(directory, FD, READ), READ);
	is(ask(directory, FD, 0), INVALID);
	close(file);
	close(directory);
	close(null);
}

/* Rule 3, line 35 */
static void test_invalid(void)
{
	port_id port = create_port(1, "be test"), empty;
	sem_id sem = create_sem(1, "be test");
	object_wait_info infos[4];

	empty = create_port(1, "be test");
	set(&infos[0], empty, PORT, READ);
	set(&infos[1], NO_SUCH_ID, SEM, ACQUIRE);
	set(&infos[2], port, PORT, READ | WRITE);
	set(&infos[3], sem, SEM, ACQUIRE);
	is(wait_for_objects(infos, 4), 3);
	is(infos[0].events, 0);
	is(infos[1].events, 0x1000);
	is(infos[2].events, WRITE);
	is(infos[3].events, ACQUIRE);

	set(&infos[0], empty, PORT, READ);
	set(&infos[1], port, 4, 0x0fff);
	is(wait_for_objects(infos, 2), 1);
	is(infos[0].events, 0);
	is(infos[1].events, 0x1000);
	set(&infos[0], port, 0xffff, 0);
	is(wait_for_objects_etc(infos, 1, B_ABSOLUTE_TIMEOUT, 0), 1);
	is(infos[0].events, 0x1000);
	delete_port(port);
	delete_port(empty);
	delete_sem(sem);
}

static status_t acquire_two(void *data)
{
	return acquire_sem_etc(*(sem_id *)data, 2, B_RELATIVE_TIMEOUT,
			       1000 * MS);
}

/* Rules 4, 6, 7, 8 */
static void test_waiting(void)
{
	port_id full = create_port(1, "be test"), empty;
	sem_id sem = create_sem(0, "be test");
	struct waiter w[2] = { { .count = 4 }, { .count = 4 } };
	thread_id impatient;
	int i, fds[2];
	char byte = 0;
	int32 count;

	empty = create_port(1, "be test");
	if (pipe(fds))
		give_up("pipe");
	write_port(full, 1, NULL, 0);
	for (i = 0; i < 2; i++) {
		set(&w[i].infos[0], full, PORT, WRITE);
		set(&w[i].infos[1], empty, PORT, READ);
		set(&w[i].infos[2], sem, SEM, ACQUIRE);
		set(&w[i].infos[3], full, PORT, WRITE);
		start(&w[i]);
	}
	/* Everybody is told; duplicates count each. */
	is(read_port(full, NULL, NULL, 0), 0);
	for (i = 0; i < 2; i++) {
		is(finish(&w[i]), 2);
		is(w[i].infos[0].events, WRITE);
		is(w[i].infos[1].events, 0);
		is(w[i].infos[2].events, 0);
		is(w[i].infos[3].events, WRITE);
	}

	/* A closed or deleted port, while waiting */
	w[0].count = 2;
	w[1].count = 2;
	for (i = 0; i < 2; i++) {
		set(&w[i].infos[0], empty, PORT, READ | WRITE);
		set(&w[i].infos[1], fds[0], FD, READ);
	}
	write_port(empty, 1, NULL, 0);
	for (i = 0; i < 2; i++)
		set(&w[i].infos[0], empty, PORT, WRITE);
	start(&w[0]);
	close_port(empty);
	is(finish(&w[0]), 1);
	is(w[0].infos[0].events, INVALID);
	is(w[0].infos[1].events, 0);
	delete_port(empty);

	set(&w[1].infos[0], sem, SEM, ACQUIRE);
	start(&w[1]);
	is(write(fds[1], &byte, 1), 1);
	is(finish(&w[1]), 1);
	is(w[1].infos[0].events, 0);
	is(w[1].infos[1].events, READ);
	is(read(fds[0], &byte, 1), 1);

	/* A waiter that gives up leaves its units to others. */
	release_sem(sem);
	impatient = run_thread(acquire_two, &sem);
	until(get_sem_count(sem, &count) == B_OK && count == -1);
	set(&w[0].infos[0], sem, SEM, ACQUIRE);
	w[0].count = 1;
	start(&w[0]);
	is(status_of(impatient), B_TIMED_OUT);
	is(finish(&w[0]), 1);
	is(w[0].infos[0].events, ACQUIRE);
	is(acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT, 0), B_OK);

	/* More than fit on the stack */
	{
		object_wait_info many[100];

		for (i = 0; i < 100; i++)
			set(&many[i], i % 2 ? full : sem, i % 2 ? PORT : SEM,
			    READ | WRITE);
		is(wait_for_objects(many, 100), 50);
		has(many[0].events == 0 && many[1].events == WRITE &&
		    many[99].events == WRITE);
	}
	delete_port(full);
	delete_sem(sem);
	close(fds[0]);
	close(fds[1]);
}

static void test_signals(void)
{
	port_id port = create_port(1, "be test");
	struct waiter w = { .count = 1 };
	sigset_t usr1;

	set(&w.infos[0], port, PORT, READ);
	handle(0);
	start(&w);
	pthread_kill(w.thread, SIGUSR1);
	is(finish(&w), B_INTERRUPTED);
	is(w.infos[0].events, READ);
	is(handled, 1);

	/* Goes on, with the deadline that it had */
	handle(SA_RESTART);
	w.flags = B_RELATIVE_TIMEOUT;
	w.timeout = 1000 * MS;
	start(&w);
	snooze(500 * MS);
	pthread_kill(w.thread, SIGUSR1);
	is(finish(&w), B_TIMED_OUT);
	is(handled, 1);
	has(w.took >= 1000 * MS && w.took < 1490 * MS);
	handled = 0;
	w.flags = 0;
	start(&w);
	pthread_kill(w.thread, SIGUSR1);
	until(read_counter(&handled) == 1);
	until_it_polls(getpid(), w.tid);
	/* What is ignored does not end it, and what is blocked neither. */
	pthread_kill(w.thread, SIGCHLD);
	pthread_kill(w.thread, SIGURG);
	until_it_polls(getpid(), w.tid);
	write_port(port, 1, NULL, 0);
	is(finish(&w), 1);
	is(w.infos[0].events, READ);

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	handle(0);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	raise(SIGUSR1);
	set(&w.infos[0], port, PORT, READ);
	is(wait_for_objects_etc(w.infos, 1, B_RELATIVE_TIMEOUT, 1000), 1);
	read_port(port, NULL, NULL, 0);
	is(wait_for_objects_etc(w.infos, 1, B_RELATIVE_TIMEOUT, 1000),
	   B_TIMED_OUT);
	is(handled, 0);
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	is(handled, 1);
	delete_port(port);
	signal(SIGUSR1, SIG_DFL);
}

/* Nothing stays open. */
static void test_descriptors(void)
{
	port_id port = create_port(1, "be test");
	object_wait_info infos[3];
	int before = dup(0), after, i;

	close(before);
	for (i = 0; i < 200; i++) {
		set(&infos[0], port, PORT, READ);
		set(&infos[1], find_thread(NULL), THREAD, 0);
		set(&infos[2], i % 2 ? port : NO_SUCH_ID, PORT, READ);
		wait_for_objects_etc(infos, 3, B_RELATIVE_TIMEOUT, i % 3);
	}
	after = dup(0);
	is(after, before);
	close(after);
	delete_port(port);
}

int main(void)
{
	if (!can_run())
		return 4;
	test_errors();
	test_timeouts();
	test_wait_for_ever();
	test_ports();
	test_sems();
	test_threads();
	test_fds();
	test_invalid();
	test_waiting();
	test_signals();
	test_descriptors();
	return end_of_tests();
}

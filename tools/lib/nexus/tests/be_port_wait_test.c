// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Do ports keep the BeOS contract?  Who waits for how long, in which order,
 * and what ends a wait: timeouts, signals, and the end of the port with its
 * owner or by itself.
 */
#include "be_port_test.h"

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
	is(set_port_owner(NO_SUCH_ID, dead), B_BAD_TEAM_ID);
	is(set_port_owner(NO_SUCH_ID, 0), B_BAD_PORT_ID);
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
		execl("/proc/self/exe", "port_wait_be_test", "after-exec",
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

static void test_signals(void)
{
	port_id full = new_port(1, "full"), empty = new_port(1, "empty");
	struct waiter w[4] = {
		{ .what = WRITE, .port = full },
		{ .what = READ, .port = empty },
		{ .what = PEEK, .port = empty },
		{ .what = INFO, .port = empty },
	};
	int i;

	fill(full, 1);
	handle(0);
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
	handle(SA_RESTART);
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

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "after-exec") == 0)
		return after_exec();

	if (!can_run())
		return 4;
	test_timeouts();
	test_gone_while_waiting("close", close_port);
	test_gone_while_waiting("delete", delete_port);
	test_order();
	test_peeker_first();
	test_owner();
	test_fork_and_exec();
	test_signals();
	return end_of_tests();
}

// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Do semaphores keep the BeOS contract?  Who waits for how long, what ends a
 * wait: timeouts, signals, suspension, and the end of the semaphore with its
 * owner or by itself; and switch_sem().
 */
#include "be_sem_test.h"

/* The table of timeouts, with a call that has to wait */
static void test_timeouts(sem_id release)
{
	const char *what = release ? "switch" : "acquire";
	sem_id sem = new_sem(2);
	struct waiter w = { .sem = sem, .count = 3, .release = release };
	bigtime_t now;

#define try_it(the_flags, the_timeout, want) do { \
	w.flags = (the_flags); \
	w.timeout = (the_timeout); \
	wait_in_thread(&w); \
	ok(w.result == (want), "%s: " #the_flags ", " #the_timeout " is " \
	   #want, what); \
	ok(count_of(sem) == 2, "%s: and the count has not changed", what); \
} while (0)

	try_it(B_RELATIVE_TIMEOUT, 0, B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT, -1, B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT, -B_INFINITE_TIMEOUT - 1, B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT | 0xffffff80u, 0, B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT | B_TIMEOUT_REAL_TIME_BASE, 0,
	       B_WOULD_BLOCK);
	try_it(B_RELATIVE_TIMEOUT, 1000, B_TIMED_OUT);
	ok(w.took >= 1000, "%s: it took the whole time", what);
	try_it(B_ABSOLUTE_TIMEOUT, 0, B_TIMED_OUT);
	try_it(B_ABSOLUTE_TIMEOUT, -1, B_TIMED_OUT);
	try_it(B_ABSOLUTE_TIMEOUT, 1, B_TIMED_OUT);
	try_it(B_ABSOLUTE_REAL_TIME_TIMEOUT, -1, B_TIMED_OUT);
	try_it(B_ABSOLUTE_REAL_TIME_TIMEOUT, 1, B_TIMED_OUT);
	try_it(B_ABSOLUTE_TIMEOUT, system_time() + 20 * MS, B_TIMED_OUT);
	ok(w.took >= 19 * MS, "%s: it waited until then", what);
	now = real_time_clock_usecs();
	try_it(B_ABSOLUTE_REAL_TIME_TIMEOUT, now + 20 * MS, B_TIMED_OUT);
	ok(w.took >= 15 * MS && w.took < 10000 * MS,
	   "%s: real time: it waited until then", what);
	try_it(BOTH, 0, B_BAD_VALUE);
	try_it(BOTH, -1, B_BAD_VALUE);
	try_it(BOTH, B_INFINITE_TIMEOUT, B_BAD_VALUE);
#undef try_it
	delete_sem(sem);
}

/* Timeouts that are none, or come too late */
static void test_wait_for_ever(sem_id release)
{
	static const struct {
		uint32 flags;
		bigtime_t timeout;
	} cases[] = {
		{ 0, 0 },
		{ 0, -1 },
		{ 0, 1 },
		{ B_TIMEOUT_REAL_TIME_BASE, 1 },
		{ B_RELATIVE_TIMEOUT, B_INFINITE_TIMEOUT },
		{ B_RELATIVE_TIMEOUT, B_INFINITE_TIMEOUT - 1 },
		{ B_RELATIVE_TIMEOUT, 60000000 },
		{ B_ABSOLUTE_TIMEOUT, B_INFINITE_TIMEOUT },
		{ B_ABSOLUTE_TIMEOUT, B_INFINITE_TIMEOUT - 1 },
		{ B_ABSOLUTE_REAL_TIME_TIMEOUT, B_INFINITE_TIMEOUT },
	};
	sem_id sem = new_sem(0);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct waiter w = {
			.sem = sem, .count = 1, .release = release,
			.flags = cases[i].flags, .timeout = cases[i].timeout,
		};

		start(&w);
		release_sem(sem);
		ok(finish(&w) == B_OK, "flags 0x%x, timeout %lld wait",
		   cases[i].flags, cases[i].timeout);
	}

	/* What need not wait succeeds, whatever the timeout. */
	release_sem_etc(sem, 4, 0);
	is(acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT, 0), B_OK);
	is(acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT, -1), B_OK);
	is(acquire_sem_etc(sem, 1, B_ABSOLUTE_TIMEOUT, -1), B_OK);
	is(acquire_sem_etc(sem, 1, B_ABSOLUTE_REAL_TIME_TIMEOUT, 0), B_OK);
	is(count_of(sem), 0);
	delete_sem(sem);
}

/* Line 20, and the same when the head is interrupted */
static void test_head_leaves(void)
{
	sem_id sem = new_sem(0);
	struct waiter big = { .sem = sem, .count = 5 };
	struct waiter small[2] = {
		{ .sem = sem, .count = 1 },
		{ .sem = sem, .count = 2 },
	};

	start(&big);
	start(&small[0]);
	start(&small[1]);
	is(release_sem_etc(sem, 4, 0), B_OK);
	is(count_of(sem), -4);
	handle(0);
	pthread_kill(big.thread, SIGUSR1);
	is(finish(&big), B_INTERRUPTED);
	is(finish(&small[0]), B_OK);
	is(finish(&small[1]), B_OK);
	is(count_of(sem), 1);

	big.flags = B_RELATIVE_TIMEOUT;
	big.timeout = 300 * MS;
	start(&big);
	start(&small[1]);
	is(count_of(sem), -6);
	is(release_sem(sem), B_OK);
	is(finish(&big), B_TIMED_OUT);
	is(finish(&small[1]), B_OK);
	is(count_of(sem), 0);
	delete_sem(sem);
}

static void test_signals(void)
{
	sem_id sem = new_sem(0);
	struct waiter w = { .sem = sem, .count = 1 };

	handle(0);
	start(&w);
	pthread_kill(w.thread, SIGUSR1);
	is(finish(&w), B_INTERRUPTED);
	is(handled, 1);
	is(count_of(sem), 0);

	/* Restarted, with the deadline that it had */
	handle(SA_RESTART);
	w.flags = B_RELATIVE_TIMEOUT;
	w.timeout = 1000 * MS;
	start(&w);
	snooze(500 * MS);
	pthread_kill(w.thread, SIGUSR1);
	is(finish(&w), B_TIMED_OUT);
	is(handled, 1);
	has(w.took >= 1000 * MS && w.took < 1490 * MS);

	/* And with a unit that comes afterwards */
	handled = 0;
	w.flags = 0;
	start(&w);
	pthread_kill(w.thread, SIGUSR1);
	until(__atomic_load_n(&handled, __ATOMIC_SEQ_CST) == 1);
	is(release_sem(sem), B_OK);
	is(finish(&w), B_OK);
	is(count_of(sem), 0);
	delete_sem(sem);
	signal(SIGUSR1, SIG_DFL);
}

/* Line 30: resume alone does nothing, after suspend it breaks the wait. */
static status_t acquire_here(void *data)
{
	return acquire_sem(*(sem_id *)data);
}

static void test_suspend(void)
{
	sem_id sem = new_sem(0);
	thread_id thread = spawn_thread(acquire_here, "suspended", 10, &sem);
	status_t status = 1;
	thread_info info;

	is(resume_thread(thread), B_OK);
	until(count_of(sem) == -1);
	is(get_thread_info(thread, &info), B_OK);
	is(info.state, B_THREAD_WAITING);
	is(info.sem, sem);
	is(resume_thread(thread), B_OK);
	is(resume_thread(thread), B_OK);
	is(count_of(sem), -1);
	is(suspend_thread(thread), B_OK);
	is(suspend_thread(thread), B_OK);
	until(count_of(sem) == 0);
	is(get_thread_info(thread, &info), B_OK);
	is(info.state, B_THREAD_SUSPENDED);
	is(info.sem, -1);
	is(resume_thread(thread), B_OK);
	is(wait_for_thread(thread, &status), B_OK);
	is(status, B_INTERRUPTED);
	is(count_of(sem), 0);

	/* Back to back */
	thread = spawn_thread(acquire_here, "suspended", 10, &sem);
	resume_thread(thread);
	until(count_of(sem) == -1);
	is(suspend_thread(thread), B_OK);
	is(resume_thread(thread), B_OK);
	is(wait_for_thread(thread, &status), B_OK);
	is(status, B_INTERRUPTED);
	is(count_of(sem), 0);
	delete_sem(sem);
}

/* Line 21: by this team, by another, by the owner's end, by its exec */
static void test_gone_while_waiting(void)
{
	sem_id sem = new_sem(0);
	struct waiter w[3];
	pid_t child;
	int i;

	for (i = 0; i < 3; i++) {
		w[i] = (struct waiter){ .sem = sem, .count = i + 1 };
		start(&w[i]);
	}
	is(delete_sem(sem), B_OK);
	for (i = 0; i < 3; i++)
		is(finish(&w[i]), B_BAD_SEM_ID);

	sem = new_sem(0);
	for (i = 0; i < 3; i++) {
		w[i].sem = sem;
		start(&w[i]);
	}
	child = fork();
	if (child == 0)
		_exit(delete_sem(sem) != B_OK);
	for (i = 0; i < 3; i++)
		is(finish(&w[i]), B_BAD_SEM_ID);
	is(exit_status(child), 0);
	is(count_of(sem), B_BAD_SEM_ID);
}

static void test_owner(void)
{
	sem_id sem = new_sem(0), other;
	struct waiter w = { .sem = sem, .count = 1 };
	team_id dead = dead_team();
	sem_info info;
	pid_t child;
	int end;

	is(set_sem_owner(-1, dead), B_BAD_SEM_ID);
	is(set_sem_owner(-1, -1), B_BAD_SEM_ID);
	is(set_sem_owner(sem, dead), B_BAD_TEAM_ID);
	is(set_sem_owner(sem, -1), B_BAD_TEAM_ID);
	is(set_sem_owner(NO_SUCH_ID, dead), B_BAD_TEAM_ID);
	is(set_sem_owner(NO_SUCH_ID, 0), B_BAD_SEM_ID);
	is(set_sem_owner(sem, 0), B_OK);
	is(set_sem_owner(sem, getpid()), B_OK);

	/* Given away, waiters and all, it dies with its new owner. */
	child = new_team(&end);
	start(&w);
	is(set_sem_owner(sem, child), B_OK);
	is(get_sem_info(sem, &info), B_OK);
	is(info.team, child);
	is(info.count, -1);
	is(release_sem(sem), B_OK);
	is(finish(&w), B_OK);
	start(&w);
	close(end);
	is(exit_status(child), 0);
	is(finish(&w), B_BAD_SEM_ID);
	is(count_of(sem), B_BAD_SEM_ID);

	/* A forked child owns nothing of it, and may use it. */
	other = new_sem(1);
	child = fork();
	if (child == 0)
		_exit(acquire_sem(other) != B_OK);
	is(exit_status(child), 0);
	is(count_of(other), 0);
	is(get_sem_info(other, &info), B_OK);
	is(info.team, getpid());
	delete_sem(other);
}

static void test_exec(void)
{
	struct waiter w = { .count = 1 };
	int to[2], from[2];
	sem_id theirs = -1;
	char byte = 0;
	pid_t child;

	if (pipe(to) || pipe(from))
		give_up("pipe");
	child = fork();
	if (child == 0) {
		theirs = new_sem(0);
		dup2(to[0], 0);
		dup2(from[1], 1);
		if (write(1, &theirs, sizeof(theirs)) != sizeof(theirs) ||
		    read(0, &byte, 1) != 1)
			_exit(1);
		execl("/proc/self/exe", "sem_life_be_test", "after-exec",
		      (char *)NULL);
		_exit(1);
	}
	is(read(from[0], &theirs, sizeof(theirs)), sizeof(theirs));
	is(count_of(theirs), 0);
	w.sem = theirs;
	start(&w);
	is(write(to[1], &byte, 1), 1);
	is(finish(&w), B_BAD_SEM_ID);
	is(read(from[0], &byte, 1), 1);
	is(count_of(theirs), B_BAD_SEM_ID);
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
	int32 cookie = 0;
	sem_info info;
	char byte = 0;

	if (get_next_sem_info(0, &cookie, &info) != B_BAD_VALUE ||
	    write(1, &byte, 1) != 1 || read(0, &byte, 1) != 1)
		return 1;
	return 0;
}

static void test_switch(void)
{
	sem_id a = new_sem(0), b = new_sem(1), gone = new_sem(0);
	struct waiter w = { .sem = b, .count = 1, .release = a };

	delete_sem(gone);
	/* At once: what is to be released is released all the same. */
	is(switch_sem(a, b), B_OK);
	is(count_of(a), 1);
	is(count_of(b), 0);
	is(switch_sem_etc(a, b, 1, B_RELATIVE_TIMEOUT, 0), B_WOULD_BLOCK);
	is(switch_sem_etc(a, b, 1, B_ABSOLUTE_TIMEOUT, 0), B_TIMED_OUT);
	is(count_of(a), 3);
	is(count_of(b), 0);

	/* Before it waits */
	start(&w);
	until(count_of(a) == 4);
	is(count_of(b), -1);
	is(release_sem(b), B_OK);
	is(finish(&w), B_OK);

	/* With nothing, or nothing right, to release */
	release_sem_etc(b, 3, 0);
	is(switch_sem(-1, b), B_OK);
	is(switch_sem(gone, b), B_OK);
	is(switch_sem(NO_SUCH_ID, b), B_OK);
	is(count_of(b), 0);

	/* Wrong arguments release nothing. */
	is(switch_sem(a, -1), B_BAD_SEM_ID);
	is(switch_sem(a, gone), B_BAD_SEM_ID);
	is(switch_sem_etc(a, b, 0, 0, 0), B_BAD_VALUE);
	is(switch_sem_etc(a, -1, 0, 0, 0), B_BAD_SEM_ID);
	is(switch_sem_etc(a, b, 1, BOTH, 0), B_BAD_VALUE);
	is(count_of(a), 4);

	/* Not restarted, for it would release again */
	handle(SA_RESTART);
	start(&w);
	until(count_of(a) == 5);
	pthread_kill(w.thread, SIGUSR1);
	is(finish(&w), B_INTERRUPTED);
	is(count_of(a), 5);
	is(count_of(b), 0);

	/* A status from a releaser, and the end of what it waits for */
	start(&w);
	is(release_sem_etc(b, B_CANCELED, B_RELEASE_ALL), B_OK);
	is(finish(&w), B_CANCELED);
	start(&w);
	is(delete_sem(b), B_OK);
	is(finish(&w), B_BAD_SEM_ID);
	delete_sem(a);
	signal(SIGUSR1, SIG_DFL);
}

int main(int argc, char **argv)
{
	sem_id spare;

	if (argc == 2 && strcmp(argv[1], "after-exec") == 0)
		return after_exec();

	if (!can_run())
		return 4;
	spare = new_sem(0);
	test_timeouts(0);
	test_timeouts(spare);
	test_wait_for_ever(0);
	test_wait_for_ever(spare);
	test_head_leaves();
	test_signals();
	test_suspend();
	test_gone_while_waiting();
	test_owner();
	test_exec();
	test_switch();
	delete_sem(spare);
	return end_of_tests();
}

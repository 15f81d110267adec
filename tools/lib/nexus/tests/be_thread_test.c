// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Do threads and teams keep the BeOS contract?  How they begin and end, and
 * what can be asked about them.  be_thread_wait_test.c has waiting for them,
 * suspension and messages.
 */
#include "be_thread_test.h"

static status_t set_flag(void *data)
{
	__atomic_store_n((int *)data, 1, __ATOMIC_SEQ_CST);
	return 42;
}

/* Line 28 */
static void test_spawn(void)
{
	thread_info info;
	thread_id thread;
	int flag = 0, i;

	thread = spawn_thread(set_flag, "be test spawn", 12, &flag);
	has(thread > 0);
	has(thread != find_thread(NULL));
	is(get_thread_info(thread, &info), B_OK);
	is(info.thread, thread);
	is(info.team, getpid());
	is(info.state, B_THREAD_SUSPENDED);
	is(info.priority, 12);
	is(info.sem, -1);
	has(strcmp(info.name, "be test spawn") == 0);
	is(find_thread("be test spawn"), thread);
	for (i = 0; i < 20; i++)
		snooze(1 * MS);
	is(read_counter(&flag), 0);
	is(state_of(thread), B_THREAD_SUSPENDED);
	is(status_of(thread), 42);
	is(read_counter(&flag), 1);
	is(find_thread("be test spawn"), B_NAME_NOT_FOUND);

	flag = 0;
	thread = new_thread(set_flag, &flag);
	is(resume_thread(thread), B_OK);
	is(status_of(thread), 42);
	is(read_counter(&flag), 1);
}

static void test_spawn_arguments(void)
{
	static const struct {
		int32 priority, becomes;
	} cases[] = {
		{ -1, 10 }, { 0, 1 }, { -2, 1 }, { 1, 1 }, { 5, 5 },
		{ 99, 99 }, { 100, 100 }, { 120, 120 }, { 121, 120 },
		{ 500, 120 }, { INT32_MAX, 120 }, { INT32_MIN, 1 },
	};
	char longest[41] = "0123456789012345678901234567890123456789";
	thread_info info;
	thread_id thread;
	size_t i;

	is(spawn_thread(give_back, bad_page(), 10, NULL), B_BAD_ADDRESS);
	thread = spawn_thread(give_back, NULL, 10, NULL);
	is(get_thread_info(thread, &info), B_OK);
	has(strcmp(info.name, "user thread") == 0);
	is(status_of(thread), 0);
	thread = spawn_thread(give_back, longest, 10, NULL);
	is(get_thread_info(thread, &info), B_OK);
	has(strlen(info.name) == 31);
	is(find_thread(longest), thread);
	is(status_of(thread), 0);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		thread = spawn_thread(give_back, "x", cases[i].priority, NULL);
		get_thread_info(thread, &info);
		ok(info.priority == cases[i].becomes,
		   "spawn with priority %d gives %d", cases[i].priority,
		   cases[i].becomes);
		is(status_of(thread), 0);
	}
}

/* The mask is the creator's; no handler runs before the thread does. */
static status_t mask_now(void *data)
{
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	(void)data;
	return sigismember(&mask, SIGUSR2) + 2 * sigismember(&mask, SIGUSR1) +
		4 * read_counter(&handled);
}

static void test_spawn_signals(void)
{
	sigset_t set, old, now;
	thread_id thread;
	int i;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	handle(0);
	thread = new_thread(mask_now, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &now);
	is(sigismember(&now, SIGUSR2), 1);
	is(sigismember(&now, SIGUSR1), 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	is(syscall(SYS_tgkill, getpid(), thread, SIGUSR1), 0);
	for (i = 0; i < 20; i++)
		snooze(1 * MS);
	is(handled, 0);
	/* Then it runs, and before anything of the program. */
	is(status_of(thread), 1 + 4);
	is(handled, 1);
	signal(SIGUSR1, SIG_DFL);
}

static int callbacks_run[4], callback_count;

static void callback(void *data)
{
	callbacks_run[callback_count++] = (int)(intptr_t)data;
}

static void callback_adds(void *data)
{
	callback(data);
	on_exit_thread(callback, (void *)9);
}

static status_t with_callbacks(void *data)
{
	on_exit_thread(callback, (void *)1);
	on_exit_thread(callback_adds, (void *)2);
	on_exit_thread(callback, (void *)3);
	if (data)
		exit_thread(5);
	return 6;
}

static status_t callbacks_then_wait(void *data)
{
	on_exit_thread(callback, (void *)1);
	set_flag(data);
	return sleep_long(NULL);
}

static void test_exit(void)
{
	thread_id thread;
	int flag = 0, round;

	for (round = 0; round < 2; round++) {
		callback_count = 0;
		thread = new_thread(with_callbacks, round ? &flag : NULL);
		is(status_of(thread), round ? 5 : 6);
		is(callback_count, 4);
		has(callbacks_run[0] == 3 && callbacks_run[1] == 2 &&
		    callbacks_run[2] == 9 && callbacks_run[3] == 1);
	}
	callback_count = 0;
	thread = run_thread(callbacks_then_wait, &flag);
	until(read_counter(&flag) == 1);
	is(kill_thread(thread), B_OK);
	is(status_of(thread), 0);
	is(callback_count, 0);
	is(status_of(new_thread(give_back, (void *)(intptr_t)INT32_MIN)),
	   INT32_MIN);
	is(status_of(new_thread(give_back, (void *)(intptr_t)-1)), -1);
}

static void test_kill(void)
{
	thread_id thread;
	int counter = 0;

	is(kill_thread(-1), B_BAD_VALUE);
	is(kill_thread(0), B_BAD_VALUE);
	is(kill_thread(NO_SUCH_ID), B_BAD_THREAD_ID);

	thread = run_thread(count_up, &counter);
	until(read_counter(&counter) > 0);
	is(kill_thread(thread), B_OK);
	is(status_of(thread), 0);
	is(kill_thread(thread), B_BAD_THREAD_ID);

	counter = 0;
	thread = new_thread(set_flag, &counter);
	is(kill_thread(thread), B_OK);
	until(has_ended(thread));
	is(status_of(thread), 0);
	is(read_counter(&counter), 0);

	thread = run_thread(sleep_long, NULL);
	until(state_of(thread) == B_THREAD_ASLEEP);
	is(kill_thread(thread), B_OK);
	is(status_of(thread), 0);

	thread = run_thread(count_up, &counter);
	until(read_counter(&counter) > 0);
	is(suspend_thread(thread), B_OK);
	until(state_of(thread) == B_THREAD_SUSPENDED);
	is(kill_thread(thread), B_OK);
	is(status_of(thread), 0);
}

/* Line 31 */
static void test_priority(void)
{
	thread_id thread = new_thread(give_back, NULL);
	thread_info info;

	is(set_thread_priority(thread, 15), 10);
	is(set_thread_priority(thread, 500), 15);
	is(set_thread_priority(thread, -7), 120);
	is(set_thread_priority(thread, 0), 1);
	is(set_thread_priority(thread, 20), 1);
	is(get_thread_info(thread, &info), B_OK);
	is(info.priority, 20);
	is(set_thread_priority(-1, 10), B_BAD_THREAD_ID);
	is(set_thread_priority(0, 10), B_BAD_THREAD_ID);
	is(set_thread_priority(NO_SUCH_ID, 10), B_BAD_THREAD_ID);
	is(status_of(thread), 0);
	is(set_thread_priority(thread, 10), B_BAD_THREAD_ID);
}

static void test_rename(void)
{
	char longest[41] = "0123456789012345678901234567890123456789";
	thread_id thread = new_thread(give_back, NULL);
	thread_info info;
	pid_t child;

	is(rename_thread(thread, "be test new name"), B_OK);
	is(find_thread("be test new name"), thread);
	is(rename_thread(thread, longest), B_OK);
	is(get_thread_info(thread, &info), B_OK);
	has(strlen(info.name) == 31);
	is(rename_thread(thread, NULL), B_BAD_ADDRESS);
	is(rename_thread(-1, NULL), B_BAD_ADDRESS);
	is(rename_thread(thread, bad_page()), B_BAD_ADDRESS);
	is(rename_thread(-1, bad_page()), B_BAD_ADDRESS);
	is(rename_thread(-1, "x"), B_BAD_THREAD_ID);
	is(rename_thread(0, "x"), B_BAD_THREAD_ID);
	is(rename_thread(NO_SUCH_ID, "x"), B_BAD_THREAD_ID);
	child = fork();
	if (child == 0)
		_exit(rename_thread(thread, "x") != B_NOT_ALLOWED);
	is(exit_status(child), 0);
	is(rename_thread(find_thread(NULL), "be test main"), B_OK);
	is(find_thread("be test main"), getpid());
	is(status_of(thread), 0);
}

static status_t who_am_i(void *data)
{
	(void)data;
	return find_thread(NULL);
}

static void test_find(void)
{
	thread_id thread = new_thread(who_am_i, NULL);
	pid_t child;

	is(find_thread(NULL), (thread_id)syscall(SYS_gettid));
	is(find_thread(NULL), getpid());
	is(find_thread("be test no such thread"), B_NAME_NOT_FOUND);
	is(find_thread(bad_page()), B_BAD_ADDRESS);
	is(status_of(thread), thread);
	child = fork();
	if (child == 0)
		_exit(find_thread(NULL) != getpid());
	is(exit_status(child), 0);
}

static void test_info_errors(void)
{
	thread_info info;

	is(get_thread_info(getpid(), (thread_info *)NULL), B_BAD_VALUE);
	is(get_thread_info(-1, &info), B_BAD_VALUE);
	is(_get_thread_info(getpid(), &info, sizeof(info) - 1), B_BAD_VALUE);
	is(get_thread_info(getpid(), (thread_info *)bad_page()),
	   B_BAD_ADDRESS);
	is(get_thread_info(0, &info), B_BAD_THREAD_ID);
	is(get_thread_info(NO_SUCH_ID, &info), B_BAD_THREAD_ID);
	is(get_thread_info(getpid(), &info), B_OK);
	is(info.state, B_THREAD_RUNNING);
	is(info.team, getpid());
	has((char *)&info >= (char *)info.stack_base &&
	    (char *)&info < (char *)info.stack_end);
	has(info.user_time >= 0 && info.kernel_time >= 0);
	has(info.user_time + info.kernel_time < 300000000);
}

static void test_next(void)
{
	thread_id threads[3], first = -1, last = 0;
	int seen = 0, others = 0, i;
	team_id dead = dead_team();
	int32 cookie = 0;
	thread_info info;
	status_t status;
	bool rising = true;

	for (i = 0; i < 3; i++)
		threads[i] = new_thread(give_back, NULL);
	while ((status = get_next_thread_info(0, &cookie, &info)) == B_OK) {
		if (first == -1) {
			first = info.thread;
			continue;
		}
		rising &= info.thread > last;
		last = info.thread;
		for (i = 0; i < 3; i++)
			if (info.thread == threads[i])
				break;
		if (i < 3)
			seen++;
		else
			others++;
	}
	is(status, B_BAD_VALUE);
	is(first, getpid());
	has(seen == 3 && others == 0 && rising);
	cookie = 0;
	is(get_next_thread_info(-1, &cookie, &info), B_BAD_VALUE);
	is(get_next_thread_info(dead, &cookie, &info), B_BAD_VALUE);
	is(get_next_thread_info(0, (int32 *)NULL, &info), B_BAD_VALUE);
	is(get_next_thread_info(0, &cookie, (thread_info *)NULL),
	   B_BAD_VALUE);
	is(_get_next_thread_info(0, &cookie, &info, 1), B_BAD_VALUE);
	is(get_next_thread_info(0, &cookie, (thread_info *)bad_page()),
	   B_BAD_ADDRESS);
	is(cookie, 0);
	is(get_next_thread_info(getppid(), &cookie, &info), B_OK);
	is(info.thread, getppid());
	for (i = 0; i < 3; i++)
		is(status_of(threads[i]), 0);
}

static void write_byte(void *data)
{
	char byte = 'c';

	if (write(*(int *)data, &byte, 1) != 1)
		_exit(99);
}

/* Line 33: how a team ends with its main thread */
static void test_main_thread(void)
{
	int counter = 0, fds[2], round;
	status_t status = 0;
	char byte = 0;
	pid_t child;

	if (pipe(fds))
		give_up("pipe");
	for (round = 0; round < 2; round++) {
		child = fork();
		if (child == 0) {
			run_thread(count_up, &counter);
			on_exit_thread(write_byte, &fds[1]);
			if (round == 0)
				exit_thread(7);
			exit(7);
		}
		is(exit_status(child), 7);
		is(read(fds[0], &byte, 1), 1);
	}

	/* The status is all there until the parent has taken the child. */
	child = fork();
	if (child == 0)
		exit_thread(-123456);
	is(wait_for_thread(child, &status), B_OK);
	is(status, -123456);
	is(exit_status(child), -123456 & 0xff);
	is(wait_for_thread(child, &status), B_BAD_THREAD_ID);

	/* Killed it takes everybody along. */
	child = fork();
	if (child == 0) {
		run_thread(count_up, &counter);
		kill_thread(getpid());
		pause();
	}
	is(waitpid(child, &round, 0), child);
	has(WIFSIGNALED(round) && WTERMSIG(round) == SIGKILL);

	close(fds[0]);
	close(fds[1]);
}

static status_t fork_here(void *data)
{
	pid_t child = fork();

	(void)data;
	if (child == 0)
		return find_thread(NULL) == getpid() ? 11 : 12;
	return exit_status(child);
}

static void test_fork(void)
{
	thread_id thread = new_thread(give_back, NULL);
	thread_info info;
	int32 cookie = 0;
	pid_t child;
	int ends;

	is(status_of(new_thread(fork_here, NULL)), 11);
	is(send_data(getpid(), 1, "x", 1), B_OK);
	child = fork();
	if (child == 0) {
		ends = get_next_thread_info(0, &cookie, &info) != B_OK;
		ends |= info.thread != getpid();
		ends |= get_next_thread_info(0, &cookie, &info) !=
			B_BAD_VALUE;
		ends |= has_data(getpid());
		ends |= status_of(new_thread(give_back, (void *)3)) != 3;
		_exit(ends);
	}
	is(exit_status(child), 0);
	is(receive_data(NULL, NULL, 0), 1);
	is(status_of(thread), 0);
}

static void *foreign(void *data)
{
	on_exit_thread(callback, data);
	return NULL;
}

/* A thread that was not spawned here */
static void test_foreign(void)
{
	pthread_t thread;

	callback_count = 0;
	if (pthread_create(&thread, NULL, foreign, (void *)8))
		give_up("pthread_create");
	pthread_join(thread, NULL);
	is(callback_count, 1);
	is(callbacks_run[0], 8);
}

static int32 mappings(void)
{
	team_info info;

	return get_team_info(0, &info) == B_OK ? info.area_count : -1;
}

/* Stacks are given back, however the thread ended. */
static void test_stacks(void)
{
	int32 before, after, i;

	for (i = 0; i < 100; i++)
		if (status_of(new_thread(give_back, NULL)) != 0)
			break;
	is(i, 100);
	before = mappings();
	for (i = 0; i < 300; i++) {
		thread_id thread = new_thread(give_back, NULL);

		if (i % 3 == 0) {
			kill_thread(thread);
			until(has_ended(thread));
		}
		if (i % 3 != 2 && status_of(thread) != 0)
			break;
		/* Nobody ever waits for this third. */
		if (i % 3 == 2 && (resume_thread(thread) != B_OK))
			break;
	}
	is(i, 300);
	is(status_of(new_thread(give_back, NULL)), 0);
	after = mappings();
	has(before > 0 && after < before + 60);
	printf("# %d mappings, then %d\n", before, after);
}

/* Several threads that begin and end others at once */
static status_t spawn_many(void *data)
{
	intptr_t i;

	for (i = 0; i < 100; i++) {
		thread_id thread = spawn_thread(give_back, "x", 10, (void *)i);

		if (thread < 0)
			return thread;
		if (i % 4 == 0)
			kill_thread(thread);
		if (status_of(thread) != (i % 4 == 0 ? 0 : i))
			return B_ERROR;
	}
	(void)data;
	return B_OK;
}

static void test_parallel(void)
{
	thread_id threads[4];
	int i;

	for (i = 0; i < 4; i++)
		threads[i] = run_thread(spawn_many, NULL);
	for (i = 0; i < 4; i++)
		is(status_of(threads[i]), B_OK);
}

static void test_teams(void)
{
	team_id dead = dead_team();
	int32 cookie = 0;
	bool seen = false;
	team_info info;
	status_t status;
	pid_t child;
	int end, how;

	child = new_team(&end);
	is(get_team_info(child, &info), B_OK);
	is(info.team, child);
	is(info.thread_count, 1);
	is(info.uid, geteuid());
	is(info.gid, getegid());
	is(info.debugger_nub_thread, -1);
	is(info.debugger_nub_port, -1);
	has(info.argc > 0 && info.args[0] != '\0');
	is(get_team_info(0, &info), B_OK);
	is(info.team, getpid());
	is(get_team_info(dead, &info), B_BAD_TEAM_ID);
	is(get_team_info(-1, &info), B_BAD_TEAM_ID);
	is(get_team_info(0, (team_info *)NULL), B_BAD_VALUE);
	is(get_team_info(0, (team_info *)bad_page()), B_BAD_ADDRESS);
	is(_get_team_info(0, &info, sizeof(info) - 1), B_BAD_VALUE);
	while ((status = get_next_team_info(&cookie, &info)) == B_OK)
		seen |= info.team == child;
	is(status, B_BAD_TEAM_ID);
	has(seen);

	is(kill_team(dead), B_BAD_TEAM_ID);
	is(kill_team(-1), B_BAD_TEAM_ID);
	is(kill_team(B_SYSTEM_TEAM), B_NOT_ALLOWED);
	is(kill_team(child), B_OK);
	is(waitpid(child, &how, 0), child);
	has(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
	close(end);

	child = fork();
	if (child == 0) {
		kill_team(B_CURRENT_TEAM);
		pause();
	}
	is(waitpid(child, &how, 0), child);
	has(WIFSIGNALED(how));
}

int main(void)
{
	if (!can_run())
		return 4;
	test_spawn();
	test_spawn_arguments();
	test_spawn_signals();
	test_exit();
	test_kill();
	test_priority();
	test_rename();
	test_find();
	test_info_errors();
	test_next();
	test_main_thread();
	test_fork();
	test_foreign();
	test_stacks();
	test_parallel();
	test_teams();
	return end_of_tests();
}

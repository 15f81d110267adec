// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Do semaphores keep the BeOS contract?  Every call, what it refuses, and the
 * order in which units are handed out.  be_sem_life_test.c has timeouts,
 * signals, switch_sem() and how semaphores end.
 */
#include "be_sem_test.h"

static void test_create(void)
{
	char longest[41] = "0123456789012345678901234567890123456789";
	sem_info info;
	sem_id sem, other;

	is(create_sem(-1, "x"), B_BAD_VALUE);
	is(create_sem(INT32_MIN, "x"), B_BAD_VALUE);
	is(create_sem(1, bad_page()), B_BAD_ADDRESS);
	is(create_sem(-1, bad_page()), B_BAD_ADDRESS);

	sem = create_sem(0, NULL);
	has(sem >= 0);
	is(get_sem_info(sem, &info), B_OK);
	has(strcmp(info.name, "unnamed semaphore") == 0);
	is(info.sem, sem);
	is(info.team, getpid());
	is(info.count, 0);
	is(info.latest_holder, 0);
	is(delete_sem(sem), B_OK);

	other = create_sem(INT32_MAX, longest);
	has(other >= 0);
	has(other != sem);
	is(get_sem_info(other, &info), B_OK);
	is(info.count, INT32_MAX);
	has(strlen(info.name) == 31);
	has(strncmp(info.name, longest, 31) == 0);
	is(delete_sem(other), B_OK);

	sem = create_sem(1, "");
	has(sem >= 0);
	is(get_sem_info(sem, &info), B_OK);
	has(info.name[0] == '\0');
	delete_sem(sem);
}

static void test_holder(void)
{
	sem_id sem = new_sem(2);
	sem_info info;

	is(acquire_sem(sem), B_OK);
	get_sem_info(sem, &info);
	is(info.latest_holder, find_thread(NULL));
	is(info.count, 1);
	is(release_sem(sem), B_OK);
	get_sem_info(sem, &info);
	is(info.latest_holder, -find_thread(NULL));
	is(release_sem(sem), B_OK);
	get_sem_info(sem, &info);
	is(info.latest_holder, -find_thread(NULL));
	is(info.count, 3);
	is(acquire_sem_etc(sem, 3, 0, 0), B_OK);
	get_sem_info(sem, &info);
	is(info.latest_holder, find_thread(NULL));
	is(info.count, 0);
	delete_sem(sem);
}

static void test_acquire_errors(void)
{
	sem_id sem = new_sem(5), gone = new_sem(1);

	delete_sem(gone);
	is(acquire_sem(-1), B_BAD_SEM_ID);
	is(acquire_sem(NO_SUCH_ID), B_BAD_SEM_ID);
	is(acquire_sem(gone), B_BAD_SEM_ID);
	is(acquire_sem_etc(gone, 1, B_RELATIVE_TIMEOUT, 0), B_BAD_SEM_ID);
	is(acquire_sem_etc(sem, 0, 0, 0), B_BAD_VALUE);
	is(acquire_sem_etc(sem, -1, 0, 0), B_BAD_VALUE);
	is(acquire_sem_etc(sem, 0, B_RELATIVE_TIMEOUT, 0), B_BAD_VALUE);

	/* Which of two errors */
	is(acquire_sem_etc(-1, 0, 0, 0), B_BAD_SEM_ID);
	is(acquire_sem_etc(-1, 1, BOTH, 0), B_BAD_SEM_ID);
	is(acquire_sem_etc(NO_SUCH_ID, 0, 0, 0), B_BAD_VALUE);
	is(acquire_sem_etc(NO_SUCH_ID, 1, BOTH, 0), B_BAD_VALUE);
	is(acquire_sem_etc(sem, 1, BOTH, 0), B_BAD_VALUE);
	is(acquire_sem_etc(sem, 1, BOTH, B_INFINITE_TIMEOUT), B_BAD_VALUE);
	is(count_of(sem), 5);
	is(acquire_sem_etc(sem, 5, 0xffffff87u, -1), B_OK);
	is(count_of(sem), 0);
	delete_sem(sem);
}

static void test_release_errors(void)
{
	sem_id sem = new_sem(0), gone = new_sem(1);

	delete_sem(gone);
	is(release_sem(-1), B_BAD_SEM_ID);
	is(release_sem(NO_SUCH_ID), B_BAD_SEM_ID);
	is(release_sem(gone), B_BAD_SEM_ID);
	is(release_sem_etc(sem, 0, 0), B_BAD_VALUE);
	is(release_sem_etc(sem, -1, 0), B_BAD_VALUE);
	is(release_sem_etc(sem, -1, B_RELEASE_IF_WAITING_ONLY), B_BAD_VALUE);
	is(release_sem_etc(sem, 0, B_DO_NOT_RESCHEDULE), B_BAD_VALUE);
	is(release_sem_etc(-1, 0, 0), B_BAD_SEM_ID);
	is(release_sem_etc(NO_SUCH_ID, 0, 0), B_BAD_VALUE);
	is(release_sem_etc(NO_SUCH_ID, 0, B_RELEASE_ALL), B_BAD_SEM_ID);
	is(count_of(sem), 0);

	/* Legal with B_RELEASE_ALL, whatever the count, and without effect */
	is(release_sem_etc(sem, 0, B_RELEASE_ALL), B_OK);
	is(release_sem_etc(sem, 7, B_RELEASE_ALL), B_OK);
	is(release_sem_etc(sem, -7, B_RELEASE_ALL), B_OK);
	is(release_sem_etc(sem, 7, B_RELEASE_ALL | B_RELEASE_IF_WAITING_ONLY),
	   B_OK);
	is(count_of(sem), 0);
	is(release_sem_etc(sem, 2, B_DO_NOT_RESCHEDULE), B_OK);
	is(release_sem_etc(sem, 2, 0xffffffe5u), B_OK);
	is(count_of(sem), 4);
	delete_sem(sem);
}

static void test_info_errors(void)
{
	sem_id sem = new_sem(3);
	sem_info info;
	int32 count = 77;

	is(get_sem_count(sem, &count), B_OK);
	is(count, 3);
	is(get_sem_count(sem, NULL), B_BAD_ADDRESS);
	is(get_sem_count(-1, NULL), B_BAD_ADDRESS);
	is(get_sem_count(sem, bad_page()), B_BAD_ADDRESS);
	is(get_sem_count(-1, &count), B_BAD_SEM_ID);
	is(get_sem_count(NO_SUCH_ID, &count), B_BAD_SEM_ID);
	is(count, 3);

	is(get_sem_info(sem, (sem_info *)NULL), B_BAD_ADDRESS);
	is(get_sem_info(-1, (sem_info *)NULL), B_BAD_ADDRESS);
	is(get_sem_info(sem, (sem_info *)bad_page()), B_BAD_ADDRESS);
	is(get_sem_info(-1, &info), B_BAD_SEM_ID);
	is(_get_sem_info(-1, &info, sizeof(info) - 1), B_BAD_SEM_ID);
	is(_get_sem_info(sem, &info, sizeof(info) - 1), B_BAD_VALUE);
	is(_get_sem_info(NO_SUCH_ID, &info, sizeof(info) + 1), B_BAD_VALUE);
	is(get_sem_info(NO_SUCH_ID, &info), B_BAD_SEM_ID);
	is(delete_sem(-1), B_BAD_SEM_ID);
	is(delete_sem(NO_SUCH_ID), B_BAD_SEM_ID);
	is(delete_sem(sem), B_OK);
	is(delete_sem(sem), B_BAD_SEM_ID);
	is(get_sem_count(sem, &count), B_BAD_SEM_ID);
	is(get_sem_info(sem, &info), B_BAD_SEM_ID);
	is(set_sem_owner(sem, 0), B_BAD_SEM_ID);
}

static void test_next(void)
{
	team_id dead = dead_team();
	sem_id sems[3];
	int seen[3] = { 0, 0, 0 }, others = 0, i;
	int32 cookie = 0;
	sem_info info;
	status_t status;
	pid_t child;

	for (i = 0; i < 3; i++)
		sems[i] = new_sem(i);
	while ((status = get_next_sem_info(0, &cookie, &info)) == B_OK) {
		for (i = 0; i < 3; i++)
			if (info.sem == sems[i])
				break;
		if (i < 3)
			seen[i]++;
		else
			others++;
	}
	is(status, B_BAD_VALUE);
	has(seen[0] == 1 && seen[1] == 1 && seen[2] == 1 && others == 0);
	is(get_next_sem_info(0, &cookie, &info), B_BAD_VALUE);

	cookie = 0;
	is(get_next_sem_info(getpid(), &cookie, &info), B_OK);
	is(info.team, getpid());
	cookie = 0;
	is(get_next_sem_info(-1, &cookie, &info), B_BAD_TEAM_ID);
	is(get_next_sem_info(dead, &cookie, &info), B_BAD_TEAM_ID);
	is(get_next_sem_info(0, (int32 *)NULL, &info), B_BAD_ADDRESS);
	is(get_next_sem_info(0, &cookie, (sem_info *)NULL), B_BAD_ADDRESS);
	is(get_next_sem_info(0, &cookie, (sem_info *)bad_page()),
	   B_BAD_ADDRESS);
	is(_get_next_sem_info(-1, &cookie, &info, sizeof(info) + 1),
	   B_BAD_VALUE);
	is(cookie, 0);

	/* Another team owns none of them, and can ask about this one. */
	child = fork();
	if (child == 0) {
		if (get_next_sem_info(0, &cookie, &info) != B_BAD_VALUE)
			_exit(1);
		_exit(get_next_sem_info(getppid(), &cookie, &info) != B_OK);
	}
	is(exit_status(child), 0);
	for (i = 0; i < 3; i++)
		delete_sem(sems[i]);
}

/* Line 14: the worked example of the contract */
static status_t acquire_two(void *data)
{
	return acquire_sem_etc(*(sem_id *)data, 2, 0, 0);
}

static void test_example(void)
{
	sem_id sem = new_sem(1);
	struct waiter t2 = { .sem = sem, .count = 1 };
	struct waiter t3 = { .sem = sem, .count = 2 };
	thread_id t1 = spawn_thread(acquire_two, "T1", 10, &sem);
	status_t status = -1;

	is(resume_thread(t1), B_OK);
	until(count_of(sem) == -1);
	is(count_of(sem), -1);
	start(&t2);
	is(count_of(sem), -2);
	start(&t3);
	is(count_of(sem), -4);
	is(kill_thread(t1), B_OK);
	is(wait_for_thread(t1, &status), B_OK);
	is(status, 0);
	is(finish(&t2), B_OK);
	is(count_of(sem), -2);
	is(release_sem(sem), B_OK);
	is(count_of(sem), -1);
	has(waits(&t3));
	is(release_sem(sem), B_OK);
	is(finish(&t3), B_OK);
	is(count_of(sem), 0);
	delete_sem(sem);
}

/* Strictly first come, first served; nobody overtakes. */
static void test_order(void)
{
	sem_id sem = new_sem(0);
	struct waiter w[5];
	int i;

	order = 0;
	for (i = 0; i < 5; i++) {
		w[i] = (struct waiter){ .sem = sem, .count = 1 };
		start(&w[i]);
	}
	is(count_of(sem), -5);
	for (i = 0; i < 5; i++) {
		is(release_sem(sem), B_OK);
		is(finish(&w[i]), B_OK);
		is(w[i].place, i + 1);
	}

	/* A large request at the head holds up small ones behind it. */
	order = 0;
	for (i = 0; i < 3; i++) {
		w[i] = (struct waiter){ .sem = sem, .count = i ? 1 : 5 };
		start(&w[i]);
	}
	is(release_sem_etc(sem, 4, 0), B_OK);
	is(count_of(sem), -3);
	has(waits(&w[0]) && waits(&w[1]) && waits(&w[2]));
	is(acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT, 0), B_WOULD_BLOCK);
	is(count_of(sem), -3);
	is(release_sem(sem), B_OK);
	is(finish(&w[0]), B_OK);
	is(count_of(sem), -2);
	/* One release for as many as it is enough for */
	is(release_sem_etc(sem, 3, 0), B_OK);
	is(finish(&w[1]), B_OK);
	is(finish(&w[2]), B_OK);
	is(count_of(sem), 1);
	delete_sem(sem);
}

/* what was saved for the head serves those behind it too. */
static void test_saved_units(void)
{
	sem_id sem = new_sem(0);
	struct waiter big = { .sem = sem, .count = 3 };
	struct waiter small = { .sem = sem, .count = 1 };

	start(&big);
	start(&small);
	is(release_sem_etc(sem, 2, 0), B_OK);
	is(count_of(sem), -2);
	is(release_sem_etc(sem, 2, 0), B_OK);
	is(finish(&big), B_OK);
	is(finish(&small), B_OK);
	is(count_of(sem), 0);
	delete_sem(sem);
}

/* A woken thread has its unit already: nobody who comes later takes it. */
static void test_hand_over(void)
{
	sem_id sem = new_sem(0);
	struct waiter w = { .sem = sem, .count = 1 };
	int i;

	for (i = 0; i < 100; i++) {
		start(&w);
		if (release_sem(sem) != B_OK ||
		    acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT, 0) !=
		    B_WOULD_BLOCK || finish(&w) != B_OK)
			break;
	}
	is(i, 100);
	is(count_of(sem), 0);
	delete_sem(sem);
}

static void test_if_waiting(void)
{
	sem_id sem = new_sem(0);
	struct waiter one = { .sem = sem, .count = 1 };
	struct waiter three = { .sem = sem, .count = 3 };

	/* Line 17 */
	is(release_sem_etc(sem, 5, B_RELEASE_IF_WAITING_ONLY), B_OK);
	is(count_of(sem), 0);
	start(&one);
	is(release_sem_etc(sem, 5, B_RELEASE_IF_WAITING_ONLY), B_OK);
	is(finish(&one), B_OK);
	is(count_of(sem), 0);

	/* Line 18 */
	start(&three);
	is(count_of(sem), -3);
	is(release_sem_etc(sem, 1, B_RELEASE_IF_WAITING_ONLY), B_OK);
	is(count_of(sem), -2);
	is(release_sem_etc(sem, 2, B_RELEASE_IF_WAITING_ONLY), B_OK);
	is(finish(&three), B_OK);
	is(count_of(sem), 0);
	delete_sem(sem);
}

static void test_release_all(void)
{
	sem_id sem = new_sem(0);
	struct waiter w[3];
	status_t statuses[] = { B_CANCELED, -1, INT32_MIN, B_TIMED_OUT };
	size_t k;
	int i;

	for (i = 0; i < 3; i++) {
		w[i] = (struct waiter){ .sem = sem, .count = i + 1 };
		start(&w[i]);
	}
	is(count_of(sem), -6);
	is(release_sem_etc(sem, 0, B_RELEASE_ALL), B_OK);
	for (i = 0; i < 3; i++)
		is(finish(&w[i]), B_OK);
	is(count_of(sem), 0);

	/* Line 19: a status for all of them */
	for (k = 0; k < sizeof(statuses) / sizeof(*statuses); k++) {
		for (i = 0; i < 3; i++)
			start(&w[i]);
		is(release_sem_etc(sem, statuses[k], B_RELEASE_ALL), B_OK);
		for (i = 0; i < 3; i++)
			is(finish(&w[i]), statuses[k]);
		is(count_of(sem), 0);
	}

	/* D-1: what was saved for the head is there afterwards. */
	start(&w[2]);
	is(release_sem(sem), B_OK);
	is(count_of(sem), -2);
	is(release_sem_etc(sem, 99, B_RELEASE_ALL), B_OK);
	is(finish(&w[2]), B_OK);
	is(count_of(sem), 1);

	/* It wins over the other flag. */
	start(&w[1]);
	is(release_sem_etc(sem, B_CANCELED, B_RELEASE_ALL |
			   B_RELEASE_IF_WAITING_ONLY), B_OK);
	is(finish(&w[1]), B_CANCELED);
	is(count_of(sem), 1);
	delete_sem(sem);
}

/* Who acquired is nobody's owner: a thread's end gives nothing back. */
static status_t acquire_and_end(void *data)
{
	return acquire_sem(*(sem_id *)data);
}

static void test_thread_end(void)
{
	sem_id sem = new_sem(1);
	thread_id thread = spawn_thread(acquire_and_end, "holder", 10, &sem);
	status_t status = -1;

	is(wait_for_thread(thread, &status), B_OK);
	is(status, B_OK);
	is(count_of(sem), 0);
	is(acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT, 0), B_WOULD_BLOCK);
	is(release_sem(sem), B_OK);
	is(count_of(sem), 1);
	delete_sem(sem);
}

int main(void)
{
	if (!can_run())
		return 4;
	test_create();
	test_holder();
	test_acquire_errors();
	test_release_errors();
	test_info_errors();
	test_next();
	test_example();
	test_order();
	test_saved_units();
	test_hand_over();
	test_if_waiting();
	test_release_all();
	test_thread_end();
	return end_of_tests();
}

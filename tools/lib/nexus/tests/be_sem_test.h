/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* What the tests of semaphores share */
#ifndef BE_SEM_TEST_H
#define BE_SEM_TEST_H

#include "be_test.h"

#define BOTH	(B_RELATIVE_TIMEOUT | B_ABSOLUTE_TIMEOUT)

static MAYBE sem_id new_sem(int32 count)
{
	sem_id sem = create_sem(count, "be test");

	if (sem < 0)
		give_up("create_sem");
	return sem;
}

static MAYBE int32 count_of(sem_id sem)
{
	int32 count = 4711;
	status_t status = get_sem_count(sem, &count);

	return status == B_OK ? count : status;
}

struct waiter {
	sem_id sem;
	int32 count;
	uint32 flags;
	bigtime_t timeout;
	/* With switch_sem_etc(), if it is not 0 */
	sem_id release;

	status_t result;
	int place;
	bool done;
	bigtime_t took;
	pthread_t thread;
	pid_t tid;
};

/* Counts those that came back. */
static MAYBE int order;

static MAYBE void *wait_in_thread(void *data)
{
	struct waiter *w = data;
	bigtime_t began = system_time();

	__atomic_store_n(&w->tid, (pid_t)syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	if (w->release)
		w->result = switch_sem_etc(w->release, w->sem, w->count,
					   w->flags, w->timeout);
	else
		w->result = acquire_sem_etc(w->sem, w->count, w->flags,
					    w->timeout);
	w->place = __atomic_add_fetch(&order, 1, __ATOMIC_SEQ_CST);
	w->took = system_time() - began;
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Returns when it waits. */
static MAYBE void start(struct waiter *w)
{
	pid_t tid;

	w->tid = 0;
	w->done = false;
	w->result = 12345;
	if (pthread_create(&w->thread, NULL, wait_in_thread, w))
		give_up("pthread_create");
	while (!(tid = __atomic_load_n(&w->tid, __ATOMIC_ACQUIRE)))
		snooze(1 * MS);
	until_it_waits(getpid(), tid);
}

static MAYBE status_t finish(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->result;
}

static MAYBE bool waits(struct waiter *w)
{
	return !__atomic_load_n(&w->done, __ATOMIC_ACQUIRE);
}

#endif /* BE_SEM_TEST_H */

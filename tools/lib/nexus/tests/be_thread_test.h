/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* What the tests of threads share */
#ifndef BE_THREAD_TEST_H
#define BE_THREAD_TEST_H

#include "be_test.h"

static MAYBE thread_id new_thread(thread_func function, void *data)
{
	thread_id thread = spawn_thread(function, "be test", B_NORMAL_PRIORITY,
					data);

	if (thread < 0)
		give_up("spawn_thread");
	return thread;
}

static MAYBE thread_id run_thread(thread_func function, void *data)
{
	thread_id thread = new_thread(function, data);

	if (resume_thread(thread) != B_OK)
		give_up("resume_thread");
	return thread;
}

/* The status of a thread; not one that any thread here has if it fails */
static MAYBE int64 status_of(thread_id thread)
{
	status_t status = 4711;
	status_t ret = wait_for_thread(thread, &status);

	return ret == B_OK ? status : (int64)ret * 10;
}

static MAYBE int state_of(thread_id thread)
{
	thread_info info;
	status_t ret = get_thread_info(thread, &info);

	return ret == B_OK ? (int)info.state : ret;
}

/*
 * Has it ended, as far as those who wait are concerned?  It cannot be asked
 * about any more a little earlier.
 */
static MAYBE bool has_ended(thread_id thread)
{
	object_wait_info info = { thread, B_OBJECT_TYPE_THREAD, 0 };

	return wait_for_objects_etc(&info, 1, B_RELATIVE_TIMEOUT, 0) == 1;
}

/* Functions for threads */

static MAYBE status_t give_back(void *data)
{
	return (status_t)(intptr_t)data;
}

static MAYBE status_t count_up(void *data)
{
	int *counter = data;

	for (;;)
		__atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static MAYBE int read_counter(int *counter)
{
	return __atomic_load_n(counter, __ATOMIC_SEQ_CST);
}

static MAYBE status_t sleep_long(void *data)
{
	(void)data;
	return snooze(60000000);
}

#endif /* BE_THREAD_TEST_H */

// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Do threads keep the BeOS contract?  Waiting for their end, suspending and
 * resuming them, their messages, and sleeping.
 */
#include "be_thread_test.h"

#define SLOT_MAX	65536
#define BOTH		(B_RELATIVE_TIMEOUT | B_ABSOLUTE_TIMEOUT)

/* Line 29 */
static void test_wait(void)
{
	thread_id thread = new_thread(give_back, (void *)21);
	status_t status = 1;
	pid_t child;

	is(wait_for_thread(thread, NULL), B_OK);
	is(wait_for_thread(thread, &status), B_BAD_THREAD_ID);
	is(status, 1);
	is(wait_for_thread(find_thread(NULL), &status), B_POSIX_EDEADLK);
	is(wait_for_thread_etc(find_thread(NULL), B_RELATIVE_TIMEOUT, 0,
			       &status), B_POSIX_EDEADLK);
	is(wait_for_thread(-1, &status), B_BAD_THREAD_ID);
	is(wait_for_thread(0, &status), B_BAD_THREAD_ID);
	is(wait_for_thread(NO_SUCH_ID, &status), B_BAD_THREAD_ID);
#if defined(__x86_64__)
	is(wait_for_thread(-1, KERNEL_ADDRESS), B_BAD_ADDRESS);
#endif

	/* A record is there for the first of the team, and for no other. */
	thread = run_thread(give_back, (void *)22);
	until(has_ended(thread));
	child = fork();
	if (child == 0)
		_exit(wait_for_thread(thread, &status) != B_BAD_THREAD_ID);
	is(exit_status(child), 0);
	is(status_of(thread), 22);
	is(wait_for_thread(thread, &status), B_BAD_THREAD_ID);

	/* It is read even where it cannot be stored. */
	thread = run_thread(give_back, (void *)23);
	until(has_ended(thread));
	is(wait_for_thread(thread, bad_page()), B_BAD_ADDRESS);
	is(wait_for_thread(thread, &status), B_BAD_THREAD_ID);
}

struct waiter {
	thread_id target;
	status_t result, status;
	pthread_t thread;
	pid_t tid;
};

static void *wait_in_thread(void *data)
{
	struct waiter *w = data;

	__atomic_store_n(&w->tid, (pid_t)syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	w->result = wait_for_thread(w->target, &w->status);
	return NULL;
}

static void start(struct waiter *w, thread_id target)
{
	pid_t tid;

	w->target = target;
	w->tid = 0;
	w->status = 12345;
	w->result = 12345;
	if (pthread_create(&w->thread, NULL, wait_in_thread, w))
		give_up("pthread_create");
	while (!(tid = __atomic_load_n(&w->tid, __ATOMIC_ACQUIRE)))
		snooze(1 * MS);
	until_it_waits(getpid(), tid);
}

static status_t finish(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->result;
}

static status_t acquire_it(void *data)
{
	acquire_sem(*(sem_id *)data);
	return 31;
}

static void test_many_waiters(void)
{
	sem_id sem = create_sem(0, "be test");
	struct waiter w[3];
	thread_id thread = new_thread(acquire_it, &sem);
	status_t status = 1;
	pid_t child;
	int i, fds[2];
	char byte = 0;

	/* They start it too; other teams may wait as well. */
	for (i = 0; i < 3; i++)
		start(&w[i], thread);
	if (pipe(fds))
		give_up("pipe");
	child = fork();
	if (child == 0) {
		if (write(fds[1], &byte, 1) != 1)
			_exit(1);
		_exit(wait_for_thread(thread, &status) != B_OK ||
		      status != 31);
	}
	is(read(fds[0], &byte, 1), 1);
	until_it_waits(child, child);
	is(release_sem(sem), B_OK);
	for (i = 0; i < 3; i++) {
		is(finish(&w[i]), B_OK);
		is(w[i].status, 31);
	}
	is(exit_status(child), 0);
	/* Nothing is remembered, because somebody waited. */
	is(wait_for_thread(thread, &status), B_BAD_THREAD_ID);
	delete_sem(sem);
	close(fds[0]);
	close(fds[1]);
}

static void test_wait_timeouts(void)
{
	sem_id sem = create_sem(0, "be test");
	thread_id thread = new_thread(acquire_it, &sem);
	status_t status = 1;
	bigtime_t before;
	int32 count;

	is(wait_for_thread_etc(thread, B_RELATIVE_TIMEOUT, 0, &status),
	   B_WOULD_BLOCK);
	/* It has been resumed all the same. */
	until(get_sem_count(sem, &count) == B_OK && count == -1);
	is(wait_for_thread_etc(thread, B_RELATIVE_TIMEOUT, -1, &status),
	   B_WOULD_BLOCK);
	before = system_time();
	is(wait_for_thread_etc(thread, B_RELATIVE_TIMEOUT, 20 * MS, &status),
	   B_TIMED_OUT);
	has(system_time() - before >= 20 * MS);
	is(wait_for_thread_etc(thread, B_ABSOLUTE_TIMEOUT, 0, &status),
	   B_TIMED_OUT);
	is(wait_for_thread_etc(thread, B_ABSOLUTE_TIMEOUT, -1, &status),
	   B_TIMED_OUT);
	before = real_time_clock_usecs();
	is(wait_for_thread_etc(thread, B_ABSOLUTE_REAL_TIME_TIMEOUT,
			       before + 20 * MS, &status), B_TIMED_OUT);
	has(real_time_clock_usecs() >= before + 20 * MS);
	is(wait_for_thread_etc(thread, BOTH, 0, &status), B_BAD_VALUE);
	is(wait_for_thread_etc(thread, BOTH, B_INFINITE_TIMEOUT, &status),
	   B_BAD_VALUE);
	is(status, 1);
	is(release_sem(sem), B_OK);
	is(wait_for_thread_etc(thread, B_RELATIVE_TIMEOUT, B_INFINITE_TIMEOUT,
			       &status), B_OK);
	is(status, 31);

	/* What has ended already succeeds, whatever the timeout. */
	thread = run_thread(give_back, (void *)32);
	until(has_ended(thread));
	is(wait_for_thread_etc(thread, B_ABSOLUTE_TIMEOUT, -1, &status),
	   B_OK);
	is(status, 32);
	delete_sem(sem);
}

static void test_wait_signals(void)
{
	thread_id thread = new_thread(sleep_long, NULL);
	struct waiter w;

	handle(0);
	start(&w, thread);
	pthread_kill(w.thread, SIGUSR1);
	is(finish(&w), B_INTERRUPTED);
	handle(SA_RESTART);
	start(&w, thread);
	pthread_kill(w.thread, SIGUSR1);
	until(read_counter(&handled) == 1);
	is(kill_thread(thread), B_OK);
	is(finish(&w), B_OK);
	is(w.status, 0);
	signal(SIGUSR1, SIG_DFL);
}

static void test_suspend(void)
{
	int counter = 0, then, i;
	thread_id thread = run_thread(count_up, &counter);

	is(suspend_thread(-1), B_BAD_VALUE);
	is(suspend_thread(0), B_BAD_VALUE);
	is(suspend_thread(NO_SUCH_ID), B_BAD_THREAD_ID);
	is(resume_thread(-1), B_BAD_VALUE);
	is(resume_thread(0), B_BAD_VALUE);
	is(resume_thread(NO_SUCH_ID), B_BAD_THREAD_ID);

	until(read_counter(&counter) > 0);
	is(resume_thread(thread), B_OK);
	is(suspend_thread(thread), B_OK);
	is(suspend_thread(thread), B_OK);
	until(state_of(thread) == B_THREAD_SUSPENDED);
	/* It may be on its way out of user mode for a moment. */
	do {
		then = read_counter(&counter);
		snooze(5 * MS);
	} while (read_counter(&counter) != then);
	for (i = 0; i < 20; i++)
		snooze(1 * MS);
	is(read_counter(&counter), then);
	is(resume_thread(thread), B_OK);
	until(read_counter(&counter) != then);
	is(kill_thread(thread), B_OK);
	is(status_of(thread), 0);
	is(suspend_thread(thread), B_BAD_THREAD_ID);
	is(resume_thread(thread), B_BAD_THREAD_ID);
}

/* Waits that suspending and resuming ends, whatever SA_RESTART says */
static status_t read_it(void *data)
{
	return (status_t)read_port(*(port_id *)data, NULL, NULL, 0);
}

static status_t write_it(void *data)
{
	return write_port(*(port_id *)data, 1, NULL, 0);
}

static status_t wait_for_it(void *data)
{
	return wait_for_thread(*(thread_id *)data, NULL);
}

static status_t poll_it(void *data)
{
	object_wait_info info = {
		*(port_id *)data, B_OBJECT_TYPE_PORT, B_EVENT_READ
	};

	return (status_t)wait_for_objects(&info, 1);
}

static void test_break_waits(void)
{
	port_id empty = create_port(1, "be test"), full;
	thread_id sleeper = new_thread(sleep_long, NULL);
	struct {
		const char *what;
		thread_func function;
		void *data;
	} waits[] = {
		{ "read_port", read_it, &empty },
		{ "write_port", write_it, &full },
		{ "wait_for_thread", wait_for_it, &sleeper },
		{ "snooze", sleep_long, NULL },
		{ "wait_for_objects", poll_it, &empty },
	};
	thread_id thread;
	size_t i;

	full = create_port(1, "be test");
	write_port(full, 1, NULL, 0);
	for (i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		int64 status;

		thread = run_thread(waits[i].function, waits[i].data);
		until(state_of(thread) == B_THREAD_WAITING ||
		      state_of(thread) == B_THREAD_ASLEEP);
		if (waits[i].function == poll_it)
			until_it_polls(getpid(), thread);
		else
			until_it_waits(getpid(), thread);
		suspend_thread(thread);
		until(state_of(thread) == B_THREAD_SUSPENDED);
		resume_thread(thread);
		status = status_of(thread);
		ok(status == B_INTERRUPTED,
		   "suspend and resume break %s", waits[i].what);
		if (status != B_INTERRUPTED)
			printf("# it was 0x%08x\n", (unsigned int)status);
	}

	/* SIGCONT resumes too, but then the wait goes on. */
	thread = run_thread(read_it, &empty);
	until_it_waits(getpid(), thread);
	suspend_thread(thread);
	until(state_of(thread) == B_THREAD_SUSPENDED);
	kill(getpid(), SIGCONT);
	until(state_of(thread) == B_THREAD_WAITING);
	is(write_port(empty, 1, NULL, 0), B_OK);
	is(status_of(thread), 0);
	is(kill_thread(sleeper), B_OK);
	is(status_of(sleeper), 0);
	delete_port(empty);
	delete_port(full);
}

/* Messages */

struct sender {
	thread_id to;
	int32 code;
	size_t size;
	status_t result;
};

static char text[SLOT_MAX + 1];

static status_t send_it(void *data)
{
	struct sender *s = data;

	s->result = send_data(s->to, s->code, text, s->size);
	return s->result;
}

/* Line 32 */
static void test_messages(void)
{
	static char in[SLOT_MAX + 16];
	thread_id self = find_thread(NULL), from = 0, thread;
	struct sender s[3];
	thread_id senders[3];
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 + i / 251);
	has(!has_data(self));
	is(send_data(self, -5, text, 10), B_OK);
	has(has_data(self));
	for (i = 0; i < 3; i++) {
		s[i] = (struct sender){ self, (int32)i + 1, 100, 12345 };
		senders[i] = run_thread(send_it, &s[i]);
		until_it_waits(getpid(), senders[i]);
	}
	memset(in, 'z', sizeof(in));
	is(receive_data(&from, in, sizeof(in)), -5);
	is(from, self);
	has(memcmp(in, text, 10) == 0 && in[10] == 'z');
	/* In the order in which they came */
	for (i = 0; i < 3; i++) {
		is(receive_data(&from, in, 3), (int32)i + 1);
		is(from, senders[i]);
		is(status_of(senders[i]), B_OK);
	}
	has(!has_data(self));

	is(send_data(self, INT32_MIN, text, SLOT_MAX), B_OK);
	memset(in, 'z', sizeof(in));
	is(receive_data(NULL, in, sizeof(in)), INT32_MIN);
	has(memcmp(in, text, SLOT_MAX) == 0 && in[SLOT_MAX] == 'z');
	is(send_data(self, 4, NULL, 0), B_OK);
	is(receive_data(&from, in, sizeof(in)), 4);
	is(send_data(self, 5, text, 100), B_OK);
	is(receive_data(&from, NULL, 100), 5);
	is(send_data(self, 6, text, 100), B_OK);
	is(receive_data(&from, in, 0), 6);
	has(!has_data(self));

	/* To a thread that has not begun */
	thread = new_thread(give_back, NULL);
	is(send_data(thread, 1, text, 1), B_OK);
	has(has_data(thread));
	is(status_of(thread), 0);
	has(!has_data(thread));
}

static void test_message_errors(void)
{
	thread_id self = find_thread(NULL);
	char in[8];
	pid_t child;

	is(send_data(-1, 1, "x", 1), B_BAD_THREAD_ID);
	is(send_data(0, 1, "x", 1), B_BAD_THREAD_ID);
	is(send_data(NO_SUCH_ID, 1, "x", 1), B_BAD_THREAD_ID);
	is(send_data(NO_SUCH_ID, 1, text, SLOT_MAX + 1), B_BAD_THREAD_ID);
	is(send_data(self, 1, text, SLOT_MAX + 1), B_NO_MEMORY);
	is(send_data(self, 1, text, (size_t)-1), B_NO_MEMORY);
	is(send_data(self, 1, NULL, 1), B_BAD_DATA);
	is(send_data(self, 1, bad_page(), 1), B_BAD_DATA);
#if defined(__x86_64__)
	is(send_data(self, 1, KERNEL_ADDRESS, 1), B_BAD_ADDRESS);
#endif
	/* None of these left anything behind. */
	has(!has_data(self));
	is(send_data(self, 2, "x", 1), B_OK);
	is(receive_data(NULL, bad_page(), 1), B_BAD_ADDRESS);
	has(!has_data(self));
	is(send_data(self, 3, "x", 1), B_OK);
	is(receive_data(bad_page(), in, 1), B_BAD_ADDRESS);
	has(!has_data(self));
	is(send_data(self, 4, "x", 1), B_OK);
	is(receive_data(NULL, in, 8), 4);

	has(!has_data(-1));
	has(!has_data(0));
	has(!has_data(NO_SUCH_ID));
	/* From another team; has_data() is for one's own. */
	child = fork();
	if (child == 0) {
		if (send_data(self, 7, "child", 5) != B_OK)
			_exit(1);
		_exit(has_data(self));
	}
	is(exit_status(child), 0);
	has(has_data(self));
	is(receive_data(&child, in, 8), 7);
	has(memcmp(in, "child", 5) == 0);
}

static status_t receive_once(void *data)
{
	(void)data;
	return receive_data(NULL, NULL, 0);
}

static void test_message_waits(void)
{
	thread_id thread = run_thread(receive_once, NULL), target;
	struct sender s;
	thread_id sender;
	int i;

	/* Not ended by ordinary signals: handlers run, the wait goes on. */
	handle(0);
	until(state_of(thread) == B_THREAD_RECEIVING);
	has(!has_data(thread));
	for (i = 1; i <= 3; i++) {
		syscall(SYS_tgkill, getpid(), thread, SIGUSR1);
		until(read_counter(&handled) == i);
	}
	until(state_of(thread) == B_THREAD_RECEIVING);
	is(send_data(thread, 77, NULL, 0), B_OK);
	is(status_of(thread), 77);

	target = new_thread(give_back, NULL);
	is(send_data(target, 1, NULL, 0), B_OK);
	handled = 0;
	s = (struct sender){ target, 2, 1, 12345 };
	sender = run_thread(send_it, &s);
	until_it_waits(getpid(), sender);
	syscall(SYS_tgkill, getpid(), sender, SIGUSR1);
	until(read_counter(&handled) == 1);
	until_it_waits(getpid(), sender);
	/* The target's end does end it. */
	is(kill_thread(target), B_OK);
	is(status_of(sender), B_BAD_THREAD_ID);
	is(status_of(target), 0);
	is(send_data(target, 1, NULL, 0), B_BAD_THREAD_ID);

	/* And a kill does. */
	thread = run_thread(receive_once, NULL);
	until(state_of(thread) == B_THREAD_RECEIVING);
	is(kill_thread(thread), B_OK);
	is(status_of(thread), 0);
	signal(SIGUSR1, SIG_DFL);
}

static void test_snooze(void)
{
	thread_id thread = run_thread(sleep_long, NULL);
	bigtime_t before;

	until(state_of(thread) == B_THREAD_ASLEEP);
	handle(0);
	syscall(SYS_tgkill, getpid(), thread, SIGUSR1);
	is(status_of(thread), B_INTERRUPTED);
	handle(SA_RESTART);
	thread = run_thread(sleep_long, NULL);
	until(state_of(thread) == B_THREAD_ASLEEP);
	syscall(SYS_tgkill, getpid(), thread, SIGUSR1);
	until(read_counter(&handled) == 1);
	until(state_of(thread) == B_THREAD_ASLEEP);
	is(kill_thread(thread), B_OK);
	is(status_of(thread), 0);
	signal(SIGUSR1, SIG_DFL);

	is(snooze_etc(-1, B_SYSTEM_TIMEBASE, B_RELATIVE_TIMEOUT), B_OK);
	before = system_time();
	is(snooze_etc(10 * MS, B_SYSTEM_TIMEBASE, B_RELATIVE_TIMEOUT), B_OK);
	has(system_time() >= before + 10 * MS);
	before = system_time();
	is(snooze_etc(before + 10 * MS, B_SYSTEM_TIMEBASE,
		      B_ABSOLUTE_TIMEOUT), B_OK);
	has(system_time() >= before + 10 * MS);
	before = real_time_clock_usecs();
	is(snooze_until(before + 10 * MS, -1), B_OK);
	has(real_time_clock_usecs() >= before + 10 * MS);
	is(snooze_etc(1, -2, B_RELATIVE_TIMEOUT), B_POSIX_ENOTSUP);
	is(snooze_etc(1, -3, B_RELATIVE_TIMEOUT), B_BAD_VALUE);
	is(snooze_etc(1, 4711, B_RELATIVE_TIMEOUT), B_BAD_VALUE);
}

int main(void)
{
	if (!can_run())
		return 4;
	test_wait();
	test_many_waiters();
	test_wait_timeouts();
	test_wait_signals();
	test_suspend();
	test_break_waits();
	test_messages();
	test_message_errors();
	test_message_waits();
	test_snooze();
	return end_of_tests();
}

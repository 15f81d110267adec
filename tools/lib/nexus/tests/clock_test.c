// SPDX-License-Identifier: MIT OR LGPL-2.1
/* Clocks, sleeping and the texts of errors, on any kernel. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <nexus.h>
#include <OS.h>
#include "tap.h"

static volatile sig_atomic_t handled;

static void handler(int signo)
{
	(void)signo;
	handled++;
}

/* A signal after @usecs to the calling thread, the handler with @flags. */
static void signal_after(long usecs, int flags)
{
	struct itimerspec when = { { 0, 0 }, { 0, usecs * 1000 } };
	static timer_t timer;
	static int made;
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = flags;
	sigaction(SIGALRM, &action, NULL);
	if (!made)
		timer_create(CLOCK_MONOTONIC, NULL, &timer);
	made = 1;
	handled = 0;
	timer_settime(timer, 0, &when, NULL);
}

static void test_clocks(void)
{
	bigtime_t first = system_time(), second = system_time();
	struct timespec ts;

	has(first > 0);
	has(second >= first);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	has(ts.tv_sec * 1000000LL + ts.tv_nsec / 1000 - second < 1000000);
	has(real_time_clock_usecs() / 1000000 - time(NULL) <= 1);
	has(real_time_clock() - (uint32)time(NULL) <= 1);
}

static void test_deadlines(void)
{
	struct __kernel_timespec before, after;

	nexus_deadline_after_ns(&before, 0);
	nexus_deadline_after_ns(&after, -5);
	has(after.tv_sec - before.tv_sec <= 1);
	nexus_deadline_after_ns(&before, 0);
	nexus_deadline_after_us(&after, 5000000);
	has(after.tv_sec - before.tv_sec >= 5 &&
	    after.tv_sec - before.tv_sec <= 6);
	has(after.tv_nsec >= 0 && after.tv_nsec < 1000000000);
	nexus_deadline_after_ns(&after, INT64_MAX);
	has(after.tv_sec >= INT64_MAX / 1000000000);
	nexus_deadline_after_us(&after, INT64_MAX);
	has(after.tv_sec >= INT64_MAX / 1000000);
	nexus_deadline_after_us(&after, INT64_MIN);
	has(after.tv_sec - before.tv_sec <= 1);
}

static void test_snooze(void)
{
	struct rlimit old, none;
	bigtime_t start;

	errno = 4711;
	is(snooze(0), B_OK);
	is(snooze(-1), B_OK);
	start = system_time();
	is(snooze(20000), B_OK);
	has(system_time() - start >= 20000);
	is(snooze_until(system_time() - 1, B_SYSTEM_TIMEBASE), B_OK);
	is(snooze_until(-1, B_SYSTEM_TIMEBASE), B_OK);
	start = system_time();
	is(snooze_until(start + 20000, B_SYSTEM_TIMEBASE), B_OK);
	has(system_time() >= start + 20000);
	start = real_time_clock_usecs();
	is(snooze_until(start + 20000, -1), B_OK);
	has(real_time_clock_usecs() >= start + 20000);
	is(snooze_until(0, -1), B_OK);
	is(snooze_until(0, 17), B_BAD_VALUE);

	signal_after(20000, 0);
	is(snooze(5000000), B_INTERRUPTED);
	is(handled, 1);
	signal_after(20000, 0);
	is(snooze(B_INFINITE_TIMEOUT), B_INTERRUPTED);
	signal_after(20000, SA_RESTART);
	start = system_time();
	is(snooze(100000), B_OK);
	is(handled, 1);
	has(system_time() - start >= 100000);

	/* No descriptor left */
	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	start = system_time();
	is(snooze(20000), B_OK);
	has(system_time() - start >= 20000);
	signal_after(20000, 0);
	is(snooze(5000000), B_INTERRUPTED);
	setrlimit(RLIMIT_NOFILE, &old);
	is(errno, 4711);
}

static void test_texts(void)
{
	const char *unknown = nexus_strerror(-4000);
	int error;

	has(strcmp(nexus_strerror(0), "no error") == 0);
	has(strcmp(nexus_strerror(5), "no error") == 0);
	has(strcmp(unknown, "unknown error") == 0);
	has(strcmp(nexus_strerror(INT32_MIN), "unknown error") == 0);
	has(strstr(nexus_strerror(-ENOSYS), "no Nexus"));
	for (error = 1; error < 4096; error++)
		if (!nexus_strerror(-error) || !*nexus_strerror(-error))
			break;
	is(error, 4096);
}

int main(void)
{
	test_clocks();
	test_deadlines();
	test_snooze();
	test_texts();
	return tap_failures != 0;
}

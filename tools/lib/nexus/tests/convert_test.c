// SPDX-License-Identifier: MIT OR LGPL-2.1
/* The pure parts: timeouts to deadlines, errno to statuses. */
#include "../src/be/wait.h"
#include "../src/be/status.h"
#include "../src/be/user.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tap.h"

#define FOREVER	B_INFINITE_TIMEOUT
#define REL	B_RELATIVE_TIMEOUT
#define ABS	B_ABSOLUTE_TIMEOUT
#define REAL	B_TIMEOUT_REAL_TIME_BASE

/* All with the time 100.999999500 */
#define NOW_SEC		100
#define NOW_NSEC	999999500
#define NOW_US		100999999

enum outcome { NONE, NOWAIT, UNTIL, UNTIL_REAL };

static const struct {
	uint32 flags;
	bigtime_t timeout;
	enum outcome outcome;
	int64 sec;
	long nsec;
} waits[] = {
	/* No kind of timeout: it does not count. */
	{ 0, 0, NONE, 0, 0 },
	{ 0, -1, NONE, 0, 0 },
	{ 0, 1000, NONE, 0, 0 },
	{ 0, FOREVER, NONE, 0, 0 },
	{ REAL, 1000, NONE, 0, 0 },
	{ (uint32)~(REL | ABS), 1000, NONE, 0, 0 },

	/* Relative */
	{ REL, 0, NOWAIT, 0, 0 },
	{ REL, -1, NOWAIT, 0, 0 },
	{ REL, -FOREVER - 1, NOWAIT, 0, 0 },
	{ REL, 1, UNTIL, 101, 500 },
	{ REL, 1000000, UNTIL, 101, 999999500 },
	{ REL, 1500000, UNTIL, 102, 499999500 },
	{ REL, FOREVER, NONE, 0, 0 },
	{ REL, FOREVER - 1, NONE, 0, 0 },
	{ REL, FOREVER - NOW_US + 1, NONE, 0, 0 },
	{ REL, FOREVER - NOW_US, UNTIL, 9223372036854LL, 775807500 },
	{ REL | REAL, 1, UNTIL, 101, 500 },
	{ REL | 0xffffff00, 1, UNTIL, 101, 500 },

	/* Both are relative. */
	{ REL | ABS, 0, NOWAIT, 0, 0 },
	{ REL | ABS, -1, NOWAIT, 0, 0 },
	{ REL | ABS, 1, UNTIL, 101, 500 },
	{ REL | ABS | REAL, 1, UNTIL, 101, 500 },
	{ REL | ABS, FOREVER, NONE, 0, 0 },

	/* Absolute */
	{ ABS, 0, UNTIL, 0, 0 },
	{ ABS, -1, UNTIL, 0, 0 },
	{ ABS, -FOREVER - 1, UNTIL, 0, 0 },
	{ ABS, 1, UNTIL, 0, 1000 },
	{ ABS, 1999999, UNTIL, 1, 999999000 },
	{ ABS, FOREVER - 1, UNTIL, 9223372036854LL, 775806000 },
	{ ABS, FOREVER, NONE, 0, 0 },
	{ ABS | 0xffffff00, 1, UNTIL, 0, 1000 },
	{ ABS | REAL, 0, UNTIL_REAL, 0, 0 },
	{ ABS | REAL, -1, UNTIL_REAL, 0, 0 },
	{ ABS | REAL, 2000001, UNTIL_REAL, 2, 1000 },
	{ ABS | REAL, FOREVER, NONE, 0, 0 },
};

static void test_waits(void)
{
	char what[80];
	size_t i;

	has(be_wait_both_kinds(REL | ABS));
	has(be_wait_both_kinds((uint32)~0));
	has(!be_wait_both_kinds(REL | REAL));
	has(!be_wait_both_kinds(ABS | REAL));
	has(!be_wait_both_kinds((uint32)~REL));
	for (i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		struct be_wait wait;
		unsigned int flags = 0;
		bool good;

		be_wait_set(&wait, waits[i].flags, waits[i].timeout, NOW_SEC,
			    NOW_NSEC);
		if (waits[i].outcome == NOWAIT)
			flags = NEXUS_NOWAIT;
		else if (waits[i].outcome == UNTIL_REAL)
			flags = NEXUS_CLOCK_REALTIME;
		good = wait.flags == flags;
		if (waits[i].outcome == UNTIL ||
		    waits[i].outcome == UNTIL_REAL)
			good = good && wait.deadline == &wait.ts &&
			       wait.ts.tv_sec == waits[i].sec &&
			       wait.ts.tv_nsec == waits[i].nsec;
		else
			good = good && !wait.deadline;
		snprintf(what, sizeof(what), "flags 0x%x, timeout %lld",
			 waits[i].flags, waits[i].timeout);
		tap_ok(good, what);

		/* Without the time where it does not matter */
		if (!be_wait_needs_now(waits[i].flags, waits[i].timeout)) {
			struct be_wait other;

			be_wait_set(&other, waits[i].flags, waits[i].timeout,
				    0, 0);
			good = other.flags == wait.flags &&
			       !other.deadline == !wait.deadline &&
			       (!wait.deadline ||
				(other.ts.tv_sec == wait.ts.tv_sec &&
				 other.ts.tv_nsec == wait.ts.tv_nsec));
			snprintf(what, sizeof(what),
				 "flags 0x%x, timeout %lld need no clock",
				 waits[i].flags, waits[i].timeout);
			tap_ok(good, what);
		}
	}
}

static void test_after(void)
{
	static const struct {
		__s64 now_sec;
		long now_nsec;
		__s64 sec;
		long nsec;
		__s64 want_sec;
		long want_nsec;
	} sums[] = {
		{ 0, 0, 0, 0, 0, 0 },
		{ 1, 2, 3, 4, 4, 6 },
		{ 1, 999999999, 0, 1, 2, 0 },
		{ 1, 999999999, 1, 999999999, 3, 999999998 },
		{ 5, 0, NEXUS_SECONDS_MAX - 5, 0, NEXUS_SECONDS_MAX, 0 },
		{ 5, 0, NEXUS_SECONDS_MAX - 4, 0, NEXUS_SECONDS_MAX,
		  999999999 },
		{ 5, 1, NEXUS_SECONDS_MAX - 5, 999999999, NEXUS_SECONDS_MAX,
		  999999999 },
		{ 5, 1, NEXUS_SECONDS_MAX, 0, NEXUS_SECONDS_MAX, 999999999 },
	};
	char what[80];
	size_t i;

	for (i = 0; i < sizeof(sums) / sizeof(*sums); i++) {
		struct __kernel_timespec ts;

		nexus_after(&ts, sums[i].now_sec, sums[i].now_nsec,
			    sums[i].sec, sums[i].nsec);
		snprintf(what, sizeof(what), "%lld.%09ld + %lld.%09ld",
			 (long long)sums[i].now_sec, sums[i].now_nsec,
			 (long long)sums[i].sec, sums[i].nsec);
		tap_ok(ts.tv_sec == sums[i].want_sec &&
		       ts.tv_nsec == sums[i].want_nsec, what);
	}
}

static void test_statuses(void)
{
	int error;

	is(be_status(-EIDRM), B_BAD_PORT_ID);
	is(be_status(-ESHUTDOWN), B_BAD_PORT_ID);
	is(be_status(-EAGAIN), B_WOULD_BLOCK);
	is(be_status(-ETIMEDOUT), B_TIMED_OUT);
	is(be_status(-EINTR), B_INTERRUPTED);
	is(be_status(-EFAULT), B_BAD_ADDRESS);
	is(be_status(-EMSGSIZE), B_BAD_VALUE);
	is(be_status(-EINVAL), B_BAD_VALUE);
	is(be_status(-E2BIG), B_BAD_VALUE);
	is(be_status(-ENOENT), B_NAME_NOT_FOUND);
	is(be_status(-ESRCH), B_BAD_TEAM_ID);
	is(be_status(-ENOMEM), B_NO_MEMORY);
	is(be_status(-ENOSPC), B_NO_MORE_PORTS);
	is(be_status(-EACCES), B_PERMISSION_DENIED);
	is(be_status(-EPERM), B_NOT_ALLOWED);
	is(be_status(-ENOSYS), B_NOT_SUPPORTED);
	is(be_status(-EOVERFLOW), B_BAD_VALUE);
	is(be_status(-ECANCELED), B_CANCELED);
	is(be_status(-EDEADLK), B_POSIX_EDEADLK);
	is(be_status(-EMFILE), B_NO_MEMORY);
	is(be_status(-ENFILE), B_NO_MEMORY);
	is(be_sem_status(-EIDRM), B_BAD_SEM_ID);
	is(be_sem_status(-ENOSPC), B_NO_MORE_SEMS);
	is(be_sem_status(-ESRCH), B_BAD_TEAM_ID);
	is(be_sem_status(-EINTR), B_INTERRUPTED);
	is(be_sem_status(0), B_OK);
	is(be_thread_status(-ESRCH), B_BAD_THREAD_ID);
	is(be_thread_status(-EDEADLK), B_POSIX_EDEADLK);
	is(be_thread_status(-EPERM), B_NOT_ALLOWED);
	is(be_thread_status(17), 17);
	is(be_area_status(-EIDRM), B_BAD_TEAM_ID);
	is(be_area_status(-EEXIST), B_BAD_VALUE);
	is(be_area_status(-ENOSPC), B_NO_MEMORY);
	is(be_area_status(-ENOMEM), B_NO_MEMORY);
	is(be_area_status(-EACCES), B_NOT_ALLOWED);
	is(be_area_status(-EPERM), B_NOT_ALLOWED);
	is(be_area_status(-EFAULT), B_BAD_ADDRESS);
	is(be_area_status(-EINVAL), B_BAD_VALUE);
	is(be_area_status(-ENOENT), B_NAME_NOT_FOUND);
	is(be_area_status(-ESRCH), B_BAD_TEAM_ID);
	is(be_area_status(23), 23);
	is(be_node_status(-ENOENT), B_ENTRY_NOT_FOUND);
	is(be_node_status(-ENOSPC), B_NO_MEMORY);
	is(be_node_status(-ENOMEM), B_NO_MEMORY);
	is(be_node_status(-EOPNOTSUPP), B_UNSUPPORTED);
	is(be_node_status(-EIDRM), B_BAD_PORT_ID);
	is(be_node_status(-ESHUTDOWN), B_BAD_PORT_ID);
	is(be_node_status(-EACCES), B_PERMISSION_DENIED);
	is(be_node_status(-EPERM), B_NOT_ALLOWED);
	is(be_node_status(-EINVAL), B_BAD_VALUE);
	is(be_node_status(-ENOSYS), B_NOT_SUPPORTED);
	is(be_node_status(0), B_OK);
	is(be_status(-EIO), B_ERROR);
	is(be_status(-4095), B_ERROR);
	is(be_status(0), 0);
	is(be_status(262144), 262144);
	for (error = 1; error < 4096; error++)
		if (be_status(-error) >= 0)
			break;
	is(error, 4096);
}

/* What begins or ends in a page that cannot be had */
static void test_pages(void)
{
	static const char from[3 * 65536];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *second = pages + page, to[16];

	if (pages == MAP_FAILED)
		return;
	mprotect(second + 2 * page, page, PROT_NONE);
	is(be_copy_out(pages, from, 3 * page), 0);
	is(be_copy_out(pages + 3, from, 3 * page - 3), 0);
	is(be_copy_out(pages, from, 3 * page + 1), -EFAULT);
	is(be_copy_out(pages + 3 * page - 1, from, 2), -EFAULT);
	is(be_copy_out(pages + 3 * page - 1, from, 1), 0);
	is(be_copy_out(second + 2 * page, from, 0), 0);
	is(be_copy_in(to, pages + 3 * page - 8, 8), 0);
	is(be_copy_in(to, pages + 3 * page - 8, 9), -EFAULT);
	is(be_copy_in(to, pages + 3 * page, 1), -EFAULT);

	/* A hole in the middle, and what can only be read */
	pages[page] = 7;
	mprotect(second, page, PROT_READ);
	is(be_copy_out(pages, from, 3 * page), -EFAULT);
	is(be_copy_out(pages + page - 1, from, 2), -EFAULT);
	is(be_copy_out(second + 5, from, 1), -EFAULT);
	is(be_copy_out(second + page - 1, from, 2), -EFAULT);
	is(be_copy_out(pages, from, page), 0);
	is(be_copy_in(to, second, 16), 0);
	is(to[0], 7);
	has(!be_is_writable(second, 8));
	has(be_is_writable(pages, page));
	has(!be_is_writable((void *)-8, 16));
	munmap(pages, 4 * page);
}

static void test_copies(void)
{
	int from = 5, to = 0;

	is(be_copy_out(&to, &from, sizeof(to)), 0);
	is(to, 5);
	from = 6;
	is(be_copy_in(&to, &from, sizeof(to)), 0);
	is(to, 6);
	is(be_copy_out((void *)16, &from, sizeof(from)), -EFAULT);
	is(be_copy_in(&to, (const void *)16, sizeof(to)), -EFAULT);
	is(to, 6);
	test_pages();
	has(!be_bad_address(NULL));
	has(!be_bad_address(&to));
	has(be_bad_address((const void *)1));
#ifdef __x86_64__
	has(be_bad_address((const void *)-1));
#endif
}

int main(void)
{
	test_waits();
	test_after();
	test_statuses();
	test_copies();
	return tap_failures != 0;
}

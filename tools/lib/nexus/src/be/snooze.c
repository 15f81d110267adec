// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Sleeping.
 *
 * BeOS goes on sleeping until the original time if every signal handler that
 * ran was installed with SA_RESTART, and returns B_INTERRUPTED otherwise.  So
 * does nexus_snooze(2).  For kernels without it: nanosleep(2) and its
 * relatives never go on after a handler, whatever its flags; a read from a
 * timerfd(2) does.
 *
 * The system calls are made by number: so none is a point where a thread is
 * cancelled, which would lose the descriptor, and 32-bit programs use 64-bit
 * times on kernels that have no others.
 */
#include <linux/time_types.h>
#include <sys/timerfd.h>
#include <time.h>
#include <nexus.h>
#include <OS.h>
#include "../nexus/after.h"
#include "status.h"

#ifdef __NR_timerfd_settime64
# define NR_TIMERFD_SETTIME	__NR_timerfd_settime64
#else
# define NR_TIMERFD_SETTIME	__NR_timerfd_settime
#endif
#ifdef __NR_clock_nanosleep_time64
# define NR_CLOCK_NANOSLEEP	__NR_clock_nanosleep_time64
#else
# define NR_CLOCK_NANOSLEEP	__NR_clock_nanosleep
#endif

/* The time bases besides B_SYSTEM_TIMEBASE, which are Haiku's clock ids */
#define REAL_TIME_BASE		(-1)
#define PROCESS_TIME_BASE	(-2)

static long sleep_on_timer(int fd, const struct __kernel_timespec *until)
{
	struct {
		struct __kernel_timespec interval, value;
	} timer = { { 0, 0 }, *until };
	uint64 expirations;
	long ret;

	ret = nexus_syscall(NR_TIMERFD_SETTIME, fd, TFD_TIMER_ABSTIME,
			    (long)&timer, 0, 0, 0);
	if (ret < 0)
		return ret;
	return nexus_syscall(__NR_read, fd, (long)&expirations,
			     sizeof(expirations), 0, 0, 0);
}

static long sleep_on_any_kernel(clockid_t clock,
				const struct __kernel_timespec *until)
{
	long ret = nexus_syscall(__NR_timerfd_create, clock, TFD_CLOEXEC, 0, 0,
				 0, 0);

	if (ret >= 0) {
		int fd = (int)ret;

		ret = sleep_on_timer(fd, until);
		nexus_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
	} else {
		/* No descriptor left: ends at the first handler. */
		ret = nexus_syscall(NR_CLOCK_NANOSLEEP, clock, TIMER_ABSTIME,
				    (long)until, 0, 0, 0);
	}
	return ret;
}

static status_t sleep_until(clockid_t clock,
			    const struct __kernel_timespec *until)
{
	long ret = nexus_snooze(clock == CLOCK_REALTIME ?
				NEXUS_CLOCK_REALTIME : 0, until);

	if (ret == -ENOSYS)
		ret = sleep_on_any_kernel(clock, until);
	return ret < 0 ? (status_t)be_status(ret) : B_OK;
}

status_t snooze(bigtime_t microseconds)
{
	struct __kernel_timespec until;
	struct timespec now;

	if (microseconds <= 0)
		return B_OK;

	clock_gettime(CLOCK_MONOTONIC, &now);
	nexus_after(&until, now.tv_sec, now.tv_nsec, microseconds / 1000000,
		    (long)(microseconds % 1000000) * 1000);
	return sleep_until(CLOCK_MONOTONIC, &until);
}

static status_t snooze_on(clockid_t clock, bigtime_t time, bigtime_t now)
{
	struct __kernel_timespec until;

	if (time <= now)
		return B_OK;
	until.tv_sec = time / 1000000;
	until.tv_nsec = time % 1000000 * 1000;
	return sleep_until(clock, &until);
}

status_t snooze_etc(bigtime_t amount, int timeBase, uint32 flags)
{
	switch (timeBase) {
	case B_SYSTEM_TIMEBASE:
	case REAL_TIME_BASE:
		break;
	case PROCESS_TIME_BASE:
		return B_POSIX_ENOTSUP;
	default:
		return B_BAD_VALUE;
	}
	if (flags & B_RELATIVE_TIMEOUT)
		return snooze(amount);
	if (timeBase == REAL_TIME_BASE || (flags & B_TIMEOUT_REAL_TIME_BASE))
		return snooze_on(CLOCK_REALTIME, amount,
				 real_time_clock_usecs());
	return snooze_on(CLOCK_MONOTONIC, amount, system_time());
}

status_t snooze_until(bigtime_t time, int timeBase)
{
	return snooze_etc(time, timeBase, B_ABSOLUTE_TIMEOUT);
}

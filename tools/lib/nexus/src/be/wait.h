/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * What BeOS flags and a BeOS timeout mean to the Nexus system calls.  Apart
 * from clocks and calls, so that a test can go through all of it; only
 * be_wait_begin() asks for the time.
 */
#ifndef BE_WAIT_H
#define BE_WAIT_H

#include <OS.h>
#include <linux/nexus.h>
#include <linux/time_types.h>
#include "../nexus/after.h"

#define BE_WAIT_FLAGS	(B_RELATIVE_TIMEOUT | B_ABSOLUTE_TIMEOUT | \
			 B_TIMEOUT_REAL_TIME_BASE)

struct be_wait {
	unsigned int flags;
	/* NULL or &ts */
	const struct __kernel_timespec *deadline;
	struct __kernel_timespec ts;
};

/* Does be_wait_set() look at now_sec and now_nsec? */
static inline bool be_wait_needs_now(uint32 flags, bigtime_t timeout)
{
	return (flags & B_RELATIVE_TIMEOUT) && timeout > 0 &&
	       timeout != B_INFINITE_TIMEOUT;
}

/*
 * The deadline is kept in nanoseconds: if it were cut to microseconds a
 * relative timeout could end before its time.
 */
static inline void be_wait_set(struct be_wait *wait, uint32 flags,
			       bigtime_t timeout, int64 now_sec, long now_nsec)
{
	bigtime_t now;

	wait->flags = 0;
	wait->deadline = NULL;

	if (!(flags & (B_RELATIVE_TIMEOUT | B_ABSOLUTE_TIMEOUT)) ||
	    timeout == B_INFINITE_TIMEOUT)
		return;

	if (flags & B_RELATIVE_TIMEOUT) {
		if (timeout <= 0) {
			wait->flags = NEXUS_NOWAIT;
			return;
		}
		now = now_sec * 1000000 + now_nsec / 1000;
		if (timeout > B_INFINITE_TIMEOUT - now)
			return;
		nexus_after(&wait->ts, now_sec, now_nsec, timeout / 1000000,
			    (long)(timeout % 1000000) * 1000);
	} else {
		/* The kernel takes no time before 0, which has passed anyway */
		if (timeout < 0)
			timeout = 0;
		if (flags & B_TIMEOUT_REAL_TIME_BASE)
			wait->flags = NEXUS_CLOCK_REALTIME;
		wait->ts.tv_sec = timeout / 1000000;
		wait->ts.tv_nsec = timeout % 1000000 * 1000;
	}
	wait->deadline = &wait->ts;
}

/* Ports take this for relative, everything else refuses it. */
static inline bool be_wait_both_kinds(uint32 flags)
{
	return (flags & B_RELATIVE_TIMEOUT) && (flags & B_ABSOLUTE_TIMEOUT);
}

/* be_wait_set() with the time that it is */
void be_wait_begin(struct be_wait *wait, uint32 flags, bigtime_t timeout);

#endif /* BE_WAIT_H */

/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* Sum of a time and a span, apart from any clock so that tests reach it. */
#ifndef NEXUS_AFTER_H
#define NEXUS_AFTER_H

#include <linux/time_types.h>
#include <linux/types.h>

#define NEXUS_SECONDS_MAX	0x7fffffffffffffffLL

/*
 * All four numbers are not negative and both nanosecond parts are below a
 * second.  A sum that does not fit becomes the last time there is.
 */
static inline void nexus_after(struct __kernel_timespec *ts,
			       __s64 now_sec, long now_nsec,
			       __s64 sec, long nsec)
{
	__s64 carry = 0;

	nsec += now_nsec;
	if (nsec >= 1000000000) {
		nsec -= 1000000000;
		carry = 1;
	}
	if (sec > NEXUS_SECONDS_MAX - carry - now_sec) {
		ts->tv_sec = NEXUS_SECONDS_MAX;
		ts->tv_nsec = 999999999;
		return;
	}
	ts->tv_sec = now_sec + sec + carry;
	ts->tv_nsec = nsec;
}

#endif /* NEXUS_AFTER_H */

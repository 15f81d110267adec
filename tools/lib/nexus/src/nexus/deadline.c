// SPDX-License-Identifier: MIT OR LGPL-2.1
/* From a relative timeout to the absolute deadline that the kernel takes. */
#include <time.h>
#include <nexus.h>
#include "after.h"

static void after(struct __kernel_timespec *deadline, __s64 seconds, long nsec)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	nexus_after(deadline, now.tv_sec, now.tv_nsec, seconds, nsec);
}

/**
 * nexus_deadline_after_ns() - the time that is so far ahead
 * @deadline:	receives the time on CLOCK_MONOTONIC
 * @nanoseconds: how far; less than 0 counts as 0
 */
void nexus_deadline_after_ns(struct __kernel_timespec *deadline,
			     __s64 nanoseconds)
{
	if (nanoseconds < 0)
		nanoseconds = 0;
	after(deadline, nanoseconds / 1000000000,
	      (long)(nanoseconds % 1000000000));
}

/**
 * nexus_deadline_after_us() - the time that is so far ahead
 * @deadline:	receives the time on CLOCK_MONOTONIC
 * @microseconds: how far; less than 0 counts as 0
 */
void nexus_deadline_after_us(struct __kernel_timespec *deadline,
			     __s64 microseconds)
{
	if (microseconds < 0)
		microseconds = 0;
	after(deadline, microseconds / 1000000,
	      (long)(microseconds % 1000000) * 1000);
}

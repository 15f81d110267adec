// SPDX-License-Identifier: MIT OR LGPL-2.1
/* A timeout that counts from now */
#include <time.h>
#include "wait.h"

void be_wait_begin(struct be_wait *wait, uint32 flags, bigtime_t timeout)
{
	struct timespec now = { 0, 0 };

	if (be_wait_needs_now(flags, timeout))
		clock_gettime(CLOCK_MONOTONIC, &now);
	be_wait_set(wait, flags, timeout, now.tv_sec, now.tv_nsec);
}

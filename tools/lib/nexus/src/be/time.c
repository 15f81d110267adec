// SPDX-License-Identifier: MIT OR LGPL-2.1
/* The clocks. */
#include <errno.h>
#include <time.h>
#include <OS.h>

static bigtime_t usecs(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (bigtime_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* The clock that deadlines without B_TIMEOUT_REAL_TIME_BASE are on. */
bigtime_t system_time(void)
{
	return usecs(CLOCK_MONOTONIC);
}

nanotime_t system_time_nsecs(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (nanotime_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

bigtime_t real_time_clock_usecs(void)
{
	return usecs(CLOCK_REALTIME);
}

uint32 real_time_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint32)ts.tv_sec;
}

/* Who may not set the clock is not told so, on BeOS neither. */
void set_real_time_clock(unsigned long secsSince1970)
{
	struct timespec ts = { (time_t)secsSince1970, 0 };
	int saved = errno;

	clock_settime(CLOCK_REALTIME, &ts);
	errno = saved;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What races share: bounded times, threads, and what their tasks tell.
 */
#ifndef _SELFTESTS_NEXUS_RACE_H
#define _SELFTESTS_NEXUS_RACE_H

#include "common.h"

#define MS	1000000LL

/* Where a test with a bounded time ends. */
static int64_t run_until;

static inline void run_for(int64_t ms)
{
	run_until = now_ns(CLOCK_MONOTONIC) + ms * MS;
}

static inline int running(void)
{
	return now_ns(CLOCK_MONOTONIC) < run_until;
}

/* A moment of up to max_us, not a time that anything depends on. */
static inline void moment(unsigned int *seed, int max_us)
{
	const int64_t end = now_ns(CLOCK_MONOTONIC) +
			    rand_r(seed) % max_us * 1000LL;

	while (now_ns(CLOCK_MONOTONIC) < end)
		sched_yield();
}

static inline int start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;
	int ret;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	ret = pthread_create(thread, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	return ret;
}

static inline int join(pthread_t thread)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 2 * PATIENCE_MS / 1000;
	return pthread_timedjoin_np(thread, NULL, &end);
}

/* What the tasks of a race have in common; lies in shared memory. */
struct race {
	int id[4];
	int go;
	int stop;
	int wrong;	/* a line number */
	long detail;	/* and what was seen there */
	int done[4];	/* how often what happened */
	pid_t other[2];
};

static inline void went_wrong(struct race *race, int line, long seen)
{
	race->detail = seen;
	__atomic_store_n(&race->wrong, line, __ATOMIC_RELEASE);
}

static inline int stopped(struct race *race)
{
	return __atomic_load_n(&race->stop, __ATOMIC_ACQUIRE);
}

static inline void count(struct race *race, int what)
{
	__atomic_fetch_add(&race->done[what], 1, __ATOMIC_RELAXED);
}

static inline void expect_right(struct __test_metadata *_metadata,
				struct race *race)
{
	EXPECT_EQ(0, __atomic_load_n(&race->wrong, __ATOMIC_ACQUIRE))
		TH_LOG("line %d: %ld", race->wrong, race->detail);
}

/* Ends the processes of a race: each of them does so by itself. */
static inline int all_end(struct race *race, const pid_t *pid, int n)
{
	int i, status = 0;

	announce(&race->stop, 1);
	for (i = 0; i < n; i++)
		status |= reap(pid[i]);
	return status;
}

#endif /* _SELFTESTS_NEXUS_RACE_H */

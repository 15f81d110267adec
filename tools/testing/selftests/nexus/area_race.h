/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the races for areas share: a fixture that looks whether everything is
 * given back, bounded times, threads, and accesses that may fault.
 */
#ifndef _SELFTESTS_NEXUS_AREA_RACE_H
#define _SELFTESTS_NEXUS_AREA_RACE_H

#include "area_team.h"

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
	end.tv_sec += PATIENCE_MS / 1000;
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

/*
 * Accesses in a process of one thread that faults often.  The handler is set
 * up once and the signals are never blocked.
 */
static inline void expect_faults(void)
{
	const struct sigaction sa = {
		.sa_handler = on_fault,
		.sa_flags = SA_NODEFER,
	};

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

#define NO_WORD	(-1L)

static inline unsigned short word_at(const void *p)
{
	return __atomic_load_n((const unsigned short *)p, __ATOMIC_RELAXED);
}

static inline void set_word(void *p, unsigned short value)
{
	__atomic_store_n((unsigned short *)p, value, __ATOMIC_RELAXED);
}

/* The word at p, or NO_WORD if it cannot be read. */
static inline long read_word(const void *p)
{
	if (sigsetjmp(fault_jump, 0))
		return NO_WORD;
	return word_at(p);
}

static inline int write_word(void *p, unsigned short value)
{
	if (sigsetjmp(fault_jump, 0))
		return -EFAULT;
	set_word(p, value);
	return 0;
}

/* A stamp at the begin of each page. */
static inline void stamp(char *p, size_t pages, unsigned short value)
{
	size_t i;

	for (i = 0; i < pages; i++)
		set_word(p + i * PAGE, value);
}

static inline int stamped(const char *p, size_t pages, unsigned short value)
{
	size_t i;

	for (i = 0; i < pages; i++)
		if (word_at(p + i * PAGE) != value)
			return 0;
	return 1;
}

static inline long mem_kb(const char *key)
{
	/* Counters of the processors are added up first. */
	write_file("/proc/sys/vm/stat_refresh", "1");
	return kilobytes("/proc/meminfo", key);
}

/* Each test has a namespace of its own, and gives back what it took. */
FIXTURE(race)
{
	struct race *race;
	long shmem;
	long committed;
	long vmas;
};

FIXTURE_SETUP(race)
{
	if (unshare(CLONE_NEWIPC))
		SKIP(return, "needs CAP_SYS_ADMIN to unshare(CLONE_NEWIPC)");
	ASSERT_NE(0, system_info().abi)
		TH_LOG("this kernel has no Nexus");
	self->race = shared(sizeof(*self->race));
	ASSERT_NE(NULL, self->race);
	self->shmem = mem_kb("Shmem");
	self->committed = mem_kb("Committed_AS");
	self->vmas = vmas(0, slot(0), slot(SLOTS), NULL);
	ASSERT_LE(0, self->shmem);
	ASSERT_LE(0, self->committed);
}

/*
 * What is leaked is leaked in each of hundreds of rounds, so a little may be
 * in use elsewhere: teams, stacks of threads.
 */
enum { SOME_KB = 1024, SOME_MORE_KB = 6 * 1024 };

FIXTURE_TEARDOWN(race)
{
	EXPECT_TRUE(poll_until(areas() == 0))
		TH_LOG("%ld areas are left", areas());
	EXPECT_EQ(self->vmas, vmas(0, slot(0), slot(SLOTS), NULL));
	EXPECT_TRUE(poll_until(mem_kb("Shmem") <= self->shmem + SOME_KB))
		TH_LOG("%ld kB of memory before, %ld now", self->shmem,
		       mem_kb("Shmem"));
	EXPECT_TRUE(poll_until(mem_kb("Committed_AS") <=
			       self->committed + SOME_MORE_KB))
		TH_LOG("%ld kB committed before, %ld now", self->committed,
		       mem_kb("Committed_AS"));
}

#endif /* _SELFTESTS_NEXUS_AREA_RACE_H */

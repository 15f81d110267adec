/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the races for areas share: a fixture that looks whether everything is
 * given back, and accesses that may fault.
 */
#ifndef _SELFTESTS_NEXUS_AREA_RACE_H
#define _SELFTESTS_NEXUS_AREA_RACE_H

#include "area_team.h"
#include "race.h"

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

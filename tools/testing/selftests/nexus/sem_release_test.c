// SPDX-License-Identifier: GPL-2.0
/*
 * What each kind of release does, in which order it wakes whom, and what they
 * are told.
 */
#include "ns.h"
#include "sem.h"

static int pin_as_realtime(int priority)
{
	const struct sched_param param = { .sched_priority = priority };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity(0, sizeof(set), &set) ||
	       sched_setscheduler(0, SCHED_FIFO, &param);
}

static int unpin(void)
{
	const struct sched_param param = {};

	return sched_setscheduler(0, SCHED_OTHER, &param);
}

/* What was handed over is gone, even if the one who got it cannot run yet. */
TEST_F(ns, no_barging)
{
	struct sem_op op;
	cpu_set_t set;
	int sem, i;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	/* A thread of no priority on the one CPU that this one takes. */
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(set), &set));
	for (i = 0; i < 20; i++) {
		op = acquire_op(sem, 1);
		ASSERT_EQ(0, start_sem_op(&op));
		if (pin_as_realtime(20)) {
			delete_sem(sem);
			SKIP(return, "no real-time scheduling");
		}
		EXPECT_EQ(0, release(sem, 1));
		EXPECT_EQ(-EAGAIN, try_acquire(sem, 1));
		EXPECT_EQ(0, sem_count(sem));
		EXPECT_EQ(0, waiting(sem));
		EXPECT_FALSE(sem_op_done(&op));
		ASSERT_EQ(0, unpin());
		ASSERT_EQ(0, join_sem_op(&op));
	}
}

/* Threads of a lower priority than this one, on one CPU: they run in turn. */
static int woken[8], woken_count;

static void *note_when_woken(void *arg)
{
	const struct sched_param param = { .sched_priority = 10 };
	struct sem_op *op = arg;

	sched_setscheduler(0, SCHED_FIFO, &param);
	run_sem_op(op);
	woken[woken_count++] = op->tid;
	return NULL;
}

/* How all are woken at once, for what they return. */
enum wake { BY_UNITS, BY_ALL, BY_STATUS, BY_DELETE, WAKES };

static void wakes_in_order(struct __test_metadata *_metadata, enum wake wake)
{
	static const long result[] = {
		[BY_UNITS] = 0,
		[BY_ALL] = 0,
		[BY_STATUS] = -ECANCELED,
		[BY_DELETE] = -EIDRM,
	};
	struct sem_op op[8];
	long ret = 0;
	int sem, i;

	if (pin_as_realtime(20))
		SKIP(return, "no real-time scheduling: errno %d", errno);
	sem = new_sem(0);
	ASSERT_LT(0, sem);
	woken_count = 0;
	for (i = 0; i < 8; i++) {
		/* It runs when this thread sleeps, in poll_until(). */
		op[i] = acquire_op(sem, 1 + i % 3);
		ASSERT_EQ(0, pthread_create(&op[i].thread, NULL,
					    note_when_woken, &op[i]));
		ASSERT_TRUE(poll_until(waiting(sem) == i + 1));
	}
	switch (wake) {
	case BY_UNITS:
		ret = release(sem, 15);
		break;
	case BY_ALL:
		ret = nexus_sem_release(sem, 0, ALL);
		break;
	case BY_STATUS:
		ret = nexus_sem_release(sem, -5, ALL);
		break;
	default:
		ret = delete_sem(sem);
	}
	/* Nobody has run yet, but it is over. */
	EXPECT_EQ(0, woken_count);
	EXPECT_EQ(0, ret);
	EXPECT_EQ(wake == BY_DELETE ? NO_COUNT : 0, sem_count(sem));
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(result[wake], join_sem_op(&op[i]));
		EXPECT_EQ(wake == BY_STATUS ? -5 : UNTOUCHED, op[i].status);
	}
	for (i = 0; i < 8; i++)
		EXPECT_EQ(op[i].tid, woken[i]);
}

TEST_F(ns, units_wake_in_order)
{
	wakes_in_order(_metadata, BY_UNITS);
}

TEST_F(ns, all_wake_in_order)
{
	wakes_in_order(_metadata, BY_ALL);
}

TEST_F(ns, status_wakes_in_order)
{
	wakes_in_order(_metadata, BY_STATUS);
}

TEST_F(ns, delete_wakes_in_order)
{
	wakes_in_order(_metadata, BY_DELETE);
}

/* Real-time priority is no reason to come first. */
TEST_F(ns, priority_does_not_matter)
{
	const struct sched_param param = { .sched_priority = 30 };
	struct sem_op op[2];
	int sem, i;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	for (i = 0; i < 2; i++) {
		op[i] = acquire_op(sem, 1);
		ASSERT_EQ(0, start_sem_op(&op[i]));
	}
	if (sched_setscheduler(op[1].tid, SCHED_FIFO, &param)) {
		ASSERT_EQ(0, delete_sem(sem));
		SKIP(return, "no real-time scheduling: errno %d", errno);
	}
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, join_sem_op(&op[0]));
	EXPECT_TRUE(sem_op_waits(&op[1]));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, join_sem_op(&op[1]));
}

/* The table of what release does, a test for each row. */
TEST_F(ns, release_serves_several)
{
	struct sem_op op[4];
	int sem, i;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	for (i = 0; i < 4; i++) {
		op[i] = acquire_op(sem, i + 1);
		ASSERT_EQ(0, start_sem_op(&op[i]));
	}
	EXPECT_EQ(-10, sem_count(sem));
	/* For 1, 2 and 3, and two units are kept for the last. */
	ASSERT_EQ(0, release(sem, 8));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, join_sem_op(&op[i]));
	EXPECT_TRUE(sem_op_waits(&op[3]));
	EXPECT_EQ(-2, sem_count(sem));
	/* The rest stays. */
	ASSERT_EQ(0, release(sem, 5));
	EXPECT_EQ(0, join_sem_op(&op[3]));
	EXPECT_EQ(3, sem_count(sem));
}

TEST_F(ns, release_if_waiting)
{
	struct sem_op op[2];
	int sem;

	/* Nobody waits: nothing changes. */
	sem = new_sem(3);
	ASSERT_LT(0, sem);
	EXPECT_EQ(0, nexus_sem_release(sem, 5, IF_WAITING));
	EXPECT_EQ(3, sem_count(sem));
	ASSERT_EQ(0, try_acquire(sem, 3));
	EXPECT_EQ(0, nexus_sem_release(sem, 1, IF_WAITING));
	EXPECT_EQ(0, sem_count(sem));

	/* One waits for one: four are dropped. */
	op[0] = acquire_op(sem, 1);
	ASSERT_EQ(0, start_sem_op(&op[0]));
	EXPECT_EQ(0, nexus_sem_release(sem, 5, IF_WAITING));
	EXPECT_EQ(0, join_sem_op(&op[0]));
	EXPECT_EQ(0, sem_count(sem));

	/* One waits for three: the unit is kept. */
	op[0] = acquire_op(sem, 3);
	ASSERT_EQ(0, start_sem_op(&op[0]));
	EXPECT_EQ(0, nexus_sem_release(sem, 1, IF_WAITING));
	EXPECT_EQ(-2, sem_count(sem));
	EXPECT_TRUE(sem_op_waits(&op[0]));

	/* The first goes, what is left is kept for the second. */
	op[1] = acquire_op(sem, 5);
	ASSERT_EQ(0, start_sem_op(&op[1]));
	EXPECT_EQ(-7, sem_count(sem));
	EXPECT_EQ(0, nexus_sem_release(sem, 4, IF_WAITING));
	EXPECT_EQ(0, join_sem_op(&op[0]));
	EXPECT_EQ(-3, sem_count(sem));
	EXPECT_TRUE(sem_op_waits(&op[1]));
	EXPECT_EQ(0, nexus_sem_release(sem, 100, IF_WAITING));
	EXPECT_EQ(0, join_sem_op(&op[1]));
	EXPECT_EQ(0, sem_count(sem));
}

TEST_F(ns, release_all)
{
	static const unsigned int flags[] = { ALL, ALL | IF_WAITING };
	struct sem_op op[4];
	int sem, i;
	size_t f;

	for (f = 0; f < ARRAY_SIZE(flags); f++) {
		sem = new_sem(0);
		ASSERT_LT(0, sem);
		/* Nobody waits. */
		EXPECT_EQ(0, nexus_sem_release(sem, 0, flags[f]));
		EXPECT_EQ(0, sem_count(sem));
		ASSERT_EQ(0, release(sem, 2));
		EXPECT_EQ(0, nexus_sem_release(sem, 0, flags[f]));
		EXPECT_EQ(2, sem_count(sem));
		/* They return as if they had got it; the two units stay. */
		for (i = 0; i < 4; i++) {
			op[i] = acquire_op(sem, i + 3);
			ASSERT_EQ(0, start_sem_op(&op[i]));
		}
		EXPECT_EQ(2 - 18, sem_count(sem));
		EXPECT_EQ(0, nexus_sem_release(sem, 0, flags[f]));
		EXPECT_EQ(2, sem_count(sem));
		EXPECT_EQ(0, waiting(sem));
		for (i = 0; i < 4; i++) {
			EXPECT_EQ(0, join_sem_op(&op[i]));
			EXPECT_EQ(UNTOUCHED, op[i].status);
		}
		EXPECT_EQ(2, sem_count(sem));
	}
}

TEST_F(ns, release_all_keeps_saved_units)
{
	struct sem_op op;
	int sem;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	op = acquire_op(sem, 3);
	ASSERT_EQ(0, start_sem_op(&op));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(-2, sem_count(sem));
	EXPECT_EQ(0, nexus_sem_release(sem, 0, ALL));
	EXPECT_EQ(0, join_sem_op(&op));
	EXPECT_EQ(1, sem_count(sem));
}

TEST_F(ns, release_all_with_status)
{
	static const int status[] = { -1, -ECANCELED, -4096, INT_MIN,
				      INT_MIN + 12, -EAGAIN };
	struct sem_op op[3];
	int sem, i;
	size_t s;

	for (s = 0; s < ARRAY_SIZE(status); s++) {
		sem = new_sem(0);
		ASSERT_LT(0, sem);
		EXPECT_EQ(0, nexus_sem_release(sem, status[s], ALL));
		EXPECT_EQ(0, sem_count(sem));
		for (i = 0; i < 3; i++) {
			op[i] = i == 2 ? switch_op(-1, sem, 2) :
					 acquire_op(sem, i + 1);
			ASSERT_EQ(0, start_sem_op(&op[i]));
		}
		EXPECT_EQ(0, nexus_sem_release(sem, status[s],
					       s & 1 ? ALL | IF_WAITING : ALL));
		for (i = 0; i < 3; i++) {
			EXPECT_EQ(-ECANCELED, join_sem_op(&op[i]));
			EXPECT_EQ(status[s], op[i].status);
		}
		/* They have acquired nothing. */
		EXPECT_EQ(0, sem_count(sem));
		EXPECT_EQ(0, waiting(sem));
		EXPECT_EQ(0, latest_holder(sem));
		ASSERT_EQ(0, delete_sem(sem));
	}
}

static void *acquire_without_status(void *arg)
{
	struct sem_op *op = arg;

	__atomic_store_n(&op->tid, own_tid(), __ATOMIC_RELEASE);
	op->ret = nexus_sem_acquire(op->sem, 1, 0, NULL, NULL);
	return NULL;
}

TEST_F(ns, status_is_not_wanted)
{
	struct sem_op op;
	int sem;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	op = acquire_op(sem, 1);
	ASSERT_EQ(0, pthread_create(&op.thread, NULL, acquire_without_status,
				    &op));
	ASSERT_TRUE(poll_until(waiting(sem) == 1));
	ASSERT_EQ(0, nexus_sem_release(sem, -9, ALL));
	EXPECT_EQ(-ECANCELED, join_sem_op(&op));
}

TEST_F(ns, status_cannot_be_written)
{
	struct bad *bad = make_bad(2);
	struct sem_op op;
	int sem, i;

	ASSERT_NE(NULL, bad);
	sem = new_sem(1);
	ASSERT_LT(0, sem);
	for (i = 1; i < BAD_COUNT; i++) {
		/* It is only looked at if there is something to tell. */
		ASSERT_EQ(0, nexus_sem_acquire(sem, 1, 0, NULL, bad[i].addr));
		op = acquire_op(sem, 1);
		op.where = bad[i].addr;
		ASSERT_EQ(0, start_sem_op(&op));
		ASSERT_EQ(0, release(sem, 1));
		ASSERT_EQ(0, join_sem_op(&op));
		EXPECT_EQ(-EAGAIN, nexus_sem_acquire(sem, 1, NOWAIT, NULL,
						     bad[i].addr));
		ASSERT_EQ(0, start_sem_op(&op));
		ASSERT_EQ(0, nexus_sem_release(sem, -3, ALL));
		EXPECT_EQ(-EFAULT, join_sem_op(&op))
			TH_LOG("%s", bad[i].name);
		/* The wait is over all the same. */
		EXPECT_EQ(0, waiting(sem));
		EXPECT_EQ(0, sem_count(sem));
		ASSERT_EQ(0, release(sem, 1));
	}
}

TEST_HARNESS_MAIN

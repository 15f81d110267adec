// SPDX-License-Identifier: GPL-2.0
/*
 * What nexus_sem_switch() releases, when, how often, and that between joining
 * one queue and serving another nothing is missed.
 */
#include "ns.h"
#include "sem.h"

static const struct __kernel_timespec past;

static int handled;

static void count_signal(int sig)
{
	__atomic_fetch_add(&handled, 1, __ATOMIC_SEQ_CST);
}

static void catch_signal(int sig, int flags)
{
	struct sigaction sa = { .sa_handler = count_signal, .sa_flags = flags };

	sigaction(sig, &sa, NULL);
}

TEST_F(ns, switch_without_waiting)
{
	int rel, acq;

	rel = new_sem(0);
	acq = new_sem(5);
	ASSERT_LT(0, rel);
	ASSERT_LT(0, acq);
	EXPECT_EQ(0, nexus_sem_switch(rel, acq, 1, 0, NULL, NULL));
	EXPECT_EQ(1, sem_count(rel));
	EXPECT_EQ(4, sem_count(acq));
	/* One unit, however many are acquired. */
	EXPECT_EQ(0, nexus_sem_switch(rel, acq, 4, 0, NULL, NULL));
	EXPECT_EQ(2, sem_count(rel));
	EXPECT_EQ(0, sem_count(acq));
	EXPECT_EQ(own_tid(), latest_holder(acq));
	/* Also when it cannot be had at once. */
	EXPECT_EQ(-EAGAIN, nexus_sem_switch(rel, acq, 1, NOWAIT, NULL, NULL));
	EXPECT_EQ(3, sem_count(rel));
	EXPECT_EQ(-ETIMEDOUT, nexus_sem_switch(rel, acq, 1, 0, &past, NULL));
	EXPECT_EQ(4, sem_count(rel));
	EXPECT_EQ(0, sem_count(acq));
	/* A negative one is none. */
	EXPECT_EQ(-EAGAIN, nexus_sem_switch(-rel, acq, 1, NOWAIT, NULL, NULL));
	EXPECT_EQ(4, sem_count(rel));
}

TEST_F(ns, switch_releases_before_it_sleeps)
{
	struct sem_op op, other;
	int rel, acq;

	rel = new_sem(0);
	acq = new_sem(0);
	ASSERT_LT(0, rel);
	ASSERT_LT(0, acq);
	/* One who waits gets the unit while the other still sleeps. */
	other = acquire_op(rel, 1);
	ASSERT_EQ(0, start_sem_op(&other));
	op = switch_op(rel, acq, 2);
	ASSERT_EQ(0, start_sem_op(&op));
	EXPECT_EQ(0, join_sem_op(&other));
	EXPECT_TRUE(sem_op_waits(&op));
	EXPECT_EQ(0, sem_count(rel));
	EXPECT_EQ(-2, sem_count(acq));
	ASSERT_EQ(0, release(acq, 2));
	EXPECT_EQ(0, join_sem_op(&op));
	/* That was it: not once more at the end. */
	EXPECT_EQ(0, sem_count(rel));
	EXPECT_EQ(0, sem_count(acq));
	EXPECT_EQ(op.tid, latest_holder(acq));
}

/* Whoever gets the unit finds the other in the queue: nothing is missed. */
TEST_F(ns, switch_joins_before_it_releases)
{
	struct sem_op op;
	int rel, acq, i;

	rel = new_sem(0);
	acq = new_sem(0);
	ASSERT_LT(0, rel);
	ASSERT_LT(0, acq);
	for (i = 0; i < 500; i++) {
		op = switch_op(rel, acq, 1);
		ASSERT_EQ(0, launch_sem_op(&op));
		ASSERT_EQ(0, nexus_sem_acquire(rel, 1, 0, NULL, NULL));
		ASSERT_EQ(-1, sem_count(acq));
		/* Only who waits already is helped by this. */
		ASSERT_EQ(0, nexus_sem_release(acq, 1, IF_WAITING));
		ASSERT_EQ(0, join_sem_op(&op));
	}
}

TEST_F(ns, switch_is_never_restarted)
{
	struct sem_op op;
	int rel[3] = { 0, 0, INT_MAX }, acq, i;

	catch_signal(SIGUSR1, SA_RESTART);
	rel[0] = new_sem(0);
	acq = new_sem(0);
	ASSERT_LT(0, rel[0]);
	ASSERT_LT(0, acq);
	/* Neither if there was nothing that could be released. */
	for (i = 0; i < 3; i++) {
		op = switch_op(rel[i], acq, 1);
		ASSERT_EQ(0, start_sem_op(&op));
		pthread_kill(op.thread, SIGUSR1);
		EXPECT_EQ(-EINTR, join_sem_op(&op));
		EXPECT_EQ(i + 1, handled);
		/* Once, and it stays released. */
		EXPECT_EQ(1, sem_count(rel[0]));
		EXPECT_EQ(0, sem_count(acq));
	}
}

TEST_F(ns, switch_wait_fails)
{
	struct __kernel_timespec at;
	struct sem_op op;
	int rel, acq, way;

	for (way = 0; way < 3; way++) {
		rel = new_sem(0);
		acq = new_sem(0);
		ASSERT_LT(0, rel);
		ASSERT_LT(0, acq);
		op = switch_op(rel, acq, 1);
		if (way == 0) {
			at = in_ms(CLOCK_MONOTONIC, 50);
			op.deadline = &at;
			run_sem_op(&op);
			EXPECT_EQ(-ETIMEDOUT, op.ret);
		} else {
			ASSERT_EQ(0, start_sem_op(&op));
			ASSERT_EQ(0, way == 1 ? delete_sem(acq) :
				  nexus_sem_release(acq, -8, ALL));
			EXPECT_EQ(way == 1 ? -EIDRM : -ECANCELED,
				  join_sem_op(&op));
			EXPECT_EQ(way == 1 ? UNTOUCHED : -8, op.status);
		}
		/* Released for good. */
		EXPECT_EQ(1, sem_count(rel));
	}
}

TEST_F(ns, switch_ignores_failed_release)
{
	struct sem_op op;
	int rel, acq;

	acq = new_sem(0);
	ASSERT_LT(0, acq);
	/* One that overflows, and one that is no more. */
	rel = new_sem(INT_MAX);
	ASSERT_LT(0, rel);
	op = switch_op(rel, acq, 1);
	ASSERT_EQ(0, start_sem_op(&op));
	EXPECT_EQ(INT_MAX, sem_count(rel));
	ASSERT_EQ(0, release(acq, 1));
	EXPECT_EQ(0, join_sem_op(&op));
	ASSERT_EQ(0, delete_sem(rel));
	ASSERT_EQ(0, start_sem_op(&op));
	ASSERT_EQ(0, release(acq, 1));
	EXPECT_EQ(0, join_sem_op(&op));
}

TEST_F(ns, switch_to_itself)
{
	struct sem_op op;
	int sem;

	/* It releases what it waits for. */
	sem = new_sem(0);
	ASSERT_LT(0, sem);
	op = switch_op(sem, sem, 1);
	ASSERT_EQ(0, launch_sem_op(&op));
	EXPECT_EQ(0, join_sem_op(&op));
	EXPECT_EQ(0, sem_count(sem));
	/* Behind one who waits that is for that one. */
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, nexus_sem_switch(sem, sem, 1, 0, NULL, NULL));
	EXPECT_EQ(1, sem_count(sem));
}

TEST_HARNESS_MAIN

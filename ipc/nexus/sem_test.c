// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the arithmetic of Nexus semaphores: who is handed what.
 */
#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/sched/wake_q.h>
#include <linux/slab.h>

#include "sem.h"

/* A semaphore with waiters that are all played by this task. */
struct line {
	struct nexus_sem *sem;
	struct nexus_sem_waiter waiters[4];
	struct wake_q_head wake_q;
};

static int line_init(struct kunit *test)
{
	struct line *line = kunit_kzalloc(test, sizeof(*line), GFP_KERNEL);

	if (!line)
		return -ENOMEM;
	line->sem = nexus_sem_alloc(0);
	if (IS_ERR(line->sem))
		return PTR_ERR(line->sem);
	refcount_set(&line->sem->obj.perm.refcount, 1);
	wake_q_init(&line->wake_q);
	test->priv = line;
	return 0;
}

static void line_exit(struct kunit *test)
{
	struct line *line = test->priv;

	if (!line)
		return;
	wake_up_q(&line->wake_q);
	nexus_sem_discard(line->sem);
}

static void join(struct line *line, int i, u32 count)
{
	line->waiters[i].count = count;
	nexus_sem_enqueue(line->sem, &line->waiters[i]);
}

static void leave(struct line *line, int i)
{
	nexus_sem_leave(line->sem, &line->waiters[i], &line->wake_q);
}

static int release(struct line *line, u32 count, unsigned int flags)
{
	return nexus_sem_add(line->sem, count, flags, &line->wake_q);
}

static bool woken(struct line *line, int i)
{
	return line->waiters[i].waiter.done;
}

static void worked_example(struct kunit *test)
{
	struct line *line = test->priv;

	KUNIT_ASSERT_EQ(test, release(line, 1, 0), 0);
	join(line, 1, 2);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), -1);
	join(line, 2, 1);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), -2);
	join(line, 3, 2);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), -4);
	KUNIT_EXPECT_FALSE(test, woken(line, 2));
	leave(line, 1);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), -2);
	KUNIT_EXPECT_TRUE(test, woken(line, 2));
	KUNIT_EXPECT_EQ(test, release(line, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), -1);
	KUNIT_EXPECT_FALSE(test, woken(line, 3));
	KUNIT_EXPECT_EQ(test, release(line, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), 0);
	KUNIT_EXPECT_TRUE(test, woken(line, 3));
	KUNIT_EXPECT_EQ(test, line->sem->units, 0);
	KUNIT_EXPECT_EQ(test, line->sem->waiting, 0);
}

static void if_waiting(struct kunit *test)
{
	struct line *line = test->priv;

	/* Nobody waits: the units vanish. */
	KUNIT_EXPECT_EQ(test, release(line, 5, NEXUS_SEM_IF_WAITING), 0);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), 0);
	/* What is left over when the line is empty vanishes. */
	join(line, 0, 1);
	KUNIT_EXPECT_EQ(test, release(line, 5, NEXUS_SEM_IF_WAITING), 0);
	KUNIT_EXPECT_TRUE(test, woken(line, 0));
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), 0);
	/* What the first still waits for is kept. */
	join(line, 1, 3);
	KUNIT_EXPECT_EQ(test, release(line, 1, NEXUS_SEM_IF_WAITING), 0);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), -2);
	KUNIT_EXPECT_EQ(test, line->sem->units, 1);
	KUNIT_EXPECT_EQ(test, release(line, 9, NEXUS_SEM_IF_WAITING), 0);
	KUNIT_EXPECT_TRUE(test, woken(line, 1));
	KUNIT_EXPECT_EQ(test, line->sem->units, 0);
}

static void release_all(struct kunit *test)
{
	struct line *line = test->priv;

	join(line, 0, 3);
	join(line, 1, INT_MAX);
	KUNIT_EXPECT_EQ(test, release(line, 1, 0), 0);
	nexus_sem_add_all(line->sem, 0, &line->wake_q);
	for (int i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, woken(line, i));
		KUNIT_EXPECT_EQ(test, line->waiters[i].waiter.result, 0);
	}
	/* What had been saved for the first is there for all. */
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), 1);

	join(line, 2, 2);
	nexus_sem_add_all(line->sem, -77, &line->wake_q);
	KUNIT_EXPECT_EQ(test, line->waiters[2].waiter.result, -ECANCELED);
	KUNIT_EXPECT_EQ(test, line->waiters[2].status, -77);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), 1);
}

static void bounds(struct kunit *test)
{
	struct line *line = test->priv;

	for (int i = 0; i < 4; i++)
		join(line, i, INT_MAX);
	KUNIT_EXPECT_EQ(test, line->sem->wanted, 4ULL * INT_MAX);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), INT_MIN);
	KUNIT_EXPECT_EQ(test, release(line, INT_MAX - 1, 0), 0);
	KUNIT_EXPECT_FALSE(test, woken(line, 0));
	/* More than there can be, though the first in line would take it. */
	KUNIT_EXPECT_EQ(test, release(line, 2, 0), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, line->sem->units, INT_MAX - 1);
	KUNIT_EXPECT_EQ(test, release(line, 1, 0), 0);
	KUNIT_EXPECT_TRUE(test, woken(line, 0));
	KUNIT_EXPECT_EQ(test, line->sem->units, 0);
	for (int i = 1; i < 4; i++)
		leave(line, i);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), 0);
	KUNIT_EXPECT_EQ(test, release(line, INT_MAX, 0), 0);
	KUNIT_EXPECT_EQ(test, release(line, 1, 0), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, nexus_sem_count(line->sem), INT_MAX);
}

static void holder(struct kunit *test)
{
	struct line *line = test->priv;
	pid_t self = task_pid_nr(current);

	KUNIT_EXPECT_EQ(test, line->sem->holder, 0);
	KUNIT_EXPECT_EQ(test, release(line, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, line->sem->holder, 0);
	join(line, 0, 2);
	KUNIT_EXPECT_EQ(test, release(line, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, line->sem->holder, self);
	for (int i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, release(line, 1, 0), 0);
		KUNIT_EXPECT_EQ(test, line->sem->holder, -self);
	}
}

static struct kunit_case nexus_sem_cases[] = {
	KUNIT_CASE(worked_example),
	KUNIT_CASE(if_waiting),
	KUNIT_CASE(release_all),
	KUNIT_CASE(bounds),
	KUNIT_CASE(holder),
	{}
};

static struct kunit_suite nexus_sem_suite = {
	.name = "nexus_sem",
	.init = line_init,
	.exit = line_exit,
	.test_cases = nexus_sem_cases,
};

kunit_test_suite(nexus_sem_suite);

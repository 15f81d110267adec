// SPDX-License-Identifier: GPL-2.0
/*
 * What semaphores do when nothing goes wrong: counts, who gets units, names,
 * information, iteration.
 */
#include "ns.h"
#include "sem.h"

TEST_F(ns, new_sem_info)
{
	struct nexus_sem_info info;
	int sem;

	sem = sem_args("fresh", 7, 0, 0);
	ASSERT_LT(0, sem);
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, sem_info(sem, &info));
	EXPECT_EQ(sem, info.id);
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(7, info.count);
	EXPECT_EQ(0, info.latest_holder);
	EXPECT_EQ(geteuid(), info.uid);
	EXPECT_EQ(getegid(), info.gid);
	EXPECT_EQ(geteuid(), info.creator_uid);
	EXPECT_EQ(0600, info.mode);
	EXPECT_EQ(0, info.waiting);
	EXPECT_EQ(0, info.flags);
	EXPECT_STREQ("fresh", info.name);
	EXPECT_TRUE(all_bytes(info.name + 5, sizeof(info.name) - 5, 0));
}

TEST_F(ns, given_mode)
{
	struct nexus_sem_info info;
	int sem;

	sem = sem_args("mode", 0, NEXUS_CREATE_MODE, 0640);
	ASSERT_LT(0, sem);
	ASSERT_EQ(0, sem_info(sem, &info));
	EXPECT_EQ(0640, info.mode);
	sem = sem_args("mode", 0, NEXUS_CREATE_MODE, 0);
	ASSERT_LT(0, sem);
	ASSERT_EQ(0, sem_info(sem, &info));
	EXPECT_EQ(0, info.mode);
}

TEST_F(ns, first_count)
{
	static const int counts[] = { 0, 1, 2, 1000, INT_MAX - 1, INT_MAX };
	size_t i;
	int sem;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		sem = new_sem(counts[i]);
		ASSERT_LT(0, sem);
		EXPECT_EQ(counts[i], sem_count(sem));
		ASSERT_EQ(0, delete_sem(sem));
	}
	EXPECT_EQ(-EINVAL, new_sem(-1));
	EXPECT_EQ(-EINVAL, new_sem(INT_MIN));
	EXPECT_EQ(0, sems());
}

TEST_F(ns, acquire_and_release)
{
	int sem;

	sem = new_sem(10);
	ASSERT_LT(0, sem);
	EXPECT_EQ(0, nexus_sem_acquire(sem, 1, 0, NULL, NULL));
	EXPECT_EQ(9, sem_count(sem));
	EXPECT_EQ(0, nexus_sem_acquire(sem, 4, 0, NULL, NULL));
	EXPECT_EQ(5, sem_count(sem));
	/* All or nothing. */
	EXPECT_EQ(-EAGAIN, try_acquire(sem, 6));
	EXPECT_EQ(5, sem_count(sem));
	EXPECT_EQ(0, try_acquire(sem, 5));
	EXPECT_EQ(0, sem_count(sem));
	EXPECT_EQ(-EAGAIN, try_acquire(sem, 1));
	EXPECT_EQ(0, sem_count(sem));
	/* More than there ever were, and nobody acquired them. */
	EXPECT_EQ(0, release(sem, 1));
	EXPECT_EQ(1, sem_count(sem));
	EXPECT_EQ(0, release(sem, 100));
	EXPECT_EQ(101, sem_count(sem));
	EXPECT_EQ(0, waiting(sem));
}

TEST_F(ns, largest_count)
{
	int sem;

	sem = new_sem(INT_MAX);
	ASSERT_LT(0, sem);
	EXPECT_EQ(0, try_acquire(sem, INT_MAX));
	EXPECT_EQ(0, sem_count(sem));
	EXPECT_EQ(-EAGAIN, try_acquire(sem, INT_MAX));
	EXPECT_EQ(0, release(sem, INT_MAX));
	EXPECT_EQ(INT_MAX, sem_count(sem));
	EXPECT_EQ(0, try_acquire(sem, 1));
	EXPECT_EQ(-EAGAIN, try_acquire(sem, INT_MAX));
	EXPECT_EQ(INT_MAX - 1, sem_count(sem));
	EXPECT_EQ(0, release(sem, 1));
	EXPECT_EQ(INT_MAX, sem_count(sem));
}

TEST_F(ns, count_too_low_to_show)
{
	struct sem_op op[3];
	int sem, i;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	for (i = 0; i < 3; i++) {
		op[i] = acquire_op(sem, INT_MAX);
		ASSERT_EQ(0, start_sem_op(&op[i]));
		EXPECT_EQ(i ? INT_MIN : -INT_MAX, sem_count(sem));
	}
	EXPECT_EQ(3, waiting(sem));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, release(sem, INT_MAX));
		EXPECT_EQ(0, join_sem_op(&op[i]));
	}
	EXPECT_EQ(0, sem_count(sem));
}

TEST_F(ns, worked_example)
{
	struct sem_op *t1 = shared(sizeof(*t1)), t2, t3;
	pid_t pid;
	int sem;

	ASSERT_NE(NULL, t1);
	sem = new_sem(1);
	ASSERT_LT(0, sem);
	*t1 = acquire_op(sem, 2);
	t2 = acquire_op(sem, 1);
	t3 = acquire_op(sem, 2);
	pid = start_sem_process(t1);
	ASSERT_LT(0, pid);
	EXPECT_EQ(-1, sem_count(sem));
	/* Waits although a unit exists. */
	ASSERT_EQ(0, start_sem_op(&t2));
	EXPECT_EQ(-2, sem_count(sem));
	ASSERT_EQ(0, start_sem_op(&t3));
	EXPECT_EQ(-4, sem_count(sem));
	EXPECT_EQ(3, waiting(sem));
	kill(pid, SIGKILL);
	ASSERT_EQ(128 + SIGKILL, reap(pid));
	EXPECT_EQ(0, join_sem_op(&t2));
	EXPECT_EQ(-2, sem_count(sem));
	EXPECT_EQ(1, waiting(sem));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(-1, sem_count(sem));
	EXPECT_TRUE(sem_op_waits(&t3));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, join_sem_op(&t3));
	EXPECT_EQ(0, sem_count(sem));
	EXPECT_EQ(0, waiting(sem));
}

TEST_F(ns, first_come_first_served)
{
	struct sem_op op[8];
	int sem, i, n;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	for (i = 0; i < 8; i++) {
		op[i] = acquire_op(sem, 1);
		ASSERT_EQ(0, start_sem_op(&op[i]));
		EXPECT_EQ(-i - 1, sem_count(sem));
	}
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, release(sem, 1));
		ASSERT_EQ(0, join_sem_op(&op[i]));
		EXPECT_EQ(UNTOUCHED, op[i].status);
		EXPECT_EQ(i - 7, sem_count(sem));
		for (n = i + 1; n < 8; n++)
			EXPECT_FALSE(sem_op_done(&op[n]));
	}
}

TEST_F(ns, large_head_blocks_small_ones)
{
	struct sem_op large, small[2];
	int sem, i;

	sem = new_sem(4);
	ASSERT_LT(0, sem);
	large = acquire_op(sem, 6);
	ASSERT_EQ(0, start_sem_op(&large));
	for (i = 0; i < 2; i++) {
		small[i] = acquire_op(sem, 1);
		ASSERT_EQ(0, start_sem_op(&small[i]));
	}
	EXPECT_EQ(4 - 8, sem_count(sem));
	/* Units that come are kept for the head. */
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(5 - 8, sem_count(sem));
	for (i = 0; i < 2; i++)
		EXPECT_TRUE(sem_op_waits(&small[i]));
	EXPECT_TRUE(sem_op_waits(&large));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, join_sem_op(&large));
	EXPECT_EQ(-2, sem_count(sem));
	ASSERT_EQ(0, release(sem, 2));
	EXPECT_EQ(0, join_sem_op(&small[0]));
	EXPECT_EQ(0, join_sem_op(&small[1]));
	EXPECT_EQ(0, sem_count(sem));
}

TEST_F(ns, nobody_overtakes)
{
	struct sem_op op;
	int sem;

	sem = new_sem(2);
	ASSERT_LT(0, sem);
	op = acquire_op(sem, 3);
	ASSERT_EQ(0, start_sem_op(&op));
	/* Two units are there, but not for a newcomer. */
	EXPECT_EQ(-EAGAIN, try_acquire(sem, 1));
	EXPECT_EQ(-EAGAIN, try_acquire(sem, 2));
	EXPECT_EQ(-1, sem_count(sem));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, join_sem_op(&op));
}

TEST_F(ns, latest_holder)
{
	struct sem_op op;
	int sem;

	sem = new_sem(2);
	ASSERT_LT(0, sem);
	EXPECT_EQ(0, latest_holder(sem));
	ASSERT_EQ(0, try_acquire(sem, 1));
	EXPECT_EQ(own_tid(), latest_holder(sem));
	EXPECT_EQ(-EAGAIN, try_acquire(sem, 2));
	EXPECT_EQ(own_tid(), latest_holder(sem));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(-own_tid(), latest_holder(sem));
	/* It does not change sign again. */
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(-own_tid(), latest_holder(sem));
	ASSERT_EQ(0, try_acquire(sem, 3));
	EXPECT_EQ(own_tid(), latest_holder(sem));

	/* Who is handed the units acquired last. */
	op = acquire_op(sem, 1);
	ASSERT_EQ(0, start_sem_op(&op));
	EXPECT_EQ(own_tid(), latest_holder(sem));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, join_sem_op(&op));
	EXPECT_EQ(op.tid, latest_holder(sem));
	EXPECT_NE(own_tid(), op.tid);
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(-op.tid, latest_holder(sem));

	/* Nobody has ever had it: there is no -0. */
	sem = new_sem(0);
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, latest_holder(sem));
}

static int holder_process(void *arg)
{
	return try_acquire(*(int *)arg, 1) ? 1 : 0;
}

TEST_F(ns, latest_holder_has_ended)
{
	pid_t pid;
	int sem;

	sem = new_sem(1);
	ASSERT_LT(0, sem);
	pid = spawn(holder_process, &sem);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	/* It gave nothing back. */
	EXPECT_EQ(0, sem_count(sem));
	EXPECT_EQ(pid, latest_holder(sem));
}

TEST_F(ns, names)
{
	static const struct {
		const char *given;
		const char *stored;
	} names[] = {
		{ "", "" },
		{ "x", "x" },
		{ "1234567890123456789012345678901",
		  "1234567890123456789012345678901" },
		{ "1234567890123456789012345678abcd",
		  "1234567890123456789012345678abc" },
		{ "forty bytes long, which is nine too many",
		  "forty bytes long, which is nine" },
		{ NULL, "unnamed semaphore" },
	};
	struct nexus_sem_info info;
	size_t i, len;
	int sem;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		len = strlen(names[i].stored);
		EXPECT_EQ(-ENOENT, nexus_find(SEM, names[i].stored, 0));
		sem = sem_args(names[i].given, 0, 0, 0);
		ASSERT_LT(0, sem);
		memset(&info, 0xff, sizeof(info));
		ASSERT_EQ(0, sem_info(sem, &info));
		EXPECT_STREQ(names[i].stored, info.name);
		EXPECT_TRUE(all_bytes(info.name + len, sizeof(info.name) - len,
				      0));
		EXPECT_EQ(sem, nexus_find(SEM, names[i].stored, 0));
		if (names[i].given)
			EXPECT_EQ(sem, nexus_find(SEM, names[i].given, 0));
		EXPECT_EQ(0, delete_sem(sem));
		EXPECT_EQ(-ENOENT, nexus_find(SEM, names[i].stored, 0));
	}
}

TEST_F(ns, names_are_of_a_type)
{
	int sem, port;

	sem = sem_args("both", 0, 0, 0);
	ASSERT_LT(0, sem);
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "both", 0));
	port = port_args("both", 1, 0, 0);
	ASSERT_LT(0, port);
	EXPECT_EQ(sem, nexus_find(SEM, "both", 0));
	EXPECT_EQ(port, nexus_find(PORT, "both", 0));
	ASSERT_EQ(0, delete_sem(sem));
	EXPECT_EQ(-ENOENT, nexus_find(SEM, "both", 0));
	EXPECT_EQ(port, nexus_find(PORT, "both", 0));
}

TEST_F(ns, same_name)
{
	int sem[4], i;

	for (i = 0; i < 4; i++) {
		sem[i] = sem_args("twin", i, 0, 0);
		ASSERT_LT(0, sem[i]);
	}
	/* The oldest that is left. */
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(sem[i], nexus_find(SEM, "twin", 0));
		ASSERT_EQ(0, delete_sem(sem[i]));
	}
	EXPECT_EQ(-ENOENT, nexus_find(SEM, "twin", 0));
}

TEST_F(ns, next_in_id_order)
{
	enum { COUNT = 300 };
	struct nexus_sem_info info;
	int sem[COUNT], last, i;

	for (i = 0; i < COUNT; i++) {
		sem[i] = new_sem(i);
		ASSERT_LT(0, sem[i]);
		/* A port among them does not appear. */
		if (i % 50 == 0)
			ASSERT_LT(0, new_port(1));
	}
	for (i = 0; i < COUNT; i += 3)
		ASSERT_EQ(0, delete_sem(sem[i]));
	last = 0;
	for (i = 0; i < COUNT; i++) {
		if (i % 3 == 0)
			continue;
		memset(&info, 0xff, sizeof(info));
		ASSERT_EQ(0, nexus_next(SEM, i & 1 ? getpid() : 0, last, &info,
					sizeof(info), 0));
		ASSERT_EQ(sem[i], info.id);
		EXPECT_EQ(i, info.count);
		EXPECT_EQ(getpid(), info.team);
		EXPECT_STREQ("test sem", info.name);
		last = info.id;
	}
	EXPECT_EQ(-ENOENT, nexus_next(SEM, 0, last, &info, sizeof(info), 0));
	/* The id to go on from need not exist. */
	ASSERT_EQ(0, nexus_next(SEM, 0, last - 1, &info, sizeof(info), 0));
	EXPECT_EQ(last, info.id);
	EXPECT_EQ(COUNT - COUNT / 3, sems());
}

static int own_a_sem(void *arg)
{
	int *step = arg;
	const int sem = new_sem(5);

	if (sem < 0)
		return 1;
	announce(step, sem);
	return pause_process(NULL);
}

TEST_F(ns, next_of_another_team)
{
	int *step = shared(sizeof(*step));
	struct nexus_sem_info info;
	pid_t pid;
	int sem;

	ASSERT_NE(NULL, step);
	EXPECT_EQ(-ENOENT, nexus_next(SEM, 0, 0, &info, sizeof(info), 0));
	sem = new_sem(0);
	ASSERT_LT(0, sem);
	pid = spawn(own_a_sem, step);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(step, 1));
	ASSERT_EQ(0, nexus_next(SEM, pid, 0, &info, sizeof(info), 0));
	EXPECT_EQ(*step, info.id);
	EXPECT_EQ(pid, info.team);
	EXPECT_EQ(-ENOENT, nexus_next(SEM, pid, info.id, &info, sizeof(info),
				      0));
	/* 0 is the own team, not all of them. */
	ASSERT_EQ(0, nexus_next(SEM, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(sem, info.id);
	EXPECT_EQ(-ENOENT, nexus_next(SEM, 0, sem, &info, sizeof(info), 0));
	kill(pid, SIGKILL);
	reap(pid);
	EXPECT_EQ(-ESRCH, nexus_next(SEM, pid, 0, &info, sizeof(info), 0));
}

TEST_F(ns, info_while_threads_wait)
{
	struct nexus_sem_info info;
	struct sem_op op[2];
	int sem, i;

	sem = new_sem(1);
	ASSERT_LT(0, sem);
	for (i = 0; i < 2; i++) {
		op[i] = acquire_op(sem, 2 + i);
		ASSERT_EQ(0, start_sem_op(&op[i]));
	}
	ASSERT_EQ(0, nexus_next(SEM, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(sem, info.id);
	EXPECT_EQ(-4, info.count);
	EXPECT_EQ(2, info.waiting);
	EXPECT_EQ(0, info.latest_holder);
	ASSERT_EQ(0, delete_sem(sem));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(-EIDRM, join_sem_op(&op[i]));
}

TEST_F(ns, other_team_hands_over)
{
	struct sem_op *op = shared(2 * sizeof(*op));
	pid_t pid[2];
	int sem, i;

	ASSERT_NE(NULL, op);
	sem = new_sem(0);
	ASSERT_LT(0, sem);
	for (i = 0; i < 2; i++) {
		op[i] = acquire_op(sem, 2);
		pid[i] = start_sem_process(&op[i]);
		ASSERT_LT(0, pid[i]);
	}
	EXPECT_EQ(-4, sem_count(sem));
	ASSERT_EQ(0, release(sem, 2));
	ASSERT_EQ(0, reap(pid[0]));
	EXPECT_EQ(0, op[0].ret);
	EXPECT_EQ(pid[0], latest_holder(sem));
	EXPECT_FALSE(sem_op_done(&op[1]));
	ASSERT_EQ(0, release(sem, 2));
	ASSERT_EQ(0, reap(pid[1]));
	EXPECT_EQ(0, op[1].ret);
}

TEST_F(ns, state_deleted)
{
	struct nexus_sem_info info;
	int sem;

	sem = sem_args("state", 2, 0, 0);
	ASSERT_LT(0, sem);
	EXPECT_EQ(1, sems());
	EXPECT_EQ(0, delete_sem(sem));
	EXPECT_EQ(0, sems());
	EXPECT_EQ(-EIDRM, try_acquire(sem, 1));
	EXPECT_EQ(-EIDRM, nexus_sem_acquire(sem, 1, 0, NULL, NULL));
	EXPECT_EQ(-EIDRM, release(sem, 1));
	EXPECT_EQ(-EIDRM, nexus_sem_release(sem, 0, ALL));
	EXPECT_EQ(-EIDRM, nexus_sem_switch(-1, sem, 1, 0, NULL, NULL));
	EXPECT_EQ(-EIDRM, sem_info(sem, &info));
	EXPECT_EQ(-ENOENT, nexus_next(SEM, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(-ENOENT, nexus_find(SEM, "state", 0));
	EXPECT_EQ(-EIDRM, nexus_set_owner(SEM, sem, 0, 0));
	EXPECT_EQ(-EIDRM, delete_sem(sem));
}

TEST_F(ns, system_info)
{
	struct nexus_system_info info;
	int sem;

	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, nexus_info(NEXUS_TYPE_SYSTEM, 0, &info, sizeof(info), 0));
	EXPECT_LE(NEXUS_ABI_VERSION, info.abi);
	EXPECT_EQ(0, info.sems);
	EXPECT_LE(4096, info.sems_max);
	sem = new_sem(0);
	ASSERT_LT(0, sem);
	EXPECT_EQ(1, sems());
	EXPECT_EQ(0, ports());
	/* Who knows the first version only gets that. */
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, nexus_info(NEXUS_TYPE_SYSTEM, 0, &info,
				NEXUS_SYSTEM_INFO_SIZE_VER0, 0));
	EXPECT_TRUE(all_bytes(&info.sems, 8, 0xff));
	ASSERT_EQ(0, delete_sem(sem));
	EXPECT_EQ(0, sems());
}

TEST_HARNESS_MAIN

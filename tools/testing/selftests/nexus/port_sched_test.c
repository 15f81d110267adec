// SPDX-License-Identifier: GPL-2.0
/*
 * What waiting does to the rest of the system: nobody wakes in vain, nobody
 * keeps it from sleeping, and who was frozen meanwhile does not notice.
 */
#include "ns.h"
#include <sys/mount.h>

enum { WAITERS = 16 };

/* How often a thread has gone to sleep, or -1. */
static long sleeps(pid_t tid)
{
	static const char field[] = "\nvoluntary_ctxt_switches:";
	char path[64], buf[4096], *p;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	if (read_file(path, buf, sizeof(buf)) <= 0)
		return -1;
	p = strstr(buf, field);
	return p ? atol(p + strlen(field)) : -1;
}

TEST_F(ns, one_message_wakes_one_reader)
{
	long before[WAITERS];
	struct op op[WAITERS];
	int port, i, n;

	port = new_port(WAITERS);
	ASSERT_LT(0, port);
	for (i = 0; i < WAITERS; i++) {
		op[i] = (struct op)RECV_OP(.port = port);
		ASSERT_EQ(0, start_op(&op[i]));
		before[i] = sleeps(op[i].tid);
		ASSERT_LT(0, before[i]);
	}
	for (n = 0; n < WAITERS; n++) {
		ASSERT_EQ(0, send_code(port, n));
		ASSERT_EQ(0, join_op(&op[n]));
		/* The others have slept on. */
		for (i = n + 1; i < WAITERS; i++)
			EXPECT_EQ(before[i], sleeps(op[i].tid));
	}
}

TEST_F(ns, one_slot_wakes_one_writer)
{
	long before[WAITERS];
	struct op op[WAITERS];
	int port, i, n;

	port = new_port(1);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, send_code(port, 1000));
	for (i = 0; i < WAITERS; i++) {
		op[i] = (struct op)SEND_OP(.port = port, .code = i);
		ASSERT_EQ(0, start_op(&op[i]));
		before[i] = sleeps(op[i].tid);
		ASSERT_LT(0, before[i]);
	}
	for (n = 0; n < WAITERS; n++) {
		ASSERT_EQ(n ? n - 1 : 1000, recv_code(port));
		ASSERT_EQ(0, join_op(&op[n]));
		for (i = n + 1; i < WAITERS; i++)
			EXPECT_EQ(before[i], sleeps(op[i].tid));
	}
}

/* Other ports' traffic is none of a waiter's business. */
TEST_F(ns, other_ports_wake_nobody)
{
	struct op op = RECV_OP();
	long before;
	int other, i;

	op.port = new_port(1);
	other = new_port(1);
	ASSERT_LT(0, op.port);
	ASSERT_LT(0, other);
	ASSERT_EQ(0, start_op(&op));
	before = sleeps(op.tid);
	for (i = 0; i < 1000; i++) {
		ASSERT_EQ(0, send_code(other, i));
		ASSERT_EQ(i, recv_code(other));
	}
	EXPECT_EQ(before, sleeps(op.tid));
	ASSERT_EQ(0, send_code(op.port, 1));
	EXPECT_EQ(0, join_op(&op));
}

/* A deadline that no clock reaches does not make a waiter spin. */
TEST_F(ns, far_deadlines_use_no_cpu)
{
	static const struct __kernel_timespec at[] = {
		{ .tv_sec = LLONG_MAX, .tv_nsec = 999999999 },
		{ .tv_sec = LLONG_MAX / 1000000000 },
		{ .tv_sec = LLONG_MAX / 1000000000 + 1 },
		{ .tv_sec = 1LL << 32 },
	};
	struct op op[2 * ARRAY_SIZE(at)];
	int64_t cpu[2 * ARRAY_SIZE(at)];
	clockid_t clock[2 * ARRAY_SIZE(at)];
	int64_t end;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(op); i++) {
		op[i] = (struct op)RECV_OP(.deadline = &at[i / 2]);
		op[i].port = new_port(1);
		ASSERT_LT(0, op[i].port);
		if (i & 1)
			op[i].flags = NEXUS_CLOCK_REALTIME;
		ASSERT_EQ(0, start_op(&op[i]));
		ASSERT_EQ(0, pthread_getcpuclockid(op[i].thread, &clock[i]));
		cpu[i] = now_ns(clock[i]);
	}
	end = now_ns(CLOCK_MONOTONIC) + 200000000;
	ASSERT_TRUE(poll_until(now_ns(CLOCK_MONOTONIC) > end));
	for (i = 0; i < ARRAY_SIZE(op); i++) {
		EXPECT_EQ(cpu[i], now_ns(clock[i]));
		EXPECT_FALSE(op_done(&op[i]));
		ASSERT_EQ(0, send_code(op[i].port, i));
		EXPECT_EQ(0, join_op(&op[i]));
	}
}

#define CGROUP "/tmp/nexus-freeze"
#define GROUP CGROUP "/nexus-test"

static int group_frozen(void)
{
	char buf[256];

	return read_file(GROUP "/cgroup.events", buf, sizeof(buf)) > 0 &&
	       strstr(buf, "frozen 1");
}

static int frozen_op(void *arg)
{
	if (write_file(GROUP "/cgroup.procs", "0"))
		return 1;
	run_op(arg);
	return 0;
}

static const char *make_group(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return "no private mounts";
	mkdir(CGROUP, 0700);
	if (mount("none", CGROUP, "cgroup2", 0, NULL))
		return "no cgroup2";
	rmdir(GROUP);
	if (mkdir(GROUP, 0700) || access(GROUP "/cgroup.freeze", W_OK))
		return "no cgroup freezer";
	return NULL;
}

TEST_F(ns, cgroup_freezer)
{
	struct op *op = shared(sizeof(*op));
	const char *why = make_group();
	pid_t pid;
	int round;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_NE(NULL, op);
	*op = (struct op)RECV_OP(.port = new_port(1));
	ASSERT_LT(0, op->port);
	pid = spawn(frozen_op, op);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, wait_until_blocked(pid, pid, op->nr));
	for (round = 0; round < 3; round++) {
		ASSERT_EQ(0, write_file(GROUP "/cgroup.freeze", "1"));
		ASSERT_TRUE(poll_until(group_frozen()));
		/* The last time there is something for it meanwhile. */
		if (round == 2)
			ASSERT_EQ(0, send_code(op->port, 6));
		ASSERT_EQ(0, write_file(GROUP "/cgroup.freeze", "0"));
		ASSERT_TRUE(poll_until(!group_frozen()));
		if (round < 2)
			ASSERT_EQ(0, wait_until_blocked(pid, pid, op->nr));
	}
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(0, op->ret);
	EXPECT_EQ(6, op->info.code);
	EXPECT_TRUE(poll_until(!rmdir(GROUP)));
}

#define POWER "/sys/power/"

/*
 * Suspends the machine as far as that all tasks are frozen, and wakes it.
 * Whoever cannot be frozen makes this fail.
 */
TEST_F_TIMEOUT(ns, suspend, 60)
{
	struct op op[3] = { RECV_OP(), RECV_OP(.flags = PEEK), SEND_OP() };
	char level[64];
	int i, ret;

	if (read_file(POWER "pm_test", level, sizeof(level)) <= 0 ||
	    !strstr(level, "freezer"))
		SKIP(return, "needs CONFIG_PM_DEBUG");
	for (i = 0; i < 3; i++) {
		op[i].port = new_port(1);
		ASSERT_LT(0, op[i].port);
	}
	ASSERT_EQ(0, send_code(op[2].port, 1));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, start_op(&op[i]));
	ASSERT_EQ(0, write_file(POWER "pm_test", "freezer"));
	ret = write_file(POWER "state", "freeze");
	write_file(POWER "pm_test", "none");
	ASSERT_EQ(0, ret);
	/* They have not noticed. */
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, wait_until_blocked(getpid(), op[i].tid,
						op[i].nr));
		EXPECT_FALSE(op_done(&op[i]));
	}
	ASSERT_EQ(0, send_code(op[0].port, 1));
	ASSERT_EQ(0, send_code(op[1].port, 1));
	ASSERT_EQ(1, recv_code(op[2].port));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, join_op(&op[i]));
}

TEST_HARNESS_MAIN

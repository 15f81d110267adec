// SPDX-License-Identifier: GPL-2.0
/*
 * How long who waits for a semaphore, what ends a wait, and what becomes of
 * those behind.
 */
#include "ns.h"
#include "sem.h"
#include <sys/mount.h>

#define MS	1000000LL
#define REALTIME NEXUS_CLOCK_REALTIME

static const struct __kernel_timespec past;

/* Far beyond the patience of any test, and of any clock. */
static const struct __kernel_timespec far = { .tv_sec = LLONG_MAX };

static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };

static int64_t ns_of(const struct __kernel_timespec *at)
{
	return at->tv_sec * 1000000000LL + at->tv_nsec;
}

static unsigned int clock_flag(clockid_t clock)
{
	return clock == CLOCK_REALTIME ? REALTIME : 0;
}

/* Both calls that wait. */
enum { ACQUIRE, SWITCH, KINDS };

static struct sem_op make_op(int kind, int sem, int count)
{
	return kind == SWITCH ? switch_op(-1, sem, count) :
				acquire_op(sem, count);
}

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

TEST_F(ns, no_wait)
{
	struct sem_op op;
	int kind, sem;

	sem = new_sem(1);
	ASSERT_LT(0, sem);
	for (kind = 0; kind < KINDS; kind++) {
		op = make_op(kind, sem, 2);
		op.flags = NOWAIT;
		run_sem_op(&op);
		EXPECT_EQ(-EAGAIN, op.ret);
		EXPECT_EQ(1, sem_count(sem));
		EXPECT_EQ(0, waiting(sem));
	}
}

TEST_F(ns, deadline_has_passed)
{
	struct __kernel_timespec at[2];
	struct sem_op op;
	int kind, sem;
	size_t c, i;

	sem = new_sem(1);
	ASSERT_LT(0, sem);
	for (kind = 0; kind < KINDS; kind++) {
		for (c = 0; c < ARRAY_SIZE(clocks); c++) {
			at[0] = past;
			at[1] = in_ms(clocks[c], -1);
			for (i = 0; i < ARRAY_SIZE(at); i++) {
				op = make_op(kind, sem, 2);
				op.flags = clock_flag(clocks[c]);
				op.deadline = &at[i];
				run_sem_op(&op);
				EXPECT_EQ(-ETIMEDOUT, op.ret);
				EXPECT_EQ(1, sem_count(sem));
				EXPECT_EQ(0, waiting(sem));
			}
		}
	}
}

TEST_F(ns, deadline_passes)
{
	struct __kernel_timespec at;
	struct sem_op op;
	int64_t end;
	int kind, sem;
	size_t c;

	sem = new_sem(1);
	ASSERT_LT(0, sem);
	for (kind = 0; kind < KINDS; kind++) {
		for (c = 0; c < ARRAY_SIZE(clocks); c++) {
			op = make_op(kind, sem, 2);
			at = in_ms(clocks[c], 60);
			op.flags = clock_flag(clocks[c]);
			op.deadline = &at;
			run_sem_op(&op);
			end = now_ns(clocks[c]);
			EXPECT_EQ(-ETIMEDOUT, op.ret);
			EXPECT_EQ(UNTOUCHED, op.status);
			/* Not too early, and not on another time scale. */
			EXPECT_LE(ns_of(&at), end);
			EXPECT_GT(at.tv_sec + 10, end / 1000000000);
			EXPECT_EQ(1, sem_count(sem));
			EXPECT_EQ(0, waiting(sem));
		}
	}
}

TEST_F(ns, deadline_does_not_matter)
{
	int sem;

	/* Who need not wait succeeds, however late it is. */
	sem = new_sem(8);
	ASSERT_LT(0, sem);
	EXPECT_EQ(0, nexus_sem_acquire(sem, 1, 0, &past, NULL));
	EXPECT_EQ(0, nexus_sem_acquire(sem, 2, REALTIME, &past, NULL));
	EXPECT_EQ(0, nexus_sem_switch(-1, sem, 2, 0, &past, NULL));
	EXPECT_EQ(0, nexus_sem_switch(-1, sem, 3, REALTIME, &past, NULL));
	EXPECT_EQ(0, sem_count(sem));
}

TEST_F(ns, waits_for_ever)
{
	struct sem_op op[KINDS][3];
	int kind, i, sem;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	for (kind = 0; kind < KINDS; kind++) {
		for (i = 0; i < 3; i++) {
			op[kind][i] = make_op(kind, sem, 1);
			if (i)
				op[kind][i].deadline = &far;
			if (i == 2)
				op[kind][i].flags = REALTIME;
			ASSERT_EQ(0, start_sem_op(&op[kind][i]));
			/* It is no load. */
			EXPECT_EQ('S', task_state(getpid(),
						  op[kind][i].tid));
		}
	}
	ASSERT_EQ(0, release(sem, 6));
	for (kind = 0; kind < KINDS; kind++)
		for (i = 0; i < 3; i++)
			EXPECT_EQ(0, join_sem_op(&op[kind][i]));
	EXPECT_EQ(0, sem_count(sem));
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
	struct sem_op op[2 * ARRAY_SIZE(at)];
	int64_t cpu[2 * ARRAY_SIZE(at)];
	clockid_t clock[2 * ARRAY_SIZE(at)];
	int64_t end;
	size_t i;
	int sem;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	for (i = 0; i < ARRAY_SIZE(op); i++) {
		op[i] = acquire_op(sem, 1);
		op[i].deadline = &at[i / 2];
		op[i].flags = i & 1 ? REALTIME : 0;
		ASSERT_EQ(0, start_sem_op(&op[i]));
		ASSERT_EQ(0, pthread_getcpuclockid(op[i].thread, &clock[i]));
		cpu[i] = now_ns(clock[i]);
	}
	end = now_ns(CLOCK_MONOTONIC) + 200 * MS;
	ASSERT_TRUE(poll_until(now_ns(CLOCK_MONOTONIC) > end));
	for (i = 0; i < ARRAY_SIZE(op); i++) {
		EXPECT_EQ(cpu[i], now_ns(clock[i]));
		EXPECT_FALSE(sem_op_done(&op[i]));
	}
	ASSERT_EQ(0, release(sem, ARRAY_SIZE(op)));
	for (i = 0; i < ARRAY_SIZE(op); i++)
		EXPECT_EQ(0, join_sem_op(&op[i]));
}

TEST_F(ns, realtime_is_set)
{
	struct __kernel_timespec at = in_ms(CLOCK_REALTIME, 3600 * 1000);
	struct sem_op op = acquire_op(new_sem(0), 1);
	struct timespec ts;
	int64_t mono, real;
	long ret;

	ASSERT_LT(0, op.sem);
	op.flags = REALTIME;
	op.deadline = &at;
	ASSERT_EQ(0, start_sem_op(&op));
	clock_gettime(CLOCK_REALTIME, &ts);
	mono = now_ns(CLOCK_MONOTONIC);
	real = ts.tv_sec * 1000000000LL + ts.tv_nsec;
	ts.tv_sec += 2 * 3600;
	if (clock_settime(CLOCK_REALTIME, &ts))
		SKIP(return, "may not set the clock");
	ret = poll_until(sem_op_done(&op));
	real += now_ns(CLOCK_MONOTONIC) - mono;
	ts.tv_sec = real / 1000000000;
	ts.tv_nsec = real % 1000000000;
	clock_settime(CLOCK_REALTIME, &ts);
	ASSERT_TRUE(ret);
	EXPECT_EQ(-ETIMEDOUT, join_sem_op(&op));
}

/* Runs in a time namespace whose monotonic clock is an hour ahead. */
static int hour_ahead(void *arg)
{
	const int sem = *(int *)arg;
	struct __kernel_timespec at;
	int64_t start;
	size_t c;

	/* Passed here, not yet reached outside. */
	at = in_ms(CLOCK_MONOTONIC, -1000 * 1000);
	if (now_ns(CLOCK_MONOTONIC) < 3600 * 1000 * MS)
		return 1;
	if (nexus_sem_acquire(sem, 1, 0, &at, NULL) != -ETIMEDOUT)
		return 2;
	/* The clock of the day is the same. */
	for (c = 0; c < ARRAY_SIZE(clocks); c++) {
		at = in_ms(clocks[c], 60);
		start = now_ns(clocks[c]);
		if (nexus_sem_acquire(sem, 1, clock_flag(clocks[c]), &at,
				      NULL) != -ETIMEDOUT)
			return 3 + c;
		if (now_ns(clocks[c]) < start + 59 * MS)
			return 5 + c;
	}
	at = in_ms(CLOCK_MONOTONIC, 60);
	return nexus_sem_switch(-1, sem, 1, 0, &at, NULL) == -ETIMEDOUT ? 0 : 7;
}

TEST_F(ns, time_namespace)
{
	pid_t pid;
	int sem;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	if (unshare(CLONE_NEWTIME))
		SKIP(return, "no time namespaces: errno %d", errno);
	ASSERT_EQ(0, write_file("/proc/self/timens_offsets",
				"monotonic 3600 0\n"));
	pid = spawn(hour_ahead, &sem);
	ASSERT_LT(0, pid);
	/* An hour has passed if it waits for the wrong clock. */
	ASSERT_EQ(0, reap(pid));
}

TEST_F(ns, signal_without_restart)
{
	struct sem_op op;
	int kind, sem;

	catch_signal(SIGUSR1, 0);
	for (kind = 0; kind < KINDS; kind++) {
		handled = 0;
		sem = new_sem(1);
		ASSERT_LT(0, sem);
		op = make_op(kind, sem, 2);
		ASSERT_EQ(0, start_sem_op(&op));
		EXPECT_EQ(-1, sem_count(sem));
		pthread_kill(op.thread, SIGUSR1);
		EXPECT_EQ(-EINTR, join_sem_op(&op));
		EXPECT_EQ(UNTOUCHED, op.status);
		EXPECT_EQ(1, handled);
		EXPECT_EQ(1, sem_count(sem));
		EXPECT_EQ(0, waiting(sem));
		EXPECT_EQ(0, latest_holder(sem));
	}
}

TEST_F(ns, signal_with_restart)
{
	struct sem_op op;
	int kind, sem, i;

	catch_signal(SIGUSR1, SA_RESTART);
	for (kind = 0; kind < KINDS; kind++) {
		handled = 0;
		sem = new_sem(0);
		ASSERT_LT(0, sem);
		op = make_op(kind, sem, 3);
		ASSERT_EQ(0, start_sem_op(&op));
		for (i = 1; i <= 10; i++) {
			pthread_kill(op.thread, SIGUSR1);
			ASSERT_TRUE(poll_until(handled == i));
			ASSERT_TRUE(sem_op_waits(&op));
			EXPECT_EQ(-3, sem_count(sem));
		}
		ASSERT_EQ(0, release(sem, 3));
		EXPECT_EQ(0, join_sem_op(&op));
		EXPECT_EQ(0, sem_count(sem));
	}
}

TEST_F(ns, restart_keeps_the_deadline)
{
	struct __kernel_timespec at;
	struct sem_op op;
	int kind, sem;

	catch_signal(SIGUSR1, SA_RESTART);
	for (kind = 0; kind < KINDS; kind++) {
		handled = 0;
		sem = new_sem(0);
		ASSERT_LT(0, sem);
		op = make_op(kind, sem, 1);
		at = in_ms(CLOCK_MONOTONIC, 250);
		op.deadline = &at;
		ASSERT_EQ(0, launch_sem_op(&op));
		/* Far more often than the timeout: afresh it never ends. */
		ASSERT_TRUE(poll_until(sem_op_done(&op) ||
				       pthread_kill(op.thread, SIGUSR1)));
		EXPECT_EQ(-ETIMEDOUT, join_sem_op(&op));
		EXPECT_LT(3, handled);
		EXPECT_LE(ns_of(&at), now_ns(CLOCK_MONOTONIC));
		EXPECT_EQ(0, sem_count(sem));
	}
}

TEST_F(ns, restarted_waiter_is_last)
{
	struct sem_op op[3];
	int sem, i;

	catch_signal(SIGUSR1, SA_RESTART);
	sem = new_sem(0);
	ASSERT_LT(0, sem);
	for (i = 0; i < 3; i++) {
		op[i] = acquire_op(sem, 1);
		ASSERT_EQ(0, start_sem_op(&op[i]));
	}
	pthread_kill(op[0].thread, SIGUSR1);
	ASSERT_TRUE(poll_until(handled == 1));
	ASSERT_TRUE(sem_op_waits(&op[0]));
	ASSERT_TRUE(poll_until(waiting(sem) == 3));
	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(0, release(sem, 1));
		EXPECT_EQ(0, join_sem_op(&op[i % 3]));
	}
}

TEST_F(ns, signals_that_do_not_matter)
{
	sigset_t set;
	struct sem_op op;
	int kind, sem;

	/* Blocked, ignored, and without an action by default. */
	catch_signal(SIGUSR1, 0);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (kind = 0; kind < KINDS; kind++) {
		sem = new_sem(0);
		ASSERT_LT(0, sem);
		op = make_op(kind, sem, 1);
		ASSERT_EQ(0, start_sem_op(&op));
		pthread_kill(op.thread, SIGUSR1);
		pthread_kill(op.thread, SIGUSR2);
		pthread_kill(op.thread, SIGWINCH);
		pthread_kill(op.thread, SIGCONT);
		EXPECT_TRUE(sem_op_waits(&op));
		ASSERT_EQ(0, release(sem, 1));
		EXPECT_EQ(0, join_sem_op(&op));
	}
	EXPECT_EQ(0, handled);
}

TEST_F(ns, stop_and_continue)
{
	struct sem_op *op = shared(sizeof(*op));
	pid_t pid;
	int i;

	ASSERT_NE(NULL, op);
	*op = acquire_op(new_sem(0), 1);
	ASSERT_LT(0, op->sem);
	pid = start_sem_process(op);
	ASSERT_LT(0, pid);
	for (i = 0; i < 5; i++) {
		kill(pid, SIGSTOP);
		ASSERT_TRUE(poll_until(task_state(pid, pid) == 'T'));
		EXPECT_FALSE(sem_op_done(op));
		kill(pid, SIGCONT);
		ASSERT_EQ(0, wait_until_blocked(pid, pid, op->nr));
	}
	kill(pid, SIGSTOP);
	ASSERT_TRUE(poll_until(task_state(pid, pid) == 'T'));
	ASSERT_EQ(0, release(op->sem, 1));
	kill(pid, SIGCONT);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(0, op->ret);
	EXPECT_EQ(0, sem_count(op->sem));
}

/*
 * Who leaves the queue takes its request along, and those behind who now can
 * go do, in order.
 */
enum leave { TIMEOUT, SIGNAL, KILL, STOP, LEAVES };

static void head_leaves(struct __test_metadata *_metadata, enum leave leave)
{
	struct __kernel_timespec *at = shared(sizeof(*at));
	struct sem_op *head = shared(sizeof(*head));
	static const int wants[] = { 1, 1, 2, 1 };
	struct sem_op op[4];
	pid_t pid;
	int sem, i;

	ASSERT_NE(NULL, at);
	ASSERT_NE(NULL, head);
	catch_signal(SIGUSR1, 0);
	sem = new_sem(3);
	ASSERT_LT(0, sem);
	*head = acquire_op(sem, 10);
	*at = in_ms(CLOCK_MONOTONIC, leave == TIMEOUT ? 2000 : 3600 * 1000);
	head->deadline = at;
	pid = start_sem_process(head);
	ASSERT_LT(0, pid);
	/* 3 units: the first two fit, the third not, and nobody passes it. */
	for (i = 0; i < 4; i++) {
		op[i] = acquire_op(sem, wants[i]);
		ASSERT_EQ(0, start_sem_op(&op[i]));
	}
	if (leave != TIMEOUT)
		EXPECT_EQ(3 - 15, sem_count(sem));
	if (leave == SIGNAL)
		kill(pid, SIGUSR1);
	if (leave == KILL)
		kill(pid, SIGKILL);
	if (leave == STOP)
		kill(pid, SIGSTOP);
	EXPECT_EQ(0, join_sem_op(&op[0]));
	EXPECT_EQ(0, join_sem_op(&op[1]));
	EXPECT_TRUE(sem_op_waits(&op[2]));
	EXPECT_TRUE(sem_op_waits(&op[3]));
	if (leave == STOP)
		kill(pid, SIGKILL);
	EXPECT_EQ(leave == KILL || leave == STOP ? 128 + SIGKILL : 0,
		  reap(pid));
	if (leave == TIMEOUT || leave == SIGNAL)
		EXPECT_EQ(leave == TIMEOUT ? -ETIMEDOUT : -EINTR, head->ret);
	EXPECT_EQ(1 - 3, sem_count(sem));
	EXPECT_EQ(2, waiting(sem));
	ASSERT_EQ(0, release(sem, 2));
	EXPECT_EQ(0, join_sem_op(&op[2]));
	EXPECT_EQ(0, join_sem_op(&op[3]));
	EXPECT_EQ(0, sem_count(sem));
}

TEST_F(ns, head_times_out)
{
	head_leaves(_metadata, TIMEOUT);
}

TEST_F(ns, head_is_interrupted)
{
	head_leaves(_metadata, SIGNAL);
}

TEST_F(ns, head_is_killed)
{
	head_leaves(_metadata, KILL);
}

TEST_F(ns, head_is_stopped)
{
	head_leaves(_metadata, STOP);
}

TEST_F(ns, one_in_the_middle_leaves)
{
	struct sem_op op[3];
	int sem, i;

	catch_signal(SIGUSR1, 0);
	sem = new_sem(2);
	ASSERT_LT(0, sem);
	for (i = 0; i < 3; i++) {
		op[i] = acquire_op(sem, i == 0 ? 3 : 1);
		ASSERT_EQ(0, start_sem_op(&op[i]));
	}
	EXPECT_EQ(-3, sem_count(sem));
	pthread_kill(op[1].thread, SIGUSR1);
	EXPECT_EQ(-EINTR, join_sem_op(&op[1]));
	/* Still the head's turn, for which two units are kept. */
	EXPECT_EQ(-2, sem_count(sem));
	EXPECT_TRUE(sem_op_waits(&op[0]));
	EXPECT_TRUE(sem_op_waits(&op[2]));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, join_sem_op(&op[0]));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, join_sem_op(&op[2]));
}

/*
 * Keeps a waiter from the CPU, the one that it shares with this thread, and
 * lets it run again.  Both are real-time: others get to run in spite of it.
 */
static int hold_back(pid_t tid)
{
	const struct sched_param high = { .sched_priority = 20 };
	const struct sched_param low = { .sched_priority = 10 };

	return sched_setscheduler(tid, SCHED_FIFO, &low) ||
	       sched_setscheduler(0, SCHED_FIFO, &high);
}

static int let_run(void)
{
	const struct sched_param none = {};

	return sched_setscheduler(0, SCHED_OTHER, &none);
}

/* Units were handed over before the waiter, which could not run, was late. */
TEST_F(ns, hand_over_beats_timeout)
{
	struct __kernel_timespec at;
	struct sem_op op;
	cpu_set_t set;
	int sem, way;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(set), &set));
	for (way = 0; way < 3; way++) {
		sem = new_sem(0);
		ASSERT_LT(0, sem);
		op = acquire_op(sem, 1);
		at = in_ms(CLOCK_MONOTONIC, 1000);
		op.deadline = &at;
		ASSERT_EQ(0, start_sem_op(&op));
		if (hold_back(op.tid)) {
			delete_sem(sem);
			SKIP(return, "no real-time scheduling");
		}
		if (way == 0)
			EXPECT_EQ(0, release(sem, 1));
		if (way == 1)
			EXPECT_EQ(0, nexus_sem_release(sem, -7, ALL));
		if (way == 2)
			EXPECT_EQ(0, delete_sem(sem));
		/* No sleep: this keeps the waiter from the CPU. */
		while (now_ns(CLOCK_MONOTONIC) < ns_of(&at) + 10 * MS)
			;
		EXPECT_FALSE(sem_op_done(&op));
		ASSERT_EQ(0, let_run());
		EXPECT_EQ(way == 0 ? 0 : way == 1 ? -ECANCELED : -EIDRM,
			  join_sem_op(&op));
		EXPECT_EQ(way == 1 ? -7 : UNTOUCHED, op.status);
	}
}

TEST_F(ns, hand_over_beats_signal)
{
	struct sem_op op;
	cpu_set_t set;
	int sem, restart;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(set), &set));
	for (restart = 0; restart < 2; restart++) {
		catch_signal(SIGUSR1, restart ? SA_RESTART : 0);
		handled = 0;
		sem = new_sem(0);
		ASSERT_LT(0, sem);
		op = acquire_op(sem, 2);
		ASSERT_EQ(0, start_sem_op(&op));
		if (hold_back(op.tid)) {
			delete_sem(sem);
			SKIP(return, "no real-time scheduling");
		}
		EXPECT_EQ(0, release(sem, 2));
		pthread_kill(op.thread, SIGUSR1);
		EXPECT_FALSE(sem_op_done(&op));
		ASSERT_EQ(0, let_run());
		EXPECT_EQ(0, join_sem_op(&op));
		EXPECT_EQ(1, handled);
		EXPECT_EQ(0, sem_count(sem));
	}
}

/* What a thread waits for can be asked. */
TEST_F(ns, thread_info_tells)
{
	struct nexus_thread_info info;
	struct sem_op op[KINDS];
	int kind, sem;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	ASSERT_EQ(0, nexus_info(NEXUS_TYPE_THREAD, own_tid(), &info,
				sizeof(info), 0));
	EXPECT_EQ(0, info.sem);
	for (kind = 0; kind < KINDS; kind++) {
		op[kind] = make_op(kind, sem, 1);
		ASSERT_EQ(0, start_sem_op(&op[kind]));
		ASSERT_EQ(0, nexus_info(NEXUS_TYPE_THREAD, op[kind].tid, &info,
					sizeof(info), 0));
		EXPECT_EQ(sem, info.sem);
		EXPECT_EQ(NEXUS_THREAD_WAITING, info.state);
	}
	ASSERT_EQ(0, release(sem, 2));
	for (kind = 0; kind < KINDS; kind++)
		EXPECT_EQ(0, join_sem_op(&op[kind]));
}

#define CGROUP "/tmp/nexus-sem-freeze"
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
	run_sem_op(arg);
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
	struct sem_op *op = shared(sizeof(*op));
	const char *why = make_group();
	pid_t pid;
	int round;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_NE(NULL, op);
	*op = acquire_op(new_sem(0), 2);
	ASSERT_LT(0, op->sem);
	pid = spawn(frozen_op, op);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, wait_until_blocked(pid, pid, op->nr));
	for (round = 0; round < 3; round++) {
		ASSERT_EQ(0, write_file(GROUP "/cgroup.freeze", "1"));
		ASSERT_TRUE(poll_until(group_frozen()));
		/* The last time there is something for it meanwhile. */
		if (round == 2)
			ASSERT_EQ(0, release(op->sem, 2));
		ASSERT_EQ(0, write_file(GROUP "/cgroup.freeze", "0"));
		ASSERT_TRUE(poll_until(!group_frozen()));
		if (round < 2)
			ASSERT_EQ(0, wait_until_blocked(pid, pid, op->nr));
	}
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(0, op->ret);
	EXPECT_EQ(0, sem_count(op->sem));
	EXPECT_TRUE(poll_until(!rmdir(GROUP)));
}

#define POWER "/sys/power/"

/* Suspends the machine as far as that all tasks are frozen, and wakes it. */
TEST_F_TIMEOUT(ns, suspend, 60)
{
	struct sem_op op[2];
	char level[64];
	int rel, acq, i, ret;

	if (read_file(POWER "pm_test", level, sizeof(level)) <= 0 ||
	    !strstr(level, "freezer"))
		SKIP(return, "needs CONFIG_PM_DEBUG");
	rel = new_sem(0);
	acq = new_sem(0);
	ASSERT_LT(0, rel);
	ASSERT_LT(0, acq);
	op[0] = acquire_op(acq, 1);
	op[1] = switch_op(rel, acq, 1);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, start_sem_op(&op[i]));
	ASSERT_EQ(0, write_file(POWER "pm_test", "freezer"));
	ret = write_file(POWER "state", "freeze");
	write_file(POWER "pm_test", "none");
	ASSERT_EQ(0, ret);
	/* They have not noticed, and nothing is released twice. */
	for (i = 0; i < 2; i++)
		ASSERT_TRUE(sem_op_waits(&op[i]));
	EXPECT_EQ(1, sem_count(rel));
	EXPECT_EQ(-2, sem_count(acq));
	ASSERT_EQ(0, release(acq, 2));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, join_sem_op(&op[i]));
}

TEST_HARNESS_MAIN

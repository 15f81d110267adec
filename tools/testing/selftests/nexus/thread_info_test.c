// SPDX-License-Identifier: GPL-2.0
/*
 * What can be told to and asked about threads: names, priorities, states, and
 * all of them in turn.
 */
#include "ns.h"
#include "threads.h"

#include <sys/resource.h>

TEST_F(ns, names)
{
	static const struct {
		const char *given;
		const char *stored;
	} names[] = {
		{ "", "" },
		{ "x", "x" },
		{ "fifteen bytes..", "fifteen bytes.." },
		{ "sixteen bytes...", "sixteen bytes..." },
		{ "with spaces, \t and \xff\x01 bytes",
		  "with spaces, \t and \xff\x01 bytes" },
		{ "1234567890123456789012345678901",
		  "1234567890123456789012345678901" },
		{ "1234567890123456789012345678abcd",
		  "1234567890123456789012345678abc" },
		{ "forty bytes long, which is nine too many",
		  "forty bytes long, which is nine" },
	};
	struct nexus_thread_info info;
	char comm[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, set_name(i % 2 ? own_tid() : 0, names[i].given));
		memset(&info, 0xff, sizeof(info));
		ASSERT_EQ(0, thread_info(own_tid(), &info));
		EXPECT_STREQ(names[i].stored, info.name);
		EXPECT_TRUE(all_bytes(info.name + strlen(names[i].stored),
				      sizeof(info.name) -
				      strlen(names[i].stored), 0));
		/* What ps shows is what fits there. */
		ASSERT_EQ(0, prctl(PR_GET_NAME, comm));
		EXPECT_EQ(0, strncmp(comm, names[i].stored, 15));
		EXPECT_LE(strlen(comm), 15);
		if (*names[i].given)
			EXPECT_EQ(own_tid(), nexus_find(THREAD, names[i].given,
							0));
	}
	/* Whoever names it last. */
	ASSERT_EQ(0, prctl(PR_SET_NAME, "by prctl"));
	ASSERT_EQ(0, thread_info(own_tid(), &info));
	EXPECT_STREQ("by prctl", info.name);
	EXPECT_EQ(own_tid(), nexus_find(THREAD, "by prctl", 0));
	EXPECT_EQ(-ENOENT, nexus_find(THREAD, names[7].given, 0));
	ASSERT_EQ(0, set_name(0, "by nexus, which is longer"));
	ASSERT_EQ(0, thread_info(own_tid(), &info));
	EXPECT_STREQ("by nexus, which is longer", info.name);
}

TEST_F(ns, find)
{
	struct job job[3];
	struct nexus_thread_info info;
	int i, left, lowest;

	EXPECT_EQ(-ENOENT, nexus_find(THREAD, "nobody has this", 0));
	/* A thread that nobody named has the name that all see. */
	ASSERT_EQ(0, thread_info(own_tid(), &info));
	EXPECT_LT(0, nexus_find(THREAD, info.name, 0));
	for (i = 0; i < 3; i++) {
		job[i] = (struct job)JOB(nexus_thread_recv);
		ASSERT_EQ(0, start_job(&job[i]));
		ASSERT_EQ(0, set_name(job[i].tid, "one of three equal ones"));
	}
	/* The smallest id of those that are left. */
	for (left = 3; left; left--) {
		for (lowest = 0, i = 1; i < 3; i++)
			if (job[i].tid < job[lowest].tid)
				lowest = i;
		EXPECT_EQ(job[lowest].tid,
			  nexus_find(THREAD, "one of three equal ones", 0));
		ASSERT_EQ(0, tell(job[lowest].tid, 1));
		ASSERT_EQ(0, join_job(&job[lowest]));
		ASSERT_TRUE(thread_ends(getpid(), job[lowest].tid));
		job[lowest].tid = INT_MAX;
	}
	EXPECT_EQ(-ENOENT, nexus_find(THREAD, "one of three equal ones", 0));
}

static long priority_of(int id)
{
	struct nexus_thread_info info;
	const long ret = thread_info(id, &info);

	return ret < 0 ? ret : info.priority;
}

TEST_F(ns, priorities)
{
	static const int given[] = { 1, 5, 10, 15, 20, 99, 100, 110, 120, 10 };
	struct job job = JOB(nexus_thread_recv);
	int last = 10, policy, nice;
	size_t i;

	ASSERT_EQ(0, start_job(&job));
	EXPECT_EQ(10, priority_of(job.tid));
	for (i = 0; i < ARRAY_SIZE(given); i++) {
		EXPECT_EQ(last, set_priority(job.tid, given[i]));
		last = given[i];
		EXPECT_EQ(last, priority_of(job.tid));
		policy = sched_getscheduler(job.tid);
		if (last >= NEXUS_PRIORITY_RT) {
			EXPECT_TRUE(policy == SCHED_FIFO || policy == SCHED_RR)
				TH_LOG("priority %d: policy %d", last, policy);
			continue;
		}
		EXPECT_EQ(SCHED_OTHER, policy);
		/* 10 is nice 0, and more is less nice. */
		nice = getpriority(PRIO_PROCESS, job.tid);
		EXPECT_EQ((last < 10) - (last > 10), (nice > 0) - (nice < 0))
			TH_LOG("priority %d: nice %d", last, nice);
	}
	/* It is the library that clamps. */
	EXPECT_EQ(-EINVAL, set_priority(job.tid, 0));
	EXPECT_EQ(-EINVAL, set_priority(job.tid, -1));
	EXPECT_EQ(-EINVAL, set_priority(job.tid, 121));
	EXPECT_EQ(-EINVAL, set_priority(job.tid, 500));
	EXPECT_EQ(-EINVAL, set_priority(job.tid, INT_MIN));
	EXPECT_EQ(10, priority_of(job.tid));
	ASSERT_EQ(0, tell(job.tid, 1));
	ASSERT_EQ(0, join_job(&job));
}

TEST_F(ns, priority_of_the_scheduler)
{
	const struct sched_param rt = { .sched_priority = 5 };
	int nice, last = 100;

	/* Nobody told Nexus, and it shows what there is. */
	for (nice = -20; nice < 20; nice++) {
		ASSERT_EQ(0, setpriority(PRIO_PROCESS, 0, nice));
		EXPECT_LE(NEXUS_PRIORITY_MIN, priority_of(own_tid()));
		EXPECT_GE(last, priority_of(own_tid()));
		last = priority_of(own_tid());
		EXPECT_GT(NEXUS_PRIORITY_RT, last);
		if (!nice)
			EXPECT_EQ(10, last);
	}
	EXPECT_GT(10, last);
	ASSERT_EQ(0, sched_setscheduler(0, SCHED_FIFO, &rt));
	EXPECT_LE(NEXUS_PRIORITY_RT, priority_of(own_tid()));
	EXPECT_GE(NEXUS_PRIORITY_MAX, priority_of(own_tid()));
}

static int without_limits(void *arg)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_NICE, &none) || setrlimit(RLIMIT_RTPRIO, &none) ||
	    become(1000, 1000))
		return 1;
	/* It is remembered, but the scheduler does not go along. */
	if (set_priority(0, 20) != 10 || priority_of(own_tid()) != 20 ||
	    getpriority(PRIO_PROCESS, 0) < 0)
		return 2;
	if (set_priority(0, 120) != 20 || priority_of(own_tid()) != 120 ||
	    sched_getscheduler(0) != SCHED_OTHER)
		return 3;
	/* Everybody may become less important. */
	if (set_priority(0, 5) != 120 || getpriority(PRIO_PROCESS, 0) <= 0)
		return 4;
	return 0;
}

TEST_F(ns, priority_limits)
{
	const pid_t pid = spawn(without_limits, NULL);

	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
}

TEST_F(ns, set_several)
{
	struct nexus_thread_info info;

	EXPECT_EQ(10, SET(0, .flags = NEXUS_THREAD_NAME |
				      NEXUS_THREAD_PRIORITY |
				      NEXUS_THREAD_STATUS | NEXUS_THREAD_KEEP,
			  .name = (uintptr_t)"all at once", .priority = 7,
			  .status = -1));
	ASSERT_EQ(0, thread_info(own_tid(), &info));
	EXPECT_STREQ("all at once", info.name);
	EXPECT_EQ(7, info.priority);
	/* Nothing is no error. */
	EXPECT_EQ(0, SET(0, .flags = 0));
	EXPECT_EQ(7, priority_of(own_tid()));
	/* If one part is wrong nothing happens. */
	EXPECT_EQ(-EINVAL, SET(0, .flags = NEXUS_THREAD_NAME |
					   NEXUS_THREAD_PRIORITY,
			       .name = (uintptr_t)"never", .priority = 0));
	ASSERT_EQ(0, thread_info(own_tid(), &info));
	EXPECT_STREQ("all at once", info.name);
}

TEST_F(ns, states)
{
	static const int states[WAITS] = {
		[WAIT_SEM] = NEXUS_THREAD_WAITING,
		[WAIT_PORT_RECV] = NEXUS_THREAD_WAITING,
		[WAIT_PORT_SEND] = NEXUS_THREAD_WAITING,
		[WAIT_THREAD] = NEXUS_THREAD_WAITING,
		[WAIT_SNOOZE] = NEXUS_THREAD_ASLEEP,
		[WAIT_NANOSLEEP] = NEXUS_THREAD_WAITING,
		[WAIT_FUTEX] = NEXUS_THREAD_WAITING,
		[WAIT_POLL] = NEXUS_THREAD_WAITING,
		[WAIT_READ] = NEXUS_THREAD_WAITING,
	};
	struct nexus_thread_info info;
	struct job receiver = JOB(nexus_thread_recv);
	struct wait wait;
	int kind;

	for (kind = 0; kind < WAITS; kind++) {
		ASSERT_EQ(0, start_wait(&wait, kind));
		ASSERT_EQ(0, thread_info(wait.job.tid, &info));
		EXPECT_EQ(states[kind], info.state)
			TH_LOG("%s", wait_names[kind]);
		EXPECT_EQ(kind == WAIT_SEM ? wait.id : 0, info.sem);
		/* It is no load. */
		EXPECT_EQ('S', task_state(getpid(), wait.job.tid));
		EXPECT_EQ(wait.job.tid, info.id);
		EXPECT_EQ(getpid(), info.team);
		EXPECT_EQ(0, info.flags);
		/* A thread that is suspended does not wait for it any more. */
		ASSERT_EQ(0, suspend(wait.job.tid));
		ASSERT_EQ(0, thread_info(wait.job.tid, &info));
		EXPECT_EQ(NEXUS_THREAD_SUSPENDED, info.state);
		EXPECT_EQ(0, info.sem);
		ASSERT_EQ(0, nexus_thread_kill(wait.job.tid, 0));
		ASSERT_TRUE(job_died(&wait.job));
		clean_wait(&wait);
	}
	ASSERT_EQ(0, start_job(&receiver));
	EXPECT_EQ(NEXUS_THREAD_RECEIVING, thread_state(receiver.tid));
	ASSERT_EQ(0, tell(receiver.tid, 1));
	ASSERT_EQ(0, join_job(&receiver));
	/* Whoever asks about itself runs. */
	EXPECT_EQ(NEXUS_THREAD_RUNNING, thread_state(own_tid()));
}

TEST_F(ns, running_and_ready)
{
	struct spinner spinner[2];
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, start_spinner(&spinner[i]));
		ASSERT_EQ(0, sched_setaffinity(spinner[i].tid, sizeof(set),
					       &set));
	}
	/* Two on one CPU take turns. */
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(reaches(spinner[i].tid, NEXUS_THREAD_RUNNING));
		EXPECT_TRUE(reaches(spinner[i].tid, NEXUS_THREAD_READY));
	}
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, stop_spinner(&spinner[i]));
}

static int stopped_team(void *arg)
{
	raise(SIGSTOP);
	return 0;
}

TEST_F(ns, stopped_process)
{
	const pid_t pid = spawn(stopped_team, NULL);

	ASSERT_LT(0, pid);
	EXPECT_TRUE(reaches(pid, NEXUS_THREAD_SUSPENDED));
	kill(pid, SIGCONT);
	EXPECT_EQ(0, reap(pid));
}

TEST_F(ns, times)
{
	struct nexus_thread_info info = {}, later;
	struct spinner spinner;
	int64_t start = now_ns(CLOCK_MONOTONIC);

	ASSERT_EQ(0, start_spinner(&spinner));
	ASSERT_TRUE(poll_until(!thread_info(spinner.tid, &info) &&
			       info.user_time > 20000000));
	ASSERT_TRUE(poll_until(!thread_info(spinner.tid, &later) &&
			       later.user_time > info.user_time));
	EXPECT_LE(info.kernel_time, later.kernel_time);
	EXPECT_GE(now_ns(CLOCK_MONOTONIC) - start + 20000000,
		  later.user_time + later.kernel_time);
	ASSERT_EQ(0, stop_spinner(&spinner));
	/* Asking takes time, too, but in the kernel. */
	ASSERT_TRUE(poll_until(!thread_info(own_tid(), &info) &&
			       info.kernel_time));
}

TEST_F(ns, stack)
{
	struct nexus_thread_info info, other;
	struct job job = JOB(nexus_thread_recv);

	ASSERT_EQ(0, start_job(&job));
	ASSERT_EQ(0, thread_info(job.tid, &other));
	EXPECT_LE(other.stack_base, (uintptr_t)job.stack);
	EXPECT_GT(other.stack_end, (uintptr_t)job.stack);
	ASSERT_EQ(0, thread_info(own_tid(), &info));
	EXPECT_LE(info.stack_base, (uintptr_t)&info);
	EXPECT_GT(info.stack_end, (uintptr_t)&info);
	EXPECT_NE(info.stack_base, other.stack_base);
	ASSERT_EQ(0, tell(job.tid, 1));
	ASSERT_EQ(0, join_job(&job));
}

TEST_F(ns, next)
{
	enum { COUNT = 20 };
	struct job job[COUNT];
	struct nexus_thread_info info;
	int i, seen, last, after;

	for (i = 0; i < COUNT; i++) {
		job[i] = (struct job)JOB(nexus_thread_recv);
		ASSERT_EQ(0, start_job(&job[i]));
	}
	/* The main thread first, then by id. */
	ASSERT_EQ(0, nexus_next(THREAD, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(getpid(), info.id);
	last = 0;
	for (seen = 1; !nexus_next(THREAD, seen & 1 ? getpid() : 0, info.id,
				   &info, sizeof(info), 0); seen++) {
		ASSERT_LT(last, info.id);
		last = info.id;
		EXPECT_EQ(getpid(), info.team);
		EXPECT_NE(getpid(), info.id);
	}
	EXPECT_EQ(COUNT + 1, seen);
	EXPECT_EQ(-ENOENT, nexus_next(THREAD, 0, INT_MAX, &info, sizeof(info),
				      0));
	/* The id to go on from need not exist. */
	ASSERT_EQ(0, tell(job[5].tid, 1));
	ASSERT_EQ(0, join_job(&job[5]));
	ASSERT_TRUE(thread_ends(getpid(), job[5].tid));
	ASSERT_EQ(0, nexus_next(THREAD, 0, job[5].tid, &info, sizeof(info),
				0));
	for (after = INT_MAX, i = 0; i < COUNT; i++)
		if (job[i].tid > job[5].tid && job[i].tid < after)
			after = job[i].tid;
	EXPECT_EQ(after, info.id);
	for (i = 0; i < COUNT; i++) {
		if (i == 5)
			continue;
		ASSERT_EQ(0, tell(job[i].tid, 1));
		ASSERT_EQ(0, join_job(&job[i]));
	}
}

TEST_F(ns, next_of_another_team)
{
	struct team *team = start_team(NULL);
	struct nexus_thread_info info;

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, nexus_next(THREAD, team->pid, 0, &info, sizeof(info), 0));
	EXPECT_EQ(team->pid, info.id);
	EXPECT_EQ(team->pid, info.team);
	ASSERT_EQ(0, nexus_next(THREAD, team->pid, info.id, &info,
				sizeof(info), 0));
	EXPECT_EQ(team->spinner.tid, info.id);
	EXPECT_EQ(team->pid, info.team);
	EXPECT_EQ(-ENOENT, nexus_next(THREAD, team->pid, info.id, &info,
				      sizeof(info), 0));
	kill_team(team);
	EXPECT_EQ(-ESRCH, nexus_next(THREAD, team->pid, 0, &info, sizeof(info),
				     0));
}

TEST_HARNESS_MAIN

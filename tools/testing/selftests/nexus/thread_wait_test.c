// SPDX-License-Identifier: GPL-2.0
/*
 * Who learns how a thread ended, and when.
 */
#include "ns.h"
#include "threads.h"

/* A thread that ends when it may, with a status of its own. */
struct ender {
	int status;
	int keep;
	int go;
	pid_t tid;
	pthread_t thread;
};

static void *end_with_status(void *arg)
{
	struct ender *ender = arg;

	set_status(ender->status);
	if (ender->keep)
		set_keep(0);
	__atomic_store_n(&ender->tid, own_tid(), __ATOMIC_RELEASE);
	while (!__atomic_load_n(&ender->go, __ATOMIC_ACQUIRE))
		nap();
	return NULL;
}

static int start_ender(struct ender *ender, int status, int keep)
{
	*ender = (struct ender){ .status = status, .keep = keep };
	return start_thread(&ender->thread, end_with_status, ender,
			    &ender->tid);
}

/* Lets it go; 0 once there is no such thread any more. */
static int finish(struct ender *ender)
{
	__atomic_store_n(&ender->go, 1, __ATOMIC_RELEASE);
	if (join_thread(ender->thread))
		return -ETIMEDOUT;
	return thread_ends(getpid(), ender->tid) ? 0 : -ETIMEDOUT;
}

static long wait_for(int tid, __s32 *status)
{
	return nexus_thread_wait(tid, status, 0, NULL);
}

#define WAIT_JOB(tid, status)	JOB(nexus_thread_wait, tid, (long)(status))

TEST_F(ns, status)
{
	static const int values[] = {
		0, 1, -1, 255, 256, INT_MAX, INT_MIN, -4095, -512
	};
	struct ender ender;
	struct job waiter;
	__s32 status;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		status = 99;
		ASSERT_EQ(0, start_ender(&ender, values[i], 0));
		waiter = (struct job)WAIT_JOB(ender.tid, &status);
		ASSERT_EQ(0, start_job(&waiter));
		ASSERT_EQ(0, finish(&ender));
		EXPECT_EQ(0, join_job(&waiter));
		EXPECT_EQ(values[i], status);
	}
}

TEST_F(ns, several_waiters)
{
	__s32 status[10] = {};
	struct ender ender;
	struct job waiter[10];
	int i;

	ASSERT_EQ(0, start_ender(&ender, 42, 1));
	for (i = 0; i < 10; i++) {
		waiter[i] = (struct job)WAIT_JOB(ender.tid, &status[i]);
		/* Not everybody wants to know. */
		if (i == 5)
			waiter[i].arg[1] = 0;
		ASSERT_EQ(0, start_job(&waiter[i]));
	}
	ASSERT_EQ(0, finish(&ender));
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(0, join_job(&waiter[i]));
		EXPECT_EQ(i == 5 ? 0 : 42, status[i]);
	}
	/* There were waiters, so it is not kept. */
	EXPECT_EQ(-ESRCH, wait_for(ender.tid, &status[0]));
}

TEST_F(ns, kept)
{
	struct ender ender;
	__s32 status = 99;

	ASSERT_EQ(0, start_ender(&ender, -7, 1));
	ASSERT_EQ(0, finish(&ender));
	/* At once, and once. */
	EXPECT_EQ(0, nexus_thread_wait(ender.tid, &status, NOWAIT, NULL));
	EXPECT_EQ(-7, status);
	EXPECT_EQ(-ESRCH, wait_for(ender.tid, &status));

	ASSERT_EQ(0, start_ender(&ender, 8, 1));
	ASSERT_EQ(0, finish(&ender));
	EXPECT_EQ(0, nexus_thread_wait(ender.tid, &status, 0, &long_gone));
	EXPECT_EQ(8, status);
	EXPECT_EQ(-ESRCH, wait_for(ender.tid, &status));
	/* Only the wait knows it still. */
	EXPECT_EQ(-ESRCH, tell(ender.tid, 1));
	EXPECT_EQ(-ESRCH, resume(ender.tid));
}

TEST_F(ns, kept_for_another)
{
	struct ender ender;
	__s32 status = 99;

	/* Somebody else of the team may have asked for it. */
	ASSERT_EQ(0, start_ender(&ender, 5, 0));
	ASSERT_EQ(0, set_keep(ender.tid));
	ASSERT_EQ(0, finish(&ender));
	EXPECT_EQ(0, wait_for(ender.tid, &status));
	EXPECT_EQ(5, status);
	EXPECT_EQ(-ESRCH, wait_for(ender.tid, &status));
}

TEST_F(ns, not_kept)
{
	struct ender ender;
	__s32 status = 99;

	ASSERT_EQ(0, start_ender(&ender, 5, 0));
	ASSERT_EQ(0, finish(&ender));
	EXPECT_EQ(-ESRCH, wait_for(ender.tid, &status));
	EXPECT_EQ(99, status);
}

TEST_F(ns, fault)
{
	struct bad *bad = make_bad(2);
	struct ender ender;
	struct job waiter;
	int i;

	ASSERT_NE(NULL, bad);
	for (i = 1; i < BAD_COUNT; i++) {
		ASSERT_EQ(0, start_ender(&ender, 5, 1));
		waiter = (struct job)WAIT_JOB(ender.tid, bad[i].addr);
		ASSERT_EQ(0, start_job(&waiter));
		ASSERT_EQ(0, finish(&ender));
		EXPECT_EQ(-EFAULT, join_job(&waiter))
			TH_LOG("%s", bad[i].name);
		EXPECT_EQ(-ESRCH, wait_for(ender.tid, NULL));

		/* The wait was over, and the record is gone. */
		ASSERT_EQ(0, start_ender(&ender, 5, 1));
		ASSERT_EQ(0, finish(&ender));
		EXPECT_EQ(-EFAULT, wait_for(ender.tid, bad[i].addr));
		EXPECT_EQ(-ESRCH, wait_for(ender.tid, NULL));
	}
}

TEST_F(ns, plain_pthread)
{
	struct spinner spinner;
	struct job waiter;
	__s32 status = 99;

	/* It never heard of Nexus. */
	ASSERT_EQ(0, start_spinner(&spinner));
	waiter = (struct job)WAIT_JOB(spinner.tid, &status);
	ASSERT_EQ(0, start_job(&waiter));
	ASSERT_EQ(0, stop_spinner(&spinner));
	EXPECT_EQ(0, join_job(&waiter));
	EXPECT_EQ(0, status);
}

TEST_F(ns, timeouts)
{
	const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };
	const unsigned int flags[] = { 0, NEXUS_CLOCK_REALTIME };
	struct __kernel_timespec at;
	struct ender ender;
	__s32 status = 99;
	size_t i;

	ASSERT_EQ(0, start_ender(&ender, 5, 1));
	EXPECT_EQ(-EAGAIN, nexus_thread_wait(ender.tid, &status, NOWAIT,
					     NULL));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-ETIMEDOUT, nexus_thread_wait(ender.tid, &status,
							flags[i],
							&long_gone));
		at = in_ms(clocks[i], 60);
		EXPECT_EQ(-ETIMEDOUT, nexus_thread_wait(ender.tid, &status,
							flags[i], &at));
		EXPECT_LE(at.tv_sec * 1000000000LL + at.tv_nsec,
			  now_ns(clocks[i]));
	}
	EXPECT_EQ(99, status);
	/* Those waiters left before it ended. */
	ASSERT_EQ(0, finish(&ender));
	EXPECT_EQ(0, wait_for(ender.tid, &status));
	EXPECT_EQ(5, status);
}

TEST_F(ns, signals)
{
	struct ender ender;
	struct job waiter;
	__s32 status = 99;
	int i;

	ASSERT_EQ(0, start_ender(&ender, 5, 1));
	waiter = (struct job)WAIT_JOB(ender.tid, &status);
	handle_signal(SIGUSR1, 0);
	ASSERT_EQ(0, start_job(&waiter));
	pthread_kill(waiter.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, join_job(&waiter));

	handle_signal(SIGUSR1, SA_RESTART);
	ASSERT_EQ(0, start_job(&waiter));
	for (i = 1; i <= 10; i++) {
		pthread_kill(waiter.thread, SIGUSR1);
		ASSERT_TRUE(poll_until(handled_now() == i));
		ASSERT_TRUE(job_waits(&waiter));
	}
	ASSERT_EQ(0, finish(&ender));
	EXPECT_EQ(0, join_job(&waiter));
	EXPECT_EQ(5, status);
}

TEST_F(ns, starts_a_suspended_thread)
{
	struct spinner spinner;
	struct __kernel_timespec at;
	struct job waiter;

	ASSERT_EQ(0, start_spinner(&spinner));
	ASSERT_EQ(0, suspend(spinner.tid));
	waiter = (struct job)WAIT_JOB(spinner.tid, NULL);
	ASSERT_EQ(0, start_job(&waiter));
	EXPECT_TRUE(moves(&spinner));
	ASSERT_EQ(0, stop_spinner(&spinner));
	EXPECT_EQ(0, join_job(&waiter));

	/* However long one would have waited. */
	ASSERT_EQ(0, start_spinner(&spinner));
	ASSERT_EQ(0, suspend(spinner.tid));
	EXPECT_EQ(-EAGAIN, nexus_thread_wait(spinner.tid, NULL, NOWAIT, NULL));
	EXPECT_TRUE(moves(&spinner));
	ASSERT_EQ(0, suspend(spinner.tid));
	at = in_ms(CLOCK_MONOTONIC, 20);
	EXPECT_EQ(-ETIMEDOUT, nexus_thread_wait(spinner.tid, NULL, 0, &at));
	EXPECT_TRUE(moves(&spinner));
	ASSERT_EQ(0, stop_spinner(&spinner));
}

TEST_F(ns, breaks_no_wait)
{
	struct wait wait;
	struct job waiter;

	/* Whoever is not suspended is not resumed. */
	ASSERT_EQ(0, start_wait(&wait, WAIT_SEM));
	waiter = (struct job)WAIT_JOB(wait.job.tid, NULL);
	ASSERT_EQ(0, start_job(&waiter));
	ASSERT_TRUE(job_waits(&wait.job));
	ASSERT_EQ(0, end_wait(&wait));
	EXPECT_EQ(0, join_job(&waiter));
	EXPECT_EQ(0, join_job(&wait.job));
	clean_wait(&wait);
}

/* Two threads, each of which waits for the other. */
struct pair {
	pid_t tid[2];
	long ret[2];
	__s32 status[2];
	pthread_t thread[2];
};

static struct pair pair;

static void *wait_for_other(void *arg)
{
	const int i = *(int *)arg;

	set_status(100 + i);
	announce(&pair.tid[i], own_tid());
	if (reached(&pair.tid[!i], 1))
		pair.ret[i] = wait_for(pair.tid[!i], &pair.status[i]);
	return NULL;
}

TEST_F(ns, circle)
{
	static int number[2] = { 0, 1 };
	int i;

	handle_signal(SIGUSR1, 0);
	memset(&pair, 0, sizeof(pair));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&pair.thread[i], NULL,
					    wait_for_other, &number[i]));
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(reached(&pair.tid[i], 1));
		ASSERT_EQ(0, wait_until_blocked(getpid(), pair.tid[i],
						__NR_nexus_thread_wait));
	}
	/* Nobody looks for circles, but a signal breaks this one. */
	pthread_kill(pair.thread[0], SIGUSR1);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, join_thread(pair.thread[i]));
	EXPECT_EQ(-EINTR, pair.ret[0]);
	EXPECT_EQ(0, pair.ret[1]);
	EXPECT_EQ(100, pair.status[1]);
}

TEST_F_TIMEOUT(ns, records, 120)
{
	enum { COUNT = 1000 };
	static struct ender ender[COUNT];
	__s32 status;
	int i;

	for (i = 0; i < COUNT; i++) {
		ASSERT_EQ(0, start_ender(&ender[i], i * 3, 1));
		__atomic_store_n(&ender[i].go, 1, __ATOMIC_RELEASE);
		ASSERT_EQ(0, join_thread(ender[i].thread));
	}
	ASSERT_TRUE(thread_ends(getpid(), ender[COUNT - 1].tid));
	/* From the middle to both ends. */
	for (i = COUNT / 2; i < COUNT; i++) {
		ASSERT_EQ(0, wait_for(ender[i].tid, &status));
		ASSERT_EQ(i * 3, status);
		ASSERT_EQ(0, wait_for(ender[COUNT - 1 - i].tid, &status));
		ASSERT_EQ((COUNT - 1 - i) * 3, status);
	}
	for (i = 0; i < COUNT; i += 50)
		ASSERT_EQ(-ESRCH, wait_for(ender[i].tid, &status));
}

/* Another team, as seen from the one that it is a child of. */

static int ends_with_record(void *arg)
{
	struct team *team = arg;
	struct ender ender;
	__s32 status;

	if (start_ender(&ender, 5, 1))
		return 1;
	team->result = ender.tid;
	announce(&team->step, 1);
	if (!reached(&team->go, 1) || finish(&ender))
		return 2;
	announce(&team->step, 2);
	if (!reached(&team->go, 2))
		return 3;
	/* It is for this team. */
	if (wait_for(ender.tid, &status) || status != 5)
		return 4;
	return 0;
}

TEST_F(ns, thread_of_another_team)
{
	struct team *team = start_team(ends_with_record);
	__s32 status = 99;

	ASSERT_NE(NULL, team);
	EXPECT_EQ(-EAGAIN, nexus_thread_wait(team->result, &status, NOWAIT,
					     NULL));
	announce(&team->go, 1);
	ASSERT_TRUE(reached(&team->step, 2));
	EXPECT_EQ(-ESRCH, wait_for(team->result, &status));
	EXPECT_EQ(99, status);
	announce(&team->go, 2);
	EXPECT_EQ(0, reap(team->pid));
}

TEST_F(ns, waiter_of_another_team)
{
	struct team *team = start_team(ends_with_record);
	struct job waiter;
	__s32 status = 99;

	ASSERT_NE(NULL, team);
	waiter = (struct job)WAIT_JOB(team->result, &status);
	ASSERT_EQ(0, start_job(&waiter));
	announce(&team->go, 1);
	EXPECT_EQ(0, join_job(&waiter));
	EXPECT_EQ(5, status);
	announce(&team->go, 2);
	/* It was told, so there was nothing to keep. */
	EXPECT_EQ(4, reap(team->pid));
}

static int exits_with(void *arg)
{
	struct team *team = arg;

	if (team->result & 0x1000)
		set_status(team->result >> 16);
	announce(&team->step, 1);
	if (!reached(&team->go, 1))
		return 1;
	return team->result & 0xff;
}

static struct team *exiting_team(int result)
{
	struct team *team = shared(sizeof(*team));

	if (!team)
		return NULL;
	team->result = result;
	team->pid = spawn(exits_with, team);
	return team->pid > 0 && reached(&team->step, 1) ? team : NULL;
}

TEST_F(ns, main_thread_of_a_child)
{
	static const struct {
		int result, status;
	} cases[] = {
		{ 0, 0 }, { 7, 7 }, { 255, 255 }, { 0x1000 | 1234 << 16 | 9,
						    1234 },
	};
	struct team *team;
	struct job waiter;
	siginfo_t si;
	__s32 status;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		status = 99;
		team = exiting_team(cases[i].result);
		ASSERT_NE(NULL, team);
		waiter = (struct job)WAIT_JOB(team->pid, &status);
		ASSERT_EQ(0, start_job(&waiter));
		announce(&team->go, 1);
		EXPECT_EQ(0, join_job(&waiter));
		EXPECT_EQ(cases[i].status, status);
		/* Later, as long as it is a zombie; it stays one. */
		ASSERT_EQ(0, waitid(P_PID, team->pid, &si, WEXITED | WNOWAIT));
		status = 99;
		EXPECT_EQ(0, wait_for(team->pid, &status));
		EXPECT_EQ(cases[i].status, status);
		EXPECT_EQ(cases[i].result & 0xff, reap(team->pid));
		EXPECT_EQ(-ESRCH, wait_for(team->pid, &status));
	}
}

TEST_F(ns, killed_child)
{
	struct team *team = start_team(NULL);
	__s32 status = 99;
	siginfo_t si;

	ASSERT_NE(NULL, team);
	kill(team->pid, SIGKILL);
	EXPECT_EQ(0, wait_for(team->pid, &status));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, waitid(P_PID, team->pid, &si, WEXITED | WNOWAIT));
	status = 99;
	EXPECT_EQ(0, nexus_thread_wait(team->pid, &status, NOWAIT, NULL));
	EXPECT_EQ(0, status);
	EXPECT_EQ(128 + SIGKILL, reap(team->pid));
}

static int wait_as_sibling(void *arg)
{
	struct team *team = arg;

	/* It is somebody else's child. */
	return wait_for(team->pid, NULL) == -ESRCH ? 0 : 1;
}

TEST_F(ns, zombie_of_others)
{
	struct team *team = exiting_team(3);
	siginfo_t si;
	pid_t pid;

	ASSERT_NE(NULL, team);
	announce(&team->go, 1);
	ASSERT_EQ(0, waitid(P_PID, team->pid, &si, WEXITED | WNOWAIT));
	pid = spawn(wait_as_sibling, team);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(3, reap(team->pid));
}

static void *exit_later(void *arg)
{
	struct team *team = arg;

	reached(&team->go, 1);
	_exit(6);
}

static int leader_ends_first(void *arg)
{
	struct team *team = arg;
	pthread_t thread;

	team->result = new_port(1);
	if (pthread_create(&thread, NULL, exit_later, team))
		return 1;
	announce(&team->step, 1);
	syscall(__NR_exit, 3);
	return 2;
}

TEST_F(ns, leader_ends_first)
{
	struct team *team = start_team(leader_ends_first);
	struct job waiter;
	__s32 status = 99;

	ASSERT_NE(NULL, team);
	ASSERT_TRUE(poll_until(task_state(team->pid, team->pid) == 'Z'));
	/* The main thread has not ended before its team has. */
	waiter = (struct job)WAIT_JOB(team->pid, &status);
	ASSERT_EQ(0, start_job(&waiter));
	EXPECT_EQ(0, queued(team->result));
	announce(&team->go, 1);
	EXPECT_EQ(0, join_job(&waiter));
	EXPECT_EQ(-EIDRM, queued(team->result));
	EXPECT_EQ(6, reap(team->pid));
}

static int owns_a_port(void *arg)
{
	struct team *team = arg;

	team->result = new_port(1);
	announce(&team->step, 1);
	return !reached(&team->go, 1);
}

TEST_F(ns, objects_are_gone_then)
{
	struct team *team;
	struct job waiter;
	int i;

	for (i = 0; i < 50; i++) {
		team = start_team(owns_a_port);
		ASSERT_NE(NULL, team);
		waiter = (struct job)WAIT_JOB(team->pid, NULL);
		ASSERT_EQ(0, start_job(&waiter));
		announce(&team->go, 1);
		ASSERT_EQ(0, join_job(&waiter));
		ASSERT_EQ(-EIDRM, queued(team->result));
		ASSERT_EQ(0, reap(team->pid));
	}
}

static int execs_with_record(void *arg)
{
	struct ender ender;
	char tid[16];
	char *const argv[] = { "thread_wait_test", "record", tid, NULL };
	char *const envp[] = { NULL };

	if (start_ender(&ender, 1234, 1) || finish(&ender))
		return 1;
	snprintf(tid, sizeof(tid), "%d", ender.tid);
	execve("/proc/self/exe", argv, envp);
	return 2;
}

/* The new program; records belong to the team, which is the same. */
static int other_program(int tid)
{
	__s32 status = 99;

	if (wait_for(tid, &status))
		return 3;
	if (status != 1234)
		return 4;
	return wait_for(tid, &status) == -ESRCH ? 0 : 5;
}

TEST_F(ns, exec_keeps_records)
{
	const pid_t pid = spawn(execs_with_record, NULL);

	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
}

static void *exec_when_told(void *arg)
{
	char *const argv[] = { "thread_wait_test", "exit", NULL };
	char *const envp[] = { NULL };
	struct team *team = arg;

	if (reached(&team->go, 1))
		execve("/proc/self/exe", argv, envp);
	return NULL;
}

static int execs_and_exits(void *arg)
{
	struct team *team = arg;
	pthread_t thread;

	/* What the old program said is not the new one's status. */
	set_status(1234);
	if (pthread_create(&thread, NULL, exec_when_told, team))
		return 1;
	announce(&team->step, 1);
	for (;;)
		pause();
}

TEST_F(ns, exec_is_no_end)
{
	struct team *team = start_team(execs_and_exits);
	struct nexus_thread_info info;
	struct job waiter;
	__s32 status = 99;

	ASSERT_NE(NULL, team);
	waiter = (struct job)WAIT_JOB(team->pid, &status);
	ASSERT_EQ(0, start_job(&waiter));
	announce(&team->go, 1);
	/* The new program waits for a message before it ends. */
	ASSERT_TRUE(poll_until(!thread_info(team->pid, &info) &&
			       info.state == NEXUS_THREAD_RECEIVING));
	ASSERT_TRUE(job_waits(&waiter));
	ASSERT_EQ(0, tell(team->pid, 1));
	EXPECT_EQ(0, join_job(&waiter));
	EXPECT_EQ(8, status);
	EXPECT_EQ(8, reap(team->pid));
}

static int waits_in_child(void *arg)
{
	const struct ender *ender = arg;

	return wait_for(ender->tid, NULL) == -ESRCH ? 0 : 1;
}

TEST_F(ns, fork_inherits_no_records)
{
	struct ender ender;
	__s32 status = 99;
	pid_t pid;

	ASSERT_EQ(0, start_ender(&ender, 5, 1));
	ASSERT_EQ(0, finish(&ender));
	pid = spawn(waits_in_child, &ender);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(0, wait_for(ender.tid, &status));
	EXPECT_EQ(5, status);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "exit"))
		return nexus_thread_recv(NULL, 0, NULL, 0, NULL) ? 9 : 8;
	if (argc == 3 && !strcmp(argv[1], "record"))
		return other_program(atoi(argv[2]));
	return test_harness_run(argc, argv);
}

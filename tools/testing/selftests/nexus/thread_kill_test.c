// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that are killed, one by one.  They make nothing but system calls,
 * so that none of them takes a lock of the C library along.
 */
#include "ns.h"
#include "threads.h"

#include <linux/ptrace.h>

/* All that a thread leaves behind: nothing, and the process goes on. */
static void is_gone(struct __test_metadata *_metadata, pid_t tid)
{
	struct nexus_thread_info info;

	ASSERT_TRUE(thread_ends(getpid(), tid))
		TH_LOG("thread %d lives on", tid);
	EXPECT_EQ(-ESRCH, thread_info(tid, &info));
	EXPECT_EQ(-ESRCH, tell(tid, 1));
	EXPECT_EQ(-ESRCH, nexus_thread_kill(tid, 0));
}

TEST_F(ns, running)
{
	struct spinner spinner[3];
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, start_spinner(&spinner[i]));
	ASSERT_EQ(0, nexus_thread_kill(spinner[1].tid, 0));
	EXPECT_EQ(0, join_thread(spinner[1].thread));
	is_gone(_metadata, spinner[1].tid);
	EXPECT_TRUE(stands_still(&spinner[1]));
	/* Only that one. */
	EXPECT_TRUE(moves(&spinner[0]));
	EXPECT_TRUE(moves(&spinner[2]));
	ASSERT_EQ(0, stop_spinner(&spinner[0]));
	ASSERT_EQ(0, stop_spinner(&spinner[2]));
}

TEST_F(ns, waiting)
{
	struct wait wait;
	int kind;

	for (kind = 0; kind < WAITS; kind++) {
		ASSERT_EQ(0, start_wait(&wait, kind));
		ASSERT_EQ(0, nexus_thread_kill(wait.job.tid, 0));
		EXPECT_TRUE(job_died(&wait.job))
			TH_LOG("%s", wait_names[kind]);
		is_gone(_metadata, wait.job.tid);
		clean_wait(&wait);
	}
}

TEST_F(ns, leaves_the_queue)
{
	struct nexus_sem_info info;
	struct wait wait;
	struct job next;

	/* Whoever is behind it gets what it would have got. */
	ASSERT_EQ(0, start_wait(&wait, WAIT_SEM));
	next = (struct job)JOB(nexus_sem_acquire, wait.id, 1);
	ASSERT_EQ(0, start_job(&next));
	ASSERT_EQ(0, nexus_thread_kill(wait.job.tid, 0));
	EXPECT_TRUE(job_died(&wait.job));
	ASSERT_TRUE(poll_until(!sem_info(wait.id, &info) &&
			       info.waiting == 1));
	EXPECT_EQ(-1, info.count);
	ASSERT_EQ(0, nexus_sem_release(wait.id, 1, 0));
	EXPECT_EQ(0, join_job(&next));
	clean_wait(&wait);

	ASSERT_EQ(0, start_wait(&wait, WAIT_PORT_SEND));
	ASSERT_EQ(0, nexus_thread_kill(wait.job.tid, 0));
	EXPECT_TRUE(job_died(&wait.job));
	is_gone(_metadata, wait.job.tid);
	EXPECT_EQ(1, recv_code(wait.id));
	EXPECT_EQ(-EAGAIN, recv_code(wait.id));
	clean_wait(&wait);
}

TEST_F(ns, suspended)
{
	struct wait wait;
	int kind;

	for (kind = 0; kind < WAITS; kind++) {
		ASSERT_EQ(0, start_wait(&wait, kind));
		ASSERT_EQ(0, suspend(wait.job.tid));
		ASSERT_EQ(0, nexus_thread_kill(wait.job.tid, 0));
		EXPECT_TRUE(job_died(&wait.job))
			TH_LOG("%s", wait_names[kind]);
		is_gone(_metadata, wait.job.tid);
		clean_wait(&wait);
	}
}

TEST_F(ns, receiving)
{
	struct job job = JOB(nexus_thread_recv);

	ASSERT_EQ(0, start_job(&job));
	ASSERT_EQ(0, nexus_thread_kill(job.tid, 0));
	EXPECT_TRUE(job_died(&job));
	is_gone(_metadata, job.tid);
}

TEST_F(ns, sending)
{
	struct job job[3];
	int i;

	ASSERT_EQ(0, tell(own_tid(), 1000));
	for (i = 0; i < 3; i++) {
		job[i] = (struct job)JOB(nexus_thread_send, own_tid(), i);
		ASSERT_EQ(0, start_job(&job[i]));
	}
	ASSERT_EQ(0, nexus_thread_kill(job[0].tid, 0));
	EXPECT_TRUE(job_died(&job[0]));
	is_gone(_metadata, job[0].tid);
	/* Its message never comes, those of the others do. */
	EXPECT_EQ(1000, told());
	EXPECT_EQ(0, join_job(&job[1]));
	EXPECT_EQ(1, told());
	EXPECT_EQ(0, join_job(&job[2]));
	EXPECT_EQ(2, told());
	EXPECT_EQ(-EAGAIN, told());
}

static int blocks_all(void *arg)
{
	struct spinner spinner;
	sigset_t set;

	/* No mask and no action keeps a thread from being killed. */
	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (start_spinner(&spinner) || nexus_thread_kill(spinner.tid, 0) ||
	    join_thread(spinner.thread) ||
	    !thread_ends(getpid(), spinner.tid))
		return 1;
	return 0;
}

TEST_F(ns, all_signals_blocked)
{
	const pid_t pid = spawn(blocks_all, NULL);

	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
}

static void *kill_self(void *arg)
{
	struct job *job = arg;

	__atomic_store_n(&job->tid, own_tid(), __ATOMIC_RELEASE);
	job->ret = nexus_thread_kill(own_tid(), 0);
	__atomic_store_n(&job->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

TEST_F(ns, self)
{
	struct job job = {};

	ASSERT_EQ(0, start_thread(&job.thread, kill_self, &job, &job.tid));
	EXPECT_TRUE(job_died(&job));
	is_gone(_metadata, job.tid);
}

TEST_F(ns, main_thread)
{
	struct team *team;
	int i;

	for (i = 0; i < 4; i++) {
		team = start_team(NULL);
		ASSERT_NE(NULL, team);
		if (i & 1)
			ASSERT_EQ(0, suspend(team->pid));
		if (i & 2)
			ASSERT_EQ(0, suspend(team->spinner.tid));
		ASSERT_EQ(0, nexus_thread_kill(team->pid, 0));
		EXPECT_EQ(128 + SIGKILL, reap(team->pid));
		EXPECT_TRUE(thread_ends(team->pid, team->spinner.tid));
	}
}

static int exit_at_once(void *arg)
{
	return 0;
}

/* One that survives the killing of its second thread, whoever did it. */
static int lives_on(void *arg)
{
	struct team *team = arg;
	pthread_t thread;
	void *memory;

	if (start_spinner(&team->spinner))
		return 1;
	announce(&team->step, 1);
	if (join_thread(team->spinner.thread))
		return 2;
	/* Memory, threads, signals and children work as before. */
	memory = malloc(1 << 20);
	if (!memory)
		return 3;
	memset(memory, 1, 1 << 20);
	free(memory);
	team->spinner.stop = 1;
	if (pthread_create(&thread, NULL, spin, &team->spinner) ||
	    join_thread(thread))
		return 4;
	handle_signal(SIGUSR1, 0);
	raise(SIGUSR1);
	if (handled_now() != 1)
		return 5;
	return reap(spawn(exit_at_once, NULL)) ? 6 : 7;
}

TEST_F(ns, process_lives_on)
{
	struct team *team;
	int i;

	for (i = 0; i < 10; i++) {
		team = start_team(lives_on);
		ASSERT_NE(NULL, team);
		ASSERT_EQ(0, nexus_thread_kill(team->spinner.tid, 0));
		/* The status that it chose itself, no signal's. */
		EXPECT_EQ(7, reap(team->pid));
	}
}

TEST_F(ns, status)
{
	struct job job[2], waiter;
	__s32 status = 99;
	int i;

	/* With a record, and with a waiter. */
	for (i = 0; i < 2; i++) {
		job[i] = (struct job)JOB(nexus_thread_recv);
		ASSERT_EQ(0, start_job(&job[i]));
	}
	ASSERT_EQ(0, set_keep(job[0].tid));
	ASSERT_EQ(0, nexus_thread_kill(job[0].tid, 0));
	ASSERT_TRUE(job_died(&job[0]));
	ASSERT_TRUE(thread_ends(getpid(), job[0].tid));
	EXPECT_EQ(0, nexus_thread_wait(job[0].tid, &status, 0, NULL));
	EXPECT_EQ(0, status);
	status = 99;
	waiter = (struct job)JOB(nexus_thread_wait, job[1].tid, (long)&status);
	ASSERT_EQ(0, start_job(&waiter));
	ASSERT_EQ(0, nexus_thread_kill(job[1].tid, 0));
	EXPECT_EQ(0, join_job(&waiter));
	EXPECT_EQ(0, status);
	ASSERT_TRUE(job_died(&job[1]));
}

static void *with_status(void *arg)
{
	struct spinner *spinner = arg;

	set_status(55);
	return spin(spinner);
}

TEST_F(ns, status_that_was_set)
{
	struct spinner spinner = {};
	__s32 status = 99;

	ASSERT_EQ(0, start_thread(&spinner.thread, with_status, &spinner,
				  &spinner.tid));
	ASSERT_EQ(0, set_keep(spinner.tid));
	ASSERT_TRUE(moves(&spinner));
	ASSERT_EQ(0, nexus_thread_kill(spinner.tid, 0));
	ASSERT_EQ(0, join_thread(spinner.thread));
	/* What a thread said about itself before is not taken back. */
	EXPECT_EQ(0, nexus_thread_wait(spinner.tid, &status, 0, NULL));
	EXPECT_EQ(55, status);
}

static int kill_as_stranger(void *arg)
{
	struct team *team = arg;

	if (become(4000, 4000))
		return 1;
	if (nexus_thread_kill(team->spinner.tid, 0) != -EPERM ||
	    nexus_thread_kill(team->pid, 0) != -EPERM)
		return 2;
	return 0;
}

TEST_F(ns, other_user)
{
	struct team *team = start_team(NULL);
	pid_t pid;

	ASSERT_NE(NULL, team);
	pid = spawn(kill_as_stranger, team);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_TRUE(moves(&team->spinner));
	EXPECT_EQ(128 + SIGKILL, kill_team(team));
}

static long trace(long request, pid_t pid, unsigned long addr, long data)
{
	return nexus_ret(syscall(__NR_ptrace, request, pid, addr, data));
}

TEST_F(ns, traced)
{
	struct team *team;
	int status, tid, i;

	for (i = 0; i < 3; i++) {
		team = start_team(lives_on);
		ASSERT_NE(NULL, team);
		tid = team->spinner.tid;
		ASSERT_EQ(0, trace(PTRACE_SEIZE, tid, 0, 0));
		if (i) {
			ASSERT_EQ(0, trace(PTRACE_INTERRUPT, tid, 0, 0));
			ASSERT_TRUE(await(tid, &status, __WALL));
		}
		if (i == 2)
			ASSERT_EQ(0, nexus_thread_suspend(tid, 0));
		ASSERT_EQ(0, nexus_thread_kill(tid, 0));
		/*
		 * Whether it dies in the tracer's stop or when it is let go,
		 * it dies, and the tracer learns of it.
		 */
		trace(PTRACE_DETACH, tid, 0, 0);
		ASSERT_TRUE(poll_until(waitpid(tid, &status,
					       __WALL | WNOHANG) == tid ||
				       errno == ECHILD));
		ASSERT_TRUE(thread_ends(team->pid, tid))
			TH_LOG("case %d", i);
		EXPECT_EQ(7, reap(team->pid));
	}
}

TEST_F(ns, group_ends_meanwhile)
{
	struct team *team;
	int i;

	/* A kill on top of a kill. */
	for (i = 0; i < 30; i++) {
		team = start_team(NULL);
		ASSERT_NE(NULL, team);
		ASSERT_EQ(0, nexus_thread_kill(team->spinner.tid, 0));
		kill(team->pid, SIGKILL);
		nexus_thread_kill(team->pid, 0);
		EXPECT_EQ(128 + SIGKILL, reap(team->pid));
	}
}

TEST_F_TIMEOUT(ns, many, 60)
{
	struct job job[100];
	int round, i;

	for (round = 0; round < 5; round++) {
		for (i = 0; i < 100; i++) {
			job[i] = (struct job)JOB(nexus_thread_recv);
			ASSERT_EQ(0, launch_job(&job[i]));
		}
		for (i = 0; i < 100; i++)
			ASSERT_EQ(0, nexus_thread_kill(job[i].tid, 0));
		for (i = 0; i < 100; i++) {
			ASSERT_TRUE(job_died(&job[i]));
			ASSERT_TRUE(thread_ends(getpid(), job[i].tid));
		}
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that are suspended: out of any wait, one by one, and what everything
 * else that stops, starts and ends threads makes of them.
 */
#include "ns.h"
#include "threads.h"

#include <linux/ptrace.h>
#include <sys/mount.h>
#include <sys/resource.h>

TEST_F(ns, running)
{
	struct spinner spinner;
	int i;

	ASSERT_EQ(0, start_spinner(&spinner));
	for (i = 0; i < 20; i++) {
		EXPECT_TRUE(moves(&spinner));
		ASSERT_EQ(0, suspend(spinner.tid));
		EXPECT_TRUE(stands_still(&spinner));
		EXPECT_EQ(NEXUS_THREAD_SUSPENDED, thread_state(spinner.tid));
		ASSERT_EQ(0, resume(spinner.tid));
	}
	EXPECT_TRUE(moves(&spinner));
	ASSERT_EQ(0, stop_spinner(&spinner));
}

static void *call_for_ever(void *arg)
{
	struct spinner *spinner = arg;

	__atomic_store_n(&spinner->tid, own_tid(), __ATOMIC_RELEASE);
	while (!__atomic_load_n(&spinner->stop, __ATOMIC_ACQUIRE)) {
		syscall(__NR_getppid);
		__atomic_fetch_add(&spinner->count, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

TEST_F(ns, running_in_the_kernel)
{
	struct spinner spinner = {};
	int i;

	ASSERT_EQ(0, start_thread(&spinner.thread, call_for_ever, &spinner,
				  &spinner.tid));
	for (i = 0; i < 20; i++) {
		EXPECT_TRUE(moves(&spinner));
		ASSERT_EQ(0, suspend(spinner.tid));
		EXPECT_TRUE(stands_still(&spinner));
		ASSERT_EQ(0, resume(spinner.tid));
	}
	ASSERT_EQ(0, stop_spinner(&spinner));
}

TEST_F(ns, not_counted)
{
	struct spinner spinner;
	int i;

	ASSERT_EQ(0, start_spinner(&spinner));
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, suspend(spinner.tid));
	ASSERT_EQ(0, resume(spinner.tid));
	EXPECT_TRUE(moves(&spinner));
	/* Nor is resuming: none is left over for the next time. */
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, resume(spinner.tid));
	ASSERT_EQ(0, suspend(spinner.tid));
	EXPECT_TRUE(stands_still(&spinner));
	ASSERT_EQ(0, resume(spinner.tid));
	ASSERT_EQ(0, stop_spinner(&spinner));
}

TEST_F(ns, only_that_thread)
{
	struct spinner spinner[4];
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, start_spinner(&spinner[i]));
	ASSERT_EQ(0, suspend(spinner[2].tid));
	EXPECT_TRUE(stands_still(&spinner[2]));
	for (i = 0; i < 4; i++)
		if (i != 2)
			EXPECT_TRUE(moves(&spinner[i]));
	ASSERT_EQ(0, resume(spinner[2].tid));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, stop_spinner(&spinner[i]));
}

/* The waits that give EINTR when they were broken by a suspension. */
static int gives_eintr(int kind)
{
	return kind != WAIT_READ && !(kind == WAIT_POLL && POLL_RESTARTS);
}

/* Resumed from a broken wait; tidies up. */
static void was_broken(struct __test_metadata *_metadata, struct wait *wait)
{
	if (gives_eintr(wait->kind)) {
		ASSERT_EQ(-EINTR, join_job(&wait->job))
			TH_LOG("%s", wait_names[wait->kind]);
	} else {
		/* Goes on as it does after SIGCONT. */
		ASSERT_TRUE(job_waits(&wait->job));
		ASSERT_EQ(0, end_wait(wait));
		ASSERT_EQ(1, join_job(&wait->job));
	}
	clean_wait(wait);
}

TEST_F(ns, waiting)
{
	struct wait wait;
	int kind;

	for (kind = 0; kind < WAITS; kind++) {
		ASSERT_EQ(0, start_wait(&wait, kind));
		ASSERT_EQ(0, suspend(wait.job.tid))
			TH_LOG("%s", wait_names[kind]);
		EXPECT_FALSE(job_done(&wait.job));
		ASSERT_EQ(0, resume(wait.job.tid));
		was_broken(_metadata, &wait);
	}
}

TEST_F(ns, takes_nothing_meanwhile)
{
	struct nexus_sem_info info;
	struct wait wait;

	/* A suspended thread is in no queue. */
	ASSERT_EQ(0, start_wait(&wait, WAIT_SEM));
	ASSERT_EQ(0, suspend(wait.job.tid));
	ASSERT_EQ(0, end_wait(&wait));
	ASSERT_EQ(0, sem_info(wait.id, &info));
	EXPECT_EQ(1, info.count);
	EXPECT_EQ(0, info.waiting);
	ASSERT_EQ(0, resume(wait.job.tid));
	EXPECT_EQ(-EINTR, join_job(&wait.job));
	EXPECT_EQ(0, nexus_sem_acquire(wait.id, 1, NOWAIT, NULL, NULL));
	clean_wait(&wait);

	ASSERT_EQ(0, start_wait(&wait, WAIT_PORT_RECV));
	ASSERT_EQ(0, suspend(wait.job.tid));
	ASSERT_EQ(0, end_wait(&wait));
	EXPECT_EQ(1, queued(wait.id));
	ASSERT_EQ(0, resume(wait.job.tid));
	EXPECT_EQ(-EINTR, join_job(&wait.job));
	EXPECT_EQ(1, recv_code(wait.id));
	clean_wait(&wait);

	ASSERT_EQ(0, start_wait(&wait, WAIT_PORT_SEND));
	ASSERT_EQ(0, suspend(wait.job.tid));
	ASSERT_EQ(0, end_wait(&wait));
	EXPECT_EQ(0, queued(wait.id));
	ASSERT_EQ(0, resume(wait.job.tid));
	EXPECT_EQ(-EINTR, join_job(&wait.job));
	EXPECT_EQ(-EAGAIN, recv_code(wait.id));
	clean_wait(&wait);
}

TEST_F(ns, resume_alone)
{
	struct wait wait;
	int kind, i;

	for (kind = 0; kind < WAITS; kind++) {
		if (kind == WAIT_SNOOZE || kind == WAIT_NANOSLEEP)
			continue;
		ASSERT_EQ(0, start_wait(&wait, kind));
		for (i = 0; i < 10; i++)
			ASSERT_EQ(0, resume(wait.job.tid));
		ASSERT_TRUE(job_waits(&wait.job));
		EXPECT_FALSE(job_done(&wait.job));
		ASSERT_EQ(0, end_wait(&wait));
		EXPECT_EQ(wait_result(&wait), join_job(&wait.job))
			TH_LOG("%s", wait_names[kind]);
		clean_wait(&wait);
	}
}

/* The documented BeOS way to break a thread out of a wait. */
TEST_F_TIMEOUT(ns, back_to_back, 60)
{
	struct wait wait;
	int kind, i;

	for (kind = 0; kind < WAITS; kind++) {
		for (i = 0; i < 30; i++) {
			ASSERT_EQ(0, start_wait(&wait, kind));
			ASSERT_EQ(0, nexus_thread_suspend(wait.job.tid, 0));
			ASSERT_EQ(0, nexus_thread_resume(wait.job.tid, 0));
			was_broken(_metadata, &wait);
		}
	}
}

TEST_F(ns, restarting_handlers)
{
	struct wait wait;
	int kind, flags;

	/* Handlers run after the resume, and make no difference. */
	for (flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		for (kind = 0; kind <= WAIT_POLL; kind++) {
			handle_signal(SIGUSR1, flags);
			ASSERT_EQ(0, start_wait(&wait, kind));
			ASSERT_EQ(0, suspend(wait.job.tid));
			pthread_kill(wait.job.thread, SIGUSR1);
			nap();
			EXPECT_EQ(0, handled_now());
			EXPECT_EQ(NEXUS_THREAD_SUSPENDED,
				  thread_state(wait.job.tid));
			ASSERT_EQ(0, resume(wait.job.tid));
			EXPECT_EQ(-EINTR, join_job(&wait.job))
				TH_LOG("%s", wait_names[kind]);
			EXPECT_EQ(1, handled_now());
			clean_wait(&wait);
		}
	}
}

TEST_F(ns, sigcont_restarts)
{
	struct wait wait;
	int kind, i;
	long slept;

	for (kind = 0; kind < WAITS; kind++) {
		/* These restart as another call. */
		if (kind == WAIT_NANOSLEEP || kind == WAIT_FUTEX ||
		    kind == WAIT_POLL)
			continue;
		ASSERT_EQ(0, start_wait(&wait, kind));
		for (i = 0; i < 5; i++) {
			ASSERT_EQ(0, suspend(wait.job.tid));
			slept = sleeps(wait.job.tid);
			kill(getpid(), SIGCONT);
			/* It does not only still sleep, but does so again. */
			ASSERT_TRUE(poll_until(sleeps(wait.job.tid) > slept))
				TH_LOG("%s", wait_names[kind]);
			ASSERT_TRUE(job_waits(&wait.job));
		}
		EXPECT_FALSE(job_done(&wait.job));
		if (kind == WAIT_SNOOZE) {
			ASSERT_EQ(0, nexus_thread_suspend(wait.job.tid, 0));
			ASSERT_EQ(0, resume(wait.job.tid));
			EXPECT_EQ(-EINTR, join_job(&wait.job));
			continue;
		}
		ASSERT_EQ(0, end_wait(&wait));
		EXPECT_EQ(wait_result(&wait), join_job(&wait.job))
			TH_LOG("%s", wait_names[kind]);
		clean_wait(&wait);
	}
}

TEST_F(ns, signals_stay_pending)
{
	struct spinner spinner;
	int i;

	handle_signal(SIGUSR1, SA_RESTART);
	ASSERT_EQ(0, start_spinner(&spinner));
	ASSERT_EQ(0, suspend(spinner.tid));
	for (i = 0; i < 5; i++) {
		pthread_kill(spinner.thread, SIGUSR1);
		EXPECT_TRUE(stands_still(&spinner));
		EXPECT_EQ(0, handled_now());
		EXPECT_EQ(NEXUS_THREAD_SUSPENDED, thread_state(spinner.tid));
	}
	ASSERT_EQ(0, resume(spinner.tid));
	EXPECT_TRUE(moves(&spinner));
	EXPECT_EQ(1, handled_now());
	ASSERT_EQ(0, stop_spinner(&spinner));
}

TEST_F(ns, signal_for_the_process)
{
	struct team *team = start_team(NULL);

	/* Another thread takes it. */
	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, suspend(team->spinner.tid));
	kill(team->pid, SIGTERM);
	EXPECT_EQ(128 + SIGTERM, reap(team->pid));
}

TEST_F(ns, send_and_recv_go_on)
{
	struct nexus_msg_info info = {};
	struct job recv = JOB(nexus_thread_recv, 0, 0, (long)&info);
	struct job send = JOB(nexus_thread_send, own_tid(), 2);
	int i;

	ASSERT_EQ(0, tell(own_tid(), 1));
	ASSERT_EQ(0, start_job(&recv));
	ASSERT_EQ(0, start_job(&send));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, suspend(recv.tid));
		ASSERT_EQ(0, suspend(send.tid));
		ASSERT_EQ(0, resume(recv.tid));
		ASSERT_EQ(0, resume(send.tid));
		/* Only a kill ends those. */
		ASSERT_TRUE(job_waits(&recv));
		ASSERT_TRUE(job_waits(&send));
	}
	EXPECT_TRUE(reaches(recv.tid, NEXUS_THREAD_RECEIVING));
	/* What comes while they are suspended waits for them. */
	ASSERT_EQ(0, suspend(recv.tid));
	ASSERT_EQ(0, suspend(send.tid));
	ASSERT_EQ(0, tell(recv.tid, 7));
	EXPECT_EQ(1, told());
	EXPECT_EQ(-EAGAIN, told());
	EXPECT_TRUE(!job_done(&recv) && !job_done(&send));
	ASSERT_EQ(0, resume(recv.tid));
	ASSERT_EQ(0, resume(send.tid));
	EXPECT_EQ(0, join_job(&recv));
	EXPECT_EQ(7, info.code);
	EXPECT_EQ(0, join_job(&send));
	EXPECT_EQ(2, told());
}

static void *suspend_self(void *arg)
{
	struct job *job = arg;

	job->pid = getpid();
	__atomic_store_n(&job->tid, own_tid(), __ATOMIC_RELEASE);
	job->ret = nexus_thread_suspend(own_tid(), 0);
	__atomic_store_n(&job->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

TEST_F(ns, self)
{
	struct job job = {};

	ASSERT_EQ(0, start_thread(&job.thread, suspend_self, &job, &job.tid));
	ASSERT_TRUE(reaches(job.tid, NEXUS_THREAD_SUSPENDED));
	EXPECT_FALSE(job_done(&job));
	ASSERT_EQ(0, resume(job.tid));
	/* Having stopped is no error. */
	EXPECT_EQ(0, join_job(&job));
}

static int main_spins(void *arg)
{
	struct team *team = arg;

	announce(&team->step, 1);
	spin(&team->spinner);
	return 0;
}

TEST_F(ns, main_thread)
{
	struct team *team = start_team(main_spins);

	ASSERT_NE(NULL, team);
	EXPECT_TRUE(moves(&team->spinner));
	ASSERT_EQ(0, suspend(team->pid));
	EXPECT_TRUE(stands_still(&team->spinner));
	ASSERT_EQ(0, resume(team->pid));
	EXPECT_TRUE(moves(&team->spinner));
	ASSERT_EQ(0, suspend(team->pid));
	kill(team->pid, SIGCONT);
	EXPECT_TRUE(moves(&team->spinner));
	EXPECT_EQ(128 + SIGKILL, kill_team(team));
}

/* Job control of the process that the thread is in. */
TEST_F(ns, stop_and_continue)
{
	struct team *team = start_team(NULL);
	int status, i;

	ASSERT_NE(NULL, team);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, suspend(team->spinner.tid));
		/* One thread is not the process. */
		EXPECT_EQ(0, waitpid(team->pid, &status,
				     WUNTRACED | WCONTINUED | WNOHANG));
		kill(team->pid, SIGSTOP);
		ASSERT_TRUE(await(team->pid, &status, WUNTRACED))
			TH_LOG("the process never stopped");
		EXPECT_TRUE(WIFSTOPPED(status));
		EXPECT_EQ(SIGSTOP, WSTOPSIG(status));
		kill(team->pid, SIGCONT);
		ASSERT_TRUE(await(team->pid, &status, WCONTINUED));
		EXPECT_TRUE(WIFCONTINUED(status));
		EXPECT_TRUE(moves(&team->spinner));
	}
	EXPECT_EQ(128 + SIGKILL, kill_team(team));
}

TEST_F(ns, all_suspended_then_stopped)
{
	struct team *team = start_team(NULL);
	int status;

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, suspend(team->pid));
	ASSERT_EQ(0, suspend(team->spinner.tid));
	kill(team->pid, SIGSTOP);
	ASSERT_TRUE(await(team->pid, &status, WUNTRACED));
	EXPECT_TRUE(WIFSTOPPED(status));
	kill(team->pid, SIGCONT);
	ASSERT_TRUE(await(team->pid, &status, WCONTINUED));
	EXPECT_TRUE(moves(&team->spinner));
	EXPECT_TRUE(reaches(team->pid, NEXUS_THREAD_WAITING));
	EXPECT_EQ(128 + SIGKILL, kill_team(team));
}

TEST_F(ns, suspended_while_stopped)
{
	struct team *team = start_team(NULL);
	int status;

	ASSERT_NE(NULL, team);
	kill(team->pid, SIGSTOP);
	ASSERT_TRUE(await(team->pid, &status, WUNTRACED));
	ASSERT_EQ(0, nexus_thread_suspend(team->spinner.tid, 0));
	EXPECT_EQ(NEXUS_THREAD_SUSPENDED, thread_state(team->spinner.tid));
	ASSERT_EQ(0, resume(team->spinner.tid));
	/* That is not what keeps it from running. */
	EXPECT_TRUE(stands_still(&team->spinner));
	ASSERT_EQ(0, nexus_thread_suspend(team->spinner.tid, 0));
	kill(team->pid, SIGCONT);
	ASSERT_TRUE(await(team->pid, &status, WCONTINUED));
	EXPECT_TRUE(moves(&team->spinner));
	EXPECT_EQ(128 + SIGKILL, kill_team(team));
}

/* glibc and the kernel cannot both be included. */
static long trace(long request, pid_t pid, unsigned long addr, long data)
{
	return nexus_ret(syscall(__NR_ptrace, request, pid, addr, data));
}

TEST_F(ns, ptrace_seize)
{
	struct team *team = start_team(NULL);
	int status, tid, i;

	ASSERT_NE(NULL, team);
	tid = team->spinner.tid;
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, suspend(tid));
		ASSERT_EQ(0, trace(PTRACE_SEIZE, tid, 0, 0));
		ASSERT_EQ(0, trace(PTRACE_INTERRUPT, tid, 0, 0));
		ASSERT_TRUE(await(tid, &status, __WALL));
		EXPECT_TRUE(WIFSTOPPED(status));
		EXPECT_EQ(PTRACE_EVENT_STOP, status >> 16);
		/* To be let go by the tracer is not to be resumed. */
		ASSERT_EQ(0, trace(PTRACE_CONT, tid, 0, 0));
		ASSERT_TRUE(reaches(tid, NEXUS_THREAD_SUSPENDED));
		EXPECT_TRUE(stands_still(&team->spinner));
		ASSERT_EQ(0, trace(PTRACE_INTERRUPT, tid, 0, 0));
		ASSERT_TRUE(await(tid, &status, __WALL));
		ASSERT_EQ(0, trace(PTRACE_DETACH, tid, 0, 0));
		EXPECT_TRUE(stands_still(&team->spinner));
		ASSERT_EQ(0, resume(tid));
		EXPECT_TRUE(moves(&team->spinner));
	}
	EXPECT_EQ(128 + SIGKILL, kill_team(team));
}

TEST_F(ns, ptrace_attach)
{
	struct team *team = start_team(NULL);
	int status, tid;

	ASSERT_NE(NULL, team);
	tid = team->spinner.tid;
	ASSERT_EQ(0, suspend(tid));
	ASSERT_EQ(0, trace(PTRACE_ATTACH, tid, 0, 0));
	ASSERT_TRUE(await(tid, &status, __WALL))
		TH_LOG("a tracer waits for ever");
	EXPECT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(SIGSTOP, WSTOPSIG(status));
	/* Resumed while it is in the tracer's hands. */
	ASSERT_EQ(0, resume(tid));
	EXPECT_TRUE(stands_still(&team->spinner));
	ASSERT_EQ(0, trace(PTRACE_DETACH, tid, 0, 0));
	EXPECT_TRUE(moves(&team->spinner));
	EXPECT_EQ(128 + SIGKILL, kill_team(team));
}

TEST_F(ns, suspended_while_traced)
{
	struct team *team = start_team(NULL);
	int status, tid;

	ASSERT_NE(NULL, team);
	tid = team->spinner.tid;
	ASSERT_EQ(0, trace(PTRACE_SEIZE, tid, 0, 0));
	EXPECT_TRUE(moves(&team->spinner));
	ASSERT_EQ(0, suspend(tid));
	EXPECT_TRUE(stands_still(&team->spinner));
	ASSERT_EQ(0, resume(tid));
	EXPECT_TRUE(moves(&team->spinner));
	/* Suspended in a stop of the tracer's. */
	ASSERT_EQ(0, trace(PTRACE_INTERRUPT, tid, 0, 0));
	ASSERT_TRUE(await(tid, &status, __WALL));
	ASSERT_EQ(0, nexus_thread_suspend(tid, 0));
	ASSERT_EQ(0, trace(PTRACE_DETACH, tid, 0, 0));
	ASSERT_TRUE(reaches(tid, NEXUS_THREAD_SUSPENDED));
	EXPECT_TRUE(stands_still(&team->spinner));
	ASSERT_EQ(0, resume(tid));
	EXPECT_TRUE(moves(&team->spinner));
	EXPECT_EQ(128 + SIGKILL, kill_team(team));
}

#define CGROUP	"/tmp/nexus-suspend"
#define GROUP	CGROUP "/team"

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

static int group_is_frozen(int frozen)
{
	char buf[256];

	return read_file(GROUP "/cgroup.events", buf, sizeof(buf)) > 0 &&
	       strstr(buf, frozen ? "frozen 1" : "frozen 0");
}

TEST_F(ns, cgroup_freezer)
{
	struct team *team = start_team(NULL);
	const char *why = make_group();
	char pid[16];
	int i;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_NE(NULL, team);
	snprintf(pid, sizeof(pid), "%d", team->pid);
	ASSERT_EQ(0, write_file(GROUP "/cgroup.procs", pid));
	for (i = 0; i < 6; i++) {
		/* Suspended before it is frozen, while, or not at all. */
		if (i % 3 == 0)
			ASSERT_EQ(0, suspend(team->spinner.tid));
		ASSERT_EQ(0, write_file(GROUP "/cgroup.freeze", "1"));
		ASSERT_TRUE(poll_until(group_is_frozen(1)))
			TH_LOG("round %d: does not freeze", i);
		if (i % 3 == 1)
			ASSERT_EQ(0, nexus_thread_suspend(team->spinner.tid,
							  0));
		EXPECT_TRUE(stands_still(&team->spinner));
		/* Resumed while it is frozen: not before it thaws. */
		if (i == 3) {
			ASSERT_EQ(0, resume(team->spinner.tid));
			EXPECT_TRUE(stands_still(&team->spinner));
			EXPECT_TRUE(poll_until(group_is_frozen(1)));
		}
		ASSERT_EQ(0, write_file(GROUP "/cgroup.freeze", "0"));
		ASSERT_TRUE(poll_until(group_is_frozen(0)));
		if (i % 3 != 2 && i != 3) {
			ASSERT_TRUE(reaches(team->spinner.tid,
					    NEXUS_THREAD_SUSPENDED));
			EXPECT_TRUE(stands_still(&team->spinner));
			ASSERT_EQ(0, resume(team->spinner.tid));
		}
		EXPECT_TRUE(moves(&team->spinner));
	}
	/* Frozen, suspended, and to be killed all the same. */
	ASSERT_EQ(0, suspend(team->spinner.tid));
	ASSERT_EQ(0, write_file(GROUP "/cgroup.freeze", "1"));
	ASSERT_TRUE(poll_until(group_is_frozen(1)));
	EXPECT_EQ(128 + SIGKILL, kill_team(team));
	EXPECT_TRUE(poll_until(!rmdir(GROUP)));
}

#define POWER "/sys/power/"

TEST_F_TIMEOUT(ns, system_freezer, 60)
{
	struct spinner spinner;
	struct wait wait;
	char level[128];
	int ret;

	if (read_file(POWER "pm_test", level, sizeof(level)) <= 0 ||
	    !strstr(level, "freezer"))
		SKIP(return, "needs CONFIG_PM_DEBUG");
	ASSERT_EQ(0, start_spinner(&spinner));
	ASSERT_EQ(0, suspend(spinner.tid));
	ASSERT_EQ(0, start_wait(&wait, WAIT_SNOOZE));
	ASSERT_EQ(0, suspend(wait.job.tid));
	ASSERT_EQ(0, write_file(POWER "pm_test", "freezer"));
	ret = write_file(POWER "state", "freeze");
	write_file(POWER "pm_test", "none");
	/* The system can sleep while threads are suspended. */
	ASSERT_EQ(0, ret);
	ASSERT_TRUE(reaches(spinner.tid, NEXUS_THREAD_SUSPENDED));
	EXPECT_TRUE(stands_still(&spinner));
	ASSERT_EQ(0, resume(spinner.tid));
	ASSERT_EQ(0, resume(wait.job.tid));
	EXPECT_EQ(-EINTR, join_job(&wait.job));
	ASSERT_EQ(0, stop_spinner(&spinner));
}

TEST_F(ns, sigkill)
{
	struct team *team;
	int i;

	for (i = 0; i < 20; i++) {
		team = start_team(NULL);
		ASSERT_NE(NULL, team);
		ASSERT_EQ(0, suspend(team->spinner.tid));
		if (i & 1)
			ASSERT_EQ(0, suspend(team->pid));
		/* To the process, or to the one that is suspended. */
		if (i & 2)
			signal_thread(team->pid, team->spinner.tid, SIGKILL);
		EXPECT_EQ(128 + SIGKILL, kill_team(team));
	}
}

/* A team that suspends its second thread and then comes to an end. */
static int exits(void *arg)
{
	struct team *team = arg;

	if (start_spinner(&team->spinner) || suspend(team->spinner.tid))
		return 1;
	announce(&team->step, 1);
	return 3;
}

TEST_F(ns, exit_group)
{
	struct team *team = start_team(exits);
	int status;

	ASSERT_NE(NULL, team);
	ASSERT_TRUE(await(team->pid, &status, 0))
		TH_LOG("it does not end");
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(3, WEXITSTATUS(status));
}

static void exec_true(void)
{
	char *const argv[] = { "thread_suspend_test", "true", NULL };
	char *const envp[] = { NULL };

	execve("/proc/self/exe", argv, envp);
}

static void *exec_thread(void *arg)
{
	struct team *team = arg;

	if (reached(&team->go, 1))
		exec_true();
	return NULL;
}

static int execs(void *arg)
{
	struct team *team = arg;

	if (start_spinner(&team->spinner) || suspend(team->spinner.tid))
		return 1;
	announce(&team->step, 1);
	if (reached(&team->go, 1))
		exec_true();
	return 2;
}

static int execs_in_thread(void *arg)
{
	struct team *team = arg;
	pthread_t thread;

	if (start_spinner(&team->spinner) || suspend(team->spinner.tid) ||
	    pthread_create(&thread, NULL, exec_thread, team))
		return 1;
	announce(&team->step, 1);
	for (;;)
		pause();
}

TEST_F(ns, exec)
{
	struct team *team;
	int status, i;

	for (i = 0; i < 3; i++) {
		team = start_team(i ? execs_in_thread : execs);
		ASSERT_NE(NULL, team);
		/* The thread whose id the new program gets. */
		if (i == 2)
			ASSERT_EQ(0, suspend(team->pid));
		announce(&team->go, 1);
		ASSERT_TRUE(await(team->pid, &status, 0))
			TH_LOG("case %d: it does not end", i);
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status));
	}
}

static void *crash(void *arg)
{
	struct team *team = arg;

	if (reached(&team->go, 1))
		signal_thread(getpid(), own_tid(), SIGSEGV);
	return NULL;
}

static int crashes(void *arg)
{
	struct team *team = arg;
	const struct rlimit core = { team->result, team->result };
	pthread_t thread;

	prctl(PR_SET_DUMPABLE, 1);
	if (setrlimit(RLIMIT_CORE, &core) || start_spinner(&team->spinner) ||
	    suspend(team->spinner.tid) ||
	    pthread_create(&thread, NULL, crash, team))
		return 1;
	announce(&team->step, 1);
	for (;;)
		pause();
}

#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"

TEST_F_TIMEOUT(ns, coredump, 60)
{
	struct team *team = shared(sizeof(*team));
	char pattern[128], core[64];
	int status, ended, i;
	struct stat st;

	ASSERT_NE(NULL, team);
	if (read_file(CORE_PATTERN, pattern, sizeof(pattern)) < 0)
		SKIP(return, "needs CONFIG_COREDUMP");
	for (i = 0; i < 4; i++) {
		memset(team, 0, sizeof(*team));
		team->result = i & 1 ? 64 << 20 : 0;
		ASSERT_EQ(0, write_file(CORE_PATTERN, "/tmp/nexus-core.%p"));
		team->pid = spawn(crashes, team);
		ASSERT_LT(0, team->pid);
		ASSERT_TRUE(reached(&team->step, 1));
		if (i & 2)
			ASSERT_EQ(0, suspend(team->pid));
		snprintf(core, sizeof(core), "/tmp/nexus-core.%d", team->pid);
		announce(&team->go, 1);
		ended = await(team->pid, &status, 0);
		write_file(CORE_PATTERN, pattern);
		ASSERT_TRUE(ended)
			TH_LOG("case %d: the dump waits for a suspended thread",
			       i);
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_EQ(SIGSEGV, WTERMSIG(status));
		if (i & 1) {
			EXPECT_TRUE(WCOREDUMP(status));
			EXPECT_EQ(0, stat(core, &st));
			EXPECT_LT(0, st.st_size);
		}
		unlink(core);
	}
}

TEST_F(ns, killed)
{
	struct spinner spinner;

	ASSERT_EQ(0, start_spinner(&spinner));
	ASSERT_EQ(0, suspend(spinner.tid));
	ASSERT_EQ(0, nexus_thread_kill(spinner.tid, 0));
	EXPECT_EQ(0, join_thread(spinner.thread));
	EXPECT_TRUE(thread_ends(getpid(), spinner.tid));
	EXPECT_EQ(-ESRCH, resume(spinner.tid));
}

static int forks(void *arg)
{
	struct team *team = arg;
	struct nexus_thread_info info;
	pid_t pid;

	if (start_spinner(&team->spinner) || suspend(team->spinner.tid))
		return 1;
	pid = fork();
	if (!pid) {
		/* One thread, and that runs. */
		if (nexus_next(THREAD, 0, 0, &info, sizeof(info), 0) ||
		    info.id != getpid() ||
		    nexus_next(THREAD, 0, info.id, &info, sizeof(info), 0) !=
		    -ENOENT)
			_exit(2);
		_exit(0);
	}
	if (reap(pid))
		return 3;
	/* Nothing has become of the other one meanwhile. */
	if (thread_state(team->spinner.tid) != NEXUS_THREAD_SUSPENDED ||
	    !stands_still(&team->spinner))
		return 4;
	announce(&team->step, 1);
	return 0;
}

TEST_F(ns, fork)
{
	struct team *team = start_team(forks);

	ASSERT_NE(NULL, team);
	EXPECT_EQ(0, reap(team->pid));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "true"))
		return 0;
	return test_harness_run(argc, argv);
}

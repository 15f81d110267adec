// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of slots, messages and names when threads and teams come and
 * go, who learns what about a sender, who pays, and what /proc shows.
 */
#include "ns.h"
#include "threads.h"

#include <sys/mount.h>

static char data[THREAD_MAX];

TEST_F(ns, target_ends)
{
	enum { RETURNS, KILLED, SUSPENDED, WAYS };
	struct spinner spinner;
	struct job job[5];
	int way, i;

	for (way = 0; way < WAYS; way++) {
		ASSERT_EQ(0, start_spinner(&spinner));
		ASSERT_EQ(0, tell(spinner.tid, 1));
		for (i = 0; i < 5; i++) {
			job[i] = (struct job)JOB(nexus_thread_send,
						 spinner.tid, i, (long)data,
						 i * 10000);
			ASSERT_EQ(0, start_job(&job[i]));
		}
		if (way == SUSPENDED)
			ASSERT_EQ(0, suspend(spinner.tid));
		if (way != RETURNS)
			ASSERT_EQ(0, nexus_thread_kill(spinner.tid, 0));
		ASSERT_EQ(0, stop_spinner(&spinner));
		for (i = 0; i < 5; i++)
			EXPECT_EQ(-ESRCH, join_job(&job[i]));
		ASSERT_TRUE(thread_ends(getpid(), spinner.tid));
		EXPECT_EQ(-ESRCH, tell(spinner.tid, 1));
	}
}

static int main_waits(void *arg)
{
	struct team *team = arg;

	announce(&team->step, 1);
	if (!reached(&team->go, 1))
		return 1;
	return 0;
}

TEST_F(ns, team_ends)
{
	struct team *team;
	struct job job[3];
	int round, i;

	for (round = 0; round < 10; round++) {
		team = start_team(round & 1 ? main_waits : NULL);
		ASSERT_NE(NULL, team);
		ASSERT_EQ(0, tell(team->pid, 1));
		for (i = 0; i < 3; i++) {
			job[i] = (struct job)JOB(nexus_thread_send, team->pid,
						 i);
			ASSERT_EQ(0, start_job(&job[i]));
		}
		if (round & 1) {
			announce(&team->go, 1);
			EXPECT_EQ(0, reap(team->pid));
		} else {
			kill_team(team);
		}
		for (i = 0; i < 3; i++)
			EXPECT_EQ(-ESRCH, join_job(&job[i]));
		EXPECT_EQ(-ESRCH, tell(team->pid, 1));
	}
}

TEST_F(ns, zombie)
{
	struct team *team = start_team(main_waits);
	struct nexus_thread_info info;
	siginfo_t si;

	/* A thread that has ended is not there, even if its parent sleeps. */
	ASSERT_NE(NULL, team);
	announce(&team->go, 1);
	ASSERT_EQ(0, waitid(P_PID, team->pid, &si, WEXITED | WNOWAIT));
	EXPECT_EQ(-ESRCH, tell(team->pid, 1));
	EXPECT_EQ(-ESRCH, thread_info(team->pid, &info));
	EXPECT_EQ(-ESRCH, nexus_thread_suspend(team->pid, 0));
	EXPECT_EQ(-ESRCH, resume(team->pid));
	EXPECT_EQ(-ESRCH, nexus_thread_kill(team->pid, 0));
	EXPECT_EQ(-ESRCH, nexus_next(THREAD, team->pid, 0, &info,
				     sizeof(info), 0));
	EXPECT_EQ(0, reap(team->pid));
}

TEST_F_TIMEOUT(ns, sender_dies, 60)
{
	struct job *job = shared(sizeof(*job));
	struct nexus_msg_info info;
	pid_t pid;
	long ret;
	int i;

	ASSERT_NE(NULL, job);
	for (i = 0; i < 100; i++) {
		/* Its message is in the slot: that is its, and stays. */
		ASSERT_EQ(0, tell(own_tid(), 5));
		*job = (struct job)JOB(nexus_thread_send, own_tid(), 6,
				       (long)data, sizeof(data));
		pid = start_job_process(job);
		ASSERT_LT(0, pid);
		kill(pid, SIGKILL);
		if (i & 1)
			reap(pid);
		ASSERT_EQ(5, told());
		ret = told();
		if (!(i & 1)) {
			/* Perhaps it was not dead yet when there was room. */
			if (ret != -EAGAIN)
				ASSERT_EQ(6, ret);
			reap(pid);
			ret = told();
		}
		ASSERT_EQ(-EAGAIN, ret);
	}
	*job = (struct job)JOB(nexus_thread_send, own_tid(), 7, (long)data,
			       100);
	pid = spawn(job_process, job);
	ASSERT_EQ(0, reap(pid));
	ASSERT_EQ(0, job->ret);
	EXPECT_EQ(100, nexus_thread_recv(data, sizeof(data), &info, NOWAIT,
					 NULL));
	EXPECT_EQ(7, info.code);
	EXPECT_EQ(pid, info.team);
	EXPECT_EQ(pid, info.thread);
}

static int fork_child(void *arg)
{
	struct nexus_thread_info info;

	if (thread_info(getpid(), &info))
		return 1;
	/* No message, no priority, and a name that is only the comm. */
	if (info.flags || told() != -EAGAIN)
		return 2;
	if (!strcmp(info.name, "the parent's own long name"))
		return 3;
	if (set_name(0, "the child") || tell(getpid(), 3) || told() != 3)
		return 4;
	return 0;
}

TEST_F(ns, fork)
{
	pid_t pid;

	ASSERT_EQ(0, set_name(0, "the parent's own long name"));
	ASSERT_EQ(0, tell(own_tid(), 5));
	pid = spawn(fork_child, NULL);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(own_tid(), nexus_find(THREAD, "the parent's own long name",
					0));
	EXPECT_EQ(5, told());
}

static void *report_own_info(void *arg)
{
	thread_info(own_tid(), arg);
	return NULL;
}

TEST_F(ns, new_thread)
{
	struct nexus_thread_info info = {};
	pthread_t thread;

	ASSERT_EQ(0, tell(own_tid(), 5));
	ASSERT_EQ(0, set_name(0, "the creator's own long name"));
	ASSERT_EQ(0, pthread_create(&thread, NULL, report_own_info, &info));
	ASSERT_EQ(0, join_thread(thread));
	EXPECT_LT(0, info.id);
	EXPECT_EQ(0, info.flags);
	EXPECT_STRNE("the creator's own long name", info.name);
	EXPECT_EQ(5, told());
}

static void do_exec(int fd)
{
	char number[16];
	char *const argv[] = { "thread_life_test", "other", number, NULL };
	char *const envp[] = { NULL };

	snprintf(number, sizeof(number), "%d", fd);
	execve("/proc/self/exe", argv, envp);
}

static void *exec_thread(void *arg)
{
	struct team *team = arg;

	set_name(0, "whoever calls exec");
	announce(&team->step, own_tid());
	if (reached(&team->go, 1))
		do_exec(team->result);
	return NULL;
}

static int execs(void *arg)
{
	struct team *team = arg;
	pthread_t thread;

	if (pthread_create(&thread, NULL, exec_thread, team))
		return 1;
	for (;;)
		pause();
}

/* The new program: it says whether its slot holds something, and waits. */
static int other_program(int fd)
{
	const int found = told();

	if (write(fd, &found, sizeof(found)) != sizeof(found))
		return 1;
	for (;;)
		pause();
}

TEST_F(ns, exec_in_thread)
{
	struct team *team = shared(sizeof(*team));
	struct nexus_thread_info info;
	struct job job[2];
	int fds[2], found, thread;

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, pipe(fds));
	team->result = fds[1];
	team->pid = spawn(execs, team);
	ASSERT_LT(0, team->pid);
	ASSERT_TRUE(reached(&team->step, 1));
	thread = team->step;
	ASSERT_NE(team->pid, thread);
	/* Both slots are full, and somebody waits for each. */
	ASSERT_EQ(0, tell(team->pid, 1));
	ASSERT_EQ(0, tell(thread, 2));
	job[0] = (struct job)JOB(nexus_thread_send, team->pid, 3);
	job[1] = (struct job)JOB(nexus_thread_send, thread, 4);
	ASSERT_EQ(0, start_job(&job[0]));
	ASSERT_EQ(0, start_job(&job[1]));
	announce(&team->go, 1);
	ASSERT_EQ(sizeof(found), read(fds[0], &found, sizeof(found)));
	/* The old program's messages and waiting senders are no more. */
	EXPECT_EQ(-ESRCH, join_job(&job[0]));
	EXPECT_EQ(-EAGAIN, found);
	EXPECT_EQ(-ESRCH, join_job(&job[1]));
	EXPECT_EQ(-ESRCH, tell(thread, 5));
	ASSERT_EQ(0, thread_info(team->pid, &info));
	EXPECT_STRNE("whoever calls exec", info.name);
	EXPECT_EQ(0, nexus_next(THREAD, team->pid, 0, &info, sizeof(info), 0));
	EXPECT_EQ(team->pid, info.id);
	EXPECT_EQ(-ENOENT, nexus_next(THREAD, team->pid, info.id, &info,
				      sizeof(info), 0));
	EXPECT_EQ(0, tell(team->pid, 6));
	kill_team(team);
}

/* What a receiver learns about senders. */

static int recv_in_user_ns(void *arg)
{
	struct nexus_msg_info msg;
	struct team *team = arg;

	if (become(1000, 1000) || own_user_ns())
		return 1;
	announce(&team->step, 1);
	if (nexus_thread_recv(NULL, 0, &msg, 0, NULL))
		return 2;
	/* From root, who does not exist here. */
	if (msg.uid != 65534 || msg.gid != 65534 || msg.team != getppid())
		return 3;
	/* From itself. */
	if (tell(getpid(), 1) || nexus_thread_recv(NULL, 0, &msg, 0, NULL) ||
	    msg.uid || msg.gid)
		return 4;
	return tell(getppid(), 2) ? 5 : 0;
}

TEST_F(ns, user_namespace)
{
	struct nexus_msg_info msg;
	struct team *team;

	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "no user namespaces");
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0622"));
	team = start_team(recv_in_user_ns);
	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, tell(team->pid, 1));
	EXPECT_EQ(0, reap(team->pid));
	ASSERT_EQ(0, nexus_thread_recv(NULL, 0, &msg, NOWAIT, NULL));
	EXPECT_EQ(1000, msg.uid);
	EXPECT_EQ(1000, msg.gid);
	EXPECT_EQ(team->pid, msg.team);
}

static int send_with_effective_ids(void *arg)
{
	if (setresgid(2001, 2002, 2003) || setresuid(1001, 1002, 1003))
		return 1;
	return tell(*(int *)arg, 1) ? 2 : 0;
}

TEST_F(ns, effective_ids)
{
	struct nexus_msg_info msg;
	int tid = own_tid();
	pid_t pid;

	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0622"));
	pid = spawn(send_with_effective_ids, &tid);
	EXPECT_EQ(0, reap(pid));
	ASSERT_EQ(0, nexus_thread_recv(NULL, 0, &msg, NOWAIT, NULL));
	EXPECT_EQ(1002, msg.uid);
	EXPECT_EQ(2002, msg.gid);
}

static int send_to_init(void *arg)
{
	/* An init process is not to be stopped and killed from inside. */
	nexus_thread_suspend(1, 0);
	nexus_thread_kill(1, 0);
	return tell(1, 9) ? 1 : 0;
}

static int init_of_pid_ns(void *arg)
{
	struct nexus_thread_info info;
	struct nexus_msg_info msg;
	struct team *team = arg;
	pid_t pid;

	if (getpid() != 1)
		return 1;
	announce(&team->step, 1);
	if (nexus_thread_recv(NULL, 0, &msg, 0, NULL))
		return 2;
	/* Sent from outside: from nobody that is seen here. */
	if (msg.code != 5 || msg.team || msg.thread)
		return 3;
	pid = spawn(send_to_init, NULL);
	if (nexus_thread_recv(NULL, 0, &msg, 0, NULL) || msg.code != 9 ||
	    msg.team != pid || msg.thread != pid)
		return 4;
	reap(pid);
	if (thread_info(1, &info) || info.id != 1 || info.team != 1)
		return 5;
	if (set_name(0, "init of the namespace") ||
	    nexus_find(THREAD, "init of the namespace", 0) != 1)
		return 6;
	announce(&team->step, 2);
	return reached(&team->go, 1) ? 0 : 7;
}

TEST_F(ns, pid_namespace)
{
	struct nexus_thread_info info;
	struct team *team;

	if (unshare(CLONE_NEWPID))
		SKIP(return, "no pid namespaces: errno %d", errno);
	team = start_team(init_of_pid_ns);
	ASSERT_NE(NULL, team);
	ASSERT_NE(1, team->pid);
	ASSERT_EQ(0, tell(team->pid, 5));
	EXPECT_TRUE(reached(&team->step, 2));
	ASSERT_EQ(0, thread_info(team->pid, &info));
	EXPECT_EQ(team->pid, info.id);
	EXPECT_EQ(team->pid, info.team);
	EXPECT_EQ(team->pid, nexus_find(THREAD, "init of the namespace", 0));
	/* But it is from here. */
	ASSERT_EQ(0, suspend(team->pid));
	ASSERT_EQ(0, resume(team->pid));
	announce(&team->go, 1);
	EXPECT_EQ(0, reap(team->pid));
}

/* A team that leaves its namespace with a message in its slot. */
static int leaves(void *arg)
{
	struct team *team = arg;

	announce(&team->step, 1);
	if (!reached(&team->go, 1) || unshare(CLONE_NEWIPC))
		return 1;
	announce(&team->step, 2);
	if (!reached(&team->go, 2))
		return 2;
	/* Threads of the new one are reached, by itself. */
	told();
	return tell(getpid(), 3) || told() != 3 ? 3 : 0;
}

TEST_F(ns, leaves_the_namespace)
{
	struct team *team = start_team(leaves);

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, tell(team->pid, 1));
	announce(&team->go, 1);
	ASSERT_TRUE(reached(&team->step, 2));
	EXPECT_EQ(-ESRCH, tell(team->pid, 2));
	EXPECT_EQ(-ESRCH, nexus_thread_kill(team->pid, 0));
	announce(&team->go, 2);
	EXPECT_EQ(0, reap(team->pid));
}

#define CGROUP	"/tmp/nexus-thread-cgroup"
#define GROUP	CGROUP "/senders"

static long group_value(const char *file)
{
	char path[96], buf[64];

	snprintf(path, sizeof(path), GROUP "/%s", file);
	if (read_file(path, buf, sizeof(buf)) <= 0)
		return -1;
	return atol(buf);
}

static const char *make_group(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return "no private mounts";
	mkdir(CGROUP, 0700);
	if (mount("none", CGROUP, "cgroup2", 0, NULL))
		return "no cgroup2";
	if (write_file(CGROUP "/cgroup.subtree_control", "+memory"))
		return "no memory controller";
	rmdir(GROUP);
	if (mkdir(GROUP, 0700) || group_value("memory.current") < 0)
		return "no memory cgroup";
	return NULL;
}

enum { TARGETS = 100 };

static struct spinner targets[TARGETS];

static void *target(void *arg)
{
	struct spinner *spinner = arg;

	__atomic_store_n(&spinner->tid, own_tid(), __ATOMIC_RELEASE);
	while (!__atomic_load_n(&spinner->stop, __ATOMIC_ACQUIRE))
		nap();
	return NULL;
}

static int send_in_group(void *arg)
{
	struct team *team = arg;
	int i;

	if (write_file(GROUP "/cgroup.procs", "0"))
		return 1;
	for (i = 0; i < TARGETS; i++)
		if (nexus_thread_send(targets[i].tid, 1, data, sizeof(data),
				      NOWAIT, NULL))
			return 2;
	announce(&team->step, 1);
	for (;;)
		pause();
}

TEST_F(ns, memory_cgroup)
{
	const long expected = TARGETS * (long)sizeof(data);
	const char *why = make_group();
	struct team *team;
	int i;

	if (why)
		SKIP(return, "%s", why);
	for (i = 0; i < TARGETS; i++)
		ASSERT_EQ(0, start_thread(&targets[i].thread, target,
					  &targets[i], &targets[i].tid));
	team = start_team(send_in_group);
	ASSERT_NE(NULL, team);
	/* The sender pays for what lies in others' slots. */
	EXPECT_LE(expected, group_value("memory.current"));
	kill_team(team);
	EXPECT_LE(expected - (1 << 20), group_value("memory.current"));
	for (i = 0; i < TARGETS; i++) {
		__atomic_store_n(&targets[i].stop, 1, __ATOMIC_RELEASE);
		ASSERT_EQ(0, join_thread(targets[i].thread));
	}
	/* The end of the receivers is that of the messages. */
	EXPECT_TRUE(poll_until(group_value("memory.current") < expected / 4));
	EXPECT_TRUE(poll_until(!rmdir(GROUP)));
}

static char text[65536];

/* The thread's line in /proc/nexus/threads, or NULL. */
static char *listed(int tid)
{
	char *p, *end;

	if (read_file("/proc/nexus/threads", text, sizeof(text)) <= 0)
		return NULL;
	for (p = strchr(text, '\n'); p && p[1]; p = strchr(p, '\n')) {
		p++;
		if (strtol(p, &end, 10) != tid || end == p)
			continue;
		p[strcspn(p, "\n")] = 0;
		return p;
	}
	return NULL;
}

static int list_as_stranger(void *arg)
{
	const int tid = *(int *)arg;

	if (become(4000, 4000) ||
	    read_file("/proc/nexus/threads", text, sizeof(text)) <= 0)
		return 1;
	return listed(tid) ? 2 : 0;
}

static int list_in_other_ns(void *arg)
{
	const int tid = *(int *)arg;

	if (unshare(CLONE_NEWIPC) ||
	    read_file("/proc/nexus/threads", text, sizeof(text)) <= 0)
		return 1;
	return listed(tid) ? 2 : 0;
}

TEST_F(ns, proc_threads)
{
	struct job job = JOB(nexus_thread_recv);
	int id, team, prio, sem, tid = own_tid();
	char state[16], flags[16], name[160], *line;
	pid_t pid;

	ASSERT_EQ(0, start_job(&job));
	ASSERT_EQ(0, set_name(0, "a name\nwith a line"));
	ASSERT_EQ(10, set_priority(0, 12));
	ASSERT_EQ(0, tell(tid, 1));
	line = listed(tid);
	ASSERT_NE(NULL, line);
	ASSERT_EQ(7, sscanf(line, "%d %d %15s %d %d %15s %159[^\n]", &id,
			    &team, state, &prio, &sem, flags, name))
		TH_LOG("%s", line);
	EXPECT_EQ(tid, id);
	EXPECT_EQ(getpid(), team);
	EXPECT_STREQ("running", state);
	EXPECT_EQ(12, prio);
	EXPECT_EQ(0, sem);
	EXPECT_STREQ("data", flags);
	/* No name can look like a line. */
	EXPECT_STREQ("a name\\012with a line", name);
	line = listed(job.tid);
	ASSERT_NE(NULL, line);
	EXPECT_NE(NULL, strstr(line, "receiving"));
	ASSERT_EQ(0, suspend(job.tid));
	ASSERT_NE(NULL, listed(job.tid));
	EXPECT_NE(NULL, strstr(listed(job.tid), "suspended"));
	ASSERT_EQ(0, resume(job.tid));
	ASSERT_NE(NULL, listed(job.tid));
	pid = spawn(list_as_stranger, &tid);
	EXPECT_EQ(0, reap(pid));
	pid = spawn(list_in_other_ns, &tid);
	EXPECT_EQ(0, reap(pid));
	ASSERT_EQ(0, tell(job.tid, 1));
	ASSERT_EQ(0, join_job(&job));
	ASSERT_TRUE(thread_ends(getpid(), job.tid));
	EXPECT_EQ(NULL, listed(job.tid));
	EXPECT_NE(NULL, listed(tid));
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "other"))
		return other_program(atoi(argv[2]));
	return test_harness_run(argc, argv);
}

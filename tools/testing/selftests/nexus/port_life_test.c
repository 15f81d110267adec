// SPDX-License-Identifier: GPL-2.0
/*
 * A port lives as long as the team that owns it: exit in all its forms, exec,
 * fork, threads, and owners that change.
 */
#include "ns.h"
#include <sys/syscall.h>

/* What a child that owns ports and this program know of each other. */
struct owner {
	int port[3];
	int ready;
	int go;
};

static struct owner *new_owner(void)
{
	return shared(sizeof(struct owner));
}

static int own_ports(struct owner *owner)
{
	int i;

	for (i = 0; i < 3; i++) {
		owner->port[i] = new_port(4);
		if (owner->port[i] < 0)
			return -1;
	}
	if (nexus_port_send(owner->port[0], 1, "queued", 6, 0, NULL))
		return -1;
	announce(&owner->ready, 1);
	return 0;
}

static int own_and_exit(void *arg)
{
	struct owner *owner = arg;

	return own_ports(owner) || !reached(&owner->go, 1);
}

static int own_and_pause(void *arg)
{
	if (own_ports(arg))
		return 1;
	for (;;)
		pause();
}

/* Its ports are gone, ids and names, and so is what was in them. */
static void all_gone(struct __test_metadata *_metadata, struct owner *owner)
{
	struct nexus_port_info info;
	int i;

	EXPECT_EQ(0, ports());
	EXPECT_EQ(0, system_info().queued_bytes);
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "test port", 0));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EIDRM, port_info(owner->port[i], &info));
		EXPECT_EQ(-EIDRM, send_code(owner->port[i], 1));
		EXPECT_EQ(-EIDRM, recv_code(owner->port[i]));
		EXPECT_EQ(-EIDRM, delete_port(owner->port[i]));
	}
}

static void all_there(struct __test_metadata *_metadata, struct owner *owner,
		      pid_t pid)
{
	struct nexus_port_info info;
	int i;

	EXPECT_EQ(3, ports());
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, port_info(owner->port[i], &info));
		EXPECT_EQ(pid, info.team);
	}
	EXPECT_EQ(1, queued(owner->port[0]));
}

TEST_F(ns, exit)
{
	struct owner *owner = new_owner();
	pid_t pid;
	int i;

	ASSERT_NE(NULL, owner);
	for (i = 0; i < 50; i++) {
		memset(owner, 0, sizeof(*owner));
		pid = spawn(own_and_exit, owner);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(reached(&owner->ready, 1));
		all_there(_metadata, owner, pid);
		announce(&owner->go, 1);
		ASSERT_EQ(0, reap(pid));
		/* Not later than wait() returns. */
		all_gone(_metadata, owner);
	}
}

TEST_F(ns, killed)
{
	struct owner *owner = new_owner();
	pid_t pid;
	int i;

	ASSERT_NE(NULL, owner);
	for (i = 0; i < 50; i++) {
		memset(owner, 0, sizeof(*owner));
		pid = spawn(own_and_pause, owner);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(reached(&owner->ready, 1));
		kill(pid, SIGKILL);
		ASSERT_EQ(128 + SIGKILL, reap(pid));
		all_gone(_metadata, owner);
	}
}

static int many_ports(void *arg)
{
	struct owner *owner = arg;
	int i;

	for (i = 0; i < 3000; i++)
		if (new_port(1) < 0)
			return 1;
	announce(&owner->ready, 1);
	return 0;
}

TEST_F(ns, exit_with_many_ports)
{
	struct owner *owner = new_owner();
	pid_t pid;

	ASSERT_NE(NULL, owner);
	pid = spawn(many_ports, owner);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(1, owner->ready);
	EXPECT_EQ(0, ports());
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "test port", 0));
}

static void *exit_group_later(void *arg)
{
	struct owner *owner = arg;

	reached(&owner->go, 1);
	_exit(3);
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

static int threads_exit(void *arg)
{
	pthread_t thread;
	int i;

	for (i = 0; i < 4; i++)
		pthread_create(&thread, NULL, sleeper, NULL);
	if (own_ports(arg) ||
	    pthread_create(&thread, NULL, exit_group_later, arg))
		return 1;
	for (;;)
		pause();
}

TEST_F(ns, another_thread_ends_the_team)
{
	struct owner *owner = new_owner();
	pid_t pid;

	ASSERT_NE(NULL, owner);
	pid = spawn(threads_exit, owner);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&owner->ready, 1));
	announce(&owner->go, 1);
	ASSERT_EQ(3, reap(pid));
	all_gone(_metadata, owner);
}

static int leader_exits(void *arg)
{
	pthread_t thread;

	if (own_ports(arg) ||
	    pthread_create(&thread, NULL, exit_group_later, arg))
		return 1;
	/* Only this thread, although it is the one that owns the pid. */
	syscall(__NR_exit, 0);
	return 2;
}

TEST_F(ns, leader_ends_first)
{
	struct owner *owner = new_owner();
	struct nexus_port_info info;
	pid_t pid;
	int port;

	ASSERT_NE(NULL, owner);
	pid = spawn(leader_exits, owner);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&owner->ready, 1));
	ASSERT_TRUE(poll_until(task_state(pid, pid) == 'Z'));
	/* The team goes on without it, and may even be given more. */
	all_there(_metadata, owner, pid);
	ASSERT_EQ(0, nexus_next(PORT, pid, 0, &info, sizeof(info), 0));
	EXPECT_EQ(owner->port[0], info.id);
	port = new_port(1);
	ASSERT_LT(0, port);
	EXPECT_EQ(0, nexus_set_owner(PORT, port, pid, 0));
	announce(&owner->go, 1);
	ASSERT_EQ(3, reap(pid));
	EXPECT_EQ(-EIDRM, port_info(port, &info));
	all_gone(_metadata, owner);
}

static void *create_in_thread(void *arg)
{
	*(int *)arg = new_port(1);
	return NULL;
}

TEST_F(ns, thread_ends)
{
	struct nexus_port_info info;
	pthread_t thread;
	int port = 0;

	ASSERT_EQ(0, pthread_create(&thread, NULL, create_in_thread, &port));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_LT(0, port);
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(0, send_code(port, 1));
	EXPECT_EQ(1, recv_code(port));
}

TEST_F(ns, waiters_of_others_wake)
{
	struct owner *owner = new_owner();
	struct op op[6];
	pid_t pid;
	int round, i;

	ASSERT_NE(NULL, owner);
	for (round = 0; round < 10; round++) {
		memset(owner, 0, sizeof(*owner));
		pid = spawn(own_and_pause, owner);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(reached(&owner->ready, 1));
		for (i = 0; i < 4; i++)
			ASSERT_EQ(0, send_code(owner->port[1], i));
		for (i = 0; i < 6; i++) {
			op[i] = (struct op)RECV_OP(.port = owner->port[2]);
			if (i % 3 == 1)
				op[i].flags = PEEK;
			if (i % 3 == 2)
				op[i] = (struct op)SEND_OP(.port =
							   owner->port[1]);
			ASSERT_EQ(0, start_op(&op[i]));
		}
		kill(pid, SIGKILL);
		for (i = 0; i < 6; i++)
			EXPECT_EQ(-EIDRM, join_op(&op[i]));
		reap(pid);
		all_gone(_metadata, owner);
	}
}

/* The other program, which is this one: it says that it runs, and waits. */
static int other_program(int fd)
{
	const int port = port_args("other program", 1, 0, 0);

	if (write(fd, &port, sizeof(port)) != sizeof(port))
		return 1;
	for (;;)
		pause();
}

struct exec {
	struct owner owner;
	int fd;
	const char *path;
	int result;
};

static void do_exec(struct exec *exec)
{
	char fd[16];
	char *const argv[] = { "port_life_test", "other", fd, NULL };
	char *const envp[] = { NULL };

	snprintf(fd, sizeof(fd), "%d", exec->fd);
	execve(exec->path, argv, envp);
	exec->result = -errno;
}

static int own_and_exec(void *arg)
{
	struct exec *exec = arg;

	if (own_ports(&exec->owner) || !reached(&exec->owner.go, 1))
		return 1;
	do_exec(exec);
	announce(&exec->owner.ready, 2);
	for (;;)
		pause();
}

static void *exec_thread(void *arg)
{
	struct exec *exec = arg;

	if (reached(&exec->owner.go, 1))
		do_exec(exec);
	return NULL;
}

static int own_and_exec_in_thread(void *arg)
{
	struct exec *exec = arg;
	pthread_t thread;

	if (pthread_create(&thread, NULL, exec_thread, arg) ||
	    own_ports(&exec->owner))
		return 1;
	for (;;)
		pause();
}

static void exec_deletes(struct __test_metadata *_metadata, int (*fn)(void *))
{
	struct exec *exec = shared(sizeof(*exec));
	struct nexus_port_info info;
	struct op op = RECV_OP();
	int pipefd[2], port;
	pid_t pid;

	ASSERT_NE(NULL, exec);
	ASSERT_EQ(0, pipe(pipefd));
	exec->fd = pipefd[1];
	exec->path = "/proc/self/exe";
	pid = spawn(fn, exec);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&exec->owner.ready, 1));
	all_there(_metadata, &exec->owner, pid);
	op.port = exec->owner.port[1];
	ASSERT_EQ(0, start_op(&op));

	announce(&exec->owner.go, 1);
	ASSERT_EQ(sizeof(port), read(pipefd[0], &port, sizeof(port)));
	EXPECT_EQ(-EIDRM, join_op(&op));
	/* The same team, but only what the new program made is there. */
	ASSERT_LT(0, port);
	EXPECT_EQ(1, ports());
	EXPECT_EQ(0, port_info(port, &info));
	EXPECT_EQ(pid, info.team);
	EXPECT_STREQ("other program", info.name);
	EXPECT_EQ(-EIDRM, port_info(exec->owner.port[0], &info));
	EXPECT_EQ(-EIDRM, port_info(exec->owner.port[2], &info));
	kill(pid, SIGKILL);
	reap(pid);
	all_gone(_metadata, &exec->owner);
	EXPECT_EQ(-EIDRM, port_info(port, &info));
}

TEST_F(ns, exec)
{
	exec_deletes(_metadata, own_and_exec);
}

TEST_F(ns, exec_in_thread)
{
	exec_deletes(_metadata, own_and_exec_in_thread);
}

TEST_F(ns, exec_of_new_owner)
{
	struct exec *exec = shared(sizeof(*exec));
	int pipefd[2], port, other;
	pid_t pid;

	ASSERT_NE(NULL, exec);
	ASSERT_EQ(0, pipe(pipefd));
	exec->fd = pipefd[1];
	exec->path = "/proc/self/exe";
	pid = spawn(own_and_exec, exec);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&exec->owner.ready, 1));
	port = new_port(1);
	ASSERT_LT(0, port);
	/* One that goes there, and one that comes from there. */
	ASSERT_EQ(0, nexus_set_owner(PORT, port, pid, 0));
	ASSERT_EQ(0, nexus_set_owner(PORT, exec->owner.port[0], 0, 0));
	announce(&exec->owner.go, 1);
	ASSERT_EQ(sizeof(other), read(pipefd[0], &other, sizeof(other)));
	EXPECT_EQ(-EIDRM, queued(port));
	EXPECT_EQ(1, queued(exec->owner.port[0]));
	kill(pid, SIGKILL);
	reap(pid);
	EXPECT_EQ(1, queued(exec->owner.port[0]));
}

TEST_F(ns, failed_exec)
{
	static const struct {
		const char *path;
		int result;
	} failures[] = {
		{ "/no/such/program", -ENOENT },
		{ "/proc", -EACCES },
		{ "/proc/self/status", -EACCES },
	};
	struct exec *exec = shared(sizeof(*exec));
	pid_t pid;
	size_t i;

	ASSERT_NE(NULL, exec);
	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		memset(exec, 0, sizeof(*exec));
		exec->path = failures[i].path;
		pid = spawn(own_and_exec, exec);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(reached(&exec->owner.ready, 1));
		announce(&exec->owner.go, 1);
		ASSERT_TRUE(reached(&exec->owner.ready, 2));
		EXPECT_EQ(failures[i].result, exec->result);
		/* It is still the program that made them. */
		all_there(_metadata, &exec->owner, pid);
		kill(pid, SIGKILL);
		reap(pid);
	}
}

static int use_by_id(void *arg)
{
	const int port = *(int *)arg;
	struct nexus_port_info info;

	if (nexus_next(PORT, 0, 0, &info, sizeof(info), 0) != -ENOENT)
		return 1;
	if (port_info(port, &info) || info.team != getppid())
		return 2;
	if (recv_code(port) != 5 || send_code(port, 6))
		return 3;
	if (nexus_find(PORT, "test port", 0) != port)
		return 4;
	return 0;
}

TEST_F(ns, fork)
{
	struct nexus_port_info info;
	int port;
	pid_t pid;

	port = new_port(2);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, send_code(port, 5));
	pid = spawn(use_by_id, &port);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	/* Its end is none of the port's business. */
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(6, recv_code(port));
}

static int close_and_delete_by_id(void *arg)
{
	const int *port = arg;

	return nexus_port_close(port[0], 0) || delete_port(port[1]);
}

TEST_F(ns, other_team_closes_and_deletes)
{
	int port[2];
	pid_t pid;

	port[0] = new_port(1);
	port[1] = new_port(1);
	ASSERT_LT(0, port[0]);
	ASSERT_LT(0, port[1]);
	pid = spawn(close_and_delete_by_id, port);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(-ESHUTDOWN, send_code(port[0], 1));
	EXPECT_EQ(-EIDRM, send_code(port[1], 1));
}

TEST_F(ns, vfork)
{
	struct nexus_port_info info;
	char *const argv[] = { "port_life_test", "none", NULL };
	int port, port2;
	pid_t pid;

	port = new_port(1);
	ASSERT_LT(0, port);
	pid = vfork();
	if (!pid)
		_exit(0);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	ASSERT_EQ(0, port_info(port, &info));
	pid = vfork();
	if (!pid) {
		execve("/proc/self/exe", argv, NULL);
		_exit(1);
	}
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	/* Shared memory is not a shared team. */
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(getpid(), info.team);
	port2 = new_port(1);
	EXPECT_LT(0, port2);
	EXPECT_EQ(2, ports());
}

static int wait_only(void *arg)
{
	pause();
	return 0;
}

TEST_F(ns, set_owner_moves_life)
{
	struct owner *owner = new_owner();
	struct nexus_port_info info;
	pid_t giver, taker;

	ASSERT_NE(NULL, owner);
	giver = spawn(own_and_pause, owner);
	/* It has never done anything with Nexus. */
	taker = spawn(wait_only, NULL);
	ASSERT_LT(0, giver);
	ASSERT_LT(0, taker);
	ASSERT_TRUE(reached(&owner->ready, 1));
	EXPECT_EQ(-ENOENT, nexus_next(PORT, taker, 0, &info, sizeof(info),
				      0));
	ASSERT_EQ(0, nexus_set_owner(PORT, owner->port[0], taker, 0));
	ASSERT_EQ(0, nexus_port_close(owner->port[1], 0));
	ASSERT_EQ(0, nexus_set_owner(PORT, owner->port[1], taker, 0));
	/* The same once more is no error. */
	ASSERT_EQ(0, nexus_set_owner(PORT, owner->port[0], taker, 0));
	ASSERT_EQ(0, nexus_next(PORT, taker, 0, &info, sizeof(info), 0));
	EXPECT_EQ(owner->port[0], info.id);
	EXPECT_EQ(taker, info.team);
	EXPECT_EQ(1, info.queued);
	ASSERT_EQ(0, nexus_next(PORT, giver, 0, &info, sizeof(info), 0));
	EXPECT_EQ(owner->port[2], info.id);

	kill(giver, SIGKILL);
	reap(giver);
	EXPECT_EQ(1, queued(owner->port[0]));
	EXPECT_EQ(0, queued(owner->port[1]));
	EXPECT_EQ(-EIDRM, queued(owner->port[2]));
	kill(taker, SIGKILL);
	reap(taker);
	all_gone(_metadata, owner);
}

TEST_F(ns, set_owner_keeps_waiters_and_messages)
{
	struct op reader = RECV_OP(), writer = SEND_OP(.code = 3);
	pid_t pid;
	int i;

	reader.port = new_port(1);
	writer.port = new_port(1);
	ASSERT_LT(0, reader.port);
	ASSERT_LT(0, writer.port);
	ASSERT_EQ(0, send_code(writer.port, 2));
	ASSERT_EQ(0, start_op(&reader));
	ASSERT_EQ(0, start_op(&writer));
	pid = spawn(wait_only, NULL);
	ASSERT_LT(0, pid);
	/* There and back: the giver may take it again. */
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, nexus_set_owner(PORT, reader.port, pid, 0));
		ASSERT_EQ(0, nexus_set_owner(PORT, writer.port, pid, 0));
		ASSERT_EQ(0, nexus_set_owner(PORT, reader.port, 0, 0));
		ASSERT_EQ(0, nexus_set_owner(PORT, writer.port, getpid(), 0));
	}
	kill(pid, SIGKILL);
	reap(pid);
	EXPECT_FALSE(op_done(&reader));
	EXPECT_FALSE(op_done(&writer));
	ASSERT_EQ(0, send_code(reader.port, 1));
	EXPECT_EQ(0, join_op(&reader));
	EXPECT_EQ(1, reader.info.code);
	EXPECT_EQ(2, recv_code(writer.port));
	EXPECT_EQ(0, join_op(&writer));
	EXPECT_EQ(3, recv_code(writer.port));
}

static int exit_at_once(void *arg)
{
	return 0;
}

static int a_kernel_thread(void)
{
	char path[64], buf[512];
	int pid;

	for (pid = 2; pid < 100; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/maps", pid);
		if (read_file(path, buf, sizeof(buf)))
			continue;
		if (task_state(pid, pid) != 'Z')
			return pid;
	}
	return 0;
}

TEST_F(ns, set_owner_to_nobody)
{
	struct nexus_port_info info;
	struct op op = RECV_OP();
	siginfo_t si;
	int port, pid;

	port = new_port(1);
	ASSERT_LT(0, port);

	/* A zombie, and when it is no more even that. */
	pid = spawn(exit_at_once, NULL);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, waitid(P_PID, pid, &si, WEXITED | WNOWAIT));
	EXPECT_EQ(-ESRCH, nexus_set_owner(PORT, port, pid, 0));
	EXPECT_EQ(-ESRCH, nexus_next(PORT, pid, 0, &info, sizeof(info), 0));
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(-ESRCH, nexus_set_owner(PORT, port, pid, 0));

	/* A thread is no team. */
	op.port = port;
	ASSERT_EQ(0, start_op(&op));
	EXPECT_EQ(-ESRCH, nexus_set_owner(PORT, port, op.tid, 0));
	EXPECT_EQ(-ESRCH, nexus_next(PORT, op.tid, 0, &info, sizeof(info),
				     0));
	ASSERT_EQ(0, send_code(port, 1));
	ASSERT_EQ(0, join_op(&op));

	/* Nor is a kernel thread. */
	pid = a_kernel_thread();
	if (pid) {
		EXPECT_EQ(-ESRCH, nexus_set_owner(PORT, port, pid, 0));
		EXPECT_EQ(-ESRCH, nexus_next(PORT, pid, 0, &info,
					     sizeof(info), 0));
	}
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(getpid(), info.team);
}

static int compare(const void *a, const void *b)
{
	const int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

TEST_F_TIMEOUT(ns, ids_are_not_reused, 180)
{
	enum { COUNT = 100000, FEWEST = 5000 };
	int *id = malloc(COUNT * sizeof(*id));
	const int64_t end = now_ns(CLOCK_MONOTONIC) + 60 * 1000000000LL;
	int i, n;

	ASSERT_NE(NULL, id);
	/* Kernels with all checks are slow: fewer have to do there. */
	for (n = 0; n < COUNT; n++) {
		if (n > FEWEST && now_ns(CLOCK_MONOTONIC) > end)
			break;
		id[n] = new_port(1);
		ASSERT_LT(0, id[n]);
		ASSERT_EQ(0, delete_port(id[n]));
		/* Now, and a hundred ids later. */
		ASSERT_EQ(-EIDRM, send_code(id[n], 1));
		if (n > 100)
			ASSERT_EQ(-EIDRM, send_code(id[n - 100], 1));
	}
	EXPECT_EQ(0, ports());
	for (i = 0; i < n; i += 97)
		ASSERT_EQ(-EIDRM, recv_code(id[i]));
	qsort(id, n, sizeof(*id), compare);
	for (i = 1; i < n; i++)
		ASSERT_NE(id[i - 1], id[i]);
	TH_LOG("%d ids", n);
	free(id);
}

static int leave_namespace(void *arg)
{
	struct owner *owner = arg;
	struct nexus_port_info info;

	if (own_ports(owner) || !reached(&owner->go, 1))
		return 1;
	if (unshare(CLONE_NEWIPC))
		return 2;
	/* They are still this team's, but not here. */
	if (nexus_next(PORT, 0, 0, &info, sizeof(info), 0) != -ENOENT)
		return 3;
	if (queued(owner->port[0]) != -EIDRM)
		return 4;
	if (new_port(1) < 0 || ports() != 1)
		return 5;
	announce(&owner->ready, 2);
	if (!reached(&owner->go, 2))
		return 6;
	return 0;
}

TEST_F(ns, owner_leaves_the_namespace)
{
	struct owner *owner = new_owner();
	pid_t pid;

	ASSERT_NE(NULL, owner);
	pid = spawn(leave_namespace, owner);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&owner->ready, 1));
	announce(&owner->go, 1);
	ASSERT_TRUE(reached(&owner->ready, 2));
	all_there(_metadata, owner, pid);
	announce(&owner->go, 2);
	ASSERT_EQ(0, reap(pid));
	all_gone(_metadata, owner);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "other"))
		return other_program(atoi(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "none"))
		return 0;
	return test_harness_run(argc, argv);
}

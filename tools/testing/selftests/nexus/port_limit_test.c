// SPDX-License-Identifier: GPL-2.0
/*
 * How much of ports and of message memory a namespace, a user and a memory
 * cgroup get, and who goes on when some of it becomes free.
 */
#include "ns.h"
#include <sys/mount.h>

#define MIB		1048576
#define MESSAGE_MEMORY	SYSCTL("queued_bytes_max")

static char data[MSG_MAX];

static long send_bytes(int port, size_t size)
{
	return nexus_port_send(port, 1, data, size, NOWAIT, NULL);
}

/*
 * A port with so many messages that of 1 MiB for all of them left bytes
 * remain, or a little more.  The first two messages take 20000 bytes.
 */
static int leave_memory(size_t left)
{
	const int port = new_port(16);
	size_t header, rest, part;

	if (port < 0 || write_file(MESSAGE_MEMORY, "1048576"))
		return -1;
	/* A header is small, but how small only the kernel knows. */
	if (send_bytes(port, 0))
		return -1;
	header = system_info().queued_bytes;
	if (send_bytes(port, 20000 - 2 * header))
		return -1;
	for (rest = MIB - left - 20000; rest > header; rest -= part) {
		part = rest < MSG_MAX ? rest : MSG_MAX;
		if (send_bytes(port, part - header))
			return -1;
	}
	return port;
}

TEST_F(ns, memory_sysctl)
{
	char buf[64];

	ASSERT_LT(0, read_file(MESSAGE_MEMORY, buf, sizeof(buf)));
	EXPECT_EQ(atoll(buf), system_info().queued_bytes_max);
	EXPECT_EQ(0, write_file(MESSAGE_MEMORY, "1048576"));
	EXPECT_EQ(MIB, system_info().queued_bytes_max);
	EXPECT_EQ(-EINVAL, write_file(MESSAGE_MEMORY, "1048575"));
	EXPECT_EQ(-EINVAL, write_file(MESSAGE_MEMORY, "0"));
	EXPECT_EQ(-EINVAL, write_file(MESSAGE_MEMORY, "many"));
	EXPECT_EQ(MIB, system_info().queued_bytes_max);
	EXPECT_EQ(0, write_file(MESSAGE_MEMORY, "5000000"));
	EXPECT_EQ(5000000, system_info().queued_bytes_max);
}

TEST_F(ns, memory_is_used_up)
{
	struct __kernel_timespec at;
	int port, i;

	ASSERT_EQ(0, write_file(MESSAGE_MEMORY, "1048576"));
	port = new_port(100);
	ASSERT_LT(0, port);
	/* Headers count, so four of the largest are too many. */
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, send_bytes(port, MSG_MAX));
	EXPECT_EQ(-EAGAIN, send_bytes(port, MSG_MAX));
	at = in_ms(CLOCK_MONOTONIC, 50);
	EXPECT_EQ(-ETIMEDOUT, nexus_port_send(port, 1, data, MSG_MAX, 0, &at));
	EXPECT_EQ(3, queued(port));
	/* What still fits is taken. */
	EXPECT_EQ(0, send_bytes(port, MSG_MAX - 4096));
	EXPECT_GE(MIB, system_info().queued_bytes);
	EXPECT_LT(4 * MSG_MAX - 4096, system_info().queued_bytes);
	EXPECT_EQ(-EAGAIN, send_bytes(port, 4096));
	EXPECT_EQ(1, recv_code(port));
	EXPECT_EQ(0, send_bytes(port, 4096));
}

TEST_F(ns, memory_never_exceeded)
{
	unsigned int seed = 1;
	int port[4], i, full = 0;
	size_t size;
	long ret;

	ASSERT_EQ(0, write_file(MESSAGE_MEMORY, "1048576"));
	for (i = 0; i < 4; i++) {
		port[i] = new_port(NEXUS_PORT_CAPACITY_MAX);
		ASSERT_LT(0, port[i]);
	}
	for (i = 0; i < 4000; i++) {
		size = rand_r(&seed) % (i % 8 ? 2000 : 100000);
		ret = send_bytes(port[i % 4], size);
		if (ret) {
			ASSERT_EQ(-EAGAIN, ret);
			full++;
		}
		ASSERT_GE(MIB, system_info().queued_bytes);
		if (i % 2)
			recv_code(port[rand_r(&seed) % 4]);
	}
	EXPECT_LT(0, full);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, delete_port(port[i]));
	EXPECT_EQ(0, system_info().queued_bytes);
}

/*
 * What a waiting receiver was given never needed memory; if it fails the
 * message is kept all the same, until there is twice as much as there may be.
 */
TEST_F(ns, memory_of_returned_messages)
{
	enum { COUNT = 8 };
	int port[COUNT], i, kept = 0;
	struct op op;

	ASSERT_LT(0, leave_memory(4096));
	for (i = 0; i < COUNT; i++) {
		op = (struct op)RECV_OP(.buf = (void *)8, .size = MSG_MAX);
		port[i] = new_port(1);
		op.port = port[i];
		ASSERT_LT(0, op.port);
		ASSERT_EQ(0, start_op(&op));
		ASSERT_EQ(0, send_bytes(op.port, MSG_MAX));
		ASSERT_EQ(-EFAULT, join_op(&op));
		kept += queued(op.port);
		ASSERT_GE(2 * MIB, system_info().queued_bytes);
	}
	/* As many as there is room for, the first ones, and whole. */
	EXPECT_EQ(4, kept);
	for (i = 0; i < COUNT; i++) {
		EXPECT_EQ(i < kept ? 1 : -EAGAIN, recv_code(port[i]));
		EXPECT_EQ(0, delete_port(port[i]));
	}
}

static int own_memory(void *arg)
{
	int *step = arg;
	const int port = leave_memory(30000);

	if (port < 0)
		return 1;
	announce(step, port);
	pause();
	return 0;
}

/* A writer waits for memory, which becomes free in different ways. */
TEST_F(ns, memory_comes_back)
{
	enum { RECEIVED, DELETED, DRAINED_CLOSED, DIED, WAYS };
	int *step = shared(sizeof(*step));
	struct op op;
	int way, port;
	pid_t pid = 0;

	ASSERT_NE(NULL, step);
	for (way = 0; way < WAYS; way++) {
		if (way == DIED) {
			pid = spawn(own_memory, step);
			ASSERT_LT(0, pid);
			ASSERT_TRUE(reached(step, 1));
			port = *step;
		} else {
			port = leave_memory(30000);
		}
		ASSERT_LT(0, port);
		op = (struct op)SEND_OP(.code = 5, .buf = data, .size = 40000);
		op.port = new_port(1);
		ASSERT_LT(0, op.port);
		ASSERT_EQ(0, start_op(&op));
		EXPECT_EQ(0, queued(op.port));
		EXPECT_EQ(-EAGAIN, send_bytes(op.port, 10));
		if (way == DRAINED_CLOSED) {
			ASSERT_EQ(0, nexus_port_close(port, 0));
			ASSERT_EQ(0, wait_until_blocked(getpid(), op.tid,
							op.nr));
		}
		if (way == DRAINED_CLOSED || way == RECEIVED) {
			EXPECT_EQ(1, recv_code(port));
			EXPECT_EQ(1, recv_code(port));
		}
		if (way == DELETED)
			ASSERT_EQ(0, delete_port(port));
		if (way == DIED) {
			kill(pid, SIGKILL);
			reap(pid);
		}
		EXPECT_EQ(0, join_op(&op))
			TH_LOG("way %d", way);
		EXPECT_EQ(5, recv_code(op.port));
		delete_port(port);
		ASSERT_EQ(0, delete_port(op.port));
		ASSERT_EQ(0, system_info().queued_bytes);
	}
}

static void nothing(int sig)
{
}

TEST_F(ns, memory_wait_ends)
{
	enum { TIMEOUT, SIGNAL, CLOSED, DELETED, WAYS };
	static const int result[] = {
		[TIMEOUT] = -ETIMEDOUT,
		[SIGNAL] = -EINTR,
		[CLOSED] = -ESHUTDOWN,
		[DELETED] = -EIDRM,
	};
	struct sigaction sa = { .sa_handler = nothing };
	struct __kernel_timespec at;
	struct op op;
	__u64 used;
	int way, port;

	sigaction(SIGUSR1, &sa, NULL);
	port = leave_memory(30000);
	ASSERT_LT(0, port);
	used = system_info().queued_bytes;
	for (way = 0; way < WAYS; way++) {
		op = (struct op)SEND_OP(.code = 5, .buf = data, .size = 40000);
		op.port = new_port(1);
		ASSERT_LT(0, op.port);
		at = in_ms(CLOCK_MONOTONIC, 200);
		if (way == TIMEOUT)
			op.deadline = &at;
		ASSERT_EQ(0, start_op(&op));
		if (way == SIGNAL)
			pthread_kill(op.thread, SIGUSR1);
		if (way == CLOSED)
			ASSERT_EQ(0, nexus_port_close(op.port, 0));
		if (way == DELETED)
			ASSERT_EQ(0, delete_port(op.port));
		EXPECT_EQ(result[way], join_op(&op));
		EXPECT_EQ(used, system_info().queued_bytes);
		if (way != DELETED) {
			EXPECT_EQ(0, queued(op.port));
			EXPECT_EQ(0, delete_port(op.port));
		}
	}
}

/*
 * The writer at the head wants more memory than there is and gives up: those
 * behind it, here or at other ports, go on if there is enough for them.
 */
TEST_F(ns, memory_head_gives_up)
{
	enum { TIMEOUT, SIGNAL, WAYS };
	struct sigaction sa = { .sa_handler = nothing };
	struct __kernel_timespec at;
	struct op big, small;
	int way, port;

	sigaction(SIGUSR1, &sa, NULL);
	for (way = 0; way < WAYS; way++) {
		port = leave_memory(30000);
		ASSERT_LT(0, port);
		big = (struct op)SEND_OP(.code = 1, .buf = data,
					 .size = MSG_MAX);
		small = (struct op)SEND_OP(.code = 2, .buf = data,
					   .size = 100);
		big.port = new_port(4);
		ASSERT_LT(0, big.port);
		small.port = big.port;
		at = in_ms(CLOCK_MONOTONIC, 500);
		if (way == TIMEOUT)
			big.deadline = &at;
		ASSERT_EQ(0, start_op(&big));
		ASSERT_EQ(0, start_op(&small));
		EXPECT_EQ(0, queued(big.port));
		if (way == SIGNAL)
			pthread_kill(big.thread, SIGUSR1);
		EXPECT_EQ(way == SIGNAL ? -EINTR : -ETIMEDOUT, join_op(&big));
		ASSERT_EQ(0, join_op(&small));
		EXPECT_EQ(2, recv_code(big.port));
		ASSERT_EQ(0, delete_port(port));
		ASSERT_EQ(0, delete_port(big.port));
	}
}

TEST_F(ns, memory_head_port_gives_up)
{
	enum { TIMEOUT, SIGNAL, CLOSED, DELETED, WAYS };
	struct sigaction sa = { .sa_handler = nothing };
	struct __kernel_timespec at;
	struct op big, small;
	int way, port;

	sigaction(SIGUSR1, &sa, NULL);
	for (way = 0; way < WAYS; way++) {
		port = leave_memory(30000);
		ASSERT_LT(0, port);
		big = (struct op)SEND_OP(.code = 1, .buf = data,
					 .size = MSG_MAX);
		small = (struct op)SEND_OP(.code = 2, .buf = data,
					   .size = 40000);
		big.port = new_port(4);
		small.port = new_port(4);
		ASSERT_LT(0, big.port);
		ASSERT_LT(0, small.port);
		at = in_ms(CLOCK_MONOTONIC, 700);
		if (way == TIMEOUT)
			big.deadline = &at;
		ASSERT_EQ(0, start_op(&big));
		ASSERT_EQ(0, start_op(&small));
		/* Enough for the second one, but it is not its turn. */
		EXPECT_EQ(1, recv_code(port));
		EXPECT_EQ(1, recv_code(port));
		EXPECT_EQ(0, queued(big.port));
		if (way == SIGNAL)
			pthread_kill(big.thread, SIGUSR1);
		if (way == CLOSED)
			ASSERT_EQ(0, nexus_port_close(big.port, 0));
		if (way == DELETED)
			ASSERT_EQ(0, delete_port(big.port));
		EXPECT_NE(0, join_op(&big));
		ASSERT_EQ(0, join_op(&small))
			TH_LOG("way %d: the second waits for ever", way);
		EXPECT_EQ(2, recv_code(small.port));
		delete_port(big.port);
		ASSERT_EQ(0, delete_port(small.port));
		ASSERT_EQ(0, delete_port(port));
	}
}

/* Whoever waits for memory is the next to get some. */
TEST_F(ns, memory_nobody_overtakes)
{
	struct op first = SEND_OP(.code = 1, .buf = data, .size = MSG_MAX);
	struct op second = SEND_OP(.code = 2, .buf = data, .size = MSG_MAX);
	int full, other, i;

	/* Three of the largest are in, and one waits for their slots. */
	ASSERT_EQ(0, write_file(MESSAGE_MEMORY, "1048576"));
	full = new_port(3);
	first.port = new_port(4);
	other = new_port(4);
	ASSERT_LT(0, full);
	ASSERT_LT(0, first.port);
	ASSERT_LT(0, other);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, send_bytes(full, MSG_MAX));
	second.port = full;
	ASSERT_EQ(0, start_op(&second));
	ASSERT_EQ(0, start_op(&first));
	/* There is a little left, but not for those who come now. */
	EXPECT_EQ(-EAGAIN, send_bytes(other, 100));
	EXPECT_EQ(-EAGAIN, send_bytes(first.port, 100));
	EXPECT_EQ(1, recv_code(full));
	ASSERT_EQ(0, join_op(&first));
	/* This one has got a slot by that, but no memory yet. */
	ASSERT_EQ(0, wait_until_blocked(getpid(), second.tid, second.nr));
	EXPECT_FALSE(op_done(&second));
	EXPECT_EQ(2, queued(full));
	EXPECT_EQ(1, recv_code(first.port));
	ASSERT_EQ(0, join_op(&second));
	EXPECT_EQ(3, queued(full));
	EXPECT_EQ(0, send_bytes(other, 100));
}

/*
 * A message that is received at once takes no memory of the queue: a writer
 * that waits for memory and a reader that waits for a message must meet,
 * whoever comes first.
 */
TEST_F(ns, memory_writer_meets_reader)
{
	struct op writer, reader;
	int port, i;

	port = leave_memory(30000);
	ASSERT_LT(0, port);
	for (i = 0; i < 2; i++) {
		writer = (struct op)SEND_OP(.code = 3, .buf = data,
					    .size = 40000);
		reader = (struct op)RECV_OP();
		writer.port = new_port(1);
		ASSERT_LT(0, writer.port);
		reader.port = writer.port;
		ASSERT_EQ(0, start_op(i ? &writer : &reader));
		ASSERT_EQ(0, launch_op(i ? &reader : &writer));
		ASSERT_EQ(0, join_op(&reader))
			TH_LOG("both wait");
		EXPECT_EQ(0, join_op(&writer));
		EXPECT_EQ(3, reader.info.code);
		EXPECT_EQ(40000, reader.info.size);
		EXPECT_EQ(0, queued(writer.port));
		ASSERT_EQ(0, delete_port(writer.port));
	}
}

TEST_F(ns, ports_max)
{
	char buf[64];
	int port[3], i;

	ASSERT_LT(0, read_file(SYSCTL("ports_max"), buf, sizeof(buf)));
	EXPECT_EQ(atoi(buf), system_info().ports_max);
	ASSERT_EQ(0, write_file(SYSCTL("ports_max"), "3"));
	EXPECT_EQ(3, system_info().ports_max);
	for (i = 0; i < 3; i++) {
		port[i] = new_port(1);
		ASSERT_LT(0, port[i]);
	}
	for (i = 0; i < 10; i++)
		EXPECT_EQ(-ENOSPC, new_port(1));
	EXPECT_EQ(3, ports());
	/* Those that exist stay. */
	ASSERT_EQ(0, write_file(SYSCTL("ports_max"), "2"));
	EXPECT_EQ(0, send_code(port[2], 1));
	EXPECT_EQ(0, delete_port(port[0]));
	EXPECT_EQ(-ENOSPC, new_port(1));
	EXPECT_EQ(0, delete_port(port[1]));
	port[0] = new_port(1);
	EXPECT_LT(0, port[0]);
	EXPECT_EQ(-ENOSPC, new_port(1));
	ASSERT_EQ(0, write_file(SYSCTL("ports_max"), "0"));
	EXPECT_EQ(0, delete_port(port[0]));
	EXPECT_EQ(-ENOSPC, new_port(1));
	EXPECT_EQ(-EINVAL, write_file(SYSCTL("ports_max"), "-1"));
	EXPECT_EQ(-EINVAL, write_file(SYSCTL("ports_max"), "x"));
	EXPECT_EQ(0, system_info().ports_max);
}

/* Runs as another user in a user namespace of that user's own. */
static int limited_user(void *arg)
{
	const char *limit = "/proc/sys/user/max_nexus_ports";
	int a, b, i;

	if (become(1000, 1000) || own_user_ns() || unshare(CLONE_NEWIPC))
		return 1;
	/* What it may set is its own, below that of the rest. */
	if (write_file(limit, "2"))
		return 3;
	a = new_port(1);
	b = new_port(1);
	if (a < 0 || b < 0)
		return 4;
	for (i = 0; i < 5; i++)
		if (new_port(1) != -ENOSPC)
			return 5;
	/* To give one away does not help, to delete one does. */
	if (nexus_set_owner(PORT, a, *(int *)arg, 0))
		return 6;
	if (new_port(1) != -ENOSPC)
		return 7;
	if (delete_port(a) || new_port(1) < 0)
		return 8;
	if (new_port(1) != -ENOSPC)
		return 9;
	/* A namespace that ends takes its ports along. */
	if (unshare(CLONE_NEWIPC))
		return 10;
	if (!poll_until(new_port(1) > 0))
		return 11;
	return 0;
}

static int wait_only(void *arg)
{
	pause();
	return 0;
}

TEST_F(ns, ports_of_a_user)
{
	pid_t pid, taker;

	taker = spawn(wait_only, NULL);
	ASSERT_LT(0, taker);
	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "no user namespaces");
	pid = spawn(limited_user, &taker);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_LT(0, new_port(1));
}

#define CGROUP "/tmp/nexus-cgroup"
#define GROUP CGROUP "/nexus-test"

static long group_value(const char *file)
{
	char path[96], buf[64];

	snprintf(path, sizeof(path), GROUP "/%s", file);
	if (read_file(path, buf, sizeof(buf)) <= 0)
		return -1;
	return atol(buf);
}

/* A memory cgroup of our own; 0, or why there is none. */
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

struct charge {
	int port;
	int count;
	int ports;
	int ready;
	size_t size;
	long result;
};

static int send_in_group(void *arg)
{
	struct charge *charge = arg;

	if (write_file(GROUP "/cgroup.procs", "0"))
		return 1;
	while (charge->ports--)
		if (new_port(1) < 0)
			return 2;
	while (charge->count--) {
		charge->result = nexus_port_send(charge->port, 1, data,
						 charge->size, NOWAIT, NULL);
		if (charge->result)
			break;
	}
	announce(&charge->ready, 1);
	pause();
	return 0;
}

TEST_F(ns, memory_cgroup)
{
	struct charge *charge = shared(sizeof(*charge));
	static const size_t sizes[] = { 100, 4000, 20000, MSG_MAX };
	const char *why = make_group();
	long with, expected;
	pid_t pid;
	size_t i;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_NE(NULL, charge);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		memset(charge, 0, sizeof(*charge));
		charge->port = new_port(NEXUS_PORT_CAPACITY_MAX);
		ASSERT_LT(0, charge->port);
		charge->size = sizes[i];
		charge->count = sizes[i] < 5000 ? 4000 : 16 * MIB / sizes[i];
		expected = charge->count * (long)sizes[i];
		pid = spawn(send_in_group, charge);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(reached(&charge->ready, 1));
		ASSERT_EQ(0, charge->result);
		/* The sender pays for what it queued, wherever. */
		with = group_value("memory.current");
		EXPECT_LE(expected, with);
		kill(pid, SIGKILL);
		reap(pid);
		/* Its end does not make the queue free of charge. */
		EXPECT_LE(expected - MIB, group_value("memory.current"));
		ASSERT_EQ(0, delete_port(charge->port));
		EXPECT_TRUE(poll_until(group_value("memory.current") <
				       with - expected + MIB));
	}

	/* Not more than it may have: refused, or killed for it. */
	memset(charge, 0, sizeof(*charge));
	charge->port = new_port(NEXUS_PORT_CAPACITY_MAX);
	ASSERT_LT(0, charge->port);
	charge->size = MSG_MAX;
	charge->count = 64;
	ASSERT_EQ(0, write_file(GROUP "/memory.max", "8388608"));
	pid = spawn(send_in_group, charge);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(poll_until(charge->ready || task_state(pid, pid) == 'Z'));
	if (charge->ready)
		EXPECT_EQ(-ENOMEM, charge->result);
	EXPECT_GT(8 * MIB / MSG_MAX, queued(charge->port));
	EXPECT_GE(8 * MIB, group_value("memory.current"));
	kill(pid, SIGKILL);
	reap(pid);
	ASSERT_EQ(0, delete_port(charge->port));
	ASSERT_EQ(0, write_file(GROUP "/memory.max", "max"));

	/* So it does for ports. */
	memset(charge, 0, sizeof(*charge));
	charge->ports = 4000;
	pid = spawn(send_in_group, charge);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&charge->ready, 1));
	EXPECT_LE(4000 * 200, group_value("memory.current"));
	kill(pid, SIGKILL);
	reap(pid);
	EXPECT_TRUE(poll_until(!rmdir(GROUP)));
}

TEST_HARNESS_MAIN

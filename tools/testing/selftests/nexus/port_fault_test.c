// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that takes its time: a page of the caller comes from another process
 * or over a network, and until it does a copy stands still.  userfaultfd plays
 * that here.  Nobody else may be held up, and nothing may be lost if the
 * caller does not live to see it.
 */
#include "slow.h"

FIXTURE(slow)
{
	struct slow slow;
	struct op *op;
	pid_t pid;
};

FIXTURE_SETUP(slow)
{
	if (unshare(CLONE_NEWIPC))
		SKIP(return, "needs CAP_SYS_ADMIN to unshare(CLONE_NEWIPC)");
	if (syscall(__NR_userfaultfd, O_CLOEXEC) < 0)
		SKIP(return, "no userfaultfd: errno %d", errno);
	ASSERT_NE(0, system_info().abi);
	self->op = shared(sizeof(*self->op));
	ASSERT_NE(NULL, self->op);
}

FIXTURE_TEARDOWN(slow)
{
	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		reap(self->pid);
	}
}

/* While one call stands still all others work, with this port and others. */
static void others_work(struct __test_metadata *_metadata, int port)
{
	struct nexus_port_info info;
	int other;

	EXPECT_EQ(0, send_code(port, 50));
	EXPECT_EQ(50, recv_code(port));
	EXPECT_EQ(0, port_info(port, &info));
	EXPECT_EQ(0, nexus_next(PORT, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(port, nexus_find(PORT, "test port", 0));
	EXPECT_EQ(0, nexus_set_owner(PORT, port, 0, 0));
	other = port_args("other", 1, 0, 0);
	EXPECT_LT(0, other);
	EXPECT_EQ(0, send_code(other, 51));
	EXPECT_EQ(51, recv_code(other));
	EXPECT_EQ(0, delete_port(other));
}

TEST_F(slow, sender)
{
	struct op op = SEND_OP(.code = 1, .size = 10000);
	char back[10000];

	ASSERT_EQ(0, make_slow(&self->slow));
	op.buf = self->slow.memory;
	op.port = new_port(2);
	ASSERT_LT(0, op.port);
	ASSERT_EQ(0, launch_op(&op));
	ASSERT_TRUE(fault_came(&self->slow));
	others_work(_metadata, op.port);
	EXPECT_FALSE(op_done(&op));
	EXPECT_EQ(0, queued(op.port));
	ASSERT_EQ(0, bring_pages(&self->slow));
	EXPECT_EQ(0, join_op(&op));
	EXPECT_EQ(10000, nexus_port_recv(op.port, back, sizeof(back), NULL,
					 NOWAIT, NULL));
	EXPECT_TRUE(all_bytes(back, sizeof(back), 'p'));
}

/* The array of struct iovec, and what it points to. */
TEST_F(slow, gathering_sender)
{
	struct op op = SEND_OP(.code = 1, .flags = GATHER, .size = 3);
	struct iovec iov[3] = { { "abc", 3 }, { NULL, 5 }, { "def", 3 } };
	char back[16];

	ASSERT_EQ(0, make_slow(&self->slow));
	iov[1].iov_base = self->slow.memory + 8190;
	op.buf = iov;
	op.port = new_port(2);
	ASSERT_LT(0, op.port);
	ASSERT_EQ(0, launch_op(&op));
	ASSERT_TRUE(fault_came(&self->slow));
	others_work(_metadata, op.port);
	ASSERT_EQ(0, bring_pages(&self->slow));
	EXPECT_EQ(0, join_op(&op));
	ASSERT_EQ(11, nexus_port_recv(op.port, back, sizeof(back), NULL,
				      NOWAIT, NULL));
	EXPECT_EQ(0, memcmp(back, "abcpppppdef", 11));
}

TEST_F(slow, port_goes_while_sender_copies)
{
	struct op op = SEND_OP(.code = 1, .size = 10000);
	int del;

	for (del = 0; del < 2; del++) {
		ASSERT_EQ(0, make_slow(&self->slow));
		op.buf = self->slow.memory;
		op.port = new_port(2);
		ASSERT_LT(0, op.port);
		ASSERT_EQ(0, launch_op(&op));
		ASSERT_TRUE(fault_came(&self->slow));
		ASSERT_EQ(0, del ? delete_port(op.port) :
				   nexus_port_close(op.port, 0));
		ASSERT_EQ(0, bring_pages(&self->slow));
		EXPECT_EQ(del ? -EIDRM : -ESHUTDOWN, join_op(&op));
		EXPECT_EQ(0, system_info().queued_bytes);
	}
}

TEST_F(slow, receiver)
{
	struct op op = RECV_OP(.size = 10000);
	char data[10000];

	ASSERT_EQ(0, make_slow(&self->slow));
	op.buf = self->slow.memory;
	op.port = new_port(2);
	ASSERT_LT(0, op.port);
	fill(data, sizeof(data), 6);
	ASSERT_EQ(0, nexus_port_send(op.port, 1, data, sizeof(data), 0,
				     NULL));
	ASSERT_EQ(0, launch_op(&op));
	ASSERT_TRUE(fault_came(&self->slow));
	others_work(_metadata, op.port);
	/* Its message still has a slot. */
	EXPECT_EQ(0, send_code(op.port, 2));
	EXPECT_EQ(-EAGAIN, send_code(op.port, 3));
	ASSERT_EQ(0, bring_pages(&self->slow));
	EXPECT_EQ(10000, join_op(&op));
	EXPECT_TRUE(filled(self->slow.memory, 10000, 6));
	EXPECT_EQ(1, op.info.code);
	EXPECT_EQ(0, send_code(op.port, 3));
	EXPECT_EQ(2, recv_code(op.port));
	EXPECT_EQ(3, recv_code(op.port));
}

/* A writer gets the slot when the receiver has copied, not before. */
TEST_F(slow, writer_waits_for_the_slot)
{
	struct op op = RECV_OP(.size = 10000);
	struct op writer = SEND_OP(.code = 5);

	ASSERT_EQ(0, make_slow(&self->slow));
	op.buf = self->slow.memory;
	op.port = new_port(1);
	ASSERT_LT(0, op.port);
	writer.port = op.port;
	ASSERT_EQ(0, send_code(op.port, 1));
	ASSERT_EQ(1, recv_code(op.port));
	ASSERT_EQ(0, nexus_port_send(op.port, 1, "data", 4, 0, NULL));
	ASSERT_EQ(0, launch_op(&op));
	ASSERT_TRUE(fault_came(&self->slow));
	ASSERT_EQ(0, start_op(&writer));
	EXPECT_EQ(0, queued(op.port));
	ASSERT_EQ(0, bring_pages(&self->slow));
	EXPECT_EQ(4, join_op(&op));
	EXPECT_EQ(0, join_op(&writer));
	EXPECT_EQ(5, recv_code(op.port));
}

/* Out of a new port that got so many messages; it hangs while it copies. */
static bool receive_slowly(struct slow *slow, struct op *op, int messages)
{
	int i;

	op->port = new_port(2);
	if (make_slow(slow) || op->port < 0)
		return false;
	op->buf = slow->memory;
	for (i = 0; i < messages; i++)
		if (nexus_port_send(op->port, i + 1, i ? "more" : "data", 4, 0,
				    NULL))
			return false;
	return !launch_op(op) && fault_came(slow);
}

TEST_F(slow, port_goes_while_receiver_copies)
{
	struct op op = RECV_OP(.size = 10000);
	int del;

	for (del = 0; del < 2; del++) {
		ASSERT_TRUE(receive_slowly(&self->slow, &op, 1));
		ASSERT_EQ(0, del ? delete_port(op.port) :
				   nexus_port_close(op.port, 0));
		/* It was taken before, so it is received. */
		EXPECT_EQ(del ? -EIDRM : -ESHUTDOWN, recv_code(op.port));
		ASSERT_EQ(0, bring_pages(&self->slow));
		EXPECT_EQ(4, join_op(&op));
		EXPECT_EQ(0, memcmp(self->slow.memory, "data", 4));
		EXPECT_EQ(0, system_info().queued_bytes);
		if (!del)
			EXPECT_EQ(1, total(op.port));
	}
}

/* Its message goes back, also into a port that was closed meanwhile. */
TEST_F(slow, memory_goes_while_receiver_copies)
{
	struct op op = RECV_OP(.size = 10000);
	char back[8];
	int way;

	for (way = 0; way < 3; way++) {
		ASSERT_TRUE(receive_slowly(&self->slow, &op, 2));
		if (way == 1)
			ASSERT_EQ(0, nexus_port_close(op.port, 0));
		if (way == 2)
			ASSERT_EQ(0, delete_port(op.port));
		ASSERT_EQ(0, munmap(self->slow.memory, 4 * self->slow.page));
		close(self->slow.fd);
		EXPECT_EQ(-EFAULT, join_op(&op));
		if (way < 2) {
			EXPECT_EQ(2, queued(op.port));
			EXPECT_EQ(0, total(op.port));
			EXPECT_EQ(4, nexus_port_recv(op.port, back, 8, NULL,
						     NOWAIT, NULL));
			EXPECT_EQ(0, memcmp(back, "data", 4));
			EXPECT_EQ(2, recv_code(op.port));
		}
		EXPECT_EQ(way ? way == 2 ? -EIDRM : -ESHUTDOWN : -EAGAIN,
			  recv_code(op.port));
		EXPECT_EQ(0, system_info().queued_bytes);
	}
}

/* Whoever fails first, the messages are in order again when all have. */
TEST_F(slow, receivers_fail_in_any_order)
{
	enum { COUNT = 3 };
	static const int orders[][COUNT] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
		{ 2, 0, 1 }, { 2, 1, 0 },
	};
	struct slow slow[COUNT];
	struct op op[COUNT];
	size_t order;
	int port, i, n;

	for (order = 0; order < ARRAY_SIZE(orders); order++) {
		port = new_port(COUNT + 1);
		ASSERT_LT(0, port);
		for (i = 0; i <= COUNT; i++)
			ASSERT_EQ(0, nexus_port_send(port, i, "data", 4, 0,
						     NULL));
		for (i = 0; i < COUNT; i++) {
			ASSERT_EQ(0, make_slow(&slow[i]));
			op[i] = (struct op)RECV_OP(.port = port,
						   .buf = slow[i].memory,
						   .size = 100);
			ASSERT_EQ(0, launch_op(&op[i]));
			ASSERT_TRUE(fault_came(&slow[i]));
		}
		EXPECT_EQ(1, queued(port));
		for (n = 0; n < COUNT; n++) {
			i = orders[order][n];
			munmap(slow[i].memory, 4 * slow[i].page);
			close(slow[i].fd);
			EXPECT_EQ(-EFAULT, join_op(&op[i]));
		}
		EXPECT_EQ(0, total(port));
		for (i = 0; i <= COUNT; i++)
			EXPECT_EQ(i, recv_code(port))
				TH_LOG("order %zu", order);
		ASSERT_EQ(0, delete_port(port));
	}
}

/* A receiver that stands still for ever, and then is killed. */
static int stuck_receiver(void *arg)
{
	struct op *op = arg;
	struct slow slow;

	if (make_slow(&slow))
		return 1;
	op->buf = slow.memory;
	op->tid = own_tid();
	/* It has the fault to itself, so it is up to the others to see it. */
	nexus_port_recv(op->port, op->buf, op->size, NULL, 0, NULL);
	return 2;
}

TEST_F(slow, receiver_is_killed)
{
	char back[8];
	int i;

	*self->op = (struct op)RECV_OP(.port = new_port(2), .size = 100);
	ASSERT_LT(0, self->op->port);
	ASSERT_EQ(0, nexus_port_send(self->op->port, 1, "one", 3, 0, NULL));
	ASSERT_EQ(0, nexus_port_send(self->op->port, 2, "more", 4, 0, NULL));
	for (i = 0; i < 5; i++) {
		self->pid = spawn(stuck_receiver, self->op);
		ASSERT_LT(0, self->pid);
		/* It has taken the first message but not its slot. */
		ASSERT_TRUE(poll_until(queued(self->op->port) == 1));
		EXPECT_EQ(-EAGAIN, send_code(self->op->port, 3));
		kill(self->pid, SIGKILL);
		ASSERT_EQ(128 + SIGKILL, reap(self->pid));
		/* Back where it was, in front of the other one. */
		ASSERT_EQ(2, queued(self->op->port));
		EXPECT_EQ(0, total(self->op->port));
	}
	self->pid = 0;
	EXPECT_EQ(3, nexus_port_recv(self->op->port, back, 8, NULL, NOWAIT,
				     NULL));
	EXPECT_EQ(0, memcmp(back, "one", 3));
	EXPECT_EQ(2, recv_code(self->op->port));
}

/* A name that comes slowly. */
static void *slow_find(void *arg)
{
	struct op *op = arg;

	op->ret = nexus_find(PORT, op->buf, 0);
	return NULL;
}

static void *slow_create(void *arg)
{
	struct op *op = arg;

	op->ret = port_args(op->buf, 1, 0, 0);
	return NULL;
}

TEST_F(slow, names)
{
	void *(*fn[])(void *) = { slow_find, slow_create };
	struct nexus_port_info info;
	struct op op = {};
	size_t i;
	int port;

	port = new_port(2);
	ASSERT_LT(0, port);
	for (i = 0; i < ARRAY_SIZE(fn); i++) {
		ASSERT_EQ(0, make_slow(&self->slow));
		op.buf = self->slow.memory + 4096 - 10;
		ASSERT_EQ(0, pthread_create(&op.thread, NULL, fn[i], &op));
		ASSERT_TRUE(fault_came(&self->slow));
		others_work(_metadata, port);
		ASSERT_EQ(0, bring_pages(&self->slow));
		ASSERT_EQ(0, pthread_join(op.thread, NULL));
		if (!i)
			EXPECT_EQ(-ENOENT, op.ret);
	}
	/* No end in sight: cut. */
	ASSERT_EQ(0, port_info(op.ret, &info));
	EXPECT_STREQ("ppppppppppppppppppppppppppppppp", info.name);
}

TEST_HARNESS_MAIN

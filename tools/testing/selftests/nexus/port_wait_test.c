// SPDX-License-Identifier: GPL-2.0
/*
 * Who waits for a port, how long, in which order, and how a wait ends.
 */
#include "ns.h"

#define MS	1000000LL

static const struct __kernel_timespec past;

/* Far beyond the patience of any test, and of any clock. */
static const struct __kernel_timespec far = { .tv_sec = LLONG_MAX };

/* A port on which a message waits for each slot. */
static int full_port(unsigned int capacity)
{
	const int port = new_port(capacity);
	unsigned int i;

	for (i = 0; i < capacity; i++)
		if (send_code(port, 1000 + i))
			return -1;
	return port;
}

/* The three calls that wait, on ports where they have to. */
enum { SENDER, RECEIVER, PEEKER, KINDS };

static void make_op(struct __test_metadata *_metadata, struct op *op, int kind)
{
	memset(op, 0, sizeof(*op));
	if (kind == SENDER) {
		op->nr = __NR_nexus_port_send;
		op->port = full_port(2);
		op->code = 7;
	} else {
		op->nr = __NR_nexus_port_recv;
		op->port = new_port(2);
		if (kind == PEEKER)
			op->flags = PEEK;
	}
	ASSERT_LT(0, op->port);
}

/* What such a call waits for comes, and then it succeeds. */
static void satisfy(struct __test_metadata *_metadata, struct op *op, int kind)
{
	if (kind == SENDER) {
		EXPECT_EQ(1000, recv_code(op->port));
		EXPECT_EQ(0, join_op(op));
		EXPECT_EQ(1001, recv_code(op->port));
		EXPECT_EQ(7, recv_code(op->port));
		EXPECT_EQ(-EAGAIN, recv_code(op->port));
	} else {
		EXPECT_EQ(0, nexus_port_send(op->port, 8, "abcde", 5, 0,
					     NULL));
		EXPECT_EQ(kind == PEEKER ? 5 : 0, join_op(op));
		EXPECT_EQ(8, op->info.code);
		EXPECT_EQ(5, op->info.size);
		EXPECT_EQ(kind == PEEKER, queued(op->port));
	}
}

/* The call has had no effect. */
static void untouched(struct __test_metadata *_metadata, struct op *op,
		      int kind)
{
	EXPECT_EQ(kind == SENDER ? 2 : 0, queued(op->port));
	EXPECT_EQ(0, total(op->port));
	if (kind == SENDER)
		EXPECT_EQ(-EAGAIN, send_code(op->port, 9));
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
	struct op op;
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		make_op(_metadata, &op, kind);
		op.flags |= NOWAIT;
		run_op(&op);
		EXPECT_EQ(-EAGAIN, op.ret);
		untouched(_metadata, &op, kind);
	}
}

TEST_F(ns, deadline_has_passed)
{
	const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };
	struct __kernel_timespec at[2];
	struct op op;
	int kind;
	size_t c, i;

	for (kind = 0; kind < KINDS; kind++) {
		for (c = 0; c < ARRAY_SIZE(clocks); c++) {
			at[0] = past;
			at[1] = in_ms(clocks[c], -1);
			for (i = 0; i < ARRAY_SIZE(at); i++) {
				make_op(_metadata, &op, kind);
				if (clocks[c] == CLOCK_REALTIME)
					op.flags |= NEXUS_CLOCK_REALTIME;
				op.deadline = &at[i];
				run_op(&op);
				EXPECT_EQ(-ETIMEDOUT, op.ret);
				untouched(_metadata, &op, kind);
			}
		}
	}
}

TEST_F(ns, deadline_passes)
{
	const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };
	struct __kernel_timespec at;
	struct op op;
	int64_t end;
	int kind;
	size_t c;

	for (kind = 0; kind < KINDS; kind++) {
		for (c = 0; c < ARRAY_SIZE(clocks); c++) {
			make_op(_metadata, &op, kind);
			at = in_ms(clocks[c], 60);
			if (clocks[c] == CLOCK_REALTIME)
				op.flags |= NEXUS_CLOCK_REALTIME;
			op.deadline = &at;
			run_op(&op);
			end = now_ns(clocks[c]);
			EXPECT_EQ(-ETIMEDOUT, op.ret);
			/* Not too early, and not on another time scale. */
			EXPECT_LE(at.tv_sec * 1000000000LL + at.tv_nsec, end);
			EXPECT_GT(at.tv_sec + 10, end / 1000000000);
			untouched(_metadata, &op, kind);
		}
	}
}

TEST_F(ns, deadline_does_not_matter)
{
	int port;

	/* Who need not wait succeeds, however late it is. */
	port = new_port(2);
	ASSERT_LT(0, port);
	EXPECT_EQ(0, nexus_port_send(port, 1, NULL, 0, 0, &past));
	EXPECT_EQ(0, nexus_port_send(port, 2, NULL, 0, NEXUS_CLOCK_REALTIME,
				     &past));
	EXPECT_EQ(0, nexus_port_recv(port, NULL, 0, NULL, PEEK, &past));
	EXPECT_EQ(0, nexus_port_recv(port, NULL, 0, NULL, 0, &past));
	EXPECT_EQ(0, nexus_port_recv(port, NULL, 0, NULL,
				     NEXUS_CLOCK_REALTIME, &past));
	EXPECT_EQ(2, total(port));
}

TEST_F(ns, waits_for_ever)
{
	struct op op[KINDS][3];
	int kind, i;

	for (kind = 0; kind < KINDS; kind++) {
		for (i = 0; i < 3; i++) {
			make_op(_metadata, &op[kind][i], kind);
			if (i)
				op[kind][i].deadline = &far;
			if (i == 2)
				op[kind][i].flags |= NEXUS_CLOCK_REALTIME;
			ASSERT_EQ(0, start_op(&op[kind][i]));
			/* It is no load. */
			EXPECT_EQ('S', task_state(getpid(), op[kind][i].tid));
		}
	}
	for (kind = 0; kind < KINDS; kind++)
		for (i = 0; i < 3; i++)
			satisfy(_metadata, &op[kind][i], kind);
}

TEST_F(ns, realtime_is_set)
{
	struct __kernel_timespec at = in_ms(CLOCK_REALTIME, 3600 * 1000);
	struct op op = RECV_OP(.flags = NEXUS_CLOCK_REALTIME, .deadline = &at);
	struct timespec ts;
	int64_t mono, real;
	long ret;

	op.port = new_port(1);
	ASSERT_LT(0, op.port);
	ASSERT_EQ(0, start_op(&op));
	clock_gettime(CLOCK_REALTIME, &ts);
	mono = now_ns(CLOCK_MONOTONIC);
	real = ts.tv_sec * 1000000000LL + ts.tv_nsec;
	ts.tv_sec += 2 * 3600;
	if (clock_settime(CLOCK_REALTIME, &ts))
		SKIP(return, "may not set the clock");
	ret = poll_until(op_done(&op));
	real += now_ns(CLOCK_MONOTONIC) - mono;
	ts.tv_sec = real / 1000000000;
	ts.tv_nsec = real % 1000000000;
	clock_settime(CLOCK_REALTIME, &ts);
	ASSERT_TRUE(ret);
	EXPECT_EQ(-ETIMEDOUT, join_op(&op));
}

/* Runs in a time namespace whose monotonic clock is an hour ahead. */
static int hour_ahead(void *arg)
{
	const int port = *(int *)arg;
	struct __kernel_timespec at;
	int64_t start;

	/* Passed here, not yet reached outside. */
	at = in_ms(CLOCK_MONOTONIC, -1000 * 1000);
	start = now_ns(CLOCK_MONOTONIC);
	if (start < 3600 * 1000 * MS)
		return 1;
	if (nexus_port_recv(port, NULL, 0, NULL, 0, &at) != -ETIMEDOUT)
		return 2;
	at = in_ms(CLOCK_MONOTONIC, 60);
	start = now_ns(CLOCK_MONOTONIC);
	if (nexus_port_recv(port, NULL, 0, NULL, 0, &at) != -ETIMEDOUT)
		return 3;
	if (now_ns(CLOCK_MONOTONIC) < start + 59 * MS)
		return 4;
	/* The clock of the day is the same. */
	at = in_ms(CLOCK_REALTIME, 60);
	start = now_ns(CLOCK_REALTIME);
	if (nexus_port_recv(port, NULL, 0, NULL, NEXUS_CLOCK_REALTIME, &at) !=
	    -ETIMEDOUT)
		return 5;
	if (now_ns(CLOCK_REALTIME) < start + 59 * MS)
		return 6;
	return 0;
}

TEST_F(ns, time_namespace)
{
	pid_t pid;
	int port;

	port = new_port(1);
	ASSERT_LT(0, port);
	if (unshare(CLONE_NEWTIME))
		SKIP(return, "no time namespaces: errno %d", errno);
	ASSERT_EQ(0, write_file("/proc/self/timens_offsets",
				"monotonic 3600 0\n"));
	pid = spawn(hour_ahead, &port);
	ASSERT_LT(0, pid);
	/* An hour has passed if it waits for the wrong clock. */
	ASSERT_EQ(0, reap(pid));
}

TEST_F(ns, writers_in_order)
{
	struct op op[8];
	int port, i;

	port = full_port(1);
	ASSERT_LT(0, port);
	for (i = 0; i < 8; i++) {
		op[i] = (struct op)SEND_OP(.port = port, .code = i);
		ASSERT_EQ(0, start_op(&op[i]));
	}
	EXPECT_EQ(1, queued(port));
	EXPECT_EQ(1000, recv_code(port));
	for (i = 0; i < 8; i++) {
		/* The first one is in, nobody else, and no newcomer. */
		EXPECT_EQ(0, join_op(&op[i]));
		EXPECT_EQ(1, queued(port));
		EXPECT_EQ(-EAGAIN, send_code(port, 99));
		EXPECT_EQ(i, recv_code(port));
	}
	EXPECT_EQ(-EAGAIN, recv_code(port));
}

TEST_F(ns, writer_times_out)
{
	struct __kernel_timespec at = in_ms(CLOCK_MONOTONIC, 300);
	struct op a = SEND_OP(.code = 1, .deadline = &at);
	struct op b = SEND_OP(.code = 2);
	struct op c = SEND_OP(.code = 3);
	int port;

	port = full_port(2);
	ASSERT_LT(0, port);
	a.port = port;
	b.port = port;
	c.port = port;
	ASSERT_EQ(0, start_op(&b));
	ASSERT_EQ(0, start_op(&c));
	ASSERT_EQ(0, launch_op(&a));
	EXPECT_EQ(-ETIMEDOUT, join_op(&a));
	EXPECT_EQ(2, queued(port));
	/* Now the first in line. */
	at = in_ms(CLOCK_MONOTONIC, 300);
	EXPECT_EQ(1000, recv_code(port));
	EXPECT_EQ(0, join_op(&b));
	EXPECT_EQ(2, queued(port));
	ASSERT_EQ(0, wait_until_blocked(getpid(), c.tid, c.nr));
	EXPECT_EQ(1001, recv_code(port));
	EXPECT_EQ(0, join_op(&c));
	EXPECT_EQ(2, recv_code(port));
	EXPECT_EQ(3, recv_code(port));
	EXPECT_EQ(-EAGAIN, recv_code(port));
}

TEST_F(ns, first_writer_gives_up)
{
	struct __kernel_timespec at;
	struct op a = SEND_OP(.code = 1);
	struct op b = SEND_OP(.code = 2);
	int by_signal, port;

	catch_signal(SIGUSR1, 0);
	for (by_signal = 0; by_signal < 2; by_signal++) {
		port = full_port(1);
		ASSERT_LT(0, port);
		a.port = port;
		b.port = port;
		at = in_ms(CLOCK_MONOTONIC, by_signal ? 3600 * 1000 : 200);
		a.deadline = &at;
		ASSERT_EQ(0, start_op(&a));
		ASSERT_EQ(0, start_op(&b));
		if (by_signal)
			pthread_kill(a.thread, SIGUSR1);
		EXPECT_EQ(by_signal ? -EINTR : -ETIMEDOUT, join_op(&a));
		/* That makes no room: the next one still waits. */
		ASSERT_EQ(0, wait_until_blocked(getpid(), b.tid, b.nr));
		EXPECT_EQ(1, queued(port));
		EXPECT_EQ(1000, recv_code(port));
		EXPECT_EQ(0, join_op(&b));
		EXPECT_EQ(1, queued(port));
		EXPECT_EQ(2, recv_code(port));
		EXPECT_EQ(-EAGAIN, recv_code(port));
		EXPECT_EQ(0, send_code(port, 5));
	}
}

TEST_F(ns, readers_in_order)
{
	struct op op[8];
	int port, i;

	port = new_port(1);
	ASSERT_LT(0, port);
	for (i = 0; i < 8; i++) {
		op[i] = (struct op)RECV_OP(.port = port);
		ASSERT_EQ(0, start_op(&op[i]));
	}
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, nexus_port_send(port, i, NULL, 0, 0, NULL));
		EXPECT_EQ(0, join_op(&op[i]));
		EXPECT_EQ(i, op[i].info.code);
	}
	EXPECT_EQ(8, total(port));
}

TEST_F(ns, peeker_then_reader)
{
	struct op op[4];
	int port, i;

	port = new_port(4);
	ASSERT_LT(0, port);
	for (i = 0; i < 4; i++) {
		op[i] = (struct op)RECV_OP(.port = port,
					   .flags = i % 2 ? 0 : PEEK);
		ASSERT_EQ(0, start_op(&op[i]));
	}
	/* Each message serves a peeker and the reader behind it. */
	for (i = 0; i < 4; i += 2) {
		ASSERT_EQ(0, nexus_port_send(port, i, "xy", 2, 0, NULL));
		EXPECT_EQ(2, join_op(&op[i]));
		EXPECT_EQ(i, op[i].info.code);
		EXPECT_EQ(0, join_op(&op[i + 1]));
		EXPECT_EQ(i, op[i + 1].info.code);
		EXPECT_EQ(2, op[i + 1].info.size);
		EXPECT_EQ(0, queued(port));
		if (!i) {
			ASSERT_EQ(0, wait_until_blocked(getpid(), op[2].tid,
							op[2].nr));
			ASSERT_EQ(0, wait_until_blocked(getpid(), op[3].tid,
							op[3].nr));
		}
	}
	EXPECT_EQ(2, total(port));
}

TEST_F(ns, reader_then_peekers)
{
	struct op reader = RECV_OP();
	struct op op[3];
	int port, i;

	port = new_port(4);
	ASSERT_LT(0, port);
	reader.port = port;
	ASSERT_EQ(0, start_op(&reader));
	for (i = 0; i < 3; i++) {
		op[i] = (struct op)RECV_OP(.port = port, .flags = PEEK);
		ASSERT_EQ(0, start_op(&op[i]));
	}
	/* The message is gone before it is the peekers' turn. */
	ASSERT_EQ(0, send_code(port, 1));
	EXPECT_EQ(0, join_op(&reader));
	EXPECT_EQ(1, reader.info.code);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, wait_until_blocked(getpid(), op[i].tid,
						op[i].nr));
	/* And this one they all see. */
	ASSERT_EQ(0, send_code(port, 2));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, join_op(&op[i]));
		EXPECT_EQ(2, op[i].info.code);
	}
	EXPECT_EQ(1, queued(port));
	EXPECT_EQ(2, recv_code(port));
}

TEST_F(ns, signal_without_restart)
{
	struct op op;
	int kind;

	catch_signal(SIGUSR1, 0);
	for (kind = 0; kind < KINDS; kind++) {
		handled = 0;
		make_op(_metadata, &op, kind);
		ASSERT_EQ(0, start_op(&op));
		pthread_kill(op.thread, SIGUSR1);
		EXPECT_EQ(-EINTR, join_op(&op));
		EXPECT_EQ(1, handled);
		untouched(_metadata, &op, kind);
	}
}

TEST_F(ns, signal_with_restart)
{
	struct op op;
	int kind, i;

	catch_signal(SIGUSR1, SA_RESTART);
	for (kind = 0; kind < KINDS; kind++) {
		handled = 0;
		make_op(_metadata, &op, kind);
		ASSERT_EQ(0, start_op(&op));
		for (i = 1; i <= 10; i++) {
			pthread_kill(op.thread, SIGUSR1);
			ASSERT_TRUE(poll_until(handled == i));
			ASSERT_EQ(0, wait_until_blocked(getpid(), op.tid,
							op.nr));
		}
		untouched(_metadata, &op, kind);
		satisfy(_metadata, &op, kind);
	}
}

TEST_F(ns, restart_keeps_the_deadline)
{
	struct __kernel_timespec at;
	struct op op;
	int kind;

	catch_signal(SIGUSR1, SA_RESTART);
	for (kind = 0; kind < KINDS; kind++) {
		handled = 0;
		make_op(_metadata, &op, kind);
		at = in_ms(CLOCK_MONOTONIC, 250);
		op.deadline = &at;
		ASSERT_EQ(0, launch_op(&op));
		/* Far more often than the timeout: afresh it never ends. */
		ASSERT_TRUE(poll_until(op_done(&op) ||
				       pthread_kill(op.thread, SIGUSR1)));
		EXPECT_EQ(-ETIMEDOUT, join_op(&op));
		EXPECT_LT(3, handled);
		EXPECT_LE(at.tv_sec * 1000000000LL + at.tv_nsec,
			  now_ns(CLOCK_MONOTONIC));
		untouched(_metadata, &op, kind);
	}
}

TEST_F(ns, signals_that_do_not_matter)
{
	sigset_t set;
	struct op op;
	int kind;

	/* Blocked, ignored, and without an action by default. */
	catch_signal(SIGUSR1, 0);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (kind = 0; kind < KINDS; kind++) {
		make_op(_metadata, &op, kind);
		ASSERT_EQ(0, start_op(&op));
		pthread_kill(op.thread, SIGUSR1);
		pthread_kill(op.thread, SIGUSR2);
		pthread_kill(op.thread, SIGWINCH);
		pthread_kill(op.thread, SIGCONT);
		ASSERT_EQ(0, wait_until_blocked(getpid(), op.tid, op.nr));
		EXPECT_FALSE(op_done(&op));
		satisfy(_metadata, &op, kind);
	}
	EXPECT_EQ(0, handled);
}

TEST_F(ns, stop_and_continue)
{
	struct op *op = shared(sizeof(*op));
	pid_t pid;
	int i;

	ASSERT_NE(NULL, op);
	*op = (struct op)RECV_OP(.port = new_port(1));
	ASSERT_LT(0, op->port);
	pid = start_op_process(op);
	ASSERT_LT(0, pid);
	for (i = 0; i < 5; i++) {
		kill(pid, SIGSTOP);
		ASSERT_TRUE(poll_until(task_state(pid, pid) == 'T'));
		EXPECT_FALSE(op_done(op));
		kill(pid, SIGCONT);
		ASSERT_EQ(0, wait_until_blocked(pid, pid, op->nr));
	}
	kill(pid, SIGSTOP);
	ASSERT_TRUE(poll_until(task_state(pid, pid) == 'T'));
	/* A message for one who is stopped is not for nobody. */
	ASSERT_EQ(0, send_code(op->port, 5));
	kill(pid, SIGCONT);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(0, op->ret);
	EXPECT_EQ(5, op->info.code);
}

TEST_F(ns, gone_beats_timeout)
{
	struct __kernel_timespec *at = shared(sizeof(*at));
	struct op *op = shared(sizeof(*op));
	pid_t pid;
	int i;

	/* Both happen while the waiter cannot run; 1: delete, 2: send. */
	ASSERT_NE(NULL, at);
	ASSERT_NE(NULL, op);
	for (i = 0; i < 4; i++) {
		*op = (struct op)RECV_OP(.deadline = at);
		if (i & 2)
			op->nr = __NR_nexus_port_send;
		op->port = i & 2 ? full_port(1) : new_port(1);
		ASSERT_LT(0, op->port);
		*at = in_ms(CLOCK_MONOTONIC, 1500);
		pid = start_op_process(op);
		ASSERT_LT(0, pid);
		kill(pid, SIGSTOP);
		ASSERT_TRUE(poll_until(task_state(pid, pid) == 'T'));
		ASSERT_EQ(0, i & 1 ? delete_port(op->port) :
				     nexus_port_close(op->port, 0));
		ASSERT_TRUE(poll_until(now_ns(CLOCK_MONOTONIC) >
				       at->tv_sec * 1000000000LL +
				       at->tv_nsec));
		kill(pid, SIGCONT);
		ASSERT_EQ(0, reap(pid));
		EXPECT_EQ(i & 1 ? -EIDRM : -ESHUTDOWN, op->ret);
	}
}

TEST_F(ns, close_and_delete_wake_all)
{
	struct op op[6];
	int del, kind, i;

	for (del = 0; del < 2; del++) {
		for (kind = 0; kind < KINDS; kind++) {
			make_op(_metadata, &op[0], kind);
			for (i = 0; i < 6; i++) {
				op[i] = op[0];
				if (i & 1)
					op[i].deadline = &far;
				ASSERT_EQ(0, start_op(&op[i]));
			}
			ASSERT_EQ(0, del ? delete_port(op[0].port) :
					   nexus_port_close(op[0].port, 0));
			for (i = 0; i < 6; i++)
				EXPECT_EQ(del ? -EIDRM : -ESHUTDOWN,
					  join_op(&op[i]));
			if (del)
				continue;
			/* No waiting message got in, those inside stay. */
			if (kind == SENDER) {
				EXPECT_EQ(1000, recv_code(op[0].port));
				EXPECT_EQ(1001, recv_code(op[0].port));
			}
			EXPECT_EQ(-ESHUTDOWN, recv_code(op[0].port));
		}
	}
}

/* A receiver whose memory is bad finds out when the message comes. */
TEST_F(ns, faulting_receiver_waits)
{
	struct bad *bad = make_bad(2);
	struct op good = RECV_OP();
	struct op op;
	int port, i;

	ASSERT_NE(NULL, bad);
	for (i = 0; i < BAD_COUNT; i++) {
		port = new_port(1);
		ASSERT_LT(0, port);
		op = (struct op)RECV_OP(.port = port, .buf = bad[i].addr,
					.size = 100);
		ASSERT_EQ(0, start_op(&op));
		ASSERT_EQ(0, nexus_port_send(port, i, "data", 4, 0, NULL));
		EXPECT_EQ(-EFAULT, join_op(&op));
		EXPECT_EQ(1, queued(port));
		EXPECT_EQ(0, total(port));
		EXPECT_EQ(-EAGAIN, send_code(port, 99));
		EXPECT_EQ(i, recv_code(port));

		/* Behind it is one that can: the message passes on. */
		good.port = port;
		ASSERT_EQ(0, start_op(&op));
		ASSERT_EQ(0, start_op(&good));
		ASSERT_EQ(0, nexus_port_send(port, 50 + i, "data", 4, 0,
					     NULL));
		EXPECT_EQ(-EFAULT, join_op(&op));
		EXPECT_EQ(0, join_op(&good));
		EXPECT_EQ(50 + i, good.info.code);
		EXPECT_EQ(0, queued(port));
		EXPECT_EQ(2, total(port));
		ASSERT_EQ(0, delete_port(port));
	}
}

struct fault_loop {
	int port;
	int stop;
	void *bad;
};

static void *fault_loop(void *arg)
{
	struct fault_loop *loop = arg;
	char buf[8];

	/* Alternately the buffer and the description. */
	while (!__atomic_load_n(&loop->stop, __ATOMIC_ACQUIRE)) {
		nexus_port_recv(loop->port, loop->bad, 8, NULL, 0, NULL);
		nexus_port_recv(loop->port, buf, 8, loop->bad, 0, NULL);
	}
	return NULL;
}

TEST_F_TIMEOUT(ns, faulting_receivers_lose_nothing, 60)
{
	enum { ROUNDS = 2000, CAPACITY = 2 };
	struct bad *bad = make_bad(2);
	struct fault_loop loop = {};
	int sent = 0, received = 0;
	pthread_t thread[2];
	int code[CAPACITY];
	long ret;
	int i, n;

	ASSERT_NE(NULL, bad);
	loop.bad = bad[BAD_NONE].addr;
	loop.port = new_port(CAPACITY);
	ASSERT_LT(0, loop.port);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, fault_loop,
					    &loop));
	while (received < ROUNDS) {
		while (sent - received < CAPACITY) {
			ret = nexus_port_send(loop.port, sent, "12345678", 8,
					      NOWAIT, NULL);
			ASSERT_EQ(0, ret);
			sent++;
		}
		/* In whose hands ever a message is, its slot is taken. */
		ASSERT_EQ(-EAGAIN, nexus_port_send(loop.port, -1, "x", 1,
						   NOWAIT, NULL));
		ASSERT_GE(CAPACITY, queued(loop.port));
		for (n = 0; n < CAPACITY; n++) {
			/*
			 * Waiting in line: who only looks in from time to
			 * time always finds both in the others' hands.
			 */
			ret = nexus_port_recv(loop.port, NULL, 0, &code[n],
					      NEXUS_PORT_CODE, NULL);
			ASSERT_EQ(0, ret);
		}
		/* Two that both went back may have changed places. */
		ASSERT_EQ(2 * received + 1, code[0] + code[1]);
		received += CAPACITY;
	}
	__atomic_store_n(&loop.stop, 1, __ATOMIC_RELEASE);
	ASSERT_EQ(0, delete_port(loop.port));
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

TEST_F_TIMEOUT(ns, killed_reader_loses_nothing, 60)
{
	struct op *op = shared(sizeof(*op));
	char *buf = shared(4096);
	int i, here, there;
	int taken = 0;
	pid_t pid;

	ASSERT_NE(NULL, op);
	ASSERT_NE(NULL, buf);
	for (i = 1; i <= 200; i++) {
		*op = (struct op)RECV_OP(.port = new_port(1), .buf = buf,
					 .size = 16);
		ASSERT_LT(0, op->port);
		pid = start_op_process(op);
		ASSERT_LT(0, pid);
		if (i & 1) {
			kill(pid, SIGKILL);
			ASSERT_EQ(0, send_code(op->port, i));
		} else {
			ASSERT_EQ(0, send_code(op->port, i));
			kill(pid, SIGKILL);
		}
		reap(pid);
		/* Either the message is still here or it got all of it. */
		here = queued(op->port);
		there = op->info.code == i;
		ASSERT_EQ(1, here + there);
		/* One who was dead before gets nothing. */
		if (i & 1)
			ASSERT_EQ(1, here);
		ASSERT_EQ(there, total(op->port));
		taken += there;
		ASSERT_EQ(0, delete_port(op->port));
	}
	TH_LOG("%d of %d died too late", taken, 200);
}

TEST_F_TIMEOUT(ns, signal_against_message, 60)
{
	struct op op;
	int i, interrupted = 0;

	/* Whichever wins, the message is in one place. */
	catch_signal(SIGUSR1, 0);
	for (i = 1; i <= 300; i++) {
		op = (struct op)RECV_OP(.port = new_port(1));
		ASSERT_LT(0, op.port);
		ASSERT_EQ(0, start_op(&op));
		if (i & 1)
			pthread_kill(op.thread, SIGUSR1);
		ASSERT_EQ(0, send_code(op.port, i));
		if (!(i & 1))
			pthread_kill(op.thread, SIGUSR1);
		switch (join_op(&op)) {
		case 0:
			ASSERT_EQ(i, op.info.code);
			ASSERT_EQ(-EAGAIN, recv_code(op.port));
			/* Handed over before the signal: that must win. */
			break;
		case -EINTR:
			ASSERT_EQ(1, i & 1);
			ASSERT_EQ(i, recv_code(op.port));
			interrupted++;
			break;
		default:
			ASSERT_EQ(0, op.ret);
		}
		ASSERT_EQ(0, delete_port(op.port));
	}
	TH_LOG("the signal won %d times", interrupted);
}

static int ops_done(struct op *op, int n)
{
	int done = 0;

	while (n--)
		done += op_done(op++);
	return done;
}

TEST_F_TIMEOUT(ns, many_writers_one_slot, 60)
{
	enum { WRITERS = 100 };
	struct __kernel_timespec at;
	static struct op op[WRITERS];
	static int seen[WRITERS];
	int port, i, left, got = 0, late = 0;
	int64_t end;
	long ret;

	port = full_port(1);
	ASSERT_LT(0, port);
	at = in_ms(CLOCK_MONOTONIC, 500);
	end = now_ns(CLOCK_MONOTONIC) + 2 * PATIENCE_MS * MS;
	for (i = 0; i < WRITERS; i++) {
		op[i] = (struct op)SEND_OP(.port = port, .code = i);
		if (i % 3 == 0)
			op[i].deadline = &at;
		ASSERT_EQ(0, launch_op(&op[i]));
	}
	EXPECT_EQ(1000, recv_code(port));
	/* A slow reader, so that the deadline passes in between. */
	for (left = WRITERS; left;) {
		ASSERT_GE(1, queued(port));
		left = WRITERS - ops_done(op, WRITERS);
		ret = recv_code(port);
		if (ret == -EAGAIN) {
			ASSERT_GT(end, now_ns(CLOCK_MONOTONIC))
				TH_LOG("%d writers wait for ever", left);
			nap();
			continue;
		}
		ASSERT_LE(0, ret);
		ASSERT_GT(WRITERS, ret);
		seen[ret]++;
		/*
		 * More than 21 have a deadline: wait until there are writers
		 * that ended without a message, received or in the queue.
		 */
		if (++got == 20)
			ASSERT_TRUE(poll_until(ops_done(op, WRITERS) > got + 1));
	}
	/* Nobody is left, but perhaps the last message. */
	ret = recv_code(port);
	if (ret >= 0) {
		seen[ret]++;
		got++;
	}
	EXPECT_EQ(-EAGAIN, recv_code(port));
	for (i = 0; i < WRITERS; i++) {
		ret = join_op(&op[i]);
		if (i % 3 == 0 && ret == -ETIMEDOUT)
			late++;
		else
			EXPECT_EQ(0, ret);
		EXPECT_EQ(!ret, seen[i]);
	}
	EXPECT_EQ(WRITERS - late, got);
	EXPECT_LT(0, late);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * What ports do for one task that makes no mistake: names, messages of every
 * size, states, information, iteration.
 */
#include "ns.h"

#define GUARD	0xa5

static char big[MSG_MAX + 64];
static char back[MSG_MAX + 64];

TEST_F(ns, new_port_info)
{
	struct nexus_port_info info;
	int port;

	port = port_args("fresh", 7, 0, 0);
	ASSERT_LT(0, port);
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(port, info.id);
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(7, info.capacity);
	EXPECT_EQ(0, info.queued);
	EXPECT_EQ(0, info.total);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(geteuid(), info.uid);
	EXPECT_EQ(getegid(), info.gid);
	EXPECT_EQ(geteuid(), info.creator_uid);
	EXPECT_EQ(0600, info.mode);
	EXPECT_EQ(0, info.queued_bytes);
	EXPECT_STREQ("fresh", info.name);
	EXPECT_TRUE(all_bytes(info.name + 5, sizeof(info.name) - 5, 0));
}

TEST_F(ns, capacity)
{
	struct nexus_port_info info;
	int port;

	EXPECT_EQ(-EINVAL, new_port(0));
	EXPECT_EQ(-EINVAL, new_port(NEXUS_PORT_CAPACITY_MAX + 1));
	EXPECT_EQ(-EINVAL, new_port(INT_MAX));
	EXPECT_EQ(-EINVAL, new_port(UINT_MAX));
	EXPECT_EQ(0, ports());

	port = new_port(1);
	ASSERT_LT(0, port);
	EXPECT_EQ(0, send_code(port, 1));
	EXPECT_EQ(-EAGAIN, send_code(port, 2));

	port = new_port(NEXUS_PORT_CAPACITY_MAX);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(NEXUS_PORT_CAPACITY_MAX, info.capacity);
}

TEST_F(ns, fills_to_capacity_in_order)
{
	int port, i;

	port = new_port(NEXUS_PORT_CAPACITY_MAX);
	ASSERT_LT(0, port);
	for (i = 0; i < NEXUS_PORT_CAPACITY_MAX; i++)
		ASSERT_EQ(0, send_code(port, i));
	EXPECT_EQ(-EAGAIN, send_code(port, i));
	EXPECT_EQ(NEXUS_PORT_CAPACITY_MAX, queued(port));
	for (i = 0; i < NEXUS_PORT_CAPACITY_MAX; i++)
		ASSERT_EQ(i, recv_code(port));
	EXPECT_EQ(-EAGAIN, recv_code(port));
	EXPECT_EQ(0, queued(port));
	EXPECT_EQ(NEXUS_PORT_CAPACITY_MAX, total(port));
}

TEST_F(ns, names)
{
	static const struct {
		const char *given;
		const char *stored;
	} names[] = {
		{ "", "" },
		{ "x", "x" },
		{ "with spaces, \t and \xff\x01 bytes",
		  "with spaces, \t and \xff\x01 bytes" },
		{ "123456789012345678901234567890",
		  "123456789012345678901234567890" },
		{ "1234567890123456789012345678901",
		  "1234567890123456789012345678901" },
		{ "1234567890123456789012345678abcd",
		  "1234567890123456789012345678abc" },
		{ "forty bytes long, which is nine too many",
		  "forty bytes long, which is nine" },
	};
	struct nexus_port_info info;
	size_t i;
	int port;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-ENOENT, nexus_find(PORT, names[i].given, 0));
		port = port_args(names[i].given, 1, 0, 0);
		ASSERT_LT(0, port);
		memset(&info, 0xff, sizeof(info));
		ASSERT_EQ(0, port_info(port, &info));
		EXPECT_STREQ(names[i].stored, info.name);
		EXPECT_TRUE(all_bytes(info.name + strlen(names[i].stored),
				      sizeof(info.name) -
				      strlen(names[i].stored), 0));
		/* The name to look for is cut as the given one was. */
		EXPECT_EQ(port, nexus_find(PORT, names[i].given, 0));
		EXPECT_EQ(port, nexus_find(PORT, names[i].stored, 0));
		EXPECT_EQ(0, delete_port(port));
		EXPECT_EQ(-ENOENT, nexus_find(PORT, names[i].given, 0));
	}
}

TEST_F(ns, names_differ_in_one_byte)
{
	int a, b;

	a = port_args("name", 1, 0, 0);
	b = port_args("namf", 1, 0, 0);
	ASSERT_LT(0, a);
	ASSERT_LT(0, b);
	EXPECT_EQ(a, nexus_find(PORT, "name", 0));
	EXPECT_EQ(b, nexus_find(PORT, "namf", 0));
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "nam", 0));
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "name ", 0));
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "Name", 0));
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "", 0));
}

TEST_F(ns, no_name)
{
	struct nexus_port_info info;
	int port;

	port = port_args(NULL, 1, 0, 0);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_STREQ("unnamed port", info.name);
	EXPECT_EQ(port, nexus_find(PORT, "unnamed port", 0));
}

TEST_F(ns, name_ends_with_the_mapping)
{
	struct nexus_port_info info;
	struct bad *bad;
	int port, size;
	char *name;

	bad = make_bad(0);
	ASSERT_NE(NULL, bad);
	/* Now bad[BAD_HALF] is where a mapping ends. */
	for (size = 1; size <= NEXUS_NAME_LEN; size++) {
		name = (char *)bad[BAD_HALF].addr - size;
		memset(name, 'a' + size % 26, size - 1);
		name[size - 1] = 0;
		port = port_args(name, 1, 0, 0);
		ASSERT_LT(0, port)
			TH_LOG("size %d: %d", size, port);
		EXPECT_EQ(port, nexus_find(PORT, name, 0));
		ASSERT_EQ(0, port_info(port, &info));
		EXPECT_STREQ(name, info.name);
		EXPECT_EQ(0, delete_port(port));

		/* Without its end: that matters only before the cut. */
		name[size - 1] = 'z';
		if (size < NEXUS_NAME_LEN - 1) {
			EXPECT_EQ(-EFAULT, port_args(name, 1, 0, 0));
			EXPECT_EQ(-EFAULT, nexus_find(PORT, name, 0));
			continue;
		}
		port = port_args(name, 1, 0, 0);
		ASSERT_LT(0, port);
		EXPECT_EQ(port, nexus_find(PORT, name, 0));
		EXPECT_EQ(0, delete_port(port));
	}
	EXPECT_EQ(0, ports());
}

TEST_F(ns, same_name)
{
	int port[5], found, i, left;

	for (i = 0; i < 5; i++) {
		port[i] = port_args("twin", 1, 0, 0);
		ASSERT_LT(0, port[i]);
	}
	/* Whichever is found is alive, until there is none. */
	for (left = 5; left; left--) {
		found = nexus_find(PORT, "twin", 0);
		for (i = 0; i < 5; i++)
			if (port[i] == found)
				break;
		ASSERT_LT(i, 5)
			TH_LOG("%d left, found %d", left, found);
		port[i] = 0;
		ASSERT_EQ(0, delete_port(found));
	}
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "twin", 0));
}

TEST_F(ns, code_and_sender)
{
	static const int codes[] = { 0, 1, -1, INT_MIN, INT_MAX, -4095, -512 };
	struct nexus_msg_info info;
	int port;
	size_t i;

	port = new_port(ARRAY_SIZE(codes));
	ASSERT_LT(0, port);
	for (i = 0; i < ARRAY_SIZE(codes); i++)
		ASSERT_EQ(0, nexus_port_send(port, codes[i], "data", i % 5, 0,
					     NULL));
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		memset(&info, 0xff, sizeof(info));
		ASSERT_EQ(i % 5, nexus_port_recv(port, back, sizeof(back),
						 &info, 0, NULL));
		EXPECT_EQ(codes[i], info.code);
		EXPECT_EQ(i % 5, info.size);
		EXPECT_EQ(geteuid(), info.uid);
		EXPECT_EQ(getegid(), info.gid);
		EXPECT_EQ(getpid(), info.team);
		EXPECT_EQ(own_tid(), info.thread);
		EXPECT_TRUE(all_bytes(info.__reserved,
				      sizeof(info.__reserved), 0));
	}
}

TEST_F(ns, sender_is_a_thread)
{
	struct op op = SEND_OP(.code = 1);
	struct nexus_msg_info info;

	op.port = new_port(1);
	ASSERT_LT(0, op.port);
	ASSERT_EQ(0, launch_op(&op));
	ASSERT_EQ(0, join_op(&op));
	ASSERT_EQ(0, nexus_port_recv(op.port, NULL, 0, &info, NOWAIT, NULL));
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(op.tid, info.thread);
	EXPECT_NE(getpid(), info.thread);
}

TEST_F(ns, sender_is_gone)
{
	struct nexus_msg_info info;
	struct op *op = shared(sizeof(*op));
	pid_t pid;

	ASSERT_NE(NULL, op);
	*op = (struct op)SEND_OP(.port = new_port(1), .code = 2);
	ASSERT_LT(0, op->port);
	pid = spawn(op_process, op);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	ASSERT_EQ(0, op->ret);
	ASSERT_EQ(0, nexus_port_recv(op->port, NULL, 0, &info, NOWAIT, NULL));
	EXPECT_EQ(2, info.code);
	EXPECT_EQ(pid, info.team);
	EXPECT_EQ(pid, info.thread);
}

static void size_passes(struct __test_metadata *_metadata, int port,
			size_t size)
{
	struct nexus_msg_info info;

	fill(big, size, size);
	memset(back, GUARD, size + 64);
	ASSERT_EQ(0, nexus_port_send(port, 1, big, size, NOWAIT, NULL))
		TH_LOG("size %zu", size);
	ASSERT_EQ(size, nexus_port_recv(port, NULL, 0, NULL, NOWAIT | PEEK,
					NULL));
	ASSERT_EQ(size, nexus_port_recv(port, back + 32, size + 32, &info,
					NOWAIT, NULL))
		TH_LOG("size %zu", size);
	ASSERT_EQ(size, info.size);
	ASSERT_TRUE(filled(back + 32, size, size))
		TH_LOG("size %zu: wrong data", size);
	/* Neither before nor after the data has the buffer changed. */
	ASSERT_TRUE(all_bytes(back, 32, GUARD));
	ASSERT_TRUE(all_bytes(back + 32 + size, 32, GUARD))
		TH_LOG("size %zu: wrote past the data", size);
}

TEST_F_TIMEOUT(ns, sizes, 120)
{
	static const int at[] = {
		0, 1024, 2048, 4096, 8192, 12288, 16384, 32768, 65536, 131072,
		MSG_MAX
	};
	int port, d;
	size_t i;

	port = new_port(1);
	ASSERT_LT(0, port);
	/* Where a header and the data fill a page or two is not said. */
	for (i = 0; i < ARRAY_SIZE(at); i++)
		for (d = -130; d <= 130; d += (d >= -2 && d < 2) ? 1 : 8)
			if (at[i] + d >= 0 && at[i] + d <= MSG_MAX)
				size_passes(_metadata, port, at[i] + d);
	size_passes(_metadata, port, 4095);
	size_passes(_metadata, port, 4097);
	size_passes(_metadata, port, MSG_MAX - 1);
	size_passes(_metadata, port, MSG_MAX);
	EXPECT_EQ(-EMSGSIZE, nexus_port_send(port, 1, big, MSG_MAX + 1, NOWAIT,
					     NULL));
	EXPECT_EQ(-EMSGSIZE, nexus_port_send(port, 1, big, SIZE_MAX, NOWAIT,
					     NULL));
	EXPECT_EQ(0, queued(port));
	EXPECT_EQ(0, system_info().queued_bytes);
}

TEST_F_TIMEOUT(ns, truncation, 60)
{
	static const size_t sizes[] = { 100, 4096, 5000, 70000, MSG_MAX };
	struct nexus_msg_info info;
	size_t i, cut;
	int port;

	port = new_port(2);
	ASSERT_LT(0, port);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		fill(big, sizes[i], i);
		for (cut = 0; cut < sizes[i]; cut = cut * 3 + 10) {
			ASSERT_EQ(0, nexus_port_send(port, 1, big, sizes[i],
						     0, NULL));
			ASSERT_EQ(0, nexus_port_send(port, 2, "next", 4, 0,
						     NULL));
			memset(back, GUARD, cut + 32);
			/* No error, and the rest is gone. */
			ASSERT_EQ(cut, nexus_port_recv(port, back, cut, &info,
						       NOWAIT, NULL));
			EXPECT_EQ(1, info.code);
			EXPECT_EQ(sizes[i], info.size);
			EXPECT_TRUE(filled(back, cut, i));
			EXPECT_TRUE(all_bytes(back + cut, 32, GUARD));
			ASSERT_EQ(4, nexus_port_recv(port, back, 10, &info,
						     NOWAIT, NULL));
			EXPECT_EQ(2, info.code);
			EXPECT_EQ(0, memcmp(back, "next", 4));
		}
	}
}

TEST_F(ns, receive_without_info_or_buffer)
{
	int port;

	port = new_port(3);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, nexus_port_send(port, 1, "abc", 3, 0, NULL));
	ASSERT_EQ(0, nexus_port_send(port, 2, "def", 3, 0, NULL));
	ASSERT_EQ(0, nexus_port_send(port, 3, NULL, 0, 0, NULL));
	EXPECT_EQ(3, nexus_port_recv(port, back, 16, NULL, 0, NULL));
	EXPECT_EQ(0, memcmp(back, "abc", 3));
	EXPECT_EQ(0, nexus_port_recv(port, NULL, 0, NULL, 0, NULL));
	EXPECT_EQ(0, nexus_port_recv(port, back, 16, NULL, 0, NULL));
	EXPECT_EQ(3, total(port));
}

TEST_F(ns, receive_only_the_code)
{
	static const int codes[] = { 0, -1, INT_MIN, INT_MAX };
	const int flags = NEXUS_PORT_CODE | NOWAIT;
	int port, code[3];
	size_t i;

	port = new_port(ARRAY_SIZE(codes));
	ASSERT_LT(0, port);
	for (i = 0; i < ARRAY_SIZE(codes); i++)
		ASSERT_EQ(0, nexus_port_send(port, codes[i], "data", 4, 0,
					     NULL));
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		memset(code, GUARD, sizeof(code));
		EXPECT_EQ(4, nexus_port_recv(port, NULL, 0, &code[1],
					     flags | PEEK, NULL));
		EXPECT_EQ(codes[i], code[1]);
		code[1] = 5;
		EXPECT_EQ(2, nexus_port_recv(port, back, 2, &code[1], flags,
					     NULL));
		EXPECT_EQ(codes[i], code[1]);
		EXPECT_EQ(0, memcmp(back, "da", 2));
		/* Nothing else is written. */
		EXPECT_TRUE(all_bytes(&code[0], sizeof(int), GUARD));
		EXPECT_TRUE(all_bytes(&code[2], sizeof(int), GUARD));
	}
	/* Nobody wants it. */
	ASSERT_EQ(0, nexus_port_send(port, 1, "data", 4, 0, NULL));
	EXPECT_EQ(4, nexus_port_recv(port, back, 8, NULL, flags, NULL));
	EXPECT_EQ(-EAGAIN, nexus_port_recv(port, back, 8, code, flags, NULL));
}

TEST_F(ns, peek)
{
	struct nexus_msg_info info;
	int port, i;

	port = new_port(4);
	ASSERT_LT(0, port);
	EXPECT_EQ(-EAGAIN, nexus_port_recv(port, NULL, 0, &info,
					   NOWAIT | PEEK, NULL));
	ASSERT_EQ(0, nexus_port_send(port, -7, big, 5000, 0, NULL));
	ASSERT_EQ(0, nexus_port_send(port, 8, NULL, 0, 0, NULL));
	for (i = 0; i < 3; i++) {
		memset(&info, 0xff, sizeof(info));
		ASSERT_EQ(5000, nexus_port_recv(port, NULL, 0, &info,
						NOWAIT | PEEK, NULL));
		EXPECT_EQ(-7, info.code);
		EXPECT_EQ(5000, info.size);
		EXPECT_EQ(geteuid(), info.uid);
		EXPECT_EQ(getegid(), info.gid);
		EXPECT_EQ(getpid(), info.team);
		EXPECT_EQ(own_tid(), info.thread);
		EXPECT_TRUE(all_bytes(info.__reserved,
				      sizeof(info.__reserved), 0));
		EXPECT_EQ(5000, nexus_port_recv(port, NULL, 0, NULL, PEEK,
						NULL));
		EXPECT_EQ(2, queued(port));
		EXPECT_EQ(0, total(port));
	}
	EXPECT_EQ(-7, recv_code(port));
	/* A message without data is there all the same. */
	EXPECT_EQ(0, nexus_port_recv(port, NULL, 0, &info, NOWAIT | PEEK,
				     NULL));
	EXPECT_EQ(8, info.code);
	EXPECT_EQ(1, queued(port));
	EXPECT_EQ(8, recv_code(port));
	EXPECT_EQ(-EAGAIN, nexus_port_recv(port, NULL, 0, NULL,
					   NOWAIT | PEEK, NULL));
	EXPECT_EQ(2, total(port));
}

TEST_F(ns, counts_and_bytes)
{
	struct nexus_port_info info;
	__u64 before;
	int port;

	port = new_port(8);
	ASSERT_LT(0, port);
	before = system_info().queued_bytes;
	EXPECT_EQ(0, before);
	ASSERT_EQ(0, nexus_port_send(port, 0, big, 10, 0, NULL));
	ASSERT_EQ(0, nexus_port_send(port, 0, big, 20000, 0, NULL));
	ASSERT_EQ(0, nexus_port_send(port, 0, NULL, 0, 0, NULL));
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(3, info.queued);
	EXPECT_EQ(0, info.total);
	EXPECT_EQ(20010, info.queued_bytes);
	EXPECT_LE(20010, system_info().queued_bytes);
	/* About: data and a small header each. */
	EXPECT_GE(20010 + 3 * 256, system_info().queued_bytes);

	EXPECT_EQ(5, nexus_port_recv(port, back, 5, NULL, 0, NULL));
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(2, info.queued);
	EXPECT_EQ(1, info.total);
	EXPECT_EQ(20000, info.queued_bytes);
	ASSERT_EQ(0, nexus_port_close(port, 0));
	EXPECT_EQ(0, recv_code(port));
	EXPECT_EQ(0, recv_code(port));
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(0, info.queued);
	EXPECT_EQ(3, info.total);
	EXPECT_EQ(0, info.queued_bytes);
	EXPECT_EQ(0, system_info().queued_bytes);
}

TEST_F(ns, gather)
{
	struct iovec iov[5];
	int port;

	port = new_port(4);
	ASSERT_LT(0, port);
	fill(big, 10000, 3);
	iov[0] = (struct iovec){ big, 1 };
	iov[1] = (struct iovec){ NULL, 0 };
	iov[2] = (struct iovec){ big + 1, 4096 };
	iov[3] = (struct iovec){ big, 0 };
	iov[4] = (struct iovec){ big + 4097, 10000 - 4097 };
	ASSERT_EQ(0, nexus_port_send(port, 1, iov, 5, GATHER, NULL));
	ASSERT_EQ(10000, nexus_port_recv(port, back, sizeof(back), NULL,
					 NOWAIT, NULL));
	EXPECT_TRUE(filled(back, 10000, 3));

	/* No parts and parts without length make a message without data. */
	ASSERT_EQ(0, nexus_port_send(port, 2, iov, 0, GATHER, NULL));
	ASSERT_EQ(0, nexus_port_send(port, 3, NULL, 0, GATHER, NULL));
	ASSERT_EQ(0, nexus_port_send(port, 4, iov + 1, 1, GATHER, NULL));
	EXPECT_EQ(3, queued(port));
	EXPECT_EQ(2, recv_code(port));
	EXPECT_EQ(3, recv_code(port));
	EXPECT_EQ(0, nexus_port_recv(port, back, 16, NULL, NOWAIT, NULL));

	/* One part is what no gathering sends. */
	iov[0] = (struct iovec){ big, 77 };
	ASSERT_EQ(0, nexus_port_send(port, 5, iov, 1, GATHER | NOWAIT, NULL));
	EXPECT_EQ(77, nexus_port_recv(port, back, sizeof(back), NULL, 0,
				      NULL));
	EXPECT_TRUE(filled(back, 77, 3));
}

TEST_F(ns, gather_limits)
{
	static struct iovec iov[NEXUS_PORT_IOV_MAX + 1];
	int port, i;

	port = new_port(2);
	ASSERT_LT(0, port);
	fill(big, MSG_MAX, 4);
	for (i = 0; i < NEXUS_PORT_IOV_MAX; i++)
		iov[i] = (struct iovec){ big + i * 256, 256 };
	iov[NEXUS_PORT_IOV_MAX] = (struct iovec){ big, 0 };

	/* 1024 parts of 256 bytes are the largest message. */
	ASSERT_EQ(0, nexus_port_send(port, 1, iov, NEXUS_PORT_IOV_MAX, GATHER,
				     NULL));
	memset(back, GUARD, sizeof(back));
	ASSERT_EQ(MSG_MAX, nexus_port_recv(port, back, sizeof(back), NULL, 0,
					   NULL));
	EXPECT_TRUE(filled(back, MSG_MAX, 4));
	EXPECT_TRUE(all_bytes(back + MSG_MAX, 64, GUARD));

	EXPECT_EQ(-EINVAL, nexus_port_send(port, 1, iov,
					   NEXUS_PORT_IOV_MAX + 1, GATHER,
					   NULL));
	EXPECT_EQ(-EINVAL, nexus_port_send(port, 1, iov, SIZE_MAX, GATHER,
					   NULL));
	iov[500].iov_len++;
	EXPECT_EQ(-EMSGSIZE, nexus_port_send(port, 1, iov, NEXUS_PORT_IOV_MAX,
					     GATHER, NULL));
	iov[0] = (struct iovec){ big, MSG_MAX };
	iov[1] = (struct iovec){ big, 1 };
	EXPECT_EQ(-EMSGSIZE, nexus_port_send(port, 1, iov, 2, GATHER, NULL));
	/* Sums that are more than some counters hold. */
	for (i = 0; i < 4; i++)
		iov[i].iov_len = 1u << 30;
	EXPECT_EQ(-EMSGSIZE, nexus_port_send(port, 1, iov, 4, GATHER, NULL));
	for (i = 0; i < 4; i++)
		iov[i].iov_len = LONG_MAX;
	/* No memory is that long, but on 32 bits a part of it could be. */
	EXPECT_EQ(sizeof(long) == 8 ? -EFAULT : -EMSGSIZE,
		  nexus_port_send(port, 1, iov, 4, GATHER, NULL));
	EXPECT_EQ(0, queued(port));
	EXPECT_EQ(0, system_info().queued_bytes);
}

/* The table of states, one test for each kind of port. */
TEST_F(ns, state_open)
{
	struct nexus_port_info info;
	int port;

	port = port_args("state", 2, 0, 0);
	ASSERT_LT(0, port);
	EXPECT_EQ(-EAGAIN, recv_code(port));
	EXPECT_EQ(-EAGAIN, nexus_port_recv(port, NULL, 0, NULL,
					   NOWAIT | PEEK, NULL));
	EXPECT_EQ(0, queued(port));
	EXPECT_EQ(0, send_code(port, 1));
	EXPECT_EQ(0, send_code(port, 2));
	EXPECT_EQ(-EAGAIN, send_code(port, 3));
	EXPECT_EQ(2, queued(port));
	EXPECT_EQ(1, recv_code(port));
	EXPECT_EQ(0, nexus_next(PORT, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(port, info.id);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(port, nexus_find(PORT, "state", 0));
	EXPECT_EQ(0, nexus_set_owner(PORT, port, 0, 0));
	EXPECT_EQ(0, nexus_port_close(port, 0));
}

TEST_F(ns, state_closed)
{
	struct nexus_port_info info;
	int port;

	port = port_args("state", 3, 0, 0);
	ASSERT_LT(0, port);
	EXPECT_EQ(0, nexus_port_send(port, 1, "abc", 3, 0, NULL));
	EXPECT_EQ(0, nexus_port_send(port, 2, "d", 1, 0, NULL));
	EXPECT_EQ(0, nexus_port_close(port, 0));

	/* Messages are left. */
	EXPECT_EQ(-ESHUTDOWN, send_code(port, 3));
	EXPECT_EQ(-ESHUTDOWN, nexus_port_send(port, 3, NULL, 0, 0, NULL));
	EXPECT_EQ(2, queued(port));
	EXPECT_EQ(0, port_info(port, &info));
	EXPECT_EQ(NEXUS_PORT_CLOSED, info.flags);
	EXPECT_EQ(3, info.capacity);
	EXPECT_EQ(4, info.queued_bytes);
	EXPECT_EQ(-ENOENT, nexus_next(PORT, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(port, nexus_find(PORT, "state", 0));
	EXPECT_EQ(0, nexus_set_owner(PORT, port, 0, 0));
	EXPECT_EQ(0, nexus_port_close(port, 0));
	EXPECT_EQ(3, nexus_port_recv(port, NULL, 0, NULL, PEEK, NULL));
	EXPECT_EQ(3, nexus_port_recv(port, back, 16, NULL, 0, NULL));
	EXPECT_EQ(0, memcmp(back, "abc", 3));
	EXPECT_EQ(1, nexus_port_recv(port, NULL, 0, NULL, PEEK, NULL));
	EXPECT_EQ(2, recv_code(port));

	/* None is left: no waiting, whatever the flags. */
	EXPECT_EQ(-ESHUTDOWN, recv_code(port));
	EXPECT_EQ(-ESHUTDOWN, nexus_port_recv(port, back, 16, NULL, 0, NULL));
	EXPECT_EQ(-ESHUTDOWN, nexus_port_recv(port, NULL, 0, NULL, PEEK,
					      NULL));
	EXPECT_EQ(-ESHUTDOWN, send_code(port, 3));
	EXPECT_EQ(0, queued(port));
	EXPECT_EQ(2, total(port));
	EXPECT_EQ(0, port_info(port, &info));
	EXPECT_EQ(NEXUS_PORT_CLOSED, info.flags);
	EXPECT_EQ(-ENOENT, nexus_next(PORT, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(port, nexus_find(PORT, "state", 0));
	EXPECT_EQ(0, nexus_set_owner(PORT, port, 0, 0));
	EXPECT_EQ(0, nexus_port_close(port, 0));
	EXPECT_EQ(0, delete_port(port));
	EXPECT_EQ(-EIDRM, nexus_port_close(port, 0));
}

TEST_F(ns, state_deleted)
{
	struct nexus_port_info info;
	int port;

	port = port_args("state", 2, 0, 0);
	ASSERT_LT(0, port);
	EXPECT_EQ(0, nexus_port_send(port, 1, big, 8192, 0, NULL));
	EXPECT_EQ(1, ports());
	EXPECT_EQ(0, delete_port(port));
	EXPECT_EQ(0, ports());
	EXPECT_EQ(0, system_info().queued_bytes);

	EXPECT_EQ(-EIDRM, send_code(port, 1));
	EXPECT_EQ(-EIDRM, nexus_port_send(port, 1, NULL, 0, 0, NULL));
	EXPECT_EQ(-EIDRM, recv_code(port));
	EXPECT_EQ(-EIDRM, nexus_port_recv(port, NULL, 0, NULL, 0, NULL));
	EXPECT_EQ(-EIDRM, nexus_port_recv(port, NULL, 0, NULL, PEEK, NULL));
	EXPECT_EQ(-EIDRM, port_info(port, &info));
	EXPECT_EQ(-ENOENT, nexus_next(PORT, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "state", 0));
	EXPECT_EQ(-EIDRM, nexus_set_owner(PORT, port, 0, 0));
	EXPECT_EQ(-EIDRM, nexus_port_close(port, 0));
	EXPECT_EQ(-EIDRM, delete_port(port));
}

TEST_F(ns, next_in_id_order)
{
	enum { COUNT = 300 };
	struct nexus_port_info info;
	int port[COUNT], last, i;

	for (i = 0; i < COUNT; i++) {
		port[i] = new_port(1);
		ASSERT_LT(0, port[i]);
	}
	/* Holes, and closed ones, which are skipped. */
	for (i = 0; i < COUNT; i++) {
		if (i % 3 == 1)
			ASSERT_EQ(0, delete_port(port[i]));
		if (i % 3 == 2)
			ASSERT_EQ(0, nexus_port_close(port[i], 0));
	}
	last = 0;
	for (i = 0; i < COUNT / 3; i++) {
		memset(&info, 0xff, sizeof(info));
		ASSERT_EQ(0, nexus_next(PORT, i & 1 ? getpid() : 0, last,
					&info, sizeof(info), 0));
		ASSERT_LT(last, info.id);
		last = info.id;
		EXPECT_EQ(getpid(), info.team);
		EXPECT_STREQ("test port", info.name);
		EXPECT_EQ(1, info.capacity);
	}
	EXPECT_EQ(-ENOENT, nexus_next(PORT, 0, last, &info, sizeof(info), 0));
	EXPECT_EQ(-ENOENT, nexus_next(PORT, 0, INT_MAX, &info, sizeof(info),
				      0));
	/* The id to go on from need not exist. */
	ASSERT_EQ(0, nexus_next(PORT, 0, last - 1, &info, sizeof(info), 0));
	EXPECT_EQ(last, info.id);
	EXPECT_EQ(COUNT - COUNT / 3, ports());
}

static int churn_stop;

static void *churn(void *arg)
{
	long *made = arg;
	int port;

	while (!__atomic_load_n(&churn_stop, __ATOMIC_ACQUIRE)) {
		port = port_args("churn", 1, 0, 0);
		if (port < 0 || delete_port(port)) {
			*made = -1;
			break;
		}
		++*made;
	}
	return NULL;
}

TEST_F_TIMEOUT(ns, next_while_others_come_and_go, 60)
{
	enum { COUNT = 50, ROUNDS = 200 };
	struct nexus_port_info info;
	int port[COUNT], last, i, n;
	pthread_t thread;
	long made = 0;
	int64_t ret;

	for (i = 0; i < COUNT; i++) {
		port[i] = new_port(1);
		ASSERT_LT(0, port[i]);
	}
	ASSERT_EQ(0, pthread_create(&thread, NULL, churn, &made));
	ASSERT_TRUE(poll_until(__atomic_load_n(&made, __ATOMIC_RELAXED)));
	for (n = 0; n < ROUNDS; n++) {
		i = 0;
		for (last = 0;; last = info.id) {
			ret = nexus_next(PORT, 0, last, &info, sizeof(info),
					 0);
			if (ret == -ENOENT)
				break;
			ASSERT_EQ(0, ret);
			ASSERT_LT(last, info.id);
			/* Those that stay are all seen, once, in order. */
			if (!strcmp(info.name, "churn"))
				continue;
			ASSERT_LT(i, COUNT);
			ASSERT_EQ(port[i], info.id);
			i++;
		}
		ASSERT_EQ(COUNT, i);
	}
	__atomic_store_n(&churn_stop, 1, __ATOMIC_RELEASE);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_LT(0, made);
}

static int list_child(void *arg)
{
	struct nexus_port_info info;
	int *step = arg;
	int port;

	port = new_port(1);
	if (port < 0)
		return 1;
	announce(step, port);
	if (nexus_next(PORT, 0, 0, &info, sizeof(info), 0) || info.id != port)
		return 2;
	if (nexus_next(PORT, 0, port, &info, sizeof(info), 0) != -ENOENT)
		return 3;
	pause();
	return 0;
}

TEST_F(ns, next_of_another_team)
{
	int *step = shared(sizeof(*step));
	struct nexus_port_info info;
	pid_t pid;
	int port;

	ASSERT_NE(NULL, step);
	port = new_port(1);
	ASSERT_LT(0, port);
	pid = spawn(list_child, step);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(step, 1));
	ASSERT_EQ(0, nexus_next(PORT, pid, 0, &info, sizeof(info), 0));
	EXPECT_EQ(*step, info.id);
	EXPECT_EQ(pid, info.team);
	EXPECT_EQ(-ENOENT, nexus_next(PORT, pid, info.id, &info, sizeof(info),
				      0));
	ASSERT_EQ(0, nexus_next(PORT, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(port, info.id);
	kill(pid, SIGKILL);
	reap(pid);
	EXPECT_EQ(-ESRCH, nexus_next(PORT, pid, 0, &info, sizeof(info), 0));
}

TEST_F(ns, system_info)
{
	struct nexus_system_info info;
	int port;

	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, nexus_info(NEXUS_TYPE_SYSTEM, 0, &info, sizeof(info), 0));
	EXPECT_LE(NEXUS_ABI_VERSION, info.abi);
	EXPECT_EQ(0, info.__pad);
	EXPECT_EQ(0, info.ports);
	EXPECT_LE(4095, info.ports_max);
	EXPECT_EQ(0, info.queued_bytes);
	EXPECT_LE(1 << 20, info.queued_bytes_max);
	port = new_port(1);
	ASSERT_LT(0, port);
	EXPECT_EQ(1, ports());
	ASSERT_EQ(0, nexus_port_close(port, 0));
	EXPECT_EQ(1, ports());
	ASSERT_EQ(0, delete_port(port));
	EXPECT_EQ(0, ports());
}

TEST_F(ns, huge_receive_size)
{
	int port;

	port = new_port(2);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, nexus_port_send(port, 1, "abc", 3, 0, NULL));
	ASSERT_EQ(0, nexus_port_send(port, 2, "defg", 4, 0, NULL));
	/* Only as much as there is has to fit. */
	EXPECT_EQ(3, nexus_port_recv(port, back, LONG_MAX, NULL, 0, NULL));
	EXPECT_EQ(4, nexus_port_recv(port, back, SIZE_MAX, NULL, 0, NULL));
	EXPECT_EQ(0, memcmp(back, "defg", 4));
}

TEST_HARNESS_MAIN

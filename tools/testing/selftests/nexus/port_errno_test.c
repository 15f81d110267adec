// SPDX-License-Identifier: GPL-2.0
/*
 * What each system call refuses, with which error, which of several errors
 * comes first, and that nothing has changed then.
 */
#include "common.h"

#define HALF	8
#define PAGE	((size_t)sysconf(_SC_PAGESIZE))

static const int bad_ids[] = { 0, -1, -2, INT_MIN, INT_MAX, 0x7ffffffe };
static const unsigned int bad_types[] = { 0x1000, INT_MAX, UINT_MAX, 1u << 31 };

static struct nexus_port_info before;
static char data[64];

/* A port with one message of 16 bytes and room for one more. */
FIXTURE(port)
{
	int port;
	int full;
	int gone;
	struct bad *bad;
};

FIXTURE_SETUP(port)
{
	if (unshare(CLONE_NEWIPC))
		SKIP(return, "needs CAP_SYS_ADMIN to unshare(CLONE_NEWIPC)");
	self->gone = new_port(1);
	ASSERT_LT(0, self->gone)
		TH_LOG("this kernel has no Nexus");
	ASSERT_EQ(0, delete_port(self->gone));
	self->port = port_args("errno", 2, 0, 0);
	ASSERT_LT(0, self->port);
	fill(data, sizeof(data), 1);
	ASSERT_EQ(0, nexus_port_send(self->port, 77, data, 16, 0, NULL));
	self->full = port_args("full", 1, 0, 0);
	ASSERT_LT(0, self->full);
	ASSERT_EQ(0, send_code(self->full, 1));
	self->bad = make_bad(HALF);
	ASSERT_NE(NULL, self->bad);
	ASSERT_EQ(0, port_info(self->port, &before));
}

/* Whatever the test did: the ports and the message are what they were. */
FIXTURE_TEARDOWN(port)
{
	struct nexus_port_info after;
	struct nexus_msg_info info;
	char buf[32];

	EXPECT_EQ(2, ports());
	EXPECT_EQ(0, port_info(self->port, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(after)));
	EXPECT_EQ(self->port, nexus_find(PORT, "errno", 0));
	EXPECT_EQ(16, nexus_port_recv(self->port, buf, sizeof(buf), &info,
				      NOWAIT, NULL));
	EXPECT_EQ(77, info.code);
	EXPECT_TRUE(filled(buf, 16, 1));
	EXPECT_EQ(1, recv_code(self->full));
	EXPECT_EQ(0, system_info().queued_bytes);
}

TEST_F(port, find)
{
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_find(PORT, "errno", 1u << bit));
	for (i = 0; i < ARRAY_SIZE(bad_types); i++)
		EXPECT_EQ(-EINVAL, nexus_find(bad_types[i], "errno", 0));
	EXPECT_EQ(-EINVAL, nexus_find(NEXUS_TYPE_SYSTEM, "errno", 0));
	memset(self->bad[BAD_HALF].addr, 'x', HALF);
	for (i = 0; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, nexus_find(PORT, self->bad[i].addr, 0))
			TH_LOG("%s", self->bad[i].name);
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "no such port", 0));

	/* Flags and type before the name. */
	EXPECT_EQ(-EINVAL, nexus_find(PORT, NULL, 1));
	EXPECT_EQ(-EINVAL, nexus_find(UINT_MAX, NULL, 0));
}

TEST_F(port, info_arguments)
{
	struct nexus_port_info info;
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < 32; bit++) {
		EXPECT_EQ(-EINVAL, nexus_info(PORT, self->port, &info,
					      sizeof(info), 1u << bit));
		EXPECT_EQ(-EINVAL, nexus_info(NEXUS_TYPE_SYSTEM, 0, &info,
					      sizeof(info), 1u << bit));
	}
	for (i = 0; i < ARRAY_SIZE(bad_types); i++)
		EXPECT_EQ(-EINVAL, nexus_info(bad_types[i], self->port, &info,
					      sizeof(info), 0));
	for (i = 0; i < ARRAY_SIZE(bad_ids); i++) {
		EXPECT_EQ(-EIDRM, port_info(bad_ids[i], &info));
		if (bad_ids[i])
			EXPECT_EQ(-EIDRM, nexus_info(NEXUS_TYPE_SYSTEM,
						     bad_ids[i], &info,
						     sizeof(info), 0));
	}
	EXPECT_EQ(-EIDRM, port_info(self->gone, &info));
	for (i = 0; i < BAD_COUNT; i++) {
		EXPECT_EQ(-EFAULT, port_info(self->port, self->bad[i].addr))
			TH_LOG("%s", self->bad[i].name);
		EXPECT_EQ(-EFAULT, nexus_info(NEXUS_TYPE_SYSTEM, 0,
					      self->bad[i].addr,
					      sizeof(struct nexus_system_info),
					      0));
	}

	/* Type and flags, size, id, address. */
	EXPECT_EQ(-EINVAL, nexus_info(UINT_MAX, -1, NULL, PAGE + 1, 0));
	EXPECT_EQ(-EINVAL, nexus_info(PORT, -1, NULL, PAGE + 1, 1));
	EXPECT_EQ(-E2BIG, nexus_info(PORT, -1, NULL, PAGE + 1, 0));
	EXPECT_EQ(-EINVAL, nexus_info(PORT, -1, NULL, 8, 0));
	EXPECT_EQ(-EIDRM, nexus_info(PORT, -1, NULL, sizeof(info), 0));
	EXPECT_EQ(-EIDRM, nexus_info(PORT, self->gone, NULL, sizeof(info), 0));
}

TEST_F(port, info_sizes)
{
	/* In the first version, and now. */
	static const size_t sizes[] = {
		[NEXUS_TYPE_SYSTEM] = NEXUS_SYSTEM_INFO_SIZE_VER0,
		[NEXUS_TYPE_PORT] = NEXUS_PORT_INFO_SIZE_VER0,
	};
	static const size_t known[] = {
		[NEXUS_TYPE_SYSTEM] = sizeof(struct nexus_system_info),
		[NEXUS_TYPE_PORT] = sizeof(struct nexus_port_info),
	};
	unsigned char *buf = malloc(PAGE + 16);
	unsigned int type;
	size_t size;
	int id;

	ASSERT_NE(NULL, buf);
	for (type = 0; type < ARRAY_SIZE(sizes); type++) {
		id = type == PORT ? self->port : 0;
		memset(buf, 0xa5, PAGE + 16);
		for (size = 0; size < sizes[type]; size++)
			EXPECT_EQ(-EINVAL, nexus_info(type, id, buf, size, 0));
		EXPECT_EQ(-E2BIG, nexus_info(type, id, buf, PAGE + 1, 0));
		EXPECT_EQ(-E2BIG, nexus_info(type, id, buf, SIZE_MAX, 0));
		EXPECT_TRUE(all_bytes(buf, PAGE + 16, 0xa5));

		for (size = sizes[type]; size <= PAGE;
		     size += size < 128 ? 1 : 497) {
			memset(buf, 0xa5, PAGE + 16);
			ASSERT_EQ(0, nexus_info(type, id, buf, size, 0));
			/* What the kernel does not know is 0. */
			if (size > known[type])
				EXPECT_TRUE(all_bytes(buf + known[type],
						      size - known[type], 0));
			EXPECT_TRUE(all_bytes(buf + size, 16, 0xa5));
		}
		EXPECT_EQ(0, nexus_info(type, id, buf, PAGE, 0));
	}
	free(buf);
}

TEST_F(port, next)
{
	struct nexus_port_info info;
	unsigned char *buf;
	unsigned int bit;
	size_t i, size;

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_next(PORT, 0, 0, &info, sizeof(info),
					      1u << bit));
	for (i = 0; i < ARRAY_SIZE(bad_types); i++)
		EXPECT_EQ(-EINVAL, nexus_next(bad_types[i], 0, 0, &info,
					      sizeof(info), 0));
	EXPECT_EQ(-EINVAL, nexus_next(NEXUS_TYPE_SYSTEM, 0, 0, &info,
				      sizeof(info), 0));
	EXPECT_EQ(-EINVAL, nexus_next(PORT, -1, 0, &info, sizeof(info), 0));
	EXPECT_EQ(-EINVAL, nexus_next(PORT, INT_MIN, 0, &info, sizeof(info),
				      0));
	EXPECT_EQ(-ESRCH, nexus_next(PORT, INT_MAX, 0, &info, sizeof(info),
				     0));
	EXPECT_EQ(-ENOENT, nexus_next(PORT, 0, self->full, &info,
				      sizeof(info), 0));
	EXPECT_EQ(-ENOENT, nexus_next(PORT, 0, INT_MAX, &info, sizeof(info),
				      0));
	for (i = 0; i < BAD_COUNT; i++)
		EXPECT_EQ(-EFAULT, nexus_next(PORT, 0, 0, self->bad[i].addr,
					      sizeof(info), 0))
			TH_LOG("%s", self->bad[i].name);

	buf = malloc(PAGE + 16);
	ASSERT_NE(NULL, buf);
	for (size = 0; size < NEXUS_PORT_INFO_SIZE_VER0; size++)
		EXPECT_EQ(-EINVAL, nexus_next(PORT, 0, 0, buf, size, 0));
	EXPECT_EQ(-E2BIG, nexus_next(PORT, 0, 0, buf, PAGE + 1, 0));
	memset(buf, 0xa5, PAGE + 16);
	EXPECT_EQ(0, nexus_next(PORT, 0, 0, buf, PAGE, 0));
	EXPECT_EQ(self->port, ((struct nexus_port_info *)buf)->id);
	EXPECT_TRUE(all_bytes(buf + NEXUS_PORT_INFO_SIZE_VER0,
			      PAGE - NEXUS_PORT_INFO_SIZE_VER0, 0));
	EXPECT_TRUE(all_bytes(buf + PAGE, 16, 0xa5));
	free(buf);

	/* Type and flags, size, team, end, address. */
	EXPECT_EQ(-EINVAL, nexus_next(PORT, -1, 0, NULL, PAGE + 1, 1));
	EXPECT_EQ(-E2BIG, nexus_next(PORT, -1, 0, NULL, PAGE + 1, 0));
	EXPECT_EQ(-EINVAL, nexus_next(PORT, INT_MAX, 0, NULL, 8, 0));
	EXPECT_EQ(-ESRCH, nexus_next(PORT, INT_MAX, 0, NULL, sizeof(info), 0));
	EXPECT_EQ(-ENOENT, nexus_next(PORT, 0, INT_MAX, NULL, sizeof(info),
				      0));
}

TEST_F(port, delete_close_set_owner)
{
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < 32; bit++) {
		EXPECT_EQ(-EINVAL, nexus_delete(PORT, self->port, 1u << bit));
		EXPECT_EQ(-EINVAL, nexus_port_close(self->port, 1u << bit));
		EXPECT_EQ(-EINVAL, nexus_set_owner(PORT, self->port, 0,
						   1u << bit));
	}
	for (i = 0; i < ARRAY_SIZE(bad_types); i++) {
		EXPECT_EQ(-EINVAL, nexus_delete(bad_types[i], self->port, 0));
		EXPECT_EQ(-EINVAL, nexus_set_owner(bad_types[i], self->port,
						   0, 0));
	}
	EXPECT_EQ(-EINVAL, nexus_delete(NEXUS_TYPE_SYSTEM, 0, 0));
	EXPECT_EQ(-EINVAL, nexus_set_owner(NEXUS_TYPE_SYSTEM, 0, 0, 0));
	for (i = 0; i < ARRAY_SIZE(bad_ids); i++) {
		EXPECT_EQ(-EIDRM, delete_port(bad_ids[i]));
		EXPECT_EQ(-EIDRM, nexus_port_close(bad_ids[i], 0));
		EXPECT_EQ(-EIDRM, nexus_set_owner(PORT, bad_ids[i], 0, 0));
	}
	EXPECT_EQ(-EIDRM, delete_port(self->gone));
	EXPECT_EQ(-EIDRM, nexus_port_close(self->gone, 0));
	EXPECT_EQ(-EIDRM, nexus_set_owner(PORT, self->gone, 0, 0));
	EXPECT_EQ(-EINVAL, nexus_set_owner(PORT, self->port, -1, 0));
	EXPECT_EQ(-EINVAL, nexus_set_owner(PORT, self->port, INT_MIN, 0));
	EXPECT_EQ(-ESRCH, nexus_set_owner(PORT, self->port, INT_MAX, 0));

	/* Flags before the id before the team. */
	EXPECT_EQ(-EINVAL, nexus_delete(PORT, self->gone, 1));
	EXPECT_EQ(-EINVAL, nexus_port_close(self->gone, 1));
	EXPECT_EQ(-EINVAL, nexus_set_owner(PORT, self->gone, INT_MAX, 1));
	EXPECT_EQ(-EIDRM, nexus_set_owner(PORT, self->gone, INT_MAX, 0));
	EXPECT_EQ(-EIDRM, nexus_set_owner(PORT, self->gone, -1, 0));
}

static const struct nexus_port_args good = { .capacity = 1 };

static long create_with(struct nexus_port_args args)
{
	return nexus_port_create(&args, sizeof(args));
}

TEST_F(port, create_fields)
{
	struct nexus_port_args args;
	unsigned int bit;
	size_t i;

	for (bit = 1; bit < 32; bit++) {
		args = good;
		args.flags = 1u << bit;
		EXPECT_EQ(-EINVAL, create_with(args));
		args.flags |= NEXUS_CREATE_MODE;
		EXPECT_EQ(-EINVAL, create_with(args));
	}
	for (bit = 0; bit < 32; bit++) {
		args = good;
		args.__pad = 1u << bit;
		EXPECT_EQ(-EINVAL, create_with(args));
		/* A mode that nothing announces, or with more bits. */
		args = good;
		args.mode = 1u << bit;
		EXPECT_EQ(-EINVAL, create_with(args));
		args.flags = NEXUS_CREATE_MODE;
		if (bit >= 9)
			EXPECT_EQ(-EINVAL, create_with(args));
	}
	args = good;
	args.capacity = 0;
	EXPECT_EQ(-EINVAL, create_with(args));
	args.capacity = NEXUS_PORT_CAPACITY_MAX + 1;
	EXPECT_EQ(-EINVAL, create_with(args));
	args.capacity = UINT_MAX;
	EXPECT_EQ(-EINVAL, create_with(args));

	memset(self->bad[BAD_HALF].addr, 'x', HALF);
	for (i = 1; i < BAD_READABLE; i++) {
		args = good;
		args.name = (uintptr_t)self->bad[i].addr;
		EXPECT_EQ(-EFAULT, create_with(args))
			TH_LOG("%s", self->bad[i].name);
		/* The fields before the name. */
		args.capacity = 0;
		EXPECT_EQ(-EINVAL, create_with(args));
		args = good;
		args.name = (uintptr_t)self->bad[i].addr;
		args.__pad = 1;
		EXPECT_EQ(-EINVAL, create_with(args));
		args.__pad = 0;
		args.flags = 2;
		EXPECT_EQ(-EINVAL, create_with(args));
	}
	/* An address has 64 bits whoever asks. */
	args = good;
	args.name = 1ULL << 63;
	EXPECT_EQ(-EFAULT, create_with(args));
}

TEST_F(port, create_sizes)
{
	struct nexus_port_args *args;
	unsigned char *buf;
	size_t size, i;
	int port;

	buf = calloc(1, PAGE + 16);
	ASSERT_NE(NULL, buf);
	args = (void *)buf;
	*args = good;
	for (size = 0; size < NEXUS_PORT_ARGS_SIZE_VER0; size++)
		EXPECT_EQ(-EINVAL, nexus_port_create(args, size));
	EXPECT_EQ(-E2BIG, nexus_port_create(args, PAGE + 1));
	EXPECT_EQ(-E2BIG, nexus_port_create(args, SIZE_MAX));
	for (size = NEXUS_PORT_ARGS_SIZE_VER0; size <= PAGE;
	     size += size < 64 ? 1 : 577) {
		port = nexus_port_create(args, size);
		ASSERT_LT(0, port)
			TH_LOG("size %zu: %d", size, port);
		EXPECT_EQ(0, delete_port(port));
		for (i = NEXUS_PORT_ARGS_SIZE_VER0; i < size;
		     i += i < 64 ? 1 : 577) {
			buf[i] = 1;
			EXPECT_EQ(-E2BIG, nexus_port_create(args, size));
			buf[i] = 0;
		}
		if (size > NEXUS_PORT_ARGS_SIZE_VER0) {
			buf[size - 1] = 0x80;
			EXPECT_EQ(-E2BIG, nexus_port_create(args, size));
			buf[size - 1] = 0;
		}
		/* What lies behind the size does not count. */
		buf[size] = 1;
		port = nexus_port_create(args, size);
		EXPECT_LT(0, port);
		EXPECT_EQ(0, delete_port(port));
		buf[size] = 0;
	}

	for (i = 0; i < BAD_READABLE; i++) {
		EXPECT_EQ(-EFAULT, nexus_port_create(self->bad[i].addr,
						     sizeof(*args)))
			TH_LOG("%s", self->bad[i].name);
		/* The size before the address. */
		EXPECT_EQ(-EINVAL, nexus_port_create(self->bad[i].addr, 8));
		EXPECT_EQ(-E2BIG, nexus_port_create(self->bad[i].addr,
						    PAGE + 1));
	}
	/* A tail that is not there is a fault, and dirty fields lose to it. */
	args = (void *)((char *)self->bad[BAD_HALF].addr + HALF -
			sizeof(*args));
	*args = good;
	args->__pad = 1;
	EXPECT_EQ(-EFAULT, nexus_port_create(args, sizeof(*args) + 8));
	EXPECT_EQ(-EINVAL, nexus_port_create(args, sizeof(*args)));
	/* So do dirty fields to a dirty tail. */
	args = (void *)buf;
	args->capacity = 0;
	buf[sizeof(*args)] = 1;
	EXPECT_EQ(-E2BIG, nexus_port_create(args, sizeof(*args) + 1));
	free(buf);
}

TEST_F(port, send_flags)
{
	const unsigned int known = NEXUS_NOWAIT | NEXUS_CLOCK_REALTIME | GATHER;
	const struct __kernel_timespec past = {};
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		if (known & 1u << bit)
			continue;
		EXPECT_EQ(-EINVAL, nexus_port_send(self->port, 1, NULL, 0,
						   1u << bit, NULL));
		EXPECT_EQ(-EINVAL, nexus_port_send(self->port, 1, NULL, 0,
						   NOWAIT | 1u << bit, NULL));
	}
	EXPECT_EQ(-EINVAL, nexus_port_send(self->port, 1, NULL, 0, NOWAIT,
					   &past));
	EXPECT_EQ(-EINVAL, nexus_port_send(self->port, 1, NULL, 0,
					   NEXUS_CLOCK_REALTIME, NULL));
	EXPECT_EQ(-EINVAL, nexus_port_send(self->port, 1, NULL, 0, NOWAIT |
					   NEXUS_CLOCK_REALTIME, NULL));
	EXPECT_EQ(-EINVAL, nexus_port_send(self->port, 1, NULL, 0, NOWAIT |
					   NEXUS_CLOCK_REALTIME, &past));
}

TEST_F(port, send_ids_and_buffers)
{
	struct iovec iov[3] = { { data, 4 }, { NULL, 4 }, { data, 4 } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_ids); i++)
		EXPECT_EQ(-EIDRM, nexus_port_send(bad_ids[i], 1, data, 1,
						  NOWAIT, NULL));
	EXPECT_EQ(-EIDRM, nexus_port_send(self->gone, 1, data, 1, 0, NULL));
	EXPECT_EQ(-EMSGSIZE, nexus_port_send(self->port, 1, data, MSG_MAX + 1,
					     0, NULL));
	EXPECT_EQ(-EAGAIN, send_code(self->full, 1));
	for (i = 0; i < BAD_READABLE; i++) {
		/* Small, in pages, gathered, and in the list itself. */
		EXPECT_EQ(-EFAULT, nexus_port_send(self->port, 1,
						   self->bad[i].addr, HALF + 1,
						   0, NULL))
			TH_LOG("%s", self->bad[i].name);
		EXPECT_EQ(-EFAULT, nexus_port_send(self->port, 1,
						   self->bad[i].addr, 100000,
						   0, NULL));
		iov[1] = (struct iovec){ self->bad[i].addr, HALF + 1 };
		EXPECT_EQ(-EFAULT, nexus_port_send(self->port, 1, iov, 3,
						   GATHER, NULL));
		iov[1].iov_len = 100000;
		EXPECT_EQ(-EFAULT, nexus_port_send(self->port, 1, iov, 3,
						   GATHER, NULL));
		EXPECT_EQ(-EFAULT, nexus_port_send(self->port, 1,
						   self->bad[i].addr, 3,
						   GATHER, NULL));
		EXPECT_EQ(-EFAULT, nexus_port_send(self->port, 1,
						   self->bad[i].addr, 100,
						   GATHER, NULL));
	}
	/* Without length nobody looks. */
	ASSERT_EQ(1, recv_code(self->full));
	EXPECT_EQ(0, nexus_port_send(self->full, 1, self->bad[BAD_NONE].addr,
				     0, 0, NULL));
}

TEST_F(port, send_order)
{
	const struct __kernel_timespec odd = { .tv_nsec = 1000000000 };
	void *none = self->bad[BAD_NONE].addr;
	int closed;

	/* Flags before everything. */
	EXPECT_EQ(-EINVAL, nexus_port_send(-1, 1, NULL, MSG_MAX + 1, 1 << 20,
					   none));
	EXPECT_EQ(-EINVAL, nexus_port_send(-1, 1, NULL, MSG_MAX + 1, NOWAIT,
					   none));
	/* The deadline before the id. */
	EXPECT_EQ(-EFAULT, nexus_port_send(-1, 1, NULL, MSG_MAX + 1, 0, none));
	EXPECT_EQ(-EINVAL, nexus_port_send(-1, 1, NULL, MSG_MAX + 1, 0, &odd));
	/* An id that cannot be before the size. */
	EXPECT_EQ(-EIDRM, nexus_port_send(-1, 1, none, MSG_MAX + 1, 0, NULL));
	EXPECT_EQ(-EIDRM, nexus_port_send(0, 1, none, 1025, GATHER, NULL));
	/* The size before an id that is unknown. */
	EXPECT_EQ(-EMSGSIZE, nexus_port_send(self->gone, 1, none, MSG_MAX + 1,
					     0, NULL));
	EXPECT_EQ(-EINVAL, nexus_port_send(self->gone, 1, none, 1025, GATHER,
					   NULL));
	/* The id before the buffer. */
	EXPECT_EQ(-EIDRM, nexus_port_send(self->gone, 1, none, 16, 0, NULL));
	EXPECT_EQ(-EIDRM, nexus_port_send(self->gone, 1, none, 16, GATHER,
					  NULL));
	EXPECT_EQ(-EIDRM, nexus_port_send(self->gone, 1, none, 99999, 0,
					  NULL));
	/* Closed before the buffer. */
	closed = new_port(1);
	ASSERT_LT(0, closed);
	ASSERT_EQ(0, nexus_port_close(closed, 0));
	EXPECT_EQ(-ESHUTDOWN, nexus_port_send(closed, 1, none, 16, 0, NULL));
	EXPECT_EQ(-ESHUTDOWN, nexus_port_send(closed, 1, none, 4, GATHER,
					      NULL));
	EXPECT_EQ(-EMSGSIZE, nexus_port_send(closed, 1, none, MSG_MAX + 1, 0,
					     NULL));
	EXPECT_EQ(0, delete_port(closed));
	/* The buffer before a full queue. */
	EXPECT_EQ(-EFAULT, nexus_port_send(self->full, 1, none, 16, NOWAIT,
					   NULL));
	EXPECT_EQ(-EFAULT, nexus_port_send(self->full, 1, none, 16, 0, NULL));
}

TEST_F(port, recv_flags)
{
	const unsigned int known = NEXUS_NOWAIT | NEXUS_CLOCK_REALTIME | PEEK |
				   NEXUS_PORT_CODE;
	const struct __kernel_timespec past = {};
	unsigned int bit;
	char buf[16];

	for (bit = 0; bit < 32; bit++) {
		if (known & 1u << bit)
			continue;
		EXPECT_EQ(-EINVAL, nexus_port_recv(self->port, buf, 16, NULL,
						   1u << bit, NULL));
		EXPECT_EQ(-EINVAL, nexus_port_recv(self->port, buf, 16, NULL,
						   NOWAIT | 1u << bit, NULL));
	}
	EXPECT_EQ(-EINVAL, nexus_port_recv(self->port, buf, 16, NULL, NOWAIT,
					   &past));
	EXPECT_EQ(-EINVAL, nexus_port_recv(self->port, buf, 16, NULL,
					   NEXUS_CLOCK_REALTIME, NULL));
	EXPECT_EQ(-EINVAL, nexus_port_recv(self->port, buf, 16, NULL, NOWAIT |
					   NEXUS_CLOCK_REALTIME, NULL));
	EXPECT_EQ(-EINVAL, nexus_port_recv(self->port, buf, 16, NULL, PEEK,
					   NULL));
	EXPECT_EQ(-EINVAL, nexus_port_recv(self->port, buf, 0, NULL, PEEK,
					   NULL));
	EXPECT_EQ(-EINVAL, nexus_port_recv(self->port, NULL, 16, NULL, PEEK,
					   NULL));
}

TEST_F(port, recv_faults)
{
	struct nexus_msg_info info;
	char buf[16], *bad;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_ids); i++) {
		EXPECT_EQ(-EIDRM, recv_code(bad_ids[i]));
		EXPECT_EQ(-EIDRM, nexus_port_recv(bad_ids[i], NULL, 0, NULL,
						  PEEK, NULL));
	}
	EXPECT_EQ(-EIDRM, nexus_port_recv(self->gone, buf, 16, NULL, 0, NULL));
	for (i = 0; i < BAD_COUNT; i++) {
		/* The message is not lost: it is there for the next one. */
		EXPECT_EQ(-EFAULT, nexus_port_recv(self->port,
						   self->bad[i].addr, 16,
						   &info, 0, NULL))
			TH_LOG("%s", self->bad[i].name);
		EXPECT_EQ(1, queued(self->port));
		EXPECT_EQ(-EFAULT, nexus_port_recv(self->port,
						   self->bad[i].addr, 16, NULL,
						   NOWAIT, NULL));
		EXPECT_EQ(0, total(self->port));
		if (!self->bad[i].addr)
			continue;
		EXPECT_EQ(-EFAULT, nexus_port_recv(self->port, buf, 16,
						   self->bad[i].addr, 0,
						   NULL));
		EXPECT_EQ(-EFAULT, nexus_port_recv(self->port, NULL, 0,
						   self->bad[i].addr, PEEK,
						   NULL));
		EXPECT_EQ(1, queued(self->port));
		/* Half mapped for the code alone, too. */
		bad = (char *)self->bad[i].addr +
		      (i == BAD_HALF ? HALF - 2 : 0);
		EXPECT_EQ(-EFAULT, nexus_port_recv(self->port, buf, 16, bad,
						   NEXUS_PORT_CODE, NULL));
		EXPECT_EQ(-EFAULT, nexus_port_recv(self->port, NULL, 0, bad,
						   NEXUS_PORT_CODE | PEEK,
						   NULL));
		EXPECT_EQ(1, queued(self->port));
	}
}

TEST_F(port, recv_faults_keep_order)
{
	char *big = malloc(100000), *back = malloc(100000);
	struct nexus_msg_info info;
	int port, i;

	ASSERT_NE(NULL, big);
	ASSERT_NE(NULL, back);
	port = new_port(3);
	ASSERT_LT(0, port);
	fill(big, 100000, 9);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, nexus_port_send(port, i, big, 100000, 0, NULL));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EFAULT, nexus_port_recv(port,
						   self->bad[BAD_HALF].addr,
						   100000, &info, 0, NULL));
		EXPECT_EQ(-EFAULT, nexus_port_recv(port, back, 100000,
						   self->bad[BAD_RDONLY].addr,
						   0, NULL));
		/* Its slot is still taken. */
		EXPECT_EQ(3 - i, queued(port));
		if (!i)
			EXPECT_EQ(-EAGAIN, send_code(port, 9));
		memset(back, 0, 100000);
		ASSERT_EQ(100000, nexus_port_recv(port, back, 100000, &info,
						  0, NULL));
		EXPECT_EQ(i, info.code);
		EXPECT_TRUE(filled(back, 100000, 9));
		EXPECT_EQ(i + 1, total(port));
	}
	EXPECT_EQ(0, delete_port(port));
}

TEST_F(port, recv_order)
{
	const struct __kernel_timespec odd = { .tv_sec = -1 };
	void *none = self->bad[BAD_NONE].addr;
	int empty, closed;

	/* Flags and deadline before how to peek, that before the id. */
	EXPECT_EQ(-EINVAL, nexus_port_recv(-1, none, 1, none, 1 << 20, none));
	EXPECT_EQ(-EFAULT, nexus_port_recv(-1, none, 1, none, PEEK, none));
	EXPECT_EQ(-EINVAL, nexus_port_recv(-1, none, 1, none, 0, &odd));
	EXPECT_EQ(-EINVAL, nexus_port_recv(-1, none, 1, none, PEEK, NULL));
	/* The id, then closed, then waiting, then the buffer. */
	EXPECT_EQ(-EIDRM, nexus_port_recv(-1, none, 1, none, 0, NULL));
	EXPECT_EQ(-EIDRM, nexus_port_recv(self->gone, none, 1, none, 0, NULL));
	closed = new_port(1);
	ASSERT_LT(0, closed);
	ASSERT_EQ(0, nexus_port_close(closed, 0));
	EXPECT_EQ(-ESHUTDOWN, nexus_port_recv(closed, none, 1, none, NOWAIT,
					      NULL));
	EXPECT_EQ(0, delete_port(closed));
	empty = new_port(1);
	ASSERT_LT(0, empty);
	EXPECT_EQ(-EAGAIN, nexus_port_recv(empty, none, 1, none, NOWAIT,
					   NULL));
	EXPECT_EQ(0, delete_port(empty));
}

TEST_F(port, deadlines)
{
	static const struct __kernel_timespec odd[] = {
		{ .tv_sec = -1 },
		{ .tv_sec = LLONG_MIN },
		{ .tv_nsec = -1 },
		{ .tv_nsec = 1000000000 },
		{ .tv_nsec = LLONG_MAX },
		{ .tv_sec = 1, .tv_nsec = 1LL << 31 },
	};
	const unsigned int flags[] = { 0, NEXUS_CLOCK_REALTIME };
	char buf[16];
	size_t i, f;

	for (f = 0; f < ARRAY_SIZE(flags); f++) {
		/* Even if there is nothing to wait for. */
		for (i = 0; i < ARRAY_SIZE(odd); i++) {
			EXPECT_EQ(-EINVAL, nexus_port_send(self->port, 1, NULL,
							   0, flags[f],
							   &odd[i]));
			EXPECT_EQ(-EINVAL, nexus_port_recv(self->port, buf, 16,
							   NULL, flags[f],
							   &odd[i]));
		}
		for (i = 1; i < BAD_READABLE; i++) {
			EXPECT_EQ(-EFAULT, nexus_port_send(self->port, 1, NULL,
							   0, flags[f],
							   self->bad[i].addr));
			EXPECT_EQ(-EFAULT, nexus_port_recv(self->port, buf, 16,
							   NULL, flags[f],
							   self->bad[i].addr));
		}
	}
}

TEST_HARNESS_MAIN

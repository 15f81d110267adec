// SPDX-License-Identifier: GPL-2.0
/*
 * What the calls on areas refuse, with which error, which of several errors
 * comes first, and that nothing has changed then.  What creating and cloning
 * refuse is in area_create_errno_test.c, limits are in area_limit_test.c.
 */
#include "area_errno.h"
#include <sys/resource.h>

static const unsigned int bad_types[] = { 0x1000, INT_MAX, UINT_MAX, 1u << 31 };

TEST_F(refuse, find)
{
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_find(AREA, "test area", 1u << bit));
	for (i = 0; i < ARRAY_SIZE(bad_types); i++)
		EXPECT_EQ(-EINVAL, nexus_find(bad_types[i], "test area", 0));
	for (i = 0; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, nexus_find(AREA, self->bad[i].addr, 0))
			TH_LOG("%s", self->bad[i].name);
	EXPECT_EQ(-ENOENT, nexus_find(AREA, "no such area", 0));
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "test area", 0));
	/* Flags before the name. */
	EXPECT_EQ(-EINVAL, nexus_find(AREA, NULL, 1));
}

TEST_F(refuse, info_arguments)
{
	struct nexus_area_info info;
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_info(AREA, self->area, &info,
					      sizeof(info), 1u << bit));
	for (i = 0; i < ARRAY_SIZE(bad_types); i++)
		EXPECT_EQ(-EINVAL, nexus_info(bad_types[i], self->area, &info,
					      sizeof(info), 0));
	for (i = 0; i < ARRAY_SIZE(bad_ids); i++)
		EXPECT_EQ(-EIDRM, area_info(bad_ids[i], &info));
	EXPECT_EQ(-EIDRM, area_info(self->gone, &info));
	EXPECT_EQ(-EIDRM, area_info(self->port, &info));
	for (i = 0; i < BAD_COUNT; i++)
		EXPECT_EQ(-EFAULT, area_info(self->area, self->bad[i].addr))
			TH_LOG("%s", self->bad[i].name);

	/* Flags, size, id, address. */
	EXPECT_EQ(-EINVAL, nexus_info(AREA, -1, NULL, PAGE + 1, 1));
	EXPECT_EQ(-E2BIG, nexus_info(AREA, -1, NULL, PAGE + 1, 0));
	EXPECT_EQ(-EINVAL, nexus_info(AREA, -1, NULL, 8, 0));
	EXPECT_EQ(-EIDRM, nexus_info(AREA, -1, NULL, sizeof(info), 0));
	EXPECT_EQ(-EIDRM, nexus_info(AREA, self->gone, NULL, sizeof(info), 0));
}

/* The three calls that describe areas, with the same area. */
static long describe(int call, struct nexus_area_info *area, void *buf,
		     size_t size)
{
	switch (call) {
	case 0:
		return nexus_info(AREA, area->id, buf, size, 0);
	case 1:
		return nexus_next(AREA, 0, area->id - 1, buf, size, 0);
	default:
		return nexus_area_map(0, area->address, buf, size, 0);
	}
}

TEST_F(refuse, info_sizes)
{
	const size_t known = NEXUS_AREA_INFO_SIZE_VER0;
	static unsigned char buf[65536 + 16];
	size_t size;
	int call;

	ASSERT_EQ(known, sizeof(struct nexus_area_info));
	for (call = 0; call < 3; call++) {
		memset(buf, 0xa5, sizeof(buf));
		for (size = 0; size < known; size++)
			EXPECT_EQ(-EINVAL, describe(call, &before, buf, size));
		EXPECT_EQ(-E2BIG, describe(call, &before, buf, PAGE + 1));
		EXPECT_EQ(-E2BIG, describe(call, &before, buf, SIZE_MAX));
		EXPECT_TRUE(all_bytes(buf, sizeof(buf), 0xa5));
		for (size = known; size <= PAGE; size += size < 128 ? 1 : 496) {
			memset(buf, 0xa5, PAGE + 16);
			ASSERT_EQ(0, describe(call, &before, buf, size));
			EXPECT_EQ(0, memcmp(buf, &before, known));
			/* What the kernel does not know is 0. */
			EXPECT_TRUE(all_bytes(buf + known, size - known, 0));
			EXPECT_TRUE(all_bytes(buf + size, 16, 0xa5));
		}
	}
}

TEST_F(refuse, next)
{
	struct nexus_area_info info;
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_next(AREA, 0, 0, &info, sizeof(info),
					      1u << bit));
	EXPECT_EQ(-EINVAL, nexus_next(AREA, -1, 0, &info, sizeof(info), 0));
	EXPECT_EQ(-EINVAL, nexus_next(AREA, INT_MIN, 0, &info, sizeof(info),
				      0));
	EXPECT_EQ(-ESRCH, nexus_next(AREA, INT_MAX, 0, &info, sizeof(info),
				     0));
	EXPECT_EQ(-ENOENT, nexus_next(AREA, 0, INT_MAX, &info, sizeof(info),
				      0));
	for (i = 0; i < BAD_COUNT; i++)
		EXPECT_EQ(-EFAULT, nexus_next(AREA, 0, 0, self->bad[i].addr,
					      sizeof(info), 0))
			TH_LOG("%s", self->bad[i].name);

	/* Flags, size, team, end, address. */
	EXPECT_EQ(-EINVAL, nexus_next(AREA, -1, 0, NULL, PAGE + 1, 1));
	EXPECT_EQ(-E2BIG, nexus_next(AREA, -1, 0, NULL, PAGE + 1, 0));
	EXPECT_EQ(-EINVAL, nexus_next(AREA, INT_MAX, 0, NULL, 8, 0));
	EXPECT_EQ(-ESRCH, nexus_next(AREA, INT_MAX, 0, NULL, sizeof(info), 0));
	EXPECT_EQ(-ENOENT, nexus_next(AREA, 0, INT_MAX, NULL, sizeof(info),
				      0));
}

TEST_F(refuse, map)
{
	const unsigned long at = before.address, top = ~0UL;
	struct nexus_area_info info;
	const size_t size = sizeof(info);
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_area_map(0, at, &info, size,
						  1u << bit));
	EXPECT_EQ(-EINVAL, nexus_area_map(-1, at, &info, size, 0));
	EXPECT_EQ(-EINVAL, nexus_area_map(INT_MIN, at, &info, size, 0));
	EXPECT_EQ(-ESRCH, nexus_area_map(INT_MAX, at, &info, size, 0));
	EXPECT_EQ(-ENOENT, nexus_area_map(0, top, &info, size, 0));
	/* A kernel thread is no team. */
	EXPECT_EQ(-ESRCH, nexus_area_map(2, 0, &info, size, 0));
	for (i = 0; i < BAD_COUNT; i++)
		EXPECT_EQ(-EFAULT, nexus_area_map(0, at, self->bad[i].addr,
						  size, 0))
			TH_LOG("%s", self->bad[i].name);

	/* Flags, size, team, end, address. */
	EXPECT_EQ(-EINVAL, nexus_area_map(-1, at, NULL, PAGE + 1, 1));
	EXPECT_EQ(-E2BIG, nexus_area_map(-1, at, NULL, PAGE + 1, 0));
	EXPECT_EQ(-EINVAL, nexus_area_map(INT_MAX, at, NULL, 8, 0));
	EXPECT_EQ(-EINVAL, nexus_area_map(-1, top, NULL, size, 0));
	EXPECT_EQ(-ESRCH, nexus_area_map(INT_MAX, top, NULL, size, 0));
	EXPECT_EQ(-ENOENT, nexus_area_map(0, top, NULL, size, 0));
}

TEST_F(refuse, area_for)
{
	const void *at = (void *)(uintptr_t)before.address;
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		EXPECT_EQ(-EINVAL, nexus_area_for(at, 1u << bit));
		EXPECT_EQ(-EINVAL, nexus_area_for(NULL, 1u << bit));
	}
	EXPECT_EQ(-ENOENT, nexus_area_for(NULL, 0));
	EXPECT_EQ(-ENOENT, nexus_area_for(self->free, 0));
	EXPECT_EQ(-ENOENT, nexus_area_for(self->bad[BAD_KERNEL].addr, 0));
	EXPECT_EQ(-ENOENT, nexus_area_for(self->bad[BAD_HIGH].addr, 0));
	EXPECT_EQ(-ENOENT, nexus_area_for(self->bad[BAD_NONE].addr, 0));
	/* It is the caller's address space that counts. */
	EXPECT_EQ(self->area, nexus_area_for(at, 0));
	EXPECT_EQ(self->theirs, team_area_for(self->team,
					      team_at(self->team)));
}

TEST_F(refuse, delete_and_set_owner)
{
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_delete(AREA, self->area, 1u << bit));
	for (i = 0; i < ARRAY_SIZE(bad_types); i++)
		EXPECT_EQ(-EINVAL, nexus_delete(bad_types[i], self->area, 0));
	for (i = 0; i < ARRAY_SIZE(bad_ids); i++) {
		EXPECT_EQ(-EIDRM, delete_area(bad_ids[i]));
		EXPECT_EQ(-EINVAL, nexus_set_owner(AREA, bad_ids[i], 0, 0));
	}
	EXPECT_EQ(-EIDRM, delete_area(self->gone));
	EXPECT_EQ(-EIDRM, delete_area(self->port));
	EXPECT_EQ(-EPERM, delete_area(self->theirs));
	/* Flags before the id. */
	EXPECT_EQ(-EINVAL, nexus_delete(AREA, self->gone, 1));

	/* To own one is to have it mapped: transferring is another call. */
	EXPECT_EQ(-EINVAL, nexus_set_owner(AREA, self->area, 0, 0));
	EXPECT_EQ(-EINVAL, nexus_set_owner(AREA, self->area, getpid(), 0));
	EXPECT_EQ(-EINVAL, nexus_set_owner(AREA, self->area, self->team->pid,
					   0));
}

TEST_F(refuse, open)
{
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_open(AREA, self->area, 1u << bit));
	for (i = 0; i < ARRAY_SIZE(bad_ids); i++)
		EXPECT_EQ(-EIDRM, nexus_open(AREA, bad_ids[i], 0));
	EXPECT_EQ(-EIDRM, nexus_open(AREA, self->gone, 0));
	EXPECT_EQ(-EIDRM, nexus_open(AREA, self->port, 0));
	EXPECT_EQ(-EINVAL, nexus_open(AREA, self->gone, 1));
	ASSERT_EQ(0, team_protect(self->team, self->theirs, RDWR));
	EXPECT_EQ(-EPERM, nexus_open(AREA, self->theirs, 0));
}

TEST_F(refuse, open_too_many)
{
	struct rlimit limit = { .rlim_max = 64 };

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-EMFILE, nexus_open(AREA, self->area, 0));
	limit.rlim_cur = 64;
	/* What the teardown looks into must be open()ed. */
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	/* It has not been opened: it is not shared. */
	EXPECT_EQ(0, area_flags(self->area));
}

TEST_F(refuse, protect)
{
	unsigned int bit;
	size_t i;

	for (bit = 0; bit < 32; bit++) {
		if (1u << bit & 0x10f)
			continue;
		EXPECT_EQ(-EINVAL, nexus_area_protect(self->area, 1u << bit));
		EXPECT_EQ(-EINVAL, nexus_area_protect(self->area,
						      RDWR | 1u << bit));
	}
	for (i = 0; i < ARRAY_SIZE(bad_ids); i++)
		EXPECT_EQ(-EIDRM, nexus_area_protect(bad_ids[i], RDWR));
	EXPECT_EQ(-EIDRM, nexus_area_protect(self->gone, RDWR));
	EXPECT_EQ(-EIDRM, nexus_area_protect(self->port, RDWR));
	/* Not even what it has already. */
	EXPECT_EQ(-EPERM, nexus_area_protect(self->theirs, RDWR | CLONEABLE));
	EXPECT_EQ(-EPERM, nexus_area_protect(self->theirs, 0));
	/* Bits before the id. */
	EXPECT_EQ(-EINVAL, nexus_area_protect(self->gone, 0x10));
	EXPECT_EQ(-EINVAL, nexus_area_protect(self->theirs, 0x1000));
}

TEST_F(refuse, resize)
{
	const size_t odd[] = {
		0, 1, PAGE - 1, PAGE + 1, 2 * PAGE - 1, 3 * PAGE + 512,
		SIZE_MAX, SIZE_MAX - PAGE, ((size_t)1 << 31) + 8
	};
	const size_t large[] = {
		SIZE_MAX - PAGE + 1, SIZE_MAX / 2 + 1,
		SIZE_MAX / 2 - PAGE + 1, SIZE_MAX - 2 * PAGE + 1,
	};
	size_t i;
	long ret;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		EXPECT_EQ(-EINVAL, nexus_area_resize(self->area, odd[i]))
			TH_LOG("size %zx", odd[i]);
		/* The size before the id. */
		EXPECT_EQ(-EINVAL, nexus_area_resize(self->gone, odd[i]));
		EXPECT_EQ(-EINVAL, nexus_area_resize(self->theirs, odd[i]));
	}
	for (i = 0; i < ARRAY_SIZE(large); i++) {
		ret = nexus_area_resize(self->area, large[i]);
		EXPECT_TRUE(ret == -ENOSPC || ret == -ENOMEM)
			TH_LOG("size %zx: %ld", large[i], ret);
	}
	for (i = 0; i < ARRAY_SIZE(bad_ids); i++)
		EXPECT_EQ(-EIDRM, resize_area(bad_ids[i], 2));
	EXPECT_EQ(-EIDRM, resize_area(self->gone, 2));
	EXPECT_EQ(-EIDRM, resize_area(self->port, 2));
	EXPECT_EQ(-EPERM, resize_area(self->theirs, 2));
	EXPECT_EQ(-EPERM, resize_area(self->theirs, 1));
	EXPECT_EQ(-EPERM, resize_area(self->theirs, 3));
	/* It has its size. */
	EXPECT_EQ(0, resize_area(self->area, 2));
}

static long transfer_with(int area, int team, struct nexus_area_args args)
{
	return nexus_area_transfer(area, team, &args, sizeof(args));
}

TEST_F(refuse, transfer_fields)
{
	const int to = self->team->pid;
	struct nexus_area_args args;
	unsigned int bit;

#define WRONG(field, value) \
	do { \
		const unsigned long long __value = (value); \
		args = (struct nexus_area_args){}; \
		args.field = __value; \
		EXPECT_EQ(-EINVAL, transfer_with(self->area, to, args)) \
			TH_LOG(#field " %llx", __value); \
		EXPECT_EQ(-EINVAL, transfer_with(self->area, 0, args)); \
	} while (0)

	for (bit = 0; bit < 32; bit++) {
		WRONG(flags, 1u << bit);
		WRONG(mode, 1u << bit);
		WRONG(__pad, 1u << bit);
		WRONG(lock, 1u << bit);
		WRONG(protection, 1u << bit);
		WRONG(size, 1ULL << 2 * bit);
		WRONG(name, 1ULL << 2 * bit);
		if (bit > 2)
			WRONG(spec, 1u << bit);
	}
	WRONG(name, (uintptr_t)"a name");
	WRONG(spec, 3);
	WRONG(spec, 4);
	WRONG(spec, 5);
	WRONG(spec, 8);
#undef WRONG
	/* The mode that is 0 has to be left out, too. */
	args = (struct nexus_area_args){ .flags = NEXUS_CREATE_MODE };
	EXPECT_EQ(-EINVAL, transfer_with(self->area, to, args));

	args = (struct nexus_area_args){ .spec = NEXUS_AREA_EXACT };
	args.address = (uintptr_t)self->free + 1;
	EXPECT_EQ(-EINVAL, transfer_with(self->area, to, args));
	args.address = 1ULL << 63;
	EXPECT_EQ(-EINVAL, transfer_with(self->area, to, args));
	args.address = (uintptr_t)team_at(self->team);
	EXPECT_EQ(-EEXIST, transfer_with(self->area, to, args));
	args.address -= PAGE;
	EXPECT_EQ(-EEXIST, transfer_with(self->area, to, args));
	/* Where it is itself is somebody, too. */
	args.address = before.address;
	EXPECT_EQ(-EEXIST, transfer_with(self->area, 0, args));
}

TEST_F(refuse, transfer_sizes)
{
	struct nexus_area_args args = {};
	const int to = self->team->pid;
	unsigned char buf[sizeof(args) + 32] = {};
	size_t i;

	for (i = 0; i < NEXUS_AREA_ARGS_SIZE_VER0; i++)
		EXPECT_EQ(-EINVAL, nexus_area_transfer(self->area, to, &args,
						       i));
	EXPECT_EQ(-E2BIG, nexus_area_transfer(self->area, to, &args,
					      PAGE + 1));
	EXPECT_EQ(-E2BIG, nexus_area_transfer(self->area, to, &args,
					      SIZE_MAX));
	for (i = sizeof(args); i < sizeof(buf); i++) {
		buf[i] = 1;
		EXPECT_EQ(-E2BIG, nexus_area_transfer(self->area, to,
						      (void *)buf,
						      sizeof(buf)));
		buf[i] = 0;
	}
	for (i = 0; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, nexus_area_transfer(self->area, to,
						       self->bad[i].addr,
						       sizeof(args)))
			TH_LOG("%s", self->bad[i].name);
}

TEST_F(refuse, transfer_areas_and_teams)
{
	const int to = self->team->pid;
	struct nexus_area_args wrong = { .spec = 5 };
	struct team *ended = team_start();
	siginfo_t si;
	size_t i;

	ASSERT_NE(NULL, ended);
	kill(ended->pid, SIGKILL);
	ASSERT_EQ(0, waitid(P_PID, ended->pid, &si, WEXITED | WNOWAIT));
	for (i = 0; i < ARRAY_SIZE(bad_ids); i++) {
		EXPECT_EQ(-EIDRM, transfer_area(bad_ids[i], to));
		EXPECT_EQ(-EIDRM, transfer_area(bad_ids[i], 0));
	}
	EXPECT_EQ(-EIDRM, transfer_area(self->gone, to));
	EXPECT_EQ(-EIDRM, transfer_area(self->port, to));
	EXPECT_EQ(-EPERM, transfer_area(self->theirs, to));
	EXPECT_EQ(-EPERM, transfer_area(self->theirs, 0));
	EXPECT_EQ(-EINVAL, transfer_area(self->area, -1));
	EXPECT_EQ(-EINVAL, transfer_area(self->area, INT_MIN));
	EXPECT_EQ(-ESRCH, transfer_area(self->area, INT_MAX));
	/* One that has ended, before and after it was waited for. */
	EXPECT_EQ(-ESRCH, transfer_area(self->area, ended->pid));
	EXPECT_EQ(128 + SIGKILL, team_reap(ended));
	EXPECT_EQ(-ESRCH, transfer_area(self->area, ended->pid));
	ASSERT_EQ(0, munmap(ended, sizeof(*ended)));
	/* The kernel's. */
	EXPECT_EQ(-ESRCH, transfer_area(self->area, 2));

	/* Fields, area, team. */
	EXPECT_EQ(-EINVAL, transfer_with(self->gone, INT_MAX, wrong));
	EXPECT_EQ(-EINVAL, transfer_with(self->theirs, INT_MAX, wrong));
	EXPECT_EQ(-EIDRM, transfer_area(self->gone, INT_MAX));
	EXPECT_EQ(-EPERM, transfer_area(self->theirs, INT_MAX));
}

TEST_HARNESS_MAIN

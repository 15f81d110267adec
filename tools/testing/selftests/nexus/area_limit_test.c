// SPDX-License-Identifier: GPL-2.0
/*
 * What limits and policies of Linux mean to areas: RLIMIT_AS, RLIMIT_MEMLOCK,
 * memory cgroups, and those that forbid memory that can be executed.  Limits
 * on the number of areas are in area_test.c.
 */
#include "ns.h"
#include "area.h"
#include "cgroup.h"
#include <sys/resource.h>

#define RX	(NEXUS_AREA_READ | NEXUS_AREA_EXEC)
#define RWX	(RDWR | NEXUS_AREA_EXEC)

#ifndef PR_SET_MDWE
#define PR_SET_MDWE			65
#define PR_MDWE_REFUSE_EXEC_GAIN	1
#endif

static int set_limit(int which, size_t bytes)
{
	struct rlimit limit;

	if (getrlimit(which, &limit))
		return -1;
	limit.rlim_cur = bytes;
	return setrlimit(which, &limit);
}

TEST_F(ns, address_space)
{
	static const unsigned int specs[] = {
		NEXUS_AREA_ANY, NEXUS_AREA_EXACT, NEXUS_AREA_BASE,
		NEXUS_AREA_RANDOM_ANY, NEXUS_AREA_RANDOM_BASE
	};
	char *p = free_range(300);
	struct nexus_area_args args;
	long before, used;
	size_t i;
	int area;

	ASSERT_NE(NULL, p);
	used = kilobytes("/proc/self/status", "VmSize") * 1024;
	ASSERT_LT(0, used);
	ASSERT_EQ(0, set_limit(RLIMIT_AS, used + 250 * PAGE));
	before = all_vmas();
	for (i = 0; i < ARRAY_SIZE(specs); i++) {
		args = area_args("too large", 256, RDWR);
		args.spec = specs[i];
		args.address = (uintptr_t)p;
		EXPECT_EQ(-ENOMEM, create_area(&args));
		/* It is not what is committed that counts. */
		args.protection |= NEXUS_AREA_OVERCOMMIT;
		EXPECT_EQ(-ENOMEM, create_area(&args));
	}
	EXPECT_EQ(0, areas());
	EXPECT_EQ(before, all_vmas());
	EXPECT_EQ(0, vmas_at(p, 300));
	EXPECT_EQ(-ENOENT, nexus_find(AREA, "too large", 0));
	area = new_area(200, RDWR);
	ASSERT_LT(0, area);
	EXPECT_EQ(-ENOMEM, new_area(60, RDWR));
	/* What is deleted counts no more. */
	ASSERT_EQ(0, delete_area(area));
	EXPECT_LT(0, new_area(200, RDWR));
}

static long do_limit_memlock(struct team *team)
{
	return nexus_ret(set_limit(RLIMIT_MEMLOCK, team->arg[0]));
}

static long locked(struct team *team, size_t pages, unsigned int lock)
{
	team->args = area_args("team's area", pages, RDWR);
	team->args.lock = lock;
	return team_do(team, do_create, 0, 0, 0, 0);
}

TEST_F(ns, locked_memory)
{
	struct team *team = team_start();
	int lock, area, i;
	char *p;

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_become(team, 1000));
	ASSERT_EQ(0, team_do(team, do_limit_memlock, 8 * PAGE, 0, 0, 0));
	for (lock = 1; lock <= NEXUS_AREA_32_BIT_CONTIGUOUS; lock++) {
		EXPECT_EQ(-ENOMEM, locked(team, 9, lock));
		EXPECT_EQ(-ENOENT, nexus_find(AREA, "team's area", 0));
		area = locked(team, 5, lock);
		ASSERT_LT(0, area);
		p = team_at(team);
		EXPECT_EQ(-ENOMEM, locked(team, 4, lock));
		/* Others are not concerned. */
		i = locked(team, 40, NEXUS_AREA_NO_LOCK);
		ASSERT_LT(0, i);
		EXPECT_EQ(0, team_delete(team, i));
		i = locked(team, 3, lock);
		ASSERT_LT(0, i);
		EXPECT_EQ(-ENOMEM, locked(team, 1, lock));
		/* What is unmapped or deleted counts no more. */
		ASSERT_EQ(0, team_munmap(team, p + 3 * PAGE, 2));
		EXPECT_EQ(-ENOMEM, locked(team, 3, lock));
		ASSERT_EQ(0, team_delete(team, i));
		i = locked(team, 5, lock);
		ASSERT_LT(0, i);
		EXPECT_EQ(0, team_delete(team, i));
		EXPECT_EQ(0, team_delete(team, area));
		EXPECT_EQ(0, areas());
	}
	/* Nothing at all. */
	ASSERT_EQ(0, team_do(team, do_limit_memlock, 0, 0, 0, 0));
	EXPECT_EQ(-ENOMEM, locked(team, 1, NEXUS_AREA_LAZY_LOCK));
	EXPECT_EQ(-ENOMEM, locked(team, 1, NEXUS_AREA_FULL_LOCK));
	EXPECT_LT(0, locked(team, 1, NEXUS_AREA_NO_LOCK));
	EXPECT_EQ(0, team_end(team));
}

/* CAP_IPC_LOCK sets one free of that limit. */
TEST_F(ns, locked_memory_of_root)
{
	struct nexus_area_args args = area_args("locked", 20, RDWR);

	ASSERT_EQ(0, set_limit(RLIMIT_MEMLOCK, 0));
	args.lock = NEXUS_AREA_FULL_LOCK;
	EXPECT_LT(0, create_area(&args));
	args.lock = NEXUS_AREA_LAZY_LOCK;
	EXPECT_LT(0, create_area(&args));
}

/* What mlockall() asks for holds for areas as for other mappings. */
TEST_F(ns, all_locked)
{
	struct nexus_area_info info;
	int area;

	if (mlockall(MCL_FUTURE))
		SKIP(return, "mlockall: errno %d", errno);
	area = new_area(4, RDWR);
	ASSERT_LT(0, area);
	ASSERT_EQ(0, area_info(area, &info));
	EXPECT_EQ(4 * PAGE, info.ram_size);
	ASSERT_EQ(0, munlockall());
}

/* Memory that can be written to and executed, or only executed later. */
TEST_F(ns, no_gain_of_execution)
{
	int area, clone;

	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
		SKIP(return, "no PR_SET_MDWE: errno %d", errno);
	EXPECT_EQ(-EACCES, new_area(1, RWX));
	EXPECT_EQ(-EACCES, new_area(1, NEXUS_AREA_WRITE | NEXUS_AREA_EXEC));
	EXPECT_EQ(0, areas());
	area = new_area(1, RX);
	ASSERT_LT(0, area);
	EXPECT_EQ(-EACCES, nexus_area_protect(area, RWX));
	EXPECT_EQ(-EACCES, clone_area(area, RWX));
	EXPECT_EQ(RX, area_protection(area));
	/* Once it cannot be executed it never can. */
	ASSERT_EQ(0, nexus_area_protect(area, RDONLY));
	EXPECT_EQ(-EACCES, nexus_area_protect(area, RX));
	ASSERT_EQ(0, nexus_area_protect(area, RDWR));
	EXPECT_EQ(-EACCES, nexus_area_protect(area, RWX));
	EXPECT_EQ(-EACCES, nexus_area_protect(area, RX));
	EXPECT_EQ(RDWR, area_protection(area));
	EXPECT_EQ(0, try_write(area_at(area), 1));
	clone = clone_area(area, RDWR);
	EXPECT_LT(0, clone);
	EXPECT_EQ(2, areas());
}

/* Memory without a file that can be executed is not wanted here. */
static int in_noexec_ns(void *arg)
{
	int area;
	long ret;

	if (write_file("/proc/sys/vm/memfd_noexec", "2"))
		return 99;
	ret = new_area(1, RX);
	if (ret != -EACCES && ret != -EPERM)
		return 1;
	area = new_area(1, RDWR);
	if (area < 0)
		return 2;
	ret = nexus_area_protect(area, RX);
	if (ret != -EACCES && ret != -EPERM)
		return 3;
	if (mprotect(area_at(area), PAGE, PROT_READ | PROT_EXEC) != -1)
		return 4;
	ret = clone_area(area, RX);
	if (ret != -EACCES && ret != -EPERM)
		return 5;
	if (area_protection(area) != RDWR || try_write(area_at(area), 1))
		return 6;
	return 0;
}

TEST_F(ns, no_execution)
{
	pid_t pid;
	int ret;

	if (unshare(CLONE_NEWPID))
		SKIP(return, "no pid namespaces: errno %d", errno);
	pid = spawn(in_noexec_ns, NULL);
	ASSERT_LT(0, pid);
	ret = reap(pid);
	if (ret == 99)
		SKIP(return, "no vm.memfd_noexec");
	EXPECT_EQ(0, ret);
}

static long do_join_group(struct team *team)
{
	return join_group();
}

/* Whoever uses the memory first pays for it. */
TEST_F(ns, memory_cgroup)
{
	enum { SIZE = 8 << 20 };
	const char *why = make_group();
	struct team *team;
	int area, clone;
	long before;

	if (why)
		SKIP(return, "%s", why);
	team = team_start();
	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_do(team, do_join_group, 0, 0, 0, 0));
	before = group_value("memory.current");
	area = team_create(team, SIZE / PAGE, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	EXPECT_GT(before + SIZE / 4, group_value("memory.current"));
	ASSERT_EQ(0, team_fill(team, team_at(team), SIZE, 1));
	EXPECT_LT(before + SIZE / 2, group_value("memory.current"));
	/* It is the group's though it is used elsewhere, to the end. */
	clone = clone_area(area, RDWR);
	ASSERT_LT(0, clone);
	fill(area_at(clone), SIZE, 2);
	ASSERT_EQ(0, team_end(team));
	EXPECT_LT(SIZE / 2, group_value("memory.current"));
	ASSERT_EQ(0, delete_area(clone));
	EXPECT_TRUE(poll_until(group_value("memory.current") < SIZE / 2));
	EXPECT_TRUE(poll_until(!rmdir(MEMGROUP)));
}

TEST_HARNESS_MAIN

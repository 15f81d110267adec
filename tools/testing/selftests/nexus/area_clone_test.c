// SPDX-License-Identifier: GPL-2.0
/*
 * Clones: who may have which, that what one team writes the others see, the
 * maximum that sticks to a clone, and that each lives as long as it is there.
 * Other users are in area_perm_test.c.
 */
#include "ns.h"
#include "area.h"
#include <sys/resource.h>

#define RWX	(RDWR | NEXUS_AREA_EXEC)
#define WRITE	NEXUS_AREA_WRITE

TEST_F(ns, info_of_clone)
{
	struct team *team = team_start();
	struct nexus_area_info info, source;
	struct nexus_area_args args;
	int area, clone;

	ASSERT_NE(NULL, team);
	area = team_create(team, 3, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	ASSERT_EQ(0, team_fill(team, team_at(team), PAGE + 1, 5));
	ASSERT_EQ(0, area_info(area, &source));
	EXPECT_EQ(0, source.flags);
	EXPECT_EQ(2 * PAGE, source.ram_size);

	args = area_args("its own name", 0, RDONLY);
	args.flags = NEXUS_CREATE_MODE;
	args.mode = 0640;
	clone = nexus_area_clone(area, &args, sizeof(args));
	ASSERT_LT(0, clone);
	EXPECT_NE(area, clone);
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, area_info(clone, &info));
	EXPECT_EQ(clone, info.id);
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(args.address, info.address);
	EXPECT_EQ(3 * PAGE, info.size);
	/* It is the same memory. */
	EXPECT_EQ(2 * PAGE, info.ram_size);
	EXPECT_EQ(NEXUS_AREA_NO_LOCK, info.lock);
	EXPECT_EQ(RDONLY, info.protection);
	EXPECT_EQ(source.max_protection, info.max_protection);
	EXPECT_EQ(NEXUS_AREA_SHARED, info.flags);
	EXPECT_EQ(0, info.copy_count);
	EXPECT_EQ(0, info.uid);
	EXPECT_EQ(0640, info.mode);
	EXPECT_STREQ("its own name", info.name);

	/* Of the source this has changed that it is shared. */
	ASSERT_EQ(0, area_info(area, &info));
	EXPECT_EQ(NEXUS_AREA_SHARED, info.flags);
	info.flags = 0;
	EXPECT_EQ(0, memcmp(&source, &info, sizeof(info)));
	EXPECT_EQ(2, areas());
	EXPECT_EQ(clone, nexus_find(AREA, "its own name", 0));
	EXPECT_EQ(clone, area_for(area_at(clone) + PAGE));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, both_see_what_is_written)
{
	struct team *team = team_start();
	int area, clone, i;
	char *p;

	ASSERT_NE(NULL, team);
	area = new_area(40, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	p = area_at(area);
	/* Some pages are there before the clone, some are first used by it. */
	fill(p, 10 * PAGE, 1);
	clone = team_clone(team, area, RDWR);
	ASSERT_LT(0, clone);
	EXPECT_EQ(1, team_filled(team, team_at(team), 10 * PAGE, 1));
	EXPECT_EQ(1, team_all_bytes(team, team_at(team) + 10 * PAGE, 30 * PAGE,
				    0));
	ASSERT_EQ(0, team_fill(team, team_at(team) + 20 * PAGE, 20 * PAGE, 2));
	EXPECT_TRUE(filled(p, 10 * PAGE, 1));
	EXPECT_TRUE(all_bytes(p + 10 * PAGE, 10 * PAGE, 0));
	EXPECT_TRUE(filled(p + 20 * PAGE, 20 * PAGE, 2));
	fill(p, 40 * PAGE, 3);
	EXPECT_EQ(1, team_filled(team, team_at(team), 40 * PAGE, 3));
	/* Back and forth, byte for byte. */
	for (i = 0; i < 40; i++) {
		p[i * PAGE + i] = 1;
		EXPECT_EQ(1, team_peek(team, team_at(team) + i * PAGE + i));
		EXPECT_EQ(0, team_poke(team, team_at(team) + i * PAGE + i, 2));
		EXPECT_EQ(2, p[i * PAGE + i]);
	}
	EXPECT_EQ(0, team_end(team));
}

static long do_count(struct team *team)
{
	int *counter = (int *)(uintptr_t)team->args.address;
	int i;

	for (i = 0; i < team->arg[0]; i++)
		__atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
	return 0;
}

/* It is one memory, to the processors too. */
TEST_F(ns, counted_by_several_teams)
{
	enum { TEAMS = 3, COUNT = 20000 };
	struct team *team[TEAMS];
	int area, i;

	area = new_area(1, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	for (i = 0; i < TEAMS; i++) {
		team[i] = team_start();
		ASSERT_NE(NULL, team[i]);
		ASSERT_LT(0, team_clone(team[i], area, RDWR));
	}
	for (i = 0; i < TEAMS; i++)
		team_begin(team[i], do_count, COUNT, 0, 0, 0);
	for (i = 0; i < TEAMS; i++)
		EXPECT_EQ(0, team_result(team[i]));
	EXPECT_EQ(TEAMS * COUNT, *(int *)area_at(area));
	for (i = 0; i < TEAMS; i++)
		EXPECT_EQ(0, team_end(team[i]));
}

/* Rule 1: in one's own team anything that the maximum allows. */
TEST_F(ns, own_areas)
{
	unsigned int from, to;
	int area, clone;
	char *p;

	for (from = 0; from < 8; from++) {
		area = new_area(2, from);
		ASSERT_LT(0, area);
		for (to = 0; to < 8; to++) {
			clone = clone_area(area, to);
			ASSERT_LT(0, clone)
				TH_LOG("from %u to %u: %d", from, to, clone);
			EXPECT_EQ(to, area_protection(clone));
			EXPECT_EQ(area_maximum(area), area_maximum(clone));
			p = area_at(clone);
			EXPECT_EQ(to & WRITE ? 0 : SIGSEGV,
				  try_write(p + PAGE, to));
			if (to & WRITE && from & NEXUS_AREA_READ)
				EXPECT_EQ(to, area_at(area)[PAGE]);
			ASSERT_EQ(0, delete_area(clone));
		}
		EXPECT_EQ(from, area_protection(area));
		ASSERT_EQ(0, delete_area(area));
	}
}

TEST_F(ns, many_clones_in_one_team)
{
	enum { COUNT = 150 };
	int area, clone[COUNT], i, k;
	char *p[COUNT];

	area = new_area(2, RDWR);
	ASSERT_LT(0, area);
	for (i = 0; i < COUNT; i++) {
		clone[i] = clone_area(i ? clone[i / 2] : area, RDWR);
		ASSERT_LT(0, clone[i]);
		p[i] = area_at(clone[i]);
		for (k = 0; k < i; k++)
			ASSERT_NE(p[k], p[i]);
	}
	for (i = 0; i < COUNT; i += 13) {
		p[i][PAGE + 5] = i;
		for (k = 0; k < COUNT; k++)
			ASSERT_EQ(p[i][PAGE + 5], p[k][PAGE + 5]);
	}
	p[0][7] = 7;
	ASSERT_EQ(0, delete_area(area));
	for (i = 0; i < COUNT; i++) {
		/* In no order in particular; 7 and 150 have no divisor. */
		k = (i * 7 + 3) % COUNT;
		EXPECT_EQ(7, p[k][7]);
		ASSERT_EQ(0, delete_area(clone[k]));
	}
	EXPECT_EQ(0, areas());
}

/* Rules 2 and 3 for each source and each clone of two teams. */
TEST_F(ns, areas_of_others)
{
	static const unsigned int rights[] = {
		0, RDONLY, WRITE, RDWR, NEXUS_AREA_EXEC, RWX,
		RDONLY | NEXUS_AREA_EXEC, WRITE | NEXUS_AREA_EXEC,
	};
	struct team *team = team_start();
	unsigned int from, to;
	int area, clone;
	size_t i, k;

	ASSERT_NE(NULL, team);
	for (i = 0; i < ARRAY_SIZE(rights); i++) {
		from = rights[i];
		area = new_area(1, from | CLONEABLE);
		ASSERT_LT(0, area);
		for (k = 0; k < ARRAY_SIZE(rights); k++) {
			to = rights[k];
			clone = team_clone(team, area, to);
			if (to & ~from & WRITE) {
				EXPECT_EQ(-EPERM, clone)
					TH_LOG("from %u to %u", from, to);
				EXPECT_EQ(NULL, team_at(team));
				continue;
			}
			ASSERT_LT(0, clone)
				TH_LOG("from %u to %u: %d", from, to, clone);
			EXPECT_EQ(to, area_protection(clone));
			/* What the source lacks now it will never have. */
			EXPECT_EQ(from & WRITE, area_maximum(clone) & WRITE);
			EXPECT_EQ(to & WRITE ? 0 : SIGSEGV,
				  team_poke(team, team_at(team), 9));
			ASSERT_EQ(0, team_delete(team, clone));
		}
		/* Without the bit, nothing. */
		ASSERT_EQ(0, nexus_area_protect(area, from));
		for (k = 0; k < ARRAY_SIZE(rights); k++) {
			EXPECT_EQ(-EPERM, team_clone(team, area, rights[k]));
			EXPECT_EQ(-EPERM, team_clone(team, area, rights[k] |
						     CLONEABLE));
		}
		ASSERT_EQ(0, delete_area(area));
	}
	EXPECT_EQ(0, areas());
	EXPECT_EQ(0, team_end(team));
}

static long do_write_through_proc(struct team *team)
{
	const int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	long ret;

	if (fd < 0)
		return -errno;
	/* Addresses are not signed. */
	ret = nexus_ret(pwrite64(fd, "forced", 6,
				 (unsigned long)team->arg[0]));
	close(fd);
	return ret;
}

static long do_mprotect(struct team *team)
{
	return nexus_ret(mprotect((void *)team->arg[0], team->arg[1],
				  team->arg[2]));
}

/* A clone that was not to be written to never is, whatever is tried. */
TEST_F(ns, read_only_for_ever)
{
	const int rw = PROT_READ | PROT_WRITE;
	struct team *team = team_start();
	int area, clone, again;
	char *p, *there;

	ASSERT_NE(NULL, team);
	area = new_area(2, RDWR);
	ASSERT_LT(0, area);
	p = area_at(area);
	fill(p, 2 * PAGE, 4);
	ASSERT_EQ(0, nexus_area_protect(area, RDONLY | CLONEABLE));
	clone = team_clone(team, area, RDONLY | CLONEABLE);
	ASSERT_LT(0, clone);
	there = team_at(team);
	EXPECT_EQ(SIGSEGV, team_poke(team, there, 1));
	EXPECT_EQ(-EPERM, team_protect(team, clone, RDWR));
	EXPECT_EQ(-EPERM, team_protect(team, clone, WRITE));
	EXPECT_EQ(-EACCES, team_do(team, do_mprotect, (long)there, 2 * PAGE,
				   rw, 0));
	EXPECT_EQ(-EACCES, team_do(team, do_mprotect, (long)there + PAGE, PAGE,
				   rw, 0));
	/* Not even with the force that debuggers have. */
	EXPECT_GT(0, team_do(team, do_write_through_proc, (long)there, 0, 0,
			     0));
	/* Nor by a clone of the clone, here or there. */
	EXPECT_EQ(-EPERM, team_clone(team, clone, RDWR));
	EXPECT_EQ(-EPERM, clone_area(clone, RDWR));
	again = team_clone(team, clone, RDONLY);
	ASSERT_LT(0, again);
	EXPECT_EQ(-EPERM, team_protect(team, again, RDWR));
	EXPECT_EQ(0, area_maximum(again) & WRITE);

	/* Nor when the source can be written to again. */
	ASSERT_EQ(0, nexus_area_protect(area, RDWR | CLONEABLE));
	EXPECT_EQ(-EPERM, team_protect(team, clone, RDWR));
	EXPECT_EQ(-EPERM, team_clone(team, clone, RDWR));
	EXPECT_EQ(-EACCES, team_do(team, do_mprotect, (long)there, 2 * PAGE,
				   rw, 0));
	/* What is cloned now is another thing. */
	again = team_clone(team, area, RDONLY);
	ASSERT_LT(0, again);
	EXPECT_EQ(0, team_protect(team, again, RDWR));
	EXPECT_EQ(0, team_poke(team, team_at(team), 77));
	EXPECT_EQ(77, p[0]);
	EXPECT_EQ(77, team_peek(team, there));
	p[0] = 4 * 31;
	EXPECT_TRUE(filled(p, 2 * PAGE, 4));
	/* The maximum comes along when it is transferred. */
	clone = team_transfer(team, clone, getpid());
	ASSERT_LT(0, clone);
	EXPECT_EQ(-EPERM, nexus_area_protect(clone, RDWR));
	EXPECT_EQ(SIGSEGV, try_write(area_at(clone), 1));
	EXPECT_EQ(0, team_end(team));
}

/* Rule 4: a clone is cloneable if whoever made it says so. */
TEST_F(ns, clone_of_clone)
{
	struct team *second = team_start(), *third = team_start();
	int area, clone, last;

	ASSERT_NE(NULL, second);
	ASSERT_NE(NULL, third);
	area = new_area(2, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	clone = team_clone(second, area, RDWR);
	ASSERT_LT(0, clone);
	EXPECT_EQ(-EPERM, team_clone(third, clone, RDWR));
	EXPECT_EQ(-EPERM, clone_area(clone, RDWR));
	ASSERT_EQ(0, team_protect(second, clone, RDONLY | CLONEABLE));
	EXPECT_EQ(-EPERM, team_clone(third, clone, RDWR));
	last = team_clone(third, clone, RDONLY);
	ASSERT_LT(0, last);
	fill(area_at(area), 2 * PAGE, 8);
	EXPECT_EQ(1, team_filled(third, team_at(third), 2 * PAGE, 8));
	EXPECT_EQ(-EPERM, team_protect(third, last, RDWR));
	/* The source does not say what its clones are. */
	ASSERT_EQ(0, nexus_area_protect(area, 0));
	EXPECT_EQ(RDONLY | CLONEABLE, area_protection(clone));
	EXPECT_EQ(RDONLY, area_protection(last));
	EXPECT_EQ(1, team_filled(second, team_at(second), 2 * PAGE, 8));
	ASSERT_EQ(0, delete_area(area));
	EXPECT_EQ(0, team_end(second));
	/* Both before it are gone. */
	EXPECT_EQ(1, areas());
	EXPECT_EQ(1, team_filled(third, team_at(third), 2 * PAGE, 8));
	EXPECT_EQ(0, team_end(third));
	EXPECT_EQ(0, areas());
}

TEST_F(ns, source_ends)
{
	enum { DELETED, UNMAPPED, EXIT, KILLED, WAYS };
	struct nexus_area_info info;
	struct team *team;
	int way, area, clone;
	char *p;

	for (way = 0; way < WAYS; way++) {
		team = team_start();
		ASSERT_NE(NULL, team);
		area = team_create(team, 5, RDWR | CLONEABLE);
		ASSERT_LT(0, area);
		ASSERT_EQ(0, team_fill(team, team_at(team), 4 * PAGE, way));
		clone = clone_area(area, RDWR);
		ASSERT_LT(0, clone);
		p = area_at(clone);
		if (way == DELETED)
			ASSERT_EQ(0, team_delete(team, area));
		if (way == UNMAPPED)
			ASSERT_EQ(0, team_munmap(team, team_at(team), 5));
		if (way == EXIT)
			ASSERT_EQ(0, team_end(team));
		if (way == KILLED)
			ASSERT_EQ(128 + SIGKILL, team_kill(team));
		EXPECT_EQ(-EIDRM, area_info(area, &info));
		EXPECT_EQ(1, areas());
		EXPECT_TRUE(filled(p, 4 * PAGE, way));
		EXPECT_TRUE(all_bytes(p + 4 * PAGE, PAGE, 0));
		EXPECT_EQ(0, try_write(p + 5 * PAGE - 1, 1));
		EXPECT_EQ(5 * PAGE, (area_info(clone, &info), info.ram_size));
		/* It was a clone once, and remains one. */
		EXPECT_EQ(NEXUS_AREA_SHARED, info.flags);
		ASSERT_EQ(0, delete_area(clone));
		if (way < EXIT)
			EXPECT_EQ(0, team_end(team));
	}
}

/* The memory goes with the last of them. */
TEST_F(ns, memory_is_freed)
{
	enum { PAGES = 2048 };
	const long size = PAGES * PAGE / 1024;
	struct team *team = team_start();
	const char *file = "/proc/meminfo", *key = "Shmem";
	long before = kilobytes(file, key);
	int area, clone;

	ASSERT_NE(NULL, team);
	ASSERT_LE(0, before);
	area = new_area(PAGES, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	memset(area_at(area), 1, PAGES * PAGE);
	clone = team_clone(team, area, RDWR);
	ASSERT_LT(0, clone);
	ASSERT_EQ(1, team_all_bytes(team, team_at(team), PAGES * PAGE, 1));
	/* It is there once.  These numbers are not exact. */
	EXPECT_LT(before + size * 3 / 4, kilobytes(file, key));
	EXPECT_GT(before + size * 3 / 2, kilobytes(file, key));
	ASSERT_EQ(0, delete_area(area));
	EXPECT_LT(before + size * 3 / 4, kilobytes(file, key));
	ASSERT_EQ(128 + SIGKILL, team_kill(team));
	EXPECT_TRUE(poll_until(kilobytes(file, key) < before + size / 4));
}

/* What is left of a source that was cut is what is cloned. */
TEST_F(ns, part_of_a_source)
{
	struct team *team = team_start();
	int area, clone, i;
	char *p, *there;

	ASSERT_NE(NULL, team);
	area = new_area(8, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	p = area_at(area);
	for (i = 0; i < 8; i++)
		memset(p + i * PAGE, i + 1, PAGE);
	ASSERT_EQ(0, munmap(p, 2 * PAGE));
	ASSERT_EQ(0, munmap(p + 7 * PAGE, PAGE));
	ASSERT_EQ(5, area_pages(area));
	clone = team_clone(team, area, RDWR);
	ASSERT_LT(0, clone);
	EXPECT_EQ(5, area_pages(clone));
	there = team_at(team);
	for (i = 0; i < 5; i++)
		EXPECT_EQ(i + 3, team_peek(team, there + i * PAGE + 9));
	EXPECT_EQ(0, team_poke(team, there + 4 * PAGE, 99));
	EXPECT_EQ(99, p[6 * PAGE]);
	p[2 * PAGE] = 98;
	EXPECT_EQ(98, team_peek(team, there));
	EXPECT_EQ(1, team_vmas(team, there, 5));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, size_follows_source)
{
	struct team *team = team_start();
	int area, clone;

	ASSERT_NE(NULL, team);
	area = new_area(8, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	ASSERT_EQ(0, resize_area(area, 3));
	clone = team_clone(team, area, RDWR);
	ASSERT_LT(0, clone);
	EXPECT_EQ(3, area_pages(clone));
	ASSERT_EQ(0, resize_area(area, 2));
	EXPECT_EQ(2, area_pages(clone));
	EXPECT_EQ(1, team_vmas(team, team_at(team), 2));
	/* That a clone is resized is in area_resize_test.c. */
	EXPECT_EQ(0, team_end(team));
}

static long do_limit_memlock(struct team *team)
{
	const struct rlimit limit = { team->arg[0], team->arg[0] };

	return nexus_ret(setrlimit(RLIMIT_MEMLOCK, &limit));
}

/* A clone is locked as its source is, at its own team's expense. */
TEST_F(ns, locks)
{
	struct team *team = team_start();
	struct nexus_area_args args;
	int area, clone, lock;

	ASSERT_NE(NULL, team);
	for (lock = 0; lock <= NEXUS_AREA_32_BIT_CONTIGUOUS; lock++) {
		args = area_args("locked", 4, RDWR | CLONEABLE);
		args.lock = lock;
		args.flags = NEXUS_CREATE_MODE;
		args.mode = 0666;
		area = create_area(&args);
		ASSERT_LT(0, area);
		clone = clone_area(area, RDWR);
		ASSERT_LT(0, clone);
		ASSERT_EQ(0, area_info(clone, &team->info));
		EXPECT_EQ(lock, team->info.lock);
		ASSERT_EQ(0, delete_area(clone));
	}
	/* The last one is locked fully, and this is too little for that. */
	ASSERT_EQ(0, team_become(team, 1000));
	ASSERT_EQ(0, team_do(team, do_limit_memlock, 3 * PAGE, 0, 0, 0));
	EXPECT_EQ(-ENOMEM, team_clone(team, area, RDWR));
	EXPECT_EQ(-ENOENT, nexus_find(AREA, "team's clone", 0));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, placed_like_areas)
{
	struct team *team = team_start();
	struct nexus_area_args args;
	char *p = free_range(16);
	int area, clone;

	ASSERT_NE(NULL, team);
	ASSERT_NE(NULL, p);
	area = team_create(team, 2, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	args = area_args("exact", 0, RDWR);
	args.spec = NEXUS_AREA_EXACT;
	args.address = (uintptr_t)p;
	clone = nexus_area_clone(area, &args, sizeof(args));
	ASSERT_LT(0, clone);
	EXPECT_EQ(p, area_at(clone));
	EXPECT_EQ(-EEXIST, nexus_area_clone(area, &args, sizeof(args)));
	args.spec = NEXUS_AREA_BASE;
	clone = nexus_area_clone(area, &args, sizeof(args));
	ASSERT_LT(0, clone);
	EXPECT_EQ(p + 2 * PAGE, area_at(clone));
	EXPECT_EQ((uintptr_t)p + 2 * PAGE, args.address);
	args.spec = NEXUS_AREA_RANDOM_BASE;
	args.address = (uintptr_t)p;
	clone = nexus_area_clone(area, &args, sizeof(args));
	ASSERT_LT(0, clone);
	EXPECT_LT(p, area_at(clone));
	/* They lie side by side and are two for all that. */
	EXPECT_EQ(2, vmas_at(p, 4));
	p[0] = 1;
	EXPECT_EQ(1, p[2 * PAGE]);
	EXPECT_EQ(0, team_end(team));
}

/* To have many clones is no way around the limit on memory. */
TEST_F(ns, address_space_limit)
{
	struct rlimit limit, old;
	long before, used;
	int area, i;

	area = new_area(256, RDWR);
	ASSERT_LT(0, area);
	used = kilobytes("/proc/self/status", "VmSize") * 1024;
	ASSERT_LT(0, used);
	ASSERT_EQ(0, getrlimit(RLIMIT_AS, &old));
	limit = old;
	limit.rlim_cur = used + 600 * PAGE;
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	EXPECT_LT(0, clone_area(area, RDWR));
	EXPECT_LT(0, clone_area(area, RDWR));
	before = all_vmas();
	for (i = 0; i < 5; i++)
		EXPECT_EQ(-ENOMEM, clone_area(area, RDWR));
	EXPECT_EQ(-ENOMEM, new_area(100, RDWR));
	EXPECT_EQ(3, areas());
	EXPECT_EQ(before, all_vmas());
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &old));
	EXPECT_LT(0, clone_area(area, RDWR));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * Who lists areas: nexus_area_map() over a whole address space, nexus_next()
 * by id, /proc/nexus/areas and /proc/PID/maps.
 */
#include "ns.h"
#include "area.h"
#include <sys/auxv.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA		0x53564d41
#define PR_SET_VMA_ANON_NAME	0
#endif

#define RWX	(RDWR | NEXUS_AREA_EXEC)

static char text[512 * 1024];

static unsigned int perms_to_protection(const char *perms)
{
	return (perms[0] == 'r' ? NEXUS_AREA_READ : 0) |
	       (perms[1] == 'w' ? NEXUS_AREA_WRITE : 0) |
	       (perms[2] == 'x' ? NEXUS_AREA_EXEC : 0);
}

/* Describes the mapping of the caller's at an address; 0 if there is none. */
static int map_at(const void *p, struct nexus_area_info *info)
{
	memset(info, 0xff, sizeof(*info));
	return !area_map(0, p, info) && info->address <= (uintptr_t)p;
}

TEST_F(ns, map_finds_areas)
{
	char *p = free_range(16);
	struct nexus_area_info info, same;
	int a, b;

	ASSERT_NE(NULL, p);
	a = new_area_at(p + 2 * PAGE, 3, RDWR | CLONEABLE);
	b = new_area_at(p + 5 * PAGE, 1, RDONLY);
	ASSERT_LT(0, a);
	ASSERT_LT(0, b);
	p[3 * PAGE] = 1;
	/* The first that ends above the address. */
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, area_map(0, p, &info));
	EXPECT_EQ(a, info.id);
	/* What nexus_info() tells, all of it. */
	ASSERT_EQ(0, area_info(a, &same));
	EXPECT_EQ(0, memcmp(&info, &same, sizeof(info)));
	EXPECT_EQ(PAGE, info.ram_size);
	ASSERT_EQ(0, area_map(0, p + 2 * PAGE, &info));
	EXPECT_EQ(a, info.id);
	ASSERT_EQ(0, area_map(0, p + 5 * PAGE - 1, &info));
	EXPECT_EQ(a, info.id);
	EXPECT_EQ((uintptr_t)p + 2 * PAGE, info.address);
	ASSERT_EQ(0, area_map(0, p + 5 * PAGE, &info));
	EXPECT_EQ(b, info.id);
	EXPECT_EQ(RDONLY, info.protection);
	EXPECT_EQ(PAGE, info.size);
	/* Oneself by one's number. */
	ASSERT_EQ(0, area_map(getpid(), p + 5 * PAGE, &info));
	EXPECT_EQ(b, info.id);
	EXPECT_EQ(getpid(), info.team);
}

/* An area is one, be it several mappings to Linux. */
TEST_F(ns, map_of_areas_in_pieces)
{
	char *p = free_range(8);
	struct nexus_area_info info;
	int area;

	ASSERT_NE(NULL, p);
	area = new_area_at(p, 6, RDWR);
	ASSERT_LT(0, area);
	ASSERT_EQ(0, mprotect(p + 2 * PAGE, PAGE, PROT_READ));
	ASSERT_EQ(3, vmas_at(p, 6));
	EXPECT_EQ(1, areas());
	ASSERT_EQ(0, area_map(0, p, &info));
	EXPECT_EQ(area, info.id);
	EXPECT_EQ(6 * PAGE, info.size);
	/* What all pages have in common. */
	EXPECT_EQ(RDONLY, info.protection);
	ASSERT_EQ(0, area_map(0, p + 4 * PAGE, &info));
	EXPECT_EQ(area, info.id);
	EXPECT_EQ((uintptr_t)p, info.address);
	ASSERT_EQ(0, area_map(0, p + 6 * PAGE, &info));
	EXPECT_NE(area, info.id);
}

/* The line of /proc/self/maps that an address is in, as a mapping. */
static int maps_line(unsigned long long address, struct vma *vma)
{
	return vmas(0, (void *)(uintptr_t)address,
		    (void *)(uintptr_t)(address + 1), vma) == 1;
}

/* It tells of everything that /proc/self/maps does, in the same order. */
TEST_F(ns, map_tells_all)
{
	unsigned long long at = 0, last = 0;
	struct nexus_area_info info;
	int area[3], i, own = 0;
	struct vma vma;
	long count = 0, ret;

	for (i = 0; i < 3; i++) {
		area[i] = new_area(i + 1, RDWR);
		ASSERT_LT(0, area[i]);
	}
	for (;;) {
		memset(&info, 0xff, sizeof(info));
		ret = area_map(0, (void *)(uintptr_t)at, &info);
		if (ret)
			break;
		ASSERT_LE(last, info.address);
		ASSERT_LT(0, info.size);
		ASSERT_EQ(1, maps_line(info.address, &vma))
			TH_LOG("nothing at %llx", info.address);
		EXPECT_EQ(vma.start, info.address);
		EXPECT_EQ(vma.end, info.address + info.size);
		EXPECT_EQ(perms_to_protection(vma.perms), info.protection);
		EXPECT_EQ(getpid(), info.team);
		EXPECT_EQ(0, info.__pad);
		EXPECT_EQ(0, info.name[NEXUS_NAME_LEN - 1]);
		EXPECT_EQ(area_for((void *)(uintptr_t)info.address),
			  info.id ? info.id : -ENOENT);
		for (i = 0; i < 3; i++)
			own += info.id == area[i];
		count++;
		last = info.address;
		at = info.address + info.size;
	}
	EXPECT_EQ(-ENOENT, ret);
	EXPECT_EQ(3, own);
	/* But for a page of the kernel's, which is listed there. */
	ret = all_vmas();
	ASSERT_LT(0, read_file("/proc/self/maps", text, sizeof(text)));
	EXPECT_EQ(ret - !!strstr(text, "[vsyscall]"), count);
	EXPECT_EQ(-ENOENT, area_map(0, (void *)~0UL, &info));
}

TEST_F(ns, map_names_others)
{
	struct nexus_area_info info;
	char exe[256], *slash, *heap;
	const void *vdso;
	ssize_t len;
	int local = 0;

	ASSERT_EQ(1, map_at(&local, &info));
	EXPECT_EQ(0, info.id);
	EXPECT_STREQ("stack", info.name);
	EXPECT_EQ(RDWR, info.protection);
	EXPECT_TRUE(all_bytes(info.name + 5, sizeof(info.name) - 5, 0));

	heap = sbrk(0);
	ASSERT_NE((void *)-1, sbrk(3 * PAGE));
	ASSERT_EQ(1, map_at(heap, &info));
	EXPECT_EQ(0, info.id);
	EXPECT_STREQ("heap", info.name);

	vdso = (void *)getauxval(AT_SYSINFO_EHDR);
	if (vdso) {
		ASSERT_EQ(1, map_at(vdso, &info));
		EXPECT_EQ(0, info.id);
		EXPECT_STREQ("vdso", info.name);
		EXPECT_EQ(RDONLY | NEXUS_AREA_EXEC, info.protection);
	}

	len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	ASSERT_LT(0, len);
	exe[len] = 0;
	slash = strrchr(exe, '/');
	ASSERT_NE(NULL, slash);
	slash[NEXUS_NAME_LEN] = 0;
	ASSERT_EQ(1, map_at((void *)(uintptr_t)map_at, &info));
	EXPECT_EQ(0, info.id);
	EXPECT_STREQ(slash + 1, info.name);
	EXPECT_EQ(RDONLY | NEXUS_AREA_EXEC, info.protection);
}

TEST_F(ns, map_of_other_mappings)
{
	const int anon = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
	char path[] = "/tmp/a file name that is longer than an area's";
	char *p = free_range(16);
	struct nexus_area_info info;
	int fd;

	ASSERT_NE(NULL, p);
	/* Apart from each other, so that they stay several mappings. */
	ASSERT_EQ(p, mmap(p, PAGE, PROT_NONE, anon, -1, 0));
	ASSERT_EQ(1, map_at(p, &info));
	EXPECT_EQ(0, info.id);
	EXPECT_EQ(0, info.protection);
	EXPECT_EQ(PAGE, info.size);
	EXPECT_EQ(NEXUS_AREA_NO_LOCK, info.lock);
	EXPECT_TRUE(all_bytes(info.name, sizeof(info.name), 0));
	EXPECT_EQ(0, info.ram_size);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(0, info.copy_count);
	EXPECT_EQ(0, info.mode);

	/* Locked, and locked once it is used. */
	ASSERT_EQ(p + 2 * PAGE, mmap(p + 2 * PAGE, PAGE, PROT_READ, anon, -1,
				     0));
	ASSERT_EQ(0, mlock(p + 2 * PAGE, PAGE));
	ASSERT_EQ(1, map_at(p + 2 * PAGE, &info));
	EXPECT_EQ(NEXUS_AREA_FULL_LOCK, info.lock);
	EXPECT_EQ(RDONLY, info.protection);

	if (!prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, p, PAGE, "my own")) {
		ASSERT_EQ(1, map_at(p, &info));
		EXPECT_STREQ("my own", info.name);
	}

	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, PAGE));
	ASSERT_EQ(p + 4 * PAGE,
		  mmap(p + 4 * PAGE, PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0));
	ASSERT_EQ(1, map_at(p + 4 * PAGE, &info));
	path[5 + NEXUS_NAME_LEN - 1] = 0;
	EXPECT_STREQ(path + 5, info.name);
	EXPECT_EQ(0, info.id);
	EXPECT_EQ(RDWR, info.protection);
	close(fd);
	unlink("/tmp/a file name that is longer than an area's");

	/* What is mapped from the file of an area is none. */
	fd = nexus_open(AREA, new_area(1, RDWR), 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(p + 6 * PAGE,
		  mmap(p + 6 * PAGE, PAGE, PROT_READ,
		       MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0));
	ASSERT_EQ(1, map_at(p + 6 * PAGE, &info));
	EXPECT_EQ(0, info.id);
	EXPECT_EQ(RDONLY, info.protection);
}

TEST_F(ns, map_of_another_team)
{
	struct team *team = team_start();
	struct nexus_area_info info;
	unsigned long long at = 0;
	int area, seen = 0, none = 0;

	ASSERT_NE(NULL, team);
	area = team_create(team, 2, RDONLY);
	ASSERT_LT(0, area);
	while (!area_map(team->pid, (void *)(uintptr_t)at, &info)) {
		EXPECT_EQ(team->pid, info.team);
		seen += info.id == area;
		none += !info.id;
		at = info.address + info.size;
	}
	EXPECT_EQ(1, seen);
	EXPECT_LE(3, none);
	ASSERT_EQ(0, area_map(team->pid, team_at(team), &info));
	EXPECT_EQ(area, info.id);
	EXPECT_STREQ("team's area", info.name);
	ASSERT_EQ(0, team_end(team));
	EXPECT_EQ(-ESRCH, area_map(team->pid, NULL, &info));
}

/* It has ended, but its parent has not asked yet: it maps nothing. */
TEST_F(ns, map_of_a_zombie)
{
	struct team *team = team_start();
	struct nexus_area_info info;
	siginfo_t si;

	ASSERT_NE(NULL, team);
	ASSERT_LT(0, team_create(team, 2, RDWR));
	kill(team->pid, SIGKILL);
	ASSERT_EQ(0, waitid(P_PID, team->pid, &si, WEXITED | WNOWAIT));
	EXPECT_EQ(-ESRCH, area_map(team->pid, NULL, &info));
	EXPECT_EQ(128 + SIGKILL, team_reap(team));
	EXPECT_EQ(-ESRCH, area_map(team->pid, NULL, &info));
}

TEST_F(ns, next_in_id_order)
{
	enum { COUNT = 120 };
	struct nexus_area_info info;
	int area[COUNT], last = 0, i;

	EXPECT_EQ(-ENOENT, nexus_next(AREA, 0, 0, &info, sizeof(info), 0));
	for (i = 0; i < COUNT; i++) {
		area[i] = new_area(1 + i % 3, RDWR);
		ASSERT_LT(0, area[i]);
		/* A port among them does not appear. */
		if (i % 50 == 0)
			ASSERT_LT(0, new_port(1));
	}
	for (i = 0; i < COUNT; i += 3)
		ASSERT_EQ(0, delete_area(area[i]));
	for (i = 0; i < COUNT; i++) {
		if (i % 3 == 0)
			continue;
		memset(&info, 0xff, sizeof(info));
		ASSERT_EQ(0, nexus_next(AREA, i & 1 ? getpid() : 0, last,
					&info, sizeof(info), 0));
		ASSERT_EQ(area[i], info.id);
		EXPECT_EQ((1 + i % 3) * PAGE, info.size);
		EXPECT_EQ(area[i], area_for((void *)(uintptr_t)info.address));
		EXPECT_EQ(getpid(), info.team);
		EXPECT_STREQ("test area", info.name);
		last = info.id;
	}
	EXPECT_EQ(-ENOENT, nexus_next(AREA, 0, last, &info, sizeof(info), 0));
	/* The id to go on from need not exist. */
	ASSERT_EQ(0, nexus_next(AREA, 0, last - 1, &info, sizeof(info), 0));
	EXPECT_EQ(last, info.id);
	EXPECT_EQ(COUNT - COUNT / 3, areas());
}

TEST_F(ns, next_of_another_team)
{
	struct team *team = team_start();
	struct nexus_area_info info;
	int area, theirs;

	ASSERT_NE(NULL, team);
	area = new_area(1, RDWR);
	theirs = team_create(team, 2, RDWR);
	ASSERT_LT(0, area);
	ASSERT_LT(0, theirs);
	ASSERT_EQ(0, nexus_next(AREA, team->pid, 0, &info, sizeof(info), 0));
	EXPECT_EQ(theirs, info.id);
	EXPECT_EQ(team->pid, info.team);
	EXPECT_EQ((uintptr_t)team_at(team), info.address);
	EXPECT_EQ(2 * PAGE, info.size);
	EXPECT_EQ(-ENOENT, nexus_next(AREA, team->pid, info.id, &info,
				      sizeof(info), 0));
	ASSERT_EQ(0, nexus_next(AREA, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(area, info.id);
	EXPECT_EQ(-ENOENT, nexus_next(AREA, 0, area, &info, sizeof(info), 0));
	ASSERT_EQ(0, team_end(team));
	EXPECT_EQ(-ESRCH, nexus_next(AREA, team->pid, 0, &info, sizeof(info),
				     0));
}

/* A line of /proc/nexus/areas. */
struct listed {
	int id;
	int team;
	unsigned long long address;
	unsigned long long size;
	unsigned long long ram;
	unsigned int lock;
	unsigned int prot;
	unsigned int max;
	char flags[16];
	unsigned int uid;
	unsigned int mode;
	char name[160];
};

/* The area's line in the list; its number or below 0. */
static int find_line(int area, struct listed *l)
{
	int line = 0, pos;
	char *p;

	if (read_file("/proc/nexus/areas", text, sizeof(text)) <= 0)
		return -2;
	for (p = strchr(text, '\n'); p && p[1]; p = strchr(p, '\n')) {
		p++;
		line++;
		pos = 0;
		if (sscanf(p, "%d %d %llx %llu %llu %u %x %x %15s %u %o %n",
			   &l->id, &l->team, &l->address, &l->size, &l->ram,
			   &l->lock, &l->prot, &l->max, l->flags, &l->uid,
			   &l->mode, &pos) != 11)
			return -3;
		if (l->id != area)
			continue;
		snprintf(l->name, sizeof(l->name), "%.*s",
			 (int)strcspn(p + pos, "\n"), p + pos);
		return line;
	}
	return -1;
}

/* Lines without the header. */
static int lines(void)
{
	int n = -1;
	char *p;

	if (read_file("/proc/nexus/areas", text, sizeof(text)) <= 0)
		return -1;
	for (p = text; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

static long do_lines(struct team *team)
{
	return lines();
}

static long do_find_line(struct team *team)
{
	struct listed l;
	const int ret = find_line(team->arg[0], &l);

	if (ret < 0)
		return ret;
	/* It may not look into the team: it is not told where it is. */
	return l.address ? -4 : ret;
}

TEST_F(ns, proc_areas)
{
	static const char * const columns[] = {
		"id", "team", "address", "size", "ram", "lock", "prot", "max",
		"flags", "uid", "mode", "name"
	};
	struct team *team = team_start();
	struct nexus_area_args args;
	struct listed l = {};
	int area[2];
	char *p;
	size_t i;

	ASSERT_NE(NULL, team);
	EXPECT_EQ(0, lines());
	p = strtok(text, "\n ");
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		ASSERT_NE(NULL, p);
		EXPECT_STREQ(columns[i], p);
		p = strtok(NULL, "\n ");
	}
	EXPECT_EQ(NULL, p);
	args = area_args("first\none", 3, RDWR);
	args.lock = NEXUS_AREA_LAZY_LOCK;
	area[0] = create_area(&args);
	ASSERT_LT(0, area[0]);
	area_at(area[0])[PAGE] = 1;
	args = area_args("second", 1, RDONLY | CLONEABLE);
	args.flags = NEXUS_CREATE_MODE;
	args.mode = 0644;
	area[1] = create_area(&args);
	ASSERT_LT(0, area[1]);
	ASSERT_LT(0, team_clone(team, area[1], RDONLY));

	EXPECT_EQ(3, lines());
	ASSERT_EQ(1, find_line(area[0], &l));
	EXPECT_EQ(getpid(), l.team);
	EXPECT_EQ((uintptr_t)area_at(area[0]), l.address);
	EXPECT_EQ(3 * PAGE, l.size);
	EXPECT_EQ(PAGE, l.ram);
	EXPECT_EQ(NEXUS_AREA_LAZY_LOCK, l.lock);
	EXPECT_EQ(RDWR, l.prot);
	EXPECT_EQ(area_maximum(area[0]), l.max);
	EXPECT_STREQ("-", l.flags);
	EXPECT_EQ(0, l.uid);
	EXPECT_EQ(0600, l.mode);
	EXPECT_STREQ("first\\012one", l.name);
	ASSERT_EQ(2, find_line(area[1], &l));
	EXPECT_EQ(RDONLY | CLONEABLE, l.prot);
	EXPECT_STREQ("shared", l.flags);
	EXPECT_EQ(0644, l.mode);
	EXPECT_STREQ("second", l.name);

	/* Another user sees what it may read. */
	ASSERT_EQ(0, team_become(team, 1000));
	EXPECT_EQ(1, team_do(team, do_find_line, area[1], 0, 0, 0));
	EXPECT_EQ(-1, team_do(team, do_find_line, area[0], 0, 0, 0));
	EXPECT_EQ(1, team_do(team, do_lines, 0, 0, 0, 0));
	ASSERT_LT(0, team_create(team, 1, RDWR));
	EXPECT_EQ(2, team_do(team, do_lines, 0, 0, 0, 0));
	ASSERT_EQ(0, team_end(team));
	EXPECT_EQ(2, lines());
	ASSERT_EQ(0, delete_area(area[0]));
	EXPECT_EQ(1, lines());
}

TEST_F(ns, proc_many_areas)
{
	enum { COUNT = 300 };
	int area[COUNT], i;
	struct listed l;

	for (i = 0; i < COUNT; i++) {
		area[i] = new_area(1, RDWR);
		ASSERT_LT(0, area[i]);
	}
	EXPECT_EQ(COUNT, lines());
	for (i = 0; i < COUNT; i += 7)
		ASSERT_EQ(i + 1, find_line(area[i], &l));
}

TEST_F(ns, proc_maps)
{
	static const struct {
		const char *name;
		const char *shown;
	} names[] = {
		{ "shown", "/area:shown (deleted)" },
		{ "", "/area: (deleted)" },
		{ "two words", "/area:two words (deleted)" },
		{ "line\nfeed", "/area:line\\012feed (deleted)" },
	};
	struct nexus_area_args args;
	struct vma vma;
	int area, clone;
	size_t i;
	char *p;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		args = area_args(names[i].name, 2, RDWR);
		area = create_area(&args);
		ASSERT_LT(0, area);
		p = area_at(area);
		ASSERT_EQ(1, vmas(0, p, p + 2 * PAGE, &vma));
		EXPECT_STREQ(names[i].shown, vma.name);
		EXPECT_EQ((uintptr_t)p, vma.start);
		EXPECT_EQ((uintptr_t)p + 2 * PAGE, vma.end);
		clone = clone_area(area, RDONLY);
		ASSERT_LT(0, clone);
		p = area_at(clone);
		/* Which of the two names it shows is not said. */
		ASSERT_EQ(1, vmas(0, p, p + 2 * PAGE, &vma));
		EXPECT_EQ(0, strncmp("/area:", vma.name, 6));
		EXPECT_EQ('-', vma.perms[1]);
		ASSERT_EQ(0, delete_area(area));
		ASSERT_EQ(0, delete_area(clone));
	}
}

TEST_HARNESS_MAIN

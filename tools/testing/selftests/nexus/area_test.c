// SPDX-License-Identifier: GPL-2.0
/*
 * What areas do when nothing goes wrong: where they are put, what is in them,
 * what is told about them, their names, and how many there may be.
 */
#include "ns.h"
#include "area.h"

#define RWX	(RDWR | NEXUS_AREA_EXEC)

TEST_F(ns, new_area_info)
{
	struct nexus_area_args args = area_args("fresh", 3, RDWR);
	struct nexus_area_info info;
	int area;

	area = create_area(&args);
	ASSERT_LT(0, area);
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, area_info(area, &info));
	EXPECT_EQ(area, info.id);
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(args.address, info.address);
	EXPECT_EQ(0, info.address % PAGE);
	EXPECT_EQ(3 * PAGE, info.size);
	EXPECT_EQ(0, info.ram_size);
	EXPECT_EQ(NEXUS_AREA_NO_LOCK, info.lock);
	EXPECT_EQ(RDWR, info.protection);
	EXPECT_EQ(RWX, info.max_protection & RWX);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(0, info.copy_count);
	EXPECT_EQ(geteuid(), info.uid);
	EXPECT_EQ(getegid(), info.gid);
	EXPECT_EQ(geteuid(), info.creator_uid);
	EXPECT_EQ(0600, info.mode);
	EXPECT_EQ(0, info.__pad);
	EXPECT_STREQ("fresh", info.name);
	EXPECT_TRUE(all_bytes(info.name + 5, sizeof(info.name) - 5, 0));
	/* The rest of what the caller gave is as it was. */
	EXPECT_EQ(3 * PAGE, args.size);
	EXPECT_EQ(NEXUS_AREA_ANY, args.spec);
	EXPECT_EQ(RDWR, args.protection);
}

TEST_F(ns, given_mode)
{
	static const int modes[] = { 0, 0640, 0777 };
	struct nexus_area_args args;
	struct nexus_area_info info;
	size_t i;
	int area;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		args = area_args("mode", 1, RDWR);
		args.flags = NEXUS_CREATE_MODE;
		args.mode = modes[i];
		area = create_area(&args);
		ASSERT_LT(0, area);
		/* root may ask whatever the mode says. */
		ASSERT_EQ(0, area_info(area, &info));
		EXPECT_EQ(modes[i], info.mode);
	}
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0644\n"));
	area = new_area(1, RDWR);
	ASSERT_EQ(0, area_info(area, &info));
	EXPECT_EQ(0644, info.mode);
}

TEST_F(ns, sizes)
{
	const struct {
		size_t given;
		size_t size;
	} sizes[] = {
		{ 1, PAGE },
		{ PAGE - 1, PAGE },
		{ PAGE, PAGE },
		{ PAGE + 1, 2 * PAGE },
		{ 16 * PAGE, 16 * PAGE },
		{ 600 * PAGE - 5, 600 * PAGE },
	};
	struct nexus_area_args args;
	struct nexus_area_info info;
	size_t i;
	int area;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		args = area_args("size", 0, RDWR);
		args.size = sizes[i].given;
		area = create_area(&args);
		ASSERT_LT(0, area);
		ASSERT_EQ(0, area_info(area, &info));
		EXPECT_EQ(sizes[i].size, info.size);
		/* All of it is there, and nothing else. */
		EXPECT_EQ(1, vmas_at(area_at(area), info.size / PAGE));
		EXPECT_EQ(0, try_write(area_at(area), 1));
		EXPECT_EQ(0, try_write(area_at(area) + info.size - 1, 1));
		ASSERT_EQ(0, delete_area(area));
	}
}

TEST_F(ns, filled_with_zeros)
{
	int area, i;
	char *p;

	/* Not with what the last one left. */
	for (i = 0; i < 20; i++) {
		area = new_area(50, RDWR);
		ASSERT_LT(0, area);
		p = area_at(area);
		ASSERT_NE(NULL, p);
		ASSERT_TRUE(all_bytes(p, 50 * PAGE, 0));
		memset(p, 0xa5, 50 * PAGE);
		ASSERT_TRUE(all_bytes(p, 50 * PAGE, 0xa5));
		ASSERT_EQ(0, delete_area(area));
	}
}

TEST_F(ns, ram_size)
{
	struct nexus_area_info info;
	int area, i;
	char *p;

	area = new_area(40, RDWR);
	ASSERT_LT(0, area);
	p = area_at(area);
	for (i = 0; i < 40; i += 4) {
		p[i * PAGE + 17] = 1;
		ASSERT_EQ(0, area_info(area, &info));
		EXPECT_EQ((i / 4 + 1) * PAGE, info.ram_size);
	}
	/* Pages that were written to before are no more for that. */
	memset(p, 1, PAGE);
	ASSERT_EQ(0, area_info(area, &info));
	EXPECT_EQ(10 * PAGE, info.ram_size);
	memset(p, 1, 40 * PAGE);
	ASSERT_EQ(0, area_info(area, &info));
	EXPECT_EQ(40 * PAGE, info.ram_size);
	EXPECT_EQ(0, info.copy_count);
	EXPECT_EQ(0, info.flags);
}

TEST_F(ns, locks)
{
	struct nexus_area_args args;
	struct nexus_area_info info;
	unsigned char there[4];
	long locked;
	int area, i;
	char *p;

	for (i = 0; i <= NEXUS_AREA_32_BIT_CONTIGUOUS; i++) {
		locked = kilobytes("/proc/self/status", "VmLck");
		args = area_args("locked", 4, RDWR);
		args.lock = i;
		area = create_area(&args);
		ASSERT_LT(0, area);
		ASSERT_EQ(0, area_info(area, &info));
		EXPECT_EQ(i, info.lock);
		p = area_at(area);
		if (i >= NEXUS_AREA_FULL_LOCK) {
			EXPECT_EQ(4 * PAGE, info.ram_size);
			ASSERT_EQ(0, mincore(p, 4 * PAGE, there));
			EXPECT_EQ(4, there[0] + there[1] + there[2] +
				     there[3]);
		} else {
			EXPECT_EQ(0, info.ram_size);
		}
		EXPECT_EQ(locked + (i ? (long)(4 * PAGE / 1024) : 0),
			  kilobytes("/proc/self/status", "VmLck"));
		EXPECT_TRUE(all_bytes(p, 4 * PAGE, 0));
		p[PAGE] = 1;
		EXPECT_EQ(1, vmas_at(p, 4));
		ASSERT_EQ(0, delete_area(area));
		EXPECT_EQ(locked, kilobytes("/proc/self/status", "VmLck"));
	}
}

/* What the pages let through is what was asked for. */
TEST_F(ns, protections)
{
	static const unsigned int extra[] = {
		0, CLONEABLE, NEXUS_AREA_STACK, NEXUS_AREA_STACK | CLONEABLE
	};
	struct nexus_area_info info;
	unsigned int protection;
	struct vma vma;
	size_t i;
	int area;
	char *p;

	for (protection = 0; protection < 8; protection++) {
		for (i = 0; i < ARRAY_SIZE(extra); i++) {
			area = new_area(1, protection | extra[i]);
			ASSERT_LT(0, area);
			ASSERT_EQ(0, area_info(area, &info));
			EXPECT_EQ(protection | extra[i], info.protection);
			EXPECT_EQ(RWX, info.max_protection & RWX);
			p = (char *)(uintptr_t)info.address;
			ASSERT_EQ(1, vmas(0, p, p + PAGE, &vma));
			EXPECT_EQ(protection & NEXUS_AREA_READ ? 'r' : '-',
				  vma.perms[0]);
			EXPECT_EQ(protection & NEXUS_AREA_WRITE ? 'w' : '-',
				  vma.perms[1]);
			EXPECT_EQ(protection & NEXUS_AREA_EXEC ? 'x' : '-',
				  vma.perms[2]);
			/*
			 * Who may write can read, too.  Memory that can only
			 * be executed is a secret of the processor's.
			 */
			if (protection != NEXUS_AREA_EXEC)
				EXPECT_EQ(protection ? 0 : SIGSEGV,
					  try_read(p));
			EXPECT_EQ(protection & NEXUS_AREA_WRITE ? 0 : SIGSEGV,
				  try_write(p, 1));
			ASSERT_EQ(0, delete_area(area));
		}
	}
}

TEST_F(ns, protect)
{
	struct nexus_area_info info;
	unsigned int protection;
	int area;
	char *p;

	area = new_area(3, RDWR);
	ASSERT_LT(0, area);
	p = area_at(area);
	memset(p, 7, 3 * PAGE);
	for (protection = 0; protection < 16; protection++) {
		ASSERT_EQ(0, nexus_area_protect(area, protection | CLONEABLE));
		EXPECT_EQ(protection | CLONEABLE, area_protection(area));
		EXPECT_EQ(protection & NEXUS_AREA_WRITE ? 0 : SIGSEGV,
			  try_write(p + 2 * PAGE, 7));
		/* All of it is replaced, the cloneable bit too. */
		ASSERT_EQ(0, nexus_area_protect(area, protection));
		EXPECT_EQ(protection, area_protection(area));
		EXPECT_EQ(0, nexus_area_protect(area, protection));
		if (!(protection & RWX))
			EXPECT_EQ(SIGSEGV, try_read(p));
	}
	ASSERT_EQ(0, nexus_area_protect(area, RDWR));
	EXPECT_TRUE(all_bytes(p, 3 * PAGE, 7));
	ASSERT_EQ(0, area_info(area, &info));
	EXPECT_EQ(area, info.id);
	EXPECT_EQ(3 * PAGE, info.size);
	EXPECT_EQ(1, vmas_at(p, 3));
}

/* More than the machine has, if nobody commits it. */
TEST_F(ns, overcommitted)
{
	const long total = kilobytes("/proc/meminfo", "MemTotal");
	struct nexus_area_args args;
	char text[16];
	int area;

	ASSERT_LT(0, total);
	ASSERT_LT(0, read_file("/proc/sys/vm/overcommit_memory", text,
			       sizeof(text)));
	if (atoi(text))
		SKIP(return, "vm.overcommit_memory is not 0");
	/* Swap counts, too. */
	if (total / 1024 + kilobytes("/proc/meminfo", "SwapTotal") / 1024 >
	    (sizeof(long) == 4 ? 2000 : LONG_MAX))
		SKIP(return, "this machine has more than an address space");
	args = area_args("large", 0, RDWR);
	args.size = (total + kilobytes("/proc/meminfo", "SwapTotal")) *
		    1024ULL + 64 * PAGE;
	EXPECT_EQ(-ENOMEM, create_area(&args));
	EXPECT_EQ(0, areas());
	args.protection = RDWR | NEXUS_AREA_OVERCOMMIT;
	area = create_area(&args);
	ASSERT_LT(0, area);
	EXPECT_EQ(0, try_write(area_at(area) + args.size - 1, 1));
	EXPECT_EQ(0, delete_area(area));
	args.protection = RDWR | NEXUS_AREA_STACK;
	area = create_area(&args);
	ASSERT_LT(0, area);
	EXPECT_EQ(0, delete_area(area));
}

TEST_F(ns, committed)
{
	enum { SIZE = 64 << 20 };
	static const char *file = "/proc/meminfo", *key = "Committed_AS";
	const long before = kilobytes(file, key);
	int area;

	ASSERT_LT(0, before);
	area = new_area(SIZE / PAGE, RDWR | NEXUS_AREA_OVERCOMMIT);
	ASSERT_LT(0, area);
	EXPECT_GT(before + SIZE / 2048, kilobytes(file, key));
	ASSERT_EQ(0, delete_area(area));
	area = new_area(SIZE / PAGE, RDWR);
	ASSERT_LT(0, area);
	EXPECT_LT(before + SIZE / 2048, kilobytes(file, key));
	ASSERT_EQ(0, delete_area(area));
	EXPECT_TRUE(poll_until(kilobytes(file, key) < before + SIZE / 2048));
}

TEST_F(ns, placed_anywhere)
{
	static const unsigned int specs[] = {
		NEXUS_AREA_ANY, NEXUS_AREA_RANDOM_ANY
	};
	static const unsigned long long addresses[] = {
		0, 1, 4096, 1ULL << 40, ULLONG_MAX
	};
	struct nexus_area_args args;
	size_t i, k;
	int area;

	for (i = 0; i < ARRAY_SIZE(specs); i++) {
		for (k = 0; k < ARRAY_SIZE(addresses); k++) {
			args = area_args("anywhere", 2, RDWR);
			args.spec = specs[i];
			/* It does not count. */
			args.address = addresses[k];
			area = create_area(&args);
			ASSERT_LT(0, area);
			EXPECT_EQ(area_at(area),
				  (char *)(uintptr_t)args.address);
			EXPECT_EQ(0, try_write((char *)(uintptr_t)args.address,
					       1));
		}
	}
}

TEST_F(ns, placed_exactly)
{
	char *p = free_range(8);
	int area[4], i;

	ASSERT_NE(NULL, p);
	for (i = 0; i < 4; i++) {
		/* Side by side they stay areas of their own. */
		area[i] = new_area_at(p + i * 2 * PAGE, 2, RDWR);
		ASSERT_LT(0, area[i]);
		EXPECT_EQ(p + i * 2 * PAGE, area_at(area[i]));
		memset(p + i * 2 * PAGE, i + 1, 2 * PAGE);
	}
	EXPECT_EQ(4, vmas_at(p, 8));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(2, area_pages(area[i]));
		EXPECT_TRUE(all_bytes(p + i * 2 * PAGE, 2 * PAGE, i + 1));
		EXPECT_EQ(area[i], area_for(p + i * 2 * PAGE));
		EXPECT_EQ(area[i], area_for(p + (i + 1) * 2 * PAGE - 1));
	}
	/* None of them is replaced, not even in part. */
	EXPECT_EQ(-EEXIST, new_area_at(p, 1, RDWR));
	EXPECT_EQ(-EEXIST, new_area_at(p + PAGE, 2, RDWR));
	EXPECT_EQ(-EEXIST, new_area_at(p + 7 * PAGE, 4, RDWR));
	ASSERT_EQ(0, delete_area(area[2]));
	EXPECT_EQ(-EEXIST, new_area_at(p + 4 * PAGE, 3, RDWR));
	area[2] = new_area_at(p + 4 * PAGE, 2, RDWR);
	ASSERT_LT(0, area[2]);
	EXPECT_TRUE(all_bytes(p + 4 * PAGE, 2 * PAGE, 0));
	EXPECT_TRUE(all_bytes(p + 2 * PAGE, 2 * PAGE, 2));
	EXPECT_EQ(4, areas());
}

/* The first hole that is large enough. */
TEST_F(ns, placed_above_base)
{
	char *p = free_range(64);
	struct nexus_area_args args;
	int area;

	ASSERT_NE(NULL, p);
	/* Taken: 0 to 8, 10 to 12.  A hole of two pages between them. */
	ASSERT_NE(MAP_FAILED, mmap(p, 8 * PAGE, PROT_NONE, MAP_PRIVATE |
				   MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	ASSERT_NE(MAP_FAILED, mmap(p + 10 * PAGE, 2 * PAGE, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
				   -1, 0));
	args = area_args("based", 3, RDWR);
	args.spec = NEXUS_AREA_BASE;
	args.address = (uintptr_t)p;
	area = create_area(&args);
	ASSERT_LT(0, area);
	EXPECT_EQ(p + 12 * PAGE, area_at(area));

	args = area_args("based", 2, RDWR);
	args.spec = NEXUS_AREA_BASE;
	args.address = (uintptr_t)p + PAGE;
	area = create_area(&args);
	ASSERT_LT(0, area);
	EXPECT_EQ(p + 8 * PAGE, area_at(area));

	/* At the address itself if that is free. */
	args = area_args("based", 2, RDWR);
	args.spec = NEXUS_AREA_BASE;
	args.address = (uintptr_t)p + 40 * PAGE;
	area = create_area(&args);
	ASSERT_LT(0, area);
	EXPECT_EQ(p + 40 * PAGE, area_at(area));

	/* It need not be the beginning of a page. */
	args = area_args("based", 2, RDWR);
	args.spec = NEXUS_AREA_BASE;
	args.address = (uintptr_t)p + 50 * PAGE + 5;
	area = create_area(&args);
	ASSERT_LT(0, area);
	EXPECT_LE(p + 50 * PAGE, area_at(area));
	EXPECT_GE(p + 51 * PAGE, area_at(area));
}

TEST_F(ns, placed_although_nothing_is_above)
{
	static const unsigned int specs[] = {
		NEXUS_AREA_BASE, NEXUS_AREA_RANDOM_BASE
	};
	struct nexus_area_args args;
	unsigned long long last;
	size_t i;
	int k, area;

	/* There is little or nothing above the stack. */
	last = (uintptr_t)&args & ~(PAGE - 1);
	for (i = 0; i < ARRAY_SIZE(specs); i++) {
		const unsigned long long bases[] = {
			last, ULLONG_MAX, ULLONG_MAX - 4 * PAGE + 1,
			1ULL << 63, ~0UL & ~(PAGE - 1),
		};

		for (k = 0; k < (int)ARRAY_SIZE(bases); k++) {
			args = area_args("high", (100 << 20) / PAGE,
					 RDONLY | NEXUS_AREA_OVERCOMMIT);
			args.spec = specs[i];
			args.address = bases[k];
			area = create_area(&args);
			ASSERT_LT(0, area)
				TH_LOG("spec %u, base %llx: %d", specs[i],
				       bases[k], area);
			EXPECT_EQ(area_at(area),
				  (char *)(uintptr_t)args.address);
			ASSERT_EQ(0, delete_area(area));
		}
	}
}

TEST_F(ns, placed_at_random_above_base)
{
	enum { COUNT = 16 };
	struct nexus_area_args args;
	char *base, *at[COUNT];
	int i, area, others = 0;

	base = free_range(4096);
	ASSERT_NE(NULL, base);
	for (i = 0; i < COUNT; i++) {
		args = area_args("random", 2, RDWR);
		args.spec = NEXUS_AREA_RANDOM_BASE;
		args.address = (uintptr_t)base;
		area = create_area(&args);
		ASSERT_LT(0, area);
		at[i] = area_at(area);
		EXPECT_LE(base, at[i]);
		ASSERT_EQ(0, delete_area(area));
		others += i && at[i] != at[0];
	}
	/* All sixteen the same: that is not random. */
	EXPECT_LT(0, others);
}

TEST_F(ns, area_for_any_byte)
{
	char *p = free_range(8);
	int first, second, local;

	ASSERT_NE(NULL, p);
	first = new_area_at(p + PAGE, 3, RDWR);
	second = new_area_at(p + 5 * PAGE, 1, 0);
	ASSERT_LT(0, first);
	ASSERT_LT(0, second);
	EXPECT_EQ(-ENOENT, area_for(p));
	EXPECT_EQ(-ENOENT, area_for(p + PAGE - 1));
	EXPECT_EQ(first, area_for(p + PAGE));
	EXPECT_EQ(first, area_for(p + PAGE + 1));
	EXPECT_EQ(first, area_for(p + 2 * PAGE + 77));
	EXPECT_EQ(first, area_for(p + 4 * PAGE - 1));
	EXPECT_EQ(-ENOENT, area_for(p + 4 * PAGE));
	EXPECT_EQ(-ENOENT, area_for(p + 5 * PAGE - 1));
	/* It need not be accessible. */
	EXPECT_EQ(second, area_for(p + 5 * PAGE));
	EXPECT_EQ(second, area_for(p + 6 * PAGE - 1));
	EXPECT_EQ(-ENOENT, area_for(p + 6 * PAGE));
	/* Mapped, but no areas. */
	EXPECT_EQ(-ENOENT, area_for(&local));
	EXPECT_EQ(-ENOENT, area_for("text"));
	EXPECT_EQ(-ENOENT, area_for(NULL));
	EXPECT_EQ(-ENOENT, area_for((void *)~0UL));
	EXPECT_EQ(-ENOENT, area_for((void *)(~0UL << (8 * sizeof(long) - 1))));
	ASSERT_EQ(0, delete_area(first));
	EXPECT_EQ(-ENOENT, area_for(p + PAGE));
	EXPECT_EQ(second, area_for(p + 5 * PAGE));
}

static long named(const char *name)
{
	struct nexus_area_args args = area_args(name, 1, RDWR);

	return create_area(&args);
}

TEST_F(ns, names)
{
	static const struct {
		const char *given;
		const char *stored;
	} names[] = {
		{ "", "" },
		{ "x", "x" },
		{ "a/b (deleted)", "a/b (deleted)" },
		{ "line\nfeed", "line\nfeed" },
		{ "\xff\xfe\x01", "\xff\xfe\x01" },
		{ "1234567890123456789012345678901",
		  "1234567890123456789012345678901" },
		{ "1234567890123456789012345678abcd",
		  "1234567890123456789012345678abc" },
		{ "forty bytes long, which is nine too many",
		  "forty bytes long, which is nine" },
	};
	struct nexus_area_info info;
	size_t i, len;
	int area;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		len = strlen(names[i].stored);
		EXPECT_EQ(-ENOENT, nexus_find(AREA, names[i].stored, 0));
		area = named(names[i].given);
		ASSERT_LT(0, area);
		memset(&info, 0xff, sizeof(info));
		ASSERT_EQ(0, area_info(area, &info));
		EXPECT_STREQ(names[i].stored, info.name);
		EXPECT_TRUE(all_bytes(info.name + len, sizeof(info.name) - len,
				      0));
		EXPECT_EQ(area, nexus_find(AREA, names[i].stored, 0));
		EXPECT_EQ(area, nexus_find(AREA, names[i].given, 0));
		EXPECT_EQ(0, delete_area(area));
		EXPECT_EQ(-ENOENT, nexus_find(AREA, names[i].stored, 0));
	}
	/* There is no name that stands for none. */
	EXPECT_EQ(-EFAULT, named(NULL));
}

TEST_F(ns, names_are_of_a_type)
{
	int area, port;

	area = named("both");
	ASSERT_LT(0, area);
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "both", 0));
	port = port_args("both", 1, 0, 0);
	ASSERT_LT(0, port);
	EXPECT_EQ(area, nexus_find(AREA, "both", 0));
	EXPECT_EQ(port, nexus_find(PORT, "both", 0));
	ASSERT_EQ(0, delete_area(area));
	EXPECT_EQ(-ENOENT, nexus_find(AREA, "both", 0));
	EXPECT_EQ(port, nexus_find(PORT, "both", 0));
}

TEST_F(ns, find_gives_the_oldest)
{
	struct team *team = team_start();
	int area[4], i;

	ASSERT_NE(NULL, team);
	for (i = 0; i < 4; i++) {
		/* Every other one is another team's: that is no matter. */
		area[i] = i % 2 ? named("team's area") :
				  team_create(team, 1, RDWR);
		ASSERT_LT(0, area[i]);
	}
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(area[i], nexus_find(AREA, "team's area", 0));
		ASSERT_EQ(0, i % 2 ? delete_area(area[i]) :
				     team_delete(team, area[i]));
	}
	EXPECT_EQ(-ENOENT, nexus_find(AREA, "team's area", 0));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, state_deleted)
{
	struct nexus_area_info info;
	char *p;
	int area;

	area = new_area(2, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	p = area_at(area);
	EXPECT_EQ(1, areas());
	EXPECT_EQ(1, vmas_at(p, 2));
	EXPECT_EQ(0, delete_area(area));
	EXPECT_EQ(0, areas());
	EXPECT_EQ(0, vmas_at(p, 2));
	EXPECT_EQ(SIGSEGV, try_read(p));
	EXPECT_EQ(-EIDRM, area_info(area, &info));
	EXPECT_EQ(-EIDRM, clone_area(area, RDWR));
	EXPECT_EQ(-EIDRM, resize_area(area, 1));
	EXPECT_EQ(-EIDRM, nexus_area_protect(area, RDONLY));
	EXPECT_EQ(-EIDRM, transfer_area(area, 0));
	EXPECT_EQ(-EIDRM, nexus_open(AREA, area, 0));
	EXPECT_EQ(-EIDRM, delete_area(area));
	EXPECT_EQ(-ENOENT, nexus_next(AREA, 0, 0, &info, sizeof(info), 0));
	EXPECT_EQ(-ENOENT, nexus_find(AREA, "test area", 0));
	EXPECT_EQ(-ENOENT, area_for(p));
}

TEST_F(ns, only_the_team_deletes)
{
	struct team *team = team_start();
	struct nexus_area_info info;
	int area;

	ASSERT_NE(NULL, team);
	area = new_area(2, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	fill(area_at(area), 2 * PAGE, 1);
	/* Of the same user, but another team: see semantics.md 8.3. */
	EXPECT_EQ(-EPERM, team_delete(team, area));
	EXPECT_EQ(-EPERM, team_resize(team, area, 1));
	EXPECT_EQ(-EPERM, team_protect(team, area, RDONLY));
	EXPECT_EQ(-EPERM, team_transfer(team, area, 0));
	EXPECT_EQ(-EINVAL, nexus_set_owner(AREA, area, team->pid, 0));
	EXPECT_EQ(0, area_info(area, &info));
	EXPECT_EQ(2 * PAGE, info.size);
	EXPECT_EQ(RDWR | CLONEABLE, info.protection);
	EXPECT_TRUE(filled(area_at(area), 2 * PAGE, 1));
	EXPECT_EQ(0, team_info(team, area));
	EXPECT_EQ(getpid(), team->info.team);
	EXPECT_EQ(info.address, team->info.address);
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(1, areas());
}

static void *create_and_end(void *arg)
{
	*(int *)arg = new_area(1, RDWR);
	return NULL;
}

/* An area is its team's, whichever thread made it. */
TEST_F(ns, thread_ends)
{
	pthread_t thread;
	int area = 0;

	ASSERT_EQ(0, pthread_create(&thread, NULL, create_and_end, &area));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_LT(0, area);
	ASSERT_NE(NULL, area_at(area));
	EXPECT_EQ(0, try_write(area_at(area), 1));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, delete_area(area));
}

TEST_F_TIMEOUT(ns, ids_are_not_used_again, 120)
{
	enum { COUNT = 2000 };
	static int ids[COUNT];
	int i, k;

	for (i = 0; i < COUNT; i++) {
		ids[i] = new_area(1, RDWR);
		ASSERT_LT(0, ids[i]);
		ASSERT_EQ(0, delete_area(ids[i]));
		for (k = 0; k < i; k++)
			ASSERT_NE(ids[k], ids[i]);
	}
	EXPECT_EQ(0, areas());
}

/* Many, all with a name of their own, and many with the same. */
TEST_F_TIMEOUT(ns, many, 120)
{
	enum { COUNT = 1500 };
	static int unique[COUNT], common[COUNT];
	char name[32];
	int i;

	for (i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "unique %d", i);
		unique[i] = named(name);
		ASSERT_LT(0, unique[i]);
		common[i] = named("common");
		ASSERT_LT(0, common[i]);
	}
	EXPECT_EQ(2 * COUNT, areas());
	for (i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "unique %d", i);
		ASSERT_EQ(unique[i], nexus_find(AREA, name, 0));
		ASSERT_EQ(common[i], nexus_find(AREA, "common", 0));
		ASSERT_EQ(0, delete_area(common[i]));
		ASSERT_EQ(0, delete_area(unique[i]));
	}
	EXPECT_EQ(0, areas());
}

TEST_F(ns, system_info)
{
	const size_t ver0 = NEXUS_SYSTEM_INFO_SIZE_VER0;
	struct team *team = team_start();
	struct nexus_system_info info;
	int area;

	ASSERT_NE(NULL, team);
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, nexus_info(NEXUS_TYPE_SYSTEM, 0, &info, sizeof(info), 0));
	EXPECT_LE(3, info.abi);
	EXPECT_EQ(0, info.areas);
	EXPECT_LE(4096, info.areas_max);
	area = new_area(1, RDWR);
	ASSERT_LT(0, area);
	EXPECT_EQ(1, areas());
	ASSERT_LT(0, team_create(team, 1, RDWR));
	ASSERT_LT(0, team_clone(team, team_area_for(team, team_at(team)),
				RDWR));
	EXPECT_EQ(3, areas());
	EXPECT_EQ(0, ports());
	/* Who knows the first version only gets that. */
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, nexus_info(NEXUS_TYPE_SYSTEM, 0, &info, ver0, 0));
	EXPECT_TRUE(all_bytes(&info.areas, 8, 0xff));
	ASSERT_EQ(0, team_end(team));
	EXPECT_EQ(1, areas());
	ASSERT_EQ(0, delete_area(area));
	EXPECT_EQ(0, areas());
}

TEST_F(ns, areas_max)
{
	char buf[64];
	int area[3], moved, i;
	long before;

	ASSERT_LT(0, read_file(SYSCTL("areas_max"), buf, sizeof(buf)));
	EXPECT_EQ(atoi(buf), system_info().areas_max);
	ASSERT_EQ(0, write_file(SYSCTL("areas_max"), "3"));
	EXPECT_EQ(3, system_info().areas_max);
	for (i = 0; i < 3; i++) {
		area[i] = new_area(2, RDWR);
		ASSERT_LT(0, area[i]);
	}
	before = all_vmas();
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(-ENOSPC, new_area(1, RDWR));
		EXPECT_EQ(-ENOSPC, clone_area(area[0], RDWR));
	}
	EXPECT_EQ(before, all_vmas());
	EXPECT_EQ(3, areas());
	EXPECT_LT(0, new_port(1));
	/* Those that exist stay. */
	ASSERT_EQ(0, write_file(SYSCTL("areas_max"), "2"));
	EXPECT_EQ(0, resize_area(area[2], 1));
	EXPECT_EQ(0, delete_area(area[0]));
	EXPECT_EQ(-ENOSPC, new_area(1, RDWR));
	EXPECT_EQ(0, delete_area(area[1]));
	area[0] = new_area(1, RDWR);
	EXPECT_LT(0, area[0]);
	EXPECT_EQ(-ENOSPC, new_area(1, RDWR));
	/* What is moved may be one more for a moment, but is not then. */
	moved = transfer_area(area[0], 0);
	EXPECT_TRUE(moved > 0 || moved == -ENOSPC)
		TH_LOG("%d", moved);
	EXPECT_EQ(2, areas());
	EXPECT_EQ(-EINVAL, write_file(SYSCTL("areas_max"), "-1"));
	EXPECT_EQ(-EINVAL, write_file(SYSCTL("areas_max"), "x"));
	EXPECT_EQ(2, system_info().areas_max);
}

/* Runs as another user in a user namespace of that user's own. */
static int limited_user(void *arg)
{
	int a, b, i;
	char *p;

	if (become(1000, 1000) || own_user_ns() || unshare(CLONE_NEWIPC))
		return 1;
	if (write_file("/proc/sys/user/max_nexus_areas", "3"))
		return 2;
	a = new_area(3, RDWR);
	b = new_area(1, RDWR);
	if (a < 0 || b < 0 || clone_area(a, RDWR) < 0)
		return 3;
	for (i = 0; i < 5; i++)
		if (new_area(1, RDWR) != -ENOSPC ||
		    clone_area(a, RDWR) != -ENOSPC)
			return 4;
	if (new_port(1) < 0)
		return 5;
	/* To make two of one is not refused, but each of them counts. */
	p = area_at(a);
	if (munmap(p + PAGE, PAGE) || areas() != 4 ||
	    area_for(p) != a || area_for(p + 2 * PAGE) <= 0)
		return 6;
	if (delete_area(b) || new_area(1, RDWR) != -ENOSPC)
		return 7;
	if (delete_area(a))
		return 8;
	if (new_area(1, RDWR) < 0)
		return 9;
	if (new_area(1, RDWR) != -ENOSPC)
		return 10;
	/* A namespace that ends takes its ids along. */
	if (unshare(CLONE_NEWIPC))
		return 11;
	return poll_until(new_area(1, RDWR) > 0) ? 0 : 12;
}

TEST_F(ns, areas_of_a_user)
{
	pid_t pid;

	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "no user namespaces");
	pid = spawn(limited_user, NULL);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_LT(0, new_area(1, RDWR));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * nexus_area_resize(): an area and all its clones, in whatever team they are,
 * take a size together, or nothing changes anywhere.
 */
#include "ns.h"
#include "area_team.h"

TEST_F(ns, grow_and_shrink)
{
	static const size_t sizes[] = { 1, 2, 7, 3, 3, 16, 1, 64, 4 };
	size_t i, old = 4, kept = 4;
	char *p = slot(0);
	int id;

	id = slot_area(0, 4, RDWR);
	ASSERT_LT(0, id);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* Everything has been written when it is cut. */
		fill_pages(p, old, i);
		kept = old < sizes[i] ? old : sizes[i];
		ASSERT_EQ(0, resize_area(id, sizes[i]));
		EXPECT_EQ((long)sizes[i], area_pages(id));
		EXPECT_EQ(p, area_at(id));
		EXPECT_TRUE(pages_filled(p, kept, i));
		EXPECT_TRUE(all_zero(p + kept * PAGE, sizes[i] - kept));
		EXPECT_EQ(id, area_for(p + sizes[i] * PAGE - 1));
		EXPECT_EQ(-ENOENT, area_for(p + sizes[i] * PAGE));
		EXPECT_EQ(SIGSEGV, try_read(p + sizes[i] * PAGE));
		EXPECT_EQ(0, try_write(p + sizes[i] * PAGE - 1, 1));
		EXPECT_EQ(0, vmas_at(p + sizes[i] * PAGE, 64));
		old = sizes[i];
	}
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, area_flags(id));
	EXPECT_EQ(0, delete_area(id));
	EXPECT_EQ(0, vmas_at(p, 64));
}

/* What is cut is given back. */
TEST_F(ns, memory_is_freed)
{
	struct nexus_area_info info;
	int id;

	id = slot_area(0, 256, RDWR);
	ASSERT_LT(0, id);
	memset(slot(0), 1, 256 * PAGE);
	ASSERT_EQ(0, area_info(id, &info));
	EXPECT_EQ(256 * PAGE, info.ram_size);
	ASSERT_EQ(0, resize_area(id, 16));
	ASSERT_EQ(0, area_info(id, &info));
	EXPECT_EQ(16 * PAGE, info.ram_size);
	ASSERT_EQ(0, resize_area(id, 256));
	ASSERT_EQ(0, area_info(id, &info));
	EXPECT_EQ(16 * PAGE, info.ram_size);
	EXPECT_EQ(16, resident(slot(0), 256));
}

TEST_F(ns, same_size)
{
	long before;
	int id;

	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	before = picture();
	EXPECT_EQ(0, resize_area(id, 3));
	EXPECT_EQ(before, picture());
	EXPECT_TRUE(pages_filled(slot(0), 3, 1));
	/* Also when there would be no room for more. */
	ASSERT_LT(0, new_area_at(slot(0) + 3 * PAGE, 1, RDWR));
	EXPECT_EQ(0, resize_area(id, 3));
	EXPECT_TRUE(pages_filled(slot(0), 3, 1));
}

TEST_F(ns, protections)
{
	static const unsigned int protections[] = {
		0, RDONLY, RDWR, RDONLY | NEXUS_AREA_EXEC,
		RDWR | NEXUS_AREA_STACK, RDWR | CLONEABLE,
		RDWR | NEXUS_AREA_OVERCOMMIT,
	};
	char *p = slot(0);
	size_t i;
	int id;

	for (i = 0; i < ARRAY_SIZE(protections); i++) {
		const unsigned int protection = protections[i];

		id = slot_area(0, 2, RDWR);
		ASSERT_LT(0, id);
		fill_pages(p, 2, 1);
		if (protection & NEXUS_AREA_OVERCOMMIT) {
			ASSERT_EQ(0, delete_area(id));
			id = slot_area(0, 2, protection);
			ASSERT_LT(0, id);
			fill_pages(p, 2, 1);
		} else {
			ASSERT_EQ(0, nexus_area_protect(id, protection));
		}
		ASSERT_EQ(0, resize_area(id, 4));
		/* All of it is as it was before, and so is what came. */
		EXPECT_EQ(protection & ~NEXUS_AREA_OVERCOMMIT,
			  area_protection(id) & ~NEXUS_AREA_OVERCOMMIT);
		EXPECT_EQ(protection & RDONLY ? 0 : -SIGSEGV,
			  peek_byte(p + 3 * PAGE));
		EXPECT_EQ(protection & NEXUS_AREA_WRITE ? 0 : SIGSEGV,
			  try_write(p + 3 * PAGE, 7));
		ASSERT_EQ(0, nexus_area_protect(id, RDWR));
		EXPECT_TRUE(pages_filled(p, 2, 1));
		EXPECT_TRUE(all_zero(p + 2 * PAGE, 1));
		ASSERT_EQ(0, delete_area(id));
		EXPECT_EQ(0, vmas_at(p, 4));
	}
}

/* A family: this process and other teams, with clones in several slots. */
enum { TEAMS = 3, SOURCE_PAGES = 4 };

struct family {
	struct team *team[TEAMS];
	int source;
	int clone;
	int theirs[TEAMS];
};

static struct family new_family(struct __test_metadata *_metadata)
{
	struct family family;
	int i;

	for (i = 0; i < TEAMS; i++) {
		family.team[i] = team_start();
		ASSERT_NE(NULL, family.team[i]);
	}
	family.source = slot_area(0, SOURCE_PAGES, RDWR | CLONEABLE);
	ASSERT_LT(0, family.source);
	family.clone = slot_clone(5, family.source, RDWR);
	ASSERT_LT(0, family.clone);
	for (i = 0; i < TEAMS; i++) {
		family.theirs[i] = team_slot_clone(family.team[i], i,
						   family.source, RDWR);
		ASSERT_LT(0, family.theirs[i]);
	}
	fill_pages(slot(0), SOURCE_PAGES, 1);
	return family;
}

static void end_family(struct __test_metadata *_metadata,
		       struct family *family)
{
	int i;

	for (i = 0; i < TEAMS; i++)
		EXPECT_EQ(0, team_end(family->team[i]));
}

/* All of them have so many pages, and the old ones have their contents. */
static void check_family(struct __test_metadata *_metadata,
			 struct family *family, size_t pages, size_t kept)
{
	int i;

	EXPECT_EQ((long)pages, area_pages(family->source));
	EXPECT_EQ((long)pages, area_pages(family->clone));
	EXPECT_EQ(1, vmas_at(slot(0), 64));
	EXPECT_TRUE(pages_filled(slot(0), kept, 1));
	EXPECT_TRUE(pages_filled(slot(5), kept, 1));
	EXPECT_TRUE(all_zero(slot(5) + kept * PAGE, pages - kept));
	for (i = 0; i < TEAMS; i++) {
		struct team *team = family->team[i];

		EXPECT_EQ((long)pages, area_pages(family->theirs[i]));
		EXPECT_EQ(1, team_pages_filled(team, slot(i), kept, 1));
		EXPECT_EQ(1, team_all_zero(team, slot(i) + kept * PAGE,
					   pages - kept));
	}
}

/* Nothing is behind any of them. */
static void check_behind(struct __test_metadata *_metadata,
			 struct family *family, size_t pages)
{
	int i;

	EXPECT_EQ(SIGSEGV, try_read(slot(0) + pages * PAGE));
	EXPECT_EQ(SIGSEGV, try_read(slot(5) + pages * PAGE));
	EXPECT_EQ(0, vmas_at(slot(0) + pages * PAGE, 64));
	EXPECT_EQ(0, vmas_at(slot(5) + pages * PAGE, 64));
	for (i = 0; i < TEAMS; i++) {
		char *end = slot(i) + pages * PAGE;

		EXPECT_EQ(-SIGSEGV, team_peek(family->team[i], end));
		EXPECT_EQ(0, team_vmas(family->team[i], end, 64));
	}
}

TEST_F(ns, all_of_a_family)
{
	struct family family = new_family(_metadata);
	int i;

	ASSERT_EQ(0, resize_area(family.source, 7));
	check_family(_metadata, &family, 7, SOURCE_PAGES);
	check_behind(_metadata, &family, 7);
	/* By whoever has one of them. */
	ASSERT_EQ(0, team_resize(family.team[1], family.theirs[1], 2));
	check_family(_metadata, &family, 2, 2);
	check_behind(_metadata, &family, 2);
	ASSERT_EQ(0, resize_area(family.clone, 9));
	check_family(_metadata, &family, 9, 2);
	check_behind(_metadata, &family, 9);
	/* What came belongs to all of them. */
	for (i = 0; i < TEAMS; i++) {
		ASSERT_EQ(0, team_poke(family.team[i], slot(i) + (3 + i) *
				       PAGE, 50 + i));
		EXPECT_EQ(50 + i, peek_byte(slot(0) + (3 + i) * PAGE));
		EXPECT_EQ(50 + i, team_peek(family.team[(i + 1) % TEAMS],
					    slot((i + 1) % TEAMS) + (3 + i) *
					    PAGE));
	}
	/* Without the source, which was only the first of them. */
	ASSERT_EQ(0, delete_area(family.source));
	ASSERT_EQ(0, team_resize(family.team[0], family.theirs[0], 3));
	EXPECT_EQ(3, area_pages(family.clone));
	EXPECT_EQ(3, area_pages(family.theirs[2]));
	EXPECT_EQ(0, vmas_at(slot(0), 64));
	end_family(_metadata, &family);
}

/* No member has seen anything of a resize that failed. */
static void fails(struct __test_metadata *_metadata, struct family *family,
		  long error, size_t pages)
{
	long before = picture(), theirs[TEAMS];
	int i, who;

	for (i = 0; i < TEAMS; i++)
		theirs[i] = team_picture(family->team[i]);
	/* Whoever asks. */
	for (who = -1; who < TEAMS; who++) {
		EXPECT_EQ(error, who < 0 ? resize_area(family->source, pages) :
			  team_resize(family->team[who], family->theirs[who],
				      pages))
			TH_LOG("asked by %d", who);
		EXPECT_EQ(before, picture());
		for (i = 0; i < TEAMS; i++)
			EXPECT_EQ(theirs[i], team_picture(family->team[i]))
				TH_LOG("team %d has another picture", i);
		check_family(_metadata, family, SOURCE_PAGES, SOURCE_PAGES);
	}
}

/* Something of each kind is right behind, or one page further. */
TEST_F(ns, no_room)
{
	struct family family = new_family(_metadata);
	char *end = slot(5) + SOURCE_PAGES * PAGE;
	int id, gap;

	for (gap = 0; gap < 3; gap++) {
		id = new_area_at(end + gap * PAGE, 1, RDWR);
		ASSERT_LT(0, id);
		fails(_metadata, &family, -ENOSPC, SOURCE_PAGES + gap + 1);
		ASSERT_EQ(0, delete_area(id));
		ASSERT_EQ(end + gap * PAGE,
			  mmap(end + gap * PAGE, PAGE, PROT_NONE, MAP_PRIVATE |
			       MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
		fails(_metadata, &family, -ENOSPC, SOURCE_PAGES + gap + 1);
		ASSERT_EQ(0, munmap(end + gap * PAGE, PAGE));
	}
	ASSERT_EQ(0, resize_area(family.source, SOURCE_PAGES + 3));
	check_family(_metadata, &family, SOURCE_PAGES + 3, SOURCE_PAGES);
	end_family(_metadata, &family);
}

TEST_F(ns, no_room_in_one_team)
{
	struct family family = new_family(_metadata);
	struct team *team = family.team[1];
	char *end = slot(1) + SOURCE_PAGES * PAGE;
	int id;

	team->args = area_args("behind", 1, RDWR);
	team->args.spec = NEXUS_AREA_EXACT;
	team->args.address = (uintptr_t)(end + 2 * PAGE);
	id = team_do(team, do_create, 0, 0, 0, 0);
	ASSERT_LT(0, id);
	fails(_metadata, &family, -ENOSPC, SOURCE_PAGES + 3);
	/* Exactly up to it. */
	ASSERT_EQ(0, resize_area(family.clone, SOURCE_PAGES + 2));
	EXPECT_EQ(SOURCE_PAGES + 2, area_pages(family.theirs[1]));
	EXPECT_EQ(SOURCE_PAGES + 2, area_pages(family.theirs[2]));
	EXPECT_EQ(id, team_area_for(team, end + 2 * PAGE));
	EXPECT_EQ(-ENOSPC, resize_area(family.clone, SOURCE_PAGES + 3));
	/* To shrink there is always room. */
	ASSERT_EQ(0, resize_area(family.clone, SOURCE_PAGES));
	fails(_metadata, &family, -ENOSPC, SOURCE_PAGES + 3);
	ASSERT_EQ(0, team_delete(team, id));
	ASSERT_EQ(0, resize_area(family.clone, SOURCE_PAGES + 3));
	check_family(_metadata, &family, SOURCE_PAGES + 3, SOURCE_PAGES);
	end_family(_metadata, &family);
}

/* Two of the same family, one behind the other. */
TEST_F(ns, no_room_because_of_a_clone)
{
	struct nexus_area_args args = slot_args(0, 0, RDWR);
	int id, clone;

	id = slot_area(0, 2, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 2, 1);
	args.address += 2 * PAGE;
	clone = nexus_area_clone(id, &args, sizeof(args));
	ASSERT_LT(0, clone);
	EXPECT_EQ(-ENOSPC, resize_area(id, 3));
	EXPECT_EQ(-ENOSPC, resize_area(clone, 3));
	EXPECT_TRUE(pages_filled(slot(0), 2, 1));
	EXPECT_TRUE(pages_filled(slot(0) + 2 * PAGE, 2, 1));
	/* Shrunk they have a hole between, and room enough for two. */
	ASSERT_EQ(0, resize_area(id, 1));
	EXPECT_EQ(SIGSEGV, try_read(slot(0) + PAGE));
	EXPECT_EQ(SIGSEGV, try_read(slot(0) + 3 * PAGE));
	EXPECT_TRUE(pages_filled(slot(0) + 2 * PAGE, 1, 1));
	ASSERT_EQ(0, resize_area(id, 2));
	EXPECT_TRUE(all_zero(slot(0) + 3 * PAGE, 1));
}

/* The end of what a program may have at all. */
TEST_F(ns, too_large)
{
	struct family family = new_family(_metadata);
	const size_t size = ~(size_t)0 - PAGE + 1;
	const long before = picture();
	size_t i;

	for (i = 12; i < sizeof(size_t) * 8; i++) {
		const size_t large = (size_t)1 << i;
		long ret;

		/* What could be possible is something for other tests. */
		if (large <= SLOT_SIZE * SLOTS)
			continue;
		ret = nexus_area_resize(family.source, large);
		EXPECT_TRUE(ret == -ENOSPC || ret == -ENOMEM)
			TH_LOG("%zu: %ld", large, ret);
		EXPECT_EQ(before, picture());
	}
	EXPECT_GT(0, nexus_area_resize(family.source, size));
	EXPECT_GT(0, nexus_area_resize(family.source, size / 2 / PAGE * PAGE));
	EXPECT_EQ(before, picture());
	check_family(_metadata, &family, SOURCE_PAGES, SOURCE_PAGES);
	end_family(_metadata, &family);
}

/* The limit of one of the teams is enough to keep all from growing. */
TEST_F(ns, address_space_of_one_team)
{
	struct family family = new_family(_metadata);
	long size;

	size = team_kb(family.team[2], "VmSize");
	ASSERT_LT(0, size);
	ASSERT_EQ(0, team_limit(family.team[2], RLIMIT_AS, size * 1024UL +
				16 * PAGE));
	fails(_metadata, &family, -ENOMEM, SOURCE_PAGES + 32);
	ASSERT_EQ(0, resize_area(family.source, SOURCE_PAGES + 8));
	check_family(_metadata, &family, SOURCE_PAGES + 8, SOURCE_PAGES);
	/* And what came counts. */
	EXPECT_EQ(size + 8 * (long)(PAGE / 1024),
		  team_kb(family.team[2], "VmSize"));
	ASSERT_EQ(0, resize_area(family.source, SOURCE_PAGES));
	EXPECT_EQ(size, team_kb(family.team[2], "VmSize"));
	end_family(_metadata, &family);
}

static long locked_slot(unsigned int n, size_t pages, unsigned int lock)
{
	struct nexus_area_args args = slot_args(n, pages, RDWR | CLONEABLE);

	args.lock = lock;
	return create_area(&args);
}

TEST_F(ns, locked)
{
	const long before = own_kb("VmLck");
	const long kb = PAGE / 1024;
	struct team *team = team_start();
	unsigned int lock;
	int id, clone;

	ASSERT_NE(NULL, team);
	for (lock = 1; lock <= NEXUS_AREA_32_BIT_CONTIGUOUS; lock++) {
		const int lazy = lock == NEXUS_AREA_LAZY_LOCK;

		id = locked_slot(0, 4, lock);
		ASSERT_LT(0, id);
		clone = team_slot_clone(team, 0, id, RDWR);
		ASSERT_LT(0, clone);
		ASSERT_EQ(0, resize_area(id, 12));
		EXPECT_EQ(before + 12 * kb, own_kb("VmLck"));
		EXPECT_EQ(12 * kb, team_kb(team, "VmLck"));
		/* What has come is there, or comes with its first use. */
		EXPECT_EQ(lazy ? 0 : 12, resident(slot(0), 12));
		EXPECT_TRUE(all_zero(slot(0), 12));
		EXPECT_EQ(12, resident(slot(0), 12));
		ASSERT_EQ(0, team_resize(team, clone, 2));
		EXPECT_EQ(before + 2 * kb, own_kb("VmLck"));
		EXPECT_EQ(2 * kb, team_kb(team, "VmLck"));
		ASSERT_EQ(0, delete_area(id));
		ASSERT_EQ(0, team_delete(team, clone));
		EXPECT_EQ(before, own_kb("VmLck"));
		EXPECT_EQ(0, team_kb(team, "VmLck"));
	}
	EXPECT_EQ(0, team_end(team));
}

static long do_grow_locked(struct team *team)
{
	const unsigned int lock = team->arg[0];
	const int id = locked_slot(0, 4, lock);
	const long before = picture();

	if (id < 0)
		return 1;
	fill_pages(slot(0), 4, 1);
	if (resize_area(id, 9) != -ENOMEM || picture() != before)
		return 2;
	if (!pages_filled(slot(0), 4, 1))
		return 3;
	if (resize_area(id, 8) || !pages_filled(slot(0), 4, 1))
		return 4;
	if (resize_area(id, 9) != -ENOMEM || resize_area(id, 2))
		return 5;
	return delete_area(id) ? 6 : 0;
}

TEST_F(ns, memlock_limit)
{
	struct team *team = team_start();
	unsigned int lock;

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_limit(team, RLIMIT_MEMLOCK, 8 * PAGE));
	ASSERT_EQ(0, team_become(team, 1000));
	for (lock = 1; lock <= NEXUS_AREA_32_BIT_CONTIGUOUS; lock++)
		EXPECT_EQ(0, team_do(team, do_grow_locked, lock, 0, 0, 0))
			TH_LOG("lock %u", lock);
	EXPECT_EQ(0, team_end(team));
}

/* The limit is that of each team whose memory it is. */
TEST_F(ns, memlock_limit_of_one_team)
{
	struct team *rich = team_start(), *poor = team_start();
	int id, clone;

	ASSERT_NE(NULL, rich);
	ASSERT_NE(NULL, poor);
	ASSERT_EQ(0, team_limit(rich, RLIMIT_MEMLOCK, 64 * PAGE));
	ASSERT_EQ(0, team_limit(poor, RLIMIT_MEMLOCK, 8 * PAGE));
	ASSERT_EQ(0, team_become(rich, 1000));
	ASSERT_EQ(0, team_become(poor, 1000));
	rich->args = slot_args(0, 4, RDWR | CLONEABLE);
	rich->args.lock = NEXUS_AREA_FULL_LOCK;
	id = team_do(rich, do_create, 0, 0, 0, 0);
	ASSERT_LT(0, id);
	clone = team_slot_clone(poor, 0, id, RDWR);
	ASSERT_LT(0, clone);
	EXPECT_EQ(-ENOMEM, team_resize(rich, id, 9));
	EXPECT_EQ(-ENOMEM, team_resize(poor, clone, 9));
	EXPECT_EQ(4, area_pages(id));
	EXPECT_EQ(4, area_pages(clone));
	EXPECT_EQ(0, team_resize(rich, id, 8));
	EXPECT_EQ(8, area_pages(clone));
	EXPECT_EQ(0, team_delete(poor, clone));
	EXPECT_EQ(0, team_resize(rich, id, 64));
	EXPECT_EQ(-ENOMEM, team_resize(rich, id, 65));
	EXPECT_EQ(0, team_end(rich));
	EXPECT_EQ(0, team_end(poor));
}

/* Nobody but its team. */
TEST_F(ns, own_only)
{
	struct team *team = team_start();
	int id, clone;

	ASSERT_NE(NULL, team);
	id = team_slot_area(team, 0, 3, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	EXPECT_EQ(-EPERM, resize_area(id, 2));
	EXPECT_EQ(-EPERM, resize_area(id, 3));
	clone = slot_clone(0, id, RDONLY);
	ASSERT_LT(0, clone);
	EXPECT_EQ(-EPERM, resize_area(id, 2));
	/* Its own it may, although it cannot write there. */
	EXPECT_EQ(0, resize_area(clone, 2));
	EXPECT_EQ(2, area_pages(id));
	EXPECT_EQ(-EIDRM, team_delete(team, id) ?: resize_area(id, 2));
	EXPECT_EQ(0, team_end(team));
}

/* Alone, what is left of an area is an area of that size. */
TEST_F(ns, cut)
{
	char *p = slot(0);
	int id;

	id = slot_area(0, 6, RDWR);
	ASSERT_LT(0, id);
	fill_pages(p, 6, 1);
	ASSERT_EQ(0, munmap(p, PAGE));
	ASSERT_EQ(0, resize_area(id, 7));
	EXPECT_EQ(p + PAGE, area_at(id));
	EXPECT_TRUE(pages_filled(p + PAGE, 5, 2));
	EXPECT_TRUE(all_zero(p + 6 * PAGE, 2));
	/* What was cut off does not come back. */
	ASSERT_EQ(0, munmap(p + 4 * PAGE, 4 * PAGE));
	EXPECT_EQ(3, area_pages(id));
	ASSERT_EQ(0, resize_area(id, 6));
	EXPECT_TRUE(pages_filled(p + PAGE, 3, 2));
	EXPECT_TRUE(all_zero(p + 4 * PAGE, 3));
	ASSERT_EQ(0, resize_area(id, 1));
	EXPECT_TRUE(pages_filled(p + PAGE, 1, 2));
	EXPECT_EQ(0, vmas_at(p + 2 * PAGE, 8));
	EXPECT_EQ(0, delete_area(id));
}

/* Pieces have parts of one memory, which cannot have two sizes. */
TEST_F(ns, cut_in_two)
{
	char *p = slot(0);
	int id, upper;
	long before;

	id = slot_area(0, 6, RDWR);
	ASSERT_LT(0, id);
	fill_pages(p, 6, 1);
	ASSERT_EQ(0, munmap(p + 2 * PAGE, PAGE));
	upper = area_for(p + 3 * PAGE);
	ASSERT_LT(0, upper);
	before = picture();
	/* What is behind it is the other's. */
	EXPECT_EQ(-EPERM, resize_area(id, 1));
	EXPECT_EQ(-EPERM, resize_area(id, 3));
	EXPECT_EQ(before, picture());
	/* The end of the memory is the upper's alone. */
	ASSERT_EQ(0, resize_area(upper, 5));
	EXPECT_EQ(5, area_pages(upper));
	EXPECT_TRUE(pages_filled(p + 3 * PAGE, 3, 4));
	EXPECT_TRUE(all_zero(p + 6 * PAGE, 2));
	ASSERT_EQ(0, resize_area(upper, 1));
	EXPECT_EQ(1, area_pages(upper));
	EXPECT_TRUE(pages_filled(p + 3 * PAGE, 1, 4));
	EXPECT_EQ(SIGSEGV, try_read(p + 4 * PAGE));
	EXPECT_EQ(2, area_pages(id));
	EXPECT_TRUE(pages_filled(p, 2, 1));
	/* With nothing behind it the lower has the end. */
	ASSERT_EQ(0, delete_area(upper));
	ASSERT_EQ(0, resize_area(id, 4));
	EXPECT_TRUE(pages_filled(p, 2, 1));
	EXPECT_TRUE(all_zero(p + 2 * PAGE, 2));
}

/* A clone that has only the end of the memory, of which another has all. */
TEST_F(ns, cut_and_shared)
{
	struct team *team = team_start();
	int id, clone;
	long before, theirs;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 6, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 6, 1);
	clone = team_slot_clone(team, 0, id, RDWR);
	ASSERT_LT(0, clone);
	ASSERT_EQ(0, team_munmap(team, slot(0), 1));
	/* Both end where the memory does. */
	ASSERT_EQ(0, team_resize(team, clone, 3));
	EXPECT_EQ(4, area_pages(id));
	EXPECT_EQ(3, area_pages(clone));
	EXPECT_TRUE(pages_filled(slot(0), 4, 1));
	EXPECT_EQ(1, team_pages_filled(team, slot(0) + PAGE, 3, 2));
	ASSERT_EQ(0, resize_area(id, 6));
	EXPECT_EQ(6, area_pages(id));
	EXPECT_EQ(5, area_pages(clone));
	EXPECT_TRUE(pages_filled(slot(0), 4, 1));
	EXPECT_TRUE(all_zero(slot(0) + 4 * PAGE, 2));
	EXPECT_EQ(1, team_pages_filled(team, slot(0) + PAGE, 3, 2));
	/* Nothing would be left of the clone. */
	before = picture();
	theirs = team_picture(team);
	EXPECT_EQ(-EPERM, resize_area(id, 1));
	EXPECT_EQ(before, picture());
	EXPECT_EQ(theirs, team_picture(team));
	/* Not a part any more: that has gone. */
	ASSERT_EQ(0, team_munmap(team, slot(0), 16));
	ASSERT_EQ(0, resize_area(id, 1));
	EXPECT_TRUE(pages_filled(slot(0), 1, 1));
	EXPECT_EQ(0, team_end(team));
}

/* In several mappings, of which only the last one changes. */
TEST_F(ns, protected_parts)
{
	char *p = slot(0);
	int id;

	id = slot_area(0, 4, RDWR);
	ASSERT_LT(0, id);
	fill_pages(p, 4, 1);
	ASSERT_EQ(0, mprotect(p + PAGE, PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(p + 3 * PAGE, PAGE, PROT_READ));
	ASSERT_EQ(0, resize_area(id, 6));
	EXPECT_EQ(6, area_pages(id));
	EXPECT_TRUE(pages_filled(p, 4, 1));
	EXPECT_TRUE(all_zero(p + 4 * PAGE, 2));
	EXPECT_EQ(id, area_for(p + 5 * PAGE));
	EXPECT_EQ(SIGSEGV, try_write(p + PAGE, 1));
	EXPECT_EQ(SIGSEGV, try_write(p + 3 * PAGE, 1));
	EXPECT_EQ(0, try_write(p + 2 * PAGE, 3 * 31));
	/* Through two of them and into a third. */
	ASSERT_EQ(0, resize_area(id, 2));
	EXPECT_EQ(0, vmas_at(p + 2 * PAGE, 8));
	EXPECT_EQ(RDONLY, area_protection(id));
	ASSERT_EQ(0, resize_area(id, 1));
	EXPECT_EQ(RDWR, area_protection(id));
	EXPECT_TRUE(pages_filled(p, 1, 1));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, delete_area(id));
}

/* Large enough for huge pages, where the kernel has them. */
TEST_F_TIMEOUT(ns, huge, 90)
{
	const size_t two_mb = (2 << 20) / PAGE;
	struct team *team = team_start();
	char *p = slot(0);
	size_t i;
	int id;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 2 * two_mb, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	/* It need not, but may. */
	madvise(p, 2 * two_mb * PAGE, MADV_HUGEPAGE);
	ASSERT_LT(0, team_slot_clone(team, 0, id, RDWR));
	memset(p, 1, 2 * two_mb * PAGE);
	/* Within the first one, and not at a round place. */
	ASSERT_EQ(0, resize_area(id, two_mb / 2 + 3));
	EXPECT_TRUE(all_bytes(p, (two_mb / 2 + 3) * PAGE, 1));
	EXPECT_EQ(-SIGSEGV, team_peek(team, p + (two_mb / 2 + 3) * PAGE));
	ASSERT_EQ(0, resize_area(id, 2 * two_mb));
	for (i = two_mb / 2 + 3; i < 2 * two_mb; i++)
		ASSERT_TRUE(all_zero(p + i * PAGE, 1))
			TH_LOG("page %zu", i);
	EXPECT_EQ(1, team_all_bytes(team, p, (two_mb / 2 + 3) * PAGE, 1));
	memset(p + two_mb * PAGE, 2, two_mb * PAGE);
	ASSERT_EQ(0, resize_area(id, two_mb));
	EXPECT_TRUE(all_zero(p + (two_mb - 1) * PAGE, 1));
	ASSERT_EQ(0, resize_area(id, two_mb + 1));
	EXPECT_TRUE(all_zero(p + two_mb * PAGE, 1));
	EXPECT_EQ(0, team_end(team));
}

/* Sisters that share are one family with the clones. */
TEST_F(ns, across_forks)
{
	struct team *child = team_alloc(), *team;
	int id;

	ASSERT_NE(NULL, child);
	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	ASSERT_LT(0, slot_clone(1, id, RDWR));
	fill_pages(slot(0), 3, 1);
	team = team_start();
	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_fork(team, child));
	EXPECT_EQ(6, areas());
	ASSERT_EQ(0, team_resize(child, team_area_for(child, slot(1)), 5));
	EXPECT_EQ(5, area_pages(id));
	EXPECT_EQ(5, area_pages(team_area_for(team, slot(0))));
	EXPECT_EQ(5, area_pages(team_area_for(child, slot(0))));
	EXPECT_EQ(1, team_pages_filled(child, slot(0), 3, 1));
	EXPECT_EQ(1, team_all_zero(team, slot(1) + 3 * PAGE, 2));
	/* One of six has no room. */
	child->args = area_args("behind", 1, RDWR);
	child->args.spec = NEXUS_AREA_EXACT;
	child->args.address = (uintptr_t)(slot(1) + 6 * PAGE);
	ASSERT_LT(0, team_do(child, do_create, 0, 0, 0, 0));
	EXPECT_EQ(-ENOSPC, resize_area(id, 7));
	EXPECT_EQ(5, area_pages(team_area_for(team, slot(1))));
	EXPECT_EQ(0, resize_area(id, 6));
	EXPECT_EQ(0, team_end(child));
	EXPECT_EQ(0, resize_area(id, 7));
	EXPECT_EQ(7, area_pages(team_area_for(team, slot(1))));
	EXPECT_EQ(0, team_end(team));
}

TEST_HARNESS_MAIN

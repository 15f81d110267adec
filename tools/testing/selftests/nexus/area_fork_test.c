// SPDX-License-Identifier: GPL-2.0
/*
 * fork() and areas: what was never shared is copied, what ever was is shared;
 * new ids, everything else as before.  area_copy_test.c is about what can be
 * done with the copies.
 */
#include "ns.h"
#include "area_team.h"
#include "area_uring.h"

/* Pages of the range that the caller can get at without a fault. */
static long present(const char *p, size_t pages)
{
	const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	long count = 0;
	uint64_t entry;
	size_t i;

	for (i = 0; i < pages; i++) {
		if (pread64(fd, &entry, sizeof(entry), ((uintptr_t)p / PAGE +
			    i) * sizeof(entry)) != sizeof(entry))
			return -EIO;
		count += entry >> 63;
	}
	close(fd);
	return count;
}

/*
 * A team forked here has sisters of the areas that the test has by then, at
 * the same addresses.
 */

TEST_F(ns, private_both_ways)
{
	struct team *team;
	char *p = slot(0);

	ASSERT_LT(0, slot_area(0, 6, RDWR));
	/* Pages 4 and 5 are not there yet. */
	fill_pages(p, 4, 1);
	team = team_start();
	ASSERT_NE(NULL, team);
	EXPECT_EQ(1, team_pages_filled(team, p, 4, 1));
	EXPECT_EQ(1, team_all_zero(team, p + 5 * PAGE, 1));
	/* Page 0 is written by one, 1 by the other, 2 by both, 3 by none. */
	ASSERT_EQ(0, team_fill_pages(team, p, 1, 10));
	EXPECT_TRUE(pages_filled(p, 4, 1));
	fill_pages(p + PAGE, 1, 20);
	EXPECT_EQ(1, team_pages_filled(team, p + PAGE, 3, 2));
	fill_pages(p + 2 * PAGE, 1, 30);
	ASSERT_EQ(0, team_fill_pages(team, p + 2 * PAGE, 1, 40));
	EXPECT_TRUE(pages_filled(p + 2 * PAGE, 1, 30));
	EXPECT_EQ(1, team_pages_filled(team, p + 2 * PAGE, 1, 40));
	/* The same with what is not there. */
	fill_pages(p + 4 * PAGE, 1, 50);
	EXPECT_EQ(1, team_all_zero(team, p + 4 * PAGE, 2));
	ASSERT_EQ(0, team_fill_pages(team, p + 5 * PAGE, 1, 60));
	EXPECT_TRUE(all_zero(p + 5 * PAGE, 1));
	/* All of it is as it was when the child has gone. */
	EXPECT_EQ(0, team_end(team));
	EXPECT_TRUE(pages_filled(p, 1, 1));
	EXPECT_TRUE(pages_filled(p + PAGE, 1, 20));
	EXPECT_TRUE(pages_filled(p + 2 * PAGE, 1, 30));
	EXPECT_TRUE(pages_filled(p + 3 * PAGE, 1, 4));
	EXPECT_TRUE(pages_filled(p + 4 * PAGE, 1, 50));
	EXPECT_TRUE(all_zero(p + 5 * PAGE, 1));
}

/* Nor does the child lose anything when the parent goes. */
TEST_F(ns, private_after_the_parent)
{
	struct team *child = team_alloc(), *team;
	char *p = slot(0);

	ASSERT_NE(NULL, child);
	team = team_start();
	ASSERT_NE(NULL, team);
	ASSERT_LT(0, team_slot_area(team, 0, 4, RDWR));
	ASSERT_EQ(0, team_fill_pages(team, p, 3, 1));
	ASSERT_EQ(0, team_fork(team, child));
	ASSERT_EQ(0, team_fill_pages(team, p + PAGE, 1, 50));
	ASSERT_EQ(0, team_fill_pages(child, p + 2 * PAGE, 1, 60));
	/* It would go along with its parent otherwise. */
	ASSERT_EQ(0, team_munmap(team, p, 4));
	EXPECT_EQ(1, team_pages_filled(child, p, 2, 1));
	EXPECT_EQ(1, team_pages_filled(child, p + 2 * PAGE, 1, 60));
	EXPECT_EQ(1, team_all_zero(child, p + 3 * PAGE, 1));
	EXPECT_EQ(1, areas());
	ASSERT_EQ(0, team_fill_pages(child, p, 4, 70));
	EXPECT_EQ(1, team_pages_filled(child, p, 4, 70));
	EXPECT_EQ(0, team_end(child));
	EXPECT_EQ(0, areas());
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, sister)
{
	struct nexus_area_info mother, sister, next;
	struct nexus_area_args args = slot_args(0, 3, RDWR | CLONEABLE);
	struct team *team;
	int id, id2;

	args.name = (uintptr_t)"mother";
	args.flags = NEXUS_CREATE_MODE;
	args.mode = 0640;
	id = create_area(&args);
	ASSERT_LT(0, id);
	id2 = slot_area(1, 2, RDONLY);
	ASSERT_LT(0, id2);
	ASSERT_EQ(0, area_info(id, &mother));
	team = team_start();
	ASSERT_NE(NULL, team);
	EXPECT_EQ(4, areas());

	sister.id = team_area_for(team, slot(0));
	ASSERT_LT(0, sister.id);
	EXPECT_NE(id, sister.id);
	EXPECT_NE(id2, sister.id);
	ASSERT_EQ(0, area_info(sister.id, &sister));
	EXPECT_EQ(team->pid, sister.team);
	EXPECT_EQ(mother.address, sister.address);
	EXPECT_TRUE(same_kind(&mother, &sister));
	EXPECT_EQ(0, sister.lock);
	EXPECT_EQ(0, sister.flags);
	EXPECT_EQ(0, sister.copy_count);
	EXPECT_EQ(mother.uid, sister.uid);
	EXPECT_STREQ("mother", sister.name);
	/* Nothing has happened to the first one. */
	EXPECT_EQ(id, area_for(slot(0)));
	ASSERT_EQ(0, area_info(id, &next));
	EXPECT_EQ(0, memcmp(&mother, &next, sizeof(mother)));
	/* The oldest of that name is the mother. */
	EXPECT_EQ(id, nexus_find(AREA, "mother", 0));
	/* Both of the team's, and no more. */
	ASSERT_EQ(0, nexus_next(AREA, team->pid, 0, &next, sizeof(next), 0));
	ASSERT_EQ(0, nexus_next(AREA, team->pid, next.id, &next, sizeof(next),
				0));
	EXPECT_EQ(-ENOENT, nexus_next(AREA, team->pid, next.id, &next,
				      sizeof(next), 0));
	EXPECT_EQ(team_area_for(team, slot(1)), area_map(team->pid, slot(1),
							 &next) ?: next.id);
	EXPECT_EQ(RDONLY, next.protection);
	/* Each has its own. */
	EXPECT_EQ(-EPERM, delete_area(sister.id));
	EXPECT_EQ(-EPERM, team_delete(team, id));
	EXPECT_EQ(-EPERM, team_resize(team, id, 1));
	EXPECT_EQ(-EPERM, team_protect(team, id, RDONLY));
	EXPECT_EQ(0, team_protect(team, sister.id, 0));
	EXPECT_EQ(RDWR | CLONEABLE, area_protection(id));
	EXPECT_EQ(0, team_delete(team, sister.id));
	EXPECT_EQ(-ENOENT, team_area_for(team, slot(0)));
	EXPECT_EQ(id, area_for(slot(0)));
	EXPECT_EQ(3, areas());
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(2, areas());
}

/*
 * Teams that descend from one another in any way, each of which writes and
 * forks at random; what should be in their pages is kept beside.
 */
enum { TEAMS = 8, PAGES = 6, STEPS = 150 };

struct family {
	struct team *team[TEAMS];
	unsigned int seed[TEAMS][PAGES];
	int count;
};

static void check_family(struct __test_metadata *_metadata,
			 struct family *family)
{
	int i, k;

	for (i = 0; i < family->count; i++) {
		for (k = 0; k < PAGES; k++) {
			const unsigned int seed = family->seed[i][k];
			char *p = slot(0) + k * PAGE;

			ASSERT_EQ(1, seed ? team_filled(family->team[i], p,
							PAGE, seed) :
				  team_all_zero(family->team[i], p, 1))
				TH_LOG("page %d of team %d", k, i);
		}
	}
}

TEST_F_TIMEOUT(ns, generations, 90)
{
	struct family family = { .count = 1 };
	unsigned int rand = 1, seed = 1;
	int i, who, page;

	for (i = 0; i < TEAMS; i++) {
		family.team[i] = team_alloc();
		ASSERT_NE(NULL, family.team[i]);
	}
	ASSERT_EQ(0, team_start_in(family.team[0]));
	ASSERT_LT(0, team_slot_area(family.team[0], 0, PAGES, RDWR));
	for (i = 0; i < STEPS; i++) {
		who = rand_r(&rand) % family.count;
		page = rand_r(&rand) % PAGES;
		if (i % (STEPS / TEAMS) == STEPS / TEAMS - 1 &&
		    family.count < TEAMS) {
			const int child = family.count++;

			ASSERT_EQ(0, team_fork(family.team[who],
					       family.team[child]));
			memcpy(family.seed[child], family.seed[who],
			       sizeof(family.seed[who]));
			check_family(_metadata, &family);
			continue;
		}
		family.seed[who][page] = ++seed;
		ASSERT_EQ(0, team_fill(family.team[who],
				       slot(0) + page * PAGE, PAGE, seed));
	}
	check_family(_metadata, &family);
	EXPECT_EQ(TEAMS, areas());
	/* The youngest first, as nobody else reaps them. */
	for (i = TEAMS - 1; i >= 0; i--) {
		ASSERT_EQ(0, team_end(family.team[i]));
		family.count = i;
		check_family(_metadata, &family);
	}
	EXPECT_EQ(0, areas());
}

static const char *share(struct __test_metadata *_metadata, int id, int way,
			 int *fd)
{
	*fd = -1;
	switch (way) {
	case 0:
		ASSERT_LT(0, slot_clone(1, id, RDWR));
		return "clone";
	case 1:
		/* It is over, but was. */
		ASSERT_EQ(0, delete_area(slot_clone(1, id, RDWR)));
		return "clone that has gone";
	case 2:
		*fd = nexus_open(AREA, id, 0);
		ASSERT_LE(0, *fd);
		return "open";
	case 3:
		*fd = nexus_open(AREA, id, 0);
		ASSERT_LE(0, *fd);
		close(*fd);
		*fd = -1;
		return "open and close";
	case 4:
		ASSERT_LT(0, transfer_to_slot(id, 0, 2));
		ASSERT_LT(0, transfer_to_slot(area_for(slot(2)), 0, 0));
		return "transfer";
	default:
		return NULL;
	}
}

TEST_F(ns, shared_both_ways)
{
	struct team *child, *team;
	char *p = slot(0);
	const char *name;
	int way, id, fd;

	for (way = 0; ; way++) {
		child = team_alloc();
		ASSERT_NE(NULL, child);
		id = slot_area(0, 4, RDWR);
		ASSERT_LT(0, id);
		fill_pages(p, 2, 1);
		name = share(_metadata, id, way, &fd);
		if (!name)
			break;
		id = area_for(p);
		EXPECT_EQ(NEXUS_AREA_SHARED, area_flags(id));
		team = team_start();
		ASSERT_NE(NULL, team);
		ASSERT_EQ(0, team_fork(team, child));
		EXPECT_EQ(NEXUS_AREA_SHARED,
			  area_flags(team_area_for(child, p)));
		EXPECT_EQ(1, team_pages_filled(child, p, 2, 1));
		ASSERT_EQ(0, team_fill_pages(child, p, 1, 30));
		EXPECT_TRUE(pages_filled(p, 1, 30))
			TH_LOG("%s", name);
		EXPECT_EQ(1, team_pages_filled(team, p, 1, 30));
		/* Also what was not there at the time. */
		fill_pages(p + 3 * PAGE, 1, 40);
		EXPECT_EQ(1, team_pages_filled(child, p + 3 * PAGE, 1, 40))
			TH_LOG("%s", name);
		if (!way)
			EXPECT_TRUE(pages_filled(slot(1) + 3 * PAGE, 1, 40));
		/* They are one family: all of them grow. */
		ASSERT_EQ(0, team_resize(team, team_area_for(team, p), 5));
		EXPECT_EQ(5, area_pages(id));
		EXPECT_EQ(5, area_pages(team_area_for(child, p)));
		ASSERT_EQ(0, team_poke(child, p + 4 * PAGE, 9));
		EXPECT_EQ(9, p[4 * PAGE]);
		EXPECT_EQ(0, team_end(child));
		EXPECT_EQ(0, team_end(team));
		EXPECT_TRUE(pages_filled(p, 1, 30));
		ASSERT_EQ(0, delete_area(id));
		if (!way)
			ASSERT_EQ(0, delete_area(area_for(slot(1))));
		EXPECT_EQ(0, areas());
		if (fd >= 0)
			close(fd);
	}
	EXPECT_LT(4, way);
}

/* Some of a team's areas are shared, others not. */
TEST_F(ns, shared_and_private)
{
	struct team *team;
	int i, id;

	for (i = 0; i < 6; i++) {
		id = slot_area(i, 2, RDWR);
		ASSERT_LT(0, id);
		fill_pages(slot(i), 2, i);
		if (i & 1)
			ASSERT_LT(0, clone_area(id, RDWR));
	}
	team = team_start();
	ASSERT_NE(NULL, team);
	EXPECT_EQ(18, areas());
	for (i = 0; i < 6; i++) {
		ASSERT_EQ(0, team_fill_pages(team, slot(i), 1, i + 50));
		EXPECT_TRUE(pages_filled(slot(i), 1, i & 1 ? i + 50 : i));
		fill_pages(slot(i) + PAGE, 1, i + 70);
		EXPECT_EQ(1, team_pages_filled(team, slot(i) + PAGE, 1,
					       i & 1 ? i + 70 : i + 1));
	}
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(9, areas());
}

/* A sister of a clone for reading can do no more than that one. */
TEST_F(ns, maximum)
{
	struct team *owner = team_start(), *team;
	int source, id;

	ASSERT_NE(NULL, owner);
	source = team_create(owner, 2, RDONLY | CLONEABLE);
	ASSERT_LT(0, source);
	ASSERT_LT(0, slot_clone(0, source, RDONLY));
	team = team_start();
	ASSERT_NE(NULL, team);
	id = team_area_for(team, slot(0));
	ASSERT_LT(0, id);
	EXPECT_EQ(0, area_maximum(id) & NEXUS_AREA_WRITE);
	EXPECT_EQ(-EPERM, team_protect(team, id, RDWR));
	EXPECT_EQ(-EACCES, team_mprotect(team, slot(0), 2,
					 PROT_READ | PROT_WRITE));
	EXPECT_EQ(SIGSEGV, team_poke(team, slot(0), 1));
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(0, team_end(owner));
}

TEST_F(ns, locked)
{
	const long kb = PAGE / 1024;
	struct nexus_area_info info;
	struct nexus_area_args args;
	struct team *team;
	unsigned int lock;
	char *p = slot(0);
	long before;
	int id;

	for (lock = 1; lock <= NEXUS_AREA_32_BIT_CONTIGUOUS; lock++) {
		before = own_kb("VmLck");
		args = slot_args(0, 8, RDWR);
		args.lock = lock;
		id = create_area(&args);
		ASSERT_LT(0, id);
		fill_pages(p, 6, 1);
		team = team_start();
		ASSERT_NE(NULL, team);
		/* Locks are not inherited. */
		EXPECT_EQ(0, team_info(team, team_area_for(team, p)));
		EXPECT_EQ(NEXUS_AREA_NO_LOCK, team->info.lock);
		EXPECT_EQ(0, team_kb(team, "VmLck"));
		/* The parent keeps the pages that it has locked. */
		EXPECT_EQ(before + 8 * kb, own_kb("VmLck"));
		EXPECT_EQ(0, area_info(id, &info));
		EXPECT_EQ(lock, info.lock);
		EXPECT_EQ(lock == NEXUS_AREA_LAZY_LOCK ? 6 : 8,
			  resident(p, 8));
		EXPECT_EQ(lock == NEXUS_AREA_LAZY_LOCK ? 6 : 8,
			  present(p, 8));
		EXPECT_EQ(1, team_pages_filled(team, p, 6, 1));
		EXPECT_EQ(1, team_all_zero(team, p + 6 * PAGE, 2));
		fill_pages(p, 1, 50);
		fill_pages(p + 7 * PAGE, 1, 57);
		ASSERT_EQ(0, team_fill_pages(team, p + PAGE, 1, 60));
		EXPECT_EQ(1, team_pages_filled(team, p, 1, 1));
		EXPECT_EQ(1, team_all_zero(team, p + 7 * PAGE, 1));
		EXPECT_TRUE(pages_filled(p + PAGE, 1, 2));
		EXPECT_TRUE(pages_filled(p + 7 * PAGE, 1, 57));
		/* Still the same memory, all of it. */
		EXPECT_EQ(lock == NEXUS_AREA_LAZY_LOCK ? 7 : 8,
			  resident(p, 8));
		EXPECT_EQ(0, team_end(team));
		ASSERT_EQ(0, delete_area(id));
		EXPECT_EQ(before, own_kb("VmLck"));
	}
}

/* Of an area that is in two pieces only one is locked: each fork has both. */
TEST_F(ns, locked_piece)
{
	const long kb = PAGE / 1024;
	char *p = slot(0), *q = p + 3 * PAGE;
	struct team *team;
	long before;
	int i;

	before = own_kb("VmLck");
	ASSERT_LT(0, slot_area(0, 6, RDWR));
	fill_pages(p, 6, 1);
	ASSERT_EQ(0, munmap(p + 2 * PAGE, PAGE));
	ASSERT_EQ(0, mlock(q, 3 * PAGE));
	for (i = 0; i < 3; i++) {
		team = team_start();
		ASSERT_NE(NULL, team);
		EXPECT_EQ(before + 3 * kb, own_kb("VmLck"));
		EXPECT_EQ(3, present(q, 3));
		EXPECT_EQ(1, team_pages_filled(team, p, 2, 1));
		EXPECT_EQ(1, team_pages_filled(team, q, 3, 4));
		/* Neither has anything to do with the other any more. */
		ASSERT_EQ(0, team_fill_pages(team, p, 2, 40));
		ASSERT_EQ(0, team_fill_pages(team, q, 3, 50));
		EXPECT_TRUE(pages_filled(p, 2, 1));
		EXPECT_TRUE(pages_filled(q, 3, 4));
		fill_pages(p, 2, 60);
		fill_pages(q, 3, 70);
		EXPECT_EQ(1, team_pages_filled(team, p, 2, 40));
		EXPECT_EQ(1, team_pages_filled(team, q, 3, 50));
		fill_pages(p, 2, 1);
		fill_pages(q, 3, 4);
		EXPECT_EQ(0, team_end(team));
	}
}

/* What a device writes to must stay the parent's page. */
TEST_F(ns, pinned)
{
	struct uring ring;
	struct team *team;
	char *p = slot(0), data[64];
	int pipefd[2], id, err;

	err = make_uring(&ring);
	if (err)
		SKIP(return, "needs CONFIG_IO_URING: %s", strerror(-err));
	id = slot_area(0, 4, RDWR);
	ASSERT_LT(0, id);
	fill_pages(p, 4, 1);
	ASSERT_EQ(0, uring_pin(&ring, p, 4 * PAGE));
	ASSERT_EQ(0, pipe(pipefd));
	team = team_start();
	ASSERT_NE(NULL, team);
	/* A write by the processor must not make another page of it. */
	p[1] = 77;
	fill(data, sizeof(data), 9);
	ASSERT_EQ(sizeof(data), write(pipefd[1], data, sizeof(data)));
	ASSERT_EQ(sizeof(data), uring_read_fixed(&ring, pipefd[0], p + 100,
						 sizeof(data)));
	EXPECT_TRUE(filled(p + 100, sizeof(data), 9));
	EXPECT_EQ(77, p[1]);
	ASSERT_EQ(sizeof(data), write(pipefd[1], data, sizeof(data)));
	ASSERT_EQ(sizeof(data), uring_read_fixed(&ring, pipefd[0], p + 3 *
						 PAGE, sizeof(data)));
	EXPECT_TRUE(filled(p + 3 * PAGE, sizeof(data), 9));
	EXPECT_EQ(1, team_pages_filled(team, p, 4, 1));
	EXPECT_EQ(0, team_end(team));
}

/* An area that is only pieces, with protections of their own. */
TEST_F(ns, cut_before)
{
	struct nexus_area_info info, sister;
	struct team *team;
	char *p = slot(0);
	int i, id[8];

	ASSERT_LT(0, slot_area(0, 8, RDWR | CLONEABLE));
	fill_pages(p, 8, 1);
	ASSERT_EQ(0, munmap(p, PAGE));
	ASSERT_EQ(0, munmap(p + 3 * PAGE, PAGE));
	ASSERT_EQ(0, munmap(p + 7 * PAGE, PAGE));
	ASSERT_EQ(0, mprotect(p + 2 * PAGE, PAGE, PROT_READ));
	EXPECT_EQ(2, areas());
	team = team_start();
	ASSERT_NE(NULL, team);
	EXPECT_EQ(4, areas());
	for (i = 0; i < 8; i++) {
		id[i] = team_area_for(team, p + i * PAGE);
		if (area_for(p + i * PAGE) < 0) {
			EXPECT_EQ(-ENOENT, id[i]);
			continue;
		}
		ASSERT_EQ(0, area_info(area_for(p + i * PAGE), &info));
		ASSERT_EQ(0, area_info(id[i], &sister));
		EXPECT_NE(info.id, sister.id);
		EXPECT_EQ(info.address, sister.address);
		EXPECT_TRUE(same_kind(&info, &sister));
		EXPECT_EQ(1, team_pages_filled(team, p + i * PAGE, 1, 1 + i));
	}
	EXPECT_EQ(id[1], id[2]);
	EXPECT_EQ(id[4], id[6]);
	EXPECT_NE(id[1], id[4]);
	EXPECT_EQ(SIGSEGV, team_poke(team, p + 2 * PAGE, 0));
	EXPECT_EQ(0, team_mprotect(team, p + 2 * PAGE, 1,
				   PROT_READ | PROT_WRITE));
	ASSERT_EQ(0, team_fill_pages(team, p + PAGE, 2, 40));
	ASSERT_EQ(0, team_fill_pages(team, p + 4 * PAGE, 3, 50));
	EXPECT_TRUE(pages_filled(p + PAGE, 2, 2));
	EXPECT_TRUE(pages_filled(p + 4 * PAGE, 3, 5));
	/* And the child's pieces are cut as well. */
	ASSERT_EQ(0, team_munmap(team, p + 5 * PAGE, 1));
	EXPECT_EQ(5, areas());
	EXPECT_EQ(1, team_pages_filled(team, p + 4 * PAGE, 1, 50));
	EXPECT_EQ(1, team_pages_filled(team, p + 6 * PAGE, 1, 52));
	EXPECT_TRUE(pages_filled(p + 4 * PAGE, 3, 5));
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(2, areas());
}

TEST_F(ns, dontfork)
{
	struct team *team;
	char *p = slot(0);
	int id;

	id = slot_area(0, 4, RDWR);
	ASSERT_LT(0, id);
	fill_pages(p, 4, 1);
	ASSERT_EQ(0, madvise(p, 4 * PAGE, MADV_DONTFORK));
	team = team_start();
	ASSERT_NE(NULL, team);
	EXPECT_EQ(1, areas());
	EXPECT_EQ(-ENOENT, team_area_for(team, p));
	EXPECT_EQ(0, team_vmas(team, p, 4));
	fill_pages(p, 1, 1);
	EXPECT_EQ(0, team_end(team));
	EXPECT_TRUE(pages_filled(p, 4, 1));
	/* Its middle only: the child has what is on both sides. */
	ASSERT_EQ(0, madvise(p, 4 * PAGE, MADV_DOFORK));
	ASSERT_EQ(0, madvise(p + PAGE, PAGE, MADV_DONTFORK));
	EXPECT_EQ(1, areas());
	team = team_start();
	ASSERT_NE(NULL, team);
	EXPECT_EQ(3, areas());
	EXPECT_EQ(1, area_pages(team_area_for(team, p)));
	EXPECT_EQ(-ENOENT, team_area_for(team, p + PAGE));
	EXPECT_EQ(2, area_pages(team_area_for(team, p + 2 * PAGE)));
	EXPECT_NE(team_area_for(team, p), team_area_for(team, p + 2 * PAGE));
	EXPECT_EQ(1, team_pages_filled(team, p, 1, 1));
	EXPECT_EQ(1, team_pages_filled(team, p + 2 * PAGE, 2, 3));
	ASSERT_EQ(0, team_fill_pages(team, p + 2 * PAGE, 2, 60));
	EXPECT_TRUE(pages_filled(p, 4, 1));
	EXPECT_EQ(4, area_pages(id));
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(1, areas());
}

/* Who shares the address space has no areas of its own. */
static int shares_all(void *arg)
{
	long *id = arg;

	/* These are not its own, but they are in its memory. */
	if (areas() != 2 || area_for(slot(0)) != id[0])
		return 1;
	slot(0)[0] = 55;
	if (munmap(slot(1), PAGE))
		return 2;
	return 0;
}

TEST_F(ns, clone_vm)
{
	static char stack[65536];
	long id[2];
	pid_t pid;

	id[0] = slot_area(0, 2, RDWR);
	id[1] = slot_area(1, 2, RDWR);
	ASSERT_LT(0, id[0]);
	ASSERT_LT(0, id[1]);
	slot(0)[0] = 44;
	pid = clone(shares_all, stack + sizeof(stack) - 64,
		    CLONE_VM | SIGCHLD, id);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(55, slot(0)[0]);
	EXPECT_EQ(2, areas());
	EXPECT_EQ(1, area_pages(id[1]));
	EXPECT_EQ(slot(1) + PAGE, area_at(id[1]));
	EXPECT_EQ(id[0], area_for(slot(0)));
	/* Not copied: a fork after it still copies. */
	EXPECT_EQ(0, area_flags(id[0]));
	ASSERT_EQ(0, delete_area(id[0]));
	ASSERT_EQ(0, delete_area(id[1]));
}

TEST_F(ns, vfork)
{
	pid_t pid;
	int id;

	id = slot_area(0, 2, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 2, 3);
	pid = vfork();
	if (!pid) {
		slot(0)[0]++;
		_exit(areas() != 1);
	}
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(3 * 31 + 1, slot(0)[0]);
	pid = vfork();
	if (!pid)
		_exit(-run_self("none", NULL));
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(id, area_for(slot(0)));
}

/* A child that becomes another program has given the areas back. */
TEST_F(ns, exec_after_fork)
{
	struct team *team;
	char *p = slot(0);
	int id;

	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	fill_pages(p, 2, 3);
	team = team_start();
	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_fill_pages(team, p + PAGE, 2, 50));
	fill_pages(p, 1, 60);
	ASSERT_EQ(0, team_exec(team));
	EXPECT_EQ(1, areas());
	EXPECT_TRUE(pages_filled(p, 1, 60));
	EXPECT_TRUE(pages_filled(p + PAGE, 1, 4));
	EXPECT_TRUE(all_zero(p + 2 * PAGE, 1));
	EXPECT_EQ(128 + SIGKILL, team_kill(team));
	/* It has forked once, and can again. */
	team = team_start();
	ASSERT_NE(NULL, team);
	EXPECT_EQ(1, team_pages_filled(team, p, 1, 60));
	EXPECT_EQ(1, team_pages_filled(team, p + PAGE, 1, 4));
	fill_pages(p, 3, 70);
	EXPECT_EQ(1, team_pages_filled(team, p, 1, 60));
	EXPECT_EQ(0, team_end(team));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "none"))
		return 0;
	return pauses(argc, argv) ? 0 : test_harness_run(argc, argv);
}

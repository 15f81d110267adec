// SPDX-License-Identifier: GPL-2.0
/*
 * Areas that fork() has copied: to clone, resize, transfer or open one gives
 * it a memory of its own, in which is what its team has seen.  And forks that
 * fail, and many at once.
 */
#include "ns.h"
#include "area_team.h"

#include <linux/sched.h>

/*
 * Parent and child have written to some of the pages since the fork, and to
 * some they have not.  A seed of 0 stands for zeroes.
 */
enum { PAGES = 6, ROOM = 4 };

enum side { PARENT, CHILD };

static const unsigned int seeds[2][PAGES] = {
	[PARENT] = { 1, 12, 3, 14, 0, 16 },
	[CHILD]	 = { 1, 2, 23, 24, 0, 0 },
};

struct copies {
	struct team *parent;
	struct team *child;
	struct team *third;	/* knows nothing of them */
	struct team *young[2];	/* not started yet */
	int id[2];
};

static struct team *team_of(struct copies *copies, enum side side)
{
	return side == PARENT ? copies->parent : copies->child;
}

/* The first page that has not what it should, -1 if there is none. */
static int mismatch(const char *p, const unsigned int *seed)
{
	int i;

	for (i = 0; i < PAGES; i++)
		if (!(seed[i] ? filled(p + i * PAGE, PAGE, seed[i]) :
				all_zero(p + i * PAGE, 1)))
			return i;
	return -1;
}

static long do_mismatch(struct team *team)
{
	return mismatch((char *)team->arg[0],
			(const unsigned int *)team->arg[1]);
}

static long team_mismatch(struct team *team, const char *p,
			  const unsigned int *seed)
{
	return team_do(team, do_mismatch, (long)p, (long)seed, 0, 0);
}

static long do_write_pages(struct team *team)
{
	const unsigned int *seed = (const unsigned int *)team->arg[0];
	const unsigned int *old = (const unsigned int *)team->arg[1];
	int i;

	for (i = 0; i < PAGES; i++)
		if (seed[i] && (!old || seed[i] != old[i]))
			fill(slot(0) + i * PAGE, PAGE, seed[i]);
	return 0;
}

static struct copies make_copies(struct __test_metadata *_metadata)
{
	static const unsigned int first[PAGES] = { 1, 2, 3, 4, 0, 0 };
	struct copies copies = {};

	copies.third = team_start();
	ASSERT_NE(NULL, copies.third);
	copies.child = team_alloc();
	copies.young[PARENT] = team_alloc();
	copies.young[CHILD] = team_alloc();
	ASSERT_NE(NULL, copies.child);
	ASSERT_NE(NULL, copies.young[PARENT]);
	ASSERT_NE(NULL, copies.young[CHILD]);
	copies.parent = team_start();
	ASSERT_NE(NULL, copies.parent);
	copies.id[PARENT] = team_slot_area(copies.parent, 0, PAGES,
					   RDWR | CLONEABLE);
	ASSERT_LT(0, copies.id[PARENT]);
	ASSERT_EQ(0, team_do(copies.parent, do_write_pages, (long)first, 0, 0,
			     0));
	ASSERT_EQ(0, team_fork(copies.parent, copies.child));
	copies.id[CHILD] = team_area_for(copies.child, slot(0));
	ASSERT_LT(0, copies.id[CHILD]);
	ASSERT_EQ(0, team_do(copies.parent, do_write_pages,
			     (long)seeds[PARENT], (long)first, 0, 0));
	ASSERT_EQ(0, team_do(copies.child, do_write_pages, (long)seeds[CHILD],
			     (long)first, 0, 0));
	return copies;
}

/* Both sides see what is theirs. */
static void check_copies(struct __test_metadata *_metadata,
			 struct copies *copies)
{
	EXPECT_EQ(-1, team_mismatch(copies->parent, slot(0), seeds[PARENT]));
	EXPECT_EQ(-1, team_mismatch(copies->child, slot(0), seeds[CHILD]));
}

/* Shared from now on, the other one as little as before. */
static void check_shared(struct __test_metadata *_metadata,
			 struct copies *copies, enum side side)
{
	struct nexus_area_info info;

	EXPECT_EQ(0, area_info(copies->id[side], &info));
	EXPECT_EQ(NEXUS_AREA_SHARED, info.flags);
	EXPECT_EQ(0, info.copy_count);
	EXPECT_EQ(RDWR | CLONEABLE, info.protection);
	EXPECT_EQ((uintptr_t)slot(0), info.address);
	EXPECT_EQ(0, area_flags(copies->id[!side]));
}

/* Whether writes at p in a team are seen in side's area, and back. */
static void check_in_common(struct __test_metadata *_metadata,
			    struct copies *copies, enum side side,
			    struct team *team, char *p)
{
	struct team *owner = team_of(copies, side);
	int i;

	for (i = 0; i < PAGES; i++) {
		const int byte = team_peek(owner, slot(0) + i * PAGE);

		ASSERT_EQ(0, team_poke(team, p + i * PAGE, 201));
		EXPECT_EQ(201, team_peek(owner, slot(0) + i * PAGE))
			TH_LOG("page %d", i);
		ASSERT_EQ(0, team_poke(owner, slot(0) + i * PAGE, byte));
		EXPECT_EQ(byte, team_peek(team, p + i * PAGE))
			TH_LOG("page %d", i);
	}
}

static void end_copies(struct __test_metadata *_metadata,
		       struct copies *copies)
{
	EXPECT_EQ(0, team_end(copies->child));
	EXPECT_EQ(-1, team_mismatch(copies->parent, slot(0), seeds[PARENT]));
	EXPECT_EQ(0, team_end(copies->parent));
	EXPECT_EQ(0, team_end(copies->third));
	EXPECT_EQ(0, areas());
}

TEST_F(ns, as_they_are)
{
	struct copies copies = make_copies(_metadata);

	check_copies(_metadata, &copies);
	EXPECT_EQ(0, area_flags(copies.id[PARENT]));
	EXPECT_EQ(0, area_flags(copies.id[CHILD]));
	end_copies(_metadata, &copies);
}

static long copy_count(int id)
{
	struct nexus_area_info info;
	const long ret = area_info(id, &info);

	return ret < 0 ? ret : info.copy_count;
}

TEST_F(ns, copy_count)
{
	struct team *team;
	char *p = slot(0);
	int id, sister;

	id = slot_area(0, 8, RDWR);
	ASSERT_LT(0, id);
	fill_pages(p, 6, 1);
	EXPECT_EQ(0, copy_count(id));
	team = team_start();
	ASSERT_NE(NULL, team);
	sister = team_area_for(team, p);
	EXPECT_EQ(0, copy_count(id));
	EXPECT_EQ(0, copy_count(sister));
	/* To look is not to copy. */
	EXPECT_EQ(1, team_pages_filled(team, p, 6, 1));
	EXPECT_TRUE(pages_filled(p, 6, 1));
	EXPECT_EQ(0, copy_count(id) + copy_count(sister));
	/* Of a page that one side has written there is one copy. */
	ASSERT_EQ(0, team_fill_pages(team, p, 2, 50));
	EXPECT_EQ(2, copy_count(id) + copy_count(sister));
	fill_pages(p + 2 * PAGE, 3, 60);
	EXPECT_EQ(5, copy_count(id) + copy_count(sister));
	/* The same page once more is not one more. */
	fill_pages(p + 2 * PAGE, 3, 70);
	ASSERT_EQ(0, team_fill_pages(team, p, 2, 80));
	EXPECT_EQ(5, copy_count(id) + copy_count(sister));
	EXPECT_EQ(0, team_end(team));
	ASSERT_LT(0, slot_clone(1, id, RDONLY));
	EXPECT_EQ(0, copy_count(id));
	EXPECT_TRUE(pages_filled(slot(1), 2, 1));
	EXPECT_TRUE(pages_filled(slot(1) + 2 * PAGE, 3, 70));
	EXPECT_TRUE(pages_filled(slot(1) + 5 * PAGE, 1, 6));
	EXPECT_TRUE(all_zero(slot(1) + 6 * PAGE, 2));
}

static void clone_copy(struct __test_metadata *_metadata, enum side side,
		       int by_third)
{
	struct copies copies = make_copies(_metadata);
	struct team *team = by_third ? copies.third : team_of(&copies, side);
	int id;

	id = team_slot_clone(team, 1, copies.id[side], RDWR);
	ASSERT_LT(0, id);
	EXPECT_EQ(PAGES, area_pages(id));
	EXPECT_EQ(-1, team_mismatch(team, slot(1), seeds[side]));
	check_copies(_metadata, &copies);
	check_shared(_metadata, &copies, side);
	check_in_common(_metadata, &copies, side, team, slot(1));
	check_copies(_metadata, &copies);
	/* And they are of one size. */
	ASSERT_EQ(0, team_resize(team, id, PAGES + 1));
	EXPECT_EQ(PAGES + 1, area_pages(copies.id[side]));
	EXPECT_EQ(PAGES, area_pages(copies.id[!side]));
	check_copies(_metadata, &copies);
	/* The other one may follow. */
	id = team_slot_clone(team, 2, copies.id[!side], RDONLY);
	ASSERT_LT(0, id);
	EXPECT_EQ(-1, team_mismatch(team, slot(2), seeds[!side]));
	check_copies(_metadata, &copies);
	end_copies(_metadata, &copies);
}

TEST_F(ns, clone_by_parent)
{
	clone_copy(_metadata, PARENT, 0);
}

TEST_F(ns, clone_by_child)
{
	clone_copy(_metadata, CHILD, 0);
}

TEST_F(ns, clone_parents_by_another)
{
	clone_copy(_metadata, PARENT, 1);
}

TEST_F(ns, clone_childs_by_another)
{
	clone_copy(_metadata, CHILD, 1);
}

/* Also the two of one another, crosswise. */
TEST_F(ns, clone_by_relatives)
{
	struct copies copies = make_copies(_metadata);

	ASSERT_LT(0, team_slot_clone(copies.parent, 1, copies.id[CHILD],
				     RDWR));
	ASSERT_LT(0, team_slot_clone(copies.child, 1, copies.id[PARENT],
				     RDWR));
	EXPECT_EQ(-1, team_mismatch(copies.parent, slot(1), seeds[CHILD]));
	EXPECT_EQ(-1, team_mismatch(copies.child, slot(1), seeds[PARENT]));
	check_copies(_metadata, &copies);
	check_in_common(_metadata, &copies, CHILD, copies.parent, slot(1));
	check_in_common(_metadata, &copies, PARENT, copies.child, slot(1));
	check_copies(_metadata, &copies);
	end_copies(_metadata, &copies);
}

static void resize_copy(struct __test_metadata *_metadata, enum side side)
{
	struct copies copies = make_copies(_metadata);
	struct team *other = team_of(&copies, !side);
	struct team *team = team_of(&copies, side);
	char *end = slot(0) + PAGES * PAGE;
	const int id = copies.id[side];

	ASSERT_EQ(0, team_resize(team, id, PAGES + ROOM));
	EXPECT_EQ(PAGES + ROOM, area_pages(id));
	EXPECT_EQ(PAGES, area_pages(copies.id[!side]));
	check_copies(_metadata, &copies);
	EXPECT_EQ(1, team_all_zero(team, end, ROOM));
	ASSERT_EQ(0, team_fill_pages(team, end, ROOM, 90));
	check_copies(_metadata, &copies);
	/* That is nothing that others take part in. */
	EXPECT_EQ(0, area_flags(id));
	/* Less than both had, and back. */
	ASSERT_EQ(0, team_resize(team, id, 2));
	EXPECT_EQ(1, team_filled(team, slot(0), PAGE, seeds[side][0]));
	EXPECT_EQ(1, team_filled(team, slot(0) + PAGE, PAGE, seeds[side][1]));
	EXPECT_EQ(-SIGSEGV, team_peek(team, slot(0) + 2 * PAGE));
	EXPECT_EQ(-1, team_mismatch(other, slot(0), seeds[!side]));
	ASSERT_EQ(0, team_resize(team, id, PAGES + ROOM));
	EXPECT_EQ(1, team_filled(team, slot(0), PAGE, seeds[side][0]));
	EXPECT_EQ(1, team_filled(team, slot(0) + PAGE, PAGE, seeds[side][1]));
	EXPECT_EQ(1, team_all_zero(team, slot(0) + 2 * PAGE,
				   PAGES + ROOM - 2));
	EXPECT_EQ(-1, team_mismatch(other, slot(0), seeds[!side]));
	/* The other as well. */
	ASSERT_EQ(0, team_resize(other, copies.id[!side], PAGES + 1));
	EXPECT_EQ(-1, team_mismatch(other, slot(0), seeds[!side]));
	EXPECT_EQ(1, team_all_zero(other, end, 1));
	EXPECT_EQ(PAGES + ROOM, area_pages(id));
	EXPECT_EQ(0, team_end(copies.child));
	EXPECT_EQ(0, team_end(copies.parent));
}

TEST_F(ns, resize_by_parent)
{
	resize_copy(_metadata, PARENT);
}

TEST_F(ns, resize_by_child)
{
	resize_copy(_metadata, CHILD);
}

/* Shrunk at once, without having been large before. */
TEST_F(ns, shrink_first)
{
	struct copies copies = make_copies(_metadata);

	ASSERT_EQ(0, team_resize(copies.child, copies.id[CHILD], 3));
	EXPECT_EQ(-1, team_mismatch(copies.parent, slot(0), seeds[PARENT]));
	ASSERT_EQ(0, team_resize(copies.child, copies.id[CHILD], PAGES));
	EXPECT_EQ(1, team_filled(copies.child, slot(0) + 2 * PAGE, PAGE,
				 seeds[CHILD][2]));
	EXPECT_EQ(1, team_all_zero(copies.child, slot(0) + 3 * PAGE,
				   PAGES - 3));
	EXPECT_EQ(-1, team_mismatch(copies.parent, slot(0), seeds[PARENT]));
	EXPECT_EQ(0, team_end(copies.child));
	EXPECT_EQ(0, team_end(copies.parent));
}

static void transfer_copy(struct __test_metadata *_metadata, enum side side)
{
	struct copies copies = make_copies(_metadata);
	struct team *other = team_of(&copies, !side);
	struct team *team = team_of(&copies, side);
	struct nexus_area_info info;
	int id;

	team->args = (struct nexus_area_args){
		.spec = NEXUS_AREA_EXACT,
		.address = (uintptr_t)slot(1),
	};
	id = team_do(team, do_transfer, copies.id[side], copies.third->pid, 0,
		     0);
	ASSERT_LT(0, id);
	EXPECT_EQ(-EIDRM, area_info(copies.id[side], &info));
	EXPECT_EQ(0, team_vmas(team, slot(0), PAGES));
	EXPECT_EQ(0, area_info(id, &info));
	EXPECT_EQ(copies.third->pid, info.team);
	EXPECT_EQ(NEXUS_AREA_SHARED, info.flags);
	EXPECT_EQ(0, info.copy_count);
	EXPECT_EQ(-1, team_mismatch(copies.third, slot(1), seeds[side]));
	EXPECT_EQ(-1, team_mismatch(other, slot(0), seeds[!side]));
	/* Nothing of it belongs to the others. */
	ASSERT_EQ(0, team_fill_pages(copies.third, slot(1), PAGES, 100));
	EXPECT_EQ(-1, team_mismatch(other, slot(0), seeds[!side]));
	EXPECT_EQ(0, area_flags(copies.id[!side]));
	/* To the relative, which then has both. */
	other->args = (struct nexus_area_args){
		.spec = NEXUS_AREA_EXACT,
		.address = (uintptr_t)slot(2),
	};
	id = team_do(other, do_transfer, copies.id[!side], team->pid, 0, 0);
	ASSERT_LT(0, id);
	EXPECT_EQ(-1, team_mismatch(team, slot(2), seeds[!side]));
	EXPECT_EQ(0, team_end(copies.child));
	EXPECT_EQ(0, team_end(copies.parent));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, team_end(copies.third));
}

TEST_F(ns, transfer_by_parent)
{
	transfer_copy(_metadata, PARENT);
}

TEST_F(ns, transfer_by_child)
{
	transfer_copy(_metadata, CHILD);
}

/* Within a team, where the copies are in the same address space. */
TEST_F(ns, transfer_to_itself)
{
	struct copies copies = make_copies(_metadata);
	int id;

	copies.child->args = (struct nexus_area_args){
		.spec = NEXUS_AREA_EXACT,
		.address = (uintptr_t)slot(1),
	};
	id = team_do(copies.child, do_transfer, copies.id[CHILD], 0, 0, 0);
	ASSERT_LT(0, id);
	EXPECT_EQ(-1, team_mismatch(copies.child, slot(1), seeds[CHILD]));
	EXPECT_EQ(0, team_vmas(copies.child, slot(0), PAGES));
	EXPECT_EQ(-1, team_mismatch(copies.parent, slot(0), seeds[PARENT]));
	EXPECT_EQ(2, areas());
	EXPECT_EQ(0, team_end(copies.child));
	EXPECT_EQ(0, team_end(copies.parent));
}

/* Opens an area and maps it to a slot. */
static long do_open_and_map(struct team *team)
{
	const int fd = nexus_open(AREA, team->arg[0], 0);
	void *p;

	if (fd < 0)
		return fd;
	p = mmap(slot(team->arg[1]), PAGES * PAGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
	close(fd);
	return p == MAP_FAILED ? -errno : 0;
}

static void open_copy(struct __test_metadata *_metadata, enum side side,
		      int by_third)
{
	struct copies copies = make_copies(_metadata);
	struct team *team = by_third ? copies.third : team_of(&copies, side);

	ASSERT_EQ(0, team_do(team, do_open_and_map, copies.id[side], 1, 0, 0));
	EXPECT_EQ(-1, team_mismatch(team, slot(1), seeds[side]));
	check_copies(_metadata, &copies);
	check_shared(_metadata, &copies, side);
	check_in_common(_metadata, &copies, side, team, slot(1));
	check_copies(_metadata, &copies);
	end_copies(_metadata, &copies);
}

TEST_F(ns, open_by_parent)
{
	open_copy(_metadata, PARENT, 0);
}

TEST_F(ns, open_by_child)
{
	open_copy(_metadata, CHILD, 0);
}

TEST_F(ns, open_parents_by_another)
{
	open_copy(_metadata, PARENT, 1);
}

TEST_F(ns, open_childs_by_another)
{
	open_copy(_metadata, CHILD, 1);
}

/* What was made of a copy is shared by the next fork, the rest is not. */
TEST_F(ns, fork_again)
{
	struct copies copies = make_copies(_metadata);
	struct team **young = copies.young;

	ASSERT_LT(0, team_slot_clone(copies.third, 1, copies.id[CHILD],
				     RDWR));
	ASSERT_EQ(0, team_fork(copies.child, young[CHILD]));
	ASSERT_EQ(0, team_fork(copies.parent, young[PARENT]));
	EXPECT_EQ(-1, team_mismatch(young[CHILD], slot(0), seeds[CHILD]));
	EXPECT_EQ(-1, team_mismatch(young[PARENT], slot(0), seeds[PARENT]));
	check_in_common(_metadata, &copies, CHILD, young[CHILD], slot(0));
	ASSERT_EQ(0, team_fill_pages(young[PARENT], slot(0), PAGES, 100));
	check_copies(_metadata, &copies);
	EXPECT_EQ(0, team_end(young[CHILD]));
	EXPECT_EQ(0, team_end(young[PARENT]));
	end_copies(_metadata, &copies);
}

/* Each generation clones what it has. */
TEST_F(ns, clones_of_generations)
{
	struct copies copies = make_copies(_metadata);
	struct team *last = copies.young[CHILD];
	int id;

	ASSERT_EQ(0, team_fork(copies.child, last));
	ASSERT_EQ(0, team_fill(last, slot(0) + 4 * PAGE, PAGE, 77));
	id = team_area_for(last, slot(0));
	ASSERT_LT(0, id);
	EXPECT_EQ(0, area_flags(id));
	ASSERT_LT(0, slot_clone(0, id, RDONLY));
	ASSERT_LT(0, slot_clone(1, copies.id[CHILD], RDONLY));
	ASSERT_LT(0, slot_clone(2, copies.id[PARENT], RDONLY));
	EXPECT_TRUE(filled(slot(0) + 4 * PAGE, PAGE, 77));
	EXPECT_TRUE(filled(slot(0) + 2 * PAGE, PAGE, seeds[CHILD][2]));
	EXPECT_EQ(-1, mismatch(slot(1), seeds[CHILD]));
	EXPECT_EQ(-1, mismatch(slot(2), seeds[PARENT]));
	EXPECT_EQ(0, team_end(last));
	EXPECT_EQ(0, team_end(copies.child));
	EXPECT_EQ(0, team_end(copies.parent));
	/* They go on without those. */
	EXPECT_TRUE(filled(slot(0), PAGE, seeds[CHILD][0]));
	EXPECT_EQ(-1, mismatch(slot(1), seeds[CHILD]));
	EXPECT_EQ(-1, mismatch(slot(2), seeds[PARENT]));
	EXPECT_EQ(3, areas());
}

/* The clone is one of the piece, with what the team has seen there. */
TEST_F(ns, clone_a_piece)
{
	struct copies copies = make_copies(_metadata);
	struct team *child = copies.child;
	int upper, id;

	ASSERT_EQ(0, team_munmap(child, slot(0) + 2 * PAGE, 1));
	upper = team_area_for(child, slot(0) + 3 * PAGE);
	ASSERT_LT(0, upper);
	ASSERT_EQ(0, team_fill(child, slot(0) + 5 * PAGE, PAGE, 88));
	id = slot_clone(0, upper, RDWR);
	ASSERT_LT(0, id);
	EXPECT_EQ(3, area_pages(id));
	EXPECT_TRUE(filled(slot(0), PAGE, seeds[CHILD][3]));
	EXPECT_TRUE(all_zero(slot(0) + PAGE, 1));
	EXPECT_TRUE(filled(slot(0) + 2 * PAGE, PAGE, 88));
	slot(0)[PAGE] = 3;
	EXPECT_EQ(3, team_peek(child, slot(0) + 4 * PAGE));
	/* The lower one is another area; its turn comes now. */
	id = slot_clone(1, copies.id[CHILD], RDWR);
	ASSERT_LT(0, id);
	EXPECT_EQ(2, area_pages(id));
	EXPECT_TRUE(filled(slot(1), PAGE, seeds[CHILD][0]));
	EXPECT_TRUE(filled(slot(1) + PAGE, PAGE, seeds[CHILD][1]));
	EXPECT_EQ(1, team_filled(child, slot(0), PAGE, seeds[CHILD][0]));
	EXPECT_EQ(1, team_filled(child, slot(0) + 3 * PAGE, PAGE,
				 seeds[CHILD][3]));
	EXPECT_EQ(-1, team_mismatch(copies.parent, slot(0), seeds[PARENT]));
	EXPECT_EQ(0, team_end(child));
	EXPECT_EQ(0, team_end(copies.parent));
}

/* Memory that the team itself cannot get at now is copied all the same. */
TEST_F(ns, clone_what_is_protected)
{
	struct copies copies = make_copies(_metadata);
	int i;

	ASSERT_EQ(0, team_mprotect(copies.child, slot(0), 2, PROT_NONE));
	ASSERT_EQ(0, team_mprotect(copies.child, slot(0) + 3 * PAGE, 1,
				   PROT_READ));
	ASSERT_LT(0, slot_clone(0, copies.id[CHILD], RDONLY));
	EXPECT_EQ(-1, mismatch(slot(0), seeds[CHILD]));
	for (i = 0; i < PAGES; i++) {
		EXPECT_EQ(i < 2 ? -SIGSEGV : *(unsigned char *)(slot(0) + i *
								PAGE),
			  team_peek(copies.child, slot(0) + i * PAGE));
		EXPECT_EQ(i < 2 || i == 3 ? SIGSEGV : 0,
			  team_poke(copies.child, slot(0) + i * PAGE, 5));
	}
	ASSERT_EQ(0, team_protect(copies.child, copies.id[CHILD], RDWR));
	EXPECT_EQ(1, team_filled(copies.child, slot(0) + PAGE, PAGE,
				 seeds[CHILD][1]));
	EXPECT_EQ(-1, team_mismatch(copies.parent, slot(0), seeds[PARENT]));
	EXPECT_EQ(0, team_end(copies.child));
	EXPECT_EQ(0, team_end(copies.parent));
}

/* What was moved away before it was cloned. */
static long do_move(struct team *team)
{
	return mremap(slot(team->arg[0]), PAGES * PAGE, PAGES * PAGE,
		      MREMAP_MAYMOVE | MREMAP_FIXED, slot(team->arg[1])) ==
	       slot(team->arg[1]) ? 0 : -errno;
}

TEST_F(ns, clone_what_has_moved)
{
	struct copies copies = make_copies(_metadata);

	ASSERT_EQ(0, team_do(copies.child, do_move, 0, 3, 0, 0));
	EXPECT_EQ(-1, team_mismatch(copies.child, slot(3), seeds[CHILD]));
	EXPECT_EQ(copies.id[CHILD], team_area_for(copies.child, slot(3)));
	ASSERT_LT(0, slot_clone(0, copies.id[CHILD], RDWR));
	EXPECT_EQ(-1, mismatch(slot(0), seeds[CHILD]));
	slot(0)[0] = 99;
	EXPECT_EQ(99, team_peek(copies.child, slot(3)));
	EXPECT_EQ(-1, team_mismatch(copies.parent, slot(0), seeds[PARENT]));
	ASSERT_EQ(0, team_do(copies.child, do_move, 3, 0, 0, 0));
	EXPECT_EQ(99, team_peek(copies.child, slot(0)));
	EXPECT_EQ(0, team_end(copies.child));
	EXPECT_EQ(0, team_end(copies.parent));
}

/*
 * Forks that fail.
 */

/* Three areas: a private one, a shared one and its clone. */
static long do_three_areas(struct team *team)
{
	const int id = slot_area(1, 2, RDWR);

	if (slot_area(0, 4, RDWR) < 0 || id < 0 || slot_clone(2, id, RDWR) < 0)
		return -1;
	fill_pages(slot(0), 3, 1);
	fill_pages(slot(1), 2, 7);
	return 0;
}

/* All that can be said of them, when they are as they were: 0. */
static long do_check_three(struct team *team)
{
	if (areas() != 3 || area_flags(area_for(slot(0))))
		return 1;
	if (!pages_filled(slot(0), 3, 1) || !all_zero(slot(0) + 3 * PAGE, 1))
		return 2;
	if (!pages_filled(slot(1), 2, 7) || !pages_filled(slot(2), 2, 7))
		return 3;
	slot(1)[0] = 1;
	if (slot(2)[0] != 1)
		return 4;
	fill_pages(slot(2), 1, 7);
	/* They can be written, and copied once the limit allows it. */
	fill_pages(slot(0), 3, 1);
	return 0;
}

static long do_try_fork(struct team *team)
{
	const long before = picture();
	const pid_t pid = fork();
	const int err = errno;

	if (!pid)
		_exit(0);
	if (pid > 0)
		return reap(pid) ? -EINVAL : 0;
	return picture() == before ? -err : -EUCLEAN;
}

/* Whatever goes wrong with a copy of the memory fork() calls no memory. */
static int refused(long ret)
{
	return ret == -ENOSPC || ret == -ENOMEM;
}

/* It fails at the first area, at the next, at the last, and then does not. */
TEST_F(ns, limit_of_the_namespace)
{
	struct team *team = team_start();
	char text[16];
	int max, i;
	long ret;

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_do(team, do_three_areas, 0, 0, 0, 0));
	for (max = 3; max <= 6; max++) {
		snprintf(text, sizeof(text), "%d", max);
		ASSERT_EQ(0, write_file(SYSCTL("areas_max"), text));
		for (i = 0; i < 20; i++) {
			ret = team_do(team, do_try_fork, 0, 0, 0, 0);
			ASSERT_TRUE(max < 6 ? refused(ret) : !ret)
				TH_LOG("at most %d areas: %ld", max, ret);
		}
		/* A child that was copied and has gone, or a failure. */
		ASSERT_EQ(0, team_do(team, do_check_three, 0, 0, 0, 0));
		ASSERT_EQ(3, areas());
	}
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(0, areas());
}

static int limited_user(void *arg)
{
	const char *limit = "/proc/sys/user/max_nexus_areas";
	char text[16];
	int max, i;

	if (become(1000, 1000) || own_user_ns() || unshare(CLONE_NEWIPC))
		return 1;
	if (do_three_areas(NULL))
		return 2;
	for (max = 3; max <= 6; max++) {
		snprintf(text, sizeof(text), "%d", max);
		if (write_file(limit, text))
			return 3;
		for (i = 0; i < 20; i++) {
			const long ret = do_try_fork(NULL);

			if (max < 6 ? !refused(ret) : ret)
				return 10 * max + 4;
		}
		if (do_check_three(NULL))
			return 10 * max + 5;
	}
	/* What failed has been given back, and what has gone, too. */
	for (i = 0; i < 3; i++)
		if (slot_area(3 + i, 1, RDWR) < 0)
			return 7;
	return slot_area(6, 1, RDWR) == -ENOSPC ? 0 : 8;
}

TEST_F(ns, limit_of_the_user)
{
	pid_t pid;

	pid = spawn(limited_user, NULL);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
}

/* It fails for a reason that comes before the areas. */
static long do_too_many_processes(struct team *team)
{
	const struct rlimit none = { 1, 1 };
	int i;

	if (become(2000, 2000) || setrlimit(RLIMIT_NPROC, &none))
		return 1;
	for (i = 0; i < 20; i++)
		if (do_try_fork(NULL) != -EAGAIN)
			return 2;
	/* As this user it may not ask for what it is told otherwise. */
	if (!pages_filled(slot(0), 3, 1) || !pages_filled(slot(2), 2, 7))
		return 3;
	fill_pages(slot(0), 4, 1);
	return 0;
}

/* And one that comes when they have been copied: the id is in use. */
static long do_taken_id(struct team *team)
{
	const long before = picture();
	pid_t pid = getpid(), child;
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&pid,
		.set_tid_size = 1,
	};
	int i;

	for (i = 0; i < 20; i++) {
		child = syscall(__NR_clone3, &args, sizeof(args));
		if (!child)
			_exit(0);
		if (child != -1 || errno != EEXIST)
			return 1;
		if (picture() != before)
			return 2;
	}
	return do_check_three(NULL);
}

TEST_F(ns, fork_fails_elsewhere)
{
	struct team *team = team_start();

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_do(team, do_three_areas, 0, 0, 0, 0));
	EXPECT_EQ(0, team_do(team, do_taken_id, 0, 0, 0, 0));
	EXPECT_EQ(0, team_do(team, do_too_many_processes, 0, 0, 0, 0));
	EXPECT_EQ(3, areas());
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(0, areas());
}

/*
 * Many forks at once.
 */

enum { FORKERS = 8, AREAS = 10, LEVELS = 3 };

/* Writes what only it has, forks, looks whether it still has it. */
static int fork_and_check(int level, unsigned int seed)
{
	pid_t pid[2];
	int i, status = 0;

	for (i = 0; i < AREAS; i++)
		fill_pages(slot(i) + PAGE, 1, seed + i);
	for (i = 0; level && i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(fork_and_check(level - 1, seed * 2 + i + 1));
		if (pid[i] < 0)
			return 1;
	}
	for (i = 0; i < AREAS; i++) {
		if (!pages_filled(slot(i), 1, i))
			return 2;
		if (!pages_filled(slot(i) + PAGE, 1, seed + i))
			return 3;
	}
	for (i = 0; level && i < 2; i++)
		status |= reap(pid[i]);
	return status;
}

TEST_F_TIMEOUT(ns, storm, 90)
{
	pid_t pid[FORKERS];
	int i, round;

	for (i = 0; i < AREAS; i++) {
		ASSERT_LT(0, slot_area(i, 3, RDWR));
		fill_pages(slot(i), 1, i);
	}
	for (round = 0; round < 2; round++) {
		for (i = 0; i < FORKERS; i++) {
			pid[i] = fork();
			if (!pid[i])
				_exit(fork_and_check(LEVELS, 100 * i));
			ASSERT_LT(0, pid[i]);
		}
		for (i = 0; i < FORKERS; i++)
			EXPECT_EQ(0, reap(pid[i]));
		EXPECT_EQ(AREAS, areas());
		for (i = 0; i < AREAS; i++) {
			EXPECT_TRUE(pages_filled(slot(i), 1, i));
			EXPECT_TRUE(all_zero(slot(i) + PAGE, 2));
		}
	}
}

TEST_HARNESS_MAIN

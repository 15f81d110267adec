/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of the tests of what the calls on areas refuse: whatever a test
 * does, everything is in the end as it was.
 */
#ifndef _SELFTESTS_NEXUS_AREA_ERRNO_H
#define _SELFTESTS_NEXUS_AREA_ERRNO_H

#include "area.h"

#define HALF	8

static const int bad_ids[] = { 0, -1, -2, INT_MIN, INT_MAX, 0x7ffffffe };

static struct nexus_area_info before;
static long maps_before;

/* An area, another team and an area of that one. */
FIXTURE(refuse)
{
	int area;
	int gone;
	int port;	/* no area has its id */
	struct team *team;
	int theirs;
	char *free;	/* eight pages that are free */
	struct bad *bad;
};

FIXTURE_SETUP(refuse)
{
	struct nexus_area_info info;
	int i;

	if (unshare(CLONE_NEWIPC))
		SKIP(return, "needs CAP_SYS_ADMIN to unshare(CLONE_NEWIPC)");
	self->team = team_start();
	ASSERT_NE(NULL, self->team);
	self->theirs = team_create(self->team, 2, RDWR | CLONEABLE);
	ASSERT_LT(0, self->theirs)
		TH_LOG("this kernel has no Nexus areas");
	self->gone = new_area(1, RDWR);
	ASSERT_LT(0, self->gone);
	ASSERT_EQ(0, delete_area(self->gone));
	self->area = new_area(2, RDWR | CLONEABLE);
	ASSERT_LT(0, self->area);
	fill(area_at(self->area), 2 * PAGE, 1);
	for (i = 0; i < 10; i++) {
		self->port = new_port(1);
		ASSERT_LT(0, self->port);
		if (area_info(self->port, &info))
			break;
	}
	self->bad = make_bad(HALF);
	ASSERT_NE(NULL, self->bad);
	memset(self->bad[BAD_HALF].addr, 'x', HALF);
	self->free = free_range(8);
	ASSERT_NE(NULL, self->free);
	ASSERT_EQ(0, area_info(self->area, &before));
	maps_before = all_vmas();
	ASSERT_LT(0, maps_before);
}

/* Whatever the test did: everything is as it was. */
FIXTURE_TEARDOWN(refuse)
{
	struct nexus_area_info after;

	EXPECT_EQ(2, areas());
	EXPECT_EQ(maps_before, all_vmas());
	EXPECT_EQ(0, vmas_at(self->free, 8));
	EXPECT_EQ(0, area_info(self->area, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(after)));
	EXPECT_TRUE(filled(area_at(self->area), 2 * PAGE, 1));
	EXPECT_EQ(self->area, nexus_find(AREA, "test area", 0));
	EXPECT_EQ(0, area_info(self->theirs, &after));
	EXPECT_EQ(self->team->pid, after.team);
	EXPECT_EQ(2 * PAGE, after.size);
	EXPECT_EQ(0, after.flags);
	EXPECT_EQ(0, after.ram_size);
	EXPECT_EQ(0, team_end(self->team));
}

/* Arguments that are good, to be spoilt. */
static inline struct nexus_area_args good(void)
{
	return area_args("errno", 1, RDWR);
}

static inline long create_with(struct nexus_area_args args)
{
	return nexus_area_create(&args, sizeof(args));
}

static inline long clone_with(int source, struct nexus_area_args args)
{
	args.size = 0;
	return nexus_area_clone(source, &args, sizeof(args));
}

/* The fields that creating and cloning have in common. */
static inline long make_with(int clone, int source, struct nexus_area_args args)
{
	return clone ? clone_with(source, args) : create_with(args);
}

#endif /* _SELFTESTS_NEXUS_AREA_ERRNO_H */

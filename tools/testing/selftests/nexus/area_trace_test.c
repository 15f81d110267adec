// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints of areas, and how seccomp and the tracepoints of system
 * calls see the calls on them.
 */
#include "ns.h"
#include "area.h"

static const struct {
	const char *name;
	int nr;
} calls[] = {
	{ "nexus_area_create", __NR_nexus_area_create },
	{ "nexus_area_clone", __NR_nexus_area_clone },
	{ "nexus_area_resize", __NR_nexus_area_resize },
	{ "nexus_area_protect", __NR_nexus_area_protect },
	{ "nexus_area_transfer", __NR_nexus_area_transfer },
	{ "nexus_area_for", __NR_nexus_area_for },
	{ "nexus_area_map", __NR_nexus_area_map },
};

#include "trace.h"

#define LOGGED(...) \
	do { \
		char __text[128]; \
		snprintf(__text, sizeof(__text), __VA_ARGS__); \
		EXPECT_TRUE(in_log(__text)) \
			TH_LOG("'%s' not in the trace", __text); \
	} while (0)

TEST_F(ns, nexus_tracepoints)
{
	static const char * const names[] = {
		"area_create", "area_clone", "area_resize", "area_transfer",
		"object_delete"
	};
	struct team *team = team_start();
	const char *why = make_instance();
	int area, clone, own, given;
	unsigned long at, clone_at;
	char path[128];
	size_t i;

	ASSERT_NE(NULL, team);
	if (why)
		SKIP(return, "%s", why);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), INSTANCE "events/nexus/%s/enable",
			 names[i]);
		ASSERT_EQ(0, write_file(path, "1"))
			TH_LOG("no event nexus:%s", names[i]);
	}

	area = new_area_at(free_range(16), 3, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	at = (unsigned long)area_at(area);
	clone = team_clone(team, area, RDONLY);
	ASSERT_LT(0, clone);
	clone_at = (unsigned long)team_at(team);
	ASSERT_EQ(0, resize_area(area, 2));
	ASSERT_EQ(0, resize_area(area, 2));
	own = transfer_area(area, 0);
	ASSERT_LT(0, own);
	given = transfer_area(own, team->pid);
	ASSERT_LT(0, given);
	ASSERT_EQ(0, team_delete(team, given));
	/* What fails is not told of here: nothing has happened. */
	ASSERT_EQ(-EIDRM, resize_area(given, 5));
	ASSERT_EQ(-EIDRM, clone_area(given, RDONLY));
	ASSERT_EQ(-ENOMEM, new_area(SIZE_MAX / PAGE,
				    RDONLY | NEXUS_AREA_OVERCOMMIT));
	write_file(INSTANCE "tracing_on", "0");

	LOGGED("area_create: area=%d address=0x%lx size=%zu\n", area, at,
	       3 * PAGE);
	LOGGED("area_clone: source=%d area=%d address=0x%lx\n", area, clone,
	       clone_at);
	LOGGED("area_resize: area=%d old=%zu size=%zu\n", area, 3 * PAGE,
	       2 * PAGE);
	LOGGED("area_transfer: area=%d team=0 new=%d\n", area, own);
	LOGGED("area_transfer: area=%d team=%d new=%d\n", own, team->pid,
	       given);
	LOGGED("object_delete: type=4 id=%d\n", area);
	LOGGED("object_delete: type=4 id=%d\n", own);
	LOGGED("object_delete: type=4 id=%d\n", given);
	/* It is this thread, and the team, that did it. */
	LOGGED("-%d ", getpid());
	LOGGED("-%d ", team->pid);
	snprintf(path, sizeof(path), "area_resize: area=%d", given);
	EXPECT_FALSE(in_log(path));
	end_instance();
	EXPECT_EQ(0, team_end(team));
}

TEST_HARNESS_MAIN

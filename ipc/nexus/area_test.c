// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of those parts of Nexus areas that need no address space: where
 * an area may go, what its mappings may become, and how it comes to its id.
 */
#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "area.h"

/* The end of an address space of the tests. */
#define END	(PAGE_SIZE * 1024)

static void area_specs(struct kunit *test)
{
	static const u32 good[] = { 0, 1, 2, 6, 7 };
	static const u32 bad[] = { 3, 4, 5, 8, U32_MAX };

	for (int i = 0; i < ARRAY_SIZE(good); i++)
		KUNIT_EXPECT_EQ(test, nexus_area_check_spec(good[i]), 0);
	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, nexus_area_check_spec(bad[i]), -EINVAL);
}

static void area_wishes(struct kunit *test)
{
	static const struct {
		u32 spec;
		u64 address;
		unsigned long size;
		int err;
	} table[] = {
		{ NEXUS_AREA_EXACT, END / 2, PAGE_SIZE, 0 },
		{ NEXUS_AREA_EXACT, END / 2, END / 2, 0 },
		{ NEXUS_AREA_EXACT, END / 2 + 1, PAGE_SIZE, -EINVAL },
		{ NEXUS_AREA_EXACT, END - PAGE_SIZE, PAGE_SIZE, 0 },
		{ NEXUS_AREA_EXACT, END, PAGE_SIZE, -EINVAL },
		{ NEXUS_AREA_EXACT, U64_MAX & PAGE_MASK, PAGE_SIZE, -EINVAL },
		{ NEXUS_AREA_EXACT, 1ULL << 63, PAGE_SIZE, -EINVAL },
		{ NEXUS_AREA_EXACT, END - PAGE_SIZE, 2 * PAGE_SIZE, -EFAULT },
		{ NEXUS_AREA_EXACT, END / 2, ULONG_MAX & PAGE_MASK, -EFAULT },
		/* Of the others the address is only where they begin to look. */
		{ NEXUS_AREA_ANY, U64_MAX, PAGE_SIZE, 0 },
		{ NEXUS_AREA_BASE, U64_MAX, PAGE_SIZE, 0 },
		{ NEXUS_AREA_BASE, 1, PAGE_SIZE, 0 },
		{ NEXUS_AREA_RANDOM_BASE, END, PAGE_SIZE, 0 },
		{ NEXUS_AREA_RANDOM_ANY, END, PAGE_SIZE, 0 },
	};

	for (int i = 0; i < ARRAY_SIZE(table); i++) {
		const struct nexus_area_wish wish = {
			.spec = table[i].spec,
			.address = table[i].address,
			.size = table[i].size,
		};

		KUNIT_EXPECT_EQ_MSG(test, nexus_area_check_wish(&wish, END),
				    table[i].err, "row %d", i);
	}
}

static void area_limits(struct kunit *test)
{
	for (u32 max = 0; max <= NEXUS_AREA_ACCESS; max++) {
		vma_flags_t flags = mk_vma_flags(VMA_MAYREAD_BIT,
						 VMA_MAYWRITE_BIT,
						 VMA_MAYEXEC_BIT,
						 VMA_SHARED_BIT);
		struct nexus_area *area = nexus_area_alloc(0, 0, max);

		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
		nexus_area_limit(area, &flags);
		KUNIT_EXPECT_EQ(test, vma_flags_test(&flags, VMA_MAYREAD_BIT),
				!!(max & NEXUS_AREA_READ));
		KUNIT_EXPECT_EQ(test, vma_flags_test(&flags, VMA_MAYWRITE_BIT),
				!!(max & NEXUS_AREA_WRITE));
		KUNIT_EXPECT_EQ(test, vma_flags_test(&flags, VMA_MAYEXEC_BIT),
				!!(max & NEXUS_AREA_EXEC));
		KUNIT_EXPECT_TRUE(test, vma_flags_test(&flags, VMA_SHARED_BIT));
		nexus_area_put(area);
	}
}

/* Only the flags that do not depend on mappings are remembered. */
static void area_protections(struct kunit *test)
{
	struct nexus_area *area;

	area = nexus_area_alloc(NEXUS_AREA_LAZY_LOCK,
				NEXUS_AREA_PROTECTION | NEXUS_AREA_OVERCOMMIT,
				NEXUS_AREA_ACCESS);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
	KUNIT_EXPECT_EQ(test, area->protection,
			NEXUS_AREA_STACK | NEXUS_AREA_CLONEABLE |
			NEXUS_AREA_OVERCOMMIT);
	KUNIT_EXPECT_TRUE(test, nexus_area_locked(area));
	KUNIT_EXPECT_EQ(test, area->max, NEXUS_AREA_ACCESS);
	nexus_area_put(area);
}

static int area_prepare(struct nexus_area *area)
{
	struct nexus_owner owner = {
		.nsp = nexus_current_ns(),
		.team = nexus_team_current(),
	};

	return owner.team ? nexus_area_prepare(area, &owner, "kunit area",
					       0600) : -ENOMEM;
}

static int area_find(void)
{
	return nexus_name_find(nexus_current_ns(), NEXUS_TYPE_AREA,
			       "kunit area");
}

/* What is not mapped is not known, whatever its maker does. */
static void area_unmapped(struct kunit *test)
{
	struct nexus_ids *ids = nexus_ids(nexus_current_ns(), NEXUS_TYPE_AREA);
	int before = atomic_read(&ids->count);
	struct nexus_area *area = nexus_area_alloc(0, 0, 0);
	int id;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
	id = area_prepare(area);
	KUNIT_ASSERT_GT(test, id, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&ids->count), before + 1);
	KUNIT_EXPECT_EQ(test, area_find(), -ENOENT);
	scoped_guard(rcu)
		KUNIT_EXPECT_NULL(test, nexus_object_find(nexus_current_ns(),
							  NEXUS_TYPE_AREA, id));
	nexus_area_publish(area);
	KUNIT_EXPECT_EQ(test, area_find(), -ENOENT);
	KUNIT_EXPECT_EQ(test, atomic_read(&ids->count), before);
	nexus_area_put(area);

	area = nexus_area_alloc(0, 0, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area);
	KUNIT_EXPECT_GT(test, area_prepare(area), id);
	nexus_area_cancel(area);
	/* Nothing is left to cancel. */
	nexus_area_cancel(area);
	KUNIT_EXPECT_EQ(test, atomic_read(&ids->count), before);
	nexus_area_put(area);
}

static struct kunit_case nexus_area_cases[] = {
	KUNIT_CASE(area_specs),
	KUNIT_CASE(area_wishes),
	KUNIT_CASE(area_limits),
	KUNIT_CASE(area_protections),
	KUNIT_CASE(area_unmapped),
	{ }
};

static struct kunit_suite nexus_area_suite = {
	.name = "nexus_area",
	.test_cases = nexus_area_cases,
};

kunit_test_suite(nexus_area_suite);

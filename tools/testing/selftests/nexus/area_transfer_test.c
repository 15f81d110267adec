// SPDX-License-Identifier: GPL-2.0
/*
 * nexus_area_transfer(): the memory goes to another team, at a place that the
 * giver names, and the giver has it no more.  Or nothing has happened.
 */
#include "ns.h"
#include "area_team.h"

static long transfer(int area, int team, struct nexus_area_args *args)
{
	return nexus_area_transfer(area, team, args, sizeof(*args));
}

/* Neither the giver nor the taker has noticed anything. */
static void fails(struct __test_metadata *_metadata, long error, int id,
		  struct team *team, const struct nexus_area_args *args)
{
	struct nexus_area_args copy = *args;
	const long before = picture(), theirs = team_picture(team);

	EXPECT_EQ(error, transfer(id, team->pid, &copy));
	EXPECT_EQ(before, picture());
	EXPECT_EQ(theirs, team_picture(team));
	/* Where it would have gone is told on success only. */
	EXPECT_EQ(0, memcmp(&copy, args, sizeof(copy)));
	EXPECT_TRUE(pages_filled(area_at(id), 3, 1));
}

TEST_F(ns, to_another_team)
{
	struct team *team = team_start();
	struct nexus_area_info before, after;
	struct nexus_area_args args = slot_args(0, 3, RDWR);
	int id, new;

	ASSERT_NE(NULL, team);
	args.name = (uintptr_t)"wanderer";
	args.flags = NEXUS_CREATE_MODE;
	args.mode = 0620;
	id = create_area(&args);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	ASSERT_EQ(0, area_info(id, &before));
	/* It knows nothing of it, and it is not cloneable. */
	args = (struct nexus_area_args){};
	new = transfer(id, team->pid, &args);
	ASSERT_LT(0, new);
	EXPECT_NE(id, new);
	EXPECT_EQ(-EIDRM, area_info(id, &after));
	EXPECT_EQ(-EIDRM, transfer(id, team->pid, &args));
	EXPECT_EQ(-EIDRM, delete_area(id));
	EXPECT_EQ(-ENOENT, area_for(slot(0)));
	EXPECT_EQ(0, vmas_at(slot(0), 3));
	EXPECT_EQ(SIGSEGV, try_read(slot(0)));
	EXPECT_EQ(1, areas());

	ASSERT_EQ(0, area_info(new, &after));
	EXPECT_EQ(team->pid, after.team);
	EXPECT_EQ(args.address, after.address);
	EXPECT_TRUE(same_kind(&before, &after));
	EXPECT_EQ(before.lock, after.lock);
	EXPECT_EQ(before.creator_uid, after.creator_uid);
	EXPECT_EQ(NEXUS_AREA_SHARED, after.flags);
	EXPECT_STREQ("wanderer", after.name);
	EXPECT_EQ(new, nexus_find(AREA, "wanderer", 0));
	EXPECT_EQ(new, team_area_for(team, area_at(new)));
	EXPECT_EQ(1, team_pages_filled(team, area_at(new), 3, 1));
	/* It is the taker's in every respect. */
	EXPECT_EQ(-EPERM, delete_area(new));
	EXPECT_EQ(-EPERM, resize_area(new, 1));
	EXPECT_EQ(-EPERM, clone_area(new, RDONLY));
	EXPECT_EQ(0, team_protect(team, new, RDONLY | CLONEABLE));
	EXPECT_EQ(0, team_resize(team, new, 2));
	EXPECT_LT(0, slot_clone(0, new, RDONLY));
	EXPECT_TRUE(pages_filled(slot(0), 2, 1));
	EXPECT_EQ(0, team_delete(team, new));
	EXPECT_TRUE(pages_filled(slot(0), 2, 1));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, there_and_back)
{
	struct team *team = team_start();
	int id, last, i;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	for (i = 0; i < 20; i++) {
		last = id;
		id = transfer_to_slot(id, team->pid, 1);
		ASSERT_LT(0, id);
		ASSERT_NE(last, id);
		EXPECT_EQ(1, team_pages_filled(team, slot(1), 3, 1 + i));
		ASSERT_EQ(0, team_fill_pages(team, slot(1), 3, 2 + i));
		last = id;
		id = team_transfer(team, id, getpid());
		ASSERT_LT(0, id);
		ASSERT_NE(last, id);
		EXPECT_EQ((uintptr_t)area_at(id), team->args.address);
		EXPECT_TRUE(pages_filled(area_at(id), 3, 2 + i));
		EXPECT_EQ(0, team_vmas(team, slot(1), 3));
		EXPECT_EQ(1, areas());
	}
	EXPECT_EQ(0, delete_area(id));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, within_the_team)
{
	const int own[] = { 0, getpid() };
	struct nexus_area_args args;
	size_t i;
	int id, new;

	for (i = 0; i < ARRAY_SIZE(own); i++) {
		id = slot_area(0, 3, RDWR);
		ASSERT_LT(0, id);
		fill_pages(slot(0), 3, 1);
		new = transfer_to_slot(id, own[i], 1);
		ASSERT_LT(0, new);
		EXPECT_NE(id, new);
		EXPECT_EQ(-ENOENT, area_for(slot(0)));
		EXPECT_EQ(0, vmas_at(slot(0), 3));
		EXPECT_EQ(new, area_for(slot(1)));
		EXPECT_TRUE(pages_filled(slot(1), 3, 1));
		EXPECT_EQ(1, areas());
		args = (struct nexus_area_args){};
		id = transfer(new, own[i], &args);
		ASSERT_LT(0, id);
		EXPECT_EQ((uintptr_t)area_at(id), args.address);
		EXPECT_TRUE(pages_filled(area_at(id), 3, 1));
		EXPECT_EQ(0, vmas_at(slot(1), 3));
		EXPECT_EQ(1, areas());
		ASSERT_EQ(0, delete_area(id));
	}
}

/* It is in its own way until it has gone. */
TEST_F(ns, onto_itself)
{
	const long error = -EEXIST;
	struct nexus_area_args args;
	int id, i;

	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	for (i = -2; i < 3; i++) {
		args = (struct nexus_area_args){
			.spec = NEXUS_AREA_EXACT,
			.address = (uintptr_t)(slot(0) + i * (long)PAGE),
		};
		EXPECT_EQ(error, transfer(id, 0, &args));
		EXPECT_EQ(id, area_for(slot(0)));
		EXPECT_TRUE(pages_filled(slot(0), 3, 1));
		EXPECT_EQ(1, areas());
	}
	args.address = (uintptr_t)(slot(0) + 3 * PAGE);
	id = transfer(id, 0, &args);
	ASSERT_LT(0, id);
	EXPECT_TRUE(pages_filled(slot(0) + 3 * PAGE, 3, 1));
	EXPECT_EQ(0, vmas_at(slot(0), 3));
}

TEST_F(ns, exact)
{
	struct team *team = team_start();
	struct nexus_area_args args;
	int id, other;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	other = team_slot_area(team, 2, 2, RDWR);
	ASSERT_LT(0, other);
	args = (struct nexus_area_args){ .spec = NEXUS_AREA_EXACT };
	/* Occupied, at its begin, its end, or both. */
	args.address = (uintptr_t)slot(2);
	fails(_metadata, -EEXIST, id, team, &args);
	args.address = (uintptr_t)slot(2) - 2 * PAGE;
	fails(_metadata, -EEXIST, id, team, &args);
	args.address = (uintptr_t)slot(2) + PAGE;
	fails(_metadata, -EEXIST, id, team, &args);
	args.address = (uintptr_t)slot(2) + 1;
	fails(_metadata, -EINVAL, id, team, &args);
	args.address = (uintptr_t)slot(5) + PAGE / 2;
	fails(_metadata, -EINVAL, id, team, &args);
	/* Beyond what a program can have. */
	args.address = 1ULL << 63;
	fails(_metadata, -EINVAL, id, team, &args);
	args.address = -4096ULL * 16;
	fails(_metadata, -EINVAL, id, team, &args);
	/* What is free in the taker need not be so in the giver. */
	id = transfer_to_slot(id, team->pid, 0);
	ASSERT_LT(0, id);
	EXPECT_EQ(slot(0), area_at(id));
	EXPECT_EQ(id, team_area_for(team, slot(0)));
	EXPECT_EQ(1, team_pages_filled(team, slot(0), 3, 1));
	/* Where another ends is one free. */
	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	args.address = (uintptr_t)slot(2) + 2 * PAGE;
	id = transfer(id, team->pid, &args);
	ASSERT_LT(0, id);
	EXPECT_EQ((uintptr_t)slot(2) + 2 * PAGE, args.address);
	EXPECT_EQ(id, team_area_for(team, slot(2) + 2 * PAGE));
	EXPECT_EQ(other, team_area_for(team, slot(2) + PAGE));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, base)
{
	static const unsigned int specs[] = {
		NEXUS_AREA_BASE, NEXUS_AREA_RANDOM_BASE
	};
	struct team *team = team_start();
	struct nexus_area_args args;
	size_t i;
	int id;

	ASSERT_NE(NULL, team);
	for (i = 0; i < ARRAY_SIZE(specs); i++) {
		ASSERT_LT(0, team_slot_area(team, 2, 2, RDWR));
		id = slot_area(0, 3, RDWR);
		ASSERT_LT(0, id);
		fill_pages(slot(0), 3, 1);
		args = (struct nexus_area_args){
			.spec = specs[i],
			.address = (uintptr_t)slot(2),
		};
		id = transfer(id, team->pid, &args);
		ASSERT_LT(0, id);
		EXPECT_EQ(args.address, (uintptr_t)area_at(id));
		EXPECT_LE((uintptr_t)slot(2) + 2 * PAGE, args.address);
		if (specs[i] == NEXUS_AREA_BASE)
			EXPECT_EQ((uintptr_t)slot(2) + 2 * PAGE,
				  args.address);
		EXPECT_EQ(1, team_pages_filled(team, area_at(id), 3, 1));
		ASSERT_EQ(0, team_delete(team, id));
		ASSERT_EQ(0, team_munmap(team, slot(2), 2));
	}
	/* The first hole that is large enough. */
	ASSERT_LT(0, team_slot_area(team, 2, 2, RDWR));
	team->args.address += 4 * PAGE;
	ASSERT_LT(0, team_do(team, do_create, 0, 0, 0, 0));
	id = slot_area(0, 3, RDWR);
	args = (struct nexus_area_args){
		.spec = NEXUS_AREA_BASE,
		.address = (uintptr_t)slot(2),
	};
	id = transfer(id, team->pid, &args);
	ASSERT_LT(0, id);
	EXPECT_EQ((uintptr_t)slot(2) + 6 * PAGE, args.address);
	id = slot_area(0, 2, RDWR);
	args.address = (uintptr_t)slot(2);
	id = transfer(id, team->pid, &args);
	ASSERT_LT(0, id);
	EXPECT_EQ((uintptr_t)slot(2) + 2 * PAGE, args.address);
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, anywhere)
{
	static const unsigned int specs[] = {
		NEXUS_AREA_ANY, NEXUS_AREA_RANDOM_ANY
	};
	struct team *team = team_start();
	struct nexus_area_args args;
	size_t i;
	int id, k;

	ASSERT_NE(NULL, team);
	for (i = 0; i < ARRAY_SIZE(specs); i++) {
		for (k = 0; k < 10; k++) {
			id = slot_area(0, 3, RDWR);
			ASSERT_LT(0, id);
			fill_pages(slot(0), 3, 1 + k);
			args = (struct nexus_area_args){
				.spec = specs[i],
				/* Of no importance. */
				.address = 12345,
			};
			id = transfer(id, team->pid, &args);
			ASSERT_LT(0, id);
			EXPECT_EQ(args.address, (uintptr_t)area_at(id));
			EXPECT_EQ(0, args.address % PAGE);
			EXPECT_EQ(1, team_pages_filled(team, area_at(id), 3,
						       1 + k));
		}
	}
	EXPECT_EQ(20, areas());
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(0, areas());
}

/* There has to be somebody to take it. */
TEST_F(ns, to_nobody)
{
	struct team *team = team_start(), *gone = team_start();
	struct nexus_area_args args = {};
	const pid_t pid = gone ? gone->pid : 0;
	siginfo_t si;
	long before;
	int id;

	ASSERT_NE(NULL, team);
	ASSERT_NE(NULL, gone);
	id = slot_area(0, 3, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	before = picture();
	/* It has ended, and then it is not even a process. */
	kill(pid, SIGKILL);
	ASSERT_EQ(0, waitid(P_PID, pid, &si, WEXITED | WNOWAIT));
	EXPECT_EQ(-ESRCH, transfer(id, pid, &args));
	ASSERT_EQ(128 + SIGKILL, reap(pid));
	EXPECT_EQ(-ESRCH, transfer(id, pid, &args));
	/* A thread of the kernel has no memory of its own. */
	EXPECT_EQ(-ESRCH, transfer(id, 2, &args));
	EXPECT_EQ(-EINVAL, transfer(id, -1, &args));
	EXPECT_EQ(-EINVAL, transfer(id, -team->pid, &args));
	EXPECT_EQ(before, picture());
	EXPECT_EQ(0, area_flags(id));
	EXPECT_TRUE(pages_filled(slot(0), 3, 1));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, not_own)
{
	struct team *team = team_start();
	struct nexus_area_args args = {};
	int id, clone;

	ASSERT_NE(NULL, team);
	id = team_slot_area(team, 0, 3, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	clone = slot_clone(1, id, RDWR);
	ASSERT_LT(0, clone);
	EXPECT_EQ(-EPERM, transfer(id, getpid(), &args));
	EXPECT_EQ(-EPERM, transfer(id, team->pid, &args));
	EXPECT_EQ(-EPERM, team_transfer(team, clone, team->pid));
	EXPECT_EQ(-EIDRM, transfer(clone + 1000, team->pid, &args));
	EXPECT_EQ(2, areas());
	EXPECT_EQ(id, team_area_for(team, slot(0)));
	EXPECT_EQ(clone, area_for(slot(1)));
	EXPECT_EQ(0, team_end(team));
}

/* Nobody could be told where it went. */
TEST_F(ns, unwritable_arguments)
{
	struct team *team = team_start();
	struct nexus_area_args *args;
	long before, theirs;
	int id;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	args = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, args);
	before = picture();
	theirs = team_picture(team);
	EXPECT_EQ(-EFAULT, transfer(id, team->pid, args));
	EXPECT_EQ(-EFAULT, transfer(id, 0, args));
	EXPECT_EQ(before, picture());
	EXPECT_EQ(theirs, team_picture(team));
	EXPECT_TRUE(pages_filled(slot(0), 3, 1));
	EXPECT_EQ(0, team_end(team));
}

/* The arguments are in the area that goes. */
TEST_F(ns, arguments_that_go_along)
{
	struct team *team = team_start();
	struct nexus_area_args *args = (void *)slot(0);
	int id, new;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 1, RDWR);
	ASSERT_LT(0, id);
	new = transfer(id, team->pid, args);
	/* Either is possible, as long as it is only one of the two. */
	if (new < 0) {
		EXPECT_EQ(-EFAULT, new);
		EXPECT_EQ(id, area_for(slot(0)));
	} else {
		EXPECT_EQ(-ENOENT, area_for(slot(0)));
		EXPECT_EQ(new, team_area_for(team, area_at(new)));
	}
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, limits_of_the_target)
{
	struct team *team = team_start();
	struct nexus_area_args args = {};
	long size;
	int id;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 16, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	size = team_kb(team, "VmSize");
	ASSERT_LT(0, size);
	ASSERT_EQ(0, team_limit(team, RLIMIT_AS, size * 1024UL + 15 * PAGE));
	fails(_metadata, -ENOMEM, id, team, &args);
	args.spec = NEXUS_AREA_EXACT;
	args.address = (uintptr_t)slot(1);
	fails(_metadata, -ENOMEM, id, team, &args);
	ASSERT_EQ(0, munmap(slot(0) + 15 * PAGE, PAGE));
	EXPECT_LT(0, transfer(id, team->pid, &args));
	EXPECT_EQ(1, team_pages_filled(team, slot(1), 3, 1));
	EXPECT_EQ(0, team_end(team));
}

static const unsigned int locks[] = {
	NEXUS_AREA_LAZY_LOCK, NEXUS_AREA_FULL_LOCK, NEXUS_AREA_CONTIGUOUS,
	NEXUS_AREA_LOMEM, NEXUS_AREA_32_BIT_FULL,
	NEXUS_AREA_32_BIT_CONTIGUOUS,
};

TEST_F(ns, locked)
{
	const long before = own_kb("VmLck");
	struct team *team = team_start();
	const long kb = PAGE / 1024;
	struct nexus_area_args args;
	size_t i;
	int id;

	ASSERT_NE(NULL, team);
	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		args = slot_args(0, 8, RDWR);
		args.lock = locks[i];
		id = create_area(&args);
		ASSERT_LT(0, id);
		fill_pages(slot(0), 3, 1);
		id = transfer_to_slot(id, team->pid, 1);
		ASSERT_LT(0, id);
		EXPECT_EQ(before, own_kb("VmLck"));
		EXPECT_EQ(8 * kb, team_kb(team, "VmLck"));
		EXPECT_EQ(0, team_info(team, id));
		EXPECT_EQ(locks[i], team->info.lock);
		EXPECT_EQ(locks[i] == NEXUS_AREA_LAZY_LOCK ? 3 * PAGE :
			  8 * PAGE, team->info.ram_size);
		EXPECT_EQ(1, team_pages_filled(team, slot(1), 3, 1));
		ASSERT_EQ(0, team_delete(team, id));
		EXPECT_EQ(0, team_kb(team, "VmLck"));
	}
	EXPECT_EQ(0, team_end(team));
}

/* The limit is the target's, and the giver has no right to exceed it. */
static long do_give_locked(struct team *team)
{
	const int pid = team->arg[0];
	const int rich = team->arg[1];
	struct nexus_area_args args;
	long before;
	size_t i;
	int id;

	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		args = slot_args(0, 8, RDWR);
		args.lock = locks[i];
		id = create_area(&args);
		if (id < 0)
			return 100 * i + 1;
		fill_pages(slot(0), 3, 1);
		before = picture();
		if (transfer_to_slot(id, pid, 1) != -ENOMEM)
			return 100 * i + 2;
		if (picture() != before || !pages_filled(slot(0), 3, 1) ||
		    area_flags(id))
			return 100 * i + 3;
		id = transfer_to_slot(id, rich, 2 + i);
		if (id < 0)
			return 100 * i + 4;
	}
	return 0;
}

TEST_F(ns, memlock_limit_of_the_target)
{
	struct team *team[3];
	int i;

	/* The giver, one that has less, one that has enough. */
	for (i = 0; i < 3; i++) {
		team[i] = team_start();
		ASSERT_NE(NULL, team[i]);
		ASSERT_EQ(0, team_limit(team[i], RLIMIT_MEMLOCK,
					(i == 0 ? 8 : i == 1 ? 7 : 48) *
					PAGE));
		ASSERT_EQ(0, team_become(team[i], 1000));
	}
	EXPECT_EQ(0, team_do(team[0], do_give_locked, team[1]->pid,
			     team[2]->pid, 0, 0));
	EXPECT_EQ(0, team_kb(team[0], "VmLck"));
	EXPECT_EQ(0, team_kb(team[1], "VmLck"));
	EXPECT_EQ(48 * (long)(PAGE / 1024), team_kb(team[2], "VmLck"));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, team_end(team[i]));
	EXPECT_EQ(0, areas());
}

TEST_F(ns, protection)
{
	static const unsigned int protections[] = {
		0, RDONLY, RDWR, RDONLY | NEXUS_AREA_EXEC, RDWR | CLONEABLE,
		RDONLY | CLONEABLE, RDWR | NEXUS_AREA_STACK, CLONEABLE,
	};
	struct team *team = team_start();
	struct nexus_area_info before, after;
	size_t i;
	int id;

	ASSERT_NE(NULL, team);
	for (i = 0; i < ARRAY_SIZE(protections); i++) {
		id = slot_area(0, 2, RDWR);
		ASSERT_LT(0, id);
		fill_pages(slot(0), 2, 1);
		ASSERT_EQ(0, nexus_area_protect(id, protections[i]));
		ASSERT_EQ(0, area_info(id, &before));
		id = transfer_to_slot(id, team->pid, 1);
		ASSERT_LT(0, id);
		ASSERT_EQ(0, area_info(id, &after));
		EXPECT_EQ(protections[i], after.protection);
		EXPECT_EQ(before.max_protection, after.max_protection);
		EXPECT_EQ(protections[i] & RDONLY ? 31 : -SIGSEGV,
			  team_peek(team, slot(1)));
		EXPECT_EQ(protections[i] & NEXUS_AREA_WRITE ? 0 : SIGSEGV,
			  team_poke(team, slot(1), 31));
		EXPECT_EQ(0, team_protect(team, id, RDWR));
		EXPECT_EQ(1, team_pages_filled(team, slot(1), 2, 1));
		ASSERT_EQ(0, team_delete(team, id));
	}
	EXPECT_EQ(0, team_end(team));
}

/* To give away a clone for reading does not make more of it. */
TEST_F(ns, maximum)
{
	struct team *owner = team_start(), *team = team_start();
	int source, id;

	ASSERT_NE(NULL, owner);
	ASSERT_NE(NULL, team);
	source = team_slot_area(owner, 0, 2, RDONLY | CLONEABLE);
	ASSERT_LT(0, source);
	id = slot_clone(0, source, RDONLY | CLONEABLE);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, team_protect(owner, source, RDWR));
	ASSERT_EQ(0, team_fill_pages(owner, slot(0), 2, 1));
	id = transfer_to_slot(id, team->pid, 1);
	ASSERT_LT(0, id);
	EXPECT_EQ(0, area_maximum(id) & NEXUS_AREA_WRITE);
	EXPECT_EQ(-EPERM, team_protect(team, id, RDWR));
	EXPECT_EQ(-EACCES, team_mprotect(team, slot(1), 2,
					 PROT_READ | PROT_WRITE));
	EXPECT_EQ(1, team_pages_filled(team, slot(1), 2, 1));
	/* Not even if it goes to whom it came from. */
	id = team_transfer(team, id, owner->pid);
	ASSERT_LT(0, id);
	EXPECT_EQ(-EPERM, team_protect(owner, id, RDWR));
	EXPECT_EQ(0, area_maximum(id) & NEXUS_AREA_WRITE);
	EXPECT_EQ(0, team_end(owner));
	EXPECT_EQ(0, team_end(team));
}

/* In several mappings, each with a protection of its own. */
TEST_F(ns, protected_parts)
{
	struct team *team = team_start();
	int id;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 4, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 4, 1);
	ASSERT_EQ(0, mprotect(slot(0) + PAGE, PAGE, PROT_READ));
	id = transfer_to_slot(id, team->pid, 1);
	ASSERT_LT(0, id);
	EXPECT_EQ(0, vmas_at(slot(0), 4));
	EXPECT_EQ(4, area_pages(id));
	EXPECT_EQ(RDONLY, area_protection(id));
	EXPECT_EQ(1, team_pages_filled(team, slot(1), 4, 1));
	EXPECT_EQ(SIGSEGV, team_poke(team, slot(1) + PAGE, 1));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, team_end(team));
}

/* Others who have the same memory keep it. */
TEST_F(ns, source_and_clones)
{
	struct team *team = team_start(), *other = team_start();
	int id, clone, theirs;

	ASSERT_NE(NULL, team);
	ASSERT_NE(NULL, other);
	id = slot_area(0, 3, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	clone = slot_clone(1, id, RDWR);
	theirs = team_slot_clone(other, 2, id, RDWR);
	ASSERT_LT(0, clone);
	ASSERT_LT(0, theirs);
	id = transfer_to_slot(id, team->pid, 3);
	ASSERT_LT(0, id);
	EXPECT_EQ(3, areas());
	ASSERT_EQ(0, team_fill_pages(team, slot(3), 3, 10));
	EXPECT_TRUE(pages_filled(slot(1), 3, 10));
	EXPECT_EQ(1, team_pages_filled(other, slot(2), 3, 10));
	ASSERT_EQ(0, team_resize(team, id, 5));
	EXPECT_EQ(5, area_pages(clone));
	EXPECT_EQ(5, area_pages(theirs));
	/* A team can be given what it has already. */
	clone = transfer_to_slot(clone, team->pid, 5);
	ASSERT_LT(0, clone);
	ASSERT_EQ(0, team_poke(team, slot(5) + 4 * PAGE, 9));
	EXPECT_EQ(9, team_peek(team, slot(3) + 4 * PAGE));
	EXPECT_EQ(9, team_peek(other, slot(2) + 4 * PAGE));
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(9, team_peek(other, slot(2) + 4 * PAGE));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, team_end(other));
}

/* What is left of an area goes, the rest of it stays. */
TEST_F(ns, piece)
{
	struct team *team = team_start();
	int id, upper;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 6, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 6, 1);
	ASSERT_EQ(0, munmap(slot(0) + 2 * PAGE, PAGE));
	upper = area_for(slot(0) + 3 * PAGE);
	ASSERT_LT(0, upper);
	upper = transfer_to_slot(upper, team->pid, 1);
	ASSERT_LT(0, upper);
	EXPECT_EQ(3, area_pages(upper));
	EXPECT_EQ(1, team_pages_filled(team, slot(1), 3, 4));
	EXPECT_EQ(-SIGSEGV, team_peek(team, slot(1) + 3 * PAGE));
	EXPECT_EQ(2, area_pages(id));
	EXPECT_TRUE(pages_filled(slot(0), 2, 1));
	EXPECT_EQ(0, vmas_at(slot(0) + 2 * PAGE, 4));
	id = transfer_to_slot(id, team->pid, 2);
	ASSERT_LT(0, id);
	EXPECT_EQ(1, team_pages_filled(team, slot(2), 2, 1));
	EXPECT_EQ(2, areas());
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, goes_with_the_target)
{
	enum { EXIT, KILL, EXEC, WAYS };
	struct team *team;
	int way, id, kept;

	for (way = 0; way < WAYS; way++) {
		team = team_start();
		ASSERT_NE(NULL, team);
		id = slot_area(0, 3, RDWR | CLONEABLE);
		ASSERT_LT(0, id);
		fill_pages(slot(0), 3, 1);
		kept = slot_clone(1, id, RDWR);
		ASSERT_LT(0, kept);
		id = transfer_to_slot(id, team->pid, 0);
		ASSERT_LT(0, id);
		if (way == EXIT)
			ASSERT_EQ(0, team_end(team));
		if (way == KILL)
			ASSERT_EQ(128 + SIGKILL, team_kill(team));
		if (way == EXEC)
			ASSERT_EQ(0, team_exec(team));
		EXPECT_EQ(1, areas());
		EXPECT_EQ(kept, nexus_find(AREA, "test area", 0));
		EXPECT_TRUE(pages_filled(slot(1), 3, 1));
		if (way == EXEC) {
			/* The new program can be given something as well. */
			EXPECT_LT(0, transfer_area(kept, team->pid));
			EXPECT_EQ(1, areas());
			EXPECT_EQ(128 + SIGKILL, team_kill(team));
		} else {
			ASSERT_EQ(0, delete_area(kept));
		}
		EXPECT_EQ(0, areas());
	}
}

/* And not with the giver. */
TEST_F(ns, outlives_the_giver)
{
	struct team *team = team_start();
	int id;

	ASSERT_NE(NULL, team);
	id = team_slot_area(team, 0, 3, RDWR);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, team_fill_pages(team, slot(0), 3, 1));
	team->args = (struct nexus_area_args){
		.spec = NEXUS_AREA_EXACT,
		.address = (uintptr_t)slot(1),
	};
	id = team_do(team, do_transfer, id, getpid(), 0, 0);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, team_end(team));
	EXPECT_EQ(id, area_for(slot(1)));
	EXPECT_TRUE(pages_filled(slot(1), 3, 1));
	EXPECT_EQ(0, resize_area(id, 5));
	EXPECT_TRUE(all_zero(slot(1) + 3 * PAGE, 2));
	EXPECT_EQ(0, delete_area(id));
}

TEST_F(ns, to_another_user)
{
	struct team *team = team_start();
	struct nexus_area_info info;
	int id;

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_become(team, 1000));
	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	id = transfer_to_slot(id, team->pid, 1);
	ASSERT_LT(0, id);
	EXPECT_EQ(0, area_info(id, &info));
	EXPECT_EQ(1000, info.uid);
	EXPECT_EQ(0, info.creator_uid);
	/* It is the new owner's, who may ask about it. */
	EXPECT_EQ(0, team_info(team, id));
	EXPECT_EQ((uintptr_t)slot(1), team->info.address);
	EXPECT_EQ(1, team_pages_filled(team, slot(1), 3, 1));
	EXPECT_EQ(0, team_resize(team, id, 2));
	EXPECT_EQ(0, team_delete(team, id));
	EXPECT_EQ(0, team_end(team));
}

/* Its mapping is there, but its id is in the namespace that it was in. */
TEST_F(ns, to_another_namespace)
{
	struct team *team = team_start();
	struct nexus_area_info info;
	int id, new;

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_unshare(team, CLONE_NEWIPC));
	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	fill_pages(slot(0), 3, 1);
	new = transfer_to_slot(id, team->pid, 1);
	if (new < 0) {
		/* Also an answer. */
		EXPECT_EQ(id, area_for(slot(0)));
		EXPECT_TRUE(pages_filled(slot(0), 3, 1));
		EXPECT_EQ(0, team_vmas(team, slot(1), 3));
	} else {
		EXPECT_EQ(0, area_info(new, &info));
		EXPECT_EQ(team->pid, info.team);
		EXPECT_EQ(0, vmas_at(slot(0), 3));
		EXPECT_EQ(1, team_pages_filled(team, slot(1), 3, 1));
		EXPECT_EQ(-EIDRM, team_delete(team, new));
	}
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(new < 0, areas());
}

/* None is lost, and none is there twice. */
TEST_F_TIMEOUT(ns, many, 90)
{
	enum { COUNT = 200 };
	struct team *team = team_start();
	struct nexus_area_info info;
	int i, id;

	ASSERT_NE(NULL, team);
	for (i = 0; i < COUNT; i++) {
		id = new_area(2, RDWR);
		ASSERT_LT(0, id);
		fill_pages(area_at(id), 2, i);
		ASSERT_LT(0, transfer_area(id, team->pid));
	}
	EXPECT_EQ(COUNT, areas());
	EXPECT_EQ(-ENOENT, nexus_next(AREA, 0, 0, &info, sizeof(info), 0));
	for (i = 0, id = 0; i < COUNT; i++) {
		ASSERT_EQ(0, nexus_next(AREA, team->pid, id, &info,
					sizeof(info), 0));
		ASSERT_LT(id, info.id);
		id = info.id;
		ASSERT_EQ(team->pid, info.team);
	}
	EXPECT_EQ(-ENOENT, nexus_next(AREA, team->pid, id, &info, sizeof(info),
				      0));
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(0, areas());
}

int main(int argc, char **argv)
{
	return pauses(argc, argv) ? 0 : test_harness_run(argc, argv);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * How areas end: with their team, in each way that a team can end, with exec,
 * and with the IPC namespace, which takes the ids and leaves the memory.
 */
#include "ns.h"
#include "area_team.h"

TEST_F(ns, ends_with_its_team)
{
	enum { EXIT, KILL, EXEC, WAYS };
	struct nexus_area_info info;
	struct team *team;
	int way, id, clone;

	for (way = 0; way < WAYS; way++) {
		team = team_start();
		ASSERT_NE(NULL, team);
		/* One of its own, one that is cloned here. */
		ASSERT_LT(0, team_create(team, 3, RDWR));
		id = team_slot_area(team, 0, 3, RDWR | CLONEABLE);
		ASSERT_LT(0, id);
		ASSERT_EQ(0, team_fill_pages(team, slot(0), 3, way));
		clone = slot_clone(1, id, RDWR);
		ASSERT_LT(0, clone);
		EXPECT_EQ(3, areas());
		if (way == EXIT)
			ASSERT_EQ(0, team_end(team));
		if (way == KILL)
			ASSERT_EQ(128 + SIGKILL, team_kill(team));
		if (way == EXEC)
			ASSERT_EQ(0, team_exec(team));
		/* Not later than wait() returns or the program starts. */
		EXPECT_EQ(1, areas());
		EXPECT_EQ(-EIDRM, area_info(id, &info));
		EXPECT_EQ(-EIDRM, slot_clone(2, id, RDWR));
		EXPECT_EQ(-ENOENT, nexus_find(AREA, "team's area", 0));
		EXPECT_TRUE(pages_filled(slot(1), 3, way));
		if (way == EXEC) {
			/* It has mappings, but no areas. */
			EXPECT_EQ(-ENOENT, nexus_next(AREA, team->pid, 0,
						      &info, sizeof(info), 0));
			EXPECT_EQ(0, area_map(team->pid, NULL, &info));
			EXPECT_EQ(128 + SIGKILL, team_kill(team));
		}
		/* The clone is a whole area, the last of them now. */
		ASSERT_EQ(0, resize_area(clone, 4));
		EXPECT_TRUE(pages_filled(slot(1), 3, way));
		EXPECT_TRUE(all_zero(slot(1) + 3 * PAGE, 1));
		ASSERT_EQ(0, delete_area(clone));
		EXPECT_EQ(0, areas());
	}
}

static long do_failed_exec(struct team *team)
{
	char *const argv[] = { "none", NULL };

	execve("/no/such/program", argv, argv + 1);
	return -errno;
}

TEST_F(ns, failed_exec)
{
	struct team *team = team_start();
	long before;

	ASSERT_NE(NULL, team);
	ASSERT_LT(0, team_slot_area(team, 0, 3, RDWR));
	ASSERT_EQ(0, team_fill_pages(team, slot(0), 3, 9));
	before = team_picture(team);
	EXPECT_EQ(-ENOENT, team_do(team, do_failed_exec, 0, 0, 0, 0));
	EXPECT_EQ(before, team_picture(team));
	EXPECT_EQ(1, team_pages_filled(team, slot(0), 3, 9));
	EXPECT_EQ(0, team_end(team));
}

static long do_many(struct team *team)
{
	int i;

	for (i = 0; i < team->arg[0]; i++) {
		const int id = new_area(2, RDWR);

		if (id < 0)
			return id;
		*area_at(id) = 1;
		/* Also some that are shared, and some that are cut. */
		if (i % 4 == 1 && clone_area(id, RDWR) < 0)
			return -1;
		if (i % 4 == 2 && munmap(area_at(id), PAGE))
			return -2;
		if (i % 4 == 3 && munmap(area_at(id) + PAGE, PAGE))
			return -3;
	}
	return areas();
}

TEST_F_TIMEOUT(ns, exit_with_many, 90)
{
	struct team *team = team_start();

	ASSERT_NE(NULL, team);
	EXPECT_EQ(1000, team_do(team, do_many, 800, 0, 0, 0));
	EXPECT_EQ(1000, areas());
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(0, areas());
	EXPECT_EQ(-ENOENT, nexus_find(AREA, "test area", 0));
}

/* An area belongs to the team, not to the thread that made it. */
static void *make_and_end(void *arg)
{
	*(int *)arg = slot_area(0, 2, RDWR);
	fill_pages(slot(0), 2, 8);
	return NULL;
}

TEST_F(ns, thread_ends)
{
	pthread_t thread;
	int id = 0;

	ASSERT_EQ(0, pthread_create(&thread, NULL, make_and_end, &id));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_LT(0, id);
	EXPECT_EQ(id, area_for(slot(0)));
	EXPECT_TRUE(pages_filled(slot(0), 2, 8));
	EXPECT_EQ(0, delete_area(id));
}

struct leader {
	int id;
	int step;
	int go;
};

static void *outlive_leader(void *arg)
{
	struct leader *leader = arg;

	reached(&leader->go, 1);
	_exit(area_for(slot(0)) == leader->id && pages_filled(slot(0), 2, 4) &&
	      !resize_area(leader->id, 3) ? 7 : 8);
}

static int leader_exits(void *arg)
{
	struct leader *leader = arg;
	pthread_t thread;

	leader->id = slot_area(0, 2, RDWR | CLONEABLE);
	if (leader->id < 0 ||
	    pthread_create(&thread, NULL, outlive_leader, leader))
		return 1;
	fill_pages(slot(0), 2, 4);
	announce(&leader->step, 1);
	syscall(__NR_exit, 0);
	return 2;
}

TEST_F(ns, leader_ends_first)
{
	struct leader *leader = shared(sizeof(*leader));
	struct nexus_area_info info;
	pid_t pid;
	int id;

	ASSERT_NE(NULL, leader);
	pid = spawn(leader_exits, leader);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&leader->step, 1));
	ASSERT_TRUE(poll_until(task_state(pid, pid) == 'Z'));
	/* The address space has lost its first thread, and no more. */
	EXPECT_EQ(0, area_info(leader->id, &info));
	EXPECT_EQ(pid, info.team);
	EXPECT_EQ(2 * PAGE, info.size);
	id = slot_clone(1, leader->id, RDWR);
	ASSERT_LT(0, id);
	EXPECT_TRUE(pages_filled(slot(1), 2, 4));
	announce(&leader->go, 1);
	EXPECT_EQ(7, reap(pid));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(3, area_pages(id));
}

/* The namespace goes, and takes the ids but not the memory. */
static long do_lose_namespace(struct team *team)
{
	struct nexus_area_info info;
	int private, shared, id, status;
	pid_t pid;

	if (unshare(CLONE_NEWIPC))
		return 1;
	private = slot_area(0, 4, RDWR);
	shared = slot_area(1, 4, RDWR);
	if (private < 0 || shared < 0 || slot_clone(2, shared, RDWR) < 0)
		return 2;
	fill_pages(slot(0), 4, 1);
	fill_pages(slot(1), 4, 2);
	if (unshare(CLONE_NEWIPC))
		return 3;
	/* Its end may take a moment. */
	if (areas() || !poll_until(area_for(slot(0)) == -ENOENT &&
				   area_for(slot(1)) == -ENOENT &&
				   area_for(slot(2)) == -ENOENT))
		return 4;
	if (area_info(private, &info) != -EIDRM ||
	    delete_area(shared) != -EIDRM ||
	    nexus_next(AREA, 0, 0, &info, sizeof(info), 0) != -ENOENT)
		return 5;
	if (!pages_filled(slot(0), 4, 1) || !pages_filled(slot(1), 4, 2) ||
	    !pages_filled(slot(2), 4, 2))
		return 6;
	slot(1)[0] = 66;
	if (slot(2)[0] != 66)
		return 7;
	/* They are mappings like others: cut, moved, protected, copied. */
	if (munmap(slot(0) + PAGE, PAGE) || munmap(slot(1), PAGE) ||
	    mprotect(slot(2), PAGE, PROT_READ) || areas())
		return 8;
	if (try_write(slot(2), 1) != SIGSEGV)
		return 9;
	pid = fork();
	if (!pid) {
		slot(0)[0] = 77;
		if (areas())
			_exit(1);
		_exit(pages_filled(slot(2) + PAGE, 3, 3) ? 0 : 2);
	}
	status = reap(pid);
	if (status)
		return 1000 + status;
	if (!pages_filled(slot(0), 1, 1) ||
	    !pages_filled(slot(0) + 2 * PAGE, 2, 3))
		return 11;
	/* Where they are no area can be, beside them one can. */
	if (slot_area(0, 1, RDWR) != -EEXIST)
		return 12;
	id = new_area_at(slot(0) + PAGE, 1, RDWR);
	if (id < 0 || areas() != 1 || area_for(slot(0)) != -ENOENT ||
	    area_for(slot(0) + PAGE) != id || delete_area(id))
		return 13;
	/* area_map() shows the mapping that they are. */
	if (area_map(0, slot(0), &info) || info.id ||
	    info.address != (uintptr_t)slot(0))
		return 14;
	if (munmap(slot(0), 4 * PAGE) || munmap(slot(1), 4 * PAGE))
		return 15;
	return 0;
}

TEST_F(ns, namespace_ends)
{
	struct team *team = team_start();

	ASSERT_NE(NULL, team);
	EXPECT_EQ(0, team_do(team, do_lose_namespace, 0, 0, 0, 0));
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(0, areas());
}

/* The namespace stays, the team goes: it has the mappings, not the ids. */
TEST_F(ns, team_leaves_the_namespace)
{
	struct team *team = team_start();
	struct nexus_area_info info;
	int id, clone;

	ASSERT_NE(NULL, team);
	id = team_slot_area(team, 0, 2, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	clone = slot_clone(0, id, RDWR);
	ASSERT_LT(0, clone);
	ASSERT_EQ(0, team_unshare(team, CLONE_NEWIPC));
	EXPECT_EQ(-EIDRM, team_info(team, id));
	EXPECT_EQ(-EIDRM, team_info(team, clone));
	EXPECT_EQ(-EIDRM, team_delete(team, id));
	EXPECT_EQ(0, area_info(id, &info));
	EXPECT_EQ(team->pid, info.team);
	EXPECT_EQ(2, areas());
	ASSERT_EQ(0, team_poke(team, slot(0), 7));
	EXPECT_EQ(7, slot(0)[0]);
	/* Its areas keep their size together as before. */
	ASSERT_EQ(0, resize_area(clone, 1));
	EXPECT_EQ(1, area_pages(id));
	EXPECT_EQ(-SIGSEGV, team_peek(team, slot(0) + PAGE));
	/* An area that it makes now is elsewhere. */
	ASSERT_LT(0, team_create(team, 1, RDWR));
	EXPECT_EQ(2, areas());
	EXPECT_EQ(0, team_munmap(team, slot(0), 1));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(0, team_end(team));
	EXPECT_EQ(1, areas());
}

int main(int argc, char **argv)
{
	return pauses(argc, argv) ? 0 : test_harness_run(argc, argv);
}

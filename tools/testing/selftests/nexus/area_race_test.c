// SPDX-License-Identifier: GPL-2.0
/*
 * Areas that are cloned, resized, transferred and protected while somebody
 * else does something about them: in this team and in others, which also end
 * at the wrong moment.  area_storm_test.c has forks and what is random.
 */
#include "area_race.h"

enum { PAGES = 32 };

/* Clones whatever id is announced, for as long as there is something. */
static int clone_announced(void *arg)
{
	struct race *race = arg;
	struct nexus_area_args args;
	int id, clone;
	char *p;

	while (!stopped(race)) {
		id = __atomic_load_n(&race->id[0], __ATOMIC_ACQUIRE);
		if (!id)
			continue;
		args = area_args("clone", 0, RDWR);
		clone = nexus_area_clone(id, &args, sizeof(args));
		if (clone == -EIDRM) {
			count(race, 1);
			continue;
		}
		if (clone < 0) {
			went_wrong(race, __LINE__, clone);
			continue;
		}
		p = (char *)(uintptr_t)args.address;
		/* All of it, however soon the source has gone. */
		if (area_pages(clone) != PAGES || !stamped(p, PAGES, (unsigned short)id))
			went_wrong(race, __LINE__, word_at(p));
		if (delete_area(clone))
			went_wrong(race, __LINE__, clone);
		count(race, 0);
	}
	return 0;
}

static void *clone_in_thread(void *arg)
{
	clone_announced(arg);
	return NULL;
}

static int own_for_a_moment(void *arg)
{
	struct race *race = arg;
	unsigned int seed = race->done[2];
	int id;

	id = slot_area(0, PAGES, RDWR | CLONEABLE);
	if (id < 0)
		return 1;
	stamp(slot(0), PAGES, id);
	announce(&race->id[0], id);
	moment(&seed, 2000);
	return 0;
}

enum end { DELETE, MUNMAP, EXIT };

static void clone_against(struct __test_metadata *_metadata,
			  struct race *race, enum end end)
{
	unsigned int seed = 1;
	pthread_t thread;
	pid_t pid[2], owner;
	int id, i;

	for (i = 0; i < 2; i++) {
		pid[i] = spawn(clone_announced, race);
		ASSERT_LT(0, pid[i]);
	}
	if (end != EXIT)
		ASSERT_EQ(0, start(&thread, clone_in_thread, race));
	run_for(2500);
	while (running() || race->done[2] <= 2) {
		if (end == EXIT) {
			owner = spawn(own_for_a_moment, race);
			ASSERT_LT(0, owner);
			ASSERT_EQ(0, reap(owner));
			race->done[2]++;
			continue;
		}
		id = slot_area(0, PAGES, RDWR | CLONEABLE);
		ASSERT_LT(0, id);
		stamp(slot(0), PAGES, id);
		announce(&race->id[0], id);
		moment(&seed, 500);
		ASSERT_EQ(0, end == DELETE ? delete_area(id) :
			  munmap(slot(0), PAGES * PAGE));
		race->done[2]++;
	}
	EXPECT_EQ(0, all_end(race, pid, 2));
	if (end != EXIT)
		ASSERT_EQ(0, join(thread));
	expect_right(_metadata, race);
	TH_LOG("%d rounds, %d clones, %d too late", race->done[2],
	       race->done[0], race->done[1]);
}

TEST_F_TIMEOUT(race, clone_against_delete, 60)
{
	clone_against(_metadata, self->race, DELETE);
}

TEST_F_TIMEOUT(race, clone_against_munmap, 60)
{
	clone_against(_metadata, self->race, MUNMAP);
}

TEST_F_TIMEOUT(race, clone_against_exit, 60)
{
	clone_against(_metadata, self->race, EXIT);
}

/*
 * Pages below FEWEST are never cut.  The owner writes its stamp into all
 * others between growing and shrinking, so whoever looks into one sees 0, the
 * stamp, or nothing.
 */
enum { FEWEST = 4, STAMP = 0x5afe };

static int fault_in_clone(void *arg)
{
	struct race *race = arg;
	unsigned int seed = getpid();
	char *p = slot(1);
	long word;
	int page;

	expect_faults();
	if (slot_clone(1, race->id[0], RDWR) < 0)
		return 1;
	count(race, 3);
	while (!stopped(race)) {
		page = rand_r(&seed) % PAGES;
		word = read_word(p + page * PAGE);
		if (word != STAMP && (page < FEWEST || (word &&
							word != NO_WORD)))
			went_wrong(race, __LINE__, word);
		/* Its own place in the page, next to the stamp. */
		if (write_word(p + page * PAGE + 64, page) && page < FEWEST)
			went_wrong(race, __LINE__, page);
		count(race, word != NO_WORD);
	}
	return 0;
}

TEST_F_TIMEOUT(race, resize_against_faults, 60)
{
	struct race *race = self->race;
	unsigned int seed = 1;
	int i, pages, old = FEWEST, rounds = 0;
	pid_t pid[3];
	char *p = slot(0);

	race->id[0] = slot_area(0, FEWEST, RDWR | CLONEABLE);
	ASSERT_LT(0, race->id[0]);
	stamp(p, FEWEST, STAMP);
	for (i = 0; i < 3; i++) {
		pid[i] = spawn(fault_in_clone, race);
		ASSERT_LT(0, pid[i]);
	}
	ASSERT_TRUE(poll_until(race->done[3] == 3));
	run_for(4000);
	while (running() || rounds <= 10) {
		pages = FEWEST + rand_r(&seed) % (PAGES - FEWEST);
		ASSERT_EQ(0, resize_area(race->id[0], pages));
		for (i = old; i < pages; i++)
			ASSERT_EQ(0, word_at(p + i * PAGE))
				TH_LOG("page %d from %d to %d", i, old, pages);
		stamp(p, pages, STAMP);
		old = pages;
		moment(&seed, 200);
		rounds++;
	}
	EXPECT_EQ(0, all_end(race, pid, 3));
	expect_right(_metadata, race);
	EXPECT_TRUE(stamped(p, old, STAMP));
	EXPECT_EQ(old, area_pages(race->id[0]));
	TH_LOG("%d rounds, %d accesses, %d faults", rounds, race->done[1],
	       race->done[0]);
	ASSERT_EQ(0, delete_area(race->id[0]));
}

/* Everybody has both families and resizes one or the other. */
static long do_resize_both(struct team *team)
{
	struct race *race = (struct race *)team->arg[0];
	unsigned int seed = getpid();
	long ret;
	int which;

	while (!stopped(race)) {
		/* The first two only one each, in opposite order. */
		which = team->arg[1] < 2 ? team->arg[1] : rand_r(&seed) % 2;
		ret = resize_area(area_for(slot(which)),
				  1 + rand_r(&seed) % PAGES);
		if (ret)
			went_wrong(race, __LINE__, ret);
		count(race, which);
	}
	return 0;
}

TEST_F_TIMEOUT(race, resize_of_overlapping_teams, 60)
{
	enum { TEAMS = 4 };
	struct race *race = self->race;
	struct team *team[TEAMS];
	long pages[2];
	int i, k, id;

	for (i = 0; i < TEAMS; i++) {
		team[i] = team_start();
		ASSERT_NE(NULL, team[i]);
	}
	for (k = 0; k < 2; k++) {
		id = team_slot_area(team[k], k, PAGES, RDWR | CLONEABLE);
		ASSERT_LT(0, id);
		for (i = 0; i < TEAMS; i++)
			if (i != k)
				ASSERT_LT(0, team_slot_clone(team[i], k, id,
							     RDWR));
	}
	for (i = 0; i < TEAMS; i++)
		team_begin(team[i], do_resize_both, (long)race, i, 0, 0);
	run_for(3000);
	ASSERT_TRUE(poll_until(!running()));
	announce(&race->stop, 1);
	for (i = 0; i < TEAMS; i++)
		ASSERT_EQ(0, team_result(team[i]))
			TH_LOG("team %d does not come back", i);
	expect_right(_metadata, race);
	/* They agree about the last. */
	for (k = 0; k < 2; k++) {
		pages[k] = area_pages(team_area_for(team[0], slot(k)));
		EXPECT_LT(0, pages[k]);
		for (i = 0; i < TEAMS; i++) {
			id = team_area_for(team[i], slot(k));
			EXPECT_EQ(pages[k], area_pages(id));
			EXPECT_EQ(0, team_vmas(team[i], slot(k) + pages[k] *
					       PAGE, PAGES));
			EXPECT_EQ(0, team_poke(team[i], slot(k) + pages[k] *
					       PAGE - 1, i));
			EXPECT_EQ(i, team_peek(team[!i], slot(k) + pages[k] *
					       PAGE - 1));
		}
	}
	TH_LOG("%d and %d resized", race->done[0], race->done[1]);
	for (i = 0; i < TEAMS; i++)
		EXPECT_EQ(0, team_end(team[i]));
}

/* A member of the family comes and goes, in each way it can. */
enum leave { UNMAPS, UNMAPS_PARTS, EXITS, EXECS, KILLED };

static int come_and_go(void *arg)
{
	struct race *race = arg;
	unsigned int seed = own_tid();
	const int how = race->id[1];
	long ret;

	do {
		ret = slot_clone(1, race->id[0], RDWR);
		if (ret < 0)
			return 1;
		announce(&race->go, 1);
		moment(&seed, 800);
		if (how == EXITS)
			return 0;
		if (how == EXECS)
			return run_self("none", NULL);
		if (how == KILLED)
			raise(SIGKILL);
		if (how == UNMAPS_PARTS) {
			/* A family with a part in it cannot be resized. */
			if (munmap(slot(1) + rand_r(&seed) % 4 * PAGE, PAGE))
				return 2;
			moment(&seed, 100);
		}
		if (munmap(slot(1), PAGES * PAGE))
			return 3;
		if (area_for(slot(1)) != -ENOENT)
			return 4;
		count(race, 1);
	} while (!stopped(race));
	return 0;
}

static void resize_against(struct __test_metadata *_metadata,
			   struct race *race, enum leave how)
{
	const int again = how != UNMAPS && how != UNMAPS_PARTS;
	unsigned int seed = how;
	int rounds = 0, refused = 0;
	long ret, last = FEWEST;
	pid_t pid;

	race->id[1] = how;
	race->id[0] = slot_area(0, FEWEST, RDWR | CLONEABLE);
	ASSERT_LT(0, race->id[0]);
	stamp(slot(0), FEWEST, STAMP);
	pid = spawn(come_and_go, race);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&race->go, 1));
	run_for(2500);
	while (running() || rounds <= 10) {
		const long pages = FEWEST + rand_r(&seed) % (PAGES - FEWEST);

		ret = resize_area(race->id[0], pages);
		if (!ret) {
			last = pages;
			ASSERT_EQ(0, try_write(slot(0) + last * PAGE - 1, 1));
		} else {
			ASSERT_EQ(-EPERM, ret);
			ASSERT_EQ(UNMAPS_PARTS, how);
			refused++;
		}
		ASSERT_EQ(last, area_pages(race->id[0]));
		ASSERT_TRUE(stamped(slot(0), FEWEST, STAMP));
		rounds++;
		if (again && waitpid(pid, NULL, WNOHANG) == pid) {
			race->go = 0;
			pid = spawn(come_and_go, race);
			ASSERT_LT(0, pid);
		}
	}
	announce(&race->stop, 1);
	ret = reap(pid);
	EXPECT_TRUE(!ret || (how == KILLED && ret == 128 + SIGKILL))
		TH_LOG("%ld", ret);
	expect_right(_metadata, race);
	/* Alone, it can do as it likes. */
	EXPECT_EQ(0, resize_area(race->id[0], PAGES + 1));
	TH_LOG("%d rounds, %d refused, %d gone", rounds, refused,
	       race->done[1]);
	ASSERT_EQ(0, delete_area(race->id[0]));
}

TEST_F_TIMEOUT(race, resize_against_munmap, 60)
{
	resize_against(_metadata, self->race, UNMAPS);
}

TEST_F_TIMEOUT(race, resize_against_munmap_of_parts, 60)
{
	resize_against(_metadata, self->race, UNMAPS_PARTS);
}

TEST_F_TIMEOUT(race, resize_against_exit, 60)
{
	resize_against(_metadata, self->race, EXITS);
}

TEST_F_TIMEOUT(race, resize_against_exec, 60)
{
	resize_against(_metadata, self->race, EXECS);
}

TEST_F_TIMEOUT(race, resize_against_kill, 60)
{
	resize_against(_metadata, self->race, KILLED);
}

static int end_soon(void *arg)
{
	struct race *race = arg;
	unsigned int seed = race->done[0];

	moment(&seed, 3000);
	return race->id[1] == EXECS ? run_self("none", NULL) : 0;
}

/* Areas are given to a team that ends: each of them ends with it or stays. */
static void transfer_against(struct __test_metadata *_metadata,
			     struct race *race, enum leave how)
{
	int given = 0, id;
	pid_t pid;
	long ret;

	race->id[1] = how;
	run_for(3000);
	while (running() || race->done[0] <= 2) {
		pid = spawn(end_soon, race);
		ASSERT_LT(0, pid);
		do {
			id = slot_area(0, PAGES, RDWR);
			ASSERT_LT(0, id);
			stamp(slot(0), PAGES, id);
			ret = transfer_area(id, pid);
			given += ret > 0;
		} while (ret > 0);
		ASSERT_EQ(-ESRCH, ret);
		/* The last one is here, whole. */
		ASSERT_EQ(id, area_for(slot(0)));
		ASSERT_TRUE(stamped(slot(0), PAGES, (unsigned short)id));
		ASSERT_EQ(0, reap(pid));
		ASSERT_EQ(1, areas());
		ASSERT_EQ(0, delete_area(id));
		race->done[0]++;
	}
	TH_LOG("%d rounds, %d given", race->done[0], given);
	EXPECT_LT(0, given);
}

TEST_F_TIMEOUT(race, transfer_against_exit, 60)
{
	transfer_against(_metadata, self->race, EXITS);
}

/* Before and after it becomes another program it is the same team. */
TEST_F_TIMEOUT(race, transfer_against_exec, 60)
{
	transfer_against(_metadata, self->race, EXECS);
}

/* Each of two teams gives to the other whatever it has. */
enum { GIFTS = 6 };

static long do_give_all(struct team *team)
{
	struct race *race = (struct race *)team->arg[0];
	const pid_t other = team->arg[1];
	struct nexus_area_info info;
	char *p;
	long id;

	while (!stopped(race)) {
		if (nexus_next(AREA, 0, 0, &info, sizeof(info), 0))
			continue;
		p = (char *)(uintptr_t)info.address;
		/* Written by whoever had it before. */
		if (info.size != PAGES * PAGE ||
		    !stamped(p, PAGES, word_at(p)))
			went_wrong(race, __LINE__, info.id);
		stamp(p, PAGES, word_at(p));
		id = transfer_area(info.id, other);
		if (id < 0)
			went_wrong(race, __LINE__, id);
		count(race, team->arg[2]);
	}
	return 0;
}

TEST_F_TIMEOUT(race, transfer_to_and_fro, 60)
{
	struct race *race = self->race;
	struct nexus_area_info info;
	struct team *team[2];
	int i, id, who, seen = 0;

	for (i = 0; i < 2; i++) {
		team[i] = team_start();
		ASSERT_NE(NULL, team[i]);
	}
	for (i = 0; i < GIFTS; i++) {
		id = slot_area(0, PAGES, RDWR);
		ASSERT_LT(0, id);
		stamp(slot(0), PAGES, (i + 1) * 0x101);
		ASSERT_LT(0, transfer_area(id, team[i % 2]->pid));
	}
	for (i = 0; i < 2; i++)
		team_begin(team[i], do_give_all, (long)race, team[!i]->pid, i,
			   0);
	run_for(3000);
	ASSERT_TRUE(poll_until(!running()));
	announce(&race->stop, 1);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, team_result(team[i]))
			TH_LOG("team %d does not come back", i);
	expect_right(_metadata, race);
	/* Each of them is still there, once. */
	EXPECT_EQ(GIFTS, areas());
	for (who = 0; who < 2; who++) {
		for (id = 0; !nexus_next(AREA, team[who]->pid, id, &info,
					 sizeof(info), 0); id = info.id)
			seen |= 1 << team_peek(team[who], (char *)(uintptr_t)
					       info.address);
	}
	EXPECT_EQ((2 << GIFTS) - 2, seen);
	TH_LOG("%d and %d given", race->done[0], race->done[1]);
	EXPECT_LT(0, race->done[0]);
	EXPECT_LT(0, race->done[1]);
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, team_end(team[i]));
}

/*
 * A thread writes numbers that rise.  Once nexus_area_protect() has returned
 * no write gets through, and each one is there that did not fault.
 */
static void *write_numbers(void *arg)
{
	struct race *race = arg;
	unsigned short number = 0;

	while (!stopped(race)) {
		if (write_word(slot(0), number + 1)) {
			count(race, 0);
		} else {
			number++;
			count(race, 1);
		}
		if (word_at(slot(0)) != number)
			went_wrong(race, __LINE__, word_at(slot(0)));
		/* The clone is of no concern to it, except that it shows. */
		if (word_at(slot(1)) != number)
			went_wrong(race, __LINE__, word_at(slot(1)));
		set_word(slot(1) + PAGE, number);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, protect_against_writes, 60)
{
	struct race *race = self->race;
	unsigned int seed = 1;
	unsigned short before;
	pthread_t thread;
	int id, clone, rounds = 0;

	id = slot_area(0, 2, RDWR);
	ASSERT_LT(0, id);
	clone = slot_clone(1, id, RDWR);
	ASSERT_LT(0, clone);
	expect_faults();
	ASSERT_EQ(0, start(&thread, write_numbers, race));
	run_for(2500);
	while (running() || rounds <= 10) {
		ASSERT_EQ(0, nexus_area_protect(id, RDONLY));
		before = word_at(slot(0));
		moment(&seed, 200);
		ASSERT_EQ(before, word_at(slot(0)));
		ASSERT_EQ(RDONLY, area_protection(id));
		ASSERT_EQ(0, nexus_area_protect(id, RDWR));
		moment(&seed, 200);
		rounds++;
	}
	announce(&race->stop, 1);
	ASSERT_EQ(0, join(thread));
	expect_right(_metadata, race);
	TH_LOG("%d rounds, %d faults, %d writes", rounds, race->done[0],
	       race->done[1]);
	EXPECT_LT(0, race->done[1]);
	ASSERT_EQ(0, delete_area(id));
	ASSERT_EQ(0, delete_area(clone));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "none"))
		return 0;
	return test_harness_run(argc, argv);
}

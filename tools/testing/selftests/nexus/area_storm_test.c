// SPDX-License-Identifier: GPL-2.0
/*
 * Forks against everything else that can happen to areas, copies that are
 * cloned while their team writes to them, everybody who looks while others
 * act, and all calls at random by processes that are killed.
 */
#include "area_race.h"

enum { PAGES = 16, FEWEST = 2, STAMP = 0x5afe };

/*
 * A thread resizes what the others fork.
 */

static void *resize_all_the_time(void *arg)
{
	struct race *race = arg;
	unsigned int seed = 1;
	long ret;

	while (!stopped(race)) {
		ret = resize_area(race->id[0], FEWEST + rand_r(&seed) %
				  (PAGES - FEWEST));
		if (ret)
			went_wrong(race, __LINE__, ret);
		count(race, 0);
	}
	return NULL;
}

/* A child has one size in each of its areas, and takes part. */
static int sister_resizes(void *arg)
{
	struct race *race = arg;
	unsigned int seed = getpid();
	int i;

	for (i = 0; i < 2; i++) {
		const int id = area_for(slot(i));
		const long pages = area_pages(id);

		if (id < 0 || pages < FEWEST || pages > PAGES)
			return 1;
		if (!stamped(slot(i), FEWEST, STAMP))
			return 2;
		if (resize_area(id, FEWEST + rand_r(&seed) %
				(PAGES - FEWEST)))
			return 3;
	}
	count(race, 1);
	return 0;
}

TEST_F_TIMEOUT(race, resize_against_fork, 60)
{
	struct race *race = self->race;
	struct team *last;
	pthread_t thread;
	long pages;
	pid_t pid;
	int clone, i;

	race->id[0] = slot_area(0, PAGES, RDWR);
	ASSERT_LT(0, race->id[0]);
	clone = slot_clone(1, race->id[0], RDWR);
	ASSERT_LT(0, clone);
	stamp(slot(0), FEWEST, STAMP);
	ASSERT_EQ(0, start(&thread, resize_all_the_time, race));
	run_for(3000);
	while (running() || race->done[1] <= 5) {
		pid = spawn(sister_resizes, race);
		ASSERT_LT(0, pid);
		ASSERT_EQ(0, reap(pid));
	}
	last = team_start();
	ASSERT_NE(NULL, last);
	announce(&race->stop, 1);
	ASSERT_EQ(0, join(thread));
	expect_right(_metadata, race);
	/* Those who are left agree. */
	pages = area_pages(race->id[0]);
	EXPECT_EQ(pages, area_pages(clone));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(pages, area_pages(team_area_for(last, slot(i))));
	EXPECT_EQ(0, team_poke(last, slot(1) + pages * PAGE - 1, 7));
	EXPECT_EQ(7, peek_byte(slot(0) + pages * PAGE - 1));
	TH_LOG("%d resized, %d forked", race->done[0], race->done[1]);
	EXPECT_EQ(0, team_end(last));
	ASSERT_EQ(0, delete_area(race->id[0]));
	ASSERT_EQ(0, delete_area(clone));
}

/*
 * Threads do things in the address space that is copied meanwhile.
 */

static void *churn(void *arg)
{
	struct race *race = arg;
	unsigned int seed = own_tid();
	const int n = __atomic_fetch_add(&race->id[0], 1, __ATOMIC_SEQ_CST);
	char *p = slot(2 * n), *q = slot(2 * n + 1);
	int id;

	while (!stopped(race)) {
		id = slot_area(2 * n, PAGES, RDWR);
		if (id < 0) {
			went_wrong(race, __LINE__, id);
			break;
		}
		stamp(p, PAGES, STAMP);
		switch (rand_r(&seed) % 5) {
		case 0:
			munmap(p + 3 * PAGE, PAGE);
			break;
		case 1:
			mprotect(p + 2 * PAGE, PAGE, PROT_READ);
			break;
		case 2:
			if (slot_clone(2 * n + 1, id, RDONLY) < 0)
				went_wrong(race, __LINE__, id);
			break;
		case 3:
			mremap(p, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE |
			       MREMAP_FIXED, q);
			break;
		case 4:
			if (resize_area(id, PAGES / 2))
				went_wrong(race, __LINE__, id);
			break;
		}
		if (munmap(p, PAGES * PAGE) || munmap(q, PAGES * PAGE))
			went_wrong(race, __LINE__, errno);
		count(race, 0);
	}
	return NULL;
}

/* The child's areas and its mappings are the same thing. */
static int areas_are_mappings(struct race *race)
{
	const char *at = NULL;
	struct nexus_area_info info, own;
	long ret;

	while (!(ret = area_map(0, at, &info))) {
		at = (char *)(uintptr_t)(info.address + info.size);
		if (at > slot(SLOTS))
			break;
		if (info.address < (uintptr_t)slot(0))
			continue;
		if (info.id <= 0) {
			went_wrong(race, __LINE__, word_at(at - PAGE));
			return 1;
		}
		if (area_info(info.id, &own))
			return 2;
		if (own.address != info.address || own.size != info.size ||
		    own.team != getpid() || strcmp(own.name, info.name))
			return 3;
		if (area_for(at - 1) != info.id)
			return 4;
		if (delete_area(info.id))
			return 5;
	}
	if (ret && ret != -ENOENT)
		return 6;
	/* Each had an id, and each id was one of theirs. */
	return nexus_next(AREA, 0, 0, &info, sizeof(info), 0) == -ENOENT ?
		0 : 7;
}

static int check_all_of_mine(void *arg)
{
	return areas_are_mappings(arg);
}

TEST_F_TIMEOUT(race, fork_against_threads, 60)
{
	enum { THREADS = 3 };
	struct race *race = self->race;
	pthread_t thread[THREADS];
	int i, status, rounds = 0;
	pid_t pid;

	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, start(&thread[i], churn, race));
	run_for(4000);
	while (running() || rounds <= 5) {
		pid = spawn(check_all_of_mine, race);
		ASSERT_LT(0, pid);
		status = reap(pid);
		EXPECT_EQ(0, status);
		if (status)
			break;
		rounds++;
	}
	announce(&race->stop, 1);
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, join(thread[i]));
	expect_right(_metadata, race);
	TH_LOG("%d rounds, %d areas", rounds, race->done[0]);
}

/*
 * A team counts in the pages of its copy, and never finds another number
 * there than it has written, although the copy becomes a clone's memory.
 */

enum { COUNTERS = 4 };

struct counting {
	struct race *race;
	int which;
};

static void *count_in_copy(void *arg)
{
	struct counting *counting = arg;
	struct race *race = counting->race;
	char *p = slot(0) + counting->which * 3 * PAGE;
	unsigned short number = word_at(p);

	while (!stopped(race)) {
		set_word(p, ++number);
		if (word_at(p) != number)
			went_wrong(race, __LINE__, word_at(p) - number);
		sched_yield();
		if (word_at(p) != number)
			went_wrong(race, __LINE__, word_at(p) - number);
	}
	return NULL;
}

static int count_in_copies(void *arg)
{
	struct counting counting[COUNTERS];
	pthread_t thread[COUNTERS];
	struct race *race = arg;
	int i;

	for (i = 0; i < COUNTERS; i++) {
		counting[i] = (struct counting){ race, i };
		if (start(&thread[i], count_in_copy, &counting[i]))
			return 1;
	}
	announce(&race->go, 1);
	for (i = 0; i < COUNTERS; i++)
		if (pthread_join(thread[i], NULL))
			return 2;
	/* What it has seen last is what the others shall see. */
	for (i = 0; i < COUNTERS; i++)
		race->id[i] = word_at(slot(0) + i * 3 * PAGE);
	announce(&race->go, 2);
	return pause();
}

/* The only area that a team has, or a negative errno. */
static long area_of(pid_t pid)
{
	struct nexus_area_info info;
	const long ret = nexus_next(AREA, pid, 0, &info, sizeof(info), 0);

	return ret < 0 ? ret : info.id;
}

/* What makes a memory of its own out of a copy, and then has it in slot 1. */
static long gather(int id, int way)
{
	char *p;
	int fd;

	if (way == 0)
		return slot_clone(1, id, RDONLY);
	fd = nexus_open(AREA, id, 0);
	if (fd < 0)
		return fd;
	p = mmap(slot(1), PAGES * PAGE, PROT_READ, MAP_SHARED |
		 MAP_FIXED_NOREPLACE, fd, 0);
	close(fd);
	return p == MAP_FAILED ? -errno : 1;
}

static void gather_against_writes(struct __test_metadata *_metadata,
				  struct race *race, int way)
{
	unsigned short last[COUNTERS];
	unsigned int seed = way;
	int i, id, rounds = 0;
	char *p = slot(1);
	pid_t pid;

	run_for(2500);
	while (running() || rounds <= 2) {
		race->go = 0;
		race->stop = 0;
		id = slot_area(0, PAGES, RDWR | CLONEABLE);
		ASSERT_LT(0, id);
		stamp(slot(0), PAGES, STAMP);
		pid = spawn(count_in_copies, race);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(reached(&race->go, 1));
		moment(&seed, 1000);
		ASSERT_LT(0, gather(area_of(pid), way));
		for (i = 0; i < COUNTERS; i++)
			last[i] = word_at(p + i * 3 * PAGE);
		/* What they go on to write is seen here. */
		for (i = 0; i < COUNTERS; i++)
			ASSERT_TRUE(poll_until(word_at(p + i * 3 * PAGE) !=
					       last[i]))
				TH_LOG("counter %d stands still", i);
		announce(&race->stop, 1);
		ASSERT_TRUE(reached(&race->go, 2));
		for (i = 0; i < COUNTERS; i++)
			ASSERT_EQ(race->id[i], word_at(p + i * 3 * PAGE));
		/* And nothing of it in the first one, or where nobody counts. */
		ASSERT_TRUE(stamped(slot(0), PAGES, STAMP));
		ASSERT_EQ(STAMP, word_at(p + PAGE));
		kill(pid, SIGKILL);
		ASSERT_EQ(128 + SIGKILL, reap(pid));
		ASSERT_EQ(0, munmap(p, PAGES * PAGE));
		ASSERT_EQ(0, delete_area(id));
		expect_right(_metadata, race);
		rounds++;
	}
	TH_LOG("%d rounds, %d writes of the first", rounds, race->done[0]);
}

TEST_F_TIMEOUT(race, clone_against_writes, 60)
{
	gather_against_writes(_metadata, self->race, 0);
}

TEST_F_TIMEOUT(race, open_against_writes, 60)
{
	gather_against_writes(_metadata, self->race, 1);
}

/*
 * Families that fork and end, while somebody clones whatever they have.
 */

enum { SHARED_SLOT, PRIVATE_SLOT, CLONES_SLOT };

/* Results are bits, as a parent adds those of its children to its own. */
static int live_and_fork(struct race *race, int level, unsigned int seed)
{
	pid_t pid[2] = {};
	int i, status = 0;

	stamp(slot(PRIVATE_SLOT), PAGES / 2, STAMP + level);
	for (i = 0; level && i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(live_and_fork(race, level - 1, seed * 2 + i));
		if (pid[i] < 0)
			return 1;
	}
	moment(&seed, 500);
	/* Once somebody has cloned it, children have it in common with this. */
	if (!area_flags(area_for(slot(PRIVATE_SLOT))) &&
	    !stamped(slot(PRIVATE_SLOT), PAGES / 2, STAMP + level))
		return 4;
	if (!stamped(slot(SHARED_SLOT), PAGES, STAMP))
		return 8;
	if (rand_r(&seed) % 2 && munmap(slot(PRIVATE_SLOT), PAGES * PAGE))
		return 16;
	for (i = 0; level && i < 2; i++)
		status |= reap(pid[i]);
	count(race, 0);
	return status;
}

static int have_families(void *arg)
{
	struct race *race = arg;
	int id, status = 0;
	pid_t pid;

	id = slot_area(SHARED_SLOT, PAGES, RDWR | CLONEABLE);
	if (id < 0 || slot_clone(CLONES_SLOT, id, RDWR) < 0)
		return 1;
	stamp(slot(SHARED_SLOT), PAGES, STAMP);
	if (slot_area(PRIVATE_SLOT, PAGES, RDWR | CLONEABLE) < 0)
		return 2;
	while (!stopped(race) && !status) {
		pid = fork();
		if (!pid)
			_exit(live_and_fork(race, 2, getpid()));
		if (pid < 0)
			return 3;
		status = reap(pid);
	}
	return status;
}

/* Reads the listing, and calls fn with each area and team that is in it. */
static void for_all_listed(struct race *race,
			   void (*fn)(struct race *race, int id, pid_t team))
{
	static char text[64 * 1024];
	char *line, *next;
	int id, team;

	if (read_file("/proc/nexus/areas", text, sizeof(text)) < 0) {
		went_wrong(race, __LINE__, errno);
		return;
	}
	for (line = text; *line; line = next) {
		next = strchrnul(line, '\n');
		if (*next)
			*next++ = 0;
		/* The first one is the heading. */
		if (sscanf(line, "%d %d", &id, &team) == 2)
			fn(race, id, team);
	}
}

static void clone_and_look(struct race *race, int id, pid_t team)
{
	struct nexus_area_args args = area_args("copy", 0, RDONLY);
	unsigned short word;
	int clone, i;
	long pages;
	char *p;

	if (team == getpid())
		return;
	clone = nexus_area_clone(id, &args, sizeof(args));
	if (clone < 0) {
		/* It has gone, or is not for others. */
		if (clone != -EIDRM && clone != -EPERM)
			went_wrong(race, __LINE__, clone);
		return;
	}
	p = (char *)(uintptr_t)args.address;
	pages = area_pages(clone);
	if (pages != PAGES)
		went_wrong(race, __LINE__, pages);
	for (i = 0; i < pages; i++) {
		word = word_at(p + i * PAGE);
		if (word && (word < STAMP || word > STAMP + 2))
			went_wrong(race, __LINE__, word);
	}
	if (delete_area(clone))
		went_wrong(race, __LINE__, clone);
	count(race, 1);
}

static int clone_everything(void *arg)
{
	struct race *race = arg;

	while (!stopped(race))
		for_all_listed(race, clone_and_look);
	return 0;
}

static void look_at_team(struct race *race, int id, pid_t team)
{
	static char text[256 * 1024];
	struct nexus_area_info info;
	const char *at = NULL;
	int last = 0;
	char path[32];
	long ret;

	while (!(ret = nexus_next(AREA, team, last, &info, sizeof(info), 0))) {
		if (info.id <= last || info.team != team ||
		    info.size % PAGE || info.address % PAGE)
			went_wrong(race, __LINE__, info.id);
		if (strcmp(info.name, "test area"))
			went_wrong(race, __LINE__, info.id);
		last = info.id;
	}
	if (ret != -ENOENT && ret != -ESRCH)
		went_wrong(race, __LINE__, ret);
	while (!(ret = area_map(team, at, &info))) {
		if (info.address + info.size <= (uintptr_t)at || !info.size)
			went_wrong(race, __LINE__, info.id);
		at = (char *)(uintptr_t)(info.address + info.size);
	}
	if (ret != -ENOENT && ret != -ESRCH)
		went_wrong(race, __LINE__, ret);
	ret = area_info(id, &info);
	if (ret && ret != -EIDRM)
		went_wrong(race, __LINE__, ret);
	if (!ret && info.id != id)
		went_wrong(race, __LINE__, info.id);
	ret = nexus_find(AREA, "test area", 0);
	if (ret <= 0 && ret != -ENOENT)
		went_wrong(race, __LINE__, ret);
	snprintf(path, sizeof(path), "/proc/%d/smaps", team);
	read_file(path, text, sizeof(text));
	count(race, 1);
}

static int look_at_everything(void *arg)
{
	struct race *race = arg;

	while (!stopped(race))
		for_all_listed(race, look_at_team);
	return 0;
}

static void families_against(struct __test_metadata *_metadata,
			     struct race *race, int (*fn)(void *))
{
	pid_t pid[3];
	int i;

	for (i = 0; i < 3; i++) {
		pid[i] = spawn(i < 2 ? have_families : fn, race);
		ASSERT_LT(0, pid[i]);
	}
	run_for(4000);
	ASSERT_TRUE(poll_until(!running() && race->done[1] > 3));
	EXPECT_EQ(0, all_end(race, pid, 3));
	expect_right(_metadata, race);
	TH_LOG("%d members, %d looked at", race->done[0], race->done[1]);
	EXPECT_LT(0, race->done[0]);
}

TEST_F_TIMEOUT(race, forks_against_clones, 60)
{
	families_against(_metadata, self->race, clone_everything);
}

TEST_F_TIMEOUT(race, forks_against_watchers, 60)
{
	families_against(_metadata, self->race, look_at_everything);
}

/*
 * All calls, at random.
 */

enum { AREAS_MAX = 300, SOME_SLOTS = 4 };

static char *some_place(unsigned int *seed)
{
	return slot(rand_r(seed) % SOME_SLOTS) + rand_r(seed) % 8 * PAGE;
}

static int some_protection(unsigned int *seed)
{
	static const int protections[] = {
		0, RDONLY, RDWR, RDONLY | CLONEABLE, RDWR | CLONEABLE,
		RDWR | CLONEABLE, RDWR | CLONEABLE,
	};

	return protections[rand_r(seed) % ARRAY_SIZE(protections)];
}

/* Of this team mostly, or any that is called so. */
static int some_area(unsigned int *seed)
{
	struct nexus_area_info info;
	int id;

	id = area_for(some_place(seed));
	if (id < 0 && rand_r(seed) % 2 &&
	    !nexus_next(AREA, 0, 0, &info, sizeof(info), 0))
		id = info.id;
	if (id < 0 || rand_r(seed) % 4 == 0)
		id = nexus_find(AREA, "any", 0);
	return id;
}

static struct nexus_area_args some_args(unsigned int *seed, int size)
{
	struct nexus_area_args args = area_args("any", size,
						some_protection(seed));

	switch (rand_r(seed) % 4) {
	case 0:
		break;
	case 1:
		args.spec = NEXUS_AREA_BASE;
		args.address = (uintptr_t)some_place(seed);
		break;
	default:
		args.spec = NEXUS_AREA_EXACT;
		args.address = (uintptr_t)some_place(seed);
	}
	return args;
}

static void open_and_map(unsigned int *seed)
{
	const int fd = nexus_open(AREA, some_area(seed), 0);

	if (fd < 0)
		return;
	mmap(some_place(seed), 4 * PAGE, PROT_READ, (rand_r(seed) % 2 ?
	     MAP_SHARED : MAP_PRIVATE) | MAP_FIXED_NOREPLACE, fd,
	     rand_r(seed) % 2 * PAGE);
	close(fd);
}

static void touch_all(unsigned int *seed)
{
	int i, k;

	for (i = 0; i < SOME_SLOTS; i++) {
		for (k = 0; k < 12; k++) {
			char *p = slot(i) + k * PAGE;

			if (rand_r(seed) % 2)
				write_word(p, k);
			else
				read_word(p);
		}
	}
}

static void ask(unsigned int *seed)
{
	struct nexus_area_info info;
	const char *at = NULL;
	int n = 0;

	while (n++ < 100 && !area_map(rand_r(seed) % 2 ? 0 : getppid(), at,
				      &info))
		at = (char *)(uintptr_t)(info.address + info.size);
	nexus_next(AREA, getppid(), some_area(seed), &info, sizeof(info), 0);
	area_info(some_area(seed), &info);
}

static const int advices[] = {
	MADV_DONTNEED, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK, MADV_WILLNEED,
	MADV_HUGEPAGE, 21 /* PAGEOUT */, 23 /* POPULATE_WRITE */,
};

static void do_anything(unsigned int *seed, pid_t other, int level);

static void fork_something(unsigned int *seed, pid_t other, int level)
{
	const pid_t pid = fork();
	int i;

	if (pid > 0 && rand_r(seed) % 2)
		waitpid(pid, NULL, 0);
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	*seed ^= getpid();
	if (rand_r(seed) % 8 == 0)
		unshare(CLONE_NEWIPC);
	for (i = rand_r(seed) % 20; i; i--)
		do_anything(seed, other, level - 1);
	if (rand_r(seed) % 4 == 0)
		run_self("none", NULL);
	_exit(0);
}

static void do_anything(unsigned int *seed, pid_t other, int level)
{
	const int id = some_area(seed), pages = 1 + rand_r(seed) % 8;
	char *p = some_place(seed);
	struct nexus_area_args args;

	switch (rand_r(seed) % 20) {
	case 0:
	case 1:
		args = some_args(seed, pages);
		args.lock = rand_r(seed) % 4 ? 0 : rand_r(seed) % 4;
		create_area(&args);
		break;
	case 2:
	case 3:
		args = some_args(seed, 0);
		nexus_area_clone(id, &args, sizeof(args));
		break;
	case 4:
		delete_area(id);
		break;
	case 5:
	case 6:
		resize_area(id, 1 + rand_r(seed) % 12);
		break;
	case 7:
		nexus_area_protect(id, some_protection(seed));
		break;
	case 8:
		args = some_args(seed, 0);
		args.name = 0;
		args.protection = 0;
		nexus_area_transfer(id, rand_r(seed) % 3 ? other : 0, &args,
				    sizeof(args));
		break;
	case 9:
		munmap(p, pages * PAGE);
		break;
	case 10:
		mprotect(p, pages * PAGE, rand_r(seed) % 2 ? PROT_READ :
			 PROT_READ | PROT_WRITE);
		break;
	case 11:
		mremap(p, pages * PAGE, (rand_r(seed) % 2 ? pages : 1) * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, some_place(seed));
		break;
	case 12:
	case 13:
		if (level)
			fork_something(seed, other, level);
		break;
	case 14:
		open_and_map(seed);
		break;
	case 15:
		madvise(p, pages * PAGE, advices[rand_r(seed) %
						 ARRAY_SIZE(advices)]);
		break;
	case 16:
		if (rand_r(seed) % 2)
			mlock(p, pages * PAGE);
		else
			munlock(p, pages * PAGE);
		break;
	case 17:
		ask(seed);
		break;
	default:
		touch_all(seed);
	}
}

struct anything {
	int seed;
	pid_t other;
};

static int anything(void *arg)
{
	const struct anything *what = arg;
	unsigned int seed = what->seed;

	expect_faults();
	/* Until it is killed. */
	for (;;) {
		do_anything(&seed, what->other, 2);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return 0;
}

/*
 * A new one, if need be once there is room: to fork is to copy areas, and this
 * process gets some from the others all the time.
 */
static pid_t another(struct anything *what)
{
	struct nexus_area_info info;
	pid_t pid;

	do {
		while (!nexus_next(AREA, 0, 0, &info, sizeof(info), 0))
			delete_area(info.id);
		pid = spawn(anything, what);
	} while (pid < 0 && errno == ENOSPC);
	return pid;
}

/* Keeps the others, whom it can kill, out of the test program's team. */
static int kill_at_random(void *arg)
{
	enum { COUNT = 4 };
	struct anything what = {};
	unsigned int seed = 7;
	pid_t pid[COUNT];
	int i, kills = 0;

	/* Whatever they leave behind is its own. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (i = 0; i < COUNT; i++) {
		what.seed = i + 1;
		what.other = i ? pid[i - 1] : getpid();
		pid[i] = another(&what);
		if (pid[i] < 0)
			return 1;
	}
	run_for(8000);
	while (running() || kills <= 10) {
		moment(&seed, 20000);
		i = rand_r(&seed) % COUNT;
		kill(pid[i], SIGKILL);
		if (waitpid(pid[i], NULL, 0) != pid[i])
			return 2;
		kills++;
		what.seed += COUNT;
		what.other = pid[(i + 1) % COUNT];
		pid[i] = another(&what);
		if (pid[i] < 0)
			return 3;
	}
	for (i = 0; i < COUNT; i++)
		kill(pid[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return errno == ECHILD ? 0 : 4;
}

TEST_F_TIMEOUT(race, kill_at_random, 90)
{
	struct nexus_area_info info;
	char text[16];
	pid_t pid;

	snprintf(text, sizeof(text), "%d", AREAS_MAX);
	ASSERT_EQ(0, write_file(SYSCTL("areas_max"), text));
	pid = spawn(kill_at_random, NULL);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_TRUE(poll_until(areas() == 0))
		TH_LOG("%ld areas are left", areas());
	EXPECT_EQ(-ENOENT, nexus_find(AREA, "any", 0));
	EXPECT_EQ(-ENOENT, nexus_next(AREA, 0, 0, &info, sizeof(info), 0));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "none"))
		return 0;
	return test_harness_run(argc, argv);
}

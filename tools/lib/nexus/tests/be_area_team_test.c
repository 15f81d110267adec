// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Do areas keep the BeOS contract between teams?  Who may clone what, sharing
 * and resizing, fork, exec and exit, and areas that move to another team.
 */
#include "be_area_test.h"

#define READ_SHARED	(B_READ_AREA | B_CLONEABLE_AREA)
#define ALL_SHARED	(READ_WRITE | B_CLONEABLE_AREA)

/* Another team does the next thing when it is told to, and says when done. */
struct partner {
	pid_t pid;
	sem_id go, done;
	/* The areas of this test, and what the partner made */
	area_id area, theirs;
	char *address;
};

static void await(sem_id sem)
{
	if (acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT, 60000 * MS) != B_OK)
		give_up("the other team does not answer");
}

/* For the partner: done with one thing, on with the next */
static void next(struct partner *p)
{
	release_sem(p->done);
	await(p->go);
}

/* In the partner, which does not count */
static void require(bool good, int line, const char *what)
{
	if (good)
		return;
	printf("# line %d: %s\n", line, what);
	fflush(stdout);
	if (!blackboard()[WRONG_LINE])
		blackboard()[WRONG_LINE] = line;
}

#define must(condition) require((condition), __LINE__, #condition)

/* Runs @work elsewhere. */
static void begin(struct partner *p, void (*work)(struct partner *p))
{
	p->go = create_sem(0, "be test go");
	p->done = create_sem(0, "be test done");
	blackboard()[WRONG_LINE] = 0;
	p->pid = fork();
	if (p->pid == 0) {
		work(p);
		release_sem(p->done);
		await(p->go);
		_exit(0);
	}
	await(p->done);
}

/* Lets the partner do the next thing. */
static void step(struct partner *p)
{
	release_sem(p->go);
	await(p->done);
}

static void end(struct partner *p)
{
	release_sem(p->go);
	check("the other team ends", exit_status(p->pid), 0);
	delete_sem(p->go);
	delete_sem(p->done);
}

/* Line 23, and 4.4 */
static void test_foreign_clone(void)
{
	char *address;
	area_id area = new_area(&address, 2, READ_WRITE);

	is(elsewhere(clone_status(area, READ_WRITE)), B_NOT_ALLOWED);
	is(elsewhere(clone_status(area, B_READ_AREA)), B_NOT_ALLOWED);
	is(elsewhere(clone_status(area, 0)), B_NOT_ALLOWED);
	is(set_area_protection(area, ALL_SHARED), B_OK);
	is(elsewhere(clone_status(area, READ_WRITE)), B_OK);
	is(elsewhere(clone_status(area, ALL_SHARED)), B_OK);
	is(set_area_protection(area, READ_SHARED), B_OK);
	is(elsewhere(clone_status(area, READ_WRITE)), B_NOT_ALLOWED);
	is(elsewhere(clone_status(area, B_WRITE_AREA)), B_NOT_ALLOWED);
	is(elsewhere(clone_status(area, B_READ_AREA)), B_OK);
	is(elsewhere(clone_status(area, READ_SHARED)), B_OK);
	is(set_area_protection(area, B_CLONEABLE_AREA), B_OK);
	is(elsewhere(clone_status(area, B_WRITE_AREA)), B_NOT_ALLOWED);
	is(delete_area(area), B_OK);
	is(elsewhere(clone_status(area, B_READ_AREA)), B_BAD_VALUE);
}

static area_id try_clone(const char *name, uint32 spec, uint32 protection,
			 area_id source)
{
	/* For an exact address: there is something already. */
	void *address = bad_page();

	return clone_area(name, &address, spec, protection, source);
}

/* Which of two errors */
static void test_foreign_order(void)
{
	char *address;
	area_id area = new_area(&address, 1, READ_WRITE);

	bad_page();
	is(elsewhere(try_clone("x", 4, B_READ_AREA, area)), B_BAD_VALUE);
	is(elsewhere(try_clone("x", 0, 0x10, area)), B_BAD_VALUE);
	is(elsewhere(try_clone(NULL, 0, B_READ_AREA, area)), B_BAD_ADDRESS);
	is(elsewhere(try_clone(NULL, 3, B_READ_AREA, area)), B_BAD_ADDRESS);
	is(elsewhere(try_clone("x", 3, B_READ_AREA, area)), B_NOT_ALLOWED);
	is(elsewhere(try_clone("x", 8, B_READ_AREA, area)), B_NOT_ALLOWED);
	is(elsewhere(try_clone("x", B_EXACT_ADDRESS, B_READ_AREA, area)),
	   B_NOT_ALLOWED);
	is(set_area_protection(area, READ_SHARED), B_OK);
	is(elsewhere(try_clone("x", 3, READ_WRITE, area)), B_NOT_ALLOWED);
	is(elsewhere(try_clone("x", 3, B_READ_AREA, area)), B_BAD_VALUE);
	is(elsewhere(try_clone("x", B_EXACT_ADDRESS, B_READ_AREA, area)),
	   B_BAD_VALUE);
	is(elsewhere(try_clone("x", 3, B_READ_AREA, NO_SUCH_ID)),
	   B_BAD_VALUE);
	is(delete_area(area), B_OK);
}

static void keep_to_maximum(struct partner *p)
{
	area_id clone, second;
	char *address;

	clone = new_clone(&address, READ_SHARED, p->area);
	must(clone > 0);
	must(!is_writable(address));
	must(set_area_protection(clone, READ_WRITE) == B_NOT_ALLOWED);
	must(set_area_protection(clone, B_WRITE_AREA) == B_NOT_ALLOWED);
	must(mprotect(address, PAGE, PROT_READ | PROT_WRITE) == -1);
	must(protection_of(clone) == READ_SHARED);
	must(set_area_protection(clone, 0) == B_OK);
	must(set_area_protection(clone, B_READ_AREA) == B_OK);
	next(p);

	/* The source can be written to now: that is not inherited. */
	must(set_area_protection(clone, READ_WRITE) == B_NOT_ALLOWED);
	must(clone_status(clone, READ_WRITE) == B_NOT_ALLOWED);
	must(clone_status(clone, B_READ_AREA) == B_OK);
	second = new_clone(&address, READ_WRITE, p->area);
	must(second > 0);
	must(set_area_protection(second, B_READ_AREA) == B_OK);
	must(set_area_protection(second, READ_WRITE) == B_OK);
	next(p);

	/* Nor is it taken away. */
	must(set_area_protection(second, B_READ_AREA) == B_OK);
	must(set_area_protection(second, READ_WRITE) == B_OK);
	must(is_writable(address));
}

static void test_maximum(void)
{
	char *address;
	struct partner p = { .area = new_area(&address, 1, READ_SHARED) };

	begin(&p, keep_to_maximum);
	is(set_area_protection(p.area, ALL_SHARED), B_OK);
	step(&p);
	is(set_area_protection(p.area, READ_SHARED), B_OK);
	step(&p);
	is(blackboard()[WRONG_LINE], 0);
	end(&p);
	is(delete_area(p.area), B_OK);
}

/* Line 24 */
static void share(struct partner *p)
{
	char *address;
	area_id clone = new_clone(&address, ALL_SHARED, p->area);

	must(clone > 0);
	must(size_of(clone) == (int64)(2 * PAGE));
	must(strcmp(address + PAGE, "from the first") == 0);
	write_text(address, "from the second");
	blackboard()[AREA] = clone;
	next(p);

	must(size_of(clone) == (int64)(8 * PAGE));
	must(strcmp(address + 7 * PAGE, "grown") == 0);
	must(is_zero(address + 2 * PAGE, 5 * PAGE));
	must(resize_area(clone, PAGE) == B_OK);
	must(!is_readable(address + PAGE));
	next(p);

	/* The source is gone. */
	must(strcmp(address, "still the second") == 0);
	must(resize_area(clone, 2 * PAGE) == B_OK);
	must(is_zero(address + PAGE, PAGE));
	must(delete_area(clone) == B_OK);
}

static void test_sharing(void)
{
	char *address;
	struct partner p = { .area = new_area(&address, 2, ALL_SHARED) };

	write_text(address + PAGE, "from the first");
	begin(&p, share);
	has(strcmp(address, "from the second") == 0);
	p.theirs = (area_id)blackboard()[AREA];
	is(size_of(p.theirs), 2 * PAGE);
	is(resize_area(p.area, 8 * PAGE), B_OK);
	is(size_of(p.theirs), 8 * PAGE);
	write_text(address + 7 * PAGE, "grown");
	step(&p);
	is(size_of(p.area), PAGE);
	is(area_for(address + PAGE), B_ERROR);
	has(!is_readable(address + PAGE));
	write_text(address, "still the second");
	is(delete_area(p.area), B_OK);
	step(&p);
	is(blackboard()[WRONG_LINE], 0);
	is(size_of(p.theirs), B_BAD_TEAM_ID);
	end(&p);
}

/* One clone that cannot grow: none does. */
static void be_in_the_way(struct partner *p)
{
	char *address;
	area_id clone = new_clone(&address, READ_WRITE, p->area), wall;
	void *behind = address + 2 * PAGE;

	must(clone > 0);
	wall = create_area("wall", &behind, B_EXACT_ADDRESS, PAGE, B_NO_LOCK,
			   0);
	must(wall > 0);
	next(p);

	must(size_of(clone) == (int64)PAGE);
	must(resize_area(clone, 3 * PAGE) == B_ERROR);
	must(resize_area(clone, 2 * PAGE) == B_OK);
	must(delete_area(wall) == B_OK);
	next(p);

	must(size_of(clone) == (int64)(3 * PAGE));
}

static void test_no_room(void)
{
	char *address;
	struct partner p = { .area = new_area(&address, 1, ALL_SHARED) };

	begin(&p, be_in_the_way);
	is(resize_area(p.area, 3 * PAGE), B_ERROR);
	is(size_of(p.area), PAGE);
	has(!is_readable(address + PAGE));
	step(&p);
	is(size_of(p.area), 2 * PAGE);
	is(resize_area(p.area, 3 * PAGE), B_OK);
	step(&p);
	is(blackboard()[WRONG_LINE], 0);
	end(&p);
	is(delete_area(p.area), B_OK);
}

/* Line 25 */
static void test_foreign_area(void)
{
	char *address;
	area_id area = new_area(&address, 2, ALL_SHARED);
	area_info info;

	is(elsewhere(delete_area(area)), B_BAD_VALUE);
	is(elsewhere(resize_area(area, PAGE)), B_NOT_ALLOWED);
	is(elsewhere(resize_area(area, 1)), B_BAD_VALUE);
	is(elsewhere(set_area_protection(area, 0)), B_NOT_ALLOWED);
	is(elsewhere(set_area_protection(area, ALL_SHARED)), B_NOT_ALLOWED);
	is(elsewhere(set_area_protection(area, 0x10)), B_BAD_VALUE);
	is(elsewhere(get_area_info(area, &info)), B_OK);
	is(elsewhere(get_area_info(area, &info) == B_OK && info.team ==
		     getppid() && info.address == address), 1);
	is(elsewhere(get_area_info(NO_SUCH_ID, &info)), B_BAD_TEAM_ID);
	is(size_of(area), 2 * PAGE);
	is(protection_of(area), ALL_SHARED);
	is(delete_area(area), B_OK);
}

/* Another user does not see what is none of his business. */
static void test_other_user(void)
{
	char *address;
	area_id area = new_area(&address, 1, ALL_SHARED);
	ssize_t cookie = 0;
	area_info info;

	is(elsewhere(as_other_user() ? get_area_info(area, &info) : 0),
	   B_NOT_ALLOWED);
	is(elsewhere(as_other_user() ? clone_status(area, B_READ_AREA) : 0),
	   B_NOT_ALLOWED);
	is(elsewhere(as_other_user() ? find_area("be test") : 0),
	   B_NAME_NOT_FOUND);
	is(elsewhere(as_other_user() ?
		     get_next_area_info(getppid(), &cookie, &info) : 0),
	   B_NOT_ALLOWED);
	is(elsewhere(as_other_user() ? delete_area(area) : 0), B_BAD_VALUE);
	is(elsewhere(as_other_user() ? resize_area(area, PAGE) : 0),
	   B_NOT_ALLOWED);
	is(delete_area(area), B_OK);
}

/* What both areas of test_fork() have, in parent and child */
static void look_at_sister(struct partner *p, char *address, bool shared)
{
	area_id area = area_for(address);
	area_info info;

	must(area > 0 && area != p->area && area != p->theirs);
	must(get_area_info(area, &info) == B_OK);
	must(info.team == getpid());
	must(info.address == address);
	must(info.size == 3 * PAGE);
	must(info.protection == READ_WRITE);
	must(strcmp(info.name, "be test") == 0);
	must(strcmp(address, "before fork") == 0);
	must(address[PAGE] == 0);
	address[PAGE] = 'c';
	address[2 * PAGE] = 'c';
	must(get_area_info(area, &info) == B_OK);
	must(info.copy_count == (shared ? 0 : 2));
}

/* Line 26: what is in p->area is private, what is in p->theirs is shared. */
static char *shared_address;

static void look_at_sisters(struct partner *p)
{
	look_at_sister(p, p->address, false);
	look_at_sister(p, shared_address, true);
	next(p);

	must(strcmp(p->address, "before fork") == 0);
	must(strcmp(shared_address, "after fork") == 0);
	must(p->address[2 * PAGE] == 'c');
	/* To grow it is the child's own affair, if nothing is shared. */
	must(resize_area(area_for(p->address), 4 * PAGE) == B_OK);
	must(p->address[2 * PAGE] == 'c' && p->address[3 * PAGE] == 0);
	must(strcmp(p->address, "before fork") == 0);
	must(resize_area(area_for(shared_address), 4 * PAGE) == B_OK);
	/* A clone of a copy shows the copy. */
	must(clone_status(area_for(p->address), READ_WRITE) == B_OK);
}

static void test_fork(void)
{
	struct partner p = { 0 };
	char *clone;
	area_id area;

	p.area = new_area(&p.address, 3, READ_WRITE);
	p.theirs = new_area(&shared_address, 3, READ_WRITE);
	/* Shared once is shared for ever, Q-9 included. */
	area = new_clone(&clone, READ_WRITE, p.theirs);
	has(area > 0);
	is(delete_area(area), B_OK);
	is(set_area_protection(p.theirs, B_READ_AREA), B_OK);
	is(set_area_protection(p.theirs, READ_WRITE), B_OK);
	write_text(p.address, "before fork");
	write_text(shared_address, "before fork");

	begin(&p, look_at_sisters);
	has(is_zero(p.address + PAGE, 2 * PAGE));
	is(shared_address[PAGE], 'c');
	is(shared_address[2 * PAGE], 'c');
	write_text(p.address, "after fork");
	write_text(shared_address, "after fork");
	step(&p);
	is(blackboard()[WRONG_LINE], 0);
	is(size_of(p.area), 3 * PAGE);
	is(size_of(p.theirs), 4 * PAGE);
	is(p.address[2 * PAGE], 0);
	end(&p);
	is(delete_area(p.area), B_OK);
	is(delete_area(p.theirs), B_OK);
}

/* Memory that is locked is copied at once, so that the parent keeps its own. */
static void look_at_locked(struct partner *p)
{
	area_id area = area_for(p->address);
	area_info info;

	must(area > 0 && area != p->area);
	must(get_area_info(area, &info) == B_OK);
	must(info.lock == B_NO_LOCK);
	must(info.ram_size == 2 * PAGE);
	must(strcmp(p->address, "locked") == 0);
	write_text(p->address, "changed");
	next(p);

	must(strcmp(p->address, "changed") == 0);
	must(p->address[PAGE] == 0);
	/* It is an area like any other. */
	must(set_area_protection(area, ALL_SHARED) == B_OK);
	must(resize_area(area, PAGE) == B_OK);
	must(clone_status(area, READ_WRITE) == B_OK);
	blackboard()[AREA] = area;
}

static void test_fork_locked(void)
{
	struct partner p = { 0 };
	void *address = NULL;
	char *clone_address;
	area_id clone;

	p.area = create_area("be test", &address, B_ANY_ADDRESS, 2 * PAGE,
			     B_FULL_LOCK, READ_WRITE);
	has(p.area > 0);
	p.address = address;
	write_text(p.address, "locked");
	begin(&p, look_at_locked);
	has(strcmp(p.address, "locked") == 0);
	p.address[PAGE] = 'p';
	step(&p);
	is(blackboard()[WRONG_LINE], 0);
	is(size_of(p.area), 2 * PAGE);
	clone = new_clone(&clone_address, READ_WRITE,
			  (area_id)blackboard()[AREA]);
	has(clone > 0);
	has(strcmp(clone_address, "changed") == 0);
	is(delete_area(clone), B_OK);
	end(&p);
	is(delete_area(p.area), B_OK);
}

/* The end of a team, and exec, end its areas; clones live on. */
static void make_and_leave(struct partner *p)
{
	char *address;
	area_id area = new_area(&address, 1, ALL_SHARED);

	write_text(address, "outlives its team");
	blackboard()[AREA] = area;
	next(p);
	_exit(0);
}

static void test_team_end(void)
{
	struct partner p = { 0 };
	char *address;
	area_id clone;

	begin(&p, make_and_leave);
	p.theirs = (area_id)blackboard()[AREA];
	clone = new_clone(&address, READ_WRITE, p.theirs);
	has(clone > 0);
	end(&p);
	is(size_of(p.theirs), B_BAD_TEAM_ID);
	is(clone_status(p.theirs, READ_WRITE), B_BAD_VALUE);
	has(strcmp(address, "outlives its team") == 0);
	is(resize_area(clone, 2 * PAGE), B_OK);
	is(delete_area(clone), B_OK);
}

static void exec_self(void)
{
	char *address, area[16];

	snprintf(area, sizeof(area), "%d",
		 (int)new_area(&address, 1, ALL_SHARED));
	execl("/proc/self/exe", "area_team_be_test", "after-exec", area,
	      (char *)NULL);
	_exit(1);
}

/* What the program is after this exec */
static int after_exec(const char *area)
{
	if (size_of(atoi(area)) != B_BAD_TEAM_ID)
		return 1;
	return count_areas(0) == 0 ? 0 : 2;
}

static void test_exec(void)
{
	pid_t child = fork();

	if (child == 0)
		exec_self();
	is(exit_status(child), 0);
}

static void *wanted;

/* The partner looks at what was given to it. */
static void take(struct partner *p)
{
	area_id area;
	area_info info;
	char *address;

	next(p);
	area = (area_id)blackboard()[AREA];
	must(get_area_info(area, &info) == B_OK);
	must(info.team == getpid());
	must(strcmp(info.name, "be test") == 0);
	must(info.size == 2 * PAGE);
	must(info.protection == READ_WRITE);
	must(info.address == (void *)(intptr_t)blackboard()[ADDRESS]);
	must(area_for(info.address) == area);
	address = info.address;
	must(strcmp(address + PAGE, "a gift") == 0);
	must(set_area_protection(area, B_READ_AREA) == B_OK);
	must(set_area_protection(area, READ_WRITE) == B_OK);
	must(delete_area(area) == B_OK);
	must(!is_readable(address));
	next(p);

	/* The other one is where it was to be. */
	must(area_for(wanted) == (area_id)blackboard()[AREA]);
	must(strcmp(wanted, "another") == 0);
}

static void test_transfer(void)
{
	char *address, *other;
	struct partner p = { .area = new_area(&address, 2, READ_WRITE) };
	void *to = address;
	area_id area;

	wanted = free_range(ROOM);
	begin(&p, take);
	write_text(address + PAGE, "a gift");
	p.theirs = _kern_transfer_area(p.area, &to, B_ANY_ADDRESS, p.pid);
	has(p.theirs > 0 && p.theirs != p.area);
	has(to);
	is(size_of(p.area), B_BAD_TEAM_ID);
	is(area_for(address), B_ERROR);
	has(!is_readable(address));
	is(delete_area(p.theirs), B_BAD_VALUE);
	blackboard()[AREA] = p.theirs;
	blackboard()[ADDRESS] = (intptr_t)to;
	step(&p);
	is(blackboard()[WRONG_LINE], 0);

	/* There must be room in the other team, not in this one. */
	area = new_area(&other, 1, READ_WRITE);
	write_text(other, "another");
	to = bad_page();
	is(_kern_transfer_area(area, &to, B_EXACT_ADDRESS, p.pid),
	   B_BAD_VALUE);
	has(to == bad_page());
	is(area_for(other), area);
	has(strcmp(other, "another") == 0);
	to = wanted;
	p.theirs = _kern_transfer_area(area, &to, B_EXACT_ADDRESS, p.pid);
	has(p.theirs > 0);
	has(to == wanted);
	blackboard()[AREA] = p.theirs;
	step(&p);
	is(blackboard()[WRONG_LINE], 0);
	end(&p);

	/* Within the team it gets a new id, and may stay. */
	area = new_area(&other, 1, READ_WRITE);
	write_text(other, "at home");
	to = NULL;
	p.area = _kern_transfer_area(area, &to, B_ANY_ADDRESS, B_CURRENT_TEAM);
	has(p.area > 0 && p.area != area);
	is(area_for(to), p.area);
	has(strcmp(to, "at home") == 0);
	is(size_of(area), B_BAD_TEAM_ID);
	is(delete_area(p.area), B_OK);
}

/* To nobody, nowhere */
static status_t transfer_foreign(area_id area, uint32 spec, team_id team)
{
	void *to = NULL;

	return _kern_transfer_area(area, &to, spec, team);
}

static void stay_small(struct partner *p)
{
	must(with_limit(RLIMIT_AS, PAGE));
	next(p);
}

static void test_transfer_errors(void)
{
	char *address;
	area_id area = new_area(&address, 2, READ_WRITE);
	team_id dead = dead_team();
	struct partner p = { 0 };
	int before = count_areas(0), ends;
	pid_t child;
	void *to;

	begin(&p, stay_small);
	child = new_team(&ends);
	write_text(address, "stays");
	is(transfer_foreign(area, 4, child), B_BAD_VALUE);
	is(transfer_foreign(area, 5, child), B_BAD_VALUE);
	is(transfer_foreign(NO_SUCH_ID, 4, -1), B_BAD_VALUE);
	is(_kern_transfer_area(area, NULL, 0, child), B_BAD_ADDRESS);
	is(_kern_transfer_area(area, bad_page(), 0, child), B_BAD_ADDRESS);
	is(_kern_transfer_area(-1, NULL, 0, -1), B_BAD_ADDRESS);
	is(transfer_foreign(NO_SUCH_ID, 0, child), B_BAD_TEAM_ID);
	is(transfer_foreign(-1, 0, child), B_BAD_TEAM_ID);
	is(transfer_foreign(0, 0, child), B_BAD_TEAM_ID);
	is(transfer_foreign(NO_SUCH_ID, 0, dead), B_BAD_TEAM_ID);
	is(transfer_foreign(NO_SUCH_ID, 3, child), B_BAD_TEAM_ID);
	is(elsewhere(transfer_foreign(area, 0, 0)), B_NOT_ALLOWED);
	is(elsewhere(transfer_foreign(area, 0, getppid())), B_NOT_ALLOWED);
	is(elsewhere(transfer_foreign(area, 0, -1)), B_NOT_ALLOWED);
	is(elsewhere(transfer_foreign(area, 0, dead)), B_NOT_ALLOWED);
	is(elsewhere(transfer_foreign(area, 3, 0)), B_NOT_ALLOWED);
	is(transfer_foreign(area, 0, -1), B_BAD_TEAM_ID);
	is(transfer_foreign(area, 3, -1), B_BAD_TEAM_ID);
	is(transfer_foreign(area, 0, dead), B_BAD_VALUE);
	is(transfer_foreign(area, 3, child), B_BAD_VALUE);
	is(transfer_foreign(area, 8, child), B_BAD_VALUE);
	to = address + 1;
	is(_kern_transfer_area(area, &to, B_EXACT_ADDRESS, child),
	   B_BAD_VALUE);
	to = (void *)end_of_user_space();
	is(_kern_transfer_area(area, &to, B_EXACT_ADDRESS, child),
	   B_BAD_VALUE);
	/* The child has a sister there. */
	to = address;
	is(_kern_transfer_area(area, &to, B_EXACT_ADDRESS, child),
	   B_BAD_VALUE);
	is(transfer_foreign(area, 0, p.pid), B_NO_MEMORY);
	is(elsewhere(as_other_user() ?
		     transfer_foreign(create_area("x", &to, 0, 1, 0, 0), 0,
				      getppid()) : 0), B_NOT_ALLOWED);
	is(elsewhere(as_other_user() ?
		     transfer_foreign(NO_SUCH_ID, 0, getppid()) : 0),
	   B_BAD_TEAM_ID);

	is(count_areas(0), before);
	has(area_for(address) == area);
	has(strcmp(address, "stays") == 0);
	step(&p);
	is(blackboard()[WRONG_LINE], 0);
	end(&p);
	close(ends);
	is(exit_status(child), 0);
	is(delete_area(area), B_OK);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "after-exec") == 0)
		return after_exec(argv[2]);

	if (!can_run())
		return 4;
	/* Before any fork, so that all see the same */
	blackboard();
	test_foreign_clone();
	test_foreign_order();
	test_maximum();
	test_sharing();
	test_no_room();
	test_foreign_area();
	test_other_user();
	test_fork();
	test_fork_locked();
	test_team_end();
	test_exec();
	test_transfer();
	test_transfer_errors();
	return end_of_tests();
}

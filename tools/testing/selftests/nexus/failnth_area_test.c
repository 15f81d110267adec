// SPDX-License-Identifier: GPL-2.0
/*
 * The calls on areas, and what else changes areas, with a failure at each
 * step: see failnth.h.  After a failure both address spaces are what they
 * were; EPROTO says that they are not.
 */
#include "failnth.h"
#include "area.h"

/*
 * What a team has: areas and other mappings, as nexus_area_map() counts them,
 * and what is known of its areas.  That one mapping has become two with the
 * same rights is seen in /proc, but means nothing: Linux leaves it so when an
 * munmap() or mprotect() fails.
 */
struct side {
	long maps;
	unsigned long long bytes;
	int filled;
	struct nexus_area_info area;
	struct nexus_area_info second;
};

static struct team *other;
static int own_area, own_second, their_area;
static char *own_at, *their_at, *free_at;
static struct side own_before, their_before;

/* Looks at the caller's side: two areas, and PAGES pages that are filled. */
enum { PAGES = 3, SEED = 9 };

static void look(struct side *side, const char *at, int area, int second)
{
	struct nexus_area_info info;
	unsigned long next = 0;

	memset(side, 0, sizeof(*side));
	while (!nexus_area_map(0, next, &info, sizeof(info), 0)) {
		side->maps++;
		side->bytes += info.size;
		next = info.address + info.size;
	}
	side->filled = !at || filled(at, PAGES * PAGE, SEED);
	area_info(area, &side->area);
	area_info(second, &side->second);
	/*
	 * A copy that fork() made may have been gathered by a call that failed
	 * later: it has the same in it, somewhere else.
	 */
	side->area.copy_count = 0;
	side->area.ram_size = 0;
	side->second.copy_count = 0;
	side->second.ram_size = 0;
}

static long do_look(struct team *team)
{
	look((struct side *)team->buf, (char *)team->arg[0], team->arg[1], 0);
	return 0;
}

static int look_at_theirs(struct side *side)
{
	if (!other)
		return 0;
	if (team_do(other, do_look, (long)their_at, their_area, 0, 0))
		return -1;
	memcpy(side, other->buf, sizeof(*side));
	return 0;
}

/* The last thing that each setup does. */
static int ready(void)
{
	look(&own_before, own_at, own_area, own_second);
	return look_at_theirs(&their_before) || !own_before.filled;
}

static void show(const char *what, const struct side *side)
{
	fprintf(stderr,
		"# %s: %ld maps, %llu bytes, filled %d, area %d of %llu at %llx, protection %x of %x, flags %x\n",
		what, side->maps, side->bytes, side->filled, side->area.id,
		side->area.size, side->area.address, side->area.protection,
		side->area.max_protection, side->area.flags);
}

static int same(const char *whose, const struct side *was,
		const struct side *is)
{
	if (!memcmp(was, is, sizeof(*is)))
		return 1;
	fprintf(stderr, "# %s side has changed\n", whose);
	show("was", was);
	show("is", is);
	return 0;
}

static int unchanged(void)
{
	struct side own, theirs = their_before;

	look(&own, own_at, own_area, own_second);
	if (look_at_theirs(&theirs))
		return 0;
	return same("own", &own_before, &own) &
	       same("their", &their_before, &theirs);
}

/* What a call returned, if nothing has changed when it failed. */
static long checked(long ret)
{
	return ret < 0 && !unchanged() ? -EPROTO : ret;
}

/* What calls work on.  Everything has its place, with free pages behind it. */

static struct nexus_area_args placed(const char *name, const char *at,
				     size_t pages, unsigned int protection)
{
	struct nexus_area_args args = area_args(name, pages, protection);

	args.spec = NEXUS_AREA_EXACT;
	args.address = (uintptr_t)at;
	return args;
}

/*
 * Teams end with the process that started them: those of the attempt before
 * may do so only now.  The memory of user space, which areas are made of, is
 * not among what fails by default.
 */
static int begin(void)
{
	return write_knob("fail_page_alloc/ignore-gfp-highmem", "N") ||
	       !poll_until(areas() == 0);
}

static int nothing(struct context *ctx)
{
	return begin() || ready();
}

static int make_own(void)
{
	own_at = free_range(128);
	free_at = own_at + 96 * PAGE;
	own_area = new_area_at(own_at, PAGES, RDWR | CLONEABLE);
	if (own_area < 0)
		return -1;
	fill(own_at, PAGES * PAGE, SEED);
	return 0;
}

static int an_area(struct context *ctx)
{
	return begin() || make_own() || ready();
}

static int start_other(void)
{
	if (begin())
		return -1;
	other = team_start();
	return !other;
}

/* Another team, which has not heard of Nexus. */
static int an_area_and_a_team(struct context *ctx)
{
	return start_other() || make_own() || ready();
}

static int an_area_of_theirs(struct context *ctx)
{
	if (start_other())
		return -1;
	their_area = team_create(other, PAGES, RDWR | CLONEABLE);
	their_at = team_at(other);
	return their_area < 0 ||
	       team_fill(other, their_at, PAGES * PAGE, SEED) || ready();
}

/* One memory, mapped three times in two teams. */
static int clones(struct context *ctx)
{
	struct nexus_area_args args;

	if (start_other() || make_own())
		return -1;
	args = placed("second", own_at + 32 * PAGE, 0, RDWR);
	own_second = nexus_area_clone(own_area, &args, sizeof(args));
	their_at = own_at + 64 * PAGE;
	other->args = placed("theirs", their_at, 0, RDWR);
	their_area = team_do(other, do_clone, own_area, 0, 0, 0);
	return own_second < 0 || their_area < 0 || ready();
}

/* Sisters after a fork: each has written to a page of its own copy. */
static int copies(struct context *ctx)
{
	struct nexus_area_info info;

	if (begin() || make_own())
		return -1;
	other = team_start();
	their_at = own_at;
	if (!other || nexus_next(AREA, other->pid, 0, &info, sizeof(info), 0))
		return -1;
	their_area = info.id;
	fill(own_at, PAGE, SEED);
	return team_fill(other, their_at, PAGE, SEED) || ready();
}

/* One that a fork copies, and one that it shares. */
static int two_kinds(struct context *ctx)
{
	if (an_area(ctx))
		return -1;
	own_second = new_area(PAGES, RDWR);
	return own_second < 0 || clone_area(own_second, RDONLY) < 0 || ready();
}

/*
 * After a fork() the kernel writes to a page of the thread's own (rseq) when it
 * returns, which is to be copied then, and kills who has no memory for that:
 * with fork() itself user memory does not fail.
 */
static int user_memory_holds(void)
{
	return write_knob("fail_page_alloc/ignore-gfp-highmem", "Y");
}

static int two_kinds_to_fork(struct context *ctx)
{
	return two_kinds(ctx) || user_memory_holds();
}

static int clones_to_fork(struct context *ctx)
{
	return clones(ctx) || user_memory_holds();
}

static int copies_to_fork(struct context *ctx)
{
	return copies(ctx) || user_memory_holds();
}

/* The calls. */

static long call_create(struct context *ctx)
{
	return checked(new_area(2, RDWR));
}

static long call_create_locked(struct context *ctx)
{
	struct nexus_area_args args = area_args("locked", 4, RDWR);

	args.lock = NEXUS_AREA_FULL_LOCK;
	return checked(create_area(&args));
}

static long call_create_twin(struct context *ctx)
{
	struct nexus_area_args args = area_args("test area", 1, RDONLY);

	args.flags = NEXUS_CREATE_MODE;
	args.mode = 0644;
	args.spec = NEXUS_AREA_BASE;
	args.address = (uintptr_t)own_at;
	return checked(create_area(&args));
}

static long call_clone_own(struct context *ctx)
{
	return checked(clone_area(own_area, RDWR));
}

static long call_clone_theirs(struct context *ctx)
{
	return checked(clone_area(their_area, RDWR));
}

static long call_grow(struct context *ctx)
{
	return checked(resize_area(own_area, PAGES + 1));
}

static long call_shrink(struct context *ctx)
{
	return checked(resize_area(own_area, 1));
}

static long call_protect(struct context *ctx)
{
	return checked(nexus_area_protect(own_area, RDONLY));
}

static long call_transfer(struct context *ctx)
{
	return checked(transfer_area(own_area, other->pid));
}

static long call_transfer_self(struct context *ctx)
{
	return checked(transfer_area(own_area, 0));
}

static long call_area_for(struct context *ctx)
{
	return checked(area_for(own_at + PAGE));
}

static long call_map(struct context *ctx)
{
	struct nexus_area_info info;

	return checked(area_map(0, own_at, &info));
}

static long call_map_other(struct context *ctx)
{
	struct nexus_area_info info;

	return checked(area_map(other->pid, NULL, &info));
}

static long call_info(struct context *ctx)
{
	struct nexus_area_info info;

	return checked(area_info(own_area ?: their_area, &info));
}

static long call_next(struct context *ctx)
{
	struct nexus_area_info info;

	return checked(nexus_next(AREA, 0, 0, &info, sizeof(info), 0));
}

static long call_find(struct context *ctx)
{
	return checked(nexus_find(AREA, "test area", 0));
}

static long call_delete(struct context *ctx)
{
	return checked(delete_area(own_area));
}

static long call_open(struct context *ctx)
{
	const long fd = checked(nexus_open(AREA, own_area, 0));

	return fd < 0 ? fd : close(fd);
}

static long call_open_theirs(struct context *ctx)
{
	const long fd = checked(nexus_open(AREA, their_area, 0));

	return fd < 0 ? fd : close(fd);
}

static long call_map_file(struct context *ctx)
{
	const int fd = nexus_open(AREA, own_area, 0);
	void *p;

	if (fd < 0)
		return fd;
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return p == MAP_FAILED ? -errno : 0;
}

static long call_read_proc_areas(struct context *ctx)
{
	static char text[4096];

	return checked(read_file("/proc/nexus/areas", text, sizeof(text)));
}

/* What libraries do around it could fail as well. */
static long call_fork(struct context *ctx)
{
	const long pid = nexus_ret(syscall(__NR_clone, SIGCHLD, 0, 0, 0, 0));

	if (!pid)
		syscall(__NR_exit_group, 0);
	if (pid > 0)
		return reap(pid) ? -EPROTO : 0;
	return checked(pid);
}

static long call_munmap_middle(struct context *ctx)
{
	return checked(nexus_ret(munmap(own_at + PAGE, PAGE)));
}

static long call_munmap_tail(struct context *ctx)
{
	return checked(nexus_ret(munmap(own_at + 2 * PAGE, PAGE)));
}

static long call_munmap(struct context *ctx)
{
	return checked(nexus_ret(munmap(own_at, PAGES * PAGE)));
}

static long call_mprotect(struct context *ctx)
{
	return checked(nexus_ret(mprotect(own_at, PAGES * PAGE, PROT_READ)));
}

static long call_mprotect_middle(struct context *ctx)
{
	return checked(nexus_ret(mprotect(own_at + PAGE, PAGE, PROT_READ)));
}

/* It may have been moved by an attempt that failed: then that is changed. */
static long call_mremap(struct context *ctx)
{
	char *p = mremap(own_at, PAGES * PAGE, PAGES * PAGE,
			 MREMAP_MAYMOVE | MREMAP_FIXED, free_at);

	if (p == MAP_FAILED)
		return checked(-errno);
	/* The fault may come as late as in asking: once. */
	return filled(p, PAGES * PAGE, SEED) &&
	       (area_for(p) == own_area || area_for(p) == own_area) ?
	       0 : -EPROTO;
}

/* A fault that finds no memory is one more time: nobody sees it. */
static long call_first_write(struct context *ctx)
{
	free_at[0] = 1;
	return free_at[0] == 1 && all_bytes(free_at + 1, PAGE - 1, 0) ?
	       0 : -EPROTO;
}

static long call_write_to_copy(struct context *ctx)
{
	struct side theirs;

	fill(own_at, PAGES * PAGE, SEED + 1);
	if (!filled(own_at, PAGES * PAGE, SEED + 1) || look_at_theirs(&theirs))
		return -EPROTO;
	return theirs.filled ? 0 : -EPROTO;
}

static int a_fresh_area(struct context *ctx)
{
	if (an_area(ctx))
		return -1;
	own_second = new_area_at(free_at, PAGES, RDWR);
	return own_second < 0 || ready();
}

/* Call, set-up, fewest faults, and what else there is to say. */
FIXTURE_VARIANT_ADD(sweep, area_create) { call_create, nothing, 8 };

FIXTURE_VARIANT_ADD(sweep, area_create_locked) {
	call_create_locked, nothing, 10
};

FIXTURE_VARIANT_ADD(sweep, area_create_twin) { call_create_twin, an_area, 7 };
FIXTURE_VARIANT_ADD(sweep, area_clone_own) { call_clone_own, an_area, 6 };
FIXTURE_VARIANT_ADD(sweep, area_protect) { call_protect, an_area, 0 };

FIXTURE_VARIANT_ADD(sweep, area_transfer_self) {
	call_transfer_self, an_area, 4
};

FIXTURE_VARIANT_ADD(sweep, area_for) { call_area_for, an_area, 0 };
FIXTURE_VARIANT_ADD(sweep, area_map) { call_map, an_area, 1 };
FIXTURE_VARIANT_ADD(sweep, area_info) { call_info, an_area, 1 };
FIXTURE_VARIANT_ADD(sweep, area_next) { call_next, an_area, 1 };
FIXTURE_VARIANT_ADD(sweep, area_find) { call_find, an_area, 1 };
FIXTURE_VARIANT_ADD(sweep, area_delete) { call_delete, an_area, 0 };
FIXTURE_VARIANT_ADD(sweep, area_open) { call_open, an_area, 2 };
FIXTURE_VARIANT_ADD(sweep, area_map_file) { call_map_file, an_area, 3 };

FIXTURE_VARIANT_ADD(sweep, area_read_proc_areas) {
	call_read_proc_areas, an_area, 2
};

FIXTURE_VARIANT_ADD(sweep, area_munmap) { call_munmap, an_area, 0 };

FIXTURE_VARIANT_ADD(sweep, area_munmap_middle) {
	call_munmap_middle, an_area, 3
};

FIXTURE_VARIANT_ADD(sweep, area_munmap_tail) { call_munmap_tail, an_area, 0 };
FIXTURE_VARIANT_ADD(sweep, area_mprotect) { call_mprotect, an_area, 0 };

FIXTURE_VARIANT_ADD(sweep, area_mprotect_middle) {
	call_mprotect_middle, an_area, 2
};

FIXTURE_VARIANT_ADD(sweep, area_mremap) { call_mremap, an_area, 1 };

FIXTURE_VARIANT_ADD(sweep, area_first_write) {
	call_first_write, a_fresh_area, 1
};

FIXTURE_VARIANT_ADD(sweep, area_fork) {
	call_fork, two_kinds_to_fork, 20, .error = EAGAIN
};

FIXTURE_VARIANT_ADD(sweep, area_clone_theirs) {
	call_clone_theirs, an_area_of_theirs, 6
};

FIXTURE_VARIANT_ADD(sweep, area_open_theirs) {
	call_open_theirs, an_area_of_theirs, 2
};

FIXTURE_VARIANT_ADD(sweep, area_map_theirs) {
	call_map_other, an_area_of_theirs, 1
};

FIXTURE_VARIANT_ADD(sweep, area_info_theirs) {
	call_info, an_area_of_theirs, 1
};

FIXTURE_VARIANT_ADD(sweep, area_transfer_strangers) {
	call_transfer, an_area_and_a_team, 5
};

FIXTURE_VARIANT_ADD(sweep, area_grow_clones) { call_grow, clones, 0 };
FIXTURE_VARIANT_ADD(sweep, area_shrink_clones) { call_shrink, clones, 0 };
FIXTURE_VARIANT_ADD(sweep, area_transfer_clones) { call_transfer, clones, 4 };

FIXTURE_VARIANT_ADD(sweep, area_munmap_middle_clones) {
	call_munmap_middle, clones, 3
};

FIXTURE_VARIANT_ADD(sweep, area_fork_clones) {
	call_fork, clones_to_fork, 20, .error = EAGAIN
};

FIXTURE_VARIANT_ADD(sweep, area_clone_own_copies) { call_clone_own, copies, 6 };
FIXTURE_VARIANT_ADD(sweep, area_clone_copies) { call_clone_theirs, copies, 6 };
FIXTURE_VARIANT_ADD(sweep, area_open_copies) { call_open, copies, 3 };

FIXTURE_VARIANT_ADD(sweep, area_open_theirs_copies) {
	call_open_theirs, copies, 3
};

FIXTURE_VARIANT_ADD(sweep, area_grow_copies) { call_grow, copies, 3 };
FIXTURE_VARIANT_ADD(sweep, area_shrink_copies) { call_shrink, copies, 3 };
FIXTURE_VARIANT_ADD(sweep, area_transfer_copies) { call_transfer, copies, 4 };

FIXTURE_VARIANT_ADD(sweep, area_fork_copies) {
	call_fork, copies_to_fork, 20, .error = EAGAIN
};

FIXTURE_VARIANT_ADD(sweep, area_munmap_middle_copies) {
	call_munmap_middle, copies, 3
};

FIXTURE_VARIANT_ADD(sweep, area_write_to_copy) {
	call_write_to_copy, copies, 1
};

TEST_HARNESS_MAIN

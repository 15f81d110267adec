// SPDX-License-Identifier: GPL-2.0
/*
 * Areas beside other memory that can be shared.
 *
 * To touch memory is to write, or to read, one byte of each page, the same for
 * all of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "nexus_sys.h"

#define MIB		(1024UL * 1024)

/* Make 1 MiB, touch it, and drop it. */

static int lives(void *arg, unsigned long n)
{
	struct memory mem = { .ops = arg };
	int err = 0;

	while (n-- && !err) {
		err = mem.ops->make(&mem, MIB);
		if (err)
			break;
		memory_write(&mem, MIB);
		err = mem.ops->drop(&mem);
	}
	return err;
}

static int run_life(void *priv, unsigned long n, __u64 *elapsed)
{
	return timed(lives, priv, n, elapsed);
}

static void bench_area_life(void)
{
	static const struct memory_ops * const kinds[] = {
		&memfd_memory, &zero_memory, &sysv_memory, &area_memory,
	};
	struct group *group = group_add("area-life",
					"create 1 MiB, write to each page, delete");
	unsigned int i;

	if (!group)
		return;
	/* What is freed is freed later. */
	group->batch *= 4;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		row_add(group, kinds[i]->name, run_life, (void *)kinds[i], 0);
	group_measure(group);
}

/**
 * struct fault - page faults of a kind
 * @key:   of the group
 * @title: of the group
 * @again: the pages are there, but the page tables do not say so any more
 * @write: write or read
 */
struct fault {
	const char *key;
	const char *title;
	bool again;
	bool write;
};

static const struct fault faults[] = {
	{ "area-fault-write", "write to 256 new pages", false, true },
	{ "area-fault-read", "read 256 new pages", false, false },
	{ "area-refault-write", "write to 256 pages after MADV_DONTNEED",
	  true, true },
	{ "area-refault-read", "read 256 pages after MADV_DONTNEED",
	  true, false },
};

struct fault_row {
	const struct fault *fault;
	const struct memory_ops *ops;
};

/* Only the faults are timed.  They are 256, so the clock is not seen. */
static int fault_once(const struct fault_row *row, struct memory *mem,
		      __u64 *elapsed)
{
	__u64 start;

	if (row->fault->again) {
		memory_write(mem, mem->size);
		if (madvise(mem->addr, mem->size, MADV_DONTNEED))
			return -errno;
	}
	start = now();
	if (row->fault->write)
		memory_write(mem, mem->size);
	else
		memory_read(mem, mem->size);
	*elapsed += now() - start;
	return 0;
}

static int run_faults(void *priv, unsigned long n, __u64 *elapsed)
{
	const struct fault_row *row = priv;
	struct memory mem = { .ops = row->ops };
	int err = 0, err2;

	*elapsed = 0;
	while (n-- && !err) {
		err = mem.ops->make(&mem, 256 * page_size);
		if (err)
			break;
		err = fault_once(row, &mem, elapsed);
		err2 = mem.ops->drop(&mem);
		if (!err)
			err = err2;
	}
	return err;
}

static void bench_faults(const struct fault *fault)
{
	static const struct memory_ops * const kinds[] = {
		&memfd_memory, &zero_memory, &area_memory, &clone_memory,
	};
	struct fault_row rows[ARRAY_SIZE(kinds)];
	struct group *group = group_add(fault->key, fault->title);
	unsigned int i;

	if (!group)
		return;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		rows[i].fault = fault;
		rows[i].ops = kinds[i];
		row_add(group, kinds[i]->name, run_faults, &rows[i], 0);
	}
	group_measure(group);
}

/* Where nothing is, as long as nobody takes it; a multiple of @align. */
static char *find_room(size_t size, size_t align)
{
	unsigned long addr;
	void *room = mmap(NULL, size + align, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		return NULL;
	munmap(room, size + align);
	addr = ((unsigned long)room + align - 1) / align * align;
	return (char *)addr;
}

/*
 * Transfer to another team.  We touch 1 MiB, however large the area is, and
 * time the transfer alone; then the other team transfers it back.  It is always
 * at a multiple of what a page of page tables maps, and nothing else is there,
 * so that they also need, and free, as many of those.
 */

#define TABLE_SIZE	(4 * MIB)

/**
 * struct move_row - an area that is transferred
 * @name:   of the row
 * @size:   bytes
 * @worker: the other team, the same one for all rows
 */
struct move_row {
	const char *name;
	unsigned long size;
	struct worker *worker;
};

/* In the other team: the area is @op, its place @n.  Returns the new id. */
static int move_back(struct worker *worker, int op, unsigned long n,
		     __u64 *elapsed)
{
	struct nexus_area_args args = {
		.address = n,
		.spec = NEXUS_AREA_EXACT,
	};

	return nexus_area_transfer(op, (int)getppid(), &args);
}

static int move_once(const struct move_row *row, const struct memory *mem,
		     int *area, __u64 *elapsed)
{
	struct nexus_area_args args = { };
	__u64 start, unused;
	int ret;

	memory_write(mem, MIB);
	start = now();
	ret = nexus_area_transfer(*area, (int)row->worker->pid, &args);
	*elapsed += now() - start;
	if (ret < 0)
		return ret;
	ret = worker_do(row->worker, ret, (unsigned long)mem->addr, &unused);
	if (ret < 0)
		return ret;
	*area = ret;
	return 0;
}

static int run_move(void *priv, unsigned long n, __u64 *elapsed)
{
	const struct move_row *row = priv;
	struct memory mem = {
		.addr = find_room(row->size + TABLE_SIZE, TABLE_SIZE),
	};
	struct nexus_area_args args = {
		.name = (unsigned long)"nexus_bench",
		.address = (unsigned long)mem.addr,
		.size = row->size,
		.spec = NEXUS_AREA_EXACT,
		.protection = BENCH_PROTECTION | NEXUS_AREA_OVERCOMMIT,
	};
	int area, err = 0;

	*elapsed = 0;
	area = nexus_area_create_args(&args);
	if (area < 0)
		return area;
	while (n-- && !err)
		err = move_once(row, &mem, &area, elapsed);
	/* If it failed the area may be the other team's, and ends with it. */
	return err ? err : nexus_delete(NEXUS_TYPE_AREA, area);
}

static void bench_move(void)
{
	struct worker worker = { .run = move_back };
	struct move_row rows[] = {
		{ "1 MiB", MIB, &worker },
		{ "16 MiB", 16 * MIB, &worker },
		{ "256 MiB", 256 * MIB, &worker },
	};
	struct group *group = group_add("area-transfer",
					"transfer an area of which 1 MiB is used");
	unsigned int i;
	int err;

	if (!group)
		return;
	err = worker_start(&worker);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		row_add(group, rows[i].name, run_move, &rows[i], err)->max_n =
			200;
	group_measure(group);
	worker_end(&worker);
}

/* Grow by a page and shrink again; each clone is in a team of its own. */

#define RESIZE_ROOM	(4 * MIB)
#define MAX_CLONES	10

/**
 * struct resize_row - an area with clones
 * @name:  of the row
 * @nr:    of clones
 * @area:  it
 * @clone: the teams
 */
struct resize_row {
	const char *name;
	unsigned int nr;
	int area;
	struct worker clone[MAX_CLONES];
};

static void set_room(struct nexus_area_args *args)
{
	args->name = (unsigned long)"nexus_bench";
	args->address = (unsigned long)find_room(RESIZE_ROOM, page_size);
	args->spec = NEXUS_AREA_EXACT;
	args->protection = BENCH_PROTECTION;
}

static int resize_create(void)
{
	struct nexus_area_args args = { .size = MIB };

	set_room(&args);
	return nexus_area_create_args(&args);
}

/* In the team of a clone.  Returns its id. */
static int resize_clone(struct worker *worker, int op, unsigned long n,
			__u64 *elapsed)
{
	struct nexus_area_args args = { };

	set_room(&args);
	return nexus_area_clone_args(op, &args);
}

static int resizes(void *arg, unsigned long n)
{
	const struct resize_row *row = arg;
	int err = 0;

	while (n-- && !err) {
		err = nexus_area_resize(row->area, MIB + page_size);
		if (!err)
			err = nexus_area_resize(row->area, MIB);
	}
	return err;
}

static int run_resize(void *priv, unsigned long n, __u64 *elapsed)
{
	return timed(resizes, priv, n, elapsed);
}

/* What a program does that has one mapping and knows of no other. */
static int remaps(void *arg, unsigned long n)
{
	const struct memory *mem = arg;
	const size_t more = MIB + page_size;

	while (n--) {
		if (ftruncate(mem->id, (off_t)more) ||
		    mremap(mem->addr, MIB, more, 0) == MAP_FAILED ||
		    mremap(mem->addr, more, MIB, 0) == MAP_FAILED ||
		    ftruncate(mem->id, (off_t)MIB))
			return -errno;
	}
	return 0;
}

static int run_remap(void *priv, unsigned long n, __u64 *elapsed)
{
	return timed(remaps, priv, n, elapsed);
}

static int remap_open(struct memory *mem)
{
	void *addr;
	int err = memfd_memory.make(mem, MIB);

	if (err)
		return err;
	/* Elsewhere: the room includes where it was. */
	munmap(mem->addr, MIB);
	addr = mmap(find_room(RESIZE_ROOM, page_size), MIB,
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE,
		    mem->id, 0);
	if (addr == MAP_FAILED) {
		err = -errno;
		close(mem->id);
		return err;
	}
	mem->addr = addr;
	return 0;
}

static int resize_start(struct resize_row *row)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < row->nr && !err; i++) {
		row->clone[i].run = resize_clone;
		err = worker_start(&row->clone[i]);
	}
	return err;
}

static int resize_share(struct resize_row *row)
{
	unsigned int i;
	__u64 unused;
	int ret;

	row->area = resize_create();
	for (ret = row->area, i = 0; i < row->nr && ret >= 0; i++)
		ret = worker_do(&row->clone[i], row->area, 0, &unused);
	return ret < 0 ? ret : 0;
}

static void bench_resize(void)
{
	struct resize_row rows[] = {
		{ "Nexus area, no clone", .nr = 0 },
		{ "Nexus area, 1 clone", .nr = 1 },
		{ "Nexus area, 10 clones", .nr = MAX_CLONES },
	};
	struct group *group = group_add("area-resize",
					"grow by one page and shrink again");
	struct memory mem = { };
	unsigned int i, j;
	int err;

	if (!group)
		return;
	err = remap_open(&mem);
	row_add(group, "memfd, ftruncate + mremap", run_remap, &mem, err);
	/* All teams before the first area, or they would inherit it. */
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		row_add(group, rows[i].name, run_resize, &rows[i],
			resize_start(&rows[i]));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!group->row[1 + i].err)
			group->row[1 + i].err = resize_share(&rows[i]);
	}
	group_measure(group);
	if (!err)
		memfd_memory.drop(&mem);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (j = 0; j < rows[i].nr; j++)
			worker_end(&rows[i].clone[j]);
		if (rows[i].area > 0)
			nexus_delete(NEXUS_TYPE_AREA, rows[i].area);
	}
}

/* A process that has a hundred of something forks. */

#define FORK_NR		100

/* In the process. */
static int fork_init(struct worker *worker)
{
	struct memory mem = { .ops = worker->arg };
	unsigned int i;
	int err;

	for (i = 0; mem.ops && i < FORK_NR; i++) {
		err = mem.ops->make(&mem, page_size);
		if (err)
			return err;
		memory_write(&mem, page_size);
		if (mem.ops->fd)
			close(mem.id);
		/* The source was there to make it a shared one. */
		if (mem.other)
			nexus_delete(NEXUS_TYPE_AREA, mem.other);
	}
	return 0;
}

static int fork_run(struct worker *worker, int op, unsigned long n,
		    __u64 *elapsed)
{
	return run_fork(NULL, n, elapsed);
}

static void bench_area_fork(void)
{
	static const struct {
		const char *name;
		const struct memory_ops *ops;
	} kinds[] = {
		{ "no other memory", NULL },
		{ "100 memfds, shared", &memfd_memory },
		{ "100 memfds, private", &memfd_private_memory },
		{ "100 Nexus areas, shared", &clone_memory },
		{ "100 Nexus areas", &area_memory },
	};
	struct worker workers[ARRAY_SIZE(kinds)] = { };
	struct group *group = group_add("area-fork",
					"fork + exit + wait, memory of a page each");
	unsigned int i;

	if (!group)
		return;
	group->batch *= 8;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		workers[i].init = fork_init;
		workers[i].run = fork_run;
		workers[i].arg = kinds[i].ops;
		row_add(group, kinds[i].name, worker_run, &workers[i],
			worker_start(&workers[i]));
	}
	group_measure(group);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		worker_end(&workers[i]);
}

void bench_areas(void)
{
	unsigned int i;

	bench_area_life();
	for (i = 0; i < ARRAY_SIZE(faults); i++)
		bench_faults(&faults[i]);
	bench_move();
	bench_resize();
	bench_area_fork();
}

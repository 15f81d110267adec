// SPDX-License-Identifier: GPL-2.0
/*
 * Does the number of objects matter?  10, 1000 and 100000 ports are made in an
 * IPC namespace each, by a process each, and the same operations are measured
 * in them by turns.  A fourth has 100000 ports of one name.  The first three
 * have as many semaphores.  Three more have 10, 1000 and 10000 areas.
 *
 * The operations take a random object, so that nothing is found fast because
 * it was used a moment ago.  On real hardware 100000 objects therefore miss the
 * caches and 10 do not: only counted instructions tell about the algorithms.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "nexus_sys.h"

#define DATA_SIZE	64
#define RANDOM_SEED	2463534242

enum scale_op {
	OP_SEND_RECV,
	OP_FIND,
	OP_NEXT,
	OP_REPLACE,
	OP_RELEASE_ACQUIRE,
};

/**
 * struct ports - what a worker has made
 * @op:     what it does with them
 * @nr:     number of ports
 * @id:     their ids
 * @sem:    ids of the semaphores, as many
 * @name:   names of the ports, all of one length
 * @unique: whether each has its own name
 * @random: state of the random numbers
 */
struct ports {
	enum scale_op op;
	unsigned int nr;
	int *id;
	int *sem;
	char (*name)[NEXUS_NAME_LEN];
	bool unique;
	__u32 random;
};

/**
 * struct set - the ports of a process, in an IPC namespace of its own
 * @title:  how its rows are called
 * @sems:   how they are called where semaphores are used
 * @nr:     number of ports
 * @unique: whether each has its own name
 */
struct set {
	const char *title;
	const char *sems;
	unsigned int nr;
	bool unique;
};

static const struct set sets[] = {
	{ "10 ports", "10 semaphores", .nr = 10, .unique = true },
	{ "1000 ports", "1000 semaphores", .nr = 1000, .unique = true },
	{ "100000 ports", "100000 semaphores", .nr = 100000, .unique = true },
	{ "100000 ports of one name", .nr = 100000 },
};

static struct worker workers[ARRAY_SIZE(sets)];

/* Marsaglia's xorshift: a few instructions, as many for every range. */
static unsigned int pick_of(__u32 *random, unsigned int range)
{
	__u32 x = *random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*random = x;
	return (unsigned int)(((__u64)x * range) >> 32);
}

static unsigned int pick(struct ports *ports, unsigned int range)
{
	return pick_of(&ports->random, range);
}

static int create_ports(struct ports *ports)
{
	unsigned int i;

	for (i = 0; i < ports->nr; i++) {
		snprintf(ports->name[i], sizeof(ports->name[i]), "bench-%06u",
			 ports->unique ? i : 0);
		ports->id[i] = nexus_port_create(ports->name[i], 1);
		if (ports->id[i] < 0)
			return ports->id[i];
		/* op_next() counts on it, the kernel promises it. */
		if (i && ports->id[i] <= ports->id[i - 1])
			return -EBADMSG;
	}
	for (i = 0; ports->sem && i < ports->nr; i++) {
		ports->sem[i] = nexus_sem_create(ports->name[i], 0);
		if (ports->sem[i] < 0)
			return ports->sem[i];
	}
	return 0;
}

static int op_send_recv(struct ports *ports)
{
	static char data[DATA_SIZE];
	unsigned int i = pick(ports, ports->nr);
	struct nexus_msg_info info;
	int ret;

	ret = nexus_port_send(ports->id[i], (int)i, data, sizeof(data));
	if (ret)
		return ret;
	ret = nexus_port_recv(ports->id[i], data, sizeof(data), &info, 0);
	if (ret < 0)
		return ret;
	return ret == DATA_SIZE && info.code == (int)i ? 0 : -EBADMSG;
}

static int op_find(struct ports *ports)
{
	unsigned int i = pick(ports, ports->nr);
	int id = nexus_find(NEXUS_TYPE_PORT, ports->name[i]);

	if (id < 0)
		return id;
	return !ports->unique || id == ports->id[i] ? 0 : -EBADMSG;
}

/* Only while the ids rise, that is before op_replace(). */
static int op_next(struct ports *ports)
{
	unsigned int i = pick(ports, ports->nr - 1);
	struct nexus_port_info info;
	int ret;

	ret = nexus_next(NEXUS_TYPE_PORT, 0, ports->id[i], &info,
			 sizeof(info));
	if (ret)
		return ret;
	return info.id == ports->id[i + 1] ? 0 : -EBADMSG;
}

static int op_replace(struct ports *ports)
{
	unsigned int i = pick(ports, ports->nr);
	int ret;

	ret = nexus_delete(NEXUS_TYPE_PORT, ports->id[i]);
	if (ret)
		return ret;
	ports->id[i] = nexus_port_create(ports->name[i], 1);
	return ports->id[i] < 0 ? ports->id[i] : 0;
}

static int op_release_acquire(struct ports *ports)
{
	int sem = ports->sem[pick(ports, ports->nr)];
	int err = nexus_sem_release(sem);

	return err ? err : nexus_sem_acquire(sem, NULL);
}

static int do_op(struct ports *ports)
{
	switch (ports->op) {
	case OP_SEND_RECV:
		return op_send_recv(ports);
	case OP_FIND:
		return op_find(ports);
	case OP_NEXT:
		return op_next(ports);
	case OP_REPLACE:
		return op_replace(ports);
	case OP_RELEASE_ACQUIRE:
		return op_release_acquire(ports);
	}
	return -EINVAL;
}

static int repeat(void *arg, unsigned long n)
{
	int err = 0;

	while (n-- && !err)
		err = do_op(arg);
	return err;
}

/* In the process. */
static int ports_init(struct worker *worker)
{
	const struct set *set = worker->arg;
	struct ports *ports = calloc(1, sizeof(*ports));
	int err;

	if (!ports)
		return -ENOMEM;
	worker->data = ports;
	ports->nr = set->nr;
	ports->unique = set->unique;
	ports->random = RANDOM_SEED;
	ports->id = calloc(ports->nr, sizeof(*ports->id));
	ports->name = calloc(ports->nr, sizeof(*ports->name));
	if (set->sems)
		ports->sem = calloc(ports->nr, sizeof(*ports->sem));
	if (!ports->id || !ports->name || (set->sems && !ports->sem))
		return -ENOMEM;
	if (unshare(CLONE_NEWIPC))
		return -errno;
	/* The sysctls are the new namespace's and go with it. */
	err = set_limit("/proc/sys/kernel/nexus/ports_max", 2 * set->nr);
	if (!err && set->sems)
		err = set_limit("/proc/sys/kernel/nexus/sems_max",
				2 * set->nr);
	return err ? err : create_ports(ports);
}

static int ports_run(struct worker *worker, int op, unsigned long n,
		     __u64 *elapsed)
{
	struct ports *ports = worker->data;

	ports->op = op;
	return timed(repeat, ports, n, elapsed);
}

static int run_send_recv(void *priv, unsigned long n, __u64 *elapsed)
{
	return worker_do(priv, OP_SEND_RECV, n, elapsed);
}

static int run_find(void *priv, unsigned long n, __u64 *elapsed)
{
	return worker_do(priv, OP_FIND, n, elapsed);
}

static int run_next(void *priv, unsigned long n, __u64 *elapsed)
{
	return worker_do(priv, OP_NEXT, n, elapsed);
}

static int run_replace(void *priv, unsigned long n, __u64 *elapsed)
{
	return worker_do(priv, OP_REPLACE, n, elapsed);
}

static int run_release_acquire(void *priv, unsigned long n, __u64 *elapsed)
{
	return worker_do(priv, OP_RELEASE_ACQUIRE, n, elapsed);
}

static void scale_measure(struct group *group, run_fn run, unsigned int nr,
			  bool sems)
{
	unsigned int i;

	if (!group)
		return;
	for (i = 0; i < nr; i++)
		row_add(group, sems ? sets[i].sems : sets[i].title, run,
			&workers[i], workers[i].err);
	group_measure(group);
}

static void bench_ports(void)
{
	struct group *send_recv, *find, *next, *replace, *sem;
	unsigned int i;
	int err;

	send_recv = group_add("scale-sendrecv",
			      "send to and receive from a random port, 64 bytes");
	find = group_add("scale-find", "find a random port by its name");
	next = group_add("scale-next",
			 "find the next port after a random one");
	replace = group_add("scale-replace",
			    "delete a random port and create it again");
	sem = group_add("scale-sem", "release and acquire a random semaphore");
	if (!send_recv && !find && !next && !replace && !sem)
		return;

	err = nexus_absent();
	if (!err)
		fprintf(stderr,
			"nexus_bench: making 201010 ports, 101010 semaphores\n");
	for (i = 0; i < ARRAY_SIZE(workers); i++) {
		workers[i].init = ports_init;
		workers[i].run = ports_run;
		workers[i].arg = &sets[i];
		workers[i].err = err ?: worker_start(&workers[i]);
	}

	/* What is freed is freed later, many at a time: let it even out. */
	if (replace)
		replace->batch *= 4;
	/* Replacing comes last: ids do not rise with the index after it. */
	scale_measure(send_recv, run_send_recv, 3, false);
	scale_measure(find, run_find, 4, false);
	scale_measure(next, run_next, 3, false);
	scale_measure(replace, run_replace, 4, false);
	scale_measure(sem, run_release_acquire, 3, true);

	for (i = 0; i < ARRAY_SIZE(workers); i++)
		worker_end(&workers[i]);
}

/*
 * Areas are found by their address, so it is the address space that they fill.
 * They are of one page, and nobody touches them.
 */

/**
 * struct areas - what a worker has made
 * @nr:     number of areas
 * @random: state of the random numbers
 * @area:   their ids and addresses
 */
struct areas {
	unsigned int nr;
	__u32 random;
	struct {
		int id;
		char *addr;
	} area[];
};

static const struct area_set {
	const char *title;
	unsigned int nr;
} area_sets[] = {
	{ "10 areas", 10 },
	{ "1000 areas", 1000 },
	{ "10000 areas", 10000 },
};

/* In the process. */
static int areas_init(struct worker *worker)
{
	const struct area_set *set = worker->arg;
	struct areas *areas;
	unsigned int i;
	void *addr;
	int err;

	areas = calloc(1, sizeof(*areas) + set->nr * sizeof(areas->area[0]));
	if (!areas)
		return -ENOMEM;
	worker->data = areas;
	areas->nr = set->nr;
	areas->random = RANDOM_SEED;
	if (unshare(CLONE_NEWIPC))
		return -errno;
	err = nexus_absent();
	if (!err)
		err = set_limit("/proc/sys/kernel/nexus/areas_max",
				2 * set->nr);
	/* No sysctl: then there are no areas, and creating one says so. */
	if (err && err != -ENOENT)
		return err;
	for (i = 0; i < set->nr; i++) {
		areas->area[i].id = nexus_area_create("nexus_bench", page_size,
						      &addr);
		if (areas->area[i].id < 0)
			return areas->area[i].id;
		areas->area[i].addr = addr;
	}
	return 0;
}

static int areas_for(void *arg, unsigned long n)
{
	struct areas *areas = arg;
	unsigned int i, at;

	while (n--) {
		i = pick_of(&areas->random, areas->nr);
		at = areas->random % page_size;
		if (nexus_area_for(areas->area[i].addr + at) !=
		    areas->area[i].id)
			return -EBADMSG;
	}
	return 0;
}

static int areas_run(struct worker *worker, int op, unsigned long n,
		     __u64 *elapsed)
{
	return timed(areas_for, worker->data, n, elapsed);
}

static void bench_areas_for(void)
{
	struct worker area_workers[ARRAY_SIZE(area_sets)] = { };
	struct group *group = group_add("scale-area",
					"find the area of a random address");
	struct worker *worker;
	unsigned int i;

	if (!group)
		return;
	for (i = 0; i < ARRAY_SIZE(area_sets); i++) {
		worker = &area_workers[i];
		worker->init = areas_init;
		worker->run = areas_run;
		worker->arg = &area_sets[i];
		row_add(group, area_sets[i].title, worker_run, worker,
			worker_start(worker));
	}
	group_measure(group);
	for (i = 0; i < ARRAY_SIZE(area_sets); i++)
		worker_end(&area_workers[i]);
}

void bench_scale(void)
{
	bench_ports();
	bench_areas_for();
}

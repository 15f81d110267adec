// SPDX-License-Identifier: GPL-2.0
/*
 * Does the number of objects matter?  10, 1000 and 100000 ports are made in an
 * IPC namespace each, by a process each, and the same operations are measured
 * in them by turns.  A fourth has 100000 ports of one name.  The first three
 * have as many semaphores.
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

/**
 * struct ports - what a worker has made
 * @nr:     number of ports
 * @id:     their ids
 * @sem:    ids of the semaphores, as many
 * @name:   names of the ports, all of one length
 * @unique: whether each has its own name
 * @random: state of the random numbers
 */
struct ports {
	unsigned int nr;
	int *id;
	int *sem;
	char (*name)[NEXUS_NAME_LEN];
	bool unique;
	__u32 random;
};

enum scale_op {
	OP_CREATE,
	OP_SEND_RECV,
	OP_FIND,
	OP_NEXT,
	OP_REPLACE,
	OP_RELEASE_ACQUIRE,
};

struct command {
	enum scale_op op;
	unsigned long n;
};

struct reply {
	int err;
	__u64 elapsed;
};

/**
 * struct worker - a process with its ports, in an IPC namespace of its own
 * @title:  how its rows are called
 * @sems:   how they are called where semaphores are used
 * @nr:     number of ports
 * @unique: whether each has its own name
 * @pid:    the process, 0 if there is none
 * @to:     pipe for struct command
 * @from:   pipe for struct reply
 * @err:    why it is of no use, or 0
 */
struct worker {
	const char *title;
	const char *sems;
	unsigned int nr;
	bool unique;
	pid_t pid;
	int to;
	int from;
	int err;
};

static struct worker workers[] = {
	{ "10 ports", "10 semaphores", .nr = 10, .unique = true },
	{ "1000 ports", "1000 semaphores", .nr = 1000, .unique = true },
	{ "100000 ports", "100000 semaphores", .nr = 100000, .unique = true },
	{ "100000 ports of one name", .nr = 100000 },
};

/* Marsaglia's xorshift: a few instructions, as many for every range. */
static unsigned int pick(struct ports *ports, unsigned int range)
{
	__u32 x = ports->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	ports->random = x;
	return (unsigned int)(((__u64)x * range) >> 32);
}

static int op_create(struct ports *ports)
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

static int repeat(struct ports *ports, enum scale_op op, unsigned long n)
{
	int err = 0;

	while (n-- && !err) {
		switch (op) {
		case OP_CREATE:
			err = op_create(ports);
			break;
		case OP_SEND_RECV:
			err = op_send_recv(ports);
			break;
		case OP_FIND:
			err = op_find(ports);
			break;
		case OP_NEXT:
			err = op_next(ports);
			break;
		case OP_REPLACE:
			err = op_replace(ports);
			break;
		case OP_RELEASE_ACQUIRE:
			err = op_release_acquire(ports);
			break;
		}
	}
	return err;
}

static int ports_init(struct ports *ports, const struct worker *worker)
{
	int err;

	memset(ports, 0, sizeof(*ports));
	ports->nr = worker->nr;
	ports->unique = worker->unique;
	ports->random = 2463534242;
	ports->id = calloc(ports->nr, sizeof(*ports->id));
	ports->name = calloc(ports->nr, sizeof(*ports->name));
	if (worker->sems)
		ports->sem = calloc(ports->nr, sizeof(*ports->sem));
	if (!ports->id || !ports->name || (worker->sems && !ports->sem))
		return -ENOMEM;
	if (unshare(CLONE_NEWIPC))
		return -errno;
	/* The sysctls are the new namespace's and go with it. */
	err = set_limit("/proc/sys/kernel/nexus/ports_max", 2 * worker->nr);
	if (!err && worker->sems)
		err = set_limit("/proc/sys/kernel/nexus/sems_max",
				2 * worker->nr);
	return err;
}

/* The worker: does what it is told until it is killed. */
static void work(const struct worker *worker, int in, int out)
{
	struct command command;
	struct ports ports;
	struct reply reply;
	__u64 start;
	int err;

	err = ports_init(&ports, worker);
	while (read(in, &command, sizeof(command)) == sizeof(command)) {
		memset(&reply, 0, sizeof(reply));
		if (!err && command.op != OP_CREATE)
			err = repeat(&ports, command.op, command.n / 8 + 2);
		if (!err) {
			start = now();
			err = repeat(&ports, command.op, command.n);
			reply.elapsed = now() - start;
		}
		reply.err = err;
		if (write(out, &reply, sizeof(reply)) != sizeof(reply))
			break;
	}
	_exit(1);
}

static int worker_do(struct worker *worker, enum scale_op op, unsigned long n,
		     __u64 *elapsed)
{
	struct command command = { .op = op, .n = n };
	struct reply reply;

	if (write(worker->to, &command, sizeof(command)) != sizeof(command) ||
	    read(worker->from, &reply, sizeof(reply)) != sizeof(reply))
		return -EPIPE;
	*elapsed = reply.elapsed;
	return reply.err;
}

/* Pipes are left to the end of the process if this fails. */
static int worker_start(struct worker *worker)
{
	int in[2], out[2];
	__u64 elapsed;
	pid_t pid;

	if (pipe(in) || pipe(out))
		return -errno;
	pid = fork_peer();
	if (!pid)
		work(worker, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	worker->to = in[1];
	worker->from = out[0];
	if (pid < 0)
		return pid;
	worker->pid = pid;
	watchdog();
	return worker_do(worker, OP_CREATE, 1, &elapsed);
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
	struct worker *worker;
	unsigned int i;

	if (!group)
		return;
	for (i = 0; i < nr; i++) {
		worker = &workers[i];
		row_add(group, sems ? worker->sems : worker->title, run,
			worker, worker->err);
	}
	group_measure(group);
}

void bench_scale(void)
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
	for (i = 0; i < ARRAY_SIZE(workers); i++)
		workers[i].err = err ?: worker_start(&workers[i]);

	/* What is freed is freed later, many at a time: let it even out. */
	if (replace)
		replace->batch *= 4;
	/* Replacing comes last: ids do not rise with the index after it. */
	scale_measure(send_recv, run_send_recv, 3, false);
	scale_measure(find, run_find, 4, false);
	scale_measure(next, run_next, 3, false);
	scale_measure(replace, run_replace, 4, false);
	scale_measure(sem, run_release_acquire, 3, true);

	for (i = 0; i < ARRAY_SIZE(workers); i++) {
		if (!workers[i].pid)
			continue;
		watchdog();
		end_peer(workers[i].pid);
		close(workers[i].to);
		close(workers[i].from);
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Does the number of tasks that wait for an object matter to those who use it?
 *
 * A process of many threads waits, all for messages, for room in a port or for
 * units of a semaphore.  We do what ends the wait of one of them, and time
 * that call alone.  Then we sleep, so that the thread can go back to wait.  As
 * we run with SCHED_FIFO and the threads do not, none of them runs before our
 * call is done.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "nexus_sys.h"

#define DATA_SIZE	64

struct crowd;

/**
 * struct crowd_ops - what is waited for
 * @key:    of the group
 * @title:  of the group
 * @type:   of the object
 * @sizes:  how many threads wait, one number for each row
 * @open:   make the object; returns its id
 * @wait:   wait once; only returns a result that is negative if it failed
 * @end:    end the wait of one thread, which is what is measured
 */
struct crowd_ops {
	const char *key;
	const char *title;
	unsigned int type;
	unsigned int sizes[4];
	int (*open)(void);
	int (*wait)(const struct crowd *crowd);
	int (*end)(const struct crowd *crowd);
};

/**
 * struct crowd - threads that wait for an object
 * @ops: what it is and how they wait
 * @nr:  how many
 * @id:  the object
 * @pid: their process
 * @err: why it is of no use, or 0
 */
struct crowd {
	const struct crowd_ops *ops;
	unsigned int nr;
	int id;
	pid_t pid;
	int err;
};

/* What one now() costs is part of each sample and taken off. */
static double clock_cost;

static void measure_clock(void)
{
	enum { TURNS = 1000 };
	__u64 sum = 0, start;
	int i;

	for (i = 0; i < TURNS; i++) {
		start = now();
		sum += now() - start;
	}
	clock_cost = (double)sum / TURNS;
}

static void nap(long ns)
{
	struct timespec ts = { .tv_nsec = ns };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

static void *wait_for_ever(void *arg)
{
	const struct crowd *crowd = arg;
	int ret;

	do {
		ret = crowd->ops->wait(crowd);
	} while (ret >= 0);
	fprintf(stderr, "nexus_bench: waiting thread: %s\n", strerror(-ret));
	_exit(1);
}

/* The process of the threads; one is its main thread. */
static void be_crowd(struct crowd *crowd)
{
	pthread_attr_t attr;
	pthread_t thread;
	unsigned int i;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (i = 1; i < crowd->nr; i++) {
		if (pthread_create(&thread, &attr, wait_for_ever, crowd)) {
			fprintf(stderr, "nexus_bench: no thread\n");
			_exit(1);
		}
	}
	wait_for_ever(crowd);
}

/* Is the thread asleep?  The state follows the name, which is in brackets. */
static bool sleeps(pid_t pid, const char *tid)
{
	char path[64], line[256], *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/stat", (int)pid, tid);
	file = fopen(path, "r");
	if (!file)
		return false;
	state = fgets(line, sizeof(line), file);
	fclose(file);
	state = state ? strrchr(line, ')') : NULL;
	return state && state[1] && state[2] == 'S';
}

static bool all_sleep(const struct crowd *crowd)
{
	unsigned int asleep = 0;
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)crowd->pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.' &&
		    sleeps(crowd->pid, entry->d_name))
			asleep++;
	}
	closedir(dir);
	return asleep == crowd->nr;
}

static int crowd_start(struct crowd *crowd)
{
	int i;

	crowd->id = crowd->ops->open();
	if (crowd->id < 0)
		return crowd->id;
	crowd->pid = fork_peer();
	if (crowd->pid < 0)
		return crowd->pid;
	if (!crowd->pid)
		be_crowd(crowd);
	for (i = 0; i < 1000; i++) {
		nap(5000000);
		if (all_sleep(crowd))
			return 0;
	}
	return -ETIMEDOUT;
}

static int set_fifo(bool on)
{
	struct sched_param param = { .sched_priority = on ? 1 : 0 };

	return sched_setscheduler(0, on ? SCHED_FIFO : SCHED_OTHER, &param) ?
	       -errno : 0;
}

static int run_crowd(void *priv, unsigned long n, __u64 *elapsed)
{
	struct crowd *crowd = priv;
	__u64 start, sum = 0;
	unsigned long i;
	double clock;
	int err;

	err = set_fifo(true);
	for (i = 0; i < n && !err; i++) {
		nap(50000);
		start = now();
		err = crowd->ops->end(crowd);
		sum += now() - start;
	}
	set_fifo(false);
	clock = clock_cost * n;
	*elapsed = sum > clock ? sum - (__u64)clock : 0;
	return err;
}

/* Receivers of an empty port, and senders to a full one. */

static int open_port(void)
{
	return nexus_port_create("nexus_bench", 1);
}

static int open_full_port(void)
{
	int err, port = open_port();

	/* Fill it before they come, or one would not have to wait. */
	err = port < 0 ? port : nexus_port_send(port, 1, NULL, 0);
	return err ? err : port;
}

static int send_one(const struct crowd *crowd)
{
	char data[DATA_SIZE] = { };

	return nexus_port_send(crowd->id, 1, data, sizeof(data));
}

static int receive_one(const struct crowd *crowd)
{
	char data[DATA_SIZE];
	int ret = nexus_port_recv(crowd->id, data, sizeof(data), NULL, 0);

	return ret < 0 ? ret : 0;
}

/* Those who acquire, without a deadline and with one that never comes. */

static int open_sem(void)
{
	return nexus_sem_create("nexus_bench", 0);
}

static int acquire(const struct crowd *crowd)
{
	return nexus_sem_acquire(crowd->id, NULL);
}

static int acquire_in_time(const struct crowd *crowd)
{
	static const struct __kernel_timespec never = { .tv_sec = INT_MAX };

	return nexus_sem_acquire(crowd->id, &never);
}

static int release(const struct crowd *crowd)
{
	return nexus_sem_release(crowd->id);
}

/* Get in line behind them and leave at once. */
static int give_up(const struct crowd *crowd)
{
	static const struct __kernel_timespec past = { .tv_nsec = 1 };
	int ret = nexus_sem_acquire(crowd->id, &past);

	return ret == -ETIMEDOUT ? 0 : -EBADMSG;
}

static const struct crowd_ops all_ops[] = {
	{
		.key = "wait-readers",
		.title = "send to a port while readers wait, 64 bytes",
		.type = NEXUS_TYPE_PORT,
		.sizes = { 1, 4, 16, 64 },
		.open = open_port,
		.wait = receive_one,
		.end = send_one,
	}, {
		.key = "wait-writers",
		.title = "receive from a full port while writers wait, 64 bytes",
		.type = NEXUS_TYPE_PORT,
		.sizes = { 1, 4, 16, 64 },
		.open = open_full_port,
		.wait = send_one,
		.end = receive_one,
	}, {
		.key = "wait-sem",
		.title = "release a semaphore while others wait",
		.type = NEXUS_TYPE_SEM,
		.sizes = { 1, 10, 100, 1000 },
		.open = open_sem,
		.wait = acquire,
		.end = release,
	}, {
		.key = "wait-sem-time",
		.title = "release a semaphore while others wait with deadlines",
		.type = NEXUS_TYPE_SEM,
		.sizes = { 1, 10, 100, 1000 },
		.open = open_sem,
		.wait = acquire_in_time,
		.end = release,
	}, {
		.key = "wait-sem-late",
		.title = "time out in line for a semaphore while others wait",
		.type = NEXUS_TYPE_SEM,
		.sizes = { 1, 10, 100, 1000 },
		.open = open_sem,
		.wait = acquire_in_time,
		.end = give_up,
	},
};

static void crowd_group(const struct crowd_ops *ops)
{
	struct crowd crowds[ARRAY_SIZE(ops->sizes)];
	struct crowd *crowd;
	struct group *group;
	char name[32];
	unsigned int i;
	int absent;

	group = group_add(ops->key, ops->title);
	if (!group)
		return;
	absent = nexus_absent();
	memset(crowds, 0, sizeof(crowds));
	for (i = 0; i < ARRAY_SIZE(crowds); i++) {
		crowd = &crowds[i];
		crowd->ops = ops;
		crowd->nr = ops->sizes[i];
		watchdog();
		crowd->err = absent ? absent : crowd_start(crowd);
		snprintf(name, sizeof(name), "%u waiting", crowd->nr);
		/* Most of the time goes into the sleep, which nobody counts. */
		row_add(group, name, run_crowd, crowd, crowd->err)->max_n = 200;
	}
	group_measure(group);
	for (i = 0; i < ARRAY_SIZE(crowds); i++) {
		if (crowds[i].pid > 0)
			end_peer(crowds[i].pid);
		if (crowds[i].id > 0)
			nexus_delete(ops->type, crowds[i].id);
	}
}

void bench_waiters(void)
{
	unsigned int i;

	measure_clock();
	for (i = 0; i < ARRAY_SIZE(all_ops); i++)
		crowd_group(&all_ops[i]);
}

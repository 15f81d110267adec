// SPDX-License-Identifier: GPL-2.0
/*
 * Does the number of tasks that wait on a port matter to those who use it?
 *
 * A process of 1 to 64 threads waits, all in nexus_port_recv() or all in
 * nexus_port_send() on a full port.  We send or receive one message, which
 * ends the wait of one of them, and time that call alone.  Then we sleep, so
 * that the thread can go back to wait.  As we run with SCHED_FIFO and the
 * threads do not, none of them runs before our call is done.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "nexus_sys.h"

#define DATA_SIZE	64

/**
 * struct crowd - threads that wait on a port
 * @nr:      how many
 * @writers: they send, otherwise they receive
 * @port:    the port
 * @pid:     their process
 * @err:     why it is of no use, or 0
 */
struct crowd {
	unsigned int nr;
	bool writers;
	int port;
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
	struct crowd *crowd = arg;
	char data[DATA_SIZE] = { };
	int ret;

	do {
		if (crowd->writers)
			ret = nexus_port_send(crowd->port, 1, data,
					      sizeof(data));
		else
			ret = nexus_port_recv(crowd->port, data, sizeof(data),
					      NULL, 0);
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
	int i, err;

	crowd->port = nexus_port_create("nexus_bench", 1);
	if (crowd->port < 0)
		return crowd->port;
	if (crowd->writers) {
		/* Fill it before they come, or one would not have to wait. */
		err = nexus_port_send(crowd->port, 1, NULL, 0);
		if (err)
			return err;
	}
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

static int end_one_wait(struct crowd *crowd)
{
	char data[DATA_SIZE] = { };
	int ret;

	if (crowd->writers)
		ret = nexus_port_recv(crowd->port, data, sizeof(data), NULL, 0);
	else
		ret = nexus_port_send(crowd->port, 1, data, sizeof(data));
	return ret < 0 ? ret : 0;
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
		err = end_one_wait(crowd);
		sum += now() - start;
	}
	set_fifo(false);
	clock = clock_cost * n;
	*elapsed = sum > clock ? sum - (__u64)clock : 0;
	return err;
}

static void crowd_group(const char *key, const char *title, bool writers,
			int absent)
{
	static const unsigned int sizes[] = { 1, 4, 16, 64 };
	struct crowd crowds[ARRAY_SIZE(sizes)];
	struct group *group;
	char name[32];
	unsigned int i;

	group = group_add(key, title);
	if (!group)
		return;
	memset(crowds, 0, sizeof(crowds));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		crowds[i].nr = sizes[i];
		crowds[i].writers = writers;
		watchdog();
		crowds[i].err = absent ?: crowd_start(&crowds[i]);
		snprintf(name, sizeof(name), "%u waiting", sizes[i]);
		/* Most of the time goes into the sleep, which nobody counts. */
		row_add(group, name, run_crowd, &crowds[i],
			crowds[i].err)->max_n = 200;
	}
	group_measure(group);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (crowds[i].pid > 0)
			end_peer(crowds[i].pid);
		if (crowds[i].port > 0)
			nexus_delete(NEXUS_TYPE_PORT, crowds[i].port);
	}
}

void bench_waiters(void)
{
	int absent = nexus_absent();

	measure_clock();
	crowd_group("wait-readers",
		    "send to a port while readers wait, 64 bytes", false,
		    absent);
	crowd_group("wait-writers",
		    "receive from a full port while writers wait, 64 bytes",
		    true, absent);
}

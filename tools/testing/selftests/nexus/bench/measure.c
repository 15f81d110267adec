// SPDX-License-Identifier: GPL-2.0
/*
 * Groups and rows, how they are timed, and the statistics.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

struct group groups[MAX_GROUPS];
unsigned int nr_groups;

/* Returns NULL for a group that was not asked for. */
struct group *group_add(const char *key, const char *title)
{
	struct group *group;

	if (opt.only && strncmp(key, opt.only, strlen(opt.only)))
		return NULL;
	if (nr_groups == MAX_GROUPS) {
		fprintf(stderr, "nexus_bench: MAX_GROUPS is too small\n");
		exit(1);
	}
	group = &groups[nr_groups++];
	group->key = key;
	group->title = title;
	group->batch = opt.batch;
	return group;
}

/* A row with an error is shown, but not measured. */
struct row *row_add(struct group *group, const char *name, run_fn run,
		    void *priv, int err)
{
	struct row *row;

	if (group->nr == MAX_ROWS) {
		fprintf(stderr, "nexus_bench: MAX_ROWS is too small\n");
		exit(1);
	}
	row = &group->row[group->nr++];
	snprintf(row->name, sizeof(row->name), "%s", name);
	row->run = run;
	row->priv = priv;
	row->err = err;
	return row;
}

/*
 * Is it what a kernel says that was built without the mechanism?  That is the
 * answer to a system call that never was or, as AF_UNIX is not a call of its
 * own, the one for an unknown family.
 */
bool err_is_absent(int err)
{
	static int unknown_call;

	if (!unknown_call && syscall(-1) < 0)
		unknown_call = -errno;
	return err < 0 && (err == unknown_call || err == -EAFNOSUPPORT);
}

static int row_run(struct row *row, unsigned long n, __u64 *elapsed)
{
	watchdog();
	row->err = row->run(row->priv, n, elapsed);
	return row->err;
}

/* Find out how many operations fill a batch; this also warms everything up. */
static void row_calibrate(struct row *row, __u64 batch)
{
	__u64 elapsed;
	unsigned long n;

	for (n = 8; ; n *= 2) {
		if (row->max_n && n > row->max_n)
			n = row->max_n;
		if (row_run(row, n, &elapsed))
			return;
		if (n == row->max_n || elapsed >= batch / 4)
			break;
	}
	row->n = n * batch / (elapsed ? elapsed : 1);
	if (row->max_n && row->n > row->max_n)
		row->n = row->max_n;
	if (row->n < 16)
		row->n = 16;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The sample at a quarter of the sorted ones, between two if need be. */
static double quartile(const struct row *row, unsigned int quarter)
{
	double at = (row->nr - 1) * quarter / 4.0;
	unsigned int i = (unsigned int)at;

	if (i + 1 == row->nr)
		return row->sample[i];
	return row->sample[i] +
	       (at - i) * (row->sample[i + 1] - row->sample[i]);
}

static void row_statistics(struct row *row)
{
	if (row->err || !row->nr)
		return;
	qsort(row->sample, row->nr, sizeof(row->sample[0]), compare_doubles);
	row->min = row->sample[0];
	row->q1 = quartile(row, 1);
	row->median = quartile(row, 2);
	row->q3 = quartile(row, 3);
	row->max = row->sample[row->nr - 1];
}

/*
 * One batch of each row in turn.  A row starts the turn as often as any
 * other, so none always follows the same one.
 */
void group_measure(struct group *group)
{
	unsigned int rep, i;
	struct row *row;
	__u64 elapsed;

	fprintf(stderr, "nexus_bench: %s\n", group->title);
	for (i = 0; i < group->nr; i++) {
		if (!group->row[i].err)
			row_calibrate(&group->row[i], group->batch);
	}
	for (rep = 0; rep < opt.reps; rep++) {
		for (i = 0; i < group->nr; i++) {
			row = &group->row[(i + rep) % group->nr];
			if (row->err || row_run(row, row->n, &elapsed))
				continue;
			row->sample[row->nr++] = (double)elapsed / row->n;
		}
	}
	for (i = 0; i < group->nr; i++)
		row_statistics(&group->row[i]);
}

/* Do something @n times and say how long it took. */
int timed(int (*loop)(void *arg, unsigned long n), void *arg, unsigned long n,
	  __u64 *elapsed)
{
	__u64 start;
	int err;

	/* The batch before this one was another mechanism's. */
	err = loop(arg, n / 8 + 2);
	if (err)
		return err;
	start = now();
	err = loop(arg, n);
	*elapsed = now() - start;
	return err;
}

/* Two instructions a turn on the architectures that can be checked. */
static bool spin(unsigned long turns)
{
#if defined(__x86_64__)
	asm volatile("1: dec %0\n\tjnz 1b" : "+r" (turns) : : "cc");
	return true;
#elif defined(__aarch64__)
	asm volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r" (turns) : : "cc");
	return true;
#else
	(void)turns;
	return false;
#endif
}

/*
 * Does one ns really stand for one instruction?  A number that is called
 * instructions but is time would be worse than none.
 */
int count_check(void)
{
	const unsigned long turns = 1000000;
	__u64 best = ~0ULL, start, took;
	int i;

	for (i = 0; i < 5; i++) {
		start = now();
		if (!spin(turns)) {
			fprintf(stderr,
				"nexus_bench: cannot check here that the clock counts instructions\n");
			return 0;
		}
		took = now() - start;
		if (took < best)
			best = took;
	}
	if (best >= 2 * turns - turns / 50 && best <= 2 * turns + turns / 50)
		return 0;
	fprintf(stderr,
		"nexus_bench: the clock does not count instructions: %lu took %llu ns\n",
		2 * turns, (unsigned long long)best);
	return -EINVAL;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nexus_bench: what its files share.
 *
 * A group is one operation, its rows are the mechanisms (or the numbers of
 * objects, or of waiting tasks) that are compared.  The rows of a group are
 * measured by turns, a batch each, so that whatever disturbs the machine
 * disturbs all of them.
 */
#ifndef NEXUS_BENCH_H
#define NEXUS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define MAX_REPS	99
#define MAX_ROWS	12
#define MAX_GROUPS	40
#define MAX_DATA	4096

/**
 * run_fn - do an operation @n times
 * @priv:    what the row was added with
 * @n:       how often
 * @elapsed: how long all of them took, in ns
 *
 * Returns 0 or a negative errno.
 */
typedef int (*run_fn)(void *priv, unsigned long n, __u64 *elapsed);

/**
 * struct row - one mechanism that does the operation of a group
 * @name:    of the mechanism
 * @run:     does the operation
 * @priv:    its argument
 * @err:     0, or why there is no result: negative errno
 * @max_n:   most operations in a batch, 0: no limit
 * @n:       operations in a batch
 * @nr:      samples
 * @sample:  cost of one operation, a sample per batch; sorted at the end
 * @min:     smallest sample
 * @q1:      first quartile
 * @median:  second quartile
 * @q3:      third quartile
 * @max:     largest sample
 */
struct row {
	char name[48];
	run_fn run;
	void *priv;
	int err;
	unsigned long max_n;
	unsigned long n;
	unsigned int nr;
	double sample[MAX_REPS];
	double min, q1, median, q3, max;
};

/**
 * struct group - rows that are compared with each other
 * @key:   short name for the command line, JSON and gates
 * @title: what is measured
 * @batch: length of a batch in ns
 * @nr:    rows
 * @row:   the rows; the others are shown relative to the first
 */
struct group {
	const char *key;
	const char *title;
	__u64 batch;
	unsigned int nr;
	struct row row[MAX_ROWS];
};

/**
 * struct options - command line
 * @unit:   what one ns of CLOCK_MONOTONIC is called in the results
 * @icount: one ns is one instruction
 * @gate:   judge the results
 * @reps:   batches per row
 * @batch:  length of a batch in ns
 * @json:   file for the results, or NULL
 * @only:   prefix of the keys of the groups to measure, or NULL
 */
struct options {
	const char *unit;
	bool icount;
	bool gate;
	unsigned int reps;
	__u64 batch;
	const char *json;
	const char *only;
};

extern struct options opt;

static inline __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000000000 + (__u64)ts.tv_nsec;
}

/* bench.c */
int set_limit(const char *path, unsigned long value);
void watchdog(void);
pid_t fork_peer(void);
void end_peer(pid_t pid);

/* measure.c */
extern struct group groups[MAX_GROUPS];
extern unsigned int nr_groups;
struct group *group_add(const char *key, const char *title);
struct row *row_add(struct group *group, const char *name, run_fn run,
		    void *priv, int err);
void group_measure(struct group *group);
int timed(int (*loop)(void *arg, unsigned long n), void *arg, unsigned long n,
	  __u64 *elapsed);
bool err_is_absent(int err);
int count_check(void);

/* report.c */
void print_table(FILE *out);
bool print_gates(FILE *out);
bool any_row_failed(void);
int write_json(FILE *out);

/* worker.c */

/**
 * struct worker - a process that does operations when it is told to
 * @init: in the process, first: makes what they are done with, or NULL.
 *        Returns 0 or a negative errno
 * @run:  in the process: does operation @op @n times and says how long all of
 *        them took.  Returns a negative errno if it failed
 * @arg:  for them
 * @data: for them, to be set in the process
 * @pid:  the process, 0 if there is none
 * @to:   pipe to it
 * @from: pipe from it
 * @err:  why it is of no use, or 0
 */
struct worker {
	int (*init)(struct worker *worker);
	int (*run)(struct worker *worker, int op, unsigned long n,
		   __u64 *elapsed);
	const void *arg;
	void *data;
	pid_t pid;
	int to;
	int from;
	int err;
};

int worker_start(struct worker *worker);
int worker_do(struct worker *worker, int op, unsigned long n, __u64 *elapsed);
int worker_run(void *priv, unsigned long n, __u64 *elapsed);
void worker_end(struct worker *worker);

/* memory.c */

struct memory;

/**
 * struct memory_ops - a kind of memory that can be read and written
 * @name: of it
 * @fd:   its id is a descriptor, which it does not need any more
 * @make: make memory of a size, at any address
 * @drop: undo @make
 *
 * Both return 0 or a negative errno.
 */
struct memory_ops {
	const char *name;
	bool fd;
	int (*make)(struct memory *mem, size_t size);
	int (*drop)(struct memory *mem);
};

/**
 * struct memory - memory of such a kind
 * @ops:   its kind
 * @addr:  where it is
 * @size:  bytes
 * @id:    descriptor or id
 * @other: id of what it was cloned from, or 0
 */
struct memory {
	const struct memory_ops *ops;
	char *addr;
	size_t size;
	int id;
	int other;
};

extern const struct memory_ops memfd_memory, memfd_private_memory;
extern const struct memory_ops zero_memory, sysv_memory;
extern const struct memory_ops area_memory, clone_memory;
extern size_t page_size;
void memory_write(const struct memory *mem, size_t size);
void memory_read(const struct memory *mem, size_t size);

/* channel.c */

/* The type is there for SysV messages, all others send the data only. */
struct message {
	long type;
	char data[MAX_DATA];
};

struct channel;

/**
 * struct channel_ops - a mechanism that carries messages
 * @name:     of the mechanism
 * @small:    carries no more than 8 bytes: measured along with 64 bytes
 * @no_data:  carries no data at all
 * @two_only: one task cannot send to itself
 * @open:     make both directions
 * @send:     send a message in a direction, wait for room
 * @recv:     receive a message from a direction, wait for it
 * @close:    undo @open
 *
 * Direction 0 leads to the other task, 1 back from it.  All return 0 or a
 * negative errno.
 */
struct channel_ops {
	const char *name;
	bool small;
	bool no_data;
	bool two_only;
	int (*open)(struct channel *ch);
	int (*send)(struct channel *ch, int dir, const struct message *msg);
	int (*recv)(struct channel *ch, int dir, struct message *msg);
	void (*close)(struct channel *ch);
};

/**
 * struct channel - an open channel_ops
 * @ops:   the mechanism
 * @size:  bytes in a message
 * @rd:    descriptors or ids to receive from, by direction
 * @wr:    descriptors or ids to send to
 * @words: shared memory, by direction
 * @peer:  the other task
 * @owed:  a semaphore that is to be released along with the next wait, or 0
 * @mem:   what is passed to the other task, if it is memory
 * @seq:   of the last message
 * @out:   message to send
 * @in:    message that was received
 */
struct channel {
	const struct channel_ops *ops;
	size_t size;
	int rd[2];
	int wr[2];
	__u32 *words;
	pid_t peer;
	int owed;
	struct memory mem;
	__u32 seq;
	struct message out;
	struct message in;
};

void bench_base(void);
void bench_channels(void);

/* peers.c */
extern const struct channel_ops pipe_ops, seqpacket_ops, mq_ops, sysv_ops;
extern const struct channel_ops eventfd_ops, futex_ops;
extern const struct channel_ops semop_ops, sem_t_ops;

/* port.c, sem.c, thread.c */
extern const struct channel_ops port_ops, port_code_ops, port_info_ops;
extern const struct channel_ops sem_ops, sem_switch_ops, sem_deadline_ops;
extern const struct channel_ops sem_handle_ops;
extern const struct channel_ops thread_ops, thread_info_ops;
int nexus_absent(void);

/* pass.c */
#define PASS_MESSAGE	16	/* bytes of the message that passes memory */
extern const struct channel_ops pass_memfd_ops, pass_sysv_ops, pass_area_ops;

/* life.c, file.c, poll.c, area.c, nodemon.c, scale.c, waiters.c */
bool life_child(void);
int run_fork(void *priv, unsigned long n, __u64 *elapsed);
void bench_life(void);
void bench_files(void);
void bench_poll(void);
void bench_areas(void);
void bench_nodemon(void);
void bench_scale(void);
void bench_waiters(void);
void bench_devfs(void);

#endif /* NEXUS_BENCH_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * Messages from one process to another and back, and from a task to itself:
 * the same code for every mechanism, which is a struct channel_ops.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

/* Most mechanisms in a group. */
#define MAX_OPS	11

static const struct channel_ops * const message_ops[MAX_OPS] = {
	&pipe_ops,
	&seqpacket_ops,
	&mq_ops,
	&sysv_ops,
	&eventfd_ops,
	&futex_ops,
	&port_ops,
	&port_code_ops,
	&port_info_ops,
	&thread_ops,
	&thread_info_ops,
};

static const struct channel_ops * const turn_ops[MAX_OPS] = {
	&eventfd_ops,
	&semop_ops,
	&sem_t_ops,
	&sem_ops,
	&sem_switch_ops,
};

static const struct channel_ops * const pair_ops[MAX_OPS] = {
	&eventfd_ops,
	&semop_ops,
	&sem_t_ops,
	&sem_ops,
	&sem_deadline_ops,
	&sem_handle_ops,
};

static const struct channel_ops * const pass_ops[MAX_OPS] = {
	&pass_memfd_ops,
	&pass_sysv_ops,
	&pass_area_ops,
};

/* There and back again; the number in the message must come back too. */
static int round_trips(void *arg, unsigned long n)
{
	struct channel *ch = arg;
	__u64 value;
	int err;

	while (n--) {
		value = ++ch->seq;
		memcpy(ch->out.data, &value, sizeof(value));
		err = ch->ops->send(ch, 0, &ch->out);
		if (err)
			return err;
		err = ch->ops->recv(ch, 1, &ch->in);
		if (err)
			return err;
		memcpy(&value, ch->in.data, sizeof(value));
		if (value != ch->seq && !ch->ops->no_data)
			return -EBADMSG;
	}
	return 0;
}

static int send_recvs(void *arg, unsigned long n)
{
	struct channel *ch = arg;
	__u64 value;
	int err;

	while (n--) {
		value = ++ch->seq;
		memcpy(ch->out.data, &value, sizeof(value));
		err = ch->ops->send(ch, 0, &ch->out);
		if (err)
			return err;
		err = ch->ops->recv(ch, 0, &ch->in);
		if (err)
			return err;
		memcpy(&value, ch->in.data, sizeof(value));
		if (value != ch->seq && !ch->ops->no_data)
			return -EBADMSG;
	}
	return 0;
}

static int run_round_trips(void *priv, unsigned long n, __u64 *elapsed)
{
	return timed(round_trips, priv, n, elapsed);
}

static int run_send_recvs(void *priv, unsigned long n, __u64 *elapsed)
{
	return timed(send_recvs, priv, n, elapsed);
}

/* The other process: sends back what it gets until it is killed. */
static void echo(struct channel *ch)
{
	int err;

	do {
		err = ch->ops->recv(ch, 0, &ch->in);
		if (!err)
			err = ch->ops->send(ch, 1, &ch->in);
	} while (!err);
	fprintf(stderr, "nexus_bench: %s, second process: %s\n",
		ch->ops->name, strerror(-err));
	_exit(1);
}

static int channel_open(struct channel *ch, bool peer)
{
	int err;

	ch->out.type = 1;
	ch->in.type = 1;
	err = ch->ops->open(ch);
	if (err || !peer)
		return err;
	ch->peer = fork_peer();
	if (ch->peer < 0) {
		err = ch->peer;
		ch->peer = 0;
		ch->ops->close(ch);
		return err;
	}
	if (!ch->peer)
		echo(ch);
	return 0;
}

static void channel_close(struct channel *ch)
{
	if (ch->peer)
		end_peer(ch->peer);
	ch->ops->close(ch);
}

static void bench_group(const char *key, const char *title,
			const struct channel_ops * const *ops, size_t size,
			bool peer)
{
	struct channel *chs = calloc(MAX_OPS, sizeof(*chs));
	bool open[MAX_OPS] = { };
	struct group *group;
	struct channel *ch;
	unsigned int i;
	int err;

	group = group_add(key, title);
	if (!group || !chs) {
		free(chs);
		return;
	}
	for (i = 0; i < MAX_OPS && ops[i]; i++) {
		ch = &chs[i];
		ch->ops = ops[i];
		ch->size = size;
		if ((ch->ops->small && size > 64) ||
		    (ch->ops->two_only && !peer))
			continue;
		err = channel_open(ch, peer);
		open[i] = !err;
		row_add(group, ch->ops->name,
			peer ? run_round_trips : run_send_recvs, ch, err);
	}
	group_measure(group);
	for (i = 0; i < MAX_OPS; i++) {
		if (open[i])
			channel_close(&chs[i]);
	}
	free(chs);
}

void bench_channels(void)
{
	bench_group("rt64", "round trip between two processes, 64 bytes",
		    message_ops, 64, true);
	bench_group("rt4096", "round trip between two processes, 4096 bytes",
		    message_ops, 4096, true);
	bench_group("self64", "send and receive in one task, 64 bytes",
		    message_ops, 64, false);
	bench_group("self4096", "send and receive in one task, 4096 bytes",
		    message_ops, 4096, false);
	bench_group("sem-turn", "round trip between two processes, no data",
		    turn_ops, 8, true);
	bench_group("sem-pair", "release and acquire, nobody waits", pair_ops,
		    8, false);
	bench_group("area-pass", "pass 1 MiB to another process, which uses it",
		    pass_ops, PASS_MESSAGE, true);
}

/* syscall(), as libc may answer getppid() and its kind by itself. */
static int run_getppid(void *priv, unsigned long n, __u64 *elapsed)
{
	__u64 start = now();
	unsigned long i;

	for (i = 0; i < n; i++)
		syscall(SYS_getppid);
	*elapsed = now() - start;
	return 0;
}

static int run_clock(void *priv, unsigned long n, __u64 *elapsed)
{
	__u64 start = now();
	unsigned long i;

	for (i = 0; i < n; i++)
		now();
	*elapsed = now() - start;
	return 0;
}

void bench_base(void)
{
	struct group *group = group_add("base", "for scale");

	if (!group)
		return;
	row_add(group, "null system call (getppid)", run_getppid, NULL, 0);
	row_add(group, "clock_gettime(CLOCK_MONOTONIC)", run_clock, NULL, 0);
	group_measure(group);
}

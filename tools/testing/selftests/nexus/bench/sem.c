// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus semaphores as a channel without data: one semaphore for each
 * direction.  To send is to release it, to receive is to acquire it.
 */
#include <limits.h>

#include "bench.h"
#include "nexus_sys.h"

static int sem_channel_open(struct channel *ch)
{
	int dir, sem;

	for (dir = 0; dir < 2; dir++) {
		sem = nexus_sem_create("nexus_bench", 0);
		if (sem < 0) {
			if (dir)
				nexus_delete(NEXUS_TYPE_SEM, ch->rd[0]);
			return sem;
		}
		ch->rd[dir] = sem;
	}
	return 0;
}

static int sem_channel_send(struct channel *ch, int dir,
			    const struct message *msg)
{
	return nexus_sem_release(ch->rd[dir]);
}

static int sem_channel_recv(struct channel *ch, int dir, struct message *msg)
{
	return nexus_sem_acquire(ch->rd[dir], NULL);
}

static void sem_channel_close(struct channel *ch)
{
	nexus_delete(NEXUS_TYPE_SEM, ch->rd[0]);
	nexus_delete(NEXUS_TYPE_SEM, ch->rd[1]);
}

/* Release the one and wait for the other in one system call. */

static int sem_switch_send(struct channel *ch, int dir,
			   const struct message *msg)
{
	ch->owed = ch->rd[dir];
	return 0;
}

static int sem_switch_recv(struct channel *ch, int dir, struct message *msg)
{
	int owed = ch->owed;

	ch->owed = 0;
	return nexus_sem_switch(owed ? owed : -1, ch->rd[dir]);
}

static int sem_deadline_recv(struct channel *ch, int dir, struct message *msg)
{
	static const struct __kernel_timespec never = { .tv_sec = INT_MAX };

	return nexus_sem_acquire(ch->rd[dir], &never);
}

/* Somebody could poll it, though nobody does. */

static int sem_handle_open(struct channel *ch)
{
	int fd, err = sem_channel_open(ch);

	if (err)
		return err;
	fd = nexus_open(NEXUS_TYPE_SEM, ch->rd[0]);
	if (fd < 0) {
		sem_channel_close(ch);
		return fd;
	}
	ch->wr[0] = fd;
	return 0;
}

static void sem_handle_close(struct channel *ch)
{
	close(ch->wr[0]);
	sem_channel_close(ch);
}

const struct channel_ops sem_ops = {
	.name = "Nexus semaphore, plain",
	.small = true,
	.no_data = true,
	.open = sem_channel_open,
	.send = sem_channel_send,
	.recv = sem_channel_recv,
	.close = sem_channel_close,
};

const struct channel_ops sem_switch_ops = {
	.name = "Nexus semaphore, switch",
	.small = true,
	.no_data = true,
	.two_only = true,
	.open = sem_channel_open,
	.send = sem_switch_send,
	.recv = sem_switch_recv,
	.close = sem_channel_close,
};

const struct channel_ops sem_deadline_ops = {
	.name = "Nexus semaphore, with deadline",
	.small = true,
	.no_data = true,
	.open = sem_channel_open,
	.send = sem_channel_send,
	.recv = sem_deadline_recv,
	.close = sem_channel_close,
};

const struct channel_ops sem_handle_ops = {
	.name = "Nexus semaphore, with handle",
	.small = true,
	.no_data = true,
	.open = sem_handle_open,
	.send = sem_channel_send,
	.recv = sem_channel_recv,
	.close = sem_handle_close,
};

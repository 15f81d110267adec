// SPDX-License-Identifier: GPL-2.0
/*
 * What Linux has had: pipes, sockets, both kinds of message queues and of
 * semaphores, eventfd and futexes.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <semaphore.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/futex.h>

#include "bench.h"

/* A message is whole or it is an error. */
static int whole(ssize_t ret, size_t size)
{
	if (ret < 0)
		return -errno;
	return (size_t)ret == size ? 0 : -EMSGSIZE;
}

static void close_fds(struct channel *ch)
{
	int dir;

	for (dir = 0; dir < 2; dir++) {
		close(ch->rd[dir]);
		if (ch->wr[dir] != ch->rd[dir])
			close(ch->wr[dir]);
	}
}

/* Pipes: one for each direction. */

static int pipe_open(struct channel *ch)
{
	int dir, err, fds[2][2];

	for (dir = 0; dir < 2; dir++) {
		if (!pipe2(fds[dir], O_CLOEXEC)) {
			ch->rd[dir] = fds[dir][0];
			ch->wr[dir] = fds[dir][1];
			continue;
		}
		err = -errno;
		if (dir) {
			close(fds[0][0]);
			close(fds[0][1]);
		}
		return err;
	}
	return 0;
}

static int pipe_send(struct channel *ch, int dir, const struct message *msg)
{
	return whole(write(ch->wr[dir], msg->data, ch->size), ch->size);
}

static int pipe_recv(struct channel *ch, int dir, struct message *msg)
{
	return whole(read(ch->rd[dir], msg->data, ch->size), ch->size);
}

const struct channel_ops pipe_ops = {
	.name = "pipe",
	.open = pipe_open,
	.send = pipe_send,
	.recv = pipe_recv,
	.close = close_fds,
};

/* AF_UNIX SOCK_SEQPACKET: one pair of sockets is both directions. */

static int seqpacket_open(struct channel *ch)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	ch->wr[0] = fds[0];
	ch->rd[0] = fds[1];
	ch->wr[1] = fds[1];
	ch->rd[1] = fds[0];
	return 0;
}

static int seqpacket_send(struct channel *ch, int dir,
			  const struct message *msg)
{
	return whole(send(ch->wr[dir], msg->data, ch->size, 0), ch->size);
}

static int seqpacket_recv(struct channel *ch, int dir, struct message *msg)
{
	return whole(recv(ch->rd[dir], msg->data, ch->size, 0), ch->size);
}

static void seqpacket_close(struct channel *ch)
{
	close(ch->wr[0]);
	close(ch->rd[0]);
}

const struct channel_ops seqpacket_ops = {
	.name = "AF_UNIX seqpacket",
	.open = seqpacket_open,
	.send = seqpacket_send,
	.recv = seqpacket_recv,
	.close = seqpacket_close,
};

/* POSIX message queues: one for each direction, without a name. */

static int mq_channel_open(struct channel *ch)
{
	struct mq_attr attr = {
		.mq_maxmsg = 8,
		.mq_msgsize = (long)ch->size,
	};
	char name[NAME_MAX];
	int dir, err;

	for (dir = 0; dir < 2; dir++) {
		snprintf(name, sizeof(name), "/nexus_bench.%d.%zu.%d",
			 (int)getpid(), ch->size, dir);
		ch->rd[dir] = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600,
				      &attr);
		if (ch->rd[dir] < 0) {
			err = -errno;
			if (dir)
				mq_close(ch->rd[0]);
			return err;
		}
		mq_unlink(name);
	}
	return 0;
}

static int mq_channel_send(struct channel *ch, int dir,
			   const struct message *msg)
{
	return mq_send(ch->rd[dir], msg->data, ch->size, 0) ? -errno : 0;
}

static int mq_channel_recv(struct channel *ch, int dir, struct message *msg)
{
	return whole(mq_receive(ch->rd[dir], msg->data, ch->size, NULL),
		     ch->size);
}

static void mq_channel_close(struct channel *ch)
{
	mq_close(ch->rd[0]);
	mq_close(ch->rd[1]);
}

const struct channel_ops mq_ops = {
	.name = "POSIX mq",
	.open = mq_channel_open,
	.send = mq_channel_send,
	.recv = mq_channel_recv,
	.close = mq_channel_close,
};

/* SysV message queues: one for each direction. */

static int sysv_open(struct channel *ch)
{
	int dir, err;

	for (dir = 0; dir < 2; dir++) {
		ch->rd[dir] = msgget(IPC_PRIVATE, 0600);
		if (ch->rd[dir] < 0) {
			err = -errno;
			if (dir)
				msgctl(ch->rd[0], IPC_RMID, NULL);
			return err;
		}
	}
	return 0;
}

static int sysv_send(struct channel *ch, int dir, const struct message *msg)
{
	return msgsnd(ch->rd[dir], msg, ch->size, 0) ? -errno : 0;
}

static int sysv_recv(struct channel *ch, int dir, struct message *msg)
{
	return whole(msgrcv(ch->rd[dir], msg, ch->size, 0, 0), ch->size);
}

static void sysv_close(struct channel *ch)
{
	msgctl(ch->rd[0], IPC_RMID, NULL);
	msgctl(ch->rd[1], IPC_RMID, NULL);
}

const struct channel_ops sysv_ops = {
	.name = "SysV msg",
	.open = sysv_open,
	.send = sysv_send,
	.recv = sysv_recv,
	.close = sysv_close,
};

/* eventfd: a counter, so what it carries is a number other than 0. */

static int eventfd_open(struct channel *ch)
{
	int dir, err;

	for (dir = 0; dir < 2; dir++) {
		ch->rd[dir] = eventfd(0, EFD_CLOEXEC);
		if (ch->rd[dir] < 0) {
			err = -errno;
			if (dir)
				close(ch->rd[0]);
			return err;
		}
		ch->wr[dir] = ch->rd[dir];
	}
	return 0;
}

static int eventfd_send(struct channel *ch, int dir,
			const struct message *msg)
{
	return whole(write(ch->wr[dir], msg->data, 8), 8);
}

static int eventfd_recv(struct channel *ch, int dir, struct message *msg)
{
	return whole(read(ch->rd[dir], msg->data, 8), 8);
}

const struct channel_ops eventfd_ops = {
	.name = "eventfd (8 bytes)",
	.small = true,
	.open = eventfd_open,
	.send = eventfd_send,
	.recv = eventfd_recv,
	.close = close_fds,
};

/* futex: a word in shared memory for each direction, 1 when it is there. */

static int futex_open(struct channel *ch)
{
	__u32 *words;

	words = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (words == MAP_FAILED)
		return -errno;
	/* Nobody waits on it, but the kernel must know the call. */
	if (syscall(SYS_futex, words, FUTEX_WAKE, 1, NULL, NULL, 0) < 0) {
		int err = -errno;

		munmap(words, 4096);
		return err;
	}
	ch->words = words;
	return 0;
}

static int futex_send(struct channel *ch, int dir, const struct message *msg)
{
	__u32 *word = &ch->words[dir];

	__atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
	if (syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0) < 0)
		return -errno;
	return 0;
}

static int futex_recv(struct channel *ch, int dir, struct message *msg)
{
	__u32 *word = &ch->words[dir];

	while (!__atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST)) {
		if (syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0) < 0 &&
		    errno != EAGAIN)
			return -errno;
	}
	return 0;
}

static void futex_close(struct channel *ch)
{
	munmap(ch->words, 4096);
}

const struct channel_ops futex_ops = {
	.name = "futex (no data)",
	.small = true,
	.no_data = true,
	.two_only = true,
	.open = futex_open,
	.send = futex_send,
	.recv = futex_recv,
	.close = futex_close,
};

/* SysV semaphores: a set of two. */

static int semop_open(struct channel *ch)
{
	ch->rd[0] = semget(IPC_PRIVATE, 2, 0600);
	return ch->rd[0] < 0 ? -errno : 0;
}

static int semop_do(struct channel *ch, int dir, short op)
{
	struct sembuf sop = {
		.sem_num = (unsigned short)dir,
		.sem_op = op,
	};

	return semop(ch->rd[0], &sop, 1) ? -errno : 0;
}

static int semop_send(struct channel *ch, int dir, const struct message *msg)
{
	return semop_do(ch, dir, 1);
}

static int semop_recv(struct channel *ch, int dir, struct message *msg)
{
	return semop_do(ch, dir, -1);
}

static void semop_close(struct channel *ch)
{
	semctl(ch->rd[0], 0, IPC_RMID);
}

const struct channel_ops semop_ops = {
	.name = "SysV semop",
	.small = true,
	.no_data = true,
	.open = semop_open,
	.send = semop_send,
	.recv = semop_recv,
	.close = semop_close,
};

/* sem_t: an atomic operation, and a futex where somebody has to wait. */

static sem_t *sem_t_of(struct channel *ch, int dir)
{
	return (sem_t *)ch->words + dir;
}

static int sem_t_open(struct channel *ch)
{
	int err = futex_open(ch);

	if (!err && (sem_init(sem_t_of(ch, 0), 1, 0) ||
		     sem_init(sem_t_of(ch, 1), 1, 0))) {
		err = -errno;
		futex_close(ch);
	}
	return err;
}

static int sem_t_send(struct channel *ch, int dir, const struct message *msg)
{
	return sem_post(sem_t_of(ch, dir)) ? -errno : 0;
}

static int sem_t_recv(struct channel *ch, int dir, struct message *msg)
{
	return sem_wait(sem_t_of(ch, dir)) ? -errno : 0;
}

const struct channel_ops sem_t_ops = {
	.name = "POSIX sem_t (futex)",
	.small = true,
	.no_data = true,
	.open = sem_t_open,
	.send = sem_t_send,
	.recv = sem_t_recv,
	.close = futex_close,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Memory as a message: the first process passes 1 MiB to the second, which
 * maps it, writes to each page, unmaps it and answers.
 *
 * What says which memory it is goes the same way in all cases, through an
 * AF_UNIX socket: a descriptor along with a message, or an id in it.  Programs
 * of BeOS have ids from a port, from find_area() or from before, and use one
 * as often as they like; so to call clone_area() is all that many of them do.
 * But somebody has to say when the memory is ready, and to wait for a message
 * is a good part of it: to count that for the memfd alone would not be fair.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "nexus_sys.h"

#define PASS_SIZE	(1024 * 1024)

/* What is sent, and sent back as it is: round_trips() looks at the number. */
struct pass {
	__u64 seq;
	__s32 id;
	__u32 __pad;
};

static_assert(sizeof(struct pass) == PASS_MESSAGE, "see bench.h");

static struct pass *pass_of(struct message *msg)
{
	return (struct pass *)msg->data;
}

static void pass_close(struct channel *ch)
{
	ch->mem.ops->drop(&ch->mem);
	seqpacket_ops.close(ch);
}

/* Memory that the first process has mapped and used, and a socket. */
static int pass_open(struct channel *ch, const struct memory_ops *ops)
{
	int err = seqpacket_ops.open(ch);

	if (err)
		return err;
	ch->mem.ops = ops;
	err = ops->make(&ch->mem, PASS_SIZE);
	if (err) {
		seqpacket_ops.close(ch);
		return err;
	}
	memory_write(&ch->mem, PASS_SIZE);
	pass_of(&ch->out)->id = ch->mem.id;
	/* The second process has only what it is passed. */
	if (madvise(ch->mem.addr, PASS_SIZE, MADV_DONTFORK)) {
		err = -errno;
		pass_close(ch);
	}
	return err;
}

static int pass_send(struct channel *ch, int dir, const struct message *msg)
{
	return seqpacket_ops.send(ch, dir, msg);
}

/* The second process: use it once. */
static void use(void *addr)
{
	struct memory mem = { .addr = addr };

	memory_write(&mem, PASS_SIZE);
}

/* A memfd: to receive it makes a descriptor. */

static int memfd_open(struct channel *ch)
{
	return pass_open(ch, &memfd_memory);
}

union fd_message {
	char buf[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static int memfd_send(struct channel *ch, int dir, const struct message *msg)
{
	struct iovec iov = {
		.iov_base = (void *)msg->data,
		.iov_len = ch->size,
	};
	union fd_message control = { };
	struct msghdr hdr = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&hdr);
	ssize_t ret;

	if (dir)
		return pass_send(ch, dir, msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &ch->mem.id, sizeof(int));
	ret = sendmsg(ch->wr[dir], &hdr, 0);
	if (ret < 0)
		return -errno;
	return (size_t)ret == ch->size ? 0 : -EMSGSIZE;
}

/* Returns the descriptor. */
static int memfd_receive(struct channel *ch, struct message *msg)
{
	struct iovec iov = { .iov_base = msg->data, .iov_len = ch->size };
	union fd_message control;
	struct msghdr hdr = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *cmsg;
	ssize_t ret;
	int fd;

	ret = recvmsg(ch->rd[0], &hdr, MSG_CMSG_CLOEXEC);
	if (ret < 0)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&hdr);
	if ((size_t)ret != ch->size || !cmsg ||
	    cmsg->cmsg_type != SCM_RIGHTS)
		return -EBADMSG;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

static int memfd_recv(struct channel *ch, int dir, struct message *msg)
{
	void *addr;
	int fd, err = 0;

	if (dir)
		return seqpacket_ops.recv(ch, dir, msg);
	fd = memfd_receive(ch, msg);
	if (fd < 0)
		return fd;
	addr = mmap(NULL, PASS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	if (addr == MAP_FAILED) {
		err = -errno;
	} else {
		use(addr);
		if (munmap(addr, PASS_SIZE))
			err = -errno;
	}
	close(fd);
	return err;
}

const struct channel_ops pass_memfd_ops = {
	.name = "memfd",
	.open = memfd_open,
	.send = memfd_send,
	.recv = memfd_recv,
	.close = pass_close,
};

/* SysV shared memory, by its id. */

static int sysv_shm_open(struct channel *ch)
{
	return pass_open(ch, &sysv_memory);
}

static int sysv_shm_recv(struct channel *ch, int dir, struct message *msg)
{
	int err = seqpacket_ops.recv(ch, dir, msg);
	void *addr;

	if (err || dir)
		return err;
	addr = shmat(pass_of(msg)->id, NULL, 0);
	if (addr == (void *)-1)
		return -errno;
	use(addr);
	return shmdt(addr) ? -errno : 0;
}

const struct channel_ops pass_sysv_ops = {
	.name = "SysV shared memory",
	.open = sysv_shm_open,
	.send = pass_send,
	.recv = sysv_shm_recv,
	.close = pass_close,
};

/* An area. */

static int area_open(struct channel *ch)
{
	return pass_open(ch, &area_memory);
}

static int area_recv(struct channel *ch, int dir, struct message *msg)
{
	int area, err = seqpacket_ops.recv(ch, dir, msg);
	void *addr;

	if (err || dir)
		return err;
	area = nexus_area_clone("nexus_bench", pass_of(msg)->id, &addr);
	if (area < 0)
		return area;
	use(addr);
	return nexus_delete(NEXUS_TYPE_AREA, area);
}

const struct channel_ops pass_area_ops = {
	.name = "Nexus area",
	.open = area_open,
	.send = pass_send,
	.recv = area_recv,
	.close = pass_close,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: nodes that are one ring of bytes for all.
 *
 * This is what ModuOS makes of a node that a program registers.  Whoever has it
 * open reads what anybody has written, the writer included; there are no
 * messages and no clients to be told apart.  Servers that know better have
 * requests in a port.  Unlike there, a read returns what there is once there is
 * anything, and who writes waits for room.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "user.h"

/**
 * struct devfs_mailbox - a node that is a ring
 * @service: what the other kind has, too
 * @lock:    protects the ring
 * @ring:    bytes that were written and not yet read
 * @wait:    those who wait for bytes or for room, or poll
 * @gone:    the server has closed its descriptor
 */
struct devfs_mailbox {
	struct devfs_service service;
	spinlock_t lock;		/* for the ring */
	DECLARE_KFIFO(ring, u8, DEVFS_MAILBOX_SIZE);
	wait_queue_head_t wait;
	bool gone;
};

static struct devfs_mailbox *to_mailbox(struct devfs_service *service)
{
	return container_of(service, struct devfs_mailbox, service);
}

static bool devfs_mailbox_gone(const struct devfs_mailbox *box)
{
	return READ_ONCE(box->gone);
}

static size_t devfs_mailbox_get(struct devfs_mailbox *box, void *buf,
				size_t count)
{
	size_t done;

	scoped_guard(spinlock, &box->lock)
		done = kfifo_out(&box->ring, (u8 *)buf, count);
	if (done)
		wake_up_interruptible_poll(&box->wait,
					   EPOLLOUT | EPOLLWRNORM);
	return done;
}

static size_t devfs_mailbox_put(struct devfs_mailbox *box, const void *buf,
				size_t count)
{
	size_t done;

	scoped_guard(spinlock, &box->lock)
		done = kfifo_in(&box->ring, (const u8 *)buf, count);
	if (done)
		wake_up_interruptible_poll(&box->wait, EPOLLIN | EPOLLRDNORM);
	return done;
}

static ssize_t devfs_mailbox_read(void *ctx, void *buf, size_t count,
				  int flags)
{
	struct devfs_mailbox *box = to_mailbox(ctx);
	size_t done = 0;
	int err;

	if (flags & O_NONBLOCK) {
		done = devfs_mailbox_get(box, buf, count);
		return done || devfs_mailbox_gone(box) ? done : -EAGAIN;
	}
	err = wait_event_interruptible(box->wait,
				       (done = devfs_mailbox_get(box, buf,
								 count)) ||
				       devfs_mailbox_gone(box));
	return err ?: done;
}

static ssize_t devfs_mailbox_write(void *ctx, const void *buf, size_t count,
				   int flags)
{
	struct devfs_mailbox *box = to_mailbox(ctx);
	size_t done = 0;
	int err;

	if (devfs_mailbox_gone(box))
		return -EPIPE;
	if (flags & O_NONBLOCK)
		return devfs_mailbox_put(box, buf, count) ?: -EAGAIN;
	err = wait_event_interruptible(box->wait,
				       (done = devfs_mailbox_put(box, buf,
								 count)) ||
				       devfs_mailbox_gone(box));
	if (err)
		return err;
	return done ?: -EPIPE;
}

static __poll_t devfs_mailbox_poll(void *ctx, struct file *file,
				   poll_table *wait_on)
{
	struct devfs_mailbox *box = to_mailbox(ctx);
	__poll_t events = 0;

	poll_wait(file, &box->wait, wait_on);
	if (devfs_mailbox_gone(box))
		return EPOLLERR | EPOLLHUP;
	guard(spinlock)(&box->lock);
	if (!kfifo_is_empty(&box->ring))
		events |= EPOLLIN | EPOLLRDNORM;
	if (!kfifo_is_full(&box->ring))
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

static void devfs_mailbox_revoke(void *ctx)
{
	wake_up_poll(&to_mailbox(ctx)->wait, EPOLLERR | EPOLLHUP);
}

static void devfs_mailbox_release(void *ctx)
{
	devfs_service_put(ctx);
}

#define DEVFS_MAILBOX_OPS(_read, _write) {		\
	.name		= "mailbox",			\
	.poll		= devfs_mailbox_poll,		\
	.revoke		= devfs_mailbox_revoke,		\
	.release	= devfs_mailbox_release,	\
	.io_max		= DEVFS_MAILBOX_SIZE,		\
	.read_flags	= _read,			\
	.write_flags	= _write,			\
}

static const struct devfs_device_ops devfs_mailbox_tables[] = {
	[DEVFS_SERVE_READ] = DEVFS_MAILBOX_OPS(devfs_mailbox_read, NULL),
	[DEVFS_SERVE_WRITE] = DEVFS_MAILBOX_OPS(NULL, devfs_mailbox_write),
	[DEVFS_SERVE_READ | DEVFS_SERVE_WRITE] =
		DEVFS_MAILBOX_OPS(devfs_mailbox_read, devfs_mailbox_write),
};

/**
 * devfs_mailbox_ops - what a node does that is a ring
 * @flags: DEVFS_SERVE_READ, DEVFS_SERVE_WRITE or both
 *
 * Return: the table of callbacks.
 */
const struct devfs_device_ops *devfs_mailbox_ops(u32 flags)
{
	return &devfs_mailbox_tables[flags];
}

/* ---- the server's descriptor, for which it is the same ring ---- */

static int devfs_mailbox_flags(const struct kiocb *iocb)
{
	int flags = iocb->ki_filp->f_flags;

	return iocb->ki_flags & IOCB_NOWAIT ? flags | O_NONBLOCK : flags;
}

static ssize_t devfs_mailbox_fd_read(struct kiocb *iocb, struct iov_iter *to)
{
	size_t count = min_t(size_t, iov_iter_count(to), DEVFS_MAILBOX_SIZE);
	struct devfs_service *service = iocb->ki_filp->private_data;
	ssize_t ret;
	void *buf;

	if (!count)
		return 0;
	buf = kzalloc(count, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;
	ret = devfs_mailbox_read(service, buf, count,
				 devfs_mailbox_flags(iocb));
	if (ret > 0 && copy_to_iter(buf, ret, to) != ret)
		ret = -EFAULT;
	kfree(buf);
	return ret;
}

static ssize_t devfs_mailbox_fd_write(struct kiocb *iocb,
				      struct iov_iter *from)
{
	size_t count = min_t(size_t, iov_iter_count(from), DEVFS_MAILBOX_SIZE);
	struct devfs_service *service = iocb->ki_filp->private_data;
	ssize_t ret = -EFAULT;
	void *buf;

	if (!count)
		return 0;
	buf = kmalloc(count, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;
	if (copy_from_iter_full(buf, count, from))
		ret = devfs_mailbox_write(service, buf, count,
					  devfs_mailbox_flags(iocb));
	kfree(buf);
	return ret;
}

static __poll_t devfs_mailbox_fd_poll(struct file *file, poll_table *wait_on)
{
	return devfs_mailbox_poll(file->private_data, file, wait_on);
}

static int devfs_mailbox_fd_release(struct inode *inode, struct file *file)
{
	struct devfs_mailbox *box = to_mailbox(file->private_data);

	WRITE_ONCE(box->gone, true);
	wake_up_poll(&box->wait, EPOLLERR | EPOLLHUP);
	if (box->service.node)
		devfs_remove(box->service.node);
	devfs_uncharge(&box->service);
	devfs_service_put(&box->service);
	return 0;
}

const struct file_operations devfs_mailbox_fops = {
	.read_iter	= devfs_mailbox_fd_read,
	.write_iter	= devfs_mailbox_fd_write,
	.poll		= devfs_mailbox_fd_poll,
	.release	= devfs_mailbox_fd_release,
};

static void devfs_mailbox_free(struct devfs_service *service)
{
	kfree(to_mailbox(service));
}

/* It goes with the descriptor only, which nobody has had so far. */
static bool devfs_mailbox_added(struct devfs_service *service)
{
	return true;
}

/**
 * devfs_mailbox_new - get ready for a node that is a ring
 *
 * Return: what both kinds of nodes have of it, or an ERR_PTR.
 */
struct devfs_service *devfs_mailbox_new(void)
{
	struct devfs_mailbox *box = kzalloc_obj(*box, GFP_KERNEL_ACCOUNT);

	if (!box)
		return ERR_PTR(-ENOMEM);
	refcount_set(&box->service.refs, 1);
	box->service.added = devfs_mailbox_added;
	box->service.free = devfs_mailbox_free;
	spin_lock_init(&box->lock);
	INIT_KFIFO(box->ring);
	init_waitqueue_head(&box->wait);
	return &box->service;
}

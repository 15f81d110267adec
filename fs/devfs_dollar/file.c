// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: open files of nodes.
 *
 * A callback only runs between devfs_active_get() and devfs_active_put(), but
 * for close() and release(), which a file's last reference brings about.  The
 * module that has them is pinned as long as the file is open.  The memory of a
 * program is never touched between the two: that can take as long as it likes,
 * and who takes a node away waits for the callbacks.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/uio.h>

#include "internal.h"

/* Buffers up to here need no memory: events, lines of text. */
#define DEVFS_ON_STACK	128

/* What open() and the others are told of the file's flags. */
#define DEVFS_OPEN_FLAGS	(~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC))

/* The node has gone.  What programs served ends as a pipe does. */
static ssize_t devfs_gone_error(const struct devfs_node *node, bool write)
{
	if (node->reg.kind != DEVFS_OWNER_USER)
		return -ENODEV;
	return write ? -EPIPE : 0;
}

static int devfs_flags(const struct kiocb *iocb)
{
	int flags = iocb->ki_filp->f_flags;

	return iocb->ki_flags & IOCB_NOWAIT ? flags | O_NONBLOCK : flags;
}

/* ---- open ---- */

/* Is this a file for reading, of somebody who may write? */
static bool devfs_may_upgrade(struct inode *inode, struct file *file)
{
	/* That of an overlay has its write access counted there. */
	if (file->f_mode & FMODE_BACKING)
		return false;
	if ((file->f_mode & (FMODE_READ | FMODE_WRITE)) != FMODE_READ)
		return false;
	return !inode_permission(file_mnt_idmap(file), inode, MAY_WRITE);
}

/*
 * A node that cannot be read was opened with access mode 0: the caller can
 * write to it, if it is allowed to.  The VFS has counted a reader and asked the
 * security modules about one, so do both again for a writer.
 */
static void devfs_upgrade(struct inode *inode, struct file *file)
{
	if (!devfs_may_upgrade(inode, file) || get_write_access(inode))
		return;
	if (mnt_get_write_access(file->f_path.mnt))
		goto err_inode;
	file->f_mode |= FMODE_WRITE | FMODE_WRITER;
	if (!security_file_open(file)) {
		i_readcount_dec(inode);
		return;
	}
	file->f_mode &= ~(FMODE_WRITE | FMODE_WRITER);
	mnt_put_write_access(file->f_path.mnt);
err_inode:
	put_write_access(inode);
}

static void devfs_file_free(struct devfs_file *df)
{
	struct devfs_node *node = df->node;
	struct module *module = node->reg.module;

	mutex_destroy(&df->lock);
	kvfree(df->data);
	kfree(df);
	devfs_reg_put(node);
	devfs_node_put(node);
	/* From here on there may be no code of it any more. */
	module_put(module);
}

static void devfs_file_close(struct devfs_file *df)
{
	struct devfs_node *node = df->node;

	scoped_guard(mutex, &node->lock)
		list_del(&df->link);
	if (node->reg.ops->close)
		node->reg.ops->close(df->ctx);
	devfs_file_free(df);
}

static struct devfs_file *devfs_file_new(struct devfs_node *node,
					 struct file *file)
{
	struct devfs_file *df = kzalloc_obj(*df, GFP_KERNEL_ACCOUNT);

	if (!df)
		return ERR_PTR(-ENOMEM);
	/* The module is about to take the node away. */
	if (!try_module_get(node->reg.module)) {
		kfree(df);
		return ERR_PTR(-ENODEV);
	}
	mutex_init(&df->lock);
	INIT_LIST_HEAD(&df->link);
	df->fresh = true;
	df->file = file;
	df->ctx = node->reg.ctx;
	df->node = devfs_node_get(node);
	/* The tree is among the users as long as callbacks may run. */
	refcount_inc(&node->reg.users);
	return df;
}

/* One callback may run, so the node is not through with going away. */
static struct devfs_file *devfs_open_node(struct devfs_node *node,
					  struct file *file)
{
	const struct devfs_device_ops *ops = node->reg.ops;
	struct devfs_file *df;
	void *ctx;

	if ((file->f_mode & FMODE_WRITE) && !node->reg.writes)
		return ERR_PTR(-EACCES);
	df = devfs_file_new(node, file);
	if (IS_ERR(df))
		return df;
	if (ops->open) {
		ctx = ops->open(node->reg.ctx,
				file->f_flags & DEVFS_OPEN_FLAGS);
		if (IS_ERR_OR_NULL(ctx)) {
			devfs_file_free(df);
			return ctx ? ERR_CAST(ctx) : ERR_PTR(-ENXIO);
		}
		df->ctx = ctx;
	}
	scoped_guard(mutex, &node->lock)
		list_add_tail(&df->link, &node->reg.files);
	return df;
}

/*
 * -EOPENSTALE makes the VFS look the name up again, so that who opens while a
 * node is replaced gets the new one.
 */
static int devfs_open(struct inode *inode, struct file *file)
{
	struct devfs_node *node = inode->i_private;
	struct devfs_file *df;

	if (!devfs_active_get(node))
		return -EOPENSTALE;
	df = devfs_open_node(node, file);
	devfs_active_put(node);
	if (IS_ERR(df)) {
		if (devfs_gone(node))
			return -EOPENSTALE;
		return PTR_ERR(df);
	}
	if (devfs_gone(node)) {
		/* It may have been too late to be told. */
		devfs_file_close(df);
		return -EOPENSTALE;
	}
	file->private_data = df;
	stream_open(inode, file);
	/* Comes last: nothing must fail once it is done. */
	if (!node->reg.reads)
		devfs_upgrade(inode, file);
	return 0;
}

static int devfs_release(struct inode *inode, struct file *file)
{
	devfs_file_close(file->private_data);
	return 0;
}

/* ---- read ---- */

/* A callback must not say that it moved more than it was asked for. */
static ssize_t devfs_checked(const struct devfs_node *node, ssize_t ret,
			     size_t count)
{
	if (likely(ret <= (ssize_t)count))
		return ret;
	pr_warn_once("devfs_dollar: %s moved more than it was asked for\n",
		     node->name);
	return -EIO;
}

static size_t devfs_io_max(const struct devfs_device_ops *ops, size_t count)
{
	return min_t(size_t, count, ops->io_max ?: DEVFS_IO_MAX);
}

static ssize_t devfs_read_data(struct devfs_file *df, struct kiocb *iocb,
			       struct iov_iter *to)
{
	struct devfs_node *node = df->node;
	const struct devfs_device_ops *ops = node->reg.ops;
	size_t count = devfs_io_max(ops, iov_iter_count(to));
	char small[DEVFS_ON_STACK] = {};
	void *buf = small;
	ssize_t ret;

	if (count > sizeof(small)) {
		buf = kvzalloc(count, GFP_KERNEL_ACCOUNT);
		if (!buf)
			return -ENOMEM;
	}
	ret = devfs_gone_error(node, false);
	if (devfs_active_get(node)) {
		if (ops->read_flags)
			ret = ops->read_flags(df->ctx, buf, count,
					      devfs_flags(iocb));
		else
			ret = ops->read(df->ctx, buf, count);
		ret = devfs_checked(node, ret, count);
		if (ret <= 0 && unlikely(devfs_gone(node)))
			ret = devfs_gone_error(node, false);
		devfs_active_put(node);
	}
	if (ret > 0 && copy_to_iter(buf, ret, to) != ret)
		ret = -EFAULT;
	if (buf != small)
		kvfree(buf);
	return ret;
}

/* The file is locked. */
static int devfs_take_snapshot(struct devfs_file *df)
{
	struct devfs_node *node = df->node;
	const struct devfs_device_ops *ops = node->reg.ops;
	size_t size = ops->snapshot_max ?: DEVFS_SNAPSHOT_DEFAULT;
	ssize_t len = -ENODEV;

	if (!df->data) {
		df->data = kvmalloc(size, GFP_KERNEL_ACCOUNT);
		if (!df->data)
			return -ENOMEM;
	}
	memset(df->data, 0, size);
	if (devfs_active_get(node)) {
		len = devfs_checked(node,
				    ops->snapshot(df->ctx, df->data, size),
				    size);
		devfs_active_put(node);
	}
	if (len < 0)
		return len;
	df->len = len;
	df->pos = 0;
	df->fresh = false;
	return 0;
}

/*
 * There is no position that a program could set, but one that it sees: a read
 * goes on where the last one stopped, then one says that this is the end, and
 * the next one begins with what is true by then.
 */
static ssize_t devfs_read_snapshot(struct devfs_file *df, struct iov_iter *to)
{
	size_t count = iov_iter_count(to), copied;
	int err;

	err = mutex_lock_interruptible(&df->lock);
	if (err)
		return -ERESTARTSYS;
	if (df->fresh) {
		err = devfs_take_snapshot(df);
		if (err) {
			mutex_unlock(&df->lock);
			return err;
		}
	}
	count = min(count, df->len - df->pos);
	copied = copy_to_iter(df->data + df->pos, count, to);
	df->pos += copied;
	if (!count)
		df->fresh = true;
	mutex_unlock(&df->lock);
	return copied || !count ? copied : -EFAULT;
}

static ssize_t devfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct devfs_file *df = iocb->ki_filp->private_data;
	struct devfs_node *node = df->node;
	const struct devfs_device_ops *ops = node->reg.ops;
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	if (devfs_gone(node))
		return devfs_gone_error(node, false);
	if (!node->reg.reads)
		return 0;
	/*
	 * io_uring tries what is ready at once, with a lock of its own held.
	 * It has threads for what waits; but a file that shall not block has
	 * nothing else.
	 */
	if (iocb->ki_flags & IOCB_NOWAIT && ops->waits &&
	    !(iocb->ki_filp->f_flags & O_NONBLOCK))
		return -EAGAIN;
	if (!ops->snapshot)
		return devfs_read_data(df, iocb, to);
	ret = devfs_read_snapshot(df, to);
	if (ret <= 0 && unlikely(devfs_gone(node)))
		ret = devfs_gone_error(node, false);
	return ret;
}

/* ---- write ---- */

static ssize_t devfs_write_data(struct devfs_file *df, struct kiocb *iocb,
				const void *buf, size_t count)
{
	struct devfs_node *node = df->node;
	const struct devfs_device_ops *ops = node->reg.ops;
	ssize_t ret;

	if (!devfs_active_get(node))
		return devfs_gone_error(node, true);
	if (ops->write_flags)
		ret = ops->write_flags(df->ctx, buf, count, devfs_flags(iocb));
	else
		ret = ops->write(df->ctx, buf, count);
	ret = devfs_checked(node, ret, count);
	if (ret <= 0 && unlikely(devfs_gone(node)))
		ret = devfs_gone_error(node, true);
	devfs_active_put(node);
	return ret;
}

static ssize_t devfs_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct devfs_file *df = iocb->ki_filp->private_data;
	size_t left = iov_iter_count(from), max, done = 0;
	char small[DEVFS_ON_STACK];
	void *buf = small;
	ssize_t ret = 0;

	if (!left)
		return 0;
	/* The table is there as long as the file is. */
	max = devfs_io_max(df->node->reg.ops, left);
	if (max > sizeof(small)) {
		buf = kvmalloc(max, GFP_KERNEL_ACCOUNT);
		if (!buf)
			return -ENOMEM;
	}
	while (left) {
		size_t count = min(left, max);

		if (!copy_from_iter_full(buf, count, from)) {
			ret = -EFAULT;
			break;
		}
		ret = devfs_write_data(df, iocb, buf, count);
		if (ret <= 0)
			break;
		done += ret;
		left -= ret;
		/* Who does not take it all has a reason, as a signal is one. */
		if (ret < count || signal_pending(current))
			break;
		cond_resched();
	}
	if (buf != small)
		kvfree(buf);
	return done ?: ret;
}

/* ---- the rest ---- */

static __poll_t devfs_poll(struct file *file, poll_table *wait)
{
	struct devfs_file *df = file->private_data;
	struct devfs_node *node = df->node;
	__poll_t events = 0;

	if (!devfs_active_get(node))
		return EPOLLERR | EPOLLHUP;
	if (node->reg.ops->poll) {
		events = node->reg.ops->poll(df->ctx, file, wait);
	} else {
		if (node->reg.reads)
			events |= EPOLLIN | EPOLLRDNORM;
		if (node->reg.writes)
			events |= EPOLLOUT | EPOLLWRNORM;
	}
	/* Either this is seen here, or revoke() wakes who is in the queue. */
	if (devfs_gone(node))
		events = EPOLLERR | EPOLLHUP;
	devfs_active_put(node);
	return events;
}

static int devfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct devfs_file *df = file->private_data;
	struct devfs_node *node = df->node;
	int ret = -ENODEV;

	if (!devfs_active_get(node))
		return -ENODEV;
	if (node->reg.ops->mmap)
		ret = node->reg.ops->mmap(df->ctx, vma);
	devfs_active_put(node);
	return ret;
}

/*
 * There is no splice_read: sendfile() would swallow the end of a snapshot and
 * go on with the next one, so that who copies the file with it never stops.
 */
const struct file_operations devfs_file_operations = {
	.open		= devfs_open,
	.release	= devfs_release,
	.read_iter	= devfs_read_iter,
	.write_iter	= devfs_write_iter,
	.poll		= devfs_poll,
	.mmap		= devfs_mmap,
	.splice_write	= iter_file_splice_write,
};

/**
 * devfs_revoke_files - tell those who use a node that it goes away
 * @node: the node, marked
 *
 * Context: process context, may sleep.
 */
void devfs_revoke_files(struct devfs_node *node)
{
	struct devfs_file *df;

	if (!node->reg.ops->revoke)
		return;
	guard(mutex)(&node->lock);
	list_for_each_entry(df, &node->reg.files, link)
		node->reg.ops->revoke(df->ctx);
}

/**
 * devfs_zap_files - take the mappings of a node away
 * @node: the node, no callback of which runs any more
 *
 * Context: process context, may sleep.
 */
void devfs_zap_files(struct devfs_node *node)
{
	struct devfs_file *df;

	if (!node->reg.ops->mmap)
		return;
	guard(mutex)(&node->lock);
	/* They all have the same inode, and every mapping has its file. */
	df = list_first_entry_or_null(&node->reg.files, struct devfs_file,
				      link);
	if (df)
		unmap_mapping_range(df->file->f_mapping, 0, 0, 1);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus handles: file descriptors that can be polled.
 *
 * An id is a name, and whoever uses it is asked for its rights each time.  A
 * handle is made from an id by who has the rights then, and keeps them, like
 * any other open file.  All that it can do is to say what its object is ready
 * for; it does not keep the object from being deleted.
 */
#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/wait.h>

#include "area.h"
#include "thread.h"

/**
 * struct nexus_handle - an open file of an object
 * @obj:   the object, with a reference
 * @flags: what the opener may do, NEXUS_MAY_READ and NEXUS_MAY_WRITE
 */
struct nexus_handle {
	struct nexus_object *obj;
	short flags;
};

static __poll_t nexus_handle_poll(struct file *file, poll_table *wait)
{
	struct nexus_handle *handle = file->private_data;
	struct nexus_object *obj = handle->obj;
	__poll_t mask = EPOLLHUP | EPOLLERR;

	/* Full barrier inside; pairs with nexus_port_done(). */
	poll_wait(file, obj->poll, wait);
	if (nexus_object_lock(obj)) {
		mask = obj->ops->poll(obj, handle->flags);
		nexus_object_unlock(obj);
	}
	return mask;
}

static int nexus_handle_release(struct inode *inode, struct file *file)
{
	struct nexus_handle *handle = file->private_data;

	nexus_object_put(handle->obj);
	kfree(handle);
	return 0;
}

static void nexus_show_fdinfo(struct seq_file *seq, const char *type, int id)
{
	seq_printf(seq, "nexus-type:\t%s\nnexus-id:\t%d\n", type, id);
}

static void nexus_handle_fdinfo(struct seq_file *seq, struct file *file)
{
	struct nexus_handle *handle = file->private_data;
	struct nexus_object *obj = handle->obj;

	nexus_show_fdinfo(seq, obj->ops->type == NEXUS_TYPE_PORT ? "port" :
			  "sem", obj->perm.id);
}

static const struct file_operations nexus_handle_fops = {
	.owner = THIS_MODULE,
	.release = nexus_handle_release,
	.poll = nexus_handle_poll,
	.show_fdinfo = nexus_handle_fdinfo,
};

static __poll_t nexus_thread_handle_poll(struct file *file, poll_table *wait)
{
	struct nexus_thread *thread = file->private_data;

	poll_wait(file, &thread->poll, wait);
	return nexus_thread_ended(thread) ?
		EPOLLIN | EPOLLRDNORM | EPOLLHUP : 0;
}

static int nexus_thread_handle_release(struct inode *inode, struct file *file)
{
	nexus_thread_put(file->private_data);
	return 0;
}

static void nexus_thread_handle_fdinfo(struct seq_file *seq,
				       struct file *file)
{
	nexus_show_fdinfo(seq, "thread", nexus_thread_nr(file->private_data));
}

static const struct file_operations nexus_thread_handle_fops = {
	.owner = THIS_MODULE,
	.release = nexus_thread_handle_release,
	.poll = nexus_thread_handle_poll,
	.show_fdinfo = nexus_thread_handle_fdinfo,
};

static int nexus_open_thread(int id)
{
	struct nexus_thread *thread = nexus_thread_get_by_id(id);
	int fd;

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	fd = anon_inode_getfd("[nexus-thread]", &nexus_thread_handle_fops,
			      thread, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		nexus_thread_put(thread);
	return fd;
}

/* Find the object and what the caller may do with it. */
static int nexus_handle_find(struct nexus_handle *handle, unsigned int type,
			     int id)
{
	struct nexus_object *obj;

	guard(rcu)();
	obj = nexus_object_find(nexus_current_ns(), type, id);
	if (!obj)
		return -EIDRM;
	if (nexus_object_visible(obj, NEXUS_MAY_READ) &&
	    !security_ipc_permission(&obj->perm, NEXUS_MAY_READ))
		handle->flags |= NEXUS_MAY_READ;
	if (nexus_object_visible(obj, NEXUS_MAY_WRITE) &&
	    !security_ipc_permission(&obj->perm, NEXUS_MAY_WRITE))
		handle->flags |= NEXUS_MAY_WRITE;
	/* Neither: audit it as any other access. */
	if (!handle->flags)
		return nexus_object_access(obj, NEXUS_MAY_READ) ?: -EACCES;
	if (!nexus_object_tryget(obj))
		return -EIDRM;
	handle->obj = obj;
	return 0;
}

/**
 * nexus_object_prepare_poll - an object is going to be polled
 * @obj: the object, to which the caller has a reference
 *
 * Objects that nobody ever polled have no list of those who do.
 *
 * Context: process context, may sleep.
 * Return: 0, -ENOMEM, or -EIDRM if it has been deleted.
 */
int nexus_object_prepare_poll(struct nexus_object *obj)
{
	struct wait_queue_head *poll;

	if (READ_ONCE(obj->poll))
		return 0;
	poll = kmalloc_obj(*poll, GFP_KERNEL_ACCOUNT);
	if (!poll)
		return -ENOMEM;
	init_waitqueue_head(poll);
	if (!nexus_object_lock(obj)) {
		kfree(poll);
		return -EIDRM;
	}
	if (!obj->poll) {
		/* Read without the lock in nexus_port_done(). */
		smp_store_release(&obj->poll, poll);
		poll = NULL;
	}
	nexus_object_unlock(obj);
	kfree(poll);
	return 0;
}

static int nexus_open_object(unsigned int type, int id)
{
	struct nexus_handle *handle;
	int ret;

	handle = kzalloc_obj(*handle, GFP_KERNEL_ACCOUNT);
	if (!handle)
		return -ENOMEM;
	ret = nexus_handle_find(handle, type, id);
	if (ret)
		goto err_free;
	ret = nexus_object_prepare_poll(handle->obj);
	if (ret)
		goto err_put;
	ret = anon_inode_getfd(type == NEXUS_TYPE_PORT ? "[nexus-port]" :
			       "[nexus-sem]", &nexus_handle_fops, handle,
			       O_RDWR | O_CLOEXEC);
	if (ret < 0)
		goto err_put;
	return ret;

err_put:
	nexus_object_put(handle->obj);
err_free:
	kfree(handle);
	return ret;
}

/**
 * sys_nexus_open - get a file descriptor of an object
 *
 * @type:  one of enum nexus_type, but not %NEXUS_TYPE_SYSTEM
 * @id:    the object
 * @flags: must be 0
 *
 * poll(), epoll and io_uring tell from it:
 *
 * - port: EPOLLIN if there is a message and the opener may read the port,
 *   EPOLLOUT if there is a free slot, nobody waits for one and the opener may
 *   write to it, EPOLLHUP if it is closed;
 * - semaphore: EPOLLIN if there are units and nobody waits for them;
 * - thread: EPOLLIN and EPOLLHUP if it has ended;
 * - EPOLLHUP and EPOLLERR if a port or a semaphore has been deleted.
 *
 * These are hints: somebody else may come first.  The descriptor is closed by
 * exec.  It keeps the rights of its opener wherever it is passed on to, and
 * does not keep the object.
 *
 * That of an area is not for polling but for mmap(), with what the area could
 * be used for when it was opened; of another team's area, as far as its mode
 * allows.  lseek() tells the size.  It keeps the memory, but what is mapped
 * from it is no area.
 *
 * Return:
 * - the file descriptor
 * - %EINVAL: unknown type or flags
 * - %ENOMEM: no memory
 * - %EIDRM: there is no such port, semaphore or area
 * - %ESRCH: there is no such thread
 * - %EACCES: the caller may neither read it nor write to it; a thread must be
 *   readable
 * - %EPERM: an area of another team that may not be cloned
 * - %EMFILE, %ENFILE: too many open files
 * - %EINTR: an area, and the caller is being killed
 */
SYSCALL_DEFINE3(nexus_open, unsigned int, type, int, id, unsigned int, flags)
{
	if (flags)
		return -EINVAL;
	switch (type) {
	case NEXUS_TYPE_PORT:
	case NEXUS_TYPE_SEM:
		return nexus_open_object(type, id);
	case NEXUS_TYPE_THREAD:
		return nexus_open_thread(id);
	case NEXUS_TYPE_AREA:
		return nexus_area_open(id);
	default:
		return -EINVAL;
	}
}

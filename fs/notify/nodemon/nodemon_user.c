// SPDX-License-Identifier: GPL-2.0
/*
 * Node monitor: the file descriptor and the system calls.
 *
 * Records wait in the queue of the descriptor's group as they will be read, so
 * that a read is one copy for each.
 */
#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/nexus.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include <asm/ioctls.h>

#include "../fsnotify.h"
#include "nodemon.h"

/* The watch itself, and the inode that it keeps with what belongs to it. */
#define NODEMON_WATCH_COST	(sizeof(struct nodemon_mark) + \
				 2 * sizeof(struct inode))

/* Nobody has fewer, as BeOS programs rely on so many. */
#define NODEMON_WATCHES_MIN	4096L
#define NODEMON_WATCHES_MAX	1048576L

static int nodemon_max_queued_events __read_mostly = 16384;

static struct nodemon_event *nodemon_event_alloc(u32 size)
{
	return kmalloc(offsetof(struct nodemon_event, rec) + size,
		       GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
		       __GFP_NOWARN);
}

/* The last record in the queue already says that, of a node's fields. */
static int nodemon_merge(struct fsnotify_group *group,
			 struct fsnotify_event *fse)
{
	struct nodemon_record *last, *rec = &to_nodemon_event(fse)->rec;

	last = &to_nodemon_event(list_last_entry(&group->notification_list,
						 struct fsnotify_event,
						 list))->rec;
	return rec->size == last->size && !memcmp(rec, last, rec->size);
}

/*
 * A watch may end while somebody tells something by it; NODEMON_IGNORED is the
 * last of its records, and is queued when it has lost its number.
 */
static void nodemon_insert(struct fsnotify_group *group,
			   struct fsnotify_event *fse)
{
	struct nodemon_event *event = to_nodemon_event(fse);

	if (fse == group->overflow_event || !event->live ||
	    READ_ONCE(event->live->watch) >= 0)
		return;
	fsnotify_remove_queued_event(group, fse);
	*event->late = true;
}

/**
 * nodemon_queue - put a record into the queue of a descriptor
 * @nm:   its target
 * @nr:   number of the watch that tells it
 * @live: the watch; nothing is told if it ends at this moment.  NULL: it has
 * @news: what it tells
 *
 * Context: process context, may sleep for memory.
 */
void nodemon_queue(struct nodemon *nm, int nr, const struct nodemon_mark *live,
		   const struct nodemon_news *news)
{
	struct fsnotify_group *group = nm->group;
	struct nodemon_event *event;
	u32 size = nodemon_record_size(news);
	struct mem_cgroup *old_memcg;
	bool late = false;

	/* Whoever wants to know pays for it. */
	old_memcg = set_active_memcg(group->memcg);
	event = nodemon_event_alloc(size);
	set_active_memcg(old_memcg);
	if (unlikely(!event)) {
		fsnotify_queue_overflow(group);
		return;
	}
	fsnotify_init_event(&event->fse);
	event->live = live;
	event->late = &late;
	nodemon_record_pack(&event->rec, size, nr, news);
	/* Unless it is refused or late it is the reader's from here on. */
	if (fsnotify_insert_event(group, &event->fse,
				  news->opcode == NODEMON_STAT_CHANGED ?
				  nodemon_merge : NULL, nodemon_insert) || late)
		fsnotify_destroy_event(group, &event->fse);
}

/*
 * Take the records that fit out of the queue, in order.  The one that tells of
 * an overflow is there once for each queue and does not leave it; if it was
 * reached it comes last.  Returns the bytes, or -EINVAL if not even the first
 * one fits.
 */
static ssize_t nodemon_take(struct fsnotify_group *group, size_t count,
			    struct list_head *events, bool *overflow)
{
	struct fsnotify_event *fse;
	size_t bytes = 0;

	*overflow = false;
	guard(spinlock)(&group->notification_lock);
	while (!*overflow && (fse = fsnotify_peek_first_event(group))) {
		u32 size = to_nodemon_event(fse)->rec.size;

		if (size > count - bytes)
			return bytes ?: -EINVAL;
		fsnotify_remove_queued_event(group, fse);
		bytes += size;
		if (fse == group->overflow_event)
			*overflow = true;
		else
			list_add_tail(&fse->list, events);
	}
	return bytes;
}

/* What could not be given to the reader is there for the next one. */
static void nodemon_return(struct fsnotify_group *group,
			   struct list_head *events, bool overflow)
{
	struct fsnotify_event *fse;

	guard(spinlock)(&group->notification_lock);
	list_for_each_entry(fse, events, list)
		group->q_len++;
	if (overflow && list_empty(&group->overflow_event->list)) {
		group->q_len++;
		list_add_tail(&group->overflow_event->list, events);
	}
	list_splice_init(events, &group->notification_list);
}

static size_t nodemon_copy(struct fsnotify_group *group, char __user *buf,
			   struct list_head *events, bool *overflow)
{
	struct fsnotify_event *fse, *next;
	struct nodemon_record *rec;
	size_t done = 0;

	list_for_each_entry_safe(fse, next, events, list) {
		rec = &to_nodemon_event(fse)->rec;
		if (copy_to_user(buf + done, rec, rec->size))
			return done;
		done += rec->size;
		list_del_init(&fse->list);
		fsnotify_destroy_event(group, fse);
	}
	if (*overflow) {
		rec = &to_nodemon_event(group->overflow_event)->rec;
		if (copy_to_user(buf + done, rec, rec->size))
			return done;
		done += rec->size;
		*overflow = false;
	}
	return done;
}

static bool nodemon_readable(struct fsnotify_group *group)
{
	return !list_empty_careful(&group->notification_list);
}

static ssize_t nodemon_read(struct file *file, char __user *buf, size_t count,
			    loff_t *pos)
{
	struct fsnotify_group *group = file->private_data;
	LIST_HEAD(events);
	bool overflow;
	ssize_t bytes;
	size_t done;
	int err;

	while (!(bytes = nodemon_take(group, count, &events, &overflow))) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(group->notification_waitq,
					       nodemon_readable(group));
		if (err)
			return err;
	}
	if (bytes < 0)
		return bytes;
	done = nodemon_copy(group, buf, &events, &overflow);
	if (done != bytes)
		nodemon_return(group, &events, overflow);
	return done ?: -EFAULT;
}

static __poll_t nodemon_poll(struct file *file, poll_table *wait)
{
	struct fsnotify_group *group = file->private_data;

	poll_wait(file, &group->notification_waitq, wait);
	guard(spinlock)(&group->notification_lock);
	return fsnotify_notify_queue_is_empty(group) ? 0 :
						       EPOLLIN | EPOLLRDNORM;
}

static long nodemon_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	struct fsnotify_group *group = file->private_data;
	struct fsnotify_event *fse;
	size_t bytes = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	scoped_guard(spinlock, &group->notification_lock) {
		list_for_each_entry(fse, &group->notification_list, list)
			bytes += to_nodemon_event(fse)->rec.size;
	}
	return put_user(min_t(size_t, bytes, INT_MAX), (int __user *)arg);
}

static int nodemon_release(struct inode *inode, struct file *file)
{
	struct fsnotify_group *group = file->private_data;
	struct nodemon *nm = group->private;
	struct ucounts *ucounts = nm->ucounts;

	/* With the reference of its own that came with the count. */
	fsnotify_destroy_group(group);
	dec_ucount(ucounts, UCOUNT_NODEMON_INSTANCES);
	return 0;
}

#ifdef CONFIG_PROC_FS
static void nodemon_show_watch(struct seq_file *seq, struct fsnotify_mark *mark)
{
	struct nodemon_mark *watch = to_nodemon_mark(mark);
	struct fsnotify_mark_connector *conn = mark->connector;
	u32 events = READ_ONCE(watch->events) &
		     (NODEMON_NODE_EVENTS | NODEMON_MOUNT);
	int nr = READ_ONCE(watch->watch);
	struct inode *inode;

	switch (conn->type) {
	case FSNOTIFY_OBJ_TYPE_INODE:
		inode = igrab(fsnotify_conn_inode(conn));
		if (!inode)
			return;
		seq_printf(seq, "nodemon watch:%d events:%x type:node device:%x node:%llx\n",
			   nr, events, nodemon_device(inode->i_sb),
			   inode->i_ino);
		iput(inode);
		break;
	case FSNOTIFY_OBJ_TYPE_SB:
		seq_printf(seq, "nodemon watch:%d events:%x type:volume device:%x\n",
			   nr, events,
			   nodemon_device(fsnotify_conn_sb(conn)));
		break;
	case FSNOTIFY_OBJ_TYPE_MNTNS:
		seq_printf(seq, "nodemon watch:%d events:%x type:mounts\n", nr,
			   events);
		break;
	}
}

static void nodemon_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct fsnotify_group *group = file->private_data;
	struct fsnotify_mark *mark;

	fsnotify_group_lock(group);
	list_for_each_entry(mark, &group->marks_list, g_list) {
		nodemon_show_watch(seq, mark);
		if (seq_has_overflowed(seq))
			break;
	}
	fsnotify_group_unlock(group);
}
#endif

static const struct file_operations nodemon_fops = {
	.owner		= THIS_MODULE,
	.read		= nodemon_read,
	.poll		= nodemon_poll,
	.unlocked_ioctl	= nodemon_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.fasync		= fsnotify_fasync,
	.release	= nodemon_release,
	.llseek		= noop_llseek,
#ifdef CONFIG_PROC_FS
	.show_fdinfo	= nodemon_show_fdinfo,
#endif
};

/* What the queue says when something is missing. */
static int nodemon_prepare_overflow(struct fsnotify_group *group)
{
	const struct nodemon_news news = {
		.opcode = NODEMON_OVERFLOW,
		.device = -1,
		.node_device = -1,
		.directory = -1,
		.to_directory = -1,
		.node = -1,
	};
	struct nodemon_event *event;

	event = nodemon_event_alloc(nodemon_record_size(&news));
	if (!event)
		return -ENOMEM;
	fsnotify_init_event(&event->fse);
	nodemon_record_pack(&event->rec, nodemon_record_size(&news), 0, &news);
	group->overflow_event = &event->fse;
	return 0;
}

/**
 * sys_nodemon_create - get a file descriptor that news of files come from
 *
 * @flags: 0 or %NODEMON_NONBLOCK
 *
 * It is closed by exec.  read() gives whole records (struct nodemon_record),
 * as many as there are and fit, and waits if there is none.
 *
 * Return:
 * - the file descriptor
 * - %EINVAL: unknown flags
 * - %ENOMEM: no memory
 * - %EMFILE: too many open files, or too many of these
 *   (sysctl fs.nodemon.max_user_instances, user.max_nodemon_instances)
 * - %ENFILE: too many open files in the system
 */
SYSCALL_DEFINE1(nodemon_create, unsigned int, flags)
{
	struct nodemon *nm;
	int ret;

	if (flags & ~NODEMON_NONBLOCK)
		return -EINVAL;
	nm = nodemon_alloc();
	if (IS_ERR(nm))
		return PTR_ERR(nm);
	ret = nodemon_prepare_overflow(nm->group);
	if (ret)
		goto err_group;
	nm->group->max_events = READ_ONCE(nodemon_max_queued_events);
	ret = -EMFILE;
	if (!inc_ucount(nm->ucounts->ns, nm->ucounts->uid,
			UCOUNT_NODEMON_INSTANCES))
		goto err_group;
	ret = anon_inode_getfd("[nodemon]", &nodemon_fops, nm->group,
			       O_RDONLY | O_CLOEXEC |
			       (flags & NODEMON_NONBLOCK ? O_NONBLOCK : 0));
	if (ret < 0)
		goto err_ucount;
	return ret;

err_ucount:
	dec_ucount(nm->ucounts, UCOUNT_NODEMON_INSTANCES);
err_group:
	fsnotify_destroy_group(nm->group);
	return ret;
}

static u32 nodemon_events_of(u32 type)
{
	switch (type) {
	case NODEMON_NODE:
	case NODEMON_NODE_ID:
		return NODEMON_NODE_EVENTS;
	case NODEMON_VOLUME:
	case NODEMON_VOLUME_ID:
		return NODEMON_VOLUME_EVENTS;
	default:
		return NODEMON_MOUNT;
	}
}

static bool nodemon_args_valid(int fd, const struct nodemon_args *args)
{
	bool by_path = args->type == NODEMON_NODE ||
		       args->type == NODEMON_VOLUME;
	bool by_id = args->type == NODEMON_NODE_ID ||
		     args->type == NODEMON_VOLUME_ID;

	if (args->type > NODEMON_MOUNTS || fd < NODEMON_PORT || args->__pad ||
	    args->events & ~nodemon_events_of(args->type) ||
	    args->flags & ~(NODEMON_NOFOLLOW | NODEMON_EMPTY_PATH))
		return false;
	if (!by_path && (args->flags || args->dirfd || args->path))
		return false;
	if (!by_id && args->device)
		return false;
	if (args->type != NODEMON_NODE_ID && args->node)
		return false;
	return fd == NODEMON_PORT || (!args->port && !args->token);
}

/* The target of a descriptor. */
static struct nodemon *nodemon_from_file(struct file *file)
{
	struct fsnotify_group *group;

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op != &nodemon_fops)
		return ERR_PTR(-EINVAL);
	group = file->private_data;
	return group->private;
}

static int nodemon_watch_fd(int fd, const struct nodemon_args *args)
{
	struct nodemon_thing thing;
	struct nodemon *nm;
	int ret;

	CLASS(fd, f)(fd);
	nm = nodemon_from_file(fd_empty(f) ? NULL : fd_file(f));
	if (IS_ERR(nm))
		return PTR_ERR(nm);
	ret = nodemon_thing_get(&thing, args);
	if (ret)
		return ret;
	if (!args->events) {
		ret = nodemon_watch_end(nm, &thing);
	} else {
		ret = nodemon_thing_allowed(&thing, args) ?:
		      nodemon_watch_add(nm, &thing, args->events);
	}
	nodemon_thing_put(&thing);
	return ret;
}

static int nodemon_watch_port(const struct nodemon_args *args)
{
	struct nexus_post *post;
	struct nodemon_thing thing;
	int ret;

	if (!args->events) {
		ret = nodemon_thing_get(&thing, args);
		if (ret)
			return ret;
		ret = nodemon_port_unwatch(args->port, args->token, &thing);
		nodemon_thing_put(&thing);
		return ret;
	}

	post = nexus_post_open(args->port);
	if (IS_ERR(post))
		return PTR_ERR(post);
	ret = nodemon_thing_get(&thing, args);
	if (ret)
		goto err_close;
	ret = nodemon_thing_allowed(&thing, args);
	if (ret) {
		nodemon_thing_put(&thing);
		goto err_close;
	}
	ret = nodemon_port_watch(args->port, args->token, post, &thing,
				 args->events);
	nodemon_thing_put(&thing);
	return ret;

err_close:
	nexus_post_close(post);
	return ret;
}

/**
 * sys_nodemon_watch - watch a node, a volume or the mounts
 *
 * @fd:    where the news go: a descriptor of nodemon_create(), or
 *         %NODEMON_PORT for the port and token in @uargs
 * @uargs: what is watched (struct nodemon_args)
 * @size:  bytes of it
 *
 * If the target already watches it, it is told more from now on: what it was
 * told before and what is asked for now.  To be told less, end the watch and
 * make another.
 *
 * Return:
 * - the number of the watch, which records have; 0 if @uargs asks for no
 *   events, and then the watch has ended
 * - %EINVAL, %E2BIG, %EFAULT: @uargs is too small, too large with something in
 *   it that is not 0, or cannot be read
 * - %EINVAL: unknown type, events or flags, or fields set that do not go with
 *   them, or @fd is less than -1, or a port or token with a descriptor
 * - %EBADF: @fd is not open
 * - %EINVAL: it is something else
 * - %EIDRM: there is no such port
 * - %EACCES: the caller may not send to it
 * - %ESHUTDOWN: it is closed
 * - errors of a path walk; %ENOENT: there is no such volume, or no such node
 *   that is known and that the caller could come to by a path
 * - %EACCES: the caller may not read the node, or search it if it is a
 *   directory
 * - %EPERM: the caller must be an administrator of the file system to watch a
 *   volume, or is in a chroot and not one of the mount namespace
 * - %ENOENT: there is no watch that could end
 * - %EOPNOTSUPP: the file system does not support it
 * - %ENOSPC: too many watches
 *   (sysctl fs.nodemon.max_user_watches, user.max_nodemon_watches)
 * - %ENOMEM: no memory
 */
SYSCALL_DEFINE3(nodemon_watch, int, fd, struct nodemon_args __user *, uargs,
		size_t, size)
{
	struct nodemon_args args;
	int err;

	if (size < NODEMON_ARGS_SIZE_VER0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&args, sizeof(args), uargs, size);
	if (err)
		return err;
	if (!nodemon_args_valid(fd, &args))
		return -EINVAL;
	return fd == NODEMON_PORT ? nodemon_watch_port(&args) :
				    nodemon_watch_fd(fd, &args);
}

/**
 * sys_nodemon_unwatch - end watches
 *
 * @fd:    a descriptor of nodemon_create(), or %NODEMON_PORT
 * @watch: number of the watch; 0 with %NODEMON_PORT
 * @port:  with %NODEMON_PORT, the port; otherwise 0
 * @token: with %NODEMON_PORT, the token; otherwise 0
 *
 * Of a descriptor one watch ends, and the last record with its number is
 * %NODEMON_IGNORED.  Of a port and token all end.  Messages that are on their
 * way may still arrive.
 *
 * Return:
 * - 0
 * - %EINVAL: @fd is less than -1, or something is 0 that must not be or the
 *   other way round
 * - %EBADF: @fd is not open
 * - %EINVAL: it is something else
 * - %ENOENT: there is no such watch, or none of that port and token
 */
SYSCALL_DEFINE4(nodemon_unwatch, int, fd, int, watch, int, port, int, token)
{
	struct nodemon *nm;

	if (fd == NODEMON_PORT)
		return watch ? -EINVAL : nodemon_port_stop(port, token);
	if (fd < 0 || watch <= 0 || port || token)
		return -EINVAL;

	CLASS(fd, f)(fd);
	nm = nodemon_from_file(fd_empty(f) ? NULL : fd_file(f));
	if (IS_ERR(nm))
		return PTR_ERR(nm);
	return nodemon_watch_end_nr(nm, watch);
}

#ifdef CONFIG_SYSCTL
static long nodemon_zero;
static long nodemon_int_max = INT_MAX;

static const struct ctl_table nodemon_table[] = {
	{
		.procname	= "max_user_instances",
		.data		= &init_user_ns.ucount_max[UCOUNT_NODEMON_INSTANCES],
		.maxlen		= sizeof(long),
		.mode		= 0644,
		.proc_handler	= proc_doulongvec_minmax,
		.extra1		= &nodemon_zero,
		.extra2		= &nodemon_int_max,
	},
	{
		.procname	= "max_user_watches",
		.data		= &init_user_ns.ucount_max[UCOUNT_NODEMON_WATCHES],
		.maxlen		= sizeof(long),
		.mode		= 0644,
		.proc_handler	= proc_doulongvec_minmax,
		.extra1		= &nodemon_zero,
		.extra2		= &nodemon_int_max,
	},
	{
		.procname	= "max_queued_events",
		.data		= &nodemon_max_queued_events,
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
	},
};
#endif

static int __init nodemon_init(void)
{
	struct sysinfo si;
	long watches;

	si_meminfo(&si);
	/* As inotify has it: 1 % of the memory for each user. */
	watches = ((si.totalram - si.totalhigh) / 100 << PAGE_SHIFT) /
		  NODEMON_WATCH_COST;
	init_user_ns.ucount_max[UCOUNT_NODEMON_INSTANCES] = 128;
	init_user_ns.ucount_max[UCOUNT_NODEMON_WATCHES] =
		clamp(watches, NODEMON_WATCHES_MIN, NODEMON_WATCHES_MAX);
	nodemon_watch_init();
	nodemon_port_init();
#ifdef CONFIG_SYSCTL
	register_sysctl("fs/nodemon", nodemon_table);
#endif
	return 0;
}
fs_initcall(nodemon_init);

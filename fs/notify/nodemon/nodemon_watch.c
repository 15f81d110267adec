// SPDX-License-Identifier: GPL-2.0
/*
 * Node monitor: targets and their watches.
 *
 * A watch is a mark of the target's group.  It has a number, by which it is
 * known outside, from when it is made until fsnotify says that it goes: because
 * it was ended, its target was, or its node or volume is gone.
 */
#include <linux/capability.h>
#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/memcontrol.h>
#include <linux/mount.h>
#include <linux/path.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/xarray.h>

#include <trace/events/nodemon.h>

#include "../fsnotify.h"
#include "nodemon.h"

static struct kmem_cache *nodemon_mark_cachep __ro_after_init;

/**
 * nodemon_mask - the events of fsnotify that a watch needs
 * @type:   FSNOTIFY_OBJ_TYPE_*
 * @events: NODEMON_*, with NODEMON_IS_DIRECTORY if it is an inode and is one
 *
 * Return: FS_*.
 */
u32 nodemon_mask(unsigned int type, u32 events)
{
	u32 entries = FS_CREATE | FS_DELETE | FS_RENAME;
	u32 files = FS_OPEN | FS_MODIFY | FS_CLOSE_WRITE;
	u32 stat = NODEMON_STAT | NODEMON_INTERIM_STAT;
	u32 mask = 0;

	switch (type) {
	case FSNOTIFY_OBJ_TYPE_INODE:
		/* Always: whether it may still be read. */
		mask = FS_NODE;
		if (!(events & NODEMON_IS_DIRECTORY))
			return events & stat ? mask | files : mask;
		if (events & NODEMON_DIRECTORY)
			mask |= entries;
		if (!(events & NODEMON_CHILDREN))
			return mask;
		if (events & (stat | NODEMON_ATTR))
			mask |= FS_EVENT_ON_CHILD;
		if (events & stat)
			mask |= files;
		return mask;
	case FSNOTIFY_OBJ_TYPE_SB:
		if (events & NODEMON_NAME)
			mask |= entries;
		if (events & (stat | NODEMON_ATTR))
			mask |= FS_NODE;
		if (events & stat)
			mask |= files;
		return mask;
	default:
		return FSNOTIFY_MNT_EVENTS;
	}
}

/**
 * nodemon_alloc - make a target
 *
 * Context: process context, may sleep.
 * Return: the target, whose group has one reference, or ERR_PTR(-ENOMEM).
 */
struct nodemon *nodemon_alloc(void)
{
	struct fsnotify_group *group;
	struct nodemon *nm;

	nm = kzalloc_obj(*nm, GFP_KERNEL_ACCOUNT);
	if (!nm)
		return ERR_PTR(-ENOMEM);
	group = fsnotify_alloc_group(&nodemon_fsnotify_ops,
				     FSNOTIFY_GROUP_USER);
	if (IS_ERR(group)) {
		kfree(nm);
		return ERR_CAST(group);
	}
	xa_init_flags(&nm->watches, XA_FLAGS_ALLOC1);
	xa_init(&nm->tops);
	nm->ucounts = alloc_ucounts(current_user_ns(), current_euid());
	if (!nm->ucounts) {
		kfree(nm);
		fsnotify_put_group(group);
		return ERR_PTR(-ENOMEM);
	}
	nm->cred = get_current_cred();
	nm->trusted = ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
	RB_CLEAR_NODE(&nm->node);
	nm->group = group;
	group->private = nm;
	group->memcg = get_mem_cgroup_from_mm(current->mm);
	group->user_ns = get_user_ns(current_user_ns());
	return nm;
}

/**
 * nodemon_free - the last mark and the last user of a target are gone
 * @group: its group
 *
 * Context: any in which fsnotify frees groups; may sleep.
 */
void nodemon_free(struct fsnotify_group *group)
{
	struct nodemon *nm = group->private;

	/* It was never finished. */
	if (!nm)
		return;
	xa_destroy(&nm->watches);
	xa_destroy(&nm->tops);
	nodemon_opens_free(nm->opens);
	nodemon_port_free(nm);
	put_user_ns(group->user_ns);
	put_ucounts(nm->ucounts);
	put_cred(nm->cred);
	kfree(nm);
}

/**
 * nodemon_mark_free - the last reference to a watch is gone
 * @mark: its mark
 */
void nodemon_mark_free(struct fsnotify_mark *mark)
{
	kmem_cache_free(nodemon_mark_cachep, to_nodemon_mark(mark));
}

static int nodemon_number(struct nodemon *nm, struct nodemon_mark *watch)
{
	u32 nr;
	int err;

	xa_lock(&nm->watches);
	err = __xa_alloc_cyclic(&nm->watches, &nr, watch,
				XA_LIMIT(1, INT_MAX), &nm->next,
				GFP_KERNEL_ACCOUNT);
	if (err >= 0) {
		watch->watch = nr;
		fsnotify_get_mark(&watch->mark);
	}
	xa_unlock(&nm->watches);
	return err < 0 ? err : nr;
}

/* Returns the number that it had, -1 if it had none. */
static int nodemon_unnumber(struct nodemon *nm, struct nodemon_mark *watch)
{
	int nr;

	xa_lock(&nm->watches);
	nr = watch->watch;
	WRITE_ONCE(watch->watch, -1);
	if (nr > 0)
		__xa_erase(&nm->watches, nr);
	xa_unlock(&nm->watches);
	if (nr > 0)
		fsnotify_put_mark(&watch->mark);
	return nr;
}

/* With a reference for each watch, beside that of the target. */
static bool nodemon_charge(struct nodemon *nm)
{
	return inc_ucount(nm->ucounts->ns, nm->ucounts->uid,
			  UCOUNT_NODEMON_WATCHES);
}

static void nodemon_uncharge(struct nodemon *nm)
{
	dec_ucount(nm->ucounts, UCOUNT_NODEMON_WATCHES);
}

/* There is a watch already: it tells more from now on. */
static int nodemon_watch_widen(struct fsnotify_mark *mark, unsigned int type,
			       u32 events)
{
	struct nodemon_mark *watch = to_nodemon_mark(mark);
	int nr = READ_ONCE(watch->watch);

	spin_lock(&mark->lock);
	events |= watch->events;
	WRITE_ONCE(watch->events, events);
	spin_unlock(&mark->lock);
	fsnotify_modify_mark_mask(mark, nodemon_mask(type, events), 0);
	return nr > 0 ? nr : -ENOENT;
}

static int nodemon_watch_new(struct nodemon *nm,
			     const struct nodemon_thing *thing, u32 events)
{
	struct nodemon_mark *watch;
	int nr, err;

	watch = kmem_cache_alloc(nodemon_mark_cachep, GFP_KERNEL);
	if (!watch)
		return -ENOMEM;
	fsnotify_init_mark(&watch->mark, nm->group);
	watch->mark.mask = nodemon_mask(thing->type, events);
	watch->events = events;
	watch->watch = -1;

	nr = nodemon_number(nm, watch);
	if (nr < 0) {
		err = -ENOMEM;
		goto err_put;
	}
	err = -ENOSPC;
	if (!nodemon_charge(nm))
		goto err_unnumber;
	/* It may be freed as soon as it is there. */
	atomic_inc(&nm->count);
	err = fsnotify_add_mark_locked(&watch->mark, thing->obj, thing->type,
				       0);
	if (err)
		goto err_uncharge;
	fsnotify_put_mark(&watch->mark);
	return nr;

err_uncharge:
	atomic_dec(&nm->count);
	nodemon_uncharge(nm);
	/* The file system does not want it. */
	if (err == -EINVAL)
		err = -EOPNOTSUPP;
err_unnumber:
	nodemon_unnumber(nm, watch);
err_put:
	fsnotify_put_mark(&watch->mark);
	return err;
}

static void *nodemon_top(const struct super_block *sb)
{
	return xa_mk_value(sb->s_dev);
}

/*
 * Paths begin or go on here, without that whoever watches what is below need be
 * able to come here from the root of the volume.
 */
static int nodemon_add_top(struct nodemon *nm, struct dentry *top)
{
	if (top == top->d_sb->s_root)
		return 0;
	return xa_err(xa_store(&nm->tops, d_inode(top)->i_ino,
			       nodemon_top(top->d_sb), GFP_KERNEL_ACCOUNT));
}

/* Where the path of what is watched came from: a mount, or a chroot. */
static int nodemon_add_tops(struct nodemon *nm, const struct path *path)
{
	struct path root __free(path_put) = {};

	get_fs_root(current->fs, &root);
	return nodemon_add_top(nm, path->mnt->mnt_root) ?:
	       nodemon_add_top(nm, root.dentry);
}

/**
 * nodemon_watch_add - let a target watch something, or be told more of it
 * @nm:     the target
 * @thing:  what; the caller may watch it
 * @events: what is to be told
 *
 * Context: process context, may sleep.
 * Return: the number of the watch, -ENOMEM, -ENOSPC, -EOPNOTSUPP.
 */
int nodemon_watch_add(struct nodemon *nm, const struct nodemon_thing *thing,
		      u32 events)
{
	struct fsnotify_group *group = nm->group;
	struct fsnotify_mark *mark;
	int ret;

	if (thing->type == FSNOTIFY_OBJ_TYPE_INODE) {
		struct inode *inode = thing->obj;

		if (S_ISDIR(inode->i_mode))
			events |= NODEMON_IS_DIRECTORY;
		if (is_idmapped_mnt(thing->path.mnt))
			events |= NODEMON_IDMAPPED;
		ret = nodemon_add_tops(nm, &thing->path);
		if (ret)
			return ret;
	}
	if (events & (NODEMON_STAT | NODEMON_INTERIM_STAT)) {
		ret = nodemon_opens_init(nm);
		if (ret)
			return ret;
	}

	fsnotify_group_lock(group);
	mark = fsnotify_find_mark(thing->obj, thing->type, group);
	if (mark) {
		ret = nodemon_watch_widen(mark, thing->type, events);
		fsnotify_put_mark(mark);
	} else {
		ret = nodemon_watch_new(nm, thing, events);
	}
	fsnotify_group_unlock(group);
	trace_nodemon_watch(nm, thing->type, events, ret);
	return ret;
}

/**
 * nodemon_watch_end - let a target no longer watch something
 * @nm:    the target
 * @thing: what
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOENT if it does not.
 */
int nodemon_watch_end(struct nodemon *nm, const struct nodemon_thing *thing)
{
	struct fsnotify_mark *mark;

	mark = fsnotify_find_mark(thing->obj, thing->type, nm->group);
	if (!mark)
		return -ENOENT;
	fsnotify_destroy_mark(mark, nm->group);
	fsnotify_put_mark(mark);
	return 0;
}

/**
 * nodemon_watch_end_nr - end a watch
 * @nm:    its target
 * @watch: its number
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOENT if there is none.
 */
int nodemon_watch_end_nr(struct nodemon *nm, int watch)
{
	struct nodemon_mark *found;

	xa_lock(&nm->watches);
	found = xa_load(&nm->watches, watch);
	if (found)
		fsnotify_get_mark(&found->mark);
	xa_unlock(&nm->watches);
	if (!found)
		return -ENOENT;
	fsnotify_destroy_mark(&found->mark, nm->group);
	fsnotify_put_mark(&found->mark);
	return 0;
}

/**
 * nodemon_watch_freeing - fsnotify is done with a watch
 * @mark:  its mark
 * @group: the group of its target
 *
 * Context: process context, may sleep.
 */
void nodemon_watch_freeing(struct fsnotify_mark *mark,
			   struct fsnotify_group *group)
{
	struct nodemon *nm = group->private;
	int nr = nodemon_unnumber(nm, to_nodemon_mark(mark));
	struct nodemon_news news = {
		.opcode = NODEMON_IGNORED,
		.device = -1,
		.node_device = -1,
		.directory = -1,
		.to_directory = -1,
		.node = -1,
	};

	if (nr < 0)
		return;
	/* All of it is about to go if the target ends. */
	if (!READ_ONCE(group->shutdown)) {
		nodemon_opens_end(nm, nr);
		if (!nm->team)
			nodemon_queue(nm, nr, NULL, &news);
	}
	nodemon_uncharge(nm);
	if (atomic_dec_and_test(&nm->count) && nm->team)
		nodemon_port_end(nm);
}

/*
 * May whoever made the target do that?  Asked in the midst of somebody else's
 * file operation: it must not ask a server, or anybody else.
 */
static int nodemon_permission(struct nodemon *nm, struct inode *inode, int mask)
{
	const struct cred *old = override_creds(nm->cred);
	int err;

	/* What does not block looks at ACLs by RCU. */
	rcu_read_lock();
	err = generic_permission(&nop_mnt_idmap, inode, mask | MAY_NOT_BLOCK);
	rcu_read_unlock();
	revert_creds(old);
	return err;
}

static bool nodemon_may_search(struct nodemon *nm, struct inode *dir)
{
	int err = nodemon_permission(nm, dir, MAY_EXEC);
	const struct cred *old;
	bool capable;

	if (err != -ECHILD)
		return !err;
	/* There may be an ACL that nobody has read so far. */
	if ((dir->i_mode & 0011) == 0011)
		return true;
	old = override_creds(nm->cred);
	capable = capable_wrt_inode_uidgid(&nop_mnt_idmap, dir,
					   CAP_DAC_READ_SEARCH);
	revert_creds(old);
	return capable;
}

static bool nodemon_is_top(struct nodemon *nm, struct dentry *dentry)
{
	return dentry == dentry->d_sb->s_root ||
	       xa_load(&nm->tops, d_inode(dentry)->i_ino) ==
	       nodemon_top(dentry->d_sb);
}

/**
 * nodemon_may_reach - could a target's maker come to what is in a directory?
 * @nm:  the target
 * @dir: the directory
 *
 * That is, search it and all directories on the way to it.  Who could not is
 * not told of names in it.
 *
 * Context: an event.
 * Return: whether it could.
 */
bool nodemon_may_reach(struct nodemon *nm, struct inode *dir)
{
	struct dentry *parent, *dentry = d_find_any_alias(dir);
	bool ok = dentry;

	while (ok) {
		ok = nodemon_may_search(nm, d_inode(dentry));
		if (!ok || nodemon_is_top(nm, dentry))
			break;
		/* It may have been found without a path. */
		ok = !IS_ROOT(dentry);
		parent = dget_parent(dentry);
		dput(dentry);
		dentry = parent;
	}
	dput(dentry);
	return ok;
}

/**
 * nodemon_watch_recheck - the owner or mode of a watched node has changed
 * @nm:    the target
 * @watch: its watch
 * @inode: the node
 *
 * Whoever may not read a node any more is told nothing until that changes
 * again.  What is seen through an idmapped mount is not asked for: nobody
 * knows here which one that was.
 *
 * Context: an event.
 */
void nodemon_watch_recheck(struct nodemon *nm, struct nodemon_mark *watch,
			   struct inode *inode)
{
	int mask = S_ISDIR(inode->i_mode) ? MAY_READ | MAY_EXEC : MAY_READ;
	int err;

	if (READ_ONCE(watch->events) & NODEMON_IDMAPPED)
		return;
	err = nodemon_permission(nm, inode, mask);
	if (err == -ECHILD)
		return;
	guard(spinlock)(&watch->mark.lock);
	if (err)
		WRITE_ONCE(watch->events, watch->events | NODEMON_MUTED);
	else
		WRITE_ONCE(watch->events, watch->events & ~NODEMON_MUTED);
}

/**
 * nodemon_watch_init - get memory for watches
 */
void __init nodemon_watch_init(void)
{
	nodemon_mark_cachep = KMEM_CACHE(nodemon_mark,
					 SLAB_PANIC | SLAB_ACCOUNT);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Node monitor: what is to be watched.
 *
 * Linux programs have a path.  Those of BeOS have the numbers of a device and
 * of a node, which they got from a directory or from stat(), and expect the
 * kernel to know the node by them.  It is looked for among those in use and,
 * where the file system can do that, by a file handle.  Numbers are easily
 * guessed: a node that is found counts only if the caller could have reached it
 * by a path, through directories that it may search.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/security.h>

#include "../../internal.h"
#include "../fsnotify.h"
#include "nodemon.h"

/* Nodes to look at before others get the list. */
#define NODEMON_SCAN_BATCH	128

/* Something else is mounted there. */
static bool nodemon_covered(const struct path *path)
{
	struct vfsmount *mnt;

	if (!d_mountpoint(path->dentry))
		return false;
	mnt = lookup_mnt(path);
	mntput(mnt);
	return mnt;
}

/* Go to the directory that has this in it, if it may be searched. */
static bool nodemon_step_up(struct path *path)
{
	struct dentry *parent;

	/* Without names it has been found by its number alone. */
	if (IS_ROOT(path->dentry))
		return false;
	parent = dget_parent(path->dentry);
	dput(path->dentry);
	path->dentry = parent;
	return !inode_permission(mnt_idmap(path->mnt), d_inode(parent),
				 MAY_EXEC) && !nodemon_covered(path);
}

/*
 * May the caller come from its root to this node, on this mount?  That races
 * with renames, as any walk along a path does.
 */
static int nodemon_reachable(void *context, struct dentry *dentry)
{
	struct path root __free(path_put) = {};
	struct path path __free(path_put) = {
		.mnt = mntget(context),
		.dentry = dget(dentry),
	};
	bool ok = !nodemon_covered(&path);

	get_fs_root(current->fs, &root);
	while (ok && !path_equal(&path, &root)) {
		if (path.dentry == path.mnt->mnt_root)
			ok = follow_up(&path);
		else
			ok = nodemon_step_up(&path);
	}
	return ok;
}

static bool nodemon_inode_usable(struct inode *inode)
{
	lockdep_assert_held(&inode->i_lock);
	return !(inode_state_read(inode) & (I_FREEING | I_WILL_FREE | I_NEW));
}

/*
 * Look through all nodes in use, for file systems that do not have them in the
 * common table by their numbers.
 */
static struct inode *nodemon_scan(struct super_block *sb, u64 node)
{
	struct inode *inode, *pause = NULL, *found = NULL;
	unsigned int n = 0;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		bool match = inode->i_ino == node;

		if (!match && ++n < NODEMON_SCAN_BATCH)
			continue;
		spin_lock(&inode->i_lock);
		if (!nodemon_inode_usable(inode)) {
			spin_unlock(&inode->i_lock);
			continue;
		}
		__iget(inode);
		spin_unlock(&inode->i_lock);
		if (match) {
			found = inode;
			break;
		}
		/* While it is held the list goes on behind it. */
		spin_unlock(&sb->s_inode_list_lock);
		iput(pause);
		pause = inode;
		n = 0;
		cond_resched();
		if (fatal_signal_pending(current))
			goto out;
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
out:
	iput(pause);
	return found;
}

/* A name of a node in use, or NULL. */
static struct dentry *nodemon_find_used(struct super_block *sb, u64 node)
{
	struct inode *inode = ilookup(sb, node);
	struct dentry *dentry;

	if (!inode)
		inode = nodemon_scan(sb, node);
	if (!inode)
		return NULL;
	dentry = d_find_alias(inode);
	iput(inode);
	return dentry;
}

/* A node that the file system finds by its number, or NULL. */
static struct dentry *nodemon_find_handle(struct vfsmount *mnt, u64 node)
{
	struct fid fid = { .i32.ino = node };
	struct dentry *dentry;

	/* Generation 0 is any. */
	if (!exportfs_can_decode_fh(mnt->mnt_sb->s_export_op) || node > U32_MAX)
		return NULL;
	dentry = exportfs_decode_fh_raw(mnt, &fid, 2, FILEID_INO32_GEN, 0,
					nodemon_reachable, mnt);
	if (IS_ERR_OR_NULL(dentry))
		return NULL;
	if (d_inode(dentry)->i_ino == node)
		return dentry;
	dput(dentry);
	return NULL;
}

static int nodemon_find_volume(s32 device, struct path *path)
{
	struct vfsmount *mnt = mnt_find_dev(new_decode_dev(device));

	if (!mnt)
		return -ENOENT;
	path->mnt = mnt;
	path->dentry = dget(mnt->mnt_root);
	return 0;
}

static int nodemon_find_node(s32 device, u64 node, struct path *path)
{
	struct dentry *dentry;
	int err;

	err = nodemon_find_volume(device, path);
	if (err)
		return err;
	if (d_inode(path->dentry)->i_ino == node)
		dentry = dget(path->dentry);
	else
		dentry = nodemon_find_used(path->mnt->mnt_sb, node);
	if (dentry && !nodemon_reachable(path->mnt, dentry)) {
		dput(dentry);
		dentry = NULL;
	}
	if (!dentry)
		dentry = nodemon_find_handle(path->mnt, node);
	if (!dentry) {
		path_put(path);
		return -ENOENT;
	}
	dput(path->dentry);
	path->dentry = dentry;
	return 0;
}

static int nodemon_find_path(const struct nodemon_args *args, struct path *path)
{
	unsigned int lookup = args->flags & NODEMON_NOFOLLOW ?
			      0 : LOOKUP_FOLLOW;
	int at_flags = args->flags & NODEMON_EMPTY_PATH ? AT_EMPTY_PATH : 0;

	CLASS(filename_maybe_null, name)(u64_to_user_ptr(args->path), at_flags);
	return filename_lookup(args->dirfd, name, lookup, path, NULL);
}

/**
 * nodemon_thing_get - find what is to be watched
 * @thing: filled
 * @args:  what that is, valid but for its values
 *
 * Context: process context, may sleep.
 * Return: 0, or an error of a path walk.
 */
int nodemon_thing_get(struct nodemon_thing *thing,
		      const struct nodemon_args *args)
{
	struct path *path = &thing->path;
	int err = 0;

	*path = (struct path) {};
	switch (args->type) {
	case NODEMON_NODE:
	case NODEMON_VOLUME:
		err = nodemon_find_path(args, path);
		break;
	case NODEMON_NODE_ID:
		err = nodemon_find_node(args->device, args->node, path);
		break;
	case NODEMON_VOLUME_ID:
		err = nodemon_find_volume(args->device, path);
		break;
	}
	if (err)
		return err;

	switch (args->type) {
	case NODEMON_NODE:
	case NODEMON_NODE_ID:
		thing->type = FSNOTIFY_OBJ_TYPE_INODE;
		thing->obj = d_inode(path->dentry);
		break;
	case NODEMON_VOLUME:
	case NODEMON_VOLUME_ID:
		thing->type = FSNOTIFY_OBJ_TYPE_SB;
		thing->obj = path->dentry->d_sb;
		break;
	default:
		thing->type = FSNOTIFY_OBJ_TYPE_MNTNS;
		thing->obj = current->nsproxy->mnt_ns;
	}
	return 0;
}

/**
 * nodemon_thing_put - it has been found and used
 * @thing: it
 *
 * Context: process context, may sleep.
 */
void nodemon_thing_put(struct nodemon_thing *thing)
{
	path_put(&thing->path);
}

/**
 * nodemon_node_access - may a node be watched?
 * @idmap: of the mount that it is seen through
 * @inode: the node
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno, mostly -EACCES.
 */
int nodemon_node_access(struct mnt_idmap *idmap, struct inode *inode)
{
	int mask = S_ISDIR(inode->i_mode) ? MAY_READ | MAY_EXEC : MAY_READ;

	return inode_permission(idmap, inode, mask);
}

/**
 * nodemon_thing_allowed - may the caller watch it?
 * @thing: it
 * @args:  what the caller wants
 *
 * Context: process context, may sleep.
 * Return: 0, -EPERM, -EACCES, or what a security module said.
 */
int nodemon_thing_allowed(const struct nodemon_thing *thing,
			  const struct nodemon_args *args)
{
	const struct path *path = &thing->path;
	struct mnt_namespace *ns = thing->obj;
	int err;

	switch (thing->type) {
	case FSNOTIFY_OBJ_TYPE_INODE:
		err = nodemon_node_access(mnt_idmap(path->mnt), thing->obj);
		if (err)
			return err;
		break;
	case FSNOTIFY_OBJ_TYPE_SB:
		if (!ns_capable(path->mnt->mnt_sb->s_user_ns, CAP_SYS_ADMIN))
			return -EPERM;
		break;
	default:
		/* Any process sees the mounts below its root as it is. */
		if (current_chrooted() &&
		    !ns_capable(ns->user_ns, CAP_SYS_ADMIN))
			return -EPERM;
		return 0;
	}
	return security_path_notify(path, nodemon_mask(thing->type,
						       args->events),
				    thing->type);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: inodes, names and directories.
 *
 * Dentries and inodes come when somebody looks and are thrown away like those
 * of any other filesystem; the tree does not know of them.  Each asks its entry
 * of the tree whether it is still right.
 */
#include <linux/dcache.h>
#include <linux/namei.h>
#include <linux/pagemap.h>
#include <linux/stat.h>

#include "internal.h"

static struct devfs_node *devfs_node_of(const struct inode *inode)
{
	return inode->i_private;
}

/*
 * The mount options may have changed what the attributes are.  i_generation
 * has the version of the options that they were taken from.
 */
static bool devfs_attributes_are_old(const struct inode *inode)
{
	return READ_ONCE(inode->i_generation) !=
	       READ_ONCE(devfs_options_version);
}

static void devfs_take_attributes(struct inode *inode)
{
	struct devfs_node *node = devfs_node_of(inode);
	umode_t mode;
	kuid_t uid;
	kgid_t gid;

	guard(mutex)(&node->lock);
	WRITE_ONCE(inode->i_generation, READ_ONCE(devfs_options_version));
	mode = node->mode;
	uid = node->uid;
	gid = node->gid;
	if (!node->is_dir && !node->set_attr)
		devfs_option_attributes(node, &mode, &uid, &gid);
	inode->i_mode = (node->is_dir ? S_IFDIR : S_IFREG) | mode;
	inode->i_uid = uid;
	inode->i_gid = gid;
}

static int devfs_inode_permission(struct mnt_idmap *idmap, struct inode *inode,
				  int mask)
{
	struct devfs_node *node = devfs_node_of(inode);

	if (unlikely(devfs_attributes_are_old(inode))) {
		if (mask & MAY_NOT_BLOCK)
			return -ECHILD;
		devfs_take_attributes(inode);
	}
	/*
	 * Programs open what can only be written with access mode 0, and write
	 * to it.  Nothing can be read there, so what matters is whether the
	 * caller may write; see devfs_open_to_write().
	 */
	if (!node->is_dir && (mask & MAY_READ) && !node->reg.reads)
		mask = (mask & ~MAY_READ) | MAY_WRITE;
	return generic_permission(idmap, inode, mask);
}

static int devfs_getattr(struct mnt_idmap *idmap, const struct path *path,
			 struct kstat *stat, u32 request_mask,
			 unsigned int query_flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct devfs_node *node = devfs_node_of(inode);

	if (devfs_attributes_are_old(inode))
		devfs_take_attributes(inode);
	generic_fillattr(idmap, request_mask, inode, stat);
	if (READ_ONCE(node->dead))
		stat->nlink = 0;
	else if (node->is_dir)
		stat->nlink = 2 + READ_ONCE(node->dir.subdirs);
	return 0;
}

static int devfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
			 struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	struct devfs_node *node = devfs_node_of(inode);
	int err;

	/* There is nothing to cut off; O_TRUNC is no error. */
	attr->ia_valid &= ~ATTR_SIZE;
	if (devfs_attributes_are_old(inode))
		devfs_take_attributes(inode);
	err = setattr_prepare(idmap, dentry, attr);
	if (err)
		return err;
	guard(mutex)(&node->lock);
	setattr_copy(idmap, inode, attr);
	if (attr->ia_valid & (ATTR_MODE | ATTR_UID | ATTR_GID)) {
		node->mode = inode->i_mode & S_IALLUGO;
		node->uid = inode->i_uid;
		node->gid = inode->i_gid;
		node->set_attr = true;
	}
	return 0;
}

static struct dentry *devfs_lookup(struct inode *inode, struct dentry *dentry,
				   unsigned int flags)
{
	struct devfs_node *dir = devfs_node_of(inode), *node;
	struct inode *found = NULL;

	if (dentry->d_name.len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	scoped_guard(rwsem_read, &devfs_tree_sem) {
		/* If it is missing: up to when. */
		dentry->d_time = dir->dir.version;
		node = devfs_find(dir, dentry->d_name.name, dentry->d_name.len);
		if (node)
			found = devfs_inode(inode->i_sb, node);
	}
	return d_splice_alias(found, dentry);
}

/*
 * An entry that was taken out never comes back, and it keeps its name and its
 * directory.  That something is missing is right until the directory changes.
 * The entry can be looked at under RCU: the inode has a reference to it until
 * it is evicted, and entries are freed a grace period after the last one.
 */
static int devfs_d_revalidate(struct inode *dir, const struct qstr *name,
			      struct dentry *dentry, unsigned int flags)
{
	struct inode *inode = d_inode_rcu(dentry);
	unsigned long version;

	if (inode)
		return !READ_ONCE(devfs_node_of(inode)->dead);
	/* Pairs with the store in devfs_dir_changed(). */
	version = smp_load_acquire(&devfs_node_of(dir)->dir.version);
	return dentry->d_time == version;
}

static int devfs_d_delete(const struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);

	return inode && READ_ONCE(devfs_node_of(inode)->dead);
}

const struct dentry_operations devfs_dentry_operations = {
	.d_revalidate	= devfs_d_revalidate,
	.d_delete	= devfs_d_delete,
};

/* The entry at a position of a directory or the first behind it. */
static struct devfs_node *devfs_entry_at(struct devfs_node *dir, loff_t pos)
{
	unsigned long index = pos;
	struct devfs_node *node;

	if (pos > INT_MAX)
		return NULL;
	guard(rwsem_read)(&devfs_tree_sem);
	node = xa_find(&dir->dir.order, &index, INT_MAX, XA_PRESENT);
	return node ? devfs_node_get(node) : NULL;
}

static int devfs_readdir(struct file *file, struct dir_context *ctx)
{
	struct devfs_node *dir = devfs_node_of(file_inode(file)), *node;
	bool room = true;

	if (!dir_emit_dots(file, ctx))
		return 0;
	/* The tree is not locked while user memory is touched. */
	while (room && (node = devfs_entry_at(dir, ctx->pos))) {
		ctx->pos = node->index;
		room = dir_emit(ctx, node->name, strlen(node->name), node->ino,
				node->is_dir ? DT_DIR : DT_REG);
		if (room)
			ctx->pos++;
		devfs_node_put(node);
	}
	return 0;
}

static loff_t devfs_dir_llseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek_size(file, offset, whence, 1LL << 32, 0);
}

static const struct inode_operations devfs_dir_inode_operations = {
	.lookup		= devfs_lookup,
	.permission	= devfs_inode_permission,
	.getattr	= devfs_getattr,
	.setattr	= devfs_setattr,
};

static const struct file_operations devfs_dir_operations = {
	.llseek		= devfs_dir_llseek,
	.read		= generic_read_dir,
	.iterate_shared	= devfs_readdir,
};

static const struct inode_operations devfs_file_inode_operations = {
	.permission	= devfs_inode_permission,
	.getattr	= devfs_getattr,
	.setattr	= devfs_setattr,
};

/**
 * devfs_dir_of_file - the directory that a file is open on
 * @file: the file, opened with O_PATH maybe
 *
 * Return: the directory, which the file keeps; NULL if it is none of ours.
 */
struct devfs_node *devfs_dir_of_file(struct file *file)
{
	struct inode *inode = file_inode(file);

	if (inode->i_op != &devfs_dir_inode_operations)
		return NULL;
	return devfs_node_of(inode);
}

static int devfs_inode_test(struct inode *inode, void *node)
{
	return inode->i_private == node;
}

static int devfs_inode_set(struct inode *inode, void *node)
{
	inode->i_private = devfs_node_get(node);
	inode->i_ino = ((struct devfs_node *)node)->ino;
	return 0;
}

/**
 * devfs_inode - the inode of an entry
 * @sb:   the superblock
 * @node: the entry; the inode gets a reference
 *
 * There is one at most, so that who changes its attributes changes them for
 * all.
 *
 * Context: process context, may sleep.
 * Return: the inode, or an ERR_PTR.
 */
struct inode *devfs_inode(struct super_block *sb, struct devfs_node *node)
{
	struct inode *inode;

	inode = iget5_locked(sb, node->ino, devfs_inode_test, devfs_inode_set,
			     node);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (!(inode_state_read_once(inode) & I_NEW))
		return inode;

	inode_set_ctime_to_ts(inode, node->born);
	inode_set_mtime_to_ts(inode, node->born);
	inode_set_atime_to_ts(inode, node->born);
	inode->i_flags |= S_NOATIME | S_NOCMTIME;
	devfs_take_attributes(inode);
	if (node->is_dir) {
		inode->i_op = &devfs_dir_inode_operations;
		inode->i_fop = &devfs_dir_operations;
		set_nlink(inode, 2);
	} else {
		inode->i_op = &devfs_file_inode_operations;
		inode->i_fop = &devfs_file_operations;
	}
	unlock_new_inode(inode);
	return inode;
}

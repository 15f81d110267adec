/* SPDX-License-Identifier: GPL-2.0 */
/*
 * $-devfs: what its files share.
 *
 * Locks, outermost first:
 *
 *	devfs_tree_sem		the tree; read to look up, write to change it
 *	  devfs_node.lock	attributes and list of open files of a node
 *	    i_mmap_rwsem	(while mappings are zapped)
 *	devfs_file.lock		the snapshot of an open file; inside of it
 *				callbacks run, so nothing else is held
 *
 * Nothing but can_replace() is called with devfs_tree_sem held, and nothing but
 * revoke() with devfs_node.lock.
 */
#ifndef _FS_DEVFS_DOLLAR_INTERNAL_H
#define _FS_DEVFS_DOLLAR_INTERNAL_H

#include <linux/atomic.h>
#include <linux/devfs_dollar.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/xarray.h>

/* Added to devfs_node.active when the node goes away. */
#define DEVFS_GONE	INT_MIN

/**
 * struct devfs_dir - what a directory has in addition
 * @children: its entries by name
 * @order:    the same in the order in which they came, for readdir
 * @next:     where the next one goes in @order
 * @version:  rises when an entry comes or goes, see devfs_d_revalidate()
 * @subdirs:  how many of the entries are directories
 * @pins:     how often it was asked to stay although it is empty
 */
struct devfs_dir {
	struct rb_root children;
	struct xarray order;
	u32 next;
	unsigned long version;
	unsigned int subdirs;
	unsigned int pins;
};

/**
 * struct devfs_reg - what a node has in addition: what was registered
 * @ops:    the callbacks
 * @ctx:    what they get
 * @module: who has the callbacks, NULL for the kernel
 * @kind:   kind of the owner
 * @reads:  it can be read; @ops may be gone when somebody asks
 * @writes: it can be written
 * @active: how many callbacks run; DEVFS_GONE is added when it goes away
 * @users:  open files, and the tree: when it falls to 0 nobody needs @ctx
 * @files:  open files, under devfs_node.lock
 * @dying:  in the list of nodes that are being retired
 * @id:     which one of its kind the owner is
 */
struct devfs_reg {
	const struct devfs_device_ops *ops;
	void *ctx;
	struct module *module;
	enum devfs_owner_kind kind;
	bool reads;
	bool writes;
	atomic_t active;
	refcount_t users;
	struct list_head files;
	struct list_head dying;
	const char *id;
};

/**
 * struct devfs_node - an entry of the tree, a directory or a node
 * @refs:    the tree, entries below it, inodes and who works on it
 * @dead:    it is not in the tree any more; set once, read without a lock
 * @is_dir:  which one of @dir and @reg it has
 * @parent:  the directory that it is or was in, with a reference; the root's is
 *           NULL
 * @rb:      in the parent's children
 * @index:   in the parent's order
 * @ino:     its number, not given again
 * @lock:    protects the attributes and reg.files
 * @mode:    permission bits
 * @uid:     owner
 * @gid:     group
 * @set_attr: chmod or chown set them, mount options do not matter any more
 * @born:    when it was made
 * @dir:     see struct devfs_dir
 * @reg:     see struct devfs_reg
 * @rcu:     for freeing it; a look-up under RCU may see it
 * @name:    last component of its path
 */
struct devfs_node {
	refcount_t refs;
	bool dead;
	bool is_dir;
	struct devfs_node *parent;
	struct rb_node rb;
	u32 index;
	u64 ino;
	struct mutex lock;		/* attributes and open files */
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
	bool set_attr;
	struct timespec64 born;
	union {
		struct devfs_dir dir;
		struct devfs_reg reg;
	};
	struct rcu_head rcu;
	char name[];
};

/**
 * struct devfs_new - what is to be registered
 * @root:   the directory that @path is relative to
 * @path:   where
 * @ops:    what it does
 * @ctx:    what the callbacks get
 * @owner:  who registers it
 * @module: whose code the callbacks are
 * @mode:   permission bits
 * @uid:    owner of the node and, for a program, of directories on the way
 * @gid:    group, likewise
 * @gfp:    how memory is allocated
 * @check:  look at the caller's permissions for the directories
 * @known:  set to the node, with a reference, before anybody can look it up;
 *          NULL if nobody wants to know
 */
struct devfs_new {
	struct devfs_node *root;
	const char *path;
	const struct devfs_device_ops *ops;
	void *ctx;
	struct devfs_owner owner;
	struct module *module;
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
	gfp_t gfp;
	bool check;
	struct devfs_node **known;
};

/**
 * struct devfs_file - an open file of a node
 * @node:   the node, with a reference
 * @link:   in the node's list
 * @file:   the file
 * @ctx:    what the callbacks get
 * @lock:   protects the snapshot
 * @data:   the snapshot, NULL before the first read
 * @len:    its length
 * @pos:    how much of it has been read
 * @fresh:  the next read takes a new one
 */
struct devfs_file {
	struct devfs_node *node;
	struct list_head link;
	struct file *file;
	void *ctx;
	struct mutex lock;		/* for all that follows */
	char *data;
	size_t len;
	size_t pos;
	bool fresh;
};

/* tree.c */
extern struct rw_semaphore devfs_tree_sem;
extern struct devfs_node *devfs_root;
extern struct devfs_node *devfs_dev;
extern struct devfs_node *devfs_user;

int devfs_check_path(const char *path);
int devfs_check_ops(const struct devfs_device_ops *ops);
bool devfs_path_reserved(const char *path);
struct devfs_node *devfs_tree_new(void);
void devfs_tree_free(struct devfs_node *root);
unsigned long devfs_tree_count(void);
struct devfs_node *devfs_find(struct devfs_node *dir, const char *name,
			      size_t len);
struct devfs_node *devfs_node_get(struct devfs_node *node);
void devfs_node_put(struct devfs_node *node);
struct devfs_node *devfs_add(const struct devfs_new *new);
bool devfs_remove(struct devfs_node *node);
int devfs_remove_path(struct devfs_node *root, const char *path,
		      const struct devfs_device_ops *ops, void *ctx);
int devfs_make_dirs(struct devfs_node *root, const char *path);
int devfs_drop_dirs(struct devfs_node *root, const char *path);

/**
 * devfs_can_read - can a node be read at all?
 * @ops: what it does
 *
 * Return: whether it has any of the callbacks that read.
 */
static inline bool devfs_can_read(const struct devfs_device_ops *ops)
{
	return ops->read || ops->read_flags || ops->snapshot;
}

/**
 * devfs_can_write - can a node be written at all?
 * @ops: what it does
 *
 * Return: whether it has any of the callbacks that write.
 */
static inline bool devfs_can_write(const struct devfs_device_ops *ops)
{
	return ops->write || ops->write_flags;
}

/**
 * devfs_active_get - a callback is about to be called
 * @node: the node
 *
 * Return: whether it may; devfs_active_put() afterwards.
 */
static inline bool devfs_active_get(struct devfs_node *node)
{
	return likely(atomic_inc_unless_negative(&node->reg.active));
}

void devfs_active_put(struct devfs_node *node);
void devfs_reg_put(struct devfs_node *node);

/**
 * devfs_gone - does a node go away?
 * @node: the node
 *
 * Return: whether no callback of it will be called any more, or soon will not.
 */
static inline bool devfs_gone(struct devfs_node *node)
{
	return atomic_read(&node->reg.active) < 0;
}

/* inode.c */
extern const struct dentry_operations devfs_dentry_operations;
struct inode *devfs_inode(struct super_block *sb, struct devfs_node *node);
struct devfs_node *devfs_dir_of_file(struct file *file);

/* file.c */
extern const struct file_operations devfs_file_operations;
void devfs_revoke_files(struct devfs_node *node);
void devfs_zap_files(struct devfs_node *node);

/* super.c */
extern unsigned int devfs_options_version;
void devfs_option_attributes(struct devfs_node *node, umode_t *mode,
			     kuid_t *uid, kgid_t *gid);

#endif /* _FS_DEVFS_DOLLAR_INTERNAL_H */

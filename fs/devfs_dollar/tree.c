// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: the tree of directories and nodes.
 *
 * It exists from boot on and whether or not anybody mounted it.  Directories
 * are made on the way to a node and go with the last thing in them, unless
 * somebody asked for them to stay.  An entry that was taken out stays dead: who
 * comes back makes another one, so a dentry whose entry is alive is right.
 *
 * To take a node out is to revoke it.  It is unlinked and marked, so that no
 * further call begins; those who wait in one are told; and when the last of
 * them has returned its mappings are zapped.  Files that are open on it keep
 * what was registered, as far as closing them needs it.
 */
#include <linux/cred.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

#include "internal.h"

DECLARE_RWSEM(devfs_tree_sem);

struct devfs_node *devfs_root;
struct devfs_node *devfs_dev;
struct devfs_node *devfs_user;

/* Nodes that were taken out and are not through with it. */
static LIST_HEAD(devfs_dying);
static DEFINE_SPINLOCK(devfs_dying_lock);
static DECLARE_WAIT_QUEUE_HEAD(devfs_dying_wait);

/* Those who wait for the callbacks of any node. */
static DECLARE_WAIT_QUEUE_HEAD(devfs_active_wait);

static atomic64_t devfs_last_ino;
static atomic_long_t devfs_count;

static bool devfs_bad_component(const char *name, size_t len)
{
	return !len || (name[0] == '.' &&
			(len == 1 || (len == 2 && name[1] == '.')));
}

/* The next component of a path: its length; the path goes on after it. */
static size_t devfs_component(const char **path, const char **name)
{
	const char *end = strchrnul(*path, '/');
	size_t len = end - *path;

	*name = *path;
	*path = *end ? end + 1 : end;
	return len;
}

/**
 * devfs_check_path - is it a path that a node can be registered at?
 * @path: the path, NULL is bad
 *
 * Return: 0, -EINVAL or -ENAMETOOLONG.
 */
int devfs_check_path(const char *path)
{
	const char *rest = path, *name;
	size_t len;

	if (!path || !*path || *path == '$')
		return -EINVAL;
	if (strnlen(path, DEVFS_PATH_MAX) == DEVFS_PATH_MAX)
		return -ENAMETOOLONG;
	if (path[strlen(path) - 1] == '/')
		return -EINVAL;
	while (*rest) {
		len = devfs_component(&rest, &name);
		if (devfs_bad_component(name, len))
			return -EINVAL;
		if (len > NAME_MAX)
			return -ENAMETOOLONG;
	}
	return 0;
}

/**
 * devfs_path_reserved - does a path belong to the drives?
 * @path: a path below $/dev
 *
 * Return: whether modules are kept from it.
 */
bool devfs_path_reserved(const char *path)
{
	return str_has_prefix(path, "mnt") || strstr(path, "vDrive");
}

/**
 * devfs_check_ops - can a node do what it says?
 * @ops: what it does, NULL is bad
 *
 * Return: 0 or -EINVAL.
 */
int devfs_check_ops(const struct devfs_device_ops *ops)
{
	if (!ops || !ops->name || !*ops->name)
		return -EINVAL;
	if (!devfs_can_read(ops) && !devfs_can_write(ops))
		return -EINVAL;
	if (!!ops->read + !!ops->read_flags + !!ops->snapshot > 1 ||
	    (ops->write && ops->write_flags))
		return -EINVAL;
	if (ops->mode & ~0666 || ops->io_max > DEVFS_IO_MAX ||
	    ops->snapshot_max > DEVFS_SNAPSHOT_MAX)
		return -EINVAL;
	return 0;
}

/* ---- entries ---- */

static struct devfs_node *devfs_node_new(struct devfs_node *parent,
					 const char *name, size_t len,
					 gfp_t gfp)
{
	struct devfs_node *node = kzalloc_flex(*node, name, len + 1, gfp);

	if (!node)
		return NULL;
	refcount_set(&node->refs, 1);
	memcpy(node->name, name, len);
	RB_CLEAR_NODE(&node->rb);
	mutex_init(&node->lock);
	node->ino = atomic64_inc_return(&devfs_last_ino);
	ktime_get_coarse_real_ts64(&node->born);
	if (parent)
		node->parent = devfs_node_get(parent);
	return node;
}

static struct devfs_node *devfs_dir_new(struct devfs_node *parent,
					const char *name, size_t len,
					gfp_t gfp)
{
	struct devfs_node *node = devfs_node_new(parent, name, len, gfp);

	if (!node)
		return NULL;
	node->is_dir = true;
	node->mode = 0755;
	node->dir.children = RB_ROOT;
	xa_init_flags(&node->dir.order, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	node->dir.next = 2;
	return node;
}

static struct devfs_node *devfs_reg_new(const struct devfs_new *new)
{
	const char *slash = strrchr(new->path, '/');
	const char *name = slash ? slash + 1 : new->path;
	struct devfs_node *node;

	node = devfs_node_new(NULL, name, strlen(name), new->gfp);
	if (!node)
		return NULL;
	INIT_LIST_HEAD(&node->reg.files);
	INIT_LIST_HEAD(&node->reg.dying);
	refcount_set(&node->reg.users, 1);
	node->reg.ops = new->ops;
	node->reg.ctx = new->ctx;
	node->reg.module = new->module;
	node->reg.kind = new->owner.kind;
	node->reg.reads = devfs_can_read(new->ops);
	node->reg.writes = devfs_can_write(new->ops);
	node->reg.id = kstrdup_const(new->owner.id ?: "", new->gfp);
	if (!node->reg.id) {
		devfs_node_put(node);
		return NULL;
	}
	node->mode = new->mode;
	node->uid = new->uid;
	node->gid = new->gid;
	return node;
}

/**
 * devfs_node_get - take a reference to an entry
 * @node: the entry
 *
 * Return: @node.
 */
struct devfs_node *devfs_node_get(struct devfs_node *node)
{
	refcount_inc(&node->refs);
	return node;
}

/**
 * devfs_node_put - drop a reference to an entry
 * @node: the entry
 *
 * Context: process context.
 */
void devfs_node_put(struct devfs_node *node)
{
	while (node && refcount_dec_and_test(&node->refs)) {
		struct devfs_node *parent = node->parent;

		if (node->is_dir)
			xa_destroy(&node->dir.order);
		else
			kfree_const(node->reg.id);
		mutex_destroy(&node->lock);
		kfree_rcu(node, rcu);
		node = parent;
	}
}

static int devfs_name_cmp(const char *name, size_t len,
			  const struct devfs_node *node)
{
	int cmp = strncmp(name, node->name, len);

	return cmp ?: -(int)!!node->name[len];
}

/**
 * devfs_find - look for an entry of a directory
 * @dir:  the directory
 * @name: its name, need not end in NUL
 * @len:  bytes of @name
 *
 * Context: devfs_tree_sem held.
 * Return: the entry, without a reference, or NULL.
 */
struct devfs_node *devfs_find(struct devfs_node *dir, const char *name,
			      size_t len)
{
	struct rb_node *rb = dir->dir.children.rb_node;

	lockdep_assert_held(&devfs_tree_sem);
	while (rb) {
		struct devfs_node *node = rb_entry(rb, struct devfs_node, rb);
		int cmp = devfs_name_cmp(name, len, node);

		if (!cmp)
			return node;
		rb = cmp < 0 ? rb->rb_left : rb->rb_right;
	}
	return NULL;
}

static void devfs_dir_changed(struct devfs_node *dir)
{
	/* Pairs with the load in devfs_d_revalidate(). */
	smp_store_release(&dir->dir.version, dir->dir.version + 1);
}

/* Put a new entry, with the reference that the caller has, into @dir. */
static int devfs_link(struct devfs_node *dir, struct devfs_node *node,
		      gfp_t gfp)
{
	struct rb_node **link = &dir->dir.children.rb_node, *above = NULL;
	size_t len = strlen(node->name);
	int err;

	err = xa_alloc_cyclic(&dir->dir.order, &node->index, node,
			      XA_LIMIT(2, INT_MAX), &dir->dir.next, gfp);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	while (*link) {
		above = *link;
		if (devfs_name_cmp(node->name, len,
				   rb_entry(above, struct devfs_node, rb)) < 0)
			link = &above->rb_left;
		else
			link = &above->rb_right;
	}
	rb_link_node(&node->rb, above, link);
	rb_insert_color(&node->rb, &dir->dir.children);
	if (!node->parent)
		node->parent = devfs_node_get(dir);
	if (node->is_dir)
		dir->dir.subdirs++;
	atomic_long_inc(&devfs_count);
	devfs_dir_changed(dir);
	return 0;
}

/* No further callback begins; the caller is the one to revoke it. */
static void devfs_mark_gone(struct devfs_node *node)
{
	WRITE_ONCE(node->dead, true);
	if (node->is_dir)
		return;
	scoped_guard(spinlock, &devfs_dying_lock)
		list_add_tail(&node->reg.dying, &devfs_dying);
	atomic_add(DEVFS_GONE, &node->reg.active);
}

static void devfs_unlink(struct devfs_node *node)
{
	struct devfs_node *dir = node->parent;

	rb_erase(&node->rb, &dir->dir.children);
	RB_CLEAR_NODE(&node->rb);
	xa_erase(&dir->dir.order, node->index);
	if (node->is_dir)
		dir->dir.subdirs--;
	atomic_long_dec(&devfs_count);
	devfs_mark_gone(node);
	devfs_dir_changed(dir);
}

/* Directories go with the last thing in them. */
static void devfs_prune(struct devfs_node *dir)
{
	while (dir->parent && !dir->dead && !dir->dir.pins &&
	       RB_EMPTY_ROOT(&dir->dir.children)) {
		struct devfs_node *parent = dir->parent;

		devfs_unlink(dir);
		/* The parent is in the tree and stays as long as we hold it. */
		devfs_node_put(dir);
		dir = parent;
	}
}

static void devfs_replace(struct devfs_node *old, struct devfs_node *new)
{
	struct devfs_node *dir = old->parent;

	new->parent = devfs_node_get(dir);
	new->index = old->index;
	rb_replace_node(&old->rb, &new->rb, &dir->dir.children);
	RB_CLEAR_NODE(&old->rb);
	/* There is something already, this needs no memory. */
	xa_store(&dir->dir.order, new->index, new, GFP_NOWAIT);
	devfs_mark_gone(old);
	devfs_dir_changed(dir);
}

/* ---- revoking ---- */

/**
 * devfs_active_put - a callback has returned
 * @node: the node, for which devfs_active_get() said yes
 *
 * Context: any.
 */
void devfs_active_put(struct devfs_node *node)
{
	if (unlikely(atomic_dec_return(&node->reg.active) == DEVFS_GONE))
		wake_up_all(&devfs_active_wait);
}

/**
 * devfs_reg_put - somebody does not need what was registered any more
 * @node: the node
 *
 * Context: process context, may sleep.
 */
void devfs_reg_put(struct devfs_node *node)
{
	if (refcount_dec_and_test(&node->reg.users) && node->reg.ops->release)
		node->reg.ops->release(node->reg.ctx);
}

/*
 * Go through with a node that was taken out; drops the tree's reference.  The
 * callbacks of a module that is about to go are not used after the node has
 * left the list, for which devfs_wait_dying() waits.
 */
static void devfs_retire(struct devfs_node *node)
{
	devfs_revoke_files(node);
	wait_event(devfs_active_wait,
		   atomic_read(&node->reg.active) == DEVFS_GONE);
	devfs_zap_files(node);
	devfs_reg_put(node);
	scoped_guard(spinlock, &devfs_dying_lock)
		list_del_init(&node->reg.dying);
	wake_up_all(&devfs_dying_wait);
	devfs_node_put(node);
}

static bool devfs_is_dying(const struct devfs_device_ops *ops, void *ctx)
{
	struct devfs_node *node;

	guard(spinlock)(&devfs_dying_lock);
	list_for_each_entry(node, &devfs_dying, reg.dying)
		if (node->reg.ops == ops && node->reg.ctx == ctx)
			return true;
	return false;
}

/* Somebody else may have taken the node out and be at it. */
static void devfs_wait_dying(const struct devfs_device_ops *ops, void *ctx)
{
	wait_event(devfs_dying_wait, !devfs_is_dying(ops, ctx));
}

/* ---- adding ---- */

static int devfs_may_replace(const struct devfs_node *old,
			     const struct devfs_new *new)
{
	const struct devfs_device_ops *ops = old->reg.ops;

	/* What programs serve is never taken over, and takes nothing over. */
	if (old->reg.kind == DEVFS_OWNER_USER)
		return -EEXIST;
	if (new->owner.kind == DEVFS_OWNER_USER)
		return -EPERM;
	if (!ops->can_replace)
		return -EEXIST;
	if (ops->can_replace(old->reg.ctx, new->path, new->owner.id ?: "") !=
	    DEVFS_REPLACE_ALLOW)
		return -EPERM;
	return 0;
}

/* As generic_permission(), for an entry that may have no inode now. */
static int devfs_permission(struct devfs_node *node, umode_t mask)
{
	umode_t mode;

	scoped_guard(mutex, &node->lock) {
		mode = node->mode;
		if (uid_eq(current_fsuid(), node->uid))
			mode >>= 6;
		else if (in_group_p(node->gid))
			mode >>= 3;
	}
	if (!(mask & ~mode))
		return 0;
	return capable(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
}

/*
 * One step on the way to a node, into a directory that is there or is made.
 * Returns the directory, without a reference.
 */
static struct devfs_node *devfs_step(const struct devfs_new *new,
				     struct devfs_node *dir, const char *name,
				     size_t len)
{
	struct devfs_node *node = devfs_find(dir, name, len);
	int err;

	if (new->check) {
		err = devfs_permission(dir, node ? MAY_EXEC :
						   MAY_WRITE | MAY_EXEC);
		if (err)
			return ERR_PTR(err);
	}
	if (node)
		return node->is_dir ? node : ERR_PTR(-ENOTDIR);

	node = devfs_dir_new(dir, name, len, new->gfp);
	if (!node)
		return ERR_PTR(-ENOMEM);
	node->uid = new->uid;
	node->gid = new->gid;
	err = devfs_link(dir, node, new->gfp);
	if (err) {
		devfs_node_put(node);
		return ERR_PTR(err);
	}
	return node;
}

/*
 * The directory in which the last component of a path is to be, which is left
 * in @name.  On failure what was made for it is gone again.
 */
static struct devfs_node *devfs_walk(const struct devfs_new *new,
				     const char **name)
{
	struct devfs_node *dir = new->root, *next;
	const char *rest = new->path, *component;
	size_t len;

	for (;;) {
		len = devfs_component(&rest, &component);
		if (!*rest) {
			*name = component;
			return dir;
		}
		next = devfs_step(new, dir, component, len);
		if (IS_ERR(next)) {
			devfs_prune(dir);
			return next;
		}
		dir = next;
	}
}

static int devfs_insert(const struct devfs_new *new, struct devfs_node *node,
			struct devfs_node **replaced)
{
	struct devfs_node *dir, *old;
	const char *name;
	int err;

	guard(rwsem_write)(&devfs_tree_sem);
	if (new->root->dead)
		return -ENOENT;
	dir = devfs_walk(new, &name);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	old = devfs_find(dir, name, strlen(name));
	if (new->check) {
		err = devfs_permission(dir, old ? MAY_EXEC :
						  MAY_WRITE | MAY_EXEC);
		if (err)
			goto err_prune;
	}
	if (!old) {
		err = devfs_link(dir, node, new->gfp);
		if (err)
			goto err_prune;
		if (new->known) {
			devfs_node_get(node);
			/* The tree is locked: who finds the node finds it set. */
			smp_store_release(new->known, node);
		}
		return 0;
	}
	/* A directory with something in it is not pruned. */
	if (old->is_dir)
		return -EISDIR;
	err = devfs_may_replace(old, new);
	if (err)
		return err;
	devfs_replace(old, node);
	*replaced = old;
	return 0;

err_prune:
	devfs_prune(dir);
	return err;
}

/**
 * devfs_add - put a node into the tree
 * @new: what and where; the path has been checked
 *
 * Context: process context, may sleep.
 * Return: the node, with a reference, or an ERR_PTR.
 */
struct devfs_node *devfs_add(const struct devfs_new *new)
{
	struct devfs_node *node, *old = NULL;
	int err;

	node = devfs_reg_new(new);
	if (!node)
		return ERR_PTR(-ENOMEM);
	devfs_node_get(node);
	err = devfs_insert(new, node, &old);
	if (err) {
		devfs_node_put(node);
		devfs_node_put(node);
		return ERR_PTR(err);
	}
	if (old)
		devfs_retire(old);
	return node;
}

/**
 * devfs_remove - take a node out of the tree
 * @node: the node, to which the caller has a reference
 *
 * When it returns no callback but close and release will be called any more,
 * whoever has taken it out.
 *
 * Context: process context, may sleep.
 * Return: whether it was there.
 */
bool devfs_remove(struct devfs_node *node)
{
	struct devfs_node *dir = node->parent;
	bool removed = false;

	scoped_guard(rwsem_write, &devfs_tree_sem) {
		if (!node->dead) {
			devfs_unlink(node);
			devfs_prune(dir);
			removed = true;
		}
	}
	if (removed)
		devfs_retire(node);
	else
		devfs_wait_dying(node->reg.ops, node->reg.ctx);
	return removed;
}

/* Who goes through the whole of a path; NULL if something is missing. */
static struct devfs_node *devfs_look_up(struct devfs_node *node,
					const char *path)
{
	const char *name;
	size_t len;

	while (node && *path) {
		len = devfs_component(&path, &name);
		node = node->is_dir ? devfs_find(node, name, len) : NULL;
	}
	return node;
}

/**
 * devfs_remove_path - take what was registered at a path out of the tree
 * @root: the directory that @path is relative to
 * @path: the path
 * @ops:  what was registered
 * @ctx:  likewise
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOENT if there is nothing or something else.
 */
int devfs_remove_path(struct devfs_node *root, const char *path,
		      const struct devfs_device_ops *ops, void *ctx)
{
	struct devfs_node *node;
	bool removed;

	if (devfs_check_path(path))
		return -ENOENT;
	scoped_guard(rwsem_read, &devfs_tree_sem) {
		node = devfs_look_up(root, path);
		if (node && (node->is_dir || node->reg.ops != ops ||
			     node->reg.ctx != ctx))
			node = NULL;
		if (node)
			devfs_node_get(node);
	}
	if (!node) {
		devfs_wait_dying(ops, ctx);
		return -ENOENT;
	}
	removed = devfs_remove(node);
	devfs_node_put(node);
	return removed ? 0 : -ENOENT;
}

/**
 * devfs_make_dirs - make a directory and those on the way to it
 * @root: the directory that @path is relative to
 * @path: the path; "" is @root
 *
 * It stays, also without anything in it, until devfs_drop_dirs() is called as
 * often.
 *
 * Context: process context, may sleep.
 * Return: 0, or an error as from devfs_register_path().
 */
int devfs_make_dirs(struct devfs_node *root, const char *path)
{
	struct devfs_new new = {
		.root = root,
		.path = path,
		.gfp = GFP_KERNEL,
	};
	struct devfs_node *dir, *last;
	const char *name;
	int err;

	if (path && !*path)
		return 0;
	err = devfs_check_path(path);
	if (err)
		return err;
	guard(rwsem_write)(&devfs_tree_sem);
	dir = devfs_walk(&new, &name);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	last = devfs_step(&new, dir, name, strlen(name));
	if (IS_ERR(last)) {
		devfs_prune(dir);
		return PTR_ERR(last);
	}
	last->dir.pins++;
	return 0;
}

/**
 * devfs_drop_dirs - a directory need not stay any more
 * @root: the directory that @path is relative to
 * @path: the path; "" is @root
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOENT if nobody asked for it to stay.
 */
int devfs_drop_dirs(struct devfs_node *root, const char *path)
{
	struct devfs_node *dir;

	if (path && !*path)
		return 0;
	if (devfs_check_path(path))
		return -ENOENT;
	guard(rwsem_write)(&devfs_tree_sem);
	dir = devfs_look_up(root, path);
	if (!dir || !dir->is_dir || !dir->dir.pins)
		return -ENOENT;
	dir->dir.pins--;
	devfs_prune(dir);
	return 0;
}

/* ---- the whole of it ---- */

/**
 * devfs_tree_new - make an empty tree
 *
 * Return: its root directory, with a reference, or NULL if there is no memory.
 */
struct devfs_node *devfs_tree_new(void)
{
	struct devfs_node *root = devfs_dir_new(NULL, "", 0, GFP_KERNEL);

	if (root)
		root->dir.pins = 1;
	return root;
}

/* Any node below a directory, with a reference; NULL if there is none. */
static struct devfs_node *devfs_any_node(struct devfs_node *dir)
{
	struct rb_node *rb;

	guard(rwsem_read)(&devfs_tree_sem);
	while ((rb = rb_first(&dir->dir.children))) {
		struct devfs_node *node = rb_entry(rb, struct devfs_node, rb);

		if (!node->is_dir || RB_EMPTY_ROOT(&node->dir.children))
			return devfs_node_get(node);
		dir = node;
	}
	return NULL;
}

/**
 * devfs_tree_free - take everything out of a tree and free it
 * @root: its root directory
 *
 * Context: process context, may sleep.
 */
void devfs_tree_free(struct devfs_node *root)
{
	struct devfs_node *node;

	while ((node = devfs_any_node(root))) {
		if (node->is_dir) {
			guard(rwsem_write)(&devfs_tree_sem);
			node->dir.pins = 0;
			devfs_prune(node);
		} else {
			devfs_remove(node);
		}
		devfs_node_put(node);
	}
	devfs_node_put(root);
}

/**
 * devfs_tree_count - how many entries are there?
 *
 * Return: directories and nodes, without the root.
 */
unsigned long devfs_tree_count(void)
{
	return atomic_long_read(&devfs_count);
}

static struct devfs_node *__init devfs_top_dir(const char *name)
{
	int err = devfs_make_dirs(devfs_root, name);

	if (err)
		return ERR_PTR(err);
	guard(rwsem_read)(&devfs_tree_sem);
	return devfs_find(devfs_root, name, strlen(name));
}

/* Before anybody who might register a node. */
static int __init devfs_tree_init(void)
{
	struct devfs_node *dev, *mnt, *user;

	devfs_root = devfs_tree_new();
	if (!devfs_root)
		return -ENOMEM;
	dev = devfs_top_dir("dev");
	mnt = devfs_top_dir("mnt");
	user = devfs_top_dir("user");
	if (IS_ERR(dev) || IS_ERR(mnt) || IS_ERR(user))
		return -ENOMEM;
	devfs_dev = dev;
	devfs_user = user;
	return 0;
}
core_initcall(devfs_tree_init);

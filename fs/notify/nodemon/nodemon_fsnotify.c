// SPDX-License-Identifier: GPL-2.0
/*
 * Node monitor: from events of fsnotify to news.
 *
 * For each event up to four watches of a target may match: the volume's, the
 * node's and those of one or two directories.  Each that does tells it, so who
 * watches a directory and a file in it is told twice, as on BeOS.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xattr.h>

#include "../fsnotify.h"
#include "nodemon.h"

#define CREATE_TRACE_POINTS
#include <trace/events/nodemon.h>

/**
 * nodemon_stat_fields - what was set, for those who are told
 * @ia_valid: ATTR_*
 *
 * What follows from something else that was set is not mentioned.
 *
 * Return: NODEMON_STAT_*; 0 if there is nothing to tell.
 */
u32 nodemon_stat_fields(unsigned int ia_valid)
{
	u32 fields = 0;

	if (ia_valid & ATTR_MODE)
		fields |= NODEMON_STAT_MODE;
	if (ia_valid & ATTR_UID)
		fields |= NODEMON_STAT_UID;
	if (ia_valid & ATTR_GID)
		fields |= NODEMON_STAT_GID;
	if (ia_valid & ATTR_SIZE)
		fields |= NODEMON_STAT_SIZE;
	if (ia_valid & ATTR_ATIME)
		fields |= NODEMON_STAT_ACCESS_TIME;
	/* A truncation sets that as well. */
	if (ia_valid & ATTR_MTIME &&
	    (!(ia_valid & ATTR_SIZE) || ia_valid & ATTR_MTIME_SET))
		fields |= NODEMON_STAT_MODIFICATION_TIME;
	return fields;
}

/**
 * nodemon_attr_name - the name under which an attribute is told
 * @name:    name with its prefix
 * @trusted: the target may know of attributes that only root sees
 *
 * Return: the name; NULL if it is not told.
 */
const char *nodemon_attr_name(const char *name, bool trusted)
{
	if (str_has_prefix(name, XATTR_USER_PREFIX)) {
		name += XATTR_USER_PREFIX_LEN;
		if (str_has_prefix(name, "beos.") && name[5])
			name += 5;
		return name;
	}
	if (!trusted && str_has_prefix(name, XATTR_TRUSTED_PREFIX))
		return NULL;
	return name;
}

static bool nodemon_mark_wants(const struct nodemon_mark *watch, u32 events)
{
	u32 has = READ_ONCE(watch->events);

	return (has & events) == events && !(has & NODEMON_MUTED);
}

/* The watch that would tell, if it wants all of these events. */
static struct nodemon_mark *nodemon_wants(struct fsnotify_iter_info *iter,
					  int type, u32 events)
{
	struct fsnotify_mark *mark = fsnotify_iter_mark(iter, type);
	struct nodemon_mark *watch;

	if (!mark)
		return NULL;
	watch = to_nodemon_mark(mark);
	return nodemon_mark_wants(watch, events) ? watch : NULL;
}

static void nodemon_tell_mark(struct nodemon *nm, struct fsnotify_mark *mark,
			      u32 events, const struct nodemon_news *news)
{
	struct nodemon_mark *watch = to_nodemon_mark(mark);
	int nr;

	if (!nodemon_mark_wants(watch, events))
		return;
	/* It may be ending at this moment. */
	nr = READ_ONCE(watch->watch);
	if (nr < 0)
		return;
	trace_nodemon_event(nr, news);
	if (nm->team)
		nodemon_port_tell(nm, news);
	else
		nodemon_queue(nm, nr, watch, news);
}

/* Most of the places that could be watched are not. */
static inline void nodemon_tell(struct nodemon *nm,
				struct fsnotify_iter_info *iter, int type,
				u32 events, const struct nodemon_news *news)
{
	struct fsnotify_mark *mark = fsnotify_iter_mark(iter, type);

	if (mark)
		nodemon_tell_mark(nm, mark, events, news);
}

/* Of a node: its volume, its parent and itself may be watched for it. */
static void nodemon_tell_node(struct nodemon *nm,
			      struct fsnotify_iter_info *iter, u32 event,
			      const struct nodemon_news *news)
{
	nodemon_tell(nm, iter, FSNOTIFY_ITER_TYPE_SB, event, news);
	nodemon_tell(nm, iter, FSNOTIFY_ITER_TYPE_PARENT,
		     event | NODEMON_CHILDREN, news);
	nodemon_tell(nm, iter, FSNOTIFY_ITER_TYPE_INODE, event, news);
}

static void nodemon_news_node(struct nodemon_news *news,
			      const struct inode *inode)
{
	if (!inode)
		return;
	news->node = inode->i_ino;
	news->node_device = nodemon_device(inode->i_sb);
	if (S_ISDIR(inode->i_mode))
		news->flags |= NODEMON_IS_DIR;
}

/* Some file systems have longer names than others; records have not. */
static u16 nodemon_name_len(const struct qstr *name)
{
	return min_t(u32, name->len, NAME_MAX);
}

static void nodemon_news_name(struct nodemon_news *news,
			      const struct qstr *name)
{
	news->name = name->name;
	news->name_len = nodemon_name_len(name);
}

static struct nodemon_news nodemon_news_about(u16 opcode,
					      const struct super_block *sb)
{
	s32 device = nodemon_device(sb);

	/* All of it, as compilers clear what has gaps before they fill it. */
	return (struct nodemon_news) {
		.opcode = opcode,
		.flags = 0,
		.device = device,
		.node_device = device,
		.detail = 0,
		.directory = -1,
		.to_directory = -1,
		.node = -1,
		.name = NULL,
		.from = NULL,
		.name_len = 0,
		.from_len = 0,
	};
}

static struct nodemon_news nodemon_news_entry(u16 opcode,
					      const struct inode *dir,
					      const struct qstr *name,
					      const struct inode *inode)
{
	struct nodemon_news news = nodemon_news_about(opcode, dir->i_sb);

	news.directory = dir->i_ino;
	nodemon_news_name(&news, name);
	nodemon_news_node(&news, inode);
	return news;
}

static struct nodemon_news nodemon_news_moved(const struct inode *dir,
					      const struct qstr *name,
					      const struct inode *new_dir,
					      const struct qstr *new_name,
					      const struct inode *inode)
{
	struct nodemon_news news = nodemon_news_entry(NODEMON_ENTRY_MOVED, dir,
						      new_name, inode);

	news.to_directory = new_dir->i_ino;
	news.from = name->name;
	news.from_len = nodemon_name_len(name);
	return news;
}

static struct nodemon_news nodemon_news_stat(const struct inode *inode,
					     u32 fields)
{
	struct nodemon_news news = nodemon_news_about(NODEMON_STAT_CHANGED,
						      inode->i_sb);

	news.detail = fields;
	nodemon_news_node(&news, inode);
	return news;
}

/* An entry was created in a directory or removed from it. */
static void nodemon_dirent(struct nodemon *nm, struct fsnotify_iter_info *iter,
			   u32 mask, struct inode *dir, const struct qstr *name,
			   const struct inode *inode)
{
	u16 opcode = mask & FS_CREATE ? NODEMON_ENTRY_CREATED :
					NODEMON_ENTRY_REMOVED;
	struct nodemon_news news = nodemon_news_entry(opcode, dir, name, inode);

	nodemon_tell(nm, iter, FSNOTIFY_ITER_TYPE_SB, NODEMON_NAME, &news);
	nodemon_tell(nm, iter, FSNOTIFY_ITER_TYPE_INODE, NODEMON_DIRECTORY,
		     &news);
}

/*
 * One end of a move, as the directory there sees it.  The other end is nothing
 * to those who could not come to it: for them the node appears or goes away.
 */
static void nodemon_tell_end(struct nodemon *nm,
			     struct fsnotify_iter_info *iter, int type,
			     struct inode *other,
			     const struct nodemon_news *moved,
			     const struct nodemon_news *alone)
{
	if (!nodemon_wants(iter, type, NODEMON_DIRECTORY))
		return;
	nodemon_tell(nm, iter, type, NODEMON_DIRECTORY,
		     nodemon_may_reach(nm, other) ? moved : alone);
}

/*
 * A node was renamed, as the directories and the volume see it.  What had the
 * name before goes first.
 */
static void nodemon_renamed(struct nodemon *nm, struct fsnotify_iter_info *iter,
			    const struct fsnotify_rename_data *rd,
			    struct inode *dir, const struct qstr *name)
{
	struct inode *new_dir = d_inode(rd->moved->d_parent);
	int to = dir == new_dir ? FSNOTIFY_ITER_TYPE_INODE :
				  FSNOTIFY_ITER_TYPE_INODE2;
	struct nodemon_news news, alone;

	if (rd->target) {
		news = nodemon_news_entry(NODEMON_ENTRY_REMOVED, new_dir,
					  &rd->moved->d_name, rd->target);
		nodemon_tell(nm, iter, FSNOTIFY_ITER_TYPE_SB, NODEMON_NAME,
			     &news);
		nodemon_tell(nm, iter, to, NODEMON_DIRECTORY, &news);
	}
	news = nodemon_news_moved(dir, name, new_dir, &rd->moved->d_name,
				  d_inode(rd->moved));
	nodemon_tell(nm, iter, FSNOTIFY_ITER_TYPE_SB, NODEMON_NAME, &news);
	if (dir == new_dir) {
		nodemon_tell(nm, iter, to, NODEMON_DIRECTORY, &news);
		return;
	}
	alone = nodemon_news_entry(NODEMON_ENTRY_REMOVED, dir, name,
				   d_inode(rd->moved));
	nodemon_tell_end(nm, iter, FSNOTIFY_ITER_TYPE_INODE, new_dir, &news,
			 &alone);
	alone = nodemon_news_entry(NODEMON_ENTRY_CREATED, new_dir,
				   &rd->moved->d_name, d_inode(rd->moved));
	nodemon_tell_end(nm, iter, to, dir, &news, &alone);
}

/*
 * A node was renamed or lost a name, as it sees that itself.  Names that the
 * target's maker could not come to are not told.
 */
static void nodemon_entry(struct nodemon *nm, struct fsnotify_iter_info *iter,
			  const struct fsnotify_entry_data *data)
{
	struct nodemon_news news;

	if (!nodemon_wants(iter, FSNOTIFY_ITER_TYPE_INODE, NODEMON_NAME) ||
	    !nodemon_may_reach(nm, data->dir))
		return;
	if (data->new_dir &&
	    (data->new_dir == data->dir || nodemon_may_reach(nm, data->new_dir)))
		news = nodemon_news_moved(data->dir, data->name, data->new_dir,
					  data->new_name, data->inode);
	else
		news = nodemon_news_entry(NODEMON_ENTRY_REMOVED, data->dir,
					  data->name, data->inode);
	nodemon_tell(nm, iter, FSNOTIFY_ITER_TYPE_INODE, NODEMON_NAME, &news);
}

/* May who watches a node still read it, now that its owner or mode changed? */
static void nodemon_recheck(struct nodemon *nm, struct fsnotify_iter_info *iter,
			    struct inode *inode, bool muted)
{
	struct fsnotify_mark *mark = fsnotify_iter_inode_mark(iter);
	struct nodemon_mark *watch;

	if (!mark)
		return;
	watch = to_nodemon_mark(mark);
	if (!(READ_ONCE(watch->events) & NODEMON_MUTED) == !muted)
		nodemon_watch_recheck(nm, watch, inode);
}

static void nodemon_attr(struct nodemon *nm, struct fsnotify_iter_info *iter,
			 const struct fsnotify_attr_data *data)
{
	struct inode *inode = d_inode(data->dentry);
	u32 fields = nodemon_stat_fields(data->ia_valid);
	bool access = fields & (NODEMON_STAT_MODE | NODEMON_STAT_UID |
				NODEMON_STAT_GID);
	struct nodemon_news news;

	/* What else comes that way has only set the change time. */
	if (data->ia_valid == ATTR_CTIME)
		fields = NODEMON_STAT_CHANGE_TIME;
	/* Nothing is told of what was truncated on open and had been empty. */
	if (fields & (NODEMON_STAT_SIZE | NODEMON_STAT_MODIFICATION_TIME) ||
	    data->ia_valid & ATTR_OPEN)
		nodemon_opens_told(nm, inode);
	if (!fields)
		return;
	/* Told is who may read it before or afterwards. */
	if (access)
		nodemon_recheck(nm, iter, inode, true);
	news = nodemon_news_stat(inode, fields);
	nodemon_tell_node(nm, iter, NODEMON_STAT, &news);
	if (access)
		nodemon_recheck(nm, iter, inode, false);
}

/* The directory that a path goes through; -1 for a root. */
static s64 nodemon_parent(struct dentry *dentry)
{
	struct dentry *parent;
	s64 node;

	if (IS_ROOT(dentry))
		return -1;
	parent = dget_parent(dentry);
	node = d_inode(parent)->i_ino;
	dput(parent);
	return node;
}

static u32 nodemon_cause(enum fsnotify_xattr_change change)
{
	switch (change) {
	case FSNOTIFY_XATTR_CREATED:
		return NODEMON_CAUSE_CREATED;
	case FSNOTIFY_XATTR_REMOVED:
		return NODEMON_CAUSE_REMOVED;
	default:
		return NODEMON_CAUSE_CHANGED;
	}
}

static void nodemon_xattr(struct nodemon *nm, struct fsnotify_iter_info *iter,
			  const struct fsnotify_xattr_data *data)
{
	const char *name = nodemon_attr_name(data->name, nm->trusted);
	struct inode *inode = d_inode(data->dentry);
	bool access = !strcmp(data->name, XATTR_NAME_POSIX_ACL_ACCESS);
	struct nodemon_news news;

	/* That the change time moved is no secret. */
	if (access)
		nodemon_recheck(nm, iter, inode, true);
	if (name) {
		news = nodemon_news_about(NODEMON_ATTR_CHANGED, inode->i_sb);
		nodemon_news_node(&news, inode);
		news.detail = nodemon_cause(data->change);
		news.directory = nodemon_parent(data->dentry);
		news.name = name;
		news.name_len = strlen(name);
		nodemon_tell_node(nm, iter, NODEMON_ATTR, &news);
	}
	news = nodemon_news_stat(inode, NODEMON_STAT_CHANGE_TIME);
	nodemon_tell_node(nm, iter, NODEMON_STAT, &news);
	if (access)
		nodemon_recheck(nm, iter, inode, false);
}

/* The first watch that would tell such an event of a node. */
static struct nodemon_mark *nodemon_node_watch(struct fsnotify_iter_info *iter,
					       u32 event)
{
	return nodemon_wants(iter, FSNOTIFY_ITER_TYPE_SB, event) ?:
	       nodemon_wants(iter, FSNOTIFY_ITER_TYPE_PARENT,
			     event | NODEMON_CHILDREN) ?:
	       nodemon_wants(iter, FSNOTIFY_ITER_TYPE_INODE, event);
}

/* A file was opened, written or closed. */
static void nodemon_file(struct nodemon *nm, struct fsnotify_iter_info *iter,
			 u32 mask, const struct file *file)
{
	struct inode *inode = d_inode(file->f_path.dentry);
	struct nodemon_mark *interim, *final, *watch;
	struct nodemon_news news;
	u32 fields;
	int nr;

	if (!(file->f_mode & FMODE_WRITE) || !S_ISREG(inode->i_mode) ||
	    !READ_ONCE(nm->opens))
		return;
	final = nodemon_node_watch(iter, NODEMON_STAT);
	interim = nodemon_node_watch(iter, NODEMON_INTERIM_STAT);
	watch = final ?: interim;
	nr = watch ? READ_ONCE(watch->watch) : -1;
	if (nr < 0)
		return;

	if (mask & FS_OPEN)
		nodemon_opens_add(nm, file, inode, nr, ktime_get_ns());
	if (mask & FS_MODIFY &&
	    nodemon_opens_written(nm, file, inode, nr, interim,
				  ktime_get_ns()) &&
	    inode->i_nlink) {
		news = nodemon_news_stat(inode, NODEMON_STAT_SIZE |
					 NODEMON_STAT_MODIFICATION_TIME |
					 NODEMON_STAT_INTERIM);
		nodemon_tell_node(nm, iter, NODEMON_INTERIM_STAT, &news);
	}
	if (mask & FS_CLOSE_WRITE) {
		fields = nodemon_opens_close(nm, file, inode);
		if (fields && inode->i_nlink) {
			news = nodemon_news_stat(inode, fields);
			nodemon_tell_node(nm, iter, NODEMON_STAT, &news);
		}
	}
}

/* Under namespace_sem: the mount does not change. */
static void nodemon_mount(struct nodemon *nm, struct fsnotify_iter_info *iter,
			  u32 mask, const struct fsnotify_mnt *data)
{
	struct mount *mnt = real_mount(data->mnt);
	struct super_block *sb = data->mnt->mnt_sb;
	struct nodemon_news news;

	news = nodemon_news_about(NODEMON_DEVICE_UNMOUNTED, sb);
	news.node = data->mnt_id;
	if (mask & FS_MNT_DETACH)
		nodemon_tell(nm, iter, FSNOTIFY_ITER_TYPE_MNTNS, NODEMON_MOUNT,
			     &news);
	if (!(mask & FS_MNT_ATTACH))
		return;
	news.opcode = NODEMON_DEVICE_MOUNTED;
	news.device = -1;
	if (mnt_has_parent(mnt)) {
		news.device = nodemon_device(mnt->mnt_parent->mnt.mnt_sb);
		news.directory = d_inode(mnt->mnt_mountpoint)->i_ino;
	}
	nodemon_tell(nm, iter, FSNOTIFY_ITER_TYPE_MNTNS, NODEMON_MOUNT, &news);
}

static int nodemon_handle_event(struct fsnotify_group *group, u32 mask,
				const void *data, int data_type,
				struct inode *dir, const struct qstr *name,
				u32 cookie, struct fsnotify_iter_info *iter)
{
	struct nodemon *nm = group->private;

	if (READ_ONCE(group->shutdown))
		return 0;

	switch (data_type) {
	case FSNOTIFY_EVENT_FILE:
		nodemon_file(nm, iter, mask, data);
		break;
	case FSNOTIFY_EVENT_ATTR:
		nodemon_attr(nm, iter, data);
		break;
	case FSNOTIFY_EVENT_XATTR:
		nodemon_xattr(nm, iter, data);
		break;
	case FSNOTIFY_EVENT_ENTRY:
		nodemon_entry(nm, iter, data);
		break;
	case FSNOTIFY_EVENT_MNT:
		nodemon_mount(nm, iter, mask, data);
		break;
	default:
		if (mask & FS_RENAME)
			nodemon_renamed(nm, iter, data, dir, name);
		else if (mask & (FS_CREATE | FS_DELETE) && dir && name)
			nodemon_dirent(nm, iter, mask, dir, name,
				       fsnotify_data_inode(data, data_type));
	}
	return 0;
}

static void nodemon_free_event(struct fsnotify_group *group,
			       struct fsnotify_event *fse)
{
	kfree(to_nodemon_event(fse));
}

const struct fsnotify_ops nodemon_fsnotify_ops = {
	.handle_event = nodemon_handle_event,
	.free_group_priv = nodemon_free,
	.freeing_mark = nodemon_watch_freeing,
	.free_event = nodemon_free_event,
	.free_mark = nodemon_mark_free,
};

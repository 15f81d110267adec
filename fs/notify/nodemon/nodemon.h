/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Node monitor: what its files share.
 *
 * Each target, a file descriptor or a port with a token, is an fsnotify group
 * with at most one mark on an inode, a superblock or a mount namespace.  An
 * event that concerns it becomes a struct nodemon_news on the stack of whoever
 * caused it, and from there a record in the group's queue (nodemon_user.c) or
 * a message that is posted to the port (nodemon_port.c).
 *
 * Locks
 * -----
 * From the outermost to the innermost; locks on one line never nest:
 *
 *	nodemon_team.lock		the targets of a team that are ports
 *	  fsnotify_group.mark_mutex	adding and removing marks
 *	    fsnotify_mark.lock		nodemon_mark.events
 *	    xa_lock of the watches	their numbers
 *	    nodemon_opens.lock		what is remembered of open files
 *	    fsnotify_group.notification_lock	the queue of a descriptor
 *	    nexus_post.lock		see ipc/nexus/internal.h
 *
 * An event comes with the locks of the file operation held (i_rwsem of
 * directory and node, or namespace_sem) inside fsnotify's SRCU section.  It
 * takes those of the last four lines alone, each for itself, and may sleep for
 * memory but for nothing else.  nodemon_team.lock and mark_mutex are therefore
 * never held by anybody who looks up a path or asks for a permission.
 *
 * Lifetime
 * --------
 * struct nodemon is the private part of its group and freed with it, after the
 * last mark.  A descriptor ends its group when it is closed; a port's is ended
 * by a work item, when its last watch is gone or its team has ended: that takes
 * a while, as all who may be in the midst of an event must have left.
 */
#ifndef _FS_NOTIFY_NODEMON_H
#define _FS_NOTIFY_NODEMON_H

#include <linux/cred.h>
#include <linux/fsnotify_backend.h>
#include <linux/kdev_t.h>
#include <linux/list.h>
#include <linux/nexus.h>
#include <linux/path.h>
#include <linux/rbtree.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <uapi/linux/nodemon.h>

struct nodemon_opens;
struct nodemon_team;
struct ucounts;

/* In nodemon_mark.events, beside NODEMON_NAME and so on. */
#define NODEMON_IS_DIRECTORY	0x10000U	/* its events count, too */
#define NODEMON_MUTED		0x20000U	/* may not be read any more */
#define NODEMON_IDMAPPED	0x40000U	/* seen through such a mount */

/**
 * struct nodemon_mark - a watch
 * @mark:   the mark
 * @events: what is told; under mark.lock, read without it
 * @watch:  its number; -1 once it has none any more
 */
struct nodemon_mark {
	struct fsnotify_mark mark;
	u32 events;
	int watch;
};

/**
 * struct nodemon - a target
 * @group:   its group
 * @cred:    who made it: counted, asked for permissions
 * @trusted: it is told of attributes that only root sees
 * @ended:   a port's target: its group is being ended; under nodemon_team.lock
 * @ucounts: whom its watches count against, with a reference
 * @watches: struct nodemon_mark by number, each with a reference
 * @next:    number of the next
 * @count:   how many
 * @opens:   what is remembered of open files; NULL until it is needed
 * @tops:    where paths to what is watched began, unless that is the root of a
 *           volume: device by inode number
 * @post:    posts to the port; NULL for a descriptor
 * @team:    the team that the port's target belongs to, with a reference; NULL
 *           for a descriptor
 * @node:    in its targets; under nodemon_team.lock
 * @port:    the port
 * @token:   the token
 * @end:     ends a port's target
 */
struct nodemon {
	struct fsnotify_group *group;
	const struct cred *cred;
	bool trusted;
	bool ended;
	struct ucounts *ucounts;
	struct xarray watches;
	u32 next;
	atomic_t count;
	struct nodemon_opens *opens;
	struct xarray tops;
	struct nexus_post *post;
	struct nodemon_team *team;
	struct rb_node node;
	int port;
	s32 token;
	struct work_struct end;
};

/**
 * struct nodemon_news - something that happened, as struct nodemon_record
 * @opcode:       see there, as for all others
 * @flags:        likewise
 * @device:       likewise
 * @node_device:  likewise
 * @detail:       likewise
 * @directory:    likewise
 * @to_directory: likewise
 * @node:         likewise
 * @name:         the first name; need not end in NUL
 * @from:         the second name, likewise
 * @name_len:     bytes of @name
 * @from_len:     bytes of @from
 */
struct nodemon_news {
	u16 opcode;
	u16 flags;
	s32 device;
	s32 node_device;
	u32 detail;
	s64 directory;
	s64 to_directory;
	s64 node;
	const char *name;
	const char *from;
	u16 name_len;
	u16 from_len;
};

/**
 * struct nodemon_event - a record in the queue of a descriptor
 * @fse: in the queue
 * @live: while it is put there: the watch that tells it; NULL if that may be
 *        gone
 * @late: while it is put there: set if the watch was gone
 * @rec: what read() gives
 */
struct nodemon_event {
	struct fsnotify_event fse;
	const struct nodemon_mark *live;
	bool *late;
	struct nodemon_record rec;
};

/**
 * struct nodemon_thing - what is to be watched
 * @type: FSNOTIFY_OBJ_TYPE_INODE, _SB or _MNTNS
 * @obj:  it
 * @path: keeps it, unless that is the caller's mount namespace
 */
struct nodemon_thing {
	unsigned int type;
	void *obj;
	struct path path;
};

static inline struct nodemon_mark *to_nodemon_mark(struct fsnotify_mark *mark)
{
	return container_of(mark, struct nodemon_mark, mark);
}

static inline struct nodemon_event *to_nodemon_event(struct fsnotify_event *fse)
{
	return container_of(fse, struct nodemon_event, fse);
}

/* What stat() shows. */
static inline s32 nodemon_device(const struct super_block *sb)
{
	return new_encode_dev(sb->s_dev);
}

/* nodemon_fsnotify.c */
extern const struct fsnotify_ops nodemon_fsnotify_ops;
u32 nodemon_stat_fields(unsigned int ia_valid);
const char *nodemon_attr_name(const char *name, bool trusted);

/* nodemon_lookup.c */
int nodemon_thing_get(struct nodemon_thing *thing,
		      const struct nodemon_args *args);
int nodemon_thing_allowed(const struct nodemon_thing *thing,
			  const struct nodemon_args *args);
void nodemon_thing_put(struct nodemon_thing *thing);
int nodemon_node_access(struct mnt_idmap *idmap, struct inode *inode);

/* nodemon_msg.c */
u32 nodemon_record_size(const struct nodemon_news *news);
void nodemon_record_pack(struct nodemon_record *rec, u32 size, int watch,
			 const struct nodemon_news *news);
u32 nodemon_msg_size(const struct nodemon_news *news);
void nodemon_msg_pack(void *buf, u32 size, s32 token,
		      const struct nodemon_news *news);

/* nodemon_open.c */
int nodemon_opens_init(struct nodemon *nm);
void nodemon_opens_free(struct nodemon_opens *opens);
void nodemon_opens_add(struct nodemon *nm, const struct file *file,
		       struct inode *inode, int watch, u64 now);
bool nodemon_opens_written(struct nodemon *nm, const struct file *file,
			   struct inode *inode, int watch, bool interim,
			   u64 now);
u32 nodemon_opens_close(struct nodemon *nm, const struct file *file,
			struct inode *inode);
void nodemon_opens_told(struct nodemon *nm, struct inode *inode);
void nodemon_opens_end(struct nodemon *nm, int watch);

/* nodemon_port.c */
int nodemon_port_watch(int port, s32 token, struct nexus_post *post,
		       const struct nodemon_thing *thing, u32 events);
int nodemon_port_unwatch(int port, s32 token,
			 const struct nodemon_thing *thing);
int nodemon_port_stop(int port, s32 token);
void nodemon_port_end(struct nodemon *nm);
void nodemon_port_free(struct nodemon *nm);
void nodemon_port_tell(struct nodemon *nm, const struct nodemon_news *news);
void nodemon_port_init(void);

/* nodemon_user.c */
void nodemon_queue(struct nodemon *nm, int nr, const struct nodemon_mark *live,
		   const struct nodemon_news *news);

/* nodemon_watch.c */
u32 nodemon_mask(unsigned int type, u32 events);
struct nodemon *nodemon_alloc(void);
int nodemon_watch_add(struct nodemon *nm, const struct nodemon_thing *thing,
		      u32 events);
int nodemon_watch_end(struct nodemon *nm, const struct nodemon_thing *thing);
int nodemon_watch_end_nr(struct nodemon *nm, int watch);
void nodemon_watch_freeing(struct fsnotify_mark *mark,
			   struct fsnotify_group *group);
void nodemon_mark_free(struct fsnotify_mark *mark);
void nodemon_watch_recheck(struct nodemon *nm, struct nodemon_mark *watch,
			   struct inode *inode);
bool nodemon_may_reach(struct nodemon *nm, struct inode *dir);
void nodemon_free(struct fsnotify_group *group);
void nodemon_watch_init(void);

#endif /* _FS_NOTIFY_NODEMON_H */

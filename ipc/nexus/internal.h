/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nexus: what its files share.
 *
 * Objects
 * -------
 * A system call finds an object by its id under RCU, checks the permission
 * and takes the object's lock, which protects all of its state.  An object
 * that was deleted in between is told by kern_ipc_perm.deleted, which is set
 * under the lock.  References (nexus_object_get()) are only taken by those
 * who come back to an object after they left the RCU section: tasks that wait
 * and receivers that still copy.
 *
 * A team owns objects, the reverse reference keeps the team's structure alive
 * for as long as one of its objects is.  The structure of a namespace lives
 * as long as one of its objects.
 *
 * Locks
 * -----
 * From the outermost to the innermost; locks on one line never nest:
 *
 *	kern_ipc_perm.lock	an object
 *	nexus_thread.lock	a thread, see thread.h
 *	  nexus_team.lock	what a team owns; of two teams, the one at the
 *				lower address first
 *	  nexus_ns.names_lock	the names of a namespace
 *	  nexus_ids.lock	the ids of one type in a namespace
 *	  nexus_ns.starved_lock	ports that wait for message memory
 *	  nexus_object.poll	those who poll an object
 *	  nexus_thread.poll	those who poll a thread
 *
 * Who posts from the kernel (post.c) holds nexus_post.lock outside of them
 * all.
 *
 * None of them is taken in interrupt context, none is held while user memory
 * is touched, and tasks are woken (wake_q) after all have been dropped.  Only
 * those who poll are told under the object's lock: a poll that looks at the
 * object afterwards, under the same lock, then sees what it was told of, and
 * objects that nobody polls pay the test of a pointer.
 */
#ifndef _IPC_NEXUS_INTERNAL_H
#define _IPC_NEXUS_INTERNAL_H

#include <linux/atomic.h>
#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/ipc.h>
#include <linux/ipc_namespace.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/msg.h>
#include <linux/nexus.h>
#include <linux/nsproxy.h>
#include <linux/percpu_counter.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/sched/task.h>
#include <linux/sched/wake_q.h>
#include <linux/security.h>
#include <linux/spinlock.h>
#include <linux/sysctl.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/nexus.h>

#include "../util.h"

struct iov_iter;
struct nexus_name;
struct nexus_object;
struct nexus_thread;
struct ucounts;

/* What the bits of a mode allow: receive, look and ask; or send, acquire... */
#define NEXUS_MAY_READ		0444
#define NEXUS_MAY_WRITE		0222

/* Types whose ids are ours: struct nexus_object.  All but threads. */
#define NEXUS_TYPE_FIRST	NEXUS_TYPE_PORT
#define NEXUS_TYPE_LAST		NEXUS_TYPE_AREA
#define NEXUS_NR_TYPES		(NEXUS_TYPE_LAST - NEXUS_TYPE_FIRST + 1)

/* Largest structure that nexus_info() fills for any type. */
union nexus_info {
	struct nexus_system_info system;
	struct nexus_port_info port;
	struct nexus_sem_info sem;
	struct nexus_thread_info thread;
	struct nexus_area_info area;
};

/**
 * struct nexus_type_ops - what differs between the types of objects
 * @type:      number of the type
 * @ucount:    counts the objects of a user
 * @info_min:  size of the first version of the type's info structure
 * @info_size: its present size
 * @destroy:   an object was deleted: complete its waiters and detach what it
 *             holds.  Object lock held
 * @release:   free what @destroy detached.  No lock held, may sleep
 * @free:      free the object's memory, a grace period after the last
 *             reference went
 * @info:      fill the info structure, which is zeroed before.  Object lock
 *             held
 * @complete:  fill in what takes more than that lock.  May sleep, the caller
 *             has a reference.  May be NULL
 * @listed:    whether nexus_next() shows the object.  Object lock held.  NULL:
 *             it shows all
 * @poll:      what is ready, for who may do what @flags (NEXUS_MAY_READ,
 *             NEXUS_MAY_WRITE) say.  Object lock held
 * @lsm_ctl:   ask the security modules whether the caller may change the
 *             object; @cmd is IPC_RMID or IPC_SET
 */
struct nexus_type_ops {
	unsigned int type;
	enum ucount_type ucount;
	size_t info_min;
	size_t info_size;
	void (*destroy)(struct nexus_object *obj, struct wake_q_head *wake_q);
	void (*release)(struct nexus_object *obj);
	void (*free)(struct rcu_head *rcu);
	void (*info)(struct nexus_object *obj, union nexus_info *info);
	void (*complete)(struct nexus_object *obj, union nexus_info *info);
	bool (*listed)(struct nexus_object *obj);
	__poll_t (*poll)(struct nexus_object *obj, short flags);
	int (*lsm_ctl)(struct kern_ipc_perm *perm, int cmd);
};

/**
 * struct nexus_ids - the objects of one type in a namespace
 * @idr:   objects by id, read under RCU.  Ids are handed out in rising order
 *         from 1 to INT_MAX - 1 and only then from 1 again: an id is its own
 *         sequence number
 * @lock:  serialises changes of @idr
 * @count: objects that exist
 * @max:   most objects that may exist (sysctl)
 */
struct nexus_ids {
	struct idr idr;
	spinlock_t lock;		/* for @idr */
	atomic_t count;
	unsigned int max;
};

/**
 * struct nexus_ns - Nexus in one IPC namespace
 * @refs:             the namespace and each of its objects
 * @user_ns:          capabilities count in here
 * @ids:              objects by type
 * @names:            struct nexus_name by type and name
 * @names_lock:       serialises changes of @names and of the lists in it
 * @queued_bytes:     memory of queued messages
 * @queued_bytes_max: most of it (sysctl)
 * @default_mode:     permission of new objects (sysctl)
 * @starved_lock:     protects @starved
 * @starved:          ports with writers that wait for message memory, each
 *                    with a reference, longest first
 * @set:              sysctls
 * @sysctls:          sysctls
 * @free_work:        frees the structure in a context that may sleep
 */
struct nexus_ns {
	refcount_t refs;
	struct user_namespace *user_ns;
	struct nexus_ids ids[NEXUS_NR_TYPES];
	struct rhashtable names;
	spinlock_t names_lock;		/* for @names */
	struct percpu_counter queued_bytes;
	unsigned long queued_bytes_max;
	int default_mode;
	spinlock_t starved_lock;	/* for @starved */
	struct list_head starved;
	struct ctl_table_set set;
	struct ctl_table_header *sysctls;
	struct work_struct free_work;
};

/**
 * struct nexus_team - a process that owns or owned objects
 * @refs:        the process's signal_struct and each object that it owns
 * @lock:        protects @dead, @owned, the records and @guest
 * @dead:        the process ends, it can own nothing any more
 * @owned:       its objects of each type by id
 * @records:     what threads left that nobody waited for, by id
 * @record_list: the same, oldest first
 * @nr_records:  how many
 * @guest:       what another part of the kernel keeps for it, or NULL
 * @main:        the main thread, with a reference; set once
 * @pid:         its tgid
 * @rcu:         for freeing it, which may be asked for under any lock
 */
struct nexus_team {
	refcount_t refs;
	spinlock_t lock;		/* for all up to @guest */
	bool dead;
	struct rb_root owned[NEXUS_NR_TYPES];
	struct rb_root records;
	struct list_head record_list;
	unsigned int nr_records;
	struct nexus_team_guest *guest;
	struct nexus_thread *main;
	struct pid *pid;
	struct rcu_head rcu;
};

/**
 * struct nexus_object - what all types of objects have in common
 * @perm:      lock, id, reference count, owner and mode
 * @ops:       its type
 * @nsp:       its namespace
 * @team:      who owns it; changes under the object's lock
 * @team_node: in the tree of @team
 * @name:      its name
 * @name_link: in the list of @name
 * @ucounts:   the creator, whom it counts against as long as it exists
 * @poll:      those who poll it.  NULL until nexus_open() first made a file of
 *             it; set under the object's lock
 */
struct nexus_object {
	struct kern_ipc_perm perm;
	const struct nexus_type_ops *ops;
	struct nexus_ns *nsp;
	struct nexus_team *team;
	struct rb_node team_node;
	struct nexus_name *name;
	struct list_head name_link;
	struct ucounts *ucounts;
	struct wait_queue_head *poll;
};

/**
 * struct nexus_owner - whose a new object is to be
 * @nsp:  its namespace
 * @team: its team, which the caller keeps
 * @uid:  user id of the owner
 * @gid:  group id of the owner
 * @cuid: user id of the creator
 * @cgid: group id of the creator
 * @uncounted: do not count it yet
 */
struct nexus_owner {
	struct nexus_ns *nsp;
	struct nexus_team *team;
	kuid_t uid;
	kgid_t gid;
	kuid_t cuid;
	kgid_t cgid;
	bool uncounted;
};

/* object.c */
void nexus_ns_put(struct nexus_ns *nsp);
void nexus_object_init(struct nexus_object *obj,
		       const struct nexus_type_ops *ops);
int nexus_object_prepare(struct nexus_object *obj,
			 const struct nexus_owner *owner, const char *name,
			 umode_t mode);
void nexus_object_count_as(struct nexus_object *obj, struct nexus_object *like);
void nexus_object_publish(struct nexus_object *obj);
void nexus_object_cancel(struct nexus_object *obj);
int nexus_object_create(struct nexus_object *obj,
			const struct nexus_type_ops *ops,
			const char *name, umode_t mode);
int nexus_create_mode(umode_t *mode, u32 flags, u32 wanted);
struct nexus_object *nexus_object_next(struct nexus_ids *ids, int *id);
bool nexus_object_visible(struct nexus_object *obj, short flags);
bool nexus_object_listed(struct nexus_object *obj);
int nexus_object_manage(struct nexus_object *obj, int cmd);
int nexus_object_delete(struct nexus_object *obj, struct nexus_team *team);
int nexus_object_info(struct nexus_object *obj, union nexus_info *info);

/**
 * nexus_current_ns - Nexus in the caller's IPC namespace
 *
 * Return: never NULL; it lives as long as the caller stays in the namespace.
 */
static inline struct nexus_ns *nexus_current_ns(void)
{
	return current->nsproxy->ipc_ns->nexus;
}

/**
 * nexus_ids - the ids of one type
 * @nsp:  namespace
 * @type: type, which must have ids
 *
 * Return: never NULL.
 */
static inline struct nexus_ids *nexus_ids(struct nexus_ns *nsp, unsigned int type)
{
	return &nsp->ids[type - NEXUS_TYPE_FIRST];
}

/**
 * nexus_object_find - find an object by its id
 * @nsp:  namespace
 * @type: type, which must have ids
 * @id:   id
 *
 * Context: RCU read-side section, in which the result is valid.
 * Return: the object, which may have been deleted since, or NULL.
 */
static inline struct nexus_object *nexus_object_find(struct nexus_ns *nsp,
						     unsigned int type, int id)
{
	/* There is no 0, and what is negative is beyond all that there is. */
	return idr_find(&nexus_ids(nsp, type)->idr, (unsigned int)id);
}

/**
 * nexus_object_lock - lock an object unless it has been deleted
 * @obj: the object
 *
 * Context: RCU read-side section, or the caller has a reference.
 * Return: true with the lock held, false without it.
 */
static inline bool nexus_object_lock(struct nexus_object *obj)
{
	spin_lock(&obj->perm.lock);
	if (likely(ipc_valid_object(&obj->perm)))
		return true;
	spin_unlock(&obj->perm.lock);
	return false;
}

/**
 * nexus_object_access - may the caller read or write an object?
 * @obj:  the object
 * @flag: NEXUS_MAY_READ or NEXUS_MAY_WRITE
 *
 * Context: as for nexus_object_lock().
 * Return: 0 or -EACCES.
 */
static inline int nexus_object_access(struct nexus_object *obj, short flag)
{
	struct kern_ipc_perm *perm = &obj->perm;
	int err;

	/* Most callers are the owner: what ipcperms() does then, in line. */
	if (likely(uid_eq(current_euid(), perm->uid) &&
		   perm->mode >> 6 & flag & 7 && audit_dummy_context()))
		err = security_ipc_permission(perm, flag);
	else
		err = ipcperms(current->nsproxy->ipc_ns, perm, flag);
	return unlikely(err) ? -EACCES : 0;
}

static inline void nexus_object_unlock(struct nexus_object *obj)
{
	spin_unlock(&obj->perm.lock);
}

static inline void nexus_object_get(struct nexus_object *obj)
{
	refcount_inc(&obj->perm.refcount);
}

static inline bool nexus_object_tryget(struct nexus_object *obj)
{
	return ipc_rcu_getref(&obj->perm);
}

static inline void nexus_object_put(struct nexus_object *obj)
{
	if (refcount_dec_and_test(&obj->perm.refcount))
		call_rcu(&obj->perm.rcu, obj->ops->free);
}

void nexus_object_free(struct nexus_object *obj);

/* syscalls.c */
int nexus_check_usize(size_t usize, size_t min);
int nexus_info_to_user(void __user *uinfo, size_t usize,
		       const union nexus_info *info, size_t ksize);

/**
 * nexus_object_lock_id - find an object by its id, ask, and lock it
 * @type: type, which must have ids
 * @id:   id
 * @flag: NEXUS_MAY_READ or NEXUS_MAY_WRITE
 *
 * Context: RCU read-side section.
 * Return: the object with its lock held, ERR_PTR(-EIDRM) or ERR_PTR(-EACCES).
 */
static inline struct nexus_object *nexus_object_lock_id(unsigned int type,
							int id, short flag)
{
	struct nexus_object *obj;
	int err;

	obj = nexus_object_find(nexus_current_ns(), type, id);
	if (unlikely(!obj))
		return ERR_PTR(-EIDRM);
	err = nexus_object_access(obj, flag);
	if (unlikely(err))
		return ERR_PTR(err);
	if (unlikely(!nexus_object_lock(obj)))
		return ERR_PTR(-EIDRM);
	return obj;
}

/**
 * nexus_object_wake_poll - tell those who poll an object
 * @obj:  the object, locked
 * @mask: what has become ready
 */
static inline void nexus_object_wake_poll(struct nexus_object *obj,
					  __poll_t mask)
{
	if (unlikely(obj->poll))
		wake_up_poll(obj->poll, mask);
}

/* names.c */
int nexus_names_init(struct nexus_ns *nsp);
void nexus_names_destroy(struct nexus_ns *nsp);
int nexus_name_from_user(char name[NEXUS_NAME_LEN], const char __user *uname);
struct nexus_name *nexus_name_alloc(unsigned int type, const char *name);
int nexus_name_link(struct nexus_object *obj, struct nexus_name **name);
void nexus_name_unlink(struct nexus_object *obj);
const char *nexus_object_name(struct nexus_object *obj);
int nexus_name_find(struct nexus_ns *nsp, unsigned int type, const char *name);

/* fd.c */
int nexus_object_prepare_poll(struct nexus_object *obj);

/* team.c */
struct nexus_team *nexus_team_fork(struct task_struct *task, struct pid *pid);
struct nexus_team *nexus_team_get(struct task_struct *task);
struct nexus_team *nexus_team_current(void);
struct nexus_team *nexus_team_find(pid_t nr, bool create, kuid_t *uid,
				   kgid_t *gid);
void nexus_team_link(struct nexus_team *team, struct nexus_object *obj);
void nexus_team_unlink(struct nexus_object *obj);
int nexus_team_move(struct nexus_object *obj, struct nexus_team *team);
struct nexus_object *nexus_team_next(struct nexus_team *team,
				     unsigned int type, int id);
pid_t nexus_team_nr(struct nexus_team *team);
void nexus_team_exit(struct nexus_team *team);

/* wait.c */

/**
 * struct nexus_deadline - how long a call may wait
 * @at:     when to give up, on @clock
 * @clock:  CLOCK_MONOTONIC or CLOCK_REALTIME
 * @nowait: not at all
 * @bound:  until @at; otherwise for ever
 */
struct nexus_deadline {
	ktime_t at;
	clockid_t clock;
	bool nowait;
	bool bound;
};

/**
 * struct nexus_waiter - a task that waits for an object
 * @link:   in a list of the object; under the object's lock
 * @task:   the task, on whose stack this is
 * @result: 0 or negative errno, valid when @done
 * @done:   set once, by whoever took it off the list
 */
struct nexus_waiter {
	struct list_head link;
	struct task_struct *task;
	int result;
	bool done;
};

#define NEXUS_WAIT_FLAGS	(NEXUS_NOWAIT | NEXUS_CLOCK_REALTIME)

int __nexus_deadline_get(struct nexus_deadline *dl, unsigned int flags,
			 const struct __kernel_timespec __user *uts);

/**
 * nexus_deadline_get - how long may this call wait?
 * @dl:    filled
 * @flags: of %NEXUS_WAIT_FLAGS; others are not looked at
 * @uts:   deadline from the caller, or NULL
 *
 * Context: process context, may sleep.
 * Return: 0, -EINVAL if flags and deadline do not go together or the latter is
 * not normalised, or -EFAULT.  -EINTR if this is a call that was restarted to
 * find out that its wait was broken.
 */
static inline int nexus_deadline_get(struct nexus_deadline *dl,
				     unsigned int flags,
				     const struct __kernel_timespec __user *uts)
{
	if (unlikely(nexus_wait_broken()))
		return -EINTR;
	dl->nowait = flags & NEXUS_NOWAIT;
	dl->bound = uts;
	if (likely(!uts && !(flags & NEXUS_CLOCK_REALTIME)))
		return 0;
	return __nexus_deadline_get(dl, flags, uts);
}

/**
 * nexus_waiter_init - get in line
 * @waiter: the caller's waiter
 * @queue:  list of an object whose lock is held
 */
static inline void nexus_waiter_init(struct nexus_waiter *waiter,
				     struct list_head *queue)
{
	waiter->task = current;
	waiter->result = 0;
	waiter->done = false;
	list_add_tail(&waiter->link, queue);
}

/**
 * nexus_waiter_complete - end somebody's wait
 * @waiter: the waiter, which is gone afterwards
 * @result: what it returns
 * @wake_q: wakes it once the object's lock, which is held, has been dropped
 */
static inline void nexus_waiter_complete(struct nexus_waiter *waiter,
					 int result, struct wake_q_head *wake_q)
{
	struct task_struct *task = get_task_struct(waiter->task);

	__list_del_entry(&waiter->link);
	waiter->result = result;
	/* Pairs with the reads in nexus_wait(), see the top of wait.c. */
	smp_store_release(&waiter->done, true);
	wake_q_add_safe(wake_q, task);
}

int nexus_wait(struct nexus_waiter *waiter, const struct nexus_deadline *dl);

/* msg.c */

/**
 * struct nexus_msg_meta - a message without its data
 * @code:   number that the sender chose
 * @size:   bytes of data
 * @uid:    the sender's effective uid
 * @gid:    the sender's effective gid
 * @team:   the sender's tgid, with a reference; NULL if it is the kernel
 * @thread: the sender's tid, with a reference of its own unless it is @team
 */
struct nexus_msg_meta {
	s32 code;
	u32 size;
	kuid_t uid;
	kgid_t gid;
	struct pid *team;
	struct pid *thread;
};

/**
 * struct nexus_msg - a message
 * @link:    in the queue of a port
 * @meta:    what its receiver is told
 * @seq:     its number among those of the port
 * @charged: bytes that it is counted with in nexus_ns.queued_bytes
 * @data:    up to NEXUS_MSG_INLINE bytes, or
 * @pages:   the pages of a longer one
 */
struct nexus_msg {
	struct list_head link;
	struct nexus_msg_meta meta;
	u64 seq;
	u32 charged;
	union {
		DECLARE_FLEX_ARRAY(u8, data);
		DECLARE_FLEX_ARRAY(struct page *, pages);
	};
};

/* What fits into one allocation of 8 KiB together with the header. */
#define NEXUS_MSG_INLINE	(SZ_8K - sizeof(struct nexus_msg))

struct nexus_msg *nexus_msg_from_user(s32 code, const void __user *buf,
				      u32 size);
struct nexus_msg *nexus_msg_from_iter(s32 code, struct iov_iter *iter);
struct nexus_msg *nexus_msg_for_kernel(s32 code, u32 size, kuid_t uid,
				       kgid_t gid);
int nexus_msg_to_user(const struct nexus_msg *msg, void __user *buf,
		      u32 size);
void nexus_msg_free(struct nexus_msg *msg);
void nexus_meta_get(struct nexus_msg_meta *to,
		    const struct nexus_msg_meta *from);
void nexus_meta_put(struct nexus_msg_meta *meta);
int nexus_meta_to_user(const struct nexus_msg_meta *meta,
		       struct nexus_msg_info __user *info);

/* sysctl.c */
#ifdef CONFIG_SYSCTL
int nexus_sysctl_init(struct nexus_ns *nsp);
void nexus_sysctl_exit(struct nexus_ns *nsp);
#else
static inline int nexus_sysctl_init(struct nexus_ns *nsp) { return 0; }
static inline void nexus_sysctl_exit(struct nexus_ns *nsp) { }
#endif

/* Least memory for queued messages: any one message must find room. */
#define NEXUS_QUEUED_BYTES_MIN	SZ_1M

#endif /* _IPC_NEXUS_INTERNAL_H */

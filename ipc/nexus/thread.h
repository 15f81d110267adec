/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nexus threads: what the files about them share.
 *
 * A thread is not an object of ours: its id is its tid, and its task is found
 * through the pid namespace.  What Linux does not know of it is in a struct
 * nexus_thread, which is made when it is first needed and hangs off the task.
 * That of a main thread hangs off the team, because it belongs to the id of
 * the team and not to a task: who waits for a main thread waits for the team,
 * and when another thread executes a program it takes over the id.
 *
 * Locks
 * -----
 * nexus_thread.lock is taken where an object's lock is, see internal.h; two of
 * them never nest.  nexus_team.lock nests in it, and so does the lock inside
 * of nexus_thread.poll.  The siglock of a process, in thread_ctl.c, nests in
 * none of ours and none of ours in it.
 */
#ifndef _IPC_NEXUS_THREAD_H
#define _IPC_NEXUS_THREAD_H

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/sched/task.h>
#include <linux/wait.h>

#include "internal.h"

struct nexus_record;

/* task_struct.nexus_sem of a thread that waits, but not for a semaphore. */
#define NEXUS_WAIT_ASLEEP	(-1)
#define NEXUS_WAIT_RECEIVING	(-2)

/* Most records of a team; beyond that the oldest are dropped. */
#define NEXUS_RECORDS_MAX	65536

/**
 * struct nexus_thread - what Nexus knows of a thread
 * @refs:       the task or team, who waits for it, and open files
 * @lock:       protects all that follows up to @poll
 * @pid:        its tid, with a reference; does not change
 * @closed:     it takes no messages any more
 * @ended:      nobody waits for it any more; read without the lock, too
 * @has_status: @status is what it said, or how it ended
 * @status:     what those are told who wait for it
 * @priority:   what nexus_thread_set() gave it, or 0
 * @name:       what nexus_thread_set() gave it, empty if nothing or nothing.
 *              It counts for as long as the comm is the beginning of it
 * @record:     to be left behind when nobody waits for its end, or NULL
 * @msg:        its message slot: the message, or NULL.  Taken out by the thread
 *              itself and by its end alone
 * @senders:    struct nexus_sender; empty if the slot is
 * @receivers:  struct nexus_waiter of the thread itself, if it waits
 * @joiners:    struct nexus_joiner
 * @poll:       who polls it
 * @rcu:        for freeing it, which may be asked for under any lock
 */
struct nexus_thread {
	refcount_t refs;
	spinlock_t lock;		/* for all up to @poll */
	struct pid *pid;
	bool closed;
	bool ended;
	bool has_status;
	s32 status;
	s32 priority;
	char name[NEXUS_NAME_LEN];
	struct nexus_record *record;
	struct nexus_msg *msg;
	struct list_head senders;
	struct list_head receivers;
	struct list_head joiners;
	struct wait_queue_head poll;
	struct rcu_head rcu;
};

/* thread.c */
void nexus_thread_exec(struct nexus_team *team);
void nexus_records_clear(struct nexus_team *team);
struct nexus_record *nexus_record_alloc(void);
bool nexus_thread_here(struct task_struct *task, bool main,
		       struct ipc_namespace *ipc_ns);
bool nexus_thread_visible(struct task_struct *task, struct nexus_ns *nsp,
			  short flag);
struct task_struct *nexus_thread_task(int id, short flag, bool *main);
struct nexus_thread *nexus_thread_peek(struct task_struct *task, bool main);
struct nexus_thread *nexus_thread_get(struct task_struct *task, bool main);
struct nexus_thread *nexus_thread_get_by_id(int id);
struct nexus_thread *nexus_thread_get_for(int id, short flag);
int nexus_thread_give_up(struct nexus_thread *thread,
			 struct nexus_waiter *waiter, int err);

/**
 * nexus_thread_ended - has a thread ended?
 * @thread: the thread
 *
 * Return: whether; then @poll is woken no more.
 */
static inline bool nexus_thread_ended(struct nexus_thread *thread)
{
	return READ_ONCE(thread->ended);
}

/**
 * nexus_thread_nr - the id of a thread
 * @thread: the thread, which may have ended
 *
 * Return: the tid in the caller's pid namespace, 0 if it has none there.
 */
static inline pid_t nexus_thread_nr(struct nexus_thread *thread)
{
	return pid_vnr(thread->pid);
}

static inline void nexus_thread_drop(struct nexus_thread *thread)
{
	if (!IS_ERR_OR_NULL(thread))
		nexus_thread_put(thread);
}

static inline void nexus_task_drop(struct task_struct *task)
{
	if (!IS_ERR_OR_NULL(task))
		put_task_struct(task);
}

DEFINE_FREE(nexus_thread, struct nexus_thread *, nexus_thread_drop(_T))
DEFINE_FREE(nexus_task, struct task_struct *, nexus_task_drop(_T))

/* thread_ctl.c */
bool nexus_thread_resume(struct task_struct *task);
int nexus_priority_to_nice(int priority);
int nexus_priority_from_nice(int nice);

/* thread_info.c */
int nexus_thread_find(const char *name);
int nexus_thread_info(int id, struct nexus_thread_info *info);
int nexus_thread_next(int nr, int id, struct nexus_thread_info *info);
bool nexus_thread_fill(struct task_struct *task, bool main,
		       struct nexus_thread_info *info);
int nexus_thread_priority(struct task_struct *task,
			  struct nexus_thread *thread);
struct task_struct *nexus_thread_list(struct pid_namespace *pid_ns,
				      struct ipc_namespace *ipc_ns, int *nr,
				      bool *main);

#endif /* _IPC_NEXUS_THREAD_H */

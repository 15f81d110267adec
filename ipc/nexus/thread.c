// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus threads: who is meant, the end, and who waits for it.
 *
 * The end of a thread is told to those who wait then.  If there are none, and
 * the thread was to be kept, a record of its status stays in the team for the
 * first who waits later.  The memory for it was set aside before: to end needs
 * none.
 */
#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/wake_q.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include <trace/events/nexus.h>

#include "thread.h"

/**
 * struct nexus_record - the status of a thread that has ended
 * @node:   in nexus_team.records, by @id
 * @link:   in nexus_team.record_list, oldest first
 * @id:     its tid in the pid namespace of its team
 * @status: its status
 */
struct nexus_record {
	struct rb_node node;
	struct list_head link;
	int id;
	s32 status;
};

/**
 * struct nexus_joiner - a task that waits for the end of a thread
 * @waiter: how it waits
 * @status: the status once it is done
 */
struct nexus_joiner {
	struct nexus_waiter waiter;
	s32 status;
};

/*
 * Records.
 */

/**
 * nexus_record_alloc - set memory aside for a record
 *
 * Return: the record, to be freed with kfree() if it is not needed, or NULL.
 */
struct nexus_record *nexus_record_alloc(void)
{
	return kzalloc_obj(struct nexus_record, GFP_KERNEL_ACCOUNT);
}

static struct nexus_record *nexus_record_find(struct nexus_team *team, int id)
{
	struct rb_node *node = team->records.rb_node;

	lockdep_assert_held(&team->lock);
	while (node) {
		struct nexus_record *record;

		record = rb_entry(node, struct nexus_record, node);
		if (record->id == id)
			return record;
		node = record->id > id ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static void nexus_record_del(struct nexus_team *team,
			     struct nexus_record *record)
{
	lockdep_assert_held(&team->lock);
	rb_erase(&record->node, &team->records);
	list_del(&record->link);
	team->nr_records--;
}

static bool nexus_record_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct nexus_record, node)->id <
	       rb_entry(b, struct nexus_record, node)->id;
}

/*
 * Leave a record in a team.  Returns one that the caller has to free: one that
 * had to make room, or the new one if the team has ended.
 */
static struct nexus_record *nexus_record_add(struct nexus_team *team,
					     struct nexus_record *record)
{
	struct nexus_record *old;

	guard(spinlock)(&team->lock);
	if (team->dead)
		return record;
	/* The tid has come round, and nobody cared about the first one. */
	old = nexus_record_find(team, record->id);
	if (!old && team->nr_records >= NEXUS_RECORDS_MAX)
		old = list_first_entry(&team->record_list, struct nexus_record,
				       link);
	if (old)
		nexus_record_del(team, old);
	rb_add(&record->node, &team->records, nexus_record_less);
	list_add_tail(&record->link, &team->record_list);
	team->nr_records++;
	return old;
}

/* Consume the record of a thread of the caller's team. */
static bool nexus_record_take(int id, s32 *status)
{
	struct nexus_team *team = READ_ONCE(current->signal->nexus);
	struct nexus_record *record;

	if (!team)
		return false;
	scoped_guard(spinlock, &team->lock) {
		record = nexus_record_find(team, id);
		if (record)
			nexus_record_del(team, record);
	}
	if (!record)
		return false;
	*status = record->status;
	kfree(record);
	return true;
}

/**
 * nexus_records_clear - drop the records of a team
 * @team: a team that has ended
 *
 * Context: process context, may sleep.
 */
void nexus_records_clear(struct nexus_team *team)
{
	struct nexus_record *record, *next;
	LIST_HEAD(list);

	scoped_guard(spinlock, &team->lock) {
		if (!team->nr_records)
			return;
		list_splice_init(&team->record_list, &list);
		team->records = RB_ROOT;
		team->nr_records = 0;
	}
	list_for_each_entry_safe(record, next, &list, link) {
		kfree(record);
		cond_resched();
	}
}

/*
 * The end.
 */

/* Nothing can be sent to the thread any more.  Returns what was in the slot. */
static struct nexus_msg *nexus_thread_close(struct nexus_thread *thread,
					    struct wake_q_head *wake_q)
{
	struct nexus_waiter *waiter, *next;
	struct nexus_msg *msg = thread->msg;

	lockdep_assert_held(&thread->lock);
	thread->closed = true;
	thread->msg = NULL;
	list_for_each_entry_safe(waiter, next, &thread->senders, link)
		nexus_waiter_complete(waiter, -ESRCH, wake_q);
	return msg;
}

/* As wait() tells it, but nothing of those who were killed. */
static s32 nexus_exit_status(int code)
{
	return code & 0x7f ? 0 : (code >> 8) & 0xff;
}

/* A thread has ended for good.  May run twice.  @keeper gets the record. */
static void nexus_thread_end(struct nexus_thread *thread,
			     struct nexus_team *keeper, s32 status)
{
	struct nexus_record *record = NULL;
	struct nexus_joiner *joiner, *next;
	struct nexus_msg *msg = NULL;
	DEFINE_WAKE_Q(wake_q);

	spin_lock(&thread->lock);
	if (!thread->ended) {
		msg = nexus_thread_close(thread, &wake_q);
		if (!thread->has_status)
			thread->status = status;
		swap(record, thread->record);
		if (record && keeper && list_empty(&thread->joiners)) {
			record->id = pid_nr_ns(thread->pid,
					       ns_of_pid(thread->pid));
			record->status = thread->status;
			/* With the lock: who sees the end sees the record. */
			record = nexus_record_add(keeper, record);
		}
		list_for_each_entry_safe(joiner, next, &thread->joiners,
					 waiter.link) {
			joiner->status = thread->status;
			nexus_waiter_complete(&joiner->waiter, 0, &wake_q);
		}
		WRITE_ONCE(thread->ended, true);
		wake_up_poll(&thread->poll, EPOLLIN | EPOLLRDNORM | EPOLLHUP);
	}
	spin_unlock(&thread->lock);

	wake_up_q(&wake_q);
	if (msg)
		nexus_msg_free(msg);
	kfree(record);
}

static void nexus_main_end(struct nexus_thread *main,
			   struct signal_struct *sig)
{
	nexus_thread_end(main, NULL,
			 nexus_exit_status(READ_ONCE(sig->group_exit_code)));
}

/* The main thread has ended, but others of its team may go on. */
static void nexus_main_close(struct nexus_thread *main,
			     struct task_struct *task)
{
	struct nexus_msg *msg = NULL;
	DEFINE_WAKE_Q(wake_q);

	spin_lock(&main->lock);
	/* Unless it has a successor, see nexus_thread_exec(). */
	if (thread_group_leader(task))
		msg = nexus_thread_close(main, &wake_q);
	spin_unlock(&main->lock);

	wake_up_q(&wake_q);
	if (msg)
		nexus_msg_free(msg);
}

/**
 * nexus_thread_exit - a thread ends
 * @team:       the caller's team
 * @group_dead: the caller is the last of it
 *
 * It has given back its memory and returns to its program no more.  When those
 * who waited for a main thread return, what its team owned is gone.
 *
 * Context: process context, may sleep.
 */
void nexus_thread_exit(struct nexus_team *team, bool group_dead)
{
	/* Pairs with nexus_thread_get(), as nexus_exit() does. */
	struct nexus_thread *thread = READ_ONCE(current->nexus);
	struct nexus_thread *main;

	if (thread)
		nexus_thread_end(thread, group_dead ? NULL : team, 0);
	if (group_dead)
		nexus_team_exit(team);

	main = READ_ONCE(team->main);
	if (!main)
		return;
	if (group_dead)
		nexus_main_end(main, current->signal);
	else if (thread_group_leader(current))
		nexus_main_close(main, current);
}

/**
 * nexus_thread_exec - the caller, alone in its team, runs a new program
 * @team: the caller's team
 *
 * It is the main thread now.  If it was not before, its old id is gone, as if
 * that thread had ended with all the others.  What was in the slot was sent to
 * the old program, by those who could send to its user, and is dropped; so is
 * what that had said about itself.  Who waits for the main thread waits on.
 *
 * Context: process context, may sleep.
 */
void nexus_thread_exec(struct nexus_team *team)
{
	struct nexus_thread *thread, *main;
	struct nexus_msg *msg;
	DEFINE_WAKE_Q(wake_q);

	/* Pairs with nexus_thread_born(). */
	smp_mb();
	thread = READ_ONCE(current->nexus);
	if (thread)
		nexus_thread_end(thread, NULL, 0);

	main = READ_ONCE(team->main);
	if (!main)
		return;
	spin_lock(&main->lock);
	msg = nexus_thread_close(main, &wake_q);
	main->closed = false;
	main->has_status = false;
	main->priority = 0;
	memset(main->name, 0, sizeof(main->name));
	spin_unlock(&main->lock);

	wake_up_q(&wake_q);
	if (msg)
		nexus_msg_free(msg);
}

/*
 * Who is meant.
 */

static void nexus_thread_free(struct rcu_head *rcu)
{
	struct nexus_thread *thread = container_of(rcu, struct nexus_thread,
						   rcu);

	put_pid(thread->pid);
	kfree(thread);
}

/**
 * nexus_thread_put - drop a reference to a thread's structure
 * @thread: the structure
 *
 * Context: any.
 */
void nexus_thread_put(struct nexus_thread *thread)
{
	if (!refcount_dec_and_test(&thread->refs))
		return;
	if (thread->msg)
		nexus_msg_free(thread->msg);
	kfree(thread->record);
	call_rcu(&thread->rcu, nexus_thread_free);
}

static struct nexus_thread *nexus_thread_alloc(struct task_struct *task,
					       bool main)
{
	struct nexus_thread *thread = kzalloc_obj(*thread, GFP_KERNEL_ACCOUNT);

	if (!thread)
		return NULL;
	refcount_set(&thread->refs, 1);
	spin_lock_init(&thread->lock);
	INIT_LIST_HEAD(&thread->senders);
	INIT_LIST_HEAD(&thread->receivers);
	INIT_LIST_HEAD(&thread->joiners);
	init_waitqueue_head(&thread->poll);
	thread->pid = get_task_pid(task, main ? PIDTYPE_TGID : PIDTYPE_PID);
	return thread;
}

/*
 * A thread whose structure has just been made may be ending.  It sets a mark,
 * passes a full barrier and looks for a structure; we have made the structure,
 * passed a full barrier and look for the mark.  If both see each other the
 * second to come finds nothing to do.
 */
static void nexus_thread_born(struct nexus_thread *thread,
			      struct task_struct *task, bool main,
			      struct nexus_team *team)
{
	bool exiting = READ_ONCE(task->flags) & PF_EXITING;

	if (!main) {
		/* Or it is about to lose its id, see nexus_thread_exec(). */
		if (exiting || thread_group_leader(task))
			nexus_thread_end(thread, NULL, 0);
	} else if (!atomic_read(&task->signal->live)) {
		nexus_team_exit(team);
		nexus_main_end(thread, task->signal);
	} else if (exiting) {
		nexus_main_close(thread, task);
	}
}

/**
 * nexus_thread_peek - the structure of a thread, if it has one
 * @task: the thread, which the caller keeps from going away
 * @main: its id is that of its team
 *
 * Return: the structure or NULL.  It lives as long as the task does.
 */
struct nexus_thread *nexus_thread_peek(struct task_struct *task, bool main)
{
	struct nexus_team *team;

	if (!main)
		return READ_ONCE(task->nexus);
	team = READ_ONCE(task->signal->nexus);
	return team ? READ_ONCE(team->main) : NULL;
}

/**
 * nexus_thread_get - the structure of a thread, which is made if there is none
 * @task: the thread, which the caller keeps from going away
 * @main: its id is that of its team
 *
 * Context: process context, may sleep.
 * Return: the structure with a reference, NULL if there is no memory.
 */
struct nexus_thread *nexus_thread_get(struct task_struct *task, bool main)
{
	struct nexus_thread *thread = nexus_thread_peek(task, main);
	struct nexus_thread **where, *old;
	struct nexus_team *team;

	if (unlikely(!thread)) {
		team = nexus_team_get(task);
		if (!team)
			return NULL;
		thread = nexus_thread_alloc(task, main);
		if (!thread)
			return NULL;
		where = main ? &team->main : &task->nexus;
		old = cmpxchg(where, NULL, thread);
		if (old) {
			nexus_thread_put(thread);
			thread = old;
		} else {
			nexus_thread_born(thread, task, main, team);
		}
	}
	/* The task holds one, or its signal_struct by way of the team. */
	refcount_inc(&thread->refs);
	return thread;
}

/* Find a thread.  Returns NULL, or the task with a reference. */
static struct task_struct *nexus_task_find(int id, bool *main)
{
	struct task_struct *task;
	struct pid *pid;

	guard(rcu)();
	pid = find_vpid(id);
	task = pid_task(pid, PIDTYPE_PID);
	if (!task || task->flags & (PF_KTHREAD | PF_USER_WORKER))
		return NULL;
	*main = pid == task_tgid(task);
	return get_task_struct(task);
}

static bool nexus_task_in_ns(struct task_struct *task,
			     struct ipc_namespace *ipc_ns)
{
	guard(task_lock)(task);
	return task->nsproxy && task->nsproxy->ipc_ns == ipc_ns;
}

/**
 * nexus_thread_here - does a thread live in an IPC namespace?
 * @task:   the thread
 * @main:   its id is that of its team
 * @ipc_ns: the namespace
 *
 * Return: whether.  A main thread that has ended lives where others of its
 * team do.
 */
bool nexus_thread_here(struct task_struct *task, bool main,
		       struct ipc_namespace *ipc_ns)
{
	struct task_struct *t;

	/* Most live where the caller does; the caller keeps it in being. */
	if (likely(READ_ONCE(task->nsproxy) == current->nsproxy))
		return ipc_ns == current->nsproxy->ipc_ns;
	if (nexus_task_in_ns(task, ipc_ns))
		return true;
	if (!main || !(READ_ONCE(task->flags) & PF_EXITING))
		return false;
	guard(rcu)();
	for_each_thread(task, t)
		if (nexus_task_in_ns(t, ipc_ns))
			return true;
	return false;
}

/* What the mode of threads allows the caller, without capabilities. */
static bool nexus_thread_granted(struct task_struct *task,
				 struct nexus_ns *nsp, short flag)
{
	umode_t granted = READ_ONCE(nsp->default_mode);
	const struct cred *cred;

	if (same_thread_group(task, current))
		return true;
	guard(rcu)();
	cred = __task_cred(task);
	if (uid_eq(current_euid(), cred->euid))
		granted >>= 6;
	else if (in_group_p(cred->egid))
		granted >>= 3;
	return granted & flag & 0007;
}

/**
 * nexus_thread_visible - should a search show a thread?
 * @task: the thread
 * @nsp:  where it lives
 * @flag: NEXUS_MAY_READ or NEXUS_MAY_WRITE
 *
 * Return: whether the caller may do that, which is no event for the audit log.
 */
bool nexus_thread_visible(struct task_struct *task, struct nexus_ns *nsp,
			  short flag)
{
	return nexus_thread_granted(task, nsp, flag) ||
	       ns_capable_noaudit(nsp->user_ns, CAP_IPC_OWNER);
}

static int nexus_thread_access(struct task_struct *task, short flag)
{
	struct nexus_ns *nsp = nexus_current_ns();

	if (nexus_thread_granted(task, nsp, flag) ||
	    ns_capable(nsp->user_ns, CAP_IPC_OWNER))
		return 0;
	return -EACCES;
}

/**
 * nexus_thread_task - find a thread that a call is about
 * @id:   tid in the caller's pid namespace
 * @flag: NEXUS_MAY_READ or NEXUS_MAY_WRITE, or 0 if the caller asks for other
 *        rights
 * @main: set to whether it is the id of a team
 *
 * Return: the task with a reference.  It may be ending.  ERR_PTR(-ESRCH) if
 * there is no such thread in the caller's IPC namespace, ERR_PTR(-EACCES).
 */
struct task_struct *nexus_thread_task(int id, short flag, bool *main)
{
	struct task_struct *task;
	int err;

	task = nexus_task_find(id, main);
	if (!task)
		return ERR_PTR(-ESRCH);
	err = -ESRCH;
	if (nexus_thread_here(task, *main, current->nsproxy->ipc_ns))
		err = flag ? nexus_thread_access(task, flag) : 0;
	if (err) {
		put_task_struct(task);
		return ERR_PTR(err);
	}
	return task;
}

/*
 * What nexus_thread_get_for() does for most: a thread that has its structure
 * and lives where the caller does, which may do so without asking further.
 * Returns NULL for all others.
 */
static struct nexus_thread *nexus_thread_get_fast(int id, short flag)
{
	struct nexus_thread *thread;
	struct task_struct *task;
	struct pid *pid;

	guard(rcu)();
	pid = find_vpid(id);
	task = pid_task(pid, PIDTYPE_PID);
	if (!task || READ_ONCE(task->nsproxy) != current->nsproxy)
		return NULL;
	/* Tasks of the kernel have none; a task's goes with its last reference. */
	thread = nexus_thread_peek(task, pid == task_tgid(task));
	if (!thread || !nexus_thread_granted(task, nexus_current_ns(), flag))
		return NULL;
	return refcount_inc_not_zero(&thread->refs) ? thread : NULL;
}

/**
 * nexus_thread_get_for - find a thread that the caller may read or write to
 * @id:   tid in the caller's pid namespace
 * @flag: NEXUS_MAY_READ or NEXUS_MAY_WRITE
 *
 * Context: process context, may sleep.
 * Return: the thread's structure with a reference, though it may have ended;
 * ERR_PTR(-ESRCH), ERR_PTR(-EACCES) or ERR_PTR(-ENOMEM).
 */
struct nexus_thread *nexus_thread_get_for(int id, short flag)
{
	struct task_struct *task __free(nexus_task) = NULL;
	struct nexus_thread *thread;
	bool main;

	thread = nexus_thread_get_fast(id, flag);
	if (likely(thread))
		return thread;
	task = nexus_thread_task(id, flag, &main);
	if (IS_ERR(task))
		return ERR_CAST(task);
	thread = nexus_thread_get(task, main);
	return thread ?: ERR_PTR(-ENOMEM);
}

/**
 * nexus_thread_get_by_id - find a thread that the caller may read
 * @id: tid in the caller's pid namespace
 *
 * Context: process context, may sleep.
 * Return: the thread's structure with a reference, ERR_PTR(-ESRCH),
 * ERR_PTR(-EACCES) or ERR_PTR(-ENOMEM).
 */
struct nexus_thread *nexus_thread_get_by_id(int id)
{
	struct nexus_thread *thread = nexus_thread_get_for(id, NEXUS_MAY_READ);

	/* One that was caught in the middle of its end. */
	if (!IS_ERR(thread) && nexus_thread_ended(thread)) {
		nexus_thread_put(thread);
		return ERR_PTR(-ESRCH);
	}
	return thread;
}

/*
 * Waiting for the end.
 */

/**
 * nexus_thread_give_up - leave a line of a thread after nexus_wait() failed
 * @thread: the thread
 * @waiter: the caller's waiter
 * @err:    what nexus_wait() returned
 *
 * Return: @err, or the result of the waiter if it is done all the same.
 */
int nexus_thread_give_up(struct nexus_thread *thread,
			 struct nexus_waiter *waiter, int err)
{
	guard(spinlock)(&thread->lock);
	if (waiter->done) {
		nexus_wait_forget();
		return waiter->result;
	}
	list_del(&waiter->link);
	return err;
}

/* -ESRCH if it had ended before. */
static int nexus_thread_join(struct nexus_thread *thread,
			     const struct nexus_deadline *dl, s32 *status)
{
	struct nexus_joiner joiner;
	int err;

	scoped_guard(spinlock, &thread->lock) {
		if (thread->ended)
			return -ESRCH;
		if (dl->nowait)
			return -EAGAIN;
		nexus_waiter_init(&joiner.waiter, &thread->joiners);
	}
	err = nexus_wait(&joiner.waiter, dl);
	if (err)
		err = nexus_thread_give_up(thread, &joiner.waiter, err);
	if (!err)
		*status = joiner.status;
	return err;
}

static bool nexus_is_parent(struct task_struct *task)
{
	guard(rcu)();
	/* The parent of one that has been reaped may be gone. */
	return pid_alive(task) &&
	       same_thread_group(rcu_dereference(task->real_parent), current);
}

/* To wait for a suspended thread is to let it run, by whoever may do that. */
static void nexus_thread_start(struct task_struct *task)
{
	if (READ_ONCE(task->jobctl) & JOBCTL_TRAP_SUSPEND &&
	    !nexus_may_kill(task, SIGSTOP))
		nexus_thread_resume(task);
}

/*
 * The end of a team: of one that lives, or of the caller's child as long as
 * that is a zombie.
 */
static int nexus_wait_main(struct task_struct *task,
			   const struct nexus_deadline *dl, s32 *status)
{
	struct nexus_thread *thread __free(nexus_thread) = NULL;
	int err;

	if (atomic_read(&task->signal->live)) {
		if (!nexus_thread_here(task, true, current->nsproxy->ipc_ns))
			return -ESRCH;
		err = nexus_thread_access(task, NEXUS_MAY_READ);
		if (err)
			return err;
	} else if (!nexus_is_parent(task)) {
		return -ESRCH;
	}
	thread = nexus_thread_get(task, true);
	if (!thread)
		return -ENOMEM;
	nexus_thread_start(task);
	err = nexus_thread_join(thread, dl, status);
	if (err == -ESRCH) {
		*status = thread->status;
		err = 0;
	}
	return err;
}

static int nexus_wait_thread(int id, const struct nexus_deadline *dl,
			     s32 *status)
{
	struct task_struct *task __free(nexus_task) = NULL;
	struct nexus_thread *thread __free(nexus_thread) = NULL;
	bool main = false;
	bool own;
	int err;

	task = nexus_task_find(id, &main);
	own = task && same_thread_group(task, current);
	/* A stranger that got the id of one of ours comes after that. */
	if (!own && nexus_record_take(id, status))
		return 0;
	if (!task)
		return -ESRCH;
	if (main)
		return nexus_wait_main(task, dl, status);

	err = -ESRCH;
	if (nexus_thread_here(task, false, current->nsproxy->ipc_ns)) {
		err = nexus_thread_access(task, NEXUS_MAY_READ);
		if (err)
			return err;
		thread = nexus_thread_get(task, false);
		if (!thread)
			return -ENOMEM;
		nexus_thread_start(task);
		err = nexus_thread_join(thread, dl, status);
	}
	/* It has ended, though its tid is not gone yet. */
	if (err == -ESRCH && own && nexus_record_take(id, status))
		err = 0;
	return err;
}

/**
 * sys_nexus_thread_wait - wait for the end of a thread
 *
 * @id:       the thread
 * @status:   set to its status; may be NULL
 * @flags:    %NEXUS_NOWAIT, %NEXUS_CLOCK_REALTIME
 * @deadline: when to give up; NULL: never
 *
 * Resumes the thread first if it is suspended and the caller may do that; it
 * stays resumed whatever comes of the wait.
 *
 * When this returns the thread can run nothing of its program any more.  A
 * main thread ends when the last thread of its team does, and then what the
 * team owned is gone.  Any number of threads may wait for one.
 *
 * A thread that ended while nobody waited, and for which %NEXUS_THREAD_KEEP was
 * set, can be waited for once by its team.  The main thread of a child can be
 * waited for by its parent until wait() or its like has reaped it.
 *
 * The status is what the thread said with %NEXUS_THREAD_STATUS, otherwise 0 or,
 * for a main thread, the exit status of its process, 0 if it was killed.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown flags, %NEXUS_NOWAIT with a deadline,
 *   %NEXUS_CLOCK_REALTIME without one, or one that is not normalised
 * - %EFAULT: @deadline cannot be read
 * - %EDEADLK: @id is the caller
 * - %ESRCH: there is no such thread
 * - %EACCES: the caller may not read it
 * - %ENOMEM: no memory
 * - %EAGAIN: it would have to wait, with %NEXUS_NOWAIT
 * - %ETIMEDOUT: the deadline has passed
 * - %EINTR: a signal came
 * - %EFAULT: @status cannot be written; the thread has ended, and its status is
 *   lost
 */
SYSCALL_DEFINE4(nexus_thread_wait, int, id, s32 __user *, status,
		unsigned int, flags,
		const struct __kernel_timespec __user *, deadline)
{
	struct nexus_deadline dl;
	s32 value = 0;
	int err;

	if (flags & ~NEXUS_WAIT_FLAGS)
		return -EINVAL;
	err = nexus_deadline_get(&dl, flags, deadline);
	if (err)
		return err;
	if (id == task_pid_vnr(current))
		return -EDEADLK;

	err = nexus_wait_thread(id, &dl, &value);
	trace_thread_wait(id, value, err);
	if (!err && status && put_user(value, status))
		err = -EFAULT;
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus threads: what can be known about them, and how to find them.
 *
 * All searches go through the ids of a pid namespace one by one, and hold
 * nothing from one to the next.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/cputime.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/mm.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include "thread.h"

static enum nexus_thread_state nexus_thread_state(struct task_struct *task)
{
	/* The thread itself says so before it waits, and takes it back after. */
	int waits = READ_ONCE(task->nexus_sem);

	if (READ_ONCE(task->jobctl) & (JOBCTL_TRAP_SUSPEND | JOBCTL_STOPPED |
				       JOBCTL_TRACED))
		return NEXUS_THREAD_SUSPENDED;
	if (task_curr(task))
		return NEXUS_THREAD_RUNNING;
	if (task_is_running(task))
		return NEXUS_THREAD_READY;
	if (waits == NEXUS_WAIT_RECEIVING)
		return NEXUS_THREAD_RECEIVING;
	if (waits == NEXUS_WAIT_ASLEEP)
		return NEXUS_THREAD_ASLEEP;
	return NEXUS_THREAD_WAITING;
}

/* Real-time priorities 1 to 99 fill the range that BeOS has for them. */
static int nexus_priority_from_rt(int rt)
{
	const int range = NEXUS_PRIORITY_MAX - NEXUS_PRIORITY_RT;

	return NEXUS_PRIORITY_RT + min(rt - 1, range);
}

/**
 * nexus_thread_priority - the priority of a thread
 * @task:   the thread
 * @thread: its structure, or NULL
 *
 * Return: what nexus_thread_set() gave it, otherwise what comes next to what
 * the scheduler does with it.
 */
int nexus_thread_priority(struct task_struct *task,
			  struct nexus_thread *thread)
{
	int set = thread ? READ_ONCE(thread->priority) : 0;

	if (set)
		return set;
	switch (READ_ONCE(task->policy)) {
	case SCHED_FIFO:
	case SCHED_RR:
		return nexus_priority_from_rt(task->rt_priority);
	case SCHED_DEADLINE:
		return NEXUS_PRIORITY_MAX;
	case SCHED_IDLE:
		return NEXUS_PRIORITY_MIN;
	default:
		return nexus_priority_from_nice(task_nice(task));
	}
}

/* The name that was given counts while the comm is the beginning of it. */
static void nexus_thread_name(struct task_struct *task,
			      struct nexus_thread *thread,
			      char name[NEXUS_NAME_LEN])
{
	char comm[TASK_COMM_LEN];

	get_task_comm(comm, task);
	if (thread) {
		spin_lock(&thread->lock);
		memcpy(name, thread->name, NEXUS_NAME_LEN);
		spin_unlock(&thread->lock);
		if (!strncmp(name, comm, TASK_COMM_LEN - 1))
			return;
	}
	memset(name, 0, NEXUS_NAME_LEN);
	memcpy(name, comm, TASK_COMM_LEN);
}

/* The mapping that the stack pointer of the thread is in, if it can be told. */
static void nexus_thread_stack(struct task_struct *task,
			       struct nexus_thread_info *info)
{
	struct vm_area_struct *vma;
	struct mm_struct *mm;
	unsigned long sp;

	if (!ptrace_may_access(task, PTRACE_MODE_READ_FSCREDS |
				     PTRACE_MODE_NOAUDIT) ||
	    !try_get_task_stack(task))
		return;
	/* Not user_stack_pointer(), which m68k does not have. */
	sp = KSTK_ESP(task);
	put_task_stack(task);

	mm = get_task_mm(task);
	if (!mm)
		return;
	if (mmap_read_trylock(mm)) {
		vma = vma_lookup(mm, sp);
		if (vma) {
			info->stack_base = vma->vm_start;
			info->stack_end = vma->vm_end;
		}
		mmap_read_unlock(mm);
	}
	mmput(mm);
}

/**
 * nexus_thread_fill - describe a thread
 * @task: the thread, which the caller keeps from going away
 * @main: its id is that of its team
 * @info: filled
 *
 * Context: process context, may sleep.
 * Return: whether it still had its id; if not it has ended.
 */
bool nexus_thread_fill(struct task_struct *task, bool main,
		       struct nexus_thread_info *info)
{
	struct nexus_thread *thread = nexus_thread_peek(task, main);
	u64 user, kernel;

	memset(info, 0, sizeof(*info));
	info->team = task_tgid_vnr(task);
	info->id = main ? info->team : task_pid_vnr(task);
	info->state = nexus_thread_state(task);
	info->priority = nexus_thread_priority(task, thread);
	if (info->state == NEXUS_THREAD_WAITING)
		info->sem = max(READ_ONCE(task->nexus_sem), 0);
	if (thread && READ_ONCE(thread->msg))
		info->flags = NEXUS_THREAD_HAS_DATA;
	task_cputime_adjusted(task, &user, &kernel);
	info->user_time = user;
	info->kernel_time = kernel;
	nexus_thread_stack(task, info);
	nexus_thread_name(task, thread, info->name);
	return info->id && info->team;
}

/**
 * nexus_thread_info - describe the thread with an id
 * @id:   tid in the caller's pid namespace
 * @info: filled
 *
 * Context: process context, may sleep.
 * Return: 0, -ESRCH or -EACCES.
 */
int nexus_thread_info(int id, struct nexus_thread_info *info)
{
	struct task_struct *task;
	int err = -ESRCH;
	bool main;

	task = nexus_thread_task(id, NEXUS_MAY_READ, &main);
	if (IS_ERR(task))
		return PTR_ERR(task);
	if (!(READ_ONCE(task->flags) & PF_EXITING) &&
	    nexus_thread_fill(task, main, info))
		err = 0;
	put_task_struct(task);
	return err;
}

/*
 * The thread with the smallest id of at least *nr in a pid namespace, with a
 * reference, or NULL.  *nr is set to its id.  Threads of the kernel and those
 * that are ending do not count.
 */
static struct task_struct *nexus_thread_from(struct pid_namespace *pid_ns,
					     int *nr, bool *main)
{
	struct task_struct *task;
	struct pid *pid;

	for (;;) {
		scoped_guard(rcu) {
			pid = find_ge_pid(*nr, pid_ns);
			if (!pid)
				return NULL;
			*nr = pid_nr_ns(pid, pid_ns);
			task = pid_task(pid, PIDTYPE_PID);
			if (task && !(task->flags & (PF_KTHREAD |
						     PF_USER_WORKER |
						     PF_EXITING))) {
				*main = pid == task_tgid(task);
				return get_task_struct(task);
			}
		}
		if (*nr == INT_MAX || fatal_signal_pending(current))
			return NULL;
		++*nr;
		cond_resched();
	}
}

static bool nexus_thread_listed(struct task_struct *task, bool main,
				struct ipc_namespace *ipc_ns)
{
	return nexus_thread_here(task, main, ipc_ns) &&
	       nexus_thread_visible(task, ipc_ns->nexus, NEXUS_MAY_READ);
}

/**
 * nexus_thread_find - find a thread by its name
 * @name: name
 *
 * Context: process context, may sleep.
 * Return: the smallest id, in the caller's pid namespace, of a thread with that
 * name that the caller may read; -ENOENT; -EINTR if the caller was killed.
 */
int nexus_thread_find(const char *name)
{
	struct pid_namespace *pid_ns = task_active_pid_ns(current);
	struct ipc_namespace *ipc_ns = current->nsproxy->ipc_ns;
	char its_name[NEXUS_NAME_LEN];
	struct task_struct *task;
	bool main, found;
	int id;

	for (id = 1; (task = nexus_thread_from(pid_ns, &id, &main)); id++) {
		nexus_thread_name(task, nexus_thread_peek(task, main),
				  its_name);
		found = !strcmp(name, its_name) &&
			nexus_thread_listed(task, main, ipc_ns);
		put_task_struct(task);
		if (found)
			return id;
		if (id == INT_MAX)
			break;
		cond_resched();
	}
	return fatal_signal_pending(current) ? -EINTR : -ENOENT;
}

/**
 * nexus_thread_list - the next thread that has Nexus state
 * @pid_ns: pid namespace
 * @ipc_ns: IPC namespace
 * @nr:     smallest id that will do; set to the id of what was found
 * @main:   set to whether that is the id of a team
 *
 * Context: process context, may sleep.
 * Return: a thread that lives in both namespaces and that the caller may read,
 * with a reference, or NULL.
 */
struct task_struct *nexus_thread_list(struct pid_namespace *pid_ns,
				      struct ipc_namespace *ipc_ns, int *nr,
				      bool *main)
{
	struct task_struct *task;

	for (; (task = nexus_thread_from(pid_ns, nr, main)); ++*nr) {
		if (nexus_thread_peek(task, *main) &&
		    nexus_thread_listed(task, *main, ipc_ns))
			return task;
		put_task_struct(task);
		if (*nr == INT_MAX)
			break;
		cond_resched();
	}
	return NULL;
}

/* The team's tgid, if the caller can see that there is such a team. */
static pid_t nexus_thread_team(int nr)
{
	struct task_struct *task;

	if (nr < 0)
		return -EINVAL;
	guard(rcu)();
	task = nr ? pid_task(find_vpid(nr), PIDTYPE_TGID) : current;
	if (!task || task->flags & (PF_KTHREAD | PF_USER_WORKER) ||
	    !atomic_read(&task->signal->live))
		return -ESRCH;
	return task_tgid_vnr(task);
}

/**
 * nexus_thread_next - describe the next thread of a team
 * @nr:   the team, 0 for the caller's own
 * @id:   a thread of it, which need not exist any more, or 0
 * @info: filled
 *
 * The main thread comes first, the others in the order of their ids.
 *
 * Context: process context, may sleep.
 * Return: 0, -EINVAL for a negative team, -ESRCH for an unknown one, -ENOENT if
 * there is no other thread that the caller may read, -EINTR if the caller was
 * killed.
 */
int nexus_thread_next(int nr, int id, struct nexus_thread_info *info)
{
	struct pid_namespace *pid_ns = task_active_pid_ns(current);
	struct ipc_namespace *ipc_ns = current->nsproxy->ipc_ns;
	pid_t team = nexus_thread_team(nr);
	struct task_struct *task;
	bool main;

	if (team < 0)
		return team;
	if (id <= 0) {
		if (!nexus_thread_info(team, info))
			return 0;
		id = team;
	}
	/* After the main thread begins what has smaller ids than it, too. */
	if (id == team)
		id = 0;

	for (; id < INT_MAX; cond_resched()) {
		bool found;

		id++;
		task = nexus_thread_from(pid_ns, &id, &main);
		if (!task)
			break;
		found = !main && task_tgid_vnr(task) == team &&
			nexus_thread_listed(task, false, ipc_ns);
		if (found)
			found = nexus_thread_fill(task, false, info);
		put_task_struct(task);
		if (found)
			return 0;
	}
	return fatal_signal_pending(current) ? -EINTR : -ENOENT;
}

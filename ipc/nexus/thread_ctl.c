// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus threads: what others, or they themselves, do to them.
 *
 * To suspend and to kill a single thread is what Linux has no way to do.  Here
 * it is only asked for, by bits in task_struct.jobctl under the siglock of the
 * process; kernel/signal.c has do_suspend_trap() and do_thread_exit(), in which
 * the thread complies before it returns to its program.
 */
#include <linux/cleanup.h>
#include <linux/cn_proc.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/math.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/jobctl.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <uapi/linux/sched/types.h>

#include <trace/events/nexus.h>

#include "thread.h"

static void __init __maybe_unused nexus_thread_check_abi(void)
{
	BUILD_BUG_ON(sizeof(struct nexus_thread_args) !=
		     NEXUS_THREAD_ARGS_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct nexus_thread_info) !=
		     NEXUS_THREAD_INFO_SIZE_VER0);
	BUILD_BUG_ON(NEXUS_THREAD_MSG_MAX > NEXUS_PORT_MSG_MAX);
	BUILD_BUG_ON(TASK_COMM_LEN > NEXUS_NAME_LEN);
}

/*
 * Priorities.
 */

/* What of BeOS is nice 0. */
#define NEXUS_PRIORITY_NORMAL	10

/**
 * nexus_priority_to_nice - the nice value of a priority
 * @priority: from %NEXUS_PRIORITY_MIN, which is nice 19, over 10, which is 0,
 *            to below %NEXUS_PRIORITY_RT, which is -20
 *
 * In between it is linear on either side of 10, and rounded.
 *
 * Return: the nice value.
 */
int nexus_priority_to_nice(int priority)
{
	const int below = NEXUS_PRIORITY_NORMAL - NEXUS_PRIORITY_MIN;
	const int above = NEXUS_PRIORITY_RT - 1 - NEXUS_PRIORITY_NORMAL;
	int diff = priority - NEXUS_PRIORITY_NORMAL;

	if (diff > 0)
		return -DIV_ROUND_CLOSEST(diff * -MIN_NICE, above);
	return DIV_ROUND_CLOSEST(-diff * MAX_NICE, below);
}

/**
 * nexus_priority_from_nice - the priority of a nice value
 * @nice: nice value
 *
 * Return: a priority whose nice value is @nice, or as near as there is.
 */
int nexus_priority_from_nice(int nice)
{
	const int below = NEXUS_PRIORITY_NORMAL - NEXUS_PRIORITY_MIN;
	const int above = NEXUS_PRIORITY_RT - 1 - NEXUS_PRIORITY_NORMAL;

	if (nice < 0)
		return NEXUS_PRIORITY_NORMAL +
		       DIV_ROUND_CLOSEST(-nice * above, -MIN_NICE);
	return NEXUS_PRIORITY_NORMAL - DIV_ROUND_CLOSEST(nice * below, MAX_NICE);
}

static int nexus_set_nice(struct task_struct *task, int nice)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_NORMAL,
		.sched_nice = nice,
	};

	return sched_setattr(task, &attr);
}

static int nexus_set_rt(struct task_struct *task, int rt)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_RR,
		.sched_priority = rt,
	};

	return sched_setattr(task, &attr);
}

/*
 * Tell the scheduler.  It asks for the rights that sched_setattr(2) asks for,
 * and if it refuses it is asked for as much as RLIMIT_RTPRIO and RLIMIT_NICE
 * allow.  If it refuses that too, the thread runs as it did.
 */
static void nexus_priority_apply(struct task_struct *task, int priority)
{
	long limit;
	int nice;

	if (priority >= NEXUS_PRIORITY_RT) {
		int rt = priority - NEXUS_PRIORITY_RT + 1;

		if (!nexus_set_rt(task, rt))
			return;
		limit = min(task_rlimit(task, RLIMIT_RTPRIO), MAX_RT_PRIO - 1);
		if (limit && limit < rt && !nexus_set_rt(task, limit))
			return;
		nice = MIN_NICE;
	} else {
		nice = nexus_priority_to_nice(priority);
	}
	if (!nexus_set_nice(task, nice))
		return;

	limit = min(task_rlimit(task, RLIMIT_NICE), NICE_WIDTH);
	limit = min(rlimit_to_nice(limit), task_nice(task));
	if (limit > nice)
		nexus_set_nice(task, limit);
}

/*
 * What a thread is.
 */

#define NEXUS_THREAD_FLAGS	(NEXUS_THREAD_NAME | NEXUS_THREAD_PRIORITY | \
				 NEXUS_THREAD_STATUS | NEXUS_THREAD_KEEP)

static int nexus_thread_check(const struct nexus_thread_args *args)
{
	if (args->flags & ~NEXUS_THREAD_FLAGS || args->__pad)
		return -EINVAL;
	if (args->name && !(args->flags & NEXUS_THREAD_NAME))
		return -EINVAL;
	if (args->status && !(args->flags & NEXUS_THREAD_STATUS))
		return -EINVAL;
	if (!(args->flags & NEXUS_THREAD_PRIORITY))
		return args->priority ? -EINVAL : 0;
	if (args->priority < NEXUS_PRIORITY_MIN ||
	    args->priority > NEXUS_PRIORITY_MAX)
		return -EINVAL;
	return 0;
}

/* May the caller do that to the thread? */
static int nexus_thread_may_set(struct task_struct *task, u32 flags)
{
	if (flags & NEXUS_THREAD_STATUS && task != current)
		return -EPERM;
	if (flags & (NEXUS_THREAD_NAME | NEXUS_THREAD_KEEP) &&
	    !same_thread_group(task, current))
		return -EPERM;
	if (flags & NEXUS_THREAD_PRIORITY)
		return nexus_may_kill(task, 0);
	return 0;
}

static void nexus_set_comm(struct task_struct *task, const char *name)
{
	char comm[TASK_COMM_LEN];

	strscpy_pad(comm, name);
	set_task_comm(task, comm);
	proc_comm_connector(task);
}

static int nexus_thread_apply(struct task_struct *task, bool main,
			      const struct nexus_thread_args *args,
			      const char *name)
{
	struct nexus_record *record = NULL;
	struct nexus_thread *thread;
	int previous = 0;

	thread = nexus_thread_get(task, main);
	if (!thread)
		return -ENOMEM;
	if (args->flags & NEXUS_THREAD_KEEP) {
		record = nexus_record_alloc();
		if (!record) {
			nexus_thread_put(thread);
			return -ENOMEM;
		}
	}

	if (args->flags & NEXUS_THREAD_PRIORITY)
		previous = nexus_thread_priority(task, thread);
	scoped_guard(spinlock, &thread->lock) {
		if (args->flags & NEXUS_THREAD_NAME)
			memcpy(thread->name, name, NEXUS_NAME_LEN);
		if (args->flags & NEXUS_THREAD_PRIORITY)
			thread->priority = args->priority;
		if (args->flags & NEXUS_THREAD_STATUS) {
			thread->status = args->status;
			thread->has_status = true;
		}
		/* Nobody asks for the record of a thread that has ended. */
		if (!thread->record && !thread->ended)
			swap(thread->record, record);
	}
	kfree(record);
	if (args->flags & NEXUS_THREAD_NAME)
		nexus_set_comm(task, name);
	if (args->flags & NEXUS_THREAD_PRIORITY)
		nexus_priority_apply(task, args->priority);
	nexus_thread_put(thread);
	return previous;
}

/**
 * sys_nexus_thread_set - name a thread, give it a priority, say what it leaves
 *
 * @id:    the thread; 0: the caller
 * @uargs: a struct nexus_thread_args
 * @usize: its size as the caller knows it
 *
 * A name is given to the comm of the thread too, which takes 15 bytes of it,
 * and lasts until something else changes that.
 *
 * A priority becomes a nice value or, from %NEXUS_PRIORITY_RT on, a real-time
 * priority under SCHED_RR.  Where the limits of the thread and the rights of
 * the caller do not allow that it becomes what they allow; nexus_info() tells
 * the number that was asked for.
 *
 * Return:
 * - the priority that the thread had before, with %NEXUS_THREAD_PRIORITY;
 *   otherwise 0
 * - %E2BIG: @usize is larger than a page, or what lies beyond the part of
 *   @uargs that this kernel knows is not 0
 * - %EINVAL: @usize is smaller than %NEXUS_THREAD_ARGS_SIZE_VER0
 * - %EFAULT: @uargs cannot be read
 * - %EINVAL: unknown flags, a field that is not 0 without its flag, padding
 *   that is not 0, or a priority that is not between %NEXUS_PRIORITY_MIN and
 *   %NEXUS_PRIORITY_MAX
 * - %EFAULT: the name cannot be read
 * - %ESRCH: there is no such thread
 * - %EPERM: %NEXUS_THREAD_STATUS for another thread than the caller,
 *   %NEXUS_THREAD_NAME or %NEXUS_THREAD_KEEP for one of another team, or
 *   %NEXUS_THREAD_PRIORITY for one that the caller could not kill()
 * - %ENOMEM: no memory
 */
SYSCALL_DEFINE3(nexus_thread_set, int, id,
		struct nexus_thread_args __user *, uargs, size_t, usize)
{
	struct nexus_thread_args args;
	char name[NEXUS_NAME_LEN];
	struct task_struct *task;
	bool main;
	int ret;

	if (usize > PAGE_SIZE)
		return -E2BIG;
	if (usize < NEXUS_THREAD_ARGS_SIZE_VER0)
		return -EINVAL;
	ret = copy_struct_from_user(&args, sizeof(args), uargs, usize);
	if (ret)
		return ret;
	ret = nexus_thread_check(&args);
	if (ret)
		return ret;
	if (args.flags & NEXUS_THREAD_NAME) {
		ret = nexus_name_from_user(name, u64_to_user_ptr(args.name));
		if (ret)
			return ret;
	}

	if (id) {
		task = nexus_thread_task(id, 0, &main);
		if (IS_ERR(task))
			return PTR_ERR(task);
	} else {
		task = get_task_struct(current);
		main = thread_group_leader(task);
	}
	ret = READ_ONCE(task->flags) & PF_EXITING ? -ESRCH : 0;
	if (!ret)
		ret = nexus_thread_may_set(task, args.flags);
	if (!ret)
		ret = nexus_thread_apply(task, main, &args, name);
	put_task_struct(task);
	return ret;
}

/*
 * What a thread does.
 */

/*
 * A thread that the caller may stop and end, with a reference.  It asks what
 * kill() would for that signal.
 */
static struct task_struct *nexus_thread_control(int id, int sig, bool *main)
{
	struct task_struct *task;
	int err;

	if (id <= 0)
		return ERR_PTR(-EINVAL);
	task = nexus_thread_task(id, 0, main);
	if (IS_ERR(task))
		return task;
	err = nexus_may_kill(task, sig);
	if (err) {
		put_task_struct(task);
		return ERR_PTR(err);
	}
	return task;
}

/*
 * SIGKILL and SIGSTOP do nothing to an init process, unless they come from
 * outside of its pid namespace.  Nor does what is like them, unless it comes
 * from that process itself.
 */
static bool nexus_thread_immune(struct task_struct *task)
{
	if (!(READ_ONCE(task->signal->flags) & SIGNAL_UNKILLABLE) ||
	    same_thread_group(task, current))
		return false;
	if (is_global_init(task))
		return true;
	guard(rcu)();
	return task_pid_nr_ns(current, task_active_pid_ns(task));
}

/* Only a thread that can still return to its program can be suspended. */
static int nexus_thread_stop(struct task_struct *task)
{
	unsigned long flags;
	int err = -ESRCH;

	if (!lock_task_sighand(task, &flags))
		return err;
	if (!(task->flags & PF_EXITING)) {
		err = 0;
		if (!(task->signal->flags & SIGNAL_GROUP_EXIT) &&
		    !(task->jobctl & (JOBCTL_TRAP_SUSPEND |
				      JOBCTL_KILL_THREAD))) {
			task->jobctl |= JOBCTL_TRAP_SUSPEND;
			signal_wake_up(task, 0);
		}
	}
	unlock_task_sighand(task, &flags);
	return err;
}

/**
 * nexus_thread_resume - let a suspended thread run, and break its wait
 * @task: the thread, which the caller keeps from going away
 *
 * Return: whether it has not begun to end.
 */
bool nexus_thread_resume(struct task_struct *task)
{
	unsigned long flags;
	bool alive;

	if (!lock_task_sighand(task, &flags))
		return false;
	alive = !(task->flags & PF_EXITING);
	if (alive && task->jobctl & JOBCTL_TRAP_SUSPEND &&
	    !(task->signal->flags & SIGNAL_GROUP_EXIT)) {
		task->jobctl &= ~JOBCTL_TRAP_SUSPEND;
		task->jobctl |= JOBCTL_RESUMED;
		signal_wake_up(task, 0);
	}
	unlock_task_sighand(task, &flags);
	return alive;
}

/**
 * sys_nexus_thread_suspend - stop a thread
 *
 * @id:    the thread
 * @flags: must be 0
 *
 * The thread stops before it returns to its program the next time; if it waits
 * in a way that signals can interrupt, it does so at once.  Its signals stay
 * pending and no handler runs until nexus_thread_resume(), or SIGCONT to the
 * process, lets it run again.  What can happen to it meanwhile is what can
 * happen to a process that is stopped: SIGKILL ends it, it can be traced and
 * frozen.  To suspend it once more makes no difference.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown flags, or @id is not positive
 * - %ESRCH: there is no such thread
 * - %EPERM: the caller could not kill() it
 */
SYSCALL_DEFINE2(nexus_thread_suspend, int, id, unsigned int, flags)
{
	struct task_struct *task;
	bool main;
	int err;

	if (flags)
		return -EINVAL;
	task = nexus_thread_control(id, SIGSTOP, &main);
	if (IS_ERR(task)) {
		err = PTR_ERR(task);
	} else {
		err = 0;
		if (!nexus_thread_immune(task))
			err = nexus_thread_stop(task);
		put_task_struct(task);
	}
	trace_thread_suspend(id, err);
	return err;
}

/**
 * sys_nexus_thread_resume - let a suspended thread run
 *
 * @id:    the thread
 * @flags: must be 0
 *
 * If the suspension interrupted a wait in Nexus, or in a call such as
 * nanosleep(), poll() and futex() that could not simply be restarted with the
 * same arguments, then that call returns %EINTR whatever SA_RESTART says, also
 * if the thread has not come to stop yet: suspending and resuming it is the
 * way to break its wait.  It has no effect on a thread that is not suspended.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown flags, or @id is not positive
 * - %ESRCH: there is no such thread
 * - %EPERM: the caller could not kill() it
 */
SYSCALL_DEFINE2(nexus_thread_resume, int, id, unsigned int, flags)
{
	struct task_struct *task;
	bool main;
	int err;

	if (flags)
		return -EINVAL;
	task = nexus_thread_control(id, SIGSTOP, &main);
	if (IS_ERR(task)) {
		err = PTR_ERR(task);
	} else {
		err = nexus_thread_resume(task) ? 0 : -ESRCH;
		put_task_struct(task);
	}
	trace_thread_resume(id, err);
	return err;
}

static int nexus_team_kill(struct task_struct *task)
{
	struct kernel_siginfo info;

	clear_siginfo(&info);
	info.si_signo = SIGKILL;
	info.si_code = SI_USER;
	info.si_pid = task_tgid_vnr(current);
	info.si_uid = from_kuid_munged(current_user_ns(), current_uid());
	/* For the id, which the task loses when it is reaped. */
	guard(rcu)();
	return kill_pid_info(SIGKILL, &info, task_tgid(task));
}

/*
 * Make a thread end alone.  SIGKILL in its private set ends every wait that
 * can be ended; the bit says that it is not for the group.  A group stop that
 * it takes part in is left pending, it is taken out of that as it exits.  It
 * must not begin one any more, with a stop signal that it has just dequeued:
 * nobody waits for a thread to stop that has SIGKILL pending.
 *
 * Returns 1 if the thread is all of its team, or about to become that: an exec
 * under way has condemned the others.
 */
static int nexus_thread_zap(struct task_struct *task)
{
	struct signal_struct *sig = task->signal;
	unsigned long flags;
	int ret = 0;

	if (!lock_task_sighand(task, &flags))
		return -ESRCH;
	if (task->flags & PF_EXITING) {
		ret = -ESRCH;
	} else if (sig->group_exec_task == task || thread_group_leader(task)) {
		ret = 1;
	} else if (!(sig->flags & SIGNAL_GROUP_EXIT)) {
		task->jobctl &= ~(JOBCTL_SUSPEND_MASK | JOBCTL_STOP_DEQUEUED);
		task->jobctl |= JOBCTL_KILL_THREAD;
		sigaddset(&task->pending.signal, SIGKILL);
		signal_wake_up(task, 1);
	}
	unlock_task_sighand(task, &flags);
	return ret;
}

/**
 * sys_nexus_thread_kill - end a thread
 *
 * @id:    the thread
 * @flags: must be 0
 *
 * The thread ends as soon as it can, as if by SIGKILL, whatever it does and
 * also if it is suspended; the rest of its team is left alone.  To kill the
 * main thread is to kill the team.  Does not wait until it has ended.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown flags, or @id is not positive
 * - %ESRCH: there is no such thread
 * - %EPERM: the caller could not kill() it
 */
SYSCALL_DEFINE2(nexus_thread_kill, int, id, unsigned int, flags)
{
	struct task_struct *task;
	bool main;
	int err;

	if (flags)
		return -EINVAL;
	task = nexus_thread_control(id, SIGKILL, &main);
	if (IS_ERR(task)) {
		err = PTR_ERR(task);
	} else {
		err = 0;
		if (main)
			err = nexus_team_kill(task);
		else if (!nexus_thread_immune(task))
			err = nexus_thread_zap(task);
		if (err > 0)
			err = nexus_team_kill(task);
		put_task_struct(task);
	}
	trace_thread_kill(id, err);
	return err;
}

/**
 * sys_nexus_snooze - sleep
 *
 * @flags:    %NEXUS_CLOCK_REALTIME
 * @deadline: until when; must be given
 *
 * Return:
 * - 0: the deadline has passed
 * - %EINVAL: unknown flags, no deadline, or one that is not normalised
 * - %EFAULT: @deadline cannot be read
 * - %EINTR: a signal came
 */
SYSCALL_DEFINE2(nexus_snooze, unsigned int, flags,
		const struct __kernel_timespec __user *, deadline)
{
	struct nexus_waiter waiter = { };
	struct nexus_deadline dl;
	int err;

	if (flags & ~NEXUS_CLOCK_REALTIME || !deadline)
		return -EINVAL;
	err = nexus_deadline_get(&dl, flags, deadline);
	if (err)
		return err;

	/* In nobody's line, so that only time and signals end it. */
	WRITE_ONCE(current->nexus_sem, NEXUS_WAIT_ASLEEP);
	err = nexus_wait(&waiter, &dl);
	WRITE_ONCE(current->nexus_sem, 0);
	return err == -ETIMEDOUT ? 0 : err;
}

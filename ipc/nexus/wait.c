// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus waiting: one deadline, one outcome.
 *
 * A task that waits puts a struct nexus_waiter, which is on its stack, on a
 * list of the object.  Whoever ends the wait takes it off the list under the
 * object's lock, stores the result and sets done; timeouts and signals take
 * it off themselves, under the same lock, and only if it is not done.  So
 * there is exactly one outcome, and what has been handed over is never lost.
 *
 * From the moment that it sees done the waiter does not touch the lock any
 * more.  The barriers that this needs are those of MQ_BARRIER in
 * ipc/mqueue.c: done is set with release and read with acquire semantics, and
 * the reference to the task is taken before, because afterwards the waiter
 * may return, exit, and its stack be gone.
 */
#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/time_namespace.h>
#include <linux/time64.h>

#include "internal.h"

/**
 * __nexus_deadline_get - the part of nexus_deadline_get() that reads a deadline
 * @dl:    nowait and bound are filled
 * @flags: of %NEXUS_WAIT_FLAGS
 * @uts:   deadline from the caller, or NULL
 *
 * Context: process context, may sleep.
 * Return: see nexus_deadline_get().
 */
int __nexus_deadline_get(struct nexus_deadline *dl, unsigned int flags,
			 const struct __kernel_timespec __user *uts)
{
	struct timespec64 ts;

	if (!uts || dl->nowait)
		return -EINVAL;
	if (get_timespec64(&ts, uts))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	dl->at = timespec64_to_ktime(ts);
	dl->clock = CLOCK_REALTIME;
	if (!(flags & NEXUS_CLOCK_REALTIME)) {
		dl->clock = CLOCK_MONOTONIC;
		dl->at = timens_ktime_to_host(CLOCK_MONOTONIC, dl->at);
	}
	return 0;
}

/* Kept out of nexus_wait() for the sake of those who wait for ever. */
static noinline int nexus_sleep_until(const struct nexus_deadline *dl)
{
	ktime_t at = dl->at;

	return schedule_hrtimeout_range_clock(&at, current->timer_slack_ns,
					      HRTIMER_MODE_ABS, dl->clock) ?
		0 : -ETIMEDOUT;
}

/*
 * A signal came.  Should it be that the thread is to be suspended, get_signal()
 * wants to know that it was in a wait which will be restarted.
 */
static int nexus_interrupted(void)
{
	__set_current_state(TASK_RUNNING);
	current->nexus_restarts = 1;
	return -ERESTARTSYS;
}

/**
 * nexus_wait - sleep until done, or not
 * @waiter: the caller's waiter, in the queue of an object
 * @dl:     how long; not a deadline that says not to wait
 *
 * Does not count as load and does not keep the system from suspending.
 *
 * Context: process context, no locks held.
 * Return: 0 when done.  Otherwise -ETIMEDOUT or -ERESTARTSYS, and the waiter
 * is still in the queue: the caller takes the object's lock, looks at done
 * again and takes it out.  A caller that does not return -ERESTARTSYS in the
 * end calls nexus_wait_forget().
 */
int nexus_wait(struct nexus_waiter *waiter, const struct nexus_deadline *dl)
{
	int err = 0;

	do {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		/* Pairs with nexus_waiter_complete(). */
		if (smp_load_acquire(&waiter->done)) {
			__set_current_state(TASK_RUNNING);
			return 0;
		}
		if (unlikely(signal_pending(current)))
			return nexus_interrupted();
		if (dl->bound)
			err = nexus_sleep_until(dl);
		else
			schedule();
		/* Pairs with nexus_waiter_complete(), too. */
		if (likely(smp_load_acquire(&waiter->done)))
			return 0;
	} while (!err);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus threads: the message slot.
 *
 * The slot takes one message.  Who sends while it is full waits in line with
 * the message ready, and whoever empties the slot moves the first of these in,
 * so that nobody competes for it.  The receiver copies a message out before it
 * empties the slot: if that fails the message is simply still there.  It need
 * not be guarded meanwhile, since only the thread itself receives from its
 * slot, and its end comes when it does nothing else.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/sched/wake_q.h>
#include <linux/syscalls.h>

#include <trace/events/nexus.h>

#include "thread.h"

/**
 * struct nexus_sender - a task that waits for an empty slot
 * @waiter: how it waits
 * @msg:    its message; the slot's once it is done with result 0
 */
struct nexus_sender {
	struct nexus_waiter waiter;
	struct nexus_msg *msg;
};

/* Handlers run, and then the call goes on whatever SA_RESTART says. */
static int nexus_wait_through(struct nexus_waiter *waiter,
			      const struct nexus_deadline *dl)
{
	int err = nexus_wait(waiter, dl);

	if (err == -ERESTARTSYS) {
		nexus_wait_forget();
		err = -ERESTARTNOINTR;
	}
	return err;
}

/* The slot is empty: somebody's message goes in. */
static void nexus_slot_fill(struct nexus_thread *thread, struct nexus_msg *msg,
			    struct wake_q_head *wake_q)
{
	struct nexus_waiter *receiver;

	lockdep_assert_held(&thread->lock);
	thread->msg = msg;
	receiver = list_first_entry_or_null(&thread->receivers,
					    struct nexus_waiter, link);
	if (receiver)
		nexus_waiter_complete(receiver, 0, wake_q);
}

static int nexus_slot_send(struct nexus_thread *thread, struct nexus_msg *msg,
			   const struct nexus_deadline *dl)
{
	struct nexus_sender sender = { .msg = msg };
	DEFINE_WAKE_Q(wake_q);
	int err = 0;

	spin_lock(&thread->lock);
	if (thread->closed)
		err = -ESRCH;
	else if (!thread->msg)
		nexus_slot_fill(thread, msg, &wake_q);
	else if (dl->nowait)
		err = -EAGAIN;
	else
		err = -EINPROGRESS;
	if (err == -EINPROGRESS)
		nexus_waiter_init(&sender.waiter, &thread->senders);
	spin_unlock(&thread->lock);
	if (!wake_q_empty(&wake_q))
		wake_up_q(&wake_q);
	if (err != -EINPROGRESS)
		return err;

	err = nexus_wait_through(&sender.waiter, dl);
	if (err)
		return nexus_thread_give_up(thread, &sender.waiter, err);
	return sender.waiter.result;
}

/**
 * sys_nexus_thread_send - put a message into the slot of a thread
 *
 * @id:       the thread
 * @code:     any number; the thread gets it
 * @buf:      data
 * @size:     bytes of data
 * @flags:    %NEXUS_NOWAIT, %NEXUS_CLOCK_REALTIME
 * @deadline: when to give up; NULL: never
 *
 * Waits until the slot is empty, but not until the message is received.
 * Waiting senders are served in the order in which they came.  Signal handlers
 * run during the wait and do not end it.
 *
 * If it fails nothing has been sent.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown flags, %NEXUS_NOWAIT with a deadline,
 *   %NEXUS_CLOCK_REALTIME without one, or one that is not normalised
 * - %EFAULT: @deadline cannot be read
 * - %EMSGSIZE: more than %NEXUS_THREAD_MSG_MAX bytes
 * - %ESRCH: there is no such thread
 * - %EACCES: the caller may not write to it
 * - %ENOMEM: no memory
 * - %EFAULT: @buf cannot be read
 * - %ESRCH: it has ended
 * - %EAGAIN: it would have to wait, with %NEXUS_NOWAIT
 * - %ETIMEDOUT: the deadline has passed
 * - %ESRCH: it ended, or executed a program, meanwhile
 */
SYSCALL_DEFINE6(nexus_thread_send, int, id, int, code,
		const void __user *, buf, size_t, size, unsigned int, flags,
		const struct __kernel_timespec __user *, deadline)
{
	struct nexus_thread *thread __free(nexus_thread) = NULL;
	struct nexus_deadline dl;
	struct nexus_msg *msg;
	int err;

	if (flags & ~NEXUS_WAIT_FLAGS)
		return -EINVAL;
	err = nexus_deadline_get(&dl, flags, deadline);
	if (err)
		return err;
	if (size > NEXUS_THREAD_MSG_MAX)
		return -EMSGSIZE;

	thread = nexus_thread_get_for(id, NEXUS_MAY_WRITE);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	msg = nexus_msg_from_user(code, buf, size);
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	err = nexus_slot_send(thread, msg, &dl);
	if (err)
		nexus_msg_free(msg);
	trace_thread_send(id, code, size, err);
	return err;
}

/* Wait for a message in the caller's slot, which stays there. */
static int nexus_slot_wait(struct nexus_thread *thread,
			   const struct nexus_deadline *dl)
{
	struct nexus_waiter waiter;
	int err;

	scoped_guard(spinlock, &thread->lock) {
		if (thread->msg)
			return 0;
		if (dl->nowait)
			return -EAGAIN;
		nexus_waiter_init(&waiter, &thread->receivers);
	}
	WRITE_ONCE(current->nexus_sem, NEXUS_WAIT_RECEIVING);
	err = nexus_wait_through(&waiter, dl);
	WRITE_ONCE(current->nexus_sem, 0);
	if (err)
		err = nexus_thread_give_up(thread, &waiter, err);
	return err;
}

/* Empty the caller's slot, and let the next sender in. */
static void nexus_slot_clear(struct nexus_thread *thread)
{
	struct nexus_msg *msg = thread->msg;
	struct nexus_sender *sender;
	DEFINE_WAKE_Q(wake_q);

	spin_lock(&thread->lock);
	thread->msg = NULL;
	sender = list_first_entry_or_null(&thread->senders,
					  struct nexus_sender, waiter.link);
	if (sender) {
		nexus_slot_fill(thread, sender->msg, &wake_q);
		nexus_waiter_complete(&sender->waiter, 0, &wake_q);
	}
	spin_unlock(&thread->lock);
	if (!wake_q_empty(&wake_q))
		wake_up_q(&wake_q);
	nexus_msg_free(msg);
}

/**
 * sys_nexus_thread_recv - receive the message in the caller's slot
 *
 * @buf:      where the data goes
 * @size:     bytes that fit there.  If the message is longer the rest of it is
 *            lost
 * @info:     filled with what is known about the message; may be NULL
 * @flags:    %NEXUS_NOWAIT, %NEXUS_CLOCK_REALTIME
 * @deadline: when to give up; NULL: never
 *
 * Waits while the slot is empty.  Signal handlers run during the wait and do
 * not end it.
 *
 * If it fails nothing has been received.
 *
 * Return:
 * - the number of bytes stored at @buf
 * - %EINVAL: unknown flags, %NEXUS_NOWAIT with a deadline,
 *   %NEXUS_CLOCK_REALTIME without one, or one that is not normalised
 * - %EFAULT: @deadline cannot be read
 * - %ENOMEM: no memory
 * - %EAGAIN: it would have to wait, with %NEXUS_NOWAIT
 * - %ETIMEDOUT: the deadline has passed
 * - %EFAULT: @buf or @info cannot be written; the message is still in the slot
 */
SYSCALL_DEFINE5(nexus_thread_recv, void __user *, buf, size_t, size,
		struct nexus_msg_info __user *, info, unsigned int, flags,
		const struct __kernel_timespec __user *, deadline)
{
	bool main = thread_group_leader(current);
	struct nexus_thread *thread;
	const struct nexus_msg *msg;
	struct nexus_deadline dl;
	int err;

	if (flags & ~NEXUS_WAIT_FLAGS)
		return -EINVAL;
	err = nexus_deadline_get(&dl, flags, deadline);
	if (err)
		return err;
	thread = nexus_thread_peek(current, main);
	if (unlikely(!thread)) {
		thread = nexus_thread_get(current, main);
		if (!thread)
			return -ENOMEM;
		/* The caller itself keeps it. */
		nexus_thread_put(thread);
	}
	err = nexus_slot_wait(thread, &dl);
	if (err)
		return err;

	/* Nobody else takes it, see the top of the file. */
	msg = thread->msg;
	size = min(size, msg->meta.size);
	err = nexus_msg_to_user(msg, buf, size);
	if (!err && info)
		err = nexus_meta_to_user(&msg->meta, info);
	if (err)
		return err;
	trace_thread_recv(msg->meta.code, msg->meta.size, size);
	nexus_slot_clear(thread);
	return size;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus ports: the queue.
 *
 * A sender gives its message to the first waiting receiver, or else puts it
 * into the queue; one that finds no free slot waits in line, with its message
 * ready, and whoever frees a slot moves that message into the queue.  So
 * nobody competes for anything when it wakes up, and every operation handles
 * as many waiters as it makes happy.
 *
 * A message keeps its slot until its receiver has copied it to user space.
 * If that fails, or the receiver is killed, it goes back to where it was in
 * the queue, which therefore never has more messages than slots.  Copying
 * happens without the lock, and when it is finished the slot is given back by
 * an atomic decrement; the lock is taken only if somebody waits for the slot.
 *
 * Queued messages share the memory of the namespace.  When there is none left
 * senders wait as if the port had no slot, and their ports are put on the list
 * of the starved, which whoever frees memory works off in order.  Nobody else
 * gets memory before them.  A receiver needs none: it takes the message of the
 * first sender that only waits for memory as if it were in the queue.
 */
#include <linux/percpu_counter.h>
#include <linux/sched/signal.h>
#include <linux/sched/wake_q.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <trace/events/nexus.h>

#include "port.h"

static inline bool nexus_port_has_slot(struct nexus_port *port)
{
	return port->queued + atomic_read(&port->copying) < port->capacity;
}

/* What a message costs in the queue. */
static inline u32 nexus_port_cost(const struct nexus_msg *msg)
{
	return sizeof(*msg) + msg->meta.size;
}

static bool nexus_port_charge(struct nexus_port *port, struct nexus_msg *msg)
{
	struct nexus_ns *nsp = port->obj.nsp;
	struct list_head *first = READ_ONCE(nsp->starved.next);
	u32 cost = nexus_port_cost(msg);

	/* First come, first served; this port may be the first. */
	if (first != &nsp->starved && first != &port->starved)
		return false;
	if (!percpu_counter_limited_add(&nsp->queued_bytes,
					READ_ONCE(nsp->queued_bytes_max), cost))
		return false;
	msg->charged = cost;
	return true;
}

/*
 * A message that a receiver had in its hands comes back, though it may never
 * have been charged.  It is not refused at the limit, but somewhere beyond:
 * otherwise receivers that fail on purpose could queue without end.
 */
static bool nexus_port_recharge(struct nexus_port *port, struct nexus_msg *msg)
{
	struct nexus_ns *nsp = port->obj.nsp;
	u32 cost = nexus_port_cost(msg);
	s64 max = READ_ONCE(nsp->queued_bytes_max);

	if (msg->charged)
		return true;
	if (!percpu_counter_limited_add(&nsp->queued_bytes,
					min(max, S64_MAX / 2) * 2, cost))
		return false;
	msg->charged = cost;
	return true;
}

/* Takes a reference to the port for as long as it is on the list. */
static void nexus_port_starve(struct nexus_port *port)
{
	struct nexus_ns *nsp = port->obj.nsp;

	spin_lock(&nsp->starved_lock);
	if (list_empty(&port->starved)) {
		nexus_object_get(&port->obj);
		list_add_tail(&port->starved, &nsp->starved);
	}
	spin_unlock(&nsp->starved_lock);
}

/* A new message would get a slot without waiting, if there is memory. */
static bool nexus_port_writable(struct nexus_port *port)
{
	return !port->closed && list_empty(&port->writers) &&
	       nexus_port_has_slot(port);
}

static void nexus_port_wake_out(struct nexus_port *port)
{
	if (unlikely(port->obj.poll) && nexus_port_writable(port))
		nexus_object_wake_poll(&port->obj, EPOLLOUT | EPOLLWRNORM);
}

/* The message has its place among those that were sent to the port. */
static void nexus_port_count_in(struct nexus_port *port, struct nexus_msg *msg)
{
	port->queued++;
	port->bytes += msg->meta.size;
}

/*
 * The receiver that a new message is for.  Those in front of it only want to
 * know, and are told by nexus_port_tell().
 */
static struct nexus_port_reader *nexus_port_receiver(struct nexus_port *port)
{
	struct nexus_port_reader *reader;

	list_for_each_entry(reader, &port->readers, waiter.link)
		if (!reader->meta)
			return reader;
	return NULL;
}

static void nexus_port_tell(struct nexus_port *port, struct nexus_msg *msg,
			    struct wake_q_head *wake_q)
{
	struct nexus_port_reader *reader, *next;

	list_for_each_entry_safe(reader, next, &port->readers, waiter.link) {
		if (!reader->meta)
			break;
		nexus_meta_get(reader->meta, &msg->meta);
		nexus_waiter_complete(&reader->waiter, 0, wake_q);
	}
}

/* The receiver's reference to the port becomes that of the message. */
static inline void nexus_port_hand_over(struct nexus_port *port,
					struct nexus_port_reader *reader,
					struct nexus_msg *msg,
					struct wake_q_head *wake_q)
{
	reader->msg = msg;
	atomic_inc(&port->copying);
	port->total++;
	nexus_waiter_complete(&reader->waiter, 0, wake_q);
}

/* The port has a slot for the message. */
static inline int nexus_port_deliver(struct nexus_port *port,
				     struct nexus_msg *msg,
				     struct wake_q_head *wake_q)
{
	struct nexus_port_reader *receiver = nexus_port_receiver(port);

	if (!receiver && !nexus_port_charge(port, msg))
		return -EAGAIN;
	msg->seq = port->seq++;
	nexus_port_tell(port, msg, wake_q);
	if (receiver) {
		nexus_port_hand_over(port, receiver, msg, wake_q);
	} else {
		list_add_tail(&msg->link, &port->messages);
		nexus_port_count_in(port, msg);
		nexus_object_wake_poll(&port->obj, EPOLLIN | EPOLLRDNORM);
	}
	return 0;
}

/*
 * Let waiting writers in while there are slots and memory.  Returns whether
 * memory was what stopped it; the port is then on the list of the starved.
 */
static bool nexus_port_admit(struct nexus_port *port,
			     struct wake_q_head *wake_q)
{
	struct nexus_port_writer *writer;
	bool admitted = false;

	while (!list_empty(&port->writers) && nexus_port_has_slot(port)) {
		writer = list_first_entry(&port->writers,
					  struct nexus_port_writer,
					  waiter.link);
		if (nexus_port_deliver(port, writer->msg, wake_q)) {
			nexus_port_starve(port);
			/*
			 * Pairs with nexus_port_feed(): it sees this port, or
			 * the memory that it freed is seen here.
			 */
			smp_mb();
			if (nexus_port_deliver(port, writer->msg, wake_q)) {
				/* A receiver would get it: say that it is there. */
				nexus_port_tell(port, writer->msg, wake_q);
				nexus_object_wake_poll(&port->obj, EPOLLIN |
						       EPOLLRDNORM);
				return true;
			}
		}
		nexus_waiter_complete(&writer->waiter, 0, wake_q);
		admitted = true;
	}
	/* Slots that are left when nobody waits any more are news. */
	if (admitted)
		nexus_port_wake_out(port);
	return false;
}

/* The port that has starved longest, with a reference, or NULL. */
static struct nexus_port *nexus_port_starved(struct nexus_ns *nsp)
{
	struct nexus_port *port;

	guard(spinlock)(&nsp->starved_lock);
	port = list_first_entry_or_null(&nsp->starved, struct nexus_port,
					starved);
	if (port)
		nexus_object_get(&port->obj);
	return port;
}

/**
 * nexus_port_sated - a port does not wait for memory any more
 * @port: the port, locked, to which the caller has a reference
 *
 * nexus_port_feed() must follow: it may have been the first of those who wait.
 */
void nexus_port_sated(struct nexus_port *port)
{
	struct nexus_ns *nsp = port->obj.nsp;
	bool listed;

	spin_lock(&nsp->starved_lock);
	listed = !list_empty(&port->starved);
	list_del_init(&port->starved);
	spin_unlock(&nsp->starved_lock);
	if (listed)
		nexus_object_put(&port->obj);
}

/**
 * nexus_port_feed - let those in who wait for memory
 * @nsp: the namespace
 *
 * To be called when there is more memory than before, and when a writer that
 * may have been the first to wait for it went away.  Ports come in the order in which they
 * ran out.  One that wants more than there is keeps its place at the head, so
 * that smaller messages cannot keep it waiting for ever.
 *
 * Context: no locks held.
 */
void nexus_port_feed(struct nexus_ns *nsp)
{
	struct nexus_port *port;
	DEFINE_WAKE_Q(wake_q);
	bool starved;

	/* Pairs with nexus_port_admit(). */
	smp_mb();
	while (!list_empty(&nsp->starved)) {
		port = nexus_port_starved(nsp);
		if (!port)
			break;
		spin_lock(&port->obj.perm.lock);
		/* A deleted port has no writers. */
		starved = nexus_port_admit(port, &wake_q);
		if (!starved)
			nexus_port_sated(port);
		spin_unlock(&port->obj.perm.lock);
		nexus_object_put(&port->obj);
		if (starved)
			break;
	}
	wake_up_q(&wake_q);
}

static inline struct nexus_port *nexus_port_lock(int id, short flag)
{
	struct nexus_object *obj = nexus_object_lock_id(NEXUS_TYPE_PORT, id,
							flag);

	return IS_ERR(obj) ? ERR_CAST(obj) : to_port(obj);
}

/* A bad id is reported before a bad buffer, see sys_nexus_port_send(). */
static int nexus_port_check(int id, short flag)
{
	struct nexus_port *port;
	int err;

	guard(rcu)();
	port = nexus_port_lock(id, flag);
	if (IS_ERR(port))
		return PTR_ERR(port);
	err = port->closed ? -ESHUTDOWN : 0;
	nexus_object_unlock(&port->obj);
	return err;
}

static struct nexus_msg *nexus_port_gather(int code, const void __user *vec,
					   size_t nr)
{
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	struct nexus_msg *msg;
	struct iov_iter iter;
	ssize_t len;

	if (nr > NEXUS_PORT_IOV_MAX)
		return ERR_PTR(-EINVAL);
	len = import_iovec(ITER_SOURCE, vec, nr, ARRAY_SIZE(fast), &iov, &iter);
	if (len < 0)
		return ERR_PTR(len);
	if (len > NEXUS_PORT_MSG_MAX)
		msg = ERR_PTR(-EMSGSIZE);
	else
		msg = nexus_msg_from_iter(code, &iter);
	kfree(iov);
	return msg;
}

static inline struct nexus_msg *nexus_port_load(int code,
						const void __user *buf,
						size_t size,
						unsigned int flags)
{
	if (unlikely(flags & NEXUS_PORT_GATHER))
		return nexus_port_gather(code, buf, size);
	if (size > NEXUS_PORT_MSG_MAX)
		return ERR_PTR(-EMSGSIZE);
	return nexus_msg_from_user(code, buf, size);
}

/* Put a message into a locked port without waiting. */
static inline int nexus_port_put_msg(struct nexus_port *port,
				     struct nexus_msg *msg,
				     struct wake_q_head *wake_q)
{
	struct nexus_port_reader *reader;

	ipc_assert_locked_object(&port->obj.perm);
	if (unlikely(port->closed))
		return -ESHUTDOWN;
	if (!list_empty(&port->writers) || !nexus_port_has_slot(port))
		return -EAGAIN;

	/* What nexus_port_deliver() does if nobody wants to look first. */
	reader = list_first_entry_or_null(&port->readers,
					  struct nexus_port_reader,
					  waiter.link);
	if (reader && likely(!reader->meta)) {
		msg->seq = port->seq++;
		nexus_port_hand_over(port, reader, msg, wake_q);
		return 0;
	}
	return nexus_port_deliver(port, msg, wake_q);
}

/*
 * Leave the line after nexus_wait() failed.  Those behind may want less memory
 * than this writer did, and go on.  Returns false if it is done all the same.
 */
static bool nexus_port_give_up(struct nexus_port *port,
			       struct nexus_port_writer *writer)
{
	DEFINE_WAKE_Q(wake_q);
	bool left, last;

	spin_lock(&port->obj.perm.lock);
	left = !writer->waiter.done;
	if (!left) {
		nexus_wait_forget();
	} else {
		list_del(&writer->waiter.link);
		last = list_empty(&port->writers);
		if (!nexus_port_admit(port, &wake_q))
			nexus_port_sated(port);
		if (last)
			nexus_port_wake_out(port);
	}
	spin_unlock(&port->obj.perm.lock);
	wake_up_q(&wake_q);
	nexus_port_feed(port->obj.nsp);
	return left;
}

/*
 * Wait in line for a slot in a locked port, the message being ready.  Drops the
 * lock and leaves the RCU section.  Returns 0 when the message is in the port.
 */
static noinline int nexus_port_send_wait(struct nexus_port *port,
					 struct nexus_msg *msg,
					 const struct nexus_deadline *dl)
{
	struct nexus_port_writer writer = { .msg = msg };
	DEFINE_WAKE_Q(wake_q);
	int err;

	nexus_object_get(&port->obj);
	nexus_waiter_init(&writer.waiter, &port->writers);
	/*
	 * Pairs with nexus_port_done(): it sees this writer, or the slot that
	 * it gave back is seen here.
	 */
	smp_mb();
	nexus_port_admit(port, &wake_q);
	nexus_object_unlock(&port->obj);
	rcu_read_unlock();
	wake_up_q(&wake_q);
	/* It may have found memory after it was put on the list. */
	if (unlikely(!list_empty(&port->obj.nsp->starved)))
		nexus_port_feed(port->obj.nsp);

	err = nexus_wait(&writer.waiter, dl);
	if (err && !nexus_port_give_up(port, &writer))
		err = 0;
	nexus_object_put(&port->obj);
	return err ?: writer.waiter.result;
}

/**
 * sys_nexus_port_send - send a message to a port
 *
 * @id:       the port
 * @code:     any number; its receiver gets it
 * @buf:      data, or an array of struct iovec with %NEXUS_PORT_GATHER
 * @size:     bytes of data, or elements of the array
 * @flags:    %NEXUS_NOWAIT, %NEXUS_CLOCK_REALTIME, %NEXUS_PORT_GATHER
 * @deadline: when to give up; NULL: never
 *
 * Waits while the queue is full, while others wait for it, and while queued
 * messages take as much memory as they may in the namespace.  Waiting senders
 * are served in the order in which they came.
 *
 * If it fails nothing has been sent.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown flags, %NEXUS_NOWAIT with a deadline,
 *   %NEXUS_CLOCK_REALTIME without one, or one that is not normalised
 * - %EFAULT: @deadline cannot be read
 * - %EIDRM: @id is not positive
 * - %EINVAL: more than %NEXUS_PORT_IOV_MAX elements, or one of negative length
 * - %EMSGSIZE: more than %NEXUS_PORT_MSG_MAX bytes
 * - %EIDRM: there is no such port
 * - %EACCES: the caller may not write to it
 * - %ESHUTDOWN: it is closed
 * - %EFAULT: @buf, or what it points to, cannot be read
 * - %ENOMEM: no memory
 * - %EAGAIN: it would have to wait, with %NEXUS_NOWAIT
 * - %ETIMEDOUT: the deadline has passed
 * - %EINTR: a signal came
 * - %ESHUTDOWN, %EIDRM: the port was closed or deleted meanwhile
 */
SYSCALL_DEFINE6(nexus_port_send, int, id, int, code,
		const void __user *, buf, size_t, size, unsigned int, flags,
		const struct __kernel_timespec __user *, deadline)
{
	struct nexus_deadline dl;
	struct nexus_port *port;
	struct nexus_msg *msg;
	DEFINE_WAKE_Q(wake_q);
	bool waited = false;
	int err;

	if (flags & ~(NEXUS_WAIT_FLAGS | NEXUS_PORT_GATHER))
		return -EINVAL;
	err = nexus_deadline_get(&dl, flags, deadline);
	if (err)
		return err;
	if (id <= 0)
		return -EIDRM;

	msg = nexus_port_load(code, buf, size, flags);
	if (IS_ERR(msg)) {
		err = PTR_ERR(msg);
		if (err == -EFAULT || err == -ENOMEM)
			err = nexus_port_check(id, NEXUS_MAY_WRITE) ?: err;
		return err;
	}
	/* Whose message it is afterwards depends. */
	size = msg->meta.size;

	rcu_read_lock();
	port = nexus_port_lock(id, NEXUS_MAY_WRITE);
	if (IS_ERR(port)) {
		rcu_read_unlock();
		err = PTR_ERR(port);
	} else {
		err = nexus_port_put_msg(port, msg, &wake_q);
		waited = err == -EAGAIN && !dl.nowait;
		if (waited) {
			err = nexus_port_send_wait(port, msg, &dl);
		} else {
			nexus_object_unlock(&port->obj);
			rcu_read_unlock();
			if (!wake_q_empty(&wake_q))
				wake_up_q(&wake_q);
		}
	}

	if (err)
		nexus_msg_free(msg);
	trace_port_send(id, code, size, waited, err);
	return err;
}

/**
 * nexus_port_post - put a message of the kernel's into a port
 * @port: the port, to which the caller has a reference
 * @msg:  the message, the port's if this succeeds
 *
 * Context: no lock of Nexus held.  Does not sleep.
 * Return: 0, -EAGAIN if there is no slot or others wait for one, -ENOBUFS if
 * there is no memory for queued messages, -ESHUTDOWN, -EIDRM.
 */
int nexus_port_post(struct nexus_port *port, struct nexus_msg *msg)
{
	u32 size = msg->meta.size;
	s32 code = msg->meta.code;
	DEFINE_WAKE_Q(wake_q);
	int err = -EIDRM;

	if (nexus_object_lock(&port->obj)) {
		err = nexus_port_put_msg(port, msg, &wake_q);
		if (err == -EAGAIN && list_empty(&port->writers) &&
		    nexus_port_has_slot(port))
			err = -ENOBUFS;
		nexus_object_unlock(&port->obj);
	}
	wake_up_q(&wake_q);
	trace_port_send(port->obj.perm.id, code, size, false, err);
	return err;
}

/* The first writer, if memory is all that it waits for. */
static struct nexus_port_writer *nexus_port_hungry(struct nexus_port *port)
{
	if (list_empty(&port->writers) || !nexus_port_has_slot(port))
		return NULL;
	return list_first_entry(&port->writers, struct nexus_port_writer,
				waiter.link);
}

/**
 * nexus_port_poll - what a port is ready for
 * @obj:   the port, locked
 * @flags: what the asker may do
 *
 * Return: event mask.
 */
__poll_t nexus_port_poll(struct nexus_object *obj, short flags)
{
	struct nexus_port *port = to_port(obj);
	__poll_t mask = port->closed ? EPOLLHUP : 0;

	if (flags & NEXUS_MAY_READ &&
	    (!list_empty(&port->messages) || nexus_port_hungry(port)))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (flags & NEXUS_MAY_WRITE && nexus_port_writable(port))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

/* The message has been taken out and needs its slot until it is copied. */
static inline void nexus_port_hold(struct nexus_port *port)
{
	port->total++;
	atomic_inc(&port->copying);
	nexus_object_get(&port->obj);
}

/*
 * Take the oldest message out of the queue of a locked port.  It comes with a
 * reference to the port; both go to nexus_port_done() or nexus_port_return().
 */
static inline struct nexus_msg *nexus_port_take(struct nexus_port *port)
{
	struct nexus_msg *msg;

	ipc_assert_locked_object(&port->obj.perm);
	msg = list_first_entry_or_null(&port->messages, struct nexus_msg, link);
	if (!msg)
		return NULL;
	list_del(&msg->link);
	port->queued--;
	port->bytes -= msg->meta.size;
	nexus_port_hold(port);
	return msg;
}

/* A message has been received: free it, its slot and its reference. */
static inline void nexus_port_done(struct nexus_port *port,
				   struct nexus_msg *msg)
{
	struct nexus_ns *nsp = port->obj.nsp;

	if (msg->charged)
		percpu_counter_sub(&nsp->queued_bytes, msg->charged);
	atomic_dec(&port->copying);
	/*
	 * Pairs with nexus_port_send_wait() and nexus_port_admit(), and with
	 * nexus_poll(): who polls sees the slot, or is seen here.
	 */
	smp_mb__after_atomic();
	if (unlikely(!list_empty(&port->writers) ||
		     READ_ONCE(port->obj.poll))) {
		DEFINE_WAKE_Q(wake_q);

		/* A deleted port has no writers. */
		spin_lock(&port->obj.perm.lock);
		if (list_empty(&port->writers))
			nexus_port_wake_out(port);
		else
			nexus_port_admit(port, &wake_q);
		spin_unlock(&port->obj.perm.lock);
		wake_up_q(&wake_q);
	}
	/* Behind all that may put the port on the list. */
	if (unlikely(!list_empty(&nsp->starved)))
		nexus_port_feed(nsp);
	nexus_msg_free(msg);
	nexus_object_put(&port->obj);
}

/*
 * A message could not be received: it goes back to where it was in the queue,
 * or to the next receiver.  It is freed if the port has been deleted or if
 * queued messages take twice the memory that they may.
 */
static void nexus_port_return(struct nexus_port *port, struct nexus_msg *msg)
{
	struct nexus_port_reader *receiver;
	struct nexus_msg *pos;
	DEFINE_WAKE_Q(wake_q);

	if (!nexus_object_lock(&port->obj)) {
		nexus_port_done(port, msg);
		return;
	}
	receiver = nexus_port_receiver(port);
	if (!receiver && !nexus_port_recharge(port, msg)) {
		nexus_object_unlock(&port->obj);
		nexus_port_done(port, msg);
		return;
	}
	/* Its slot is the one that it had all the time. */
	atomic_dec(&port->copying);
	port->total--;
	nexus_port_tell(port, msg, &wake_q);
	if (receiver) {
		nexus_port_hand_over(port, receiver, msg, &wake_q);
	} else {
		/* Only others that came back can be older than this one. */
		list_for_each_entry(pos, &port->messages, link)
			if (pos->seq > msg->seq)
				break;
		list_add_tail(&msg->link, &pos->link);
		nexus_port_count_in(port, msg);
		nexus_object_wake_poll(&port->obj, EPOLLIN | EPOLLRDNORM);
	}
	nexus_object_unlock(&port->obj);
	wake_up_q(&wake_q);
	/* The port may be first in line although nobody waits there now. */
	nexus_port_feed(port->obj.nsp);
	nexus_object_put(&port->obj);
}

static inline int nexus_port_tell_user(const struct nexus_msg_meta *meta,
				       void __user *info, unsigned int flags)
{
	if (flags & NEXUS_PORT_CODE)
		return put_user(meta->code, (s32 __user *)info);
	return nexus_meta_to_user(meta, info);
}

/*
 * Copy a message out, which the caller has taken.  It goes back where it came
 * from if that fails, and also if the caller has been killed: it could not
 * tell anybody what was in it.
 */
static ssize_t nexus_port_receive(struct nexus_port *port,
				  struct nexus_msg *msg,
				  void __user *buf, size_t size,
				  void __user *info, unsigned int flags)
{
	int err = 0;

	size = min(size, msg->meta.size);
	if (unlikely(fatal_signal_pending(current)))
		err = -EINTR;
	if (!err)
		err = nexus_msg_to_user(msg, buf, size);
	if (!err && info)
		err = nexus_port_tell_user(&msg->meta, info, flags);
	if (err) {
		nexus_port_return(port, msg);
		return err;
	}
	trace_port_recv(port->obj.perm.id, msg->meta.code,
			msg->meta.size, size);
	nexus_port_done(port, msg);
	return size;
}

/*
 * Get a message from a locked port with an empty queue, or, if meta is not
 * NULL, look at it.  Drops the lock and leaves the RCU section.
 */
static noinline int nexus_port_recv_empty(struct nexus_port *port,
					  const struct nexus_deadline *dl,
					  struct nexus_msg_meta *meta,
					  struct nexus_msg **msg)
{
	struct nexus_port_reader reader = { .meta = meta };
	struct nexus_port_writer *writer = nexus_port_hungry(port);
	DEFINE_WAKE_Q(wake_q);
	bool waiting = false;
	int err = 0;

	if (writer && meta) {
		nexus_meta_get(meta, &writer->msg->meta);
	} else if (writer) {
		*msg = writer->msg;
		(*msg)->seq = port->seq++;
		nexus_port_hold(port);
		nexus_waiter_complete(&writer->waiter, 0, &wake_q);
	} else if (port->closed) {
		err = -ESHUTDOWN;
	} else if (dl->nowait) {
		err = -EAGAIN;
	} else {
		waiting = true;
		nexus_object_get(&port->obj);
		nexus_waiter_init(&reader.waiter, &port->readers);
	}
	nexus_object_unlock(&port->obj);
	rcu_read_unlock();
	if (unlikely(!wake_q_empty(&wake_q)))
		wake_up_q(&wake_q);
	/* Nobody behind the port needs to wait until this is copied. */
	if (writer && !meta)
		nexus_port_feed(port->obj.nsp);
	if (!waiting)
		return err;

	err = nexus_wait(&reader.waiter, dl);
	if (unlikely(err)) {
		spin_lock(&port->obj.perm.lock);
		if (reader.waiter.done) {
			nexus_wait_forget();
			err = 0;
		} else {
			list_del(&reader.waiter.link);
		}
		spin_unlock(&port->obj.perm.lock);
	}
	/* The reference to the port goes with the message, if there is one. */
	*msg = reader.msg;
	if (!reader.msg)
		nexus_object_put(&port->obj);
	return err ?: reader.waiter.result;
}

static ssize_t nexus_port_peek(int id, void __user *info, unsigned int flags,
			       const struct nexus_deadline *dl)
{
	struct nexus_msg_meta meta;
	struct nexus_port *port;
	struct nexus_msg *msg;
	ssize_t ret = 0;

	rcu_read_lock();
	port = nexus_port_lock(id, NEXUS_MAY_READ);
	if (IS_ERR(port)) {
		rcu_read_unlock();
		return PTR_ERR(port);
	}
	msg = list_first_entry_or_null(&port->messages, struct nexus_msg, link);
	if (msg) {
		nexus_meta_get(&meta, &msg->meta);
		nexus_object_unlock(&port->obj);
		rcu_read_unlock();
	} else {
		ret = nexus_port_recv_empty(port, dl, &meta, &msg);
		if (ret)
			return ret;
	}

	ret = meta.size;
	if (info && nexus_port_tell_user(&meta, info, flags))
		ret = -EFAULT;
	nexus_meta_put(&meta);
	return ret;
}

/**
 * sys_nexus_port_recv - receive a message from a port, or look at it
 *
 * @id:       the port
 * @buf:      where the data goes
 * @size:     bytes that fit there.  If the message is longer the rest of it is
 *            lost
 * @info:     filled with what is known about the message; may be NULL
 * @flags:    %NEXUS_NOWAIT, %NEXUS_CLOCK_REALTIME, %NEXUS_PORT_PEEK,
 *            %NEXUS_PORT_CODE
 * @deadline: when to give up; NULL: never
 *
 * Waits while the queue is empty.  Receivers and those who look are served in
 * the order in which they came; who only looks passes the message on.
 *
 * A closed port gives out the messages that it has.
 *
 * If it fails nothing has been received.
 *
 * Return:
 * - the number of bytes stored at @buf, with %NEXUS_PORT_PEEK the size of the message
 * - %EINVAL: unknown flags, %NEXUS_NOWAIT with a deadline,
 *   %NEXUS_CLOCK_REALTIME without one, or one that is not normalised
 * - %EFAULT: @deadline cannot be read
 * - %EINVAL: %NEXUS_PORT_PEEK with a buffer or a size
 * - %EIDRM: there is no such port
 * - %EACCES: the caller may not read it
 * - %ESHUTDOWN: it is closed and empty
 * - %EAGAIN: it would have to wait, with %NEXUS_NOWAIT
 * - %ETIMEDOUT: the deadline has passed
 * - %EINTR: a signal came
 * - %ESHUTDOWN, %EIDRM: the port was closed or deleted meanwhile
 * - %EFAULT: @buf or @info cannot be written.  The message is back where it was
 *   in the queue, or with the next receiver who waits.  It is lost only if
 *   queued messages take twice the memory that they may
 */
SYSCALL_DEFINE6(nexus_port_recv, int, id, void __user *, buf, size_t, size,
		void __user *, info, unsigned int, flags,
		const struct __kernel_timespec __user *, deadline)
{
	struct nexus_deadline dl;
	struct nexus_port *port;
	struct nexus_msg *msg;
	int err;

	if (flags & ~(NEXUS_WAIT_FLAGS | NEXUS_PORT_PEEK | NEXUS_PORT_CODE))
		return -EINVAL;
	err = nexus_deadline_get(&dl, flags, deadline);
	if (err)
		return err;
	if (flags & NEXUS_PORT_PEEK)
		return buf || size ? -EINVAL :
				     nexus_port_peek(id, info, flags, &dl);

	rcu_read_lock();
	port = nexus_port_lock(id, NEXUS_MAY_READ);
	if (IS_ERR(port)) {
		rcu_read_unlock();
		return PTR_ERR(port);
	}
	msg = nexus_port_take(port);
	if (msg) {
		nexus_object_unlock(&port->obj);
		rcu_read_unlock();
	} else {
		err = nexus_port_recv_empty(port, &dl, NULL, &msg);
		if (err)
			return err;
	}
	return nexus_port_receive(port, msg, buf, size, info, flags);
}

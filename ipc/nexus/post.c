// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus: messages that the kernel posts to a port.
 *
 * Whoever posts has no time to wait for a port: what does not fit is held back
 * here, in order, and goes to the port as soon as that has room.  The newest
 * messages are kept and the oldest dropped when too many are held back.
 *
 * The port tells of its room as it tells those who poll it, under its lock;
 * a work item then moves what is held back.  While that runs, or anything is
 * held back, everything new is held back behind it.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "port.h"

/* Most that is held back for one of those who post, or those who share it. */
#define NEXUS_POST_MESSAGES	10000
#define NEXUS_POST_BYTES	(50 * SZ_1M)

/* Messages to move before others get the CPU. */
#define NEXUS_POST_BATCH	64

/* Nobody tells when there is memory for queued messages again. */
#define NEXUS_POST_RETRY	(HZ / 10)

/**
 * struct nexus_post - somebody in the kernel who posts to a port
 * @refs:  who uses it
 * @port:  the port, with a reference
 * @wait:  in the port's list of those who poll it
 * @flush: moves what is held back
 * @uid:   on whose behalf the messages are sent
 * @gid:   likewise
 * @end:   told when the port is closed or gone, or NULL; set once
 * @arg:   what @end gets
 * @eager: it wants to know when the port has room; set under @lock before the
 *         port is tried, read under the port's lock
 * @lock:  protects what follows; outside of the port's lock
 * @held:  messages that are held back, oldest first
 * @nr:    how many
 * @bytes: memory that they take
 */
struct nexus_post {
	refcount_t refs;
	struct nexus_port *port;
	struct wait_queue_entry wait;
	struct delayed_work flush;
	kuid_t uid;
	kgid_t gid;
	void (*end)(void *arg);
	void *arg;
	bool eager;
	spinlock_t lock;		/* for all that follows */
	struct list_head held;
	unsigned int nr;
	size_t bytes;
};

static size_t nexus_post_cost(const struct nexus_msg *msg)
{
	return sizeof(*msg) + msg->meta.size;
}

static void nexus_post_hold(struct nexus_post *post, struct nexus_msg *msg)
{
	list_add_tail(&msg->link, &post->held);
	post->nr++;
	post->bytes += nexus_post_cost(msg);
}

static struct nexus_msg *nexus_post_oldest(struct nexus_post *post)
{
	struct nexus_msg *msg;

	msg = list_first_entry(&post->held, struct nexus_msg, link);
	list_del(&msg->link);
	post->nr--;
	post->bytes -= nexus_post_cost(msg);
	return msg;
}

static void nexus_post_drop(struct list_head *msgs)
{
	struct nexus_msg *msg, *next;

	list_for_each_entry_safe(msg, next, msgs, link) {
		nexus_msg_free(msg);
		cond_resched();
	}
}

/* The port is gone: nobody will ever get any of it. */
static void nexus_post_give_up(struct nexus_post *post,
			       struct list_head *drop)
{
	list_splice_init(&post->held, drop);
	post->nr = 0;
	post->bytes = 0;
}

/* Try the port.  If that fails with -EAGAIN it will tell when it has room. */
static int nexus_post_try(struct nexus_post *post, struct nexus_msg *msg)
{
	int err;

	lockdep_assert_held(&post->lock);
	/* Seen by whoever takes the port's lock after we had it. */
	WRITE_ONCE(post->eager, true);
	err = nexus_port_post(post->port, msg);
	if (err == -ENOBUFS)
		queue_delayed_work(system_dfl_wq, &post->flush,
				   NEXUS_POST_RETRY);
	else if (err != -EAGAIN)
		WRITE_ONCE(post->eager, false);
	return err;
}

static void nexus_post_flush(struct work_struct *work)
{
	struct nexus_post *post = container_of(to_delayed_work(work),
					       struct nexus_post, flush);
	LIST_HEAD(drop);
	bool again;
	int err;

	do {
		again = false;
		spin_lock(&post->lock);
		for (int i = 0; post->nr; i++) {
			struct nexus_msg *msg;

			if (i == NEXUS_POST_BATCH) {
				again = true;
				break;
			}
			msg = nexus_post_oldest(post);
			err = nexus_post_try(post, msg);
			if (!err)
				continue;
			list_add(&msg->link, &post->held);
			post->nr++;
			post->bytes += nexus_post_cost(msg);
			if (err != -EAGAIN && err != -ENOBUFS)
				nexus_post_give_up(post, &drop);
			break;
		}
		spin_unlock(&post->lock);
		cond_resched();
	} while (again);
	nexus_post_drop(&drop);
}

/* The port has something to tell.  Its lock is held. */
static int nexus_post_wake(struct wait_queue_entry *wait, unsigned int mode,
			   int sync, void *key)
{
	struct nexus_post *post = container_of(wait, struct nexus_post, wait);
	void (*end)(void *arg);

	if (key_to_poll(key) & (EPOLLERR | EPOLLHUP)) {
		/* Pairs with the store in nexus_post_serve(). */
		end = smp_load_acquire(&post->end);
		if (end)
			end(post->arg);
	}
	if (READ_ONCE(post->eager) &&
	    key_to_poll(key) & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		mod_delayed_work(system_dfl_wq, &post->flush, 0);
	return 0;
}

/**
 * nexus_post_new - make a message that will be posted
 * @post: whoever posts
 * @code: number that the receiver gets
 * @size: bytes of data, at most a page
 * @data: set to where the data goes
 *
 * Context: process context, may sleep for memory.
 * Return: what nexus_post() takes, or NULL if there is no memory.
 */
struct nexus_msg *nexus_post_new(struct nexus_post *post, s32 code, u32 size,
				 void **data)
{
	struct nexus_msg *msg = nexus_msg_for_kernel(code, size, post->uid,
						     post->gid);

	if (msg)
		*data = msg->data;
	return msg;
}

/**
 * nexus_post_free - a message will not be posted
 * @msg: a message of nexus_post_new()
 *
 * Context: process context, may sleep.
 */
void nexus_post_free(struct nexus_msg *msg)
{
	nexus_msg_free(msg);
}

/**
 * nexus_post - post a message to a port
 * @post: whoever posts
 * @msg:  a message of nexus_post_new(), which is gone afterwards
 *
 * Never waits for the port: what it does not take is held back.  If the port
 * is closed or gone the message is dropped, with all that is held back.
 *
 * Context: process context, may sleep.
 */
void nexus_post(struct nexus_post *post, struct nexus_msg *msg)
{
	LIST_HEAD(drop);
	int err = -EAGAIN;

	spin_lock(&post->lock);
	if (!post->nr)
		err = nexus_post_try(post, msg);
	if (err == -EAGAIN || err == -ENOBUFS) {
		nexus_post_hold(post, msg);
		while (post->nr > NEXUS_POST_MESSAGES ||
		       post->bytes > NEXUS_POST_BYTES)
			list_add_tail(&nexus_post_oldest(post)->link, &drop);
	} else if (err) {
		list_add_tail(&msg->link, &drop);
		nexus_post_give_up(post, &drop);
	}
	spin_unlock(&post->lock);
	nexus_post_drop(&drop);
}

/**
 * nexus_post_congested - is so much held back that nobody should ask for more?
 * @post: whoever posts
 *
 * The oldest message is lost when too many are held back.  Who must not lose
 * any leaves off at a quarter of that.
 *
 * Context: any.
 * Return: whether it is.
 */
bool nexus_post_congested(const struct nexus_post *post)
{
	return READ_ONCE(post->nr) > NEXUS_POST_MESSAGES / 4;
}

/**
 * nexus_post_open - get ready to post to a port
 * @id: the port
 *
 * The caller must be allowed to send to it.  Messages come from the caller's
 * effective user and group, but from no team.  The port may be closed or
 * deleted as if nobody posted.
 *
 * Context: process context, may sleep.
 * Return: what the other functions take, or an ERR_PTR: -EIDRM if there is no
 * such port, -EACCES, -ESHUTDOWN if it is closed, -ENOMEM.
 */
struct nexus_post *nexus_post_open(int id)
{
	struct nexus_object *obj;
	struct nexus_post *post;
	int err = 0;

	post = kzalloc_obj(*post, GFP_KERNEL_ACCOUNT);
	if (!post)
		return ERR_PTR(-ENOMEM);

	scoped_guard(rcu) {
		obj = nexus_object_lock_id(NEXUS_TYPE_PORT, id,
					   NEXUS_MAY_WRITE);
		if (IS_ERR(obj)) {
			err = PTR_ERR(obj);
		} else {
			if (to_port(obj)->closed)
				err = -ESHUTDOWN;
			else
				nexus_object_get(obj);
			nexus_object_unlock(obj);
		}
	}
	if (err)
		goto err_free;
	err = nexus_object_prepare_poll(obj);
	if (err)
		goto err_put;

	refcount_set(&post->refs, 1);
	post->port = to_port(obj);
	current_euid_egid(&post->uid, &post->gid);
	spin_lock_init(&post->lock);
	INIT_LIST_HEAD(&post->held);
	INIT_DELAYED_WORK(&post->flush, nexus_post_flush);
	init_waitqueue_func_entry(&post->wait, nexus_post_wake);
	add_wait_queue(obj->poll, &post->wait);
	return post;

err_put:
	nexus_object_put(obj);
err_free:
	kfree(post);
	return ERR_PTR(err);
}

/**
 * nexus_post_serve - be told when nobody will get what is posted
 * @post: whoever posts, which nobody shares
 * @end:  called when the port is closed or deleted, as it is when its team
 *        ends; once or twice, under the port's lock, so it must not sleep and
 *        must not touch the port.  Not called after nexus_post_close() returned
 * @arg:  what @end gets
 *
 * For those who wait for an answer: the caller must be allowed to receive from
 * the port, too.  To be called once.
 *
 * Context: process context.
 * Return: 0, -EACCES, -EIDRM if the port has been deleted, -ESHUTDOWN if it is
 * closed.
 */
int nexus_post_serve(struct nexus_post *post, void (*end)(void *arg),
		     void *arg)
{
	struct nexus_object *obj = &post->port->obj;
	int err;

	guard(rcu)();
	if (!nexus_object_lock(obj))
		return -EIDRM;
	err = nexus_object_access(obj, NEXUS_MAY_READ);
	if (!err && post->port->closed)
		err = -ESHUTDOWN;
	if (!err) {
		post->arg = arg;
		/* Who closes or deletes it from now on sees this. */
		smp_store_release(&post->end, end);
	}
	nexus_object_unlock(obj);
	return err;
}

/**
 * nexus_post_get - share what posts to a port
 * @post: whoever posts
 *
 * What is held back for those who share it keeps its order among them all, and
 * is limited for all of them together.
 *
 * Return: @post, for which nexus_post_close() is to be called once more.
 */
struct nexus_post *nexus_post_get(struct nexus_post *post)
{
	refcount_inc(&post->refs);
	return post;
}

/**
 * nexus_post_same - do two post to the same port?
 * @a: one
 * @b: the other
 *
 * Numbers are used again, and are others in other IPC namespaces.
 *
 * Return: whether they do.
 */
bool nexus_post_same(const struct nexus_post *a, const struct nexus_post *b)
{
	return a->port == b->port;
}

/**
 * nexus_post_close - nothing more will be posted
 * @post: whoever posted
 *
 * Drops what is held back, if nobody shares it.
 *
 * Context: process context, may sleep.
 */
void nexus_post_close(struct nexus_post *post)
{
	if (!refcount_dec_and_test(&post->refs))
		return;
	remove_wait_queue(post->port->obj.poll, &post->wait);
	cancel_delayed_work_sync(&post->flush);
	nexus_post_drop(&post->held);
	nexus_object_put(&post->port->obj);
	kfree(post);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: a driver's use of it.
 *
 *	$/dev/sample/info	a line of text
 *	$/dev/sample/echo	gives back what was written to the same file, and
 *				waits for it
 *	$/dev/sample/open/plain	lets any driver take its place
 *	$/dev/sample/shut	lets nobody
 *
 * The module then takes over the plain one, as a driver for a better device
 * would do, and tries the same with the other one.  What came of it is in the
 * log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/devfs_dollar.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>

#define ECHO_SIZE	256

static const devfs_owner_t sample_owner = {
	.kind = DEVFS_OWNER_SQRM,
	.id = "devfs-sample",
};

/* ---- info: one for all who open it, a snapshot for each ---- */

static ssize_t info_snapshot(void *ctx, void *buf, size_t size)
{
	return devfs_text(buf, size, "a sample, module %s", (char *)ctx);
}

static const devfs_device_ops_t info_ops = {
	.name = "info",
	.snapshot = info_snapshot,
};

/* ---- echo: something of its own for each open file ---- */

struct echo {
	spinlock_t lock;		/* for all that follows */
	char data[ECHO_SIZE];
	size_t len;
	bool gone;
	wait_queue_head_t wait;
};

static void *echo_open(void *ctx, int flags)
{
	struct echo *echo = kzalloc_obj(*echo);

	if (!echo)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&echo->lock);
	init_waitqueue_head(&echo->wait);
	return echo;
}

static int echo_close(void *ctx)
{
	kfree(ctx);
	return 0;
}

static size_t echo_take(struct echo *echo, void *buf, size_t count)
{
	guard(spinlock)(&echo->lock);
	count = min(count, echo->len);
	memcpy(buf, echo->data, count);
	echo->len -= count;
	memmove(echo->data, echo->data + count, echo->len);
	return count;
}

static ssize_t echo_read(void *ctx, void *buf, size_t count, int flags)
{
	struct echo *echo = ctx;
	size_t done = 0;
	int err;

	if (flags & O_NONBLOCK)
		return echo_take(echo, buf, count) ?: -EAGAIN;
	err = wait_event_interruptible(echo->wait,
				       (done = echo_take(echo, buf, count)) ||
				       READ_ONCE(echo->gone));
	return err ?: done;
}

static ssize_t echo_write(void *ctx, const void *buf, size_t count)
{
	struct echo *echo = ctx;

	scoped_guard(spinlock, &echo->lock) {
		count = min(count, ECHO_SIZE - echo->len);
		memcpy(echo->data + echo->len, buf, count);
		echo->len += count;
	}
	if (!count)
		return -ENOSPC;
	wake_up_interruptible_poll(&echo->wait, EPOLLIN | EPOLLRDNORM);
	return count;
}

static __poll_t echo_poll(void *ctx, struct file *file,
			  struct poll_table_struct *wait_on)
{
	struct echo *echo = ctx;
	__poll_t events = 0;

	poll_wait(file, &echo->wait, wait_on);
	guard(spinlock)(&echo->lock);
	if (echo->len)
		events |= EPOLLIN | EPOLLRDNORM;
	if (echo->len < ECHO_SIZE)
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

/* The node goes away: whoever waits in echo_read() has to leave. */
static void echo_revoke(void *ctx)
{
	struct echo *echo = ctx;

	WRITE_ONCE(echo->gone, true);
	wake_up_poll(&echo->wait, EPOLLERR | EPOLLHUP);
}

static const devfs_device_ops_t echo_ops = {
	.name = "echo",
	.open = echo_open,
	.close = echo_close,
	.read_flags = echo_read,
	.write = echo_write,
	.poll = echo_poll,
	.revoke = echo_revoke,
	.mode = 0666,
	.io_max = ECHO_SIZE,
};

/* ---- plain and shut: the same, but for who may replace them ---- */

static ssize_t say_snapshot(void *ctx, void *buf, size_t size)
{
	return devfs_text(buf, size, "%s", (char *)ctx);
}

static devfs_replace_decision_t plain_can_replace(void *ctx, const char *path,
						  const char *new_owner_id)
{
	pr_info("%s of %s lets %s take its place\n", path, (char *)ctx,
		new_owner_id);
	return DEVFS_REPLACE_ALLOW;
}

static const devfs_device_ops_t plain_ops = {
	.name = "plain",
	.snapshot = say_snapshot,
	.can_replace = plain_can_replace,
};

static const devfs_device_ops_t shut_ops = {
	.name = "shut",
	.snapshot = say_snapshot,
};

static const char first[] = "the plain driver";
static const char better[] = "the better driver";

struct sample_node {
	const char *path;
	const devfs_device_ops_t *ops;
	const char *ctx;
	bool there;
};

static struct sample_node sample_nodes[] = {
	{ "sample/info", &info_ops, KBUILD_MODNAME },
	{ "sample/echo", &echo_ops, NULL },
	{ "sample/open/plain", &plain_ops, first },
	{ "sample/shut", &shut_ops, first },
	/* The first of these replaces the plain one; the second is refused. */
	{ "sample/open/plain", &plain_ops, better },
	{ "sample/shut", &shut_ops, better },
};

/* Who was replaced has nothing to take out, and it does no harm to try. */
static void sample_remove(void)
{
	for (int i = ARRAY_SIZE(sample_nodes) - 1; i >= 0; i--) {
		struct sample_node *node = &sample_nodes[i];

		if (node->there)
			devfs_unregister_path(node->path, node->ops,
					      (void *)node->ctx);
	}
}

static int __init sample_init(void)
{
	int last = ARRAY_SIZE(sample_nodes) - 1;
	int err;

	for (int i = 0; i <= last; i++) {
		struct sample_node *node = &sample_nodes[i];

		err = devfs_register_path(node->path, node->ops,
					  (void *)node->ctx, sample_owner);
		node->there = !err;
		if (i == last) {
			pr_info("%s is kept by its owner: %d\n", node->path,
				err);
			err = err == -EEXIST ? 0 : -EINVAL;
		}
		if (err) {
			sample_remove();
			return err;
		}
	}
	return 0;
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	sample_remove();
}
module_exit(sample_exit);

MODULE_DESCRIPTION("A sample of nodes in $/dev");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: nodes whose server gets the requests in a port.
 *
 * A client that opens, reads or writes posts a request and waits for the reply,
 * which the server writes to its descriptor.  The wait ends with the reply, a
 * signal, the server's end, or after a time, unless the server has asked for
 * patience: whatever a server does or does not do, its clients can be killed
 * and nothing of them is left.
 *
 * The request lives on the client's stack.  It can be reached by its number as
 * long as it is in devfs_server.calls, whose lock protects all of the server.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/nexus.h>
#include <linux/pid_namespace.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/sched/jobctl.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "user.h"

/* Most files that are open on one node. */
#define DEVFS_SERVER_FILES	4096

/* Numbers of requests and of files; an old one is not given again soon. */
#define DEVFS_SERVER_NUMBERS	XA_LIMIT(1, INT_MAX)

/**
 * struct devfs_server - a node and who serves it
 * @service:  what the other kind has, too
 * @post:     posts to the port
 * @end:      the port has gone, and the node goes
 * @user_ns:  in which the server is told of users
 * @pid_ns:   in which it is told of processes
 * @code:     of the messages
 * @timeout:  how long a client waits, in jiffies
 * @wait:     those who poll the server's descriptor
 * @calls:    requests that wait for a reply; its lock protects what follows
 * @files:    open files
 * @next_call: where the search for the number of the next request begins
 * @next_file: likewise for files
 * @nr_files: how many there are
 * @nr_calls: likewise
 * @gone:     nobody will reply
 */
struct devfs_server {
	struct devfs_service service;
	struct nexus_post *post;
	struct work_struct end;
	struct user_namespace *user_ns;
	struct pid_namespace *pid_ns;
	s32 code;
	unsigned long timeout;
	wait_queue_head_t wait;
	struct xarray calls;
	struct xarray files;
	u32 next_call;
	u32 next_file;
	unsigned int nr_files;
	unsigned int nr_calls;
	bool gone;
};

/**
 * struct devfs_client - a file that is open on the node
 * @server:  the server, as long as the file is open
 * @cred:    of who has opened it: a descriptor that is given away, or that
 *           somebody else finds as its standard output, is no other person's
 * @number:  what the server knows it by
 * @events:  what it is ready for
 * @closing: the message that will be posted when it is closed
 * @data:    the data of @closing
 * @wait:    those who poll it
 */
struct devfs_client {
	struct devfs_server *server;
	const struct cred *cred;
	u32 number;
	__poll_t events;
	struct nexus_msg *closing;
	struct devfs_request *data;
	wait_queue_head_t wait;
};

enum devfs_call_state {
	DEVFS_CALL_WAITS,	/* for a limited time */
	DEVFS_CALL_PATIENT,
	DEVFS_CALL_DONE,
};

/**
 * struct devfs_call - a request that waits for its reply
 * @op:     what is asked for
 * @size:   most bytes that are to be read or written
 * @buf:    where what was read goes
 * @number: what the server knows it by
 * @result: the reply
 * @state:  one of enum devfs_call_state
 * @wait:   where the client waits
 */
struct devfs_call {
	enum devfs_request_op op;
	u32 size;
	void *buf;
	u32 number;
	int result;
	enum devfs_call_state state;
	wait_queue_head_t wait;
};

static struct devfs_server *to_server(struct devfs_service *service)
{
	return container_of(service, struct devfs_server, service);
}

static bool devfs_server_gone(const struct devfs_server *server)
{
	return READ_ONCE(server->gone);
}

/* ---- requests ---- */

static void devfs_request_fill(const struct devfs_client *client,
			       struct devfs_request *req,
			       enum devfs_request_op op, u32 id, int flags,
			       u32 size)
{
	const struct devfs_server *server = client->server;

	*req = (struct devfs_request) {
		.id = id,
		.file = client->number,
		.op = op,
		.flags = flags & (O_ACCMODE | O_NONBLOCK),
		.size = size,
		.uid = from_kuid_munged(server->user_ns, client->cred->euid),
		.gid = from_kgid_munged(server->user_ns, client->cred->egid),
		.team = task_tgid_nr_ns(current, server->pid_ns),
		.thread = task_pid_nr_ns(current, server->pid_ns),
	};
}

static void devfs_post_cancel(const struct devfs_client *client, u32 id)
{
	struct devfs_server *server = client->server;
	struct nexus_msg *msg;
	void *data;

	/* If there is no memory its reply will meet nobody, that is all. */
	msg = nexus_post_new(server->post, server->code,
			     sizeof(struct devfs_request), &data);
	if (!msg)
		return;
	devfs_request_fill(client, data, DEVFS_REQUEST_CANCEL, id, 0, 0);
	nexus_post(server->post, msg);
}

static int devfs_call_add(struct devfs_server *server,
			  struct devfs_call *call)
{
	int err;

	err = xa_alloc_cyclic(&server->calls, &call->number, call,
			      DEVFS_SERVER_NUMBERS, &server->next_call,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;
	xa_lock(&server->calls);
	server->nr_calls++;
	/* Who marked it gone did not see this one, or will. */
	if (server->gone && call->state != DEVFS_CALL_DONE) {
		call->state = DEVFS_CALL_DONE;
		call->result = -ENODEV;
	}
	xa_unlock(&server->calls);
	return 0;
}

static void devfs_call_remove(struct devfs_server *server,
			      struct devfs_call *call)
{
	xa_lock(&server->calls);
	__xa_erase(&server->calls, call->number);
	server->nr_calls--;
	xa_unlock(&server->calls);
}

static enum devfs_call_state devfs_call_state(const struct devfs_call *call)
{
	return READ_ONCE(call->state);
}

/*
 * Wait for the reply.  Returns 0, -EINTR, -ETIMEDOUT, or -ERESTARTNOINTR: the
 * machine goes to sleep, say, which is nothing that a program is told.  It must
 * not sleep in here, where the end of the server would wait for it.
 */
static int devfs_call_wait(struct devfs_server *server,
			   struct devfs_call *call)
{
	long left;
	int err;

	left = wait_event_interruptible_timeout(call->wait,
						devfs_call_state(call) !=
						DEVFS_CALL_WAITS,
						server->timeout);
	if (!left)
		return -ETIMEDOUT;
	err = left < 0;
	if (!err && devfs_call_state(call) == DEVFS_CALL_PATIENT)
		err = wait_event_interruptible(call->wait,
					       devfs_call_state(call) ==
					       DEVFS_CALL_DONE);
	if (!err)
		return 0;
	if (freezing(current) ||
	    READ_ONCE(current->jobctl) & JOBCTL_TRAP_FREEZE)
		return -ERESTARTNOINTR;
	return -EINTR;
}

/*
 * Ask the server for something.  @buf has what is to be written, or room for
 * what is read.  Returns what the server says, or why it does not; then *@asked
 * is what it may still say yes to.
 */
static int devfs_ask(struct devfs_client *client, enum devfs_request_op op,
		     void *buf, u32 size, int flags, bool *asked)
{
	u32 follows = op == DEVFS_REQUEST_WRITE ? size : 0;
	struct devfs_server *server = client->server;
	struct devfs_call call = {
		.op = op,
		.size = size,
		.buf = buf,
	};
	struct devfs_request *req;
	struct nexus_msg *msg;
	void *data;
	int err;

	*asked = false;
	/* What is held back is kept for those who close a file. */
	if (nexus_post_congested(server->post))
		return -EBUSY;
	init_waitqueue_head(&call.wait);
	msg = nexus_post_new(server->post, server->code,
			     sizeof(*req) + follows, &data);
	if (!msg)
		return -ENOMEM;
	err = devfs_call_add(server, &call);
	if (err) {
		nexus_post_free(msg);
		return err;
	}
	req = data;
	devfs_request_fill(client, req, op, call.number, flags, size);
	memcpy(req + 1, buf, follows);
	nexus_post(server->post, msg);

	err = devfs_call_wait(server, &call);
	devfs_call_remove(server, &call);
	/* It may have come in the last moment; from here on it does not. */
	if (call.state == DEVFS_CALL_DONE)
		return call.result;
	*asked = true;
	devfs_post_cancel(client, call.number);
	return err;
}

/* ---- callbacks of the node ---- */

static struct devfs_client *devfs_client_new(struct devfs_server *server)
{
	struct devfs_client *client;
	void *data;

	client = kzalloc_obj(*client, GFP_KERNEL_ACCOUNT);
	if (!client)
		return NULL;
	/* Nobody can be told later that there is no memory to close a file. */
	client->closing = nexus_post_new(server->post, server->code,
					 sizeof(*client->data), &data);
	if (!client->closing) {
		kfree(client);
		return NULL;
	}
	client->data = data;
	client->server = server;
	client->cred = get_current_cred();
	client->events = EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;
	init_waitqueue_head(&client->wait);
	return client;
}

static void devfs_client_free(struct devfs_client *client)
{
	if (client->closing)
		nexus_post_free(client->closing);
	put_cred(client->cred);
	kfree(client);
}

static void devfs_client_close(struct devfs_client *client)
{
	struct devfs_server *server = client->server;

	devfs_request_fill(client, client->data, DEVFS_REQUEST_CLOSE, 0, 0, 0);
	nexus_post(server->post, client->closing);
	client->closing = NULL;
}

static int devfs_client_add(struct devfs_server *server,
			    struct devfs_client *client)
{
	int err;

	xa_lock(&server->calls);
	if (server->nr_files >= DEVFS_SERVER_FILES) {
		xa_unlock(&server->calls);
		return -ENFILE;
	}
	server->nr_files++;
	xa_unlock(&server->calls);

	err = xa_alloc_cyclic(&server->files, &client->number, client,
			      DEVFS_SERVER_NUMBERS, &server->next_file,
			      GFP_KERNEL_ACCOUNT);
	if (err >= 0)
		return 0;
	xa_lock(&server->calls);
	server->nr_files--;
	xa_unlock(&server->calls);
	return err;
}

static void devfs_client_remove(struct devfs_client *client)
{
	struct devfs_server *server = client->server;

	/* Whoever uses what is found there holds its lock. */
	xa_erase(&server->files, client->number);
	xa_lock(&server->calls);
	server->nr_files--;
	xa_unlock(&server->calls);
}

static void *devfs_server_open(void *ctx, int flags)
{
	struct devfs_server *server = to_server(ctx);
	struct devfs_client *client;
	bool asked;
	int err;

	client = devfs_client_new(server);
	if (!client)
		return ERR_PTR(-ENOMEM);
	err = devfs_client_add(server, client);
	if (err)
		goto err_free;
	err = devfs_ask(client, DEVFS_REQUEST_OPEN, NULL, 0, flags, &asked);
	if (!err)
		return client;
	if (asked)
		devfs_client_close(client);
	/* The name is about to go, which is what open() says then. */
	else if (devfs_server_gone(server))
		err = -ENOENT;
	devfs_client_remove(client);
err_free:
	devfs_client_free(client);
	return ERR_PTR(err);
}

static int devfs_server_close(void *ctx)
{
	struct devfs_client *client = ctx;

	devfs_client_close(client);
	devfs_client_remove(client);
	devfs_client_free(client);
	return 0;
}

static ssize_t devfs_server_read(void *ctx, void *buf, size_t count, int flags)
{
	struct devfs_client *client = ctx;
	bool asked;
	int ret;

	if (devfs_server_gone(client->server))
		return 0;
	ret = devfs_ask(client, DEVFS_REQUEST_READ, buf, count, flags, &asked);
	if (ret < 0 && devfs_server_gone(client->server))
		return 0;
	return ret;
}

static ssize_t devfs_server_write(void *ctx, const void *buf, size_t count,
				  int flags)
{
	struct devfs_client *client = ctx;
	bool asked;
	int ret;

	if (devfs_server_gone(client->server))
		return -EPIPE;
	ret = devfs_ask(client, DEVFS_REQUEST_WRITE, (void *)buf, count,
			flags, &asked);
	if (ret < 0 && devfs_server_gone(client->server))
		return -EPIPE;
	return ret;
}

static __poll_t devfs_server_poll(void *ctx, struct file *file,
				  poll_table *wait_on)
{
	struct devfs_client *client = ctx;
	struct devfs_node *node = client->server->service.node;
	__poll_t events;

	poll_wait(file, &client->wait, wait_on);
	if (devfs_server_gone(client->server))
		return EPOLLERR | EPOLLHUP;
	events = READ_ONCE(client->events);
	if (!node->reg.reads)
		events &= ~(EPOLLIN | EPOLLRDNORM);
	if (!node->reg.writes)
		events &= ~(EPOLLOUT | EPOLLWRNORM);
	return events;
}

static void devfs_server_revoke(void *ctx)
{
	struct devfs_client *client = ctx;

	/* Those who wait for a reply have been told by devfs_server_end(). */
	wake_up_poll(&client->wait, EPOLLERR | EPOLLHUP);
}

static void devfs_server_release(void *ctx)
{
	devfs_service_put(ctx);
}

#define DEVFS_SERVER_OPS(_read, _write) {		\
	.name		= "server",			\
	.open		= devfs_server_open,		\
	.close		= devfs_server_close,		\
	.poll		= devfs_server_poll,		\
	.revoke		= devfs_server_revoke,		\
	.release	= devfs_server_release,		\
	.waits		= true,				\
	.io_max		= DEVFS_SERVE_DATA_MAX,		\
	.read_flags	= _read,			\
	.write_flags	= _write,			\
}

static const struct devfs_device_ops devfs_server_tables[] = {
	[DEVFS_SERVE_READ] = DEVFS_SERVER_OPS(devfs_server_read, NULL),
	[DEVFS_SERVE_WRITE] = DEVFS_SERVER_OPS(NULL, devfs_server_write),
	[DEVFS_SERVE_READ | DEVFS_SERVE_WRITE] =
		DEVFS_SERVER_OPS(devfs_server_read, devfs_server_write),
};

/**
 * devfs_server_ops - what a node does that is served through a port
 * @flags: DEVFS_SERVE_READ, DEVFS_SERVE_WRITE or both
 *
 * Return: the table of callbacks.
 */
const struct devfs_device_ops *devfs_server_ops(u32 flags)
{
	return &devfs_server_tables[flags];
}

/* ---- replies ---- */

/* Numbers that never leave the kernel are no errors that a server has. */
static bool devfs_bad_error(int error)
{
	return error < -MAX_ERRNO ||
	       (error <= -ERESTARTSYS && error >= -ENOGRACE);
}

static int devfs_reply_check(const struct devfs_call *call,
			     const struct devfs_reply *reply, size_t len)
{
	u32 most = call->op == DEVFS_REQUEST_OPEN ? 0 : call->size;
	s32 result = reply->result;

	if (reply->flags & DEVFS_REPLY_WAIT)
		return result || len ? -EINVAL : 0;
	if (result < 0)
		return len || devfs_bad_error(result) ? -EINVAL : 0;
	if (result > most)
		return -EINVAL;
	if (len != (call->op == DEVFS_REQUEST_READ ? result : 0))
		return -EINVAL;
	return 0;
}

static int devfs_reply_call(struct devfs_server *server,
			    const struct devfs_reply *reply, const void *data,
			    size_t len)
{
	struct devfs_call *call;
	int err = -ENOENT;

	if (reply->id > INT_MAX)
		return -ENOENT;
	xa_lock(&server->calls);
	call = xa_load(&server->calls, reply->id);
	if (call && call->state != DEVFS_CALL_DONE)
		err = devfs_reply_check(call, reply, len);
	if (!err && reply->flags & DEVFS_REPLY_WAIT) {
		WRITE_ONCE(call->state, DEVFS_CALL_PATIENT);
		wake_up(&call->wait);
	} else if (!err) {
		memcpy(call->buf, data, len);
		call->result = reply->result;
		/* The client looks at the result with the lock held before. */
		WRITE_ONCE(call->state, DEVFS_CALL_DONE);
		wake_up(&call->wait);
	}
	xa_unlock(&server->calls);
	return err;
}

static int devfs_reply_poll(struct devfs_server *server,
			    const struct devfs_reply *reply, size_t len)
{
	u32 events = reply->result;
	struct devfs_client *client;

	if (len || events & ~(POLLIN | POLLOUT | POLLPRI | POLLRDHUP))
		return -EINVAL;
	if (events & POLLIN)
		events |= POLLRDNORM;
	if (events & POLLOUT)
		events |= POLLWRNORM;
	if (reply->id > INT_MAX)
		return -ENOENT;
	xa_lock(&server->files);
	client = xa_load(&server->files, reply->id);
	if (client) {
		WRITE_ONCE(client->events, demangle_poll(events));
		wake_up_poll(&client->wait, demangle_poll(events));
	}
	xa_unlock(&server->files);
	return client ? 0 : -ENOENT;
}

static ssize_t devfs_server_reply(struct file *file, const char __user *buf,
				  size_t count, loff_t *pos)
{
	struct devfs_server *server = file->private_data;
	struct devfs_reply reply;
	size_t len = count - sizeof(reply);
	void *data = NULL;
	int err;

	if (count < sizeof(reply))
		return -EINVAL;
	if (len > DEVFS_SERVE_DATA_MAX)
		return -EMSGSIZE;
	if (copy_from_user(&reply, buf, sizeof(reply)))
		return -EFAULT;
	if (reply.flags && reply.flags != DEVFS_REPLY_WAIT &&
	    reply.flags != DEVFS_REPLY_POLL)
		return -EINVAL;
	if (reply.flags & DEVFS_REPLY_POLL) {
		err = devfs_reply_poll(server, &reply, len);
		return err ?: count;
	}
	if (len) {
		data = memdup_user(buf + sizeof(reply), len);
		if (IS_ERR(data))
			return PTR_ERR(data);
	}
	err = devfs_reply_call(server, &reply, data, len);
	kfree(data);
	return err ?: count;
}

static __poll_t devfs_server_fd_poll(struct file *file, poll_table *wait_on)
{
	struct devfs_server *server = file->private_data;

	poll_wait(file, &server->wait, wait_on);
	if (devfs_server_gone(server))
		return EPOLLERR | EPOLLHUP;
	return EPOLLOUT | EPOLLWRNORM;
}

/* ---- its end ---- */

/* Nobody will reply any more: tell all who wait, and take the node away. */
static void devfs_server_end(struct devfs_server *server)
{
	struct devfs_call *call;
	struct devfs_node *node;
	unsigned long number;

	xa_lock(&server->calls);
	WRITE_ONCE(server->gone, true);
	xa_for_each(&server->calls, number, call) {
		if (call->state == DEVFS_CALL_DONE)
			continue;
		call->result = -ENODEV;
		WRITE_ONCE(call->state, DEVFS_CALL_DONE);
		wake_up(&call->wait);
	}
	xa_unlock(&server->calls);
	wake_up_poll(&server->wait, EPOLLERR | EPOLLHUP);
	/* Pairs with devfs_insert(); devfs_server_added() sees it otherwise. */
	node = smp_load_acquire(&server->service.node);
	if (node)
		devfs_remove(node);
}

/* The node is there.  Was that too late? */
static bool devfs_server_added(struct devfs_service *service)
{
	struct devfs_server *server = to_server(service);
	bool gone;

	xa_lock(&server->calls);
	gone = server->gone;
	xa_unlock(&server->calls);
	return !gone;
}

static void devfs_server_end_work(struct work_struct *work)
{
	devfs_server_end(container_of(work, struct devfs_server, end));
}

/* The port has been closed or deleted; under its lock. */
static void devfs_server_port_gone(void *arg)
{
	struct devfs_server *server = arg;

	queue_work(system_dfl_wq, &server->end);
}

static int devfs_server_fd_release(struct inode *inode, struct file *file)
{
	struct devfs_server *server = file->private_data;

	devfs_server_end(server);
	devfs_uncharge(&server->service);
	devfs_service_put(&server->service);
	return 0;
}

#ifdef CONFIG_PROC_FS
static void devfs_server_fdinfo(struct seq_file *seq, struct file *file)
{
	struct devfs_server *server = file->private_data;

	seq_printf(seq, "devfs-files:\t%u\ndevfs-requests:\t%u\n",
		   READ_ONCE(server->nr_files), READ_ONCE(server->nr_calls));
}
#endif

const struct file_operations devfs_server_fops = {
	.write		= devfs_server_reply,
	.poll		= devfs_server_fd_poll,
	.release	= devfs_server_fd_release,
#ifdef CONFIG_PROC_FS
	.show_fdinfo	= devfs_server_fdinfo,
#endif
};

/*
 * The last reference is never dropped by the work: as long as it takes the node
 * away, who closes the descriptor waits for it.
 */
static void devfs_server_free(struct devfs_service *service)
{
	struct devfs_server *server = to_server(service);

	nexus_post_close(server->post);
	cancel_work_sync(&server->end);
	xa_destroy(&server->calls);
	xa_destroy(&server->files);
	put_pid_ns(server->pid_ns);
	put_user_ns(server->user_ns);
	kfree(server);
}

/**
 * devfs_server_new - get ready to serve a node through a port
 * @args: what the server asked for
 *
 * Context: process context, may sleep.
 * Return: what both kinds of nodes have of it, or an ERR_PTR: -ENOMEM, or that
 * of nexus_post_open() or nexus_post_serve().
 */
struct devfs_service *devfs_server_new(const struct devfs_serve_args *args)
{
	struct devfs_server *server;
	int err;

	server = kzalloc_obj(*server, GFP_KERNEL_ACCOUNT);
	if (!server)
		return ERR_PTR(-ENOMEM);
	server->post = nexus_post_open(args->port);
	if (IS_ERR(server->post)) {
		err = PTR_ERR(server->post);
		kfree(server);
		return ERR_PTR(err);
	}
	refcount_set(&server->service.refs, 1);
	server->service.free = devfs_server_free;
	server->service.added = devfs_server_added;
	server->code = args->code;
	server->timeout = msecs_to_jiffies(args->timeout_ms ?:
					   DEVFS_SERVE_TIMEOUT);
	server->user_ns = get_user_ns(current_user_ns());
	server->pid_ns = get_pid_ns(task_active_pid_ns(current));
	INIT_WORK(&server->end, devfs_server_end_work);
	init_waitqueue_head(&server->wait);
	xa_init_flags(&server->calls, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	xa_init_flags(&server->files, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	err = nexus_post_serve(server->post, devfs_server_port_gone, server);
	if (err) {
		devfs_service_put(&server->service);
		return ERR_PTR(err);
	}
	return &server->service;
}

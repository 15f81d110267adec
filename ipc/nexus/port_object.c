// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus ports: how they come, what they tell about themselves, and how they
 * go.
 */
#include <linux/percpu_counter.h>
#include <linux/sched/wake_q.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <trace/events/nexus.h>

#include "port.h"

static void __init __maybe_unused nexus_port_check_abi(void)
{
	BUILD_BUG_ON(sizeof(struct nexus_port_args) !=
		     NEXUS_PORT_ARGS_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct nexus_port_info) !=
		     NEXUS_PORT_INFO_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct nexus_msg_info) != 48);
	BUILD_BUG_ON(NEXUS_PORT_IOV_MAX != UIO_MAXIOV);
	/* All that a port can queue is counted in 32 bits. */
	BUILD_BUG_ON((u64)NEXUS_PORT_CAPACITY_MAX * NEXUS_PORT_MSG_MAX >
		     U32_MAX);
	/* Even the smallest limit has room for the largest message. */
	BUILD_BUG_ON(NEXUS_PORT_MSG_MAX + sizeof(struct nexus_msg) >
		     NEXUS_QUEUED_BYTES_MIN);
}

static void nexus_port_wake_all(struct nexus_port *port, int result,
				struct wake_q_head *wake_q)
{
	struct nexus_waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &port->readers, link)
		nexus_waiter_complete(waiter, result, wake_q);
	list_for_each_entry_safe(waiter, next, &port->writers, link)
		nexus_waiter_complete(waiter, result, wake_q);
}

static void nexus_port_destroy(struct nexus_object *obj,
			       struct wake_q_head *wake_q)
{
	nexus_port_wake_all(to_port(obj), -EIDRM, wake_q);
	/* It must not outlive its deletion there; release() feeds the others. */
	nexus_port_sated(to_port(obj));
}

/* Nobody adds to the queue of a deleted port. */
static void nexus_port_release(struct nexus_object *obj)
{
	struct nexus_port *port = to_port(obj);
	struct nexus_msg *msg, *next;
	u32 bytes = 0;

	list_for_each_entry_safe(msg, next, &port->messages, link) {
		bytes += msg->charged;
		nexus_msg_free(msg);
		cond_resched();
	}
	percpu_counter_sub(&obj->nsp->queued_bytes, bytes);
	nexus_port_feed(obj->nsp);
}

/**
 * nexus_port_alloc - get memory for a port
 * @capacity: most messages that it queues
 *
 * Return: what nexus_object_create() or nexus_port_discard() takes, or an
 * ERR_PTR: -ENOMEM, or what a security module said.
 */
struct nexus_port *nexus_port_alloc(u32 capacity)
{
	struct nexus_port *port = kzalloc_obj(*port, GFP_KERNEL_ACCOUNT);
	int err;

	if (!port)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&port->messages);
	INIT_LIST_HEAD(&port->readers);
	INIT_LIST_HEAD(&port->writers);
	INIT_LIST_HEAD(&port->starved);
	port->capacity = capacity;

	/* To security modules a port is a message queue. */
	err = security_msg_queue_alloc(&port->obj.perm);
	if (err) {
		kfree(port);
		return ERR_PTR(err);
	}
	return port;
}

/**
 * nexus_port_discard - free a port that was never created
 * @port: from nexus_port_alloc()
 */
void nexus_port_discard(struct nexus_port *port)
{
	security_msg_queue_free(&port->obj.perm);
	kfree(port);
}

static void nexus_port_free(struct rcu_head *rcu)
{
	struct nexus_port *port = container_of(rcu, struct nexus_port,
					       obj.perm.rcu);

	nexus_object_free(&port->obj);
	nexus_port_discard(port);
}

static void nexus_port_info(struct nexus_object *obj, union nexus_info *uinfo)
{
	const struct nexus_port *port = to_port(obj);
	const struct kern_ipc_perm *perm = &obj->perm;
	struct user_namespace *user_ns = current_user_ns();
	struct nexus_port_info *info = &uinfo->port;

	info->id = perm->id;
	info->team = nexus_team_nr(obj->team);
	info->capacity = port->capacity;
	info->queued = port->queued;
	info->total = port->total;
	info->flags = port->closed ? NEXUS_PORT_CLOSED : 0;
	info->uid = from_kuid_munged(user_ns, perm->uid);
	info->gid = from_kgid_munged(user_ns, perm->gid);
	info->creator_uid = from_kuid_munged(user_ns, perm->cuid);
	info->mode = perm->mode;
	info->queued_bytes = port->bytes;
	memcpy(info->name, nexus_object_name(obj), NEXUS_NAME_LEN);
}

static bool nexus_port_listed(struct nexus_object *obj)
{
	return !to_port(obj)->closed;
}

const struct nexus_type_ops nexus_port_ops = {
	.type = NEXUS_TYPE_PORT,
	.ucount = UCOUNT_NEXUS_PORTS,
	.info_min = NEXUS_PORT_INFO_SIZE_VER0,
	.info_size = sizeof(struct nexus_port_info),
	.destroy = nexus_port_destroy,
	.release = nexus_port_release,
	.free = nexus_port_free,
	.info = nexus_port_info,
	.listed = nexus_port_listed,
	.poll = nexus_port_poll,
	.lsm_ctl = security_msg_queue_msgctl,
};

/**
 * sys_nexus_port_create - make a port
 *
 * @uargs: a struct nexus_port_args
 * @usize: its size as the caller knows it
 *
 * The caller's team owns the port, which is deleted when the last thread of
 * the team ends or when the team executes another program.
 *
 * Return:
 * - the id of the port
 * - %E2BIG: @usize is larger than a page, or what lies beyond the part of
 *   @uargs that this kernel knows is not 0
 * - %EINVAL: @usize is smaller than %NEXUS_PORT_ARGS_SIZE_VER0
 * - %EFAULT: @uargs cannot be read
 * - %EINVAL: unknown flags, padding that is not 0, a mode beyond 0777 or
 *   without %NEXUS_CREATE_MODE, or a capacity that is not between 1 and
 *   %NEXUS_PORT_CAPACITY_MAX
 * - %EFAULT: the name cannot be read
 * - %ENOMEM: no memory
 * - %ENOSPC: the namespace or the user has as many ports as they may
 */
SYSCALL_DEFINE2(nexus_port_create, struct nexus_port_args __user *, uargs,
		size_t, usize)
{
	char name[NEXUS_NAME_LEN] = "unnamed port";
	struct nexus_port_args args;
	struct nexus_port *port;
	umode_t mode;
	int err;

	if (usize > PAGE_SIZE)
		return -E2BIG;
	if (usize < NEXUS_PORT_ARGS_SIZE_VER0)
		return -EINVAL;
	err = copy_struct_from_user(&args, sizeof(args), uargs, usize);
	if (err)
		return err;

	if (args.__pad)
		return -EINVAL;
	err = nexus_create_mode(&mode, args.flags, args.mode);
	if (err)
		return err;
	if (!args.capacity || args.capacity > NEXUS_PORT_CAPACITY_MAX)
		return -EINVAL;
	if (args.name) {
		err = nexus_name_from_user(name, u64_to_user_ptr(args.name));
		if (err)
			return err;
	}

	port = nexus_port_alloc(args.capacity);
	if (IS_ERR(port))
		return PTR_ERR(port);
	err = nexus_object_create(&port->obj, &nexus_port_ops, name, mode);
	if (err < 0)
		nexus_port_discard(port);
	else
		trace_port_create(err, args.capacity, name);
	return err;
}

/**
 * sys_nexus_port_close - let a port take no more messages
 *
 * @id:    the port
 * @flags: must be 0
 *
 * Everybody who waits for the port is woken with %ESHUTDOWN.  The messages in
 * it can still be received.  A closed port cannot be opened again; to close it
 * once more is no error.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown flags
 * - %EIDRM: there is no such port
 * - %EPERM: the caller is neither the user who owns it nor the one who created
 *   it, and has neither %CAP_IPC_OWNER nor %CAP_SYS_ADMIN
 */
SYSCALL_DEFINE2(nexus_port_close, int, id, unsigned int, flags)
{
	struct nexus_ns *nsp = nexus_current_ns();
	struct nexus_object *obj;
	DEFINE_WAKE_Q(wake_q);
	int err;

	if (flags)
		return -EINVAL;

	rcu_read_lock();
	obj = nexus_object_find(nsp, NEXUS_TYPE_PORT, id);
	err = obj ? nexus_object_manage(obj, IPC_RMID) : -EIDRM;
	if (!err && !nexus_object_lock(obj))
		err = -EIDRM;
	if (!err) {
		to_port(obj)->closed = true;
		nexus_port_wake_all(to_port(obj), -ESHUTDOWN, &wake_q);
		nexus_object_wake_poll(obj, EPOLLHUP);
		nexus_object_unlock(obj);
	}
	rcu_read_unlock();

	wake_up_q(&wake_q);
	nexus_port_feed(nsp);
	trace_port_close(id, err);
	return err;
}

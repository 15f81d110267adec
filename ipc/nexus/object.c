// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus objects: ids, permission, limits and the namespaces they live in.
 *
 * The ids of SysV IPC (ipc/util.c) are an index of 15 bits and a sequence
 * number.  Nexus needs more objects than that, and ids that a program may
 * keep for hours.  So the tables are our own: the id is the index of an IDR
 * that is filled cyclically over all positive numbers.  It takes 2^31
 * creations until an id comes back, which is what the sequence number is for,
 * and the depth of the tree grows with the logarithm of the ids in use.
 * Permission, audit, security modules and reference counts are those of
 * struct kern_ipc_perm.
 */
#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/init.h>
#include <linux/ipc_namespace.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#define CREATE_TRACE_POINTS
#include <trace/events/nexus.h>

#include "internal.h"

/* A machine with less memory than this allows for gets these limits. */
#define NEXUS_OBJECTS_MIN	4096
#define NEXUS_OBJECTS_MAX	1048576
#define NEXUS_QUEUED_DEFAULT	SZ_64M

/* One of each type for 32 KiB of memory: all of a type take less than 2 %. */
static unsigned int nexus_default_objects(void)
{
	u64 objects = ((u64)totalram_pages() << PAGE_SHIFT) / SZ_32K;

	return clamp_t(u64, objects, NEXUS_OBJECTS_MIN, NEXUS_OBJECTS_MAX);
}

static unsigned long nexus_default_queued(void)
{
	u64 bytes = ((u64)totalram_pages() << PAGE_SHIFT) / 64;

	return clamp_t(u64, bytes, NEXUS_QUEUED_DEFAULT, SZ_1G);
}

static void nexus_ns_free(struct work_struct *work)
{
	struct nexus_ns *nsp = container_of(work, struct nexus_ns, free_work);

	for (int i = 0; i < NEXUS_NR_TYPES; i++)
		idr_destroy(&nsp->ids[i].idr);
	nexus_names_destroy(nsp);
	percpu_counter_destroy(&nsp->queued_bytes);
	put_user_ns(nsp->user_ns);
	kfree(nsp);
}

/**
 * nexus_ns_put - drop a reference to a namespace's structure
 * @nsp: the structure
 *
 * Context: any; the structure is freed by a work item.
 */
void nexus_ns_put(struct nexus_ns *nsp)
{
	if (refcount_dec_and_test(&nsp->refs))
		schedule_work(&nsp->free_work);
}

/**
 * nexus_init_ns - give an IPC namespace its Nexus
 * @ns: a new namespace, whose user_ns is set
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nexus_init_ns(struct ipc_namespace *ns)
{
	struct nexus_ns *nsp;
	int err;

	nsp = kzalloc_obj(*nsp, GFP_KERNEL_ACCOUNT);
	if (!nsp)
		return -ENOMEM;

	refcount_set(&nsp->refs, 1);
	spin_lock_init(&nsp->names_lock);
	spin_lock_init(&nsp->starved_lock);
	INIT_LIST_HEAD(&nsp->starved);
	INIT_WORK(&nsp->free_work, nexus_ns_free);
	for (int i = 0; i < NEXUS_NR_TYPES; i++) {
		idr_init(&nsp->ids[i].idr);
		spin_lock_init(&nsp->ids[i].lock);
		nsp->ids[i].max = nexus_default_objects();
	}
	nsp->queued_bytes_max = nexus_default_queued();
	nsp->default_mode = 0600;

	err = percpu_counter_init(&nsp->queued_bytes, 0, GFP_KERNEL_ACCOUNT);
	if (err)
		goto err_free;
	err = nexus_names_init(nsp);
	if (err)
		goto err_counter;
	err = nexus_sysctl_init(nsp);
	if (err)
		goto err_names;

	nsp->user_ns = get_user_ns(ns->user_ns);
	ns->nexus = nsp;
	return 0;

err_names:
	nexus_names_destroy(nsp);
err_counter:
	percpu_counter_destroy(&nsp->queued_bytes);
err_free:
	kfree(nsp);
	return err;
}

/**
 * nexus_object_next - the object at or behind an id
 * @ids: the ids of one type
 * @id:  where to begin; set to the id of what was found
 *
 * Context: any but RCU callbacks.
 * Return: the object, with a reference, or NULL.
 */
struct nexus_object *nexus_object_next(struct nexus_ids *ids, int *id)
{
	struct nexus_object *obj;

	guard(rcu)();
	while ((obj = idr_get_next(&ids->idr, id))) {
		if (nexus_object_tryget(obj))
			break;
		++*id;
	}
	return obj;
}

/* Only reserves it: an object is found when it is complete. */
static int nexus_id_alloc(struct nexus_ids *ids)
{
	int id;

	idr_preload(GFP_KERNEL);
	spin_lock(&ids->lock);
	/* To INT_MAX - 1, so that an iteration can go on behind any id. */
	id = idr_alloc_cyclic(&ids->idr, NULL, 1, INT_MAX,
			      GFP_NOWAIT | __GFP_ACCOUNT);
	spin_unlock(&ids->lock);
	idr_preload_end();
	return id;
}

static void nexus_id_publish(struct nexus_ids *ids, struct nexus_object *obj)
{
	spin_lock(&ids->lock);
	/* The id is reserved, so this needs no memory and cannot fail. */
	idr_replace(&ids->idr, obj, obj->perm.id);
	spin_unlock(&ids->lock);
}

static void nexus_id_free(struct nexus_ids *ids, int id)
{
	spin_lock(&ids->lock);
	idr_remove(&ids->idr, id);
	spin_unlock(&ids->lock);
}

/**
 * nexus_exit_ns - an IPC namespace ends
 * @ns: the namespace, in which there are no tasks any more
 *
 * Objects of teams that left the namespace may still be there.
 *
 * Context: process context, may sleep.
 */
void nexus_exit_ns(struct ipc_namespace *ns)
{
	struct nexus_ns *nsp = ns->nexus;
	struct nexus_object *obj;

	nexus_sysctl_exit(nsp);
	for (int i = 0; i < NEXUS_NR_TYPES; i++) {
		int id = 0;

		/* Their teams may be deleting them at the same time. */
		while ((obj = nexus_object_next(&nsp->ids[i], &id))) {
			nexus_object_delete(obj, NULL);
			nexus_object_put(obj);
			cond_resched();
			id++;
		}
	}
	nexus_ns_put(nsp);
}

/**
 * nexus_object_init - begin a new object
 * @obj: the object, zeroed
 * @ops: its type
 *
 * It has one reference and cannot be locked with nexus_object_lock() yet.
 */
void nexus_object_init(struct nexus_object *obj,
		       const struct nexus_type_ops *ops)
{
	struct kern_ipc_perm *perm = &obj->perm;

	spin_lock_init(&perm->lock);
	/* Until it is complete; a search by name passes over it. */
	perm->deleted = true;
	refcount_set(&perm->refcount, 1);
	obj->ops = ops;
}

static int nexus_object_count(struct nexus_object *obj, struct nexus_ids *ids)
{
	if (atomic_inc_return(&ids->count) <= READ_ONCE(ids->max))
		obj->ucounts = inc_ucount(current_user_ns(), current_euid(),
					  obj->ops->ucount);
	if (obj->ucounts)
		return 0;
	atomic_dec(&ids->count);
	return -ENOSPC;
}

static void nexus_object_uncount(struct nexus_object *obj,
				 struct nexus_ids *ids)
{
	if (!obj->ucounts)
		return;
	atomic_dec(&ids->count);
	dec_ucount(obj->ucounts, obj->ops->ucount);
	obj->ucounts = NULL;
}

/**
 * nexus_object_count_as - count an object, be it one too many
 * @obj:  the object, prepared uncounted
 * @like: one that is counted, against whose user this is, too
 *
 * For what comes to be where nothing can fail any more.
 *
 * Context: any.
 */
void nexus_object_count_as(struct nexus_object *obj, struct nexus_object *like)
{
	struct ucounts *iter;

	atomic_inc(&nexus_ids(obj->nsp, obj->ops->type)->count);
	obj->ucounts = get_ucounts(like->ucounts);
	for (iter = obj->ucounts; iter; iter = iter->ns->ucounts)
		atomic_long_inc(&iter->ucount[obj->ops->ucount]);
}

/**
 * nexus_object_prepare - get all that an object needs to become known
 * @obj:   the object, from nexus_object_init()
 * @owner: whose it is to be
 * @name:  its name
 * @mode:  its permission bits
 *
 * Either nexus_object_publish() or nexus_object_cancel() must follow.  The
 * caller's user is the one whom it counts against; unless @owner says not to
 * count it, and then nexus_object_count_as() must come before it is published.
 *
 * Context: process context, may sleep.
 * Return: the id, -ENOSPC beyond a limit of the namespace or the user, or
 * -ENOMEM.
 */
int nexus_object_prepare(struct nexus_object *obj,
			 const struct nexus_owner *owner, const char *name,
			 umode_t mode)
{
	const struct nexus_type_ops *ops = obj->ops;
	struct nexus_ids *ids = nexus_ids(owner->nsp, ops->type);
	struct kern_ipc_perm *perm = &obj->perm;
	struct nexus_name *nname;
	int id, err;

	if (!owner->uncounted) {
		err = nexus_object_count(obj, ids);
		if (err)
			return err;
	}

	err = -ENOMEM;
	nname = nexus_name_alloc(ops->type, name);
	if (!nname)
		goto err_count;
	id = nexus_id_alloc(ids);
	if (id < 0)
		goto err_name;

	perm->id = id;
	perm->key = IPC_PRIVATE;
	perm->mode = mode;
	perm->uid = owner->uid;
	perm->gid = owner->gid;
	perm->cuid = owner->cuid;
	perm->cgid = owner->cgid;
	obj->nsp = owner->nsp;
	refcount_inc(&obj->nsp->refs);
	obj->team = owner->team;
	refcount_inc(&obj->team->refs);

	spin_lock(&perm->lock);
	err = nexus_name_link(obj, &nname);
	spin_unlock(&perm->lock);
	if (err)
		goto err_id;
	kfree(nname);
	return id;

err_id:
	nexus_id_free(ids, id);
	nexus_team_put(obj->team);
	obj->team = NULL;
	nexus_ns_put(obj->nsp);
	obj->nsp = NULL;
err_name:
	kfree(nname);
err_count:
	nexus_object_uncount(obj, ids);
	return err;
}

/**
 * nexus_object_publish - make an object known
 * @obj: the object, prepared, its lock held
 *
 * As soon as the lock has been dropped others can use it, and delete it.
 */
void nexus_object_publish(struct nexus_object *obj)
{
	struct nexus_team *team = obj->team;

	ipc_assert_locked_object(&obj->perm);
	nexus_team_link(team, obj);
	/* What nexus_object_prepare() took; the link has its own. */
	nexus_team_put(team);
	nexus_id_publish(nexus_ids(obj->nsp, obj->ops->type), obj);
	/* Pairs with nexus_name_find(), whose caller will use the id. */
	smp_store_release(&obj->perm.deleted, false);
}

/**
 * nexus_object_cancel - an object will not become known
 * @obj: the object, prepared
 *
 * Context: process context.
 */
void nexus_object_cancel(struct nexus_object *obj)
{
	struct nexus_ids *ids = nexus_ids(obj->nsp, obj->ops->type);

	spin_lock(&obj->perm.lock);
	nexus_name_unlink(obj);
	spin_unlock(&obj->perm.lock);
	nexus_id_free(ids, obj->perm.id);
	nexus_team_put(obj->team);
	obj->team = NULL;
	nexus_object_uncount(obj, ids);
}

/**
 * nexus_object_create - make an object of the caller's known
 * @obj:  the object, all of its own part initialised, the rest zeroed
 * @ops:  its type
 * @name: its name
 * @mode: its permission bits
 *
 * The object belongs to the caller's team and user.  As soon as it has an id
 * others can use it, and delete it, even before this returns.
 *
 * Context: process context, may sleep.
 * Return: the id, -ENOSPC beyond a limit of the namespace or the user, or
 * -ENOMEM.  On failure nobody has seen @obj, and the caller frees it.
 */
int nexus_object_create(struct nexus_object *obj,
			const struct nexus_type_ops *ops,
			const char *name, umode_t mode)
{
	struct nexus_owner owner = { };
	int id;

	owner.team = nexus_team_current();
	if (!owner.team)
		return -ENOMEM;
	owner.nsp = nexus_current_ns();
	current_euid_egid(&owner.uid, &owner.gid);
	owner.cuid = owner.uid;
	owner.cgid = owner.gid;

	nexus_object_init(obj, ops);
	id = nexus_object_prepare(obj, &owner, name, mode);
	if (id < 0)
		return id;
	spin_lock(&obj->perm.lock);
	nexus_object_publish(obj);
	spin_unlock(&obj->perm.lock);
	return id;
}

/**
 * nexus_create_mode - the permission bits of a new object
 * @mode:   set to them
 * @flags:  0 or %NEXUS_CREATE_MODE
 * @wanted: what the caller wants with %NEXUS_CREATE_MODE, otherwise 0
 *
 * Return: 0 or -EINVAL.
 */
int nexus_create_mode(umode_t *mode, u32 flags, u32 wanted)
{
	if (flags & ~NEXUS_CREATE_MODE)
		return -EINVAL;
	if (flags & NEXUS_CREATE_MODE) {
		if (wanted & ~0777)
			return -EINVAL;
		*mode = wanted;
	} else {
		if (wanted)
			return -EINVAL;
		*mode = READ_ONCE(nexus_current_ns()->default_mode);
	}
	return 0;
}

/**
 * nexus_object_visible - should a search show an object?
 * @obj:   the object
 * @flags: NEXUS_MAY_READ, NEXUS_MAY_WRITE or both: any of them will do
 *
 * The owner and mode as nexus_object_access() looks at them.  That the caller
 * comes by an object that it may not touch is no event for the audit log, and
 * security modules are asked when it uses the object.
 *
 * Context: as for nexus_object_lock().
 * Return: whether it may be seen.
 */
bool nexus_object_visible(struct nexus_object *obj, short flags)
{
	const struct kern_ipc_perm *perm = &obj->perm;
	kuid_t euid = current_euid();
	umode_t granted = perm->mode;

	if (uid_eq(euid, perm->cuid) || uid_eq(euid, perm->uid))
		granted >>= 6;
	else if (in_group_p(perm->cgid) || in_group_p(perm->gid))
		granted >>= 3;
	if (granted & flags & 0007)
		return true;
	return ns_capable_noaudit(obj->nsp->user_ns, CAP_IPC_OWNER);
}

/**
 * nexus_object_listed - should a list describe an object?
 * @obj: the object
 *
 * Context: as for nexus_object_lock().
 * Return: whether the caller may read it, which is no event for the audit log.
 */
bool nexus_object_listed(struct nexus_object *obj)
{
	return nexus_object_visible(obj, NEXUS_MAY_READ) &&
	       !security_ipc_permission(&obj->perm, NEXUS_MAY_READ);
}

/**
 * nexus_object_manage - may the caller close, delete or give away an object?
 * @obj: the object
 * @cmd: IPC_RMID or IPC_SET, for security modules
 *
 * Context: as for nexus_object_lock().
 * Return: 0 or -EPERM, or what a security module said.
 */
int nexus_object_manage(struct nexus_object *obj, int cmd)
{
	struct kern_ipc_perm *perm = &obj->perm;
	kuid_t euid = current_euid();

	audit_ipc_obj(perm);
	if (!uid_eq(euid, perm->uid) && !uid_eq(euid, perm->cuid) &&
	    !ns_capable(obj->nsp->user_ns, CAP_IPC_OWNER) &&
	    !ns_capable(obj->nsp->user_ns, CAP_SYS_ADMIN))
		return -EPERM;
	return obj->ops->lsm_ctl(perm, cmd);
}

/**
 * nexus_object_delete - delete an object
 * @obj:  the object, to which the caller has a reference
 * @team: only if this team owns it; NULL: in any case
 *
 * When this returns the id and the name are gone, and everybody who waited
 * has been woken.
 *
 * Context: process context, may sleep.
 * Return: 0, or -EIDRM if it had been deleted before or belongs to another
 * team.
 */
int nexus_object_delete(struct nexus_object *obj, struct nexus_team *team)
{
	const struct nexus_type_ops *ops = obj->ops;
	struct nexus_ids *ids = nexus_ids(obj->nsp, ops->type);
	DEFINE_WAKE_Q(wake_q);

	if (!nexus_object_lock(obj))
		return -EIDRM;
	if (team && obj->team != team) {
		nexus_object_unlock(obj);
		return -EIDRM;
	}
	obj->perm.deleted = true;
	ops->destroy(obj, &wake_q);
	nexus_team_unlink(obj);
	nexus_name_unlink(obj);
	nexus_id_free(ids, obj->perm.id);
	nexus_object_wake_poll(obj, EPOLLHUP | EPOLLERR);
	nexus_object_unlock(obj);

	wake_up_q(&wake_q);
	trace_object_delete(ops->type, obj->perm.id);
	nexus_object_uncount(obj, ids);
	ops->release(obj);
	nexus_object_put(obj);
	return 0;
}

/**
 * nexus_object_free - free what every object has
 * @obj: the object, which nobody can reach any more
 *
 * For nexus_type_ops.free(), which frees the memory after it.
 *
 * Context: RCU callback.
 */
void nexus_object_free(struct nexus_object *obj)
{
	kfree(obj->poll);
	if (obj->nsp)
		nexus_ns_put(obj->nsp);
}

/**
 * nexus_object_info - describe an object
 * @obj:  the object
 * @info: filled, zeros where the type has no field
 *
 * Context: as for nexus_object_lock().
 * Return: 0 or -EIDRM.
 */
int nexus_object_info(struct nexus_object *obj, union nexus_info *info)
{
	memset(info, 0, sizeof(*info));
	if (!nexus_object_lock(obj))
		return -EIDRM;
	obj->ops->info(obj, info);
	nexus_object_unlock(obj);
	return 0;
}

static int __init nexus_init(void)
{
	long max = max(nexus_default_objects() / 2, NEXUS_OBJECTS_MIN);

	/* No single user takes all that the namespace has, if it can be. */
	init_user_ns.ucount_max[UCOUNT_NEXUS_PORTS] = max;
	init_user_ns.ucount_max[UCOUNT_NEXUS_SEMS] = max;
	init_user_ns.ucount_max[UCOUNT_NEXUS_AREAS] = max;

	/* Every later system call relies on it. */
	if (nexus_init_ns(&init_ipc_ns))
		panic("nexus: no memory for the first IPC namespace\n");
	return 0;
}
subsys_initcall(nexus_init);

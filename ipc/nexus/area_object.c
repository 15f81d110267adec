// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus areas as objects: how they come to their ids and lose them.
 *
 * An area exists for as long as mappings point to it.  It gets its id when it
 * is mapped and loses it when the last of its addresses is not any more.  What
 * that takes memory for is done before, as nothing can fail then.
 */
#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/oom.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "area.h"

static void nexus_area_free(struct rcu_head *rcu)
{
	struct kern_ipc_perm *perm = container_of(rcu, struct kern_ipc_perm,
						  rcu);
	struct nexus_object *obj = container_of(perm, struct nexus_object,
						perm);

	security_shm_free(perm);
	nexus_object_free(obj);
	kfree(to_area(obj));
}

/* Mappings do not go with the id. */
static void nexus_area_destroy(struct nexus_object *obj,
			       struct wake_q_head *wake_q)
{
}

static void nexus_area_release(struct nexus_object *obj)
{
}

static int nexus_area_lsm_ctl(struct kern_ipc_perm *perm, int cmd)
{
	return security_shm_shmctl(perm, cmd);
}

const struct nexus_type_ops nexus_area_ops = {
	.type = NEXUS_TYPE_AREA,
	.ucount = UCOUNT_NEXUS_AREAS,
	.info_min = NEXUS_AREA_INFO_SIZE_VER0,
	.info_size = sizeof(struct nexus_area_info),
	.destroy = nexus_area_destroy,
	.release = nexus_area_release,
	.free = nexus_area_free,
	.info = nexus_area_fill,
	.complete = nexus_area_complete,
	.lsm_ctl = nexus_area_lsm_ctl,
};

/**
 * nexus_area_alloc - begin a new area
 * @lock:       enum nexus_area_lock
 * @protection: what does not depend on the mappings
 * @max:        most that those may allow
 *
 * Context: process context, may sleep.
 * Return: the area with one reference, which goes over to its mappings when it
 * has some, or an ERR_PTR: -ENOMEM, or what a security module said.
 */
struct nexus_area *nexus_area_alloc(u32 lock, u32 protection, u32 max)
{
	struct nexus_area *area = kzalloc_obj(*area, GFP_KERNEL_ACCOUNT);
	int err;

	if (!area)
		return ERR_PTR(-ENOMEM);
	/* To security modules an area is a shared memory segment. */
	err = security_shm_alloc(&area->obj.perm);
	if (err) {
		kfree(area);
		return ERR_PTR(err);
	}
	nexus_object_init(&area->obj, &nexus_area_ops);
	INIT_LIST_HEAD(&area->spares);
	area->lock = lock;
	area->protection = protection & ~NEXUS_AREA_ACCESS;
	area->max = max;
	return area;
}

/**
 * nexus_area_prepare - give an area an id, which nobody sees yet
 * @area:  the area
 * @owner: whose it is to be
 * @name:  its name
 * @mode:  its permission bits
 *
 * Context: process context, may sleep.
 * Return: as nexus_object_prepare().  Followed by nexus_area_publish() or
 * nexus_area_cancel().
 */
int nexus_area_prepare(struct nexus_area *area, const struct nexus_owner *owner,
		       const char *name, umode_t mode)
{
	int id = nexus_object_prepare(&area->obj, owner, name, mode);

	if (id > 0) {
		/* The id's, which nexus_object_delete() drops. */
		nexus_object_get(&area->obj);
		area->prepared = true;
	}
	return id;
}

/**
 * nexus_area_cancel - an area will not become known
 * @area: the area, prepared or not
 *
 * Context: process context.
 */
void nexus_area_cancel(struct nexus_area *area)
{
	if (!area->prepared)
		return;
	area->prepared = false;
	nexus_object_cancel(&area->obj);
	nexus_object_put(&area->obj);
}

/**
 * nexus_area_publish - make an area known that is mapped
 * @area: the area, prepared; the caller has a reference
 *
 * If it was unmapped again meanwhile, the id is gone, too.
 *
 * Context: process context.
 */
void nexus_area_publish(struct nexus_area *area)
{
	bool mapped;

	spin_lock(&area->obj.perm.lock);
	mapped = area->mm;
	if (mapped) {
		area->prepared = false;
		nexus_object_publish(&area->obj);
	}
	spin_unlock(&area->obj.perm.lock);
	if (!mapped)
		nexus_area_cancel(area);
}

/**
 * nexus_area_publish_part - make an area known that was a part of another one
 * @area: the area, which is mapped
 * @from: the other one
 *
 * Context: process context, mmap_lock of their address space held.
 */
void nexus_area_publish_part(struct nexus_area *area, struct nexus_area *from)
{
	bool known = false;

	/* A spare of an area whose id was gone never had one. */
	if (!area->prepared)
		return;
	scoped_guard(spinlock, &from->obj.perm.lock) {
		known = ipc_valid_object(&from->obj.perm) || from->prepared;
		if (known)
			nexus_object_count_as(&area->obj, &from->obj);
	}
	if (known)
		nexus_area_publish(area);
	else
		nexus_area_cancel(area);
}

/**
 * nexus_area_put - drop a reference to an area
 * @area: the area
 *
 * Context: any but with the area's lock held.
 */
void nexus_area_put(struct nexus_area *area)
{
	nexus_object_put(&area->obj);
}

/* Nobody will split it any more. */
static void nexus_area_drop_spares(struct nexus_area *area)
{
	struct nexus_area *spare, *next;

	list_for_each_entry_safe(spare, next, &area->spares, store_link) {
		list_del(&spare->store_link);
		nexus_area_cancel(spare);
		nexus_area_put(spare);
	}
	area->nr_spares = 0;
}

/**
 * nexus_area_mapped - an area has its first mapping
 * @area:  the area, whose reference goes over to the mapping
 * @mm:    the address space, locked for writing
 * @start: where it begins
 * @end:   where it ends
 * @pgoff: the page of the store that is at @start
 */
void nexus_area_mapped(struct nexus_area *area, struct mm_struct *mm,
		       unsigned long start, unsigned long end, pgoff_t pgoff)
{
	mmap_assert_write_locked(mm);
	guard(spinlock)(&area->obj.perm.lock);
	area->mm = mm;
	area->start = start;
	area->end = end;
	area->pgoff = pgoff;
	area->nr_vmas = 1;
}

/**
 * nexus_area_next_vma - the next mapping of an area
 * @area: the area, whose address space is locked
 * @vmi:  where to go on
 * @end:  where to stop
 *
 * Return: the mapping, or NULL.
 */
struct vm_area_struct *nexus_area_next_vma(struct nexus_area *area,
					   struct vma_iterator *vmi,
					   unsigned long end)
{
	struct vm_area_struct *vma;

	for_each_vma_range(*vmi, vma, end) {
		if (vma->vm_ops == &nexus_area_vm_ops &&
		    READ_ONCE(vma->vm_private_data) == area)
			return vma;
	}
	return NULL;
}

/**
 * nexus_area_add_spare - get ready for a hole in an area
 * @area: the area, whose address space is locked for writing
 *
 * Context: process context, may sleep.
 * Return: 0, -ENOMEM, or what a security module said.
 */
int nexus_area_add_spare(struct nexus_area *area)
{
	struct nexus_object *obj = &area->obj;
	char name[NEXUS_NAME_LEN];
	struct nexus_area *spare;
	struct nexus_owner owner = { };
	umode_t mode = 0;
	bool known;

	spare = nexus_area_alloc(area->lock, area->protection, area->max);
	if (IS_ERR(spare))
		return PTR_ERR(spare);

	spin_lock(&obj->perm.lock);
	known = ipc_valid_object(&obj->perm) || area->prepared;
	if (known) {
		strscpy(name, nexus_object_name(obj));
		mode = obj->perm.mode;
		owner.uncounted = true;
		owner.nsp = obj->nsp;
		owner.team = obj->team;
		refcount_inc(&owner.team->refs);
		owner.uid = obj->perm.uid;
		owner.gid = obj->perm.gid;
		owner.cuid = obj->perm.cuid;
		owner.cgid = obj->perm.cgid;
	}
	spin_unlock(&obj->perm.lock);
	if (known) {
		int id = nexus_area_prepare(spare, &owner, name, mode);

		nexus_team_put(owner.team);
		if (id < 0) {
			nexus_area_put(spare);
			return -ENOMEM;
		}
	}
	list_add(&spare->store_link, &area->spares);
	area->nr_spares++;
	return 0;
}

/**
 * nexus_area_gone - nothing of an area is mapped any more
 * @area: the area, to which a mapping that is just being closed has a reference
 *
 * Context: process context, mmap_lock of its address space held.
 */
void nexus_area_gone(struct nexus_area *area)
{
	bool known;

	scoped_guard(spinlock, &area->obj.perm.lock) {
		area->mm = NULL;
		known = ipc_valid_object(&area->obj.perm);
	}
	nexus_area_drop_spares(area);
	nexus_store_unlink(area);
	/*
	 * If it has not become known yet, who is about to make it known sees
	 * that it is not mapped.
	 */
	if (known)
		nexus_object_delete(&area->obj, NULL);
}

/**
 * nexus_area_task - a thread of the process that an area belongs to
 * @area: the area
 *
 * Return: the main thread with a reference, or NULL if there is none any more.
 */
struct task_struct *nexus_area_task(struct nexus_area *area)
{
	struct task_struct *task;
	struct pid *pid = NULL;

	scoped_guard(spinlock, &area->obj.perm.lock) {
		if (area->obj.team)
			pid = get_pid(area->obj.team->pid);
	}
	task = get_pid_task(pid, PIDTYPE_TGID);
	put_pid(pid);
	return task;
}

/**
 * nexus_area_process - a process that can be looked into
 * @nr: its id in the caller's pid namespace; 0: the caller's own
 *
 * The main thread may have ended, and then it has no address space any more;
 * so it is one that has.
 *
 * Context: process context.
 * Return: a thread of it with a reference; ERR_PTR(-EINVAL) if @nr is negative,
 * ERR_PTR(-ESRCH) if there is no such process or it has no address space.
 */
struct task_struct *nexus_area_process(pid_t nr)
{
	struct task_struct *task;

	if (nr < 0)
		return ERR_PTR(-EINVAL);
	if (!nr)
		return get_task_struct(current);
	guard(rcu)();
	task = pid_task(find_vpid(nr), PIDTYPE_TGID);
	if (!task || task->flags & PF_KTHREAD)
		return ERR_PTR(-ESRCH);
	task = find_lock_task_mm(task);
	if (!task)
		return ERR_PTR(-ESRCH);
	get_task_struct(task);
	task_unlock(task);
	return task;
}

/**
 * nexus_area_may_write - does the mode of an area let the caller write?
 * @area: the area, to which the caller has a reference
 *
 * Return: whether it does, which is no event for the audit log.
 */
bool nexus_area_may_write(struct nexus_area *area)
{
	return nexus_object_visible(&area->obj, NEXUS_MAY_WRITE) &&
	       !security_ipc_permission(&area->obj.perm, NEXUS_MAY_WRITE);
}

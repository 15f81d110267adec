// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus areas: fork().
 *
 * The child gets an area for each of its parent's, at the same place.  While
 * the address space is copied they have neither a team nor an id: there is no
 * process yet.  nexus_fork_areas() gives them both when there is.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/ipc_namespace.h>
#include <linux/mm.h>
#include <linux/nexus_mm.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "area.h"

/*
 * Freeze the store of an area that nobody shares, or tell that the child must
 * have a copy at once.  A parent with a private mapping would get other pages
 * when it writes: not those that it has locked, and not those that a device
 * works with.  And who just resizes the store is about to change it.
 */
static bool nexus_fork_copies(struct nexus_area *area)
{
	struct nexus_store *store = area->store;
	struct vm_area_struct *vma;

	scoped_guard(spinlock, &store->lock) {
		if (store->state == NEXUS_STORE_SHARED) {
			/* The child is going to share it. */
			store->tentative = false;
			return false;
		}
	}
	nexus_area_for_each_vma(area, vmi, vma) {
		/* Nobody else has what is still shared of a frozen one. */
		if (!vma_test(vma, VMA_SHARED_BIT))
			return false;
	}
	nexus_area_for_each_vma(area, vmi, vma) {
		if (vma_test(vma, VMA_LOCKED_BIT))
			return true;
	}
	/* Who pins pages without a lock has said so, or comes too late. */
	nexus_area_for_each_vma(area, vmi, vma) {
		vma_start_write(vma);
		zap_vma(vma);
	}
	if (mm_flags_test(MMF_HAS_PINNED, area->mm))
		return true;
	if (store->state == NEXUS_STORE_FROZEN)
		return false;
	/* The wrong order, so there is no waiting. */
	if (!down_read_trylock(&store->resize))
		return true;
	scoped_guard(spinlock, &store->lock)
		WRITE_ONCE(store->state, NEXUS_STORE_FROZEN);
	up_read(&store->resize);
	return false;
}

/*
 * What the child's area is going to be called and whose it will be: the
 * parent's may be gone by then.
 */
static void nexus_fork_remember(struct nexus_area *area,
				struct nexus_area *old)
{
	struct kern_ipc_perm *from = &old->obj.perm;
	struct kern_ipc_perm *perm = &area->obj.perm;

	guard(spinlock)(&from->lock);
	/* Who left its namespace, or saw that end, has no ids in another. */
	if (old->obj.nsp != nexus_current_ns() ||
	    (!ipc_valid_object(from) && !old->prepared))
		return;
	strscpy(area->name, nexus_object_name(&old->obj));
	perm->mode = from->mode;
	perm->uid = from->uid;
	perm->gid = from->gid;
	perm->cuid = from->cuid;
	perm->cgid = from->cgid;
	area->named = true;
}

/* The store of the child's area. */
static struct nexus_store *nexus_fork_store(struct nexus_area *area,
					    struct nexus_area *old)
{
	u64 end;

	if (!nexus_fork_copies(old))
		return nexus_store_get(old->store);
	/* All of the area, even if the store is just being cut. */
	end = ((u64)old->pgoff << PAGE_SHIFT) + (old->end - old->start);
	return nexus_store_create(area->name,
				  max(end, nexus_store_size(old->store)),
				  nexus_store_commits(old->store));
}

/*
 * The child's area for a mapping of one of its parent's.  @below is the one
 * that it got for another mapping of that, if there is a hole in between.
 */
static struct nexus_area *nexus_fork_area(struct vm_area_struct *new,
					  struct nexus_area *old,
					  struct nexus_area *below)
{
	struct nexus_store *store;
	struct nexus_area *area;
	pgoff_t pgoff;

	/* Locks are not inherited. */
	area = nexus_area_alloc(NEXUS_AREA_NO_LOCK, old->protection, old->max);
	if (IS_ERR(area))
		return area;
	nexus_fork_remember(area, old);
	store = below ? nexus_store_get(below->store) :
			nexus_fork_store(area, old);
	if (IS_ERR(store)) {
		nexus_area_put(area);
		return ERR_CAST(store);
	}
	area->forked_from = old;
	pgoff = old->pgoff + ((new->vm_start - old->start) >> PAGE_SHIFT);
	nexus_area_mapped(area, new->vm_mm, new->vm_start, new->vm_end, pgoff);
	/* nexus_area_vm_open() is going to count the mappings. */
	area->nr_vmas = 0;
	nexus_store_link(store, area);
	nexus_store_put(store);
	return area;
}

static int nexus_fork_vma(struct nexus_area *area, struct vm_area_struct *new,
			  struct vm_area_struct *old)
{
	struct nexus_area *from = old->vm_private_data;
	int err;

	if (area->store != from->store) {
		err = nexus_vma_copy(old, area->store->file);
		if (err)
			return err;
		/* dup_mmap() takes a reference of what it finds here. */
		new->vm_file = area->store->file;
		/* Or the page tables, which are about the old one, follow. */
		vm_flags_clear(new, VM_COPY_ON_FORK);
	} else if (from->store->state != NEXUS_STORE_SHARED &&
		   vma_test(old, VMA_SHARED_BIT)) {
		err = nexus_vma_make_private(new, old);
		if (err)
			return err;
	}
	new->vm_private_data = area;
	return 0;
}

/**
 * nexus_area_vm_fork - fork() copies a mapping
 * @new: the child's, not linked yet
 * @old: the parent's
 *
 * Context: both address spaces are locked for writing, and both mappings.
 * Return: 0 or negative errno, and then @new will not exist.
 */
int nexus_area_vm_fork(struct vm_area_struct *new, struct vm_area_struct *old)
{
	struct nexus_area *from = old->vm_private_data;
	struct mm_struct *mm = new->vm_mm;
	struct nexus_area *area = mm->nexus_forked;
	int err;

	/* Those of an area come one after the other, some may be left out. */
	if (area && area->forked_from != from)
		area = NULL;
	if (area && area->end == new->vm_start) {
		err = nexus_area_add_spare(area) ?:
		      nexus_fork_vma(area, new, old);
		if (!err) {
			guard(spinlock)(&area->obj.perm.lock);
			area->end = new->vm_end;
		}
		return err;
	}

	area = nexus_fork_area(new, from, area);
	if (IS_ERR(area))
		return PTR_ERR(area);
	err = nexus_fork_vma(area, new, old);
	if (err) {
		scoped_guard(spinlock, &area->obj.perm.lock)
			area->mm = NULL;
		nexus_store_unlink(area);
		nexus_area_put(area);
		return err;
	}
	area->next_forked = mm->nexus_forked;
	mm->nexus_forked = area;
	return 0;
}

static int nexus_fork_prepare(struct nexus_area *area,
			      struct nexus_owner *owner)
{
	const struct kern_ipc_perm *perm = &area->obj.perm;
	struct nexus_area *spare;
	int id;

	if (!area->named)
		return 0;
	owner->uid = perm->uid;
	owner->gid = perm->gid;
	owner->cuid = perm->cuid;
	owner->cgid = perm->cgid;
	owner->uncounted = false;
	id = nexus_area_prepare(area, owner, area->name, perm->mode);
	if (id < 0)
		return id;
	owner->uncounted = true;
	list_for_each_entry(spare, &area->spares, store_link) {
		id = nexus_area_prepare(spare, owner, area->name, perm->mode);
		if (id < 0)
			return id;
	}
	return 0;
}

/**
 * nexus_fork_areas - a new process has areas
 * @tsk: the process, which is not visible yet, with an address space of its own
 * @pid: what its id will be
 *
 * Context: process context of the parent, may sleep.
 * Return: 0 or -ENOMEM, and then there cannot be such a process.
 */
int nexus_fork_areas(struct task_struct *tsk, struct pid *pid)
{
	struct nexus_area *area, *areas = tsk->mm->nexus_forked;
	struct nexus_owner owner = {
		.nsp = tsk->nsproxy->ipc_ns->nexus,
		.team = nexus_team_fork(tsk, pid),
	};
	int err = 0;

	if (!owner.team)
		return -ENOMEM;
	/*
	 * The child does not run, so nobody can unmap an area; but others may
	 * resize it.
	 */
	mmap_write_lock(tsk->mm);
	WRITE_ONCE(tsk->mm->nexus_forked, NULL);
	for (area = areas; area && !err; area = area->next_forked) {
		/* The child may be in another namespace. */
		if (owner.nsp == nexus_current_ns())
			err = nexus_fork_prepare(area, &owner);
	}
	for (area = areas; area; area = area->next_forked) {
		if (err)
			nexus_area_cancel(area);
		else if (area->prepared)
			nexus_area_publish(area);
	}
	mmap_write_unlock(tsk->mm);
	return err < 0 ? -ENOMEM : 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus areas: all that map the same memory get another size together.
 *
 * Their address spaces are locked one after the other, so there is no moment
 * at which nothing can happen in all of them.  What keeps it together is
 * nexus_store.resize, which is held meanwhile: nobody else resizes, and nobody
 * maps the store anew, but for fork(), where the child has what the parent has
 * just then.  So each step looks for areas that have not taken it yet until
 * there are none, and finds the child, too.  Of a store that is not shared, and
 * would be frozen, the child gets a copy meanwhile.
 *
 * To grow, the store comes first and the mappings follow.  One that cannot
 * makes those shrink again that could: nobody was told of what they had.
 *
 * To shrink, mappings are first made to end where all are going to, by two
 * that together are what one was.  That can fail, and then nobody sees a
 * difference.  What is taken away after that are whole mappings.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nexus_mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/syscalls.h>

#include <trace/events/nexus.h>

#include "area.h"

/*
 * Memory for the nodes of a tree, of which a few are needed, is only refused
 * by those who test that it can be.
 */
#define NEXUS_UNMAP_TRIES	16

/**
 * struct nexus_resize - a store gets another size
 * @store: the store
 * @old:   where those that are to change end, in bytes of the store
 * @new:   where they are going to end
 * @seq:   number of the step, for those that leave no other trace
 */
struct nexus_resize {
	struct nexus_store *store;
	u64 old;
	u64 new;
	unsigned int seq;
};

/* Where an area begins and ends in its store. */
static u64 nexus_area_offset(const struct nexus_area *area)
{
	return (u64)area->pgoff << PAGE_SHIFT;
}

static u64 nexus_area_offset_end(const struct nexus_area *area)
{
	return nexus_area_offset(area) + (area->end - area->start);
}

/* Which areas a step is for.  Area locked. */
typedef bool (*nexus_resize_match)(const struct nexus_resize *rs,
				   const struct nexus_area *area);
/* The step.  Address space locked for writing. */
typedef int (*nexus_resize_step)(struct nexus_resize *rs,
				 struct nexus_area *area);

/*
 * The next one that has not taken the step, with a reference to it and @mm.
 * It goes behind those that are still to be looked at.
 */
static struct nexus_area *nexus_resize_next(struct nexus_resize *rs,
					    nexus_resize_match match,
					    struct mm_struct **mm)
{
	struct nexus_area *area;

	guard(spinlock)(&rs->store->lock);
	list_for_each_entry(area, &rs->store->areas, store_link) {
		guard(spinlock)(&area->obj.perm.lock);
		/* An address space that is being torn down is as good as gone. */
		if (area->mm && area->resize_seq != rs->seq &&
		    match(rs, area) && mmget_not_zero(area->mm)) {
			nexus_object_get(&area->obj);
			*mm = area->mm;
			list_move_tail(&area->store_link,
				       &rs->store->areas);
			return area;
		}
	}
	return NULL;
}

/* Each takes a step once, and is asked for again only in the next. */
static bool nexus_resize_begin(struct nexus_resize *rs,
			       nexus_resize_match match,
			       struct nexus_area *area, struct mm_struct *mm)
{
	guard(spinlock)(&area->obj.perm.lock);
	area->resize_seq = rs->seq;
	return area->mm == mm && area->store == rs->store && match(rs, area);
}

/*
 * Make all areas take a step.  Who undoes one cannot be interrupted, and goes
 * on with the others if one does not let itself be changed.
 */
static int nexus_resize_all(struct nexus_resize *rs, nexus_resize_match match,
			    nexus_resize_step step, bool undo)
{
	struct nexus_area *area;
	struct mm_struct *mm;
	int err = 0;

	rs->seq++;
	while ((undo || !err) && (area = nexus_resize_next(rs, match, &mm))) {
		if (undo)
			mmap_write_lock(mm);
		else if (mmap_write_lock_killable(mm))
			err = -EINTR;
		if (undo || !err) {
			if (nexus_resize_begin(rs, match, area, mm))
				err = step(rs, area);
			mmap_write_unlock(mm);
		}
		mmput_async(mm);
		nexus_area_put(area);
		cond_resched();
	}
	return err;
}

/* The last mapping of an area. */
static struct vm_area_struct *nexus_area_last_vma(struct nexus_area *area)
{
	struct vm_area_struct *vma = vma_lookup(area->mm, area->end - 1);

	if (!vma || vma->vm_ops != &nexus_area_vm_ops ||
	    vma->vm_private_data != area)
		return NULL;
	return vma;
}

static void nexus_area_set_end(struct nexus_area *area, unsigned long end)
{
	guard(spinlock)(&area->obj.perm.lock);
	area->end = end;
}

static bool nexus_ends_at_old(const struct nexus_resize *rs,
			      const struct nexus_area *area)
{
	return nexus_area_offset_end(area) == rs->old;
}

static bool nexus_ends_at_new(const struct nexus_resize *rs,
			      const struct nexus_area *area)
{
	return nexus_area_offset_end(area) == rs->new;
}

static bool nexus_ends_behind_old(const struct nexus_resize *rs,
				  const struct nexus_area *area)
{
	if (nexus_area_offset(area) >= rs->old &&
	    READ_ONCE(area->mm->nexus_forked))
		return false;
	return nexus_area_offset_end(area) > rs->old;
}

static int nexus_grow_step(struct nexus_resize *rs, struct nexus_area *area)
{
	struct task_struct *task __free(put_task) = nexus_area_task(area);
	struct vm_area_struct *vma = nexus_area_last_vma(area);
	int err;

	if (!vma)
		return -EPERM;
	err = nexus_vma_grow(vma, task, rs->new - rs->old);
	if (!err)
		nexus_area_set_end(area, area->end + (rs->new - rs->old));
	return err;
}

/* Unmap what is behind @end of the store. */
static int nexus_cut(struct nexus_area *area, u64 end)
{
	unsigned long start = area->start;
	int err;

	if (end > nexus_area_offset(area))
		start += end - nexus_area_offset(area);
	for (int i = 0; i < NEXUS_UNMAP_TRIES; i++) {
		err = nexus_mm_unmap(area->mm, start, area->end, NULL);
		if (err != -ENOMEM)
			break;
	}
	return err;
}

static int nexus_ungrow_step(struct nexus_resize *rs, struct nexus_area *area)
{
	return nexus_cut(area, rs->old);
}

/* Locked memory has to be there. */
static bool nexus_not_populated(const struct nexus_resize *rs,
				const struct nexus_area *area)
{
	return area->lock >= NEXUS_AREA_FULL_LOCK &&
	       nexus_ends_at_new(rs, area);
}

static int nexus_populate(struct nexus_resize *rs)
{
	struct nexus_area *area;
	struct mm_struct *mm;
	int err = 0;

	rs->seq++;
	while (!err &&
	       (area = nexus_resize_next(rs, nexus_not_populated, &mm))) {
		unsigned long end;

		scoped_guard(spinlock, &area->obj.perm.lock) {
			area->resize_seq = rs->seq;
			end = area->end;
		}
		err = nexus_mm_populate(mm, end - (rs->new - rs->old), end);
		mmput_async(mm);
		nexus_area_put(area);
	}
	return err;
}

static int nexus_grow(struct nexus_resize *rs)
{
	int err;

	err = nexus_store_set_size(rs->store, rs->new);
	if (err)
		return err;
	err = nexus_resize_all(rs, nexus_ends_at_old, nexus_grow_step, false);
	if (!err)
		err = nexus_populate(rs);
	if (err) {
		/* All of it, whatever an owner has made of it meanwhile. */
		nexus_resize_all(rs, nexus_ends_behind_old, nexus_ungrow_step,
				 true);
		nexus_store_set_size(rs->store, rs->old);
	}
	return err;
}

static bool nexus_crosses(const struct nexus_resize *rs,
			  const struct nexus_area *area)
{
	return nexus_area_offset(area) < rs->new &&
	       nexus_area_offset_end(area) > rs->new;
}

static int nexus_split_step(struct nexus_resize *rs, struct nexus_area *area)
{
	unsigned long end = area->start + (rs->new - nexus_area_offset(area));
	struct vm_area_struct *vma;
	int err = 0;

	/* All that goes must be allowed to. */
	if (nexus_mm_sealed(area->mm, end, area->end))
		return -EPERM;
	vma = vma_lookup(area->mm, end);
	if (vma && vma->vm_start < end)
		err = nexus_vma_split(vma, end);
	return err;
}

static bool nexus_begins_behind(const struct nexus_resize *rs,
				const struct nexus_area *area)
{
	return nexus_area_offset(area) >= rs->new;
}

static bool nexus_ends_behind(const struct nexus_resize *rs,
			      const struct nexus_area *area)
{
	/* fork() still needs all areas of a child that it is just making. */
	if (nexus_begins_behind(rs, area) &&
	    READ_ONCE(area->mm->nexus_forked))
		return false;
	return nexus_area_offset_end(area) > rs->new;
}

static int nexus_cut_step(struct nexus_resize *rs, struct nexus_area *area)
{
	return nexus_cut(area, rs->new);
}

/* Is there an area that... */
static bool nexus_any(struct nexus_resize *rs, nexus_resize_match match)
{
	struct nexus_area *area;

	guard(spinlock)(&rs->store->lock);
	list_for_each_entry(area, &rs->store->areas, store_link) {
		guard(spinlock)(&area->obj.perm.lock);
		/* What is being torn down begins ever later, and is gone. */
		if (area->mm && atomic_read(&area->mm->mm_users) &&
		    match(rs, area))
			return true;
	}
	return false;
}

static int nexus_shrink(struct nexus_resize *rs)
{
	int err;

	/* It would be gone altogether, which is not what resizing does. */
	if (nexus_any(rs, nexus_begins_behind))
		return -EPERM;
	err = nexus_resize_all(rs, nexus_crosses, nexus_split_step, false);
	if (err)
		return err;
	/*
	 * What was not split now, by a fork() or because its owner unmapped
	 * some of it meanwhile, is here.
	 */
	nexus_resize_all(rs, nexus_ends_behind, nexus_cut_step, true);
	return nexus_store_set_size(rs->store, rs->new);
}

/* The caller has store->resize for writing. */
static int nexus_resize(struct nexus_resize *rs, struct nexus_area *area,
			unsigned long size)
{
	struct mm_struct *mm = current->mm;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	if (!nexus_area_valid(area, mm)) {
		mmap_write_unlock(mm);
		return -EIDRM;
	}
	/* Or a fork() was first. */
	if (area->store != rs->store ||
	    area->store->state == NEXUS_STORE_FROZEN) {
		mmap_write_unlock(mm);
		return -EAGAIN;
	}
	rs->old = nexus_area_offset_end(area);
	rs->new = nexus_area_offset(area) + size;
	mmap_write_unlock(mm);

	if (rs->new == rs->old)
		return 0;
	/*
	 * If the end of it was unmapped, what was there is still in the store.
	 * Others may have that; if nobody has it is of no use any more.
	 */
	if (rs->old < nexus_store_size(rs->store)) {
		if (nexus_any(rs, nexus_ends_behind_old))
			return -EPERM;
		nexus_store_set_size(rs->store, rs->old);
	}
	return rs->new > rs->old ? nexus_grow(rs) : nexus_shrink(rs);
}

/* The store of an area of the caller's, which it does not share unawares. */
static struct nexus_store *nexus_resize_store(struct nexus_area *area)
{
	struct mm_struct *mm = current->mm;
	struct nexus_store *store;
	int err = -EIDRM;

	if (mmap_write_lock_killable(mm))
		return ERR_PTR(-EINTR);
	if (nexus_area_valid(area, mm))
		err = nexus_area_gather(area);
	store = err ? ERR_PTR(err) : nexus_store_get(area->store);
	mmap_write_unlock(mm);
	return store;
}

/**
 * sys_nexus_area_resize - give an area another size
 *
 * @id:   the area, one of the caller's team
 * @size: bytes, a multiple of the page size
 *
 * It begins where it began.  All areas that have the same memory, in whatever
 * team, get the size together with it.  New pages are zero; the contents of
 * those that go are lost, and what somebody has mapped of them by a file
 * descriptor of nexus_open() is not there any more.
 *
 * Other teams are not asked, and those that watch their memory with
 * userfaultfd are not told.
 *
 * Return:
 * - 0
 * - %EINVAL: @size is 0 or not a multiple of the page size
 * - %EIDRM: there is no such area
 * - %EPERM: it is another team's; or a part of it was unmapped that another
 *   area still has; or one has only what would go; or one is sealed
 * - %ENOSPC: one has something else behind it
 * - %ENOMEM: no memory, or more than the RLIMIT_AS or RLIMIT_MEMLOCK of one of
 *   the teams
 * - %EIO: memory was found to be bad
 * - %EINTR: the caller is being killed
 */
SYSCALL_DEFINE2(nexus_area_resize, int, id, size_t, size)
{
	struct nexus_resize rs = { };
	struct nexus_area *area;
	struct mm_struct *mm;
	int err = -EPERM;

	if (!size || offset_in_page(size))
		return -EINVAL;
	area = nexus_area_get(id, 0, &mm);
	if (IS_ERR(area))
		return PTR_ERR(area);
	if (mm == current->mm)
		err = size > TASK_SIZE ? -ENOMEM : -EAGAIN;
	mmput(mm);

	/* Until it is one and the same store all the time. */
	while (err == -EAGAIN) {
		rs.store = nexus_resize_store(area);
		if (IS_ERR(rs.store)) {
			err = PTR_ERR(rs.store);
			break;
		}
		err = down_write_killable(&rs.store->resize);
		if (!err) {
			rs.seq = rs.store->resize_seq;
			err = nexus_resize(&rs, area, size);
			rs.store->resize_seq = rs.seq;
			up_write(&rs.store->resize);
		}
		nexus_store_put(rs.store);
	}
	if (!err)
		trace_area_resize(id, rs.old, rs.new);
	nexus_area_put(area);
	return err;
}

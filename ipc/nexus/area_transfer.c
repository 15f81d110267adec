// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus areas: giving one to another team.
 *
 * The other team gets a mapping of the same memory, and then the giver's is
 * taken away, so that whatever fails before leaves things as they were.
 */
#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/ipc_namespace.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/nexus_mm.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/sched/coredump.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/syscalls.h>
#include <linux/userfaultfd_k.h>

#include <trace/events/nexus.h>

#include "area.h"

/* See area_resize.c. */
#define NEXUS_UNMAP_TRIES	16

/**
 * struct nexus_taker - the team that gets an area
 * @task: a thread of it, with a reference
 * @mm:   its address space, likewise
 * @uid:  its effective user id
 * @gid:  its effective group id
 */
struct nexus_taker {
	struct task_struct *task;
	struct mm_struct *mm;
	kuid_t uid;
	kgid_t gid;
};

/*
 * To map something into another process is for those who may look into it; or
 * for all, in a namespace whose objects are for all, if it is an ordinary one.
 */
static int nexus_may_give(struct task_struct *task)
{
	if (same_thread_group(task, current) ||
	    ptrace_may_access(task, PTRACE_MODE_READ_FSCREDS))
		return 0;
	if (READ_ONCE(nexus_current_ns()->default_mode) & 0002 &&
	    task_exec_state_get_dumpable(task) == TASK_DUMPABLE_OWNER &&
	    task_cred_xxx(task, user_ns) == current_user_ns())
		return 0;
	return -EPERM;
}

static bool nexus_same_ipc_ns(struct task_struct *task)
{
	guard(task_lock)(task);
	return task->nsproxy &&
	       task->nsproxy->ipc_ns == current->nsproxy->ipc_ns;
}

/* As mm_access(): who executes another program is one or the other. */
static int nexus_taker_get_mm(struct nexus_taker *taker)
{
	struct task_struct *task = taker->task;
	const struct cred *cred;
	int err;

	err = down_read_killable(&task->signal->exec_update_lock);
	if (err)
		return err;
	taker->mm = nexus_same_ipc_ns(task) ? get_task_mm(task) : NULL;
	err = taker->mm ? nexus_may_give(task) : -ESRCH;
	scoped_guard(rcu) {
		cred = __task_cred(task);
		taker->uid = cred->euid;
		taker->gid = cred->egid;
	}
	up_read(&task->signal->exec_update_lock);
	if (err && taker->mm)
		mmput(taker->mm);
	return err;
}

static int nexus_taker_find(struct nexus_taker *taker, pid_t nr)
{
	int err;

	taker->task = nexus_area_process(nr);
	if (IS_ERR(taker->task))
		return PTR_ERR(taker->task);
	err = nexus_taker_get_mm(taker);
	if (err)
		put_task_struct(taker->task);
	return err;
}

static void nexus_taker_put(struct nexus_taker *taker)
{
	mmput(taker->mm);
	put_task_struct(taker->task);
}

/* A new area that is to be the taker's, with all but a mapping. */
static struct nexus_area *nexus_transfer_area(struct nexus_area *old,
					      struct nexus_area_hold *hold,
					      struct nexus_taker *taker,
					      char *name)
{
	struct kern_ipc_perm *perm = &old->obj.perm;
	struct nexus_owner owner = {
		.nsp = nexus_current_ns(),
		.uid = taker->uid,
		.gid = taker->gid,
	};
	struct nexus_area *area;
	umode_t mode;
	int id;

	if (!nexus_object_lock(&old->obj))
		return ERR_PTR(-EIDRM);
	strscpy_pad(name, nexus_object_name(&old->obj), NEXUS_NAME_LEN);
	mode = perm->mode;
	owner.cuid = perm->cuid;
	owner.cgid = perm->cgid;
	nexus_object_unlock(&old->obj);

	owner.team = nexus_team_get(taker->task);
	if (!owner.team)
		return ERR_PTR(-ENOMEM);
	area = nexus_area_alloc(hold->lock, hold->protection, hold->max);
	if (IS_ERR(area))
		return area;
	id = nexus_area_prepare(area, &owner, name, mode);
	if (id < 0) {
		nexus_area_put(area);
		return ERR_PTR(id);
	}
	area->pgoff = hold->pgoff;
	nexus_store_link(hold->store, area);
	return area;
}

/* Undo nexus_transfer_area(). */
static void nexus_transfer_drop(struct nexus_area *area)
{
	nexus_store_unlink(area);
	nexus_area_cancel(area);
	nexus_area_put(area);
}

static vma_flags_t nexus_transfer_flags(struct nexus_area *area,
					struct nexus_area_hold *hold,
					struct mm_struct *mm)
{
	vma_flags_t flags = mk_vma_flags(VMA_SHARED_BIT, VMA_MAYSHARE_BIT,
					 VMA_MAYREAD_BIT, VMA_MAYWRITE_BIT,
					 VMA_MAYEXEC_BIT);

	vma_flags_set_mask(&flags, mm->def_vma_flags);
	if (hold->access & NEXUS_AREA_READ)
		vma_flags_set(&flags, VMA_READ_BIT);
	if (hold->access & NEXUS_AREA_WRITE)
		vma_flags_set(&flags, VMA_WRITE_BIT);
	if (hold->access & NEXUS_AREA_EXEC)
		vma_flags_set(&flags, VMA_EXEC_BIT);
	nexus_area_limit(area, &flags);
	if (nexus_area_locked(area))
		vma_flags_set(&flags, VMA_LOCKED_BIT);
	if (area->lock == NEXUS_AREA_LAZY_LOCK)
		vma_flags_set(&flags, VMA_LOCKONFAULT_BIT);
	if (area->protection & (NEXUS_AREA_STACK | NEXUS_AREA_OVERCOMMIT))
		vma_flags_set(&flags, VMA_NORESERVE_BIT);
	return flags;
}

/* Map it; the taker's address space is locked for writing. */
static long nexus_transfer_do_map(struct nexus_area *area, struct file *file,
				  struct nexus_area_hold *hold,
				  const struct nexus_area_wish *wish,
				  struct nexus_taker *taker)
{
	struct mm_struct *mm = taker->mm;
	struct vm_area_desc desc = {
		.mm = mm,
		.file = file,
		.vm_file = file,
		.pgoff = hold->pgoff,
		.vm_ops = &nexus_area_vm_ops,
		.private_data = area,
		.vma_flags = nexus_transfer_flags(area, hold, mm),
	};
	unsigned long addr;
	int err;

	/* What the process said of itself with PR_SET_MDWE, and others of it. */
	if (hold->access & NEXUS_AREA_EXEC &&
	    (mm_flags_test(MMF_HAS_MDWE, mm) ||
	     !(nexus_area_max(taker->task) & NEXUS_AREA_EXEC)))
		return -EACCES;
	addr = nexus_area_place(mm, wish);
	if (!addr && wish->spec != NEXUS_AREA_EXACT)
		addr = nexus_mm_hole(mm, 0, wish->size);
	if (IS_ERR_VALUE(addr))
		return addr;
	err = nexus_mm_may_map(mm, taker->task, wish->size,
			       vma_flags_test(&desc.vma_flags, VMA_LOCKED_BIT));
	if (err)
		return err;
	desc.start = addr;
	desc.end = addr + wish->size;
	err = nexus_mm_map(mm, &desc);
	if (err)
		return err;
	nexus_area_mapped(area, mm, desc.start, desc.end, desc.pgoff);
	return addr;
}

static long nexus_transfer_map(struct nexus_area *area, const char *name,
			       struct nexus_area_hold *hold,
			       const struct nexus_area_wish *wish,
			       struct nexus_taker *taker)
{
	struct file *file;
	long addr;

	file = nexus_store_file(hold->store, name, O_RDWR, &nexus_area_fops);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (mmap_write_lock_killable(taker->mm)) {
		addr = -EINTR;
	} else {
		addr = nexus_transfer_do_map(area, file, hold, wish, taker);
		mmap_write_unlock(taker->mm);
	}
	fput(file);
	return addr;
}

/* The taker has it: take it back. */
static void nexus_transfer_unmap(struct nexus_area *area,
				 struct nexus_taker *taker)
{
	int err = 0;

	mmap_write_lock(taker->mm);
	for (int i = 0; i < NEXUS_UNMAP_TRIES; i++) {
		/* Unless it is gone by itself. */
		if (area->mm != taker->mm)
			break;
		err = nexus_mm_unmap(taker->mm, area->start, area->end, NULL);
		if (err != -ENOMEM)
			break;
	}
	mmap_write_unlock(taker->mm);
}

/*
 * Is what one has what the other has?  It could have been cut meanwhile, on
 * this side or, by who guessed the address, on that.
 */
static bool nexus_same_part(struct nexus_area *area, struct nexus_area *taken)
{
	unsigned long size;
	pgoff_t pgoff;

	scoped_guard(spinlock, &taken->obj.perm.lock) {
		if (!taken->mm)
			return true;
		size = taken->end - taken->start;
		pgoff = taken->pgoff;
	}
	return area->pgoff == pgoff && area->end - area->start == size;
}

/* Take it from the giver. */
static int nexus_transfer_take(struct nexus_area *area,
			       struct nexus_area *taken)
{
	struct mm_struct *mm = current->mm;
	LIST_HEAD(uf);
	int err = -EIDRM;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	/* All that the taker got, or it has been changed meanwhile. */
	if (nexus_area_valid(area, mm) && nexus_same_part(area, taken))
		err = nexus_mm_unmap(mm, area->start, area->end, &uf);
	mmap_write_unlock(mm);
	userfaultfd_unmap_complete(mm, &uf);
	return err;
}

static long nexus_transfer(struct nexus_area *old, struct nexus_area_hold *hold,
			   struct nexus_area_wish *wish,
			   struct nexus_taker *taker,
			   struct nexus_area_args __user *uargs)
{
	unsigned long task_size = taker->mm->task_size;
	char name[NEXUS_NAME_LEN];
	struct nexus_area *area;
	long addr, ret;

	wish->size = hold->size;
	ret = nexus_area_check_wish(wish, task_size);
	if (ret)
		return ret;
	if (wish->size > task_size)
		return -ENOMEM;
	area = nexus_transfer_area(old, hold, taker, name);
	if (IS_ERR(area))
		return PTR_ERR(area);
	addr = nexus_transfer_map(area, name, hold, wish, taker);
	if (IS_ERR_VALUE(addr)) {
		nexus_transfer_drop(area);
		return addr;
	}

	/*
	 * The mapping has the reference; the id has the other one.  Whoever
	 * resizes the memory now resizes both.
	 */
	nexus_area_end_hold(hold);
	ret = 0;
	if (area->lock >= NEXUS_AREA_FULL_LOCK)
		ret = nexus_mm_populate(taker->mm, addr, addr + wish->size);
	if (!ret)
		ret = nexus_area_put_address(uargs, (unsigned long)addr);
	if (!ret)
		ret = nexus_transfer_take(old, area);
	if (ret) {
		nexus_transfer_unmap(area, taker);
		nexus_area_cancel(area);
		return ret;
	}
	ret = area->obj.perm.id;
	nexus_area_publish(area);
	return ret;
}

/**
 * sys_nexus_area_transfer - give an area to another team
 *
 * @id:    the area, one of the caller's team
 * @nr:    the team; 0: the caller's own
 * @uargs: a struct nexus_area_args with the address, and where to look for it
 *         in that team; all else is 0.  The address is set
 * @usize: its size as the caller knows it
 *
 * The team gets an area with the same memory, protection, lock, name and mode,
 * but a new id, and the caller has it no longer.  The team is not asked.
 *
 * Return:
 * - the new id
 * - %E2BIG, %EINVAL, %EFAULT: as for nexus_area_create()
 * - %EINVAL: a field other than the specification and the address is not 0
 * - %EINVAL: @nr is negative
 * - %EIDRM: there is no such area
 * - %EPERM: it is another team's, or sealed
 * - %ESRCH: there is no such team in the caller's namespaces
 * - %EPERM: the team is another user's, whom the caller may not trace, and
 *   kernel.nexus.default_mode does not let others write
 * - %EINVAL, %EFAULT, %EEXIST: there is no such place in that team, or it is
 *   occupied
 * - %ENOSPC, %ENOMEM: as for nexus_area_create(), with the limits of that team
 * - %EACCES: that team does not want memory that can be executed
 * - %EINTR: the caller is being killed
 */
SYSCALL_DEFINE4(nexus_area_transfer, int, id, int, nr,
		struct nexus_area_args __user *, uargs, size_t, usize)
{
	struct nexus_area_hold hold;
	struct nexus_area_args args;
	struct nexus_area_wish wish;
	struct nexus_taker taker;
	struct nexus_area *area;
	struct mm_struct *mm;
	long ret;

	ret = nexus_area_get_args(&args, uargs, usize);
	if (ret)
		return ret;
	if (args.name || args.size || args.lock || args.protection ||
	    args.flags || args.mode)
		return -EINVAL;
	ret = nexus_area_check_spec(args.spec);
	if (ret)
		return ret;
	if (nr < 0)
		return -EINVAL;
	wish.spec = args.spec;
	wish.address = args.address;

	area = nexus_area_get(id, 0, &mm);
	if (IS_ERR(area))
		return PTR_ERR(area);
	ret = mm == current->mm ? nexus_taker_find(&taker, nr) : -EPERM;
	if (ret)
		goto out;
	ret = nexus_area_hold(area, mm, 0, &hold);
	if (!ret) {
		ret = nexus_transfer(area, &hold, &wish, &taker, uargs);
		nexus_area_release_hold(&hold, ret > 0);
	}
	nexus_taker_put(&taker);
	if (ret > 0)
		trace_area_transfer(id, nr, ret);
out:
	mmput(mm);
	nexus_area_put(area);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus areas: what there is to be told about them, and about the mappings of
 * a team that are none.
 */
#include <linux/cleanup.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/nexus_mm.h>
#include <linux/ptrace.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include "area.h"

/**
 * nexus_area_fill - describe an area
 * @obj:  the area as an object, locked
 * @info: filled, as far as its address space is not needed
 */
void nexus_area_fill(struct nexus_object *obj, union nexus_info *info)
{
	struct user_namespace *user_ns = current_user_ns();
	struct nexus_area_info *ai = &info->area;
	struct nexus_area *area = to_area(obj);
	struct kern_ipc_perm *perm = &obj->perm;
	struct nexus_store *store = area->store;

	ai->id = perm->id;
	ai->team = nexus_team_nr(obj->team);
	ai->address = area->start;
	ai->size = area->end - area->start;
	ai->lock = area->lock;
	ai->protection = area->protection;
	ai->max_protection = area->max;
	if (store) {
		struct address_space *mapping = store->file->f_mapping;

		ai->ram_size = (u64)READ_ONCE(mapping->nrpages) << PAGE_SHIFT;
		if (READ_ONCE(store->state) == NEXUS_STORE_SHARED)
			ai->flags |= NEXUS_AREA_SHARED;
	}
	ai->uid = from_kuid_munged(user_ns, perm->uid);
	ai->gid = from_kgid_munged(user_ns, perm->gid);
	ai->creator_uid = from_kuid_munged(user_ns, perm->cuid);
	ai->mode = perm->mode;
	memcpy(ai->name, nexus_object_name(obj), NEXUS_NAME_LEN);
}

/* Addresses of others are for those who could read them in /proc. */
static bool nexus_area_traceable(struct nexus_area *area)
{
	struct task_struct *task __free(put_task) = NULL;

	scoped_guard(spinlock, &area->obj.perm.lock) {
		if (area->mm == current->mm)
			return true;
	}
	task = nexus_area_task(area);
	return task && ptrace_may_access(task, PTRACE_MODE_READ_FSCREDS |
					 PTRACE_MODE_NOAUDIT);
}

/* What only the mappings tell.  The address space is locked. */
static void nexus_area_fill_mapped(struct nexus_area *area,
				   struct mm_struct *mm, unsigned long start,
				   unsigned long end,
				   struct nexus_area_info *info)
{
	unsigned long copied = 0;
	struct vm_area_struct *vma;

	nexus_area_for_each_vma_in(area, mm, start, end, vmi, vma)
		copied += nexus_vma_copied(vma);
	info->copy_count = min_t(unsigned long, copied, U32_MAX);
	info->protection |= nexus_area_access(area, mm, start, end);
}

/**
 * nexus_area_complete - describe the rest of an area
 * @obj:  the area as an object, to which the caller has a reference
 * @info: from nexus_area_fill()
 *
 * Context: process context, may sleep.
 */
void nexus_area_complete(struct nexus_object *obj, union nexus_info *info)
{
	struct nexus_area *area = to_area(obj);
	unsigned long start, end;
	struct mm_struct *mm;

	scoped_guard(spinlock, &obj->perm.lock) {
		mm = area->mm;
		start = area->start;
		end = area->end;
		if (mm && !mmget_not_zero(mm))
			mm = NULL;
	}
	/* Who is being killed does not see the result. */
	if (mm) {
		if (!mmap_read_lock_killable(mm)) {
			nexus_area_fill_mapped(area, mm, start, end,
					       &info->area);
			mmap_read_unlock(mm);
		}
		mmput(mm);
	}
	if (!nexus_area_traceable(area))
		info->area.address = 0;
}

/* An area that the caller may know of. */
static bool nexus_map_area(struct vm_area_struct *vma, unsigned long address,
			   union nexus_info *info)
{
	unsigned long start, end;
	struct nexus_area *area;
	bool known;

	if (vma->vm_ops != &nexus_area_vm_ops)
		return false;
	area = READ_ONCE(vma->vm_private_data);
	scoped_guard(rcu) {
		if (!nexus_object_lock(&area->obj))
			return false;
		known = area->obj.nsp == nexus_current_ns() &&
			vma->vm_start >= area->start &&
			vma->vm_end <= area->end;
		if (known)
			nexus_area_fill(&area->obj, info);
		start = area->start;
		end = area->end;
		nexus_object_unlock(&area->obj);
		known = known && nexus_object_listed(&area->obj);
	}
	if (known)
		nexus_area_fill_mapped(area, vma->vm_mm, start, end,
				       &info->area);
	else
		memset(info, 0, sizeof(*info));
	return known;
}

static void nexus_map_name(struct vm_area_struct *vma, char *to)
{
	struct anon_vma_name *anon_name = anon_vma_name(vma);
	const char *name = NULL;

	if (vma->vm_ops && vma->vm_ops->name)
		name = vma->vm_ops->name(vma);
	if (!name)
		name = arch_vma_name(vma);
	if (!name && anon_name)
		name = anon_name->name;
	if (!name && vma_is_initial_heap(vma))
		name = "heap";
	if (!name && vma_is_initial_stack(vma))
		name = "stack";
	if (name) {
		/* "[vdso]" and its like. */
		strscpy(to, name + (*name == '['), NEXUS_NAME_LEN);
		if (*name == '[')
			strreplace(to, ']', '\0');
	} else if (vma->vm_file) {
		struct name_snapshot snapshot;

		take_dentry_name_snapshot(&snapshot,
					  file_dentry(vma->vm_file));
		strscpy(to, snapshot.name.name, NEXUS_NAME_LEN);
		release_dentry_name_snapshot(&snapshot);
	}
}

/* Any other mapping. */
static void nexus_map_other(struct vm_area_struct *vma,
			    struct nexus_area_info *info)
{
	info->address = vma->vm_start;
	info->size = vma->vm_end - vma->vm_start;
	if (vma_test(vma, VMA_LOCKONFAULT_BIT))
		info->lock = NEXUS_AREA_LAZY_LOCK;
	else if (vma_test(vma, VMA_LOCKED_BIT))
		info->lock = NEXUS_AREA_FULL_LOCK;
	if (vma_test(vma, VMA_READ_BIT))
		info->protection |= NEXUS_AREA_READ;
	if (vma_test(vma, VMA_WRITE_BIT))
		info->protection |= NEXUS_AREA_WRITE;
	if (vma_test(vma, VMA_EXEC_BIT))
		info->protection |= NEXUS_AREA_EXEC;
	if (vma_test(vma, VMA_MAYREAD_BIT))
		info->max_protection |= NEXUS_AREA_READ;
	if (vma_test(vma, VMA_MAYWRITE_BIT))
		info->max_protection |= NEXUS_AREA_WRITE;
	if (vma_test(vma, VMA_MAYEXEC_BIT))
		info->max_protection |= NEXUS_AREA_EXEC;
	nexus_map_name(vma, info->name);
}

/* The address space of a team, with a reference. */
static struct mm_struct *nexus_map_mm(pid_t nr)
{
	struct task_struct *task = nexus_area_process(nr);
	struct mm_struct *mm;

	if (IS_ERR(task))
		return ERR_CAST(task);
	mm = mm_access(task, PTRACE_MODE_READ_FSCREDS);
	put_task_struct(task);
	return mm;
}

/**
 * sys_nexus_area_map - describe what a team has mapped
 *
 * @nr:      the team; 0: the caller's own
 * @address: any address
 * @uinfo:   a struct nexus_area_info
 * @usize:   its size as the caller knows it
 * @flags:   must be 0
 *
 * Describes the area, or the mapping that is none, at @address, or if there is
 * none the next above it.  Who begins with 0 and goes on with the address
 * behind what was described sees all that is mapped during the whole
 * iteration.  A mapping that is no area, or one of which the caller may not
 * know, has the id 0, and no more than address, size, lock, protection and a
 * name: what was given to it by prctl(PR_SET_VMA_ANON_NAME), "heap", "stack",
 * or the last part of the name of the file.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown flags
 * - %E2BIG: @usize is larger than a page
 * - %EINVAL: @usize is smaller than the first version of the structure, or
 *   @nr is negative
 * - %ESRCH: there is no such team
 * - %EACCES: the caller may not look into it
 * - %ENOENT: there is nothing at or above @address
 * - %EFAULT: @uinfo cannot be written
 * - %EINTR: the caller is being killed
 */
SYSCALL_DEFINE5(nexus_area_map, int, nr, unsigned long, address,
		struct nexus_area_info __user *, uinfo, size_t, usize,
		unsigned int, flags)
{
	struct vm_area_struct *vma;
	union nexus_info info;
	struct mm_struct *mm;
	int err;

	if (flags)
		return -EINVAL;
	err = nexus_check_usize(usize, NEXUS_AREA_INFO_SIZE_VER0);
	if (err)
		return err;
	mm = nexus_map_mm(nr);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	memset(&info, 0, sizeof(info));
	if (mmap_read_lock_killable(mm)) {
		mmput(mm);
		return -EINTR;
	}
	vma = find_vma(mm, address);
	if (vma && !nexus_map_area(vma, address, &info))
		nexus_map_other(vma, &info.area);
	mmap_read_unlock(mm);
	mmput(mm);
	if (!vma)
		return -ENOENT;
	info.area.team = nr ?: task_tgid_vnr(current);
	return nexus_info_to_user(uinfo, usize, &info,
				  sizeof(struct nexus_area_info));
}

/**
 * sys_nexus_area_for - which area is at an address?
 *
 * @address: any address
 * @flags:   must be 0
 *
 * Return:
 * - the id of the area, which is one of the caller's team
 * - %EINVAL: unknown flags
 * - %ENOENT: there is none
 * - %EINTR: the caller is being killed
 */
SYSCALL_DEFINE2(nexus_area_for, const void __user *, address,
		unsigned int, flags)
{
	unsigned long addr = untagged_addr((unsigned long)address);
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int id = -ENOENT;

	if (flags)
		return -EINVAL;
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = vma_lookup(mm, addr);
	if (vma && vma->vm_ops == &nexus_area_vm_ops) {
		struct nexus_area *area = READ_ONCE(vma->vm_private_data);

		guard(spinlock)(&area->obj.perm.lock);
		if (ipc_valid_object(&area->obj.perm) &&
		    area->obj.nsp == nexus_current_ns() &&
		    addr >= area->start && addr < area->end)
			id = area->obj.perm.id;
	}
	mmap_read_unlock(mm);
	return id;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus areas: their mappings, and how areas follow what happens to those.
 *
 * The mappings are ordinary ones of shmem files.  What is added to them is
 * that the area learns of what the rest of the kernel does with them.
 */
#include <linux/err.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/spinlock.h>

#include "area.h"

static void nexus_area_set_range(struct nexus_area *area, unsigned long start,
				 unsigned long end)
{
	guard(spinlock)(&area->obj.perm.lock);
	area->pgoff += (start - area->start) >> PAGE_SHIFT;
	area->start = start;
	area->end = end;
}

/*
 * What is above a hole becomes an area of its own.  nexus_area_vm_may_split()
 * and fork() saw to it that there are as many spares as there are places
 * between two mappings, so that there is one for each hole.
 */
static void nexus_area_split(struct nexus_area *area, unsigned long start,
			     unsigned long end)
{
	VMA_ITERATOR(vmi, area->mm, end);
	struct vm_area_struct *vma;
	struct nexus_area *upper;

	upper = list_first_entry(&area->spares, struct nexus_area, store_link);
	list_del(&upper->store_link);
	area->nr_spares--;

	while ((vma = nexus_area_next_vma(area, &vmi, area->end))) {
		WRITE_ONCE(vma->vm_private_data, upper);
		upper->nr_vmas++;
		area->nr_vmas--;
	}
	while (upper->nr_spares + 1 < upper->nr_vmas) {
		list_move(area->spares.next, &upper->spares);
		upper->nr_spares++;
		area->nr_spares--;
	}

	nexus_store_link(area->store, upper);
	scoped_guard(spinlock, &upper->obj.perm.lock) {
		upper->mm = area->mm;
		upper->start = end;
		upper->end = area->end;
		upper->pgoff = area->pgoff +
			       ((end - area->start) >> PAGE_SHIFT);
	}
	nexus_area_set_range(area, area->start, start);
	nexus_area_publish_part(upper, area);
}

/* Split, forked or moved: one more mapping of the area. */
static void nexus_area_vm_open(struct vm_area_struct *vma)
{
	struct nexus_area *area = vma->vm_private_data;

	area->nr_vmas++;
}

/*
 * Of several mappings that go together the lowest is closed first, and none of
 * them is in the tree any more; but for a new mapping over them, where those
 * above still are.  So what is above is looked for, and all that was in between
 * goes with the first.
 */
static void nexus_area_vm_close(struct vm_area_struct *vma)
{
	struct nexus_area *area = vma->vm_private_data;
	unsigned long start = max(vma->vm_start, area->start);
	unsigned long end = min(vma->vm_end, area->end);

	/* What was moved away is beside the area by now. */
	if (area->mm && start < end) {
		VMA_ITERATOR(vmi, area->mm, end);
		struct vm_area_struct *next;

		next = nexus_area_next_vma(area, &vmi, area->end);
		if (start > area->start && next)
			nexus_area_split(area, start, next->vm_start);
		else if (start > area->start)
			nexus_area_set_range(area, area->start, start);
		else if (next)
			nexus_area_set_range(area, next->vm_start, area->end);
		else
			nexus_area_gone(area);
	}
	if (!--area->nr_vmas) {
		if (area->mm)
			nexus_area_gone(area);
		nexus_area_put(area);
	}
}

/*
 * Two mappings of one are the first step of making a hole between them: get
 * what that takes, as closing cannot fail.
 */
static int nexus_area_vm_may_split(struct vm_area_struct *vma,
				   unsigned long addr)
{
	struct nexus_area *area = vma->vm_private_data;

	if (area->nr_spares >= area->nr_vmas)
		return 0;
	return nexus_area_add_spare(area);
}

/*
 * Nobody else knows how large the area is, so that mremap() cannot make it
 * larger, and an area is in one place, so that it is moved as a whole.
 */
static int nexus_area_vm_may_mremap(struct vm_area_struct *vma,
				    unsigned long addr, unsigned long old_len,
				    unsigned long new_len, unsigned long flags)
{
	struct nexus_area *area = vma->vm_private_data;

	if (!old_len || flags & MREMAP_DONTUNMAP)
		return -EINVAL;
	if (new_len > old_len)
		return -EFAULT;
	if (!(flags & MREMAP_FIXED))
		return 0;
	if (addr != area->start || vma->vm_start != addr ||
	    addr + old_len != area->end || addr + new_len > vma->vm_end)
		return -EINVAL;
	return 0;
}

/* It has been moved; the old mapping is still there. */
static int nexus_area_vm_mremap(struct vm_area_struct *vma)
{
	struct nexus_area *area = vma->vm_private_data;

	guard(spinlock)(&area->obj.perm.lock);
	area->start = vma->vm_start;
	area->end = vma->vm_end;
	return 0;
}

/*
 * A core dump leaves out private mappings of files that were not written to,
 * as they can be read there, unless they have a name.
 */
static const char *nexus_area_vm_name(struct vm_area_struct *vma)
{
	if (vma_test(vma, VMA_SHARED_BIT) || vma_test(vma, VMA_DONTDUMP_BIT))
		return NULL;
	return "[area]";
}

const struct vm_operations_struct nexus_area_vm_ops = {
	.open = nexus_area_vm_open,
	.close = nexus_area_vm_close,
	.fork = nexus_area_vm_fork,
	.may_split = nexus_area_vm_may_split,
	.may_mremap = nexus_area_vm_may_mremap,
	.mremap = nexus_area_vm_mremap,
	.name = nexus_area_vm_name,
	.fault = shmem_fault,
	.map_pages = filemap_map_pages,
#ifdef CONFIG_NUMA
	.set_policy = shmem_set_policy,
	.get_policy = shmem_get_policy,
#endif
#ifdef CONFIG_USERFAULTFD
	.uffd_ops = &shmem_uffd_ops,
#endif
};

/*
 * For the creation of an area, which leaves it in the file for so long, and
 * for nobody else: remap_file_pages() could ask, too.
 */
static int nexus_area_mmap_prepare(struct vm_area_desc *desc)
{
	struct nexus_area *area = desc->file->private_data;

	if (!area)
		return -EINVAL;
	nexus_area_limit(area, &desc->vma_flags);
	desc->vm_ops = &nexus_area_vm_ops;
	desc->private_data = area;
	return 0;
}

/* As anonymous shared memory, which it is as well. */
static unsigned long nexus_area_unmapped(struct file *file, unsigned long addr,
					 unsigned long len, unsigned long pgoff,
					 unsigned long flags)
{
	return shmem_get_unmapped_area(NULL, addr, len, pgoff, flags);
}

/* For madvise(MADV_REMOVE). */
static long nexus_area_fallocate(struct file *file, int mode, loff_t offset,
				 loff_t len)
{
	const struct file_operations *fops = nexus_shmem_fops;

	if (mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE) ||
	    !fops->fallocate)
		return -EOPNOTSUPP;
	return fops->fallocate(file, mode, offset, len);
}

const struct file_operations nexus_area_fops = {
	.mmap_prepare = nexus_area_mmap_prepare,
	.get_unmapped_area = nexus_area_unmapped,
	.fsync = noop_fsync,
	.fallocate = nexus_area_fallocate,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus: what areas need of the memory manager, see linux/nexus_mm.h.
 *
 * The ordinary calls work on the caller's address space and with its limits.
 * Those of areas work on that of any team: resize_area() changes all that a
 * memory object is mapped in, transfer_area() maps it in another one.  What is
 * done here is what mmap(), mremap() and munmap() do, and they are followed
 * closely; of arguments that the rest of mm passes in current, the address
 * space and the process are arguments here.
 */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/khugepaged.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mman.h>
#include <linux/mmu_notifier.h>
#include <linux/nexus_mm.h>
#include <linux/pagewalk.h>
#include <linux/pkeys.h>
#include <linux/rmap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/shmem_fs.h>
#include <linux/user_namespace.h>

#include <asm/shmparam.h>
#include <asm/tlb.h>

#include "internal.h"
#include "vma.h"

/* The end of what may be mapped without asking for more than that. */
static unsigned long nexus_mm_end(struct mm_struct *mm, unsigned long low,
				  unsigned long len)
{
	/* What the caller is does not matter to others. */
	if (mm != current->mm)
		return mm->task_size;
	return min(arch_get_mmap_end(low, len, 0), mm->task_size);
}

/**
 * nexus_mm_free - is there room?
 * @mm:    an address space, locked for writing
 * @start: first address
 * @end:   the first one behind it
 *
 * What a stack may still grow into in another process is not free.
 *
 * Return: whether nothing is mapped there.
 */
bool nexus_mm_free(struct mm_struct *mm, unsigned long start,
		   unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	if (!vma)
		return true;
	return end <= (mm == current->mm ? vma->vm_start : vm_start_gap(vma));
}

/**
 * nexus_mm_hole - find room
 * @mm:  an address space, locked for writing
 * @low: lowest address, a multiple of the page size.  0: any
 * @len: bytes, a multiple of the page size
 *
 * Return: the lowest address at or above @low where @len bytes are free.  If
 * @low is 0, where the address space puts mappings.  -ENOMEM if there is none.
 */
unsigned long nexus_mm_hole(struct mm_struct *mm, unsigned long low,
			    unsigned long len)
{
	struct vm_unmapped_area_info info = {
		.mm = mm,
		.length = len,
		/* Where caches tell addresses of the same page apart. */
		.align_mask = PAGE_MASK & (SHMLBA - 1),
	};
	unsigned long addr;

	mmap_assert_write_locked(mm);
	if (!low) {
		low = mm->mmap_base;
#ifdef CONFIG_HAVE_ARCH_COMPAT_MMAP_BASES
		if (mm->task_size <= UINT_MAX)
			low = mm->mmap_compat_base;
#endif
		if (mm_flags_test(MMF_TOPDOWN, mm)) {
			info.flags = VM_UNMAPPED_AREA_TOPDOWN;
			info.low_limit = PAGE_SIZE;
			info.high_limit = low;
			addr = vm_unmapped_area(&info);
			if (!offset_in_page(addr))
				return addr;
			info.flags = 0;
			low = PAGE_SIZE;
		}
	}
	info.low_limit = low;
	info.high_limit = nexus_mm_end(mm, low, len);
	if (info.low_limit >= info.high_limit)
		return -ENOMEM;
	return vm_unmapped_area(&info);
}

/**
 * nexus_mm_may_map - may a process have more mapped?
 * @mm:     its address space, locked for writing
 * @task:   a thread of it, or NULL if there is none any more
 * @len:    bytes of shared memory that are to be added
 * @locked: whether they are to be locked
 *
 * What may_expand_vm() and mlock_future_ok() ask of the current process.
 *
 * Return: 0 or -ENOMEM.
 */
int nexus_mm_may_map(struct mm_struct *mm, struct task_struct *task,
		     unsigned long len, bool locked)
{
	unsigned long pages = len >> PAGE_SHIFT;

	mmap_assert_write_locked(mm);
	if (!task)
		return 0;
	if (mm->total_vm + pages > task_rlimit(task, RLIMIT_AS) >> PAGE_SHIFT)
		return -ENOMEM;
	if (locked && mm->locked_vm + pages >
	    task_rlimit(task, RLIMIT_MEMLOCK) >> PAGE_SHIFT &&
	    !has_capability_noaudit(task, CAP_IPC_LOCK))
		return -ENOMEM;
	return 0;
}

/**
 * nexus_mm_map - map shared memory
 * @mm:   an address space, locked for writing
 * @desc: where and what; the range is free, the limits have been looked at
 *
 * Return: 0 or -ENOMEM.
 */
int nexus_mm_map(struct mm_struct *mm, const struct vm_area_desc *desc)
{
	unsigned long pages = (desc->end - desc->start) >> PAGE_SHIFT;
	struct vm_area_struct *vma;

	mmap_assert_write_locked(mm);
	if (mm->map_count >= get_sysctl_max_map_count())
		return -ENOMEM;
	vma = vm_area_alloc(mm);
	if (!vma)
		return -ENOMEM;
	vma->vm_start = desc->start;
	vma->vm_end = desc->end;
	vma_set_pgoff(vma, desc->pgoff);
	vma->flags = desc->vma_flags;
	if (pgtable_supports_soft_dirty())
		vma_flags_set(&vma->flags, VMA_SOFTDIRTY_BIT);
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	vma->vm_ops = desc->vm_ops;
	vma->vm_private_data = desc->private_data;
	vma->vm_file = get_file(desc->vm_file);
	if (insert_vm_struct(mm, vma)) {
		fput(vma->vm_file);
		vm_area_free(vma);
		return -ENOMEM;
	}
	vma_set_page_prot(vma);
	khugepaged_enter_vma(vma, vma->vm_flags);
	vm_stat_account(mm, vma->vm_flags, pages);
	if (vma_test(vma, VMA_LOCKED_BIT))
		mm->locked_vm += pages;
	return 0;
}

/**
 * nexus_mm_unmap - unmap a range
 * @mm:    an address space, locked for writing
 * @start: first address, a multiple of the page size
 * @end:   the first one behind it, likewise
 * @uf:    for userfaultfd_unmap_complete() when @mm has been unlocked, or NULL
 *         if those who watch with userfaultfd are not to be waited for
 *
 * Return: 0; -ENOMEM or, if a mapping is sealed, -EPERM, and then nothing has
 * been unmapped.
 */
int nexus_mm_unmap(struct mm_struct *mm, unsigned long start,
		   unsigned long end, struct list_head *uf)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;

	mmap_assert_write_locked(mm);
	vma = vma_find(&vmi, end);
	if (!vma)
		return 0;
	return do_vmi_align_munmap(&vmi, vma, mm, start, end, uf, false);
}

/* The flags of a mapping with another protection. */
static vm_flags_t nexus_vma_newflags(struct vm_area_struct *vma,
				     unsigned long prot)
{
	vm_flags_t flags = vma->vm_flags & ~(VM_ACCESS_FLAGS | VM_FLAGS_CLEAR);

	return flags | calc_vm_prot_bits(prot,
					 arch_override_mprotect_pkey(vma, prot,
								     -1));
}

static int nexus_vma_may_protect(struct vm_area_struct *vma,
				 unsigned long prot)
{
	vm_flags_t newflags = nexus_vma_newflags(vma, prot);
	vma_flags_t new = legacy_to_vma_flags(newflags);

	if (vma_is_sealed(vma))
		return -EPERM;
	if ((newflags & ~(newflags >> 4)) & VM_ACCESS_FLAGS)
		return -EACCES;
	if (map_deny_write_exec(&vma->flags, &new))
		return -EACCES;
	if (!arch_validate_flags(newflags))
		return -EINVAL;
	return security_file_mprotect(vma, prot, prot);
}

/**
 * nexus_mm_protect - change the protection of mappings
 * @mm:    the current address space, locked for writing
 * @start: where a mapping begins
 * @end:   where one ends; all in between is mapped
 * @prot:  PROT_READ, PROT_WRITE, PROT_EXEC
 *
 * As mprotect(), but nothing is changed if it is not allowed for all.
 *
 * Return: 0; -EPERM if one is sealed; -EACCES or what a security module says;
 * -ENOMEM.
 */
int nexus_mm_protect(struct mm_struct *mm, unsigned long start,
		     unsigned long end, unsigned long prot)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma, *prev;
	struct mmu_gather tlb;
	int err = 0;

	mmap_assert_write_locked(mm);
	for_each_vma_range(vmi, vma, end) {
		err = nexus_vma_may_protect(vma, prot);
		if (err)
			return err;
	}

	vma_iter_init(&vmi, mm, start);
	vma = vma_find(&vmi, end);
	prev = vma_prev(&vmi);
	tlb_gather_mmu(&tlb, mm);
	for_each_vma_range(vmi, vma, end) {
		err = mprotect_fixup(&vmi, &tlb, vma, &prev, vma->vm_start,
				     vma->vm_end,
				     nexus_vma_newflags(vma, prot));
		if (err)
			break;
	}
	tlb_finish_mmu(&tlb);
	return err;
}

/* Make all pages of a part of a file. */
static int nexus_vma_fill(struct vm_area_struct *vma, unsigned long start,
			  unsigned long end)
{
	for (; start < end; start += PAGE_SIZE) {
		struct folio *folio;
		int err;

		if (fatal_signal_pending(current))
			return -EINTR;
		err = shmem_get_folio(file_inode(vma->vm_file),
				      linear_page_index(vma, start), 0,
				      &folio, SGP_CACHE);
		if (err)
			return err;
		folio_unlock(folio);
		folio_put(folio);
		cond_resched();
	}
	return 0;
}

/**
 * nexus_mm_populate - bring what is locked into memory
 * @mm:    an address space of which the caller has a reference; not locked
 * @start: first address
 * @end:   the first one behind it
 *
 * As __mm_populate(), which does it for the current process.
 *
 * Return: 0, -ENOMEM, or -EINTR if the caller is being killed.
 */
int nexus_mm_populate(struct mm_struct *mm, unsigned long start,
		      unsigned long end)
{
	struct vm_area_struct *vma;
	int locked = 0;
	long ret = 0;

	while (start < end) {
		unsigned long stop;

		if (!locked) {
			if (mmap_read_lock_killable(mm))
				return -EINTR;
			locked = 1;
		}
		vma = find_vma_intersection(mm, start, end);
		if (!vma)
			break;
		start = max(start, vma->vm_start);
		stop = min(end, vma->vm_end);
		if (!vma_test(vma, VMA_LOCKED_BIT)) {
			start = stop;
			continue;
		}
		/* What nobody may use now cannot be faulted in. */
		if (!vma_is_accessible(vma)) {
			ret = nexus_vma_fill(vma, start, stop);
			if (ret)
				break;
			start = stop;
			continue;
		}
		ret = populate_vma_page_range(vma, start, stop, &locked);
		if (ret < 0)
			break;
		/* None if the lock was dropped. */
		start += ret * PAGE_SIZE;
		ret = 0;
		cond_resched();
	}
	if (locked)
		mmap_read_unlock(mm);
	if (ret)
		ret = fatal_signal_pending(current) ? -EINTR : -ENOMEM;
	return ret;
}

/**
 * nexus_mm_sealed - has somebody forbidden changes?
 * @mm:    an address space, locked
 * @start: first address
 * @end:   the first one behind it
 *
 * Return: whether one of the mappings in between is sealed.
 */
bool nexus_mm_sealed(struct mm_struct *mm, unsigned long start,
		     unsigned long end)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;

	for_each_vma_range(vmi, vma, end) {
		if (vma_is_sealed(vma))
			return true;
	}
	return false;
}

/**
 * nexus_vma_split - make two mappings of one
 * @vma:  the mapping; its address space is locked for writing
 * @addr: where the second begins, within it
 *
 * Return: 0 or -ENOMEM.
 */
int nexus_vma_split(struct vm_area_struct *vma, unsigned long addr)
{
	VMA_ITERATOR(vmi, vma->vm_mm, vma->vm_start);

	mmap_assert_write_locked(vma->vm_mm);
	return split_vma(&vmi, vma, addr, 0);
}

/**
 * nexus_vma_grow - add to the end of a mapping
 * @vma:  the mapping; its address space is locked for writing
 * @task: a thread of its process, or NULL if there is none any more
 * @len:  bytes, a multiple of the page size
 *
 * Return: 0; -ENOSPC if there is something behind it; -ENOMEM if there is no
 * memory or the process may not have more; -EPERM if it is sealed.
 */
int nexus_vma_grow(struct vm_area_struct *vma, struct task_struct *task,
		   unsigned long len)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long start = vma->vm_end;
	unsigned long end = start + len;
	bool locked = vma_test(vma, VMA_LOCKED_BIT);
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *next;
	int err;

	mmap_assert_write_locked(mm);
	if (vma_is_sealed(vma))
		return -EPERM;
	if (end < start || end > nexus_mm_end(mm, start, len))
		return -ENOSPC;
	next = find_vma(mm, start);
	if (next && end > vm_start_gap(next))
		return -ENOSPC;
	err = nexus_mm_may_map(mm, task, len, locked);
	if (err)
		return err;
	if (!vma_merge_extend(&vmi, vma, len))
		return -ENOMEM;
	vm_stat_account(mm, vma->vm_flags, len >> PAGE_SHIFT);
	if (locked)
		mm->locked_vm += len >> PAGE_SHIFT;
	return 0;
}

/* A shared mapping becomes a private one of the same file. */
static void nexus_vma_unshare(struct vm_area_struct *vma, bool account)
{
	struct mm_struct *mm = vma->vm_mm;

	vm_stat_account(mm, vma->vm_flags, -(long)vma_pages(vma));
	vma_clear_flags_mask(vma, mk_vma_flags(VMA_SHARED_BIT,
					       VMA_MAYSHARE_BIT));
	if (account)
		vma_set_flags(vma, VMA_ACCOUNT_BIT);
	vm_stat_account(mm, vma->vm_flags, vma_pages(vma));
	/* No page is mapped, so its own pages may be numbered anew. */
	vma_set_anon_pgoff(vma, vma->vm_start >> PAGE_SHIFT);
	vma_set_page_prot(vma);
}

/**
 * nexus_vma_make_private - fork() a shared mapping by copying when written to
 * @new: the child's mapping, a copy of @old that is not linked yet
 * @old: the parent's mapping of a shmem file, shared
 *
 * Both become private mappings of the file as it is now.  Nobody else may map
 * it, so that nobody can change it.
 *
 * Context: vm_operations_struct.fork(): both address spaces are locked for
 * writing, and both mappings.
 * Return: 0 or -ENOMEM, and then nothing has changed.
 */
int nexus_vma_make_private(struct vm_area_struct *new,
			   struct vm_area_struct *old)
{
	bool account = !vma_test(old, VMA_NORESERVE_BIT) &&
		       vma_test(old, VMA_WRITE_BIT);

	mmap_assert_write_locked(old->vm_mm);
	if (account &&
	    security_vm_enough_memory_mm(old->vm_mm, 2 * vma_pages(old)))
		return -ENOMEM;

	/*
	 * What the parent wrote is in the file.  Without its page tables the
	 * parent comes back by a fault, which finds a private mapping.
	 */
	zap_vma(old);
	if (vma_test(old, VMA_MAYWRITE_BIT))
		mapping_unmap_writable(old->vm_file->f_mapping);
	nexus_vma_unshare(old, account);
	nexus_vma_unshare(new, account);
	return 0;
}

/* The protection of a private mapping is one without writing. */
static void nexus_vma_wrprotect(struct vm_area_struct *vma, unsigned long start,
				unsigned long end)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, vma->vm_mm);
	change_protection(&tlb, vma, start, end, 0);
	tlb_finish_mmu(&tlb);
}

/**
 * nexus_vma_freeze - keep a mapping from being written to
 * @vma: a mapping of a shmem file; its address space is locked for writing
 *
 * Until the address space is unlocked: who writes faults, and has to wait.
 */
void nexus_vma_freeze(struct vm_area_struct *vma)
{
	vma_start_write(vma);
	/* What a shared one shows is in the file. */
	if (vma_test(vma, VMA_SHARED_BIT))
		zap_vma(vma);
	else
		nexus_vma_wrprotect(vma, vma->vm_start, vma->vm_end);
}

/**
 * nexus_vma_make_shared - map another file, shared
 * @vma:  a mapping of a shmem file; its address space is locked for writing
 * @file: another one, which has the same in it where @vma is
 */
void nexus_vma_make_shared(struct vm_area_struct *vma, struct file *file)
{
	struct address_space *mapping = file->f_mapping;
	struct unlink_vma_file_batch vb;
	struct mm_struct *mm = vma->vm_mm;

	mmap_assert_write_locked(mm);
	vma_start_write(vma);
	zap_vma(vma);
	unlink_anon_vmas(vma);
	unlink_file_vma_batch_init(&vb);
	unlink_file_vma_batch_add(&vb, vma);
	unlink_file_vma_batch_final(&vb);

	vm_stat_account(mm, vma->vm_flags, -(long)vma_pages(vma));
	if (vma_test(vma, VMA_ACCOUNT_BIT))
		vm_unacct_memory(vma_pages(vma));
	vma_clear_flags_mask(vma, mk_vma_flags(VMA_ACCOUNT_BIT));
	vma_set_flags(vma, VMA_SHARED_BIT, VMA_MAYSHARE_BIT);
	vm_stat_account(mm, vma->vm_flags, vma_pages(vma));
	vma_set_anon_pgoff(vma, vma->vm_start >> PAGE_SHIFT);
	vma_set_page_prot(vma);

	vma_set_file(vma, file);
	i_mmap_lock_write(mapping);
	if (vma_is_shared_maywrite(vma))
		mapping_allow_writable(mapping);
	flush_dcache_mmap_lock(mapping);
	mapping_rmap_tree_insert(vma, mapping);
	flush_dcache_mmap_unlock(mapping);
	i_mmap_unlock_write(mapping);
}

/* Is what is mapped there the mapping's own, and not the file's? */
static bool nexus_pte_copied(struct vm_area_struct *vma, unsigned long addr,
			     pte_t pte)
{
	softleaf_t entry;
	struct page *page;

	if (pte_present(pte)) {
		page = vm_normal_page(vma, addr, pte);
		return page && PageAnon(page);
	}
	entry = softleaf_from_pte(pte);
	if (softleaf_is_swap(entry))
		return true;
	return softleaf_has_pfn(entry) && PageAnon(softleaf_to_page(entry));
}

/* Large pages are those of the file: the first write makes small ones. */
static int nexus_walk_pmd(pmd_t *pmd, unsigned long addr, unsigned long next,
			  struct mm_walk *walk)
{
	pmd_t pmdval = pmdp_get_lockless(pmd);

	if (pmd_leaf(pmdval) || !pmd_present(pmdval))
		walk->action = ACTION_CONTINUE;
	return 0;
}

static int nexus_count_pte(pte_t *pte, unsigned long addr, unsigned long next,
			   struct mm_walk *walk)
{
	unsigned long *count = walk->private;

	*count += nexus_pte_copied(walk->vma, addr, ptep_get(pte));
	return 0;
}

static const struct mm_walk_ops nexus_count_ops = {
	.pmd_entry = nexus_walk_pmd,
	.pte_entry = nexus_count_pte,
	.walk_lock = PGWALK_RDLOCK,
};

/**
 * nexus_vma_copied - how many pages of a file a mapping has copies of
 * @vma: the mapping; its address space is locked
 *
 * Return: pages, in memory or swapped out.
 */
unsigned long nexus_vma_copied(struct vm_area_struct *vma)
{
	unsigned long count = 0;

	if (vma->anon_vma)
		walk_page_vma(vma, &nexus_count_ops, &count);
	return count;
}

/* Pages that one walk looks at, and the first of them. */
#define NEXUS_WALK_PAGES	512

struct nexus_copied {
	unsigned long start;
	DECLARE_BITMAP(pages, NEXUS_WALK_PAGES);
};

static int nexus_mark_pte(pte_t *pte, unsigned long addr, unsigned long next,
			  struct mm_walk *walk)
{
	struct nexus_copied *copied = walk->private;

	if (nexus_pte_copied(walk->vma, addr, ptep_get(pte)))
		__set_bit((addr - copied->start) >> PAGE_SHIFT, copied->pages);
	return 0;
}

static const struct mm_walk_ops nexus_mark_ops = {
	.pmd_entry = nexus_walk_pmd,
	.pte_entry = nexus_mark_pte,
	.walk_lock = PGWALK_WRLOCK,
};

/* The page of a mapping itself, brought back from swap if need be. */
static struct page *nexus_own_page(struct vm_area_struct *vma,
				   unsigned long addr)
{
	struct page *page;
	long ret;

	/* It may be mapped with no right to read it. */
	ret = get_user_pages_remote(vma->vm_mm, addr, 1, FOLL_FORCE, &page,
				    NULL);
	if (ret != 1)
		return ERR_PTR(ret < 0 ? ret : -EFAULT);
	/* One that was swapped out is writable again. */
	nexus_vma_wrprotect(vma, addr, addr + PAGE_SIZE);
	return page;
}

/* The page of the file, NULL where there is none. */
static struct page *nexus_file_page(struct vm_area_struct *vma, pgoff_t index)
{
	struct folio *folio;
	int err;

	err = shmem_get_folio(file_inode(vma->vm_file), index, 0, &folio,
			      SGP_READ);
	/* Behind the end of the file. */
	if (err == -EINVAL)
		return NULL;
	if (err)
		return ERR_PTR(err);
	if (!folio)
		return NULL;
	folio_unlock(folio);
	if (folio_test_hwpoison(folio)) {
		folio_put(folio);
		return ERR_PTR(-EIO);
	}
	return folio_file_page(folio, index);
}

static int nexus_put_page(struct inode *inode, pgoff_t index,
			  struct page *from)
{
	struct folio *folio;
	int err;

	err = shmem_get_folio(inode, index, 0, &folio, SGP_CACHE);
	if (err)
		return err;
	err = copy_mc_highpage(folio_file_page(folio, index), from);
	flush_dcache_folio(folio);
	folio_mark_dirty(folio);
	folio_unlock(folio);
	folio_put(folio);
	return err ? -EIO : 0;
}

/**
 * nexus_vma_copy - copy what a mapping shows into another file
 * @vma: a mapping of a shmem file, frozen if it is private; its address space
 *       is locked for writing
 * @to:  a shmem file of at least that size, to which the pages go at the same
 *       places.  Where there is no page none is made
 *
 * Return: 0 or negative errno: -ENOMEM, -EINTR if the caller is being killed,
 * -EIO if the memory or the swap is bad.
 */
int nexus_vma_copy(struct vm_area_struct *vma, struct file *to)
{
	unsigned long addr, end;
	struct nexus_copied copied;

	for (addr = vma->vm_start; addr < vma->vm_end; addr = end) {
		end = min(vma->vm_end, addr + NEXUS_WALK_PAGES * PAGE_SIZE);
		copied.start = addr;
		bitmap_zero(copied.pages, NEXUS_WALK_PAGES);
		if (vma->anon_vma) {
			int err = walk_page_range_vma(vma, addr, end,
						      &nexus_mark_ops, &copied);
			if (err)
				return err;
		}
		for (unsigned long at = addr; at < end; at += PAGE_SIZE) {
			pgoff_t index = linear_page_index(vma, at);
			struct page *page;
			int err;

			if (test_bit((at - addr) >> PAGE_SHIFT, copied.pages))
				page = nexus_own_page(vma, at);
			else
				page = nexus_file_page(vma, index);
			if (IS_ERR(page))
				return PTR_ERR(page);
			if (!page)
				continue;
			err = nexus_put_page(file_inode(to), index, page);
			put_page(page);
			if (err)
				return err;
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

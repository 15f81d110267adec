// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus areas: file descriptors of their memory.
 *
 * What such a file can be mapped as is what its opener could have had of the
 * area, and is kept in the file: it may be sent to whoever is to have as much.
 * It cannot be opened again through /proc, nor read, written or truncated, see
 * nexus_store_create().
 */
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "area.h"

/**
 * struct nexus_area_handle - an open file of the memory of an area
 * @store:  the memory, with a reference
 * @pgoff:  where the area began in it: what is below is not of this file
 * @size:   bytes from there on.  U64_MAX if the area had the end of the memory:
 *          then the file grows with that
 * @access: what it may be mapped as, %NEXUS_AREA_ACCESS
 * @id:     the area, which may be gone
 */
struct nexus_area_handle {
	struct nexus_store *store;
	pgoff_t pgoff;
	u64 size;
	u32 access;
	int id;
};

static u64 nexus_area_handle_size(struct nexus_area_handle *handle)
{
	u64 start = (u64)handle->pgoff << PAGE_SHIFT;
	u64 size = nexus_store_size(handle->store);

	return size > start ? min(size - start, handle->size) : 0;
}

/* An ordinary mapping of shmem.  Writing is up to the file's mode. */
static int nexus_area_handle_mmap(struct vm_area_desc *desc)
{
	struct nexus_area_handle *handle = desc->file->private_data;
	vma_flags_t *flags = &desc->vma_flags;

	if (vma_flags_test(flags, VMA_READ_BIT) &&
	    !(handle->access & NEXUS_AREA_READ))
		return -EACCES;
	if (vma_flags_test(flags, VMA_EXEC_BIT) &&
	    !(handle->access & NEXUS_AREA_EXEC))
		return -EACCES;
	if (handle->size != U64_MAX) {
		u64 pages = handle->size >> PAGE_SHIFT;

		if (desc->pgoff > pages ||
		    vma_desc_pages(desc) > pages - desc->pgoff)
			return -ENXIO;
		/* Nor by mremap(). */
		vma_flags_set(flags, VMA_DONTEXPAND_BIT);
	}
	if (check_add_overflow(desc->pgoff, handle->pgoff, &desc->pgoff) ||
	    desc->pgoff + vma_desc_pages(desc) < desc->pgoff)
		return -EOVERFLOW;
	if (!(handle->access & NEXUS_AREA_READ))
		vma_flags_clear(flags, VMA_MAYREAD_BIT);
	if (!(handle->access & NEXUS_AREA_EXEC))
		vma_flags_clear(flags, VMA_MAYEXEC_BIT);
	return nexus_shmem_fops->mmap_prepare(desc);
}

static unsigned long nexus_area_handle_unmapped(struct file *file,
						unsigned long addr,
						unsigned long len,
						unsigned long pgoff,
						unsigned long flags)
{
	return shmem_get_unmapped_area(NULL, addr, len, pgoff, flags);
}

/* To learn the size. */
static loff_t nexus_area_handle_llseek(struct file *file, loff_t offset,
				       int whence)
{
	struct nexus_area_handle *handle = file->private_data;

	return fixed_size_llseek(file, offset, whence,
				 nexus_area_handle_size(handle));
}

static void nexus_area_handle_free(struct nexus_area_handle *handle)
{
	nexus_store_put(handle->store);
	kfree(handle);
}

static int nexus_area_handle_release(struct inode *inode, struct file *file)
{
	nexus_area_handle_free(file->private_data);
	return 0;
}

static void nexus_area_handle_fdinfo(struct seq_file *seq, struct file *file)
{
	struct nexus_area_handle *handle = file->private_data;

	seq_printf(seq, "nexus-type:\tarea\nnexus-id:\t%d\nnexus-size:\t%llu\n",
		   handle->id, nexus_area_handle_size(handle));
}

static const struct file_operations nexus_area_handle_fops = {
	.owner = THIS_MODULE,
	.release = nexus_area_handle_release,
	.mmap_prepare = nexus_area_handle_mmap,
	.get_unmapped_area = nexus_area_handle_unmapped,
	.llseek = nexus_area_handle_llseek,
	.fsync = noop_fsync,
	.show_fdinfo = nexus_area_handle_fdinfo,
};

/* A file for who has found the area and may have it. */
static struct file *nexus_area_handle_file(struct nexus_area_hold *hold,
					   const char *name, u32 access,
					   int id)
{
	struct nexus_area_handle *handle;
	struct file *file;
	u64 end;

	handle = kmalloc_obj(*handle, GFP_KERNEL_ACCOUNT);
	if (!handle)
		return ERR_PTR(-ENOMEM);
	handle->store = nexus_store_get(hold->store);
	handle->pgoff = hold->pgoff;
	end = ((u64)hold->pgoff << PAGE_SHIFT) + hold->size;
	handle->size = end < hold->store_size ? hold->size : U64_MAX;
	handle->access = access;
	handle->id = id;
	file = nexus_store_file(hold->store, name, access & NEXUS_AREA_WRITE ?
				O_RDWR : O_RDONLY, &nexus_area_handle_fops);
	if (IS_ERR(file))
		nexus_area_handle_free(handle);
	else
		file->private_data = handle;
	return file;
}

/* What the mode of another team's area leaves of it. */
static int nexus_area_may_open(struct nexus_area *area, u32 *access)
{
	int err;

	err = nexus_object_access(&area->obj, NEXUS_MAY_READ);
	if (err)
		return err;
	if (!nexus_area_may_write(area))
		*access &= ~NEXUS_AREA_WRITE;
	return 0;
}

/**
 * nexus_area_open - get a file descriptor of the memory of an area
 * @id: the area
 *
 * Context: process context, may sleep.
 * Return: the file descriptor; -EIDRM, -EACCES, -EPERM if it is another team's
 * and does not have %NEXUS_AREA_CLONEABLE; -ENOMEM, -EMFILE, -ENFILE, -EINTR.
 */
int nexus_area_open(int id)
{
	char name[NEXUS_NAME_LEN] = "";
	u32 access = NEXUS_AREA_ACCESS;
	struct nexus_area_hold hold;
	struct nexus_area *area;
	struct mm_struct *mm;
	struct file *file;
	int ret = 0;

	area = nexus_area_get(id, 0, &mm);
	if (IS_ERR(area))
		return PTR_ERR(area);
	if (mm != current->mm)
		ret = nexus_area_may_open(area, &access);
	if (!ret)
		ret = nexus_area_hold(area, mm, 0, &hold);
	mmput(mm);
	if (!ret && nexus_object_lock(&area->obj)) {
		strscpy(name, nexus_object_name(&area->obj));
		nexus_object_unlock(&area->obj);
	}
	nexus_area_put(area);
	if (ret)
		return ret;

	nexus_area_end_hold(&hold);
	access &= hold.access;
	file = nexus_area_handle_file(&hold, name, access, id);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
	} else {
		ret = get_unused_fd_flags(O_CLOEXEC);
		if (ret < 0)
			fput(file);
		else
			fd_install(ret, file);
	}
	nexus_area_release_hold(&hold, ret >= 0);
	return ret;
}

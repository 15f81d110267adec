// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus areas: the memory that they map.
 *
 * It is that of an unlinked file of shmem, so that it is swapped, charged to
 * who touches it first, made of large pages and shown in /proc like any other
 * shared memory.  The file has no name in any directory and is never open in
 * a process: nobody but Nexus changes its size.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/nexus_mm.h>
#include <linux/security.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "area.h"

/* "area:", and the name as /proc/PID/maps shows it. */
#define NEXUS_FILE_NAME_LEN	(NEXUS_NAME_LEN + 5)

static void nexus_file_name(char name[NEXUS_FILE_NAME_LEN], const char *from)
{
	snprintf(name, NEXUS_FILE_NAME_LEN, "area:%s", from);
}

/* What shmem's files can do.  The same for all of them, and never changes. */
const struct file_operations *nexus_shmem_fops __read_mostly;

/* Open by path, which /proc/PID/fd and /proc/PID/map_files show. */
static int nexus_store_open(struct inode *inode, struct file *file)
{
	return -ENXIO;
}

static const struct file_operations nexus_store_fops = {
	.open = nexus_store_open,
};

/*
 * Make it a file of which others have only what Nexus gives them.  Nobody has
 * seen it.  The seals are for truncate() by path; nexus_store_set_size() does
 * not ask.
 */
static void nexus_store_disguise(struct file *file)
{
	struct inode *inode = file_inode(file);

	WRITE_ONCE(nexus_shmem_fops, file->f_op);
	SHMEM_I(inode)->seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;
	inode->i_mode = S_IFREG | 0600;
	inode->i_fop = &nexus_store_fops;
	file->f_op = &nexus_area_fops;
	file->f_mode &= ~(FMODE_CAN_READ | FMODE_CAN_WRITE);
}

/**
 * nexus_store_create - get memory for an area
 * @name:   the area's
 * @size:   bytes, whole pages
 * @commit: set it apart now
 *
 * Context: process context, may sleep.
 * Return: the store with one reference, whose file has nexus_area_fops, or
 * ERR_PTR(-ENOMEM).
 */
struct nexus_store *nexus_store_create(const char *name, u64 size, bool commit)
{
	char file_name[NEXUS_FILE_NAME_LEN];
	struct nexus_store *store;
	struct file *file;

	if (size > MAX_LFS_FILESIZE)
		return ERR_PTR(-ENOMEM);
	store = kmalloc_obj(*store, GFP_KERNEL_ACCOUNT);
	if (!store)
		return ERR_PTR(-ENOMEM);
	nexus_file_name(file_name, name);
	file = shmem_kernel_file_setup(file_name, size, commit ?
				       EMPTY_VMA_FLAGS :
				       mk_vma_flags(VMA_NORESERVE_BIT));
	if (IS_ERR(file)) {
		kfree(store);
		return ERR_PTR(-ENOMEM);
	}
	nexus_store_disguise(file);
	refcount_set(&store->refs, 1);
	store->file = file;
	init_rwsem(&store->resize);
	spin_lock_init(&store->lock);
	INIT_LIST_HEAD(&store->areas);
	store->state = NEXUS_STORE_EXCLUSIVE;
	store->tentative = false;
	store->holds = 0;
	store->resize_seq = 0;
	return store;
}

/**
 * nexus_store_put - drop a reference to a store
 * @store: the store
 *
 * Context: process context.
 */
void nexus_store_put(struct nexus_store *store)
{
	if (!refcount_dec_and_test(&store->refs))
		return;
	fput(store->file);
	kfree(store);
}

/**
 * nexus_store_file - one more open file of a store
 * @store: the store
 * @name:  name of the area that is to map it
 * @flags: O_RDWR or O_RDONLY
 * @fops:  what it can do
 *
 * Context: process context, may sleep.
 * Return: the file or ERR_PTR(-ENOMEM).
 */
struct file *nexus_store_file(struct nexus_store *store, const char *name,
			      int flags, const struct file_operations *fops)
{
	struct inode *inode = file_inode(store->file);
	char file_name[NEXUS_FILE_NAME_LEN];
	struct file *file;

	nexus_file_name(file_name, name);
	ihold(inode);
	file = alloc_file_pseudo(inode, store->file->f_path.mnt, file_name,
				 flags, fops);
	if (IS_ERR(file)) {
		iput(inode);
		return ERR_PTR(-ENOMEM);
	}
	return file;
}

/**
 * nexus_store_commits - was the memory of a store set apart?
 * @store: the store
 *
 * Return: false if it was created with @commit false.
 */
bool nexus_store_commits(struct nexus_store *store)
{
	return !(SHMEM_I(file_inode(store->file))->flags & SHMEM_F_NORESERVE);
}

/**
 * nexus_store_set_size - make a store larger or smaller
 * @store: the store, resize held for writing
 * @size:  bytes, whole pages
 *
 * As truncate() does it, but RLIMIT_FSIZE is not about memory.  What a smaller
 * store loses is unmapped everywhere, and zero if it becomes larger again.
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nexus_store_set_size(struct nexus_store *store, u64 size)
{
	struct inode *inode = file_inode(store->file);
	u64 old = nexus_store_size(store);
	bool commits = nexus_store_commits(store);

	lockdep_assert_held_write(&store->resize);
	if (size > MAX_LFS_FILESIZE)
		return -ENOMEM;
	if (size > old && commits &&
	    security_vm_enough_memory_mm(current->mm,
					 (size - old) >> PAGE_SHIFT))
		return -ENOMEM;

	inode_lock(inode);
	i_size_write(inode, size);
	if (size < old) {
		unmap_mapping_range(inode->i_mapping, size, 0, 1);
		shmem_truncate_range(inode, size, (loff_t)-1);
		/* What was mapped again meanwhile. */
		unmap_mapping_range(inode->i_mapping, size, 0, 1);
	}
	inode_unlock(inode);
	if (size < old && commits)
		vm_unacct_memory((old - size) >> PAGE_SHIFT);
	return 0;
}

/**
 * nexus_store_link - an area maps a store
 * @store: the store, of which the area gets a reference
 * @area:  the area
 *
 * Context: process context.
 */
void nexus_store_link(struct nexus_store *store, struct nexus_area *area)
{
	guard(spinlock)(&store->lock);
	guard(spinlock)(&area->obj.perm.lock);
	area->store = nexus_store_get(store);
	list_add_tail(&area->store_link, &store->areas);
}

/**
 * nexus_store_unlink - an area does not map its store any more
 * @area: the area, which may have none
 *
 * Context: process context.
 */
void nexus_store_unlink(struct nexus_area *area)
{
	struct nexus_store *store = area->store;

	if (!store)
		return;
	scoped_guard(spinlock, &store->lock) {
		guard(spinlock)(&area->obj.perm.lock);
		list_del(&area->store_link);
		area->store = NULL;
	}
	nexus_store_put(store);
}

/**
 * nexus_area_gather - give an area a store that can be shared
 * @area: the area, whose address space is locked for writing
 *
 * Does nothing unless its store is frozen.  Then the area gets one of its own
 * with all that can be seen in it, be it from the frozen store or a copy that
 * was made when somebody wrote to it.
 *
 * Pages that a device has been given to write to (FOLL_LONGTERM) since the
 * fork() that froze the store are left behind by this: their contents of now
 * are copied.
 *
 * Context: process context, may sleep.
 * Return: 0, -ENOMEM, -EINTR if the caller is being killed, or -EIO if the
 * memory is bad.
 */
int nexus_area_gather(struct nexus_area *area)
{
	struct nexus_store *old = area->store, *store;
	char name[NEXUS_NAME_LEN] = "";
	struct vm_area_struct *vma;
	int err = 0;

	mmap_assert_write_locked(area->mm);
	if (old->state != NEXUS_STORE_FROZEN)
		return 0;

	scoped_guard(spinlock, &area->obj.perm.lock) {
		if (area->obj.name)
			strscpy(name, nexus_object_name(&area->obj));
	}
	store = nexus_store_create(name, nexus_store_size(old),
				   nexus_store_commits(old));
	if (IS_ERR(store))
		return PTR_ERR(store);

	/* Whoever writes now has to wait. */
	nexus_area_for_each_vma(area, vmi, vma)
		nexus_vma_freeze(vma);
	nexus_area_for_each_vma(area, vmi, vma) {
		err = nexus_vma_copy(vma, store->file);
		if (err)
			break;
	}
	if (!err) {
		nexus_area_for_each_vma(area, vmi, vma)
			nexus_vma_make_shared(vma, store->file);
		nexus_store_unlink(area);
		nexus_store_link(store, area);
	}
	nexus_store_put(store);
	return err;
}

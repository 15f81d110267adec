/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nexus areas: what their files share.
 *
 * An area is an address range of one address space and an object with an id.
 * The mappings (VMAs) in the range point to it, and hold a reference each.
 * mprotect() may make several of one; whatever takes mappings away, be it
 * munmap(), a mapping over them, exec or the end of the process, comes by
 * nexus_area_vm_close(), which takes the range of the mapping from the area.
 *
 * What the mappings map is a file of shmem, the store, which areas share when
 * one was cloned from the other.  It is in one of three states, and only moves
 * on:
 *
 *	EXCLUSIVE	never cloned, transferred or opened: all its areas are
 *			parts of one, in one address space
 *	SHARED		it has been, and fork() shares it too
 *	FROZEN		an exclusive store when its process forked.  Parent and
 *			child map it privately from then on, it does not change
 *			any more, and what they write to they have copies of
 *
 * Who wants to share an area of a frozen store first gives it a new store with
 * all that it sees (nexus_area_gather()).
 *
 * Locks
 * -----
 * From the outermost to the innermost:
 *
 *	nexus_store.resize	the size of the store.  For writing by who
 *				resizes, and for reading by who maps it anew;
 *				fork() only tries, see area_resize.c
 *	  inode->i_rwsem	the size of the file
 *	  mm->mmap_lock		of one address space at a time, and of parent
 *				and child in fork().  For writing it protects
 *				all of the areas in it but for their ids
 *	    nexus_store.lock	the areas of a store
 *	      kern_ipc_perm.lock  an area as an object; also protects mm, start,
 *				end, pgoff and store, so that they can be read
 *				by who has not locked the address space
 *
 * No two address spaces are ever locked together but in fork(), so that there
 * is no order among them.  Nobody waits for another process with a lock held,
 * but for its mmap_lock, and may be killed then.
 *
 * Closing happens with mmap_lock held for reading if munmap() downgraded it;
 * nobody else closes in that address space at the same time.  So who has locked
 * it for reading from the start may find an area's mappings gone and the area
 * still there; only who had it for writing sees both agree.
 */
#ifndef _IPC_NEXUS_AREA_H
#define _IPC_NEXUS_AREA_H

#include <linux/mm.h>
#include <linux/rwsem.h>

#include "internal.h"

#define NEXUS_AREA_ACCESS	(NEXUS_AREA_READ | NEXUS_AREA_WRITE | \
				 NEXUS_AREA_EXEC)
/* What nexus_area_protect() sets. */
#define NEXUS_AREA_PROTECTION	(NEXUS_AREA_ACCESS | NEXUS_AREA_STACK | \
				 NEXUS_AREA_CLONEABLE)

enum nexus_store_state {
	NEXUS_STORE_EXCLUSIVE,
	NEXUS_STORE_SHARED,
	NEXUS_STORE_FROZEN,
};

/**
 * struct nexus_store - the memory of areas
 * @refs:   areas, file descriptors and who works with it
 * @file:   of shmem, the size of which is the store's
 * @resize: see above
 * @lock:   protects @areas
 * @areas:  struct nexus_area that map it
 * @state:  see above; under @lock, and under mmap_lock of one of @areas: for
 *          writing if it becomes %NEXUS_STORE_FROZEN
 * @tentative: it is %NEXUS_STORE_SHARED because of @holds alone, and will not
 *          be if nothing comes of them; under @lock
 * @holds:  struct nexus_area_hold; under @lock
 * @resize_seq: number of the last step of resizing; under @resize
 */
struct nexus_store {
	refcount_t refs;
	struct file *file;
	struct rw_semaphore resize;	/* for the size */
	spinlock_t lock;		/* for @areas */
	struct list_head areas;
	enum nexus_store_state state;
	bool tentative;
	unsigned int holds;
	unsigned int resize_seq;
};

/**
 * struct nexus_area - an area
 * @obj:        its id and name.  An area whose id is gone while it is still
 *              mapped, because its IPC namespace is, has neither any more
 * @mm:         where it is mapped.  NULL before and after; while it is not,
 *              the structure is there
 * @start:      first address
 * @end:        the first one behind it
 * @pgoff:      the page of the store at @start
 * @store:      its memory
 * @store_link: in the list of @store
 * @prepared:   it has an id that has not become known
 * @nr_vmas:    mappings that point to it
 * @nr_spares:  areas in @spares
 * @spares:     areas that have an id, in case that it is split
 * @lock:       enum nexus_area_lock
 * @protection: %NEXUS_AREA_STACK, _CLONEABLE and _OVERCOMMIT; the others are
 *              those of the mappings
 * @max:        most that the others may be made
 * @resize_seq: last step of resizing that it took, see area_resize.c
 * @named:      @name, and the owner in @obj, are what it will have
 * @name:       of the child's area in fork(), until it has it
 * @forked_from: likewise: its parent's, only to be compared
 * @next_forked: likewise: the one made before
 */
struct nexus_area {
	struct nexus_object obj;
	struct mm_struct *mm;
	unsigned long start;
	unsigned long end;
	pgoff_t pgoff;
	struct nexus_store *store;
	struct list_head store_link;
	bool prepared;
	unsigned int nr_vmas;
	unsigned int nr_spares;
	struct list_head spares;
	u32 lock;
	u32 protection;
	u32 max;
	unsigned int resize_seq;
	bool named;
	char name[NEXUS_NAME_LEN];
	struct nexus_area *forked_from;
	struct nexus_area *next_forked;
};

static inline struct nexus_area *to_area(struct nexus_object *obj)
{
	return container_of(obj, struct nexus_area, obj);
}

static inline bool nexus_area_locked(const struct nexus_area *area)
{
	return area->lock != NEXUS_AREA_NO_LOCK;
}

extern const struct nexus_type_ops nexus_area_ops;
extern const struct vm_operations_struct nexus_area_vm_ops;
extern const struct file_operations nexus_area_fops;
extern const struct file_operations *nexus_shmem_fops;

/* area_store.c */
struct nexus_store *nexus_store_create(const char *name, u64 size,
				       bool commit);
void nexus_store_put(struct nexus_store *store);
struct file *nexus_store_file(struct nexus_store *store, const char *name,
			      int flags, const struct file_operations *fops);
bool nexus_store_commits(struct nexus_store *store);
int nexus_store_set_size(struct nexus_store *store, u64 size);
void nexus_store_link(struct nexus_store *store, struct nexus_area *area);
void nexus_store_unlink(struct nexus_area *area);
int nexus_area_gather(struct nexus_area *area);

static inline u64 nexus_store_size(struct nexus_store *store)
{
	return i_size_read(file_inode(store->file));
}

static inline struct nexus_store *nexus_store_get(struct nexus_store *store)
{
	refcount_inc(&store->refs);
	return store;
}

/* area_object.c */
struct nexus_area *nexus_area_alloc(u32 lock, u32 protection, u32 max);
int nexus_area_prepare(struct nexus_area *area, const struct nexus_owner *owner,
		       const char *name, umode_t mode);
void nexus_area_cancel(struct nexus_area *area);
void nexus_area_publish(struct nexus_area *area);
void nexus_area_publish_part(struct nexus_area *area, struct nexus_area *from);
void nexus_area_put(struct nexus_area *area);
void nexus_area_mapped(struct nexus_area *area, struct mm_struct *mm,
		       unsigned long start, unsigned long end, pgoff_t pgoff);
int nexus_area_add_spare(struct nexus_area *area);
void nexus_area_gone(struct nexus_area *area);
struct task_struct *nexus_area_task(struct nexus_area *area);
struct task_struct *nexus_area_process(pid_t nr);
bool nexus_area_may_write(struct nexus_area *area);
struct vm_area_struct *nexus_area_next_vma(struct nexus_area *area,
					   struct vma_iterator *vmi,
					   unsigned long end);

/* area_fork.c */
int nexus_area_vm_fork(struct vm_area_struct *new, struct vm_area_struct *old);

/* Visits the mappings of an area that are within a range of @mm, locked. */
#define nexus_area_for_each_vma_in(area, mm, start, end, vmi, vma) \
	for (VMA_ITERATOR(vmi, mm, start); \
	     ((vma) = nexus_area_next_vma(area, &(vmi), end));)

/* All of them, of an area whose address space is locked for writing. */
#define nexus_area_for_each_vma(area, vmi, vma) \
	nexus_area_for_each_vma_in(area, (area)->mm, (area)->start, \
				   (area)->end, vmi, vma)

/* area.c */
struct nexus_area *nexus_area_get(int id, short flag, struct mm_struct **mm);
bool nexus_area_valid(struct nexus_area *area, struct mm_struct *mm);
u32 nexus_area_access(struct nexus_area *area, struct mm_struct *mm,
		      unsigned long start, unsigned long end);
void nexus_area_limit(const struct nexus_area *area, vma_flags_t *flags);
int nexus_area_delete(int id);
u32 nexus_area_max(struct task_struct *task);

/**
 * struct nexus_area_wish - where an area is to go
 * @spec:    enum nexus_area_spec
 * @address: what that is about
 * @size:    bytes, whole pages
 */
struct nexus_area_wish {
	u32 spec;
	u64 address;
	unsigned long size;
};

/**
 * struct nexus_area_hold - the memory of an area that is going to be mapped
 * @store:      with a reference, and resize held for reading
 * @pgoff:      where the area begins in it
 * @size:       bytes of the area
 * @store_size: bytes of all of the memory
 * @held:       @store's resize is held
 * @lock:       enum nexus_area_lock of the area
 * @protection: what does not depend on the mappings
 * @access:     what its mappings allow now
 * @max:        most that one who maps it may have
 */
struct nexus_area_hold {
	struct nexus_store *store;
	pgoff_t pgoff;
	unsigned long size;
	u64 store_size;
	bool held;
	u32 lock;
	u32 protection;
	u32 access;
	u32 max;
};

int nexus_area_get_args(struct nexus_area_args *args,
			struct nexus_area_args __user *uargs, size_t usize);
int nexus_area_put_address(struct nexus_area_args __user *uargs, u64 address);
int nexus_area_check_spec(u32 spec);
int nexus_area_check_wish(const struct nexus_area_wish *wish,
			  unsigned long task_size);
unsigned long nexus_area_place(struct mm_struct *mm,
			       const struct nexus_area_wish *wish);
int nexus_area_hold(struct nexus_area *area, struct mm_struct *mm, u32 wanted,
		    struct nexus_area_hold *hold);
void nexus_area_end_hold(struct nexus_area_hold *hold);
void nexus_area_release_hold(struct nexus_area_hold *hold, bool done);

/* area_info.c */
void nexus_area_fill(struct nexus_object *obj, union nexus_info *info);
void nexus_area_complete(struct nexus_object *obj, union nexus_info *info);

/* area_fd.c */
int nexus_area_open(int id);

#endif /* _IPC_NEXUS_AREA_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus areas: making them in the caller's own address space, and changing
 * what may be done with them.
 *
 * An area gets its id before it is mapped, so that nothing but the mapping can
 * fail, and becomes known when it is.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/mm_inline.h>
#include <linux/nexus_mm.h>
#include <linux/pid_namespace.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/security.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/userfaultfd_k.h>

#include <trace/events/nexus.h>

#include "area.h"

/* How far above the given address a random search begins at most, in pages. */
#define NEXUS_AREA_RANDOM_PAGES	(SZ_1G >> PAGE_SHIFT)

static void __init __maybe_unused nexus_area_check_abi(void)
{
	BUILD_BUG_ON(sizeof(struct nexus_area_args) !=
		     NEXUS_AREA_ARGS_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct nexus_area_info) !=
		     NEXUS_AREA_INFO_SIZE_VER0);
}

/**
 * nexus_area_get - find an area by its id
 * @id:   the area
 * @flag: NEXUS_MAY_READ, NEXUS_MAY_WRITE, or 0 if its team alone counts
 * @mm:   set to its address space, with a reference
 *
 * Context: process context.
 * Return: the area with a reference; ERR_PTR(-EIDRM) if there is none, or its
 * team is just ending; ERR_PTR(-EACCES).
 */
struct nexus_area *nexus_area_get(int id, short flag, struct mm_struct **mm)
{
	struct nexus_object *obj;
	struct nexus_area *area;
	int err;

	guard(rcu)();
	obj = nexus_object_find(nexus_current_ns(), NEXUS_TYPE_AREA, id);
	if (!obj)
		return ERR_PTR(-EIDRM);
	err = flag ? nexus_object_access(obj, flag) : 0;
	if (err)
		return ERR_PTR(err);
	area = to_area(obj);
	if (!nexus_object_lock(obj))
		return ERR_PTR(-EIDRM);
	*mm = area->mm;
	if (*mm && mmget_not_zero(*mm))
		nexus_object_get(obj);
	else
		area = ERR_PTR(-EIDRM);
	nexus_object_unlock(obj);
	return area;
}

/**
 * nexus_area_valid - is an area still what it was?
 * @area: the area, to which the caller has a reference
 * @mm:   the address space that it was in, locked
 *
 * Return: whether it is still there and has its id.
 */
bool nexus_area_valid(struct nexus_area *area, struct mm_struct *mm)
{
	guard(spinlock)(&area->obj.perm.lock);
	return area->mm == mm && ipc_valid_object(&area->obj.perm);
}

/**
 * nexus_area_access - what may be done with an area
 * @area:  the area
 * @mm:    its address space, locked
 * @start: where it begins
 * @end:   where it ends
 *
 * Return: %NEXUS_AREA_READ, _WRITE and _EXEC, as far as all of it allows them.
 */
u32 nexus_area_access(struct nexus_area *area, struct mm_struct *mm,
		      unsigned long start, unsigned long end)
{
	u32 access = NEXUS_AREA_ACCESS;
	struct vm_area_struct *vma;
	bool mapped = false;

	nexus_area_for_each_vma_in(area, mm, start, end, vmi, vma) {
		mapped = true;
		if (!vma_test(vma, VMA_READ_BIT))
			access &= ~NEXUS_AREA_READ;
		if (!vma_test(vma, VMA_WRITE_BIT))
			access &= ~NEXUS_AREA_WRITE;
		if (!vma_test(vma, VMA_EXEC_BIT))
			access &= ~NEXUS_AREA_EXEC;
	}
	return mapped ? access : 0;
}

/**
 * nexus_area_limit - keep a mapping within the limits of its area
 * @area:  the area
 * @flags: those of a mapping of it
 */
void nexus_area_limit(const struct nexus_area *area, vma_flags_t *flags)
{
	if (!(area->max & NEXUS_AREA_READ))
		vma_flags_clear(flags, VMA_READ_BIT, VMA_MAYREAD_BIT);
	if (!(area->max & NEXUS_AREA_WRITE))
		vma_flags_clear(flags, VMA_WRITE_BIT, VMA_MAYWRITE_BIT);
	/* Which reading implies for some (READ_IMPLIES_EXEC). */
	if (!(area->max & NEXUS_AREA_EXEC))
		vma_flags_clear(flags, VMA_EXEC_BIT, VMA_MAYEXEC_BIT);
}

/**
 * nexus_area_get_args - what the caller wants
 * @args:  filled
 * @uargs: from the caller
 * @usize: its size as the caller knows it
 *
 * Return: 0, -E2BIG, -EINVAL or -EFAULT.
 */
int nexus_area_get_args(struct nexus_area_args *args,
			struct nexus_area_args __user *uargs, size_t usize)
{
	int err;

	if (usize > PAGE_SIZE)
		return -E2BIG;
	if (usize < NEXUS_AREA_ARGS_SIZE_VER0)
		return -EINVAL;
	err = copy_struct_from_user(args, sizeof(*args), uargs, usize);
	if (err)
		return err;
	return args->__pad ? -EINVAL : 0;
}

/**
 * nexus_area_put_address - tell where an area went
 * @uargs:   the caller's
 * @address: where
 *
 * Return: 0 or -EFAULT.
 */
int nexus_area_put_address(struct nexus_area_args __user *uargs, u64 address)
{
	return copy_to_user(&uargs->address, &address, sizeof(address)) ?
		-EFAULT : 0;
}

/**
 * nexus_area_check_spec - is there such a specification of an address?
 * @spec: one of enum nexus_area_spec
 *
 * Return: 0 or -EINVAL.
 */
int nexus_area_check_spec(u32 spec)
{
	switch (spec) {
	case NEXUS_AREA_ANY:
	case NEXUS_AREA_EXACT:
	case NEXUS_AREA_BASE:
	case NEXUS_AREA_RANDOM_ANY:
	case NEXUS_AREA_RANDOM_BASE:
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * nexus_area_check_wish - is there such a place?
 * @wish:      what is wanted
 * @task_size: where the address space ends
 *
 * Return: 0; -EINVAL if the address is not one of user space or not that of a
 * page; -EFAULT if not all of the range is user space.
 */
int nexus_area_check_wish(const struct nexus_area_wish *wish,
			  unsigned long task_size)
{
	if (wish->spec != NEXUS_AREA_EXACT)
		return 0;
	if (wish->address & ~PAGE_MASK || wish->address >= task_size)
		return -EINVAL;
	if (wish->size > task_size - wish->address)
		return -EFAULT;
	return security_mmap_addr(wish->address) ? -EFAULT : 0;
}

/* Nearer and nearer to @low, as there may be nothing above what was tried. */
static unsigned long nexus_area_random_hole(struct mm_struct *mm,
					    unsigned long low,
					    unsigned long size)
{
	unsigned long addr = -ENOMEM;

	for (u32 pages = NEXUS_AREA_RANDOM_PAGES; pages > 1; pages /= 2) {
		unsigned long offset = get_random_u32_below(pages) * PAGE_SIZE;

		if (offset > mm->task_size - low)
			continue;
		addr = nexus_mm_hole(mm, low + offset, size);
		if (!IS_ERR_VALUE(addr))
			break;
	}
	return addr;
}

/**
 * nexus_area_place - find a place for an area
 * @mm:   the address space, locked for writing
 * @wish: where it is to go, checked
 *
 * Return: the address, 0 if the address space is to choose one; -EEXIST if
 * there is something at that address.
 */
unsigned long nexus_area_place(struct mm_struct *mm,
			       const struct nexus_area_wish *wish)
{
	unsigned long low = wish->address, addr;

	switch (wish->spec) {
	case NEXUS_AREA_EXACT:
		if (!nexus_mm_free(mm, low, low + wish->size))
			return -EEXIST;
		return low;
	case NEXUS_AREA_BASE:
	case NEXUS_AREA_RANDOM_BASE:
		if (wish->address >= mm->task_size)
			return 0;
		low = max(PAGE_ALIGN(low), PAGE_ALIGN(mmap_min_addr));
		if (wish->spec == NEXUS_AREA_RANDOM_BASE) {
			addr = nexus_area_random_hole(mm, low, wish->size);
			if (!IS_ERR_VALUE(addr))
				return addr;
		}
		addr = nexus_mm_hole(mm, low, wish->size);
		return IS_ERR_VALUE(addr) ? 0 : addr;
	default:
		return 0;
	}
}

static unsigned long nexus_area_prot(u32 protection)
{
	return (protection & NEXUS_AREA_READ ? PROT_READ : 0) |
	       (protection & NEXUS_AREA_WRITE ? PROT_WRITE : 0) |
	       (protection & NEXUS_AREA_EXEC ? PROT_EXEC : 0);
}

/* As mmap() does it, with what areas want to know of its errors. */
static long nexus_area_do_mmap(struct nexus_area *area, struct file *file,
			       const struct nexus_area_wish *wish, u32 access,
			       unsigned long *populate, struct list_head *uf)
{
	unsigned long flags = MAP_SHARED, addr;
	unsigned long prot = nexus_area_prot(access);
	vma_flags_t vma_flags = EMPTY_VMA_FLAGS;
	struct mm_struct *mm = current->mm;

	addr = nexus_area_place(mm, wish);
	if (IS_ERR_VALUE(addr))
		return addr;
	if (addr || wish->spec == NEXUS_AREA_EXACT)
		flags |= MAP_FIXED_NOREPLACE;
	if (nexus_area_locked(area)) {
		if (!can_do_mlock())
			return -ENOMEM;
		vma_flags_set(&vma_flags, VMA_LOCKED_BIT);
		if (area->lock == NEXUS_AREA_LAZY_LOCK)
			vma_flags_set(&vma_flags, VMA_LOCKONFAULT_BIT);
	}
	if (area->protection & (NEXUS_AREA_STACK | NEXUS_AREA_OVERCOMMIT))
		flags |= MAP_NORESERVE;

	file->private_data = area;
	addr = do_mmap(file, addr, wish->size, prot, flags, vma_flags,
		       area->pgoff, populate, uf);
	file->private_data = NULL;
	/* RLIMIT_MEMLOCK */
	return addr == -EAGAIN ? -ENOMEM : addr;
}

/*
 * Map an area that has all but a mapping.  Its reference goes over to that, so
 * it stays with the caller if this fails.
 */
static long nexus_area_map_here(struct nexus_area *area, struct file *file,
				const struct nexus_area_wish *wish, u32 access)
{
	struct mm_struct *mm = current->mm;
	unsigned long populate = 0;
	LIST_HEAD(uf);
	long ret;

	ret = security_mmap_file(file, nexus_area_prot(access), MAP_SHARED);
	if (ret)
		return ret;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = nexus_area_do_mmap(area, file, wish, access, &populate, &uf);
	if (!IS_ERR_VALUE(ret))
		nexus_area_mapped(area, mm, ret, ret + wish->size, area->pgoff);
	mmap_write_unlock(mm);
	userfaultfd_unmap_complete(mm, &uf);
	/* What mlockall() asks for, of an area that does not itself. */
	if (!IS_ERR_VALUE(ret) && populate && !nexus_area_locked(area))
		mm_populate(ret, populate);
	return ret;
}

/*
 * Unmap what nexus_area_map_here() just mapped; it may have been moved or cut
 * since by somebody who guessed right.
 */
static int nexus_area_unmap_here(struct nexus_area *area)
{
	struct mm_struct *mm = current->mm;
	LIST_HEAD(uf);
	int err = 0;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	if (area->mm == mm)
		err = nexus_mm_unmap(mm, area->start, area->end, &uf);
	mmap_write_unlock(mm);
	userfaultfd_unmap_complete(mm, &uf);
	return err;
}

static int nexus_area_populate_here(struct nexus_area *area,
				    unsigned long start, unsigned long size)
{
	int err;

	if (area->lock < NEXUS_AREA_FULL_LOCK)
		return 0;
	err = nexus_mm_populate(current->mm, start, start + size);
	return err;
}

/* What is common to create and clone: from the mapping to the id. */
static long nexus_area_establish(struct nexus_area *area, struct file *file,
				 const struct nexus_area_wish *wish, u32 access,
				 struct nexus_area_args __user *uargs,
				 struct nexus_area_hold *hold,
				 unsigned long *address)
{
	long addr;
	int err;

	/* The mapping's is what the caller had. */
	nexus_object_get(&area->obj);
	addr = nexus_area_map_here(area, file, wish, access);
	if (IS_ERR_VALUE(addr)) {
		nexus_store_unlink(area);
		nexus_area_put(area);
		err = addr;
		goto cancel;
	}
	if (hold)
		nexus_area_end_hold(hold);
	err = nexus_area_populate_here(area, addr, wish->size);
	if (!err)
		err = nexus_area_put_address(uargs, (unsigned long)addr);
	if (err) {
		nexus_area_unmap_here(area);
		goto cancel;
	}
	*address = addr;
	err = area->obj.perm.id;
	nexus_area_publish(area);
	nexus_area_put(area);
	return err;

cancel:
	nexus_area_cancel(area);
	nexus_area_put(area);
	return err;
}

/**
 * nexus_area_max - most that a new area may allow
 * @task: the main thread of the team
 *
 * Return: %NEXUS_AREA_ACCESS, or without _EXEC if the administrator does not
 * allow memory that can be executed.
 */
u32 nexus_area_max(struct task_struct *task)
{
	int scope = pidns_memfd_noexec_scope(task_active_pid_ns(task));

	if (scope >= MEMFD_NOEXEC_SCOPE_NOEXEC_ENFORCED)
		return NEXUS_AREA_READ | NEXUS_AREA_WRITE;
	return NEXUS_AREA_ACCESS;
}

static int nexus_owner_current(struct nexus_owner *owner)
{
	owner->team = nexus_team_current();
	if (!owner->team)
		return -ENOMEM;
	owner->nsp = nexus_current_ns();
	current_euid_egid(&owner->uid, &owner->gid);
	owner->cuid = owner->uid;
	owner->cgid = owner->gid;
	return 0;
}

/* Where it goes, what it may be and how it is called: the same for both. */
static int nexus_area_check_args(const struct nexus_area_args *args,
				 struct nexus_area_wish *wish)
{
	int err;

	err = nexus_area_check_spec(args->spec);
	if (err)
		return err;
	if (args->lock > NEXUS_AREA_32_BIT_CONTIGUOUS)
		return -EINVAL;
	if (args->protection & ~(NEXUS_AREA_PROTECTION | NEXUS_AREA_OVERCOMMIT))
		return -EINVAL;
	wish->spec = args->spec;
	wish->address = args->address;
	return 0;
}

/**
 * sys_nexus_area_create - make an area
 *
 * @uargs: a struct nexus_area_args, the address of which is set
 * @usize: its size as the caller knows it
 *
 * The memory is zero.  The area is one of the caller's team, in whose address
 * space it is mapped, and ends when it is unmapped, be it by the end of the
 * team or because that executes another program.
 *
 * Return:
 * - the id of the area
 * - %E2BIG: @usize is larger than a page, or what lies beyond the part of
 *   @uargs that this kernel knows is not 0
 * - %EINVAL: @usize is smaller than %NEXUS_AREA_ARGS_SIZE_VER0
 * - %EFAULT: @uargs cannot be read
 * - %EINVAL: unknown flags, padding that is not 0, a mode beyond 0777 or
 *   without %NEXUS_CREATE_MODE
 * - %EINVAL: unknown specification of the address, unknown lock or protection
 * - %EINVAL: the size is 0, or would be when rounded up
 * - %EINVAL: the exact address is not one of user space or not that of a page
 * - %EFAULT: the exact range is not all of user space
 * - %EFAULT: the name cannot be read
 * - %ENOSPC: the namespace or the user has as many areas as they may
 * - %EEXIST: the exact range is occupied
 * - %ENOMEM: no memory, no room, or more than RLIMIT_AS or RLIMIT_MEMLOCK
 * - %EACCES, %EPERM: memory that can be executed is not allowed
 * - %EFAULT: the address cannot be written to @uargs
 * - %EINTR: the caller is being killed
 */
SYSCALL_DEFINE2(nexus_area_create, struct nexus_area_args __user *, uargs,
		size_t, usize)
{
	char name[NEXUS_NAME_LEN];
	struct nexus_area_wish wish;
	struct nexus_area_args args;
	struct nexus_owner owner = { };
	struct nexus_store *store;
	struct nexus_area *area;
	unsigned long addr;
	umode_t mode;
	long err;

	err = nexus_area_get_args(&args, uargs, usize);
	if (err)
		return err;
	err = nexus_create_mode(&mode, args.flags, args.mode);
	if (err)
		return err;
	err = nexus_area_check_args(&args, &wish);
	if (err)
		return err;
	if (!args.size)
		return -EINVAL;
	if (args.size > (u64)ULONG_MAX - PAGE_SIZE + 1)
		return args.size > -(u64)PAGE_SIZE ? -EINVAL : -ENOMEM;
	wish.size = PAGE_ALIGN((unsigned long)args.size);
	err = nexus_area_check_wish(&wish, TASK_SIZE);
	if (err)
		return err;
	err = nexus_name_from_user(name, u64_to_user_ptr(args.name));
	if (err)
		return err;
	if (wish.size > TASK_SIZE)
		return -ENOMEM;
	if (args.protection & NEXUS_AREA_EXEC &&
	    !(nexus_area_max(current) & NEXUS_AREA_EXEC))
		return -EACCES;
	err = nexus_owner_current(&owner);
	if (err)
		return err;

	area = nexus_area_alloc(args.lock, args.protection, nexus_area_max(current));
	if (IS_ERR(area))
		return PTR_ERR(area);
	err = nexus_area_prepare(area, &owner, name, mode);
	if (err < 0)
		goto err_put;
	store = nexus_store_create(name, wish.size, !(args.protection &
				   (NEXUS_AREA_STACK | NEXUS_AREA_OVERCOMMIT)));
	if (IS_ERR(store)) {
		nexus_area_cancel(area);
		err = PTR_ERR(store);
		goto err_put;
	}
	nexus_store_link(store, area);
	err = nexus_area_establish(area, store->file, &wish, args.protection,
				   uargs, NULL, &addr);
	if (err > 0)
		trace_area_create(err, addr, wish.size);
	nexus_store_put(store);
	return err;

err_put:
	nexus_area_put(area);
	return err;
}

/* May the caller have what it wants of the memory of an area? */
static int nexus_area_may_share(struct nexus_area *area, struct mm_struct *mm,
				u32 wanted)
{
	bool own = mm == current->mm;

	if (!own && !(area->protection & NEXUS_AREA_CLONEABLE))
		return -EPERM;
	if (wanted & NEXUS_AREA_ACCESS & ~area->max)
		return -EPERM;
	if (!own && wanted & NEXUS_AREA_WRITE &&
	    !(nexus_area_access(area, mm, area->start, area->end) &
	      NEXUS_AREA_WRITE))
		return -EPERM;
	return 0;
}

/*
 * See to it that the store of an area can be shared.  Returns 0 with the
 * address space locked; for writing at first, see the top of area.h.
 */
static int nexus_area_share(struct nexus_area *area, struct mm_struct *mm,
			    u32 wanted)
{
	int err;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	err = nexus_area_valid(area, mm) ?
		nexus_area_may_share(area, mm, wanted) : -EIDRM;
	if (!err)
		err = nexus_area_gather(area);
	if (err)
		mmap_write_unlock(mm);
	else
		mmap_write_downgrade(mm);
	return err;
}

/**
 * nexus_area_hold - get at the memory of an area in order to map it
 * @area:   the area, to which the caller has a reference
 * @mm:     its address space, likewise
 * @wanted: what the caller is going to do with it, %NEXUS_AREA_ACCESS
 * @hold:   filled
 *
 * Context: process context, may sleep.
 * Return: 0, and nexus_area_release_hold() must follow: until then the size
 * does not change.  -EIDRM if the area has gone; -EPERM if the caller may not
 * have it; -ENOMEM or -EIO if it could not be gathered; -EINTR.
 */
int nexus_area_hold(struct nexus_area *area, struct mm_struct *mm, u32 wanted,
		    struct nexus_area_hold *hold)
{
	struct nexus_store *store;
	int err;

	for (;;) {
		err = nexus_area_share(area, mm, wanted);
		if (err)
			return err;
		store = nexus_store_get(area->store);
		mmap_read_unlock(mm);

		/* The size comes first, the address space second. */
		err = down_read_killable(&store->resize);
		if (err)
			break;
		err = nexus_area_share(area, mm, wanted);
		if (!err && area->store == store)
			break;
		if (!err)
			mmap_read_unlock(mm);
		up_read(&store->resize);
		nexus_store_put(store);
		if (err)
			return err;
	}
	if (err) {
		nexus_store_put(store);
		return err;
	}
	scoped_guard(spinlock, &store->lock) {
		store->holds++;
		if (store->state == NEXUS_STORE_EXCLUSIVE) {
			WRITE_ONCE(store->state, NEXUS_STORE_SHARED);
			store->tentative = true;
		}
	}
	hold->store = store;
	hold->pgoff = area->pgoff;
	hold->size = area->end - area->start;
	hold->store_size = nexus_store_size(store);
	hold->lock = area->lock;
	hold->protection = area->protection;
	hold->held = true;
	hold->access = nexus_area_access(area, mm, area->start, area->end);
	hold->max = area->max;
	/* Who may not write now is not going to be allowed to. */
	if (mm != current->mm && !(hold->access & NEXUS_AREA_WRITE))
		hold->max &= ~NEXUS_AREA_WRITE;
	mmap_read_unlock(mm);
	return 0;
}

/**
 * nexus_area_end_hold - let the size change again
 * @hold: from nexus_area_hold(); the memory has been mapped, or will not be
 *
 * Whatever waits for somebody else comes after this.
 */
void nexus_area_end_hold(struct nexus_area_hold *hold)
{
	if (hold->held)
		up_read(&hold->store->resize);
	hold->held = false;
}

/**
 * nexus_area_release_hold - be done with the memory of an area
 * @hold: from nexus_area_hold()
 * @done: it has been mapped or opened: the memory is shared from now on
 */
void nexus_area_release_hold(struct nexus_area_hold *hold, bool done)
{
	struct nexus_store *store = hold->store;

	scoped_guard(spinlock, &store->lock) {
		if (done)
			store->tentative = false;
		if (!--store->holds && store->tentative) {
			WRITE_ONCE(store->state, NEXUS_STORE_EXCLUSIVE);
			store->tentative = false;
		}
	}
	nexus_area_end_hold(hold);
	nexus_store_put(store);
}

static long nexus_area_clone(struct nexus_area_hold *hold,
			     struct nexus_area_wish *wish, const char *name,
			     umode_t mode, u32 protection,
			     struct nexus_area_args __user *uargs,
			     unsigned long *address)
{
	struct nexus_owner owner = { };
	struct nexus_area *area;
	struct file *file;
	long err;

	wish->size = hold->size;
	err = nexus_area_check_wish(wish, TASK_SIZE);
	if (err)
		return err;
	if (wish->size > TASK_SIZE)
		return -ENOMEM;
	if (protection & NEXUS_AREA_EXEC & ~nexus_area_max(current))
		return -EACCES;
	hold->max &= nexus_area_max(current);
	err = nexus_owner_current(&owner);
	if (err)
		return err;
	area = nexus_area_alloc(hold->lock, protection, hold->max);
	if (IS_ERR(area))
		return PTR_ERR(area);
	err = nexus_area_prepare(area, &owner, name, mode);
	if (err < 0)
		goto err_put;
	file = nexus_store_file(hold->store, name, O_RDWR, &nexus_area_fops);
	if (IS_ERR(file)) {
		nexus_area_cancel(area);
		err = PTR_ERR(file);
		goto err_put;
	}
	area->pgoff = hold->pgoff;
	nexus_store_link(hold->store, area);
	err = nexus_area_establish(area, file, wish, protection, uargs, hold,
				   address);
	fput(file);
	return err;

err_put:
	nexus_area_put(area);
	return err;
}

/**
 * sys_nexus_area_clone - map the memory of an area once more
 *
 * @source: the area
 * @uargs:  a struct nexus_area_args, the address of which is set
 * @usize:  its size as the caller knows it
 *
 * The clone has the size and the lock of the source.  What one of them is
 * written to is seen in the other.  Neither needs the other to live.
 *
 * What the clone may be made by nexus_area_protect() is what the source may
 * be; and if that belongs to another team and cannot be written to now, the
 * clone never will.
 *
 * Return: as nexus_area_create(), and
 *
 * - %EINVAL: a size or a lock that is not 0
 * - %EIDRM: there is no such area
 * - %EACCES: it is another team's, and its mode does not allow the caller to
 *   read it, or to write if the clone is to be writable
 * - %EPERM: it is another team's and does not have %NEXUS_AREA_CLONEABLE, or
 *   cannot be written to and the clone is to be
 * - %EPERM: the protection is beyond the most that the source may have
 */
SYSCALL_DEFINE3(nexus_area_clone, int, source,
		struct nexus_area_args __user *, uargs, size_t, usize)
{
	char name[NEXUS_NAME_LEN];
	struct nexus_area_hold hold;
	struct nexus_area_wish wish = { };
	struct nexus_area_args args;
	struct nexus_area *area;
	struct mm_struct *mm;
	unsigned long addr;
	umode_t mode;
	long err;

	err = nexus_area_get_args(&args, uargs, usize);
	if (err)
		return err;
	err = nexus_create_mode(&mode, args.flags, args.mode);
	if (err)
		return err;
	err = nexus_area_check_args(&args, &wish);
	if (err)
		return err;
	if (args.size || args.lock)
		return -EINVAL;
	err = nexus_area_check_wish(&wish, TASK_SIZE);
	if (err)
		return err;
	err = nexus_name_from_user(name, u64_to_user_ptr(args.name));
	if (err)
		return err;

	area = nexus_area_get(source, 0, &mm);
	if (IS_ERR(area))
		return PTR_ERR(area);
	if (mm != current->mm) {
		err = nexus_object_access(&area->obj, NEXUS_MAY_READ);
		if (!err && args.protection & NEXUS_AREA_WRITE)
			err = nexus_object_access(&area->obj, NEXUS_MAY_WRITE);
	}
	if (!err)
		err = nexus_area_hold(area, mm, args.protection, &hold);
	/* Nor may the clone become what its maker may not have now. */
	if (!err && mm != current->mm && !nexus_area_may_write(area))
		hold.max &= ~NEXUS_AREA_WRITE;
	mmput(mm);
	nexus_area_put(area);
	if (err)
		return err;
	err = nexus_area_clone(&hold, &wish, name, mode, args.protection,
			       uargs, &addr);
	nexus_area_release_hold(&hold, err > 0);
	if (err > 0)
		trace_area_clone(source, err, addr);
	return err;
}

/* An area of the caller's own team, with its address space locked. */
static struct nexus_area *nexus_area_lock_own(int id)
{
	struct nexus_area *area;
	struct mm_struct *mm;
	int err = 0;

	area = nexus_area_get(id, 0, &mm);
	if (IS_ERR(area))
		return area;
	if (mm != current->mm)
		err = -EPERM;
	else if (mmap_write_lock_killable(mm))
		err = -EINTR;
	mmput(mm);
	if (!err && !nexus_area_valid(area, current->mm)) {
		mmap_write_unlock(current->mm);
		err = -EIDRM;
	}
	if (err) {
		nexus_area_put(area);
		return ERR_PTR(err);
	}
	return area;
}

/**
 * sys_nexus_area_protect - change what may be done with an area
 *
 * @id:         the area, one of the caller's team
 * @protection: what it is to be, %NEXUS_AREA_READ, _WRITE, _EXEC, _STACK and
 *              _CLONEABLE
 *
 * Of the clones none is affected.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown protection
 * - %EIDRM: there is no such area
 * - %EPERM: it is another team's, or is not to have so much, or is sealed
 * - %EACCES: memory that can be executed is not allowed
 * - %ENOMEM: no memory.  If mprotect() had made several mappings of it some of
 *   them may have been changed, as with mprotect()
 * - %EINTR: the caller is being killed
 */
SYSCALL_DEFINE2(nexus_area_protect, int, id, unsigned int, protection)
{
	struct nexus_area *area;
	int err = -EPERM;

	if (protection & ~NEXUS_AREA_PROTECTION)
		return -EINVAL;
	area = nexus_area_lock_own(id);
	if (IS_ERR(area))
		return PTR_ERR(area);
	if (!(protection & NEXUS_AREA_ACCESS & ~area->max))
		err = nexus_mm_protect(current->mm, area->start, area->end,
				       nexus_area_prot(protection));
	if (!err) {
		guard(spinlock)(&area->obj.perm.lock);
		area->protection &= NEXUS_AREA_OVERCOMMIT;
		area->protection |= protection & ~NEXUS_AREA_ACCESS;
	}
	mmap_write_unlock(current->mm);
	nexus_area_put(area);
	return err;
}

/**
 * nexus_area_delete - unmap an area
 * @id: the area
 *
 * Context: process context, may sleep.
 * Return: 0; -EIDRM; -EPERM if it is another team's or sealed; -ENOMEM; -EINTR.
 */
int nexus_area_delete(int id)
{
	struct mm_struct *mm = current->mm;
	struct nexus_area *area;
	LIST_HEAD(uf);
	int err;

	area = nexus_area_lock_own(id);
	if (IS_ERR(area))
		return PTR_ERR(area);
	err = nexus_mm_unmap(mm, area->start, area->end, &uf);
	mmap_write_unlock(mm);
	userfaultfd_unmap_complete(mm, &uf);
	nexus_area_put(area);
	return err;
}

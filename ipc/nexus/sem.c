// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus semaphores.
 *
 * Who finds enough units and nobody waiting takes them.  Everybody else waits
 * in line, and whoever makes it possible, by a release or by leaving the line,
 * takes the units for the first in line on its behalf.  So a woken task does
 * not compete again, nobody overtakes anybody, and units that do not suffice
 * for the first are kept for it, however little those behind it want.
 *
 * What the world sees as the count is the units less all that waiters want.
 */
#include <kunit/visibility.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/wake_q.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include <trace/events/nexus.h>

#include "sem.h"

static void __init __maybe_unused nexus_sem_check_abi(void)
{
	BUILD_BUG_ON(sizeof(struct nexus_sem_args) != NEXUS_SEM_ARGS_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct nexus_sem_info) != NEXUS_SEM_INFO_SIZE_VER0);
}

static inline struct nexus_sem *nexus_sem_lock(int id, short flag)
{
	struct nexus_object *obj = nexus_object_lock_id(NEXUS_TYPE_SEM, id,
							flag);

	return IS_ERR(obj) ? ERR_CAST(obj) : to_sem(obj);
}

/* Take the first out of the line. */
static void nexus_sem_complete(struct nexus_sem *sem,
			       struct nexus_sem_waiter *waiter, int result,
			       struct wake_q_head *wake_q)
{
	sem->wanted -= waiter->count;
	sem->waiting--;
	if (!result)
		sem->holder = task_pid_nr(waiter->waiter.task);
	nexus_waiter_complete(&waiter->waiter, result, wake_q);
}

/* Hand units to those in front for as long as they suffice. */
static void nexus_sem_serve(struct nexus_sem *sem, struct wake_q_head *wake_q)
{
	struct nexus_sem_waiter *waiter;

	while (!list_empty(&sem->waiters)) {
		waiter = list_first_entry(&sem->waiters,
					  struct nexus_sem_waiter,
					  waiter.link);
		if (waiter->count > sem->units)
			return;
		sem->units -= waiter->count;
		nexus_sem_complete(sem, waiter, 0, wake_q);
	}
}

static void nexus_sem_wake_poll(struct nexus_sem *sem)
{
	if (sem->units && list_empty(&sem->waiters))
		nexus_object_wake_poll(&sem->obj, EPOLLIN | EPOLLRDNORM);
}

/* End the wait of all who wait now. */
static void nexus_sem_wake_all(struct nexus_sem *sem, int result, s32 status,
			       struct wake_q_head *wake_q)
{
	struct nexus_sem_waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &sem->waiters, waiter.link) {
		waiter->status = status;
		nexus_sem_complete(sem, waiter, result, wake_q);
	}
}

static void nexus_sem_destroy(struct nexus_object *obj,
			      struct wake_q_head *wake_q)
{
	nexus_sem_wake_all(to_sem(obj), -EIDRM, 0, wake_q);
}

static void nexus_sem_release(struct nexus_object *obj)
{
	/* It holds nothing but its memory. */
}

/**
 * nexus_sem_alloc - get memory for a semaphore
 * @count: its units
 *
 * Return: what nexus_object_create() or nexus_sem_discard() takes, or an
 * ERR_PTR: -ENOMEM, or what a security module said.
 */
struct nexus_sem *nexus_sem_alloc(s32 count)
{
	struct nexus_sem *sem = kzalloc_obj(*sem, GFP_KERNEL_ACCOUNT);
	int err;

	if (!sem)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&sem->waiters);
	sem->units = count;

	err = security_sem_alloc(&sem->obj.perm);
	if (err) {
		kfree(sem);
		return ERR_PTR(err);
	}
	return sem;
}

/**
 * nexus_sem_discard - free a semaphore that was never created
 * @sem: from nexus_sem_alloc()
 */
void nexus_sem_discard(struct nexus_sem *sem)
{
	security_sem_free(&sem->obj.perm);
	kfree(sem);
}

static void nexus_sem_free(struct rcu_head *rcu)
{
	struct nexus_sem *sem = container_of(rcu, struct nexus_sem,
					     obj.perm.rcu);

	nexus_object_free(&sem->obj);
	nexus_sem_discard(sem);
}

/**
 * nexus_sem_count - units less what waiters ask for
 * @sem: the semaphore, locked
 *
 * Return: the count that the world sees, INT_MIN if it is less than that.
 */
s32 nexus_sem_count(const struct nexus_sem *sem)
{
	return max_t(s64, (s64)sem->units - (s64)sem->wanted, INT_MIN);
}

/* The thread may be gone, and its number be that of another one by now. */
static pid_t nexus_sem_holder(const struct nexus_sem *sem)
{
	pid_t nr = abs(sem->holder);

	if (nr && task_active_pid_ns(current) != &init_pid_ns) {
		guard(rcu)();
		nr = pid_vnr(find_pid_ns(nr, &init_pid_ns));
	}
	return sem->holder < 0 ? -nr : nr;
}

static void nexus_sem_info(struct nexus_object *obj, union nexus_info *uinfo)
{
	const struct nexus_sem *sem = to_sem(obj);
	const struct kern_ipc_perm *perm = &obj->perm;
	struct user_namespace *user_ns = current_user_ns();
	struct nexus_sem_info *info = &uinfo->sem;

	info->id = perm->id;
	info->team = nexus_team_nr(obj->team);
	info->count = nexus_sem_count(sem);
	info->latest_holder = nexus_sem_holder(sem);
	info->uid = from_kuid_munged(user_ns, perm->uid);
	info->gid = from_kgid_munged(user_ns, perm->gid);
	info->creator_uid = from_kuid_munged(user_ns, perm->cuid);
	info->mode = perm->mode;
	info->waiting = sem->waiting;
	memcpy(info->name, nexus_object_name(obj), NEXUS_NAME_LEN);
}

static __poll_t nexus_sem_poll(struct nexus_object *obj, short flags)
{
	struct nexus_sem *sem = to_sem(obj);

	/* Who may only read could ask for the count as well. */
	if (sem->units && list_empty(&sem->waiters))
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}

const struct nexus_type_ops nexus_sem_ops = {
	.type = NEXUS_TYPE_SEM,
	.ucount = UCOUNT_NEXUS_SEMS,
	.info_min = NEXUS_SEM_INFO_SIZE_VER0,
	.info_size = sizeof(struct nexus_sem_info),
	.destroy = nexus_sem_destroy,
	.release = nexus_sem_release,
	.free = nexus_sem_free,
	.info = nexus_sem_info,
	.poll = nexus_sem_poll,
	.lsm_ctl = security_sem_semctl,
};

/**
 * sys_nexus_sem_create - make a semaphore
 *
 * @uargs: a struct nexus_sem_args
 * @usize: its size as the caller knows it
 *
 * The caller's team owns the semaphore, which is deleted when the last thread
 * of the team ends or when the team executes another program.
 *
 * Return:
 * - the id of the semaphore
 * - %E2BIG: @usize is larger than a page, or what lies beyond the part of
 *   @uargs that this kernel knows is not 0
 * - %EINVAL: @usize is smaller than %NEXUS_SEM_ARGS_SIZE_VER0
 * - %EFAULT: @uargs cannot be read
 * - %EINVAL: unknown flags, padding that is not 0, a mode beyond 0777 or
 *   without %NEXUS_CREATE_MODE, or a negative count
 * - %EFAULT: the name cannot be read
 * - %ENOMEM: no memory
 * - %ENOSPC: the namespace or the user has as many semaphores as they may
 */
SYSCALL_DEFINE2(nexus_sem_create, struct nexus_sem_args __user *, uargs,
		size_t, usize)
{
	char name[NEXUS_NAME_LEN] = "unnamed semaphore";
	struct nexus_sem_args args;
	struct nexus_sem *sem;
	umode_t mode;
	int err;

	if (usize > PAGE_SIZE)
		return -E2BIG;
	if (usize < NEXUS_SEM_ARGS_SIZE_VER0)
		return -EINVAL;
	err = copy_struct_from_user(&args, sizeof(args), uargs, usize);
	if (err)
		return err;

	if (args.__pad)
		return -EINVAL;
	err = nexus_create_mode(&mode, args.flags, args.mode);
	if (err)
		return err;
	if (args.count < 0)
		return -EINVAL;
	if (args.name) {
		err = nexus_name_from_user(name, u64_to_user_ptr(args.name));
		if (err)
			return err;
	}

	sem = nexus_sem_alloc(args.count);
	if (IS_ERR(sem))
		return PTR_ERR(sem);
	err = nexus_object_create(&sem->obj, &nexus_sem_ops, name, mode);
	if (err < 0)
		nexus_sem_discard(sem);
	else
		trace_sem_create(err, args.count, name);
	return err;
}

/* Get in line of a locked semaphore. */
VISIBLE_IF_KUNIT void nexus_sem_enqueue(struct nexus_sem *sem,
					struct nexus_sem_waiter *waiter)
{
	nexus_object_get(&sem->obj);
	nexus_waiter_init(&waiter->waiter, &sem->waiters);
	sem->wanted += waiter->count;
	sem->waiting++;
}

/* Leave the line empty-handed: those behind may want less. */
VISIBLE_IF_KUNIT void nexus_sem_leave(struct nexus_sem *sem,
				      struct nexus_sem_waiter *waiter,
				      struct wake_q_head *wake_q)
{
	list_del(&waiter->waiter.link);
	sem->wanted -= waiter->count;
	sem->waiting--;
	nexus_sem_serve(sem, wake_q);
	nexus_sem_wake_poll(sem);
}

static noinline int nexus_sem_wait(struct nexus_sem *sem,
				   struct nexus_sem_waiter *waiter,
				   const struct nexus_deadline *dl,
				   s32 __user *status)
{
	DEFINE_WAKE_Q(wake_q);
	int err;

	WRITE_ONCE(current->nexus_sem, sem->obj.perm.id);
	err = nexus_wait(&waiter->waiter, dl);
	WRITE_ONCE(current->nexus_sem, 0);
	if (err) {
		spin_lock(&sem->obj.perm.lock);
		if (waiter->waiter.done) {
			nexus_wait_forget();
			err = 0;
		} else {
			nexus_sem_leave(sem, waiter, &wake_q);
		}
		spin_unlock(&sem->obj.perm.lock);
		wake_up_q(&wake_q);
	}
	nexus_object_put(&sem->obj);
	err = err ?: waiter->waiter.result;
	if (err == -ECANCELED && status && put_user(waiter->status, status))
		err = -EFAULT;
	return err;
}

/*
 * Acquire, or get in line and return -EINPROGRESS.
 */
static __always_inline int nexus_sem_try(int id,
					 struct nexus_sem_waiter *waiter,
					 const struct nexus_deadline *dl,
					 struct nexus_sem **semp)
{
	struct nexus_sem *sem;
	int err = 0;

	guard(rcu)();
	sem = nexus_sem_lock(id, NEXUS_MAY_WRITE);
	if (IS_ERR(sem))
		return PTR_ERR(sem);
	if (likely(sem->units >= waiter->count && list_empty(&sem->waiters))) {
		sem->units -= waiter->count;
		sem->holder = task_pid_nr(current);
	} else if (dl->nowait) {
		err = -EAGAIN;
	} else {
		nexus_sem_enqueue(sem, waiter);
		*semp = sem;
		err = -EINPROGRESS;
	}
	nexus_object_unlock(&sem->obj);
	return err;
}

/**
 * sys_nexus_sem_acquire - take units of a semaphore
 *
 * @id:       the semaphore
 * @count:    how many
 * @flags:    %NEXUS_NOWAIT, %NEXUS_CLOCK_REALTIME
 * @deadline: when to give up; NULL: never
 * @status:   set if the result is %ECANCELED; may be NULL
 *
 * Takes all of them in one step, and waits until that is possible.  Who waits
 * is served first come, first served, whatever it asks for.  When a thread
 * ends it gives nothing back.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown flags, %NEXUS_NOWAIT with a deadline,
 *   %NEXUS_CLOCK_REALTIME without one, or one that is not normalised
 * - %EFAULT: @deadline cannot be read
 * - %EINVAL: @count is not positive
 * - %EIDRM: there is no such semaphore
 * - %EACCES: the caller may not write to it
 * - %EAGAIN: it would have to wait, with %NEXUS_NOWAIT
 * - %ETIMEDOUT: the deadline has passed
 * - %EINTR: a signal came
 * - %EIDRM: the semaphore was deleted meanwhile
 * - %ECANCELED: a release with %NEXUS_SEM_ALL ended the wait; what it had to
 *   say is in @status
 * - %EFAULT: likewise, but @status cannot be written
 */
SYSCALL_DEFINE5(nexus_sem_acquire, int, id, int, count, unsigned int, flags,
		const struct __kernel_timespec __user *, deadline,
		s32 __user *, status)
{
	struct nexus_sem_waiter waiter;
	struct nexus_deadline dl;
	struct nexus_sem *sem;
	bool waited;
	int err;

	if (flags & ~NEXUS_WAIT_FLAGS)
		return -EINVAL;
	err = nexus_deadline_get(&dl, flags, deadline);
	if (err)
		return err;
	if (count <= 0)
		return -EINVAL;

	waiter.count = count;
	err = nexus_sem_try(id, &waiter, &dl, &sem);
	waited = err == -EINPROGRESS;
	if (waited)
		err = nexus_sem_wait(sem, &waiter, &dl, status);
	trace_sem_acquire(id, count, waited, err);
	return err;
}

/* Those who are handed units by a release are the next holders. */
static inline void nexus_sem_unhold(struct nexus_sem *sem)
{
	sem->holder = -abs(sem->holder);
}

VISIBLE_IF_KUNIT int nexus_sem_add(struct nexus_sem *sem, u32 count,
				   unsigned int flags,
				   struct wake_q_head *wake_q)
{
	bool waiting = !list_empty(&sem->waiters);

	if (unlikely(flags & NEXUS_SEM_IF_WAITING) && !waiting)
		return 0;
	/* Neither is negative, so the sum of both is not cut. */
	if (unlikely(sem->units + count > INT_MAX))
		return -EOVERFLOW;
	nexus_sem_unhold(sem);
	sem->units += count;
	if (!waiting)
		return 0;
	nexus_sem_serve(sem, wake_q);
	if (flags & NEXUS_SEM_IF_WAITING && list_empty(&sem->waiters))
		sem->units = 0;
	return 0;
}

VISIBLE_IF_KUNIT void nexus_sem_add_all(struct nexus_sem *sem, s32 status,
					struct wake_q_head *wake_q)
{
	if (list_empty(&sem->waiters))
		return;
	nexus_sem_unhold(sem);
	nexus_sem_wake_all(sem, status ? -ECANCELED : 0, status, wake_q);
}

/* The locked part of a release. */
static __always_inline int nexus_sem_give(int id, int count,
					  unsigned int flags,
					  struct wake_q_head *wake_q)
{
	struct nexus_sem *sem;
	int err = 0;

	guard(rcu)();
	sem = nexus_sem_lock(id, NEXUS_MAY_WRITE);
	if (IS_ERR(sem))
		return PTR_ERR(sem);
	if (unlikely(flags & NEXUS_SEM_ALL))
		nexus_sem_add_all(sem, count, wake_q);
	else
		err = nexus_sem_add(sem, count, flags, wake_q);
	if (unlikely(sem->obj.poll) && !err)
		nexus_sem_wake_poll(sem);
	nexus_object_unlock(&sem->obj);
	return err;
}

/**
 * sys_nexus_sem_release - give units to a semaphore
 *
 * @id:    the semaphore
 * @count: how many, or with %NEXUS_SEM_ALL what those who wait are told
 * @flags: %NEXUS_SEM_ALL, %NEXUS_SEM_IF_WAITING; the latter means nothing
 *         beside the former
 *
 * Any thread may do so, whether it has acquired anything or not.  Never waits.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown flags
 * - %EINVAL: @count is not positive, or with %NEXUS_SEM_ALL is positive
 * - %EIDRM: there is no such semaphore
 * - %EACCES: the caller may not write to it
 * - %EOVERFLOW: it would have more than INT_MAX units
 */
SYSCALL_DEFINE3(nexus_sem_release, int, id, int, count, unsigned int, flags)
{
	DEFINE_WAKE_Q(wake_q);
	int err;

	if (flags & ~(NEXUS_SEM_ALL | NEXUS_SEM_IF_WAITING))
		return -EINVAL;
	if (flags & NEXUS_SEM_ALL ? count > 0 : count <= 0)
		return -EINVAL;

	err = nexus_sem_give(id, count, flags, &wake_q);
	if (!wake_q_empty(&wake_q))
		wake_up_q(&wake_q);
	trace_sem_release(id, count, flags, err);
	return err;
}

/**
 * sys_nexus_sem_switch - give a unit to one semaphore, take some of another
 *
 * @release:  the semaphore that gets a unit; negative: none
 * @acquire:  the other one
 * @count:    how many units to take of it
 * @flags:    %NEXUS_NOWAIT, %NEXUS_CLOCK_REALTIME
 * @deadline: when to give up; NULL: never
 * @status:   as for nexus_sem_acquire()
 *
 * @release gets its unit when the caller is in line for @acquire and before it
 * sleeps, so it cannot miss what this makes others do.  It gets the unit
 * whenever @acquire is a semaphore that the caller may use, even if the units
 * are there at once or the call would have to wait and must not.  That it
 * cannot be released is not reported.
 *
 * A call that a signal interrupted is not restarted if it has released
 * something.
 *
 * Return: as for nexus_sem_acquire().
 */
SYSCALL_DEFINE6(nexus_sem_switch, int, release, int, acquire, int, count,
		unsigned int, flags,
		const struct __kernel_timespec __user *, deadline,
		s32 __user *, status)
{
	struct nexus_sem_waiter waiter;
	struct nexus_deadline dl;
	struct nexus_sem *sem;
	bool waited;
	int err;

	if (flags & ~NEXUS_WAIT_FLAGS)
		return -EINVAL;
	err = nexus_deadline_get(&dl, flags, deadline);
	if (err)
		return err;
	if (count <= 0)
		return -EINVAL;

	waiter.count = count;
	err = nexus_sem_try(acquire, &waiter, &dl, &sem);
	waited = err == -EINPROGRESS;
	if (release >= 0 && (!err || waited || err == -EAGAIN)) {
		DEFINE_WAKE_Q(wake_q);
		int rel = nexus_sem_give(release, 1, 0, &wake_q);

		wake_up_q(&wake_q);
		trace_sem_release(release, 1, 0, rel);
	}
	if (waited)
		err = nexus_sem_wait(sem, &waiter, &dl, status);
	if (err == -ERESTARTSYS && release >= 0) {
		nexus_wait_forget();
		err = -EINTR;
	}
	trace_sem_acquire(acquire, count, waited, err);
	return err;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus: the system calls that all types of objects share.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/percpu_counter.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/stat.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include <trace/events/nexus.h>

#include "area.h"
#include "port.h"
#include "sem.h"
#include "thread.h"

/* Threads have ids that are not ours, see thread.c. */
static const struct nexus_type_ops *nexus_type_ops(unsigned int type)
{
	switch (type) {
	case NEXUS_TYPE_PORT:
		return &nexus_port_ops;
	case NEXUS_TYPE_SEM:
		return &nexus_sem_ops;
	case NEXUS_TYPE_AREA:
		return &nexus_area_ops;
	default:
		return NULL;
	}
}

static void nexus_object_drop(struct nexus_object *obj)
{
	if (!IS_ERR_OR_NULL(obj))
		nexus_object_put(obj);
}

static void nexus_team_drop(struct nexus_team *team)
{
	if (!IS_ERR_OR_NULL(team))
		nexus_team_put(team);
}

DEFINE_FREE(nexus_object, struct nexus_object *, nexus_object_drop(_T))
DEFINE_FREE(nexus_team, struct nexus_team *, nexus_team_drop(_T))

/* An object with a reference, if the caller may change it. */
static struct nexus_object *nexus_object_get_managed(unsigned int type, int id,
						     int cmd)
{
	struct nexus_object *obj;
	int err;

	guard(rcu)();
	obj = nexus_object_find(nexus_current_ns(), type, id);
	if (!obj)
		return ERR_PTR(-EIDRM);
	err = nexus_object_manage(obj, cmd);
	if (err)
		return ERR_PTR(err);
	return nexus_object_tryget(obj) ? obj : ERR_PTR(-EIDRM);
}

/**
 * sys_nexus_find - find an object by its name
 *
 * @type:  one of enum nexus_type that has names
 * @uname: a string; what follows its 31st byte does not count, as it does not
 *         when an object gets its name
 * @flags: must be 0
 *
 * Objects that the caller may neither read nor write are not found.
 *
 * Return:
 * - the id of the oldest object with that name; of threads, the smallest
 * - %EINVAL: unknown type or flags
 * - %EFAULT: @uname cannot be read
 * - %ENOENT: there is none
 */
SYSCALL_DEFINE3(nexus_find, unsigned int, type, const char __user *, uname,
		unsigned int, flags)
{
	char name[NEXUS_NAME_LEN];
	int err;

	if ((!nexus_type_ops(type) && type != NEXUS_TYPE_THREAD) || flags)
		return -EINVAL;
	err = nexus_name_from_user(name, uname);
	if (err)
		return err;
	if (type == NEXUS_TYPE_THREAD)
		return nexus_thread_find(name);
	return nexus_name_find(nexus_current_ns(), type, name);
}

static void nexus_system_info(struct nexus_system_info *info)
{
	struct nexus_ns *nsp = nexus_current_ns();
	struct nexus_ids *ports = nexus_ids(nsp, NEXUS_TYPE_PORT);
	struct nexus_ids *sems = nexus_ids(nsp, NEXUS_TYPE_SEM);
	struct nexus_ids *areas = nexus_ids(nsp, NEXUS_TYPE_AREA);

	memset(info, 0, sizeof(*info));
	info->abi = NEXUS_ABI_VERSION;
	info->ports = atomic_read(&ports->count);
	info->ports_max = READ_ONCE(ports->max);
	info->queued_bytes = percpu_counter_sum_positive(&nsp->queued_bytes);
	info->queued_bytes_max = READ_ONCE(nsp->queued_bytes_max);
	info->sems = atomic_read(&sems->count);
	info->sems_max = READ_ONCE(sems->max);
	info->areas = atomic_read(&areas->count);
	info->areas_max = READ_ONCE(areas->max);
}

/*
 * What nexus_info() gives for a type: the size of its structure, and in @min
 * that of the first version.  0 if there is no such type.
 */
static size_t nexus_info_size(unsigned int type, size_t *min)
{
	const struct nexus_type_ops *ops = nexus_type_ops(type);

	if (ops) {
		*min = ops->info_min;
		return ops->info_size;
	}
	switch (type) {
	case NEXUS_TYPE_SYSTEM:
		*min = NEXUS_SYSTEM_INFO_SIZE_VER0;
		return sizeof(struct nexus_system_info);
	case NEXUS_TYPE_THREAD:
		*min = NEXUS_THREAD_INFO_SIZE_VER0;
		return sizeof(struct nexus_thread_info);
	default:
		return 0;
	}
}

/**
 * nexus_check_usize - can a structure of that size be filled?
 * @usize: its size as the caller knows it
 * @min:   its size in the first version
 *
 * Return: 0, -E2BIG or -EINVAL.
 */
int nexus_check_usize(size_t usize, size_t min)
{
	if (usize > PAGE_SIZE)
		return -E2BIG;
	return usize < min ? -EINVAL : 0;
}

/**
 * nexus_info_to_user - give the caller its structure
 * @uinfo: the caller's
 * @usize: its size as the caller knows it
 * @info:  ours
 * @ksize: its size
 *
 * Bytes that this kernel does not know are zeroed for the caller.
 *
 * Return: 0 or -EFAULT.
 */
int nexus_info_to_user(void __user *uinfo, size_t usize,
		       const union nexus_info *info, size_t ksize)
{
	if (usize > ksize && clear_user(uinfo + ksize, usize - ksize))
		return -EFAULT;
	return copy_to_user(uinfo, info, min(usize, ksize)) ? -EFAULT : 0;
}

static int nexus_object_info_id(unsigned int type, int id,
				union nexus_info *info)
{
	struct nexus_object *obj;
	int err;

	scoped_guard(rcu) {
		obj = nexus_object_find(nexus_current_ns(), type, id);
		if (!obj)
			return -EIDRM;
		err = nexus_object_access(obj, NEXUS_MAY_READ) ?:
		      nexus_object_info(obj, info);
		if (err || !obj->ops->complete)
			return err;
		if (!nexus_object_tryget(obj))
			return -EIDRM;
	}
	obj->ops->complete(obj, info);
	nexus_object_put(obj);
	return 0;
}

/**
 * sys_nexus_info - describe an object
 *
 * @type:  one of enum nexus_type
 * @id:    the object; 0 for %NEXUS_TYPE_SYSTEM
 * @uinfo: the structure of that type, see there
 * @usize: its size as the caller knows it
 * @flags: must be 0
 *
 * Return:
 * - 0
 * - %EINVAL: unknown type or flags
 * - %E2BIG: @usize is larger than a page
 * - %EINVAL: @usize is smaller than the first version of the structure
 * - %EIDRM: there is no such object
 * - %ESRCH: there is no such thread
 * - %EACCES: the caller may not read it
 * - %EFAULT: @uinfo cannot be written
 */
SYSCALL_DEFINE5(nexus_info, unsigned int, type, int, id, void __user *, uinfo,
		size_t, usize, unsigned int, flags)
{
	union nexus_info info;
	size_t ksize, min;
	int err;

	ksize = nexus_info_size(type, &min);
	if (!ksize || flags)
		return -EINVAL;
	err = nexus_check_usize(usize, min);
	if (err)
		return err;

	switch (type) {
	case NEXUS_TYPE_SYSTEM:
		if (id)
			return -EIDRM;
		nexus_system_info(&info.system);
		break;
	case NEXUS_TYPE_THREAD:
		err = nexus_thread_info(id, &info.thread);
		break;
	default:
		err = nexus_object_info_id(type, id, &info);
		break;
	}
	return err ?: nexus_info_to_user(uinfo, usize, &info, ksize);
}

/* Fill @info if the caller's iteration over a team should see the object. */
static bool nexus_object_list(struct nexus_object *obj, union nexus_info *info)
{
	bool listed;

	if (obj->nsp != nexus_current_ns() || !nexus_object_listed(obj))
		return false;
	memset(info, 0, sizeof(*info));
	if (!nexus_object_lock(obj))
		return false;
	listed = !obj->ops->listed || obj->ops->listed(obj);
	if (listed)
		obj->ops->info(obj, info);
	nexus_object_unlock(obj);
	if (listed && obj->ops->complete)
		obj->ops->complete(obj, info);
	return listed;
}

static int nexus_object_next_of(unsigned int type, int nr, int id,
				union nexus_info *info)
{
	struct nexus_team *team __free(nexus_team) =
		nexus_team_find(nr, false, NULL, NULL);

	if (IS_ERR(team))
		return PTR_ERR(team);
	if (!team)
		return -ENOENT;

	for (;;) {
		struct nexus_object *obj __free(nexus_object) =
			nexus_team_next(team, type, id);

		if (!obj)
			return -ENOENT;
		if (nexus_object_list(obj, info))
			return 0;
		id = obj->perm.id;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

/**
 * sys_nexus_next - describe the next object of a team
 *
 * @type:  one of enum nexus_type that belongs to teams
 * @nr:    the team; 0: the caller's own
 * @id:    an object of it, which need not exist any more; 0 to begin with
 * @uinfo: the structure of that type, see there
 * @usize: its size as the caller knows it
 * @flags: must be 0
 *
 * The objects come in the order of their ids, so whatever exists during the
 * whole iteration is seen once, be others created and deleted meanwhile or
 * not.  The main thread comes before the other threads.  Closed ports and
 * objects that the caller may not read are left out.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown type or flags
 * - %E2BIG: @usize is larger than a page
 * - %EINVAL: @usize is smaller than the first version of the structure, or
 *   @nr is negative
 * - %ESRCH: there is no such team
 * - %ENOENT: it has no object with an id above @id
 * - %EFAULT: @uinfo cannot be written
 */
SYSCALL_DEFINE6(nexus_next, unsigned int, type, int, nr, int, id,
		void __user *, uinfo, size_t, usize, unsigned int, flags)
{
	union nexus_info info;
	size_t ksize, min;
	int err;

	ksize = nexus_info_size(type, &min);
	if (!ksize || type == NEXUS_TYPE_SYSTEM || flags)
		return -EINVAL;
	err = nexus_check_usize(usize, min);
	if (err)
		return err;

	if (type == NEXUS_TYPE_THREAD)
		err = nexus_thread_next(nr, id, &info.thread);
	else
		err = nexus_object_next_of(type, nr, id, &info);
	return err ?: nexus_info_to_user(uinfo, usize, &info, ksize);
}

/**
 * sys_nexus_delete - delete an object
 *
 * @type:  one of enum nexus_type that can be deleted
 * @id:    the object
 * @flags: must be 0
 *
 * Everybody who waits for it is woken with %EIDRM; messages in a port are
 * lost.  An area is unmapped, which only its team can do.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown type or flags
 * - %EIDRM: there is no such object
 * - %EPERM: the caller is neither the user who owns it nor the one who created
 *   it, and has neither %CAP_IPC_OWNER nor %CAP_SYS_ADMIN
 * - %EPERM: an area of another team, or one that is sealed
 * - %ENOMEM, %EINTR: an area, and there is no memory or the caller is being
 *   killed
 */
SYSCALL_DEFINE3(nexus_delete, unsigned int, type, int, id, unsigned int, flags)
{
	struct nexus_object *obj __free(nexus_object) = NULL;

	if (!nexus_type_ops(type) || flags)
		return -EINVAL;
	if (type == NEXUS_TYPE_AREA)
		return nexus_area_delete(id);
	obj = nexus_object_get_managed(type, id, IPC_RMID);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	return nexus_object_delete(obj, NULL);
}

/**
 * sys_nexus_set_owner - give an object to another team
 *
 * @type:  %NEXUS_TYPE_PORT or %NEXUS_TYPE_SEM; for areas there is
 *         nexus_area_transfer()
 * @id:    the object
 * @nr:    the team; 0: the caller's own
 * @flags: must be 0
 *
 * From now on the object ends with that team, and the effective user of that
 * team owns it too; who created it keeps all rights.  Nothing else changes.
 *
 * Return:
 * - 0
 * - %EINVAL: unknown type or flags
 * - %EIDRM: there is no such object
 * - %EPERM: the caller is neither the user who owns it nor the one who created
 *   it, and has neither %CAP_IPC_OWNER nor %CAP_SYS_ADMIN
 * - %EINVAL: @nr is negative
 * - %ESRCH: there is no such team, or it is about to end
 * - %ENOMEM: no memory
 * - %EIDRM: the object was deleted meanwhile
 */
SYSCALL_DEFINE4(nexus_set_owner, unsigned int, type, int, id, int, nr,
		unsigned int, flags)
{
	struct nexus_object *obj __free(nexus_object) = NULL;
	struct nexus_team *team __free(nexus_team) = NULL;
	kuid_t uid;
	kgid_t gid;
	int err;

	if (!nexus_type_ops(type) || type == NEXUS_TYPE_AREA || flags)
		return -EINVAL;
	obj = nexus_object_get_managed(type, id, IPC_SET);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	team = nexus_team_find(nr, true, &uid, &gid);
	if (IS_ERR(team))
		return PTR_ERR(team);

	if (!nexus_object_lock(obj))
		return -EIDRM;
	err = 0;
	if (obj->team != team) {
		err = nexus_team_move(obj, team);
		if (!err) {
			obj->perm.uid = uid;
			obj->perm.gid = gid;
		}
	}
	nexus_object_unlock(obj);
	trace_object_owner(type, id, nr, err);
	return err;
}

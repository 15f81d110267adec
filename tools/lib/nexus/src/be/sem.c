// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Semaphores by their BeOS names.
 *
 * As with ports the kernel has the semantics; what is here is names, statuses,
 * timeouts, and the order of errors where it is not the kernel's.
 */
#include <stdint.h>
#include <string.h>
#include <nexus.h>
#include <OS.h>
#include "status.h"
#include "team.h"
#include "user.h"
#include "wait.h"

sem_id create_sem(int32 count, const char *name)
{
	struct nexus_sem_args args;
	int ret;

	memset(&args, 0, sizeof(args));
	args.name = (uintptr_t)name;
	args.count = count;
	ret = nexus_sem_create(&args, sizeof(args));
	/* BeOS reads the name first.  So does a look-up. */
	if (ret == -EINVAL && name &&
	    nexus_find(NEXUS_TYPE_SEM, name, 0) == -EFAULT)
		ret = -EFAULT;
	return be_sem_status(ret);
}

status_t delete_sem(sem_id sem)
{
	return be_sem_status(nexus_delete(NEXUS_TYPE_SEM, sem, 0));
}

/* What is wrong with the arguments that the kernel does not see or see first */
static status_t bad_arguments(sem_id sem, int32 count, uint32 flags)
{
	if (sem < 0)
		return B_BAD_SEM_ID;
	if (count <= 0 || be_wait_both_kinds(flags))
		return B_BAD_VALUE;
	return B_OK;
}

/* A negative count of a releaser is the status of those that it woke. */
static status_t acquired(int ret, int32 status)
{
	return ret == -ECANCELED ? status : be_sem_status(ret);
}

status_t acquire_sem_etc(sem_id sem, int32 count, uint32 flags,
			 bigtime_t timeout)
{
	status_t status = bad_arguments(sem, count, flags);
	struct be_wait wait;
	int ret;

	if (status != B_OK)
		return status;
	be_wait_begin(&wait, flags, timeout);
	ret = nexus_sem_acquire(sem, count, wait.flags, wait.deadline,
				&status);
	return acquired(ret, status);
}

status_t acquire_sem(sem_id sem)
{
	status_t status = B_CANCELED;
	int ret;

	if (sem < 0)
		return B_BAD_SEM_ID;
	ret = nexus_sem_acquire(sem, 1, 0, NULL, &status);
	return acquired(ret, status);
}

status_t switch_sem_etc(sem_id semToBeReleased, sem_id sem, int32 count,
			uint32 flags, bigtime_t timeout)
{
	status_t status = bad_arguments(sem, count, flags);
	struct be_wait wait;
	int ret;

	if (status != B_OK)
		return status;
	be_wait_begin(&wait, flags, timeout);
	ret = nexus_sem_switch(semToBeReleased, sem, count, wait.flags,
			       wait.deadline, &status);
	return acquired(ret, status);
}

status_t switch_sem(sem_id semToBeReleased, sem_id sem)
{
	return switch_sem_etc(semToBeReleased, sem, 1, 0, 0);
}

status_t release_sem_etc(sem_id sem, int32 count, uint32 flags)
{
	unsigned int how = 0;

	if (sem < 0)
		return B_BAD_SEM_ID;
	/* How many does not matter to all, only whether it is a status. */
	if (flags & B_RELEASE_ALL) {
		how = NEXUS_SEM_ALL;
		count = min_c(count, 0);
	} else if (flags & B_RELEASE_IF_WAITING_ONLY) {
		how = NEXUS_SEM_IF_WAITING;
	}
	return be_sem_status(nexus_sem_release(sem, count, how));
}

status_t release_sem(sem_id sem)
{
	return release_sem_etc(sem, 1, 0);
}

status_t get_sem_count(sem_id sem, int32 *count)
{
	struct nexus_sem_info info;
	int ret;

	if (!count || be_bad_address(count))
		return B_BAD_ADDRESS;
	ret = nexus_info(NEXUS_TYPE_SEM, sem, &info, sizeof(info), 0);
	if (ret == 0)
		ret = be_copy_out(count, &info.count, sizeof(*count));
	return be_sem_status(ret);
}

status_t set_sem_owner(sem_id sem, team_id team)
{
	int ret;

	if (sem < 0)
		return B_BAD_SEM_ID;
	if (team < 0)
		return B_BAD_TEAM_ID;

	ret = nexus_set_owner(NEXUS_TYPE_SEM, sem, team, 0);
	/* BeOS looks for the team first, the kernel for the semaphore. */
	if ((ret == -EIDRM || ret == -EPERM) && !be_team_exists(team))
		ret = -ESRCH;
	return be_sem_status(ret);
}

static int store_info(sem_info *info, const struct nexus_sem_info *from)
{
	sem_info out;

	memset(&out, 0, sizeof(out));
	out.sem = from->id;
	out.team = from->team;
	memcpy(out.name, from->name, sizeof(out.name));
	out.count = from->count;
	out.latest_holder = from->latest_holder;
	return be_copy_out(info, &out, sizeof(out));
}

status_t _get_sem_info(sem_id sem, sem_info *info, size_t size)
{
	struct nexus_sem_info from;
	int ret;

	if (!info || be_bad_address(info))
		return B_BAD_ADDRESS;
	if (sem < 0)
		return B_BAD_SEM_ID;
	if (size != sizeof(*info))
		return B_BAD_VALUE;
	ret = nexus_info(NEXUS_TYPE_SEM, sem, &from, sizeof(from), 0);
	if (ret == 0)
		ret = store_info(info, &from);
	return be_sem_status(ret);
}

/* The cookie is the id of the semaphore that came last. */
status_t _get_next_sem_info(team_id team, int32 *cookie, sem_info *info,
			    size_t size)
{
	struct nexus_sem_info from;
	int32 last;
	int ret;

	if (!info || be_bad_address(info) || !cookie ||
	    be_copy_in(&last, cookie, sizeof(last)))
		return B_BAD_ADDRESS;
	if (size != sizeof(*info))
		return B_BAD_VALUE;
	if (team < 0)
		return B_BAD_TEAM_ID;

	ret = nexus_next(NEXUS_TYPE_SEM, team, last, &from, sizeof(from), 0);
	if (ret == -ENOENT)
		return B_BAD_VALUE;
	if (ret == 0)
		ret = store_info(info, &from);
	if (ret == 0)
		ret = be_copy_out(cookie, &from.id, sizeof(from.id));
	return be_sem_status(ret);
}

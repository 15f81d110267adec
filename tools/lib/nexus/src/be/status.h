/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* From negative errno to BeOS status. */
#ifndef BE_STATUS_H
#define BE_STATUS_H

#include <errno.h>
#include <OS.h>

/*
 * Where one errno means different things to different kinds of objects, the
 * kind that differs looks for it first; this is for ports and teams.
 */
static const struct be_errno_status {
	int error;
	status_t status;
} be_errno_status[] = {
	{ EIDRM,	B_BAD_PORT_ID },
	{ ESHUTDOWN,	B_BAD_PORT_ID },
	{ EAGAIN,	B_WOULD_BLOCK },
	{ ETIMEDOUT,	B_TIMED_OUT },
	{ EINTR,	B_INTERRUPTED },
	{ EFAULT,	B_BAD_ADDRESS },
	{ EMSGSIZE,	B_BAD_VALUE },
	{ EINVAL,	B_BAD_VALUE },
	{ E2BIG,	B_BAD_VALUE },
	{ ENOENT,	B_NAME_NOT_FOUND },
	{ ESRCH,	B_BAD_TEAM_ID },
	{ ENOMEM,	B_NO_MEMORY },
	{ ENOSPC,	B_NO_MORE_PORTS },
	{ EACCES,	B_PERMISSION_DENIED },
	{ EPERM,	B_NOT_ALLOWED },
	{ EOVERFLOW,	B_BAD_VALUE },
	{ ECANCELED,	B_CANCELED },
	{ EDEADLK,	B_POSIX_EDEADLK },
	{ EMFILE,	B_NO_MEMORY },
	{ ENFILE,	B_NO_MEMORY },
	{ ENOSYS,	B_NOT_SUPPORTED },
};

/* Results that are no errors are passed through. */
static inline ssize_t be_status(ssize_t ret)
{
	size_t i;

	if (ret >= 0)
		return ret;
	for (i = 0; i < sizeof(be_errno_status) / sizeof(*be_errno_status);
	     i++)
		if (be_errno_status[i].error == -ret)
			return be_errno_status[i].status;
	return B_ERROR;
}

static inline status_t be_sem_status(ssize_t ret)
{
	switch (ret) {
	case -EIDRM:
		return B_BAD_SEM_ID;
	case -ENOSPC:
		return B_NO_MORE_SEMS;
	default:
		return (status_t)be_status(ret);
	}
}

static inline status_t be_thread_status(ssize_t ret)
{
	if (ret == -ESRCH)
		return B_BAD_THREAD_ID;
	return (status_t)be_status(ret);
}

static inline status_t be_area_status(ssize_t ret)
{
	switch (ret) {
	case -EIDRM:
		return B_BAD_TEAM_ID;
	case -EEXIST:
		return B_BAD_VALUE;
	case -ENOSPC:
		return B_NO_MEMORY;
	case -EACCES:
		return B_NOT_ALLOWED;
	default:
		return (status_t)be_status(ret);
	}
}

/* Where nothing is known by a name that could not be found */
static inline status_t be_node_status(ssize_t ret)
{
	switch (ret) {
	case -ENOENT:
		return B_ENTRY_NOT_FOUND;
	case -ENOSPC:
		return B_NO_MEMORY;
	case -EOPNOTSUPP:
		return B_UNSUPPORTED;
	default:
		return (status_t)be_status(ret);
	}
}

#endif /* BE_STATUS_H */

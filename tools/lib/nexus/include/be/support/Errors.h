/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * The status codes of the BeOS and Haiku kernel kit.
 *
 * The names that POSIX defines (EINTR, EINVAL, ...) are aliases of these on
 * Haiku.  Here they keep the values that Linux's <errno.h> gives them: no
 * function of libbe-kernel returns or sets them.  A status that has no other
 * name on Haiku is called B_POSIX_ and its name here.
 */
#ifndef _ERRORS_H
#define _ERRORS_H

#include <limits.h>

#define B_GENERAL_ERROR_BASE		INT_MIN
#define B_OS_ERROR_BASE			(B_GENERAL_ERROR_BASE + 0x1000)
#define B_STORAGE_ERROR_BASE		(B_GENERAL_ERROR_BASE + 0x6000)
#define B_POSIX_ERROR_BASE		(B_GENERAL_ERROR_BASE + 0x7000)

#define B_OK				((int)0)
#define B_NO_ERROR			B_OK
#define B_ERROR				(-1)

/* General */
#define B_NO_MEMORY			(B_GENERAL_ERROR_BASE + 0)
#define B_IO_ERROR			(B_GENERAL_ERROR_BASE + 1)
#define B_PERMISSION_DENIED		(B_GENERAL_ERROR_BASE + 2)
#define B_BAD_VALUE			(B_GENERAL_ERROR_BASE + 5)
#define B_NAME_NOT_FOUND		(B_GENERAL_ERROR_BASE + 7)
#define B_NAME_IN_USE			(B_GENERAL_ERROR_BASE + 8)
#define B_TIMED_OUT			(B_GENERAL_ERROR_BASE + 9)
#define B_INTERRUPTED			(B_GENERAL_ERROR_BASE + 10)
#define B_WOULD_BLOCK			(B_GENERAL_ERROR_BASE + 11)
#define B_CANCELED			(B_GENERAL_ERROR_BASE + 12)
#define B_NO_INIT			(B_GENERAL_ERROR_BASE + 13)
#define B_BUSY				(B_GENERAL_ERROR_BASE + 14)
#define B_NOT_ALLOWED			(B_GENERAL_ERROR_BASE + 15)
#define B_BAD_DATA			(B_GENERAL_ERROR_BASE + 16)

/* Kernel kit */
#define B_BAD_SEM_ID			(B_OS_ERROR_BASE + 0x000)
#define B_NO_MORE_SEMS			(B_OS_ERROR_BASE + 0x001)
#define B_BAD_THREAD_ID			(B_OS_ERROR_BASE + 0x100)
#define B_NO_MORE_THREADS		(B_OS_ERROR_BASE + 0x101)
#define B_BAD_THREAD_STATE		(B_OS_ERROR_BASE + 0x102)
#define B_BAD_TEAM_ID			(B_OS_ERROR_BASE + 0x103)
#define B_NO_MORE_TEAMS			(B_OS_ERROR_BASE + 0x104)
#define B_BAD_PORT_ID			(B_OS_ERROR_BASE + 0x200)
#define B_NO_MORE_PORTS			(B_OS_ERROR_BASE + 0x201)
#define B_BAD_ADDRESS			(B_OS_ERROR_BASE + 0x301)

/* Storage kit */
#define B_FILE_ERROR			(B_STORAGE_ERROR_BASE + 0)
#define B_ENTRY_NOT_FOUND		(B_STORAGE_ERROR_BASE + 3)
#define B_CROSS_DEVICE_LINK		(B_STORAGE_ERROR_BASE + 11)
#define B_UNSUPPORTED			(B_STORAGE_ERROR_BASE + 14)

/* POSIX.  The first is also what every call gives without Nexus. */
#define B_NOT_SUPPORTED			(B_POSIX_ERROR_BASE + 43)
/* Haiku has these as EDEADLK and ENOTSUP alone, which are Linux's here. */
#define B_POSIX_EDEADLK			(B_POSIX_ERROR_BASE + 3)
#define B_POSIX_ENOTSUP			(B_POSIX_ERROR_BASE + 56)

#endif /* _ERRORS_H */

/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * libnexus: the Nexus system calls for C and C++.
 *
 * Every function returns 0 or a positive number, or a negative errno.  errno
 * itself is left alone.  Nothing here allocates memory or keeps state, so
 * all of it may be called from signal handlers and after vfork().
 *
 * The system calls are inline.  The library exports the same functions for
 * languages that cannot use a C header.
 */
#ifndef NEXUS_H
#define NEXUS_H

#include <stddef.h>
#include <sys/types.h>
#include <linux/nexus.h>
#include <linux/time_types.h>
#include <nexus/syscall.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * nexus_find() - look up an object by its name
 * @type:	a NEXUS_TYPE_ constant
 * @name:	string; what follows its 31st byte does not count
 * @flags:	0
 *
 * Return: the id, or a negative errno, see nexus_find(2).
 */
NEXUS_INLINE int nexus_find(unsigned int type, const char *name,
			    unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_find, (long)type, (long)name,
				  (long)flags, 0, 0, 0);
}

/**
 * nexus_info() - ask about an object
 * @type:	a NEXUS_TYPE_ constant
 * @id:		the object; 0 for NEXUS_TYPE_SYSTEM
 * @info:	the structure that belongs to @type
 * @size:	size of that structure
 * @flags:	0
 *
 * Return: 0 or a negative errno, see nexus_info(2).
 */
NEXUS_INLINE int nexus_info(unsigned int type, int id, void *info, size_t size,
			    unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_info, (long)type, id, (long)info,
				  (long)size, (long)flags, 0);
}

/**
 * nexus_next() - go through the objects that a team owns
 * @type:	a NEXUS_TYPE_ constant
 * @team:	process id; 0 for the caller's own
 * @id:		0 at first, then the id that the last call gave
 * @info:	the structure that belongs to @type
 * @size:	size of that structure
 * @flags:	0
 *
 * Return: 0 or a negative errno, -ENOENT at the end; see nexus_next(2).
 */
NEXUS_INLINE int nexus_next(unsigned int type, int team, int id, void *info,
			    size_t size, unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_next, (long)type, team, id,
				  (long)info, (long)size, (long)flags);
}

/**
 * nexus_delete() - delete an object
 * @type:	a NEXUS_TYPE_ constant
 * @id:		the object
 * @flags:	0
 *
 * Return: 0 or a negative errno, see nexus_delete(2).
 */
NEXUS_INLINE int nexus_delete(unsigned int type, int id, unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_delete, (long)type, id,
				  (long)flags, 0, 0, 0);
}

/**
 * nexus_set_owner() - give an object to another team
 * @type:	a NEXUS_TYPE_ constant
 * @id:		the object
 * @team:	process id; 0 for the caller's own
 * @flags:	0
 *
 * Return: 0 or a negative errno, see nexus_set_owner(2).
 */
NEXUS_INLINE int nexus_set_owner(unsigned int type, int id, int team,
				 unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_set_owner, (long)type, id, team,
				  (long)flags, 0, 0);
}

/**
 * nexus_port_create() - make a port
 * @args:	what to make
 * @size:	sizeof(*args)
 *
 * Return: the id, or a negative errno, see nexus_port_create(2).
 */
NEXUS_INLINE int nexus_port_create(struct nexus_port_args *args, size_t size)
{
	return (int)nexus_syscall(__NR_nexus_port_create, (long)args,
				  (long)size, 0, 0, 0, 0);
}

/**
 * nexus_port_send() - put a message into a port
 * @port:	the port
 * @code:	number for the receiver
 * @buf:	data, or an array of struct iovec with NEXUS_PORT_GATHER
 * @size:	bytes of data, or elements of the array
 * @flags:	NEXUS_NOWAIT, NEXUS_CLOCK_REALTIME, NEXUS_PORT_GATHER
 * @deadline:	when to stop waiting, absolute; NULL for never
 *
 * Return: 0 or a negative errno, see nexus_port_send(2).
 */
NEXUS_INLINE int nexus_port_send(int port, int code, const void *buf,
				 size_t size, unsigned int flags,
				 const struct __kernel_timespec *deadline)
{
	return (int)nexus_syscall(__NR_nexus_port_send, port, code, (long)buf,
				  (long)size, (long)flags, (long)deadline);
}

/**
 * nexus_port_recv() - take a message out of a port
 * @port:	the port
 * @buf:	where the data goes
 * @size:	room in @buf; what does not fit is lost
 * @info:	struct nexus_msg_info, or the code alone with NEXUS_PORT_CODE;
 *		may be NULL
 * @flags:	NEXUS_NOWAIT, NEXUS_CLOCK_REALTIME, NEXUS_PORT_PEEK,
 *		NEXUS_PORT_CODE
 * @deadline:	when to stop waiting, absolute; NULL for never
 *
 * Return: bytes stored (NEXUS_PORT_PEEK: size of the message), or a negative
 * errno, see nexus_port_recv(2).
 */
NEXUS_INLINE ssize_t nexus_port_recv(int port, void *buf, size_t size,
				     void *info,
				     unsigned int flags,
				     const struct __kernel_timespec *deadline)
{
	return (ssize_t)nexus_syscall(__NR_nexus_port_recv, port, (long)buf,
				      (long)size, (long)info, (long)flags,
				      (long)deadline);
}

/**
 * nexus_port_close() - let a port take no more messages
 * @port:	the port
 * @flags:	0
 *
 * Return: 0 or a negative errno, see nexus_port_close(2).
 */
NEXUS_INLINE int nexus_port_close(int port, unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_port_close, port, (long)flags,
				  0, 0, 0, 0);
}

/* Helpers, see their pages in section 3 of the manual. */
int nexus_supported(void);
const char *nexus_strerror(int error);
void nexus_deadline_after_ns(struct __kernel_timespec *deadline,
			     __s64 nanoseconds);
void nexus_deadline_after_us(struct __kernel_timespec *deadline,
			     __s64 microseconds);
int nexus_port_new(const char *name, unsigned int capacity);

#ifdef __cplusplus
}
#endif

#endif /* NEXUS_H */

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
 * nexus_next() - go through the objects or threads of a team
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

/**
 * nexus_sem_create() - make a semaphore
 * @args:	what to make
 * @size:	sizeof(*args)
 *
 * Return: the id, or a negative errno, see nexus_sem_create(2).
 */
NEXUS_INLINE int nexus_sem_create(struct nexus_sem_args *args, size_t size)
{
	return (int)nexus_syscall(__NR_nexus_sem_create, (long)args,
				  (long)size, 0, 0, 0, 0);
}

/**
 * nexus_sem_acquire() - take units from a semaphore
 * @sem:	the semaphore
 * @count:	how many units, above 0
 * @flags:	NEXUS_NOWAIT, NEXUS_CLOCK_REALTIME
 * @deadline:	when to stop waiting, absolute; NULL for never
 * @status:	set to the number that came with -ECANCELED; may be NULL
 *
 * Return: 0 or a negative errno, see nexus_sem_acquire(2).
 */
NEXUS_INLINE int nexus_sem_acquire(int sem, int count, unsigned int flags,
				   const struct __kernel_timespec *deadline,
				   __s32 *status)
{
	return (int)nexus_syscall(__NR_nexus_sem_acquire, sem, count,
				  (long)flags, (long)deadline, (long)status,
				  0);
}

/**
 * nexus_sem_release() - give units to a semaphore
 * @sem:	the semaphore
 * @count:	how many units; 0 or a message below 0 with NEXUS_SEM_ALL
 * @flags:	NEXUS_SEM_ALL, NEXUS_SEM_IF_WAITING
 *
 * Return: 0 or a negative errno, see nexus_sem_release(2).
 */
NEXUS_INLINE int nexus_sem_release(int sem, int count, unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_sem_release, sem, count,
				  (long)flags, 0, 0, 0);
}

/**
 * nexus_sem_switch() - release one semaphore and acquire another
 * @release:	gets one unit; ignored if negative
 * @acquire:	the semaphore to take from
 * @count:	how many units to take, above 0
 * @flags:	NEXUS_NOWAIT, NEXUS_CLOCK_REALTIME
 * @deadline:	when to stop waiting, absolute; NULL for never
 * @status:	set to the number that came with -ECANCELED; may be NULL
 *
 * Return: 0 or a negative errno, see nexus_sem_switch(2).
 */
NEXUS_INLINE int nexus_sem_switch(int release, int acquire, int count,
				  unsigned int flags,
				  const struct __kernel_timespec *deadline,
				  __s32 *status)
{
	return (int)nexus_syscall(__NR_nexus_sem_switch, release, acquire,
				  count, (long)flags, (long)deadline,
				  (long)status);
}

/**
 * nexus_thread_set() - change what a thread is called and how it runs
 * @thread:	the thread; 0 for the caller
 * @args:	what to change
 * @size:	sizeof(*args)
 *
 * Return: with NEXUS_THREAD_PRIORITY the priority that it had, otherwise 0,
 * or a negative errno, see nexus_thread_set(2).
 */
NEXUS_INLINE int nexus_thread_set(int thread, struct nexus_thread_args *args,
				  size_t size)
{
	return (int)nexus_syscall(__NR_nexus_thread_set, thread, (long)args,
				  (long)size, 0, 0, 0);
}

/**
 * nexus_thread_suspend() - stop one thread
 * @thread:	the thread
 * @flags:	0
 *
 * Return: 0 or a negative errno, see nexus_thread_suspend(2).
 */
NEXUS_INLINE int nexus_thread_suspend(int thread, unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_thread_suspend, thread,
				  (long)flags, 0, 0, 0, 0);
}

/**
 * nexus_thread_resume() - let a suspended thread go on
 * @thread:	the thread
 * @flags:	0
 *
 * Return: 0 or a negative errno, see nexus_thread_resume(2).
 */
NEXUS_INLINE int nexus_thread_resume(int thread, unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_thread_resume, thread,
				  (long)flags, 0, 0, 0, 0);
}

/**
 * nexus_thread_kill() - end one thread
 * @thread:	the thread; a main thread takes its whole team along
 * @flags:	0
 *
 * Return: 0 or a negative errno, see nexus_thread_kill(2).
 */
NEXUS_INLINE int nexus_thread_kill(int thread, unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_thread_kill, thread, (long)flags,
				  0, 0, 0, 0);
}

/**
 * nexus_thread_wait() - wait until a thread has ended
 * @thread:	the thread, which is resumed first
 * @status:	set to its status; may be NULL
 * @flags:	NEXUS_NOWAIT, NEXUS_CLOCK_REALTIME
 * @deadline:	when to stop waiting, absolute; NULL for never
 *
 * Return: 0 or a negative errno, see nexus_thread_wait(2).
 */
NEXUS_INLINE int nexus_thread_wait(int thread, __s32 *status,
				   unsigned int flags,
				   const struct __kernel_timespec *deadline)
{
	return (int)nexus_syscall(__NR_nexus_thread_wait, thread, (long)status,
				  (long)flags, (long)deadline, 0, 0);
}

/**
 * nexus_thread_send() - put a message into the slot of a thread
 * @thread:	the thread
 * @code:	number for the receiver
 * @buf:	data
 * @size:	bytes of data
 * @flags:	NEXUS_NOWAIT, NEXUS_CLOCK_REALTIME
 * @deadline:	when to stop waiting, absolute; NULL for never
 *
 * Return: 0 or a negative errno, see nexus_thread_send(2).
 */
NEXUS_INLINE int nexus_thread_send(int thread, int code, const void *buf,
				   size_t size, unsigned int flags,
				   const struct __kernel_timespec *deadline)
{
	return (int)nexus_syscall(__NR_nexus_thread_send, thread, code,
				  (long)buf, (long)size, (long)flags,
				  (long)deadline);
}

/**
 * nexus_thread_recv() - take the message out of the caller's slot
 * @buf:	where the data goes
 * @size:	room in @buf; what does not fit is lost
 * @info:	describes the message; may be NULL
 * @flags:	NEXUS_NOWAIT, NEXUS_CLOCK_REALTIME
 * @deadline:	when to stop waiting, absolute; NULL for never
 *
 * Return: bytes stored, or a negative errno, see nexus_thread_recv(2).
 */
NEXUS_INLINE ssize_t nexus_thread_recv(void *buf, size_t size,
				       struct nexus_msg_info *info,
				       unsigned int flags,
				       const struct __kernel_timespec *deadline)
{
	return (ssize_t)nexus_syscall(__NR_nexus_thread_recv, (long)buf,
				      (long)size, (long)info, (long)flags,
				      (long)deadline, 0);
}

/**
 * nexus_snooze() - sleep until a time
 * @flags:	0 or NEXUS_CLOCK_REALTIME
 * @deadline:	when to wake up, absolute
 *
 * Return: 0 or a negative errno, see nexus_snooze(2).
 */
NEXUS_INLINE int nexus_snooze(unsigned int flags,
			      const struct __kernel_timespec *deadline)
{
	return (int)nexus_syscall(__NR_nexus_snooze, (long)flags,
				  (long)deadline, 0, 0, 0, 0);
}

/**
 * nexus_open() - make a file descriptor for an object
 * @type:	NEXUS_TYPE_PORT, NEXUS_TYPE_SEM or NEXUS_TYPE_THREAD for
 *		poll(2), NEXUS_TYPE_AREA for mmap(2)
 * @id:		the object
 * @flags:	0
 *
 * Return: the descriptor, or a negative errno, see nexus_open(2).
 */
NEXUS_INLINE int nexus_open(unsigned int type, int id, unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_open, (long)type, id, (long)flags,
				  0, 0, 0);
}

/**
 * nexus_area_create() - make an area
 * @args:	what to make; its address is set to where it went
 * @size:	sizeof(*args)
 *
 * Return: the id, or a negative errno, see nexus_area_create(2).
 */
NEXUS_INLINE int nexus_area_create(struct nexus_area_args *args, size_t size)
{
	return (int)nexus_syscall(__NR_nexus_area_create, (long)args,
				  (long)size, 0, 0, 0, 0);
}

/**
 * nexus_area_clone() - map the memory of an area once more
 * @source:	the area, of any team
 * @args:	what to make; its address is set to where it went
 * @size:	sizeof(*args)
 *
 * Return: the id of the clone, or a negative errno, see nexus_area_clone(2).
 */
NEXUS_INLINE int nexus_area_clone(int source, struct nexus_area_args *args,
				  size_t size)
{
	return (int)nexus_syscall(__NR_nexus_area_clone, source, (long)args,
				  (long)size, 0, 0, 0);
}

/**
 * nexus_area_resize() - make an area and all its clones larger or smaller
 * @area:	the area, of the caller's team
 * @size:	bytes, a multiple of the page size
 *
 * Return: 0 or a negative errno, see nexus_area_resize(2).
 */
NEXUS_INLINE int nexus_area_resize(int area, size_t size)
{
	return (int)nexus_syscall(__NR_nexus_area_resize, area, (long)size, 0,
				  0, 0, 0);
}

/**
 * nexus_area_protect() - change what may be done with an area
 * @area:	the area, of the caller's team
 * @protection:	all of it: NEXUS_AREA_READ and others
 *
 * Return: 0 or a negative errno, see nexus_area_protect(2).
 */
NEXUS_INLINE int nexus_area_protect(int area, unsigned int protection)
{
	return (int)nexus_syscall(__NR_nexus_area_protect, area,
				  (long)protection, 0, 0, 0, 0);
}

/**
 * nexus_area_transfer() - move an area into another team
 * @area:	the area, of the caller's team
 * @team:	process id; 0 for the caller's own
 * @args:	where to; its address is set to where it went
 * @size:	sizeof(*args)
 *
 * Return: its new id, or a negative errno, see nexus_area_transfer(2).
 */
NEXUS_INLINE int nexus_area_transfer(int area, int team,
				     struct nexus_area_args *args, size_t size)
{
	return (int)nexus_syscall(__NR_nexus_area_transfer, area, team,
				  (long)args, (long)size, 0, 0);
}

/**
 * nexus_area_for() - which area an address is in
 * @address:	any address of the caller's
 * @flags:	0
 *
 * Return: the id, or a negative errno, -ENOENT if it is in none; see
 * nexus_area_for(2).
 */
NEXUS_INLINE int nexus_area_for(const void *address, unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_area_for, (long)address,
				  (long)flags, 0, 0, 0, 0);
}

/**
 * nexus_area_map() - go through the mappings of a team
 * @team:	process id; 0 for the caller's own
 * @address:	0 at first, then the end of what the last call described
 * @info:	receives the first mapping that ends above @address
 * @size:	sizeof(*info)
 * @flags:	0
 *
 * Return: 0 or a negative errno, -ENOENT at the end; see nexus_area_map(2).
 */
NEXUS_INLINE int nexus_area_map(int team, unsigned long address,
				struct nexus_area_info *info, size_t size,
				unsigned int flags)
{
	return (int)nexus_syscall(__NR_nexus_area_map, team, (long)address,
				  (long)info, (long)size, (long)flags, 0);
}

/* Helpers, see their pages in section 3 of the manual. */
int nexus_supported(void);
const char *nexus_strerror(int error);
void nexus_deadline_after_ns(struct __kernel_timespec *deadline,
			     __s64 nanoseconds);
void nexus_deadline_after_us(struct __kernel_timespec *deadline,
			     __s64 microseconds);
int nexus_port_new(const char *name, unsigned int capacity);
int nexus_sem_new(const char *name, int count);

#ifdef __cplusplus
}
#endif

#endif /* NEXUS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Nexus system calls without a library between: each wrapper returns what
 * the kernel returned, a negative errno included, so that a test compares the
 * one value that it is about.
 */
#ifndef _SELFTESTS_NEXUS_WRAPPERS_H
#define _SELFTESTS_NEXUS_WRAPPERS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/nexus.h>
#include <linux/time_types.h>

#ifndef __NR_nexus_find
#define __NR_nexus_find		600
#endif
#ifndef __NR_nexus_info
#define __NR_nexus_info		601
#endif
#ifndef __NR_nexus_next
#define __NR_nexus_next		602
#endif
#ifndef __NR_nexus_delete
#define __NR_nexus_delete	603
#endif
#ifndef __NR_nexus_set_owner
#define __NR_nexus_set_owner	604
#endif
#ifndef __NR_nexus_port_create
#define __NR_nexus_port_create	605
#endif
#ifndef __NR_nexus_port_send
#define __NR_nexus_port_send	606
#endif
#ifndef __NR_nexus_port_recv
#define __NR_nexus_port_recv	607
#endif
#ifndef __NR_nexus_port_close
#define __NR_nexus_port_close	608
#endif
#ifndef __NR_nexus_sem_create
#define __NR_nexus_sem_create	609
#endif
#ifndef __NR_nexus_sem_acquire
#define __NR_nexus_sem_acquire	610
#endif
#ifndef __NR_nexus_sem_release
#define __NR_nexus_sem_release	611
#endif
#ifndef __NR_nexus_sem_switch
#define __NR_nexus_sem_switch	612
#endif
#ifndef __NR_nexus_thread_set
#define __NR_nexus_thread_set	613
#endif
#ifndef __NR_nexus_thread_suspend
#define __NR_nexus_thread_suspend	614
#endif
#ifndef __NR_nexus_thread_resume
#define __NR_nexus_thread_resume	615
#endif
#ifndef __NR_nexus_thread_kill
#define __NR_nexus_thread_kill	616
#endif
#ifndef __NR_nexus_thread_wait
#define __NR_nexus_thread_wait	617
#endif
#ifndef __NR_nexus_thread_send
#define __NR_nexus_thread_send	618
#endif
#ifndef __NR_nexus_thread_recv
#define __NR_nexus_thread_recv	619
#endif
#ifndef __NR_nexus_snooze
#define __NR_nexus_snooze		620
#endif
#ifndef __NR_nexus_open
#define __NR_nexus_open		621
#endif
#ifndef __NR_nexus_area_create
#define __NR_nexus_area_create	622
#endif
#ifndef __NR_nexus_area_clone
#define __NR_nexus_area_clone	623
#endif
#ifndef __NR_nexus_area_resize
#define __NR_nexus_area_resize	624
#endif
#ifndef __NR_nexus_area_protect
#define __NR_nexus_area_protect	625
#endif
#ifndef __NR_nexus_area_transfer
#define __NR_nexus_area_transfer	626
#endif
#ifndef __NR_nexus_area_for
#define __NR_nexus_area_for	627
#endif
#ifndef __NR_nexus_area_map
#define __NR_nexus_area_map	628
#endif

static inline long nexus_ret(long ret)
{
	return ret == -1 ? -errno : ret;
}

static inline long nexus_find(unsigned int type, const char *name,
			      unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_find, type, name, flags));
}

static inline long nexus_info(unsigned int type, int id, void *info,
			      size_t size, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_info, type, id, info, size,
				 flags));
}

static inline long nexus_next(unsigned int type, int team, int id, void *info,
			      size_t size, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_next, type, team, id, info, size,
				 flags));
}

static inline long nexus_delete(unsigned int type, int id, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_delete, type, id, flags));
}

static inline long nexus_set_owner(unsigned int type, int id, int team,
				   unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_set_owner, type, id, team,
				 flags));
}

static inline long nexus_port_create(const struct nexus_port_args *args,
				     size_t size)
{
	return nexus_ret(syscall(__NR_nexus_port_create, args, size));
}

static inline long nexus_port_send(int port, int code, const void *buf,
				   size_t size, unsigned int flags,
				   const struct __kernel_timespec *deadline)
{
	return nexus_ret(syscall(__NR_nexus_port_send, port, code, buf, size,
				 flags, deadline));
}

static inline long nexus_port_recv(int port, void *buf, size_t size,
				   void *info,
				   unsigned int flags,
				   const struct __kernel_timespec *deadline)
{
	return nexus_ret(syscall(__NR_nexus_port_recv, port, buf, size, info,
				 flags, deadline));
}

static inline long nexus_port_close(int port, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_port_close, port, flags));
}

static inline long nexus_sem_create(const struct nexus_sem_args *args,
				    size_t size)
{
	return nexus_ret(syscall(__NR_nexus_sem_create, args, size));
}

static inline long nexus_sem_acquire(int id, int count, unsigned int flags,
				     const struct __kernel_timespec *deadline,
				     __s32 *status)
{
	return nexus_ret(syscall(__NR_nexus_sem_acquire, id, count, flags,
				 deadline, status));
}

static inline long nexus_sem_release(int id, int count, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_sem_release, id, count, flags));
}

static inline long nexus_sem_switch(int release, int acquire, int count,
				    unsigned int flags,
				    const struct __kernel_timespec *deadline,
				    __s32 *status)
{
	return nexus_ret(syscall(__NR_nexus_sem_switch, release, acquire,
				 count, flags, deadline, status));
}

static inline long nexus_thread_set(int id,
				    const struct nexus_thread_args *args,
				    size_t size)
{
	return nexus_ret(syscall(__NR_nexus_thread_set, id, args, size));
}

static inline long nexus_thread_suspend(int id, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_thread_suspend, id, flags));
}

static inline long nexus_thread_resume(int id, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_thread_resume, id, flags));
}

static inline long nexus_thread_kill(int id, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_thread_kill, id, flags));
}

static inline long nexus_thread_wait(int id, __s32 *status,
				     unsigned int flags,
				     const struct __kernel_timespec *deadline)
{
	return nexus_ret(syscall(__NR_nexus_thread_wait, id, status, flags,
				 deadline));
}

static inline long nexus_thread_send(int id, int code, const void *buf,
				     size_t size, unsigned int flags,
				     const struct __kernel_timespec *deadline)
{
	return nexus_ret(syscall(__NR_nexus_thread_send, id, code, buf, size,
				 flags, deadline));
}

static inline long nexus_thread_recv(void *buf, size_t size,
				     struct nexus_msg_info *info,
				     unsigned int flags,
				     const struct __kernel_timespec *deadline)
{
	return nexus_ret(syscall(__NR_nexus_thread_recv, buf, size, info,
				 flags, deadline));
}

static inline long nexus_snooze(unsigned int flags,
				const struct __kernel_timespec *deadline)
{
	return nexus_ret(syscall(__NR_nexus_snooze, flags, deadline));
}

static inline long nexus_open(unsigned int type, int id, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_open, type, id, flags));
}

static inline long nexus_area_create(struct nexus_area_args *args, size_t size)
{
	return nexus_ret(syscall(__NR_nexus_area_create, args, size));
}

static inline long nexus_area_clone(int source, struct nexus_area_args *args,
				    size_t size)
{
	return nexus_ret(syscall(__NR_nexus_area_clone, source, args, size));
}

static inline long nexus_area_resize(int area, size_t size)
{
	return nexus_ret(syscall(__NR_nexus_area_resize, area, size));
}

static inline long nexus_area_protect(int area, unsigned int protection)
{
	return nexus_ret(syscall(__NR_nexus_area_protect, area, protection));
}

static inline long nexus_area_transfer(int area, int team,
				       struct nexus_area_args *args,
				       size_t size)
{
	return nexus_ret(syscall(__NR_nexus_area_transfer, area, team, args,
				 size));
}

static inline long nexus_area_for(const void *address, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_area_for, address, flags));
}

static inline long nexus_area_map(int team, unsigned long address, void *info,
				  size_t size, unsigned int flags)
{
	return nexus_ret(syscall(__NR_nexus_area_map, team, address, info,
				 size, flags));
}

#endif /* _SELFTESTS_NEXUS_WRAPPERS_H */

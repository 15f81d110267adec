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

#endif /* _SELFTESTS_NEXUS_WRAPPERS_H */

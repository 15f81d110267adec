/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Nexus system calls as functions that return a negative errno.  The
 * benchmark does not use libnexus: it measures the kernel, through the same
 * syscall() for all calls that libc does not know.
 */
#ifndef NEXUS_BENCH_SYS_H
#define NEXUS_BENCH_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/nexus.h>
#include <linux/nodemon.h>
#include <linux/time_types.h>

#ifndef __NR_nexus_find
#if defined(__alpha__) || defined(__mips__)
#error "build with the installed headers of a kernel with Nexus"
#endif
#define __NR_nexus_find		600
#define __NR_nexus_next		602
#define __NR_nexus_delete	603
#define __NR_nexus_port_create	605
#define __NR_nexus_port_send	606
#define __NR_nexus_port_recv	607
#endif
#ifndef __NR_nexus_sem_create
#define __NR_nexus_sem_create	609
#define __NR_nexus_sem_acquire	610
#define __NR_nexus_sem_release	611
#define __NR_nexus_sem_switch	612
#define __NR_nexus_thread_send	618
#define __NR_nexus_thread_recv	619
#define __NR_nexus_open		621
#endif
#ifndef __NR_nexus_area_create
#define __NR_nexus_area_create	622
#define __NR_nexus_area_clone	623
#define __NR_nexus_area_resize	624
#define __NR_nexus_area_transfer 626
#define __NR_nexus_area_for	627
#endif
#ifndef __NR_nodemon_create
#define __NR_nodemon_create	629
#define __NR_nodemon_watch	630
#endif

static inline int nexus_result(long ret)
{
	return ret < 0 ? -errno : (int)ret;
}

static inline int nexus_find(unsigned int type, const char *name)
{
	return nexus_result(syscall(__NR_nexus_find, type, name, 0));
}

static inline int nexus_next(unsigned int type, int team, int id, void *info,
			     size_t size)
{
	return nexus_result(syscall(__NR_nexus_next, type, team, id, info,
				    size, 0));
}

static inline int nexus_delete(unsigned int type, int id)
{
	return nexus_result(syscall(__NR_nexus_delete, type, id, 0));
}

static inline int nexus_port_create(const char *name, unsigned int capacity)
{
	struct nexus_port_args args = {
		.name = (unsigned long)name,
		.capacity = capacity,
	};

	return nexus_result(syscall(__NR_nexus_port_create, &args,
				    sizeof(args)));
}

static inline int nexus_port_send(int port, int code, const void *buf,
				  size_t size)
{
	return nexus_result(syscall(__NR_nexus_port_send, port, code, buf,
				    size, 0, NULL));
}

static inline int nexus_port_recv(int port, void *buf, size_t size,
				  void *info, unsigned int flags)
{
	return nexus_result(syscall(__NR_nexus_port_recv, port, buf, size,
				    info, flags, NULL));
}

static inline int nexus_sem_create(const char *name, int count)
{
	struct nexus_sem_args args = {
		.name = (unsigned long)name,
		.count = count,
	};

	return nexus_result(syscall(__NR_nexus_sem_create, &args,
				    sizeof(args)));
}

static inline int nexus_sem_acquire(int sem,
				    const struct __kernel_timespec *deadline)
{
	return nexus_result(syscall(__NR_nexus_sem_acquire, sem, 1, 0,
				    deadline, NULL));
}

static inline int nexus_sem_release(int sem)
{
	return nexus_result(syscall(__NR_nexus_sem_release, sem, 1, 0));
}

static inline int nexus_sem_switch(int release, int acquire)
{
	return nexus_result(syscall(__NR_nexus_sem_switch, release, acquire, 1,
				    0, NULL, NULL));
}

static inline int nexus_thread_send(int thread, int code, const void *buf,
				    size_t size)
{
	return nexus_result(syscall(__NR_nexus_thread_send, thread, code, buf,
				    size, 0, NULL));
}

static inline int nexus_thread_recv(void *buf, size_t size,
				    struct nexus_msg_info *info)
{
	return nexus_result(syscall(__NR_nexus_thread_recv, buf, size, info, 0,
				    NULL));
}

static inline int nexus_open(unsigned int type, int id)
{
	return nexus_result(syscall(__NR_nexus_open, type, id, 0));
}

/* Areas that can be read, written and cloned, at any address. */

#define BENCH_PROTECTION	(NEXUS_AREA_READ | NEXUS_AREA_WRITE | \
				 NEXUS_AREA_CLONEABLE)

static inline int nexus_area_create_args(struct nexus_area_args *args)
{
	return nexus_result(syscall(__NR_nexus_area_create, args,
				    sizeof(*args)));
}

static inline int nexus_area_clone_args(int source,
					struct nexus_area_args *args)
{
	return nexus_result(syscall(__NR_nexus_area_clone, source, args,
				    sizeof(*args)));
}

static inline int nexus_area_create(const char *name, size_t size,
				    void **addr)
{
	struct nexus_area_args args = {
		.name = (unsigned long)name,
		.size = size,
		.protection = BENCH_PROTECTION,
	};
	int id = nexus_area_create_args(&args);

	*addr = (void *)(unsigned long)args.address;
	return id;
}

static inline int nexus_area_clone(const char *name, int source, void **addr)
{
	struct nexus_area_args args = {
		.name = (unsigned long)name,
		.protection = BENCH_PROTECTION,
	};
	int id = nexus_area_clone_args(source, &args);

	*addr = (void *)(unsigned long)args.address;
	return id;
}

static inline int nexus_area_resize(int area, size_t size)
{
	return nexus_result(syscall(__NR_nexus_area_resize, area, size));
}

static inline int nexus_area_transfer(int area, int team,
				      struct nexus_area_args *args)
{
	return nexus_result(syscall(__NR_nexus_area_transfer, area, team, args,
				    sizeof(*args)));
}

static inline int nexus_area_for(const void *addr)
{
	return nexus_result(syscall(__NR_nexus_area_for, addr, 0));
}

static inline int nodemon_create(unsigned int flags)
{
	return nexus_result(syscall(__NR_nodemon_create, flags));
}

static inline int nodemon_watch(int fd, const char *path, unsigned int events)
{
	struct nodemon_args args = {
		.type = NODEMON_NODE,
		.events = events,
		.dirfd = AT_FDCWD,
		.path = (unsigned long)path,
	};

	return nexus_result(syscall(__NR_nodemon_watch, fd, &args,
				    sizeof(args)));
}

#endif /* NEXUS_BENCH_SYS_H */

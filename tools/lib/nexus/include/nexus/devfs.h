/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * libnexus: nodes of $/user that a program serves, see devfs_serve(2).
 *
 * As everywhere in libnexus the functions return 0 or a positive number, or a
 * negative errno, and leave errno alone.
 */
#ifndef NEXUS_DEVFS_H
#define NEXUS_DEVFS_H

#include <stddef.h>
#include <linux/devfs_dollar.h>
#include <nexus/syscall.h>

#ifndef __NR_devfs_serve
# define __NR_devfs_serve	(NEXUS_NR_BASE + 32)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * nexus_devfs_serve() - put a node into $/user
 * @dirfd:	directory of $/user, an O_PATH descriptor will do
 * @args:	which node, and the port that gets the requests
 * @size:	sizeof(*args)
 *
 * Return: a descriptor that answers the requests and, when it is closed, takes
 * the node away; or a negative errno, see devfs_serve(2).
 */
NEXUS_INLINE int nexus_devfs_serve(int dirfd,
				   const struct devfs_serve_args *args,
				   size_t size)
{
	return (int)nexus_syscall(__NR_devfs_serve, dirfd, (long)args,
				  (long)size, 0, 0, 0);
}

/*
 * Answers a request: @data has @result bytes if that is what a client reads,
 * otherwise it is NULL.  0 or a negative errno, -ENOENT if the client does not
 * wait any more.
 */
int nexus_devfs_reply(int fd, __u64 id, int result, const void *data);

/*
 * nexus_devfs_serve() for the common case: the node at @path below the
 * directory $/user of the caller's root, readable and writable, served through
 * @port.
 */
int nexus_devfs_node(const char *path, int port, unsigned int mode);

#ifdef __cplusplus
}
#endif

#endif /* NEXUS_DEVFS_H */

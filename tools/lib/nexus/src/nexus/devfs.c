// SPDX-License-Identifier: MIT OR LGPL-2.1
/* What a server of nodes in $/user does again and again. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>
#include <nexus/devfs.h>

int nexus_devfs_reply(int fd, __u64 id, int result, const void *data)
{
	struct devfs_reply reply = { .id = id, .result = result };
	struct iovec iov[2] = {
		{ .iov_base = &reply, .iov_len = sizeof(reply) },
		{ .iov_base = (void *)(uintptr_t)data },
	};
	const int saved = errno;
	int ret = 0;

	if (data && result > 0)
		iov[1].iov_len = (size_t)result;
	/* One call is one answer, be it in two pieces. */
	if (writev(fd, iov, 2) < 0)
		ret = -errno;
	errno = saved;
	return ret;
}

int nexus_devfs_node(const char *path, int port, unsigned int mode)
{
	const struct devfs_serve_args args = {
		.path = (uintptr_t)path,
		.port = port,
		.flags = DEVFS_SERVE_READ | DEVFS_SERVE_WRITE,
		.mode = mode,
	};
	const int saved = errno;
	int dir, ret;

	/* With a slash in front it works without the rule for "$/", too. */
	dir = open("/$/user", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		ret = -errno;
	} else {
		ret = nexus_devfs_serve(dir, &args, sizeof(args));
		close(dir);
	}
	errno = saved;
	return ret;
}

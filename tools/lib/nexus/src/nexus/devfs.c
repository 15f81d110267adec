// SPDX-License-Identifier: MIT OR LGPL-2.1
/* What a server of nodes in $/user does again and again. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <nexus/devfs.h>

int nexus_devfs_reply(int fd, __u64 id, int result, const void *data)
{
	struct {
		struct devfs_reply reply;
		char data[DEVFS_SERVE_DATA_MAX];
	} answer;
	const size_t size = data && result > 0 ? (size_t)result : 0;
	const int saved = errno;
	int ret = 0;

	if (size > sizeof(answer.data))
		return -EMSGSIZE;
	/* One write(2) is one answer. */
	memset(&answer.reply, 0, sizeof(answer.reply));
	answer.reply.id = id;
	answer.reply.result = result;
	if (size)
		memcpy(answer.data, data, size);
	if (write(fd, &answer, sizeof(answer.reply) + size) < 0)
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

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nodes of $/user for the tests: what serves them, and a server that answers
 * whatever a test wants it to.
 */
#ifndef _SELFTESTS_NEXUS_DEVFS_SERVE_H
#define _SELFTESTS_NEXUS_DEVFS_SERVE_H

#include "devfs.h"

#define RW		(DEVFS_SERVE_READ | DEVFS_SERVE_WRITE)
#define REQUEST_CODE	0x64657666

/* A request as it comes out of the port. */
struct got {
	struct devfs_request req;
	char data[DEVFS_SERVE_DATA_MAX];
	long size;
};

static inline int user_dir(void)
{
	return open_path(USER, O_PATH | O_DIRECTORY);
}

static inline long serve_args(const char *path, int port, unsigned int flags,
			      unsigned int mode, unsigned int timeout_ms)
{
	const struct devfs_serve_args args = {
		.path = (uintptr_t)path,
		.port = port,
		.code = flags & DEVFS_SERVE_MAILBOX ? 0 : REQUEST_CODE,
		.flags = flags,
		.mode = mode,
		.timeout_ms = timeout_ms,
	};
	const int dir = user_dir();
	long ret;

	if (dir < 0)
		return dir;
	ret = devfs_serve(dir, &args, sizeof(args));
	close(dir);
	return ret;
}

static inline long serve(const char *path, int port)
{
	return serve_args(path, port, RW, 0600, 0);
}

/* The next request, waited for; 0 or a negative errno. */
static inline int next_request(int port, struct got *got)
{
	struct {
		struct devfs_request req;
		char data[DEVFS_SERVE_DATA_MAX];
	} msg;
	const struct __kernel_timespec end = in_ms(CLOCK_MONOTONIC,
						   PATIENCE_MS);
	struct nexus_msg_info info;
	long ret;

	memset(got, 0, sizeof(*got));
	memset(&msg, 0xa5, sizeof(msg));
	ret = nexus_port_recv(port, &msg, sizeof(msg), &info, 0, &end);
	if (ret < 0)
		return ret;
	if (info.code != REQUEST_CODE || info.size < sizeof(msg.req))
		return -EBADMSG;
	got->req = msg.req;
	memcpy(got->data, msg.data, sizeof(msg.data));
	got->size = info.size - sizeof(msg.req);
	return 0;
}

/* The same, if it is of that kind; otherwise -EBADMSG. */
static inline int expect_request(int port, struct got *got, unsigned int op)
{
	const int ret = next_request(port, got);

	if (ret)
		return ret;
	return got->req.op == op ? 0 : -EBADMSG;
}

/* Answers; what write(2) returned, less the header, or a negative errno. */
static inline long answer_with(int fd, __u64 id, int result, unsigned int flags,
			       const void *data, size_t size)
{
	struct {
		struct devfs_reply reply;
		char data[2 * DEVFS_SERVE_DATA_MAX];
	} answer = { .reply = { .id = id, .result = result, .flags = flags } };
	long ret;

	if (size)
		memcpy(answer.data, data, size);
	ret = write_fd(fd, &answer, sizeof(answer.reply) + size);
	return ret < 0 ? ret : ret - (long)sizeof(answer.reply);
}

static inline long answer(int fd, const struct got *got, int result)
{
	return answer_with(fd, got->req.id, result, 0, NULL, 0);
}

static inline long answer_data(int fd, const struct got *got, const void *data,
			       size_t size)
{
	return answer_with(fd, got->req.id, size, 0, data, size);
}

/* An open in a thread, as the server has to answer it. */
struct opener {
	const char *path;
	int flags;
	int ret;
	int done;
	pthread_t thread;
};

static inline void *run_open(void *arg)
{
	struct opener *opener = arg;

	opener->ret = open_path(opener->path, opener->flags);
	__atomic_store_n(&opener->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static inline int start_open(struct opener *opener, const char *path, int flags)
{
	*opener = (struct opener){ .path = path, .flags = flags };
	return -pthread_create(&opener->thread, NULL, run_open, opener);
}

static inline int join_open(struct opener *opener)
{
	if (!poll_until(__atomic_load_n(&opener->done, __ATOMIC_ACQUIRE)))
		return NEVER_ENDED;
	pthread_join(opener->thread, NULL);
	return opener->ret;
}

/* Opens the node that this process serves itself. */
static inline int open_served(const char *path, int flags, int port, int server,
			      struct got *got)
{
	struct opener opener;
	int ret;

	ret = start_open(&opener, path, flags);
	if (!ret)
		ret = expect_request(port, got, DEVFS_REQUEST_OPEN);
	if (!ret)
		ret = answer(server, got, 0);
	return ret ? ret : join_open(&opener);
}

#endif /* _SELFTESTS_NEXUS_DEVFS_SERVE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the $-devfs share: a mount of it that nobody else sees, and
 * short forms of calls that give a negative errno.
 */
#ifndef _SELFTESTS_NEXUS_DEVFS_H
#define _SELFTESTS_NEXUS_DEVFS_H

#include "common.h"

#include <linux/devfs_dollar.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#ifndef __NR_devfs_serve
#define __NR_devfs_serve	632
#endif

/* The mount, and names in it that work without the rule for "$/". */
#define MNT	"/$"
#define DEV	MNT "/dev/"
#define USER	MNT "/user"

static inline int is_devfs(const char *path)
{
	struct statfs st;

	return !statfs(path, &st) && st.f_type == DEVFS_DOLLAR_MAGIC;
}

static inline int mount_at(const char *path, const char *options)
{
	return mount("none", path, "devfs_dollar", 0, options) ? -errno : 0;
}

/* There is one superblock: options change for all who have it mounted. */
static inline int set_options(const char *options)
{
	return mount("none", MNT, NULL, MS_REMOUNT, options) ? -errno : 0;
}

/*
 * A mount namespace of the caller's own with the filesystem on "/$"; 0, or a
 * negative errno, -ENODEV if the kernel does not have it.
 */
static inline int own_devfs(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	if (is_devfs(MNT))
		return 0;
	if (mkdir(MNT, 0755) && errno != EEXIST)
		return -errno;
	return mount_at(MNT, NULL);
}

/* For FIXTURE_SETUP() and TEST(). */
#define OWN_DEVFS_OR_SKIP() \
do { \
	const int __ret = own_devfs(); \
	\
	if (__ret == -ENODEV) \
		SKIP(return, "no devfs_dollar in this kernel"); \
	ASSERT_EQ(0, __ret); \
} while (0)

/* Each of these returns what the call returned, or a negative errno. */
static inline int open_at(int dirfd, const char *path, int flags)
{
	const int fd = openat(dirfd, path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

static inline int open_path(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags);
}

static inline long read_fd(int fd, void *buf, size_t size)
{
	const ssize_t n = read(fd, buf, size);

	return n < 0 ? -errno : n;
}

static inline long write_fd(int fd, const void *buf, size_t size)
{
	const ssize_t n = write(fd, buf, size);

	return n < 0 ? -errno : n;
}

/* Opens, closes: 0 or a negative errno. */
static inline int can_open(const char *path, int flags)
{
	const int fd = open_path(path, flags);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static inline int set_nonblock(int fd, int on)
{
	const int flags = fcntl(fd, F_GETFL);

	return fcntl(fd, F_SETFL,
		     on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

/* What poll(2) says at once; -1 if that fails. */
static inline int poll_now(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	return poll(&pfd, 1, 0) < 0 ? -1 : pfd.revents;
}

/* What poll(2) says when there is something, 0 if nothing comes. */
static inline int poll_some(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	return poll(&pfd, 1, PATIENCE_MS) < 0 ? -1 : pfd.revents;
}

/* Reads a text of md64api, without a terminator in the file; its length. */
static inline long read_text(const char *path, char *buf, size_t size)
{
	return read_file(path, buf, size);
}

static inline long devfs_serve(int dirfd, const struct devfs_serve_args *args,
			       size_t size)
{
	return nexus_ret(syscall(__NR_devfs_serve, dirfd, args, size));
}

/* A read or a write in a thread that may block in it. */
struct io {
	int fd;
	int writes;
	void *buf;
	size_t size;
	pid_t tid;
	long ret;
	int done;
	pthread_t thread;
};

static inline void *run_io(void *arg)
{
	struct io *io = arg;

	__atomic_store_n(&io->tid, own_tid(), __ATOMIC_RELEASE);
	io->ret = io->writes ? write_fd(io->fd, io->buf, io->size) :
			       read_fd(io->fd, io->buf, io->size);
	__atomic_store_n(&io->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static inline int launch_io(struct io *io)
{
	io->tid = 0;
	io->done = 0;
	return -pthread_create(&io->thread, NULL, run_io, io);
}

/* Starts it and returns 0 once the thread sleeps in the call. */
static inline int start_io(struct io *io)
{
	const int ret = launch_io(io);

	if (ret)
		return ret;
	if (!poll_until(__atomic_load_n(&io->tid, __ATOMIC_ACQUIRE)))
		return -ETIMEDOUT;
	return wait_until_blocked(getpid(), io->tid,
				  io->writes ? __NR_write : __NR_read);
}

static inline long join_io(struct io *io)
{
	if (!poll_until(__atomic_load_n(&io->done, __ATOMIC_ACQUIRE)))
		return NEVER_ENDED;
	pthread_join(io->thread, NULL);
	return io->ret;
}

#endif /* _SELFTESTS_NEXUS_DEVFS_H */

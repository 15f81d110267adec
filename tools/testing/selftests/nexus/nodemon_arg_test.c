// SPDX-License-Identifier: GPL-2.0
/*
 * The arguments of the calls of the node monitor: every error, and which one
 * comes first if there are several.
 */
#include "nodemon_place.h"

#include <sys/resource.h>
#include <sys/socket.h>

#define NODE	NODEMON_NODE_EVENTS
#define VOLUME	NODEMON_VOLUME_EVENTS

static const char here[] = ".";

/* The same call, with the size that is said. */
static int watch_sized(int fd, const void *args, size_t size)
{
	return nexus_ret(syscall(__NR_nodemon_watch, fd, args, size));
}

static struct nodemon_args good(void)
{
	return path_args(NODEMON_NODE, here, NODEMON_STAT);
}

TEST_F(place, create_flags)
{
	unsigned int bit;
	int fd;

	for (bit = 1; bit; bit <<= 1) {
		if (bit == NODEMON_NONBLOCK)
			continue;
		EXPECT_EQ(-EINVAL, nodemon_create(bit));
		EXPECT_EQ(-EINVAL, nodemon_create(bit | NODEMON_NONBLOCK));
	}
	EXPECT_EQ(-EINVAL, nodemon_create(-1));

	fd = nodemon_create(0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(0, fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(0, close(fd));

	fd = nodemon_create(NODEMON_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_NONBLOCK, fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(0, close(fd));
}

TEST_F(place, create_files)
{
	struct rlimit limit, old;
	int fd;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	limit = old;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	limit.rlim_cur = fd + 1;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-EMFILE, nodemon_create(0));
	/* Flags come first. */
	EXPECT_EQ(-EINVAL, nodemon_create(2));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	/* Nothing was counted for what failed: see nodemon_life_test. */
	fd = nodemon_create(0);
	EXPECT_LE(0, fd);
}

/* The structure itself. */
TEST_F(place, struct_size)
{
	static char page[8192];
	struct nodemon_args args = good();
	const size_t whole = getpagesize();
	size_t size;

	ASSERT_EQ(NODEMON_ARGS_SIZE_VER0, sizeof(args));
	for (size = 0; size < sizeof(args); size++)
		EXPECT_EQ(-EINVAL, watch_sized(self->fd, &args, size))
			TH_LOG("size %zu", size);
	EXPECT_EQ(1, watch_sized(self->fd, &args, sizeof(args)));

	/* A longer one, of a later version. */
	memcpy(page, &args, sizeof(args));
	for (size = sizeof(args) + 1; size <= 256; size++)
		EXPECT_EQ(1, watch_sized(self->fd, page, size));
	EXPECT_EQ(1, watch_sized(self->fd, page, whole));
	EXPECT_EQ(-E2BIG, watch_sized(self->fd, page, whole + 1));
	EXPECT_EQ(-E2BIG, watch_sized(self->fd, page, -1));
	for (size = sizeof(args); size < 256; size++) {
		page[size] = 1;
		EXPECT_EQ(-E2BIG, watch_sized(self->fd, page, 256))
			TH_LOG("byte %zu is set", size);
		page[size] = 0;
	}
	page[whole - 1] = 1;
	EXPECT_EQ(-E2BIG, watch_sized(self->fd, page, whole));
}

TEST_F(place, struct_address)
{
	struct bad *bad = make_bad(sizeof(struct nodemon_args) / 2);
	int i;

	ASSERT_NE(NULL, bad);
	for (i = 0; i < BAD_READABLE; i++) {
		EXPECT_EQ(-EFAULT, watch_sized(self->fd, bad[i].addr,
					       sizeof(struct nodemon_args)))
			TH_LOG("%s", bad[i].name);
		/* The size comes first, then this, then all else. */
		EXPECT_EQ(-EINVAL, watch_sized(self->fd, bad[i].addr, 1));
		EXPECT_EQ(-EFAULT, watch_sized(-77, bad[i].addr,
					       sizeof(struct nodemon_args)));
	}
	/* Read-only memory is all it needs; what is there says nothing. */
	EXPECT_EQ(-EFAULT, watch_sized(self->fd, bad[BAD_RDONLY].addr,
				       sizeof(struct nodemon_args)))
		TH_LOG("a path of NULL");
}

/* Its fields, with everything else as it should be. */

struct fields {
	const char *what;
	struct nodemon_args args;
	int want;
};

#define BY_PATH(t, e, ...)	{ .type = (t), .events = (e), \
				  .dirfd = AT_FDCWD, \
				  .path = (uintptr_t)here, __VA_ARGS__ }
#define BY_ID(t, e, ...)	{ .type = (t), .events = (e), __VA_ARGS__ }

TEST_F(place, types_and_events)
{
	static const unsigned int takes[] = {
		[NODEMON_NODE] = NODE,
		[NODEMON_NODE_ID] = NODE,
		[NODEMON_VOLUME] = VOLUME,
		[NODEMON_VOLUME_ID] = VOLUME,
		[NODEMON_MOUNTS] = NODEMON_MOUNT,
	};
	struct nodemon_args args;
	unsigned int type, bit;
	int want, fd;

	ASSERT_EQ(0x6f, NODE);
	ASSERT_EQ(0x27, VOLUME);
	for (type = 0; type < ARRAY_SIZE(takes); type++) {
		for (bit = 1; bit; bit <<= 1) {
			memset(&args, 0, sizeof(args));
			args.type = type;
			args.events = bit;
			if (type == NODEMON_NODE || type == NODEMON_VOLUME) {
				args.dirfd = AT_FDCWD;
				args.path = (uintptr_t)here;
			}
			if (type == NODEMON_NODE_ID)
				args.node = self->st.st_ino;
			if (type == NODEMON_NODE_ID ||
			    type == NODEMON_VOLUME_ID)
				args.device = self->st.st_dev;
			fd = new_monitor();
			want = takes[type] & bit ? 1 : -EINVAL;
			EXPECT_EQ(want, nodemon_watch(fd, &args))
				TH_LOG("type %u, event %x", type, bit);
			close(fd);
		}
	}
	for (type = NODEMON_MOUNTS + 1; type; type <<= 1) {
		args = good();
		args.type = type;
		EXPECT_EQ(-EINVAL, nodemon_watch(self->fd, &args))
			TH_LOG("type %u", type);
		args.events = 0;
		EXPECT_EQ(-EINVAL, nodemon_watch(self->fd, &args));
	}
	args = good();
	args.type = -1;
	EXPECT_EQ(-EINVAL, nodemon_watch(self->fd, &args));
}

TEST_F(place, foreign_fields)
{
	const int dev = self->st.st_dev;
	const struct fields rows[] = {
		{ "pad", BY_PATH(NODEMON_NODE, 1, .__pad = 1) },
		{ "port", BY_PATH(NODEMON_NODE, 1, .port = 1) },
		{ "token", BY_PATH(NODEMON_NODE, 1, .token = 1) },
		{ "token -1", BY_PATH(NODEMON_NODE, 1, .token = -1) },
		{ "node", BY_PATH(NODEMON_NODE, 1, .node = 1) },
		{ "high node", BY_PATH(NODEMON_NODE, 1, .node = 1ULL << 63) },
		{ "device", BY_PATH(NODEMON_NODE, 1, .device = dev) },
		{ "node", BY_PATH(NODEMON_VOLUME, 1, .node = 1) },
		{ "device", BY_PATH(NODEMON_VOLUME, 1, .device = dev) },
		{ "path", BY_ID(NODEMON_NODE_ID, 1, .path = 8) },
		{ "high path", BY_ID(NODEMON_NODE_ID, 1, .path = 1ULL << 60) },
		{ "dirfd", BY_ID(NODEMON_NODE_ID, 1, .dirfd = AT_FDCWD) },
		{ "flags", BY_ID(NODEMON_NODE_ID, 1, .flags = 1) },
		{ "flags", BY_ID(NODEMON_NODE_ID, 1, .flags = 2) },
		{ "path", BY_ID(NODEMON_VOLUME_ID, 1, .path = 8) },
		{ "dirfd", BY_ID(NODEMON_VOLUME_ID, 1, .dirfd = AT_FDCWD) },
		{ "flags", BY_ID(NODEMON_VOLUME_ID, 1, .flags = 1) },
		{ "node", BY_ID(NODEMON_VOLUME_ID, 1, .node = 1) },
		{ "path", BY_ID(NODEMON_MOUNTS, 0x10, .path = 8) },
		{ "dirfd", BY_ID(NODEMON_MOUNTS, 0x10, .dirfd = 1) },
		{ "flags", BY_ID(NODEMON_MOUNTS, 0x10, .flags = 1) },
		{ "node", BY_ID(NODEMON_MOUNTS, 0x10, .node = 1) },
		{ "device", BY_ID(NODEMON_MOUNTS, 0x10, .device = 1) },
		{ "device -1", BY_ID(NODEMON_MOUNTS, 0x10, .device = -1) },
	};
	struct nodemon_args args;
	unsigned int bit;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		args = rows[i].args;
		if (args.type == NODEMON_NODE_ID)
			args.node = self->st.st_ino;
		if (args.type == NODEMON_NODE_ID ||
		    args.type == NODEMON_VOLUME_ID)
			args.device = dev;
		EXPECT_EQ(-EINVAL, nodemon_watch(self->fd, &args))
			TH_LOG("type %u: %s", args.type, rows[i].what);
		args.events = 0;
		EXPECT_EQ(-EINVAL, nodemon_watch(self->fd, &args))
			TH_LOG("end, type %u: %s", args.type, rows[i].what);
	}
	for (bit = 4; bit; bit <<= 1) {
		args = good();
		args.flags = bit;
		EXPECT_EQ(-EINVAL, nodemon_watch(self->fd, &args))
			TH_LOG("flags %x", bit);
	}
	/* None of them has left a watch. */
	EXPECT_EQ(-ENOENT, watch_path(self->fd, here, 0));
	EXPECT_NEWS("", self->fd);
}

/* What is no target. */
TEST_F(place, target)
{
	struct nodemon_args args = good(), by_port = good();
	int i, other[4];

	args = good();
	for (i = -2; i > -1000; i *= 3)
		EXPECT_EQ(-EINVAL, nodemon_watch(i, &args));
	EXPECT_EQ(-EINVAL, nodemon_watch(INT_MIN, &args));
	EXPECT_EQ(-EBADF, nodemon_watch(1000, &args));
	EXPECT_EQ(-EBADF, nodemon_watch(INT_MAX, &args));

	other[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
	other[1] = open(here, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	other[2] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	other[3] = nexus_ret(syscall(SYS_inotify_init1, 0));
	for (i = 0; i < 4; i++) {
		ASSERT_LE(0, other[i]);
		EXPECT_EQ(-EINVAL, nodemon_watch(other[i], &args));
		EXPECT_EQ(-EINVAL, nodemon_unwatch(other[i], 1, 0, 0));
		close(other[i]);
	}
	/* What is open with O_PATH is not open in that sense. */
	other[0] = open(here, O_PATH | O_CLOEXEC);
	ASSERT_LE(0, other[0]);
	EXPECT_EQ(-EBADF, nodemon_watch(other[0], &args));
	EXPECT_EQ(-EBADF, nodemon_unwatch(other[0], 1, 0, 0));

	/* And no port. */
	EXPECT_EQ(-EIDRM, nodemon_watch(NODEMON_PORT, &by_port));
	by_port.port = -5;
	EXPECT_EQ(-EIDRM, nodemon_watch(NODEMON_PORT, &by_port));
	by_port.port = INT_MAX;
	EXPECT_EQ(-EIDRM, nodemon_watch(NODEMON_PORT, &by_port));
	by_port.port = new_port(1);
	ASSERT_LT(0, by_port.port);
	EXPECT_LT(0, nodemon_watch(NODEMON_PORT, &by_port));
	ASSERT_EQ(0, nexus_port_close(by_port.port, 0));
	EXPECT_EQ(-ESHUTDOWN, nodemon_watch(NODEMON_PORT, &by_port));
	ASSERT_EQ(0, delete_port(by_port.port));
	EXPECT_EQ(-EIDRM, nodemon_watch(NODEMON_PORT, &by_port));
	/* To end a watch the port need not be there, only the watch. */
	by_port.events = 0;
	EXPECT_EQ(0, nodemon_watch(NODEMON_PORT, &by_port));
	EXPECT_EQ(-ENOENT, nodemon_watch(NODEMON_PORT, &by_port));
	by_port.port = -5;
	EXPECT_EQ(-ENOENT, nodemon_watch(NODEMON_PORT, &by_port));
}

static int watch_at(int fd, int dirfd, const char *path, unsigned int flags)
{
	struct nodemon_args args = path_args(NODEMON_NODE, path, NODEMON_STAT);

	args.dirfd = dirfd;
	args.flags = flags;
	return nodemon_watch(fd, &args);
}

/* Paths, as open() takes them. */
TEST_F(place, paths)
{
	static char path[PATH_MAX + 10];
	struct bad *bad = make_bad(1);
	int i, dir, file, fd = self->fd;

	ASSERT_NE(NULL, bad);
	*(char *)bad[BAD_HALF].addr = 'x';
	ASSERT_EQ(0, make_dir("dir"));
	ASSERT_EQ(0, make_file("file"));
	ASSERT_EQ(0, make_file("dir/file"));
	ASSERT_EQ(0, symlink("loop", "loop"));
	ASSERT_EQ(0, symlink("file", "link"));
	ASSERT_EQ(0, symlink("nowhere", "broken"));
	dir = open("dir", O_PATH | O_CLOEXEC);
	file = open("file", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, dir);
	ASSERT_LE(0, file);

	EXPECT_EQ(-ENOENT, watch_path(fd, "nothing", NODE));
	EXPECT_EQ(-ENOENT, watch_path(fd, "nothing/file", NODE));
	EXPECT_EQ(-ENOENT, watch_path(fd, "broken", NODE));
	EXPECT_EQ(-ENOENT, watch_path(fd, "", NODE));
	EXPECT_EQ(-ENOTDIR, watch_path(fd, "file/x", NODE));
	EXPECT_EQ(-ENOTDIR, watch_path(fd, "file/", NODE));
	EXPECT_EQ(-ELOOP, watch_path(fd, "loop", NODE));
	memset(path, 'a', 256);
	EXPECT_EQ(-ENAMETOOLONG, watch_path(fd, path, NODE));
	memset(path, '/', PATH_MAX);
	EXPECT_EQ(-ENAMETOOLONG, watch_path(fd, path, NODE));
	for (i = 0; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, watch_path(fd, bad[i].addr, NODE))
			TH_LOG("%s", bad[i].name);

	EXPECT_EQ(-EBADF, watch_at(fd, 1000, "file", 0));
	EXPECT_EQ(-EBADF, watch_at(fd, -1, "file", 0));
	EXPECT_EQ(-ENOTDIR, watch_at(fd, file, "file", 0));
	/* A path that needs no beginning. */
	EXPECT_LT(0, watch_at(fd, 1000, PLACE "/file", 0));
	EXPECT_EQ(-ENOENT, watch_at(fd, dir, "", 0));
	EXPECT_EQ(-EFAULT, watch_at(fd, dir, NULL, 0));

	EXPECT_EQ(1, watch_path(fd, "file", NODE));
	EXPECT_EQ(1, watch_path(fd, "link", NODE));
	EXPECT_EQ(2, watch_at(fd, AT_FDCWD, "link", NODEMON_NOFOLLOW));
	EXPECT_EQ(3, watch_at(fd, AT_FDCWD, "broken", NODEMON_NOFOLLOW));
	EXPECT_EQ(4, watch_at(fd, AT_FDCWD, "loop", NODEMON_NOFOLLOW));
	EXPECT_EQ(1, watch_at(fd, file, "", NODEMON_EMPTY_PATH));
	EXPECT_EQ(1, watch_at(fd, file, NULL, NODEMON_EMPTY_PATH));
	EXPECT_EQ(5, watch_at(fd, dir, "", NODEMON_EMPTY_PATH));
	EXPECT_EQ(5, watch_path(fd, "dir", NODE));
	EXPECT_EQ(6, watch_at(fd, dir, "file", NODEMON_EMPTY_PATH));
	EXPECT_EQ(7, watch_at(fd, AT_FDCWD, NULL, NODEMON_EMPTY_PATH));
	EXPECT_EQ(7, watch_path(fd, here, NODE));
	EXPECT_EQ(-EBADF, watch_at(fd, 1000, "", NODEMON_EMPTY_PATH));
	/* Through a link that ends in a slash it is followed anyway. */
	EXPECT_EQ(-ENOTDIR, watch_at(fd, AT_FDCWD, "link/", NODEMON_NOFOLLOW));
}

TEST_F(place, numbers)
{
	struct stat st = self->st;
	struct nodemon_args args = {
		.type = NODEMON_VOLUME_ID,
		.events = NODEMON_NAME,
		.device = st.st_dev,
	};

	EXPECT_EQ(1, watch_id(self->fd, &st, NODE));
	st.st_ino = 0x7ffffff0;
	EXPECT_EQ(-ENOENT, watch_id(self->fd, &st, NODE));
	EXPECT_EQ(-ENOENT, watch_id(self->fd, &st, 0));
	st = self->st;
	st.st_dev = 0x7ffff0;
	EXPECT_EQ(-ENOENT, watch_id(self->fd, &st, NODE));
	EXPECT_EQ(-ENOENT, watch_id(self->fd, &st, 0));
	st.st_dev = 0;
	EXPECT_EQ(-ENOENT, watch_id(self->fd, &st, NODE));
	EXPECT_EQ(2, nodemon_watch(self->fd, &args));
	args.device = 0x7ffff0;
	EXPECT_EQ(-ENOENT, nodemon_watch(self->fd, &args));
	args.device = -1;
	EXPECT_EQ(-ENOENT, nodemon_watch(self->fd, &args));
}

/* With several errors, the one that is checked first. */
TEST_F(place, order)
{
	struct nodemon_args args = {
		.type = NODEMON_NODE,
		.events = NODEMON_MOUNT,	/* 2 */
		.dirfd = 1000,
		.path = (uintptr_t)"nothing",	/* 4 */
	};
	const int fd = self->fd;

	/* 1: the size; see struct_address for EFAULT. */
	EXPECT_EQ(-EINVAL, watch_sized(1000, &args, 47));
	EXPECT_EQ(-E2BIG, watch_sized(1000, &args, 1 << 20));
	/* 2: before any descriptor is looked at. */
	EXPECT_EQ(-EINVAL, nodemon_watch(1000, &args));
	EXPECT_EQ(-EINVAL, nodemon_watch(NODEMON_PORT, &args));
	/* 3: the port and token of a descriptor, then the descriptor. */
	args.events = NODEMON_STAT;
	args.token = 1;
	EXPECT_EQ(-EINVAL, nodemon_watch(1000, &args));
	args.token = 0;
	EXPECT_EQ(-EBADF, nodemon_watch(1000, &args));
	EXPECT_EQ(-EINVAL, nodemon_watch(open("/dev/null", O_RDONLY), &args));
	EXPECT_EQ(-EIDRM, nodemon_watch(NODEMON_PORT, &args));
	/* 4: the node; to end a watch, too. */
	EXPECT_EQ(-EBADF, nodemon_watch(fd, &args));
	args.dirfd = AT_FDCWD;
	EXPECT_EQ(-ENOENT, nodemon_watch(fd, &args));
	args.events = 0;
	args.path = 0;
	EXPECT_EQ(-EFAULT, nodemon_watch(fd, &args));
	EXPECT_EQ(-EFAULT, nodemon_watch(NODEMON_PORT, &args));
	/* 6: the watch.  For rights, 5 and 7, see nodemon_perm_test. */
	args.path = (uintptr_t)here;
	EXPECT_EQ(-ENOENT, nodemon_watch(fd, &args));
	EXPECT_EQ(-ENOENT, nodemon_watch(NODEMON_PORT, &args));
	EXPECT_NEWS("", fd);
}

TEST_F(place, unwatch)
{
	const int fd = self->fd;

	ASSERT_EQ(1, watch_path(fd, here, NODE));
	EXPECT_EQ(-EINVAL, nodemon_unwatch(-2, 0, 0, 0));
	EXPECT_EQ(-EINVAL, nodemon_unwatch(INT_MIN, 1, 0, 0));
	EXPECT_EQ(-EINVAL, nodemon_unwatch(fd, 0, 0, 0));
	EXPECT_EQ(-EINVAL, nodemon_unwatch(fd, -1, 0, 0));
	EXPECT_EQ(-EINVAL, nodemon_unwatch(fd, 1, 1, 0));
	EXPECT_EQ(-EINVAL, nodemon_unwatch(fd, 1, 0, 1));
	EXPECT_EQ(-EINVAL, nodemon_unwatch(fd, 1, 0, -1));
	EXPECT_EQ(-EINVAL, nodemon_unwatch(1000, 0, 0, 0));
	EXPECT_EQ(-EBADF, nodemon_unwatch(1000, 1, 0, 0));
	EXPECT_EQ(-ENOENT, nodemon_unwatch(fd, 2, 0, 0));
	EXPECT_EQ(-ENOENT, nodemon_unwatch(fd, INT_MAX, 0, 0));
	EXPECT_EQ(-EINVAL, nodemon_unwatch(NODEMON_PORT, 1, 0, 0));
	EXPECT_EQ(-EINVAL, nodemon_unwatch(NODEMON_PORT, -1, 0, 0));
	EXPECT_EQ(-ENOENT, stop_watching(0, 0));
	EXPECT_EQ(-ENOENT, stop_watching(-1, -1));
	EXPECT_EQ(-ENOENT, stop_watching(INT_MAX, INT_MIN));
	EXPECT_NEWS("", fd);
	EXPECT_EQ(0, nodemon_unwatch(fd, 1, 0, 0));
	EXPECT_EQ(-ENOENT, nodemon_unwatch(fd, 1, 0, 0));
	EXPECT_NEWS("w1 IGNORED;", fd);
}

/* The layouts are the same for 32-bit and 64-bit callers. */
TEST(layout)
{
	EXPECT_EQ(48, sizeof(struct nodemon_args));
	EXPECT_EQ(16, offsetof(struct nodemon_args, path));
	EXPECT_EQ(24, offsetof(struct nodemon_args, node));
	EXPECT_EQ(32, offsetof(struct nodemon_args, device));
	EXPECT_EQ(44, offsetof(struct nodemon_args, __pad));
	EXPECT_EQ(56, offsetof(struct nodemon_record, names));
	EXPECT_EQ(24, offsetof(struct nodemon_record, directory));
	EXPECT_EQ(40, offsetof(struct nodemon_record, node));
	EXPECT_EQ(48, offsetof(struct nodemon_record, name_len));
	EXPECT_EQ(28, sizeof(struct nodemon_message));
	EXPECT_EQ(18, offsetof(struct nodemon_field, name));
	EXPECT_EQ(NODEMON_RECORD_MAX, NODEMON_RECORD_SIZE + 2 * 256);
}

TEST_HARNESS_MAIN

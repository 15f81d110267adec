// SPDX-License-Identifier: GPL-2.0
/*
 * Where a name that begins with "$/" leads: to the filesystem on "/$" of the
 * caller's root, or to an ordinary directory.  Each test works in a directory
 * that has a literal twin of the tree, so that both answers are to be seen.
 */
#include "area_uring.h"
#include "devfs.h"

#include <linux/openat2.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>

/* What where() finds. */
#define VIRTUAL	1
#define LITERAL	0

static int kind_of(int fd)
{
	struct statfs st;

	if (fd < 0)
		return fd;
	if (fstatfs(fd, &st))
		return -errno;
	close(fd);
	return st.f_type == DEVFS_DOLLAR_MAGIC ? VIRTUAL : LITERAL;
}

static int where_at(int dirfd, const char *path)
{
	return kind_of(open_at(dirfd, path, O_RDONLY));
}

static int where(const char *path)
{
	return where_at(AT_FDCWD, path);
}

static int where2(int dirfd, const char *path, unsigned long long resolve)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC,
		.resolve = resolve,
	};
	const long fd = syscall(__NR_openat2, dirfd, path, &how, sizeof(how));

	return kind_of(fd < 0 ? -errno : (int)fd);
}

/* The twin, by a name that is literal always. */
static int make_twin(void)
{
	int fd;

	if (mkdir("./$", 0755) || mkdir("./$/dev", 0755) ||
	    mkdir("./$/user", 0755))
		return -errno;
	fd = open_path("./$/literal", O_CREAT | O_RDWR);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

FIXTURE(path)
{
	char dir[32];
};

FIXTURE_SETUP(path)
{
	OWN_DEVFS_OR_SKIP();
	/* The directory goes with the mount namespace. */
	ASSERT_EQ(0, mount("none", "/tmp", "tmpfs", 0, NULL));
	snprintf(self->dir, sizeof(self->dir), "/tmp/d");
	ASSERT_EQ(0, mkdir(self->dir, 0777));
	ASSERT_EQ(0, chdir(self->dir));
	ASSERT_EQ(0, make_twin());
}

FIXTURE_TEARDOWN(path)
{
}

TEST_F(path, from_any_directory)
{
	char cwd[64];

	EXPECT_EQ(VIRTUAL, where("$/dev"));
	EXPECT_EQ(VIRTUAL, where("$/user"));
	EXPECT_EQ(VIRTUAL, where("$/"));
	EXPECT_EQ(VIRTUAL, where("$//dev"));
	EXPECT_EQ(VIRTUAL, where("$/./dev/"));
	EXPECT_EQ(VIRTUAL, where("$/dev/../user"));
	EXPECT_EQ(VIRTUAL, where("/$/dev"));
	EXPECT_EQ(-ENOENT, where("$/literal"));
	EXPECT_EQ(-ENOENT, where("$/nothing"));

	ASSERT_EQ(0, chdir("/"));
	EXPECT_EQ(VIRTUAL, where("$/dev"));
	ASSERT_EQ(0, chdir("/proc"));
	EXPECT_EQ(VIRTUAL, where("$/dev"));

	/* From within the tree it is the same. */
	ASSERT_EQ(0, chdir("$/dev"));
	ASSERT_TRUE(!!getcwd(cwd, sizeof(cwd)));
	EXPECT_STREQ("/$/dev", cwd);
	EXPECT_EQ(VIRTUAL, where("$/user"));
	EXPECT_EQ(VIRTUAL, where("../user"));
}

TEST_F(path, dot_dot_is_the_root)
{
	struct stat root, up;

	ASSERT_EQ(0, stat("/", &root));
	ASSERT_EQ(0, stat("$/..", &up));
	EXPECT_EQ(root.st_dev, up.st_dev);
	EXPECT_EQ(root.st_ino, up.st_ino);
	EXPECT_EQ(VIRTUAL, where("$/../$/dev"));
}

TEST_F(path, other_names_are_ordinary)
{
	ASSERT_EQ(0, mkdir("$x", 0755));
	ASSERT_EQ(0, mkdir("$x/y", 0755));
	ASSERT_EQ(0, mkdir("a", 0755));
	ASSERT_EQ(0, mkdir("a/$", 0755));
	ASSERT_EQ(0, mkdir("a/$/x", 0755));
	ASSERT_EQ(0, mkdir("$$", 0755));
	ASSERT_EQ(0, mkdir("$$/dev", 0755));

	EXPECT_EQ(LITERAL, where("$"));
	EXPECT_EQ(LITERAL, where("./$/dev"));
	EXPECT_EQ(LITERAL, where(".//$/literal"));
	EXPECT_EQ(LITERAL, where("../d/$/dev"));
	EXPECT_EQ(LITERAL, where("$x"));
	EXPECT_EQ(LITERAL, where("$x/y"));
	EXPECT_EQ(LITERAL, where("a/$/x"));
	EXPECT_EQ(LITERAL, where("$$/dev"));
	EXPECT_EQ(-ENOENT, where("a/$/dev"));
	EXPECT_EQ(-ENOENT, where(" $/dev"));
	EXPECT_EQ(-ENOENT, where(""));
}

TEST_F(path, a_directory_descriptor_is_literal)
{
	const int fd = open_path(self->dir, O_RDONLY | O_DIRECTORY);
	const int root = open_path("/", O_PATH);

	ASSERT_LE(0, fd);
	ASSERT_LE(0, root);
	EXPECT_EQ(LITERAL, where_at(fd, "$/dev"));
	EXPECT_EQ(LITERAL, where_at(fd, "$/literal"));
	/* Which is the mount itself from the root. */
	EXPECT_EQ(VIRTUAL, where_at(root, "$/dev"));
	EXPECT_EQ(-EBADF, where_at(-1, "$/dev"));
	EXPECT_EQ(-ENOTDIR, where_at(open_path("./$/literal", O_RDONLY),
				     "$/dev"));
	/* The current directory by descriptor is no AT_FDCWD. */
	EXPECT_EQ(LITERAL, where_at(open_path(".", O_RDONLY), "$/dev"));
}

TEST_F(path, scoped_lookups_are_literal)
{
	EXPECT_EQ(VIRTUAL, where2(AT_FDCWD, "$/dev", 0));
	EXPECT_EQ(LITERAL, where2(AT_FDCWD, "$/dev", RESOLVE_BENEATH));
	EXPECT_EQ(LITERAL, where2(AT_FDCWD, "$/dev", RESOLVE_IN_ROOT));
	EXPECT_EQ(LITERAL, where2(AT_FDCWD, "$/dev", RESOLVE_NO_XDEV));
	EXPECT_EQ(LITERAL, where2(AT_FDCWD, "$/literal", RESOLVE_NO_XDEV));
	EXPECT_EQ(LITERAL, where2(AT_FDCWD, "$/dev",
				  RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS));
}

TEST_F(path, lookups_without_links_are_not_scoped)
{
	EXPECT_EQ(VIRTUAL, where2(AT_FDCWD, "$/dev", RESOLVE_NO_SYMLINKS));
	EXPECT_EQ(VIRTUAL, where2(AT_FDCWD, "$/dev", RESOLVE_NO_MAGICLINKS));
	/* It was looked up before: the cache must do. */
	EXPECT_EQ(VIRTUAL, where2(AT_FDCWD, "$/dev", RESOLVE_CACHED));
}

TEST_F(path, not_mounted)
{
	while (is_devfs(MNT))
		ASSERT_EQ(0, umount2(MNT, MNT_DETACH));
	EXPECT_EQ(LITERAL, where("$/dev"));
	EXPECT_EQ(LITERAL, where("$/literal"));
	ASSERT_EQ(0, mkdir("$/made", 0755));
	EXPECT_EQ(LITERAL, where("./$/made"));
}

TEST_F(path, mounted_elsewhere)
{
	while (is_devfs(MNT))
		ASSERT_EQ(0, umount2(MNT, MNT_DETACH));
	ASSERT_EQ(0, mkdir("m", 0755));
	ASSERT_EQ(0, mount_at("m", NULL));
	EXPECT_EQ(LITERAL, where("$/dev"));
	EXPECT_EQ(VIRTUAL, where("m/dev"));
	/* On a directory "$" that is not the root's. */
	ASSERT_EQ(0, mount_at("./$", NULL));
	EXPECT_EQ(VIRTUAL, where("./$/dev"));
	ASSERT_EQ(0, mkdir("e", 0755));
	ASSERT_EQ(0, chdir("e"));
	EXPECT_EQ(-ENOENT, where("$/dev"));
	ASSERT_EQ(0, umount("../$"));
	ASSERT_EQ(0, umount("../m"));
}

TEST_F(path, covered)
{
	ASSERT_EQ(0, mount("none", MNT, "tmpfs", 0, NULL));
	EXPECT_EQ(LITERAL, where("$/literal"));
	ASSERT_EQ(0, umount(MNT));
	EXPECT_EQ(VIRTUAL, where("$/dev"));

	/* A part of the tree is not the tree. */
	ASSERT_EQ(0, mount("/$/dev", MNT, NULL, MS_BIND, NULL));
	EXPECT_EQ(LITERAL, where("$/literal"));
	ASSERT_EQ(0, umount(MNT));
	EXPECT_EQ(VIRTUAL, where("$/dev"));

	/* The tree over something else is. */
	ASSERT_EQ(0, mount("none", MNT, "tmpfs", 0, NULL));
	ASSERT_EQ(0, mount_at(MNT, NULL));
	EXPECT_EQ(VIRTUAL, where("$/dev"));
}

static int in_chroot(void *arg)
{
	if (chroot("jail") || chdir("/in"))
		return 1;
	/* Its root has no such mount. */
	if (where("$/dev") != -ENOENT)
		return 2;
	if (mkdir("$", 0755) || mkdir("$/dev", 0755))
		return 3;
	return where("$/dev") == LITERAL ? 0 : 4;
}

static int in_enabled_chroot(void *arg)
{
	if (chroot("jail") || chdir("/in"))
		return 1;
	if (where("$/dev") != VIRTUAL)
		return 2;
	/* And no way out of it. */
	return where("$/../../etc") == -ENOENT ? 0 : 3;
}

TEST_F(path, chroot)
{
	ASSERT_EQ(0, mkdir("jail", 0755));
	ASSERT_EQ(0, mkdir("jail/in", 0755));
	EXPECT_EQ(0, reap(spawn(in_chroot, NULL)));
	EXPECT_EQ(VIRTUAL, where("$/dev"));

	ASSERT_EQ(0, mkdir("jail/$", 0755));
	ASSERT_EQ(0, mount(MNT, "jail/$", NULL, MS_BIND, NULL));
	EXPECT_EQ(0, reap(spawn(in_enabled_chroot, NULL)));
	ASSERT_EQ(0, umount("jail/$"));
}

static int in_own_mounts(void *arg)
{
	if (unshare(CLONE_NEWNS))
		return 1;
	if (where("$/dev") != VIRTUAL)
		return 2;
	while (is_devfs(MNT))
		if (umount2(MNT, MNT_DETACH))
			return 3;
	return where("$/dev") == LITERAL ? 0 : 4;
}

TEST_F(path, mount_namespaces)
{
	EXPECT_EQ(0, reap(spawn(in_own_mounts, NULL)));
	EXPECT_EQ(VIRTUAL, where("$/dev"));
}

static int as_nobody(void *arg)
{
	if (become(65534, 65534))
		return 1;
	return where("$/dev") == VIRTUAL ? 0 : 2;
}

TEST_F(path, other_users)
{
	EXPECT_EQ(0, reap(spawn(as_nobody, NULL)));
}

TEST_F(path, the_text_of_a_link_is_literal)
{
	ASSERT_EQ(0, symlink("$/dev", "link"));
	EXPECT_EQ(LITERAL, where("link"));
	ASSERT_EQ(0, symlink("/$/dev", "absolute"));
	EXPECT_EQ(VIRTUAL, where("absolute"));
	EXPECT_EQ(-ELOOP, where2(AT_FDCWD, "absolute", RESOLVE_NO_SYMLINKS));
}

TEST_F(path, stat_and_friends)
{
	struct stat a, b;
	char buf[8];

	ASSERT_EQ(0, stat("$/dev", &a));
	ASSERT_EQ(0, stat("/$/dev", &b));
	EXPECT_EQ(b.st_ino, a.st_ino);
	EXPECT_EQ(b.st_dev, a.st_dev);
	ASSERT_EQ(0, lstat("$/dev", &a));
	EXPECT_EQ(b.st_ino, a.st_ino);
	ASSERT_EQ(0, stat("./$/dev", &a));
	EXPECT_NE(b.st_dev, a.st_dev);

	EXPECT_EQ(0, access("$/dev", R_OK | X_OK));
	EXPECT_EQ(-1, access("$/literal", F_OK));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, readlink("$/dev", buf, sizeof(buf)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, truncate("$/dev", 0));
	EXPECT_EQ(EISDIR, errno);
	EXPECT_EQ(0, chdir("$/user"));
	EXPECT_EQ(VIRTUAL, where("."));
}

/* The literal twin would have taken all of it. */
TEST_F(path, changes_meet_the_refusal)
{
	ASSERT_EQ(0, close(open_path("f", O_CREAT | O_RDWR)));
	EXPECT_EQ(-1, mkdir("$/dev/new", 0755));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, rmdir("$/user"));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, mknod("$/dev/new", S_IFIFO | 0644, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, symlink("f", "$/dev/new"));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, link("f", "$/dev/new"));
	EXPECT_EQ(EXDEV, errno);
	EXPECT_EQ(-1, rename("f", "$/dev/new"));
	EXPECT_EQ(EXDEV, errno);
	EXPECT_EQ(-1, rename("$/dev", "g"));
	EXPECT_EQ(EXDEV, errno);
	EXPECT_EQ(-1, rename("$/user", "$/other"));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, unlink("$/literal"));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-EACCES, can_open("$/dev/new", O_CREAT | O_RDWR));
	EXPECT_EQ(-EACCES, can_open("$/new", O_CREAT | O_EXCL | O_RDWR));
	EXPECT_EQ(0, access("./$/literal", F_OK));
	EXPECT_EQ(0, access("f", F_OK));
}

TEST_F(path, execve)
{
	ASSERT_EQ(0, chmod("./$/literal", 0755));
	EXPECT_EQ(-1, execl("$/literal", "x", NULL));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, execl("$/dev", "x", NULL));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(path, inotify)
{
	const int fd = inotify_init1(IN_CLOEXEC);
	int wd;

	ASSERT_LE(0, fd);
	wd = inotify_add_watch(fd, "/$/dev", IN_OPEN);
	ASSERT_LE(0, wd);
	/* The same watch, as it is the same directory. */
	EXPECT_EQ(wd, inotify_add_watch(fd, "$/dev", IN_OPEN));
	EXPECT_NE(wd, inotify_add_watch(fd, "./$/dev", IN_OPEN));
	close(fd);
}

TEST_F(path, mount_and_umount)
{
	ASSERT_EQ(0, mount("none", "$/dev", "tmpfs", 0, NULL));
	EXPECT_EQ(LITERAL, where("/$/dev"));
	EXPECT_EQ(LITERAL, where("$/dev"));
	ASSERT_EQ(0, umount("$/dev"));
	EXPECT_EQ(VIRTUAL, where("/$/dev"));
}

TEST_F(path, unix_sockets)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ASSERT_LE(0, fd);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "$/dev/socket");
	EXPECT_EQ(-1, bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, connect(fd, (struct sockaddr *)&addr, sizeof(addr)));
	EXPECT_EQ(ENOENT, errno);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "./$/dev/socket");
	EXPECT_EQ(0, bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	close(fd);
}

TEST_F(path, o_path_and_reopening)
{
	const int fd = open_path("$/dev", O_PATH);
	char path[32];

	ASSERT_LE(0, fd);
	EXPECT_EQ(VIRTUAL, where_at(fd, "."));
	EXPECT_EQ(VIRTUAL, where_at(fd, "../user"));
	EXPECT_EQ(-ENOENT, where_at(fd, "$/dev"));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_EQ(VIRTUAL, where(path));
	close(fd);
}

static int uring_where(struct uring *ring, int dirfd, const char *path,
		       int sqe_flags)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT,
		.flags = sqe_flags,
		.fd = dirfd,
		.addr = (uintptr_t)path,
		.open_flags = O_RDONLY | O_CLOEXEC,
	};

	return kind_of(uring_do(ring, &sqe));
}

TEST_F(path, io_uring)
{
	const int dir = open_path(".", O_RDONLY);
	struct uring ring;
	int i;

	if (make_uring(&ring))
		SKIP(return, "no io_uring");
	for (i = 0; i < 2; i++) {
		const int flags = i ? IOSQE_ASYNC : 0;

		EXPECT_EQ(VIRTUAL, uring_where(&ring, AT_FDCWD, "$/dev", flags));
		EXPECT_EQ(LITERAL, uring_where(&ring, AT_FDCWD, "./$/dev", flags));
		EXPECT_EQ(LITERAL, uring_where(&ring, dir, "$/dev", flags));
		EXPECT_EQ(-ENOENT, uring_where(&ring, AT_FDCWD, "$/literal",
					       flags));
	}
	close(ring.fd);
}

/* Names that are too long, or end in what is no directory. */
TEST_F(path, names)
{
	char name[PATH_MAX + 16] = "$/dev/";

	memset(name + 6, 'n', 255);
	EXPECT_EQ(-ENOENT, where(name));
	name[6 + 255] = 'n';
	EXPECT_EQ(-ENAMETOOLONG, where(name));
	memset(name + 6, '/', PATH_MAX);
	EXPECT_EQ(-ENAMETOOLONG, where(name));
	EXPECT_EQ(-ENOENT, where("$/dev/$"));
	EXPECT_EQ(-ENOENT, where("$/$/dev"));
	EXPECT_EQ(-ENOENT, where("$/Dev"));
	EXPECT_EQ(-ENOENT, where("$/DEV"));
}

static int mount_churn(void *arg)
{
	const int *stop = arg;

	while (!__atomic_load_n(stop, __ATOMIC_ACQUIRE))
		if (mount_at(MNT, NULL) || umount2(MNT, MNT_DETACH))
			return 1;
	return 0;
}

/* Decision and walk are two steps, and nothing in between is a third place. */
TEST_F_TIMEOUT(path, race_with_mounting, 90)
{
	int *stop = shared(sizeof(*stop));
	int i, kind, wrong = 0;
	pid_t pid;

	ASSERT_TRUE(!!stop);
	while (is_devfs(MNT))
		ASSERT_EQ(0, umount2(MNT, MNT_DETACH));
	pid = spawn(mount_churn, stop);
	ASSERT_LT(0, pid);
	for (i = 0; i < 3000; i++) {
		kind = where("$/dev");
		/* What is below the mount is empty. */
		if (kind != VIRTUAL && kind != LITERAL && kind != -ENOENT)
			wrong++;
	}
	announce(stop, 1);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(0, wrong);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * The filesystem as such: mounting it, listing it, what stat(2) says, who may
 * open what and how, and everything that it refuses, to root too.
 */
#include "devfs.h"

#include <dirent.h>
#include <sys/sysmacros.h>

FIXTURE(tree)
{
};

FIXTURE_SETUP(tree)
{
	OWN_DEVFS_OR_SKIP();
}

FIXTURE_TEARDOWN(tree)
{
}

/* Does the directory list the name?  Counts the entries too. */
static int lists(const char *path, const char *name, int *entries)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	int found = 0;

	if (!dir)
		return -errno;
	*entries = 0;
	while ((d = readdir(dir))) {
		(*entries)++;
		if (!strcmp(d->d_name, name))
			found++;
	}
	closedir(dir);
	return found;
}

TEST_F(tree, root_and_directories)
{
	struct stat st;
	int entries;

	EXPECT_EQ(1, lists(MNT, "dev", &entries));
	EXPECT_EQ(1, lists(MNT, ".", &entries));
	EXPECT_EQ(1, lists(MNT, "..", &entries));
	EXPECT_EQ(1, lists(DEV, "md64api", &entries));
	EXPECT_EQ(1, lists(DEV "md64api", "pcname", &entries));
	EXPECT_EQ(1, lists(DEV "md64api/ram", "total", &entries));
	EXPECT_EQ(0, lists(DEV "md64api", "no", &entries));

	ASSERT_EQ(0, stat(MNT, &st));
	EXPECT_TRUE(S_ISDIR(st.st_mode));
	EXPECT_EQ(0, st.st_mode & 022);
	ASSERT_EQ(0, stat(DEV "md64api", &st));
	EXPECT_TRUE(S_ISDIR(st.st_mode));
	EXPECT_EQ(0U, st.st_uid);
	EXPECT_LE(2U, st.st_nlink);
}

/* d_type, d_ino and stat(2) tell the same, over and over. */
TEST_F(tree, entries_are_what_stat_says)
{
	struct stat st, again;
	struct dirent *d;
	int n = 0;
	DIR *dir;

	dir = opendir(DEV "md64api");
	ASSERT_TRUE(!!dir);
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		n++;
		ASSERT_EQ(0, fstatat(dirfd(dir), d->d_name, &st, 0));
		EXPECT_EQ(d->d_ino, st.st_ino);
		EXPECT_EQ(d->d_type == DT_DIR, S_ISDIR(st.st_mode));
		EXPECT_EQ(d->d_type == DT_REG, S_ISREG(st.st_mode));
		ASSERT_EQ(0, fstatat(dirfd(dir), d->d_name, &again, 0));
		EXPECT_EQ(st.st_ino, again.st_ino);
		EXPECT_EQ(st.st_dev, again.st_dev);
	}
	EXPECT_LT(10, n);

	/* A second listing of the same open directory is the same. */
	rewinddir(dir);
	while ((d = readdir(dir)))
		n -= d->d_name[0] != '.';
	EXPECT_EQ(0, n);
	closedir(dir);
}

TEST_F(tree, statfs)
{
	struct statfs st;

	ASSERT_EQ(0, statfs(DEV "md64api/pcname", &st));
	EXPECT_EQ(DEVFS_DOLLAR_MAGIC, st.f_type);
	EXPECT_EQ(255, st.f_namelen);
}

TEST_F(tree, modes)
{
	static const struct {
		const char *path;
		mode_t mode;
	} nodes[] = {
		{ DEV "md64api/pcname", 0444 },
		{ DEV "md64api/sysinfo", 0444 },
		{ DEV "md64api/cmdline", 0444 },
		{ DEV "input/kbd0", 0600 },
		{ DEV "input/event0", 0600 },
		{ DEV "graphics/video0", 0660 },
		{ DEV "audio/pcm0", 0660 },
	};
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		if (stat(nodes[i].path, &st)) {
			/* The kernel may lack the facility behind it. */
			EXPECT_EQ(ENOENT, errno);
			continue;
		}
		EXPECT_TRUE(S_ISREG(st.st_mode))
			TH_LOG("%s", nodes[i].path);
		EXPECT_EQ(nodes[i].mode, st.st_mode & 07777)
			TH_LOG("%s", nodes[i].path);
		EXPECT_EQ(0U, st.st_uid);
		EXPECT_EQ(0U, st.st_gid);
		EXPECT_EQ(1U, st.st_nlink);
		EXPECT_EQ(0, st.st_size);
	}
}

static int nobody_reads(void *arg)
{
	if (become(65534, 65534))
		return 1;
	if (can_open(DEV "md64api/pcname", O_RDONLY))
		return 2;
	if (!access(DEV "input/kbd0", F_OK) &&
	    (can_open(DEV "input/kbd0", O_RDONLY) != -EACCES ||
	     can_open(DEV "input/event0", O_RDONLY) != -EACCES))
		return 3;
	if (!access(DEV "audio/pcm0", F_OK) &&
	    (can_open(DEV "audio/pcm0", O_WRONLY) != -EACCES ||
	     can_open(DEV "audio/pcm0", O_RDONLY) != -EACCES))
		return 4;
	return access(DEV "md64api", R_OK | X_OK) ? 5 : 0;
}

TEST_F(tree, others_may_not_listen)
{
	EXPECT_EQ(0, reap(spawn(nobody_reads, NULL)));
}

/* What a node cannot do nobody may open it for. */
TEST_F(tree, access_modes)
{
	EXPECT_EQ(0, can_open(DEV "md64api/pcname", O_RDONLY));
	EXPECT_EQ(-EACCES, can_open(DEV "md64api/pcname", O_WRONLY));
	EXPECT_EQ(-EACCES, can_open(DEV "md64api/pcname", O_RDWR));
	EXPECT_EQ(-EACCES, can_open(DEV "md64api/pcname", O_WRONLY | O_APPEND));
	EXPECT_EQ(-EISDIR, can_open(DEV "md64api", O_WRONLY));
	EXPECT_EQ(-EISDIR, can_open(DEV "md64api", O_RDWR));
	EXPECT_EQ(-ENOTDIR, can_open(DEV "md64api/pcname/", O_RDONLY));
	EXPECT_EQ(-ENOTDIR, can_open(DEV "md64api/pcname/x", O_RDONLY));
	EXPECT_EQ(-ENOTDIR, can_open(DEV "md64api/pcname",
				     O_RDONLY | O_DIRECTORY));
	EXPECT_EQ(-ENOENT, can_open(DEV "md64api/nothing", O_RDONLY));
	/* O_CREAT of what is there is an ordinary open. */
	EXPECT_EQ(0, can_open(DEV "md64api/pcname", O_RDONLY | O_CREAT));
	EXPECT_EQ(-EEXIST, can_open(DEV "md64api/pcname",
				    O_RDONLY | O_CREAT | O_EXCL));
}

TEST_F(tree, no_seeking)
{
	const int fd = open_path(DEV "md64api/pcname", O_RDONLY);
	char buf[4];

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, pread(fd, buf, 1, 0));
	EXPECT_EQ(ESPIPE, errno);
	/* None of which has moved anything. */
	EXPECT_EQ(1, read_fd(fd, buf, 1));
	close(fd);
}

TEST_F(tree, reads_of_nothing_and_of_much)
{
	const int fd = open_path(DEV "md64api/pcname", O_RDONLY);
	struct bad *bad = make_bad(1);
	char name[256];
	long len;
	int i;

	ASSERT_LE(0, fd);
	ASSERT_TRUE(!!bad);
	EXPECT_EQ(0, read_fd(fd, name, 0));
	EXPECT_EQ(0, read_fd(fd, NULL, 0));
	for (i = 0; i < BAD_COUNT; i++) {
		if (i == BAD_HALF)
			continue;
		EXPECT_EQ(-EFAULT, read_fd(fd, bad[i].addr, 16))
			TH_LOG("%s", bad[i].name);
	}
	len = read_fd(fd, name, sizeof(name));
	EXPECT_LT(0, len);
	EXPECT_EQ(-EBADF, write_fd(fd, "x", 1));
	close(fd);
}

TEST_F(tree, a_directory_is_not_read)
{
	const int fd = open_path(DEV "md64api", O_RDONLY);
	char c;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EISDIR, read_fd(fd, &c, 1));
	close(fd);
}

/* In every directory, also where there is something of the name. */
TEST_F(tree, nothing_is_made_or_removed)
{
	static const char * const dirs[] = { MNT, DEV, DEV "md64api", USER };
	char path[64], other[64];
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		snprintf(path, sizeof(path), "%s/new", dirs[i]);
		snprintf(other, sizeof(other), "%s/other", dirs[i]);
		EXPECT_EQ(-1, mkdir(path, 0755));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(-1, mknod(path, S_IFCHR | 0600, makedev(1, 3)));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(-1, mkfifo(path, 0600));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(-1, symlink("x", path));
		EXPECT_EQ(EPERM, errno);
		EXPECT_EQ(-EACCES, can_open(path, O_CREAT | O_RDWR));
		EXPECT_EQ(-1, unlink(path));
		EXPECT_EQ(ENOENT, errno);
		EXPECT_EQ(-1, rename(path, other));
		EXPECT_EQ(ENOENT, errno);
	}
	EXPECT_EQ(-1, unlink(DEV "md64api/pcname"));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, rmdir(DEV "md64api/ram"));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, rmdir(MNT "/dev"));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, rename(DEV "md64api/pcname", DEV "md64api/x"));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, rename(DEV "md64api/pcname", DEV "md64api/osname"));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, link(DEV "md64api/pcname", DEV "md64api/x"));
	EXPECT_EQ(EPERM, errno);
	/* There is nothing to cut off, and that is no error. */
	EXPECT_EQ(0, truncate(DEV "md64api/pcname", 0));
	EXPECT_EQ(0, can_open(DEV "md64api/pcname", O_RDONLY));
}

TEST_F(tree, nothing_is_executed)
{
	EXPECT_EQ(-1, execl(DEV "md64api/pcname", "x", NULL));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(tree, mount_options)
{
	EXPECT_EQ(-EINVAL, set_options("kbd0=what"));
	EXPECT_EQ(-EINVAL, set_options("pcm0=what"));
	EXPECT_EQ(-EINVAL, set_options("nonsense"));
	EXPECT_EQ(-EINVAL, set_options("kbd0"));
	EXPECT_EQ(0, set_options("kbd0=text"));
	EXPECT_EQ(0, set_options("kbd0=event,pcm0=null"));
	EXPECT_EQ(0, set_options("pcm0=alsa"));
}

static long mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -errno : (long)(st.st_mode & 07777);
}

/* Who may listen is the administrator's to say. */
TEST_F(tree, mount_options_for_permissions)
{
	struct stat st;

	if (access(DEV "input/kbd0", F_OK))
		SKIP(return, "no input");
	EXPECT_EQ(-EINVAL, set_options("input=01777"));
	EXPECT_EQ(0600, mode_of(DEV "input/kbd0"));
	ASSERT_EQ(0, set_options("input=0640,uid=7,gid=8"));
	EXPECT_EQ(0640, mode_of(DEV "input/kbd0"));
	EXPECT_EQ(0444, mode_of(DEV "md64api/pcname"));
	EXPECT_EQ(0, stat(DEV "input/event0", &st));
	EXPECT_EQ(7U, st.st_uid);
	EXPECT_EQ(8U, st.st_gid);
	ASSERT_EQ(0, set_options("input=0600,uid=0,gid=0"));
	EXPECT_EQ(0600, mode_of(DEV "input/event0"));
}

/* There is one superblock, and one tree, for all mounts. */
TEST_F(tree, mounts_show_the_same)
{
	struct stat a, b;

	ASSERT_EQ(0, mount("none", "/tmp", "tmpfs", 0, NULL));
	ASSERT_EQ(0, mkdir("/tmp/m", 0755));
	ASSERT_EQ(0, mount_at("/tmp/m", NULL));
	ASSERT_EQ(0, stat(DEV "md64api/pcname", &a));
	ASSERT_EQ(0, stat("/tmp/m/dev/md64api/pcname", &b));
	EXPECT_EQ(a.st_dev, b.st_dev);
	EXPECT_EQ(a.st_ino, b.st_ino);
	EXPECT_EQ(0, umount("/tmp/m"));
}

TEST_F(tree, unmounting_with_open_files)
{
	char name[128];
	int fd, dir;

	ASSERT_EQ(0, mount("none", "/tmp", "tmpfs", 0, NULL));
	ASSERT_EQ(0, mkdir("/tmp/m", 0755));
	ASSERT_EQ(0, mount_at("/tmp/m", NULL));
	fd = open_path("/tmp/m/dev/md64api/pcname", O_RDONLY);
	ASSERT_LE(0, fd);
	dir = open_path("/tmp/m/dev", O_RDONLY);
	ASSERT_LE(0, dir);
	EXPECT_EQ(-1, umount("/tmp/m"));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(0, umount2("/tmp/m", MNT_DETACH));
	EXPECT_EQ(-ENOENT, can_open("/tmp/m/dev", O_RDONLY));

	EXPECT_LT(0, read_fd(fd, name, sizeof(name)));
	EXPECT_EQ(0, faccessat(dir, "md64api/osname", R_OK, 0));
	close(fd);
	close(dir);
}

static int mounts_in_user_ns(void *arg)
{
	if (own_user_ns() || unshare(CLONE_NEWNS))
		return 1;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return 2;
	return mount_at("/tmp", NULL) == -EPERM ? 0 : 3;
}

/* Keys and the screen are in it. */
TEST_F(tree, not_to_be_mounted_in_a_user_namespace)
{
	EXPECT_EQ(0, reap(spawn(mounts_in_user_ns, NULL)));
}

TEST_F(tree, poll_says_readable)
{
	const int fd = open_path(DEV "md64api/pcname", O_RDONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(POLLIN, poll_now(fd, POLLIN));
	close(fd);
}

TEST_F(tree, dup_and_fork_share_a_file)
{
	const int fd = open_path(DEV "md64api/datetime", O_RDONLY);
	char buf[64];
	int copy;

	ASSERT_LE(0, fd);
	copy = dup(fd);
	ASSERT_LE(0, copy);
	ASSERT_EQ(4, read_fd(fd, buf, 4));
	close(fd);
	/* The copy goes on where the other has stopped. */
	EXPECT_EQ(15, read_fd(copy, buf, sizeof(buf)));
	EXPECT_EQ('-', buf[0]);
	EXPECT_EQ(0, read_fd(copy, buf, sizeof(buf)));
	close(copy);
}

TEST_HARNESS_MAIN

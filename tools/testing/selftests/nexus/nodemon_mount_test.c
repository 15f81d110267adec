// SPDX-License-Identifier: GPL-2.0
/*
 * Mounts: what mounting and unmounting tell, to whom, and what becomes of
 * watches on what is unmounted.  See nodemon_table.h for what there is in A
 * and B.  T is the volume, M a tmpfs that is mounted on A/d.
 */
#include "nodemon_table.h"

#include <linux/mount.h>

#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH	0x00000004
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE		1
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE	0x00004000U
#endif

static int mount_new(void)
{
	return ret0(mount("none", "A/d", "tmpfs", 0, NULL));
}

static int mount_twice(void)
{
	return mount_new() ?: ret0(mount("A/d", "A/d", NULL, MS_BIND, NULL));
}

static int do_bind(void)
{
	return ret0(mount("A/d", "B", NULL, MS_BIND, NULL));
}

static int do_move(void)
{
	return ret0(mount("A/d", "B", NULL, MS_MOVE, NULL));
}

static int do_remount(void)
{
	return ret0(mount("none", "A/d", NULL, MS_REMOUNT | MS_RDONLY, NULL));
}

static int do_make_shared(void)
{
	return ret0(mount(NULL, "A/d", NULL, MS_SHARED, NULL)) ?:
	       ret0(mount(NULL, "A/d", NULL, MS_PRIVATE, NULL));
}

static int do_umount(void)
{
	return ret0(umount("A/d"));
}

static int do_umount_lazy(void)
{
	return ret0(umount2("A/d", MNT_DETACH));
}

static int do_umount_lazy_all(void)
{
	while (!umount2("A/d", MNT_DETACH))
		continue;
	return errno == EINVAL ? 0 : -errno;
}

static int do_umount_nothing(void)
{
	return ret0(umount("A/d"));
}

static int do_mount_nowhere(void)
{
	return ret0(mount("none", "A/n", "tmpfs", 0, NULL));
}

static int do_fsmount(void)
{
	const int fs = syscall(SYS_fsopen, "tmpfs", 0);
	int mnt, err;

	if (fs < 0)
		return -errno;
	err = ret0(syscall(SYS_fsconfig, fs, 6 /* create */, NULL, NULL, 0));
	mnt = err ? -1 : (int)syscall(SYS_fsmount, fs, 0, 0);
	if (!err && mnt < 0)
		err = -errno;
	if (!err)
		err = ret0(syscall(SYS_move_mount, mnt, "", AT_FDCWD, "A/d",
				   MOVE_MOUNT_F_EMPTY_PATH));
	close(mnt);
	close(fs);
	return err;
}

static int do_open_tree(void)
{
	const int tree = syscall(SYS_open_tree, AT_FDCWD, "A/d",
				 OPEN_TREE_CLONE);
	int err;

	if (tree < 0)
		return -errno;
	err = ret0(syscall(SYS_move_mount, tree, "", AT_FDCWD, "B",
			   MOVE_MOUNT_F_EMPTY_PATH));
	close(tree);
	return err;
}

/* A mount that is in no directory is none yet, and never was. */
static int do_open_tree_alone(void)
{
	const int tree = syscall(SYS_open_tree, AT_FDCWD, "A/d",
				 OPEN_TREE_CLONE);

	if (tree < 0)
		return -errno;
	close(tree);
	return 0;
}

/* What is told to other mount namespaces is their own. */
static int in_copy(void *arg)
{
	return unshare(CLONE_NEWNS) || mount_new();
}

static int do_elsewhere(void)
{
	return reap(spawn(in_copy, NULL)) ? -EIO : 0;
}

static const struct row mounts[] = {
	{ "mount", mount_new, .mounts = "w1 MOUNTED M on T/D;" },
	{ "bind", do_bind, .mounts = "w1 MOUNTED T on T/B;" },
	{ "bind of another", do_bind, mount_new,
	  .mounts = "w1 MOUNTED M on T/B;" },
	/* The watch on A/d is one on the root of M here. */
	{ "umount", do_umount, mount_new, .nodes = "w3 IGNORED;",
	  .mounts = "w1 UNMOUNTED M;" },
	{ "umount, lazy", do_umount_lazy, mount_new, .nodes = "w3 IGNORED;",
	  .mounts = "w1 UNMOUNTED M;" },
	{ "umount of one of two", do_umount, mount_twice,
	  .mounts = "w1 UNMOUNTED M;" },
	{ "umount of both", do_umount_lazy_all, mount_twice,
	  .nodes = "w3 IGNORED;",
	  .mounts = "w1 UNMOUNTED M;w1 UNMOUNTED M;" },
	{ "move", do_move, mount_new,
	  .mounts = "w1 UNMOUNTED M;w1 MOUNTED M on T/B;" },
	{ "fsopen, fsmount, move_mount", do_fsmount,
	  .mounts = "w1 MOUNTED M on T/D;" },
	{ "open_tree, move_mount", do_open_tree,
	  .mounts = "w1 MOUNTED T on T/B;" },
	{ "open_tree", do_open_tree_alone },
	{ "remount", do_remount, mount_new },
	{ "another propagation", do_make_shared, mount_new },
	{ "in another mount namespace", do_elsewhere },
	{ "umount of nothing", do_umount_nothing, .error = EINVAL },
	{ "mount nowhere", do_mount_nowhere, .error = ENOENT },
};

TEST_F_TIMEOUT(volume, mounts, 60)
{
	RUN_ROWS(mounts);
}

/* The number of the mount, as statx() has it. */
TEST_F(volume, mount_number)
{
	const struct nodemon_record *rec = (const void *)news_buf;
	struct statx stx = {};
	const int fd = new_monitor();

	ASSERT_EQ(1, watch_mounts(fd));
	ASSERT_EQ(0, make_dir("mnt"));
	ASSERT_EQ(0, mount("none", "mnt", "tmpfs", 0, NULL));
	ASSERT_EQ(0, statx(AT_FDCWD, "mnt", 0, STATX_MNT_ID_UNIQUE, &stx));
	ASSERT_EQ(56, read(fd, news_buf, sizeof(news_buf)));
	EXPECT_EQ(NODEMON_DEVICE_MOUNTED, rec->opcode);
	/* stx_mnt_id, which old headers do not have. */
	EXPECT_EQ(((__u64 *)&stx)[0x90 / 8], (__u64)rec->node);
	ASSERT_EQ(0, umount("mnt"));
	ASSERT_EQ(56, read(fd, news_buf, sizeof(news_buf)));
	EXPECT_EQ(NODEMON_DEVICE_UNMOUNTED, rec->opcode);
	EXPECT_EQ(((__u64 *)&stx)[0x90 / 8], (__u64)rec->node);
	EXPECT_EQ(-1, rec->directory);
}

/* A tree of mounts goes at once: each of them is told. */
TEST_F(volume, tree)
{
	const int fd = new_monitor();
	struct stat st;

	ASSERT_EQ(0, make_tree(0));
	ASSERT_TRUE(label_tree());
	ASSERT_EQ(0, mount_new());
	ASSERT_EQ(0, make_dir("A/d/x"));
	ASSERT_TRUE(label("X", "A/d/x"));
	ASSERT_EQ(0, stat("A/d", &st));
	set_label(&device_labels, "M", st.st_dev);
	set_label(&device_labels, "T", self->st.st_dev);
	ASSERT_EQ(1, watch_mounts(fd));
	ASSERT_EQ(0, mount("A/d/x", "A/d/x", NULL, MS_BIND, NULL));
	EXPECT_NEWS("w1 MOUNTED M on M/X;", fd);
	ASSERT_EQ(0, mount("A/d", "B", NULL, MS_BIND | MS_REC, NULL));
	EXPECT_EQ(2 * 56, news_bytes(fd));
	news(fd);
	ASSERT_EQ(0, umount2("A/d", MNT_DETACH));
	EXPECT_NEWS("w1 UNMOUNTED M;w1 UNMOUNTED M;", fd);
}

/* With the last mount of a volume go all watches on its nodes. */
TEST_F(volume, watched_nodes)
{
	const int fd = new_monitor(), port = new_port(10);
	const char *text;

	news_device = 0;
	ASSERT_EQ(0, make_tree(0));
	ASSERT_EQ(0, mount_new());
	ASSERT_EQ(0, make_file("A/d/x"));
	ASSERT_EQ(1, watch_path(fd, "A/d/x", NODEMON_NODE_EVENTS));
	ASSERT_EQ(2, watch_path(fd, "A/d", NODEMON_NODE_EVENTS));
	ASSERT_EQ(3, watch_volume(fd, "A/d", NODEMON_VOLUME_EVENTS));
	ASSERT_EQ(4, watch_path(fd, "A", NODEMON_NODE_EVENTS));
	ASSERT_LT(0, port);
	ASSERT_LT(0, watch_to_port(port, 1, "A/d/x", NODEMON_NODE_EVENTS));
	/* A watch does not hold the volume. */
	ASSERT_EQ(0, umount("A/d"));
	text = news_like(fd, "w1 IGNORED;w2 IGNORED;w3 IGNORED;");
	EXPECT_EQ(33, strlen(text))
		TH_LOG("got %s", text);
	EXPECT_NE(NULL, strstr(text, "w1 IGNORED;"));
	EXPECT_NE(NULL, strstr(text, "w2 IGNORED;"));
	EXPECT_NE(NULL, strstr(text, "w3 IGNORED;"));
	EXPECT_EQ(-ENOENT, nodemon_unwatch(fd, 1, 0, 0));
	EXPECT_EQ(0, queued(port));
	EXPECT_EQ(-ENOENT, stop_watching(port, 1));
	/* The directory below is there again. */
	ASSERT_EQ(0, make_file("A/new"));
	EXPECT_LT(0, news_bytes(fd));
	EXPECT_EQ(0, nodemon_unwatch(fd, 4, 0, 0));
}

/* A mount that is not the last one ends nothing. */
TEST_F(volume, another_mount)
{
	const int fd = new_monitor();

	news_device = 0;
	ASSERT_EQ(0, make_tree(0));
	ASSERT_TRUE(label_tree());
	ASSERT_EQ(0, mount_new());
	ASSERT_EQ(0, do_bind());
	ASSERT_EQ(0, make_file("A/d/x"));
	ASSERT_TRUE(label("X", "A/d/x"));
	ASSERT_EQ(1, watch_path(fd, "A/d/x", NODEMON_STAT));
	ASSERT_EQ(0, umount("A/d"));
	EXPECT_NEWS("", fd);
	ASSERT_EQ(0, chmod("B/x", 0600));
	EXPECT_NEWS("w1 STAT X 1;", fd);
	ASSERT_EQ(0, umount2("B", MNT_DETACH));
	EXPECT_NEWS("w1 IGNORED;", fd);
}

/* A file that is open keeps a volume that was unmounted lazily, and watches. */
TEST_F(volume, lazy)
{
	const int fd = new_monitor();
	int file;

	news_device = 0;
	ASSERT_EQ(0, make_tree(0));
	ASSERT_EQ(0, mount_new());
	ASSERT_EQ(0, make_file("A/d/x"));
	ASSERT_TRUE(label("X", "A/d/x"));
	ASSERT_EQ(1, watch_path(fd, "A/d/x", NODEMON_STAT));
	file = open("A/d/x", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, umount2("A/d", MNT_DETACH));
	EXPECT_NEWS("", fd);
	ASSERT_EQ(0, fchmod(file, 0600));
	EXPECT_NEWS("w1 STAT X 1;", fd);
	close(file);
	EXPECT_NEWS("w1 IGNORED;", fd);
}

/* Numbers are used again: a new node is not the one that was watched. */
TEST_F(volume, reused_numbers)
{
	const int fd = new_monitor(), port = new_port(100);
	struct stat old, st;
	char path[32];
	int i;

	ASSERT_LT(0, port);
	ASSERT_EQ(0, make_file("old"));
	ASSERT_TRUE(label("OLD", "old"));
	ASSERT_EQ(0, stat("old", &old));
	ASSERT_EQ(1, watch_id(fd, &old, NODEMON_NODE_EVENTS));
	ASSERT_LT(0, watch_to_port(port, 1, "old", NODEMON_STAT));
	ASSERT_EQ(0, unlink("old"));
	EXPECT_NEWS("w1 REMOVED TOP/old=OLD;w1 IGNORED;", fd);
	for (i = 0; i < 50; i++) {
		snprintf(path, sizeof(path), "new%d", i);
		ASSERT_EQ(0, make_file(path));
		ASSERT_EQ(0, chmod(path, 0600));
		ASSERT_EQ(0, write_to(path, 0, "text"));
		ASSERT_EQ(0, stat(path, &st));
		if (st.st_ino == old.st_ino)
			break;
	}
	EXPECT_NEWS("", fd);
	EXPECT_EQ(0, queued(port));
	EXPECT_EQ(-ENOENT, watch_id(fd, &old, 0));
	/* If there is a node with that number, it is the new one. */
	if (i == 50) {
		EXPECT_EQ(-ENOENT, watch_id(fd, &old, NODEMON_STAT));
		return;
	}
	ASSERT_TRUE(label("NEW", path));
	EXPECT_EQ(2, watch_id(fd, &old, NODEMON_STAT));
	EXPECT_EQ(0, chmod(path, 0640));
	EXPECT_NEWS("w2 STAT NEW 1;", fd);
}

/*
 * A directory that nobody uses is found by its number where a handle finds it.
 * (What else is not in use has no name that the kernel could know.)
 */
TEST_F(volume, number_not_in_use)
{
	const int fd = new_monitor();
	struct stat st;
	int ret;

	ASSERT_EQ(0, make_dir("dir"));
	ASSERT_EQ(0, make_dir("dir/sub"));
	ASSERT_TRUE(label("SUB", "dir/sub"));
	ASSERT_EQ(0, stat("dir/sub", &st));
	sync();
	if (write_file("/proc/sys/vm/drop_caches", "2"))
		SKIP(return, "cannot drop caches");
	ret = watch_id(fd, &st, NODEMON_STAT);
	/* An ext4 can; an overlay need not. */
	if (variant->kind == FS_OVERLAY && ret == -ENOENT)
		SKIP(return, "not found by number alone");
	EXPECT_EQ(1, ret);
	ASSERT_EQ(0, chmod("dir/sub", 0700));
	EXPECT_NEWS("w1 STAT SUB 1 d;", fd);
}

/* The mount namespace goes; who watched its mounts is told that it did. */
static int watch_own_ns(void *arg)
{
	const int fd = *(int *)arg;

	if (unshare(CLONE_NEWNS))
		return 1;
	/* Which one is watched is decided when the watch is made. */
	if (watch_mounts(fd) != 1)
		return 2;
	if (mount("none", "A/d", "tmpfs", 0, NULL))
		return 3;
	return 0;
}

TEST_F(volume, namespace_ends)
{
	static struct text text;
	int fd = new_monitor();

	ASSERT_EQ(0, make_tree(0));
	EXPECT_EQ(0, reap(spawn(watch_own_ns, &fd)));
	/* What it had is unmounted, each told or not, and it ends later. */
	EXPECT_TRUE(poll_until((add_news(&text, fd),
				strstr(text.text, "w1 IGNORED;"))))
		TH_LOG("got %s", text.text);
	EXPECT_EQ(0, strncmp(text.text, "w1 MOUNTED ", 11))
		TH_LOG("got %s", text.text);
	/* Ours is another one. */
	EXPECT_EQ(2, watch_mounts(fd));
}

TEST_HARNESS_MAIN

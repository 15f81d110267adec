// SPDX-License-Identifier: GPL-2.0
/*
 * Watches: their numbers, more events for one that is there, how they end, and
 * which of a target's watches tell an event.
 */
#include "nodemon_place.h"

#include <sys/xattr.h>

#define TOGETHER	(NODEMON_NAME | NODEMON_STAT)

/* A directory A with a file F, and a directory B. */
static void make_some(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, make_dir("A"));
	ASSERT_EQ(0, make_dir("B"));
	ASSERT_EQ(0, make_file("A/f"));
	ASSERT_TRUE(label("A", "A"));
	ASSERT_TRUE(label("B", "B"));
	ASSERT_TRUE(label("F", "A/f"));
}

TEST_F(place, numbers)
{
	const int fd = self->fd;
	char path[32];
	int i;

	/* From 1, one after the other, by path or by number. */
	for (i = 1; i <= 300; i++) {
		snprintf(path, sizeof(path), "f%d", i);
		ASSERT_EQ(0, make_file(path));
		ASSERT_EQ(i, watch_path(fd, path, NODEMON_STAT));
	}
	EXPECT_EQ(301, watch_volume(fd, ".", NODEMON_NAME));
	EXPECT_EQ(302, watch_mounts(fd));
	EXPECT_EQ(303, watch_path(fd, ".", NODEMON_DIRECTORY));
	/* Those that are free are not used again soon. */
	EXPECT_EQ(0, nodemon_unwatch(fd, 7, 0, 0));
	EXPECT_EQ(304, watch_path(fd, "f7", NODEMON_STAT));
	EXPECT_EQ(0, watch_path(fd, "f7", 0));
	EXPECT_EQ(305, watch_path(fd, "f7", NODEMON_STAT));
	EXPECT_NEWS("w7 IGNORED;w304 IGNORED;", fd);
	/* What fails has no number. */
	EXPECT_EQ(-ENOENT, watch_path(fd, "nothing", NODEMON_STAT));
	EXPECT_EQ(0, nodemon_unwatch(fd, 301, 0, 0));
	EXPECT_NEWS("w301 IGNORED;", fd);
	ASSERT_EQ(0, make_file("last"));
	EXPECT_EQ(306, watch_path(fd, "last", NODEMON_STAT));

	/* Each monitor has numbers of its own. */
	i = new_monitor();
	ASSERT_LE(0, i);
	EXPECT_EQ(1, watch_path(i, "last", NODEMON_STAT));
	EXPECT_EQ(0, nodemon_unwatch(i, 1, 0, 0));
	EXPECT_EQ(-ENOENT, nodemon_unwatch(i, 306, 0, 0));
	ASSERT_TRUE(label("LAST", "last"));
	EXPECT_EQ(0, chmod("last", 0600));
	EXPECT_NEWS("w303 CREATED TOP/last=LAST;w306 STAT LAST 1;", fd);
}

/* To watch again adds events, and there is one watch. */
TEST_F(place, widen)
{
	const int fd = self->fd;

	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "A/f", NODEMON_STAT));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_EQ(0, rename("A/f", "A/g"));
	EXPECT_NEWS("w1 STAT F 1;", fd);

	EXPECT_EQ(1, watch_path(fd, "A/g", NODEMON_NAME));
	EXPECT_EQ(0, chmod("A/g", 0640));
	EXPECT_EQ(0, rename("A/g", "A/f"));
	EXPECT_NEWS("w1 STAT F 1;w1 MOVED A/g->A/f=F;", fd);

	/* The same once more changes nothing. */
	EXPECT_EQ(1, watch_path(fd, "A/f", NODEMON_NAME));
	EXPECT_EQ(1, watch_path(fd, "A/f", TOGETHER));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_NEWS("w1 STAT F 1;", fd);

	/* By another name, and by number, it is the same node. */
	ASSERT_EQ(0, link("A/f", "B/f"));
	EXPECT_EQ(1, watch_path(fd, "B/f", NODEMON_ATTR));
	EXPECT_EQ(0, setxattr("A/f", "user.a", "", 0, 0));
	EXPECT_NEWS("w1 ATTR A/F a 1;w1 STAT F 80;", fd);
	ASSERT_EQ(0, stat("A/f", &self->st));
	EXPECT_EQ(1, watch_id(fd, &self->st, NODEMON_STAT));

	/* To be told less, end it and make another. */
	EXPECT_EQ(0, watch_path(fd, "A/f", 0));
	EXPECT_EQ(2, watch_path(fd, "A/f", NODEMON_ATTR));
	EXPECT_EQ(0, chmod("A/f", 0640));
	EXPECT_NEWS("w1 IGNORED;", fd);
}

TEST_F(place, widen_directory)
{
	const int fd = self->fd;

	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "A", NODEMON_DIRECTORY));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_NEWS("", fd);
	/* Nothing by itself. */
	EXPECT_EQ(1, watch_path(fd, "A", NODEMON_CHILDREN));
	EXPECT_EQ(0, chmod("A/f", 0640));
	EXPECT_EQ(0, chmod("A", 0700));
	EXPECT_NEWS("", fd);
	EXPECT_EQ(1, watch_path(fd, "A", NODEMON_STAT));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_EQ(0, chmod("A", 0755));
	EXPECT_EQ(0, setxattr("A/f", "user.a", "", 0, 0));
	EXPECT_NEWS("w1 STAT F 1;w1 STAT A 1 d;w1 STAT F 80;", fd);
	EXPECT_EQ(1, watch_path(fd, "A", NODEMON_ATTR));
	EXPECT_EQ(0, setxattr("A/f", "user.a", "", 0, 0));
	EXPECT_NEWS("w1 ATTR A/F a 5;w1 STAT F 80;", fd);
	EXPECT_EQ(0, write_to("A/f", 0, "text"));
	EXPECT_NEWS("w1 STAT F 28;", fd);
	/* Children do not make names known: that is DIRECTORY. */
	EXPECT_EQ(0, watch_path(fd, "A", 0));
	EXPECT_EQ(2, watch_path(fd, "A", NODEMON_CHILDREN | TOGETHER));
	EXPECT_EQ(0, make_file("A/n"));
	EXPECT_EQ(0, rename("A/n", "A/m"));
	EXPECT_EQ(0, unlink("A/m"));
	EXPECT_NEWS("w1 IGNORED;", fd);
}

/* CHILDREN, DIRECTORY mean nothing to what is no directory. */
TEST_F(place, directory_of_file)
{
	const int fd = self->fd;

	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "A/f", NODEMON_DIRECTORY |
						NODEMON_CHILDREN));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_EQ(0, write_to("A/f", 0, "text"));
	EXPECT_EQ(0, rename("A/f", "A/g"));
	EXPECT_EQ(0, unlink("A/g"));
	EXPECT_NEWS("w1 IGNORED;", fd);
}

/* NAME is about names that are there, not about new ones. */
TEST_F(place, name_only)
{
	const int fd = self->fd;

	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "A/f", NODEMON_NAME));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_EQ(0, setxattr("A/f", "user.a", "", 0, 0));
	EXPECT_EQ(0, write_to("A/f", 0, "text"));
	EXPECT_EQ(0, link("A/f", "B/f"));
	EXPECT_NEWS("", fd);
	EXPECT_EQ(0, unlink("B/f"));
	EXPECT_EQ(0, rename("A/f", "B/g"));
	EXPECT_NEWS("w1 REMOVED B/f=F;w1 MOVED A/f->B/g=F;", fd);
}

TEST_F(place, name_of_directory)
{
	const int fd = self->fd;

	/* Its own name, not those in it. */
	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "A", NODEMON_NAME));
	EXPECT_EQ(0, make_file("A/n"));
	EXPECT_EQ(0, unlink("A/n"));
	EXPECT_EQ(0, unlink("A/f"));
	EXPECT_NEWS("", fd);
	EXPECT_EQ(0, rename("A", "B/A"));
	EXPECT_EQ(0, rmdir("B/A"));
	EXPECT_NEWS("w1 MOVED TOP/A->B/A=A d;w1 REMOVED B/A=A d;w1 IGNORED;",
		    fd);
}

/* A watched directory, and a node in it: told twice. */
TEST_F(place, both)
{
	const int fd = self->fd;

	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "A", NODEMON_DIRECTORY | NODEMON_STAT |
					 NODEMON_CHILDREN));
	EXPECT_EQ(2, watch_path(fd, "A/f", TOGETHER));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_NEWS("w1 STAT F 1;w2 STAT F 1;", fd);
	EXPECT_EQ(0, rename("A/f", "A/g"));
	EXPECT_NEWS("w1 MOVED A/f->A/g=F;w2 MOVED A/f->A/g=F;", fd);
	EXPECT_EQ(0, write_to("A/g", 0, "text"));
	EXPECT_NEWS("w1 STAT F 28;w2 STAT F 28;", fd);
	EXPECT_EQ(0, unlink("A/g"));
	EXPECT_NEWS("w2 REMOVED A/g=F;w2 IGNORED;w1 REMOVED A/g=F;", fd);
}

/* All lists: volume, directory, node. */
TEST_F(place, all_lists)
{
	const int fd = self->fd;

	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "A", NODEMON_DIRECTORY | NODEMON_STAT |
					 NODEMON_CHILDREN));
	EXPECT_EQ(2, watch_path(fd, "A/f", TOGETHER));
	EXPECT_EQ(3, watch_volume(fd, ".", TOGETHER));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_NEWS("w3 STAT F 1;w1 STAT F 1;w2 STAT F 1;", fd);
	EXPECT_EQ(0, rename("A/f", "B/f"));
	EXPECT_NEWS("w3 MOVED A/f->B/f=F;w1 MOVED A/f->B/f=F;w2 MOVED A/f->B/f=F;",
		    fd);
	EXPECT_EQ(0, chmod("B/f", 0640));
	EXPECT_NEWS("w3 STAT F 1;w2 STAT F 1;", fd);
	/* Not without STAT of its own. */
	EXPECT_EQ(0, nodemon_unwatch(fd, 3, 0, 0));
	EXPECT_EQ(4, watch_volume(fd, ".", NODEMON_NAME));
	EXPECT_EQ(0, chmod("B/f", 0600));
	EXPECT_NEWS("w3 IGNORED;w2 STAT F 1;", fd);
}

/* After the last record of a watch there is none of it. */
TEST_F(place, ended)
{
	const int fd = self->fd;

	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "A", NODEMON_DIRECTORY));
	EXPECT_EQ(2, watch_volume(fd, "A", NODEMON_NAME));
	EXPECT_EQ(0, nodemon_unwatch(fd, 1, 0, 0));
	EXPECT_EQ(0, unlink("A/f"));
	EXPECT_NEWS("w1 IGNORED;w2 REMOVED A/f=F;", fd);
	EXPECT_EQ(0, watch_volume(fd, "B", 0));
	EXPECT_EQ(-ENOENT, watch_volume(fd, "B", 0));
	EXPECT_EQ(0, rmdir("B"));
	EXPECT_NEWS("w2 IGNORED;", fd);
	EXPECT_EQ(3, watch_mounts(fd));
	EXPECT_EQ(3, watch_mounts(fd));
	EXPECT_EQ(0, nodemon_unwatch(fd, 3, 0, 0));
	EXPECT_EQ(0, make_dir("mnt"));
	EXPECT_EQ(0, mount("none", "mnt", "tmpfs", 0, NULL));
	EXPECT_NEWS("w3 IGNORED;", fd);
	EXPECT_EQ(0, umount("mnt"));
}

/* What was there stays to be read, in order, and closing needs no reading. */
TEST_F(place, ended_unread)
{
	const int fd = self->fd;

	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "A", NODEMON_DIRECTORY));
	EXPECT_EQ(0, unlink("A/f"));
	EXPECT_EQ(0, nodemon_unwatch(fd, 1, 0, 0));
	EXPECT_EQ(0, make_file("A/f"));
	EXPECT_NEWS("w1 REMOVED A/f=F;w1 IGNORED;", fd);
	EXPECT_EQ(2, watch_path(fd, "A", NODEMON_DIRECTORY));
	EXPECT_EQ(0, unlink("A/f"));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, make_file("A/f"));
}

/* Two monitors are told all, each in its own numbers. */
TEST_F(place, two_monitors)
{
	const int fd = self->fd, other = new_monitor();

	ASSERT_LE(0, other);
	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "B", NODEMON_DIRECTORY));
	EXPECT_EQ(2, watch_path(fd, "A", NODEMON_DIRECTORY));
	EXPECT_EQ(1, watch_path(other, "A", NODEMON_DIRECTORY));
	EXPECT_EQ(2, watch_path(other, "A/f", NODEMON_STAT));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_EQ(0, unlink("A/f"));
	EXPECT_NEWS("w2 REMOVED A/f=F;", fd);
	EXPECT_NEWS("w2 STAT F 1;w2 IGNORED;w1 REMOVED A/f=F;", other);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, make_dir("A/n"));
	ASSERT_TRUE(label("N", "A/n"));
	EXPECT_NEWS("w1 CREATED A/n=N d;", other);
}

/* Only what is equal to the record before it is left out. */
TEST_F(place, coalescing)
{
	const int fd = self->fd;
	int i;

	make_some(_metadata);
	EXPECT_EQ(1, watch_path(fd, "A/f", NODEMON_NODE_EVENTS));
	EXPECT_EQ(2, watch_path(fd, "A", NODEMON_STAT | NODEMON_DIRECTORY));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_EQ(0, chown("A/f", 1, -1));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_EQ(0, chmod("A", 0700));
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_NEWS("w1 STAT F 1;w1 STAT F 2;w1 STAT F 1;w2 STAT A 1 d;w1 STAT F 1;",
		    fd);
	/* Names and attributes are each told. */
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, make_file("A/n"));
		ASSERT_TRUE(label("N", "A/n"));
		EXPECT_EQ(0, link("A/n", "B/n"));
		EXPECT_EQ(0, unlink("A/n"));
		EXPECT_EQ(0, rename("B/n", "A/n"));
		EXPECT_NEWS("w2 CREATED A/n=N;w2 REMOVED A/n=N;w2 MOVED B/n->A/n=N;",
			    fd);
		EXPECT_EQ(0, unlink("A/n"));
		EXPECT_NEWS("w2 REMOVED A/n=N;", fd);
	}
	EXPECT_EQ(0, setxattr("A/f", "user.a", "", 0, 0));
	EXPECT_EQ(0, setxattr("A/f", "user.a", "", 0, 0));
	EXPECT_EQ(0, setxattr("A/f", "user.a", "", 0, 0));
	EXPECT_NEWS("w1 ATTR A/F a 1;w1 STAT F 80;w1 ATTR A/F a 5;"
		"w1 STAT F 80;w1 ATTR A/F a 5;w1 STAT F 80;",
		    fd);
	/* What was read does not count any more. */
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_NEWS("w1 STAT F 1;", fd);
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_NEWS("w1 STAT F 1;", fd);
}

/* A node is found by its number wherever it is, and only there. */
TEST_F(place, by_number)
{
	const int fd = self->fd;
	struct stat st;

	make_some(_metadata);
	ASSERT_EQ(0, stat("A/f", &st));
	EXPECT_EQ(1, watch_id(fd, &st, TOGETHER));
	EXPECT_EQ(0, rename("A/f", "B/f"));
	EXPECT_EQ(1, watch_id(fd, &st, TOGETHER));
	EXPECT_NEWS("w1 MOVED A/f->B/f=F;", fd);
	EXPECT_EQ(0, unlink("B/f"));
	EXPECT_NEWS("w1 REMOVED B/f=F;w1 IGNORED;", fd);
	EXPECT_EQ(-ENOENT, watch_id(fd, &st, TOGETHER));

	/* Below what was mounted over it nobody comes to it. */
	ASSERT_EQ(0, make_file("A/f"));
	ASSERT_EQ(0, stat("A/f", &st));
	ASSERT_EQ(0, mount("none", "A", "tmpfs", 0, NULL));
	EXPECT_EQ(-ENOENT, watch_id(fd, &st, TOGETHER));
	ASSERT_EQ(0, umount("A"));
	EXPECT_EQ(2, watch_id(fd, &st, TOGETHER));
	/* An open file without a name cannot be reached, either. */
	EXPECT_EQ(0, watch_id(fd, &st, 0));
	ASSERT_LE(0, open("A/f", O_RDONLY | O_CLOEXEC));
	ASSERT_EQ(0, unlink("A/f"));
	EXPECT_EQ(-ENOENT, watch_id(fd, &st, TOGETHER));
}

/* Which volume that is does not depend on the directory. */
TEST_F(place, volume)
{
	struct nodemon_args args = {
		.type = NODEMON_VOLUME_ID,
		.events = NODEMON_ATTR,
		.device = self->st.st_dev,
	};
	const int fd = self->fd;

	make_some(_metadata);
	EXPECT_EQ(1, watch_volume(fd, "A/f", NODEMON_NAME));
	EXPECT_EQ(1, watch_volume(fd, "B", NODEMON_STAT));
	EXPECT_EQ(1, nodemon_watch(fd, &args));
	EXPECT_EQ(0, make_dir("A/deep"));
	EXPECT_EQ(0, make_dir("A/deep/er"));
	ASSERT_TRUE(label("D", "A/deep"));
	ASSERT_TRUE(label("E", "A/deep/er"));
	EXPECT_EQ(0, chmod("A/deep/er", 0700));
	EXPECT_EQ(0, setxattr("A/deep/er", "user.a", "", 0, 0));
	EXPECT_NEWS("w1 CREATED A/deep=D d;w1 CREATED D/er=E d;"
		"w1 STAT E 1 d;w1 ATTR D/E a 1 d;w1 STAT E 80 d;",
		    fd);
	/* Not what is mounted on it. */
	ASSERT_EQ(0, mount("none", "B", "tmpfs", 0, NULL));
	EXPECT_EQ(0, make_file("B/n"));
	EXPECT_NEWS("", fd);
	EXPECT_EQ(2, watch_volume(fd, "B", NODEMON_NAME));
	EXPECT_EQ(3, watch_path(fd, "B", NODEMON_NAME));
	/* With it go its watches. */
	ASSERT_EQ(0, umount("B"));
	news_device = 0;
	EXPECT_EQ(2, strlen(news_like(fd, "w2 IGNORED;w3 IGNORED;")) /
		     strlen("w2 IGNORED;"))
		TH_LOG("expected the ends of watches 2 and 3");
	EXPECT_EQ(-ENOENT, nodemon_unwatch(fd, 2, 0, 0));
	EXPECT_EQ(-ENOENT, nodemon_unwatch(fd, 3, 0, 0));
	EXPECT_EQ(0, nodemon_unwatch(fd, 1, 0, 0));
}

/* The root of a volume has no parent that could be told for it. */
TEST_F(place, root)
{
	const int fd = self->fd;

	make_some(_metadata);
	ASSERT_EQ(0, mount("none", "B", "tmpfs", 0, NULL));
	EXPECT_EQ(1, watch_path(fd, ".", NODEMON_CHILDREN | NODEMON_STAT));
	EXPECT_EQ(2, watch_path(fd, "A", NODEMON_STAT));
	EXPECT_EQ(0, chmod("B", 0700));
	EXPECT_EQ(0, chmod(".", 0700));
	EXPECT_EQ(0, chmod("A", 0700));
	EXPECT_NEWS("w1 STAT TOP 1 d;w1 STAT A 1 d;w2 STAT A 1 d;", fd);
}

/* All kinds of nodes can be watched. */
TEST_F(place, kinds)
{
	const int fd = self->fd;
	struct nodemon_args args = path_args(NODEMON_NODE, "link",
					     NODEMON_STAT);

	args.flags = NODEMON_NOFOLLOW;
	make_some(_metadata);
	ASSERT_EQ(0, mkfifo("fifo", 0600));
	ASSERT_EQ(0, mknod("socket", S_IFSOCK | 0600, 0));
	ASSERT_EQ(0, symlink("A/f", "link"));
	ASSERT_TRUE(label("FIFO", "fifo"));
	ASSERT_TRUE(label("SOCKET", "socket"));
	ASSERT_TRUE(label("LINK", "link"));
	EXPECT_EQ(1, watch_path(fd, "fifo", NODEMON_STAT));
	EXPECT_EQ(2, watch_path(fd, "socket", NODEMON_STAT));
	EXPECT_EQ(3, nodemon_watch(fd, &args));
	EXPECT_EQ(4, watch_path(fd, "link", NODEMON_STAT));
	EXPECT_EQ(0, chmod("fifo", 0640));
	EXPECT_EQ(0, chmod("socket", 0640));
	/* Whose owner stays: fs.protected_symlinks. */
	EXPECT_EQ(0, lchown("link", -1, 1));
	EXPECT_EQ(0, chmod("link", 0640));
	EXPECT_NEWS("w1 STAT FIFO 1;w2 STAT SOCKET 1;w3 STAT LINK 4;w4 STAT F 1;",
		    fd);
}

/* Names of all lengths, at the limit and before, and of any bytes. */
TEST_F(place, names)
{
	char from[256] = "", to[256] = "", want[1100];
	const int fd = self->fd;
	size_t len;

	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	for (len = 1; len <= 255; len += len < 20 || len > 245 ? 1 : 15) {
		memset(from, 'f', len);
		memset(to, 't', 256 - len);
		from[len] = 0;
		to[256 - len] = 0;
		ASSERT_EQ(0, make_file(from));
		ASSERT_TRUE(label("N", from));
		snprintf(want, sizeof(want), "w1 CREATED TOP/%s=N;", from);
		EXPECT_NEWS(want, fd);
		ASSERT_EQ(0, rename(from, to));
		snprintf(want, sizeof(want), "w1 MOVED TOP/%s->TOP/%s=N;",
			 from, to);
		EXPECT_NEWS(want, fd);
		ASSERT_EQ(0, unlink(to));
		snprintf(want, sizeof(want), "w1 REMOVED TOP/%s=N;", to);
		EXPECT_NEWS(want, fd);
	}
	ASSERT_EQ(0, make_file("\x01 \xff\n\\"));
	ASSERT_TRUE(label("N", "\x01 \xff\n\\"));
	EXPECT_NEWS("w1 CREATED TOP/\x01 \xff\n\\=N;", fd);
}

TEST_HARNESS_MAIN

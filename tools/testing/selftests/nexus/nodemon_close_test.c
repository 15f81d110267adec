// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of files that are open for writing: interim news while they are
 * written, and what has changed when the last descriptor is closed.
 */
#include "nodemon_place.h"

#include <sys/socket.h>

/* Interim news are that far apart. */
#define INTERIM_MS	1000

static int open_to_write(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

static int put(int file, const char *text)
{
	const ssize_t len = strlen(text);

	return write(file, text, len) == len ? 0 : -errno;
}

/* Until so much time has passed since a moment, whatever that took. */
static void pass(int64_t since, int ms)
{
	while (now_ns(CLOCK_MONOTONIC) < since + ms * 1000000LL)
		nap();
}

static void make_one(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, make_dir("A"));
	ASSERT_EQ(0, write_to("A/f", O_CREAT, "0123456789"));
	ASSERT_TRUE(label("A", "A"));
	ASSERT_TRUE(label("F", "A/f"));
}

/*
 * A slow guest may take a second between any two lines: then there may be one
 * more, and only then.  So what must not come is looked at with the time that
 * has passed.
 */
TEST_F(place, interim)
{
	const int fd = self->fd;
	int64_t opened, told;
	int file;

	make_one(_metadata);
	ASSERT_EQ(1, watch_path(fd, "A/f", NODEMON_INTERIM_STAT));
	opened = now_ns(CLOCK_MONOTONIC);
	file = open_to_write("A/f");
	ASSERT_EQ(0, put(file, "1"));
	if (now_ns(CLOCK_MONOTONIC) < opened + 900000000) {
		EXPECT_NEWS("", fd)
			TH_LOG("in the first second");
	}
	pass(now_ns(CLOCK_MONOTONIC), INTERIM_MS + 100);
	news(fd);
	/* A second after the open, the first one that changes the size. */
	told = now_ns(CLOCK_MONOTONIC);
	ASSERT_EQ(0, put(file, "2"));
	EXPECT_NEWS("w1 STAT F 1028;", fd);
	ASSERT_EQ(0, put(file, "3"));
	ASSERT_EQ(0, put(file, "4"));
	if (now_ns(CLOCK_MONOTONIC) < told + 800000000) {
		EXPECT_NEWS("", fd)
			TH_LOG("in the second after the last one");
	}
	pass(now_ns(CLOCK_MONOTONIC), INTERIM_MS + 100);
	news(fd);
	ASSERT_EQ(0, put(file, "5"));
	EXPECT_NEWS("w1 STAT F 1028;", fd);

	/* The same size is no news, nor is the close. */
	pass(now_ns(CLOCK_MONOTONIC), INTERIM_MS + 100);
	close(file);
	file = open("A/f", O_WRONLY | O_CLOEXEC);
	pass(now_ns(CLOCK_MONOTONIC), INTERIM_MS + 100);
	ASSERT_EQ(1, pwrite(file, "x", 1, 0));
	ASSERT_EQ(1, pwrite(file, "y", 1, 1));
	close(file);
	EXPECT_NEWS("", fd);
	/* Nor is what else is set. */
	EXPECT_EQ(0, chmod("A/f", 0600));
	EXPECT_EQ(0, truncate("A/f", 5));
	EXPECT_NEWS("", fd);
}

/* INTERIM_STAT and STAT have nothing in common. */
TEST_F(place, interim_and_final)
{
	int final = self->fd, interim = new_monitor(), both = new_monitor();
	int file;

	make_one(_metadata);
	ASSERT_EQ(1, watch_path(final, "A/f", NODEMON_STAT));
	ASSERT_EQ(1, watch_path(interim, "A/f", NODEMON_INTERIM_STAT));
	ASSERT_EQ(1, watch_path(both, "A/f", NODEMON_STAT));
	ASSERT_EQ(1, watch_path(both, "A/f", NODEMON_INTERIM_STAT));
	file = open_to_write("A/f");
	pass(now_ns(CLOCK_MONOTONIC), INTERIM_MS + 100);
	ASSERT_EQ(0, put(file, "1"));
	close(file);
	EXPECT_NEWS("w1 STAT F 28;", final);
	EXPECT_NEWS("w1 STAT F 1028;", interim);
	EXPECT_NEWS("w1 STAT F 1028;w1 STAT F 28;", both);
}

TEST_F(place, interim_lists)
{
	const int fd = self->fd, other = new_monitor();
	int file;

	make_one(_metadata);
	ASSERT_EQ(1, watch_path(fd, "A", NODEMON_INTERIM_STAT |
					 NODEMON_CHILDREN));
	ASSERT_EQ(1, watch_volume(other, "A", NODEMON_INTERIM_STAT));
	file = open_to_write("A/f");
	pass(now_ns(CLOCK_MONOTONIC), INTERIM_MS + 100);
	ASSERT_EQ(0, put(file, "1"));
	EXPECT_NEWS("w1 STAT F 1028;", fd);
	EXPECT_NEWS("w1 STAT F 1028;", other);
	/* Once its last name is gone, nothing. */
	ASSERT_EQ(0, unlink("A/f"));
	pass(now_ns(CLOCK_MONOTONIC), INTERIM_MS + 100);
	ASSERT_EQ(0, put(file, "2"));
	close(file);
	EXPECT_NEWS("", fd);
	EXPECT_NEWS("", other);
}

/* An open file has a second of its own. */
TEST_F(place, interim_files)
{
	const int fd = self->fd;
	int one, two;

	make_one(_metadata);
	ASSERT_EQ(1, watch_path(fd, "A/f", NODEMON_INTERIM_STAT));
	one = open_to_write("A/f");
	two = open_to_write("A/f");
	pass(now_ns(CLOCK_MONOTONIC), INTERIM_MS + 100);
	ASSERT_EQ(0, put(one, "1"));
	EXPECT_NEWS("w1 STAT F 1028;", fd);
	ASSERT_EQ(0, put(two, "1"));
	EXPECT_NEWS("w1 STAT F 1028;", fd);
}

static int send_file(int socket, int file)
{
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { "x", 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &file, sizeof(int));
	return sendmsg(socket, &msg, 0);
}

/* It is the last descriptor that closes a file. */
TEST_F(place, last_close)
{
	const int fd = self->fd;
	int file, copy, pair[2];
	int *step = shared(sizeof(*step));
	pid_t pid;
	void *map;

	ASSERT_NE(NULL, step);
	make_one(_metadata);
	ASSERT_EQ(1, watch_path(fd, "A/f", NODEMON_STAT));
	file = open_to_write("A/f");
	copy = dup(file);
	ASSERT_EQ(0, put(file, "1"));
	close(file);
	EXPECT_NEWS("", fd);
	close(copy);
	EXPECT_NEWS("w1 STAT F 28;", fd);

	/* A child's. */
	file = open_to_write("A/f");
	ASSERT_EQ(0, put(file, "1"));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(!reached(step, 1));
	close(file);
	EXPECT_NEWS("", fd);
	announce(step, 1);
	EXPECT_EQ(0, reap(pid));
	EXPECT_NEWS("w1 STAT F 28;", fd);

	/* A mapping's. */
	file = open("A/f", O_RDWR | O_CLOEXEC);
	ASSERT_EQ(1, write(file, "x", 1));
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
	ASSERT_NE(MAP_FAILED, map);
	close(file);
	EXPECT_NEWS("", fd);
	munmap(map, 4096);
	EXPECT_NEWS("w1 STAT F 20;", fd);

	/* One that is on its way through a socket. */
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	file = open_to_write("A/f");
	ASSERT_EQ(0, put(file, "1"));
	ASSERT_EQ(1, send_file(pair[0], file));
	close(file);
	EXPECT_NEWS("", fd);
	close(pair[0]);
	close(pair[1]);
	EXPECT_NEWS("w1 STAT F 28;", fd);
}

/* Killed processes close their files, too. */
TEST_F(place, killed)
{
	const int fd = self->fd;
	int *step = shared(sizeof(*step));
	int file;
	pid_t pid;

	ASSERT_NE(NULL, step);
	make_one(_metadata);
	ASSERT_EQ(1, watch_path(fd, "A/f", NODEMON_STAT));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		file = open_to_write("A/f");
		put(file, "1");
		announce(step, 1);
		for (;;)
			pause();
	}
	ASSERT_TRUE(reached(step, 1));
	EXPECT_NEWS("", fd);
	kill(pid, SIGKILL);
	EXPECT_EQ(128 + SIGKILL, reap(pid));
	EXPECT_NEWS("w1 STAT F 28;", fd);
}

/* Each open file is compared with how it was when that was opened. */
TEST_F(place, two_files)
{
	const int fd = self->fd;
	int one, two;

	make_one(_metadata);
	ASSERT_EQ(1, watch_path(fd, "A/f", NODEMON_STAT | NODEMON_NAME));
	one = open_to_write("A/f");
	ASSERT_EQ(0, put(one, "1"));
	two = open("A/f", O_WRONLY | O_CLOEXEC);
	ASSERT_EQ(1, write(two, "x", 1));
	close(two);
	EXPECT_NEWS("w1 STAT F 20;", fd);
	close(one);
	EXPECT_NEWS("w1 STAT F 28;", fd);
	/* What is told at once is not told again. */
	one = open_to_write("A/f");
	two = open_to_write("A/f");
	ASSERT_EQ(0, put(one, "1"));
	ASSERT_EQ(0, ftruncate(two, 3));
	EXPECT_NEWS("w1 STAT F 8;", fd);
	close(one);
	close(two);
	EXPECT_NEWS("", fd);
}

/* Files that were open before they were watched. */
TEST_F(place, open_before)
{
	const int fd = self->fd;
	int written, not_written, file;

	make_one(_metadata);
	written = open("A/f", O_WRONLY | O_CLOEXEC);
	not_written = open("A/f", O_WRONLY | O_CLOEXEC);
	file = open("A/f", O_WRONLY | O_CLOEXEC);
	ASSERT_EQ(1, write(file, "x", 1));
	ASSERT_EQ(1, watch_path(fd, "A/f", NODEMON_STAT));
	ASSERT_EQ(1, write(written, "x", 1));
	close(not_written);
	EXPECT_NEWS("", fd);
	close(written);
	EXPECT_NEWS("w1 STAT F 28;", fd);
	/* Written before that, but not since. */
	close(file);
	EXPECT_NEWS("", fd);
}

/* A file moves out of what is watched and into it, while it is open. */
TEST_F(place, moved)
{
	const int fd = self->fd;
	int file;

	make_one(_metadata);
	ASSERT_EQ(0, make_dir("B"));
	ASSERT_EQ(1, watch_path(fd, "A", NODEMON_STAT | NODEMON_CHILDREN));
	file = open_to_write("A/f");
	ASSERT_EQ(0, put(file, "1"));
	ASSERT_EQ(0, rename("A/f", "B/f"));
	close(file);
	EXPECT_NEWS("", fd);
	file = open_to_write("B/f");
	ASSERT_EQ(0, rename("B/f", "A/f"));
	ASSERT_EQ(0, put(file, "1"));
	close(file);
	EXPECT_NEWS("w1 STAT F 28;", fd);
}

/* The watch ends and another begins; the file knows nothing of that. */
TEST_F(place, watch_ends)
{
	const int fd = self->fd;
	int file;

	make_one(_metadata);
	ASSERT_EQ(1, watch_path(fd, "A/f", NODEMON_STAT));
	file = open_to_write("A/f");
	ASSERT_EQ(0, put(file, "1"));
	ASSERT_EQ(0, nodemon_unwatch(fd, 1, 0, 0));
	close(file);
	EXPECT_NEWS("w1 IGNORED;", fd);
	file = open_to_write("A/f");
	ASSERT_EQ(0, put(file, "1"));
	ASSERT_EQ(2, watch_path(fd, "A/f", NODEMON_STAT));
	close(file);
	EXPECT_NEWS("", fd);
}

/* Many files at a time: none is taken for another. */
TEST_F_TIMEOUT(place, many_files, 60)
{
	const int fd = self->fd;
	int file[200], i, round;
	char path[16];

	ASSERT_EQ(1, watch_volume(fd, ".", NODEMON_STAT));
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 200; i++) {
			snprintf(path, sizeof(path), "f%d", i);
			file[i] = open(path, O_WRONLY | O_CREAT | O_APPEND |
				       O_CLOEXEC, 0600);
			ASSERT_LE(0, file[i]);
			if (i % 2)
				ASSERT_EQ(0, put(file[i], "1"));
		}
		EXPECT_NEWS("", fd);
		for (i = 0; i < 200; i++) {
			snprintf(path, sizeof(path), "f%d", i);
			ASSERT_TRUE(label("F", path));
			close(file[i]);
			EXPECT_NEWS(i % 2 ? "w1 STAT F 28;" : "", fd)
				TH_LOG("file %d", i);
		}
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * The file that nexus_open() makes of an area: how it can be mapped and by
 * whom, where it may go, how long the memory lives, and what it is not.
 */
#include "ns.h"
#include "area.h"
#include <poll.h>
#include <sys/socket.h>

#define READ_WRITE	(PROT_READ | PROT_WRITE)

/* An area of the caller's, filled, and its file. */
static int filled_area(size_t pages, unsigned int protection, unsigned int seed)
{
	const int area = new_area(pages, RDWR | CLONEABLE);

	if (area < 0)
		return area;
	fill(area_at(area), pages * PAGE, seed);
	return nexus_area_protect(area, protection) ? -1 : area;
}

/* Maps some pages of a file; NULL if it cannot be. */
static char *map_file(int fd, size_t first, size_t pages, int prot, int flags)
{
	void *p = mmap(NULL, pages * PAGE, prot, flags, fd, first * PAGE);

	return p == MAP_FAILED ? NULL : p;
}

/* 0, or the errno of a mapping that is taken away again if it works. */
static int map_errno(int fd, int prot, int flags)
{
	void *p = mmap(NULL, PAGE, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		return errno;
	munmap(p, PAGE);
	return 0;
}

TEST_F(ns, shared_mapping)
{
	struct nexus_area_info info;
	int area, fd;
	char *p, *m;

	area = filled_area(4, RDWR, 1);
	ASSERT_LT(0, area);
	EXPECT_EQ(0, area_flags(area));
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(NEXUS_AREA_SHARED, area_flags(area));
	p = area_at(area);
	m = map_file(fd, 0, 4, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, m);
	EXPECT_TRUE(filled(m, 4 * PAGE, 1));
	fill(m, 4 * PAGE, 2);
	EXPECT_TRUE(filled(p, 4 * PAGE, 2));
	p[3 * PAGE] = 77;
	EXPECT_EQ(77, m[3 * PAGE]);
	/* An ordinary mapping, and no area. */
	EXPECT_EQ(-ENOENT, area_for(m));
	EXPECT_EQ(1, areas());
	ASSERT_EQ(0, area_map(0, m, &info));
	EXPECT_EQ(0, info.id);
	ASSERT_EQ(0, munmap(m + PAGE, PAGE));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(4, area_pages(area));
}

TEST_F(ns, offsets)
{
	int area, fd;
	char *p, *m;
	size_t i;

	area = new_area(6, RDWR);
	ASSERT_LT(0, area);
	p = area_at(area);
	for (i = 0; i < 6; i++)
		memset(p + i * PAGE, i + 1, PAGE);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	for (i = 0; i < 6; i++) {
		m = map_file(fd, i, 6 - i, READ_WRITE, MAP_SHARED);
		ASSERT_NE(NULL, m);
		EXPECT_EQ((int)i + 1, m[0]);
		EXPECT_EQ(6, m[(6 - i) * PAGE - 1]);
		ASSERT_EQ(0, munmap(m, (6 - i) * PAGE));
	}
	/* Beyond the end there is nothing to be had. */
	m = map_file(fd, 5, 3, READ_WRITE, MAP_SHARED);
	if (m) {
		EXPECT_EQ(0, try_read(m));
		EXPECT_EQ(SIGBUS, try_read(m + PAGE));
		EXPECT_EQ(SIGBUS, try_write(m + PAGE, 1));
		EXPECT_EQ(SIGBUS, try_read(m + 3 * PAGE - 1));
	}
	EXPECT_EQ(6, area_pages(area));
	EXPECT_EQ(6 * (long)PAGE, lseek(fd, 0, SEEK_END));
}

/* Of an area that was cut no more than what is left of it. */
TEST_F(ns, parts)
{
	int lower, upper, fd;
	char *p, *m;
	size_t i;

	lower = new_area(6, RDWR);
	ASSERT_LT(0, lower);
	p = area_at(lower);
	for (i = 0; i < 6; i++)
		memset(p + i * PAGE, i + 1, PAGE);
	ASSERT_EQ(0, munmap(p + 2 * PAGE, PAGE));
	upper = nexus_area_for(p + 3 * PAGE, 0);
	ASSERT_LT(0, upper);

	fd = nexus_open(AREA, lower, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(2 * (long)PAGE, lseek(fd, 0, SEEK_END));
	m = map_file(fd, 0, 2, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, m);
	EXPECT_EQ(1, m[0]);
	EXPECT_EQ(2, m[2 * PAGE - 1]);
	EXPECT_EQ(MAP_FAILED, mremap(m, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, fd,
				   0));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd,
				   2 * PAGE));
	EXPECT_EQ(ENXIO, errno);
	close(fd);

	/* It has the end of the memory, so it may grow. */
	fd = nexus_open(AREA, upper, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(3 * (long)PAGE, lseek(fd, 0, SEEK_END));
	m = map_file(fd, 0, 3, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, m);
	EXPECT_EQ(4, m[0]);
	EXPECT_EQ(6, m[3 * PAGE - 1]);
	m[0] = 9;
	EXPECT_EQ(9, p[3 * PAGE]);
	close(fd);
}

TEST_F(ns, private_mapping)
{
	int area, fd;
	char *p, *m;

	area = filled_area(2, RDWR, 1);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	p = area_at(area);
	m = map_file(fd, 0, 2, READ_WRITE, MAP_PRIVATE);
	ASSERT_NE(NULL, m);
	EXPECT_TRUE(filled(m, 2 * PAGE, 1));
	fill(m, PAGE, 2);
	EXPECT_TRUE(filled(p, 2 * PAGE, 1));
	/* The page that was not written to still is the area's. */
	p[PAGE] = 99;
	EXPECT_EQ(99, m[PAGE]);
}

TEST_F(ns, read_only_area)
{
	int area, fd, later;
	char *p, *m;

	area = filled_area(2, RDONLY, 1);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(EACCES, map_errno(fd, READ_WRITE, MAP_SHARED));
	EXPECT_EQ(EACCES, map_errno(fd, PROT_WRITE, MAP_SHARED));
	EXPECT_EQ(0, map_errno(fd, READ_WRITE, MAP_PRIVATE));
	m = map_file(fd, 0, 2, PROT_READ, MAP_SHARED);
	ASSERT_NE(NULL, m);
	EXPECT_TRUE(filled(m, 2 * PAGE, 1));
	EXPECT_EQ(-EACCES, nexus_ret(mprotect(m, PAGE, READ_WRITE)));
	EXPECT_EQ(SIGSEGV, try_write(m, 1));
	/* The area may be written to again: not by way of this file. */
	ASSERT_EQ(0, nexus_area_protect(area, RDWR));
	EXPECT_EQ(EACCES, map_errno(fd, READ_WRITE, MAP_SHARED));
	EXPECT_EQ(-EACCES, nexus_ret(mprotect(m, PAGE, READ_WRITE)));
	later = nexus_open(AREA, area, 0);
	ASSERT_LE(0, later);
	EXPECT_EQ(0, map_errno(later, READ_WRITE, MAP_SHARED));
	/* And the other way: this one keeps what it has. */
	ASSERT_EQ(0, nexus_area_protect(area, RDONLY));
	p = map_file(later, 0, 2, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, p);
	EXPECT_EQ(0, try_write(p, 5));
	EXPECT_EQ(5, area_at(area)[0]);
	EXPECT_EQ(5, m[0]);
}

TEST_F(ns, execute)
{
	const int rx = PROT_READ | PROT_EXEC;
	int area, fd, without;
	char *m;

	area = filled_area(1, RDONLY, 1);
	ASSERT_LT(0, area);
	without = nexus_open(AREA, area, 0);
	ASSERT_LE(0, without);
	ASSERT_EQ(0, nexus_area_protect(area, RDONLY | NEXUS_AREA_EXEC));
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, map_errno(fd, rx, MAP_SHARED));
	EXPECT_EQ(0, map_errno(fd, rx, MAP_PRIVATE));
	EXPECT_NE(0, map_errno(without, rx, MAP_SHARED));
	EXPECT_NE(0, map_errno(without, rx, MAP_PRIVATE));
	m = map_file(without, 0, 1, PROT_READ, MAP_SHARED);
	ASSERT_NE(NULL, m);
	EXPECT_EQ(-EACCES, nexus_ret(mprotect(m, PAGE, rx)));
	m = map_file(fd, 0, 1, PROT_READ, MAP_SHARED);
	ASSERT_NE(NULL, m);
	EXPECT_EQ(0, nexus_ret(mprotect(m, PAGE, rx)));
}

/* Everything but mapping, and asking for the size, is refused. */
TEST_F(ns, nothing_else_works)
{
	struct stat st;
	char buf[16] = "";
	int area, fd;

	area = filled_area(3, RDWR, 1);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, read(fd, buf, 16));
	EXPECT_EQ(-1, write(fd, buf, 16));
	EXPECT_EQ(-1, pread(fd, buf, 16, 0));
	EXPECT_EQ(-1, pwrite(fd, buf, 16, 0));
	EXPECT_EQ(-1, syscall(__NR_sendfile, STDERR_FILENO, fd, NULL, 16));
	EXPECT_EQ(-1, ftruncate(fd, 0));
	EXPECT_EQ(-1, ftruncate(fd, PAGE));
	EXPECT_EQ(-1, ftruncate(fd, 10 * PAGE));
	EXPECT_EQ(-1, fallocate(fd, 0, 0, 10 * PAGE));
	EXPECT_EQ(-1, fallocate(fd, FALLOC_FL_PUNCH_HOLE |
				FALLOC_FL_KEEP_SIZE, 0, PAGE));
	EXPECT_EQ(-1, fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, PAGE));
	/* Whoever has the file alone does not decide for all. */
	EXPECT_EQ(-1, fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE));
	EXPECT_EQ(-1, fchdir(fd));
	/* The size is told. */
	EXPECT_EQ(3 * (long)PAGE, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(0, lseek(fd, 0, SEEK_SET));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0, st.st_mode & 0111);
	EXPECT_EQ(3, area_pages(area));
	EXPECT_TRUE(filled(area_at(area), 3 * PAGE, 1));
}

/* A mapping of the file is not the way to punch holes into the area either. */
TEST_F(ns, no_holes)
{
	int area, fd;
	char *m;

	area = filled_area(3, RDONLY, 1);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	m = map_file(fd, 0, 3, PROT_READ, MAP_SHARED);
	ASSERT_NE(NULL, m);
	EXPECT_NE(0, madvise(m, PAGE, MADV_REMOVE));
	EXPECT_EQ(0, madvise(m, PAGE, MADV_DONTNEED));
	EXPECT_TRUE(filled(m, 3 * PAGE, 1));
	EXPECT_TRUE(filled(area_at(area), 3 * PAGE, 1));
}

/* It cannot be opened again, with other rights or by somebody else. */
TEST_F(ns, not_opened_again)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_PATH };
	char path[64], other[64];
	int area, fd, again, i;

	area = filled_area(1, RDONLY, 1);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	snprintf(other, sizeof(other), "/proc/%d/map_files/%lx-%lx", getpid(),
		 (unsigned long)area_at(area),
		 (unsigned long)area_at(area) + PAGE);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-ENXIO, nexus_ret(open(path, modes[i])));
		/* Nor the mapping, which has a file as well. */
		again = open(other, modes[i]);
		EXPECT_GT(0, again);
	}
	EXPECT_NE(0, truncate(path, 0));
	EXPECT_NE(0, truncate(other, 0));
	/* A path that leads nowhere opens nothing. */
	again = open(path, O_PATH | O_CLOEXEC);
	if (again >= 0)
		EXPECT_EQ(EBADF, map_errno(again, PROT_READ, MAP_SHARED));
	EXPECT_EQ(1, area_pages(area));
	EXPECT_TRUE(filled(area_at(area), PAGE, 1));
}

/* The line of a file in fdinfo that begins with the key, or "". */
static const char *info_line(int fd, const char *key)
{
	static char text[2048];
	char path[64], *p;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (read_file(path, text, sizeof(text)) <= 0)
		return "";
	p = strstr(text, key);
	if (!p || (p > text && p[-1] != '\n'))
		return "";
	p[strcspn(p, "\n")] = 0;
	return p;
}

TEST_F(ns, fdinfo)
{
	char line[64];
	int area, fd;

	area = new_area(1, RDWR);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	EXPECT_STREQ("nexus-type:\tarea", info_line(fd, "nexus-type:"));
	snprintf(line, sizeof(line), "nexus-id:\t%d", area);
	EXPECT_STREQ(line, info_line(fd, "nexus-id:"));
	/* It says what it was, too. */
	ASSERT_EQ(0, delete_area(area));
	EXPECT_STREQ(line, info_line(fd, "nexus-id:"));
}

/* One file over a socket, as others do it with several. */
static int pass_fd(int sock, int fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec iov = { "f", 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(&control.head) = fd;
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

static int take_fd(int sock)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {};
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1 ||
	    control.head.cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	return *(int *)CMSG_DATA(&control.head);
}

/* Takes a file over the socket and maps so many pages: where they are. */
static long do_take_and_map(struct team *team)
{
	const int fd = take_fd(team->arg[0]);

	if (fd < 0)
		return -errno;
	team->arg[3] = fd;
	return (long)map_file(fd, 0, team->arg[1], team->arg[2], MAP_SHARED);
}

static long do_close(struct team *team)
{
	return nexus_ret(close(team->arg[0]));
}

/* To pass the file is to pass the right to map it, whoever has it then. */
TEST_F(ns, passed_to_another_user)
{
	struct team *team;
	int sock[2], area, fd;
	char *there;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sock));
	team = team_start();
	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_become(team, 1000));
	area = filled_area(3, RDWR, 1);
	ASSERT_LT(0, area);
	EXPECT_EQ(-EACCES, team_open(team, area));
	EXPECT_EQ(-EACCES, team_clone(team, area, RDONLY));
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pass_fd(sock[0], fd));
	there = (char *)team_do(team, do_take_and_map, sock[1], 3, READ_WRITE,
				0);
	ASSERT_NE(NULL, there);
	EXPECT_EQ(1, team_filled(team, there, 3 * PAGE, 1));
	ASSERT_EQ(0, team_fill(team, there, 3 * PAGE, 2));
	EXPECT_TRUE(filled(area_at(area), 3 * PAGE, 2));
	EXPECT_EQ(-ENOENT, team_area_for(team, there));

	/* It is in flight when it is closed here, and all else with it. */
	ASSERT_EQ(0, pass_fd(sock[0], fd));
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(0, delete_area(area));
	EXPECT_EQ(0, areas());
	there = (char *)team_do(team, do_take_and_map, sock[1], 3, PROT_READ,
				0);
	ASSERT_NE(NULL, there);
	EXPECT_EQ(1, team_filled(team, there, 3 * PAGE, 2));
	EXPECT_EQ(0, team_end(team));
}

/* The memory is there as long as the file or a mapping of it. */
TEST_F(ns, lifetime)
{
	enum { PAGES = 1024 };
	const long size = PAGES * PAGE / 1024;
	const char *file = "/proc/meminfo", *key = "Shmem";
	const long before = kilobytes(file, key);
	int area, fd, copy;
	char *m;

	area = filled_area(PAGES, RDWR, 1);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, delete_area(area));
	EXPECT_EQ(0, areas());
	EXPECT_LT(before + size / 2, kilobytes(file, key));
	m = map_file(fd, 0, PAGES, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, m);
	EXPECT_TRUE(filled(m, PAGES * PAGE, 1));
	copy = dup(fd);
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(0, munmap(m, PAGES * PAGE));
	EXPECT_EQ((off_t)(PAGES * PAGE), lseek(copy, 0, SEEK_END));
	m = map_file(copy, 0, PAGES, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, m);
	ASSERT_EQ(0, close(copy));
	EXPECT_TRUE(filled(m, PAGES * PAGE, 1));
	ASSERT_EQ(0, munmap(m, PAGES * PAGE));
	EXPECT_TRUE(poll_until(kilobytes(file, key) < before + size / 4));
}

TEST_F(ns, owner_ends)
{
	struct team *team = team_start();
	int area, fd;
	char *m;

	ASSERT_NE(NULL, team);
	area = team_create(team, 2, RDWR | CLONEABLE);
	ASSERT_LT(0, area);
	ASSERT_EQ(0, team_fill(team, team_at(team), 2 * PAGE, 6));
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	m = map_file(fd, 0, 1, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, m);
	ASSERT_EQ(128 + SIGKILL, team_kill(team));
	EXPECT_EQ(0, areas());
	EXPECT_TRUE(filled(m, PAGE, 6));
	m = map_file(fd, 0, 2, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, m);
	EXPECT_TRUE(filled(m, 2 * PAGE, 6));
	EXPECT_EQ(0, try_write(m + PAGE, 1));
}

/* Of another team: the cloneable bit, and what the area allows now. */
TEST_F(ns, areas_of_others)
{
	struct team *team = team_start();
	int area, fd;

	ASSERT_NE(NULL, team);
	area = team_create(team, 1, RDWR);
	ASSERT_LT(0, area);
	EXPECT_EQ(-EPERM, nexus_open(AREA, area, 0));
	EXPECT_EQ(0, area_flags(area));
	fd = team_open(team, area);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, team_do(team, do_close, fd, 0, 0, 0));
	ASSERT_EQ(0, team_protect(team, area, RDWR | CLONEABLE));
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, map_errno(fd, READ_WRITE, MAP_SHARED));
	close(fd);
	ASSERT_EQ(0, team_protect(team, area, RDONLY | CLONEABLE));
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(EACCES, map_errno(fd, READ_WRITE, MAP_SHARED));
	EXPECT_EQ(0, map_errno(fd, PROT_READ, MAP_SHARED));
	close(fd);
	EXPECT_EQ(0, team_end(team));
}

/* A clone that can only be read is no way to a file that is written to. */
TEST_F(ns, maximum_sticks)
{
	struct team *team = team_start();
	int area, clone, fd;

	ASSERT_NE(NULL, team);
	area = team_create(team, 1, RDONLY | CLONEABLE);
	ASSERT_LT(0, area);
	clone = clone_area(area, RDONLY);
	ASSERT_LT(0, clone);
	ASSERT_EQ(0, team_protect(team, area, RDWR | CLONEABLE));
	fd = nexus_open(AREA, clone, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(EACCES, map_errno(fd, READ_WRITE, MAP_SHARED));
	EXPECT_EQ(0, map_errno(fd, PROT_READ, MAP_SHARED));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, no_protection_at_all)
{
	int area, fd;

	area = new_area(1, 0);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	/* Either there is no file, or one that shows nothing. */
	if (fd >= 0) {
		EXPECT_NE(0, map_errno(fd, READ_WRITE, MAP_SHARED));
		EXPECT_NE(0, map_errno(fd, PROT_READ, MAP_SHARED));
		EXPECT_NE(0, map_errno(fd, PROT_READ, MAP_PRIVATE));
	} else {
		EXPECT_EQ(-EACCES, fd);
	}
}

/* What is cut off by a resize is missed in the mappings of the file. */
TEST_F(ns, shrunk)
{
	int area, fd, i;
	char *m, *p;

	area = filled_area(6, RDWR, 1);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	m = map_file(fd, 0, 6, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, m);
	p = map_file(fd, 0, 6, READ_WRITE, MAP_PRIVATE);
	ASSERT_NE(NULL, p);
	ASSERT_TRUE(filled(m, 6 * PAGE, 1));
	p[4 * PAGE] = 1;
	ASSERT_EQ(0, resize_area(area, 2));
	for (i = 0; i < 6; i++) {
		EXPECT_EQ(i < 2 ? 0 : SIGBUS, try_read(m + i * PAGE));
		EXPECT_EQ(i < 2 ? 0 : SIGBUS, try_read(p + i * PAGE));
	}
	EXPECT_EQ(SIGBUS, try_write(m + 5 * PAGE, 1));
	EXPECT_EQ(2 * (long)PAGE, lseek(fd, 0, SEEK_END));
	/* The kernel does not stumble over it either. */
	EXPECT_EQ(-EFAULT, nexus_find(AREA, m + 3 * PAGE, 0));
	/* Grown again it is new memory, of which there is as much now. */
	ASSERT_EQ(0, resize_area(area, 4));
	EXPECT_TRUE(all_bytes(m + 2 * PAGE, 2 * PAGE, 0));
	EXPECT_EQ(0, try_read(p + 3 * PAGE));
	EXPECT_EQ(SIGBUS, try_read(m + 4 * PAGE));
	EXPECT_EQ(4 * (long)PAGE, lseek(fd, 0, SEEK_END));
	fill(m, 2 * PAGE, 3);
	EXPECT_TRUE(filled(area_at(area), 2 * PAGE, 3));
}

TEST_F(ns, fork)
{
	struct team *team;
	int area, fd;
	char *m;

	area = filled_area(2, RDWR, 1);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	m = map_file(fd, 0, 2, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, m);
	team = team_start();
	ASSERT_NE(NULL, team);
	/* The area was opened: it is shared with the child, as the file is. */
	ASSERT_EQ(0, team_fill(team, area_at(area), 2 * PAGE, 2));
	EXPECT_TRUE(filled(m, 2 * PAGE, 2));
	EXPECT_EQ(1, team_filled(team, m, 2 * PAGE, 2));
	EXPECT_EQ(2, areas());
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, namespace_ends)
{
	int area, fd;
	char *m;

	area = filled_area(2, RDWR, 1);
	ASSERT_LT(0, area);
	fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	/* The ids are gone, the file is what it was. */
	m = map_file(fd, 0, 2, READ_WRITE, MAP_SHARED);
	ASSERT_NE(NULL, m);
	EXPECT_TRUE(filled(m, 2 * PAGE, 1));
	EXPECT_EQ(0, try_write(m, 1));
}

TEST_F(ns, polled)
{
	struct pollfd p = { .events = POLLIN | POLLOUT };
	int area;

	area = new_area(1, RDWR);
	ASSERT_LT(0, area);
	p.fd = nexus_open(AREA, area, 0);
	ASSERT_LE(0, p.fd);
	/* Memory is always ready; that it was deleted is no event either. */
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(POLLIN | POLLOUT, p.revents);
	ASSERT_EQ(0, delete_area(area));
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(POLLIN | POLLOUT, p.revents);
}

TEST_HARNESS_MAIN

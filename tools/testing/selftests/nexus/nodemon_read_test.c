// SPDX-License-Identifier: GPL-2.0
/*
 * How records are read: several at a time and whole ones only, with and without
 * waiting, after what fails; and how one learns that there are any.
 */
#include "nodemon_place.h"
#include "area_uring.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

/* "CREATED TOP/ab=...": 56 bytes and a name of up to 7. */
#define SHORT_RECORD	64

static void make_files(struct __test_metadata *_metadata, int from, int to)
{
	char name[16];
	int i;

	for (i = from; i < to; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		ASSERT_EQ(0, make_file(name));
	}
}

/* Does a buffer hold the records of files from..to, and nothing else? */
static int holds_files(const void *buf, long bytes, int from, int to)
{
	const struct nodemon_record *rec;
	char name[16];
	long at = 0;
	int i;

	for (i = from; i < to; i++) {
		rec = (const void *)((const char *)buf + at);
		snprintf(name, sizeof(name), "f%d", i);
		if (bytes - at < SHORT_RECORD || rec->size != SHORT_RECORD ||
		    rec->opcode != NODEMON_ENTRY_CREATED ||
		    strcmp((const char *)rec + rec->header_size, name))
			return 0;
		at += rec->size;
	}
	return at == bytes;
}

static long get(int fd, void *buf, size_t size)
{
	return nexus_ret(read(fd, buf, size));
}

TEST_F(place, packed)
{
	const int fd = self->fd;

	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	make_files(_metadata, 0, 100);
	/* Only those that fit. */
	EXPECT_EQ(SHORT_RECORD, get(fd, news_buf, SHORT_RECORD));
	EXPECT_TRUE(holds_files(news_buf, SHORT_RECORD, 0, 1));
	EXPECT_EQ(SHORT_RECORD, get(fd, news_buf, 2 * SHORT_RECORD - 1));
	EXPECT_TRUE(holds_files(news_buf, SHORT_RECORD, 1, 2));
	EXPECT_EQ(2 * SHORT_RECORD, get(fd, news_buf, 2 * SHORT_RECORD));
	EXPECT_TRUE(holds_files(news_buf, 2 * SHORT_RECORD, 2, 4));
	EXPECT_EQ(10 * SHORT_RECORD, get(fd, news_buf, 11 * SHORT_RECORD - 8));
	EXPECT_TRUE(holds_files(news_buf, 10 * SHORT_RECORD, 4, 14));
	/* All that there are. */
	EXPECT_EQ(86 * SHORT_RECORD, get(fd, news_buf, sizeof(news_buf)));
	EXPECT_TRUE(holds_files(news_buf, 86 * SHORT_RECORD, 14, 100));
	EXPECT_EQ(-EAGAIN, get(fd, news_buf, sizeof(news_buf)));
}

TEST_F(place, vector)
{
	static char a[SHORT_RECORD / 2], b[SHORT_RECORD + 10];
	struct iovec iov[] = { { a, sizeof(a) }, { b, sizeof(b) } };

	/* Each buffer of a readv() is a read of its own. */
	ASSERT_EQ(1, watch_path(self->fd, ".", NODEMON_DIRECTORY));
	make_files(_metadata, 0, 3);
	EXPECT_EQ(-EINVAL, nexus_ret(readv(self->fd, iov, 2)));
	EXPECT_EQ(SHORT_RECORD, nexus_ret(readv(self->fd, &iov[1], 1)));
	EXPECT_TRUE(holds_files(b, SHORT_RECORD, 0, 1));
	EXPECT_EQ(-ESPIPE, nexus_ret(pread(self->fd, b, sizeof(b), 0)));
	EXPECT_EQ(2 * SHORT_RECORD, news_bytes(self->fd));
}

TEST_F(place, small_buffer)
{
	const int fd = self->fd;
	char from[256] = "", to[256] = "", one[NODEMON_RECORD_MAX];
	size_t size;

	/* If nothing waits, that is what is said. */
	EXPECT_EQ(-EAGAIN, get(fd, one, 0));
	EXPECT_EQ(-EAGAIN, get(fd, one, 1));
	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	make_files(_metadata, 0, 2);
	for (size = 1; size < SHORT_RECORD; size++)
		EXPECT_EQ(-EINVAL, get(fd, one, size))
			TH_LOG("size %zu", size);
	EXPECT_EQ(2 * SHORT_RECORD, news_bytes(fd));
	EXPECT_EQ(SHORT_RECORD, get(fd, one, size));
	EXPECT_TRUE(holds_files(one, SHORT_RECORD, 0, 1));
	EXPECT_EQ(SHORT_RECORD, get(fd, one, size));

	/* There is no longer record than this. */
	memset(from, 'x', 255);
	memset(to, 'y', 255);
	ASSERT_EQ(0, make_file(from));
	EXPECT_EQ(-EINVAL, get(fd, one, 56 + 256 - 1));
	EXPECT_EQ(56 + 256, get(fd, one, 56 + 256));
	ASSERT_EQ(0, rename(from, to));
	EXPECT_EQ(-EINVAL, get(fd, one, sizeof(one) - 1));
	EXPECT_EQ(NODEMON_RECORD_MAX, news_bytes(fd));
	EXPECT_EQ(NODEMON_RECORD_MAX, get(fd, one, sizeof(one)));
}

/* Records that could not be delivered are still there, in order. */
TEST_F(place, fault)
{
	struct bad *bad = make_bad(3 * SHORT_RECORD + 8);
	const int fd = self->fd;
	int i;

	ASSERT_NE(NULL, bad);
	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	make_files(_metadata, 0, 10);
	for (i = 0; i < BAD_COUNT; i++) {
		if (i == BAD_HALF)
			continue;
		EXPECT_EQ(-EFAULT, get(fd, bad[i].addr, 4096))
			TH_LOG("%s", bad[i].name);
		EXPECT_EQ(10 * SHORT_RECORD, news_bytes(fd));
	}
	/* Three fit, the fourth does not. */
	EXPECT_EQ(3 * SHORT_RECORD, get(fd, bad[BAD_HALF].addr, 4096));
	EXPECT_TRUE(holds_files(bad[BAD_HALF].addr, 3 * SHORT_RECORD, 0, 3));
	EXPECT_EQ(7 * SHORT_RECORD, news_bytes(fd));
	make_files(_metadata, 10, 12);
	EXPECT_EQ(9 * SHORT_RECORD, get(fd, news_buf, sizeof(news_buf)));
	EXPECT_TRUE(holds_files(news_buf, 9 * SHORT_RECORD, 3, 12));
}

/* The record of an overflow that could not be delivered, too. */
TEST_F(place, fault_overflow)
{
	struct bad *bad = make_bad(2 * SHORT_RECORD + 8);
	char old[32];
	int fd;

	ASSERT_NE(NULL, bad);
	ASSERT_LT(0, read_file(NM_SYSCTL("max_queued_events"), old,
			       sizeof(old)));
	ASSERT_EQ(0, write_file(NM_SYSCTL("max_queued_events"), "2"));
	fd = new_monitor();
	EXPECT_EQ(0, write_file(NM_SYSCTL("max_queued_events"), old));
	ASSERT_LE(0, fd);
	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	make_files(_metadata, 0, 5);
	EXPECT_EQ(2 * SHORT_RECORD + 56, news_bytes(fd));
	EXPECT_EQ(2 * SHORT_RECORD, get(fd, bad[BAD_HALF].addr, 4096));
	EXPECT_EQ(-EFAULT, get(fd, bad[BAD_NONE].addr, 4096));
	EXPECT_NEWS("OVERFLOW;", fd);
	make_files(_metadata, 5, 6);
	EXPECT_EQ(SHORT_RECORD, get(fd, news_buf, sizeof(news_buf)));
	EXPECT_TRUE(holds_files(news_buf, SHORT_RECORD, 5, 6));
}

/* read() that waits, in a thread. */
struct reader {
	int fd;
	pid_t tid;
	long ret;
	pthread_t thread;
	char buf[4096] __attribute__((aligned(8)));
};

static void *run_reader(void *arg)
{
	struct reader *reader = arg;

	__atomic_store_n(&reader->tid, own_tid(), __ATOMIC_RELEASE);
	reader->ret = get(reader->fd, reader->buf, sizeof(reader->buf));
	return NULL;
}

static int start_reader(struct reader *reader)
{
	reader->tid = 0;
	if (pthread_create(&reader->thread, NULL, run_reader, reader) ||
	    !poll_until(__atomic_load_n(&reader->tid, __ATOMIC_ACQUIRE)))
		return -1;
	return wait_until_blocked(getpid(), reader->tid, SYS_read);
}

static long end_reader(struct reader *reader)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_MS / 1000;
	if (pthread_timedjoin_np(reader->thread, NULL, &end))
		return NEVER_ENDED;
	return reader->ret;
}

TEST_F(place, waits)
{
	static struct reader reader;

	reader.fd = nodemon_create(0);
	ASSERT_EQ(1, watch_path(reader.fd, ".", NODEMON_DIRECTORY));
	ASSERT_EQ(0, start_reader(&reader));
	make_files(_metadata, 0, 1);
	EXPECT_EQ(SHORT_RECORD, end_reader(&reader));
	EXPECT_TRUE(holds_files(reader.buf, SHORT_RECORD, 0, 1));
	/* The end of a watch ends the waiting, too. */
	ASSERT_EQ(0, start_reader(&reader));
	EXPECT_EQ(0, nodemon_unwatch(reader.fd, 1, 0, 0));
	EXPECT_EQ(56, end_reader(&reader));
}

static int caught;

static void on_signal(int sig)
{
	caught++;
}

TEST_F(place, signals)
{
	struct sigaction sa = { .sa_handler = on_signal };
	static struct reader reader;

	reader.fd = nodemon_create(0);
	ASSERT_EQ(1, watch_path(reader.fd, ".", NODEMON_DIRECTORY));
	/* The caller said so. */
	ASSERT_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	ASSERT_EQ(0, start_reader(&reader));
	ASSERT_EQ(0, pthread_kill(reader.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, end_reader(&reader));
	EXPECT_EQ(1, caught);
	/* Otherwise it goes on. */
	sa.sa_flags = SA_RESTART;
	ASSERT_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	ASSERT_EQ(0, start_reader(&reader));
	ASSERT_EQ(0, pthread_kill(reader.thread, SIGUSR1));
	ASSERT_TRUE(poll_until(__atomic_load_n(&caught, __ATOMIC_RELAXED) ==
			       2));
	EXPECT_EQ(0, wait_until_blocked(getpid(), reader.tid, SYS_read));
	make_files(_metadata, 0, 1);
	EXPECT_EQ(SHORT_RECORD, end_reader(&reader));
	EXPECT_TRUE(holds_files(reader.buf, SHORT_RECORD, 0, 1));
}

/* Of several readers each record goes to one. */
TEST_F(place, readers)
{
	static struct reader readers[4];
	const int fd = nodemon_create(0);
	int i, seen = 0;

	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	for (i = 0; i < 4; i++) {
		readers[i].fd = fd;
		ASSERT_EQ(0, start_reader(&readers[i]));
	}
	/* One at a time, or one reader may get several. */
	for (i = 0; i < 4; i++) {
		make_files(_metadata, i, i + 1);
		ASSERT_TRUE(poll_until(news_bytes(fd) == 0));
	}
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(SHORT_RECORD, end_reader(&readers[i]));
		seen |= 1 << (readers[i].buf[57] - '0');
	}
	EXPECT_EQ(15, seen);
}

TEST_F(place, nonblock)
{
	const int fd = nodemon_create(0);
	int on = 1;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-EAGAIN, get(fd, news_buf, sizeof(news_buf)));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, 0));
	ASSERT_EQ(0, ioctl(fd, FIONBIO, &on));
	EXPECT_EQ(-EAGAIN, get(fd, news_buf, sizeof(news_buf)));
}

static short polled(int fd)
{
	struct pollfd pfd = { fd, POLLIN | POLLOUT | POLLPRI | POLLRDNORM, 0 };

	return poll(&pfd, 1, 0) < 0 ? -errno : pfd.revents;
}

TEST_F(place, poll)
{
	const int fd = self->fd;
	struct timeval none = {};
	fd_set set;

	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	EXPECT_EQ(0, polled(fd));
	make_files(_metadata, 0, 2);
	EXPECT_EQ(POLLIN | POLLRDNORM, polled(fd));
	EXPECT_EQ(SHORT_RECORD, get(fd, news_buf, SHORT_RECORD));
	EXPECT_EQ(POLLIN | POLLRDNORM, polled(fd));
	FD_ZERO(&set);
	FD_SET(fd, &set);
	EXPECT_EQ(1, select(fd + 1, &set, NULL, NULL, &none));
	EXPECT_EQ(SHORT_RECORD, get(fd, news_buf, SHORT_RECORD));
	EXPECT_EQ(0, polled(fd));
	EXPECT_EQ(0, select(fd + 1, &set, NULL, NULL, &none));
}

/* Another process makes a file once this one waits in a system call. */
static pid_t make_later(const char *name, long nr)
{
	const pid_t pid = fork();

	if (pid)
		return pid;
	_exit(wait_until_blocked(getppid(), getppid(), nr) ||
	      make_file(name));
}

TEST_F(place, epoll)
{
	struct epoll_event level = { .events = EPOLLIN, .data.u32 = 1 };
	struct epoll_event edge = { .events = EPOLLIN | EPOLLET };
	const int set = epoll_create1(EPOLL_CLOEXEC);
	const int edges = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;
	const int fd = self->fd;
	pid_t pid;

	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	ASSERT_EQ(0, epoll_ctl(set, EPOLL_CTL_ADD, fd, &level));
	ASSERT_EQ(0, epoll_ctl(edges, EPOLL_CTL_ADD, fd, &edge));
	EXPECT_EQ(0, epoll_wait(set, &event, 1, 0));
	EXPECT_EQ(0, epoll_wait(edges, &event, 1, 0));
	make_files(_metadata, 0, 1);
	EXPECT_EQ(1, epoll_wait(set, &event, 1, 0));
	EXPECT_EQ(EPOLLIN, event.events);
	EXPECT_EQ(1, epoll_wait(set, &event, 1, 0));
	EXPECT_EQ(1, epoll_wait(edges, &event, 1, 0));
	EXPECT_EQ(0, epoll_wait(edges, &event, 1, 0));
	make_files(_metadata, 1, 2);
	EXPECT_EQ(1, epoll_wait(edges, &event, 1, 0));
	EXPECT_EQ(2 * SHORT_RECORD, get(fd, news_buf, sizeof(news_buf)));
	EXPECT_EQ(0, epoll_wait(set, &event, 1, 0));
	/* An epoll that waits is woken. */
	pid = make_later("late", SYS_epoll_pwait);
	EXPECT_EQ(1, epoll_pwait(set, &event, 1, PATIENCE_MS, NULL));
	EXPECT_EQ(0, reap(pid));
}

TEST_F(place, fionread)
{
	const int fd = self->fd;
	long size;

	EXPECT_EQ(0, news_bytes(fd));
	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	make_files(_metadata, 0, 1);
	EXPECT_EQ(SHORT_RECORD, news_bytes(fd));
	/* Seventeen bytes and a NUL. */
	ASSERT_EQ(0, make_file("seventeen letters"));
	EXPECT_EQ(SHORT_RECORD + 80, news_bytes(fd));
	size = get(fd, news_buf, sizeof(news_buf));
	EXPECT_EQ(SHORT_RECORD + 80, size);
	EXPECT_EQ(0, news_bytes(fd));

	EXPECT_EQ(-EFAULT, nexus_ret(ioctl(fd, FIONREAD, NULL)));
	EXPECT_EQ(-ENOTTY, nexus_ret(ioctl(fd, TIOCOUTQ, &size)));
	EXPECT_EQ(-ENOTTY, nexus_ret(ioctl(fd, 0, &size)));
}

TEST_F(place, io_uring)
{
	struct uring ring;
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ,
		.off = -1,
		.addr = (uintptr_t)news_buf,
		.len = sizeof(news_buf),
	};
	const int err = make_uring(&ring);
	pid_t pid;

	if (err)
		SKIP(return, "no io_uring: %s", strerror(-err));
	sqe.fd = self->fd;
	ASSERT_EQ(1, watch_path(sqe.fd, ".", NODEMON_DIRECTORY));
	/* io_uring polls what is not there yet, whatever O_NONBLOCK says. */
	make_files(_metadata, 0, 3);
	EXPECT_EQ(3 * SHORT_RECORD, uring_do(&ring, &sqe));
	EXPECT_TRUE(holds_files(news_buf, 3 * SHORT_RECORD, 0, 3));

	/* One that waits; and a poll that does. */
	sqe.fd = nodemon_create(0);
	ASSERT_EQ(1, watch_path(sqe.fd, ".", NODEMON_DIRECTORY));
	pid = make_later("f3", __NR_io_uring_enter);
	EXPECT_EQ(SHORT_RECORD, uring_do(&ring, &sqe));
	EXPECT_TRUE(holds_files(news_buf, SHORT_RECORD, 3, 4));
	EXPECT_EQ(0, reap(pid));
	pid = make_later("f4", __NR_io_uring_enter);
	sqe.opcode = IORING_OP_POLL_ADD;
	sqe.off = 0;
	sqe.addr = 0;
	sqe.len = 0;
	sqe.poll32_events = POLLIN;
	EXPECT_EQ(POLLIN, uring_do(&ring, &sqe));
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(SHORT_RECORD, news_bytes(sqe.fd));
}

TEST_F(place, sigio)
{
	const struct timespec patience = { .tv_sec = PATIENCE_MS / 1000 };
	const struct timespec none = {};
	const int fd = self->fd;
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	ASSERT_EQ(0, fcntl(fd, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(fd, F_SETSIG, SIGRTMIN));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK));
	make_files(_metadata, 0, 1);
	ASSERT_EQ(SIGRTMIN, sigtimedwait(&set, &info, &patience));
	EXPECT_EQ(fd, info.si_fd);
	EXPECT_EQ(POLL_IN, info.si_code);
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_NONBLOCK));
	make_files(_metadata, 1, 2);
	EXPECT_EQ(-1, sigtimedwait(&set, &info, &none));
	EXPECT_EQ(2 * SHORT_RECORD, news_bytes(fd));
}

/* A watch a line. */
TEST_F(place, fdinfo)
{
	char path[64], text[4096], want[128];
	const int fd = self->fd;
	struct stat st;

	ASSERT_EQ(0, make_file("file"));
	ASSERT_EQ(0, stat("file", &st));
	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_NODE_EVENTS));
	ASSERT_EQ(2, watch_path(fd, "file", NODEMON_NAME | NODEMON_ATTR));
	ASSERT_EQ(3, watch_volume(fd, ".", NODEMON_STAT));
	ASSERT_EQ(4, watch_mounts(fd));
	ASSERT_EQ(5, watch_path(fd, "/", NODEMON_NAME));
	ASSERT_EQ(0, nodemon_unwatch(fd, 5, 0, 0));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	ASSERT_LT(0, read_file(path, text, sizeof(text)));

#define SHOWN(...) \
	do { \
		snprintf(want, sizeof(want), __VA_ARGS__); \
		EXPECT_NE(NULL, strstr(text, want)) \
			TH_LOG("no '%s' in\n%s", want, text); \
	} while (0)

	SHOWN("nodemon watch:1 events:6f type:node device:%x node:%llx\n",
	      (unsigned int)self->st.st_dev,
	      (unsigned long long)self->st.st_ino);
	SHOWN("nodemon watch:2 events:5 type:node device:%x node:%llx\n",
	      (unsigned int)st.st_dev, (unsigned long long)st.st_ino);
	SHOWN("nodemon watch:3 events:2 type:volume device:%x\n",
	      (unsigned int)st.st_dev);
	SHOWN("nodemon watch:4 events:10 type:mounts\n");
	EXPECT_EQ(NULL, strstr(text, "watch:5"));
	/* What it is, in /proc/self/fd. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(text, 0, sizeof(text));
	ASSERT_LT(0, readlink(path, text, sizeof(text) - 1));
	EXPECT_STREQ("anon_inode:[nodemon]", text);
}

/* What else one may try with it. */
TEST_F(place, other_calls)
{
	const int fd = self->fd;

	EXPECT_EQ(-EBADF, nexus_ret(write(fd, "x", 1)));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-EINVAL, nexus_ret(ftruncate(fd, 0)));
}

TEST_HARNESS_MAIN

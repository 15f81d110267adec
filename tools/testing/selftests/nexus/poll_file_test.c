// SPDX-License-Identifier: GPL-2.0
/*
 * The files of nexus_open() as files: who gets one, with which rights, where
 * it may go, what it is good for and what not.
 */
#include "sem.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define THREAD	NEXUS_TYPE_THREAD

#define IN	(POLLIN | POLLRDNORM)
#define OUT	(POLLOUT | POLLWRNORM)
#define GONE	(POLLHUP | POLLERR)

enum { OWNER = 1000, STRANGER = 1002 };

static int ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = IN | OUT | POLLPRI };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

/* One file of each type. */
FIXTURE(file)
{
	int port;
	int sem;
	int fd[3];
};

FIXTURE_SETUP(file)
{
	int i;

	if (unshare(CLONE_NEWIPC))
		SKIP(return, "needs CAP_SYS_ADMIN to unshare(CLONE_NEWIPC)");
	self->port = new_port(1);
	ASSERT_LT(0, self->port)
		TH_LOG("this kernel has no Nexus");
	self->sem = new_sem(1);
	ASSERT_LT(0, self->sem);
	self->fd[0] = nexus_open(PORT, self->port, 0);
	self->fd[1] = nexus_open(SEM, self->sem, 0);
	self->fd[2] = nexus_open(THREAD, own_tid(), 0);
	for (i = 0; i < 3; i++)
		ASSERT_LE(0, self->fd[i]);
}

FIXTURE_TEARDOWN(file)
{
}

TEST_F(file, arguments)
{
	static const unsigned int types[] = { 0, 5, 6, 0x1000, INT_MAX,
					      UINT_MAX, 1u << 31 };
	const int ids[] = { self->port, self->sem, own_tid() };
	int type, gone;
	unsigned int bit;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		EXPECT_EQ(-EINVAL, nexus_open(types[i], self->sem, 0));
		EXPECT_EQ(-EINVAL, nexus_open(types[i], 0, 0));
	}
	for (type = PORT; type <= THREAD; type++) {
		for (bit = 0; bit < 32; bit++) {
			EXPECT_EQ(-EINVAL, nexus_open(type, ids[type - 1],
						      1u << bit));
			EXPECT_EQ(-EINVAL, nexus_open(type, -1, 1u << bit));
		}
		EXPECT_EQ(type == THREAD ? -ESRCH : -EIDRM,
			  nexus_open(type, -1, 0));
		EXPECT_EQ(type == THREAD ? -ESRCH : -EIDRM,
			  nexus_open(type, INT_MIN, 0));
		EXPECT_EQ(type == THREAD ? -ESRCH : -EIDRM,
			  nexus_open(type, INT_MAX, 0));
	}
	EXPECT_EQ(-EIDRM, nexus_open(PORT, 0, 0));
	EXPECT_EQ(-EIDRM, nexus_open(SEM, 0, 0));
	gone = new_port(1);
	ASSERT_EQ(0, delete_port(gone));
	EXPECT_EQ(-EIDRM, nexus_open(PORT, gone, 0));
	gone = new_sem(1);
	ASSERT_EQ(0, delete_sem(gone));
	EXPECT_EQ(-EIDRM, nexus_open(SEM, gone, 0));
	/* Kernel threads are none. */
	EXPECT_EQ(-ESRCH, nexus_open(THREAD, 2, 0));
}

TEST_F(file, too_many)
{
	struct rlimit limit = { .rlim_cur = 64, .rlim_max = 64 };
	int last = -1, fd, i;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	for (i = 0; i < 64; i++) {
		fd = nexus_open(SEM, self->sem, 0);
		if (fd < 0)
			break;
		last = fd;
	}
	EXPECT_EQ(-EMFILE, fd);
	EXPECT_EQ(-EMFILE, nexus_open(PORT, self->port, 0));
	EXPECT_EQ(-EMFILE, nexus_open(THREAD, own_tid(), 0));
	ASSERT_LE(0, last);
	close(last);
	EXPECT_EQ(last, nexus_open(SEM, self->sem, 0));
	EXPECT_EQ(IN, ready(last));
}

TEST_F(file, nothing_else_works)
{
	char buf[16] = "";
	void *map;
	int i, n;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EINVAL, nexus_ret(read(self->fd[i], buf, 16)));
		EXPECT_EQ(-EINVAL, nexus_ret(write(self->fd[i], buf, 16)))
			TH_LOG("type %d: errno %d", i + 1, errno);
		EXPECT_EQ(-1, pread(self->fd[i], buf, 16, 0));
		EXPECT_EQ(-1, pwrite(self->fd[i], buf, 16, 0));
		EXPECT_EQ(-ESPIPE, nexus_ret(lseek(self->fd[i], 0, SEEK_SET)));
		EXPECT_EQ(-ESPIPE, nexus_ret(lseek(self->fd[i], 5, SEEK_CUR)));
		map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd[i], 0);
		EXPECT_EQ(-ENODEV, map == MAP_FAILED ? -errno : 0);
		EXPECT_EQ(-ENOTTY, nexus_ret(ioctl(self->fd[i], 0x12345678,
						   buf)));
		EXPECT_EQ(-1, ioctl(self->fd[i], FIONREAD, &n));
		EXPECT_EQ(-1, ftruncate(self->fd[i], 0));
		EXPECT_EQ(-EINVAL, nexus_ret(fsync(self->fd[i])));
	}
	EXPECT_EQ(1, sem_count(self->sem));
	EXPECT_EQ(0, queued(self->port));
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

TEST_F(file, fdinfo)
{
	static const char * const types[] = { "port", "sem", "thread" };
	const int ids[] = { self->port, self->sem, own_tid() };
	char line[64];
	int i;

	for (i = 0; i < 3; i++) {
		snprintf(line, sizeof(line), "nexus-type:\t%s", types[i]);
		EXPECT_STREQ(line, info_line(self->fd[i], "nexus-type:"));
		snprintf(line, sizeof(line), "nexus-id:\t%d", ids[i]);
		EXPECT_STREQ(line, info_line(self->fd[i], "nexus-id:"));
	}
	/* It says what it was, too. */
	ASSERT_EQ(0, delete_sem(self->sem));
	snprintf(line, sizeof(line), "nexus-id:\t%d", self->sem);
	EXPECT_STREQ(line, info_line(self->fd[1], "nexus-id:"));
}

TEST_F(file, close_on_exec)
{
	char arg[3][16];
	char *const argv[] = { "poll_file_test", "closed", arg[0], arg[1],
			       arg[2], NULL };
	char *const envp[] = { NULL };
	pid_t pid;
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(FD_CLOEXEC, fcntl(self->fd[i], F_GETFD));
		snprintf(arg[i], sizeof(arg[i]), "%d", self->fd[i]);
	}
	pid = fork();
	if (!pid) {
		execve("/proc/self/exe", argv, envp);
		_exit(99);
	}
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	/* Who wants it may take it along. */
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, fcntl(self->fd[i], F_SETFD, 0));
	pid = fork();
	if (!pid) {
		execve("/proc/self/exe", argv, envp);
		_exit(99);
	}
	ASSERT_LT(0, pid);
	EXPECT_EQ(3, reap(pid));
}

static int poll_in_child(void *arg)
{
	const int *fd = arg;

	return ready(fd[0]) == OUT && ready(fd[1]) == IN && !ready(fd[2]) ?
	       0 : 1;
}

TEST_F(file, fork)
{
	pid_t pid;

	pid = spawn(poll_in_child, self->fd);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(OUT, ready(self->fd[0]));
	EXPECT_EQ(IN, ready(self->fd[1]));
}

static int poll_as_stranger(void *arg)
{
	const int *fd = arg;

	if (become(STRANGER, STRANGER))
		return 1;
	/* By id it may not, with what it has it may. */
	if (nexus_open(SEM, fd[3], 0) != -EACCES)
		return 2;
	return poll_in_child(arg) ? 3 : 0;
}

TEST_F(file, after_setuid)
{
	const int arg[] = { self->fd[0], self->fd[1], self->fd[2], self->sem };
	pid_t pid;

	pid = spawn(poll_as_stranger, (void *)arg);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
}

static int owner_of_files(void *arg)
{
	int *ids = arg;

	ids[0] = new_port(1);
	ids[1] = new_sem(3);
	announce(&ids[2], 1);
	return pause_process(NULL);
}

/* An open file keeps nothing alive. */
TEST_F(file, owner_ends)
{
	int *ids = shared(3 * sizeof(*ids));
	int fd[3];
	pid_t pid;

	ASSERT_NE(NULL, ids);
	pid = spawn(owner_of_files, ids);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&ids[2], 1));
	fd[0] = nexus_open(PORT, ids[0], 0);
	fd[1] = nexus_open(SEM, ids[1], 0);
	fd[2] = nexus_open(THREAD, pid, 0);
	EXPECT_EQ(OUT, ready(fd[0]));
	EXPECT_EQ(IN, ready(fd[1]));
	EXPECT_EQ(0, ready(fd[2]));
	kill(pid, SIGKILL);
	ASSERT_EQ(128 + SIGKILL, reap(pid));
	EXPECT_EQ(1, ports());
	EXPECT_EQ(1, sems());
	EXPECT_EQ(-EIDRM, try_acquire(ids[1], 1));
	EXPECT_EQ(GONE, ready(fd[0]));
	EXPECT_EQ(GONE, ready(fd[1]));
	EXPECT_EQ(IN | POLLHUP, ready(fd[2]));
}

TEST_F(file, namespace_ends)
{
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	/* Its last task has left: it goes, though files are open. */
	EXPECT_TRUE(poll_until(ready(self->fd[0]) == GONE));
	EXPECT_TRUE(poll_until(ready(self->fd[1]) == GONE));
	EXPECT_EQ(0, ready(self->fd[2]));
}

static int send_fds(int sock, const int *fd, int count)
{
	char control[CMSG_SPACE(3 * sizeof(int))] = {}, byte = 1;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fd, count * sizeof(int));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -1;
}

static int recv_fds(int sock, int *fd, int count)
{
	char control[CMSG_SPACE(3 * sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;

	if (recvmsg(sock, &msg, 0) != 1)
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_len != CMSG_LEN(count * sizeof(int)))
		return -1;
	memcpy(fd, CMSG_DATA(cmsg), count * sizeof(int));
	return 0;
}

struct passed {
	int sock;
	int step;
};

/* Somebody who has nothing to do with these objects. */
static int take_passed(void *arg)
{
	struct passed *passed = arg;
	int fd[3];

	close_range(3, passed->sock - 1, 0);
	if (unshare(CLONE_NEWIPC) || become(STRANGER, STRANGER))
		return 1;
	if (recv_fds(passed->sock, fd, 3))
		return 2;
	if (ready(fd[0]) != OUT || ready(fd[1]) != IN || ready(fd[2]))
		return 3;
	announce(&passed->step, 1);
	if (!reached(&passed->step, 2))
		return 4;
	return ready(fd[0]) == GONE && ready(fd[1]) == GONE ? 0 : 5;
}

TEST_F(file, passed_over_a_socket)
{
	struct passed *passed = shared(sizeof(*passed));
	int sock[2];
	pid_t pid;

	ASSERT_NE(NULL, passed);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		SKIP(return, "no AF_UNIX: errno %d", errno);
	passed->sock = sock[1];
	pid = spawn(take_passed, passed);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, send_fds(sock[0], self->fd, 3));
	if (!reached(&passed->step, 1))
		ASSERT_EQ(0, reap(pid));
	ASSERT_EQ(0, delete_port(self->port));
	ASSERT_EQ(0, delete_sem(self->sem));
	announce(&passed->step, 2);
	EXPECT_EQ(0, reap(pid));
}

struct rights {
	int port;
	int sem;
	int port_ready;
	int sem_ready;
};

static int open_as_stranger(void *arg)
{
	struct rights *rights = arg;
	int fd;

	if (become(STRANGER, STRANGER))
		return 1;
	fd = nexus_open(PORT, rights->port, 0);
	rights->port_ready = fd < 0 ? fd : ready(fd);
	fd = nexus_open(SEM, rights->sem, 0);
	rights->sem_ready = fd < 0 ? fd : ready(fd);
	return 0;
}

/* What it tells is what its opener may know. */
TEST_F(file, rights_at_open)
{
	static const struct {
		int mode;
		int port;
		int sem;
	} cases[] = {
		{ 0600, -EACCES, -EACCES },
		{ 0660, -EACCES, -EACCES },
		{ 0601, -EACCES, -EACCES },
		{ 0604, IN, IN },
		{ 0602, OUT, IN },
		{ 0606, IN | OUT, IN },
	};
	struct rights *rights = shared(sizeof(*rights));
	pid_t pid;
	size_t i;

	ASSERT_NE(NULL, rights);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		rights->port = port_args("rights", 2, NEXUS_CREATE_MODE,
					 cases[i].mode);
		rights->sem = sem_args("rights", 2, NEXUS_CREATE_MODE,
				       cases[i].mode);
		ASSERT_LT(0, rights->port);
		ASSERT_LT(0, rights->sem);
		ASSERT_EQ(0, send_code(rights->port, 1));
		pid = spawn(open_as_stranger, rights);
		ASSERT_LT(0, pid);
		ASSERT_EQ(0, reap(pid));
		EXPECT_EQ(cases[i].port, rights->port_ready)
			TH_LOG("port, mode %04o", cases[i].mode);
		EXPECT_EQ(cases[i].sem, rights->sem_ready)
			TH_LOG("semaphore, mode %04o", cases[i].mode);
	}
}

static int pause_as_owner(void *arg)
{
	if (become(OWNER, OWNER))
		return 1;
	announce(arg, 1);
	return pause_process(NULL);
}

static int open_thread_as(void *arg)
{
	const int *args = arg;
	int fd;

	if (become(args[1], args[1]))
		return 1;
	fd = nexus_open(THREAD, args[0], 0);
	return fd >= 0 ? 0 : fd == -EACCES ? 2 : 3;
}

TEST_F(file, rights_on_threads)
{
	int *step = shared(sizeof(*step)), args[2];
	pid_t target, pid;

	ASSERT_NE(NULL, step);
	target = spawn(pause_as_owner, step);
	ASSERT_LT(0, target);
	ASSERT_TRUE(reached(step, 1));
	/* As if it were an object of its user. */
	args[0] = target;
	args[1] = OWNER;
	pid = spawn(open_thread_as, args);
	EXPECT_EQ(0, reap(pid));
	args[1] = STRANGER;
	pid = spawn(open_thread_as, args);
	EXPECT_EQ(2, reap(pid));
	/* root overrides. */
	EXPECT_LE(0, nexus_open(THREAD, target, 0));
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0644"));
	pid = spawn(open_thread_as, args);
	EXPECT_EQ(0, reap(pid));
	kill(target, SIGKILL);
	reap(target);
}

static int in_other_ipc_ns(void *arg)
{
	if (unshare(CLONE_NEWIPC))
		return 1;
	announce(arg, 1);
	return pause_process(NULL);
}

/* Threads of other IPC namespaces are not seen. */
TEST_F(file, thread_of_another_namespace)
{
	int *step = shared(sizeof(*step));
	pid_t pid;

	ASSERT_NE(NULL, step);
	pid = spawn(in_other_ipc_ns, step);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(step, 1));
	EXPECT_EQ(-ESRCH, nexus_open(THREAD, pid, 0));
	kill(pid, SIGKILL);
	reap(pid);
}

int main(int argc, char **argv)
{
	int i, n = 0;

	if (argc > 2 && !strcmp(argv[1], "closed")) {
		for (i = 2; i < argc; i++)
			n += fcntl(atoi(argv[i]), F_GETFD) >= 0;
		return n;
	}
	return test_harness_run(argc, argv);
}

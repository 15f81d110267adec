// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes of $/user that are served by programs who do as they should: what comes
 * to the server, what its answers do, and how it ends.
 */
#include "devfs_serve.h"
#include "slow.h"

#define NODE		USER "/test/node"
#define NODES_MAX	"/proc/sys/fs/devfs_dollar/user_nodes_max"

FIXTURE(user)
{
	int port;
	int server;
};

FIXTURE_SETUP(user)
{
	OWN_DEVFS_OR_SKIP();
	if (access(USER, F_OK))
		SKIP(return, "no $/user");
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	self->port = new_port(64);
	ASSERT_LT(0, self->port);
	self->server = serve("test/node", self->port);
	ASSERT_LE(0, self->server);
}

FIXTURE_TEARDOWN(user)
{
	if (self->server >= 0)
		close(self->server);
}

TEST_F(user, the_node_is_there_with_its_server)
{
	struct stat st;

	ASSERT_EQ(0, stat(NODE, &st));
	EXPECT_TRUE(S_ISREG(st.st_mode));
	EXPECT_EQ(0600U, st.st_mode & 07777);
	EXPECT_EQ(geteuid(), st.st_uid);
	EXPECT_EQ(getegid(), st.st_gid);
	ASSERT_EQ(0, stat(USER "/test", &st));
	EXPECT_TRUE(S_ISDIR(st.st_mode));
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->server, F_GETFD));
	EXPECT_EQ(POLLOUT, poll_now(self->server, POLLIN | POLLOUT));

	ASSERT_EQ(0, close(self->server));
	self->server = -1;
	EXPECT_EQ(-1, stat(NODE, &st));
	EXPECT_EQ(ENOENT, errno);
	/* The directory was there for it alone. */
	EXPECT_EQ(-1, stat(USER "/test", &st));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(user, open_write_read_close)
{
	struct got got;
	char buf[32] = {};
	struct io io;
	__u64 file;
	int fd;

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	EXPECT_EQ((__u32)O_RDWR, got.req.flags);
	EXPECT_EQ(0, got.size);
	EXPECT_EQ(geteuid(), got.req.uid);
	EXPECT_EQ(getegid(), got.req.gid);
	EXPECT_EQ(getpid(), got.req.team);
	EXPECT_NE(getpid(), got.req.thread);
	EXPECT_EQ(0U, got.req.__pad);
	EXPECT_NE(0U, got.req.id);
	file = got.req.file;

	io = (struct io){ .fd = fd, .writes = 1, .buf = "request", .size = 7 };
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, expect_request(self->port, &got, DEVFS_REQUEST_WRITE));
	EXPECT_EQ(file, got.req.file);
	EXPECT_EQ(7U, got.req.size);
	EXPECT_EQ(7, got.size);
	EXPECT_EQ(0, memcmp(got.data, "request", 7));
	ASSERT_EQ(0, answer(self->server, &got, 7));
	EXPECT_EQ(7, join_io(&io));

	io = (struct io){ .fd = fd, .buf = buf, .size = sizeof(buf) };
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, expect_request(self->port, &got, DEVFS_REQUEST_READ));
	EXPECT_EQ(sizeof(buf), got.req.size);
	EXPECT_EQ(0, got.size);
	ASSERT_EQ(6, answer_data(self->server, &got, "answer", 6));
	EXPECT_EQ(6, join_io(&io));
	EXPECT_STREQ("answer", buf);

	close(fd);
	ASSERT_EQ(0, expect_request(self->port, &got, DEVFS_REQUEST_CLOSE));
	EXPECT_EQ(file, got.req.file);
	EXPECT_EQ(0U, got.req.id);
	EXPECT_EQ(0, queued(self->port));
}

/* dup() and fork() copy a file: there is one close, with the last of them. */
TEST_F(user, one_close)
{
	struct got got;
	int fd, copy;
	pid_t pid;

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	copy = dup(fd);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(0);
	EXPECT_EQ(0, reap(pid));
	close(fd);
	EXPECT_EQ(0, queued(self->port));
	close(copy);
	ASSERT_EQ(0, expect_request(self->port, &got, DEVFS_REQUEST_CLOSE));
	EXPECT_EQ(0, queued(self->port));
}

TEST_F(user, clients_are_told_apart)
{
	struct got a, b, got;
	struct io io = { .writes = 1, .buf = "x", .size = 1 };
	int fa, fb;

	fa = open_served(NODE, O_RDWR, self->port, self->server, &a);
	fb = open_served(NODE, O_WRONLY, self->port, self->server, &b);
	ASSERT_LE(0, fa);
	ASSERT_LE(0, fb);
	EXPECT_NE(a.req.file, b.req.file);
	EXPECT_EQ((__u32)O_WRONLY, b.req.flags);
	io.fd = fb;
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, next_request(self->port, &got));
	EXPECT_EQ(b.req.file, got.req.file);
	ASSERT_EQ(0, answer(self->server, &got, 1));
	EXPECT_EQ(1, join_io(&io));
	close(fa);
	ASSERT_EQ(0, next_request(self->port, &got));
	EXPECT_EQ(a.req.file, got.req.file);
	close(fb);
}

TEST_F(user, the_server_refuses)
{
	struct opener opener;
	struct got got;
	struct io io = { .writes = 1, .buf = "x", .size = 1 };
	int fd;

	ASSERT_EQ(0, start_open(&opener, NODE, O_RDONLY));
	ASSERT_EQ(0, next_request(self->port, &got));
	ASSERT_EQ(0, answer(self->server, &got, -EACCES));
	EXPECT_EQ(-EACCES, join_open(&opener));
	/* There was no file, so none is closed; whatever the errno looks like. */
	EXPECT_EQ(0, queued(self->port));
	ASSERT_EQ(0, start_open(&opener, NODE, O_RDONLY));
	ASSERT_EQ(0, next_request(self->port, &got));
	ASSERT_EQ(0, answer(self->server, &got, -ETIMEDOUT));
	EXPECT_EQ(-ETIMEDOUT, join_open(&opener));
	EXPECT_EQ(0, queued(self->port));

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	io.fd = fd;
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, next_request(self->port, &got));
	ASSERT_EQ(0, answer(self->server, &got, -ENOSPC));
	EXPECT_EQ(-ENOSPC, join_io(&io));
	io.writes = 0;
	io.buf = &got;
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, next_request(self->port, &got));
	/* The end of the file. */
	ASSERT_EQ(0, answer(self->server, &got, 0));
	EXPECT_EQ(0, join_io(&io));
	close(fd);
}

/* A long write becomes several requests; a short answer ends it. */
TEST_F(user, long_writes)
{
	static char data[10000];
	struct io io = { .writes = 1, .buf = data, .size = sizeof(data) };
	struct got got;
	long taken = 0;
	int fd;

	fill(data, sizeof(data), 9);
	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	io.fd = fd;
	ASSERT_EQ(0, launch_io(&io));
	while (taken < (long)sizeof(data)) {
		ASSERT_EQ(0, next_request(self->port, &got));
		ASSERT_LT(0, got.size);
		EXPECT_GE(DEVFS_SERVE_DATA_MAX, got.size);
		EXPECT_EQ(0, memcmp(got.data, data + taken, got.size));
		taken += got.size;
		ASSERT_EQ(0, answer(self->server, &got, got.size));
	}
	EXPECT_EQ((long)sizeof(data), join_io(&io));

	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, next_request(self->port, &got));
	ASSERT_EQ(0, answer(self->server, &got, 5));
	EXPECT_EQ(5, join_io(&io));
	close(fd);
}

TEST_F(user, nonblock_is_told)
{
	struct got got;
	char c;
	struct io io = { .buf = &c, .size = 1 };
	int fd;

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	io.fd = fd;
	ASSERT_EQ(0, set_nonblock(fd, 1));
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, next_request(self->port, &got));
	EXPECT_EQ((__u32)(O_RDWR | O_NONBLOCK), got.req.flags);
	ASSERT_EQ(0, answer(self->server, &got, -EAGAIN));
	EXPECT_EQ(-EAGAIN, join_io(&io));
	close(fd);
}

TEST_F(user, poll)
{
	struct got got;
	int fd;

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	EXPECT_EQ(POLLIN | POLLOUT, poll_now(fd, POLLIN | POLLOUT));
	EXPECT_EQ(0, answer_with(self->server, got.req.file, 0,
				 DEVFS_REPLY_POLL, NULL, 0));
	EXPECT_EQ(0, poll_now(fd, POLLIN | POLLOUT));
	EXPECT_EQ(0, answer_with(self->server, got.req.file, POLLIN,
				 DEVFS_REPLY_POLL, NULL, 0));
	EXPECT_EQ(POLLIN, poll_now(fd, POLLIN | POLLOUT));
	EXPECT_EQ(-EINVAL, answer_with(self->server, got.req.file, POLLHUP,
				       DEVFS_REPLY_POLL, NULL, 0));
	EXPECT_EQ(-ENOENT, answer_with(self->server, got.req.file + 1, POLLIN,
				       DEVFS_REPLY_POLL, NULL, 0));
	close(fd);
}

TEST_F(user, what_is_open_when_the_server_ends)
{
	struct got got;
	char c;
	int fd;

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, close(self->server));
	self->server = -1;
	EXPECT_EQ(0, read_fd(fd, &c, 1));
	EXPECT_EQ(-EPIPE, write_fd(fd, &c, 1));
	EXPECT_TRUE(poll_now(fd, POLLIN) & POLLHUP);
	EXPECT_EQ(-ENOENT, can_open(NODE, O_RDWR));
	EXPECT_EQ(0, close(fd));
}

static int serves_until_killed(void *arg)
{
	int *step = arg, port = new_port(8), server;
	struct got got;

	server = serve("mortal", port);
	if (server < 0)
		return 1;
	announce(step, 1);
	/* Lets the first in and then says nothing to anybody. */
	if (expect_request(port, &got, DEVFS_REQUEST_OPEN) ||
	    answer(server, &got, 0))
		return 2;
	for (;;)
		pause();
}

TEST_F(user, death_of_the_server)
{
	int *step = shared(sizeof(*step));
	struct opener opener;
	char c;
	struct io reads = { .buf = &c, .size = 1 };
	struct io writes = { .writes = 1, .buf = "x", .size = 1 };
	pid_t pid;
	int fd;

	ASSERT_TRUE(!!step);
	pid = spawn(serves_until_killed, step);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(step, 1));
	fd = open_path(USER "/mortal", O_RDWR);
	ASSERT_LE(0, fd);
	reads.fd = fd;
	writes.fd = fd;
	ASSERT_EQ(0, start_io(&reads));
	ASSERT_EQ(0, start_io(&writes));
	ASSERT_EQ(0, start_open(&opener, USER "/mortal", O_RDWR));

	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, reap(pid));
	EXPECT_EQ(0, join_io(&reads));
	EXPECT_EQ(-EPIPE, join_io(&writes));
	EXPECT_EQ(-ENOENT, join_open(&opener));
	EXPECT_EQ(-ENOENT, can_open(USER "/mortal", O_RDWR));
	close(fd);

	/* The name is free for somebody else. */
	fd = serve("mortal", self->port);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST_F(user, the_port_is_deleted)
{
	struct got got;
	char c;
	int fd;

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, delete_port(self->port));
	EXPECT_TRUE(poll_until(can_open(NODE, O_RDWR) == -ENOENT));
	EXPECT_EQ(0, read_fd(fd, &c, 1));
	EXPECT_TRUE(poll_some(self->server, POLLIN) & POLLHUP);
	close(fd);
}

TEST_F(user, nobody_takes_a_name_that_is_taken)
{
	EXPECT_EQ(-EEXIST, serve("test/node", self->port));
	EXPECT_EQ(-EISDIR, serve("test", self->port));
	EXPECT_EQ(-ENOTDIR, serve("test/node/below", self->port));
}

TEST_F(user, one_way_nodes)
{
	const int reads = serve_args("reads", self->port, DEVFS_SERVE_READ,
				     0666, 0);
	const int writes = serve_args("writes", self->port, DEVFS_SERVE_WRITE,
				      0666, 0);

	ASSERT_LE(0, reads);
	ASSERT_LE(0, writes);
	EXPECT_EQ(-EACCES, can_open(USER "/reads", O_WRONLY));
	EXPECT_EQ(-EACCES, can_open(USER "/reads", O_RDWR));
	EXPECT_EQ(0, queued(self->port));
	close(reads);
	close(writes);
}

static int client_without_rights(void *arg)
{
	if (become(1234, 1234))
		return 1;
	return can_open(NODE, O_RDONLY) == -EACCES ? 0 : 2;
}

TEST_F(user, the_mode_is_for_clients)
{
	EXPECT_EQ(0, reap(spawn(client_without_rights, NULL)));
	EXPECT_EQ(0, queued(self->port));
}

/* The descriptor is of who opened it, whoever uses it. */
static int asks_as_somebody_else(void *arg)
{
	const int *fd = arg;

	return become(1234, 1234) ? 1 : write_fd(*fd, "x", 1) == 1 ? 0 : 2;
}

TEST_F(user, who_opened_it)
{
	struct got got;
	pid_t pid;
	int fd;

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	pid = spawn(asks_as_somebody_else, &fd);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, expect_request(self->port, &got, DEVFS_REQUEST_WRITE));
	EXPECT_EQ(geteuid(), got.req.uid);
	EXPECT_EQ(getegid(), got.req.gid);
	EXPECT_EQ(pid, got.req.team);
	EXPECT_EQ(pid, got.req.thread);
	ASSERT_EQ(0, answer(self->server, &got, 1));
	EXPECT_EQ(0, reap(pid));
	close(fd);
}

/*
 * Opens that nobody answers leave three messages each.  Before any is lost, it
 * is said that there are too many; the server then finds all of them.
 */
TEST_F_TIMEOUT(user, a_server_that_does_not_read, 120)
{
	const int server = serve_args("slow", self->port, RW, 0600, 1);
	int opens = 0, cancels = 0, closes = 0, ret, i;
	struct got got;

	ASSERT_LE(0, server);
	for (i = 0; i < 20000; i++) {
		ret = can_open(USER "/slow", O_RDWR);
		if (ret != -ETIMEDOUT)
			break;
	}
	EXPECT_EQ(-EBUSY, ret);
	/* What the port has, and what is held back for it. */
	EXPECT_LE(2500 / 3, i);
	EXPECT_GE((2500 + 64) / 3 + 1, i);
	while (closes < i) {
		ASSERT_EQ(0, next_request(self->port, &got));
		opens += got.req.op == DEVFS_REQUEST_OPEN;
		cancels += got.req.op == DEVFS_REQUEST_CANCEL;
		closes += got.req.op == DEVFS_REQUEST_CLOSE;
	}
	EXPECT_EQ(i, opens);
	EXPECT_EQ(i, cancels);
	EXPECT_EQ(0, queued(self->port));
	/* Then it is as good as new. */
	EXPECT_EQ(-ETIMEDOUT, can_open(USER "/slow", O_RDWR));
	close(server);
}

/*
 * What a client reads into may be memory that somebody else never fills: that
 * is no reason for the server to wait.
 */
TEST_F(user, a_reader_that_never_ends)
{
	struct io io = { .size = 16 };
	struct slow slow;
	struct got got;
	int fd;

	if (make_slow(&slow))
		SKIP(return, "no userfaultfd: %m");
	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	io.fd = fd;
	io.buf = slow.memory;
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, expect_request(self->port, &got, DEVFS_REQUEST_READ));
	ASSERT_EQ(4, answer_data(self->server, &got, "late", 4));
	EXPECT_TRUE(fault_came(&slow));
	EXPECT_EQ(0, close(self->server));
	self->server = -1;
	EXPECT_EQ(-ENOENT, can_open(NODE, O_RDWR));
	EXPECT_EQ(0, io.done);
	ASSERT_EQ(0, bring_pages(&slow));
	EXPECT_EQ(4, join_io(&io));
	EXPECT_EQ(0, memcmp(io.buf, "late", 4));
	close(fd);
}

/* A client that keeps its file does not keep the place of the node. */
static int serves_as_somebody(void *arg)
{
	struct got got;
	int i, port, server;

	(void)arg;
	if (become(1234, 1234))
		return 1;
	port = new_port(8);
	for (i = 0; i < 3; i++) {
		server = serve("again", port);
		if (server < 0)
			return 10 + i;
		if (open_served(USER "/again", O_RDWR, port, server, &got) < 0)
			return 20 + i;
		close(server);
	}
	return 0;
}

TEST_F(user, what_clients_keep_open_does_not_count)
{
	char old[16] = {};
	struct stat st;

	ASSERT_LT(0, read_file(NODES_MAX, old, sizeof(old)));
	/* Whoever has CAP_SYS_RESOURCE is not limited. */
	ASSERT_EQ(0, stat(USER, &st));
	ASSERT_EQ(0, chmod(USER, 01777));
	ASSERT_EQ(0, write_file(NODES_MAX, "1"));
	EXPECT_EQ(0, reap(spawn(serves_as_somebody, NULL)));
	EXPECT_EQ(0, write_file(NODES_MAX, old));
	ASSERT_EQ(0, chmod(USER, st.st_mode & 07777));
}

/* ---- mailboxes ---- */

TEST_F(user, mailbox)
{
	const int box = serve_args("box", 0, RW | DEVFS_SERVE_MAILBOX, 0600, 0);
	char buf[16] = {};
	int a, b;

	ASSERT_LE(0, box);
	a = open_path(USER "/box", O_RDWR | O_NONBLOCK);
	b = open_path(USER "/box", O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	EXPECT_EQ(-EAGAIN, read_fd(a, buf, sizeof(buf)));
	EXPECT_EQ(5, write_fd(a, "hello", 5));
	EXPECT_EQ(POLLIN, poll_now(b, POLLIN));
	/* The server, another client and the writer itself: one ring. */
	EXPECT_EQ(2, read_fd(box, buf, 2));
	EXPECT_EQ(1, read_fd(b, buf + 2, 1));
	EXPECT_EQ(2, read_fd(a, buf + 3, sizeof(buf) - 3));
	EXPECT_STREQ("hello", buf);
	EXPECT_EQ(3, write_fd(box, "you", 3));
	EXPECT_EQ(3, read_fd(a, buf, sizeof(buf)));
	close(b);
	ASSERT_EQ(0, close(box));
	EXPECT_EQ(0, read_fd(a, buf, sizeof(buf)));
	EXPECT_EQ(-EPIPE, write_fd(a, "x", 1));
	EXPECT_EQ(-ENOENT, can_open(USER "/box", O_RDWR));
	close(a);
}

TEST_F(user, a_full_mailbox)
{
	const int box = serve_args("box", 0, RW | DEVFS_SERVE_MAILBOX, 0600, 0);
	static char data[DEVFS_MAILBOX_SIZE + 100];
	struct io io = { .writes = 1, .buf = data, .size = 200 };
	int fd;

	ASSERT_LE(0, box);
	fd = open_path(USER "/box", O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(DEVFS_MAILBOX_SIZE, write_fd(fd, data, sizeof(data)));
	EXPECT_EQ(-EAGAIN, write_fd(fd, data, 1));
	EXPECT_EQ(0, poll_now(fd, POLLOUT));
	ASSERT_EQ(0, set_nonblock(fd, 0));
	io.fd = fd;
	ASSERT_EQ(0, start_io(&io));
	EXPECT_EQ(1000, read_fd(box, data, 1000));
	EXPECT_EQ(200, join_io(&io));
	close(fd);
	close(box);
}

/* What can only be written, opened with access mode 0, counts as a writer. */
TEST_F(user, a_writer_keeps_the_mount_writable)
{
	const int box = serve_args("drop", 0, DEVFS_SERVE_WRITE |
				   DEVFS_SERVE_MAILBOX, 0600, 0);
	const unsigned long ro = MS_REMOUNT | MS_BIND | MS_RDONLY;
	int fd;

	ASSERT_LE(0, box);
	fd = open_path(USER "/drop", O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, write_fd(fd, "x", 1));
	EXPECT_EQ(-1, mount(NULL, MNT, NULL, ro, NULL));
	EXPECT_EQ(EBUSY, errno);
	close(fd);
	ASSERT_EQ(0, mount(NULL, MNT, NULL, ro, NULL));
	fd = open_path(USER "/drop", O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADF, write_fd(fd, "x", 1));
	close(fd);
	close(box);
}

TEST_HARNESS_MAIN

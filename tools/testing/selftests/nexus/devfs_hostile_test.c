// SPDX-License-Identifier: GPL-2.0
/*
 * Servers of nodes in $/user that answer garbage, late or never, and programs
 * that ask for what they may not have: errors of devfs_serve(), limits.
 */
#include "devfs_serve.h"

#include <sys/resource.h>

#define NODE	USER "/bad"
#define LIMIT	"/proc/sys/fs/devfs_dollar/user_nodes_max"

FIXTURE(hostile)
{
	int port;
	int server;
};

FIXTURE_SETUP(hostile)
{
	OWN_DEVFS_OR_SKIP();
	if (access(USER, F_OK))
		SKIP(return, "no $/user");
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	self->port = new_port(64);
	ASSERT_LT(0, self->port);
	self->server = serve_args("bad", self->port, RW, 0666, 1000);
	ASSERT_LE(0, self->server);
}

FIXTURE_TEARDOWN(hostile)
{
	close(self->server);
}

TEST_F(hostile, never_answers_an_open)
{
	struct opener opener;
	struct got got;

	ASSERT_EQ(0, start_open(&opener, NODE, O_RDWR));
	ASSERT_EQ(0, expect_request(self->port, &got, DEVFS_REQUEST_OPEN));
	EXPECT_EQ(-ETIMEDOUT, join_open(&opener));
	/* What it says now is for nobody. */
	EXPECT_EQ(-ENOENT, answer(self->server, &got, 0));
}

TEST_F(hostile, never_answers_a_read)
{
	struct got got, cancel;
	char c;
	struct io io = { .buf = &c, .size = 1 };
	int fd;

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	io.fd = fd;
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, expect_request(self->port, &got, DEVFS_REQUEST_READ));
	EXPECT_EQ(-ETIMEDOUT, join_io(&io));
	ASSERT_EQ(0, expect_request(self->port, &cancel, DEVFS_REQUEST_CANCEL));
	EXPECT_EQ(got.req.id, cancel.req.id);
	EXPECT_EQ(got.req.file, cancel.req.file);
	EXPECT_EQ(-ENOENT, answer_data(self->server, &got, "x", 1));

	/* The next one is answered, and well. */
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, expect_request(self->port, &got, DEVFS_REQUEST_READ));
	EXPECT_EQ(1, answer_data(self->server, &got, "y", 1));
	EXPECT_EQ(1, join_io(&io));
	EXPECT_EQ('y', c);
	close(fd);
}

/* Who says that it takes long has all the time, and signals still work. */
TEST_F(hostile, asks_for_patience)
{
	struct got got;
	char c;
	struct io io = { .buf = &c, .size = 1 };
	int fd;

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	io.fd = fd;
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, next_request(self->port, &got));
	EXPECT_EQ(0, answer_with(self->server, got.req.id, 0, DEVFS_REPLY_WAIT,
				 NULL, 0));
	/* Time is what is tested: the limit of a second does not count. */
	usleep(1500000);
	EXPECT_EQ(0, __atomic_load_n(&io.done, __ATOMIC_ACQUIRE));
	EXPECT_EQ(1, answer_data(self->server, &got, "z", 1));
	EXPECT_EQ(1, join_io(&io));
	close(fd);
}

static void nothing(int sig)
{
}

TEST_F(hostile, a_signal_ends_the_wait)
{
	const struct sigaction action = { .sa_handler = nothing };
	const int patient = serve_args("slow", self->port, RW, 0666, 0);
	struct got got, cancel;
	struct io io = { .writes = 1, .buf = "x", .size = 1 };
	int fd;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_LE(0, patient);
	fd = open_served(USER "/slow", O_RDWR, self->port, patient, &got);
	ASSERT_LE(0, fd);
	io.fd = fd;
	ASSERT_EQ(0, start_io(&io));
	ASSERT_EQ(0, next_request(self->port, &got));
	ASSERT_EQ(0, pthread_kill(io.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, join_io(&io));
	ASSERT_EQ(0, expect_request(self->port, &cancel, DEVFS_REQUEST_CANCEL));
	EXPECT_EQ(got.req.id, cancel.req.id);
	close(fd);
	close(patient);
}

static int reads_slow(void *arg)
{
	const int fd = open_path(NODE, O_RDONLY);

	return fd < 0 ? -fd : 0;
}

TEST_F(hostile, a_client_can_be_killed)
{
	const pid_t pid = spawn(reads_slow, NULL);
	struct got got;

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, expect_request(self->port, &got, DEVFS_REQUEST_OPEN));
	EXPECT_EQ(0, answer_with(self->server, got.req.id, 0, DEVFS_REPLY_WAIT,
				 NULL, 0));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, reap(pid));
	EXPECT_EQ(-ENOENT, answer(self->server, &got, 0));
}

/* Each of these is refused, and the client has seen nothing of it. */
TEST_F(hostile, answers_garbage)
{
	static const char data[2 * DEVFS_SERVE_DATA_MAX];
	struct bad *bad = make_bad(8);
	const int server = self->server;
	struct got got;
	char buf[8];
	struct io io = { .buf = buf, .size = sizeof(buf) };
	__u64 id;
	int fd;

	ASSERT_TRUE(!!bad);
	fd = open_served(NODE, O_RDWR, self->port, server, &got);
	ASSERT_LE(0, fd);
	io.fd = fd;
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, next_request(self->port, &got));
	id = got.req.id;
	/* So that it takes as long as it takes. */
	EXPECT_EQ(0, answer_with(server, id, 0, DEVFS_REPLY_WAIT, NULL, 0));

	EXPECT_EQ(-EINVAL, write_fd(server, &id, 0));
	EXPECT_EQ(-EINVAL, write_fd(server, &id, 8));
	EXPECT_EQ(-EINVAL, write_fd(server, data, 15));
	EXPECT_EQ(-EMSGSIZE, answer_with(server, id, 0, 0, data,
					 DEVFS_SERVE_DATA_MAX + 1));
	EXPECT_EQ(-EINVAL, answer_with(server, id, 0, 0x80, NULL, 0));
	EXPECT_EQ(-EINVAL, answer_with(server, id, 0, DEVFS_REPLY_WAIT |
				       DEVFS_REPLY_POLL, NULL, 0));
	EXPECT_EQ(-EINVAL, answer_with(server, id, 1, DEVFS_REPLY_WAIT, NULL,
				       0));
	/* More than was asked for, other data than it says, strange errors. */
	EXPECT_EQ(-EINVAL, answer_with(server, id, 9, 0, data, 9));
	EXPECT_EQ(-EINVAL, answer_with(server, id, 4, 0, data, 3));
	EXPECT_EQ(-EINVAL, answer_with(server, id, 4, 0, data, 5));
	EXPECT_EQ(-EINVAL, answer_with(server, id, 4, 0, NULL, 0));
	EXPECT_EQ(-EINVAL, answer_with(server, id, -5, 0, data, 5));
	EXPECT_EQ(-EINVAL, answer_with(server, id, -4096, 0, NULL, 0));
	EXPECT_EQ(-EINVAL, answer_with(server, id, -512, 0, NULL, 0));
	EXPECT_EQ(-EINVAL, answer_with(server, id, INT_MIN, 0, NULL, 0));
	EXPECT_EQ(-EINVAL, answer_with(server, id, INT_MAX, 0, NULL, 0));
	/* Other requests than there are. */
	EXPECT_EQ(-ENOENT, answer_with(server, 0, 0, 0, NULL, 0));
	EXPECT_EQ(-ENOENT, answer_with(server, id + 1, 0, 0, NULL, 0));
	EXPECT_EQ(-ENOENT, answer_with(server, id | 1ULL << 32, 0, 0, NULL, 0));
	EXPECT_EQ(-ENOENT, answer_with(server, ~0ULL, 0, 0, NULL, 0));
	EXPECT_EQ(-EFAULT, write_fd(server, bad[BAD_NONE].addr, 16));
	EXPECT_EQ(0, __atomic_load_n(&io.done, __ATOMIC_ACQUIRE));

	EXPECT_EQ(8, answer_with(server, id, 8, 0, "12345678", 8));
	EXPECT_EQ(8, join_io(&io));
	EXPECT_EQ(0, memcmp(buf, "12345678", 8));
	/* Once. */
	EXPECT_EQ(-ENOENT, answer_with(server, id, 8, 0, "12345678", 8));
	close(fd);
}

TEST_F(hostile, takes_more_than_was_written)
{
	struct got got;
	struct io io = { .writes = 1, .buf = "abc", .size = 3 };
	int fd;

	fd = open_served(NODE, O_RDWR, self->port, self->server, &got);
	ASSERT_LE(0, fd);
	io.fd = fd;
	ASSERT_EQ(0, launch_io(&io));
	ASSERT_EQ(0, next_request(self->port, &got));
	EXPECT_EQ(-EINVAL, answer(self->server, &got, 4));
	EXPECT_EQ(-EINVAL, answer_data(self->server, &got, "abc", 3));
	EXPECT_EQ(0, answer(self->server, &got, 3));
	EXPECT_EQ(3, join_io(&io));
	close(fd);
}

/* A port that is full of other things does not lose a close. */
TEST_F(hostile, does_not_look_at_its_port)
{
	const int port = new_port(1);
	const int server = serve_args("deaf", port, RW, 0666, 0);
	struct got got;
	int fds[8], i;

	ASSERT_LT(0, port);
	ASSERT_LE(0, server);
	for (i = 0; i < 8; i++) {
		fds[i] = open_served(USER "/deaf", O_RDWR, port, server, &got);
		ASSERT_LE(0, fds[i]);
	}
	for (i = 0; i < 8; i++)
		close(fds[i]);
	for (i = 0; i < 8; i++)
		EXPECT_EQ(0, expect_request(port, &got, DEVFS_REQUEST_CLOSE));
	close(server);
}

/* ---- who may serve what ---- */

TEST_F(hostile, errors_of_serve)
{
	struct devfs_serve_args args = {
		.path = (uintptr_t)"new", .port = self->port, .flags = RW,
		.mode = 0600,
	}, bad;
	const int dir = user_dir();
	char longer[sizeof(args) + 8] = {};
	struct bad *addr = make_bad(8);
	int fd, i;

	ASSERT_LE(0, dir);
	ASSERT_TRUE(!!addr);
#define TRY(_error, _field, _value) \
do { \
	bad = args; \
	bad._field = _value; \
	EXPECT_EQ(_error, devfs_serve(dir, &bad, sizeof(bad))) \
		TH_LOG(#_field " = " #_value); \
} while (0)

	TRY(-EINVAL, flags, 0);
	TRY(-EINVAL, flags, DEVFS_SERVE_MAILBOX);
	TRY(-EINVAL, flags, RW | 8);
	TRY(-EINVAL, flags, ~0U);
	TRY(-EINVAL, flags, RW | DEVFS_SERVE_MAILBOX);	/* has a port */
	TRY(-EINVAL, mode, 0700);
	TRY(-EINVAL, mode, 04600);
	TRY(-EINVAL, mode, ~0U);
	TRY(-EINVAL, timeout_ms, DEVFS_SERVE_TIMEOUT_MAX + 1);
	TRY(-EINVAL, __pad, 1);
	TRY(-EFAULT, path, 0);
	TRY(-EFAULT, path, (uintptr_t)addr[BAD_NONE].addr);
	TRY(-EIDRM, port, 0);
	TRY(-EIDRM, port, -1);
	TRY(-EIDRM, port, INT_MAX);

	EXPECT_EQ(-EINVAL, devfs_serve(dir, &args, 0));
	EXPECT_EQ(-EINVAL, devfs_serve(dir, &args, sizeof(args) - 1));
	EXPECT_EQ(-E2BIG, devfs_serve(dir, &args, 1 << 20));
	memcpy(longer, &args, sizeof(args));
	longer[sizeof(args)] = 1;
	EXPECT_EQ(-E2BIG, devfs_serve(dir, (void *)longer, sizeof(longer)));
	longer[sizeof(args)] = 0;
	fd = devfs_serve(dir, (void *)longer, sizeof(longer));
	EXPECT_LE(0, fd);
	close(fd);
	for (i = 0; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, devfs_serve(dir, addr[i].addr, sizeof(args)))
			TH_LOG("%s", addr[i].name);

	EXPECT_EQ(-EBADF, devfs_serve(-1, &args, sizeof(args)));
	EXPECT_EQ(-EBADF, devfs_serve(AT_FDCWD, &args, sizeof(args)));
	EXPECT_EQ(-ENOTDIR, devfs_serve(self->server, &args, sizeof(args)));
	EXPECT_EQ(-EPERM, devfs_serve(open_path("/", O_RDONLY), &args,
				      sizeof(args)));
}

/* Nobody captures a node of the kernel. */
TEST_F(hostile, dev_is_not_theirs)
{
	const struct devfs_serve_args args = {
		.path = (uintptr_t)"new", .port = self->port, .flags = RW,
		.mode = 0600,
	};

	EXPECT_EQ(-EPERM, devfs_serve(open_path(MNT, O_PATH), &args,
				      sizeof(args)));
	EXPECT_EQ(-EPERM, devfs_serve(open_path(MNT "/dev", O_PATH), &args,
				      sizeof(args)));
	EXPECT_EQ(-EPERM, devfs_serve(open_path(DEV "md64api", O_RDONLY), &args,
				      sizeof(args)));
	EXPECT_EQ(-EINVAL, serve("../dev/new", self->port));
	EXPECT_EQ(-EINVAL, serve("x/../../dev/new", self->port));
}

TEST_F(hostile, paths)
{
	static const char * const bad[] = {
		"", "/", "/x", "x/", "x//y", ".", "..", "x/.", "x/..", "./x",
		"$/x", "$",
	};
	char name[1200];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const long ret = serve(bad[i], self->port);

		EXPECT_EQ(-EINVAL, ret)
			TH_LOG("\"%s\"", bad[i]);
		if (ret >= 0)
			close(ret);
	}
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	fd = serve(name, self->port);
	EXPECT_LE(0, fd);
	close(fd);
	name[255] = 'n';
	name[256] = 0;
	EXPECT_EQ(-ENAMETOOLONG, serve(name, self->port));
	name[256] = 'n';
	for (i = 100; i < sizeof(name) - 1; i += 100)
		name[i] = '/';
	name[sizeof(name) - 1] = 0;
	EXPECT_EQ(-ENAMETOOLONG, serve(name, self->port));
	/* An embedded "$" is a name like any other. */
	fd = serve("a/$/b", self->port);
	EXPECT_LE(0, fd);
	close(fd);
	/* Nothing of what failed has stayed. */
	EXPECT_EQ(-1, access(USER "/x", F_OK));
}

static int serves_without_rights(void *arg)
{
	const int port = new_port(4);

	if (become(1234, 1234))
		return 1;
	/* $/user is root's. */
	if (serve("mine", new_port(4)) != -EACCES)
		return 2;
	/* And the port has to be one's own, too. */
	if (serve("mine", port) != -EACCES)
		return 3;
	return serve_args("mine", 0, RW | DEVFS_SERVE_MAILBOX, 0600, 0) ==
	       -EACCES ? 0 : 4;
}

static int serves_for_all(void *arg)
{
	int fd;

	if (become(1234, 1234))
		return 1;
	fd = serve_args("mine", new_port(4), RW, 0600, 0);
	if (fd < 0)
		return 2;
	/* A name of somebody else stays his. */
	if (serve_args("bad", new_port(4), RW, 0600, 0) != -EEXIST)
		return 3;
	return 0;
}

TEST_F(hostile, other_users)
{
	struct stat st;

	EXPECT_EQ(0, reap(spawn(serves_without_rights, NULL)));
	ASSERT_EQ(0, stat(USER, &st));
	ASSERT_EQ(0, chmod(USER, 01777));
	EXPECT_EQ(0, reap(spawn(serves_for_all, NULL)));
	ASSERT_EQ(0, chmod(USER, st.st_mode & 07777));
}

static int reaches_the_limit(void *arg)
{
	const long limit = *(long *)arg;
	char name[32];
	long i, ret;
	int last = -1;

	if (become(4321, 4321))
		return 1;
	for (i = 0; i < limit; i++) {
		snprintf(name, sizeof(name), "n%ld", i);
		last = serve_args(name, 0, RW | DEVFS_SERVE_MAILBOX, 0600, 0);
		if (last < 0)
			return 2;
	}
	ret = serve_args("over", 0, RW | DEVFS_SERVE_MAILBOX, 0600, 0);
	if (ret != -EDQUOT)
		return 3;
	close(last);
	ret = serve_args("over", 0, RW | DEVFS_SERVE_MAILBOX, 0600, 0);
	return ret >= 0 ? 0 : 4;
}

TEST_F(hostile, limit)
{
	char old[32];
	long limit = 5;
	struct stat st;

	ASSERT_LT(0, read_file(LIMIT, old, sizeof(old)));
	ASSERT_EQ(0, write_file(LIMIT, "5"));
	ASSERT_EQ(0, stat(USER, &st));
	ASSERT_EQ(0, chmod(USER, 01777));
	EXPECT_EQ(0, reap(spawn(reaches_the_limit, &limit)));
	/* All of it was given back. */
	EXPECT_EQ(0, reap(spawn(reaches_the_limit, &limit)));
	ASSERT_EQ(0, chmod(USER, st.st_mode & 07777));
	EXPECT_EQ(0, write_file(LIMIT, old));
}

TEST_F(hostile, no_descriptor_left)
{
	struct rlimit limit, old;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	limit = old;
	/* One for the directory, none for the server. */
	limit.rlim_cur = dup(0);
	close(limit.rlim_cur);
	limit.rlim_cur += 1;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-EMFILE, serve("full", self->port));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	EXPECT_EQ(-1, access(USER "/full", F_OK));
	EXPECT_EQ(ENOENT, errno);
}

TEST_HARNESS_MAIN

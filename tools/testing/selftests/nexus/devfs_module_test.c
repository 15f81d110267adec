// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes of a driver: the module samples/devfs_dollar.  It is loaded from
 * /lib/modules, or from the directory in $NEXUS_MODULES.
 */
#include "devfs.h"

#define SAMPLE	DEV "sample/"
#define MODULE	"devfs_sample"

static int load(void)
{
	static const char * const names[] = {
		"devfs-sample.ko", "samples/devfs_dollar/devfs-sample.ko",
	};
	const char *dir = getenv("NEXUS_MODULES");
	char path[PATH_MAX];
	int fd = -1, ret;
	size_t i;

	for (i = 0; fd < 0 && i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s",
			 dir ? dir : "/lib/modules", names[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	ret = syscall(__NR_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return ret;
}

static int unload(void)
{
	return syscall(__NR_delete_module, MODULE, O_NONBLOCK) ? -errno : 0;
}

FIXTURE(module)
{
};

FIXTURE_SETUP(module)
{
	int ret;

	OWN_DEVFS_OR_SKIP();
	ret = load();
	if (ret == -ENOENT)
		SKIP(return, "no module devfs-sample here");
	ASSERT_TRUE(ret == 0 || ret == -EEXIST);
}

FIXTURE_TEARDOWN(module)
{
	unload();
}

static const char *text(const char *path)
{
	static char buf[256];

	return read_text(path, buf, sizeof(buf)) < 0 ? "(error)" : buf;
}

TEST_F(module, nodes_come_and_go_with_it)
{
	struct stat st;

	EXPECT_STREQ("a sample, module devfs_sample", text(SAMPLE "info"));
	ASSERT_EQ(0, stat(SAMPLE "info", &st));
	EXPECT_EQ(0444U, st.st_mode & 07777);
	ASSERT_EQ(0, stat(SAMPLE "echo", &st));
	EXPECT_EQ(0666U, st.st_mode & 07777);
	ASSERT_EQ(0, unload());
	EXPECT_EQ(-1, access(DEV "sample", F_OK));
	EXPECT_EQ(ENOENT, errno);
	ASSERT_EQ(0, load());
	EXPECT_EQ(0, access(SAMPLE "info", R_OK));
}

/* Whoever allows it is replaced, and nobody else. */
TEST_F(module, replacing)
{
	EXPECT_STREQ("the better driver", text(SAMPLE "open/plain"));
	EXPECT_STREQ("the plain driver", text(SAMPLE "shut"));
}

TEST_F(module, an_open_file_pins_it)
{
	const int fd = open_path(SAMPLE "echo", O_RDWR);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EAGAIN, unload());
	/* Looking at it does not. */
	close(fd);
	EXPECT_EQ(0, unload());
	EXPECT_EQ(0, load());
}

TEST_F(module, o_path_does_not_pin_it)
{
	const int fd = open_path(SAMPLE "echo", O_PATH);
	struct stat st;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, unload());
	EXPECT_EQ(0, fstat(fd, &st));
	close(fd);
	EXPECT_EQ(0, load());
}

TEST_F(module, each_open_has_its_own)
{
	const int a = open_path(SAMPLE "echo", O_RDWR | O_NONBLOCK);
	const int b = open_path(SAMPLE "echo", O_RDWR | O_NONBLOCK);
	char buf[512];

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	EXPECT_EQ(-EAGAIN, read_fd(a, buf, sizeof(buf)));
	EXPECT_EQ(POLLOUT, poll_now(a, POLLIN | POLLOUT));
	EXPECT_EQ(3, write_fd(a, "abc", 3));
	EXPECT_EQ(POLLIN | POLLOUT, poll_now(a, POLLIN | POLLOUT));
	EXPECT_EQ(-EAGAIN, read_fd(b, buf, sizeof(buf)));
	EXPECT_EQ(3, read_fd(a, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "abc", 3));
	/* It holds 256 bytes; more than that is a short write, then none. */
	EXPECT_EQ(256, write_fd(a, buf, sizeof(buf)));
	EXPECT_EQ(-ENOSPC, write_fd(a, buf, 1));
	close(a);
	close(b);
}

TEST_F(module, a_reader_waits)
{
	const int fd = open_path(SAMPLE "echo", O_RDWR);
	char buf[8];
	struct io io = { .fd = fd, .buf = buf, .size = sizeof(buf) };

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, start_io(&io));
	EXPECT_EQ(2, write_fd(fd, "hi", 2));
	EXPECT_EQ(2, join_io(&io));
	close(fd);
}

static int opens(void *arg)
{
	const int *stop = arg;
	int fd;

	while (!__atomic_load_n(stop, __ATOMIC_ACQUIRE)) {
		fd = open_path(SAMPLE "echo", O_RDWR | O_NONBLOCK);
		if (fd < 0 && fd != -ENOENT && fd != -ENODEV)
			return 1;
		if (fd >= 0) {
			write_fd(fd, "x", 1);
			close(fd);
		}
	}
	return 0;
}

TEST_F_TIMEOUT(module, loaded_and_unloaded_under_users, 90)
{
	int *stop = shared(sizeof(*stop));
	pid_t pids[3];
	int i, ret;

	ASSERT_TRUE(!!stop);
	for (i = 0; i < 3; i++) {
		pids[i] = spawn(opens, stop);
		ASSERT_LT(0, pids[i]);
	}
	for (i = 0; i < 50; i++) {
		ret = unload();
		EXPECT_TRUE(ret == 0 || ret == -EAGAIN);
		ret = load();
		EXPECT_TRUE(ret == 0 || ret == -EEXIST);
	}
	announce(stop, 1);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, reap(pids[i]));
	EXPECT_TRUE(poll_until(!unload()));
	EXPECT_EQ(0, load());
}

TEST_HARNESS_MAIN

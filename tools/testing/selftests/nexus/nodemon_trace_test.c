// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints of the node monitor, and how seccomp and the tracepoints of
 * system calls see its calls.
 */
#include "ns.h"
#include "nodemon.h"

static const struct {
	const char *name;
	int nr;
} calls[] = {
	{ "nodemon_create", __NR_nodemon_create },
	{ "nodemon_watch", __NR_nodemon_watch },
	{ "nodemon_unwatch", __NR_nodemon_unwatch },
};

#include "trace.h"

#define LOGGED(...) \
	do { \
		char __text[192]; \
		snprintf(__text, sizeof(__text), __VA_ARGS__); \
		EXPECT_TRUE(in_log(__text)) \
			TH_LOG("'%s' not in the trace", __text); \
	} while (0)

TEST_F(ns, nodemon_tracepoints)
{
	static const char * const names[] = {
		"nodemon_watch", "nodemon_event"
	};
	const char *why = make_instance();
	const int port = new_port(10);
	struct stat dir, file;
	char path[128];
	unsigned int dev;
	int fd, watch;
	size_t i;

	if (why)
		SKIP(return, "%s", why);
	if (make_place(NULL)) {
		end_instance();
		SKIP(return, "cannot mount a tmpfs of its own");
	}
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path),
			 INSTANCE "events/nodemon/%s/enable", names[i]);
		ASSERT_EQ(0, write_file(path, "1"))
			TH_LOG("no event nodemon:%s", names[i]);
	}

	fd = new_monitor();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, make_file("file"));
	ASSERT_EQ(0, stat(".", &dir));
	ASSERT_EQ(0, stat("file", &file));
	ASSERT_EQ(1, watch_path(fd, "file", NODEMON_STAT));
	ASSERT_EQ(1, watch_path(fd, "file", NODEMON_NAME));
	ASSERT_EQ(2, watch_volume(fd, ".", NODEMON_NAME));
	watch = watch_to_port(port, 77, "file", NODEMON_ATTR);
	ASSERT_LT(0, watch);
	ASSERT_EQ(0, chmod("file", 0600));
	ASSERT_EQ(0, rename("file", "other"));
	/* What fails before there is a target is not told of here. */
	ASSERT_EQ(-ENOENT, watch_path(fd, "nothing", NODEMON_STAT));
	ASSERT_EQ(0, unlink("other"));
	write_file(INSTANCE "tracing_on", "0");

	dev = dir.st_dev;
	LOGGED("nodemon_watch: port=0 token=0 type=0 events=0x2 ret=1\n");
	LOGGED("nodemon_watch: port=0 token=0 type=0 events=0x1 ret=1\n");
	LOGGED("nodemon_watch: port=%d token=77 type=0 events=0x4 ret=%d\n",
	       port, watch);
	LOGGED("nodemon_event: watch=1 opcode=4 detail=0x1 device=0x%x directory=-1 node=%lld\n",
	       dev, (long long)file.st_ino);
	LOGGED("nodemon_event: watch=1 opcode=3 detail=0x0 device=0x%x directory=%lld node=%lld\n",
	       dev, (long long)dir.st_ino, (long long)file.st_ino);
	LOGGED("nodemon_event: watch=2 opcode=3 detail=0x0 device=0x%x directory=%lld node=%lld\n",
	       dev, (long long)dir.st_ino, (long long)file.st_ino);
	LOGGED("nodemon_event: watch=1 opcode=2 detail=0x0 device=0x%x directory=%lld node=%lld\n",
	       dev, (long long)dir.st_ino, (long long)file.st_ino);
	/* It is this thread that did it. */
	LOGGED("-%d ", getpid());
	EXPECT_FALSE(in_log("ret=-2\n"));
	end_instance();
}

TEST_HARNESS_MAIN

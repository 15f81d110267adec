// SPDX-License-Identifier: GPL-2.0
/* The $-devfs with a failure at each step of what programs do with it. */
#include "failnth.h"
#include "devfs_serve.h"

/* Where there is no such filesystem there is nothing to sweep. */
static __attribute__((constructor)) void need_devfs(void)
{
	char buf[4096];

	if (read_file("/proc/filesystems", buf, sizeof(buf)) > 0 &&
	    strstr(buf, "devfs_dollar"))
		return;
	puts("TAP version 13\n1..0 # SKIP no devfs_dollar in this kernel");
	exit(4);
}

/*
 * There is one superblock, which would stay silent for all who come after.
 * Children end by _exit() and do not come here.
 */
static __attribute__((destructor)) void heard_again(void)
{
	if (!own_devfs())
		set_options("pcm0=alsa");
}

/* What calls work on. */

static int a_mount(struct context *ctx)
{
	return own_devfs();
}

static int a_mount_and_port(struct context *ctx)
{
	return own_devfs() || a_port(ctx);
}

static int a_silent_mount(struct context *ctx)
{
	return own_devfs() || set_options("pcm0=null");
}

/* The calls. */

static long read_node(const char *path, void *buf, size_t size)
{
	const int fd = open_path(path, O_RDONLY | O_NONBLOCK);
	long ret;

	if (fd < 0)
		return fd;
	ret = read_fd(fd, buf, size);
	close(fd);
	return ret;
}

static long call_text(struct context *ctx)
{
	return read_node("$/dev/md64api/cpu/model", back, 200);
}

static long call_record(struct context *ctx)
{
	return read_node("$/dev/md64api/sysinfo", back, 1328);
}

static long call_video(struct context *ctx)
{
	return read_node("$/dev/graphics/video0", back, 24);
}

/* Nobody types, which is no failure. */
static long call_event0(struct context *ctx)
{
	const long ret = read_node("$/dev/input/event0", back, 32);

	return ret == -EAGAIN ? 0 : ret;
}

static long call_pcm0(struct context *ctx)
{
	const int fd = open_path("$/dev/audio/pcm0", 0);
	long ret;

	if (fd < 0)
		return fd;
	ret = write_fd(fd, data, 4096);
	close(fd);
	return ret;
}

static long call_list(struct context *ctx)
{
	const int fd = open_path("$/dev/md64api", O_RDONLY | O_DIRECTORY);
	long ret;

	if (fd < 0)
		return fd;
	ret = syscall(__NR_getdents64, fd, back, sizeof(back));
	ret = ret < 0 ? -errno : ret;
	close(fd);
	return ret;
}

static long call_stat(struct context *ctx)
{
	struct stat st;

	return stat("$/dev/md64api/ram/total", &st) ? -errno : 0;
}

static long call_mount(struct context *ctx)
{
	return mount_at("/tmp", "kbd0=event");
}

static long call_mailbox(struct context *ctx)
{
	const long fd = serve_args("sweep/box", 0, RW | DEVFS_SERVE_MAILBOX,
				   0600, 0);
	long ret;

	if (fd < 0)
		return fd;
	ret = read_node(USER "/sweep/box", back, 10);
	close(fd);
	return ret == -EAGAIN ? 0 : ret;
}

static long call_serve(struct context *ctx)
{
	const long fd = serve("sweep/node", ctx->port);

	if (fd >= 0)
		close(fd);
	return fd;
}

/* Call, set-up, faults. */
FIXTURE_VARIANT_ADD(sweep, text) { call_text, a_mount, 3 };
FIXTURE_VARIANT_ADD(sweep, record) { call_record, a_mount, 3 };
FIXTURE_VARIANT_ADD(sweep, video) { call_video, a_mount, 3 };
FIXTURE_VARIANT_ADD(sweep, event0) { call_event0, a_mount, 3 };
FIXTURE_VARIANT_ADD(sweep, pcm0) { call_pcm0, a_silent_mount, 3 };
FIXTURE_VARIANT_ADD(sweep, list) { call_list, a_mount, 2 };
FIXTURE_VARIANT_ADD(sweep, stat) { call_stat, a_mount, 1 };
FIXTURE_VARIANT_ADD(sweep, mount) { call_mount, a_mount, 3 };
FIXTURE_VARIANT_ADD(sweep, mailbox) { call_mailbox, a_mount, 5 };
FIXTURE_VARIANT_ADD(sweep, serve) { call_serve, a_mount_and_port, 5 };

TEST_HARNESS_MAIN

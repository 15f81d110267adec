// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of the node monitor, and file operations that are watched, with a
 * failure at each step: see failnth.h.  EPROTO says that a call that failed
 * has changed something, or that news were lost without a word.
 */
#include "failnth.h"
#include "nodemon.h"

#include <sys/xattr.h>

static int monitor;

/* What calls work on: a tmpfs with some files, and a monitor. */
static int some_files(struct context *ctx)
{
	if (make_place(NULL) || make_dir("dir") || make_dir("to") ||
	    write_to("dir/file", O_CREAT, "text") ||
	    write_to("dir/victim", O_CREAT, "text"))
		return -1;
	return 0;
}

static int a_monitor(struct context *ctx)
{
	if (some_files(ctx))
		return -1;
	monitor = new_monitor();
	return monitor < 0;
}

static int a_monitor_and_port(struct context *ctx)
{
	ctx->port = new_port(2);
	return ctx->port < 0 || a_monitor(ctx);
}

static int a_watch(struct context *ctx)
{
	return a_monitor(ctx) ||
	       watch_path(monitor, "dir/file", NODEMON_STAT) != 1;
}

static int a_port_watch(struct context *ctx)
{
	return a_monitor_and_port(ctx) ||
	       watch_to_port(ctx->port, 1, "dir/file", NODEMON_STAT) != 1;
}

static int a_port_target(struct context *ctx)
{
	return a_monitor_and_port(ctx) ||
	       watch_to_port(ctx->port, 1, "dir", NODEMON_STAT) != 1;
}

static int a_record(struct context *ctx)
{
	return a_watch(ctx) || chmod("dir/file", 0600);
}

/* All that there is to watch, by a descriptor; and by a port. */
static int watch_all(struct context *ctx)
{
	return a_monitor(ctx) ||
	       watch_path(monitor, "dir", NODEMON_NODE_EVENTS) != 1 ||
	       watch_path(monitor, "to", NODEMON_NODE_EVENTS) != 2 ||
	       watch_path(monitor, "dir/file", NODEMON_NODE_EVENTS) != 3 ||
	       watch_path(monitor, "dir/victim", NODEMON_NODE_EVENTS) != 4 ||
	       watch_volume(monitor, ".", NODEMON_VOLUME_EVENTS) != 5;
}

static int watch_all_by_port(struct context *ctx)
{
	return a_monitor_and_port(ctx) ||
	       watch_to_port(ctx->port, 1, "dir", NODEMON_NODE_EVENTS) <= 0 ||
	       watch_to_port(ctx->port, 1, "dir/file",
			     NODEMON_NODE_EVENTS) <= 0;
}

/* The calls. */

static long call_create(struct context *ctx)
{
	return nodemon_create(0);
}

/* After a watch could not be made there is none. */
static long made_or_not(long ret, const char *path)
{
	if (ret < 0 && watch_path(monitor, path, 0) != -ENOENT)
		return -EPROTO;
	return ret;
}

static long call_watch(struct context *ctx)
{
	return made_or_not(watch_path(monitor, "dir/file", NODEMON_STAT),
			   "dir/file");
}

static long call_watch_dir(struct context *ctx)
{
	return made_or_not(watch_path(monitor, "dir", NODEMON_NODE_EVENTS),
			   "dir");
}

/* What was there before is, whatever happens. */
static long call_widen(struct context *ctx)
{
	const long ret = watch_path(monitor, "dir/file", NODEMON_NAME);

	if (ret >= 0)
		return ret == 1 ? ret : -EPROTO;
	if (chmod("dir/file", 0600) || news_bytes(monitor) != 56)
		return -EPROTO;
	return ret;
}

static long call_watch_id(struct context *ctx)
{
	struct stat st;

	if (stat("dir/file", &st))
		return -errno;
	return made_or_not(watch_id(monitor, &st, NODEMON_STAT), "dir/file");
}

static long call_watch_volume(struct context *ctx)
{
	const long ret = watch_volume(monitor, "dir", NODEMON_NAME);

	if (ret < 0 && watch_volume(monitor, "dir", 0) != -ENOENT)
		return -EPROTO;
	return ret;
}

static long call_watch_mounts(struct context *ctx)
{
	return watch_mounts(monitor);
}

static long call_watch_port(struct context *ctx)
{
	const long ret = watch_to_port(ctx->port, 1, "dir/file", NODEMON_STAT);

	/* Nor is there a target. */
	if (ret < 0 && stop_watching(ctx->port, 1) != -ENOENT)
		return -EPROTO;
	return ret;
}

static long call_watch_port_more(struct context *ctx)
{
	const long ret = watch_to_port(ctx->port, 1, "dir/file", NODEMON_STAT);

	if (ret < 0 &&
	    watch_to_port(ctx->port, 1, "dir/file", 0) != -ENOENT)
		return -EPROTO;
	return ret;
}

static long call_unwatch(struct context *ctx)
{
	return nodemon_unwatch(monitor, 1, 0, 0);
}

static long call_end_watch(struct context *ctx)
{
	return watch_path(monitor, "dir/file", 0);
}

static long call_stop(struct context *ctx)
{
	return stop_watching(ctx->port, 1);
}

/* No record is lost if it cannot be delivered. */
static long call_read(struct context *ctx)
{
	const long ret = nexus_ret(read(monitor, news_buf, 4096));

	if (ret < 0)
		return news_bytes(monitor) == 56 ? ret : -EPROTO;
	return ret == 56 ? ret : -EPROTO;
}

static long call_fdinfo(struct context *ctx)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", monitor);
	return read_file(path, text, sizeof(text));
}

/*
 * File operations.  If one succeeds there are news, of what happened or of an
 * overflow; if it fails there is nothing, or what was done on the way.
 */
static long told(long ret)
{
	int i;

	if (ret < 0)
		return ret;
	/* The fault may hit this. */
	for (i = 0; i < 3; i++)
		if (news_bytes(monitor) > 0)
			return 0;
	return -EPROTO;
}

static long call_mkdir(struct context *ctx)
{
	return told(make_dir("dir/new"));
}

static long call_unlink(struct context *ctx)
{
	return told(ret0(unlink("dir/file")));
}

static long call_rename(struct context *ctx)
{
	return told(ret0(rename("dir/file", "to/new")));
}

static long call_rename_over(struct context *ctx)
{
	return told(ret0(rename("dir/file", "dir/victim")));
}

static long call_chmod(struct context *ctx)
{
	return told(ret0(chmod("dir/file", 0600)));
}

static long call_write(struct context *ctx)
{
	return told(write_to("dir/file", O_APPEND, "more"));
}

static long call_setxattr(struct context *ctx)
{
	return told(ret0(setxattr("dir/file", "user.a", "value", 5, 0)));
}

/* Messages to ports may be lost, but nothing fails for that. */
static long call_chmod_port(struct context *ctx)
{
	return ret0(chmod("dir/file", 0600));
}

static long call_unlink_port(struct context *ctx)
{
	return ret0(unlink("dir/file"));
}

/* Call, set-up, fewest faults, and what else it may fail with. */
FIXTURE_VARIANT_ADD(sweep, create) {
	call_create, some_files, 4, .error = EMFILE
};

FIXTURE_VARIANT_ADD(sweep, watch) { call_watch, a_monitor, 3 };
FIXTURE_VARIANT_ADD(sweep, watch_dir) { call_watch_dir, a_monitor, 3 };
FIXTURE_VARIANT_ADD(sweep, widen) { call_widen, a_watch, 2 };
FIXTURE_VARIANT_ADD(sweep, watch_id) { call_watch_id, a_monitor, 2 };
FIXTURE_VARIANT_ADD(sweep, watch_volume) { call_watch_volume, a_monitor, 3 };
FIXTURE_VARIANT_ADD(sweep, watch_mounts) { call_watch_mounts, a_monitor, 2 };
FIXTURE_VARIANT_ADD(sweep, watch_port) {
	call_watch_port, a_monitor_and_port, 5
};

FIXTURE_VARIANT_ADD(sweep, watch_port_more) {
	call_watch_port_more, a_port_target, 3
};

FIXTURE_VARIANT_ADD(sweep, unwatch) { call_unwatch, a_watch, 1 };
FIXTURE_VARIANT_ADD(sweep, end_watch) { call_end_watch, a_watch, 2 };
FIXTURE_VARIANT_ADD(sweep, stop) { call_stop, a_port_watch, 0 };
FIXTURE_VARIANT_ADD(sweep, read) { call_read, a_record, 1 };
FIXTURE_VARIANT_ADD(sweep, fdinfo) {
	/* Which /proc says instead. */
	call_fdinfo, a_watch, 1, .error = ENOENT
};

/* A tmpfs has no space where others have no memory. */
FIXTURE_VARIANT_ADD(sweep, mkdir) {
	call_mkdir, watch_all, 3, .error = ENOSPC
};

FIXTURE_VARIANT_ADD(sweep, unlink) { call_unlink, watch_all, 3 };
FIXTURE_VARIANT_ADD(sweep, rename) {
	call_rename, watch_all, 3, .error = ENOSPC
};

FIXTURE_VARIANT_ADD(sweep, rename_over) {
	call_rename_over, watch_all, 3, .error = ENOSPC
};

FIXTURE_VARIANT_ADD(sweep, chmod) { call_chmod, watch_all, 3 };
FIXTURE_VARIANT_ADD(sweep, write) {
	call_write, watch_all, 3, .error = ENOSPC
};

FIXTURE_VARIANT_ADD(sweep, setxattr) {
	call_setxattr, watch_all, 3, .error = ENOSPC
};

FIXTURE_VARIANT_ADD(sweep, chmod_port) {
	call_chmod_port, watch_all_by_port, 2
};

FIXTURE_VARIANT_ADD(sweep, unlink_port) {
	call_unlink_port, watch_all_by_port, 2
};

TEST_HARNESS_MAIN

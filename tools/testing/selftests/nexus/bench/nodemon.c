// SPDX-License-Identifier: GPL-2.0
/*
 * The node monitor beside inotify and fanotify: what an event costs and what a
 * watch takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "nexus_sys.h"

/**
 * struct monitor_ops - something that tells of files
 * @name:     of it
 * @open:     make one; returns a descriptor that does not wait, or a negative
 *            errno
 * @dir:      watch what is created in and removed from a directory
 * @file:     watch whether what stat() shows of a file changes
 *
 * The last two return 0 or a negative errno.
 */
struct monitor_ops {
	const char *name;
	int (*open)(void);
	int (*dir)(int fd, const char *path);
	int (*file)(int fd, const char *path);
};

static int open_none(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int watch_none(int fd, const char *path)
{
	return 0;
}

static int open_inotify(void)
{
	return nexus_result(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
}

static int inotify_dir(int fd, const char *path)
{
	return inotify_add_watch(fd, path, IN_CREATE | IN_DELETE) < 0 ?
	       -errno : 0;
}

static int inotify_file(int fd, const char *path)
{
	return inotify_add_watch(fd, path, IN_ATTRIB) < 0 ? -errno : 0;
}

static int open_fanotify(void)
{
	return nexus_result(fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK |
					  FAN_CLOEXEC | FAN_REPORT_DFID_NAME,
					  O_RDONLY));
}

static int fanotify_dir(int fd, const char *path)
{
	return nexus_result(fanotify_mark(fd, FAN_MARK_ADD,
					  FAN_CREATE | FAN_DELETE, AT_FDCWD,
					  path));
}

static int fanotify_file(int fd, const char *path)
{
	return nexus_result(fanotify_mark(fd, FAN_MARK_ADD, FAN_ATTRIB,
					  AT_FDCWD, path));
}

static int open_nodemon(void)
{
	return nodemon_create(NODEMON_NONBLOCK);
}

static int nodemon_dir(int fd, const char *path)
{
	const int ret = nodemon_watch(fd, path, NODEMON_DIRECTORY);

	return ret < 0 ? ret : 0;
}

/* The one that has as much to remember as inotify's. */
static int nodemon_file(int fd, const char *path)
{
	const int ret = nodemon_watch(fd, path, NODEMON_STAT);

	return ret < 0 ? ret : 0;
}

static const struct monitor_ops inotify_ops = {
	.name = "inotify",
	.open = open_inotify,
	.dir = inotify_dir,
	.file = inotify_file,
};

static const struct monitor_ops fanotify_ops = {
	.name = "fanotify, FAN_REPORT_DFID_NAME",
	.open = open_fanotify,
	.dir = fanotify_dir,
	.file = fanotify_file,
};

static const struct monitor_ops nodemon_ops = {
	.name = "Nexus node monitor",
	.open = open_nodemon,
	.dir = nodemon_dir,
	.file = nodemon_file,
};

static const struct monitor_ops no_ops = {
	.name = "nobody watches",
	.open = open_none,
	.dir = watch_none,
	.file = watch_none,
};

static char place[32];

static int place_open(void)
{
	strcpy(place, "/tmp/nexus_bench.XXXXXX");
	return mkdtemp(place) && !chdir(place) ? 0 : -errno;
}

static void place_close(void)
{
	if (!chdir("/"))
		rmdir(place);
}

/* Files are created and deleted, and after some of them the news are read. */

#define EVENT_BATCH	100

/**
 * struct event_row - a mechanism that watches a directory of its own
 * @ops: the mechanism
 * @dir: the directory
 * @fd:  its descriptor
 */
struct event_row {
	const struct monitor_ops *ops;
	const char *dir;
	int fd;
};

static int event_open(struct event_row *row)
{
	row->fd = row->ops->open();
	if (row->fd < 0)
		return row->fd;
	if (mkdir(row->dir, 0700))
		return -errno;
	return row->ops->dir(row->fd, row->dir);
}

static void event_close(struct event_row *row)
{
	if (row->fd >= 0)
		close(row->fd);
	rmdir(row->dir);
}

static int event_read(const struct event_row *row, unsigned long *reads)
{
	static char buf[65536];
	ssize_t got;

	while ((got = read(row->fd, buf, sizeof(buf))) > 0)
		*reads += 1;
	return got < 0 && errno != EAGAIN ? -errno : 0;
}

static int events(void *arg, unsigned long n)
{
	const struct event_row *row = arg;
	unsigned long reads = 0;
	char path[32];
	int err = 0;

	/* An operation is an event: two for each file. */
	for (n = (n + 1) / 2; n && !err; n--) {
		snprintf(path, sizeof(path), "%s/file%lu", row->dir,
			 n % EVENT_BATCH);
		if (mknod(path, S_IFREG | 0600, 0) || unlink(path))
			return -errno;
		if (n % EVENT_BATCH == 1)
			err = event_read(row, &reads);
	}
	/* A mechanism that tells nothing would look cheap. */
	if (!err && row->ops != &no_ops && !reads)
		err = -ENODATA;
	return err;
}

static int run_events(void *priv, unsigned long n, __u64 *elapsed)
{
	return timed(events, priv, n, elapsed);
}

static void bench_events(void)
{
	struct event_row rows[] = {
		{ .ops = &no_ops, .dir = "none", .fd = -1 },
		{ .ops = &inotify_ops, .dir = "inotify", .fd = -1 },
		{ .ops = &fanotify_ops, .dir = "fanotify", .fd = -1 },
		{ .ops = &nodemon_ops, .dir = "nodemon", .fd = -1 },
	};
	struct group *group = group_add("nodemon-event",
					"create or delete a file, read the news");
	unsigned int i;
	int err;

	if (!group)
		return;
	err = place_open();
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		row_add(group, rows[i].ops->name, run_events, &rows[i],
			err ? err : event_open(&rows[i]));
	group_measure(group);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		event_close(&rows[i]);
	place_close();
}

/*
 * What watches take, in bytes: by how much the caches of the kernel grow when
 * as many files are watched that are there already.  Objects are multiples of
 * eight bytes, so what is not is a cache that was not quite full before.  This
 * is measured once, in place of a time.
 */

#define WATCHES		20000

struct watch_row {
	const struct monitor_ops *ops;
	unsigned long bytes;
};

static void watch_path(char *path, size_t size, unsigned int i)
{
	snprintf(path, size, "f%u", i);
}

static int watch_files(bool make)
{
	char path[32];
	unsigned int i;

	for (i = 0; i < WATCHES; i++) {
		watch_path(path, sizeof(path), i);
		if (make ? mknod(path, S_IFREG | 0600, 0) : unlink(path))
			return -errno;
	}
	return 0;
}

/* All caches, in bytes; 0 if that is not known. */
static unsigned long slab_bytes(void)
{
	unsigned long kilobytes = 0;
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Slab: %lu", &kilobytes) == 1)
			break;
	}
	fclose(file);
	return kilobytes * 1024;
}

/*
 * What was freed is gone only after a grace period, and nothing says when that
 * has ended: looks again and again until nothing has been given back for a
 * while.  The time between two looks is what the question is about.
 */
static unsigned long slab_settled(void)
{
	const struct timespec while_ = { .tv_nsec = 100000000 };
	unsigned long last = slab_bytes(), size;
	int same = 0;

	while (same < 5) {
		nanosleep(&while_, NULL);
		size = slab_bytes();
		same = size < last ? 0 : same + 1;
		last = size;
	}
	return last;
}

static int watch_measure(struct watch_row *row)
{
	unsigned long before = slab_settled(), with;
	int fd = row->ops->open(), err = 0;
	char path[32];
	unsigned int i;

	if (fd < 0)
		return fd;
	for (i = 0; i < WATCHES && !err; i++) {
		watch_path(path, sizeof(path), i);
		err = row->ops->file(fd, path);
	}
	with = slab_bytes();
	close(fd);
	if (err)
		return err;
	if (!before || with <= before)
		return -ENODATA;
	row->bytes = ((with - before) / WATCHES + 4) / 8 * 8;
	return 0;
}

static int run_watches(void *priv, unsigned long n, __u64 *elapsed)
{
	struct watch_row *row = priv;
	int err = 0;

	if (!row->bytes)
		err = watch_measure(row);
	*elapsed = row->bytes * n;
	return err;
}

static void bench_watches(void)
{
	struct watch_row rows[] = {
		{ .ops = &inotify_ops },
		{ .ops = &fanotify_ops },
		{ .ops = &nodemon_ops },
	};
	struct group *group = group_add("nodemon-memory",
					"a watch on a file: bytes of kernel memory");
	unsigned int i;
	int err;

	if (!group)
		return;
	err = place_open();
	if (!err)
		err = watch_files(true);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		row_add(group, rows[i].ops->name, run_watches, &rows[i],
			err)->max_n = 16;
	group_measure(group);
	watch_files(false);
	place_close();
}

void bench_nodemon(void)
{
	bench_events();
	bench_watches();
}

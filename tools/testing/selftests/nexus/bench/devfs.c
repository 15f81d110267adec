// SPDX-License-Identifier: GPL-2.0
/*
 * The $-devfs beside what Linux has for the same: a text of md64api and a file
 * of /proc, and what readers of event0 and of evdev cost those who type.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/uinput.h>

#include "bench.h"

#define MAGIC		0x24646576
#define MOUNT		"/$"
#define READERS		1000

/* There is no call that could be missing: say it in the words of a socket. */
#define ABSENT		(-EAFNOSUPPORT)

/* ---- a text ---- */

struct text {
	const char *name;
	const char *path;
};

static int run_text(void *priv, unsigned long n, __u64 *elapsed)
{
	const struct text *text = priv;
	__u64 start = now();
	unsigned long i;
	char buf[256];
	int fd;

	for (i = 0; i < n; i++) {
		fd = open(text->path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		if (read(fd, buf, sizeof(buf)) <= 0) {
			close(fd);
			return -EIO;
		}
		close(fd);
	}
	*elapsed = now() - start;
	return 0;
}

static void measure_text(bool there)
{
	static struct text texts[] = {
		{ "/proc/sys/kernel/hostname", "/proc/sys/kernel/hostname" },
		{ "$/dev/md64api/pcname", "$/dev/md64api/pcname" },
		{ "by its absolute name", "/$/dev/md64api/pcname" },
	};
	struct group *group = group_add("devfs-text",
					"open, read and close a short text");
	unsigned int i;

	if (!group)
		return;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		row_add(group, texts[i].name, run_text, &texts[i],
			i && !there ? ABSENT : 0);
	group_measure(group);
}

/* ---- ordinary names ---- */

static int run_stat(void *priv, unsigned long n, __u64 *elapsed)
{
	const char *path = priv;
	__u64 start = now();
	struct stat st;
	unsigned long i;

	for (i = 0; i < n; i++) {
		if (stat(path, &st))
			return -errno;
	}
	*elapsed = now() - start;
	return 0;
}

/* To be compared between kernels: nothing of it is ours. */
static void measure_names(void)
{
	struct group *group = group_add("life-names",
					"stat() of names that are not ours");

	if (!group)
		return;
	if (chdir("/")) {
		row_add(group, "stat, relative name", run_stat, "proc", -errno);
		return;
	}
	row_add(group, "stat, absolute name", run_stat, "/proc/self", 0);
	row_add(group, "stat, relative name", run_stat, "proc/self", 0);
	group_measure(group);
}

/* ---- readers ---- */

/**
 * struct readers - files that are open while keys are typed
 * @name:     of the row
 * @evdev:    of evdev, not of event0
 * @nr:       how many
 * @keyboard: what types
 * @path:     of the file
 */
struct readers {
	const char *name;
	bool evdev;
	unsigned int nr;
	int keyboard;
	char path[300];
};

static int make_keyboard(void)
{
	struct uinput_setup setup = { .name = "nexus_bench" };
	int fd = open("/dev/uinput", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return ABSENT;
	if (ioctl(fd, UI_SET_EVBIT, EV_KEY) ||
	    ioctl(fd, UI_SET_KEYBIT, KEY_A) ||
	    ioctl(fd, UI_DEV_SETUP, &setup) || ioctl(fd, UI_DEV_CREATE)) {
		close(fd);
		return -EIO;
	}
	return fd;
}

/* The file of evdev for the keyboard. */
static int find_evdev(int keyboard, char *path, size_t size)
{
	char sysname[64], dir[128];
	struct dirent *d;
	int err = ABSENT;
	DIR *sys;

	if (ioctl(keyboard, UI_GET_SYSNAME(sizeof(sysname)), sysname) < 0)
		return -errno;
	snprintf(dir, sizeof(dir), "/sys/class/input/%s", sysname);
	sys = opendir(dir);
	if (!sys)
		return -errno;
	while ((d = readdir(sys))) {
		if (strncmp(d->d_name, "event", 5))
			continue;
		snprintf(path, size, "/dev/input/%s", d->d_name);
		err = 0;
	}
	closedir(sys);
	return err;
}

static int type(int fd, int value)
{
	struct input_event events[2] = {
		{ .type = EV_KEY, .code = KEY_A, .value = value },
		{ .type = EV_SYN, .code = SYN_REPORT },
	};

	return write(fd, events, sizeof(events)) == sizeof(events) ? 0 : -EIO;
}

static int run_keys(void *priv, unsigned long n, __u64 *elapsed)
{
	const struct readers *readers = priv;
	unsigned int opened;
	int fds[READERS], err = 0;
	unsigned long i;
	__u64 start;

	for (opened = 0; opened < readers->nr; opened++) {
		fds[opened] = open(readers->path, O_RDONLY | O_NONBLOCK |
						  O_CLOEXEC);
		if (fds[opened] < 0) {
			err = -errno;
			break;
		}
	}
	start = now();
	for (i = 0; !err && i < n; i++)
		err = type(readers->keyboard, (i & 1) ^ 1);
	*elapsed = now() - start;
	type(readers->keyboard, 0);
	while (opened)
		close(fds[--opened]);
	return err;
}

static void measure_readers(bool there)
{
	static struct readers all[] = {
		{ .name = "nobody" },
		{ .name = "1000 readers of evdev", .evdev = true,
		  .nr = READERS },
		{ .name = "one reader of event0", .nr = 1 },
		{ .name = "1000 readers of event0", .nr = READERS },
	};
	struct group *group = group_add("devfs-keys",
					"a key, with readers that do not wait");
	struct rlimit limit, old;
	int keyboard, err;
	unsigned int i;

	if (!group)
		return;
	getrlimit(RLIMIT_NOFILE, &old);
	limit = old;
	if (limit.rlim_cur < 2 * READERS)
		limit.rlim_cur = 2 * READERS;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	setrlimit(RLIMIT_NOFILE, &limit);

	keyboard = make_keyboard();
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		all[i].keyboard = keyboard;
		err = keyboard < 0 ? keyboard : 0;
		if (!err && all[i].evdev)
			err = find_evdev(keyboard, all[i].path,
					 sizeof(all[i].path));
		else
			snprintf(all[i].path, sizeof(all[i].path),
				 MOUNT "/dev/input/event0");
		if (!err && !all[i].evdev && !there)
			err = ABSENT;
		row_add(group, all[i].name, run_keys, &all[i], err);
	}
	group_measure(group);
	if (keyboard >= 0)
		close(keyboard);
	setrlimit(RLIMIT_NOFILE, &old);
}

void bench_devfs(void)
{
	struct statfs st;
	bool made = false, mounted = false, there;

	there = !statfs(MOUNT, &st) && st.f_type == MAGIC;
	if (!there) {
		made = !mkdir(MOUNT, 0755);
		mounted = !mount("none", MOUNT, "devfs_dollar", 0, NULL);
		there = mounted;
	}
	measure_text(there);
	measure_names();
	measure_readers(there);
	if (mounted)
		umount2(MOUNT, MNT_DETACH);
	if (made)
		rmdir(MOUNT);
}

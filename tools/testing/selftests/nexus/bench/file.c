// SPDX-License-Identifier: GPL-2.0
/*
 * What file operations cost if nobody watches: no system call of Nexus is made
 * here.  `make bench BENCH=off` compares the results with those of a kernel
 * without CONFIG_NEXUS, as it does those of life.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

/* Where the files are, and one of them that is open. */
static char dir[32];
static int file = -1;

static int file_open(void)
{
	strcpy(dir, "/tmp/nexus_bench.XXXXXX");
	if (!mkdtemp(dir) || chdir(dir))
		return -errno;
	file = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return file < 0 ? -errno : 0;
}

static void file_close(void)
{
	if (file >= 0)
		close(file);
	unlink("file");
	if (!chdir("/"))
		rmdir(dir);
}

static int writes(void *arg, unsigned long n)
{
	while (n--) {
		if (pwrite(file, "x", 1, 0) != 1)
			return -errno;
	}
	return 0;
}

static int chmods(void *arg, unsigned long n)
{
	while (n--) {
		if (chmod("file", n & 1 ? 0600 : 0640))
			return -errno;
	}
	return 0;
}

static int renames(void *arg, unsigned long n)
{
	while (n--) {
		if (rename("file", "other") || rename("other", "file"))
			return -errno;
	}
	return 0;
}

static int opens(void *arg, unsigned long n)
{
	int fd;

	while (n--) {
		fd = open("file", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "x", 1) != 1 || close(fd))
			return -errno;
	}
	return 0;
}

static int creates(void *arg, unsigned long n)
{
	while (n--) {
		if (mknod("new", S_IFREG | 0600, 0) || unlink("new"))
			return -errno;
	}
	return 0;
}

static const struct file_row {
	const char *name;
	int (*loop)(void *arg, unsigned long n);
} file_rows[] = {
	{ "write", writes },
	{ "chmod", chmods },
	{ "rename + rename", renames },
	{ "open + write + close", opens },
	{ "create + unlink", creates },
};

static int run_file(void *priv, unsigned long n, __u64 *elapsed)
{
	const struct file_row *row = priv;

	return timed(row->loop, NULL, n, elapsed);
}

/* The key begins as that of the tasks does: one run for both. */
void bench_files(void)
{
	struct group *group = group_add("life-file",
					"files that nobody watches");
	unsigned int i;
	int err;

	if (!group)
		return;
	/* What is freed is freed later. */
	group->batch *= 2;
	err = file_open();
	for (i = 0; i < ARRAY_SIZE(file_rows); i++)
		row_add(group, file_rows[i].name, run_file,
			(void *)&file_rows[i], err);
	group_measure(group);
	file_close();
}

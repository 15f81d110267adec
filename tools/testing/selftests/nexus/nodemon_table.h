/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables of file operations: what each of them tells to each kind of watcher,
 * no more and no less.
 *
 * Each row has a new directory to work in:
 *
 *	A	A directory; with f F, v V: files, s S: a link to f, d D: a
 *		directory
 *	B	another one, with a file g G
 *	N	whatever the operation made as A/n or B/n
 */
#ifndef _SELFTESTS_NEXUS_NODEMON_TABLE_H
#define _SELFTESTS_NEXUS_NODEMON_TABLE_H

#include "nodemon_fs.h"

enum watcher {
	DIRS,		/* w1 A, w2 B: DIRECTORY */
	NODES,		/* w1 F, w2 V, w3 D, w4 G: NAME, STAT, ATTR */
	KIDS,		/* w1 A: CHILDREN, STAT, ATTR */
	ALL,		/* w1: the volume, with all events there are */
	MOUNTS,		/* w1 */
	WATCHERS
};

static const char * const watcher_names[] = {
	"dirs", "nodes", "children", "volume", "mounts"
};

/**
 * struct row - an operation and what it tells
 * @name:    of it
 * @op:      does it; returns 0 or a negative errno
 * @prepare: before anybody watches, or NULL; likewise
 * @file:    instead of @op: does it with F, which is open, and closed then
 * @flags:   how it is opened
 * @dirs:    what it tells to whom; NULL: nothing
 * @nodes:   ditto
 * @kids:    ditto
 * @all:     ditto
 * @mounts:  ditto
 * @fs:      the file systems that the row is about, 0: all of them
 * @error:   what it fails with, as it should, or 0
 * @absent:  not every file system has it: what it fails with then
 */
struct row {
	const char *name;
	int (*op)(void);
	int (*prepare)(void);
	int (*file)(int fd);
	int flags;
	const char *dirs;
	const char *nodes;
	const char *kids;
	const char *all;
	const char *mounts;
	int fs;
	int error;
	int absent;
};

/* What happens to F alone, and is told in the same words to all. */
#define TOLD(text)	.nodes = (text), .kids = (text), .all = (text)

static inline int make_tree(int nr)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), VOLUME "/row%d", nr);
	err = make_dir(path);
	if (!err)
		err = ret0(chdir(path));
	if (!err)
		err = make_dir("A");
	if (!err)
		err = make_dir("B");
	if (!err)
		err = make_dir("A/d");
	if (!err)
		err = write_to("A/f", O_CREAT, "0123456789");
	if (!err)
		err = write_to("A/v", O_CREAT, "victim");
	if (!err)
		err = write_to("B/g", O_CREAT, "other");
	if (!err)
		err = ret0(symlink("f", "A/s"));
	return err;
}

static inline int label_tree(void)
{
	return label("A", "A") && label("B", "B") && label("D", "A/d") &&
	       label("F", "A/f") && label("V", "A/v") && label("G", "B/g") &&
	       label("S", "A/s") && label("TREE", ".");
}

/* What is new; a new name of an old node is not. */
static inline void label_new(void)
{
	static const char * const names[] = { "A/n", "B/n" };
	struct stat st, place;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!lstat(names[i], &st) &&
		    *get_label(&node_labels, st.st_ino) == '?')
			set_label(&node_labels, "N", st.st_ino);
	/* A file system that was mounted, wherever that was. */
	if (!stat(VOLUME, &place) && !stat("A/d", &st) &&
	    st.st_dev != place.st_dev)
		set_label(&device_labels, "M", st.st_dev);
}

static inline void watch_tree(struct __test_metadata *_metadata, int *fd)
{
	const unsigned int node = NODEMON_NAME | NODEMON_STAT | NODEMON_ATTR;
	const unsigned int kids = NODEMON_CHILDREN | NODEMON_STAT |
				  NODEMON_ATTR;
	int i;

	for (i = 0; i < WATCHERS; i++) {
		fd[i] = new_monitor();
		ASSERT_LE(0, fd[i]);
	}
	ASSERT_EQ(1, watch_path(fd[DIRS], "A", NODEMON_DIRECTORY));
	ASSERT_EQ(2, watch_path(fd[DIRS], "B", NODEMON_DIRECTORY));
	ASSERT_EQ(1, watch_path(fd[NODES], "A/f", node));
	ASSERT_EQ(2, watch_path(fd[NODES], "A/v", node));
	ASSERT_EQ(3, watch_path(fd[NODES], "A/d", node));
	ASSERT_EQ(4, watch_path(fd[NODES], "B/g", node));
	ASSERT_EQ(1, watch_path(fd[KIDS], "A", kids));
	ASSERT_EQ(1, watch_volume(fd[ALL], ".", NODEMON_VOLUME_EVENTS));
	ASSERT_EQ(1, watch_mounts(fd[MOUNTS]));
}

static inline int do_file(const struct row *row)
{
	const int fd = open("A/f", row->flags | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = row->file(fd);
	close(fd);
	return err;
}

static inline void run_row(struct __test_metadata *_metadata,
			   const struct row *row, const struct stat *volume,
			   int nr)
{
	const char * const want[] = {
		row->dirs, row->nodes, row->kids, row->all, row->mounts
	};
	const char *text;
	int fd[WATCHERS], i, ret;

	forget_labels();
	news_device = volume->st_dev;
	set_label(&device_labels, "T", volume->st_dev);
	ASSERT_EQ(0, make_tree(nr));
	ASSERT_TRUE(label_tree());
	if (row->prepare) {
		ret = row->prepare();
		if (ret && ret == -row->absent) {
			TH_LOG("%s: not on this file system", row->name);
			return;
		}
		ASSERT_EQ(0, ret)
			TH_LOG("%s: cannot be prepared", row->name);
		label_new();
	}
	watch_tree(_metadata, fd);
	ret = row->op ? row->op() : do_file(row);
	label_new();
	if (ret && ret == -row->absent) {
		TH_LOG("%s: not on this file system", row->name);
	} else {
		EXPECT_EQ(-row->error, ret)
			TH_LOG("%s", row->name);
		for (i = 0; i < WATCHERS; i++) {
			text = want[i] ?: "";
			EXPECT_NEWS(text, fd[i])
				TH_LOG("^ %s, as %s are told", row->name,
				       watcher_names[i]);
		}
	}
	for (i = 0; i < WATCHERS; i++)
		close(fd[i]);
	while (!umount2("A/d", MNT_DETACH))
		continue;
	while (!umount2("B", MNT_DETACH))
		continue;
}

static inline void run_rows(struct __test_metadata *_metadata,
			    const struct row *rows, size_t nr,
			    enum fs_kind kind, const struct stat *volume)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!rows[i].fs || rows[i].fs & kind)
			run_row(_metadata, &rows[i], volume, i);
}

#define RUN_ROWS(rows) \
	run_rows(_metadata, rows, ARRAY_SIZE(rows), variant->kind, &self->st)

#endif /* _SELFTESTS_NEXUS_NODEMON_TABLE_H */

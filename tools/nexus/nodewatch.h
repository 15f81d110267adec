/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* The parts of nodewatch */
#ifndef NODEWATCH_H
#define NODEWATCH_H

#include <nodemon.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What the command line says */
struct settings {
	bool json;
	bool recursive;
	bool one_file_system;
	bool volumes;
	bool mounts;
	bool no_follow;
	unsigned int events;
};

extern struct settings settings;

/* A name that is known, and the node that it is of.  See nodewatch_tree.c. */
struct item;

/* nodewatch_tree.c: which names there are, and which directories are watched */

/* Begins with the descriptor of nodemon_create(). */
void tree_begin(int fd);

/* Watches what the command line names.  Returns 0 or a negative errno. */
int tree_watch(const char *path);

/* The mounts.  Returns 0 or a negative errno. */
int tree_watch_mounts(void);

/* Is anything that the command line named still watched? */
bool tree_is_watched(void);

/* Prints what a record tells, and follows it. */
void tree_record(const struct nodemon_record *record);

/* Forgets everything. */
void tree_end(void);

/* nodewatch_print.c: lines and JSON */

/* One event.  What is not known is NULL. */
struct event {
	const struct nodemon_record *record;	/* NULL: found by looking */
	const char *path;		/* of the node, or the new one */
	const char *from_path;
	bool is_dir;
};

/* Where print_event() prints to, stdout at first */
extern FILE *output;

void print_event(const struct event *event);

/* nodewatch_demo.c: --demo.  Returns the exit status. */
int demo(void);

/* nodewatch.c */

/* Opens a descriptor; on failure says why and returns a negative number. */
int open_monitor(void);

/*
 * Handles all records that wait in the descriptor.  Returns 0, or a negative
 * errno.
 */
int handle_records(int fd);

/* Has SIGINT or SIGTERM come? */
bool stop_asked(void);

/* Says on stderr that something about @path failed, which ends nothing. */
void complain(const char *path, int error);

#endif /* NODEWATCH_H */

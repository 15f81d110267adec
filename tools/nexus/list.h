/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* What listarea, listport, listsem and listthread have in common */
#ifndef LIST_H
#define LIST_H

#include <nexus.h>

#include <stdio.h>

union object {
	struct nexus_area_info area;
	struct nexus_port_info port;
	struct nexus_sem_info sem;
	struct nexus_thread_info thread;
};

struct tool {
	const char *name;
	/* Of what it lists, in the plural, for messages and for JSON */
	const char *objects;
	const char *key;
	/* NEXUS_TYPE_, the size of its structure, the first kernel with it */
	unsigned int type;
	size_t size;
	unsigned int abi;
	/* Above the ids, and above what row() prints behind the name */
	const char *id_column;
	const char *columns;

	int (*id)(const union object *object);
	/* One line, without its end */
	void (*row)(const union object *object);
	/* "key": value, ... behind the id, team and name */
	void (*json)(const union object *object);
	const char *(*text)(const union object *object);
	/* "ports: 3 of 4096" in a line; may be NULL */
	void (*summary)(const struct nexus_system_info *info);
	void (*json_summary)(const struct nexus_system_info *info);
	/*
	 * With --all, which is there if this is: @object becomes what comes
	 * after it, or the first if it is all 0.  0 or a negative errno,
	 * -ENOENT at the end.
	 */
	int (*next)(int team, union object *object);
	/* What --all is good for */
	const char *all;
};

/* A name between quotes, in @width columns, more if need be */
void print_name(const char *name, int width);

/* main() */
int list(int argc, char **argv, const struct tool *tool);

#endif /* LIST_H */

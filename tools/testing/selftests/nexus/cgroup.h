/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A memory cgroup of a test's own.
 */
#ifndef _SELFTESTS_NEXUS_CGROUP_H
#define _SELFTESTS_NEXUS_CGROUP_H

#include "common.h"
#include <sys/mount.h>

#define CGROUP		"/tmp/nexus-test-cgroup"
#define MEMGROUP	CGROUP "/nexus-test"

static inline long group_value(const char *file)
{
	char path[96], buf[64];

	snprintf(path, sizeof(path), MEMGROUP "/%s", file);
	if (read_file(path, buf, sizeof(buf)) <= 0)
		return -1;
	return atol(buf);
}

/* Makes the group; NULL, or why there is none. */
static inline const char *make_group(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return "no private mounts";
	mkdir(CGROUP, 0700);
	if (mount("none", CGROUP, "cgroup2", 0, NULL))
		return "no cgroup2";
	if (write_file(CGROUP "/cgroup.subtree_control", "+memory"))
		return "no memory controller";
	rmdir(MEMGROUP);
	if (mkdir(MEMGROUP, 0700) || group_value("memory.current") < 0)
		return "no memory cgroup";
	return NULL;
}

/* Moves the caller into it. */
static inline int join_group(void)
{
	return write_file(MEMGROUP "/cgroup.procs", "0");
}

#endif /* _SELFTESTS_NEXUS_CGROUP_H */

// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Teams by their BeOS names.  A team is a process, so all of this is asked of
 * /proc, and works on any kernel; only areas are better known to Nexus.
 */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE	/* struct dirent64 */
#endif
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <nexus.h>
#include "area.h"
#include "status.h"
#include "team.h"
#include "user.h"

/* No team has a port beyond the last id, so only an unknown team shows. */
bool be_team_exists(team_id team)
{
	struct nexus_port_info info;

	return nexus_next(NEXUS_TYPE_PORT, team, INT_MAX, &info, sizeof(info),
			  0) != -ESRCH;
}

static long open_file(team_id team, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", team, name);
	return nexus_syscall(__NR_openat, AT_FDCWD, (long)path,
			     O_RDONLY | O_CLOEXEC, 0, 0, 0);
}

static long read_some(int fd, char *buffer, size_t size)
{
	return nexus_syscall(__NR_read, fd, (long)buffer, (long)size, 0, 0, 0);
}

static void close_file(int fd)
{
	nexus_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
}

/* As much of a file as there is and as fits, or a negative errno. */
static long read_file(team_id team, const char *name, char *buffer,
		      size_t size)
{
	long fd = open_file(team, name), got = 0, n;

	if (fd < 0)
		return fd;
	do {
		n = read_some((int)fd, buffer + got, size - (size_t)got);
		if (n > 0)
			got += n;
	} while (n > 0 && (size_t)got < size);
	close_file((int)fd);
	return n < 0 ? n : got;
}

/* The @index-th word behind @key, "\nName:", of /proc/PID/status */
static const char *status_word(const char *text, const char *key, int index)
{
	const char *found = strstr(text, key);

	if (!found)
		return "";
	found += strlen(key);
	for (;;) {
		found += strspn(found, " \t");
		if (index-- == 0)
			return found;
		found += strcspn(found, " \t\n");
	}
}

static long status_number(const char *text, const char *key, int index)
{
	return strtol(status_word(text, key, index), NULL, 10);
}

/*
 * Each mapping is what BeOS calls an area, each file that code runs from an
 * image.  Who may not look finds none.
 */
static void count_mappings(team_id team, team_info *info)
{
	long fd = open_file(team, "maps"), n, i;
	bool code = false, in_word = false;
	int word = 0, column = 0;
	char buffer[4096];

	if (fd < 0)
		return;
	while ((n = read_some((int)fd, buffer, sizeof(buffer))) > 0) {
		for (i = 0; i < n; i++) {
			char c = buffer[i];

			if (c == '\n') {
				info->area_count++;
				word = 0;
				code = false;
				in_word = false;
				continue;
			}
			if (c == ' ') {
				in_word = false;
				continue;
			}
			if (!in_word) {
				in_word = true;
				column = 0;
				word++;
			}
			/* 1 range, 2 permissions, 5 inode: 0 is no file */
			if (word == 2 && column == 2)
				code = c == 'x';
			if (word == 5 && column == 0 && code && c != '0')
				info->image_count++;
			column++;
		}
	}
	close_file((int)fd);
}

/* As many as get_next_area_info() gives; /proc sees pieces of some areas. */
static void count_areas(team_id team, team_info *info)
{
	struct nexus_area_info area;
	uintptr_t next = 0;
	int32 count = 0;
	int ret;

	while ((ret = be_next_mapping(team, &next, &area)) == 0)
		count++;
	if (ret == -ENOENT)
		info->area_count = count;
}

static void count_arguments(team_id team, team_info *info)
{
	size_t length = 0;
	char buffer[4096];
	long fd = open_file(team, "cmdline"), n, i;

	if (fd < 0)
		return;
	while ((n = read_some((int)fd, buffer, sizeof(buffer))) > 0) {
		for (i = 0; i < n; i++) {
			info->argc += !buffer[i];
			if (length < sizeof(info->args) - 1)
				info->args[length++] =
					buffer[i] ? buffer[i] : ' ';
		}
	}
	close_file((int)fd);
	while (length > 0 && info->args[length - 1] == ' ')
		length--;
	info->args[length] = '\0';
}

/* 0 or a negative errno; -ESRCH also for what is no team. */
static int describe(team_id team, team_info *info)
{
	char text[4096];
	long size = read_file(team, "status", text, sizeof(text) - 1);

	if (size == -ENOENT)
		return -ESRCH;
	if (size < 0)
		return (int)size;
	text[size] = '\0';
	/* A thread has such a file too, and so has what has ended. */
	if (status_number(text, "\nTgid:", 0) != team ||
	    strchr("ZX", *status_word(text, "\nState:", 0)) ||
	    status_number(text, "\nKthread:", 0))
		return -ESRCH;

	memset(info, 0, sizeof(*info));
	info->team = team;
	info->thread_count = (int32)status_number(text, "\nThreads:", 0);
	info->uid = (uid_t)strtoul(status_word(text, "\nUid:", 1), NULL, 10);
	info->gid = (gid_t)strtoul(status_word(text, "\nGid:", 1), NULL, 10);
	info->debugger_nub_thread = -1;
	info->debugger_nub_port = -1;
	count_mappings(team, info);
	count_areas(team, info);
	count_arguments(team, info);
	return 0;
}

status_t _get_team_info(team_id team, team_info *info, size_t size)
{
	team_info out;
	int ret;

	if (!info || size != sizeof(*info))
		return B_BAD_VALUE;
	if (be_bad_address(info))
		return B_BAD_ADDRESS;
	if (team < 0)
		return B_BAD_TEAM_ID;
	ret = describe(team == B_CURRENT_TEAM ? getpid() : team, &out);
	if (ret == 0)
		ret = be_copy_out(info, &out, sizeof(out));
	return (status_t)be_status(ret);
}

/* The smallest process id above @last, or INT_MAX, or a negative errno. */
static team_id process_after(team_id last)
{
	long fd = nexus_syscall(__NR_openat, AT_FDCWD, (long)"/proc",
				O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0, 0);
	team_id next = INT_MAX;
	long n, at;
	union {
		char bytes[4096];
		struct dirent64 align;
	} buffer;

	if (fd < 0)
		return (team_id)fd;
	while ((n = nexus_syscall(__NR_getdents64, fd, (long)buffer.bytes,
				  sizeof(buffer), 0, 0, 0)) > 0) {
		const struct dirent64 *entry;

		for (at = 0; at < n; at += entry->d_reclen) {
			long id;

			entry = (const void *)(buffer.bytes + at);
			id = strtol(entry->d_name, NULL, 10);
			if (id > last && id < next)
				next = (team_id)id;
		}
	}
	close_file((int)fd);
	return n < 0 ? (team_id)n : next;
}

/* The cookie is the id of the team that came last. */
status_t _get_next_team_info(int32 *cookie, team_info *info, size_t size)
{
	team_info out;
	int32 last;
	int ret;

	if (!cookie || !info || size != sizeof(*info))
		return B_BAD_VALUE;
	if (be_bad_address(info) || be_copy_in(&last, cookie, sizeof(last)))
		return B_BAD_ADDRESS;
	last = max_c(last, 0);
	do {
		last = process_after(last);
		if (last < 0)
			return (status_t)be_status(last);
		if (last == INT_MAX)
			return B_BAD_TEAM_ID;
		ret = describe(last, &out);
	} while (ret == -ESRCH || ret == -EACCES);
	if (ret == 0)
		ret = be_copy_out(info, &out, sizeof(out));
	if (ret == 0)
		ret = be_copy_out(cookie, &last, sizeof(last));
	return (status_t)be_status(ret);
}

status_t kill_team(team_id team)
{
	pid_t id = team == B_CURRENT_TEAM ? getpid() : team;
	long ret;

	if (id < 0)
		return B_BAD_TEAM_ID;
	if (team == B_SYSTEM_TEAM)
		return B_NOT_ALLOWED;
	/* kill() takes threads for their teams, tgkill() does not. */
	ret = nexus_syscall(__NR_tgkill, id, id, 0, 0, 0, 0);
	if (ret == 0)
		ret = nexus_syscall(__NR_kill, id, SIGKILL, 0, 0, 0, 0);
	return (status_t)be_status(ret);
}

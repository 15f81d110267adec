/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* What the tests of areas share */
#ifndef BE_AREA_TEST_H
#define BE_AREA_TEST_H

#include "be_test.h"

#include <errno.h>
#include <grp.h>
#include <private/area_private.h>
#include <stdint.h>
#include <sys/resource.h>

#define PAGE		((size_t)B_PAGE_SIZE)
#define READ_WRITE	(B_READ_AREA | B_WRITE_AREA)
/* So far from everything that areas there can grow */
#define ROOM		(1024 * PAGE)
#define OTHER_USER	1000

/* Where @size bytes are free, as long as nobody maps anything */
static MAYBE void *free_range(size_t size)
{
	void *range = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	if (range == MAP_FAILED)
		give_up("mmap");
	munmap(range, size);
	return range;
}

/* The first address of which the kernel says that it is nobody's */
static MAYBE uintptr_t end_of_user_space(void)
{
	uintptr_t inside = (uintptr_t)&inside / PAGE;
	uintptr_t outside = UINTPTR_MAX / PAGE;

	while (outside - inside > 1) {
		uintptr_t middle = inside + (outside - inside) / 2;
		void *page = mmap((void *)(middle * PAGE), PAGE, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS |
				  MAP_FIXED_NOREPLACE, -1, 0);

		if (page != MAP_FAILED)
			munmap(page, PAGE);
		if (page != MAP_FAILED || errno == EEXIST)
			inside = middle;
		else
			outside = middle;
	}
	return outside * PAGE;
}

/* An area with room behind it; @address is set to where it is */
static MAYBE area_id new_area(char **address, size_t pages, uint32 protection)
{
	void *at = free_range(ROOM);
	area_id area = create_area("be test", &at, B_EXACT_ADDRESS,
				   pages * PAGE, B_NO_LOCK, protection);

	if (area < 0)
		give_up("create_area");
	*address = at;
	return area;
}

/* A clone with room behind it, or a status */
static MAYBE area_id new_clone(char **address, uint32 protection,
			       area_id source)
{
	void *at = free_range(ROOM);
	area_id area = clone_area("be test clone", &at, B_EXACT_ADDRESS,
				  protection, source);

	if (area > 0)
		*address = at;
	return area;
}

/* What a call says that is asked for nothing but its status */
static MAYBE status_t clone_status(area_id source, uint32 protection)
{
	void *address = NULL;
	area_id area = clone_area("be test clone", &address, B_ANY_ADDRESS,
				  protection, source);

	return area > 0 ? delete_area(area) : area;
}

static MAYBE int64 size_of(area_id area)
{
	area_info info;
	status_t status = get_area_info(area, &info);

	return status == B_OK ? (int64)info.size : status;
}

static MAYBE int64 protection_of(area_id area)
{
	area_info info;
	status_t status = get_area_info(area, &info);

	/* Overcommitting is a wish, no state. */
	return status == B_OK ? (int64)(info.protection & 0x10f) : status;
}

/* How many areas the team has; mappings that are none do not count. */
static MAYBE int count_areas(team_id team)
{
	ssize_t cookie = 0;
	area_info info;
	int count = 0;

	while (get_next_area_info(team, &cookie, &info) == B_OK)
		count += info.area > 0;
	return count;
}

/* The kernel reads and writes what this program could not. */
static MAYBE bool is_readable(const void *address)
{
	bool readable;
	int fds[2];

	if (pipe(fds))
		give_up("pipe");
	readable = write(fds[1], address, 1) == 1;
	close(fds[0]);
	close(fds[1]);
	return readable;
}

static MAYBE bool is_writable(void *address)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	bool writable;

	if (fd < 0)
		give_up("/dev/zero");
	writable = read(fd, address, 1) == 1;
	close(fd);
	return writable;
}

static MAYBE bool is_zero(const char *bytes, size_t size)
{
	while (size > 0 && !bytes[size - 1])
		size--;
	return size == 0;
}

static MAYBE void write_text(char *to, const char *text)
{
	memcpy(to, text, strlen(text) + 1);
}

/* Memory that forked teams share without any area, and what is where */
enum { ANSWER, WRONG_LINE, AREA, ADDRESS };

static MAYBE int64 *blackboard(void)
{
	static int64 *page;

	if (!page) {
		page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (page == MAP_FAILED)
			give_up("mmap");
	}
	return page;
}

#define NO_ANSWER	4711

/* What @call is in a forked team, to which the areas here are foreign */
#define elsewhere(call) ({ \
	int64 *answer_ = blackboard(); \
	pid_t child_ = fork(); \
	\
	if (child_ == 0) { \
		answer_[ANSWER] = (call); \
		_exit(0); \
	} \
	exit_status(child_) == 0 ? answer_[ANSWER] : NO_ANSWER; \
})

/* For elsewhere(): be another user from now on. */
static MAYBE bool as_other_user(void)
{
	return setgroups(0, NULL) == 0 && setgid(OTHER_USER) == 0 &&
	       setuid(OTHER_USER) == 0;
}

static MAYBE bool with_limit(int resource, rlim_t bytes)
{
	struct rlimit limit = { bytes, bytes };

	return setrlimit(resource, &limit) == 0;
}

#endif /* BE_AREA_TEST_H */

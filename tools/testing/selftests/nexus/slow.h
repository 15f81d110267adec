/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that takes its time, for tests of calls that copy from or to it:
 * userfaultfd brings its pages when the test says so.
 */
#ifndef _SELFTESTS_NEXUS_SLOW_H
#define _SELFTESTS_NEXUS_SLOW_H

#include "common.h"

#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>

/* Four pages that nobody has touched, and who has to bring them. */
struct slow {
	int fd;
	char *memory;
	size_t page;
};

static inline int make_slow(struct slow *slow)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	slow->page = sysconf(_SC_PAGESIZE);
	slow->fd = syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	slow->memory = mmap(NULL, 4 * slow->page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (slow->fd < 0 || slow->memory == MAP_FAILED ||
	    ioctl(slow->fd, UFFDIO_API, &api))
		return -1;
	reg.range.start = (uintptr_t)slow->memory;
	reg.range.len = 4 * slow->page;
	return ioctl(slow->fd, UFFDIO_REGISTER, &reg);
}

/* Somebody is waiting for a page. */
static inline int fault_came(struct slow *slow)
{
	struct pollfd pfd = { .fd = slow->fd, .events = POLLIN };
	struct uffd_msg msg;

	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		return 0;
	return read(slow->fd, &msg, sizeof(msg)) == sizeof(msg) &&
	       msg.event == UFFD_EVENT_PAGEFAULT;
}

static inline int bring_pages(struct slow *slow)
{
	static char page[65536];
	struct uffdio_copy copy = {
		.dst = (uintptr_t)slow->memory,
		.src = (uintptr_t)page,
		.len = slow->page,
	};
	int i;

	memset(page, 'p', sizeof(page));
	for (i = 0; i < 4; i++, copy.dst += slow->page)
		if (ioctl(slow->fd, UFFDIO_COPY, &copy))
			return -1;
	return 0;
}

#endif /* _SELFTESTS_NEXUS_SLOW_H */

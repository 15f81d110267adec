// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to ask a handle, beside another descriptor that counts.
 */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bench.h"
#include "nexus_sys.h"

/**
 * struct polled - a descriptor
 * @name:  what is behind it
 * @open:  returns a descriptor, or a negative errno
 * @ready: whether something can be read, received or acquired
 * @fd:    what @open returned
 */
struct polled {
	const char *name;
	int (*open)(void);
	bool ready;
	int fd;
};

static int open_eventfd(void)
{
	int fd = eventfd(1, EFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* The objects end with us. */

static int open_port(void)
{
	int err, port = nexus_port_create("nexus_bench", 1);

	if (port < 0)
		return port;
	err = nexus_port_send(port, 1, NULL, 0);
	return err ? err : nexus_open(NEXUS_TYPE_PORT, port);
}

static int open_sem(void)
{
	int sem = nexus_sem_create("nexus_bench", 1);

	return sem < 0 ? sem : nexus_open(NEXUS_TYPE_SEM, sem);
}

static int open_thread(void)
{
	return nexus_open(NEXUS_TYPE_THREAD, (int)getpid());
}

static int run_poll(void *priv, unsigned long n, __u64 *elapsed)
{
	const struct polled *polled = priv;
	struct pollfd pollfd = { .fd = polled->fd, .events = POLLIN };
	__u64 start = now();
	unsigned long i;

	for (i = 0; i < n; i++) {
		if (poll(&pollfd, 1, 0) != polled->ready)
			return -EBADMSG;
	}
	*elapsed = now() - start;
	return 0;
}

void bench_poll(void)
{
	struct polled all[] = {
		{ .name = "eventfd", .open = open_eventfd, .ready = true },
		{ .name = "Nexus port", .open = open_port, .ready = true },
		{ .name = "Nexus semaphore", .open = open_sem, .ready = true },
		{ .name = "Nexus thread, not ready", .open = open_thread },
	};
	struct group *group = group_add("poll", "poll one descriptor, no wait");
	unsigned int i;

	if (!group)
		return;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		all[i].fd = all[i].open();
		row_add(group, all[i].name, run_poll, &all[i],
			all[i].fd < 0 ? all[i].fd : 0);
	}
	group_measure(group);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i].fd >= 0)
			close(all[i].fd);
	}
}

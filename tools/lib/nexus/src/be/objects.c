// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Waiting for several objects: each gets a descriptor for as long as the call
 * lasts, and poll(2) waits.  The deadline is one more descriptor, so that the
 * call ends when it should however often it is restarted.
 */
#include <fcntl.h>
#include <linux/time_types.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <nexus.h>
#include "poll.h"
#include "status.h"
#include "user.h"
#include "wait.h"

#ifdef __NR_timerfd_settime64
# define NR_TIMERFD_SETTIME	__NR_timerfd_settime64
#else
# define NR_TIMERFD_SETTIME	__NR_timerfd_settime
#endif

/* How many need no memory; and how many are not worth a question. */
#define FEW		16
#define NOT_ABSURD	1024
/* PID_MAX_LIMIT */
#define MOST_THREADS	4194304

/* Behind the objects: the deadline, and what be_poll_wait() adds */
#define EXTRA		2

/* Which bits of BeOS are which of poll(2), for file descriptors */
static const struct {
	uint16 event;
	short poll;
} fd_events[] = {
	{ B_EVENT_READ,			POLLIN },
	{ B_EVENT_WRITE,		POLLOUT },
	{ B_EVENT_PRIORITY_READ,	POLLRDBAND },
	{ B_EVENT_PRIORITY_WRITE,	POLLWRBAND },
	{ B_EVENT_HIGH_PRIORITY_READ,	POLLPRI },
	/* Not asked for: */
	{ B_EVENT_ERROR,		POLLERR },
	{ B_EVENT_DISCONNECTED,		POLLHUP },
};

/* What can be asked of a file descriptor */
#define FD_IN_OUT	(B_EVENT_READ | B_EVENT_WRITE | \
			 B_EVENT_PRIORITY_READ | B_EVENT_PRIORITY_WRITE | \
			 B_EVENT_HIGH_PRIORITY_READ | \
			 B_EVENT_HIGH_PRIORITY_WRITE)

struct waiting {
	/* The caller's; what happened goes into copies */
	object_wait_info *infos;
	size_t count;
	/* poll(2) passes over negative descriptors */
	struct pollfd *fds;
	/* Some entry needs no wait: set before poll(2) is asked. */
	bool invalid;
	bool ready;
	int timer;
};

static void close_fd(int fd)
{
	nexus_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
}

/* The kernel takes no file into an epoll set that knows no poll. */
static bool knows_poll(int fd)
{
	long set = nexus_syscall(__NR_epoll_create1, EPOLL_CLOEXEC, 0, 0, 0, 0,
				 0);
	struct epoll_event event;
	long ret;

	if (set < 0)
		return true;
	memset(&event, 0, sizeof(event));
	ret = nexus_syscall(__NR_epoll_ctl, set, EPOLL_CTL_ADD, fd,
			    (long)&event, 0, 0);
	close_fd((int)set);
	return ret != -EPERM;
}

static bool is_regular(int fd)
{
	struct stat st;
	int saved = errno;
	bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	errno = saved;
	return regular;
}

/*
 * poll(2) itself says that files which know no poll can be read and written,
 * but nothing of what only BeOS asks for.  Those events are ready at once; and
 * if nothing was asked that could be, such a descriptor is invalid.
 */
static void prepare_fd(struct waiting *w, size_t i)
{
	object_wait_info *info = &w->infos[i];
	struct pollfd *fd = &w->fds[i];
	uint16 asked = info->events & FD_IN_OUT;
	size_t k;

	info->events = 0;
	if (info->object < 0) {
		info->events = B_EVENT_INVALID;
		w->invalid = true;
		return;
	}
	fd->fd = info->object;
	for (k = 0; k < sizeof(fd_events) / sizeof(*fd_events); k++)
		if (asked & fd_events[k].event)
			fd->events |= fd_events[k].poll;
	if (asked && !(asked & ~(B_EVENT_READ | B_EVENT_WRITE)))
		return;
	if (knows_poll(fd->fd))
		return;
	if (asked) {
		info->events = asked;
		w->ready = true;
	} else if (!is_regular(fd->fd)) {
		fd->fd = -1;
		info->events = B_EVENT_INVALID;
		w->invalid = true;
	}
}

/* 0 or a negative errno */
static int prepare_object(struct waiting *w, size_t i, unsigned int type)
{
	object_wait_info *info = &w->infos[i];
	struct pollfd *fd = &w->fds[i];
	int ret = nexus_open(type, info->object, 0);

	switch (ret) {
	case -EIDRM:
	case -ESRCH:
	case -EINVAL:
	case -EACCES:
		/* What one may not touch is not there. */
		info->events = B_EVENT_INVALID;
		w->invalid = true;
		return 0;
	}
	if (ret < 0)
		return ret;

	fd->fd = ret;
	if (type != NEXUS_TYPE_THREAD && (info->events & B_EVENT_READ))
		fd->events |= POLLIN;
	if (type == NEXUS_TYPE_PORT && (info->events & B_EVENT_WRITE))
		fd->events |= POLLOUT;
	info->events = 0;
	return 0;
}

static int prepare(struct waiting *w)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < w->count && ret == 0; i++) {
		switch (w->infos[i].type) {
		case B_OBJECT_TYPE_FD:
			prepare_fd(w, i);
			break;
		case B_OBJECT_TYPE_SEMAPHORE:
			ret = prepare_object(w, i, NEXUS_TYPE_SEM);
			break;
		case B_OBJECT_TYPE_PORT:
			ret = prepare_object(w, i, NEXUS_TYPE_PORT);
			break;
		case B_OBJECT_TYPE_THREAD:
			ret = prepare_object(w, i, NEXUS_TYPE_THREAD);
			break;
		default:
			w->infos[i].events = B_EVENT_INVALID;
			w->invalid = true;
		}
	}
	return ret;
}

static uint16 happened(const object_wait_info *info, short revents)
{
	uint16 events = info->events;
	size_t k;

	if (revents & POLLNVAL)
		return B_EVENT_INVALID;
	if (info->type == B_OBJECT_TYPE_FD) {
		for (k = 0; k < sizeof(fd_events) / sizeof(*fd_events); k++)
			if (revents & fd_events[k].poll)
				events |= fd_events[k].event;
		return events;
	}
	/* Closed, deleted or ended: nothing else counts, not even messages. */
	if (revents & (POLLHUP | POLLERR))
		return B_EVENT_INVALID;
	if (revents & POLLIN)
		events |= B_EVENT_READ;
	if (revents & POLLOUT)
		events |= B_EVENT_WRITE;
	return events;
}

/* How many entries have events? */
static ssize_t collect(struct waiting *w)
{
	ssize_t found = 0;
	size_t i;

	for (i = 0; i < w->count; i++) {
		object_wait_info *info = &w->infos[i];

		if (w->fds[i].fd >= 0)
			info->events = happened(info, w->fds[i].revents);
		found += info->events != 0;
	}
	return found;
}

static int set_timer(struct waiting *w, const struct be_wait *wait)
{
	struct {
		struct __kernel_timespec interval, value;
	} timer = { { 0, 0 }, wait->ts };
	long ret;

	ret = nexus_syscall(__NR_timerfd_create,
			    wait->flags & NEXUS_CLOCK_REALTIME ?
			    CLOCK_REALTIME : CLOCK_MONOTONIC, TFD_CLOEXEC, 0,
			    0, 0, 0);
	if (ret < 0)
		return (int)ret;
	w->timer = (int)ret;
	w->fds[w->count].fd = w->timer;
	w->fds[w->count].events = POLLIN;
	return (int)nexus_syscall(NR_TIMERFD_SETTIME, w->timer,
				  TFD_TIMER_ABSTIME, (long)&timer, 0, 0, 0);
}

/* Entries that have events, or a negative errno */
static ssize_t wait_for_them(struct waiting *w, const struct be_wait *wait)
{
	ssize_t ret = prepare(w);

	if (ret < 0)
		return ret;
	ret = be_poll_now(w->fds, w->count);
	if (ret < 0)
		return ret;
	if (ret > 0 || w->invalid || w->ready)
		return collect(w);
	if (wait->flags & NEXUS_NOWAIT)
		return -EAGAIN;
	if (wait->deadline) {
		/* A timer that is set to 0 never ends. */
		if (wait->ts.tv_sec == 0 && wait->ts.tv_nsec == 0)
			return -ETIMEDOUT;
		ret = set_timer(w, wait);
		if (ret < 0)
			return ret;
	}
	ret = be_poll_wait(w->fds, w->count + 1);
	if (ret < 0)
		return ret;
	ret = collect(w);
	return ret > 0 ? ret : -ETIMEDOUT;
}

static ssize_t wait_with(struct waiting *w, uint32 flags, bigtime_t timeout)
{
	struct be_wait wait;
	ssize_t ret;
	size_t i;

	be_wait_begin(&wait, flags, timeout);
	w->timer = -1;
	memset(w->fds, 0, (w->count + EXTRA) * sizeof(*w->fds));
	for (i = 0; i < w->count + EXTRA; i++)
		w->fds[i].fd = -1;

	ret = wait_for_them(w, &wait);

	for (i = 0; i < w->count; i++)
		if (w->infos[i].type != B_OBJECT_TYPE_FD && w->fds[i].fd >= 0)
			close_fd(w->fds[i].fd);
	if (w->timer >= 0)
		close_fd(w->timer);
	return ret;
}

/* Are these more than there can be objects and descriptors? */
static bool absurd(int count)
{
	struct nexus_system_info info;
	unsigned long long most = MOST_THREADS;
	struct rlimit limit;

	if (count < 0)
		return true;
	if (count <= NOT_ABSURD)
		return false;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		most += min_c(limit.rlim_cur, (rlim_t)INT_MAX);
	if (nexus_info(NEXUS_TYPE_SYSTEM, 0, &info, sizeof(info), 0) == 0)
		most += (unsigned long long)info.ports_max + info.sems_max;
	return (unsigned long long)count > most;
}

ssize_t wait_for_objects_etc(object_wait_info *infos, int numInfos,
			     uint32 flags, bigtime_t timeout)
{
	object_wait_info few_infos[FEW];
	struct pollfd few_fds[FEW + EXTRA];
	struct waiting w = { 0 };
	void *memory = NULL;
	size_t size;
	ssize_t ret;

	if (absurd(numInfos))
		return B_BAD_VALUE;
	if (numInfos > 0 && (!infos || be_bad_address(infos)))
		return B_BAD_ADDRESS;
	w.count = (size_t)numInfos;
	size = w.count * sizeof(*infos);
	w.infos = few_infos;
	w.fds = few_fds;
	if (w.count > FEW) {
		memory = malloc(size + (w.count + EXTRA) * sizeof(*w.fds));
		if (!memory)
			return B_NO_MEMORY;
		w.infos = memory;
		w.fds = (void *)((char *)memory + size);
	}

	if (size > 0 && be_copy_in(w.infos, infos, size))
		ret = B_BAD_ADDRESS;
	else if (be_wait_both_kinds(flags))
		ret = B_BAD_VALUE;
	else
		ret = be_status(wait_with(&w, flags, timeout));
	if (ret >= 0 && size > 0 && be_copy_out(infos, w.infos, size))
		ret = B_BAD_ADDRESS;
	free(memory);
	return ret;
}

ssize_t wait_for_objects(object_wait_info *infos, int numInfos)
{
	return wait_for_objects_etc(infos, numInfos, 0, 0);
}

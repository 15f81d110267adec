/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The node monitor: its calls without a library between, and what it tells as
 * text, so that a test says in a line what it expects and shows what came.
 */
#ifndef _SELFTESTS_NEXUS_NODEMON_H
#define _SELFTESTS_NEXUS_NODEMON_H

#include "common.h"

#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <linux/nodemon.h>

#ifndef __NR_nodemon_create
#define __NR_nodemon_create	629
#endif
#ifndef __NR_nodemon_watch
#define __NR_nodemon_watch	630
#endif
#ifndef __NR_nodemon_unwatch
#define __NR_nodemon_unwatch	631
#endif

#define NM_SYSCTL(name)	"/proc/sys/fs/nodemon/" name

static inline int nodemon_create(unsigned int flags)
{
	return nexus_ret(syscall(__NR_nodemon_create, flags));
}

static inline int nodemon_watch(int fd, const struct nodemon_args *args)
{
	return nexus_ret(syscall(__NR_nodemon_watch, fd, args, sizeof(*args)));
}

static inline int nodemon_unwatch(int fd, int watch, int port, int token)
{
	return nexus_ret(syscall(__NR_nodemon_unwatch, fd, watch, port,
				 token));
}

/* A monitor whose read() does not wait. */
static inline int new_monitor(void)
{
	return nodemon_create(NODEMON_NONBLOCK);
}

static inline struct nodemon_args path_args(unsigned int type,
					    const char *path,
					    unsigned int events)
{
	return (struct nodemon_args){
		.type = type,
		.events = events,
		.dirfd = AT_FDCWD,
		.path = (uintptr_t)path,
	};
}

static inline int watch_path(int fd, const char *path, unsigned int events)
{
	struct nodemon_args args = path_args(NODEMON_NODE, path, events);

	return nodemon_watch(fd, &args);
}

static inline int watch_volume(int fd, const char *path, unsigned int events)
{
	struct nodemon_args args = path_args(NODEMON_VOLUME, path, events);

	return nodemon_watch(fd, &args);
}

static inline int watch_mounts(int fd)
{
	struct nodemon_args args = {
		.type = NODEMON_MOUNTS,
		.events = NODEMON_MOUNT,
	};

	return nodemon_watch(fd, &args);
}

static inline int watch_id(int fd, const struct stat *st, unsigned int events)
{
	struct nodemon_args args = {
		.type = NODEMON_NODE_ID,
		.events = events,
		.device = st->st_dev,
		.node = st->st_ino,
	};

	return nodemon_watch(fd, &args);
}

static inline int watch_to_port(int port, int token, const char *path,
				unsigned int events)
{
	struct nodemon_args args = path_args(NODEMON_NODE, path, events);

	args.port = port;
	args.token = token;
	return nodemon_watch(NODEMON_PORT, &args);
}

/* Ends all watches of a port and token. */
static inline int stop_watching(int port, int token)
{
	return nodemon_unwatch(NODEMON_PORT, 0, port, token);
}

/* Short forms of file operations, which return 0 or a negative errno. */

static inline int ret0(int ret)
{
	return ret < 0 ? -errno : 0;
}

static inline int make_file(const char *path)
{
	return ret0(mknod(path, S_IFREG | 0644, 0));
}

static inline int make_dir(const char *path)
{
	return ret0(mkdir(path, 0755));
}

static inline int write_to(const char *path, int flags, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (*text && write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err = -errno;
	close(fd);
	return err;
}

/* A private tmpfs, so that nobody else is seen; 0 or a negative errno. */
#define PLACE	"/tmp/nexus-nodemon"

static inline int make_place(const char *options)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	mkdir(PLACE, 0755);
	if (mount("none", PLACE, "tmpfs", 0, options) || chdir(PLACE))
		return -errno;
	umask(022);
	return 0;
}

/*
 * Text.  Nodes have labels, as their numbers say nothing; a node without one is
 * shown by its number.  So are the devices.
 */
struct label {
	unsigned long long number;
	char text[16];
};

struct labels {
	struct label label[32];
	int nr;
	char unknown[4][24];
	int next;
};

static struct labels node_labels, device_labels;

/* The volume that all records but those of mounts must name; 0: any. */
static int news_device;

static inline void set_label(struct labels *labels, const char *text,
			     unsigned long long number)
{
	struct label *label = NULL;
	int i;

	for (i = 0; i < labels->nr; i++) {
		/* Numbers are used again. */
		if (labels->label[i].number == number)
			labels->label[i].number = 0;
		if (!strcmp(labels->label[i].text, text))
			label = &labels->label[i];
	}
	if (!label && labels->nr < 32)
		label = &labels->label[labels->nr++];
	if (!label)
		abort();
	label->number = number;
	snprintf(label->text, sizeof(label->text), "%s", text);
}

static inline const char *get_label(struct labels *labels, long long number)
{
	char *text;
	int i;

	if (number == -1)
		return "-";
	for (i = 0; i < labels->nr; i++)
		if (labels->label[i].number == (unsigned long long)number)
			return labels->label[i].text;
	text = labels->unknown[labels->next++ % 4];
	snprintf(text, sizeof(labels->unknown[0]), "?%lld", number);
	return text;
}

/* Gives the node at a path a label; false if there is none. */
static inline int label(const char *text, const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return 0;
	set_label(&node_labels, text, st.st_ino);
	return 1;
}

static inline void forget_labels(void)
{
	memset(&node_labels, 0, sizeof(node_labels));
	memset(&device_labels, 0, sizeof(device_labels));
	news_device = 0;
}

#define NEWS_MAX	(256 * 1024)

struct text {
	size_t len;
	char text[NEWS_MAX];
};

static inline __attribute__((format(printf, 2, 3))) void
add_text(struct text *to, const char *format, ...)
{
	const size_t room = sizeof(to->text) - to->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(to->text + to->len, room, format, args);
	va_end(args);
	to->len += len < (int)room ? len : (int)room - 1;
}

/* 0 if a record is well formed, whatever it says; or the line that says why. */
static inline int record_fault(const struct nodemon_record *rec)
{
	const char *names = (const char *)rec + rec->header_size;
	const int moved = rec->opcode == NODEMON_ENTRY_MOVED;
	const int named = rec->opcode <= NODEMON_ENTRY_MOVED ||
			  rec->opcode == NODEMON_ATTR_CHANGED;
	const int detailed = rec->opcode == NODEMON_STAT_CHANGED ||
			     rec->opcode == NODEMON_ATTR_CHANGED;
	size_t used = NODEMON_RECORD_SIZE;

	if (rec->header_size != NODEMON_RECORD_SIZE)
		return __LINE__;
	if (rec->__pad)
		return __LINE__;
	if (rec->flags & ~NODEMON_IS_DIR)
		return __LINE__;
	if (!named != !rec->name_len || (!moved && rec->from_len))
		return __LINE__;
	if (moved && !rec->from_len)
		return __LINE__;
	if (!moved && rec->to_directory != -1)
		return __LINE__;
	if (!detailed != !rec->detail)
		return __LINE__;
	if (named)
		used += rec->name_len + 1;
	if (moved)
		used += rec->from_len + 1;
	if (rec->size != (used + 7) / 8 * 8)
		return __LINE__;
	if (!all_bytes((const char *)rec + used, rec->size - used, 0))
		return __LINE__;
	if (named && strnlen(names, rec->size - 56) != rec->name_len)
		return __LINE__;
	names += rec->name_len + 1;
	if (moved && strnlen(names, rec->from_len + 1) != rec->from_len)
		return __LINE__;
	return 0;
}

static inline void add_mount(struct text *to, const struct nodemon_record *rec)
{
	if (rec->opcode == NODEMON_DEVICE_UNMOUNTED) {
		add_text(to, "UNMOUNTED %s",
			 get_label(&device_labels, rec->device));
		return;
	}
	add_text(to, "MOUNTED %s",
		 get_label(&device_labels, rec->node_device));
	add_text(to, " on %s/%s", get_label(&device_labels, rec->device),
		 get_label(&node_labels, rec->directory));
}

/*
 * One of
 *	wN CREATED DIRECTORY/NAME=NODE
 *	wN REMOVED DIRECTORY/NAME=NODE
 *	wN MOVED DIRECTORY/NAME->DIRECTORY/NAME=NODE
 *	wN STAT NODE FIELDS
 *	wN ATTR DIRECTORY/NODE NAME CAUSE
 *	wN MOUNTED DEVICE on DEVICE/DIRECTORY
 *	wN UNMOUNTED DEVICE
 *	wN IGNORED
 *	OVERFLOW
 * with " d" behind it if it is about a directory, and ";".
 */
static inline void add_record(struct text *to, const struct nodemon_record *rec)
{
	const char *name = (const char *)rec + rec->header_size;
	const int fault = record_fault(rec);
	const char *node, *dir;

	if (fault) {
		add_text(to, "BAD RECORD (opcode %u, see line %d of " __FILE__
			 ");", rec->opcode, fault);
		return;
	}
	node = get_label(&node_labels, rec->node);
	dir = get_label(&node_labels, rec->directory);
	if (rec->opcode == NODEMON_OVERFLOW) {
		add_text(to, rec->watch ? "BAD OVERFLOW;" : "OVERFLOW;");
		return;
	}
	add_text(to, "w%d ", rec->watch);
	switch (rec->opcode) {
	case NODEMON_ENTRY_CREATED:
		add_text(to, "CREATED %s/%s=%s", dir, name, node);
		break;
	case NODEMON_ENTRY_REMOVED:
		add_text(to, "REMOVED %s/%s=%s", dir, name, node);
		break;
	case NODEMON_ENTRY_MOVED:
		add_text(to, "MOVED %s/%s->", dir, name + rec->name_len + 1);
		add_text(to, "%s/%s=%s",
			 get_label(&node_labels, rec->to_directory), name,
			 node);
		break;
	case NODEMON_STAT_CHANGED:
		add_text(to, "STAT %s %x", node, rec->detail);
		break;
	case NODEMON_ATTR_CHANGED:
		add_text(to, "ATTR %s/%s %s %u", dir, node, name, rec->detail);
		break;
	case NODEMON_DEVICE_MOUNTED:
	case NODEMON_DEVICE_UNMOUNTED:
		add_mount(to, rec);
		break;
	case NODEMON_IGNORED:
		add_text(to, "IGNORED");
		break;
	default:
		add_text(to, "OPCODE %u", rec->opcode);
	}
	if (rec->flags & NODEMON_IS_DIR)
		add_text(to, " d");
	if (news_device && rec->opcode <= NODEMON_ATTR_CHANGED &&
	    (rec->device != news_device || rec->node_device != news_device))
		add_text(to, " of %x, %x", rec->device, rec->node_device);
	add_text(to, ";");
}

static char news_buf[64 * 1024] __attribute__((aligned(8)));

/* Adds what one read() gives: its bytes, or a negative errno. */
static inline long add_news(struct text *to, int fd)
{
	const struct nodemon_record *rec;
	const long got = nexus_ret(read(fd, news_buf, sizeof(news_buf)));
	long at;

	for (at = 0; at < got; at += rec->size) {
		rec = (const void *)(news_buf + at);
		if (got - at < NODEMON_RECORD_SIZE || (long)rec->size > got - at ||
		    rec->size < NODEMON_RECORD_SIZE) {
			add_text(to, "BAD SIZE at %ld of %ld;", at, got);
			break;
		}
		add_record(to, rec);
	}
	return got;
}

/*
 * What waits, as text.  Should it be less than what is wanted, that may be on
 * its way from somewhere else: it is waited for, some seconds.
 */
static inline char *news_like(int fd, const char *want)
{
	const int64_t end = now_ns(CLOCK_MONOTONIC) + 3000000000LL;
	static struct text text;
	long got;

	text.len = 0;
	text.text[0] = 0;
	for (;;) {
		got = add_news(&text, fd);
		if (got < 0 && got != -EAGAIN)
			add_text(&text, "READ %ld;", got);
		if (got > 0)
			continue;
		if (text.len >= strlen(want) || now_ns(CLOCK_MONOTONIC) > end)
			return text.text;
		nap();
	}
}

static inline char *news(int fd)
{
	return news_like(fd, "");
}

/* Expects exactly this from a monitor; TH_LOG() may follow. */
#define EXPECT_NEWS(want, fd)	EXPECT_STREQ(want, news_like(fd, want))
#define ASSERT_NEWS(want, fd)	ASSERT_STREQ(want, news_like(fd, want))

/* Bytes that wait, or a negative errno. */
static inline int news_bytes(int fd)
{
	int bytes = -1;
	const int ret = nexus_ret(ioctl(fd, FIONREAD, &bytes));

	return ret ? ret : bytes;
}

/* A port's message as it came: its size, or a negative errno. */
static inline long next_message(int port, void *buf, size_t size,
				struct nexus_msg_info *info)
{
	return nexus_port_recv(port, buf, size, info, NOWAIT, NULL);
}

/* Waits for a message that is on its way. */
static inline long await_message(int port, void *buf, size_t size,
				 struct nexus_msg_info *info)
{
	const struct __kernel_timespec end = in_ms(CLOCK_MONOTONIC,
						   PATIENCE_MS);

	return nexus_port_recv(port, buf, size, info, 0, &end);
}

#endif /* _SELFTESTS_NEXUS_NODEMON_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keyboards and pointers made of uinput, for the tests of $/dev/input.
 */
#ifndef _SELFTESTS_NEXUS_DEVFS_INPUT_H
#define _SELFTESTS_NEXUS_DEVFS_INPUT_H

#include "devfs.h"

#include <linux/uinput.h>
#include <sys/ioctl.h>

#define KBD0	DEV "input/kbd0"
#define EVENT0	DEV "input/event0"

/* Events that a queue holds; what comes on top is dropped. */
#define QUEUE	248

static inline int finish_device(int fd, const char *name)
{
	struct uinput_setup setup = {
		.id = { .bustype = BUS_VIRTUAL, .vendor = 1, .product = 1 },
	};

	snprintf(setup.name, sizeof(setup.name), "%s", name);
	if (ioctl(fd, UI_DEV_SETUP, &setup) || ioctl(fd, UI_DEV_CREATE)) {
		const int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static inline int open_uinput(void)
{
	return open_path("/dev/uinput", O_RDWR);
}

/* A keyboard with all keys that have a code below 256; a descriptor. */
static inline int make_keyboard(void)
{
	const int fd = open_uinput();
	int code;

	if (fd < 0)
		return fd;
	ioctl(fd, UI_SET_EVBIT, EV_KEY);
	for (code = 1; code < BTN_MISC; code++)
		ioctl(fd, UI_SET_KEYBIT, code);
	return finish_device(fd, "devfs test keyboard");
}

static inline int make_mouse(void)
{
	static const int buttons[] = { BTN_LEFT, BTN_RIGHT, BTN_MIDDLE };
	static const int axes[] = { REL_X, REL_Y, REL_WHEEL };
	const int fd = open_uinput();
	int i;

	if (fd < 0)
		return fd;
	ioctl(fd, UI_SET_EVBIT, EV_KEY);
	ioctl(fd, UI_SET_EVBIT, EV_REL);
	for (i = 0; i < 3; i++) {
		ioctl(fd, UI_SET_KEYBIT, buttons[i]);
		ioctl(fd, UI_SET_RELBIT, axes[i]);
	}
	return finish_device(fd, "devfs test mouse");
}

/* A tablet with axes from 0 to max. */
static inline int make_tablet(int max)
{
	struct uinput_abs_setup x = {
		.code = ABS_X, .absinfo = { .maximum = max },
	};
	struct uinput_abs_setup y = {
		.code = ABS_Y, .absinfo = { .maximum = max },
	};
	const int fd = open_uinput();

	if (fd < 0)
		return fd;
	ioctl(fd, UI_SET_EVBIT, EV_ABS);
	ioctl(fd, UI_SET_EVBIT, EV_KEY);
	ioctl(fd, UI_SET_KEYBIT, BTN_LEFT);
	if (ioctl(fd, UI_ABS_SETUP, &x) || ioctl(fd, UI_ABS_SETUP, &y)) {
		close(fd);
		return -EINVAL;
	}
	return finish_device(fd, "devfs test tablet");
}

static inline void destroy_device(int fd)
{
	ioctl(fd, UI_DEV_DESTROY);
	close(fd);
}

static inline int emit(int fd, int type, int code, int value)
{
	const struct input_event event = {
		.type = type, .code = code, .value = value,
	};

	return write(fd, &event, sizeof(event)) == sizeof(event) ? 0 : -errno;
}

static inline int sync_report(int fd)
{
	return emit(fd, EV_SYN, SYN_REPORT, 0);
}

/* One packet with one key; value 0 up, 1 down, 2 repeats. */
static inline int key(int fd, int code, int value)
{
	const int ret = emit(fd, EV_KEY, code, value);

	return ret ? ret : sync_report(fd);
}

static inline int type_key(int fd, int code)
{
	const int ret = key(fd, code, 1);

	return ret ? ret : key(fd, code, 0);
}

/* One packet with a movement. */
static inline int move(int fd, int dx, int dy)
{
	int ret = dx ? emit(fd, EV_REL, REL_X, dx) : 0;

	if (!ret && dy)
		ret = emit(fd, EV_REL, REL_Y, dy);
	return ret ? ret : sync_report(fd);
}

/* One record, or a negative errno; -EIO if it is not a whole one. */
static inline int read_event(int fd, struct devfs_event *event)
{
	const long n = read_fd(fd, event, sizeof(*event));

	if (n < 0)
		return n;
	return n == sizeof(*event) ? 0 : -EIO;
}

static inline int open_reader(const char *path)
{
	return open_path(path, O_RDONLY | O_NONBLOCK);
}

#endif /* _SELFTESTS_NEXUS_DEVFS_INPUT_H */

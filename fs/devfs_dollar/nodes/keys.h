/* SPDX-License-Identifier: GPL-2.0 */
/* $-devfs: keys of Linux as events and characters of ModuOS. */
#ifndef _DEVFS_DOLLAR_KEYS_H
#define _DEVFS_DOLLAR_KEYS_H

#include <linux/types.h>
#include <uapi/linux/devfs_dollar.h>

/* Modifiers of a keyboard that are held down, or locked. */
#define DEVFS_KEYS_LSHIFT	0x01
#define DEVFS_KEYS_RSHIFT	0x02
#define DEVFS_KEYS_LCTRL	0x04
#define DEVFS_KEYS_RCTRL	0x08
#define DEVFS_KEYS_LALT		0x10
#define DEVFS_KEYS_RALT		0x20
#define DEVFS_KEYS_CAPS		0x40
#define DEVFS_KEYS_NUM		0x80

/* The longest sequence of characters that one key gives. */
#define DEVFS_KEYS_TEXT_MAX	4

bool devfs_keys_event(u8 *held, unsigned int code, int value, u64 ticks,
		      struct devfs_event *event);
size_t devfs_keys_text(const struct devfs_event *event,
		       char text[DEVFS_KEYS_TEXT_MAX]);

#endif /* _DEVFS_DOLLAR_KEYS_H */

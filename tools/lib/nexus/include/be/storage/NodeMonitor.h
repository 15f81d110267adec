/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * The node monitor of BeOS and Haiku on Linux with Nexus.
 *
 * A target is a port and a token, which is what a BMessenger and a BHandler
 * with its BLooper come down to.  Those belong to the Application Kit, which is
 * not here; its overloads of these functions, in C++, have names of their own
 * and call these.
 */
#ifndef _NODE_MONITOR_H
#define _NODE_MONITOR_H

#include "../kernel/OS.h"

/* Flags of watch_node() and watch_volume() */
#define B_STOP_WATCHING		0x0000
#define B_WATCH_NAME		0x0001
#define B_WATCH_STAT		0x0002
#define B_WATCH_ATTR		0x0004
#define B_WATCH_DIRECTORY	0x0008
#define B_WATCH_ALL		0x000f	/* the four above */
#define B_WATCH_MOUNT		0x0010
#define B_WATCH_INTERIM_STAT	0x0020
#define B_WATCH_CHILDREN	0x0040

/* What and port code of every message, 'NDMN' */
#define B_NODE_MONITOR		0x4e444d4e

/* "opcode" of a message; the last is a "cause", too */
#define B_ENTRY_CREATED		1
#define B_ENTRY_REMOVED		2
#define B_ENTRY_MOVED		3
#define B_STAT_CHANGED		4
#define B_ATTR_CHANGED		5
#define B_DEVICE_MOUNTED	6
#define B_DEVICE_UNMOUNTED	7

/* "cause" of B_ATTR_CHANGED, or B_ATTR_CHANGED */
#define B_ATTR_CREATED		1
#define B_ATTR_REMOVED		2

/* "fields" of B_STAT_CHANGED */
enum {
	B_STAT_MODE			= 0x0001,
	B_STAT_UID			= 0x0002,
	B_STAT_GID			= 0x0004,
	B_STAT_SIZE			= 0x0008,
	B_STAT_ACCESS_TIME		= 0x0010,
	B_STAT_MODIFICATION_TIME	= 0x0020,
	B_STAT_CREATION_TIME		= 0x0040,
	B_STAT_CHANGE_TIME		= 0x0080,
	B_STAT_INTERIM_UPDATE		= 0x1000
};

/*
 * A node, as st_dev and st_ino name it.  The types are those that dev_t and
 * ino_t have on Haiku, and that the fields of messages have; those of Linux are
 * others.  Haiku has this in Node.h, of which nothing else is here.
 */
struct node_ref {
#ifdef __cplusplus
	node_ref() : device(-1), node(-1)
	{
	}

	node_ref(int32 inDevice, int64 inNode) : device(inDevice), node(inNode)
	{
	}

	bool operator==(const node_ref &other) const
	{
		return device == other.device && node == other.node;
	}

	bool operator!=(const node_ref &other) const
	{
		return !(*this == other);
	}

	bool operator<(const node_ref &other) const
	{
		return device < other.device ||
		       (device == other.device && node < other.node);
	}

#endif
	int32	device;
	int64	node;
};

typedef struct node_ref node_ref;

#ifdef __cplusplus
extern "C" {
#endif

status_t	watch_node(const node_ref *node, uint32 flags, port_id port,
			   int32 token);
status_t	watch_volume(int32 volume, uint32 flags, port_id port,
			     int32 token);
status_t	stop_watching(port_id port, int32 token);

#ifdef __cplusplus
}
#endif

#endif /* _NODE_MONITOR_H */

/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The node monitor: what BeOS and Haiku programs are told about files.
 *
 * See Documentation/userspace-api/nexus/nodemon.rst, and the comments of the
 * system calls in fs/notify/nodemon/ for each argument and error.
 */
#ifndef _UAPI_LINUX_NODEMON_H
#define _UAPI_LINUX_NODEMON_H

#include <linux/types.h>

/**
 * DOC: conventions
 *
 * A watch ties a node (a file or a directory), a volume (a mounted file
 * system) or the mounts of the caller's mount namespace to a target.  A target
 * is either a file descriptor that nodemon_create() made, or a Nexus port with
 * a token.  A target has at most one watch on a thing; to watch it again adds
 * to what the watch tells.
 *
 * Watches of a descriptor live as long as it is open.  Watches that name a
 * port belong to the caller's team and end with it; they survive exec, a child
 * of fork() has none, and they do not end with their port.  Any watch ends
 * when its node is deleted or its volume is unmounted.
 *
 * A system call returns 0 or a positive number, or a negative errno and then
 * it has had no effect.  Flags and fields that are not described here must be
 * 0, anything else is -EINVAL.  The structures have the same layout for 32-bit
 * and for 64-bit callers.
 *
 * A device is the number that stat() shows as st_dev, in 32 bits, and a node
 * is what it shows as st_ino.  Two kinds of file system show something else
 * there than they tell the kernel, see the documentation: subvolumes of btrfs,
 * and overlays over several file systems without xino.
 */

/**
 * DOC: flags of nodemon_create()
 *
 * NODEMON_NONBLOCK
 *     read() fails with -EAGAIN instead of waiting.  The same as to set
 *     O_NONBLOCK later.
 */
#define NODEMON_NONBLOCK	(1U << 0)

/* Instead of a file descriptor: the target is a port and a token. */
#define NODEMON_PORT		(-1)

/**
 * enum nodemon_type - what is watched
 * @NODEMON_NODE:      the node at a path
 * @NODEMON_NODE_ID:   the node with the numbers device and node
 * @NODEMON_VOLUME:    the volume that the node at a path is on
 * @NODEMON_VOLUME_ID: the volume with the number device
 * @NODEMON_MOUNTS:    the mounts of the caller's mount namespace
 */
enum nodemon_type {
	NODEMON_NODE		= 0,
	NODEMON_NODE_ID		= 1,
	NODEMON_VOLUME		= 2,
	NODEMON_VOLUME_ID	= 3,
	NODEMON_MOUNTS		= 4,
};

/**
 * DOC: events of nodemon_args
 *
 * The numbers are those of B_WATCH_NAME and so on.  No event at all ends the
 * target's watch on the thing.
 *
 * NODEMON_NAME
 *     Node: it was moved, or one of its entries was removed.  Volume: an entry
 *     was created, removed or moved anywhere on it.
 *
 * NODEMON_STAT
 *     What stat() shows has changed.
 *
 * NODEMON_ATTR
 *     An attribute was created, changed or removed.
 *
 * NODEMON_DIRECTORY
 *     Directory: entries were created in it, removed from it or moved in, out
 *     or within.  Without effect on other nodes.
 *
 * NODEMON_MOUNT
 *     The one event of %NODEMON_MOUNTS.
 *
 * NODEMON_INTERIM_STAT
 *     A file is being written: interim news of its size, at most one a second
 *     for each open file.  They have %NODEMON_STAT_INTERIM, and none without
 *     that are told for this flag.
 *
 * NODEMON_CHILDREN
 *     Directory: %NODEMON_STAT, %NODEMON_ATTR and %NODEMON_INTERIM_STAT, as
 *     far as given, are told for the nodes in it as well.  Without effect on
 *     other nodes.
 */
#define NODEMON_NAME		0x0001U
#define NODEMON_STAT		0x0002U
#define NODEMON_ATTR		0x0004U
#define NODEMON_DIRECTORY	0x0008U
#define NODEMON_MOUNT		0x0010U
#define NODEMON_INTERIM_STAT	0x0020U
#define NODEMON_CHILDREN	0x0040U

/* NODEMON_NODE, NODEMON_NODE_ID take these ... */
#define NODEMON_NODE_EVENTS	(NODEMON_NAME | NODEMON_STAT | NODEMON_ATTR | \
				 NODEMON_DIRECTORY | NODEMON_INTERIM_STAT | \
				 NODEMON_CHILDREN)
/* ... and NODEMON_VOLUME, NODEMON_VOLUME_ID these. */
#define NODEMON_VOLUME_EVENTS	(NODEMON_NAME | NODEMON_STAT | NODEMON_ATTR | \
				 NODEMON_INTERIM_STAT)

/**
 * DOC: flags of nodemon_args
 *
 * NODEMON_NOFOLLOW
 *     If the last component of the path is a symbolic link, it is what is
 *     meant, not what it points to.
 *
 * NODEMON_EMPTY_PATH
 *     If the path is empty, or 0, what dirfd refers to is meant, whatever it
 *     is.
 */
#define NODEMON_NOFOLLOW	(1U << 0)
#define NODEMON_EMPTY_PATH	(1U << 1)

/**
 * struct nodemon_args - what nodemon_watch() watches
 * @type:   one of enum nodemon_type
 * @events: any of the events that the type takes; 0: end the watch
 * @flags:  %NODEMON_NOFOLLOW, %NODEMON_EMPTY_PATH, for types with a path
 * @dirfd:  where a relative path begins, or AT_FDCWD.  0 for types without a
 *          path
 * @path:   address of the path.  0 for types without one
 * @node:   number of the node, for %NODEMON_NODE_ID; otherwise 0
 * @device: number of the device, for %NODEMON_NODE_ID and
 *          %NODEMON_VOLUME_ID; otherwise 0
 * @port:   the target's port, if the target is one; otherwise 0
 * @token:  the target's token, any number; 0 if the target is a descriptor
 * @__pad:  must be 0
 *
 * The structure may grow at its end.  The kernel takes a longer one if the
 * part that it does not know is 0, otherwise it returns -E2BIG.
 */
struct nodemon_args {
	__u32 type;
	__u32 events;
	__u32 flags;
	__s32 dirfd;
	__aligned_u64 path;
	__aligned_u64 node;
	__s32 device;
	__s32 port;
	__s32 token;
	__u32 __pad;
};

#define NODEMON_ARGS_SIZE_VER0	48

/**
 * enum nodemon_opcode - what a record is about
 * @NODEMON_ENTRY_CREATED:    a name was made: of a new node, or another one of
 *                            an old
 * @NODEMON_ENTRY_REMOVED:    a name was removed, or given to another node by a
 *                            rename
 * @NODEMON_ENTRY_MOVED:      a name was changed
 * @NODEMON_STAT_CHANGED:     what stat() shows has changed
 * @NODEMON_ATTR_CHANGED:     an attribute has changed
 * @NODEMON_DEVICE_MOUNTED:   something was mounted
 * @NODEMON_DEVICE_UNMOUNTED: something was unmounted
 * @NODEMON_OVERFLOW:         records are missing from here on, because the
 *                            queue was full or memory was short
 * @NODEMON_IGNORED:          the watch has ended.  The last record with its
 *                            number
 *
 * The last two are told to descriptors alone; no port gets them.
 */
enum nodemon_opcode {
	NODEMON_ENTRY_CREATED		= 1,
	NODEMON_ENTRY_REMOVED		= 2,
	NODEMON_ENTRY_MOVED		= 3,
	NODEMON_STAT_CHANGED		= 4,
	NODEMON_ATTR_CHANGED		= 5,
	NODEMON_DEVICE_MOUNTED		= 6,
	NODEMON_DEVICE_UNMOUNTED	= 7,
	NODEMON_OVERFLOW		= 128,
	NODEMON_IGNORED			= 129,
};

/**
 * DOC: detail of a record of NODEMON_STAT_CHANGED
 *
 * What was set, whether or not it is different now, and not what follows from
 * it: a changed mode does not mention the change time.
 */
#define NODEMON_STAT_MODE		0x0001U
#define NODEMON_STAT_UID		0x0002U
#define NODEMON_STAT_GID		0x0004U
#define NODEMON_STAT_SIZE		0x0008U
#define NODEMON_STAT_ACCESS_TIME	0x0010U
#define NODEMON_STAT_MODIFICATION_TIME	0x0020U
#define NODEMON_STAT_CREATION_TIME	0x0040U
#define NODEMON_STAT_CHANGE_TIME	0x0080U
#define NODEMON_STAT_INTERIM		0x1000U

/* detail of a record of NODEMON_ATTR_CHANGED */
#define NODEMON_CAUSE_CREATED		1U
#define NODEMON_CAUSE_REMOVED		2U
#define NODEMON_CAUSE_CHANGED		5U

/**
 * DOC: flags of nodemon_record
 *
 * NODEMON_IS_DIR
 *     The node is a directory.
 */
#define NODEMON_IS_DIR		(1U << 0)

/**
 * struct nodemon_record - what read() on a descriptor gives
 * @size:         bytes of this record, names and padding included, a multiple
 *                of 8.  The next record, if there is one, follows
 * @opcode:       one of enum nodemon_opcode
 * @flags:        0 or %NODEMON_IS_DIR
 * @watch:        what nodemon_watch() returned for the watch that tells this;
 *                0 for %NODEMON_OVERFLOW
 * @device:       the volume: of the directories, or of the node where there is
 *                no directory.  %NODEMON_DEVICE_MOUNTED: of the directory that
 *                was mounted on, -1 if it is not known.
 *                %NODEMON_DEVICE_UNMOUNTED: the one that went away
 * @node_device:  the volume of the node.  %NODEMON_DEVICE_MOUNTED: the one
 *                that was mounted
 * @detail:       %NODEMON_STAT_CHANGED: what was set.  %NODEMON_ATTR_CHANGED:
 *                the cause.  Otherwise 0
 * @directory:    the directory of the entry, for %NODEMON_ENTRY_MOVED the old
 *                one.  %NODEMON_ATTR_CHANGED: the parent, if known.
 *                %NODEMON_DEVICE_MOUNTED: what was mounted on.  Otherwise -1
 * @to_directory: %NODEMON_ENTRY_MOVED: the new directory.  Otherwise -1
 * @node:         the node, -1 if it is not known.  %NODEMON_DEVICE_MOUNTED and
 *                %NODEMON_DEVICE_UNMOUNTED: the mount, as statx() shows it with
 *                STATX_MNT_ID_UNIQUE
 * @name_len:     bytes of the first name, without its NUL
 * @from_len:     bytes of the second name, without its NUL
 * @header_size:  where the names begin in the record
 * @__pad:        0
 * @names:        the name of the entry, for %NODEMON_ENTRY_MOVED the new one,
 *                or of the attribute; with a NUL behind it.  Then, for
 *                %NODEMON_ENTRY_MOVED, the old name with a NUL.  Then padding,
 *                all NUL.  Records of other opcodes have no names
 *
 * The part in front of the names may grow: @header_size is how to find the
 * names, and @size the next record.
 */
struct nodemon_record {
	__u32 size;
	__u16 opcode;
	__u16 flags;
	__s32 watch;
	__s32 device;
	__s32 node_device;
	__u32 detail;
	__aligned_s64 directory;
	__aligned_s64 to_directory;
	__aligned_s64 node;
	__u16 name_len;
	__u16 from_len;
	__u16 header_size;
	__u16 __pad;
	char names[];
};

/* Bytes of a record without names. */
#define NODEMON_RECORD_SIZE	56

/* No record is longer: two names of 255 bytes, each with its NUL. */
#define NODEMON_RECORD_MAX	568

/**
 * DOC: messages to ports
 *
 * The code of the message is %NODEMON_MESSAGE_CODE; its sender is the user and
 * group who asked for the watch, and team 0, the kernel.  The data is a flat
 * message of BeOS: struct nodemon_message and then the fields, one after the
 * other, each as struct nodemon_field.  All numbers are in the byte order of
 * the machine.  Names and types of the fields, in this order:
 *
 * ================ ==========================================================
 * opcode           fields
 * ================ ==========================================================
 * ENTRY_CREATED    "opcode" LONG, "device" LONG, "directory" LLNG,
 *                  "node" LLNG, "name" CSTR
 * ENTRY_REMOVED    "opcode" LONG, "device" LONG, "directory" LLNG,
 *                  "node" LLNG, "name" CSTR
 * ENTRY_MOVED      "opcode" LONG, "device" LONG, "from directory" LLNG,
 *                  "to directory" LLNG, "node device" LONG, "node" LLNG,
 *                  "from name" CSTR, "name" CSTR
 * STAT_CHANGED     "opcode" LONG, "device" LONG, "node" LLNG, "fields" LONG
 * ATTR_CHANGED     "opcode" LONG, "device" LONG, "directory" LLNG (if known),
 *                  "node" LLNG, "attr" CSTR, "cause" LONG
 * DEVICE_MOUNTED   "opcode" LONG, "new device" LONG, "device" LONG,
 *                  "directory" LLNG
 * DEVICE_UNMOUNTED "opcode" LONG, "device" LONG
 * ================ ==========================================================
 */
#define NODEMON_MESSAGE_CODE	0x4e444d4e	/* 'NDMN' */
#define NODEMON_MESSAGE_MAGIC	0x6b4d7347	/* 'kMsG' */

#define NODEMON_TYPE_INT32	0x4c4f4e47	/* 'LONG' */
#define NODEMON_TYPE_INT64	0x4c4c4e47	/* 'LLNG' */
#define NODEMON_TYPE_STRING	0x43535452	/* 'CSTR' */

/**
 * struct nodemon_message - how a message to a port begins
 * @magic:       %NODEMON_MESSAGE_MAGIC
 * @size:        bytes of the whole message
 * @what:        %NODEMON_MESSAGE_CODE
 * @sender:      -1
 * @token:       the target's token
 * @reply_port:  -1
 * @reply_token: -1
 */
struct nodemon_message {
	__u32 magic;
	__s32 size;
	__u32 what;
	__s32 sender;
	__s32 token;
	__s32 reply_port;
	__s32 reply_token;
};

/**
 * struct nodemon_field - how a field of a message begins
 * @type:          one of the types above
 * @element_size:  bytes of the value; -1 for strings
 * @element_count: 1
 * @field_size:    bytes of the whole field, a multiple of 4
 * @header_size:   bytes up to the value, a multiple of 4
 * @name:          the name with a NUL, and NUL up to the value
 *
 * A number is at @header_size as it is.  A string is there as an __s32, which
 * counts the bytes that follow, the string and its NUL.
 */
struct nodemon_field {
	__u32 type;
	__s32 element_size;
	__s32 element_count;
	__s32 field_size;
	__s16 header_size;
	char name[];
};

#endif /* _UAPI_LINUX_NODEMON_H */

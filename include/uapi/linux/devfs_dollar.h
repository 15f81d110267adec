/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * $-devfs: what programs read from its nodes, and how they serve nodes.
 *
 * See Documentation/filesystems/devfs_dollar.rst.  The layouts are those of
 * ModuOS, little-endian there and in the byte order of the machine here.
 */
#ifndef _UAPI_LINUX_DEVFS_DOLLAR_H
#define _UAPI_LINUX_DEVFS_DOLLAR_H

#include <linux/types.h>

/* f_type of statfs(2): "$dev". */
#define DEVFS_DOLLAR_MAGIC	0x24646576

/**
 * enum devfs_event_type - what happened to a keyboard or a pointer
 * @DEVFS_EVENT_NONE:         nothing
 * @DEVFS_EVENT_KEY_PRESSED:  a key went down, or repeats
 * @DEVFS_EVENT_KEY_RELEASED: a key went up
 * @DEVFS_EVENT_CHAR:         a character; not made by this kernel
 * @DEVFS_EVENT_MOUSE_MOVE:   the pointer moved
 * @DEVFS_EVENT_MOUSE_BUTTON: a button of the pointer went down or up
 */
enum devfs_event_type {
	DEVFS_EVENT_NONE		= 0,
	DEVFS_EVENT_KEY_PRESSED		= 1,
	DEVFS_EVENT_KEY_RELEASED	= 2,
	DEVFS_EVENT_CHAR		= 3,
	DEVFS_EVENT_MOUSE_MOVE		= 4,
	DEVFS_EVENT_MOUSE_BUTTON	= 5,
};

/* Bits of devfs_key_event.modifiers: the state before the event's key. */
#define DEVFS_MOD_SHIFT		(1U << 0)
#define DEVFS_MOD_CTRL		(1U << 1)
#define DEVFS_MOD_ALT		(1U << 2)
#define DEVFS_MOD_CAPS		(1U << 3)
#define DEVFS_MOD_NUM		(1U << 4)

/* Bits of devfs_mouse_event.buttons. */
#define DEVFS_BUTTON_LEFT	(1U << 0)
#define DEVFS_BUTTON_RIGHT	(1U << 1)
#define DEVFS_BUTTON_MIDDLE	(1U << 2)

/*
 * Keys that are told by a number, as they are called.
 *
 * Letters, digits and punctuation have DEVFS_KEY_UNKNOWN and are told by their
 * character and scan code.
 */
enum devfs_keycode {
	DEVFS_KEY_UNKNOWN	= 0,
	DEVFS_KEY_ESCAPE	= 1,
	DEVFS_KEY_F1		= 2,
	DEVFS_KEY_F2		= 3,
	DEVFS_KEY_F3		= 4,
	DEVFS_KEY_F4		= 5,
	DEVFS_KEY_F5		= 6,
	DEVFS_KEY_F6		= 7,
	DEVFS_KEY_F7		= 8,
	DEVFS_KEY_F8		= 9,
	DEVFS_KEY_F9		= 10,
	DEVFS_KEY_F10		= 11,
	DEVFS_KEY_F11		= 12,
	DEVFS_KEY_F12		= 13,
	DEVFS_KEY_BACKSPACE	= 14,
	DEVFS_KEY_TAB		= 15,
	DEVFS_KEY_ENTER		= 16,
	DEVFS_KEY_LEFT_SHIFT	= 17,
	DEVFS_KEY_RIGHT_SHIFT	= 18,
	DEVFS_KEY_LEFT_CTRL	= 19,
	DEVFS_KEY_RIGHT_CTRL	= 20,
	DEVFS_KEY_LEFT_ALT	= 21,
	DEVFS_KEY_RIGHT_ALT	= 22,
	DEVFS_KEY_CAPS_LOCK	= 23,
	DEVFS_KEY_NUM_LOCK	= 24,
	DEVFS_KEY_SCROLL_LOCK	= 25,
	DEVFS_KEY_SPACE		= 26,
	DEVFS_KEY_INSERT	= 27,
	DEVFS_KEY_DELETE	= 28,
	DEVFS_KEY_HOME		= 29,
	DEVFS_KEY_END		= 30,
	DEVFS_KEY_PAGE_UP	= 31,
	DEVFS_KEY_PAGE_DOWN	= 32,
	DEVFS_KEY_UP		= 33,
	DEVFS_KEY_DOWN		= 34,
	DEVFS_KEY_LEFT		= 35,
	DEVFS_KEY_RIGHT		= 36,
};

/**
 * struct devfs_key_event - a key
 * @keycode:     one of enum devfs_keycode
 * @scancode:    set-2 make code of the key, 0 if it has none
 * @ascii:       its character on a US keyboard; 0 if none, and on release
 * @modifiers:   DEVFS_MOD_* before the key is applied
 * @is_extended: 1 if the scan code is one of the E0 group
 * @__pad:       0
 */
struct devfs_key_event {
	__u32 keycode;
	__u8 scancode;
	__u8 ascii;
	__u8 modifiers;
	__u8 is_extended;
	__u8 __pad[8];
};

/**
 * struct devfs_mouse_event - a pointer
 * @x:       sum of the movements so far, cut to 16 bits
 * @y:       likewise, positive downwards
 * @delta_x: movement
 * @delta_y: movement, positive downwards
 * @buttons: DEVFS_BUTTON_* that are down
 * @__pad:   0
 */
struct devfs_mouse_event {
	__s16 x;
	__s16 y;
	__s16 delta_x;
	__s16 delta_y;
	__u8 buttons;
	__u8 __pad[7];
};

/**
 * struct devfs_event - what $/dev/input/kbd0 and event0 give, one a read
 * @type:      one of enum devfs_event_type
 * @__pad:     0
 * @timestamp: CLOCK_MONOTONIC in ticks of 10 ms
 * @key:       DEVFS_EVENT_KEY_*
 * @mouse:     DEVFS_EVENT_MOUSE_*
 */
struct devfs_event {
	__u32 type;
	__u32 __pad;
	__aligned_u64 timestamp;
	union {
		struct devfs_key_event key;
		struct devfs_mouse_event mouse;
	};
};

/* devfs_video_info.mode */
#define DEVFS_VIDEO_TEXT	0
#define DEVFS_VIDEO_GRAPHICS	1

/* devfs_video_info.fmt */
#define DEVFS_VIDEO_UNKNOWN	0
#define DEVFS_VIDEO_RGB565	1
#define DEVFS_VIDEO_XRGB8888	2

/**
 * struct devfs_video_info - what $/dev/graphics/video0 gives
 * @fb_addr:  0; use mmap(2)
 * @width:    pixels
 * @height:   lines
 * @pitch:    bytes from one line to the next
 * @bpp:      bits of a pixel
 * @mode:     DEVFS_VIDEO_TEXT (then all else is 0) or DEVFS_VIDEO_GRAPHICS
 * @fmt:      DEVFS_VIDEO_RGB565, DEVFS_VIDEO_XRGB8888, or DEVFS_VIDEO_UNKNOWN
 * @reserved: 0
 */
struct devfs_video_info {
	__aligned_u64 fb_addr;
	__u32 width;
	__u32 height;
	__u32 pitch;
	__u8 bpp;
	__u8 mode;
	__u8 fmt;
	__u8 reserved;
};

/**
 * struct devfs_sysinfo - what $/dev/md64api/sysinfo gives
 *
 * Names, sizes and places are those of md64api_sysinfo_data_u.  Strings end
 * in NUL and are filled up with NUL; what is not known is 0.
 */
struct devfs_sysinfo {
	/* private: documented in devfs_dollar.rst */
	__aligned_u64 sys_available_ram;
	__aligned_u64 sys_total_ram;
	char SystemVersion[32];
	char KernelVersion[64];
	char KernelVendor[64];
	char os_name[32];
	char os_arch[16];
	char pcname[128];
	char username[32];
	char domain[32];
	char kconsole[64];
	char cpu[16];
	char cpu_manufacturer[16];
	char cpu_model[64];
	__s32 cpu_cores;
	__s32 cpu_threads;
	__s32 cpu_hyperthreading_enabled;
	__s32 cpu_base_mhz;
	__s32 cpu_max_mhz;
	__s32 cpu_cache_l1_kb;
	__s32 cpu_cache_l2_kb;
	__s32 cpu_cache_l3_kb;
	char cpu_flags[128];
	__s32 is_virtual_machine;
	char virtualization_vendor[32];
	char gpu_name[128];
	char gpu_driver[64];
	__s32 gpu_vram_mb;
	__aligned_u64 storage_total_mb;
	__aligned_u64 storage_free_mb;
	char primary_disk_model[128];
	char bios_vendor[64];
	char bios_version[64];
	char motherboard_model[64];
	__s32 secure_boot_enabled;
	__s32 tpm_version;
	__aligned_u64 uptime_seconds;
	__u8 rtc_second;
	__u8 rtc_minute;
	__u8 rtc_hour;
	__u8 rtc_day;
	__u8 rtc_month;
	__u8 __pad;
	__u16 rtc_year;
};

/**
 * DOC: flags of devfs_serve()
 *
 * DEVFS_SERVE_READ, DEVFS_SERVE_WRITE
 *     What the node can do: one of them or both.
 *
 * DEVFS_SERVE_MAILBOX
 *     The node is one ring of 4096 bytes for all who open it, the server
 *     included, which reads and writes it through the descriptor that
 *     devfs_serve() returned.  No port takes part: port, code and timeout_ms
 *     must be 0.
 */
#define DEVFS_SERVE_READ	(1U << 0)
#define DEVFS_SERVE_WRITE	(1U << 1)
#define DEVFS_SERVE_MAILBOX	(1U << 2)

/* Bytes that the ring of a mailbox holds. */
#define DEVFS_MAILBOX_SIZE	4096

/* Most bytes of data in one request or reply. */
#define DEVFS_SERVE_DATA_MAX	4096

/* How long a client waits for a server that says nothing, in milliseconds. */
#define DEVFS_SERVE_TIMEOUT	10000
#define DEVFS_SERVE_TIMEOUT_MAX	3600000

/**
 * struct devfs_serve_args - what devfs_serve() makes
 * @path:       address of a string that ends in NUL: where the node goes,
 *              relative to the directory of devfs_serve().  Directories on the
 *              way are made and belong to the caller
 * @port:       the Nexus port that gets the requests; the caller must be
 *              allowed to send to it and to receive from it
 * @code:       code of the messages with the requests
 * @flags:      DEVFS_SERVE_*
 * @mode:       permission bits for the clients, 0 to 0666; the node belongs to
 *              the caller's user and group, as a file would that it made
 * @timeout_ms: how long a client waits for an answer before it fails with
 *              ETIMEDOUT, at most DEVFS_SERVE_TIMEOUT_MAX; 0:
 *              DEVFS_SERVE_TIMEOUT
 * @__pad:      must be 0
 *
 * The structure may grow at its end.  The kernel takes a longer one if the
 * part that it does not know is 0, otherwise it returns -E2BIG.
 */
struct devfs_serve_args {
	__aligned_u64 path;
	__s32 port;
	__s32 code;
	__u32 flags;
	__u32 mode;
	__u32 timeout_ms;
	__u32 __pad;
};

#define DEVFS_SERVE_ARGS_SIZE_VER0	32

/**
 * enum devfs_request_op - what a client does
 * @DEVFS_REQUEST_OPEN:   it opens the node; answer 0 or a negative errno
 * @DEVFS_REQUEST_READ:   it reads; answer how many bytes (they follow the
 *                        reply), 0 at the end, or a negative errno
 * @DEVFS_REQUEST_WRITE:  it writes, the bytes follow the request; answer how
 *                        many were taken, or a negative errno
 * @DEVFS_REQUEST_CLOSE:  it has closed the file.  No answer
 * @DEVFS_REQUEST_CANCEL: it does not wait for the answer to the request in
 *                        "id" any more, be it a signal or the time.  No answer
 */
enum devfs_request_op {
	DEVFS_REQUEST_OPEN	= 1,
	DEVFS_REQUEST_READ	= 2,
	DEVFS_REQUEST_WRITE	= 3,
	DEVFS_REQUEST_CLOSE	= 4,
	DEVFS_REQUEST_CANCEL	= 5,
};

/**
 * struct devfs_request - begins each message that a server's port gets
 * @id:    of the request, for the reply; 0 for DEVFS_REQUEST_CLOSE
 * @file:  of the client's open file, from its DEVFS_REQUEST_OPEN to its
 *         DEVFS_REQUEST_CLOSE
 * @op:    one of enum devfs_request_op
 * @flags: of the client's file now: access mode and O_NONBLOCK
 * @size:  most bytes to read, or bytes that follow to be written
 * @uid:   effective user id of who has opened the file, then, in the user
 *         namespace of the server; the overflow id if it has none there
 * @gid:   effective group id, likewise
 * @team:  the process that asks now, in the pid namespace of the server; 0 if
 *         it is not seen there
 * @thread: its thread, likewise
 * @__pad: 0
 *
 * The kernel vouches for all of it.  The message's own sender is the kernel,
 * on behalf of the server: its team is 0.  DEVFS_REQUEST_CLOSE and _CANCEL
 * tell about whoever caused them.
 */
struct devfs_request {
	__aligned_u64 id;
	__aligned_u64 file;
	__u32 op;
	__u32 flags;
	__u32 size;
	__u32 uid;
	__u32 gid;
	__s32 team;
	__s32 thread;
	__u32 __pad;
};

/**
 * DOC: flags of devfs_reply
 *
 * DEVFS_REPLY_WAIT
 *     Not an answer yet: the client shall wait for it without limit, until a
 *     signal.  The result must be 0.
 *
 * DEVFS_REPLY_POLL
 *     Not an answer: "id" is an open file and the result is what poll(2) says
 *     of it from now on (POLLIN, POLLOUT, POLLPRI, POLLRDHUP).  Until then it
 *     is ready for all that the node can do.
 */
#define DEVFS_REPLY_WAIT	(1U << 0)
#define DEVFS_REPLY_POLL	(1U << 1)

/**
 * struct devfs_reply - what a server writes to its descriptor, one a write(2)
 * @id:     of the request
 * @result: see enum devfs_request_op
 * @flags:  0 or one of DEVFS_REPLY_*
 *
 * The bytes that were read follow it.
 */
struct devfs_reply {
	__aligned_u64 id;
	__s32 result;
	__u32 flags;
};

#endif /* _UAPI_LINUX_DEVFS_DOLLAR_H */

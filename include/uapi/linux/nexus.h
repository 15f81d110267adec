/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Nexus: the BeOS and Haiku kernel primitives as system calls.
 *
 * See Documentation/userspace-api/nexus/ for what the objects do, and the
 * comments of the system calls in ipc/nexus/ for each argument and error.
 */
#ifndef _UAPI_LINUX_NEXUS_H
#define _UAPI_LINUX_NEXUS_H

#include <linux/types.h>

/**
 * DOC: conventions
 *
 * An object is named by a positive 32-bit id.  Ids belong to an IPC
 * namespace, each type of object has its own, and an id that was deleted is
 * not handed out again before all others of its type have been.  A team is
 * a process and a thread is a thread; their ids are the process and thread
 * ids as the caller's pid namespace shows them.
 *
 * A system call returns 0 or a positive number, or a negative errno and then
 * it has had no effect.  Flags and reserved fields that are not described
 * here must be 0, anything else is -EINVAL.  All structures defined here have
 * the same layout for 32-bit and for 64-bit callers.
 *
 * Deadlines are absolute, on CLOCK_MONOTONIC as the caller's time namespace
 * shows it or, with %NEXUS_CLOCK_REALTIME, on CLOCK_REALTIME.  They are
 * absolute because a system call that a signal interrupted is restarted with
 * the arguments that it had: a relative timeout would start afresh after
 * each handler.  A deadline only matters if the call would have to wait; one
 * that has passed then gives -ETIMEDOUT.  No deadline means to wait for ever.
 */

/* Longest name of an object in bytes, terminating NUL included. */
#define NEXUS_NAME_LEN		32

/**
 * enum nexus_type - what an id names
 * @NEXUS_TYPE_SYSTEM: the IPC namespace itself, with the id 0; only
 *                     nexus_info() takes it (struct nexus_system_info)
 * @NEXUS_TYPE_PORT:   a port (struct nexus_port_info)
 * @NEXUS_TYPE_SEM:    a semaphore (struct nexus_sem_info)
 * @NEXUS_TYPE_THREAD: a thread (struct nexus_thread_info).  Its id is the one
 *                     that the caller's pid namespace shows
 * @NEXUS_TYPE_AREA:   an area (struct nexus_area_info)
 */
enum nexus_type {
	NEXUS_TYPE_SYSTEM	= 0,
	NEXUS_TYPE_PORT		= 1,
	NEXUS_TYPE_SEM		= 2,
	NEXUS_TYPE_THREAD	= 3,
	NEXUS_TYPE_AREA		= 4,
};

/**
 * DOC: wait flags
 *
 * NEXUS_NOWAIT
 *     Fail with -EAGAIN instead of waiting.  The deadline must be NULL.
 *
 * NEXUS_CLOCK_REALTIME
 *     The deadline is on CLOCK_REALTIME and follows when that clock is set.
 *     A deadline must be given.
 */
#define NEXUS_NOWAIT		(1U << 0)
#define NEXUS_CLOCK_REALTIME	(1U << 1)

/* Version of this interface, see nexus_system_info.abi. */
#define NEXUS_ABI_VERSION	3

/**
 * struct nexus_system_info - limits and use of the caller's IPC namespace
 * @abi:              NEXUS_ABI_VERSION of the running kernel; it rises when
 *                    something is added
 * @__pad:            0
 * @ports:            ports that exist now
 * @ports_max:        most ports that may exist (sysctl kernel.nexus.ports_max)
 * @queued_bytes:     memory that queued messages take now, in bytes, about:
 *                    message data and a small header each
 * @queued_bytes_max: most that they may take
 *                    (sysctl kernel.nexus.queued_bytes_max)
 * @sems:             semaphores that exist now
 * @sems_max:         most semaphores that may exist
 *                    (sysctl kernel.nexus.sems_max)
 * @areas:            areas that exist now
 * @areas_max:        most areas that may exist
 *                    (sysctl kernel.nexus.areas_max)
 *
 * The structure may grow at its end.  A kernel that knows less of it than the
 * caller fills the rest with 0.
 */
struct nexus_system_info {
	__u32 abi;
	__u32 __pad;
	__u32 ports;
	__u32 ports_max;
	__aligned_u64 queued_bytes;
	__aligned_u64 queued_bytes_max;
	__u32 sems;
	__u32 sems_max;
	__u32 areas;
	__u32 areas_max;
};

#define NEXUS_SYSTEM_INFO_SIZE_VER0	32

/**
 * DOC: flags of nexus_port_args, nexus_sem_args and nexus_area_args
 *
 * NEXUS_CREATE_MODE
 *     The field mode holds the permission bits of the new object.  Without
 *     this flag mode must be 0, and the sysctl kernel.nexus.default_mode
 *     decides.
 */
#define NEXUS_CREATE_MODE	(1U << 0)

/* Most messages that a port can be asked to queue. */
#define NEXUS_PORT_CAPACITY_MAX	4096

/* Most bytes of data in one message of a port. */
#define NEXUS_PORT_MSG_MAX	262144

/* Most buffers that %NEXUS_PORT_GATHER takes, the same as UIO_MAXIOV. */
#define NEXUS_PORT_IOV_MAX	1024

/**
 * struct nexus_port_args - what nexus_port_create() makes
 * @name:     address of a string that ends in NUL.  What follows its 31st
 *            byte is cut off.  0: the name is "unnamed port"
 * @capacity: most messages that the port queues,
 *            1 to %NEXUS_PORT_CAPACITY_MAX
 * @flags:    0 or %NEXUS_CREATE_MODE
 * @mode:     permission bits, 0 to 0777, of which read (receive, peek, ask)
 *            and write (send) matter, for the owner, the group and others
 * @__pad:    must be 0
 *
 * The structure may grow at its end.  The kernel takes a longer one if the
 * part that it does not know is 0, otherwise it returns -E2BIG.
 */
struct nexus_port_args {
	__aligned_u64 name;
	__u32 capacity;
	__u32 flags;
	__u32 mode;
	__u32 __pad;
};

#define NEXUS_PORT_ARGS_SIZE_VER0	24

/**
 * DOC: flags of nexus_port_send() and nexus_port_recv()
 *
 * Both take %NEXUS_NOWAIT and %NEXUS_CLOCK_REALTIME.
 *
 * NEXUS_PORT_GATHER
 *     Send only.  buf is an array of struct iovec and size is the number of
 *     its elements, at most %NEXUS_PORT_IOV_MAX.  The buffers in turn make up
 *     one message.
 *
 * NEXUS_PORT_PEEK
 *     Receive only.  Wait for a message and describe it, but leave it where
 *     it is.  buf must be NULL and size 0; the result is the message's size.
 *
 * NEXUS_PORT_CODE
 *     Receive only.  info is the address of an __s32 that is set to the code
 *     of the message, and nothing else is told about it.
 */
#define NEXUS_PORT_GATHER	(1U << 2)
#define NEXUS_PORT_PEEK		(1U << 3)
#define NEXUS_PORT_CODE		(1U << 4)

/**
 * struct nexus_msg_info - describes a message to its receiver
 * @code:       number that the sender chose
 * @size:       bytes of data that were sent.  If the receiver's buffer is
 *              smaller the rest is lost
 * @uid:        effective user id of the sender, in the receiver's user
 *              namespace; the overflow id if it has none there
 * @gid:        effective group id of the sender, likewise
 * @team:       the sender's team, in the receiver's pid namespace; 0 if it is
 *              not seen there
 * @thread:     the sending thread, likewise
 * @__reserved: 0; room for what messages may carry later
 *
 * The kernel vouches for all of it but @code.  It is taken when the message is
 * sent; if the sender has ended since, another process may have its number.
 */
struct nexus_msg_info {
	__s32 code;
	__u32 size;
	__u32 uid;
	__u32 gid;
	__s32 team;
	__s32 thread;
	__aligned_u64 __reserved[3];
};

/**
 * DOC: flags of nexus_port_info
 *
 * NEXUS_PORT_CLOSED
 *     The port takes no more messages.
 */
#define NEXUS_PORT_CLOSED	(1U << 0)

/**
 * struct nexus_port_info - describes a port
 * @id:           the port
 * @team:         the team that owns it, in the caller's pid namespace; 0 if
 *                it is not seen there
 * @capacity:     most messages that it queues
 * @queued:       messages that it queues now
 * @total:        messages that have been received from it; wraps
 * @flags:        0 or %NEXUS_PORT_CLOSED
 * @uid:          user id of the owner, in the caller's user namespace
 * @gid:          group id of the owner, likewise
 * @creator_uid:  user id of whoever created it, likewise
 * @mode:         permission bits
 * @queued_bytes: data bytes of the queued messages
 * @name:         its name, ends in NUL and is filled up with NUL
 *
 * The structure may grow at its end.  A kernel that knows less of it than the
 * caller fills the rest with 0.
 */
struct nexus_port_info {
	__s32 id;
	__s32 team;
	__u32 capacity;
	__u32 queued;
	__u32 total;
	__u32 flags;
	__u32 uid;
	__u32 gid;
	__u32 creator_uid;
	__u32 mode;
	__aligned_u64 queued_bytes;
	char name[NEXUS_NAME_LEN];
};

#define NEXUS_PORT_INFO_SIZE_VER0	80

/**
 * struct nexus_sem_args - what nexus_sem_create() makes
 * @name:  address of a string that ends in NUL.  What follows its 31st byte is
 *         cut off.  0: the name is "unnamed semaphore"
 * @count: units that can be acquired at first, 0 to INT_MAX
 * @flags: 0 or %NEXUS_CREATE_MODE
 * @mode:  permission bits, 0 to 0777, of which read (ask) and write (acquire,
 *         release) matter, for the owner, the group and others
 * @__pad: must be 0
 *
 * The structure may grow at its end.  The kernel takes a longer one if the
 * part that it does not know is 0, otherwise it returns -E2BIG.
 */
struct nexus_sem_args {
	__aligned_u64 name;
	__s32 count;
	__u32 flags;
	__u32 mode;
	__u32 __pad;
};

#define NEXUS_SEM_ARGS_SIZE_VER0	24

/**
 * DOC: flags of nexus_sem_release()
 *
 * NEXUS_SEM_ALL
 *     Wake everybody who waits now, in the order in which they came, whatever
 *     they ask for; the units that can be acquired stay as they are.  With a
 *     count of 0 they return as if they had acquired what they asked for.
 *     A negative count is a message to them: they return -ECANCELED, have
 *     acquired nothing, and find the number in their status.
 *
 * NEXUS_SEM_IF_WAITING
 *     Units that are left over when nobody waits any more are dropped.
 */
#define NEXUS_SEM_ALL		(1U << 0)
#define NEXUS_SEM_IF_WAITING	(1U << 1)

/**
 * struct nexus_sem_info - describes a semaphore
 * @id:            the semaphore
 * @team:          the team that owns it, in the caller's pid namespace; 0 if
 *                 it is not seen there
 * @count:         units that can be acquired, less those that waiting threads
 *                 ask for.  Negative or 0 if somebody waits for more than
 *                 there is; INT_MIN if it is even less than that
 * @latest_holder: the thread that acquired last, in the caller's pid
 *                 namespace; its negative if there was a release since; 0 if
 *                 there was none, or it is not seen there.  A hint for
 *                 debugging: the thread may have ended since
 * @uid:           user id of the owner, in the caller's user namespace
 * @gid:           group id of the owner, likewise
 * @creator_uid:   user id of whoever created it, likewise
 * @mode:          permission bits
 * @waiting:       threads that wait
 * @flags:         0
 * @name:          its name, ends in NUL and is filled up with NUL
 *
 * The structure may grow at its end.  A kernel that knows less of it than the
 * caller fills the rest with 0.
 */
struct nexus_sem_info {
	__s32 id;
	__s32 team;
	__s32 count;
	__s32 latest_holder;
	__u32 uid;
	__u32 gid;
	__u32 creator_uid;
	__u32 mode;
	__u32 waiting;
	__u32 flags;
	char name[NEXUS_NAME_LEN];
};

#define NEXUS_SEM_INFO_SIZE_VER0	72

/* Most bytes of data in the message slot of a thread. */
#define NEXUS_THREAD_MSG_MAX	65536

/* Smallest and largest priority of a thread, and the first real-time one. */
#define NEXUS_PRIORITY_MIN	1
#define NEXUS_PRIORITY_MAX	120
#define NEXUS_PRIORITY_RT	100

/**
 * DOC: flags of nexus_thread_args
 *
 * NEXUS_THREAD_NAME
 *     Give the thread the name at the address in name.
 *
 * NEXUS_THREAD_PRIORITY
 *     Give it the priority in priority.
 *
 * NEXUS_THREAD_STATUS
 *     Remember the number in status: nexus_thread_wait() tells it when the
 *     thread has ended.
 *
 * NEXUS_THREAD_KEEP
 *     When the thread ends and nobody waits for it then, remember its status
 *     for the first of its team who does later.
 */
#define NEXUS_THREAD_NAME	(1U << 0)
#define NEXUS_THREAD_PRIORITY	(1U << 1)
#define NEXUS_THREAD_STATUS	(1U << 2)
#define NEXUS_THREAD_KEEP	(1U << 3)

/**
 * struct nexus_thread_args - what nexus_thread_set() changes
 * @name:     address of a string that ends in NUL.  What follows its 31st byte
 *            is cut off
 * @flags:    any of the flags above; fields without their flag must be 0
 * @priority: %NEXUS_PRIORITY_MIN to %NEXUS_PRIORITY_MAX.  10 is that of an
 *            ordinary thread, from %NEXUS_PRIORITY_RT on it is a real-time
 *            one.  The scheduler goes as far as the caller's limits
 *            (RLIMIT_NICE, RLIMIT_RTPRIO) allow
 * @status:   any number
 * @__pad:    must be 0
 *
 * The structure may grow at its end.  The kernel takes a longer one if the
 * part that it does not know is 0, otherwise it returns -E2BIG.
 */
struct nexus_thread_args {
	__aligned_u64 name;
	__u32 flags;
	__s32 priority;
	__s32 status;
	__u32 __pad;
};

#define NEXUS_THREAD_ARGS_SIZE_VER0	24

/**
 * enum nexus_thread_state - what a thread does
 * @NEXUS_THREAD_RUNNING:   it runs on a CPU
 * @NEXUS_THREAD_READY:     it would run if there were a CPU for it
 * @NEXUS_THREAD_RECEIVING: it waits in nexus_thread_recv()
 * @NEXUS_THREAD_ASLEEP:    it waits in nexus_snooze()
 * @NEXUS_THREAD_SUSPENDED: it was suspended and not yet resumed, or its
 *                          process is stopped
 * @NEXUS_THREAD_WAITING:   it waits for anything else
 */
enum nexus_thread_state {
	NEXUS_THREAD_RUNNING	= 1,
	NEXUS_THREAD_READY	= 2,
	NEXUS_THREAD_RECEIVING	= 3,
	NEXUS_THREAD_ASLEEP	= 4,
	NEXUS_THREAD_SUSPENDED	= 5,
	NEXUS_THREAD_WAITING	= 6,
};

/**
 * DOC: flags of nexus_thread_info
 *
 * NEXUS_THREAD_HAS_DATA
 *     Its message slot holds a message.
 */
#define NEXUS_THREAD_HAS_DATA	(1U << 0)

/**
 * struct nexus_thread_info - describes a thread
 * @id:          the thread, in the caller's pid namespace
 * @team:        its team, likewise
 * @state:       one of enum nexus_thread_state
 * @priority:    what nexus_thread_set() gave it, otherwise what the scheduler
 *               gives it
 * @sem:         the semaphore that it waits for, 0 if it does not
 * @flags:       0 or %NEXUS_THREAD_HAS_DATA
 * @user_time:   time that it spent in its program, in nanoseconds
 * @kernel_time: time that it spent in the kernel, in nanoseconds
 * @stack_base:  lowest address of the mapping that its stack pointer is in
 * @stack_end:   the first address behind it.  Both are 0 if the caller may
 *               not trace the thread, if the kernel cannot tell, or if it
 *               cannot tell without waiting
 * @name:        its name, ends in NUL and is filled up with NUL
 *
 * The structure may grow at its end.  A kernel that knows less of it than the
 * caller fills the rest with 0.
 */
struct nexus_thread_info {
	__s32 id;
	__s32 team;
	__u32 state;
	__s32 priority;
	__s32 sem;
	__u32 flags;
	__aligned_u64 user_time;
	__aligned_u64 kernel_time;
	__aligned_u64 stack_base;
	__aligned_u64 stack_end;
	char name[NEXUS_NAME_LEN];
};

#define NEXUS_THREAD_INFO_SIZE_VER0	88

/**
 * enum nexus_area_spec - where an area goes
 * @NEXUS_AREA_ANY:         anywhere
 * @NEXUS_AREA_EXACT:       at the address, or nowhere
 * @NEXUS_AREA_BASE:        into the first hole at or above the address that is
 *                          large enough; anywhere if there is none
 * @NEXUS_AREA_RANDOM_ANY:  the same as %NEXUS_AREA_ANY: Linux places mappings
 *                          at random anyway
 * @NEXUS_AREA_RANDOM_BASE: as %NEXUS_AREA_BASE from a random address above
 *                          the given one
 *
 * The numbers are those of BeOS.  3 to 5, which mean something there, are not
 * for programs.
 */
enum nexus_area_spec {
	NEXUS_AREA_ANY		= 0,
	NEXUS_AREA_EXACT	= 1,
	NEXUS_AREA_BASE		= 2,
	NEXUS_AREA_RANDOM_ANY	= 6,
	NEXUS_AREA_RANDOM_BASE	= 7,
};

/**
 * enum nexus_area_lock - whether an area stays in memory
 * @NEXUS_AREA_NO_LOCK:         it is paged like any other memory
 * @NEXUS_AREA_LAZY_LOCK:       its pages stay from their first use on
 * @NEXUS_AREA_FULL_LOCK:       all of it is there at once, and stays
 * @NEXUS_AREA_CONTIGUOUS:      as %NEXUS_AREA_FULL_LOCK
 * @NEXUS_AREA_LOMEM:           as %NEXUS_AREA_FULL_LOCK
 * @NEXUS_AREA_32_BIT_FULL:     as %NEXUS_AREA_FULL_LOCK
 * @NEXUS_AREA_32_BIT_CONTIGUOUS: as %NEXUS_AREA_FULL_LOCK
 *
 * The numbers are those of BeOS.  All but the first count against
 * RLIMIT_MEMLOCK.  The last four ask for certain physical memory; no program
 * can see which it has, so they only lock.
 */
enum nexus_area_lock {
	NEXUS_AREA_NO_LOCK		= 0,
	NEXUS_AREA_LAZY_LOCK		= 1,
	NEXUS_AREA_FULL_LOCK		= 2,
	NEXUS_AREA_CONTIGUOUS		= 3,
	NEXUS_AREA_LOMEM		= 4,
	NEXUS_AREA_32_BIT_FULL		= 5,
	NEXUS_AREA_32_BIT_CONTIGUOUS	= 6,
};

/**
 * DOC: protection of an area
 *
 * NEXUS_AREA_READ, NEXUS_AREA_WRITE, NEXUS_AREA_EXEC
 *     What the team may do with the memory.
 *
 * NEXUS_AREA_STACK
 *     It is somebody's stack.  Its memory is not committed beforehand.
 *
 * NEXUS_AREA_CLONEABLE
 *     Other teams may clone it.
 *
 * NEXUS_AREA_OVERCOMMIT
 *     Its memory is not committed beforehand.  Only when it is created.
 *
 * The numbers are those of BeOS.
 */
#define NEXUS_AREA_READ		0x0001
#define NEXUS_AREA_WRITE	0x0002
#define NEXUS_AREA_EXEC		0x0004
#define NEXUS_AREA_STACK	0x0008
#define NEXUS_AREA_CLONEABLE	0x0100
#define NEXUS_AREA_OVERCOMMIT	0x1000

/**
 * struct nexus_area_args - an area to be made, and where it went
 * @name:       address of a string that ends in NUL.  What follows its 31st
 *              byte is cut off.  nexus_area_transfer(): 0
 * @address:    with %NEXUS_AREA_EXACT, %NEXUS_AREA_BASE and
 *              %NEXUS_AREA_RANDOM_BASE where the area goes or the search
 *              begins; the first must be a multiple of the page size.  Set to
 *              where it went if the call succeeds
 * @size:       bytes, rounded up to whole pages.  nexus_area_clone() and
 *              nexus_area_transfer(): 0, it is that of the source
 * @spec:       one of enum nexus_area_spec
 * @lock:       one of enum nexus_area_lock.  nexus_area_clone() and
 *              nexus_area_transfer(): 0, it is that of the source
 * @protection: of the flags above.  nexus_area_transfer(): 0, it is that of
 *              the source
 * @flags:      0 or %NEXUS_CREATE_MODE.  nexus_area_transfer(): 0
 * @mode:       permission bits, 0 to 0777, of which read (ask, clone) and
 *              write (clone so that it can be written to) matter, for the
 *              owner, the group and others
 * @__pad:      must be 0
 *
 * The structure may grow at its end.  The kernel takes a longer one if the
 * part that it does not know is 0, otherwise it returns -E2BIG.
 */
struct nexus_area_args {
	__aligned_u64 name;
	__aligned_u64 address;
	__aligned_u64 size;
	__u32 spec;
	__u32 lock;
	__u32 protection;
	__u32 flags;
	__u32 mode;
	__u32 __pad;
};

#define NEXUS_AREA_ARGS_SIZE_VER0	48

/**
 * DOC: flags of nexus_area_info
 *
 * NEXUS_AREA_SHARED
 *     It has been cloned, transferred or opened, or is what one of these
 *     made: a child of fork() shares its memory.  Otherwise the child gets a
 *     copy.
 */
#define NEXUS_AREA_SHARED	(1U << 0)

/**
 * struct nexus_area_info - describes an area
 * @id:             the area; 0: a mapping that is no area, which only
 *                  nexus_area_map() describes
 * @team:           the team in which it is mapped, in the caller's pid
 *                  namespace; 0 if it is not seen there
 * @address:        where it begins; 0 if the caller may not trace the team
 * @size:           bytes
 * @ram_size:       bytes of its memory object that are in memory now.  The
 *                  object may be larger than the area
 * @lock:           one of enum nexus_area_lock
 * @protection:     of the flags of nexus_area_args.  What mprotect() changed
 *                  for some of its pages only is missing here
 * @max_protection: most that @protection can be made
 * @flags:          0 or %NEXUS_AREA_SHARED
 * @copy_count:     pages that the team has copies of, because it or another
 *                  team wrote to them after fork()
 * @uid:            user id of the owner, in the caller's user namespace
 * @gid:            group id of the owner, likewise
 * @creator_uid:    user id of whoever created it, likewise
 * @mode:           permission bits
 * @__pad:          0
 * @name:           its name, ends in NUL and is filled up with NUL
 *
 * The structure may grow at its end.  A kernel that knows less of it than the
 * caller fills the rest with 0.
 */
struct nexus_area_info {
	__s32 id;
	__s32 team;
	__aligned_u64 address;
	__aligned_u64 size;
	__aligned_u64 ram_size;
	__u32 lock;
	__u32 protection;
	__u32 max_protection;
	__u32 flags;
	__u32 copy_count;
	__u32 uid;
	__u32 gid;
	__u32 creator_uid;
	__u32 mode;
	__u32 __pad;
	char name[NEXUS_NAME_LEN];
};

#define NEXUS_AREA_INFO_SIZE_VER0	104

#endif /* _UAPI_LINUX_NEXUS_H */

// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Types, layouts and values, checked while compiling: as C and as C++, by
 * every compiler and for every word size at hand.
 */
#include <OS.h>
#include <Errors.h>
#include <NodeMonitor.h>
#include <SupportDefs.h>
#include <kernel/OS.h>
#include <support/Errors.h>
#include <support/SupportDefs.h>
#include <private/area_private.h>
#include <private/port_private.h>
#include <storage/NodeMonitor.h>
#include <nexus.h>
#include <nodemon.h>

#include <stddef.h>

#define JOIN_(a, b)	a##b
#define JOIN(a, b)	JOIN_(a, b)
#define ASSERT(c)	extern char JOIN(assert_, __LINE__)[(c) ? 1 : -1]
#define AT(type, field, offset)	ASSERT(offsetof(type, field) == (offset))
#define SIZE(type, size)	ASSERT(sizeof(type) == (size))

/* Every name and value of the table of statuses */
#define STATUS(name, value)	ASSERT((name) == (int)(value))
STATUS(B_OK, 0);
STATUS(B_NO_ERROR, 0);
STATUS(B_ERROR, -1);
STATUS(B_NO_MEMORY, 0x80000000u);
STATUS(B_IO_ERROR, 0x80000001u);
STATUS(B_PERMISSION_DENIED, 0x80000002u);
STATUS(B_BAD_VALUE, 0x80000005u);
STATUS(B_NAME_NOT_FOUND, 0x80000007u);
STATUS(B_NAME_IN_USE, 0x80000008u);
STATUS(B_TIMED_OUT, 0x80000009u);
STATUS(B_INTERRUPTED, 0x8000000Au);
STATUS(B_WOULD_BLOCK, 0x8000000Bu);
STATUS(B_CANCELED, 0x8000000Cu);
STATUS(B_NO_INIT, 0x8000000Du);
STATUS(B_BUSY, 0x8000000Eu);
STATUS(B_NOT_ALLOWED, 0x8000000Fu);
STATUS(B_BAD_DATA, 0x80000010u);
STATUS(B_BAD_SEM_ID, 0x80001000u);
STATUS(B_NO_MORE_SEMS, 0x80001001u);
STATUS(B_BAD_THREAD_ID, 0x80001100u);
STATUS(B_NO_MORE_THREADS, 0x80001101u);
STATUS(B_BAD_THREAD_STATE, 0x80001102u);
STATUS(B_BAD_TEAM_ID, 0x80001103u);
STATUS(B_NO_MORE_TEAMS, 0x80001104u);
STATUS(B_BAD_PORT_ID, 0x80001200u);
STATUS(B_NO_MORE_PORTS, 0x80001201u);
STATUS(B_BAD_ADDRESS, 0x80001301u);
STATUS(B_FILE_ERROR, 0x80006000u);
STATUS(B_ENTRY_NOT_FOUND, 0x80006003u);
STATUS(B_CROSS_DEVICE_LINK, 0x8000600Bu);
STATUS(B_UNSUPPORTED, 0x8000600Eu);
STATUS(B_NOT_SUPPORTED, 0x8000702Bu);
STATUS(B_POSIX_EDEADLK, 0x80007003u);
STATUS(B_POSIX_ENOTSUP, 0x80007038u);
/* They stay negative where they are widened. */
ASSERT((ssize_t)B_BAD_PORT_ID < 0);
ASSERT((int64)B_NO_MEMORY == -2147483647LL - 1);

STATUS(B_RELATIVE_TIMEOUT, 0x08);
STATUS(B_TIMEOUT, 0x08);
STATUS(B_ABSOLUTE_TIMEOUT, 0x10);
STATUS(B_TIMEOUT_REAL_TIME_BASE, 0x40);
STATUS(B_ABSOLUTE_REAL_TIME_TIMEOUT, 0x50);
STATUS(B_CAN_INTERRUPT, 0x01);
STATUS(B_CHECK_PERMISSION, 0x04);
STATUS(B_KILL_CAN_INTERRUPT, 0x20);
STATUS(B_DO_NOT_RESCHEDULE, 0x02);
STATUS(B_RELEASE_ALL, 0x08);
STATUS(B_RELEASE_IF_WAITING_ONLY, 0x10);
STATUS(B_THREAD_RUNNING, 1);
STATUS(B_THREAD_READY, 2);
STATUS(B_THREAD_RECEIVING, 3);
STATUS(B_THREAD_ASLEEP, 4);
STATUS(B_THREAD_SUSPENDED, 5);
STATUS(B_THREAD_WAITING, 6);
STATUS(B_IDLE_PRIORITY, 0);
STATUS(B_LOWEST_ACTIVE_PRIORITY, 1);
STATUS(B_LOW_PRIORITY, 5);
STATUS(B_NORMAL_PRIORITY, 10);
STATUS(B_DISPLAY_PRIORITY, 15);
STATUS(B_URGENT_DISPLAY_PRIORITY, 20);
STATUS(B_REAL_TIME_DISPLAY_PRIORITY, 100);
STATUS(B_FIRST_REAL_TIME_PRIORITY, 100);
STATUS(B_URGENT_PRIORITY, 110);
STATUS(B_REAL_TIME_PRIORITY, 120);
STATUS(B_OBJECT_TYPE_FD, 0);
STATUS(B_OBJECT_TYPE_SEMAPHORE, 1);
STATUS(B_OBJECT_TYPE_PORT, 2);
STATUS(B_OBJECT_TYPE_THREAD, 3);
STATUS(B_EVENT_READ, 0x0001);
STATUS(B_EVENT_ACQUIRE_SEMAPHORE, 0x0001);
STATUS(B_EVENT_WRITE, 0x0002);
STATUS(B_EVENT_ERROR, 0x0004);
STATUS(B_EVENT_PRIORITY_READ, 0x0008);
STATUS(B_EVENT_PRIORITY_WRITE, 0x0010);
STATUS(B_EVENT_HIGH_PRIORITY_READ, 0x0020);
STATUS(B_EVENT_HIGH_PRIORITY_WRITE, 0x0040);
STATUS(B_EVENT_DISCONNECTED, 0x0080);
STATUS(B_EVENT_INVALID, 0x1000);
STATUS(B_ANY_ADDRESS, 0);
STATUS(B_EXACT_ADDRESS, 1);
STATUS(B_BASE_ADDRESS, 2);
STATUS(B_CLONE_ADDRESS, 3);
STATUS(B_ANY_KERNEL_ADDRESS, 4);
STATUS(B_RANDOMIZED_ANY_ADDRESS, 6);
STATUS(B_RANDOMIZED_BASE_ADDRESS, 7);
STATUS(B_NO_LOCK, 0);
STATUS(B_LAZY_LOCK, 1);
STATUS(B_FULL_LOCK, 2);
STATUS(B_CONTIGUOUS, 3);
STATUS(B_LOMEM, 4);
STATUS(B_32_BIT_FULL_LOCK, 5);
STATUS(B_32_BIT_CONTIGUOUS, 6);
STATUS(B_READ_AREA, 0x01);
STATUS(B_WRITE_AREA, 0x02);
STATUS(B_EXECUTE_AREA, 0x04);
STATUS(B_STACK_AREA, 0x08);
STATUS(B_CLONEABLE_AREA, 0x100);
STATUS(B_OVERCOMMITTING_AREA, 0x1000);
STATUS(B_STOP_WATCHING, 0x0000);
STATUS(B_WATCH_NAME, 0x0001);
STATUS(B_WATCH_STAT, 0x0002);
STATUS(B_WATCH_ATTR, 0x0004);
STATUS(B_WATCH_DIRECTORY, 0x0008);
STATUS(B_WATCH_ALL, 0x000f);
STATUS(B_WATCH_MOUNT, 0x0010);
STATUS(B_WATCH_INTERIM_STAT, 0x0020);
STATUS(B_WATCH_CHILDREN, 0x0040);
STATUS(B_NODE_MONITOR, 0x4e444d4e);
STATUS(B_ENTRY_CREATED, 1);
STATUS(B_ENTRY_REMOVED, 2);
STATUS(B_ENTRY_MOVED, 3);
STATUS(B_STAT_CHANGED, 4);
STATUS(B_ATTR_CHANGED, 5);
STATUS(B_DEVICE_MOUNTED, 6);
STATUS(B_DEVICE_UNMOUNTED, 7);
STATUS(B_ATTR_CREATED, 1);
STATUS(B_ATTR_REMOVED, 2);
STATUS(B_STAT_MODE, 0x0001);
STATUS(B_STAT_UID, 0x0002);
STATUS(B_STAT_GID, 0x0004);
STATUS(B_STAT_SIZE, 0x0008);
STATUS(B_STAT_ACCESS_TIME, 0x0010);
STATUS(B_STAT_MODIFICATION_TIME, 0x0020);
STATUS(B_STAT_CREATION_TIME, 0x0040);
STATUS(B_STAT_CHANGE_TIME, 0x0080);
STATUS(B_STAT_INTERIM_UPDATE, 0x1000);
#ifdef __x86_64__
STATUS(B_PAGE_SIZE, 4096);
#endif
STATUS(B_OS_NAME_LENGTH, 32);
STATUS(B_CURRENT_TEAM, 0);
STATUS(B_SYSTEM_TEAM, 1);
ASSERT(B_INFINITE_TIMEOUT == 0x7fffffffffffffffLL);

SIZE(port_id, 4);
SIZE(sem_id, 4);
SIZE(area_id, 4);
SIZE(thread_id, 4);
SIZE(team_id, 4);
SIZE(status_t, 4);
SIZE(bigtime_t, 8);
SIZE(int8, 1);
SIZE(uint8, 1);
SIZE(int16, 2);
SIZE(uint16, 2);
SIZE(int32, 4);
SIZE(uint32, 4);
SIZE(int64, 8);
SIZE(uint64, 8);
SIZE(addr_t, sizeof(void *));
ASSERT((port_id)~0 < 0);
ASSERT((status_t)-1 < 0);
ASSERT((bigtime_t)-1 < 0);
ASSERT((uint32)~0 > 0);

SIZE(port_info, 52);
AT(port_info, port, 0);
AT(port_info, team, 4);
AT(port_info, name, 8);
AT(port_info, capacity, 40);
AT(port_info, queue_count, 44);
AT(port_info, total_count, 48);
SIZE(port_message_info, sizeof(void *) == 8 ? 24 : 16);
AT(port_message_info, size, 0);
AT(port_message_info, sender, sizeof(void *));
AT(port_message_info, sender_group, sizeof(void *) + 4);
AT(port_message_info, sender_team, sizeof(void *) + 8);

SIZE(sem_info, 48);
AT(sem_info, sem, 0);
AT(sem_info, team, 4);
AT(sem_info, name, 8);
AT(sem_info, count, 40);
AT(sem_info, latest_holder, 44);
SIZE(area_info, sizeof(void *) == 8 ? 88 : 72);
AT(area_info, area, 0);
AT(area_info, name, 4);
ASSERT(sizeof(void *) != 8 || offsetof(area_info, size) == 40);
AT(area_info, lock, offsetof(area_info, size) + sizeof(size_t));
AT(area_info, protection, offsetof(area_info, lock) + 4);
AT(area_info, team, offsetof(area_info, lock) + 8);
AT(area_info, ram_size, offsetof(area_info, lock) + 12);
AT(area_info, copy_count, offsetof(area_info, lock) + 16);
AT(area_info, in_count, offsetof(area_info, lock) + 20);
AT(area_info, out_count, offsetof(area_info, lock) + 24);
AT(area_info, address, sizeof(area_info) - sizeof(void *));
/* 32-bit x86 aligns 64-bit numbers to 4 bytes, others to 8. */
ASSERT(sizeof(thread_info) == (sizeof(void *) == 8 ? 88 :
			       offsetof(thread_info, user_time) + 24));
AT(thread_info, thread, 0);
AT(thread_info, team, 4);
AT(thread_info, name, 8);
AT(thread_info, state, 40);
AT(thread_info, priority, 44);
AT(thread_info, sem, 48);
ASSERT(sizeof(void *) != 8 || offsetof(thread_info, user_time) == 56);
AT(thread_info, kernel_time, offsetof(thread_info, user_time) + 8);
AT(thread_info, stack_base, offsetof(thread_info, user_time) + 16);
ASSERT(offsetof(thread_info, stack_end) - sizeof(void *) ==
	offsetof(thread_info, stack_base));
SIZE(team_info, 100);
AT(team_info, team, 0);
AT(team_info, thread_count, 4);
AT(team_info, image_count, 8);
AT(team_info, area_count, 12);
AT(team_info, debugger_nub_thread, 16);
AT(team_info, debugger_nub_port, 20);
AT(team_info, argc, 24);
AT(team_info, args, 28);
AT(team_info, uid, 92);
AT(team_info, gid, 96);
SIZE(object_wait_info, 8);
AT(object_wait_info, object, 0);
AT(object_wait_info, type, 4);
AT(object_wait_info, events, 6);
SIZE(thread_state, 4);
SIZE(nanotime_t, 8);

/* It has constructors in C++, where offsetof() is for what has none. */
struct like_node_ref {
	int32 device;
	int64 node;
};

SIZE(node_ref, sizeof(struct like_node_ref));
#ifndef __cplusplus
AT(node_ref, device, 0);
AT(node_ref, node, offsetof(struct like_node_ref, node));
#endif

/* The kernel's structures do not depend on the word size. */
ASSERT(NEXUS_SYSTEM_INFO_SIZE_VER0 == 32);
SIZE(struct nexus_system_info, 48);
SIZE(struct nexus_port_args, NEXUS_PORT_ARGS_SIZE_VER0);
SIZE(struct nexus_port_info, NEXUS_PORT_INFO_SIZE_VER0);
SIZE(struct nexus_sem_args, NEXUS_SEM_ARGS_SIZE_VER0);
SIZE(struct nexus_sem_info, NEXUS_SEM_INFO_SIZE_VER0);
SIZE(struct nexus_thread_args, NEXUS_THREAD_ARGS_SIZE_VER0);
SIZE(struct nexus_thread_info, NEXUS_THREAD_INFO_SIZE_VER0);
SIZE(struct nexus_area_args, NEXUS_AREA_ARGS_SIZE_VER0);
SIZE(struct nexus_area_info, NEXUS_AREA_INFO_SIZE_VER0);
SIZE(struct nexus_msg_info, 48);
SIZE(struct __kernel_timespec, 16);
AT(struct nexus_system_info, queued_bytes, 16);
AT(struct nexus_port_args, capacity, 8);
AT(struct nexus_port_info, queued_bytes, 40);
AT(struct nexus_port_info, name, 48);
AT(struct nexus_msg_info, team, 16);
AT(struct nexus_system_info, sems, 32);
AT(struct nexus_sem_args, count, 8);
AT(struct nexus_sem_info, name, 40);
AT(struct nexus_thread_args, flags, 8);
AT(struct nexus_thread_args, priority, 12);
AT(struct nexus_thread_args, status, 16);
AT(struct nexus_thread_info, user_time, 24);
AT(struct nexus_thread_info, name, 56);
AT(struct nexus_system_info, areas, 40);
AT(struct nexus_area_args, address, 8);
AT(struct nexus_area_args, size, 16);
AT(struct nexus_area_args, spec, 24);
AT(struct nexus_area_args, lock, 28);
AT(struct nexus_area_args, protection, 32);
AT(struct nexus_area_args, flags, 36);
AT(struct nexus_area_args, mode, 40);
AT(struct nexus_area_info, address, 8);
AT(struct nexus_area_info, ram_size, 24);
AT(struct nexus_area_info, lock, 32);
AT(struct nexus_area_info, copy_count, 48);
AT(struct nexus_area_info, name, 72);
SIZE(struct nodemon_args, NODEMON_ARGS_SIZE_VER0);
AT(struct nodemon_args, dirfd, 12);
AT(struct nodemon_args, path, 16);
AT(struct nodemon_args, node, 24);
AT(struct nodemon_args, device, 32);
AT(struct nodemon_args, token, 40);
AT(struct nodemon_record, names, NODEMON_RECORD_SIZE);
AT(struct nodemon_record, opcode, 4);
AT(struct nodemon_record, watch, 8);
AT(struct nodemon_record, detail, 20);
AT(struct nodemon_record, directory, 24);
AT(struct nodemon_record, node, 40);
AT(struct nodemon_record, name_len, 48);
AT(struct nodemon_record, header_size, 52);
SIZE(struct nodemon_message, 28);
AT(struct nodemon_field, name, 18);
ASSERT(NEXUS_NAME_LEN == B_OS_NAME_LENGTH);

/* What the library hands through as it is */
ASSERT(NEXUS_AREA_EXACT == B_EXACT_ADDRESS);
ASSERT(NEXUS_AREA_RANDOM_ANY == B_RANDOMIZED_ANY_ADDRESS);
ASSERT(NEXUS_AREA_RANDOM_BASE == B_RANDOMIZED_BASE_ADDRESS);
ASSERT(NEXUS_AREA_FULL_LOCK == B_FULL_LOCK);
ASSERT(NEXUS_AREA_32_BIT_CONTIGUOUS == B_32_BIT_CONTIGUOUS);
ASSERT(NEXUS_AREA_READ == B_READ_AREA);
ASSERT(NEXUS_AREA_WRITE == B_WRITE_AREA);
ASSERT(NEXUS_AREA_EXEC == B_EXECUTE_AREA);
ASSERT(NEXUS_AREA_STACK == B_STACK_AREA);
ASSERT(NEXUS_AREA_CLONEABLE == B_CLONEABLE_AREA);
ASSERT(NEXUS_AREA_OVERCOMMIT == B_OVERCOMMITTING_AREA);
ASSERT(NODEMON_NAME == B_WATCH_NAME);
ASSERT(NODEMON_STAT == B_WATCH_STAT);
ASSERT(NODEMON_ATTR == B_WATCH_ATTR);
ASSERT(NODEMON_DIRECTORY == B_WATCH_DIRECTORY);
ASSERT(NODEMON_MOUNT == B_WATCH_MOUNT);
ASSERT(NODEMON_INTERIM_STAT == B_WATCH_INTERIM_STAT);
ASSERT(NODEMON_CHILDREN == B_WATCH_CHILDREN);
ASSERT(NODEMON_NODE_EVENTS == 0x6f && NODEMON_VOLUME_EVENTS == 0x27);

/* ... or the kernel sends */
ASSERT(NODEMON_MESSAGE_CODE == B_NODE_MONITOR);
ASSERT((int)NODEMON_ENTRY_CREATED == B_ENTRY_CREATED);
ASSERT((int)NODEMON_DEVICE_UNMOUNTED == B_DEVICE_UNMOUNTED);
ASSERT(NODEMON_STAT_INTERIM == (unsigned int)B_STAT_INTERIM_UPDATE);
ASSERT(NODEMON_STAT_CHANGE_TIME == (unsigned int)B_STAT_CHANGE_TIME);
ASSERT(NODEMON_CAUSE_CREATED == B_ATTR_CREATED);
ASSERT(NODEMON_CAUSE_REMOVED == B_ATTR_REMOVED);
ASSERT(NODEMON_CAUSE_CHANGED == B_ATTR_CHANGED);

/* The order of the calls is the order of their numbers. */
ASSERT(__NR_nexus_find == NEXUS_NR_BASE);
ASSERT(__NR_nexus_info == NEXUS_NR_BASE + 1);
ASSERT(__NR_nexus_next == NEXUS_NR_BASE + 2);
ASSERT(__NR_nexus_delete == NEXUS_NR_BASE + 3);
ASSERT(__NR_nexus_set_owner == NEXUS_NR_BASE + 4);
ASSERT(__NR_nexus_port_create == NEXUS_NR_BASE + 5);
ASSERT(__NR_nexus_port_send == NEXUS_NR_BASE + 6);
ASSERT(__NR_nexus_port_recv == NEXUS_NR_BASE + 7);
ASSERT(__NR_nexus_port_close == NEXUS_NR_BASE + 8);
ASSERT(__NR_nexus_sem_create == NEXUS_NR_BASE + 9);
ASSERT(__NR_nexus_sem_acquire == NEXUS_NR_BASE + 10);
ASSERT(__NR_nexus_sem_release == NEXUS_NR_BASE + 11);
ASSERT(__NR_nexus_sem_switch == NEXUS_NR_BASE + 12);
ASSERT(__NR_nexus_thread_set == NEXUS_NR_BASE + 13);
ASSERT(__NR_nexus_thread_suspend == NEXUS_NR_BASE + 14);
ASSERT(__NR_nexus_thread_resume == NEXUS_NR_BASE + 15);
ASSERT(__NR_nexus_thread_kill == NEXUS_NR_BASE + 16);
ASSERT(__NR_nexus_thread_wait == NEXUS_NR_BASE + 17);
ASSERT(__NR_nexus_thread_send == NEXUS_NR_BASE + 18);
ASSERT(__NR_nexus_thread_recv == NEXUS_NR_BASE + 19);
ASSERT(__NR_nexus_snooze == NEXUS_NR_BASE + 20);
ASSERT(__NR_nexus_open == NEXUS_NR_BASE + 21);
ASSERT(__NR_nexus_area_create == NEXUS_NR_BASE + 22);
ASSERT(__NR_nexus_area_clone == NEXUS_NR_BASE + 23);
ASSERT(__NR_nexus_area_resize == NEXUS_NR_BASE + 24);
ASSERT(__NR_nexus_area_protect == NEXUS_NR_BASE + 25);
ASSERT(__NR_nexus_area_transfer == NEXUS_NR_BASE + 26);
ASSERT(__NR_nexus_area_for == NEXUS_NR_BASE + 27);
ASSERT(__NR_nexus_area_map == NEXUS_NR_BASE + 28);
ASSERT(__NR_nodemon_create == NEXUS_NR_BASE + 29);
ASSERT(__NR_nodemon_watch == NEXUS_NR_BASE + 30);
ASSERT(__NR_nodemon_unwatch == NEXUS_NR_BASE + 31);

static status_t thread_function(void *data)
{
	(void)data;
	return 0;
}

static void exit_function(void *data)
{
	(void)data;
}

/* The newer half of main() */
static int semaphores(void)
{
	sem_id (*create)(int32, const char *) = create_sem;
	status_t (*remove)(sem_id) = delete_sem;
	status_t (*acquire)(sem_id) = acquire_sem;
	status_t (*acquire_etc)(sem_id, int32, uint32, bigtime_t) =
		acquire_sem_etc;
	status_t (*release)(sem_id) = release_sem;
	status_t (*release_etc)(sem_id, int32, uint32) = release_sem_etc;
	status_t (*change)(sem_id, sem_id) = switch_sem;
	status_t (*swap_etc)(sem_id, sem_id, int32, uint32, bigtime_t) =
		switch_sem_etc;
	status_t (*count)(sem_id, int32 *) = get_sem_count;
	status_t (*owner)(sem_id, team_id) = set_sem_owner;
	int32 cookie = 0;
	sem_info info;

	return create(-1, NULL) < 0 && remove(-1) < 0 && acquire(-1) < 0 &&
		acquire_etc(-1, 1, 0, 0) < 0 && release(-1) < 0 &&
		release_etc(-1, 1, 0) < 0 && change(-1, -1) < 0 &&
		swap_etc(-1, -1, 1, 0, 0) < 0 && count(-1, &cookie) < 0 &&
		owner(-1, 0) < 0 && get_sem_info(-1, &info) < 0 &&
		get_next_sem_info(-1, &cookie, &info) < 0 &&
		nexus_sem_new(NULL, -1) < 0 && nexus_sem_create(NULL, 0) < 0 &&
		nexus_sem_acquire(-1, 1, 0, NULL, NULL) < 0 &&
		nexus_sem_release(-1, 1, 0) < 0 &&
		nexus_sem_switch(-1, -1, 1, 0, NULL, NULL) < 0;
}

static int threads(void)
{
	thread_id (*spawn)(thread_func, const char *, int32, void *) =
		spawn_thread;
	status_t (*kill)(thread_id) = kill_thread;
	status_t (*resume)(thread_id) = resume_thread;
	status_t (*suspend)(thread_id) = suspend_thread;
	status_t (*rename)(thread_id, const char *) = rename_thread;
	status_t (*priority)(thread_id, int32) = set_thread_priority;
	void (*leave)(status_t) = exit_thread;
	status_t (*on_exit)(void (*)(void *), void *) = on_exit_thread;
	status_t (*wait)(thread_id, status_t *) = wait_for_thread;
	status_t (*wait_etc)(thread_id, uint32, bigtime_t, status_t *) =
		wait_for_thread_etc;
	thread_id (*find)(const char *) = find_thread;
	status_t (*send)(thread_id, int32, const void *, size_t) = send_data;
	int32 (*receive)(thread_id *, void *, size_t) = receive_data;
	bool (*has)(thread_id) = has_data;
	status_t (*end)(team_id) = kill_team;
	thread_info info;
	team_info team;
	int32 cookie = 0;
	thread_id thread = spawn(thread_function, "x", 1, NULL);

	if (thread > 0)
		wait(thread, NULL);
	return leave && receive && kill(-1) < 0 &&
		resume(-1) < 0 && suspend(-1) < 0 && rename(-1, "x") < 0 &&
		priority(-1, 1) < 0 && on_exit(exit_function, NULL) == B_OK &&
		wait_etc(-1, 0, 0, NULL) < 0 && find(NULL) > 0 &&
		send(-1, 0, NULL, 0) < 0 && !has(-1) && end(-1) < 0 &&
		get_thread_info(-1, &info) < 0 &&
		get_next_thread_info(-1, &cookie, &info) < 0 &&
		get_team_info(-1, &team) < 0 &&
		get_next_team_info(&cookie, &team) == B_OK &&
		nexus_thread_set(-1, NULL, 0) < 0 &&
		nexus_thread_suspend(-1, 0) < 0 &&
		nexus_thread_resume(-1, 0) < 0 &&
		nexus_thread_kill(-1, 0) < 0 &&
		nexus_thread_wait(-1, NULL, 0, NULL) < 0 &&
		nexus_thread_send(-1, 0, NULL, 0, 0, NULL) < 0 &&
		nexus_thread_recv(NULL, 0, NULL, ~0u, NULL) < 0;
}

static int areas(void)
{
	area_id (*create)(const char *, void **, uint32, size_t, uint32,
			  uint32) = create_area;
	area_id (*clone)(const char *, void **, uint32, uint32, area_id) =
		clone_area;
	area_id (*find)(const char *) = find_area;
	area_id (*which)(void *) = area_for;
	status_t (*remove)(area_id) = delete_area;
	status_t (*resize)(area_id, size_t) = resize_area;
	status_t (*protect)(area_id, uint32) = set_area_protection;
	area_id (*transfer)(area_id, void **, uint32, team_id) =
		_kern_transfer_area;
	ssize_t cookie = 0;
	area_info info;

	return B_PAGE_SIZE > 0 && create(NULL, NULL, 0, 0, 0, 0) < 0 &&
		clone(NULL, NULL, 0, 0, -1) < 0 && find(NULL) < 0 &&
		which(NULL) < 0 && remove(-1) < 0 && resize(-1, 0) < 0 &&
		protect(-1, 0) < 0 && transfer(-1, NULL, 0, 0) < 0 &&
		get_area_info(-1, &info) < 0 &&
		get_next_area_info(-1, &cookie, &info) < 0 &&
		nexus_area_create(NULL, 0) < 0 &&
		nexus_area_clone(-1, NULL, 0) < 0 &&
		nexus_area_resize(-1, 0) < 0 &&
		nexus_area_protect(-1, 0) < 0 &&
		nexus_area_transfer(-1, 0, NULL, 0) < 0 &&
		nexus_area_for(NULL, 0) < 0 &&
		nexus_area_map(-1, 0, NULL, 0, 0) < 0;
}

static int node_monitor(void)
{
	status_t (*watch)(const node_ref *, uint32, port_id, int32) =
		watch_node;
	status_t (*volume)(int32, uint32, port_id, int32) = watch_volume;
	status_t (*stop)(port_id, int32) = stop_watching;
	struct nodemon_record record;
	node_ref ref;

	record.name_len = 0;
	record.from_len = 0;
	ref.device = -1;
	ref.node = -1;
#ifdef __cplusplus
	if (node_ref() != ref || !(node_ref(-1, -1) == ref) ||
	    ref < node_ref(-1, -1) || !(ref < node_ref(-1, 5)) ||
	    !(ref < node_ref(3, -7)))
		return 0;
#endif
	return watch(&ref, B_WATCH_NAME, -1, 0) < 0 &&
		volume(-1, B_WATCH_NAME, -1, 0) < 0 && stop(-1, 0) < 0 &&
		nodemon_create(~0u) < 0 && nodemon_watch(-1, NULL, 0) < 0 &&
		nodemon_unwatch(-2, 0, 0, 0) < 0 &&
		!nodemon_next(&record, 0, NULL) && !*nodemon_name(&record) &&
		!*nodemon_from_name(&record);
}

static int others(void)
{
	ssize_t (*wait)(object_wait_info *, int) = wait_for_objects;
	ssize_t (*wait_etc)(object_wait_info *, int, uint32, bigtime_t) =
		wait_for_objects_etc;
	nanotime_t (*uptime)(void) = system_time_nsecs;
	void (*set_clock)(unsigned long) = set_real_time_clock;
	status_t (*sleep)(bigtime_t, int, uint32) = snooze_etc;
	int32 value = 5;
	int64 large = 5;

	atomic_set(&value, 3);
	atomic_set64(&large, 3);
	return wait(NULL, -1) < 0 && wait_etc(NULL, 0, B_TIMEOUT, 0) < 0 &&
		uptime() > 0 && set_clock &&
		sleep(0, B_SYSTEM_TIMEBASE, B_TIMEOUT) == B_OK &&
		nexus_snooze(~0u, NULL) < 0 && nexus_open(99, -1, 0) < 0 &&
		atomic_add(&value, 2) == 3 && atomic_get(&value) == 5 &&
		atomic_and(&value, 4) == 5 && atomic_or(&value, 3) == 4 &&
		atomic_test_and_set(&value, 9, 8) == 7 &&
		atomic_test_and_set(&value, 9, 7) == 7 &&
		atomic_get_and_set(&value, 1) == 9 && value == 1 &&
		atomic_add64(&large, 2) == 3 && atomic_get64(&large) == 5 &&
		atomic_and64(&large, 4) == 5 && atomic_or64(&large, 3) == 4 &&
		atomic_test_and_set64(&large, 9, 8) == 7 &&
		atomic_test_and_set64(&large, 9, 7) == 7 &&
		atomic_get_and_set64(&large, 1) == 9 && large == 1;
}

/* Every function once, with the types that the contract gives it */
int main(void)
{
	port_id (*create)(int32, const char *) = create_port;
	port_id (*find)(const char *) = find_port;
	ssize_t (*read)(port_id, int32 *, void *, size_t) = read_port;
	ssize_t (*read_etc)(port_id, int32 *, void *, size_t, uint32,
			    bigtime_t) = read_port_etc;
	status_t (*write)(port_id, int32, const void *, size_t) = write_port;
	status_t (*write_etc)(port_id, int32, const void *, size_t, uint32,
			      bigtime_t) = write_port_etc;
	status_t (*writev)(port_id, int32, const struct iovec *, size_t,
			   size_t, uint32, bigtime_t) = writev_port_etc;
	ssize_t (*size)(port_id) = port_buffer_size;
	ssize_t (*size_etc)(port_id, uint32, bigtime_t) =
		port_buffer_size_etc;
	ssize_t (*count)(port_id) = port_count;
	status_t (*close)(port_id) = close_port;
	status_t (*remove)(port_id) = delete_port;
	status_t (*owner)(port_id, team_id) = set_port_owner;
	bigtime_t (*uptime)(void) = system_time;
	uint32 (*clock)(void) = real_time_clock;
	bigtime_t (*clock_usecs)(void) = real_time_clock_usecs;
	status_t (*sleep)(bigtime_t) = snooze;
	status_t (*sleep_until)(bigtime_t, int) = snooze_until;
	port_message_info message;
	port_info info;
	int32 cookie = 0;
	struct __kernel_timespec deadline;
	int fits = 1;

	nexus_deadline_after_ns(&deadline, 0);
	nexus_deadline_after_us(&deadline, 0);
	fits &= get_port_info(-1, &info) < 0;
	fits &= get_next_port_info(-1, &cookie, &info) < 0;
	fits &= get_port_message_info_etc(-1, &message, B_TIMEOUT, 0) < 0;
	fits &= nexus_port_new(NULL, 0) < 0;
	fits &= nexus_find(0, NULL, 0) < 0;
	fits &= nexus_info(99, 0, NULL, 0, 0) < 0;
	fits &= nexus_next(99, 0, 0, NULL, 0, 0) < 0;
	fits &= nexus_delete(99, 0, 0) < 0;
	fits &= nexus_set_owner(99, 0, 0, 0) < 0;
	fits &= nexus_port_create(NULL, 0) < 0;
	fits &= nexus_port_send(-1, 0, NULL, 0, 0, NULL) < 0;
	fits &= nexus_port_recv(-1, NULL, 0, NULL, 0, NULL) < 0;
	fits &= nexus_port_close(-1, 0) < 0;
	fits &= nexus_supported() <= 0;
	fits &= *nexus_strerror(-1) != 0;
	fits &= create(0, NULL) < 0 && find(NULL) < 0 &&
		read(-1, NULL, NULL, 0) < 0 &&
		read_etc(-1, NULL, NULL, 0, 0, 0) < 0 &&
		write(-1, 0, NULL, 0) < 0 &&
		write_etc(-1, 0, NULL, 0, 0, 0) < 0 &&
		writev(-1, 0, NULL, 0, 0, 0, 0) < 0 && size(-1) < 0 &&
		size_etc(-1, 0, 0) < 0 && count(-1) < 0 && close(-1) < 0 &&
		remove(-1) < 0 && owner(-1, 0) < 0 && uptime() > 0 &&
		clock() > 0 && clock_usecs() > 0 && sleep(0) == B_OK &&
		sleep_until(0, B_SYSTEM_TIMEBASE) == B_OK;
	return !(fits && semaphores() && threads() && areas() &&
		 node_monitor() && others());
}

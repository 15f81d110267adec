// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Types, layouts and values, checked while compiling: as C and as C++, by
 * every compiler and for every word size at hand.
 */
#include <OS.h>
#include <Errors.h>
#include <SupportDefs.h>
#include <kernel/OS.h>
#include <support/Errors.h>
#include <support/SupportDefs.h>
#include <private/port_private.h>
#include <nexus.h>

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

/* The kernel's structures do not depend on the word size. */
SIZE(struct nexus_system_info, NEXUS_SYSTEM_INFO_SIZE_VER0);
SIZE(struct nexus_port_args, NEXUS_PORT_ARGS_SIZE_VER0);
SIZE(struct nexus_port_info, NEXUS_PORT_INFO_SIZE_VER0);
SIZE(struct nexus_msg_info, 48);
SIZE(struct __kernel_timespec, 16);
AT(struct nexus_system_info, queued_bytes, 16);
AT(struct nexus_port_args, capacity, 8);
AT(struct nexus_port_info, queued_bytes, 40);
AT(struct nexus_port_info, name, 48);
AT(struct nexus_msg_info, team, 16);
ASSERT(NEXUS_NAME_LEN == B_OS_NAME_LENGTH);

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
	return !fits;
}

/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * The BeOS and Haiku kernel kit on Linux with Nexus: what of it exists here.
 *
 * libbe-kernel(7) tells how statuses, timeouts and permission work.  On a
 * kernel without Nexus the port functions return B_NOT_SUPPORTED.
 */
#ifndef _OS_H
#define _OS_H

#include "../support/SupportDefs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ids */
typedef int32	area_id;
typedef int32	port_id;
typedef int32	sem_id;
typedef int32	team_id;
typedef int32	thread_id;

#define B_CURRENT_TEAM		0
#define B_SYSTEM_TEAM		1

/* Longest name, terminating NUL included */
#define B_OS_NAME_LENGTH	32

/* Timeouts and flags of the functions that wait */
#define B_INFINITE_TIMEOUT	(9223372036854775807LL)

enum {
	B_TIMEOUT			= 0x08,	/* relative */
	B_RELATIVE_TIMEOUT		= 0x08,
	B_ABSOLUTE_TIMEOUT		= 0x10,
	B_TIMEOUT_REAL_TIME_BASE	= 0x40,	/* with absolute */
	B_ABSOLUTE_REAL_TIME_TIMEOUT	= 0x50
};

/* Understood and without effect, as for all user programs of Haiku */
enum {
	B_CAN_INTERRUPT			= 0x01,
	B_CHECK_PERMISSION		= 0x04,
	B_KILL_CAN_INTERRUPT		= 0x20
};

/* Ports */
typedef struct port_info {
	port_id		port;
	team_id		team;
	char		name[B_OS_NAME_LENGTH];
	int32		capacity;	/* 0 once the port is closed */
	int32		queue_count;	/* messages waiting to be read */
	int32		total_count;	/* messages read so far */
} port_info;

typedef struct port_message_info {
	size_t		size;
	uid_t		sender;
	gid_t		sender_group;
	team_id		sender_team;
} port_message_info;

port_id		create_port(int32 capacity, const char *name);
port_id		find_port(const char *name);
ssize_t		read_port(port_id port, int32 *code, void *buffer,
			  size_t bufferSize);
ssize_t		read_port_etc(port_id port, int32 *code, void *buffer,
			      size_t bufferSize, uint32 flags,
			      bigtime_t timeout);
status_t	write_port(port_id port, int32 code, const void *buffer,
			   size_t bufferSize);
status_t	write_port_etc(port_id port, int32 code, const void *buffer,
			       size_t bufferSize, uint32 flags,
			       bigtime_t timeout);
status_t	close_port(port_id port);
status_t	delete_port(port_id port);
ssize_t		port_buffer_size(port_id port);
ssize_t		port_buffer_size_etc(port_id port, uint32 flags,
				     bigtime_t timeout);
ssize_t		port_count(port_id port);
status_t	set_port_owner(port_id port, team_id team);

/* System private, use the macros instead */
status_t	_get_port_info(port_id port, port_info *info, size_t size);
status_t	_get_next_port_info(team_id team, int32 *cookie,
				    port_info *info, size_t size);
status_t	_get_port_message_info_etc(port_id port,
					   port_message_info *info,
					   size_t size, uint32 flags,
					   bigtime_t timeout);

#define get_port_info(port, info) \
	_get_port_info((port), (info), sizeof(*(info)))
#define get_next_port_info(team, cookie, info) \
	_get_next_port_info((team), (cookie), (info), sizeof(*(info)))
#define get_port_message_info_etc(port, info, flags, timeout) \
	_get_port_message_info_etc((port), (info), sizeof(*(info)), \
				   (flags), (timeout))

/* Time */
#define B_SYSTEM_TIMEBASE	0

bigtime_t	system_time(void);
uint32		real_time_clock(void);
bigtime_t	real_time_clock_usecs(void);
status_t	snooze(bigtime_t microseconds);
status_t	snooze_until(bigtime_t time, int timeBase);

#ifdef __cplusplus
}
#endif

#endif /* _OS_H */

/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * The BeOS and Haiku kernel kit on Linux with Nexus: what of it exists here.
 *
 * libbe-kernel(7) tells how statuses, timeouts and permission work.  On a
 * kernel without Nexus what needs it returns B_NOT_SUPPORTED.
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

/* A constant where there is one page size for all machines */
#if defined(__i386__) || defined(__x86_64__)
# define B_PAGE_SIZE		4096
#else
# include <unistd.h>
# define B_PAGE_SIZE		((int)sysconf(_SC_PAGESIZE))
#endif

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

/* Semaphores: flags of release_sem_etc() */
enum {
	B_DO_NOT_RESCHEDULE		= 0x02,	/* without effect */
	B_RELEASE_ALL			= 0x08,
	B_RELEASE_IF_WAITING_ONLY	= 0x10
};

typedef struct sem_info {
	sem_id		sem;
	team_id		team;
	char		name[B_OS_NAME_LENGTH];
	int32		count;		/* less what waiters ask for */
	thread_id	latest_holder;	/* negative: released since */
} sem_info;

sem_id		create_sem(int32 count, const char *name);
status_t	delete_sem(sem_id sem);
status_t	acquire_sem(sem_id sem);
status_t	acquire_sem_etc(sem_id sem, int32 count, uint32 flags,
				bigtime_t timeout);
status_t	release_sem(sem_id sem);
status_t	release_sem_etc(sem_id sem, int32 count, uint32 flags);
status_t	switch_sem(sem_id semToBeReleased, sem_id sem);
status_t	switch_sem_etc(sem_id semToBeReleased, sem_id sem, int32 count,
			       uint32 flags, bigtime_t timeout);
status_t	get_sem_count(sem_id sem, int32 *count);
status_t	set_sem_owner(sem_id sem, team_id team);

/* System private, use the macros instead */
status_t	_get_sem_info(sem_id sem, sem_info *info, size_t size);
status_t	_get_next_sem_info(team_id team, int32 *cookie,
				   sem_info *info, size_t size);

#define get_sem_info(sem, info) \
	_get_sem_info((sem), (info), sizeof(*(info)))
#define get_next_sem_info(team, cookie, info) \
	_get_next_sem_info((team), (cookie), (info), sizeof(*(info)))

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

/* Areas: where they go; 3, 4 and 5 are not for programs */
#define B_ANY_ADDRESS			0
#define B_EXACT_ADDRESS			1
#define B_BASE_ADDRESS			2
#define B_CLONE_ADDRESS			3
#define B_ANY_KERNEL_ADDRESS		4
#define B_RANDOMIZED_ANY_ADDRESS	6
#define B_RANDOMIZED_BASE_ADDRESS	7

/* Whether they stay in memory; all but the first two are B_FULL_LOCK here */
#define B_NO_LOCK			0
#define B_LAZY_LOCK			1
#define B_FULL_LOCK			2
#define B_CONTIGUOUS			3
#define B_LOMEM				4
#define B_32_BIT_FULL_LOCK		5
#define B_32_BIT_CONTIGUOUS		6

/* What may be done with them */
#define B_READ_AREA			0x0001
#define B_WRITE_AREA			0x0002
#define B_EXECUTE_AREA			0x0004
#define B_STACK_AREA			0x0008
#define B_CLONEABLE_AREA		0x0100	/* by other teams */

typedef struct area_info {
	area_id		area;		/* 0: a mapping that is no area */
	char		name[B_OS_NAME_LENGTH];
	size_t		size;
	uint32		lock;
	uint32		protection;
	team_id		team;
	uint32		ram_size;	/* of its memory in RAM, bytes */
	uint32		copy_count;	/* pages copied on write */
	uint32		in_count;	/* 0 */
	uint32		out_count;	/* 0 */
	void		*address;
} area_info;

area_id		create_area(const char *name, void **startAddress,
			    uint32 addressSpec, size_t size, uint32 lock,
			    uint32 protection);
area_id		clone_area(const char *name, void **destAddress,
			   uint32 addressSpec, uint32 protection,
			   area_id source);
area_id		find_area(const char *name);
area_id		area_for(void *address);
status_t	delete_area(area_id area);
status_t	resize_area(area_id area, size_t newSize);
status_t	set_area_protection(area_id area, uint32 newProtection);

/* System private, use the macros instead */
status_t	_get_area_info(area_id area, area_info *info, size_t size);
status_t	_get_next_area_info(team_id team, ssize_t *cookie,
				    area_info *info, size_t size);

#define get_area_info(area, info) \
	_get_area_info((area), (info), sizeof(*(info)))
#define get_next_area_info(team, cookie, info) \
	_get_next_area_info((team), (cookie), (info), sizeof(*(info)))

/* Teams */
typedef struct team_info {
	team_id		team;
	int32		thread_count;
	int32		image_count;
	int32		area_count;
	thread_id	debugger_nub_thread;	/* -1 */
	port_id		debugger_nub_port;	/* -1 */
	int32		argc;
	char		args[64];
	uid_t		uid;
	gid_t		gid;
} team_info;

status_t	kill_team(team_id team);

/* System private, use the macros instead */
status_t	_get_team_info(team_id team, team_info *info, size_t size);
status_t	_get_next_team_info(int32 *cookie, team_info *info,
				    size_t size);

#define get_team_info(team, info) \
	_get_team_info((team), (info), sizeof(*(info)))
#define get_next_team_info(cookie, info) \
	_get_next_team_info((cookie), (info), sizeof(*(info)))

/* Threads */
typedef enum {
	B_THREAD_RUNNING	= 1,
	B_THREAD_READY,
	B_THREAD_RECEIVING,
	B_THREAD_ASLEEP,
	B_THREAD_SUSPENDED,
	B_THREAD_WAITING
} thread_state;

typedef struct thread_info {
	thread_id	thread;
	team_id		team;
	char		name[B_OS_NAME_LENGTH];
	thread_state	state;
	int32		priority;
	sem_id		sem;		/* -1 unless it waits for one */
	bigtime_t	user_time;
	bigtime_t	kernel_time;
	void		*stack_base;
	void		*stack_end;
} thread_info;

enum {
	B_IDLE_PRIORITY			= 0,
	B_LOWEST_ACTIVE_PRIORITY	= 1,
	B_LOW_PRIORITY			= 5,
	B_NORMAL_PRIORITY		= 10,
	B_DISPLAY_PRIORITY		= 15,
	B_URGENT_DISPLAY_PRIORITY	= 20,
	B_REAL_TIME_DISPLAY_PRIORITY	= 100,
	B_FIRST_REAL_TIME_PRIORITY	= B_REAL_TIME_DISPLAY_PRIORITY,
	B_URGENT_PRIORITY		= 110,
	B_REAL_TIME_PRIORITY		= 120
};

typedef status_t (*thread_func)(void *);
#define thread_entry	thread_func

thread_id	spawn_thread(thread_func function, const char *name,
			     int32 priority, void *data);
status_t	kill_thread(thread_id thread);
status_t	resume_thread(thread_id thread);
status_t	suspend_thread(thread_id thread);
status_t	rename_thread(thread_id thread, const char *newName);
status_t	set_thread_priority(thread_id thread, int32 newPriority);
void		exit_thread(status_t status) __attribute__((__noreturn__));
status_t	on_exit_thread(void (*callback)(void *), void *data);
status_t	wait_for_thread(thread_id thread, status_t *returnValue);
status_t	wait_for_thread_etc(thread_id thread, uint32 flags,
				    bigtime_t timeout,
				    status_t *returnValue);
thread_id	find_thread(const char *name);
status_t	send_data(thread_id thread, int32 code, const void *buffer,
			  size_t bufferSize);
int32		receive_data(thread_id *sender, void *buffer,
			     size_t bufferSize);
bool		has_data(thread_id thread);

/* System private, use the macros instead */
status_t	_get_thread_info(thread_id thread, thread_info *info,
				 size_t size);
status_t	_get_next_thread_info(team_id team, int32 *cookie,
				      thread_info *info, size_t size);

#define get_thread_info(thread, info) \
	_get_thread_info((thread), (info), sizeof(*(info)))
#define get_next_thread_info(team, cookie, info) \
	_get_next_thread_info((team), (cookie), (info), sizeof(*(info)))

/* Time */
#define B_SYSTEM_TIMEBASE	0

typedef int64	nanotime_t;

bigtime_t	system_time(void);
nanotime_t	system_time_nsecs(void);
uint32		real_time_clock(void);
bigtime_t	real_time_clock_usecs(void);
void		set_real_time_clock(unsigned long secsSince1970);
status_t	snooze(bigtime_t microseconds);
status_t	snooze_etc(bigtime_t amount, int timeBase, uint32 flags);
status_t	snooze_until(bigtime_t time, int timeBase);

/* Waiting for several objects */
enum {
	B_OBJECT_TYPE_FD		= 0,
	B_OBJECT_TYPE_SEMAPHORE		= 1,
	B_OBJECT_TYPE_PORT		= 2,
	B_OBJECT_TYPE_THREAD		= 3
};

enum {
	B_EVENT_READ			= 0x0001,	/* FD, port */
	B_EVENT_WRITE			= 0x0002,	/* FD, port */
	B_EVENT_ERROR			= 0x0004,	/* FD */
	B_EVENT_PRIORITY_READ		= 0x0008,	/* FD */
	B_EVENT_PRIORITY_WRITE		= 0x0010,	/* FD */
	B_EVENT_HIGH_PRIORITY_READ	= 0x0020,	/* FD */
	B_EVENT_HIGH_PRIORITY_WRITE	= 0x0040,	/* FD */
	B_EVENT_DISCONNECTED		= 0x0080,	/* FD */
	B_EVENT_ACQUIRE_SEMAPHORE	= 0x0001,	/* semaphore */
	B_EVENT_INVALID			= 0x1000	/* all */
};

typedef struct object_wait_info {
	int32		object;
	uint16		type;
	uint16		events;		/* of interest; what happened */
} object_wait_info;

ssize_t		wait_for_objects(object_wait_info *infos, int numInfos);
ssize_t		wait_for_objects_etc(object_wait_info *infos, int numInfos,
				     uint32 flags, bigtime_t timeout);

#ifdef __cplusplus
}
#endif

#endif /* _OS_H */

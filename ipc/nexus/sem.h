/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nexus semaphores: what the files about them share.
 */
#ifndef _IPC_NEXUS_SEM_H
#define _IPC_NEXUS_SEM_H

#include "internal.h"

/**
 * struct nexus_sem - units that are handed out first come, first served
 * @obj:     id, owner, lock; the lock protects all that follows
 * @waiters: struct nexus_sem_waiter; the first asks for more than @units
 * @units:   units that nobody has
 * @waiting: how many wait
 * @wanted:  units that they ask for together
 * @holder:  who acquired last, as the first pid namespace shows it; negative
 *           if there was a release since
 */
struct nexus_sem {
	struct nexus_object obj;
	struct list_head waiters;
	u32 units;
	u32 waiting;
	u64 wanted;
	pid_t holder;
};

/**
 * struct nexus_sem_waiter - a task that waits for units
 * @waiter: how it waits
 * @count:  units that it asks for
 * @status: with the result -ECANCELED: what the releaser has to say
 */
struct nexus_sem_waiter {
	struct nexus_waiter waiter;
	u32 count;
	s32 status;
};

static inline struct nexus_sem *to_sem(struct nexus_object *obj)
{
	return container_of(obj, struct nexus_sem, obj);
}

struct nexus_sem *nexus_sem_alloc(s32 count);
void nexus_sem_discard(struct nexus_sem *sem);
s32 nexus_sem_count(const struct nexus_sem *sem);

extern const struct nexus_type_ops nexus_sem_ops;

#if IS_ENABLED(CONFIG_KUNIT)
void nexus_sem_enqueue(struct nexus_sem *sem, struct nexus_sem_waiter *waiter);
void nexus_sem_leave(struct nexus_sem *sem, struct nexus_sem_waiter *waiter,
		     struct wake_q_head *wake_q);
int nexus_sem_add(struct nexus_sem *sem, u32 count, unsigned int flags,
		  struct wake_q_head *wake_q);
void nexus_sem_add_all(struct nexus_sem *sem, s32 status,
		       struct wake_q_head *wake_q);
#endif

#endif /* _IPC_NEXUS_SEM_H */

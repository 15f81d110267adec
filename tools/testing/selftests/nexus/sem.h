/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of semaphores share: short forms of the calls, and threads
 * and processes that wait in one of them.
 */
#ifndef _SELFTESTS_NEXUS_SEM_H
#define _SELFTESTS_NEXUS_SEM_H

#include "common.h"

#define SEM		NEXUS_TYPE_SEM
#define ALL		NEXUS_SEM_ALL
#define IF_WAITING	NEXUS_SEM_IF_WAITING

/* What sem_count() returns if there is no semaphore that it may ask. */
#define NO_COUNT	(-77777777L)

/* What a status is before anybody writes it. */
#define UNTOUCHED	0x5a5a5a5a

static inline long sem_args(const char *name, int count, unsigned int flags,
			    unsigned int mode)
{
	const struct nexus_sem_args args = {
		.name = (uintptr_t)name,
		.count = count,
		.flags = flags,
		.mode = mode,
	};

	return nexus_sem_create(&args, sizeof(args));
}

static inline long new_sem(int count)
{
	return sem_args("test sem", count, 0, 0);
}

static inline long sem_info(int sem, struct nexus_sem_info *info)
{
	return nexus_info(SEM, sem, info, sizeof(*info), 0);
}

static inline long delete_sem(int sem)
{
	return nexus_delete(SEM, sem, 0);
}

/* Acquires without waiting. */
static inline long try_acquire(int sem, int count)
{
	return nexus_sem_acquire(sem, count, NOWAIT, NULL, NULL);
}

static inline long release(int sem, int count)
{
	return nexus_sem_release(sem, count, 0);
}

/* The visible count; it may be negative, so errors have a number of theirs. */
static inline long sem_count(int sem)
{
	struct nexus_sem_info info;

	return sem_info(sem, &info) ? NO_COUNT : info.count;
}

static inline long waiting(int sem)
{
	struct nexus_sem_info info;
	const long ret = sem_info(sem, &info);

	return ret < 0 ? ret : info.waiting;
}

static inline long latest_holder(int sem)
{
	struct nexus_sem_info info;

	return sem_info(sem, &info) ? NO_COUNT : info.latest_holder;
}

/* Semaphores of the caller's IPC namespace. */
static inline long sems(void)
{
	const struct nexus_system_info info = system_info();

	return info.abi ? (long)info.sems : -1;
}

/*
 * One acquisition that may have to wait, to be made by a thread or, if it lies
 * in shared memory, by another process.
 */
struct sem_op {
	long nr;
	int release;
	int sem;
	int count;
	unsigned int flags;
	const struct __kernel_timespec *deadline;
	int *where;	/* where the status goes; NULL: to status */
	/* Set by whoever makes the call. */
	int status;
	pid_t pid;
	pid_t tid;
	long ret;
	int done;
	pthread_t thread;
};

static inline struct sem_op acquire_op(int sem, int count)
{
	return (struct sem_op){
		.nr = __NR_nexus_sem_acquire,
		.sem = sem,
		.count = count,
	};
}

static inline struct sem_op switch_op(int release, int sem, int count)
{
	return (struct sem_op){
		.nr = __NR_nexus_sem_switch,
		.release = release,
		.sem = sem,
		.count = count,
	};
}

static inline void *run_sem_op(void *arg)
{
	struct sem_op *op = arg;
	int *where = op->where ? op->where : &op->status;
	long ret;

	op->status = UNTOUCHED;
	op->pid = getpid();
	__atomic_store_n(&op->tid, own_tid(), __ATOMIC_RELEASE);
	if (op->nr == __NR_nexus_sem_acquire)
		ret = nexus_sem_acquire(op->sem, op->count, op->flags,
					op->deadline, where);
	else
		ret = nexus_sem_switch(op->release, op->sem, op->count,
				       op->flags, op->deadline, where);
	op->ret = ret;
	__atomic_store_n(&op->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Starts the operation in a thread, which need not have blocked yet. */
static inline int launch_sem_op(struct sem_op *op)
{
	pthread_attr_t attr;
	int ret;

	op->tid = 0;
	op->done = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	ret = -pthread_create(&op->thread, &attr, run_sem_op, op);
	pthread_attr_destroy(&attr);
	return ret;
}

static inline int sem_op_done(struct sem_op *op)
{
	return __atomic_load_n(&op->done, __ATOMIC_ACQUIRE);
}

/* Starts the operation in a thread and returns 0 once that sleeps in it. */
static inline int start_sem_op(struct sem_op *op)
{
	const int ret = launch_sem_op(op);

	if (ret)
		return ret;
	if (!poll_until(__atomic_load_n(&op->tid, __ATOMIC_ACQUIRE)))
		return -ETIMEDOUT;
	return wait_until_blocked(op->pid, op->tid, op->nr);
}

/* Does it still wait?  Whoever was given something ends soon. */
static inline int sem_op_waits(struct sem_op *op)
{
	return !wait_until_blocked(op->pid, op->tid, op->nr) &&
	       !sem_op_done(op);
}

/* The result of an operation in a thread. */
static inline long join_sem_op(struct sem_op *op)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_MS / 1000;
	if (pthread_timedjoin_np(op->thread, NULL, &end))
		return NEVER_ENDED;
	return op->ret;
}

static inline int sem_op_process(void *arg)
{
	run_sem_op(arg);
	return 0;
}

/* Starts the operation, in shared memory, in a process that blocks in it. */
static inline pid_t start_sem_process(struct sem_op *op)
{
	pid_t pid;

	op->tid = 0;
	op->done = 0;
	pid = spawn(sem_op_process, op);
	if (pid < 0)
		return -1;
	if (!poll_until(__atomic_load_n(&op->tid, __ATOMIC_ACQUIRE)))
		return -1;
	if (wait_until_blocked(pid, pid, op->nr))
		return -1;
	return pid;
}

static inline int pause_process(void *arg)
{
	for (;;)
		pause();
	return 0;
}

#endif /* _SELFTESTS_NEXUS_SEM_H */

// SPDX-License-Identifier: GPL-2.0
/* The calls on semaphores, and nexus_open(), with a failure at each step. */
#include "failnth.h"

/* What calls work on. */

static int a_sem(struct context *ctx)
{
	ctx->sem = sem_args("sweep", 3, 0, 0);
	return ctx->sem < 0;
}

static int an_empty_sem(struct context *ctx)
{
	ctx->sem = sem_args("sweep", 0, 0, 0);
	return ctx->sem < 0;
}

/* One who waits for ten units, of which three are there. */
static int a_sem_and_waiter(struct context *ctx)
{
	if (a_sem(ctx))
		return 1;
	ctx->sem_op = acquire_op(ctx->sem, 10);
	return start_sem_op(&ctx->sem_op);
}

static int another_team_and_sem(struct context *ctx)
{
	return another_team(ctx) || a_sem(ctx);
}

static void end_sem(struct context *ctx)
{
	delete_sem(ctx->sem);
	pthread_join(ctx->sem_op.thread, NULL);
}

/* The calls. */

static long call_create_sem(struct context *ctx)
{
	return sem_args("a name of its own", 1, 0, 0);
}

static long call_create_sem_twin(struct context *ctx)
{
	return sem_args("sweep", 1, NEXUS_CREATE_MODE, 0644);
}

static long call_find_sem(struct context *ctx)
{
	return nexus_find(SEM, "sweep", 0);
}

static long call_sem_info(struct context *ctx)
{
	struct nexus_sem_info info;

	return sem_info(ctx->sem, &info);
}

static long call_next_sem(struct context *ctx)
{
	struct nexus_sem_info info;

	return nexus_next(SEM, 0, 0, &info, sizeof(info), 0);
}

static long call_delete_sem(struct context *ctx)
{
	return delete_sem(ctx->sem);
}

static long call_set_sem_owner(struct context *ctx)
{
	return nexus_set_owner(SEM, ctx->sem, ctx->team, 0);
}

static long call_acquire(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_sec = 1 };

	return nexus_sem_acquire(ctx->sem, 2, 0, &at, NULL);
}

/* Timeouts are what should become of these. */
static long call_acquire_timeout(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_nsec = 1 };
	const long ret = nexus_sem_acquire(ctx->sem, 4, 0, &at, NULL);

	return ret == -ETIMEDOUT ? 0 : ret;
}

static long call_acquire_wait(struct context *ctx)
{
	const struct __kernel_timespec at = in_ms(CLOCK_MONOTONIC, 10);
	const long ret = nexus_sem_acquire(ctx->sem, 4, 0, &at, NULL);

	return ret == -ETIMEDOUT ? 0 : ret;
}

static long call_switch(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_sec = 1 };

	return nexus_sem_switch(ctx->sem, ctx->sem, 1, 0, &at, NULL);
}

static long call_release(struct context *ctx)
{
	return release(ctx->sem, 7);
}

static long call_release_all(struct context *ctx)
{
	return nexus_sem_release(ctx->sem, -9, ALL);
}

/* To open is to get a number; a second time it would be another one. */
static long call_open_port(struct context *ctx)
{
	const long fd = nexus_open(PORT, ctx->port, 0);

	return fd < 0 ? fd : close(fd);
}

static long call_open_sem(struct context *ctx)
{
	const long fd = nexus_open(SEM, ctx->sem, 0);

	return fd < 0 ? fd : close(fd);
}

static long call_open_thread(struct context *ctx)
{
	const long fd = nexus_open(NEXUS_TYPE_THREAD, getpid(), 0);

	return fd < 0 ? fd : close(fd);
}

static long call_open_other_team(struct context *ctx)
{
	const long fd = nexus_open(NEXUS_TYPE_THREAD, ctx->team, 0);

	return fd < 0 ? fd : close(fd);
}

static long call_read_proc_sems(struct context *ctx)
{
	static char text[4096];

	return read_file("/proc/nexus/sems", text, sizeof(text));
}

/* Call, set-up, faults, and what else there is to say. */
FIXTURE_VARIANT_ADD(sweep, sem_create) { call_create_sem, NULL, 5 };
FIXTURE_VARIANT_ADD(sweep, sem_create_twin) { call_create_sem_twin, a_sem, 4 };
FIXTURE_VARIANT_ADD(sweep, sem_find) { call_find_sem, a_sem, 1 };
FIXTURE_VARIANT_ADD(sweep, sem_info) { call_sem_info, a_sem, 1 };
FIXTURE_VARIANT_ADD(sweep, sem_next) { call_next_sem, a_sem, 1 };
FIXTURE_VARIANT_ADD(sweep, sem_acquire) { call_acquire, a_sem, 1 };
FIXTURE_VARIANT_ADD(sweep, sem_timeout) { call_acquire_timeout, a_sem, 1 };
FIXTURE_VARIANT_ADD(sweep, sem_wait) { call_acquire_wait, an_empty_sem, 1 };
FIXTURE_VARIANT_ADD(sweep, sem_switch) { call_switch, a_sem, 1 };
FIXTURE_VARIANT_ADD(sweep, open_port) { call_open_port, a_small_message, 3 };
FIXTURE_VARIANT_ADD(sweep, open_sem) { call_open_sem, a_sem, 3 };
FIXTURE_VARIANT_ADD(sweep, open_thread) { call_open_thread, NULL, 2 };
FIXTURE_VARIANT_ADD(sweep, proc_sems) { call_read_proc_sems, a_sem, 2 };

FIXTURE_VARIANT_ADD(sweep, open_other_team) {
	call_open_other_team, another_team, 2, .finish = end_team
};

FIXTURE_VARIANT_ADD(sweep, sem_delete) {
	call_delete_sem, a_sem_and_waiter, 0, .finish = end_sem
};

FIXTURE_VARIANT_ADD(sweep, sem_set_owner) {
	call_set_sem_owner, another_team_and_sem, 1, .finish = end_team
};

FIXTURE_VARIANT_ADD(sweep, sem_release) {
	call_release, a_sem_and_waiter, 0, .finish = end_sem
};

FIXTURE_VARIANT_ADD(sweep, sem_release_all) {
	call_release_all, a_sem_and_waiter, 0, .finish = end_sem
};

TEST_HARNESS_MAIN

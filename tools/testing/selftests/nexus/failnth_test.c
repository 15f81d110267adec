// SPDX-License-Identifier: GPL-2.0
/* The calls on ports, with a failure at each step: see failnth.h. */
#include "failnth.h"

static struct iovec iov[64];

/* What calls work on. */

static int a_large_message(struct context *ctx)
{
	return a_port(ctx) ||
	       nexus_port_send(ctx->port, 1, data, FAR, 0, NULL);
}

static int a_full_port(struct context *ctx)
{
	return a_small_message(ctx) || send_code(ctx->port, 2);
}

static int a_reader(struct context *ctx)
{
	if (a_port(ctx))
		return 1;
	ctx->op = (struct op)RECV_OP(.port = ctx->port);
	return start_op(&ctx->op);
}

static int a_peeker(struct context *ctx)
{
	if (a_port(ctx))
		return 1;
	ctx->op = (struct op)RECV_OP(.port = ctx->port, .flags = PEEK);
	return start_op(&ctx->op);
}

static void end_op(struct context *ctx)
{
	delete_port(ctx->port);
	pthread_join(ctx->op.thread, NULL);
}

/* Waits until the main thread does, and then ends its wait. */
static void *help_out(void *arg)
{
	struct context *ctx = arg;
	int received = 0;

	while (!__atomic_load_n(&ctx->over, __ATOMIC_ACQUIRE)) {
		if (!ctx->sent &&
		    is_blocked(getpid(), getpid(), __NR_nexus_port_recv))
			ctx->sent = !nexus_port_send(ctx->port, 1, data, 64,
						     NOWAIT, NULL);
		if (!received &&
		    is_blocked(getpid(), getpid(), __NR_nexus_port_send))
			received = recv_code(ctx->port) >= 0;
		nap();
	}
	return NULL;
}

static int a_helper(struct context *ctx)
{
	return pthread_create(&ctx->helper, NULL, help_out, ctx);
}

static int a_port_and_helper(struct context *ctx)
{
	return a_port(ctx) || a_helper(ctx);
}

static int a_full_port_and_helper(struct context *ctx)
{
	return a_full_port(ctx) || a_helper(ctx);
}

static void end_helper(struct context *ctx)
{
	pthread_join(ctx->helper, NULL);
}

/* The calls. */

static long call_create(struct context *ctx)
{
	return port_args("a name of its own", 1, 0, 0);
}

static long call_create_twin(struct context *ctx)
{
	return port_args("sweep", 1, 0, 0);
}

static long call_create_unnamed(struct context *ctx)
{
	return port_args(NULL, 1, NEXUS_CREATE_MODE, 0644);
}

static long call_find(struct context *ctx)
{
	return nexus_find(PORT, "sweep", 0);
}

static long call_info(struct context *ctx)
{
	struct nexus_port_info info;

	return port_info(ctx->port, &info);
}

static long call_long_info(struct context *ctx)
{
	return nexus_info(PORT, ctx->port, back, 1000, 0);
}

static long call_system_info(struct context *ctx)
{
	struct nexus_system_info info;

	return nexus_info(NEXUS_TYPE_SYSTEM, 0, &info, sizeof(info), 0);
}

static long call_next(struct context *ctx)
{
	struct nexus_port_info info;

	return nexus_next(PORT, 0, 0, &info, sizeof(info), 0);
}

static long call_delete(struct context *ctx)
{
	return delete_port(ctx->port);
}

static long call_close(struct context *ctx)
{
	return nexus_port_close(ctx->port, 0);
}

static long call_set_owner(struct context *ctx)
{
	return nexus_set_owner(PORT, ctx->port, ctx->team, 0);
}

static long call_send_empty(struct context *ctx)
{
	return nexus_port_send(ctx->port, 1, NULL, 0, NOWAIT, NULL);
}

static long call_send_small(struct context *ctx)
{
	return nexus_port_send(ctx->port, 1, data, 64, NOWAIT, NULL);
}

static long call_send_medium(struct context *ctx)
{
	return nexus_port_send(ctx->port, 1, data, 6000, NOWAIT, NULL);
}

static long call_send_large(struct context *ctx)
{
	return nexus_port_send(ctx->port, 1, data, FAR, NOWAIT, NULL);
}

static long call_gather(struct context *ctx, int parts, size_t size)
{
	int i;

	for (i = 0; i < parts; i++)
		iov[i] = (struct iovec){ data + i * size, size };
	return nexus_port_send(ctx->port, 1, iov, parts, GATHER | NOWAIT,
			       NULL);
}

static long call_gather_few(struct context *ctx)
{
	return call_gather(ctx, 3, 1000);
}

static long call_gather_many(struct context *ctx)
{
	return call_gather(ctx, 64, 1500);
}

static long call_send_deadline(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_sec = 1 };

	return nexus_port_send(ctx->port, 1, data, 64, 0, &at);
}

/* A timeout is what should become of it. */
static long call_send_timeout(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_nsec = 1 };
	const long ret = nexus_port_send(ctx->port, 1, data, FAR, 0, &at);

	return ret == -ETIMEDOUT ? 0 : ret;
}

static long call_send_full(struct context *ctx)
{
	const long ret = call_send_large(ctx);

	return ret == -EAGAIN ? 0 : ret;
}

static long call_recv(struct context *ctx)
{
	struct nexus_msg_info info;

	return nexus_port_recv(ctx->port, back, FAR, &info, NOWAIT, NULL);
}

static long call_recv_code(struct context *ctx)
{
	int code;

	return nexus_port_recv(ctx->port, back, FAR, &code,
			       NOWAIT | NEXUS_PORT_CODE, NULL);
}

static long call_recv_deadline(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_sec = 1 };
	struct nexus_msg_info info;

	return nexus_port_recv(ctx->port, back, FAR, &info,
			       NEXUS_CLOCK_REALTIME, &at);
}

static long call_peek(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_sec = 1 };
	struct nexus_msg_info info;

	return nexus_port_recv(ctx->port, NULL, 0, &info, PEEK, &at);
}

static long call_recv_wait(struct context *ctx)
{
	struct nexus_msg_info info;

	return nexus_port_recv(ctx->port, back, FAR, &info, 0, NULL);
}

static long call_send_wait(struct context *ctx)
{
	return nexus_port_send(ctx->port, 3, data, FAR, 0, NULL);
}

static long call_new_namespace(struct context *ctx)
{
	return unshare(CLONE_NEWIPC) ? -errno : 0;
}

static long call_read_proc(struct context *ctx)
{
	static char text[4096];

	return read_file("/proc/nexus/ports", text, sizeof(text));
}

static long call_write_sysctl(struct context *ctx)
{
	return write_file(SYSCTL("default_mode"), "0600");
}

/* Call, set-up, faults, and what else there is to say. */
FIXTURE_VARIANT_ADD(sweep, create) { call_create, NULL, 5 };
FIXTURE_VARIANT_ADD(sweep, create_twin) { call_create_twin, a_port, 4 };
FIXTURE_VARIANT_ADD(sweep, create_unnamed) { call_create_unnamed, a_port, 3 };
FIXTURE_VARIANT_ADD(sweep, find) { call_find, a_port, 1 };
FIXTURE_VARIANT_ADD(sweep, info) { call_info, a_small_message, 1 };
FIXTURE_VARIANT_ADD(sweep, long_info) { call_long_info, a_small_message, 1 };
FIXTURE_VARIANT_ADD(sweep, system_info) { call_system_info, a_port, 1 };
FIXTURE_VARIANT_ADD(sweep, next) { call_next, a_port, 1 };
FIXTURE_VARIANT_ADD(sweep, delete) { call_delete, a_large_message, 0 };
FIXTURE_VARIANT_ADD(sweep, close) { call_close, a_large_message, 0 };
FIXTURE_VARIANT_ADD(sweep, send_empty) { call_send_empty, a_port, 1 };
FIXTURE_VARIANT_ADD(sweep, send_small) { call_send_small, a_port, 2 };
FIXTURE_VARIANT_ADD(sweep, send_large) { call_send_large, a_small_message, 40 };
FIXTURE_VARIANT_ADD(sweep, gather_few) { call_gather_few, a_port, 3 };
FIXTURE_VARIANT_ADD(sweep, gather_many) { call_gather_many, a_port, 80 };
FIXTURE_VARIANT_ADD(sweep, send_deadline) { call_send_deadline, a_port, 3 };
FIXTURE_VARIANT_ADD(sweep, send_timeout) { call_send_timeout, a_full_port, 40 };
FIXTURE_VARIANT_ADD(sweep, send_full) { call_send_full, a_full_port, 40 };
FIXTURE_VARIANT_ADD(sweep, read_proc) { call_read_proc, a_small_message, 2 };
FIXTURE_VARIANT_ADD(sweep, write_sysctl) { call_write_sysctl, a_port, 1 };
FIXTURE_VARIANT_ADD(sweep, recv_small) { call_recv, a_small_message, 1 };
FIXTURE_VARIANT_ADD(sweep, recv_code) { call_recv_code, a_small_message, 1 };
FIXTURE_VARIANT_ADD(sweep, recv_large) { call_recv, a_large_message, 20 };
FIXTURE_VARIANT_ADD(sweep, peek_small) { call_peek, a_small_message, 1 };

FIXTURE_VARIANT_ADD(sweep, set_owner) {
	call_set_owner, another_team, 1, .finish = end_team
};

FIXTURE_VARIANT_ADD(sweep, send_medium) {
	call_send_medium, a_small_message, 2
};

FIXTURE_VARIANT_ADD(sweep, recv_deadline) {
	call_recv_deadline, a_small_message, 2
};

FIXTURE_VARIANT_ADD(sweep, recv_wait) {
	call_recv_wait, a_port_and_helper, 1, .finish = end_helper, .helped = 1
};

FIXTURE_VARIANT_ADD(sweep, send_wait) {
	call_send_wait, a_full_port_and_helper, 40, .finish = end_helper
};

FIXTURE_VARIANT_ADD(sweep, new_namespace) {
	call_new_namespace, a_small_message, 5, .error = ENOSPC
};

FIXTURE_VARIANT_ADD(sweep, send_to_reader) {
	call_send_large, a_reader, 40, .finish = end_op
};

FIXTURE_VARIANT_ADD(sweep, send_to_peeker) {
	call_send_small, a_peeker, 2, .finish = end_op
};

TEST_HARNESS_MAIN

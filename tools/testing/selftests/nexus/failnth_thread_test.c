// SPDX-License-Identifier: GPL-2.0
/*
 * The calls on threads, with a failure at each step: see failnth.h.  Each
 * checks itself that a failure has changed nothing; EPROTO says that it did.
 */
#include "failnth.h"
#include "threads.h"

static struct job other_thread;
static struct spinner other_spinner;
static pid_t ended_thread;

/* A thread that waits for a message. */
static int a_thread(struct context *ctx)
{
	other_thread = (struct job)JOB(nexus_thread_recv);
	return start_job(&other_thread);
}

/* One that knows nothing of Nexus, nor does Nexus of it. */
static int a_plain_thread(struct context *ctx)
{
	return start_spinner(&other_spinner);
}

static int a_suspended_thread(struct context *ctx)
{
	return a_plain_thread(ctx) || suspend(other_spinner.tid);
}

static int a_slot_message(struct context *ctx)
{
	return nexus_thread_send(own_tid(), 1, data, 60000, NOWAIT, NULL);
}

static void *keep_and_end(void *arg)
{
	SET(0, .flags = NEXUS_THREAD_KEEP | NEXUS_THREAD_STATUS, .status = 5);
	__atomic_store_n(&ended_thread, own_tid(), __ATOMIC_RELEASE);
	return NULL;
}

static int a_record(struct context *ctx)
{
	pthread_t thread;

	return start_thread(&thread, keep_and_end, NULL, &ended_thread) ||
	       join_thread(thread) || !thread_ends(getpid(), ended_thread);
}

static long call_thread_set(struct context *ctx)
{
	struct nexus_thread_info info;
	long ret;

	ret = SET(0, .flags = NEXUS_THREAD_NAME | NEXUS_THREAD_PRIORITY |
			      NEXUS_THREAD_STATUS | NEXUS_THREAD_KEEP,
		  .name = (uintptr_t)"a longer name than comm",
		  .priority = 9, .status = 3);
	if (ret >= 0)
		return ret == 10 ? 0 : -EPROTO;
	if (thread_info(own_tid(), &info) || info.priority != 10 ||
	    !strcmp(info.name, "a longer name than comm"))
		return -EPROTO;
	return ret;
}

static long call_thread_keep(struct context *ctx)
{
	return set_keep(other_spinner.tid);
}

static long call_thread_send(size_t size)
{
	const long ret = nexus_thread_send(own_tid(), 1, data, size, NOWAIT,
					   NULL);

	return ret && has_data(own_tid()) ? -EPROTO : ret;
}

static long call_thread_send_small(struct context *ctx)
{
	return call_thread_send(64);
}

static long call_thread_send_large(struct context *ctx)
{
	return call_thread_send(60000);
}

static long call_thread_send_other(struct context *ctx)
{
	return nexus_thread_send(other_spinner.tid, 1, data, 64, NOWAIT, NULL);
}

static long call_thread_send_receiver(struct context *ctx)
{
	const long ret = nexus_thread_send(other_thread.tid, 1, data, 6000,
					   NOWAIT, NULL);

	/* It has not been woken for nothing. */
	return ret && job_done(&other_thread) ? -EPROTO : ret;
}

static long call_thread_send_full(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_nsec = 1 };
	const long ret = nexus_thread_send(own_tid(), 1, data, 60000, 0, &at);

	if (ret == -ETIMEDOUT)
		return 0;
	return has_data(own_tid()) == 1 ? ret : -EPROTO;
}

static long call_thread_recv(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_sec = 1 };
	struct nexus_msg_info info;
	long ret;

	ret = nexus_thread_recv(back, FAR, &info, NEXUS_CLOCK_REALTIME, &at);
	if (ret >= 0)
		return ret == 60000 ? 0 : -EPROTO;
	return has_data(own_tid()) == 1 ? ret : -EPROTO;
}

static long call_thread_recv_timeout(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_nsec = 1 };
	const long ret = nexus_thread_recv(back, FAR, NULL, 0, &at);

	return ret == -ETIMEDOUT ? 0 : ret;
}

static long call_thread_wait_record(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_nsec = 1 };

	return nexus_thread_wait(ended_thread, NULL, 0, &at);
}

static long call_thread_wait_alive(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_nsec = 1 };
	const long ret = nexus_thread_wait(other_spinner.tid, NULL, 0, &at);

	return ret == -ETIMEDOUT ? 0 : ret;
}

static long call_thread_wait_team(struct context *ctx)
{
	const long ret = nexus_thread_wait(ctx->team, NULL, NOWAIT, NULL);

	return ret == -EAGAIN ? 0 : ret;
}

static long call_thread_suspend(struct context *ctx)
{
	return nexus_thread_suspend(other_spinner.tid, 0);
}

static long call_thread_resume(struct context *ctx)
{
	return nexus_thread_resume(other_spinner.tid, 0);
}

static long call_thread_kill(struct context *ctx)
{
	/* What it does to the thread is in thread_kill_test.c. */
	return nexus_thread_kill(other_thread.tid, 0);
}

static long call_snooze(struct context *ctx)
{
	const struct __kernel_timespec at = { .tv_nsec = 1 };

	return nexus_snooze(0, &at);
}

static long call_thread_info(struct context *ctx)
{
	struct nexus_thread_info info;

	return thread_info(other_thread.tid, &info);
}

static long call_thread_next(struct context *ctx)
{
	struct nexus_thread_info info;

	return nexus_next(THREAD, 0, getpid(), &info, sizeof(info), 0);
}

static int a_named_thread(struct context *ctx)
{
	return a_thread(ctx) || set_name(other_thread.tid, "to be found");
}

static long call_thread_find(struct context *ctx)
{
	return nexus_find(THREAD, "to be found", 0);
}

static long call_read_proc_threads(struct context *ctx)
{
	static char text[4096];

	return read_file("/proc/nexus/threads", text, sizeof(text));
}

#define THREAD_SWEEP(name, ...) \
	FIXTURE_VARIANT_ADD(sweep, thread_##name) { \
		call_thread_##name, __VA_ARGS__ \
	}

THREAD_SWEEP(set, NULL, 5);
THREAD_SWEEP(keep, a_plain_thread, 3);
THREAD_SWEEP(send_small, NULL, 3);
THREAD_SWEEP(send_large, NULL, 20);
THREAD_SWEEP(send_other, a_plain_thread, 3);
THREAD_SWEEP(send_receiver, a_thread, 2);
THREAD_SWEEP(send_full, a_slot_message, 20);
THREAD_SWEEP(recv, a_slot_message, 15);
THREAD_SWEEP(recv_timeout, NULL, 2);
THREAD_SWEEP(wait_record, a_record, 1);
THREAD_SWEEP(wait_alive, a_plain_thread, 2);
THREAD_SWEEP(wait_team, another_team, 1, .finish = end_team);
THREAD_SWEEP(suspend, a_plain_thread, 0);
THREAD_SWEEP(resume, a_suspended_thread, 0);
THREAD_SWEEP(kill, a_thread, 0);
THREAD_SWEEP(info, a_thread, 1);
THREAD_SWEEP(next, a_thread, 1);
THREAD_SWEEP(find, a_named_thread, 1);

FIXTURE_VARIANT_ADD(sweep, snooze) { call_snooze, NULL, 1 };
FIXTURE_VARIANT_ADD(sweep, read_proc_threads) {
	call_read_proc_threads, a_thread, 2
};

TEST_HARNESS_MAIN

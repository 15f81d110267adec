// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation and every copy from or to user memory that a call makes
 * fails once: the first, the second and so on, until the call gets through
 * untouched.  Each time the error must be one that is documented, nothing may
 * have changed, the call must work when it is made again, and when its process
 * has ended nothing may be left.
 *
 * Best with panic_on_warn.  To cover another call write a function that makes
 * it, and a line in the table at the end.
 */
#include "sem.h"
#include "threads.h"

#define DEBUGFS	"/sys/kernel/debug/"
#define FAR	100000

/* What a call works on, made anew for each attempt. */
struct context {
	int port;
	int sem;
	int team;
	int over;
	int sent;	/* messages that the helper has sent */
	struct op op;
	struct sem_op sem_op;
	pthread_t helper;
};

/* How an attempt went; in shared memory. */
struct attempt {
	int faults;	/* 1: a fault was injected */
	int broken;	/* the machinery, not what is tested; a line number */
	int changed;	/* ditto: what has changed though the call failed */
	long ret;
	long again;
};

static char data[FAR];
static char back[FAR];
static struct iovec iov[64];

static int write_knob(const char *name, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), DEBUGFS "%s", name);
	return write_file(path, value);
}

/* Let everything fail, and say nothing about it in the log. */
static int set_up_faults(void)
{
	static const char * const kinds[] = {
		"failslab", "fail_page_alloc", "fail_usercopy"
	};
	char name[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(name, sizeof(name), "%s/verbose", kinds[i]);
		if (write_knob(name, "0"))
			return -1;
	}
	return write_knob("failslab/ignore-gfp-wait", "N") ||
	       write_knob("fail_page_alloc/ignore-gfp-wait", "N") ||
	       write_knob("fail_page_alloc/min-order", "0");
}

static int arm(int nth)
{
	char text[16];
	int fd, len;

	fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	len = snprintf(text, sizeof(text), "%d", nth);
	if (fd < 0 || pwrite(fd, text, len, 0) != len)
		return -1;
	return fd;
}

/* Was there a fault?  To ask can be what fails, and then there was none. */
static int disarm(int fd)
{
	char text[16] = "";
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	int i;

	for (i = 0; i < 3; i++)
		if (pwrite(fd, "0", 1, 0) == 1)
			break;
	close(fd);
	if (i == 3)
		return -1;
	return got > 0 && !strcmp(text, "0\n");
}

/* All that can be seen of the objects and their namespace. */
struct snapshot {
	struct nexus_system_info system;
	struct nexus_port_info port;
	struct nexus_sem_info sem;
	struct nexus_msg_info message;
	long size;
};

static void take_snapshot(struct snapshot *shot, struct context *ctx)
{
	memset(shot, 0, sizeof(*shot));
	shot->system = system_info();
	port_info(ctx->port, &shot->port);
	sem_info(ctx->sem, &shot->sem);
	shot->size = nexus_port_recv(ctx->port, NULL, 0, &shot->message,
				     PEEK | NOWAIT, NULL);
}

FIXTURE(sweep)
{
	struct attempt *attempt;
};

FIXTURE_VARIANT(sweep)
{
	/* The call: not negative if it did what it should. */
	long (*call)(struct context *ctx);
	/* 0 when everything is ready. */
	int (*setup)(struct context *ctx);
	/* Fewest faults that there must be, or the sweep is not one. */
	int faults;
	/* Ends what setup began, whatever became of the call. */
	void (*finish)(struct context *ctx);
	/* It needs a message, which a helper sends: once. */
	int helped;
	/* Another error that it may fail with than EFAULT and ENOMEM. */
	int error;
};

FIXTURE_SETUP(sweep)
{
	if (access("/proc/self/fail-nth", W_OK))
		SKIP(return, "no fail-nth: needs CONFIG_FAULT_INJECTION");
	if (set_up_faults())
		SKIP(return, "fault injection has no knobs in " DEBUGFS);
	if (unshare(CLONE_NEWIPC))
		SKIP(return, "needs CAP_SYS_ADMIN to unshare(CLONE_NEWIPC)");
	ASSERT_NE(0, system_info().abi);
	self->attempt = shared(sizeof(*self->attempt));
	ASSERT_NE(NULL, self->attempt);
	/* So that no page fault is needed in the middle of a call. */
	memset(data, 1, sizeof(data));
	memset(back, 1, sizeof(back));
}

FIXTURE_TEARDOWN(sweep)
{
}

static void one_attempt(const FIXTURE_VARIANT(sweep) * variant,
			struct attempt *attempt, int nth)
{
	struct snapshot before, after;
	struct context ctx = {};
	int fd;

	if (variant->setup && variant->setup(&ctx)) {
		attempt->broken = __LINE__;
		return;
	}
	take_snapshot(&before, &ctx);
	memset(&after, 1, sizeof(after));

	fd = arm(nth);
	if (fd < 0) {
		attempt->broken = __LINE__;
		return;
	}
	attempt->ret = variant->call(&ctx);
	attempt->faults = disarm(fd);
	if (attempt->faults < 0) {
		attempt->broken = __LINE__;
		return;
	}

	__atomic_store_n(&ctx.over, variant->helped, __ATOMIC_RELEASE);
	if (attempt->ret < 0 && variant->helped) {
		/* What came from elsewhere meanwhile is still there. */
		pthread_join(ctx.helper, NULL);
		if (queued(ctx.port) != ctx.sent)
			attempt->changed = __LINE__;
		return;
	}
	if (attempt->ret < 0) {
		take_snapshot(&after, &ctx);
		if (memcmp(&before.system, &after.system,
			   sizeof(before.system)))
			attempt->changed = __LINE__;
		else if (memcmp(&before.port, &after.port,
				sizeof(before.port)))
			attempt->changed = __LINE__;
		else if (memcmp(&before.sem, &after.sem, sizeof(before.sem)))
			attempt->changed = __LINE__;
		else if (before.size != after.size ||
			 memcmp(&before.message, &after.message,
				sizeof(before.message)))
			attempt->changed = __LINE__;
		attempt->again = variant->call(&ctx);
	}
	__atomic_store_n(&ctx.over, 1, __ATOMIC_RELEASE);
	if (variant->finish)
		variant->finish(&ctx);
}

TEST_F_TIMEOUT(sweep, each_fault, 300)
{
	struct attempt *attempt = self->attempt;
	int nth, faults = 0;
	pid_t pid;

	for (nth = 1; nth < 2000; nth++) {
		memset(attempt, 0, sizeof(*attempt));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			one_attempt(variant, attempt, nth);
			_exit(0);
		}
		ASSERT_EQ(0, reap(pid));
		ASSERT_EQ(0, attempt->broken);
		ASSERT_EQ(0, attempt->changed)
			TH_LOG("fault %d: %ld, and something changed", nth,
			       attempt->ret);
		ASSERT_LE(0, attempt->again)
			TH_LOG("fault %d: %ld, again %ld", nth, attempt->ret,
			       attempt->again);
		/* The objects went with their team. */
		ASSERT_EQ(0, ports());
		ASSERT_EQ(0, sems());
		ASSERT_EQ(0, system_info().queued_bytes);
		if (!attempt->faults)
			break;
		faults++;
		if (attempt->ret >= 0)
			continue;
		ASSERT_TRUE(attempt->ret == -EFAULT ||
			    attempt->ret == -ENOMEM ||
			    (variant->error && attempt->ret ==
					       -variant->error))
			TH_LOG("fault %d: %ld", nth, attempt->ret);
	}
	/* Untouched it works. */
	ASSERT_GT(2000, nth);
	EXPECT_LE(0, attempt->ret);
	EXPECT_LE(variant->faults, faults);
	TH_LOG("%d faults", faults);
}

/* What calls work on. */

static int a_port(struct context *ctx)
{
	ctx->port = port_args("sweep", 2, 0, 0);
	return ctx->port < 0;
}

static int a_small_message(struct context *ctx)
{
	return a_port(ctx) ||
	       nexus_port_send(ctx->port, 1, data, 100, 0, NULL);
}

static int a_large_message(struct context *ctx)
{
	return a_port(ctx) ||
	       nexus_port_send(ctx->port, 1, data, FAR, 0, NULL);
}

static int a_full_port(struct context *ctx)
{
	return a_small_message(ctx) || send_code(ctx->port, 2);
}

/* Not the caller's team, and one that knows nothing of Nexus. */
static int another_team(struct context *ctx)
{
	ctx->team = fork();
	if (!ctx->team) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	return ctx->team < 0 || a_small_message(ctx);
}

static void end_team(struct context *ctx)
{
	kill(ctx->team, SIGKILL);
	waitpid(ctx->team, NULL, 0);
}

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

/*
 * The calls on threads.  Each checks itself that a failure has changed nothing;
 * EPROTO says that it did.
 */

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

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every allocation and every copy from or to user memory that a call makes
 * fails once: the first, the second and so on, until the call gets through
 * untouched.  Each time the error must be one that is documented, nothing may
 * have changed, the call must work when it is made again, and when its process
 * has ended nothing may be left.
 *
 * Best with panic_on_warn.  To cover another call write a function that makes
 * it, and a line in the table at the end of the program.
 */
#ifndef NEXUS_SELFTEST_FAILNTH_H
#define NEXUS_SELFTEST_FAILNTH_H

#include "sem.h"

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

static inline int a_port(struct context *ctx)
{
	ctx->port = port_args("sweep", 2, 0, 0);
	return ctx->port < 0;
}

static inline int a_small_message(struct context *ctx)
{
	return a_port(ctx) ||
	       nexus_port_send(ctx->port, 1, data, 100, 0, NULL);
}

/* Not the caller's team, and one that knows nothing of Nexus. */
static inline int another_team(struct context *ctx)
{
	ctx->team = fork();
	if (!ctx->team) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	return ctx->team < 0 || a_small_message(ctx);
}

static inline void end_team(struct context *ctx)
{
	kill(ctx->team, SIGKILL);
	waitpid(ctx->team, NULL, 0);
}

#endif /* NEXUS_SELFTEST_FAILNTH_H */

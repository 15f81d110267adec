// SPDX-License-Identifier: GPL-2.0
/*
 * Those who watch system calls see those on threads too: seccomp, ptrace, the
 * tracepoints of system calls and the ones that Nexus has of its own.
 */
#include "ns.h"
#include "threads.h"
#include <linux/ptrace.h>

static const struct {
	const char *name;
	int nr;
} calls[] = {
	{ "nexus_thread_set", __NR_nexus_thread_set },
	{ "nexus_thread_suspend", __NR_nexus_thread_suspend },
	{ "nexus_thread_resume", __NR_nexus_thread_resume },
	{ "nexus_thread_kill", __NR_nexus_thread_kill },
	{ "nexus_thread_wait", __NR_nexus_thread_wait },
	{ "nexus_thread_send", __NR_nexus_thread_send },
	{ "nexus_thread_recv", __NR_nexus_thread_recv },
	{ "nexus_snooze", __NR_nexus_snooze },
};

#include "trace.h"

/* glibc and the kernel cannot both be included. */
static long trace(long request, pid_t pid, unsigned long addr, void *arg)
{
	return syscall(__NR_ptrace, request, pid, addr, arg);
}

static int traced(void *arg)
{
	if (trace(PTRACE_TRACEME, 0, 0, NULL))
		return 1;
	raise(SIGSTOP);
	tell(*(int *)arg, 1234);
	return 0;
}

/* As strace does it. */
TEST_F(ns, ptrace)
{
	struct ptrace_syscall_info info;
	int status, entered = 0, left = 0, tid = own_tid();
	pid_t pid;

	pid = spawn(traced, &tid);
	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, trace(PTRACE_SETOPTIONS, pid, 0,
			   (void *)(PTRACE_O_TRACESYSGOOD |
				    PTRACE_O_EXITKILL)));
	for (;;) {
		ASSERT_EQ(0, trace(PTRACE_SYSCALL, pid, 0, NULL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		if (!WIFSTOPPED(status))
			break;
		ASSERT_LT(0, trace(PTRACE_GET_SYSCALL_INFO, pid,
				   sizeof(info), &info));
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY &&
		    info.entry.nr == __NR_nexus_thread_send) {
			entered++;
			EXPECT_EQ(tid, info.entry.args[0]);
			EXPECT_EQ(1234, info.entry.args[1]);
			EXPECT_EQ(NOWAIT, info.entry.args[4]);
		} else if (info.op == PTRACE_SYSCALL_INFO_EXIT &&
			   entered && !left) {
			left++;
			EXPECT_EQ(0, info.exit.rval);
			EXPECT_EQ(0, info.exit.is_error);
		}
	}
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(1, entered);
	EXPECT_EQ(1, left);
	EXPECT_EQ(1234, told());
}

static void *end_with_status(void *arg)
{
	set_status(-77);
	SET(0, .flags = NEXUS_THREAD_KEEP);
	__atomic_store_n((pid_t *)arg, own_tid(), __ATOMIC_RELEASE);
	return NULL;
}

TEST_F(ns, nexus_tracepoints)
{
	static const char * const names[] = {
		"thread_send", "thread_recv", "thread_suspend",
		"thread_resume", "thread_kill", "thread_wait"
	};
	const char *why = make_instance();
	char path[128], text[128];
	struct spinner spinner;
	pthread_t thread;
	pid_t ended;
	size_t i;

	if (why)
		SKIP(return, "%s", why);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), INSTANCE "events/nexus/%s/enable",
			 names[i]);
		ASSERT_EQ(0, write_file(path, "1"))
			TH_LOG("no event nexus:%s", names[i]);
	}

	ASSERT_EQ(0, nexus_thread_send(own_tid(), 1111, "abcde", 5, 0, NULL));
	ASSERT_EQ(-EAGAIN, tell(own_tid(), 2222));
	ASSERT_EQ(2, nexus_thread_recv(text, 2, NULL, 0, NULL));
	ASSERT_EQ(0, start_spinner(&spinner));
	ASSERT_EQ(0, suspend(spinner.tid));
	ASSERT_EQ(0, resume(spinner.tid));
	ASSERT_EQ(-EAGAIN, nexus_thread_wait(spinner.tid, NULL, NOWAIT, NULL));
	ASSERT_EQ(0, nexus_thread_kill(spinner.tid, 0));
	ASSERT_EQ(0, join_thread(spinner.thread));
	ASSERT_TRUE(thread_ends(getpid(), spinner.tid));
	ASSERT_EQ(-ESRCH, nexus_thread_suspend(spinner.tid, 0));
	ASSERT_EQ(-ESRCH, nexus_thread_kill(spinner.tid, 0));
	ASSERT_EQ(0, start_thread(&thread, end_with_status, &ended, &ended));
	ASSERT_EQ(0, join_thread(thread));
	ASSERT_EQ(0, nexus_thread_wait(ended, NULL, 0, NULL));
	write_file(INSTANCE "tracing_on", "0");

#define LOGGED(...) \
	do { \
		snprintf(text, sizeof(text), __VA_ARGS__); \
		EXPECT_TRUE(in_log(text)) \
			TH_LOG("'%s' not in the trace", text); \
	} while (0)

	LOGGED("thread_send: thread=%d code=1111 size=5 err=0\n", own_tid());
	LOGGED("thread_send: thread=%d code=2222 size=0 err=-11\n", own_tid());
	LOGGED("thread_recv: code=1111 size=5 copied=2\n");
	LOGGED("thread_suspend: thread=%d err=0\n", spinner.tid);
	LOGGED("thread_resume: thread=%d err=0\n", spinner.tid);
	LOGGED("thread_wait: thread=%d status=0 err=-11\n", spinner.tid);
	LOGGED("thread_kill: thread=%d err=0\n", spinner.tid);
	LOGGED("thread_suspend: thread=%d err=-3\n", spinner.tid);
	LOGGED("thread_kill: thread=%d err=-3\n", spinner.tid);
	LOGGED("thread_wait: thread=%d status=-77 err=0\n", ended);
	/* It is this thread that did it. */
	LOGGED("-%d ", getpid());
	end_instance();
}

TEST_HARNESS_MAIN

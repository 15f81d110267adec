// SPDX-License-Identifier: GPL-2.0
/*
 * Those who watch system calls see these too: seccomp, ptrace, the tracepoints
 * of system calls and the ones that Nexus has of its own.
 */
#include "ns.h"
#include <linux/ptrace.h>

static const struct {
	const char *name;
	int nr;
} calls[] = {
	{ "nexus_find", __NR_nexus_find },
	{ "nexus_info", __NR_nexus_info },
	{ "nexus_next", __NR_nexus_next },
	{ "nexus_delete", __NR_nexus_delete },
	{ "nexus_set_owner", __NR_nexus_set_owner },
	{ "nexus_port_create", __NR_nexus_port_create },
	{ "nexus_port_send", __NR_nexus_port_send },
	{ "nexus_port_recv", __NR_nexus_port_recv },
	{ "nexus_port_close", __NR_nexus_port_close },
};

#include "trace.h"

static int trapped_nr;

static void trapped(int sig, siginfo_t *si, void *context)
{
	trapped_nr = si->si_syscall;
}

TEST_F(ns, seccomp_trap)
{
	struct sigaction sa = {
		.sa_sigaction = trapped,
		.sa_flags = SA_SIGINFO,
	};
	int port;

	port = new_port(1);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, sigaction(SIGSYS, &sa, NULL));
	ASSERT_EQ(0, filter_out(__NR_nexus_port_send, SECCOMP_RET_TRAP));
	send_code(port, 1);
	EXPECT_EQ(__NR_nexus_port_send, trapped_nr);
	/* It has not been made. */
	EXPECT_EQ(0, queued(port));
}

/* glibc and the kernel cannot both be included. */
static long trace(long request, pid_t pid, unsigned long addr, void *arg)
{
	return syscall(__NR_ptrace, request, pid, addr, arg);
}

struct traced {
	int port;
	int code;
};

static int traced(void *arg)
{
	struct traced *what = arg;

	if (trace(PTRACE_TRACEME, 0, 0, NULL))
		return 1;
	raise(SIGSTOP);
	nexus_port_send(what->port, what->code, NULL, 0, NOWAIT, NULL);
	return 0;
}

/* As strace does it. */
TEST_F(ns, ptrace)
{
	struct ptrace_syscall_info info;
	struct traced what = { .code = 1234 };
	int status, entered = 0, left = 0;
	pid_t pid;

	what.port = new_port(1);
	ASSERT_LT(0, what.port);
	pid = spawn(traced, &what);
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
		    info.entry.nr == __NR_nexus_port_send) {
			entered++;
			EXPECT_EQ(what.port, info.entry.args[0]);
			EXPECT_EQ(what.code, info.entry.args[1]);
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
	EXPECT_EQ(1234, recv_code(what.port));
}

TEST_F(ns, nexus_tracepoints)
{
	static const char * const names[] = {
		"port_create", "port_send", "port_recv", "port_close",
		"object_delete", "object_owner"
	};
	char path[128], text[128];
	const char *why = make_instance();
	struct op writer;
	int port, other;
	size_t i;

	if (why)
		SKIP(return, "%s", why);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), INSTANCE "events/nexus/%s/enable",
			 names[i]);
		ASSERT_EQ(0, write_file(path, "1"))
			TH_LOG("no event nexus:%s", names[i]);
	}

	port = port_args("traced port", 1, 0, 0);
	other = new_port(1);
	ASSERT_LT(0, port);
	ASSERT_LT(0, other);
	ASSERT_EQ(0, nexus_port_send(port, 1111, "abcde", 5, 0, NULL));
	ASSERT_EQ(-EAGAIN, send_code(port, 2222));
	writer = (struct op)SEND_OP(.port = port, .code = 3333);
	ASSERT_EQ(0, start_op(&writer));
	ASSERT_EQ(2, nexus_port_recv(port, text, 2, NULL, 0, NULL));
	ASSERT_EQ(0, join_op(&writer));
	ASSERT_EQ(0, nexus_set_owner(PORT, port, getpid(), 0));
	ASSERT_EQ(0, nexus_port_close(port, 0));
	ASSERT_EQ(0, delete_port(port));
	write_file(INSTANCE "tracing_on", "0");

#define LOGGED(...) \
	do { \
		snprintf(text, sizeof(text), __VA_ARGS__); \
		EXPECT_TRUE(in_log(text)) \
			TH_LOG("'%s' not in the trace", text); \
	} while (0)

	LOGGED("port_create: port=%d capacity=1 name=traced port\n", port);
	LOGGED("port_send: port=%d code=1111 size=5 waited=0 err=0\n", port);
	LOGGED("port_send: port=%d code=2222 size=0 waited=0 err=-11\n", port);
	LOGGED("port_send: port=%d code=3333 size=0 waited=1 err=0\n", port);
	LOGGED("port_recv: port=%d code=1111 size=5 copied=2\n", port);
	LOGGED("object_owner: type=1 id=%d team=%d err=0\n", port, getpid());
	LOGGED("port_close: port=%d err=0\n", port);
	LOGGED("object_delete: type=1 id=%d\n", port);
	/* It is this thread that did it. */
	LOGGED("-%d ", getpid());
	end_instance();
}

TEST_HARNESS_MAIN

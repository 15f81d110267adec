/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How seccomp and the tracepoints of system calls see the calls of Nexus, and
 * what it takes to look at a trace.  To be included behind the table of calls
 * that a program is about: calls[], of name and nr.
 */
#ifndef NEXUS_SELFTEST_TRACE_H
#define NEXUS_SELFTEST_TRACE_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mount.h>

static int filter_out(int nr, unsigned int action)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {
		.len = ARRAY_SIZE(filter),
		.filter = filter,
	};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

/* What a call gives that nobody should make: it must not wait, either. */
static long bare_call(int nr)
{
	return nexus_ret(syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L));
}

static int filtered(void *arg)
{
	const int n = *(int *)arg;
	size_t i;

	if (filter_out(calls[n].nr, SECCOMP_RET_ERRNO | EDOM))
		return 1;
	/* This one does not come through, all others do. */
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if ((bare_call(calls[i].nr) == -EDOM) != ((int)i == n))
			return 2;
	return 0;
}

TEST_F(ns, seccomp_errno)
{
	pid_t pid;
	int i;

	for (i = 0; i < (int)ARRAY_SIZE(calls); i++) {
		pid = spawn(filtered, &i);
		ASSERT_LT(0, pid);
		EXPECT_EQ(0, reap(pid))
			TH_LOG("%s", calls[i].name);
	}
}

#define TRACEFS	"/sys/kernel/tracing/"
#define INSTANCE TRACEFS "instances/nexus_test/"

static char log_text[256 * 1024];

/* An instance is a trace of our own; 0, or why there is none. */
static const char *make_instance(void)
{
	if (access(TRACEFS "instances", W_OK) &&
	    mount("none", TRACEFS, "tracefs", 0, NULL))
		return "no tracefs";
	rmdir(INSTANCE);
	if (mkdir(INSTANCE, 0700))
		return "no trace instances";
	return NULL;
}

static void end_instance(void)
{
	write_file(INSTANCE "tracing_on", "0");
	write_file(INSTANCE "events/enable", "0");
	rmdir(INSTANCE);
}

static int in_log(const char *text)
{
	return read_file(INSTANCE "trace", log_text, sizeof(log_text)) > 0 &&
	       strstr(log_text, text);
}

TEST_F(ns, syscall_tracepoints)
{
	char path[128];
	const char *why;
	size_t i;

	if (sizeof(long) == 4)
		SKIP(return, "a 64-bit kernel does not trace 32-bit calls");
	why = make_instance();
	if (why)
		SKIP(return, "%s", why);
	if (access(TRACEFS "events/syscalls", F_OK)) {
		end_instance();
		SKIP(return, "needs CONFIG_FTRACE_SYSCALLS");
	}
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		snprintf(path, sizeof(path),
			 INSTANCE "events/syscalls/sys_enter_%s/enable",
			 calls[i].name);
		EXPECT_EQ(0, write_file(path, "1"))
			TH_LOG("%s", path);
		snprintf(path, sizeof(path),
			 INSTANCE "events/syscalls/sys_exit_%s/enable",
			 calls[i].name);
		EXPECT_EQ(0, write_file(path, "1"));
		bare_call(calls[i].nr);
	}
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		snprintf(path, sizeof(path), "sys_%s(", calls[i].name);
		EXPECT_TRUE(in_log(path))
			TH_LOG("%s not in the trace", path);
		snprintf(path, sizeof(path), "sys_%s -> 0x", calls[i].name);
		EXPECT_TRUE(in_log(path))
			TH_LOG("%s not in the trace", path);
	}
	end_instance();
}

#endif /* NEXUS_SELFTEST_TRACE_H */

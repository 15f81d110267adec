// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints of semaphores, and how seccomp and the tracepoints of system
 * calls see the calls on them.
 */
#include "ns.h"
#include "sem.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mount.h>

static const struct {
	const char *name;
	int nr;
} calls[] = {
	{ "nexus_sem_create", __NR_nexus_sem_create },
	{ "nexus_sem_acquire", __NR_nexus_sem_acquire },
	{ "nexus_sem_release", __NR_nexus_sem_release },
	{ "nexus_sem_switch", __NR_nexus_sem_switch },
	{ "nexus_open", __NR_nexus_open },
};

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

/* What a call gives that has nothing but zeros for arguments. */
static long bare_call(int nr)
{
	return nexus_ret(syscall(nr, 0, 0, 0, 0, 0, 0));
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

TEST_F(ns, seccomp)
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
#define INSTANCE TRACEFS "instances/nexus_sem_test/"

static char log_text[256 * 1024];

/* An instance is a trace of our own; NULL, or why there is none. */
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

#define LOGGED(...) \
	do { \
		char __text[128]; \
		snprintf(__text, sizeof(__text), __VA_ARGS__); \
		EXPECT_TRUE(in_log(__text)) \
			TH_LOG("'%s' not in the trace", __text); \
	} while (0)

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
		bare_call(calls[i].nr);
	}
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		LOGGED("sys_%s(", calls[i].name);
	end_instance();
}

TEST_F(ns, nexus_tracepoints)
{
	static const char * const names[] = {
		"sem_create", "sem_acquire", "sem_release", "object_delete",
		"object_owner"
	};
	const char *why = make_instance();
	struct sem_op op;
	int sem, other;
	char path[128];
	size_t i;

	if (why)
		SKIP(return, "%s", why);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), INSTANCE "events/nexus/%s/enable",
			 names[i]);
		ASSERT_EQ(0, write_file(path, "1"))
			TH_LOG("no event nexus:%s", names[i]);
	}

	sem = sem_args("traced sem", 11, 0, 0);
	other = new_sem(0);
	ASSERT_LT(0, sem);
	ASSERT_LT(0, other);
	ASSERT_EQ(0, try_acquire(sem, 8));
	ASSERT_EQ(-EAGAIN, try_acquire(sem, 4));
	op = acquire_op(sem, 5);
	ASSERT_EQ(0, start_sem_op(&op));
	ASSERT_EQ(0, release(sem, 2));
	ASSERT_EQ(0, join_sem_op(&op));
	ASSERT_EQ(0, nexus_sem_release(sem, 7, IF_WAITING));
	ASSERT_EQ(0, nexus_sem_release(sem, -6, ALL));
	ASSERT_EQ(-EAGAIN, nexus_sem_switch(other, sem, 9, NOWAIT, NULL,
					    NULL));
	ASSERT_EQ(0, release(other, 3));
	ASSERT_EQ(-EOVERFLOW, release(other, INT_MAX));
	ASSERT_EQ(0, nexus_set_owner(SEM, sem, getpid(), 0));
	ASSERT_EQ(0, delete_sem(sem));
	write_file(INSTANCE "tracing_on", "0");

	LOGGED("sem_create: sem=%d count=11 name=traced sem\n", sem);
	LOGGED("sem_acquire: sem=%d count=8 waited=0 err=0\n", sem);
	LOGGED("sem_acquire: sem=%d count=4 waited=0 err=-11\n", sem);
	LOGGED("sem_acquire: sem=%d count=5 waited=1 err=0\n", sem);
	LOGGED("sem_release: sem=%d count=2 flags=0x0 err=0\n", sem);
	LOGGED("sem_release: sem=%d count=7 flags=0x2 err=0\n", sem);
	LOGGED("sem_release: sem=%d count=-6 flags=0x1 err=0\n", sem);
	/* A switch is both. */
	LOGGED("sem_release: sem=%d count=1 flags=0x0 err=0\n", other);
	LOGGED("sem_acquire: sem=%d count=9 waited=0 err=-11\n", sem);
	LOGGED("sem_release: sem=%d count=%d flags=0x0 err=-75\n", other,
	       INT_MAX);
	LOGGED("object_owner: type=2 id=%d team=%d err=0\n", sem, getpid());
	LOGGED("object_delete: type=2 id=%d\n", sem);
	/* It is this thread that did it. */
	LOGGED("-%d ", getpid());
	end_instance();
}

TEST_HARNESS_MAIN

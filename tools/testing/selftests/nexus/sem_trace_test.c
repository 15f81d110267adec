// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints of semaphores, and how seccomp and the tracepoints of system
 * calls see the calls on them.
 */
#include "ns.h"
#include "sem.h"

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

#include "trace.h"

#define LOGGED(...) \
	do { \
		char __text[128]; \
		snprintf(__text, sizeof(__text), __VA_ARGS__); \
		EXPECT_TRUE(in_log(__text)) \
			TH_LOG("'%s' not in the trace", __text); \
	} while (0)

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

// SPDX-License-Identifier: GPL-2.0
/*
 * What each call on threads refuses, with which error, which of several errors
 * comes first, and that nothing has changed then.
 */
#include "threads.h"

#define HALF	8
#define GUARD	0xa5
#define PAGE	((size_t)sysconf(_SC_PAGESIZE))

/* How many ids there are of no thread, as far as the caller is concerned. */
#define NOBODIES 4

static const struct __kernel_timespec odd_times[] = {
	{ .tv_sec = -1 },
	{ .tv_sec = LLONG_MIN },
	{ .tv_nsec = -1 },
	{ .tv_nsec = 1000000000 },
	{ .tv_nsec = LLONG_MAX },
	{ .tv_sec = 1, .tv_nsec = 1LL << 31 },
};

/* A kernel thread, which is there whatever namespace asks, or 0. */
static int a_kernel_thread(void)
{
	char path[64], buf[512];
	int pid;

	for (pid = 2; pid < 100; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/maps", pid);
		if (read_file(path, buf, sizeof(buf)))
			continue;
		if (task_state(pid, pid) != 'Z')
			return pid;
	}
	return 0;
}

/* The caller's slot is full; other is a thread that waits for a message. */
FIXTURE(target)
{
	struct nexus_thread_info before;
	struct job other;
	int self;
	int dead;
	int nobody[NOBODIES];
	struct bad *bad;
};

FIXTURE_SETUP(target)
{
	struct job job = JOB(nexus_find, THREAD, (long)"");

	if (unshare(CLONE_NEWIPC))
		SKIP(return, "needs CAP_SYS_ADMIN to unshare(CLONE_NEWIPC)");
	ASSERT_EQ(0, launch_job(&job));
	ASSERT_NE(NEVER_ENDED, join_job(&job));
	ASSERT_TRUE(thread_ends(getpid(), job.tid));
	self->dead = job.tid;
	self->self = own_tid();
	self->nobody[0] = INT_MAX;
	self->nobody[1] = 4194305;
	self->nobody[2] = self->dead;
	self->nobody[3] = a_kernel_thread() ?: INT_MAX;
	self->bad = make_bad(HALF);
	ASSERT_NE(NULL, self->bad);
	self->other = (struct job)JOB(nexus_thread_recv);
	ASSERT_EQ(0, start_job(&self->other));
	ASSERT_EQ(10, SET(0, .flags = NEXUS_THREAD_NAME |
				      NEXUS_THREAD_PRIORITY,
			  .name = (uintptr_t)"errno", .priority = 10))
		TH_LOG("this kernel has no Nexus threads");
	ASSERT_EQ(0, nexus_thread_send(self->self, 77, "sixteen bytes ..", 16,
				       NOWAIT, NULL));
	ASSERT_EQ(0, thread_info(self->other.tid, &self->before));
}

/* Whatever the test did: threads and messages are what they were. */
FIXTURE_TEARDOWN(target)
{
	struct nexus_thread_info after;
	struct nexus_msg_info info;
	char buf[32];

	ASSERT_EQ(0, thread_info(self->other.tid, &after));
	after.kernel_time = self->before.kernel_time;
	after.user_time = self->before.user_time;
	EXPECT_EQ(0, memcmp(&self->before, &after, sizeof(after)));
	EXPECT_EQ(0, tell(self->other.tid, 1));
	EXPECT_EQ(0, join_job(&self->other));
	ASSERT_EQ(0, thread_info(self->self, &after));
	EXPECT_STREQ("errno", after.name);
	EXPECT_EQ(10, after.priority);
	ASSERT_EQ(16, nexus_thread_recv(buf, sizeof(buf), &info, NOWAIT,
					NULL));
	EXPECT_EQ(77, info.code);
	EXPECT_EQ(0, memcmp(buf, "sixteen bytes ..", 16));
}

TEST_F(target, set_fields)
{
	static const unsigned int known = NEXUS_THREAD_NAME |
		NEXUS_THREAD_PRIORITY | NEXUS_THREAD_STATUS |
		NEXUS_THREAD_KEEP;
	unsigned int bit;
	int i;

	for (bit = 0; bit < 32; bit++) {
		if (!(known & 1u << bit))
			EXPECT_EQ(-EINVAL, SET(0, .flags = 1u << bit));
		EXPECT_EQ(-EINVAL, SET(0, .__pad = 1u << bit));
		/* Fields that nothing announces. */
		EXPECT_EQ(-EINVAL, SET(0, .priority = 1u << bit));
		EXPECT_EQ(-EINVAL, SET(0, .status = 1u << bit));
		EXPECT_EQ(-EINVAL, SET(0, .flags = NEXUS_THREAD_STATUS,
				       .priority = 1u << bit));
		EXPECT_EQ(-EINVAL, SET(0, .flags = NEXUS_THREAD_PRIORITY,
				       .priority = 10, .status = 1u << bit));
	}
	for (bit = 0; bit < 64; bit++) {
		EXPECT_EQ(-EINVAL, SET(0, .name = 1ULL << bit));
		EXPECT_EQ(-EINVAL, SET(0, .flags = NEXUS_THREAD_STATUS,
				       .name = 1ULL << bit));
	}
	memset(self->bad[BAD_HALF].addr, 'x', HALF);
	for (i = 0; i < BAD_READABLE; i++) {
		EXPECT_EQ(-EFAULT, set_name(0, self->bad[i].addr))
			TH_LOG("%s", self->bad[i].name);
		/* The other fields before the name. */
		EXPECT_EQ(-EINVAL, SET(0, .flags = NEXUS_THREAD_NAME,
				       .name = (uintptr_t)self->bad[i].addr,
				       .__pad = 1));
		EXPECT_EQ(-EINVAL, SET(0, .flags = NEXUS_THREAD_NAME |
						   NEXUS_THREAD_PRIORITY,
				       .name = (uintptr_t)self->bad[i].addr,
				       .priority = 121));
	}
	/* An address has 64 bits whoever asks. */
	EXPECT_EQ(-EFAULT, SET(0, .flags = NEXUS_THREAD_NAME,
			       .name = 1ULL << 63));
}

TEST_F(target, set_sizes)
{
	struct nexus_thread_args *args;
	unsigned char *buf;
	size_t size, i;

	buf = calloc(1, PAGE + 16);
	ASSERT_NE(NULL, buf);
	args = (void *)buf;
	args->flags = NEXUS_THREAD_STATUS;
	for (size = 0; size < NEXUS_THREAD_ARGS_SIZE_VER0; size++)
		EXPECT_EQ(-EINVAL, nexus_thread_set(0, args, size));
	EXPECT_EQ(-E2BIG, nexus_thread_set(0, args, PAGE + 1));
	EXPECT_EQ(-E2BIG, nexus_thread_set(0, args, SIZE_MAX));
	for (size = NEXUS_THREAD_ARGS_SIZE_VER0; size <= PAGE;
	     size += size < 64 ? 1 : 577) {
		EXPECT_EQ(0, nexus_thread_set(0, args, size));
		for (i = NEXUS_THREAD_ARGS_SIZE_VER0; i < size;
		     i += i < 64 ? 1 : 577) {
			buf[i] = 1;
			EXPECT_EQ(-E2BIG, nexus_thread_set(0, args, size));
			buf[i] = 0;
		}
		if (size > NEXUS_THREAD_ARGS_SIZE_VER0) {
			buf[size - 1] = 0x80;
			EXPECT_EQ(-E2BIG, nexus_thread_set(0, args, size));
			buf[size - 1] = 0;
		}
		/* What lies behind the size does not count. */
		buf[size] = 1;
		EXPECT_EQ(0, nexus_thread_set(0, args, size));
		buf[size] = 0;
	}
	for (i = 0; i < BAD_READABLE; i++) {
		EXPECT_EQ(-EFAULT, nexus_thread_set(0, self->bad[i].addr,
						    sizeof(*args)))
			TH_LOG("%s", self->bad[i].name);
		/* The size before the address. */
		EXPECT_EQ(-EINVAL, nexus_thread_set(0, self->bad[i].addr, 8));
		EXPECT_EQ(-E2BIG, nexus_thread_set(0, self->bad[i].addr,
						   PAGE + 1));
	}
	/* Dirty fields lose to a dirty tail, and both win over a bad id. */
	args->__pad = 1;
	buf[sizeof(*args)] = 1;
	EXPECT_EQ(-E2BIG, nexus_thread_set(-1, args, sizeof(*args) + 1));
	EXPECT_EQ(-EINVAL, nexus_thread_set(-1, args, sizeof(*args)));
	free(buf);
}

TEST_F(target, set_ids)
{
	int id, i;

	EXPECT_EQ(-ESRCH, set_priority(-1, 10));
	EXPECT_EQ(-ESRCH, set_priority(INT_MIN, 10));
	EXPECT_EQ(-ESRCH, set_name(-1, "x"));
	EXPECT_EQ(-ESRCH, set_keep(-1));
	EXPECT_EQ(-ESRCH, SET(-1, .flags = 0));
	for (i = 0; i < NOBODIES; i++) {
		id = self->nobody[i];
		EXPECT_EQ(-ESRCH, set_priority(id, 10));
		EXPECT_EQ(-ESRCH, set_name(id, "x"));
		EXPECT_EQ(-ESRCH, set_keep(id));
		EXPECT_EQ(-ESRCH, SET(id, .flags = NEXUS_THREAD_STATUS));
		EXPECT_EQ(-ESRCH, SET(id, .flags = 0));
	}
	/* Whose status it is, that one says. */
	EXPECT_EQ(-EPERM, SET(self->other.tid, .flags = NEXUS_THREAD_STATUS,
			      .status = 1));
	EXPECT_EQ(0, SET(self->self, .flags = NEXUS_THREAD_STATUS,
			 .status = 1));
	EXPECT_EQ(0, set_keep(self->other.tid));
}

TEST_F(target, set_of_another_team)
{
	struct team *team = start_team(NULL);

	/* To be root does not make it one's own. */
	ASSERT_NE(NULL, team);
	EXPECT_EQ(-EPERM, set_name(team->pid, "x"));
	EXPECT_EQ(-EPERM, set_name(team->spinner.tid, "x"));
	EXPECT_EQ(-EPERM, set_keep(team->spinner.tid));
	EXPECT_EQ(-EPERM, SET(team->pid, .flags = NEXUS_THREAD_STATUS));
	EXPECT_EQ(-EPERM, SET(team->pid, .flags = NEXUS_THREAD_NAME |
						  NEXUS_THREAD_PRIORITY,
			      .name = (uintptr_t)"x", .priority = 5));
	EXPECT_EQ(10, set_priority(team->pid, 10));
	kill_team(team);
}

TEST_F(target, suspend_resume_kill)
{
	long (*const calls[])(int, unsigned int) = {
		nexus_thread_suspend, nexus_thread_resume, nexus_thread_kill
	};
	unsigned int bit;
	size_t c;
	int id, i;

	for (c = 0; c < ARRAY_SIZE(calls); c++) {
		for (bit = 0; bit < 32; bit++) {
			EXPECT_EQ(-EINVAL, calls[c](self->other.tid,
						    1u << bit));
			/* Flags first. */
			EXPECT_EQ(-EINVAL, calls[c](self->dead, 1u << bit));
		}
		EXPECT_EQ(-EINVAL, calls[c](0, 0));
		EXPECT_EQ(-EINVAL, calls[c](-1, 0));
		EXPECT_EQ(-EINVAL, calls[c](INT_MIN, 0));
		EXPECT_EQ(-EINVAL, calls[c](-self->other.tid, 0));
		for (i = 0; i < NOBODIES; i++) {
			id = self->nobody[i];
			EXPECT_EQ(-ESRCH, calls[c](id, 0))
				TH_LOG("call %zu, thread %d", c, id);
		}
	}
}

TEST_F(target, wait)
{
	const int other = self->other.tid;
	__s32 status = 123;
	unsigned int bit;
	int id, i;
	size_t t;

	for (bit = 0; bit < 32; bit++) {
		if ((NOWAIT | NEXUS_CLOCK_REALTIME) & 1u << bit)
			continue;
		EXPECT_EQ(-EINVAL, nexus_thread_wait(other, &status,
						     1u << bit, NULL));
		EXPECT_EQ(-EINVAL, nexus_thread_wait(other, &status,
						     NOWAIT | 1u << bit,
						     NULL));
	}
	EXPECT_EQ(-EINVAL, nexus_thread_wait(other, &status, NOWAIT,
					     &long_gone));
	EXPECT_EQ(-EINVAL, nexus_thread_wait(other, &status,
					     NEXUS_CLOCK_REALTIME, NULL));
	for (t = 0; t < ARRAY_SIZE(odd_times); t++)
		EXPECT_EQ(-EINVAL, nexus_thread_wait(other, &status, 0,
						     &odd_times[t]));
	for (i = 1; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, nexus_thread_wait(other, &status, 0,
						     self->bad[i].addr));
	EXPECT_EQ(-EDEADLK, nexus_thread_wait(self->self, &status, 0, NULL));
	EXPECT_EQ(-EDEADLK, nexus_thread_wait(self->self, &status, NOWAIT,
					      NULL));
	EXPECT_EQ(-ESRCH, nexus_thread_wait(0, &status, 0, NULL));
	EXPECT_EQ(-ESRCH, nexus_thread_wait(-1, &status, 0, NULL));
	EXPECT_EQ(-ESRCH, nexus_thread_wait(INT_MIN, &status, 0, NULL));
	EXPECT_EQ(-ESRCH, nexus_thread_wait(-self->self, &status, 0, NULL));
	for (i = 0; i < NOBODIES; i++) {
		id = self->nobody[i];
		EXPECT_EQ(-ESRCH, nexus_thread_wait(id, &status, 0, NULL));
	}
	EXPECT_EQ(-EAGAIN, nexus_thread_wait(other, &status, NOWAIT, NULL));
	EXPECT_EQ(-ETIMEDOUT, nexus_thread_wait(other, &status, 0,
						&long_gone));
	EXPECT_EQ(-ETIMEDOUT, nexus_thread_wait(other, &status,
						NEXUS_CLOCK_REALTIME,
						&long_gone));
	/* Flags and deadline before the id, and whether there is memory. */
	EXPECT_EQ(-EINVAL, nexus_thread_wait(-1, &status, 1 << 20, NULL));
	EXPECT_EQ(-EINVAL, nexus_thread_wait(self->self, &status, 0,
					     &odd_times[0]));
	EXPECT_EQ(-EFAULT, nexus_thread_wait(self->dead, &status, 0,
					     self->bad[BAD_NONE].addr));
	EXPECT_EQ(-ESRCH, nexus_thread_wait(self->dead,
					    self->bad[BAD_NONE].addr, 0,
					    NULL));
	EXPECT_EQ(-EAGAIN, nexus_thread_wait(other, self->bad[BAD_NONE].addr,
					     NOWAIT, NULL));
	EXPECT_EQ(123, status);
}

TEST_F(target, send)
{
	const int other = self->other.tid;
	void *none = self->bad[BAD_NONE].addr;
	unsigned int bit;
	int id, i;
	size_t t;

	for (bit = 0; bit < 32; bit++) {
		if ((NOWAIT | NEXUS_CLOCK_REALTIME) & 1u << bit)
			continue;
		EXPECT_EQ(-EINVAL, nexus_thread_send(other, 1, NULL, 0,
						     1u << bit, NULL));
		EXPECT_EQ(-EINVAL, nexus_thread_send(other, 1, NULL, 0,
						     NOWAIT | 1u << bit,
						     NULL));
	}
	EXPECT_EQ(-EINVAL, nexus_thread_send(other, 1, NULL, 0, NOWAIT,
					     &long_gone));
	EXPECT_EQ(-EINVAL, nexus_thread_send(other, 1, NULL, 0,
					     NEXUS_CLOCK_REALTIME, NULL));
	for (t = 0; t < ARRAY_SIZE(odd_times); t++)
		EXPECT_EQ(-EINVAL, nexus_thread_send(other, 1, NULL, 0, 0,
						     &odd_times[t]));
	for (i = 1; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, nexus_thread_send(other, 1, NULL, 0, 0,
						     self->bad[i].addr));
	for (i = 0; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, nexus_thread_send(other, 1,
						     self->bad[i].addr, 16, 0,
						     NULL))
			TH_LOG("%s", self->bad[i].name);
	for (i = -1; i <= 0; i++)
		EXPECT_EQ(-ESRCH, nexus_thread_send(i, 1, NULL, 0, 0, NULL));
	EXPECT_EQ(-ESRCH, nexus_thread_send(INT_MIN, 1, NULL, 0, 0, NULL));
	EXPECT_EQ(-ESRCH, nexus_thread_send(-other, 1, NULL, 0, 0, NULL));
	for (i = 0; i < NOBODIES; i++) {
		id = self->nobody[i];
		EXPECT_EQ(-ESRCH, nexus_thread_send(id, 1, NULL, 0, 0, NULL))
			TH_LOG("thread %d", id);
	}
	EXPECT_EQ(-EMSGSIZE, nexus_thread_send(other, 1, none, THREAD_MAX + 1,
					       0, NULL));

	/* Flags, the deadline, then size and id, the buffer, a full slot. */
	EXPECT_EQ(-EINVAL, nexus_thread_send(-1, 1, none, THREAD_MAX + 1,
					     1 << 20, none));
	EXPECT_EQ(-EFAULT, nexus_thread_send(-1, 1, none, THREAD_MAX + 1, 0,
					     none));
	EXPECT_EQ(-EINVAL, nexus_thread_send(-1, 1, none, THREAD_MAX + 1, 0,
					     &odd_times[0]));
	EXPECT_EQ(-ESRCH, nexus_thread_send(self->dead, 1, none, 16, 0,
					    NULL));
	EXPECT_EQ(-EFAULT, nexus_thread_send(self->self, 1, none, 16, NOWAIT,
					     NULL));
	EXPECT_EQ(-EFAULT, nexus_thread_send(self->self, 1, none, 16, 0,
					     NULL));
	/* Without length nobody looks. */
	EXPECT_EQ(-EAGAIN, nexus_thread_send(self->self, 1, none, 0, NOWAIT,
					     NULL));
}

TEST_F(target, recv)
{
	struct nexus_msg_info info;
	unsigned int bit;
	char buf[16];
	size_t t;
	int i;

	for (bit = 0; bit < 32; bit++) {
		if ((NOWAIT | NEXUS_CLOCK_REALTIME) & 1u << bit)
			continue;
		EXPECT_EQ(-EINVAL, nexus_thread_recv(buf, 16, NULL, 1u << bit,
						     NULL));
		EXPECT_EQ(-EINVAL, nexus_thread_recv(buf, 16, NULL,
						     NOWAIT | 1u << bit,
						     NULL));
	}
	EXPECT_EQ(-EINVAL, nexus_thread_recv(buf, 16, NULL, NOWAIT,
					     &long_gone));
	EXPECT_EQ(-EINVAL, nexus_thread_recv(buf, 16, NULL,
					     NEXUS_CLOCK_REALTIME, NULL));
	for (t = 0; t < ARRAY_SIZE(odd_times); t++)
		EXPECT_EQ(-EINVAL, nexus_thread_recv(buf, 16, NULL, 0,
						     &odd_times[t]));
	for (i = 0; i < BAD_COUNT; i++) {
		/* The message is not lost: it is there for the next one. */
		EXPECT_EQ(-EFAULT, nexus_thread_recv(self->bad[i].addr, 16,
						     &info, 0, NULL))
			TH_LOG("%s", self->bad[i].name);
		EXPECT_EQ(1, has_data(self->self));
		if (!self->bad[i].addr)
			continue;
		EXPECT_EQ(-EFAULT, nexus_thread_recv(buf, 16,
						     self->bad[i].addr,
						     NOWAIT, NULL));
		EXPECT_EQ(1, has_data(self->self));
		EXPECT_EQ(-EAGAIN, tell(self->self, 9));
	}
	for (i = 1; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, nexus_thread_recv(buf, 16, NULL, 0,
						     self->bad[i].addr));
}

TEST_F(target, snooze)
{
	unsigned int bit;
	size_t t;
	int i;

	for (bit = 0; bit < 32; bit++) {
		if (NEXUS_CLOCK_REALTIME & 1u << bit)
			continue;
		EXPECT_EQ(-EINVAL, nexus_snooze(1u << bit, &long_gone));
		EXPECT_EQ(-EINVAL, nexus_snooze(1u << bit, NULL));
	}
	EXPECT_EQ(-EINVAL, nexus_snooze(0, NULL));
	EXPECT_EQ(-EINVAL, nexus_snooze(NEXUS_CLOCK_REALTIME, NULL));
	for (t = 0; t < ARRAY_SIZE(odd_times); t++) {
		EXPECT_EQ(-EINVAL, nexus_snooze(0, &odd_times[t]));
		EXPECT_EQ(-EINVAL, nexus_snooze(NEXUS_CLOCK_REALTIME,
						&odd_times[t]));
	}
	for (i = 1; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, nexus_snooze(0, self->bad[i].addr));
	/* Flags before the address. */
	EXPECT_EQ(-EINVAL, nexus_snooze(1 << 20, self->bad[BAD_NONE].addr));
}

TEST_F(target, info)
{
	struct nexus_thread_info info;
	unsigned char *buf;
	unsigned int bit;
	int id, i;
	size_t size;

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_info(THREAD, self->self, &info,
					      sizeof(info), 1u << bit));
	/* 0 is nobody here. */
	for (i = -1; i <= 0; i++)
		EXPECT_EQ(-ESRCH, thread_info(i, &info));
	EXPECT_EQ(-ESRCH, thread_info(INT_MIN, &info));
	for (i = 0; i < NOBODIES; i++) {
		id = self->nobody[i];
		EXPECT_EQ(-ESRCH, thread_info(id, &info))
			TH_LOG("thread %d", id);
	}
	for (i = 0; i < BAD_COUNT; i++)
		EXPECT_EQ(-EFAULT, thread_info(self->self,
					       self->bad[i].addr))
			TH_LOG("%s", self->bad[i].name);
	/* Type and flags, size, id, address. */
	EXPECT_EQ(-EINVAL, nexus_info(THREAD, -1, NULL, PAGE + 1, 1));
	EXPECT_EQ(-E2BIG, nexus_info(THREAD, -1, NULL, PAGE + 1, 0));
	EXPECT_EQ(-EINVAL, nexus_info(THREAD, -1, NULL, 8, 0));
	EXPECT_EQ(-ESRCH, nexus_info(THREAD, self->dead, NULL, sizeof(info),
				     0));

	buf = malloc(PAGE + 16);
	ASSERT_NE(NULL, buf);
	for (size = 0; size < NEXUS_THREAD_INFO_SIZE_VER0; size++)
		EXPECT_EQ(-EINVAL, nexus_info(THREAD, self->self, buf, size,
					      0));
	for (; size <= PAGE; size += size < 128 ? 1 : 497) {
		memset(buf, GUARD, PAGE + 16);
		ASSERT_EQ(0, nexus_info(THREAD, self->self, buf, size, 0));
		/* What the kernel does not know is 0. */
		EXPECT_TRUE(all_bytes(buf + sizeof(info), size - sizeof(info),
				      0));
		EXPECT_TRUE(all_bytes(buf + size, 16, GUARD));
	}
	EXPECT_EQ(-E2BIG, nexus_info(THREAD, self->self, buf, PAGE + 1, 0));
	free(buf);
}

TEST_F(target, next)
{
	struct nexus_thread_info info;
	unsigned int bit;
	size_t size;
	int id, i;
	char buf[128];

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_next(THREAD, 0, 0, &info,
					      sizeof(info), 1u << bit));
	EXPECT_EQ(-EINVAL, nexus_next(THREAD, -1, 0, &info, sizeof(info), 0));
	EXPECT_EQ(-EINVAL, nexus_next(THREAD, INT_MIN, 0, &info, sizeof(info),
				      0));
	for (i = 0; i < NOBODIES; i++) {
		id = self->nobody[i];
		EXPECT_EQ(-ESRCH, nexus_next(THREAD, id, 0, &info,
					     sizeof(info), 0))
			TH_LOG("team %d", id);
	}
	/* A thread is no team. */
	EXPECT_EQ(-ESRCH, nexus_next(THREAD, self->other.tid, 0, &info,
				     sizeof(info), 0));
	EXPECT_EQ(-ENOENT, nexus_next(THREAD, 0, INT_MAX, &info, sizeof(info),
				      0));
	for (i = 0; i < BAD_COUNT; i++)
		EXPECT_EQ(-EFAULT, nexus_next(THREAD, 0, 0,
					      self->bad[i].addr, sizeof(info),
					      0));
	for (size = 0; size < NEXUS_THREAD_INFO_SIZE_VER0; size++)
		EXPECT_EQ(-EINVAL, nexus_next(THREAD, 0, 0, buf, size, 0));
	EXPECT_EQ(-E2BIG, nexus_next(THREAD, 0, 0, buf, PAGE + 1, 0));
	/* Type and flags, size, team, end, address. */
	EXPECT_EQ(-EINVAL, nexus_next(THREAD, -1, 0, NULL, PAGE + 1, 1));
	EXPECT_EQ(-E2BIG, nexus_next(THREAD, -1, 0, NULL, PAGE + 1, 0));
	EXPECT_EQ(-ESRCH, nexus_next(THREAD, INT_MAX, 0, NULL, sizeof(info),
				     0));
	EXPECT_EQ(-ENOENT, nexus_next(THREAD, 0, INT_MAX, NULL, sizeof(info),
				      0));
}

TEST_F(target, find_delete_set_owner)
{
	unsigned int bit;
	int i;

	for (bit = 0; bit < 32; bit++)
		EXPECT_EQ(-EINVAL, nexus_find(THREAD, "errno", 1u << bit));
	memset(self->bad[BAD_HALF].addr, 'x', HALF);
	for (i = 0; i < BAD_READABLE; i++)
		EXPECT_EQ(-EFAULT, nexus_find(THREAD, self->bad[i].addr, 0))
			TH_LOG("%s", self->bad[i].name);
	EXPECT_EQ(-EINVAL, nexus_find(THREAD, NULL, 1));
	EXPECT_EQ(-ENOENT, nexus_find(THREAD, "nobody has this name", 0));
	/* Those are for objects that are made and given away. */
	EXPECT_EQ(-EINVAL, nexus_delete(THREAD, self->other.tid, 0));
	EXPECT_EQ(-EINVAL, nexus_delete(THREAD, self->dead, 0));
	EXPECT_EQ(-EINVAL, nexus_set_owner(THREAD, self->other.tid, 0, 0));
	EXPECT_EQ(self->self, nexus_find(THREAD, "errno", 0));
}

TEST_HARNESS_MAIN

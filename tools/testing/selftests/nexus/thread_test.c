// SPDX-License-Identifier: GPL-2.0
/*
 * What threads can do that make no mistake: the message slot, and snoozing.
 */
#include "ns.h"
#include "threads.h"

#define GUARD	0xa5

static char big[THREAD_MAX + 64];
static char back[THREAD_MAX + 64];

static void size_passes(struct __test_metadata *_metadata, size_t size)
{
	struct nexus_msg_info info;

	fill(big, size, size);
	memset(back, GUARD, size + 64);
	ASSERT_EQ(0, has_data(own_tid()));
	ASSERT_EQ(0, nexus_thread_send(own_tid(), size, big, size, NOWAIT,
				       NULL))
		TH_LOG("size %zu", size);
	ASSERT_EQ(1, has_data(own_tid()));
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(size, nexus_thread_recv(back + 32, size + 32, &info, NOWAIT,
					  NULL))
		TH_LOG("size %zu", size);
	ASSERT_EQ(0, has_data(own_tid()));
	ASSERT_EQ(size, info.code);
	ASSERT_EQ(size, info.size);
	ASSERT_EQ(geteuid(), info.uid);
	ASSERT_EQ(getegid(), info.gid);
	ASSERT_EQ(getpid(), info.team);
	ASSERT_EQ(own_tid(), info.thread);
	ASSERT_TRUE(all_bytes(info.__reserved, sizeof(info.__reserved), 0));
	ASSERT_TRUE(filled(back + 32, size, size))
		TH_LOG("size %zu: wrong data", size);
	ASSERT_TRUE(all_bytes(back, 32, GUARD));
	ASSERT_TRUE(all_bytes(back + 32 + size, 32, GUARD))
		TH_LOG("size %zu: wrote past the data", size);
}

TEST_F_TIMEOUT(ns, sizes, 60)
{
	static const int at[] = { 0, 1024, 4096, 8192, 16384, 32768, THREAD_MAX };
	size_t i;
	int d;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		for (d = -130; d <= 130; d += (d >= -2 && d < 2) ? 1 : 8)
			if (at[i] + d >= 0 && at[i] + d <= THREAD_MAX)
				size_passes(_metadata, at[i] + d);
	size_passes(_metadata, THREAD_MAX - 1);
	size_passes(_metadata, THREAD_MAX);
}

TEST_F(ns, too_large)
{
	static const size_t sizes[] = {
		THREAD_MAX + 1, THREAD_MAX * 2, LONG_MAX, SIZE_MAX
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		EXPECT_EQ(-EMSGSIZE, nexus_thread_send(own_tid(), 1, big,
						       sizes[i], NOWAIT,
						       NULL));
		EXPECT_EQ(0, has_data(own_tid()));
	}
	/* The slot is as good as before. */
	size_passes(_metadata, 100);
}

TEST_F(ns, truncation)
{
	static const size_t sizes[] = { 1, 100, 4096, 5000, THREAD_MAX };
	struct nexus_msg_info info;
	size_t i, cut;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		fill(big, sizes[i], i);
		for (cut = 0; cut < sizes[i]; cut = cut * 3 + 10) {
			ASSERT_EQ(0, nexus_thread_send(own_tid(), 1, big,
						       sizes[i], 0, NULL));
			memset(back, GUARD, cut + 32);
			/* No error, and the rest is gone. */
			ASSERT_EQ(cut, nexus_thread_recv(back, cut, &info,
							 NOWAIT, NULL));
			EXPECT_EQ(sizes[i], info.size);
			EXPECT_TRUE(filled(back, cut, i));
			EXPECT_TRUE(all_bytes(back + cut, 32, GUARD));
			ASSERT_EQ(-EAGAIN, told());
		}
	}
}

TEST_F(ns, receive_without_info_or_buffer)
{
	ASSERT_EQ(0, nexus_thread_send(own_tid(), 1, "abc", 3, 0, NULL));
	EXPECT_EQ(3, nexus_thread_recv(back, 16, NULL, 0, NULL));
	EXPECT_EQ(0, memcmp(back, "abc", 3));
	ASSERT_EQ(0, nexus_thread_send(own_tid(), 1, "abc", 3, 0, NULL));
	EXPECT_EQ(0, nexus_thread_recv(NULL, 0, NULL, 0, NULL));
	/* Where nothing is stored no address is looked at. */
	ASSERT_EQ(0, nexus_thread_send(own_tid(), 1, NULL, 0, 0, NULL));
	EXPECT_EQ(0, nexus_thread_recv(NULL, 100, NULL, 0, NULL));
	ASSERT_EQ(0, nexus_thread_send(own_tid(), 1, "abc", 3, 0, NULL));
	EXPECT_EQ(3, nexus_thread_recv(back, SIZE_MAX, NULL, 0, NULL));
	EXPECT_EQ(-EAGAIN, told());
}

TEST_F(ns, codes)
{
	static const int codes[] = { 0, 1, -1, INT_MIN, INT_MAX, -4095, -512 };
	struct nexus_msg_info info;
	size_t i;

	/* None of them is an error, or looks like one. */
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		ASSERT_EQ(0, tell(own_tid(), codes[i]));
		ASSERT_EQ(0, nexus_thread_recv(NULL, 0, &info, 0, NULL));
		EXPECT_EQ(codes[i], info.code);
	}
}

TEST_F(ns, one_slot)
{
	struct job job = JOB(nexus_thread_send, own_tid(), 2, (long)"two", 3);
	struct nexus_msg_info info;
	struct __kernel_timespec at;

	ASSERT_EQ(0, tell(own_tid(), 1));
	EXPECT_EQ(-EAGAIN, tell(own_tid(), 9));
	EXPECT_EQ(-ETIMEDOUT, nexus_thread_send(own_tid(), 9, NULL, 0, 0,
						&long_gone));
	at = in_ms(CLOCK_MONOTONIC, 50);
	EXPECT_EQ(-ETIMEDOUT, nexus_thread_send(own_tid(), 9, NULL, 0, 0,
						&at));
	EXPECT_LE(at.tv_sec * 1000000000LL + at.tv_nsec,
		  now_ns(CLOCK_MONOTONIC));
	at = in_ms(CLOCK_REALTIME, 50);
	EXPECT_EQ(-ETIMEDOUT, nexus_thread_send(own_tid(), 9, NULL, 0,
						NEXUS_CLOCK_REALTIME, &at));
	ASSERT_EQ(0, start_job(&job));
	EXPECT_EQ(1, told());
	/* The waiting message takes its place. */
	EXPECT_EQ(0, join_job(&job));
	EXPECT_EQ(-EAGAIN, tell(own_tid(), 9));
	EXPECT_EQ(3, nexus_thread_recv(back, 16, &info, NOWAIT, NULL));
	EXPECT_EQ(2, info.code);
	EXPECT_EQ(job.tid, info.thread);
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(0, memcmp(back, "two", 3));
	EXPECT_EQ(-EAGAIN, told());
}

TEST_F(ns, receive_waits)
{
	const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };
	const unsigned int flags[] = { 0, NEXUS_CLOCK_REALTIME };
	struct nexus_msg_info info = {};
	struct job job = JOB(nexus_thread_recv, (long)back, 16, (long)&info);
	struct __kernel_timespec at;
	size_t i;

	EXPECT_EQ(-EAGAIN, told());
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-ETIMEDOUT, nexus_thread_recv(NULL, 0, NULL,
							flags[i], &long_gone));
		at = in_ms(clocks[i], 50);
		EXPECT_EQ(-ETIMEDOUT, nexus_thread_recv(NULL, 0, NULL,
							flags[i], &at));
		EXPECT_LE(at.tv_sec * 1000000000LL + at.tv_nsec,
			  now_ns(clocks[i]));
		/* Who need not wait succeeds, however late it is. */
		ASSERT_EQ(0, nexus_thread_send(own_tid(), 1, NULL, 0,
					       flags[i], &long_gone));
		EXPECT_EQ(0, nexus_thread_recv(NULL, 0, NULL, flags[i],
					       &long_gone));
	}
	ASSERT_EQ(0, start_job(&job));
	ASSERT_EQ(0, nexus_thread_send(job.tid, 5, "hello", 5, 0, NULL));
	EXPECT_EQ(5, join_job(&job));
	EXPECT_EQ(5, info.code);
	EXPECT_EQ(own_tid(), info.thread);
	EXPECT_EQ(0, memcmp(back, "hello", 5));
}

TEST_F(ns, senders_in_order)
{
	struct job job[8];
	int i;

	ASSERT_EQ(0, tell(own_tid(), 1000));
	for (i = 0; i < 8; i++) {
		job[i] = (struct job)JOB(nexus_thread_send, own_tid(), i);
		ASSERT_EQ(0, start_job(&job[i]));
	}
	EXPECT_EQ(1000, told());
	for (i = 0; i < 8; i++) {
		/* The first one is in, nobody else, and no newcomer. */
		EXPECT_EQ(0, join_job(&job[i]));
		EXPECT_EQ(-EAGAIN, tell(own_tid(), 99));
		EXPECT_EQ(i, told());
	}
	EXPECT_EQ(-EAGAIN, told());
}

TEST_F(ns, first_sender_gives_up)
{
	struct __kernel_timespec at = in_ms(CLOCK_MONOTONIC, 300);
	struct job a = JOB(nexus_thread_send, own_tid(), 1, 0, 0, 0,
			   (long)&at);
	struct job b = JOB(nexus_thread_send, own_tid(), 2);

	ASSERT_EQ(0, tell(own_tid(), 1000));
	ASSERT_EQ(0, start_job(&a));
	ASSERT_EQ(0, start_job(&b));
	EXPECT_EQ(-ETIMEDOUT, join_job(&a));
	ASSERT_TRUE(job_waits(&b));
	EXPECT_EQ(1000, told());
	EXPECT_EQ(0, join_job(&b));
	EXPECT_EQ(2, told());
	EXPECT_EQ(-EAGAIN, told());
}

TEST_F(ns, to_a_suspended_thread)
{
	struct nexus_msg_info info = {};
	struct job job = JOB(nexus_thread_recv, (long)back, 16, (long)&info);

	ASSERT_EQ(0, start_job(&job));
	ASSERT_EQ(0, suspend(job.tid));
	ASSERT_EQ(0, nexus_thread_send(job.tid, 1, "abc", 3, 0, NULL));
	EXPECT_EQ(-EAGAIN, tell(job.tid, 2));
	EXPECT_EQ(1, has_data(job.tid));
	EXPECT_FALSE(job_done(&job));
	ASSERT_EQ(0, resume(job.tid));
	EXPECT_EQ(3, join_job(&job));
	EXPECT_EQ(1, info.code);
	EXPECT_EQ(0, memcmp(back, "abc", 3));
}

TEST_F(ns, to_a_plain_pthread)
{
	struct spinner spinner;

	ASSERT_EQ(0, start_spinner(&spinner));
	EXPECT_EQ(0, has_data(spinner.tid));
	EXPECT_EQ(0, tell(spinner.tid, 1));
	EXPECT_EQ(1, has_data(spinner.tid));
	EXPECT_EQ(-EAGAIN, tell(spinner.tid, 2));
	EXPECT_TRUE(moves(&spinner));
	ASSERT_EQ(0, stop_spinner(&spinner));
	ASSERT_TRUE(thread_ends(getpid(), spinner.tid));
	EXPECT_EQ(-ESRCH, tell(spinner.tid, 3));
}

static int wait_only(void *arg)
{
	for (;;)
		pause();
	return 0;
}

TEST_F(ns, to_a_process_without_nexus)
{
	pid_t pid = spawn(wait_only, NULL);

	ASSERT_LT(0, pid);
	EXPECT_EQ(0, has_data(pid));
	EXPECT_EQ(0, nexus_thread_send(pid, 1, big, THREAD_MAX, 0, NULL));
	EXPECT_EQ(1, has_data(pid));
	EXPECT_EQ(-EAGAIN, tell(pid, 2));
	kill(pid, SIGKILL);
	reap(pid);
	EXPECT_EQ(-ESRCH, tell(pid, 3));
}

TEST_F(ns, between_processes)
{
	struct job *job = shared(sizeof(*job));
	struct nexus_msg_info *info = shared(4096);
	pid_t pid;

	ASSERT_NE(NULL, job);
	ASSERT_NE(NULL, info);
	*job = (struct job)JOB(nexus_thread_recv, (long)(info + 1), 100,
			       (long)info);
	pid = start_job_process(job);
	ASSERT_LT(0, pid);
	EXPECT_EQ(NEXUS_THREAD_RECEIVING, thread_state(pid));
	ASSERT_EQ(0, nexus_thread_send(pid, 77, "data", 4, 0, NULL));
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(4, job->ret);
	EXPECT_EQ(77, info->code);
	EXPECT_EQ(getpid(), info->team);
	EXPECT_EQ(own_tid(), info->thread);
	EXPECT_EQ(0, memcmp(info + 1, "data", 4));
}

/* A receiver whose memory is bad finds out when the message comes. */
TEST_F(ns, faulting_receiver_waits)
{
	struct bad *bad = make_bad(2);
	struct job job;
	int i;

	ASSERT_NE(NULL, bad);
	for (i = 0; i < BAD_COUNT; i++) {
		job = (struct job)JOB(nexus_thread_recv, (long)bad[i].addr,
				      100);
		ASSERT_EQ(0, start_job(&job));
		ASSERT_EQ(0, nexus_thread_send(job.tid, i, "data", 4, 0,
					       NULL));
		EXPECT_EQ(-EFAULT, join_job(&job));
		/* Here there is somebody to read it again. */
		ASSERT_EQ(0, nexus_thread_send(own_tid(), i, "data", 4, 0,
					       NULL));
		EXPECT_EQ(-EFAULT, nexus_thread_recv(bad[i].addr, 100, NULL, 0,
						     NULL));
		EXPECT_EQ(1, has_data(own_tid()));
		EXPECT_EQ(-EAGAIN, tell(own_tid(), 99));
		memset(back, 0, 16);
		EXPECT_EQ(4, nexus_thread_recv(back, 16, NULL, 0, NULL));
		EXPECT_EQ(0, memcmp(back, "data", 4));
	}
}

TEST_F(ns, snooze)
{
	const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };
	const unsigned int flags[] = { 0, NEXUS_CLOCK_REALTIME };
	struct __kernel_timespec at;
	size_t i;

	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, nexus_snooze(flags[i], &long_gone));
		at = in_ms(clocks[i], -1);
		EXPECT_EQ(0, nexus_snooze(flags[i], &at));
		at = in_ms(clocks[i], 60);
		/* Time that has come is no timeout. */
		EXPECT_EQ(0, nexus_snooze(flags[i], &at));
		EXPECT_LE(at.tv_sec * 1000000000LL + at.tv_nsec,
			  now_ns(clocks[i]));
	}
}

TEST_F(ns, snooze_and_signals)
{
	struct __kernel_timespec at = in_ms(CLOCK_MONOTONIC, 300);
	struct job job = JOB(nexus_snooze, 0, (long)&at);

	handle_signal(SIGUSR1, SA_RESTART);
	ASSERT_EQ(0, launch_job(&job));
	/* Far more often than the time: afresh it never ends. */
	ASSERT_TRUE(poll_until(job_done(&job) ||
			       pthread_kill(job.thread, SIGUSR1)));
	EXPECT_EQ(0, join_job(&job));
	EXPECT_LT(3, handled_now());
	EXPECT_LE(at.tv_sec * 1000000000LL + at.tv_nsec,
		  now_ns(CLOCK_MONOTONIC));

	handle_signal(SIGUSR1, 0);
	at = in_ms(CLOCK_MONOTONIC, 3600 * 1000);
	ASSERT_EQ(0, start_job(&job));
	pthread_kill(job.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, join_job(&job));
	EXPECT_EQ(1, handled_now());
}

TEST_F(ns, realtime_is_set)
{
	struct __kernel_timespec at = in_ms(CLOCK_REALTIME, 3600 * 1000);
	struct job job[2] = {
		JOB(nexus_snooze, NEXUS_CLOCK_REALTIME, (long)&at),
		JOB(nexus_thread_recv, 0, 0, 0, NEXUS_CLOCK_REALTIME,
		    (long)&at),
	};
	int64_t mono, real, done;
	struct timespec ts;

	ASSERT_EQ(0, start_job(&job[0]));
	ASSERT_EQ(0, start_job(&job[1]));
	clock_gettime(CLOCK_REALTIME, &ts);
	mono = now_ns(CLOCK_MONOTONIC);
	real = ts.tv_sec * 1000000000LL + ts.tv_nsec;
	ts.tv_sec += 2 * 3600;
	if (clock_settime(CLOCK_REALTIME, &ts))
		SKIP(return, "may not set the clock");
	done = poll_until(job_done(&job[0]) && job_done(&job[1]));
	real += now_ns(CLOCK_MONOTONIC) - mono;
	ts.tv_sec = real / 1000000000;
	ts.tv_nsec = real % 1000000000;
	clock_settime(CLOCK_REALTIME, &ts);
	ASSERT_TRUE(done);
	EXPECT_EQ(0, join_job(&job[0]));
	EXPECT_EQ(-ETIMEDOUT, join_job(&job[1]));
}

/* Runs in a time namespace whose monotonic clock is an hour ahead. */
static int hour_ahead(void *arg)
{
	struct __kernel_timespec at;
	int64_t start;

	/* Passed here, not yet reached outside. */
	at = in_ms(CLOCK_MONOTONIC, -1000 * 1000);
	if (nexus_snooze(0, &at) ||
	    nexus_thread_recv(NULL, 0, NULL, 0, &at) != -ETIMEDOUT)
		return 1;
	start = now_ns(CLOCK_MONOTONIC);
	at = in_ms(CLOCK_MONOTONIC, 60);
	if (nexus_snooze(0, &at) ||
	    now_ns(CLOCK_MONOTONIC) < start + 59 * 1000000LL)
		return 2;
	start = now_ns(CLOCK_MONOTONIC);
	at = in_ms(CLOCK_MONOTONIC, 60);
	if (nexus_thread_wait(getppid(), NULL, 0, &at) != -ETIMEDOUT ||
	    now_ns(CLOCK_MONOTONIC) < start + 59 * 1000000LL)
		return 3;
	/* The clock of the day is the same. */
	start = now_ns(CLOCK_REALTIME);
	at = in_ms(CLOCK_REALTIME, 60);
	if (nexus_snooze(NEXUS_CLOCK_REALTIME, &at) ||
	    now_ns(CLOCK_REALTIME) < start + 59 * 1000000LL)
		return 4;
	return 0;
}

TEST_F(ns, time_namespace)
{
	pid_t pid;

	if (unshare(CLONE_NEWTIME))
		SKIP(return, "no time namespaces: errno %d", errno);
	ASSERT_EQ(0, write_file("/proc/self/timens_offsets",
				"monotonic 3600 0\n"));
	pid = spawn(hour_ahead, NULL);
	ASSERT_LT(0, pid);
	/* An hour has passed if it waits for the wrong clock. */
	ASSERT_EQ(0, reap(pid));
}

TEST_F(ns, signals_do_not_end_send_and_recv)
{
	int flags, i;

	for (flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		struct nexus_msg_info info = {};
		struct job recv = JOB(nexus_thread_recv, 0, 0, (long)&info);
		struct job send = JOB(nexus_thread_send, own_tid(), 6);

		handle_signal(SIGUSR1, flags);
		ASSERT_EQ(0, tell(own_tid(), 5));
		ASSERT_EQ(0, start_job(&recv));
		ASSERT_EQ(0, start_job(&send));
		for (i = 1; i <= 10; i++) {
			pthread_kill(recv.thread, SIGUSR1);
			pthread_kill(send.thread, SIGUSR1);
			ASSERT_TRUE(poll_until(handled_now() == 2 * i));
			ASSERT_TRUE(job_waits(&recv));
			ASSERT_TRUE(job_waits(&send));
		}
		ASSERT_EQ(0, tell(recv.tid, 7));
		EXPECT_EQ(0, join_job(&recv));
		EXPECT_EQ(7, info.code);
		EXPECT_EQ(5, told());
		EXPECT_EQ(0, join_job(&send));
		EXPECT_EQ(6, told());
	}
}

TEST_HARNESS_MAIN

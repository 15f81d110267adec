// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that send, suspend, kill and wait for each other, and end at the
 * wrong moment.  Each test runs for a few seconds at most, and looks for lost,
 * doubled and misplaced messages and for threads that nobody wakes.
 */
#include "ns.h"
#include "race.h"
#include "threads.h"

static int load(int *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void add(int *p, int n)
{
	__atomic_fetch_add(p, n, __ATOMIC_RELAXED);
}

/* Two that send to each other at the same time, and then receive. */
struct partner {
	pid_t tid;
	pid_t *other;
	int rounds;
	int done;
	int wrong;
	long ret;
	struct nexus_msg_info info;
	pthread_t thread;
};

static void *exchange(void *arg)
{
	struct partner *partner = arg;
	struct nexus_msg_info info;
	int buf, i;

	announce(&partner->tid, own_tid());
	if (!reached(partner->other, 1)) {
		partner->wrong = __LINE__;
		return NULL;
	}
	for (i = 0; i < partner->rounds; i++) {
		if (nexus_thread_send(*partner->other, i, &i, sizeof(i), 0,
				      NULL)) {
			partner->wrong = __LINE__;
			break;
		}
		partner->ret = nexus_thread_recv(&buf, sizeof(buf), &info, 0,
						 NULL);
		if (partner->ret != sizeof(buf) || info.code != i ||
		    buf != i || info.thread != *partner->other) {
			partner->wrong = __LINE__;
			partner->info = info;
			partner->info.size = buf;
			break;
		}
		__atomic_store_n(&partner->done, i + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static int exchange_process(void *arg)
{
	exchange(arg);
	return 0;
}

/* Waits for as long as it gets on: the machine may be slow. */
static int exchanged(struct partner *partner)
{
	int done;

	do {
		done = partner->done;
		if (!poll_until(partner->done != done ||
				partner->done == partner->rounds ||
				partner->wrong))
			return 0;
	} while (partner->done < partner->rounds && !partner->wrong);
	return 1;
}

TEST_F_TIMEOUT(ns, to_each_other, 240)
{
	enum { ROUNDS = 5000 };
	struct partner *p = shared(2 * sizeof(*p));
	pid_t pid[2];
	int i;

	ASSERT_NE(NULL, p);
	for (i = 0; i < 2; i++)
		p[i] = (struct partner){ .other = &p[!i].tid,
					 .rounds = ROUNDS };
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&p[i].thread, NULL, exchange,
					    &p[i]));
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(exchanged(&p[i]))
			TH_LOG("%d: round %d", i, p[i].done);
		EXPECT_EQ(0, p[i].wrong)
			TH_LOG("round %d: %ld, code %d, data %u, from %d of %d",
			       p[i].done, p[i].ret, p[i].info.code,
			       p[i].info.size, p[i].info.thread,
			       *p[i].other);
		ASSERT_EQ(0, join_thread(p[i].thread));
	}
	/* The same from one process to another. */
	for (i = 0; i < 2; i++)
		p[i] = (struct partner){ .other = &p[!i].tid,
					 .rounds = ROUNDS };
	for (i = 0; i < 2; i++) {
		pid[i] = spawn(exchange_process, &p[i]);
		ASSERT_LT(0, pid[i]);
	}
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(exchanged(&p[i]))
			TH_LOG("%d: round %d", i, p[i].done);
		EXPECT_EQ(0, p[i].wrong);
		ASSERT_EQ(0, reap(pid[i]));
	}
}

static void *send_for_ever(void *arg)
{
	struct partner *partner = arg;

	announce(&partner->tid, own_tid());
	if (!reached(partner->other, 1))
		return NULL;
	/* The slots take one each, and then both wait for the other. */
	while (!partner->wrong)
		partner->wrong = nexus_thread_send(*partner->other, 1, NULL, 0,
						   0, NULL);
	return NULL;
}

TEST_F_TIMEOUT(ns, both_wait_and_one_dies, 60)
{
	const long nr = __NR_nexus_thread_send;
	struct partner p[2];
	int rounds = 0, i;

	run_for(3000);
	while (running() || rounds <= 3) {
		for (i = 0; i < 2; i++)
			p[i] = (struct partner){ .other = &p[!i].tid };
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0, pthread_create(&p[i].thread, NULL,
						    send_for_ever, &p[i]));
		for (i = 0; i < 2; i++) {
			ASSERT_TRUE(reached(&p[i].tid, 1));
			ASSERT_TRUE(poll_until(is_blocked(getpid(), p[i].tid,
							  nr)));
		}
		i = rounds++ & 1;
		ASSERT_EQ(0, nexus_thread_kill(p[i].tid, 0));
		ASSERT_EQ(0, join_thread(p[i].thread));
		ASSERT_EQ(0, join_thread(p[!i].thread));
		ASSERT_EQ(-ESRCH, p[!i].wrong);
	}
}

/* Senders number their messages, the receiver ticks them off. */
enum { SENDERS = 6, MESSAGES = 400 };

struct traffic {
	pid_t tid;
	int to;
	int number;
	int sent;
	long ret;
	pthread_t thread;
};

static void *send_traffic(void *arg)
{
	struct traffic *traffic = arg;
	int seq;

	announce(&traffic->tid, own_tid());
	for (seq = 0; seq < MESSAGES && !traffic->ret; seq++) {
		/* One that cannot be sent leaves no trace. */
		if (nexus_thread_send(traffic->to, -1, (void *)1, 4000, 0,
				      NULL) == 0)
			break;
		traffic->ret = nexus_thread_send(traffic->to, seq,
						 &traffic->number,
						 sizeof(int), 0, NULL);
		if (!traffic->ret)
			add(&traffic->sent, 1);
	}
	return NULL;
}

struct storm {
	pid_t *tid;
	int count;
	int stop;
	pthread_t thread;
};

static void *signal_storm(void *arg)
{
	struct storm *storm = arg;
	unsigned int seed = 1;

	while (!load(&storm->stop)) {
		signal_thread(getpid(), storm->tid[rand_r(&seed) %
						   storm->count], SIGUSR1);
		sched_yield();
	}
	return NULL;
}

static void *suspend_storm(void *arg)
{
	struct storm *storm = arg;
	unsigned int seed = (uintptr_t)&seed;
	int tid;

	while (!load(&storm->stop)) {
		tid = storm->tid[rand_r(&seed) % storm->count];
		if (rand_r(&seed) % 2) {
			nexus_thread_suspend(tid, 0);
			if (rand_r(&seed) % 2)
				sched_yield();
		}
		nexus_thread_resume(tid, 0);
	}
	return NULL;
}

/* All that was sent is received once and in each sender's order. */
static void full_traffic(struct __test_metadata *_metadata,
			 void *(*fn)(void *), int restart)
{
	static struct traffic traffic[SENDERS];
	struct storm storm = {};
	struct __kernel_timespec at;
	struct nexus_msg_info info;
	int next[SENDERS] = {}, from, got, i;
	pid_t tid[SENDERS + 1];
	long ret;

	handle_signal(SIGUSR1, restart ? SA_RESTART : 0);
	for (i = 0; i < SENDERS; i++) {
		traffic[i] = (struct traffic){ .to = own_tid(), .number = i };
		ASSERT_EQ(0, start_thread(&traffic[i].thread, send_traffic,
					  &traffic[i], &traffic[i].tid));
		tid[i + 1] = traffic[i].tid;
	}
	/* This one is left alone by those who suspend. */
	tid[0] = own_tid();
	storm.tid = fn == suspend_storm ? tid + 1 : tid;
	storm.count = fn == suspend_storm ? SENDERS : SENDERS + 1;
	ASSERT_EQ(0, pthread_create(&storm.thread, NULL, fn, &storm));
	for (got = 0; got < SENDERS * MESSAGES; got++) {
		/* One that cannot be stored stays where it is. */
		ret = nexus_thread_recv((void *)1, 8, NULL, NOWAIT, NULL);
		if (ret != -EAGAIN)
			ASSERT_EQ(-EFAULT, ret);
		at = in_ms(CLOCK_MONOTONIC, PATIENCE_MS);
		ASSERT_EQ(sizeof(from), nexus_thread_recv(&from, sizeof(from),
							  &info, 0, &at))
			TH_LOG("after %d messages", got);
		ASSERT_LE(0, from);
		ASSERT_GT(SENDERS, from);
		ASSERT_EQ(next[from], info.code);
		next[from]++;
	}
	announce(&storm.stop, 1);
	ASSERT_EQ(0, join_thread(storm.thread));
	for (i = 0; i < SENDERS; i++) {
		nexus_thread_resume(tid[i + 1], 0);
		ASSERT_EQ(0, join_thread(traffic[i].thread));
		EXPECT_EQ(0, traffic[i].ret);
		EXPECT_EQ(MESSAGES, traffic[i].sent);
	}
	EXPECT_EQ(-EAGAIN, told());
	if (fn == signal_storm)
		EXPECT_LT(0, handled_now());
}

TEST_F_TIMEOUT(ns, signal_storm, 120)
{
	full_traffic(_metadata, signal_storm, 0);
	full_traffic(_metadata, signal_storm, 1);
}

TEST_F_TIMEOUT(ns, suspend_storm_on_senders, 120)
{
	full_traffic(_metadata, suspend_storm, 0);
}

/* A critical section that a semaphore guards, and its count of passes. */
struct guarded {
	int sem;
	int stop;
	int inside;
	int wrong;
	int interrupted;
	int passes;
};

struct passer {
	struct guarded *guarded;
	pid_t tid;
	int done;
	pthread_t thread;
};

static void *pass(void *arg)
{
	struct passer *passer = arg;
	struct guarded *guarded = passer->guarded;
	struct __kernel_timespec at;
	long ret;

	announce(&passer->tid, own_tid());
	while (!load(&guarded->stop)) {
		at = in_ms(CLOCK_MONOTONIC, 1);
		if (nexus_snooze(0, &at) == -EINTR)
			add(&guarded->interrupted, 1);
		ret = nexus_sem_acquire(guarded->sem, 1, 0, NULL, NULL);
		if (ret == -EINTR) {
			add(&guarded->interrupted, 1);
			continue;
		}
		if (ret || __atomic_add_fetch(&guarded->inside, 1,
					      __ATOMIC_SEQ_CST) != 1)
			add(&guarded->wrong, 1);
		add(&guarded->passes, 1);
		__atomic_sub_fetch(&guarded->inside, 1, __ATOMIC_SEQ_CST);
		if (nexus_sem_release(guarded->sem, 1, 0))
			add(&guarded->wrong, 1);
	}
	announce(&passer->done, 1);
	return NULL;
}

TEST_F_TIMEOUT(ns, suspend_storm_on_waiters, 60)
{
	enum { COUNT = 6, STORMS = 2 };
	struct guarded guarded = { .sem = new_sem(1) };
	struct storm storm[STORMS] = {};
	struct passer passer[COUNT];
	struct nexus_sem_info info;
	pid_t tid[COUNT];
	int i;

	ASSERT_LT(0, guarded.sem);
	for (i = 0; i < COUNT; i++) {
		passer[i] = (struct passer){ .guarded = &guarded };
		ASSERT_EQ(0, start_thread(&passer[i].thread, pass, &passer[i],
					  &passer[i].tid));
		tid[i] = passer[i].tid;
	}
	for (i = 0; i < STORMS; i++) {
		storm[i] = (struct storm){ .tid = tid, .count = COUNT };
		ASSERT_EQ(0, pthread_create(&storm[i].thread, NULL,
					    suspend_storm, &storm[i]));
	}
	run_for(4000);
	ASSERT_TRUE(poll_until(!running()));
	for (i = 0; i < STORMS; i++)
		announce(&storm[i].stop, 1);
	for (i = 0; i < STORMS; i++)
		ASSERT_EQ(0, join_thread(storm[i].thread));
	announce(&guarded.stop, 1);
	for (i = 0; i < COUNT; i++) {
		nexus_thread_resume(tid[i], 0);
		ASSERT_EQ(0, join_thread(passer[i].thread))
			TH_LOG("thread %d stands still for ever", i);
	}
	EXPECT_EQ(0, guarded.wrong);
	EXPECT_LT(0, guarded.passes);
	EXPECT_LT(0, guarded.interrupted);
	/* No unit was lost, none is there twice. */
	ASSERT_EQ(0, sem_info(guarded.sem, &info));
	EXPECT_EQ(1, info.count);
	EXPECT_EQ(0, info.waiting);
	TH_LOG("%d passes, %d interruptions", guarded.passes,
	       guarded.interrupted);
}

static int number_messages(void *arg)
{
	struct team *team = arg;

	announce(&team->step, 1);
	/* result: how many have certainly been sent. */
	while (!nexus_thread_send(team->go, team->result, NULL, 0, 0, NULL))
		__atomic_fetch_add(&team->result, 1, __ATOMIC_SEQ_CST);
	return 1;
}

TEST_F_TIMEOUT(ns, sender_dies_at_any_moment, 60)
{
	struct team *team = shared(sizeof(*team));
	struct __kernel_timespec at;
	struct nexus_msg_info info;
	unsigned int seed = 3;
	int rounds = 0, next;
	int64_t end;
	long ret;

	ASSERT_NE(NULL, team);
	run_for(4000);
	while (running() || rounds <= 3) {
		memset(team, 0, sizeof(*team));
		team->go = own_tid();
		team->pid = spawn(number_messages, team);
		ASSERT_LT(0, team->pid);
		ASSERT_TRUE(reached(&team->step, 1));
		end = now_ns(CLOCK_MONOTONIC) + rand_r(&seed) % 3000 * 1000LL;
		for (next = 0; now_ns(CLOCK_MONOTONIC) < end; next++) {
			at = in_ms(CLOCK_MONOTONIC, 2);
			ret = nexus_thread_recv(NULL, 0, &info, 0, &at);
			if (ret == -ETIMEDOUT)
				break;
			ASSERT_EQ(0, ret);
			ASSERT_EQ(next, info.code);
		}
		kill(team->pid, SIGKILL);
		reap(team->pid);
		for (; (ret = told()) != -EAGAIN; next++)
			ASSERT_EQ(next, ret);
		/* One may be sent before its sender knows. */
		ASSERT_LE(team->result, next);
		ASSERT_GE(team->result + 1, next);
		rounds++;
	}
	TH_LOG("%d rounds", rounds);
}

static int receive_for_ever(void *arg)
{
	struct team *team = arg;
	struct nexus_msg_info info;
	int next[SENDERS] = {}, from;

	announce(&team->step, 1);
	for (;;) {
		if (nexus_thread_recv(&from, sizeof(from), &info, 0, NULL) !=
		    sizeof(from) || from >= SENDERS ||
		    info.code != next[from]++)
			announce(&team->result, 1);
	}
	return 0;
}

TEST_F_TIMEOUT(ns, receiver_dies_at_any_moment, 60)
{
	static struct traffic traffic[SENDERS];
	unsigned int seed = 4;
	struct team *team;
	int rounds = 0, i;

	run_for(4000);
	while (running() || rounds <= 3) {
		team = start_team(receive_for_ever);
		ASSERT_NE(NULL, team);
		for (i = 0; i < SENDERS; i++) {
			traffic[i] = (struct traffic){ .to = team->pid,
						       .number = i };
			ASSERT_EQ(0, pthread_create(&traffic[i].thread, NULL,
						    send_traffic,
						    &traffic[i]));
		}
		moment(&seed, 5000);
		if (rounds++ & 1)
			nexus_thread_kill(team->pid, 0);
		else
			kill(team->pid, SIGKILL);
		for (i = 0; i < SENDERS; i++) {
			ASSERT_EQ(0, join_thread(traffic[i].thread))
				TH_LOG("a sender waits for the dead");
			if (traffic[i].sent < MESSAGES)
				ASSERT_EQ(-ESRCH, traffic[i].ret);
		}
		EXPECT_EQ(0, team->result);
		reap(team->pid);
		munmap(team, sizeof(*team));
	}
	TH_LOG("%d rounds", rounds);
}

/* One that ends at some moment, two that wait for it. */
struct end {
	pid_t tid;
	unsigned int seed;
	int status;
	int go;
	pthread_t thread;
};

static void *end_soon(void *arg)
{
	struct end *end = arg;

	SET(0, .flags = NEXUS_THREAD_KEEP | NEXUS_THREAD_STATUS,
	    .status = end->status);
	announce(&end->tid, own_tid());
	while (!load(&end->go))
		sched_yield();
	moment(&end->seed, 100);
	return NULL;
}

struct waiting {
	struct end *end;
	unsigned int seed;
	__s32 status;
	long ret;
	pthread_t thread;
};

static void *wait_soon(void *arg)
{
	struct waiting *waiting = arg;

	while (!load(&waiting->end->go))
		sched_yield();
	moment(&waiting->seed, 150);
	waiting->ret = nexus_thread_wait(waiting->end->tid, &waiting->status,
					 0, NULL);
	return NULL;
}

TEST_F_TIMEOUT(ns, wait_against_exit, 60)
{
	int rounds = 0, both = 0, got, i;
	struct waiting waiting[2];
	struct end end;

	run_for(4000);
	while (running() || rounds <= 3) {
		end = (struct end){ .seed = rounds, .status = rounds };
		ASSERT_EQ(0, start_thread(&end.thread, end_soon, &end,
					  &end.tid));
		for (i = 0; i < 2; i++) {
			waiting[i] = (struct waiting){
				.end = &end,
				.seed = rounds * 3 + i,
			};
			ASSERT_EQ(0, pthread_create(&waiting[i].thread, NULL,
						    wait_soon, &waiting[i]));
		}
		announce(&end.go, 1);
		for (got = 0, i = 0; i < 2; i++) {
			ASSERT_EQ(0, join_thread(waiting[i].thread))
				TH_LOG("a waiter was forgotten");
			if (waiting[i].ret == -ESRCH)
				continue;
			ASSERT_EQ(0, waiting[i].ret);
			ASSERT_EQ(end.status, waiting[i].status);
			got++;
		}
		/* Never to nobody; to both if both were there. */
		ASSERT_LT(0, got);
		both += got == 2;
		ASSERT_EQ(0, join_thread(end.thread));
		ASSERT_TRUE(thread_ends(getpid(), end.tid));
		ASSERT_EQ(-ESRCH, nexus_thread_wait(end.tid, NULL, 0, NULL));
		rounds++;
	}
	TH_LOG("%d rounds, both were told in %d", rounds, both);
}

/* Every call on a thread that may end at any moment; all of it may fail. */
static int anything_to(int tid, unsigned int *seed)
{
	struct nexus_thread_info info;
	struct __kernel_timespec at = in_ms(CLOCK_MONOTONIC, 1);
	static const char data[3000];
	long ret;

	switch (rand_r(seed) % 10) {
	case 0:
		ret = nexus_thread_suspend(tid, 0);
		break;
	case 1:
	case 2:
		ret = nexus_thread_resume(tid, 0);
		break;
	case 3:
		ret = nexus_thread_kill(tid, 0);
		break;
	case 4:
		ret = nexus_thread_send(tid, 1, data,
					rand_r(seed) % sizeof(data), 0, &at);
		break;
	case 5:
		ret = nexus_thread_wait(tid, NULL, 0, &at);
		break;
	case 6:
		ret = set_priority(tid, 1 + rand_r(seed) % 20);
		break;
	case 7:
		ret = thread_info(tid, &info);
		break;
	case 8:
		ret = set_name(tid, "anything");
		break;
	default:
		ret = set_keep(tid);
	}
	return ret >= 0 || ret == -ESRCH || ret == -ETIMEDOUT ||
	       ret == -EPERM || ret == -EDEADLK || ret == -EINTR;
}

enum { MEMBERS = 4 };

struct crowd {
	pid_t tid[MEMBERS];
	int seed;
	int go;
	int ends;		/* 0: exit, 1: exec by a thread, 2: neither */
	int wrong;
};

struct member {
	struct crowd *crowd;
	int number;
};

static void *member(void *arg)
{
	char *const argv[] = { "thread_race_test", "pause", NULL };
	struct member *member = arg;
	struct crowd *crowd = member->crowd;
	unsigned int seed = crowd->seed * MEMBERS + member->number;
	struct __kernel_timespec at;

	announce(&crowd->tid[member->number], own_tid());
	while (!load(&crowd->go)) {
		at = in_ms(CLOCK_MONOTONIC, 1);
		nexus_thread_recv(NULL, 0, NULL, 0, &at);
	}
	moment(&seed, 1000);
	if (member->number == 1 && crowd->ends == 0)
		_exit(0);
	if (member->number == 1 && crowd->ends == 1)
		execve("/proc/self/exe", argv, NULL);
	/* Its own team, too, until somebody ends it. */
	for (;;) {
		const int tid = crowd->tid[rand_r(&seed) % MEMBERS];

		if (!anything_to(tid, &seed))
			crowd->wrong = 1;
		at = in_ms(CLOCK_MONOTONIC, 1);
		nexus_thread_recv(NULL, 0, NULL, 0, &at);
	}
	return NULL;
}

static int crowd_main(void *arg)
{
	static struct member members[MEMBERS];
	struct crowd *crowd = arg;
	pthread_t thread;
	int i;

	for (i = 0; i < MEMBERS; i++) {
		members[i] = (struct member){ crowd, i };
		if (i && pthread_create(&thread, NULL, member, &members[i]))
			return 1;
	}
	member(&members[0]);
	return 0;
}

TEST_F_TIMEOUT(ns, anything_against_exit_and_exec, 90)
{
	struct crowd *crowd = shared(sizeof(*crowd));
	unsigned int seed = 5;
	int64_t end;
	int rounds = 0, i;
	pid_t pid;

	ASSERT_NE(NULL, crowd);
	run_for(8000);
	while (running() || rounds <= 3) {
		memset(crowd, 0, sizeof(*crowd));
		crowd->seed = rounds;
		crowd->ends = rounds % 3;
		pid = spawn(crowd_main, crowd);
		ASSERT_LT(0, pid);
		for (i = 0; i < MEMBERS; i++)
			ASSERT_TRUE(reached(&crowd->tid[i], 1));
		announce(&crowd->go, 1);
		end = now_ns(CLOCK_MONOTONIC) + rand_r(&seed) % 20 * MS;
		do {
			i = rand_r(&seed) % MEMBERS;
			ASSERT_TRUE(anything_to(crowd->tid[i], &seed));
		} while (now_ns(CLOCK_MONOTONIC) < end);
		kill(pid, SIGKILL);
		ASSERT_TRUE(await(pid, &i, 0))
			TH_LOG("round %d: it cannot be killed", rounds);
		ASSERT_EQ(0, crowd->wrong);
		rounds++;
	}
	TH_LOG("%d rounds", rounds);
}

/* Threads that leave messages, names and records behind. */
static void *come_and_go(void *arg)
{
	const int n = *(int *)arg;

	set_name(0, "one of a multitude");
	SET(0, .flags = NEXUS_THREAD_STATUS | NEXUS_THREAD_KEEP, .status = n);
	tell(own_tid(), n);
	tell(getpid(), n);
	return (void *)(long)own_tid();
}

static void *create_many(void *arg)
{
	int *made = arg, n;
	pthread_t thread;
	__s32 status;
	void *tid;

	for (n = 1; n <= 1500; n++) {
		if (pthread_create(&thread, NULL, come_and_go, &n) ||
		    pthread_join(thread, &tid))
			return arg;
		/* Every second record stays, until the team ends. */
		if (n % 2 && (nexus_thread_wait((long)tid, &status, 0, NULL) ||
			      status != n))
			return arg;
		__atomic_store_n(made, n, __ATOMIC_RELEASE);
	}
	return NULL;
}

static int thousands(void *arg)
{
	struct nexus_thread_info info;
	pthread_t thread[3];
	int made[3], i, id;
	void *failed;

	for (i = 0; i < 3; i++)
		if (pthread_create(&thread[i], NULL, create_many, &made[i]))
			return 1;
	for (i = 0; i < 3; i++)
		if (pthread_join(thread[i], &failed) || failed)
			return 2;
	/* Those that remain: this one. */
	if (!poll_until(nexus_find(THREAD, "one of a multitude", 0) == -ENOENT))
		return 3;
	id = getpid();
	return poll_until(nexus_next(THREAD, 0, id, &info, sizeof(info), 0) ==
			  -ENOENT) ? 0 : 4;
}

TEST_F_TIMEOUT(ns, thousands_come_and_go, 120)
{
	const pid_t pid = spawn(thousands, NULL);

	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
}

/* A thread that lists and finds while others come and go. */
static void *list_all(void *arg)
{
	struct guarded *guarded = arg;
	struct nexus_thread_info info;
	int last;
	long ret;

	while (!load(&guarded->stop)) {
		ret = nexus_next(THREAD, 0, 0, &info, sizeof(info), 0);
		if (ret || info.id != getpid())
			add(&guarded->wrong, 1);
		for (last = 0; !ret; last = info.id) {
			ret = nexus_next(THREAD, 0, last ?: getpid(), &info,
					 sizeof(info), 0);
			if (!ret && (info.id <= last ||
				     info.team != getpid())) {
				/* Where to go on from it does not say. */
				guarded->inside = info.id;
				add(&guarded->wrong, 1);
				break;
			}
		}
		if (ret && ret != -ENOENT)
			add(&guarded->wrong, 1);
		ret = nexus_find(THREAD, "one of a multitude", 0);
		if (ret < 0 && ret != -ENOENT)
			add(&guarded->wrong, 1);
		add(&guarded->passes, 1);
	}
	return NULL;
}

TEST_F_TIMEOUT(ns, list_while_others_come_and_go, 240)
{
	enum { LISTERS = 2, CREATORS = 3 };
	pthread_t lister[LISTERS], creator[CREATORS];
	struct guarded guarded = {};
	int made[CREATORS], i;
	void *failed;

	for (i = 0; i < LISTERS; i++)
		ASSERT_EQ(0, pthread_create(&lister[i], NULL, list_all,
					    &guarded));
	for (i = 0; i < CREATORS; i++)
		ASSERT_EQ(0, pthread_create(&creator[i], NULL, create_many,
					    &made[i]));
	for (i = 0; i < CREATORS; i++) {
		ASSERT_EQ(0, pthread_join(creator[i], &failed));
		EXPECT_EQ(NULL, failed);
	}
	announce(&guarded.stop, 1);
	for (i = 0; i < LISTERS; i++)
		ASSERT_EQ(0, join_thread(lister[i]));
	EXPECT_EQ(0, guarded.wrong)
		TH_LOG("thread %d comes next", guarded.inside);
	EXPECT_LT(0, guarded.passes);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "pause")) {
		pause();
		return 0;
	}
	return test_harness_run(argc, argv);
}

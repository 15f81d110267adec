// SPDX-License-Identifier: GPL-2.0
/*
 * Many tasks at the same semaphores, which end at the wrong moment.  Each test
 * runs for a few seconds at most, and looks for units that are lost or made
 * up, for two that hold what is for one, for waiters that nobody wakes and for
 * semaphores that stay behind.
 */
#include "ns.h"
#include "race.h"
#include "sem.h"

static struct __kernel_timespec in_us(int64_t us)
{
	const int64_t ns = now_ns(CLOCK_MONOTONIC) + us * 1000;

	return (struct __kernel_timespec){
		.tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000,
	};
}

/* As poll_until(), but in time for what does not last long. */
#define spin_until(cond) \
	({ \
		const int64_t __end = now_ns(CLOCK_MONOTONIC) + \
				      PATIENCE_MS * MS; \
		int __ok; \
		while (!(__ok = !!(cond)) && now_ns(CLOCK_MONOTONIC) < __end) \
			sched_yield(); \
		__ok; \
	})

static void nothing(int sig)
{
}

static void catch_signal(int flags)
{
	struct sigaction sa = { .sa_handler = nothing, .sa_flags = flags };

	sigaction(SIGUSR1, &sa, NULL);
}

/*
 * A pool of units.  Whoever takes some counts them, so that it is known at any
 * time that no more are out than there are.
 */
enum { UNITS = 4 };

struct pool {
	int sem;
	int out;	/* units that are in somebody's hands */
	int stop;
	int wrong;	/* a line number */
	int taken;
	int failed;	/* timeouts, signals and what would have to wait */
};

static void wrong_at(struct pool *pool, int line)
{
	__atomic_store_n(&pool->wrong, line, __ATOMIC_RELAXED);
}

/* Takes some in a random way and gives them back. */
static void take_and_give(struct pool *pool, unsigned int *seed)
{
	const int count = 1 + rand_r(seed) % UNITS;
	struct __kernel_timespec at;
	int left = count, part;
	long ret;

	switch (rand_r(seed) % 4) {
	case 0:
		ret = try_acquire(pool->sem, count);
		break;
	case 1:
		ret = nexus_sem_acquire(pool->sem, count, 0, NULL, NULL);
		break;
	default:
		at = in_us(rand_r(seed) % 300);
		ret = nexus_sem_acquire(pool->sem, count, 0, &at, NULL);
	}
	if (ret) {
		if (ret != -EAGAIN && ret != -ETIMEDOUT && ret != -EINTR)
			wrong_at(pool, __LINE__);
		__atomic_fetch_add(&pool->failed, 1, __ATOMIC_RELAXED);
		return;
	}
	__atomic_fetch_add(&pool->taken, 1, __ATOMIC_RELAXED);
	if (__atomic_add_fetch(&pool->out, count, __ATOMIC_SEQ_CST) > UNITS)
		wrong_at(pool, __LINE__);
	if (rand_r(seed) % 4 == 0)
		sched_yield();
	/* Perhaps in two parts. */
	while (left) {
		part = rand_r(seed) % 2 ? left : 1;
		__atomic_sub_fetch(&pool->out, part, __ATOMIC_SEQ_CST);
		if (release(pool->sem, part))
			wrong_at(pool, __LINE__);
		left -= part;
	}
}

static void *use_pool(void *arg)
{
	struct pool *pool = arg;
	unsigned int seed = own_tid();

	while (!__atomic_load_n(&pool->stop, __ATOMIC_ACQUIRE))
		take_and_give(pool, &seed);
	return NULL;
}

static void pool_is_whole(struct __test_metadata *_metadata, struct pool *pool)
{
	EXPECT_EQ(0, pool->wrong)
		TH_LOG("wrong in line %d", pool->wrong);
	EXPECT_EQ(0, pool->out);
	EXPECT_EQ(UNITS, sem_count(pool->sem));
	EXPECT_EQ(0, waiting(pool->sem));
	EXPECT_LT(100, pool->taken);
	TH_LOG("%d taken, %d failed", pool->taken, pool->failed);
}

static void conserve(struct __test_metadata *_metadata, int signals, int flags)
{
	enum { COUNT = 8 };
	pthread_t thread[COUNT];
	struct pool pool = {};
	int i;

	catch_signal(flags);
	pool.sem = new_sem(UNITS);
	ASSERT_LT(0, pool.sem);
	for (i = 0; i < COUNT; i++)
		ASSERT_EQ(0, start(&thread[i], use_pool, &pool));
	run_for(3000);
	for (i = 0; running(); i++) {
		if (signals)
			pthread_kill(thread[i % COUNT], SIGUSR1);
		else
			nap();
	}
	__atomic_store_n(&pool.stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < COUNT; i++)
		ASSERT_EQ(0, join(thread[i]))
			TH_LOG("thread %d waits for ever", i);
	pool_is_whole(_metadata, &pool);
	EXPECT_LT(0, pool.failed);
}

TEST_F_TIMEOUT(ns, release_against_timeout, 60)
{
	conserve(_metadata, 0, 0);
}

TEST_F_TIMEOUT(ns, release_against_signal, 60)
{
	conserve(_metadata, 1, 0);
}

TEST_F_TIMEOUT(ns, release_against_restart, 60)
{
	conserve(_metadata, 1, SA_RESTART);
}

/* A waiter that is killed either has the units, or has not. */
struct mortal {
	int sem;
	int got;
};

static int wait_and_note(void *arg)
{
	struct mortal *mortal = arg;

	if (!nexus_sem_acquire(mortal->sem, 2, 0, NULL, NULL))
		__atomic_store_n(&mortal->got, 1, __ATOMIC_SEQ_CST);
	return pause_process(NULL);
}

TEST_F_TIMEOUT(ns, release_against_kill, 90)
{
	struct mortal *mortal = shared(sizeof(*mortal));
	int rounds = 0, stayed = 0, left;
	unsigned int seed = 1;
	pid_t pid;

	ASSERT_NE(NULL, mortal);
	run_for(4000);
	while (running() || rounds <= 1) {
		mortal->got = 0;
		mortal->sem = new_sem(0);
		ASSERT_LT(0, mortal->sem);
		pid = spawn(wait_and_note, mortal);
		ASSERT_LT(0, pid);
		ASSERT_EQ(0, wait_until_blocked(pid, pid,
						__NR_nexus_sem_acquire));
		if (rounds & 1) {
			ASSERT_EQ(0, release(mortal->sem, 2));
			moment(&seed, 50);
			kill(pid, SIGKILL);
		} else {
			kill(pid, SIGKILL);
			moment(&seed, 50);
			ASSERT_EQ(0, release(mortal->sem, 2));
		}
		ASSERT_EQ(128 + SIGKILL, reap(pid));
		/* All of them or none, and never still wanted. */
		left = sem_count(mortal->sem);
		ASSERT_TRUE(left == 2 || left == 0)
			TH_LOG("%d units are left", left);
		if (mortal->got)
			ASSERT_EQ(0, left);
		/* Handed over before the kill: it cannot be taken back. */
		if (rounds & 1)
			ASSERT_EQ(0, left);
		ASSERT_EQ(0, waiting(mortal->sem));
		stayed += left == 2;
		ASSERT_EQ(0, delete_sem(mortal->sem));
		rounds++;
	}
	TH_LOG("%d rounds, the kill won %d", rounds, stayed);
}

/* Each wait is ended by one of two; what it returns says which one it was. */
enum rival { RELEASE_TIMEOUT, RELEASE_SIGNAL, ALL_TIMEOUT, STATUS_TIMEOUT,
	     ALL_SIGNAL, DELETE_TIMEOUT, DELETE_RELEASE };

static void rivals(struct __test_metadata *_metadata, enum rival rival)
{
	const int by_signal = rival == RELEASE_SIGNAL || rival == ALL_SIGNAL;
	int rounds = 0, won = 0, late = 0, expected;
	struct __kernel_timespec at;
	unsigned int seed = rival + 1;
	struct sem_op op;
	long ret, other;
	int sem;

	catch_signal(0);
	run_for(2500);
	while (running() || rounds <= 3) {
		sem = new_sem(0);
		ASSERT_LT(0, sem);
		op = acquire_op(sem, 2);
		at = in_us(300 + rand_r(&seed) % 700);
		if (!by_signal && rival != DELETE_RELEASE)
			op.deadline = &at;
		ASSERT_EQ(0, launch_sem_op(&op));
		ASSERT_TRUE(spin_until(waiting(sem) == 1 ||
				       sem_op_done(&op)));
		if (by_signal) {
			pthread_kill(op.thread, SIGUSR1);
			moment(&seed, 30);
		} else if (rival != DELETE_RELEASE) {
			while (now_ns(CLOCK_MONOTONIC) < at.tv_sec *
			       1000000000LL + at.tv_nsec - 20000)
				;
			moment(&seed, 40);
		}
		switch (rival) {
		case RELEASE_TIMEOUT:
		case RELEASE_SIGNAL:
			other = release(sem, 2);
			break;
		case ALL_TIMEOUT:
		case ALL_SIGNAL:
			other = nexus_sem_release(sem, 0, ALL);
			break;
		case STATUS_TIMEOUT:
			other = nexus_sem_release(sem, -77, ALL);
			break;
		case DELETE_RELEASE:
			other = release(sem, 1 + rounds % 2);
			ASSERT_EQ(0, delete_sem(sem));
			break;
		default:
			other = delete_sem(sem);
		}
		ASSERT_EQ(0, other);
		ret = join_sem_op(&op);
		if (rival == DELETE_RELEASE) {
			/* Both units came before it went, or one too few. */
			ASSERT_EQ(rounds % 2 ? 0 : -EIDRM, ret);
			rounds++;
			continue;
		}
		if (ret == (by_signal ? -EINTR : -ETIMEDOUT)) {
			late++;
			expected = rival <= RELEASE_SIGNAL ? 2 : 0;
		} else {
			ASSERT_EQ(rival == STATUS_TIMEOUT ? -ECANCELED :
				  rival == DELETE_TIMEOUT ? -EIDRM : 0, ret);
			won++;
			expected = 0;
		}
		ASSERT_EQ(rival == STATUS_TIMEOUT && ret == -ECANCELED ? -77 :
			  UNTOUCHED, op.status);
		if (rival == DELETE_TIMEOUT) {
			ASSERT_EQ(NO_COUNT, sem_count(sem));
		} else {
			ASSERT_EQ(expected, sem_count(sem))
				TH_LOG("after %ld", ret);
			ASSERT_EQ(0, waiting(sem));
			ASSERT_EQ(0, delete_sem(sem));
		}
		rounds++;
	}
	TH_LOG("%d rounds: %d won, %d late", rounds, won, late);
}

TEST_F_TIMEOUT(ns, release_or_timeout, 60)
{
	rivals(_metadata, RELEASE_TIMEOUT);
}

TEST_F_TIMEOUT(ns, release_or_signal, 60)
{
	rivals(_metadata, RELEASE_SIGNAL);
}

TEST_F_TIMEOUT(ns, release_all_or_timeout, 60)
{
	rivals(_metadata, ALL_TIMEOUT);
}

TEST_F_TIMEOUT(ns, status_or_timeout, 60)
{
	rivals(_metadata, STATUS_TIMEOUT);
}

TEST_F_TIMEOUT(ns, release_all_or_signal, 60)
{
	rivals(_metadata, ALL_SIGNAL);
}

TEST_F_TIMEOUT(ns, delete_or_timeout, 60)
{
	rivals(_metadata, DELETE_TIMEOUT);
}

TEST_F_TIMEOUT(ns, delete_after_release, 60)
{
	rivals(_metadata, DELETE_RELEASE);
}

/* The semaphore goes while it is in full use, in each way it can go. */
enum end { DELETE, DIE, EXEC };

struct victim {
	int sem;
	int ready;
	int go;
};

struct doomed {
	int sem;
	int wrong;
	int rounds;
};

static void *use_doomed(void *arg)
{
	struct doomed *doomed = arg;
	struct __kernel_timespec at;
	unsigned int seed = own_tid();
	long ret;

	/* Until it is gone; nothing else may come. */
	for (;;) {
		at = in_us(rand_r(&seed) % 2000);
		switch (rand_r(&seed) % 5) {
		case 0:
			ret = nexus_sem_switch(doomed->sem, doomed->sem, 1, 0,
					       &at, NULL);
			break;
		case 1:
			ret = nexus_sem_acquire(doomed->sem, 2, 0, &at, NULL);
			break;
		case 2:
			ret = nexus_sem_acquire(doomed->sem,
						1 + rand_r(&seed) % 3, 0, NULL,
						NULL);
			break;
		default:
			ret = release(doomed->sem, 2);
		}
		if (ret == -EIDRM)
			return NULL;
		if (ret && ret != -ETIMEDOUT)
			doomed->wrong = ret;
		__atomic_fetch_add(&doomed->rounds, 1, __ATOMIC_RELAXED);
	}
}

static int own_a_sem(void *arg)
{
	char *const argv[] = { "sem_race_test", "pause", NULL };
	struct victim *victim = arg;

	victim->sem = new_sem(2);
	announce(&victim->ready, 1);
	while (!__atomic_load_n(&victim->go, __ATOMIC_ACQUIRE))
		sched_yield();
	execve("/proc/self/exe", argv, NULL);
	return 1;
}

static void end_in_use(struct __test_metadata *_metadata, enum end end)
{
	enum { COUNT = 6 };
	struct victim *victim = shared(sizeof(*victim));
	pthread_t thread[COUNT];
	unsigned int seed = end;
	struct doomed doomed;
	int rounds = 0, i;
	pid_t pid = 0;

	ASSERT_NE(NULL, victim);
	run_for(2500);
	while (running() || rounds <= 1) {
		memset(&doomed, 0, sizeof(doomed));
		memset(victim, 0, sizeof(*victim));
		if (end == DELETE) {
			doomed.sem = new_sem(2);
		} else {
			pid = spawn(own_a_sem, victim);
			ASSERT_LT(0, pid);
			ASSERT_TRUE(reached(&victim->ready, 1));
			doomed.sem = victim->sem;
		}
		ASSERT_LT(0, doomed.sem);
		for (i = 0; i < COUNT; i++)
			ASSERT_EQ(0, start(&thread[i], use_doomed, &doomed));
		moment(&seed, 3000);
		if (end == DELETE)
			ASSERT_EQ(0, delete_sem(doomed.sem));
		if (end == DIE)
			kill(pid, SIGKILL);
		if (end == EXEC)
			announce(&victim->go, 1);
		for (i = 0; i < COUNT; i++)
			ASSERT_EQ(0, join(thread[i]))
				TH_LOG("thread %d waits for ever", i);
		ASSERT_EQ(0, doomed.wrong);
		if (pid) {
			kill(pid, SIGKILL);
			reap(pid);
		}
		ASSERT_EQ(0, sems());
		rounds++;
	}
	TH_LOG("%d rounds", rounds);
}

TEST_F_TIMEOUT(ns, delete_in_use, 60)
{
	end_in_use(_metadata, DELETE);
}

TEST_F_TIMEOUT(ns, owner_dies_in_use, 60)
{
	end_in_use(_metadata, DIE);
}

TEST_F_TIMEOUT(ns, owner_execs_in_use, 60)
{
	end_in_use(_metadata, EXEC);
}

/* Two that hand one turn to and fro.  If one wake-up is lost both wait. */
struct ping_pong {
	int sem[2];
	int turns;
	int in;		/* both inside at once, which must not be */
	int wrong;
	int signals;
};

struct player {
	struct ping_pong *game;
	int side;
	int done;
	pthread_t thread;
};

static void *play(void *arg)
{
	struct player *player = arg;
	struct ping_pong *game = player->game;
	const int own = game->sem[player->side];
	const int other = game->sem[!player->side];
	int turn, release_id = -1;
	long ret;

	for (turn = 0; turn < game->turns; turn++) {
		/* The first one gives nothing yet. */
		if (turn)
			release_id = other;
		ret = nexus_sem_switch(release_id, own, 1, 0, NULL, NULL);
		while (ret == -EINTR) {
			/* It was released all the same. */
			ret = nexus_sem_acquire(own, 1, 0, NULL, NULL);
			__atomic_fetch_add(&game->signals, 1,
					   __ATOMIC_RELAXED);
		}
		if (ret)
			game->wrong = ret;
		if (__atomic_add_fetch(&game->in, 1, __ATOMIC_SEQ_CST) != 1)
			game->wrong = __LINE__;
		__atomic_sub_fetch(&game->in, 1, __ATOMIC_SEQ_CST);
	}
	if (release(other, 1))
		game->wrong = __LINE__;
	__atomic_store_n(&player->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void ping_pong(struct __test_metadata *_metadata, int signals)
{
	struct ping_pong game = { .turns = signals ? 2000 : 5000 };
	struct player player[2];
	int i, rounds = 0;

	catch_signal(0);
	game.sem[0] = new_sem(1);
	game.sem[1] = new_sem(0);
	for (i = 0; i < 2; i++) {
		ASSERT_LT(0, game.sem[i]);
		player[i] = (struct player){ .game = &game, .side = i };
		ASSERT_EQ(0, start(&player[i].thread, play, &player[i]));
	}
	while (signals && rounds < 20000) {
		for (i = 0; i < 2; i++)
			if (!__atomic_load_n(&player[i].done,
					     __ATOMIC_ACQUIRE))
				pthread_kill(player[i].thread, SIGUSR1);
		rounds++;
	}
	for (i = 0; i < 2; i++)
		ASSERT_TRUE(poll_until(__atomic_load_n(&player[i].done,
						       __ATOMIC_ACQUIRE)))
			TH_LOG("player %d waits for ever", i);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, join(player[i].thread));
	EXPECT_EQ(0, game.wrong);
	EXPECT_EQ(signals != 0, game.signals != 0);
	/* The one turn is with the first again. */
	EXPECT_EQ(1, sem_count(game.sem[0]));
	EXPECT_EQ(0, sem_count(game.sem[1]));
}

TEST_F_TIMEOUT(ns, switch_ping_pong, 90)
{
	ping_pong(_metadata, 0);
}

TEST_F_TIMEOUT(ns, switch_ping_pong_with_signals, 90)
{
	ping_pong(_metadata, 1);
}

/* Switches in opposite directions take two semaphores in opposite order. */
static void *switch_around(void *arg)
{
	struct pool *pool = arg;
	unsigned int seed = own_tid();
	struct __kernel_timespec at;
	int from;
	long ret;

	while (!__atomic_load_n(&pool->stop, __ATOMIC_ACQUIRE)) {
		from = rand_r(&seed) % 2;
		at = in_us(rand_r(&seed) % 500);
		ret = nexus_sem_switch(pool->sem + from, pool->sem + !from, 1,
				       0, &at, NULL);
		if (ret && ret != -ETIMEDOUT)
			wrong_at(pool, -ret);
		/*
		 * Unsuccessful it has made a unit; take one away again, from
		 * wherever the others have left some.
		 */
		while (ret && try_acquire(pool->sem + from, 1) &&
		       try_acquire(pool->sem + !from, 1))
			sched_yield();
		__atomic_fetch_add(&pool->taken, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

TEST_F_TIMEOUT(ns, switch_in_circles, 60)
{
	struct pool pool = {};
	pthread_t thread[4];
	int second, i;

	pool.sem = new_sem(8);
	second = new_sem(8);
	ASSERT_LT(0, pool.sem);
	/* The code above counts on ids that follow one another. */
	ASSERT_EQ(pool.sem + 1, second);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, start(&thread[i], switch_around, &pool));
	run_for(2000);
	ASSERT_TRUE(poll_until(!running()));
	__atomic_store_n(&pool.stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, join(thread[i]));
	EXPECT_EQ(0, pool.wrong);
	EXPECT_LT(100, pool.taken);
	/* They have moved, but there are as many as before. */
	EXPECT_EQ(16, sem_count(pool.sem) + sem_count(second));
}

/* Everybody has one of their own, and nobody notices the others. */
static void *own_pool(void *arg)
{
	struct pool *all = arg;
	struct pool own = {};
	unsigned int seed = own_tid();

	while (!__atomic_load_n(&all->stop, __ATOMIC_ACQUIRE)) {
		int i;

		own.sem = new_sem(UNITS);
		for (i = 0; i < 50; i++) {
			/* One thread never has to wait. */
			take_and_give(&own, &seed);
		}
		if (own.failed || own.wrong || own.sem < 0 ||
		    sem_count(own.sem) != UNITS || delete_sem(own.sem))
			wrong_at(all, __LINE__);
		__atomic_fetch_add(&all->taken, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

TEST_F_TIMEOUT(ns, many_in_parallel, 60)
{
	enum { COUNT = 16 };
	pthread_t thread[COUNT];
	struct pool all = {};
	int i;

	for (i = 0; i < COUNT; i++)
		ASSERT_EQ(0, start(&thread[i], own_pool, &all));
	run_for(2500);
	ASSERT_TRUE(poll_until(!running()));
	__atomic_store_n(&all.stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < COUNT; i++)
		ASSERT_EQ(0, join(thread[i]));
	EXPECT_EQ(0, all.wrong);
	EXPECT_LT(COUNT, all.taken);
	EXPECT_EQ(0, sems());
}

static int die_soon(void *arg)
{
	unsigned int seed = *(int *)arg;

	moment(&seed, 2000);
	return 0;
}

TEST_F_TIMEOUT(ns, set_owner_against_exit, 60)
{
	int rounds = 0, given = 0, sem;
	pid_t pid;
	long ret;

	run_for(3000);
	while (running()) {
		pid = spawn(die_soon, &rounds);
		ASSERT_LT(0, pid);
		/* As many as it takes until there is nobody to take one. */
		for (;;) {
			sem = new_sem(1);
			ASSERT_LT(0, sem);
			ret = nexus_set_owner(SEM, sem, pid, 0);
			if (ret)
				break;
			given++;
		}
		ASSERT_EQ(-ESRCH, ret);
		ASSERT_EQ(0, reap(pid));
		/* All of them died with it, the last one is still ours. */
		ASSERT_EQ(1, sems());
		ASSERT_EQ(1, sem_count(sem));
		ASSERT_EQ(0, delete_sem(sem));
		rounds++;
	}
	TH_LOG("%d rounds, %d given", rounds, given);
	EXPECT_LT(0, given);
}

/* Does everything with the semaphores of all. */
static int anything(void *arg)
{
	const int64_t end = now_ns(CLOCK_MONOTONIC) + 60 * 1000 * MS;
	unsigned int seed = *(int *)arg;
	struct nexus_sem_info info;
	struct __kernel_timespec at;
	int mine[4] = {}, sem, count;

	/* Until it is killed. */
	while (now_ns(CLOCK_MONOTONIC) < end) {
		at = in_us(rand_r(&seed) % 3000);
		count = 1 + rand_r(&seed) % 5;
		sem = rand_r(&seed) % 2 ? mine[rand_r(&seed) % 4] :
			nexus_find(SEM, "any", 0);
		switch (rand_r(&seed) % 13) {
		case 0:
			mine[rand_r(&seed) % 4] = sem_args("any", count, 0, 0);
			break;
		case 1:
			delete_sem(sem);
			break;
		case 2:
			nexus_set_owner(SEM, sem, rand_r(&seed) % 2 ?
					getppid() : 0, 0);
			break;
		case 3:
			nexus_next(SEM, 0, 0, &info, sizeof(info), 0);
			break;
		case 4:
			nexus_sem_switch(mine[rand_r(&seed) % 4], sem, count,
					 0, &at, NULL);
			break;
		case 5:
			nexus_sem_release(sem, -(int)(rand_r(&seed) % 2), ALL);
			break;
		case 6:
			nexus_sem_release(sem, count, IF_WAITING);
			break;
		case 7:
			close(nexus_open(SEM, sem, 0));
			break;
		case 8:
		case 9:
			release(sem, count);
			break;
		default:
			nexus_sem_acquire(sem, count, 0, &at, NULL);
		}
	}
	return 0;
}

/* Keeps the others, whom it can kill, out of the test program's team. */
static int kill_at_random(void *arg)
{
	enum { COUNT = 4 };
	int seed[COUNT], i, kills = 0;
	unsigned int own = 7;
	pid_t pid[COUNT];

	for (i = 0; i < COUNT; i++) {
		seed[i] = i + 1;
		pid[i] = spawn(anything, &seed[i]);
		if (pid[i] < 0)
			return 1;
	}
	run_for(5000);
	while (running()) {
		moment(&own, 5000);
		i = rand_r(&own) % COUNT;
		kill(pid[i], SIGKILL);
		if (reap(pid[i]) != 128 + SIGKILL)
			return 2;
		seed[i] += COUNT;
		pid[i] = spawn(anything, &seed[i]);
		if (pid[i] < 0)
			return 3;
		kills++;
	}
	for (i = 0; i < COUNT; i++) {
		kill(pid[i], SIGKILL);
		if (reap(pid[i]) != 128 + SIGKILL)
			return 4;
	}
	return kills > 10 ? 0 : 5;
}

TEST_F_TIMEOUT(ns, kill_at_random, 90)
{
	pid_t pid;

	pid = spawn(kill_at_random, NULL);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(0, sems());
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "pause")) {
		pause();
		return 0;
	}
	return test_harness_run(argc, argv);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Many tasks at the same ports, which end at the wrong moment.  Each test runs
 * for a few seconds at most, and looks for lost, doubled and misplaced
 * messages, for waiters that nobody wakes and for ports that stay behind.
 */
#include "ns.h"
#include "race.h"

/* Writers number their messages, readers tick them off. */
enum { WRITERS = 64, MESSAGES = 150 };

struct traffic {
	int port;
	int writers;
	int messages;
	int wrong;		/* what must not happen did */
	int interrupted;
	int sent;
	int received;
	long end;		/* how readers and writers are to end, or 0 */
	unsigned char seen[WRITERS][MESSAGES];
};

struct worker {
	struct traffic *traffic;
	int number;
	int done;
	pthread_t thread;
};

static void tick_off(struct traffic *traffic, int *last, int writer, int seq)
{
	if (writer < 0 || writer >= WRITERS || seq < 0 || seq >= MESSAGES ||
	    __atomic_fetch_add(&traffic->seen[writer][seq], 1,
			       __ATOMIC_RELAXED))
		__atomic_fetch_add(&traffic->wrong, 1, __ATOMIC_RELAXED);
	/* What one reader gets from one writer is in order. */
	else if (seq <= last[writer])
		__atomic_fetch_add(&traffic->wrong, 1000, __ATOMIC_RELAXED);
	else
		last[writer] = seq;
	__atomic_fetch_add(&traffic->received, 1, __ATOMIC_RELAXED);
}

static void *write_traffic(void *arg)
{
	struct worker *worker = arg;
	struct traffic *traffic = worker->traffic;
	int seq;
	long ret;

	for (seq = 0; seq < traffic->messages; seq++) {
		do {
			ret = nexus_port_send(traffic->port, seq,
					      &worker->number,
					      sizeof(worker->number), 0, NULL);
			if (ret == -EINTR)
				__atomic_fetch_add(&traffic->interrupted, 1,
						   __ATOMIC_RELAXED);
		} while (ret == -EINTR);
		if (ret) {
			if (ret != traffic->end)
				traffic->wrong++;
			break;
		}
		__atomic_fetch_add(&traffic->sent, 1, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&worker->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void *read_traffic(void *arg)
{
	struct worker *worker = arg;
	struct traffic *traffic = worker->traffic;
	struct nexus_msg_info info;
	int last[WRITERS], i, from;
	long ret;

	for (i = 0; i < WRITERS; i++)
		last[i] = -1;
	for (;;) {
		ret = nexus_port_recv(traffic->port, &from, sizeof(from),
				      &info, 0, NULL);
		if (ret == -EINTR) {
			__atomic_fetch_add(&traffic->interrupted, 1,
					   __ATOMIC_RELAXED);
			continue;
		}
		if (ret < 0) {
			if (ret != traffic->end)
				traffic->wrong++;
			break;
		}
		if (ret != sizeof(from) || info.size != sizeof(from))
			traffic->wrong++;
		tick_off(traffic, last, from, info.code);
	}
	__atomic_store_n(&worker->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void *peek_traffic(void *arg)
{
	struct worker *worker = arg;
	struct traffic *traffic = worker->traffic;
	struct nexus_msg_info info;
	long ret;

	for (;;) {
		ret = nexus_port_recv(traffic->port, NULL, 0, &info, PEEK,
				      NULL);
		if (ret == -EINTR)
			continue;
		if (ret < 0) {
			if (ret != traffic->end)
				traffic->wrong++;
			break;
		}
		if (ret != sizeof(int) || info.size != sizeof(int) ||
		    info.code < 0 || info.code >= MESSAGES)
			traffic->wrong++;
	}
	__atomic_store_n(&worker->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void start_workers(struct __test_metadata *_metadata,
			  struct worker *worker, int count,
			  struct traffic *traffic, void *(*fn)(void *))
{
	int i;

	for (i = 0; i < count; i++) {
		worker[i] = (struct worker){ .traffic = traffic, .number = i };
		ASSERT_EQ(0, start(&worker[i].thread, fn, &worker[i]));
	}
}

static void join_workers(struct __test_metadata *_metadata,
			 struct worker *worker, int count)
{
	int i;

	for (i = 0; i < count; i++)
		ASSERT_EQ(0, join(worker[i].thread))
			TH_LOG("worker %d of %d waits for ever", i, count);
}

/* All that was sent has come, once. */
static void all_came(struct __test_metadata *_metadata,
		     struct traffic *traffic)
{
	int w, seq;

	EXPECT_EQ(0, traffic->wrong);
	EXPECT_EQ(traffic->writers * traffic->messages, traffic->sent);
	EXPECT_EQ(traffic->sent, traffic->received);
	for (w = 0; w < traffic->writers; w++)
		for (seq = 0; seq < traffic->messages; seq++)
			ASSERT_EQ(1, traffic->seen[w][seq])
				TH_LOG("writer %d, message %d", w, seq);
	EXPECT_EQ(0, system_info().queued_bytes);
}

static void full_traffic(struct __test_metadata *_metadata, int capacity,
			 int writers, int readers, int peekers)
{
	static struct worker writer[WRITERS], reader[WRITERS], peeker[WRITERS];
	static struct traffic traffic;

	memset(&traffic, 0, sizeof(traffic));
	traffic.writers = writers;
	traffic.messages = MESSAGES;
	traffic.port = new_port(capacity);
	ASSERT_LT(0, traffic.port);
	start_workers(_metadata, peeker, peekers, &traffic, peek_traffic);
	start_workers(_metadata, reader, readers, &traffic, read_traffic);
	start_workers(_metadata, writer, writers, &traffic, write_traffic);
	join_workers(_metadata, writer, writers);
	/* What is queued is still received, then it is over. */
	traffic.end = -ESHUTDOWN;
	ASSERT_EQ(0, nexus_port_close(traffic.port, 0));
	join_workers(_metadata, reader, readers);
	join_workers(_metadata, peeker, peekers);
	all_came(_metadata, &traffic);
	ASSERT_EQ(0, delete_port(traffic.port));
}

TEST_F_TIMEOUT(ns, writers_and_readers_64_64, 120)
{
	full_traffic(_metadata, 4, 64, 64, 0);
}

TEST_F_TIMEOUT(ns, one_slot, 120)
{
	full_traffic(_metadata, 1, 16, 1, 0);
	full_traffic(_metadata, 1, 1, 16, 0);
	full_traffic(_metadata, 1, 16, 16, 0);
}

TEST_F_TIMEOUT(ns, peekers_among_them, 120)
{
	full_traffic(_metadata, 3, 8, 4, 8);
	full_traffic(_metadata, 1, 8, 8, 4);
}

static void nothing(int sig)
{
}

TEST_F_TIMEOUT(ns, signal_storm, 120)
{
	enum { COUNT = 3 };
	struct sigaction sa = { .sa_handler = nothing };
	static struct worker writer[COUNT], reader[COUNT];
	static struct traffic traffic;
	int restart, i, busy;

	for (restart = 0; restart < 2; restart++) {
		sa.sa_flags = restart ? SA_RESTART : 0;
		sigaction(SIGUSR1, &sa, NULL);
		memset(&traffic, 0, sizeof(traffic));
		traffic.writers = COUNT;
		traffic.messages = MESSAGES;
		traffic.port = new_port(1);
		ASSERT_LT(0, traffic.port);
		start_workers(_metadata, reader, COUNT, &traffic,
			      read_traffic);
		start_workers(_metadata, writer, COUNT, &traffic,
			      write_traffic);
		do {
			busy = 0;
			for (i = 0; i < COUNT; i++) {
				pthread_kill(reader[i].thread, SIGUSR1);
				if (__atomic_load_n(&writer[i].done,
						    __ATOMIC_ACQUIRE))
					continue;
				pthread_kill(writer[i].thread, SIGUSR1);
				busy = 1;
			}
		} while (busy);
		join_workers(_metadata, writer, COUNT);
		traffic.end = -ESHUTDOWN;
		ASSERT_EQ(0, nexus_port_close(traffic.port, 0));
		join_workers(_metadata, reader, COUNT);
		all_came(_metadata, &traffic);
		/* The storm was there, and a restart shows nothing of it. */
		EXPECT_EQ(!restart, traffic.interrupted > 0);
		ASSERT_EQ(0, delete_port(traffic.port));
	}
}

/* The port goes while it is in full use, in each way in which it can go. */
enum end { CLOSE, DELETE, DIE, EXEC, ENDS };

struct victim {
	int port;
	int ready;
	int go;
};

static int own_a_port(void *arg)
{
	char *const argv[] = { "port_race_test", "pause", NULL };
	struct victim *victim = arg;

	victim->port = new_port(2);
	announce(&victim->ready, 1);
	while (!__atomic_load_n(&victim->go, __ATOMIC_ACQUIRE))
		sched_yield();
	execve("/proc/self/exe", argv, NULL);
	return 1;
}

static void end_in_use(struct __test_metadata *_metadata, enum end end)
{
	enum { COUNT = 4 };
	static struct worker writer[COUNT], reader[COUNT], peeker[1];
	struct victim *victim = shared(sizeof(*victim));
	static struct traffic traffic;
	unsigned int seed = end;
	int rounds = 0, left;
	pid_t pid = 0;

	ASSERT_NE(NULL, victim);
	run_for(2500);
	/* A few rounds however slow the machine is. */
	while (running() || rounds < 4) {
		memset(&traffic, 0, sizeof(traffic));
		traffic.writers = COUNT;
		traffic.messages = MESSAGES;
		traffic.end = end == CLOSE ? -ESHUTDOWN : -EIDRM;
		if (end == DIE || end == EXEC) {
			memset(victim, 0, sizeof(*victim));
			pid = spawn(own_a_port, victim);
			ASSERT_LT(0, pid);
			ASSERT_TRUE(reached(&victim->ready, 1));
			traffic.port = victim->port;
		} else {
			traffic.port = new_port(2);
		}
		ASSERT_LT(0, traffic.port);
		start_workers(_metadata, reader, rounds % COUNT + 1, &traffic,
			      read_traffic);
		start_workers(_metadata, peeker, 1, &traffic, peek_traffic);
		start_workers(_metadata, writer, COUNT, &traffic,
			      write_traffic);
		moment(&seed, 3000);
		switch (end) {
		case CLOSE:
			ASSERT_EQ(0, nexus_port_close(traffic.port, 0));
			break;
		case DELETE:
			ASSERT_EQ(0, delete_port(traffic.port));
			break;
		case DIE:
			kill(pid, SIGKILL);
			break;
		default:
			announce(&victim->go, 1);
		}
		join_workers(_metadata, writer, COUNT);
		join_workers(_metadata, reader, rounds % COUNT + 1);
		join_workers(_metadata, peeker, 1);
		ASSERT_EQ(0, traffic.wrong);
		left = traffic.sent - traffic.received;
		if (end == CLOSE) {
			/* The readers have emptied it. */
			ASSERT_EQ(0, left);
			ASSERT_EQ(-ESHUTDOWN, recv_code(traffic.port));
			ASSERT_EQ(0, delete_port(traffic.port));
		}
		/* Lost with the port: what it held, not more. */
		ASSERT_LE(0, left);
		ASSERT_GE(2, left);
		if (pid) {
			kill(pid, SIGKILL);
			reap(pid);
		}
		ASSERT_EQ(0, ports());
		ASSERT_EQ(0, system_info().queued_bytes);
		rounds++;
	}
	TH_LOG("%d rounds", rounds);
}

TEST_F_TIMEOUT(ns, close_in_use, 60)
{
	end_in_use(_metadata, CLOSE);
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

static int die_soon(void *arg)
{
	unsigned int seed = *(int *)arg;

	moment(&seed, 2000);
	return 0;
}

TEST_F_TIMEOUT(ns, set_owner_against_exit, 60)
{
	struct nexus_port_info info;
	int rounds = 0, given = 0, port, i;
	pid_t pid;
	long ret;

	run_for(4000);
	while (running()) {
		pid = spawn(die_soon, &rounds);
		ASSERT_LT(0, pid);
		/* As many as it takes until there is nobody to take one. */
		for (i = 0;; i++) {
			port = new_port(1);
			ASSERT_LT(0, port);
			ret = nexus_set_owner(PORT, port, pid, 0);
			if (ret)
				break;
			given++;
		}
		ASSERT_EQ(-ESRCH, ret);
		ASSERT_EQ(0, reap(pid));
		/* All of them died with it, the last one is still ours. */
		ASSERT_EQ(1, ports());
		ASSERT_EQ(0, port_info(port, &info));
		ASSERT_EQ(getpid(), info.team);
		ASSERT_EQ(0, delete_port(port));
		rounds++;
	}
	TH_LOG("%d rounds, %d ports given", rounds, given);
	EXPECT_LT(0, given);
}

struct exchange {
	int port[2];
	int team[2];
	int stop;
	int wrong;
};

static void *exchange_forth(void *arg)
{
	struct exchange *x = arg;
	int i = 0;

	while (!__atomic_load_n(&x->stop, __ATOMIC_ACQUIRE)) {
		if (nexus_set_owner(PORT, x->port[i & 1], x->team[0], 0) ||
		    nexus_set_owner(PORT, x->port[i & 1], x->team[1], 0))
			x->wrong++;
		i++;
	}
	return NULL;
}

static void *list_both(void *arg)
{
	struct exchange *x = arg;
	struct nexus_port_info info;
	int i = 0, id;
	long ret;

	while (!__atomic_load_n(&x->stop, __ATOMIC_ACQUIRE)) {
		for (id = 0;; id = info.id) {
			ret = nexus_next(PORT, x->team[i & 1], id, &info,
					 sizeof(info), 0);
			if (ret)
				break;
			if (info.id <= id)
				x->wrong++;
		}
		if (ret != -ENOENT)
			x->wrong++;
		i++;
	}
	return NULL;
}

static int wait_only(void *arg)
{
	pause();
	return 0;
}

TEST_F_TIMEOUT(ns, set_owner_both_ways, 60)
{
	struct exchange x = {};
	pthread_t thread[4];
	pid_t pid;
	int i;

	pid = spawn(wait_only, NULL);
	ASSERT_LT(0, pid);
	x.team[0] = pid;
	x.team[1] = getpid();
	for (i = 0; i < 2; i++) {
		x.port[i] = new_port(1);
		ASSERT_LT(0, x.port[i]);
	}
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, start(&thread[i], i < 3 ? exchange_forth :
				   list_both, &x));
	run_for(2000);
	ASSERT_TRUE(poll_until(!running()));
	__atomic_store_n(&x.stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, join(thread[i]));
	EXPECT_EQ(0, x.wrong);
	EXPECT_EQ(0, nexus_set_owner(PORT, x.port[0], pid, 0));
	EXPECT_EQ(0, nexus_set_owner(PORT, x.port[1], 0, 0));
	kill(pid, SIGKILL);
	reap(pid);
	EXPECT_EQ(1, ports());
}

struct latest {
	int port;
	int stop;
	int sent;
	int stale;
	int wrong;
};

static void *send_to_latest(void *arg)
{
	struct latest *latest = arg;
	int port;

	while (!__atomic_load_n(&latest->stop, __ATOMIC_ACQUIRE)) {
		port = __atomic_load_n(&latest->port, __ATOMIC_ACQUIRE);
		switch (send_code(port, port)) {
		case 0:
			__atomic_fetch_add(&latest->sent, 1, __ATOMIC_RELAXED);
			break;
		case -EIDRM:
			__atomic_fetch_add(&latest->stale, 1,
					   __ATOMIC_RELAXED);
			break;
		case -EAGAIN:
			break;
		default:
			latest->wrong++;
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(ns, message_for_a_stale_id, 60)
{
	struct latest latest = {};
	pthread_t thread[2];
	int port, i;
	long code;

	latest.port = new_port(1);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, start(&thread[i], send_to_latest, &latest));
	run_for(3000);
	while (running()) {
		port = new_port(2);
		ASSERT_LT(0, port);
		ASSERT_EQ(0, delete_port(latest.port));
		__atomic_store_n(&latest.port, port, __ATOMIC_RELEASE);
		/* Only what was meant for this one arrives here. */
		for (i = 0; i < 20; i++) {
			code = recv_code(port);
			if (code != -EAGAIN)
				ASSERT_EQ(port, code);
		}
	}
	__atomic_store_n(&latest.stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, join(thread[i]));
	EXPECT_EQ(0, latest.wrong);
	EXPECT_LT(0, latest.sent);
	TH_LOG("%d sent, %d to ports that were gone", latest.sent,
	       latest.stale);
}

static void *twins_come_and_go(void *arg)
{
	struct latest *latest = arg;
	int port;

	while (!__atomic_load_n(&latest->stop, __ATOMIC_ACQUIRE)) {
		port = port_args("twin", 1, 0, 0);
		if (port < 0 || delete_port(port))
			latest->wrong++;
	}
	return NULL;
}

TEST_F_TIMEOUT(ns, find_among_same_names, 60)
{
	struct latest latest = {};
	struct nexus_port_info info;
	int stay, port, i, others = 0;
	pthread_t thread[3];
	long ret;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, start(&thread[i], twins_come_and_go, &latest));
	run_for(3000);
	while (running()) {
		stay = port_args("twin", 1, 0, 0);
		ASSERT_LT(0, stay);
		/* There is one, so one is found, and it has that name. */
		for (i = 0; i < 50; i++) {
			port = nexus_find(PORT, "twin", 0);
			ASSERT_LT(0, port);
			others += port != stay;
			ret = port_info(port, &info);
			if (ret == -EIDRM && port != stay)
				continue;
			ASSERT_EQ(0, ret);
			ASSERT_STREQ("twin", info.name);
		}
		ASSERT_EQ(0, delete_port(stay));
	}
	__atomic_store_n(&latest.stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, join(thread[i]));
	EXPECT_EQ(0, latest.wrong);
	EXPECT_EQ(0, ports());
	TH_LOG("found another one %d times", others);
}

/* Does everything with the ports of all. */
static int anything(void *arg)
{
	const int64_t end = now_ns(CLOCK_MONOTONIC) + 60 * 1000 * MS;
	unsigned int seed = *(int *)arg;
	struct nexus_port_info info;
	struct __kernel_timespec at;
	int mine[4] = {}, port = 1;
	static char buf[20000];

	/* Until it is killed. */
	while (now_ns(CLOCK_MONOTONIC) < end) {
		at = in_ms(CLOCK_MONOTONIC, rand_r(&seed) % 3);
		port = rand_r(&seed) % 2 ? mine[rand_r(&seed) % 4] :
			nexus_find(PORT, "any", 0);
		switch (rand_r(&seed) % 12) {
		case 0:
			port = port_args("any", 1 + rand_r(&seed) % 4, 0, 0);
			mine[rand_r(&seed) % 4] = port;
			break;
		case 1:
			delete_port(port);
			break;
		case 2:
			nexus_port_close(port, 0);
			break;
		case 3:
			nexus_set_owner(PORT, port, rand_r(&seed) % 2 ?
					getppid() : 0, 0);
			break;
		case 4:
			nexus_next(PORT, 0, 0, &info, sizeof(info), 0);
			break;
		case 5:
			nexus_port_recv(port, NULL, 0, NULL, PEEK, &at);
			break;
		case 6:
		case 7:
		case 8:
			nexus_port_recv(port, buf, sizeof(buf), NULL, 0, &at);
			break;
		default:
			nexus_port_send(port, 1, buf,
					rand_r(&seed) % sizeof(buf), 0, &at);
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
	EXPECT_EQ(0, ports());
	EXPECT_EQ(0, system_info().queued_bytes);
}

static int blocked_reader(void *arg)
{
	return nexus_port_recv(*(int *)arg, NULL, 0, NULL, 0, NULL) != -EIDRM;
}

/* Its namespace ends with ports, messages and a waiter that has left. */
static int leave_namespaces(void *arg)
{
	unsigned int seed = *(int *)arg;
	int port[2];
	pid_t pid;
	int i;

	for (i = 0; i < 4; i++) {
		if (unshare(CLONE_NEWIPC))
			return 1;
		port[0] = new_port(2);
		port[1] = new_port(2);
		if (port[0] < 0 || port[1] < 0 || send_code(port[1], 1))
			return 2;
		pid = spawn(blocked_reader, port);
		if (pid < 0)
			return 3;
		moment(&seed, 1000);
		if (rand_r(&seed) % 2) {
			delete_port(port[0]);
			if (reap(pid))
				return 4;
		} else {
			kill(pid, SIGKILL);
			reap(pid);
		}
	}
	return 0;
}

TEST_F_TIMEOUT(ns, namespaces_come_and_go, 90)
{
	int rounds = 0, i, seed[3];
	pid_t pid[3];

	run_for(3000);
	while (running() || rounds < 2) {
		for (i = 0; i < 3; i++) {
			seed[i] = rounds * 3 + i;
			pid[i] = spawn(leave_namespaces, &seed[i]);
			ASSERT_LT(0, pid[i]);
		}
		for (i = 0; i < 3; i++)
			ASSERT_EQ(0, reap(pid[i]));
		rounds++;
	}
	EXPECT_EQ(0, ports());
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "pause")) {
		pause();
		return 0;
	}
	return test_harness_run(argc, argv);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The files of nexus_open() while others send, release, delete and end: no
 * event is lost, nobody sleeps on something that is ready or gone.
 */
#include "ns.h"
#include "race.h"
#include "sem.h"
#include <poll.h>
#include <sys/epoll.h>

#define THREAD	NEXUS_TYPE_THREAD

#define IN	(POLLIN | POLLRDNORM)
#define OUT	(POLLOUT | POLLWRNORM)
#define GONE	(POLLHUP | POLLERR)

static int ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = IN | OUT };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

static int epoll_with(int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };
	const int ep = epoll_create1(EPOLL_CLOEXEC);

	return ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) ? -errno : ep;
}

/* Sleeps until there is an event; 0: none comes. */
static unsigned int next_event(int ep)
{
	struct epoll_event ev;

	return epoll_wait(ep, &ev, 1, PATIENCE_MS) == 1 ? ev.events : 0;
}

/*
 * A storm: some make events without end, one or two who sleep in epoll must
 * see the last one.
 */
struct storm {
	int type;
	int id;
	unsigned int trigger;	/* 0 or EPOLLET */
	int each;		/* events that each maker makes */
	int all;		/* and all of them together */
	int taken;
	int wrong;		/* a line number */
	int sleeps;
};

static void wrong_at(struct storm *storm, int line)
{
	__atomic_store_n(&storm->wrong, line, __ATOMIC_RELAXED);
}

static void *make_events(void *arg)
{
	struct storm *storm = arg;
	long ret;
	int i;

	for (i = 0; i < storm->each; i++) {
		ret = storm->type == PORT ?
		      nexus_port_send(storm->id, i, NULL, 0, 0, NULL) :
		      release(storm->id, 1);
		if (ret)
			wrong_at(storm, __LINE__);
	}
	return NULL;
}

/* What is there, without waiting; 0 or a negative errno. */
static long take(struct storm *storm)
{
	const long ret = storm->type == PORT ? recv_code(storm->id) :
					       try_acquire(storm->id, 1);

	if (ret >= 0)
		__atomic_fetch_add(&storm->taken, 1, __ATOMIC_SEQ_CST);
	return ret < 0 ? ret : 0;
}

static int all_taken(struct storm *storm)
{
	return __atomic_load_n(&storm->taken, __ATOMIC_SEQ_CST) >= storm->all;
}

static void *take_events(void *arg)
{
	struct storm *storm = arg;
	const int fd = nexus_open(storm->type, storm->id, 0);
	const int ep = epoll_with(fd, IN | storm->trigger);
	unsigned int events;
	long ret;

	if (fd < 0 || ep < 0) {
		wrong_at(storm, __LINE__);
		return NULL;
	}
	while (!all_taken(storm)) {
		events = next_event(ep);
		__atomic_fetch_add(&storm->sleeps, 1, __ATOMIC_RELAXED);
		if (events & GONE)
			break;
		if (!(events & IN)) {
			wrong_at(storm, __LINE__);
			break;
		}
		/* On an edge everything, for the level one is enough. */
		do {
			ret = take(storm);
		} while (!ret && storm->trigger);
		if (ret && ret != -EAGAIN && ret != -EIDRM)
			wrong_at(storm, __LINE__);
	}
	close(ep);
	close(fd);
	return NULL;
}

static void storm(struct __test_metadata *_metadata, int type,
		  unsigned int trigger, int takers)
{
	enum { MAKERS = 4 };
	struct storm storm = {
		.type = type,
		.trigger = trigger,
		.each = 1500,
		.all = MAKERS * 1500,
	};
	pthread_t maker[MAKERS], taker[2];
	int i;

	storm.id = type == PORT ? new_port(3) : new_sem(0);
	ASSERT_LT(0, storm.id);
	for (i = 0; i < takers; i++)
		ASSERT_EQ(0, start(&taker[i], take_events, &storm));
	for (i = 0; i < MAKERS; i++)
		ASSERT_EQ(0, start(&maker[i], make_events, &storm));
	EXPECT_TRUE(poll_until(all_taken(&storm)) ||
		    poll_until(all_taken(&storm)))
		TH_LOG("%d of %d taken, and nobody is woken", storm.taken,
		       storm.all);
	/* The one that slept when the other took the last one. */
	ASSERT_EQ(0, nexus_delete(type, storm.id, 0));
	for (i = 0; i < takers; i++)
		ASSERT_EQ(0, join(taker[i]));
	for (i = 0; i < MAKERS; i++)
		ASSERT_EQ(0, join(maker[i]));
	EXPECT_EQ(0, storm.wrong)
		TH_LOG("wrong in line %d", storm.wrong);
	EXPECT_EQ(storm.all, storm.taken);
	TH_LOG("%d events, %d times asked", storm.all, storm.sleeps);
}

TEST_F_TIMEOUT(ns, port_level_storm, 120)
{
	storm(_metadata, PORT, 0, 1);
}

TEST_F_TIMEOUT(ns, port_edge_storm, 120)
{
	storm(_metadata, PORT, EPOLLET, 1);
}

TEST_F_TIMEOUT(ns, port_two_pollers, 120)
{
	storm(_metadata, PORT, EPOLLET, 2);
}

TEST_F_TIMEOUT(ns, sem_level_storm, 120)
{
	storm(_metadata, SEM, 0, 1);
}

TEST_F_TIMEOUT(ns, sem_edge_storm, 120)
{
	storm(_metadata, SEM, EPOLLET, 1);
}

TEST_F_TIMEOUT(ns, sem_two_pollers, 120)
{
	storm(_metadata, SEM, 0, 2);
}

/* One at a time, and the other side sleeps each time: nothing hides a loss. */
struct exchange {
	int go;
	int come;
	int rounds;
	int wrong;
	unsigned int trigger;
};

static void *answer(void *arg)
{
	struct exchange *x = arg;
	const int ep = epoll_with(nexus_open(SEM, x->go, 0), IN | x->trigger);
	int i;

	for (i = 0; i < x->rounds; i++)
		if (!(next_event(ep) & IN) || try_acquire(x->go, 1) ||
		    release(x->come, 1)) {
			x->wrong = i + 1;
			break;
		}
	return NULL;
}

TEST_F_TIMEOUT(ns, one_edge_at_a_time, 120)
{
	struct exchange x = { .rounds = 3000 };
	pthread_t thread;
	int edge, ep, i;

	for (edge = 0; edge < 2; edge++) {
		x.trigger = edge ? EPOLLET : 0;
		x.go = new_sem(0);
		x.come = new_sem(0);
		ASSERT_LT(0, x.go);
		ASSERT_LT(0, x.come);
		ASSERT_EQ(0, start(&thread, answer, &x));
		ep = epoll_with(nexus_open(SEM, x.come, 0), IN | x.trigger);
		ASSERT_LE(0, ep);
		for (i = 0; i < x.rounds; i++) {
			ASSERT_EQ(0, release(x.go, 1));
			ASSERT_EQ(IN, next_event(ep))
				TH_LOG("round %d", i);
			ASSERT_EQ(0, try_acquire(x.come, 1));
		}
		ASSERT_EQ(0, join(thread));
		EXPECT_EQ(0, x.wrong);
	}
}

/* The other direction: a sender that sleeps until there is room. */
static void *send_when_room(void *arg)
{
	struct storm *storm = arg;
	const int ep = epoll_with(nexus_open(PORT, storm->id, 0),
				  OUT | storm->trigger);
	int sent = 0;
	long ret;

	while (sent < storm->all) {
		if (!(next_event(ep) & OUT)) {
			wrong_at(storm, __LINE__);
			break;
		}
		storm->sleeps++;
		do {
			ret = send_code(storm->id, sent);
			sent += !ret;
		} while (!ret && sent < storm->all);
		if (ret && ret != -EAGAIN)
			wrong_at(storm, __LINE__);
	}
	return NULL;
}

static void room(struct __test_metadata *_metadata, unsigned int trigger)
{
	struct storm storm = { .all = 5000, .trigger = trigger };
	struct __kernel_timespec at;
	pthread_t thread;
	int i, code;

	storm.id = new_port(2);
	ASSERT_LT(0, storm.id);
	ASSERT_EQ(0, start(&thread, send_when_room, &storm));
	for (i = 0; i < storm.all; i++) {
		at = in_ms(CLOCK_MONOTONIC, PATIENCE_MS);
		ASSERT_EQ(0, nexus_port_recv(storm.id, NULL, 0, &code,
					     NEXUS_PORT_CODE, &at))
			TH_LOG("message %d: nobody knows of the room", i);
		ASSERT_EQ(i, code);
	}
	ASSERT_EQ(0, join(thread));
	EXPECT_EQ(0, storm.wrong);
	TH_LOG("slept %d times", storm.sleeps);
}

TEST_F_TIMEOUT(ns, room_level, 120)
{
	room(_metadata, 0);
}

TEST_F_TIMEOUT(ns, room_edge, 120)
{
	room(_metadata, EPOLLET);
}

/* Ids come and go while others open them. */
struct latest {
	int type;
	int id;
	int stop;
	int opened;
	int stale;
	int wrong;
};

static void *open_latest(void *arg)
{
	struct latest *latest = arg;
	struct pollfd p;
	int id;

	while (!__atomic_load_n(&latest->stop, __ATOMIC_ACQUIRE)) {
		id = __atomic_load_n(&latest->id, __ATOMIC_ACQUIRE);
		p = (struct pollfd){ .fd = nexus_open(latest->type, id, 0) };
		if (p.fd == -EIDRM) {
			__atomic_fetch_add(&latest->stale, 1,
					   __ATOMIC_RELAXED);
			continue;
		}
		/* It goes soon if it has not gone yet. */
		if (p.fd < 0 || poll(&p, 1, PATIENCE_MS) != 1 ||
		    p.revents != GONE)
			latest->wrong = __LINE__;
		if (ready(p.fd) != GONE)
			latest->wrong = __LINE__;
		close(p.fd);
		__atomic_fetch_add(&latest->opened, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void open_against_delete(struct __test_metadata *_metadata, int type)
{
	enum { COUNT = 3 };
	struct latest latest = { .type = type };
	pthread_t thread[COUNT];
	unsigned int seed = type;
	int i, rounds = 0, next;

	latest.id = type == PORT ? new_port(1) : new_sem(0);
	ASSERT_LT(0, latest.id);
	for (i = 0; i < COUNT; i++)
		ASSERT_EQ(0, start(&thread[i], open_latest, &latest));
	run_for(2500);
	while (running()) {
		next = type == PORT ? new_port(1) : new_sem(0);
		ASSERT_LT(0, next);
		moment(&seed, 60);
		ASSERT_EQ(0, nexus_delete(type, latest.id, 0));
		__atomic_store_n(&latest.id, next, __ATOMIC_RELEASE);
		rounds++;
	}
	__atomic_store_n(&latest.stop, 1, __ATOMIC_RELEASE);
	ASSERT_EQ(0, nexus_delete(type, latest.id, 0));
	for (i = 0; i < COUNT; i++)
		ASSERT_EQ(0, join(thread[i]));
	EXPECT_EQ(0, latest.wrong);
	EXPECT_LT(0, latest.opened);
	TH_LOG("%d deleted, opened %d times, %d times too late", rounds,
	       latest.opened, latest.stale);
}

TEST_F_TIMEOUT(ns, open_port_against_delete, 60)
{
	open_against_delete(_metadata, PORT);
}

TEST_F_TIMEOUT(ns, open_sem_against_delete, 60)
{
	open_against_delete(_metadata, SEM);
}

/* Many who sleep in poll() when it goes. */
struct sleeper {
	int fd;
	int events;
	int revents;
	pthread_t thread;
};

static void *sleep_in_poll(void *arg)
{
	struct sleeper *sleeper = arg;
	struct pollfd p = { .fd = sleeper->fd, .events = sleeper->events };

	sleeper->revents = poll(&p, 1, PATIENCE_MS) == 1 ? p.revents : -1;
	return NULL;
}

static int own_both(void *arg)
{
	int *ids = arg;

	ids[0] = new_port(1);
	ids[1] = new_sem(0);
	announce(&ids[2], 1);
	return pause_process(NULL);
}

static void gone_while_polled(struct __test_metadata *_metadata, int by_kill)
{
	enum { COUNT = 6 };
	int *ids = shared(3 * sizeof(*ids));
	struct sleeper sleeper[COUNT];
	unsigned int seed = by_kill;
	int rounds = 0, i;
	pid_t pid;

	ASSERT_NE(NULL, ids);
	run_for(2500);
	while (running() || rounds <= 1) {
		ids[2] = 0;
		pid = spawn(own_both, ids);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(reached(&ids[2], 1));
		for (i = 0; i < COUNT; i++) {
			sleeper[i].fd = nexus_open(i & 1 ? SEM : PORT,
						   ids[i & 1], 0);
			ASSERT_LE(0, sleeper[i].fd);
			sleeper[i].events = i & 2 ? IN : 0;
			ASSERT_EQ(0, start(&sleeper[i].thread, sleep_in_poll,
					   &sleeper[i]));
		}
		moment(&seed, 500);
		if (by_kill) {
			kill(pid, SIGKILL);
		} else {
			EXPECT_EQ(0, delete_port(ids[0]));
			EXPECT_EQ(0, delete_sem(ids[1]));
		}
		for (i = 0; i < COUNT; i++) {
			ASSERT_EQ(0, join(sleeper[i].thread));
			ASSERT_EQ(GONE, sleeper[i].revents);
			close(sleeper[i].fd);
		}
		kill(pid, SIGKILL);
		reap(pid);
		rounds++;
	}
	EXPECT_EQ(0, ports());
	EXPECT_EQ(0, sems());
}

TEST_F_TIMEOUT(ns, delete_while_polled, 60)
{
	gone_while_polled(_metadata, 0);
}

TEST_F_TIMEOUT(ns, owner_dies_while_polled, 60)
{
	gone_while_polled(_metadata, 1);
}

/* Files are closed and opened while there are events for them. */
static void *open_and_close(void *arg)
{
	struct storm *storm = arg;
	int fd, ep;

	while (!__atomic_load_n(&storm->all, __ATOMIC_ACQUIRE)) {
		fd = nexus_open(storm->type, storm->id, 0);
		ep = epoll_with(fd, IN | OUT | EPOLLET);
		if (fd < 0 || ep < 0)
			wrong_at(storm, __LINE__);
		ready(fd);
		if (fd & 1)
			close(ep);
		close(fd);
		if (!(fd & 1))
			close(ep);
		storm->taken++;
	}
	return NULL;
}

TEST_F_TIMEOUT(ns, close_against_events, 60)
{
	struct storm storm[2] = { { .type = PORT }, { .type = SEM } };
	pthread_t thread[4];
	int i;

	storm[0].id = new_port(1);
	storm[1].id = new_sem(0);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, start(&thread[i], open_and_close, &storm[i & 1]));
	run_for(2500);
	while (running()) {
		ASSERT_EQ(0, send_code(storm[0].id, 1));
		ASSERT_EQ(0, release(storm[1].id, 1));
		ASSERT_EQ(1, recv_code(storm[0].id));
		ASSERT_EQ(0, try_acquire(storm[1].id, 1));
	}
	for (i = 0; i < 2; i++)
		__atomic_store_n(&storm[i].all, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, join(thread[i]));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, storm[i].wrong);
		EXPECT_LT(0, storm[i].taken);
	}
}

struct mortal {
	pid_t tid;
	int go;
};

static void *end_at_go(void *arg)
{
	struct mortal *mortal = arg;

	__atomic_store_n(&mortal->tid, own_tid(), __ATOMIC_RELEASE);
	while (!__atomic_load_n(&mortal->go, __ATOMIC_ACQUIRE))
		sched_yield();
	return NULL;
}

/* Opened and polled while it ends, before and after. */
TEST_F_TIMEOUT(ns, thread_ends_while_polled, 60)
{
	int rounds = 0, stale = 0;
	struct sleeper sleeper;
	struct mortal mortal;
	unsigned int seed = 5;
	pthread_t thread;
	int late;

	run_for(3000);
	while (running() || rounds <= 1) {
		memset(&mortal, 0, sizeof(mortal));
		ASSERT_EQ(0, start(&thread, end_at_go, &mortal));
		ASSERT_TRUE(poll_until(__atomic_load_n(&mortal.tid,
						       __ATOMIC_ACQUIRE)));
		sleeper = (struct sleeper){ .events = rounds & 1 ? IN : 0 };
		sleeper.fd = nexus_open(THREAD, mortal.tid, 0);
		ASSERT_LE(0, sleeper.fd);
		ASSERT_EQ(0, start(&sleeper.thread, sleep_in_poll, &sleeper));
		moment(&seed, 300);
		__atomic_store_n(&mortal.go, 1, __ATOMIC_RELEASE);
		moment(&seed, 30);
		late = nexus_open(THREAD, mortal.tid, 0);
		ASSERT_TRUE(late >= 0 || late == -ESRCH)
			TH_LOG("%d", late);
		ASSERT_EQ(0, join(thread));
		ASSERT_EQ(0, join(sleeper.thread));
		ASSERT_EQ(rounds & 1 ? IN | POLLHUP : POLLHUP,
			  sleeper.revents);
		stale += late < 0;
		if (late >= 0) {
			/* Whenever that was, it ends. */
			ASSERT_TRUE(poll_until(ready(late) == (IN | POLLHUP)));
			close(late);
		}
		close(sleeper.fd);
		rounds++;
	}
	TH_LOG("%d rounds, %d too late", rounds, stale);
}

/* All who poll a process are told when it is killed, even while it execs. */
static int exec_for_ever(void *arg)
{
	char *const argv[] = { "poll_race_test", "pause", NULL };

	announce(arg, 1);
	execve("/proc/self/exe", argv, NULL);
	return 1;
}

TEST_F_TIMEOUT(ns, team_killed_in_exec, 60)
{
	int *step = shared(sizeof(*step));
	struct sleeper sleeper;
	unsigned int seed = 3;
	int rounds = 0;
	pid_t pid;

	ASSERT_NE(NULL, step);
	run_for(2500);
	while (running() || rounds <= 1) {
		*step = 0;
		pid = spawn(exec_for_ever, step);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(reached(step, 1));
		sleeper = (struct sleeper){ .events = IN };
		sleeper.fd = nexus_open(THREAD, pid, 0);
		ASSERT_LE(0, sleeper.fd);
		ASSERT_EQ(0, start(&sleeper.thread, sleep_in_poll, &sleeper));
		moment(&seed, 2000);
		kill(pid, SIGKILL);
		ASSERT_EQ(128 + SIGKILL, reap(pid));
		ASSERT_EQ(0, join(sleeper.thread));
		ASSERT_EQ(IN | POLLHUP, sleeper.revents);
		close(sleeper.fd);
		rounds++;
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "pause")) {
		pause();
		return 0;
	}
	return test_harness_run(argc, argv);
}

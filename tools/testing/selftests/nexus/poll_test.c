// SPDX-License-Identifier: GPL-2.0
/*
 * nexus_open(): what poll, select, epoll and io_uring are told about ports,
 * semaphores and threads, and when they are woken.
 */
#include "ns.h"
#include "sem.h"
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#define THREAD	NEXUS_TYPE_THREAD

#define IN	(POLLIN | POLLRDNORM)
#define OUT	(POLLOUT | POLLWRNORM)
#define GONE	(POLLHUP | POLLERR)

/* What a file is ready for now, of all that can be asked for. */
static int ready(int fd)
{
	struct pollfd p = {
		.fd = fd,
		.events = IN | OUT | POLLPRI | POLLRDBAND | POLLWRBAND |
			  POLLRDHUP,
	};

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

static int open_port(int port)
{
	return nexus_open(PORT, port, 0);
}

static int open_sem(int sem)
{
	return nexus_open(SEM, sem, 0);
}

/* A thread that ends when its semaphore is released. */
static int gated_thread(struct sem_op *op)
{
	*op = acquire_op(new_sem(0), 1);
	return op->sem < 0 ? -1 : start_sem_op(op);
}

static int open_gate(struct sem_op *op)
{
	return release(op->sem, 1) || join_sem_op(op);
}

TEST_F(ns, port_events)
{
	int port, fd;

	port = new_port(2);
	ASSERT_LT(0, port);
	fd = open_port(port);
	ASSERT_LE(0, fd);
	EXPECT_EQ(OUT, ready(fd));
	ASSERT_EQ(0, send_code(port, 1));
	EXPECT_EQ(IN | OUT, ready(fd));
	ASSERT_EQ(0, send_code(port, 2));
	EXPECT_EQ(IN, ready(fd));
	/* It only looks. */
	EXPECT_EQ(2, queued(port));
	EXPECT_EQ(0, total(port));
	ASSERT_EQ(1, recv_code(port));
	EXPECT_EQ(IN | OUT, ready(fd));
	ASSERT_EQ(0, nexus_port_close(port, 0));
	EXPECT_EQ(IN | POLLHUP, ready(fd));
	ASSERT_EQ(2, recv_code(port));
	EXPECT_EQ(POLLHUP, ready(fd));
	ASSERT_EQ(0, delete_port(port));
	EXPECT_EQ(GONE, ready(fd));
}

TEST_F(ns, port_events_while_others_wait)
{
	struct op reader = RECV_OP(), writer = SEND_OP();
	int port, fd;

	port = new_port(1);
	ASSERT_LT(0, port);
	reader.port = port;
	writer.port = port;
	fd = open_port(port);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, start_op(&reader));
	EXPECT_EQ(OUT, ready(fd));
	/* What a reader takes was never queued. */
	ASSERT_EQ(0, send_code(port, 1));
	ASSERT_EQ(0, join_op(&reader));
	EXPECT_EQ(OUT, ready(fd));
	ASSERT_EQ(0, send_code(port, 2));
	ASSERT_EQ(0, start_op(&writer));
	EXPECT_EQ(IN, ready(fd));
	/* The free slot is not for newcomers. */
	ASSERT_EQ(2, recv_code(port));
	ASSERT_EQ(0, join_op(&writer));
	EXPECT_EQ(IN, ready(fd));
}

TEST_F(ns, sem_events)
{
	struct sem_op op;
	int sem, fd;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	fd = open_sem(sem);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ready(fd));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(IN, ready(fd));
	EXPECT_EQ(1, sem_count(sem));
	ASSERT_EQ(0, release(sem, INT_MAX - 1));
	EXPECT_EQ(IN, ready(fd));
	ASSERT_EQ(0, try_acquire(sem, INT_MAX - 2));
	EXPECT_EQ(IN, ready(fd));
	/* Two units are there, but for one who wants three. */
	op = acquire_op(sem, 3);
	ASSERT_EQ(0, start_sem_op(&op));
	EXPECT_EQ(0, ready(fd));
	ASSERT_EQ(0, release(sem, 1));
	ASSERT_EQ(0, join_sem_op(&op));
	EXPECT_EQ(0, ready(fd));
	ASSERT_EQ(0, delete_sem(sem));
	EXPECT_EQ(GONE, ready(fd));
}

static int exit_at_go(void *arg)
{
	return !reached(arg, 1);
}

TEST_F(ns, thread_events)
{
	int *go = shared(sizeof(*go));
	struct sem_op op;
	int fd, team;
	pid_t pid;

	ASSERT_NE(NULL, go);
	fd = nexus_open(THREAD, own_tid(), 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ready(fd));
	ASSERT_EQ(0, gated_thread(&op));
	fd = nexus_open(THREAD, op.tid, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ready(fd));
	ASSERT_EQ(0, open_gate(&op));
	EXPECT_TRUE(poll_until(ready(fd)));
	EXPECT_EQ(IN | POLLHUP, ready(fd));

	pid = spawn(exit_at_go, go);
	ASSERT_LT(0, pid);
	team = nexus_open(THREAD, pid, 0);
	ASSERT_LE(0, team);
	EXPECT_EQ(0, ready(team));
	announce(go, 1);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(IN | POLLHUP, ready(team));
	EXPECT_EQ(-ESRCH, nexus_open(THREAD, pid, 0));
	EXPECT_EQ(-ESRCH, nexus_open(THREAD, op.tid, 0));
}

static void *exit_group_at_go(void *arg)
{
	reached(arg, 1);
	_exit(0);
}

static int leader_ends(void *arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, exit_group_at_go, arg))
		return 1;
	syscall(__NR_exit, 0);
	return 2;
}

/* A main thread has ended when its team has. */
TEST_F(ns, main_thread_ends_first)
{
	int *go = shared(sizeof(*go));
	pid_t pid;
	int fd;

	ASSERT_NE(NULL, go);
	pid = spawn(leader_ends, go);
	ASSERT_LT(0, pid);
	fd = nexus_open(THREAD, pid, 0);
	ASSERT_LE(0, fd);
	ASSERT_TRUE(poll_until(task_state(pid, pid) == 'Z'));
	EXPECT_EQ(0, ready(fd));
	announce(go, 1);
	EXPECT_TRUE(poll_until(ready(fd) == (IN | POLLHUP)));
	reap(pid);
}

/* Waits in poll() for events of a file. */
struct poller {
	int fd;
	int events;
	int revents;
	pid_t tid;
	int done;
	pthread_t thread;
};

static void *run_poller(void *arg)
{
	struct poller *poller = arg;
	struct pollfd p = { .fd = poller->fd, .events = poller->events };

	__atomic_store_n(&poller->tid, own_tid(), __ATOMIC_RELEASE);
	if (syscall(__NR_ppoll, &p, 1, NULL, NULL, 0) == 1)
		poller->revents = p.revents;
	__atomic_store_n(&poller->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static int start_poller(struct poller *poller, int fd, int events)
{
	*poller = (struct poller){ .fd = fd, .events = events };
	if (pthread_create(&poller->thread, NULL, run_poller, poller))
		return -1;
	if (!poll_until(__atomic_load_n(&poller->tid, __ATOMIC_ACQUIRE)))
		return -1;
	return wait_until_blocked(getpid(), poller->tid, __NR_ppoll);
}

static int polled(struct poller *poller)
{
	if (!poll_until(__atomic_load_n(&poller->done, __ATOMIC_ACQUIRE)))
		return -1;
	pthread_join(poller->thread, NULL);
	return poller->revents;
}

TEST_F(ns, poll_wakes)
{
	struct poller poller[2];
	struct sem_op op;
	int port, sem, fd;

	port = new_port(1);
	sem = new_sem(0);
	ASSERT_LT(0, port);
	ASSERT_LT(0, sem);
	fd = open_port(port);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, start_poller(&poller[0], fd, IN));
	ASSERT_EQ(0, start_poller(&poller[1], fd, POLLIN));
	ASSERT_EQ(0, send_code(port, 1));
	EXPECT_EQ(IN, polled(&poller[0]));
	EXPECT_EQ(POLLIN, polled(&poller[1]));
	ASSERT_EQ(0, start_poller(&poller[0], fd, OUT));
	ASSERT_EQ(1, recv_code(port));
	EXPECT_EQ(OUT, polled(&poller[0]));
	ASSERT_EQ(0, start_poller(&poller[0], fd, 0));
	ASSERT_EQ(0, start_poller(&poller[1], fd, IN));
	ASSERT_EQ(0, nexus_port_close(port, 0));
	EXPECT_EQ(POLLHUP, polled(&poller[0]));
	EXPECT_EQ(POLLHUP, polled(&poller[1]));

	fd = open_sem(sem);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, start_poller(&poller[0], fd, IN));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(IN, polled(&poller[0]));
	ASSERT_EQ(0, start_poller(&poller[0], fd, 0));
	ASSERT_EQ(0, delete_sem(sem));
	EXPECT_EQ(GONE, polled(&poller[0]));

	ASSERT_EQ(0, gated_thread(&op));
	fd = nexus_open(THREAD, op.tid, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, start_poller(&poller[0], fd, IN));
	ASSERT_EQ(0, start_poller(&poller[1], fd, 0));
	ASSERT_EQ(0, open_gate(&op));
	EXPECT_EQ(IN | POLLHUP, polled(&poller[0]));
	EXPECT_EQ(POLLHUP, polled(&poller[1]));
}

TEST_F(ns, poll_times_out)
{
	struct pollfd p = { .events = IN };

	p.fd = open_sem(new_sem(0));
	ASSERT_LE(0, p.fd);
	EXPECT_EQ(0, poll(&p, 1, 20));
	EXPECT_EQ(0, p.revents);
}

static int selects(int fd, int write)
{
	struct timeval none = {};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return select(fd + 1, write ? NULL : &set, write ? &set : NULL, NULL,
		      &none);
}

TEST_F(ns, select)
{
	int port, sem, fd;

	port = new_port(1);
	ASSERT_LT(0, port);
	fd = open_port(port);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, selects(fd, 0));
	EXPECT_EQ(1, selects(fd, 1));
	ASSERT_EQ(0, send_code(port, 1));
	EXPECT_EQ(1, selects(fd, 0));
	EXPECT_EQ(0, selects(fd, 1));
	sem = new_sem(0);
	fd = open_sem(sem);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, selects(fd, 0));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(1, selects(fd, 0));
}

/* An epoll with one file, or a negative errno. */
static int epoll_with(int fd, unsigned int events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };
	const int ep = epoll_create1(EPOLL_CLOEXEC);

	return ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) ? -errno : ep;
}

/* What comes within ms; 0: nothing. */
static unsigned int next_event(int ep, int ms)
{
	struct epoll_event ev[2];
	const int n = epoll_wait(ep, ev, 2, ms);

	return n == 1 ? ev[0].events : n ? UINT_MAX : 0;
}

TEST_F(ns, epoll_level)
{
	int port, ep, i;

	port = new_port(4);
	ASSERT_LT(0, port);
	ep = epoll_with(open_port(port), IN);
	ASSERT_LE(0, ep);
	EXPECT_EQ(0, next_event(ep, 0));
	ASSERT_EQ(0, send_code(port, 1));
	/* As long as it is true, as often as one asks. */
	for (i = 0; i < 5; i++)
		EXPECT_EQ(IN, next_event(ep, 0));
	ASSERT_EQ(1, recv_code(port));
	EXPECT_EQ(0, next_event(ep, 0));
	ASSERT_EQ(0, nexus_port_close(port, 0));
	EXPECT_EQ(EPOLLHUP, next_event(ep, 0));
	ASSERT_EQ(0, delete_port(port));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(GONE, next_event(ep, 0));
}

TEST_F(ns, epoll_edge_of_a_port)
{
	int port, in, out, fd, i;

	port = new_port(3);
	ASSERT_LT(0, port);
	fd = open_port(port);
	ASSERT_LE(0, fd);
	in = epoll_with(fd, IN | EPOLLET);
	out = epoll_with(fd, OUT | EPOLLET);
	ASSERT_LE(0, in);
	ASSERT_LE(0, out);
	/* What is so from the beginning. */
	EXPECT_EQ(OUT, next_event(out, 0));
	EXPECT_EQ(0, next_event(out, 0));
	EXPECT_EQ(0, next_event(in, 0));
	/* Each message is one event, whether or not the last was received. */
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, send_code(port, i));
		EXPECT_EQ(IN, next_event(in, 0))
			TH_LOG("message %d", i);
		EXPECT_EQ(0, next_event(in, 0))
			TH_LOG("message %d", i);
		EXPECT_EQ(0, next_event(out, 0));
	}
	/* So is each slot, and that is nothing for those who read. */
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(i, recv_code(port));
		EXPECT_EQ(0, next_event(in, 0))
			TH_LOG("slot %d", i);
		EXPECT_EQ(OUT, next_event(out, 0))
			TH_LOG("slot %d", i);
		EXPECT_EQ(0, next_event(out, 0));
	}
	/* Neither is to be asked or owned. */
	EXPECT_EQ(0, queued(port));
	ASSERT_EQ(0, nexus_set_owner(PORT, port, 0, 0));
	EXPECT_EQ(-EAGAIN, recv_code(port));
	EXPECT_EQ(0, next_event(in, 0));
	EXPECT_EQ(0, next_event(out, 0));
	ASSERT_EQ(0, nexus_port_close(port, 0));
	EXPECT_EQ(EPOLLHUP, next_event(in, 0));
	EXPECT_EQ(0, next_event(in, 0));
	EXPECT_EQ(EPOLLHUP, next_event(out, 0));
	ASSERT_EQ(0, nexus_port_close(port, 0));
	ASSERT_EQ(0, delete_port(port));
	EXPECT_EQ(GONE, next_event(in, 0));
	EXPECT_EQ(0, next_event(in, 0));
	EXPECT_EQ(GONE, next_event(out, 0));
}

TEST_F(ns, epoll_edge_of_a_semaphore)
{
	struct sem_op op;
	int sem, ep, i;

	sem = new_sem(1);
	ASSERT_LT(0, sem);
	ep = epoll_with(open_sem(sem), IN | EPOLLET);
	ASSERT_LE(0, ep);
	EXPECT_EQ(IN, next_event(ep, 0));
	EXPECT_EQ(0, next_event(ep, 0));
	/* Each release, whether or not the units before were acquired. */
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, release(sem, 1 + i));
		EXPECT_EQ(IN, next_event(ep, 0));
		EXPECT_EQ(0, next_event(ep, 0));
	}
	/* Neither to acquire, nor what fails. */
	ASSERT_EQ(0, try_acquire(sem, 3));
	EXPECT_EQ(-EAGAIN, try_acquire(sem, 5));
	EXPECT_EQ(-EOVERFLOW, release(sem, INT_MAX));
	ASSERT_EQ(0, nexus_set_owner(SEM, sem, 0, 0));
	EXPECT_EQ(0, next_event(ep, 0));
	ASSERT_EQ(0, try_acquire(sem, 4));

	/* Nor what is for those who wait. */
	op = acquire_op(sem, 3);
	ASSERT_EQ(0, start_sem_op(&op));
	ASSERT_EQ(0, release(sem, 2));
	EXPECT_EQ(0, next_event(ep, 0));
	ASSERT_EQ(0, release(sem, 1));
	ASSERT_EQ(0, join_sem_op(&op));
	EXPECT_EQ(0, next_event(ep, 0));
	/* But what they leave. */
	ASSERT_EQ(0, start_sem_op(&op));
	ASSERT_EQ(0, release(sem, 7));
	ASSERT_EQ(0, join_sem_op(&op));
	EXPECT_EQ(IN, next_event(ep, 0));
	EXPECT_EQ(0, next_event(ep, 0));
	ASSERT_EQ(0, delete_sem(sem));
	EXPECT_EQ(GONE, next_event(ep, 0));
	EXPECT_EQ(0, next_event(ep, 0));
}

static void nothing(int sig)
{
}

/* Who leaves the line may leave units to others. */
TEST_F(ns, departing_waiter_is_an_event)
{
	struct sigaction sa = { .sa_handler = nothing };
	struct sem_op op;
	int sem, ep, way;

	sigaction(SIGUSR1, &sa, NULL);
	for (way = 0; way < 2; way++) {
		sem = new_sem(3);
		ASSERT_LT(0, sem);
		ep = epoll_with(open_sem(sem), IN | EPOLLET);
		ASSERT_LE(0, ep);
		EXPECT_EQ(IN, next_event(ep, 0));
		op = acquire_op(sem, 5);
		ASSERT_EQ(0, start_sem_op(&op));
		EXPECT_EQ(0, next_event(ep, 0));
		if (way)
			ASSERT_EQ(0, nexus_sem_release(sem, -1, ALL));
		if (!way)
			pthread_kill(op.thread, SIGUSR1);
		EXPECT_EQ(way ? -ECANCELED : -EINTR, join_sem_op(&op));
		EXPECT_EQ(IN, next_event(ep, 0));
		EXPECT_EQ(0, next_event(ep, 0));
	}
}

TEST_F(ns, departing_writer_is_an_event)
{
	struct sigaction sa = { .sa_handler = nothing };
	struct op writer = SEND_OP();
	int port, ep;

	/* It waits, so the queue is full: its leaving changes nothing. */
	sigaction(SIGUSR1, &sa, NULL);
	port = new_port(1);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, send_code(port, 1));
	ep = epoll_with(open_port(port), OUT);
	ASSERT_LE(0, ep);
	writer.port = port;
	ASSERT_EQ(0, start_op(&writer));
	EXPECT_EQ(0, next_event(ep, 0));
	pthread_kill(writer.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, join_op(&writer));
	EXPECT_EQ(0, next_event(ep, 0));
	ASSERT_EQ(1, recv_code(port));
	EXPECT_EQ(OUT, next_event(ep, 0));
}

TEST_F(ns, epoll_edge_of_a_thread)
{
	struct sem_op op;
	int ep;

	ASSERT_EQ(0, gated_thread(&op));
	ep = epoll_with(nexus_open(THREAD, op.tid, 0), IN | EPOLLET);
	ASSERT_LE(0, ep);
	EXPECT_EQ(0, next_event(ep, 0));
	ASSERT_EQ(0, open_gate(&op));
	EXPECT_EQ(IN | EPOLLHUP, next_event(ep, PATIENCE_MS));
	EXPECT_EQ(0, next_event(ep, 20));
}

TEST_F(ns, epoll_oneshot)
{
	struct epoll_event ev = { .events = IN | EPOLLONESHOT };
	int sem, fd, ep;

	sem = new_sem(1);
	ASSERT_LT(0, sem);
	fd = open_sem(sem);
	ep = epoll_with(fd, IN | EPOLLONESHOT);
	ASSERT_LE(0, ep);
	EXPECT_EQ(IN, next_event(ep, 0));
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, next_event(ep, 0));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev));
	EXPECT_EQ(IN, next_event(ep, 0));
}

/* io_uring, without a library. */
struct ring {
	int fd;
	struct io_uring_params p;
	char *sq;
	char *cq;
	struct io_uring_sqe *sqes;
};

static int make_ring(struct ring *ring)
{
	const int prot = PROT_READ | PROT_WRITE;
	struct io_uring_params *p = &ring->p;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(__NR_io_uring_setup, 8, p);
	if (ring->fd < 0)
		return -errno;
	ring->sq = mmap(NULL, p->sq_off.array + p->sq_entries * 4, prot,
			MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->cq = mmap(NULL, p->cq_off.cqes + p->cq_entries *
			sizeof(struct io_uring_cqe), prot, MAP_SHARED,
			ring->fd, IORING_OFF_CQ_RING);
	ring->sqes = mmap(NULL, p->sq_entries * sizeof(*ring->sqes), prot,
			  MAP_SHARED, ring->fd, IORING_OFF_SQES);
	return ring->sq == MAP_FAILED || ring->cq == MAP_FAILED ||
	       ring->sqes == MAP_FAILED ? -ENOMEM : 0;
}

static int ring_poll(struct ring *ring, int fd, unsigned int events, int multi)
{
	unsigned int *tail = (void *)(ring->sq + ring->p.sq_off.tail);
	unsigned int *array = (void *)(ring->sq + ring->p.sq_off.array);
	const unsigned int i = *tail & (ring->p.sq_entries - 1);

	memset(&ring->sqes[i], 0, sizeof(ring->sqes[i]));
	ring->sqes[i].opcode = IORING_OP_POLL_ADD;
	ring->sqes[i].fd = fd;
	ring->sqes[i].poll32_events = events;
	ring->sqes[i].len = multi ? IORING_POLL_ADD_MULTI : 0;
	array[i] = i;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return syscall(__NR_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) != 1;
}

/* The next result: waits for it if told so; otherwise 0 if there is none. */
static int ring_next(struct ring *ring, int wait)
{
	unsigned int *head = (void *)(ring->cq + ring->p.cq_off.head);
	unsigned int *tail = (void *)(ring->cq + ring->p.cq_off.tail);
	struct io_uring_cqe *cqes = (void *)(ring->cq + ring->p.cq_off.cqes);
	int res;

	syscall(__NR_io_uring_enter, ring->fd, 0, wait, IORING_ENTER_GETEVENTS,
		NULL, 0);
	if (*head == __atomic_load_n(tail, __ATOMIC_ACQUIRE))
		return 0;
	res = cqes[*head & (ring->p.cq_entries - 1)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return res;
}

TEST_F(ns, io_uring)
{
	struct ring ring;
	struct sem_op op;
	int port, sem, err, i;

	err = make_ring(&ring);
	if (err == -ENOSYS || err == -EPERM)
		SKIP(return, "needs CONFIG_IO_URING");
	ASSERT_EQ(0, err);
	port = new_port(2);
	sem = new_sem(0);
	ASSERT_LT(0, port);
	ASSERT_LT(0, sem);
	/* At once. */
	ASSERT_EQ(0, ring_poll(&ring, open_port(port), OUT, 0));
	EXPECT_EQ(OUT, ring_next(&ring, 1));
	/* Later, once. */
	ASSERT_EQ(0, ring_poll(&ring, open_port(port), IN, 0));
	EXPECT_EQ(0, ring_next(&ring, 0));
	ASSERT_EQ(0, send_code(port, 1));
	EXPECT_EQ(IN, ring_next(&ring, 1));
	ASSERT_EQ(0, send_code(port, 2));
	EXPECT_EQ(0, ring_next(&ring, 0));
	/* Each time. */
	ASSERT_EQ(0, ring_poll(&ring, open_sem(sem), IN, 1));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(0, ring_next(&ring, 0));
		ASSERT_EQ(0, release(sem, 1));
		EXPECT_EQ(IN, ring_next(&ring, 1));
		ASSERT_EQ(0, try_acquire(sem, 1));
	}
	EXPECT_EQ(0, ring_next(&ring, 0));
	ASSERT_EQ(0, delete_sem(sem));
	EXPECT_EQ(GONE, ring_next(&ring, 1));
	ASSERT_EQ(0, gated_thread(&op));
	ASSERT_EQ(0, ring_poll(&ring, nexus_open(THREAD, op.tid, 0), IN, 0));
	EXPECT_EQ(0, ring_next(&ring, 0));
	ASSERT_EQ(0, open_gate(&op));
	EXPECT_EQ(IN | POLLHUP, ring_next(&ring, 1));
}

TEST_F(ns, several_files_of_one_object)
{
	int sem, fd[50], i;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	for (i = 0; i < 50; i++) {
		fd[i] = i % 5 == 4 ? dup(fd[i - 1]) : open_sem(sem);
		ASSERT_LE(0, fd[i]);
	}
	ASSERT_EQ(0, release(sem, 1));
	for (i = 0; i < 50; i++) {
		EXPECT_EQ(IN, ready(fd[i]));
		/* The end of one is not that of the others. */
		if (i & 1)
			close(fd[i]);
	}
	ASSERT_EQ(0, delete_sem(sem));
	for (i = 0; i < 50; i += 2)
		EXPECT_EQ(GONE, ready(fd[i]));
}

TEST_F(ns, closed_file_in_an_epoll)
{
	int sem, fd, ep;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	fd = open_sem(sem);
	ep = epoll_with(fd, IN);
	ASSERT_LE(0, ep);
	close(fd);
	ASSERT_EQ(0, release(sem, 1));
	EXPECT_EQ(0, next_event(ep, 0));
	fd = open_sem(sem);
	ep = epoll_with(fd, IN);
	ASSERT_LE(0, ep);
	close(ep);
	ASSERT_EQ(0, delete_sem(sem));
	EXPECT_EQ(GONE, ready(fd));
}

TEST_HARNESS_MAIN

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * io_uring without a library: one request at a time.
 */
#ifndef _SELFTESTS_NEXUS_AREA_URING_H
#define _SELFTESTS_NEXUS_AREA_URING_H

#include "common.h"

#include <linux/io_uring.h>

struct uring {
	int fd;
	struct io_uring_params p;
	char *sq;
	char *cq;
	struct io_uring_sqe *sqes;
};

static inline int make_uring(struct uring *ring)
{
	const int prot = PROT_READ | PROT_WRITE;
	struct io_uring_params *p = &ring->p;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(__NR_io_uring_setup, 4, p);
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

/* Does one thing, and returns its result. */
static inline int uring_do(struct uring *ring, const struct io_uring_sqe *sqe)
{
	unsigned int *sq_tail = (void *)(ring->sq + ring->p.sq_off.tail);
	unsigned int *array = (void *)(ring->sq + ring->p.sq_off.array);
	unsigned int *cq_head = (void *)(ring->cq + ring->p.cq_off.head);
	unsigned int *cq_tail = (void *)(ring->cq + ring->p.cq_off.tail);
	struct io_uring_cqe *cqes = (void *)(ring->cq + ring->p.cq_off.cqes);
	const unsigned int i = *sq_tail & (ring->p.sq_entries - 1);
	int res;

	ring->sqes[i] = *sqe;
	array[i] = i;
	__atomic_store_n(sq_tail, *sq_tail + 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring->fd, 1, 1,
		    IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -errno;
	if (*cq_head == __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE))
		return -EIO;
	res = cqes[*cq_head & (ring->p.cq_entries - 1)].res;
	__atomic_store_n(cq_head, *cq_head + 1, __ATOMIC_RELEASE);
	return res;
}

/* Pins a range of memory for good: buffer 0 of the ring. */
static inline int uring_pin(struct uring *ring, void *p, size_t size)
{
	struct iovec iov = { p, size };

	return syscall(__NR_io_uring_register, ring->fd,
		       IORING_REGISTER_BUFFERS, &iov, 1) ? -errno : 0;
}

/* Reads from a file into pinned memory, past the page tables. */
static inline int uring_read_fixed(struct uring *ring, int fd, void *p,
				   size_t size)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ_FIXED,
		.fd = fd,
		.off = (__u64)-1,
		.addr = (uintptr_t)p,
		.len = size,
	};

	return uring_do(ring, &sqe);
}

#endif /* _SELFTESTS_NEXUS_AREA_URING_H */

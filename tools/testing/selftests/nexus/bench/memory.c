// SPDX-License-Identifier: GPL-2.0
/*
 * Kinds of memory that several processes can map: what Linux has had, and
 * areas of Nexus.
 *
 * A memfd does not set memory aside beforehand and counts each page when it
 * comes, the others count all of it when they are made.
 */
#include <errno.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "bench.h"
#include "nexus_sys.h"

size_t page_size;

/* One write a page, and one read; the compiler must not do better. */
void memory_write(const struct memory *mem, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += page_size) {
		mem->addr[i] = 1;
		asm volatile("" : : : "memory");
	}
}

void memory_read(const struct memory *mem, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += page_size)
		asm volatile("" : : "r" (mem->addr[i]));
}

static int map_memory(struct memory *mem, int flags)
{
	void *addr = mmap(NULL, mem->size, PROT_READ | PROT_WRITE, flags,
			  mem->id, 0);

	if (addr == MAP_FAILED)
		return -errno;
	mem->addr = addr;
	return 0;
}

static int make_memfd(struct memory *mem, size_t size, int flags)
{
	int err;

	mem->size = size;
	mem->id = memfd_create("nexus_bench", MFD_CLOEXEC);
	if (mem->id < 0)
		return -errno;
	err = ftruncate(mem->id, (off_t)size) ? -errno : 0;
	if (!err)
		err = map_memory(mem, flags);
	if (err)
		close(mem->id);
	return err;
}

static int make_shared_memfd(struct memory *mem, size_t size)
{
	return make_memfd(mem, size, MAP_SHARED);
}

static int make_private_memfd(struct memory *mem, size_t size)
{
	return make_memfd(mem, size, MAP_PRIVATE);
}

static int drop_memfd(struct memory *mem)
{
	int err = munmap(mem->addr, mem->size) ? -errno : 0;

	return close(mem->id) ? -errno : err;
}

const struct memory_ops memfd_memory = {
	.name = "memfd",
	.fd = true,
	.make = make_shared_memfd,
	.drop = drop_memfd,
};

const struct memory_ops memfd_private_memory = {
	.name = "memfd, private",
	.fd = true,
	.make = make_private_memfd,
	.drop = drop_memfd,
};

/* Shared with children only: nobody else can get at it. */

static int make_zero(struct memory *mem, size_t size)
{
	mem->size = size;
	mem->id = -1;
	return map_memory(mem, MAP_SHARED | MAP_ANONYMOUS);
}

static int drop_zero(struct memory *mem)
{
	return munmap(mem->addr, mem->size) ? -errno : 0;
}

const struct memory_ops zero_memory = {
	.name = "shared anonymous memory",
	.make = make_zero,
	.drop = drop_zero,
};

/* SysV shared memory, deleted as soon as nobody maps it. */

static int make_sysv(struct memory *mem, size_t size)
{
	void *addr;
	int err;

	mem->size = size;
	mem->id = shmget(IPC_PRIVATE, size, 0600);
	if (mem->id < 0)
		return -errno;
	addr = shmat(mem->id, NULL, 0);
	if (addr == (void *)-1) {
		err = -errno;
		shmctl(mem->id, IPC_RMID, NULL);
		return err;
	}
	mem->addr = addr;
	return 0;
}

static int drop_sysv(struct memory *mem)
{
	int err = shmdt(mem->addr) ? -errno : 0;

	return shmctl(mem->id, IPC_RMID, NULL) ? -errno : err;
}

const struct memory_ops sysv_memory = {
	.name = "SysV shared memory",
	.make = make_sysv,
	.drop = drop_sysv,
};

static int make_area(struct memory *mem, size_t size)
{
	void *addr;

	mem->size = size;
	mem->id = nexus_area_create("nexus_bench", size, &addr);
	if (mem->id < 0)
		return mem->id;
	mem->addr = addr;
	return 0;
}

static int drop_area(struct memory *mem)
{
	return nexus_delete(NEXUS_TYPE_AREA, mem->id);
}

const struct memory_ops area_memory = {
	.name = "Nexus area",
	.make = make_area,
	.drop = drop_area,
};

/* The clone is used, its source is there to make it one. */

static int make_clone(struct memory *mem, size_t size)
{
	int err = make_area(mem, size);
	void *addr;

	if (err)
		return err;
	mem->other = mem->id;
	mem->id = nexus_area_clone("nexus_bench", mem->other, &addr);
	if (mem->id < 0) {
		nexus_delete(NEXUS_TYPE_AREA, mem->other);
		return mem->id;
	}
	mem->addr = addr;
	return 0;
}

static int drop_clone(struct memory *mem)
{
	int err = drop_area(mem);
	int err2 = nexus_delete(NEXUS_TYPE_AREA, mem->other);

	return err ? err : err2;
}

const struct memory_ops clone_memory = {
	.name = "Nexus area, a clone",
	.make = make_clone,
	.drop = drop_clone,
};

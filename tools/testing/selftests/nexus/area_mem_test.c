// SPDX-License-Identifier: GPL-2.0
/*
 * Areas as memory: madvise(), memory locks, resource limits, debuggers,
 * userfaultfd, futexes, system calls that read and write, what /proc and a
 * core dump show.
 */
#include "ns.h"
#include "area_team.h"

#include <linux/elf.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>

/* Advice that is no more than that, and must be accepted or may be refused. */
static const struct {
	const char *name;
	int advice;
	int optional;
} advice[] = {
	{ "NORMAL", MADV_NORMAL, 0 },
	{ "RANDOM", MADV_RANDOM, 0 },
	{ "SEQUENTIAL", MADV_SEQUENTIAL, 0 },
	{ "WILLNEED", MADV_WILLNEED, 0 },
	{ "DONTNEED", MADV_DONTNEED, 0 },
	{ "DONTFORK", MADV_DONTFORK, 0 },
	{ "DOFORK", MADV_DOFORK, 0 },
	{ "DONTDUMP", MADV_DONTDUMP, 0 },
	{ "DODUMP", MADV_DODUMP, 0 },
	{ "COLD", 20, 0 },
	{ "PAGEOUT", 21, 0 },
	{ "POPULATE_READ", 22, 0 },
	{ "POPULATE_WRITE", 23, 0 },
	{ "HUGEPAGE", MADV_HUGEPAGE, 1 },
	{ "NOHUGEPAGE", MADV_NOHUGEPAGE, 1 },
	{ "MERGEABLE", MADV_MERGEABLE, 1 },
	{ "UNMERGEABLE", MADV_UNMERGEABLE, 1 },
	{ "COLLAPSE", 25, 1 },
	/* Not for memory that has a file behind it. */
	{ "FREE", MADV_FREE, 1 },
	{ "WIPEONFORK", 18, 1 },
	{ "KEEPONFORK", 19, 1 },
};

/* The whole area, or its middle. */
static void advise(struct __test_metadata *_metadata, int cloned, int part)
{
	struct nexus_area_info before, after;
	char *p = slot(0);
	int id, ret;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(advice); i++) {
		id = slot_area(0, 4, RDWR);
		ASSERT_LT(0, id);
		if (cloned)
			ASSERT_LT(0, slot_clone(1, id, RDWR));
		fill_pages(p, 4, i);
		ASSERT_EQ(0, area_info(id, &before));
		ret = madvise(part ? p + PAGE : p, (part ? 2 : 4) * PAGE,
			      advice[i].advice);
		if (!advice[i].optional)
			EXPECT_EQ(0, ret)
				TH_LOG("%s: %m", advice[i].name);
		EXPECT_TRUE(pages_filled(p, 4, i))
			TH_LOG("%s", advice[i].name);
		if (cloned)
			EXPECT_TRUE(pages_filled(slot(1), 4, i));
		EXPECT_EQ(0, area_info(id, &after));
		before.ram_size = 0;
		after.ram_size = 0;
		EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
		EXPECT_EQ(1 + cloned, areas());
		EXPECT_EQ(id, area_for(p));
		EXPECT_EQ(id, area_for(p + PAGE));
		EXPECT_EQ(id, area_for(p + 3 * PAGE));
		ASSERT_EQ(0, delete_area(id));
		EXPECT_EQ(0, vmas_at(p, 4));
		if (cloned)
			ASSERT_EQ(0, delete_area(area_for(slot(1))));
	}
}

TEST_F(ns, madvise)
{
	advise(_metadata, 0, 0);
}

TEST_F(ns, madvise_a_part)
{
	advise(_metadata, 0, 1);
}

TEST_F(ns, madvise_of_a_source)
{
	advise(_metadata, 1, 0);
}

TEST_F(ns, madvise_a_part_of_a_source)
{
	advise(_metadata, 1, 1);
}

static long do_remove(struct team *team)
{
	return madvise((void *)team->arg[0], team->arg[1], MADV_REMOVE) ?
		-errno : 0;
}

/* The one that takes memory away takes it from all who share it. */
TEST_F(ns, madvise_remove)
{
	struct team *team = team_start();
	char *p = slot(0);
	int id;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 4, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	ASSERT_LT(0, team_slot_clone(team, 1, id, RDWR));
	fill_pages(p, 4, 5);
	EXPECT_EQ(1, team_pages_filled(team, slot(1), 4, 5));
	ASSERT_EQ(0, madvise(p + PAGE, 2 * PAGE, MADV_REMOVE));
	EXPECT_TRUE(pages_filled(p, 1, 5));
	EXPECT_TRUE(all_zero(p + PAGE, 2));
	EXPECT_TRUE(pages_filled(p + 3 * PAGE, 1, 8));
	EXPECT_EQ(1, team_pages_filled(team, slot(1), 1, 5));
	EXPECT_EQ(1, team_all_zero(team, slot(1) + PAGE, 2));
	p[PAGE] = 9;
	EXPECT_EQ(9, team_peek(team, slot(1) + PAGE));
	/* Not by one that may only read. */
	ASSERT_EQ(0, nexus_area_protect(id, RDONLY | CLONEABLE));
	ASSERT_LT(0, team_slot_clone(team, 2, id, RDONLY));
	EXPECT_EQ(-EACCES, team_do(team, do_remove, (long)slot(2), PAGE, 0,
				   0));
	EXPECT_TRUE(pages_filled(p, 1, 5));
	EXPECT_EQ(0, team_end(team));
}

static const struct {
	unsigned int lock;
	const char *name;
} locks[] = {
	{ NEXUS_AREA_FULL_LOCK, "full" },
	{ NEXUS_AREA_CONTIGUOUS, "contiguous" },
	{ NEXUS_AREA_LOMEM, "lomem" },
	{ NEXUS_AREA_32_BIT_FULL, "32-bit full" },
	{ NEXUS_AREA_32_BIT_CONTIGUOUS, "32-bit contiguous" },
};

static long locked_area(unsigned int n, size_t pages, unsigned int lock)
{
	struct nexus_area_args args = slot_args(n, pages, RDWR | CLONEABLE);

	args.lock = lock;
	return create_area(&args);
}

TEST_F(ns, full_lock)
{
	const long before = own_kb("VmLck");
	const long kb = PAGE / 1024;
	struct nexus_area_info info;
	char *p = slot(0);
	size_t i;
	int id;

	ASSERT_LE(0, before);
	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		id = locked_area(0, 16, locks[i].lock);
		ASSERT_LT(0, id)
			TH_LOG("%s", locks[i].name);
		EXPECT_EQ(0, area_info(id, &info));
		EXPECT_EQ(16 * PAGE, info.ram_size)
			TH_LOG("%s", locks[i].name);
		EXPECT_EQ(locks[i].lock, info.lock);
		EXPECT_EQ(16, resident(p, 16));
		EXPECT_EQ(before + 16 * kb, own_kb("VmLck"));
		EXPECT_TRUE(all_zero(p, 16));
		/* It cannot be talked out of it. */
		EXPECT_EQ(-1, madvise(p, 16 * PAGE, MADV_DONTNEED));
		EXPECT_EQ(16, resident(p, 16));
		fill_pages(p, 16, 3);
		ASSERT_EQ(0, munmap(p + 4 * PAGE, 4 * PAGE));
		EXPECT_EQ(before + 12 * kb, own_kb("VmLck"));
		EXPECT_EQ(0, area_info(area_for(p + 8 * PAGE), &info));
		EXPECT_EQ(locks[i].lock, info.lock);
		ASSERT_EQ(slot(1), mremap(p, 4 * PAGE, 4 * PAGE,
					  MREMAP_MAYMOVE | MREMAP_FIXED,
					  slot(1)));
		EXPECT_EQ(before + 12 * kb, own_kb("VmLck"));
		EXPECT_EQ(4, resident(slot(1), 4));
		EXPECT_TRUE(pages_filled(slot(1), 4, 3));
		ASSERT_EQ(0, delete_area(id));
		EXPECT_EQ(before + 8 * kb, own_kb("VmLck"));
		ASSERT_EQ(0, delete_area(info.id));
		EXPECT_EQ(before, own_kb("VmLck"));
	}
}

/* Also with a protection that would fault nothing in. */
TEST_F(ns, full_lock_and_protection)
{
	static const unsigned int protections[] = {
		0, RDONLY, RDWR, RDWR | NEXUS_AREA_STACK, NEXUS_AREA_EXEC,
		RDWR | NEXUS_AREA_OVERCOMMIT,
	};
	struct nexus_area_args args;
	struct nexus_area_info info;
	size_t i;
	int id;

	for (i = 0; i < ARRAY_SIZE(protections); i++) {
		args = slot_args(0, 8, protections[i]);
		args.lock = NEXUS_AREA_FULL_LOCK;
		id = create_area(&args);
		ASSERT_LT(0, id)
			TH_LOG("protection %#x", protections[i]);
		EXPECT_EQ(0, area_info(id, &info));
		EXPECT_EQ(8 * PAGE, info.ram_size)
			TH_LOG("protection %#x", protections[i]);
		EXPECT_EQ(8, resident(slot(0), 8));
		ASSERT_EQ(0, delete_area(id));
	}
}

TEST_F(ns, lazy_lock)
{
	const long before = own_kb("VmLck");
	struct nexus_area_info info;
	char *p = slot(0);
	int id;

	id = locked_area(0, 16, NEXUS_AREA_LAZY_LOCK);
	ASSERT_LT(0, id);
	EXPECT_EQ(before + 16 * (long)(PAGE / 1024), own_kb("VmLck"));
	EXPECT_EQ(0, resident(p, 16));
	p[0] = 1;
	p[5 * PAGE] = 1;
	EXPECT_EQ(2, resident(p, 16));
	EXPECT_EQ(0, area_info(id, &info));
	EXPECT_EQ(2 * PAGE, info.ram_size);
	EXPECT_EQ(NEXUS_AREA_LAZY_LOCK, info.lock);
	EXPECT_EQ(-1, madvise(p, 16 * PAGE, MADV_DONTNEED));
	EXPECT_EQ(2, resident(p, 16));
	ASSERT_EQ(0, delete_area(id));
	EXPECT_EQ(before, own_kb("VmLck"));
}

/* A clone is locked as its source, and counts once more. */
TEST_F(ns, clone_of_a_locked_area)
{
	struct team *team = team_start();
	const long kb = PAGE / 1024;
	int id, clone;
	long before;

	ASSERT_NE(NULL, team);
	before = own_kb("VmLck");
	id = locked_area(0, 8, NEXUS_AREA_FULL_LOCK);
	ASSERT_LT(0, id);
	clone = slot_clone(1, id, RDWR);
	ASSERT_LT(0, clone);
	EXPECT_EQ(before + 16 * kb, own_kb("VmLck"));
	EXPECT_EQ(8, resident(slot(1), 8));
	EXPECT_EQ(0, team_kb(team, "VmLck"));
	clone = team_slot_clone(team, 0, id, RDWR);
	ASSERT_LT(0, clone);
	EXPECT_EQ(8 * kb, team_kb(team, "VmLck"));
	EXPECT_EQ(0, team_info(team, clone));
	EXPECT_EQ(NEXUS_AREA_FULL_LOCK, team->info.lock);
	EXPECT_EQ(0, team_delete(team, clone));
	EXPECT_EQ(0, team_kb(team, "VmLck"));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, mlock)
{
	const long before = own_kb("VmLck");
	const long kb = PAGE / 1024;
	char *p = slot(0);
	int id;

	id = slot_area(0, 8, RDWR);
	ASSERT_LT(0, id);
	EXPECT_EQ(0, resident(p, 8));
	ASSERT_EQ(0, mlock(p + PAGE, 4 * PAGE));
	EXPECT_EQ(before + 4 * kb, own_kb("VmLck"));
	EXPECT_EQ(4, resident(p, 8));
	ASSERT_EQ(0, mlock(p, 8 * PAGE));
	EXPECT_EQ(before + 8 * kb, own_kb("VmLck"));
	EXPECT_EQ(8, resident(p, 8));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(8, area_pages(id));
	ASSERT_EQ(0, munlock(p, 2 * PAGE));
	EXPECT_EQ(before + 6 * kb, own_kb("VmLck"));
	EXPECT_EQ(id, area_for(p + 4 * PAGE));
	ASSERT_EQ(0, delete_area(id));
	EXPECT_EQ(before, own_kb("VmLck"));
	/* What the team asks for in general goes for areas, too. */
	ASSERT_EQ(0, mlockall(MCL_FUTURE));
	id = slot_area(0, 8, RDWR);
	ASSERT_LT(0, id);
	EXPECT_EQ(8, resident(p, 8));
	EXPECT_EQ(0, munlockall());
	EXPECT_EQ(0, own_kb("VmLck"));
	ASSERT_EQ(0, delete_area(id));
}

static long do_lock_limit(struct team *team)
{
	struct nexus_area_info info;
	unsigned int lock;
	int id, clone;
	long before;

	if (become(1000, 1000))
		return 1;
	before = picture();
	for (lock = 1; lock <= NEXUS_AREA_32_BIT_CONTIGUOUS; lock++) {
		/* Four pages are allowed, in as many areas as one likes. */
		if (locked_area(0, 5, lock) != -ENOMEM)
			return lock * 100 + 2;
		id = locked_area(0, 3, lock);
		if (id < 0)
			return lock * 100 + 3;
		if (locked_area(1, 2, lock) != -ENOMEM)
			return lock * 100 + 4;
		clone = locked_area(1, 1, lock);
		if (clone < 0 || delete_area(clone))
			return lock * 100 + 5;
		/* A clone would be locked as well. */
		if (slot_clone(1, id, RDWR) != -ENOMEM)
			return lock * 100 + 6;
		if (area_info(id, &info) || info.flags & NEXUS_AREA_SHARED)
			return lock * 100 + 7;
		/* What has no lock needs no allowance. */
		clone = slot_area(1, 100, RDWR);
		if (clone < 0 || delete_area(clone))
			return lock * 100 + 8;
		if (munmap(slot(0), PAGE))
			return lock * 100 + 9;
		clone = slot_clone(1, id, RDWR);
		if (clone < 0 || delete_area(clone) || delete_area(id))
			return lock * 100 + 10;
		if (picture() != before)
			return lock * 100 + 11;
	}
	return 0;
}

TEST_F(ns, memlock_limit)
{
	struct team *team = team_start();

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_limit(team, RLIMIT_MEMLOCK, 4 * PAGE));
	/* The privileged may have more. */
	ASSERT_EQ(0, team_kb(team, "VmLck"));
	team->args = slot_args(2, 64, RDWR);
	team->args.lock = NEXUS_AREA_FULL_LOCK;
	EXPECT_LT(0, team_do(team, do_create, 0, 0, 0, 0));
	EXPECT_EQ(0, team_munmap(team, slot(2), 64));
	EXPECT_EQ(0, team_do(team, do_lock_limit, 0, 0, 0, 0));
	EXPECT_EQ(0, areas());
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, no_memlock_at_all)
{
	struct team *team = team_start();
	unsigned int lock;

	ASSERT_NE(NULL, team);
	ASSERT_EQ(0, team_limit(team, RLIMIT_MEMLOCK, 0));
	ASSERT_EQ(0, team_become(team, 1000));
	for (lock = 1; lock <= NEXUS_AREA_32_BIT_CONTIGUOUS; lock++) {
		team->args = slot_args(0, 1, RDWR);
		team->args.lock = lock;
		EXPECT_EQ(-ENOMEM, team_do(team, do_create, 0, 0, 0, 0));
	}
	EXPECT_LT(0, team_slot_area(team, 0, 1, RDWR));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, address_space_limit)
{
	struct team *team = team_start();
	long before, size;
	int id, small;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 64, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	small = team_slot_area(team, 1, 2, RDWR);
	ASSERT_LT(0, small);
	size = team_kb(team, "VmSize");
	ASSERT_LT(0, size);
	ASSERT_EQ(0, team_limit(team, RLIMIT_AS, size * 1024UL + 32 * PAGE));
	before = team_picture(team);
	EXPECT_EQ(-ENOMEM, team_slot_area(team, 2, 64, RDWR));
	EXPECT_EQ(-ENOMEM, team_create(team, 64, RDWR));
	EXPECT_EQ(-ENOMEM, team_slot_clone(team, 2, id, RDWR));
	EXPECT_EQ(-ENOMEM, team_clone(team, id, RDWR));
	EXPECT_EQ(-ENOMEM, team_resize(team, small, 66));
	EXPECT_EQ(before, team_picture(team));
	EXPECT_EQ(0, area_flags(id));
	/* What fits is possible. */
	EXPECT_LT(0, team_slot_area(team, 2, 8, RDWR));
	EXPECT_EQ(0, team_resize(team, small, 10));
	EXPECT_EQ(0, team_end(team));
}

/* A debugger writes into the one memory that all the clones see. */
TEST_F(ns, ptrace)
{
	struct team *team = team_start();
	const long word = 0x12345678;
	char *p = slot(0);
	int id, status;

	ASSERT_NE(NULL, team);
	id = team_slot_area(team, 1, 2, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	ASSERT_LT(0, slot_clone(0, id, RDWR));
	fill_pages(p, 2, 1);
	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, team->pid, NULL, NULL));
	ASSERT_EQ(team->pid, waitpid(team->pid, &status, 0));
	errno = 0;
	EXPECT_EQ(*(long *)(p + PAGE),
		  ptrace(PTRACE_PEEKDATA, team->pid, slot(1) + PAGE, NULL));
	EXPECT_EQ(0, errno);
	EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, team->pid, slot(1) + PAGE,
			    (void *)word));
	EXPECT_EQ(word, *(long *)(p + PAGE));
	EXPECT_EQ(0, ptrace(PTRACE_DETACH, team->pid, NULL, NULL));
	EXPECT_EQ((int)(word & 0xff), team_peek(team, slot(1) + PAGE));
	EXPECT_EQ(0, team_end(team));
}

static int mem_of(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	return open(path, O_RDWR | O_CLOEXEC);
}

TEST_F(ns, proc_mem)
{
	struct team *team = team_start();
	char buf[64], *p = slot(0);
	struct iovec local, remote;
	int id, fd;

	ASSERT_NE(NULL, team);
	id = team_slot_area(team, 1, 2, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	ASSERT_LT(0, slot_clone(0, id, RDWR));
	fd = mem_of(team->pid);
	ASSERT_LE(0, fd);
	fill(buf, sizeof(buf), 1);
	EXPECT_EQ(sizeof(buf), pwrite64(fd, buf, sizeof(buf),
					(uintptr_t)slot(1) + 100));
	EXPECT_TRUE(filled(p + 100, sizeof(buf), 1));
	fill(p + PAGE, sizeof(buf), 2);
	EXPECT_EQ(sizeof(buf), pread64(fd, buf, sizeof(buf),
				       (uintptr_t)slot(1) + PAGE));
	EXPECT_TRUE(filled(buf, sizeof(buf), 2));
	close(fd);

	local = (struct iovec){ buf, sizeof(buf) };
	remote = (struct iovec){ slot(1) + 300, sizeof(buf) };
	EXPECT_EQ(sizeof(buf), process_vm_writev(team->pid, &local, 1, &remote,
						 1, 0));
	EXPECT_TRUE(filled(p + 300, sizeof(buf), 2));
	fill(p + 300, sizeof(buf), 3);
	EXPECT_EQ(sizeof(buf), process_vm_readv(team->pid, &local, 1, &remote,
						1, 0));
	EXPECT_TRUE(filled(buf, sizeof(buf), 3));
	EXPECT_EQ(0, team_end(team));
}

static long poke_word(pid_t pid, char *p, long word)
{
	return ptrace(PTRACE_POKEDATA, pid, p, (void *)word) ? -errno : 0;
}

/*
 * A debugger writes also where the process itself must not, if nobody else
 * sees it.  Through a clone for reading it could change the source.
 */
TEST_F(ns, forced_write)
{
	struct team *team = team_start();
	char *p = slot(0);
	int id, own, status;
	long ret;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 2, RDONLY | CLONEABLE);
	ASSERT_LT(0, id);
	/* One that never can be written, one that only is not meant to be. */
	ASSERT_LT(0, team_slot_clone(team, 1, id, RDONLY));
	ASSERT_EQ(0, nexus_area_protect(id, RDWR | CLONEABLE));
	ASSERT_LT(0, team_slot_clone(team, 2, id, RDONLY));
	fill_pages(p, 2, 1);
	own = team_slot_area(team, 3, 2, RDWR | CLONEABLE);
	ASSERT_LT(0, own);
	ASSERT_LT(0, slot_clone(3, own, RDWR));
	fill_pages(slot(3), 2, 4);
	ASSERT_EQ(0, team_protect(team, own, RDONLY));

	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, team->pid, NULL, NULL));
	ASSERT_EQ(team->pid, waitpid(team->pid, &status, 0));
	ret = poke_word(team->pid, slot(1), -1);
	EXPECT_TRUE(!ret || ret == -EIO || ret == -EFAULT);
	ret = poke_word(team->pid, slot(2) + PAGE, -1);
	EXPECT_TRUE(!ret || ret == -EIO || ret == -EFAULT);
	ret = poke_word(team->pid, slot(3), -1);
	EXPECT_TRUE(!ret || ret == -EIO || ret == -EFAULT);
	EXPECT_EQ(0, ptrace(PTRACE_DETACH, team->pid, NULL, NULL));
	EXPECT_TRUE(pages_filled(p, 2, 1));
	EXPECT_TRUE(pages_filled(slot(3), 2, 4));
	EXPECT_EQ(0, team_end(team));
}

struct handler {
	int fd;
	char *page;	/* what to fill in */
	int faults;
};

static void *handle_faults(void *arg)
{
	struct handler *handler = arg;
	struct pollfd pollfd = { .fd = handler->fd, .events = POLLIN };
	struct uffdio_copy copy;
	struct uffd_msg msg;
	int count;

	while (poll(&pollfd, 1, PATIENCE_MS) == 1) {
		if (read(handler->fd, &msg, sizeof(msg)) != sizeof(msg) ||
		    msg.event != UFFD_EVENT_PAGEFAULT)
			break;
		copy = (struct uffdio_copy){
			.dst = msg.arg.pagefault.address & ~(PAGE - 1),
			.src = (uintptr_t)handler->page,
			.len = PAGE,
		};
		/* Before the other thread goes on.  The test expects two. */
		count = __atomic_add_fetch(&handler->faults, 1,
					   __ATOMIC_SEQ_CST);
		if (ioctl(handler->fd, UFFDIO_COPY, &copy))
			break;
		if (count == 2)
			break;
	}
	return NULL;
}

TEST_F(ns, userfaultfd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)slot(0), .len = 4 * PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct handler handler = { .page = slot(2) };
	pthread_t thread;
	char *p = slot(0);
	int id;

	id = slot_area(0, 4, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	ASSERT_LT(0, slot_clone(1, id, RDWR));
	p[PAGE] = 5;
	handler.fd = syscall(__NR_userfaultfd, O_CLOEXEC);
	if (handler.fd < 0)
		SKIP(return, "no userfaultfd: %m");
	ASSERT_EQ(0, ioctl(handler.fd, UFFDIO_API, &api));
	ASSERT_EQ(0, ioctl(handler.fd, UFFDIO_REGISTER, &reg));
	ASSERT_LT(0, slot_area(2, 1, RDWR));
	fill(handler.page, PAGE, 42);
	ASSERT_EQ(0, pthread_create(&thread, NULL, handle_faults, &handler));
	/* There already, missing, missing and written at once. */
	EXPECT_EQ(5, p[PAGE]);
	EXPECT_EQ(0, __atomic_load_n(&handler.faults, __ATOMIC_SEQ_CST));
	EXPECT_TRUE(filled(p, PAGE, 42));
	EXPECT_EQ(1, __atomic_load_n(&handler.faults, __ATOMIC_SEQ_CST));
	p[2 * PAGE + 7] = 99;
	EXPECT_EQ(2, __atomic_load_n(&handler.faults, __ATOMIC_SEQ_CST));
	handler.page[7] = 99;
	EXPECT_EQ(0, memcmp(p + 2 * PAGE, handler.page, PAGE));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	/* The clone has the same memory, and no watcher. */
	EXPECT_TRUE(filled(slot(1), PAGE, 42));
	EXPECT_EQ(5, slot(1)[PAGE]);
	EXPECT_EQ(0, memcmp(slot(1) + 2 * PAGE, handler.page, PAGE));
	EXPECT_TRUE(all_zero(slot(1) + 3 * PAGE, 1));
	/* A watched area is an area. */
	EXPECT_EQ(4, area_pages(id));
	ASSERT_EQ(0, munmap(p + PAGE, PAGE));
	EXPECT_EQ(4, areas());
	ASSERT_EQ(0, delete_area(id));
	close(handler.fd);
	EXPECT_EQ(2, area_pages(area_for(p + 2 * PAGE)));
}

/* A futex in one area is the futex in its clone. */
static long do_wake(struct team *team)
{
	int *word = (int *)slot(1);
	const int ok = poll_until(syscall(__NR_futex, word, FUTEX_WAKE, 1,
					  NULL, NULL, 0) == 1);

	announce(&word[1], 1);
	return ok;
}

TEST_F(ns, futex_in_a_clone)
{
	struct team *team = team_start();
	int *word = (int *)slot(0);
	int id;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 1, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	ASSERT_LT(0, team_slot_clone(team, 1, id, RDWR));
	team_begin(team, do_wake, 0, 0, 0, 0);
	while (!__atomic_load_n(&word[1], __ATOMIC_ACQUIRE))
		futex_wait_change(word, 0, 100);
	EXPECT_EQ(1, team_result(team));
	EXPECT_EQ(0, team_end(team));
}

TEST_F(ns, system_calls_use_it)
{
	char *p = slot(0);
	int id, pipefd[2];

	id = slot_area(0, 3, RDWR);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, pipe(pipefd));
	fill(p + 100, PAGE, 1);
	ASSERT_EQ(PAGE, write(pipefd[1], p + 100, PAGE));
	ASSERT_EQ(PAGE, read(pipefd[0], p + PAGE + 200, PAGE));
	EXPECT_TRUE(filled(p + PAGE + 200, PAGE, 1));
	ASSERT_EQ(0, nexus_area_protect(id, RDONLY));
	ASSERT_EQ(10, write(pipefd[1], p + 100, 10));
	EXPECT_EQ(-1, read(pipefd[0], p, 10));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, nexus_area_protect(id, 0));
	EXPECT_EQ(-1, write(pipefd[1], p, 10));
	EXPECT_EQ(EFAULT, errno);
}

/* The lines of smaps for the mapping at an address, or NULL. */
static const char *smaps_of(const char *p)
{
	static char text[256 * 1024];
	char start[32], *at, *next;

	if (read_file("/proc/self/smaps", text, sizeof(text)) <= 0)
		return NULL;
	snprintf(start, sizeof(start), "%08llx-",
		 (unsigned long long)(uintptr_t)p);
	at = strstr(text, start);
	if (!at)
		return NULL;
	/* Up to the last line that belongs to it. */
	next = strstr(at, "\nVmFlags:");
	if (next)
		*strchrnul(next + 1, '\n') = 0;
	return at;
}

static long smaps_kb(const char *smaps, const char *key)
{
	char line[32];
	const char *p;

	snprintf(line, sizeof(line), "\n%s:", key);
	p = smaps ? strstr(smaps, line) : NULL;
	return p ? atol(p + strlen(line)) : -1;
}

TEST_F(ns, smaps)
{
	struct team *team = team_start();
	const long kb = PAGE / 1024;
	const char *smaps;
	char *p = slot(0);
	int id;

	ASSERT_NE(NULL, team);
	id = slot_area(0, 8, RDWR | CLONEABLE);
	ASSERT_LT(0, id);
	fill_pages(p, 3, 1);
	smaps = smaps_of(p);
	ASSERT_NE(NULL, smaps);
	EXPECT_NE(NULL, strstr(smaps, "/area:test area (deleted)\n"));
	EXPECT_EQ(8 * kb, smaps_kb(smaps, "Size"));
	EXPECT_EQ(3 * kb, smaps_kb(smaps, "Rss"));
	EXPECT_EQ(3 * kb, smaps_kb(smaps, "Pss"));
	EXPECT_EQ(0, smaps_kb(smaps, "Locked"));
	/* Half of what both of two have belongs to each. */
	ASSERT_LT(0, team_slot_clone(team, 0, id, RDWR));
	EXPECT_EQ(1, team_pages_filled(team, p, 3, 1));
	smaps = smaps_of(p);
	EXPECT_EQ(3 * kb, smaps_kb(smaps, "Rss"));
	EXPECT_EQ(3 * kb / 2, smaps_kb(smaps, "Pss"));
	EXPECT_EQ(0, team_end(team));
	ASSERT_EQ(0, delete_area(id));
	EXPECT_EQ(NULL, smaps_of(p));

	ASSERT_LT(0, locked_area(0, 8, NEXUS_AREA_FULL_LOCK));
	smaps = smaps_of(p);
	EXPECT_EQ(8 * kb, smaps_kb(smaps, "Rss"));
	EXPECT_EQ(8 * kb, smaps_kb(smaps, "Locked"));
}

/*
 * Core dumps.
 */

#if __SIZEOF_POINTER__ == 8
#define core_hdr	elf64_hdr
#define core_phdr	elf64_phdr
#else
#define core_hdr	elf32_hdr
#define core_phdr	elf32_phdr
#endif

#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"

/* Slots 0 to 3, of two pages each, are filled by their number. */
static void prepare_core(int *id)
{
	int i;

	for (i = 0; i < 4; i++) {
		id[i] = i == 3 ? slot_clone(3, id[2], RDONLY) :
				 slot_area(i, 2, RDWR);
		if (i < 3)
			fill_pages(slot(i), 2, i);
	}
	/* One that cannot be read, and one that has private pages. */
	mprotect(slot(1), PAGE, PROT_NONE);
}

static int dump_core(void *arg)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int id[4], *forks = arg;
	pid_t pid;

	if (setrlimit(RLIMIT_CORE, &all))
		return 1;
	prepare_core(id);
	while ((*forks)--) {
		/* Only the last generation dumps, the others copy. */
		pid = fork();
		if (pid)
			return reap(pid);
		slot(0)[PAGE]++;
	}
	abort();
}

/* The contents of the slot in a core file, or NULL. */
static const char *in_core(const char *core, size_t size, const char *address)
{
	const struct core_hdr *ehdr = (const void *)core;
	const struct core_phdr *phdr = (const void *)(core + ehdr->e_phoff);
	int i;

	for (i = 0; i < ehdr->e_phnum; i++, phdr++) {
		if (phdr->p_type != PT_LOAD ||
		    phdr->p_vaddr != (uintptr_t)address)
			continue;
		if (phdr->p_filesz != phdr->p_memsz ||
		    phdr->p_offset + phdr->p_filesz > size)
			return NULL;
		return core + phdr->p_offset;
	}
	return NULL;
}

static void core_dump(struct __test_metadata *_metadata, int forks)
{
	char dir[PATH_MAX], path[PATH_MAX + 16], old[256];
	const char *core, *at;
	const int times = forks;
	struct stat st;
	int fd, status;
	pid_t pid;

	ASSERT_NE(NULL, getcwd(dir, sizeof(dir)));
	ASSERT_LT(0, read_file(CORE_PATTERN, old, sizeof(old)));
	snprintf(path, sizeof(path), "%s/core", dir);
	/* A longer one does not fit into the setting. */
	ASSERT_GT(127, strlen(path));
	if (write_file(CORE_PATTERN, path))
		SKIP(return, "needs the right to set where cores go");
	unlink(path);
	pid = spawn(dump_core, &forks);
	status = reap(pid);
	EXPECT_EQ(0, write_file(CORE_PATTERN, old));
	/* A child's end by a signal is its parent's exit status. */
	EXPECT_EQ(128 + SIGABRT, status);

	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	core = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, core);
	close(fd);
	unlink(path);
	at = in_core(core, st.st_size, slot(0));
	ASSERT_NE(NULL, at);
	EXPECT_TRUE(filled(at, PAGE, 0));
	EXPECT_EQ((char)(31 + times), at[PAGE]);
	at = in_core(core, st.st_size, slot(1));
	ASSERT_NE(NULL, at);
	EXPECT_TRUE(filled(at, PAGE, 1));
	at = in_core(core, st.st_size, slot(2));
	ASSERT_NE(NULL, at);
	EXPECT_TRUE(pages_filled(at, 2, 2));
	at = in_core(core, st.st_size, slot(3));
	ASSERT_NE(NULL, at);
	EXPECT_TRUE(pages_filled(at, 2, 2));
}

TEST_F(ns, core_dump)
{
	core_dump(_metadata, 0);
}

/* Copies are in it, as well as what the child has never looked at. */
TEST_F(ns, core_dump_of_a_child)
{
	core_dump(_metadata, 1);
}

TEST_F(ns, core_dump_of_a_grandchild)
{
	core_dump(_metadata, 2);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * What creating and cloning areas refuse: fields, sizes, addresses.
 */
#include "area_errno.h"
#include <sys/resource.h>

TEST_F(refuse, fields)
{
	struct nexus_area_args args;
	unsigned int bit;
	int clone;
	size_t i;

	for (clone = 0; clone < 2; clone++) {
		for (bit = 0; bit < 32; bit++) {
			args = good();
			args.flags = 1u << bit;
			if (bit)
				EXPECT_EQ(-EINVAL, make_with(clone, self->area,
							     args));
			args.flags |= NEXUS_CREATE_MODE;
			if (bit)
				EXPECT_EQ(-EINVAL, make_with(clone, self->area,
							     args));
			args = good();
			args.__pad = 1u << bit;
			EXPECT_EQ(-EINVAL, make_with(clone, self->area, args));
			/* A mode that nothing announces, or more bits. */
			args = good();
			args.mode = 1u << bit;
			EXPECT_EQ(-EINVAL, make_with(clone, self->area, args));
			args.flags = NEXUS_CREATE_MODE;
			if (bit >= 9)
				EXPECT_EQ(-EINVAL, make_with(clone, self->area,
							     args));
			args = good();
			args.protection = 1u << bit;
			if (!(1u << bit & 0x110f))
				EXPECT_EQ(-EINVAL, make_with(clone, self->area,
							     args));
			args.protection |= RDWR | CLONEABLE;
			if (!(1u << bit & 0x110f))
				EXPECT_EQ(-EINVAL, make_with(clone, self->area,
							     args));
			/* 0, 1, 2, 6 and 7 are good. */
			args = good();
			args.spec = bit;
			if (bit > 7 || (bit >= 3 && bit <= 5))
				EXPECT_EQ(-EINVAL, make_with(clone, self->area,
							     args));
			args.spec = 1u << bit;
			if (bit > 2)
				EXPECT_EQ(-EINVAL, make_with(clone, self->area,
							     args));
			args = good();
			args.lock = bit;
			if (bit > 6)
				EXPECT_EQ(-EINVAL, make_with(clone, self->area,
							     args));
			args.lock = 1u << bit;
			if (bit > 2)
				EXPECT_EQ(-EINVAL, make_with(clone, self->area,
							     args));
		}
		for (i = 0; i < BAD_READABLE; i++) {
			args = good();
			args.name = (uintptr_t)self->bad[i].addr;
			EXPECT_EQ(-EFAULT, make_with(clone, self->area, args))
				TH_LOG("%s", self->bad[i].name);
		}
		/* An address has 64 bits whoever asks. */
		args = good();
		args.name = 1ULL << 63;
		EXPECT_EQ(-EFAULT, make_with(clone, self->area, args));
	}
}

TEST_F(refuse, size_of_area)
{
	const unsigned long long sizes[] = {
		0, ULLONG_MAX, ULLONG_MAX - PAGE + 2,
	};
	const unsigned long long large[] = {
		ULLONG_MAX - PAGE + 1, 1ULL << 63, 1ULL << 56,
		ULONG_MAX - PAGE + 1,
	};
	const unsigned int specs[] = {
		NEXUS_AREA_ANY, NEXUS_AREA_BASE, NEXUS_AREA_RANDOM_ANY,
		NEXUS_AREA_RANDOM_BASE
	};
	struct nexus_area_args args;
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(specs); k++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			args = good();
			args.spec = specs[k];
			args.size = sizes[i];
			EXPECT_EQ(-EINVAL, create_with(args))
				TH_LOG("size %llx", sizes[i]);
		}
		/* What does not wrap, but never fits. */
		for (i = 0; i < ARRAY_SIZE(large); i++) {
			args = good();
			args.spec = specs[k];
			args.size = large[i];
			args.protection |= NEXUS_AREA_OVERCOMMIT;
			EXPECT_EQ(-ENOMEM, create_with(args))
				TH_LOG("size %llx", large[i]);
		}
	}
	/* It must be said that it is the source's. */
	for (i = 0; i < 64; i += 3) {
		args = good();
		args.size = 1ULL << i;
		EXPECT_EQ(-EINVAL, nexus_area_clone(self->area, &args,
						    sizeof(args)));
	}
	for (i = 1; i <= 6; i++) {
		args = good();
		args.lock = i;
		EXPECT_EQ(-EINVAL, clone_with(self->area, args));
	}
}

TEST_F(refuse, exact_address)
{
	const unsigned long top = sizeof(long) == 8 ? 1UL << 63 : 0xfffff000UL;
	struct nexus_area_args args;
	int clone;
	char *p;
	size_t i;

	p = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, munmap(p + 3 * PAGE, PAGE));
	for (clone = 0; clone < 2; clone++) {
		args = good();
		args.spec = NEXUS_AREA_EXACT;
		for (i = 1; i < PAGE; i = i * 3 + 1) {
			args.address = (uintptr_t)self->free + i;
			EXPECT_EQ(-EINVAL, make_with(clone, self->area, args));
			/* Even where it could not go either. */
			args.address = (uintptr_t)p + i;
			EXPECT_EQ(-EINVAL, make_with(clone, self->area, args));
		}
		/* Where others are: the heap, text, areas, stacks, holes. */
		args.address = (uintptr_t)p;
		EXPECT_EQ(-EEXIST, make_with(clone, self->area, args));
		args.address = (uintptr_t)p + 2 * PAGE;
		EXPECT_EQ(-EEXIST, make_with(clone, self->area, args));
		args.address = before.address;
		EXPECT_EQ(-EEXIST, make_with(clone, self->area, args));
		args.address = before.address + PAGE;
		EXPECT_EQ(-EEXIST, make_with(clone, self->area, args));
		args.address = (uintptr_t)&args & ~(PAGE - 1);
		EXPECT_EQ(-EEXIST, make_with(clone, self->area, args));
		args.address = (uintptr_t)make_with & ~(PAGE - 1);
		EXPECT_EQ(-EEXIST, make_with(clone, self->area, args));
		/* In the kernel's half, whatever else. */
		args.address = top;
		EXPECT_EQ(-EINVAL, make_with(clone, self->area, args));
		args.address = ULLONG_MAX - PAGE + 1;
		EXPECT_EQ(-EINVAL, make_with(clone, self->area, args));
		args.address = (uintptr_t)self->bad[BAD_KERNEL].addr &
			       ~(PAGE - 1);
		if (sizeof(long) == 8)
			EXPECT_EQ(-EINVAL, make_with(clone, self->area, args));
		/* It has 64 bits whoever asks. */
		args.address = 1ULL << 63;
		EXPECT_EQ(-EINVAL, make_with(clone, self->area, args));
		args.address = 1ULL << 63 | (uintptr_t)self->free;
		EXPECT_EQ(-EINVAL, make_with(clone, self->area, args));
	}
	/* Only the last page of it is somebody's. */
	args = good();
	args.spec = NEXUS_AREA_EXACT;
	args.size = 3 * PAGE;
	args.address = (uintptr_t)p - 2 * PAGE;
	EXPECT_EQ(-EEXIST, create_with(args));
	ASSERT_EQ(0, munmap(p, 3 * PAGE));
}

/* The end of what a program can map: found by asking for it. */
static unsigned long long end_of_user_space(void)
{
	unsigned long long low = 0, high = 1ULL << 63, mid;
	struct nexus_area_args args = good();
	long ret;

	while (high - low > PAGE) {
		mid = (low + (high - low) / 2) & ~(PAGE - 1ULL);
		/* No other check looks at the address, and this one fails. */
		args.name = 0;
		args.spec = NEXUS_AREA_EXACT;
		args.address = mid;
		ret = create_with(args);
		if (ret == -EINVAL)
			high = mid;
		else if (ret == -EFAULT)
			low = mid;
		else
			return 0;
	}
	return high;
}

TEST_F(refuse, end_of_user_space)
{
	const unsigned long long end = end_of_user_space();
	struct nexus_area_args args;
	int clone;
	long ret;

	ASSERT_LT((uintptr_t)&args, end);
	for (clone = 0; clone < 2; clone++) {
		args = good();
		args.spec = NEXUS_AREA_EXACT;
		args.address = end;
		EXPECT_EQ(-EINVAL, make_with(clone, self->area, args));
		/* Begins within, ends outside. */
		args.address = end - PAGE;
		args.size = 2 * PAGE;
		EXPECT_EQ(-EFAULT, make_with(clone, self->area, args));
		args.address = (uintptr_t)self->free;
		args.size = end;
		if (!clone)
			EXPECT_EQ(-EFAULT, create_with(args));
	}
	/* The last page itself is as good as any other, if it is free. */
	args = good();
	args.spec = NEXUS_AREA_EXACT;
	args.address = end - PAGE;
	ret = create_with(args);
	EXPECT_TRUE(ret > 0 || ret == -EEXIST || ret == -ENOMEM)
		TH_LOG("at %llx: %ld", args.address, ret);
	if (ret > 0)
		EXPECT_EQ(0, delete_area(ret));
}

static long do_create_low(struct team *team)
{
	struct nexus_area_args args = good();
	long ret;

	args.spec = NEXUS_AREA_EXACT;
	for (args.address = 0; args.address < (unsigned long)team->arg[0];
	     args.address += PAGE) {
		ret = create_with(args);
		if (ret != -EFAULT)
			return ret ? ret : -1;
	}
	return 0;
}

/* Below vm.mmap_min_addr nothing of those who may not goes. */
TEST_F(refuse, low_addresses)
{
	char text[32];

	ASSERT_LT(0, read_file("/proc/sys/vm/mmap_min_addr", text,
			       sizeof(text)));
	if (!atol(text))
		SKIP(return, "vm.mmap_min_addr is 0");
	ASSERT_EQ(0, team_become(self->team, 1000));
	EXPECT_EQ(0, team_do(self->team, do_create_low, atol(text), 0, 0, 0));
}

/* Either call, with whatever arguments. */
static long make(int clone, int source, void *args, size_t size)
{
	return clone ? nexus_area_clone(source, args, size) :
		       nexus_area_create(args, size);
}

TEST_F(refuse, sizes)
{
	struct nexus_area_args *args;
	static unsigned char buf[65536 + 16];
	const int src = self->area;
	size_t size, i;
	int clone, id;

	args = (void *)buf;
	for (clone = 0; clone < 2; clone++) {
		*args = good();
		args->size = clone ? 0 : PAGE;
		for (size = 0; size < NEXUS_AREA_ARGS_SIZE_VER0; size++)
			EXPECT_EQ(-EINVAL, make(clone, src, args, size));
		EXPECT_EQ(-E2BIG, make(clone, src, args, PAGE + 1));
		EXPECT_EQ(-E2BIG, make(clone, src, args, SIZE_MAX));
		for (size = NEXUS_AREA_ARGS_SIZE_VER0 + 1; size <= PAGE;
		     size += size < 64 ? 1 : 577) {
			for (i = NEXUS_AREA_ARGS_SIZE_VER0; i < size;
			     i += i < 64 ? 1 : 577) {
				buf[i] = 1;
				EXPECT_EQ(-E2BIG, make(clone, src, args, size));
				buf[i] = 0;
			}
			buf[size - 1] = 0x80;
			EXPECT_EQ(-E2BIG, make(clone, src, args, size));
			buf[size - 1] = 0;
		}
		for (i = 0; i < BAD_READABLE; i++) {
			args = self->bad[i].addr;
			EXPECT_EQ(-EFAULT, make(clone, src, args,
						sizeof(*args)))
				TH_LOG("%s", self->bad[i].name);
			/* The size before the address. */
			EXPECT_EQ(-EINVAL, make(clone, src, args, 8));
			EXPECT_EQ(-E2BIG, make(clone, src, args, PAGE + 1));
		}
		/* Dirty fields lose to a tail that is not there or dirty. */
		args = (void *)((char *)self->bad[BAD_HALF].addr + HALF -
				sizeof(*args));
		*args = good();
		args->__pad = 1;
		EXPECT_EQ(-EFAULT, make(clone, src, args, sizeof(*args) + 8));
		EXPECT_EQ(-EINVAL, make(clone, src, args, sizeof(*args)));
		args = (void *)buf;
		args->spec = 5;
		buf[sizeof(*args)] = 1;
		EXPECT_EQ(-E2BIG, make(clone, src, args, sizeof(*args) + 1));
		buf[sizeof(*args)] = 0;
	}
	/* Longer ones are good if they are clean, and nobody touches them. */
	for (size = sizeof(*args); size <= PAGE; size += 577) {
		memset(buf, 0, sizeof(buf));
		*args = good();
		memset(buf + size, 0xa5, 16);
		id = nexus_area_create(args, size);
		ASSERT_LT(0, id);
		EXPECT_EQ(0, memcmp(area_at(id), "\0", 1));
		EXPECT_TRUE(all_bytes(buf + sizeof(*args),
				      size - sizeof(*args), 0));
		EXPECT_TRUE(all_bytes(buf + size, 16, 0xa5));
		EXPECT_EQ(0, delete_area(id));
	}
	memset(buf, 0, sizeof(buf));
}

/* To say where the area went is part of making it. */
TEST_F(refuse, address_cannot_be_written)
{
	char *page = self->bad[BAD_RDONLY].addr;
	struct nexus_area_args *args = (void *)page;
	int spec, lock;

	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
	for (spec = 0; spec < 3; spec++) {
		for (lock = 0; lock < 3; lock++) {
			ASSERT_EQ(0, mprotect(page, PAGE,
					      PROT_READ | PROT_WRITE));
			*args = good();
			args->spec = spec;
			args->lock = lock;
			args->address = (uintptr_t)self->free;
			ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
			EXPECT_EQ(-EFAULT, nexus_area_create(args,
							     sizeof(*args)));
			EXPECT_EQ(2, areas());
			EXPECT_EQ(0, vmas_at(self->free, 8));
			EXPECT_EQ(-ENOENT, nexus_find(AREA, "errno", 0));
		}
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		args->lock = 0;
		args->size = 0;
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
		EXPECT_EQ(-EFAULT, nexus_area_clone(self->area, args,
						    sizeof(*args)));
		EXPECT_EQ(-EFAULT, nexus_area_clone(self->theirs, args,
						    sizeof(*args)));
		EXPECT_EQ(2, areas());
		EXPECT_EQ(0, vmas_at(self->free, 8));
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		args->name = 0;
		args->protection = 0;
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
		EXPECT_EQ(-EFAULT, nexus_area_transfer(self->area, 0, args,
						       sizeof(*args)));
		EXPECT_EQ(-EFAULT, nexus_area_transfer(self->area,
						       self->team->pid, args,
						       sizeof(*args)));
		EXPECT_EQ(2, areas());
		EXPECT_EQ(before.address, (uintptr_t)area_at(self->area));
		EXPECT_TRUE(filled(area_at(self->area), 2 * PAGE, 1));
		EXPECT_EQ(0, vmas_at(self->free, 8));
	}
	EXPECT_EQ(0, team_vmas(self->team, self->free, 8));
}

/* Every field that is wrong is found before the name and the source. */
TEST_F(refuse, order_of_fields)
{
	const struct nexus_area_args wrong[] = {
		{ .flags = 2 },
		{ .mode = 0600 },
		{ .flags = NEXUS_CREATE_MODE, .mode = 01000 },
		{ .__pad = 1 },
		{ .spec = 3 },
		{ .lock = 7 },
		{ .protection = 0x10 },
		{ .spec = NEXUS_AREA_EXACT, .address = 1 },
		{ .spec = NEXUS_AREA_EXACT, .address = 1ULL << 63 },
	};
	struct nexus_area_args args;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		args = wrong[i];
		args.size = PAGE;
		EXPECT_EQ(-EINVAL, create_with(args))
			TH_LOG("wrong field %zu", i);
		EXPECT_EQ(-EINVAL, clone_with(self->gone, args));
		args.name = 1ULL << 63;
		EXPECT_EQ(-EINVAL, create_with(args));
		EXPECT_EQ(-EINVAL, clone_with(-1, args));
	}
	args = (struct nexus_area_args){};
	EXPECT_EQ(-EINVAL, create_with(args));
	args.size = PAGE;
	EXPECT_EQ(-EFAULT, create_with(args));
	EXPECT_EQ(-EINVAL, nexus_area_clone(self->gone, &args, sizeof(args)));
	args.size = 0;
	EXPECT_EQ(-EFAULT, nexus_area_clone(self->gone, &args, sizeof(args)));
	args.name = (uintptr_t)"order";
	EXPECT_EQ(-EIDRM, nexus_area_clone(self->gone, &args, sizeof(args)));
}

TEST_F(refuse, order_of_limits)
{
	const long used = kilobytes("/proc/self/status", "VmSize") * 1024;
	struct nexus_area_args args = good();
	struct rlimit limit, old;
	char text[32];

	ASSERT_LT(0, used);
	ASSERT_EQ(0, getrlimit(RLIMIT_AS, &old));
	ASSERT_LT(0, read_file(SYSCTL("areas_max"), text, sizeof(text)));
	ASSERT_EQ(0, write_file(SYSCTL("areas_max"), "1"));
	ASSERT_EQ(0, team_protect(self->team, self->theirs, RDWR));
	/* Name, source, its permission, and then how many there may be. */
	args.name = 0;
	EXPECT_EQ(-EFAULT, create_with(args));
	EXPECT_EQ(-EFAULT, clone_with(self->gone, args));
	args = good();
	EXPECT_EQ(-EIDRM, clone_with(self->gone, args));
	EXPECT_EQ(-EPERM, clone_with(self->theirs, args));
	EXPECT_EQ(-ENOSPC, clone_with(self->area, args));
	EXPECT_EQ(-ENOSPC, create_with(args));
	/* That before memory. */
	limit = old;
	limit.rlim_cur = used;
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	EXPECT_EQ(-ENOSPC, create_with(args));
	EXPECT_EQ(-ENOSPC, clone_with(self->area, args));
	ASSERT_EQ(0, write_file(SYSCTL("areas_max"), text));
	EXPECT_EQ(-ENOMEM, create_with(args));
	EXPECT_EQ(-ENOMEM, clone_with(self->area, args));
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &old));
}

TEST_F(refuse, clone_source)
{
	struct nexus_area_args args = good();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_ids); i++)
		EXPECT_EQ(-EIDRM, clone_with(bad_ids[i], args));
	EXPECT_EQ(-EIDRM, clone_with(self->gone, args));
	EXPECT_EQ(-EIDRM, clone_with(self->port, args));
	/* Without the cloneable bit, not even to look at it. */
	ASSERT_EQ(0, team_protect(self->team, self->theirs, RDWR));
	EXPECT_EQ(-EPERM, clone_with(self->theirs, args));
	args.protection = 0;
	EXPECT_EQ(-EPERM, clone_with(self->theirs, args));
	/* Without the right to write it cannot be written to. */
	ASSERT_EQ(0, team_protect(self->team, self->theirs,
				  RDONLY | CLONEABLE));
	args.protection = RDWR;
	EXPECT_EQ(-EPERM, clone_with(self->theirs, args));
	args.protection = NEXUS_AREA_WRITE;
	EXPECT_EQ(-EPERM, clone_with(self->theirs, args));
}

TEST_HARNESS_MAIN

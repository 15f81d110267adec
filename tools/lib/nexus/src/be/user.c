// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Copies that survive a bad pointer, because the kernel looks at it first.
 *
 * process_vm_readv() and its relative would copy, too, but they pin pages, and
 * in a process that has ever pinned pages fork() copies areas at once instead
 * of when they are written to.
 */
#include <errno.h>
#include <string.h>
#include "futex.h"
#include "user.h"

/* No page is smaller. */
#define SMALLEST_PAGE	4096

/* A set of signals that is read, and then nothing is done with it. */
static bool is_readable(uintptr_t at)
{
	const long nothing = -1, size = 8;

	return nexus_syscall(__NR_rt_sigprocmask, nothing,
			     (long)(at & ~(uintptr_t)7), 0, size, 0, 0) !=
	       -EFAULT;
}

/*
 * A word to which nothing is added, by an operation that is atomic: nobody can
 * tell.  Who waits for the word would have to put up with being woken.
 */
static bool is_writable(uintptr_t at)
{
	const long nothing = FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_LT, 0);
	int nobody = 0;

	return nexus_syscall(BE_NR_FUTEX, (long)&nobody, FUTEX_WAKE_OP_PRIVATE,
			     0, 0, (long)(at & ~(uintptr_t)3), nothing) !=
	       -EFAULT;
}

/* Ask about each page once. */
static bool all(bool (*is_good)(uintptr_t at), const void *address,
		size_t size)
{
	uintptr_t at = (uintptr_t)address, last = at + size - 1;

	if (size == 0)
		return true;
	if (last < at)
		return false;
	for (; last - at >= SMALLEST_PAGE; at += SMALLEST_PAGE)
		if (!is_good(at))
			return false;
	return is_good(at) &&
	       (at / SMALLEST_PAGE == last / SMALLEST_PAGE || is_good(last));
}

bool be_is_writable(const void *address, size_t size)
{
	return all(is_writable, address, size);
}

int be_copy_out(void *to, const void *from, size_t size)
{
	if (!be_is_writable(to, size))
		return -EFAULT;
	memcpy(to, from, size);
	return 0;
}

int be_copy_in(void *to, const void *from, size_t size)
{
	if (!all(is_readable, from, size))
		return -EFAULT;
	memcpy(to, from, size);
	return 0;
}

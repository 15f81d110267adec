/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * Pointers that a program hands in.
 *
 * On BeOS the kernel stores results, and a pointer that leads nowhere gives
 * B_BAD_ADDRESS.  Here the library converts what the kernel stored, and must
 * not crash over such a pointer where the contract names an error.
 */
#ifndef BE_USER_H
#define BE_USER_H

#include <stdint.h>
#include <OS.h>

/*
 * Is this an address that no program can have: in the first page, or in the
 * kernel's half?  It needs no system call, so it is no proof of the opposite.
 */
static inline bool be_bad_address(const void *address)
{
#ifdef __x86_64__
	if ((intptr_t)address < 0)
		return true;
#endif
	return address && (uintptr_t)address < 4096;
}

/* Can be written to, and read: asked of the kernel. */
bool be_is_writable(const void *address, size_t size);

/* Copy, or return -EFAULT. */
int be_copy_out(void *to, const void *from, size_t size);
int be_copy_in(void *to, const void *from, size_t size);

#endif /* BE_USER_H */

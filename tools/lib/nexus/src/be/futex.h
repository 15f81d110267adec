/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * Waiting for a word of memory to change.  Not a point where a thread is
 * cancelled, and without any state that a killed thread could leave behind.
 */
#ifndef BE_FUTEX_H
#define BE_FUTEX_H

#include <limits.h>
#include <linux/futex.h>
#include <nexus/syscall.h>

/* A C library with 32-bit times runs on kernels that have no others. */
#ifdef __NR_futex_time64
# define BE_NR_FUTEX	__NR_futex_time64
#else
# define BE_NR_FUTEX	__NR_futex
#endif

/* Returns when the word is no longer @value. */
static inline int be_futex_wait_while(int *word, int value)
{
	int now;

	while ((now = __atomic_load_n(word, __ATOMIC_ACQUIRE)) == value)
		nexus_syscall(BE_NR_FUTEX, (long)word, FUTEX_WAIT_PRIVATE,
			      value, 0, 0, 0);
	return now;
}

static inline void be_futex_set(int *word, int value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	nexus_syscall(BE_NR_FUTEX, (long)word, FUTEX_WAKE_PRIVATE, INT_MAX, 0,
		      0, 0);
}

#endif /* BE_FUTEX_H */

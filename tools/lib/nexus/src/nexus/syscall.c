// SPDX-License-Identifier: MIT OR LGPL-2.1
/* The way into the kernel for architectures without one in nexus/syscall.h. */
#include <errno.h>
#include <unistd.h>
#include <nexus/syscall.h>

#ifdef NEXUS_NEEDS_SYSCALL
long nexus_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	int saved = errno;
	long ret = syscall(nr, a, b, c, d, e, f);

	if (ret == -1) {
		ret = -errno;
		errno = saved;
	}
	return ret;
}
#endif

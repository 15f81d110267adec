// SPDX-License-Identifier: MIT OR LGPL-2.1
/* Copies that survive a bad pointer, because the kernel does them. */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <nexus/syscall.h>
#include "user.h"

/*
 * One's own memory is always within reach of process_vm_*().  If the kernel
 * does without them or a sandbox forbids them, an ordinary copy has to do.
 */
static int copy(long nr, void *to, const void *from, size_t size,
		void *local, void *remote)
{
	struct iovec lvec = { local, size };
	struct iovec rvec = { remote, size };
	long pid = nexus_syscall(__NR_getpid, 0, 0, 0, 0, 0, 0);
	long ret = nexus_syscall(nr, pid, (long)&lvec, 1, (long)&rvec, 1, 0);

	if (ret == (long)size)
		return 0;
	if (ret >= 0 || ret == -EFAULT)
		return -EFAULT;
	memcpy(to, from, size);
	return 0;
}

int be_copy_out(void *to, const void *from, size_t size)
{
	return copy(__NR_process_vm_writev, to, from, size, (void *)from, to);
}

int be_copy_in(void *to, const void *from, size_t size)
{
	return copy(__NR_process_vm_readv, to, from, size, to, (void *)from);
}

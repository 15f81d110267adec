// SPDX-License-Identifier: MIT OR LGPL-2.1
/* Is Nexus there, and what do its errors mean? */
#include <errno.h>
#include <nexus.h>

/**
 * nexus_supported() - does the running kernel have Nexus?
 *
 * Return: 0 if it does, -ENOSYS if not, or the negative errno with which a
 * sandbox refuses the system call.
 */
int nexus_supported(void)
{
	struct nexus_system_info info;

	return nexus_info(NEXUS_TYPE_SYSTEM, 0, &info, sizeof(info), 0);
}

/**
 * nexus_strerror() - what an error of a Nexus call means
 * @error:	what the call returned
 *
 * The texts are for people, in English and constant: no locale, no buffer.
 *
 * Return: a string, never NULL.
 */
const char *nexus_strerror(int error)
{
	if (error >= 0)
		return "no error";

	/* INT_MIN has no positive counterpart. */
	switch (error < -4095 ? 0 : -error) {
	case ENOSYS:
		return "this kernel has no Nexus: it needs CONFIG_NEXUS=y";
	case EIDRM:
		return "no object has this id, or it was deleted";
	case ESHUTDOWN:
		return "the port is closed";
	case EAGAIN:
		return "it would have to wait";
	case ETIMEDOUT:
		return "the deadline has passed";
	case EINTR:
		return "a signal ended the wait";
	case EACCES:
		return "the mode of the object or a policy does not permit it";
	case EPERM:
		return "not the owner, creator or user, or refused by a sandbox";
	case ENOENT:
		return "no such name, node or watch, no more objects, no area";
	case ESRCH:
		return "no such team or thread, or it has ended";
	case EMSGSIZE:
		return "the message is longer than a port or thread takes";
	case ECANCELED:
		return "the wait for the semaphore was canceled";
	case EOVERFLOW:
		return "the semaphore cannot count so many units";
	case EDEADLK:
		return "a thread cannot wait for its own end";
	case EMFILE:
		return "no file descriptor is left in this process";
	case ENFILE:
		return "no file descriptor is left in the system";
	case EEXIST:
		return "something is mapped at that address";
	case ENOSPC:
		return "a limit on objects is reached, or an area has no room";
	case ENOMEM:
		return "not enough memory";
	case EFAULT:
		return "bad address";
	case EINVAL:
		return "invalid argument";
	case EBADF:
		return "no such file descriptor is open";
	case EOPNOTSUPP:
		return "the file system does not let its nodes be watched";
	case E2BIG:
		return "a structure holds what this kernel does not know";
	default:
		return "unknown error";
	}
}

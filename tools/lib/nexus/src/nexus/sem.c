// SPDX-License-Identifier: MIT OR LGPL-2.1
/* Convenience for semaphores. */
#include <stdint.h>
#include <string.h>
#include <nexus.h>

/**
 * nexus_sem_new() - make a semaphore with the default permissions
 * @name:	its name; NULL for "unnamed semaphore"
 * @count:	units that can be acquired at first
 *
 * Return: the id, or a negative errno, see nexus_sem_create(2).
 */
int nexus_sem_new(const char *name, int count)
{
	struct nexus_sem_args args;

	memset(&args, 0, sizeof(args));
	args.name = (uintptr_t)name;
	args.count = count;
	return nexus_sem_create(&args, sizeof(args));
}

// SPDX-License-Identifier: MIT OR LGPL-2.1
/* Convenience for ports. */
#include <stdint.h>
#include <string.h>
#include <nexus.h>

/**
 * nexus_port_new() - make a port with the default permissions
 * @name:	its name; NULL for "unnamed port"
 * @capacity:	most messages that it queues
 *
 * Return: the id, or a negative errno, see nexus_port_create(2).
 */
int nexus_port_new(const char *name, unsigned int capacity)
{
	struct nexus_port_args args;

	memset(&args, 0, sizeof(args));
	args.name = (uintptr_t)name;
	args.capacity = capacity;
	return nexus_port_create(&args, sizeof(args));
}

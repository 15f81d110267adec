// SPDX-License-Identifier: MIT OR LGPL-2.1
/* listport: the ports of each team */
#include "list.h"

static int id(const union object *object)
{
	return object->port.id;
}

static const char *text(const union object *object)
{
	return object->port.name;
}

static void row(const union object *object)
{
	const struct nexus_port_info *port = &object->port;

	printf("%10d  ", port->id);
	print_name(port->name, 34);
	printf("%10u%8u", port->capacity, port->queued);
}

static void json(const union object *object)
{
	const struct nexus_port_info *port = &object->port;

	printf(", \"capacity\": %u, \"queued\": %u, \"total\": %u",
	       port->capacity, port->queued, port->total);
	printf(", \"queued_bytes\": %llu, \"closed\": %s",
	       (unsigned long long)port->queued_bytes,
	       port->flags & NEXUS_PORT_CLOSED ? "true" : "false");
	printf(", \"uid\": %u, \"gid\": %u, \"mode\": \"%04o\"", port->uid,
	       port->gid, port->mode);
}

static void summary(const struct nexus_system_info *info)
{
	printf("ports: %u of %u, bytes in messages: %llu of %llu\n",
	       info->ports, info->ports_max,
	       (unsigned long long)info->queued_bytes,
	       (unsigned long long)info->queued_bytes_max);
}

static void json_summary(const struct nexus_system_info *info)
{
	printf(", \"used\": %u, \"max\": %u", info->ports, info->ports_max);
	printf(", \"queued_bytes\": %llu, \"queued_bytes_max\": %llu",
	       (unsigned long long)info->queued_bytes,
	       (unsigned long long)info->queued_bytes_max);
}

int main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "listport",
		.objects = "ports",
		.key = "ports",
		.type = NEXUS_TYPE_PORT,
		.size = sizeof(struct nexus_port_info),
		.abi = 1,
		.id_column = "port",
		.columns = "  capacity  queued",
		.id = id,
		.row = row,
		.json = json,
		.text = text,
		.summary = summary,
		.json_summary = json_summary,
	};

	return list(argc, argv, &tool);
}

// SPDX-License-Identifier: MIT OR LGPL-2.1
/* listarea: the areas of each team */
#include "list.h"

#include <errno.h>
#include <limits.h>

static int id(const union object *object)
{
	return object->area.id;
}

static const char *text(const union object *object)
{
	return object->area.name;
}

static const char *lock(const struct nexus_area_info *area)
{
	switch (area->lock) {
	case NEXUS_AREA_NO_LOCK:
		return "none";
	case NEXUS_AREA_LAZY_LOCK:
		return "lazy";
	case NEXUS_AREA_FULL_LOCK:
		return "full";
	case NEXUS_AREA_CONTIGUOUS:
		return "contiguous";
	case NEXUS_AREA_LOMEM:
		return "lomem";
	case NEXUS_AREA_32_BIT_FULL:
		return "32-bit full";
	case NEXUS_AREA_32_BIT_CONTIGUOUS:
		return "32-bit contiguous";
	default:
		return "unknown";
	}
}

/* "rw-sc": as in /proc/PID/maps, then stack and cloneable */
static const char *protection(unsigned int bits)
{
	static char letters[6];

	letters[0] = bits & NEXUS_AREA_READ ? 'r' : '-';
	letters[1] = bits & NEXUS_AREA_WRITE ? 'w' : '-';
	letters[2] = bits & NEXUS_AREA_EXEC ? 'x' : '-';
	letters[3] = bits & NEXUS_AREA_STACK ? 's' : '-';
	letters[4] = bits & NEXUS_AREA_CLONEABLE ? 'c' : '-';
	return letters;
}

/* Mappings that are no areas have no id. */
static void row(const union object *object)
{
	const struct nexus_area_info *area = &object->area;

	if (area->id)
		printf("%10d  ", area->id);
	else
		printf("%10s  ", "-");
	print_name(area->name, 34);
	printf("%16llx %9llx %9llx %6u  %s %s",
	       (unsigned long long)area->address,
	       (unsigned long long)area->size,
	       (unsigned long long)area->ram_size, area->copy_count,
	       protection(area->protection), lock(area));
}

static void json(const union object *object)
{
	const struct nexus_area_info *area = &object->area;

	printf(", \"address\": \"0x%llx\", \"size\": %llu",
	       (unsigned long long)area->address,
	       (unsigned long long)area->size);
	printf(", \"ram_size\": %llu, \"copy_count\": %u",
	       (unsigned long long)area->ram_size, area->copy_count);
	printf(", \"lock\": \"%s\", \"protection\": \"%s\"", lock(area),
	       protection(area->protection));
	printf(", \"max_protection\": \"%s\", \"shared\": %s",
	       protection(area->max_protection),
	       area->flags & NEXUS_AREA_SHARED ? "true" : "false");
	printf(", \"uid\": %u, \"gid\": %u, \"mode\": \"%04o\"", area->uid,
	       area->gid, area->mode);
}

static void summary(const struct nexus_system_info *info)
{
	printf("areas: %u of %u\n", info->areas, info->areas_max);
}

static void json_summary(const struct nexus_system_info *info)
{
	printf(", \"used\": %u, \"max\": %u", info->areas, info->areas_max);
}

static int next(int team, union object *object)
{
	struct nexus_area_info *area = &object->area;
	__u64 end = area->address + area->size;

	/* A 32-bit program cannot ask about what is above. */
	if (end > ULONG_MAX)
		return -ENOENT;
	return nexus_area_map(team, (unsigned long)end, area, sizeof(*area),
			      0);
}

int main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "listarea",
		.objects = "areas",
		.key = "areas",
		.type = NEXUS_TYPE_AREA,
		.size = sizeof(struct nexus_area_info),
		.abi = 3,
		.id_column = "area",
		.columns =
			"         address      size     alloc  #-cow  prot  lock",
		.id = id,
		.row = row,
		.json = json,
		.text = text,
		.summary = summary,
		.json_summary = json_summary,
		.next = next,
		.all = "with all other mappings, in the order of addresses",
	};

	return list(argc, argv, &tool);
}

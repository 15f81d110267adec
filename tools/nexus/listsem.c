// SPDX-License-Identifier: MIT OR LGPL-2.1
/* listsem: the semaphores of each team */
#include "list.h"

static int id(const union object *object)
{
	return object->sem.id;
}

static const char *text(const union object *object)
{
	return object->sem.name;
}

static void row(const union object *object)
{
	const struct nexus_sem_info *sem = &object->sem;

	printf("%10d  ", sem->id);
	print_name(sem->name, 34);
	printf("%11d  %13d", sem->count, sem->latest_holder);
}

static void json(const union object *object)
{
	const struct nexus_sem_info *sem = &object->sem;

	printf(", \"count\": %d, \"latest_holder\": %d, \"waiting\": %u",
	       sem->count, sem->latest_holder, sem->waiting);
	printf(", \"uid\": %u, \"gid\": %u, \"mode\": \"%04o\"", sem->uid,
	       sem->gid, sem->mode);
}

static void summary(const struct nexus_system_info *info)
{
	printf("semaphores: %u of %u\n", info->sems, info->sems_max);
}

static void json_summary(const struct nexus_system_info *info)
{
	printf(", \"used\": %u, \"max\": %u", info->sems, info->sems_max);
}

int main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "listsem",
		.objects = "semaphores",
		.key = "sems",
		.type = NEXUS_TYPE_SEM,
		.size = sizeof(struct nexus_sem_info),
		.abi = 2,
		.id_column = "sem",
		.columns = "      count  latest holder",
		.id = id,
		.row = row,
		.json = json,
		.text = text,
		.summary = summary,
		.json_summary = json_summary,
	};

	return list(argc, argv, &tool);
}

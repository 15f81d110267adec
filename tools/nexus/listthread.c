// SPDX-License-Identifier: MIT OR LGPL-2.1
/* listthread: the threads of each team */
#include "list.h"

static int id(const union object *object)
{
	return object->thread.id;
}

static const char *text(const union object *object)
{
	return object->thread.name;
}

static const char *state(const struct nexus_thread_info *thread)
{
	switch (thread->state) {
	case NEXUS_THREAD_RUNNING:
		return "running";
	case NEXUS_THREAD_READY:
		return "ready";
	case NEXUS_THREAD_RECEIVING:
		return "receiving";
	case NEXUS_THREAD_ASLEEP:
		return "asleep";
	case NEXUS_THREAD_SUSPENDED:
		return "suspended";
	case NEXUS_THREAD_WAITING:
		return "waiting";
	default:
		return "unknown";
	}
}

static unsigned long long milliseconds(unsigned long long ns)
{
	return ns / 1000000;
}

static void row(const union object *object)
{
	const struct nexus_thread_info *thread = &object->thread;

	printf("%10d  ", thread->id);
	print_name(thread->name, 34);
	printf("%-9s %4d %9llu %9llu", state(thread), thread->priority,
	       milliseconds(thread->user_time),
	       milliseconds(thread->kernel_time));
	if (thread->sem)
		printf(" %10d", thread->sem);
}

static void json(const union object *object)
{
	const struct nexus_thread_info *thread = &object->thread;

	printf(", \"state\": \"%s\", \"priority\": %d, \"sem\": ",
	       state(thread), thread->priority);
	if (thread->sem)
		printf("%d", thread->sem);
	else
		printf("null");
	printf(", \"has_data\": %s",
	       thread->flags & NEXUS_THREAD_HAS_DATA ? "true" : "false");
	printf(", \"user_time_ns\": %llu, \"kernel_time_ns\": %llu",
	       (unsigned long long)thread->user_time,
	       (unsigned long long)thread->kernel_time);
	printf(", \"stack_base\": \"0x%llx\", \"stack_end\": \"0x%llx\"",
	       (unsigned long long)thread->stack_base,
	       (unsigned long long)thread->stack_end);
}

int main(int argc, char **argv)
{
	static const struct tool tool = {
		.name = "listthread",
		.objects = "threads",
		.key = "threads",
		.type = NEXUS_TYPE_THREAD,
		.size = sizeof(struct nexus_thread_info),
		.abi = 2,
		.id_column = "thread",
		.columns = "state     prio   user ms kernel ms        sem",
		.id = id,
		.row = row,
		.json = json,
		.text = text,
	};

	return list(argc, argv, &tool);
}

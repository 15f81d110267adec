/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* What the tests of ports share */
#ifndef BE_PORT_TEST_H
#define BE_PORT_TEST_H

#include <private/port_private.h>
#include "be_test.h"

#define MSG_MAX		262144
#define FILL		0x66696c6c

static MAYBE port_id new_port(int32 capacity, const char *name)
{
	port_id port = create_port(capacity, name);

	if (port < 0)
		give_up("create_port");
	return port;
}

static MAYBE void fill(port_id port, int count)
{
	while (count-- > 0)
		if (write_port(port, FILL, "fill", 4) != B_OK)
			give_up("write_port");
}

struct waiter {
	enum { READ, WRITE, PEEK, INFO } what;
	port_id port;
	uint32 flags;
	bigtime_t timeout;
	int32 code;

	ssize_t result;
	bigtime_t took;
	pthread_t thread;
	pid_t tid;
};

static MAYBE void *wait_in_thread(void *data)
{
	struct waiter *w = data;
	port_message_info info;
	char buffer[16];
	bigtime_t start = system_time();

	__atomic_store_n(&w->tid, (pid_t)syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	switch (w->what) {
	case READ:
		w->result = read_port_etc(w->port, &w->code, buffer,
					  sizeof(buffer), w->flags,
					  w->timeout);
		break;
	case WRITE:
		w->result = write_port_etc(w->port, w->code, NULL, 0,
					   w->flags, w->timeout);
		break;
	case PEEK:
		w->result = port_buffer_size_etc(w->port, w->flags,
						 w->timeout);
		break;
	case INFO:
		w->result = get_port_message_info_etc(w->port, &info, w->flags,
						      w->timeout);
		break;
	}
	w->took = system_time() - start;
	return NULL;
}

/* Returns when it waits. */
static MAYBE void start(struct waiter *w)
{
	pid_t tid;

	w->tid = 0;
	w->result = 12345;
	if (pthread_create(&w->thread, NULL, wait_in_thread, w))
		give_up("pthread_create");
	while (!(tid = __atomic_load_n(&w->tid, __ATOMIC_ACQUIRE)))
		snooze(1 * MS);
	until_it_waits(getpid(), tid);
}

static MAYBE ssize_t finish(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->result;
}

#endif /* BE_PORT_TEST_H */

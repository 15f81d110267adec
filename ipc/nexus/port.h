/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nexus ports: what the files about them share.
 */
#ifndef _IPC_NEXUS_PORT_H
#define _IPC_NEXUS_PORT_H

#include "internal.h"

/**
 * struct nexus_port - a bounded queue of messages
 * @obj:      id, owner, lock; the lock protects all that follows
 * @messages: the queue, oldest first
 * @readers:  struct nexus_port_reader; empty if there are messages
 * @writers:  struct nexus_port_writer; nobody overtakes them
 * @starved:  in nexus_ns.starved; under its lock
 * @capacity: most slots
 * @queued:   messages in the queue, each of which has a slot
 * @copying:  messages that were taken but whose receivers still copy them,
 *            each of which has a slot too; decremented without the lock
 * @seq:      number of the next message
 * @total:    messages that have been taken
 * @bytes:    data in the queue
 * @closed:   takes no more messages
 */
struct nexus_port {
	struct nexus_object obj;
	struct list_head messages;
	struct list_head readers;
	struct list_head writers;
	struct list_head starved;
	u32 capacity;
	u32 queued;
	atomic_t copying;
	u64 seq;
	u32 total;
	u32 bytes;
	bool closed;
};

/**
 * struct nexus_port_reader - a task that waits for a message
 * @waiter: how it waits
 * @meta:   only wants to know about it: filled, with references.  NULL: wants
 *          the message itself
 * @msg:    the message it got, to which its reference to the port belongs
 */
struct nexus_port_reader {
	struct nexus_waiter waiter;
	struct nexus_msg_meta *meta;
	struct nexus_msg *msg;
};

/**
 * struct nexus_port_writer - a task that waits for a slot
 * @waiter: how it waits
 * @msg:    its message; the port's once it is done with result 0
 */
struct nexus_port_writer {
	struct nexus_waiter waiter;
	struct nexus_msg *msg;
};

static inline struct nexus_port *to_port(struct nexus_object *obj)
{
	return container_of(obj, struct nexus_port, obj);
}

struct nexus_port *nexus_port_alloc(u32 capacity);
void nexus_port_discard(struct nexus_port *port);
void nexus_port_sated(struct nexus_port *port);
void nexus_port_feed(struct nexus_ns *nsp);
int nexus_port_post(struct nexus_port *port, struct nexus_msg *msg);
__poll_t nexus_port_poll(struct nexus_object *obj, short flags);

extern const struct nexus_type_ops nexus_port_ops;

#endif /* _IPC_NEXUS_PORT_H */

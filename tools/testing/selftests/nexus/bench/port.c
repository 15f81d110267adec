// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus ports as a channel: one port for each direction.
 *
 * It is measured alone, with the code of the message, and with all that the
 * kernel knows about it (struct nexus_msg_info).  The row with the code is
 * what read_port() of the BeOS interface asks for, and what the peers offer:
 * mq_receive() returns a priority, msgrcv() a type.
 */
#include "bench.h"
#include "nexus_sys.h"

/* Returns 0 if the kernel has Nexus, otherwise what it says. */
int nexus_absent(void)
{
	int err = nexus_find(NEXUS_TYPE_PORT, "nexus_bench");

	return err < 0 && err_is_absent(err) ? err : 0;
}

static int port_open(struct channel *ch)
{
	int dir, port;

	for (dir = 0; dir < 2; dir++) {
		port = nexus_port_create("nexus_bench", 8);
		if (port < 0) {
			if (dir)
				nexus_delete(NEXUS_TYPE_PORT, ch->rd[0]);
			return port;
		}
		ch->rd[dir] = port;
	}
	return 0;
}

static int port_send(struct channel *ch, int dir, const struct message *msg)
{
	return nexus_port_send(ch->rd[dir], 1, msg->data, ch->size);
}

static int port_recv(struct channel *ch, int dir, struct message *msg)
{
	int ret = nexus_port_recv(ch->rd[dir], msg->data, ch->size, NULL,
				  0);

	if (ret < 0)
		return ret;
	return (size_t)ret == ch->size ? 0 : -EMSGSIZE;
}

static int port_recv_code(struct channel *ch, int dir, struct message *msg)
{
	__s32 code;
	int ret = nexus_port_recv(ch->rd[dir], msg->data, ch->size, &code,
				  NEXUS_PORT_CODE);

	if (ret < 0)
		return ret;
	if (code != 1)
		return -EBADMSG;
	return (size_t)ret == ch->size ? 0 : -EMSGSIZE;
}

static int port_recv_info(struct channel *ch, int dir, struct message *msg)
{
	struct nexus_msg_info info;
	int ret = nexus_port_recv(ch->rd[dir], msg->data, ch->size, &info,
				  0);

	if (ret < 0)
		return ret;
	if (info.code != 1 || info.size != ch->size)
		return -EBADMSG;
	return (size_t)ret == ch->size ? 0 : -EMSGSIZE;
}

static void port_close(struct channel *ch)
{
	nexus_delete(NEXUS_TYPE_PORT, ch->rd[0]);
	nexus_delete(NEXUS_TYPE_PORT, ch->rd[1]);
}

const struct channel_ops port_ops = {
	.name = "Nexus port",
	.open = port_open,
	.send = port_send,
	.recv = port_recv,
	.close = port_close,
};

const struct channel_ops port_code_ops = {
	.name = "Nexus port, with code",
	.open = port_open,
	.send = port_send,
	.recv = port_recv_code,
	.close = port_close,
};

const struct channel_ops port_info_ops = {
	.name = "Nexus port, with info",
	.open = port_open,
	.send = port_send,
	.recv = port_recv_info,
	.close = port_close,
};

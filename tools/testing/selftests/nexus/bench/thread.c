// SPDX-License-Identifier: GPL-2.0
/*
 * The message slots of threads as a channel: each of the two tasks sends to
 * the other, and receives what is in its own slot.
 *
 * It is measured alone and with all that the kernel knows about the message,
 * where receive_data() of the BeOS interface finds the code and the sender.
 */
#include <errno.h>
#include <unistd.h>

#include "bench.h"
#include "nexus_sys.h"

static int thread_open(struct channel *ch)
{
	int ret;

	ch->wr[1] = (int)getpid();
	/* Is there such a call?  No message is that long. */
	ret = nexus_thread_send(ch->wr[1], 0, NULL, NEXUS_THREAD_MSG_MAX + 1);
	if (ret == -EMSGSIZE)
		return 0;
	return ret < 0 ? ret : -EBADMSG;
}

static int thread_send(struct channel *ch, int dir, const struct message *msg)
{
	int thread = dir || !ch->peer ? ch->wr[1] : (int)ch->peer;

	return nexus_thread_send(thread, 1, msg->data, ch->size);
}

static int thread_recv(struct channel *ch, int dir, struct message *msg)
{
	int ret = nexus_thread_recv(msg->data, ch->size, NULL);

	if (ret < 0)
		return ret;
	return (size_t)ret == ch->size ? 0 : -EMSGSIZE;
}

static int thread_recv_info(struct channel *ch, int dir, struct message *msg)
{
	struct nexus_msg_info info;
	int ret = nexus_thread_recv(msg->data, ch->size, &info);

	if (ret < 0)
		return ret;
	if (info.code != 1 || info.size != ch->size)
		return -EBADMSG;
	return (size_t)ret == ch->size ? 0 : -EMSGSIZE;
}

static void thread_close(struct channel *ch)
{
	/* The slot is empty, and goes with the task. */
}

const struct channel_ops thread_ops = {
	.name = "Nexus thread",
	.open = thread_open,
	.send = thread_send,
	.recv = thread_recv,
	.close = thread_close,
};

const struct channel_ops thread_info_ops = {
	.name = "Nexus thread, with info",
	.open = thread_open,
	.send = thread_send,
	.recv = thread_recv_info,
	.close = thread_close,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that hold what is measured, one for each row: what a row has made
 * must not be in the address space, or in the IPC namespace, of another.
 */
#include <errno.h>
#include <unistd.h>

#include "bench.h"

struct command {
	int op;
	unsigned long n;
};

struct reply {
	int ret;
	__u64 elapsed;
};

/* The process: does what it is told until it is killed. */
static void work(struct worker *worker, int in, int out)
{
	struct command command;
	struct reply reply = { };

	reply.ret = worker->init ? worker->init(worker) : 0;
	while (write(out, &reply, sizeof(reply)) == sizeof(reply) &&
	       read(in, &command, sizeof(command)) == sizeof(command)) {
		reply.elapsed = 0;
		reply.ret = worker->run(worker, command.op, command.n,
					&reply.elapsed);
	}
	_exit(1);
}

static int worker_reply(struct worker *worker, __u64 *elapsed)
{
	struct reply reply;

	if (read(worker->from, &reply, sizeof(reply)) != sizeof(reply))
		return -EPIPE;
	*elapsed = reply.elapsed;
	return reply.ret;
}

/* Returns what run() of the worker does. */
int worker_do(struct worker *worker, int op, unsigned long n, __u64 *elapsed)
{
	struct command command = { .op = op, .n = n };

	if (write(worker->to, &command, sizeof(command)) != sizeof(command))
		return -EPIPE;
	return worker_reply(worker, elapsed);
}

/* For a row whose worker knows one operation. */
int worker_run(void *priv, unsigned long n, __u64 *elapsed)
{
	return worker_do(priv, 0, n, elapsed);
}

/*
 * Make the process and wait for its init().  Pipes are left to the end of the
 * program if this fails.
 */
int worker_start(struct worker *worker)
{
	int in[2], out[2];
	__u64 elapsed;
	pid_t pid;

	if (pipe(in) || pipe(out))
		return -errno;
	watchdog();
	pid = fork_peer();
	if (!pid) {
		/* If we end it must see that on its pipe. */
		close(in[1]);
		close(out[0]);
		work(worker, in[0], out[1]);
	}
	close(in[0]);
	close(out[1]);
	worker->to = in[1];
	worker->from = out[0];
	if (pid < 0)
		return pid;
	worker->pid = pid;
	return worker_reply(worker, &elapsed);
}

void worker_end(struct worker *worker)
{
	if (!worker->pid)
		return;
	watchdog();
	end_peer(worker->pid);
	close(worker->to);
	close(worker->from);
	worker->pid = 0;
}

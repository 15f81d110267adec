// SPDX-License-Identifier: GPL-2.0
/*
 * What a process pays that has never heard of Nexus: no system call of Nexus
 * is made here, nor before.  `make bench BENCH=off` compares the results with
 * those of a kernel without CONFIG_NEXUS.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define CHILD_NAME	"nexus_bench_child"

/* Are we the program that run_exec() executes? */
bool life_child(void)
{
	return !strcmp(program_invocation_name, CHILD_NAME);
}

static int wait_for(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return status ? -ECHILD : 0;
}

int run_fork(void *priv, unsigned long n, __u64 *elapsed)
{
	__u64 start = now();
	unsigned long i;
	int err = 0;
	pid_t pid;

	for (i = 0; i < n && !err; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		err = wait_for(pid);
	}
	*elapsed = now() - start;
	return err;
}

static pid_t spawn(void)
{
	pid_t pid = vfork();

	if (!pid) {
		execl("/proc/self/exe", CHILD_NAME, NULL);
		_exit(1);
	}
	return pid;
}

static int run_exec(void *priv, unsigned long n, __u64 *elapsed)
{
	__u64 start = now();
	unsigned long i;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = wait_for(spawn());
	*elapsed = now() - start;
	return err;
}

static void *nothing(void *arg)
{
	return NULL;
}

static int run_thread(void *priv, unsigned long n, __u64 *elapsed)
{
	__u64 start = now();
	pthread_t thread;
	unsigned long i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		err = -pthread_create(&thread, NULL, nothing, NULL);
		if (!err)
			err = -pthread_join(thread, NULL);
	}
	*elapsed = now() - start;
	return err;
}

static void on_signal(int sig)
{
}

static int run_signal(void *priv, unsigned long n, __u64 *elapsed)
{
	unsigned long i;
	__u64 start;
	int err = 0;

	signal(SIGUSR1, on_signal);
	start = now();
	for (i = 0; i < n && !err; i++) {
		if (raise(SIGUSR1))
			err = -errno;
	}
	*elapsed = now() - start;
	signal(SIGUSR1, SIG_DFL);
	return err;
}

void bench_life(void)
{
	struct group *group = group_add("life",
					"tasks that do not use Nexus");

	if (!group)
		return;
	/* What is freed is freed later, and these are long: let it even out. */
	group->batch *= 8;
	row_add(group, "fork + exit + wait", run_fork, NULL, 0);
	row_add(group, "vfork + exec + exit + wait", run_exec, NULL, 0);
	row_add(group, "thread + exit + join", run_thread, NULL, 0);
	row_add(group, "signal + handler", run_signal, NULL, 0);
	group_measure(group);
}

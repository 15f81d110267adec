// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * How threads begin and end.
 *
 * A thread is a pthread, so that everything else of the C library works in
 * it.  BeOS gives it to its creator before it has run: the creator suspends
 * the newborn while that waits for a word here, and then sets the word.
 *
 * Any thread may be killed or suspended anywhere.  What the library keeps is
 * therefore a list without a lock: a thread that is killed while it looks
 * through the list takes some memory with it, but nobody waits for it.
 */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE	/* pthread_tryjoin_np() */
#endif
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <nexus.h>
#include "futex.h"
#include "spawn.h"
#include "status.h"

#define STACK_SIZE	(256 * 1024)

#ifndef PR_SET_VMA
# define PR_SET_VMA		0x53564d41
# define PR_SET_VMA_ANON_NAME	0
#endif

enum { WAIT, RUN, LEAVE };

struct spawned {
	struct spawned *next;
	pthread_t pthread;
	thread_func function;
	void *data;
	sigset_t mask;
	int tid;		/* 0 until the newborn has set it */
	int go;
	void *stack;
	size_t stack_size;
};

/* Those that may have a stack; whoever looks through them takes them off. */
static struct spawned *all;

/* Found without a call, also in the shared library */
static __thread __attribute__((tls_model("initial-exec"))) thread_id self;
/* NULL in threads that were not made here */
static __thread __attribute__((tls_model("initial-exec"))) struct spawned *me;
static bool self_is_safe;
static pthread_once_t at_fork_once = PTHREAD_ONCE_INIT;

/*
 * The one thread of a forked child has another id.  The C library gives back
 * the stacks of the others.
 */
static void in_child(void)
{
	struct spawned *list = all, *next;

	self = 0;
	me = NULL;
	all = NULL;
	for (; list; list = next) {
		next = list->next;
		free(list);
	}
}

static void at_fork(void)
{
	self_is_safe = !pthread_atfork(NULL, NULL, in_child);
}

thread_id be_self(void)
{
	thread_id id = self;

	if (id)
		return id;
	pthread_once(&at_fork_once, at_fork);
	id = (thread_id)nexus_syscall(__NR_gettid, 0, 0, 0, 0, 0, 0);
	if (self_is_safe)
		self = id;
	return id;
}

static bool is_main(void)
{
	return be_self() == getpid();
}

static void keep(struct spawned *spawned)
{
	struct spawned *first = __atomic_load_n(&all, __ATOMIC_RELAXED);

	do
		spawned->next = first;
	while (!__atomic_compare_exchange_n(&all, &first, spawned, true,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
}

void be_reap(void)
{
	struct spawned *list = __atomic_exchange_n(&all, NULL,
						   __ATOMIC_ACQUIRE);
	struct spawned *next;

	for (; list; list = next) {
		next = list->next;
		if (pthread_tryjoin_np(list->pthread, NULL) == EBUSY)
			keep(list);
		else
			free(list);
	}
}

/* Returns unless the team ends. */
static void end_thread(status_t status);

static void *begin(void *arg)
{
	struct spawned *spawned = arg;
	thread_func function = spawned->function;
	void *data = spawned->data;
	sigset_t mask = spawned->mask;

	me = spawned;
	be_futex_set(&spawned->tid, be_self());
	if (be_futex_wait_while(&spawned->go, WAIT) == LEAVE)
		return NULL;
	/*
	 * The creator has suspended this thread, which takes hold when it
	 * comes out of the kernel: here at the latest.  Signals wait until
	 * after that.
	 */
	nexus_syscall(__NR_gettid, 0, 0, 0, 0, 0, 0);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	end_thread(function(data));
	return NULL;
}

static int start(struct spawned *spawned)
{
	pthread_attr_t attr;
	int ret = pthread_attr_init(&attr);
	long least = sysconf(_SC_THREAD_STACK_MIN);

	if (ret)
		return ret;
	/* What the C library needs of a stack is not the program's. */
	ret = pthread_attr_setstacksize(&attr, STACK_SIZE + max_c(least, 0));
	if (!ret)
		ret = pthread_create(&spawned->pthread, &attr, begin, spawned);
	pthread_attr_destroy(&attr);
	return ret;
}

static int set_up(thread_id thread, const char *name, int32 priority)
{
	struct nexus_thread_args args;
	int ret;

	memset(&args, 0, sizeof(args));
	args.name = (uintptr_t)name;
	args.priority = priority;
	args.flags = NEXUS_THREAD_NAME | NEXUS_THREAD_PRIORITY |
		     NEXUS_THREAD_KEEP;
	ret = nexus_thread_set(thread, &args, sizeof(args));
	return ret < 0 ? ret : nexus_thread_suspend(thread, 0);
}

/* NULL takes the name away.  Not all kernels have names for mappings. */
static void set_stack_name(const struct spawned *spawned, const char *name)
{
	if (spawned->stack_size > 0)
		nexus_syscall(__NR_prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME,
			      (long)spawned->stack, (long)spawned->stack_size,
			      (long)name, 0);
}

/* On BeOS a stack is an area that is called after its thread. */
static void name_stack(struct spawned *spawned, thread_id thread,
		       const char *name)
{
	char stack_name[64];
	pthread_attr_t attr;
	char *c;

	if (pthread_getattr_np(spawned->pthread, &attr))
		return;
	if (pthread_attr_getstack(&attr, &spawned->stack,
				  &spawned->stack_size))
		spawned->stack_size = 0;
	pthread_attr_destroy(&attr);

	snprintf(stack_name, sizeof(stack_name), "%.31s_%d_stack", name,
		 thread);
	/* Linux takes what can be printed, but for these. */
	for (c = stack_name; *c; c++)
		if (*c < ' ' || *c > '~' || strchr("\\`$[]", *c))
			*c = '?';
	set_stack_name(spawned, stack_name);
}

static thread_id spawn(struct spawned *spawned, const char *name,
		       int32 priority)
{
	thread_id thread;
	int ret = start(spawned);

	if (ret) {
		free(spawned);
		return ret == EAGAIN ? B_NO_MORE_THREADS : B_NO_MEMORY;
	}
	thread = be_futex_wait_while(&spawned->tid, 0);
	ret = set_up(thread, name, priority);
	if (ret < 0) {
		be_futex_set(&spawned->go, LEAVE);
		pthread_join(spawned->pthread, NULL);
		free(spawned);
		return be_thread_status(ret);
	}
	name_stack(spawned, thread, name);
	be_futex_set(&spawned->go, RUN);
	/* From here on somebody may reap it. */
	keep(spawned);
	return thread;
}

thread_id spawn_thread(thread_func function, const char *name, int32 priority,
		       void *data)
{
	struct spawned *spawned;
	thread_id thread;
	sigset_t none;
	int cancel, saved = errno;

	be_reap();
	spawned = calloc(1, sizeof(*spawned));
	if (!spawned) {
		errno = saved;
		return B_NO_MEMORY;
	}
	if (priority == -1)
		priority = B_NORMAL_PRIORITY;
	priority = max_c(priority, NEXUS_PRIORITY_MIN);
	priority = min_c(priority, NEXUS_PRIORITY_MAX);
	spawned->function = function;
	spawned->data = data;

	/* No handler may run in a thread that has not been resumed. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	sigfillset(&none);
	pthread_sigmask(SIG_SETMASK, &none, &spawned->mask);
	none = spawned->mask;
	thread = spawn(spawned, name ? name : "user thread", priority);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	pthread_setcancelstate(cancel, NULL);
	errno = saved;
	return thread;
}

/* What is to be done when a thread ends by itself */

struct callback {
	struct callback *next;
	void (*function)(void *arg);
	void *data;
};

static pthread_key_t callbacks;
static bool have_callbacks;
static pthread_once_t callbacks_once = PTHREAD_ONCE_INIT;

static void run_callbacks(void)
{
	struct callback *first;

	while (have_callbacks && (first = pthread_getspecific(callbacks))) {
		void (*function)(void *arg) = first->function;
		void *data = first->data;

		pthread_setspecific(callbacks, first->next);
		free(first);
		function(data);
	}
}

/* The thread ends without exit_thread(): it is none of ours, or cancelled. */
static void thread_ends(void *first)
{
	pthread_setspecific(callbacks, first);
	run_callbacks();
}

/* main() returns, or somebody calls exit(). */
static void program_ends(void)
{
	if (is_main())
		run_callbacks();
}

static void make_callbacks(void)
{
	have_callbacks = !pthread_key_create(&callbacks, thread_ends) &&
			 !atexit(program_ends);
}

status_t on_exit_thread(void (*callback)(void *), void *data)
{
	struct callback *new = malloc(sizeof(*new));

	pthread_once(&callbacks_once, make_callbacks);
	if (!new || !have_callbacks) {
		free(new);
		return B_NO_MEMORY;
	}
	new->function = callback;
	new->data = data;
	new->next = pthread_getspecific(callbacks);
	if (pthread_setspecific(callbacks, new)) {
		free(new);
		return B_NO_MEMORY;
	}
	return B_OK;
}

static void end_thread(status_t status)
{
	struct nexus_thread_args args;

	run_callbacks();
	/* The C library keeps the stack for the next thread. */
	if (me)
		set_stack_name(me, NULL);
	memset(&args, 0, sizeof(args));
	args.flags = NEXUS_THREAD_STATUS;
	args.status = status;
	nexus_thread_set(0, &args, sizeof(args));
	if (is_main())
		exit(status);
}

void exit_thread(status_t status)
{
	end_thread(status);
	pthread_exit(NULL);
}

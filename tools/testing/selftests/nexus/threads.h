/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of threads share: threads that wait in any call or that only
 * count, and how to know what state they are in.
 */
#ifndef _SELFTESTS_NEXUS_THREADS_H
#define _SELFTESTS_NEXUS_THREADS_H

#include "sem.h"

#include <linux/futex.h>
#include <poll.h>

#define THREAD		NEXUS_TYPE_THREAD
#define THREAD_MAX	NEXUS_THREAD_MSG_MAX

/* Far beyond the patience of any test. */
static const struct __kernel_timespec far_away = { .tv_sec = 1LL << 32 };
static const struct __kernel_timespec long_gone;

static inline long thread_info(int id, struct nexus_thread_info *info)
{
	return nexus_info(THREAD, id, info, sizeof(*info), 0);
}

/* One of enum nexus_thread_state, or a negative errno. */
static inline long thread_state(int id)
{
	struct nexus_thread_info info;
	const long ret = thread_info(id, &info);

	return ret < 0 ? ret : (long)info.state;
}

static inline int reaches(int id, long state)
{
	return poll_until(thread_state(id) == state);
}

/* Does its slot hold a message?  Or a negative errno. */
static inline long has_data(int id)
{
	struct nexus_thread_info info;
	const long ret = thread_info(id, &info);

	return ret < 0 ? ret : !!(info.flags & NEXUS_THREAD_HAS_DATA);
}

#define SET(id, ...) \
	nexus_thread_set(id, &(struct nexus_thread_args){ __VA_ARGS__ }, \
			 sizeof(struct nexus_thread_args))

static inline long set_name(int id, const char *name)
{
	return SET(id, .flags = NEXUS_THREAD_NAME, .name = (uintptr_t)name);
}

static inline long set_priority(int id, int priority)
{
	return SET(id, .flags = NEXUS_THREAD_PRIORITY, .priority = priority);
}

static inline long set_status(int status)
{
	return SET(0, .flags = NEXUS_THREAD_STATUS, .status = status);
}

static inline long set_keep(int id)
{
	return SET(id, .flags = NEXUS_THREAD_KEEP);
}

/*
 * Suspends a thread and returns 0 once it has stopped: to be suspended is to
 * be asked to stop, and another CPU may take a moment to comply.
 */
static inline long suspend(int id)
{
	const long ret = nexus_thread_suspend(id, 0);

	if (ret)
		return ret;
	return poll_until(thread_state(id) == NEXUS_THREAD_SUSPENDED &&
			  task_state(id, id) != 'R') ? 0 : -ETIMEDOUT;
}

static inline long resume(int id)
{
	return nexus_thread_resume(id, 0);
}

/* Sends without waiting a message that has no data. */
static inline long tell(int id, int code)
{
	return nexus_thread_send(id, code, NULL, 0, NOWAIT, NULL);
}

/* Receives without waiting, for its code: that, or a negative errno. */
static inline long told(void)
{
	struct nexus_msg_info info;
	const long ret = nexus_thread_recv(NULL, 0, &info, NOWAIT, NULL);

	return ret < 0 ? ret : info.code;
}

static inline int signal_thread(pid_t pid, pid_t tid, int sig)
{
	return syscall(__NR_tgkill, pid, tid, sig) ? -errno : 0;
}

/* Polls until there is no such thread any more. */
static inline int thread_ends(pid_t pid, pid_t tid)
{
	return poll_until(signal_thread(pid, tid, 0) == -ESRCH);
}

/*
 * Any call, to be made by a thread or, if this lies in shared memory, by
 * another process.
 */
struct job {
	long nr;
	long arg[6];
	/* Set by whoever makes the call. */
	pid_t pid;
	pid_t tid;
	long ret;
	int done;
	void *stack;
	pthread_t thread;
};

#define JOB(name, ...)	{ .nr = __NR_##name, .arg = { __VA_ARGS__ } }

static inline void *run_job(void *arg)
{
	struct job *job = arg;
	long *a = job->arg, ret;

	job->pid = getpid();
	job->stack = &ret;
	__atomic_store_n(&job->tid, own_tid(), __ATOMIC_RELEASE);
	ret = nexus_ret(syscall(job->nr, a[0], a[1], a[2], a[3], a[4], a[5]));
	job->ret = ret;
	__atomic_store_n(&job->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Starts a thread and returns 0 once its id is in *tid. */
static inline int start_thread(pthread_t *thread, void *(*fn)(void *),
			       void *arg, pid_t *tid)
{
	pthread_attr_t attr;
	int ret;

	*tid = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	ret = -pthread_create(thread, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	if (ret)
		return ret;
	return poll_until(__atomic_load_n(tid, __ATOMIC_ACQUIRE)) ? 0 :
								    -ETIMEDOUT;
}

/* Also one that was killed: then nothing but its id is cleared. */
static inline int join_thread(pthread_t thread)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_MS / 1000;
	return -pthread_timedjoin_np(thread, NULL, &end);
}

static inline int launch_job(struct job *job)
{
	job->done = 0;
	return start_thread(&job->thread, run_job, job, &job->tid);
}

static inline int job_done(struct job *job)
{
	return __atomic_load_n(&job->done, __ATOMIC_ACQUIRE);
}

/* Asleep in its call, which is not to be suspended in it. */
static inline int job_waits(struct job *job)
{
	return poll_until(is_blocked(job->pid, job->tid, job->nr) &&
			  thread_state(job->tid) != NEXUS_THREAD_SUSPENDED);
}

/* How often a thread has gone to sleep. */
static inline long sleeps(pid_t tid)
{
	static const char key[] = "\nvoluntary_ctxt_switches:";
	char path[64], buf[4096], *p;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (read_file(path, buf, sizeof(buf)) <= 0)
		return -1;
	p = strstr(buf, key);
	return p ? atol(p + strlen(key)) : -1;
}

static inline int start_job(struct job *job)
{
	const int ret = launch_job(job);

	if (ret)
		return ret;
	return wait_until_blocked(job->pid, job->tid, job->nr);
}

static inline long join_job(struct job *job)
{
	return join_thread(job->thread) ? NEVER_ENDED : job->ret;
}

/* The call did not return, although its thread has ended. */
static inline int job_died(struct job *job)
{
	return !join_thread(job->thread) && !job_done(job);
}

static inline int job_process(void *arg)
{
	run_job(arg);
	return 0;
}

/* Starts the job, in shared memory, in a process that blocks in it. */
static inline pid_t start_job_process(struct job *job)
{
	pid_t pid;

	job->tid = 0;
	job->done = 0;
	pid = spawn(job_process, job);
	if (pid < 0 || !poll_until(__atomic_load_n(&job->tid,
						   __ATOMIC_ACQUIRE)))
		return -1;
	return wait_until_blocked(pid, pid, job->nr) ? -1 : pid;
}

/* A thread that counts and does nothing else. */
struct spinner {
	long count;
	int stop;
	pid_t tid;
	pthread_t thread;
};

static inline void *spin(void *arg)
{
	struct spinner *spinner = arg;

	__atomic_store_n(&spinner->tid, own_tid(), __ATOMIC_RELEASE);
	while (!__atomic_load_n(&spinner->stop, __ATOMIC_ACQUIRE))
		__atomic_fetch_add(&spinner->count, 1, __ATOMIC_RELAXED);
	return NULL;
}

static inline int start_spinner(struct spinner *spinner)
{
	spinner->count = 0;
	spinner->stop = 0;
	return start_thread(&spinner->thread, spin, spinner, &spinner->tid);
}

static inline long count_of(struct spinner *spinner)
{
	return __atomic_load_n(&spinner->count, __ATOMIC_RELAXED);
}

static inline int moves(struct spinner *spinner)
{
	const long count = count_of(spinner);

	return poll_until(count_of(spinner) != count);
}

/* Once it is off its CPU: does it stay where it is? */
static inline int stands_still(struct spinner *spinner)
{
	long count;
	int i;

	if (!poll_until(task_state(spinner->tid, spinner->tid) != 'R'))
		return 0;
	count = count_of(spinner);
	for (i = 0; i < 10; i++) {
		nap();
		if (count_of(spinner) != count)
			return 0;
	}
	return 1;
}

static inline int stop_spinner(struct spinner *spinner)
{
	__atomic_store_n(&spinner->stop, 1, __ATOMIC_RELEASE);
	return join_thread(spinner->thread);
}

/* A process with a main thread that waits and a second one that counts. */
struct team {
	struct spinner spinner;
	pid_t pid;
	int step;	/* how far it is */
	int go;		/* how far it may go */
	int result;
};

static inline int team_main(void *arg)
{
	struct team *team = arg;

	if (start_spinner(&team->spinner))
		return 1;
	announce(&team->step, 1);
	for (;;)
		pause();
}

/* Such a process that has got as far as step 1, or one that runs fn. */
static inline struct team *start_team(int (*fn)(void *))
{
	struct team *team = shared(sizeof(*team));

	if (!team)
		return NULL;
	team->pid = spawn(fn ? fn : team_main, team);
	if (team->pid < 0 || !reached(&team->step, 1))
		return NULL;
	return team;
}

static inline int kill_team(struct team *team)
{
	kill(team->pid, SIGKILL);
	return reap(team->pid);
}

/* waitpid() that does not wait for ever. */
static inline int await(pid_t pid, int *status, int flags)
{
	return poll_until(waitpid(pid, status, flags | WNOHANG) == pid);
}

/* Every wait that a signal interrupts. */
enum wait_kind {
	WAIT_SEM, WAIT_PORT_RECV, WAIT_PORT_SEND, WAIT_THREAD, WAIT_SNOOZE,
	WAIT_NANOSLEEP, WAIT_FUTEX, WAIT_POLL, WAIT_READ, WAITS
};

struct wait {
	struct job job;
	enum wait_kind kind;
	int id;			/* what is waited for */
	int fd[2];
	int word;
	char byte;
	struct pollfd poll;
	struct __kernel_timespec at;
	struct job target;
};

#ifndef __NR_poll
#define POLL_RESTARTS	1	/* as ppoll() does */
#else
#define POLL_RESTARTS	0
#endif

static const char * const wait_names[WAITS] = {
	"sem", "port_recv", "port_send", "thread", "snooze", "nanosleep",
	"futex", "poll", "read"
};

#ifdef __NR_clock_nanosleep_time64
#define NR_NANOSLEEP	__NR_clock_nanosleep_time64
#define NR_FUTEX	__NR_futex_time64
#else
#define NR_NANOSLEEP	__NR_clock_nanosleep
#define NR_FUTEX	__NR_futex
#endif

/* Starts a thread that waits for something; 0 once it does. */
static inline int start_wait(struct wait *wait, enum wait_kind kind)
{
	struct job *job = &wait->job;

	memset(wait, 0, sizeof(*wait));
	wait->kind = kind;
	wait->at = in_ms(CLOCK_MONOTONIC, 3600 * 1000);
	switch (kind) {
	case WAIT_SEM:
		wait->id = new_sem(0);
		*job = (struct job)JOB(nexus_sem_acquire, wait->id, 1);
		break;
	case WAIT_PORT_RECV:
		wait->id = new_port(1);
		*job = (struct job)JOB(nexus_port_recv, wait->id);
		break;
	case WAIT_PORT_SEND:
		wait->id = new_port(1);
		if (send_code(wait->id, 1))
			return -1;
		*job = (struct job)JOB(nexus_port_send, wait->id, 2);
		break;
	case WAIT_THREAD:
		wait->target = (struct job)JOB(nexus_thread_recv);
		if (start_job(&wait->target))
			return -1;
		wait->id = wait->target.tid;
		*job = (struct job)JOB(nexus_thread_wait, wait->id);
		break;
	case WAIT_SNOOZE:
		*job = (struct job)JOB(nexus_snooze, 0, (long)&wait->at);
		break;
	case WAIT_NANOSLEEP:
		wait->at = (struct __kernel_timespec){ .tv_sec = 3600 };
		job->nr = NR_NANOSLEEP;
		job->arg[0] = CLOCK_MONOTONIC;
		job->arg[2] = (long)&wait->at;
		break;
	case WAIT_FUTEX:
		wait->at = (struct __kernel_timespec){ .tv_sec = 3600 };
		job->nr = NR_FUTEX;
		job->arg[0] = (long)&wait->word;
		job->arg[1] = FUTEX_WAIT;
		job->arg[3] = (long)&wait->at;
		break;
	default:
		if (pipe(wait->fd))
			return -1;
		wait->poll = (struct pollfd){ wait->fd[0], POLLIN, 0 };
#ifdef __NR_poll
		*job = (struct job)JOB(poll, (long)&wait->poll, 1, -1);
#else
		*job = (struct job)JOB(ppoll, (long)&wait->poll, 1);
#endif
		if (kind == WAIT_READ)
			*job = (struct job)JOB(read, wait->fd[0],
					       (long)&wait->byte, 1);
	}
	return start_job(job);
}

/* What it waits for happens, or is not to be had: then -1. */
static inline int end_wait(struct wait *wait)
{
	switch (wait->kind) {
	case WAIT_SEM:
		return release(wait->id, 1);
	case WAIT_PORT_RECV:
		return send_code(wait->id, 1);
	case WAIT_PORT_SEND:
		return recv_code(wait->id) != 1;
	case WAIT_THREAD:
		return tell(wait->id, 1);
	case WAIT_FUTEX:
		__atomic_store_n(&wait->word, 1, __ATOMIC_SEQ_CST);
		return syscall(__NR_futex, &wait->word, FUTEX_WAKE, 1, NULL,
			       NULL, 0) < 0;
	case WAIT_POLL:
	case WAIT_READ:
		return write(wait->fd[1], "x", 1) != 1;
	default:
		return -1;
	}
}

/* What such a call returns when what it waited for has happened. */
static inline long wait_result(struct wait *wait)
{
	return wait->kind == WAIT_POLL || wait->kind == WAIT_READ;
}

/* Tidies up behind one whose job is over. */
static inline void clean_wait(struct wait *wait)
{
	switch (wait->kind) {
	case WAIT_SEM:
		delete_sem(wait->id);
		break;
	case WAIT_PORT_RECV:
	case WAIT_PORT_SEND:
		delete_port(wait->id);
		break;
	case WAIT_THREAD:
		tell(wait->id, 1);
		join_thread(wait->target.thread);
		break;
	case WAIT_POLL:
	case WAIT_READ:
		close(wait->fd[0]);
		close(wait->fd[1]);
		break;
	default:
		break;
	}
}

static int handled;

static inline void count_handler(int sig)
{
	__atomic_fetch_add(&handled, 1, __ATOMIC_SEQ_CST);
}

static inline int handled_now(void)
{
	return __atomic_load_n(&handled, __ATOMIC_SEQ_CST);
}

static inline void handle_signal(int sig, int flags)
{
	struct sigaction sa = {
		.sa_handler = count_handler,
		.sa_flags = flags,
	};

	handled = 0;
	sigaction(sig, &sa, NULL);
}

#endif /* _SELFTESTS_NEXUS_THREADS_H */

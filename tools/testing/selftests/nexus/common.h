/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the Nexus tests share: short forms of the calls, threads and processes
 * that block in one of them, and how to know that they do without sleeping.
 */
#ifndef _SELFTESTS_NEXUS_COMMON_H
#define _SELFTESTS_NEXUS_COMMON_H

#include "wrappers.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest_harness.h"

#define PORT	NEXUS_TYPE_PORT
#define NOWAIT	NEXUS_NOWAIT
#define GATHER	NEXUS_PORT_GATHER
#define PEEK	NEXUS_PORT_PEEK
#define MSG_MAX	NEXUS_PORT_MSG_MAX

/*
 * How long a helper polls for a state that must come.  Only a broken kernel
 * reaches it, so it is generous: guests are emulated and have KASAN.
 */
#define PATIENCE_MS	20000

/* What join_op() returns if the operation did not end, no errno has it. */
#define NEVER_ENDED	(-9999)

static inline void nap(void)
{
	const struct timespec ts = { .tv_nsec = 1000000 };

	nanosleep(&ts, NULL);
}

static inline int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Polls until the condition is true; false if it never becomes so. */
#define poll_until(cond) \
	({ \
		const int64_t __end = now_ns(CLOCK_MONOTONIC) + \
				      PATIENCE_MS * 1000000LL; \
		int __ok; \
		while (!(__ok = !!(cond)) && now_ns(CLOCK_MONOTONIC) < __end) \
			nap(); \
		__ok; \
	})

/* A deadline that is ms from now on the given clock. */
static inline struct __kernel_timespec in_ms(clockid_t clock, int64_t ms)
{
	const int64_t ns = now_ns(clock) + ms * 1000000;

	return (struct __kernel_timespec){
		.tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000,
	};
}

static inline long port_args(const char *name, unsigned int capacity,
			     unsigned int flags, unsigned int mode)
{
	const struct nexus_port_args args = {
		.name = (uintptr_t)name,
		.capacity = capacity,
		.flags = flags,
		.mode = mode,
	};

	return nexus_port_create(&args, sizeof(args));
}

static inline long new_port(unsigned int capacity)
{
	return port_args("test port", capacity, 0, 0);
}

static inline long port_info(int port, struct nexus_port_info *info)
{
	return nexus_info(PORT, port, info, sizeof(*info), 0);
}

static inline long delete_port(int port)
{
	return nexus_delete(PORT, port, 0);
}

/* Sends without waiting a message that has no data. */
static inline long send_code(int port, int code)
{
	return nexus_port_send(port, code, NULL, 0, NOWAIT, NULL);
}

/* Receives without waiting, for its code: that, or a negative errno. */
static inline long recv_code(int port)
{
	struct nexus_msg_info info;
	long ret;

	ret = nexus_port_recv(port, NULL, 0, &info, NOWAIT, NULL);
	return ret < 0 ? ret : info.code;
}

/* Messages that the port holds, or a negative errno. */
static inline long queued(int port)
{
	struct nexus_port_info info;
	const long ret = port_info(port, &info);

	return ret < 0 ? ret : info.queued;
}

static inline long total(int port)
{
	struct nexus_port_info info;
	const long ret = port_info(port, &info);

	return ret < 0 ? ret : info.total;
}

static inline struct nexus_system_info system_info(void)
{
	struct nexus_system_info info = {};

	/* A failure leaves abi 0, which no kernel has. */
	nexus_info(NEXUS_TYPE_SYSTEM, 0, &info, sizeof(info), 0);
	return info;
}

/* Ports of the caller's IPC namespace. */
static inline long ports(void)
{
	const struct nexus_system_info info = system_info();

	return info.abi ? (long)info.ports : -1;
}

static inline pid_t own_tid(void)
{
	return syscall(__NR_gettid);
}

/* Fills a buffer with what depends on seed and place. */
static inline void fill(void *buf, size_t size, unsigned int seed)
{
	unsigned char *p = buf;
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = (unsigned char)(seed * 31 + i * 7 + (i >> 8));
}

static inline int filled(const void *buf, size_t size, unsigned int seed)
{
	const unsigned char *p = buf;
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != (unsigned char)(seed * 31 + i * 7 + (i >> 8)))
			return 0;
	return 1;
}

static inline int all_bytes(const void *buf, size_t size, unsigned char byte)
{
	const unsigned char *p = buf;
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != byte)
			return 0;
	return 1;
}

/* Writes a string to a file; 0 or a negative errno. */
static inline int write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ret = -errno;
	close(fd);
	return ret;
}

/* Reads a whole file and terminates it; its length or a negative errno. */
static inline long read_file(const char *path, char *buf, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	while (len < size - 1) {
		got = read(fd, buf + len, size - 1 - len);
		if (got < 0) {
			got = -errno;
			close(fd);
			return got;
		}
		if (!got)
			break;
		len += got;
	}
	buf[len] = 0;
	close(fd);
	return len;
}

#define SYSCTL(name)	"/proc/sys/kernel/nexus/" name

/*
 * Is the thread asleep in system call nr?  /proc says the number only of a
 * thread that has stopped running.  Where it may not be read the state must do.
 */
static inline int is_blocked(pid_t pid, pid_t tid, long nr)
{
	char path[64], buf[512], *p;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	if (read_file(path, buf, sizeof(buf)) > 0)
		return strncmp(buf, "running", 7) && atol(buf) == nr;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	if (read_file(path, buf, sizeof(buf)) <= 0)
		return 0;
	p = strrchr(buf, ')');
	return p && p[1] == ' ' && p[2] == 'S';
}

static inline int wait_until_blocked(pid_t pid, pid_t tid, long nr)
{
	return poll_until(is_blocked(pid, tid, nr)) ? 0 : -ETIMEDOUT;
}

static inline char task_state(pid_t pid, pid_t tid)
{
	char path[64], buf[512], *p;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	if (read_file(path, buf, sizeof(buf)) <= 0)
		return 0;
	p = strrchr(buf, ')');
	return p && p[1] == ' ' ? p[2] : 0;
}

/*
 * One call that may block, to be made by a thread or, if it lies in shared
 * memory, by another process.
 */
struct op {
	long nr;
	int port;
	int code;
	void *buf;
	size_t size;
	unsigned int flags;
	const struct __kernel_timespec *deadline;
	struct nexus_msg_info info;
	/* Set by whoever makes the call. */
	pid_t pid;
	pid_t tid;
	long ret;
	int done;
	pthread_t thread;
};

#define SEND_OP(...)	{ .nr = __NR_nexus_port_send, __VA_ARGS__ }
#define RECV_OP(...)	{ .nr = __NR_nexus_port_recv, __VA_ARGS__ }

static inline void *run_op(void *arg)
{
	struct op *op = arg;
	long ret;

	op->pid = getpid();
	__atomic_store_n(&op->tid, own_tid(), __ATOMIC_RELEASE);
	if (op->nr == __NR_nexus_port_send)
		ret = nexus_port_send(op->port, op->code, op->buf, op->size,
				      op->flags, op->deadline);
	else
		ret = nexus_port_recv(op->port, op->buf, op->size, &op->info,
				      op->flags, op->deadline);
	op->ret = ret;
	__atomic_store_n(&op->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Starts the operation in a thread, which need not have blocked yet. */
static inline int launch_op(struct op *op)
{
	pthread_attr_t attr;
	int ret;

	op->tid = 0;
	op->done = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	ret = -pthread_create(&op->thread, &attr, run_op, op);
	pthread_attr_destroy(&attr);
	return ret;
}

/* Starts the operation in a thread and returns 0 once that sleeps in it. */
static inline int start_op(struct op *op)
{
	const int ret = launch_op(op);

	if (ret)
		return ret;
	if (!poll_until(__atomic_load_n(&op->tid, __ATOMIC_ACQUIRE)))
		return -ETIMEDOUT;
	return wait_until_blocked(op->pid, op->tid, op->nr);
}

static inline int op_done(struct op *op)
{
	return __atomic_load_n(&op->done, __ATOMIC_ACQUIRE);
}

/* The result of an operation in a thread. */
static inline long join_op(struct op *op)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_MS / 1000;
	if (pthread_timedjoin_np(op->thread, NULL, &end))
		return NEVER_ENDED;
	return op->ret;
}

/* Memory that children made later share. */
static inline void *shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Runs fn in another process, which dies with this one. */
static inline pid_t spawn(int (*fn)(void *), void *arg)
{
	const pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	_exit(fn(arg));
}

/* The exit status of a process, or 128 + signal, or -1. */
static inline int reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return 128 + WTERMSIG(status);
}

/* Becomes another user, without groups and privileges; 0 or -1. */
static inline int become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid))
		return -1;
	/* Both ended with the old user, /proc/self is root's without this. */
	prctl(PR_SET_DUMPABLE, 1);
	return prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* A user namespace in which the caller is root; 0 or -1. */
static inline int own_user_ns(void)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	char map[32];

	if (unshare(CLONE_NEWUSER) ||
	    write_file("/proc/self/setgroups", "deny"))
		return -1;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (write_file("/proc/self/uid_map", map))
		return -1;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_file("/proc/self/gid_map", map) ? -1 : 0;
}

static inline int op_process(void *arg)
{
	run_op(arg);
	return 0;
}

/* Starts the operation, in shared memory, in a process that blocks in it. */
static inline pid_t start_op_process(struct op *op)
{
	pid_t pid;

	op->tid = 0;
	op->done = 0;
	pid = spawn(op_process, op);
	if (pid < 0)
		return -1;
	if (!poll_until(__atomic_load_n(&op->tid, __ATOMIC_ACQUIRE)))
		return -1;
	/* With its pid namespace's eyes the child may have another pid. */
	if (wait_until_blocked(pid, pid, op->nr))
		return -1;
	return pid;
}

/* A step that other processes wait for; lies in shared memory. */
static inline void announce(int *step, int value)
{
	__atomic_store_n(step, value, __ATOMIC_RELEASE);
}

static inline int reached(int *step, int value)
{
	return poll_until(__atomic_load_n(step, __ATOMIC_ACQUIRE) >= value);
}

/* Addresses that no call may read or write through. */
enum {
	BAD_NULL,
	BAD_UNMAPPED,
	BAD_NONE,
	BAD_KERNEL,
	BAD_HIGH,
	BAD_HALF,
	BAD_READABLE,	/* these first ones cannot be read either */
	BAD_RDONLY = BAD_READABLE,
	BAD_COUNT
};

struct bad {
	const char *name;
	void *addr;
};

/*
 * A table of bad addresses, BAD_COUNT of them, or NULL.  The half mapped one
 * is good for its first half bytes only.
 */
static inline struct bad *make_bad(size_t half)
{
	struct bad *bad = calloc(BAD_COUNT, sizeof(*bad));
	const size_t page = sysconf(_SC_PAGESIZE);
	const int anon = MAP_PRIVATE | MAP_ANONYMOUS;
	char *p = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, anon, -1, 0);

	if (!bad || p == MAP_FAILED)
		return NULL;
	if (mprotect(p, page, PROT_NONE) ||
	    mprotect(p + 2 * page, page, PROT_NONE) ||
	    mprotect(p + 3 * page, page, PROT_READ))
		return NULL;
	bad[BAD_NULL] = (struct bad){ "NULL", NULL };
	/* Where nothing may be mapped, so that nothing ever is. */
	bad[BAD_UNMAPPED] = (struct bad){ "unmapped", (void *)page };
	bad[BAD_NONE] = (struct bad){ "PROT_NONE", p };
	bad[BAD_KERNEL] = (struct bad){
		"kernel", (void *)(1UL << (8 * sizeof(long) - 1) | 1UL << 30)
	};
	bad[BAD_HIGH] = (struct bad){ "top", (void *)-(long)page };
	bad[BAD_HALF] = (struct bad){ "half mapped", p + 2 * page - half };
	bad[BAD_RDONLY] = (struct bad){ "read-only", p + 3 * page };
	return bad;
}

#endif /* _SELFTESTS_NEXUS_COMMON_H */

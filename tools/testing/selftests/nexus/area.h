/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of areas share: short forms of the calls, what /proc says of
 * an address space, accesses that may fault, and teams: other processes that
 * do what they are told, one command at a time.
 */
#ifndef _SELFTESTS_NEXUS_AREA_H
#define _SELFTESTS_NEXUS_AREA_H

#include "common.h"

#include <limits.h>
#include <linux/futex.h>
#include <setjmp.h>
#include <stdarg.h>

#define AREA		NEXUS_TYPE_AREA
#define RDONLY		NEXUS_AREA_READ
#define RDWR		(NEXUS_AREA_READ | NEXUS_AREA_WRITE)
#define CLONEABLE	NEXUS_AREA_CLONEABLE

#define PAGE		((size_t)sysconf(_SC_PAGESIZE))

/*
 * Arguments that make an area anywhere, to be changed as needed.  Those of a
 * clone have no size: pages is 0.
 */
static inline struct nexus_area_args area_args(const char *name, size_t pages,
					       unsigned int protection)
{
	return (struct nexus_area_args){
		.name = (uintptr_t)name,
		.size = pages * PAGE,
		.protection = protection,
	};
}

static inline long create_area(struct nexus_area_args *args)
{
	return nexus_area_create(args, sizeof(*args));
}

static inline long new_area(size_t pages, unsigned int protection)
{
	struct nexus_area_args args = area_args("test area", pages,
						protection);

	return create_area(&args);
}

/* An area at this address and nowhere else. */
static inline long new_area_at(const void *address, size_t pages,
			       unsigned int protection)
{
	struct nexus_area_args args = area_args("test area", pages,
						protection);

	args.spec = NEXUS_AREA_EXACT;
	args.address = (uintptr_t)address;
	return create_area(&args);
}

static inline long clone_area(int source, unsigned int protection)
{
	struct nexus_area_args args = area_args("test clone", 0, protection);

	return nexus_area_clone(source, &args, sizeof(args));
}

static inline long resize_area(int area, size_t pages)
{
	return nexus_area_resize(area, pages * PAGE);
}

/* Gives the area to a team, which finds it anywhere: the new id. */
static inline long transfer_area(int area, int team)
{
	struct nexus_area_args args = {};

	return nexus_area_transfer(area, team, &args, sizeof(args));
}

static inline long delete_area(int area)
{
	return nexus_delete(AREA, area, 0);
}

static inline long area_info(int area, struct nexus_area_info *info)
{
	return nexus_info(AREA, area, info, sizeof(*info), 0);
}

/* Where an area of the caller's is, NULL if there is none. */
static inline char *area_at(int area)
{
	struct nexus_area_info info;

	if (area_info(area, &info))
		return NULL;
	return (char *)(uintptr_t)info.address;
}

/* Its size in pages, or a negative errno. */
static inline long area_pages(int area)
{
	struct nexus_area_info info;
	const long ret = area_info(area, &info);

	return ret < 0 ? ret : (long)(info.size / PAGE);
}

static inline long area_protection(int area)
{
	struct nexus_area_info info;
	const long ret = area_info(area, &info);

	return ret < 0 ? ret : (long)info.protection;
}

static inline long area_maximum(int area)
{
	struct nexus_area_info info;
	const long ret = area_info(area, &info);

	return ret < 0 ? ret : (long)info.max_protection;
}

/* NEXUS_AREA_SHARED or 0, or a negative errno. */
static inline long area_flags(int area)
{
	struct nexus_area_info info;
	const long ret = area_info(area, &info);

	return ret < 0 ? ret : (long)info.flags;
}

static inline long area_for(const void *address)
{
	return nexus_area_for(address, 0);
}

static inline long area_map(int team, const void *address,
			    struct nexus_area_info *info)
{
	return nexus_area_map(team, (unsigned long)address, info,
			      sizeof(*info), 0);
}

/* Areas of the caller's IPC namespace. */
static inline long areas(void)
{
	const struct nexus_system_info info = system_info();

	return info.abi ? (long)info.areas : -1;
}

/* Address space that is free for so many pages, at least now. */
static inline char *free_range(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || munmap(p, pages * PAGE))
		return NULL;
	return p;
}

/*
 * Accesses that may fault: 0, or the signal that they got.
 */

static __thread sigjmp_buf fault_jump;

static inline void on_fault(int sig)
{
	siglongjmp(fault_jump, sig);
}

/* Writes the byte, or reads it if it is negative. */
static inline int try_access(char *p, int *byte)
{
	struct sigaction segv, bus;
	struct sigaction sa = { .sa_handler = on_fault };
	int sig;

	sigaction(SIGSEGV, &sa, &segv);
	sigaction(SIGBUS, &sa, &bus);
	sig = sigsetjmp(fault_jump, 1);
	if (!sig) {
		if (*byte < 0)
			*byte = __atomic_load_n((unsigned char *)p,
						__ATOMIC_RELAXED);
		else
			__atomic_store_n(p, *byte, __ATOMIC_RELAXED);
	}
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return sig;
}

static inline int try_read(const void *p)
{
	int byte = -1;

	return try_access((char *)p, &byte);
}

static inline int try_write(void *p, unsigned char byte)
{
	int value = byte;

	return try_access(p, &value);
}

/* The byte at p, or the negative of the signal that reading it got. */
static inline int peek_byte(const void *p)
{
	int byte = -1;
	const int sig = try_access((char *)p, &byte);

	return sig ? -sig : byte;
}

/*
 * What /proc says.
 */

struct vma {
	unsigned long long start;
	unsigned long long end;
	char perms[8];
	char name[128];
};

/*
 * Mappings of a process that have a part in from..to, and what the first of
 * them is unless that is NULL.  pid 0: the caller.  Nothing is allocated, so
 * that to look does not change what is seen.
 */
static inline long vmas(pid_t pid, const void *from, const void *to,
			struct vma *first)
{
	static char text[512 * 1024];
	unsigned long long start, end;
	char path[32], perms[8];
	long len, count = 0;
	char *line, *next;
	int name;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid ? pid : getpid());
	len = read_file(path, text, sizeof(text));
	if (len < 0)
		return len;
	/* What does not fit would not be counted. */
	if (len == sizeof(text) - 1)
		return -EFBIG;
	if (first)
		memset(first, 0, sizeof(*first));
	for (line = text; *line; line = next) {
		next = strchrnul(line, '\n');
		if (*next)
			*next++ = 0;
		name = 0;
		if (sscanf(line, "%llx-%llx %7s %*s %*s %*s %n", &start, &end,
			   perms, &name) < 3)
			return -EIO;
		if (end <= (uintptr_t)from || start >= (uintptr_t)to)
			continue;
		if (!count++ && first) {
			first->start = start;
			first->end = end;
			memcpy(first->perms, perms, sizeof(perms));
			snprintf(first->name, sizeof(first->name), "%s",
				 name ? line + name : "");
		}
	}
	return count;
}

/* Mappings of the caller's in so many pages from p on. */
static inline long vmas_at(const void *p, size_t pages)
{
	return vmas(0, p, (const char *)p + pages * PAGE, NULL);
}

/* All the mappings of the caller. */
static inline long all_vmas(void)
{
	return vmas(0, NULL, (void *)UINTPTR_MAX, NULL);
}

/* A number of kilobytes out of a file with lines "Key: 123 kB", or -1. */
static inline long kilobytes(const char *path, const char *key)
{
	char text[16384], *p;
	const size_t len = strlen(key);

	if (read_file(path, text, sizeof(text)) <= 0)
		return -1;
	for (p = text; p; p = strchr(p, '\n')) {
		if (*p == '\n')
			p++;
		if (!strncmp(p, key, len) && p[len] == ':')
			return atol(p + len + 1);
	}
	return -1;
}

/*
 * Teams.  A team is a process that is forked from the one that starts it (so
 * it has sisters of the areas that are there at that time; start it first if
 * it should have none) and then does one command after the other.  A command
 * is a function of this program and takes up to six numbers.
 */

#define TEAM_GONE	(-9998)		/* the process has ended */
#define TEAM_STUCK	(-9997)		/* it did not answer */
#define TEAM_BUF	8192

struct team {
	pid_t pid;
	struct team *parent;	/* the team that forked it, NULL: the test */
	long (*command)(struct team *team);
	long arg[6];
	long ret;
	int asked;		/* commands that it got */
	int answered;		/* commands that it has done */
	/* For what does not fit into numbers; commands may use them. */
	struct nexus_area_args args;
	struct nexus_area_info info;
	char buf[TEAM_BUF];
};

static inline void futex_wait_change(int *word, int old,
				     unsigned int ms)
{
	const struct timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000,
	};

	/* A 32-bit program may have another timespec than its kernel. */
#ifdef __NR_futex_time64
	const long long ts64[2] = { ts.tv_sec, ts.tv_nsec };

	syscall(__NR_futex_time64, word, FUTEX_WAIT, old, ts64, NULL, 0);
#else
	syscall(__NR_futex, word, FUTEX_WAIT, old, &ts, NULL, 0);
#endif
}

static inline void futex_wake_all(int *word)
{
#ifdef __NR_futex_time64
	syscall(__NR_futex_time64, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
#else
	syscall(__NR_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
#endif
}

/* The life of a team. */
static inline void serve(struct team *team)
{
	int asked, done = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	announce(&team->answered, 1);
	futex_wake_all(&team->answered);
	for (;;) {
		asked = __atomic_load_n(&team->asked, __ATOMIC_ACQUIRE);
		if (asked == done) {
			futex_wait_change(&team->asked, asked, 1000);
			continue;
		}
		done++;
		team->ret = team->command(team);
		/* The first answer was that it is there. */
		announce(&team->answered, done + 1);
		futex_wake_all(&team->answered);
	}
}

/* The place of a team that team_start() or team_fork() starts. */
static inline struct team *team_alloc(void)
{
	return shared(sizeof(struct team));
}

static inline int team_ended(const struct team *team)
{
	siginfo_t si = {};
	char state;

	if (!team->pid)
		return 0;
	if (!team->parent)
		return waitid(P_PID, team->pid, &si,
			      WEXITED | WNOHANG | WNOWAIT) ||
		       si.si_pid == team->pid;
	state = task_state(team->pid, team->pid);
	return !state || state == 'Z';
}

/* The result of the command that the team does. */
static inline long team_result(struct team *team)
{
	const int64_t end = now_ns(CLOCK_MONOTONIC) + PATIENCE_MS * 1000000LL;
	const int want = team->asked + 1;
	int answered;

	for (;;) {
		answered = __atomic_load_n(&team->answered, __ATOMIC_ACQUIRE);
		if (answered == want)
			return team->ret;
		if (team_ended(team) &&
		    __atomic_load_n(&team->answered, __ATOMIC_ACQUIRE) != want)
			return TEAM_GONE;
		if (now_ns(CLOCK_MONOTONIC) > end)
			return TEAM_STUCK;
		futex_wait_change(&team->answered, answered, 100);
	}
}

/* Gives the team a command and does not wait for it. */
static inline void team_begin(struct team *team,
			      long (*command)(struct team *team),
			      long a, long b, long c, long d)
{
	team->command = command;
	team->arg[0] = a;
	team->arg[1] = b;
	team->arg[2] = c;
	team->arg[3] = d;
	__atomic_add_fetch(&team->asked, 1, __ATOMIC_RELEASE);
	futex_wake_all(&team->asked);
}

/* What the command returned in the team, TEAM_GONE or TEAM_STUCK. */
static inline long team_do(struct team *team,
			   long (*command)(struct team *team),
			   long a, long b, long c, long d)
{
	team_begin(team, command, a, b, c, d);
	return team_result(team);
}

/* Starts a team in what team_alloc() gave; 0 or -1. */
static inline int team_start_in(struct team *team)
{
	const pid_t pid = fork();

	if (!pid) {
		serve(team);
		_exit(0);
	}
	team->pid = pid;
	if (pid < 0)
		return -1;
	return team_result(team) == 0 ? 0 : -1;
}

static inline struct team *team_start(void)
{
	struct team *team = team_alloc();

	if (!team || team_start_in(team))
		return NULL;
	return team;
}

static inline long do_fork(struct team *team)
{
	struct team *child = (struct team *)team->arg[0];
	const pid_t pid = fork();

	if (!pid) {
		serve(child);
		_exit(0);
	}
	return pid < 0 ? -errno : pid;
}

/*
 * The team forks another one in what team_alloc() gave before that team was
 * started; 0 or a negative errno.
 */
static inline long team_fork(struct team *team, struct team *child)
{
	long ret;

	child->parent = team;
	ret = team_do(team, do_fork, (long)child, 0, 0, 0);
	if (ret < 0)
		return ret;
	child->pid = ret;
	return team_result(child);
}

static inline long do_reap(struct team *team)
{
	return reap(team->arg[0]);
}

/* Waits until the team has ended: what reap() gives. */
static inline long team_reap(struct team *team)
{
	long ret;

	if (team->parent)
		ret = team_do(team->parent, do_reap, team->pid, 0, 0, 0);
	else
		ret = reap(team->pid);
	return ret;
}

static inline long do_exit(struct team *team)
{
	_exit(team->arg[0]);
}

/* Ends a team as a program ends; 0 if it did. */
static inline long team_end(struct team *team)
{
	team_begin(team, do_exit, 0, 0, 0, 0);
	return team_reap(team);
}

static inline long team_kill(struct team *team)
{
	kill(team->pid, SIGKILL);
	return team_reap(team);
}

/* Commands.  What they return is what the call returned in the team. */

static inline long do_create(struct team *team)
{
	return create_area(&team->args);
}

static inline long team_create(struct team *team, size_t pages,
			       unsigned int protection)
{
	team->args = area_args("team's area", pages, protection);
	return team_do(team, do_create, 0, 0, 0, 0);
}

static inline long do_clone(struct team *team)
{
	return nexus_area_clone(team->arg[0], &team->args,
				sizeof(team->args));
}

static inline long team_clone(struct team *team, int source,
			      unsigned int protection)
{
	team->args = area_args("team's clone", 0, protection);
	return team_do(team, do_clone, source, 0, 0, 0);
}

/* Where the last area is that team_create() or team_clone() made. */
static inline char *team_at(const struct team *team)
{
	return (char *)(uintptr_t)team->args.address;
}

static inline long do_delete(struct team *team)
{
	return delete_area(team->arg[0]);
}

static inline long team_delete(struct team *team, int area)
{
	return team_do(team, do_delete, area, 0, 0, 0);
}

static inline long do_resize(struct team *team)
{
	return nexus_area_resize(team->arg[0], team->arg[1]);
}

static inline long team_resize(struct team *team, int area, size_t pages)
{
	return team_do(team, do_resize, area, pages * PAGE, 0, 0);
}

static inline long do_protect(struct team *team)
{
	return nexus_area_protect(team->arg[0], team->arg[1]);
}

static inline long team_protect(struct team *team, int area,
				unsigned int protection)
{
	return team_do(team, do_protect, area, protection, 0, 0);
}

static inline long do_transfer(struct team *team)
{
	return nexus_area_transfer(team->arg[0], team->arg[1], &team->args,
				   sizeof(team->args));
}

static inline long team_transfer(struct team *team, int area, int to)
{
	team->args = (struct nexus_area_args){};
	return team_do(team, do_transfer, area, to, 0, 0);
}

static inline long do_info(struct team *team)
{
	return area_info(team->arg[0], &team->info);
}

/* What the team sees of an area is then in team->info. */
static inline long team_info(struct team *team, int area)
{
	return team_do(team, do_info, area, 0, 0, 0);
}

static inline long do_map(struct team *team)
{
	return nexus_area_map(team->arg[0], team->arg[1], &team->info,
			      sizeof(team->info), 0);
}

static inline long team_map(struct team *team, int of, const void *address)
{
	return team_do(team, do_map, of, (long)address, 0, 0);
}

static inline long do_area_for(struct team *team)
{
	return nexus_area_for((void *)team->arg[0], 0);
}

/* The area that the team has at an address. */
static inline long team_area_for(struct team *team, const void *address)
{
	return team_do(team, do_area_for, (long)address, 0, 0, 0);
}

static inline long do_open(struct team *team)
{
	return nexus_open(AREA, team->arg[0], team->arg[1]);
}

static inline long team_open(struct team *team, int area)
{
	return team_do(team, do_open, area, 0, 0, 0);
}

static inline long do_munmap(struct team *team)
{
	return munmap((void *)team->arg[0], team->arg[1]) ? -errno : 0;
}

static inline long team_munmap(struct team *team, const void *p, size_t pages)
{
	return team_do(team, do_munmap, (long)p, pages * PAGE, 0, 0);
}

static inline long do_fill(struct team *team)
{
	fill((void *)team->arg[0], team->arg[1], team->arg[2]);
	return 0;
}

/* fill() and filled() in the team's memory. */
static inline long team_fill(struct team *team, const void *p, size_t size,
			     unsigned int seed)
{
	return team_do(team, do_fill, (long)p, size, seed, 0);
}

static inline long do_filled(struct team *team)
{
	return filled((void *)team->arg[0], team->arg[1], team->arg[2]);
}

static inline long team_filled(struct team *team, const void *p, size_t size,
			       unsigned int seed)
{
	return team_do(team, do_filled, (long)p, size, seed, 0);
}

static inline long do_all_bytes(struct team *team)
{
	return all_bytes((void *)team->arg[0], team->arg[1], team->arg[2]);
}

static inline long team_all_bytes(struct team *team, const void *p,
				  size_t size, unsigned char byte)
{
	return team_do(team, do_all_bytes, (long)p, size, byte, 0);
}

static inline long do_peek_byte(struct team *team)
{
	return peek_byte((void *)team->arg[0]);
}

static inline long team_peek(struct team *team, const void *p)
{
	return team_do(team, do_peek_byte, (long)p, 0, 0, 0);
}

static inline long do_try_write(struct team *team)
{
	return try_write((void *)team->arg[0], team->arg[1]);
}

/* Writes one byte: 0, or the signal that this got. */
static inline long team_poke(struct team *team, const void *p,
			     unsigned char byte)
{
	return team_do(team, do_try_write, (long)p, byte, 0, 0);
}

static inline long do_vmas(struct team *team)
{
	return vmas_at((void *)team->arg[0], team->arg[1]);
}

/* Mappings that the team has in so many pages from p on. */
static inline long team_vmas(struct team *team, const void *p, size_t pages)
{
	return team_do(team, do_vmas, (long)p, pages, 0, 0);
}

static inline long do_become(struct team *team)
{
	return become(team->arg[0], team->arg[0]) ? -errno : 0;
}

/* Makes the team another user's, without privileges. */
static inline long team_become(struct team *team, uid_t uid)
{
	return team_do(team, do_become, uid, 0, 0, 0);
}

static inline long do_unshare(struct team *team)
{
	return unshare(team->arg[0]) ? -errno : 0;
}

static inline long team_unshare(struct team *team, int what)
{
	return team_do(team, do_unshare, what, 0, 0, 0);
}

#endif /* _SELFTESTS_NEXUS_AREA_H */

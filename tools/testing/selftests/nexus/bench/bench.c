// SPDX-License-Identifier: GPL-2.0
/*
 * nexus_bench - what Nexus costs, beside what Linux has had before it
 *
 * Everything is measured in one run on one CPU.  On a virtual machine that
 * counts instructions (qemu -icount shift=0,sleep=off) one ns is one
 * instruction and the results hardly vary; elsewhere they are time.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define USER_LIMIT	250000

struct options opt = {
	.unit = "ns",
	.reps = 11,
	.batch = 5000000,
};

/**
 * struct user_limit - a limit that outlives us
 * @path: of the sysctl
 * @old:  what to write back
 * @len:  bytes of that, 0: nothing
 */
static struct user_limit {
	const char *path;
	char old[24];
	size_t len;
} user_limits[] = {
	{ .path = "/proc/sys/user/max_nexus_ports" },
	{ .path = "/proc/sys/user/max_nexus_sems" },
	{ .path = "/proc/sys/user/max_nexus_areas" },
	{ .path = "/proc/sys/fs/nodemon/max_user_watches" },
	{ .path = "/proc/sys/fs/inotify/max_user_watches" },
	{ .path = "/proc/sys/fs/fanotify/max_user_marks" },
};

int set_limit(const char *path, unsigned long value)
{
	char text[24];
	int fd, len, err = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = snprintf(text, sizeof(text), "%lu\n", value);
	if (write(fd, text, len) != len)
		err = -errno;
	close(fd);
	return err;
}

/* Also called by signal handlers. */
static void restore_limits(void)
{
	static const char msg[] = "nexus_bench: cannot restore a limit\n";
	struct user_limit *limit;
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(user_limits); i++) {
		limit = &user_limits[i];
		if (!limit->len)
			continue;
		fd = open(limit->path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 ||
		    write(fd, limit->old, limit->len) != (ssize_t)limit->len)
			(void)!write(2, msg, sizeof(msg) - 1);
		if (fd >= 0)
			close(fd);
		limit->len = 0;
	}
}

static void on_signal(int sig)
{
	static const char hang[] =
		"nexus_bench: nothing happened for two minutes\n";

	if (sig == SIGALRM)
		(void)!write(2, hang, sizeof(hang) - 1);
	restore_limits();
	_exit(1);
}

/* A lost wake-up must end the run and not hang it. */
void watchdog(void)
{
	alarm(120);
}

/* Like fork(), but negative errno, and the child ends when we do. */
pid_t fork_peer(void)
{
	pid_t parent = getpid();
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid < 0 ? -errno : pid;
	signal(SIGALRM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	return 0;
}

void end_peer(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static void raise_user_limit(struct user_limit *limit)
{
	ssize_t len;
	int fd;

	fd = open(limit->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, limit->old, sizeof(limit->old) - 1);
	close(fd);
	if (len <= 0 || strtoul(limit->old, NULL, 10) >= USER_LIMIT)
		return;
	if (!set_limit(limit->path, USER_LIMIT))
		limit->len = (size_t)len;
}

/*
 * The message queues of both kinds and the ports are those of the IPC
 * namespace, as are their limits: ours need nothing restored and leave
 * nothing behind.  Without the right to make one we take what there is; 4 KiB
 * fits into the limits that a kernel starts with.
 */
static void raise_limits(void)
{
	static const struct {
		const char *path;
		unsigned long value;
	} limits[] = {
		{ "/proc/sys/kernel/msgmax", 65536 },
		{ "/proc/sys/kernel/msgmnb", 262144 },
		{ "/proc/sys/fs/mqueue/msg_max", 64 },
		{ "/proc/sys/fs/mqueue/msgsize_max", 65536 },
	};
	struct rlimit queues = { RLIM_INFINITY, RLIM_INFINITY };
	unsigned int i;

	if (unshare(CLONE_NEWIPC)) {
		fprintf(stderr,
			"nexus_bench: no IPC namespace of our own: %s\n",
			strerror(errno));
	} else {
		for (i = 0; i < ARRAY_SIZE(limits); i++)
			set_limit(limits[i].path, limits[i].value);
		setrlimit(RLIMIT_MSGQUEUE, &queues);
	}

	for (i = 0; i < ARRAY_SIZE(user_limits); i++)
		raise_user_limit(&user_limits[i]);
}

static int pin_to_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

static const char usage[] =
	"usage: nexus_bench [OPTION]...\n"
	"  -i, --icount       one ns is one instruction (qemu -icount); checked\n"
	"  -u, --unit NAME    what to call the results (ns, or instructions with -i)\n"
	"  -g, --gate         judge the results; exit status 1 if one fails\n"
	"  -j, --json FILE    also write the results there\n"
	"  -o, --only PREFIX  only groups whose key starts so: life, life-file,\n"
	"                     base, rt64, rt4096, self64, self4096, sem-turn,\n"
	"                     sem-pair, area-pass, poll, area-life,\n"
	"                     area-fault-write,\n"
	"                     area-fault-read, area-refault-write,\n"
	"                     area-refault-read, area-transfer, area-resize,\n"
	"                     area-fork, nodemon-event, nodemon-memory,\n"
	"                     scale-sendrecv, scale-find, scale-next,\n"
	"                     scale-replace, scale-sem, scale-area,\n"
	"                     wait-readers, wait-writers, wait-sem,\n"
	"                     wait-sem-time, wait-sem-late\n"
	"  -r, --reps N       batches of each row, 3 to 99 (11)\n"
	"  -b, --batch USEC   length of a batch, 100 to 10000000 (5000)\n"
	"  -h, --help         this text\n";

static void bad_usage(const char *what)
{
	fprintf(stderr, "nexus_bench: %s\n%s", what, usage);
	exit(2);
}

static unsigned long parse_number(const char *text, unsigned long min,
				  unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || end == text || value < min || value > max)
		bad_usage("bad number");
	return value;
}

static void parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "icount", no_argument, NULL, 'i' },
		{ "unit", required_argument, NULL, 'u' },
		{ "gate", no_argument, NULL, 'g' },
		{ "json", required_argument, NULL, 'j' },
		{ "only", required_argument, NULL, 'o' },
		{ "reps", required_argument, NULL, 'r' },
		{ "batch", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ },
	};
	const char *unit = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "iu:gj:o:r:b:h", options,
				NULL)) >= 0) {
		switch (c) {
		case 'i':
			opt.icount = true;
			opt.unit = "instructions";
			break;
		case 'u':
			unit = optarg;
			break;
		case 'g':
			opt.gate = true;
			break;
		case 'j':
			opt.json = optarg;
			break;
		case 'o':
			opt.only = optarg;
			break;
		case 'r':
			opt.reps = parse_number(optarg, 3, MAX_REPS);
			break;
		case 'b':
			opt.batch = parse_number(optarg, 100, 10000000) * 1000;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (optind < argc)
		bad_usage("no arguments are expected");
	if (unit)
		opt.unit = unit;
	/* The unit goes into JSON as it is. */
	if (strpbrk(opt.unit, "\"\\\n"))
		bad_usage("bad unit");
}

int main(int argc, char **argv)
{
	FILE *json = NULL;
	bool ok = true;
	int err;

	if (life_child())
		return 0;
	parse_options(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	if (opt.icount && count_check())
		return 2;
	/* Not minutes later. */
	if (opt.json) {
		json = fopen(opt.json, "we");
		if (!json) {
			fprintf(stderr, "nexus_bench: %s: %s\n", opt.json,
				strerror(errno));
			return 1;
		}
	}
	err = pin_to_cpu();
	if (err) {
		fprintf(stderr, "nexus_bench: one CPU: %s\n", strerror(-err));
		return 1;
	}
	raise_limits();
	page_size = (size_t)sysconf(_SC_PAGESIZE);

	/* First: nobody has used Nexus yet. */
	bench_life();
	bench_files();
	bench_base();
	bench_channels();
	bench_poll();
	bench_areas();
	bench_nodemon();
	bench_scale();
	bench_waiters();
	bench_devfs();
	alarm(0);
	restore_limits();
	if (!nr_groups)
		bad_usage("no group's key starts so");

	print_table(stdout);
	if (any_row_failed()) {
		fprintf(stderr, "nexus_bench: an operation failed, see table\n");
		ok = false;
	}
	if (opt.gate && !print_gates(stdout))
		ok = false;
	if (json && write_json(json)) {
		fprintf(stderr, "nexus_bench: cannot write %s\n", opt.json);
		ok = false;
	}
	return ok ? 0 : 1;
}

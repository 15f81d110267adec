// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * nodewatch: print what the node monitor tells, as it comes.
 *
 * Ends with 0 at SIGINT and SIGTERM, when the given number of records is
 * reached, and when nothing is left to watch.
 */
#include "nodewatch.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nexus.h>

enum { DONE = 0, FAILED = 1, WRONG = 2 };

/* What --events takes; the first is what it is without */
static const struct {
	const char *name;
	unsigned int events;
} event_names[] = {
	{ "default", NODEMON_NAME | NODEMON_STAT | NODEMON_ATTR |
	  NODEMON_DIRECTORY | NODEMON_CHILDREN },
	{ "all", NODEMON_NODE_EVENTS },
	{ "name", NODEMON_NAME },
	{ "stat", NODEMON_STAT },
	{ "attr", NODEMON_ATTR },
	{ "directory", NODEMON_DIRECTORY },
	{ "interim", NODEMON_INTERIM_STAT },
	{ "children", NODEMON_CHILDREN },
};

struct settings settings;
static unsigned long wanted;	/* 0: no end */
static unsigned long seen;
static volatile sig_atomic_t stopped;
static int status = DONE;

static void stop(int signo)
{
	(void)signo;
	stopped = 1;
}

static const char *reason(int error)
{
	switch (-error) {
	case ENOSYS:
		return "this kernel has no node monitor: it needs CONFIG_NODEMON=y";
	case ENOSPC:
		return "no more watches (fs.nodemon.max_user_watches)";
	case EMFILE:
		return "no more descriptors (fs.nodemon.max_user_instances)";
	case EPERM:
		return "only root may watch a volume, or mounts in a chroot";
	case EOPNOTSUPP:
		return nexus_strerror(error);
	default:
		return strerror(-error);
	}
}

/* A limit is told of once, whatever else is beyond it. */
void complain(const char *path, int error)
{
	static bool limit_told;

	status = FAILED;
	if (error == -ENOSPC && limit_told)
		return;
	limit_told |= error == -ENOSPC;
	fflush(stdout);
	fprintf(stderr, "nodewatch: %s: %s\n", path, reason(error));
}

int open_monitor(void)
{
	int fd = nodemon_create(NODEMON_NONBLOCK);

	if (fd < 0)
		fprintf(stderr, "nodewatch: %s\n", reason(fd));
	return fd;
}

int handle_records(int fd)
{
	static char buf[65536] __attribute__((aligned(8)));
	const struct nodemon_record *record = NULL;
	ssize_t size = read(fd, buf, sizeof(buf));

	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	while ((record = nodemon_next(buf, (size_t)size, record))) {
		tree_record(record);
		if (record->opcode != NODEMON_IGNORED && ++seen == wanted) {
			stopped = 1;
			break;
		}
	}
	return 0;
}

static void usage(FILE *to)
{
	fputs("Usage: nodewatch [OPTION]... PATH...\n"
	      "       nodewatch --mounts [OPTION]... [PATH]...\n"
	      "       nodewatch --demo\n"
	      "Print what becomes of the files and directories PATH, and of\n"
	      "what is in the directories.\n"
	      "\n"
	      "  -d, --demo            show it with a directory of its own\n"
	      "  -e, --events LIST     name,stat,attr,directory,interim,children,\n"
	      "                        default (all but interim) or all\n"
	      "  -h, --help            print this\n"
	      "  -j, --json            print JSON, one object a line\n"
	      "  -m, --mounts          watch mounts and unmounts too\n"
	      "  -n, --count N         end after N records\n"
	      "  -P, --no-dereference  watch symbolic links themselves\n"
	      "  -r, --recursive       watch directories in directories, new ones too\n"
	      "  -v, --volume          watch all of the volume that PATH is on\n"
	      "  -x, --one-file-system with -r: no directories of other volumes\n",
	      to);
}

static int wrong(const char *what, const char *argument)
{
	fprintf(stderr, "nodewatch: %s%s%s\n", what, argument ? ": " : "",
		argument ? argument : "");
	usage(stderr);
	return WRONG;
}

static bool add_events(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(event_names) / sizeof(*event_names); i++) {
		if (strlen(event_names[i].name) == length &&
		    strncmp(event_names[i].name, name, length) == 0) {
			settings.events |= event_names[i].events;
			return true;
		}
	}
	return false;
}

static bool parse_events(const char *list)
{
	size_t length;

	for (;; list += length + 1) {
		length = strcspn(list, ",");
		if (!add_events(list, length))
			return false;
		if (!list[length])
			return true;
	}
}

static bool parse_count(const char *text)
{
	char *end;

	errno = 0;
	wanted = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && wanted > 0;
}

/* Returns DONE to go on, or the status to end with. */
static int options(int argc, char **argv, bool *is_demo)
{
	static const struct option names[] = {
		{ "count", required_argument, NULL, 'n' },
		{ "demo", no_argument, NULL, 'd' },
		{ "events", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "mounts", no_argument, NULL, 'm' },
		{ "no-dereference", no_argument, NULL, 'P' },
		{ "one-file-system", no_argument, NULL, 'x' },
		{ "recursive", no_argument, NULL, 'r' },
		{ "volume", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "de:hjmn:Prvx", names, NULL)) !=
	       -1) {
		switch (c) {
		case 'd':
			*is_demo = true;
			break;
		case 'e':
			if (!parse_events(optarg))
				return wrong("unknown events", optarg);
			break;
		case 'h':
			usage(stdout);
			exit(DONE);
		case 'j':
			settings.json = true;
			break;
		case 'm':
			settings.mounts = true;
			break;
		case 'n':
			if (!parse_count(optarg))
				return wrong("no number of records", optarg);
			break;
		case 'P':
			settings.no_follow = true;
			break;
		case 'r':
			settings.recursive = true;
			break;
		case 'v':
			settings.volumes = true;
			break;
		case 'x':
			settings.one_file_system = true;
			break;
		default:
			usage(stderr);
			return WRONG;
		}
	}
	if (settings.volumes && settings.recursive)
		return wrong("--volume and --recursive exclude each other",
			     NULL);
	if (*is_demo && (optind < argc || settings.events || wanted ||
			 settings.mounts || settings.volumes ||
			 settings.recursive || settings.json))
		return wrong("--demo stands alone", NULL);
	if (!*is_demo && optind == argc && !settings.mounts)
		return wrong("nothing to watch", NULL);
	return DONE;
}

/* The signals stay blocked but while it waits, so none comes in between. */
static void catch_signals(sigset_t *unblocked)
{
	struct sigaction action;
	sigset_t blocked;

	memset(&action, 0, sizeof(action));
	action.sa_handler = stop;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, unblocked);
	sigdelset(unblocked, SIGINT);
	sigdelset(unblocked, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool stop_asked(void)
{
	sigset_t pending;

	return stopped || (sigpending(&pending) == 0 &&
			   (sigismember(&pending, SIGINT) == 1 ||
			    sigismember(&pending, SIGTERM) == 1));
}

static void follow(int fd, const sigset_t *unblocked)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int error;

	while (!stopped && tree_is_watched()) {
		if (ppoll(&poll_fd, 1, NULL, unblocked) < 0) {
			if (errno == EINTR)
				continue;
			complain("poll", -errno);
			return;
		}
		error = handle_records(fd);
		if (error) {
			complain("read", error);
			return;
		}
		if (fflush(output) || ferror(output)) {
			complain("cannot write", -errno);
			return;
		}
	}
}

int main(int argc, char **argv)
{
	bool is_demo = false;
	sigset_t unblocked;
	int fd, error, i;

	output = stdout;
	error = options(argc, argv, &is_demo);
	if (error)
		return error;
	catch_signals(&unblocked);
	if (is_demo)
		return demo();
	if (!settings.events)
		settings.events = event_names[0].events;
	if (settings.volumes)
		settings.events &= NODEMON_VOLUME_EVENTS;
	if (optind < argc && !settings.events)
		return wrong("no such events of a volume", NULL);
	fd = open_monitor();
	if (fd < 0)
		return FAILED;
	tree_begin(fd);
	for (i = optind; i < argc; i++) {
		error = tree_watch(argv[i]);
		if (error)
			complain(argv[i], error);
	}
	if (settings.mounts) {
		error = tree_watch_mounts();
		if (error)
			complain("mounts", error);
	}
	/* Who waits for this line knows that nothing is missed from here on. */
	if (tree_is_watched())
		fputs("nodewatch: watching\n", stderr);
	follow(fd, &unblocked);
	close(fd);
	return status;
}

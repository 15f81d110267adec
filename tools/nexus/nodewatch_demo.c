// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * nodewatch --demo: a directory of its own, operations in it, and what is told
 * of each.
 *
 * What should be told is known, so this exits with 0 only if it was.
 */
#include "nodewatch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

/* Returns 0, -1 with errno if it fails. */
static int write_file(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
	size_t size = strlen(text);

	if (fd < 0)
		return -1;
	if (size && write(fd, text, size) != (ssize_t)size) {
		close(fd);
		return -1;
	}
	return close(fd);
}

static int create_file(void)
{
	return write_file("letter", O_CREAT | O_EXCL, "Hi, BeOS\n");
}

static int append(void)
{
	return write_file("letter", O_APPEND, "and so on\n");
}

/* Longer than the interval of interim news: the second write is told of. */
static int write_slowly(void)
{
	const struct timespec second = { 1, 200000000 };
	int fd = open("letter", O_WRONLY | O_APPEND | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -1;
	error = write(fd, "x", 1) != 1;
	nanosleep(&second, NULL);
	error |= write(fd, "y", 1) != 1;
	return close(fd) || error ? -1 : 0;
}

static int change_mode(void)
{
	return chmod("letter", 0600);
}

static int change_owner(void)
{
	return chown("letter", getuid(), getgid());
}

static int change_times(void)
{
	return utimensat(AT_FDCWD, "letter", NULL, 0);
}

static int cut(void)
{
	return truncate("letter", 5);
}

static int new_attribute(void)
{
	return setxattr("letter", "user.META:name", "Be", 2, XATTR_CREATE);
}

static int other_attribute(void)
{
	return setxattr("letter", "user.META:name", "Haiku", 5, 0);
}

static int no_attribute(void)
{
	return removexattr("letter", "user.META:name");
}

static int make_link(void)
{
	return link("letter", "copy");
}

static int make_symlink(void)
{
	return symlink("letter", "pointer");
}

static int remove_symlink(void)
{
	return unlink("pointer");
}

static int rename_link(void)
{
	return rename("copy", "letter\ntwo");
}

/* The names are of one node, so that a rename would do nothing. */
static int rename_over(void)
{
	if (unlink("letter\ntwo") || write_file("draft", O_CREAT, ""))
		return -1;
	return rename("draft", "letter");
}

static int make_directories(void)
{
	if (mkdir("box", 0755) || mkdir("box/inner", 0755))
		return -1;
	return write_file("box/inner/note", O_CREAT, "");
}

static int move_in(void)
{
	return rename("letter", "box/inner/letter");
}

static int rename_directory(void)
{
	return rename("box", "chest");
}

static int work_below(void)
{
	return chmod("chest/inner/letter", 0640);
}

static int remove_all(void)
{
	if (unlink("chest/inner/letter") || unlink("chest/inner/note") ||
	    rmdir("chest/inner"))
		return -1;
	return rmdir("chest");
}

static int make_mount(void)
{
	if (mkdir("disk", 0755))
		return -1;
	return mount("demo", "disk", "tmpfs", 0, "");
}

static int remove_mount(void)
{
	return umount("disk") || rmdir("disk") ? -1 : 0;
}

#define LETTER(what)	"stat      letter: " what "\n"

static const struct step {
	const char *shown;
	int (*run)(void);
	/* A '*' stands for anything up to the end of the line. */
	const char *told;
	/* Root alone may, or not every file system can: leave it out then. */
	bool may_fail;
} steps[] = {
	{ "echo 'Hi, BeOS' >letter", create_file,
	  "created   letter\n"
	  LETTER("size, modification time"), false },
	{ "echo 'and so on' >>letter", append,
	  LETTER("size, modification time"), false },
	{ "(printf x; sleep 1; printf y) >>letter", write_slowly,
	  LETTER("size, modification time, interim")
	  LETTER("size, modification time"), false },
	{ "chmod 600 letter", change_mode, LETTER("mode"), false },
	{ "chown $(id -u):$(id -g) letter", change_owner,
	  LETTER("user, group"), false },
	{ "touch letter", change_times,
	  LETTER("access time, modification time"), false },
	{ "truncate --size=5 letter", cut, LETTER("size"), false },
	{ "setfattr --name=user.META:name --value=Be letter", new_attribute,
	  "attr      letter: created \"META:name\"\n"
	  LETTER("change time"), true },
	{ "setfattr --name=user.META:name --value=Haiku letter",
	  other_attribute,
	  "attr      letter: changed \"META:name\"\n"
	  LETTER("change time"), true },
	{ "setfattr --remove=user.META:name letter", no_attribute,
	  "attr      letter: removed \"META:name\"\n"
	  LETTER("change time"), true },
	{ "ln letter copy", make_link, "created   copy\n", false },
	{ "ln --symbolic letter pointer", make_symlink,
	  "created   pointer\n", false },
	{ "rm pointer", remove_symlink, "removed   pointer\n", false },
	{ "mv copy $'letter\\ntwo'", rename_link,
	  "moved     copy -> letter\\x0atwo\n", false },
	{ "rm letter?two; : >draft; mv draft letter", rename_over,
	  "removed   letter\\x0atwo\n"
	  "created   draft\n"
	  "removed   letter\n"
	  "moved     draft -> letter\n", false },
	{ "mkdir box box/inner; : >box/inner/note", make_directories,
	  "created   box/\n"
	  "found     box/inner/\n"
	  "found     box/inner/note\n", false },
	{ "mv letter box/inner", move_in,
	  "moved     letter -> box/inner/letter\n", false },
	{ "mv box chest", rename_directory,
	  "moved     box -> chest/\n", false },
	{ "chmod 640 chest/inner/letter", work_below,
	  "stat      chest/inner/letter: mode\n", false },
	{ "rm --recursive chest", remove_all,
	  "removed   chest/inner/letter\n"
	  "removed   chest/inner/note\n"
	  "removed   chest/inner/\n"
	  "removed   chest/\n", false },
	{ "mkdir disk; mount --types tmpfs demo disk", make_mount,
	  "created   disk/\n"
	  "mounted   device *\n", true },
	{ "umount disk; rmdir disk", remove_mount,
	  "unmounted device *\n"
	  "removed   disk/\n", true },
};

static bool is_as_told(const char *want, const char *got)
{
	for (; *want; want++) {
		if (*want == '*') {
			got += strcspn(got, "\n");
			continue;
		}
		if (*want != *got++)
			return false;
	}
	return !*got;
}

/* All lines that wait, to be freed */
static char *told(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char *lines = NULL;
	size_t size;
	int error = 0;

	output = open_memstream(&lines, &size);
	if (!output) {
		output = stdout;
		return NULL;
	}
	/* An operation has told all it tells when it returns. */
	while (!error && poll(&poll_fd, 1, 0) > 0)
		error = handle_records(fd);
	fclose(output);
	output = stdout;
	if (error)
		complain("read", error);
	return lines;
}

static bool run_step(const struct step *step, int fd)
{
	const char *line;
	bool good;
	char *got;

	printf("$ %s\n", step->shown);
	if (step->run()) {
		printf("  (not here: %s)\n", strerror(errno));
		free(told(fd));
		return step->may_fail;
	}
	got = told(fd);
	if (!got)
		return false;
	for (line = got; *line; line += strcspn(line, "\n") + 1)
		printf("  %.*s\n", (int)strcspn(line, "\n"), line);
	good = is_as_told(step->told, got);
	if (!good)
		printf("  What should be told is:\n%s", step->told);
	free(got);
	fflush(stdout);
	return good;
}

static int run_steps(int fd)
{
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps) && !stop_asked(); i++)
		good &= run_step(&steps[i], fd);
	return good ? 0 : 1;
}

/* In a mount namespace of its own nobody else's mounts are told. */
static int watch_mounts(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return 0;
	return tree_watch_mounts();
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Steps that failed, or were left out, may have left something behind. */
static int clean_up(const char *directory)
{
	umount2("disk", MNT_DETACH);
	if (chdir("/"))
		return -1;
	return nftw(directory, remove_one, 10, FTW_DEPTH | FTW_PHYS);
}

int demo(void)
{
	const char *tmp = getenv("TMPDIR");
	char directory[PATH_MAX];
	int fd, error, status;

	settings.recursive = true;
	settings.events = NODEMON_NODE_EVENTS & ~NODEMON_NAME;
	snprintf(directory, sizeof(directory), "%s/nodewatch-XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	fd = open_monitor();
	if (fd < 0)
		return 1;
	if (!mkdtemp(directory) || chdir(directory)) {
		complain(directory, -errno);
		return 1;
	}
	printf("In %s:\n", directory);
	tree_begin(fd);
	error = watch_mounts();
	if (!error)
		error = tree_watch(".");
	if (error) {
		complain(directory, error);
		status = 1;
	} else {
		status = run_steps(fd);
	}
	tree_end();
	close(fd);
	if (clean_up(directory)) {
		complain(directory, -errno);
		status = 1;
	}
	if (stop_asked())
		puts("Stopped.");
	else
		puts(status ? "That is not what should be told." :
		     "All is well.");
	if (fflush(stdout) || ferror(stdout)) {
		complain("cannot write", -errno);
		status = 1;
	}
	return status;
}

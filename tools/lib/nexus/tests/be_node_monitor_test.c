// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * The node monitor: section 7 of the contract, by way of NodeMonitor.h and a
 * port.
 */
#define _GNU_SOURCE
#include "be_node_monitor_test.h"

#include <sys/xattr.h>

static void test_errors(void)
{
	port_id closed = create_port(1, "be test closed");
	node_ref ref, none;

	make_file("file");
	ref = ref_of("file");
	none = ref;

	/* Nothing is watched yet. */
	is(watch_node(&ref, B_STOP_WATCHING, port, TOKEN), B_BAD_VALUE);
	is(stop_watching(port, TOKEN), B_ENTRY_NOT_FOUND);
	is(stop_watching(NO_SUCH_ID, TOKEN), B_ENTRY_NOT_FOUND);
	is(stop_watching(0, TOKEN), B_ENTRY_NOT_FOUND);
	is(stop_watching(-1, TOKEN), B_BAD_VALUE);

	is(watch_node(&ref, B_WATCH_ALL, -1, TOKEN), B_BAD_VALUE);
	is(watch_node(&ref, B_WATCH_ALL, 0, TOKEN), B_BAD_PORT_ID);
	is(watch_node(&ref, B_WATCH_ALL, NO_SUCH_ID, TOKEN), B_BAD_PORT_ID);
	is(close_port(closed), B_OK);
	is(watch_node(&ref, B_WATCH_ALL, closed, TOKEN), B_BAD_PORT_ID);
	is(delete_port(closed), B_OK);
	is(watch_node(NULL, B_WATCH_ALL, port, TOKEN), B_BAD_VALUE);
	is(watch_node(NULL, B_STOP_WATCHING, port, TOKEN), B_BAD_VALUE);
	is(watch_node(NULL, B_WATCH_MOUNT | B_WATCH_STAT, port, TOKEN),
	   B_BAD_VALUE);
	is(watch_node(bad_page(), B_WATCH_ALL, port, TOKEN), B_BAD_ADDRESS);
	is(watch_node(&ref, 0x80, port, TOKEN), B_BAD_VALUE);

	none.node = ref.node + 1000000;
	is(watch_node(&none, B_WATCH_ALL, port, TOKEN), B_ENTRY_NOT_FOUND);
	is(watch_node(&none, B_STOP_WATCHING, port, TOKEN), B_BAD_VALUE);
	none.node = -1;
	is(watch_node(&none, B_WATCH_ALL, port, TOKEN), B_ENTRY_NOT_FOUND);
	none.node = ref.node;
	none.device = 0x7fffffff;
	is(watch_node(&none, B_WATCH_ALL, port, TOKEN), B_ENTRY_NOT_FOUND);
	none.device = -1;
	is(watch_node(&none, B_WATCH_ALL, port, TOKEN), B_ENTRY_NOT_FOUND);
	none.node = -1;
	is(watch_node(&none, B_STOP_WATCHING, port, TOKEN), B_BAD_VALUE);

	is(watch_volume(volume, 0, port, TOKEN), B_BAD_VALUE);
	is(watch_volume(volume, B_WATCH_INTERIM_STAT, port, TOKEN),
	   B_BAD_VALUE);
	is(watch_volume(volume, B_WATCH_NAME, -1, TOKEN), B_BAD_VALUE);
	is(watch_volume(volume, B_WATCH_NAME, NO_SUCH_ID, TOKEN),
	   B_BAD_PORT_ID);
	is(watch_volume(0x7fffffff, B_WATCH_NAME, port, TOKEN),
	   B_ENTRY_NOT_FOUND);
	is(watch_volume(-1, B_WATCH_NAME, port, TOKEN), B_ENTRY_NOT_FOUND);

	/* None of this has left a watch. */
	is(stop_watching(port, TOKEN), B_ENTRY_NOT_FOUND);
	after(chmod("file", 0600), "");
	is(unlink("file"), 0);
}

#define CREATED(dir, node, name) \
	"opcode 1 device D directory " dir " node " node " name \"" name "\"\n"
#define REMOVED(dir, node, name) \
	"opcode 2 device D directory " dir " node " node " name \"" name "\"\n"
#define MOVED(from, to, node, old, name) \
	"opcode 3 device D from directory " from " to directory " to \
	" node device D node " node " from name \"" old "\" name \"" name \
	"\"\n"
#define STAT(node, fields) \
	"opcode 4 device D node " node " fields " fields "\n"
#define ATTR(dir, node, attr, cause) \
	"opcode 5 device D directory " dir " node " node " attr \"" attr \
	"\" cause " cause "\n"

static void test_directory(void)
{
	int fd;

	make_directory("dir");
	make_directory("other");
	watch("dir", B_WATCH_DIRECTORY);

	make_file("dir/a");
	tells("a file is made", CREATED("dir", "a", "a"));
	fd = open("dir/a", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	has(fd >= 0);
	close(fd);
	tells("a file that is there is opened", "");
	make_directory("dir/d");
	tells("a directory is made", CREATED("dir", "d", "d"));
	is(symlink("nowhere", "dir/s"), 0);
	label("dir/s", "s");
	tells("a symbolic link is made", CREATED("dir", "s", "s"));
	is(mkfifo("dir/f", 0600), 0);
	label("dir/f", "f");
	tells("a FIFO is made", CREATED("dir", "f", "f"));
	after(link("dir/a", "dir/b"), CREATED("dir", "a", "b"));
	after(link("dir/a", "dir/b") + 1, "");

	after(rename("dir/a", "dir/c"), MOVED("dir", "dir", "a", "a", "c"));
	after(rename("dir/c", "dir/c"), "");
	after(rename("dir/c", "dir/b"), "");
	after(rename("dir/c", "other/c"),
	      MOVED("dir", "other", "a", "c", "c"));
	after(rename("other/c", "dir/e"),
	      MOVED("other", "dir", "a", "c", "e"));
	after(rename("dir/e", "dir/f"), REMOVED("dir", "f", "f")
	      MOVED("dir", "dir", "a", "e", "f"));

	after(unlink("dir/f"), REMOVED("dir", "a", "f"));
	after(unlink("dir/b"), REMOVED("dir", "a", "b"));
	after(unlink("dir/s"), REMOVED("dir", "s", "s"));
	after(unlink("dir/b") + 1, "");
	make_file("dir/d/deeper");
	after(unlink("dir/d/deeper"), "");
	after(rmdir("dir/d"), REMOVED("dir", "d", "d"));
	after(chmod("dir", 0700), "");
	stop();

	/* Both directories are told, a target of both is told twice. */
	make_file("dir/x");
	watch("dir", B_WATCH_DIRECTORY);
	watch("other", B_WATCH_DIRECTORY);
	after(rename("dir/x", "other/y"),
	      MOVED("dir", "other", "x", "x", "y")
	      MOVED("dir", "other", "x", "x", "y"));
	after(unlink("other/y"), REMOVED("other", "x", "y"));
	stop();
	is(rmdir("dir"), 0);
	is(rmdir("other"), 0);
}

/* 40 and 41 of the checklist, and what a node tells of itself */
static void test_name(void)
{
	node_ref ref;

	make_directory("dir");
	make_file("dir/file");
	ref = ref_of("dir/file");
	watch("dir/file", B_WATCH_NAME);
	after(link("dir/file", "dir/link"), "");
	after(rename("dir/file", "dir/name"),
	      MOVED("dir", "dir", "file", "file", "name"));
	after(unlink("dir/link"), REMOVED("dir", "file", "link"));
	after(chmod("dir/name", 0600), "");

	/* More of the same node: one message per event */
	is(watch_node(&ref, B_WATCH_STAT, port, TOKEN), B_OK);
	is(watch_node(&ref, B_WATCH_STAT, port, TOKEN), B_OK);
	after(chmod("dir/name", 0644), STAT("file", "0x1"));
	after(rename("dir/name", "dir/file"),
	      MOVED("dir", "dir", "file", "name", "file"));

	watch("dir", B_WATCH_DIRECTORY);
	after(unlink("dir/file"), REMOVED("dir", "file", "file")
	      REMOVED("dir", "file", "file"));
	is(stop_watching(port, TOKEN), B_OK);
	is(stop_watching(port, TOKEN), B_ENTRY_NOT_FOUND);
	is(rmdir("dir"), 0);
	tells("nothing is watched any more", "");

	/* To narrow it: stop, and watch again */
	make_file("file");
	ref = ref_of("file");
	watch("file", B_WATCH_ALL);
	is(watch_node(&ref, B_STOP_WATCHING, port, TOKEN), B_OK);
	is(watch_node(&ref, B_STOP_WATCHING, port, TOKEN), B_BAD_VALUE);
	watch("file", B_WATCH_NAME);
	after(chmod("file", 0600), "");
	/* The watch ends with its node. */
	after(unlink("file"), REMOVED("top", "file", "file"));
	is(stop_watching(port, TOKEN), B_ENTRY_NOT_FOUND);
}

static int write_at(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	ssize_t size = (ssize_t)strlen(text);

	if (fd < 0 || write(fd, text, (size_t)size) != size)
		return -1;
	return close(fd);
}

static int set_times(const char *path, bool access, bool modification)
{
	struct timespec times[2];

	memset(times, 0, sizeof(times));
	times[0].tv_nsec = access ? 5 : UTIME_OMIT;
	times[1].tv_nsec = modification ? 5 : UTIME_OMIT;
	return utimensat(AT_FDCWD, path, times, 0);
}

static void test_stat(void)
{
	const char *got;

	make_file("file");
	watch("file", B_WATCH_STAT);
	after(chmod("file", 0600), STAT("file", "0x1"));
	after(chmod("file", 0600), STAT("file", "0x1"));
	after(chown("file", 5, (gid_t)-1), STAT("file", "0x2"));
	after(chown("file", (uid_t)-1, 5), STAT("file", "0x4"));
	after(chown("file", 0, 0), STAT("file", "0x6"));
	after(chown("file", (uid_t)-1, (gid_t)-1), "");
	after(set_times("file", true, false), STAT("file", "0x10"));
	after(set_times("file", false, true), STAT("file", "0x20"));
	after(set_times("file", true, true), STAT("file", "0x30"));
	after(truncate("file", 10), STAT("file", "0x8"));
	after(chmod("nothing", 0600) + 1, "");

	after(write_at("file", O_TRUNC, ""), STAT("file", "0x8"));
	/* Empty already: its size is not told, its time is if it differs. */
	is(write_at("file", O_TRUNC, ""), 0);
	got = told();
	has(!*got || strcmp(got, STAT("file", "0x20")) == 0);
	after(write_at("file", 0, "12345"), STAT("file", "0x28"));
	after(write_at("file", 0, "abc"), STAT("file", "0x20"));
	after(write_at("file", O_APPEND, "6"), STAT("file", "0x28"));
	after(write_at("file", 0, ""), "");
	stop();
	is(unlink("file"), 0);
}

/* 39: each only what it asked for */
static void test_interim(void)
{
	static const uint32 flags[] = {
		B_WATCH_INTERIM_STAT, B_WATCH_STAT,
		B_WATCH_STAT | B_WATCH_INTERIM_STAT
	};
	size_t i;
	int fd;

	make_file("file");
	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		watch("file", flags[i]);
		fd = open("file", O_WRONLY | O_APPEND | O_CLOEXEC);
		has(write(fd, "x", 1) == 1);
		tells("not within the first second", "");
		snooze(1100 * MS);
		has(write(fd, "y", 1) == 1);
		tells("a second later", flags[i] & B_WATCH_INTERIM_STAT ?
		      STAT("file", "0x1028") : "");
		has(write(fd, "z", 1) == 1);
		tells("not twice in a second", "");
		is(close(fd), 0);
		tells("at the end", flags[i] & B_WATCH_STAT ?
		      STAT("file", "0x28") : "");
		after(chmod("file", 0600), flags[i] & B_WATCH_STAT ?
		      STAT("file", "0x1") : "");
		stop();
	}

	/* No last name, no news */
	watch("file", B_WATCH_STAT | B_WATCH_INTERIM_STAT);
	fd = open("file", O_WRONLY | O_CLOEXEC);
	is(unlink("file"), 0);
	snooze(1100 * MS);
	has(write(fd, "0123456789", 10) == 10);
	is(close(fd), 0);
	tells("a file without a name", "");
	stop();
}

static void test_attributes(void)
{
	make_file("file");
	watch("file", B_WATCH_ATTR | B_WATCH_STAT);
	if (setxattr("file", "user.META:name", "x", 1, 0)) {
		ok(true, "attributes # SKIP no user attributes in tmpfs");
		stop();
		is(unlink("file"), 0);
		return;
	}
	tells("an attribute is created",
	      ATTR("top", "file", "META:name", "1") STAT("file", "0x80"));
	after(setxattr("file", "user.META:name", "y", 1, 0),
	      ATTR("top", "file", "META:name", "5") STAT("file", "0x80"));
	after(removexattr("file", "user.META:name"),
	      ATTR("top", "file", "META:name", "2") STAT("file", "0x80"));
	after(removexattr("file", "user.META:name") + 1, "");
	after(setxattr("file", "user.beos.BEOS:TYPE", "text", 4, 0),
	      ATTR("top", "file", "BEOS:TYPE", "1") STAT("file", "0x80"));
	stop();
	watch("file", B_WATCH_STAT);
	after(setxattr("file", "user.x", "y", 1, 0), STAT("file", "0x80"));
	stop();
	is(unlink("file"), 0);
}

/* 44 */
static void test_children(void)
{
	make_directory("dir");
	make_directory("dir/sub");
	make_file("dir/a");
	make_file("dir/sub/b");
	watch("dir", B_WATCH_CHILDREN | B_WATCH_STAT);
	after(chmod("dir/a", 0600), STAT("a", "0x1"));
	after(chmod("dir/sub", 0700), STAT("sub", "0x1"));
	after(chmod("dir/sub/b", 0600), "");
	after(chmod("dir", 0700), STAT("dir", "0x1"));
	/* No entries: those are for B_WATCH_DIRECTORY. */
	after(unlink("dir/sub/b"), "");
	after(unlink("dir/a"), "");
	stop();
	/* Nothing without what it adds to */
	watch("dir", B_WATCH_CHILDREN);
	after(chmod("dir/sub", 0755), "");
	stop();
	is(rmdir("dir/sub"), 0);
	is(rmdir("dir"), 0);
}

static void test_tokens(void)
{
	const char *got;
	node_ref ref;

	make_file("file");
	ref = ref_of("file");
	watch("file", B_WATCH_STAT);
	is(watch_node(&ref, B_WATCH_STAT, port, -3), B_OK);
	is(chmod("file", 0600), 0);
	/* Which of two targets is first is not said. */
	got = told();
	ok(!strcmp(got, STAT("file", "0x1") "to -3: " STAT("file", "0x1")) ||
	   !strcmp(got, "to -3: " STAT("file", "0x1") STAT("file", "0x1")),
	   "each token is told");
	is(stop_watching(port, TOKEN), B_OK);
	after(chmod("file", 0644), "to -3: " STAT("file", "0x1"));
	is(watch_node(&ref, B_STOP_WATCHING, port, -3), B_OK);
	is(stop_watching(port, -3), B_ENTRY_NOT_FOUND);
	after(chmod("file", 0600), "");
	is(unlink("file"), 0);
}

static void test_volume(void)
{
	make_directory("dir");
	is(watch_volume(volume, B_WATCH_NAME | 0xf000, port, TOKEN), B_OK);
	make_file("dir/a");
	tells("an entry anywhere", CREATED("dir", "a", "a"));
	after(rename("dir/a", "b"), MOVED("dir", "top", "a", "a", "b"));
	after(chmod("b", 0600), "");
	after(unlink("b"), REMOVED("top", "a", "b"));
	is(stop_watching(port, TOKEN), B_OK);
	is(rmdir("dir"), 0);
	told();
}

static void test_mounts(void)
{
	node_ref mounts;

	make_directory("dir");
	is(watch_node(NULL, B_WATCH_MOUNT, port, TOKEN), B_OK);
	is(mount("other", "dir", "tmpfs", 0, ""), 0);
	other_volume = ref_of("dir").device;
	tells("something is mounted",
	      "opcode 6 new device E device D directory dir\n");
	after(umount("dir"), "opcode 7 device E\n");

	/* They are what the node -1 on the device -1 is. */
	memset(&mounts, 0, sizeof(mounts));
	mounts.device = -1;
	mounts.node = -1;
	is(watch_node(&mounts, B_STOP_WATCHING, port, TOKEN), B_OK);
	is(watch_node(&mounts, B_STOP_WATCHING, port, TOKEN), B_BAD_VALUE);

	/* With a node at once */
	mounts = ref_of("dir");
	is(watch_node(&mounts, B_WATCH_MOUNT | B_WATCH_STAT, port, TOKEN),
	   B_OK);
	after(chmod("dir", 0700), STAT("dir", "0x1"));
	is(mount("other", "dir", "tmpfs", 0, ""), 0);
	other_volume = ref_of("dir").device;
	tells("mounts as well",
	      "opcode 6 new device E device D directory dir\n");
	is(umount("dir"), 0);
	stop();
	is(rmdir("dir"), 0);
}

/* What the child of a team has, and what the team keeps */
static void test_fork(void)
{
	port_message_info info;
	pid_t child;

	make_file("file");
	watch("file", B_WATCH_STAT);
	child = fork();
	if (child == 0)
		_exit(stop_watching(port, TOKEN) != B_ENTRY_NOT_FOUND);
	is(exit_status(child), 0);
	child = fork();
	if (child == 0)
		_exit(chmod("file", 0600) != 0);
	is(exit_status(child), 0);
	tells("what a child does", STAT("file", "0x1"));

	/* The kernel sends, for the one who asked. */
	is(chmod("file", 0644), 0);
	is(get_port_message_info_etc(port, &info, B_TIMEOUT, 10000 * MS),
	   B_OK);
	is(info.sender, geteuid());
	is(info.sender_group, getegid());
	is(info.sender_team, 0);
	tells("and here it is", STAT("file", "0x1"));
	stop();
	is(unlink("file"), 0);
}

/* A port that goes, or has no room: nobody waits, and order is kept. */
static void test_ports(void)
{
	enum { COUNT = 100 };
	port_id small = create_port(1, "be test small");
	char name[32], message[4096];
	node_ref ref = ref_of(".");
	int i, in_order = 0;
	ssize_t size;
	char *found;
	int32 code;
	FILE *to;

	is(watch_node(&ref, B_WATCH_DIRECTORY, small, TOKEN), B_OK);
	for (i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		is(mkfifo(name, 0600), 0);
	}
	for (i = 0; i < COUNT; i++) {
		to = fmemopen(message + 2048, 2048, "w");
		size = read_port_etc(small, &code, message, 2048,
				     B_RELATIVE_TIMEOUT, 10000 * MS);
		if (size < 0 || !to)
			give_up("a message that was held back does not come");
		print_message(to, message, (size_t)size);
		fclose(to);
		snprintf(name, sizeof(name), "name \"f%d\"\n", i);
		found = strstr(message + 2048, "name ");
		in_order += found && strcmp(found, name) == 0;
	}
	is(in_order, COUNT);
	for (i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		is(unlink(name), 0);
	}

	/* The watch outlives its port. */
	is(delete_port(small), B_OK);
	is(mkfifo("f", 0600), 0);
	is(unlink("f"), 0);
	is(watch_node(&ref, B_WATCH_DIRECTORY, small, TOKEN), B_BAD_PORT_ID);
	is(stop_watching(small, TOKEN), B_OK);
	is(stop_watching(small, TOKEN), B_ENTRY_NOT_FOUND);
}

/* Somebody who is not root, with a port of their own */
static int as_user(node_ref open_ref, node_ref closed_ref, node_ref hidden_ref)
{
	port_id own;

	if (setgid(1000) || setuid(1000))
		return 1;
	own = create_port(10, "be test user");
	if (own < 0)
		return 2;
	if (watch_node(&open_ref, B_WATCH_ALL, own, TOKEN) != B_OK)
		return 3;
	if (watch_node(&closed_ref, B_WATCH_ALL, own, TOKEN) !=
	    B_PERMISSION_DENIED)
		return 4;
	if (watch_node(&hidden_ref, B_WATCH_ALL, own, TOKEN) !=
	    B_ENTRY_NOT_FOUND)
		return 5;
	if (watch_volume(open_ref.device, B_WATCH_NAME, own, TOKEN) !=
	    B_NOT_ALLOWED)
		return 6;
	if (watch_node(&open_ref, B_WATCH_ALL, port, TOKEN) !=
	    B_PERMISSION_DENIED)
		return 7;
	return stop_watching(own, TOKEN) == B_OK ? 0 : 8;
}

static void test_permission(void)
{
	node_ref open_ref, closed_ref, hidden_ref;
	pid_t child;

	make_file("open");
	make_file("closed");
	make_directory("private");
	make_file("private/hidden");
	is(chmod("closed", 0600), 0);
	is(chmod("private", 0700), 0);
	open_ref = ref_of("open");
	closed_ref = ref_of("closed");
	hidden_ref = ref_of("private/hidden");
	child = fork();
	if (child == 0)
		_exit(as_user(open_ref, closed_ref, hidden_ref));
	is(exit_status(child), 0);
	is(unlink("open"), 0);
	is(unlink("closed"), 0);
	is(unlink("private/hidden"), 0);
	is(rmdir("private"), 0);
}

int main(void)
{
	if (!can_run())
		return 0;
	if (stop_watching(1, 1) == B_NOT_SUPPORTED) {
		printf("1..0 # SKIP this kernel has no node monitor\n");
		return 0;
	}
	if (!begin_volume()) {
		printf("1..0 # SKIP only root can mount a volume to watch\n");
		return 0;
	}
	port = create_port(1000, "be test watcher");
	if (port < 0)
		give_up("create_port");
	begin_watching_the_last();
	test_errors();
	test_directory();
	test_name();
	test_stat();
	test_interim();
	test_attributes();
	test_children();
	test_tokens();
	test_volume();
	test_mounts();
	test_fork();
	test_ports();
	test_permission();
	end_volume();
	is(stop_watching(port, LAST_TOKEN), B_ENTRY_NOT_FOUND);
	return end_of_tests();
}

/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * What the tests of the node monitor share: a volume of their own, and messages
 * as text.
 *
 * A message is printed with the names of its fields in their order.  Nodes
 * appear by the names that label() gave them, the volume as "D".
 */
#ifndef BE_NODE_MONITOR_TEST_H
#define BE_NODE_MONITOR_TEST_H

#include <NodeMonitor.h>

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "be_test.h"

#define TOKEN		7
/* The watch of a file that is changed to see that nothing else is told */
#define LAST_TOKEN	99

#define CODE_INT32	0x4c4f4e47
#define CODE_INT64	0x4c4c4e47
#define CODE_STRING	0x43535452

static struct {
	char name[32];
	int64 node;
} labels[64];
static unsigned int label_count;
static int32 volume, other_volume = -1;
static port_id port;

static void get_stat(const char *path, struct stat *st)
{
	if (lstat(path, st))
		give_up(path);
}

static node_ref ref_of(const char *path)
{
	struct stat st;
	node_ref ref;

	get_stat(path, &st);
	memset(&ref, 0, sizeof(ref));
	ref.device = (int32)st.st_dev;
	ref.node = (int64)st.st_ino;
	return ref;
}

/* The node at @path is called @name from now on. */
static void label(const char *path, const char *name)
{
	unsigned int i;

	for (i = 0; i < label_count; i++)
		if (strcmp(labels[i].name, name) == 0)
			break;
	if (i == sizeof(labels) / sizeof(*labels))
		give_up("too many labels");
	label_count += i == label_count;
	snprintf(labels[i].name, sizeof(labels[i].name), "%s", name);
	labels[i].node = ref_of(path).node;
}

/* By the last part of its path */
static void label_new(const char *path)
{
	const char *slash = strrchr(path, '/');

	label(path, slash ? slash + 1 : path);
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || close(fd))
		give_up(path);
	label_new(path);
}

static void make_directory(const char *path)
{
	if (mkdir(path, 0755))
		give_up(path);
	label_new(path);
}

static int32 get_int32(const char *at)
{
	int32 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static int64 get_int64(const char *at)
{
	int64 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void print_int32(FILE *to, const char *name, int32 value)
{
	if (strstr(name, "device") && value == volume)
		fputs("D", to);
	else if (strstr(name, "device") && value == other_volume)
		fputs("E", to);
	else if (strcmp(name, "fields") == 0)
		fprintf(to, "0x%x", (unsigned int)value);
	else
		fprintf(to, "%d", (int)value);
}

static void print_node(FILE *to, int64 node)
{
	unsigned int i;

	for (i = 0; i < label_count; i++) {
		if (labels[i].node == node) {
			fputs(labels[i].name, to);
			return;
		}
	}
	fprintf(to, "%lld", node);
}

static bool is_zero(const char *at, size_t size)
{
	while (size > 0 && !*at)
		at++, size--;
	return size == 0;
}

/*
 * One field of @room bytes; returns its size, or 0 if it is not just as it
 * should be.
 */
static size_t print_field(FILE *to, const char *field, size_t room)
{
	const char *name = field + 18, *value;
	size_t size, header, used;
	int16 header_size;

	if (room < 20)
		return 0;
	size = (size_t)get_int32(field + 12);
	memcpy(&header_size, field + 16, sizeof(header_size));
	header = (size_t)header_size;
	if (size > room || size % 4 || header < 20 || header > size ||
	    !memchr(name, '\0', header - 18) || get_int32(field + 8) != 1 ||
	    header != ((18 + strlen(name) + 1 + 3) & ~(size_t)3) ||
	    !is_zero(name + strlen(name), header - 18 - strlen(name)))
		return 0;
	value = field + header;
	fprintf(to, "%s ", name);
	switch (get_int32(field)) {
	case CODE_INT32:
		used = 4;
		if (get_int32(field + 4) != 4 || size != header + used)
			return 0;
		print_int32(to, name, get_int32(value));
		break;
	case CODE_INT64:
		used = 8;
		if (get_int32(field + 4) != 8 || size != header + used)
			return 0;
		print_node(to, get_int64(value));
		break;
	case CODE_STRING:
		if (get_int32(field + 4) != -1 || size < header + 5)
			return 0;
		used = 4 + (size_t)get_int32(value);
		if (used > size - header || used + 3 < size - header ||
		    strnlen(value + 4, used - 4) != used - 5 ||
		    !is_zero(value + used, size - header - used))
			return 0;
		fprintf(to, "\"%s\"", value + 4);
		break;
	default:
		return 0;
	}
	return size;
}

/* Prints a message; returns its token, -1 if it is not as it should be. */
static int32 print_message(FILE *to, const char *message, size_t size)
{
	size_t at, length;

	if (size < 28 || get_int32(message) != 0x6b4d7347 ||
	    (size_t)get_int32(message + 4) != size ||
	    get_int32(message + 8) != B_NODE_MONITOR ||
	    get_int32(message + 12) != -1 || get_int32(message + 20) != -1 ||
	    get_int32(message + 24) != -1)
		return -1;
	if (get_int32(message + 16) != TOKEN)
		fprintf(to, "to %d: ", (int)get_int32(message + 16));
	for (at = 28; at < size; at += length) {
		if (at > 28)
			fputc(' ', to);
		length = print_field(to, message + at, size - at);
		if (!length)
			return -1;
	}
	fputc('\n', to);
	return get_int32(message + 16);
}

static MAYBE void begin_watching_the_last(void)
{
	node_ref ref;

	make_file("last");
	ref = ref_of("last");
	if (watch_node(&ref, B_WATCH_STAT, port, LAST_TOKEN) != B_OK)
		give_up("the last file cannot be watched");
}

/* All that came until now, each message a line.  The buffer is one for all. */
static const char *told(void)
{
	static char text[65536], message[4096];
	FILE *to = fmemopen(text, sizeof(text), "w");
	long before = 0;
	int32 code, token;
	ssize_t size;

	if (!to || chmod("last", 0644))
		give_up("told");
	for (;;) {
		size = read_port_etc(port, &code, message, sizeof(message),
				     B_RELATIVE_TIMEOUT, 10000 * MS);
		if (size < 0)
			give_up("a message does not come");
		fflush(to);
		before = ftell(to);
		token = code == B_NODE_MONITOR ?
			print_message(to, message, (size_t)size) : -1;
		if (token == LAST_TOKEN)
			break;
		if (token == -1)
			fputs("<not as it should be>\n", to);
	}
	fclose(to);
	text[before] = '\0';
	return text;
}

static MAYBE void tells(const char *what, const char *want)
{
	const char *got = told();

	ok(strcmp(got, want) == 0, "%s", what);
	if (strcmp(got, want)) {
		printf("# told:\n");
		for (; *got; got += strcspn(got, "\n") + 1)
			printf("#   %.*s\n", (int)strcspn(got, "\n"), got);
		printf("# should be:\n");
		for (; *want; want += strcspn(want, "\n") + 1)
			printf("#   %.*s\n", (int)strcspn(want, "\n"), want);
	}
}

/* The statement is the test's name. */
#define after(call, want) do { \
	is((call), 0); \
	tells(#call, want); \
} while (0)

/* Ends all of the token's watches, if there are any. */
static MAYBE void stop(void)
{
	stop_watching(port, TOKEN);
	told();
}

static MAYBE void watch(const char *path, uint32 flags)
{
	node_ref ref = ref_of(path);

	is(watch_node(&ref, flags, port, TOKEN), B_OK);
}

/*
 * Into a volume of our own, which nobody else does anything in.  False if that
 * takes more rights.
 */
static MAYBE bool begin_volume(void)
{
	char path[] = "/tmp/nodemon-XXXXXX";

	if (unshare(CLONE_NEWNS) ||
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    !mkdtemp(path) || chmod(path, 0755) ||
	    mount("nodemon", path, "tmpfs", 0, "mode=755"))
		return false;
	if (chdir(path))
		give_up(path);
	label(".", "top");
	volume = ref_of(".").device;
	return true;
}

static MAYBE void end_volume(void)
{
	char path[64];

	if (!getcwd(path, sizeof(path)) || chdir("/") ||
	    umount2(path, MNT_DETACH) || rmdir(path))
		give_up("the volume does not go");
}

#endif /* BE_NODE_MONITOR_TEST_H */

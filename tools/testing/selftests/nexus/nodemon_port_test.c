// SPDX-License-Identifier: GPL-2.0
/*
 * News as messages of BeOS in a port: each byte of them, what happens if the
 * port has no room, is closed or deleted, and whose watches they are.
 */
#include "nodemon_place.h"

#include <sys/xattr.h>

/* What the kernel holds back for a port that is full. */
#define HELD_MAX	10000

/* A message as it should be, written down field by field. */
struct message {
	size_t size;
	unsigned char data[2048];
};

static void add_bytes(struct message *msg, const void *data, size_t size)
{
	memcpy(msg->data + msg->size, data, size);
	msg->size += size;
}

static void add_int(struct message *msg, int32_t value)
{
	add_bytes(msg, &value, sizeof(value));
}

static void pad(struct message *msg)
{
	while (msg->size % 4)
		msg->data[msg->size++] = 0;
}

static void begin_field(struct message *msg, unsigned int type, int element,
			size_t value, const char *name)
{
	const int16_t header = (18 + strlen(name) + 1 + 3) / 4 * 4;

	add_int(msg, type);
	add_int(msg, element);
	add_int(msg, 1);
	add_int(msg, header + (value + 3) / 4 * 4);
	add_bytes(msg, &header, sizeof(header));
	add_bytes(msg, name, strlen(name) + 1);
	pad(msg);
}

static void add_long(struct message *msg, const char *name, int32_t value)
{
	begin_field(msg, 0x4c4f4e47, 4, 4, name);
	add_int(msg, value);
}

static void add_llng(struct message *msg, const char *name, int64_t value)
{
	begin_field(msg, 0x4c4c4e47, 8, 8, name);
	add_bytes(msg, &value, sizeof(value));
}

static void add_cstr(struct message *msg, const char *name, const char *value)
{
	const size_t size = strlen(value) + 1;

	begin_field(msg, 0x43535452, -1, 4 + size, name);
	add_int(msg, size);
	add_bytes(msg, value, size);
	pad(msg);
}

static void begin_message(struct message *msg, int token, int opcode)
{
	msg->size = 0;
	add_int(msg, 0x6b4d7347);
	add_int(msg, 0);	/* the size, see end_message() */
	add_int(msg, 0x4e444d4e);
	add_int(msg, -1);
	add_int(msg, token);
	add_int(msg, -1);
	add_int(msg, -1);
	add_long(msg, "opcode", opcode);
}

static void end_message(struct message *msg)
{
	const int32_t size = msg->size;

	memcpy(msg->data + 4, &size, sizeof(size));
}

static void show(const char *what, const unsigned char *data, size_t size)
{
	size_t i;

	fprintf(stderr, "# %s, %zu bytes:", what, size);
	for (i = 0; i < size; i++)
		fprintf(stderr, "%s%02x", i % 16 ? " " : "\n#  ", data[i]);
	fprintf(stderr, "\n");
}

/* Is the port's next message this one, byte for byte? */
static void expect_message(struct __test_metadata *_metadata, int port,
			   struct message *want)
{
	static unsigned char got[4096];
	struct nexus_msg_info info;
	long size;

	end_message(want);
	memset(got, 0xaa, sizeof(got));
	size = await_message(port, got, sizeof(got), &info);
	ASSERT_LE(0, size);
	if (size != (long)want->size || memcmp(got, want->data, size)) {
		show("wanted", want->data, want->size);
		show("got", got, size);
	}
	EXPECT_EQ(want->size, size);
	EXPECT_EQ(0, memcmp(got, want->data, want->size));
	/* It comes from the kernel, for whoever asked for it. */
	EXPECT_EQ(0x4e444d4e, info.code);
	EXPECT_EQ(geteuid(), info.uid);
	EXPECT_EQ(getegid(), info.gid);
	EXPECT_EQ(0, info.team);
	EXPECT_EQ(0, info.thread);
}

static int64_t node_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : (int64_t)st.st_ino;
}

TEST_F(place, entry_messages)
{
	const int dev = self->st.st_dev, port = new_port(10);
	const int64_t dir = self->st.st_ino;
	struct message want;
	int64_t node, to;

	ASSERT_LT(0, port);
	ASSERT_EQ(0, make_dir("to"));
	ASSERT_LT(0, watch_to_port(port, 7, ".", NODEMON_DIRECTORY));
	ASSERT_EQ(0, make_file("a.txt"));
	node = node_of("a.txt");
	to = node_of("to");
	begin_message(&want, 7, 1);
	add_long(&want, "device", dev);
	add_llng(&want, "directory", dir);
	add_llng(&want, "node", node);
	add_cstr(&want, "name", "a.txt");
	/* Of a number the header and 4 or 8; of the name 4 and 6, padded. */
	ASSERT_EQ(28 + 32 + 32 + 36 + 32 + 36, want.size);
	expect_message(_metadata, port, &want);

	ASSERT_EQ(0, rename("a.txt", "to/longer.text"));
	begin_message(&want, 7, 3);
	add_long(&want, "device", dev);
	add_llng(&want, "from directory", dir);
	add_llng(&want, "to directory", to);
	add_long(&want, "node device", dev);
	add_llng(&want, "node", node);
	add_cstr(&want, "from name", "a.txt");
	add_cstr(&want, "name", "longer.text");
	expect_message(_metadata, port, &want);

	ASSERT_EQ(0, rename("to/longer.text", "x"));
	begin_message(&want, 7, 3);
	add_long(&want, "device", dev);
	add_llng(&want, "from directory", to);
	add_llng(&want, "to directory", dir);
	add_long(&want, "node device", dev);
	add_llng(&want, "node", node);
	add_cstr(&want, "from name", "longer.text");
	add_cstr(&want, "name", "x");
	expect_message(_metadata, port, &want);

	ASSERT_EQ(0, unlink("x"));
	begin_message(&want, 7, 2);
	add_long(&want, "device", dev);
	add_llng(&want, "directory", dir);
	add_llng(&want, "node", node);
	add_cstr(&want, "name", "x");
	expect_message(_metadata, port, &want);
	EXPECT_EQ(0, queued(port));
}

TEST_F(place, node_messages)
{
	const int dev = self->st.st_dev, port = new_port(10);
	struct message want;
	int64_t node;

	ASSERT_LT(0, port);
	ASSERT_EQ(0, make_file("file"));
	node = node_of("file");
	ASSERT_LT(0, watch_to_port(port, -1, "file", NODEMON_STAT |
							   NODEMON_ATTR));
	ASSERT_EQ(0, chown("file", 1, 2));
	begin_message(&want, -1, 4);
	add_long(&want, "device", dev);
	add_llng(&want, "node", node);
	add_long(&want, "fields", 6);
	expect_message(_metadata, port, &want);

	ASSERT_EQ(0, setxattr("file", "user.beos.META:name", "", 0, 0));
	begin_message(&want, -1, 5);
	add_long(&want, "device", dev);
	add_llng(&want, "directory", self->st.st_ino);
	add_llng(&want, "node", node);
	add_cstr(&want, "attr", "META:name");
	add_long(&want, "cause", 1);
	expect_message(_metadata, port, &want);
	begin_message(&want, -1, 4);
	add_long(&want, "device", dev);
	add_llng(&want, "node", node);
	add_long(&want, "fields", 0x80);
	expect_message(_metadata, port, &want);
	/* Equal messages are not made one. */
	ASSERT_EQ(0, chmod("file", 0600));
	ASSERT_EQ(0, chmod("file", 0600));
	EXPECT_TRUE(poll_until(queued(port) == 2));
}

/* The parent of a root is not known. */
TEST_F(place, attr_of_root)
{
	const int port = new_port(10);
	struct message want;

	ASSERT_LT(0, watch_to_port(port, 1, ".", NODEMON_ATTR));
	ASSERT_EQ(0, setxattr(".", "user.a", "", 0, 0));
	begin_message(&want, 1, 5);
	add_long(&want, "device", self->st.st_dev);
	add_llng(&want, "node", self->st.st_ino);
	add_cstr(&want, "attr", "a");
	add_long(&want, "cause", 1);
	expect_message(_metadata, port, &want);
}

TEST_F(place, mount_messages)
{
	const int port = new_port(10);
	struct nodemon_args args = {
		.type = NODEMON_MOUNTS,
		.events = NODEMON_MOUNT,
		.port = port,
		.token = 3,
	};
	struct message want;
	struct stat st;
	int64_t dir;

	ASSERT_EQ(0, make_dir("mnt"));
	dir = node_of("mnt");
	ASSERT_LT(0, nodemon_watch(NODEMON_PORT, &args));
	ASSERT_EQ(0, mount("none", "mnt", "tmpfs", 0, NULL));
	ASSERT_EQ(0, stat("mnt", &st));
	begin_message(&want, 3, 6);
	add_long(&want, "new device", st.st_dev);
	add_long(&want, "device", self->st.st_dev);
	add_llng(&want, "directory", dir);
	expect_message(_metadata, port, &want);
	ASSERT_EQ(0, umount("mnt"));
	begin_message(&want, 3, 7);
	add_long(&want, "device", st.st_dev);
	expect_message(_metadata, port, &want);
}

/* Longest names: a message is never cut. */
TEST_F(place, long_names)
{
	char from[256] = "", to[256] = "";
	const int dev = self->st.st_dev, port = new_port(10);
	struct message want;
	int64_t node;

	memset(from, 'f', 255);
	memset(to, 't', 255);
	ASSERT_EQ(0, make_file(from));
	node = node_of(from);
	ASSERT_LT(0, watch_to_port(port, 1, ".", NODEMON_DIRECTORY));
	ASSERT_EQ(0, rename(from, to));
	begin_message(&want, 1, 3);
	add_long(&want, "device", dev);
	add_llng(&want, "from directory", self->st.st_ino);
	add_llng(&want, "to directory", self->st.st_ino);
	add_long(&want, "node device", dev);
	add_llng(&want, "node", node);
	add_cstr(&want, "from name", from);
	add_cstr(&want, "name", to);
	expect_message(_metadata, port, &want);
}

/* The token and name of a message about an entry: 0, or why there is none. */
static int next_name(int port, int *token, char *name)
{
	static unsigned char buf[4096];
	struct nodemon_message *msg = (void *)buf;
	struct nexus_msg_info info;
	const long size = next_message(port, buf, sizeof(buf), &info);
	struct nodemon_field *field;
	long at;

	if (size < 0)
		return size;
	*token = msg->token;
	for (at = sizeof(*msg); at < size; at += field->field_size) {
		field = (void *)(buf + at);
		if (field->field_size <= 0)
			return -EPROTO;
		if (!strcmp(field->name, "name")) {
			strcpy(name, (char *)field + field->header_size + 4);
			return 0;
		}
	}
	return -ENODATA;
}

static int await_name(int port, int *token, char *name)
{
	int ret = -EAGAIN;

	poll_until((ret = next_name(port, token, name), ret != -EAGAIN));
	return ret;
}

/* What does not fit waits in order, whatever the token, and none is lost. */
TEST_F_TIMEOUT(place, held_back, 100)
{
	const int port = new_port(3);
	int i, token, bad = 0;
	char path[32], name[256];

	ASSERT_LT(0, port);
	ASSERT_EQ(0, make_dir("a"));
	ASSERT_EQ(0, make_dir("b"));
	ASSERT_LT(0, watch_to_port(port, 1, "a", NODEMON_DIRECTORY));
	ASSERT_LT(0, watch_to_port(port, 2, "b", NODEMON_DIRECTORY));
	for (i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "%c/%d", i & 1 ? 'b' : 'a', i);
		ASSERT_EQ(0, make_file(path));
	}
	EXPECT_EQ(3, queued(port));
	for (i = 0; i < 500 && !bad; i++) {
		ASSERT_EQ(0, await_name(port, &token, name))
			TH_LOG("message %d", i);
		bad = token != 1 + (i & 1) || atoi(name) != i;
		ASSERT_EQ(0, bad)
			TH_LOG("message %d has token %d, name %s", i, token,
			       name);
	}
	EXPECT_EQ(-EAGAIN, next_name(port, &token, name));
	/* When it is empty it works as before. */
	ASSERT_EQ(0, make_file("a/last"));
	ASSERT_EQ(0, await_name(port, &token, name));
	EXPECT_STREQ("last", name);
}

/* Of more than are held back the oldest are lost, silently. */
TEST_F_TIMEOUT(place, held_back_bound, 115)
{
	const int room = 50, extra = 300;
	const int made = room + HELD_MAX + extra;
	const int port = new_port(room);
	int i, token, last = -1, got = 0, jumps = 0;
	char path[32], name[256];

	ASSERT_LT(0, port);
	ASSERT_EQ(0, make_dir("a"));
	ASSERT_LT(0, watch_to_port(port, 1, "a", NODEMON_DIRECTORY));
	for (i = 0; i < made; i++) {
		snprintf(path, sizeof(path), "a/%d", i);
		/* It never fails and never waits. */
		ASSERT_EQ(0, make_file(path));
	}
	while (last != made - 1) {
		ASSERT_EQ(0, await_name(port, &token, name))
			TH_LOG("after %d messages, the last one %d", got, last);
		i = atoi(name);
		ASSERT_LT(last, i)
			TH_LOG("order");
		if (i != last + 1) {
			/* The port's own are older, and stay. */
			EXPECT_EQ(room, got);
			EXPECT_EQ(made - HELD_MAX, i);
			jumps++;
		}
		last = i;
		got++;
	}
	EXPECT_EQ(1, jumps);
	EXPECT_EQ(room + HELD_MAX, got);
	EXPECT_EQ(-EAGAIN, next_name(port, &token, name));
}

/* A deleted port: what was held back goes with it, the watch stays. */
TEST_F(place, port_deleted)
{
	const int port = new_port(1), other = new_port(10);
	int i, token;
	char name[256], path[16];

	ASSERT_LT(0, watch_to_port(port, 1, ".", NODEMON_DIRECTORY));
	for (i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "%d", i);
		ASSERT_EQ(0, make_file(path));
	}
	EXPECT_EQ(1, queued(port));
	ASSERT_EQ(0, delete_port(port));
	ASSERT_EQ(0, make_file("after"));
	/* It is not taken for another one, nor made again. */
	ASSERT_LT(0, watch_to_port(other, 1, ".", NODEMON_DIRECTORY));
	EXPECT_EQ(-EIDRM, watch_to_port(port, 2, ".", NODEMON_DIRECTORY));
	EXPECT_EQ(-EIDRM, watch_to_port(port, 1, ".", NODEMON_DIRECTORY));
	ASSERT_EQ(0, make_file("more"));
	ASSERT_EQ(0, await_name(other, &token, name));
	EXPECT_STREQ("more", name);
	EXPECT_EQ(0, stop_watching(port, 1));
	EXPECT_EQ(-ENOENT, stop_watching(port, 1));
	EXPECT_EQ(-ENOENT, stop_watching(port, 2));
	EXPECT_EQ(0, watch_to_port(other, 1, ".", 0));
	EXPECT_EQ(-ENOENT, stop_watching(other, 1));
}

/* A closed port gives what it has, no more. */
TEST_F(place, port_closed)
{
	const int port = new_port(2);
	int i, token;
	char name[256], path[16];

	ASSERT_LT(0, watch_to_port(port, 1, ".", NODEMON_DIRECTORY));
	for (i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), "%d", i);
		ASSERT_EQ(0, make_file(path));
	}
	ASSERT_EQ(0, nexus_port_close(port, 0));
	EXPECT_EQ(0, next_name(port, &token, name));
	EXPECT_STREQ("0", name);
	EXPECT_EQ(0, next_name(port, &token, name));
	EXPECT_STREQ("1", name);
	/* Neither those that were held back nor new ones. */
	ASSERT_EQ(0, make_file("after"));
	EXPECT_GT(0, next_name(port, &token, name));
	EXPECT_EQ(-ESHUTDOWN, watch_to_port(port, 1, ".", NODEMON_STAT));
	EXPECT_EQ(0, stop_watching(port, 1));
}

/* A port and token are one target; another token is another one. */
TEST_F(place, tokens)
{
	const int port = new_port(100);
	int token, seen = 0, i;
	char name[256];

	ASSERT_EQ(0, make_dir("a"));
	EXPECT_EQ(1, watch_to_port(port, 0, ".", NODEMON_DIRECTORY));
	EXPECT_EQ(1, watch_to_port(port, 0, ".", NODEMON_DIRECTORY));
	EXPECT_EQ(2, watch_to_port(port, 0, "a", NODEMON_DIRECTORY));
	EXPECT_EQ(1, watch_to_port(port, INT_MIN, ".", NODEMON_DIRECTORY));
	EXPECT_EQ(1, watch_to_port(port, 1, ".", NODEMON_DIRECTORY));
	ASSERT_EQ(0, make_file("f"));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, await_name(port, &token, name));
		EXPECT_STREQ("f", name);
		seen |= token == 0 ? 1 : token == 1 ? 2 :
			token == INT_MIN ? 4 : 8;
	}
	EXPECT_EQ(7, seen);
	EXPECT_EQ(-EAGAIN, next_name(port, &token, name));

	/* All of one token end, those of others do not. */
	EXPECT_EQ(0, stop_watching(port, 0));
	EXPECT_EQ(-ENOENT, stop_watching(port, 0));
	EXPECT_EQ(0, watch_to_port(port, 1, ".", 0));
	EXPECT_EQ(-ENOENT, watch_to_port(port, 1, ".", 0));
	EXPECT_EQ(-ENOENT, stop_watching(port, 1));
	ASSERT_EQ(0, make_file("a/f"));
	ASSERT_EQ(0, unlink("f"));
	ASSERT_EQ(0, await_name(port, &token, name));
	EXPECT_EQ(INT_MIN, token);
	EXPECT_EQ(-EAGAIN, next_name(port, &token, name));
	EXPECT_EQ(0, stop_watching(port, INT_MIN));
	/* No port is told that a watch has ended. */
	EXPECT_EQ(0, queued(port));
}

/* Nobody can end the watches of others, nor see them. */
static int stop_others(void *arg)
{
	const int port = *(int *)arg;

	if (stop_watching(port, 1) != -ENOENT)
		return 1;
	if (watch_to_port(port, 1, ".", 0) != -ENOENT)
		return 2;
	/* The same target, but it is the child's. */
	if (watch_to_port(port, 1, ".", NODEMON_DIRECTORY) != 1)
		return 3;
	if (make_file("both"))
		return 4;
	if (!poll_until(queued(port) == 2))
		return 5;
	return stop_watching(port, 1) ? 6 : 0;
}

TEST_F(place, teams)
{
	int port = new_port(10);
	int token;
	char name[256];

	ASSERT_EQ(1, watch_to_port(port, 1, ".", NODEMON_DIRECTORY));
	EXPECT_EQ(0, reap(spawn(stop_others, &port)));
	EXPECT_EQ(0, next_name(port, &token, name));
	EXPECT_EQ(0, next_name(port, &token, name));
	ASSERT_EQ(0, make_file("after"));
	ASSERT_EQ(0, await_name(port, &token, name));
	EXPECT_STREQ("after", name);
	EXPECT_EQ(-EAGAIN, next_name(port, &token, name));
	EXPECT_EQ(0, stop_watching(port, 1));
}

/* The watches of a team end with it, however it ends. */
static int watch_and_end(void *arg)
{
	const int port = *(int *)arg;
	int i;

	for (i = 0; i < 100; i++)
		if (watch_to_port(port, i, ".", NODEMON_DIRECTORY) < 0)
			return 1;
	return 0;
}

static int watch_and_die(void *arg)
{
	if (!watch_and_end(arg))
		raise(SIGKILL);
	return 1;
}

TEST_F(place, team_ends)
{
	int port = new_port(1000);

	EXPECT_EQ(0, reap(spawn(watch_and_end, &port)));
	ASSERT_EQ(0, make_file("one"));
	EXPECT_EQ(0, queued(port));
	EXPECT_EQ(128 + SIGKILL, reap(spawn(watch_and_die, &port)));
	ASSERT_EQ(0, make_file("two"));
	EXPECT_EQ(0, queued(port));
}

/* Threads are of one team; a watch is there after the thread that made it. */
static void *watch_in_thread(void *arg)
{
	return (void *)(long)watch_to_port(*(int *)arg, 1, ".",
					   NODEMON_DIRECTORY);
}

TEST_F(place, threads)
{
	int port = new_port(10);
	pthread_t thread;
	void *ret;

	ASSERT_EQ(0, pthread_create(&thread, NULL, watch_in_thread, &port));
	ASSERT_EQ(0, pthread_join(thread, &ret));
	ASSERT_EQ(1, (long)ret);
	EXPECT_EQ(1, watch_to_port(port, 1, ".", NODEMON_STAT));
	ASSERT_EQ(0, make_file("f"));
	EXPECT_TRUE(poll_until(queued(port) == 1));
	EXPECT_EQ(0, stop_watching(port, 1));
}

/* They survive exec, as on BeOS; the team's own port does not. */
static int watch_and_exec(void *arg)
{
	const int port = *(int *)arg;

	if (watch_to_port(port, 1, ".", NODEMON_DIRECTORY) != 1)
		return 1;
	execlp("sh", "sh", "-c", ": >made-after-exec", NULL);
	return 127;
}

TEST_F(place, exec)
{
	int port = new_port(10), token;
	char name[256];

	EXPECT_EQ(0, reap(spawn(watch_and_exec, &port)));
	ASSERT_EQ(0, await_name(port, &token, name));
	EXPECT_STREQ("made-after-exec", name);
	/* Now that it is gone, so is the watch. */
	ASSERT_EQ(0, make_file("later"));
	EXPECT_EQ(0, queued(port));
}

/* A port that one may not write to: nothing of the kernel goes there. */
static int watch_to_foreign(void *arg)
{
	const int port = *(int *)arg;

	if (become(1234, 1234))
		return 1;
	return watch_to_port(port, 1, ".", NODEMON_DIRECTORY) == -EACCES ?
	       0 : 2;
}

TEST_F(place, foreign_port)
{
	int port = port_args("private", 10, NEXUS_CREATE_MODE, 0600);

	ASSERT_LT(0, port);
	EXPECT_EQ(0, reap(spawn(watch_to_foreign, &port)));
	ASSERT_EQ(0, make_file("f"));
	EXPECT_EQ(0, queued(port));
}

/* Whoever asked first says who the sender is. */
static int watch_as_user(void *arg)
{
	struct nexus_msg_info info;
	const int port = *(int *)arg;
	char buf[512];

	if (become(1234, 1235))
		return 1;
	if (watch_to_port(port, 1, ".", NODEMON_STAT) != 1)
		return 2;
	if (!poll_until(queued(port) > 0))
		return 3;
	if (next_message(port, buf, sizeof(buf), &info) < 0)
		return 4;
	return info.uid == 1234 && info.gid == 1235 && !info.team ? 0 : 5;
}

TEST_F(place, sender)
{
	int port = port_args("public", 10, NEXUS_CREATE_MODE, 0666);
	pid_t pid;

	ASSERT_LT(0, port);
	ASSERT_EQ(0, chmod(".", 0755));
	pid = spawn(watch_as_user, &port);
	ASSERT_LT(0, pid);
	/* Until it is told once. */
	ASSERT_TRUE(poll_until(!chmod(".", 0755) && total(port) > 0));
	EXPECT_EQ(0, reap(pid));
}

/* Messages hold their memory no longer than the port wants. */
TEST_F(place, memory)
{
	const int port = new_port(100);
	int i;

	ASSERT_LT(0, watch_to_port(port, 1, ".", NODEMON_DIRECTORY));
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, make_file("f"));
		ASSERT_EQ(0, unlink("f"));
	}
	EXPECT_TRUE(poll_until(queued(port) == 100));
	EXPECT_LT(0, system_info().queued_bytes);
	ASSERT_EQ(0, delete_port(port));
	EXPECT_TRUE(poll_until(!system_info().queued_bytes));
	EXPECT_EQ(0, stop_watching(port, 1));
}

TEST_HARNESS_MAIN

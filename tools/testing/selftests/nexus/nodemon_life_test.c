// SPDX-License-Identifier: GPL-2.0
/*
 * How monitors and watches live and end, what limits them, and that nothing is
 * left of them: memory, counts, inodes.
 */
#include "nodemon_place.h"
#include "cgroup.h"

#include <sys/resource.h>

#define MAX_WATCHES	NM_SYSCTL("max_user_watches")
#define MAX_INSTANCES	NM_SYSCTL("max_user_instances")
#define MAX_EVENTS	NM_SYSCTL("max_queued_events")

#define NSEC		1000000000LL

static long value_of(const char *path)
{
	char text[64];

	return read_file(path, text, sizeof(text)) > 0 ? atol(text) : -1;
}

static int set_value(const char *path, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", value);
	return write_file(path, text);
}

/*
 * Limits are counted for each user: another user has nothing but what the test
 * makes.  What is left counted there would show as a limit that is reached too
 * early, in the next round.
 */
#define SOME_USER	4321

static int as_user(int (*fn)(void *), void *arg)
{
	const pid_t pid = fork();

	if (!pid) {
		if (become(SOME_USER, SOME_USER))
			_exit(99);
		_exit(fn(arg));
	}
	return pid < 0 ? -1 : reap(pid);
}

/* Exactly so many watches, of descriptors and of ports. */
static int fill_watches(void *arg)
{
	const int max = *(int *)arg;
	int fd = new_monitor(), port = new_port(1), i;
	char path[32];

	if (fd < 0 || port < 0)
		return 1;
	for (i = 0; i < max; i++) {
		snprintf(path, sizeof(path), "f%d", i);
		if (i % 2 ? watch_path(fd, path, NODEMON_STAT) <= 0 :
			    watch_to_port(port, i % 10, path,
					  NODEMON_STAT) <= 0)
			return 2;
	}
	snprintf(path, sizeof(path), "f%d", max);
	if (watch_path(fd, path, NODEMON_STAT) != -ENOSPC)
		return 3;
	if (watch_to_port(port, 77, path, NODEMON_STAT) != -ENOSPC)
		return 4;
	if (watch_mounts(fd) != -ENOSPC)
		return 5;
	/* Wider is not one more. */
	if (watch_path(fd, "f1", NODEMON_NAME) <= 0)
		return 6;
	/* Each that ends makes room. */
	if (watch_path(fd, "f1", 0) || watch_path(fd, path, NODEMON_STAT) <= 0)
		return 7;
	if (watch_path(fd, "f1", NODEMON_STAT) != -ENOSPC)
		return 8;
	if (stop_watching(port, 0) ||
	    !poll_until(watch_path(fd, "f1", NODEMON_STAT) != -ENOSPC))
		return 9;
	return 0;
}

TEST_F(place, max_watches)
{
	const long old = value_of(MAX_WATCHES);
	int max = 60, i, ret;
	char path[32];

	ASSERT_LE(4096, old);
	for (i = 0; i <= max; i++) {
		snprintf(path, sizeof(path), "f%d", i);
		ASSERT_EQ(0, make_file(path));
	}
	ASSERT_EQ(0, set_value(MAX_WATCHES, max));
	/* Targets that are ports end a moment after their team. */
	for (i = 0; i < 5; i++)
		EXPECT_TRUE(poll_until(!(ret = as_user(fill_watches, &max))))
			TH_LOG("round %d: %d", i, ret);
	/* Raising it helps. */
	EXPECT_EQ(0, set_value(MAX_WATCHES, old));
}

static int fill_instances(void *arg)
{
	const int max = *(int *)arg;
	int fd[64], i;

	for (i = 0; i < max; i++) {
		fd[i] = new_monitor();
		if (fd[i] < 0)
			return 1;
	}
	if (new_monitor() != -EMFILE)
		return 2;
	close(fd[3]);
	if (new_monitor() < 0)
		return 3;
	return new_monitor() == -EMFILE ? 0 : 4;
}

TEST_F(place, max_instances)
{
	const long old = value_of(MAX_INSTANCES);
	int max = 20, i;

	ASSERT_LT(0, old);
	ASSERT_EQ(0, set_value(MAX_INSTANCES, max));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(0, as_user(fill_instances, &max))
			TH_LOG("round %d", i);
	EXPECT_EQ(0, set_value(MAX_INSTANCES, old));
}

/* The limits of a user namespace. */
static int in_user_ns(void *arg)
{
	int fd, max = 5;

	if (own_user_ns())
		return 10;
	if (set_value("/proc/sys/user/max_nodemon_watches", 1) ||
	    set_value("/proc/sys/user/max_nodemon_instances", max))
		return 11;
	fd = new_monitor();
	if (fd < 0 || watch_path(fd, "f0", NODEMON_STAT) != 1)
		return 12;
	if (watch_path(fd, "f1", NODEMON_STAT) != -ENOSPC)
		return 13;
	close(fd);
	return fill_instances(&max);
}

TEST_F(place, user_namespace)
{
	ASSERT_EQ(0, make_file("f0"));
	ASSERT_EQ(0, make_file("f1"));
	EXPECT_EQ(0, as_user(in_user_ns, NULL));
}

TEST_F(place, sysctls)
{
	EXPECT_LE(4096, value_of(MAX_WATCHES));
	EXPECT_EQ(128, value_of(MAX_INSTANCES));
	EXPECT_EQ(16384, value_of(MAX_EVENTS));
	EXPECT_EQ(-EINVAL, write_file(MAX_WATCHES, "-1"));
	EXPECT_EQ(-EINVAL, write_file(MAX_INSTANCES, "-1"));
	EXPECT_EQ(-EINVAL, write_file(MAX_EVENTS, "-1"));
	EXPECT_EQ(-EINVAL, write_file(MAX_EVENTS, "many"));
}

/* Faster than the reader: that is told, once, and what is there is in order. */
static void overflow(struct __test_metadata *_metadata, int fd, int max)
{
	const struct nodemon_record *rec;
	int i, seen = 0, overflows = 0;
	char path[32];
	long got, at;

	for (i = 0; i < max + 50; i++) {
		snprintf(path, sizeof(path), "n%d", i);
		ASSERT_EQ(0, make_file(path));
	}
	while ((got = read(fd, news_buf, sizeof(news_buf))) > 0) {
		for (at = 0; at < got; at += rec->size) {
			rec = (const void *)(news_buf + at);
			ASSERT_EQ(0, overflows);
			if (rec->opcode == NODEMON_OVERFLOW) {
				overflows++;
				EXPECT_EQ(0, rec->watch);
				EXPECT_EQ(56, rec->size);
				continue;
			}
			ASSERT_EQ(seen, atoi((char *)rec + 57));
			seen++;
		}
	}
	EXPECT_EQ(max, seen);
	EXPECT_EQ(1, overflows);
	for (i = 0; i < max + 50; i++) {
		snprintf(path, sizeof(path), "n%d", i);
		ASSERT_EQ(0, unlink(path));
	}
	/* Once there is room it goes on, and overflows again. */
	while (read(fd, news_buf, sizeof(news_buf)) > 0)
		continue;
}

TEST_F_TIMEOUT(place, queue_overflow, 300)
{
	const long old = value_of(MAX_EVENTS);
	int64_t start;
	int fd;

	ASSERT_EQ(0, set_value(MAX_EVENTS, 100));
	fd = new_monitor();
	EXPECT_EQ(0, set_value(MAX_EVENTS, old));
	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	overflow(_metadata, fd, 100);
	start = now_ns(CLOCK_MONOTONIC);
	overflow(_metadata, fd, 100);
	/* A hundred times as many are too many for a debug kernel. */
	if (now_ns(CLOCK_MONOTONIC) - start > NSEC / 2) {
		TH_LOG("slow: not tried with %ld records", old);
		return;
	}
	/* As it is by default, for the fixture's monitor. */
	ASSERT_EQ(1, watch_path(self->fd, ".", NODEMON_DIRECTORY));
	overflow(_metadata, self->fd, old);
}

/* A watcher dies with a full queue. */
static int die_with_full_queue(void *arg)
{
	const int fd = new_monitor();
	int i;

	if (fd < 0 || watch_path(fd, ".", NODEMON_DIRECTORY) != 1)
		return 1;
	for (i = 0; i < 9000; i++)
		if (make_file("n") || unlink("n"))
			return 2;
	raise(SIGKILL);
	return 3;
}

TEST_F_TIMEOUT(place, dies_with_full_queue, 300)
{
	EXPECT_EQ(128 + SIGKILL, reap(spawn(die_with_full_queue, NULL)));
	/* Nobody waits for it, nor is anybody held up. */
	ASSERT_EQ(0, make_file("after"));
	EXPECT_NEWS("", self->fd);
}

/*
 * 100000 watches in a memory cgroup: made, told, ended with their descriptor,
 * and what they took is given back.
 */
struct many {
	int nr;
	long before;
	long with;
	long after;
};

/*
 * A debug kernel takes so long for what is done many times that it does it less
 * often: has that been going on for long?
 */
static bool long_since(int64_t start)
{
	return now_ns(CLOCK_MONOTONIC) - start > 30 * NSEC;
}

static int many_watches(void *arg)
{
	struct many *many = arg;
	int fd, i, ended = 0;
	char path[32];
	long got, at;

	if (join_group())
		return 1;
	fd = new_monitor();
	many->before = group_value("memory.current");
	for (i = 0; i < many->nr; i++) {
		snprintf(path, sizeof(path), "d%d/%d", i % 100, i);
		if (watch_path(fd, path, NODEMON_STAT) != i + 1)
			return 2;
	}
	many->with = group_value("memory.current");
	if (chmod("d1/1", 0600) || chmod(path, 0600) ||
	    news_bytes(fd) != 2 * 56)
		return 3;
	/* One by one, too: the first thousand. */
	read(fd, news_buf, sizeof(news_buf));
	for (i = 1; i <= 1000; i++)
		if (nodemon_unwatch(fd, i, 0, 0))
			return 4;
	while ((got = read(fd, news_buf, sizeof(news_buf))) > 0)
		for (at = 0; at < got; at += 56)
			ended++;
	if (ended != 1000)
		return 5;
	close(fd);
	/* Watches are freed after a grace period. */
	poll_until((many->after = group_value("memory.current")) <
		   many->before + (many->with - many->before) / 4);
	return 0;
}

TEST_F_TIMEOUT(place, many_watches, 600)
{
	const int64_t start = now_ns(CLOCK_MONOTONIC);
	struct many *many = shared(sizeof(*many));
	const long old = value_of(MAX_WATCHES);
	char path[32];
	int i;

	ASSERT_NE(NULL, many);
	if (make_group())
		SKIP(return, "no memory cgroup");
	/* make_group() has unshared the mounts. */
	ASSERT_EQ(0, make_place("nr_inodes=0"));
	many->nr = 100000;
	for (i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "d%d", i);
		ASSERT_EQ(0, make_dir(path));
	}
	for (i = 0; i < many->nr; i++) {
		snprintf(path, sizeof(path), "d%d/%d", i % 100, i);
		ASSERT_EQ(0, make_file(path));
		if (i == 5000 && long_since(start))
			many->nr = i + 1;
		if (i == 20000 && long_since(start))
			many->nr = i + 1;
	}
	TH_LOG("%d watches", many->nr);
	ASSERT_EQ(0, set_value(MAX_WATCHES, many->nr));
	EXPECT_EQ(0, reap(spawn(many_watches, many)));
	EXPECT_EQ(0, set_value(MAX_WATCHES, old));
	TH_LOG("%ld bytes a watch",
	       (many->with - many->before) / many->nr);
	/* They are charged to who made them: a mark is some 100 bytes. */
	EXPECT_LT(many->nr * 64L, many->with - many->before);
	EXPECT_GT(many->before + (many->with - many->before) / 4, many->after)
		TH_LOG("%ld bytes before, %ld with, %ld after", many->before,
		       many->with, many->after);
	rmdir(MEMGROUP);
}

/* Records are charged to who reads them, not to who causes them. */
struct queue {
	int step;
	long empty;
	long full;
	long read;
};

static int charged_reader(void *arg)
{
	struct queue *queue = arg;
	int fd;

	if (join_group())
		return 1;
	fd = new_monitor();
	if (fd < 0 || watch_path(fd, ".", NODEMON_DIRECTORY) != 1)
		return 2;
	queue->empty = group_value("memory.current");
	announce(&queue->step, 1);
	/* So many files take a slow kernel longer than one step should. */
	while (!reached(&queue->step, 2))
		if (getppid() == 1)
			return 3;
	queue->full = group_value("memory.current");
	while (read(fd, news_buf, sizeof(news_buf)) > 0)
		continue;
	return 0;
}

TEST_F_TIMEOUT(place, charged_records, 300)
{
	const int64_t start = now_ns(CLOCK_MONOTONIC);
	struct queue *queue = shared(sizeof(*queue));
	pid_t pid;
	int i;

	ASSERT_NE(NULL, queue);
	if (make_group())
		SKIP(return, "no memory cgroup");
	ASSERT_EQ(0, make_place(NULL));
	pid = spawn(charged_reader, queue);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&queue->step, 1));
	for (i = 0; i < 8000 && (i < 1000 || !long_since(start)); i++) {
		ASSERT_EQ(0, make_file("n"));
		ASSERT_EQ(0, unlink("n"));
	}
	announce(&queue->step, 2);
	EXPECT_EQ(0, reap(pid));
	TH_LOG("%d files", i);
	/* Two records each, of 64 bytes and what lists them. */
	EXPECT_LT(i * 128L, queue->full - queue->empty)
		TH_LOG("%ld bytes empty, %ld full", queue->empty, queue->full);
	rmdir(MEMGROUP);
}

/* Watches do not keep what nobody else keeps: inodes that were deleted. */
TEST_F_TIMEOUT(place, deleted_nodes, 300)
{
	const int64_t start = now_ns(CLOCK_MONOTONIC);
	const int fd = self->fd, port = new_port(10);
	char want[64], path[32];
	long before, after;
	int i;

	/* Each file is made, watched twice, and deleted. */
	ASSERT_EQ(0, make_file("keep"));
	before = value_of("/proc/sys/fs/inode-nr");
	for (i = 1; i <= 2000 && (i <= 200 || !long_since(start)); i++) {
		snprintf(path, sizeof(path), "n%d", i);
		ASSERT_EQ(0, make_file(path));
		ASSERT_EQ(i, watch_path(fd, path, NODEMON_STAT));
		ASSERT_LT(0, watch_to_port(port, 1, path, NODEMON_STAT));
		ASSERT_EQ(0, unlink(path));
		snprintf(want, sizeof(want), "w%d IGNORED;", i);
		ASSERT_NEWS(want, fd);
		ASSERT_EQ(-ENOENT, nodemon_unwatch(fd, i, 0, 0));
	}
	after = value_of("/proc/sys/fs/inode-nr");
	TH_LOG("%d files", i - 1);
	EXPECT_GT(i / 2, after - before)
		TH_LOG("%ld inodes before, %ld after", before,
		       after);
	EXPECT_EQ(0, queued(port));
}

/*
 * Marks in use, not those that lie about in a cache; -1 if that is not known.
 * If the cache is shared with others they are counted, too.
 */
#define MARKS	"/sys/kernel/slab/nodemon_mark/"

static long marks(void)
{
	write_file(MARKS "shrink", "1");
	return value_of(MARKS "objects");
}

/* Everything that ends in some way gives back its marks. */
static int make_and_leave(void *arg)
{
	int fd, port, i;

	if (unshare(CLONE_NEWIPC))
		return 1;
	fd = new_monitor();
	port = new_port(5);
	for (i = 0; i < 500; i++) {
		char path[32];

		snprintf(path, sizeof(path), "k%d", i);
		if (make_file(path) ||
		    watch_path(fd, path, NODEMON_NODE_EVENTS) <= 0 ||
		    watch_to_port(port, i % 7, path,
				  NODEMON_NODE_EVENTS) <= 0)
			return 2;
		switch (i % 5) {
		case 0:
			unlink(path);
			break;
		case 1:
			rename(path, "over");
			break;
		case 2:
			watch_path(fd, path, 0);
			break;
		case 3:
			write_to(path, 0, "text");
			break;
		}
	}
	watch_volume(fd, ".", NODEMON_VOLUME_EVENTS);
	watch_mounts(fd);
	for (i = 0; i < 500; i++) {
		char path[32];

		snprintf(path, sizeof(path), "k%d", i);
		unlink(path);
	}
	if (delete_port(port))
		return 3;
	return 0;
}

TEST_F_TIMEOUT(place, leak, 300)
{
	long before, after = 0;
	int i;

	/* What is made once is made in the first round. */
	EXPECT_EQ(0, reap(spawn(make_and_leave, NULL)));
	before = marks();
	if (before < 0)
		SKIP(return, "no " MARKS "objects: needs CONFIG_SLUB_DEBUG");
	for (i = 0; i < 5; i++)
		EXPECT_EQ(0, reap(spawn(make_and_leave, NULL)));
	EXPECT_TRUE(poll_until((after = marks()) <= before + 400))
		TH_LOG("%ld marks before, %ld after", before, after);
}

/* A monitor is shared like any descriptor. */
TEST_F(place, inherited)
{
	const int fd = self->fd;
	int *step = shared(sizeof(*step));
	pid_t pid;

	ASSERT_NE(NULL, step);
	ASSERT_EQ(1, watch_path(fd, ".", NODEMON_DIRECTORY));
	pid = fork();
	if (!pid) {
		_exit(watch_path(fd, ".", NODEMON_STAT) != 1 ||
		      make_file("n") || !reached(step, 1));
	}
	ASSERT_LT(0, pid);
	ASSERT_TRUE(poll_until(!access("n", F_OK)));
	ASSERT_TRUE(label("N", "n"));
	EXPECT_NEWS("w1 CREATED TOP/n=N;", fd);
	/* The child has it still. */
	announce(step, 1);
	EXPECT_EQ(0, reap(pid));
	ASSERT_EQ(0, unlink("n"));
	EXPECT_NEWS("w1 REMOVED TOP/n=N;", fd);
}

/* Exec closes it. */
TEST_F(place, exec)
{
	char script[64];
	pid_t pid;

	snprintf(script, sizeof(script), "[ ! -e /proc/self/fd/%d ]", self->fd);
	pid = fork();
	if (!pid) {
		execlp("sh", "sh", "-c", script, NULL);
		_exit(127);
	}
	EXPECT_EQ(0, reap(pid));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * Watches come and go while what they are on comes and goes: names, nodes,
 * volumes, monitors, ports, teams.  How often a race was won is not asked; what
 * a monitor is told must hold together, and nothing may be left.
 */
#include "nodemon_place.h"
#include "race.h"

#include <sys/xattr.h>

/* How long each storm lasts. */
#define STORM_MS	2500

#define FILES		16

static unsigned int seed_of(void *arg)
{
	return (uintptr_t)arg * 2654435761u + 1;
}

static const char *some_file(unsigned int *seed, char *path)
{
	sprintf(path, "d%d/f%d", rand_r(seed) % 2, rand_r(seed) % FILES);
	return path;
}

/* One operation on files, which may well fail. */
static void change_something(unsigned int *seed)
{
	char a[32], b[32];
	int fd;

	some_file(seed, a);
	some_file(seed, b);
	switch (rand_r(seed) % 10) {
	case 0:
	case 1:
		make_file(a);
		break;
	case 2:
		unlink(a);
		break;
	case 3:
		rename(a, b);
		break;
	case 4:
		syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b,
			2 /* RENAME_EXCHANGE */);
		break;
	case 5:
		chmod(a, 0400 | rand_r(seed) % 0400);
		break;
	case 6:
		link(a, b);
		break;
	case 7:
		setxattr(a, "user.a", b, 1, 0);
		break;
	default:
		fd = open(a, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			break;
		(void)!write(fd, b, 5);
		if (rand_r(seed) % 2)
			unlink(a);
		close(fd);
	}
}

static void *storm(void *arg)
{
	unsigned int seed = seed_of(arg);

	while (running())
		change_something(&seed);
	return NULL;
}

static struct race shared_race;

static void make_dirs(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, make_dir("d0"));
	ASSERT_EQ(0, make_dir("d1"));
	memset(&shared_race, 0, sizeof(shared_race));
}

/*
 * Reads all that there is.  Every record must be well formed, and no watch may
 * be told of after its end.
 */
static unsigned char ended[1 << 20];

static int records_fine(int fd, struct race *race)
{
	static __thread char buf[16384] __attribute__((aligned(8)));
	const struct nodemon_record *rec;
	long got, at;

	while ((got = read(fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at < got; at += rec->size) {
			rec = (const void *)(buf + at);
			if (got - at < 56 || (long)rec->size > got - at ||
			    record_fault(rec)) {
				went_wrong(race, __LINE__, rec->opcode);
				return 0;
			}
			if (rec->opcode == NODEMON_OVERFLOW)
				continue;
			if (rec->watch <= 0 ||
			    rec->watch >= (int)sizeof(ended))
				continue;
			if (ended[rec->watch]) {
				went_wrong(race, __LINE__, rec->watch);
				return 0;
			}
			ended[rec->watch] = rec->opcode == NODEMON_IGNORED;
		}
	}
	return 1;
}

/* Watches are added, widened and removed under a storm of changes. */
static int storm_fd;

static void *watch_and_unwatch(void *arg)
{
	unsigned int seed = seed_of(arg);
	char path[32];
	int ret;

	while (running()) {
		some_file(&seed, path);
		switch (rand_r(&seed) % 5) {
		case 0:
			ret = watch_path(storm_fd, path,
					 rand_r(&seed) & NODEMON_NODE_EVENTS);
			break;
		case 1:
			path[2] = 0;
			ret = watch_path(storm_fd, path, NODEMON_NODE_EVENTS);
			break;
		case 2:
			ret = watch_path(storm_fd, path, 0);
			break;
		case 3:
			ret = watch_volume(storm_fd, ".", NODEMON_NAME);
			break;
		default:
			ret = nodemon_unwatch(storm_fd, 1 +
					      rand_r(&seed) % 1000, 0, 0);
		}
		if (ret < 0 && ret != -ENOENT && ret != -ENOSPC)
			went_wrong(&shared_race, __LINE__, ret);
	}
	return NULL;
}

static void *read_records(void *arg)
{
	while (running())
		if (!records_fine(storm_fd, &shared_race))
			break;
	return NULL;
}

TEST_F_TIMEOUT(place, watches, 60)
{
	pthread_t threads[5];
	int i;

	make_dirs(_metadata);
	storm_fd = self->fd;
	run_for(STORM_MS);
	ASSERT_EQ(0, start(&threads[0], storm, (void *)1));
	ASSERT_EQ(0, start(&threads[1], storm, (void *)2));
	ASSERT_EQ(0, start(&threads[2], watch_and_unwatch, (void *)3));
	ASSERT_EQ(0, start(&threads[3], watch_and_unwatch, (void *)4));
	ASSERT_EQ(0, start(&threads[4], read_records, NULL));
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, join(threads[i]));
	records_fine(self->fd, &shared_race);
	expect_right(_metadata, &shared_race);
}

/* A monitor of its own sees each name come and go in turn. */
static void *flip(void *arg)
{
	const char *path = arg;

	while (running()) {
		make_file(path);
		unlink(path);
	}
	return NULL;
}

TEST_F_TIMEOUT(place, order, 60)
{
	static char names[2][8] = { "d0/a", "d0/b" };
	const struct nodemon_record *rec;
	pthread_t threads[2];
	int there[2] = {}, bad = 0, i;
	long got, at, seen = 0;

	make_dirs(_metadata);
	ASSERT_EQ(1, watch_path(self->fd, "d0", NODEMON_DIRECTORY));
	run_for(STORM_MS);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, start(&threads[i], flip, names[i]));
	while (running() || news_bytes(self->fd) > 0) {
		got = read(self->fd, news_buf, sizeof(news_buf));
		for (at = 0; at < got && !bad; at += rec->size) {
			rec = (const void *)(news_buf + at);
			if (rec->opcode == NODEMON_OVERFLOW) {
				/* A slow reader: nothing to say any more. */
				run_for(0);
				goto out;
			}
			i = ((const char *)rec)[56] - 'a';
			bad = there[i] == (rec->opcode ==
					   NODEMON_ENTRY_CREATED);
			there[i] = !there[i];
			seen++;
		}
	}
	EXPECT_EQ(0, bad)
		TH_LOG("after %ld records", seen);
	EXPECT_LT(0, seen);
out:
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, join(threads[i]));
}

/* Monitors are closed while they are told, read and polled. */
static void *open_and_close(void *arg)
{
	unsigned int seed = seed_of(arg);
	char path[32];
	int fd, i;

	while (running()) {
		fd = new_monitor();
		if (fd < 0)
			continue;
		watch_path(fd, "d0", NODEMON_NODE_EVENTS);
		watch_path(fd, "d1", NODEMON_NODE_EVENTS);
		for (i = 0; i < 5; i++)
			watch_path(fd, some_file(&seed, path),
				   NODEMON_NODE_EVENTS);
		moment(&seed, 1000);
		if (rand_r(&seed) % 2)
			(void)!read(fd, path, 0);
		close(fd);
	}
	return NULL;
}

TEST_F_TIMEOUT(place, close, 60)
{
	pthread_t threads[4];
	int i;

	make_dirs(_metadata);
	run_for(STORM_MS);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, start(&threads[i], i & 1 ? open_and_close : storm,
				   (void *)(long)(i + 1)));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, join(threads[i]));
}

/* Readers wait in read() while the descriptor is closed elsewhere. */
static void *read_waiting(void *arg)
{
	char buf[NODEMON_RECORD_MAX];
	const int fd = (long)arg;

	while (running())
		if (read(fd, buf, sizeof(buf)) < 0)
			break;
	return NULL;
}

TEST_F_TIMEOUT(place, readers_and_close, 60)
{
	pthread_t readers[2], other;
	unsigned int seed = 3;
	int fd, i;

	make_dirs(_metadata);
	run_for(STORM_MS);
	ASSERT_EQ(0, start(&other, storm, (void *)1));
	while (running()) {
		fd = nodemon_create(0);
		ASSERT_LE(0, fd);
		ASSERT_EQ(1, watch_path(fd, "d0", NODEMON_DIRECTORY));
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0, start(&readers[i], read_waiting,
					   (void *)(long)fd));
		moment(&seed, 1000);
		close(fd);
		/* Whoever is in read() has a reference, and is still told. */
		for (i = 0; i < 2; i++)
			while (pthread_tryjoin_np(readers[i], NULL)) {
				make_file("d0/x");
				unlink("d0/x");
			}
	}
	ASSERT_EQ(0, join(other));
}

/* Volumes are unmounted under their watchers. */
static void *mount_and_unmount(void *arg)
{
	while (running()) {
		if (mount("none", "d0", "tmpfs", 0, NULL))
			continue;
		make_file("d0/f0");
		make_file("d0/f1");
		umount2("d0", MNT_DETACH);
	}
	return NULL;
}

TEST_F_TIMEOUT(place, umount, 60)
{
	pthread_t threads[4];
	int i;

	make_dirs(_metadata);
	storm_fd = self->fd;
	run_for(STORM_MS);
	ASSERT_EQ(0, start(&threads[0], mount_and_unmount, NULL));
	ASSERT_EQ(0, start(&threads[1], watch_and_unwatch, (void *)1));
	ASSERT_EQ(0, start(&threads[2], storm, (void *)2));
	ASSERT_EQ(0, start(&threads[3], read_records, NULL));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, join(threads[i]));
	while (!umount2("d0", MNT_DETACH))
		continue;
	records_fine(self->fd, &shared_race);
	expect_right(_metadata, &shared_race);
}

/* Nodes are looked for by number while they are renamed and deleted. */
static void *watch_by_number(void *arg)
{
	unsigned int seed = seed_of(arg);
	const int fd = new_monitor();
	struct stat st;
	char path[32];
	int ret;

	while (running()) {
		if (stat(some_file(&seed, path), &st))
			continue;
		ret = watch_id(fd, &st, NODEMON_STAT);
		if (ret < 0 && ret != -ENOENT)
			went_wrong(&shared_race, __LINE__, ret);
		while (read(fd, path, 0) > 0)
			continue;
	}
	close(fd);
	return NULL;
}

TEST_F_TIMEOUT(place, numbers, 60)
{
	pthread_t threads[4];
	int i;

	make_dirs(_metadata);
	run_for(STORM_MS);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, start(&threads[i], i & 1 ? watch_by_number : storm,
				   (void *)(long)(i + 1)));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, join(threads[i]));
	expect_right(_metadata, &shared_race);
}

/* Ports fill, are read, closed and deleted; their targets come and go. */
static int race_port;

static void *ports_come_and_go(void *arg)
{
	unsigned int seed = seed_of(arg);
	int port, i;

	while (running()) {
		port = new_port(1 + rand_r(&seed) % 5);
		__atomic_store_n(&race_port, port, __ATOMIC_RELEASE);
		for (i = 0; i < 50; i++) {
			recv_code(port);
			moment(&seed, 200);
		}
		if (rand_r(&seed) % 2)
			nexus_port_close(port, 0);
		delete_port(port);
	}
	return NULL;
}

static void *watch_to_ports(void *arg)
{
	unsigned int seed = seed_of(arg);
	int port, token, ret;
	char path[32];

	while (running()) {
		port = __atomic_load_n(&race_port, __ATOMIC_ACQUIRE);
		token = rand_r(&seed) % 4;
		some_file(&seed, path);
		switch (rand_r(&seed) % 4) {
		case 0:
			path[2] = 0;
			ret = watch_to_port(port, token, path,
					    NODEMON_NODE_EVENTS);
			break;
		case 1:
			ret = watch_to_port(port, token, path, NODEMON_NAME);
			break;
		case 2:
			ret = watch_to_port(port, token, path, 0);
			break;
		default:
			ret = stop_watching(port, token);
		}
		if (ret < 0 && ret != -ENOENT && ret != -EIDRM &&
		    ret != -ESHUTDOWN && ret != -ENOSPC)
			went_wrong(&shared_race, __LINE__, ret);
	}
	return NULL;
}

TEST_F_TIMEOUT(place, ports, 60)
{
	pthread_t threads[5];
	int i;

	make_dirs(_metadata);
	run_for(STORM_MS);
	ASSERT_EQ(0, start(&threads[0], ports_come_and_go, (void *)1));
	ASSERT_EQ(0, start(&threads[1], watch_to_ports, (void *)2));
	ASSERT_EQ(0, start(&threads[2], watch_to_ports, (void *)3));
	ASSERT_EQ(0, start(&threads[3], storm, (void *)4));
	ASSERT_EQ(0, start(&threads[4], storm, (void *)5));
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, join(threads[i]));
	expect_right(_metadata, &shared_race);
	EXPECT_EQ(0, ports());
	EXPECT_TRUE(poll_until(!system_info().queued_bytes));
}

/* Teams with watches end, by themselves and killed, while they are told. */
static int short_life(void *arg)
{
	unsigned int seed = seed_of(arg);
	const int fd = new_monitor(), port = new_port(2);
	char path[32];
	int i;

	for (i = 0; i < 20; i++) {
		watch_to_port(port, i % 3, some_file(&seed, path),
			      NODEMON_NODE_EVENTS);
		watch_to_port(port, i % 3, "d0", NODEMON_NODE_EVENTS);
		watch_path(fd, "d1", NODEMON_NODE_EVENTS);
	}
	/* A child has the descriptor but not the team's watches. */
	if (rand_r(&seed) % 2) {
		if (!fork())
			_exit(stop_watching(port, 0) != -ENOENT);
		wait(&i);
		if (i)
			return 1;
	}
	moment(&seed, 3000);
	return 0;
}

TEST_F_TIMEOUT(place, teams, 60)
{
	pthread_t threads[2];
	unsigned int seed = 1;
	long round;
	pid_t pid;
	int i, ret;

	make_dirs(_metadata);
	run_for(STORM_MS);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, start(&threads[i], storm, (void *)(long)(i + 1)));
	for (round = 1; running(); round++) {
		pid = spawn(short_life, (void *)round);
		ASSERT_LT(0, pid);
		if (round % 2) {
			moment(&seed, 4000);
			kill(pid, SIGKILL);
		}
		ret = reap(pid);
		if (ret != 128 + SIGKILL)
			EXPECT_EQ(0, ret);
	}
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, join(threads[i]));
	EXPECT_TRUE(poll_until(!ports()));
	EXPECT_TRUE(poll_until(!system_info().queued_bytes));
}

/* Rights are taken and given while it is told. */
static void *chmod_back_and_forth(void *arg)
{
	char path[32];
	int i;

	while (running())
		for (i = 0; i < FILES; i++) {
			sprintf(path, "d0/f%d", i);
			chmod(path, 0);
			chmod(path, 0644);
		}
	return NULL;
}

static int watch_as_user(void *arg)
{
	unsigned int seed = 7;
	const int fd = new_monitor();
	char path[32];
	int ret;

	if (become(1234, 1234))
		return 1;
	while (running()) {
		ret = watch_path(fd, some_file(&seed, path),
				 NODEMON_NODE_EVENTS);
		if (ret < 0 && ret != -EACCES && ret != -ENOENT)
			return 2;
		while (read(fd, news_buf, sizeof(news_buf)) > 0)
			continue;
	}
	return 0;
}

TEST_F_TIMEOUT(place, rights, 60)
{
	pthread_t threads[2];
	pid_t pid;
	int i;

	make_dirs(_metadata);
	run_for(STORM_MS);
	pid = spawn(watch_as_user, NULL);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, start(&threads[0], storm, (void *)1));
	ASSERT_EQ(0, start(&threads[1], chmod_back_and_forth, NULL));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, join(threads[i]));
	EXPECT_EQ(0, reap(pid));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * Thousands of nodes that come and go while others open, list, read, poll and
 * map them.  Nothing is said about who wins; everybody gets a clear answer.
 */
#include "devfs_serve.h"
#include "race.h"

#include <dirent.h>

/* Makes mailboxes and takes them away, a whole tree of them. */
static int comes_and_goes(void *arg)
{
	struct race *race = arg;
	char name[32];
	int fds[8], i;

	while (!stopped(race)) {
		for (i = 0; i < 8; i++) {
			snprintf(name, sizeof(name), "r/%d/box", i % 4);
			fds[i] = serve_args(name, 0, RW | DEVFS_SERVE_MAILBOX,
					    0666, 0);
			if (fds[i] < 0 && fds[i] != -EEXIST &&
			    fds[i] != -ENOENT)
				return 1;
		}
		for (i = 0; i < 8; i++)
			if (fds[i] >= 0)
				close(fds[i]);
		count(race, 0);
	}
	return 0;
}

static int uses(void *arg)
{
	struct race *race = arg;
	char name[64], buf[16];
	long ret;
	int fd, i;

	for (i = 0; !stopped(race); i++) {
		snprintf(name, sizeof(name), USER "/r/%d/box", i % 4);
		fd = open_path(name, O_RDWR | O_NONBLOCK);
		if (fd == -ENOENT || fd == -ENODEV)
			continue;
		if (fd < 0)
			return 1;
		ret = write_fd(fd, "x", 1);
		if (ret != 1 && ret != -EPIPE && ret != -EAGAIN)
			return 2;
		ret = read_fd(fd, buf, sizeof(buf));
		if (ret < 0 && ret != -EAGAIN)
			return 3;
		if (poll_now(fd, POLLIN) < 0)
			return 4;
		close(fd);
	}
	return 0;
}

static int lists(void *arg)
{
	struct race *race = arg;
	struct dirent *d;
	struct stat st;
	DIR *dir;

	while (!stopped(race)) {
		dir = opendir(USER "/r");
		if (!dir) {
			if (errno != ENOENT)
				return 1;
			continue;
		}
		errno = 0;
		while ((d = readdir(dir))) {
			if (fstatat(dirfd(dir), d->d_name, &st, 0) &&
			    errno != ENOENT)
				return 2;
			errno = 0;
		}
		/* A directory that has gone has no entries. */
		if (errno && errno != ENOENT)
			return 3;
		closedir(dir);
	}
	return 0;
}

FIXTURE(race)
{
	struct race *race;
};

FIXTURE_SETUP(race)
{
	OWN_DEVFS_OR_SKIP();
	if (access(USER, F_OK))
		SKIP(return, "no $/user");
	ASSERT_EQ(0, unshare(CLONE_NEWIPC));
	self->race = shared(sizeof(*self->race));
	ASSERT_TRUE(!!self->race);
}

FIXTURE_TEARDOWN(race)
{
}

TEST_F_TIMEOUT(race, nodes_come_and_go, 90)
{
	int (* const who[])(void *) = {
		comes_and_goes, comes_and_goes, uses, uses, lists,
	};
	const int n = sizeof(who) / sizeof(*who);
	pid_t pids[8];
	int i;

	for (i = 0; i < n; i++) {
		pids[i] = spawn(who[i], self->race);
		ASSERT_LT(0, pids[i]);
	}
	run_for(4000);
	while (running())
		nap();
	EXPECT_EQ(0, all_end(self->race, pids, n));
	EXPECT_LT(0, self->race->done[0]);
	TH_LOG("%d times", self->race->done[0]);
	EXPECT_EQ(-1, access(USER "/r", F_OK));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F_TIMEOUT(race, thousands_of_nodes, 90)
{
	const int many = 1000;
	char name[32];
	struct dirent *d;
	int *fds, i, n;
	DIR *dir;

	fds = calloc(many, sizeof(*fds));
	ASSERT_TRUE(!!fds);
	for (i = 0; i < many; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		fds[i] = serve_args(name, 0, RW | DEVFS_SERVE_MAILBOX, 0600, 0);
		ASSERT_LE(0, fds[i])
			TH_LOG("%d", i);
	}
	dir = opendir(USER "/many");
	ASSERT_TRUE(!!dir);
	for (n = 0; (d = readdir(dir));)
		n += d->d_name[0] != '.';
	EXPECT_EQ(many, n);

	/* What is removed during a listing may be in it, the rest must. */
	rewinddir(dir);
	for (n = 0, i = 0; (d = readdir(dir));) {
		if (d->d_name[0] == '.')
			continue;
		n++;
		if (i < many / 2)
			close(fds[i++]);
	}
	EXPECT_LE(many / 2, n);
	closedir(dir);
	while (i < many)
		close(fds[i++]);
	EXPECT_EQ(-1, access(USER "/many", F_OK));
	free(fds);
}

static int served_by_a_mortal(void *arg)
{
	struct race *race = arg;
	struct got got;
	int port, server, i;

	port = new_port(16);
	server = serve("mortal", port);
	if (server < 0)
		return server == -EEXIST ? 0 : 1;
	/* Answers a few and dies with the others. */
	for (i = 0; i < 5 && !stopped(race); i++)
		if (!next_request(port, &got))
			answer(server, &got, 0);
	return 0;
}

static int client_of_mortals(void *arg)
{
	struct race *race = arg;
	char c;
	int fd;

	while (!stopped(race)) {
		fd = open_path(USER "/mortal", O_RDWR);
		if (fd < 0)
			continue;
		read_fd(fd, &c, 1);
		write_fd(fd, &c, 1);
		close(fd);
	}
	return 0;
}

TEST_F_TIMEOUT(race, servers_die_with_clients, 90)
{
	pid_t clients[3], pid;
	int i, ret;

	for (i = 0; i < 3; i++) {
		clients[i] = spawn(client_of_mortals, self->race);
		ASSERT_LT(0, clients[i]);
	}
	for (i = 0; i < 60; i++) {
		pid = spawn(served_by_a_mortal, self->race);
		ASSERT_LT(0, pid);
		if (!(i % 2))
			kill(pid, SIGKILL);
		ret = reap(pid);
		/* A kill may come too late. */
		EXPECT_TRUE(ret == 0 || (!(i % 2) && ret == 128 + SIGKILL));
	}
	EXPECT_EQ(0, all_end(self->race, clients, 3));
	EXPECT_EQ(-ENOENT, can_open(USER "/mortal", O_RDWR));
}

TEST_HARNESS_MAIN

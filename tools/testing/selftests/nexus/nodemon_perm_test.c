// SPDX-License-Identifier: GPL-2.0
/*
 * Who may watch what: nobody is told what stat() or a look into a directory
 * would not have said.
 */
#include "nodemon.h"

#include <sys/xattr.h>

#define SOME_USER	1234
#define OTHER_USER	1235

/* What the unprivileged side is given, and where it stopped; shared memory. */
struct side {
	struct stat hidden;
	struct stat secret;
	struct stat open;
	struct stat volume;
	int step;
	int line;
	long seen;
	char text[1024];
};

static struct side *side;

/* In the child: the line of the first thing that is not as it should be. */
#define MUST(want, call) \
	do { \
		const long __seen = (call); \
		if (__seen != (want)) { \
			side->line = __LINE__; \
			side->seen = __seen; \
			return 1; \
		} \
	} while (0)

/*
 *	hidden/		0700 of root, in it: file 0644
 *	open/		0755, in it: file 0644, secret 0600, dir 0711 with
 *			file 0644, unsearchable 0744
 */
FIXTURE(rights)
{
};

FIXTURE_SETUP(rights)
{
	if (unshare(CLONE_NEWIPC) || make_place(NULL))
		SKIP(return, "needs to be root");
	side = shared(sizeof(*side));
	ASSERT_NE(NULL, side);
	ASSERT_EQ(0, mkdir("hidden", 0700));
	ASSERT_EQ(0, mkdir("open", 0755));
	ASSERT_EQ(0, mkdir("open/dir", 0711));
	ASSERT_EQ(0, mkdir("open/unsearchable", 0744));
	ASSERT_EQ(0, write_to("hidden/file", O_CREAT, "text"));
	ASSERT_EQ(0, write_to("open/file", O_CREAT, "text"));
	ASSERT_EQ(0, write_to("open/secret", O_CREAT, "text"));
	ASSERT_EQ(0, write_to("open/dir/file", O_CREAT, "text"));
	ASSERT_EQ(0, write_to("open/unsearchable/file", O_CREAT, "text"));
	ASSERT_EQ(0, chmod("open/secret", 0600));
	ASSERT_EQ(0, stat("hidden/file", &side->hidden));
	ASSERT_EQ(0, stat("open/secret", &side->secret));
	ASSERT_EQ(0, stat("open/file", &side->open));
	ASSERT_EQ(0, stat(".", &side->volume));
	forget_labels();
	label("FILE", "open/file");
	label("OPEN", "open");
	label("SECRET", "open/secret");
}

FIXTURE_TEARDOWN(rights)
{
}

static void expect_child(struct __test_metadata *_metadata, int (*fn)(void *))
{
	EXPECT_EQ(0, reap(spawn(fn, NULL)))
		TH_LOG("line %d: got %ld %s", side->line, side->seen,
		       side->text);
}

/* Reading is what it takes: of a directory, reading and searching. */
static int try_to_watch(void *arg)
{
	int fd;

	MUST(0, become(SOME_USER, SOME_USER));
	fd = new_monitor();
	MUST(-EACCES, watch_path(fd, "open/secret", NODEMON_STAT));
	MUST(-EACCES, watch_path(fd, "open/secret", NODEMON_NAME));
	MUST(-EACCES, watch_path(fd, "open/dir", NODEMON_DIRECTORY));
	MUST(-EACCES, watch_path(fd, "open/dir", NODEMON_NAME));
	MUST(-EACCES, watch_path(fd, "open/unsearchable", NODEMON_STAT));
	MUST(-EACCES, watch_path(fd, "open/unsearchable/file", NODEMON_STAT));
	MUST(-EACCES, watch_path(fd, "hidden", NODEMON_STAT));
	MUST(-EACCES, watch_path(fd, "hidden/file", NODEMON_STAT));
	MUST(-EACCES, watch_path(fd, "hidden/nothing", NODEMON_STAT));
	MUST(1, watch_path(fd, "open", NODEMON_NODE_EVENTS));
	MUST(2, watch_path(fd, "open/file", NODEMON_NODE_EVENTS));
	MUST(3, watch_path(fd, "open/dir/file", NODEMON_NODE_EVENTS));
	/* To end a watch that is not there needs no right, and finds none. */
	MUST(-ENOENT, watch_path(fd, "open/secret", 0));
	MUST(-EACCES, watch_path(fd, "hidden/file", 0));
	return 0;
}

TEST_F(rights, nodes)
{
	expect_child(_metadata, try_to_watch);
}

/* Numbers are guessed easily: they find what a path would have found. */
static int try_numbers(void *arg)
{
	struct stat st;
	int fd;

	MUST(0, become(SOME_USER, SOME_USER));
	fd = new_monitor();
	MUST(-ENOENT, watch_id(fd, &side->hidden, NODEMON_STAT));
	MUST(-ENOENT, watch_id(fd, &side->hidden, 0));
	MUST(-EACCES, watch_id(fd, &side->secret, NODEMON_STAT));
	MUST(1, watch_id(fd, &side->open, NODEMON_STAT));
	MUST(0, stat("open/dir/file", &st));
	MUST(2, watch_id(fd, &st, NODEMON_STAT));
	MUST(0, stat("hidden", &st));
	MUST(-EACCES, watch_id(fd, &st, NODEMON_STAT));
	st.st_ino = side->open.st_ino + 100000;
	MUST(-ENOENT, watch_id(fd, &st, NODEMON_STAT));
	return 0;
}

TEST_F(rights, numbers)
{
	expect_child(_metadata, try_numbers);
}

/* Volumes are for those who administer them. */
static int try_volume(void *arg)
{
	struct nodemon_args args = {
		.type = NODEMON_VOLUME_ID,
		.events = NODEMON_NAME,
		.device = side->volume.st_dev,
	};
	int fd;

	MUST(0, become(SOME_USER, SOME_USER));
	fd = new_monitor();
	MUST(-EPERM, watch_volume(fd, "open", NODEMON_NAME));
	MUST(-EPERM, nodemon_watch(fd, &args));
	/* First it must be found. */
	MUST(-EACCES, watch_volume(fd, "hidden/file", NODEMON_NAME));
	args.device = 0x7ffff0;
	MUST(-ENOENT, nodemon_watch(fd, &args));
	MUST(-ENOENT, watch_volume(fd, "open", 0));
	return 0;
}

TEST_F(rights, volume)
{
	expect_child(_metadata, try_volume);
}

/* To be root in a user namespace is not to be root of the volume. */
static int try_in_user_ns(void *arg)
{
	int fd;

	MUST(0, become(SOME_USER, SOME_USER));
	MUST(0, own_user_ns());
	fd = new_monitor();
	MUST(-EPERM, watch_volume(fd, "open", NODEMON_NAME));
	MUST(-EACCES, watch_path(fd, "open/secret", NODEMON_STAT));
	MUST(-EACCES, watch_path(fd, "hidden/file", NODEMON_STAT));
	MUST(-ENOENT, watch_id(fd, &side->hidden, NODEMON_STAT));
	MUST(1, watch_path(fd, "open", NODEMON_NODE_EVENTS));
	MUST(2, watch_mounts(fd));
	/* But of one's own it is. */
	MUST(0, unshare(CLONE_NEWNS));
	MUST(0, mount("none", "/proc", "tmpfs", 0, NULL));
	MUST(3, watch_volume(fd, "/proc", NODEMON_NAME));
	MUST(4, watch_mounts(fd));
	return 0;
}

TEST_F(rights, user_namespace)
{
	expect_child(_metadata, try_in_user_ns);
}

/* A chroot shows fewer mounts than there are. */
static int try_in_chroot(void *arg)
{
	int fd;

	MUST(0, chroot("open"));
	MUST(0, chdir("/"));
	fd = new_monitor();
	/* Root may. */
	MUST(1, watch_mounts(fd));
	MUST(0, become(SOME_USER, SOME_USER));
	MUST(-EPERM, watch_mounts(fd));
	MUST(0, nodemon_unwatch(fd, 1, 0, 0));
	MUST(-EPERM, watch_mounts(fd));
	/* Nor is found what is outside, by whatever means. */
	MUST(-ENOENT, watch_path(fd, "../hidden", NODEMON_STAT));
	MUST(-ENOENT, watch_id(fd, &side->hidden, NODEMON_STAT));
	MUST(-ENOENT, watch_id(fd, &side->volume, NODEMON_STAT));
	MUST(2, watch_path(fd, "file", NODEMON_STAT));
	return 0;
}

TEST_F(rights, chroot)
{
	expect_child(_metadata, try_in_chroot);
}

static int try_chroot_as_root(void *arg)
{
	int fd;

	MUST(0, chroot("open"));
	MUST(0, chdir("/"));
	fd = new_monitor();
	MUST(-ENOENT, watch_id(fd, &side->hidden, NODEMON_STAT));
	MUST(-ENOENT, watch_id(fd, &side->volume, NODEMON_STAT));
	return 0;
}

TEST_F(rights, chroot_of_root)
{
	expect_child(_metadata, try_chroot_as_root);
}

static int try_mounts(void *arg)
{
	int fd;

	MUST(0, become(SOME_USER, SOME_USER));
	fd = new_monitor();
	MUST(1, watch_mounts(fd));
	return 0;
}

TEST_F(rights, mounts)
{
	expect_child(_metadata, try_mounts);
}

/*
 * Rights that change while it is watched.  The child reports when the parent
 * may go on, and says what it was told.
 */
static int expect_text(int fd, const char *want)
{
	const char *text = news_like(fd, want);

	if (!strcmp(text, want))
		return 0;
	snprintf(side->text, sizeof(side->text), "'%s', not '%s'", text, want);
	return 1;
}

static int watch_while_it_changes(void *arg)
{
	int fd;

	MUST(0, become(SOME_USER, SOME_USER));
	fd = new_monitor();
	MUST(1, watch_path(fd, "open/file", NODEMON_NODE_EVENTS));
	announce(&side->step, 1);
	MUST(1, reached(&side->step, 2));
	/* The change itself, as stat() still shows it; nothing then. */
	MUST(0, expect_text(fd, "w1 STAT FILE 1;"));
	announce(&side->step, 3);
	MUST(1, reached(&side->step, 4));
	MUST(0, expect_text(fd, "w1 STAT FILE 1;w1 STAT FILE 20;"));
	/* What is watched may not be told more about meanwhile. */
	announce(&side->step, 5);
	MUST(1, reached(&side->step, 6));
	MUST(0, expect_text(fd, "w1 STAT FILE 1;"));
	MUST(-EACCES, watch_path(fd, "open/file", NODEMON_NODE_EVENTS));
	announce(&side->step, 7);
	return 0;
}

static int change_it(void)
{
	return write_to("open/file", 0, "x") ||
	       setxattr("open/file", "user.a", "", 0, 0) ||
	       rename("open/file", "open/other") ||
	       rename("open/other", "open/file");
}

static int overwrite_it(void)
{
	return write_to("open/file", 0, "y");
}

TEST_F(rights, muted)
{
	pid_t pid;

	ASSERT_EQ(0, write_to("open/file", O_TRUNC, "x"));
	pid = spawn(watch_while_it_changes, NULL);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&side->step, 1));
	EXPECT_EQ(0, chmod("open/file", 0600));
	EXPECT_EQ(0, change_it());
	announce(&side->step, 2);
	EXPECT_TRUE(reached(&side->step, 3));
	EXPECT_EQ(0, change_it());
	EXPECT_EQ(0, chmod("open/file", 0644));
	EXPECT_EQ(0, overwrite_it());
	announce(&side->step, 4);
	EXPECT_TRUE(reached(&side->step, 5));
	EXPECT_EQ(0, chmod("open/file", 0640));
	EXPECT_EQ(0, overwrite_it());
	announce(&side->step, 6);
	EXPECT_TRUE(reached(&side->step, 7));
	EXPECT_EQ(0, reap(pid))
		TH_LOG("line %d: got %ld %s", side->line, side->seen,
		       side->text);
}

/* The same for a port. */
static int watch_to_port_meanwhile(void *arg)
{
	int port;

	MUST(0, become(SOME_USER, SOME_USER));
	port = new_port(100);
	MUST(1, watch_to_port(port, 1, "open/file", NODEMON_NODE_EVENTS));
	announce(&side->step, 1);
	MUST(1, reached(&side->step, 2));
	/* The chown, which leaves the right, and the chmod that takes it. */
	MUST(2, queued(port));
	return 0;
}

TEST_F(rights, muted_port)
{
	pid_t pid = spawn(watch_to_port_meanwhile, NULL);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&side->step, 1));
	EXPECT_EQ(0, chown("open/file", OTHER_USER, OTHER_USER));
	EXPECT_EQ(0, chmod("open/file", 0600));
	EXPECT_EQ(0, change_it());
	announce(&side->step, 2);
	EXPECT_EQ(0, reap(pid))
		TH_LOG("line %d: %ld messages", side->line, side->seen);
}

/* An ACL takes the right as well as a mode. */
static const unsigned char no_access[] = {
	2, 0, 0, 0,
	0x01, 0, 6, 0, 255, 255, 255, 255,
	0x02, 0, 0, 0, SOME_USER & 255, SOME_USER >> 8, 0, 0,
	0x04, 0, 4, 0, 255, 255, 255, 255,
	0x10, 0, 4, 0, 255, 255, 255, 255,
	0x20, 0, 4, 0, 255, 255, 255, 255,
};

static int watch_while_acl_changes(void *arg)
{
	int fd;

	MUST(0, become(SOME_USER, SOME_USER));
	fd = new_monitor();
	MUST(1, watch_path(fd, "open/file", NODEMON_STAT));
	announce(&side->step, 1);
	MUST(1, reached(&side->step, 2));
	/* Setting and removing it are told, which is one record. */
	MUST(0, expect_text(fd, "w1 STAT FILE 80;w1 STAT FILE 20;"));
	return 0;
}

TEST_F(rights, muted_by_acl)
{
	pid_t pid = spawn(watch_while_acl_changes, NULL);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&side->step, 1));
	if (setxattr("open/file", "system.posix_acl_access", no_access,
		     sizeof(no_access), 0)) {
		kill(pid, SIGKILL);
		reap(pid);
		SKIP(return, "no ACLs: %s", strerror(errno));
	}
	EXPECT_EQ(0, chmod("open/file", 0644));
	EXPECT_EQ(0, write_to("open/file", 0, "text"));
	EXPECT_EQ(0, removexattr("open/file", "system.posix_acl_access"));
	EXPECT_EQ(0, write_to("open/file", 0, "text"));
	announce(&side->step, 2);
	EXPECT_EQ(0, reap(pid))
		TH_LOG("line %d: %s", side->line, side->text);
}

/* Attributes that only root can list. */
static int watch_attributes(void *arg)
{
	int fd;

	MUST(0, become(SOME_USER, SOME_USER));
	fd = new_monitor();
	MUST(1, watch_path(fd, "open/file", NODEMON_ATTR | NODEMON_STAT));
	announce(&side->step, 1);
	MUST(1, reached(&side->step, 2));
	MUST(0, expect_text(fd, "w1 STAT FILE 80;w1 ATTR OPEN/FILE a 1;w1 STAT FILE 80;"));
	return 0;
}

TEST_F(rights, trusted_attributes)
{
	pid_t pid = spawn(watch_attributes, NULL);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&side->step, 1));
	EXPECT_EQ(0, setxattr("open/file", "trusted.a", "", 0, 0));
	EXPECT_EQ(0, removexattr("open/file", "trusted.a"));
	EXPECT_EQ(0, setxattr("open/file", "user.a", "", 0, 0));
	announce(&side->step, 2);
	EXPECT_EQ(0, reap(pid))
		TH_LOG("line %d: %s", side->line, side->text);
}

/* What a directory tells is what its entries' stat() would say. */
static int watch_children(void *arg)
{
	int fd;

	MUST(0, become(SOME_USER, SOME_USER));
	fd = new_monitor();
	MUST(1, watch_path(fd, "open", NODEMON_CHILDREN | NODEMON_STAT |
					NODEMON_DIRECTORY));
	announce(&side->step, 1);
	MUST(1, reached(&side->step, 2));
	MUST(0, expect_text(fd, "w1 STAT SECRET 1;"));
	return 0;
}

TEST_F(rights, secret_children)
{
	pid_t pid = spawn(watch_children, NULL);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&side->step, 1));
	/* Its mode may be seen by who may search the directory... */
	EXPECT_EQ(0, chmod("open/secret", 0400));
	/* ...but not what happens one level deeper, nor next to it. */
	EXPECT_EQ(0, make_file("open/dir/n"));
	EXPECT_EQ(0, make_file("hidden/n"));
	EXPECT_EQ(0, chmod("hidden/file", 0600));
	announce(&side->step, 2);
	EXPECT_EQ(0, reap(pid))
		TH_LOG("line %d: %s", side->line, side->text);
}

/* Names where one cannot go: what moves there goes away. */
static int watch_moves(void *arg)
{
	int dirs, node, kids;

	MUST(0, become(SOME_USER, SOME_USER));
	dirs = new_monitor();
	node = new_monitor();
	kids = new_monitor();
	MUST(1, watch_path(dirs, "open", NODEMON_DIRECTORY));
	MUST(1, watch_path(node, "open/file", NODEMON_NAME | NODEMON_STAT));
	MUST(1, watch_path(kids, "open", NODEMON_CHILDREN | NODEMON_STAT));
	announce(&side->step, 1);
	MUST(1, reached(&side->step, 2));
	MUST(0, expect_text(dirs, "w1 REMOVED OPEN/file=FILE;"));
	MUST(0, expect_text(node, "w1 REMOVED OPEN/file=FILE;"));
	announce(&side->step, 3);
	MUST(1, reached(&side->step, 4));
	/* Names it has there, and lost there, are not told. */
	MUST(0, expect_text(dirs, ""));
	MUST(0, expect_text(node, ""));
	announce(&side->step, 5);
	MUST(1, reached(&side->step, 6));
	MUST(0, expect_text(dirs, "w1 CREATED OPEN/file=FILE;"));
	MUST(0, expect_text(node, ""));
	announce(&side->step, 7);
	MUST(1, reached(&side->step, 8));
	/* Back again it is as before. */
	MUST(0, expect_text(dirs, "w1 MOVED OPEN/file->OPEN/other=FILE;"));
	MUST(0, expect_text(node, "w1 MOVED OPEN/file->OPEN/other=FILE;"));
	MUST(0, expect_text(kids, ""));
	return 0;
}

TEST_F(rights, names_out_of_reach)
{
	pid_t pid = spawn(watch_moves, NULL);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&side->step, 1));
	EXPECT_EQ(0, rename("open/file", "hidden/moved"));
	announce(&side->step, 2);
	EXPECT_TRUE(reached(&side->step, 3));
	EXPECT_EQ(0, link("hidden/moved", "hidden/link"));
	EXPECT_EQ(0, rename("hidden/moved", "hidden/again"));
	EXPECT_EQ(0, unlink("hidden/link"));
	announce(&side->step, 4);
	EXPECT_TRUE(reached(&side->step, 5));
	EXPECT_EQ(0, rename("hidden/again", "open/file"));
	announce(&side->step, 6);
	EXPECT_TRUE(reached(&side->step, 7));
	EXPECT_EQ(0, rename("open/file", "open/other"));
	announce(&side->step, 8);
	EXPECT_EQ(0, reap(pid))
		TH_LOG("line %d: %ld %s", side->line, side->seen, side->text);
}

/* What is moved over is gone for whoever sees the directory. */
static int watch_victim(void *arg)
{
	int fd;

	MUST(0, become(SOME_USER, SOME_USER));
	fd = new_monitor();
	MUST(1, watch_path(fd, "open", NODEMON_DIRECTORY));
	announce(&side->step, 1);
	MUST(1, reached(&side->step, 2));
	MUST(0, expect_text(fd, "w1 REMOVED OPEN/file=FILE;w1 CREATED OPEN/file=HIDDEN;"));
	return 0;
}

TEST_F(rights, moved_over_from_out_of_reach)
{
	pid_t pid;

	ASSERT_TRUE(label("HIDDEN", "hidden/file"));
	pid = spawn(watch_victim, NULL);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&side->step, 1));
	EXPECT_EQ(0, rename("hidden/file", "open/file"));
	announce(&side->step, 2);
	EXPECT_EQ(0, reap(pid))
		TH_LOG("line %d: %ld %s", side->line, side->seen, side->text);
}

/* A right that was given away with the descriptor stays. */
static int use_given(void *arg)
{
	const int fd = *(int *)arg;

	MUST(0, become(SOME_USER, SOME_USER));
	MUST(0, expect_text(fd, "w1 STAT SECRET 1;"));
	/* But the right is asked for as whoever asks. */
	MUST(-EACCES, watch_path(fd, "open/secret", NODEMON_NAME));
	MUST(0, nodemon_unwatch(fd, 1, 0, 0));
	return 0;
}

TEST_F(rights, given_descriptor)
{
	int fd = new_monitor();

	ASSERT_EQ(1, watch_path(fd, "open/secret", NODEMON_STAT));
	ASSERT_EQ(0, chmod("open/secret", 0400));
	EXPECT_EQ(0, reap(spawn(use_given, &fd)))
		TH_LOG("line %d: %ld %s", side->line, side->seen, side->text);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * $/dev/input/kbd0 as characters (kbd0=text), and readers, devices and keys
 * that come and go all at once.
 */
#include "devfs_input.h"

FIXTURE(kbd0)
{
	int keyboard;
	int fd;
};

FIXTURE_SETUP(kbd0)
{
	OWN_DEVFS_OR_SKIP();
	if (access(KBD0, F_OK))
		SKIP(return, "no $/dev/input");
	self->keyboard = make_keyboard();
	if (self->keyboard < 0)
		SKIP(return, "no uinput");
	ASSERT_EQ(0, set_options("kbd0=text"));
	self->fd = open_reader(KBD0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(kbd0)
{
	set_options("kbd0=event");
	destroy_device(self->keyboard);
}

TEST_F(kbd0, letters)
{
	char buf[16] = {};

	ASSERT_EQ(0, type_key(self->keyboard, KEY_H));
	ASSERT_EQ(0, key(self->keyboard, KEY_LEFTSHIFT, 1));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_I));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_1));
	ASSERT_EQ(0, key(self->keyboard, KEY_LEFTSHIFT, 0));
	EXPECT_EQ(3, read_fd(self->fd, buf, sizeof(buf)));
	EXPECT_STREQ("hI!", buf);
	EXPECT_EQ(-EAGAIN, read_fd(self->fd, buf, sizeof(buf)));
}

TEST_F(kbd0, sequences)
{
	static const struct {
		int code;
		const char *text;
	} keys[] = {
		{ KEY_UP, "\033[A" }, { KEY_DOWN, "\033[B" },
		{ KEY_RIGHT, "\033[C" }, { KEY_LEFT, "\033[D" },
		{ KEY_HOME, "\033[H" }, { KEY_END, "\033[F" },
		{ KEY_INSERT, "\033[2~" }, { KEY_DELETE, "\033[3~" },
		{ KEY_PAGEUP, "\033[5~" }, { KEY_PAGEDOWN, "\033[6~" },
		{ KEY_ESC, "\033" }, { KEY_BACKSPACE, "\b" },
		{ KEY_TAB, "\t" }, { KEY_ENTER, "\n" },
	};
	char buf[16];
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		ASSERT_EQ(0, type_key(self->keyboard, keys[i].code));
		memset(buf, 0, sizeof(buf));
		EXPECT_EQ((long)strlen(keys[i].text),
			  read_fd(self->fd, buf, sizeof(buf)));
		EXPECT_STREQ(keys[i].text, buf);
	}
	ASSERT_EQ(0, type_key(self->keyboard, KEY_F1));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_LEFTALT));
	EXPECT_EQ(-EAGAIN, read_fd(self->fd, buf, sizeof(buf)));
}

TEST_F(kbd0, a_read_stops_after_a_line)
{
	char buf[16] = {};

	ASSERT_EQ(0, type_key(self->keyboard, KEY_A));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_ENTER));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_B));
	EXPECT_EQ(2, read_fd(self->fd, buf, sizeof(buf)));
	EXPECT_STREQ("a\n", buf);
	EXPECT_EQ(1, read_fd(self->fd, buf, sizeof(buf)));
	EXPECT_EQ('b', buf[0]);
}

TEST_F(kbd0, byte_by_byte)
{
	char c[4];

	ASSERT_EQ(0, type_key(self->keyboard, KEY_UP));
	EXPECT_EQ(1, read_fd(self->fd, &c[0], 1));
	EXPECT_EQ(1, read_fd(self->fd, &c[1], 1));
	EXPECT_EQ(POLLIN, poll_now(self->fd, POLLIN));
	EXPECT_EQ(1, read_fd(self->fd, &c[2], 1));
	EXPECT_EQ(0, memcmp(c, "\033[A", 3));
	EXPECT_EQ(0, poll_now(self->fd, POLLIN));
	EXPECT_EQ(0, read_fd(self->fd, c, 0));
}

/* A sequence is there as a whole or not at all. */
TEST_F_TIMEOUT(kbd0, a_full_queue_does_not_split, 90)
{
	const long room = QUEUE * 32;
	static char buf[QUEUE * 32 + 64];
	long n, i, done = 0;

	/* Fills it up to two bytes, which are too few for the arrow. */
	for (i = 0; i < room - 2; i++)
		ASSERT_EQ(0, type_key(self->keyboard, KEY_X));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_UP));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_Y));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_Z));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_Z));

	while ((n = read_fd(self->fd, buf + done, sizeof(buf) - done)) > 0)
		done += n;
	EXPECT_EQ(-EAGAIN, n);
	EXPECT_EQ(room, done);
	EXPECT_EQ(0, !!memchr(buf, '\033', done));
	EXPECT_EQ('y', buf[done - 2]);
	EXPECT_EQ('z', buf[done - 1]);
}

/* The option is for who opens afterwards; event0 has records always. */
TEST_F(kbd0, options_and_open_files)
{
	const int event0 = open_reader(EVENT0);
	struct devfs_event event;
	char buf[4];
	int fd;

	ASSERT_LE(0, event0);
	ASSERT_EQ(0, set_options("kbd0=event"));
	fd = open_reader(KBD0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, type_key(self->keyboard, KEY_R));
	EXPECT_EQ(1, read_fd(self->fd, buf, sizeof(buf)));
	EXPECT_EQ('r', buf[0]);
	EXPECT_EQ(0, read_event(fd, &event));
	EXPECT_EQ('r', event.key.ascii);
	EXPECT_EQ(0, read_event(event0, &event));
	EXPECT_EQ('r', event.key.ascii);
	close(fd);
	close(event0);
}

/* ---- all at once ---- */

struct churn {
	int stop;
	int failed;
};

static int opens_and_reads(void *arg)
{
	struct churn *churn = arg;
	struct devfs_event event;
	int fd, i, ret;

	while (!__atomic_load_n(&churn->stop, __ATOMIC_ACQUIRE)) {
		fd = open_reader(EVENT0);
		if (fd < 0)
			return 1;
		for (i = 0; i < 20; i++) {
			ret = read_event(fd, &event);
			if (ret && ret != -EAGAIN)
				return 2;
			if (!ret && (event.type < 1 || event.type > 5))
				return 3;
		}
		close(fd);
	}
	return 0;
}

static int plugs_and_types(void *arg)
{
	struct churn *churn = arg;
	int fd, i;

	while (!__atomic_load_n(&churn->stop, __ATOMIC_ACQUIRE)) {
		fd = make_keyboard();
		if (fd < 0)
			return 1;
		for (i = 0; i < 20; i++)
			if (type_key(fd, KEY_A))
				return 2;
		destroy_device(fd);
	}
	return 0;
}

TEST_F_TIMEOUT(kbd0, churn, 90)
{
	const int64_t end = now_ns(CLOCK_MONOTONIC) + 3000000000LL;
	struct churn *churn = shared(sizeof(*churn));
	struct devfs_event event;
	pid_t pids[4];
	int i, fd;

	ASSERT_TRUE(!!churn);
	for (i = 0; i < 4; i++) {
		pids[i] = spawn(i < 2 ? opens_and_reads : plugs_and_types,
				churn);
		ASSERT_LT(0, pids[i]);
	}
	while (now_ns(CLOCK_MONOTONIC) < end)
		ASSERT_EQ(0, type_key(self->keyboard, KEY_C));
	announce(&churn->stop, 1);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, reap(pids[i]));

	/* After all that it works as before. */
	fd = open_reader(EVENT0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, type_key(self->keyboard, KEY_D));
	ASSERT_EQ(0, read_event(fd, &event));
	EXPECT_EQ('d', event.key.ascii);
	close(fd);
}

TEST_HARNESS_MAIN

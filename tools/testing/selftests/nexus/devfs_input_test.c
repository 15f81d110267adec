// SPDX-License-Identifier: GPL-2.0
/*
 * $/dev/input: what kbd0 and event0 tell about keyboards and pointers, to whom,
 * and how they wait.
 */
#include "devfs_input.h"

#include <sys/epoll.h>

FIXTURE(input)
{
	int keyboard;
	int kbd0;
	int event0;
};

FIXTURE_SETUP(input)
{
	OWN_DEVFS_OR_SKIP();
	if (access(KBD0, F_OK))
		SKIP(return, "no $/dev/input");
	ASSERT_EQ(0, set_options("kbd0=event"));
	self->keyboard = make_keyboard();
	if (self->keyboard < 0)
		SKIP(return, "no uinput");
	self->kbd0 = open_reader(KBD0);
	ASSERT_LE(0, self->kbd0);
	self->event0 = open_reader(EVENT0);
	ASSERT_LE(0, self->event0);
}

FIXTURE_TEARDOWN(input)
{
	set_options("kbd0=event");
	destroy_device(self->keyboard);
}

static void expect_key(struct __test_metadata *_metadata, int fd, __u32 type,
		       int scancode, int ascii, int modifiers)
{
	struct devfs_event event;

	memset(&event, 0xa5, sizeof(event));
	EXPECT_EQ(0, read_event(fd, &event));
	EXPECT_EQ(type, event.type);
	EXPECT_EQ(scancode, event.key.scancode);
	EXPECT_EQ(ascii, event.key.ascii);
	EXPECT_EQ(modifiers, event.key.modifiers);
}

#define DOWN	DEVFS_EVENT_KEY_PRESSED
#define UP	DEVFS_EVENT_KEY_RELEASED

TEST_F(input, a_key_is_a_record)
{
	const long before = now_ns(CLOCK_MONOTONIC) / 10000000;
	const int fds[] = { self->kbd0, self->event0 };
	struct devfs_event event;
	long after;
	int i;

	ASSERT_EQ(0, type_key(self->keyboard, KEY_UP));
	after = now_ns(CLOCK_MONOTONIC) / 10000000;
	for (i = 0; i < 2; i++) {
		memset(&event, 0xa5, sizeof(event));
		ASSERT_EQ(0, read_event(fds[i], &event));
		EXPECT_EQ(DOWN, event.type);
		EXPECT_EQ(0U, event.__pad);
		EXPECT_LE(before, (long)event.timestamp);
		EXPECT_GE(after, (long)event.timestamp);
		EXPECT_EQ(DEVFS_KEY_UP, event.key.keycode);
		EXPECT_EQ(0x75, event.key.scancode);
		EXPECT_EQ(1, event.key.is_extended);
		EXPECT_EQ(0, event.key.ascii);
		EXPECT_EQ(0, event.key.modifiers);
		EXPECT_TRUE(all_bytes(event.key.__pad,
				      sizeof(event.key.__pad), 0));

		ASSERT_EQ(0, read_event(fds[i], &event));
		EXPECT_EQ(UP, event.type);
		EXPECT_EQ(DEVFS_KEY_UP, event.key.keycode);
		EXPECT_EQ(-EAGAIN, read_event(fds[i], &event));
	}
}

TEST_F(input, letters_and_modifiers)
{
	const int fd = self->keyboard;

	ASSERT_EQ(0, type_key(fd, KEY_A));
	ASSERT_EQ(0, key(fd, KEY_LEFTSHIFT, 1));
	ASSERT_EQ(0, type_key(fd, KEY_A));
	ASSERT_EQ(0, key(fd, KEY_LEFTSHIFT, 0));
	ASSERT_EQ(0, key(fd, KEY_RIGHTCTRL, 1));
	ASSERT_EQ(0, type_key(fd, KEY_C));
	ASSERT_EQ(0, key(fd, KEY_RIGHTCTRL, 0));

	expect_key(_metadata, self->kbd0, DOWN, 0x1c, 'a', 0);
	expect_key(_metadata, self->kbd0, UP, 0x1c, 0, 0);
	expect_key(_metadata, self->kbd0, DOWN, 0x12, 0, 0);
	expect_key(_metadata, self->kbd0, DOWN, 0x1c, 'A', DEVFS_MOD_SHIFT);
	expect_key(_metadata, self->kbd0, UP, 0x1c, 0, DEVFS_MOD_SHIFT);
	expect_key(_metadata, self->kbd0, UP, 0x12, 0, DEVFS_MOD_SHIFT);
	expect_key(_metadata, self->kbd0, DOWN, 0x14, 0, 0);
	expect_key(_metadata, self->kbd0, DOWN, 0x21, 'c', DEVFS_MOD_CTRL);
	expect_key(_metadata, self->kbd0, UP, 0x21, 0, DEVFS_MOD_CTRL);
	expect_key(_metadata, self->kbd0, UP, 0x14, 0, DEVFS_MOD_CTRL);
	EXPECT_EQ(-EAGAIN, read_event(self->kbd0, &(struct devfs_event){}));
}

/* Shift that was down before anybody listened still is. */
TEST_F(input, modifiers_from_before)
{
	int fd;

	close(self->kbd0);
	close(self->event0);
	ASSERT_EQ(0, key(self->keyboard, KEY_RIGHTSHIFT, 1));
	fd = open_reader(KBD0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, type_key(self->keyboard, KEY_2));
	expect_key(_metadata, fd, DOWN, 0x1e, '@', DEVFS_MOD_SHIFT);
	ASSERT_EQ(0, key(self->keyboard, KEY_RIGHTSHIFT, 0));
	close(fd);
}

TEST_F(input, a_repeat_is_another_press)
{
	ASSERT_EQ(0, key(self->keyboard, KEY_X, 1));
	ASSERT_EQ(0, key(self->keyboard, KEY_X, 2));
	ASSERT_EQ(0, key(self->keyboard, KEY_X, 2));
	ASSERT_EQ(0, key(self->keyboard, KEY_X, 0));
	expect_key(_metadata, self->kbd0, DOWN, 0x22, 'x', 0);
	expect_key(_metadata, self->kbd0, DOWN, 0x22, 'x', 0);
	expect_key(_metadata, self->kbd0, DOWN, 0x22, 'x', 0);
	expect_key(_metadata, self->kbd0, UP, 0x22, 0, 0);
}

/* What ModuOS has no name for is not told. */
TEST_F(input, keys_without_a_name)
{
	ASSERT_EQ(0, type_key(self->keyboard, KEY_MICMUTE));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_B));
	expect_key(_metadata, self->event0, DOWN, 0x32, 'b', 0);
}

TEST_F(input, sizes)
{
	struct devfs_event events[4];

	ASSERT_EQ(0, type_key(self->keyboard, KEY_1));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_2));
	EXPECT_EQ(0, read_fd(self->event0, events, 0));
	EXPECT_EQ(-EINVAL, read_fd(self->event0, events, 1));
	EXPECT_EQ(-EINVAL, read_fd(self->event0, events, 31));
	EXPECT_EQ(-EINVAL, read_fd(self->kbd0, events, 8));
	/* One record, however large the buffer. */
	EXPECT_EQ(32, read_fd(self->event0, events, 33));
	EXPECT_EQ('1', events[0].key.ascii);
	EXPECT_EQ(32, read_fd(self->event0, events, sizeof(events)));
	EXPECT_EQ(UP, events[0].type);
	EXPECT_EQ(32, read_fd(self->event0, events, sizeof(events)));
	EXPECT_EQ('2', events[0].key.ascii);
	EXPECT_EQ(-EBADF, write_fd(self->event0, events, 32));
}

TEST_F(input, a_bad_buffer)
{
	struct bad *bad = make_bad(16);
	int i;

	ASSERT_TRUE(!!bad);
	for (i = 0; i < BAD_COUNT; i++) {
		ASSERT_EQ(0, type_key(self->keyboard, KEY_SPACE));
		EXPECT_EQ(-EFAULT, read_fd(self->kbd0, bad[i].addr, 32))
			TH_LOG("%s", bad[i].name);
	}
}

/* A password that was typed earlier is nobody's. */
TEST_F(input, typed_before_open)
{
	struct devfs_event event;
	int fd;

	ASSERT_EQ(0, type_key(self->keyboard, KEY_P));
	fd = open_reader(EVENT0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EAGAIN, read_event(fd, &event));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_Q));
	expect_key(_metadata, fd, DOWN, 0x15, 'q', 0);
	close(fd);
}

TEST_F(input, each_reader_gets_all)
{
	int fds[8], i, n;

	for (i = 0; i < 8; i++) {
		fds[i] = open_reader(i % 2 ? KBD0 : EVENT0);
		ASSERT_LE(0, fds[i]);
	}
	for (n = 0; n < 3; n++)
		ASSERT_EQ(0, type_key(self->keyboard, KEY_1 + n));
	for (i = 0; i < 8; i++) {
		for (n = 0; n < 3; n++) {
			struct devfs_event event;

			ASSERT_EQ(0, read_event(fds[i], &event));
			EXPECT_EQ('1' + n, event.key.ascii);
			ASSERT_EQ(0, read_event(fds[i], &event));
		}
		close(fds[i]);
	}
}

/* Copies of a descriptor are one reader. */
TEST_F(input, dup_shares_the_queue)
{
	struct devfs_event event;
	const int copy = dup(self->kbd0);

	ASSERT_LE(0, copy);
	ASSERT_EQ(0, type_key(self->keyboard, KEY_Z));
	EXPECT_EQ(0, read_event(copy, &event));
	EXPECT_EQ(DOWN, event.type);
	EXPECT_EQ(0, read_event(self->kbd0, &event));
	EXPECT_EQ(UP, event.type);
	close(self->kbd0);
	ASSERT_EQ(0, type_key(self->keyboard, KEY_Z));
	EXPECT_EQ(0, read_event(copy, &event));
	close(copy);
}

/* The newest is dropped, and nothing else. */
TEST_F_TIMEOUT(input, a_full_queue, 60)
{
	struct devfs_event event;
	int i;

	for (i = 0; i < QUEUE; i++)
		ASSERT_EQ(0, type_key(self->keyboard, i ? KEY_N : KEY_O));
	EXPECT_EQ(0, read_event(self->kbd0, &event));
	EXPECT_EQ('o', event.key.ascii);
	for (i = 1; i < QUEUE; i++)
		ASSERT_EQ(0, read_event(self->kbd0, &event));
	EXPECT_EQ(-EAGAIN, read_event(self->kbd0, &event));
	/* There is room again. */
	ASSERT_EQ(0, type_key(self->keyboard, KEY_M));
	expect_key(_metadata, self->kbd0, DOWN, 0x3a, 'm', 0);
}

TEST_F(input, nonblock_belongs_to_the_file)
{
	const int other = open_path(KBD0, O_RDONLY);
	struct devfs_event event;
	struct io io = { .fd = other, .buf = &event, .size = sizeof(event) };

	ASSERT_LE(0, other);
	EXPECT_EQ(-EAGAIN, read_event(self->kbd0, &event));
	ASSERT_EQ(0, start_io(&io));
	EXPECT_EQ(-EAGAIN, read_event(self->kbd0, &event));
	ASSERT_EQ(0, type_key(self->keyboard, KEY_E));
	EXPECT_EQ(32, join_io(&io));
	EXPECT_EQ('e', event.key.ascii);
	/* And it may change its mind. */
	ASSERT_EQ(0, set_nonblock(other, 1));
	EXPECT_EQ(0, read_event(other, &event));
	EXPECT_EQ(-EAGAIN, read_event(other, &event));
	close(other);
}

static void nothing(int sig)
{
}

TEST_F(input, a_signal_ends_the_wait)
{
	const struct sigaction action = { .sa_handler = nothing };
	struct devfs_event event;
	struct io io = { .fd = self->event0, .buf = &event,
			 .size = sizeof(event) };

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, set_nonblock(self->event0, 0));
	ASSERT_EQ(0, start_io(&io));
	ASSERT_EQ(0, pthread_kill(io.thread, SIGUSR1));
	EXPECT_EQ(-EINTR, join_io(&io));
}

static int reads_for_ever(void *arg)
{
	struct devfs_event event;
	const int fd = open_path(KBD0, O_RDONLY);

	return fd < 0 ? 1 : read_event(fd, &event);
}

TEST_F(input, a_waiting_reader_can_be_killed)
{
	const pid_t pid = spawn(reads_for_ever, NULL);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, wait_until_blocked(pid, pid, __NR_read));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, reap(pid));
}

TEST_F(input, poll)
{
	struct devfs_event event;

	EXPECT_EQ(0, poll_now(self->kbd0, POLLIN | POLLOUT));
	ASSERT_EQ(0, key(self->keyboard, KEY_F5, 1));
	EXPECT_EQ(POLLIN, poll_now(self->kbd0, POLLIN | POLLOUT));
	EXPECT_EQ(POLLIN | POLLRDNORM,
		  poll_now(self->event0, POLLIN | POLLRDNORM));
	EXPECT_EQ(0, read_event(self->kbd0, &event));
	EXPECT_EQ(0, poll_now(self->kbd0, POLLIN));
	ASSERT_EQ(0, key(self->keyboard, KEY_F5, 0));
}

static void *types_a_key(void *arg)
{
	nap();
	type_key(*(int *)arg, KEY_ENTER);
	return NULL;
}

TEST_F(input, epoll)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	const int ep = epoll_create1(EPOLL_CLOEXEC);
	pthread_t thread;

	ASSERT_LE(0, ep);
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->event0, &ev));
	ASSERT_EQ(0, pthread_create(&thread, NULL, types_a_key,
				    &self->keyboard));
	EXPECT_EQ(1, epoll_wait(ep, &ev, 1, PATIENCE_MS));
	EXPECT_EQ((__u32)EPOLLIN, ev.events);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	close(ep);
}

TEST_F(input, devices_come_and_go)
{
	const int second = make_keyboard();
	struct devfs_event event;
	int third;

	ASSERT_LE(0, second);
	ASSERT_EQ(0, type_key(second, KEY_S));
	expect_key(_metadata, self->kbd0, DOWN, 0x1b, 's', 0);
	expect_key(_metadata, self->kbd0, UP, 0x1b, 0, 0);
	destroy_device(second);
	EXPECT_EQ(-EAGAIN, read_event(self->kbd0, &event));
	third = make_keyboard();
	ASSERT_LE(0, third);
	ASSERT_EQ(0, type_key(third, KEY_T));
	expect_key(_metadata, self->kbd0, DOWN, 0x2c, 't', 0);
	destroy_device(third);
}

/* A key that is down when its keyboard goes is released. */
TEST_F(input, a_keyboard_goes_with_a_key_down)
{
	const int second = make_keyboard();

	ASSERT_LE(0, second);
	ASSERT_EQ(0, key(second, KEY_H, 1));
	destroy_device(second);
	expect_key(_metadata, self->kbd0, DOWN, 0x33, 'h', 0);
	expect_key(_metadata, self->kbd0, UP, 0x33, 0, 0);
}

/* The port of the virtual machine that has this name, to be written to. */
static int open_port(const char *wanted)
{
	char path[64], name[64];
	int nr;
	long len;

	for (nr = 0; nr < 32; nr++) {
		snprintf(path, sizeof(path),
			 "/sys/class/virtio-ports/vport%dp%d/name", nr / 16,
			 nr % 16);
		len = read_file(path, name, sizeof(name));
		if (len <= 0)
			continue;
		name[strcspn(name, "\n")] = 0;
		if (strcmp(name, wanted))
			continue;
		snprintf(path, sizeof(path), "/dev/vport%dp%d", nr / 16,
			 nr % 16);
		return open_path(path, O_WRONLY);
	}
	return -ENOENT;
}

/* Keys that are typed by whoever sits in front of the machine: QEMU. */
TEST_F(input, a_real_keyboard)
{
	const int port = open_port("nexus.keys");
	struct devfs_event event;
	int ups = 0;

	if (port < 0)
		SKIP(return, "nobody types (see scripts/boot)");
	ASSERT_EQ(2, write_fd(port, "k\n", 2));
	EXPECT_EQ(POLLIN, poll_some(self->kbd0, POLLIN));
	expect_key(_metadata, self->kbd0, DOWN, 0x42, 'k', 0);
	EXPECT_EQ(POLLIN, poll_some(self->kbd0, POLLIN));
	expect_key(_metadata, self->kbd0, UP, 0x42, 0, 0);

	ASSERT_EQ(8, write_fd(port, "shift-d\n", 8));
	do {
		EXPECT_EQ(POLLIN, poll_some(self->kbd0, POLLIN));
		ASSERT_EQ(0, read_event(self->kbd0, &event));
	} while (!event.key.ascii);
	EXPECT_EQ('D', event.key.ascii);
	EXPECT_EQ(DEVFS_MOD_SHIFT, event.key.modifiers);
	/* QEMU lets them go later, which is not for the next test to see. */
	while (ups < 2) {
		ASSERT_EQ(POLLIN, poll_some(self->kbd0, POLLIN));
		ASSERT_EQ(0, read_event(self->kbd0, &event));
		ups += event.type == UP;
	}
	close(port);
}

/* ---- pointers ---- */

static void expect_mouse(struct __test_metadata *_metadata, int fd, __u32 type,
			 int dx, int dy, int buttons)
{
	struct devfs_event event;

	memset(&event, 0xa5, sizeof(event));
	EXPECT_EQ(0, read_event(fd, &event));
	EXPECT_EQ(type, event.type);
	EXPECT_EQ(dx, event.mouse.delta_x);
	EXPECT_EQ(dy, event.mouse.delta_y);
	EXPECT_EQ(buttons, event.mouse.buttons);
	EXPECT_TRUE(all_bytes(event.mouse.__pad, sizeof(event.mouse.__pad), 0));
}

#define MOVE	DEVFS_EVENT_MOUSE_MOVE
#define BUTTON	DEVFS_EVENT_MOUSE_BUTTON

TEST_F(input, mouse)
{
	const int mouse = make_mouse();
	struct devfs_event a, b;

	ASSERT_LE(0, mouse);
	ASSERT_EQ(0, move(mouse, 5, -3));
	ASSERT_EQ(0, move(mouse, -1, 10));
	ASSERT_EQ(0, read_event(self->event0, &a));
	EXPECT_EQ(MOVE, a.type);
	EXPECT_EQ(5, a.mouse.delta_x);
	EXPECT_EQ(-3, a.mouse.delta_y);
	ASSERT_EQ(0, read_event(self->event0, &b));
	EXPECT_EQ((__s16)(a.mouse.x - 1), b.mouse.x);
	EXPECT_EQ((__s16)(a.mouse.y + 10), b.mouse.y);

	/* None of it is for who reads the keyboard. */
	EXPECT_EQ(-EAGAIN, read_event(self->kbd0, &a));
	destroy_device(mouse);
}

TEST_F(input, buttons_come_before_the_move)
{
	const int mouse = make_mouse();

	ASSERT_LE(0, mouse);
	emit(mouse, EV_REL, REL_X, 2);
	emit(mouse, EV_KEY, BTN_LEFT, 1);
	ASSERT_EQ(0, sync_report(mouse));
	expect_mouse(_metadata, self->event0, BUTTON, 0, 0, DEVFS_BUTTON_LEFT);
	expect_mouse(_metadata, self->event0, MOVE, 2, 0, DEVFS_BUTTON_LEFT);

	ASSERT_EQ(0, key(mouse, BTN_RIGHT, 1));
	ASSERT_EQ(0, key(mouse, BTN_MIDDLE, 1));
	ASSERT_EQ(0, key(mouse, BTN_LEFT, 0));
	expect_mouse(_metadata, self->event0, BUTTON, 0, 0,
		     DEVFS_BUTTON_LEFT | DEVFS_BUTTON_RIGHT);
	expect_mouse(_metadata, self->event0, BUTTON, 0, 0,
		     DEVFS_BUTTON_LEFT | DEVFS_BUTTON_RIGHT |
		     DEVFS_BUTTON_MIDDLE);
	expect_mouse(_metadata, self->event0, BUTTON, 0, 0,
		     DEVFS_BUTTON_RIGHT | DEVFS_BUTTON_MIDDLE);
	destroy_device(mouse);
}

TEST_F(input, a_wheel_is_a_move_by_nothing)
{
	const int mouse = make_mouse();

	ASSERT_LE(0, mouse);
	emit(mouse, EV_REL, REL_WHEEL, -1);
	ASSERT_EQ(0, sync_report(mouse));
	expect_mouse(_metadata, self->event0, MOVE, 0, 0, 0);
	EXPECT_EQ(-EAGAIN, read_event(self->event0, &(struct devfs_event){}));
	destroy_device(mouse);
}

TEST_F(input, absurd_movements)
{
	const int mouse = make_mouse();

	ASSERT_LE(0, mouse);
	ASSERT_EQ(0, move(mouse, INT_MAX, INT_MIN));
	expect_mouse(_metadata, self->event0, MOVE, 32767, -32768, 0);
	ASSERT_EQ(0, move(mouse, INT_MIN, INT_MAX));
	expect_mouse(_metadata, self->event0, MOVE, -32768, 32767, 0);
	destroy_device(mouse);
}

TEST_F(input, tablet)
{
	const int tablet = make_tablet(1000);
	struct devfs_event event;

	ASSERT_LE(0, tablet);
	emit(tablet, EV_ABS, ABS_X, 1000);
	emit(tablet, EV_ABS, ABS_Y, 500);
	ASSERT_EQ(0, sync_report(tablet));
	ASSERT_EQ(0, read_event(self->event0, &event));
	EXPECT_EQ(MOVE, event.type);
	EXPECT_EQ(32767, event.mouse.x);
	EXPECT_EQ(16383, event.mouse.y);
	emit(tablet, EV_ABS, ABS_X, 0);
	ASSERT_EQ(0, sync_report(tablet));
	ASSERT_EQ(0, read_event(self->event0, &event));
	EXPECT_EQ(0, event.mouse.x);
	EXPECT_EQ(16383, event.mouse.y);
	EXPECT_EQ(-32767, event.mouse.delta_x);
	EXPECT_EQ(0, event.mouse.delta_y);
	destroy_device(tablet);
}

TEST_HARNESS_MAIN

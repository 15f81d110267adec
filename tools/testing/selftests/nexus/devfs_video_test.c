// SPDX-License-Identifier: GPL-2.0
/*
 * $/dev/graphics/video0: the geometry of the screen, and its memory.
 */
#include "devfs.h"

#include <linux/fb.h>
#include <sys/ioctl.h>

#define VIDEO0	DEV "graphics/video0"

/* The screen as /dev/fb0 shows it, or nothing. */
struct screen {
	int fd;
	struct fb_var_screeninfo var;
	struct fb_fix_screeninfo fix;
};

static int open_screen(struct screen *screen)
{
	screen->fd = open_path("/dev/fb0", O_RDWR);
	if (screen->fd < 0)
		return screen->fd;
	if (ioctl(screen->fd, FBIOGET_VSCREENINFO, &screen->var) ||
	    ioctl(screen->fd, FBIOGET_FSCREENINFO, &screen->fix))
		return -errno;
	return 0;
}

FIXTURE(video)
{
	int fd;
	struct screen screen;
};

FIXTURE_SETUP(video)
{
	OWN_DEVFS_OR_SKIP();
	if (access(VIDEO0, F_OK))
		SKIP(return, "no $/dev/graphics");
	self->fd = open_path(VIDEO0, O_RDWR);
	ASSERT_LE(0, self->fd);
	self->screen.fd = -1;
}

FIXTURE_TEARDOWN(video)
{
	close(self->fd);
	if (self->screen.fd >= 0)
		close(self->screen.fd);
}

TEST_F(video, info)
{
	struct devfs_video_info info, zero = {};
	char big[64];

	memset(&info, 0xa5, sizeof(info));
	EXPECT_EQ(24U, sizeof(info));
	ASSERT_EQ(24, read_fd(self->fd, &info, sizeof(info)));
	EXPECT_EQ(0U, info.fb_addr);
	EXPECT_EQ(0, info.reserved);
	if (open_screen(&self->screen)) {
		/*
		 * There may be a framebuffer without a device of its own.  In
		 * text mode there is nothing else to say.
		 */
		if (access("/sys/class/graphics", F_OK) ||
		    info.mode == DEVFS_VIDEO_TEXT) {
			EXPECT_EQ(DEVFS_VIDEO_TEXT, info.mode);
			EXPECT_EQ(0, memcmp(&info, &zero, sizeof(info)));
		}
		return;
	}
	EXPECT_EQ(DEVFS_VIDEO_GRAPHICS, info.mode);
	EXPECT_EQ(self->screen.var.xres, info.width);
	EXPECT_EQ(self->screen.var.yres, info.height);
	EXPECT_EQ(self->screen.fix.line_length, info.pitch);
	EXPECT_EQ(self->screen.var.bits_per_pixel, info.bpp);
	EXPECT_EQ(info.bpp == 32 ? DEVFS_VIDEO_XRGB8888 :
		  info.bpp == 16 ? DEVFS_VIDEO_RGB565 : DEVFS_VIDEO_UNKNOWN,
		  info.fmt);
	EXPECT_LE(info.width * info.bpp / 8, info.pitch);

	/* The end of the file, and then it starts again. */
	EXPECT_EQ(0, read_fd(self->fd, big, sizeof(big)));
	EXPECT_EQ(24, read_fd(self->fd, big, sizeof(big)));
	EXPECT_EQ(0, memcmp(big, &info, sizeof(info)));
}

TEST_F(video, sizes)
{
	char buf[64];

	EXPECT_EQ(0, read_fd(self->fd, buf, 0));
	EXPECT_EQ(-EINVAL, read_fd(self->fd, buf, 1));
	EXPECT_EQ(-EINVAL, read_fd(self->fd, buf, 23));
	EXPECT_EQ(24, read_fd(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(-1, lseek(self->fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
}

/* It draws nothing: a command is one that it does not know. */
TEST_F(video, commands)
{
	const __u32 get_info[4] = { 0x4d564332, 1, 100, 16 };
	static char huge[1 << 20];

	EXPECT_EQ(-EINVAL, write_fd(self->fd, get_info, sizeof(get_info)));
	EXPECT_EQ(-EINVAL, write_fd(self->fd, "x", 1));
	EXPECT_EQ(-EINVAL, write_fd(self->fd, huge, sizeof(huge)));
	EXPECT_EQ(-EBADF, write_fd(open_path(VIDEO0, O_RDONLY), "x", 1));
}

static void *map_video(int fd, size_t size, int prot)
{
	void *p = mmap(NULL, size, prot, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Begin of a line: 1/nth down the screen, where no cursor blinks. */
static size_t line_at(const struct screen *screen, int nth)
{
	return (size_t)(screen->var.yres / nth) * screen->fix.line_length;
}

/* Both ways to the pixels lead to the same memory. */
TEST_F(video, pixels)
{
	const int fd = open_path(VIDEO0, O_RDWR);
	size_t size, line, i;
	unsigned char *a, *b;
	char old[256], new[256];

	if (open_screen(&self->screen))
		SKIP(return, "no framebuffer");
	size = self->screen.fix.smem_len;
	line = line_at(&self->screen, 2);
	ASSERT_LT(sizeof(old), self->screen.fix.line_length);
	a = map_video(self->fd, size, PROT_READ | PROT_WRITE);
	if (!a) {
		EXPECT_EQ(ENODEV, errno);
		SKIP(return, "this framebuffer cannot be mapped");
	}
	b = map_video(fd, size, PROT_READ);
	ASSERT_TRUE(!!b);

	memcpy(old, a + line, sizeof(old));
	for (i = 0; i < 3; i++) {
		fill(new, sizeof(new), i);
		memcpy(a + line, new, sizeof(new));
		EXPECT_EQ(0, memcmp(b + line, new, sizeof(new)));
		ASSERT_EQ((off_t)line, lseek(self->screen.fd, line, SEEK_SET));
		ASSERT_EQ((long)sizeof(new), read_fd(self->screen.fd, new,
						     sizeof(new)));
		EXPECT_TRUE(filled(new, sizeof(new), i));
	}
	/* And what others draw is seen. */
	ASSERT_EQ((off_t)line, lseek(self->screen.fd, line, SEEK_SET));
	ASSERT_EQ((long)sizeof(old), write_fd(self->screen.fd, old,
					      sizeof(old)));
	EXPECT_EQ(0, memcmp(a + line, old, sizeof(old)));
	EXPECT_EQ(0, memcmp(b + line, old, sizeof(old)));
	EXPECT_EQ(0, munmap(a, size));
	EXPECT_EQ(0, munmap(b, size));
	close(fd);
}

/* The device that drives the screen. */
#define SCREEN_DEVICE	"/sys/class/graphics/fb0/device/"

static long id_of(const char *file)
{
	char buf[32];

	return read_file(file, buf, sizeof(buf)) > 0 ? strtol(buf, NULL, 16) :
						       -1;
}

/*
 * What is drawn is shown.  The driver of QEMU's bochs-display copies it to the
 * begin of the memory of the device, which that shows.
 */
TEST_F_TIMEOUT(video, the_screen_shows_it, 180)
{
	static const int at[] = { 2, 4 };
	const int prot = PROT_READ | PROT_WRITE;
	unsigned char *shown, *p;
	char old[2][256], new[256];
	size_t size, line, i, k;
	int bar;

	if (open_screen(&self->screen))
		SKIP(return, "no framebuffer");
	if (id_of(SCREEN_DEVICE "vendor") != 0x1234 ||
	    id_of(SCREEN_DEVICE "device") != 0x1111)
		SKIP(return, "the screen is not a bochs-display");
	size = self->screen.fix.smem_len;
	ASSERT_LT(sizeof(new), self->screen.fix.line_length);
	bar = open_path(SCREEN_DEVICE "resource0", O_RDWR);
	if (bar < 0)
		SKIP(return, "resource0 cannot be opened: %s", strerror(-bar));
	shown = map_video(bar, size, PROT_READ);
	if (!shown)
		SKIP(return,
		     "resource0 cannot be mapped (IO_STRICT_DEVMEM?): %s",
		     strerror(errno));
	p = map_video(self->fd, size, prot);
	ASSERT_TRUE(!!p);
	/* Without a console on it nobody may have set a mode yet. */
	if (ioctl(self->screen.fd, FBIOPAN_DISPLAY, &self->screen.var))
		SKIP(return, "somebody else has the screen: %s",
		     strerror(errno));

	for (k = 0; k < 2; k++)
		memcpy(old[k], p + line_at(&self->screen, at[k]),
		       sizeof(old[k]));
	/* From the second on it must be noticed that a page changes again. */
	for (i = 1; i <= 4; i++) {
		fill(new, sizeof(new), i);
		for (k = 0; k < 2; k++)
			memcpy(p + line_at(&self->screen, at[k]), new,
			       sizeof(new));
		for (k = 0; k < 2; k++) {
			line = line_at(&self->screen, at[k]);
			EXPECT_TRUE(poll_until(!memcmp(shown + line, new,
						       sizeof(new))))
				TH_LOG("change %zu, place %zu", i, k);
		}
	}
	/* Each page for itself. */
	for (k = 0; k < 2; k++) {
		line = line_at(&self->screen, at[k]);
		memcpy(p + line, old[k], sizeof(old[k]));
		EXPECT_TRUE(poll_until(!memcmp(shown + line, old[k],
					       sizeof(old[k]))));
	}
	EXPECT_EQ(0, munmap(p, size));
	EXPECT_EQ(0, munmap(shown, size));
	close(bar);
}

static int touches(void *arg)
{
	volatile unsigned char *p = arg;

	(void)*p;
	return 0;
}

TEST_F(video, mappings_end_with_the_memory)
{
	const long page = sysconf(_SC_PAGESIZE);
	unsigned char *p;
	size_t size;

	if (open_screen(&self->screen))
		SKIP(return, "no framebuffer");
	size = (self->screen.fix.smem_len + page - 1) & ~(page - 1);
	p = map_video(self->fd, size + page, PROT_READ);
	if (!p)
		/* Or it may not even be asked for. */
		return;
	EXPECT_EQ(0, reap(spawn(touches, p)));
	EXPECT_EQ(128 + SIGBUS, reap(spawn(touches, p + size)));
}

/* The mapping stays when the file is closed, and in children. */
TEST_F(video, mappings_outlive_the_descriptor)
{
	unsigned char *p;

	p = map_video(self->fd, 4096, PROT_READ | PROT_WRITE);
	if (!p)
		SKIP(return, "cannot be mapped");
	close(self->fd);
	p[0] = p[0];
	EXPECT_EQ(0, reap(spawn(touches, p)));
	EXPECT_EQ(0, munmap(p, 4096));
	self->fd = open_path(VIDEO0, O_RDWR);
	EXPECT_LE(0, self->fd);
}

TEST_F(video, read_only_files_are_not_written_through)
{
	const int fd = open_path(VIDEO0, O_RDONLY);

	ASSERT_LE(0, fd);
	EXPECT_FALSE(!!map_video(fd, 4096, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	close(fd);
}

TEST_HARNESS_MAIN

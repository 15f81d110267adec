/* SPDX-License-Identifier: GPL-2.0 */
/*
 * File systems to watch: a tmpfs, an ext4 in a file, an overlay of two
 * directories.  They go with the mount namespace of the test.
 */
#ifndef _SELFTESTS_NEXUS_NODEMON_FS_H
#define _SELFTESTS_NEXUS_NODEMON_FS_H

#include "nodemon.h"

#include <linux/loop.h>

/* Below the place of the test, see make_place(). */
#define IMAGE	PLACE "/image"
#define LAYERS	PLACE "/layers"
#define VOLUME	PLACE "/volume"

/* Their numbers are bits, for tables that are not the same for all. */
enum fs_kind {
	FS_TMPFS = 1,
	FS_EXT4 = 2,
	FS_OVERLAY = 4,
};

static inline int fs_known(const char *name)
{
	char buf[8192], *at = buf;
	const size_t len = strlen(name);

	if (read_file("/proc/filesystems", buf, sizeof(buf)) <= 0)
		return 0;
	while ((at = strstr(at, name))) {
		if (at > buf && at[-1] == '\t' && at[len] == '\n')
			return 1;
		at += len;
	}
	return 0;
}

/* What mke2fs makes is an ext2, of 8 MiB, with room for times in ns. */
static inline int make_ext2(void)
{
	int fd = open(IMAGE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	pid_t pid;

	if (fd < 0 || ftruncate(fd, 8 << 20))
		return -1;
	close(fd);
	pid = fork();
	if (!pid) {
		fd = open("/dev/null", O_WRONLY);
		dup2(fd, 1);
		dup2(fd, 2);
		execlp("mke2fs", "mke2fs", "-F", "-I", "256", IMAGE, NULL);
		_exit(127);
	}
	return pid < 0 ? -1 : reap(pid);
}

/* New files shall have extents: then there is fallocate(). */
static inline int make_ext4(void)
{
	const off_t incompat = 1024 + 0x60;
	const int fd = open(IMAGE, O_RDWR | O_CLOEXEC);
	unsigned char bits;
	int err;

	if (fd < 0)
		return -1;
	err = pread(fd, &bits, 1, incompat) != 1;
	bits |= 0x40;
	err |= pwrite(fd, &bits, 1, incompat) != 1;
	close(fd);
	return -err;
}

static const char *mount_image(void)
{
	struct loop_config config = { .info.lo_flags = LO_FLAGS_AUTOCLEAR };
	int control, loop, device, nr, err;
	char path[32];

	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return "no loop devices: needs CONFIG_BLK_DEV_LOOP";
	nr = ioctl(control, LOOP_CTL_GET_FREE);
	close(control);
	snprintf(path, sizeof(path), "/dev/loop%d", nr);
	loop = open(path, O_RDWR | O_CLOEXEC);
	if (loop < 0)
		return "no free loop device";
	config.fd = open(IMAGE, O_RDWR | O_CLOEXEC);
	err = ioctl(loop, LOOP_CONFIGURE, &config);
	close(config.fd);
	/* A file system wants to be the only one who can write to it. */
	device = open(path, O_RDONLY | O_CLOEXEC);
	close(loop);
	if (!err)
		err = mount(path, VOLUME, "ext4", 0, "acl,user_xattr");
	close(device);
	return err ? "cannot mount an ext4" : NULL;
}

static const char *mount_ext4(void)
{
	if (!fs_known("ext4"))
		return "needs CONFIG_EXT4_FS";
	switch (make_ext2()) {
	case 0:
		break;
	case 127:
		return "no mke2fs here";
	default:
		return "mke2fs failed";
	}
	if (make_ext4())
		return "cannot change the image";
	return mount_image();
}

static const char *mount_overlay(void)
{
	if (!fs_known("overlay"))
		return "needs CONFIG_OVERLAY_FS";
	if (make_dir(LAYERS) || mount("none", LAYERS, "tmpfs", 0, NULL) ||
	    make_dir(LAYERS "/lower") || make_dir(LAYERS "/upper") ||
	    make_dir(LAYERS "/work"))
		return "cannot make layers";
	if (write_to(LAYERS "/lower/below", O_CREAT, "below"))
		return "cannot write to a layer";
	if (mount("overlay", VOLUME, "overlay", 0,
		  "lowerdir=" LAYERS "/lower,upperdir=" LAYERS
		  "/upper,workdir=" LAYERS "/work"))
		return "cannot mount an overlay";
	return NULL;
}

/* Mounts it at VOLUME and goes there; NULL, or why that is not possible. */
static const char *make_volume(enum fs_kind kind)
{
	const char *why = NULL;

	if (make_place(NULL) || make_dir(VOLUME))
		return "cannot mount a tmpfs of its own";
	switch (kind) {
	case FS_TMPFS:
		if (mount("none", VOLUME, "tmpfs", 0, NULL))
			why = "cannot mount a tmpfs";
		break;
	case FS_EXT4:
		why = mount_ext4();
		break;
	case FS_OVERLAY:
		why = mount_overlay();
		break;
	}
	if (!why && chdir(VOLUME))
		why = "cannot go to the volume";
	return why;
}

/* The same tests for each of them. */
FIXTURE(volume)
{
	struct stat st;
};

FIXTURE_VARIANT(volume)
{
	enum fs_kind kind;
};

FIXTURE_VARIANT_ADD(volume, tmpfs)
{
	.kind = FS_TMPFS,
};

FIXTURE_VARIANT_ADD(volume, ext4)
{
	.kind = FS_EXT4,
};

FIXTURE_VARIANT_ADD(volume, overlay)
{
	.kind = FS_OVERLAY,
};

FIXTURE_SETUP(volume)
{
	const char *why;
	int fd;

	if (geteuid())
		SKIP(return, "needs to be root, to mount");
	why = make_volume(variant->kind);
	/* What a machine does not have is no fault, what fails is one. */
	if (why && (!strncmp(why, "no ", 3) || !strncmp(why, "needs ", 6)))
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why)
		TH_LOG("%s", why);
	fd = new_monitor();
	ASSERT_LE(0, fd)
		TH_LOG("this kernel has no node monitor");
	close(fd);
	forget_labels();
	ASSERT_EQ(0, stat(".", &self->st));
	ASSERT_TRUE(label("TOP", "."));
	news_device = self->st.st_dev;
}

FIXTURE_TEARDOWN(volume)
{
}

#endif /* _SELFTESTS_NEXUS_NODEMON_FS_H */

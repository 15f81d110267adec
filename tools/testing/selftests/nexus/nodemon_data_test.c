// SPDX-License-Identifier: GPL-2.0
/*
 * What it tells to write to files, in all ways that there are, and to set
 * attributes and flags, on three file systems; and the same operations made
 * through io_uring.  See nodemon_table.h for what there is in A and B.
 */
#include "nodemon_table.h"
#include "area_uring.h"

#include <linux/fs.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>

#ifndef FALLOC_FL_KEEP_SIZE
#define FALLOC_FL_KEEP_SIZE	0x01
#define FALLOC_FL_PUNCH_HOLE	0x02
#endif

/* The number of bytes that were written, as 0 or an error. */
static int all_of(ssize_t done, ssize_t wanted)
{
	if (done < 0)
		return -errno;
	return done == wanted ? 0 : -EIO;
}

static int append(int fd)
{
	return all_of(write(fd, "more", 4), 4);
}

static int overwrite(int fd)
{
	return all_of(pwrite(fd, "x", 1, 0), 1);
}

static int write_nothing(int fd)
{
	return all_of(write(fd, "", 0), 0);
}

static int write_vector(int fd)
{
	struct iovec iov[] = { { "one", 3 }, { "two", 3 } };

	return all_of(writev(fd, iov, 2), 6);
}

static int write_there_vector(int fd)
{
	struct iovec iov[] = { { "one", 3 }, { "two", 3 } };

	return all_of(pwritev(fd, iov, 2, 2), 6);
}

static int read_it(int fd)
{
	char buf[4];

	return all_of(read(fd, buf, 4), 4);
}

static int nothing(int fd)
{
	return 0;
}

/* Six bytes come from V, which is not changed by that. */
static int from_victim(int fd, ssize_t (*copy)(int to, int from))
{
	const int from = open("A/v", O_RDONLY | O_CLOEXEC);
	int err;

	lseek(fd, 0, SEEK_END);
	err = all_of(copy(fd, from), 6);
	close(from);
	return err;
}

static ssize_t by_sendfile(int to, int from)
{
	return sendfile(to, from, NULL, 6);
}

static ssize_t by_copy(int to, int from)
{
	return copy_file_range(from, NULL, to, NULL, 6, 0);
}

static ssize_t by_splice(int to, int from)
{
	int pipes[2];
	ssize_t done;

	if (pipe(pipes))
		return -1;
	done = splice(from, NULL, pipes[1], NULL, 6, 0);
	if (done == 6)
		done = splice(pipes[0], NULL, to, NULL, 6, 0);
	close(pipes[0]);
	close(pipes[1]);
	return done;
}

static int send_from(int fd)
{
	return from_victim(fd, by_sendfile);
}

static int copy_from(int fd)
{
	return from_victim(fd, by_copy);
}

static int splice_from(int fd)
{
	return from_victim(fd, by_splice);
}

static int allocate(int fd)
{
	return ret0(fallocate(fd, 0, 0, 8192));
}

static int allocate_ahead(int fd)
{
	return ret0(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 8192));
}

static int punch(int fd)
{
	return ret0(fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE,
			      0, 4));
}

static int clone_from(int fd)
{
	const int from = open("A/v", O_RDONLY | O_CLOEXEC);
	const int err = ret0(ioctl(fd, FICLONE, from));

	close(from);
	return err;
}

/* The times of files come from this clock. */
static int later_than(const struct stat *st)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return now.tv_sec > st->st_mtim.tv_sec ||
	       (now.tv_sec == st->st_mtim.tv_sec &&
		now.tv_nsec > st->st_mtim.tv_nsec + 10000000);
}

static int store(int fd)
{
	struct stat st;
	char *p;

	if (fstat(fd, &st) || !poll_until(later_than(&st)))
		return -EIO;
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*(volatile char *)p = 'x';
	munmap(p, 4096);
	return 0;
}

static int load(int fd)
{
	volatile char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	(void)*p;
	munmap((void *)p, 4096);
	return 0;
}

/* Once it is truncated, only what came afterwards is told. */
static int truncate_and_write(int fd)
{
	return ret0(ftruncate(fd, 0)) ?: append(fd);
}

static int write_and_truncate(int fd)
{
	return append(fd) ?: ret0(ftruncate(fd, 0));
}

static int chmod_and_write(int fd)
{
	return append(fd) ?: ret0(fchmod(fd, 0600));
}

/* The last name goes, and with it all interest. */
static int unlink_and_write(int fd)
{
	return ret0(unlink("A/f")) ?: append(fd);
}

static int rename_and_write(int fd)
{
	return ret0(rename("A/f", "A/n")) ?: append(fd);
}

static const struct row writes[] = {
	{
		"append", .file = append, .flags = O_WRONLY | O_APPEND,
		TOLD("w1 STAT F 28;")
	},
	{
		"overwrite", .file = overwrite, .flags = O_WRONLY,
		TOLD("w1 STAT F 20;")
	},
	{
		"overwrite, O_RDWR", .file = overwrite, .flags = O_RDWR,
		TOLD("w1 STAT F 20;")
	},
	{ "write of nothing", .file = write_nothing, .flags = O_WRONLY },
	{
		"write to O_RDONLY", .file = append, .flags = O_RDONLY,
		.error = EBADF
	},
	{
		"writev", .file = write_vector, .flags = O_WRONLY | O_APPEND,
		TOLD("w1 STAT F 28;")
	},
	{
		"pwritev", .file = write_there_vector, .flags = O_WRONLY,
		TOLD("w1 STAT F 20;")
	},
	{ "read", .file = read_it, .flags = O_RDONLY },
	{ "read, O_RDWR", .file = read_it, .flags = O_RDWR },
	{ "open, close", .file = nothing, .flags = O_RDWR },
	{
		"sendfile", .file = send_from, .flags = O_WRONLY,
		TOLD("w1 STAT F 28;")
	},
	{
		"splice", .file = splice_from, .flags = O_WRONLY,
		TOLD("w1 STAT F 28;")
	},
	{
		"copy_file_range", .file = copy_from, .flags = O_WRONLY,
		TOLD("w1 STAT F 28;"),
		.absent = EOPNOTSUPP
	},
	{
		"FICLONE", .file = clone_from, .flags = O_WRONLY,
		TOLD("w1 STAT F 28;"),
		.absent = EOPNOTSUPP
	},
	{
		"fallocate", .file = allocate, .flags = O_WRONLY,
		TOLD("w1 STAT F 28;"),
		.absent = EOPNOTSUPP
	},
	{
		"fallocate, FALLOC_FL_KEEP_SIZE", .file = allocate_ahead,
		.flags = O_WRONLY,
		TOLD("w1 STAT F 20;"), .absent = EOPNOTSUPP
	},
	{
		"fallocate, FALLOC_FL_PUNCH_HOLE", .file = punch,
		.flags = O_WRONLY,
		TOLD("w1 STAT F 20;"), .absent = EOPNOTSUPP
	},
	/* Of an overlay the file below gets the new time. */
	{
		"store to a mapping", .file = store, .flags = O_RDWR,
		.fs = FS_OVERLAY
	},
	{
		"store to a mapping", .file = store, .flags = O_RDWR,
		TOLD("w1 STAT F 20;"), .fs = FS_TMPFS | FS_EXT4
	},
	{ "load from a mapping", .file = load, .flags = O_RDWR },
	{
		"ftruncate, write", .file = truncate_and_write,
		.flags = O_WRONLY,
		TOLD("w1 STAT F 8;w1 STAT F 28;")
	},
	{
		"write, ftruncate", .file = write_and_truncate,
		.flags = O_WRONLY | O_APPEND,
		TOLD("w1 STAT F 8;")
	},
	{
		"write, fchmod", .file = chmod_and_write,
		.flags = O_WRONLY | O_APPEND,
		TOLD("w1 STAT F 1;w1 STAT F 28;")
	},
	{
		"unlink, write", .file = unlink_and_write,
		.flags = O_WRONLY | O_APPEND,
		.dirs = "w1 REMOVED A/f=F;",
		.nodes = "w1 REMOVED A/f=F;w1 IGNORED;",
		.all = "w1 REMOVED A/f=F;",
	},
	{
		"rename, write", .file = rename_and_write,
		.flags = O_WRONLY | O_APPEND,
		.dirs = "w1 MOVED A/f->A/n=F;",
		.nodes = "w1 MOVED A/f->A/n=F;w1 STAT F 28;",
		.kids = "w1 STAT F 28;",
		.all = "w1 MOVED A/f->A/n=F;w1 STAT F 28;",
	},
};

TEST_F_TIMEOUT(volume, writes, 60)
{
	RUN_ROWS(writes);
}

/* Attributes. */

static int set_attr(const char *name, int flags)
{
	return ret0(setxattr("A/f", name, "value", 5, flags));
}

static int has_attr(void)
{
	return set_attr("user.foo", 0);
}

static int do_set_attr(void)
{
	return set_attr("user.foo", 0);
}

static int do_create_attr(void)
{
	return set_attr("user.foo", XATTR_CREATE);
}

static int do_replace_attr(void)
{
	return set_attr("user.foo", XATTR_REPLACE);
}

static int do_remove_attr(void)
{
	return ret0(removexattr("A/f", "user.foo"));
}

static int do_empty_attr(void)
{
	return ret0(setxattr("A/f", "user.foo", "", 0, 0));
}

static int do_beos_attr(void)
{
	return set_attr("user.beos.BEOS:TYPE", 0);
}

static int do_beos_only(void)
{
	return set_attr("user.beos.", 0);
}

static int do_security_attr(void)
{
	return set_attr("security.test", 0);
}

static int do_trusted_attr(void)
{
	return set_attr("trusted.test", 0);
}

static int do_fset_attr(void)
{
	const int fd = open("A/f", O_RDONLY | O_CLOEXEC);
	const int err = ret0(fsetxattr(fd, "user.foo", "value", 5, 0));

	close(fd);
	return err;
}

static int do_dir_attr(void)
{
	return ret0(setxattr("A/d", "user.foo", "value", 5, 0));
}

/* A name of 255 bytes, and what it tells. */
static char long_attr[256], long_text[1024];

static int name_long_attr(void)
{
	char shown[251] = "";

	memset(shown, 'n', 250);
	snprintf(long_attr, sizeof(long_attr), "user.%s", shown);
	snprintf(long_text, sizeof(long_text),
		 "w1 ATTR A/F %s 1;w1 STAT F 80;w1 ATTR A/F %s 2;w1 STAT F 80;",
		 shown, shown);
	return 0;
}

static int do_long_attr(void)
{
	return set_attr(long_attr, 0) ?: ret0(removexattr("A/f", long_attr));
}

/* user::rw- user:1:r-- group::r-- mask::r-- other::r--, as the kernel has it */
static const unsigned char acl[] = {
	2, 0, 0, 0,
	0x01, 0, 6, 0, 255, 255, 255, 255,
	0x02, 0, 4, 0, 1, 0, 0, 0,
	0x04, 0, 4, 0, 255, 255, 255, 255,
	0x10, 0, 4, 0, 255, 255, 255, 255,
	0x20, 0, 4, 0, 255, 255, 255, 255,
};

#define ACL_ACCESS	"system.posix_acl_access"
#define ACL_DEFAULT	"system.posix_acl_default"

static int do_set_acl(void)
{
	return ret0(setxattr("A/f", ACL_ACCESS, acl, sizeof(acl), 0));
}

static int do_remove_acl(void)
{
	return ret0(removexattr("A/f", ACL_ACCESS));
}

static int do_default_acl(void)
{
	return ret0(setxattr("A/d", ACL_DEFAULT, acl, sizeof(acl), 0));
}

static int do_chattr(void)
{
	const int fd = open("A/f", O_RDONLY | O_CLOEXEC);
	int flags, err;

	err = ret0(ioctl(fd, FS_IOC_GETFLAGS, &flags));
	flags |= FS_NODUMP_FL;
	err = err ?: ret0(ioctl(fd, FS_IOC_SETFLAGS, &flags));
	close(fd);
	return err;
}

#define ATTR(name, cause)	TOLD("w1 ATTR A/F " name " " cause \
				     ";w1 STAT F 80;")

static const struct row attributes[] = {
	{ "setxattr", do_set_attr, ATTR("foo", "1") },
	{
		"setxattr of what is there", do_set_attr, has_attr,
		ATTR("foo", "5")
	},
	{ "setxattr, no value", do_empty_attr, ATTR("foo", "1") },
	{ "setxattr, XATTR_CREATE", do_create_attr, ATTR("foo", "1") },
	{
		"setxattr, XATTR_CREATE of what is there", do_create_attr,
		has_attr, .error = EEXIST
	},
	{
		"setxattr, XATTR_REPLACE", do_replace_attr, has_attr,
		ATTR("foo", "5")
	},
	{
		"setxattr, XATTR_REPLACE of nothing", do_replace_attr,
		.error = ENODATA
	},
	{ "removexattr", do_remove_attr, has_attr, ATTR("foo", "2") },
	{ "removexattr of nothing", do_remove_attr, .error = ENODATA },
	{ "fsetxattr", do_fset_attr, ATTR("foo", "1") },
	{ "user.beos.", do_beos_attr, ATTR("BEOS:TYPE", "1") },
	{ "user.beos. and nothing more", do_beos_only, ATTR("beos.", "1") },
	{ "security.", do_security_attr, ATTR("security.test", "1") },
	{ "trusted.", do_trusted_attr, ATTR("trusted.test", "1") },
	{
		"a long name", do_long_attr, name_long_attr, TOLD(long_text)
	},
	{
		"setxattr of a directory", do_dir_attr,
		.nodes = "w3 ATTR A/D foo 1 d;w3 STAT D 80 d;",
		.kids = "w1 ATTR A/D foo 1 d;w1 STAT D 80 d;",
		.all = "w1 ATTR A/D foo 1 d;w1 STAT D 80 d;",
	},
	{
		"setfacl", do_set_acl, ATTR(ACL_ACCESS, "1"),
		.absent = EOPNOTSUPP
	},
	{
		"setfacl of what is there", do_set_acl, do_set_acl,
		ATTR(ACL_ACCESS, "5"), .absent = EOPNOTSUPP
	},
	{
		"setfacl -b", do_remove_acl, do_set_acl,
		ATTR(ACL_ACCESS, "2"), .absent = EOPNOTSUPP
	},
	{
		"setfacl -d", do_default_acl,
		.nodes = "w3 ATTR A/D " ACL_DEFAULT " 1 d;w3 STAT D 80 d;",
		.kids = "w1 ATTR A/D " ACL_DEFAULT " 1 d;w1 STAT D 80 d;",
		.all = "w1 ATTR A/D " ACL_DEFAULT " 1 d;w1 STAT D 80 d;",
		.absent = EOPNOTSUPP
	},
	{ "chattr", do_chattr, TOLD("w1 STAT F 80;"), .absent = ENOTTY },
};

TEST_F_TIMEOUT(volume, attributes, 60)
{
	RUN_ROWS(attributes);
}

/* The same through io_uring. */

static struct uring ring;

static int ring_path(int op, const char *path, int mode)
{
	const struct io_uring_sqe sqe = {
		.opcode = op,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)path,
		.len = mode,
	};

	return uring_do(&ring, &sqe);
}

static int ring_paths(int op, const char *from, const char *to)
{
	const struct io_uring_sqe sqe = {
		.opcode = op,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)from,
		.addr2 = (uintptr_t)to,
		.len = AT_FDCWD,
	};

	return uring_do(&ring, &sqe);
}

static int do_ring_mkdir(void)
{
	return ring_path(IORING_OP_MKDIRAT, "A/n", 0755);
}

static int do_ring_unlink(void)
{
	return ring_path(IORING_OP_UNLINKAT, "A/f", 0);
}

static int do_ring_rename(void)
{
	return ring_paths(IORING_OP_RENAMEAT, "A/f", "B/n");
}

static int do_ring_link(void)
{
	return ring_paths(IORING_OP_LINKAT, "A/f", "B/n");
}

static int do_ring_symlink(void)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SYMLINKAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)"nowhere",
		.addr2 = (uintptr_t)"A/n",
	};

	return uring_do(&ring, &sqe);
}

static int do_ring_creat(void)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)"A/n",
		.len = 0644,
		.open_flags = O_CREAT | O_WRONLY | O_CLOEXEC,
	};
	const int fd = uring_do(&ring, &sqe);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int ring_write(int fd)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_WRITE,
		.fd = fd,
		.off = 10,
		.addr = (uintptr_t)"text",
		.len = 4,
	};
	const int done = uring_do(&ring, &sqe);

	return done == 4 ? 0 : done < 0 ? done : -EIO;
}

static int ring_allocate(int fd)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_FALLOCATE,
		.fd = fd,
		.addr = 8192,
	};

	return uring_do(&ring, &sqe);
}

static int ring_truncate(int fd)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_FTRUNCATE,
		.fd = fd,
		.off = 3,
	};

	return uring_do(&ring, &sqe);
}

static int do_ring_attr(void)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SETXATTR,
		.addr = (uintptr_t)"user.foo",
		.addr2 = (uintptr_t)"value",
		.addr3 = (uintptr_t)"A/f",
		.len = 5,
	};

	return uring_do(&ring, &sqe);
}

static const struct row ring_rows[] = {
	{
		"IORING_OP_OPENAT", do_ring_creat,
		.dirs = "w1 CREATED A/n=N;",
		.all = "w1 CREATED A/n=N;",
	},
	{
		"IORING_OP_MKDIRAT", do_ring_mkdir,
		.dirs = "w1 CREATED A/n=N d;",
		.all = "w1 CREATED A/n=N d;",
	},
	{
		"IORING_OP_SYMLINKAT", do_ring_symlink,
		.dirs = "w1 CREATED A/n=N;",
		.all = "w1 CREATED A/n=N;",
	},
	{
		"IORING_OP_LINKAT", do_ring_link,
		.dirs = "w2 CREATED B/n=F;",
		.all = "w1 CREATED B/n=F;",
	},
	{
		"IORING_OP_RENAMEAT", do_ring_rename,
		.dirs = "w1 MOVED A/f->B/n=F;w2 MOVED A/f->B/n=F;",
		.nodes = "w1 MOVED A/f->B/n=F;",
		.all = "w1 MOVED A/f->B/n=F;",
	},
	{
		"IORING_OP_UNLINKAT", do_ring_unlink,
		.dirs = "w1 REMOVED A/f=F;",
		.nodes = "w1 REMOVED A/f=F;w1 IGNORED;",
		.all = "w1 REMOVED A/f=F;",
	},
	{
		"IORING_OP_WRITE", .file = ring_write, .flags = O_WRONLY,
		TOLD("w1 STAT F 28;")
	},
	{
		"IORING_OP_FALLOCATE", .file = ring_allocate, .flags = O_WRONLY,
		TOLD("w1 STAT F 28;"), .absent = EOPNOTSUPP
	},
	{
		"IORING_OP_FTRUNCATE", .file = ring_truncate, .flags = O_WRONLY,
		TOLD("w1 STAT F 8;")
	},
	{ "IORING_OP_SETXATTR", do_ring_attr, ATTR("foo", "1") },
};

TEST_F_TIMEOUT(volume, io_uring, 60)
{
	const int err = make_uring(&ring);

	if (err)
		SKIP(return, "no io_uring: %s", strerror(-err));
	RUN_ROWS(ring_rows);
}

TEST_HARNESS_MAIN

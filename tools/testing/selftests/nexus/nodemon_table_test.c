// SPDX-License-Identifier: GPL-2.0
/*
 * What operations on names and on what stat() shows tell, on three file
 * systems.  See nodemon_table.h for what there is in A and B.
 */
#include "nodemon_table.h"

#include <linux/fs.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/un.h>

#ifndef RENAME_EXCHANGE
#define RENAME_NOREPLACE	0x1
#define RENAME_EXCHANGE		0x2
#endif

/* Names that come. */

static int do_creat(void)
{
	return write_to("A/n", O_CREAT | O_EXCL, "");
}

static int do_creat_and_write(void)
{
	return write_to("A/n", O_CREAT | O_EXCL, "text");
}

static int do_creat_old(void)
{
	return write_to("A/f", O_CREAT, "");
}

static int do_creat_again(void)
{
	return write_to("A/f", O_CREAT | O_EXCL, "");
}

static int do_mkdir(void)
{
	return make_dir("A/n");
}

static int do_mkdir_again(void)
{
	return make_dir("A/d");
}

static int do_mknod(void)
{
	return make_file("A/n");
}

static int do_mkfifo(void)
{
	return ret0(mkfifo("A/n", 0600));
}

static int do_mknod_chr(void)
{
	return ret0(mknod("A/n", S_IFCHR | 0600, makedev(1, 3)));
}

static int do_mknod_blk(void)
{
	return ret0(mknod("A/n", S_IFBLK | 0600, makedev(7, 200)));
}

static int do_symlink(void)
{
	return ret0(symlink("nowhere", "A/n"));
}

static int do_link(void)
{
	return ret0(link("A/f", "A/n"));
}

static int do_link_away(void)
{
	return ret0(link("A/f", "B/n"));
}

static int do_bind(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	strcpy(name.sun_path, "A/n");
	err = ret0(bind(fd, (struct sockaddr *)&name, sizeof(name)));
	close(fd);
	return err;
}

static int do_tmpfile(void)
{
	const int fd = open("A", O_TMPFILE | O_RDWR, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int do_tmpfile_link(void)
{
	const int fd = open("A", O_TMPFILE | O_RDWR, 0600);
	char path[32];
	int err;

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = ret0(linkat(AT_FDCWD, path, AT_FDCWD, "A/n", AT_SYMLINK_FOLLOW));
	close(fd);
	return err;
}

#define CREATED(who)	.dirs = "w1 CREATED A/n=" who ";", \
			.all = "w1 CREATED A/n=" who ";"

static const struct row created[] = {
	{ "open(O_CREAT)", do_creat, CREATED("N") },
	{
		"open(O_CREAT), write", do_creat_and_write,
		.dirs = "w1 CREATED A/n=N;",
		.kids = "w1 STAT N 28;",
		.all = "w1 CREATED A/n=N;w1 STAT N 28;",
	},
	{ "open(O_CREAT) of what is there", do_creat_old },
	{ "open(O_EXCL) of what is there", do_creat_again, .error = EEXIST },
	{ "mkdir", do_mkdir, CREATED("N d") },
	{ "mkdir of what is there", do_mkdir_again, .error = EEXIST },
	{ "mknod", do_mknod, CREATED("N") },
	{ "mkfifo", do_mkfifo, CREATED("N") },
	{ "mknod, character device", do_mknod_chr, CREATED("N") },
	{ "mknod, block device", do_mknod_blk, CREATED("N") },
	{ "symlink", do_symlink, CREATED("N") },
	{ "link", do_link, CREATED("F") },
	{
		"link from elsewhere", do_link_away,
		.dirs = "w2 CREATED B/n=F;",
		.all = "w1 CREATED B/n=F;",
	},
	{ "bind of AF_UNIX", do_bind, CREATED("N"), .absent = EAFNOSUPPORT },
	{ "O_TMPFILE", do_tmpfile, .absent = EOPNOTSUPP },
	{
		"O_TMPFILE, linkat", do_tmpfile_link, CREATED("N"),
		.absent = EOPNOTSUPP
	},
};

TEST_F_TIMEOUT(volume, names_created, 60)
{
	RUN_ROWS(created);
}

/* Names that go. */

static int second_name(void)
{
	return ret0(link("A/f", "B/l"));
}

static int do_unlink(void)
{
	return ret0(unlink("A/f"));
}

static int do_unlink_symlink(void)
{
	return ret0(unlink("A/s"));
}

static int do_unlink_second(void)
{
	return ret0(unlink("B/l"));
}

static int do_unlink_nothing(void)
{
	return ret0(unlink("A/n"));
}

static int do_rmdir(void)
{
	return ret0(rmdir("A/d"));
}

static int do_rmdir_full(void)
{
	return ret0(rmdir("A"));
}

static int do_rmdir_file(void)
{
	return ret0(rmdir("A/f"));
}

static const struct row removed[] = {
	{
		"unlink", do_unlink,
		.dirs = "w1 REMOVED A/f=F;",
		.nodes = "w1 REMOVED A/f=F;w1 IGNORED;",
		.all = "w1 REMOVED A/f=F;",
	},
	{
		"unlink of one of two names", do_unlink, second_name,
		.dirs = "w1 REMOVED A/f=F;",
		.nodes = "w1 REMOVED A/f=F;",
		.all = "w1 REMOVED A/f=F;",
	},
	{
		"unlink of the other", do_unlink_second, second_name,
		.dirs = "w2 REMOVED B/l=F;",
		.nodes = "w1 REMOVED B/l=F;",
		.all = "w1 REMOVED B/l=F;",
	},
	{
		"unlink of a symbolic link", do_unlink_symlink,
		.dirs = "w1 REMOVED A/s=S;",
		.all = "w1 REMOVED A/s=S;",
	},
	{
		"rmdir", do_rmdir,
		.dirs = "w1 REMOVED A/d=D d;",
		.nodes = "w3 REMOVED A/d=D d;w3 IGNORED;",
		.all = "w1 REMOVED A/d=D d;",
	},
	{ "unlink of nothing", do_unlink_nothing, .error = ENOENT },
	{ "rmdir of a file", do_rmdir_file, .error = ENOTDIR },
	{ "rmdir of what is not empty", do_rmdir_full, .error = ENOTEMPTY },
};

TEST_F_TIMEOUT(volume, names_removed, 60)
{
	RUN_ROWS(removed);
}

/* Names that change. */

static int rename_flags(const char *from, const char *to, unsigned int flags)
{
	return ret0(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to,
			    flags));
}

static int do_rename(void)
{
	return ret0(rename("A/f", "A/n"));
}

static int do_rename_away(void)
{
	return ret0(rename("A/f", "B/n"));
}

static int do_rename_over(void)
{
	return ret0(rename("A/f", "A/v"));
}

static int do_rename_over_away(void)
{
	return ret0(rename("A/f", "B/g"));
}

static int victim_name(void)
{
	return ret0(link("A/v", "B/l"));
}

static int do_rename_self(void)
{
	return ret0(rename("A/f", "A/f"));
}

static int do_rename_same(void)
{
	return ret0(rename("A/f", "B/l"));
}

static int do_rename_dir(void)
{
	return ret0(rename("A/d", "A/n"));
}

static int do_rename_dir_away(void)
{
	return ret0(rename("A/d", "B/n"));
}

static int empty_dir(void)
{
	return make_dir("B/e") ?: label("E", "B/e") ? 0 : -ENOENT;
}

static int do_rename_dir_over(void)
{
	return ret0(rename("A/d", "B/e"));
}

static int do_rename_noreplace(void)
{
	return rename_flags("A/f", "A/n", RENAME_NOREPLACE);
}

static int do_rename_replace_not(void)
{
	return rename_flags("A/f", "A/v", RENAME_NOREPLACE);
}

static int do_exchange(void)
{
	return rename_flags("A/f", "A/v", RENAME_EXCHANGE);
}

static int do_exchange_away(void)
{
	return rename_flags("A/f", "B/g", RENAME_EXCHANGE);
}

static int do_exchange_dir(void)
{
	return rename_flags("A/d", "B/g", RENAME_EXCHANGE);
}

static int do_rename_into_self(void)
{
	return ret0(rename("A", "A/d/n"));
}

static const struct row moved[] = {
	{
		"rename", do_rename,
		.dirs = "w1 MOVED A/f->A/n=F;",
		.nodes = "w1 MOVED A/f->A/n=F;",
		.all = "w1 MOVED A/f->A/n=F;",
	},
	{
		"rename to elsewhere", do_rename_away,
		.dirs = "w1 MOVED A/f->B/n=F;w2 MOVED A/f->B/n=F;",
		.nodes = "w1 MOVED A/f->B/n=F;",
		.all = "w1 MOVED A/f->B/n=F;",
	},
	{
		"rename over", do_rename_over,
		.dirs = "w1 REMOVED A/v=V;w1 MOVED A/f->A/v=F;",
		.nodes = "w2 REMOVED A/v=V;w1 MOVED A/f->A/v=F;w2 IGNORED;",
		.all = "w1 REMOVED A/v=V;w1 MOVED A/f->A/v=F;",
	},
	{
		"rename over, elsewhere", do_rename_over_away,
		.dirs = "w2 REMOVED B/g=G;w1 MOVED A/f->B/g=F;w2 MOVED A/f->B/g=F;",
		.nodes = "w4 REMOVED B/g=G;w1 MOVED A/f->B/g=F;w4 IGNORED;",
		.all = "w1 REMOVED B/g=G;w1 MOVED A/f->B/g=F;",
	},
	{
		"rename over one of two names", do_rename_over, victim_name,
		.dirs = "w1 REMOVED A/v=V;w1 MOVED A/f->A/v=F;",
		.nodes = "w2 REMOVED A/v=V;w1 MOVED A/f->A/v=F;",
		.all = "w1 REMOVED A/v=V;w1 MOVED A/f->A/v=F;",
	},
	{ "rename onto itself", do_rename_self },
	{ "rename onto another name of it", do_rename_same, second_name },
	{
		"rename of a directory", do_rename_dir,
		.dirs = "w1 MOVED A/d->A/n=D d;",
		.nodes = "w3 MOVED A/d->A/n=D d;",
		.all = "w1 MOVED A/d->A/n=D d;",
	},
	{
		"rename of a directory to elsewhere", do_rename_dir_away,
		.dirs = "w1 MOVED A/d->B/n=D d;w2 MOVED A/d->B/n=D d;",
		.nodes = "w3 MOVED A/d->B/n=D d;",
		.all = "w1 MOVED A/d->B/n=D d;",
	},
	{
		"rename of a directory over another", do_rename_dir_over,
		empty_dir,
		.dirs = "w2 REMOVED B/e=E d;w1 MOVED A/d->B/e=D d;w2 MOVED A/d->B/e=D d;",
		.nodes = "w3 MOVED A/d->B/e=D d;",
		.all = "w1 REMOVED B/e=E d;w1 MOVED A/d->B/e=D d;",
	},
	{
		"RENAME_NOREPLACE", do_rename_noreplace,
		.dirs = "w1 MOVED A/f->A/n=F;",
		.nodes = "w1 MOVED A/f->A/n=F;",
		.all = "w1 MOVED A/f->A/n=F;",
	},
	{
		"RENAME_NOREPLACE of what is there", do_rename_replace_not,
		.error = EEXIST
	},
	{
		"RENAME_EXCHANGE", do_exchange,
		.dirs = "w1 MOVED A/f->A/v=F;w1 MOVED A/v->A/f=V;",
		.nodes = "w1 MOVED A/f->A/v=F;w2 MOVED A/v->A/f=V;",
		.all = "w1 MOVED A/f->A/v=F;w1 MOVED A/v->A/f=V;",
	},
	{
		"RENAME_EXCHANGE with elsewhere", do_exchange_away,
		.dirs = "w1 MOVED A/f->B/g=F;w2 MOVED A/f->B/g=F;"
			"w2 MOVED B/g->A/f=G;w1 MOVED B/g->A/f=G;",
		.nodes = "w1 MOVED A/f->B/g=F;w4 MOVED B/g->A/f=G;",
		.all = "w1 MOVED A/f->B/g=F;w1 MOVED B/g->A/f=G;",
	},
	{
		"RENAME_EXCHANGE of directory and file", do_exchange_dir,
		.dirs = "w1 MOVED A/d->B/g=D d;w2 MOVED A/d->B/g=D d;"
			"w2 MOVED B/g->A/d=G;w1 MOVED B/g->A/d=G;",
		.nodes = "w3 MOVED A/d->B/g=D d;w4 MOVED B/g->A/d=G;",
		.all = "w1 MOVED A/d->B/g=D d;w1 MOVED B/g->A/d=G;",
	},
	{ "rename into itself", do_rename_into_self, .error = EINVAL },
};

TEST_F_TIMEOUT(volume, names_moved, 60)
{
	RUN_ROWS(moved);
}

/* What stat() shows, set by whoever wants to. */

static int do_chmod(void)
{
	return ret0(chmod("A/f", 0600));
}

static int do_chmod_same(void)
{
	return ret0(chmod("A/f", 0644));
}

static int do_fchmod(void)
{
	const int fd = open("A/f", O_RDONLY | O_CLOEXEC);
	const int err = ret0(fchmod(fd, 0640));

	close(fd);
	return err;
}

static int do_chmod_dir(void)
{
	return ret0(chmod("A/d", 0700));
}

static int do_chmod_watched(void)
{
	return ret0(chmod("A", 0700));
}

static int deeper(void)
{
	return make_file("A/d/x") ?: label("X", "A/d/x") ? 0 : -ENOENT;
}

static int do_chmod_deeper(void)
{
	return ret0(chmod("A/d/x", 0600));
}

static int do_chmod_second(void)
{
	return ret0(chmod("B/l", 0600));
}

static int do_chown(void)
{
	return ret0(chown("A/f", 1, 2));
}

static int do_chown_user(void)
{
	return ret0(chown("A/f", 1, -1));
}

static int do_chown_group(void)
{
	return ret0(chown("A/f", -1, 2));
}

static int do_chown_nothing(void)
{
	return ret0(chown("A/f", -1, -1));
}

static int set_id(void)
{
	return ret0(chmod("A/f", 04755));
}

static int do_lchown(void)
{
	return ret0(lchown("A/s", 1, 2));
}

static int do_utimes(void)
{
	return ret0(utimes("A/f", NULL));
}

static int set_times(long access, long modification)
{
	const struct timespec times[] = {
		{ .tv_sec = 1000, .tv_nsec = access },
		{ .tv_sec = 2000, .tv_nsec = modification },
	};

	return ret0(utimensat(AT_FDCWD, "A/f", times, 0));
}

static int do_both_times(void)
{
	return set_times(1, 2);
}

static int do_access_time(void)
{
	return set_times(1, UTIME_OMIT);
}

static int do_modification_time(void)
{
	return set_times(UTIME_OMIT, UTIME_NOW);
}

static int do_no_time(void)
{
	return set_times(UTIME_OMIT, UTIME_OMIT);
}

static int do_truncate(void)
{
	return ret0(truncate("A/f", 3));
}

static int do_extend(void)
{
	return ret0(truncate("A/f", 1000));
}

static int do_truncate_same(void)
{
	return ret0(truncate("A/f", 10));
}

static int do_ftruncate(void)
{
	const int fd = open("A/f", O_WRONLY | O_CLOEXEC);
	const int err = ret0(ftruncate(fd, 20));

	close(fd);
	return err;
}

static int do_open_trunc(void)
{
	return write_to("A/f", O_TRUNC, "");
}

static int do_open_trunc_write(void)
{
	return write_to("A/f", O_TRUNC, "012345");
}

static int make_empty(void)
{
	return ret0(truncate("A/f", 0));
}

static int do_truncate_dir(void)
{
	return ret0(truncate("A/d", 0));
}

static const struct row stats[] = {
	{ "chmod", do_chmod, TOLD("w1 STAT F 1;") },
	{ "chmod, to what it was", do_chmod_same, TOLD("w1 STAT F 1;") },
	{ "fchmod", do_fchmod, TOLD("w1 STAT F 1;") },
	{
		"chmod of a directory", do_chmod_dir,
		.nodes = "w3 STAT D 1 d;",
		.kids = "w1 STAT D 1 d;",
		.all = "w1 STAT D 1 d;",
	},
	{
		"chmod of the directory whose children are watched",
		do_chmod_watched,
		.kids = "w1 STAT A 1 d;",
		.all = "w1 STAT A 1 d;",
	},
	{
		"chmod one level deeper", do_chmod_deeper, deeper,
		.all = "w1 STAT X 1;",
	},
	{
		"chmod by a name elsewhere", do_chmod_second, second_name,
		.nodes = "w1 STAT F 1;",
		.all = "w1 STAT F 1;",
	},
	{ "chown", do_chown, TOLD("w1 STAT F 6;") },
	{ "chown, user", do_chown_user, TOLD("w1 STAT F 2;") },
	{ "chown, group", do_chown_group, TOLD("w1 STAT F 4;") },
	{ "chown, nothing", do_chown_nothing },
	{
		"chown, with the bit that goes", do_chown, set_id,
		TOLD("w1 STAT F 7;")
	},
	{
		"lchown", do_lchown,
		.kids = "w1 STAT S 6;",
		.all = "w1 STAT S 6;",
	},
	{ "utimes, now", do_utimes, TOLD("w1 STAT F 30;") },
	{ "utimensat", do_both_times, TOLD("w1 STAT F 30;") },
	{ "utimensat, access", do_access_time, TOLD("w1 STAT F 10;") },
	{
		"utimensat, modification", do_modification_time,
		TOLD("w1 STAT F 20;")
	},
	{ "utimensat, nothing", do_no_time },
	{ "truncate", do_truncate, TOLD("w1 STAT F 8;") },
	{ "truncate, to more", do_extend, TOLD("w1 STAT F 8;") },
	{ "truncate, to what it was", do_truncate_same, TOLD("w1 STAT F 8;") },
	{ "ftruncate", do_ftruncate, TOLD("w1 STAT F 8;") },
	{ "open(O_TRUNC)", do_open_trunc, TOLD("w1 STAT F 8;") },
	{ "open(O_TRUNC) of what is empty", do_open_trunc, make_empty },
	{
		"open(O_TRUNC), write", do_open_trunc_write,
		TOLD("w1 STAT F 8;w1 STAT F 28;")
	},
	{ "truncate of a directory", do_truncate_dir, .error = EISDIR },
};

TEST_F_TIMEOUT(volume, stat_fields, 60)
{
	RUN_ROWS(stats);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: the system call by which programs put nodes into $/user.
 *
 * Who wants to serve a node needs a descriptor of a directory there, and the
 * permission to write to the directory, just as if it made a file: $/user
 * belongs to root, and what is made on the way to a node to its server.  Nobody
 * is asked below $/dev, which has no nodes of programs.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/init.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include "user.h"

/* How many nodes each user serves. */
static DEFINE_XARRAY(devfs_user_nodes);
static DEFINE_MUTEX(devfs_user_nodes_lock);
static unsigned int devfs_user_nodes_max = 128;

static const struct ctl_table devfs_sysctls[] = {
	{
		.procname	= "user_nodes_max",
		.data		= &devfs_user_nodes_max,
		.maxlen		= sizeof(devfs_user_nodes_max),
		.mode		= 0644,
		.proc_handler	= proc_douintvec,
	},
};

static unsigned long devfs_user_count(kuid_t user)
{
	void *entry = xa_load(&devfs_user_nodes, __kuid_val(user));

	return entry ? xa_to_value(entry) : 0;
}

static int devfs_charge(struct devfs_service *service)
{
	kuid_t user = current_uid();
	unsigned long count;
	int err;

	guard(mutex)(&devfs_user_nodes_lock);
	count = devfs_user_count(user);
	if (count >= READ_ONCE(devfs_user_nodes_max) &&
	    !capable(CAP_SYS_RESOURCE))
		return -EDQUOT;
	err = xa_err(xa_store(&devfs_user_nodes, __kuid_val(user),
			      xa_mk_value(count + 1), GFP_KERNEL));
	if (err)
		return err;
	service->user = user;
	service->charged = true;
	return 0;
}

/**
 * devfs_uncharge - a node does not count against its user's limit any more
 * @service: what both kinds of served nodes have
 *
 * The server says so when it gives up; clients that keep a file of the node
 * open are not its fault.
 *
 * Context: process context, may sleep.  By whoever releases the descriptor, or
 * who has the last reference.
 */
void devfs_uncharge(struct devfs_service *service)
{
	unsigned long index = __kuid_val(service->user), count;

	if (!service->charged)
		return;
	service->charged = false;
	guard(mutex)(&devfs_user_nodes_lock);
	count = devfs_user_count(service->user) - 1;
	/* To store over something needs no memory. */
	if (count)
		xa_store(&devfs_user_nodes, index, xa_mk_value(count),
			 GFP_KERNEL);
	else
		xa_erase(&devfs_user_nodes, index);
}

/**
 * devfs_service_put - drop a reference to a served node
 * @service: what both kinds have of it
 *
 * Context: process context, may sleep.
 */
void devfs_service_put(struct devfs_service *service)
{
	struct devfs_node *node;

	if (!refcount_dec_and_test(&service->refs))
		return;
	devfs_uncharge(service);
	node = service->node;
	/* Waits for the work that takes the node out, which looks at it. */
	service->free(service);
	devfs_node_put(node);
}

/* The directory of a descriptor, which is $/user or below. */
static struct devfs_node *devfs_serve_dir(struct file *file)
{
	struct devfs_node *dir, *node;

	if (!d_is_dir(file->f_path.dentry))
		return ERR_PTR(-ENOTDIR);
	dir = devfs_dir_of_file(file);
	for (node = dir; node; node = node->parent)
		if (node == devfs_user)
			return dir;
	return ERR_PTR(-EPERM);
}

static int devfs_serve_check(const struct devfs_serve_args *args)
{
	const u32 rw = DEVFS_SERVE_READ | DEVFS_SERVE_WRITE;

	if (args->flags & ~(rw | DEVFS_SERVE_MAILBOX) || !(args->flags & rw))
		return -EINVAL;
	if (args->mode & ~0666 || args->__pad ||
	    args->timeout_ms > DEVFS_SERVE_TIMEOUT_MAX)
		return -EINVAL;
	if (args->flags & DEVFS_SERVE_MAILBOX &&
	    (args->port || args->code || args->timeout_ms))
		return -EINVAL;
	return 0;
}

/* The descriptor is there before the node is, and nothing fails after that. */
static int devfs_serve_open(struct devfs_new *new,
			    struct devfs_service *service, u32 flags)
{
	const struct file_operations *fops = flags & DEVFS_SERVE_MAILBOX ?
					     &devfs_mailbox_fops :
					     &devfs_server_fops;
	struct devfs_node *node;
	int err;

	FD_PREPARE(fdf, O_CLOEXEC,
		   anon_inode_getfile("[devfs-server]", fops, service,
				      O_RDWR));
	if (fdf.err) {
		devfs_service_put(service);
		return fdf.err;
	}
	err = devfs_charge(service);
	if (err)
		return err;
	refcount_inc(&service->refs);
	new->ctx = service;
	new->known = &service->node;
	node = devfs_add(new);
	if (IS_ERR(node)) {
		devfs_service_put(service);
		return PTR_ERR(node);
	}
	err = 0;
	if (!service->added(service)) {
		devfs_remove(node);
		err = -EIDRM;
	}
	devfs_node_put(node);
	return err ?: fd_publish(fdf);
}

/* Security modules are asked as if the first component was made there. */
static int devfs_serve_security(struct file *file, const char *path,
				umode_t mode)
{
	struct dentry *dir = file->f_path.dentry;
	struct qstr name = QSTR_LEN(path, strchrnul(path, '/') - path);
	struct dentry *dentry;
	int err = 0;

	name.hash = full_name_hash(dir, name.name, name.len);
	dentry = d_alloc(dir, &name);
	if (!dentry)
		return -ENOMEM;
	if (path[name.len])
		err = security_path_mkdir(&file->f_path, dentry, 0755);
	if (!err)
		err = security_path_mknod(&file->f_path, dentry,
					  S_IFREG | mode, 0);
	dput(dentry);
	return err;
}

static int devfs_serve_file(struct file *file, const char *path,
			    const struct devfs_serve_args *args)
{
	bool mailbox = args->flags & DEVFS_SERVE_MAILBOX;
	u32 rw = args->flags & ~DEVFS_SERVE_MAILBOX;
	struct devfs_new new = {
		.path = path,
		.ops = mailbox ? devfs_mailbox_ops(rw) : devfs_server_ops(rw),
		.owner.kind = DEVFS_OWNER_USER,
		.mode = args->mode,
		.uid = current_fsuid(),
		.gid = current_fsgid(),
		.gfp = GFP_KERNEL_ACCOUNT,
		.check = true,
	};
	struct devfs_service *service;
	int err;

	new.root = devfs_serve_dir(file);
	if (IS_ERR(new.root))
		return PTR_ERR(new.root);
	err = inode_permission(file_mnt_idmap(file), file_inode(file),
			       MAY_EXEC);
	if (!err)
		err = devfs_serve_security(file, path, args->mode);
	if (err)
		return err;
	service = mailbox ? devfs_mailbox_new() : devfs_server_new(args);
	if (IS_ERR(service))
		return PTR_ERR(service);
	return devfs_serve_open(&new, service, args->flags);
}

static int devfs_serve_at(int dirfd, const char *path,
			  const struct devfs_serve_args *args)
{
	CLASS(fd_raw, f)(dirfd);
	int ret;

	if (fd_empty(f))
		return -EBADF;
	ret = mnt_want_write(fd_file(f)->f_path.mnt);
	if (ret)
		return ret;
	ret = devfs_serve_file(fd_file(f), path, args);
	mnt_drop_write(fd_file(f)->f_path.mnt);
	return ret;
}

/**
 * sys_devfs_serve - put a node into $/user and serve it
 * @dirfd: a descriptor of $/user or of a directory below, O_PATH will do
 * @uargs: see struct devfs_serve_args
 * @size:  sizeof(struct devfs_serve_args) as the caller knows it
 *
 * Return: a descriptor, or -EINVAL, -E2BIG, -EFAULT, -EBADF, -ENOTDIR (@dirfd
 * is not a directory, or a component of the path is a node), -EPERM (the
 * directory is not in $/user), -EACCES (it or one on the way cannot be written
 * to, or the port cannot be sent to and received from), -EROFS, -EEXIST,
 * -EISDIR, -ENAMETOOLONG, -ENOENT (the directory has gone), -EIDRM (there is no
 * such port), -ESHUTDOWN (it is closed), -EDQUOT (the user serves
 * fs.devfs_dollar.user_nodes_max nodes), -EMFILE, -ENFILE or -ENOMEM.
 */
SYSCALL_DEFINE3(devfs_serve, int, dirfd,
		const struct devfs_serve_args __user *, uargs, size_t, size)
{
	struct devfs_serve_args args;
	char *path;
	int ret;

	BUILD_BUG_ON(sizeof(args) != DEVFS_SERVE_ARGS_SIZE_VER0);
	if (size < DEVFS_SERVE_ARGS_SIZE_VER0)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&args, sizeof(args), uargs, size);
	if (ret)
		return ret;
	ret = devfs_serve_check(&args);
	if (ret)
		return ret;
	path = strndup_user(u64_to_user_ptr(args.path), DEVFS_PATH_MAX);
	if (IS_ERR(path)) {
		/* This is how it says that there is no end to it. */
		return path == ERR_PTR(-EINVAL) ? -ENAMETOOLONG :
						  PTR_ERR(path);
	}
	ret = devfs_check_path(path);
	if (!ret)
		ret = devfs_serve_at(dirfd, path, &args);
	kfree(path);
	return ret;
}

static int __init devfs_user_init(void)
{
	if (IS_ENABLED(CONFIG_SYSCTL) &&
	    !register_sysctl("fs/devfs_dollar", devfs_sysctls))
		return -ENOMEM;
	return 0;
}
late_initcall(devfs_user_init);

// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: what kernel code and modules call to put nodes into $/dev.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/stdarg.h>
#include <linux/string.h>

#include "internal.h"

/* What a node can do says what it is for, unless its table does. */
static umode_t devfs_default_mode(const struct devfs_device_ops *ops)
{
	if (ops->mode)
		return ops->mode;
	if (!devfs_can_write(ops))
		return 0444;
	return devfs_can_read(ops) ? 0644 : 0200;
}

/**
 * __devfs_register_path - what devfs_register_path() calls
 * @path:   where, relative to $/dev
 * @ops:    what it does
 * @ctx:    given to the callbacks
 * @owner:  who registers it
 * @module: whose code the callbacks are
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno, see devfs_register_path().
 */
int __devfs_register_path(const char *path,
			  const struct devfs_device_ops *ops, void *ctx,
			  struct devfs_owner owner, struct module *module)
{
	struct devfs_new new = {
		.root = devfs_dev,
		.path = path,
		.ops = ops,
		.ctx = ctx,
		.owner = owner,
		.module = module,
		.gfp = GFP_KERNEL,
	};
	struct devfs_node *node;
	int err;

	err = devfs_check_path(path);
	if (!err)
		err = devfs_check_ops(ops);
	if (err)
		return err;
	switch (owner.kind) {
	case DEVFS_OWNER_KERNEL:
		break;
	case DEVFS_OWNER_SQRM:
		if (devfs_path_reserved(path))
			return -EPERM;
		break;
	case DEVFS_OWNER_USER:
		return -EPERM;
	default:
		return -EINVAL;
	}
	/* Asked for before the tree was made, or that failed. */
	if (!new.root)
		return -ENOMEM;

	new.mode = devfs_default_mode(ops);
	new.uid = KUIDT_INIT(ops->uid);
	new.gid = KGIDT_INIT(ops->gid);
	node = devfs_add(&new);
	if (IS_ERR(node))
		return PTR_ERR(node);
	devfs_node_put(node);
	return 0;
}
EXPORT_SYMBOL_GPL(__devfs_register_path);

/**
 * __devfs_register - what devfs_register() calls
 * @ops:    what it does; ops->name is its path
 * @ctx:    given to the callbacks
 * @module: whose code the callbacks are
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno, see devfs_register_path().
 */
int __devfs_register(const struct devfs_device_ops *ops, void *ctx,
		     struct module *module)
{
	struct devfs_owner owner = {
		.kind = DEVFS_OWNER_KERNEL,
		.id = "kernel",
	};

	return __devfs_register_path(ops ? ops->name : NULL, ops, ctx, owner,
				     module);
}
EXPORT_SYMBOL_GPL(__devfs_register);

/**
 * devfs_unregister_path - take a node out of $/dev
 * @path: where it was registered
 * @ops:  with what
 * @ctx:  likewise
 *
 * Files that are open on it fail from now on.  Waits until the callbacks that
 * run have returned, also if somebody else replaced the node and is about to
 * revoke it.
 *
 * Context: process context, may sleep; not from a callback of that node.
 * Return: 0, or -ENOENT if it is not there, or not there any more.
 */
int devfs_unregister_path(const char *path,
			  const struct devfs_device_ops *ops, void *ctx)
{
	if (!devfs_dev)
		return -ENOENT;
	return devfs_remove_path(devfs_dev, path, ops, ctx);
}
EXPORT_SYMBOL_GPL(devfs_unregister_path);

/**
 * devfs_unregister - take a node of devfs_register() out of $/dev
 * @ops: what it was registered with
 * @ctx: likewise
 *
 * Context: process context, may sleep; not from a callback of that node.
 * Return: 0, or -ENOENT if it is not there, or not there any more.
 */
int devfs_unregister(const struct devfs_device_ops *ops, void *ctx)
{
	return devfs_unregister_path(ops->name, ops, ctx);
}
EXPORT_SYMBOL_GPL(devfs_unregister);

/**
 * devfs_mkdir_p - make a directory in $/dev and those on the way to it
 * @path:  where, relative to $/dev; "" is $/dev itself
 * @owner: who wants it
 *
 * It stays, also while nothing is in it, until devfs_rmdir() is called as
 * often.  Nobody needs this to register a node.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL, -ENAMETOOLONG, -EPERM and -ENOMEM as from
 * devfs_register_path(); -ENOTDIR, a component is a node.
 */
int devfs_mkdir_p(const char *path, struct devfs_owner owner)
{
	if (!path)
		return -EINVAL;
	if (owner.kind == DEVFS_OWNER_USER ||
	    (owner.kind == DEVFS_OWNER_SQRM && devfs_path_reserved(path)))
		return -EPERM;
	if (!devfs_dev)
		return -ENOMEM;
	return devfs_make_dirs(devfs_dev, path);
}
EXPORT_SYMBOL_GPL(devfs_mkdir_p);

/**
 * devfs_rmdir - a directory of devfs_mkdir_p() need not stay any more
 * @path: where, relative to $/dev
 *
 * It goes when the last node in it does.
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOENT if nobody asked for it to stay.
 */
int devfs_rmdir(const char *path)
{
	if (!path || !devfs_dev)
		return -ENOENT;
	return devfs_drop_dirs(devfs_dev, path);
}
EXPORT_SYMBOL_GPL(devfs_rmdir);

/**
 * devfs_text - the content of a text node
 * @buf:  where it goes
 * @size: room for it
 * @fmt:  as for printf()
 *
 * For snapshot() of struct devfs_device_ops.  There is no newline at the end
 * and no NUL; what does not fit is cut off, and nothing at all is "(unknown)".
 *
 * Return: its length.
 */
ssize_t devfs_text(void *buf, size_t size, const char *fmt, ...)
{
	static const char unknown[] = "(unknown)";
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	if (len) {
		/* The last byte of room is taken up by the NUL. */
		return min_t(size_t, len, size ? size - 1 : 0);
	}
	len = min(size, sizeof(unknown) - 1);
	memcpy(buf, unknown, len);
	return len;
}
EXPORT_SYMBOL_GPL(devfs_text);

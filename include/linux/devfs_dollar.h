/* SPDX-License-Identifier: GPL-2.0 */
/*
 * $-devfs: how kernel code and modules put nodes into $/dev.
 *
 * The model is that of ModuOS: a path, a table of callbacks, a pointer that
 * they get, and an owner who decides whether somebody else may take the path
 * over.  See Documentation/filesystems/devfs_dollar.rst.
 */
#ifndef _LINUX_DEVFS_DOLLAR_H
#define _LINUX_DEVFS_DOLLAR_H

#include <linux/compiler_attributes.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kconfig.h>
#include <linux/poll.h>
#include <linux/types.h>

struct module;
struct vm_area_struct;

/* Longest path below $/dev or $/user in bytes, terminating NUL included. */
#define DEVFS_PATH_MAX		1024

/* Most bytes that one call of a callback moves, unless its table says less. */
#define DEVFS_IO_MAX		(256 * 1024)

/* Room for a snapshot, unless the table says something else; and the most. */
#define DEVFS_SNAPSHOT_DEFAULT	256
#define DEVFS_SNAPSHOT_MAX	(64 * 1024)

/**
 * enum devfs_owner_kind - what registered a node
 * @DEVFS_OWNER_KERNEL: code of the kernel itself
 * @DEVFS_OWNER_SQRM:   a driver module (ModuOS calls them SQRM modules)
 * @DEVFS_OWNER_USER:   a program.  Programs have $/user and come in by the
 *                      system call devfs_serve(); kernel code that says it is
 *                      one is refused with -EPERM
 */
enum devfs_owner_kind {
	DEVFS_OWNER_KERNEL	= 0,
	DEVFS_OWNER_SQRM	= 1,
	DEVFS_OWNER_USER	= 2,
};

#define DEVFS_OWNER_MODULE	DEVFS_OWNER_SQRM

/**
 * struct devfs_owner - who registers a node
 * @kind: one of enum devfs_owner_kind
 * @id:   a name that tells it from others of its kind, copied; NULL is ""
 */
struct devfs_owner {
	enum devfs_owner_kind kind;
	const char *id;
};

/**
 * enum devfs_replace_decision - answer to whoever wants to take a node over
 * @DEVFS_REPLACE_DENY:  the node stays
 * @DEVFS_REPLACE_ALLOW: the new node takes its place
 */
enum devfs_replace_decision {
	DEVFS_REPLACE_DENY	= 0,
	DEVFS_REPLACE_ALLOW	= 1,
};

/*
 * Rules for the callbacks (the whole of it is in the documentation):
 *
 *  - They run in process context, may sleep, and no lock of the filesystem is
 *    held but where it says so.  Calls run in parallel, on one open file too.
 *  - Buffers are kernel memory: memcpy().  A buffer for reading is zeroed.
 *  - Who waits does so interruptibly, honours O_NONBLOCK, and returns when
 *    @revoke has been called.
 *  - They do not unregister or replace the node that they serve, as that would
 *    wait for them.
 *  - After devfs_unregister_path() has returned only @close and @release are
 *    still called, for files that are open on what it was.
 */
typedef void *(*devfs_open_fn)(void *ctx, int flags);
typedef ssize_t (*devfs_read_fn)(void *ctx, void *buf, size_t count);
typedef ssize_t (*devfs_write_fn)(void *ctx, const void *buf, size_t count);
typedef int (*devfs_close_fn)(void *ctx);
typedef enum devfs_replace_decision (*devfs_can_replace_fn)(void *existing_ctx,
			const char *path, const char *new_owner_id);

/**
 * struct devfs_device_ops - what a node does
 * @name:        last component of the path; devfs_register() takes it as the
 *               path.  Not empty
 * @open:        a file is opened; @flags are those of open(2).  What it
 *               returns is given to the other callbacks as their @ctx.  NULL
 *               makes the open fail with ENXIO, an ERR_PTR() with that error.
 *               Without @open they all get what was registered
 * @read:        fill @buf with up to @count bytes.  0 is the end of the file
 * @write:       take up to @count bytes.  A short count ends the write(2)
 * @close:       the last descriptor of the open file was closed; once for each
 *               successful @open (or open file, if there is no @open), after
 *               everything else, also if the node has gone meanwhile.  The
 *               result is ignored
 * @can_replace: may @new_owner_id register something else at @path (below
 *               $/dev, as it was registered)?  Without it nobody may.  Called
 *               with the registry locked: no function below may be used
 * @read_flags:  in place of @read, also gets the present flags of the file
 *               (O_NONBLOCK may change after open)
 * @write_flags: in place of @write, likewise
 * @snapshot:    in place of @read: put the whole content into @buf and return
 *               its length, at most @size.  The first read(2) after open and
 *               the first after an end of file ask for it; those in between go
 *               on in what it gave.  devfs_text() fills in a line of text
 * @poll:        as poll in struct file_operations; @wait_on is for poll_wait()
 *               together with @file.  Without it the file is always ready for
 *               what the node can do
 * @mmap:        as mmap in struct file_operations, without the file's own
 *               checks repeated.  When the node goes away its mappings are
 *               zapped; a fault handler must return VM_FAULT_SIGBUS from then
 *               on.  A node that may go away must leave it to the handler to
 *               fill a mapping: it is not known before this has returned
 * @revoke:      the node goes away: wake who waits in a callback with this
 *               @ctx and let it return (-ENODEV is made of whatever it
 *               returns).  Once for each open context, or without @open once
 *               for each open file; may run in parallel with the callbacks,
 *               never after @close
 * @release:     the node has gone and its last file was closed: nothing will
 *               be called any more.  Once for what was registered; here @ctx
 *               can be freed
 * @mode:        permission bits, 0 to 0666; 0 takes them from what the node can
 *               do: 0444, 0222 or 0644
 * @uid:         owner, in the initial user namespace
 * @gid:         group, likewise
 * @io_max:      most bytes of one call, DEVFS_IO_MAX if 0.  write(2) calls
 *               several times for more, read(2) calls once
 * @waits:       a read may wait for somebody even though @poll says that there
 *               is something
 * @snapshot_max: most bytes of a snapshot, DEVFS_SNAPSHOT_DEFAULT if 0
 *
 * It must stay as it is until @release was called, which for a module's static
 * table is no matter: open files pin the module.
 *
 * A node with neither @read, @read_flags nor @snapshot can be opened for
 * writing only, with one exception: opened with access mode 0 (O_RDONLY) by
 * somebody who has permission to write, it can be written to and reads as
 * empty, as programs for ModuOS open $/dev/audio/pcm0.  O_RDWR is allowed to
 * whoever may write.
 */
struct devfs_device_ops {
	const char *name;
	devfs_open_fn open;
	devfs_read_fn read;
	devfs_write_fn write;
	devfs_close_fn close;
	devfs_can_replace_fn can_replace;
	ssize_t (*read_flags)(void *ctx, void *buf, size_t count, int flags);
	ssize_t (*write_flags)(void *ctx, const void *buf, size_t count,
			       int flags);
	ssize_t (*snapshot)(void *ctx, void *buf, size_t size);
	__poll_t (*poll)(void *ctx, struct file *file,
			 struct poll_table_struct *wait_on);
	int (*mmap)(void *ctx, struct vm_area_struct *vma);
	void (*revoke)(void *ctx);
	void (*release)(void *ctx);
	umode_t mode;
	u32 uid;
	u32 gid;
	u32 io_max;
	u32 snapshot_max;
	bool waits;
};

/* The names of ModuOS, with which its drivers are written. */
typedef enum devfs_owner_kind devfs_owner_kind_t;
typedef struct devfs_owner devfs_owner_t;
typedef struct devfs_device_ops devfs_device_ops_t;
typedef enum devfs_replace_decision devfs_replace_decision_t;

/**
 * enum devfs_option - what the mount options ask of the nodes
 * @DEVFS_OPTION_KBD0_TEXT: kbd0=text, $/dev/input/kbd0 gives characters
 * @DEVFS_OPTION_PCM0_NULL: pcm0=null, $/dev/audio/pcm0 plays to nobody
 *
 * They change by remount and matter for files that are opened afterwards.
 */
enum devfs_option {
	DEVFS_OPTION_KBD0_TEXT	= 0,
	DEVFS_OPTION_PCM0_NULL	= 1,
};

#if IS_ENABLED(CONFIG_DEVFS_DOLLAR)

int __devfs_register_path(const char *path,
			  const struct devfs_device_ops *ops, void *ctx,
			  struct devfs_owner owner, struct module *module);
int __devfs_register(const struct devfs_device_ops *ops, void *ctx,
		     struct module *module);
int devfs_unregister_path(const char *path,
			  const struct devfs_device_ops *ops, void *ctx);
int devfs_unregister(const struct devfs_device_ops *ops, void *ctx);
int devfs_mkdir_p(const char *path, struct devfs_owner owner);
int devfs_rmdir(const char *path);
__printf(3, 4)
ssize_t devfs_text(void *buf, size_t size, const char *fmt, ...);
bool devfs_option(enum devfs_option option);

#else /* !CONFIG_DEVFS_DOLLAR */

static inline int __devfs_register_path(const char *path,
					const struct devfs_device_ops *ops,
					void *ctx, struct devfs_owner owner,
					struct module *module)
{
	return -EOPNOTSUPP;
}

static inline int __devfs_register(const struct devfs_device_ops *ops,
				   void *ctx, struct module *module)
{
	return -EOPNOTSUPP;
}

static inline int devfs_unregister_path(const char *path,
					const struct devfs_device_ops *ops,
					void *ctx)
{
	return -ENOENT;
}

static inline int devfs_unregister(const struct devfs_device_ops *ops,
				   void *ctx)
{
	return -ENOENT;
}

static inline int devfs_mkdir_p(const char *path, struct devfs_owner owner)
{
	return -EOPNOTSUPP;
}

static inline int devfs_rmdir(const char *path)
{
	return -ENOENT;
}

#endif /* CONFIG_DEVFS_DOLLAR */

/**
 * devfs_register_path - put a node into $/dev
 * @path:  where, relative to $/dev: components with a slash between them.
 *         Directories on the way are made
 * @ops:   what it does; see above
 * @ctx:   given to the callbacks, may be NULL
 * @owner: a struct devfs_owner
 *
 * If there is a node already it is replaced, provided that its can_replace
 * says so: files that are open on it are revoked, files opened from then on
 * are of the new one.  The calling module is pinned while files of the node
 * are open, and must unregister the node before it goes.
 *
 * Context: process context, may sleep; not from a callback of that node.
 * Return: 0; -EINVAL, the path is empty or has empty components, "." or "..",
 * or begins with a slash or "$", or @ops has no name or can neither read nor
 * write; -ENAMETOOLONG; -EPERM, the name is reserved ("mnt..." and what
 * contains "vDrive", for modules), the owner is a program, or can_replace
 * refused; -EEXIST, there is a node without can_replace; -EISDIR, there is a
 * directory; -ENOTDIR, a component on the way is a node; -ENOMEM.
 */
#define devfs_register_path(path, ops, ctx, owner) \
	__devfs_register_path(path, ops, ctx, owner, THIS_MODULE)

/**
 * devfs_register - put a node of the kernel directly into $/dev
 * @ops: what it does; ops->name is its path
 * @ctx: given to the callbacks, may be NULL
 *
 * Return: as devfs_register_path() with the owner kernel, "kernel".
 */
#define devfs_register(ops, ctx) __devfs_register(ops, ctx, THIS_MODULE)

#endif /* _LINUX_DEVFS_DOLLAR_H */

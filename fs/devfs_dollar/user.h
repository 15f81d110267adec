/* SPDX-License-Identifier: GPL-2.0 */
/*
 * $-devfs: nodes that programs serve.
 */
#ifndef _FS_DEVFS_DOLLAR_USER_H
#define _FS_DEVFS_DOLLAR_USER_H

#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <uapi/linux/devfs_dollar.h>

#include "internal.h"

/**
 * struct devfs_service - what both kinds of served nodes have
 * @refs: the server's descriptor, and what was registered
 * @node: the node, with a reference; NULL if it did not get so far
 * @user: whose limit it counts against; set if @charged
 * @charged: it does
 * @added: the node is in the tree; false if it has to go at once
 * @free: frees the structure that this is the first member of
 */
struct devfs_service {
	refcount_t refs;
	struct devfs_node *node;
	kuid_t user;
	bool charged;
	bool (*added)(struct devfs_service *service);
	void (*free)(struct devfs_service *service);
};

/* user.c */
void devfs_uncharge(struct devfs_service *service);
void devfs_service_put(struct devfs_service *service);

/* server.c */
struct devfs_service *devfs_server_new(const struct devfs_serve_args *args);
const struct devfs_device_ops *devfs_server_ops(u32 flags);
extern const struct file_operations devfs_server_fops;

/* mailbox.c */
struct devfs_service *devfs_mailbox_new(void);
const struct devfs_device_ops *devfs_mailbox_ops(u32 flags);
extern const struct file_operations devfs_mailbox_fops;

#endif /* _FS_DEVFS_DOLLAR_USER_H */

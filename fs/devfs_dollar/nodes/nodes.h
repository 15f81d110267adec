/* SPDX-License-Identifier: GPL-2.0 */
/*
 * $-devfs: the families of built-in nodes.
 *
 * Each registers what it has below $/dev, for good: none of these nodes can be
 * replaced and none is ever taken away, so none of them implements revoke.
 */
#ifndef _DEVFS_DOLLAR_NODES_H
#define _DEVFS_DOLLAR_NODES_H

#include <linux/devfs_dollar.h>
#include <linux/kconfig.h>

/* All of them are the kernel's. */
static inline int devfs_nodes_register(const char *path,
				       const struct devfs_device_ops *ops,
				       void *ctx)
{
	const struct devfs_owner owner = {
		.kind = DEVFS_OWNER_KERNEL,
		.id = "kernel",
	};

	return devfs_register_path(path, ops, ctx, owner);
}

#if IS_ENABLED(CONFIG_DEVFS_DOLLAR_INPUT)
int devfs_nodes_input_init(void);
#else
static inline int devfs_nodes_input_init(void)
{
	return 0;
}
#endif

#if IS_ENABLED(CONFIG_DEVFS_DOLLAR_VIDEO)
int devfs_nodes_video_init(void);
#else
static inline int devfs_nodes_video_init(void)
{
	return 0;
}
#endif

#if IS_ENABLED(CONFIG_DEVFS_DOLLAR_AUDIO)
int devfs_nodes_audio_init(void);
#else
static inline int devfs_nodes_audio_init(void)
{
	return 0;
}
#endif

#if IS_ENABLED(CONFIG_DEVFS_DOLLAR_MD64API)
int devfs_nodes_md64api_init(void);
#else
static inline int devfs_nodes_md64api_init(void)
{
	return 0;
}
#endif

#endif /* _DEVFS_DOLLAR_NODES_H */

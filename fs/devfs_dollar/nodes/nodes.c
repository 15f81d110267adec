// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: puts the built-in nodes into the tree, when all that feeds them has
 * been initialised.
 */
#define pr_fmt(fmt) "devfs_dollar: " fmt

#include <linux/init.h>
#include <linux/printk.h>

#include "nodes.h"

static void __init said(const char *family, int err)
{
	if (err)
		pr_err("no $/dev/%s: error %d\n", family, err);
}

/* One family that fails does not take the others with it. */
static int __init devfs_nodes_init(void)
{
	said("input", devfs_nodes_input_init());
	said("graphics", devfs_nodes_video_init());
	said("audio", devfs_nodes_audio_init());
	said("md64api", devfs_nodes_md64api_init());
	return 0;
}
late_initcall(devfs_nodes_init);

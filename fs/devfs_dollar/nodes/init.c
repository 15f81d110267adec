// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: the built-in nodes, when the drivers that feed them are there.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/printk.h>

#include "nodes.h"

struct devfs_family {
	const char *name;
	int (*init)(void);
};

static const struct devfs_family devfs_families[] __initconst = {
	{ "input",	devfs_nodes_input_init },
	{ "graphics",	devfs_nodes_video_init },
	{ "audio",	devfs_nodes_audio_init },
	{ "md64api",	devfs_nodes_md64api_init },
};

/* One that fails does not keep the others from being there. */
static int __init devfs_nodes_init(void)
{
	for (int i = 0; i < ARRAY_SIZE(devfs_families); i++) {
		int err = devfs_families[i].init();

		if (err)
			pr_err("devfs_dollar: $/dev/%s: %d\n",
			       devfs_families[i].name, err);
	}
	return 0;
}
late_initcall(devfs_nodes_init);

/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* The records of md64api by the names that they have in ModuOS. */
#ifndef MODUOS_KERNEL_MD64API_USER_H
#define MODUOS_KERNEL_MD64API_USER_H

#include <linux/devfs_dollar.h>

typedef struct devfs_sysinfo md64api_sysinfo_data_u;
typedef struct devfs_video_info md64api_grp_video_info_t;
typedef struct devfs_event Event;

#endif /* MODUOS_KERNEL_MD64API_USER_H */

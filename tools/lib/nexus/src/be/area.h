/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* What teams need to know about areas. */
#ifndef BE_AREA_H
#define BE_AREA_H

#include <nexus.h>
#include <OS.h>

/*
 * Describes the first mapping of @team that ends above *@next, and moves
 * *@next to its end; begin with 0.  Returns 0 or a negative errno, -ENOENT
 * when there are no more that this program could have a pointer into.
 */
int be_next_mapping(team_id team, uintptr_t *next,
		    struct nexus_area_info *info);

#endif /* BE_AREA_H */

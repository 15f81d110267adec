/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* What the kinds of objects need to know about teams. */
#ifndef BE_TEAM_H
#define BE_TEAM_H

#include <OS.h>

/* Is there such a team, on a kernel with Nexus? */
bool be_team_exists(team_id team);

#endif /* BE_TEAM_H */

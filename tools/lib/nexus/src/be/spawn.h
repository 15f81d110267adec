/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* What the library keeps about threads that it started. */
#ifndef BE_SPAWN_H
#define BE_SPAWN_H

#include <OS.h>

/* Id of the calling thread */
thread_id be_self(void);

/* Give back the stacks of spawned threads that have ended. */
void be_reap(void);

#endif /* BE_SPAWN_H */

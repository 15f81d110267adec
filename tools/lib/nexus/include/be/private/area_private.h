/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* What Haiku keeps to its own libraries about areas. */
#ifndef _AREA_PRIVATE_H
#define _AREA_PRIVATE_H

#include "../kernel/OS.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Its memory is not set aside beforehand; only create_area() takes it. */
#define B_OVERCOMMITTING_AREA		0x1000

/*
 * Moves an area of the calling team into another one; address and addressSpec
 * say where to, as for create_area().  Returns its new id.
 */
area_id		_kern_transfer_area(area_id area, void **address,
				    uint32 addressSpec, team_id team);

#ifdef __cplusplus
}
#endif

#endif /* _AREA_PRIVATE_H */

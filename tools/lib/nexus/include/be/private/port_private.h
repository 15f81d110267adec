/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* Calls on ports that Haiku keeps to its own libraries. */
#ifndef _PORT_PRIVATE_H
#define _PORT_PRIVATE_H

#include <sys/uio.h>

#include "../kernel/OS.h"

#ifdef __cplusplus
extern "C" {
#endif

/* bufferSize is the sum of the vecCount (at most IOV_MAX) parts. */
status_t	writev_port_etc(port_id port, int32 code,
				const struct iovec *vecs, size_t vecCount,
				size_t bufferSize, uint32 flags,
				bigtime_t timeout);

#ifdef __cplusplus
}
#endif

#endif /* _PORT_PRIVATE_H */

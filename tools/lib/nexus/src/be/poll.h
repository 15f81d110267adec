/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* poll(2) that signals interrupt as they do other waits. */
#ifndef BE_POLL_H
#define BE_POLL_H

#include <poll.h>
#include <stddef.h>

/* What poll(2) says without waiting, or a negative errno. */
int be_poll_now(struct pollfd *fds, size_t count);

/*
 * Waits until poll(2) has something to say about the first @count elements;
 * there must be room for one more.  A negative errno: -EINTR if a handler ran
 * that was installed without SA_RESTART, or if the thread was suspended and
 * resumed.
 */
int be_poll_wait(struct pollfd *fds, size_t count);

#endif /* BE_POLL_H */

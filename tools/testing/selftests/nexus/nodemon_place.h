/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of most tests of the node monitor: a tmpfs and a monitor.
 */
#ifndef _SELFTESTS_NEXUS_NODEMON_PLACE_H
#define _SELFTESTS_NEXUS_NODEMON_PLACE_H

#include "nodemon.h"

/* Each test has a place of its own, on a tmpfs. */
FIXTURE(place)
{
	int fd;
	struct stat st;
};

FIXTURE_SETUP(place)
{
	if (unshare(CLONE_NEWIPC))
		SKIP(return, "needs CAP_SYS_ADMIN to unshare(CLONE_NEWIPC)");
	if (make_place(NULL))
		SKIP(return, "cannot mount a tmpfs of its own");
	forget_labels();
	self->fd = new_monitor();
	ASSERT_LE(0, self->fd)
		TH_LOG("this kernel has no node monitor");
	ASSERT_EQ(0, stat(".", &self->st));
	ASSERT_TRUE(label("TOP", "."));
	news_device = self->st.st_dev;
}

FIXTURE_TEARDOWN(place)
{
}

#endif /* _SELFTESTS_NEXUS_NODEMON_PLACE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of most Nexus tests.
 */
#ifndef _SELFTESTS_NEXUS_NS_H
#define _SELFTESTS_NEXUS_NS_H

#include "common.h"

/* Each test has an IPC namespace of its own, so that it can count. */
FIXTURE(ns)
{
};

FIXTURE_SETUP(ns)
{
	if (unshare(CLONE_NEWIPC))
		SKIP(return, "needs CAP_SYS_ADMIN to unshare(CLONE_NEWIPC)");
	ASSERT_NE(0, system_info().abi)
		TH_LOG("this kernel has no Nexus");
}

FIXTURE_TEARDOWN(ns)
{
}

#endif /* _SELFTESTS_NEXUS_NS_H */

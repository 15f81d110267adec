// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * The node monitor by its BeOS names.
 *
 * The kernel has the watches and sends the messages; what is here is names,
 * flags, statuses, and the order of errors where it is not the kernel's.
 */
#include <string.h>
#include <nodemon.h>
#include <NodeMonitor.h>
#include "status.h"
#include "user.h"

/* What has a meaning for a node, and for a volume.  Other bits are ignored. */
#define NODE_FLAGS	(B_WATCH_ALL | B_WATCH_INTERIM_STAT | B_WATCH_CHILDREN)
#define VOLUME_FLAGS	(B_WATCH_NAME | B_WATCH_STAT | B_WATCH_ATTR)

static int watch(struct nodemon_args *args, port_id port, int32 token)
{
	args->port = port;
	args->token = token;
	return nodemon_watch(NODEMON_PORT, args, sizeof(*args));
}

static int watch_mounts(uint32 events, port_id port, int32 token)
{
	struct nodemon_args args;

	memset(&args, 0, sizeof(args));
	args.type = NODEMON_MOUNTS;
	args.events = events;
	return watch(&args, port, token);
}

static int watch_ref(const node_ref *ref, uint32 events, port_id port,
		     int32 token)
{
	struct nodemon_args args;

	memset(&args, 0, sizeof(args));
	args.type = NODEMON_NODE_ID;
	args.events = events;
	args.device = ref->device;
	args.node = (__u64)ref->node;
	return watch(&args, port, token);
}

/* Of the mounts as well: they are the node -1 on the device -1. */
static status_t stop(const node_ref *ref, port_id port, int32 token)
{
	int ret;

	if (ref->device == -1 && ref->node == -1)
		ret = watch_mounts(0, port, token);
	else
		ret = watch_ref(ref, 0, port, token);
	/* There is no watch, whether or not there is a node. */
	return ret == -ENOENT ? B_BAD_VALUE : be_node_status(ret);
}

status_t watch_node(const node_ref *node, uint32 flags, port_id port,
		    int32 token)
{
	uint32 events = flags & NODE_FLAGS;
	node_ref ref;
	int ret = 0;

	if (port < 0)
		return B_BAD_VALUE;
	if (flags != B_STOP_WATCHING && !events && !(flags & B_WATCH_MOUNT))
		return B_BAD_VALUE;
	memset(&ref, 0, sizeof(ref));
	if (events || flags == B_STOP_WATCHING) {
		if (!node)
			return B_BAD_VALUE;
		if (be_copy_in(&ref, node, sizeof(ref)))
			return B_BAD_ADDRESS;
	}
	if (flags == B_STOP_WATCHING)
		return stop(&ref, port, token);
	if (flags & B_WATCH_MOUNT)
		ret = watch_mounts(NODEMON_MOUNT, port, token);
	if (ret >= 0 && events)
		ret = watch_ref(&ref, events, port, token);
	return ret < 0 ? be_node_status(ret) : B_OK;
}

status_t watch_volume(int32 volume, uint32 flags, port_id port, int32 token)
{
	struct nodemon_args args;
	int ret;

	if (port < 0 || !(flags & VOLUME_FLAGS))
		return B_BAD_VALUE;
	memset(&args, 0, sizeof(args));
	args.type = NODEMON_VOLUME_ID;
	args.events = flags & (VOLUME_FLAGS | B_WATCH_INTERIM_STAT);
	args.device = volume;
	ret = watch(&args, port, token);
	return ret < 0 ? be_node_status(ret) : B_OK;
}

status_t stop_watching(port_id port, int32 token)
{
	if (port < 0)
		return B_BAD_VALUE;
	return be_node_status(nodemon_unwatch(NODEMON_PORT, 0, port, token));
}

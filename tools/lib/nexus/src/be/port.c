// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Ports by their BeOS names.
 *
 * The kernel has the semantics; what is here is names, statuses, timeouts,
 * and the order of errors where it is not the kernel's.
 */
#include <stdint.h>
#include <string.h>
#include <nexus.h>
#include <private/port_private.h>
#include "status.h"
#include "team.h"
#include "user.h"
#include "wait.h"

/*
 * A call failed.  BeOS looks at whether an address can be one at all before
 * it looks at anything else.
 */
static ssize_t failed(ssize_t error, const void *address)
{
	return be_bad_address(address) ? B_BAD_ADDRESS : be_status(error);
}

port_id create_port(int32 capacity, const char *name)
{
	struct nexus_port_args args;
	int ret;

	memset(&args, 0, sizeof(args));
	args.name = (uintptr_t)name;
	args.capacity = (uint32)capacity;
	ret = nexus_port_create(&args, sizeof(args));
	/* BeOS reads the name first.  So does a look-up. */
	if (ret == -EINVAL && name &&
	    nexus_find(NEXUS_TYPE_PORT, name, 0) == -EFAULT)
		ret = -EFAULT;
	return (port_id)be_status(ret);
}

port_id find_port(const char *name)
{
	if (!name)
		return B_BAD_VALUE;
	return (port_id)be_status(nexus_find(NEXUS_TYPE_PORT, name, 0));
}

static status_t send(port_id port, int32 code, const void *buffer, size_t size,
		     unsigned int how, uint32 flags, bigtime_t timeout)
{
	struct be_wait wait;
	int ret;

	if (!buffer && size > 0)
		return B_BAD_VALUE;

	be_wait_begin(&wait, flags, timeout);
	ret = nexus_port_send(port, code, buffer, size, wait.flags | how,
			      wait.deadline);
	if (ret < 0)
		return (status_t)failed(ret, size > 0 ? buffer : NULL);
	return B_OK;
}

status_t write_port(port_id port, int32 code, const void *buffer,
		    size_t bufferSize)
{
	return send(port, code, buffer, bufferSize, 0, 0, 0);
}

status_t write_port_etc(port_id port, int32 code, const void *buffer,
			size_t bufferSize, uint32 flags, bigtime_t timeout)
{
	return send(port, code, buffer, bufferSize, 0, flags, timeout);
}

/* The sum of the parts, at most SIZE_MAX; or -EFAULT. */
static int sum_of_parts(const struct iovec *vecs, size_t count, size_t *sum)
{
	struct iovec part[32];
	size_t i, n;

	for (*sum = 0; count > 0; count -= n, vecs += n) {
		n = min_c(count, sizeof(part) / sizeof(*part));
		if (be_copy_in(part, vecs, n * sizeof(*part)))
			return -EFAULT;
		for (i = 0; i < n; i++) {
			if (part[i].iov_len > SIZE_MAX - *sum)
				*sum = SIZE_MAX;
			else
				*sum += part[i].iov_len;
		}
	}
	return 0;
}

status_t writev_port_etc(port_id port, int32 code, const struct iovec *vecs,
			 size_t vecCount, size_t bufferSize, uint32 flags,
			 bigtime_t timeout)
{
	size_t sum;

	if ((!vecs && vecCount > 0) || vecCount > NEXUS_PORT_IOV_MAX)
		return B_BAD_VALUE;
	if (be_bad_address(vecs))
		return B_BAD_ADDRESS;
	if (port < 0)
		return B_BAD_PORT_ID;
	if (sum_of_parts(vecs, vecCount, &sum))
		return B_BAD_ADDRESS;
	if (sum != bufferSize)
		return B_BAD_VALUE;
	return send(port, code, vecs, vecCount, NEXUS_PORT_GATHER, flags,
		    timeout);
}

/* A timeout below 0 is refused before this, if at all. */
static ssize_t receive(port_id port, int32 *code, void *buffer, size_t size,
		       uint32 flags, bigtime_t timeout)
{
	struct be_wait wait;
	ssize_t ret;

	be_wait_begin(&wait, flags, timeout);
	ret = nexus_port_recv(port, buffer, size, code,
			      wait.flags | NEXUS_PORT_CODE, wait.deadline);
	if (ret < 0)
		return failed(ret, size > 0 ? buffer : NULL);
	return ret;
}

ssize_t read_port_etc(port_id port, int32 *code, void *buffer,
		      size_t bufferSize, uint32 flags, bigtime_t timeout)
{
	if (!buffer && bufferSize > 0)
		return B_BAD_VALUE;
	if (be_bad_address(code) ||
	    (bufferSize > 0 && be_bad_address(buffer)))
		return B_BAD_ADDRESS;
	if (port < 0)
		return B_BAD_PORT_ID;
	if (timeout < 0)
		return B_BAD_VALUE;
	return receive(port, code, buffer, bufferSize, flags, timeout);
}

ssize_t read_port(port_id port, int32 *code, void *buffer, size_t bufferSize)
{
	return read_port_etc(port, code, buffer, bufferSize, 0, 0);
}

static ssize_t peek(port_id port, struct nexus_msg_info *info, uint32 flags,
		    bigtime_t timeout)
{
	struct be_wait wait;

	be_wait_begin(&wait, flags, timeout);
	return nexus_port_recv(port, NULL, 0, info,
			       wait.flags | NEXUS_PORT_PEEK, wait.deadline);
}

ssize_t port_buffer_size_etc(port_id port, uint32 flags, bigtime_t timeout)
{
	return be_status(peek(port, NULL, flags, timeout));
}

ssize_t port_buffer_size(port_id port)
{
	return port_buffer_size_etc(port, 0, 0);
}

status_t _get_port_message_info_etc(port_id port, port_message_info *info,
				    size_t size, uint32 flags,
				    bigtime_t timeout)
{
	struct nexus_msg_info msg;
	port_message_info out;
	ssize_t ret;

	if (!info || size != sizeof(*info))
		return B_BAD_VALUE;

	ret = peek(port, &msg, flags, timeout);
	if (ret < 0)
		return (status_t)failed(ret, info);

	memset(&out, 0, sizeof(out));
	out.size = msg.size;
	out.sender = msg.uid;
	out.sender_group = msg.gid;
	out.sender_team = msg.team;
	return (status_t)be_status(be_copy_out(info, &out, sizeof(out)));
}

ssize_t port_count(port_id port)
{
	struct nexus_port_info info;
	int ret = nexus_info(NEXUS_TYPE_PORT, port, &info, sizeof(info), 0);

	return ret < 0 ? be_status(ret) : (ssize_t)info.queued;
}

status_t close_port(port_id port)
{
	return (status_t)be_status(nexus_port_close(port, 0));
}

status_t delete_port(port_id port)
{
	return (status_t)be_status(nexus_delete(NEXUS_TYPE_PORT, port, 0));
}

status_t set_port_owner(port_id port, team_id team)
{
	int ret;

	if (port < 0)
		return (status_t)be_status(-EIDRM);
	if (team < 0)
		return B_BAD_TEAM_ID;

	ret = nexus_set_owner(NEXUS_TYPE_PORT, port, team, 0);
	/* BeOS looks for the team first, the kernel for the port. */
	if ((ret == -EIDRM || ret == -EPERM) && !be_team_exists(team))
		ret = -ESRCH;
	return (status_t)be_status(ret);
}

static status_t store_info(port_info *info, const struct nexus_port_info *from)
{
	port_info out;

	memset(&out, 0, sizeof(out));
	out.port = from->id;
	out.team = from->team;
	memcpy(out.name, from->name, sizeof(out.name));
	out.capacity = from->flags & NEXUS_PORT_CLOSED ?
		       0 : (int32)from->capacity;
	out.queue_count = (int32)from->queued;
	out.total_count = (int32)from->total;
	return (status_t)be_status(be_copy_out(info, &out, sizeof(out)));
}

/* The size does not count: Haiku does not look at it either. */
status_t _get_port_info(port_id port, port_info *info, size_t size)
{
	struct nexus_port_info from;
	int ret;

	(void)size;
	if (!info)
		return B_BAD_VALUE;
	ret = nexus_info(NEXUS_TYPE_PORT, port, &from, sizeof(from), 0);
	if (ret < 0)
		return (status_t)failed(ret, info);
	return store_info(info, &from);
}

/* The cookie is the id of the port that came last. */
status_t _get_next_port_info(team_id team, int32 *cookie, port_info *info,
			     size_t size)
{
	struct nexus_port_info from;
	int32 last;
	int ret;

	(void)size;
	if (!cookie || !info || team < 0)
		return B_BAD_VALUE;
	if (be_copy_in(&last, cookie, sizeof(last)))
		return B_BAD_ADDRESS;

	ret = nexus_next(NEXUS_TYPE_PORT, team, last, &from, sizeof(from), 0);
	if (ret == -ENOENT)
		return B_BAD_PORT_ID;
	if (ret < 0)
		return (status_t)be_status(ret);
	ret = store_info(info, &from);
	if (ret == B_OK && be_copy_out(cookie, &from.id, sizeof(from.id)))
		ret = B_BAD_ADDRESS;
	return ret;
}

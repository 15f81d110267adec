// SPDX-License-Identifier: MIT OR LGPL-2.1
/* Threads by their BeOS names, apart from how they begin and end. */
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <nexus.h>
#include "spawn.h"
#include "status.h"
#include "user.h"
#include "wait.h"

thread_id find_thread(const char *name)
{
	if (!name)
		return be_self();
	return (thread_id)be_status(nexus_find(NEXUS_TYPE_THREAD, name, 0));
}

status_t resume_thread(thread_id thread)
{
	return be_thread_status(nexus_thread_resume(thread, 0));
}

status_t suspend_thread(thread_id thread)
{
	return be_thread_status(nexus_thread_suspend(thread, 0));
}

status_t kill_thread(thread_id thread)
{
	return be_thread_status(nexus_thread_kill(thread, 0));
}

status_t rename_thread(thread_id thread, const char *newName)
{
	struct nexus_thread_args args;
	int ret = -ESRCH;

	if (!newName)
		return B_BAD_ADDRESS;
	memset(&args, 0, sizeof(args));
	args.name = (uintptr_t)newName;
	args.flags = NEXUS_THREAD_NAME;
	/* 0 is nobody here, but the caller to the kernel. */
	if (thread > 0)
		ret = nexus_thread_set(thread, &args, sizeof(args));
	/* BeOS reads the name first.  So does a look-up. */
	if ((ret == -ESRCH || ret == -EPERM) &&
	    nexus_find(NEXUS_TYPE_THREAD, newName, 0) == -EFAULT)
		ret = -EFAULT;
	return be_thread_status(ret);
}

status_t set_thread_priority(thread_id thread, int32 newPriority)
{
	struct nexus_thread_args args;

	if (thread <= 0)
		return B_BAD_THREAD_ID;
	newPriority = max_c(newPriority, NEXUS_PRIORITY_MIN);
	newPriority = min_c(newPriority, NEXUS_PRIORITY_MAX);
	memset(&args, 0, sizeof(args));
	args.priority = newPriority;
	args.flags = NEXUS_THREAD_PRIORITY;
	return be_thread_status(nexus_thread_set(thread, &args, sizeof(args)));
}

status_t wait_for_thread_etc(thread_id thread, uint32 flags, bigtime_t timeout,
			     status_t *returnValue)
{
	struct be_wait wait;
	int ret;

	if (be_bad_address(returnValue))
		return B_BAD_ADDRESS;
	if (thread <= 0)
		return B_BAD_THREAD_ID;
	if (thread == be_self())
		return B_POSIX_EDEADLK;
	if (be_wait_both_kinds(flags))
		return B_BAD_VALUE;

	be_wait_begin(&wait, flags, timeout);
	ret = nexus_thread_wait(thread, returnValue, wait.flags,
				wait.deadline);
	if (ret == 0)
		be_reap();
	return be_thread_status(ret);
}

status_t wait_for_thread(thread_id thread, status_t *returnValue)
{
	return wait_for_thread_etc(thread, 0, 0, returnValue);
}

/* What a thread is asked about, its id aside, is the caller's business. */
static int ask(thread_id thread, struct nexus_thread_info *info)
{
	if (thread <= 0)
		return -ESRCH;
	return nexus_info(NEXUS_TYPE_THREAD, thread, info, sizeof(*info), 0);
}

static int store_info(thread_info *info, const struct nexus_thread_info *from)
{
	thread_info out;

	memset(&out, 0, sizeof(out));
	out.thread = from->id;
	out.team = from->team;
	memcpy(out.name, from->name, sizeof(out.name));
	out.state = (thread_state)from->state;
	out.priority = from->priority;
	out.sem = from->sem ? from->sem : -1;
	out.user_time = (bigtime_t)(from->user_time / 1000);
	out.kernel_time = (bigtime_t)(from->kernel_time / 1000);
	out.stack_base = (void *)(uintptr_t)from->stack_base;
	out.stack_end = (void *)(uintptr_t)from->stack_end;
	return be_copy_out(info, &out, sizeof(out));
}

status_t _get_thread_info(thread_id thread, thread_info *info, size_t size)
{
	struct nexus_thread_info from;
	int ret;

	if (!info || size != sizeof(*info) || thread < 0)
		return B_BAD_VALUE;
	if (be_bad_address(info))
		return B_BAD_ADDRESS;
	ret = ask(thread, &from);
	if (ret == 0)
		ret = store_info(info, &from);
	return be_thread_status(ret);
}

/* The cookie is the id of the thread that came last. */
status_t _get_next_thread_info(team_id team, int32 *cookie, thread_info *info,
			       size_t size)
{
	struct nexus_thread_info from;
	int32 last;
	int ret;

	if (!cookie || !info || size != sizeof(*info) || team < 0)
		return B_BAD_VALUE;
	if (be_bad_address(info) || be_copy_in(&last, cookie, sizeof(last)))
		return B_BAD_ADDRESS;

	ret = nexus_next(NEXUS_TYPE_THREAD, team, last, &from, sizeof(from),
			 0);
	if (ret == -ENOENT || ret == -ESRCH)
		return B_BAD_VALUE;
	if (ret == 0)
		ret = store_info(info, &from);
	if (ret == 0)
		ret = be_copy_out(cookie, &from.id, sizeof(from.id));
	return be_thread_status(ret);
}

status_t send_data(thread_id thread, int32 code, const void *buffer,
		   size_t bufferSize)
{
	struct nexus_thread_info info;
	int ret;

	if (bufferSize > 0 && be_bad_address(buffer))
		return B_BAD_ADDRESS;
	ret = thread > 0 ? nexus_thread_send(thread, code, buffer, bufferSize,
					     0, NULL) : -ESRCH;
	switch (ret) {
	case -EMSGSIZE:
		/* BeOS looks for the thread first, the kernel at the size. */
		return ask(thread, &info) == -ESRCH ?
		       B_BAD_THREAD_ID : B_NO_MEMORY;
	case -EFAULT:
		return B_BAD_DATA;
	default:
		return be_thread_status(ret);
	}
}

int32 receive_data(thread_id *sender, void *buffer, size_t bufferSize)
{
	struct nexus_msg_info info;
	ssize_t ret;

	ret = nexus_thread_recv(buffer, buffer ? bufferSize : 0, &info, 0,
				NULL);
	if (ret == -EFAULT) {
		/* The message would stay where it is; BeOS loses it. */
		nexus_thread_recv(NULL, 0, NULL, NEXUS_NOWAIT, NULL);
		return B_BAD_ADDRESS;
	}
	if (ret < 0)
		return be_thread_status(ret);
	if (sender && be_copy_out(sender, &info.thread, sizeof(info.thread)))
		return B_BAD_ADDRESS;
	return info.code;
}

bool has_data(thread_id thread)
{
	struct nexus_thread_info info;

	return ask(thread, &info) == 0 && info.team == getpid() &&
	       (info.flags & NEXUS_THREAD_HAS_DATA);
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nexus: what the rest of the kernel calls.
 *
 * Every hook costs a process that never used Nexus one test of a pointer,
 * and nothing at all with CONFIG_NEXUS=n.
 */
#ifndef _LINUX_NEXUS_H
#define _LINUX_NEXUS_H

#include <linux/sched/signal.h>

struct ipc_namespace;
struct nexus_team;

#ifdef CONFIG_NEXUS

void nexus_team_exit(struct nexus_team *team);
void nexus_team_exec(struct nexus_team *team);
void nexus_team_put(struct nexus_team *team);

/**
 * nexus_exit - the last thread of a process ends
 * @tsk: the current task, after signal_struct.live has become 0
 *
 * Deletes what the team owns and wakes whoever waits for it, before the
 * parent of the process can learn of its end.
 *
 * Context: process context, may sleep.
 */
static inline void nexus_exit(struct task_struct *tsk)
{
	/*
	 * Pairs with the cmpxchg() in nexus_team_get(): either that sees that
	 * nobody lives here any more, or the team is seen here.
	 */
	struct nexus_team *team = READ_ONCE(tsk->signal->nexus);

	if (unlikely(team))
		nexus_team_exit(team);
}

/**
 * nexus_exec - a process goes over to a new program
 * @tsk: the current task, past the point of no return and single-threaded
 *
 * Deletes what the team owns; the team itself stays.
 *
 * Context: process context, may sleep.
 */
static inline void nexus_exec(struct task_struct *tsk)
{
	struct nexus_team *team = READ_ONCE(tsk->signal->nexus);

	if (unlikely(team))
		nexus_team_exec(team);
}

/**
 * nexus_free_signal - a signal_struct is about to be freed
 * @sig: the signal_struct, which nobody else can reach any more
 *
 * Context: any.
 */
static inline void nexus_free_signal(struct signal_struct *sig)
{
	if (unlikely(sig->nexus))
		nexus_team_put(sig->nexus);
}

int nexus_init_ns(struct ipc_namespace *ns);
void nexus_exit_ns(struct ipc_namespace *ns);

#else /* !CONFIG_NEXUS */

static inline void nexus_exit(struct task_struct *tsk) { }
static inline void nexus_exec(struct task_struct *tsk) { }
static inline void nexus_free_signal(struct signal_struct *sig) { }
static inline int nexus_init_ns(struct ipc_namespace *ns) { return 0; }
static inline void nexus_exit_ns(struct ipc_namespace *ns) { }

#endif /* CONFIG_NEXUS */

#endif /* _LINUX_NEXUS_H */

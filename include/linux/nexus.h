/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nexus: what the rest of the kernel calls.
 *
 * Every hook costs a process that never used Nexus one test of a pointer,
 * and nothing at all with CONFIG_NEXUS=n.
 */
#ifndef _LINUX_NEXUS_H
#define _LINUX_NEXUS_H

#include <linux/mm_types.h>
#include <linux/restart_block.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

struct ipc_namespace;
struct nexus_msg;
struct nexus_post;
struct nexus_team;
struct nexus_thread;

#ifdef CONFIG_NEXUS

void nexus_thread_exit(struct nexus_team *team, bool group_dead);
void nexus_team_exec(struct nexus_team *team);
void nexus_team_put(struct nexus_team *team);
void nexus_thread_put(struct nexus_thread *thread);
int nexus_may_kill(struct task_struct *t, int sig);
int nexus_fork_areas(struct task_struct *tsk, struct pid *pid);

/**
 * nexus_init_task - a task is being made
 * @tsk: the new task, a copy of the current one
 *
 * Context: any.
 */
static inline void nexus_init_task(struct task_struct *tsk)
{
	tsk->nexus = NULL;
	tsk->nexus_sem = 0;
	tsk->nexus_restarts = 0;
	tsk->nexus_broken = 0;
}

/**
 * nexus_fork - a task is almost made
 * @tsk: the new task, which nobody can see yet
 * @pid: what its id will be
 *
 * If it has an address space of its own, in which there are areas, they get
 * their ids.
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
static inline int nexus_fork(struct task_struct *tsk, struct pid *pid)
{
	if (likely(!tsk->mm || !tsk->mm->nexus_forked))
		return 0;
	return nexus_fork_areas(tsk, pid);
}

/**
 * nexus_free_task - a task is about to be freed
 * @tsk: the task, which nobody else can reach any more
 *
 * Context: any.
 */
static inline void nexus_free_task(struct task_struct *tsk)
{
	if (unlikely(tsk->nexus))
		nexus_thread_put(tsk->nexus);
}

/**
 * nexus_exit - a thread ends
 * @tsk:        the current task, with PF_EXITING set and without its mm
 * @group_dead: it is the last one of its process
 *
 * Ends the waits for the thread, and with the last one deletes what the team
 * owns, before the parent of the process can learn of its end.
 *
 * Context: process context, may sleep.
 */
static inline void nexus_exit(struct task_struct *tsk, bool group_dead)
{
	/*
	 * Pairs with the cmpxchg() in nexus_team_get(): either that sees that
	 * nobody lives here any more, or the team is seen here.  No thread has
	 * state of its own without its team.
	 */
	struct nexus_team *team = READ_ONCE(tsk->signal->nexus);

	if (unlikely(team))
		nexus_thread_exit(team, group_dead);
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

/**
 * nexus_resumed - the current thread was suspended and then resumed
 *
 * To suspend and to resume a thread is how a wait is broken: the system call
 * that it was in, if that would be restarted, is to return -EINTR instead.
 * For calls that have a restart block this does it at once; for those of Nexus
 * see nexus_wait_broken().
 *
 * Context: get_signal().
 */
static inline void nexus_resumed(void)
{
	current->restart_block.fn = do_no_restart_syscall;
	current->nexus_broken = current->nexus_restarts;
}

/**
 * nexus_wait_forget - the current system call is not one that will be restarted
 *
 * Undoes what nexus_wait() noted for nexus_resumed() when a signal interrupted
 * it.  get_signal() calls this once it is past its traps, as what happens to
 * the thread from then on does not happen to that wait.
 *
 * Context: process context.
 */
static inline void nexus_wait_forget(void)
{
	current->nexus_restarts = 0;
}

/**
 * nexus_wait_restarts - does a Nexus call return to be restarted?
 *
 * Context: get_signal(), before anything else.
 * Return: whether a signal interrupted the wait of the present system call.
 */
static inline bool nexus_wait_restarts(void)
{
	return current->nexus_restarts;
}

/**
 * nexus_wait_broken - should a wait end before it begins?
 *
 * If a resume broke the wait of a Nexus call, then either a handler runs next,
 * and get_signal() asks, or that call is restarted right away, and asks before
 * it waits.  A signal that comes in between finds the registers set up for the
 * restart; get_signal() does not ask then, as the answer is for the call.  If a
 * tracer or a filter keeps that from being made, the next call gets it.
 *
 * Context: process context.
 * Return: whether it was broken; false the next time.
 */
static inline bool nexus_wait_broken(void)
{
	bool broken;

	/* One load and one test for those who were not interrupted. */
	if (likely(!current->nexus_restarts && !current->nexus_broken))
		return false;
	broken = current->nexus_broken;
	current->nexus_restarts = 0;
	current->nexus_broken = 0;
	return broken;
}

int nexus_init_ns(struct ipc_namespace *ns);
void nexus_exit_ns(struct ipc_namespace *ns);

/**
 * struct nexus_team_guest - what another part of the kernel keeps for a team
 * @end: the team ends, nobody will see this any more; process context, may
 *       sleep.  A team that execs goes on
 */
struct nexus_team_guest {
	void (*end)(struct nexus_team_guest *guest);
};

struct nexus_team_guest *nexus_team_guest(void);
int nexus_team_set_guest(struct nexus_team_guest *guest);

struct nexus_post *nexus_post_open(int port);
struct nexus_post *nexus_post_get(struct nexus_post *post);
bool nexus_post_same(const struct nexus_post *a, const struct nexus_post *b);
int nexus_post_serve(struct nexus_post *post, void (*end)(void *arg),
		     void *arg);
void nexus_post_close(struct nexus_post *post);
struct nexus_msg *nexus_post_new(struct nexus_post *post, s32 code, u32 size,
				 void **data);
void nexus_post_free(struct nexus_msg *msg);
void nexus_post(struct nexus_post *post, struct nexus_msg *msg);
bool nexus_post_congested(const struct nexus_post *post);

#else /* !CONFIG_NEXUS */

static inline void nexus_init_task(struct task_struct *tsk) { }
static inline int nexus_fork(struct task_struct *tsk, struct pid *pid)
{
	return 0;
}

static inline void nexus_free_task(struct task_struct *tsk) { }
static inline void nexus_exit(struct task_struct *tsk, bool group_dead) { }
static inline void nexus_resumed(void) { }
static inline void nexus_wait_forget(void) { }
static inline bool nexus_wait_restarts(void) { return false; }
static inline bool nexus_wait_broken(void) { return false; }
static inline void nexus_exec(struct task_struct *tsk) { }
static inline void nexus_free_signal(struct signal_struct *sig) { }
static inline int nexus_init_ns(struct ipc_namespace *ns) { return 0; }
static inline void nexus_exit_ns(struct ipc_namespace *ns) { }

#endif /* CONFIG_NEXUS */

#endif /* _LINUX_NEXUS_H */

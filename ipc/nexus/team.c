// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus teams: which process owns which objects, and what its end means.
 *
 * A process gets its structure when it creates or is given its first object,
 * and keeps it in its signal_struct until that is freed.  A child of fork()
 * has a signal_struct of its own and thereby owns nothing.
 */
#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "internal.h"
#include "thread.h"

/**
 * nexus_team_put - drop a reference to a team
 * @team: the team
 *
 * Context: any.
 */
void nexus_team_put(struct nexus_team *team)
{
	if (!refcount_dec_and_test(&team->refs))
		return;
	/* Its records went when it ended. */
	if (team->main)
		nexus_thread_put(team->main);
	put_pid(team->pid);
	kfree_rcu(team, rcu);
}

/* The caller's reference to @pid goes over to the team. */
static struct nexus_team *nexus_team_alloc(struct pid *pid)
{
	struct nexus_team *team = kzalloc_obj(*team, GFP_KERNEL_ACCOUNT);

	if (!team) {
		put_pid(pid);
		return NULL;
	}
	refcount_set(&team->refs, 1);
	spin_lock_init(&team->lock);
	for (int i = 0; i < NEXUS_NR_TYPES; i++)
		team->owned[i] = RB_ROOT;
	team->records = RB_ROOT;
	INIT_LIST_HEAD(&team->record_list);
	team->pid = pid;
	return team;
}

/**
 * nexus_team_fork - a team for a process that is being made
 * @task: the process, which nobody can see yet
 * @pid:  what its id will be
 *
 * Context: process context, may sleep.
 * Return: the team, which lives as long as the signal_struct does: no reference
 * is taken.  NULL if there is no memory.
 */
struct nexus_team *nexus_team_fork(struct task_struct *task, struct pid *pid)
{
	struct nexus_team *team = nexus_team_alloc(get_pid(pid));

	task->signal->nexus = team;
	return team;
}

/**
 * nexus_team_get - the team of a process, which is made if there is none
 * @task: a thread of the process, which the caller keeps from going away
 *
 * Context: process context, may sleep.
 * Return: the team, which lives as long as the signal_struct does: no reference
 * is taken.  NULL if there is no memory.
 */
struct nexus_team *nexus_team_get(struct task_struct *task)
{
	struct signal_struct *sig = task->signal;
	struct nexus_team *team = READ_ONCE(sig->nexus);
	struct nexus_team *old;

	if (likely(team))
		return team;

	/* No pid if the task has been reaped meanwhile, which is as good. */
	team = nexus_team_alloc(get_task_pid(task, PIDTYPE_TGID));
	if (!team)
		return NULL;

	old = cmpxchg(&sig->nexus, NULL, team);
	if (old) {
		nexus_team_put(team);
		return old;
	}

	/*
	 * The process may end right now.  do_exit() makes live 0 and then
	 * looks for a team, with a full barrier in between as there is in
	 * cmpxchg(): if it did not see this team it is seen here to be gone.
	 * If both see each other the second to come finds nothing to do.
	 */
	if (!atomic_read(&sig->live))
		nexus_team_exit(team);
	return team;
}

/**
 * nexus_team_current - the caller's team
 *
 * Context: process context, may sleep.
 * Return: the team, which lives as long as the caller, NULL if there is no
 * memory.
 */
struct nexus_team *nexus_team_current(void)
{
	return nexus_team_get(current);
}

/**
 * nexus_team_find - find a team by its id
 * @nr:     tgid in the caller's pid namespace, 0 for the caller's own team
 * @create: whether to make a team for a process that never had one
 * @uid:    set to the effective uid of its first thread; may be NULL
 * @gid:    set to its effective gid; may be NULL
 *
 * Context: process context, may sleep.
 * Return: the team with a reference; NULL if the process has none and @create
 * is false; ERR_PTR(-EINVAL) for a negative @nr, ERR_PTR(-ESRCH) if there is
 * no such process, it has ended or belongs to the kernel, ERR_PTR(-ENOMEM).
 */
struct nexus_team *nexus_team_find(pid_t nr, bool create, kuid_t *uid,
				   kgid_t *gid)
{
	struct task_struct *task __free(put_task) = NULL;
	struct nexus_team *team;

	if (nr < 0)
		return ERR_PTR(-EINVAL);

	scoped_guard(rcu) {
		const struct cred *cred;

		task = nr ? pid_task(find_vpid(nr), PIDTYPE_TGID) :
			    current->group_leader;
		if (!task || task->flags & PF_KTHREAD ||
		    !atomic_read(&task->signal->live)) {
			task = NULL;
			return ERR_PTR(-ESRCH);
		}
		get_task_struct(task);
		cred = __task_cred(task);
		if (uid)
			*uid = cred->euid;
		if (gid)
			*gid = cred->egid;
	}

	if (create) {
		team = nexus_team_get(task);
		if (!team)
			return ERR_PTR(-ENOMEM);
	} else {
		team = READ_ONCE(task->signal->nexus);
		if (!team)
			return NULL;
	}
	/* The task holds its signal_struct, and that the team. */
	refcount_inc(&team->refs);
	return team;
}

static struct rb_root *nexus_team_owned(struct nexus_team *team,
					unsigned int type)
{
	lockdep_assert_held(&team->lock);
	return &team->owned[type - NEXUS_TYPE_FIRST];
}

static bool nexus_team_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct nexus_object, team_node)->perm.id <
	       rb_entry(b, struct nexus_object, team_node)->perm.id;
}

static void __nexus_team_link(struct nexus_team *team,
			      struct nexus_object *obj)
{
	rb_add(&obj->team_node, nexus_team_owned(team, obj->ops->type),
	       nexus_team_less);
	refcount_inc(&team->refs);
	obj->team = team;
}

/**
 * nexus_team_link - make a team the owner of a new object
 * @team: the team, which is the caller's, or the object is an area: those do
 *        not go with their team, so that it may have ended
 * @obj:  the object, locked
 */
void nexus_team_link(struct nexus_team *team, struct nexus_object *obj)
{
	ipc_assert_locked_object(&obj->perm);
	guard(spinlock)(&team->lock);
	__nexus_team_link(team, obj);
}

/**
 * nexus_team_unlink - an object has no owner any more
 * @obj: the object, locked
 */
void nexus_team_unlink(struct nexus_object *obj)
{
	struct nexus_team *team = obj->team;

	ipc_assert_locked_object(&obj->perm);
	spin_lock(&team->lock);
	rb_erase(&obj->team_node, nexus_team_owned(team, obj->ops->type));
	obj->team = NULL;
	spin_unlock(&team->lock);
	nexus_team_put(team);
}

/**
 * nexus_team_move - give an object to another team
 * @obj:  the object, locked
 * @team: its new owner
 *
 * Return: 0, or -ESRCH if the team has ended, and then nothing has changed.
 */
int nexus_team_move(struct nexus_object *obj, struct nexus_team *team)
{
	struct nexus_team *old = obj->team;
	struct nexus_team *first = min(old, team);
	struct nexus_team *second = max(old, team);
	int err = -ESRCH;

	ipc_assert_locked_object(&obj->perm);
	if (old == team)
		return 0;

	spin_lock(&first->lock);
	spin_lock_nested(&second->lock, SINGLE_DEPTH_NESTING);
	if (!team->dead) {
		rb_erase(&obj->team_node,
			 nexus_team_owned(old, obj->ops->type));
		__nexus_team_link(team, obj);
		err = 0;
	}
	spin_unlock(&second->lock);
	spin_unlock(&first->lock);

	if (!err)
		nexus_team_put(old);
	return err;
}

/**
 * nexus_team_next - the object of a team that follows an id
 * @team: the team
 * @type: type of the objects
 * @id:   id, which need not exist
 *
 * Return: the object with the smallest id above @id, with a reference, or
 * NULL.
 */
struct nexus_object *nexus_team_next(struct nexus_team *team,
				     unsigned int type, int id)
{
	struct nexus_object *obj, *next = NULL;
	struct rb_node *node;

	guard(spinlock)(&team->lock);
	node = nexus_team_owned(team, type)->rb_node;
	while (node) {
		obj = rb_entry(node, struct nexus_object, team_node);
		if (obj->perm.id > id) {
			next = obj;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	/* It leaves the tree before its last reference goes. */
	if (next)
		nexus_object_get(next);
	return next;
}

/**
 * nexus_team_nr - the id of a team
 * @team: the team
 *
 * Return: the tgid in the caller's pid namespace, 0 if it has none there.
 */
pid_t nexus_team_nr(struct nexus_team *team)
{
	return pid_vnr(team->pid);
}

/*
 * Delete all that a team owned when this began, but areas, which go with the
 * address space.  The ids only go up and end at the highest of then, so this
 * comes to an end whatever it is given meanwhile.
 */
static void nexus_team_clear(struct nexus_team *team)
{
	for (unsigned int type = NEXUS_TYPE_FIRST; type <= NEXUS_TYPE_LAST;
	     type++) {
		struct nexus_object *obj;
		struct rb_node *node;
		int id = 0, last = 0;

		if (type == NEXUS_TYPE_AREA)
			continue;
		scoped_guard(spinlock, &team->lock) {
			node = rb_last(nexus_team_owned(team, type));
			if (node)
				last = rb_entry(node, struct nexus_object,
						team_node)->perm.id;
		}
		while (id < last) {
			obj = nexus_team_next(team, type, id);
			if (!obj)
				break;
			id = obj->perm.id;
			nexus_object_delete(obj, team);
			nexus_object_put(obj);
			cond_resched();
		}
	}
}

/**
 * nexus_team_exit - a team ends
 * @team: the team
 *
 * May run twice, see nexus_team_get().
 *
 * Context: process context, may sleep.
 */
void nexus_team_exit(struct nexus_team *team)
{
	struct nexus_team_guest *guest;

	scoped_guard(spinlock, &team->lock) {
		team->dead = true;
		guest = team->guest;
		team->guest = NULL;
	}
	if (guest)
		guest->end(guest);
	nexus_team_clear(team);
	nexus_records_clear(team);
}

/**
 * nexus_team_guest - what another part of the kernel keeps for the caller
 *
 * Context: process context.
 * Return: what nexus_team_set_guest() was given, valid as long as the caller
 * is in the kernel; NULL if there is nothing.
 */
struct nexus_team_guest *nexus_team_guest(void)
{
	struct nexus_team *team = READ_ONCE(current->signal->nexus);

	if (!team)
		return NULL;
	guard(spinlock)(&team->lock);
	return team->guest;
}

/**
 * nexus_team_set_guest - keep something for the caller's team
 * @guest: what; its end() is called when the team ends
 *
 * Context: process context, may sleep.
 * Return: 0, -EEXIST if there is something already, -ENOMEM.
 */
int nexus_team_set_guest(struct nexus_team_guest *guest)
{
	struct nexus_team *team = nexus_team_current();

	if (!team)
		return -ENOMEM;
	/* It is alive, as the caller is part of it. */
	guard(spinlock)(&team->lock);
	if (team->guest)
		return -EEXIST;
	team->guest = guest;
	return 0;
}

/**
 * nexus_team_exec - a team goes over to a new program
 * @team: the caller's team
 *
 * Context: process context, may sleep.
 */
void nexus_team_exec(struct nexus_team *team)
{
	nexus_team_clear(team);
	nexus_thread_exec(team);
}

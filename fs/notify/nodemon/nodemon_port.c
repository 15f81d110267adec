// SPDX-License-Identifier: GPL-2.0
/*
 * Node monitor: targets that are ports.
 *
 * A team has a target for each port and token that it named.  They are kept
 * with the team, which is not what a file descriptor could do: exec does not
 * end them, and a child of fork() has none.  A target is made for its first
 * watch and ended after its last.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fsnotify_backend.h>
#include <linux/memcontrol.h>
#include <linux/mutex.h>
#include <linux/nexus.h>
#include <linux/panic.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/workqueue.h>

#include "nodemon.h"

/**
 * struct nodemon_team - the targets of a team
 * @guest:   how the team knows it
 * @refs:    the team and each target
 * @lock:    protects @targets
 * @targets: struct nodemon by port and token
 */
struct nodemon_team {
	struct nexus_team_guest guest;
	refcount_t refs;
	struct mutex lock;		/* for @targets */
	struct rb_root targets;
};

/*
 * To end a group is to wait for fsnotify's own work, on the system's queue,
 * which must not be full of those who wait for it.
 */
static struct workqueue_struct *nodemon_wq __ro_after_init;

static void nodemon_team_put(struct nodemon_team *team)
{
	if (refcount_dec_and_test(&team->refs))
		kfree(team);
}

struct nodemon_target {
	int port;
	s32 token;
};

static int nodemon_target_cmp(const void *key, const struct rb_node *node)
{
	const struct nodemon *nm = rb_entry(node, struct nodemon, node);
	const struct nodemon_target *target = key;

	return cmp_int(target->port, nm->port) ?:
	       cmp_int(target->token, nm->token);
}

static int nodemon_target_cmp_nodes(struct rb_node *a, const struct rb_node *b)
{
	const struct nodemon *nm = rb_entry(a, struct nodemon, node);
	struct nodemon_target target = {
		.port = nm->port,
		.token = nm->token,
	};

	return nodemon_target_cmp(&target, b);
}

static struct nodemon *nodemon_port_find(struct nodemon_team *team, int port,
					 s32 token)
{
	struct nodemon_target target = {
		.port = port,
		.token = token,
	};
	struct rb_node *node;

	lockdep_assert_held(&team->lock);
	node = rb_find(&target, &team->targets, nodemon_target_cmp);
	return node ? rb_entry(node, struct nodemon, node) : NULL;
}

static int nodemon_port_cmp(const void *key, const struct rb_node *node)
{
	const struct nodemon *nm = rb_entry(node, struct nodemon, node);

	return cmp_int(*(const int *)key, nm->port);
}

/*
 * What posts to the port for another token, or else what has been opened for
 * this one, for which *post is set to NULL: what a port does not take is held
 * back for all tokens together.
 */
static struct nexus_post *nodemon_port_share(struct nodemon_team *team,
					     int port, struct nexus_post **post)
{
	struct rb_node *node;

	lockdep_assert_held(&team->lock);
	node = rb_find(&port, &team->targets, nodemon_port_cmp);
	if (node)
		return nexus_post_get(rb_entry(node, struct nodemon,
					       node)->post);
	return xchg(post, NULL);
}

/* Have it ended; the work has a reference to the group. */
static void nodemon_port_queue(struct nodemon *nm)
{
	fsnotify_get_group(nm->group);
	if (!queue_work(nodemon_wq, &nm->end))
		fsnotify_put_group(nm->group);
}

static void nodemon_port_end_work(struct work_struct *work)
{
	struct nodemon *nm = container_of(work, struct nodemon, end);
	struct fsnotify_group *group = nm->group;
	bool end;

	scoped_guard(mutex, &nm->team->lock) {
		if (!RB_EMPTY_NODE(&nm->node) && !atomic_read(&nm->count)) {
			rb_erase(&nm->node, &nm->team->targets);
			RB_CLEAR_NODE(&nm->node);
		}
		end = RB_EMPTY_NODE(&nm->node) && !nm->ended;
		nm->ended |= end;
	}
	if (end)
		fsnotify_destroy_group(group);
	fsnotify_put_group(group);
}

/**
 * nodemon_port_end - the last watch of a port's target is gone
 * @nm: the target
 *
 * It is ended, too, unless there is another watch by then.
 *
 * Context: nodemon_watch_freeing().
 */
void nodemon_port_end(struct nodemon *nm)
{
	if (!READ_ONCE(nm->group->shutdown))
		nodemon_port_queue(nm);
}

/**
 * nodemon_port_free - a target is freed
 * @nm: the target, which may be one for a descriptor
 */
void nodemon_port_free(struct nodemon *nm)
{
	if (nm->post)
		nexus_post_close(nm->post);
	if (nm->team)
		nodemon_team_put(nm->team);
}

/* Take a target away from its team; it hears nothing more. */
static void nodemon_port_remove(struct nodemon *nm)
{
	rb_erase(&nm->node, &nm->team->targets);
	RB_CLEAR_NODE(&nm->node);
	fsnotify_group_stop_queueing(nm->group);
	nodemon_port_queue(nm);
}

/*
 * The number has come to mean another port, in another IPC namespace or after
 * very many others: nobody can name the old one any more.
 */
static void nodemon_port_forget_old(struct nodemon_team *team, int port,
				    const struct nexus_post *post)
{
	struct rb_node *node, *next;

	lockdep_assert_held(&team->lock);
	node = rb_find_first(&port, &team->targets, nodemon_port_cmp);
	/* All that have the number have the same port. */
	if (!node ||
	    nexus_post_same(rb_entry(node, struct nodemon, node)->post, post))
		return;
	for (; node; node = next) {
		next = rb_next_match(&port, node, nodemon_port_cmp);
		nodemon_port_remove(rb_entry(node, struct nodemon, node));
	}
}

static void nodemon_team_end(struct nexus_team_guest *guest)
{
	struct nodemon_team *team = container_of(guest, struct nodemon_team,
						 guest);
	struct rb_node *node;

	scoped_guard(mutex, &team->lock) {
		while ((node = rb_first(&team->targets)))
			nodemon_port_remove(rb_entry(node, struct nodemon,
						     node));
	}
	nodemon_team_put(team);
}

/* The caller's; NULL if it has none. */
static struct nodemon_team *nodemon_team(void)
{
	struct nexus_team_guest *guest = nexus_team_guest();

	return guest ? container_of(guest, struct nodemon_team, guest) : NULL;
}

static struct nodemon_team *nodemon_team_make(void)
{
	struct nodemon_team *team = nodemon_team();
	int err;

	if (team)
		return team;
	team = kzalloc_obj(*team, GFP_KERNEL_ACCOUNT);
	if (!team)
		return ERR_PTR(-ENOMEM);
	team->guest.end = nodemon_team_end;
	refcount_set(&team->refs, 1);
	mutex_init(&team->lock);
	team->targets = RB_ROOT;
	err = nexus_team_set_guest(&team->guest);
	if (!err)
		return team;
	kfree(team);
	return err == -EEXIST ? nodemon_team() : ERR_PTR(err);
}

static struct nodemon *nodemon_port_make(struct nodemon_team *team, int port,
					 s32 token, struct nexus_post **post)
{
	struct nodemon *nm = nodemon_alloc();

	if (IS_ERR(nm))
		return nm;
	nm->port = port;
	nm->token = token;
	nm->post = nodemon_port_share(team, port, post);
	INIT_WORK(&nm->end, nodemon_port_end_work);
	refcount_inc(&team->refs);
	nm->team = team;
	rb_find_add(&nm->node, &team->targets, nodemon_target_cmp_nodes);
	return nm;
}

/**
 * nodemon_port_watch - let a port and token watch something
 * @port:   the port
 * @token:  the token
 * @post:   posts to the port; it is taken care of in any case
 * @thing:  what; the caller may watch it
 * @events: what is to be told
 *
 * Context: process context, may sleep.
 * Return: as nodemon_watch_add().
 */
int nodemon_port_watch(int port, s32 token, struct nexus_post *post,
		       const struct nodemon_thing *thing, u32 events)
{
	struct nodemon_team *team = nodemon_team_make();
	struct nodemon *nm;
	int ret;

	if (IS_ERR(team)) {
		nexus_post_close(post);
		return PTR_ERR(team);
	}
	scoped_guard(mutex, &team->lock) {
		nodemon_port_forget_old(team, port, post);
		nm = nodemon_port_find(team, port, token);
		if (!nm) {
			nm = nodemon_port_make(team, port, token, &post);
			if (IS_ERR(nm)) {
				ret = PTR_ERR(nm);
				break;
			}
		}
		ret = nodemon_watch_add(nm, thing, events);
		if (ret < 0 && !atomic_read(&nm->count))
			nodemon_port_remove(nm);
	}
	if (post)
		nexus_post_close(post);
	return ret;
}

/**
 * nodemon_port_unwatch - let a port and token no longer watch something
 * @port:  the port
 * @token: the token
 * @thing: what
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOENT.
 */
int nodemon_port_unwatch(int port, s32 token,
			 const struct nodemon_thing *thing)
{
	struct nodemon_team *team = nodemon_team();
	struct nodemon *nm;

	if (!team)
		return -ENOENT;
	guard(mutex)(&team->lock);
	nm = nodemon_port_find(team, port, token);
	return nm ? nodemon_watch_end(nm, thing) : -ENOENT;
}

/**
 * nodemon_port_stop - end all watches of a port and token
 * @port:  the port
 * @token: the token
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOENT if there is none.
 */
int nodemon_port_stop(int port, s32 token)
{
	struct nodemon_team *team = nodemon_team();
	struct nodemon *nm;
	int watches;

	if (!team)
		return -ENOENT;
	guard(mutex)(&team->lock);
	nm = nodemon_port_find(team, port, token);
	if (!nm)
		return -ENOENT;
	/* Its last watch may have gone by itself just now. */
	watches = atomic_read(&nm->count);
	nodemon_port_remove(nm);
	return watches ? 0 : -ENOENT;
}

/**
 * nodemon_port_tell - send a message to a port
 * @nm:   a target that is one
 * @news: what it is told
 *
 * If there is no memory it is lost, as it is on BeOS.
 *
 * Context: an event.
 */
void nodemon_port_tell(struct nodemon *nm, const struct nodemon_news *news)
{
	u32 size = nodemon_msg_size(news);
	struct mem_cgroup *old_memcg;
	struct nexus_msg *msg;
	void *data;

	/* Whoever wants to know pays for it. */
	old_memcg = set_active_memcg(nm->group->memcg);
	msg = nexus_post_new(nm->post, NODEMON_MESSAGE_CODE, size, &data);
	set_active_memcg(old_memcg);
	if (!msg)
		return;
	nodemon_msg_pack(data, size, nm->token, news);
	nexus_post(nm->post, msg);
}

/**
 * nodemon_port_init - get ready to end targets
 */
void __init nodemon_port_init(void)
{
	nodemon_wq = alloc_workqueue("nodemon", WQ_UNBOUND, 16);
	if (!nodemon_wq)
		panic("nodemon: no memory for a work queue\n");
}

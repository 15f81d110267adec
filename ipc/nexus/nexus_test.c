// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the parts of Nexus that need no second process: message
 * memory, names, deadlines, ids, ownership and waiters.
 */
#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/limits.h>
#include <linux/mman.h>
#include <linux/sched/task.h>
#include <linux/sched/wake_q.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "port.h"

#define USER_SIZE	(NEXUS_PORT_MSG_MAX + 2 * PAGE_SIZE)

/* Memory of the test's own user address space, zeroed. */
static void __user *user_memory(struct kunit *test)
{
	unsigned long addr = kunit_vm_mmap(test, NULL, 0, USER_SIZE,
					   PROT_READ | PROT_WRITE,
					   MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_NE(test, addr, 0);
	KUNIT_ASSERT_LT(test, addr, TASK_SIZE);
	return (void __user *)addr;
}

static u8 *pattern(struct kunit *test, size_t size)
{
	u8 *buf = kunit_kmalloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (size_t i = 0; i < size; i++)
		buf[i] = i * 7 + (i >> 8);
	return buf;
}

/* Sizes around everything where the layout of a message changes. */
static const u32 msg_sizes[] = {
	0, 1, 64, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1,
	NEXUS_MSG_INLINE - 1, NEXUS_MSG_INLINE, NEXUS_MSG_INLINE + 1,
	3 * PAGE_SIZE - 1, 3 * PAGE_SIZE, 3 * PAGE_SIZE + 1,
	NEXUS_PORT_MSG_MAX - 1, NEXUS_PORT_MSG_MAX,
};

static void msg_round_trip(struct kunit *test)
{
	u8 *in = pattern(test, NEXUS_PORT_MSG_MAX);
	u8 *out = kunit_kzalloc(test, NEXUS_PORT_MSG_MAX + 1, GFP_KERNEL);
	void __user *umem = user_memory(test);

	KUNIT_ASSERT_NOT_NULL(test, out);
	for (int i = 0; i < ARRAY_SIZE(msg_sizes); i++) {
		u32 size = msg_sizes[i];
		struct nexus_msg *msg;

		KUNIT_ASSERT_EQ(test, copy_to_user(umem, in, size), 0);
		msg = nexus_msg_from_user(-5, umem, size);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, msg);
		KUNIT_EXPECT_EQ(test, msg->meta.code, -5);
		KUNIT_EXPECT_EQ(test, msg->meta.size, size);
		KUNIT_EXPECT_EQ(test, msg->charged, 0);

		KUNIT_ASSERT_EQ(test, clear_user(umem, size + 1), 0);
		KUNIT_EXPECT_EQ(test, nexus_msg_to_user(msg, umem, size), 0);
		memset(out, 0xff, size + 1);
		KUNIT_ASSERT_EQ(test, copy_from_user(out, umem, size + 1), 0);
		KUNIT_EXPECT_MEMEQ(test, out, in, size);
		/* And not a byte more. */
		KUNIT_EXPECT_EQ(test, out[size], 0);
		nexus_msg_free(msg);
	}
}

static void msg_partial_copy(struct kunit *test)
{
	u8 *in = pattern(test, NEXUS_PORT_MSG_MAX);
	u8 *out = kunit_kzalloc(test, NEXUS_PORT_MSG_MAX, GFP_KERNEL);
	void __user *umem = user_memory(test);
	struct nexus_msg *msg;

	KUNIT_ASSERT_NOT_NULL(test, out);
	KUNIT_ASSERT_EQ(test, copy_to_user(umem, in, NEXUS_PORT_MSG_MAX), 0);
	msg = nexus_msg_from_user(0, umem, NEXUS_PORT_MSG_MAX);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, msg);
	for (int i = 0; i < ARRAY_SIZE(msg_sizes); i++) {
		u32 size = msg_sizes[i];

		KUNIT_EXPECT_EQ(test, nexus_msg_to_user(msg, umem, size), 0);
		KUNIT_ASSERT_EQ(test, copy_from_user(out, umem, size), 0);
		KUNIT_EXPECT_MEMEQ(test, out, in, size);
	}
	nexus_msg_free(msg);
}

static void msg_gather(struct kunit *test)
{
	u8 *in = pattern(test, 3 * PAGE_SIZE);
	u8 *out = kunit_kzalloc(test, 3 * PAGE_SIZE, GFP_KERNEL);
	u8 __user *umem = user_memory(test);
	struct iovec iov[] = {
		{ umem + 10, 5 }, { umem, 0 }, { umem + 100, 2 * PAGE_SIZE },
		{ umem, 7 },
	};
	size_t size = 5 + 2 * PAGE_SIZE + 7;
	struct nexus_msg *msg;
	struct iov_iter iter;

	KUNIT_ASSERT_NOT_NULL(test, out);
	KUNIT_ASSERT_EQ(test, copy_to_user(umem, in, 3 * PAGE_SIZE), 0);
	iov_iter_init(&iter, ITER_SOURCE, iov, ARRAY_SIZE(iov), size);
	msg = nexus_msg_from_iter(1, &iter);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, msg);
	KUNIT_EXPECT_EQ(test, msg->meta.size, size);
	KUNIT_EXPECT_EQ(test, nexus_msg_to_user(msg, umem, size), 0);
	KUNIT_ASSERT_EQ(test, copy_from_user(out, umem, size), 0);
	KUNIT_EXPECT_MEMEQ(test, out, in + 10, 5);
	KUNIT_EXPECT_MEMEQ(test, out + 5, in + 100, 2 * PAGE_SIZE);
	KUNIT_EXPECT_MEMEQ(test, out + 5 + 2 * PAGE_SIZE, in, 7);
	nexus_msg_free(msg);
}

static void msg_sender(struct kunit *test)
{
	struct nexus_msg *msg;
	struct nexus_msg_meta meta;

	msg = nexus_msg_from_user(42, NULL, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, msg);
	KUNIT_EXPECT_TRUE(test, uid_eq(msg->meta.uid, current_euid()));
	KUNIT_EXPECT_TRUE(test, gid_eq(msg->meta.gid, current_egid()));
	KUNIT_EXPECT_PTR_EQ(test, msg->meta.team, task_tgid(current));
	KUNIT_EXPECT_PTR_EQ(test, msg->meta.thread, task_pid(current));

	/* A copy has references of its own. */
	nexus_meta_get(&meta, &msg->meta);
	nexus_msg_free(msg);
	KUNIT_EXPECT_EQ(test, meta.code, 42);
	KUNIT_EXPECT_PTR_EQ(test, meta.thread, task_pid(current));
	nexus_meta_put(&meta);
}

static void msg_faults(struct kunit *test)
{
	u8 __user *end = (u8 __user *)user_memory(test) + USER_SIZE;
	struct nexus_msg *msg;

	/* Runs into what lies behind the mapping. */
	KUNIT_ASSERT_EQ(test, vm_munmap((unsigned long)end - PAGE_SIZE,
					PAGE_SIZE), 0);
	end -= PAGE_SIZE;
	msg = nexus_msg_from_user(0, end - 10, 11);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(msg), -EFAULT);
	msg = nexus_msg_from_user(0, end - 5 * PAGE_SIZE, 6 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(msg), -EFAULT);

	msg = nexus_msg_from_user(0, end - 10, 10);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, msg);
	KUNIT_EXPECT_EQ(test, nexus_msg_to_user(msg, end - 9, 10), -EFAULT);
	KUNIT_EXPECT_EQ(test, nexus_msg_to_user(msg, end - 10, 10), 0);
	KUNIT_EXPECT_EQ(test,
			nexus_meta_to_user(&msg->meta, (void __user *)end - 8),
			-EFAULT);
	nexus_msg_free(msg);
}

static void name_case(struct kunit *test, char __user *umem, const char *in,
		      const char *expect)
{
	char name[NEXUS_NAME_LEN];

	memset(name, 0xff, sizeof(name));
	KUNIT_ASSERT_EQ(test, copy_to_user(umem, in, strlen(in) + 1), 0);
	KUNIT_EXPECT_EQ(test, nexus_name_from_user(name, umem), 0);
	KUNIT_EXPECT_STREQ(test, name, expect);
	/* Nothing but NUL behind it. */
	KUNIT_EXPECT_NULL(test, memchr_inv(name + strlen(expect), 0,
					   sizeof(name) - strlen(expect)));
}

static void name_from_user(struct kunit *test)
{
	char __user *umem = user_memory(test);
	char __user *end = umem + USER_SIZE - PAGE_SIZE;
	char name[NEXUS_NAME_LEN];

	name_case(test, umem, "", "");
	name_case(test, umem, "x", "x");
	name_case(test, umem, "123456789 123456789 123456789 1",
		  "123456789 123456789 123456789 1");
	name_case(test, umem, "123456789 123456789 123456789 12",
		  "123456789 123456789 123456789 1");
	name_case(test, umem, "123456789 123456789 123456789 123456789",
		  "123456789 123456789 123456789 1");

	/* At the end of the mapping: only what counts is read. */
	KUNIT_ASSERT_EQ(test, vm_munmap((unsigned long)end, PAGE_SIZE), 0);
	KUNIT_ASSERT_EQ(test, copy_to_user(end - 31,
					   "123456789 123456789 123456789 1",
					   31), 0);
	KUNIT_EXPECT_EQ(test, nexus_name_from_user(name, end - 31), 0);
	KUNIT_EXPECT_EQ(test, nexus_name_from_user(name, end - 30), -EFAULT);
	KUNIT_EXPECT_EQ(test, nexus_name_from_user(name, end), -EFAULT);
	KUNIT_EXPECT_EQ(test, nexus_name_from_user(name, NULL), -EFAULT);
}

static int deadline(struct kunit *test, struct nexus_deadline *dl,
		    unsigned int flags, void __user *umem, s64 sec, s64 nsec)
{
	struct __kernel_timespec ts = { .tv_sec = sec, .tv_nsec = nsec };

	KUNIT_ASSERT_EQ(test, copy_to_user(umem, &ts, sizeof(ts)), 0);
	return nexus_deadline_get(dl, flags, umem);
}

static void deadlines(struct kunit *test)
{
	void __user *umem = user_memory(test);
	struct nexus_deadline dl;

	KUNIT_EXPECT_EQ(test, nexus_deadline_get(&dl, 0, NULL), 0);
	KUNIT_EXPECT_FALSE(test, dl.bound);
	KUNIT_EXPECT_FALSE(test, dl.nowait);
	KUNIT_EXPECT_EQ(test, nexus_deadline_get(&dl, NEXUS_NOWAIT, NULL), 0);
	KUNIT_EXPECT_TRUE(test, dl.nowait);
	KUNIT_EXPECT_EQ(test, nexus_deadline_get(&dl, NEXUS_CLOCK_REALTIME,
						 NULL), -EINVAL);

	KUNIT_EXPECT_EQ(test, deadline(test, &dl, 0, umem, 5, 7), 0);
	KUNIT_EXPECT_TRUE(test, dl.bound);
	KUNIT_EXPECT_EQ(test, dl.clock, CLOCK_MONOTONIC);
	KUNIT_EXPECT_EQ(test, dl.at, 5 * NSEC_PER_SEC + 7);
	KUNIT_EXPECT_EQ(test, deadline(test, &dl, NEXUS_CLOCK_REALTIME, umem,
				       0, 0), 0);
	KUNIT_EXPECT_EQ(test, dl.clock, CLOCK_REALTIME);
	KUNIT_EXPECT_EQ(test, dl.at, 0);
	/* Later than the clock can say is as late as it can. */
	KUNIT_EXPECT_EQ(test, deadline(test, &dl, 0, umem, S64_MAX, 0), 0);
	KUNIT_EXPECT_EQ(test, dl.at, KTIME_MAX);

	KUNIT_EXPECT_EQ(test, deadline(test, &dl, NEXUS_NOWAIT, umem, 5, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, deadline(test, &dl, 0, umem, -1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, deadline(test, &dl, 0, umem, 0, -1), -EINVAL);
	KUNIT_EXPECT_EQ(test, deadline(test, &dl, 0, umem, 0, NSEC_PER_SEC),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, deadline(test, &dl, 0, umem, 0,
				       NSEC_PER_SEC - 1), 0);
	KUNIT_EXPECT_EQ(test, nexus_deadline_get(&dl, 0, (void __user *)8),
			-EFAULT);
}

static struct nexus_port *new_port(struct kunit *test, const char *name)
{
	struct nexus_port *port = nexus_port_alloc(1);
	int id;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, port);
	id = nexus_object_create(&port->obj, &nexus_port_ops, name, 0600);
	KUNIT_EXPECT_GT(test, id, 0);
	if (id < 0) {
		nexus_port_discard(port);
		return NULL;
	}
	/* The test's own reference: the object outlives its deletion. */
	nexus_object_get(&port->obj);
	return port;
}

static void delete_port(struct kunit *test, struct nexus_port *port)
{
	KUNIT_EXPECT_EQ(test, nexus_object_delete(&port->obj, NULL), 0);
	nexus_object_put(&port->obj);
}

static int find(const char *name)
{
	return nexus_name_find(nexus_current_ns(), NEXUS_TYPE_PORT, name);
}

static void names_oldest_first(struct kunit *test)
{
	struct nexus_port *port[3];
	int id[3];

	for (int i = 0; i < 3; i++) {
		port[i] = new_port(test, "kunit same");
		KUNIT_ASSERT_NOT_NULL(test, port[i]);
		id[i] = port[i]->obj.perm.id;
	}
	KUNIT_EXPECT_EQ(test, find("kunit same"), id[0]);
	KUNIT_EXPECT_EQ(test, find("kunit sam"), -ENOENT);
	KUNIT_EXPECT_EQ(test, find("kunit same "), -ENOENT);
	delete_port(test, port[1]);
	KUNIT_EXPECT_EQ(test, find("kunit same"), id[0]);
	delete_port(test, port[0]);
	KUNIT_EXPECT_EQ(test, find("kunit same"), id[2]);
	delete_port(test, port[2]);
	KUNIT_EXPECT_EQ(test, find("kunit same"), -ENOENT);
}

static struct nexus_object *lookup(int id)
{
	guard(rcu)();
	return nexus_object_find(nexus_current_ns(), NEXUS_TYPE_PORT, id);
}

static void ids_rise_and_wrap(struct kunit *test)
{
	struct nexus_ids *ids = nexus_ids(nexus_current_ns(), NEXUS_TYPE_PORT);
	int count = atomic_read(&ids->count);
	struct nexus_port *a, *b, *c;
	int last = 0;
	unsigned int next;

	for (int i = 0; i < 1000; i++) {
		a = new_port(test, "kunit id");
		KUNIT_ASSERT_NOT_NULL(test, a);
		KUNIT_EXPECT_GT(test, a->obj.perm.id, last);
		last = a->obj.perm.id;
		delete_port(test, a);
		KUNIT_EXPECT_NULL(test, lookup(last));
	}

	a = new_port(test, "kunit id");
	next = idr_get_cursor(&ids->idr);
	idr_set_cursor(&ids->idr, INT_MAX - 1);
	b = new_port(test, "kunit id");
	c = new_port(test, "kunit id");
	idr_set_cursor(&ids->idr, next);
	KUNIT_ASSERT_TRUE(test, a && b && c);
	KUNIT_EXPECT_EQ(test, b->obj.perm.id, INT_MAX - 1);
	KUNIT_EXPECT_PTR_EQ(test, lookup(INT_MAX - 1), &b->obj);
	/* From the beginning again, without touching what is in use. */
	KUNIT_EXPECT_GE(test, c->obj.perm.id, 1);
	KUNIT_EXPECT_LE(test, c->obj.perm.id, a->obj.perm.id + 1);
	KUNIT_EXPECT_NE(test, c->obj.perm.id, a->obj.perm.id);
	KUNIT_EXPECT_PTR_EQ(test, lookup(a->obj.perm.id), &a->obj);
	delete_port(test, a);
	delete_port(test, b);
	delete_port(test, c);

	KUNIT_EXPECT_NULL(test, lookup(0));
	KUNIT_EXPECT_NULL(test, lookup(-1));
	KUNIT_EXPECT_NULL(test, lookup(INT_MIN));
	KUNIT_EXPECT_EQ(test, atomic_read(&ids->count), count);
}

static void delete_is_once(struct kunit *test)
{
	struct nexus_port *port = new_port(test, "kunit delete");
	union nexus_info info;

	KUNIT_ASSERT_NOT_NULL(test, port);
	KUNIT_EXPECT_EQ(test, nexus_object_info(&port->obj, &info), 0);
	KUNIT_EXPECT_STREQ(test, info.port.name, "kunit delete");
	KUNIT_EXPECT_EQ(test, nexus_object_delete(&port->obj, NULL), 0);
	KUNIT_EXPECT_EQ(test, nexus_object_delete(&port->obj, NULL), -EIDRM);
	KUNIT_EXPECT_EQ(test, nexus_object_info(&port->obj, &info), -EIDRM);
	KUNIT_EXPECT_FALSE(test, nexus_object_lock(&port->obj));
	nexus_object_put(&port->obj);
}

static struct nexus_team *new_team(struct kunit *test)
{
	struct nexus_team *team = kzalloc_obj(*team);

	KUNIT_ASSERT_NOT_NULL(test, team);
	refcount_set(&team->refs, 1);
	spin_lock_init(&team->lock);
	INIT_LIST_HEAD(&team->record_list);
	team->pid = get_pid(task_tgid(current));
	return team;
}

static int move(struct nexus_port *port, struct nexus_team *team)
{
	int err;

	if (!nexus_object_lock(&port->obj))
		return -EIDRM;
	err = nexus_team_move(&port->obj, team);
	nexus_object_unlock(&port->obj);
	return err;
}

static int next_id(struct nexus_team *team, int id)
{
	struct nexus_object *obj = nexus_team_next(team, NEXUS_TYPE_PORT, id);
	int next = 0;

	if (obj) {
		next = obj->perm.id;
		nexus_object_put(obj);
	}
	return next;
}

static void team_owns(struct kunit *test)
{
	struct nexus_team *a = new_team(test), *b = new_team(test);
	struct nexus_port *port[4];
	int id[4];

	for (int i = 0; i < 4; i++) {
		port[i] = new_port(test, "kunit team");
		KUNIT_ASSERT_NOT_NULL(test, port[i]);
		id[i] = port[i]->obj.perm.id;
	}
	/* Whatever the order in which it gets them. */
	KUNIT_EXPECT_EQ(test, move(port[2], a), 0);
	KUNIT_EXPECT_EQ(test, move(port[0], a), 0);
	KUNIT_EXPECT_EQ(test, move(port[3], a), 0);
	KUNIT_EXPECT_EQ(test, move(port[1], b), 0);
	KUNIT_EXPECT_EQ(test, next_id(a, 0), id[0]);
	KUNIT_EXPECT_EQ(test, next_id(a, id[0]), id[2]);
	KUNIT_EXPECT_EQ(test, next_id(a, id[1]), id[2]);
	KUNIT_EXPECT_EQ(test, next_id(a, id[2]), id[3]);
	KUNIT_EXPECT_EQ(test, next_id(a, id[3]), 0);
	KUNIT_EXPECT_EQ(test, next_id(b, 0), id[1]);

	/* Its own owner again, and an owner who has ended. */
	KUNIT_EXPECT_EQ(test, move(port[1], b), 0);
	KUNIT_EXPECT_EQ(test, move(port[0], b), 0);
	nexus_team_exit(b);
	KUNIT_EXPECT_EQ(test, next_id(b, 0), 0);
	KUNIT_EXPECT_EQ(test, nexus_object_delete(&port[0]->obj, NULL), -EIDRM);
	KUNIT_EXPECT_EQ(test, nexus_object_delete(&port[1]->obj, NULL), -EIDRM);
	KUNIT_EXPECT_EQ(test, move(port[2], b), -ESRCH);
	KUNIT_EXPECT_PTR_EQ(test, port[2]->obj.team, a);

	/* A new program: the team stays, and can own things again. */
	nexus_team_exec(a);
	KUNIT_EXPECT_EQ(test, next_id(a, 0), 0);
	for (int i = 0; i < 4; i++)
		nexus_object_put(&port[i]->obj);
	port[0] = new_port(test, "kunit team");
	KUNIT_ASSERT_NOT_NULL(test, port[0]);
	KUNIT_EXPECT_EQ(test, move(port[0], a), 0);
	delete_port(test, port[0]);
	/* Each object held a reference to its team. */
	KUNIT_EXPECT_EQ(test, refcount_read(&a->refs), 1);
	KUNIT_EXPECT_EQ(test, refcount_read(&b->refs), 1);
	nexus_team_put(a);
	nexus_team_put(b);
}

static void waiter_done_wins(struct kunit *test)
{
	struct nexus_deadline dl = { .bound = true, .clock = CLOCK_MONOTONIC };
	struct nexus_waiter waiter;
	DEFINE_WAKE_Q(wake_q);
	LIST_HEAD(queue);

	/* A deadline that has passed, and nothing happened. */
	nexus_waiter_init(&waiter, &queue);
	KUNIT_EXPECT_EQ(test, nexus_wait(&waiter, &dl), -ETIMEDOUT);
	KUNIT_EXPECT_FALSE(test, list_empty(&queue));
	KUNIT_EXPECT_FALSE(test, waiter.done);

	nexus_waiter_complete(&waiter, -EIDRM, &wake_q);
	wake_up_q(&wake_q);
	KUNIT_EXPECT_TRUE(test, list_empty(&queue));
	KUNIT_EXPECT_EQ(test, nexus_wait(&waiter, &dl), 0);
	KUNIT_EXPECT_EQ(test, waiter.result, -EIDRM);
}

static struct kunit_case nexus_test_cases[] = {
	KUNIT_CASE(msg_round_trip),
	KUNIT_CASE(msg_partial_copy),
	KUNIT_CASE(msg_gather),
	KUNIT_CASE(msg_sender),
	KUNIT_CASE(msg_faults),
	KUNIT_CASE(name_from_user),
	KUNIT_CASE(deadlines),
	KUNIT_CASE(names_oldest_first),
	KUNIT_CASE(ids_rise_and_wrap),
	KUNIT_CASE(delete_is_once),
	KUNIT_CASE(team_owns),
	KUNIT_CASE(waiter_done_wins),
	{}
};

static struct kunit_suite nexus_test_suite = {
	.name = "nexus",
	.test_cases = nexus_test_cases,
};

kunit_test_suite(nexus_test_suite);

// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the $-devfs: paths, the tree, who may replace whose nodes.
 *
 * They make trees of their own, but for those of the functions that drivers
 * call.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/string.h>

#include "internal.h"

/* ---- paths ---- */

struct devfs_path_case {
	const char *path;
	int err;
};

static const struct devfs_path_case devfs_path_cases[] = {
	{ "a", 0 },
	{ "a/b", 0 },
	{ "a b/c,d", 0 },
	{ "a$", 0 },
	{ "a/$", 0 },
	{ "...", 0 },
	{ "..a/.b", 0 },
	{ NULL, -EINVAL },
	{ "", -EINVAL },
	{ "/", -EINVAL },
	{ "/a", -EINVAL },
	{ "a/", -EINVAL },
	{ "a//b", -EINVAL },
	{ ".", -EINVAL },
	{ "..", -EINVAL },
	{ "a/.", -EINVAL },
	{ "a/..", -EINVAL },
	{ "../a", -EINVAL },
	{ "a/./b", -EINVAL },
	{ "a/../b", -EINVAL },
	{ "$", -EINVAL },
	{ "$/dev/a", -EINVAL },
	{ "$a", -EINVAL },
};

static void devfs_path_case_name(const struct devfs_path_case *t, char *desc)
{
	strscpy(desc, t->path ? (*t->path ? t->path : "empty") : "NULL",
		KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(devfs_path, devfs_path_cases, devfs_path_case_name);

static void devfs_test_path(struct kunit *test)
{
	const struct devfs_path_case *t = test->param_value;

	KUNIT_EXPECT_EQ(test, devfs_check_path(t->path), t->err);
}

static char *devfs_test_string(struct kunit *test, char c, size_t len)
{
	char *s = kunit_kzalloc(test, len + 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	memset(s, c, len);
	return s;
}

static void devfs_test_path_length(struct kunit *test)
{
	char *path = devfs_test_string(test, 'a', DEVFS_PATH_MAX);

	KUNIT_EXPECT_EQ(test, devfs_check_path(path), -ENAMETOOLONG);
	path[NAME_MAX + 1] = '\0';
	KUNIT_EXPECT_EQ(test, devfs_check_path(path), -ENAMETOOLONG);
	path[NAME_MAX] = '\0';
	KUNIT_EXPECT_EQ(test, devfs_check_path(path), 0);

	/* Components that are short enough, and too many of them. */
	memset(path, 'a', DEVFS_PATH_MAX);
	for (int i = 1; i < DEVFS_PATH_MAX; i += 2)
		path[i] = '/';
	path[DEVFS_PATH_MAX - 1] = 'a';
	KUNIT_EXPECT_EQ(test, devfs_check_path(path), -ENAMETOOLONG);
	path[DEVFS_PATH_MAX - 1] = '\0';
	KUNIT_EXPECT_EQ(test, devfs_check_path(path), 0);
}

static void devfs_test_path_reserved(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, devfs_path_reserved("mnt"));
	KUNIT_EXPECT_TRUE(test, devfs_path_reserved("mntfoo"));
	KUNIT_EXPECT_TRUE(test, devfs_path_reserved("mnt/a"));
	KUNIT_EXPECT_TRUE(test, devfs_path_reserved("vDrive0"));
	KUNIT_EXPECT_TRUE(test, devfs_path_reserved("x/myvDrive"));
	KUNIT_EXPECT_FALSE(test, devfs_path_reserved("x/mnt"));
	KUNIT_EXPECT_FALSE(test, devfs_path_reserved("vdrive0"));
}

/* ---- nodes to play with ---- */

struct devfs_dummy {
	int released;
	int asked;
	enum devfs_replace_decision decision;
	char path[32];
	char id[32];
};

static ssize_t devfs_dummy_read(void *ctx, void *buf, size_t count)
{
	return 0;
}

static void devfs_dummy_release(void *ctx)
{
	((struct devfs_dummy *)ctx)->released++;
}

static enum devfs_replace_decision devfs_dummy_ask(void *ctx, const char *path,
						   const char *id)
{
	struct devfs_dummy *dummy = ctx;

	dummy->asked++;
	strscpy(dummy->path, path);
	strscpy(dummy->id, id);
	return dummy->decision;
}

static const struct devfs_device_ops devfs_dummy_ops = {
	.name = "dummy",
	.read = devfs_dummy_read,
	.release = devfs_dummy_release,
};

static const struct devfs_device_ops devfs_asking_ops = {
	.name = "asking",
	.read = devfs_dummy_read,
	.release = devfs_dummy_release,
	.can_replace = devfs_dummy_ask,
};

/* It is there until the tree has been freed, whatever becomes of the test. */
static struct devfs_dummy *devfs_test_dummy(struct kunit *test)
{
	struct devfs_dummy *dummy;

	dummy = kunit_kzalloc(test, sizeof(*dummy), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, dummy);
	return dummy;
}

static struct devfs_node *devfs_test_add(struct devfs_node *root,
					 const char *path,
					 const struct devfs_device_ops *ops,
					 void *ctx, enum devfs_owner_kind kind)
{
	struct devfs_new new = {
		.root = root,
		.path = path,
		.ops = ops,
		.ctx = ctx,
		.owner = { .kind = kind, .id = "test" },
		.gfp = GFP_KERNEL,
	};
	struct devfs_node *node = devfs_add(&new);

	if (!IS_ERR(node))
		devfs_node_put(node);
	return node;
}

static int devfs_test_try(struct devfs_node *root, const char *path,
			  struct devfs_dummy *dummy)
{
	return PTR_ERR_OR_ZERO(devfs_test_add(root, path, &devfs_dummy_ops,
					      dummy, DEVFS_OWNER_KERNEL));
}

/* An entry of a directory, which stays as long as nobody takes it out. */
static struct devfs_node *devfs_test_find(struct devfs_node *dir,
					  const char *name)
{
	guard(rwsem_read)(&devfs_tree_sem);
	return devfs_find(dir, name, strlen(name));
}

static int devfs_tree_test_init(struct kunit *test)
{
	test->priv = devfs_tree_new();
	return test->priv ? 0 : -ENOMEM;
}

static void devfs_tree_test_exit(struct kunit *test)
{
	if (test->priv)
		devfs_tree_free(test->priv);
}

/* ---- the tree ---- */

static void devfs_test_ops(struct kunit *test)
{
	struct devfs_device_ops ops = devfs_dummy_ops;

	KUNIT_EXPECT_EQ(test, devfs_check_ops(&ops), 0);
	KUNIT_EXPECT_EQ(test, devfs_check_ops(NULL), -EINVAL);
	ops.name = NULL;
	KUNIT_EXPECT_EQ(test, devfs_check_ops(&ops), -EINVAL);
	ops.name = "";
	KUNIT_EXPECT_EQ(test, devfs_check_ops(&ops), -EINVAL);
	ops = devfs_dummy_ops;
	ops.read = NULL;
	KUNIT_EXPECT_EQ(test, devfs_check_ops(&ops), -EINVAL);
	ops = devfs_dummy_ops;
	ops.mode = 0755;
	KUNIT_EXPECT_EQ(test, devfs_check_ops(&ops), -EINVAL);
	ops.mode = 0666;
	KUNIT_EXPECT_EQ(test, devfs_check_ops(&ops), 0);
	ops.io_max = DEVFS_IO_MAX + 1;
	KUNIT_EXPECT_EQ(test, devfs_check_ops(&ops), -EINVAL);
	ops.io_max = DEVFS_IO_MAX;
	ops.snapshot_max = DEVFS_SNAPSHOT_MAX + 1;
	KUNIT_EXPECT_EQ(test, devfs_check_ops(&ops), -EINVAL);
}

static void devfs_test_dirs(struct kunit *test)
{
	struct devfs_node *root = test->priv, *dir;
	struct devfs_dummy *one = devfs_test_dummy(test);
	struct devfs_dummy *two = devfs_test_dummy(test);
	unsigned long count = devfs_tree_count();

	KUNIT_ASSERT_EQ(test, devfs_test_try(root, "a/b/one", one), 0);
	KUNIT_ASSERT_EQ(test, devfs_test_try(root, "a/two", two), 0);
	KUNIT_EXPECT_EQ(test, devfs_tree_count(), count + 4);
	dir = devfs_test_find(root, "a");
	KUNIT_ASSERT_NOT_NULL(test, dir);
	KUNIT_EXPECT_TRUE(test, dir->is_dir);
	KUNIT_EXPECT_EQ(test, dir->dir.subdirs, 1);

	/* The directory goes with the last thing in it, and not before. */
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a/b/one",
						&devfs_dummy_ops, one), 0);
	KUNIT_EXPECT_EQ(test, one->released, 1);
	KUNIT_EXPECT_NULL(test, devfs_test_find(dir, "b"));
	KUNIT_EXPECT_PTR_EQ(test, devfs_test_find(root, "a"), dir);
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a/two",
						&devfs_dummy_ops, two), 0);
	KUNIT_EXPECT_NULL(test, devfs_test_find(root, "a"));
	KUNIT_EXPECT_EQ(test, devfs_tree_count(), count);
}

static void devfs_test_errors(struct kunit *test)
{
	struct devfs_node *root = test->priv;
	struct devfs_dummy *dummy = devfs_test_dummy(test);
	struct devfs_dummy *other = devfs_test_dummy(test);
	unsigned long count;

	KUNIT_ASSERT_EQ(test, devfs_test_try(root, "a/node", dummy), 0);
	count = devfs_tree_count();
	KUNIT_EXPECT_EQ(test, devfs_test_try(root, "a/node", other), -EEXIST);
	KUNIT_EXPECT_EQ(test, devfs_test_try(root, "a", other), -EISDIR);
	KUNIT_EXPECT_EQ(test, devfs_test_try(root, "a/node/b", other),
			-ENOTDIR);
	KUNIT_EXPECT_EQ(test, devfs_test_try(root, "a/node/b/c", other),
			-ENOTDIR);
	KUNIT_EXPECT_EQ(test, devfs_make_dirs(root, "a/node"), -ENOTDIR);
	KUNIT_EXPECT_EQ(test, devfs_make_dirs(root, "a/node/b"), -ENOTDIR);
	/* None of this leaves anything, or ends what is there. */
	KUNIT_EXPECT_EQ(test, devfs_tree_count(), count);
	KUNIT_EXPECT_EQ(test, dummy->released, 0);
	KUNIT_EXPECT_EQ(test, other->released, 0);
}

static void devfs_test_remove_path(struct kunit *test)
{
	struct devfs_node *root = test->priv;
	struct devfs_dummy *dummy = devfs_test_dummy(test);
	struct devfs_dummy *other = devfs_test_dummy(test);
	const struct devfs_device_ops *ops = &devfs_dummy_ops;

	KUNIT_ASSERT_EQ(test, devfs_test_try(root, "a/node", dummy), 0);
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a/node", ops, other),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a/node",
						&devfs_asking_ops, dummy),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a", ops, dummy),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a/nod", ops, dummy),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a/nodes", ops, dummy),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a//node", ops, dummy),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, dummy->released, 0);
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a/node", ops, dummy),
			0);
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a/node", ops, dummy),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, dummy->released, 1);
}

static void devfs_test_make_dirs(struct kunit *test)
{
	struct devfs_node *root = test->priv;
	struct devfs_dummy *dummy = devfs_test_dummy(test);

	KUNIT_EXPECT_EQ(test, devfs_make_dirs(root, ""), 0);
	KUNIT_EXPECT_EQ(test, devfs_make_dirs(root, "/a"), -EINVAL);
	KUNIT_EXPECT_EQ(test, devfs_make_dirs(root, NULL), -EINVAL);
	KUNIT_ASSERT_EQ(test, devfs_make_dirs(root, "a/b"), 0);
	KUNIT_ASSERT_EQ(test, devfs_make_dirs(root, "a/b"), 0);
	KUNIT_ASSERT_EQ(test, devfs_test_try(root, "a/b/node", dummy), 0);
	KUNIT_EXPECT_EQ(test, devfs_drop_dirs(root, "a"), -ENOENT);
	KUNIT_EXPECT_EQ(test, devfs_drop_dirs(root, "a/b"), 0);
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a/b/node",
						&devfs_dummy_ops, dummy), 0);
	KUNIT_EXPECT_NOT_NULL(test, devfs_test_find(root, "a"));
	KUNIT_EXPECT_EQ(test, devfs_drop_dirs(root, "a/b"), 0);
	KUNIT_EXPECT_NULL(test, devfs_test_find(root, "a"));
	KUNIT_EXPECT_EQ(test, devfs_drop_dirs(root, "a/b"), -ENOENT);
}

static void devfs_test_order(struct kunit *test)
{
	static const char *const names[] = { "zebra", "ant", "mouse", "a" };
	struct devfs_node *root = test->priv, *node;
	struct devfs_dummy *dummy = devfs_test_dummy(test);
	unsigned long index;
	int i = 0;

	for (int n = 0; n < ARRAY_SIZE(names); n++)
		KUNIT_ASSERT_EQ(test, devfs_test_try(root, names[n], dummy),
				0);
	scoped_guard(rwsem_read, &devfs_tree_sem)
		xa_for_each(&root->dir.order, index, node) {
			KUNIT_EXPECT_GE(test, index, 2);
			KUNIT_EXPECT_STREQ(test, node->name, names[i++]);
		}
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(names));
}

static void devfs_test_many(struct kunit *test)
{
	unsigned long count = devfs_tree_count();
	struct devfs_node *root = test->priv;
	struct devfs_dummy *dummy = devfs_test_dummy(test);
	char path[32];

	for (int i = 0; i < 2000; i++) {
		scnprintf(path, sizeof(path), "d%d/n%d", i % 7, i);
		KUNIT_ASSERT_EQ(test, devfs_test_try(root, path, dummy), 0);
	}
	for (int i = 0; i < 2000; i++) {
		scnprintf(path, sizeof(path), "d%d/n%d", i % 7, i);
		KUNIT_ASSERT_EQ(test, devfs_remove_path(root, path,
							&devfs_dummy_ops,
							dummy), 0);
	}
	KUNIT_EXPECT_EQ(test, dummy->released, 2000);
	KUNIT_EXPECT_EQ(test, devfs_tree_count(), count);
}

/* ---- replacing ---- */

enum devfs_answer { DEVFS_NO_ANSWER, DEVFS_DENIES, DEVFS_ALLOWS };

struct devfs_replace_case {
	enum devfs_owner_kind old, new;
	enum devfs_answer answer;
	int err;
};

#define K	DEVFS_OWNER_KERNEL
#define M	DEVFS_OWNER_MODULE
#define U	DEVFS_OWNER_USER

static const struct devfs_replace_case devfs_replace_cases[] = {
	{ K, K, DEVFS_NO_ANSWER, -EEXIST },
	{ K, K, DEVFS_DENIES, -EPERM },
	{ K, K, DEVFS_ALLOWS, 0 },
	{ K, M, DEVFS_NO_ANSWER, -EEXIST },
	{ K, M, DEVFS_DENIES, -EPERM },
	{ K, M, DEVFS_ALLOWS, 0 },
	{ K, U, DEVFS_NO_ANSWER, -EPERM },
	{ K, U, DEVFS_DENIES, -EPERM },
	{ K, U, DEVFS_ALLOWS, -EPERM },
	{ M, K, DEVFS_NO_ANSWER, -EEXIST },
	{ M, K, DEVFS_DENIES, -EPERM },
	{ M, K, DEVFS_ALLOWS, 0 },
	{ M, M, DEVFS_NO_ANSWER, -EEXIST },
	{ M, M, DEVFS_DENIES, -EPERM },
	{ M, M, DEVFS_ALLOWS, 0 },
	{ M, U, DEVFS_NO_ANSWER, -EPERM },
	{ M, U, DEVFS_DENIES, -EPERM },
	{ M, U, DEVFS_ALLOWS, -EPERM },
	{ U, K, DEVFS_NO_ANSWER, -EEXIST },
	{ U, K, DEVFS_DENIES, -EEXIST },
	{ U, K, DEVFS_ALLOWS, -EEXIST },
	{ U, M, DEVFS_NO_ANSWER, -EEXIST },
	{ U, M, DEVFS_DENIES, -EEXIST },
	{ U, M, DEVFS_ALLOWS, -EEXIST },
	{ U, U, DEVFS_NO_ANSWER, -EEXIST },
	{ U, U, DEVFS_DENIES, -EEXIST },
	{ U, U, DEVFS_ALLOWS, -EEXIST },
};

#undef K
#undef M
#undef U

static void devfs_replace_case_name(const struct devfs_replace_case *t,
				    char *desc)
{
	static const char *const kinds[] = { "kernel", "module", "program" };
	static const char *const answers[] = { "silent", "denies", "allows" };

	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s that %s, by %s",
		 kinds[t->old], answers[t->answer], kinds[t->new]);
}

KUNIT_ARRAY_PARAM(devfs_replace, devfs_replace_cases, devfs_replace_case_name);

static void devfs_test_replace(struct kunit *test)
{
	const struct devfs_replace_case *t = test->param_value;
	struct devfs_node *root = test->priv, *old, *new;
	struct devfs_dummy *before = devfs_test_dummy(test);
	struct devfs_dummy *after = devfs_test_dummy(test);
	unsigned long count;

	before->decision = t->answer == DEVFS_ALLOWS ? DEVFS_REPLACE_ALLOW :
						      DEVFS_REPLACE_DENY;
	old = devfs_test_add(root, "a/node",
			     t->answer == DEVFS_NO_ANSWER ? &devfs_dummy_ops :
							    &devfs_asking_ops,
			     before, t->old);
	KUNIT_ASSERT_FALSE(test, IS_ERR(old));
	count = devfs_tree_count();
	devfs_node_get(old);
	new = devfs_test_add(root, "a/node", &devfs_dummy_ops, after, t->new);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(new), t->err);
	KUNIT_EXPECT_EQ(test, devfs_tree_count(), count);
	KUNIT_EXPECT_EQ(test, old->dead, !t->err);
	KUNIT_EXPECT_EQ(test, devfs_gone(old), !t->err);
	KUNIT_EXPECT_EQ(test, before->released, !t->err);
	KUNIT_EXPECT_EQ(test, after->released, 0);
	KUNIT_EXPECT_PTR_EQ(test, devfs_test_find(old->parent, "node"),
			    t->err ? old : new);
	if (!t->err)
		KUNIT_EXPECT_EQ(test, old->index, new->index);
	devfs_node_put(old);
}

static void devfs_test_replace_question(struct kunit *test)
{
	struct devfs_dummy *dummy = devfs_test_dummy(test);
	struct devfs_dummy *other = devfs_test_dummy(test);
	struct devfs_node *root = test->priv;

	dummy->decision = DEVFS_REPLACE_ALLOW;
	KUNIT_ASSERT_FALSE(test, IS_ERR(devfs_test_add(root, "a/node",
						       &devfs_asking_ops,
						       dummy,
						       DEVFS_OWNER_KERNEL)));
	KUNIT_EXPECT_EQ(test, dummy->asked, 0);
	KUNIT_EXPECT_EQ(test, devfs_test_try(root, "a/node", other), 0);
	KUNIT_EXPECT_EQ(test, dummy->asked, 1);
	KUNIT_EXPECT_STREQ(test, dummy->path, "a/node");
	KUNIT_EXPECT_STREQ(test, dummy->id, "test");
	/* Who was replaced has nothing to take back. */
	KUNIT_EXPECT_EQ(test, devfs_remove_path(root, "a/node",
						&devfs_asking_ops, dummy),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, other->released, 0);
}

struct devfs_remover {
	struct devfs_node *node;
	struct completion done;
};

static int devfs_remover(void *data)
{
	struct devfs_remover *remover = data;

	devfs_remove(remover->node);
	complete(&remover->done);
	return 0;
}

/* A node goes when the callbacks that run have returned. */
static void devfs_test_drain(struct kunit *test)
{
	struct devfs_node *root = test->priv, *node;
	struct devfs_remover remover;
	struct devfs_dummy *dummy = devfs_test_dummy(test);
	struct task_struct *task;

	KUNIT_ASSERT_EQ(test, devfs_test_try(root, "node", dummy), 0);
	node = devfs_node_get(devfs_test_find(root, "node"));
	KUNIT_ASSERT_TRUE(test, devfs_active_get(node));
	remover.node = node;
	init_completion(&remover.done);
	task = kthread_run(devfs_remover, &remover, "devfs-remover");
	if (IS_ERR(task)) {
		devfs_active_put(node);
		devfs_node_put(node);
		KUNIT_FAIL(test, "no thread");
		return;
	}
	while (!devfs_gone(node))
		cond_resched();
	KUNIT_EXPECT_FALSE(test, devfs_active_get(node));
	KUNIT_EXPECT_NULL(test, devfs_test_find(root, "node"));
	KUNIT_EXPECT_FALSE(test, completion_done(&remover.done));
	KUNIT_EXPECT_EQ(test, dummy->released, 0);
	devfs_active_put(node);
	wait_for_completion(&remover.done);
	KUNIT_EXPECT_EQ(test, dummy->released, 1);
	devfs_node_put(node);
}

/* ---- what drivers call ---- */

static int devfs_test_register(const char *path,
			       const struct devfs_device_ops *ops, void *ctx,
			       enum devfs_owner_kind kind)
{
	struct devfs_owner owner = { .kind = kind, .id = "kunit" };

	return devfs_register_path(path, ops, ctx, owner);
}

static void devfs_test_api(struct kunit *test)
{
	const struct devfs_device_ops *ops = &devfs_dummy_ops;
	const char *path = "kunit-devfs/node";
	struct devfs_dummy *dummy = devfs_test_dummy(test);

	KUNIT_EXPECT_EQ(test, devfs_test_register(path, ops, dummy,
						  DEVFS_OWNER_USER), -EPERM);
	KUNIT_EXPECT_EQ(test, devfs_test_register(path, ops, dummy, 7),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, devfs_test_register("kunit-vDrive", ops, dummy,
						  DEVFS_OWNER_MODULE), -EPERM);
	KUNIT_EXPECT_EQ(test, devfs_test_register("mnt-kunit", ops, dummy,
						  DEVFS_OWNER_MODULE), -EPERM);
	KUNIT_EXPECT_EQ(test, devfs_test_register(path, NULL, dummy,
						  DEVFS_OWNER_KERNEL),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, devfs_test_register("", ops, dummy,
						  DEVFS_OWNER_KERNEL),
			-EINVAL);
	KUNIT_ASSERT_EQ(test, devfs_test_register(path, ops, dummy,
						  DEVFS_OWNER_MODULE), 0);
	KUNIT_EXPECT_EQ(test, devfs_test_register(path, ops, dummy,
						  DEVFS_OWNER_KERNEL),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, devfs_unregister_path(path, ops, NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, devfs_unregister_path(path, ops, dummy), 0);
	KUNIT_EXPECT_EQ(test, dummy->released, 1);
	KUNIT_EXPECT_NULL(test, devfs_test_find(devfs_dev, "kunit-devfs"));
}

static void devfs_test_text(struct kunit *test)
{
	char buf[16];

	memset(buf, '#', sizeof(buf));
	KUNIT_EXPECT_EQ(test, devfs_text(buf, sizeof(buf), "%d", 42), 2);
	KUNIT_EXPECT_EQ(test, memcmp(buf, "42", 2), 0);
	KUNIT_EXPECT_EQ(test, devfs_text(buf, sizeof(buf), "%s", ""), 9);
	KUNIT_EXPECT_EQ(test, memcmp(buf, "(unknown)", 9), 0);
	memset(buf, '#', sizeof(buf));
	KUNIT_EXPECT_EQ(test, devfs_text(buf, 4, "%s", "abcdef"), 3);
	KUNIT_EXPECT_EQ(test, memcmp(buf, "abc", 3), 0);
	KUNIT_EXPECT_EQ(test, buf[4], '#');
	memset(buf, '#', sizeof(buf));
	KUNIT_EXPECT_EQ(test, devfs_text(buf, 4, "%s", ""), 4);
	KUNIT_EXPECT_EQ(test, memcmp(buf, "(unk#", 5), 0);
}

static struct kunit_case devfs_path_test_cases[] = {
	KUNIT_CASE_PARAM(devfs_test_path, devfs_path_gen_params),
	KUNIT_CASE(devfs_test_path_length),
	KUNIT_CASE(devfs_test_path_reserved),
	{}
};

static struct kunit_suite devfs_path_test_suite = {
	.name = "devfs_dollar_path",
	.test_cases = devfs_path_test_cases,
};

static struct kunit_case devfs_tree_test_cases[] = {
	KUNIT_CASE(devfs_test_ops),
	KUNIT_CASE(devfs_test_dirs),
	KUNIT_CASE(devfs_test_errors),
	KUNIT_CASE(devfs_test_remove_path),
	KUNIT_CASE(devfs_test_make_dirs),
	KUNIT_CASE(devfs_test_order),
	KUNIT_CASE(devfs_test_many),
	KUNIT_CASE_PARAM(devfs_test_replace, devfs_replace_gen_params),
	KUNIT_CASE(devfs_test_replace_question),
	KUNIT_CASE(devfs_test_drain),
	KUNIT_CASE(devfs_test_api),
	KUNIT_CASE(devfs_test_text),
	{}
};

static struct kunit_suite devfs_tree_test_suite = {
	.name = "devfs_dollar_tree",
	.init = devfs_tree_test_init,
	.exit = devfs_tree_test_exit,
	.test_cases = devfs_tree_test_cases,
};

kunit_test_suites(&devfs_path_test_suite, &devfs_tree_test_suite);

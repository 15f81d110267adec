// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: mounting it.
 *
 * The nodes are those of the machine, so there is one superblock, and its
 * options are those of the last mount or remount that gave any.  It shows what
 * is typed and what is on the screen: user namespaces cannot mount it.
 */
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/init.h>
#include <linux/jump_label_ratelimit.h>
#include <linux/namei.h>
#include <linux/pagemap.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/statfs.h>
#include <uapi/linux/devfs_dollar.h>

#include "internal.h"

/* Directories of $/dev whose nodes get their mode by mount option. */
enum { DEVFS_INPUT, DEVFS_GRAPHICS, DEVFS_AUDIO, DEVFS_NR_DIRS };

static const char *const devfs_dir_names[DEVFS_NR_DIRS] = {
	[DEVFS_INPUT]	 = "input",
	[DEVFS_GRAPHICS] = "graphics",
	[DEVFS_AUDIO]	 = "audio",
};

enum {
	DEVFS_OPT_UID = DEVFS_NR_DIRS,
	DEVFS_OPT_GID,
	DEVFS_OPT_KBD0,
	DEVFS_OPT_PCM0,
};

/**
 * struct devfs_options - mount options
 * @given: a bit for each that was given
 * @uid:   owner of what is in $/dev
 * @gid:   its group
 * @mode:  mode of the nodes in some directories
 * @flags: a bit for each enum devfs_option
 */
struct devfs_options {
	unsigned int given;
	kuid_t uid;
	kgid_t gid;
	umode_t mode[DEVFS_NR_DIRS];
	unsigned long flags;
};

/**
 * struct devfs_fc - while it is being mounted
 * @options: what was asked for
 * @made:    there was no superblock
 */
struct devfs_fc {
	struct devfs_options options;
	bool made;
};

/* What is true now.  The lock protects all but the flags and the version. */
static DEFINE_SPINLOCK(devfs_options_lock);
static struct devfs_options devfs_options;
unsigned int devfs_options_version;

static const struct constant_table devfs_kbd0_values[] = {
	{ "event",	0 },
	{ "text",	BIT(DEVFS_OPTION_KBD0_TEXT) },
	{}
};

static const struct constant_table devfs_pcm0_values[] = {
	{ "alsa",	0 },
	{ "null",	BIT(DEVFS_OPTION_PCM0_NULL) },
	{}
};

static const struct fs_parameter_spec devfs_parameters[] = {
	fsparam_uid("uid",		DEVFS_OPT_UID),
	fsparam_gid("gid",		DEVFS_OPT_GID),
	fsparam_u32oct("input",		DEVFS_INPUT),
	fsparam_u32oct("graphics",	DEVFS_GRAPHICS),
	fsparam_u32oct("audio",		DEVFS_AUDIO),
	fsparam_enum("kbd0",		DEVFS_OPT_KBD0, devfs_kbd0_values),
	fsparam_enum("pcm0",		DEVFS_OPT_PCM0, devfs_pcm0_values),
	{}
};

/**
 * devfs_option - does a mount option ask for something?
 * @option: for what
 *
 * Context: any.
 * Return: whether it does now.
 */
bool devfs_option(enum devfs_option option)
{
	return test_bit(option, &devfs_options.flags);
}
EXPORT_SYMBOL_GPL(devfs_option);

/* The directory of $/dev that a node is in, as a number. */
static int devfs_dir_number(const struct devfs_node *node)
{
	/* Parents stay the same and have a reference. */
	while (node->parent && node->parent != devfs_dev)
		node = node->parent;
	if (!node->parent || !node->is_dir)
		return -1;
	return match_string(devfs_dir_names, DEVFS_NR_DIRS, node->name);
}

/**
 * devfs_option_attributes - what the mount options make of a node
 * @node: the node
 * @mode: its permission bits
 * @uid:  its owner
 * @gid:  its group
 *
 * Context: process context.
 */
void devfs_option_attributes(struct devfs_node *node, umode_t *mode,
			     kuid_t *uid, kgid_t *gid)
{
	int dir = devfs_dir_number(node);

	if (node->reg.kind == DEVFS_OWNER_USER)
		return;
	guard(spinlock)(&devfs_options_lock);
	if (devfs_options.given & BIT(DEVFS_OPT_UID))
		*uid = devfs_options.uid;
	if (devfs_options.given & BIT(DEVFS_OPT_GID))
		*gid = devfs_options.gid;
	if (dir >= 0 && (devfs_options.given & BIT(dir)))
		*mode = devfs_options.mode[dir];
}

static int devfs_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct devfs_fc *dfc = fc->fs_private;
	struct devfs_options *options = &dfc->options;
	struct fs_parse_result result;
	int opt;

	opt = fs_parse(fc, devfs_parameters, param, &result);
	if (opt < 0)
		return opt;
	switch (opt) {
	case DEVFS_OPT_UID:
		options->uid = result.uid;
		break;
	case DEVFS_OPT_GID:
		options->gid = result.gid;
		break;
	case DEVFS_OPT_KBD0:
		options->flags &= ~BIT(DEVFS_OPTION_KBD0_TEXT);
		options->flags |= result.uint_32;
		break;
	case DEVFS_OPT_PCM0:
		options->flags &= ~BIT(DEVFS_OPTION_PCM0_NULL);
		options->flags |= result.uint_32;
		break;
	default:
		if (result.uint_32 & ~0666)
			return invalfc(fc, "%s is a mode up to 0666",
				       param->key);
		options->mode[opt] = result.uint_32;
	}
	options->given |= BIT(opt);
	return 0;
}

/* Options that were not given stay as they are. */
static void devfs_apply(const struct devfs_options *new)
{
	struct devfs_options *now = &devfs_options;
	unsigned long keep = ~0UL;

	if (!new->given)
		return;
	if (new->given & BIT(DEVFS_OPT_KBD0))
		keep &= ~BIT(DEVFS_OPTION_KBD0_TEXT);
	if (new->given & BIT(DEVFS_OPT_PCM0))
		keep &= ~BIT(DEVFS_OPTION_PCM0_NULL);

	guard(spinlock)(&devfs_options_lock);
	WRITE_ONCE(now->flags, (now->flags & keep) | new->flags);
	if (new->given & BIT(DEVFS_OPT_UID))
		now->uid = new->uid;
	if (new->given & BIT(DEVFS_OPT_GID))
		now->gid = new->gid;
	for (int i = 0; i < DEVFS_NR_DIRS; i++)
		if (new->given & BIT(i))
			now->mode[i] = new->mode[i];
	now->given |= new->given;
	WRITE_ONCE(devfs_options_version, devfs_options_version + 1);
}

static int devfs_show_options(struct seq_file *seq, struct dentry *root)
{
	struct devfs_options now;

	scoped_guard(spinlock, &devfs_options_lock)
		now = devfs_options;
	if (now.given & BIT(DEVFS_OPT_UID))
		seq_printf(seq, ",uid=%u",
			   from_kuid_munged(&init_user_ns, now.uid));
	if (now.given & BIT(DEVFS_OPT_GID))
		seq_printf(seq, ",gid=%u",
			   from_kgid_munged(&init_user_ns, now.gid));
	for (int i = 0; i < DEVFS_NR_DIRS; i++)
		if (now.given & BIT(i))
			seq_printf(seq, ",%s=%#o", devfs_dir_names[i],
				   now.mode[i]);
	if (now.flags & BIT(DEVFS_OPTION_KBD0_TEXT))
		seq_puts(seq, ",kbd0=text");
	if (now.flags & BIT(DEVFS_OPTION_PCM0_NULL))
		seq_puts(seq, ",pcm0=null");
	return 0;
}

static int devfs_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	int err = simple_statfs(dentry, buf);

	buf->f_files = devfs_tree_count() + 1;
	return err;
}

static void devfs_evict_inode(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	/* It may still be looked at under RCU; so is the entry. */
	devfs_node_put(inode->i_private);
}

static const struct super_operations devfs_super_operations = {
	.statfs		= devfs_statfs,
	/* Nobody is to keep the entries of those who have gone. */
	.drop_inode	= inode_just_drop,
	.show_options	= devfs_show_options,
	.evict_inode	= devfs_evict_inode,
};

static int devfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct devfs_fc *dfc = fc->fs_private;
	struct inode *inode;

	dfc->made = true;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_magic = DEVFS_DOLLAR_MAGIC;
	sb->s_op = &devfs_super_operations;
	sb->s_time_gran = 1;
	set_default_d_op(sb, &devfs_dentry_operations);

	inode = devfs_inode(sb, devfs_root);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	sb->s_root = d_make_root(inode);
	return sb->s_root ? 0 : -ENOMEM;
}

/*
 * Names that begin with "$/" are looked at as long as there is a superblock.
 * What is counted here devfs_kill_sb() takes back, which the VFS calls for
 * every superblock that it made.
 */
static int devfs_get_tree(struct fs_context *fc)
{
	struct devfs_fc *dfc = fc->fs_private;
	int err;

	static_branch_deferred_inc(&namei_dollar_key);
	err = get_tree_single(fc, devfs_fill_super);
	if (!dfc->made)
		static_branch_slow_dec_deferred(&namei_dollar_key);
	if (!err)
		devfs_apply(&dfc->options);
	return err;
}

static void devfs_kill_sb(struct super_block *sb)
{
	kill_anon_super(sb);
	static_branch_slow_dec_deferred(&namei_dollar_key);
}

static int devfs_reconfigure(struct fs_context *fc)
{
	struct devfs_fc *dfc = fc->fs_private;

	devfs_apply(&dfc->options);
	return 0;
}

static void devfs_free_fc(struct fs_context *fc)
{
	kfree(fc->fs_private);
}

static const struct fs_context_operations devfs_context_operations = {
	.parse_param	= devfs_parse_param,
	.get_tree	= devfs_get_tree,
	.reconfigure	= devfs_reconfigure,
	.free		= devfs_free_fc,
};

static int devfs_init_fs_context(struct fs_context *fc)
{
	fc->fs_private = kzalloc_obj(struct devfs_fc);
	if (!fc->fs_private)
		return -ENOMEM;
	fc->ops = &devfs_context_operations;
	fc->s_iflags |= SB_I_NOEXEC | SB_I_NODEV;
	return 0;
}

static struct file_system_type devfs_fs_type = {
	.name			= "devfs_dollar",
	.fs_flags		= FS_DOLLAR_ROOT,
	.init_fs_context	= devfs_init_fs_context,
	.parameters		= devfs_parameters,
	.kill_sb		= devfs_kill_sb,
};
MODULE_ALIAS_FS("devfs_dollar");

static int __init devfs_init(void)
{
	int err = devfs_dev ? register_filesystem(&devfs_fs_type) : -ENOMEM;

	if (err)
		pr_err("devfs_dollar: cannot start: %d\n", err);
	return err;
}
fs_initcall(devfs_init);

// SPDX-License-Identifier: GPL-2.0
/*
 * Node monitor: what was last told of open files.
 *
 * Writing is not told as it happens: those who want it get interim news, at
 * most once a second for each open file, and all get final ones when it is
 * closed, of what has changed since the open or since it was last told.  So a
 * target remembers of each file that is open for writing, and that it would
 * tell of, how it was then.
 *
 * The records are found by inode and file.  Neither is ever looked into: they
 * are only compared, and the file may be long gone if its close was not told
 * here, because the file was moved out of the watched directory or the watch
 * ended.  That an open file that has nothing to do with it is taken for it is
 * impossible as long as opening is told where closing is, as an open replaces
 * what was there.  What is never closed is dropped when there are too many
 * records, and when the watch ends through which the file was first seen.
 */
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

#include "nodemon.h"

#define NODEMON_OPENS_BITS	8

/* Most open files that a target remembers. */
#define NODEMON_OPENS_MAX	8192

/*
 * Interim news are that many nanoseconds apart.  Counted by the clock and not
 * in ticks, which can lag by any time where the CPUs are virtual.
 */
#define NODEMON_INTERIM		NSEC_PER_SEC

/**
 * struct nodemon_open - an open file
 * @hash:    with others of the same hash
 * @age:     oldest first
 * @file:    the file, not to be looked into
 * @inode:   its inode, likewise
 * @watch:   the watch through which it was first seen
 * @unknown: it had been open before; @size means nothing
 * @written: it was written since it was last told
 * @size:    size, when it was opened or last told
 * @mtime:   modification time, likewise
 * @isize:   size that was last told by interim news, at first @size
 * @itime:   when that was, CLOCK_MONOTONIC in ns
 */
struct nodemon_open {
	struct hlist_node hash;
	struct list_head age;
	const struct file *file;
	const struct inode *inode;
	int watch;
	bool unknown;
	bool written;
	loff_t size;
	struct timespec64 mtime;
	loff_t isize;
	u64 itime;
};

/**
 * struct nodemon_opens - the open files that a target remembers
 * @lock: protects all of it
 * @nr:   how many
 * @age:  oldest first
 * @hash: by file
 */
struct nodemon_opens {
	spinlock_t lock;		/* for all of it */
	unsigned int nr;
	struct list_head age;
	struct hlist_head hash[1 << NODEMON_OPENS_BITS];
};

/**
 * nodemon_opens_init - a target is going to tell of open files
 * @nm: the target
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nodemon_opens_init(struct nodemon *nm)
{
	struct nodemon_opens *opens;

	if (READ_ONCE(nm->opens))
		return 0;
	opens = kzalloc_obj(*opens, GFP_KERNEL_ACCOUNT);
	if (!opens)
		return -ENOMEM;
	spin_lock_init(&opens->lock);
	INIT_LIST_HEAD(&opens->age);
	if (cmpxchg(&nm->opens, NULL, opens))
		kfree(opens);
	return 0;
}

static void nodemon_open_drop(struct nodemon_opens *opens,
			      struct nodemon_open *open)
{
	hlist_del(&open->hash);
	list_del(&open->age);
	opens->nr--;
	kfree(open);
}

/**
 * nodemon_opens_free - a target is freed
 * @opens: what it remembered, may be NULL
 */
void nodemon_opens_free(struct nodemon_opens *opens)
{
	struct nodemon_open *open, *next;

	if (!opens)
		return;
	list_for_each_entry_safe(open, next, &opens->age, age)
		kfree(open);
	kfree(opens);
}

static struct hlist_head *nodemon_opens_head(struct nodemon_opens *opens,
					     const struct file *file)
{
	return &opens->hash[hash_ptr(file, NODEMON_OPENS_BITS)];
}

static struct nodemon_open *nodemon_opens_find(struct nodemon_opens *opens,
					       const struct file *file,
					       const struct inode *inode)
{
	struct nodemon_open *open;

	lockdep_assert_held(&opens->lock);
	hlist_for_each_entry(open, nodemon_opens_head(opens, file), hash)
		if (open->file == file && open->inode == inode)
			return open;
	return NULL;
}

/* How it is now is how it will have been. */
static void nodemon_open_note(struct nodemon_open *open, struct inode *inode)
{
	open->size = i_size_read(inode);
	open->mtime = inode_get_mtime(inode);
	open->unknown = false;
	open->written = false;
}

/* Remember a file, in place of one that was at the same address. */
static void nodemon_opens_insert(struct nodemon *nm, const struct file *file,
				 struct inode *inode, int watch, bool seen,
				 u64 now)
{
	struct nodemon_opens *opens = READ_ONCE(nm->opens);
	struct mem_cgroup *old_memcg;
	struct nodemon_open *open, *old;

	old_memcg = set_active_memcg(nm->group->memcg);
	open = kmalloc_obj(*open, GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
			   __GFP_NOWARN);
	set_active_memcg(old_memcg);
	/* Then it is as if the file had been open before. */
	if (!open)
		return;
	open->file = file;
	open->inode = inode;
	open->watch = watch;
	nodemon_open_note(open, inode);
	open->unknown = !seen;
	open->written = !seen;
	open->isize = seen ? open->size : -1;
	open->itime = now;

	guard(spinlock)(&opens->lock);
	old = nodemon_opens_find(opens, file, inode);
	if (old)
		nodemon_open_drop(opens, old);
	else if (opens->nr >= NODEMON_OPENS_MAX)
		nodemon_open_drop(opens,
				  list_first_entry(&opens->age,
						   struct nodemon_open, age));
	hlist_add_head(&open->hash, nodemon_opens_head(opens, file));
	list_add_tail(&open->age, &opens->age);
	opens->nr++;
}

/**
 * nodemon_opens_add - a file was opened for writing
 * @nm:    a target that would tell of it
 * @file:  the file
 * @inode: its inode
 * @watch: the watch that would
 * @now:   CLOCK_MONOTONIC, ns
 */
void nodemon_opens_add(struct nodemon *nm, const struct file *file,
		       struct inode *inode, int watch, u64 now)
{
	nodemon_opens_insert(nm, file, inode, watch, true, now);
}

/**
 * nodemon_opens_written - a file was written
 * @nm:      a target that would tell of it
 * @file:    the file
 * @inode:   its inode
 * @watch:   the watch that would
 * @interim: it would tell interim news
 * @now:     CLOCK_MONOTONIC, ns
 *
 * Return: whether interim news are due now, which then count as told.
 */
bool nodemon_opens_written(struct nodemon *nm, const struct file *file,
			   struct inode *inode, int watch, bool interim,
			   u64 now)
{
	struct nodemon_opens *opens = READ_ONCE(nm->opens);
	loff_t size = i_size_read(inode);
	struct nodemon_open *open;
	bool due = false;

	scoped_guard(spinlock, &opens->lock) {
		open = nodemon_opens_find(opens, file, inode);
		if (open) {
			open->written = true;
			due = interim && size != open->isize &&
			      now >= open->itime + NODEMON_INTERIM;
			if (due) {
				open->isize = size;
				open->itime = now;
			}
		}
	}
	if (!open)
		nodemon_opens_insert(nm, file, inode, watch, false, now);
	return due;
}

/**
 * nodemon_opens_close - a file that could be written is closed
 * @nm:    a target that would tell of it
 * @file:  the file
 * @inode: its inode
 *
 * Return: what has changed and was not told, NODEMON_STAT_*.
 */
u32 nodemon_opens_close(struct nodemon *nm, const struct file *file,
			struct inode *inode)
{
	struct nodemon_opens *opens = READ_ONCE(nm->opens);
	struct timespec64 mtime = inode_get_mtime(inode);
	struct nodemon_open *open;
	u32 fields = 0;

	guard(spinlock)(&opens->lock);
	open = nodemon_opens_find(opens, file, inode);
	if (!open)
		return 0;
	if (open->written || !timespec64_equal(&mtime, &open->mtime))
		fields |= NODEMON_STAT_MODIFICATION_TIME;
	if (open->unknown || i_size_read(inode) != open->size)
		fields |= NODEMON_STAT_SIZE;
	nodemon_open_drop(opens, open);
	return fields;
}

/**
 * nodemon_opens_told - size or times of a node were set, and that is told
 * @nm:    the target
 * @inode: the node
 */
void nodemon_opens_told(struct nodemon *nm, struct inode *inode)
{
	struct nodemon_opens *opens = READ_ONCE(nm->opens);
	struct nodemon_open *open;

	if (!opens || !READ_ONCE(opens->nr))
		return;
	guard(spinlock)(&opens->lock);
	/* There are few, and few are truncated while they are open. */
	list_for_each_entry(open, &opens->age, age)
		if (open->inode == inode)
			nodemon_open_note(open, inode);
}

/**
 * nodemon_opens_end - a watch ends
 * @nm:    the target
 * @watch: number of the watch
 *
 * Forgets the files that were first seen through it.
 */
void nodemon_opens_end(struct nodemon *nm, int watch)
{
	struct nodemon_opens *opens = READ_ONCE(nm->opens);
	struct nodemon_open *open, *next;

	if (!opens || !READ_ONCE(opens->nr))
		return;
	guard(spinlock)(&opens->lock);
	list_for_each_entry_safe(open, next, &opens->age, age)
		if (open->watch == watch)
			nodemon_open_drop(opens, open);
}

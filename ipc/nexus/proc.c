// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus: /proc/nexus, what a person wants to see.
 *
 * A file shows the objects of the IPC namespace of whoever opened it: those
 * that whoever reads it may read, with ids as the reader knows them.
 */
#include <linux/cred.h>
#include <linux/init.h>
#include <linux/ipc_namespace.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/stat.h>

#include "area.h"
#include "thread.h"

/**
 * struct nexus_proc_iter - an open file
 * @ipc_ns: the opener's IPC namespace, with a reference
 * @type:   what it lists
 * @main:   of threads: whether the present one is a main thread
 */
struct nexus_proc_iter {
	struct ipc_namespace *ipc_ns;
	unsigned int type;
	bool main;
};

/* The first visible object with an id of at least *pos, with a reference. */
static struct nexus_object *nexus_proc_find(struct seq_file *seq, loff_t *pos)
{
	struct nexus_proc_iter *iter = seq->private;
	struct nexus_ids *ids = nexus_ids(iter->ipc_ns->nexus, iter->type);
	struct nexus_object *obj;
	int id = *pos;

	while ((obj = nexus_object_next(ids, &id))) {
		if (nexus_object_listed(obj))
			break;
		nexus_object_put(obj);
		cond_resched();
		id++;
	}
	*pos = id;
	return obj;
}

/* Position 0 is the header, others are ids. */
static void *nexus_proc_start(struct seq_file *seq, loff_t *pos)
{
	if (*pos > INT_MAX)
		return NULL;
	return *pos ? nexus_proc_find(seq, pos) : SEQ_START_TOKEN;
}

static void nexus_proc_stop(struct seq_file *seq, void *v)
{
	if (v && v != SEQ_START_TOKEN)
		nexus_object_put(v);
}

static void *nexus_proc_next(struct seq_file *seq, void *v, loff_t *pos)
{
	nexus_proc_stop(seq, v);
	if (++*pos > INT_MAX)
		return NULL;
	return nexus_proc_find(seq, pos);
}

static void nexus_proc_name(struct seq_file *seq, const char *name)
{
	seq_escape_str(seq, name, ESCAPE_NAP | ESCAPE_OCTAL | ESCAPE_APPEND,
		       "\\");
	seq_putc(seq, '\n');
}

static int nexus_proc_ports_show(struct seq_file *seq, void *v)
{
	const struct nexus_port_info *port;
	union nexus_info info;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "        id       team capacity queued      total      bytes        uid mode flags  name\n");
		return 0;
	}
	/* Deleted meanwhile: there is nothing to show. */
	if (nexus_object_info(v, &info))
		return 0;

	port = &info.port;
	seq_printf(seq, "%10d %10d %8u %6u %10u %10llu %10u %04o %-6s ",
		   port->id, port->team, port->capacity, port->queued,
		   port->total, port->queued_bytes, port->uid, port->mode,
		   port->flags & NEXUS_PORT_CLOSED ? "closed" : "-");
	nexus_proc_name(seq, port->name);
	return 0;
}

static const struct seq_operations nexus_proc_ports_ops = {
	.start = nexus_proc_start,
	.next = nexus_proc_next,
	.stop = nexus_proc_stop,
	.show = nexus_proc_ports_show,
};

static int nexus_proc_sems_show(struct seq_file *seq, void *v)
{
	const struct nexus_sem_info *sem;
	union nexus_info info;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "        id       team       count waiting     holder        uid mode  name\n");
		return 0;
	}
	/* Deleted meanwhile: there is nothing to show. */
	if (nexus_object_info(v, &info))
		return 0;

	sem = &info.sem;
	seq_printf(seq, "%10d %10d %11d %7u %10d %10u %04o  ", sem->id,
		   sem->team, sem->count, sem->waiting, sem->latest_holder,
		   sem->uid, sem->mode);
	nexus_proc_name(seq, sem->name);
	return 0;
}

static const struct seq_operations nexus_proc_sems_ops = {
	.start = nexus_proc_start,
	.next = nexus_proc_next,
	.stop = nexus_proc_stop,
	.show = nexus_proc_sems_show,
};

static int nexus_proc_areas_show(struct seq_file *seq, void *v)
{
	const struct nexus_area_info *area;
	union nexus_info info;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "        id       team          address         size          ram lock prot  max flags         uid mode  name\n");
		return 0;
	}
	/* Deleted meanwhile: there is nothing to show. */
	if (nexus_object_info(v, &info))
		return 0;
	nexus_area_complete(v, &info);

	area = &info.area;
	seq_printf(seq, "%10d %10d %16llx %12llu %12llu %4u %04x %04x %-6s %10u %04o  ",
		   area->id, area->team, area->address, area->size,
		   area->ram_size, area->lock, area->protection,
		   area->max_protection,
		   area->flags & NEXUS_AREA_SHARED ? "shared" : "-",
		   area->uid, area->mode);
	nexus_proc_name(seq, area->name);
	return 0;
}

static const struct seq_operations nexus_proc_areas_ops = {
	.start = nexus_proc_start,
	.next = nexus_proc_next,
	.stop = nexus_proc_stop,
	.show = nexus_proc_areas_show,
};

static int nexus_proc_open(struct file *file, unsigned int type,
			   const struct seq_operations *ops)
{
	struct nexus_proc_iter *iter;

	iter = __seq_open_private(file, ops, sizeof(*iter));
	if (!iter)
		return -ENOMEM;
	iter->ipc_ns = get_ipc_ns(current->nsproxy->ipc_ns);
	iter->type = type;
	return 0;
}

static int nexus_proc_ports_open(struct inode *inode, struct file *file)
{
	return nexus_proc_open(file, NEXUS_TYPE_PORT, &nexus_proc_ports_ops);
}

static int nexus_proc_sems_open(struct inode *inode, struct file *file)
{
	return nexus_proc_open(file, NEXUS_TYPE_SEM, &nexus_proc_sems_ops);
}

static int nexus_proc_areas_open(struct inode *inode, struct file *file)
{
	return nexus_proc_open(file, NEXUS_TYPE_AREA, &nexus_proc_areas_ops);
}

static int nexus_proc_release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;
	struct nexus_proc_iter *iter = seq->private;

	put_ipc_ns(iter->ipc_ns);
	return seq_release_private(inode, file);
}

/* Of threads the position is the id too, and what is shown is the task. */
static void *nexus_proc_thread_find(struct seq_file *seq, loff_t *pos)
{
	struct nexus_proc_iter *iter = seq->private;
	struct task_struct *task;
	int id = *pos;

	task = nexus_thread_list(task_active_pid_ns(current), iter->ipc_ns,
				 &id, &iter->main);
	*pos = id;
	return task;
}

static void *nexus_proc_thread_start(struct seq_file *seq, loff_t *pos)
{
	if (*pos > INT_MAX)
		return NULL;
	return *pos ? nexus_proc_thread_find(seq, pos) : SEQ_START_TOKEN;
}

static void nexus_proc_thread_stop(struct seq_file *seq, void *v)
{
	if (v && v != SEQ_START_TOKEN)
		put_task_struct(v);
}

static void *nexus_proc_thread_next(struct seq_file *seq, void *v, loff_t *pos)
{
	nexus_proc_thread_stop(seq, v);
	if (++*pos > INT_MAX)
		return NULL;
	return nexus_proc_thread_find(seq, pos);
}

static int nexus_proc_threads_show(struct seq_file *seq, void *v)
{
	static const char * const states[] = {
		[NEXUS_THREAD_RUNNING] = "running",
		[NEXUS_THREAD_READY] = "ready",
		[NEXUS_THREAD_RECEIVING] = "receiving",
		[NEXUS_THREAD_ASLEEP] = "asleep",
		[NEXUS_THREAD_SUSPENDED] = "suspended",
		[NEXUS_THREAD_WAITING] = "waiting",
	};
	struct nexus_proc_iter *iter = seq->private;
	struct nexus_thread_info info = { };

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "        id       team     state prio        sem flags  name\n");
		return 0;
	}
	/* Ended meanwhile: there is nothing to show. */
	if (!nexus_thread_fill(v, iter->main, &info))
		return 0;
	seq_printf(seq, "%10d %10d %9s %4d %10d %-6s ", info.id, info.team,
		   states[info.state], info.priority, info.sem,
		   info.flags & NEXUS_THREAD_HAS_DATA ? "data" : "-");
	nexus_proc_name(seq, info.name);
	return 0;
}

static const struct seq_operations nexus_proc_threads_ops = {
	.start = nexus_proc_thread_start,
	.next = nexus_proc_thread_next,
	.stop = nexus_proc_thread_stop,
	.show = nexus_proc_threads_show,
};

static int nexus_proc_threads_open(struct inode *inode, struct file *file)
{
	return nexus_proc_open(file, NEXUS_TYPE_THREAD,
			       &nexus_proc_threads_ops);
}

static const struct proc_ops nexus_proc_ports_proc_ops = {
	.proc_flags = PROC_ENTRY_PERMANENT,
	.proc_open = nexus_proc_ports_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = nexus_proc_release,
};

static const struct proc_ops nexus_proc_sems_proc_ops = {
	.proc_flags = PROC_ENTRY_PERMANENT,
	.proc_open = nexus_proc_sems_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = nexus_proc_release,
};

static const struct proc_ops nexus_proc_areas_proc_ops = {
	.proc_flags = PROC_ENTRY_PERMANENT,
	.proc_open = nexus_proc_areas_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = nexus_proc_release,
};

static const struct proc_ops nexus_proc_threads_proc_ops = {
	.proc_flags = PROC_ENTRY_PERMANENT,
	.proc_open = nexus_proc_threads_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = nexus_proc_release,
};

static int __init nexus_proc_init(void)
{
	struct proc_dir_entry *dir = proc_mkdir("nexus", NULL);

	if (!dir ||
	    !proc_create("ports", 0444, dir, &nexus_proc_ports_proc_ops) ||
	    !proc_create("sems", 0444, dir, &nexus_proc_sems_proc_ops) ||
	    !proc_create("areas", 0444, dir, &nexus_proc_areas_proc_ops) ||
	    !proc_create("threads", 0444, dir, &nexus_proc_threads_proc_ops))
		return -ENOMEM;
	return 0;
}
fs_initcall(nexus_proc_init);

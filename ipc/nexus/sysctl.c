// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus: the limits of an IPC namespace under kernel.nexus.
 */
#include <linux/cred.h>
#include <linux/ipc_namespace.h>
#include <linux/kstrtox.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/sysctl.h>
#include <linux/user_namespace.h>

#include "port.h"

static const unsigned int nexus_objects_max = 1U << 24;
static const unsigned long nexus_queued_min = NEXUS_QUEUED_BYTES_MIN;
static const unsigned long nexus_queued_max = LONG_MAX;

/* Permission bits, written and read in octal as chmod does it. */
static int nexus_proc_mode(const struct ctl_table *table, int write,
			   void *buffer, size_t *lenp, loff_t *ppos)
{
	int *mode = table->data;
	char text[12];
	const struct ctl_table tmp = {
		.data = text,
		.maxlen = sizeof(text),
	};
	unsigned int value;
	int err;

	snprintf(text, sizeof(text), "%04o", READ_ONCE(*mode));
	err = proc_dostring(&tmp, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	err = kstrtouint(text, 8, &value);
	if (err)
		return err;
	if (value & ~0777)
		return -EINVAL;
	WRITE_ONCE(*mode, value);
	return 0;
}

/* A higher limit lets those go on who wait for memory. */
static int nexus_proc_queued(const struct ctl_table *table, int write,
			     void *buffer, size_t *lenp, loff_t *ppos)
{
	struct nexus_ns *nsp = container_of(table->data, struct nexus_ns,
					    queued_bytes_max);
	int err = proc_doulongvec_minmax(table, write, buffer, lenp, ppos);

	if (!err && write)
		nexus_port_feed(nsp);
	return err;
}

/* In the order that nexus_sysctl_init() gives each its data. */
static const struct ctl_table nexus_sysctls[] = {
	{
		.procname	= "ports_max",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= (void *)&nexus_objects_max,
	},
	{
		.procname	= "queued_bytes_max",
		.maxlen		= sizeof(unsigned long),
		.mode		= 0644,
		.proc_handler	= nexus_proc_queued,
		.extra1		= (void *)&nexus_queued_min,
		.extra2		= (void *)&nexus_queued_max,
	},
	{
		.procname	= "default_mode",
		.maxlen		= sizeof(int),
		.mode		= 0644,
		.proc_handler	= nexus_proc_mode,
	},
	{
		.procname	= "sems_max",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= (void *)&nexus_objects_max,
	},
	{
		.procname	= "areas_max",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= (void *)&nexus_objects_max,
	},
};

static struct nexus_ns *nexus_set_ns(struct ctl_table_set *set)
{
	return container_of(set, struct nexus_ns, set);
}

static struct ctl_table_set *nexus_set_lookup(struct ctl_table_root *root)
{
	return &nexus_current_ns()->set;
}

static int nexus_set_is_seen(struct ctl_table_set *set)
{
	return &nexus_current_ns()->set == set;
}

static void nexus_set_ownership(struct ctl_table_header *head, kuid_t *uid,
				kgid_t *gid)
{
	struct user_namespace *user_ns = nexus_set_ns(head->set)->user_ns;
	kuid_t root_uid = make_kuid(user_ns, 0);
	kgid_t root_gid = make_kgid(user_ns, 0);

	*uid = uid_valid(root_uid) ? root_uid : GLOBAL_ROOT_UID;
	*gid = gid_valid(root_gid) ? root_gid : GLOBAL_ROOT_GID;
}

/* The root user of the user namespace that owns the IPC namespace sets them. */
static int nexus_set_permissions(struct ctl_table_header *head,
				 const struct ctl_table *table)
{
	int mode = table->mode;
	kuid_t root_uid;
	kgid_t root_gid;

	nexus_set_ownership(head, &root_uid, &root_gid);
	if (uid_eq(current_euid(), root_uid))
		mode >>= 6;
	else if (in_egroup_p(root_gid))
		mode >>= 3;
	mode &= 7;
	return (mode << 6) | (mode << 3) | mode;
}

static struct ctl_table_root nexus_set_root = {
	.lookup = nexus_set_lookup,
	.permissions = nexus_set_permissions,
	.set_ownership = nexus_set_ownership,
};

/**
 * nexus_sysctl_init - register the sysctls of a namespace
 * @nsp: the namespace, with its defaults and its user_ns
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nexus_sysctl_init(struct nexus_ns *nsp)
{
	struct ctl_table *tbl;

	setup_sysctl_set(&nsp->set, &nexus_set_root, nexus_set_is_seen);
	tbl = kmemdup(nexus_sysctls, sizeof(nexus_sysctls), GFP_KERNEL_ACCOUNT);
	if (tbl) {
		tbl[0].data = &nexus_ids(nsp, NEXUS_TYPE_PORT)->max;
		tbl[1].data = &nsp->queued_bytes_max;
		tbl[2].data = &nsp->default_mode;
		tbl[3].data = &nexus_ids(nsp, NEXUS_TYPE_SEM)->max;
		tbl[4].data = &nexus_ids(nsp, NEXUS_TYPE_AREA)->max;
		nsp->sysctls = __register_sysctl_table(&nsp->set,
						       "kernel/nexus", tbl,
						       ARRAY_SIZE(nexus_sysctls));
	}
	if (!nsp->sysctls) {
		kfree(tbl);
		retire_sysctl_set(&nsp->set);
		return -ENOMEM;
	}
	return 0;
}

/**
 * nexus_sysctl_exit - unregister them
 * @nsp: the namespace
 *
 * Context: process context, may sleep; waits for those who use them.
 */
void nexus_sysctl_exit(struct nexus_ns *nsp)
{
	const struct ctl_table *tbl = nsp->sysctls->ctl_table_arg;

	unregister_sysctl_table(nsp->sysctls);
	retire_sysctl_set(&nsp->set);
	kfree(tbl);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: $/dev/md64api, facts about the machine.
 *
 * One table says what there is: most facts are both a node with a line of text
 * and a field of the record in sysinfo, and so always say the same.  They are
 * gathered afresh for each reader, in its namespaces.
 */
#define pr_fmt(fmt) "devfs_dollar: " fmt

#include <linux/console.h>
#include <linux/cred.h>
#include <linux/init.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/time.h>
#include <linux/time_namespace.h>
#include <linux/timekeeping.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <uapi/linux/devfs_dollar.h>

#include "md64.h"
#include "nodes.h"

/* Longest of the texts, the command line apart. */
#define TEXT_MAX	128

/* ---- facts that are not about hardware ---- */

static void uts_text(char *buf, size_t size, const char *text)
{
	down_read(&uts_sem);
	strscpy_pad(buf, text, size);
	up_read(&uts_sem);
}

static void pcname(char *buf, size_t size)
{
	uts_text(buf, size, utsname()->nodename);
}

static void osname(char *buf, size_t size)
{
	uts_text(buf, size, utsname()->sysname);
}

static void version(char *buf, size_t size)
{
	uts_text(buf, size, utsname()->version);
}

static void kernelversion(char *buf, size_t size)
{
	uts_text(buf, size, utsname()->release);
}

static void domain(char *buf, size_t size)
{
	uts_text(buf, size, utsname()->domainname);
	/* What uname(2) says until somebody sets it. */
	if (!strcmp(buf, "(none)"))
		memset(buf, 0, size);
}

/* The kernel knows the name of one user only. */
static void username(char *buf, size_t size)
{
	const uid_t uid = from_kuid_munged(current_user_ns(), current_euid());

	memset(buf, 0, size);
	if (uid)
		scnprintf(buf, size, "%u", uid);
	else
		strscpy_pad(buf, "root", size);
}

static void kconsole(char *buf, size_t size)
{
	struct console *con;
	int cookie;

	memset(buf, 0, size);
	cookie = console_srcu_read_lock();
	for_each_console_srcu(con) {
		if (!(console_srcu_read_flags(con) & CON_ENABLED))
			continue;
		scnprintf(buf, size, "%s%d", con->name, con->index);
		break;
	}
	console_srcu_read_unlock(cookie);
}

static u64 uptime(void)
{
	struct timespec64 ts;

	ktime_get_boottime_ts64(&ts);
	timens_add_boottime(&ts);
	return ts.tv_sec;
}

static void now(struct tm *tm)
{
	time64_to_tm(ktime_get_real_seconds(), 0, tm);
}

ssize_t md64_datetime_text(char *buf, size_t size, const struct tm *tm)
{
	return scnprintf(buf, size, "%04ld-%02d-%02d %02d:%02d:%02d",
			 tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday,
			 tm->tm_hour, tm->tm_min, tm->tm_sec);
}

static void datetime(char *buf, size_t size)
{
	struct tm tm;

	now(&tm);
	md64_datetime_text(buf, size, &tm);
}

/* ---- the table ---- */

enum fact_kind {
	FACT_TEXT,
	FACT_S32,
	FACT_U64,
};

/**
 * struct fact - something that md64api tells
 * @path:   of its node below md64api, or NULL
 * @text:   gives it as text
 * @number: gives it as a number, without @text
 * @kind:   what it is in the record
 * @offset: where it is in the record, or -1
 * @size:   bytes of it in the record, or of its text
 */
struct fact {
	const char *path;
	void (*text)(char *buf, size_t size);
	u64 (*number)(void);
	enum fact_kind kind;
	int offset;
	unsigned int size;
};

#define FACT(_path, _field, _kind, _text, _number) {			\
	.path = _path,							\
	.kind = _kind,							\
	.offset = offsetof(struct devfs_sysinfo, _field),		\
	.size = sizeof_field(struct devfs_sysinfo, _field),		\
	.text = _text,							\
	.number = _number,						\
}

#define TEXT(_path, _field, _fn) \
	FACT(_path, _field, FACT_TEXT, _fn, NULL)
#define S32(_path, _field, _fn) \
	FACT(_path, _field, FACT_S32, NULL, _fn)
#define U64(_path, _field, _fn) \
	FACT(_path, _field, FACT_U64, NULL, _fn)
#define TEXT_ONLY(_path, _size, _fn) \
	{ .path = _path, .text = _fn, .offset = -1, .size = _size }
#define NUMBER_ONLY(_path, _fn) \
	{ .path = _path, .number = _fn, .offset = -1 }

static const struct fact facts[] = {
	TEXT("pcname", pcname, pcname),
	TEXT("osname", os_name, osname),
	TEXT("version", SystemVersion, version),
	TEXT("kernelversion", KernelVersion, kernelversion),
	TEXT("arch", os_arch, md64_arch),
	S32("vm", is_virtual_machine, md64_vm),
	TEXT("vmvendor", virtualization_vendor, md64_vm_vendor),
	TEXT_ONLY("datetime", 32, datetime),
	TEXT_ONLY("bootloader", 64, md64_bootloader),
	U64("ram/total", sys_total_ram, md64_ram_total),
	U64("ram/available", sys_available_ram, md64_ram_available),
	NUMBER_ONLY("ram/lower", md64_ram_lower),
	NUMBER_ONLY("ram/upper", md64_ram_upper),
	TEXT("cpu/vendor", cpu, md64_cpu_vendor),
	TEXT("cpu/model", cpu_model, md64_cpu_model),
	S32("cpu/cores", cpu_cores, md64_cpu_cores),
	S32("cpu/threads", cpu_threads, md64_cpu_threads),
	S32("cpu/mhz", cpu_base_mhz, md64_cpu_mhz),
	TEXT("gpu/name", gpu_name, md64_gpu_name),
	TEXT("gpu/driver", gpu_driver, md64_gpu_driver),
	S32("gpu/vram", gpu_vram_mb, md64_gpu_vram),

	TEXT(NULL, username, username),
	TEXT(NULL, domain, domain),
	TEXT(NULL, kconsole, kconsole),
	TEXT(NULL, cpu_manufacturer, md64_cpu_vendor),
	S32(NULL, cpu_hyperthreading_enabled, md64_cpu_hyperthreading),
	S32(NULL, cpu_max_mhz, md64_cpu_max_mhz),
	S32(NULL, cpu_cache_l1_kb, md64_cpu_l1),
	S32(NULL, cpu_cache_l2_kb, md64_cpu_l2),
	S32(NULL, cpu_cache_l3_kb, md64_cpu_l3),
	TEXT(NULL, cpu_flags, md64_cpu_flags),
	U64(NULL, storage_total_mb, md64_storage_total),
	U64(NULL, storage_free_mb, md64_storage_free),
	TEXT(NULL, primary_disk_model, md64_disk_model),
	TEXT(NULL, bios_vendor, md64_bios_vendor),
	TEXT(NULL, bios_version, md64_bios_version),
	TEXT(NULL, motherboard_model, md64_board),
	S32(NULL, secure_boot_enabled, md64_secure_boot),
	S32(NULL, tpm_version, md64_tpm),
	U64(NULL, uptime_seconds, uptime),
};

static void put_fact(struct devfs_sysinfo *info, const struct fact *fact)
{
	void *field = (void *)info + fact->offset;

	switch (fact->kind) {
	case FACT_TEXT:
		fact->text(field, fact->size);
		break;
	case FACT_S32:
		*(s32 *)field = min_t(u64, fact->number(), S32_MAX);
		break;
	case FACT_U64:
		*(u64 *)field = fact->number();
		break;
	}
}

/**
 * md64_sysinfo - gather all facts as the caller sees them
 * @info: filled in, all of it
 *
 * Context: process context, may sleep.
 */
void md64_sysinfo(struct devfs_sysinfo *info)
{
	unsigned int i;
	struct tm tm;

	memset(info, 0, sizeof(*info));
	for (i = 0; i < ARRAY_SIZE(facts); i++)
		if (facts[i].offset >= 0)
			put_fact(info, &facts[i]);

	now(&tm);
	info->rtc_second = tm.tm_sec;
	info->rtc_minute = tm.tm_min;
	info->rtc_hour = tm.tm_hour;
	info->rtc_day = tm.tm_mday;
	info->rtc_month = tm.tm_mon + 1;
	info->rtc_year = tm.tm_year + 1900;
}

/* ---- the nodes ---- */

static ssize_t fact_snapshot(void *ctx, void *buf, size_t size)
{
	const struct fact *fact = ctx;

	if (!fact->text)
		return devfs_text(buf, size, "%llu", fact->number());
	fact->text(buf, min_t(size_t, fact->size, size));
	/* What is not known is said in the words of all nodes. */
	return strnlen(buf, size) ?: devfs_text(buf, size, "%s", "");
}

static ssize_t sysinfo_snapshot(void *ctx, void *buf, size_t size)
{
	struct devfs_sysinfo *info = buf;

	if (size < sizeof(*info))
		return -EINVAL;
	md64_sysinfo(info);
	return sizeof(*info);
}

static ssize_t cmdline_snapshot(void *ctx, void *buf, size_t size)
{
	return devfs_text(buf, size, "%s", saved_command_line);
}

static const struct devfs_device_ops sysinfo_ops = {
	.name = "sysinfo",
	.snapshot = sysinfo_snapshot,
	.snapshot_max = sizeof(struct devfs_sysinfo),
	.mode = 0444,
};

static struct devfs_device_ops cmdline_ops __ro_after_init = {
	.name = "cmdline",
	.snapshot = cmdline_snapshot,
	.mode = 0444,
};

static struct devfs_device_ops fact_ops[ARRAY_SIZE(facts)] __ro_after_init;

static int __init register_fact(unsigned int i)
{
	char path[32];

	if (!facts[i].path)
		return 0;
	fact_ops[i] = (struct devfs_device_ops){
		.name = kbasename(facts[i].path),
		.snapshot = fact_snapshot,
		.snapshot_max = TEXT_MAX,
		.mode = 0444,
	};
	scnprintf(path, sizeof(path), "md64api/%s", facts[i].path);
	/* The context is never written to. */
	return devfs_nodes_register(path, &fact_ops[i], (void *)&facts[i]);
}

/**
 * devfs_nodes_md64api_init - register $/dev/md64api
 *
 * Context: process context, at boot.
 * Return: 0, or the negative errno of the first node that could not be.
 */
int __init devfs_nodes_md64api_init(void)
{
	unsigned int i;
	int ret;

	BUILD_BUG_ON(sizeof(struct devfs_sysinfo) != 1328);
	BUILD_BUG_ON(offsetof(struct devfs_sysinfo, cpu_cores) != 576);
	BUILD_BUG_ON(offsetof(struct devfs_sysinfo, gpu_vram_mb) != 964);
	BUILD_BUG_ON(offsetof(struct devfs_sysinfo, uptime_seconds) != 1312);
	BUILD_BUG_ON(offsetof(struct devfs_sysinfo, rtc_year) != 1326);

	for (i = 0; i < ARRAY_SIZE(facts); i++) {
		ret = register_fact(i);
		if (ret)
			return ret;
	}
	ret = devfs_nodes_register("md64api/sysinfo", &sysinfo_ops, NULL);
	if (ret)
		return ret;
	cmdline_ops.snapshot_max = clamp(saved_command_line_len + 1, 64U,
					 (unsigned int)DEVFS_SNAPSHOT_MAX);
	return devfs_nodes_register("md64api/cmdline", &cmdline_ops, NULL);
}

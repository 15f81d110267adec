// SPDX-License-Identifier: GPL-2.0
/* $-devfs: what md64api tells about the processor and what it runs under. */
#include <linux/cacheinfo.h>
#include <linux/cpu.h>
#include <linux/cpufeature.h>
#include <linux/cpufreq.h>
#include <linux/cpumask.h>
#include <linux/processor.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/utsname.h>

#ifdef CONFIG_X86
#include <asm/cpuid/api.h>
#include <asm/tsc.h>
#endif

#include "md64.h"

/* Names of the boot loaders that have a number in the x86 boot protocol. */
const char *md64_bootloader_name(unsigned int id)
{
	static const char * const names[] = {
		[0x0] = "LILO",
		[0x1] = "Loadlin",
		[0x2] = "bootsect-loader",
		[0x3] = "Syslinux",
		[0x4] = "Etherboot",
		[0x5] = "ELILO",
		[0x7] = "GRUB",
		[0x8] = "U-Boot",
		[0x9] = "Xen",
		[0xa] = "Gujin",
		[0xb] = "QEMU",
		[0xc] = "Arcturus Networks uCbootloader",
		[0xd] = "kexec-tools",
		[0x11] = "Minimal Linux Bootloader",
		[0x12] = "OVMF",
		[0x13] = "barebox",
	};

	return id < ARRAY_SIZE(names) && names[id] ? names[id] : "";
}

/* ModuOS has a name for the common ones and shows the signature of others. */
const char *md64_hypervisor_name(const char signature[12])
{
	static const struct {
		const char *signature;
		const char *name;
	} known[] = {
		{ "KVMKVMKVM\0\0\0", "KVM/QEMU" },
		{ "TCGTCGTCGTCG", "KVM/QEMU" },
		{ "VMwareVMware", "VMware" },
		{ "VBoxVBoxVBox", "VirtualBox" },
		{ "Microsoft Hv", "Hyper-V" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!memcmp(signature, known[i].signature, 12))
			return known[i].name;
	return NULL;
}

/* The brand strings of processors have blanks in front. */
void md64_trim(char *buf, size_t size, const char *text)
{
	strscpy_pad(buf, skip_spaces(text), size);
}

/* Size in KiB of a data cache of the first CPU. */
static u64 cache_kib(unsigned int level)
{
	const unsigned int data = CACHE_TYPE_DATA | CACHE_TYPE_UNIFIED;
	const struct cpu_cacheinfo *cpu;
	u64 size = 0;
	unsigned int i;

	cpus_read_lock();
	cpu = get_cpu_cacheinfo(cpumask_first(cpu_online_mask));
	for (i = 0; cpu && cpu->info_list && i < cpu->num_leaves; i++)
		if (cpu->info_list[i].level == level &&
		    cpu->info_list[i].type & data)
			size = cpu->info_list[i].size / SZ_1K;
	cpus_read_unlock();
	return size;
}

u64 md64_cpu_l1(void)
{
	return cache_kib(1);
}

u64 md64_cpu_l2(void)
{
	return cache_kib(2);
}

u64 md64_cpu_l3(void)
{
	return cache_kib(3);
}

u64 md64_cpu_threads(void)
{
	return num_online_cpus();
}

/* The highest clock that the driver would choose, else the nominal one. */
u64 md64_cpu_max_mhz(void)
{
	const unsigned int khz = cpufreq_quick_get_max(0);

	return khz ? khz / 1000 : md64_cpu_mhz();
}

#ifdef CONFIG_X86

void md64_arch(char *buf, size_t size)
{
	strscpy_pad(buf, IS_ENABLED(CONFIG_X86_64) ? "AMD64" :
		    utsname()->machine, size);
}

void md64_cpu_vendor(char *buf, size_t size)
{
	md64_trim(buf, size, boot_cpu_data.x86_vendor_id);
}

void md64_cpu_model(char *buf, size_t size)
{
	md64_trim(buf, size, boot_cpu_data.x86_model_id);
}

void md64_cpu_flags(char *buf, size_t size)
{
	static const struct {
		unsigned int feature;
		const char *name;
	} flags[] = {
		{ X86_FEATURE_XMM, "SSE" },
		{ X86_FEATURE_XMM2, "SSE2" },
		{ X86_FEATURE_XMM3, "SSE3" },
		{ X86_FEATURE_SSSE3, "SSSE3" },
		{ X86_FEATURE_XMM4_1, "SSE4.1" },
		{ X86_FEATURE_XMM4_2, "SSE4.2" },
		{ X86_FEATURE_AVX, "AVX" },
		{ X86_FEATURE_AES, "AES" },
		{ X86_FEATURE_PCLMULQDQ, "PCLMUL" },
		{ X86_FEATURE_RDRAND, "RDRAND" },
		{ X86_FEATURE_TSC, "TSC" },
		{ X86_FEATURE_MMX, "MMX" },
	};
	size_t at = 0;
	unsigned int i;

	memset(buf, 0, size);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (boot_cpu_has(flags[i].feature))
			at += scnprintf(buf + at, size - at, "%s%s",
					at ? " " : "", flags[i].name);
}

u64 md64_cpu_cores(void)
{
	return topology_num_cores_per_package() * topology_max_packages();
}

u64 md64_cpu_hyperthreading(void)
{
	return topology_num_threads_per_package() >
	       topology_num_cores_per_package();
}

/* What the processor calls its base clock, or what its counter runs at. */
u64 md64_cpu_mhz(void)
{
	u32 base = 0;

	if (boot_cpu_data.cpuid_level >= 0x16)
		base = cpuid_eax(0x16) & 0xffff;
	if (base)
		return base;
	return (tsc_khz ? tsc_khz : cpu_khz) / 1000;
}

u64 md64_vm(void)
{
	return boot_cpu_has(X86_FEATURE_HYPERVISOR);
}

void md64_vm_vendor(char *buf, size_t size)
{
	char signature[13] = {};
	const char *name;
	u32 eax, regs[3];

	if (!md64_vm()) {
		memset(buf, 0, size);
		return;
	}
	cpuid(0x40000000, &eax, &regs[0], &regs[1], &regs[2]);
	memcpy(signature, regs, sizeof(regs));
	name = md64_hypervisor_name(signature);
	strscpy_pad(buf, name ? name : signature, size);
}

void md64_bootloader(char *buf, size_t size)
{
	strscpy_pad(buf, md64_bootloader_name(bootloader_type >> 4), size);
}

#else /* !CONFIG_X86: what every architecture can tell */

void md64_arch(char *buf, size_t size)
{
	strscpy_pad(buf, utsname()->machine, size);
}

void md64_cpu_vendor(char *buf, size_t size)
{
	memset(buf, 0, size);
}

void md64_cpu_model(char *buf, size_t size)
{
	memset(buf, 0, size);
}

void md64_cpu_flags(char *buf, size_t size)
{
	memset(buf, 0, size);
}

/* CPUs that are the first of their core. */
u64 md64_cpu_cores(void)
{
	unsigned int cpu;
	u64 cores = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		if (cpumask_first(topology_sibling_cpumask(cpu)) == cpu)
			cores++;
	cpus_read_unlock();
	return cores;
}

u64 md64_cpu_hyperthreading(void)
{
	return md64_cpu_threads() > md64_cpu_cores();
}

u64 md64_cpu_mhz(void)
{
	return cpufreq_quick_get_max(0) / 1000;
}

u64 md64_vm(void)
{
	return 0;
}

void md64_vm_vendor(char *buf, size_t size)
{
	memset(buf, 0, size);
}

void md64_bootloader(char *buf, size_t size)
{
	memset(buf, 0, size);
}

#endif

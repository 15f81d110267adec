/* SPDX-License-Identifier: GPL-2.0 */
/*
 * $-devfs: what md64api tells, one function for each fact.
 *
 * A text function fills @buf, of @size bytes, terminates it and fills the rest
 * with zeros; what is not known is the empty string or 0.  They may sleep.
 */
#ifndef _DEVFS_DOLLAR_MD64_H
#define _DEVFS_DOLLAR_MD64_H

#include <linux/types.h>

struct devfs_sysinfo;
struct tm;

/* The facts as one record. */
void md64_sysinfo(struct devfs_sysinfo *info);

/* How texts look; apart from the rest for the tests. */
ssize_t md64_datetime_text(char *buf, size_t size, const struct tm *tm);
void md64_trim(char *buf, size_t size, const char *text);
const char *md64_bootloader_name(unsigned int id);
const char *md64_hypervisor_name(const char signature[12]);
u64 md64_pages_to_mib(u64 pages);

/* md64_cpu.c */
void md64_arch(char *buf, size_t size);
void md64_cpu_vendor(char *buf, size_t size);
void md64_cpu_model(char *buf, size_t size);
void md64_cpu_flags(char *buf, size_t size);
void md64_vm_vendor(char *buf, size_t size);
void md64_bootloader(char *buf, size_t size);
u64 md64_cpu_cores(void);
u64 md64_cpu_threads(void);
u64 md64_cpu_hyperthreading(void);
u64 md64_cpu_mhz(void);
u64 md64_cpu_max_mhz(void);
u64 md64_cpu_l1(void);
u64 md64_cpu_l2(void);
u64 md64_cpu_l3(void);
u64 md64_vm(void);

/* md64_machine.c */
void md64_gpu_name(char *buf, size_t size);
void md64_gpu_driver(char *buf, size_t size);
void md64_disk_model(char *buf, size_t size);
void md64_bios_vendor(char *buf, size_t size);
void md64_bios_version(char *buf, size_t size);
void md64_board(char *buf, size_t size);
u64 md64_gpu_vram(void);
u64 md64_ram_total(void);
u64 md64_ram_available(void);
u64 md64_ram_lower(void);
u64 md64_ram_upper(void);
u64 md64_storage_total(void);
u64 md64_storage_free(void);
u64 md64_secure_boot(void);
u64 md64_tpm(void);

#endif /* _DEVFS_DOLLAR_MD64_H */

// SPDX-License-Identifier: GPL-2.0
/* $-devfs: what md64api tells about memory, display, disks and firmware. */
#include <linux/blkdev.h>
#include <linux/dmi.h>
#include <linux/efi.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/ioport.h>
#include <linux/magic.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/path.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/secure_boot.h>
#include <linux/sizes.h>
#include <linux/statfs.h>
#include <linux/string.h>
#include <linux/tpm.h>
#include <linux/vgaarb.h>

#if IS_BUILTIN(CONFIG_SCSI)
#include <scsi/scsi_device.h>
#include <scsi/scsi_driver.h>
#endif

#include "md64.h"

/* ---- memory ---- */

u64 md64_pages_to_mib(u64 pages)
{
	return pages >> (20 - PAGE_SHIFT);
}

u64 md64_ram_total(void)
{
	return md64_pages_to_mib(totalram_pages());
}

u64 md64_ram_available(void)
{
	const long pages = si_mem_available();

	return pages > 0 ? md64_pages_to_mib(pages) : 0;
}

/* Bytes of memory below and, up to the first hole, above the first MiB. */
struct first_ram {
	u64 lower;
	u64 upper;
};

static int add_ram(struct resource *res, void *arg)
{
	struct first_ram *ram = arg;
	const u64 start = res->start, end = res->end + 1;

	if (start < SZ_1M)
		ram->lower += min_t(u64, end, SZ_1M) - start;
	if (start <= SZ_1M && end > SZ_1M)
		ram->upper = end - SZ_1M;
	return 0;
}

static struct first_ram first_ram(void)
{
	struct first_ram ram = {};

	walk_system_ram_res(0, U64_MAX, &ram, add_ram);
	return ram;
}

u64 md64_ram_lower(void)
{
	return first_ram().lower / SZ_1K;
}

u64 md64_ram_upper(void)
{
	return first_ram().upper / SZ_1K;
}

/* ---- display ---- */

/* The adapter that the firmware used, or the first; NULL if there is none. */
static struct pci_dev *display(void)
{
	/* Nobody holds it, it may be pulled out: good to compare with only. */
	const struct pci_dev *vga = vga_default_device();
	struct pci_dev *pdev = NULL;

	if (vga) {
		for_each_pci_dev(pdev)
			if (pdev == vga)
				return pdev;
	}
	return pci_get_base_class(PCI_BASE_CLASS_DISPLAY, NULL);
}

void md64_gpu_name(char *buf, size_t size)
{
	struct pci_dev *pdev = display();

	memset(buf, 0, size);
	if (!pdev)
		return;
	/* The kernel has no names for them. */
	scnprintf(buf, size, "%04x:%04x", pdev->vendor, pdev->device);
	pci_dev_put(pdev);
}

void md64_gpu_driver(char *buf, size_t size)
{
	struct pci_dev *pdev = display();

	memset(buf, 0, size);
	if (!pdev)
		return;
	/*
	 * While it is locked its driver cannot leave it.  A driver that hangs
	 * in its probe holds that lock: who gets a signal then goes without.
	 */
	if (!device_lock_interruptible(&pdev->dev)) {
		if (pdev->dev.driver)
			strscpy_pad(buf, pdev->dev.driver->name, size);
		device_unlock(&pdev->dev);
	}
	pci_dev_put(pdev);
}

#ifdef CONFIG_PCI
static u64 largest_window(struct pci_dev *pdev)
{
	const unsigned long want = IORESOURCE_MEM | IORESOURCE_PREFETCH;
	u64 largest = 0;
	unsigned int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		if ((pci_resource_flags(pdev, i) & want) == want)
			largest = max_t(u64, largest, pci_resource_len(pdev, i));
	return largest;
}
#else
static u64 largest_window(struct pci_dev *pdev)
{
	return 0;
}
#endif

u64 md64_gpu_vram(void)
{
	struct pci_dev *pdev = display();
	u64 size;

	if (!pdev)
		return 0;
	size = largest_window(pdev);
	pci_dev_put(pdev);
	return size / SZ_1M;
}

/* ---- disks ---- */

/*
 * Space in the reader's root.  Only of filesystems on a disk of this machine or
 * in memory: others may take for ever to answer.
 */
static int root_statfs(struct kstatfs *st)
{
	struct super_block *sb;
	struct path root;
	int ret = -EOPNOTSUPP;

	get_fs_root(current->fs, &root);
	sb = root.dentry->d_sb;
	if (sb->s_type->fs_flags & FS_REQUIRES_DEV ||
	    sb->s_magic == TMPFS_MAGIC)
		ret = vfs_statfs(&root, st);
	path_put(&root);
	return ret;
}

static u64 blocks_to_mib(u64 blocks, const struct kstatfs *st)
{
	return mul_u64_u64_div_u64(blocks, st->f_frsize ?: st->f_bsize, SZ_1M);
}

u64 md64_storage_total(void)
{
	struct kstatfs st = {};

	return root_statfs(&st) ? 0 : blocks_to_mib(st.f_blocks, &st);
}

u64 md64_storage_free(void)
{
	struct kstatfs st = {};

	return root_statfs(&st) ? 0 : blocks_to_mib(st.f_bavail, &st);
}

#if IS_BUILTIN(CONFIG_SCSI)
static bool scsi_model(struct gendisk *disk, char *buf, size_t size)
{
	struct device *parent = disk_to_dev(disk)->parent;
	char model[17];

	if (!parent || !scsi_is_sdev_device(parent))
		return false;
	/* Sixteen characters, filled with blanks. */
	strscpy_pad(model, to_scsi_device(parent)->model);
	md64_trim(buf, size, strim(model));
	return true;
}
#else
static bool scsi_model(struct gendisk *disk, char *buf, size_t size)
{
	return false;
}
#endif

void md64_disk_model(char *buf, size_t size)
{
	struct block_device *bdev;
	struct path root;

	memset(buf, 0, size);
	get_fs_root(current->fs, &root);
	bdev = root.dentry->d_sb->s_bdev;
	/* Other disks than those of SCSI keep their model to themselves. */
	if (bdev && !scsi_model(bdev->bd_disk, buf, size))
		strscpy_pad(buf, bdev->bd_disk->disk_name, size);
	path_put(&root);
}

/* ---- firmware ---- */

static void from_dmi(int field, char *buf, size_t size)
{
	const char *text = dmi_get_system_info(field);

	md64_trim(buf, size, text ? text : "");
}

void md64_bios_vendor(char *buf, size_t size)
{
	from_dmi(DMI_BIOS_VENDOR, buf, size);
}

void md64_bios_version(char *buf, size_t size)
{
	from_dmi(DMI_BIOS_VERSION, buf, size);
}

void md64_board(char *buf, size_t size)
{
	from_dmi(DMI_BOARD_NAME, buf, size);
}

u64 md64_secure_boot(void)
{
	return efi_enabled(EFI_BOOT) && arch_get_secureboot();
}

#if IS_BUILTIN(CONFIG_TCG_TPM)
u64 md64_tpm(void)
{
	struct tpm_chip *chip = tpm_default_chip();
	int two;

	if (!chip)
		return 0;
	two = tpm_is_tpm2(chip);
	put_device(&chip->dev);
	if (two < 0)
		return 0;
	return two ? 2 : 1;
}
#else
u64 md64_tpm(void)
{
	return 0;
}
#endif

// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: $/dev/graphics/video0, the first framebuffer device.
 *
 * read(2) tells its geometry.  mmap(2) gives its memory: directly where the
 * hardware shows what is in that memory, and for the shadow buffers of DRM
 * through pages that are written back to the screen shortly after a change.
 *
 * The drawing commands of ModuOS are not there: write(2) fails with EINVAL, as
 * it would for a command that is not known.  The node can be opened for writing
 * nevertheless, because that is what a shared writable mapping needs.
 */
#define pr_fmt(fmt) "devfs_dollar: " fmt

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fb.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <uapi/linux/devfs_dollar.h>

#if IS_BUILTIN(CONFIG_DRM_KMS_HELPER) && IS_ENABLED(CONFIG_DRM_FBDEV_EMULATION)
#include <drm/drm_fb_helper.h>
#endif

/* get_fb_info() and put_fb_info(): fbdev has no other way to find a device. */
#include "../../../drivers/video/fbdev/core/fb_internal.h"

#include "nodes.h"

/**
 * struct video_file - an open file of video0
 * @lock:    for @told; not taken by mmap(), which runs with the lock of the
 *           address space held
 * @told:    the geometry was read, the next read is the end of the file
 * @info:    the framebuffer that can be mapped, held as long as the file is
 *           open, or NULL
 * @mapping: where its pages are mapped, the same for all mappings
 * @flush:   writes the mapped pages to the screen
 */
struct video_file {
	struct mutex lock; /* told */
	bool told;
	struct fb_info *info;
	struct address_space *mapping;
	struct delayed_work flush;
};

/* The framebuffer with the lowest number, held, or NULL. */
static struct fb_info *first_fb(void)
{
	struct fb_info *info;
	unsigned int i;

	for (i = 0; i < FB_MAX; i++) {
		info = get_fb_info(i);
		if (!IS_ERR_OR_NULL(info))
			return info;
	}
	return NULL;
}

static u8 format_of(u32 bpp)
{
	switch (bpp) {
	case 16:
		return DEVFS_VIDEO_RGB565;
	case 32:
		return DEVFS_VIDEO_XRGB8888;
	default:
		return DEVFS_VIDEO_UNKNOWN;
	}
}

static void video_info(struct devfs_video_info *video)
{
	struct fb_info *info = first_fb();

	memset(video, 0, sizeof(*video));
	if (!info)
		return;
	lock_fb_info(info);
	video->width = info->var.xres;
	video->height = info->var.yres;
	video->pitch = info->fix.line_length;
	video->bpp = info->var.bits_per_pixel;
	video->mode = DEVFS_VIDEO_GRAPHICS;
	video->fmt = format_of(info->var.bits_per_pixel);
	unlock_fb_info(info);
	put_fb_info(info);
}

/* ---- mappings of a shadow buffer ---- */

#ifdef CONFIG_FB_DEFERRED_IO

/*
 * The callback for deferred I/O may run while fbdev runs it for its own
 * mappings only in DRM, which just notes what to redraw.
 */
static bool can_flush(const struct fb_info *info)
{
#if IS_BUILTIN(CONFIG_DRM_KMS_HELPER) && IS_ENABLED(CONFIG_DRM_FBDEV_EMULATION)
	return info->fbdefio->deferred_io == drm_fb_helper_deferred_io;
#else
	return false;
#endif
}

static vm_fault_t video_fault(struct vm_fault *vmf)
{
	const struct video_file *video = vmf->vma->vm_private_data;
	struct fb_info *info = video->info;
	const unsigned long offset = vmf->pgoff << PAGE_SHIFT;
	struct page *page = NULL;

	if (vmf->pgoff >= PAGE_ALIGN(info->fix.smem_len) >> PAGE_SHIFT)
		return VM_FAULT_SIGBUS;
	if (info->fbdefio->get_page) {
		page = info->fbdefio->get_page(info, offset);
	} else if (is_vmalloc_addr(info->screen_buffer + offset)) {
		page = vmalloc_to_page(info->screen_buffer + offset);
		if (page)
			get_page(page);
	}
	if (!page)
		return VM_FAULT_SIGBUS;
	vmf->page = page;
	return 0;
}

/* A page is about to be changed: soon the screen must be. */
static vm_fault_t video_mkwrite(struct vm_fault *vmf)
{
	struct video_file *video = vmf->vma->vm_private_data;

	lock_page(vmf->page);
	schedule_delayed_work(&video->flush, video->info->fbdefio->delay);
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct video_vm_ops = {
	.fault = video_fault,
	.page_mkwrite = video_mkwrite,
};

/*
 * Takes the pages away, so that the next change faults again, and then has
 * everything redrawn: what is written in between is either seen or faults.
 */
static void video_flush(struct work_struct *work)
{
	struct video_file *video = container_of(to_delayed_work(work),
						struct video_file, flush);
	struct fb_info *info = video->info;
	struct fb_deferred_io_pageref first = {}, last = {};
	LIST_HEAD(pages);

	unmap_mapping_range(video->mapping, 0, 0, 0);
	last.offset = (info->fix.smem_len - 1) & PAGE_MASK;
	list_add_tail(&first.list, &pages);
	list_add_tail(&last.list, &pages);
	info->fbdefio->deferred_io(info, &pages);
}

static void map_shadow(struct video_file *video, struct vm_area_struct *vma)
{
	/*
	 * fbdev has chosen how the pages are cached.  Its own operations are
	 * of no use: they write back what is mapped through /dev/fb alone.
	 */
	if (vma->vm_ops && vma->vm_ops->close)
		vma->vm_ops->close(vma);
	vma->vm_ops = &video_vm_ops;
	vma->vm_private_data = video;
}

static bool is_shadow(const struct fb_info *info)
{
	return info->fbdefio;
}

#else /* !CONFIG_FB_DEFERRED_IO */

static void video_flush(struct work_struct *work)
{
}

static void map_shadow(struct video_file *video, struct vm_area_struct *vma)
{
}

static bool is_shadow(const struct fb_info *info)
{
	return false;
}

static bool can_flush(const struct fb_info *info)
{
	return false;
}

#endif

/* ---- the open files ---- */

/*
 * As open(2) of /dev/fb does it.  That cannot wait until something is mapped:
 * drivers touch user memory with the lock of the framebuffer held.
 */
static struct fb_info *hold_first_fb(void)
{
	struct fb_info *info = first_fb();
	int ret = -ENODEV;

	if (!info)
		return NULL;
	lock_fb_info(info);
	if (try_module_get(info->fbops->owner)) {
		ret = info->fbops->fb_open ? info->fbops->fb_open(info, 1) : 0;
		if (ret)
			module_put(info->fbops->owner);
	}
	unlock_fb_info(info);
	if (!ret)
		return info;
	put_fb_info(info);
	return NULL;
}

static void let_go(struct fb_info *info)
{
	lock_fb_info(info);
	if (info->fbops->fb_release)
		info->fbops->fb_release(info, 1);
	module_put(info->fbops->owner);
	unlock_fb_info(info);
	put_fb_info(info);
}

static void *video_open(void *ctx, int flags)
{
	struct video_file *video;

	video = kzalloc_obj(*video, GFP_KERNEL_ACCOUNT);
	if (!video)
		return ERR_PTR(-ENOMEM);
	mutex_init(&video->lock);
	INIT_DELAYED_WORK(&video->flush, video_flush);
	video->info = hold_first_fb();
	return video;
}

/* No mapping is left: each holds the file. */
static int video_close(void *ctx)
{
	struct video_file *video = ctx;

	flush_delayed_work(&video->flush);
	if (video->info)
		let_go(video->info);
	mutex_destroy(&video->lock);
	kfree(video);
	return 0;
}

static ssize_t video_read(void *ctx, void *buf, size_t count)
{
	struct video_file *video = ctx;
	struct devfs_video_info info;

	if (count < sizeof(info))
		return -EINVAL;
	guard(mutex)(&video->lock);
	video->told = !video->told;
	if (!video->told)
		return 0;
	video_info(&info);
	memcpy(buf, &info, sizeof(info));
	return sizeof(info);
}

static ssize_t video_write(void *ctx, const void *buf, size_t count)
{
	return -EINVAL;
}

static int video_mmap(void *ctx, struct vm_area_struct *vma)
{
	struct video_file *video = ctx;
	struct fb_info *info = video->info;
	int ret;

	if (!info)
		return -ENODEV;
	WRITE_ONCE(video->mapping, vma->vm_file->f_mapping);
	if (!info->fbops->fb_mmap || (is_shadow(info) && !can_flush(info)))
		return -ENODEV;
	mutex_lock(&info->mm_lock);
	ret = info->fbops->fb_mmap(info, vma);
	mutex_unlock(&info->mm_lock);
	if (!ret && is_shadow(info))
		map_shadow(video, vma);
	return ret;
}

static const struct devfs_device_ops video_ops = {
	.name = "video0",
	.open = video_open,
	.read = video_read,
	.write = video_write,
	.close = video_close,
	.mmap = video_mmap,
	.mode = 0660,
	.io_max = 4096,
};

/**
 * devfs_nodes_video_init - register $/dev/graphics
 *
 * Context: process context, at boot.
 * Return: 0 or a negative errno.
 */
int __init devfs_nodes_video_init(void)
{
	BUILD_BUG_ON(sizeof(struct devfs_video_info) != 24);
	return devfs_nodes_register("graphics/video0", &video_ops, NULL);
}

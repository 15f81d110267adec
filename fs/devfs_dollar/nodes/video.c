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
#include <linux/spinlock.h>
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
 * @info:    the framebuffer that it is about, held as long as the file is open,
 *           or NULL
 * @mapping: where its pages are mapped, the same for all mappings
 * @flush:   writes the touched pages to the screen
 * @touched: for @first and @last
 * @first:   first page that was touched since the last flush began
 * @last:    last one; before @first if there is none
 */
struct video_file {
	struct mutex lock; /* told */
	bool told;
	struct fb_info *info;
	struct address_space *mapping;
	struct delayed_work flush;
	spinlock_t touched; /* first, last */
	pgoff_t first;
	pgoff_t last;
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

static void video_info(struct fb_info *info, struct devfs_video_info *video)
{
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

/* A page of the buffer, held, or NULL. */
static struct page *video_page(struct fb_info *info, pgoff_t pgoff)
{
	const unsigned long offset = pgoff << PAGE_SHIFT;
	struct page *page;

	if (pgoff >= PAGE_ALIGN(info->fix.smem_len) >> PAGE_SHIFT)
		return NULL;
	if (info->fbdefio->get_page)
		return info->fbdefio->get_page(info, offset);
	if (!is_vmalloc_addr(info->screen_buffer + offset))
		return NULL;
	page = vmalloc_to_page(info->screen_buffer + offset);
	if (page)
		get_page(page);
	return page;
}

static vm_fault_t video_fault(struct vm_fault *vmf)
{
	const struct video_file *video = vmf->vma->vm_private_data;
	struct page *page = video_page(video->info, vmf->pgoff);

	if (!page)
		return VM_FAULT_SIGBUS;
	vmf->page = page;
	return 0;
}

/*
 * A page is about to be changed: soon the screen must be.  It stays locked
 * until it is mapped, so that video_flush() can wait for that.
 */
static vm_fault_t video_mkwrite(struct vm_fault *vmf)
{
	struct video_file *video = vmf->vma->vm_private_data;

	lock_page(vmf->page);
	scoped_guard(spinlock, &video->touched) {
		video->first = min(video->first, vmf->pgoff);
		video->last = max(video->last, vmf->pgoff);
	}
	/* After that: a flush that runs now may have looked before. */
	schedule_delayed_work(&video->flush, video->info->fbdefio->delay);
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct video_vm_ops = {
	.fault = video_fault,
	.page_mkwrite = video_mkwrite,
};

/* Wait until those are mapped that are about to be. */
static void wait_for_pages(struct fb_info *info, pgoff_t first, pgoff_t last)
{
	struct page *page;
	pgoff_t pgoff;

	for (pgoff = first; pgoff <= last; pgoff++) {
		page = video_page(info, pgoff);
		if (!page)
			continue;
		lock_page(page);
		unlock_page(page);
		put_page(page);
	}
}

/*
 * Takes the touched pages away, so that the next change faults again, and then
 * has them redrawn: what is written in between is either seen or faults.
 */
static void video_flush(struct work_struct *work)
{
	struct video_file *video = container_of(to_delayed_work(work),
						struct video_file, flush);
	struct fb_info *info = video->info;
	struct fb_deferred_io_pageref from = {}, to = {};
	LIST_HEAD(pages);
	pgoff_t first, last;

	scoped_guard(spinlock, &video->touched) {
		first = video->first;
		last = video->last;
		video->first = ULONG_MAX;
		video->last = 0;
	}
	if (first > last)
		return;
	/* One that is mapped after it was taken away would not fault again. */
	wait_for_pages(info, first, last);
	unmap_mapping_range(video->mapping, (loff_t)first << PAGE_SHIFT,
			    (loff_t)(last - first + 1) << PAGE_SHIFT, 0);
	from.offset = first << PAGE_SHIFT;
	to.offset = last << PAGE_SHIFT;
	list_add_tail(&from.list, &pages);
	list_add_tail(&to.list, &pages);
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
	spin_lock_init(&video->touched);
	video->first = ULONG_MAX;
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
	/* Of what mmap(2) maps, even if another came to drive the screen. */
	video_info(video->info, &info);
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

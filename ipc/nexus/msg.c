// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus message memory.
 *
 * A short message is one allocation, header and data together, out of slab
 * caches of its own: its size and contents are the sender's choice, which
 * makes it a tool for those who attack neighbours in the heap.  A longer one
 * has its data in single pages, so that it never needs memory in one piece.
 */
#include <linux/cred.h>
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "internal.h"

static kmem_buckets *nexus_msg_buckets __ro_after_init;

static int __init nexus_msg_init(void)
{
	size_t start = offsetof(struct nexus_msg, data);

	nexus_msg_buckets = kmem_buckets_create("nexus_msg", SLAB_ACCOUNT,
						start, SZ_8K - start, NULL);
	return 0;
}
subsys_initcall(nexus_msg_init);

static unsigned int nexus_msg_nr_pages(u32 size)
{
	return size > NEXUS_MSG_INLINE ? DIV_ROUND_UP(size, PAGE_SIZE) : 0;
}

static inline struct nexus_msg *__nexus_msg_alloc(size_t bytes, u32 size)
{
	struct nexus_msg *msg = kmem_buckets_alloc(nexus_msg_buckets, bytes,
						   GFP_KERNEL_ACCOUNT);

	if (likely(msg)) {
		msg->charged = 0;
		msg->meta.size = size;
	}
	return msg;
}

static inline struct nexus_msg *nexus_msg_alloc_inline(u32 size)
{
	return __nexus_msg_alloc(sizeof(struct nexus_msg) + size, size);
}

/* A message of any size; meta is not filled but for the size. */
static struct nexus_msg *nexus_msg_alloc(u32 size)
{
	unsigned int nr = nexus_msg_nr_pages(size);
	struct nexus_msg *msg;

	if (!nr)
		return nexus_msg_alloc_inline(size);
	msg = __nexus_msg_alloc(struct_size(msg, pages, nr), size);
	if (!msg)
		return NULL;

	for (unsigned int i = 0; i < nr; i++) {
		msg->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT);
		if (!msg->pages[i]) {
			while (i)
				__free_page(msg->pages[--i]);
			kfree(msg);
			return NULL;
		}
	}
	return msg;
}

static void nexus_msg_free_data(struct nexus_msg *msg)
{
	if (unlikely(msg->meta.size > NEXUS_MSG_INLINE)) {
		unsigned int nr = nexus_msg_nr_pages(msg->meta.size);

		for (unsigned int i = 0; i < nr; i++)
			__free_page(msg->pages[i]);
	}
	kfree(msg);
}

/**
 * nexus_msg_free - free a message
 * @msg: the message, which is in no queue and not charged
 *
 * Context: any.
 */
void nexus_msg_free(struct nexus_msg *msg)
{
	nexus_meta_put(&msg->meta);
	nexus_msg_free_data(msg);
}

/* The data at @pos, and how much of it up to @end is in one piece. */
static void *nexus_msg_piece(const struct nexus_msg *msg, size_t pos,
			     size_t end, size_t *len)
{
	if (!nexus_msg_nr_pages(msg->meta.size)) {
		*len = end - pos;
		return (void *)msg->data + pos;
	}
	*len = min(end - pos, PAGE_SIZE - offset_in_page(pos));
	return page_address(msg->pages[pos / PAGE_SIZE]) + offset_in_page(pos);
}

/* The caller is the sender. */
static inline void nexus_meta_init(struct nexus_msg_meta *meta, s32 code)
{
	struct task_struct *task = current;
	struct pid *thread = task_pid(task);
	struct pid *team = task_tgid(task);

	meta->code = code;
	current_euid_egid(&meta->uid, &meta->gid);
	meta->team = get_pid(team);
	meta->thread = thread == team ? thread : get_pid(thread);
}

static int nexus_msg_fill(struct nexus_msg *msg, const void __user *buf)
{
	u32 size = msg->meta.size;
	size_t len;

	for (size_t pos = 0; pos < size; pos += len) {
		void *to = nexus_msg_piece(msg, pos, size, &len);

		if (copy_from_user(to, buf + pos, len))
			return -EFAULT;
	}
	return 0;
}

/**
 * nexus_msg_from_user - make a message from the caller's memory
 * @code: number that the sender chose
 * @buf:  data
 * @size: bytes of it, at most NEXUS_PORT_MSG_MAX
 *
 * Context: process context, may sleep.
 * Return: the message, ERR_PTR(-ENOMEM) or ERR_PTR(-EFAULT).
 */
struct nexus_msg *nexus_msg_from_user(s32 code, const void __user *buf,
				      u32 size)
{
	struct nexus_msg *msg;
	bool failed;

	/* The common case, without the loops. */
	if (likely(size <= NEXUS_MSG_INLINE)) {
		msg = nexus_msg_alloc_inline(size);
		if (!msg)
			return ERR_PTR(-ENOMEM);
		failed = copy_from_user(msg->data, buf, size);
	} else {
		msg = nexus_msg_alloc(size);
		if (!msg)
			return ERR_PTR(-ENOMEM);
		failed = nexus_msg_fill(msg, buf);
	}
	if (unlikely(failed)) {
		nexus_msg_free_data(msg);
		return ERR_PTR(-EFAULT);
	}
	nexus_meta_init(&msg->meta, code);
	return msg;
}

/**
 * nexus_msg_from_iter - make a message from several pieces of memory
 * @code: number that the sender chose
 * @iter: data, at most NEXUS_PORT_MSG_MAX bytes
 *
 * Context: process context, may sleep.
 * Return: the message, ERR_PTR(-ENOMEM) or ERR_PTR(-EFAULT).
 */
struct nexus_msg *nexus_msg_from_iter(s32 code, struct iov_iter *iter)
{
	size_t size = iov_iter_count(iter);
	struct nexus_msg *msg = nexus_msg_alloc(size);
	size_t len;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	for (size_t pos = 0; pos < size; pos += len) {
		void *to = nexus_msg_piece(msg, pos, size, &len);

		if (!copy_from_iter_full(to, len, iter)) {
			nexus_msg_free_data(msg);
			return ERR_PTR(-EFAULT);
		}
	}
	nexus_meta_init(&msg->meta, code);
	return msg;
}

/**
 * nexus_msg_for_kernel - make a message of the kernel's own
 * @code: number that the receiver gets
 * @size: bytes of data, at most NEXUS_MSG_INLINE
 * @uid:  user on whose behalf it is sent
 * @gid:  group on whose behalf it is sent
 *
 * It has no team and no thread.  Nobody is killed to get memory for it.
 *
 * Context: process context, may sleep.
 * Return: the message, whose data is to be filled, or NULL if there is no
 * memory.
 */
struct nexus_msg *nexus_msg_for_kernel(s32 code, u32 size, kuid_t uid,
				       kgid_t gid)
{
	struct nexus_msg *msg;

	if (WARN_ON_ONCE(size > NEXUS_MSG_INLINE))
		return NULL;
	msg = kmem_buckets_alloc(nexus_msg_buckets, sizeof(*msg) + size,
				 GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
				 __GFP_NOWARN);
	if (!msg)
		return NULL;
	msg->charged = 0;
	msg->meta = (struct nexus_msg_meta) {
		.code = code,
		.size = size,
		.uid = uid,
		.gid = gid,
	};
	return msg;
}

/**
 * nexus_msg_to_user - copy a message's data out
 * @msg:  the message
 * @buf:  where to
 * @size: how much of it, at most the message's size
 *
 * Context: process context, may sleep.
 * Return: 0 or -EFAULT.
 */
int nexus_msg_to_user(const struct nexus_msg *msg, void __user *buf,
		      u32 size)
{
	size_t len;

	if (likely(msg->meta.size <= NEXUS_MSG_INLINE))
		return copy_to_user(buf, msg->data, size) ? -EFAULT : 0;

	for (size_t pos = 0; pos < size; pos += len) {
		const void *from = nexus_msg_piece(msg, pos, size, &len);

		if (copy_to_user(buf + pos, from, len))
			return -EFAULT;
	}
	return 0;
}

/**
 * nexus_meta_get - copy the description of a message
 * @to:   filled
 * @from: description
 *
 * Context: any.
 */
void nexus_meta_get(struct nexus_msg_meta *to,
		    const struct nexus_msg_meta *from)
{
	*to = *from;
	get_pid(to->team);
	if (to->thread != to->team)
		get_pid(to->thread);
}

/**
 * nexus_meta_put - drop the references that a description holds
 * @meta: description
 *
 * Context: any.
 */
void nexus_meta_put(struct nexus_msg_meta *meta)
{
	if (meta->thread != meta->team)
		put_pid(meta->thread);
	put_pid(meta->team);
}

/**
 * nexus_meta_to_user - tell a receiver about a message
 * @meta: description
 * @info: where to
 *
 * Ids are translated into the namespaces of the caller.
 *
 * Context: process context, may sleep.
 * Return: 0 or -EFAULT.
 */
int nexus_meta_to_user(const struct nexus_msg_meta *meta,
		       struct nexus_msg_info __user *info)
{
	struct pid_namespace *pid_ns = task_active_pid_ns(current);
	u32 uid = __kuid_val(meta->uid);
	u32 gid = __kgid_val(meta->gid);
	s32 team = pid_nr_ns(meta->team, pid_ns);
	s32 thread = pid_nr_ns(meta->thread, pid_ns);

	/* Most receivers are where ids are what the kernel takes them for. */
	if (unlikely(current_user_ns() != &init_user_ns)) {
		uid = from_kuid_munged(current_user_ns(), meta->uid);
		gid = from_kgid_munged(current_user_ns(), meta->gid);
	}

	if (!user_write_access_begin(info, sizeof(*info)))
		return -EFAULT;
	unsafe_put_user(meta->code, &info->code, fault);
	unsafe_put_user(meta->size, &info->size, fault);
	unsafe_put_user(uid, &info->uid, fault);
	unsafe_put_user(gid, &info->gid, fault);
	unsafe_put_user(team, &info->team, fault);
	unsafe_put_user(thread, &info->thread, fault);
	/* No loop: its index would be checked, by a call, with access open. */
	BUILD_BUG_ON(ARRAY_SIZE(info->__reserved) != 3);
	unsafe_put_user(0, &info->__reserved[0], fault);
	unsafe_put_user(0, &info->__reserved[1], fault);
	unsafe_put_user(0, &info->__reserved[2], fault);
	user_write_access_end();
	return 0;
fault:
	user_write_access_end();
	return -EFAULT;
}

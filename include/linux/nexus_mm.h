/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nexus: what areas need of the memory manager beyond what it does for files.
 *
 * Mappings are made, grown and taken away in the address space of another
 * process, and a mapping is turned from a shared into a private one and back.
 * All of it is done by mm/nexus.c, and everything else by the ordinary calls.
 */
#ifndef _LINUX_NEXUS_MM_H
#define _LINUX_NEXUS_MM_H

#include <linux/mm_types.h>

struct file;
struct list_head;
struct task_struct;

unsigned long nexus_mm_hole(struct mm_struct *mm, unsigned long low,
			    unsigned long len);
bool nexus_mm_free(struct mm_struct *mm, unsigned long start,
		   unsigned long end);
int nexus_mm_may_map(struct mm_struct *mm, struct task_struct *task,
		     unsigned long len, bool locked);
int nexus_mm_map(struct mm_struct *mm, const struct vm_area_desc *desc);
int nexus_mm_unmap(struct mm_struct *mm, unsigned long start,
		   unsigned long end, struct list_head *uf);
int nexus_mm_protect(struct mm_struct *mm, unsigned long start,
		     unsigned long end, unsigned long prot);
int nexus_mm_populate(struct mm_struct *mm, unsigned long start,
		      unsigned long end);
bool nexus_mm_sealed(struct mm_struct *mm, unsigned long start,
		     unsigned long end);
int nexus_vma_split(struct vm_area_struct *vma, unsigned long addr);
int nexus_vma_grow(struct vm_area_struct *vma, struct task_struct *task,
		   unsigned long len);
int nexus_vma_make_private(struct vm_area_struct *new,
			   struct vm_area_struct *old);
void nexus_vma_make_shared(struct vm_area_struct *vma, struct file *file);
void nexus_vma_freeze(struct vm_area_struct *vma);
int nexus_vma_copy(struct vm_area_struct *vma, struct file *to);
unsigned long nexus_vma_copied(struct vm_area_struct *vma);

#endif /* _LINUX_NEXUS_MM_H */

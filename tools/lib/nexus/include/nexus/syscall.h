/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * The numbers of the Nexus system calls and the way into the kernel.
 *
 * x86-64 and arm64 enter the kernel inline: errno is never touched and the
 * compiler sees through the call.  Elsewhere nexus_syscall() in the library
 * goes through syscall(2) and puts errno back.
 */
#ifndef NEXUS_SYSCALL_H
#define NEXUS_SYSCALL_H

#include <sys/syscall.h>

/* src/nexus/ffi.c defines this to make ordinary functions of the inlines. */
#ifndef NEXUS_INLINE
# define NEXUS_INLINE	static __inline__
#endif

/* The same numbers everywhere, counted from where the ABI starts. */
#if defined(__mips__)
# include <asm/sgidefs.h>
# if _MIPS_SIM == _MIPS_SIM_ABI32
#  define NEXUS_NR_BASE		(600 + 4000)
# elif _MIPS_SIM == _MIPS_SIM_ABI64
#  define NEXUS_NR_BASE		(600 + 5000)
# else
#  define NEXUS_NR_BASE		(600 + 6000)
# endif
#elif defined(__x86_64__) && defined(__ILP32__)
# define NEXUS_NR_BASE		(600 + 0x40000000)
#else
# define NEXUS_NR_BASE		600
#endif

#ifndef __NR_nexus_find
# define __NR_nexus_find	(NEXUS_NR_BASE + 0)
#endif
#ifndef __NR_nexus_info
# define __NR_nexus_info	(NEXUS_NR_BASE + 1)
#endif
#ifndef __NR_nexus_next
# define __NR_nexus_next	(NEXUS_NR_BASE + 2)
#endif
#ifndef __NR_nexus_delete
# define __NR_nexus_delete	(NEXUS_NR_BASE + 3)
#endif
#ifndef __NR_nexus_set_owner
# define __NR_nexus_set_owner	(NEXUS_NR_BASE + 4)
#endif
#ifndef __NR_nexus_port_create
# define __NR_nexus_port_create	(NEXUS_NR_BASE + 5)
#endif
#ifndef __NR_nexus_port_send
# define __NR_nexus_port_send	(NEXUS_NR_BASE + 6)
#endif
#ifndef __NR_nexus_port_recv
# define __NR_nexus_port_recv	(NEXUS_NR_BASE + 7)
#endif
#ifndef __NR_nexus_port_close
# define __NR_nexus_port_close	(NEXUS_NR_BASE + 8)
#endif
#ifndef __NR_nexus_sem_create
# define __NR_nexus_sem_create	(NEXUS_NR_BASE + 9)
#endif
#ifndef __NR_nexus_sem_acquire
# define __NR_nexus_sem_acquire	(NEXUS_NR_BASE + 10)
#endif
#ifndef __NR_nexus_sem_release
# define __NR_nexus_sem_release	(NEXUS_NR_BASE + 11)
#endif
#ifndef __NR_nexus_sem_switch
# define __NR_nexus_sem_switch	(NEXUS_NR_BASE + 12)
#endif
#ifndef __NR_nexus_thread_set
# define __NR_nexus_thread_set	(NEXUS_NR_BASE + 13)
#endif
#ifndef __NR_nexus_thread_suspend
# define __NR_nexus_thread_suspend	(NEXUS_NR_BASE + 14)
#endif
#ifndef __NR_nexus_thread_resume
# define __NR_nexus_thread_resume	(NEXUS_NR_BASE + 15)
#endif
#ifndef __NR_nexus_thread_kill
# define __NR_nexus_thread_kill	(NEXUS_NR_BASE + 16)
#endif
#ifndef __NR_nexus_thread_wait
# define __NR_nexus_thread_wait	(NEXUS_NR_BASE + 17)
#endif
#ifndef __NR_nexus_thread_send
# define __NR_nexus_thread_send	(NEXUS_NR_BASE + 18)
#endif
#ifndef __NR_nexus_thread_recv
# define __NR_nexus_thread_recv	(NEXUS_NR_BASE + 19)
#endif
#ifndef __NR_nexus_snooze
# define __NR_nexus_snooze	(NEXUS_NR_BASE + 20)
#endif
#ifndef __NR_nexus_open
# define __NR_nexus_open	(NEXUS_NR_BASE + 21)
#endif
#ifndef __NR_nexus_area_create
# define __NR_nexus_area_create	(NEXUS_NR_BASE + 22)
#endif
#ifndef __NR_nexus_area_clone
# define __NR_nexus_area_clone	(NEXUS_NR_BASE + 23)
#endif
#ifndef __NR_nexus_area_resize
# define __NR_nexus_area_resize	(NEXUS_NR_BASE + 24)
#endif
#ifndef __NR_nexus_area_protect
# define __NR_nexus_area_protect	(NEXUS_NR_BASE + 25)
#endif
#ifndef __NR_nexus_area_transfer
# define __NR_nexus_area_transfer	(NEXUS_NR_BASE + 26)
#endif
#ifndef __NR_nexus_area_for
# define __NR_nexus_area_for	(NEXUS_NR_BASE + 27)
#endif
#ifndef __NR_nexus_area_map
# define __NR_nexus_area_map	(NEXUS_NR_BASE + 28)
#endif
#ifndef __NR_nodemon_create
# define __NR_nodemon_create	(NEXUS_NR_BASE + 29)
#endif
#ifndef __NR_nodemon_watch
# define __NR_nodemon_watch	(NEXUS_NR_BASE + 30)
#endif
#ifndef __NR_nodemon_unwatch
# define __NR_nodemon_unwatch	(NEXUS_NR_BASE + 31)
#endif

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__x86_64__) && !defined(__ILP32__) && !defined(NEXUS_NO_ASM)

NEXUS_INLINE long nexus_syscall(long nr, long a, long b, long c, long d,
				long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ __volatile__("syscall"
			     : "=a" (ret)
			     : "a" (nr), "D" (a), "S" (b), "d" (c),
			       "r" (r10), "r" (r8), "r" (r9)
			     : "rcx", "r11", "memory");
	return ret;
}

#elif defined(__aarch64__) && !defined(__ILP32__) && !defined(NEXUS_NO_ASM)

NEXUS_INLINE long nexus_syscall(long nr, long a, long b, long c, long d,
				long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ __volatile__("svc #0"
			     : "+r" (x0)
			     : "r" (x8), "r" (x1), "r" (x2), "r" (x3),
			       "r" (x4), "r" (x5)
			     : "memory");
	return x0;
}

#else
# define NEXUS_NEEDS_SYSCALL 1

long nexus_syscall(long nr, long a, long b, long c, long d, long e, long f);

#endif

#ifdef __cplusplus
}
#endif

#endif /* NEXUS_SYSCALL_H */

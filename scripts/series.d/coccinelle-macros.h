/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Coccinelle has to know of the kernel's macros to read our files whole:
 * a function that it cannot read it skips without a word.
 */
#define scoped_guard(...) if (1)
#define scoped_cond_guard(...) if (1)

/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* What a program for ModuOS gets from its libc.h, out of an ordinary libc. */
#ifndef MODUOS_LIBC_H
#define MODUOS_LIBC_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#endif /* MODUOS_LIBC_H */

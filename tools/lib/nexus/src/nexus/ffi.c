// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * The inline functions of nexus.h and nodemon.h once more, as functions that
 * the library exports: for languages that bind to symbols instead of a header.
 */
#define NEXUS_INLINE

/* The definitions in the header are their own prototypes. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#include <nexus.h>
#include <nodemon.h>
#include <nexus/devfs.h>

/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* The basic types of the BeOS and Haiku kits. */
#ifndef _SUPPORT_DEFS_H
#define _SUPPORT_DEFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#ifndef __cplusplus
# include <stdbool.h>
#endif

#include "Errors.h"

typedef int8_t			int8;
typedef uint8_t			uint8;
typedef int16_t			int16;
typedef uint16_t		uint16;
typedef int32_t			int32;
typedef uint32_t		uint32;
/* long long on every ABI, so that %lld fits the type as it does on BeOS */
typedef signed long long	int64;
typedef unsigned long long	uint64;

typedef volatile int8		vint8;
typedef volatile uint8		vuint8;
typedef volatile int16		vint16;
typedef volatile uint16		vuint16;
typedef volatile int32		vint32;
typedef volatile uint32		vuint32;
typedef volatile int64		vint64;
typedef volatile uint64		vuint64;

typedef volatile int		vint;
typedef volatile unsigned int	vuint;
typedef volatile long		vlong;
typedef volatile unsigned long	vulong;
typedef volatile short		vshort;
typedef volatile unsigned short	vushort;
typedef volatile char		vchar;
typedef volatile unsigned char	vuchar;

typedef unsigned char		uchar;
typedef unsigned short		unichar;

typedef int32			status_t;
typedef int64			bigtime_t;
typedef uint32			type_code;
typedef uint32			perform_code;
typedef uintptr_t		addr_t;

#define B_PRId8			"d"
#define B_PRIu8			"u"
#define B_PRIx8			"x"
#define B_PRId16		"d"
#define B_PRIu16		"u"
#define B_PRIx16		"x"
#define B_PRId32		"d"
#define B_PRIi32		"i"
#define B_PRIu32		"u"
#define B_PRIx32		"x"
#define B_PRIX32		"X"
#define B_PRId64		"lld"
#define B_PRIi64		"lli"
#define B_PRIu64		"llu"
#define B_PRIx64		"llx"
#define B_PRIX64		"llX"
#define B_PRIdSSIZE		"zd"
#define B_PRIuSIZE		"zu"
#define B_PRIxSIZE		"zx"
#define B_PRIdBIGTIME		B_PRId64

#ifndef min_c
# define min_c(a, b)		((a) > (b) ? (b) : (a))
#endif
#ifndef max_c
# define max_c(a, b)		((a) > (b) ? (a) : (b))
#endif

#ifndef FALSE
# define FALSE			0
#endif
#ifndef TRUE
# define TRUE			1
#endif

#endif /* _SUPPORT_DEFS_H */

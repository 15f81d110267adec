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

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Atomic operations, full barriers all of them.  They return what the value
 * was before; atomic_test_and_set() has stored the new one if that is
 * testAgainst.
 */
static __inline__ void atomic_set(volatile int32 *value, int32 newValue)
{
	__atomic_store_n(value, newValue, __ATOMIC_SEQ_CST);
}

static __inline__ int32 atomic_get_and_set(volatile int32 *value,
					   int32 newValue)
{
	return __atomic_exchange_n(value, newValue, __ATOMIC_SEQ_CST);
}

static __inline__ int32 atomic_test_and_set(volatile int32 *value,
					    int32 newValue, int32 testAgainst)
{
	__atomic_compare_exchange_n(value, &testAgainst, newValue, 0,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return testAgainst;
}

static __inline__ int32 atomic_add(volatile int32 *value, int32 addValue)
{
	return __atomic_fetch_add(value, addValue, __ATOMIC_SEQ_CST);
}

static __inline__ int32 atomic_and(volatile int32 *value, int32 andValue)
{
	return __atomic_fetch_and(value, andValue, __ATOMIC_SEQ_CST);
}

static __inline__ int32 atomic_or(volatile int32 *value, int32 orValue)
{
	return __atomic_fetch_or(value, orValue, __ATOMIC_SEQ_CST);
}

static __inline__ int32 atomic_get(volatile int32 *value)
{
	return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}

/*
 * Where 64-bit numbers need only be aligned to 4 bytes the newer builtins call
 * a library for them.  These do not.
 */
static __inline__ int64 atomic_test_and_set64(volatile int64 *value,
					      int64 newValue,
					      int64 testAgainst)
{
	return __sync_val_compare_and_swap(value, testAgainst, newValue);
}

static __inline__ int64 atomic_add64(volatile int64 *value, int64 addValue)
{
	return __sync_fetch_and_add(value, addValue);
}

static __inline__ int64 atomic_and64(volatile int64 *value, int64 andValue)
{
	return __sync_fetch_and_and(value, andValue);
}

static __inline__ int64 atomic_or64(volatile int64 *value, int64 orValue)
{
	return __sync_fetch_and_or(value, orValue);
}

static __inline__ int64 atomic_get64(volatile int64 *value)
{
	return __sync_fetch_and_add(value, 0);
}

static __inline__ int64 atomic_get_and_set64(volatile int64 *value,
					     int64 newValue)
{
	int64 old = 0, now;

	while ((now = __sync_val_compare_and_swap(value, old, newValue)) != old)
		old = now;
	return old;
}

static __inline__ void atomic_set64(volatile int64 *value, int64 newValue)
{
	atomic_get_and_set64(value, newValue);
}

#ifdef __cplusplus
}
#endif

#endif /* _SUPPORT_DEFS_H */

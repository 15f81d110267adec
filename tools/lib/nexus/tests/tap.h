/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/* The little that the host's tests need to report.  tests/run.sh numbers. */
#ifndef TAP_H
#define TAP_H

#include <stdio.h>

static int tap_failures;

static void tap_ok(int good, const char *what)
{
	printf("%sok - %s\n", good ? "" : "not ", what);
	fflush(stdout);
	tap_failures += !good;
}

static void tap_is(long long got, long long want, const char *what)
{
	tap_ok(got == want, what);
	if (got != want)
		printf("# got %lld, want %lld\n", got, want);
}

#define has(condition)	tap_ok(!!(condition), #condition)
#define is(call, want)	tap_is((call), (want), #call " is " #want)

#endif /* TAP_H */

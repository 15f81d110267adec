// SPDX-License-Identifier: MIT OR LGPL-2.1
/* A kernel without Nexus: every call says so, and touches nothing else. */
#include <errno.h>
#include <string.h>
#include <nexus.h>
#include <private/port_private.h>
#include "tap.h"

/* Neither changed nor read */
#define keeps_errno(call, want) do { \
	errno = 4711; \
	is((call), (want)); \
	is(errno, 4711); \
} while (0)

static void test_libnexus(void)
{
	struct __kernel_timespec deadline = { 0, 0 };
	struct nexus_port_args args;
	struct nexus_port_info info;

	memset(&args, 0, sizeof(args));
	keeps_errno(nexus_supported(), -ENOSYS);
	keeps_errno(nexus_find(NEXUS_TYPE_PORT, "x", 0), -ENOSYS);
	keeps_errno(nexus_find(NEXUS_TYPE_PORT, NULL, 0), -ENOSYS);
	keeps_errno(nexus_info(NEXUS_TYPE_PORT, 1, &info, sizeof(info), 0),
		    -ENOSYS);
	keeps_errno(nexus_info(NEXUS_TYPE_PORT, 1, NULL, 0, 0), -ENOSYS);
	keeps_errno(nexus_next(NEXUS_TYPE_PORT, 0, 0, &info, sizeof(info), 0),
		    -ENOSYS);
	keeps_errno(nexus_delete(NEXUS_TYPE_PORT, 1, 0), -ENOSYS);
	keeps_errno(nexus_set_owner(NEXUS_TYPE_PORT, 1, 0, 0), -ENOSYS);
	keeps_errno(nexus_port_create(&args, sizeof(args)), -ENOSYS);
	keeps_errno(nexus_port_create(NULL, 0), -ENOSYS);
	keeps_errno(nexus_port_new("x", 1), -ENOSYS);
	keeps_errno(nexus_port_new(NULL, 1), -ENOSYS);
	keeps_errno(nexus_port_send(1, 2, "x", 1, 0, NULL), -ENOSYS);
	keeps_errno(nexus_port_send(1, 2, "x", 1, 0, &deadline), -ENOSYS);
	keeps_errno(nexus_port_recv(1, NULL, 0, NULL, 0, NULL), -ENOSYS);
	keeps_errno(nexus_port_close(1, 0), -ENOSYS);
	has(strstr(nexus_strerror(-ENOSYS), "CONFIG_NEXUS"));
}

static void test_libbe(void)
{
	struct iovec vec = { NULL, 0 };
	port_message_info message;
	port_info info;
	int32 code, cookie = 0;
	char buffer[4];

	keeps_errno(create_port(1, "x"), B_NOT_SUPPORTED);
	keeps_errno(create_port(1, NULL), B_NOT_SUPPORTED);
	keeps_errno(find_port("x"), B_NOT_SUPPORTED);
	keeps_errno(read_port(1, &code, buffer, 4), B_NOT_SUPPORTED);
	keeps_errno(read_port(1, NULL, NULL, 0), B_NOT_SUPPORTED);
	keeps_errno(read_port_etc(1, &code, buffer, 4, B_TIMEOUT, 1000),
		    B_NOT_SUPPORTED);
	keeps_errno(write_port(1, 2, buffer, 4), B_NOT_SUPPORTED);
	keeps_errno(write_port(1, 2, NULL, 0), B_NOT_SUPPORTED);
	keeps_errno(write_port_etc(1, 2, buffer, 4, B_TIMEOUT, 1000),
		    B_NOT_SUPPORTED);
	keeps_errno(writev_port_etc(1, 2, &vec, 1, 0, 0, 0), B_NOT_SUPPORTED);
	keeps_errno(port_buffer_size(1), B_NOT_SUPPORTED);
	keeps_errno(port_buffer_size_etc(1, B_TIMEOUT, 1), B_NOT_SUPPORTED);
	keeps_errno(get_port_message_info_etc(1, &message, 0, 0),
		    B_NOT_SUPPORTED);
	keeps_errno(port_count(1), B_NOT_SUPPORTED);
	keeps_errno(close_port(1), B_NOT_SUPPORTED);
	keeps_errno(delete_port(1), B_NOT_SUPPORTED);
	keeps_errno(set_port_owner(1, 0), B_NOT_SUPPORTED);
	keeps_errno(get_port_info(1, &info), B_NOT_SUPPORTED);
	keeps_errno(get_next_port_info(0, &cookie, &info), B_NOT_SUPPORTED);

	/* What needs no kernel to be wrong */
	keeps_errno(find_port(NULL), B_BAD_VALUE);
	keeps_errno(read_port(1, &code, NULL, 4), B_BAD_VALUE);
	keeps_errno(read_port_etc(1, &code, buffer, 4, 0, -1), B_BAD_VALUE);
	keeps_errno(write_port(1, 2, NULL, 4), B_BAD_VALUE);
	keeps_errno(writev_port_etc(1, 2, NULL, 1, 0, 0, 0), B_BAD_VALUE);
	keeps_errno(get_port_message_info_etc(1, (port_message_info *)NULL, 0,
					      0), B_BAD_VALUE);
	keeps_errno(get_port_info(1, (port_info *)NULL), B_BAD_VALUE);
	keeps_errno(get_next_port_info(0, NULL, &info), B_BAD_VALUE);
	keeps_errno(get_next_port_info(0, &cookie, (port_info *)NULL),
		    B_BAD_VALUE);
}

int main(void)
{
	if (nexus_supported() != -ENOSYS) {
		printf("ok - # SKIP this kernel has Nexus\n");
		return 0;
	}
	test_libnexus();
	test_libbe();
	return tap_failures != 0;
}

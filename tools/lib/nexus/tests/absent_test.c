// SPDX-License-Identifier: MIT OR LGPL-2.1
/* A kernel without Nexus: every call says so, and touches nothing else. */
#include <errno.h>
#include <string.h>
#include <NodeMonitor.h>
#include <nexus.h>
#include <nodemon.h>
#include <private/area_private.h>
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

static void test_newer_libnexus(void)
{
	struct __kernel_timespec deadline = { 0, 0 };
	struct nexus_thread_args thread;
	struct nexus_sem_args sem;
	__s32 status = 5;

	memset(&sem, 0, sizeof(sem));
	memset(&thread, 0, sizeof(thread));
	keeps_errno(nexus_sem_create(&sem, sizeof(sem)), -ENOSYS);
	keeps_errno(nexus_sem_create(NULL, 0), -ENOSYS);
	keeps_errno(nexus_sem_new("x", 1), -ENOSYS);
	keeps_errno(nexus_sem_acquire(1, 1, 0, &deadline, &status), -ENOSYS);
	keeps_errno(nexus_sem_release(1, 1, 0), -ENOSYS);
	keeps_errno(nexus_sem_switch(1, 2, 1, 0, NULL, &status), -ENOSYS);
	keeps_errno(nexus_thread_set(0, &thread, sizeof(thread)), -ENOSYS);
	keeps_errno(nexus_thread_suspend(1, 0), -ENOSYS);
	keeps_errno(nexus_thread_resume(1, 0), -ENOSYS);
	keeps_errno(nexus_thread_kill(1, 0), -ENOSYS);
	keeps_errno(nexus_thread_wait(1, &status, 0, &deadline), -ENOSYS);
	keeps_errno(nexus_thread_send(1, 2, "x", 1, 0, &deadline), -ENOSYS);
	keeps_errno(nexus_thread_recv(NULL, 0, NULL, 0, NULL), -ENOSYS);
	keeps_errno(nexus_snooze(0, &deadline), -ENOSYS);
	keeps_errno(nexus_open(NEXUS_TYPE_PORT, 1, 0), -ENOSYS);
	is(status, 5);
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

static status_t never(void *data)
{
	++*(int *)data;
	return 0;
}

static void test_newer_libbe(void)
{
	object_wait_info wait = { 1, B_OBJECT_TYPE_SEMAPHORE, 1 };
	status_t status = 5;
	thread_info thread;
	sem_info sem;
	int32 cookie = 0, count = 5;
	int ran = 0;

	keeps_errno(create_sem(1, "x"), B_NOT_SUPPORTED);
	keeps_errno(create_sem(-1, NULL), B_NOT_SUPPORTED);
	keeps_errno(delete_sem(1), B_NOT_SUPPORTED);
	keeps_errno(acquire_sem(1), B_NOT_SUPPORTED);
	keeps_errno(acquire_sem_etc(1, 1, B_TIMEOUT, 1000), B_NOT_SUPPORTED);
	keeps_errno(release_sem(1), B_NOT_SUPPORTED);
	keeps_errno(release_sem_etc(1, 0, B_RELEASE_ALL), B_NOT_SUPPORTED);
	keeps_errno(switch_sem(1, 2), B_NOT_SUPPORTED);
	keeps_errno(switch_sem_etc(1, 2, 1, 0, 0), B_NOT_SUPPORTED);
	keeps_errno(get_sem_count(1, &count), B_NOT_SUPPORTED);
	keeps_errno(set_sem_owner(1, 0), B_NOT_SUPPORTED);
	keeps_errno(get_sem_info(1, &sem), B_NOT_SUPPORTED);
	keeps_errno(get_next_sem_info(0, &cookie, &sem), B_NOT_SUPPORTED);
	keeps_errno(spawn_thread(never, "x", 10, &ran), B_NOT_SUPPORTED);
	is(ran, 0);
	keeps_errno(kill_thread(1), B_NOT_SUPPORTED);
	keeps_errno(resume_thread(1), B_NOT_SUPPORTED);
	keeps_errno(suspend_thread(1), B_NOT_SUPPORTED);
	keeps_errno(rename_thread(1, "x"), B_NOT_SUPPORTED);
	keeps_errno(set_thread_priority(1, 10), B_NOT_SUPPORTED);
	keeps_errno(wait_for_thread(1, &status), B_NOT_SUPPORTED);
	keeps_errno(wait_for_thread_etc(1, 0, 0, NULL), B_NOT_SUPPORTED);
	keeps_errno(find_thread("x"), B_NOT_SUPPORTED);
	keeps_errno(get_thread_info(1, &thread), B_NOT_SUPPORTED);
	keeps_errno(get_next_thread_info(0, &cookie, &thread),
		    B_NOT_SUPPORTED);
	keeps_errno(send_data(1, 2, "x", 1), B_NOT_SUPPORTED);
	keeps_errno(receive_data(NULL, NULL, 0), B_NOT_SUPPORTED);
	keeps_errno(has_data(1), false);
	keeps_errno(wait_for_objects_etc(&wait, 1, B_TIMEOUT, 0),
		    B_NOT_SUPPORTED);
	is(wait.events, 1);
	is(status, 5);
	is(count, 5);

	/* What needs no kernel to be wrong */
	keeps_errno(acquire_sem(-1), B_BAD_SEM_ID);
	keeps_errno(acquire_sem_etc(1, 0, 0, 0), B_BAD_VALUE);
	keeps_errno(acquire_sem_etc(1, 1, B_TIMEOUT | B_ABSOLUTE_TIMEOUT, 0),
		    B_BAD_VALUE);
	keeps_errno(get_sem_count(1, NULL), B_BAD_ADDRESS);
	keeps_errno(get_sem_info(1, (sem_info *)NULL), B_BAD_ADDRESS);
	keeps_errno(wait_for_thread(-1, NULL), B_BAD_THREAD_ID);
	keeps_errno(wait_for_thread(find_thread(NULL), NULL),
		    B_POSIX_EDEADLK);
	keeps_errno(get_thread_info(1, (thread_info *)NULL), B_BAD_VALUE);
	keeps_errno(rename_thread(1, NULL), B_BAD_ADDRESS);
}

static void test_areas(void)
{
	struct nexus_area_info mapping;
	struct nexus_area_args args;
	char *at = (char *)4096;
	void *address = at;
	ssize_t cookie = 0;
	area_info info;

	memset(&args, 0, sizeof(args));
	keeps_errno(nexus_area_create(&args, sizeof(args)), -ENOSYS);
	keeps_errno(nexus_area_create(NULL, 0), -ENOSYS);
	keeps_errno(nexus_area_clone(1, &args, sizeof(args)), -ENOSYS);
	keeps_errno(nexus_area_resize(1, 4096), -ENOSYS);
	keeps_errno(nexus_area_protect(1, NEXUS_AREA_READ), -ENOSYS);
	keeps_errno(nexus_area_transfer(1, 0, &args, sizeof(args)), -ENOSYS);
	keeps_errno(nexus_area_for(&args, 0), -ENOSYS);
	keeps_errno(nexus_area_map(0, 0, &mapping, sizeof(mapping), 0),
		    -ENOSYS);

	keeps_errno(create_area("x", &address, B_ANY_ADDRESS, 1, B_NO_LOCK,
				B_READ_AREA), B_NOT_SUPPORTED);
	keeps_errno(create_area(NULL, &address, B_ANY_ADDRESS, 0, B_NO_LOCK,
				0), B_NOT_SUPPORTED);
	keeps_errno(clone_area("x", &address, B_ANY_ADDRESS, B_READ_AREA, 1),
		    B_NOT_SUPPORTED);
	keeps_errno(find_area("x"), B_NOT_SUPPORTED);
	keeps_errno(find_area(NULL), B_NOT_SUPPORTED);
	keeps_errno(area_for(&address), B_NOT_SUPPORTED);
	keeps_errno(delete_area(1), B_NOT_SUPPORTED);
	keeps_errno(resize_area(1, 4096), B_NOT_SUPPORTED);
	keeps_errno(set_area_protection(1, B_READ_AREA), B_NOT_SUPPORTED);
	keeps_errno(get_area_info(1, &info), B_NOT_SUPPORTED);
	keeps_errno(get_next_area_info(0, &cookie, &info), B_NOT_SUPPORTED);
	keeps_errno(_kern_transfer_area(1, &address, B_ANY_ADDRESS, 1),
		    B_NOT_SUPPORTED);
	keeps_errno(_kern_transfer_area(1, &address, B_ANY_ADDRESS, -1),
		    B_NOT_SUPPORTED);
	has(address == at);
	is(cookie, 0);

	/* What needs no kernel to be wrong */
	keeps_errno(create_area("x", &address, B_ANY_KERNEL_ADDRESS, 1, 0, 0),
		    B_BAD_VALUE);
	keeps_errno(create_area("x", &address, B_ANY_ADDRESS, 1, 0, 0x2000),
		    B_BAD_VALUE);
	keeps_errno(create_area("x", NULL, B_ANY_ADDRESS, 1, 0, 0),
		    B_BAD_ADDRESS);
	keeps_errno(clone_area("x", &address, 5, 0, 1), B_BAD_VALUE);
	keeps_errno(clone_area("x", NULL, B_ANY_ADDRESS, 0, 1), B_BAD_ADDRESS);
	keeps_errno(_kern_transfer_area(1, &address, B_ANY_KERNEL_ADDRESS, 1),
		    B_BAD_VALUE);
	keeps_errno(_kern_transfer_area(1, NULL, 0, 1), B_BAD_ADDRESS);
	keeps_errno(get_area_info(1, (area_info *)NULL), B_BAD_ADDRESS);
	keeps_errno(get_next_area_info(0, (ssize_t *)NULL, &info),
		    B_BAD_ADDRESS);
	keeps_errno(get_next_area_info(0, &cookie, (area_info *)NULL),
		    B_BAD_ADDRESS);
	keeps_errno(get_next_area_info(-1, &cookie, &info), B_BAD_TEAM_ID);
}

static void test_node_monitor(void)
{
	struct nodemon_args args;
	node_ref ref = { 1, 2 };

	memset(&args, 0, sizeof(args));
	keeps_errno(nodemon_create(0), -ENOSYS);
	keeps_errno(nodemon_create(NODEMON_NONBLOCK), -ENOSYS);
	keeps_errno(nodemon_watch(NODEMON_PORT, &args, sizeof(args)), -ENOSYS);
	keeps_errno(nodemon_watch(0, NULL, 0), -ENOSYS);
	keeps_errno(nodemon_unwatch(0, 1, 0, 0), -ENOSYS);
	keeps_errno(nodemon_unwatch(NODEMON_PORT, 0, 1, 2), -ENOSYS);

	keeps_errno(watch_node(&ref, B_WATCH_ALL, 1, 2), B_NOT_SUPPORTED);
	keeps_errno(watch_node(&ref, B_STOP_WATCHING, 1, 2), B_NOT_SUPPORTED);
	keeps_errno(watch_node(NULL, B_WATCH_MOUNT, 1, 2), B_NOT_SUPPORTED);
	keeps_errno(watch_volume(1, B_WATCH_STAT, 1, 2), B_NOT_SUPPORTED);
	keeps_errno(stop_watching(1, 2), B_NOT_SUPPORTED);
	is(ref.device, 1);
	is(ref.node, 2);

	/* What needs no kernel to be wrong */
	keeps_errno(watch_node(&ref, B_WATCH_ALL, -1, 2), B_BAD_VALUE);
	keeps_errno(watch_node(&ref, B_STOP_WATCHING, -1, 2), B_BAD_VALUE);
	keeps_errno(watch_node(&ref, 0x80, 1, 2), B_BAD_VALUE);
	keeps_errno(watch_node(NULL, B_WATCH_ALL, 1, 2), B_BAD_VALUE);
	keeps_errno(watch_node(NULL, B_STOP_WATCHING, 1, 2), B_BAD_VALUE);
	keeps_errno(watch_node(NULL, B_WATCH_MOUNT | B_WATCH_NAME, 1, 2),
		    B_BAD_VALUE);
	keeps_errno(watch_node((node_ref *)16, B_WATCH_NAME, 1, 2),
		    B_BAD_ADDRESS);
	keeps_errno(watch_volume(1, 0, 1, 2), B_BAD_VALUE);
	keeps_errno(watch_volume(1, B_WATCH_INTERIM_STAT, 1, 2), B_BAD_VALUE);
	keeps_errno(watch_volume(1, B_WATCH_STAT, -1, 2), B_BAD_VALUE);
	keeps_errno(stop_watching(-1, 2), B_BAD_VALUE);
}

int main(void)
{
	if (nexus_supported() != -ENOSYS) {
		printf("ok - # SKIP this kernel has Nexus\n");
		return 0;
	}
	test_libnexus();
	test_libbe();
	test_newer_libnexus();
	test_newer_libbe();
	test_areas();
	test_node_monitor();
	return tap_failures != 0;
}

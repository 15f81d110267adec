// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * What of the kernel kit works without Nexus: who one is, teams, atomic
 * operations, callbacks, and waiting for file descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <OS.h>
#include "tap.h"

static void *find_self(void *data)
{
	*(thread_id *)data = find_thread(NULL);
	return NULL;
}

static int status_of_child(pid_t child)
{
	int status = 0;

	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void test_self(void)
{
	thread_id other = 0;
	pthread_t thread;
	pid_t child;

	is(find_thread(NULL), getpid());
	pthread_create(&thread, NULL, find_self, &other);
	pthread_join(thread, NULL);
	has(other > 0 && other != getpid());
	child = fork();
	if (child == 0)
		_exit(find_thread(NULL) != getpid());
	is(status_of_child(child), 0);
}

static int callbacks[4], count;

static void callback(void *data)
{
	callbacks[count++] = (int)(intptr_t)data;
}

static void *with_callbacks(void *data)
{
	on_exit_thread(callback, (void *)1);
	on_exit_thread(callback, (void *)2);
	on_exit_thread(callback, (void *)3);
	if (data)
		exit_thread(7);
	return NULL;
}

static void tell(void *data)
{
	_exit(*(int *)data == 7 ? count + 20 : 1);
}

static void test_callbacks(void)
{
	static int seven = 7;
	pthread_t thread;
	pid_t child;
	int round;

	for (round = 0; round < 2; round++) {
		count = 0;
		pthread_create(&thread, NULL, with_callbacks,
			       round ? &seven : NULL);
		pthread_join(thread, NULL);
		is(count, 3);
		has(callbacks[0] == 3 && callbacks[1] == 2 &&
		    callbacks[2] == 1);
	}
	/* The main thread ends the team. */
	fflush(stdout);
	child = fork();
	if (child == 0)
		exit_thread(33);
	is(status_of_child(child), 33);
	for (round = 0; round < 2; round++) {
		child = fork();
		if (child == 0) {
			count = 0;
			on_exit_thread(tell, &seven);
			on_exit_thread(callback, NULL);
			if (round)
				exit_thread(0);
			exit(0);
		}
		is(status_of_child(child), 21);
	}
}

static void test_teams(void)
{
	int32 cookie = 0, last = 0;
	bool seen = false, rising = true;
	team_info info;
	status_t status;
	int fds[2], how;
	pid_t child;

	errno = 4711;
	is(get_team_info(0, &info), B_OK);
	is(info.team, getpid());
	is(info.uid, geteuid());
	is(info.gid, getegid());
	is(info.thread_count, 1);
	is(info.argc, 1);
	has(strstr(info.args, "test"));
	has(info.image_count >= 1 && info.area_count > info.image_count);
	is(info.debugger_nub_thread, -1);
	is(info.debugger_nub_port, -1);
	is(get_team_info(-1, &info), B_BAD_TEAM_ID);
	is(get_team_info(INT_MAX, &info), B_BAD_TEAM_ID);
	is(get_team_info(0, (team_info *)NULL), B_BAD_VALUE);
	is(get_team_info(0, (team_info *)16), B_BAD_ADDRESS);
	is(_get_team_info(0, &info, 1), B_BAD_VALUE);
	while ((status = get_next_team_info(&cookie, &info)) == B_OK) {
		seen |= info.team == getpid();
		rising &= info.team > last && cookie == info.team;
		last = info.team;
	}
	is(status, B_BAD_TEAM_ID);
	has(seen && rising);
	is(errno, 4711);

	if (pipe(fds))
		return;
	child = fork();
	if (child == 0) {
		char byte;

		_exit(read(fds[0], &byte, 1) == 1);
	}
	is(kill_team(INT_MAX), B_BAD_TEAM_ID);
	is(kill_team(-1), B_BAD_TEAM_ID);
	is(kill_team(B_SYSTEM_TEAM), B_NOT_ALLOWED);
	is(kill_team(child), B_OK);
	is(waitpid(child, &how, 0), child);
	has(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
	is(kill_team(child), B_BAD_TEAM_ID);
}

static volatile sig_atomic_t handled;

static void handler(int signo)
{
	(void)signo;
	handled++;
}

static void signal_after(long usecs, int flags)
{
	struct itimerval when = { { 0, 0 }, { 0, usecs } };
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = flags;
	sigaction(SIGALRM, &action, NULL);
	handled = 0;
	setitimer(ITIMER_REAL, &when, NULL);
}

static int64 ask(int fd, uint16 events)
{
	object_wait_info info = { fd, B_OBJECT_TYPE_FD, events };
	ssize_t ret = wait_for_objects_etc(&info, 1, B_TIMEOUT, 0);

	return ret == 1 ? info.events : ret;
}

static void test_wait_for_fds(void)
{
	object_wait_info infos[2];
	int fds[2], file = open("/proc/self/exe", O_RDONLY);
	int directory = open("/", O_RDONLY);
	bigtime_t start;

	if (pipe(fds))
		return;
	errno = 4711;
	is(ask(fds[0], B_EVENT_READ), B_WOULD_BLOCK);
	is(ask(fds[1], B_EVENT_READ | B_EVENT_WRITE), B_EVENT_WRITE);
	is(ask(file, B_EVENT_READ), B_EVENT_READ);
	is(ask(file, 0x7b), 0x7b);
	is(ask(file, 0), B_WOULD_BLOCK);
	is(ask(directory, 0), B_EVENT_INVALID);
	is(ask(-1, B_EVENT_READ), B_EVENT_INVALID);
	is(ask(100000, B_EVENT_READ), B_EVENT_INVALID);
	is(wait_for_objects_etc(NULL, 0, B_TIMEOUT, 0), B_WOULD_BLOCK);
	is(wait_for_objects_etc(NULL, 0, B_TIMEOUT, 1000), B_TIMED_OUT);
	is(wait_for_objects_etc(NULL, 0, B_ABSOLUTE_TIMEOUT, 0), B_TIMED_OUT);
	is(wait_for_objects_etc(NULL, 0, B_TIMEOUT | B_ABSOLUTE_TIMEOUT, 0),
	   B_BAD_VALUE);
	is(wait_for_objects(NULL, 1), B_BAD_ADDRESS);
	is(wait_for_objects((object_wait_info *)16, 1), B_BAD_ADDRESS);
	is(wait_for_objects(NULL, -1), B_BAD_VALUE);
	is(wait_for_objects(infos, INT_MAX), B_BAD_VALUE);

	infos[0].object = fds[0];
	infos[0].type = B_OBJECT_TYPE_FD;
	infos[0].events = B_EVENT_READ;
	start = system_time();
	is(wait_for_objects_etc(infos, 1, B_TIMEOUT, 20000), B_TIMED_OUT);
	has(system_time() - start >= 20000);
	is(infos[0].events, B_EVENT_READ);
	start = real_time_clock_usecs();
	is(wait_for_objects_etc(infos, 1, B_ABSOLUTE_REAL_TIME_TIMEOUT,
				start + 20000), B_TIMED_OUT);
	has(real_time_clock_usecs() >= start + 20000);

	/* Signals */
	signal_after(10000, 0);
	is(wait_for_objects(infos, 1), B_INTERRUPTED);
	is(handled, 1);
	signal_after(10000, SA_RESTART);
	start = system_time();
	is(wait_for_objects_etc(infos, 1, B_TIMEOUT, 50000), B_TIMED_OUT);
	has(system_time() - start >= 50000);
	is(handled, 1);

	/* An unknown type, together with what is ready */
	infos[0].object = fds[1];
	infos[0].events = B_EVENT_WRITE;
	infos[1].object = 1;
	infos[1].type = 17;
	infos[1].events = B_EVENT_READ;
	is(wait_for_objects(infos, 2), 2);
	is(infos[0].events, B_EVENT_WRITE);
	is(infos[1].events, B_EVENT_INVALID);
	is(errno, 4711);
	close(file);
	close(directory);
	close(fds[0]);
	close(fds[1]);
}

static void test_atomics(void)
{
	int32 value = 1;
	int64 large = 1LL << 40;

	is(atomic_add(&value, -3), 1);
	is(atomic_or(&value, 1), -2);
	is(atomic_and(&value, 0xff), -1);
	is(atomic_get(&value), 255);
	is(atomic_test_and_set(&value, 1, 254), 255);
	is(atomic_get(&value), 255);
	is(atomic_test_and_set(&value, 1, 255), 255);
	is(atomic_get_and_set(&value, 9), 1);
	is(atomic_add64(&large, 1), 1LL << 40);
	is(atomic_get64(&large), (1LL << 40) + 1);
	is(atomic_test_and_set64(&large, 5, (1LL << 40) + 1),
	   (1LL << 40) + 1);
	is(atomic_get64(&large), 5);
}

static void test_clocks(void)
{
	nanotime_t now = system_time_nsecs();

	has(now / 1000 <= system_time());
	has(system_time() - now / 1000 < 1000000);
	is(snooze_etc(-1, B_SYSTEM_TIMEBASE, B_RELATIVE_TIMEOUT), B_OK);
	is(snooze_etc(1000, -1, B_RELATIVE_TIMEOUT), B_OK);
	is(snooze_etc(system_time() + 1000, B_SYSTEM_TIMEBASE, 0), B_OK);
	is(snooze_etc(real_time_clock_usecs() + 1000, B_SYSTEM_TIMEBASE,
		      B_ABSOLUTE_REAL_TIME_TIMEOUT), B_OK);
	is(snooze_etc(1, -2, 0), B_POSIX_ENOTSUP);
	is(snooze_etc(1, -3, 0), B_BAD_VALUE);
	is(snooze_etc(1, 5, 0), B_BAD_VALUE);
}

int main(void)
{
	test_self();
	test_callbacks();
	test_teams();
	test_wait_for_fds();
	test_atomics();
	test_clocks();
	return tap_failures != 0;
}

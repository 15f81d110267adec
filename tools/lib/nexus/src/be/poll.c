// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * poll(2) ends at every handler, SA_RESTART or not, and does not tell which
 * it was.  BeOS goes on if all that ran were installed with SA_RESTART.
 *
 * So signals are kept blocked, and watched with a signalfd(2) that lasts as
 * long as the wait.  When one is pending its action tells what to do.  It is
 * let through in either case; the others stay blocked meanwhile if the wait
 * goes on, so that none comes in between unseen.
 *
 * The signals that the C library keeps to itself are not blocked.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <nexus/syscall.h>
#include "poll.h"

/* As the kernel has it: 64 signals, or 128 on MIPS */
#define KERNEL_SIGSET	(_NSIG > 65 ? 16 : 8)

#ifdef __NR_ppoll_time64
# define NR_PPOLL	__NR_ppoll_time64
#else
# define NR_PPOLL	__NR_ppoll
#endif

int be_poll_now(struct pollfd *fds, size_t count)
{
	static const long long none[2];

	/* 64-bit seconds and nanoseconds; no 32-bit architecture differs. */
	return (int)nexus_syscall(NR_PPOLL, (long)fds, (long)count,
				  (long)none, 0, 0, 0);
}

static int poll_for_ever(struct pollfd *fds, size_t count)
{
#ifdef __NR_poll
	/* Restarted or not as the kernel finds right for suspended threads */
	return (int)nexus_syscall(__NR_poll, (long)fds, (long)count, -1, 0, 0,
				  0);
#else
	return (int)nexus_syscall(NR_PPOLL, (long)fds, (long)count, 0, 0, 0,
				  0);
#endif
}

/* Those that are pending and not in @blocked.  Does one of them interrupt? */
static bool pending(const sigset_t *blocked, sigset_t *found)
{
	struct sigaction action;
	bool interrupts = false;
	int signo;

	sigpending(found);
	for (signo = 1; signo < _NSIG; signo++) {
		if (sigismember(found, signo) != 1)
			continue;
		if (sigismember(blocked, signo) == 1) {
			sigdelset(found, signo);
			continue;
		}
		/* One without a handler ends the program or nothing. */
		if (sigaction(signo, NULL, &action) == 0 &&
		    action.sa_handler != SIG_DFL &&
		    action.sa_handler != SIG_IGN &&
		    !(action.sa_flags & SA_RESTART))
			interrupts = true;
	}
	return interrupts;
}

/* Let the signals in @found through, and only them. */
static void deliver(const sigset_t *found)
{
	sigset_t all;

	pthread_sigmask(SIG_UNBLOCK, found, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static int wait_without_signals(struct pollfd *fds, size_t count,
				const sigset_t *blocked)
{
	sigset_t found;
	int ret;

	for (;;) {
		ret = poll_for_ever(fds, count + 1);
		if (ret <= 0 || !fds[count].revents)
			return ret;
		/* What there was to wait for comes first. */
		if (ret > 1)
			return ret - 1;
		if (pending(blocked, &found))
			return -EINTR;
		deliver(&found);
	}
}

int be_poll_wait(struct pollfd *fds, size_t count)
{
	sigset_t all, blocked, watched;
	int signo, ret, saved = errno;
	long fd;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &blocked);
	sigemptyset(&watched);
	for (signo = 1; signo < _NSIG; signo++)
		if (sigismember(&blocked, signo) == 0)
			sigaddset(&watched, signo);
	/* Those of the C library cannot be added, which is as it should be. */
	errno = saved;
	fd = nexus_syscall(__NR_signalfd4, -1, (long)&watched, KERNEL_SIGSET,
			   SFD_CLOEXEC, 0, 0);
	if (fd < 0) {
		pthread_sigmask(SIG_SETMASK, &blocked, NULL);
		return (int)fd;
	}
	fds[count].fd = (int)fd;
	fds[count].events = POLLIN;
	ret = wait_without_signals(fds, count, &blocked);
	nexus_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
	pthread_sigmask(SIG_SETMASK, &blocked, NULL);
	return ret;
}

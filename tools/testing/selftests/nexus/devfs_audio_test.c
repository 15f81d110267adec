// SPDX-License-Identifier: GPL-2.0
/*
 * $/dev/audio/pcm0: what is written is heard, in the time that it takes.
 *
 * Where QEMU writes what the sound card plays to a file, and the guest sees
 * that file, the tone is looked for in it (see scripts/boot).
 */
#include "devfs.h"

#include <sys/epoll.h>
#include <sys/resource.h>

#define PCM0	DEV "audio/pcm0"
#define RATE	48000
#define FRAME	4
#define SECOND	(RATE * FRAME)

/* What plays into this file, if anything. */
#define WAV	"/mnt/audio/pcm0.wav"

static short samples[2 * RATE];

/* A square wave: half a period is so many frames. */
static void tone(short *to, int frames, int half, int level)
{
	int i;

	for (i = 0; i < frames; i++) {
		to[2 * i] = i / half % 2 ? level : -level;
		to[2 * i + 1] = to[2 * i];
	}
}

/* Writes all of it; 0 or a negative errno. */
static int write_all(int fd, const void *buf, size_t size)
{
	size_t done = 0;
	long n;

	while (done < size) {
		n = write_fd(fd, (const char *)buf + done, size - done);
		if (n < 0)
			return n;
		done += n;
	}
	return 0;
}

/* Writes until there is no room; -EAGAIN, or what else went wrong. */
static long fill_up(int fd)
{
	long n, done = 0;

	do {
		n = write_fd(fd, samples, 8192);
		if (n < 0)
			return n;
		done += n;
	} while (done < 20 * SECOND);
	return 0;
}

FIXTURE(audio)
{
	int fd;
};

FIXTURE_VARIANT(audio)
{
	const char *options;
};

FIXTURE_VARIANT_ADD(audio, null)
{
	.options = "pcm0=null",
};

FIXTURE_VARIANT_ADD(audio, alsa)
{
	.options = "pcm0=alsa",
};

FIXTURE_SETUP(audio)
{
	OWN_DEVFS_OR_SKIP();
	if (access(PCM0, F_OK))
		SKIP(return, "no $/dev/audio");
	ASSERT_EQ(0, set_options(variant->options));
	self->fd = open_path(PCM0, O_WRONLY);
	if (self->fd == -ENODEV)
		SKIP(return, "no sound card");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(audio)
{
	if (self->fd >= 0)
		close(self->fd);
	set_options("pcm0=alsa");
}

/* A second of sound takes a second, with what close() waits for. */
TEST_F_TIMEOUT(audio, pace, 60)
{
	const int64_t start = now_ns(CLOCK_MONOTONIC);
	int64_t took;

	tone(samples, RATE, 50, 100);
	ASSERT_EQ(0, write_all(self->fd, samples, SECOND));
	ASSERT_EQ(0, write_all(self->fd, samples, SECOND));
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	took = now_ns(CLOCK_MONOTONIC) - start;
	EXPECT_LT(1800000000LL, took);
	/* A slow machine may stumble, but not for ever. */
	EXPECT_GT(20000000000LL, took);
}

TEST_F_TIMEOUT(audio, no_more_than_the_buffer_at_once, 60)
{
	ASSERT_EQ(0, set_nonblock(self->fd, 1));
	/* That much of it is always empty at first. */
	EXPECT_EQ(4096, write_fd(self->fd, samples, 4096));
	ASSERT_EQ(-EAGAIN, fill_up(self->fd));
	/* When there is room again poll(2) says so. */
	EXPECT_EQ(POLLOUT, poll_some(self->fd, POLLOUT));
	EXPECT_TRUE(poll_until(write_fd(self->fd, samples, 64) > 0));
}

/*
 * Fills it up and waits for room, some times: once or twice there may be room
 * again before anybody could wait.
 */
static void fill_and_wait(struct __test_metadata *_metadata, int fd,
			  __u32 events)
{
	struct epoll_event ev = { .events = events };
	const int ep = epoll_create1(EPOLL_CLOEXEC);
	int i;

	ASSERT_LE(0, ep);
	ASSERT_EQ(0, set_nonblock(fd, 1));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	/* There is nothing in it yet. */
	ASSERT_EQ(1, epoll_wait(ep, &ev, 1, PATIENCE_MS));
	EXPECT_EQ((__u32)EPOLLOUT, ev.events);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(-EAGAIN, fill_up(fd));
		ASSERT_EQ(1, epoll_wait(ep, &ev, 1, PATIENCE_MS));
		EXPECT_EQ((__u32)EPOLLOUT, ev.events);
	}
	close(ep);
}

TEST_F_TIMEOUT(audio, epoll, 120)
{
	fill_and_wait(_metadata, self->fd, EPOLLOUT);
}

/* Who is told once asks no more until then. */
TEST_F_TIMEOUT(audio, epoll_edges, 120)
{
	fill_and_wait(_metadata, self->fd, EPOLLOUT | EPOLLET);
}

/* Such a file plays when it is first written to, after epoll has seen it. */
TEST_F_TIMEOUT(audio, epoll_opened_with_mode_0, 120)
{
	const int fd = open_path(PCM0, 0);

	ASSERT_LE(0, fd);
	fill_and_wait(_metadata, fd, EPOLLOUT);
	EXPECT_EQ(0, close(fd));
}

/* Here nothing at all is played until then. */
TEST_F_TIMEOUT(audio, epoll_opened_alone_with_mode_0, 120)
{
	int fd;

	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	fd = open_path(PCM0, 0);
	ASSERT_LE(0, fd);
	fill_and_wait(_metadata, fd, EPOLLOUT | EPOLLET);
	EXPECT_EQ(0, close(fd));
}

TEST_F_TIMEOUT(audio, frames_in_pieces, 60)
{
	static const char bytes[8];

	EXPECT_EQ(3, write_fd(self->fd, bytes, 3));
	EXPECT_EQ(1, write_fd(self->fd, bytes, 1));
	EXPECT_EQ(1, write_fd(self->fd, bytes, 1));
	EXPECT_EQ(7, write_fd(self->fd, bytes, 7));
	EXPECT_EQ(2, write_fd(self->fd, bytes, 2));
	EXPECT_EQ(1, write_fd(self->fd, bytes, 1));
	/* The end of it is filled up by close(). */
	EXPECT_EQ(0, write_fd(self->fd, bytes, 0));
}

TEST_F_TIMEOUT(audio, bad_buffers, 60)
{
	struct bad *bad = make_bad(64);
	int i;

	ASSERT_TRUE(!!bad);
	for (i = 0; i < BAD_READABLE; i++) {
		long n = write_fd(self->fd, bad[i].addr, 256);

		/* Half of it may have been taken. */
		EXPECT_TRUE(n == -EFAULT || (i == BAD_HALF && n == 64))
			TH_LOG("%s: %ld", bad[i].name, n);
	}
}

static void nothing(int sig)
{
}

TEST_F_TIMEOUT(audio, a_signal_ends_the_wait, 60)
{
	const struct sigaction action = { .sa_handler = nothing };
	static char much[20 * SECOND];
	struct io io = { .fd = self->fd, .writes = 1, .buf = much,
			 .size = sizeof(much) };
	long ret;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, start_io(&io));
	ASSERT_EQ(0, pthread_kill(io.thread, SIGUSR1));
	ret = join_io(&io);
	EXPECT_TRUE(ret == -EINTR || (ret > 0 && ret < (long)sizeof(much)))
		TH_LOG("%ld", ret);
}

/* Who writes together is heard one after the other. */
TEST_F_TIMEOUT(audio, two_writers, 60)
{
	const int other = open_path(PCM0, O_WRONLY);
	struct io io = { .fd = other, .writes = 1, .buf = samples,
			 .size = SECOND / 4 };

	ASSERT_LE(0, other);
	ASSERT_EQ(0, launch_io(&io));
	EXPECT_EQ(0, write_all(self->fd, samples, SECOND / 4));
	EXPECT_EQ(SECOND / 4, join_io(&io));
	close(other);
}

/* The example of the manual: no mode, and then it is written to. */
TEST_F_TIMEOUT(audio, opened_with_mode_0, 60)
{
	const int fd = open_path(PCM0, 0);
	char c;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, read_fd(fd, &c, 1));
	EXPECT_EQ(64, write_fd(fd, samples, 64));
	EXPECT_EQ(0, read_fd(fd, &c, 1));
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(-1, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, can_open(PCM0, O_RDWR));
}

static int plays_for_ever(void *arg)
{
	const int fd = open_path(PCM0, O_WRONLY);

	if (fd < 0)
		return 1;
	announce(arg, 1);
	for (;;)
		write_fd(fd, samples, SECOND);
}

TEST_F_TIMEOUT(audio, a_player_can_be_killed, 60)
{
	int *step = shared(sizeof(*step));
	pid_t pid;

	ASSERT_TRUE(!!step);
	pid = spawn(plays_for_ever, step);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(step, 1));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, reap(pid));
	EXPECT_EQ(64, write_fd(self->fd, samples, 64));
}

/* One that waits for room does not keep the others from what there is. */
TEST_F_TIMEOUT(audio, another_does_not_wait, 120)
{
	int *step = shared(sizeof(*step));
	pid_t pid;
	int i;

	ASSERT_TRUE(!!step);
	ASSERT_EQ(0, set_nonblock(self->fd, 1));
	pid = spawn(plays_for_ever, step);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(step, 1));
	for (i = 0; i < 5; i++) {
		/* When it sleeps it does so in a write. */
		EXPECT_EQ(0, wait_until_blocked(pid, pid, __NR_write));
		EXPECT_TRUE(poll_until(write_fd(self->fd, samples, 64) > 0));
	}
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(128 + SIGKILL, reap(pid));
}

/* ---- what is heard ---- */

FIXTURE(wav)
{
};

FIXTURE_SETUP(wav)
{
	OWN_DEVFS_OR_SKIP();
	if (access(WAV, R_OK))
		SKIP(return, "nobody listens (see scripts/boot)");
	ASSERT_EQ(0, set_options("pcm0=alsa"));
}

FIXTURE_TEARDOWN(wav)
{
}

#define WAV_HEADER	44

/* What there is from a place on; its length or a negative errno. */
static long read_from(int fd, off_t from, void *buf, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = pread(fd, (char *)buf + done, size - done, from + done);
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += n;
	}
	return done;
}

TEST_F_TIMEOUT(wav, a_tone_is_heard, 60)
{
	const int half = 60, frames = RATE / 2, level = 12000;
	static short heard[(16 << 20) / sizeof(short)];
	long i, n, best, crossings;
	struct stat before;
	off_t from;
	char riff[4];
	int fd, wav;

	/*
	 * Only what comes from now on: an earlier run has left a tone there.
	 * What is still in a buffer of QEMU is silence from behind it.
	 */
	ASSERT_EQ(0, stat(WAV, &before));
	from = WAV_HEADER;
	if (before.st_size > from)
		from += (before.st_size - from) / FRAME * FRAME;

	fd = open_path(PCM0, O_WRONLY);
	ASSERT_LE(0, fd);
	tone(samples, frames, half, level);
	ASSERT_EQ(0, write_all(fd, samples, frames * FRAME));
	/* Silence behind it, so that nothing of it is in a buffer yet. */
	memset(samples, 0, sizeof(samples));
	ASSERT_EQ(0, write_all(fd, samples, SECOND));
	ASSERT_EQ(0, close(fd));

	wav = open_path(WAV, O_RDONLY);
	ASSERT_LE(0, wav);
	ASSERT_EQ(4, read_from(wav, 0, riff, sizeof(riff)));
	EXPECT_EQ(0, memcmp(riff, "RIFF", 4));
	n = read_from(wav, from, heard, sizeof(heard)) / FRAME;
	ASSERT_LT(0, n);
	close(wav);

	/* The longest run of loud samples, and how often it changes sign. */
	best = 0;
	crossings = 0;
	for (i = 0; i < n; i++) {
		long run = 0, changes = 0;

		while (i + run < n && abs(heard[2 * (i + run)]) > level / 2) {
			const short *at = heard + 2 * (i + run);

			/* Against the frame before. */
			if (run && at[0] * at[-2] < 0)
				changes++;
			run++;
		}
		if (run > best) {
			best = run;
			crossings = changes;
		}
		i += run;
	}
	/* A machine that stumbles cuts the tone into pieces of that pitch. */
	EXPECT_LT(frames / 20, best);
	EXPECT_LE(best / half - 2, crossings);
	EXPECT_GE(best / half + 2, crossings);
}

TEST_HARNESS_MAIN

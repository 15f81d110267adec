// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: $/dev/audio/pcm0, sound as it comes: 48000 frames a second of two
 * 16-bit samples, least significant byte first.
 *
 * There is one stream for all who have the node open: the first of them that
 * wants to play opens it, the last one that closes waits until it has played
 * out.  It is the first ALSA playback device that takes the format, opened as
 * any program opens it: while it is open others may find it busy, and the other
 * way round.  With the mount option pcm0=null nobody hears it, but it takes the
 * same time.
 *
 * Locking: stream_mutex protects the stream and all that a file remembers, and
 * is held while a writer waits for room.  A call moves so little that the next
 * one does not wait long for it.
 */
#define pr_fmt(fmt) "devfs_dollar: " fmt

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <sound/core.h>
#include <sound/minors.h>
#include <sound/pcm.h>
#include <sound/pcm_params.h>

#include "nodes.h"

#define RATE		48000
#define CHANNELS	2
#define FRAME		4U	/* bytes */

/* What is queued at most, and how long the end of it may take. */
#define BUFFER_US	340000
#define DRAIN_MS	1000

/* One call plays this much, about 85 ms. */
#define CALL_BYTES	16384

/**
 * struct pcm_file - an open file of pcm0
 * @joined: it uses the stream; set once
 * @nrest:  bytes in @rest
 * @rest:   begin of a frame that was not written to its end
 */
struct pcm_file {
	bool joined;
	u8 nrest;
	u8 rest[FRAME];
};

static DEFINE_MUTEX(stream_mutex);

/*
 * The stream.  ALSA knows who has a card open by the address of a struct file
 * and looks at its f_flags: token is that, and nothing else.
 */
static struct {
	unsigned int users;
	struct snd_pcm_substream *substream;	/* NULL: plays to nobody */
	struct file token;
	ktime_t end;				/* of what nobody hears */
	wait_queue_head_t room;			/* for poll, likewise */
	struct delayed_work wake;
} stream;

/* ---- a real device ---- */

static void set_mask(struct snd_pcm_hw_params *params, snd_pcm_hw_param_t var,
		     unsigned int value)
{
	snd_mask_refine_set(hw_param_mask(params, var), value);
}

static void set_interval(struct snd_pcm_hw_params *params,
			 snd_pcm_hw_param_t var, unsigned int min,
			 unsigned int max)
{
	const struct snd_interval want = {
		.min = min,
		.max = max,
		.integer = min == max,
	};

	snd_interval_refine(hw_param_interval(params, var), &want);
}

static int set_hw_params(struct snd_pcm_substream *substream, bool times)
{
	struct snd_pcm_hw_params *params __free(kfree) = NULL;

	params = kzalloc_obj(*params, GFP_KERNEL);
	if (!params)
		return -ENOMEM;
	_snd_pcm_hw_params_any(params);
	set_mask(params, SNDRV_PCM_HW_PARAM_ACCESS,
		 (__force unsigned int)SNDRV_PCM_ACCESS_RW_INTERLEAVED);
	set_mask(params, SNDRV_PCM_HW_PARAM_FORMAT,
		 (__force unsigned int)SNDRV_PCM_FORMAT_S16_LE);
	set_interval(params, SNDRV_PCM_HW_PARAM_CHANNELS, CHANNELS, CHANNELS);
	set_interval(params, SNDRV_PCM_HW_PARAM_RATE, RATE, RATE);
	if (times) {
		set_interval(params, SNDRV_PCM_HW_PARAM_PERIOD_TIME,
			     20000, 50000);
		set_interval(params, SNDRV_PCM_HW_PARAM_BUFFER_TIME,
			     100000, BUFFER_US);
	}
	return snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_HW_PARAMS,
				    params);
}

static int set_sw_params(struct snd_pcm_substream *substream)
{
	const struct snd_pcm_runtime *runtime = substream->runtime;
	struct snd_pcm_sw_params *params __free(kfree) = NULL;

	params = kzalloc_obj(*params, GFP_KERNEL);
	if (!params)
		return -ENOMEM;
	params->avail_min = runtime->period_size;
	params->start_threshold = min(2 * runtime->period_size,
				      runtime->buffer_size);
	params->stop_threshold = runtime->buffer_size;
	return snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_SW_PARAMS,
				    params);
}

/* The reverse of open_pcm(), as the release of ALSA's own files. */
static void close_pcm(struct snd_pcm *pcm, struct snd_pcm_substream *substream)
{
	snd_power_wait(pcm->card);
	if (substream) {
		mutex_lock(&pcm->open_mutex);
		snd_pcm_release_substream(substream);
		mutex_unlock(&pcm->open_mutex);
		wake_up(&pcm->open_wait);
	}
	module_put(pcm->card->module);
	snd_card_file_remove(pcm->card, &stream.token);
	/* A card that was pulled out has left its operations there. */
	fops_put(stream.token.f_op);
	stream.token.f_op = NULL;
}

static int open_pcm(struct snd_pcm *pcm)
{
	struct snd_pcm_substream *substream = NULL;
	int ret;

	memset(&stream.token, 0, sizeof(stream.token));
	stream.token.f_flags = O_WRONLY | O_NONBLOCK;
	ret = snd_card_file_add(pcm->card, &stream.token);
	if (ret)
		return ret;
	if (!try_module_get(pcm->card->module)) {
		snd_card_file_remove(pcm->card, &stream.token);
		return -ENODEV;
	}

	mutex_lock(&pcm->open_mutex);
	ret = snd_pcm_open_substream(pcm, SNDRV_PCM_STREAM_PLAYBACK,
				     &stream.token, &substream);
	mutex_unlock(&pcm->open_mutex);
	if (ret < 0) {
		if (ret == -EAGAIN)
			ret = -EBUSY;
		substream = NULL;
		goto close;
	}

	ret = set_hw_params(substream, true);
	if (ret == -EINVAL)
		ret = set_hw_params(substream, false);
	if (ret >= 0)
		ret = set_sw_params(substream);
	if (ret >= 0)
		ret = snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_PREPARE,
					   NULL);
	if (ret >= 0) {
		stream.substream = substream;
		return 0;
	}
close:
	close_pcm(pcm, substream);
	return ret;
}

/* The first device that can play.  That one is busy is worth telling. */
static int open_first(void)
{
	struct snd_pcm *pcm;
	unsigned int minor;
	int ret, result = -ENODEV;

	for (minor = 0; minor < SNDRV_OS_MINORS; minor++) {
		pcm = snd_lookup_minor_data(minor,
					    SNDRV_DEVICE_TYPE_PCM_PLAYBACK);
		if (!pcm)
			continue;
		ret = open_pcm(pcm);
		snd_card_unref(pcm->card);
		if (!ret)
			return 0;
		if (ret == -ENOMEM || ret == -EBUSY)
			result = ret;
	}
	return result;
}

/*
 * Returns frames that were taken, less than all only if there is no room and
 * the caller does not wait, or a signal came.
 */
static ssize_t write_pcm(const void *buf, size_t frames, bool nonblock)
{
	struct snd_pcm_substream *substream = stream.substream;
	unsigned int broken = 0;
	snd_pcm_sframes_t n;
	size_t done = 0;

	substream->f_flags = nonblock ? O_WRONLY | O_NONBLOCK : O_WRONLY;
	while (done < frames) {
		/* It is only read, the parameter is one for both directions. */
		n = snd_pcm_kernel_write(substream, (void *)buf + done * FRAME,
					 frames - done);
		if (n > 0) {
			done += n;
			if (nonblock || signal_pending(current))
				break;
			continue;
		}
		/* Underrun, or the machine slept: start again. */
		if ((n == -EPIPE || n == -ESTRPIPE) && broken++ < 3)
			n = snd_pcm_kernel_ioctl(substream,
						 SNDRV_PCM_IOCTL_PREPARE, NULL);
		if (n == -EPIPE || n == -ESTRPIPE)
			n = -EIO;
		else if (n == -EBADFD)
			n = -ENODEV;
		if (n < 0)
			return done ? done : n;
	}
	return done;
}

static void drain_pcm(void)
{
	struct snd_pcm_substream *substream = stream.substream;
	const struct snd_pcm_runtime *runtime = substream->runtime;

	/* Nonblocking: it would let a signal end the wait, close() does not. */
	substream->f_flags = O_WRONLY | O_NONBLOCK;
	if (snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_DRAIN, NULL) !=
	    -EAGAIN)
		return;
	wait_event_timeout(substream->runtime->sleep,
			   runtime->state != SNDRV_PCM_STATE_DRAINING,
			   msecs_to_jiffies(DRAIN_MS));
}

static __poll_t poll_pcm(struct file *file, struct poll_table_struct *wait_on)
{
	struct snd_pcm_substream *substream = stream.substream;
	struct snd_pcm_runtime *runtime = substream->runtime;

	poll_wait(file, &runtime->sleep, wait_on);
	guard(pcm_stream_lock_irq)(substream);
	switch (runtime->state) {
	case SNDRV_PCM_STATE_RUNNING:
	case SNDRV_PCM_STATE_PREPARED:
		if (snd_pcm_playback_ready(substream))
			return EPOLLOUT | EPOLLWRNORM;
		return 0;
	case SNDRV_PCM_STATE_DISCONNECTED:
		return EPOLLERR | EPOLLHUP;
	default:
		return EPOLLOUT | EPOLLWRNORM;
	}
}

/* ---- nobody who listens ---- */

/* Nanoseconds until all of it is played. */
static s64 queued_null(void)
{
	return max(ktime_to_ns(ktime_sub(READ_ONCE(stream.end), ktime_get())),
		   0LL);
}

static size_t room_null(void)
{
	const s64 ns = BUFFER_US * (s64)NSEC_PER_USEC - queued_null();

	return ns > 0 ? div_u64((u64)ns * (RATE / 1000), NSEC_PER_MSEC) : 0;
}

/* Sleeps for so many nanoseconds, or until a signal if that may be. */
static void sleep_null(s64 ns, unsigned int state)
{
	ktime_t time = ns_to_ktime(ns);

	set_current_state(state);
	schedule_hrtimeout(&time, HRTIMER_MODE_REL);
}

static ssize_t write_null(size_t frames, bool nonblock)
{
	size_t done = 0, n;
	ktime_t now;

	while (done < frames) {
		n = min(frames - done, room_null());
		if (n) {
			now = ktime_get();
			if (ktime_after(now, stream.end))
				WRITE_ONCE(stream.end, now);
			WRITE_ONCE(stream.end,
				   ktime_add_ns(stream.end,
						div_u64((u64)n * NSEC_PER_SEC,
							RATE)));
			done += n;
			continue;
		}
		if (nonblock)
			return done ? done : -EAGAIN;
		if (signal_pending(current))
			return done ? done : -ERESTARTSYS;
		sleep_null(10 * NSEC_PER_MSEC, TASK_INTERRUPTIBLE);
	}
	return done;
}

static void wake_null(struct work_struct *work)
{
	wake_up_interruptible_poll(&stream.room, EPOLLOUT | EPOLLWRNORM);
}

static __poll_t poll_null(struct file *file, struct poll_table_struct *wait_on)
{
	poll_wait(file, &stream.room, wait_on);
	if (room_null())
		return EPOLLOUT | EPOLLWRNORM;
	queue_delayed_work(system_dfl_wq, &stream.wake, msecs_to_jiffies(10));
	return 0;
}

/* ---- the open files ---- */

static int join(struct pcm_file *pcm)
{
	int ret = 0;

	lockdep_assert_held(&stream_mutex);
	if (pcm->joined)
		return 0;
	if (!stream.users) {
		if (devfs_option(DEVFS_OPTION_PCM0_NULL))
			stream.end = ktime_get();
		else
			ret = open_first();
	}
	if (ret)
		return ret;
	stream.users++;
	/* For pcm_poll(): the stream stays until the file is closed. */
	smp_store_release(&pcm->joined, true);
	return 0;
}

static ssize_t play(const void *buf, size_t frames, bool nonblock)
{
	if (stream.substream)
		return write_pcm(buf, frames, nonblock);
	return write_null(frames, nonblock);
}

static void leave(struct pcm_file *pcm)
{
	struct snd_pcm_substream *substream;

	lockdep_assert_held(&stream_mutex);
	if (pcm->nrest) {
		memset(pcm->rest + pcm->nrest, 0, FRAME - pcm->nrest);
		play(pcm->rest, 1, true);
	}
	if (--stream.users)
		return;
	substream = stream.substream;
	if (substream) {
		drain_pcm();
		stream.substream = NULL;
		close_pcm(substream->pcm, substream);
	} else {
		sleep_null(queued_null(), TASK_UNINTERRUPTIBLE);
	}
}

static void *pcm_open(void *ctx, int flags)
{
	struct pcm_file *pcm;
	int ret;

	pcm = kzalloc_obj(*pcm, GFP_KERNEL_ACCOUNT);
	if (!pcm)
		return ERR_PTR(-ENOMEM);
	/* Opened with access mode 0 it may never want to write. */
	if ((flags & O_ACCMODE) == O_RDONLY)
		return pcm;

	ret = mutex_lock_interruptible(&stream_mutex) ? -ERESTARTSYS : 0;
	if (!ret) {
		ret = join(pcm);
		mutex_unlock(&stream_mutex);
	}
	if (!ret)
		return pcm;
	kfree(pcm);
	return ERR_PTR(ret);
}

static int pcm_close(void *ctx)
{
	struct pcm_file *pcm = ctx;

	mutex_lock(&stream_mutex);
	if (pcm->joined)
		leave(pcm);
	mutex_unlock(&stream_mutex);
	kfree(pcm);
	return 0;
}

/* Returns bytes that were taken; stream_mutex is held. */
static ssize_t take(struct pcm_file *pcm, const u8 *buf, size_t count,
		    bool nonblock)
{
	const size_t missing = pcm->nrest ? FRAME - pcm->nrest : 0;
	size_t done = 0, frames;
	u8 frame[FRAME];
	ssize_t n;

	if (missing && count >= missing) {
		memcpy(frame, pcm->rest, pcm->nrest);
		memcpy(frame + pcm->nrest, buf, missing);
		n = play(frame, 1, nonblock);
		if (n <= 0)
			return n;
		pcm->nrest = 0;
		done = missing;
	}
	frames = pcm->nrest ? 0 : (count - done) / FRAME;
	if (frames) {
		n = play(buf + done, frames, nonblock);
		if (n < 0)
			return done ? done : n;
		done += n * FRAME;
		if (n < frames)
			return done;
	}
	memcpy(pcm->rest + pcm->nrest, buf + done, count - done);
	pcm->nrest += count - done;
	return count;
}

static ssize_t pcm_write(void *ctx, const void *buf, size_t count, int flags)
{
	const bool nonblock = flags & O_NONBLOCK;
	struct pcm_file *pcm = ctx;
	ssize_t ret;

	if (nonblock) {
		if (!mutex_trylock(&stream_mutex))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&stream_mutex)) {
		return -ERESTARTSYS;
	}
	ret = join(pcm);
	if (!ret)
		ret = take(pcm, buf, count, nonblock);
	mutex_unlock(&stream_mutex);
	return ret;
}

static __poll_t pcm_poll(void *ctx, struct file *file,
			 struct poll_table_struct *wait_on)
{
	struct pcm_file *pcm = ctx;

	/* Pairs with join(): who sees it set sees the stream. */
	if (!smp_load_acquire(&pcm->joined))
		return EPOLLOUT | EPOLLWRNORM;
	if (stream.substream)
		return poll_pcm(file, wait_on);
	return poll_null(file, wait_on);
}

static const struct devfs_device_ops pcm_ops = {
	.name = "pcm0",
	.open = pcm_open,
	.write_flags = pcm_write,
	.close = pcm_close,
	.poll = pcm_poll,
	.mode = 0660,
	.io_max = CALL_BYTES,
};

/**
 * devfs_nodes_audio_init - register $/dev/audio
 *
 * Context: process context, at boot.
 * Return: 0 or a negative errno.
 */
int __init devfs_nodes_audio_init(void)
{
	init_waitqueue_head(&stream.room);
	INIT_DELAYED_WORK(&stream.wake, wake_null);
	return devfs_nodes_register("audio/pcm0", &pcm_ops, NULL);
}

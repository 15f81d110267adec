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
 * Locking: stream_mutex protects the stream and all that a file remembers.  It
 * is held while the stream is opened and while it plays out, but nobody waits
 * for room with it: the others could not write meanwhile, nor be told that they
 * can.  A file that has joined may look at the stream without it.
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
#include <linux/sched.h>
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

/* Where nobody listens there is room when this much of it was played. */
#define ROOM_MS		10
#define ROOM_FRAMES	(ROOM_MS * (RATE / 1000))

/* A card that stands still for so many seconds is not just slow. */
#define PATIENCE	10

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
 *
 * Whoever waits for room does so in a queue that is there before a card is
 * opened and after it was closed: epoll chooses the queue once, and at that
 * time the file may not play yet.  bridge hands on what the card says.
 */
static struct {
	unsigned int users;
	struct snd_pcm_substream *substream;	/* NULL: plays to nobody */
	struct file token;
	ktime_t end;				/* of what nobody hears */
	struct delayed_work wake;		/* likewise */
	wait_queue_head_t room;
	struct wait_queue_entry bridge;
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
		add_wait_queue(&substream->runtime->sleep, &stream.bridge);
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

/* The queue of the card was woken; it is locked. */
static int cross_bridge(struct wait_queue_entry *bridge, unsigned int mode,
			int flags, void *key)
{
	/* Without a key, as ALSA does it: it may be that the card has gone. */
	wake_up(&stream.room);
	return 0;
}

/* Returns frames that were taken, or -EAGAIN if there is no room for one. */
static ssize_t write_pcm(const void *buf, size_t frames)
{
	struct snd_pcm_substream *substream = stream.substream;
	unsigned int broken = 0;
	snd_pcm_sframes_t n;

	do {
		n = snd_pcm_kernel_write(substream, buf, frames);
		/* Underrun, or the machine slept: start again. */
		if ((n == -EPIPE || n == -ESTRPIPE) && broken++ < 3)
			n = snd_pcm_kernel_ioctl(substream,
						 SNDRV_PCM_IOCTL_PREPARE, NULL);
	} while (!n);
	if (n == -EPIPE || n == -ESTRPIPE)
		return -EIO;
	return n == -EBADFD ? -ENODEV : n;
}

static void drain_pcm(void)
{
	struct snd_pcm_substream *substream = stream.substream;
	const struct snd_pcm_runtime *runtime = substream->runtime;

	/* Nonblocking: it would let a signal end the wait, close() does not. */
	if (snd_pcm_kernel_ioctl(substream, SNDRV_PCM_IOCTL_DRAIN, NULL) !=
	    -EAGAIN)
		return;
	wait_event_timeout(substream->runtime->sleep,
			   runtime->state != SNDRV_PCM_STATE_DRAINING,
			   msecs_to_jiffies(DRAIN_MS));
}

/*
 * Is a write worth a try?  Called by who is about to sleep, so it takes no
 * lock: that of the stream is a mutex for some cards.
 */
static bool room_pcm(void)
{
	struct snd_pcm_substream *substream = stream.substream;

	switch (READ_ONCE(substream->runtime->state)) {
	case SNDRV_PCM_STATE_RUNNING:
		return snd_pcm_playback_ready(substream);
	case SNDRV_PCM_STATE_PREPARED:
		/* What fills the rest of the buffer starts the card. */
		return snd_pcm_playback_avail(substream->runtime);
	default:
		/* It starts again, or says what is wrong. */
		return true;
	}
}

static __poll_t poll_pcm(void)
{
	struct snd_pcm_substream *substream = stream.substream;

	guard(pcm_stream_lock_irq)(substream);
	if (substream->runtime->state == SNDRV_PCM_STATE_DISCONNECTED)
		return EPOLLERR | EPOLLHUP;
	return room_pcm() ? EPOLLOUT | EPOLLWRNORM : 0;
}

/* ---- nobody who listens ---- */

/* Nanoseconds until all of it is played. */
static s64 queued_null(void)
{
	return max(ktime_to_ns(ktime_sub(READ_ONCE(stream.end), ktime_get())),
		   0LL);
}

/* Frames; a few are none, or who polls would get up for each of them. */
static size_t room_null(void)
{
	const s64 ns = BUFFER_US * (s64)NSEC_PER_USEC - queued_null();
	size_t frames;

	if (ns <= 0)
		return 0;
	frames = div_u64((u64)ns * (RATE / 1000), NSEC_PER_MSEC);
	return frames < ROOM_FRAMES ? 0 : frames;
}

static void drain_null(void)
{
	ktime_t time = ns_to_ktime(queued_null());

	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_hrtimeout(&time, HRTIMER_MODE_REL);
}

/* There was no room: who wants to know when there is will be told. */
static void wake_later(void)
{
	queue_delayed_work(system_dfl_wq, &stream.wake,
			   msecs_to_jiffies(ROOM_MS));
}

static void wake_null(struct work_struct *work)
{
	if (room_null())
		wake_up(&stream.room);
	else
		wake_later();
}

/* As write_pcm(). */
static ssize_t write_null(size_t frames)
{
	const size_t n = min(frames, room_null());
	ktime_t now;

	/* With EPOLLET nobody polls again before that. */
	if (n < frames)
		wake_later();
	if (!n)
		return -EAGAIN;
	now = ktime_get();
	if (ktime_after(now, stream.end))
		WRITE_ONCE(stream.end, now);
	WRITE_ONCE(stream.end,
		   ktime_add_ns(stream.end,
				div_u64((u64)n * NSEC_PER_SEC, RATE)));
	return n;
}

static bool room_or_wake_later(void)
{
	if (room_null())
		return true;
	wake_later();
	return false;
}

static __poll_t poll_null(void)
{
	return room_or_wake_later() ? EPOLLOUT | EPOLLWRNORM : 0;
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
			WRITE_ONCE(stream.end, ktime_get());
		else
			ret = open_first();
	} else if (stream.substream &&
		   READ_ONCE(stream.substream->runtime->state) ==
		   SNDRV_PCM_STATE_DISCONNECTED) {
		/* There may be another card, but others hold on to this one. */
		ret = -ENODEV;
	}
	if (ret)
		return ret;
	stream.users++;
	/* From here on the stream stays until the file is closed. */
	smp_store_release(&pcm->joined, true);
	return 0;
}

static ssize_t play(const void *buf, size_t frames)
{
	if (stream.substream)
		return write_pcm(buf, frames);
	return write_null(frames);
}

static void leave(struct pcm_file *pcm)
{
	struct snd_pcm_substream *substream;

	lockdep_assert_held(&stream_mutex);
	if (pcm->nrest) {
		memset(pcm->rest + pcm->nrest, 0, FRAME - pcm->nrest);
		play(pcm->rest, 1);
	}
	if (--stream.users)
		return;
	substream = stream.substream;
	if (substream) {
		drain_pcm();
		remove_wait_queue(&substream->runtime->sleep, &stream.bridge);
		stream.substream = NULL;
		close_pcm(substream->pcm, substream);
	} else {
		drain_null();
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

/* Returns bytes that were taken, or -EAGAIN if there is no room. */
static ssize_t take(struct pcm_file *pcm, const u8 *buf, size_t count)
{
	const size_t missing = pcm->nrest ? FRAME - pcm->nrest : 0;
	size_t done = 0, frames;
	u8 frame[FRAME];
	ssize_t n;

	lockdep_assert_held(&stream_mutex);
	if (missing && count >= missing) {
		memcpy(frame, pcm->rest, pcm->nrest);
		memcpy(frame + pcm->nrest, buf, missing);
		n = play(frame, 1);
		if (n <= 0)
			return n;
		pcm->nrest = 0;
		done = missing;
	}
	frames = pcm->nrest ? 0 : (count - done) / FRAME;
	if (frames) {
		n = play(buf + done, frames);
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

/*
 * Waits without the mutex: the file has joined.  Returns 0 when a write is
 * worth a try, 1 if the card stood still for a second, or -ERESTARTSYS.
 */
static int wait_for_room(void)
{
	const struct snd_pcm_runtime *runtime;
	snd_pcm_uframes_t before;
	long left;

	if (!stream.substream)
		return wait_event_interruptible(stream.room,
						room_or_wake_later());
	runtime = stream.substream->runtime;
	before = READ_ONCE(runtime->status->hw_ptr);
	left = wait_event_interruptible_timeout(stream.room, room_pcm(), HZ);
	if (left < 0)
		return left;
	/* If it did not, others are faster to fill it. */
	return !left && READ_ONCE(runtime->status->hw_ptr) == before;
}

/*
 * Once what there is room for.  The mutex is held for long only while a card
 * is opened or plays out.  A file that has not joined waits for that, as in
 * open(2) and with O_NONBLOCK too: poll(2) would not tell it when it is over.
 */
static ssize_t write_once(struct pcm_file *pcm, const void *buf, size_t count)
{
	ssize_t ret;

	if (mutex_lock_interruptible(&stream_mutex))
		return -ERESTARTSYS;
	ret = join(pcm);
	if (!ret)
		ret = take(pcm, buf, count);
	mutex_unlock(&stream_mutex);
	return ret;
}

static ssize_t pcm_write(void *ctx, const void *buf, size_t count, int flags)
{
	struct pcm_file *pcm = ctx;
	unsigned int late = 0;
	size_t done = 0;
	ssize_t ret;

	for (;;) {
		ret = write_once(pcm, buf + done, count - done);
		if (ret > 0)
			done += ret;
		else if (ret != -EAGAIN)
			break;
		if (done == count || (flags & O_NONBLOCK))
			break;
		/*
		 * Not only the card may be late, but also the machine: the try
		 * above asks the card where it is, whatever it has told.
		 */
		if (ret > 0)
			late = 0;
		if (late == PATIENCE) {
			ret = -EIO;
			break;
		}
		ret = wait_for_room();
		if (ret < 0)
			break;
		late = ret ? late + 1 : 0;
	}
	return done ? done : ret;
}

/*
 * A file that does not play yet is ready: its first write opens the card, or
 * says why that cannot be.  To poll it is not reason enough to open a card.
 */
static __poll_t pcm_poll(void *ctx, struct file *file,
			 struct poll_table_struct *wait_on)
{
	struct pcm_file *pcm = ctx;

	poll_wait(file, &stream.room, wait_on);
	/* Pairs with join(): who sees it set sees the stream. */
	if (!smp_load_acquire(&pcm->joined))
		return EPOLLOUT | EPOLLWRNORM;
	return stream.substream ? poll_pcm() : poll_null();
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
	init_waitqueue_func_entry(&stream.bridge, cross_bridge);
	INIT_DELAYED_WORK(&stream.wake, wake_null);
	return devfs_nodes_register("audio/pcm0", &pcm_ops, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: $/dev/input/kbd0 and $/dev/input/event0.
 *
 * An input handler sees all keyboards and pointers of the machine, but only
 * while somebody has one of the two nodes open: each open file has a queue of
 * its own that is filled from then on.  So nothing that was typed earlier, a
 * password say, is ever read later, and devices that nobody listens to sleep.
 *
 * Locking:
 *  - devices_mutex: the list of devices, who of them is open, number of
 *    readers.  Taken under the input core's own mutex, takes dev->mutex.
 *  - readers_lock: changes of the list of readers; events walk it under RCU.
 *  - reader->lock, pointer_lock: taken with interrupts off, innermost.
 */
#define pr_fmt(fmt) "devfs_dollar: " fmt

#include <linux/init.h>
#include <linux/input.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "keys.h"
#include "nodes.h"

/* What a queue holds; with the rest of the reader this fits into 8 KiB. */
#define READER_EVENTS	248
#define READER_BYTES	(READER_EVENTS * sizeof(struct devfs_event))

#define TICK_NS		(10 * NSEC_PER_MSEC)

/**
 * struct reader - an open file of kbd0 or event0
 * @node:      among the readers
 * @rcu:       to free it
 * @wait:      who waits for something in the queue
 * @keyboard:  it is one of kbd0
 * @text:      it is read as characters, not as records
 * @lock:      for @head, @count and the queue
 * @head:      place of the oldest record or byte
 * @count:     how many there are
 * @events:    records
 * @bytes:     characters
 *
 * What does not fit is dropped, always as a whole: the keys of a sequence are
 * all there or none is.
 */
struct reader {
	struct list_head node;
	struct rcu_head rcu;
	wait_queue_head_t wait;
	bool keyboard;
	bool text;
	spinlock_t lock; /* head, count, the queue */
	unsigned int head;
	unsigned int count;
	union {
		struct devfs_event events[READER_EVENTS];
		char bytes[READER_BYTES];
	};
};

/**
 * struct device_state - a keyboard or a pointer
 * @handle:  of the input core
 * @node:    among the devices
 * @open:    it is open; devices_mutex
 * @touch:   it has no left button, a touch is one
 * @absolute: it says where it points to, in place of how far it moved
 * @held:    modifiers; this and the rest is protected by dev->event_lock
 * @buttons: DEVFS_BUTTON_* that are down
 * @told:    @buttons of the last event
 * @moved:   the position changes with this packet
 * @wheel:   the wheel moved in this packet
 * @dx:      relative movement of this packet
 * @dy:      likewise
 * @x:       absolute position
 * @y:       likewise
 */
struct device_state {
	struct input_handle handle;
	struct list_head node;
	bool open;
	bool touch;
	bool absolute;
	u8 held;
	u8 buttons;
	u8 told;
	bool moved;
	bool wheel;
	int dx;
	int dy;
	int x;
	int y;
};

static DEFINE_MUTEX(devices_mutex);
static LIST_HEAD(devices);
static unsigned int users;

static DEFINE_SPINLOCK(readers_lock);
static LIST_HEAD(readers);

/* There is one pointer on the screen, whatever moves it. */
static DEFINE_SPINLOCK(pointer_lock);
static s16 pointer_x, pointer_y;

/* ---- from the devices to the queues ---- */

static bool put_event(struct reader *reader, const struct devfs_event *event)
{
	unsigned int at;

	if (reader->count == READER_EVENTS)
		return false;
	at = (reader->head + reader->count) % READER_EVENTS;
	reader->events[at] = *event;
	WRITE_ONCE(reader->count, reader->count + 1);
	return true;
}

static bool put_text(struct reader *reader, const struct devfs_event *event)
{
	char text[DEVFS_KEYS_TEXT_MAX];
	const size_t len = devfs_keys_text(event, text);
	size_t i;

	if (!len || len > READER_BYTES - reader->count)
		return false;
	for (i = 0; i < len; i++)
		reader->bytes[(reader->head + reader->count + i) %
			      READER_BYTES] = text[i];
	WRITE_ONCE(reader->count, reader->count + len);
	return true;
}

static void tell(const struct devfs_event *event, bool key)
{
	struct reader *reader;
	bool put;

	rcu_read_lock();
	list_for_each_entry_rcu(reader, &readers, node) {
		if (reader->keyboard && !key)
			continue;
		spin_lock(&reader->lock);
		if (reader->text)
			put = put_text(reader, event);
		else
			put = put_event(reader, event);
		spin_unlock(&reader->lock);
		if (put && wq_has_sleeper(&reader->wait))
			wake_up_interruptible_poll(&reader->wait,
						   EPOLLIN | EPOLLRDNORM);
	}
	rcu_read_unlock();
}

static void tell_mouse(const struct device_state *dev, u32 type, u64 ticks,
		       int dx, int dy)
{
	struct devfs_event event = {
		.type = type,
		.timestamp = ticks,
		.mouse.delta_x = clamp(dx, S16_MIN, S16_MAX),
		.mouse.delta_y = clamp(dy, S16_MIN, S16_MAX),
		.mouse.buttons = dev->buttons,
	};

	spin_lock(&pointer_lock);
	/* Sums that wrap around, as the contract has it. */
	pointer_x = (u16)pointer_x + (u16)dx;
	pointer_y = (u16)pointer_y + (u16)dy;
	event.mouse.x = pointer_x;
	event.mouse.y = pointer_y;
	spin_unlock(&pointer_lock);
	tell(&event, false);
}

/* Where an absolute device points to, in 0 ... S16_MAX. */
static int scaled(struct input_dev *dev, unsigned int axis, int value)
{
	const int min = input_abs_get_min(dev, axis);
	const int max = input_abs_get_max(dev, axis);

	if (max <= min)
		return 0;
	value = clamp(value, min, max);
	return div_u64((u64)((s64)value - min) * S16_MAX, (s64)max - min);
}

/* A packet is complete: buttons come before the movement. */
static void end_of_packet(struct device_state *dev, u64 ticks)
{
	int dx = dev->dx, dy = dev->dy;

	if (dev->buttons != dev->told) {
		tell_mouse(dev, DEVFS_EVENT_MOUSE_BUTTON, ticks, 0, 0);
		dev->told = dev->buttons;
	}
	if (dev->moved) {
		spin_lock(&pointer_lock);
		dx += dev->x - pointer_x;
		dy += dev->y - pointer_y;
		spin_unlock(&pointer_lock);
	}
	if (dx || dy)
		tell_mouse(dev, DEVFS_EVENT_MOUSE_MOVE, ticks, dx, dy);
	if (dev->wheel)
		tell_mouse(dev, DEVFS_EVENT_MOUSE_MOVE, ticks, 0, 0);
	dev->dx = 0;
	dev->dy = 0;
	dev->moved = false;
	dev->wheel = false;
}

static void key(struct device_state *dev, unsigned int code, int value,
		u64 ticks)
{
	struct devfs_event event;
	u8 button;

	switch (code) {
	case BTN_LEFT:
		button = DEVFS_BUTTON_LEFT;
		break;
	case BTN_RIGHT:
		button = DEVFS_BUTTON_RIGHT;
		break;
	case BTN_MIDDLE:
		button = DEVFS_BUTTON_MIDDLE;
		break;
	case BTN_TOUCH:
		button = dev->touch ? DEVFS_BUTTON_LEFT : 0;
		break;
	default:
		if (devfs_keys_event(&dev->held, code, value, ticks, &event))
			tell(&event, true);
		return;
	}
	if (value)
		dev->buttons |= button;
	else
		dev->buttons &= ~button;
}

/* Called with dev->event_lock held and interrupts off. */
static unsigned int handle_events(struct input_handle *handle,
				  struct input_value *vals, unsigned int count)
{
	struct device_state *dev = handle->private;
	const ktime_t now = input_get_timestamp(handle->dev)[INPUT_CLK_MONO];
	const u64 ticks = div_u64(ktime_to_ns(now), TICK_NS);
	const struct input_value *v;

	for (v = vals; v != vals + count; v++) {
		switch (v->type) {
		case EV_KEY:
			key(dev, v->code, v->value, ticks);
			break;
		case EV_REL:
			if (v->code == REL_X)
				dev->dx += clamp(v->value, S16_MIN, S16_MAX);
			else if (v->code == REL_Y)
				dev->dy += clamp(v->value, S16_MIN, S16_MAX);
			else if (v->code == REL_WHEEL)
				dev->wheel = true;
			break;
		case EV_ABS:
			if (!dev->absolute)
				break;
			if (v->code == ABS_X)
				dev->x = scaled(handle->dev, ABS_X, v->value);
			else if (v->code == ABS_Y)
				dev->y = scaled(handle->dev, ABS_Y, v->value);
			else
				break;
			dev->moved = true;
			break;
		case EV_SYN:
			if (v->code == SYN_REPORT)
				end_of_packet(dev, ticks);
			break;
		}
	}
	return count;
}

/* ---- the devices ---- */

static bool is_keyboard(const struct input_dev *dev)
{
	return find_first_bit(dev->keybit, BTN_MISC) < BTN_MISC;
}

static bool is_mouse(const struct input_dev *dev)
{
	return test_bit(EV_REL, dev->evbit) && test_bit(REL_X, dev->relbit) &&
	       test_bit(REL_Y, dev->relbit);
}

/* Not joysticks: what has a button to click, or is touched. */
static bool is_tablet(const struct input_dev *dev)
{
	return test_bit(EV_ABS, dev->evbit) && test_bit(ABS_X, dev->absbit) &&
	       test_bit(ABS_Y, dev->absbit) &&
	       (test_bit(BTN_LEFT, dev->keybit) ||
		test_bit(BTN_TOUCH, dev->keybit));
}

static bool match(struct input_handler *handler, struct input_dev *dev)
{
	return is_keyboard(dev) || is_mouse(dev) || is_tablet(dev);
}

/* The handle was opened: what happened until then went unseen. */
static void start(struct input_handle *handle)
{
	static const struct {
		u16 code;
		u8 held;
	} modifiers[] = {
		{ KEY_LEFTSHIFT, DEVFS_KEYS_LSHIFT },
		{ KEY_RIGHTSHIFT, DEVFS_KEYS_RSHIFT },
		{ KEY_LEFTCTRL, DEVFS_KEYS_LCTRL },
		{ KEY_RIGHTCTRL, DEVFS_KEYS_RCTRL },
		{ KEY_LEFTALT, DEVFS_KEYS_LALT },
		{ KEY_RIGHTALT, DEVFS_KEYS_RALT },
	};
	struct device_state *dev = handle->private;
	const struct input_dev *input = handle->dev;
	unsigned int i;

	guard(spinlock_irq)(&handle->dev->event_lock);
	dev->held = 0;
	for (i = 0; i < ARRAY_SIZE(modifiers); i++)
		if (test_bit(modifiers[i].code, input->key))
			dev->held |= modifiers[i].held;
	if (test_bit(LED_CAPSL, input->led))
		dev->held |= DEVFS_KEYS_CAPS;
	if (test_bit(LED_NUML, input->led))
		dev->held |= DEVFS_KEYS_NUM;

	dev->buttons = 0;
	if (test_bit(BTN_LEFT, input->key) ||
	    (dev->touch && test_bit(BTN_TOUCH, input->key)))
		dev->buttons |= DEVFS_BUTTON_LEFT;
	if (test_bit(BTN_RIGHT, input->key))
		dev->buttons |= DEVFS_BUTTON_RIGHT;
	if (test_bit(BTN_MIDDLE, input->key))
		dev->buttons |= DEVFS_BUTTON_MIDDLE;
	dev->told = dev->buttons;
	dev->dx = 0;
	dev->dy = 0;
	if (dev->absolute) {
		dev->x = scaled(handle->dev, ABS_X,
				input_abs_get_val(handle->dev, ABS_X));
		dev->y = scaled(handle->dev, ABS_Y,
				input_abs_get_val(handle->dev, ABS_Y));
	}
	dev->moved = false;
	dev->wheel = false;
}

static int open_device(struct device_state *dev)
{
	int ret;

	lockdep_assert_held(&devices_mutex);
	ret = input_open_device(&dev->handle);
	dev->open = !ret;
	return ret;
}

static void close_device(struct device_state *dev)
{
	lockdep_assert_held(&devices_mutex);
	if (dev->open)
		input_close_device(&dev->handle);
	dev->open = false;
}

static int connect(struct input_handler *handler, struct input_dev *input,
		   const struct input_device_id *id)
{
	struct device_state *dev;
	int ret;

	dev = kzalloc_obj(*dev, GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	dev->touch = !test_bit(BTN_LEFT, input->keybit);
	dev->absolute = is_tablet(input);
	dev->handle.dev = input_get_device(input);
	dev->handle.name = "devfs_dollar";
	dev->handle.handler = handler;
	dev->handle.private = dev;

	ret = input_register_handle(&dev->handle);
	if (ret) {
		input_put_device(input);
		kfree(dev);
		return ret;
	}

	mutex_lock(&devices_mutex);
	/* If it does not open now it may do so for the next reader. */
	if (users)
		open_device(dev);
	list_add_tail(&dev->node, &devices);
	mutex_unlock(&devices_mutex);
	return 0;
}

static void disconnect(struct input_handle *handle)
{
	struct device_state *dev = handle->private;

	mutex_lock(&devices_mutex);
	list_del(&dev->node);
	close_device(dev);
	mutex_unlock(&devices_mutex);
	input_unregister_handle(handle);
	input_put_device(handle->dev);
	kfree(dev);
}

static const struct input_device_id ids[] = {
	{
		/* All devices, match() chooses. */
		.flags = INPUT_DEVICE_ID_MATCH_EVBIT,
		.evbit = { BIT_MASK(EV_SYN) },
	},
	{ }
};

static struct input_handler devfs_input_handler = {
	.events = handle_events,
	.match = match,
	.connect = connect,
	.disconnect = disconnect,
	.start = start,
	.name = "devfs_dollar",
	.id_table = ids,
};

/* ---- the open files ---- */

/* The first reader wakes the devices, later ones those that did not wake. */
static int add_user(void)
{
	struct device_state *dev;
	int ret = 0;

	if (mutex_lock_interruptible(&devices_mutex))
		return -ERESTARTSYS;
	list_for_each_entry(dev, &devices, node) {
		if (dev->open)
			continue;
		/* A device that fails or is going does not count. */
		if (open_device(dev) && signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
	}
	if (!ret)
		users++;
	else if (!users)
		list_for_each_entry(dev, &devices, node)
			close_device(dev);
	mutex_unlock(&devices_mutex);
	return ret;
}

static void remove_user(void)
{
	struct device_state *dev;

	mutex_lock(&devices_mutex);
	if (!--users)
		list_for_each_entry(dev, &devices, node)
			close_device(dev);
	mutex_unlock(&devices_mutex);
}

static void *reader_open(void *ctx, int flags)
{
	const bool *keyboard = ctx;
	struct reader *reader;
	int ret;

	reader = kzalloc_obj(*reader, GFP_KERNEL_ACCOUNT);
	if (!reader)
		return ERR_PTR(-ENOMEM);
	init_waitqueue_head(&reader->wait);
	spin_lock_init(&reader->lock);
	reader->keyboard = *keyboard;
	reader->text = *keyboard && devfs_option(DEVFS_OPTION_KBD0_TEXT);

	ret = add_user();
	if (ret) {
		kfree(reader);
		return ERR_PTR(ret);
	}
	spin_lock(&readers_lock);
	list_add_tail_rcu(&reader->node, &readers);
	spin_unlock(&readers_lock);
	return reader;
}

static int reader_close(void *ctx)
{
	struct reader *reader = ctx;

	spin_lock(&readers_lock);
	list_del_rcu(&reader->node);
	spin_unlock(&readers_lock);
	remove_user();
	kfree_rcu(reader, rcu);
	return 0;
}

/* Takes what is there: one record, or characters up to the end of a line. */
static size_t take(struct reader *reader, void *buf, size_t count)
{
	char *to = buf;
	size_t n = 0;

	guard(spinlock_irq)(&reader->lock);
	if (!reader->count)
		return 0;
	if (!reader->text) {
		memcpy(buf, &reader->events[reader->head],
		       sizeof(struct devfs_event));
		reader->head = (reader->head + 1) % READER_EVENTS;
		WRITE_ONCE(reader->count, reader->count - 1);
		return sizeof(struct devfs_event);
	}
	while (n < count && n < reader->count) {
		to[n] = reader->bytes[(reader->head + n) % READER_BYTES];
		if (to[n++] == '\n')
			break;
	}
	reader->head = (reader->head + n) % READER_BYTES;
	WRITE_ONCE(reader->count, reader->count - n);
	return n;
}

static ssize_t reader_read(void *ctx, void *buf, size_t count, int flags)
{
	struct reader *reader = ctx;
	size_t n;
	int ret;

	if (!reader->text && count < sizeof(struct devfs_event))
		return -EINVAL;
	for (;;) {
		n = take(reader, buf, count);
		if (n)
			return n;
		if (flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(reader->wait,
					       READ_ONCE(reader->count));
		if (ret)
			return ret;
	}
}

static __poll_t reader_poll(void *ctx, struct file *file,
			    struct poll_table_struct *wait_on)
{
	struct reader *reader = ctx;

	poll_wait(file, &reader->wait, wait_on);
	return READ_ONCE(reader->count) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* Who reads these reads passwords. */
#define READER_OPS(node) {			\
	.name = node,				\
	.open = reader_open,			\
	.read_flags = reader_read,		\
	.poll = reader_poll,			\
	.close = reader_close,			\
	.mode = 0600,				\
	.io_max = 4096,				\
}

static const struct devfs_device_ops kbd0_ops = READER_OPS("kbd0");
static const struct devfs_device_ops event0_ops = READER_OPS("event0");

/**
 * devfs_nodes_input_init - register $/dev/input
 *
 * Context: process context, at boot.
 * Return: 0 or a negative errno; then none of it is there.
 */
int __init devfs_nodes_input_init(void)
{
	static bool yes = true, no;
	int ret;

	ret = input_register_handler(&devfs_input_handler);
	if (ret)
		return ret;
	ret = devfs_nodes_register("input/kbd0", &kbd0_ops, &yes);
	if (ret)
		goto unregister;
	ret = devfs_nodes_register("input/event0", &event0_ops, &no);
	if (!ret)
		return 0;
	devfs_unregister_path("input/kbd0", &kbd0_ops, &yes);
unregister:
	input_unregister_handler(&devfs_input_handler);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: from the key codes of Linux to the events and characters of ModuOS.
 *
 * Nothing in here sleeps, locks or remembers anything outside of the state
 * that it is given: it runs in the interrupt of a keyboard.
 */
#include <linux/bits.h>
#include <linux/input.h>
#include <linux/string.h>

#include "keys.h"

/* The key belongs to the group whose scan codes have E0 before them. */
#define E0	BIT(8)

/* Codes of scan code set 2 that the keys make, whatever keyboard they are on. */
static const u16 set2[] = {
	[KEY_ESC] = 0x76,
	[KEY_1] = 0x16, [KEY_2] = 0x1e, [KEY_3] = 0x26, [KEY_4] = 0x25,
	[KEY_5] = 0x2e, [KEY_6] = 0x36, [KEY_7] = 0x3d, [KEY_8] = 0x3e,
	[KEY_9] = 0x46, [KEY_0] = 0x45, [KEY_MINUS] = 0x4e,
	[KEY_EQUAL] = 0x55, [KEY_BACKSPACE] = 0x66, [KEY_TAB] = 0x0d,
	[KEY_Q] = 0x15, [KEY_W] = 0x1d, [KEY_E] = 0x24, [KEY_R] = 0x2d,
	[KEY_T] = 0x2c, [KEY_Y] = 0x35, [KEY_U] = 0x3c, [KEY_I] = 0x43,
	[KEY_O] = 0x44, [KEY_P] = 0x4d, [KEY_LEFTBRACE] = 0x54,
	[KEY_RIGHTBRACE] = 0x5b, [KEY_ENTER] = 0x5a, [KEY_LEFTCTRL] = 0x14,
	[KEY_A] = 0x1c, [KEY_S] = 0x1b, [KEY_D] = 0x23, [KEY_F] = 0x2b,
	[KEY_G] = 0x34, [KEY_H] = 0x33, [KEY_J] = 0x3b, [KEY_K] = 0x42,
	[KEY_L] = 0x4b, [KEY_SEMICOLON] = 0x4c, [KEY_APOSTROPHE] = 0x52,
	[KEY_GRAVE] = 0x0e, [KEY_LEFTSHIFT] = 0x12, [KEY_BACKSLASH] = 0x5d,
	[KEY_Z] = 0x1a, [KEY_X] = 0x22, [KEY_C] = 0x21, [KEY_V] = 0x2a,
	[KEY_B] = 0x32, [KEY_N] = 0x31, [KEY_M] = 0x3a, [KEY_COMMA] = 0x41,
	[KEY_DOT] = 0x49, [KEY_SLASH] = 0x4a, [KEY_RIGHTSHIFT] = 0x59,
	[KEY_KPASTERISK] = 0x7c, [KEY_LEFTALT] = 0x11, [KEY_SPACE] = 0x29,
	[KEY_CAPSLOCK] = 0x58,
	[KEY_F1] = 0x05, [KEY_F2] = 0x06, [KEY_F3] = 0x04, [KEY_F4] = 0x0c,
	[KEY_F5] = 0x03, [KEY_F6] = 0x0b, [KEY_F7] = 0x83, [KEY_F8] = 0x0a,
	[KEY_F9] = 0x01, [KEY_F10] = 0x09, [KEY_F11] = 0x78, [KEY_F12] = 0x07,
	[KEY_NUMLOCK] = 0x77, [KEY_SCROLLLOCK] = 0x7e,
	[KEY_KP7] = 0x6c, [KEY_KP8] = 0x75, [KEY_KP9] = 0x7d,
	[KEY_KPMINUS] = 0x7b,
	[KEY_KP4] = 0x6b, [KEY_KP5] = 0x73, [KEY_KP6] = 0x74,
	[KEY_KPPLUS] = 0x79,
	[KEY_KP1] = 0x69, [KEY_KP2] = 0x72, [KEY_KP3] = 0x7a,
	[KEY_KP0] = 0x70, [KEY_KPDOT] = 0x71,
	[KEY_102ND] = 0x61, [KEY_RO] = 0x51, [KEY_HENKAN] = 0x64,
	[KEY_KATAKANAHIRAGANA] = 0x13, [KEY_MUHENKAN] = 0x67,
	[KEY_YEN] = 0x6a,
	[KEY_KPENTER] = E0 | 0x5a, [KEY_RIGHTCTRL] = E0 | 0x14,
	[KEY_KPSLASH] = E0 | 0x4a, [KEY_SYSRQ] = E0 | 0x7c,
	[KEY_RIGHTALT] = E0 | 0x11,
	[KEY_HOME] = E0 | 0x6c, [KEY_UP] = E0 | 0x75, [KEY_PAGEUP] = E0 | 0x7d,
	[KEY_LEFT] = E0 | 0x6b, [KEY_RIGHT] = E0 | 0x74,
	[KEY_END] = E0 | 0x69, [KEY_DOWN] = E0 | 0x72,
	[KEY_PAGEDOWN] = E0 | 0x7a, [KEY_INSERT] = E0 | 0x70,
	[KEY_DELETE] = E0 | 0x71,
	[KEY_MUTE] = E0 | 0x23, [KEY_VOLUMEDOWN] = E0 | 0x21,
	[KEY_VOLUMEUP] = E0 | 0x32, [KEY_POWER] = E0 | 0x37,
	[KEY_LEFTMETA] = E0 | 0x1f, [KEY_RIGHTMETA] = E0 | 0x27,
	[KEY_COMPOSE] = E0 | 0x2f, [KEY_SLEEP] = E0 | 0x3f,
	[KEY_WAKEUP] = E0 | 0x5e,
};

/* The keys that are told by a number. */
static const u8 keycodes[] = {
	[KEY_ESC] = DEVFS_KEY_ESCAPE,
	[KEY_F1] = DEVFS_KEY_F1, [KEY_F2] = DEVFS_KEY_F2,
	[KEY_F3] = DEVFS_KEY_F3, [KEY_F4] = DEVFS_KEY_F4,
	[KEY_F5] = DEVFS_KEY_F5, [KEY_F6] = DEVFS_KEY_F6,
	[KEY_F7] = DEVFS_KEY_F7, [KEY_F8] = DEVFS_KEY_F8,
	[KEY_F9] = DEVFS_KEY_F9, [KEY_F10] = DEVFS_KEY_F10,
	[KEY_F11] = DEVFS_KEY_F11, [KEY_F12] = DEVFS_KEY_F12,
	[KEY_BACKSPACE] = DEVFS_KEY_BACKSPACE,
	[KEY_TAB] = DEVFS_KEY_TAB,
	[KEY_ENTER] = DEVFS_KEY_ENTER,
	[KEY_LEFTSHIFT] = DEVFS_KEY_LEFT_SHIFT,
	[KEY_RIGHTSHIFT] = DEVFS_KEY_RIGHT_SHIFT,
	[KEY_LEFTCTRL] = DEVFS_KEY_LEFT_CTRL,
	[KEY_RIGHTCTRL] = DEVFS_KEY_RIGHT_CTRL,
	[KEY_LEFTALT] = DEVFS_KEY_LEFT_ALT,
	[KEY_RIGHTALT] = DEVFS_KEY_RIGHT_ALT,
	[KEY_CAPSLOCK] = DEVFS_KEY_CAPS_LOCK,
	[KEY_NUMLOCK] = DEVFS_KEY_NUM_LOCK,
	[KEY_SCROLLLOCK] = DEVFS_KEY_SCROLL_LOCK,
	[KEY_SPACE] = DEVFS_KEY_SPACE,
	[KEY_INSERT] = DEVFS_KEY_INSERT,
	[KEY_DELETE] = DEVFS_KEY_DELETE,
	[KEY_HOME] = DEVFS_KEY_HOME,
	[KEY_END] = DEVFS_KEY_END,
	[KEY_PAGEUP] = DEVFS_KEY_PAGE_UP,
	[KEY_PAGEDOWN] = DEVFS_KEY_PAGE_DOWN,
	[KEY_UP] = DEVFS_KEY_UP,
	[KEY_DOWN] = DEVFS_KEY_DOWN,
	[KEY_LEFT] = DEVFS_KEY_LEFT,
	[KEY_RIGHT] = DEVFS_KEY_RIGHT,
};

/* Characters of a US keyboard: without and with shift, as strings. */
static const char ascii[][3] = {
	[KEY_ESC] = { 27, 27 },
	[KEY_1] = "1!", [KEY_2] = "2@", [KEY_3] = "3#", [KEY_4] = "4$",
	[KEY_5] = "5%", [KEY_6] = "6^", [KEY_7] = "7&", [KEY_8] = "8*",
	[KEY_9] = "9(", [KEY_0] = "0)", [KEY_MINUS] = "-_",
	[KEY_EQUAL] = "=+", [KEY_BACKSPACE] = "\b\b", [KEY_TAB] = "\t\t",
	[KEY_Q] = "qQ", [KEY_W] = "wW", [KEY_E] = "eE", [KEY_R] = "rR",
	[KEY_T] = "tT", [KEY_Y] = "yY", [KEY_U] = "uU", [KEY_I] = "iI",
	[KEY_O] = "oO", [KEY_P] = "pP", [KEY_LEFTBRACE] = "[{",
	[KEY_RIGHTBRACE] = "]}", [KEY_ENTER] = "\n\n",
	[KEY_A] = "aA", [KEY_S] = "sS", [KEY_D] = "dD", [KEY_F] = "fF",
	[KEY_G] = "gG", [KEY_H] = "hH", [KEY_J] = "jJ", [KEY_K] = "kK",
	[KEY_L] = "lL", [KEY_SEMICOLON] = ";:", [KEY_APOSTROPHE] = "'\"",
	[KEY_GRAVE] = "`~", [KEY_BACKSLASH] = "\\|",
	[KEY_Z] = "zZ", [KEY_X] = "xX", [KEY_C] = "cC", [KEY_V] = "vV",
	[KEY_B] = "bB", [KEY_N] = "nN", [KEY_M] = "mM", [KEY_COMMA] = ",<",
	[KEY_DOT] = ".>", [KEY_SLASH] = "/?", [KEY_SPACE] = "  ",
	[KEY_102ND] = "\\|",
	[KEY_KPASTERISK] = "**", [KEY_KPMINUS] = "--", [KEY_KPPLUS] = "++",
	[KEY_KPENTER] = "\n\n", [KEY_KPSLASH] = "//",
};

/* Characters of the number pad while num lock is on, from KEY_KP7 on. */
static const char keypad[] = "789-456+1230.";

static u8 modifier_of(unsigned int code)
{
	switch (code) {
	case KEY_LEFTSHIFT:
		return DEVFS_KEYS_LSHIFT;
	case KEY_RIGHTSHIFT:
		return DEVFS_KEYS_RSHIFT;
	case KEY_LEFTCTRL:
		return DEVFS_KEYS_LCTRL;
	case KEY_RIGHTCTRL:
		return DEVFS_KEYS_RCTRL;
	case KEY_LEFTALT:
		return DEVFS_KEYS_LALT;
	case KEY_RIGHTALT:
		return DEVFS_KEYS_RALT;
	case KEY_CAPSLOCK:
		return DEVFS_KEYS_CAPS;
	case KEY_NUMLOCK:
		return DEVFS_KEYS_NUM;
	default:
		return 0;
	}
}

static u8 modifiers(u8 held)
{
	u8 mods = 0;

	if (held & (DEVFS_KEYS_LSHIFT | DEVFS_KEYS_RSHIFT))
		mods |= DEVFS_MOD_SHIFT;
	if (held & (DEVFS_KEYS_LCTRL | DEVFS_KEYS_RCTRL))
		mods |= DEVFS_MOD_CTRL;
	if (held & (DEVFS_KEYS_LALT | DEVFS_KEYS_RALT))
		mods |= DEVFS_MOD_ALT;
	if (held & DEVFS_KEYS_CAPS)
		mods |= DEVFS_MOD_CAPS;
	if (held & DEVFS_KEYS_NUM)
		mods |= DEVFS_MOD_NUM;
	return mods;
}

/* As in ModuOS control changes nothing: control and C is a "c". */
static u8 character(unsigned int code, u8 mods)
{
	bool shift = mods & DEVFS_MOD_SHIFT;

	if (code >= KEY_KP7 && code <= KEY_KPDOT && mods & DEVFS_MOD_NUM)
		return keypad[code - KEY_KP7];
	if (code >= ARRAY_SIZE(ascii))
		return 0;
	if (mods & DEVFS_MOD_CAPS && ascii[code][0] >= 'a' &&
	    ascii[code][0] <= 'z')
		shift = !shift;
	return ascii[code][shift];
}

/**
 * devfs_keys_event - make an event of a key
 * @held:  modifiers of its keyboard, DEVFS_KEYS_*; changed by the key
 * @code:  of the key, KEY_*
 * @value: 0 released, 1 pressed, 2 repeats
 * @ticks: the time, for the event
 * @event: filled in
 *
 * Context: any; @held belongs to the caller.
 * Return: false if the key is none that ModuOS could name.
 */
bool devfs_keys_event(u8 *held, unsigned int code, int value, u64 ticks,
		      struct devfs_event *event)
{
	const u8 mods = modifiers(*held);
	const u8 modifier = modifier_of(code);

	if (modifier & (DEVFS_KEYS_CAPS | DEVFS_KEYS_NUM)) {
		/* A lock changes when its key goes down, once. */
		if (value == 1)
			*held ^= modifier;
	} else if (value) {
		*held |= modifier;
	} else {
		*held &= ~modifier;
	}

	memset(event, 0, sizeof(*event));
	if (code < ARRAY_SIZE(keycodes))
		event->key.keycode = keycodes[code];
	if (code < ARRAY_SIZE(set2)) {
		event->key.scancode = set2[code] & 0xff;
		event->key.is_extended = !!(set2[code] & E0);
	}
	if (!event->key.keycode && !event->key.scancode)
		return false;
	event->type = value ? DEVFS_EVENT_KEY_PRESSED :
			      DEVFS_EVENT_KEY_RELEASED;
	event->timestamp = ticks;
	event->key.modifiers = mods;
	if (value)
		event->key.ascii = character(code, mods);
	return true;
}

/**
 * devfs_keys_text - what an event is in the text form of kbd0
 * @event: any event
 * @text:  gets the characters, not terminated
 *
 * Context: any.
 * Return: how many there are, 0 if it is not to be seen in the text.
 */
size_t devfs_keys_text(const struct devfs_event *event,
		       char text[DEVFS_KEYS_TEXT_MAX])
{
	static const char sequences[][DEVFS_KEYS_TEXT_MAX + 1] = {
		[DEVFS_KEY_INSERT] = "\033[2~",
		[DEVFS_KEY_DELETE] = "\033[3~",
		[DEVFS_KEY_HOME] = "\033[H",
		[DEVFS_KEY_END] = "\033[F",
		[DEVFS_KEY_PAGE_UP] = "\033[5~",
		[DEVFS_KEY_PAGE_DOWN] = "\033[6~",
		[DEVFS_KEY_UP] = "\033[A",
		[DEVFS_KEY_DOWN] = "\033[B",
		[DEVFS_KEY_LEFT] = "\033[D",
		[DEVFS_KEY_RIGHT] = "\033[C",
	};
	const char *sequence = "";
	size_t len;

	if (event->type != DEVFS_EVENT_KEY_PRESSED)
		return 0;
	if (event->key.keycode < ARRAY_SIZE(sequences))
		sequence = sequences[event->key.keycode];
	len = strlen(sequence);
	if (len) {
		memcpy(text, sequence, len);
		return len;
	}
	text[0] = event->key.ascii;
	return event->key.ascii ? 1 : 0;
}

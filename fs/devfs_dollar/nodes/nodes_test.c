// SPDX-License-Identifier: GPL-2.0
/*
 * $-devfs: KUnit tests of what the built-in nodes make of their input: keys and
 * characters, texts, and the record of md64api.
 */
#include <kunit/test.h>
#include <linux/input.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/time.h>
#include <linux/utsname.h>

#include "keys.h"
#include "md64.h"

#if IS_ENABLED(CONFIG_DEVFS_DOLLAR_INPUT)

#define PRESS	1
#define RELEASE	0
#define REPEAT	2

static struct devfs_event event_of(struct kunit *test, u8 *held,
				   unsigned int code, int value)
{
	struct devfs_event event;

	/* What was there before must not shine through. */
	memset(&event, 0xff, sizeof(event));
	KUNIT_EXPECT_TRUE_MSG(test,
			      devfs_keys_event(held, code, value, 7, &event),
			      "key %u", code);
	return event;
}

static void keys_letter(struct kunit *test)
{
	struct devfs_event event;
	u8 held = 0;

	event = event_of(test, &held, KEY_A, PRESS);
	KUNIT_EXPECT_EQ(test, event.type, DEVFS_EVENT_KEY_PRESSED);
	KUNIT_EXPECT_EQ(test, event.timestamp, 7);
	KUNIT_EXPECT_EQ(test, event.key.keycode, DEVFS_KEY_UNKNOWN);
	KUNIT_EXPECT_EQ(test, event.key.scancode, 0x1c);
	KUNIT_EXPECT_EQ(test, event.key.ascii, 'a');
	KUNIT_EXPECT_EQ(test, event.key.modifiers, 0);
	KUNIT_EXPECT_EQ(test, event.key.is_extended, 0);
	KUNIT_EXPECT_EQ(test, event.__pad, 0);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(event.key.__pad, 0,
					    sizeof(event.key.__pad)));

	event = event_of(test, &held, KEY_A, RELEASE);
	KUNIT_EXPECT_EQ(test, event.type, DEVFS_EVENT_KEY_RELEASED);
	KUNIT_EXPECT_EQ(test, event.key.scancode, 0x1c);
	KUNIT_EXPECT_EQ(test, event.key.ascii, 0);

	event = event_of(test, &held, KEY_A, REPEAT);
	KUNIT_EXPECT_EQ(test, event.type, DEVFS_EVENT_KEY_PRESSED);
	KUNIT_EXPECT_EQ(test, event.key.ascii, 'a');
}

/* A modifier is told with the keys after it, not with itself. */
static void keys_modifiers(struct kunit *test)
{
	static const struct {
		unsigned int code;
		u32 keycode;
		u8 modifier;
		u8 scancode;
		u8 extended;
	} keys[] = {
		{ KEY_LEFTSHIFT, DEVFS_KEY_LEFT_SHIFT, DEVFS_MOD_SHIFT, 0x12 },
		{ KEY_RIGHTSHIFT, DEVFS_KEY_RIGHT_SHIFT, DEVFS_MOD_SHIFT, 0x59 },
		{ KEY_LEFTCTRL, DEVFS_KEY_LEFT_CTRL, DEVFS_MOD_CTRL, 0x14 },
		{ KEY_RIGHTCTRL, DEVFS_KEY_RIGHT_CTRL, DEVFS_MOD_CTRL, 0x14, 1 },
		{ KEY_LEFTALT, DEVFS_KEY_LEFT_ALT, DEVFS_MOD_ALT, 0x11 },
		{ KEY_RIGHTALT, DEVFS_KEY_RIGHT_ALT, DEVFS_MOD_ALT, 0x11, 1 },
	};
	struct devfs_event event;
	unsigned int i;
	u8 held = 0;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		event = event_of(test, &held, keys[i].code, PRESS);
		KUNIT_EXPECT_EQ(test, event.key.keycode, keys[i].keycode);
		KUNIT_EXPECT_EQ(test, event.key.scancode, keys[i].scancode);
		KUNIT_EXPECT_EQ(test, event.key.is_extended, keys[i].extended);
		KUNIT_EXPECT_EQ(test, event.key.modifiers, 0);

		event = event_of(test, &held, KEY_5, PRESS);
		KUNIT_EXPECT_EQ(test, event.key.modifiers, keys[i].modifier);
		KUNIT_EXPECT_EQ(test, event.key.ascii,
				keys[i].modifier == DEVFS_MOD_SHIFT ? '%' : '5');

		event = event_of(test, &held, keys[i].code, RELEASE);
		KUNIT_EXPECT_EQ(test, event.key.modifiers, keys[i].modifier);
		KUNIT_EXPECT_EQ(test, held, 0);
	}

	/* One of two shift keys goes up: it is still shift. */
	event_of(test, &held, KEY_LEFTSHIFT, PRESS);
	event_of(test, &held, KEY_RIGHTSHIFT, PRESS);
	event_of(test, &held, KEY_LEFTSHIFT, RELEASE);
	event = event_of(test, &held, KEY_Z, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.ascii, 'Z');
}

static void keys_locks(struct kunit *test)
{
	struct devfs_event event;
	u8 held = 0;

	event = event_of(test, &held, KEY_CAPSLOCK, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.modifiers, 0);
	event_of(test, &held, KEY_CAPSLOCK, REPEAT);
	event_of(test, &held, KEY_CAPSLOCK, RELEASE);

	event = event_of(test, &held, KEY_Q, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.ascii, 'Q');
	KUNIT_EXPECT_EQ(test, event.key.modifiers, DEVFS_MOD_CAPS);
	event = event_of(test, &held, KEY_1, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.ascii, '1');

	event_of(test, &held, KEY_LEFTSHIFT, PRESS);
	event = event_of(test, &held, KEY_Q, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.ascii, 'q');
	event = event_of(test, &held, KEY_1, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.ascii, '!');
	event_of(test, &held, KEY_LEFTSHIFT, RELEASE);

	event_of(test, &held, KEY_CAPSLOCK, PRESS);
	event = event_of(test, &held, KEY_Q, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.ascii, 'q');

	event = event_of(test, &held, KEY_KP7, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.ascii, 0);
	event_of(test, &held, KEY_NUMLOCK, PRESS);
	event = event_of(test, &held, KEY_KP7, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.ascii, '7');
	event = event_of(test, &held, KEY_KPDOT, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.ascii, '.');
	KUNIT_EXPECT_EQ(test, event.key.modifiers, DEVFS_MOD_NUM);
}

/* Control does not make control characters, as in ModuOS. */
static void keys_control(struct kunit *test)
{
	struct devfs_event event;
	u8 held = DEVFS_KEYS_LCTRL;

	event = event_of(test, &held, KEY_C, PRESS);
	KUNIT_EXPECT_EQ(test, event.key.ascii, 'c');
	KUNIT_EXPECT_EQ(test, event.key.modifiers, DEVFS_MOD_CTRL);
}

static void keys_special(struct kunit *test)
{
	static const struct {
		unsigned int code;
		u32 keycode;
		u8 scancode;
		u8 extended;
		u8 ascii;
		const char *text;
	} keys[] = {
		{ KEY_ESC, DEVFS_KEY_ESCAPE, 0x76, 0, 27, "\033" },
		{ KEY_F1, DEVFS_KEY_F1, 0x05, 0, 0, "" },
		{ KEY_F7, DEVFS_KEY_F7, 0x83, 0, 0, "" },
		{ KEY_F12, DEVFS_KEY_F12, 0x07, 0, 0, "" },
		{ KEY_BACKSPACE, DEVFS_KEY_BACKSPACE, 0x66, 0, 8, "\b" },
		{ KEY_TAB, DEVFS_KEY_TAB, 0x0d, 0, 9, "\t" },
		{ KEY_ENTER, DEVFS_KEY_ENTER, 0x5a, 0, 10, "\n" },
		{ KEY_KPENTER, DEVFS_KEY_UNKNOWN, 0x5a, 1, 10, "\n" },
		{ KEY_SPACE, DEVFS_KEY_SPACE, 0x29, 0, ' ', " " },
		{ KEY_SCROLLLOCK, DEVFS_KEY_SCROLL_LOCK, 0x7e, 0, 0, "" },
		{ KEY_INSERT, DEVFS_KEY_INSERT, 0x70, 1, 0, "\033[2~" },
		{ KEY_DELETE, DEVFS_KEY_DELETE, 0x71, 1, 0, "\033[3~" },
		{ KEY_HOME, DEVFS_KEY_HOME, 0x6c, 1, 0, "\033[H" },
		{ KEY_END, DEVFS_KEY_END, 0x69, 1, 0, "\033[F" },
		{ KEY_PAGEUP, DEVFS_KEY_PAGE_UP, 0x7d, 1, 0, "\033[5~" },
		{ KEY_PAGEDOWN, DEVFS_KEY_PAGE_DOWN, 0x7a, 1, 0, "\033[6~" },
		{ KEY_UP, DEVFS_KEY_UP, 0x75, 1, 0, "\033[A" },
		{ KEY_DOWN, DEVFS_KEY_DOWN, 0x72, 1, 0, "\033[B" },
		{ KEY_LEFT, DEVFS_KEY_LEFT, 0x6b, 1, 0, "\033[D" },
		{ KEY_RIGHT, DEVFS_KEY_RIGHT, 0x74, 1, 0, "\033[C" },
		{ KEY_G, DEVFS_KEY_UNKNOWN, 0x34, 0, 'g', "g" },
	};
	char text[DEVFS_KEYS_TEXT_MAX + 1];
	struct devfs_event event;
	unsigned int i;
	u8 held = 0;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		event = event_of(test, &held, keys[i].code, PRESS);
		KUNIT_EXPECT_EQ(test, event.key.keycode, keys[i].keycode);
		KUNIT_EXPECT_EQ(test, event.key.scancode, keys[i].scancode);
		KUNIT_EXPECT_EQ(test, event.key.is_extended, keys[i].extended);
		KUNIT_EXPECT_EQ(test, event.key.ascii, keys[i].ascii);
		memset(text, 0, sizeof(text));
		KUNIT_EXPECT_EQ(test, devfs_keys_text(&event, text),
				strlen(keys[i].text));
		KUNIT_EXPECT_STREQ(test, text, keys[i].text);

		event = event_of(test, &held, keys[i].code, RELEASE);
		KUNIT_EXPECT_EQ(test, devfs_keys_text(&event, text), 0);
	}

	event = (struct devfs_event){ .type = DEVFS_EVENT_MOUSE_BUTTON };
	event.mouse.x = 'x';
	KUNIT_EXPECT_EQ(test, devfs_keys_text(&event, text), 0);
}

/* Every code of Linux is either nothing or an event that is well formed. */
static void keys_all(struct kunit *test)
{
	struct devfs_event event;
	unsigned int code, named = 0;
	u8 held;

	for (code = 0; code <= KEY_MAX + 1; code++) {
		held = 0xff;
		if (!devfs_keys_event(&held, code, PRESS, 0, &event))
			continue;
		named++;
		KUNIT_EXPECT_LT(test, code, (unsigned int)BTN_MISC);
		KUNIT_EXPECT_LE(test, event.key.keycode,
				(u32)DEVFS_KEY_RIGHT);
		KUNIT_EXPECT_LT(test, event.key.ascii, 0x80);
		KUNIT_EXPECT_NE(test, event.key.keycode | event.key.scancode,
				0);
	}
	/* A keyboard of a hundred and four keys, and some more. */
	KUNIT_EXPECT_GE(test, named, 104U);
}

static struct kunit_case keys_cases[] = {
	KUNIT_CASE(keys_letter),
	KUNIT_CASE(keys_modifiers),
	KUNIT_CASE(keys_locks),
	KUNIT_CASE(keys_control),
	KUNIT_CASE(keys_special),
	KUNIT_CASE(keys_all),
	{}
};

static struct kunit_suite keys_suite = {
	.name = "devfs_dollar_keys",
	.test_cases = keys_cases,
};

kunit_test_suite(keys_suite);

#endif

#if IS_ENABLED(CONFIG_DEVFS_DOLLAR_MD64API)

static void md64_datetime_is_19_bytes(struct kunit *test)
{
	const struct tm tm = {
		.tm_year = 126, .tm_mon = 1, .tm_mday = 3,
		.tm_hour = 4, .tm_min = 5, .tm_sec = 6,
	};
	char buf[32];

	KUNIT_EXPECT_EQ(test, md64_datetime_text(buf, sizeof(buf), &tm), 19);
	KUNIT_EXPECT_STREQ(test, buf, "2026-02-03 04:05:06");
	KUNIT_EXPECT_EQ(test, md64_datetime_text(buf, 5, &tm), 4);
	KUNIT_EXPECT_STREQ(test, buf, "2026");
}

static void md64_names(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, md64_bootloader_name(7), "GRUB");
	KUNIT_EXPECT_STREQ(test, md64_bootloader_name(0xb), "QEMU");
	KUNIT_EXPECT_STREQ(test, md64_bootloader_name(6), "");
	KUNIT_EXPECT_STREQ(test, md64_bootloader_name(0xffffffff), "");

	KUNIT_EXPECT_STREQ(test, md64_hypervisor_name("KVMKVMKVM\0\0\0"),
			   "KVM/QEMU");
	KUNIT_EXPECT_STREQ(test, md64_hypervisor_name("VMwareVMware"), "VMware");
	KUNIT_EXPECT_STREQ(test, md64_hypervisor_name("VBoxVBoxVBox"),
			   "VirtualBox");
	KUNIT_EXPECT_STREQ(test, md64_hypervisor_name("Microsoft Hv"),
			   "Hyper-V");
	KUNIT_EXPECT_NULL(test, md64_hypervisor_name("SomethingNew"));
}

static void md64_texts(struct kunit *test)
{
	char buf[8];

	memset(buf, 'x', sizeof(buf));
	md64_trim(buf, sizeof(buf), "   a b");
	KUNIT_EXPECT_STREQ(test, buf, "a b");
	KUNIT_EXPECT_TRUE(test, !memchr_inv(buf + 3, 0, sizeof(buf) - 3));
	md64_trim(buf, sizeof(buf), "longer than that");
	KUNIT_EXPECT_STREQ(test, buf, "longer ");
	md64_trim(buf, sizeof(buf), "    ");
	KUNIT_EXPECT_TRUE(test, !memchr_inv(buf, 0, sizeof(buf)));

	KUNIT_EXPECT_EQ(test, md64_pages_to_mib(0), 0);
	KUNIT_EXPECT_EQ(test, md64_pages_to_mib((SZ_1M >> PAGE_SHIFT) - 1), 0);
	KUNIT_EXPECT_EQ(test, md64_pages_to_mib(SZ_1G >> PAGE_SHIFT), 1024);
}

/* A string ends in its field and has nothing behind its end. */
static void expect_string(struct kunit *test, const char *field, size_t size)
{
	const size_t len = strnlen(field, size);

	KUNIT_EXPECT_LT(test, len, size);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(field + len, 0, size - len));
}

static void md64_record(struct kunit *test)
{
	struct devfs_sysinfo *info;
	u64 before, after;

	info = kunit_kmalloc(test, sizeof(*info), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, info);
	memset(info, 0xa5, sizeof(*info));
	/* It grows while this runs, as the initramfs is given back. */
	before = md64_pages_to_mib(totalram_pages());
	md64_sysinfo(info);
	after = md64_pages_to_mib(totalram_pages());

	KUNIT_EXPECT_STREQ(test, info->os_name, utsname()->sysname);
	KUNIT_EXPECT_STREQ(test, info->KernelVersion, utsname()->release);
	KUNIT_EXPECT_STREQ(test, info->username, "root");
	KUNIT_EXPECT_GE(test, info->sys_total_ram, before);
	KUNIT_EXPECT_LE(test, info->sys_total_ram, after);
	KUNIT_EXPECT_GT(test, info->sys_available_ram, 0);
	KUNIT_EXPECT_GE(test, info->cpu_threads, 1);
	KUNIT_EXPECT_GE(test, info->cpu_cores, 1);
	KUNIT_EXPECT_GE(test, info->rtc_year, 1970);
	KUNIT_EXPECT_TRUE(test, info->rtc_month >= 1 && info->rtc_month <= 12);
	KUNIT_EXPECT_TRUE(test, info->rtc_day >= 1 && info->rtc_day <= 31);
	KUNIT_EXPECT_EQ(test, info->__pad, 0);
	KUNIT_EXPECT_EQ(test, info->KernelVendor[0], 0);
	KUNIT_EXPECT_GE(test, info->tpm_version, 0);
	KUNIT_EXPECT_LE(test, info->tpm_version, 2);

	expect_string(test, info->SystemVersion, sizeof(info->SystemVersion));
	expect_string(test, info->KernelVersion, sizeof(info->KernelVersion));
	expect_string(test, info->KernelVendor, sizeof(info->KernelVendor));
	expect_string(test, info->os_name, sizeof(info->os_name));
	expect_string(test, info->os_arch, sizeof(info->os_arch));
	expect_string(test, info->pcname, sizeof(info->pcname));
	expect_string(test, info->username, sizeof(info->username));
	expect_string(test, info->domain, sizeof(info->domain));
	expect_string(test, info->kconsole, sizeof(info->kconsole));
	expect_string(test, info->cpu, sizeof(info->cpu));
	expect_string(test, info->cpu_manufacturer,
		      sizeof(info->cpu_manufacturer));
	expect_string(test, info->cpu_model, sizeof(info->cpu_model));
	expect_string(test, info->cpu_flags, sizeof(info->cpu_flags));
	expect_string(test, info->virtualization_vendor,
		      sizeof(info->virtualization_vendor));
	expect_string(test, info->gpu_name, sizeof(info->gpu_name));
	expect_string(test, info->gpu_driver, sizeof(info->gpu_driver));
	expect_string(test, info->primary_disk_model,
		      sizeof(info->primary_disk_model));
	expect_string(test, info->bios_vendor, sizeof(info->bios_vendor));
	expect_string(test, info->bios_version, sizeof(info->bios_version));
	expect_string(test, info->motherboard_model,
		      sizeof(info->motherboard_model));
}

static struct kunit_case md64_cases[] = {
	KUNIT_CASE(md64_datetime_is_19_bytes),
	KUNIT_CASE(md64_names),
	KUNIT_CASE(md64_texts),
	KUNIT_CASE(md64_record),
	{}
};

static struct kunit_suite md64_suite = {
	.name = "devfs_dollar_md64",
	.test_cases = md64_cases,
};

kunit_test_suite(md64_suite);

#endif

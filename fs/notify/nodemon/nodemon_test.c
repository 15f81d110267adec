// SPDX-License-Identifier: GPL-2.0
/*
 * Node monitor: KUnit tests of what works without files: which events are
 * asked for, how records and messages look, what is remembered of open files.
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/fsnotify_backend.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "nodemon.h"

#define NODEMON_TEST_FILES	(FS_OPEN | FS_MODIFY | FS_CLOSE_WRITE)
#define NODEMON_TEST_ENTRIES	(FS_CREATE | FS_DELETE | FS_RENAME)

struct nodemon_mask_case {
	const char *name;
	unsigned int type;
	u32 events;
	u32 mask;
};

static const struct nodemon_mask_case nodemon_mask_cases[] = {
	{ "name of a file", FSNOTIFY_OBJ_TYPE_INODE, NODEMON_NAME, FS_NODE },
	{ "attributes of a file", FSNOTIFY_OBJ_TYPE_INODE, NODEMON_ATTR,
	  FS_NODE },
	{ "stat of a file", FSNOTIFY_OBJ_TYPE_INODE, NODEMON_STAT,
	  FS_NODE | NODEMON_TEST_FILES },
	{ "interim stat of a file", FSNOTIFY_OBJ_TYPE_INODE,
	  NODEMON_INTERIM_STAT, FS_NODE | NODEMON_TEST_FILES },
	{ "a file is no directory", FSNOTIFY_OBJ_TYPE_INODE,
	  NODEMON_DIRECTORY | NODEMON_CHILDREN | NODEMON_ATTR, FS_NODE },
	{ "directory", FSNOTIFY_OBJ_TYPE_INODE,
	  NODEMON_DIRECTORY | NODEMON_IS_DIRECTORY,
	  FS_NODE | NODEMON_TEST_ENTRIES },
	{ "stat of a directory", FSNOTIFY_OBJ_TYPE_INODE,
	  NODEMON_STAT | NODEMON_IS_DIRECTORY, FS_NODE },
	{ "children alone", FSNOTIFY_OBJ_TYPE_INODE,
	  NODEMON_CHILDREN | NODEMON_IS_DIRECTORY, FS_NODE },
	{ "attributes of children", FSNOTIFY_OBJ_TYPE_INODE,
	  NODEMON_CHILDREN | NODEMON_ATTR | NODEMON_IS_DIRECTORY,
	  FS_NODE | FS_EVENT_ON_CHILD },
	{ "stat of children", FSNOTIFY_OBJ_TYPE_INODE,
	  NODEMON_CHILDREN | NODEMON_STAT | NODEMON_IS_DIRECTORY,
	  FS_NODE | FS_EVENT_ON_CHILD | NODEMON_TEST_FILES },
	{ "names of a volume", FSNOTIFY_OBJ_TYPE_SB, NODEMON_NAME,
	  NODEMON_TEST_ENTRIES },
	{ "stat of a volume", FSNOTIFY_OBJ_TYPE_SB, NODEMON_STAT,
	  FS_NODE | NODEMON_TEST_FILES },
	{ "attributes of a volume", FSNOTIFY_OBJ_TYPE_SB, NODEMON_ATTR,
	  FS_NODE },
	{ "mounts", FSNOTIFY_OBJ_TYPE_MNTNS, NODEMON_MOUNT,
	  FS_MNT_ATTACH | FS_MNT_DETACH },
};

KUNIT_ARRAY_PARAM_DESC(nodemon_mask, nodemon_mask_cases, name);

static void nodemon_test_mask(struct kunit *test)
{
	const struct nodemon_mask_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, nodemon_mask(c->type, c->events), c->mask);
}

static void nodemon_test_stat_fields(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, nodemon_stat_fields(0), 0);
	KUNIT_EXPECT_EQ(test, nodemon_stat_fields(ATTR_CTIME), 0);
	KUNIT_EXPECT_EQ(test, nodemon_stat_fields(ATTR_MODE | ATTR_CTIME),
			NODEMON_STAT_MODE);
	KUNIT_EXPECT_EQ(test, nodemon_stat_fields(ATTR_UID | ATTR_GID),
			NODEMON_STAT_UID | NODEMON_STAT_GID);
	/* What a truncation does to the times is implied. */
	KUNIT_EXPECT_EQ(test, nodemon_stat_fields(ATTR_SIZE | ATTR_MTIME |
						  ATTR_CTIME),
			NODEMON_STAT_SIZE);
	KUNIT_EXPECT_EQ(test, nodemon_stat_fields(ATTR_SIZE | ATTR_MTIME |
						  ATTR_MTIME_SET),
			NODEMON_STAT_SIZE | NODEMON_STAT_MODIFICATION_TIME);
	KUNIT_EXPECT_EQ(test, nodemon_stat_fields(ATTR_ATIME | ATTR_MTIME),
			NODEMON_STAT_ACCESS_TIME |
			NODEMON_STAT_MODIFICATION_TIME);
}

static void nodemon_test_attr_name(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, nodemon_attr_name("user.a", false), "a");
	KUNIT_EXPECT_STREQ(test, nodemon_attr_name("user.beos.BEOS:TYPE",
						   false), "BEOS:TYPE");
	/* No name would be left. */
	KUNIT_EXPECT_STREQ(test, nodemon_attr_name("user.beos.", false),
			   "beos.");
	KUNIT_EXPECT_STREQ(test, nodemon_attr_name("security.x", false),
			   "security.x");
	KUNIT_EXPECT_NULL(test, nodemon_attr_name("trusted.x", false));
	KUNIT_EXPECT_STREQ(test, nodemon_attr_name("trusted.x", true),
			   "trusted.x");
}

static const struct nodemon_news nodemon_test_moved = {
	.opcode = NODEMON_ENTRY_MOVED,
	.flags = NODEMON_IS_DIR,
	.device = 0x801,
	.node_device = 0x801,
	.directory = 5,
	.to_directory = 6,
	.node = 0x123456789LL,
	/* Neither name ends where it is. */
	.name = "newXX",
	.name_len = 3,
	.from = "older-XX",
	.from_len = 6,
};

static void nodemon_test_record(struct kunit *test)
{
	u32 size = nodemon_record_size(&nodemon_test_moved);
	struct nodemon_record *rec;
	char *names;

	/* 56, "new", "older-" and two NULs, up to a multiple of 8. */
	KUNIT_ASSERT_EQ(test, size, 72);
	rec = kunit_kmalloc(test, size + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rec);
	memset(rec, 0xa5, size + 1);
	nodemon_record_pack(rec, size, 9, &nodemon_test_moved);

	KUNIT_EXPECT_EQ(test, rec->size, size);
	KUNIT_EXPECT_EQ(test, rec->opcode, NODEMON_ENTRY_MOVED);
	KUNIT_EXPECT_EQ(test, rec->flags, NODEMON_IS_DIR);
	KUNIT_EXPECT_EQ(test, rec->watch, 9);
	KUNIT_EXPECT_EQ(test, rec->device, 0x801);
	KUNIT_EXPECT_EQ(test, rec->node_device, 0x801);
	KUNIT_EXPECT_EQ(test, rec->detail, 0);
	KUNIT_EXPECT_EQ(test, rec->directory, 5);
	KUNIT_EXPECT_EQ(test, rec->to_directory, 6);
	KUNIT_EXPECT_EQ(test, rec->node, 0x123456789LL);
	KUNIT_EXPECT_EQ(test, rec->name_len, 3);
	KUNIT_EXPECT_EQ(test, rec->from_len, 6);
	KUNIT_EXPECT_EQ(test, rec->header_size, NODEMON_RECORD_SIZE);
	KUNIT_EXPECT_EQ(test, rec->__pad, 0);
	names = (char *)rec + rec->header_size;
	KUNIT_EXPECT_MEMEQ(test, names, "new\0older-\0\0\0\0\0\0", 16);
	/* Not a byte behind it. */
	KUNIT_EXPECT_EQ(test, ((u8 *)rec)[size], 0xa5);
}

static void nodemon_test_record_sizes(struct kunit *test)
{
	static char name[NAME_MAX];
	struct nodemon_news news = { .opcode = NODEMON_STAT_CHANGED };

	KUNIT_EXPECT_EQ(test, nodemon_record_size(&news), NODEMON_RECORD_SIZE);
	news.name = name;
	KUNIT_EXPECT_EQ(test, nodemon_record_size(&news),
			NODEMON_RECORD_SIZE + 8);
	news.name_len = 7;
	KUNIT_EXPECT_EQ(test, nodemon_record_size(&news),
			NODEMON_RECORD_SIZE + 8);
	news.name_len = 8;
	KUNIT_EXPECT_EQ(test, nodemon_record_size(&news),
			NODEMON_RECORD_SIZE + 16);
	news.name_len = NAME_MAX;
	news.from = name;
	news.from_len = NAME_MAX;
	KUNIT_EXPECT_EQ(test, nodemon_record_size(&news), NODEMON_RECORD_MAX);
}

/* Look at one field of a message; returns where the next one begins. */
static u32 nodemon_test_field(struct kunit *test, const void *msg, u32 pos,
			      u32 type, const char *name, const void *value,
			      u32 len)
{
	const struct nodemon_field *field = msg + pos;
	u32 header = ALIGN(18 + strlen(name) + 1, 4);
	bool string = type == NODEMON_TYPE_STRING;
	const void *data = msg + pos + header;

	KUNIT_EXPECT_EQ(test, field->type, type);
	KUNIT_EXPECT_EQ(test, field->element_size, string ? -1 : len);
	KUNIT_EXPECT_EQ(test, field->element_count, 1);
	KUNIT_EXPECT_EQ(test, field->header_size, header);
	KUNIT_EXPECT_STREQ(test, field->name, name);
	if (string) {
		KUNIT_EXPECT_EQ(test, get_unaligned((s32 *)data), len);
		data += sizeof(s32);
	}
	KUNIT_EXPECT_MEMEQ(test, data, value, len);
	if (string)
		len += sizeof(s32);
	KUNIT_EXPECT_EQ(test, field->field_size, header + ALIGN(len, 4));
	return pos + field->field_size;
}

static void *nodemon_test_msg(struct kunit *test,
			      const struct nodemon_news *news, u32 *size)
{
	u8 *msg;

	*size = nodemon_msg_size(news);
	msg = kunit_kmalloc(test, *size + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, msg);
	memset(msg, 0xa5, *size + 1);
	nodemon_msg_pack(msg, *size, 77, news);
	KUNIT_EXPECT_EQ(test, msg[*size], 0xa5);
	return msg;
}

static u32 nodemon_test_int32(struct kunit *test, const void *msg, u32 pos,
			      const char *name, s32 value)
{
	return nodemon_test_field(test, msg, pos, NODEMON_TYPE_INT32, name,
				  &value, sizeof(value));
}

static u32 nodemon_test_int64(struct kunit *test, const void *msg, u32 pos,
			      const char *name, s64 value)
{
	return nodemon_test_field(test, msg, pos, NODEMON_TYPE_INT64, name,
				  &value, sizeof(value));
}

static u32 nodemon_test_string(struct kunit *test, const void *msg, u32 pos,
			       const char *name, const char *value)
{
	return nodemon_test_field(test, msg, pos, NODEMON_TYPE_STRING, name,
				  value, strlen(value) + 1);
}

static void nodemon_test_msg_moved(struct kunit *test)
{
	u32 size, pos = sizeof(struct nodemon_message);
	void *msg = nodemon_test_msg(test, &nodemon_test_moved, &size);

	pos = nodemon_test_int32(test, msg, pos, "opcode", 3);
	pos = nodemon_test_int32(test, msg, pos, "device", 0x801);
	pos = nodemon_test_int64(test, msg, pos, "from directory", 5);
	pos = nodemon_test_int64(test, msg, pos, "to directory", 6);
	pos = nodemon_test_int32(test, msg, pos, "node device", 0x801);
	pos = nodemon_test_int64(test, msg, pos, "node", 0x123456789LL);
	pos = nodemon_test_string(test, msg, pos, "from name", "older-");
	pos = nodemon_test_string(test, msg, pos, "name", "new");
	KUNIT_EXPECT_EQ(test, pos, size);
}

static void nodemon_test_msg_attr(struct kunit *test)
{
	struct nodemon_news news = {
		.opcode = NODEMON_ATTR_CHANGED,
		.device = 1,
		.directory = 2,
		.node = 3,
		.detail = NODEMON_CAUSE_CHANGED,
		.name = "BEOS:TYPE",
		.name_len = 9,
	};
	u32 size, len, pos = sizeof(struct nodemon_message);
	void *msg = nodemon_test_msg(test, &news, &size);

	pos = nodemon_test_int32(test, msg, pos, "opcode", 5);
	pos = nodemon_test_int32(test, msg, pos, "device", 1);
	pos = nodemon_test_int64(test, msg, pos, "directory", 2);
	pos = nodemon_test_int64(test, msg, pos, "node", 3);
	pos = nodemon_test_string(test, msg, pos, "attr", "BEOS:TYPE");
	pos = nodemon_test_int32(test, msg, pos, "cause", 5);
	KUNIT_EXPECT_EQ(test, pos, size);

	/* A parent that is not known is left out. */
	news.directory = -1;
	len = nodemon_msg_size(&news);
	KUNIT_EXPECT_EQ(test, len, size - 28 - 8);
}

#ifdef __LITTLE_ENDIAN
/* Byte for byte what BeOS programs on this machine take apart. */
static void nodemon_test_msg_bytes(struct kunit *test)
{
	static const u8 want[] = {
		0x47, 0x73, 0x4d, 0x6b, 0x5c, 0x00, 0x00, 0x00,
		0x4e, 0x4d, 0x44, 0x4e, 0xff, 0xff, 0xff, 0xff,
		0x4d, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff,
		0x47, 0x4e, 0x4f, 0x4c, 0x04, 0x00, 0x00, 0x00,
		0x01, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00, 0x00,
		0x1c, 0x00, 'o',  'p',  'c',  'o',  'd',  'e',
		0x00, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00,
		0x47, 0x4e, 0x4f, 0x4c, 0x04, 0x00, 0x00, 0x00,
		0x01, 0x00, 0x00, 0x00, 0x20, 0x00, 0x00, 0x00,
		0x1c, 0x00, 'd',  'e',  'v',  'i',  'c',  'e',
		0x00, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00,
	};
	const struct nodemon_news news = {
		.opcode = NODEMON_DEVICE_UNMOUNTED,
		.device = 0x801,
	};
	u32 size;
	void *msg = nodemon_test_msg(test, &news, &size);

	KUNIT_ASSERT_EQ(test, size, sizeof(want));
	KUNIT_EXPECT_MEMEQ(test, msg, want, sizeof(want));
}
#endif

/* A target without a descriptor, and a file that is never looked into. */
struct nodemon_test_open {
	struct fsnotify_group group;
	struct nodemon nm;
	struct inode inode;
	struct file *file;
};

static struct nodemon_test_open *nodemon_test_opens(struct kunit *test)
{
	struct nodemon_test_open *t = kunit_kzalloc(test, sizeof(*t),
						    GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->nm.group = &t->group;
	t->file = (void *)0x1000;
	i_size_write(&t->inode, 10);
	inode_set_mtime(&t->inode, 100, 0);
	KUNIT_ASSERT_EQ(test, nodemon_opens_init(&t->nm), 0);
	return t;
}

static void nodemon_test_add(struct nodemon_test_open *t, struct file *file,
			     int watch)
{
	nodemon_opens_add(&t->nm, file, &t->inode, watch, 0);
}

static bool nodemon_test_write(struct nodemon_test_open *t, bool interim,
			       u64 now)
{
	return nodemon_opens_written(&t->nm, t->file, &t->inode, 1, interim,
				     now);
}

static u32 nodemon_test_close(struct nodemon_test_open *t, struct file *file)
{
	return nodemon_opens_close(&t->nm, file, &t->inode);
}

static void nodemon_test_opens_close(struct kunit *test)
{
	struct nodemon_test_open *t = nodemon_test_opens(test);

	/* Never seen before. */
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, t->file), 0);
	/* Nothing happened. */
	nodemon_test_add(t, t->file, 1);
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, t->file), 0);
	/* Written over, within one tick of the clock. */
	nodemon_test_add(t, t->file, 1);
	nodemon_test_write(t, false, 0);
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, t->file),
			NODEMON_STAT_MODIFICATION_TIME);
	/* Grown through a mapping, say. */
	nodemon_test_add(t, t->file, 1);
	i_size_write(&t->inode, 11);
	inode_set_mtime(&t->inode, 101, 0);
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, t->file),
			NODEMON_STAT_MODIFICATION_TIME | NODEMON_STAT_SIZE);
	/* Told already. */
	nodemon_test_add(t, t->file, 1);
	i_size_write(&t->inode, 0);
	nodemon_opens_told(&t->nm, &t->inode);
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, t->file), 0);
	/* Opened before anybody looked. */
	nodemon_test_write(t, false, 0);
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, t->file),
			NODEMON_STAT_MODIFICATION_TIME | NODEMON_STAT_SIZE);
	nodemon_opens_free(t->nm.opens);
}

static void nodemon_test_opens_forget(struct kunit *test)
{
	struct nodemon_test_open *t = nodemon_test_opens(test);
	struct file *other = (void *)0x2000;

	/* The watch ends through which it was seen. */
	nodemon_test_add(t, t->file, 1);
	nodemon_test_add(t, other, 2);
	i_size_write(&t->inode, 12);
	nodemon_opens_end(&t->nm, 1);
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, t->file), 0);
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, other),
			NODEMON_STAT_SIZE);

	/* A new file where an old one was. */
	nodemon_test_add(t, t->file, 1);
	i_size_write(&t->inode, 13);
	nodemon_test_add(t, t->file, 1);
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, t->file), 0);

	/* Too many: the oldest goes. */
	nodemon_test_add(t, t->file, 1);
	for (unsigned long i = 1; i <= 8192; i++)
		nodemon_test_add(t, (void *)(i << 16), 1);
	i_size_write(&t->inode, 14);
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, t->file), 0);
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, (void *)(1UL << 16)),
			NODEMON_STAT_SIZE);
	nodemon_opens_free(t->nm.opens);
}

static void nodemon_test_opens_interim(struct kunit *test)
{
	struct nodemon_test_open *t = nodemon_test_opens(test);
	const u64 second = NSEC_PER_SEC;

	nodemon_test_add(t, t->file, 1);
	i_size_write(&t->inode, 20);
	/* Too soon after the open. */
	KUNIT_EXPECT_FALSE(test, nodemon_test_write(t, true, second - 1));
	/* Only for those who want it. */
	KUNIT_EXPECT_FALSE(test, nodemon_test_write(t, false, second));
	KUNIT_EXPECT_TRUE(test, nodemon_test_write(t, true, second));
	KUNIT_EXPECT_FALSE(test, nodemon_test_write(t, true, second));
	/* The size has been told. */
	KUNIT_EXPECT_FALSE(test, nodemon_test_write(t, true, 3 * second));
	i_size_write(&t->inode, 21);
	KUNIT_EXPECT_FALSE(test, nodemon_test_write(t, true, 2 * second - 1));
	KUNIT_EXPECT_TRUE(test, nodemon_test_write(t, true, 2 * second));
	/* Final news come all the same. */
	KUNIT_EXPECT_EQ(test, nodemon_test_close(t, t->file),
			NODEMON_STAT_MODIFICATION_TIME | NODEMON_STAT_SIZE);
	nodemon_opens_free(t->nm.opens);
}

static struct kunit_case nodemon_test_cases[] = {
	KUNIT_CASE_PARAM(nodemon_test_mask, nodemon_mask_gen_params),
	KUNIT_CASE(nodemon_test_stat_fields),
	KUNIT_CASE(nodemon_test_attr_name),
	KUNIT_CASE(nodemon_test_record),
	KUNIT_CASE(nodemon_test_record_sizes),
	KUNIT_CASE(nodemon_test_msg_moved),
	KUNIT_CASE(nodemon_test_msg_attr),
#ifdef __LITTLE_ENDIAN
	KUNIT_CASE(nodemon_test_msg_bytes),
#endif
	KUNIT_CASE(nodemon_test_opens_close),
	KUNIT_CASE(nodemon_test_opens_forget),
	KUNIT_CASE(nodemon_test_opens_interim),
	{}
};

static struct kunit_suite nodemon_test_suite = {
	.name = "nodemon",
	.test_cases = nodemon_test_cases,
};

kunit_test_suite(nodemon_test_suite);

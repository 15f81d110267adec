// SPDX-License-Identifier: GPL-2.0
/*
 * Node monitor: how news are put into records and messages.
 *
 * Nothing here depends on anything but its arguments, so that the tests can
 * look at each byte.
 */
#include <linux/align.h>
#include <linux/build_bug.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "nodemon.h"

static void __maybe_unused nodemon_check_abi(void)
{
	BUILD_BUG_ON(sizeof(struct nodemon_args) != NODEMON_ARGS_SIZE_VER0);
	BUILD_BUG_ON(sizeof(struct nodemon_record) != NODEMON_RECORD_SIZE);
	BUILD_BUG_ON(offsetof(struct nodemon_record, names) !=
		     NODEMON_RECORD_SIZE);
	BUILD_BUG_ON(sizeof(struct nodemon_message) != 28);
	BUILD_BUG_ON(offsetof(struct nodemon_field, name) != 18);
	BUILD_BUG_ON(ALIGN(NODEMON_RECORD_SIZE + 2 * (NAME_MAX + 1), 8) !=
		     NODEMON_RECORD_MAX);
}

/**
 * nodemon_record_size - how long a record will be
 * @news: what it tells
 *
 * Return: bytes.
 */
u32 nodemon_record_size(const struct nodemon_news *news)
{
	u32 names = 0;

	if (news->name)
		names += news->name_len + 1;
	if (news->from)
		names += news->from_len + 1;
	return ALIGN(NODEMON_RECORD_SIZE + names, 8);
}

/**
 * nodemon_record_pack - make a record
 * @rec:   filled
 * @size:  its size, nodemon_record_size() of @news
 * @watch: number of the watch that tells it
 * @news:  what it tells
 */
void nodemon_record_pack(struct nodemon_record *rec, u32 size, int watch,
			 const struct nodemon_news *news)
{
	char *names = (char *)rec + NODEMON_RECORD_SIZE;

	/* One by one, as compilers clear all of a structure first. */
	rec->size = size;
	rec->opcode = news->opcode;
	rec->flags = news->flags;
	rec->watch = watch;
	rec->device = news->device;
	rec->node_device = news->node_device;
	rec->detail = news->detail;
	rec->directory = news->directory;
	rec->to_directory = news->to_directory;
	rec->node = news->node;
	rec->name_len = news->name_len;
	rec->from_len = news->from_len;
	rec->header_size = NODEMON_RECORD_SIZE;
	rec->__pad = 0;
	if (size == NODEMON_RECORD_SIZE)
		return;
	/* The last NUL and the padding behind it: no more than eight bytes. */
	*(u64 *)((char *)rec + size - sizeof(u64)) = 0;
	if (news->name) {
		memcpy(names, news->name, news->name_len);
		names += news->name_len;
		*names++ = 0;
	}
	if (news->from)
		memcpy(names, news->from, news->from_len);
}

/**
 * struct nodemon_packer - a message in the making
 * @buf: where it goes; NULL to find out how long it will be
 * @len: how long it is
 */
struct nodemon_packer {
	void *buf;
	u32 len;
};

/* Start a field; returns where its value goes, or NULL. */
static void *nodemon_pack_field(struct nodemon_packer *p, u32 type,
				const char *name, s32 element, u32 value)
{
	u32 name_size = strlen(name) + 1;
	u32 header = ALIGN(offsetof(struct nodemon_field, name) + name_size, 4);
	u32 size = header + ALIGN(value, 4);
	struct nodemon_field *field = p->buf + p->len;

	p->len += size;
	if (!p->buf)
		return NULL;
	field->type = type;
	field->element_size = element;
	field->element_count = 1;
	field->field_size = size;
	field->header_size = header;
	memcpy(field->name, name, name_size);
	return (void *)field + header;
}

static void nodemon_pack_int32(struct nodemon_packer *p, const char *name,
			       s32 value)
{
	void *to = nodemon_pack_field(p, NODEMON_TYPE_INT32, name,
				      sizeof(value), sizeof(value));

	if (to)
		memcpy(to, &value, sizeof(value));
}

static void nodemon_pack_int64(struct nodemon_packer *p, const char *name,
			       s64 value)
{
	void *to = nodemon_pack_field(p, NODEMON_TYPE_INT64, name,
				      sizeof(value), sizeof(value));

	/* Fields are aligned for 32 bits alone. */
	if (to)
		memcpy(to, &value, sizeof(value));
}

static void nodemon_pack_string(struct nodemon_packer *p, const char *name,
				const char *value, u16 len)
{
	s32 size = len + 1;
	void *to = nodemon_pack_field(p, NODEMON_TYPE_STRING, name, -1,
				      sizeof(size) + size);

	if (to) {
		memcpy(to, &size, sizeof(size));
		memcpy(to + sizeof(size), value, len);
	}
}

static void nodemon_pack_entry(struct nodemon_packer *p,
			       const struct nodemon_news *news)
{
	nodemon_pack_int32(p, "device", news->device);
	nodemon_pack_int64(p, "directory", news->directory);
	nodemon_pack_int64(p, "node", news->node);
	nodemon_pack_string(p, "name", news->name, news->name_len);
}

static void nodemon_pack_moved(struct nodemon_packer *p,
			       const struct nodemon_news *news)
{
	nodemon_pack_int32(p, "device", news->device);
	nodemon_pack_int64(p, "from directory", news->directory);
	nodemon_pack_int64(p, "to directory", news->to_directory);
	nodemon_pack_int32(p, "node device", news->node_device);
	nodemon_pack_int64(p, "node", news->node);
	nodemon_pack_string(p, "from name", news->from, news->from_len);
	nodemon_pack_string(p, "name", news->name, news->name_len);
}

static void nodemon_pack_stat(struct nodemon_packer *p,
			      const struct nodemon_news *news)
{
	nodemon_pack_int32(p, "device", news->device);
	nodemon_pack_int64(p, "node", news->node);
	nodemon_pack_int32(p, "fields", news->detail);
}

static void nodemon_pack_attr(struct nodemon_packer *p,
			      const struct nodemon_news *news)
{
	nodemon_pack_int32(p, "device", news->device);
	if (news->directory >= 0)
		nodemon_pack_int64(p, "directory", news->directory);
	nodemon_pack_int64(p, "node", news->node);
	nodemon_pack_string(p, "attr", news->name, news->name_len);
	nodemon_pack_int32(p, "cause", news->detail);
}

static void nodemon_pack_mounted(struct nodemon_packer *p,
				 const struct nodemon_news *news)
{
	nodemon_pack_int32(p, "new device", news->node_device);
	nodemon_pack_int32(p, "device", news->device);
	nodemon_pack_int64(p, "directory", news->directory);
}

static void nodemon_pack_fields(struct nodemon_packer *p,
				const struct nodemon_news *news)
{
	nodemon_pack_int32(p, "opcode", news->opcode);
	switch (news->opcode) {
	case NODEMON_ENTRY_CREATED:
	case NODEMON_ENTRY_REMOVED:
		nodemon_pack_entry(p, news);
		break;
	case NODEMON_ENTRY_MOVED:
		nodemon_pack_moved(p, news);
		break;
	case NODEMON_STAT_CHANGED:
		nodemon_pack_stat(p, news);
		break;
	case NODEMON_ATTR_CHANGED:
		nodemon_pack_attr(p, news);
		break;
	case NODEMON_DEVICE_MOUNTED:
		nodemon_pack_mounted(p, news);
		break;
	case NODEMON_DEVICE_UNMOUNTED:
		nodemon_pack_int32(p, "device", news->device);
		break;
	}
}

/**
 * nodemon_msg_size - how long a message will be
 * @news: what it tells
 *
 * Return: bytes.
 */
u32 nodemon_msg_size(const struct nodemon_news *news)
{
	struct nodemon_packer p = { .len = sizeof(struct nodemon_message) };

	nodemon_pack_fields(&p, news);
	return p.len;
}

/**
 * nodemon_msg_pack - make a message
 * @buf:   filled
 * @size:  nodemon_msg_size() of it
 * @token: the target's token
 * @news:  what it tells
 */
void nodemon_msg_pack(void *buf, u32 size, s32 token,
		      const struct nodemon_news *news)
{
	struct nodemon_packer p = {
		.buf = buf,
		.len = sizeof(struct nodemon_message),
	};

	memset(buf, 0, size);
	*(struct nodemon_message *)buf = (struct nodemon_message) {
		.magic = NODEMON_MESSAGE_MAGIC,
		.size = size,
		.what = NODEMON_MESSAGE_CODE,
		.sender = -1,
		.token = token,
		.reply_port = -1,
		.reply_token = -1,
	};
	nodemon_pack_fields(&p, news);
}

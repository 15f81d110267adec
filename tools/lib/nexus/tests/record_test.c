// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Going through records of the node monitor: good ones, and whatever bytes
 * there may be.  The buffer ends where memory ends, so that a step too far is
 * seen.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <nodemon.h>
#include "tap.h"

#define ROOM	4096

/* @size bytes with nothing behind them */
static char *end_of_memory(size_t size)
{
	static char *pages;

	if (!pages) {
		pages = mmap(NULL, 2 * ROOM * 16, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (pages == MAP_FAILED ||
		    mprotect(pages + ROOM * 16, ROOM * 16, PROT_NONE))
			exit(1);
	}
	return pages + ROOM * 16 - size;
}

/* As the kernel makes them.  Returns the bytes that it took. */
static size_t put(char *to, unsigned int opcode, const char *name,
		  const char *from)
{
	struct nodemon_record record;
	size_t size = NODEMON_RECORD_SIZE;

	memset(&record, 0, sizeof(record));
	record.opcode = (__u16)opcode;
	record.header_size = NODEMON_RECORD_SIZE;
	if (name) {
		record.name_len = (__u16)strlen(name);
		memcpy(to + size, name, strlen(name) + 1);
		size += strlen(name) + 1;
	}
	if (from) {
		record.from_len = (__u16)strlen(from);
		memcpy(to + size, from, strlen(from) + 1);
		size += strlen(from) + 1;
	}
	for (; size % 8; size++)
		to[size] = '\0';
	record.size = (__u32)size;
	memcpy(to, &record, NODEMON_RECORD_SIZE);
	return size;
}

static void test_good(void)
{
	const struct nodemon_record *record;
	char longest[256];
	size_t size, i;
	char *buf;

	memset(longest, 'x', 255);
	longest[255] = '\0';
	buf = end_of_memory(ROOM);
	size = put(buf, NODEMON_ENTRY_CREATED, "a", NULL);
	size += put(buf + size, NODEMON_STAT_CHANGED, NULL, NULL);
	i = size;
	size += put(buf + size, NODEMON_ENTRY_MOVED, longest, longest);
	is(size - i, NODEMON_RECORD_MAX);
	size += put(buf + size, NODEMON_ENTRY_MOVED, "new\n", "\xff old");
	size += put(buf + size, NODEMON_ENTRY_REMOVED, "1234567", NULL);
	buf = memmove(end_of_memory(size), buf, size);

	record = nodemon_next(buf, size, NULL);
	has(record && record->opcode == NODEMON_ENTRY_CREATED);
	has(strcmp(nodemon_name(record), "a") == 0);
	has(strcmp(nodemon_from_name(record), "") == 0);
	record = nodemon_next(buf, size, record);
	has(record && record->opcode == NODEMON_STAT_CHANGED);
	has(strcmp(nodemon_name(record), "") == 0);
	has(strcmp(nodemon_from_name(record), "") == 0);
	record = nodemon_next(buf, size, record);
	has(record && strcmp(nodemon_name(record), longest) == 0);
	has(record && strcmp(nodemon_from_name(record), longest) == 0);
	record = nodemon_next(buf, size, record);
	has(record && strcmp(nodemon_name(record), "new\n") == 0);
	has(record && strcmp(nodemon_from_name(record), "\xff old") == 0);
	record = nodemon_next(buf, size, record);
	has(record && strcmp(nodemon_name(record), "1234567") == 0);
	has(!nodemon_next(buf, size, record));

	/* Cut anywhere: what is whole, and no more */
	for (i = 0; i < size; i++) {
		size_t n = 0;

		for (record = NULL;
		     (record = nodemon_next(buf, i, record));)
			n += record->size;
		if (n > i || i - n >= NODEMON_RECORD_MAX)
			break;
	}
	is(i, size);
	has(!nodemon_next(buf, 0, NULL));
}

/* A header that is longer, as newer kernels may have it */
static void test_longer_header(void)
{
	struct nodemon_record *record;
	char *buf = end_of_memory(80);

	memset(buf, 0, 80);
	record = (struct nodemon_record *)buf;
	record->size = 80;
	record->header_size = 72;
	record->name_len = 3;
	record->from_len = 2;
	memcpy(buf + 72, "new\0ol", 7);
	has(nodemon_next(buf, 80, NULL) == record);
	has(strcmp(nodemon_name(record), "new") == 0);
	has(strcmp(nodemon_from_name(record), "ol") == 0);
	has(!nodemon_next(buf, 80, record));
}

static const struct {
	const char *what;
	unsigned int size, header_size, name_len, from_len;
	int good;
} headers[] = {
	{ "as it should be", 64, 56, 3, 0, 1 },
	{ "two names", 64, 56, 3, 3, 1 },
	{ "no name", 64, 56, 0, 0, 1 },
	{ "an old name alone", 64, 56, 0, 2, 0 },
	{ "size 0", 0, 56, 3, 0, 0 },
	{ "size 8", 8, 56, 3, 0, 0 },
	{ "size 48", 48, 56, 0, 0, 0 },
	{ "an odd size", 60, 56, 0, 0, 0 },
	{ "beyond the end", 72, 56, 3, 0, 0 },
	{ "far beyond the end", 0xfffffff8u, 56, 3, 0, 0 },
	{ "names in the header", 64, 48, 3, 0, 0 },
	{ "header size 0", 64, 0, 3, 0, 0 },
	{ "header beyond the record", 64, 65, 0, 0, 0 },
	{ "header as long as the record", 64, 64, 0, 0, 1 },
	{ "no room for the name", 64, 64, 1, 0, 0 },
	{ "no room for the NUL", 64, 56, 8, 0, 0 },
	{ "a name without its NUL", 64, 56, 2, 0, 0 },
	{ "an old name without its NUL", 64, 56, 3, 2, 0 },
	{ "a long name", 64, 56, 65535, 0, 0 },
	{ "a long old name", 64, 56, 3, 65535, 0 },
	{ "two long names", 64, 56, 65535, 65535, 0 },
};

static void test_bad(void)
{
	char *buf = end_of_memory(64);
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		struct nodemon_record *record;

		memset(buf, 0, 64);
		memcpy(buf + 56, "new\0old", 8);
		record = (struct nodemon_record *)buf;
		record->size = headers[i].size;
		record->header_size = (__u16)headers[i].header_size;
		record->name_len = (__u16)headers[i].name_len;
		record->from_len = (__u16)headers[i].from_len;
		tap_is(!!nodemon_next(buf, 64, NULL), headers[i].good,
		       headers[i].what);
	}
}

/* Any bytes: it ends, and nothing beyond the end is touched. */
static void test_random(void)
{
	unsigned long long state = 88172645463325252ull;
	unsigned long length = 0;
	int round;

	for (round = 0; round < 20000; round++) {
		const struct nodemon_record *record = NULL;
		char *buf = end_of_memory(512);
		int i;

		for (i = 0; i < 512; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			buf[i] = (char)(state & (state >> 8 & 1 ? 0xff : 0));
		}
		/* Many sizes that could be right */
		for (i = 0; i < 512; i += 56) {
			struct nodemon_record *some =
				(struct nodemon_record *)(buf + i);

			some->size = 56 + 8 * (some->size % 5);
			some->header_size = (__u16)(56 + some->watch % 8);
			some->name_len %= 20;
			some->from_len %= 20;
			if (i + 112 > 512)
				break;
		}
		while ((record = nodemon_next(buf, 512, record)))
			length += strlen(nodemon_name(record)) +
				  strlen(nodemon_from_name(record)) + 1;
	}
	has(length > 0);
}

int main(void)
{
	test_good();
	test_longer_header();
	test_bad();
	test_random();
	return tap_failures != 0;
}

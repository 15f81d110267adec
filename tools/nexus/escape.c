// SPDX-License-Identifier: MIT OR LGPL-2.1
/* Printing names that may be any bytes. */
#include <stdint.h>
#include <string.h>
#include "escape.h"

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t utf8_length(const char *text, size_t size)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first;
	size_t length, i;
	uint32_t code;

	if (size == 0)
		return 0;
	first = (unsigned char)text[0];
	if (first < 0x80)
		return 1;
	if ((first & 0xe0) == 0xc0)
		length = 2;
	else if ((first & 0xf0) == 0xe0)
		length = 3;
	else if ((first & 0xf8) == 0xf0)
		length = 4;
	else
		return 0;
	if (length > size)
		return 0;
	code = first & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if (!continues(text[i]))
			return 0;
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	}
	/* Too long, half of a pair, beyond the last */
	if (code < smallest[length] || (code >= 0xd800 && code < 0xe000) ||
	    code > 0x10ffff)
		return 0;
	return length;
}

bool is_utf8(const char *text)
{
	size_t size = strlen(text), length;

	for (; size > 0; text += length, size -= length) {
		length = utf8_length(text, size);
		if (!length)
			return false;
	}
	return true;
}

/* C0 and C1 controls, DEL: they could steer a terminal. */
static bool is_control(const char *text, size_t length)
{
	unsigned char first = (unsigned char)text[0];

	if (length == 1)
		return first < 0x20 || first == 0x7f;
	return length == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0;
}

int print_text(FILE *to, const char *text)
{
	size_t size = strlen(text), length, i;
	int columns = 0;

	for (; size > 0; text += length, size -= length) {
		length = utf8_length(text, size);
		if (length && !is_control(text, length)) {
			fwrite(text, 1, length, to);
			columns++;
			continue;
		}
		length += !length;
		for (i = 0; i < length; i++)
			columns += fprintf(to, "\\x%02x",
					   (unsigned char)text[i]);
	}
	return columns;
}

void print_json(FILE *to, const char *text)
{
	size_t size = strlen(text), length;

	putc('"', to);
	for (; size > 0; text += length, size -= length) {
		length = utf8_length(text, size);
		if (!length) {
			fputs("\\ufffd", to);
			length = 1;
		} else if (*text == '"' || *text == '\\') {
			fprintf(to, "\\%c", *text);
		} else if (length == 1 && is_control(text, 1)) {
			fprintf(to, "\\u%04x", (unsigned char)*text);
		} else {
			fwrite(text, 1, length, to);
		}
	}
	putc('"', to);
}

void print_json_member(FILE *to, const char *key, const char *text)
{
	fprintf(to, "\"%s\": ", key);
	print_json(to, text);
	if (is_utf8(text))
		return;
	/* Not a byte of it is lost. */
	fprintf(to, ", \"%s_hex\": \"", key);
	for (; *text; text++)
		fprintf(to, "%02x", (unsigned char)*text);
	putc('"', to);
}

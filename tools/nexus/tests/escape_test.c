// SPDX-License-Identifier: MIT OR LGPL-2.1
/* Names as text and as JSON.  Prints TAP without numbers or a plan. */
#include "escape.h"

#include <stdlib.h>
#include <string.h>

static int failures;

static void check(const char *name, const char *text, const char *json,
		  int columns)
{
	char *as_text, *as_json;
	size_t size;
	FILE *to = open_memstream(&as_text, &size);
	int got = print_text(to, name);
	bool good;

	fclose(to);
	to = open_memstream(&as_json, &size);
	print_json(to, name);
	fclose(to);
	good = strcmp(as_text, text) == 0 && strcmp(as_json, json) == 0 &&
	       got == columns;
	printf("%sok - %s\n", good ? "" : "not ", text);
	if (!good)
		printf("# %s, %s, %d columns\n", as_text, as_json, got);
	failures += !good;
	free(as_text);
	free(as_json);
}

static void check_member(const char *text, const char *want)
{
	char *got;
	size_t size;
	FILE *to = open_memstream(&got, &size);

	print_json_member(to, "name", text);
	fclose(to);
	printf("%sok - %s\n", strcmp(got, want) ? "not " : "", want);
	failures += strcmp(got, want) != 0;
	free(got);
}

int main(void)
{
	char name[3] = "", text[8], json[16];
	int c;

	check("", "", "\"\"", 0);
	check("plain", "plain", "\"plain\"", 5);
	check("a\"b\\c", "a\"b\\c", "\"a\\\"b\\\\c\"", 5);
	check("\033[31m", "\\x1b[31m", "\"\\u001b[31m\"", 8);
	check("\t\n\177", "\\x09\\x0a\\x7f", "\"\\u0009\\u000a\\u007f\"", 12);
	check("\303\244\342\202\254\360\237\230\200",
	      "\303\244\342\202\254\360\237\230\200",
	      "\"\303\244\342\202\254\360\237\230\200\"", 3);
	/* C1 control, too long, half of a pair, too large, cut, stray */
	check("\302\205", "\\xc2\\x85", "\"\302\205\"", 8);
	check("\300\257", "\\xc0\\xaf", "\"\\ufffd\\ufffd\"", 8);
	check("\355\240\200", "\\xed\\xa0\\x80",
	      "\"\\ufffd\\ufffd\\ufffd\"", 12);
	check("\364\220\200\200", "\\xf4\\x90\\x80\\x80",
	      "\"\\ufffd\\ufffd\\ufffd\\ufffd\"", 16);
	check("x\303", "x\\xc3", "\"x\\ufffd\"", 5);
	for (c = 0x80; c < 0x100; c++) {
		name[0] = (char)c;
		snprintf(text, sizeof(text), "\\x%02x", c);
		snprintf(json, sizeof(json), "\"\\ufffd\"");
		check(name, text, json, 4);
	}
	check_member("a\nb", "\"name\": \"a\\u000ab\"");
	check_member("x\377\001",
		     "\"name\": \"x\\ufffd\\u0001\", \"name_hex\": \"78ff01\"");
	check_member("", "\"name\": \"\"");
	printf("%sok - is_utf8\n",
	       is_utf8("a\303\244") && !is_utf8("a\303") && is_utf8("") ?
	       "" : "not ");
	return failures != 0;
}

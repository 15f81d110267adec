/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * Names are any bytes.  What is printed is safe for a terminal, and what is
 * JSON is valid.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Bytes of the UTF-8 character that @text, @size bytes, begins with; 0 if it
 * begins with none.
 */
size_t utf8_length(const char *text, size_t size);

/* Is all of it UTF-8? */
bool is_utf8(const char *text);

/*
 * For people: control characters and what is no UTF-8 as \xNN.  Returns how
 * many columns it took, each character for one.
 */
int print_text(FILE *to, const char *text);

/* A JSON string with its quotes; what is no UTF-8 becomes U+FFFD. */
void print_json(FILE *to, const char *text);

/*
 * "key": "text", and if the text is no UTF-8 , "key_hex": "..." with all of its
 * bytes.
 */
void print_json_member(FILE *to, const char *key, const char *text);

#endif /* ESCAPE_H */

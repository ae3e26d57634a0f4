/* printable: text of strangers (from the network, a file, a path, the environment) made safe to
 * print: what a terminal could obey or a reader not see is written as \xNN, byte by byte: control
 * characters of C0 and C1, DEL, those that reorder text or have no width, separators of lines, and
 * whatever is not UTF-8. All other characters stay as they are. Pure. */
#ifndef KOOP_PRINTABLE_H
#define KOOP_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the character at `text` (not its end), and whether it is safe to print. *code gets
 * its code point, or its byte where it is not UTF-8. */
size_t koop_printable_next(const char *text, bool *safe, uint32_t *code);

bool koop_printable_all(const char *text); /* nothing in it would be changed */

/* As much as fits, NUL-terminated, no character or escape cut (size ≥ 1). Returns `out`. */
char *koop_printable(const char *text, char *out, size_t size);

#endif

/* words: a command line cut into words, as a shell cuts it, but nothing is expanded.
 *
 * Blanks separate. "…" and '…' hold a word or a part of one together, and may make an empty word;
 * within "…" a backslash before " or \ takes it as it is. All else is itself, $ and * as well. Pure. */
#ifndef KOOP_WORDS_H
#define KOOP_WORDS_H

#include <stddef.h>

/* Writes the words of `text` one behind the other, each with its NUL, into out[0..strlen(text) + 2).
 * *n gets their number. NULL, or why not (a constant): a quote that does not end, or no word. */
const char *koop_words_split(const char *text, char *out, int *n);

/* Points words[0..n) to the words of `joined`, and words[n] to NULL. */
void koop_words_list(const char *joined, int n, const char **words);

#endif

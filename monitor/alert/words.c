#include "words.h"

#include <string.h>

/* One word from *text, which does not begin with a blank. Returns the end of what was written, or
 * NULL: a quote does not end. */
static char *take_word(const char **text, char *out) {
    char quote = '\0';
    const char *at = *text;
    for (; *at && (quote || (*at != ' ' && *at != '\t')); at++) {
        if (quote == '\0' && (*at == '"' || *at == '\'')) {
            quote = *at;
        } else if (*at == quote) {
            quote = '\0';
        } else {
            if (quote == '"' && *at == '\\' && (at[1] == '"' || at[1] == '\\')) at++;
            *out++ = *at;
        }
    }
    *out++ = '\0';
    *text = at;
    return quote ? NULL : out;
}

const char *koop_words_split(const char *text, char *out, int *n) {
    for (*n = 0;; ++*n) {
        text += strspn(text, " \t");
        if (*text == '\0') return *n > 0 ? NULL : "no word";
        out = take_word(&text, out);
        if (!out) return "a quote that does not end";
    }
}

void koop_words_list(const char *joined, int n, const char **words) {
    for (int i = 0; i < n; i++) {
        words[i] = joined;
        joined += strlen(joined) + 1;
    }
    words[n] = NULL;
}

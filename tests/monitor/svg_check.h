/* svg_check: whether a text is a well-formed picture, by a reader of the little XML that koopmon
 * writes: tags in balance, every attribute once and quoted, markup in text and values escaped. */
#ifndef SVG_CHECK_H
#define SVG_CHECK_H

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SVG_CHECK_DEPTH = 16, SVG_CHECK_NAME = 32 };

static inline const char *svg_check_entity(const char **at) {
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(*at, known[i], strlen(known[i])) == 0) {
            *at += strlen(known[i]);
            return NULL;
        }
    return "a bare ampersand";
}

/* Text or a value up to `end`. */
static inline const char *svg_check_text(const char **at, char end) {
    while (**at && **at != end) {
        const unsigned char c = (unsigned char)**at;
        if (c == '<' || (c < 0x20 && c != '\n') || c == 0x7f) return "a character that is not text";
        if (c == '&') {
            const char *why = svg_check_entity(at);
            if (why) return why;
        } else {
            (*at)++;
        }
    }
    return NULL;
}

static inline bool svg_check_name(const char **at, char name[SVG_CHECK_NAME]) {
    size_t n = 0;
    while (isalnum((unsigned char)**at) || **at == '-') {
        if (n + 1 == SVG_CHECK_NAME) return false;
        name[n++] = *(*at)++;
    }
    name[n] = '\0';
    return n > 0;
}

static inline const char *svg_check_attributes(const char **at) {
    char seen[512] = " ";
    while (**at == ' ') {
        char name[SVG_CHECK_NAME], word[SVG_CHECK_NAME + 2];
        ++*at;
        if (!svg_check_name(at, name)) return "an attribute without a name";
        snprintf(word, sizeof word, " %s ", name);
        if (strstr(seen, word)) return "an attribute twice";
        strcat(seen, word + 1);
        if (strncmp(*at, "=\"", 2) != 0) return "a value without quotes";
        *at += 2;
        const char *why = svg_check_text(at, '"');
        if (why) return why;
        if (*(*at)++ != '"') return "a value without end";
    }
    return NULL;
}

/* NULL, or what is wrong. */
static inline const char *svg_check(const char *at) {
    static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://"
                               "www.w3.org/2000/svg\"";
    char open[SVG_CHECK_DEPTH][SVG_CHECK_NAME], name[SVG_CHECK_NAME];
    int depth = 0, roots = 0;
    if (strncmp(at, head, strlen(head)) != 0) return "not the head of a picture";
    at = strchr(at, '\n');
    while (*at) {
        const char *why = svg_check_text(&at, '<');
        if (why) return why;
        if (!*at) break;
        at++;
        if (*at == '/') {
            at++;
            if (!svg_check_name(&at, name) || *at++ != '>') return "a bad end of an element";
            if (depth == 0 || strcmp(open[--depth], name) != 0) return "elements out of balance";
            continue;
        }
        if (!svg_check_name(&at, name)) return "an element without a name";
        if ((why = svg_check_attributes(&at))) return why;
        const bool empty = *at == '/';
        at += empty;
        if (*at++ != '>') return "a bad start of an element";
        if (depth == 0 && ++roots > 1) return "two roots";
        if (!empty && depth == SVG_CHECK_DEPTH) return "too deep";
        if (!empty) strcpy(open[depth++], name);
    }
    return depth == 0 && roots == 1 ? NULL : "elements without end";
}

/* How often `part` is in `text`. */
static inline int svg_count(const char *text, const char *part) {
    int n = 0;
    for (; (text = strstr(text, part)); text += strlen(part)) n++;
    return n;
}

#endif

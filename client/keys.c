#include "keys.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { INDENT = 4, KEY_CHARACTERS = KOOP_KEY_BYTES - 1, MAX_WORD = 32, MAX_VALUE = 128 };

static const char z85[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

bool koop_keys_is_key(const char *text) {
    if (strspn(text, z85) != KEY_CHARACTERS || text[KEY_CHARACTERS] != '\0') return false;
    for (int i = 0; i < KEY_CHARACTERS; i += 5) {
        uint64_t word = 0;
        for (int j = i; j < i + 5; j++) word = 85 * word + (uint64_t)(strchr(z85, text[j]) - z85);
        if (word > UINT32_MAX) return false;
    }
    return true;
}

bool koop_keys_is_name(const char *text) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-";
    size_t size = strlen(text);
    return size > 0 && size < KOOP_KEYS_NAME_BYTES && text[0] != '.' && strspn(text, plain) == size;
}

typedef struct parser {
    koop_keys keys;
    size_t depth;           /* at most so many levels may the next line have */
    char section[MAX_WORD]; /* of level 0 */
    bool named;
    const char *why;
} parser;

/* A line without its end: words point into it, sizes are theirs. */
typedef struct line {
    const char *at, *end;
} line;

static bool refuse(parser *p, const char *why) {
    p->why = why;
    return false;
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-_$.@+/", c));
}

static void skip_spaces(line *l) {
    while (l->at < l->end && *l->at == ' ') l->at++;
}

static bool at_end(const line *l) {
    return l->at == l->end || *l->at == '#';
}

/* A name, cut where it is longer than any that matters. */
static bool take_word(line *l, char out[MAX_WORD]) {
    size_t n = 0;
    for (; l->at < l->end && is_word(*l->at); l->at++)
        if (n < MAX_WORD - 1) out[n++] = *l->at;
    out[n] = '\0';
    return n > 0;
}

/* Quoted, or up to the next space or the end of the line. */
static bool take_value(parser *p, line *l, char out[MAX_VALUE]) {
    size_t n = 0;
    char quote = '\0';
    if (l->at < l->end && (*l->at == '"' || *l->at == '\'')) quote = *l->at++;
    for (; l->at < l->end && *l->at != (quote ? quote : ' '); l->at++) {
        if (n == MAX_VALUE - 1) return refuse(p, "has a value that is too long");
        out[n++] = *l->at;
    }
    out[n] = '\0';
    if (!quote) return true;
    if (l->at == l->end) return refuse(p, "has a quotation that does not end on its line");
    l->at++;
    return true;
}

static bool take_key(parser *p, char out[KOOP_KEY_BYTES], const char *value) {
    if (out[0]) return refuse(p, "has a key twice");
    if (!koop_keys_is_key(value))
        return refuse(p, "has a key that is not 40 characters of Z85: it is damaged, or no key");
    memcpy(out, value, KOOP_KEY_BYTES);
    return true;
}

static bool take_property(parser *p, const char *name, const char *value) {
    bool curve = strcmp(p->section, "curve") == 0;
    if (curve && strcmp(name, "public-key") == 0) return take_key(p, p->keys.public_key, value);
    if (curve && strcmp(name, "secret-key") == 0) return take_key(p, p->keys.secret_key, value);
    if (strcmp(p->section, "metadata") != 0 || strcmp(name, "name") != 0) return true;
    if (p->named) return refuse(p, "has a name twice");
    p->named = true;
    if (koop_keys_is_name(value)) memcpy(p->keys.name, value, strlen(value) + 1);
    return true;
}

static bool take_line(parser *p, line l) {
    char name[MAX_WORD], value[MAX_VALUE] = "";
    const char *start = l.at;
    skip_spaces(&l);
    if (at_end(&l)) return true;
    size_t spaces = (size_t)(l.at - start), level = spaces / INDENT;
    if (spaces % INDENT != 0 || level > p->depth)
        return refuse(p, "is not indented by 4 spaces a level");
    if (!take_word(&l, name)) return refuse(p, "is no certificate");
    skip_spaces(&l);
    if (l.at < l.end && *l.at == '=') {
        l.at++;
        skip_spaces(&l);
        if (!take_value(p, &l, value)) return false;
        skip_spaces(&l);
    }
    if (!at_end(&l)) return refuse(p, "is no certificate");
    p->depth = level + 1;
    if (level == 0) memcpy(p->section, name, sizeof name);
    return level != 1 || take_property(p, name, value);
}

static bool take_lines(parser *p, const char *bytes, size_t size) {
    for (const char *at = bytes, *end = bytes + size; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        line l = {at, feed ? feed : end};
        if (l.end > l.at && l.end[-1] == '\r') l.end--;
        for (const char *c = l.at; c < l.end; c++)
            if ((unsigned char)*c < ' ' || *c == 0x7f)
                return refuse(p, "holds control characters: it is no certificate");
        if (!take_line(p, l)) return false;
        at = feed ? feed + 1 : end;
    }
    return p->keys.public_key[0] || refuse(p, "holds no public key: it is no certificate");
}

koop_status koop_keys_parse(const char *bytes, size_t size, koop_keys *keys, const char **why) {
    parser p = {.depth = 0};
    if (size > KOOP_KEYS_FILE_BYTES) {
        *why = "is too large for a key file";
        return KOOP_TOO_LARGE;
    }
    if (!take_lines(&p, bytes, size)) {
        *why = p.why;
        return KOOP_BAD_MESSAGE;
    }
    *keys = p.keys;
    return KOOP_OK;
}

size_t koop_keys_format(const koop_keys *keys, bool secret, char out[KOOP_KEYS_FILE_BYTES]) {
    int n = snprintf(out, KOOP_KEYS_FILE_BYTES,
                     "# CURVE key pair, %s\nmetadata\n    name = \"%s\"\ncurve\n"
                     "    public-key = \"%s\"\n",
                     secret ? "secret: never copy or show this file"
                            : "public part: give this file to the other side",
                     keys->name, keys->public_key);
    if (secret)
        n += snprintf(out + n, KOOP_KEYS_FILE_BYTES - (size_t)n, "    secret-key = \"%s\"\n",
                      keys->secret_key);
    return (size_t)n;
}

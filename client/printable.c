#include "printable.h"

#include <string.h>

static const struct {
    uint32_t first, last;
} unsafe[] = {{0x00, 0x1f},       {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},
              {0x180e, 0x180e},   {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
              {0xd800, 0xdfff},   {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
              {0xe0000, 0x10ffff}};

/* The length of a well-formed sequence of UTF-8, or 0. */
static size_t decode(const unsigned char *s, uint32_t *code) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    *code = s[0];
    if (n == 1) return 1;
    if (n == 0 || s[0] > 0xf4) return 0;
    uint32_t value = s[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        value = value << 6 | (s[i] & 0x3fu);
    }
    if (value < least[n] || value > 0x10ffff) return 0;
    *code = value;
    return n;
}

size_t koop_printable_next(const char *text, bool *safe, uint32_t *code) {
    size_t n = decode((const unsigned char *)text, code);
    *safe = n > 0;
    for (size_t i = 0; n > 0 && i < sizeof unsafe / sizeof *unsafe; i++)
        if (*code >= unsafe[i].first && *code <= unsafe[i].last) *safe = false;
    return n > 0 ? n : 1;
}

bool koop_printable_all(const char *text) {
    bool safe = true;
    uint32_t code;
    while (safe && *text) text += koop_printable_next(text, &safe, &code);
    return safe;
}

char *koop_printable(const char *text, char *out, size_t size) {
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;
    while (*text) {
        bool safe;
        uint32_t code;
        size_t n = koop_printable_next(text, &safe, &code), room = safe ? n : 4 * n;
        if (used + room >= size) break;
        for (size_t i = 0; i < n; i++) {
            unsigned char byte = (unsigned char)text[i];
            const char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
            if (safe)
                out[used++] = text[i];
            else
                memcpy(out + used + 4 * i, escape, sizeof escape);
        }
        if (!safe) used += room;
        text += n;
    }
    out[used] = '\0';
    return out;
}

#include "glyph.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct range {
    uint32_t first, last;
} range;

/* Code points that are invisible, reorder text, stick to their neighbour or mean nothing here. */
static const range unsafe_ranges[] = {
    {0x0001, 0x001F},   {0x007F, 0x009F}, {0x00AD, 0x00AD}, {0x0300, 0x036F},   {0x0483, 0x0489},
    {0x0591, 0x05BD},   {0x0610, 0x061C}, {0x064B, 0x065F}, {0x06D6, 0x06E4},   {0x070F, 0x070F},
    {0x115F, 0x1160},   {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x1AB0, 0x1AFF},   {0x1DC0, 0x1DFF},
    {0x200B, 0x200F},   {0x2028, 0x202E}, {0x2060, 0x206F}, {0x20D0, 0x20FF},   {0x302A, 0x302F},
    {0x3164, 0x3164},   {0xD800, 0xF8FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFC}, {0xFFFE, 0xFFFF}, {0x1D167, 0x1D182}, {0x1F3FB, 0x1F3FF},
    {0xE0000, 0x10FFFF}};

/* East Asian Width W and F, and emoji shown wide (Unicode 15, coarse outer bounds). */
static const range wide_ranges[] = {
    {0x1100, 0x115E},   {0x231A, 0x231B},   {0x23E9, 0x23EC},  {0x25FD, 0x25FE}, {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x26AA, 0x26AB},   {0x26BD, 0x26BE},  {0x2705, 0x2705}, {0x274C, 0x274C},
    {0x2753, 0x2755},   {0x2795, 0x2797},   {0x2B1B, 0x2B1C},  {0x2E80, 0x303E}, {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},  {0xA960, 0xA97F}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};

/* What the panels draw with, in ASCII; and in what a console font has where that is more. */
typedef struct fallback {
    uint32_t glyph;
    uint32_t block;
    char ascii;
} fallback;

static const fallback fallbacks[] = {
    {0x00B1, 0x00B1, '+'}, /* ± */
    {0x00B7, 0x00B7, '.'}, /* · */
    {0x00D7, 0x00D7, 'x'}, /* × */
    {0x2013, '-', '-'},    /* – */
    {0x2014, '-', '-'},    /* — */
    {0x2016, 0x2551, '|'}, /* ‖ */
    {0x2018, '\'', '\''},  /* ‘ */
    {0x2019, '\'', '\''},  /* ’ */
    {0x201C, '"', '"'},    /* “ */
    {0x201D, '"', '"'},    /* ” */
    {0x2022, 0x00B7, '.'}, /* • */
    {0x2026, '~', '~'},    /* … */
    {0x2212, '-', '-'},    /* − */
    {0x2265, 0x2265, '>'}, /* ≥ */
    {0x2264, 0x2264, '<'}, /* ≤ */
    {0x2500, 0x2500, '-'}, /* ─ */
    {0x2502, 0x2502, '|'}, /* │ */
    {0x2588, 0x2588, '#'}, /* █ */
    {0x2591, 0x2591, '.'}, /* ░ */
    {0x25B2, 0x25B2, '^'}, /* ▲ */
    {0x25B6, '>', '>'},    /* ▶ */
    {0x25B8, '>', '>'},    /* ▸ */
    {0x25CB, 'o', 'o'},    /* ○ */
    {0x25CF, 0x2022, '@'}, /* ● */
    {0x03BB, 'l', 'l'},    /* λ */
    {KOOP_GLYPH_UNSAFE, '?', '?'},
};

static bool within(uint32_t glyph, const range *ranges, size_t n) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (glyph > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && glyph >= ranges[low].first;
}

/* The value of a well-formed UTF-8 sequence and its length; KOOP_GLYPH_UNSAFE and 1 otherwise. */
static uint32_t decode(const unsigned char *s, int *length) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    *length = 1;
    if (n == 1) return s[0];
    if (n == 0 || s[0] > 0xF4) return KOOP_GLYPH_UNSAFE;
    uint32_t value = s[0] & (0xFFu >> (n + 1));
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80) return KOOP_GLYPH_UNSAFE;
        value = value << 6 | (s[i] & 0x3Fu);
    }
    if (value < least[n] || value > 0x10FFFF) return KOOP_GLYPH_UNSAFE;
    *length = n;
    return value;
}

uint32_t koop_glyph_next(const char **text) {
    int length;
    uint32_t glyph = decode((const unsigned char *)*text, &length);
    if (glyph == 0) return 0;
    *text += length;
    bool unsafe = within(glyph, unsafe_ranges, sizeof unsafe_ranges / sizeof *unsafe_ranges);
    return unsafe ? KOOP_GLYPH_UNSAFE : glyph;
}

int koop_glyph_width(uint32_t glyph) {
    return within(glyph, wide_ranges, sizeof wide_ranges / sizeof *wide_ranges) ? 2 : 1;
}

uint32_t koop_glyph_plain(uint32_t glyph, koop_glyphs glyphs) {
    if (glyphs == KOOP_GLYPHS_BRAILLE || glyph < 0x80) return glyph;
    for (size_t i = 0; i < sizeof fallbacks / sizeof *fallbacks; i++) {
        const fallback *f = &fallbacks[i];
        if (f->glyph == glyph)
            return glyphs == KOOP_GLYPHS_ASCII ? (uint32_t)(unsigned char)f->ascii : f->block;
    }
    return glyphs == KOOP_GLYPHS_ASCII ? '?' : glyph;
}

int koop_glyph_columns(const char *text, koop_glyphs glyphs) {
    int columns = 0;
    for (uint32_t glyph; (glyph = koop_glyph_next(&text)) != 0;)
        columns += koop_glyph_width(koop_glyph_plain(glyph, glyphs));
    return columns;
}

/* glyph: one character of text as a terminal shows it: decoding, safety, width, plain fallbacks.
 *
 * Pure, and independent of the locale. Text that comes from elsewhere (names, sentences) passes
 * through koop_glyph_next, the filter that never lets a control character, a direction override, an
 * invisible character or a broken byte reach the terminal: each becomes U+FFFD. */
#ifndef KOOP_GLYPH_H
#define KOOP_GLYPH_H

#include <stdint.h>

/* What the terminal can show. */
typedef enum koop_glyphs {
    KOOP_GLYPHS_BRAILLE, /* all of Unicode's blocks and braille */
    KOOP_GLYPHS_BLOCK,   /* half blocks and lines, as a console font has them */
    KOOP_GLYPHS_ASCII    /* nothing beyond ASCII */
} koop_glyphs;

#define KOOP_GLYPH_UNSAFE 0xFFFDu

/* Decodes the character at *text and steps over it; 0 at the end. Never reads past the NUL. */
uint32_t koop_glyph_next(const char **text);

/* Columns of a decoded character: 1, or 2 for East Asian wide ones and emoji. */
int koop_glyph_width(uint32_t glyph);

/* The character to show instead of `glyph` where only `glyphs` can be shown; of width 1 whenever
 * it differs. */
uint32_t koop_glyph_plain(uint32_t glyph, koop_glyphs glyphs);

/* Columns that all of `text` takes. */
int koop_glyph_columns(const char *text, koop_glyphs glyphs);

#endif

/* palette: colours and shapes that tell series apart, for all eyes and on paper.
 *
 * Series have the colours of Okabe and Ito (2008), which stay apart under colour blindness, and a
 * shape each, so that they stay apart without colour. Numbers have the colours of viridis (van der
 * Walt and Smith, 2015), whose lightness rises evenly. Pure. */
#ifndef KOOP_PALETTE_H
#define KOOP_PALETTE_H

#include "svg.h"

enum { KOOP_PALETTE_SERIES = 16, KOOP_PALETTE_COLOR_BYTES = 8 };

/* Of series i ≥ 0: what fills it, and the line around it. Static. */
const char *koop_palette_fill(int i);
const char *koop_palette_line(int i);
const char *koop_palette_dash(int i); /* NULL: solid */

/* "#rrggbb" of a share 0..1 of the scale (what is outside counts as its end). */
char *koop_palette_viridis(double share, char out[KOOP_PALETTE_COLOR_BYTES]);

/* The marker of series i, within `radius` around (x, y); hollow: only its outline. */
void koop_palette_marker(koop_svg *svg, int i, bool hollow, double x, double y, double radius);

#endif

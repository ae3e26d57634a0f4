/* strength: how strong a planted change is: its default and its range. */
#ifndef PLANTED_STRENGTH_H
#define PLANTED_STRENGTH_H

#include "planted.h"

/* Whether the change can have it; 0, the default, always. */
bool planted_strength_fits(planted_change change, double strength);

#endif

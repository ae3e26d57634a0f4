#include "strength.h"

#include <math.h>

typedef struct range {
    double low, high; /* both can be had, but 0 is the default */
    double standard;
    bool whole;
} range;

static const range ranges[PLANTED_CHANGES] = {
    [PLANTED_LR_DROP] = {0, 1, 0.3, false},         [PLANTED_LR_RAMP] = {1, 2, 1.01, false},
    [PLANTED_BATCH_UP] = {2, 32, 4, true},          [PLANTED_BATCH_DOWN] = {2, 4, 4, true},
    [PLANTED_LABEL_NOISE] = {0, 1, 0.5, false},     [PLANTED_WEIGHT_DECAY] = {0, 1, 0.002, false},
    [PLANTED_DYING_RELUS] = {0, 1, 1.0 / 3, false}, [PLANTED_CLASS_SUBSET] = {1, 9, 5, true},
};

double planted_default_strength(planted_change change) {
    return ranges[change].standard;
}

bool planted_strength_fits(planted_change change, double strength) {
    const range *r = &ranges[change];
    if (strength == 0) return true;
    if (!(strength >= r->low && strength <= r->high)) return false;
    if (change == PLANTED_BATCH_DOWN && strength == 3) return false;
    return !r->whole || floor(strength) == strength;
}

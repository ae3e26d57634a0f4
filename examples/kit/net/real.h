/* real: the number that the example networks compute in: float, as networks are trained.
 *
 * Compiled with KIT_REAL_DOUBLE it is double; the kit and a trainer then make a second program
 * (grok64), which tells what of a result is rounding. */
#ifndef KIT_REAL_H
#define KIT_REAL_H

#include "koopmon.h"

#ifdef KIT_REAL_DOUBLE
typedef double kit_real;
#define KIT_REAL_DTYPE KOOP_DTYPE_FLOAT64
#else
typedef float kit_real;
#define KIT_REAL_DTYPE KOOP_DTYPE_FLOAT32
#endif

#endif

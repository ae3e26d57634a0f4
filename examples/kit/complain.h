/* complain: what the trainers' programs say where something went wrong. */
#ifndef KIT_COMPLAIN_H
#define KIT_COMPLAIN_H

#include "status.h"

#include <stdbool.h>

/* One line on standard error: "PROGRAM: WHAT: REASON", the reason from errno where it is
 * KOOP_IO_FAILED and errno tells. Returns false, for `return kit_complain(…)`. */
bool kit_complain(const char *program, const char *what, koop_status status);

#endif

/* names: what models, optimisers, schedules and changes are called: "mlp", "to-adam", … */
#ifndef PLANTED_NAMES_H
#define PLANTED_NAMES_H

#include "planted.h"

extern const char *const planted_models[PLANTED_MODELS];
extern const char *const planted_optimizers[PLANTED_OPTIMIZERS];
extern const char *const planted_schedules[PLANTED_SCHEDULES];
extern const char *const planted_changes[PLANTED_CHANGES];

/* Which of the n names it is; −1: none. */
int planted_find(const char *const *names, int n, const char *name);

#endif

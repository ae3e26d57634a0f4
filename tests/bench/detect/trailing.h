/* trailing: how unusual a value is beside those before it, by median and MAD.
 *
 *     z = (x − median) / (1.4826 MAD + 1e-3 |median| + 1e-9)
 *
 * over the `reference` values that end `gap` values before x, so that a change does not enter its
 * own baseline at once; the same z as detect.h. Both are kept sorted: O(reference) a value. */
#ifndef BENCH_TRAILING_H
#define BENCH_TRAILING_H

#include "status.h"

#include <stdbool.h>

typedef struct bench_trailing bench_trailing;

/* reference ≥ 2, gap ≥ 0, 65,536 in all at most. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. */
koop_status bench_trailing_new(bench_trailing **out, int reference, int gap);
void bench_trailing_free(bench_trailing *trailing);
void bench_trailing_clear(bench_trailing *trailing);

/* Takes x, which is finite; whether there were enough values before it for *z. */
bool bench_trailing_score(bench_trailing *trailing, double x, double *z);

#endif

/* describe: what a run's HELLO says, as the first view of it.
 *
 * Makes every name safe to show and counts values and parameters. Trusts nothing: numbers come
 * from the network. */
#ifndef KOOP_DESCRIBE_H
#define KOOP_DESCRIBE_H

#include "view.h"
#include "wire.h"

#include <stddef.h>

/* Fills run, parameters, length and groups of a zeroed `view`, and the values of each group in
 * `sizes`. KOOP_BAD_ARGUMENT for another dtype than 4 or 8, no group or too many, an empty group;
 * KOOP_TOO_LARGE when a snapshot has more than `max_values` values. */
koop_status koop_describe_run(const koop_wire_hello *hello, size_t max_values, koop_view *view,
                              size_t sizes[KOOP_MAX_GROUPS]);

/* What a finished run's goodbye tells: state, dropped, and lost against what came and what the
 * journal had once, `pruned`. */
void koop_describe_bye(const koop_wire_bye *bye, uint64_t pruned, koop_run_summary *run);

/* The scalars of a snapshot. */
void koop_describe_scalars(const koop_wire_snapshot *snapshot, koop_view *view);

#endif

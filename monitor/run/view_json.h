/* view_json: views and their parts as JSON, and back (jansson). The stable form that commands print
 * (`"schema": 1`, which they put in front), that `follow` streams and that travels from the daemon
 * to the UI.
 *
 * summary {"uuid","name","host","pid","start_ms","state","phase","step","snapshots","dropped",
 *         "not_finite","refused","pending","rate","lag_s","events"}; state and phase by name
 * view    {"run": summary, "parameters","length","window","filled","eta_s","delays","rank","pca",
 *         "stride","reason", "spectrum": S | null, "previous": S | null, "signals": {…},
 *         "group_shares": [share, …], "scalars": [{"name","value": number | null (not finite)}, …],
 *         "groups": [{"name","parameters","share"}, …],
 *         "history": {"stride","columns": ["step","phase","loss",…], "points": [[…], …]},
 *         "events": [event, …]}; a history value that is not there is null
 * S       {"step","eigenvalues": [[re, im, energy, residual], …],
 *         "rates": [[growth | null (-∞), frequency], …]}; "previous" has no step
 * event   {"step","onset","kind","signal","score","reason","groups": [[name, share], …],
 *         "fired": [signal, …], "scores": {signal: score, …}, "speed_ratio"}; signal and score of
 *         the one that fired most strongly, null where none did
 *
 * Numbers are exact when dumped with JSON_REAL_PRECISION(17). A residual that is not finite is
 * null. Counters above 2^63 − 1 read as that. Later versions may add keys; readers ignore those
 * they do not know.
 *
 * Every _to_json returns a new reference or NULL when memory is out. Every _from_json refuses what
 * does not have the documented form (KOOP_BAD_MESSAGE) and checks every bound; text is taken only
 * if it holds no control character. */
#ifndef KOOP_VIEW_JSON_H
#define KOOP_VIEW_JSON_H

#include "pipeline.h"

#include <jansson.h>

#define KOOP_JSON_SCHEMA 1

json_t *koop_summary_to_json(const koop_run_summary *summary);
json_t *koop_view_to_json(const koop_view *view);
json_t *koop_spectrum_to_json(const koop_spectrum *spectrum); /* the eigenvalues of S */
json_t *koop_signals_to_json(const koop_signals *signals); /* {"speed": …}, available ones only */
json_t *koop_event_to_json(const koop_event *event, const koop_view_group *groups, int n_groups);

/* KOOP_BAD_MESSAGE, KOOP_NO_MEMORY. */
koop_status koop_summary_from_json(const json_t *json, koop_run_summary *summary);
koop_status koop_view_from_json(const json_t *json, koop_view *view);
koop_status koop_spectrum_from_json(const json_t *json, koop_spectrum *spectrum); /* no rates */

#endif

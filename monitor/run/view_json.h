/* view_json: views and their parts as JSON, and back (jansson). The stable form that commands print
 * (`"schema": 1`), that `follow` streams and that travels from the daemon to the UI.
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
json_t *koop_spectrum_to_json(const koop_spectrum *spectrum); /* [[re, im, energy, residual], …] */
json_t *koop_signals_to_json(const koop_signals *signals);    /* {"speed": …}, available ones only */
/* {"step","onset","kind","signal","score","reason", "groups": [[name, share], …]}; signal and score
 * of the one that fired most strongly */
json_t *koop_event_to_json(const koop_event *event, const koop_view_group *groups, int n_groups);

koop_status koop_summary_from_json(const json_t *json, koop_run_summary *summary);
koop_status koop_view_from_json(const json_t *json, koop_view *view);

#endif

/* print: runs, views, spectra and events in plain words, for terminals and pipes.
 *
 * Pure but for the stream: data in, UTF-8 text out. Knows no daemon and no file. */
#ifndef KOOP_PRINT_H
#define KOOP_PRINT_H

#include "view.h"

#include <jansson.h>
#include <stdio.h>

/* A table of runs; ages are counted up to now_ms (Unix time). */
void koop_print_runs(FILE *out, const koop_run_summary *runs, int n, int64_t now_ms);

void koop_print_view(FILE *out, const koop_view *view);

/* A table: modulus, re, im, growth, period in steps, energy, residual. */
void koop_print_spectrum(FILE *out, const koop_spectrum *spectrum);

void koop_print_signals(FILE *out, const koop_signals *signals); /* one line */

/* "step 12,410  since 12,380  transition  updates are 4.0× faster than expected"; no "since" where
 * the change began at the step that decided. */
void koop_print_event(FILE *out, const koop_event *event);

/* A view's events in columns, and behind them how the run ended, if it did. */
void koop_print_events(FILE *out, const koop_view *view);

/* An event or a state as a line that follow takes: the same with the run's name in front. */
void koop_print_line(FILE *out, const json_t *line);

/* The daemon's own status, as the JSON it answers: one line, and one for each counter that is not
 * zero. */
void koop_print_daemon(FILE *out, json_t *status);

/* `json` on one line, newline included; takes the reference. NULL counts as out of memory. 0, or
 * an exit code after a complaint. */
int koop_print_json(FILE *out, json_t *json);

/* The same without the newline, for a part of something that is larger than memory should hold. */
int koop_print_json_part(FILE *out, json_t *json);

/* A path or another text from outside, as printable.h makes it safe, on one line of `out`. */
enum { KOOP_PRINT_PATH_BYTES = 16384 };
const char *koop_print_path(const char *path, char out[KOOP_PRINT_PATH_BYTES]);

/* A JSON string of any bytes: what is not UTF-8 is written as \xNN. New reference. */
json_t *koop_print_string(const char *text);

#endif

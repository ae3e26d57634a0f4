/* runs: the state that the daemon publishes: every run's view and what is known of its trainer.
 *
 * One mutex around it all, held for a copy at most and never with another lock. Runs are named by
 * their uuid's bytes; a run that is not (or no longer) there is ignored by those who feed it.
 *   ingest   admits runs, reports what it heard, journaled and refused
 *   compute  puts views, says when a run's goodbye was reached
 *   main     lists, finds and copies out
 * At most KOOP_VIEW_RUNS: to admit another, the run longest finished gives way, else the one
 * longest stalled (its journal stays); live ones never do.
 *
 * A view that is copied out carries what only the daemon knows: state, rate, lag_s, pending,
 * refused, lost, damaged, quarantined, failing, eta_s, the present process id. */
#ifndef KOOP_RUNS_H
#define KOOP_RUNS_H

#include "view.h"
#include "wire.h"

typedef struct koop_runs koop_runs;

typedef struct koop_runs_totals {
    int runs;
    int failing;             /* of them, with a journal that cannot be written at the moment */
    uint64_t snapshots;      /* journaled by this process, all runs */
    uint64_t bytes;          /* of their data */
    uint64_t malformed;      /* messages that are none */
    uint64_t refused;        /* well-formed, but misshapen or above a limit */
    uint64_t pipeline_bytes; /* that compute holds for the runs' pipelines */
} koop_runs_totals;

/* `blank` is what a run shows before its first view (window, rank, …); copied. */
koop_status koop_runs_new(koop_runs **out, const koop_view *blank);
void koop_runs_free(koop_runs *runs); /* NULL is allowed */

/* Ingest. Times are koop_clock_ms. */

/* Adds the run, or finds it again: as stalled and never heard (recovered from its journal), or as
 * live. `last_seq` is the highest seq in the journal; that of the first admission bounds a replay.
 * KOOP_TOO_LARGE: full of live runs; KOOP_NO_MEMORY. */
koop_status koop_runs_recover(koop_runs *runs, const koop_wire_hello *hello);
koop_status koop_runs_admit(koop_runs *runs, const koop_wire_hello *hello, uint64_t last_seq,
                            int64_t now_ms);
bool koop_runs_has(koop_runs *runs, const uint8_t *run);
/* Whether a run that is not there may be admitted now: 256 at once, 10 a second. If so it counts. */
bool koop_runs_may_begin(koop_runs *runs, const uint8_t *run, int64_t now_ms);
bool koop_runs_has_room(koop_runs *runs, const uint8_t *run); /* whether it would be admitted */
void koop_runs_heard(koop_runs *runs, const uint8_t *run, int64_t now_ms);
void koop_runs_leaving(koop_runs *runs, const uint8_t *run); /* said goodbye: not to be stalled */
void koop_runs_journaled(koop_runs *runs, const uint8_t *run, size_t bytes, int64_t now_ms);
/* Whether an item goes through the queue, the run's journaled snapshot `seq` or what follows it: if
 * so its bytes are in the run's share until koop_runs_unqueue. If not (no `room` in the queue, the
 * share is used up, or others before it did not either) the run is behind, until compute reads on
 * in its journal. */
bool koop_runs_queue(koop_runs *runs, const uint8_t *run, uint64_t seq, size_t bytes, size_t share,
                     bool room);
bool koop_runs_is_behind(koop_runs *runs, const uint8_t *run);
void koop_runs_malformed(koop_runs *runs, const uint8_t *run); /* NULL: of no known run */
void koop_runs_refused(koop_runs *runs, const uint8_t *run);   /* NULL: of no known run */
void koop_runs_failing(koop_runs *runs, const uint8_t *run, bool failing);
/* There is no memory for its window: nothing will ever need what is in its journal. Compute says so. */
void koop_runs_unwatched(koop_runs *runs, const uint8_t *run, bool unwatched);
bool koop_runs_is_unwatched(koop_runs *runs, const uint8_t *run);
/* So many ranges of its journal are damaged, so many files in its quarantine: the most that anyone
 * found is shown. Compute says so too. */
void koop_runs_damaged(koop_runs *runs, const uint8_t *run, uint64_t damaged, uint64_t quarantined);
/* Live runs not heard for stall_ms become stalled. */
void koop_runs_stall(koop_runs *runs, int64_t now_ms, int64_t stall_ms);

/* The run's journal was deleted: it is shown no more, unless it is live. `uuid` as text. */
void koop_runs_forget(koop_runs *runs, const char *uuid);

/* Compute. */

/* Snapshots of the run above this seq come through the queue; UINT64_MAX when none do. */
uint64_t koop_runs_replay_limit(koop_runs *runs, const uint8_t *run);
void koop_runs_unqueue(koop_runs *runs, const uint8_t *run, size_t bytes);
/* A run that is behind and of which nothing is queued. It is behind no more: what comes after
 * *seq comes through the queue, up to it all is in the journal, *journaled of this process. */
bool koop_runs_take_behind(koop_runs *runs, uint8_t run[KOOP_WIRE_UUID_BYTES], uint64_t *seq,
                           uint64_t *journaled);
void koop_runs_caught_up(koop_runs *runs, const uint8_t *run, uint64_t journaled);
/* `computed` snapshots are pending no more; the view is the run's now. lag_s < 0: unknown. */
void koop_runs_put(koop_runs *runs, const uint8_t *run, const koop_view *view, uint64_t computed,
                   double lag_s);
void koop_runs_explain(koop_runs *runs, const uint8_t *run, const char *reason); /* no view: why */
/* The goodbye was reached, the view put: finished, unless its trainer has come back since. What the
 * trainer published and neither dropped nor brought into the view is lost, but for what the journal
 * had once (koop_journal_pruned). */
void koop_runs_finish(koop_runs *runs, const uint8_t *run, const koop_wire_bye *bye,
                      uint64_t pruned);
/* What all pipelines together hold from now on. */
void koop_runs_hold(koop_runs *runs, uint64_t pipeline_bytes);
/* Milliseconds since the run was last heard of if it is stalled or finished (a recovered run: since
 * it was recovered), 0 while live, -1 when there is no such run. */
int64_t koop_runs_idle_ms(koop_runs *runs, const uint8_t *run, int64_t now_ms);

/* Anyone. */

/* Milliseconds since the run (its uuid as text) was last heard of, or recovered; -1 when there is no
 * such run. *heard: its trainer spoke to this process. */
int64_t koop_runs_silent_ms(koop_runs *runs, const char *uuid, int64_t now_ms, bool *heard);

/* All runs, newest first, at most `capacity`; returns their number. */
int koop_runs_list(koop_runs *runs, koop_run_summary *out, int capacity, int64_t now_ms);
/* By name (the newest of that name), uuid, or uuid prefix of ≥ 4 digits that only one run has.
 * KOOP_NOT_FOUND. */
koop_status koop_runs_find(koop_runs *runs, const char *name, uint8_t run[KOOP_WIRE_UUID_BYTES]);
koop_status koop_runs_view(koop_runs *runs, const uint8_t *run, int64_t now_ms, koop_view *out);
koop_runs_totals koop_runs_get_totals(koop_runs *runs);
/* Bytes of the snapshots that the runs' windows hold, of at most `capacity` each. */
uint64_t koop_runs_window_bytes(koop_runs *runs, int capacity);

void koop_uuid_text(const uint8_t run[KOOP_WIRE_UUID_BYTES], char out[KOOP_VIEW_UUID_BYTES]);

#endif

/* alerts: what happens to runs in, alerts out to whom the rules name: at least once, with one id.
 *
 * Puts together what is to be sent (rule.h, policy.h), what is kept of it (outbox.h) and who brings it
 * (courier.h). Behind one mutex, which is held for no delivery, and for no wait but that of a write to
 * the outbox; the disk is waited for without it, but where the file is rewritten as a whole.
 *
 * Nothing is lost: an event is in the outbox before a checkpoint of its run is written
 * (koop_alerts_keep), so what a killed daemon had not noted is computed again. Nothing is told under
 * another id, and what was considered is not considered again: see watch.h.
 *
 * Old events are not told. A run is watched from its first snapshot on if its trainer began after the
 * outbox was made; any other from where its journal ended when it was first read to the end, by
 * a watch that is noted then. So events from before there were rules, or from before there was an
 * outbox, are none to alert of; and what happened while the daemon was not running is. */
#ifndef KOOP_ALERTS_H
#define KOOP_ALERTS_H

#include "courier.h"

enum { KOOP_ALERTS_PATIENCE_MS = 86400000 }; /* then an alert is given up */

typedef struct koop_alerts_options {
    const char *data_dir;          /* read by the constructor only */
    koop_courier_deliver *deliver; /* koop_channel_deliver */
} koop_alerts_options;

typedef struct koop_alerts_count { /* since the daemon began */
    char rule[KOOP_CONFIG_SUBNAME_BYTES];
    uint64_t sent;
    uint64_t failed;     /* given up: refused, too old, or too many */
    uint64_t suppressed; /* by cooldown or bucket */
    int waiting;         /* now */
    bool failing;        /* the last try failed */
} koop_alerts_count;

typedef struct koop_alerts koop_alerts;

/* Opens the outbox; without rules until koop_alerts_set_rules. `why`: koop_outbox_open. */
koop_status koop_alerts_new(koop_alerts **out, const koop_alerts_options *options, int64_t now_ms,
                            char why[KOOP_OUTBOX_WHY_BYTES]);

/* Ends deliveries; what is not delivered is in the outbox. NULL is allowed. */
void koop_alerts_free(koop_alerts *alerts);
void koop_alerts_stop(koop_alerts *alerts); /* begins with that, does not wait */

/* All times are Unix milliseconds. */

/* Main thread. Waits for deliveries by rules that are gone or changed to end, 2 s at most. */
koop_status koop_alerts_set_rules(koop_alerts *alerts, const koop_rules *rules);

/* Main thread, about once a second for each run: its state. `heard`: its trainer spoke to this
 * process; if not, the end of its journal may still say that it is finished, and it has not stalled
 * before koop_alerts_watch was called. `silent`: for so long that a stall is to be told. */
void koop_alerts_state(koop_alerts *alerts, const koop_run_summary *run, bool heard, bool silent,
                       int64_t now_ms);
void koop_alerts_tick(koop_alerts *alerts, int64_t now_ms); /* about once a second: what is due */
void koop_alerts_forget(koop_alerts *alerts, const char *run); /* its journal is deleted */

/* Compute thread; NULL as `alerts` does nothing. A run is to be read from its journal. */
void koop_alerts_begin(koop_alerts *alerts, const char *run, int64_t start_ms);
/* It was read up to `seq`. */
void koop_alerts_watch(koop_alerts *alerts, const char *run, uint64_t seq);
/* The snapshot `seq` gave the event; `view` is the run's. */
void koop_alerts_event(koop_alerts *alerts, const koop_view *view, uint64_t seq,
                       const koop_event *event, int64_t now_ms);
/* The snapshot `seq` was finite, and the phase is now this one. Again and again is once. One from
 * before the last event that was considered, of a journal that is read again, ends nothing. */
void koop_alerts_phase(koop_alerts *alerts, const char *run, uint64_t seq, koop_phase phase,
                       int64_t now_ms);
/* Before what would not be computed again is left behind: whether all is in the file, and with
 * `synced` on the disk. */
bool koop_alerts_keep(koop_alerts *alerts, bool synced);

/* Any thread. Returns the number of rules. */
int koop_alerts_counts(koop_alerts *alerts, koop_alerts_count counts[KOOP_RULES_MAX]);

/* How many wait of rules that are no more. */
int koop_alerts_orphans(koop_alerts *alerts);

#endif

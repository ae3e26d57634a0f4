/* policy: whether an alert is sent now, for one rule and one run. Pure; the time is passed in.
 *
 * Each kind of alert is a condition. It is raised when the kind happens, and again each time it
 * happens; it ends when what was alerted is over. A condition that was sent is open until it has
 * been quiet (neither raised nor going on) for a cooldown. While it is open
 *   - raised within a cooldown of when it was last raised, it is not sent again but counted, and the
 *     next one sent tells the count; so a signal that goes to and fro is one condition. Where it
 *     never rests it is sent again every KOOP_POLICY_REMIND_MS, or cooldown if that is longer;
 *   - when it has ended, and was quiet for a cooldown, it is resolved: once, and only if it was sent.
 * A condition raised after it was quiet for a cooldown is a new one.
 *
 * A token bucket bounds all that one rule sends of one run: what finds it empty is counted too; a
 * resolved one waits for a token.
 *
 * Times are Unix milliseconds, because the state outlives the process; a clock that was set back
 * counts as standing still. The same calls give the same answers. */
#ifndef KOOP_POLICY_H
#define KOOP_POLICY_H

#include "alert.h"
#include "bucket.h"
#include "state.h"

enum {
    KOOP_POLICY_BURST = 20,    /* at once, */
    KOOP_POLICY_PER_HOUR = 60, /* and in the long run */
    KOOP_POLICY_REMIND_MS = 3600000
};

typedef struct koop_policy_condition {
    bool raised;         /* ever; if not, all below is 0 */
    bool open;           /* sent, and not yet over */
    bool sent;           /* as far as is known it will arrive: it may be resolved */
    bool ended;          /* since ended_ms */
    uint64_t number;     /* of the one that was sent last, or raised first: its maker's */
    uint64_t suppressed; /* since then */
    int64_t sent_ms, raised_ms, ended_ms;
} koop_policy_condition;

typedef struct koop_policy { /* zero-initialise */
    koop_policy_condition of[KOOP_ALERT_KINDS];
    koop_bucket bucket;
} koop_policy;

/* The kind happened, as its `number`-th by whatever count. Whether it is to be sent; then
 * *suppressed tells how many of the kind were not, since the last one that was. The number of the
 * one sent last, again, is that one again, and not counted. */
bool koop_policy_raise(koop_policy *policy, koop_alert_kind kind, uint64_t number,
                       int64_t cooldown_ms, int64_t now_ms, uint64_t *suppressed);

/* It is over (again and again is once). */
void koop_policy_end(koop_policy *policy, koop_alert_kind kind, int64_t now_ms);

/* It goes on after all, or again, though it is not raised. */
void koop_policy_go_on(koop_policy *policy, koop_alert_kind kind);

/* A condition that is to be told as resolved now, by the number of what it resolves; it is closed.
 * To be called until it says false. */
bool koop_policy_resolve(koop_policy *policy, int64_t cooldown_ms, int64_t now_ms,
                         koop_alert_kind *kind, uint64_t *number);

/* What was to be sent at `sent_ms` will never arrive: it is not to be resolved either. */
void koop_policy_lost(koop_policy *policy, koop_alert_kind kind, int64_t sent_ms);

/* Saves or loads it. */
void koop_policy_exchange(koop_policy *policy, koop_state *state);

#endif

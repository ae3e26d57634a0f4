#include "alerts_internal.h"

#include "clock.h"
#include "log.h"

#include <string.h>

enum { MEND_EVERY_MS = 2000 };

static int64_t cooldown_ms(const koop_rule *rule) {
    return (int64_t)rule->cooldown_s * 1000;
}

static koop_parcel *new_parcel(koop_alerts *alerts, int n, const koop_rule *rule,
                               const koop_alert *alert, uint64_t number) {
    koop_parcel *parcel = &alerts->parcels[n];
    memset(parcel, 0, sizeof *parcel);
    strcpy(parcel->rule, rule->name);
    parcel->alert = *alert;
    koop_watch_id(alert->run, rule->name, alert->kind, number, parcel->alert.id);
    return parcel;
}

/* The alert happened, as the number-th: to all rules that want it, and whose policy lets it. */
static void raise_alert(koop_alerts *alerts, koop_watch *watch, const koop_alert *alert,
                        uint64_t number) {
    int n = 0;
    for (int i = 0; i < alerts->rules.n; i++) {
        const koop_rule *rule = &alerts->rules.rule[i];
        if (!koop_rule_wants(rule, alert)) continue;
        koop_policy *policy = koop_watch_policy(watch, rule->name);
        uint64_t suppressed = 0;
        if (!policy || !koop_policy_raise(policy, alert->kind, number, cooldown_ms(rule),
                                          alert->time_ms, &suppressed))
            alerts->lines[i].count.suppressed++;
        else
            new_parcel(alerts, n++, rule, alert, number)->alert.suppressed = suppressed;
    }
    koop_alerts_note(alerts, watch, n);
}

static void end_kind(koop_watch *watch, koop_alert_kind kind, int64_t now_ms) {
    for (int i = 0; i < watch->n_rules; i++) koop_policy_end(&watch->rules[i].policy, kind, now_ms);
}

static void go_on_kind(koop_watch *watch, koop_alert_kind kind) {
    for (int i = 0; i < watch->n_rules; i++) koop_policy_go_on(&watch->rules[i].policy, kind);
}

void koop_alerts_begin(koop_alerts *alerts, const char *run, int64_t start_ms) {
    if (!alerts) return;
    pthread_mutex_lock(&alerts->mutex);
    koop_watch *watch = koop_outbox_watch(alerts->outbox, run);
    if (!watch && start_ms >= koop_outbox_began_ms(alerts->outbox)) {
        watch = koop_outbox_add_watch(alerts->outbox, run);
        if (watch) watch->state = KOOP_WATCH_LIVE;
        if (watch) koop_alerts_note(alerts, watch, 0);
    }
    pthread_mutex_unlock(&alerts->mutex);
}

void koop_alerts_watch(koop_alerts *alerts, const char *run, uint64_t seq) {
    if (!alerts) return;
    pthread_mutex_lock(&alerts->mutex);
    koop_watch *watch = koop_outbox_watch(alerts->outbox, run);
    if (!watch) {
        watch = koop_outbox_add_watch(alerts->outbox, run);
        if (watch) watch->seq = seq;
        if (watch) koop_alerts_note(alerts, watch, 0);
    }
    if (watch) watch->computed = true;
    pthread_mutex_unlock(&alerts->mutex);
}

static void describe(koop_watch *watch, const koop_run_summary *run) {
    strcpy(watch->name, run->name);
    strcpy(watch->host, run->host);
    watch->step = run->step;
}

/* An alert of the run, without a reason. */
static koop_alert begin_alert(const koop_watch *watch, koop_alert_kind kind, int64_t now_ms) {
    koop_alert alert = {.kind = kind, .step = watch->step, .onset = watch->step, .time_ms = now_ms};
    strcpy(alert.run, watch->run);
    strcpy(alert.name, watch->name);
    strcpy(alert.host, watch->host);
    return alert;
}

static void tell_event(koop_alerts *alerts, koop_watch *watch, const koop_view *view, uint64_t seq,
                       const koop_event *event, int64_t now_ms) {
    koop_alert alert = begin_alert(watch, (koop_alert_kind)event->kind, now_ms);
    alert.step = event->step;
    alert.onset = event->onset;
    memcpy(alert.sentence, event->sentence, sizeof alert.sentence);
    for (int g = 0; g < event->n_top && view->n_groups > 1; g++) {
        koop_alert_group *group = &alert.group[alert.n_groups++];
        strcpy(group->name, view->groups[event->top_group[g]].name);
        group->share = event->top_share[g];
    }
    raise_alert(alerts, watch, &alert, seq);
}

void koop_alerts_event(koop_alerts *alerts, const koop_view *view, uint64_t seq,
                       const koop_event *event, int64_t now_ms) {
    if (!alerts) return;
    pthread_mutex_lock(&alerts->mutex);
    koop_watch *watch = koop_outbox_watch(alerts->outbox, view->run.uuid);
    if (watch && koop_watch_consider(watch, seq, (koop_alert_kind)event->kind)) {
        describe(watch, &view->run);
        tell_event(alerts, watch, view, seq, event, now_ms);
    }
    pthread_mutex_unlock(&alerts->mutex);
}

void koop_alerts_phase(koop_alerts *alerts, const char *run, uint64_t seq, koop_phase phase,
                       int64_t now_ms) {
    static const koop_alert_kind kinds[] = {KOOP_ALERT_TRANSITION, KOOP_ALERT_DIVERGING};
    if (!alerts) return;
    pthread_mutex_lock(&alerts->mutex);
    koop_watch *watch = koop_outbox_watch(alerts->outbox, run);
    if (watch && seq < watch->seq) watch = NULL;
    for (int k = 0; watch && k < 2; k++) {
        if (phase == KOOP_PHASE_STEADY || phase == KOOP_PHASE_SETTLED)
            end_kind(watch, kinds[k], now_ms);
        else
            go_on_kind(watch, kinds[k]);
    }
    if (watch) end_kind(watch, KOOP_ALERT_NOT_FINITE, now_ms);
    if (watch) watch->settled = phase == KOOP_PHASE_SETTLED;
    pthread_mutex_unlock(&alerts->mutex);
}

/* Where a run is seen for the first time, its state is none that it came into. */
static void stall(koop_alerts *alerts, koop_watch *watch, int64_t now_ms) {
    const bool told = watch->state != KOOP_WATCH_UNKNOWN;
    watch->state = KOOP_WATCH_STALLED;
    koop_alert alert = begin_alert(watch, KOOP_ALERT_STALLED, now_ms);
    strcpy(alert.sentence, "its trainer is not heard any more: it died, was stopped or is cut off");
    if (told)
        raise_alert(alerts, watch, &alert, ++watch->stalls);
    else
        koop_alerts_note(alerts, watch, 0);
}

static void finish(koop_alerts *alerts, koop_watch *watch, int64_t now_ms) {
    const bool told = watch->state != KOOP_WATCH_UNKNOWN;
    watch->state = KOOP_WATCH_FINISHED;
    for (int k = 0; k < KOOP_ALERT_KINDS; k++)
        if (koop_alert_kind_lasts((koop_alert_kind)k)) end_kind(watch, (koop_alert_kind)k, now_ms);
    koop_alert alert = begin_alert(watch, KOOP_ALERT_FINISHED, now_ms);
    strcpy(alert.sentence, "its trainer said goodbye");
    if (told)
        raise_alert(alerts, watch, &alert, ++watch->ends);
    else
        koop_alerts_note(alerts, watch, 0);
}

void koop_alerts_state(koop_alerts *alerts, const koop_run_summary *run, bool heard, bool silent,
                       int64_t now_ms) {
    pthread_mutex_lock(&alerts->mutex);
    koop_watch *watch = koop_outbox_watch(alerts->outbox, run->uuid);
    const koop_watch_state before = watch ? watch->state : KOOP_WATCH_UNKNOWN;
    if (watch) describe(watch, run);
    if (watch && run->state == KOOP_RUN_LIVE) {
        watch->state = KOOP_WATCH_LIVE;
        end_kind(watch, KOOP_ALERT_STALLED, now_ms);
        if (before != KOOP_WATCH_LIVE) koop_alerts_note(alerts, watch, 0);
    } else if (watch && run->state == KOOP_RUN_STALLED) {
        const bool may = before == KOOP_WATCH_LIVE || before == KOOP_WATCH_UNKNOWN;
        if (may && silent && (heard || watch->computed)) stall(alerts, watch, now_ms);
    } else if (watch && before != KOOP_WATCH_FINISHED) {
        finish(alerts, watch, now_ms);
    }
    pthread_mutex_unlock(&alerts->mutex);
}

static const char *why_over(const koop_watch *watch, koop_alert_kind kind) {
    if (watch->state == KOOP_WATCH_FINISHED) return "the run has finished";
    if (kind == KOOP_ALERT_STALLED) return "its trainer is heard again";
    if (kind == KOOP_ALERT_NOT_FINITE) return "its weights are finite again";
    return watch->settled ? "nothing more is being learned" : "steady again";
}

static void resolve_watch(koop_alerts *alerts, koop_watch *watch, int64_t now_ms) {
    int n = 0;
    for (int i = 0; i < alerts->rules.n; i++) {
        const koop_rule *rule = &alerts->rules.rule[i];
        koop_policy *policy = koop_watch_find(watch, rule->name);
        koop_alert_kind kind;
        uint64_t number;
        if (!policy || !koop_policy_resolve(policy, cooldown_ms(rule), now_ms, &kind, &number))
            continue;
        koop_alert alert = begin_alert(watch, kind, now_ms);
        alert.resolved = true;
        strcpy(alert.sentence, why_over(watch, kind));
        new_parcel(alerts, n++, rule, &alert, number);
    }
    if (n > 0) koop_alerts_note(alerts, watch, n);
}

static void give_up_old(koop_alerts *alerts, int64_t now_ms) {
    const koop_parcel *parcel;
    for (size_t i = 0; (parcel = koop_outbox_parcel(alerts->outbox, i));) {
        if (!parcel->taken && now_ms - parcel->alert.time_ms > KOOP_ALERTS_PATIENCE_MS) {
            koop_alerts_give_up(alerts, parcel, "not delivered for a day");
            i = 0;
        } else {
            i++;
        }
    }
}

static void mend(koop_alerts *alerts) {
    char why[KOOP_OUTBOX_WHY_BYTES];
    bool kept = koop_outbox_is_kept(alerts->outbox, why);
    if (!kept && !alerts->complained) {
        koop_log(KOOP_LOG_ERROR,
                 "alerts cannot be kept: %s; they are sent from memory, and it is tried again",
                 why);
        alerts->complained = true;
    }
    if (koop_clock_ms() < alerts->mend_ms) return;
    alerts->mend_ms = koop_clock_ms() + MEND_EVERY_MS;
    koop_outbox_mend(alerts->outbox);
    kept = koop_outbox_is_kept(alerts->outbox, why);
    if (kept && alerts->complained) koop_log(KOOP_LOG_WARNING, "alerts can be kept again");
    if (kept) alerts->complained = false;
}

void koop_alerts_tick(koop_alerts *alerts, int64_t now_ms) {
    koop_watch *watch;
    pthread_mutex_lock(&alerts->mutex);
    for (size_t i = 0; (watch = koop_outbox_watch_at(alerts->outbox, i)); i++)
        resolve_watch(alerts, watch, now_ms);
    give_up_old(alerts, now_ms);
    mend(alerts);
    pthread_mutex_unlock(&alerts->mutex);
}

void koop_alerts_forget(koop_alerts *alerts, const char *run) {
    pthread_mutex_lock(&alerts->mutex);
    koop_outbox_forget(alerts->outbox, run);
    pthread_mutex_unlock(&alerts->mutex);
}

#include "alerts_internal.h"

#include "clock.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_MS = 60000, PAUSE_MS = 1000 /* between two tries by a rule that fails */ };

static void lock(koop_alerts *alerts) {
    pthread_mutex_lock(&alerts->mutex);
}

static void unlock(koop_alerts *alerts) {
    pthread_mutex_unlock(&alerts->mutex);
}

koop_status koop_alerts_new(koop_alerts **out, const koop_alerts_options *options, int64_t now_ms,
                            char why[KOOP_OUTBOX_WHY_BYTES]) {
    koop_alerts *alerts = calloc(1, sizeof *alerts);
    why[0] = '\0';
    if (!alerts) return KOOP_NO_MEMORY;
    alerts->deliver = options->deliver;
    const koop_status status = koop_outbox_open(&alerts->outbox, options->data_dir, now_ms, why);
    if (status != KOOP_OK) {
        free(alerts);
        return status;
    }
    pthread_mutex_init(&alerts->mutex, NULL);
    *out = alerts;
    return KOOP_OK;
}

void koop_alerts_stop(koop_alerts *alerts) {
    for (int i = 0; alerts && i < alerts->rules.n; i++)
        if (alerts->lines[i].courier) koop_courier_stop(alerts->lines[i].courier);
}

void koop_alerts_free(koop_alerts *alerts) {
    if (!alerts) return;
    koop_alerts_stop(alerts);
    for (int i = 0; i < alerts->rules.n; i++) koop_courier_free(alerts->lines[i].courier);
    koop_outbox_close(alerts->outbox);
    pthread_mutex_destroy(&alerts->mutex);
    free(alerts);
}

static koop_alerts_line *find_line(koop_alerts *alerts, const char *rule) {
    for (int i = 0; i < alerts->rules.n; i++)
        if (strcmp(alerts->rules.rule[i].name, rule) == 0) return &alerts->lines[i];
    return NULL;
}

void koop_alerts_give_up(koop_alerts *alerts, const koop_parcel *parcel, const char *why) {
    const koop_parcel lost = *parcel;
    koop_alerts_line *line = find_line(alerts, lost.rule);
    koop_watch *watch = koop_outbox_watch(alerts->outbox, lost.alert.run);
    koop_policy *policy = watch ? koop_watch_find(watch, lost.rule) : NULL;
    if (line) line->count.failed++;
    if (why)
        koop_log(KOOP_LOG_WARNING, "alert \"%s\": given up, %s of run %s at step %lld%s: %s",
                 lost.rule, koop_alert_kind_name(lost.alert.kind), lost.alert.name,
                 (long long)lost.alert.step, lost.alert.resolved ? " resolved" : "", why);
    koop_outbox_done(alerts->outbox, lost.number);
    if (lost.alert.resolved) return;
    if (policy) koop_policy_lost(policy, lost.alert.kind, lost.alert.time_ms);
    const koop_parcel *other;
    for (size_t i = 0; (other = koop_outbox_parcel(alerts->outbox, i)); i++) {
        if (strcmp(other->alert.id, lost.alert.id) != 0 || other->taken) continue;
        koop_outbox_done(alerts->outbox, other->number);
        return;
    }
}

/* After the rule got one more. Said of the first, not of each. */
static void make_room(koop_alerts *alerts, const char *rule) {
    const koop_parcel *surplus = koop_outbox_surplus(alerts->outbox, rule);
    koop_alerts_line *line = find_line(alerts, rule);
    if (!surplus) return;
    koop_alerts_give_up(alerts, surplus, line && line->full ? NULL : "too many wait");
    if (line) line->full = true;
}

void koop_alerts_note(koop_alerts *alerts, koop_watch *watch, int n) {
    if (koop_outbox_note(alerts->outbox, watch, alerts->parcels, n) != KOOP_OK) {
        koop_log(KOOP_LOG_ERROR, "alerts of run %s are lost: out of memory", watch->name);
        return;
    }
    for (int i = 0; i < n; i++) {
        make_room(alerts, alerts->parcels[i].rule);
        const koop_alerts_line *line = find_line(alerts, alerts->parcels[i].rule);
        if (line && line->courier) koop_courier_wake(line->courier);
    }
}

bool koop_alerts_keep(koop_alerts *alerts, bool synced) {
    char why[KOOP_OUTBOX_WHY_BYTES];
    uint64_t mark;
    if (!alerts) return true;
    lock(alerts);
    bool kept = koop_outbox_is_kept(alerts->outbox, why);
    const int fd = kept && synced ? koop_outbox_unsynced(alerts->outbox, &mark) : -1;
    unlock(alerts);
    if (fd < 0) return kept;
    kept = fdatasync(fd) == 0;
    close(fd);
    lock(alerts);
    koop_outbox_synced(alerts->outbox, mark, kept);
    unlock(alerts);
    return kept;
}

/* Whether an alert that it says is over waits before it. */
static bool has_its_alert_before(const koop_alerts *alerts, size_t at) {
    const koop_parcel *parcel = koop_outbox_parcel(alerts->outbox, at);
    for (size_t i = 0; parcel->alert.resolved && i < at; i++)
        if (strcmp(koop_outbox_parcel(alerts->outbox, i)->alert.id, parcel->alert.id) == 0)
            return true;
    return false;
}

/* The oldest that is due; else NULL and how long until one is. */
static koop_parcel *find_due(koop_alerts *alerts, const koop_rule *rule, int64_t *wait_ms) {
    const koop_alerts_line *line = find_line(alerts, rule->name);
    const int64_t now_ms = koop_clock_ms();
    koop_parcel *parcel;
    *wait_ms = LONGEST_MS;
    for (size_t i = 0; line && (parcel = koop_outbox_parcel(alerts->outbox, i)); i++) {
        if (strcmp(parcel->rule, rule->name) != 0 || has_its_alert_before(alerts, i)) continue;
        const int64_t due_ms = parcel->due_ms > line->pause_ms ? parcel->due_ms : line->pause_ms;
        if (due_ms <= now_ms) return parcel;
        if (due_ms - now_ms < *wait_ms) *wait_ms = due_ms - now_ms;
    }
    return NULL;
}

/* Delivered only once the disk has it; where none takes it, nevertheless. */
static bool next(void *context, const koop_rule *rule, koop_parcel *parcel, int64_t *wait_ms) {
    koop_alerts *alerts = context;
    lock(alerts);
    koop_parcel *found = find_due(alerts, rule, wait_ms);
    if (found) found->taken = true;
    if (found) *parcel = *found;
    unlock(alerts);
    if (found) koop_alerts_keep(alerts, true);
    return found;
}

static void on_delivered(koop_alerts_line *line, const koop_parcel *parcel) {
    if (line->failures > 0)
        koop_log(KOOP_LOG_INFO, "alert \"%s\": delivered again, after %d failure%s", parcel->rule,
                 line->failures, line->failures == 1 ? "" : "s");
    line->failures = 0;
    line->full = false;
    line->count.sent++;
}

/* Said when it begins, not at every try. */
static void on_failed(koop_alerts_line *line, koop_parcel *parcel, const koop_outcome *outcome) {
    const int64_t now_ms = koop_clock_ms();
    const int64_t asked_ms = (int64_t)outcome->retry_after_s * 1000;
    parcel->tries++;
    parcel->due_ms =
        now_ms + koop_courier_delay_ms(parcel->number, parcel->tries, outcome->retry_after_s);
    line->pause_ms = now_ms + (asked_ms > PAUSE_MS ? asked_ms : PAUSE_MS);
    if (line->failures++ == 0)
        koop_log(KOOP_LOG_WARNING, "alert \"%s\": not delivered: %s; it is tried again for a day",
                 parcel->rule, outcome->what);
}

static void report(void *context, const koop_rule *rule, const koop_parcel *delivered,
                   const koop_outcome *outcome) {
    koop_alerts *alerts = context;
    lock(alerts);
    koop_parcel *parcel = koop_outbox_find(alerts->outbox, delivered->number);
    koop_alerts_line *line = find_line(alerts, rule->name);
    if (parcel) parcel->taken = false;
    if (parcel && line && outcome->delivery == KOOP_DELIVERED) {
        on_delivered(line, parcel);
        koop_outbox_done(alerts->outbox, parcel->number);
    } else if (parcel && line && outcome->delivery == KOOP_DELIVERY_FAILED) {
        on_failed(line, parcel, outcome);
    } else if (parcel && outcome->delivery == KOOP_DELIVERY_REFUSED) {
        koop_alerts_give_up(alerts, parcel, outcome->what);
    }
    unlock(alerts);
}

static bool is_same(const koop_rule *a, const koop_rule *b) {
    koop_rule copy = *a; /* where it stands in the file changes nothing */
    copy.line = b->line;
    memcpy(copy.lines, b->lines, sizeof copy.lines);
    return memcmp(&copy, b, sizeof copy) == 0;
}

/* Ends the couriers of rules that are not as they were; all at once, so that it takes as long as one. */
static void end_couriers(koop_alerts *alerts, const koop_rules *rules) {
    koop_courier *ended[KOOP_RULES_MAX];
    int n = 0;
    lock(alerts);
    for (int i = 0; i < alerts->rules.n; i++) {
        const koop_rule *now = koop_rules_find(rules, alerts->rules.rule[i].name);
        if (now && is_same(now, &alerts->rules.rule[i])) continue;
        ended[n++] = alerts->lines[i].courier;
        alerts->lines[i].courier = NULL;
    }
    unlock(alerts);
    for (int i = 0; i < n; i++)
        if (ended[i]) koop_courier_stop(ended[i]);
    for (int i = 0; i < n; i++) koop_courier_free(ended[i]);
}

/* With the mutex held. */
static void take_rules(koop_alerts *alerts, const koop_rules *rules) {
    koop_alerts_line lines[KOOP_RULES_MAX];
    koop_watch *watch;
    memset(lines, 0, sizeof lines);
    for (int i = 0; i < rules->n; i++) {
        const koop_alerts_line *before = find_line(alerts, rules->rule[i].name);
        if (before) lines[i] = *before;
        strcpy(lines[i].count.rule, rules->rule[i].name);
        lines[i].pause_ms = lines[i].failures = 0;
    }
    memcpy(alerts->lines, lines, sizeof lines);
    alerts->rules = *rules;
    for (size_t i = 0; (watch = koop_outbox_watch_at(alerts->outbox, i)); i++)
        koop_watch_keep(watch, rules);
}

koop_status koop_alerts_set_rules(koop_alerts *alerts, const koop_rules *rules) {
    const koop_courier_desk desk = {alerts->deliver, next, report, alerts};
    koop_status status = KOOP_OK;
    end_couriers(alerts, rules);
    lock(alerts);
    take_rules(alerts, rules);
    for (int i = 0; i < rules->n; i++) {
        koop_alerts_line *line = &alerts->lines[i];
        if (line->courier) continue;
        const koop_status started = koop_courier_start(&line->courier, &rules->rule[i], &desk);
        if (started != KOOP_OK) status = started;
    }
    unlock(alerts);
    return status;
}

int koop_alerts_counts(koop_alerts *alerts, koop_alerts_count counts[KOOP_RULES_MAX]) {
    const koop_parcel *parcel;
    lock(alerts);
    const int n = alerts->rules.n;
    for (int i = 0; i < n; i++) {
        counts[i] = alerts->lines[i].count;
        counts[i].failing = alerts->lines[i].failures > 0;
        counts[i].waiting = 0;
    }
    for (size_t i = 0; (parcel = koop_outbox_parcel(alerts->outbox, i)); i++) {
        const koop_alerts_line *line = find_line(alerts, parcel->rule);
        if (line) counts[line - alerts->lines].waiting++;
    }
    unlock(alerts);
    return n;
}

int koop_alerts_orphans(koop_alerts *alerts) {
    const koop_parcel *parcel;
    int n = 0;
    lock(alerts);
    for (size_t i = 0; (parcel = koop_outbox_parcel(alerts->outbox, i)); i++)
        n += !find_line(alerts, parcel->rule);
    unlock(alerts);
    return n;
}

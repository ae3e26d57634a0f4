/* alerts_kit: alerts by rules whose endpoints, "a" and "b", do as the test wants, of a run in a
 * directory of its own. */
#ifndef ALERTS_KIT_H
#define ALERTS_KIT_H

#include "alerts.h"

#include "log.h"
#include "serve_kit.h"

#include <pthread.h>
#include <sys/stat.h>

enum { BEGAN_MS = 1000000, MINUTE_MS = 60000 };

static const char run[] = "000102030405060708090a0b0c0d0e0f";

static char root[64];
static koop_alerts *alerts;
static koop_rules rules;
static koop_view view;

/* What a rule's endpoint does with an attempt. */
typedef struct endpoint {
    koop_delivery answer;
    int fails;  /* so many attempts fail first */
    bool hangs; /* until it is told to stop */
    int attempts, delivered;
    int critical;                    /* of them */
    koop_alert got[64];              /* delivered */
    char tried[KOOP_ALERT_ID_BYTES]; /* the last id */
} endpoint;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static endpoint a, b; /* of the rules of these names, under the mutex */

static inline void deliver(const koop_rule *rule, const koop_alert *alert, const atomic_bool *stop,
                           koop_outcome *outcome) {
    endpoint *end = strcmp(rule->name, "a") == 0 ? &a : &b;
    memset(outcome, 0, sizeof *outcome);
    pthread_mutex_lock(&mutex);
    end->attempts++;
    strcpy(end->tried, alert->id);
    while (end->hangs && !atomic_load(stop)) {
        pthread_mutex_unlock(&mutex);
        kit_sleep_ms(1);
        pthread_mutex_lock(&mutex);
    }
    outcome->delivery = end->answer;
    if (end->hangs) outcome->delivery = KOOP_DELIVERY_STOPPED;
    if (end->fails > 0 && end->fails-- > 0) outcome->delivery = KOOP_DELIVERY_FAILED;
    if (outcome->delivery == KOOP_DELIVERED) {
        end->critical += koop_alert_level_of(alert->kind) == KOOP_ALERT_CRITICAL;
        end->got[end->delivered++ % 64] = *alert;
    }
    snprintf(outcome->what, sizeof outcome->what, "as the test wants it");
    pthread_mutex_unlock(&mutex);
}

static inline int value(const int *of) {
    pthread_mutex_lock(&mutex);
    const int now = *of;
    pthread_mutex_unlock(&mutex);
    return now;
}

static inline koop_rule *add_rule(const char *name, const char *key, const char *text) {
    koop_config_error error;
    koop_config_entry entry = {.line = 1, .section = "alert", .subname = name};
    assert_true(koop_rules_take(&rules, &entry, &error));
    entry.key = "webhook";
    entry.value = "http://localhost/";
    assert_true(koop_rules_take(&rules, &entry, &error));
    entry.key = key;
    entry.value = text;
    if (key) assert_true(koop_rules_take(&rules, &entry, &error));
    return &rules.rule[rules.n - 1];
}

static inline void open_alerts(void) {
    char why[KOOP_OUTBOX_WHY_BYTES];
    const koop_alerts_options options = {.data_dir = root, .deliver = deliver};
    assert_int_equal(koop_alerts_new(&alerts, &options, BEGAN_MS, why), KOOP_OK);
    assert_string_equal(why, "");
    assert_int_equal(koop_alerts_set_rules(alerts, &rules), KOOP_OK);
}

static inline void close_alerts(void) {
    koop_alerts_free(alerts);
    alerts = NULL;
}

static inline void reopen(void) {
    close_alerts();
    open_alerts();
}

static inline int set_up(void **state) {
    (void)state;
    char path[256];
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    memset(&rules, 0, sizeof rules);
    memset(&view, 0, sizeof view);
    strcpy(view.run.uuid, run);
    strcpy(view.run.name, "fc1");
    strcpy(view.run.host, "here");
    kit_make_directory(root);
    snprintf(path, sizeof path, "%s/runs", root);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/runs/%s", root, run);
    assert_int_equal(mkdir(path, 0700), 0);
    return 0;
}

static inline int tear_down(void **state) {
    (void)state;
    close_alerts();
    kit_remove_tree(root);
    return 0;
}

/* A run that began after the outbox, read to where it is. */
static inline void begin_run(void) {
    koop_alerts_begin(alerts, run, BEGAN_MS + 1);
    koop_alerts_watch(alerts, run, 0);
}

static inline void event_at(uint64_t seq, koop_event_kind kind, int64_t now_ms) {
    koop_event event;
    memset(&event, 0, sizeof event);
    event.kind = kind;
    event.step = (int64_t)seq * 10;
    event.onset = (int64_t)seq * 9;
    strcpy(event.sentence, "something moved");
    koop_alerts_event(alerts, &view, seq, &event, now_ms);
}

static inline void state_at(koop_run_state now, bool heard, bool silent, int64_t now_ms) {
    view.run.state = now;
    koop_alerts_state(alerts, &view.run, heard, silent, now_ms);
    koop_alerts_tick(alerts, now_ms);
}

static inline koop_alerts_count count_of(const char *rule) {
    static koop_alerts_count none;
    koop_alerts_count counts[KOOP_RULES_MAX];
    const int n = koop_alerts_counts(alerts, counts);
    for (int i = 0; i < n; i++)
        if (strcmp(counts[i].rule, rule) == 0) return counts[i];
    return none;
}

#endif
